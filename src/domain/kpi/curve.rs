//! The share of a period's figure to expect at a moment of it (metrics.md 4.9): as the comparable periods before it went,
//! where there are three of them, else as time goes.
//!
//! Comparable to a week, month, quarter or year are the calendar units before it: the latest three of the six before that
//! are *usable*. A unit is usable when the history reaches back to its first day and it came to something in all; its
//! curve is what had come up to the end of each of its days, over all of it. The curves are read at the share of days that
//! has passed of the period asked about, today as a fraction of its day, and their mean is the share to expect.
//!
//! A metric has the curve of its own day totals: of money in the same GMV, of orders and of adds. What has no day totals
//! here (losses, net adds), and a single day, goes by time alone. The curve is that of the whole workspace, for the target
//! of a department too: how a month runs is the shop's, while staff move and single departments have thin days.
//!
//! Comparable to a campaign are the latest three campaigns of its kind that were over before it began and were not called
//! off; what was paid before a campaign's first day counts to that day.

use std::collections::BTreeMap;

use super::super::period::{Period, PeriodKind};
use super::super::{AsOf, Day};
use super::CampaignFacts;
use super::target::{MIN_CURVES, curve_share, linear_share};

/// Calendar units before a period among which the usable ones are looked for.
pub const UNITS: usize = 6;

/// What came in and went out on one business day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayTotals {
    /// Paid on the day, fen.
    pub paid: i128,
    /// Given back on the day, fen.
    pub refunded: i128,
    /// Given back so far, on whatever day, of what was paid on the day, fen.
    pub returned: i128,
    /// Orders paid on the day.
    pub orders: i64,
    /// Adds of the day.
    pub adds: i64,
}

impl DayTotals {
    /// What a metric counts of them; `None` for one that has no day totals.
    fn of(self, code: &str) -> Option<i128> {
        match code {
            "gmv" => Some(self.paid),
            "net_gmv_refund" => Some(self.paid.saturating_sub(self.refunded)),
            "net_gmv_order" => Some(self.paid.saturating_sub(self.returned)),
            "orders" => Some(self.orders.into()),
            "adds" => Some(self.adds.into()),
            _ => None,
        }
    }

    /// Adds others so many times; with −1 takes them off.
    #[inline]
    pub fn add(&mut self, other: Self, times: i64) {
        let wide = i128::from(times);
        let sum = |mine: &mut i128, theirs: i128| {
            *mine = mine.saturating_add(theirs.saturating_mul(wide));
        };
        sum(&mut self.paid, other.paid);
        sum(&mut self.refunded, other.refunded);
        sum(&mut self.returned, other.returned);
        self.orders = self.orders.saturating_add(other.orders * times);
        self.adds = self.adds.saturating_add(other.adds * times);
    }
}

/// Since when something is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since {
    /// Day of the first order.
    pub orders: Option<Day>,
    /// Day of the first add.
    pub adds: Option<Day>,
}

/// Totals of days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Daily {
    days: BTreeMap<Day, DayTotals>,
    /// Where these are some days only of a longer history.
    since: Option<Since>,
}

impl Daily {
    /// Some days of a history that began at other days.
    pub fn part(since: Since) -> Self {
        Self {
            days: BTreeMap::new(),
            since: Some(since),
        }
    }

    /// Adds totals to a day, or with −1 for `times` takes them off. A day that is left with nothing is none.
    pub fn add(&mut self, day: Day, totals: DayTotals, times: i64) {
        let sum = self.days.entry(day).or_default();
        sum.add(totals, times);
        if *sum == DayTotals::default() {
            self.days.remove(&day);
        }
    }

    /// Days with anything on them.
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// No day has anything.
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The first day an order was paid on.
    pub fn first_order(&self) -> Option<Day> {
        self.since("orders")
    }

