//! What stands where rows would: too small a terminal, first run, nothing imported, nothing found.

use ratatui::layout::Rect;

use crate::app::panes::{Loadable, Pane};
use crate::app::unseen::SMALLEST;
use crate::config::theme::Role;
use crate::engine::answer::Goal;

use super::Cx;
use super::canvas::Canvas;
use super::header::filter_words;
use super::panes::goal;
use super::wrap::wrap;

/// One sentence with the size needed.
pub fn too_small(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let words = cx.words.fill(
        "empty.too_small",
        &[
            ("need", &format!("{}x{}", SMALLEST.0, SMALLEST.1)),
            ("have", &format!("{}x{}", area.width, area.height)),
        ],
    );
    let lines = wrap(&words, area.width.max(1), area.height.into());
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        canvas.put(area.x, y, area.width, line, cx.style(Role::Text));
    }
}

/// Draws why a pane has no rows and what would bring some. `None`: it has rows, draw them.
pub fn instead(cx: &Cx, canvas: &mut Canvas, pane: Pane, area: Rect) -> Option<Rect> {
    let lines = reason(cx, pane)?;
    let mut y = area.y + (area.height / 4).min(4);
    for (i, (line, role)) in lines.iter().enumerate() {
        for part in wrap(line, area.width.saturating_sub(6).max(1), 4) {
            if y >= area.bottom() {
                break;
            }
            let x = area.x + area.width.min(3);
            canvas.put(x, y, area.right().saturating_sub(x), &part, cx.style(*role));
            y += 1;
        }
        y += u16::from(i == 0);
    }
    Some(Rect { height: 0, ..area })
}

/// The sentences; the first is what is, the rest what to do.
fn reason(cx: &Cx, pane: Pane) -> Option<Vec<(String, Role)>> {
    /// Rows there, rows not there, or no answer yet (with the last failure).
    fn state<T>(page: &Loadable<T>, rows: impl Fn(&T) -> bool) -> Result<bool, Option<&str>> {
        page.value.as_ref().map(rows).ok_or(page.failed.as_deref())
    }
    let panes = &cx.app.panes;
    let rows = match pane {
        Pane::Customers => state(&panes.customers.page, |p| p.hits > 0),
        Pane::Tags => state(&panes.tags.page, |p| !p.groups.is_empty()),
        Pane::Groups => state(&panes.groups.page, |p| !p.rows.is_empty()),
        Pane::Kpi => state(&panes.kpi.page, |p| !p.campaigns.is_empty()),
        Pane::Board => state(&panes.board.page, |p| !p.rows.is_empty()),
    };
    match rows {
        Ok(true) => None,
        Ok(false) => Some(nothing(cx, pane)),
        Err(Some(why)) => Some(vec![(format!("! {why}"), Role::Error)]),
        Err(None) => Some(vec![(cx.words.say("state.asking").to_owned(), Role::Dim)]),
    }
}

/// The whole scope against its own target, and how it runs to it.
fn stands(cx: &Cx, own: &Goal) -> Vec<(String, Role)> {
    let [words, achieved] = goal::goal_words(cx, own);
    let (course, _) = goal::course(cx, own.held.course);
    vec![
        (words, Role::Title),
        (format!("{achieved}  {course}"), Role::Title),
    ]
}

fn nothing(cx: &Cx, pane: Pane) -> Vec<(String, Role)> {
    let say = |key: &'static str, role| (cx.words.say(key).to_owned(), role);
    match pane {
        Pane::Customers => no_customers(cx),
        Pane::Tags => vec![
            say("empty.tags", Role::Title),
            say("empty.tags_do", Role::Text),
        ],
        Pane::Groups => {
            let pool = cx
                .app
                .panes
                .groups
                .page
                .value
                .as_ref()
                .map_or(0, |p| p.pool);
            if pool > 0 {
                let n = cx.figures.count(pool);
                vec![(
                    cx.words.fill("empty.groups_filtered", &[("n", &n)]),
                    Role::Title,
                )]
            } else {
                vec![
                    say("empty.groups", Role::Title),
                    say("empty.groups_do", Role::Text),
                ]
            }
        }
        Pane::Kpi => {
            let none = say("empty.kpi", Role::Title);
            let first = say("empty.kpi_do", Role::Text);
            // The whole may have a target where no campaign is: how it stands comes before what there is not.
            match goal::overall(cx) {
                Some(own) => [stands(cx, own), vec![none, first]].concat(),
                None => vec![none, first, say("empty.kpi_target", Role::Text)],
            }
        }
        Pane::Board => vec![
            say("empty.board", Role::Title),
            say("empty.board_do", Role::Text),
        ],
    }
}

fn no_customers(cx: &Cx) -> Vec<(String, Role)> {
    let say = |key: &'static str, role| (cx.words.say(key).to_owned(), role);
    let page = cx.app.panes.customers.page.value.as_ref();
    if page.is_none_or(|page| page.pool == 0) {
        return vec![
            say("empty.customers", Role::Title),
            say("empty.customers_do", Role::Text),
            say("empty.customers_more", Role::Text),
            say("empty.offline", Role::Dim),
        ];
    }
    let mut lines = vec![say("empty.no_hits", Role::Title)];
    if let Some(culprit) = page.and_then(|page| page.culprit.as_ref()) {
        if let Some(doubt) = &culprit.doubt {
            lines.push((doubt.said(cx.app.look.lang), Role::Watch));
        }
        let hits = cx.figures.count(culprit.without);
        let term = filter_words(cx, &culprit.terms);
        let words = cx
            .words
            .fill("empty.culprit", &[("term", term.as_str()), ("hits", &hits)]);
        lines.push((words, Role::Text));
    }
    lines.push(say("empty.clear", Role::Dim));
    lines
}
