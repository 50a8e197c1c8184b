//! The workspace lent to other threads for a moment: exports and writes ask it between two answers, so that no key waits.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use crate::domain::AsOf;

use super::Workspace;
use super::errand::Errand;
use super::inbox::Inbox;

/// Borrows the workspace from the store thread, between two answers. For other threads: the store thread itself would
/// wait for itself.
#[derive(Clone, Debug)]
pub struct Lender(Arc<Inbox>);

impl Lender {
    pub(super) fn new(inbox: &Arc<Inbox>) -> Self {
        Self(Arc::clone(inbox))
    }

    /// Does something with the workspace and waits for what comes of it; `None` when the console is leaving.
    pub fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace, AsOf) -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = sync_channel(1);
        self.0.give(Errand(Box::new(move |workspace, as_of| {
            // Whoever asked may have gone.
            let _ = sender.send(work(workspace, as_of));
        })));
        receiver.recv().ok()
    }
}

/// Errands that wait, first come first served.
#[derive(Debug, Default)]
pub(super) struct Errands(VecDeque<Errand>);

impl Errands {
    pub fn take_in(&mut self, errands: Vec<Errand>) {
        self.0.extend(errands);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does the first one.
    pub fn run_one(&mut self, workspace: &mut Workspace, unix: i64) {
        if let Some(Errand(work)) = self.0.pop_front() {
            let as_of = workspace.as_of(unix);
            // Whoever waits for it sees that nothing comes.
            let _ = catch_unwind(AssertUnwindSafe(|| work(workspace, as_of)));
        }
    }
}
