//! Periods as people say them: units counted from this one (`前天`, `上季度`, `下月`), and dates without a year
//! (`10月`, `第47周`, `11.1-11.11`), which are of the year of today.

use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Period, PeriodSpec, digits};
use crate::domain::Day;
use crate::domain::period::PeriodKind;

/// A month and a day of it.
type MonthDay = (u32, u32);

/// Dates without a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Yearless {
    /// A month, 1 to 12.
    Month(u32),
    /// An ISO week, 1 to 53.
    Week(u32),
    /// A calendar quarter, 1 to 4.
    Quarter(u32),
    /// From one day to another of the same year, as month and day; both ends included.
    Days((u32, u32), (u32, u32)),
}

/// Units counted from the one that is going on, by the words for them; the first of each is the canonical one.
const COUNTED: &[(PeriodKind, i16, &[&str])] = &[
    (PeriodKind::Day, -2, &["day-2", "前天", "前日"]),
    (PeriodKind::Day, -3, &["day-3", "大前天"]),
    (PeriodKind::Day, 1, &["tomorrow", "明天", "明日"]),
    (
        PeriodKind::Week,
        -2,
        &["week-2", "上上周", "上上个周", "上上星期"],
    ),
    (PeriodKind::Week, 1, &["next-week", "下周", "下星期"]),
    (PeriodKind::Month, -2, &["month-2", "上上月", "上上个月"]),
    (PeriodKind::Month, 1, &["next-month", "下月", "下个月"]),
    (
        PeriodKind::Quarter,
        -1,
        &["last-quarter", "上季度", "上季", "上个季度"],
    ),
    (
        PeriodKind::Quarter,
        1,
        &["next-quarter", "下季度", "下季", "下个季度"],
    ),
    (PeriodKind::Year, -1, &["last-year", "去年", "上年"]),
    (PeriodKind::Year, -2, &["year-2", "前年"]),
    (PeriodKind::Year, 1, &["next-year", "明年"]),
];

/// A word for a unit counted from this one, or dates with 年 月 日, dots or slashes; a year that is left out is today's.
pub(super) fn said(text: &str) -> Option<PeriodSpec> {
    let counted = COUNTED.iter().find(|(_, _, words)| words.contains(&text));
    if let Some((kind, units, _)) = counted {
        return Some(PeriodSpec::Counted(*kind, *units));
    }
    unit(text).or_else(|| {
        let (from, to) = ends(text)?;
        between(from, to)
    })
}

/// `2026年`, `2026`, `10月`, `2026年10月`, `第47周`, `2026年第47周`, `Q4`, `2026Q4`, `第四季度`.
fn unit(text: &str) -> Option<PeriodSpec> {
    let (year, rest) = match text.split_once('年') {
        Some((year, rest)) => (Some(year_of(year)?), rest.trim_start()),
        None => led_by_year(text),
    };
    if rest.is_empty() {
        let end = |month, day| NaiveDate::from_ymd_opt(year?, month, day).map(Day::from_date);
        return Some(PeriodSpec::Range(end(1, 1)?, end(12, 31)?));
    }
    if let Some(quarter) = quarter(rest) {
        let month = quarter * 3 - 2;
        return match year {
            Some(year) => {
                let first = NaiveDate::from_ymd_opt(year, month, 1).map(Day::from_date)?;
                let days = Period::unit(PeriodKind::Quarter, first);
                Some(PeriodSpec::Range(days.from, days.to))
            }
            None => Some(PeriodSpec::OfYear(Yearless::Quarter(quarter))),
        };
    }
    if let Some(week) = rest.strip_suffix('周') {
        let week = digits(week.strip_prefix('第').unwrap_or(week), 1..=2)?;
        return match year {
            Some(year) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)
                .map(|_| PeriodSpec::WeekOf(year, week)),
            None => (1..=53)
                .contains(&week)
                .then_some(PeriodSpec::OfYear(Yearless::Week(week))),
        };
    }
    let month = rest
        .strip_suffix("月份")
        .or_else(|| rest.strip_suffix('月'))?;
    let month = digits(month, 1..=2).filter(|month| (1..=12).contains(month))?;
    Some(match year {
        Some(year) => PeriodSpec::MonthOf(year, month),
        None => PeriodSpec::OfYear(Yearless::Month(month)),
    })
}

