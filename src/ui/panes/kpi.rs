//! 活动 KPI 树: where we are, how far from the target, and which factor is to blame.

use ratatui::layout::Rect;

use crate::app::panes::kpi::Line;
use crate::config::theme::Role;
use crate::domain::Figure;
use crate::engine::answer::{CampaignHead, GapSplit, GmvKind, KpiBand, KpiNode, KpiPage};
use crate::ui::canvas::{Canvas, Run};
use crate::ui::widgets::bar::bar;
use crate::ui::widgets::spark::spark;
use crate::ui::widgets::table::{self, Column, Row, one};
use crate::ui::{Cx, header};

/// A line of the pane.
enum Item<'a> {
    Campaign(&'a CampaignHead, bool),
    Node(&'a KpiNode, bool, bool),
}

/// Which campaign, and which GMV is meant.
pub fn title(cx: &Cx) -> (Vec<Run>, Vec<Run>) {
    let Some(page) = &cx.app.panes.kpi.page.value else {
        return (Vec::new(), Vec::new());
    };
    let mut left = Vec::new();
    if let Some(head) = head(page) {
        let name = crate::ui::text::fit(head.name.as_str(), 24);
        left.push((format!("{name} "), cx.style(Role::Text)));
        left.push((header::days(head.days), cx.style(Role::Dim)));
    }
    let kind = gmv_name(cx, page.gmv);
    (left, vec![(kind.to_owned(), cx.style(Role::Dim))])
}

/// Name of a GMV.
pub fn gmv_name<'a>(cx: &Cx<'a>, kind: GmvKind) -> &'a str {
    match kind {
        GmvKind::Gross => cx.words.say("gmv.gross"),
        GmvKind::NetByRefundDate => cx.words.say("gmv.net_refund"),
        GmvKind::NetByOrderDate => cx.words.say("gmv.net_order"),
    }
}

/// The campaign the tree is about.
pub fn head(page: &KpiPage) -> Option<&CampaignHead> {
    page.campaigns
        .iter()
        .find(|head| Some(head.id) == page.campaign)
}

/// The GMV node.
pub fn gmv_node(page: &KpiPage) -> Option<&KpiNode> {
    page.tree.iter().find(|node| node.depth == 1)
}

/// Draws the gap and its cause, the tree with the campaigns, and beside or under them the funnel.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, focused: bool) -> Rect {
    let Some(page) = &cx.app.panes.kpi.page.value else {
        return area;
    };
    let summary = summary(cx, page, area.width);
    let top = if area.height >= 9 {
        u16::try_from(summary.len()).unwrap_or(0)
    } else {
        summary.len().min(1).try_into().unwrap_or(0)
    };
    for (runs, y) in summary.iter().zip(area.y..area.y + top) {
        canvas.runs(area.x + 1, y, area.width.saturating_sub(2), runs);
    }
    let rest = Rect::new(area.x, area.y + top, area.width, area.height - top);
    let beside = if area.width >= 112 { 36 } else { 0 };
    let funnel = funnel_lines(cx, page, if beside > 0 { 34 } else { 40 });
    let lines = u16::try_from(cx.app.panes.kpi.rows().len()).unwrap_or(u16::MAX);
    // The funnel takes only what the tree leaves.
    let under = if beside > 0 {
        0
    } else {
        let left = rest.height.saturating_sub(lines.saturating_add(1));
        u16::try_from(funnel.len()).unwrap_or(0).min(left)
    };
    let table_area = Rect {
        width: rest.width - beside,
        height: rest.height - under,
        ..rest
    };
    let list = tree(cx, canvas, table_area, page, focused);
    let place = if beside > 0 {
        Rect::new(table_area.right(), rest.y, beside, rest.height)
    } else {
        Rect::new(rest.x, table_area.bottom(), rest.width, under)
    };
    for (runs, y) in funnel.iter().zip(place.top()..place.bottom()) {
        canvas.runs(place.x + 1, y, place.width.saturating_sub(2), runs);
    }
    list
}

