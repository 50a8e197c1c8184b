//! 销售榜: ranks with ties, movement, what is missing to the next rank and the next reward.

mod name;
mod rewards;

pub use name::{least_of, name, name_width, person};

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::noted;
use crate::app::panes::board::heading;
use crate::config::theme::Role;
use crate::domain::{Figure, nearest};
use crate::engine::answer::{BoardMetric, BoardPage, BoardRow, Movement};
use crate::ui::Cx;
use crate::ui::canvas::{Canvas, Run};
use crate::ui::panes::goal::{course, goal_lines, packed};
use crate::ui::text::width;
use crate::ui::widgets::bar::bar;
use crate::ui::widgets::spark::spark;
use crate::ui::widgets::table::{self, Column, one};

/// What is ranked, its sum, and how those with a target stand.
pub fn title(cx: &Cx) -> (Vec<Run>, Vec<Run>) {
    let Some(page) = &cx.app.panes.board.page.value else {
        return (Vec::new(), Vec::new());
    };
    let left = vec![(
        metric_name(cx, page.metric).to_owned(),
        cx.style(Role::Text),
    )];
    let mut right = vec![(ranked(cx, page.total), cx.style(Role::Text))];
    for words in aimed(cx, page).into_iter().flatten() {
        right.push((format!("  {words}"), cx.style(Role::Dim)));
    }
    (left, right)
}

/// What is ranked, or its sum, as it is written: on a board a rate is an achievement, rounded down.
pub fn ranked(cx: &Cx, value: Figure) -> String {
    match value {
        Figure::Rate(rate) => cx.figures.achievement(rate.value()),
        Figure::Count(_)
        | Figure::Money(_)
        | Figure::Number(_)
        | Figure::NoValue
        | Figure::NotMeasured => cx.figures.figure(value),
    }
}

/// How those with a target stand: their achievement, and what they reached of what; `None` when nobody has one.
pub fn aimed(cx: &Cx, page: &BoardPage) -> Option<[String; 2]> {
    let aimed = page.aimed?;
    let (people, achievement) = (
        aimed.people.to_string(),
        cx.figures.achievement(aimed.achievement),
    );
    let holes = [("n", people.as_str()), ("achievement", &achievement)];
    let (amount, target) = (
        cx.figures.figure(aimed.amount),
        cx.figures.figure(aimed.target),
    );
    Some([
        cx.words.fill("board.aimed", &holes),
        format!("{amount} / {target}"),
    ])
}

/// Name of what is ranked.
pub fn metric_name<'a>(cx: &Cx<'a>, metric: BoardMetric) -> &'a str {
    cx.words.say(heading(metric))
}

/// Draws the rows, and under them the row under the cursor and the rules of the board.
pub fn draw(cx: &Cx, canvas: &mut Canvas, area: Rect, focused: bool) -> Rect {
    let state = &cx.app.panes.board;
    let Some(page) = &state.page.value else {
        return area;
    };
    let selected = state.row().or_else(|| page.rows.first());
    let notes = match selected {
        Some(row) if area.height >= 9 => notes(cx, page, row, area.width),
        Some(_) | None => Vec::new(),
    };
    let (part, _) = noted::parted(area, notes.len());
    let top = noted::top(&state.list, page.rows.len(), part);
    let largest = page
        .rows
        .iter()
        .filter_map(|row| row.value.number())
        .fold(0.0, f64::max);
    let rows = noted::rows(&page.rows, top, &state.list, |row| &row.id);
    let list = table::draw(cx, canvas, part, &columns(cx, largest), rows, focused);
    under_ranked(canvas, list, page, top);
    noted::explain(canvas, area, part, &notes);
    list
}

/// Underlines the last of the ranked where others stand below: those have no rank.
fn under_ranked(canvas: &mut Canvas, list: Rect, page: &BoardPage, top: u64) {
    let ranked = page.rows.iter().filter(|row| row.rank.is_some()).count();
    if ranked == page.rows.len() {
        return;
    }
    let line = u64::try_from(ranked)
        .ok()
        .and_then(|n| n.checked_sub(top + 1));
    if let Some(line) = line.and_then(|line| u16::try_from(line).ok())
        && line < list.height
    {
        let line = Rect::new(list.x, list.y + line, list.width, 1);
        canvas.restyle(line, Style::new().add_modifier(Modifier::UNDERLINED));
    }
}

/// The ranked in full, the others dim.
fn text_role(row: &BoardRow) -> Role {
    if row.rank.is_some() {
        Role::Text
    } else {
        Role::Dim
    }
}

fn columns<'a>(cx: &'a Cx, largest: f64) -> Vec<Column<'a, BoardRow>> {
    let mut columns = ranked_columns(cx);
    columns.extend(other_columns(cx, largest));
    columns
}