/// A year of this century that stands alone, or before a quarter: `2026`, `2026Q4`, `2026-q4`.
fn led_by_year(text: &str) -> (Option<i32>, &str) {
    let is_year = |year: &i32| (2000..2100).contains(year);
    let (year, rest) = text.split_at_checked(4).unwrap_or(("", text));
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    match year_of(year).filter(is_year) {
        Some(year) if text.len() == 4 || quarter(rest).is_some() => (Some(year), rest),
        Some(_) | None => (None, text),
    }
}

/// `q4`, `第四季度`, `第4季度`, `四季度`: 1 to 4.
fn quarter(text: &str) -> Option<u32> {
    let in_words = || {
        let said = text.strip_suffix("季度")?;
        Some(said.strip_prefix('第').unwrap_or(said))
    };
    let said = text.strip_prefix('q').or_else(in_words)?;
    let words = [["1", "一"], ["2", "二"], ["3", "三"], ["4", "四"]];
    let found = words.iter().zip(1..).find(|(word, _)| word.contains(&said));
    found.map(|(_, quarter)| quarter)
}

fn year_of(text: &str) -> Option<i32> {
    i32::try_from(digits(text.trim(), 4..=4)?).ok()
}

/// A day with the year, if it is said.
type Said = (Option<i32>, MonthDay);

/// The two ends, or one day twice.
fn ends(text: &str) -> Option<(Said, Said)> {
    let between = ["..", "到", "至", "~", "～", "—", "–", "-"];
    let split = between.iter().find_map(|sign| text.split_once(sign));
    let Some((from, to)) = split else {
        let day = day(text)?;
        return Some((day, day));
    };
    let from = day(from)?;
    // `11月1日到11日`: the month of the first end.
    let alone = to.trim().strip_suffix(['日', '号']);
    let in_month = alone
        .and_then(|d| digits(d, 1..=2))
        .map(|d| (None, (from.1.0, d)));
    Some((from, in_month.or_else(|| day(to))?))
}

/// `11.1`, `11/1`, `11-01` (an end of two), `11月1日`, `11月1号`, and the same behind `2026.`, `2026/`, `2026年`.
fn day(text: &str) -> Option<Said> {
    let plain = text.trim().trim_end_matches(['日', '号']);
    let parts: Vec<&str> = plain
        .split(['.', '/', '-', '年', '月'])
        .map(str::trim)
        .collect();
    let (year, month, day) = match parts.as_slice() {
        [month, day] => (None, month, day),
        [year, month, day] => (Some(year_of(year)?), month, day),
        _ => return None,
    };
    let (month, day) = (digits(month, 1..=2)?, digits(day, 1..=2)?);
    // The 29th of February is a day of some years.
    NaiveDate::from_ymd_opt(year.unwrap_or(2024), month, day)?;
    Some((year, (month, day)))
}

/// The second end is of the year of the first where it says none.
fn between((year, from): Said, (end, to): Said) -> Option<PeriodSpec> {
    let Some(year) = year else {
        return (end.is_none() && from <= to)
            .then_some(PeriodSpec::OfYear(Yearless::Days(from, to)));
    };
    let date = |year, (month, day)| NaiveDate::from_ymd_opt(year, month, day).map(Day::from_date);
    let (from, to) = (date(year, from)?, date(end.unwrap_or(year), to)?);
    (from <= to).then_some(PeriodSpec::Range(from, to))
}

