//! Periods: closed intervals of business days (metrics.md 4.0). Weeks are ISO weeks from Monday; months and quarters
//! are the calendar's.

mod kind;
mod said;

use std::str::FromStr;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Day, Sentence, sentence};

pub use kind::PeriodKind;
pub use said::{Yearless, counted_word};

/// How an operator names a period; resolved against "today".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeriodSpec {
    /// The day that is going on.
    Today,
    /// The day before today.
    Yesterday,
    /// This ISO week, from Monday.
    Week,
    /// This calendar month.
    Month,
    /// This calendar quarter.
    Quarter,
    /// This calendar year.
    Year,
    /// The ISO week before this one.
    LastWeek,
    /// The calendar month before this one.
    LastMonth,
    /// The last `n` days, today included (`7d`, `30d`, `90d`).
    Last(u16),
    /// A calendar month, `2026-03`.
    MonthOf(i32, u32),
    /// An ISO week, `2026-W12`.
    WeekOf(i32, u32),
    /// `2026-03-01..2026-03-31`, both ends included; a single day is `a..a`.
    Range(Day, Day),
    /// The calendar unit so many units after this one, before it when negative: `last-quarter`, `next-month`, `day-2`.
    Counted(PeriodKind, i16),
    /// Dates without a year, of the year of today: `10月`, `第47周`, `Q4`, `11/1..11/11`.
    OfYear(Yearless),
}

/// A resolved period, both ends included. `to` may lie in the future (a running month).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

/// The text names no period.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PeriodError(pub super::SafeText);

impl PeriodError {
    /// What is wrong, and how periods are written.
    pub fn sentence(&self) -> Sentence {
        let Self(text) = self;
        sentence!(
            "`{text}` 不是时段, 可用 today, yesterday, week, month, quarter, year, last-week, last-month, last-quarter, \
             last-year, next-month, 30d, 2026, 2026-Q1, 2026-03, 2026-W12, 11/1..11/11 或 2026-03-01..2026-03-31",
            "`{text}` is not a period; use today, yesterday, week, month, quarter, year, last-week, last-month, last-quarter, \
             last-year, next-month, 30d, 2026, 2026-Q1, 2026-03, 2026-W12, 11/1..11/11 or 2026-03-01..2026-03-31",
        )
    }
}

impl std::fmt::Display for PeriodError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sentence().fmt(f)
    }
}

impl FromStr for PeriodSpec {
    type Err = PeriodError;

    /// Reads the words of `--period`, in English (any case) or Chinese.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let lower = text.trim().to_ascii_lowercase();
        let word = match lower.as_str() {
            "today" | "今天" | "今日" => Some(Self::Today),
            "yesterday" | "昨天" | "昨日" => Some(Self::Yesterday),
            "week" | "this-week" | "本周" | "这周" => Some(Self::Week),
            "month" | "this-month" | "本月" | "这个月" => Some(Self::Month),
            "quarter" | "this-quarter" | "本季" | "本季度" => Some(Self::Quarter),
            "year" | "this-year" | "今年" | "本年" => Some(Self::Year),
            "last-week" | "上周" => Some(Self::LastWeek),
            "last-month" | "上月" | "上个月" => Some(Self::LastMonth),
            _ => None,
        };
        word.or_else(|| last_days(&lower))
            .or_else(|| range(&lower))
            .or_else(|| calendar_unit(&lower))
            .or_else(|| said::said(&lower))
            .ok_or_else(|| PeriodError(super::SafeText::new(text)))
    }
}

/// `7d`, `30天`, `近7天`, `最近 30 天`, `last 30 days`: one to 3,660 days.
fn last_days(text: &str) -> Option<PeriodSpec> {
    let led = |word: &&'static str| text.strip_prefix(*word);
    let number = match ["最近", "近", "last "].iter().find_map(led) {
        Some(rest) => rest
            .strip_suffix(['天', '日'])
            .or(rest.strip_suffix("days"))?
            .trim(),
        None => text.strip_suffix('d').or_else(|| text.strip_suffix('天'))?,
    };
    let n = digits(number, 1..=4)?;
    let n = u16::try_from(n).ok().filter(|n| (1..=3660).contains(n))?;
    Some(PeriodSpec::Last(n))
}