/// Rank, who, what is ranked, achievement. A board is always sorted by what it ranks.
fn ranked_columns<'a>(cx: &'a Cx) -> Vec<Column<'a, BoardRow>> {
    let text = cx.style(Role::Text);
    let say = |key| cx.words.say(key);
    vec![
        Column::right(say("column.rank"), (3, 4), |row: &BoardRow, _| {
            rank(cx, row)
        }),
        Column::left(say("column.movement"), (3, 3), |row: &BoardRow, _| {
            movement(cx, row.movement)
        })
        .shed(1),
        Column::left(say("column.staff"), (name::least(cx), 14), |row, room| {
            name(cx, row, room)
        }),
        Column::right(say("column.value"), (8, 10), |row, _| value(cx, row)).sorted(Some(true)),
        Column::right(
            say("column.achievement"),
            (6, 7),
            move |row: &BoardRow, _| one(achieved(cx, row.achievement), text),
        )
        .shed(2),
        Column::left(say("column.kpi_band"), (10, 12), |row: &BoardRow, _| {
            row.course
                .map_or_else(Vec::new, |known| vec![course(cx, Some(known))])
        })
        .shed(5),
    ]
}

/// What stands beside it, most useful first.
fn other_columns<'a>(cx: &'a Cx, largest: f64) -> Vec<Column<'a, BoardRow>> {
    let (text, dim) = (cx.style(Role::Text), cx.style(Role::Dim));
    let say = |key| cx.words.say(key);
    vec![
        Column::right(
            say("column.paid_orders"),
            (5, 6),
            move |row: &BoardRow, _| {
                one(
                    measured(cx, row.orders.map(|n| Figure::Count(n.into()))),
                    text,
                )
            },
        )
        .shed(6),
        Column::right(say("column.adds"), (5, 6), move |row: &BoardRow, _| {
            one(
                measured(cx, row.adds.map(|n| Figure::Count(n.into()))),
                text,
            )
        })
        .shed(7),
        Column::right(say("column.refunds"), (7, 8), move |row: &BoardRow, _| {
            one(measured(cx, row.refunds.map(Figure::Money)), dim)
        })
        .shed(8),
        Column::left(say("column.trend7"), (4, 4), |row, _| {
            one(trend(cx, row), cx.style(Role::Bar))
        })
        .shed(4),
        Column::left(say("column.dept"), (8, 14), move |row: &BoardRow, _| {
            one(row.dept.as_str(), dim)
        })
        .shed(9),
        Column::left(
            say("column.kpi_bar"),
            (10, 24),
            move |row: &BoardRow, room| {
                let share = row.value.number().unwrap_or(0.0) / largest.max(1.0);
                bar(cx, room, share).to_vec()
            },
        )
        .shed(10),
    ]
}

fn rank(cx: &Cx, row: &BoardRow) -> Vec<Run> {
    match row.rank {
        Some(rank) => one(rank.to_string(), cx.style(Role::Title)),
        None => one(cx.glyphs.no_value, cx.style(Role::Dim)),
    }
}

/// `▴2`, `▾1`, `-`, `NEW`.
pub fn movement(cx: &Cx, movement: Movement) -> Vec<Run> {
    match movement {
        Movement::Up(n) => one(format!("{}{n}", cx.glyphs.up), cx.delta(1.0)),
        Movement::Down(n) => one(format!("{}{n}", cx.glyphs.down), cx.delta(-1.0)),
        Movement::Same => one("-", cx.style(Role::Dim)),
        Movement::New => one("NEW", cx.style(Role::Ok)),
        Movement::Unknown => Vec::new(),
    }
}

/// What was achieved; a thousand percent and more without decimals, rounded down like the others.
fn achieved(cx: &Cx, achievement: Option<f64>) -> String {
    match achievement.filter(|done| *done >= 10.0) {
        Some(done) => format!("{}%", cx.figures.count(whole_percent(done).unsigned_abs())),
        None => cx.figures.achievement(achievement),
    }
}

fn whole_percent(share: f64) -> i64 {
    nearest((share * 100.0).floor())
}

fn value(cx: &Cx, row: &BoardRow) -> Vec<Run> {
    let shown = ranked(cx, row.value);
    let marks = &cx.app.panes.board.marks;
    let mark = marks
        .iter()
        .find(|(id, until, _)| *until > cx.now.millis && *id == row.id);
    match mark {
        None => vec![
            (shown, cx.style(text_role(row))),
            (" ".to_owned(), cx.style(Role::Text)),
        ],
        Some((_, _, direction)) => {
            let sign = match direction.signum() {
                1 => cx.glyphs.up,
                -1 => cx.glyphs.down,
                _ => "'",
            };
            vec![
                (shown, cx.style(Role::Changed)),
                (sign.to_owned(), cx.delta(f64::from(*direction))),
            ]
        }
    }
}

