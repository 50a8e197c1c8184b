//! `caopan metrics`: every metric with its definition, and its value where there is one.

mod active;
mod campaign;
mod items;

pub use active::of_active;
pub use campaign::{of_campaign, of_targets};
pub(super) use items::items_line;

use std::io::{self, Write};

use serde_json::json;

use super::cell::Cell;
use super::cell::count;
use super::goal;
use super::how::How;
use super::late::{json as late_json, late_line};
use super::table::{Column, Head, Printed, Sheet};
use crate::domain::kpi::GmvKind;
use crate::domain::kpi::goal::Goal;
use crate::domain::metric::{Better, METRICS, Metric, Rollup, Unit};
use crate::domain::{Fen, Figure, Lang, Rate, nearest};
use crate::engine::answer::{CampaignHead, GroupsPage, SourceAge, Stamp};
use crate::store::active::Sign;
use crate::store::sums::{Follows, Itemised, Moves, Sold, Sums};

/// A metric's code and figure.
pub type Value = (&'static str, Figure);

/// A metric and its value under the scope, if it was computed.
struct Line {
    metric: &'static Metric,
    value: Option<Figure>,
    goal: Option<Goal>,
}

/// What a workspace has of the metrics.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Figures by metric code.
    pub values: &'a [Value],
    /// Those that have a target, held against it.
    pub goals: &'a [Goal],
    /// Whose the figures of a campaign are.
    pub campaign: Option<&'a CampaignHead>,
    /// By which signs the active rate is known.
    pub signs: &'a [Sign],
    /// Sources that are older than they should be.
    pub late: &'a [SourceAge],
}

/// What stands above the figures: what is late, whose the figures of a campaign are, whose those of a department.
fn above(stamp: Option<&Stamp>, told: Option<Told<'_>>, how: How) -> Vec<String> {
    let late = stamp.zip(told);
    let late = late.and_then(|(stamp, told)| late_line(told.late, stamp.as_of, how));
    let campaign = told.and_then(|told| told.campaign);
    let campaign = campaign.map(|c| match how.lang {
        Lang::Zh => format!("活动指标为活动 {} {}", c.id.0, c.name),
        Lang::En => format!("what is told of a campaign is of {} {}", c.id.0, c.name),
    });
    let lines = late.into_iter().chain(campaign);
    lines.chain(of_owners(stamp, how)).collect()
}

/// Writes every metric of the table, in its order. A metric without a figure is told of one group, customer or tag, and
/// has no value of the whole; without any figures the column is empty.
pub fn print_metrics(
    stamp: Option<&Stamp>,
    told: Option<Told<'_>>,
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    let value = |code: &str| {
        let known = told?.values.iter().find(|(known, _)| *known == code);
        Some(known.map_or(Figure::NoValue, |(_, figure)| *figure))
    };
    let goal = |code: &str| {
        let mut goals = told?.goals.iter();
        goals.find(|goal| goal.metric.code == code).copied()
    };
    let lines: Vec<Line> = METRICS
        .iter()
        .map(|metric| Line {
            metric,
            value: value(metric.code),
            goal: goal(metric.code),
        })
        .collect();
    let campaign = told.and_then(|told| told.campaign);
    let head = Head {
        kind: "metrics",
        stamp,
        lines: above(stamp, told, how),
        facts: vec![
            (
                "campaign",
                json!(campaign.map(|c| json!({ "id": c.id.0, "name": c.name.as_str() }))),
            ),
            (
                "late_sources",
                told.map_or(json!(null), |told| late_json(told.late, how)),
            ),
            (
                "active_by",
                json!(told.map(|told| {
                    told.signs
                        .iter()
                        .map(|s| active::code(*s))
                        .collect::<Vec<_>>()
                })),
            ),
        ],
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&lines)?;
    let mut foot: Vec<String> = told
        .and_then(|told| items::known(told.values, how))
        .into_iter()
        .collect();
    foot.extend(told.map(|told| active::line(told.signs, how)));
    foot.extend(told.map(|_| {
        how.word(
            "— 无值, 或只对一个群、客户、标签有意义 (见 caopan groups、list、tags)   · 未测量",
            "— no value, or only of one group, customer or tag (caopan groups, list, tags)   · not measured",
        )
        .to_owned()
    }));
    sheet.end(&foot)
}

