//! The two lines at the top: where we are, and what everything on screen was computed from.

use ratatui::layout::Rect;

use crate::app::panes::Pane;
use crate::config::theme::Role;
use crate::domain::{Fixed, SafeText};
use crate::engine::answer::Stamp;
use crate::filter::{Filter, masked, print_in};

use super::Cx;
use super::canvas::{Canvas, Run};
use super::figures::days;
use super::panes;

/// Draws the top bar and the scope line.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let right = area.right().saturating_sub(1);
    let tabs = tabs(cx);
    let end = canvas.runs(area.x + 1, area.y, area.width.saturating_sub(2), &tabs);
    let room = right.saturating_sub(end.saturating_add(1));
    canvas.runs_right(right, area.y, &facts(cx, room));
    scope_line(cx, canvas, Rect::new(area.x, area.y + 1, area.width, 1));
}

/// `操盘台 [1客户] 2标签 …`
fn tabs(cx: &Cx) -> Vec<Run> {
    let mut runs = vec![(
        format!("{} ", cx.words.say("top.console")),
        cx.style(Role::Title),
    )];
    for (n, pane) in Pane::ALL.iter().enumerate() {
        let name = panes::tab(cx, *pane);
        let number = n + 1;
        runs.push(if *pane == cx.app.focus {
            (format!("[{number}{name}]"), cx.style(Role::Title))
        } else {
            (format!(" {number}{name} "), cx.style(Role::Dim))
        });
    }
    runs
}

/// Workspace, mode, demo mark, live or paused, clock; what matters least is left out where there is no room.
fn facts(cx: &Cx, room: u16) -> Vec<Run> {
    let facts = &cx.app.workspace;
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let read_only = facts.read_only || facts.is_another_file();
    let mode = if read_only {
        cx.words.say("top.read_only")
    } else {
        cx.words.say("top.read_write")
    };
    let name = super::text::fit(facts.name.as_str(), 16);
    let clock = facts.zone.local(cx.now.unix).format("%H:%M").to_string();
    // Each with its rank: the largest goes first when room is short.
    let mut parts: Vec<(u8, Run)> = vec![(4, (name, text))];
    parts.push((if read_only { 1 } else { 5 }, (mode.to_owned(), dim)));
    if facts.demo {
        parts.push((0, (" DEMO ".to_owned(), cx.style(Role::Demo))));
    }
    if cx.app.look.mask {
        parts.push((3, (cx.words.say("top.masked").to_owned(), dim)));
    }
    if let Some(job) = cx.app.running_job() {
        let (far, rest) = super::overlays::jobs::short(cx, job);
        parts.extend([(1, far), (6, rest)]);
    }
    if facts.waiting > 0 {
        let n = cx.figures.count(facts.waiting);
        let words = cx.words.fill("top.waiting", &[("n", &n)]);
        parts.push((3, (words, cx.style(Role::Watch))));
    }
    parts.push((2, liveness(cx)));
    parts.push((1, (clock, text)));
    let wide = |parts: &[(u8, Run)]| {
        parts.iter().fold(0_u16, |sum, (_, (text, _))| {
            sum + super::text::width(text) + 1
        })
    };
    while wide(&parts) > room.saturating_add(1) && parts.len() > 1 {
        let least = parts.iter().enumerate().max_by_key(|(_, (rank, _))| *rank);
        let Some(least) = least.map(|(at, _)| at) else {
            break;
        };
        parts.remove(least);
    }
    let last = parts.len().saturating_sub(1);
    parts
        .into_iter()
        .enumerate()
        .flat_map(|(i, (_, run))| {
            let air = if i == last { "" } else { " " };
            [run, (air.to_owned(), dim)]
        })
        .collect()
}

/// Live with the age of the focused pane's source, paused, loading, locked or in trouble.
fn liveness(cx: &Cx) -> Run {
    let facts = &cx.app.workspace;
    if let Some(freeze) = cx.app.freeze {
        let at = facts.zone.local(freeze.since).format("%H:%M").to_string();
        let n = freeze.waiting.to_string();
        return (
            cx.words.fill("top.paused", &[("at", &at), ("n", &n)]),
            cx.style(Role::Watch),
        );
    }
    if facts.trouble.is_some() {
        return (
            cx.words.say("top.trouble").to_owned(),
            cx.style(Role::Error),
        );
    }
    if let Some(seconds) = facts.busy {
        let age = cx.figures.age(i64::try_from(seconds).unwrap_or(i64::MAX));
        return (
            cx.words.fill("top.busy", &[("age", &age)]),
            cx.style(Role::Watch),
        );
    }
    if let Some((done, all)) = facts.loading {
        let percent = done
            .saturating_mul(100)
            .checked_div(all)
            .unwrap_or(0)
            .min(100);
        return (
            cx.words.fill("top.loading", &[("n", &percent.to_string())]),
            cx.style(Role::Watch),
        );
    }
    let live = match facts.fixed {
        None => cx.words.say("top.live"),
        Some(Fixed { ahead: false, .. }) => cx.words.say("top.past"),
        Some(Fixed { ahead: true, .. }) => cx.words.say("top.ahead"),
    };
    let calm = if facts.fixed.is_some() {
        Role::Watch
    } else {
        Role::Ok
    };
    match panes::source(cx, cx.app.focus) {
        Some((name, age, stale)) => {
            let (mark, role) = if stale {
                ("!", Role::Watch)
            } else {
                ("", calm)
            };
            (format!("{live} {name} {age}{mark}"), cx.style(role))
        }
        None => (live.to_owned(), cx.style(calm)),
    }
}

