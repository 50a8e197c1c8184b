//! The demo workspace: an invented brand with every case the console must show, and a shop that goes on selling.
//!
//! [`generate`] makes the same rows from the same [`Plan`], on every machine: its dice are its own, it reads no clock and
//! walks no hash map. It fills a file beside the target (tables in the order of their keys, indexes afterwards, the
//! triggers asleep) and moves it into place when it is whole and on the disk, so a target never holds half a demo.
//! [`Traffic`] then writes what a shop would, one small transaction at a time.

mod around;
mod basket;
mod board;
mod calendar;
mod campaigns;
mod chats;
mod follows;
mod groups;
mod ids;
mod links;
mod names;
mod orders;
mod org;
mod pass;
mod pool;
mod rng;
mod sold;
mod speech;
mod tags;
mod traffic;
mod words;

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::part::{Over, Part};
use super::{Birth, Doing, StoreError, create, meta, totals};
use crate::domain::{Day, Sentence, Zone, sentence};

use around::Around;
use calendar::Calendar;
use chats::Chats;
use groups::Groups;
use ids::Ids;
use orders::Orders;
use org::Org;
use pass::Pass;
use rng::Rng;

pub use traffic::{Deed, Traffic};

/// The fewest customers a demo has: below it the promised cases have no room.
pub const FEWEST: u32 = 100;
/// The most customers a demo has.
pub const MOST: u32 = 10_000_000;

/// What decides every row of a demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Customers of the pool, [`FEWEST`]..=[`MOST`]; everything else scales with them.
    pub customers: u32,
    /// Another seed, another pool.
    pub seed: u64,
    /// The demo's today; its "now" is 14:30 of that day and no row is later.
    pub today: Day,
    /// The workspace's zone.
    pub zone: Zone,
}

/// The demo's "now" on a day: half past two, unix seconds.
pub fn end_of(today: Day, zone: Zone) -> i64 {
    zone.start_of(today) + 14 * 3_600 + 30 * 60
}

/// Why no demo was made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Too few or too many customers.
    Customers(u32),
    /// The file could not be made.
    Store(#[from] StoreError),
}

impl DemoError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Customers(n) => sentence!(
                "演示工作区有 {FEWEST} 到 {MOST} 位客户, 不能是 {n}",
                "a demo has {FEWEST} to {MOST} customers, not {n}",
            ),
            Self::Store(error) => error.what(),
        }
    }
}

impl std::fmt::Display for DemoError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// What was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Made {
    /// Customers.
    pub customers: u32,
    /// Orders, paid or not, of people in and outside the pool.
    pub orders: u64,
    /// Groups.
    pub groups: usize,
    /// Staff.
    pub staff: usize,
    /// The demo's now, unix seconds: give it as `--as-of` to see the figures as they were made.
    pub now: i64,
}

/// Streams of dice, one a part, so that a change in one part moves nothing in another.
#[derive(Clone, Copy)]
enum Stream {
    Org = 1,
    Chats,
    Pool,
    Outsiders,
    Follows,
    Groups,
    Targets,
    StaffDays,
}

/// Progress in rows: done, of about how many, and of which kind now.
pub type Progress<'a> = dyn FnMut(u64, u64, &'static str) + 'a;

struct Meter<'a, 'b> {
    done: u64,
    total: u64,
    what: &'static str,
    tell: &'a mut Progress<'b>,
}

impl Meter<'_, '_> {
    fn begin(&mut self, what: &'static str) {
        self.what = what;
        self.add(0);
    }

    fn add(&mut self, rows: u64) {
        self.done = (self.done + rows).min(self.total);
        (self.tell)(self.done, self.total, self.what);
    }
}

/// Makes a demo workspace at `path`, which must not exist. `progress` is called often (some hundred times).
///
/// # Errors
/// [`DemoError::Customers`] for a size out of range, else what the store or the disk said; nothing is left at `path`.
pub fn generate(path: &Path, plan: &Plan, progress: &mut Progress<'_>) -> Result<Made, DemoError> {
    if !(FEWEST..=MOST).contains(&plan.customers) {
        return Err(DemoError::Customers(plan.customers));
    }
    Over::Never.check(path)?;
    let calendar = Calendar::new(plan.today, plan.zone);
    let mut unfinished = Part::beside(path);
    let birth = Birth {
        zone: plan.zone.0.name(),
        corp_name: words::BRAND,
        workspace_id: &format!("demo-{}-{}-{}", plan.customers, plan.seed, plan.today),
        now: calendar.now,
    };
    let mut conn = create(unfinished.path(), &birth)?.conn;
    unfinished.hold();
    let total = u64::from(plan.customers) * 16;
    let mut meter = Meter {
        done: 0,
        total,
        what: "customers",
        tell: progress,
    };
    let made = fill(&mut conn, plan, &calendar, &mut meter).doing("writing the demo")??;
    conn.close().map_err(|(_, e)| e).doing("closing the demo")?;
    unfinished.publish(path, Over::Never)?;
    meter.begin("done");
    meter.add(total);
    Ok(made)
}

