//! What is measured at all: what it is not, is no zero.

use crate::domain::Figure;
use crate::engine::answer::BoardMetric;

/// What a workspace knows of: what it does not, nobody measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// There are orders.
    pub sales: bool,
    /// There are events of who was added and lost.
    pub adds: bool,
}

impl Known {
    /// Everything.
    pub const ALL: Self = Self {
        sales: true,
        adds: true,
    };

    /// The figures of a board are measured.
    pub(super) fn measures(self, metric: BoardMetric) -> bool {
        match metric {
            BoardMetric::Adds => self.adds,
            BoardMetric::NetGmv
            | BoardMetric::Gmv
            | BoardMetric::Orders
            | BoardMetric::Achievement => self.sales,
        }
    }

    pub(super) fn sold(self, figure: Figure) -> Figure {
        if self.sales {
            figure
        } else {
            Figure::NotMeasured
        }
    }

    pub(super) fn added(self, n: u32) -> Figure {
        if self.adds {
            Figure::Count(n.into())
        } else {
            Figure::NotMeasured
        }
    }
}
