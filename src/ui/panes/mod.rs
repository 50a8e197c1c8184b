//! The five panes' pictures, one file each beside their state in `app::panes`.

pub mod board;
pub mod customers;
pub mod goal;
pub mod groups;
pub mod kpi;
mod noted;
pub mod tags;
mod why;

use ratatui::layout::Rect;

use crate::app::hits::Hits;
use crate::app::panes::{Loadable, Pane};
use crate::config::theme::Role;
use crate::domain::cells;
use crate::engine::answer::Stamp;

use super::canvas::{Canvas, Run};
use super::{Cx, detail, empty, layout};

/// Draws the panes of the layout for a screen of `size`, and says where their rows are.
pub fn draw_all(cx: &Cx, canvas: &mut Canvas, body: Rect, size: (u16, u16)) -> Hits {
    let plan = layout::plan(cx.app, body, size);
    let mut hits = Hits::default();
    for (pane, area) in &plan.boxes {
        if !canvas.draws(*area) {
            continue;
        }
        let inner = if plan.framed {
            framed(cx, canvas, *pane, *area)
        } else {
            bare(cx, canvas, *pane, *area)
        };
        let list = draw(cx, canvas, *pane, inner);
        hits.lists
            .push((*pane, (list.x, list.y, list.width, list.height)));
    }
    if let Some(area) = plan.card.filter(|area| canvas.draws(*area)) {
        let inner = canvas.frame(area, cx.glyphs, cx.style(Role::Border));
        let title = format!(" {} ", cx.words.say("card.title"));
        let room = area.width.saturating_sub(4);
        canvas.put(area.x + 2, area.y, room, &title, cx.style(Role::Title));
        detail::card(cx, canvas, inner);
    }
    hits
}

/// Draws a pane's inside. Returns the area of its rows.
pub fn draw(cx: &Cx, canvas: &mut Canvas, pane: Pane, area: Rect) -> Rect {
    if area.width == 0 || area.height == 0 {
        return Rect { height: 0, ..area };
    }
    let focused = cx.app.focus == pane;
    if let Some(list) = empty::instead(cx, canvas, pane, area) {
        return list;
    }
    match pane {
        Pane::Customers => customers::draw(cx, canvas, area, focused),
        Pane::Tags => tags::draw(cx, canvas, area, focused),
        Pane::Groups => groups::draw(cx, canvas, area, focused),
        Pane::Kpi => kpi::draw(cx, canvas, area, focused),
        Pane::Board => board::draw(cx, canvas, area, focused),
    }
}

/// Name of a pane.
pub fn name<'a>(cx: &Cx<'a>, pane: Pane) -> &'a str {
    cx.words.say(pane.heading())
}

/// Name of a pane in the top bar.
pub fn tab<'a>(cx: &Cx<'a>, pane: Pane) -> &'a str {
    match pane {
        Pane::Customers => cx.words.say("tab.customers"),
        Pane::Tags => cx.words.say("tab.tags"),
        Pane::Groups => cx.words.say("tab.groups"),
        Pane::Kpi => cx.words.say("tab.kpi"),
        Pane::Board => cx.words.say("tab.board"),
    }
}

/// What a pane's figures were computed from.
pub fn stamp<'a>(cx: &Cx<'a>, pane: Pane) -> Option<&'a Stamp> {
    let panes = &cx.app.panes;
    match pane {
        Pane::Customers => panes.customers.page.value.as_ref().map(|p| &p.stamp),
        Pane::Tags => panes.tags.page.value.as_ref().map(|p| &p.stamp),
        Pane::Groups => panes.groups.page.value.as_ref().map(|p| &p.stamp),
        Pane::Kpi => panes.kpi.page.value.as_ref().map(|p| &p.stamp),
        Pane::Board => panes.board.page.value.as_ref().map(|p| &p.stamp),
    }
}

