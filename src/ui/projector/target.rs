//! The page that matters first: target, gap, and what causes it.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use crate::app::state::Projector;
use crate::config::theme::Role;
use crate::engine::answer::{GapSplit, Goal, Held, KpiNode, KpiPage};
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::figures::days;
use crate::ui::panes::goal::{self, overall};
use crate::ui::panes::kpi;
use crate::ui::widgets::bar::{bar, filled};

use super::digits::{big, big_width};
use super::nothing;

/// Rows of a page from which on blocks stand two rows apart, and the fewest that carry one figure in big digits.
const ROOMY: u16 = 20;
const LEAST: u16 = 16;

/// Are we on target, how far off, and why: the target of the whole scope first where it has one, under it the campaign.
pub(super) fn target(cx: &Cx, canvas: &mut Canvas, area: Rect, projector: &Projector) {
    let page = cx.app.panes.kpi.page.value.as_ref();
    let page = page.filter(|_| !projector.without_campaign);
    let campaign = page.and_then(|page| Some((page, kpi::gmv_node(page)?)));
    match (overall(cx), campaign) {
        (Some(goal), campaign) => {
            let y = whole(cx, canvas, area, goal) + 2;
            if let Some((page, node)) = campaign
                && y < area.bottom()
            {
                let below = Rect::new(area.x, y, area.width, area.bottom() - y);
                campaign_below(cx, canvas, below, (page, node));
            }
        }
        (None, Some((page, node))) => campaign_alone(cx, canvas, area, (page, node)),
        (None, None) => nothing(cx, canvas, area, cx.words.say("empty.kpi")),
    }
}

/// A campaign, large.
fn campaign_alone(cx: &Cx, canvas: &mut Canvas, area: Rect, (page, node): (&KpiPage, &KpiNode)) {
    canvas.runs(area.x, area.y, area.width, &campaign_runs(cx, page));
    let y = how_it_stands(cx, canvas, area, ("GMV", &node.held));
    let below = Rect::new(area.x, y, area.width, area.bottom().saturating_sub(y));
    cause(cx, canvas, below, page);
}

/// A campaign under the target of the whole: how it stands on one line, and why.
fn campaign_below(cx: &Cx, canvas: &mut Canvas, area: Rect, (page, node): (&KpiPage, &KpiNode)) {
    canvas.runs(area.x, area.y, area.width, &campaign_runs(cx, page));
    let target = cx.figures.figure(node.held.target);
    let target = cx.words.fill("projector.of_target", &[("target", &target)]);
    let actual = cx.figures.figure(node.held.actual);
    let achievement = cx.figures.achievement(node.held.achievement);
    let words = format!("GMV {actual}   {target}   {achievement}   ");
    let (word, style) = goal::course(cx, node.held.course);
    let line = [(words, cx.style(Role::Text)), (word, style)];
    canvas.runs(area.x, area.y + 1, area.width, &line);
    let used = area.height.min(3);
    let below = Rect::new(area.x, area.y + used, area.width, area.height - used);
    cause(cx, canvas, below, page);
}

/// Name, days and kind of GMV of the campaign.
fn campaign_runs(cx: &Cx, page: &KpiPage) -> Vec<Run> {
    let dim = cx.style(Role::Dim);
    page.opened().map_or_else(Vec::new, |head| {
        vec![
            (format!("{}  ", head.name.as_str()), cx.style(Role::Title)),
            (format!("{}  ", days(head.days)), dim),
            (kpi::gmv_name(cx, page.gmv).to_owned(), dim),
        ]
    })
}

/// The target of the whole scope, large. Returns its last row.
fn whole(cx: &Cx, canvas: &mut Canvas, area: Rect, goal: &Goal) -> u16 {
    let name = goal.metric.name(cx.words.lang());
    let mut line = vec![(format!("{name}  "), cx.style(Role::Title))];
    if let Some(page) = &cx.app.panes.board.page.value {
        let days = days(page.stamp.period);
        line.push((days, cx.style(Role::Dim)));
    }
    canvas.runs(area.x, area.y, area.width, &line);
    let y = how_it_stands(cx, canvas, area, (name, &goal.held));
    let gap = goal::goal_gap(cx, goal);
    canvas.put(area.x, y - 1, area.width, &gap, cx.style(Role::Title));
    y - 1
}

/// The two figures, the target, and the bar of the achievement, below the first line of the page. Returns the row after.
fn how_it_stands(cx: &Cx, canvas: &mut Canvas, area: Rect, (name, held): (&str, &Held)) -> u16 {
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
        (name, held),
    );
    canvas.runs(area.x, y, area.width, &against_target(cx, held));
    let share = held.achievement.unwrap_or(0.0);
    let thick = if area.height >= 40 { 3 } else { 1 };
    for line in 0..thick {
        canvas.runs(
            area.x,
            y + 1 + line,
            area.width,
            &bar(cx, area.width, share),
        );
    }
    y + 2 + thick
}

