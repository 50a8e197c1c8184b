//! Noticing commits of other processes, and a file that is replaced, deleted or locked.
//!
//! A thread sleeps on inotify of the `-wal` and of the folder. An event comes *before* the commit is visible (the pages
//! are written, then the index in the `-shm`), so it looks again after 50 µs, doubling up to 13 ms, until
//! `PRAGMA data_version` moves. After a commit it rests, since nobody follows closer, and looks once more. Every few seconds it looks anyway: the net for file systems that tell nothing, and the time
//! to compare the path with the file that was opened, and its time with the last one. Where inotify is not to be had it
//! looks every 100 ms.

mod content;
mod ears;

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};

use self::content::{Checked, Content, Sides};
use self::ears::Ears;
use super::connect::Access;
use super::error::{Doing, StoreError};
use super::file::FileId;
use super::open::open;
use super::schema;
use crate::domain::SafeText;

/// What was noticed. Called from the watching thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Another connection committed.
    Commit,
    /// Another process has locked even readers out; said again each second while it lasts.
    Locked,
    /// The file is not what was opened any more. Writing must stop.
    Trouble(Trouble),
    /// Lock or trouble is over.
    Recovered,
}

/// What can befall a file that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Its path means another file now, or none; or the file holds something else than it did.
    Replaced,
    /// A side file was deleted or replaced while in use.
    SideLost(SafeText),
    /// Another program brought it to this schema version.
    OtherSchema(i64),
    /// It cannot be read any more: why.
    Unreadable(SafeText),
}

/// First look after an event.
const FIRST_LOOK: Duration = Duration::from_micros(50);
/// While looks are this close together an event could not make them quicker.
const QUICK_LOOK: Duration = Duration::from_millis(1);
/// Longest wait between looks.
const LAST_LOOK: Duration = Duration::from_millis(13);
/// Looks after an event before it is taken for no commit: to 13 ms in nine, then 200 ms for disks slow to sync.
const LOOKS: u32 = 24;
/// After a commit that was told.
const REST: Duration = Duration::from_millis(30);
/// The same while one follows the other: they are taken over less often than this.
const REST_IN_A_STORM: Duration = Duration::from_millis(50);
/// The net; a replaced or deleted file is an event of the folder and does not wait for it.
const NET: Duration = Duration::from_secs(3);
/// The net while the file is locked or in trouble.
const NET_UNWELL: Duration = Duration::from_secs(1);
/// The net without inotify.
const NET_ALONE: Duration = Duration::from_millis(100);

/// A running watch; dropping it ends its thread at once.
#[derive(Debug)]
pub struct Watch {
    stop: Arc<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Watches the workspace at `path`, opened as `file`, with a read-only connection of its own. `tell` should only send
    /// a message on: while it runs nothing is watched.
    pub fn start(
        path: &Path,
        file: FileId,
        tell: impl FnMut(Seen) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let conn = open(path, Access::ReadOnly)?.conn;
        // A lock is news, not something to wait for.
        conn.busy_timeout(Duration::ZERO)
            .doing("starting the watch")?;
        let stop = Arc::new(
            eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)
                .map_err(std::io::Error::from)
                .doing("starting the watch")?,
        );
        let mut watcher = Watcher {
            ears: Ears::new(path),
            stop: Arc::clone(&stop),
            sides: Sides::of(path),
            content: Content::of(path),
            overwritten: false,
            broken: None,
            path: path.to_owned(),
            file,
            version: None,
            readable: true,
            state: State::Well,
            told: false,
            tell,
            conn,
        };
        // Here and not in the thread: a commit after `start` returns is noticed.
        watcher.look();
        watcher.inspect();
        let thread = std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || watcher.run())
            .doing("starting the watch")?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = rustix::io::write(&*self.stop, &1u64.to_ne_bytes());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How the file was at the last look.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Well,
    Locked,
    Trouble(Trouble),
}

fn number(conn: &Connection, pragma: &str) -> rusqlite::Result<i64> {
    conn.prepare_cached(pragma)?.query_row([], |row| row.get(0))
}

