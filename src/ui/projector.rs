//! Projector mode: few words, large figures, readable from six metres. Always masked, never a write.

mod digits;
mod groups;
mod target;

use ratatui::layout::Rect;

use crate::app::panes::Pane;
use crate::app::state::{Projector, ProjectorPage};
use crate::config::theme::Role;
use crate::engine::answer::{BoardPage, BoardRow};

use super::canvas::{Canvas, Run};
use super::panes::{board, goal};
use super::widgets::bar::bar;

use super::{Cx, header, text};

/// Draws the page on screen.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, projector: &Projector) {
    let page = projector
        .pages
        .get(projector.at)
        .copied()
        .unwrap_or(ProjectorPage::Target);
    top(cx, canvas, area, projector, page);
    let body = Rect::new(area.x + 3, area.y + 3, area.width - 6, area.height - 5);
    match page {
        ProjectorPage::Target => target::target(cx, canvas, body, projector),
        ProjectorPage::Board => leaders(cx, canvas, body),
        ProjectorPage::Groups => groups::trouble(cx, canvas, body),
    }
    bottom(cx, canvas, area, projector);
}

fn page_name<'a>(cx: &Cx<'a>, page: ProjectorPage) -> &'a str {
    match page {
        ProjectorPage::Target => cx.words.say("projector.target"),
        ProjectorPage::Board => cx.words.say("projector.board"),
        ProjectorPage::Groups => cx.words.say("projector.groups"),
    }
}

/// The pane whose source the page's figures come from.
fn pane_of(page: ProjectorPage) -> Pane {
    match page {
        ProjectorPage::Target => Pane::Kpi,
        ProjectorPage::Board => Pane::Board,
        ProjectorPage::Groups => Pane::Groups,
    }
}

/// Workspace, page, clock.
fn top(cx: &Cx, canvas: &mut Canvas, area: Rect, projector: &Projector, page: ProjectorPage) {
    let (title, dim) = (cx.style(Role::Title), cx.style(Role::Dim));
    let local = cx.app.workspace.zone.local(cx.now.unix);
    let n = format!("{}/{}", projector.at + 1, projector.pages.len());
    let mut left = vec![(format!("{}  ", page_name(cx, page)), title)];
    if cx.app.workspace.demo {
        left.push((" DEMO ".to_owned(), cx.style(Role::Demo)));
        left.push(("  ".to_owned(), dim));
    }
    if cx.app.look.mask {
        left.push((cx.words.say("top.masked").to_owned(), cx.style(Role::Watch)));
    }
    // A wall of old figures must not pass for now.
    if let Some(alarm) = header::alarm(cx, pane_of(page)) {
        left.extend([("  ".to_owned(), dim), alarm]);
    }
    // The name of the shop gives way to what is said of the screen.
    let wide: u16 = left.iter().map(|(words, _)| text::width(words)).sum();
    let room = area.width.saturating_sub(24);
    let name = text::fit(
        cx.app.workspace.name.as_str(),
        room.saturating_sub(wide + 2).min(24),
    );
    left.insert(1, (format!("{name}  "), cx.style(Role::Text)));
    canvas.runs(area.x + 3, area.y, room, &left);
    let right = [
        (format!("{n}  "), dim),
        (local.format("%m-%d %H:%M").to_string(), title),
    ];
    canvas.runs_right(area.right().saturating_sub(3), area.y, &right);
    let scope = header::scope_runs(cx, true);
    canvas.runs(area.x + 3, area.y + 1, area.width - 6, &scope);
    canvas.rule(
        area.x,
        area.y + 2,
        area.width,
        cx.glyphs.line,
        cx.style(Role::Border),
    );
}

/// Keys, masked, and how long the page still stands.
fn bottom(cx: &Cx, canvas: &mut Canvas, area: Rect, projector: &Projector) {
    let y = area.bottom() - 1;
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let right = match projector.steps_left(cx.now.millis) {
        None => vec![(
            cx.words.say("projector.paused").to_owned(),
            cx.style(Role::Watch),
        )],
        Some(left) => {
            // A bar of ten steps, so that a page costs ten small frames and not one a second.
            let share = left as f64 / Projector::STEPS as f64;
            let mut runs = vec![(format!("{} ", cx.words.say("projector.next")), dim)];
            runs.extend(bar(cx, 10, share));
            runs
        }
    };
    let end = canvas.runs_right(area.right().saturating_sub(3), y, &right);
    let mut x = area.x + 3;
    for hint in cx.app.hints() {
        let wide = text::width(&hint.keys) + 1 + text::width(hint.label);
        if x.saturating_add(wide).saturating_add(2) > end {
            break;
        }
        let runs = [
            (format!("{} ", hint.keys), text),
            (hint.label.to_owned(), dim),
        ];
        x = canvas.runs(x, y, wide, &runs).saturating_add(2);
    }
}