/// `a..b` with `a <= b`, or a single day.
fn range(text: &str) -> Option<PeriodSpec> {
    let (from, to) = match text.split_once("..") {
        Some((from, to)) => (day(from)?, day(to)?),
        None => (day(text)?, day(text)?),
    };
    (from <= to).then_some(PeriodSpec::Range(from, to))
}

/// A day as people type it: `2026-03-01`, `2026-3-1`, `2026/3/1`.
fn day(text: &str) -> Option<Day> {
    let mut parts = text.trim().split(['-', '/']);
    let mut part = |length| digits(parts.next()?, length);
    let (year, month, day) = (part(4..=4)?, part(1..=2)?, part(1..=2)?);
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).map(Day::from_date)
}

/// `2026-03` or `2026-w12`.
fn calendar_unit(text: &str) -> Option<PeriodSpec> {
    let (year, rest) = text.split_once('-')?;
    let year = i32::try_from(digits(year, 4..=4)?).ok()?;
    if let Some(week) = rest.strip_prefix('w') {
        let week = digits(week, 2..=2)?;
        NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)?;
        return Some(PeriodSpec::WeekOf(year, week));
    }
    let month = digits(rest, 2..=2)?;
    NaiveDate::from_ymd_opt(year, month, 1)?;
    Some(PeriodSpec::MonthOf(year, month))
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (length.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

impl std::fmt::Display for PeriodSpec {
    /// The canonical word; reading it back gives the same period.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Today => f.write_str("today"),
            Self::Yesterday => f.write_str("yesterday"),
            Self::Week => f.write_str("week"),
            Self::Month => f.write_str("month"),
            Self::Quarter => f.write_str("quarter"),
            Self::Year => f.write_str("year"),
            Self::LastWeek => f.write_str("last-week"),
            Self::LastMonth => f.write_str("last-month"),
            Self::Last(n) => write!(f, "{n}d"),
            Self::MonthOf(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::WeekOf(year, week) => write!(f, "{year:04}-W{week:02}"),
            Self::Range(from, to) if from == to => write!(f, "{from}"),
            Self::Range(from, to) => write!(f, "{from}..{to}"),
            Self::Counted(kind, units) => f.write_str(counted_word(kind, units, 0)),
            Self::OfYear(dates) => dates.fmt(f),
        }
    }
}

impl PeriodSpec {
    /// The days meant, with "today" the business day going on.
    pub fn resolve(self, today: Day) -> Period {
        match self {
            Self::Today => Period::day(today),
            Self::Yesterday => Period::day(today.plus(-1)),
            Self::Week => Period::unit(PeriodKind::Week, today),
            Self::Month => Period::unit(PeriodKind::Month, today),
            Self::Quarter => Period::unit(PeriodKind::Quarter, today),
            Self::Year => Period::unit(PeriodKind::Year, today),
            Self::LastWeek => Period::unit(PeriodKind::Week, today).unit_before(PeriodKind::Week),
            Self::LastMonth => {
                Period::unit(PeriodKind::Month, today).unit_before(PeriodKind::Month)
            }
            Self::Last(n) => Period {
                from: today.plus(1 - i32::from(n.max(1))),
                to: today,
            },
            Self::MonthOf(year, month) => NaiveDate::from_ymd_opt(year, month, 1)
                .map_or(Period::day(today), |first| {
                    Period::unit(PeriodKind::Month, Day::from_date(first))
                }),
            Self::WeekOf(year, week) => NaiveDate::from_isoywd_opt(year, week, Weekday::Mon)
                .map_or(Period::day(today), |monday| {
                    Period::unit(PeriodKind::Week, Day::from_date(monday))
                }),
            Self::Range(from, to) => Period {
                from: from.min(to),
                to: from.max(to),
            },
            Self::Counted(kind, units) => said::counted(kind, units, today),
            Self::OfYear(dates) => dates.in_year_of(today),
        }
    }