fn trend(cx: &Cx, row: &BoardRow) -> String {
    let values: Vec<Option<f64>> = row.trend.iter().map(|n| Some(*n as f64)).collect();
    spark(&values, cx.glyphs)
}

/// How far the row under the cursor is from the next rank and the next reward, on as many lines as there is need of.
fn distances(cx: &Cx, row: &BoardRow, room: u16) -> Vec<Vec<Run>> {
    let text = cx.style(Role::Text);
    let mut pieces = vec![(row.called().as_str().to_owned(), cx.style(Role::Title))];
    // Where nobody has reached anything, nobody is first.
    match (row.rank, row.to_next) {
        (Some(1), _) if row.value.number().is_some_and(|x| x > 0.0) => {
            pieces.push((cx.words.say("board.first").to_owned(), text));
        }
        (_, Figure::NoValue | Figure::NotMeasured) => {}
        (_, gap) => {
            let gap = cx.figures.figure(gap);
            pieces.push((cx.words.fill("board.to_next", &[("gap", &gap)]), text));
        }
    }
    if let Some(at) = row.reached_at {
        let at = short_clock(cx, at);
        let words = cx.words.fill("board.reached", &[("at", &at)]);
        pieces.push((words, cx.style(Role::Dim)));
    }
    if let Some((gap, reward)) = &row.to_reward {
        let gap = cx.figures.figure(*gap);
        let holes = [("gap", gap.as_str()), ("reward", reward.as_str())];
        pieces.push((cx.words.fill("board.to_reward", &holes), text));
    }
    // A cell stays free on each side.
    packed(pieces, room.saturating_sub(2))
}

/// An instant of this year: `11-08 14:03`.
fn short_clock(cx: &Cx, at: i64) -> String {
    let zone = cx.app.workspace.zone;
    zone.local(at).format("%m-%d %H:%M").to_string()
}

/// The row under the cursor, then the rules.
fn notes(cx: &Cx, page: &BoardPage, row: &BoardRow, room: u16) -> Vec<Vec<Run>> {
    let dim = cx.style(Role::Dim);
    let mut lines = distances(cx, row, room);
    lines.extend(
        page.goal()
            .into_iter()
            .flat_map(|goal| goal_lines(cx, goal, room)),
    );
    let sold = page.rows.iter().any(|row| row.orders > Some(0))
        || page.uncredited.number().is_some_and(|n| n != 0.0);
    let everybody = page.stamp.filter.is_empty();
    if page.total == Figure::NotMeasured && page.metric != BoardMetric::Adds {
        let words = cx.words.say("board.no_sales");
        lines.push(vec![(words.to_owned(), cx.style(Role::Watch))]);
    } else if !sold && everybody && page.metric != BoardMetric::Adds {
        let words = cx.words.say("board.no_orders");
        lines.push(vec![(words.to_owned(), cx.style(Role::Watch))]);
    }
    if page.metric == BoardMetric::Adds && page.total == Figure::NotMeasured {
        let words = cx.words.say("board.no_adds");
        lines.push(vec![(words.to_owned(), cx.style(Role::Watch))]);
    }
    let unranked = page.rows.iter().filter(|row| row.rank.is_none()).count();
    if unranked > 0 {
        let n = unranked.to_string();
        let holes = [("sign", cx.glyphs.no_value), ("n", n.as_str())];
        lines.push(vec![(cx.words.fill("board.unranked", &holes), dim)]);
    }
    lines.extend(uncredited(cx, page).map(|words| vec![(words, cx.style(Role::Watch))]));
    lines.extend(rewards::reached(cx, row, room));
    // Last, so that it is the rules that go where there is no room for all.
    lines.extend(rules(cx, page, room));
    lines
}

/// How ties rank, and since when the places moved.
fn rules(cx: &Cx, page: &BoardPage, room: u16) -> Vec<Vec<Run>> {
    let dim = cx.style(Role::Dim);
    let ties = (cx.words.say("board.tie_rule").to_owned(), dim);
    let Some(at) = page.compared_with else {
        return vec![vec![ties]];
    };
    let at = short_clock(cx, at);
    let compared = cx.words.fill("board.compared", &[("at", &at)]);
    if width(&ties.0) + width(&compared) + 4 <= room {
        vec![vec![ties, (format!("  {compared}"), dim)]]
    } else {
        vec![vec![(compared, dim)], vec![ties]]
    }
}

/// What is on nobody's row, so that rows and this come to the whole.
fn uncredited(cx: &Cx, page: &BoardPage) -> Option<String> {
    page.uncredited.number().filter(|n| *n != 0.0)?;
    let amount = cx.figures.figure(page.uncredited);
    let holes = [("amount", amount.as_str())];
    Some(cx.words.fill("board.uncredited", &holes))
}

fn measured(cx: &Cx, figure: Option<Figure>) -> String {
    cx.figures.figure(figure.unwrap_or(Figure::NotMeasured))
}
