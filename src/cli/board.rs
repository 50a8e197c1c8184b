//! `caopan board`: the sales leaderboard with its tie rule, movement and distances.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::cell::Cell;
use super::goal;
use super::held::{achievement, band_cell, course_cell};
use super::how::How;
use super::late::{json as late_json, late_line};
use super::options::OutputFormat;
use super::table::{Column, Head, Holds, Printed, Sheet};
use crate::config::words::Words;
use crate::domain::{Figure, Lang};
use crate::engine::answer::{BoardMetric, BoardPage, BoardRow, Movement, SourceAge};

/// Writes the leaderboard: ranked rows, then the unranked; above them what is late.
pub fn print_board(
    page: &BoardPage,
    late: &[SourceAge],
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    let (code, zh, en) = metric(page.metric);
    let head = Head {
        kind: "board",
        stamp: Some(&page.stamp),
        lines: late_line(late, page.stamp.as_of, how).into_iter().chain([format!(
            "{} {} | {}",
            how.word("排名指标", "ranked by"),
            how.word(zh, en),
            how.word(
                "并列同名次 (1,2,2,4), 同名次内先达到者在前, 再按达成率, 再按账号; 边界并列全得奖",
                "ties share a rank (1,2,2,4), inside it who reached it first, then by achievement, then userid; a tie at a reward's edge wins it whole"
            ),
        )]).collect(),
        facts: vec![
            ("metric", json!(code)),
            ("late_sources", late_json(late, how)),
            ("tie_rule", json!("standard_competition")),
            ("total", ranked(page.total).json(how)),
            ("with_target", with_target(page, how)),
            (
                "goals",
                page.goals.iter().map(|g| goal::json(g, how)).collect(),
            ),
            (
                "compared_with",
                json!(page.compared_with.map(|at| how.iso(at))),
            ),
            ("uncredited", Cell::from(page.uncredited).json(how)),
        ],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&page.rows)?;
    sheet.end(&foot(page, how))
}

fn columns() -> Vec<Column<BoardRow>> {
    type C = Column<BoardRow>;
    vec![
        C::number("rank", "名次", "rank", |r, _| {
            Cell::or(r.rank, Cell::NoValue, |n| Cell::Count(n.into()))
        }),
        C::text("movement", "升降", "moved", |r, how| {
            movement(r.movement, how)
        }),
        C::hidden("userid", |r, _| Cell::id(r.id.as_str())),
        C::text("name", "姓名", "name", name),
        C::text("department", "部门", "department", |r, _| {
            Cell::text(&r.dept)
        }),
        C::hidden("unit", |r, _| Cell::Code(unit(r.value), String::new())),
        C::rate("value", "数值", "value", |r, _| ranked(r.value)),
        C::hidden("reached_at", |r, _| {
            Cell::or(r.reached_at, Cell::Empty, Cell::Instant)
        }),
        C::rate("target", "目标", "target", |r, _| Cell::from(r.target)),
        C::rate("achievement", "达成", "achieved", |r, _| {
            achievement(r.achievement, r.value, r.target)
        }),
        C::text("band", "达成状态", "band", |r, how| {
            band_cell((r.band, r.course), how)
        }),
        C::hidden("course", |r, _| course_cell(r.course)),
        C::number("orders", "支付单数", "orders", |r, _| {
            Cell::or(r.orders, Cell::NotMeasured, |n| Cell::Count(n.into()))
        }),
        C::number("adds", "加粉数", "adds", |r, _| {
            Cell::or(r.adds, Cell::NotMeasured, |n| Cell::Count(n.into()))
        }),
        C::number("refunds_yuan", "退款(元)", "refunds(yuan)", |r, _| {
            Cell::or(r.refunds, Cell::NotMeasured, Cell::Money)
        }),
        C::rate("to_next", "距上一名", "to next", |r, _| {
            Cell::from(r.to_next)
        }),
        C::rate("to_reward", "距奖励", "to reward", |r, _| {
            Cell::or(r.to_reward.as_ref(), Cell::Empty, |(gap, _)| {
                Cell::from(*gap)
            })
        }),
        C::text("reward", "下一奖励", "next reward", |r, _| {
            Cell::or(r.to_reward.as_ref(), Cell::Empty, |(_, text)| {
                Cell::text(text)
            })
        }),
        C::text("rewards", "已达奖励", "rewards reached", |r, _| {
            Cell::List(r.rewards.clone())
        }),
        C::text("left", "离职", "left", |r, _| Cell::Yes(r.left)),
        C::hidden("trend_7d", |r, _| Cell::Nested(json!(r.trend))).holding(Holds::Nested),
    ]
}