/// Under an org node: whose the figures are.
fn of_owners(stamp: Option<&Stamp>, how: How) -> Option<String> {
    stamp?.org.as_ref()?;
    let said = how.word(
        "业绩按客户现在的归属人所在部门计, 加粉和流失按员工所在部门计; 达成和销售榜 (caopan board) 按订单记给的员工计",
        "figures are of the customers whose owner is in the department now, adds and losses of its staff; achievement and the board (caopan board) are of the staff orders are credited to",
    );
    Some(said.to_owned())
}

/// Money that may not be known.
pub fn money_or(known: Option<Fen>) -> Figure {
    known.map_or(Figure::NotMeasured, Figure::Money)
}

/// What the tables add up to, by metric code.
pub fn of_sums(sums: &Sums) -> Vec<Value> {
    let mut values = of_sold(sums.sold.as_ref());
    let moves = |of: fn(&Moves) -> i64| {
        let count = sums.moves.as_ref().map(of);
        count.map_or(Figure::NotMeasured, Figure::Count)
    };
    let follows = |of: fn(&Follows) -> i64| {
        let count = sums.follows.as_ref().map(of);
        count.map_or(Figure::NotMeasured, Figure::Count)
    };
    values.extend([
        ("adds", moves(|m| m.added)),
        ("lost", moves(|m| m.lost)),
        ("net_adds", moves(|m| m.added - m.lost - m.dropped)),
        ("customers", follows(|f| f.customers)),
        ("relations", follows(|f| f.relations)),
        ("spend", money_or(sums.spend)),
    ]);
    values
}

/// A metric of the orders before it is rounded to be shown; `None` for one that is not.
pub fn unrounded(code: &str, sums: &Sums) -> Option<f64> {
    let sold = sums.sold.as_ref()?;
    let gross = sold.money.gross.0 as f64;
    let over = |num: f64, den: f64| Rate { num, den }.value();
    match code {
        "aov" => over(gross, sold.orders as f64),
        "value_per_buyer" => over(gross, sold.buyers as f64),
        "price_per_item" => {
            let known = sold.itemised?;
            over(known.gross.0 as f64, known.items as f64)
        }
        _ => None,
    }
}

/// Codes of the metrics of orders.
const OF_ORDERS: [&str; 13] = [
    "gmv",
    "net_gmv_refund",
    "net_gmv_order",
    "orders",
    "buyers",
    "aov",
    "value_per_buyer",
    "orders_per_buyer",
    "items_per_order",
    "price_per_item",
    "repurchase_rate",
    "returning_share",
    "data_match",
];

/// Metrics of orders.
fn of_sold(sold: Option<&Sold>) -> Vec<Value> {
    let Some(sold) = sold else {
        return OF_ORDERS.map(|code| (code, Figure::NotMeasured)).to_vec();
    };
    let (orders, buyers) = (sold.orders as f64, sold.buyers as f64);
    let gross = sold.money.gross.0 as f64;
    let over = |num: f64, den: f64| Rate { num, den }.value();
    let money =
        |value: Option<f64>| value.map_or(Figure::NoValue, |fen| Figure::Money(Fen(nearest(fen))));
    let plain = |value: Option<f64>| value.map_or(Figure::NoValue, Figure::Number);
    let net = |kind| Figure::Money(sold.money.of(kind));
    vec![
        ("gmv", net(GmvKind::Gross)),
        ("net_gmv_refund", net(GmvKind::NetByRefundDate)),
        ("net_gmv_order", net(GmvKind::NetByOrderDate)),
        ("orders", Figure::Count(count(sold.orders))),
        ("buyers", Figure::Count(count(sold.buyers))),
        ("aov", money(over(gross, orders))),
        ("value_per_buyer", money(over(gross, buyers))),
        ("orders_per_buyer", plain(over(orders, buyers))),
        (
            "items_per_order",
            of_items(sold, |known| {
                Figure::Rate(Rate {
                    num: known.items as f64,
                    den: known.orders as f64,
                })
            }),
        ),
        (
            "price_per_item",
            of_items(sold, |known| {
                money(over(known.gross.0 as f64, known.items as f64))
            }),
        ),
        (
            "repurchase_rate",
            Figure::Rate(sold.repurchase.repurchase_rate()),
        ),
        (
            "returning_share",
            Figure::Rate(sold.repurchase.returning_share()),
        ),
        (
            "data_match",
            Figure::Rate(Rate {
                num: sold.matched as f64,
                den: orders,
            }),
        ),
    ]
}

