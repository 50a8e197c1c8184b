//! How a figure runs to its target, in a word that is no verdict while there is time left (metrics.md 4.9).
//!
//! A band compares with the whole target: over a period that goes on, every figure that grows begins as a miss. So until the
//! period is over a miss is told by its pace, and where it has none as not yet reached. What has reached its target says so
//! at once.

use super::KpiBand;
use super::curve::{Expected, Pacing};
use super::target::pace;

/// Pace within so much of 100 % is as expected.
pub const ON_PACE: f64 = 0.05;

/// How a figure runs to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Course {
    /// The band says it: the target is reached, or the period is over.
    Band(KpiBand),
    /// The period goes on, and the pace is 105 % or more.
    Ahead,
    /// The pace is from 95 % up to 105 %.
    OnPace,
    /// The pace is under 95 %.
    Behind,
    /// Missed as it is now, of what does not grow through the period.
    NotYet,
    /// Nothing of the period has passed.
    NotBegun,
}

impl Course {
    /// Of a figure with a band. `is_open`: a miss may yet be made good. `expected` is the share of what grows through the
    /// period; `None` of what does not.
    pub fn of(
        band: Option<KpiBand>,
        is_open: bool,
        (achievement, expected): (Option<f64>, Option<Expected>),
    ) -> Option<Self> {
        let band = band?;
        let reached = matches!(band, KpiBand::Met | KpiBand::Exceeded);
        if reached || !is_open {
            return Some(Self::Band(band));
        }
        let Some(expected) = expected else {
            return Some(Self::NotYet);
        };
        let pace = achievement.and_then(|achieved| pace(achieved, expected.share));
        let is_more = achievement.is_some_and(|achieved| achieved > 0.0);
        Some(match (pace, expected.by) {
            // Time has passed in which nothing came before.
            (None, Pacing::Earlier(..)) if is_more => Self::Ahead,
            (None, Pacing::Earlier(..)) => Self::OnPace,
            (None, Pacing::Over | Pacing::Linear) => Self::NotBegun,
            (Some(pace), _) if pace >= 1.0 + ON_PACE => Self::Ahead,
            (Some(pace), _) if pace >= 1.0 - ON_PACE => Self::OnPace,
            (Some(_), _) => Self::Behind,
        })
    }

    /// Its stable code, and the key of its word.
    pub fn code(self) -> &'static str {
        match self {
            Self::Band(KpiBand::BelowFloor) => "below_floor",
            Self::Band(KpiBand::Missed) => "missed",
            Self::Band(KpiBand::Met) => "met",
            Self::Band(KpiBand::Exceeded) => "exceeded",
            Self::Ahead => "ahead",
            Self::OnPace => "on_pace",
            Self::Behind => "behind",
            Self::NotYet => "not_yet",
            Self::NotBegun => "not_begun",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::period::PeriodKind;

    fn after(share: f64) -> Expected {
        let by = Pacing::Linear;
        Expected { share, by }
    }

    #[test]
    fn a_miss_is_no_verdict_before_the_period_is_over() {
        let of = |done: f64, share, is_open| {
            let band = if done >= 1.2 {
                KpiBand::Exceeded
            } else if done >= 1.0 {
                KpiBand::Met
            } else {
                KpiBand::Missed
            };
            Course::of(Some(band), is_open, (Some(done), Some(after(share))))
        };
        // Half the time has passed.
        for (done, course) in [
            (0.525, Course::Ahead),
            (0.524, Course::OnPace),
            (0.475, Course::OnPace),
            (0.474, Course::Behind),
            (1.0, Course::Band(KpiBand::Met)),
            (1.2, Course::Band(KpiBand::Exceeded)),
        ] {
            assert_eq!(of(done, 0.5, true), Some(course), "{done}");
        }
        assert_eq!(of(0.0, 0.0, true), Some(Course::NotBegun));
        assert_eq!(
            of(0.999, 1.0, false),
            Some(Course::Band(KpiBand::Missed)),
            "over"
        );
    }

    #[test]
    fn where_earlier_periods_sold_nothing_by_now_the_period_has_begun_all_the_same() {
        let by = Pacing::Earlier(PeriodKind::Week, 3);
        let expected = Expected { share: 0.0, by };
        let of = |done| {
            let band = Some(KpiBand::Missed);
            Course::of(band, true, (Some(done), Some(expected)))
        };
        assert_eq!(of(0.911), Some(Course::Ahead));
        assert_eq!(of(0.0), Some(Course::OnPace));
    }

    #[test]
    fn what_does_not_grow_is_not_yet_there_until_the_end() {
        let of = |band, is_open| Course::of(band, is_open, (Some(0.9), None));
        assert_eq!(of(Some(KpiBand::BelowFloor), true), Some(Course::NotYet));
        let over = of(Some(KpiBand::BelowFloor), false);
        assert_eq!(over, Some(Course::Band(KpiBand::BelowFloor)));
        assert_eq!(of(None, true), None, "without a target");
    }
}
