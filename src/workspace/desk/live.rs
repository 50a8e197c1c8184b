//! The store thread from outside: started, asked, ended.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::super::errands::Lender;
use super::super::inbox::Inbox;
use super::super::{Clock, Workspace};
use super::{Desk, Post};
use crate::engine::request::{Question, Slot};

/// The console's handle on the store thread. Dropping it stops the thread.
pub struct LiveDesk {
    inbox: Arc<Inbox>,
    thread: Option<JoinHandle<()>>,
}

impl LiveDesk {
    /// Starts the store thread on an opened workspace; the engine loads in the background.
    pub fn start(workspace: Workspace, clock: Clock, post: Post) -> std::io::Result<Self> {
        let inbox = Arc::new(Inbox::default());
        let shared = Arc::clone(&inbox);
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || {
                let opening = workspace.opening().clone();
                // Whoever waits for an errand hears of the end, however it comes.
                let _closing = Closing(Arc::clone(&shared));
                Desk::new(workspace, shared, clock, post).run(&opening);
            })?;
        Ok(Self {
            inbox,
            thread: Some(thread),
        })
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

    /// The first frame is on screen: the engine may load.
    pub fn begun(&self) {
        self.inbox.put(|work| work.begun = true);
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
        // The terminal is already restored; a hundred megabytes need not be freed on the way out.
        drop(self.thread.take());
    }
}
