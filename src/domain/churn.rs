//! Purchase churn: who is overdue, by the workspace's own intervals (metrics.md 4.12).
//!
//! Relation churn (they deleted us) and activity churn (they fell silent) are other numbers and never mixed in here.

use super::{Day, Fen};

/// Fewer intervals than this say nothing: 30/60/90 days are used instead.
pub const MIN_INTERVALS: u64 = 200;
/// A customer with this many intervals is judged by their own rhythm.
pub const OWN_INTERVALS: u32 = 3;
/// Without a purchase for longer they are lost, whatever the intervals.
pub const LOST_DAYS: i32 = 365;

/// Days between consecutive purchase days of the same buyer, counted by length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals {
    counts: Vec<u64>,
    total: u64,
}

/// Longest interval told apart, days; longer ones count as this long.
const LONGEST: u32 = 3_660;

impl Intervals {
    /// Counts one interval.
    pub fn add(&mut self, days: u32) {
        if let Ok(at) = usize::try_from(days.min(LONGEST)) {
            if self.counts.len() <= at {
                self.counts.resize(at + 1, 0);
            }
            if let Some(count) = self.counts.get_mut(at) {
                *count += 1;
                self.total += 1;
            }
        }
    }

    /// How many were counted.
    pub fn len(&self) -> u64 {
        self.total
    }

    /// None was counted.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Intervals of at most this many days.
    pub fn within(&self, days: u32) -> u64 {
        self.counts
            .iter()
            .take(
                usize::try_from(days)
                    .unwrap_or(usize::MAX)
                    .saturating_add(1),
            )
            .sum()
    }

    /// Smallest number of days that at least `percent` % of the intervals do not exceed (nearest rank); `None` without
    /// intervals.
    pub fn percentile(&self, percent: u64) -> Option<i32> {
        let needed = (self.total * percent.min(100)).div_ceil(100).max(1);
        let mut seen = 0;
        self.counts
            .iter()
            .position(|count| {
                seen += count;
                seen >= needed
            })
            .and_then(|days| i32::try_from(days).ok())
    }

    /// The cuts of these intervals; the fixed ones when there are fewer than [`MIN_INTERVALS`].
    pub fn cuts(&self) -> Cuts {
        let own = || {
            Some(Cuts {
                p75: self.percentile(75)?,
                p90: self.percentile(90)?,
                p95: self.percentile(95)?,
            })
        };
        (self.total >= MIN_INTERVALS)
            .then(own)
            .flatten()
            .unwrap_or(Cuts::FIXED)
    }
}

/// Overdue from these many days without a purchase: levels 1, 2 and 3 begin *after* them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cuts {
    /// Days after which level 1 begins.
    pub p75: i32,
    /// Days after which level 2 begins.
    pub p90: i32,
    /// Days after which level 3 begins; twice as long is lost.
    pub p95: i32,
}

/// A buyer's purchase days, all of history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purchases {
    /// First day with a purchase that still stands.
    pub first: Day,
    /// Last day with one.
    pub last: Day,
    /// Distinct days with one.
    pub days: u32,
}

/// Where a buyer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// Bought once: a list of its own ("second order"), else one-time buyers would swamp the warning.
    Once,
    /// Level 0: not overdue, 1..=3: overdue.
    Level(u8),
    /// Long gone: no longer a warning.
    Lost,
}

impl Overdue {
    /// The level 0..=3; `None` for one-time and lost buyers.
    pub fn level(self) -> Option<u8> {
        match self {
            Self::Level(level) => Some(level),
            Self::Once | Self::Lost => None,
        }
    }
}

impl Cuts {
    /// Used when there are too few intervals.
    pub const FIXED: Self = Self {
        p75: 30,
        p90: 60,
        p95: 90,
    };

    /// Where a buyer stands today. With three intervals or more their own rhythm rules: level 1 begins after twice
    /// their mean interval, and the other cuts keep their proportion to it.
    pub fn overdue(self, buyer: Purchases, today: Day) -> Overdue {
        let gap = today.0.saturating_sub(buyer.last.0).max(0);
        let (num, den) = buyer.own_scale(self.p75);
        // In whole numbers: a gap of exactly twice the mean is not over it.
        let over = |cut: i32| i128::from(gap) * den > i128::from(cut) * num;
        let lost = gap > LOST_DAYS || over(self.p95.saturating_mul(2));
        match (buyer.days, lost) {
            (..=1, _) => Overdue::Once,
            (_, true) => Overdue::Lost,
            (_, false) if over(self.p95) => Overdue::Level(3),
            (_, false) if over(self.p90) => Overdue::Level(2),
            (_, false) => Overdue::Level(u8::from(over(self.p75))),
        }
    }
}

impl Purchases {
    /// Twice the own mean interval over the workspace's first cut, as a fraction; 1 without a rhythm of one's own.
    fn own_scale(self, first_cut: i32) -> (i128, i128) {
        let intervals = self.days.saturating_sub(1);
        let span = self.last.0.saturating_sub(self.first.0);
        if intervals < OWN_INTERVALS || span <= 0 || first_cut <= 0 {
            return (1, 1);
        }
        (
            2 * i128::from(span),
            i128::from(intervals) * i128::from(first_cut),
        )
    }
}

