//! The number that rows are compared by first, made of the first key of a sort.

use std::cmp::Ordering;

use super::super::cells::{Cell, Cells, signed};
use crate::filter::{Field, SortKey};

/// A row with the number it is compared by first.
pub type Ranked = (u64, u32);

/// Something done with that number of many rows.
pub trait ByNumber {
    /// What comes of it.
    type Made;

    /// Does it; `exact` when equal numbers are equal values of the key (or one of them is no value).
    fn by(self, number: impl Fn(u32) -> u64 + Sync, exact: bool) -> Self::Made;
}

/// Does it with the number that a key makes.
pub fn numbered<T: ByNumber>(cells: &Cells<'_>, key: SortKey, work: T) -> T::Made {
    let c = &cells.engine.customers;
    let place = |value: Option<u64>| match value {
        Some(value) if key.descending => !value,
        Some(value) => value,
        None => u64::MAX,
    };
    let number = |value: Option<i64>| place(value.map(signed));
    match key.field {
        Field::Spend => work.by(|row| number(c.spend.get(row)), true),
        Field::Orders => work.by(|row| number(c.orders.get(row)), true),
        Field::LastContact => work.by(|row| number(c.last_contact.get(row)), true),
        Field::LastPurchase => work.by(|row| number(c.last_paid.get(row)), true),
        Field::Added => work.by(|row| number(c.added.get(row)), true),
        Field::Name | Field::Text => work.by(|row| place(head(c.names.lowered(row))), false),
        Field::Id => work.by(|row| place(head(c.ids.get(row))), false),
        Field::Phone
        | Field::Gender
        | Field::City
        | Field::Birthday
        | Field::Tag
        | Field::Stage
        | Field::Aov
        | Field::Owner
        | Field::Source
        | Field::Group
        | Field::Segment
        | Field::Risk
        | Field::ValueAtRisk
        | Field::CreditedTo
        | Field::AddedBy
        | Field::Step
        | Field::Campaign
        | Field::Health
        | Field::Members
        | Field::Flag
        | Field::Band
        | Field::Role => work.by(
            |row| match cells.get(key.field, row) {
                Some(Cell::Number(value)) => place(Some(value)),
                Some(Cell::Text(_)) | None => place(None),
            },
            true,
        ),
    }
}

/// Order of two rows by their numbers, then by the sort.
pub fn ordered<'a>(
    cells: &'a Cells<'a>,
    sort: &'a [SortKey],
    exact: bool,
) -> impl Fn(&Ranked, &Ranked) -> Ordering + Copy + Sync + 'a {
    move |a: &Ranked, b: &Ranked| {
        a.0.cmp(&b.0).then_with(|| {
            // The largest number also stands for no value.
            let rest = if exact && a.0 != u64::MAX {
                sort.get(1..).unwrap_or_default()
            } else {
                sort
            };
            cells.compare(rest, a.1, b.1)
        })
    }
}

/// The first eight bytes of a text as a number; `None` for no text.
fn head(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if let Some(eight) = bytes.first_chunk::<8>() {
        return Some(u64::from_be_bytes(*eight));
    }
    let mut eight = [0; 8];
    for (to, from) in eight.iter_mut().zip(bytes) {
        *to = *from;
    }
    (!bytes.is_empty()).then(|| u64::from_be_bytes(eight))
}
