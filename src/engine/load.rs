//! Filling the engine from a workspace: table by table, on two threads where there are two connections.
//!
//! Both connections read one and the same state of the file. Customer numbers come from a pass over the ids alone, so
//! that every other table can be read at once; a table is a job, and each thread takes the next one.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::Connection;

use super::Engine;
use super::circles::{Groups, Steps};
use super::column::Dict;
use super::customers::{Customers, put};
use super::ids::Ids;
use super::people::{Finder, Strangers};
use super::sales::{Adds, NO_DAY, Order, Sales, day_cell};
use super::tags::TagLists;
use crate::store::changes::{self, Seq};
use crate::store::load as rows;

/// Told rows read and rows expected in all (an estimate); called from both threads, every few thousand rows.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// A loaded engine and the place in the change log its state belongs to.
#[derive(Debug)]
pub struct Loaded {
    /// The engine.
    pub engine: Engine,
    /// Read changes from here on.
    pub seq: Seq,
}

/// Why a load failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A query failed or was interrupted.
    #[error("reading the workspace: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The change log could not be read.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// How often two connections may try to begin at the same state.
const TRIES: u32 = 100;

/// Reads the workspace into an engine. With a second connection to the same file the tables are read by two threads.
pub fn load(
    first: &mut Connection,
    second: Option<&mut Connection>,
    progress: Progress<'_>,
) -> Result<Loaded, LoadError> {
    load_tables(first, second, Table::ALL, progress)
}

/// The same for some tables: a command loads what its question needs. Of the others the engine knows nothing, and answers
/// as if they were empty.
pub fn load_tables(
    first: &mut Connection,
    second: Option<&mut Connection>,
    wanted: &[Table],
    progress: Progress<'_>,
) -> Result<Loaded, LoadError> {
    let second = match second {
        Some(second) if begin_together(first, second)? => Some(second),
        Some(_) | None => {
            begin(first)?;
            None
        }
    };
    let mut second = second;
    let kept =
        [Some(&*first), second.as_deref()].map(|conn| conn.and_then(|c| shrink_cache(c).ok()));
    let loaded = read(first, second.as_deref_mut(), wanted, progress);
    for (conn, pages) in [Some(&*first), second.as_deref()].into_iter().zip(kept) {
        if let Some(conn) = conn {
            // Both were read transactions: there is nothing to keep.
            let _ = conn.execute_batch("ROLLBACK; PRAGMA shrink_memory;");
            if let Some(pages) = pages {
                let _ = conn.pragma_update(None, "cache_size", pages);
            }
        }
    }
    loaded
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
    /// Owners, sources, remarks.
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
        Self::Follows,
        Self::Adds,
        Self::Stages,
        Self::Steps,
        Self::Groups,
    ];
}

/// What a job made.
enum Part {
    Ids,
    Customers(Box<Customers>),
    Orders(Box<Sales>),
    Tags(TagLists),
    Follows(Followed),
    Adds(Adds),
    Groups(Groups),
    Stages(Vec<u16>),
    Steps(Steps),
}

/// Columns that come from `follow`.
#[derive(Default)]
struct Followed {
    owner: Vec<u16>,
    source: Vec<u16>,
    remarks: super::text::Notes,
}

/// What the jobs share.
struct Shared<'a> {
    queue: Mutex<VecDeque<Table>>,
    ids: &'a OnceLock<Ids>,
    finder: OnceLock<Finder>,
    staff: Mutex<Dict>,
    channels: Mutex<Dict>,
    stages: Mutex<Dict>,
    tags: Mutex<Dict>,
    campaigns: Mutex<Dict>,
    strangers: Mutex<Strangers>,
    done: AtomicU64,
    expected: u64,
    progress: Progress<'a>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Codes of a shared dictionary, remembered by the job so that the lock is taken once a word.
struct Codes<'a> {
    shared: &'a Mutex<Dict>,
    known: HashMap<Box<str>, u16>,
    numbers: HashMap<i64, u16>,
}

