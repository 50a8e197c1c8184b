//! A list over the lines that explain the row under its cursor.

use ratatui::layout::Rect;

use crate::app::list::List;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::widgets::table::Row;

/// The list's part of an area, and how many of the lines have room below it: at most half of the area.
pub(super) fn parted(area: Rect, lines: usize) -> (Rect, u16) {
    let strip = u16::try_from(lines).unwrap_or(0).min(area.height / 2);
    let list = Rect {
        height: area.height - strip,
        ..area
    };
    (list, strip)
}

/// The first of `count` rows on show in the list's part, its heading left out. The part may have grown since the list was
/// scrolled: no empty lines stand below the last row.
pub(super) fn top<Id>(list: &List<Id>, count: usize, part: Rect) -> u64 {
    let height = part.height.saturating_sub(1);
    let lowest = u64::try_from(count)
        .unwrap_or(u64::MAX)
        .saturating_sub(height.into());
    super::visible_top(list.top, list.index, height).min(lowest)
}

/// The rows from `top` on, as the table draws them.
pub(super) fn rows<'r, R, Id: Clone + PartialEq>(
    rows: &'r [R],
    top: u64,
    list: &List<Id>,
    id: impl Fn(&R) -> &Id,
) -> impl Iterator<Item = Row<'r, R>> {
    rows.iter()
        .skip(usize::try_from(top).unwrap_or(0))
        .map(move |row| Row {
            row: Some(row),
            cursor: list.cursor.as_ref() == Some(id(row)),
            marked: list.is_marked(id(row)),
        })
}

/// Draws the lines below the list's part.
pub(super) fn explain(canvas: &mut Canvas, area: Rect, part: Rect, lines: &[Vec<Run>]) {
    for (runs, y) in lines.iter().zip(part.bottom()..area.bottom()) {
        canvas.runs(area.x + 1, y, area.width.saturating_sub(2), runs);
    }
}
