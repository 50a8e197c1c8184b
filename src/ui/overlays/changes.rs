//! What changed since the last look, newest first: when, whose row, what of it.

use ratatui::layout::Rect;

use crate::app::panes::Pane;
use crate::app::state::Change;
use crate::config::theme::Role;
use crate::domain::cells;
use crate::ui::canvas::Canvas;
use crate::ui::widgets::popup::{Place, popup};
use crate::ui::{Cx, detail, panes};

use super::{Line, list};

/// Columns of a name.
const NAME: usize = 14;

/// Draws the list; `chosen` counts from the oldest.
pub fn changes(cx: &Cx, canvas: &mut Canvas, area: Rect, chosen: usize) {
    let app = cx.app;
    let lines: Vec<Line> = app.changes.iter().rev().map(|c| line(cx, c)).collect();
    let size = (
        area.width.saturating_sub(4).min(90),
        area.height.saturating_sub(4).min(24),
    );
    let title = cx
        .words
        .fill("changes.title", &[("n", &app.changes_counted())]);
    let inner = popup(cx, canvas, area, Place::Middle, size, &title);
    if lines.is_empty() {
        let none = cx.words.say("changes.none");
        canvas.put(inner.x, inner.y, inner.width, none, cx.style(Role::Dim));
    }
    let chosen = lines.len().saturating_sub(chosen + 1);
    list(cx, canvas, inner, &lines, chosen);
}

fn line(cx: &Cx, change: &Change) -> Line {
    let zone = cx.app.workspace.zone;
    let at = zone.local(change.at).format("%H:%M ").to_string();
    let safe_id;
    let name = if change.name.as_str().is_empty() {
        safe_id = crate::domain::SafeText::new(&change.id);
        safe_id.as_str()
    } else {
        change.name.as_str()
    };
    let name = cells::pad(&cells::fitted(name, NAME), NAME);
    let mut runs = vec![
        (at, cx.style(Role::Dim)),
        (
            format!("{} ", panes::name(cx, change.pane)),
            cx.style(Role::Dim),
        ),
        (format!("{name} "), cx.style(Role::Text)),
    ];
    match (&change.event, change.what.is_empty()) {
        (_, false) => runs.push((change.what.clone(), cx.style(Role::Changed))),
        (Some(event), true) => runs.extend(detail::event_runs(cx, event)),
        (None, true) => {
            let words = match change.pane {
                Pane::Customers if change.looked_up && change.name.as_str().is_empty() => {
                    "changes.gone"
                }
                Pane::Customers => "changes.customer",
                Pane::Groups => "changes.group",
                Pane::Tags | Pane::Kpi | Pane::Board => "changes.seller",
            };
            runs.push((cx.words.say(words).to_owned(), cx.style(Role::Dim)));
        }
    }
    runs
}
