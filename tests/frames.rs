//! What the real screens cost on the line, and that a terminal shows them as they were drawn.
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

#[path = "support/sample.rs"]
#[allow(clippy::pedantic, dead_code, reason = "shared with the screen tests")]
mod sample;
#[path = "support/vt420.rs"]
mod vt420;

use std::num::NonZero;

use caopan::app::panes::Pane;
use caopan::app::setup::Surroundings;
use caopan::app::{App, Msg};
use caopan::config::keys::Chord;
use caopan::config::settings::Settings;
use caopan::config::theme::Theme;
use caopan::config::words::Words;
use caopan::domain::Lang;
use caopan::runtime::margins::Margins;
use caopan::runtime::painter::Painter;
use caopan::runtime::painter::canon::{canonical, surely_as_wide};
use caopan::ui;
use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use vt420::Vt420;

/// A terminal at the other end of the line.
struct Line {
    painter: Painter,
    terminal: vt100::Parser,
    /// The frame before, for the stock backend to start from.
    before: Buffer,
}

/// Bytes of one frame: ours, and those of the stock backend for the same step.
struct Cost {
    ours: usize,
    stock: usize,
}

impl Line {
    fn new((columns, rows): (u16, u16)) -> Self {
        let nonzero = |n| NonZero::new(n).expect("a size");
        Self {
            painter: Painter::new(),
            terminal: vt100::Parser::new(nonzero(rows), nonzero(columns), 0),
            before: Buffer::empty(Rect::new(0, 0, columns, rows)),
        }
    }

    fn show(&mut self, app: &App) -> Cost {
        let area = self.before.area;
        let mut frame = Buffer::empty(area);
        let words = Words::new(app.look.lang);
        let theme = Theme::embedded("default");
        let hits = ui::draw(app, &theme, &words, sample::NOW, area, &mut frame);
        let mut stock = Vec::new();
        let mut backend = CrosstermBackend::new(&mut stock);
        backend.draw(self.before.diff_iter(&frame)).expect("memory");
        Backend::flush(&mut backend).expect("memory");
        self.before = frame.clone();
        let bytes = self.painter.frame(&mut frame, hits.cursor).to_vec();
        self.terminal.process(&bytes);
        self.assert_shown();
        Cost {
            ours: bytes.len(),
            stock: stock.len(),
        }
    }

    fn assert_shown(&self) {
        let mut drawn = self.before.clone();
        canonical(&mut drawn);
        for y in 0..drawn.area.height {
            let mut disputed = 0;
            for x in 0..drawn.area.width {
                let cell = drawn.cell((x, y)).expect("inside");
                // Terminals differ in the width of some clusters: only what stands beside them must be right.
                if !cell.symbol().is_empty() && !surely_as_wide(cell.symbol()) {
                    disputed = x + cell.symbol().cell_width();
                }
                if x < disputed {
                    continue;
                }
                let seen = self.terminal.screen().cell(y, x).expect("inside");
                let text = match (seen.is_wide_continuation(), seen.contents()) {
                    (true, _) => "",
                    (false, "") => " ",
                    (false, text) => text,
                };
                assert_eq!(text, cell.symbol(), "at {x},{y}");
            }
        }
    }
}

#[test]
fn first_frames_stay_under_their_bars() {
    for (size, bar) in [((80, 24), 4_800), ((120, 40), 10_500), ((200, 60), 21_000)] {
        for lang in [Lang::Zh, Lang::En] {
            let app = sample::app(lang, Pane::Customers, size);
            let cost = Line::new(size).show(&app);
            println!(
                "{size:?} {lang:?}: {} bytes, stock {}",
                cost.ours, cost.stock
            );
            assert!(cost.ours <= bar, "{size:?}: {} bytes", cost.ours);
            assert!(cost.ours < cost.stock);
        }
    }
}