/// Actual against target with pace and forecast; the gap as a sum; the factor to blame, in words.
fn summary(cx: &Cx, page: &KpiPage, width: u16) -> Vec<Vec<Run>> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let Some(node) = gmv_node(page) else {
        return Vec::new();
    };
    let mut first = vec![
        (
            format!("GMV {} ", cx.figures.figure(node.actual)),
            cx.style(Role::Title),
        ),
        (
            cx.words
                .fill("kpi.target", &[("target", &cx.figures.figure(node.target))]),
            text,
        ),
        ("  ".to_owned(), text),
    ];
    if width >= 90 {
        first.extend(bar(cx, 20, node.achievement.unwrap_or(0.0)));
        first.push((" ".to_owned(), text));
    }
    first.push((
        cx.figures.achievement(node.achievement),
        cx.style(Role::Title),
    ));
    first.push((" ".to_owned(), text));
    first.push(band(cx, node.band));
    if let Some(pace) = node.pace {
        let shown = cx.figures.achievement(Some(pace));
        first.push((
            format!("  {}", cx.words.fill("kpi.pace", &[("pace", &shown)])),
            text,
        ));
    }
    if !matches!(node.forecast, Figure::NoValue | Figure::NotMeasured) {
        let forecast = cx.figures.figure(node.forecast);
        let words = cx.words.fill("kpi.forecast", &[("forecast", &forecast)]);
        first.push((format!("  {words}"), dim));
    }
    let mut lines = vec![first];
    match &page.split {
        Some(split) => {
            lines.push(split_runs(cx, split));
            lines.push(cause_runs(cx, page, split));
        }
        None => lines.push(vec![(cx.words.say("kpi.no_split").to_owned(), dim)]),
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

/// `GMV −27,480 = 用户量 −18,843, 转化率 −30,176, 客单价 +21,538`
pub fn split_runs(cx: &Cx, split: &GapSplit) -> Vec<Run> {
    let text = cx.style(Role::Text);
    let mut runs = vec![
        ("GMV ".to_owned(), text),
        (cx.figures.signed_money(split.gap), cx.delta(split.gap)),
        (" = ".to_owned(), text),
    ];
    for (i, (code, part)) in split.parts.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let name = cx.metric(code);
        runs.push((format!("{comma}{name} "), text));
        runs.push((cx.figures.signed_money(*part), cx.delta(*part)));
    }
    runs
}

/// The part that pulls furthest down when behind, or up when ahead.
pub fn worst(split: &GapSplit) -> Option<(&'static str, f64)> {
    let towards = if split.gap < 0.0 { 1.0 } else { -1.0 };
    split
        .parts
        .iter()
        .min_by(|a, b| (a.1 * towards).total_cmp(&(b.1 * towards)))
        .copied()
}

/// `! 主要差在 转化率: 实际 3.5%, 目标 4.0%`
pub fn cause_runs(cx: &Cx, page: &KpiPage, split: &GapSplit) -> Vec<Run> {
    let Some((code, _)) = worst(split) else {
        return Vec::new();
    };
    let name = cx.metric(code);
    let node = page.tree.iter().find(|node| node.code == code);
    let (actual, target) = node.map_or((Figure::NoValue, Figure::NoValue), |node| {
        (node.actual, node.target)
    });
    let holes = [
        ("name", name),
        ("actual", &cx.figures.figure(actual)),
        ("target", &cx.figures.figure(target)),
    ];
    let mut runs = if split.gap < 0.0 {
        vec![(
            format!("! {}", cx.words.fill("kpi.behind", &holes)),
            cx.style(Role::Bad),
        )]
    } else {
        vec![(cx.words.fill("kpi.ahead", &holes), cx.style(Role::Ok))]
    };
    if split.sequential {
        let how = format!("  {}", cx.words.say("kpi.sequential"));
        runs.push((how, cx.style(Role::Dim)));
    }
    runs
}

/// A band in words with its sign.
pub fn band(cx: &Cx, band: Option<KpiBand>) -> Run {
    match band {
        None => (
            cx.words.say("kpi.no_target").to_owned(),
            cx.style(Role::Dim),
        ),
        Some(KpiBand::BelowFloor) => (
            format!("!!{}", cx.words.say("kpi_band.below_floor")),
            cx.style(Role::Bad),
        ),
        Some(KpiBand::Missed) => (
            format!("! {}", cx.words.say("kpi_band.missed")),
            cx.style(Role::Watch),
        ),
        Some(KpiBand::Met) => (cx.words.say("kpi_band.met").to_owned(), cx.style(Role::Ok)),
        Some(KpiBand::Exceeded) => (
            format!("{}{}", cx.words.say("kpi_band.exceeded"), cx.glyphs.up),
            cx.style(Role::Ok),
        ),
    }
}

fn tree(cx: &Cx, canvas: &mut Canvas, area: Rect, page: &KpiPage, focused: bool) -> Rect {
    let state = &cx.app.panes.kpi;
    let lines = state.rows();
    let at = state.at();
    let items: Vec<(usize, Item)> = lines
        .iter()
        .enumerate()
        .filter_map(|(i, line)| {
            let item = match *line {
                Line::Campaign(c) => {
                    let head = page.campaigns.get(c)?;
                    Item::Campaign(head, Some(head.id) == page.campaign)
                }
                Line::Node(n) => {
                    let node = page.tree.get(n)?;
                    let children = page
                        .tree
                        .get(n + 1)
                        .is_some_and(|next| next.depth > node.depth);
                    Item::Node(node, children, state.folded.contains(&node.path))
                }
            };
            Some((i, item))
        })
        .collect();
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let top = super::visible_top(count(state.top), count(at), area.height.saturating_sub(1));
    let rows = items
        .iter()
        .skip(usize::try_from(top).unwrap_or(0))
        .map(|(i, item)| Row {
            row: Some(item),
            cursor: *i == at,
            marked: false,
        });
    table::draw(cx, canvas, area, &columns(cx), rows, focused)
}

