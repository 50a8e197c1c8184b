//! The figures of a report: of a period beside the one before it, held against their targets.

use std::collections::BTreeMap;

use crate::cli::asking::{Asking, Narrowed};
use crate::cli::credited::of_staff;
use crate::cli::error::Failure;
use crate::cli::metrics::{Value, of_sums, unrounded};
use crate::domain::kpi::goal::{Goal, Goals};
use crate::domain::metric::{Metric, find};
use crate::domain::period::PeriodKind;
use crate::domain::period::{Period, PeriodSpec};
use crate::domain::{AsOf, Day, Figure};

use super::Moment;

/// What a period is told in: metric codes.
const DAY: [&str; 9] = [
    "gmv",
    "net_gmv_refund",
    "orders",
    "buyers",
    "aov",
    "returning_share",
    "adds",
    "lost",
    "net_adds",
];

/// A metric of a period.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    /// Which.
    pub metric: &'static Metric,
    /// In the period.
    pub now: Figure,
    /// In the period compared with.
    pub before: Figure,
    /// Its target in the period, where there is one.
    pub goal: Option<Goal>,
}

/// A period and its figures.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Block {
    /// The days told.
    pub period: Period,
    /// The days compared with.
    pub before: Period,
    /// The period goes on.
    pub partial: bool,
    /// The days compared with are told up to the same time of their last day.
    pub same_time: bool,
    /// Its figures.
    pub lines: Vec<Line>,
}

/// A period, the calendar unit its targets are for, and what it is compared with.
pub(super) struct Span {
    period: Period,
    unit: Period,
    before: Period,
    /// Now, where the period goes on: what comes later is not told of either period.
    now: Option<AsOf>,
    at: AsOf,
}

impl Span {
    /// The report's own period; a day against the same weekday of the week before.
    pub(super) fn of_spec(moment: &Moment) -> Self {
        let today = moment.as_of.today();
        let period = moment.spec.resolve(today);
        let before = if period.days() == 1 {
            Period::day(period.from.plus(-7))
        } else {
            moment.spec.previous(today)
        };
        Self::new(moment, (period, period), before)
    }

    /// The month up to the last day told, against as many days of the month before.
    pub(super) fn of_month(moment: &Moment, told: Period) -> Self {
        let today = moment.as_of.today();
        let to = told.to.min(today);
        let unit = Period::unit(PeriodKind::Month, to);
        let period = Period {
            from: unit.from,
            to,
        };
        let earlier = Period::unit(PeriodKind::Month, unit.from.plus(-1));
        let last = if to == unit.to
            && !goes_on(
                Period {
                    from: unit.from,
                    to,
                },
                moment.as_of,
            ) {
            earlier.to
        } else {
            let passed = to.0.saturating_sub(unit.from.0);
            earlier.from.plus(passed).min(earlier.to)
        };
        let before = Period {
            from: earlier.from,
            to: last,
        };
        Self::new(moment, (period, unit), before)
    }

    /// The period of the morning's board: the days that [`Span::of_month`] tells, as the whole month, that targets are for,
    /// where all that has come of it is told.
    pub(super) fn ranked_month(moment: &Moment) -> PeriodSpec {
        let told = moment.spec.resolve(moment.as_of.today());
        let span = Self::of_month(moment, told);
        let ranked = if span.period.to >= last_begun(moment.as_of) {
            span.unit
        } else {
            span.period
        };
        PeriodSpec::Range(ranked.from, ranked.to)
    }

    fn new(moment: &Moment, (period, unit): (Period, Period), before: Period) -> Self {
        let as_of = moment.as_of;
        let goes_on = goes_on(period, as_of);
        let ended = AsOf {
            unix: as_of.zone.start_of(period.to.plus(1)),
            ..as_of
        };
        // As many days as have begun.
        let passed = as_of.today().0.saturating_sub(period.from.0);
        let before = Period {
            to: if goes_on {
                before.to.min(before.from.plus(passed))
            } else {
                before.to
            },
            ..before
        };
        Self {
            period,
            unit,
            before,
            now: goes_on.then_some(as_of),
            at: if goes_on { as_of } else { ended },
        }
    }

    /// The same time of day on the last day compared with; `None` where all of its days are.
    fn until(&self) -> Option<i64> {
        let now = self.now?;
        let passed = now.today().0.saturating_sub(self.period.from.0);
        let last = self.before.from.plus(passed);
        (last <= self.before.to).then(|| now.zone.same_clock(now.unix, last))
    }
}

/// Some of the period is still to come at an instant; its last second ends it.
pub(super) fn goes_on(period: Period, at: AsOf) -> bool {
    period.contains(at.today()) && at.unix + 1 < at.zone.start_of(period.to.plus(1))
}

/// The last day of which anything has passed at an instant: at its first second a day has only begun to begin.
pub(super) fn last_begun(at: AsOf) -> Day {
    at.zone.day_of(at.unix.saturating_sub(1))
}

/// As much of a period as has begun at an instant, and whether its last day goes on.
pub(super) fn so_far(period: Period, at: AsOf) -> (Period, bool) {
    let to = period.to.min(last_begun(at)).max(period.from);
    let begun = Period { to, ..period };
    (begun, goes_on(begun, at))
}

/// The figures of a period.
pub(super) fn block(asking: &mut Asking, those: &Narrowed, span: &Span) -> Result<Block, Failure> {
    let scope = asking.scope.clone();
    let (workspace, _) = asking.workspace()?;
    let now = workspace.sums_until(those.whose(span.period), span.now.map(|now| now.unix))?;
    let before = workspace.sums_until(those.whose(span.before), span.until())?;
    let targets = workspace.targets()?;
    let goals = Goals::new(&targets, scope.org, span.unit, span.at);
    let daily = workspace.daily(&goals)?;
    let goals = goals.paced(daily.as_ref());
    let credited = of_staff(asking, &goals, span.period)?;
    let hold = |code: &str, figure: Figure| {
        let exact = unrounded(code, &now).or_else(|| figure.number());
        let own = credited.get(code).map(|own| (*own, own.number()));
        let (held, number) = own.unwrap_or((figure, exact));
        goals.hold_exact(code, held, number)
    };
    let (told, before) = (by_code(of_sums(&now)), by_code(of_sums(&before)));
    let lines = DAY.into_iter().filter_map(|code| {
        let metric = find(code)?;
        let figure = |of: &BTreeMap<&str, Figure>| of.get(code).copied();
        let figure_now = figure(&told).unwrap_or(Figure::NotMeasured);
        Some(Line {
            metric,
            now: figure_now,
            before: figure(&before).unwrap_or(Figure::NotMeasured),
            goal: hold(code, figure_now),
        })
    });
    Ok(Block {
        period: span.period,
        before: span.before,
        partial: span.now.is_some(),
        same_time: span.until().is_some(),
        lines: lines.collect(),
    })
}

fn by_code(values: Vec<Value>) -> BTreeMap<&'static str, Figure> {
    values.into_iter().collect()
}
