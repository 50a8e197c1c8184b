//! Around the tree: actual against target, the gap as a sum, the factor to blame, the funnel.

use ratatui::style::Style;

use crate::config::theme::Role;
use crate::config::words::Words;
use crate::domain::Figure;
use crate::domain::kpi::split::TARGETS_OFF;
use crate::domain::kpi::tree::in_unit_of;
use crate::engine::answer::{GapSplit, KpiNode, KpiPage};
use crate::ui::Cx;
use crate::ui::canvas::Run;
use crate::ui::widgets::bar::bar;
use crate::ui::widgets::spark::spark;

use super::{gmv_node, node_name};
use crate::ui::panes::goal::{course, goal_lines, overall, wrapped};

/// The console prints a gap in whole yuan, of so many fen.
pub const YUAN: f64 = 100.0;

/// Rows under which a pane is low.
const LOW: u16 = 14;

/// Actual against target with pace and forecast; the gap as a sum; the factor to blame, in words.
///
/// What does not fit on a line goes on the next; on a low screen pace and forecast of the campaign, which the tree has too,
/// give way to it.
pub fn summary(cx: &Cx, page: &KpiPage, (width, height): (u16, u16)) -> Vec<Vec<Run>> {
    // A cell stays free on each side.
    let room = width.saturating_sub(2);
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    // The target of the whole scope before that of the campaign.
    let whole = overall(cx).map(|goal| goal_lines(cx, goal, width));
    let mut lines = whole.unwrap_or_default();
    let Some(node) = gmv_node(page) else {
        return lines;
    };
    let mut first = vec![
        (
            format!("GMV {} ", cx.figures.figure(node.held.actual)),
            cx.style(Role::Title),
        ),
        (target_words(cx, page, node), text),
        ("  ".to_owned(), text),
    ];
    if width >= 90 {
        first.extend(bar(cx, 20, node.held.achievement.unwrap_or(0.0)));
        first.push((" ".to_owned(), text));
    }
    first.push((
        cx.figures.achievement(node.held.achievement),
        cx.style(Role::Title),
    ));
    first.push((" ".to_owned(), text));
    first.push(course(cx, node.held.course));
    if let Some(pace) = node.held.pace {
        let shown = cx.figures.achievement(Some(pace));
        first.push((
            format!("  {}", cx.words.pace(&shown, node.held.expected)),
            text,
        ));
    }
    if !matches!(node.held.forecast, Figure::NoValue | Figure::NotMeasured) {
        let forecast = cx.figures.figure(node.held.forecast);
        let words = cx.words.fill("kpi.forecast", &[("forecast", &forecast)]);
        first.push((format!("  {words}"), dim));
    }
    let most = if height < LOW { 1 } else { usize::MAX };
    lines.extend(wrapped(first, room).into_iter().take(most));
    if let Some(split) = &page.split {
        lines.extend(wrapped(split_runs(cx, split), room));
        lines.extend(wrapped(cause_runs(cx, page, split), room));
    } else {
        lines.extend(unsplit(cx, page, room));
    }
    lines.extend(page.tree.iter().find_map(|node| {
        let off = format!("{:+.1}%", node.mismatch? * 100.0);
        let holes = [("name", node_name(cx, node)), ("off", &off)];
        Some(vec![(
            cx.words.fill("kpi.mismatch", &holes),
            cx.style(Role::Watch),
        )])
    }));
    lines
}

/// The target, and of which GMV it is where that is another than the one told.
fn target_words(cx: &Cx, page: &KpiPage, node: &KpiNode) -> String {
    let target = cx.figures.figure(node.held.target);
    match page.opened().and_then(|head| head.target_of) {
        None => cx.words.fill("kpi.target", &[("target", &target)]),
        Some(of) => {
            let holes = [("of", super::gmv_name(cx, of)), ("target", &target)];
            cx.words.fill("kpi.target_borrowed", &holes)
        }
    }
}

/// What there is to say in place of the causes of a gap.
fn unsplit(cx: &Cx, page: &KpiPage, room: u16) -> Vec<Vec<Run>> {
    let signed = |fen| cx.figures.signed_money(fen);
    let caveats = caveats(cx.words, page, signed);
    let watch = cx.style(Role::Watch);
    let caveats = caveats
        .iter()
        .map(|said| vec![(format!("! {said}"), watch)]);
    let mut lines: Vec<_> = caveats.flat_map(|run| wrapped(run, room)).collect();
    if !page.caveats.uncredited {
        let why = cx.words.say(why_no_split(page)).to_owned();
        lines.push(vec![(why, cx.style(Role::Dim))]);
    }
    lines
}

/// What speaks against a gap that is not split, in words; of one that is split, the sum itself says it.
pub fn caveats(words: &Words, page: &KpiPage, signed: impl Fn(f64) -> String) -> Vec<String> {
    let uncredited = page.caveats.uncredited;
    let uncredited = uncredited.then(|| words.say("kpi.uncredited").to_owned());
    let between = page.caveats.between.filter(|_| page.split.is_none());
    let between = between.map(|off| words.fill("kpi.targets_off", &[("gap", &signed(off))]));
    uncredited.into_iter().chain(between).collect()
}

/// Why the gap has no causes, as a key of words.
pub fn why_no_split(page: &KpiPage) -> &'static str {
    let narrowed = page.stamp.org.is_some() || !page.stamp.filter.is_empty();
    let target = gmv_node(page).and_then(|node| node.held.target.number());
    match (narrowed, target) {
        (true, _) => "kpi.part",
        (false, Some(_)) => "kpi.no_factors",
        (false, None) => "kpi.no_split",
    }
}