/// What keeps the figures of a pane from being those of now: the file is in trouble, or its source is older than it should be.
pub fn alarm(cx: &Cx, pane: Pane) -> Option<Run> {
    if cx.app.workspace.trouble.is_some() {
        let words = cx.words.say("top.trouble").to_owned();
        return Some((words, cx.style(Role::Error)));
    }
    let (name, age, _) = panes::source(cx, pane).filter(|(.., stale)| *stale)?;
    Some((format!("{name} {age}!"), cx.style(Role::Watch)))
}

/// `全部组织 · 本月 11-01..11-30 ◔ · 筛选 标签:高净值     命中 1,204 / 20,486`
fn scope_line(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let right = area.right().saturating_sub(1);
    let mut counts = Vec::new();
    if let Some(page) = &cx.app.panes.customers.page.value {
        let (hits, pool) = (cx.figures.count(page.hits), cx.figures.count(page.pool));
        let words = if area.width < 100 {
            format!("{hits} / {pool}")
        } else {
            cx.words
                .fill("scope.counts", &[("hits", &hits), ("pool", &pool)])
        };
        counts.push((words, cx.style(Role::Text)));
    }
    let start = canvas.runs_right(right, area.y, &counts);
    let room = start.saturating_sub(area.x + 2);
    let wide = |runs: &[Run]| {
        runs.iter().fold(0_u16, |sum, (text, _)| {
            sum.saturating_add(super::text::width(text))
        })
    };
    // The days go before a part of the filter does.
    let mut runs = scope_runs(cx, true);
    if wide(&runs) > room {
        runs = scope_runs(cx, false);
    }
    canvas.runs(area.x + 1, area.y, room, &runs);
}

/// Org, period (with its `days`) and filter: also printed on projector pages.
pub fn scope_runs(cx: &Cx, days: bool) -> Vec<Run> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let org = cx
        .app
        .org_name
        .as_ref()
        .map_or(cx.words.say("scope.everyone"), |name| name.as_str());
    let stamp = panes::stamp(cx, cx.app.focus);
    let mut runs = as_of(cx, days);
    runs.extend([(org.to_owned(), text), (cx.glyphs.dot.to_owned(), dim)]);
    runs.push((period_words(cx, stamp, days), text));
    runs.push((cx.glyphs.dot.to_owned(), dim));
    let named = stamp.map_or(&cx.app.scope.filter, |stamp| &stamp.named);
    let filter = filter_words(cx, named).to_string();
    if filter.is_empty() {
        runs.push((cx.words.say("scope.no_filter").to_owned(), dim));
    } else {
        runs.push((format!("{} ", cx.words.say("scope.filter")), dim));
        runs.push((filter, cx.style(Role::Input)));
    }
    runs
}

/// A filter in words; where names are masked it names nobody either.
pub fn filter_words(cx: &Cx, filter: &Filter) -> SafeText {
    let lang = cx.app.look.lang;
    SafeText::new(&if cx.app.look.mask {
        print_in(&masked(filter), lang)
    } else {
        print_in(filter, lang)
    })
}

/// `截至 2026-11-10 11:07 ·`, where now stands still: first of all, so that no width is without it; shorter without the year.
fn as_of(cx: &Cx, year: bool) -> Vec<Run> {
    let facts = &cx.app.workspace;
    let Some(Fixed { at, .. }) = facts.fixed else {
        return Vec::new();
    };
    let form = if year {
        "%Y-%m-%d %H:%M"
    } else {
        "%m-%d %H:%M"
    };
    let at = facts.zone.local(at).format(form).to_string();
    vec![
        (
            cx.words.fill("scope.as_of", &[("at", &at)]),
            cx.style(Role::Watch),
        ),
        (cx.glyphs.dot.to_owned(), cx.style(Role::Dim)),
    ]
}

/// `本月 11-01..11-30 ◔`
pub fn period_words(cx: &Cx, stamp: Option<&Stamp>, with_days: bool) -> String {
    let name = cx.words.period_name(cx.app.scope.period);
    // A range has no other name than its days.
    let days = stamp
        .filter(|_| with_days || name.is_empty())
        .map(|stamp| days(stamp.period))
        .unwrap_or_default();
    let partial = match stamp {
        Some(stamp) if stamp.is_ahead(cx.app.workspace.zone) => cx.words.say("scope.ahead"),
        Some(stamp) if stamp.partial && cx.glyphs.partial.is_empty() => {
            cx.words.say("scope.so_far")
        }
        Some(stamp) if stamp.partial => cx.glyphs.partial,
        Some(_) | None => "",
    };
    [name.as_str(), days.as_str(), partial]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ")
}