/// The calendar unit so many units after the one that holds `today`, before it when negative.
pub(super) fn counted(kind: PeriodKind, units: i16, today: Day) -> Period {
    let mut period = Period::unit(kind, today);
    for _ in 0..units.unsigned_abs() {
        period = if units < 0 {
            period.unit_before(kind)
        } else {
            Period::unit(kind, period.to.plus(1))
        };
    }
    period
}

impl Yearless {
    /// The days meant in the year of `today`; the 29th of February is the 28th where there is none, a 53rd week the last.
    pub(super) fn in_year_of(self, today: Day) -> Period {
        let year = today.date().year();
        let date = |(month, day)| {
            let date = NaiveDate::from_ymd_opt(year, month, day);
            let date = date.or_else(|| NaiveDate::from_ymd_opt(year, month, 28));
            date.map_or(today, Day::from_date)
        };
        match self {
            Self::Month(month) => Period::unit(PeriodKind::Month, date((month, 1))),
            Self::Week(week) => {
                let year = today.date().iso_week().year();
                let monday = |week| NaiveDate::from_isoywd_opt(year, week, Weekday::Mon);
                let monday = monday(week).or_else(|| monday(52));
                Period::unit(PeriodKind::Week, monday.map_or(today, Day::from_date))
            }
            Self::Quarter(quarter) => Period::unit(PeriodKind::Quarter, date((quarter * 3 - 2, 1))),
            Self::Days(from, to) => Period {
                from: date(from),
                to: date(to),
            },
        }
    }

    /// The calendar unit it is by its name; `None` for days.
    pub(super) fn kind(self) -> Option<PeriodKind> {
        match self {
            Self::Month(_) => Some(PeriodKind::Month),
            Self::Week(_) => Some(PeriodKind::Week),
            Self::Quarter(_) => Some(PeriodKind::Quarter),
            Self::Days(..) => None,
        }
    }
}

impl fmt::Display for Yearless {
    /// The canonical words; reading them back gives the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Month(month) => write!(f, "{month}月"),
            Self::Week(week) => write!(f, "第{week}周"),
            Self::Quarter(quarter) => write!(f, "Q{quarter}"),
            Self::Days(from, to) if from == to => write!(f, "{}/{}", from.0, from.1),
            Self::Days(from, to) => write!(f, "{}/{}..{}/{}", from.0, from.1, to.0, to.1),
        }
    }
}