/// The source a pane reads: its name, age of its newest row, and whether it is too old.
pub fn source<'a>(cx: &Cx<'a>, pane: Pane) -> Option<(&'a str, String, bool)> {
    let code = match pane {
        Pane::Customers | Pane::Tags => "customers",
        Pane::Groups => "groups",
        Pane::Kpi | Pane::Board => "orders",
    };
    let source = cx.app.workspace.sources.iter().find(|s| s.code == code)?;
    let seconds = cx.now.unix.saturating_sub(source.newest?);
    // Under a minute in one word: a label that changes each second would write bytes each second.
    let age = if seconds < 60 {
        cx.words.say("top.now").to_owned()
    } else {
        cx.figures.age(seconds)
    };
    Some((cx.words.named("source", code), age, source.stale))
}

/// First row to draw so that the cursor is among the rows drawn, whatever height the app believed in.
pub fn visible_top(top: u64, index: u64, height: u16) -> u64 {
    let height = u64::from(height.max(1));
    if index < top {
        index
    } else {
        top.max(index.saturating_add(1).saturating_sub(height))
    }
}

/// Columns below which the beginning of a note says nothing.
const SOMETHING: u16 = 20;

/// Left and right parts of a pane's title line.
fn title(cx: &Cx, pane: Pane) -> (Vec<Run>, Vec<Run>) {
    match pane {
        Pane::Customers => customers::title(cx),
        Pane::Tags => tags::title(cx),
        Pane::Groups => groups::title(cx),
        Pane::Kpi => kpi::title(cx),
        Pane::Board => board::title(cx),
    }
}

fn framed(cx: &Cx, canvas: &mut Canvas, pane: Pane, area: Rect) -> Rect {
    let focused = cx.app.focus == pane;
    let role = if focused {
        Role::BorderFocused
    } else {
        Role::Border
    };
    let inner = canvas.frame(area, cx.glyphs, cx.style(role));
    if area.width > 8 {
        title_line(
            cx,
            canvas,
            pane,
            Rect::new(area.x + 2, area.y, area.width - 4, 1),
            true,
        );
    }
    inner
}

/// The lines of the customers' box that differ when nothing has changed but the cursor, which stood on row `from`: its
/// title and both rows. `None` where more differs, or where a row is not among those drawn.
pub(super) fn moved(cx: &Cx, body: Rect, size: (u16, u16), from: u64) -> Option<[Rect; 3]> {
    let plan = layout::plan(cx.app, body, size);
    let known = cx
        .app
        .detail
        .as_ref()
        .is_some_and(|state| state.detail.is_some());
    if plan.card.is_some() && !known {
        // Until it knows its customer the card shows the row under the cursor.
        return None;
    }
    let (_, area) = *plan
        .boxes
        .iter()
        .find(|(pane, _)| *pane == Pane::Customers)?;
    // Above the rows the title and the header, below them the frame.
    let rows = Rect {
        y: area.y.saturating_add(2),
        height: area.height.saturating_sub(if plan.framed { 3 } else { 2 }),
        ..area
    };
    let list = &cx.app.panes.customers.list;
    let top = visible_top(list.top, list.index, rows.height);
    if top != visible_top(list.top, from, rows.height) {
        return None;
    }
    let line = |row: u64| {
        let below = u16::try_from(row.checked_sub(top)?).ok()?;
        let y = rows.y.checked_add(below)?;
        (y < rows.bottom()).then_some(Rect {
            y,
            height: 1,
            ..area
        })
    };
    Some([Rect { height: 1, ..area }, line(from)?, line(list.index)?])
}

fn bare(cx: &Cx, canvas: &mut Canvas, pane: Pane, area: Rect) -> Rect {
    title_line(
        cx,
        canvas,
        pane,
        Rect::new(area.x + 1, area.y, area.width - 2, 1),
        false,
    );
    Rect::new(area.x, area.y + 1, area.width, area.height - 1)
}

