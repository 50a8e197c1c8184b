//! Why a group has its score: the parts behind it, and what is not measured.

use crate::config::theme::Role;
use crate::domain::Figure;
use crate::domain::cells::{pad, pad_left};
use crate::engine::answer::{GroupRow, HealthBand, HealthPart};
use crate::engine::groups::lacking;
use crate::ui::Cx;
use crate::ui::canvas::Run;
use crate::ui::text;

/// As many of the lines behind a score as there is room for; the last says how many of its parts are not among them.
pub fn counted(cx: &Cx, mut lines: Vec<Vec<Run>>, room: usize, parts: usize) -> Vec<Vec<Run>> {
    if lines.len() <= room || room < 2 {
        return lines;
    }
    // The last lines have the parts, in one column or in two.
    let wide = if parts < lines.len() { 1 } else { 2 };
    let left = (parts.div_ceil(wide) + room).saturating_sub(lines.len() + 1);
    let n = parts.saturating_sub(left * wide).to_string();
    lines.truncate(room - 1);
    let words = cx.words.fill("groups.more_parts", &[("n", &n)]);
    lines.push(vec![(words, cx.style(Role::Dim))]);
    lines
}

/// What is not measured and which columns would tell; nothing where all is.
fn missing(cx: &Cx, row: &GroupRow) -> Option<Vec<Run>> {
    let missing: Vec<String> = lacking(row)
        .map(|(code, columns)| format!("{} ({columns})", cx.metric(code)))
        .collect();
    let what = missing.join("; ");
    let words = cx.words.fill("groups.missing", &[("what", &what)]);
    (!missing.is_empty()).then(|| vec![(words, cx.style(Role::Watch))])
}

/// The parts behind a score, worst first, with the thresholds they were judged by.
pub fn lines(cx: &Cx, row: &GroupRow, fleet: bool, width: u16) -> Vec<Vec<Run>> {
    let name = text::fit(row.name.as_str(), 18);
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let mut head = vec![(format!("{name} "), cx.style(Role::Title))];
    let covered = format!("{:.0}", row.coverage);
    match (row.score, row.structure) {
        (Some(score), _) => {
            let score = cx.figures.score(score);
            let words = cx
                .words
                .fill("groups.score", &[("score", &score), ("covered", &covered)]);
            head.push((words, text));
        }
        (None, Some(structure)) => {
            let score = cx.figures.score(structure);
            let words = cx.words.fill(
                "groups.structure",
                &[("score", &score), ("covered", &covered)],
            );
            head.push((words, text));
        }
        (None, None) if row.band == HealthBand::New => {
            head.push((cx.words.say("groups.no_score").to_owned(), dim));
        }
        (None, None) => {
            let key = if row.measured_to.is_some() {
                "groups.too_little"
            } else {
                "groups.no_data"
            };
            head.push((cx.words.say(key).to_owned(), cx.style(Role::Watch)));
        }
    }
    let judged = if fleet {
        cx.words.say("groups.fleet")
    } else {
        cx.words.say("groups.defaults")
    };
    head.push((format!("  {judged}"), dim));
    let mut parts: Vec<&HealthPart> = row.parts.iter().collect();
    let lost = |part: &HealthPart| part.score.map_or(-1.0, |score| part.weight * (1.0 - score));
    parts.sort_by(|a, b| lost(b).total_cmp(&lost(a)));
    let wide = if width >= 76 { 2 } else { 1 };
    let mut lines = vec![head];
    lines.extend(missing(cx, row));
    let bounds = parts.iter().map(|part| text::width(&bounds(cx, part)));
    let bounds = bounds.max().unwrap_or(0).max(8) + 1;
    lines.extend(parts.chunks(wide).map(|pair| {
        let room = usize::from(width.saturating_sub(2)) / wide;
        let one = |one: &&HealthPart| part(cx, one, room, usize::from(bounds));
        pair.iter().flat_map(one).collect()
    }));
    lines
}

/// `1%→10%`: nothing scored up to the one, all of it from the other. Two equal bounds judge nothing: those of a part that
/// the fleet has not set yet.
fn bounds(cx: &Cx, part: &HealthPart) -> String {
    let (floor, target) = (
        bound(cx, part, part.bounds.0),
        bound(cx, part, part.bounds.1),
    );
    if floor == target {
        String::new()
    } else {
        format!("{floor}{}{target}", cx.glyphs.to)
    }
}

/// `日均发言占比 5.0% 1%→10% 8.9/20`, with so many columns for the bounds. The name gives way to the figures.
fn part(cx: &Cx, part: &HealthPart, room: usize, wide: usize) -> Vec<Run> {
    let (plain, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let room = u16::try_from(room).unwrap_or(40);
    let earned = part.score.map(|score| score * part.weight);
    let role = match part.score {
        None => Role::Dim,
        Some(score) if score < 0.35 => Role::Bad,
        Some(score) if score < 0.75 => Role::Watch,
        Some(_) => Role::Ok,
    };
    let points = earned.map_or_else(
        || cx.glyphs.not_measured.to_owned(),
        |earned| format!("{earned:.1}/{:.0}", part.weight),
    );
    let measured = measured(cx, part);
    // Beside the name stand the measured figure, the bounds and the points, with air.
    let taken = u16::try_from(wide).unwrap_or(u16::MAX).saturating_add(15);
    let name = room.saturating_sub(taken).clamp(6, 20);
    let air = room.saturating_sub(taken.saturating_add(name));
    // A figure with its unit takes of the room of its name.
    let figure = usize::from(text::width(&measured)).max(6);
    let name = (usize::from(name) + 6).saturating_sub(figure);
    let name = pad(cx.metric(part.code), name);
    vec![
        (format!("{name}{} ", pad_left(&measured, figure)), plain),
        (pad(&bounds(cx, part), wide), dim),
        (format!("{points:>7}"), cx.style(role)),
        (" ".repeat(usize::from(air) + 1), plain),
    ]
}

fn measured(cx: &Cx, part: &HealthPart) -> String {
    match part.measured {
        Figure::Number(n) if is_of_minutes(part) => {
            let n = format!("{n:.1}");
            cx.words.fill("groups.minutes", &[("n", &n)])
        }
        Figure::Number(n) => format!("{n:.1}"),
        // Of a few it is told of how many (metrics.md 4.0).
        Figure::Rate(rate) => cx.figures.rate(rate),
        Figure::Count(_) | Figure::Money(_) | Figure::NoValue | Figure::NotMeasured => {
            cx.figures.figure(part.measured)
        }
    }
}

fn is_of_minutes(part: &HealthPart) -> bool {
    part.code == "group_first_reply"
}

/// A threshold in the unit of its metric: minutes for replies, per cent for the rest.
fn bound(cx: &Cx, part: &HealthPart, value: f64) -> String {
    let style = cx.figures.style;
    if is_of_minutes(part) {
        style.number(value, 0)
    } else {
        let percent = value * 100.0;
        if (percent - percent.round()).abs() < 0.05 {
            format!("{}%", style.number(percent, 0))
        } else {
            format!("{}%", style.number(percent, 1))
        }
    }
}