    /// The period to compare with: the one before it, and while it is running only its first days, as many as have
    /// passed of this one (metrics.md 4.0; never part against whole).
    pub fn previous(self, today: Day) -> Period {
        let now = self.resolve(today);
        let kind = match self {
            Self::Today | Self::Yesterday => Some(PeriodKind::Day),
            Self::Week | Self::LastWeek | Self::WeekOf(..) => Some(PeriodKind::Week),
            Self::Month | Self::LastMonth | Self::MonthOf(..) => Some(PeriodKind::Month),
            Self::Quarter => Some(PeriodKind::Quarter),
            Self::Year => Some(PeriodKind::Year),
            Self::Last(_) => None,
            Self::Range(..) => now.calendar().map(|(kind, _)| kind),
            Self::Counted(kind, _) => Some(kind),
            Self::OfYear(dates) => dates
                .kind()
                .or_else(|| now.calendar().map(|(kind, _)| kind)),
        };
        let Some(kind) = kind else {
            return now.same_length_before();
        };
        let before = now.unit_before(kind);
        if !now.partial(today) || today < now.from {
            return before;
        }
        let passed = today.0.saturating_sub(now.from.0);
        Period {
            from: before.from,
            to: before.from.plus(passed).min(before.to),
        }
    }
}

impl Period {
    /// A single day.
    pub fn day(day: Day) -> Self {
        Self { from: day, to: day }
    }

    /// The calendar unit a day lies in; a campaign has no calendar and gives the day alone.
    pub fn unit(kind: PeriodKind, day: Day) -> Self {
        let date = day.date();
        let first_of = |year, month| NaiveDate::from_ymd_opt(year, month, 1);
        let month_after = |year: i32, month: u32| {
            if month >= 12 {
                first_of(year.saturating_add(1), 1)
            } else {
                first_of(year, month + 1)
            }
        };
        let (year, month) = (date.year(), date.month());
        let quarter = (month - 1) / 3 * 3 + 1;
        let (first, next) = match kind {
            PeriodKind::Day | PeriodKind::Campaign => return Self::day(day),
            PeriodKind::Week => {
                let since_monday = i32::try_from(date.weekday().num_days_from_monday());
                let from = day.plus(-since_monday.unwrap_or(0));
                return Self {
                    from,
                    to: from.plus(6),
                };
            }
            PeriodKind::Month => (first_of(year, month), month_after(year, month)),
            PeriodKind::Quarter => (first_of(year, quarter), month_after(year, quarter + 2)),
            PeriodKind::Year => (first_of(year, 1), month_after(year, 12)),
        };
        match (first, next) {
            (Some(first), Some(next)) => Self {
                from: Day::from_date(first),
                to: Day::from_date(next).plus(-1),
            },
            _ => Self::day(day),
        }
    }

    /// Number of days, both ends counted.
    pub fn days(self) -> i32 {
        self.to.0.saturating_sub(self.from.0).saturating_add(1)
    }

    /// It has not ended: marked `◔`, compared with the same number of days of the earlier period.
    pub fn partial(self, today: Day) -> bool {
        self.to >= today
    }

    /// The day lies in it.
    pub fn contains(self, day: Day) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// The calendar unit it is exactly, with its first day: how `kpi_target` rows name their period.
    pub fn calendar(self) -> Option<(PeriodKind, Day)> {
        [
            PeriodKind::Day,
            PeriodKind::Week,
            PeriodKind::Month,
            PeriodKind::Quarter,
            PeriodKind::Year,
        ]
        .into_iter()
        .find(|kind| Self::unit(*kind, self.from) == self)
        .map(|kind| (kind, self.from))
    }

    /// The calendar unit before the one it is exactly; `None` when it is none.
    pub fn previous(self) -> Option<Self> {
        self.calendar().map(|(kind, _)| self.unit_before(kind))
    }

    fn unit_before(self, kind: PeriodKind) -> Self {
        Self::unit(kind, self.from.plus(-1))
    }

