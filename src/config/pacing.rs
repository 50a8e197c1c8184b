//! A pace in words: how far, and by what that is said.

use super::words::Words;
use crate::domain::kpi::curve::{Expected, Pacing};
use crate::domain::period::PeriodKind;

impl Words {
    /// A pace, and what it goes by.
    pub fn pace(&self, pace: &str, expected: Option<Expected>) -> String {
        match expected.and_then(|expected| self.pacing(expected.by)) {
            Some(by) => self.fill("kpi.pace_by", &[("pace", pace), ("by", &by)]),
            None => self.fill("kpi.pace", &[("pace", pace)]),
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