fn is_locked(e: &rusqlite::Error) -> bool {
    matches!(
        e.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// Why a wait ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Woken {
    Stop,
    Event,
    Timeout,
}

/// The thread's state.
struct Watcher<F> {
    conn: Connection,
    path: PathBuf,
    file: FileId,
    sides: Sides,
    content: Content,
    /// Other bytes were copied into the file: over only with another start.
    overwritten: bool,
    /// The file is no whole database, as a fresh read found: why.
    broken: Option<SafeText>,
    ears: Ears,
    stop: Arc<OwnedFd>,
    version: Option<i64>,
    readable: bool,
    state: State,
    /// A commit was told since the last rest.
    told: bool,
    tell: F,
}

impl<F: FnMut(Seen)> Watcher<F> {
    /// Watches until told to stop. Events that come during a rest stay: one may be of a commit not visible yet.
    fn run(&mut self) {
        loop {
            let net = match (&self.ears.inotify, &self.state) {
                (None, _) => NET_ALONE,
                (Some(_), State::Well) => NET,
                (Some(_), State::Locked | State::Trouble(_)) => NET_UNWELL,
            };
            match self.wait(net, true) {
                Woken::Stop => return,
                Woken::Timeout => {
                    self.look();
                    self.inspect();
                }
                Woken::Event => {
                    let heard = self.ears.drain();
                    if !heard.ours {
                        // Once, so that a busy folder does not keep the net from being drawn.
                        self.look();
                        self.inspect();
                        continue;
                    }
                    if heard.folder {
                        self.ears.listen_to_wal();
                        self.inspect();
                    }
                    if self.look_again() == Woken::Stop {
                        return;
                    }
                    let mut rest = REST;
                    while std::mem::take(&mut self.told) {
                        if self.wait(rest, false) == Woken::Stop {
                            return;
                        }
                        self.look();
                        rest = REST_IN_A_STORM;
                    }
                }
            }
        }
    }

    /// Looks until a commit shows or the looks are used up. An event meanwhile makes the looks quick again; the rest at the
    /// end keeps a long transaction that spills into the -wal from making this spin.
    fn look_again(&mut self) -> Woken {
        let mut pause = FIRST_LOOK;
        for _ in 0..LOOKS {
            if self.look() {
                self.ears.drain();
                return Woken::Event;
            }
            match self.wait(pause, pause > QUICK_LOOK) {
                Woken::Stop => return Woken::Stop,
                Woken::Timeout => pause = (pause * 2).min(LAST_LOOK),
                Woken::Event => {
                    if self.ears.drain().ours {
                        pause = FIRST_LOOK;
                    }
                }
            }
        }
        self.wait(LAST_LOOK, false)
    }

    /// Sleeps until stopped, for at most `most`; with `events` also until a file changes.
    fn wait(&self, most: Duration, events: bool) -> Woken {
        let most = Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(1),
            tv_nsec: most.subsec_nanos().into(),
        };
        let mut fds = vec![PollFd::new(&*self.stop, PollFlags::IN)];
        if let (Some(inotify), true) = (&self.ears.inotify, events) {
            fds.push(PollFd::from_borrowed_fd(inotify.as_fd(), PollFlags::IN));
        }
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, Some(&most));
        let woken = |i: usize| fds.get(i).is_some_and(|fd| !fd.revents().is_empty());
        if woken(0) {
            Woken::Stop
        } else if woken(1) {
            Woken::Event
        } else {
            Woken::Timeout
        }
    }

    /// Looks at `data_version`; `true` when a commit shows.
    fn look(&mut self) -> bool {
        match number(&self.conn, "PRAGMA data_version") {
            Ok(version) => {
                self.readable = true;
                if self.state == State::Locked {
                    self.set(State::Well);
                }
                let moved = self.version.is_some_and(|old| old != version);
                if self.version != Some(version) {
                    self.version = Some(version);
                    self.overwritten |= !self.content.committed(&self.conn);
                }
                if moved {
                    self.told = true;
                    (self.tell)(Seen::Commit);
                    self.inspect();
                }
                moved
            }
            Err(e) => {
                self.failed(&e);
                false
            }
        }
    }

    fn failed(&mut self, e: &rusqlite::Error) {
        if is_locked(e) {
            if !matches!(self.state, State::Trouble(_)) {
                self.state = State::Locked;
                (self.tell)(Seen::Locked);
            }
            return;
        }
        self.readable = false;
        let why = SafeText::new(&e.to_string());
        self.set(State::Trouble(Trouble::Unreadable(why)));
    }

    /// Compares the path with the file that was opened, and its schema version with ours.
    fn inspect(&mut self) {
        self.check_content();
        let trouble = if FileId::of(&self.path) != Some(self.file) || self.overwritten {
            Some(Trouble::Replaced)
        } else if let Some(side) = self.sides.lost() {
            Some(Trouble::SideLost(super::error::shown(side)))
        } else if let Some(why) = &self.broken {
            match &self.state {
                // The look has said it in its words already.
                State::Trouble(said @ Trouble::Unreadable(_)) => Some(said.clone()),
                State::Trouble(_) | State::Well | State::Locked => {
                    Some(Trouble::Unreadable(why.clone()))
                }
            }
        } else {
            number(&self.conn, "PRAGMA user_version")
                .ok()
                .filter(|&v| v != schema::VERSION)
                .map(Trouble::OtherSchema)
        };
        match trouble {
            Some(what) => self.set(State::Trouble(what)),
            None if self.readable && matches!(self.state, State::Trouble(_)) => {
                self.set(State::Well);
            }
            None => {}
        }
    }

    /// Does the file hold something that no commit brought? Looked at only when its time or size moved. What is no whole
    /// database is looked at again each time: bytes that are being copied become another file, or the one that was there.
    fn check_content(&mut self) {
        if self.overwritten || !self.content.was_written(&self.path) {
            return;
        }
        let checked = self.content.check(&self.path);
        self.broken = match &checked {
            Checked::Broken(why) => Some(why.clone()),
            Checked::Same(_) | Checked::Other => None,
            Checked::NotNow => self.broken.take(),
        };
        // A commit meanwhile explains any difference; the look at it comes here again. A connection that can read nothing
        // any more where a fresh one can has heard of none.
        let explained = match number(&self.conn, "PRAGMA data_version") {
            Ok(version) => self.version != Some(version),
            Err(e) => is_locked(&e),
        };
        match checked {
            Checked::Same(at) if !explained => self.content.settle(at),
            Checked::Other if !explained => self.overwritten = true,
            Checked::Same(_) | Checked::Other | Checked::Broken(_) | Checked::NotNow => {}
        }
    }

    /// Tells a change of state, once.
    fn set(&mut self, state: State) {
        if self.state == state {
            return;
        }
        self.state = state;
        (self.tell)(match &self.state {
            State::Well => Seen::Recovered,
            State::Locked => Seen::Locked,
            State::Trouble(what) => Seen::Trouble(what.clone()),
        });
    }
}
