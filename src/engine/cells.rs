//! Cells as they are compared while sorting: of any field that sorts, in a form that compares fast.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::Engine;
use super::column::put;
use super::derived::Derived;
use super::narrow::Narrow;
use crate::filter::{Field, SortKey, fold};

/// A cell as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell<'a> {
    Number(u64),
    Text(&'a str),
}

/// A signed number whose order is kept by the unsigned one.
pub(super) fn signed(value: i64) -> u64 {
    value.cast_unsigned() ^ (1 << 63)
}

/// A finite float whose order is kept by the unsigned number.
fn float(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

/// Access to cells while sorting; words behind codes are ranked once.
pub(super) struct Cells<'e> {
    pub(super) engine: &'e Engine,
    scores: Option<&'e Derived>,
    ranks: HashMap<Field, Vec<u64>>,
}

impl<'e> Cells<'e> {
    pub(super) fn new(engine: &'e Engine, sort: &[SortKey]) -> Self {
        let ranks = sort
            .iter()
            .filter_map(|key| Some((key.field, engine.ranks(key.field)?)))
            .collect();
        Self {
            engine,
            scores: engine.derived.as_ref(),
            ranks,
        }
    }

    pub(super) fn get(&self, field: Field, row: u32) -> Option<Cell<'e>> {
        let (c, at) = (&self.engine.customers, row as usize);
        let code = |column: &Narrow| {
            let code = column.get(at).filter(|c| *c != 0)?;
            Some(Cell::Number(
                self.ranks
                    .get(&field)?
                    .get(usize::from(code))
                    .copied()
                    .filter(|r| *r != 0)?,
            ))
        };
        let number = |value: Option<i64>| value.map(|v| Cell::Number(signed(v)));
        let text = |text: &'e str| (!text.is_empty()).then_some(Cell::Text(text));
        match field {
            Field::Name | Field::Text => text(self.engine.name_key(row)),
            Field::Id => text(c.ids.get(row)),
            Field::City => code(&c.city),
            Field::Owner => code(&c.owner),
            Field::Source => code(&c.source),
            Field::Stage => code(&c.stage),
            Field::Gender => c
                .gender
                .get(at)
                .filter(|g| **g != 0)
                .map(|g| Cell::Number(u64::from(*g))),
            Field::Birthday => c
                .birthday
                .get(at)
                .filter(|b| **b != 0)
                .map(|b| Cell::Number(u64::from(*b))),
            Field::Tag => Some(Cell::Number(self.engine.tags.count(row) as u64)),
            Field::Spend => number(c.spend.get(row)),
            Field::Orders => number(c.orders.get(row)),
            Field::Aov => self.engine.aov(row).map(|v| Cell::Number(float(v))),
            Field::LastContact => number(c.last_contact.get(row)),
            Field::LastPurchase => number(c.last_paid.get(row)),
            Field::Added => number(c.added.get(row)),
            Field::Segment => self
                .scores?
                .rfm(row)
                .map(|r| Cell::Number(u64::from(r.segment))),
            Field::Risk => self.scores?.level(row).map(|l| Cell::Number(u64::from(l))),
            Field::ValueAtRisk => {
                let spend = c.spend.get(row).unwrap_or(0);
                number(Some(self.scores?.at_risk(row, spend)?.0))
            }
            Field::Phone
            | Field::Group
            | Field::CreditedTo
            | Field::AddedBy
            | Field::Step
            | Field::Campaign
            | Field::Health
            | Field::Members
            | Field::Flag
            | Field::Band
            | Field::Role => None,
        }
    }

    /// Order of two rows under a sort, to the last tie.
    pub(super) fn compare(&self, sort: &[SortKey], a: u32, b: u32) -> Ordering {
        for key in sort {
            let order = match (self.get(key.field, a), self.get(key.field, b)) {
                (Some(a), Some(b)) if key.descending => b.cmp(&a),
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => Ordering::Equal,
            };
            if order.is_ne() {
                return order;
            }
        }
        self.engine.customers.ids.compare(a, b)
    }
}

impl Engine {
    /// A name in the form in which it is sorted.
    pub(super) fn name_key(&self, row: u32) -> &str {
        self.customers.names.lowered(row)
    }

    /// Spend per order, fen; `None` without orders.
    pub(super) fn aov(&self, row: u32) -> Option<f64> {
        let orders = self.customers.orders.get(row).filter(|n| *n > 0)?;
        Some(self.customers.spend.get(row)? as f64 / orders as f64)
    }

    /// Rank of each code's word, from 1; 0 for words not in use. `None` for fields without codes.
    fn ranks(&self, field: Field) -> Option<Vec<u64>> {
        let words = &self.words;
        let named: Vec<(u16, String)> = match field {
            Field::City => self
                .customers
                .cities
                .iter()
                .map(|(code, word)| (code, fold::search_form(word)))
                .collect(),
            Field::Owner => words
                .staff
                .iter()
                .map(|(code, _)| (code, fold::search_form(words.staff_name(code))))
                .collect(),
            Field::Source => words
                .channel_names
                .iter()
                .map(|(code, (_, n))| (*code, fold::search_form(&n.raw)))
                .collect(),
            Field::Stage => words
                .stage_names
                .iter()
                .map(|(code, (ord, _))| (*code, format!("{ord:010}")))
                .collect(),
            _ => return None,
        };
        let mut named: Vec<(u16, String)> = named
            .into_iter()
            .filter(|(_, word)| !word.is_empty())
            .collect();
        named.sort_by(|a, b| a.1.cmp(&b.1));
        let mut ranks = vec![
            0;
            named
                .iter()
                .map(|(c, _)| usize::from(*c) + 1)
                .max()
                .unwrap_or(0)
        ];
        let (mut rank, mut last) = (0, None);
        for (code, word) in &named {
            if last != Some(word) {
                rank += 1;
                last = Some(word);
            }
            put(&mut ranks, usize::from(*code), rank);
        }
        Some(ranks)
    }
}
