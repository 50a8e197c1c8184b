//! The first stage: customers, their tags, stages and staff. List, filter, facets and sorts need no more.

use std::sync::Arc;

use rusqlite::Connection;

use super::shared::{Codes, Shared, Ticker};
use super::{Pair, Table};
use crate::engine::customers::Customers;
use crate::engine::ids::Ids;
use crate::engine::narrow::Narrow;
use crate::engine::people::{Asked, Finder};
use crate::engine::tags::TagLists;
use crate::engine::text::Notes;
use crate::store::load::{self as rows, Beside, CustomerRecord, Key, Stretch, Take};

/// Below so many customers one thread reads them all.
const WORTH_SHARING: u64 = 2_000;

/// Customers of a stretch with what other tables say of them.
struct Part<'a, 'b> {
    beside: Beside,
    ids: Ids,
    customers: Customers,
    tags: TagLists,
    /// Tags of the customer being read.
    own: Vec<u16>,
    cities: Codes<'b>,
    tag_codes: Codes<'b>,
    stage_codes: Codes<'b>,
    ticker: Ticker<'a, 'b>,
}

impl Take for Part<'_, '_> {
    fn customer(&mut self, record: &CustomerRecord<'_>) {
        self.close();
        self.ids.push(&record.id);
        self.customers.stage.push(0);
        if self.beside.rows {
            let city = self.cities.code(&record.region);
            self.customers.push(record, city);
        }
        self.ticker.tick();
    }

    fn tag(&mut self, tag: &str) {
        self.own.push(self.tag_codes.code(tag));
        self.ticker.tick();
    }

    fn stage(&mut self, stage: i64) {
        if let Some(last) = self.customers.stage.len().checked_sub(1) {
            let code = self.stage_codes.number(Some(stage));
            self.customers.stage.put(last, code);
        }
        self.ticker.tick();
    }
}

impl<'a, 'b> Part<'a, 'b> {
    fn new(shared: &'b Shared<'a>, beside: Beside, expected: u64) -> Self {
        let mut part = Self {
            beside,
            ids: Ids::default(),
            customers: Customers::default(),
            tags: TagLists::default(),
            own: Vec::new(),
            cities: Codes::new(&shared.cities),
            tag_codes: Codes::new(&shared.tags),
            stage_codes: Codes::new(&shared.stages),
            ticker: shared.ticker(),
        };
        // Exact in all but odd workspaces, so that no column moves while it grows.
        let rows = usize::try_from(expected).unwrap_or(0).min(1 << 24);
        part.ids.reserve(rows);
        part.customers.stage.reserve(rows);
        if beside.rows {
            part.customers.reserve(rows);
        }
        if beside.tags {
            part.tags.reserve(rows);
        }
        part
    }

    /// Ends the list of tags of the customer read last.
    fn close(&mut self) {
        if self.beside.tags && self.tags.len() < self.ids.len() {
            self.tags.push(&mut self.own);
        }
    }

    fn read(
        mut self,
        conn: &Connection,
        from: Option<&Key>,
        most: Option<u64>,
    ) -> rusqlite::Result<Self> {
        rows::each_customer(conn, from, most, self.beside, &mut self)?;
        self.close();
        Ok(self)
    }

    fn join(&mut self, shared: &Shared<'_>, other: Self) {
        self.ids.join(&other.ids);
        self.customers.join(&other.customers);
        self.tags.join(&other.tags);
        shared.outlive((other.ids, other.customers, other.tags));
    }
}