/// What is said per item: of the orders whose items are known alone; of none of them nothing was measured.
fn of_items(sold: &Sold, figure: impl Fn(Itemised) -> Figure) -> Figure {
    match sold.itemised {
        Some(known) => figure(known),
        None if sold.orders == 0 => Figure::NoValue,
        None => Figure::NotMeasured,
    }
}

/// What the groups add up to: their rates as Σ numerators over Σ denominators of those measured.
pub fn of_groups(page: &GroupsPage) -> Vec<Value> {
    let is_measured = page.rows.iter().any(|row| row.members.is_some());
    let members = if is_measured {
        Figure::Count(count(page.members))
    } else {
        Figure::NotMeasured
    };
    let mut values = vec![("members", members)];
    let rates = METRICS
        .iter()
        .filter(|m| m.code.starts_with("group_") && m.rollup == Rollup::RatioOfSums);
    for metric in rates {
        let parts = || {
            let all = page.rows.iter().flat_map(|row| &row.parts);
            all.filter(|part| part.code == metric.code)
        };
        let rates = parts().filter_map(|part| match part.measured {
            Figure::Rate(rate) => Some(rate),
            Figure::Number(mean) => part.cases.map(|cases| Rate {
                num: mean * cases,
                den: cases,
            }),
            Figure::Count(_) | Figure::Money(_) | Figure::NoValue | Figure::NotMeasured => None,
        });
        let sum = rates.reduce(|a, b| Rate {
            num: a.num + b.num,
            den: a.den + b.den,
        });
        let is_told = || parts().any(|part| part.measured != Figure::NotMeasured);
        let figure = match sum {
            Some(rate) if metric.unit == Unit::Minutes => {
                rate.value().map_or(Figure::NoValue, Figure::Number)
            }
            Some(rate) => Figure::Rate(rate),
            None if is_told() => Figure::NoValue,
            None => Figure::NotMeasured,
        };
        values.push((metric.code, figure));
    }
    values
}

/// A cell of the target; what has none has no value.
fn of_goal(line: &Line, cell: impl Fn(&Goal) -> Cell) -> Cell {
    match (&line.value, &line.goal) {
        (None, _) => Cell::Empty,
        (Some(_), goal) => Cell::or(goal.as_ref(), Cell::NoValue, cell),
    }
}