    /// First day of the history that a metric is counted from.
    fn since(&self, code: &str) -> Option<Day> {
        let of_adds = code == "adds";
        if let Some(since) = self.since {
            return if of_adds { since.adds } else { since.orders };
        }
        let counts = |totals: &DayTotals| if of_adds { totals.adds } else { totals.orders };
        let mut known = self.days.iter();
        known
            .find(|(_, totals)| counts(totals) != 0)
            .map(|(day, _)| *day)
    }

    /// The curve of a calendar unit: what had come up to the end of each of its days, over all of it. `None` when it is not
    /// usable.
    fn curve(&self, code: &str, period: Period) -> Option<Vec<f64>> {
        self.since(code).filter(|since| *since <= period.from)?;
        self.shares(code, period, period.from)
    }

    /// Shares of what came from a day on up to the end of a period's days.
    fn shares(&self, code: &str, period: Period, from: Day) -> Option<Vec<f64>> {
        let mut days = self.days.range(from..=period.to).peekable();
        let (mut sum, mut sums) = (0_i128, Vec::new());
        for offset in 0..period.days() {
            let day = period.from.plus(offset);
            while let Some((_, totals)) = days.next_if(|(known, _)| **known <= day) {
                sum = sum.saturating_add(totals.of(code)?);
            }
            sums.push(sum);
        }
        let all = sum as f64;
        (sum > 0).then(|| sums.into_iter().map(|sum| sum as f64 / all).collect())
    }

    /// The curve of a campaign over its days: what was paid before them counts to the first.
    fn of_campaign(&self, code: &str, days: Period) -> Option<Vec<f64>> {
        self.shares(code, days, Day(i32::MIN))
    }
}

/// By what a share is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pacing {
    /// The period is over: all of it.
    Over,
    /// By the time that has passed.
    Linear,
    /// As so many periods of a kind before it went.
    Earlier(PeriodKind, u8),
}

impl Pacing {
    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::Linear => "linear",
            Self::Earlier(..) => "earlier",
        }
    }

    /// How many periods it goes by.
    pub fn periods(self) -> u8 {
        match self {
            Self::Over | Self::Linear => 0,
            Self::Earlier(_, periods) => periods,
        }
    }
}

/// The share of a period's figure to expect by now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// The share, 0..=1.
    pub share: f64,
    /// What the share was read from: the clock alone, or how earlier periods went.
    pub by: Pacing,
}

impl Expected {
    /// By time alone.
    pub fn linear(period: Period, now: AsOf) -> Self {
        Self::by_time(linear_share(period, now))
    }

    /// By the share of the time that has passed, 0..=1.
    pub fn by_time(share: f64) -> Self {
        let by = if share < 1.0 {
            Pacing::Linear
        } else {
            Pacing::Over
        };
        Self { share, by }
    }

    /// By the latest usable curves, the newest first; by time where they are too few, or the period is over.
    fn by_curves(linear: Self, kind: PeriodKind, curves: impl Iterator<Item = Vec<f64>>) -> Self {
        // Before the first moment no curve has anything to say.
        if linear.by == Pacing::Over || linear.share <= 0.0 {
            return linear;
        }
        let curves: Vec<Vec<f64>> = curves.take(MIN_CURVES).collect();
        let periods = u8::try_from(curves.len()).unwrap_or(u8::MAX);
        curve_share(&curves, linear.share).map_or(linear, |share| Self {
            share: share.clamp(0.0, 1.0),
            by: Pacing::Earlier(kind, periods),
        })
    }

    /// Of a metric over a calendar unit.
    pub fn of_unit(
        code: &str,
        (kind, period): (PeriodKind, Period),
        now: AsOf,
        daily: Option<&Daily>,
    ) -> Self {
        let curves = units_before(kind, period);
        let curves = curves.filter_map(|unit| daily?.curve(code, unit));
        Self::by_curves(Self::linear(period, now), kind, curves)
    }

