//! 客户: a window over the list.

mod fresh;

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::panes::customers::Column;
use crate::config::theme::Role;
use crate::domain::SafeText;
use crate::engine::answer::CustomerRow;
use crate::filter::{Field, fields};
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::panes::board::{least_of, person};
use crate::ui::text;
use crate::ui::widgets::table::{self, Row, one};
use fresh::{is_fresh, spend};

type Spec<'a> = table::Column<'a, CustomerRow>;

/// `第 3 / 1,204 位`, and what is missing.
pub fn title(cx: &Cx) -> (Vec<Run>, Vec<Run>) {
    let state = &cx.app.panes.customers;
    let Some(page) = &state.page.value else {
        return (Vec::new(), Vec::new());
    };
    let dim = cx.style(Role::Dim);
    // What must be said first stands first: what finds no room goes from the end.
    let mut right = Vec::new();
    if page.preliminary {
        right.push((
            format!("{} ", cx.words.say("customers.preliminary")),
            cx.style(Role::Watch),
        ));
    }
    // The figure it was opened from had more than these customers bought.
    if let Some((orders, money)) = cx.app.outside() {
        let (n, money) = (cx.figures.count(orders.into()), cx.figures.money(money));
        let holes = [("n", n.as_str()), ("money", money.as_str())];
        let words = cx.words.fill("customers.outside", &holes);
        right.push((format!("{words} "), cx.style(Role::Watch)));
    }
    let adds = cx.app.adds_beside(page.hits);
    if let Some(n) = adds.filter(|_| !page.preliminary) {
        let n = cx.figures.count(n);
        let words = cx.words.fill("customers.adds_beside", &[("n", &n)]);
        right.push((format!("{words} "), cx.style(Role::Watch)));
    }
    let members = cx.app.members_beside(page.hits);
    if let Some(n) = members.filter(|_| !page.preliminary) {
        let n = cx.figures.count(n);
        let words = cx.words.fill("customers.members_beside", &[("n", &n)]);
        right.push((format!("{words} "), cx.style(Role::Watch)));
    }
    let everybody = page.hits == page.pool && page.hits > 0 && !page.preliminary;
    if everybody && page.spend.0 == 0 && page.rows.iter().all(|row| row.orders == 0) {
        let words = cx.words.say("customers.no_orders");
        right.push((format!("{words} "), cx.style(Role::Watch)));
    }
    if page.hits > 0 {
        let (at, of) = (
            cx.figures
                .count(state.list.index.saturating_add(1).min(page.hits)),
            cx.figures.count(page.hits),
        );
        right.push((
            cx.words.fill("customers.at", &[("at", &at), ("of", &of)]),
            dim,
        ));
    }
    let left = sorted_by(cx).map(|words| (words, dim));
    (left.into_iter().collect(), right)
}

/// Draws the rows on screen.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, focused: bool) -> Rect {
    let state = &cx.app.panes.customers;
    let Some(page) = &state.page.value else {
        return area;
    };
    let columns = columns(cx);
    let last = page.hits;
    let height = area.height.saturating_sub(1);
    let top = super::visible_top(state.list.top, state.list.index, height);
    let rows = (top..last).map(|at| {
        let row = at
            .checked_sub(page.offset)
            .and_then(|i| usize::try_from(i).ok())
            .and_then(|i| page.rows.get(i));
        let cursor = match (&state.list.cursor, row) {
            (Some(id), Some(row)) => row.id == *id,
            (Some(_) | None, _) => at == state.list.index,
        };
        Row {
            row,
            cursor,
            marked: row.is_some_and(|row| state.list.is_marked(&row.id)),
        }
    });
    table::draw(cx, canvas, area, &columns, rows, focused)
}

/// The chosen columns, scrolled sideways behind the pinned name.
fn columns<'a>(cx: &'a Cx) -> Vec<Spec<'a>> {
    shown(cx)
        .into_iter()
        .map(|column| spec(cx, column))
        .collect()
}

/// What they are.
fn shown(cx: &Cx) -> Vec<Column> {
    let state = &cx.app.panes.customers;
    let (pinned, rest): (Vec<Column>, Vec<Column>) = state
        .columns()
        .iter()
        .partition(|column| **column == Column::Name);
    let pinned = if pinned.is_empty() {
        vec![Column::Name]
    } else {
        pinned
    };
    pinned
        .into_iter()
        .chain(rest.into_iter().skip(state.scroll_x))
        .collect()
}

/// Header of a column.
pub fn header<'a>(cx: &Cx<'a>, column: Column) -> &'a str {
    cx.words.say(column.heading())
}