#[test]
fn every_pane_is_shown_as_drawn_and_costs_less_than_the_stock_backend() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut line = Line::new(size);
        for pane in [
            Pane::Customers,
            Pane::Tags,
            Pane::Groups,
            Pane::Kpi,
            Pane::Board,
        ] {
            let mut app = sample::app(Lang::Zh, pane, size);
            for zoom in [false, true] {
                app.zoom = zoom;
                let cost = line.show(&app);
                println!(
                    "{size:?} {pane:?} zoom {zoom}: {} bytes, stock {}",
                    cost.ours, cost.stock
                );
                assert!(
                    cost.ours <= cost.stock + 100,
                    "{} over {}",
                    cost.ours,
                    cost.stock
                );
            }
        }
    }
}

#[test]
fn the_same_frame_again_costs_nothing() {
    let app = sample::app(Lang::Zh, Pane::Kpi, (120, 40));
    let mut line = Line::new((120, 40));
    line.show(&app);
    assert_eq!(line.show(&app).ours, 0);
}

#[test]
fn a_row_move_over_ssh_is_a_handful_of_bytes() {
    // In the wide layout the card beside the list follows when the cursor rests.
    for (size, bar) in [((80, 24), 60), ((120, 40), 60), ((200, 60), 60)] {
        let mut app = sample::app(Lang::Zh, Pane::Customers, size);
        app.look.slow = true;
        let mut line = Line::new(size);
        line.show(&app);
        let customers = &mut app.panes.customers.list;
        customers.index = 3;
        customers.cursor = Some(sample::customer(3).id);
        let cost = line.show(&app);
        println!("{size:?}: {} bytes, stock {}", cost.ours, cost.stock);
        assert!(cost.ours <= bar, "{size:?}: {} bytes", cost.ours);
    }
}

#[test]
fn rows_past_the_edge_of_a_list_beside_other_panes_stay_under_the_bar_on_average_over_ssh() {
    let size = (120, 40);
    for lang in [Lang::Zh, Lang::En] {
        let mean = |here: Surroundings| {
            let mut app = sample::app(lang, Pane::Customers, size);
            let settings = Settings {
                slow: "on".to_owned(),
                ..Settings::default()
            };
            app.apply_settings(&settings, Surroundings { lang, ..here });
            let mut line = Line::new(size);
            let press = |app: &mut App, line: &mut Line| {
                app.update(Msg::Key(Chord::char('j')), sample::NOW);
                let (words, theme) = (Words::new(lang), Theme::embedded("default"));
                let area = line.before.area;
                let mut frame = Buffer::empty(area);
                let hits = ui::draw(app, &theme, &words, sample::NOW, area, &mut frame);
                app.update(Msg::Drawn(hits), sample::NOW);
                line.show(app).ours
            };
            // To the last row on screen, then past it.
            let mut before = app.panes.customers.list.top;
            while app.panes.customers.list.top == before {
                before = app.panes.customers.list.top;
                press(&mut app, &mut line);
            }
            let top = app.panes.customers.list.top;
            let step = top - before;
            let presses = 4 * 5;
            let bytes: usize = (0..presses).map(|_| press(&mut app, &mut line)).sum();
            let list = &app.panes.customers.list;
            assert_eq!(list.top, top + 20, "{lang:?} by {step}");
            assert!(app.panes.customers.row().is_some(), "the rows are known");
            println!("{lang:?} by {step}: {} bytes a press", bytes / presses);
            (step, bytes / presses)
        };
        let (step, bytes) = mean(Surroundings::default());
        assert_eq!(step, 5, "{lang:?}");
        assert!(bytes <= 600, "{lang:?}: {bytes} bytes");
        let boxes = Surroundings {
            boxes: true,
            ..Surroundings::default()
        };
        let (step, by_row) = mean(boxes);
        assert_eq!(step, 1, "{lang:?}");
        assert!(bytes < by_row, "{lang:?}: {bytes}, {by_row} row by row");
    }
}