fn columns() -> Vec<Column<Line>> {
    vec![
        Column::text("code", "代码", "code", |l, _| {
            Cell::Code(l.metric.code, l.metric.code.to_owned())
        }),
        Column::text("name", "指标", "metric", |l, how| {
            Cell::id(l.metric.name(how.lang))
        }),
        Column::rate("value", "数值", "value", |l, _| {
            match (l.value, l.metric.unit) {
                (None, _) => Cell::Empty,
                (Some(Figure::Number(n)), Unit::Ratio) => Cell::Number(n, 2),
                (Some(Figure::Rate(rate)), Unit::Ratio) => Cell::Ratio(rate),
                // Rounded down like every achievement.
                (Some(Figure::Rate(rate)), _) if l.metric.code == "attainment" => {
                    Cell::Achievement(rate.value(), Some(rate.num), Some(rate.den))
                }
                (Some(figure), _) => Cell::from(figure),
            }
        }),
        Column::rate("target", "目标", "target", |l, how| {
            of_goal(l, |goal| goal::aim(goal, goal.held.target, how))
        }),
        Column::rate("achievement", "达成", "achieved", |l, _| {
            of_goal(l, goal::achieved)
        }),
        Column::number("pace", "进度", "pace", |l, how| {
            of_goal(l, |goal| match goal.held.pace {
                None => Cell::NoValue,
                pace => super::held::pace(pace, how),
            })
        }),
        Column::rate("gap", "差距", "gap", |l, how| {
            of_goal(l, |goal| goal::aim(goal, goal.gap(), how))
        }),
        Column::text("unit", "单位", "unit", |l, how| unit(l.metric.unit, how)),
        Column::text("better", "方向", "better", |l, how| {
            better(l.metric.better, how)
        }),
        Column::text("rollup", "汇总", "rolls up", |l, how| {
            rollup(l.metric.rollup, how)
        }),
        Column::text("definition", "定义", "definition", |l, how| {
            Cell::id(l.metric.definition(how.lang))
        }),
    ]
}

/// Money is written in yuan, whatever the store keeps.
fn unit(unit: Unit, how: How) -> Cell {
    let (code, zh, en) = match unit {
        Unit::Count => ("count", "个", "count"),
        Unit::Fen => ("yuan", "元", "yuan"),
        Unit::Percent => ("fraction", "%", "%"),
        Unit::Minutes => ("minutes", "分钟", "minutes"),
        Unit::Days => ("days", "天", "days"),
        Unit::Ratio => ("ratio", "比值", "ratio"),
        Unit::Score => ("score", "分", "score"),
    };
    Cell::Code(code, how.word(zh, en).to_owned())
}

fn better(better: Better, how: How) -> Cell {
    let (code, zh, en) = match better {
        Better::Higher => ("higher", "高好", "higher"),
        Better::Lower => ("lower", "低好", "lower"),
    };
    Cell::Code(code, how.word(zh, en).to_owned())
}

fn rollup(rollup: Rollup, how: How) -> Cell {
    let (code, zh, en) = match rollup {
        Rollup::Sum => ("sum", "相加", "adds"),
        Rollup::RatioOfSums => ("ratio_of_sums", "分子和÷分母和", "ratio of sums"),
        Rollup::Last => ("last", "取最后一天", "last day"),
        Rollup::Distinct => ("distinct", "重新去重", "distinct again"),
        Rollup::None => ("none", "不汇总", "none"),
    };
    Cell::Code(code, how.word(zh, en).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::OutputFormat;
    use crate::cli::testing::{how, printed};
    use crate::domain::kpi::Held;

    #[test]
    fn every_metric_is_printed_once_with_its_value_where_there_is_one() {
        let values = [("gmv", Figure::Money(Fen(12_345)))];
        let goals = [Goal {
            metric: crate::domain::metric::find("gmv").unwrap(),
            held: Held {
                actual: Figure::Money(Fen(12_345)),
                target: Figure::Money(Fen(10_000)),
                achievement: Some(1.2345),
                band: None,
                course: None,
                pace: None,
                forecast: Figure::NoValue,
                expected: None,
            },
        }];
        let text = printed(|out| {
            let told = Told {
                values: &values,
                goals: &goals,
                campaign: None,
                signs: &[],
                late: &[],
            };
            print_metrics(None, Some(told), how(OutputFormat::Csv, Lang::En), out)
        });
        assert_eq!(text.lines().count(), METRICS.len() + 1);
        let gmv = text.lines().find(|l| l.starts_with("gmv,")).unwrap();
        assert!(
            gmv.starts_with(
                "gmv,gross GMV,123.45,,,100.00,,,1.2345,123.45,100,,23.45,,,yuan,higher,sum,"
            ),
            "{gmv}"
        );
        let table =
            printed(|out| print_metrics(None, None, how(OutputFormat::Table, Lang::Zh), out));
        assert_eq!(table.lines().count(), METRICS.len() + 1);
    }
}