/// Widths, side and shedding order (0 never goes).
fn shape(column: Column) -> (u16, u16, bool, u8) {
    match column {
        Column::Name => (12, 18, false, 0),
        Column::Phone => (11, 11, false, 3),
        Column::Tags => (7, 32, false, 2),
        Column::Stage => (6, 10, false, 8),
        Column::Spend => (9, 11, true, 1),
        Column::Orders => (4, 5, true, 6),
        Column::LastPurchase => (6, 10, true, 5),
        Column::LastContact => (6, 10, true, 4),
        Column::Owner => (6, 10, false, 2),
        Column::Rfm => (8, 9, false, 7),
        Column::Risk => (10, 11, true, 1),
        Column::Aov => (7, 9, true, 10),
        Column::City => (6, 10, false, 11),
        Column::Added => (8, 10, true, 9),
        Column::Source => (6, 12, false, 12),
        Column::Id => (10, 34, false, 13),
    }
}

/// The rows are the preview: by spend, scores not computed yet.
fn preliminary(cx: &Cx) -> bool {
    let page = cx.app.panes.customers.page.value.as_ref();
    page.is_some_and(|page| page.preliminary)
}

/// The rows are a sketch: what the first frame does not show by itself is not read yet.
pub fn sketched(cx: &Cx) -> bool {
    let page = cx.app.panes.customers.page.value.as_ref();
    page.is_some_and(|page| page.sketch)
}

/// A column of which a sketch knows nothing.
fn unread(cx: &Cx, column: Column) -> bool {
    match column {
        Column::Stage
        | Column::Orders
        | Column::LastPurchase
        | Column::LastContact
        | Column::Aov
        | Column::Source => sketched(cx),
        Column::Name
        | Column::Phone
        | Column::Tags
        | Column::Spend
        | Column::Owner
        | Column::Rfm
        | Column::Risk
        | Column::City
        | Column::Added
        | Column::Id => false,
    }
}

/// Which way the list is sorted by a column.
fn sorted(cx: &Cx, column: Column) -> Option<bool> {
    let customers = &cx.app.panes.customers;
    if preliminary(cx) {
        return (column == Column::Spend).then_some(true);
    }
    let keys = customers.sort();
    let key = keys.first()?;
    (column_of(key.field) == Some(column)).then_some(key.descending)
}

/// The column that shows a field.
fn column_of(field: Field) -> Option<Column> {
    Column::of(match field {
        Field::ValueAtRisk => Field::Risk,
        field => field,
    })
}

/// `按 添加▾`: what the list is sorted by where no column on screen says so.
fn sorted_by(cx: &Cx) -> Option<String> {
    let key = *cx.app.panes.customers.sort().first()?;
    let listed = shown(cx);
    if preliminary(cx) || column_of(key.field).is_some_and(|column| listed.contains(&column)) {
        return None;
    }
    let name = fields::spec(key.field).label(cx.words.lang());
    let arrow = if key.descending {
        cx.glyphs.down
    } else {
        cx.glyphs.up
    };
    Some(
        cx.words
            .fill("customers.sorted_by", &[("field", name), ("arrow", arrow)]),
    )
}

/// The header over the rows: the column of levels and values at risk says which of them the list is sorted by.
fn said<'a>(cx: &Cx<'a>, column: Column) -> &'a str {
    let first = cx.app.panes.customers.sort().first().map(|key| key.field);
    if column == Column::Risk && first == Some(Field::Risk) && !preliminary(cx) {
        cx.words.say("column.risk_level")
    } else {
        header(cx, column)
    }
}

fn spec<'a>(cx: &'a Cx, column: Column) -> Spec<'a> {
    let (mut min, mut max, right, shed) = shape(column);
    if column == Column::Owner {
        let page = cx.app.panes.customers.page.value.as_ref();
        let owners = page.into_iter().flat_map(|page| &page.rows);
        min = least_of(owners.filter_map(|row| row.owner.as_ref()), min);
        max = max.max(min + 3);
    }
    let spec = Spec::left(said(cx, column), (min, max), move |row, room| {
        let runs = cell(cx, column, row, room);
        // The spend has a sign of its own behind it.
        if column == Column::Spend || !is_fresh(cx, column, row) {
            return runs;
        }
        let style = cx.style(Role::Changed);
        runs.into_iter().map(|(words, _)| (words, style)).collect()
    });
    Spec { right, ..spec }.shed(shed).sorted(sorted(cx, column))
}

fn cell(cx: &Cx, column: Column, row: &CustomerRow, room: u16) -> Vec<Run> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let time = |at| {
        let said = cx.figures.since(at, cx.now, cx.app.workspace.zone);
        one(month_at_least(said, room), text)
    };
    let words = |words: Option<&SafeText>, style: Style| match words {
        Some(words) if !words.as_str().is_empty() => one(words.as_str(), style),
        Some(_) | None => one(cx.glyphs.no_value, dim),
    };
    if unread(cx, column) {
        return one(cx.glyphs.not_measured, dim);
    }
    match column {
        Column::Name => words(Some(&row.name), text),
        Column::Phone => words(Some(&row.phone), dim),
        Column::Tags => one(tags(&row.tags, room), text),
        Column::Stage => words(row.stage.as_ref(), text),
        Column::Spend => spend(cx, row),
        Column::Orders => one(cx.figures.count(row.orders.into()), text),
        Column::LastPurchase => time(row.last_purchase),
        Column::LastContact => time(row.last_contact),
        Column::Owner => match &row.owner {
            Some(owner) => one(person(owner, room), text),
            None => one(cx.glyphs.no_value, dim),
        },
        Column::Rfm => one(segment(cx, row), text),
        Column::Risk => risk(cx, row, room),
        Column::Aov => {
            let aov = row.spend.per(row.orders.into());
            one(
                aov.map_or_else(
                    || cx.glyphs.no_value.to_owned(),
                    |fen| cx.figures.money(fen),
                ),
                text,
            )
        }
        Column::City => words(Some(&row.city), text),
        Column::Added => time(row.added),
        Column::Source => words(Some(&row.source), text),
        Column::Id => words(Some(&SafeText::new(row.id.as_str())), dim),
    }
}

