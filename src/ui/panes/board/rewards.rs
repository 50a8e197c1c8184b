//! The rewards of the row under the cursor.

use crate::config::theme::Role;
use crate::domain::SafeText;
use crate::engine::answer::BoardRow;
use crate::ui::Cx;
use crate::ui::canvas::Run;
use crate::ui::wrap::wrap;

/// The rewards that the row under the cursor reached.
pub(super) fn reached(cx: &Cx, row: &BoardRow, room: u16) -> Vec<Vec<Run>> {
    if row.rewards.is_empty() {
        return Vec::new();
    }
    let rewards: Vec<&str> = row.rewards.iter().map(SafeText::as_str).collect();
    let words = cx
        .words
        .fill("board.rewards", &[("rewards", &rewards.join(", "))]);
    // A cell stays free on each side.
    let lines = wrap(&words, room.saturating_sub(2).max(1), 3);
    let text = cx.style(Role::Text);
    lines.into_iter().map(|line| vec![(line, text)]).collect()
}