/// The canonical word of a unit counted from this one, or the word of a language: 0 English, 1 Chinese.
pub fn counted_word(kind: PeriodKind, units: i16, word: usize) -> &'static str {
    let known = COUNTED.iter().find(|(k, n, _)| *k == kind && *n == units);
    let said = known.and_then(|(_, _, words)| words.get(word));
    said.copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    // Sunday, 22 November 2026; its ISO week 47 began on the 16th.
    #[case("10月", "2026-10-01", "2026-10-31")]
    #[case("10月份", "2026-10-01", "2026-10-31")]
    #[case("2025年2月", "2025-02-01", "2025-02-28")]
    #[case("2026年10月", "2026-10-01", "2026-10-31")]
    #[case("2025年", "2025-01-01", "2025-12-31")]
    #[case("2025", "2025-01-01", "2025-12-31")]
    #[case("Q4", "2026-10-01", "2026-12-31")]
    #[case("q1", "2026-01-01", "2026-03-31")]
    #[case("2025Q4", "2025-10-01", "2025-12-31")]
    #[case("2025-Q2", "2025-04-01", "2025-06-30")]
    #[case("第四季度", "2026-10-01", "2026-12-31")]
    #[case("2025年第一季度", "2025-01-01", "2025-03-31")]
    #[case("3季度", "2026-07-01", "2026-09-30")]
    #[case("下月", "2026-12-01", "2026-12-31")]
    #[case("next-month", "2026-12-01", "2026-12-31")]
    #[case("去年", "2025-01-01", "2025-12-31")]
    #[case("前天", "2026-11-20", "2026-11-20")]
    #[case("上季度", "2026-07-01", "2026-09-30")]
    #[case("下季度", "2027-01-01", "2027-03-31")]
    #[case("上上周", "2026-11-02", "2026-11-08")]
    #[case("上上个月", "2026-09-01", "2026-09-30")]
    #[case("11.1-11.11", "2026-11-01", "2026-11-11")]
    #[case("10/1-10/7", "2026-10-01", "2026-10-07")]
    #[case("11月1日到11月11日", "2026-11-01", "2026-11-11")]
    #[case("11月1日至11日", "2026-11-01", "2026-11-11")]
    #[case("2025年11月1日-11月11日", "2025-11-01", "2025-11-11")]
    #[case("2025.12.25~2026.1.5", "2025-12-25", "2026-01-05")]
    #[case("2026/11/1-2026/11/11", "2026-11-01", "2026-11-11")]
    #[case("11月11日", "2026-11-11", "2026-11-11")]
    #[case("11-01..11-15", "2026-11-01", "2026-11-15")]
    #[case("11-1~11-15", "2026-11-01", "2026-11-15")]
    #[case("11.11", "2026-11-11", "2026-11-11")]
    #[case("2026年11月20日", "2026-11-20", "2026-11-20")]
    #[case("第47周", "2026-11-16", "2026-11-22")]
    #[case("2026年第47周", "2026-11-16", "2026-11-22")]
    #[case("2月29日", "2026-02-28", "2026-02-28")]
    fn operators_words_mean_days_of_this_year(
        #[case] word: &str,
        #[case] from: &str,
        #[case] to: &str,
    ) {
        let today = Day::parse("2026-11-22").unwrap();
        let spec: PeriodSpec = word.parse().unwrap();
        let days = spec.resolve(today);
        assert_eq!(
            (days.from.to_string(), days.to.to_string()),
            (from.into(), to.into())
        );
        assert_eq!(spec.to_string().parse(), Ok(spec), "{spec}");
    }

    #[rstest]
    #[case("13月")]
    #[case("0月")]
    #[case("第54周")]
    #[case("11.31")]
    #[case("12.28-1.3")]
    #[case("11.11-11.1")]
    #[case("11-15")]
    #[case("11-15..11-01")]
    #[case("11.1-2026.11.11")]
    #[case("1.2.3")]
    #[case("Q5")]
    #[case("Q0")]
    #[case("第五季度")]
    #[case("2026Q")]
    #[case("1111")]
    #[case("月")]
    #[case("年")]
    #[case("..")]
    #[case("到")]
    #[case("第周")]
    fn what_means_no_days_is_refused(#[case] word: &str) {
        assert!(word.parse::<PeriodSpec>().is_err());
    }

    #[test]
    fn a_running_one_is_compared_with_as_many_days_and_an_ended_one_whole() {
        let today = Day::parse("2026-11-10").unwrap();
        let before = |word: &str| {
            let days = word.parse::<PeriodSpec>().unwrap().previous(today);
            (days.from.to_string(), days.to.to_string())
        };
        let same = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(before("11月"), same("2026-10-01", "2026-10-10"));
        assert_eq!(before("10月"), same("2026-09-01", "2026-09-30"));
        assert_eq!(before("Q4"), same("2026-07-01", "2026-08-10"));
        assert_eq!(before("2026Q3"), same("2026-04-01", "2026-06-30"));
        assert_eq!(before("上季度"), same("2026-04-01", "2026-06-30"));
        assert_eq!(before("10/1-10/7"), same("2026-09-24", "2026-09-30"));
    }

    #[test]
    fn every_counted_word_is_one_period_and_prints_itself() {
        for (kind, units, words) in COUNTED {
            for word in *words {
                let spec = PeriodSpec::Counted(*kind, *units);
                assert_eq!(word.parse(), Ok(spec));
                assert_eq!(words.first().copied(), Some(spec.to_string().as_str()));
            }
        }
    }
}
