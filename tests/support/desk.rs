//! The store thread on a workspace as the console has it, its clock and its posts in the test's hands.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use caopan::engine::answer::CustomersPage;
use caopan::engine::request::{Answer, Notice, Slot};
use caopan::store::{Access, open};
use caopan::workspace::desk::{LiveDesk, Posted};
use caopan::workspace::{Moment, Workspace};

/// A desk over a file of its own folder.
pub struct Desk {
    pub live: LiveDesk,
    pub posted: Receiver<Posted>,
    pub path: PathBuf,
    _folder: tempfile::TempDir,
}

/// When a desk's clock begins, and by how many milliseconds it goes on with every look, so that nothing waits for it.
#[derive(Clone, Copy)]
pub struct Pace {
    pub unix: i64,
    pub step: u64,
}

/// A workspace opened for reading.
pub fn opened(path: &std::path::Path) -> Workspace {
    let file = open(path, Access::ReadOnly).expect("the file opens");
    Workspace::new(path.to_owned(), file).expect("a workspace")
}

impl Desk {
    /// Nothing of it started yet; and what happens at each post.
    pub fn posting(
        workspace: Workspace,
        (path, folder): (PathBuf, tempfile::TempDir),
        pace: Pace,
        happens: impl Fn(&Posted) + Send + Sync + 'static,
    ) -> Self {
        let (sender, posted) = channel();
        let sender = Mutex::new(sender);
        let looks = Mutex::new(0);
        let clock = Arc::new(move || {
            let mut millis = looks.lock().expect("the clock");
            *millis += pace.step;
            Moment {
                millis: *millis,
                unix: pace.unix,
            }
        });
        let post = Arc::new(move |what| {
            happens(&what);
            let _ = sender.lock().expect("the post").send(what);
        });
        Self {
            live: LiveDesk::new(workspace, clock, post),
            posted,
            path,
            _folder: folder,
        }
    }

    /// Started, and ready: everything is loaded.
    pub fn ready(at: (PathBuf, tempfile::TempDir), pace: Pace) -> Self {
        let desk = Self::posting(opened(&at.0), at, pace, |_| ());
        desk.live.asked();
        desk.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
        desk
    }

    /// What is posted next.
    pub fn next(&self) -> Posted {
        self.posted
            .recv_timeout(Duration::from_secs(60))
            .expect("something is posted")
    }

    /// Everything posted up to and including the first that fits.
    pub fn until(&self, fits: impl Fn(&Posted) -> bool) -> Vec<Posted> {
        let mut seen = Vec::new();
        loop {
            let next = self.next();
            let ends = fits(&next);
            seen.push(next);
            if ends {
                return seen;
            }
        }
    }

    /// The customers of a slot's question.
    pub fn page(&self, slot: Slot, generation: u64) -> CustomersPage {
        let fits = |posted: &Posted| matches!(posted, Posted::Answer(s, g, _) if *s == slot && *g == generation);
        match self.until(fits).pop() {
            Some(Posted::Answer(_, _, answer)) => match *answer {
                Answer::Customers(page) => page,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }
}
