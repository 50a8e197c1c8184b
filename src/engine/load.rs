//! Filling the engine from a workspace: in three stages, on two threads where there are two connections.
//!
//! Both connections read one and the same state of the file. The first stage reads customers with all that stands beside
//! them in order of their id, each thread one half: list, filter, facets and sorts can begin. The second reads the
//! relations for sources and remarks, the third orders and the rest; both name customers by id and find them by `Finder`.

mod follows;
mod people;
mod reach;
mod shared;
mod trade;

use rusqlite::Connection;

use super::Engine;
use super::bits::Bits;
use super::names::Words;
use super::people::Finder;
use crate::domain::{Sentence, sentence};
use crate::store::changes::{self, Seq};
use crate::store::load as rows;
pub use follows::Followed;
pub use reach::Reach;
use shared::{Shared, locked};
pub use trade::Rest;
use trade::Trade;

/// Told rows read and rows expected in all (an estimate); called from both threads, every few thousand rows.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// A loaded engine and the place in the change log its state belongs to.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The engine.
    pub engine: Engine,
    /// Read changes from here on.
    pub seq: Seq,
    /// It was read as of this instant, unix seconds; `None` where the file was read as it is.
    pub until: Option<i64>,
}

/// Why a load failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A query failed or was interrupted.
    Sqlite(#[from] rusqlite::Error),
    /// The change log could not be read.
    Store(#[from] crate::store::StoreError),
    /// The load broke off: a defect of this program, which its report tells.
    BrokeOff,
}

impl LoadError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Sqlite(error) => {
                sentence!("读工作区时出错: {error}", "reading the workspace: {error}")
            }
            Self::Store(error) => error.what(),
            Self::BrokeOff => sentence!("读工作区时中断", "reading the workspace broke off"),
        }
    }
}

impl std::fmt::Display for LoadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// How often two connections may try to begin at the same state.
const TRIES: u32 = 100;

/// Reads the workspace into an engine. With a second connection to the same file the tables are read by two threads.
pub fn load(
    first: &mut Connection,
    second: Option<&mut Connection>,
    progress: Progress<'_>,
) -> Result<Loaded, LoadError> {
    load_tables(first, second, (Table::ALL, Reach::All), progress)
}

/// The same for some tables, and for the orders within reach: a command loads what its question needs. Of the others the
/// engine knows nothing, and answers as if they were empty.
pub fn load_tables(
    first: &mut Connection,
    second: Option<&mut Connection>,
    wanted: (&[Table], Reach),
    progress: Progress<'_>,
) -> Result<Loaded, LoadError> {
    let mut loaded = Loaded::default();
    let rest = in_transactions(first, second, |pair| {
        read(pair, wanted, progress, |early| match early {
            Early::People(people) => loaded = *people,
            Early::Follows(followed) => loaded.engine.follow(*followed),
        })
    })?;
    loaded.engine.complete(rest);
    Ok(loaded)
}

/// What is given away before a load ends.
#[derive(Debug)]
pub enum Early {
    /// An engine that knows [`Table::PEOPLE`].
    People(Box<Loaded>),
    /// What [`Engine::follow`] wants: [`Table::Follows`].
    Follows(Box<Followed>),
}

/// Reads the workspace in stages: gives away what it has [`Early`], and returns what [`Engine::complete`] wants. All are of
/// one state of the file: changes are applied when the engine is complete.
pub fn load_staged(
    first: &mut Connection,
    second: Option<&mut Connection>,
    progress: Progress<'_>,
    early: impl FnMut(Early),
) -> Result<Rest, LoadError> {
    in_transactions(first, second, |pair| {
        read(pair, (Table::ALL, Reach::All), progress, early)
    })
}

/// Two connections at one state of the file, or one.
struct Pair<'c> {
    first: &'c Connection,
    second: Option<&'c mut Connection>,
}

impl Pair<'_> {
    /// Does two things, each on a thread and a connection of its own; one after the other where there is one connection.
    fn both<A, B: Send>(
        &mut self,
        one: impl FnOnce(&Connection) -> rusqlite::Result<A>,
        other: impl FnOnce(&Connection) -> rusqlite::Result<B> + Send,
    ) -> rusqlite::Result<(A, B)> {
        let Some(second) = &mut self.second else {
            let other = other(self.first)?;
            return Ok((one(self.first)?, other));
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(move || other(second));
            let one = one(self.first);
            let other = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            Ok((one?, other))
        })
    }
}

