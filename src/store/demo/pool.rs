//! What is kept of the customers while they are written, for the tables with another order: relations, events, tags.

use super::ids::Ids;
use super::links::Links;

/// How a relation stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Live.
    Active,
    /// The customer deleted us.
    DeletedByCustomer,
    /// The guide deleted the customer.
    DeletedByStaff,
    /// Given to a colleague.
    Transferred,
}

impl Standing {
    /// `follow.status`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::DeletedByCustomer => "deleted_by_customer",
            Self::DeletedByStaff => "deleted_by_staff",
            Self::Transferred => "transferred",
        }
    }
}

/// One guide knows one customer: a row of `follow`.
#[derive(Clone, Copy)]
pub(super) struct Tie {
    pub(super) staff: u16,
    pub(super) customer: u32,
    pub(super) standing: Standing,
    pub(super) owner: bool,
    pub(super) channel: u8,
    pub(super) added: i64,
    /// 0 = still there.
    pub(super) ended: i64,
    /// 0 = never.
    pub(super) touch: i64,
    /// 0 = never.
    pub(super) inbound: i64,
}

/// A row of `follow_event`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Happening {
    pub(super) at: i64,
    pub(super) customer: u32,
    pub(super) staff: u16,
    pub(super) kind: &'static str,
}

/// What the pass over the customers leaves for the tables with another order.
pub(super) struct Pool {
    /// Relations, in customer order until sorted.
    pub(super) ties: Vec<Tie>,
    /// Events, unsorted.
    pub(super) events: Vec<Happening>,
    /// First added, per customer.
    pub(super) added: Vec<i64>,
    /// Guide who has (or last had) the customer.
    pub(super) guide: Vec<u16>,
    /// Tag links.
    pub(super) links: Links,
}

impl Pool {
    /// Writes a customer's id into `key` and says who guides them.
    pub(super) fn guide_of(&self, ids: &Ids, n: u32, key: &mut String) -> u16 {
        ids.customer(n, key);
        let at = usize::try_from(n).unwrap_or(usize::MAX);
        self.guide.get(at).copied().unwrap_or(0)
    }
}
