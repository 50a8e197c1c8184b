//! What the console looks like: `draw(&App, …, area, buffer) -> Hits`, pure.
//!
//! One file per pane in [`panes`] beside its state in `app::panes`. Nothing here reads a clock, keeps state or knows a
//! terminal: the same code draws the console, `caopan snapshot` and the tests.

pub mod canvas;
mod cx;
pub mod detail;
pub mod empty;
pub mod figures;
pub mod footer;
pub mod frame;
pub mod glyphs;
pub mod header;
pub mod layout;
pub mod overlays;
pub mod panes;
pub mod projector;
pub mod text;
pub mod widgets;
mod wrap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::Now;
use crate::app::hits::Hits;
use crate::app::unseen::is_too_small;
use crate::config::theme::{Role, Theme};
use crate::config::words::Words;
use canvas::Canvas;

pub use cx::Cx;

/// Draws one frame into `area` and says where the lists are.
pub fn draw(
    app: &App,
    theme: &Theme,
    words: &Words,
    now: Now,
    area: Rect,
    buf: &mut Buffer,
) -> Hits {
    let cx = Cx::new(app, theme, words, now);
    let area = area.intersection(buf.area);
    let mut canvas = Canvas::new(buf);
    canvas.clear(area, cx.style(Role::Screen));
    if is_too_small((area.width, area.height)) {
        empty::too_small(&cx, &mut canvas, area);
        return Hits::default();
    }
    if let Some(projector) = &app.projector {
        projector::draw(&cx, &mut canvas, area, projector);
        return Hits::default();
    }
    header::draw(&cx, &mut canvas, Rect { height: 2, ..area });
    let body = body(area);
    let bottom = Rect::new(area.x, area.bottom() - 2, area.width, 2);
    let mut hits = panes::draw_all(&cx, &mut canvas, body, (area.width, area.height));
    footer::draw(&cx, &mut canvas, bottom);
    hits.cursor = overlays::draw(&cx, &mut canvas, area);
    hits
}

/// What lies between the two lines at the top and the two at the bottom.
fn body(area: Rect) -> Rect {
    Rect::new(area.x, area.y + 2, area.width, area.height - 4)
}

/// Draws over a whole frame that [`draw`] made at `now` when the cursor of the customer list stood on the row of
/// [`App::moved`], and says which lines it drew. `None`, and nothing was drawn, where more than the cursor may differ.
///
/// The frame is then what [`draw`] would make of it at `now`, cell by cell: the same code draws, only less of it.
pub fn draw_moved(
    app: &App,
    theme: &Theme,
    words: &Words,
    now: Now,
    buf: &mut Buffer,
) -> Option<Vec<u16>> {
    let area = buf.area;
    let from = app.moved.filter(|_| !app.dirty)?;
    let over = app.projector.is_some() || !app.overlays.is_empty() || app.prefix.is_some();
    if over || is_too_small((area.width, area.height)) {
        return None;
    }
    let cx = Cx::new(app, theme, words, now);
    let size = (area.width, area.height);
    let parts = panes::moved(&cx, body(area), size, from)?;
    let mut canvas = Canvas::within(buf, &parts);
    for part in parts {
        canvas.clear(part, cx.style(Role::Screen));
    }
    panes::draw_all(&cx, &mut canvas, body(area), size);
    debug_assert!(
        is_whole(&cx, buf),
        "a cell was kept that is not so any more"
    );
    Some(parts.iter().map(|part| part.y).collect())
}

/// The buffer holds what a frame drawn from nothing holds.
fn is_whole(cx: &Cx, buf: &Buffer) -> bool {
    let mut whole = Buffer::empty(buf.area);
    draw(cx.app, cx.theme, cx.words, cx.now, buf.area, &mut whole);
    whole == *buf
}
