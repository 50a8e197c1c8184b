//! Figures of a whole scope, the workspace or a department, held against targets of its own (metrics.md 4.9).

use std::collections::BTreeSet;

use super::curve::{self, Daily, Expected, Pacing};
use super::target::{MIN_CURVES, achievement, band, forecast, pace};
use super::{Course, Held, KpiBand, SubjectKind, TargetFacts};
use crate::domain::metric::{Better, Metric, find};
use crate::domain::period::{Period, PeriodKind};
use crate::domain::{AsOf, Day, DeptId, Figure};

/// A metric's figure, held against a target of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// What is counted.
    pub metric: &'static Metric,
    /// Figure and target.
    pub held: Held,
}

impl Goal {
    /// Actual minus target; no value without both.
    pub fn gap(&self) -> Figure {
        let both = self.held.actual.number().zip(self.held.target.number());
        both.map_or(Figure::NoValue, |(actual, target)| {
            self.metric.figure(actual - target)
        })
    }
}

/// The targets of one scope over one calendar unit.
#[derive(Clone, Copy, Debug)]
pub struct Goals<'a> {
    targets: &'a [TargetFacts],
    org: Option<DeptId>,
    /// A period that is no calendar unit has no targets.
    unit: Option<(PeriodKind, Day)>,
    period: Period,
    now: AsOf,
    /// Day totals of earlier periods.
    daily: Option<&'a Daily>,
    /// Codes of metrics that people are held against as well.
    of_people: &'a [&'static str],
}

/// Which day totals would tell how earlier periods went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookback {
    /// The days.
    pub span: Period,
    /// Codes of the metrics.
    pub codes: Vec<&'static str>,
}

impl<'a> Goals<'a> {
    /// Of a department, or of the workspace; of `targets` those of others and of other periods are left aside. `now` is the
    /// moment the figures are of. The pace goes by time, until [`Goals::paced`] says how earlier periods went.
    pub fn new(targets: &'a [TargetFacts], org: Option<DeptId>, period: Period, now: AsOf) -> Self {
        Self {
            targets,
            org,
            unit: period.calendar(),
            period,
            now,
            daily: None,
            of_people: &[],
        }
    }