/// As many of the ranked as fit with air between them.
fn leaders(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let page = cx.app.panes.board.page.value.as_ref();
    let Some(page) = page.filter(|page| !page.rows.is_empty()) else {
        nothing(cx, canvas, area, cx.words.say("empty.board"));
        return;
    };
    let [first, second] = ranked_what(cx, page, area.width);
    canvas.runs(area.x, area.y, area.width, &first);
    canvas.runs(area.x, area.y + 1, area.width, &second);
    let values = page.rows.iter().filter_map(|row| row.value.number());
    let largest = values.fold(0.0, f64::max);
    let ranked: Vec<&BoardRow> = page.rows.iter().filter(|row| row.rank.is_some()).collect();
    let places: Vec<u16> = (area.y + 2..area.bottom().saturating_sub(2))
        .step_by(3)
        .collect();
    let names = ranked.iter().take(places.len());
    let names = names.map(|row| board::name_width(cx, row)).max();
    let room = names.unwrap_or(0).clamp(8, (area.width / 4).max(12));
    for (row, y) in ranked.iter().zip(&places) {
        let line = Rect::new(area.x, *y, area.width, 2);
        leader(cx, canvas, (line, room), row, largest);
    }
    let shown = ranked.len().min(places.len()).to_string();
    let holes = [("n", shown.as_str()), ("of", &ranked.len().to_string())];
    let words = cx.words.fill("projector.shown", &holes);
    let note = format!("{words}  {}", cx.words.say("board.tie_rule"));
    let y = area.bottom().saturating_sub(1);
    canvas.put(area.x, y, area.width, &note, cx.style(Role::Dim));
}

/// What is ranked, its sum and the target, on one line or on two; of what fits on neither, the pieces that do.
fn ranked_what(cx: &Cx, page: &BoardPage, width: u16) -> [Vec<Run>; 2] {
    let metric = board::metric_name(cx, page.metric);
    let total = board::ranked(cx, page.total);
    let first = vec![(format!("{metric}  {total}"), cx.style(Role::Title))];
    // The target of the whole before what those with a target of their own reached of theirs.
    let words = match page.goal() {
        Some(goal) => Some(goal::goal_words(cx, goal)),
        None => board::aimed(cx, page),
    };
    let words = words.into_iter().flatten();
    let second: Vec<Run> = words
        .map(|words| (format!("   {words}"), cx.style(Role::Text)))
        .collect();
    let wide = |runs: &[Run]| -> u16 { runs.iter().map(|(words, _)| text::width(words)).sum() };
    match page.goal() {
        _ if wide(&first) + wide(&second) <= width => [[first, second].concat(), Vec::new()],
        Some(goal) if wide(&second) > width => [first, goal::goal_line(cx, goal, width)],
        Some(_) | None => [first, second],
    }
}

/// One of the ranked: `names` columns for the name.
fn leader(cx: &Cx, canvas: &mut Canvas, place: (Rect, u16), row: &BoardRow, largest: f64) {
    let (area, names) = place;
    let rank = row.rank.map_or_else(String::new, |rank| rank.to_string());
    canvas.put_right(area.x + 3, area.y, 3, &rank, cx.style(Role::Title));
    canvas.runs(area.x + 5, area.y, 4, &board::movement(cx, row.movement));
    let name = board::name(cx, row, names);
    canvas.runs(area.x + 10, area.y, names, &name);
    let value = board::ranked(cx, row.value);
    let after = area.x + 10 + names + 12;
    canvas.put_right(after, area.y, 11, &value, cx.style(Role::Title));
    let room = area.right().saturating_sub(after + 2 + 17);
    let share = row.value.number().unwrap_or(0.0) / largest.max(1.0);
    let length = super::widgets::bar::filled(room, share);
    for y in [area.y, area.y + 1] {
        let full = cx.glyphs.full.repeat(length.into());
        canvas.put(after + 2, y, room, &full, cx.style(Role::Bar));
    }
    if row.achievement.is_some() {
        let achievement = cx.figures.achievement(row.achievement);
        canvas.put_right(area.right(), area.y, 10, &achievement, cx.style(Role::Text));
        let (word, style) = goal::course(cx, row.course);
        canvas.put_right(area.right(), area.y + 1, 16, &word, style);
    }
}

fn nothing(cx: &Cx, canvas: &mut Canvas, area: Rect, words: &str) {
    canvas.put(
        area.x,
        area.y + area.height / 3,
        area.width,
        words,
        cx.style(Role::Title),
    );
}
