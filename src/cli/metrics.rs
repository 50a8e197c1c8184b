//! `caopan metrics`: every metric with its definition, and its value where there is one.

use std::io::{self, Write};

use super::cell::Cell;
use super::table::{Column, Head, How, Printed, Sheet};
use crate::domain::Figure;
use crate::domain::metric::{Better, METRICS, Metric, Rollup, Unit};
use crate::engine::answer::Stamp;

/// A metric and its value under the scope, if it was computed.
struct Line {
    metric: &'static Metric,
    value: Option<Figure>,
}

/// Writes every metric of the table, in its order; `values` holds figures by metric code.
pub fn print_metrics(
    stamp: Option<&Stamp>,
    values: &[(&str, Figure)],
    how: How,
    out: &mut impl Write,
) -> io::Result<Printed> {
    let lines: Vec<Line> = METRICS
        .iter()
        .map(|metric| Line {
            metric,
            value: values
                .iter()
                .find(|(code, _)| *code == metric.code)
                .map(|(_, figure)| *figure),
        })
        .collect();
    let head = Head {
        kind: "metrics",
        stamp,
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&lines)?;
    sheet.end(&[])
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
            Cell::or(l.value, Cell::Empty, Cell::from)
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
    use crate::cli::args::OutputFormat;
    use crate::cli::testing::{how, printed};
    use crate::domain::{Fen, Lang};

    #[test]
    fn every_metric_is_printed_once_with_its_value_where_there_is_one() {
        let values = [("gmv", Figure::Money(Fen(12_345)))];
        let text =
            printed(|out| print_metrics(None, &values, how(OutputFormat::Csv, Lang::En), out));
        assert_eq!(text.lines().count(), METRICS.len() + 1);
        let gmv = text.lines().find(|l| l.starts_with("gmv,")).unwrap();
        assert!(
            gmv.starts_with("gmv,gross GMV,123.45,,,yuan,higher,sum,"),
            "{gmv}"
        );
        let table =
            printed(|out| print_metrics(None, &[], how(OutputFormat::Table, Lang::Zh), out));
        assert_eq!(table.lines().count(), METRICS.len() + 1);
    }
}