fn columns<'a>(cx: &'a Cx) -> Vec<Column<'a, Item<'a>>> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let say = |key| cx.words.say(key);
    vec![
        Column::left(say("column.kpi"), (20, 34), |item: &Item, _| {
            item_name(cx, item)
        }),
        Column::right(say("column.actual"), (8, 10), move |item, _| {
            one(figures(cx, item).0, text)
        }),
        Column::right(say("column.target"), (8, 10), move |item, _| {
            one(figures(cx, item).1, dim)
        })
        .shed(1),
        Column::right(say("column.achievement"), (7, 7), move |item, _| {
            one(cx.figures.achievement(achievement(item)), text)
        }),
        Column::left(say("column.kpi_band"), (10, 12), |item, _| {
            item_band(cx, item)
        })
        .shed(2),
        Column::right(say("column.gap"), (9, 11), |item, _| gap(cx, item)).shed(3),
        Column::right(say("column.pace"), (7, 7), move |item, _| match item {
            Item::Node(node, ..) if node.pace.is_some() => {
                one(cx.figures.achievement(node.pace), text)
            }
            Item::Node(..) | Item::Campaign(..) => Vec::new(),
        })
        .shed(4),
        Column::left(say("column.kpi_bar"), (10, 16), |item, room| {
            achievement(item).map_or_else(Vec::new, |share| bar(cx, room, share).to_vec())
        })
        .shed(5),
    ]
}

fn figures(cx: &Cx, item: &Item) -> (String, String) {
    match item {
        Item::Campaign(head, _) => (
            cx.figures.money(head.gmv),
            head.target.map_or_else(
                || cx.glyphs.no_value.to_owned(),
                |fen| cx.figures.money(fen),
            ),
        ),
        // Rounded down like every achievement, so that the two columns agree.
        Item::Node(node, ..) if node.code == "attainment" => {
            (cx.figures.achievement(node.achievement), String::new())
        }
        Item::Node(node, ..) => (
            cx.figures.figure(node.actual),
            cx.figures.figure(node.target),
        ),
    }
}

fn achievement(item: &Item) -> Option<f64> {
    match item {
        Item::Campaign(head, _) => head.achievement,
        Item::Node(node, ..) => node.achievement,
    }
}

fn item_band(cx: &Cx, item: &Item) -> Vec<Run> {
    let known = match item {
        Item::Campaign(head, _) => head.band,
        Item::Node(node, ..) => node.band,
    };
    if known.is_none() {
        Vec::new()
    } else {
        vec![band(cx, known)]
    }
}

/// What a factor adds to or takes from the gap.
fn gap(cx: &Cx, item: &Item) -> Vec<Run> {
    match item {
        Item::Node(
            KpiNode {
                contribution: Some(part),
                ..
            },
            ..,
        ) => one(cx.figures.signed_money(*part), cx.delta(*part)),
        Item::Node(..) | Item::Campaign(..) => Vec::new(),
    }
}

fn item_name(cx: &Cx, item: &Item) -> Vec<Run> {
    match item {
        Item::Campaign(head, open) => {
            let fold = if *open {
                cx.glyphs.open
            } else {
                cx.glyphs.closed
            };
            let status = cx.words.named("campaign", head.status.as_str());
            vec![
                (
                    format!("{fold} {} ", head.name.as_str()),
                    cx.style(Role::Header),
                ),
                (status.to_owned(), cx.style(Role::Dim)),
            ]
        }
        Item::Node(node, children, folded) => {
            let indent = "  ".repeat(usize::from(node.depth) + 1);
            let fold = match (children, folded) {
                (true, true) => cx.glyphs.closed,
                (true, false) => cx.glyphs.open,
                (false, _) => " ",
            };
            let name = node_name(cx, node);
            let mut runs = vec![(format!("{indent}{fold} {name}"), cx.style(Role::Text))];
            if node.mismatch.is_some() {
                runs.push((" !".to_owned(), cx.style(Role::Watch)));
            }
            runs
        }
    }
}

/// A node's own label, else the name of its metric.
fn node_name<'n>(cx: &Cx, node: &'n KpiNode) -> &'n str {
    node.label
        .as_ref()
        .map_or_else(|| cx.metric(node.code), |label| label.as_str())
}

/// The funnel as bars, then GMV by day.
fn funnel_lines(cx: &Cx, page: &KpiPage, width: u16) -> Vec<Vec<Run>> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let first = page.funnel.first().map_or(0, |(_, people, _)| *people);
    let mut lines = Vec::new();
    if !page.funnel.is_empty() {
        lines.push(vec![(
            cx.words.say("kpi.funnel").to_owned(),
            cx.style(Role::Header),
        )]);
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
    use super::worst;
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
        };
        assert_eq!(worst(&split).map(|(code, _)| code), Some("conversion"));
        split.gap = 1.0;
        assert_eq!(worst(&split).map(|(code, _)| code), Some("value_per_buyer"));
    }
}
