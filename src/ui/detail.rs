//! A customer: the card beside the list, and the opened customer with timeline.

use chrono::Datelike;
use ratatui::layout::Rect;

use crate::app::overlay::DetailState;
use crate::config::theme::Role;
use crate::domain::{Lang, SafeText};
use crate::engine::answer::{CustomerDetail, CustomerRow, TimelineEvent};

use super::Cx;
use super::canvas::{Canvas, Run};
use super::panes::customers;
use super::text;
use super::wrap::wrap_parts;

/// A customer in a box of its own: the one under the cursor once the cursor rests, until then the one before.
pub fn card(cx: &Cx, canvas: &mut Canvas, area: Rect) {
    let known = cx
        .app
        .detail
        .as_ref()
        .and_then(|state| state.detail.as_deref());
    let row = cx.app.panes.customers.row();
    let area = Rect::new(
        area.x + area.width.min(1),
        area.y,
        area.width.saturating_sub(2),
        area.height,
    );
    let lines = match (known, row) {
        (Some(detail), Some(_)) if area.width >= 66 => {
            // Side by side: a low wide box would hide the timeline.
            let half = area.width / 2;
            let left = Rect {
                width: half - 1,
                ..area
            };
            put_lines(canvas, left, &fields(cx, &detail.row, left.width), 0);
            let right = Rect::new(area.x + half, area.y, area.width - half, area.height);
            let most = right.height.into();
            put_lines(canvas, right, &more_lines(cx, detail, right.width, most), 0);
            return;
        }
        (Some(detail), Some(_)) => all_lines(cx, detail, area.width, area.height.into()),
        (_, Some(row)) => fields(cx, row, area.width),
        (_, None) => vec![vec![(
            cx.words.say("card.none").to_owned(),
            cx.style(Role::Dim),
        )]],
    };
    put_lines(canvas, area, &lines, 0);
}

/// The opened customer.
pub fn opened(cx: &Cx, canvas: &mut Canvas, area: Rect, state: &DetailState) {
    let Some(detail) = &state.detail else {
        let loading = cx.words.say("state.asking");
        canvas.put(area.x, area.y, area.width, loading, cx.style(Role::Dim));
        return;
    };
    let most = state.top.saturating_add(area.height.into());
    let lines = all_lines(cx, detail, area.width, most);
    put_lines(canvas, area, &lines, state.top);
}

fn put_lines(canvas: &mut Canvas, area: Rect, lines: &[Vec<Run>], top: usize) {
    for (runs, y) in lines.iter().skip(top).zip(area.top()..area.bottom()) {
        canvas.runs(area.x, y, area.width, runs);
    }
}

/// Everything known, at least the first `most` lines of it.
fn all_lines(cx: &Cx, detail: &CustomerDetail, width: u16, most: usize) -> Vec<Vec<Run>> {
    let mut lines = fields(cx, &detail.row, width);
    let rest = most.saturating_sub(lines.len());
    lines.extend(more_lines(cx, detail, width, rest));
    lines
}

/// What only the opened customer knows: friends, groups, remarks, timeline; at least the first `most` lines of it.
fn more_lines(cx: &Cx, detail: &CustomerDetail, width: u16, most: usize) -> Vec<Vec<Run>> {
    let mut lines = Vec::new();
    let mut more: Vec<(&str, String)> = Vec::new();
    if !detail.birthday.as_str().is_empty() {
        more.push((
            cx.words.say("card.birthday"),
            detail.birthday.as_str().to_owned(),
        ));
    }
    let join = |parts: Vec<String>| parts.join(", ");
    if !detail.follows.is_empty() {
        let follows = detail.follows.iter().map(|(name, status, at)| {
            let at = cx.figures.date(*at, cx.now, cx.app.workspace.zone);
            let status = cx.words.named("follow", status.as_str());
            format!("{} {status} {at}", name.as_str())
        });
        more.push((cx.words.say("card.follows"), join(follows.collect())));
    }
    if !detail.groups.is_empty() {
        let groups = detail.groups.iter().map(|name| name.as_str().to_owned());
        more.push((cx.words.say("card.groups"), join(groups.collect())));
    }
    for (staff, remark) in &detail.remarks {
        let remark = format!("{} ({})", remark.as_str(), staff.as_str());
        more.push((cx.words.say("card.remark"), remark));
    }
    lines.extend(
        more.into_iter()
            .flat_map(|(name, value)| field(cx, name, &value, width)),
    );
    let heading = cx.words.say("card.timeline");
    let rule = width.saturating_sub(text::width(heading) + 1);
    lines.push(vec![
        (format!("{heading} "), cx.style(Role::Header)),
        (cx.glyphs.line.repeat(rule.into()), cx.style(Role::Border)),
    ]);
    if detail.timeline.is_empty() {
        lines.push(vec![(
            cx.words.say("card.no_events").to_owned(),
            cx.style(Role::Dim),
        )]);
    }
    let rest = most.saturating_sub(lines.len());
    let events = detail.timeline.iter().take(rest);
    lines.extend(events.map(|event| event_runs(cx, event)));
    lines
}

