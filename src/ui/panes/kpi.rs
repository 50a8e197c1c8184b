//! 活动 KPI 树: where we are, how far from the target, and which factor is to blame.

mod summary;

pub use summary::{YUAN, cause_runs, caveats, sum_runs, why_no_split};

use ratatui::layout::Rect;

use crate::app::panes::kpi::Line;
use crate::config::theme::Role;
use crate::engine::answer::{CampaignHead, GmvKind, KpiNode, KpiPage};
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::figures::days;
use crate::ui::panes::goal::course;
use crate::ui::widgets::bar::bar;
use crate::ui::widgets::table::{self, Column, Row, one};

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
    if let Some(head) = page.opened() {
        let name = crate::ui::text::fit(head.name.as_str(), 24);
        left.push((format!("{name} "), cx.style(Role::Text)));
        left.push((days(head.days), cx.style(Role::Dim)));
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

/// The GMV node.
pub fn gmv_node(page: &KpiPage) -> Option<&KpiNode> {
    page.tree.iter().find(|node| node.depth == 1)
}

/// Draws the gap and its cause, the tree with the campaigns, and beside or under them the funnel.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, focused: bool) -> Rect {
    let Some(page) = &cx.app.panes.kpi.page.value else {
        return area;
    };
    let summary = summary::summary(cx, page, (area.width, area.height));
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
    let funnel = summary::funnel_lines(cx, page, if beside > 0 { 34 } else { 40 });
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
        Column::left(say("column.kpi"), (22, 34), |item: &Item, room| {
            item_name(cx, item, room)
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
            Item::Node(node, ..) if node.held.pace.is_some() => {
                one(cx.figures.achievement(node.held.pace), text)
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
            (cx.figures.achievement(node.held.achievement), String::new())
        }
        Item::Node(node, ..) => (
            cx.figures.figure(node.held.actual),
            cx.figures.figure(node.held.target),
        ),
    }
}

fn achievement(item: &Item) -> Option<f64> {
    match item {
        Item::Campaign(head, _) => head.achievement,
        Item::Node(node, ..) => node.held.achievement,
    }
}

fn item_band(cx: &Cx, item: &Item) -> Vec<Run> {
    let known = match item {
        Item::Campaign(head, _) => head.course,
        Item::Node(node, ..) => node.held.course,
    };
    if known.is_none() {
        Vec::new()
    } else {
        vec![course(cx, known)]
    }
}

/// What a factor adds to or takes from the gap, as the sum of the gap prints it.
fn gap(cx: &Cx, item: &Item) -> Vec<Run> {
    let Item::Node(node, ..) = item else {
        return Vec::new();
    };
    let page = cx.app.panes.kpi.page.value.as_ref();
    let split = page.and_then(|page| page.split.as_ref());
    let shown = split.and_then(|split| split.in_whole(YUAN).part(node.code));
    match (node.contribution, shown) {
        (Some(exact), Some(shown)) => one(cx.figures.signed_money(shown), cx.delta(exact)),
        (Some(_), None) | (None, _) => Vec::new(),
    }
}

fn item_name(cx: &Cx, item: &Item, room: u16) -> Vec<Run> {
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
            // Two columns a level where there is room for the longest name.
            let step = if room < 28 { " " } else { "  " };
            let indent = step.repeat(usize::from(node.depth) + 1);
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