fn title_line(cx: &Cx, canvas: &mut Canvas, pane: Pane, line: Rect, framed: bool) {
    let (mut left, mut right) = title(cx, pane);
    let number = Pane::ALL.iter().position(|p| *p == pane).unwrap_or(0) + 1;
    let prefix = if framed {
        format!("{number} ")
    } else {
        String::new()
    };
    left.insert(
        0,
        (
            format!("{prefix}{} ", name(cx, pane)),
            cx.style(Role::Title),
        ),
    );
    waiting(cx, pane, &mut right);
    let wide = |runs: &[Run]| runs.iter().fold(0, |s, (t, _)| s + super::text::width(t));
    if framed {
        let air = (" ".to_owned(), cx.style(Role::Border));
        left.insert(0, air.clone());
        if left.last().is_some_and(|(last, _)| !last.ends_with(' ')) {
            left.push(air.clone());
        }
        if !right.is_empty() {
            right.insert(0, air.clone());
            right.push(air);
        }
    }
    if let (Pane::Board, Some((sum, _))) = (pane, right.get(usize::from(framed))) {
        // What is ranked may be cut; what it comes to may not.
        let air = if framed { 5 } else { 2 };
        let sum = super::text::width(sum.trim_end()) + air;
        give_way(&mut left, line.width.saturating_sub(sum));
    }
    let end = canvas.runs(line.x, line.y, line.width, &left);
    // What finds no room goes from its end; what stands first, and says most, is cut rather than left out.
    let edge = usize::from(framed);
    let fits = |runs: &[Run]| end.saturating_add(wide(runs)) < line.right();
    while right.len() > 2 * edge + 1 && !fits(&right) {
        right.remove(right.len() - 1 - edge);
    }
    let room = line.right().saturating_sub(end + 1);
    let room = room.saturating_sub(if framed { 2 } else { 0 });
    let Some((last, _)) = right
        .len()
        .checked_sub(1 + edge)
        .and_then(|i| right.get_mut(i))
    else {
        return;
    };
    let cut = cells::fitted(last.trim_end(), room.into()).into_owned();
    if room >= SOMETHING || cut.len() == last.trim_end().len() {
        *last = cut;
        canvas.runs_right(line.right(), line.y, &right);
    }
}

/// Cuts the longest piece so that all of them have room.
fn give_way(runs: &mut [Run], room: u16) {
    let wide = |run: &Run| super::text::width(&run.0);
    let over = runs.iter().map(wide).sum::<u16>().saturating_sub(room);
    let longest = runs.iter_mut().max_by_key(|run| wide(run));
    if let Some(run) = longest.filter(|_| over > 0) {
        run.0 = super::text::fit(&run.0, wide(run).saturating_sub(over).max(4));
    }
}

/// Says that a question takes long, or that it failed: the old picture stays.
fn waiting(cx: &Cx, pane: Pane, runs: &mut Vec<Run>) {
    fn state<T>(page: &Loadable<T>) -> (Option<u64>, bool) {
        (page.waiting.map(|(_, since)| since), page.failed.is_some())
    }
    let panes = &cx.app.panes;
    let (since, failed) = match pane {
        Pane::Customers => state(&panes.customers.page),
        Pane::Tags => state(&panes.tags.page),
        Pane::Groups => state(&panes.groups.page),
        Pane::Kpi => state(&panes.kpi.page),
        Pane::Board => state(&panes.board.page),
    };
    let behind = match pane {
        Pane::Kpi | Pane::Board => cx.app.behind_since(),
        Pane::Customers | Pane::Tags | Pane::Groups => None,
    };
    let since = since.or(behind);
    if failed {
        runs.push((
            format!(" ! {}", cx.words.say("state.failed")),
            cx.style(Role::Error),
        ));
    } else if since.is_some_and(|since| cx.now.millis.saturating_sub(since) >= 300) {
        runs.push((
            format!(" {}", cx.words.say("state.asking")),
            cx.style(Role::Watch),
        ));
    }
}