/// Begins read transactions, reads, and ends them.
fn in_transactions<T>(
    first: &mut Connection,
    second: Option<&mut Connection>,
    read: impl FnOnce(&mut Pair<'_>) -> Result<T, LoadError>,
) -> Result<T, LoadError> {
    let second = match second {
        Some(second) if begin_together(first, second)? => Some(second),
        Some(_) | None => {
            begin(first)?;
            None
        }
    };
    let mut pair = Pair { first, second };
    let kept = [Some(pair.first), pair.second.as_deref()]
        .map(|conn| conn.and_then(|c| shrink_cache(c).ok()));
    let done = read(&mut pair);
    for (conn, pages) in [Some(pair.first), pair.second.as_deref()]
        .into_iter()
        .zip(kept)
    {
        if let Some(conn) = conn {
            // Both were read transactions: there is nothing to keep.
            let _ = conn.execute_batch("ROLLBACK; PRAGMA shrink_memory;");
            if let Some(pages) = pages {
                // With the rows in columns, only a card or an edit reads the file: a small cache serves them.
                let _ = conn.pragma_update(None, "cache_size", pages.max(-4_000));
            }
        }
    }
    done
}

/// A load reads every page once: a large page cache would only leave holes between the columns. Returns the old size.
fn shrink_cache(conn: &Connection) -> rusqlite::Result<i64> {
    let pages = conn.pragma_query_value(None, "cache_size", |row| row.get(0))?;
    conn.pragma_update(None, "cache_size", -2_000)?;
    Ok(pages)
}

/// Begins a read transaction that holds the state of this moment.
fn begin(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch("BEGIN; SELECT count(*) FROM pool;")
}

/// Changes whenever another connection has committed.
fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Begins both at one state: the second's version is the same before the first began and after it began itself, so
/// nobody committed in between. `false` when writers left no gap.
fn begin_together(first: &Connection, second: &Connection) -> rusqlite::Result<bool> {
    for _ in 0..TRIES {
        let before = version(second)?;
        begin(first)?;
        begin(second)?;
        if version(second)? == before {
            return Ok(true);
        }
        first.execute_batch("ROLLBACK")?;
        second.execute_batch("ROLLBACK")?;
    }
    Ok(false)
}

/// A table, or tables that need each other: what a thread reads in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// `external_userid`s; always read.
    Ids,
    /// Everything else of `customer`, and its kept totals.
    Customers,
    /// Paid orders, refunds, items of campaign orders.
    Orders,
    /// Tag links.
    Tags,
    /// Owners.
    Owners,
    /// Sources, remarks.
    Follows,
    /// Adds.
    Adds,
    /// Stages of the first journey.
    Stages,
    /// Funnel steps.
    Steps,
    /// Live groups and their members.
    Groups,
}

impl Table {
    /// All of them, in the order they are best read.
    pub const ALL: &'static [Self] = &[
        Self::Ids,
        Self::Customers,
        Self::Orders,
        Self::Tags,
        Self::Owners,
        Self::Follows,
        Self::Adds,
        Self::Stages,
        Self::Steps,
        Self::Groups,
    ];

    /// Those of the first stage.
    pub const PEOPLE: &'static [Self] = &[
        Self::Ids,
        Self::Customers,
        Self::Tags,
        Self::Owners,
        Self::Stages,
    ];
}

/// Reads the wanted tables inside the transactions that have begun.
fn read(
    pair: &mut Pair<'_>,
    (wanted, reach): (&[Table], Reach),
    progress: Progress<'_>,
    mut early: impl FnMut(Early),
) -> Result<Rest, LoadError> {
    let seq = changes::head(pair.first)?;
    let catalogue = rows::catalogue(pair.first)?;
    let pool = rows::pool(pair.first)?;
    let mut words = Words::default();
    words.set(&catalogue);
    let shared = Shared::new(&words, pool.saturating_mul(14).max(1), progress);
    let (mut customers, tags) = people::read(pair, &shared, wanted, pool)?;
    customers.cities = std::mem::take(&mut locked(&shared.cities));
    customers.extend_followed();
    customers.live = Bits::all(customers.len());
    customers.shrink();
    shared.name(&mut words);
    let orders = u64::try_from(customers.orders.sum()).unwrap_or(0);
    let (ids, rows) = (customers.ids.clone(), customers.len());
    let engine = Engine {
        customers,
        tags,
        words,
        ..Engine::default()
    };
    early(Early::People(Box::new(Loaded {
        engine,
        seq,
        until: None,
    })));
    let finder = Finder::new(ids);
    if wanted.contains(&Table::Follows) {
        let staff = catalogue.staff.iter().map(|(id, _)| id.as_str());
        let followed = follows::read(pair, &shared, &finder, staff, rows)?;
        early(Early::Follows(Box::new(followed)));
    }
    let trade = Trade {
        shared: &shared,
        finder,
        wanted,
        reach,
        orders,
    };
    Ok(trade.read(pair)?)
}
