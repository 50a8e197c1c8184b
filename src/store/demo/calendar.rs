//! The demo's days: first instants and ISO texts kept, because millions of rows ask for them.

use chrono::Datelike as _;

use crate::domain::{Day, Zone};

/// How far back the demo reaches, in days before today.
pub(super) const HISTORY: i32 = 400;
/// Days kept before that (staff are hired earlier than the first customer is added).
const MARGIN: i32 = 800;
/// Days kept after today (campaigns and targets end later).
const AHEAD: i32 = 400;

/// Days around "today" with what every row needs of them.
pub(super) struct Calendar {
    /// Today.
    pub(super) today: Day,
    /// Now: today 14:30 in the workspace's zone, unix seconds. No row is later.
    pub(super) now: i64,
    first: Day,
    starts: Vec<i64>,
    texts: Vec<String>,
}

impl Calendar {
    /// Days around `today`.
    pub(super) fn new(today: Day, zone: Zone) -> Self {
        let first = today.plus(-HISTORY - MARGIN);
        let count = HISTORY + MARGIN + AHEAD;
        let days = || (0..count).map(move |i| first.plus(i));
        Self {
            today,
            now: super::end_of(today, zone),
            first,
            starts: days().map(|d| zone.start_of(d)).collect(),
            texts: days().map(|d| d.to_string()).collect(),
        }
    }

    fn slot(&self, day: Day) -> usize {
        usize::try_from(day.0.saturating_sub(self.first.0)).unwrap_or(0)
    }

    /// First instant of the day `ago` days before today (negative: after it).
    pub(super) fn start(&self, ago: i32) -> i64 {
        self.start_of(self.today.plus(-ago))
    }

    /// First instant of a day; days outside the kept range clamp to its ends.
    pub(super) fn start_of(&self, day: Day) -> i64 {
        let last = self.starts.len().saturating_sub(1);
        self.starts
            .get(self.slot(day).min(last))
            .copied()
            .unwrap_or(0)
    }

    /// `YYYY-MM-DD` of a day.
    pub(super) fn text(&self, day: Day) -> &str {
        let last = self.texts.len().saturating_sub(1);
        self.texts
            .get(self.slot(day).min(last))
            .map_or("", String::as_str)
    }

    /// The day an instant falls on.
    pub(super) fn day_of(&self, at: i64) -> Day {
        let after = self.starts.partition_point(|s| *s <= at);
        self.first
            .plus(i32::try_from(after).unwrap_or(0).saturating_sub(1))
    }

    /// `YYYY-MM-DD` of an instant.
    pub(super) fn date(&self, at: i64) -> &str {
        self.text(self.day_of(at))
    }

    /// First day of today's month.
    pub(super) fn month_start(&self) -> Day {
        self.today
            .plus(-i32::try_from(self.today.date().day0()).unwrap_or(0))
    }

    /// Last day of today's month.
    pub(super) fn month_end(&self) -> Day {
        let (mut last, month) = (self.today, self.today.date().month());
        while last.plus(1).date().month() == month {
            last = last.plus(1);
        }
        last
    }

    /// Monday of today's week.
    pub(super) fn week_start(&self) -> Day {
        let after_monday = self.today.date().weekday().num_days_from_monday();
        self.today.plus(-i32::try_from(after_monday).unwrap_or(0))
    }

    /// Whole days from an instant's day to today.
    pub(super) fn days_ago(&self, at: i64) -> i32 {
        self.today.0 - self.day_of(at).0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_days_agree_with_the_zone() {
        let zone = Zone::default();
        let today = Day::parse("2026-11-11").unwrap();
        let calendar = Calendar::new(today, zone);
        assert_eq!(calendar.now, 1_794_378_600); // 2026-11-11 14:30 +08:00 = 06:30 UTC
        for ago in [-3, 0, 1, 399, 1_000] {
            let day = today.plus(-ago);
            let start = zone.start_of(day);
            assert_eq!(calendar.start(ago), start);
            assert_eq!(calendar.day_of(start), day);
            assert_eq!(calendar.day_of(start - 1), day.plus(-1));
            assert_eq!(calendar.date(start), day.to_string());
        }
        assert_eq!(calendar.days_ago(calendar.now), 0);
        assert_eq!(calendar.month_start().to_string(), "2026-11-01");
        assert_eq!(calendar.month_end().to_string(), "2026-11-30");
        assert_eq!(calendar.week_start().to_string(), "2026-11-09");
    }
}
