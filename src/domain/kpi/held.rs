//! A figure held against a target (metrics.md 4.9): a scope's goals and the nodes of a campaign's tree alike.

use super::super::Figure;
use super::curve::Expected;
use super::{Course, KpiBand};

/// A figure and its target, and how the one stands to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// The figure, in its metric's unit.
    pub actual: Figure,
    /// The target, in the same unit; no value where there is none.
    pub target: Figure,
    /// Actual over target (where less is better the other way round), unrounded, 0 or more; `None` without a figure or a
    /// positive target.
    pub achievement: Option<f64>,
    /// Band of the achievement; `None` as the achievement, and while it is not sure yet.
    pub band: Option<KpiBand>,
    /// How it runs to the target; `None` as the band.
    pub course: Option<Course>,
    /// Achievement over the share of the period to expect by now; `None` of what does not grow through the period,
    /// and once it is over: there it would be the achievement again.
    pub pace: Option<f64>,
    /// Actual over the same share, at the end of the period as it goes; no value under
    /// [`MIN_SHARE`](super::target::MIN_SHARE) of it, nor of what does not grow.
    pub forecast: Figure,
    /// The share of the period that pace and forecast go by; `None` of what does not grow through it, and once it is over.
    pub expected: Option<Expected>,
}

impl Held {
    /// Nothing was recorded that it could be of: it is not measured, and held against nothing.
    pub fn unmeasure(&mut self) {
        self.actual = Figure::NotMeasured;
        (self.achievement, self.band) = (None, None);
        self.call_off();
    }

    /// What it is of does not go on: it runs to its target neither ahead nor behind. What was reached of it stands.
    pub fn call_off(&mut self) {
        (self.course, self.pace, self.expected) = (None, None, None);
        self.forecast = Figure::NoValue;
    }
}