/// Mean yearly net money of a buyer (all of it while observed for less than a year) times the weight of the level:
/// 0.25, 0.5, 0.75. Zero at level 0 and for negative money.
pub fn value_at_risk(money: Fen, first: Day, today: Day, level: u8) -> Fen {
    let observed = i128::from(today.0.saturating_sub(first.0).saturating_add(1)).max(365);
    let quarters = i128::from(level.min(3));
    let numerator = i128::from(money.0.max(0)) * 365 * quarters;
    let denominator = observed * 4;
    let value = (2 * numerator + denominator) / (2 * denominator);
    Fen(i64::try_from(value).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const CUTS: Cuts = Cuts {
        p75: 60,
        p90: 120,
        p95: 150,
    };

    fn bought(first: i32, last: i32, days: u32) -> Purchases {
        Purchases {
            first: Day(first),
            last: Day(last),
            days,
        }
    }

    #[test]
    fn percentiles_are_nearest_rank_and_need_two_hundred_intervals() {
        let mut intervals = Intervals::default();
        assert_eq!(intervals.percentile(50), None);
        for days in 1..=100 {
            intervals.add(days);
        }
        assert_eq!(intervals.cuts(), Cuts::FIXED);
        for days in 1..=100 {
            intervals.add(days);
        }
        assert_eq!(
            intervals.cuts(),
            Cuts {
                p75: 75,
                p90: 90,
                p95: 95
            }
        );
        assert_eq!((intervals.within(30), intervals.len()), (60, 200));
        intervals.add(u32::MAX);
        assert_eq!(intervals.percentile(100), Some(3_660));
    }

    #[test]
    fn the_published_distribution_watches_from_90_and_alarms_from_120() {
        // 84 % of intervals within 90 days, 90 % within 120.
        let mut intervals = Intervals::default();
        for (days, count) in [(30, 60), (90, 24), (120, 6), (200, 10)] {
            (0..count * 10).for_each(|_| intervals.add(days));
        }
        assert_eq!(intervals.percentile(84), Some(90));
        assert_eq!(intervals.percentile(90), Some(120));
    }

    #[rstest]
    #[case(60, Overdue::Level(0))]
    #[case(61, Overdue::Level(1))]
    #[case(120, Overdue::Level(1))]
    #[case(121, Overdue::Level(2))]
    #[case(151, Overdue::Level(3))]
    #[case(300, Overdue::Level(3))]
    #[case(301, Overdue::Lost)]
    fn levels_begin_after_their_cut(#[case] gap: i32, #[case] expected: Overdue) {
        assert_eq!(CUTS.overdue(bought(0, 100, 3), Day(100 + gap)), expected);
    }

    #[test]
    fn one_time_buyers_are_a_list_of_their_own_and_a_year_is_lost() {
        assert_eq!(CUTS.overdue(bought(0, 0, 1), Day(500)), Overdue::Once);
        let slow = Cuts {
            p75: 300,
            p90: 320,
            p95: 340,
        };
        assert_eq!(slow.overdue(bought(0, 100, 2), Day(466)), Overdue::Lost);
        assert_eq!(slow.overdue(bought(0, 100, 2), Day(465)).level(), Some(3));
    }

    #[test]
    fn a_rhythm_of_ones_own_replaces_the_workspace() {
        // Every 10 days: overdue after 20, levels 2 and 3 after 40 and 50 (120/60 and 150/60 of it), lost after 100.
        let weekly = bought(0, 30, 4);
        for (gap, expected) in [
            (20, Overdue::Level(0)),
            (21, Overdue::Level(1)),
            (41, Overdue::Level(2)),
            (51, Overdue::Level(3)),
            (101, Overdue::Lost),
        ] {
            assert_eq!(CUTS.overdue(weekly, Day(30 + gap)), expected, "{gap}");
        }
        // A purchase dated in the future is not overdue.
        assert_eq!(CUTS.overdue(weekly, Day(0)), Overdue::Level(0));
    }

    #[test]
    fn a_gap_of_exactly_twice_the_mean_is_not_overdue() {
        // 102 days in 4 intervals: 25.5 on average; over from 52 on. 21 × (51 ÷ 21) is not 51 in floating point.
        let cuts = Cuts { p75: 21, ..CUTS };
        assert_eq!(
            cuts.overdue(bought(0, 102, 5), Day(102 + 51)),
            Overdue::Level(0)
        );
        assert_eq!(
            cuts.overdue(bought(0, 102, 5), Day(102 + 52)),
            Overdue::Level(1)
        );
    }

    #[test]
    fn value_at_risk_is_a_year_of_money_times_the_weight() {
        let year = Fen(120_000);
        assert_eq!(value_at_risk(year, Day(0), Day(100), 0), Fen(0));
        assert_eq!(value_at_risk(year, Day(0), Day(100), 1), Fen(30_000));
        assert_eq!(value_at_risk(year, Day(0), Day(100), 3), Fen(90_000));
        // Two years observed: half of it a year.
        assert_eq!(value_at_risk(year, Day(0), Day(729), 2), Fen(30_000));
        assert_eq!(value_at_risk(Fen(-5), Day(0), Day(1), 3), Fen(0));
        assert_eq!(
            value_at_risk(Fen(i64::MAX), Day(0), Day(1), 3),
            Fen(6_917_529_027_641_081_855)
        );
    }
}
