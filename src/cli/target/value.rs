//! A target's value as it is typed and as it is said, in the metric's own unit.

use crate::domain::metric::{Metric, Unit};
use crate::domain::{Fen, sentence};
use crate::filter::amount;
use crate::filter::fields::Kind;

use crate::cli::error::{Exit, Failure};

/// An amount as imports take it, or with the units of a filter: fen, or how many.
fn fen(text: &str, kind: Kind) -> Option<f64> {
    if let Ok(number) = amount::number(text, kind) {
        return Some(number);
    }
    let fen = crate::import::fen(text)?;
    if kind == Kind::Money {
        return Some(fen as f64);
    }
    (fen % 100 == 0 && !text.contains(['¥', '￥', '元'])).then_some((fen / 100) as f64)
}

/// A value in the metric's own unit: fen, a count, a fraction of one.
pub(super) fn value(text: &str, metric: &Metric) -> Result<f64, Failure> {
    let code = metric.code;
    let wrong = |help| {
        let what = sentence!(
            "{text:?} 不能作 {code} 的目标",
            "{text:?} is no value of {code}"
        );
        Failure::new(Exit::Usage, what, help)
    };
    let value = match metric.unit {
        Unit::Fen => fen(text, Kind::Money)
            .ok_or_else(|| wrong(sentence!("写元: 24000, 2.4万", "write yuan: 24000, 2.4万")))?,
        Unit::Count => fen(text, Kind::Count)
            .ok_or_else(|| wrong(sentence!("写个数: 500, 1.2万", "write a count: 500, 1.2万")))?,
        Unit::Percent => {
            let (number, share) = match text.strip_suffix(['%', '％']) {
                Some(number) => (number, 100.0),
                None => (text, 1.0),
            };
            let number: f64 = number
                .trim()
                .parse()
                .map_err(|_| wrong(sentence!("写比率: 4% 或 0.04", "write a rate: 4% or 0.04")))?;
            number / share
        }
        Unit::Minutes | Unit::Days | Unit::Ratio | Unit::Score => text
            .parse()
            .map_err(|_| wrong(sentence!("写一个数", "write a plain number")))?,
    };
    if value < 0.0 {
        return Err(wrong(sentence!("是负数", "it is negative")));
    }
    if let Some(help) = metric.is_beyond_the_whole(text, value) {
        return Err(wrong(help));
    }
    if value.is_finite() && value < 1e15 {
        Ok(value)
    } else {
        Err(wrong(sentence!("太大了", "it is too large")))
    }
}

/// A value as it is read.
pub(in crate::cli) fn said(value: f64, metric: &Metric) -> String {
    match metric.unit {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "under 1e15, as the column has it"
        )]
        Unit::Fen => Fen(value.round() as i64).decimal(),
        Unit::Percent => {
            let percent = format!("{:.4}", value * 100.0);
            format!("{}%", percent.trim_end_matches('0').trim_end_matches('.'))
        }
        Unit::Count | Unit::Minutes | Unit::Days | Unit::Ratio | Unit::Score => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::metric::METRICS;

    fn metric(unit: Unit) -> &'static Metric {
        METRICS
            .iter()
            .find(|metric| metric.unit == unit)
            .expect("one of each")
    }

    #[test]
    fn a_rate_over_the_whole_is_refused_with_what_to_write() {
        for (text, wanted) in [
            ("30", "30% or 0.3"),
            ("4.5", "4.5% or 0.045"),
            ("130%", "at most 100%"),
        ] {
            let refused = value(text, metric(Unit::Percent)).unwrap_err();
            let said = format!("{refused:?}");
            assert!(said.contains(wanted), "{text}: {said}");
        }
        let growth = crate::domain::metric::find("group_net_growth").unwrap();
        for (text, metric) in [("100%", metric(Unit::Percent)), ("130%", growth)] {
            assert!(value(text, metric).is_ok(), "{text}");
        }
    }

    #[test]
    fn values_are_read_in_the_metrics_own_unit() {
        for (unit, text, wanted, again) in [
            (Unit::Fen, "24000", 2_400_000.0, "24000.00"),
            (Unit::Fen, "2.4万", 2_400_000.0, "24000.00"),
            (Unit::Fen, "¥280,000", 28_000_000.0, "280000.00"),
            (Unit::Fen, "500,000", 50_000_000.0, "500000.00"),
            (Unit::Count, "1.2万", 12_000.0, "12000"),
            (Unit::Count, "8,000", 8_000.0, "8000"),
            (Unit::Percent, "4%", 0.04, "4%"),
            (Unit::Percent, "0.125", 0.125, "12.5%"),
        ] {
            let read = value(text, metric(unit)).expect(text);
            assert!((read - wanted).abs() < 1e-9, "{text}: {read}");
            assert_eq!(said(read, metric(unit)), again);
        }
        for (unit, text) in [
            (Unit::Fen, "abc"),
            (Unit::Fen, "NaN"),
            (Unit::Fen, "-1"),
            (Unit::Percent, "-4%"),
            (Unit::Count, "¥8,000"),
            (Unit::Count, "8.5"),
            (Unit::Percent, "inf"),
            (Unit::Percent, ""),
        ] {
            assert!(value(text, metric(unit)).is_err(), "{text}");
        }
    }
}