/// Customers and what stands beside them; the columns of [`Table::Follows`] are still empty.
pub fn read(
    pair: &mut Pair<'_>,
    shared: &Shared<'_>,
    wanted: &[Table],
    pool: u64,
) -> rusqlite::Result<(Customers, TagLists)> {
    let beside = Beside {
        rows: wanted.contains(&Table::Customers),
        tags: wanted.contains(&Table::Tags),
        stages: wanted.contains(&Table::Stages),
    };
    let half = (pool >= WORTH_SHARING).then_some(pool / 2);
    let mut part = if let Some(half) = half {
        // The second half begins where the first one stops counting, so neither waits for the other.
        let (mut first, second) = pair.both(
            |conn| Part::new(shared, beside, pool).read(conn, None, Some(half)),
            |conn| {
                let part = Part::new(shared, beside, pool - half);
                match rows::customer_at(conn, half)? {
                    Some(key) => part.read(conn, Some(&key), None),
                    None => Ok(part),
                }
            },
        )?;
        first.join(shared, second);
        first
    } else {
        Part::new(shared, beside, pool).read(pair.first, None, None)?
    };
    part.ids.shrink();
    part.tags.shrink();
    let mut customers = part.customers;
    customers.ids = Arc::new(part.ids);
    Ok((customers, part.tags))
}

/// What a relation says of a customer who is still to be found.
struct Relation {
    /// Code of the staff, of the owner only.
    owner: u16,
    /// Since when and which staff, of others only.
    other: Option<(i64, String)>,
    source: u16,
    remark: Option<Box<str>>,
}

/// Columns that come from `follow`.
#[derive(Default)]
struct Followed {
    owner: Narrow,
    source: Narrow,
    remarks: Notes,
    /// Relations without credit: row, since when, staff, source.
    others: Vec<(u32, i64, String, u16)>,
}

impl Followed {
    fn read(
        conn: &Connection,
        shared: &Shared<'_>,
        finder: &Finder,
        rows: usize,
        stretch: Stretch<'_>,
    ) -> rusqlite::Result<Self> {
        let mut followed = Self { ..Self::default() };
        followed.owner.resize(rows);
        followed.source.resize(rows);
        let mut ticker = shared.ticker();
        let (mut staff, mut channels) = (Codes::new(&shared.staff), Codes::new(&shared.channels));
        let mut asked = Asked::new(finder);
        rows::each_follow(conn, stretch, |follow| {
            ticker.tick();
            let owner = follow.is_owner.then(|| staff.code(&follow.staff));
            let relation = Relation {
                owner: owner.unwrap_or(0),
                other: owner
                    .is_none()
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
            self.owner.put(row as usize, relation.owner);
            self.source.put(row as usize, relation.source);
        }
        if let Some(remark) = relation.remark {
            self.remarks.push(row, &remark);
        }
    }

    /// A customer has one owner: where the other half knows it, this one does not.
    fn join(&mut self, shared: &Shared<'_>, mut other: Self) {
        self.owner.overlay(&other.owner);
        self.source.overlay(&other.source);
        self.remarks.join(&other.remarks);
        self.others.append(&mut other.others);
        shared.outlive(other);
    }

    /// Without an owner the earliest relation says where the customer came from.
    fn finish(mut self, customers: &mut Customers) {
        let owner = &self.owner;
        self.others
            .retain(|(row, ..)| owner.get(*row as usize) == Some(0));
        self.others.sort_unstable();
        self.others.dedup_by_key(|(row, ..)| *row);
        for (row, _, _, source) in self.others {
            self.source.put(row as usize, source);
        }
        self.remarks.shrink();
        customers.owner = self.owner;
        customers.source = self.source;
        customers.remarks = self.remarks;
    }
}

/// Fills the columns of [`Table::Follows`]; `staff` are all members of staff, in any order.
pub fn read_follows<'s>(
    pair: &mut Pair<'_>,
    shared: &Shared<'_>,
    finder: &Finder,
    staff: impl Iterator<Item = &'s str>,
    customers: &mut Customers,
) -> rusqlite::Result<()> {
    let mut staff: Vec<&str> = staff.collect();
    let middle = staff.len() / 2;
    let rows = customers.len();
    let read = |conn: &Connection, stretch| Followed::read(conn, shared, finder, rows, stretch);
    let middle = (middle > 0).then(|| Key::new(staff.select_nth_unstable(middle).1));
    let followed = if let Some(middle) = &middle {
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
    followed.finish(customers);
    Ok(())
}
