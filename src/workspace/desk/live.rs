//! The store thread from outside: started, asked, ended.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::super::errands::Lender;
use super::super::inbox::{Inbox, rows};
use super::super::{Clock, Workspace};
use super::{Desk, Post, Posted};
use crate::engine::request::{Notice, Question, Scope, Slot};

/// How long leaving waits for the store thread to close the file: the last to close it writes all that was committed into
/// it, and takes its `-wal` and `-shm` away.
const PATIENCE: Duration = Duration::from_millis(600);

/// The console's handle on the store thread. Dropping it stops the thread and waits until it has closed the file.
pub struct LiveDesk {
    inbox: Arc<Inbox>,
    post: Post,
    /// The desk itself, until the thread takes it over.
    here: RefCell<Option<Desk>>,
    /// Says that the thread has closed the file; `None` until it starts.
    closed: RefCell<Option<Receiver<()>>>,
}

impl LiveDesk {
    /// A desk on an opened workspace. Its thread starts with [`LiveDesk::begun`], or with [`LiveDesk::asked`] where it is
    /// needed sooner; the engine loads in the background.
    pub fn new(workspace: Workspace, clock: Clock, post: Post) -> Self {
        let inbox = Arc::new(Inbox::default());
        let desk = Desk::new(workspace, Arc::clone(&inbox), clock, Arc::clone(&post));
        Self {
            inbox,
            post,
            here: RefCell::new(Some(desk)),
            closed: RefCell::new(None),
        }
    }

    /// What the first frame shows has been asked. Customers that were read ahead are told here and now: another thread
    /// would have to be started for them, and to be waited for.
    pub fn asked(&self) {
        let mut here = self.here.borrow_mut();
        let told = here.as_mut().is_none_or(Desk::tell_read_ahead);
        drop(here);
        if !told {
            self.start();
        }
    }

    /// Starts the thread, once.
    fn start(&self) {
        let Some(desk) = self.here.take() else {
            return;
        };
        let closing = Closing(Arc::clone(&self.inbox));
        let (say, closed) = channel();
        drop(self.closed.replace(Some(closed)));
        let started = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                // Whoever waits for an errand hears of the end, however it comes.
                let _closing = closing;
                let mut desk = desk;
                desk.serve();
                // The file first: the memory of an engine takes its time. Who does not wait any more does not hear it.
                desk.workspace.close(|| {
                    let _ = say.send(());
                });
            });
        if let Err(error) = started {
            (self.post)(Posted::Notice(Notice::Trouble(rows(&error))));
        }
    }

    /// Puts a question into its slot; the newest wins.
    pub fn ask(&self, slot: Slot, generation: u64, question: Question) {
        self.inbox.put(|work| {
            work.forgotten.retain(|s| *s != slot);
            work.asked.insert(slot, (generation, question));
        });
    }

    /// Nobody looks at the slot any more.
    pub fn forget(&self, slot: Slot) {
        self.inbox.put(|work| {
            work.asked.remove(&slot);
            work.forgotten.push(slot);
        });
    }

    /// This scope is one key away.
    pub fn ahead(&self, scope: Scope) {
        self.inbox.put(|work| work.ahead = Some(scope));
    }

    /// The first frame is on screen: the engine may load.
    pub fn begun(&self) {
        self.inbox.put(|work| work.begun = true);
        self.start();
    }

    /// A way for other threads to use the workspace.
    pub fn lender(&self) -> Lender {
        Lender::new(&self.inbox)
    }

    /// Masking at the store's edge on or off.
    pub fn mask(&self, on: bool) {
        self.inbox.put(|work| work.mask = Some(on));
    }
}

/// Closes the inbox when the thread ends.
struct Closing(Arc<Inbox>);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Drop for LiveDesk {
    fn drop(&mut self) {
        self.inbox.put(|work| work.quit = true);
        if let Some(closed) = self.closed.take() {
            // A thread that broke off has closed it too.
            let _ = closed.recv_timeout(PATIENCE);
        }
    }
}

#[cfg(test)]
mod tests;
