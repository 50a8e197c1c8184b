//! What catching up with other processes brings, and the notice of it.

use crate::domain::CustomerId;
use crate::engine::moved::{Applied, Moved};
use crate::engine::request::Notice;
use crate::store::changes;

/// What catching up brought.
#[derive(Clone, Debug, PartialEq)]
pub enum CaughtUp {
    /// Nothing was committed that concerns a pane.
    Nothing,
    /// Rows were taken over; the notice names them. The cells are given when nothing else changed.
    Changed(Notice, Option<Cells>),
    /// The log does not tell (a bulk import, or too long asleep): everything must be loaded again.
    Gap,
}

/// Rows, tags and stages of customers who were there before and still are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Whose.
    pub customers: Vec<CustomerId>,
    /// Tags or stages are among them.
    pub tagged: bool,
    /// Fields that read otherwise.
    pub moved: Moved,
}

impl Cells {
    /// Those of these customers.
    pub(super) fn of(applied: &Applied, changed: &changes::Changes) -> Self {
        let touched = &changed.customers;
        Self {
            customers: applied.customers.clone(),
            tagged: !(touched.tags.is_empty() && touched.stages.is_empty()),
            moved: applied.moved.clone(),
        }
    }
}

/// Rows named in one notice at most.
const NAMED: usize = 1_000;

/// The notice that names the rows changed.
pub(super) fn changed_notice(applied: Applied, changed: &changes::Changes) -> Notice {
    let customers = applied.customers;
    let more =
        customers.len() > NAMED || changed.groups.len() > NAMED || changed.staff.len() > NAMED;
    Notice::Changed {
        customers: customers.into_iter().take(NAMED).collect(),
        groups: changed
            .groups
            .iter()
            .take(NAMED)
            .map(|id| id.as_str().into())
            .collect(),
        staff: changed
            .staff
            .iter()
            .take(NAMED)
            .map(|id| id.as_str().into())
            .collect(),
        turned: applied.turned,
        gone: applied.gone,
        more,
    }
}
