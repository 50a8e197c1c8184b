//! The second stage: where customers came from, and remarks. Filters by source and by what is typed wait for it.

use rusqlite::Connection;

use super::Pair;
use super::shared::{Codes, Shared, locked};
use crate::engine::Engine;
use crate::engine::bits::Bits;
use crate::engine::column::Dict;
use crate::engine::narrow::Narrow;
use crate::engine::people::{Asked, Finder};
use crate::engine::text::Notes;
use crate::filter::Field;
use crate::store::load::{self as rows, Key, Stretch};

/// What a relation says of a customer who is still to be found.
struct Relation {
    /// Since when and which staff; not of the owner.
    other: Option<(i64, String)>,
    source: u16,
    remark: Option<Box<str>>,
}

/// What relations say beside the owner: where customers came from, and remarks. For the engine that the first stage made,
/// as it was made.
#[derive(Debug, Default)]
pub struct Followed {
    /// Rows with an owner.
    owned: Bits,
    source: Narrow,
    remarks: Notes,
    /// Relations without credit: row, since when, staff, source.
    others: Vec<(u32, i64, String, u16)>,
    channels: Dict,
}

impl Followed {
    fn read(
        conn: &Connection,
        shared: &Shared<'_>,
        finder: &Finder,
        rows: usize,
        stretch: Stretch<'_>,
    ) -> rusqlite::Result<Self> {
        let mut followed = Self {
            owned: Bits::none(rows),
            ..Self::default()
        };
        followed.source.resize(rows);
        let mut ticker = shared.ticker();
        let mut channels = Codes::new(&shared.channels);
        let mut asked = Asked::new(finder);
        rows::each_follow(conn, stretch, |follow| {
            ticker.tick();
            let relation = Relation {
                other: (!follow.is_owner)
                    .then(|| (follow.added_at, follow.staff.clone().into_owned())),
                source: channels.number(follow.channel),
                remark: (!follow.remark.is_empty()).then(|| (*follow.remark).into()),
            };
            asked.ask(&follow.customer, relation, |relation, row, _| {
                followed.take(relation, row);
            });
        })?;
        asked.answer(|relation, row, _| followed.take(relation, row));
        Ok(followed)
    }

    /// Notes a relation, unless it is with somebody outside the pool.
    fn take(&mut self, relation: Relation, row: Option<u32>) {
        let Some(row) = row else { return };
        if let Some((since, staff)) = relation.other {
            self.others.push((row, since, staff, relation.source));
        } else {
            self.owned.put(row, true);
            self.source.put(row as usize, relation.source);
        }
        if let Some(remark) = relation.remark {
            self.remarks.push(row, &remark);
        }
    }

    /// A customer has one owner: where the other half knows it, this one does not.
    fn join(&mut self, shared: &Shared<'_>, mut other: Self) {
        self.owned.or(&other.owned);
        self.source.overlay(&other.source);
        self.remarks.join(&other.remarks);
        self.others.append(&mut other.others);
        shared.outlive(other);
    }

    /// Without an owner the earliest relation says where the customer came from.
    fn finish(&mut self) {
        let owned = &self.owned;
        let mut others = std::mem::take(&mut self.others);
        others.retain(|(row, ..)| !owned.has(*row));
        others.sort_unstable();
        others.dedup_by_key(|(row, ..)| *row);
        for (row, _, _, source) in others {
            self.source.put(row as usize, source);
        }
        self.remarks.shrink();
    }
}

impl Engine {
    /// Takes over where customers came from, and remarks. No change may have been applied since the first stage.
    pub fn follow(&mut self, followed: Followed) {
        self.customers.source = followed.source;
        self.customers.remarks = followed.remarks;
        self.words.channels = followed.channels;
        self.orders.forget(&[Field::Source]);
        self.typed.forget();
        self.selections.forget();
    }
}

/// Reads [`super::Table::Follows`]; `staff` are all members of staff, in any order.
pub fn read<'s>(
    pair: &mut Pair<'_>,
    shared: &Shared<'_>,
    finder: &Finder,
    staff: impl Iterator<Item = &'s str>,
    rows: usize,
) -> rusqlite::Result<Followed> {
    let mut staff: Vec<&str> = staff.collect();
    let middle = staff.len() / 2;
    let read = |conn: &Connection, stretch| Followed::read(conn, shared, finder, rows, stretch);
    let middle = (middle > 0).then(|| Key::new(staff.select_nth_unstable(middle).1));
    let mut followed = if let Some(middle) = &middle {
        let until = Stretch {
            until: Some(middle),
            ..Stretch::default()
        };
        let from = Stretch {
            from: Some(middle),
            ..Stretch::default()
        };
        let (mut first, second) = pair.both(|conn| read(conn, until), |conn| read(conn, from))?;
        first.join(shared, second);
        first
    } else {
        read(pair.first, Stretch::default())?
    };
    followed.finish();
    followed.channels = std::mem::take(&mut locked(&shared.channels));
    Ok(followed)
}
