//! Repurchase (metrics.md 4.5). Purchases of one buyer on the same day are one; fully refunded orders are none.

use super::churn::Intervals;
use super::{Day, Rate, period::Period};

/// Buyers of a period by what they did before and again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repurchase {
    /// Buyers in the period.
    pub buyers: u64,
    /// Those with two purchase days or more in the period.
    pub repeat: u64,
    /// Those who had bought before the period.
    pub returning: u64,
}

impl Repurchase {
    /// Counts one buyer; `days` are the distinct purchase days in ascending order.
    pub fn add(&mut self, days: &[Day], period: Period) {
        let inside = days.iter().filter(|day| period.contains(**day)).count();
        if inside == 0 {
            return;
        }
        self.buyers += 1;
        self.repeat += u64::from(inside >= 2);
        self.returning += u64::from(days.first().is_some_and(|first| *first < period.from));
    }

    /// 期内复购率: buyers with two purchase days or more in the period over its buyers.
    pub fn repurchase_rate(self) -> Rate {
        rate(self.repeat, self.buyers)
    }

    /// 老客占比: buyers who had bought before the period over its buyers.
    pub fn returning_share(self) -> Rate {
        rate(self.returning, self.buyers)
    }

    /// 新客占比: the others.
    pub fn new_share(self) -> Rate {
        rate(self.buyers.saturating_sub(self.returning), self.buyers)
    }
}

/// 首购后N日复购率: first-time buyers of a cohort who bought again within `n` days, over those observed that long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Return {
    /// First-time buyers of the cohort observed `n` days or more.
    pub observed: u64,
    /// Those who bought again within `n` days.
    pub came_back: u64,
}

impl Return {
    /// Counts one buyer; `days` ascending and distinct; `cohort` is when the first purchase fell.
    pub fn add(&mut self, days: &[Day], cohort: Period, n: i32, today: Day) {
        let Some(first) = days.first().filter(|first| cohort.contains(**first)) else {
            return;
        };
        if first.plus(n) > today {
            return;
        }
        self.observed += 1;
        let again = days.get(1).is_some_and(|second| *second <= first.plus(n));
        self.came_back += u64::from(again);
    }

    /// Those who came back within `n` days over those observed so long (metrics.md 4.5); no value where nobody was.
    pub fn rate(self) -> Rate {
        rate(self.came_back, self.observed)
    }
}

/// Counts the intervals of one buyer that end inside the period; `days` ascending and distinct.
pub fn add_intervals(intervals: &mut Intervals, days: &[Day], period: Period) {
    for (earlier, later) in days.iter().zip(days.iter().skip(1)) {
        if period.contains(*later)
            && let Ok(gap) = u32::try_from(later.0.saturating_sub(earlier.0))
        {
            intervals.add(gap);
        }
    }
}

/// Share of intervals within so many days. Its base is people who did buy again: it is not the share of customers who
/// come back (see [`Return`]).
pub fn interval_share(intervals: &Intervals, days: u32) -> Rate {
    rate(intervals.within(days), intervals.len())
}

fn rate(num: u64, den: u64) -> Rate {
    Rate {
        num: num as f64,
        den: den as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(texts: &[&str]) -> Vec<Day> {
        texts.iter().map(|t| Day::parse(t).unwrap()).collect()
    }

    fn march() -> Period {
        Period {
            from: Day::parse("2026-03-01").unwrap(),
            to: Day::parse("2026-03-31").unwrap(),
        }
    }

    /// Purchase days of A, B, D and E of the golden month; C was fully refunded and is no buyer.
    fn golden() -> [Vec<Day>; 4] {
        [
            days(&["2026-03-01", "2026-03-20"]),
            days(&["2026-03-01", "2026-03-31"]),
            days(&["2026-03-10"]),
            days(&["2026-02-10", "2026-03-15"]),
        ]
    }

    #[test]
    fn two_of_four_buyers_bought_twice_and_one_is_an_old_customer() {
        let mut month = Repurchase::default();
        for buyer in &golden() {
            month.add(buyer, march());
        }
        assert_eq!(
            month,
            Repurchase {
                buyers: 4,
                repeat: 2,
                returning: 1
            }
        );
        assert_eq!(month.repurchase_rate().value(), Some(0.5));
        assert_eq!(month.returning_share().value(), Some(0.25));
        assert_eq!(month.new_share().value(), Some(0.75));
        assert_eq!(Repurchase::default().repurchase_rate().value(), None);
    }

    #[test]
    fn intervals_are_19_30_and_33_days() {
        let mut intervals = Intervals::default();
        for buyer in &golden() {
            add_intervals(&mut intervals, buyer, march());
        }
        assert_eq!(intervals.len(), 3);
        assert_eq!((intervals.within(18), intervals.within(19)), (0, 1));
        assert_eq!(interval_share(&intervals, 30), Rate { num: 2.0, den: 3.0 });
        assert_eq!(interval_share(&intervals, 33), Rate { num: 3.0, den: 3.0 });
    }

    #[test]
    fn only_buyers_observed_long_enough_count_towards_coming_back() {
        let today = Day::parse("2026-04-01").unwrap();
        let mut back = Return::default();
        for buyer in &golden() {
            back.add(buyer, march(), 30, today);
        }
        // A and B began on 1 March and both came back within 30 days; D was observed 22 days; E began in February.
        assert_eq!(
            back,
            Return {
                observed: 2,
                came_back: 2
            }
        );
        let mut strict = Return::default();
        for buyer in &golden() {
            strict.add(buyer, march(), 19, today);
        }
        assert_eq!(
            strict,
            Return {
                observed: 3,
                came_back: 1
            }
        );
    }
}
