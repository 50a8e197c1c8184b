//! The two lines at the bottom: what just happened or is selected, and the keys that work here.

use ratatui::layout::Rect;

use crate::config::theme::Role;
use crate::domain::Fen;
use crate::engine::request::{FileTrouble, Trouble};

use super::Cx;
use super::canvas::{Canvas, Run};
use super::text;

/// Draws the status line and the hints.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let right = area.right().saturating_sub(1);
    let left = status(cx);
    let end = canvas.runs(area.x + 1, area.y, area.width.saturating_sub(2), &left);
    let changes = changes(cx);
    let wide = changes.iter().fold(0, |sum, (t, _)| sum + text::width(t));
    if end.saturating_add(wide).saturating_add(2) <= right {
        canvas.runs_right(right, area.y, &changes);
    }
    hints(cx, canvas, Rect::new(area.x, area.y + 1, area.width, 1));
}

/// What is wrong, and what to do about it.
fn wrong(cx: &Cx, trouble: &Trouble) -> String {
    let words = cx.words;
    match trouble {
        Trouble::File(FileTrouble::Replaced) => words.say("trouble.replaced").to_owned(),
        Trouble::File(FileTrouble::SideLost(file)) => {
            words.fill("trouble.side_lost", &[("file", file.as_str())])
        }
        Trouble::File(FileTrouble::OtherSchema(version)) => {
            words.fill("trouble.other_schema", &[("version", &version.to_string())])
        }
        Trouble::File(FileTrouble::Unreadable(why)) => {
            words.fill("trouble.unreadable", &[("why", why.as_str())])
        }
        Trouble::Internal(place, None) => {
            words.fill("trouble.internal", &[("place", place.as_str())])
        }
        Trouble::Internal(place, Some(report)) => words.fill(
            "trouble.reported",
            &[("place", place.as_str()), ("report", report.as_str())],
        ),
        Trouble::Rows(why) => words.fill("trouble.rows", &[("why", why.as_str())]),
    }
}

/// The newest toast, else trouble, else the selection.
fn status(cx: &Cx) -> Vec<Run> {
    let live = |toast: &&crate::app::state::Toast| toast.until > cx.now.millis;
    if let Some(toast) = cx.app.toasts.iter().rev().find(live) {
        let role = if toast.error { Role::Error } else { Role::Text };
        let sign = if toast.error { "! " } else { "" };
        return vec![(format!("{sign}{}", toast.text), cx.style(role))];
    }
    if let Some(trouble) = &cx.app.workspace.trouble {
        let what = wrong(cx, trouble);
        return vec![(format!("! {what}"), cx.style(Role::Error))];
    }
    let customers = &cx.app.panes.customers;
    let listed = customers.page.value.as_ref();
    let marked = customers.list.marks(listed.map_or(0, |page| page.hits));
    if marked == 0 {
        return total(cx);
    }
    let on_screen = || customers.page.value.iter().flat_map(|page| &page.rows);
    let spend = |id| {
        let kept = customers.kept.get(id);
        let row = kept.or_else(|| on_screen().find(|row| row.id == *id));
        row.map_or(0, |row| row.spend.0)
    };
    let sum = customers
        .list
        .marked
        .iter()
        .fold(0_i64, |sum, id| sum.saturating_add(spend(id)));
    let sum = match listed {
        Some(page) if customers.list.all => page.spend.0.saturating_sub(sum),
        _ => sum,
    };
    let (n, money) = (cx.figures.count(marked), cx.figures.money(Fen(sum)));
    vec![(
        cx.words
            .fill("status.marked", &[("n", &n), ("money", &money)]),
        cx.style(Role::Text),
    )]
}

fn total(cx: &Cx) -> Vec<Run> {
    let Some(page) = &cx.app.panes.customers.page.value else {
        return Vec::new();
    };
    let (n, money) = (cx.figures.count(page.hits), cx.figures.money(page.spend));
    vec![(
        cx.words
            .fill("status.total", &[("n", &n), ("money", &money)]),
        cx.style(Role::Dim),
    )]
}

fn changes(cx: &Cx) -> Vec<Run> {
    if cx.app.changes.is_empty() {
        return Vec::new();
    }
    let n = cx.app.changes_counted();
    vec![(
        cx.words.fill("status.changes", &[("n", &n)]),
        cx.style(Role::Changed),
    )]
}

/// As many hints as fit whole.
fn hints(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let right = area.right().saturating_sub(1);
    let mut x = area.x + 1;
    for hint in cx.app.hints() {
        let wide = text::width(&hint.keys) + 1 + text::width(hint.label);
        if x.saturating_add(wide) > right {
            break;
        }
        let runs = [
            (format!("{} ", hint.keys), cx.style(Role::Key)),
            (hint.label.to_owned(), cx.style(Role::Text)),
        ];
        x = canvas.runs(x, area.y, wide, &runs).saturating_add(2);
    }
}
