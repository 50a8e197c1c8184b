//! What an edit is asked to do, and what it did.

use serde_json::Value;

use crate::domain::{CustomerId, SafeText, StaffId, TagId};
use crate::store::changes::Seq;

/// What is done to customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// They get a tag.
    Tag(TagId),
    /// They lose a tag, whoever gave it.
    Untag(TagId),
    /// They stand at a stage of the first journey.
    Stage(i64),
    /// They belong to a member of staff who follows them.
    Owner(StaffId),
}

/// An edit to be made.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// What.
    pub edit: &'a Edit,
    /// To whom.
    pub customers: &'a [CustomerId],
    /// What its author looked at; `None`: whatever others did meanwhile.
    pub seen: Option<Seq>,
    /// How the customers were chosen, for the journal; may be empty.
    pub filter: &'a str,
    /// When, unix seconds.
    pub at: i64,
}

/// What an edit did.
pub(in crate::store) struct Made {
    pub(in crate::store) changed: u64,
    pub(in crate::store) name: SafeText,
    pub(in crate::store) before: Value,
}