impl<'a> Codes<'a> {
    fn new(shared: &'a Mutex<Dict>) -> Self {
        Self {
            shared,
            known: HashMap::new(),
            numbers: HashMap::new(),
        }
    }

    fn code(&mut self, word: &str) -> u16 {
        if word.is_empty() {
            return 0;
        }
        if let Some(code) = self.known.get(word) {
            return *code;
        }
        let code = locked(self.shared).code(word);
        self.known.insert(word.into(), code);
        code
    }

    fn number(&mut self, id: Option<i64>) -> u16 {
        let Some(id) = id else { return 0 };
        *self
            .numbers
            .entry(id)
            .or_insert_with(|| locked(self.shared).code(&id.to_string()))
    }
}

/// Reports rows read, every few thousand.
struct Ticker<'a, 'b> {
    shared: &'b Shared<'a>,
    waiting: u64,
}

impl Ticker<'_, '_> {
    fn tick(&mut self) {
        self.waiting += 1;
        if self.waiting == 8192 {
            let done = self.shared.done.fetch_add(self.waiting, Ordering::Relaxed) + self.waiting;
            self.waiting = 0;
            (self.shared.progress)(done.min(self.shared.expected), self.shared.expected);
        }
    }
}

impl<'a> Shared<'a> {
    fn ticker<'b>(&'b self) -> Ticker<'a, 'b> {
        Ticker {
            shared: self,
            waiting: 0,
        }
    }

    fn finder(&self) -> &Finder {
        self.finder.wait()
    }

    /// A person by key: a row, or the number of a stranger.
    fn person(&self, key: &str) -> u32 {
        self.finder()
            .find(key)
            .unwrap_or_else(|| locked(&self.strangers).number(key))
    }

    /// Does all jobs: on two threads when there are two connections.
    fn read_all(
        &self,
        first: &Connection,
        second: Option<&mut Connection>,
    ) -> rusqlite::Result<Vec<Part>> {
        let Some(second) = second else {
            return self.work(first, Table::Ids);
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(move || self.work(second, Table::Ids));
            let next = locked(&self.queue).pop_front();
            let parts = next.map_or(Ok(Vec::new()), |table| self.work(first, table));
            let more = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            let mut parts = parts?;
            parts.extend(more);
            Ok(parts)
        })
    }

    /// Takes jobs until none are left.
    fn work(&self, conn: &Connection, first: Table) -> rusqlite::Result<Vec<Part>> {
        let mut parts = vec![self.run(conn, first)?];
        loop {
            let next = locked(&self.queue).pop_front();
            match next {
                Some(job) => parts.push(self.run(conn, job)?),
                None => return Ok(parts),
            }
        }
    }

    fn run(&self, conn: &Connection, job: Table) -> rusqlite::Result<Part> {
        match job {
            Table::Ids => {
                let read = self.ids(conn);
                // Whoever waits must wake up, also when this failed.
                let ids = self.ids.get_or_init(Ids::default);
                self.finder.get_or_init(|| Finder::new(ids));
                read.map(|()| Part::Ids)
            }
            Table::Customers => self.customers(conn).map(|c| Part::Customers(Box::new(c))),
            Table::Orders => self.orders(conn).map(|s| Part::Orders(Box::new(s))),
            Table::Tags => self.tags(conn).map(Part::Tags),
            Table::Follows => self.follows(conn).map(Part::Follows),
            Table::Adds => self.adds(conn).map(Part::Adds),
            Table::Groups => self.groups(conn).map(Part::Groups),
            Table::Stages => self.stages(conn).map(Part::Stages),
            Table::Steps => self.steps(conn).map(Part::Steps),
        }
    }

    fn ids(&self, conn: &Connection) -> rusqlite::Result<()> {
        let mut ids = Ids::default();
        rows::each_customer_id(conn, |id| {
            ids.push(id);
        })?;
        ids.shrink();
        // Nobody else sets it.
        let _ = self.ids.set(ids);
        Ok(())
    }

    /// Everything but the ids, which are put in at the end.
    fn customers(&self, conn: &Connection) -> rusqlite::Result<Customers> {
        let (mut customers, mut row, mut ticker) = (Customers::default(), 0, self.ticker());
        rows::each_customer(conn, |record| {
            customers.push(row, &record);
            row += 1;
            ticker.tick();
        })?;
        Ok(customers)
    }

    fn orders(&self, conn: &Connection) -> rusqlite::Result<Sales> {
        let (mut sales, mut ticker) = (Sales::default(), self.ticker());
        let (mut staff, mut campaigns) = (Codes::new(&self.staff), Codes::new(&self.campaigns));
        rows::each_order(conn, |order| {
            let cells = Order {
                person: self.person(&order.person),
                staff: staff.code(&order.staff),
                day: order.day.map_or(NO_DAY, day_cell),
                paid: order.paid_fen,
                campaign: campaigns.number(order.campaign),
            };
            sales.push(&order.id, cells);
            ticker.tick();
        })?;
        sales.shrink();
        rows::each_refund(conn, |order, day, fen| {
            if let Some(number) = sales.ids.find(order) {
                sales.refund(number, day.map_or(NO_DAY, day_cell), fen);
            }
        })?;
        rows::each_campaign_items(conn, |order, items| {
            if let (Some(number), Ok(items)) = (sales.ids.find(order), u32::try_from(items)) {
                sales.items.insert(number, items);
            }
        })?;
        sales.items.shrink_to_fit();
        Ok(sales)
    }

    fn tags(&self, conn: &Connection) -> rusqlite::Result<TagLists> {
        let (mut links, mut ticker) = (Vec::new(), self.ticker());
        let (mut last, mut code) = (String::new(), 0);
        rows::each_tag_link(conn, |tag, customer| {
            if tag != last || code == 0 {
                code = locked(&self.tags).code(tag);
                last.clear();
                last.push_str(tag);
            }
            if let Some(row) = self.finder().find(customer) {
                links.push((row, code));
            }
            ticker.tick();
        })?;
        Ok(TagLists::build(self.len(), &links))
    }

    /// Rows there are.
    fn len(&self) -> usize {
        self.finder();
        self.ids.get().map_or(0, Ids::len)
    }

    fn follows(&self, conn: &Connection) -> rusqlite::Result<Followed> {
        let (mut followed, mut ticker) = (Followed::default(), self.ticker());
        followed.owner.resize(self.len(), 0);
        followed.source.resize(self.len(), 0);
        let (mut staff, mut channels) = (Codes::new(&self.staff), Codes::new(&self.channels));
        let mut others: Vec<(u32, i64, String, u16)> = Vec::new();
        rows::each_follow(conn, |follow| {
            ticker.tick();
            let Some(row) = self.finder().find(&follow.customer) else {
                return;
            };
            let source = channels.number(follow.channel);
            if follow.is_owner {
                put(&mut followed.owner, row as usize, staff.code(&follow.staff));
                put(&mut followed.source, row as usize, source);
            } else {
                others.push((row, follow.added_at, follow.staff.into_owned(), source));
            }
            followed.remarks.push(row, &follow.remark);
        })?;
        // Without an owner the earliest relation says where the customer came from.
        others.retain(|(row, ..)| followed.owner.get(*row as usize) == Some(&0));
        others.sort_unstable();
        others.dedup_by_key(|(row, ..)| *row);
        for (row, _, _, source) in others {
            put(&mut followed.source, row as usize, source);
        }
        followed.remarks.shrink();
        Ok(followed)
    }

    fn adds(&self, conn: &Connection) -> rusqlite::Result<Adds> {
        let (mut adds, mut staff, mut ticker) =
            (Adds::default(), Codes::new(&self.staff), self.ticker());
        rows::each_add(conn, |customer, userid, day| {
            adds.push(
                self.person(customer),
                staff.code(userid),
                day.map_or(NO_DAY, day_cell),
            );
            ticker.tick();
        })?;
        adds.shrink();
        Ok(adds)
    }

    fn groups(&self, conn: &Connection) -> rusqlite::Result<Groups> {
        let mut groups = Groups::default();
        rows::each_group(conn, |id, name| groups.set(id, Some((name, Vec::new()))))?;
        rows::each_member(conn, |id, member| groups.join(id, self.person(member)))?;
        groups.finish();
        Ok(groups)
    }

    fn stages(&self, conn: &Connection) -> rusqlite::Result<Vec<u16>> {
        let (mut column, mut stages) = (vec![0; self.len()], Codes::new(&self.stages));
        rows::each_stage(conn, |customer, stage| {
            if let Some(row) = self.finder().find(customer) {
                put(&mut column, row as usize, stages.number(Some(stage)));
            }
        })?;
        Ok(column)
    }

    fn steps(&self, conn: &Connection) -> rusqlite::Result<Steps> {
        let mut steps = Steps::default();
        rows::each_step(conn, |campaign, step, person| {
            steps.push(campaign, step, self.person(person));
        })?;
        steps.finish();
        Ok(steps)
    }
}

