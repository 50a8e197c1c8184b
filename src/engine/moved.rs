//! Which fields of customers differ after their rows were taken over: an order and a page that read none of them are what
//! they were, and nobody needs to look.

use std::collections::BTreeSet;

use super::Engine;
use crate::domain::{CustomerId, Fen, SafeText};
use crate::engine::request::Turned;
use crate::filter::{Expr, Field, SortKey};

/// What taking rows over did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Customers whose listed row may look different now.
    pub customers: Vec<CustomerId>,
    /// Fields that read otherwise.
    pub moved: Moved,
    /// What differs of those who were there before, of the first of them.
    pub turned: Vec<(CustomerId, Vec<Turned>)>,
    /// Customers who are there no more.
    pub gone: Vec<CustomerId>,
}

/// Customers of whom is told what differs, at most.
const TOLD: usize = 1_000;

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
    /// Notes what taking over the row of a customer did, who was there `before` and may be no more.
    pub(super) fn note(
        &self,
        applied: &mut Applied,
        (id, is_there): (&str, bool),
        (before, row): (&Seen, u32),
    ) {
        let now = self.seen(row);
        applied.moved.note(before, &now);
        if !is_there {
            applied.gone.push(CustomerId::from(id));
        } else if applied.turned.len() < TOLD {
            let turned = self.turned(before, &now);
            if !turned.is_empty() {
                applied.turned.push((CustomerId::from(id), turned));
            }
        }
    }

    /// What a list tells of a customer whose cells read otherwise: figures, stage, owner and tags, in words.
    fn turned(&self, before: &Seen, now: &Seen) -> Vec<Turned> {
        let both = before.iter().zip(now).filter(|(was, is)| was != is);
        let told = both.filter_map(|((field, was), (_, is))| {
            let (was, is) = (self.said(*field, was)?, self.said(*field, is)?);
            Some(Turned {
                field: *field,
                was,
                is,
            })
        });
        told.collect()
    }

    /// What a cell says; `None` of cells that no list of changes tells.
    fn said(&self, field: Field, content: &Content) -> Option<Vec<SafeText>> {
        let words = &self.words;
        let one = |text: String| vec![SafeText::new(&text)];
        Some(match (field, content) {
            (Field::Spend, Content::Number(n)) => one(Fen(n.unwrap_or(0)).decimal()),
            (Field::Orders, Content::Number(n)) => one(n.unwrap_or(0).to_string()),
            (Field::Stage, Content::Number(code)) => {
                let code = code.and_then(|code| u16::try_from(code).ok());
                code.and_then(|code| words.stage_names.get(&code))
                    .map(|(_, named)| named.name.clone())
                    .into_iter()
                    .collect()
            }
            (Field::Owner, Content::Number(code)) => {
                let code = code.and_then(|code| u16::try_from(code).ok());
                let owner = code.and_then(|code| words.staff_member(code));
                owner.into_iter().map(|(_, name)| name).collect()
            }
            (Field::Tag, Content::Codes(codes)) => words.tags_in_order(codes),
            _ => return None,
        })
    }

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