    /// The pace of people is told beside that of the scope: of those of these metrics that somebody has a target of.
    #[must_use]
    pub fn beside_people(self, codes: &'a [&'static str]) -> Self {
        Self {
            of_people: codes,
            ..self
        }
    }

    /// The pace goes by these day totals of the whole workspace, where they tell enough.
    #[must_use]
    pub fn paced(self, daily: Option<&'a Daily>) -> Self {
        Self { daily, ..self }
    }

    /// The share of a metric's target to expect by now, and by what.
    pub fn expected(&self, code: &str) -> Expected {
        let linear = Expected::linear(self.period, self.now);
        self.unit.map_or(linear, |(kind, _)| {
            Expected::of_unit(code, (kind, self.period), self.now, self.daily)
        })
    }

    /// The day totals that the pace of these targets asks for: those of the latest earlier periods, or where `daily` has
    /// these and they are not enough, of all that may do. `None` where none are asked for.
    pub fn lookback(&self, daily: Option<&Daily>) -> Option<Lookback> {
        let (kind, _) = self.unit?;
        if Expected::linear(self.period, self.now).by == Pacing::Over {
            return None;
        }
        let paced = self
            .targets
            .iter()
            .filter(|target| self.is_ours(target) || self.is_of_people(target));
        let found: BTreeSet<_> = paced.map(|target| &*target.metric_code).collect();
        let codes: Vec<_> = found
            .into_iter()
            .filter_map(find)
            .filter(|metric| metric.grows_through_a_period())
            .map(|metric| metric.code)
            .filter(|code| curve::has_totals(code))
            .filter(|code| {
                daily.is_none_or(|daily| !curve::suffices(daily, code, (kind, self.period)))
            })
            .collect();
        let units = daily.map_or(MIN_CURVES, |_| curve::UNITS);
        let span = curve::span_before(kind, self.period, units)?;
        (!codes.is_empty()).then_some(Lookback { span, codes })
    }

    /// The scope has no targets over the period.
    pub fn are_none(&self) -> bool {
        !self.targets.iter().any(|target| self.is_ours(target))
    }

    /// Whether a target is of this scope and period.
    fn is_ours(&self, target: &TargetFacts) -> bool {
        let subject = match self.org {
            None => target.subject_kind == SubjectKind::Workspace,
            Some(DeptId(id)) => {
                target.subject_kind == SubjectKind::Dept && target.subject_id == id.to_string()
            }
        };
        subject && self.unit == Some((target.period_kind, target.period_start))
    }

    /// Whether a target holds somebody against a metric that people are told of.
    fn is_of_people(&self, target: &TargetFacts) -> bool {
        target.subject_kind == SubjectKind::Staff
            && self.of_people.contains(&&*target.metric_code)
            && self.unit == Some((target.period_kind, target.period_start))
    }

    /// A metric's figure held against the scope's target of it, if it has one. A figure of today is not held against the
    /// target of a period that is over.
    pub fn hold(&self, code: &str, actual: Figure) -> Option<Goal> {
        self.hold_exact(code, actual, actual.number())
    }

    /// The same of a figure that is rounded to be shown: the value is held as it is.
    pub fn hold_exact(&self, code: &str, actual: Figure, number: Option<f64>) -> Option<Goal> {
        let metric = find(code)?;
        let mut ours = self.targets.iter().filter(|t| t.metric_code == code);
        let by = ours.find(|target| self.is_ours(target))?;
        let expected = self.expected(metric.code);
        let goes_on = expected.by != Pacing::Over;
        if !goes_on && !metric.is_of_a_period() {
            return None;
        }
        let achieved = number.and_then(|n| achievement(n, by.target, metric.better));
        let grows = goes_on && metric.grows_through_a_period();
        let ahead = number.filter(|_| grows && metric.better == Better::Higher);
        let band = number
            .and_then(|n| band(n, by, metric.better))
            .filter(|band| is_sure(*band, metric.better, grows));
        // What shall stay small and has grown too large stays so.
        let is_open = goes_on && !(grows && metric.better == Better::Lower);
        let expected = grows.then_some(expected);
        let held = Held {
            actual,
            target: metric.figure(by.target),
            achievement: achieved,
            band,
            course: Course::of(band, is_open, (achieved, expected)),
            pace: ahead
                .and(achieved)
                .zip(expected)
                .and_then(|(achieved, expected)| pace(achieved, expected.share)),
            forecast: number
                .zip(expected)
                .and_then(|(n, expected)| forecast(n, expected.share))
                .map_or(Figure::NoValue, |n| metric.figure(n)),
            expected,
        };
        Some(Goal { metric, held })
    }
}

