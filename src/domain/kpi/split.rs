//! Who caused the gap: the exact split of a product's gap over its factors (metrics.md 4.9).
//!
//! Logarithmic means: contribution of a factor `f` = `L(G₁, G₀) × ln(f₁ ÷ f₀)` with `L(x, y) = (x − y) ÷ (ln x − ln y)` and
//! `L(x, x) = x`. The contributions add up to the gap with no remainder and do not depend on the factors' order (LMDI-I,
//! Ang 2004). A factor that is zero, negative or missing has no logarithm: then factors are replaced one after another.

use super::GapSplit;

/// A factor: metric code, actual, target.
pub type Factor = (&'static str, Option<f64>, Option<f64>);

/// Largest relative distance between a whole and the product of its factors that counts as rounding.
const ROUNDING: f64 = 0.005;
/// Part of a gap that lies between targets: the product of the factors' targets minus the whole's own.
pub const TARGETS_OFF: &str = "targets_off";

/// Splits `actual − target` over the factors.
///
/// One target that is missing among the factors is what the whole target leaves for it. Targets that multiply back to the
/// whole but for rounding (0.5 %) share the rounding equally; what is further off is a part of its own,
/// [`TARGETS_OFF`], so that the parts always add up to the gap shown. `None` when there is no target, two targets are
/// missing, or the actual factors do not multiply to the actual (within 0.5 %).
pub fn split(factors: &[Factor], actual: f64, target: Option<f64>) -> Option<GapSplit> {
    let (targets, off) = settle(complete(factors, target)?, target);
    let goal: f64 = targets.iter().product();
    // A factor that does not exist (nobody came, so there is no conversion) cannot be blamed: it stays at its target.
    let actuals: Vec<f64> = factors
        .iter()
        .zip(&targets)
        .map(|((_, actual, _), target)| actual.unwrap_or(*target))
        .collect();
    let product: f64 = actuals.iter().product();
    let scale = actual.abs().max(product.abs());
    if !(product.is_finite() && goal.is_finite()) || (product - actual).abs() > ROUNDING * scale {
        return None;
    }
    let every_is_known = factors.iter().all(|(_, actual, _)| actual.is_some());
    let positive = actuals.iter().chain(&targets).all(|f| *f > 0.0);
    let logarithmic = every_is_known && positive;
    let contributions = if logarithmic {
        logarithmic_parts(&actuals, &targets, product, goal)
    } else {
        sequential_parts(&actuals, &targets)
    };
    let between = (off != 0.0).then_some((TARGETS_OFF, off));
    Some(GapSplit {
        gap: product - goal + off,
        parts: factors
            .iter()
            .map(|(code, _, _)| *code)
            .zip(contributions)
            .chain(between)
            .collect(),
        sequential: !logarithmic,
        implied: factors
            .iter()
            .zip(&targets)
            .find(|((_, _, own), _)| own.is_none())
            .map(|((code, ..), target)| (*code, *target)),
    })
}

impl GapSplit {
    /// The split as it is printed in whole `unit`s of fen, in fen: each part rounded, then those with the largest remainders
    /// by one unit more, so that the parts printed add up to the gap printed.
    #[must_use]
    pub fn in_whole(&self, unit: f64) -> Self {
        let units = |fen: f64| (fen / unit).round();
        let parts = self.parts.iter().map(|(_, fen)| fen / unit).enumerate();
        let mut parts: Vec<(usize, f64, f64)> = parts
            .map(|(at, exact)| (at, exact.round(), exact - exact.round()))
            .collect();
        let over = units(self.gap) - parts.iter().map(|(_, whole, _)| whole).sum::<f64>();
        // Each rounding is off by half a unit at most: no part is moved twice.
        let (up, mut left) = (over.signum(), over.abs());
        parts.sort_by(|a, b| (b.2 * up).total_cmp(&(a.2 * up)).then(a.0.cmp(&b.0)));
        for (_, whole, _) in &mut parts {
            if left < 1.0 {
                break;
            }
            *whole += up;
            left -= 1.0;
        }
        parts.sort_by_key(|(at, ..)| *at);
        let codes = self.parts.iter().map(|(code, _)| *code);
        Self {
            gap: units(self.gap) * unit,
            parts: codes
                .zip(parts.iter().map(|(_, whole, _)| whole * unit))
                .collect(),
            sequential: self.sequential,
            implied: self.implied,
        }
    }

    /// The factor that pulls furthest down when behind, or up when ahead. One without a target of its own is no cause, and
    /// neither is one that pulls the other way; what lies between targets is nobody's.
    pub fn cause(&self) -> Option<(&'static str, f64)> {
        let towards = self.gap.signum();
        let implied = self.implied.map(|(code, _)| code);
        let own = self
            .parts
            .iter()
            .filter(|(code, _)| *code != TARGETS_OFF && Some(*code) != implied);
        own.filter(|(_, part)| part * towards > 0.0)
            .max_by(|a, b| (a.1 * towards).total_cmp(&(b.1 * towards)))
            .copied()
    }

    /// What a factor contributes.
    pub fn part(&self, code: &str) -> Option<f64> {
        let mut parts = self.parts.iter();
        parts.find(|(own, _)| *own == code).map(|(_, fen)| *fen)
    }
}

/// How far the product of the factors' targets lies from the whole's own, fen, whatever came of them; `None` while one of
/// them is not set, and where they agree but for rounding (0.5 %).
pub fn between(targets: &[Option<f64>], whole: Option<f64>) -> Option<f64> {
    let set = |goal: &f64| *goal > 0.0;
    let targets: Option<Vec<f64>> = targets.iter().map(|goal| goal.filter(set)).collect();
    let (_, off) = settle(targets?, Some(whole.filter(set)?));
    (off != 0.0).then_some(off)
}

/// Targets whose product is the whole's target, or how far it is from there.
fn settle(targets: Vec<f64>, whole: Option<f64>) -> (Vec<f64>, f64) {
    let product: f64 = targets.iter().product();
    let Some(whole) = whole.filter(|whole| *whole > 0.0) else {
        return (targets, 0.0);
    };
    let ratio = whole / product;
    if product > 0.0 && (product / whole - 1.0).abs() <= ROUNDING {
        let share = ratio.powf(1.0 / targets.len() as f64);
        return (targets.into_iter().map(|t| t * share).collect(), 0.0);
    }
    (targets, product - whole)
}

/// Every factor's target; a single missing one from the whole.
fn complete(factors: &[Factor], whole: Option<f64>) -> Option<Vec<f64>> {
    let known: f64 = factors
        .iter()
        .filter_map(|(_, _, target)| *target)
        .product();
    let missing = factors
        .iter()
        .filter(|(_, _, target)| target.is_none())
        .count();
    let rest = match missing {
        0 => None,
        1 if known > 0.0 => Some(whole? / known),
        _ => return None,
    };
    factors
        .iter()
        .map(|(_, _, target)| target.or(rest))
        .collect()
}

fn logarithmic_parts(actuals: &[f64], targets: &[f64], product: f64, goal: f64) -> Vec<f64> {
    let mean = logarithmic_mean(product, goal);
    actuals
        .iter()
        .zip(targets)
        .map(|(actual, target)| mean * (actual / target).ln())
        .collect()
}

/// `(x − y) ÷ (ln x − ln y)`, both positive; `x` where they meet.
fn logarithmic_mean(x: f64, y: f64) -> f64 {
    let ratio = (x - y) / y;
    // Near 1 the quotient loses its digits; its series is y · (1 + r/2 − r²/12).
    if ratio.abs() < 1e-5 {
        y * (1.0 + ratio / 2.0 - ratio * ratio / 12.0)
    } else {
        (x - y) / (x / y).ln()
    }
}

/// Each factor in turn goes from its target to its actual; those before it are already actual.
fn sequential_parts(actuals: &[f64], targets: &[f64]) -> Vec<f64> {
    let mut parts = Vec::with_capacity(actuals.len());
    let mut before = 1.0;
    for (at, (actual, target)) in actuals.iter().zip(targets).enumerate() {
        let after: f64 = targets.iter().skip(at + 1).product();
        parts.push(before * (actual - target) * after);
        before *= actual;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rounded(split: &GapSplit) -> Vec<(&'static str, f64)> {
        split
            .parts
            .iter()
            .map(|(code, part)| (*code, part.round()))
            .collect()
    }

    #[test]
    fn targets_contradict_each_other_whether_or_not_anything_was_sold() {
        // 100 people × 30 % × ¥200 = ¥6,000.
        let factors = [Some(100.0), Some(0.3), Some(20_000.0)];
        assert_eq!(between(&factors, Some(800_000.0)), Some(-200_000.0));
        assert_eq!(between(&factors, Some(600_000.0)), None);
        assert_eq!(between(&factors, Some(602_000.0)), None, "rounding");
        for (part, whole) in [
            ([Some(100.0), None, Some(20_000.0)], Some(800_000.0)),
            ([Some(100.0), Some(0.0), Some(20_000.0)], Some(800_000.0)),
            (factors, Some(0.0)),
            (factors, None),
        ] {
            assert_eq!(between(&part, whole), None, "{part:?} {whole:?}");
        }
    }

    #[test]
    fn the_worked_example_names_conversion() {
        let split = split(
            &[
                ("users", Some(46_000.0), Some(50_000.0)),
                ("conversion", Some(0.035), Some(0.04)),
                ("value_per_buyer", Some(132.0), Some(120.0)),
            ],
            212_520.0,
            Some(240_000.0),
        )
        .unwrap();
        assert!((split.gap + 27_480.0).abs() < 1e-6);
        assert_eq!(
            rounded(&split),
            [
                ("users", -18_843.0),
                ("conversion", -30_176.0),
                ("value_per_buyer", 21_538.0)
            ]
        );
        assert!(!split.sequential);
    }

    fn whole(gap: f64, parts: [f64; 3]) -> (f64, Vec<f64>) {
        let codes = ["users", "conversion", "value_per_buyer"];
        let split = GapSplit {
            gap,
            parts: codes.into_iter().zip(parts).collect(),
            sequential: false,
            implied: None,
        };
        let whole = split.in_whole(100.0);
        (
            whole.gap,
            whole.parts.into_iter().map(|(_, part)| part).collect(),
        )
    }

    #[test]
    fn printed_parts_add_up_to_the_printed_gap() {
        // By hand: -528.42 -2611.38 +1598.30 yuan is -1541.50, printed -1542; rounded one by one they make -1541. The part
        // that lost most by rounding takes the yuan more.
        assert_eq!(
            whole(-154_150.0, [-52_842.0, -261_138.0, 159_830.0]),
            (-154_200.0, vec![-52_900.0, -261_100.0, 159_800.0])
        );
        // The worked example's -18842.7 -30175.6 +21538.3: rounded one by one -27481, one too few.
        assert_eq!(
            whole(-2_748_000.0, [-1_884_270.0, -3_017_560.0, 2_153_830.0]),
            (-2_748_000.0, vec![-1_884_300.0, -3_017_500.0, 2_153_800.0])
        );
        // Nothing to move.
        assert_eq!(
            whole(100.0, [100.0, -20.0, 20.0]),
            (100.0, vec![100.0, 0.0, 0.0])
        );
    }

    #[test]
    fn a_zero_factor_falls_back_to_replacing_one_after_another() {
        let split = split(
            &[
                ("users", Some(0.0), Some(100.0)),
                ("conversion", None, Some(0.1)),
                ("value", None, Some(50.0)),
            ],
            0.0,
            Some(500.0),
        )
        .unwrap();
        assert!(split.sequential);
        assert_eq!(
            split.parts,
            [("users", -500.0), ("conversion", 0.0), ("value", 0.0)]
        );

        let negative = super::split(
            &[
                ("users", Some(100.0), Some(100.0)),
                ("conversion", Some(0.1), Some(0.1)),
                ("value", Some(-5.0), Some(50.0)),
            ],
            -50.0,
            None,
        )
        .unwrap();
        assert!(negative.sequential);
        assert!((negative.parts[2].1 + 550.0).abs() < 1e-9);
    }

    #[test]
    fn one_missing_target_is_what_the_whole_leaves_for_it() {
        let split = split(
            &[
                ("users", Some(90.0), Some(100.0)),
                ("conversion", Some(0.1), None),
                ("value", Some(50.0), Some(50.0)),
            ],
            450.0,
            Some(500.0),
        )
        .unwrap();
        assert!(
            (split.parts[0].1 + 50.0).abs() < 1e-9,
            "users alone are short"
        );
        assert!(split.parts[1].1.abs() < 1e-9 && split.parts[2].1.abs() < 1e-9);
        let unknown = [("users", Some(90.0), None), ("conversion", Some(0.1), None)];
        assert_eq!(super::split(&unknown, 9.0, Some(10.0)), None);
        assert_eq!(super::split(&unknown, 9.0, None), None);
    }

    #[test]
    fn a_factor_without_a_target_is_no_cause() {
        // 300 × 15 % = 45 buyers and a goal of 35,000 leave 777.78 for each; 310 × 10 % × 146 = 4,526.
        let factors = [
            ("users", Some(310.0), Some(300.0)),
            ("conversion", Some(0.1), Some(0.15)),
            ("value_per_buyer", Some(146.0), None),
        ];
        let of = split(&factors, 4_526.0, Some(35_000.0)).unwrap();
        let (code, target) = of.implied.unwrap();
        assert_eq!(code, "value_per_buyer");
        assert!((target - 35_000.0 / 45.0).abs() < 1e-9);
        // ln(146 ÷ 777.78) is the largest by far, but nobody ever asked for 777.78.
        assert!(of.part("value_per_buyer") < of.part("conversion"));
        assert_eq!(of.cause().unwrap().0, "conversion");
        // With enough buyers nobody who has a target is short: no cause at all.
        let enough = [
            ("users", Some(310.0), Some(300.0)),
            ("conversion", Some(0.15), Some(0.15)),
            ("value_per_buyer", Some(146.0), None),
        ];
        let of = split(&enough, 6_789.0, Some(35_000.0)).unwrap();
        assert_eq!(of.cause(), None);
    }

    #[test]
    fn the_gap_is_the_one_shown_however_the_targets_were_rounded() {
        // 1,237 × 4.1 % × ¥119 = ¥6,035.32; the target says ¥6,035.
        let factors = [
            ("users", Some(1_000.0), Some(1_237.0)),
            ("conversion", Some(0.041), Some(0.041)),
            ("value", Some(119.0), Some(119.0)),
        ];
        let split = split(&factors, 4_879.0, Some(6_035.0)).unwrap();
        assert!((split.gap + 1_156.0).abs() < 1e-9);
        assert_eq!(split.parts.len(), 3);
        assert!(split.parts[0].1 < -1_155.0 && split.parts[1].1.abs() < 1.0);
        // A target of ¥7,000 is not what they multiply to: ¥964.68 of the gap is nobody's fault.
        let split = super::split(&factors, 4_879.0, Some(7_000.0)).unwrap();
        assert!((split.gap + 2_121.0).abs() < 1e-9);
        let (code, off) = split.parts[3];
        assert_eq!(code, TARGETS_OFF);
        assert!((off + 964.677).abs() < 1e-6);
        let sum: f64 = split.parts.iter().map(|(_, part)| part).sum();
        assert!((sum - split.gap).abs() < 1e-9);
    }

    #[test]
    fn factors_that_are_not_those_of_the_actual_are_not_blamed() {
        let factors = [
            ("users", None, Some(100.0)),
            ("value", Some(5.0), Some(5.0)),
        ];
        assert_eq!(split(&factors, 900.0, None), None);
    }

    proptest! {
        #[test]
        fn no_printed_part_is_a_whole_unit_off(parts in prop::collection::vec(-1e12_f64..1e12, 1..5)) {
            let split = GapSplit {
                gap: parts.iter().sum(),
                parts: parts.iter().map(|part| ("users", *part)).collect(),
                sequential: false,
                implied: None,
            };
            let whole = split.in_whole(100.0);
            let printed: f64 = whole.parts.iter().map(|(_, part)| part).sum();
            prop_assert!((printed - whole.gap).abs() < 0.5, "{} {}", printed, whole.gap);
            prop_assert!((whole.gap - split.gap).abs() <= 51.0);
            for ((_, shown), (_, exact)) in whole.parts.iter().zip(&split.parts) {
                prop_assert!((shown - exact).abs() <= 101.0, "{} {}", shown, exact);
            }
        }

        #[test]
        fn contributions_always_add_up_to_the_gap(
            actual in proptest::collection::vec(0.0f64..1e4, 3),
            target in proptest::collection::vec(1e-3f64..1e4, 3),
        ) {
            let factors: Vec<Factor> =
                ["a", "b", "c"].into_iter().zip(actual.iter().zip(&target)).map(|(c, (a, t))| (c, Some(*a), Some(*t))).collect();
            let product: f64 = actual.iter().product();
            let split = split(&factors, product, None).unwrap();
            let sum: f64 = split.parts.iter().map(|(_, part)| part).sum();
            let scale = product.abs() + target.iter().product::<f64>() + 1.0;
            prop_assert!((sum - split.gap).abs() < 1e-9 * scale, "{} != {}", sum, split.gap);
        }

        #[test]
        fn nearly_equal_products_keep_their_digits(f in 0.999_999f64..1.000_001) {
            let factors = [("a", Some(3.0 * f), Some(3.0)), ("b", Some(7.0), Some(7.0))];
            let split = split(&factors, 21.0 * f, None).unwrap();
            prop_assert!((split.parts[0].1 - 21.0 * (f - 1.0)).abs() < 1e-12);
        }
    }
}
