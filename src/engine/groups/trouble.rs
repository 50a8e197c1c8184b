//! How many groups need somebody, the same wherever it is told.

use super::{is_unmeasured, needs_somebody};
use crate::engine::answer::{GroupRow, HealthBand};

/// The groups that need somebody, counted as the panes sign them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// Critical and silent ones (`!!`).
    pub bad: usize,
    /// Those at risk and those to watch (`!`).
    pub watched: usize,
    /// The others, for their flags alone.
    pub flagged: usize,
    /// Groups of which too little is measured to say how they are.
    pub unmeasured: usize,
}

impl Trouble {
    /// Of the groups listed.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a GroupRow>) -> Self {
        let mut trouble = Self::default();
        for row in rows {
            trouble.unmeasured += usize::from(is_unmeasured(row));
            if !needs_somebody(row) {
                continue;
            }
            *match row.band {
                HealthBand::Critical | HealthBand::Silent => &mut trouble.bad,
                HealthBand::AtRisk | HealthBand::Watch => &mut trouble.watched,
                HealthBand::Healthy | HealthBand::StructureOnly | HealthBand::New => {
                    &mut trouble.flagged
                }
            } += 1;
        }
        trouble
    }

    /// All that need somebody.
    pub fn all(self) -> usize {
        self.bad + self.watched + self.flagged
    }
}
