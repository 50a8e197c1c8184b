//! Periods: closed intervals of business days (metrics.md 4.0).

use super::Day;

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
}

/// A resolved period, both ends included. `to` may lie in the future (a running month).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}
