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

use std::num::NonZero;

use caopan::app::App;
use caopan::app::panes::Pane;
use caopan::config::theme::Theme;
use caopan::config::words::Words;
use caopan::domain::Lang;
use caopan::runtime::painter::Painter;
use caopan::runtime::painter::canon::{canonical, surely_as_wide};
use caopan::ui;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, CellWidth};
use ratatui::layout::Rect;

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
