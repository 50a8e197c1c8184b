//! The first stage: customers, their tags, stages and owners. List, facets, sorts and nearly every filter need no more.

use std::sync::Arc;

use rusqlite::Connection;

use super::shared::{Codes, Shared, Ticker};
use super::{Pair, Table};
use crate::engine::customers::Customers;
use crate::engine::ids::Ids;
use crate::engine::tags::TagLists;
use crate::store::load::{self as rows, Beside, CustomerRecord, Key, Take};

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
    staff_codes: Codes<'b>,
    stage_codes: Codes<'b>,
    ticker: Ticker<'a, 'b>,
}

impl Take for Part<'_, '_> {
    fn customer(&mut self, record: &CustomerRecord<'_>) {
        self.close();
        self.ids.push(&record.id);
        self.customers.owner.push(0);
        self.customers.stage.push(0);
        if self.beside.rows {
            let city = self.cities.code(&record.region);
            self.customers.push(record, city);
        }
        self.ticker.tick();
    }

    fn tag(&mut self, tag: &[u8]) {
        self.own.push(self.tag_codes.stored(tag));
        self.ticker.tick();
    }

    fn owner(&mut self, staff: &str) {
        if let Some(last) = self.customers.owner.len().checked_sub(1) {
            let code = self.staff_codes.code(staff);
            self.customers.owner.put(last, code);
        }
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
            staff_codes: Codes::new(&shared.staff),
            stage_codes: Codes::new(&shared.stages),
            ticker: shared.ticker(),
        };
        // Exact in all but odd workspaces, so that no column moves while it grows.
        let rows = usize::try_from(expected).unwrap_or(0).min(1 << 24);
        part.ids.reserve(rows);
        part.customers.owner.reserve(rows);
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

/// Customers and what stands beside them.
pub fn read(
    pair: &mut Pair<'_>,
    shared: &Shared<'_>,
    wanted: &[Table],
    pool: u64,
) -> rusqlite::Result<(Customers, TagLists)> {
    let beside = Beside {
        rows: wanted.contains(&Table::Customers),
        tags: wanted.contains(&Table::Tags),
        owners: wanted.contains(&Table::Owners),
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