    /// Of a campaign's GMV, by its code: `passed` is the share of its time, `earlier` are the comparable ones with their
    /// days, newest first.
    pub fn of_campaign<'d>(
        code: &str,
        passed: f64,
        earlier: impl Iterator<Item = (Period, &'d Daily)>,
    ) -> Self {
        let curves = earlier.filter_map(|(days, daily)| daily.of_campaign(code, days));
        Self::by_curves(Self::by_time(passed), PeriodKind::Campaign, curves)
    }
}

/// Whether a metric has day totals.
pub fn has_totals(code: &str) -> bool {
    DayTotals::default().of(code).is_some()
}

/// The calendar units before one, the latest first. A day has hours, of which no totals are kept.
fn units_before(kind: PeriodKind, period: Period) -> impl Iterator<Item = Period> {
    let most = match kind {
        PeriodKind::Week | PeriodKind::Month | PeriodKind::Quarter | PeriodKind::Year => UNITS,
        PeriodKind::Day | PeriodKind::Campaign => 0,
    };
    let before = move |unit: &Period| Some(Period::unit(kind, unit.from.plus(-1)));
    std::iter::successors(Some(period), before)
        .skip(1)
        .take(most)
}

/// The days of so many calendar units before one; `None` where there are none to look at.
pub fn span_before(kind: PeriodKind, period: Period, units: usize) -> Option<Period> {
    let first = units_before(kind, period).take(units).last()?;
    Some(Period {
        from: first.from,
        to: period.from.plus(-1),
    })
}

/// Whether the latest units before one are usable all: further back nothing is looked at.
pub fn suffices(daily: &Daily, code: &str, (kind, period): (PeriodKind, Period)) -> bool {
    let mut latest = units_before(kind, period).take(MIN_CURVES);
    latest.all(|unit| daily.curve(code, unit).is_some())
}

