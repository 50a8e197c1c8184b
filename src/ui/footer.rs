//! The two lines at the bottom: what just happened or is selected, and the keys that work here.

use ratatui::layout::Rect;

use crate::app::Command;
use crate::app::panes::Pane;
use crate::app::under_way::Work;
use crate::config::theme::Role;
use crate::domain::Fen;
use crate::engine::request::{FileTrouble, Trouble};

use super::Cx;
use super::canvas::{Canvas, Run};
use super::text;

/// Draws the status line and the hints. What is selected is said whatever else is: an act is on it.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let mut right = area.right().saturating_sub(1);
    let said = said(cx);
    let left = match &said {
        Some(said) => vec![said.clone()],
        None => selected(cx, true).unwrap_or_else(|| total(cx)),
    };
    if said.is_some()
        && let Some(selected) = selected(cx, false)
    {
        right = canvas.runs_right(right, area.y, &selected);
        right = right.saturating_sub(2);
    }
    let room = right.saturating_sub(area.x + 1);
    let end = canvas.runs(area.x + 1, area.y, room, &left);
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

/// What is under way, how long another process has held it up, and the key that gives it up.
fn under_way(cx: &Cx) -> Option<Run> {
    let (work, count, held) = cx.app.under_way()?;
    let n = cx.figures.count(count as u64);
    let what = match (work, count) {
        (Work::Exports, _) => cx.words.say("status.exporting").to_owned(),
        (Work::Writes, 1) => cx.words.say("status.writing").to_owned(),
        (Work::Writes, _) => cx.words.fill("status.writing_many", &[("n", &n)]),
    };
    let Some(seconds) = held else {
        return Some((what, cx.style(Role::Text)));
    };
    let age = cx.figures.age(i64::try_from(seconds).unwrap_or(i64::MAX));
    let key = cx.app.pane_key_of(Command::Interrupt).unwrap_or_default();
    let held = [("what", &*what), ("age", &*age), ("key", &*key)];
    let said = cx.words.fill("status.held", &held);
    Some((said, cx.style(Role::Watch)))
}

/// The newest toast, else what is under way or waits to be asked, else trouble.
fn said(cx: &Cx) -> Option<Run> {
    let live = |toast: &&crate::app::state::Toast| toast.until > cx.now.millis;
    if let Some(toast) = cx.app.toasts.iter().rev().find(live) {
        let role = if toast.error { Role::Error } else { Role::Text };
        let sign = if toast.error { "! " } else { "" };
        return Some((format!("{sign}{}", toast.text), cx.style(role)));
    }
    if let Some(said) = under_way(cx) {
        return Some(said);
    }
    if let Some(asked) = cx.app.asked_later() {
        let said = cx.words.fill("status.asked_later", &[("what", &asked)]);
        return Some((said, cx.style(Role::Watch)));
    }
    let what = wrong(cx, cx.app.workspace.trouble.as_ref()?);
    Some((format!("! {what}"), cx.style(Role::Error)))
}

/// The marked customers, with their money where it is to be told, and the marked rows of the pane in focus.
fn selected(cx: &Cx, money: bool) -> Option<Vec<Run>> {
    let panes = &cx.app.panes;
    let customers = panes.customers.list.marks(cx.app.rows_of(Pane::Customers));
    let rows = cx.app.rows_of(cx.app.focus);
    let (others, of) = match cx.app.focus {
        Pane::Groups => (panes.groups.list.marks(rows), "status.marked_groups"),
        Pane::Board => (panes.board.list.marks(rows), "status.marked_staff"),
        Pane::Customers | Pane::Tags | Pane::Kpi => (0, ""),
    };
    let mut words = Vec::new();
    if customers > 0 {
        let n = cx.figures.count(customers);
        words.push(if money {
            let money = cx.figures.money(marked_spend(cx));
            cx.words
                .fill("status.marked", &[("n", &n), ("money", &money)])
        } else {
            cx.words.fill("status.marked_short", &[("n", &n)])
        });
        if money && cx.app.marked_elsewhere() {
            words.push(cx.words.say("status.marked_elsewhere").to_owned());
        }
    }
    if others > 0 {
        words.push(cx.words.fill(of, &[("n", &cx.figures.count(others))]));
    }
    let said = words.join(cx.glyphs.dot);
    (!said.is_empty()).then(|| vec![(said, cx.style(Role::Text))])
}

/// What the marked customers spent.
fn marked_spend(cx: &Cx) -> Fen {
    let customers = &cx.app.panes.customers;
    let listed = customers.page.value.as_ref();
    let spend = |id| {
        let kept = customers.kept.get(id);
        let on_screen = || {
            listed
                .iter()
                .flat_map(|page| &page.rows)
                .find(|row| row.id == *id)
        };
        kept.or_else(on_screen).map_or(0, |row| row.spend.0)
    };
    let named = &customers.list.marked;
    let sum = named
        .iter()
        .fold(0_i64, |sum, id| sum.saturating_add(spend(id)));
    Fen(match listed {
        Some(page) if customers.list.all => page.spend.0.saturating_sub(sum),
        Some(_) | None => sum,
    })
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