/// `GMV −27,480 = 用户量 −18,843, 转化率 −30,175, 客单价 +21,538`
pub fn split_runs(cx: &Cx, split: &GapSplit) -> Vec<Run> {
    sum_runs(cx, split, |part| cx.delta(part))
}

/// The gap as a sum, its parts in a style of their own.
pub fn sum_runs(cx: &Cx, split: &GapSplit, paint: impl Fn(f64) -> Style) -> Vec<Run> {
    let text = cx.style(Role::Text);
    let shown = split.in_whole(YUAN);
    let mut runs = vec![
        ("GMV ".to_owned(), text),
        (cx.figures.signed_money(shown.gap), paint(split.gap)),
        (" = ".to_owned(), text),
    ];
    for (i, ((code, part), (_, exact))) in shown.parts.iter().zip(&split.parts).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let name = cx.metric(code);
        runs.push((format!("{comma}{name} "), text));
        runs.push((cx.figures.signed_money(*part), paint(*exact)));
    }
    runs
}

/// `! 主要差在 转化率: 实际 3.5%, 目标 4.0%`; before it, that the targets do not fit each other, behind it, which target
/// nobody set.
pub fn cause_runs(cx: &Cx, page: &KpiPage, split: &GapSplit) -> Vec<Run> {
    let mut runs = Vec::new();
    if let Some(off) = split.part(TARGETS_OFF) {
        let gap = cx.figures.signed_money(off);
        let words = cx.words.fill("kpi.targets_off", &[("gap", &gap)]);
        runs.push((format!("! {words}  "), cx.style(Role::Watch)));
    }
    if let Some((code, _)) = split.cause() {
        let node = page.tree.iter().find(|node| node.code == code);
        let (actual, target) = node.map_or((Figure::NoValue, Figure::NoValue), |node| {
            (node.held.actual, node.held.target)
        });
        let holes = [
            ("name", cx.metric(code)),
            ("actual", &cx.figures.figure(actual)),
            ("target", &cx.figures.figure(target)),
        ];
        runs.push(if split.gap < 0.0 {
            let words = cx.words.fill("kpi.behind", &holes);
            (format!("! {words}"), cx.style(Role::Bad))
        } else {
            (cx.words.fill("kpi.ahead", &holes), cx.style(Role::Ok))
        });
    }
    if let Some((code, target)) = split.implied {
        let target = cx.figures.figure(in_unit_of(code, target));
        let holes = [("name", cx.metric(code)), ("target", &target)];
        let words = cx.words.fill("kpi.implied", &holes);
        let air = if runs.is_empty() { "" } else { "  " };
        runs.push((format!("{air}{words}"), cx.style(Role::Dim)));
    }
    if split.sequential {
        let how = format!("  {}", cx.words.say("kpi.sequential"));
        runs.push((how, cx.style(Role::Dim)));
    }
    runs
}

/// The funnel as bars, then GMV by day.
pub fn funnel_lines(cx: &Cx, page: &KpiPage, width: u16) -> Vec<Vec<Run>> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let first = page.funnel.first().map_or(0, |(_, people, _)| *people);
    let mut lines = Vec::new();
    if !page.funnel.is_empty() {
        let title = cx.words.say("kpi.funnel").to_owned();
        lines.push(vec![(title, cx.style(Role::Header))]);
    } else if page.stamp.filter.is_empty() {
        // Under a filter nobody may have come by: no import would help.
        lines.push(vec![(cx.words.say("kpi.no_steps").to_owned(), dim)]);
    }
    for (i, (code, people, rate)) in page.funnel.iter().enumerate() {
        let name = crate::domain::cells::pad(cx.words.named("step", code), 8);
        let rate = if i == 0 {
            String::new()
        } else {
            cx.figures.rate(*rate)
        };
        let people_text = cx.figures.count(*people);
        let mut runs = vec![(format!("{name}{people_text:>7} "), text)];
        let share = *people as f64 / first.max(1) as f64;
        runs.extend(bar(cx, width.saturating_sub(24), share));
        runs.push((format!(" {rate:>6}"), dim));
        lines.push(runs);
    }
    if !page.by_day.is_empty() {
        let values: Vec<Option<f64>> = page.by_day.iter().map(|fen| Some(fen.0 as f64)).collect();
        let top = page.by_day.iter().max().copied().unwrap_or_default();
        let most = cx
            .words
            .fill("kpi.most", &[("money", &cx.figures.money(top))]);
        lines.push(vec![
            (
                format!("{} ", cx.words.say("kpi.by_day")),
                cx.style(Role::Header),
            ),
            (spark(&values, cx.glyphs), cx.style(Role::Bar)),
            (format!(" {most}"), dim),
        ]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use crate::engine::answer::GapSplit;

    #[test]
    fn behind_the_target_the_factor_named_is_the_one_that_takes_most() {
        let mut split = GapSplit {
            gap: -2_748_000.0,
            parts: vec![
                ("users", -1_884_300.0),
                ("conversion", -3_017_600.0),
                ("value_per_buyer", 2_153_800.0),
            ],
            sequential: false,
            implied: None,
        };
        assert_eq!(split.cause().map(|(code, _)| code), Some("conversion"));
        split.gap = 1.0;
        assert_eq!(split.cause().map(|(code, _)| code), Some("value_per_buyer"));
    }
}