#[test]
fn a_list_scrolled_by_a_line_is_moved_by_the_terminal() {
    let size = (80, 24);
    let mut app = sample::app(Lang::Zh, Pane::Customers, size);
    let mut line = Line::new(size);
    let mut at = |top: u64, index: usize, line: &mut Line| {
        let list = &mut app.panes.customers.list;
        list.top = top;
        list.index = u64::try_from(index).expect("small");
        list.cursor = Some(sample::customer(list.index).id);
        line.show(&app)
    };
    at(5, 20, &mut line);
    let down = at(6, 21, &mut line);
    let up = at(5, 20, &mut line);
    println!(
        "down {} bytes, stock {}; up {} bytes",
        down.ours, down.stock, up.ours
    );
    assert!(down.ours <= 600 && down.ours * 3 < down.stock);
    assert!(up.ours <= 600);
}

/// A terminal with margins on all four sides, or one that is not told so.
struct Split {
    painter: Painter,
    terminal: Vt420,
    margins: Margins,
}

impl Split {
    fn new((columns, rows): (u16, u16), margins: Margins) -> Self {
        Self {
            painter: Painter::new().with(margins),
            terminal: Vt420::new(columns, rows),
            margins,
        }
    }

    /// Shows a frame and looks at every cell; the bytes it took.
    fn show(&mut self, frame: &Buffer) -> Vec<u8> {
        let mut next = frame.clone();
        let bytes = self.painter.frame(&mut next, None).to_vec();
        assert!(next == *frame, "the frame comes back as it was");
        self.terminal.process(&bytes);
        let (mut want, mut seen) = (frame.clone(), self.terminal.cells().clone());
        canonical(&mut want);
        canonical(&mut seen);
        for y in 0..want.area.height {
            let mut disputed = 0;
            for x in 0..want.area.width {
                let (want, seen) = (&want[(x, y)], &seen[(x, y)]);
                // Terminals differ in the width of some clusters: only what stands beside them must be right.
                if !want.symbol().is_empty() && !surely_as_wide(want.symbol()) {
                    disputed = x + want.symbol().cell_width();
                }
                assert!(
                    x < disputed || seen == want,
                    "{seen:?}, not {want:?} at {x},{y} after {}",
                    said(&bytes)
                );
            }
        }
        assert!(self.terminal.has_no_margins(), "{}", said(&bytes));
        if self.margins == Margins::TopBottom {
            assert_eq!(self.terminal.boxes, 0);
            assert!(!said(&bytes).contains("[?69"), "{}", said(&bytes));
        }
        bytes
    }

    fn draw(&mut self, app: &App) -> Vec<u8> {
        let mut frame = Buffer::empty(self.terminal.cells().area);
        let (words, theme) = (Words::new(app.look.lang), Theme::embedded("default"));
        ui::draw(app, &theme, &words, sample::NOW, frame.area, &mut frame);
        self.show(&frame)
    }
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\x1b', "^")
}

#[test]
fn a_list_beside_other_panes_is_scrolled_in_its_box_where_the_terminal_can() {
    for size in [(120, 40), (200, 60)] {
        for lang in [Lang::Zh, Lang::En] {
            let mut app = sample::app(lang, Pane::Customers, size);
            let mut boxed = Split::new(size, Margins::AllFour);
            let mut whole = Split::new(size, Margins::TopBottom);
            let mut at = |top: u64, index: u64| {
                let list = &mut app.panes.customers.list;
                (list.top, list.index) = (top, index);
                list.cursor = Some(sample::customer(index).id);
                (boxed.draw(&app).len(), whole.draw(&app).len())
            };
            at(3, 12);
            for (top, index) in [(4, 13), (5, 14), (4, 4), (3, 3)] {
                let (boxed, whole) = at(top, index);
                println!("{size:?} {lang:?}: {boxed} bytes, {whole} without margins");
                assert!(boxed <= 600, "{size:?} {lang:?}: {boxed} bytes");
                assert!(boxed < whole);
            }
            assert!(boxed.terminal.boxes >= 4);
        }
    }
}

/// What a pane is made of: wide and narrow texts, so that edges meet wide characters.
const PIECES: [&str; 8] = ["张三", "abc", "VIP客户", "¥1,280", "，。", "一", "0", "a b"];

