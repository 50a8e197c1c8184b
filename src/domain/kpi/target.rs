//! Achievement, bands, pace and forecast (metrics.md 4.9). Everything unrounded.

use super::super::metric::Better;
use super::super::period::{Period, PeriodKind};
use super::super::{AsOf, Zone};
use super::{CampaignFacts, GmvKind, KpiBand, SubjectKind, TargetFacts};

/// Achievement of a metric where less is better and nothing happened at all: the cap of a scorecard item.
pub const CAP: f64 = 1.2;
/// `stretch` when a target names none.
pub const STRETCH: f64 = 1.2;
/// A forecast is shown from this share of the period on.
pub const MIN_SHARE: f64 = 0.15;
/// Earlier periods whose mean curve replaces the straight line.
pub const MIN_CURVES: usize = 3;

/// Actual ÷ target, or target ÷ actual where less is better (actual 0: [`CAP`]). A negative actual achieves 0.
/// `None` without a positive target.
pub fn achievement(actual: f64, target: f64, better: Better) -> Option<f64> {
    if !(actual.is_finite() && target.is_finite() && target > 0.0) {
        return None;
    }
    Some(match better {
        Better::Higher => (actual / target).max(0.0),
        Better::Lower if actual <= 0.0 => CAP,
        Better::Lower => target / actual,
    })
}

/// Band of an actual, by unrounded values; `None` without a positive target.
pub fn band(actual: f64, target: &TargetFacts, better: Better) -> Option<KpiBand> {
    let goal = target.target;
    if !(actual.is_finite() && goal.is_finite() && goal > 0.0) {
        return None;
    }
    let reaches = reaches(better);
    let usual = match better {
        Better::Higher => goal * STRETCH,
        Better::Lower => goal / STRETCH,
    };
    // Of bounds that contradict the target, which a file may hold, the target rules.
    let stretch = target.stretch.filter(|stretch| reaches(*stretch, goal));
    let floor = target.floor.filter(|floor| reaches(goal, *floor));
    Some(if reaches(actual, stretch.unwrap_or(usual)) {
        KpiBand::Exceeded
    } else if reaches(actual, goal) {
        KpiBand::Met
    } else if floor.is_none_or(|floor| reaches(actual, floor)) {
        KpiBand::Missed
    } else {
        KpiBand::BelowFloor
    })
}

/// Whether an actual reaches a bound.
fn reaches(better: Better) -> fn(f64, f64) -> bool {
    match better {
        Better::Higher => |actual, bound| actual >= bound,
        Better::Lower => |actual, bound| actual <= bound,
    }
}

/// A bound that contradicts its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// From here on the target is exceeded, but it is not reached there.
    Stretch,
    /// Below it a miss is deep, but the target lies there.
    Floor,
}

/// Which of a target's bounds contradicts it, if one does.
pub fn misfit(
    target: f64,
    (floor, stretch): (Option<f64>, Option<f64>),
    better: Better,
) -> Option<Misfit> {
    let reaches = reaches(better);
    if stretch.is_some_and(|stretch| !reaches(stretch, target)) {
        Some(Misfit::Stretch)
    } else if floor.is_some_and(|floor| !reaches(target, floor)) {
        Some(Misfit::Floor)
    } else {
        None
    }
}

/// Achievement over the share of the period that has passed; `None` before its start.
pub fn pace(achievement: f64, share: f64) -> Option<f64> {
    (share > 0.0).then(|| achievement / share)
}

/// Actual over the share that has passed; `None` under [`MIN_SHARE`].
pub fn forecast(actual: f64, share: f64) -> Option<f64> {
    (share >= MIN_SHARE).then(|| actual / share)
}

/// Share of a period's days that has passed, 0..=1; today counts as a fraction of the business day, at its last second as
/// the whole of it.
pub fn linear_share(period: Period, now: AsOf) -> f64 {
    let open = now.open_day();
    let begun = if open > now.today() {
        0.0
    } else {
        now.day_fraction()
    };
    let passed = f64::from(open.0.saturating_sub(period.from.0)) + begun;
    (passed / f64::from(period.days().max(1))).clamp(0.0, 1.0)
}

/// Share to expect at a point of the period (0..=1 of its time), as the mean of earlier comparable periods: each a
/// cumulative curve of shares, one value per equal step, ending at 1. `None` with fewer than [`MIN_CURVES`].
pub fn curve_share(earlier: &[Vec<f64>], passed: f64) -> Option<f64> {
    if earlier.len() < MIN_CURVES {
        return None;
    }
    let shares: Option<Vec<f64>> = earlier
        .iter()
        .map(|curve| read_curve(curve, passed))
        .collect();
    let shares = shares?;
    Some(shares.iter().sum::<f64>() / shares.len() as f64)
}

