//! 客户: a window over up to millions of rows.

use std::collections::BTreeMap;

use super::Loadable;
use crate::app::list::List;
use crate::domain::CustomerId;
use crate::engine::answer::{CustomerRow, CustomersPage};
use crate::engine::request::ALARM_FIRST;
use crate::filter::{Field, SortKey};

/// Columns of the list, in canonical order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Name (always shown).
    Name,
    /// Overdue level and value at risk.
    Risk,
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
    /// The columns of the rows marked that say something else than before.
    pub changed: BTreeMap<CustomerId, Vec<Column>>,
    /// The marked rows as last seen, so that they can be copied when they have left the window.
    pub kept: BTreeMap<CustomerId, CustomerRow>,
    /// The next sort key is added behind the present ones.
    pub second: bool,
}

impl Column {
    /// Every column with the field it shows, in canonical order; the field's canonical name is the column's name.
    pub const ALL: &'static [(Self, Field)] = &[
        (Self::Name, Field::Name),
        (Self::Risk, Field::Risk),
        (Self::Phone, Field::Phone),
        (Self::Tags, Field::Tag),
        (Self::Stage, Field::Stage),
        (Self::Spend, Field::Spend),
        (Self::Orders, Field::Orders),
        (Self::LastPurchase, Field::LastPurchase),
        (Self::LastContact, Field::LastContact),
        (Self::Owner, Field::Owner),
        (Self::Rfm, Field::Segment),
        (Self::Aov, Field::Aov),
        (Self::City, Field::City),
        (Self::Added, Field::Added),
        (Self::Source, Field::Source),
        (Self::Id, Field::Id),
    ];

    /// The columns shown until others are chosen.
    pub const DEFAULT: &'static [Self] = &[
        Self::Name,
        Self::Risk,
        Self::Phone,
        Self::Tags,
        Self::Stage,
        Self::Spend,
        Self::Orders,
        Self::LastPurchase,
        Self::LastContact,
        Self::Owner,
        Self::Rfm,
    ];

    /// The column that shows a field.
    pub fn of(field: Field) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, shown)| *shown == field)
            .map(|(column, _)| *column)
    }

    /// The key of the words over it.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Name => "column.name",
            Self::Phone => "column.phone",
            Self::Tags => "column.tags",
            Self::Stage => "column.stage",
            Self::Spend => "column.spend",
            Self::Orders => "column.orders",
            Self::LastPurchase => "column.last_purchase",
            Self::LastContact => "column.last_contact",
            Self::Owner => "column.owner",
            Self::Rfm => "column.rfm",
            Self::Risk => "column.risk",
            Self::Aov => "column.aov",
            Self::City => "column.city",
            Self::Added => "column.added",
            Self::Source => "column.source",
            Self::Id => "column.id",
        }
    }

    /// It says the same of a customer as it was and as it is.
    fn says_the_same(self, was: &CustomerRow, is: &CustomerRow) -> bool {
        match self {
            Self::Name => was.name == is.name,
            Self::Phone => was.phone == is.phone,
            Self::Tags => was.tags == is.tags,
            Self::Stage => was.stage == is.stage,
            Self::Spend => was.spend == is.spend,
            Self::Orders => was.orders == is.orders,
            Self::LastPurchase => was.last_purchase == is.last_purchase,
            Self::LastContact => was.last_contact == is.last_contact,
            Self::Owner => was.owner == is.owner,
            Self::Rfm => was.rfm == is.rfm,
            Self::Risk => (was.risk, was.value_at_risk) == (is.risk, is.value_at_risk),
            Self::Aov => was.spend.per(was.orders.into()) == is.spend.per(is.orders.into()),
            Self::City => was.city == is.city,
            Self::Added => was.added == is.added,
            Self::Source => was.source == is.source,
            Self::Id => was.id == is.id,
        }
    }

    /// The columns that say something else of a customer than before.
    pub(in crate::app) fn changed(was: &CustomerRow, is: &CustomerRow) -> Vec<Self> {
        let columns = Self::ALL.iter().map(|(column, _)| *column);
        columns.filter(|c| !c.says_the_same(was, is)).collect()
    }

    /// The field it shows.
    pub fn field(self) -> Field {
        Self::ALL
            .iter()
            .find(|(column, _)| *column == self)
            .map_or(Field::Name, |(_, field)| *field)
    }
}

impl Customers {
    /// The columns in force, in order.
    pub fn columns(&self) -> &[Column] {
        if self.columns.is_empty() {
            Column::DEFAULT
        } else {
            &self.columns
        }
    }

    /// The sort in force: what would be lost first, until another is chosen.
    pub fn sort(&self) -> Vec<SortKey> {
        if self.sort.is_empty() {
            ALARM_FIRST.to_vec()
        } else {
            self.sort.clone()
        }
    }

    /// The row under the cursor is loaded, and stands where the cursor does: not so while a list that was come back to waits
    /// for its rows.
    pub(in crate::app) fn is_settled(&self) -> bool {
        let row = self.page.value.as_ref().and_then(|page| {
            let at = self.list.index.checked_sub(page.offset)?;
            page.rows.get(usize::try_from(at).ok()?)
        });
        row.is_some_and(|row| self.list.cursor.as_ref() == Some(&row.id))
    }

    /// The row under the cursor, when it is loaded.
    pub fn row(&self) -> Option<&CustomerRow> {
        let id = self.list.cursor.as_ref()?;
        self.page
            .value
            .as_ref()?
            .rows
            .iter()
            .find(|row| row.id == *id)
    }

    /// Looks at columns further right or left; the name stays.
    pub(in crate::app) fn scroll(&mut self, right: bool) {
        let last = self.columns().len().saturating_sub(2);
        self.scroll_x = if right {
            (self.scroll_x + 1).min(last)
        } else {
            self.scroll_x.saturating_sub(1)
        };
    }

    /// Chooses columns: the name first, each once; the default ones are kept as "none chosen".
    pub(in crate::app) fn set_columns(&mut self, columns: Vec<Column>) {
        let mut chosen = vec![Column::Name];
        for column in columns {
            if !chosen.contains(&column) {
                chosen.push(column);
            }
        }
        if chosen == Column::DEFAULT || chosen.len() == 1 {
            chosen.clear();
        }
        self.columns = chosen;
        self.scroll_x = 0;
    }
}
