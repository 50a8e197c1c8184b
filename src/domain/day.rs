//! Business days and the workspace's time zone.
//!
//! Instants are unix seconds UTC everywhere; a *business day* is a calendar day in the workspace's zone.
//! No type here reads a clock: "now" comes in as [`AsOf`].

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeZone, Timelike};

/// Minutes of a day.
const MINUTES_A_DAY: i64 = 24 * 60;

/// A business day: days since 1970-01-01 in the workspace's zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day of a calendar date.
    pub fn from_date(date: NaiveDate) -> Self {
        Self(date.num_days_from_ce() - 719_163)
    }

    /// The calendar date; years outside chrono's range clamp to its ends.
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(719_163)).unwrap_or(
            if self.0 < 0 {
                NaiveDate::MIN
            } else {
                NaiveDate::MAX
            },
        )
    }

    /// Reads `YYYY-MM-DD` exactly (four, two and two digits); anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        let ok = text.len() == 10
            && text.bytes().enumerate().all(|(i, b)| {
                if i == 4 || i == 7 {
                    b == b'-'
                } else {
                    b.is_ascii_digit()
                }
            });
        ok.then(|| {
            NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()
                .map(Self::from_date)
        })
        .flatten()
    }

    /// The day `n` days later (earlier when negative).
    #[must_use]
    pub fn plus(self, n: i32) -> Self {
        Self(self.0.saturating_add(n))
    }
}

impl std::fmt::Display for Day {
    /// `YYYY-MM-DD`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.date().format("%Y-%m-%d"))
    }
}

/// The workspace's time zone (`meta.tz`, default Asia/Shanghai).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub chrono_tz::Tz);

impl Default for Zone {
    fn default() -> Self {
        Self(chrono_tz::Asia::Shanghai)
    }
}

impl Zone {
    /// Reads an IANA name such as `Asia/Shanghai`.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// The business day an instant (unix seconds) falls on.
    pub fn day_of(self, at: i64) -> Day {
        DateTime::from_timestamp(at, 0).map_or(Day(0), |utc| {
            Day::from_date(utc.with_timezone(&self.0).date_naive())
        })
    }

    /// First instant (unix seconds) of a day; the day ends where the next one begins.
    pub fn start_of(self, day: Day) -> i64 {
        let midnight = day.date().and_hms_opt(0, 0, 0).unwrap_or_default();
        match self.0.from_local_datetime(&midnight) {
            chrono::LocalResult::Single(t) | chrono::LocalResult::Ambiguous(t, _) => t.timestamp(),
            // Midnight skipped by a clock change: the day begins with the hour that exists.
            chrono::LocalResult::None => self
                .0
                .from_local_datetime(&(midnight + chrono::Duration::hours(1)))
                .earliest()
                .map_or(i64::from(day.0) * 86_400, |t| t.timestamp()),
        }
    }

    /// The instant (unix seconds) at which the clock shows a local time: the first of two where it was put back; `None` where
    /// it was put forward over it.
    pub fn instant_of(self, local: NaiveDateTime) -> Option<i64> {
        self.0
            .from_local_datetime(&local)
            .earliest()
            .map(|at| at.timestamp())
    }

    /// The instant on a day at which the clock shows the time of day it shows at `at`. Where it shows that twice it is the
    /// second time only if it was at `at`; where it jumps over it, the last second before the jump.
    pub fn same_clock(self, at: i64, day: Day) -> i64 {
        let shown = self.local(at);
        let passes = |local: NaiveDateTime| self.0.from_local_datetime(&local);
        let is_second = passes(shown)
            .latest()
            .is_some_and(|t| t.timestamp() == at && passes(shown).earliest() != Some(t));
        let wanted = day.date().and_time(shown.time());
        let found = if is_second {
            passes(wanted).latest()
        } else {
            passes(wanted).earliest()
        };
        // Clocks jump at whole minutes.
        let whole = wanted - chrono::Duration::seconds(i64::from(wanted.second()));
        let before_the_jump = || {
            (1..=MINUTES_A_DAY)
                .map(|n| whole - chrono::Duration::minutes(n))
                .find_map(|minute| self.instant_of(minute))
                .map(|minute| minute + 59)
        };
        found
            .map(|t| t.timestamp())
            .or_else(before_the_jump)
            .unwrap_or_else(|| self.start_of(day))
    }

