//! A customer opened.

use super::CustomerRow;
use crate::domain::{Fen, SafeText};

/// One line of a customer's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEvent {
    /// Unix seconds.
    pub at: i64,
    /// `order`, `refund`, `add`, `del_by_customer`, `tag_add`, `group_join`, `step` … : key of its words.
    pub kind: &'static str,
    /// What: order id, tag, group, step.
    pub what: SafeText,
    /// Money, if any.
    pub amount: Option<Fen>,
    /// Who, if anybody.
    pub who: Option<SafeText>,
}

/// A customer opened.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerDetail {
    /// The row.
    pub row: CustomerRow,
    /// Remarks by staff: staff name, remark.
    pub remarks: Vec<(SafeText, SafeText)>,
    /// Everyone who has the customer: staff name, status, added at.
    pub follows: Vec<(SafeText, SafeText, i64)>,
    /// Live groups.
    pub groups: Vec<SafeText>,
    /// Birthday as stored (masked to the month).
    pub birthday: SafeText,
    /// Newest first.
    pub timeline: Vec<TimelineEvent>,
}