/// Achievement and GMV, in digits as big as there is room for; where there is room for one alone, for the achievement.
/// Returns the rows taken.
fn two_figures(cx: &Cx, canvas: &mut Canvas, area: Rect, (name, held): (&str, &Held)) -> u16 {
    let (text, title) = (cx.style(Role::Text), cx.style(Role::Title));
    let achievement = cx.figures.achievement(held.achievement);
    let gmv = cx.figures.figure(held.actual);
    let (_, style) = goal::course(cx, held.course);
    let wide = [big_width(&achievement), big_width(&gmv)];
    let scale = (1..=3_u16).rev().find(|scale| {
        second_at(area.width, wide, *scale).is_some() && area.height >= 13 + 5 * scale
    });
    let right = area.x
        + scale
            .and_then(|scale| second_at(area.width, wide, scale))
            .unwrap_or(area.width / 2);
    let room = right - area.x;
    let achieved = cx.words.say("projector.achieved");
    canvas.put(area.x, area.y, room, achieved, text);
    canvas.put(right, area.y, area.right() - right, name, text);
    let air = if area.height < ROOMY { 1 } else { 2 };
    let y = area.y + air;
    if let Some(scale) = scale {
        big(cx, canvas, (area.x, y), scale, (&achievement, style));
        big(cx, canvas, (right, y), scale, (&gmv, title));
        air + 5 * scale + 1
    } else if big_width(&achievement) <= room && area.height >= LEAST {
        big(cx, canvas, (area.x, y), 1, (&achievement, style));
        canvas.put(right, y, area.right() - right, &gmv, title);
        air + 6
    } else {
        let y = area.y + 2;
        canvas.put(area.x, y, room, &achievement, style);
        canvas.put(right, y, area.right() - right, &gmv, title);
        4
    }
}

/// Where the second of two big figures stands: in the right half, else as far to the right as it needs to; `None` where
/// there is not room for both. The air behind the last digit may be over the edge.
fn second_at(width: u16, [first, second]: [u16; 2], scale: u16) -> Option<u16> {
    let [first, second] = [first, second].map(|wide| wide * scale);
    let half = width / 2;
    if first.max(second) <= half {
        return Some(half);
    }
    let at = (width + 2 * scale).checked_sub(second)?;
    (first <= at).then_some(at)
}

/// `! 未达成   目标 24.00万   进度 86.8%`
fn against_target(cx: &Cx, held: &Held) -> Vec<Run> {
    let text = cx.style(Role::Text);
    let (word, style) = goal::course(cx, held.course);
    let target = cx.figures.figure(held.target);
    let target = cx.words.fill("projector.of_target", &[("target", &target)]);
    let mut line = vec![(format!("{word}   "), style), (target, text)];
    if let Some(pace) = held.pace {
        let shown = cx.figures.achievement(Some(pace));
        let words = cx.words.pace(&shown, held.expected);
        line.push((format!("   {words}"), text));
    }
    line
}

/// The sentence that says why, then each factor as a bar of its part.
fn cause(cx: &Cx, canvas: &mut Canvas, area: Rect, page: &KpiPage) {
    let Some(split) = &page.split else {
        let signed = |fen| cx.figures.signed_money(fen);
        let caveats = kpi::caveats(cx.words, page, signed);
        for (said, y) in caveats.iter().zip(area.top()..area.bottom()) {
            let line = format!("! {said}");
            canvas.put(area.x, y, area.width, &line, cx.style(Role::Watch));
        }
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
    let is_worst = |code| split.cause().is_some_and(|(worst, _)| worst == code);
    let mut parts: Vec<_> = split.parts.iter().zip(&shown.parts).collect();
    if usize::from(area.height.div_ceil(step)) < parts.len() {
        // The one that the sentence names, where not all have room.
        parts.sort_by_key(|((code, _), _)| !is_worst(*code));
    }
    let lines = (area.y..area.bottom()).step_by(step.into());
    for (((code, part), (_, shown)), y) in parts.into_iter().zip(lines) {
        let style = part_style(cx, split, *part);
        let worst = is_worst(*code);
        let sign = if worst && *part < 0.0 { "! " } else { "  " };
        let name = crate::domain::cells::pad(cx.metric(code), 15);
        let money = cx.figures.signed_money(*shown);
        let runs: [Run; 3] = [
            (sign.to_owned(), style),
            (name, cx.style(Role::Text)),
            (format!("{money:>11}  "), style),
        ];
        canvas.runs(area.x, y, 30, &runs);
        let length = filled(room, part.abs() / largest.max(1.0));
        let full = cx.glyphs.full.repeat(length.into());
        for line in y..(y + step - 1).min(area.bottom()) {
            canvas.put(area.x + 30, line, room, &full, style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::second_at;

    #[test]
    fn two_big_figures_share_the_width_they_need_together() {
        // `27.8%` takes 36 columns and `3,336` 38: in halves of 37 there is no room, side by side there is.
        assert_eq!(second_at(74, [36, 38], 1), Some(38));
        assert_eq!(second_at(74, [36, 30], 1), Some(37));
        assert_eq!(second_at(74, [36, 42], 1), None);
        assert_eq!(second_at(114, [36, 38], 2), None);
    }
}
