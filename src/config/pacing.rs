//! How a figure stands to its target in words: the pace and by what that is said, what lacks and what is over.

use super::words::Words;
use crate::domain::kpi::curve::{Expected, Pacing};
use crate::domain::kpi::goal::Goal;
use crate::domain::period::PeriodKind;

impl Words {
    /// A pace, and what it goes by.
    pub fn pace(&self, pace: &str, expected: Option<Expected>) -> String {
        match expected.and_then(|expected| self.pacing(expected.by)) {
            Some(by) => self.fill("kpi.pace_by", &[("pace", pace), ("by", &by)]),
            None => self.fill("kpi.pace", &[("pace", pace)]),
        }
    }

    /// The gap of a goal as it is written: what lacks to the target, or how far the target is passed.
    pub fn gap(&self, goal: &Goal, written: &str) -> String {
        if goal.gap().number().is_some_and(|gap| gap > 0.0) {
            self.fill("board.goal_over", &[("gap", written)])
        } else {
            self.fill("board.goal_gap", &[("gap", written)])
        }
    }

    /// By what a share is expected; of a period that is over nothing is to be said.
    pub fn pacing(&self, by: Pacing) -> Option<String> {
        match by {
            Pacing::Over => None,
            Pacing::Linear => Some(self.say("pacing.linear").to_owned()),
            Pacing::Earlier(kind, n) => {
                let key = match kind {
                    PeriodKind::Day | PeriodKind::Week => "pacing.week",
                    PeriodKind::Month => "pacing.month",
                    PeriodKind::Quarter => "pacing.quarter",
                    PeriodKind::Year => "pacing.year",
                    PeriodKind::Campaign => "pacing.campaign",
                };
                Some(self.fill(key, &[("n", &n.to_string())]))
            }
        }
    }
}