/// The name; for people, with what tells it from the same name. Programs read the userid beside it.
fn name(row: &BoardRow, how: How) -> Cell {
    match how.format {
        OutputFormat::Table | OutputFormat::Md => Cell::text(&row.called()),
        OutputFormat::Csv | OutputFormat::Json | OutputFormat::Jsonl | OutputFormat::Xlsx => {
            Cell::text(&row.name)
        }
    }
}

fn unit(value: Figure) -> &'static str {
    match value {
        Figure::Count(_) => "count",
        Figure::Money(_) => "yuan",
        Figure::Rate(_) => "fraction",
        Figure::Number(_) => "number",
        Figure::NoValue | Figure::NotMeasured => "",
    }
}

/// What is ranked, or its sum: on a board a rate is an achievement, rounded down when shown, its sides in yuan.
fn ranked(value: Figure) -> Cell {
    match value {
        Figure::Rate(rate) => {
            Cell::Achievement(rate.value(), Some(rate.num / 100.0), Some(rate.den / 100.0))
        }
        Figure::Count(_)
        | Figure::Money(_)
        | Figure::Number(_)
        | Figure::NoValue
        | Figure::NotMeasured => Cell::from(value),
    }
}

/// Those who have a target: how many, what they reached of it; null when nobody has one.
fn with_target(page: &BoardPage, how: How) -> Value {
    page.aimed.map_or(Value::Null, |aimed| {
        json!({
            "people": aimed.people,
            "amount": Cell::from(aimed.amount).json(how),
            "target": Cell::from(aimed.target).json(how),
            "achievement": achievement(aimed.achievement, aimed.amount, aimed.target).json(how),
        })
    })
}

/// What is ranked, in words.
pub(super) fn metric_name(ranked: BoardMetric, how: How) -> &'static str {
    let (_, zh, en) = metric(ranked);
    how.word(zh, en)
}

fn metric(metric: BoardMetric) -> (&'static str, &'static str, &'static str) {
    match metric {
        BoardMetric::NetGmv => (
            "net_gmv_refund",
            "净GMV(现金口径, 元)",
            "net GMV by refund date (yuan)",
        ),
        BoardMetric::Gmv => ("gmv", "支付GMV (元)", "gross GMV (yuan)"),
        BoardMetric::Adds => ("adds", "加粉数", "adds"),
        BoardMetric::Orders => ("orders", "支付单数", "paid orders"),
        BoardMetric::Achievement => ("attainment", "达成率", "attainment"),
    }
}

/// Sign first; programs get `+2`, `-1`, `0`, `new`, or nothing.
fn movement(movement: Movement, how: How) -> Cell {
    let text = match movement {
        Movement::Up(n) => format!("+{n}"),
        Movement::Down(n) => format!("{}{n}", how.style().minus()),
        Movement::Same => "=".to_owned(),
        Movement::New => how.word("新", "new").to_owned(),
        Movement::Unknown => String::new(),
    };
    Cell::Moved(movement, text)
}

fn foot(page: &BoardPage, how: How) -> Vec<String> {
    let style = how.style();
    let total = ranked(page.total).shown(how);
    let mut lines = vec![format!("{} {total}", how.word("合计", "total"))];
    if let Some(aimed) = page.aimed {
        let holes = [
            style.figure(aimed.amount),
            style.figure(aimed.target),
            style.achievement(aimed.achievement),
        ]
        .join(" / ");
        let people = aimed.people;
        lines.push(match how.lang {
            Lang::Zh => format!("{people} 人有目标 (实际 / 目标 / 达成): {holes}"),
            Lang::En => format!("{people} with a target (actual / target / achieved): {holes}"),
        });
    }
    lines.extend(page.goal().map(|goal| goal::line(goal, how)));
    if let Some(at) = page.compared_with {
        lines.push(format!(
            "{} {}",
            how.word("升降对比", "moved since"),
            how.clock(at)
        ));
    }
    if page.total == Figure::NotMeasured {
        let words = Words::new(how.lang);
        lines.push(format!("! {}", words.say(not_measured(page.metric))));
    }
    lines.extend(uncredited(page, how));
    lines
}

/// Why nobody is ranked, where nothing measured what is.
fn not_measured(metric: BoardMetric) -> &'static str {
    match metric {
        BoardMetric::Adds => "board.no_adds",
        BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Orders | BoardMetric::Achievement => {
            "board.no_sales"
        }
    }
}