/// A count that shall stay small is met at the end of its period; before that only a miss is sure.
fn is_sure(band: KpiBand, better: Better, goes_on: bool) -> bool {
    match (band, better) {
        (KpiBand::Met | KpiBand::Exceeded, Better::Lower) => !goes_on,
        (KpiBand::BelowFloor | KpiBand::Missed, _) | (_, Better::Higher) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::PeriodSpec;
    use crate::domain::{Fen, Rate, Zone};

    fn target(kind: SubjectKind, id: &str, code: &str, value: f64) -> TargetFacts {
        TargetFacts {
            metric_code: code.into(),
            subject_kind: kind,
            subject_id: id.into(),
            period_kind: PeriodKind::Month,
            period_start: Day::parse("2026-11-01").unwrap(),
            period_end: Day::parse("2026-11-30").unwrap(),
            floor: None,
            target: value,
            stretch: None,
            penalty_allowed: true,
        }
    }

    /// The first second of a day in Shanghai.
    fn at(day: &str) -> AsOf {
        let zone = Zone::default();
        let unix = zone.start_of(Day::parse(day).unwrap());
        AsOf { unix, zone }
    }

    fn held_at(
        now: AsOf,
        org: Option<i64>,
        spec: &str,
        (code, actual): (&str, Figure),
    ) -> Option<Goal> {
        let targets = [
            target(SubjectKind::Staff, "3", "gmv", 7.0),
            target(SubjectKind::Campaign, "3", "gmv", 8.0),
            target(SubjectKind::Workspace, "", "gmv", 600_000.0),
            target(SubjectKind::Dept, "3", "gmv", 90_000.0),
            target(SubjectKind::Workspace, "", "customers", 4_000.0),
            target(SubjectKind::Workspace, "", "lost", 30.0),
            target(SubjectKind::Workspace, "", "returning_share", 0.4),
        ];
        let period = spec.parse::<PeriodSpec>().unwrap().resolve(now.today());
        Goals::new(&targets, org.map(DeptId), period, now).hold(code, actual)
    }

    /// Ten days of thirty have passed.
    fn held(org: Option<i64>, spec: &str, figure: (&str, Figure)) -> Option<Goal> {
        held_at(at("2026-11-11"), org, spec, figure)
    }

    fn money(fen: i64) -> Figure {
        Figure::Money(Fen(fen))
    }

    #[test]
    fn the_workspace_is_held_against_its_own_target() {
        // 1,500 of 6,000 yuan is a quarter, after a third of the month: three quarters of the pace, 4,500 at the end.
        let goal = held(None, "month", ("gmv", money(150_000))).unwrap();
        assert_eq!(goal.held.achievement, Some(0.25));
        assert!((goal.held.pace.unwrap() - 0.75).abs() < 1e-9, "{goal:?}");
        assert_eq!(goal.held.band, Some(KpiBand::Missed));
        assert_eq!(
            (goal.held.target, goal.gap()),
            (money(600_000), money(-450_000))
        );
        assert_eq!(goal.held.forecast, money(450_000));
    }

    #[test]
    fn the_pace_and_the_forecast_go_by_earlier_months_where_there_are_three() {
        // A tenth had come by a third of each of the three months before: 60,000 of 600,000 is just on time.
        let mut daily = Daily::default();
        for month in ["2026-08", "2026-09", "2026-10"] {
            for (day, paid) in [("01", 1), ("28", 9)] {
                let totals = curve::DayTotals {
                    paid,
                    orders: 1,
                    ..curve::DayTotals::default()
                };
                daily.add(Day::parse(&format!("{month}-{day}")).unwrap(), totals, 1);
            }
        }
        let targets = [target(SubjectKind::Workspace, "", "gmv", 600_000.0)];
        let hold = |now, daily| {
            let period = PeriodSpec::Month.resolve(at("2026-11-11").today());
            let goals = Goals::new(&targets, None, period, now).paced(daily);
            goals.hold("gmv", money(60_000)).unwrap()
        };
        let goal = hold(at("2026-11-11"), Some(&daily));
        assert!((goal.held.pace.unwrap() - 1.0).abs() < 1e-9, "{goal:?}");
        assert_eq!(
            goal.held.forecast,
            Figure::NoValue,
            "a tenth is no base of a forecast"
        );
        let late = hold(at("2026-11-29"), Some(&daily));
        assert_eq!(
            late.held.forecast,
            money(60_000),
            "all had come by the 28th"
        );
        let linear = hold(at("2026-11-11"), None);
        assert!((linear.held.pace.unwrap() - 0.3).abs() < 1e-9);
        assert_eq!(linear.held.forecast, money(180_000));
    }

    #[test]
    fn a_look_back_is_asked_for_what_is_paced_and_no_further_than_needed() {
        let now = at("2026-11-11");
        let targets = [
            target(SubjectKind::Workspace, "", "gmv", 600_000.0),
            target(SubjectKind::Workspace, "", "customers", 9.0),
            target(SubjectKind::Dept, "3", "adds", 9.0),
        ];
        let back = |org, spec: &str, daily| {
            let period = spec.parse::<PeriodSpec>().unwrap().resolve(now.today());
            let goals = Goals::new(&targets, org, period, now);
            goals.lookback(daily)
        };
        let span = |from, to| Period {
            from: Day::parse(from).unwrap(),
            to: Day::parse(to).unwrap(),
        };
        let found = back(None, "month", None).unwrap();
        assert_eq!(found.codes, ["gmv"]);
        assert_eq!(found.span, span("2026-08-01", "2026-10-31"));
        let empty = Daily::default();
        let further = back(None, "month", Some(&empty)).unwrap();
        assert_eq!(further.span, span("2026-05-01", "2026-10-31"));
        assert_eq!(
            back(Some(DeptId(3)), "month", None).unwrap().codes,
            ["adds"]
        );
        for spec in ["today", "30d", "last-month"] {
            assert_eq!(back(None, spec, None), None, "{spec}");
        }
    }

    #[test]
    fn a_department_is_held_against_its_own_and_against_no_other() {
        let goal = held(Some(3), "month", ("gmv", money(90_000))).unwrap();
        assert_eq!(
            (goal.held.target, goal.held.band),
            (money(90_000), Some(KpiBand::Met))
        );
        assert_eq!(held(Some(4), "month", ("gmv", money(1))), None);
    }

    #[test]
    fn another_period_or_metric_has_no_target() {
        for spec in ["30d", "today", "quarter", "last-month"] {
            assert_eq!(held(None, spec, ("gmv", money(1))), None, "{spec}");
        }
        assert_eq!(held(None, "month", ("orders", Figure::Count(1))), None);
    }

    #[test]
    fn a_stock_has_an_achievement_and_no_pace_and_none_in_a_period_that_is_over() {
        let figure = ("customers", Figure::Count(3_000));
        let goal = held(None, "month", figure).unwrap();
        assert_eq!((goal.held.achievement, goal.held.pace), (Some(0.75), None));
        assert_eq!(goal.gap(), Figure::Count(-1_000));
        let later = at("2026-12-05");
        assert_eq!(held_at(later, None, "2026-11", figure), None);
        let goal = held_at(later, None, "2026-11", ("gmv", money(660_000))).unwrap();
        assert_eq!((goal.held.achievement, goal.held.pace), (Some(1.1), None));
        assert_eq!(goal.held.forecast, Figure::NoValue);
    }

    #[test]
    fn what_is_rounded_to_be_shown_is_held_as_it_is() {
        let targets = [target(SubjectKind::Workspace, "", "aov", 15_000.0)];
        let period = PeriodSpec::Month.resolve(at("2026-11-11").today());
        let goals = Goals::new(&targets, None, period, at("2026-11-11"));
        // 150.00, 150.00 and 149.99 yuan: 149.9967 each, shown as 150.00.
        let goal = goals
            .hold_exact("aov", money(15_000), Some(44_999.0 / 3.0))
            .unwrap();
        assert_eq!(
            (goal.held.actual, goal.held.band),
            (money(15_000), Some(KpiBand::Missed))
        );
        assert!(goal.held.achievement.unwrap() < 1.0);
    }

    #[test]
    fn where_less_is_better_nobody_is_ahead_of_time() {
        // 15 of at most 30 lost after a third of the month: 45 at its end, which is no 200 % of anything.
        let goal = held(None, "month", ("lost", Figure::Count(15))).unwrap();
        assert_eq!((goal.held.achievement, goal.held.pace), (Some(2.0), None));
        assert_eq!(goal.held.band, None, "it may yet be missed");
        let missed = held(None, "month", ("lost", Figure::Count(31))).unwrap();
        assert_eq!(missed.held.band, Some(KpiBand::Missed));
        assert_eq!(goal.held.forecast, Figure::Count(45));
    }

    #[test]
    fn what_nobody_measured_has_a_target_and_no_achievement() {
        let goal = held(None, "month", ("gmv", Figure::NotMeasured)).unwrap();
        assert_eq!((goal.held.achievement, goal.held.band), (None, None));
        assert_eq!((goal.gap(), goal.held.pace), (Figure::NoValue, None));
        assert_eq!(goal.held.target, money(600_000));
    }

    #[test]
    fn the_gap_of_a_rate_is_in_points() {
        let rate = Figure::Rate(Rate {
            num: 3.0,
            den: 10.0,
        });
        let goal = held(None, "month", ("returning_share", rate)).unwrap();
        assert!((goal.gap().number().unwrap() + 0.1).abs() < 1e-9);
        assert_eq!(
            goal.held.pace, None,
            "a rate does not grow through the month"
        );
    }
}