/// Reads the wanted tables inside the transactions that have begun.
fn read(
    first: &mut Connection,
    second: Option<&mut Connection>,
    wanted: &[Table],
    progress: Progress<'_>,
) -> Result<Loaded, LoadError> {
    let seq = changes::head(first)?;
    let catalogue = rows::catalogue(first)?;
    let pool = rows::pool(first)?;
    let ids = OnceLock::new();
    let mut words = super::names::Words::default();
    words.set(&catalogue);
    let shared = Shared {
        queue: Mutex::new(
            Table::ALL
                .iter()
                .copied()
                .filter(|table| *table != Table::Ids && wanted.contains(table))
                .collect(),
        ),
        ids: &ids,
        finder: OnceLock::new(),
        staff: Mutex::new(std::mem::take(&mut words.staff)),
        channels: Mutex::new(std::mem::take(&mut words.channels)),
        stages: Mutex::new(std::mem::take(&mut words.stages)),
        tags: Mutex::new(std::mem::take(&mut words.tags)),
        campaigns: Mutex::new(std::mem::take(&mut words.campaigns)),
        strangers: Mutex::new(Strangers::default()),
        done: AtomicU64::new(0),
        expected: pool.saturating_mul(11).max(1),
        progress,
    };
    let parts = shared.read_all(first, second)?;
    let Shared {
        staff,
        channels,
        stages,
        tags,
        campaigns,
        strangers,
        finder,
        ..
    } = shared;
    drop(finder);
    let own = |m: Mutex<Dict>| m.into_inner().unwrap_or_else(PoisonError::into_inner);
    words.staff = own(staff);
    words.channels = own(channels);
    words.stages = own(stages);
    words.tags = own(tags);
    words.campaigns = own(campaigns);
    let strangers = strangers
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let mut engine = Engine {
        words,
        strangers,
        ..Engine::default()
    };
    engine.assemble(ids.into_inner().unwrap_or_default(), parts);
    Ok(Loaded { engine, seq })
}

impl Engine {
    /// Puts the parts together. The customers come first, because other parts fill columns of theirs.
    fn assemble(&mut self, ids: Ids, mut parts: Vec<Part>) {
        parts.sort_by_key(|part| !matches!(part, Part::Customers(_)));
        for part in parts {
            match part {
                Part::Ids => {}
                Part::Customers(customers) => self.customers = *customers,
                Part::Orders(sales) => self.sales = *sales,
                Part::Tags(tags) => self.tags = tags,
                Part::Follows(followed) => {
                    self.customers.owner = followed.owner;
                    self.customers.source = followed.source;
                    self.customers.remarks = followed.remarks;
                }
                Part::Adds(adds) => self.adds = adds,
                Part::Groups(groups) => self.groups = groups,
                Part::Stages(stages) => self.customers.stage = stages,
                Part::Steps(steps) => self.steps = steps,
            }
        }
        self.customers.ids = ids;
        self.customers.extend_followed();
        self.customers.live = super::bits::Bits::all(self.customers.len());
        self.customers.shrink();
    }
}
