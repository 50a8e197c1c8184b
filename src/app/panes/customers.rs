//! 客户: a window over up to millions of rows.

use super::Loadable;
use crate::app::list::List;
use crate::domain::CustomerId;
use crate::engine::answer::CustomersPage;
use crate::filter::SortKey;

/// Columns of the list, in canonical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Name (always shown).
    Name,
    /// Masked phone.
    Phone,
    /// Tags.
    Tags,
    /// Stage.
    Stage,
    /// Spend.
    Spend,
    /// Orders.
    Orders,
    /// Last purchase.
    LastPurchase,
    /// Last contact.
    LastContact,
    /// Owner.
    Owner,
    /// RFM segment.
    Rfm,
    /// Overdue level and value at risk.
    Risk,
    /// Spend per order.
    Aov,
    /// City.
    City,
    /// First added.
    Added,
    /// Channel.
    Source,
    /// `external_userid`.
    Id,
}

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    /// The window on screen and around it.
    pub page: Loadable<CustomersPage>,
    /// Selection by identity.
    pub list: List<CustomerId>,
    /// Sort; empty = default.
    pub sort: Vec<SortKey>,
    /// Columns chosen, in order; empty = default.
    pub columns: Vec<Column>,
    /// First column shown when scrolled sideways (the name stays).
    pub scroll_x: usize,
    /// Rows whose cells changed: id, until when marked (monotonic ms), direction of spend (+1, -1, 0).
    pub marks: Vec<(CustomerId, u64, i8)>,
}