/// Fills an empty workspace inside one transaction, then makes it what `open` expects.
fn fill(
    conn: &mut Connection,
    plan: &Plan,
    calendar: &Calendar,
    meter: &mut Meter<'_, '_>,
) -> rusqlite::Result<Result<Made, StoreError>> {
    // Nobody else has the file, and a demo cut short is thrown away: no journal on disk, no syncing, a large cache.
    conn.execute_batch(
        "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE; PRAGMA cache_size = -131072;",
    )?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Err(e) = totals::begin_bulk(&tx) {
        return Ok(Err(e));
    }
    let indexes = drop_indexes(&tx)?;
    let made = write(&tx, plan, calendar, meter)?;
    meter.begin("indexes");
    for sql in indexes {
        tx.execute_batch(&sql)?;
        meter.add(u64::from(plan.customers) / 5);
    }
    meter.begin("totals");
    if let Err(e) = totals::end_bulk(&tx).and_then(|()| meta::set(&tx, "is_demo", "1")) {
        return Ok(Err(e));
    }
    tx.commit()?;
    conn.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL;")?;
    Ok(Ok(made))
}

/// Drops the indexes of the schema and returns their SQL: filling them afterwards sorts once instead of seeking per row.
fn drop_indexes(tx: &Transaction<'_>) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        tx.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY rowid")?;
    let found: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &found {
        tx.execute_batch(&format!("DROP INDEX \"{name}\""))?;
    }
    Ok(found.into_iter().map(|(_, sql)| sql).collect())
}

/// Writes every table.
fn write(
    conn: &Connection,
    plan: &Plan,
    calendar: &Calendar,
    meter: &mut Meter<'_, '_>,
) -> rusqlite::Result<Made> {
    let dice = |stream: Stream| Rng::new(plan.seed, stream as u64);
    let size = |per: u32, least: usize| {
        usize::try_from(plan.customers / per).map_or(least, |n| n.max(least))
    };
    let ids = Ids::new(plan.seed, plan.customers);
    let org = Org::new(&mut dice(Stream::Org), calendar, size(500, 16));
    let group_count = size(200, 12);
    let chats = Chats::new(&mut dice(Stream::Chats), calendar, &org, &ids, group_count);
    org.write(conn, calendar)?;
    follows::write_channels(conn)?;
    tags::write_journey(conn)?;
    let around = Around {
        calendar,
        org: &org,
        ids: &ids,
        chats: &chats,
    };
    let mut campaigns = campaigns::all();
    let mut orders = Orders::new(conn, calendar, org.staff.len())?;
    let mut pass = Pass::new(
        conn,
        &around,
        &mut orders,
        &mut campaigns,
        dice(Stream::Pool),
    )?;
    for n in 0..plan.customers {
        pass.next(n)?;
        if n % 4_096 == 0 {
            meter.add(4_096 * 6);
        }
    }
    let mut pool = pass.pool;
    let outsiders = u64::from(plan.customers) * 6 / 100;
    orders.outsiders(&mut dice(Stream::Outsiders), &around, outsiders)?;
    orders.level(&around)?;
    meter.begin("follows");
    follows::write(conn, &mut pool, &org, &ids, &mut dice(Stream::Follows))?;
    meter.add(u64::from(plan.customers));
    follows::write_events(conn, &mut pool, &org, &ids, calendar)?;
    meter.add(u64::from(plan.customers));
    meter.begin("tags");
    tags::write(conn, &pool, &ids, &org, |rows| meter.add(rows / 2))?;
    meter.begin("campaigns");
    for campaign in &campaigns {
        meter.add(campaign.write(conn, calendar, &org, |n, key| pool.guide_of(&ids, n, key))?);
    }
    meter.begin("groups");
    let mut groups = Groups::new(conn, (calendar, &org, &ids), &pool, dice(Stream::Groups))?;
    groups.write(&chats, |rows| meter.add(rows))?;
    meter.begin("board");
    write_board(conn, &around, &pool, &orders.sales.by_staff, dice)?;
    Ok(Made {
        customers: plan.customers,
        orders: orders.count,
        groups: group_count,
        staff: org.staff.len(),
        now: calendar.now,
    })
}

/// Targets, rewards, yesterday's boards and the statistics of guides.
fn write_board(
    conn: &Connection,
    around: &Around<'_>,
    pool: &pool::Pool,
    sold: &[sold::Sold],
    dice: impl Fn(Stream) -> Rng,
) -> rusqlite::Result<()> {
    let (calendar, org) = (around.calendar, around.org);
    board::write_targets(conn, calendar, org, sold, &mut dice(Stream::Targets))?;
    board::write_incentives(conn, calendar, sold)?;
    board::write_snapshots(conn, calendar, org, pool, sold)?;
    board::write_staff_days(conn, calendar, org, pool, &mut dice(Stream::StaffDays))
}