/// The campaigns comparable to one, newest first; none where they are too few. `since` is the first day of the history.
pub fn comparable<'c>(
    campaign: &CampaignFacts,
    all: &'c [CampaignFacts],
    days: impl Fn(&CampaignFacts) -> Period,
    since: Option<Day>,
) -> Vec<(&'c CampaignFacts, Period)> {
    let begins = days(campaign).from;
    let mut earlier: Vec<(&CampaignFacts, Period)> = all
        .iter()
        .filter(|other| other.kind == campaign.kind && other.status.as_str() != "cancelled")
        .map(|other| (other, days(other)))
        .filter(|(_, days)| days.to < begins && since.is_some_and(|since| since <= days.from))
        .collect();
    earlier.sort_by_key(|(other, days)| (std::cmp::Reverse(days.from), other.id));
    earlier.truncate(UNITS);
    if earlier.len() < MIN_CURVES {
        earlier.clear();
    }
    earlier
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CampaignId, SafeText, Zone};

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    /// The first second of a day in Shanghai, and seconds after it.
    fn at(text: &str, seconds: i64) -> AsOf {
        let zone = Zone::default();
        AsOf {
            unix: zone.start_of(day(text)) + seconds,
            zone,
        }
    }

    fn month(text: &str) -> (PeriodKind, Period) {
        (
            PeriodKind::Month,
            Period::unit(PeriodKind::Month, day(text)),
        )
    }

    fn sold(daily: &mut Daily, on: &str, paid: i128) {
        let totals = DayTotals {
            paid,
            orders: 1,
            ..DayTotals::default()
        };
        daily.add(day(on), totals, 1);
    }

    fn back(daily: &mut Daily, on: &str, refunded: i128, returned: i128) {
        let totals = DayTotals {
            refunded,
            returned,
            ..DayTotals::default()
        };
        daily.add(day(on), totals, 1);
    }

    /// August: a quarter on its first day, the rest on its last. September: the same every day. October: all on its last day.
    fn three_months() -> Daily {
        let mut daily = Daily::default();
        sold(&mut daily, "2026-08-01", 100);
        sold(&mut daily, "2026-08-31", 300);
        for n in 0..30 {
            sold(&mut daily, &day("2026-09-01").plus(n).to_string(), 7);
        }
        sold(&mut daily, "2026-10-31", 50);
        daily
    }

    fn november(daily: &Daily, code: &str, now: AsOf) -> Expected {
        Expected::of_unit(code, month("2026-11-01"), now, Some(daily))
    }

    #[test]
    fn a_month_is_expected_to_go_as_the_mean_of_three_before_it() {
        // Half of November has passed: of August a quarter had come by then, of September half, of October nothing.
        let expected = november(&three_months(), "gmv", at("2026-11-16", 0));
        assert!((expected.share - 0.25).abs() < 1e-12, "{expected:?}");
        assert_eq!(expected.by, Pacing::Earlier(PeriodKind::Month, 3));
    }

    #[test]
    fn today_counts_as_a_fraction_of_its_day() {
        // A fortieth of the month on its first day at 18:00. In August 0.775 of a day: 0.775 of the quarter that came on its
        // first; in September a fortieth.
        let expected = november(&three_months(), "gmv", at("2026-11-01", 64_800));
        let mean = (0.25 * 0.775 + 0.025) / 3.0;
        assert!((expected.share - mean).abs() < 1e-12, "{expected:?}");
    }

    #[test]
    fn a_month_that_is_partly_unknown_or_empty_is_left_out() {
        let now = at("2026-11-16", 0);
        let mut late = three_months();
        let first = DayTotals {
            paid: 100,
            orders: 1,
            ..DayTotals::default()
        };
        // The history begins on the second of August: two months are too few.
        late.add(day("2026-08-01"), first, -1);
        late.add(day("2026-08-02"), first, 1);
        let expected = november(&late, "gmv", now);
        assert_eq!((expected.share, expected.by), (0.5, Pacing::Linear));
        // Nothing was sold in July: of the months before it June takes its place, were October empty too.
        let mut gap = three_months();
        sold(&mut gap, "2026-06-01", 9);
        let october = DayTotals {
            paid: 50,
            orders: 1,
            ..DayTotals::default()
        };
        gap.add(day("2026-10-31"), october, -1);
        let expected = november(&gap, "gmv", now);
        assert!((expected.share - (0.25 + 0.5 + 1.0) / 3.0).abs() < 1e-12);
        assert!(!suffices(&gap, "gmv", month("2026-11-01")));
        assert!(suffices(&three_months(), "gmv", month("2026-11-01")));
    }

    #[test]
    fn each_gmv_goes_by_its_own_totals() {
        let mut daily = three_months();
        // The August order of the last day is given back by half on that day, and by half in September's end.
        back(&mut daily, "2026-08-31", 150, 300);
        back(&mut daily, "2026-09-30", 150, 0);
        let now = at("2026-11-16", 0);
        // By refund date August came to 250, 100 of it on the first; September to 60 after 105 in its first half.
        let refund = november(&daily, "net_gmv_refund", now);
        assert!((refund.share - (0.4 + 105.0 / 60.0) / 3.0).abs() < 1e-12);
        // By order date August is its first day alone.
        let order = november(&daily, "net_gmv_order", now);
        assert!((order.share - (1.0 + 0.5) / 3.0).abs() < 1e-12);
        // Two orders, thirty, one.
        let orders = november(&daily, "orders", now);
        assert!((orders.share - (0.5 + 0.5) / 3.0).abs() < 1e-12);
        assert_eq!(november(&daily, "adds", now).by, Pacing::Linear);
        assert_eq!(november(&daily, "lost", now).by, Pacing::Linear);
    }

    #[test]
    fn a_day_goes_by_the_clock_and_what_is_over_by_nothing() {
        let daily = three_months();
        let noon = at("2026-11-16", 43_200);
        let today = (PeriodKind::Day, Period::day(day("2026-11-16")));
        let expected = Expected::of_unit("gmv", today, noon, Some(&daily));
        assert_eq!((expected.share, expected.by), (0.5, Pacing::Linear));
        let over = november(&daily, "gmv", at("2026-12-01", 0));
        assert_eq!((over.share, over.by), (1.0, Pacing::Over));
    }

    #[test]
    fn what_is_taken_off_leaves_no_trace() {
        let mut daily = three_months();
        sold(&mut daily, "2026-01-01", 5);
        let totals = DayTotals {
            paid: 5,
            orders: 1,
            ..DayTotals::default()
        };
        daily.add(day("2026-01-01"), totals, -1);
        assert_eq!(daily, three_months());
        assert_eq!(daily.first_order(), Some(day("2026-08-01")));
    }

    fn campaign(id: i64, kind: &str, status: &str, from: &str, days: i32) -> CampaignFacts {
        let zone = Zone::default();
        CampaignFacts {
            id: CampaignId(id),
            name: SafeText::new("活动"),
            kind: SafeText::new(kind),
            status: SafeText::new(status),
            warmup_at: None,
            starts_at: zone.start_of(day(from)),
            ends_at: zone.start_of(day(from).plus(days)),
        }
    }

    fn days_of(campaign: &CampaignFacts) -> Period {
        let zone = Zone::default();
        Period {
            from: zone.day_of(campaign.starts_at),
            to: zone.day_of(campaign.ends_at - 1),
        }
    }

    #[test]
    fn comparable_are_earlier_campaigns_of_the_kind_that_were_over_and_not_called_off() {
        let mut all = vec![
            campaign(1, "flash", "ended", "2026-05-01", 2),
            campaign(2, "flash", "ended", "2026-06-01", 2),
            campaign(3, "flash", "reviewed", "2026-07-01", 2),
            campaign(4, "flash", "cancelled", "2026-08-01", 2),
            campaign(5, "live", "ended", "2026-08-03", 2),
            campaign(6, "flash", "ended", "2026-11-09", 3),
            campaign(7, "flash", "running", "2026-11-10", 4),
        ];
        let ids = |all: &[CampaignFacts], since| -> Vec<i64> {
            let of = all.last().unwrap();
            let found = comparable(of, all, days_of, since);
            found.iter().map(|(c, _)| c.id.0).collect()
        };
        assert_eq!(ids(&all, Some(day("2026-05-01"))), [3, 2, 1]);
        assert!(ids(&all, Some(day("2026-05-02"))).is_empty());
        assert!(ids(&all, None).is_empty());
        all.insert(0, campaign(8, "flash", "ended", "2026-04-01", 2));
        assert_eq!(ids(&all, Some(day("2026-01-01"))), [3, 2, 1, 8]);
    }

    #[test]
    fn a_campaign_goes_as_those_before_it_and_what_was_paid_early_counts_to_the_first_day() {
        let mut days = [Daily::default(), Daily::default(), Daily::default()];
        // 30 before it and 10 on the first of two days, 60 on the second, 500 after the end: 0.4 at half-time.
        for (on, paid) in [
            ("2026-04-29", 30),
            ("2026-05-01", 10),
            ("2026-05-02", 60),
            ("2026-05-03", 500),
        ] {
            sold(&mut days[0], on, paid);
        }
        sold(&mut days[1], "2026-06-02", 80);
        sold(&mut days[2], "2026-07-01", 80);
        let periods = ["2026-05-01", "2026-06-01", "2026-07-01"].map(|from| Period {
            from: day(from),
            to: day(from).plus(1),
        });
        let own = Period {
            from: day("2026-11-10"),
            to: day("2026-11-13"),
        };
        let expected = |n: usize| {
            let earlier = periods.iter().copied().zip(&days).take(n);
            let passed = linear_share(own, at("2026-11-12", 0));
            Expected::of_campaign("gmv", passed, earlier)
        };
        assert!((expected(3).share - (0.4 + 0.0 + 1.0) / 3.0).abs() < 1e-12);
        assert_eq!(expected(3).by, Pacing::Earlier(PeriodKind::Campaign, 3));
        assert_eq!((expected(2).share, expected(2).by), (0.5, Pacing::Linear));
    }
}
