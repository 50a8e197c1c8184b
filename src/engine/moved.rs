//! Which fields of customers differ after their rows were taken over: an order and a page that read none of them are what
//! they were, and nobody needs to look.

use std::collections::BTreeSet;

use super::Engine;
use crate::domain::CustomerId;
use crate::filter::{Expr, Field, SortKey};

/// What taking rows over did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Customers whose listed row may look different now.
    pub customers: Vec<CustomerId>,
    /// Fields that read otherwise.
    pub moved: Moved,
}

/// Fields that read otherwise for some customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Any may: somebody came or left, or more than cells of customers changed.
    everything: bool,
    fields: BTreeSet<Field>,
}

/// What a field reads of a customer.
#[derive(Debug, PartialEq)]
pub(super) enum Content {
    Number(Option<i64>),
    Text(String),
    Codes(Vec<u16>),
}

/// The fields that stand in cells of a customer, as they read now.
pub(super) type Seen = Vec<(Field, Content)>;

/// The cells a field is computed from. Scores follow from orders, with which these totals change.
fn cells(field: Field) -> &'static [Field] {
    match field {
        Field::Text => &[Field::Name, Field::Phone],
        Field::Name => &[Field::Name],
        Field::Phone => &[Field::Phone],
        Field::Gender => &[Field::Gender],
        Field::City => &[Field::City],
        Field::Birthday => &[Field::Birthday],
        Field::Tag => &[Field::Tag],
        Field::Stage => &[Field::Stage],
        Field::Spend => &[Field::Spend],
        Field::Orders => &[Field::Orders],
        Field::Aov => &[Field::Spend, Field::Orders],
        Field::LastContact => &[Field::LastContact],
        Field::LastPurchase => &[Field::LastPurchase],
        Field::Added => &[Field::Added],
        Field::Owner => &[Field::Owner],
        Field::Source => &[Field::Source],
        Field::Segment | Field::Risk | Field::ValueAtRisk => {
            &[Field::Spend, Field::Orders, Field::LastPurchase]
        }
        Field::Id
        | Field::Group
        | Field::CreditedTo
        | Field::AddedBy
        | Field::Step
        | Field::Campaign
        | Field::Health
        | Field::Members
        | Field::Flag
        | Field::Band
        | Field::Role => &[],
    }
}

impl Moved {
    /// Any field may read otherwise.
    pub fn everything() -> Self {
        Self {
            everything: true,
            fields: BTreeSet::new(),
        }
    }

    /// Notes the cells that differ.
    pub(super) fn note(&mut self, before: &Seen, now: &Seen) {
        let both = before.iter().zip(now);
        self.fields
            .extend(both.filter(|(a, b)| a != b).map(|((field, _), _)| *field));
    }

    /// A field reads otherwise.
    pub fn has(&self, field: Field) -> bool {
        self.everything || cells(field).iter().any(|cell| self.fields.contains(cell))
    }

    /// A sort may be another order.
    pub fn sorts(&self, sort: &[SortKey]) -> bool {
        self.everything || sort.iter().any(|key| self.has(key.field))
    }

    /// A filter may let others through.
    pub fn filters(&self, expr: &Expr) -> bool {
        match expr {
            Expr::All => self.everything,
            Expr::And(parts) | Expr::Or(parts) => parts.iter().any(|part| self.filters(part)),
            Expr::Not(inner) => self.filters(inner),
            Expr::Term(term) => self.has(term.field),
        }
    }
}

impl Engine {
    /// The cells of a customer as they read now.
    pub(super) fn seen(&self, row: u32) -> Seen {
        let (c, at) = (&self.customers, row as usize);
        let code = |code: Option<u16>| Content::Number(code.map(i64::from));
        vec![
            (Field::Name, Content::Text(c.names.get(row).into())),
            (Field::Phone, Content::Text(c.phones.get(row))),
            (
                Field::Gender,
                code(c.gender.get(at).copied().map(u16::from)),
            ),
            (Field::City, code(c.city.get(at))),
            (Field::Birthday, code(c.birthday.get(at).copied())),
            (Field::Owner, code(c.owner.get(at))),
            (Field::Source, code(c.source.get(at))),
            (Field::Stage, code(c.stage.get(at))),
            (Field::Spend, Content::Number(c.spend.get(row))),
            (Field::Orders, Content::Number(c.orders.get(row))),
            (Field::LastPurchase, Content::Number(c.last_paid.get(row))),
            (Field::LastContact, Content::Number(c.last_contact.get(row))),
            (Field::Added, Content::Number(c.added.get(row))),
            (Field::Tag, Content::Codes(self.tags.of(row))),
        ]
    }
}