/// What is on nobody's row, in the measure of the board.
pub(super) fn uncredited(page: &BoardPage, how: How) -> Option<String> {
    page.uncredited.number().filter(|n| *n != 0.0)?;
    let metric = match page.metric {
        // A rate has no rest: its money has.
        BoardMetric::Achievement => BoardMetric::NetGmv,
        metric => metric,
    };
    Some(format!(
        "! {} {} {}{}",
        how.word("未归属到人", "credited to nobody,"),
        metric_name(metric, how),
        Cell::from(page.uncredited).shown(how),
        how.word(", 不在榜上", ", not on the board"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::{NOW, how, printed, stamp};
    use crate::domain::{Fen, Rate, SafeText, StaffId};
    use crate::engine::answer::{Aimed, Course, KpiBand};

    fn row(id: &str, name: &str, rank: Option<u32>, moved: Movement) -> BoardRow {
        BoardRow {
            id: StaffId::from(id),
            name: SafeText::new(name),
            dept: SafeText::new("上海店"),
            rank,
            movement: moved,
            value: Figure::Money(Fen(1_234_567)),
            reached_at: None,
            orders: Some(12),
            adds: Some(34),
            refunds: Some(Fen(5_000)),
            has_namesake: false,
            outside_orders: 0,
            outside: Fen(0),
            target: Figure::Money(Fen(2_000_000)),
            achievement: Some(0.617_283_5),
            aim: Some("gmv"),
            band: Some(KpiBand::Missed),
            course: Some(Course::Behind),
            to_next: Figure::NoValue,
            to_reward: Some((Figure::Money(Fen(100)), SafeText::new("奖金100"))),
            rewards: vec![SafeText::new("奖金20"), SafeText::new("前三")],
            trend: vec![1, 2],
            left: false,
        }
    }

    fn page() -> BoardPage {
        BoardPage {
            stamp: stamp(),
            metric: BoardMetric::NetGmv,
            rows: vec![
                row("a", "何敏", Some(1), Movement::Up(2)),
                row("b", "周倩", Some(2), Movement::Same),
                row("c", "林涛", None, Movement::New),
            ]
            .into(),
            total: Figure::Money(Fen(3_703_701)),
            goals: Vec::new(),
            aimed: Some(Aimed {
                people: 2,
                amount: Figure::Money(Fen(2_469_134)),
                target: Figure::Money(Fen(4_000_000)),
                achievement: Some(0.617_283_5),
            }),
            compared_with: Some(NOW - 86_400),
            uncredited: Figure::Money(Fen(880)),
        }
    }

    #[test]
    fn tie_rule_totals_and_what_is_on_nobodys_row_are_printed() {
        let text =
            printed(|out| print_board(&page(), &[], how(OutputFormat::Table, Lang::Zh), out));
        for part in [
            "排名指标 净GMV(现金口径, 元) | 并列同名次 (1,2,2,4), 同名次内先达到者在前, 再按达成率, 再按账号; 边界并列全得奖",
            "合计 37,037.01",
            "2 人有目标 (实际 / 目标 / 达成): 24,691.34 / 40,000.00 / 61.7%",
            "升降对比 2026-03-17 10:00",
            "! 未归属到人 净GMV(现金口径, 元) 8.80, 不在榜上",
            "12,345.67",
            "61.7%",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn an_achievement_reads_the_same_wherever_it_stands() {
        // 67.02 of 20.00 is 335.1 %; 67.019 and what else falls short of it is 335.0 % in both columns and in the sum.
        let value = Figure::Rate(Rate {
            num: 670_190.0,
            den: 200_000.0,
        });
        assert_eq!(
            ranked(value).shown(how(OutputFormat::Table, Lang::Zh)),
            "335.0%"
        );
        assert_eq!(
            ranked(value).json(how(OutputFormat::Json, Lang::Zh)),
            json!({ "value": 3.35095, "num": 6_701.9, "den": 2_000.0, "unit": "fraction", "note": null })
        );
    }

    #[test]
    fn programs_read_movement_as_a_number() {
        let text =
            printed(|out| print_board(&page(), &[], how(OutputFormat::Jsonl, Lang::Zh), out));
        let moved: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|row| row.get("movement").unwrap().clone())
            .collect();
        assert_eq!(moved, [json!(2), json!(0), json!("new")]);
    }
}
