//! Scorecards: weighted achievements with floors and caps (metrics.md 4.14).

/// What happens to an item without a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Its weight is left out.
    #[default]
    Renormalise,
    /// It scores 0.
    Zero,
    /// There is no score at all.
    Block,
}

/// One item of a card. Percents are percents here: 120 is 120 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// Points of 100.
    pub weight: f64,
    /// Achievement, as a fraction; `None` = no value.
    pub achievement: Option<f64>,
    /// Lowest item score, percent.
    pub floor_pct: f64,
    /// Highest item score, percent.
    pub cap_pct: f64,
    /// Without a value.
    pub missing: Missing,
}

/// A card's result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// 0..=cap, unrounded; `None` when blocked or nothing has a value.
    pub score: Option<f64>,
    /// Weight of the items that counted.
    pub covered: f64,
    /// Enough is covered for a grade.
    pub graded: bool,
}

/// Covered weight from which on a score gets a grade.
pub const MIN_COVERED: f64 = 70.0;

/// The score of a card; `None` when its weights do not sum to 100 (± 0.01): such a card is refused.
pub fn score(items: &[Item]) -> Option<Score> {
    let weights: f64 = items.iter().map(|item| item.weight).sum();
    let off = (weights - 100.0).abs();
    if off.is_nan() || off > 0.01 {
        return None;
    }
    let (mut sum, mut covered, mut blocked) = (0.0, 0.0, false);
    for item in items {
        let value = match (item.achievement.filter(|a| a.is_finite()), item.missing) {
            (Some(achievement), _) => (100.0 * achievement).min(item.cap_pct).max(item.floor_pct),
            (None, Missing::Zero) => 0.0,
            (None, Missing::Renormalise) => continue,
            (None, Missing::Block) => {
                blocked = true;
                continue;
            }
        };
        sum += item.weight * value;
        covered += item.weight;
    }
    let score = (covered > 0.0 && !blocked).then(|| sum / covered);
    Some(Score {
        score,
        covered,
        graded: score.is_some() && covered >= MIN_COVERED,
    })
}

/// The grade of a score: the best band whose lower bound it reaches, unrounded; the boundary belongs to the higher.
pub fn grade(score: f64, bands: &[(String, f64)]) -> Option<&str> {
    bands
        .iter()
        .filter(|(_, min)| score >= *min)
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(name, _)| name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(weight: f64, achievement: Option<f64>, missing: Missing) -> Item {
        Item {
            weight,
            achievement,
            floor_pct: 0.0,
            cap_pct: 120.0,
            missing,
        }
    }

    fn card(missing: Missing) -> [Item; 4] {
        [
            item(30.0, Some(120.0 / 100.0), Missing::Renormalise),
            item(20.0, Some(64.0 / 80.0), Missing::Renormalise),
            item(30.0, Some(90_000.0 / 100_000.0), Missing::Renormalise),
            item(20.0, None, missing),
        ]
    }

    #[test]
    fn the_worked_card_scores_98_75_over_80() {
        let result = score(&card(Missing::Renormalise)).unwrap();
        assert!((result.score.unwrap() - 98.75).abs() < 1e-9);
        assert_eq!((result.covered, result.graded), (80.0, true));
        // 7,900 points over 100 with a zero for the missing item.
        assert!((score(&card(Missing::Zero)).unwrap().score.unwrap() - 79.0).abs() < 1e-9);
        assert_eq!(score(&card(Missing::Block)).unwrap().score, None);
    }

    #[test]
    fn cards_that_do_not_sum_to_100_are_refused_and_thin_ones_get_no_grade() {
        assert_eq!(score(&card(Missing::Zero)[..3]), None);
        assert_eq!(score(&[item(f64::NAN, Some(1.0), Missing::Zero)]), None);
        let thin = [
            item(60.0, Some(2.0), Missing::Zero),
            item(40.0, None, Missing::Renormalise),
        ];
        let result = score(&thin).unwrap();
        assert_eq!(
            (result.score, result.covered, result.graded),
            (Some(120.0), 60.0, false)
        );
    }

    #[test]
    fn a_boundary_belongs_to_the_higher_grade() {
        let bands = [
            ("S", 110.0),
            ("A", 100.0),
            ("B", 85.0),
            ("C", 70.0),
            ("D", 0.0),
        ]
        .map(|(name, min)| (name.to_owned(), min));
        assert_eq!(grade(110.0, &bands), Some("S"));
        assert_eq!(grade(109.999, &bands), Some("A"));
        assert_eq!(grade(98.75, &bands), Some("B"));
        assert_eq!(grade(-1.0, &bands), None);
    }
}