/// `2025-11` where `2025-11-03` finds no room, `'25-11` where that finds none: half a date is none.
fn month_at_least(said: String, room: u16) -> String {
    let dashed = said.splitn(3, '-').count() == 3;
    match said.rsplit_once('-') {
        Some((month, _)) if dashed && text::width(&said) > room => {
            let year_of_two = month
                .strip_prefix("20")
                .filter(|_| text::width(month) > room);
            year_of_two.map_or_else(|| month.to_owned(), |short| format!("'{short}"))
        }
        Some(_) | None => said,
    }
}

/// As many tags as fit, then `+2`.
fn tags(tags: &[SafeText], room: u16) -> String {
    let (mut out, mut used, mut shown) = (String::new(), 0_u16, 0);
    for tag in tags {
        let air = u16::from(shown > 0);
        let next = used
            .saturating_add(air)
            .saturating_add(text::width(tag.as_str()));
        let rest = uncounted(tags.len() - shown - 1);
        if next.saturating_add(rest) > room && shown > 0 {
            break;
        }
        if shown > 0 {
            out.push(' ');
        }
        out.push_str(tag.as_str());
        (used, shown) = (next, shown + 1);
    }
    let left = tags.len() - shown;
    if left == 0 {
        return out;
    }
    if used.saturating_add(uncounted(left)) > room {
        out = text::fit(&out, room.saturating_sub(uncounted(left)));
    }
    out.push_str(" +");
    out.push_str(&left.to_string());
    out
}

/// Columns of ` +2` for the tags that found no room; none without them.
fn uncounted(left: usize) -> u16 {
    let digits = left.checked_ilog10().map_or(0, |tens| tens + 3);
    u16::try_from(digits).unwrap_or(u16::MAX)
}

/// Name of the RFM segment.
pub fn segment(cx: &Cx, row: &CustomerRow) -> String {
    match row.rfm {
        None if preliminary(cx) => cx.glyphs.not_measured.to_owned(),
        None => cx.words.say("rfm.none").to_owned(),
        Some(rfm) => cx.words.named("rfm", &rfm.segment.to_string()).to_owned(),
    }
}

/// `!!  1,204`: overdue level as signs at the left, value at risk at the right.
fn risk(cx: &Cx, row: &CustomerRow, room: u16) -> Vec<Run> {
    let role = match row.risk {
        None if preliminary(cx) => return one(cx.glyphs.not_measured, cx.style(Role::Dim)),
        None => return one(cx.glyphs.no_value, cx.style(Role::Dim)),
        Some(0) => return one("0", cx.style(Role::Dim)),
        Some(1 | 2) => Role::Watch,
        Some(_) => Role::Bad,
    };
    let signs = "!".repeat(usize::from(row.risk.unwrap_or(0).min(3)));
    let money = cx.figures.money(row.value_at_risk.unwrap_or_default());
    let air = room.saturating_sub(text::width(&signs) + text::width(&money));
    vec![
        (signs, cx.style(role)),
        (" ".repeat(air.into()), Style::new()),
        (money, cx.style(Role::Text)),
    ]
}

#[cfg(test)]
mod tests {
    use super::tags;
    use crate::domain::SafeText;

    #[test]
    fn tags_that_do_not_fit_are_counted() {
        let all: Vec<SafeText> = ["高净值", "新客", "复购"].map(SafeText::new).to_vec();
        assert_eq!(tags(&all, 20), "高净值 新客 复购");
        assert_eq!(tags(&all, 14), "高净值 新客 +1");
        assert_eq!(tags(&all, 10), "高净值 +2");
        assert_eq!(tags(&all, 7), "高~ +2");
        assert_eq!(tags(&[], 7), "");
    }

    #[test]
    fn a_date_of_another_year_keeps_its_month_where_the_day_finds_no_room() {
        let said = |date: &str, room| super::month_at_least(date.to_owned(), room);
        assert_eq!(said("2025-11-03", 10), "2025-11-03");
        assert_eq!(said("2025-11-03", 9), "2025-11");
        assert_eq!(
            said("11-03", 4),
            "11-03",
            "a day of this year is cut by the column"
        );
    }
}
