//! Loading the engine: on a thread of its own for the console, in stages the first time; here and now for commands.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::domain::AsOf;
use crate::engine::load::{Early, LoadError, Loaded, Reach, Rest, Table};
use crate::engine::request::{Notice, Question};
use crate::store::{Access, StoreError, open, past};
use rusqlite::{Connection, InterruptHandle};

use super::inbox::Inbox;
use super::posted::{Post, Posted};
use super::stage::Stage;
use super::{Opening, Workspace, needs};

/// How often a load that is to stop is told so: what it begins in between is interrupted too.
const TOLD_AGAIN: Duration = Duration::from_millis(5);
/// So often it is told at most. Where it computes it hears nothing.
const TOLD: u32 = 80;

/// What can be stopped of a load: the statements of its connections.
#[derive(Default)]
struct Brake {
    stopped: AtomicBool,
    statements: Mutex<Vec<InterruptHandle>>,
}

impl Brake {
    fn take(&self, conn: &Connection) {
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        statements.push(conn.get_interrupt_handle());
    }

    fn pull(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        let statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        statements.iter().for_each(InterruptHandle::interrupt);
    }

    /// It was pulled before there was anything to stop.
    fn is_pulled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// A load on a thread of its own.
pub(super) struct Loader {
    brake: Arc<Brake>,
    /// Its connections are closed.
    ended: Receiver<()>,
}

impl Loader {
    /// Stops the load, and waits until it has closed its connections: the last to close the file takes its `-wal` and `-shm`
    /// away, and one that only reads cannot.
    pub(super) fn stop(&self) {
        for _ in 0..TOLD {
            self.brake.pull();
            match self.ended.recv_timeout(TOLD_AGAIN) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }
}

/// Two connections of a load, opened side by side: each reads the schema and checks it.
fn open_two(opening: &Opening, brake: &Brake) -> Result<(Connection, Connection), LoadError> {
    let opened = || {
        let conn = open(&opening.path, Access::ReadOnly)?.conn;
        brake.take(&conn);
        if let Some(at) = opening.held {
            past::hold(&conn, at)?;
        }
        Ok(conn)
    };
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(opened);
        let first = opened();
        let second = second
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, StoreError>((first?, second?))
    })?;
    if brake.is_pulled() {
        return Err(LoadError::BrokeOff);
    }
    Ok((first, second))
}