    /// The local wall-clock time of an instant, for display.
    pub fn local(self, at: i64) -> NaiveDateTime {
        DateTime::from_timestamp(at, 0).map_or_else(Default::default, |utc| {
            utc.with_timezone(&self.0).naive_local()
        })
    }
}

/// "Now" for a computation: an instant and the zone it is read in. `--as-of` sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Unix seconds UTC.
    pub unix: i64,
    /// The workspace's zone.
    pub zone: Zone,
}

/// A "now" that stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Unix seconds.
    pub at: i64,
    /// It had not come yet when the file was opened.
    pub ahead: bool,
}

impl AsOf {
    /// The business day that is going on.
    pub fn today(self) -> Day {
        self.zone.day_of(self.unix)
    }

    /// The first day whose statistics are not whole yet: today, and at its last second the day after.
    pub fn open_day(self) -> Day {
        self.zone.day_of(self.unix.saturating_add(1))
    }

    /// How much of today has passed, 0..=1.
    pub fn day_fraction(self) -> f64 {
        let (start, end) = (
            self.zone.start_of(self.today()),
            self.zone.start_of(self.today().plus(1)),
        );
        ((self.unix - start) as f64 / (end - start).max(1) as f64).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same time of another day, both in local time with an offset.
    fn same(zone: &str, at: &str, day: &str) -> String {
        let zone = Zone::parse(zone).unwrap();
        let at = DateTime::parse_from_rfc3339(at).unwrap().timestamp();
        let found = zone.same_clock(at, Day::parse(day).unwrap());
        let found = DateTime::from_timestamp(found, 0).unwrap();
        found.with_timezone(&zone.0).to_rfc3339()
    }

    #[test]
    fn the_same_time_of_another_day_is_what_the_clock_shows() {
        for (at, day, wanted) in [
            // Noon after the clock was put forward on the eighth of March, against noons before it and of the day itself.
            (
                "2026-03-09T12:00:00-04:00",
                "2026-03-02",
                "2026-03-02T12:00:00-05:00",
            ),
            (
                "2026-03-15T12:00:00-04:00",
                "2026-03-08",
                "2026-03-08T12:00:00-04:00",
            ),
            (
                "2026-03-08T12:00:00-04:00",
                "2026-03-01",
                "2026-03-01T12:00:00-05:00",
            ),
            // Half past two is jumped over on the eighth.
            (
                "2026-03-15T02:30:10-04:00",
                "2026-03-08",
                "2026-03-08T01:59:59-05:00",
            ),
            (
                "2026-03-15T03:00:00-04:00",
                "2026-03-08",
                "2026-03-08T03:00:00-04:00",
            ),
            // Half past one comes twice on the first of November.
            (
                "2026-11-08T01:30:00-05:00",
                "2026-11-01",
                "2026-11-01T01:30:00-04:00",
            ),
            (
                "2026-11-08T02:00:00-05:00",
                "2026-11-01",
                "2026-11-01T02:00:00-05:00",
            ),
            (
                "2026-11-01T01:30:00-04:00",
                "2026-10-25",
                "2026-10-25T01:30:00-04:00",
            ),
            (
                "2026-11-01T01:30:00-05:00",
                "2026-10-25",
                "2026-10-25T01:30:00-04:00",
            ),
            (
                "2026-11-01T01:30:00-05:00",
                "2026-11-01",
                "2026-11-01T01:30:00-05:00",
            ),
        ] {
            assert_eq!(same("America/New_York", at, day), wanted, "{at} on {day}");
        }
        // Midnight itself is jumped over.
        let before = same("Asia/Beirut", "2026-04-05T00:30:00+03:00", "2026-03-29");
        assert_eq!(before, "2026-03-28T23:59:59+02:00");
    }
}
