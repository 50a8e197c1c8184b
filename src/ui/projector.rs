//! Projector mode: few words, large figures, readable from six metres. Always masked, never a write.

mod digits;
mod groups;

use ratatui::layout::Rect;

use crate::app::state::{Projector, ProjectorPage};
use crate::config::theme::Role;
use crate::engine::answer::{BoardPage, BoardRow, GapSplit, KpiNode, KpiPage};

use ratatui::style::{Modifier, Style};

use super::canvas::{Canvas, Run};
use super::panes::{board, kpi};
use super::widgets::bar::bar;
use super::{Cx, header, text};
use digits::{big, big_width};

/// Rows of a page from which on blocks stand two rows apart, and the fewest that carry one figure in big digits.
const ROOMY: u16 = 20;
const LEAST: u16 = 16;

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
        ProjectorPage::Target => target(cx, canvas, body),
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

/// Workspace, page, clock.
fn top(cx: &Cx, canvas: &mut Canvas, area: Rect, projector: &Projector, page: ProjectorPage) {
    let (title, dim) = (cx.style(Role::Title), cx.style(Role::Dim));
    let local = cx.app.workspace.zone.local(cx.now.unix);
    let n = format!("{}/{}", projector.at + 1, projector.pages.len());
    let mut left = vec![
        (format!("{}  ", page_name(cx, page)), title),
        (
            format!("{}  ", text::fit(cx.app.workspace.name.as_str(), 24)),
            cx.style(Role::Text),
        ),
    ];
    if cx.app.workspace.demo {
        left.push((" DEMO ".to_owned(), cx.style(Role::Demo)));
        left.push(("  ".to_owned(), dim));
    }
    if cx.app.look.mask {
        left.push((cx.words.say("top.masked").to_owned(), cx.style(Role::Watch)));
    }
    canvas.runs(area.x + 3, area.y, area.width.saturating_sub(24), &left);
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

/// Are we on target, how far off, and why.
fn target(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let page = cx.app.panes.kpi.page.value.as_ref();
    let Some((page, node)) = page.and_then(|page| Some((page, kpi::gmv_node(page)?))) else {
        nothing(cx, canvas, area, cx.words.say("empty.kpi"));
        return;
    };
    let dim = cx.style(Role::Dim);
    if let Some(head) = kpi::head(page) {
        let line = [
            (format!("{}  ", head.name.as_str()), cx.style(Role::Title)),
            (format!("{}  ", header::days(head.days)), dim),
            (kpi::gmv_name(cx, page.gmv).to_owned(), dim),
        ];
        canvas.runs(area.x, area.y, area.width, &line);
    }
    // On a small screen the air goes before the big digits do.
    let air = if area.height < ROOMY { 1 } else { 2 };
    let mut y = area.y + air;
    y += two_figures(
        cx,
        canvas,
        Rect {
            y,
            height: area.height.saturating_sub(air),
            ..area
        },
        node,
    );
    canvas.runs(area.x, y, area.width, &against_target(cx, node));
    let share = node.achievement.unwrap_or(0.0);
    let thick = if area.height >= 40 { 3 } else { 1 };
    for line in 0..thick {
        canvas.runs(
            area.x,
            y + 1 + line,
            area.width,
            &bar(cx, area.width, share),
        );
    }
    let y = y + 2 + thick;
    let below = Rect::new(area.x, y, area.width, area.bottom().saturating_sub(y));
    cause(cx, canvas, below, page);
}

/// Achievement and GMV, in digits as big as there is room for; where there is room for one alone, for the achievement.
/// Returns the rows taken.
fn two_figures(cx: &Cx, canvas: &mut Canvas, area: Rect, node: &KpiNode) -> u16 {
    let (text, title) = (cx.style(Role::Text), cx.style(Role::Title));
    let half = area.width / 2;
    let right = area.x + half;
    let achieved = cx.words.say("projector.achieved");
    canvas.put(area.x, area.y, half, achieved, text);
    canvas.put(right, area.y, half, "GMV", text);
    let achievement = cx.figures.achievement(node.achievement);
    let gmv = cx.figures.figure(node.actual);
    let (_, style) = kpi::band(cx, node.band);
    let wide = big_width(&achievement).max(big_width(&gmv));
    let scale = (1..=3_u16)
        .rev()
        .find(|scale| wide * scale <= half && area.height >= 13 + 5 * scale);
    let air = if area.height < ROOMY { 1 } else { 2 };
    let y = area.y + air;
    if let Some(scale) = scale {
        big(cx, canvas, (area.x, y), scale, (&achievement, style));
        big(cx, canvas, (right, y), scale, (&gmv, title));
        air + 5 * scale + 1
    } else if big_width(&achievement) <= half && area.height >= LEAST {
        big(cx, canvas, (area.x, y), 1, (&achievement, style));
        canvas.put(right, y, half, &gmv, title);
        air + 6
    } else {
        let y = area.y + 2;
        canvas.put(area.x, y, half, &achievement, style);
        canvas.put(right, y, half, &gmv, title);
        4
    }
}

/// `! 未达成   目标 24.00万   进度 86.8%`
fn against_target(cx: &Cx, node: &KpiNode) -> Vec<Run> {
    let text = cx.style(Role::Text);
    let (word, style) = kpi::band(cx, node.band);
    let target = cx.figures.figure(node.target);
    let target = cx.words.fill("projector.of_target", &[("target", &target)]);
    let mut line = vec![(format!("{word}   "), style), (target, text)];
    if let Some(pace) = node.pace {
        let shown = cx.figures.achievement(Some(pace));
        let words = cx.words.fill("kpi.pace", &[("pace", &shown)]);
        line.push((format!("   {words}"), text));
    }
    line
}

/// The sentence that says why, then each factor as a bar of its part.
fn cause(cx: &Cx, canvas: &mut Canvas, area: Rect, page: &KpiPage) {
    let Some(split) = &page.split else {
        return;
    };
    if area.height == 0 {
        return;
    }
    // The sentence of the page: a block of its own.
    let cause = kpi::cause_runs(cx, page, split);
    let end = canvas.runs(area.x + 1, area.y, area.width - 2, &cause);
    let block = Rect::new(area.x, area.y, end.saturating_sub(area.x) + 1, 1);
    let role = if split.gap < 0.0 { Role::Bad } else { Role::Ok };
    let heavy = Modifier::REVERSED | Modifier::BOLD;
    let heavy = Style::new().patch(cx.style(role)).add_modifier(heavy);
    canvas.restyle(block, heavy);
    if area.height < 3 {
        return;
    }
    let sum = kpi::sum_runs(cx, split, |part| part_style(cx, split, part));
    let y = area.y + if area.height < 10 { 1 } else { 2 };
    canvas.runs(area.x, y, area.width, &sum);
    let below = area.bottom().saturating_sub(y + 2);
    let below = Rect::new(area.x, y + 2, area.width, below);
    factors(cx, canvas, below, split);
}

/// A part in the colour of what it means: the one to blame stands out, other losses want a look, gains are well.
fn part_style(cx: &Cx, split: &GapSplit, part: f64) -> Style {
    let blamed = split
        .cause()
        .is_some_and(|(_, worst)| worst.total_cmp(&part).is_eq());
    let role = match (part < 0.0, blamed) {
        (true, true) => Role::Bad,
        (true, false) => Role::Watch,
        (false, _) => Role::Ok,
    };
    cx.style(role)
}

/// Each factor as a bar of its part, as thick as there is room for.
fn factors(cx: &Cx, canvas: &mut Canvas, area: Rect, split: &GapSplit) {
    let largest = split
        .parts
        .iter()
        .map(|(_, part)| part.abs())
        .fold(0.0, f64::max);
    let room = area.width.saturating_sub(30);
    let count = u16::try_from(split.parts.len()).unwrap_or(1).max(1);
    let step = (area.height / count).clamp(2, 8);
    let shown = split.in_whole(kpi::YUAN);
    let parts = split.parts.iter().zip(&shown.parts);
    for (((code, part), (_, shown)), y) in parts.zip((area.y..area.bottom()).step_by(step.into())) {
        let style = part_style(cx, split, *part);
        let worst = split.cause().is_some_and(|(worst, _)| worst == *code);
        let sign = if worst && *part < 0.0 { "! " } else { "  " };
        let name = crate::domain::cells::pad(cx.metric(code), 15);
        let money = cx.figures.signed_money(*shown);
        let runs: [Run; 3] = [
            (sign.to_owned(), style),
            (name, cx.style(Role::Text)),
            (format!("{money:>11}  "), style),
        ];
        canvas.runs(area.x, y, 30, &runs);
        let length = super::widgets::bar::filled(room, part.abs() / largest.max(1.0));
        let full = cx.glyphs.full.repeat(length.into());
        for line in y..(y + step - 1).min(area.bottom()) {
            canvas.put(area.x + 30, line, room, &full, style);
        }
    }
}

/// As many of the ranked as fit with air between them.
fn leaders(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let page = cx.app.panes.board.page.value.as_ref();
    let Some(page) = page.filter(|page| !page.rows.is_empty()) else {
        nothing(cx, canvas, area, cx.words.say("empty.board"));
        return;
    };
    canvas.runs(area.x, area.y, area.width, &ranked_what(cx, page));
    let values = page.rows.iter().filter_map(|row| row.value.number());
    let largest = values.fold(0.0, f64::max);
    let ranked: Vec<&BoardRow> = page.rows.iter().filter(|row| row.rank.is_some()).collect();
    let places: Vec<u16> = (area.y + 2..area.bottom().saturating_sub(2))
        .step_by(3)
        .collect();
    let names = ranked.iter().take(places.len());
    let names = names.map(|row| text::width(row.name.as_str())).max();
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

/// What is ranked, its sum and the target.
fn ranked_what(cx: &Cx, page: &BoardPage) -> Vec<Run> {
    let title = cx.style(Role::Title);
    let metric = board::metric_name(cx, page.metric);
    let total = board::ranked(cx, page.total);
    let mut line = vec![(format!("{metric}  {total}"), title)];
    for words in board::aimed(cx, page).into_iter().flatten() {
        line.push((format!("   {words}"), cx.style(Role::Text)));
    }
    line
}

/// One of the ranked: `names` columns for the name.
fn leader(cx: &Cx, canvas: &mut Canvas, place: (Rect, u16), row: &BoardRow, largest: f64) {
    let (area, names) = place;
    let rank = row.rank.map_or_else(String::new, |rank| rank.to_string());
    canvas.put_right(area.x + 3, area.y, 3, &rank, cx.style(Role::Title));
    canvas.runs(area.x + 5, area.y, 4, &board::movement(cx, row.movement));
    let name = row.name.as_str();
    canvas.put(area.x + 10, area.y, names, name, cx.style(Role::Text));
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
        let (word, style) = kpi::band(cx, row.band);
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