/// Reads the workspace into an engine, on two threads with connections of their own.
fn load_whole(
    (opening, brake): (&Opening, &Brake),
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<Loaded, LoadError> {
    let (mut first, mut second) = open_two(opening, brake)?;
    let loaded = crate::engine::load::load(&mut first, Some(&mut second), progress)?;
    Ok(as_held(loaded, opening))
}

/// What was loaded says as of when.
fn as_held(loaded: Loaded, opening: &Opening) -> Loaded {
    let until = opening.held.map(|at| at.unix);
    Loaded { until, ..loaded }
}

/// The same in stages: see [`crate::engine::load::load_staged`].
fn load_staged(
    (opening, brake): (&Opening, &Brake),
    progress: &(dyn Fn(u64, u64) + Sync),
    mut early: impl FnMut(Early),
) -> Result<Rest, LoadError> {
    let (mut first, mut second) = open_two(opening, brake)?;
    let early = |stage| {
        early(match stage {
            Early::People(loaded) => Early::People(Box::new(as_held(*loaded, opening))),
            Early::Follows(_) => stage,
        });
    };
    crate::engine::load::load_staged(&mut first, Some(&mut second), progress, early)
}

/// The same for some tables.
fn load_some(opening: &Opening, wanted: (&[Table], Reach)) -> Result<Loaded, LoadError> {
    let (mut first, mut second) = open_two(opening, &Brake::default())?;
    crate::engine::load::load_tables(&mut first, Some(&mut second), wanted, &|_, _| {})
}

/// Page cache of the panes' connection beside an engine, in negative KiB.
const CACHE: i32 = -2_000;

/// Starts the loading thread; what it reads goes into the inbox. `staged`: the customers are given away before the rest is
/// read; an engine that is there answers until everything has been read again.
pub(super) fn start(
    opening: Opening,
    staged: bool,
    inbox: Arc<Inbox>,
    post: Post,
) -> std::io::Result<Loader> {
    let (end, ended) = channel();
    let brake = Arc::new(Brake::default());
    let loader = Loader {
        brake: Arc::clone(&brake),
        ended,
    };
    let load = move || {
        let progress = move |done, of| post(Posted::Notice(Notice::Loading(done, of)));
        let hand_over = |stage| inbox.put(|work| work.loaded.push(stage));
        let read = || {
            if staged {
                let early = |early| hand_over(Ok(Stage::Early(early)));
                load_staged((&opening, &brake), &progress, early)
                    .map(|rest| Stage::Rest(Box::new(rest)))
            } else {
                load_whole((&opening, &brake), &progress).map(|whole| Stage::Whole(Box::new(whole)))
            }
        };
        // Who waits for the load must hear of its end: until then no commit is taken over.
        let last = catch_unwind(AssertUnwindSafe(read));
        // Who left meanwhile does not hear it.
        let _ = end.send(());
        hand_over(last.unwrap_or(Err(LoadError::BrokeOff)));
    };
    std::thread::Builder::new()
        .name("load".into())
        .spawn(load)
        .map(|_| loader)
}

impl Workspace {
    /// Loads the engine here and now, for commands.
    pub fn load(&mut self, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<(), LoadError> {
        self.engine = Some(load_whole((&self.opening, &Brake::default()), progress)?);
        self.loaded = Table::ALL.iter().copied().collect();
        Ok(())
    }

    /// Loads what a question needs and is not loaded yet, for commands: before [`Workspace::answer`].
    pub fn load_for(&mut self, question: &Question, as_of: AsOf) -> Result<(), LoadError> {
        self.load_for_each(std::slice::from_ref(question), as_of)
    }

    /// The same for several questions that will be asked one after the other: one load for all of them.
    pub fn load_for_each(&mut self, questions: &[Question], as_of: AsOf) -> Result<(), LoadError> {
        let needed: BTreeSet<Table> = questions.iter().flat_map(needs::tables).collect();
        let mut reaches = questions.iter().map(|q| needs::reach(q, as_of));
        let first = reaches.next().unwrap_or_default();
        // Questions of another reach: everything, so that all hold.
        let reach = if reaches.all(|other| other == first) {
            first
        } else {
            Reach::All
        };
        let is_within = self.reach == Reach::All || self.reach == reach;
        if self.engine.is_none() || !is_within || !needed.is_subset(&self.loaded) {
            let wanted: BTreeSet<Table> = needed.union(&self.loaded).copied().collect();
            let listed: Vec<Table> = wanted.iter().copied().collect();
            let reach = if self.engine.is_none() || self.reach == reach {
                reach
            } else {
                Reach::All
            };
            self.engine = Some(load_some(&self.opening, (&listed, reach))?);
            self.loads += 1;
            (self.loaded, self.reach) = (wanted, reach);
        }
        Ok(())
    }

    /// Takes over an engine loaded elsewhere.
    pub fn adopt(&mut self, loaded: Loaded) {
        // With the rows in columns little is read again: what SQLite would keep, the system keeps for all.
        let _ = self.conn.pragma_update(None, "cache_size", CACHE);
        self.instant.loaded = loaded.until;
        self.engine = Some(loaded);
        // The small tables may have been read before the load began; what was committed between is not in its tail.
        self.facts = None;
        self.instant.unlooked = true;
        self.loads += 1;
        self.loaded = Table::ALL.iter().copied().collect();
        self.half = false;
        self.revision += 1;
        self.note_state();
    }

    /// Takes over an engine that knows the customers, or what it is to know besides; [`Workspace::complete`] brings the
    /// rest. What needs the rest is not answered before.
    pub fn adopt_early(&mut self, early: Early) {
        match early {
            Early::People(loaded) => {
                self.adopt(*loaded);
                self.loaded = Table::PEOPLE.iter().copied().collect();
                self.half = true;
            }
            Early::Follows(followed) => {
                if let Some(loaded) = self.engine.as_mut().filter(|_| self.half) {
                    loaded.engine.follow(*followed);
                    self.loaded.insert(Table::Follows);
                    self.revision += 1;
                    self.note_state();
                }
            }
        }
    }

    /// Takes over the rest of the load whose first stage was adopted.
    pub fn complete(&mut self, rest: Rest) {
        if let Some(loaded) = self.engine.as_mut().filter(|_| self.half) {
            loaded.engine.complete(rest);
            self.loaded = Table::ALL.iter().copied().collect();
            self.half = false;
            self.revision += 1;
            self.note_state();
        }
    }

    /// Forgets what was read: nothing is answered from it any more.
    pub(super) fn lose(&mut self) {
        self.engine = None;
        self.facts = None;
        self.loaded.clear();
        self.half = false;
        self.revision += 1;
    }

    /// No engine has been loaded, not even half.
    pub(super) fn is_empty(&self) -> bool {
        self.engine.is_none()
    }
}