    fn same_length_before(self) -> Self {
        let to = self.from.plus(-1);
        Self {
            from: to.plus(1 - self.days()),
            to,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn period(from: &str, to: &str) -> Period {
        Period {
            from: day(from),
            to: day(to),
        }
    }

    #[rstest]
    #[case("today", "2026-03-31", "2026-03-31", "2026-03-31")]
    #[case("昨天", "2026-03-01", "2026-02-28", "2026-02-28")]
    #[case("week", "2026-01-01", "2025-12-29", "2026-01-04")]
    #[case("本周", "2026-01-04", "2025-12-29", "2026-01-04")]
    #[case("week", "2026-01-05", "2026-01-05", "2026-01-11")]
    #[case("上周", "2026-01-01", "2025-12-22", "2025-12-28")]
    #[case("month", "2024-02-29", "2024-02-01", "2024-02-29")]
    #[case("本月", "2026-12-31", "2026-12-01", "2026-12-31")]
    #[case("last-month", "2026-01-31", "2025-12-01", "2025-12-31")]
    #[case("上月", "2026-03-31", "2026-02-01", "2026-02-28")]
    #[case("quarter", "2026-11-21", "2026-10-01", "2026-12-31")]
    #[case("本季", "2026-01-01", "2026-01-01", "2026-03-31")]
    #[case("今年", "2026-11-21", "2026-01-01", "2026-12-31")]
    #[case("7d", "2026-03-03", "2026-02-25", "2026-03-03")]
    #[case("近7天", "2026-03-03", "2026-02-25", "2026-03-03")]
    #[case("近 7 天", "2026-03-03", "2026-02-25", "2026-03-03")]
    #[case("last 7 days", "2026-03-03", "2026-02-25", "2026-03-03")]
    #[case("最近7天", "2026-03-03", "2026-02-25", "2026-03-03")]
    #[case("1d", "2026-03-03", "2026-03-03", "2026-03-03")]
    #[case("2026-02", "2026-11-21", "2026-02-01", "2026-02-28")]
    #[case("2026-W01", "2026-11-21", "2025-12-29", "2026-01-04")]
    #[case("2026-w53", "2026-11-21", "2026-12-28", "2027-01-03")]
    #[case("2026-03-01..2026-03-31", "2026-11-21", "2026-03-01", "2026-03-31")]
    #[case("2026-03-08", "2026-11-21", "2026-03-08", "2026-03-08")]
    #[case("2026-3-8", "2026-11-21", "2026-03-08", "2026-03-08")]
    #[case("2026-10-1..2026/10/15", "2026-11-21", "2026-10-01", "2026-10-15")]
    fn words_resolve_at_the_edges_of_the_calendar(
        #[case] word: &str,
        #[case] today: &str,
        #[case] from: &str,
        #[case] to: &str,
    ) {
        let spec: PeriodSpec = word.parse().unwrap();
        assert_eq!(spec.resolve(day(today)), period(from, to));
    }

    #[rstest]
    #[case("")]
    #[case("2026-13")]
    #[case("2025-W53")]
    #[case("2026-W00")]
    #[case("2026-3")]
    #[case("0d")]
    #[case("-7d")]
    #[case("9999d")]
    #[case("2026-03-31..2026-03-01")]
    #[case("2026-02-30")]
    #[case("2026-2-3-4")]
    #[case("26-2-3")]
    #[case("7 d")]
    #[case("近7")]
    #[case("近天")]
    #[case("近0天")]
    fn other_words_are_refused(#[case] word: &str) {
        assert!(word.parse::<PeriodSpec>().is_err());
    }

    #[test]
    fn every_spec_reads_back_from_what_it_prints() {
        let d = day("2026-03-01");
        for spec in [
            PeriodSpec::Today,
            PeriodSpec::Yesterday,
            PeriodSpec::Week,
            PeriodSpec::Month,
            PeriodSpec::Quarter,
            PeriodSpec::Year,
            PeriodSpec::LastWeek,
            PeriodSpec::LastMonth,
            PeriodSpec::Last(90),
            PeriodSpec::MonthOf(2026, 3),
            PeriodSpec::WeekOf(2026, 7),
            PeriodSpec::Range(d, d),
            PeriodSpec::Range(d, d.plus(30)),
        ] {
            assert_eq!(spec.to_string().parse(), Ok(spec));
        }
    }

    #[rstest]
    // Running periods: the same number of days of the earlier one.
    #[case("month", "2026-03-10", "2026-02-01", "2026-02-10")]
    #[case("month", "2026-03-31", "2026-02-01", "2026-02-28")]
    #[case("week", "2026-03-11", "2026-03-02", "2026-03-04")]
    #[case("quarter", "2026-04-01", "2026-01-01", "2026-01-01")]
    #[case("year", "2024-12-31", "2023-01-01", "2023-12-31")]
    #[case("today", "2026-03-01", "2026-02-28", "2026-02-28")]
    // Ended periods: whole against whole.
    #[case("last-month", "2026-03-10", "2026-01-01", "2026-01-31")]
    #[case("yesterday", "2026-03-10", "2026-03-08", "2026-03-08")]
    #[case("7d", "2026-03-10", "2026-02-25", "2026-03-03")]
    #[case("2026-03-01..2026-03-31", "2026-11-21", "2026-02-01", "2026-02-28")]
    #[case("2026-03-02..2026-03-05", "2026-11-21", "2026-02-26", "2026-03-01")]
    // A month that has not begun is compared whole.
    #[case("2026-12", "2026-11-21", "2026-11-01", "2026-11-30")]
    fn a_part_is_compared_with_a_part(
        #[case] word: &str,
        #[case] today: &str,
        #[case] from: &str,
        #[case] to: &str,
    ) {
        let spec: PeriodSpec = word.parse().unwrap();
        assert_eq!(spec.previous(day(today)), period(from, to));
    }

    #[test]
    fn a_period_is_partial_until_its_last_day_is_over() {
        let march = period("2026-03-01", "2026-03-31");
        assert!(march.partial(day("2026-03-31")));
        assert!(!march.partial(day("2026-04-01")));
        assert_eq!(march.days(), 31);
        assert!(march.contains(day("2026-03-31")) && !march.contains(day("2026-04-01")));
    }

    #[test]
    fn targets_are_matched_by_calendar_unit() {
        let unit = |from, to| period(from, to).calendar();
        assert_eq!(
            unit("2026-03-01", "2026-03-31"),
            Some((PeriodKind::Month, day("2026-03-01")))
        );
        assert_eq!(
            unit("2026-03-02", "2026-03-08"),
            Some((PeriodKind::Week, day("2026-03-02")))
        );
        assert_eq!(
            unit("2026-01-01", "2026-03-31"),
            Some((PeriodKind::Quarter, day("2026-01-01")))
        );
        assert_eq!(
            unit("2026-01-01", "2026-12-31"),
            Some((PeriodKind::Year, day("2026-01-01")))
        );
        assert_eq!(
            unit("2026-03-03", "2026-03-03"),
            Some((PeriodKind::Day, day("2026-03-03")))
        );
        assert_eq!(unit("2026-03-03", "2026-03-09"), None);
    }

    #[test]
    fn days_keep_their_length_where_clocks_change() {
        let zone = crate::domain::Zone::parse("America/New_York").unwrap();
        let hours = |d: &str| (zone.start_of(day(d).plus(1)) - zone.start_of(day(d))) / 3600;
        assert_eq!(hours("2026-03-08"), 23);
        assert_eq!(hours("2026-11-01"), 25);
        assert_eq!(hours("2026-07-01"), 24);
        for d in ["2026-03-08", "2026-11-01"] {
            let (start, end) = (zone.start_of(day(d)), zone.start_of(day(d).plus(1)));
            assert_eq!(zone.day_of(start), day(d));
            assert_eq!(zone.day_of(end - 1), day(d));
            assert_eq!(zone.day_of(start - 1), day(d).plus(-1));
        }
        // Midnight itself does not exist on this day.
        let beirut = crate::domain::Zone::parse("Asia/Beirut").unwrap();
        let skipped = day("2026-03-29");
        assert_eq!(beirut.day_of(beirut.start_of(skipped)), skipped);
        assert_eq!(
            beirut.day_of(beirut.start_of(skipped) - 1),
            skipped.plus(-1)
        );
        // Shanghai had summer time until 1991; 28 Feb 16:00 UTC is the first instant of March.
        let shanghai = crate::domain::Zone::default();
        assert_eq!(shanghai.start_of(day("2026-03-01")), 1_772_294_400);
    }
}
