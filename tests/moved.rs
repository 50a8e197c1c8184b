//! A cursor that moves along the rows is drawn over the frame before: it must be the frame that would be drawn anew.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

#[path = "support/headless.rs"]
mod headless;
#[path = "support/sample.rs"]
#[allow(clippy::pedantic, dead_code, reason = "shared with the screen tests")]
mod sample;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use caopan::app::hits::Hits;
use caopan::app::panes::Pane;
use caopan::app::{App, Msg, Now};
use caopan::config::theme::Theme;
use caopan::config::words::Words;
use caopan::domain::{Fen, Lang};
use caopan::engine::request::{Answer, Notice, Question, Slot};
use caopan::runtime::{Desk, Draw};
use caopan::ui;
use headless::Headless;
use proptest::prelude::*;
use ratatui::buffer::Buffer;

/// Draws as the console does, and compares each frame with one that is drawn from nothing.
struct Brush<'a> {
    theme: Theme,
    words: Words,
    at: Now,
    /// Frames of which only lines were drawn.
    slim: &'a Cell<usize>,
}

impl<'a> Brush<'a> {
    fn new(slim: &'a Cell<usize>) -> Self {
        Self {
            theme: Theme::embedded("default"),
            words: Words::new(Lang::Zh),
            at: sample::NOW,
            slim,
        }
    }
}

impl Draw<App> for Brush<'_> {
    fn whole(&mut self, app: &App, now: Now, frame: &mut Buffer) -> Hits {
        self.at = now;
        ui::draw(app, &self.theme, &self.words, now, frame.area, frame)
    }

    fn lines(&mut self, app: &App, frame: &mut Buffer) -> Option<Vec<u16>> {
        let lines = ui::draw_moved(app, &self.theme, &self.words, self.at, frame)?;
        let mut anew = Buffer::empty(frame.area);
        ui::draw(
            app,
            &self.theme,
            &self.words,
            self.at,
            frame.area,
            &mut anew,
        );
        assert_eq!(*frame, anew);
        self.slim.set(self.slim.get() + 1);
        Some(lines)
    }
}

/// Answers when it is told to, with the rows of the sample, some of them changed.
#[derive(Default)]
struct Later(RefCell<BTreeMap<Slot, u64>>);

impl Desk for Later {
    fn ask(&self, slot: Slot, generation: u64, _question: Question) {
        self.0.borrow_mut().insert(slot, generation);
    }
    fn forget(&self, slot: Slot) {
        self.0.borrow_mut().remove(&slot);
    }
    fn mask(&self, _on: bool) {}
}

impl Later {
    fn answer(&self, slot: Slot, turn: u64) -> Option<Msg> {
        let generation = *self.0.borrow().get(&slot)?;
        let answer = match slot {
            Slot::Customers => {
                let mut page = sample::customers();
                let rows = page.rows.len();
                page.rows.rotate_left(turn as usize * 7 % rows);
                page.rows[3].spend = Fen(turn as i64 * 1_00);
                Answer::Customers(page)
            }
            Slot::Tags => {
                let mut page = sample::tags();
                page.groups[0].tags[0].hits = turn;
                Answer::Tags(page)
            }
            Slot::Groups => Answer::Groups(sample::groups()),
            Slot::Kpi => Answer::Kpi(sample::kpi()),
            Slot::Board => {
                let mut page = sample::board();
                page.rows.rotate_left(turn as usize % 3);
                Answer::Board(page)
            }
            Slot::Detail => Answer::Customer((turn % 3 > 0).then(|| Box::new(sample::detail()))),
            Slot::Sources => Answer::Sources(Vec::new()),
            Slot::Org => Answer::Org(sample::org()),
            Slot::Names => Answer::Names(Vec::new()),
            Slot::Found => Answer::Customers(sample::customers()),
        };
        Some(Msg::Answer(slot, generation, Box::new(answer)))
    }
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Event {
    Keys(&'static str),
    Answer(Slot, u64),
    Later(u64),
    Progress(u64),
}

fn event() -> impl Strategy<Value = Event> {
    let moves = prop::sample::select(vec!["j", "k", "jj", "jk", "jjj", "<Down>", "<Up>"]);
    let others = prop::sample::select(vec![
        "G",
        "gg",
        "<PageDown>",
        "<C-d>",
        "<C-u>",
        "l",
        "h",
        " ",
        "v",
        "z",
        "<Tab>",
        "1",
        "2",
        "5",
        "/",
        "王",
        "<Esc>",
        "<Enter>",
        "sm",
        "s",
        "\\",
        "?",
        ":",
        "m",
        "u",
        "P",
        "x",
    ]);
    let slots = prop::sample::select(vec![
        Slot::Customers,
        Slot::Tags,
        Slot::Groups,
        Slot::Board,
        Slot::Detail,
        Slot::Sources,
    ]);
    prop_oneof![
        10 => moves.prop_map(Event::Keys),
        3 => others.prop_map(Event::Keys),
        3 => (slots, 0..9_u64).prop_map(|(slot, turn)| Event::Answer(slot, turn)),
        3 => prop::sample::select(vec![1, 5, 40, 130, 350, 3_100, 61_000]).prop_map(Event::Later),
        1 => (0..200_u64).prop_map(Event::Progress),
    ]
}

#[test]
fn a_cursor_on_its_way_along_the_rows_draws_three_lines() {
    let (slim, desk) = (Cell::new(0), Later::default());
    let app = sample::app(Lang::Zh, Pane::Customers, (120, 40));
    let mut screen = Headless::new(app, Brush::new(&slim), &desk, (120, 40));
    screen.later(200);
    screen.keys("j");
    assert_eq!(slim.get(), 1);
    screen.keys("k");
    screen.later(20);
    assert_eq!(slim.get(), 2);
    // A mark is counted at the bottom: that is no move along the rows.
    screen.keys(" ");
    screen.later(20);
    assert_eq!(slim.get(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_kept_is_what_would_be_drawn(
        size in prop::sample::select(vec![(120, 40), (80, 24), (170, 50), (100, 20)]),
        events in prop::collection::vec(event(), 1..40),
    ) {
        let (slim, desk) = (Cell::new(0), Later::default());
        let app = sample::app(Lang::Zh, Pane::Customers, size);
        let mut screen = Headless::new(app, Brush::new(&slim), &desk, size);
        for event in events {
            match event {
                Event::Keys(script) => screen.keys(script),
                Event::Later(millis) => screen.later(millis),
                Event::Progress(n) => screen.send(Msg::Notice(Notice::Loading(n, 200))),
                Event::Answer(slot, turn) => {
                    if let Some(msg) = desk.answer(slot, turn) {
                        screen.send(msg);
                    }
                }
            }
        }
    }
}
