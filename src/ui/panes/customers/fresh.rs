//! What has changed of a customer within the last seconds, marked in its own cell.

use ratatui::style::Style;

use crate::app::panes::customers::Column;
use crate::config::theme::Role;
use crate::engine::answer::CustomerRow;
use crate::ui::Cx;
use crate::ui::canvas::Run;

/// The row has changed within the last seconds: which way its spend went.
fn mark(cx: &Cx, row: &CustomerRow) -> Option<i8> {
    let mut marks = cx.app.panes.customers.marks.iter();
    let mark = marks.find(|(id, until, _)| *until > cx.now.millis && *id == row.id);
    mark.map(|(_, _, direction)| *direction)
}

/// What the column says of this customer has changed within the last seconds.
pub(super) fn is_fresh(cx: &Cx, column: Column, row: &CustomerRow) -> bool {
    let changed = cx.app.panes.customers.changed.get(&row.id);
    changed.is_some_and(|columns| columns.contains(&column)) && mark(cx, row).is_some()
}

/// Money with the sign of a fresh change behind it.
pub(super) fn spend(cx: &Cx, row: &CustomerRow) -> Vec<Run> {
    let money = cx.figures.money(row.spend);
    let mark = mark(cx, row).filter(|_| is_fresh(cx, Column::Spend, row));
    match mark {
        None => vec![
            (money, cx.style(Role::Text)),
            (" ".to_owned(), Style::new()),
        ],
        Some(direction) => {
            let sign = match direction.signum() {
                1 => cx.glyphs.up,
                -1 => cx.glyphs.down,
                _ => "'",
            };
            let style = cx.delta(f64::from(direction));
            vec![(money, cx.style(Role::Changed)), (sign.to_owned(), style)]
        }
    }
}