/// The curve at a point, straight between its values; it starts at 0.
fn read_curve(curve: &[f64], passed: f64) -> Option<f64> {
    let at = passed.clamp(0.0, 1.0) * curve.len() as f64;
    let mut before = 0.0;
    for (step, after) in (0_u32..).zip(curve) {
        let into = at - f64::from(step);
        if into <= 1.0 {
            return Some(before + (after - before) * into);
        }
        before = *after;
    }
    curve.last().copied()
}

/// The GMV whose target a kind is held against, where that is not its own.
pub fn borrowed(targets: &[TargetFacts], kind: GmvKind) -> Option<GmvKind> {
    let target = target_of(targets, kind.code())?;
    (target.metric_code != kind.code()).then_some(GmvKind::Gross)
}

/// The target of a metric among a campaign's: a net GMV without a target of its own is held against the gross one.
pub fn target_of<'a>(targets: &'a [TargetFacts], code: &str) -> Option<&'a TargetFacts> {
    let own = targets.iter().find(|t| t.metric_code == code);
    own.or_else(|| match code {
        "net_gmv_refund" | "net_gmv_order" => targets.iter().find(|t| t.metric_code == "gmv"),
        _ => None,
    })
}

/// The targets over a campaign's own days; those over a month or a week of it are none of them. Where its dates have moved
/// since it has several: those of its days as they are come first, then the newest.
pub fn of_campaign(
    campaign: &CampaignFacts,
    targets: &[TargetFacts],
    zone: Zone,
) -> Vec<TargetFacts> {
    let id = campaign.id.0.to_string();
    let is_its = |target: &&TargetFacts| {
        (target.subject_kind, target.period_kind) == (SubjectKind::Campaign, PeriodKind::Campaign)
            && target.subject_id == id
    };
    let mut its: Vec<TargetFacts> = targets.iter().filter(is_its).rev().cloned().collect();
    let first = campaign.days(zone).from;
    its.sort_by_key(|target| target.period_start != first);
    its
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::kpi::SubjectKind;
    use crate::domain::period::PeriodKind;
    use crate::domain::{Day, NumberStyle, Zone};

    fn target(goal: f64, floor: Option<f64>, stretch: Option<f64>) -> TargetFacts {
        TargetFacts {
            metric_code: "gmv".into(),
            subject_kind: SubjectKind::Workspace,
            subject_id: String::new(),
            period_kind: PeriodKind::Month,
            period_start: Day(0),
            period_end: Day(30),
            floor,
            target: goal,
            stretch,
            penalty_allowed: true,
        }
    }

    #[rstest]
    #[case(99.96, KpiBand::Missed)]
    #[case(100.0, KpiBand::Met)]
    #[case(119.999, KpiBand::Met)]
    #[case(120.0, KpiBand::Exceeded)]
    #[case(60.0, KpiBand::Missed)]
    #[case(59.999, KpiBand::BelowFloor)]
    #[case(-5.0, KpiBand::BelowFloor)]
    fn bands_use_unrounded_values(#[case] actual: f64, #[case] expected: KpiBand) {
        let by = target(100.0, Some(60.0), None);
        assert_eq!(band(actual, &by, Better::Higher), Some(expected));
    }

    #[test]
    fn a_bound_that_contradicts_its_target_makes_no_band() {
        let odd = target(100.0, Some(200.0), Some(50.0));
        for (actual, expected) in [
            (60.0, KpiBand::Missed),
            (100.0, KpiBand::Met),
            (120.0, KpiBand::Exceeded),
        ] {
            assert_eq!(band(actual, &odd, Better::Higher), Some(expected));
        }
        let odd = target(3.0, Some(2.0), Some(9.0));
        for (actual, expected) in [
            (5.0, KpiBand::Missed),
            (3.0, KpiBand::Met),
            (2.5, KpiBand::Exceeded),
        ] {
            assert_eq!(band(actual, &odd, Better::Lower), Some(expected));
        }
    }

    #[test]
    fn a_stretch_short_of_the_target_and_a_floor_beyond_it_do_not_fit() {
        for (bounds, better, wanted) in [
            ((None, None), Better::Higher, None),
            ((Some(100.0), Some(100.0)), Better::Higher, None),
            (
                (Some(60.0), Some(99.0)),
                Better::Higher,
                Some(Misfit::Stretch),
            ),
            ((Some(101.0), None), Better::Higher, Some(Misfit::Floor)),
            ((Some(150.0), Some(80.0)), Better::Lower, None),
            ((None, Some(101.0)), Better::Lower, Some(Misfit::Stretch)),
            ((Some(99.0), None), Better::Lower, Some(Misfit::Floor)),
        ] {
            assert_eq!(misfit(100.0, bounds, better), wanted, "{bounds:?}");
        }
    }

    #[test]
    fn a_miss_of_four_hundredths_prints_as_99_9_percent() {
        let achieved = achievement(99.96, 100.0, Better::Higher);
        assert_eq!(NumberStyle::default().achievement(achieved), "99.9%");
    }

    #[test]
    fn stretch_and_missing_floors_and_targets() {
        assert_eq!(
            band(150.0, &target(100.0, None, Some(160.0)), Better::Higher),
            Some(KpiBand::Met)
        );
        assert_eq!(
            band(1.0, &target(100.0, None, None), Better::Higher),
            Some(KpiBand::Missed)
        );
        assert_eq!(band(1.0, &target(0.0, None, None), Better::Higher), None);
        assert_eq!(achievement(1.0, 0.0, Better::Higher), None);
        assert_eq!(achievement(-1.0, 10.0, Better::Higher), Some(0.0));
    }

    #[test]
    fn less_is_better_turns_the_quotient_around() {
        assert_eq!(achievement(4.0, 3.0, Better::Lower), Some(0.75));
        assert_eq!(achievement(0.0, 3.0, Better::Lower), Some(CAP));
        let minutes = target(3.0, Some(10.0), None);
        assert_eq!(band(2.5, &minutes, Better::Lower), Some(KpiBand::Exceeded));
        assert_eq!(band(3.0, &minutes, Better::Lower), Some(KpiBand::Met));
        assert_eq!(band(10.0, &minutes, Better::Lower), Some(KpiBand::Missed));
        assert_eq!(
            band(10.1, &minutes, Better::Lower),
            Some(KpiBand::BelowFloor)
        );
    }

    #[test]
    fn day_10_of_31_with_28_percent_is_86_8_percent_of_pace() {
        let zone = Zone::default();
        let first = Day::parse("2026-03-01").unwrap();
        let march = Period {
            from: first,
            to: first.plus(30),
        };
        // The tenth day is over.
        let now = AsOf {
            unix: zone.start_of(first.plus(10)),
            zone,
        };
        let share = linear_share(march, now);
        assert!((share - 10.0 / 31.0).abs() < 1e-12);
        assert_eq!(
            NumberStyle::default().percent_of(pace(0.28, share).unwrap()),
            "86.8%"
        );
        assert_eq!(
            forecast(28.0, share).map(|f| (f * 10.0).round() / 10.0),
            Some(86.8)
        );
        // Noon of the second day.
        let noon = AsOf {
            unix: zone.start_of(first.plus(1)) + 43_200,
            zone,
        };
        assert!((linear_share(march, noon) - 1.5 / 31.0).abs() < 1e-12);
        assert_eq!(
            forecast(5.0, linear_share(march, noon)),
            None,
            "too early to say"
        );
        let before = AsOf {
            unix: zone.start_of(first.plus(-3)),
            zone,
        };
        assert_eq!((linear_share(march, before), pace(0.0, 0.0)), (0.0, None));
        let at_the_last_second = |day| AsOf {
            unix: zone.start_of(first.plus(day)) - 1,
            zone,
        };
        assert!((linear_share(march, at_the_last_second(10)) - share).abs() < 1e-12);
        assert!((linear_share(march, at_the_last_second(31)) - 1.0).abs() < 1e-12);
        let after = AsOf {
            unix: zone.start_of(first.plus(90)),
            zone,
        };
        assert!((linear_share(march, after) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn three_earlier_periods_replace_the_straight_line() {
        // Half, a quarter, a quarter of the money by halves and quarters of the time: mean at half time is known by hand.
        let curves = vec![
            vec![0.2, 0.4, 0.6, 1.0],
            vec![0.5, 1.0],
            vec![0.1, 0.3, 0.9, 1.0],
        ];
        let at_half = curve_share(&curves, 0.5).unwrap();
        assert!((at_half - (0.4 + 0.5 + 0.3) / 3.0).abs() < 1e-12);
        let at_eighth = curve_share(&curves, 0.125).unwrap();
        assert!((at_eighth - (0.1 + 0.125 + 0.05) / 3.0).abs() < 1e-12);
        assert_eq!(curve_share(&curves, 1.0), Some(1.0));
        assert_eq!(curve_share(&curves[..2], 0.5), None);
    }
}