fn piece(n: usize) -> (&'static str, Style) {
    let styles = [
        Style::new(),
        Style::new().fg(Color::Red),
        Style::new().bg(Color::Blue),
        Style::new().add_modifier(Modifier::REVERSED),
        Style::new()
            .add_modifier(Modifier::BOLD)
            .fg(Color::LightCyan),
    ];
    (
        PIECES[n % PIECES.len()],
        styles[n / PIECES.len() % styles.len()],
    )
}

/// What happens between two frames.
#[derive(Clone, Debug)]
enum Step {
    /// A box moves by some lines, and the lines that become free say something else.
    Shift {
        x: (u16, u16),
        y: (u16, u16),
        by: i16,
        new: usize,
    },
    /// A text somewhere.
    Text(u16, u16, usize),
    /// A blank row.
    Blank(u16),
}

fn step(width: u16, height: u16) -> impl Strategy<Value = Step> {
    let ordered = |a: u16, b: u16| (a.min(b), a.max(b) + 1);
    prop_oneof![
        6 => (0..width, 0..width, 0..height, 0..height, -3..=3i16, 0..40usize).prop_map(
            move |(a, b, c, d, by, new)| Step::Shift { x: ordered(a, b), y: ordered(c, d), by, new }
        ),
        2 => (0..width, 0..height, 0..40usize).prop_map(|(x, y, n)| Step::Text(x, y, n)),
        1 => (0..height).prop_map(Step::Blank),
    ]
}

fn take(step: &Step, picture: &mut Buffer) {
    match *step {
        Step::Text(x, y, n) => {
            let (text, style) = piece(n);
            picture.set_string(x, y, text, style);
        }
        Step::Blank(y) => {
            for x in 0..picture.area.width {
                picture[(x, y)].reset();
            }
        }
        Step::Shift { x, y, by, new } => {
            let before = picture.clone();
            for row in y.0..y.1 {
                let from = i32::from(row) + i32::from(by);
                let from = u16::try_from(from).ok().filter(|f| (y.0..y.1).contains(f));
                for column in x.0..x.1 {
                    match from {
                        Some(from) => picture[(column, row)] = before[(column, from)].clone(),
                        None => picture[(column, row)].reset(),
                    }
                }
                if from.is_none() {
                    let (text, style) = piece(new + usize::from(row));
                    picture.set_stringn(x.0, row, text, usize::from(x.1 - x.0), style);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn a_terminal_with_four_margins_shows_every_frame_cell_by_cell(
        (size, fill, frames) in (2..48u16, 4..18u16).prop_flat_map(|(w, h)| (
            Just((w, h)),
            prop::collection::vec(0..40usize, usize::from(h) * 6),
            prop::collection::vec(prop::collection::vec(step(w, h), 1..3), 1..6),
        )),
    ) {
        let mut picture = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        for (i, n) in fill.iter().enumerate() {
            let (x, y) = (i % 6 * 8, i / 6);
            if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y)) {
                let (text, style) = piece(*n);
                if x < size.0 {
                    picture.set_stringn(x, y, text, usize::from(size.0 - x), style);
                }
            }
        }
        for margins in [Margins::AllFour, Margins::TopBottom] {
            let mut split = Split::new(size, margins);
            let mut picture = picture.clone();
            split.show(&picture);
            for steps in &frames {
                steps.iter().for_each(|step| take(step, &mut picture));
                split.show(&picture);
            }
        }
    }
}

#[test]
fn pictures_that_move_in_boxes_are_scrolled_in_boxes() {
    // The property above would hold for a painter that never scrolls: this one must.
    let size = (48, 16);
    let mut picture = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    for y in 0..16 {
        for x in 0..6 {
            let (text, style) = piece(usize::from(y * 7 + x * 3));
            picture.set_stringn(x * 8, y, text, 8, style);
        }
    }
    let mut split = Split::new(size, Margins::AllFour);
    split.show(&picture);
    for (by, boxes) in [(1, 1), (-2, 3), (3, 6), (-1, 7)] {
        take(
            &Step::Shift {
                x: (8, 32),
                y: (2, 15),
                by,
                new: 5,
            },
            &mut picture,
        );
        split.show(&picture);
        assert_eq!(split.terminal.boxes, boxes);
    }
}