/// What the list knows, in full words.
fn fields(cx: &Cx, row: &CustomerRow, width: u16) -> Vec<Vec<Run>> {
    let gender = match row.gender {
        1 => cx.words.say("card.male"),
        2 => cx.words.say("card.female"),
        _ => "",
    };
    let mut lines = vec![vec![
        (format!("{}  ", row.name.as_str()), cx.style(Role::Title)),
        (
            format!("{gender} {}", row.city.as_str()),
            cx.style(Role::Dim),
        ),
    ]];
    let or_none = |text: Option<&str>| text.unwrap_or(cx.glyphs.no_value).to_owned();
    let tags: Vec<&str> = row.tags.iter().map(SafeText::as_str).collect();
    let added = cx.figures.since(row.added, cx.now, cx.app.workspace.zone);
    let all = [
        (
            cx.words.say("card.id"),
            SafeText::new(row.id.as_str()).as_str().to_owned(),
        ),
        (
            cx.words.say("card.phone"),
            or_none(Some(row.phone.as_str()).filter(|phone| !phone.is_empty())),
        ),
        (cx.words.say("card.tags"), tags.join(" ")),
        (cx.words.say("card.spend"), money_words(cx, row)),
        (cx.words.say("card.last_name"), last_words(cx, row)),
        (cx.words.say("card.rfm"), rfm_words(cx, row)),
        (cx.words.say("card.risk_name"), risk_words(cx, row)),
        (
            cx.words.say("card.stage"),
            read(cx, or_none(row.stage.as_ref().map(SafeText::as_str))),
        ),
        (
            cx.words.say("card.owner"),
            or_none(row.owner.as_ref().map(|(_, name)| name.as_str())),
        ),
        (
            cx.words.say("card.added"),
            format!("{added} {}", row.source.as_str()),
        ),
    ];
    lines.extend(
        all.iter()
            .flat_map(|(name, value)| field(cx, name, value, width)),
    );
    lines
}

/// What a sketch of the list does not know is said to be unknown.
fn read(cx: &Cx, figure: String) -> String {
    if customers::sketched(cx) {
        cx.glyphs.not_measured.to_owned()
    } else {
        figure
    }
}

fn money_words(cx: &Cx, row: &CustomerRow) -> String {
    let aov = row.spend.per(row.orders.into());
    let aov = aov.map_or_else(
        || cx.glyphs.no_value.to_owned(),
        |fen| cx.figures.money(fen),
    );
    let (spend, orders) = (
        cx.figures.money(row.spend),
        read(cx, row.orders.to_string()),
    );
    let aov = read(cx, aov);
    let holes = [
        ("spend", spend.as_str()),
        ("orders", &orders),
        ("aov", &aov),
    ];
    cx.words.fill("card.money", &holes)
}

fn last_words(cx: &Cx, row: &CustomerRow) -> String {
    let since = |at| read(cx, cx.figures.since(at, cx.now, cx.app.workspace.zone));
    let (bought, contact) = (since(row.last_purchase), since(row.last_contact));
    cx.words
        .fill("card.last", &[("bought", &bought), ("contact", &contact)])
}

fn rfm_words(cx: &Cx, row: &CustomerRow) -> String {
    let segment = customers::segment(cx, row);
    match row.rfm {
        None => segment,
        Some(rfm) => format!("{segment} (R{} F{} M{})", rfm.r, rfm.f, rfm.m),
    }
}

fn risk_words(cx: &Cx, row: &CustomerRow) -> String {
    match row.risk {
        None => cx.glyphs.no_value.to_owned(),
        Some(level) => {
            let (level, money) = (
                level.to_string(),
                cx.figures.money(row.value_at_risk.unwrap_or_default()),
            );
            cx.words
                .fill("card.risk", &[("level", &level), ("money", &money)])
        }
    }
}

/// A name and its value, the value on as many lines as it needs (three at most).
fn field(cx: &Cx, name: &str, value: &str, width: u16) -> Vec<Vec<Run>> {
    let column = match cx.words.lang() {
        Lang::Zh => 5,
        Lang::En => 9,
    };
    let label = crate::domain::cells::pad(name, column.into());
    let room = width.saturating_sub(column).max(8);
    wrap_parts(value, room, 3)
        .into_iter()
        .enumerate()
        .map(|(i, part)| {
            let label = if i == 0 {
                label.clone()
            } else {
                " ".repeat(column.into())
            };
            vec![(label, cx.style(Role::Dim)), (part, cx.style(Role::Text))]
        })
        .collect()
}

/// One line of the timeline: when, what, how much, by whom.
pub fn event_runs(cx: &Cx, event: &TimelineEvent) -> Vec<Run> {
    let zone = cx.app.workspace.zone;
    let local = zone.local(event.at);
    let same_year = local.year() == zone.local(cx.now.unix).year();
    let at = if same_year {
        local.format("%m-%d %H:%M")
    } else {
        local.format("%Y-%m-%d ")
    };
    let kind = crate::domain::cells::pad(cx.words.named("event", event.kind), 10);
    let mut runs = vec![
        (format!("{at} "), cx.style(Role::Dim)),
        (format!("{kind} "), cx.style(Role::Text)),
    ];
    if let Some(amount) = event.amount {
        runs.push((
            format!("{} ", cx.figures.money(amount)),
            cx.style(Role::Title),
        ));
    }
    runs.push((event.what.as_str().to_owned(), cx.style(Role::Text)));
    if let Some(who) = &event.who {
        runs.push((format!("  {}", who.as_str()), cx.style(Role::Dim)));
    }
    runs
}
