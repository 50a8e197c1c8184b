//! Deeds take turns. One that would have to wait for somebody else who writes is kept and tried again, until it is done or
//! given up: what has been typed is not lost to a long import. Names for a field wait for nobody.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::app::deed::{Came, Deed};
use crate::domain::sentence;
use crate::runtime::Mailbox;

use super::super::error::{Exit, Failure};
use super::super::when;
use super::{Numbered, Worker};

/// How often a deed that waits for another process looks whether it may begin.
const AGAIN: Duration = Duration::from_millis(50);
/// Looks that a console which is leaving still has for it: it waits no longer for its hands.
const LAST_LOOKS: u32 = 6;

/// Deeds in the order they were sent in.
#[derive(Default)]
struct Turns {
    waiting: VecDeque<Numbered>,
    /// Since when (unix seconds) the first of them waits for another process.
    held: Option<i64>,
    /// Looks since the console began to leave.
    looks: u32,
}

/// What has come to do.
enum News {
    Deed(Numbered),
    Nothing,
    /// The console is leaving.
    Leaving,
}

impl Turns {
    fn next(&self, deeds: &Receiver<Numbered>) -> News {
        let come = if self.waiting.is_empty() {
            deeds.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            let patience = self.held.map_or(Duration::ZERO, |_| AGAIN);
            deeds.recv_timeout(patience)
        };
        match come {
            Ok(numbered) => News::Deed(numbered),
            Err(RecvTimeoutError::Timeout) => News::Nothing,
            Err(RecvTimeoutError::Disconnected) => News::Leaving,
        }
    }
}

impl Worker {
    /// Does what comes until the console leaves.
    pub(super) fn serve(&mut self, deeds: &Receiver<Numbered>, mailbox: &Mailbox) {
        let mut turns = Turns::default();
        loop {
            match turns.next(deeds) {
                News::Deed(Numbered {
                    deed: Deed::Names(edit),
                    ..
                }) => {
                    let names = self.names(&edit);
                    let said = names.unwrap_or_else(|f| Came::NoNames(f.in_one_line(self.lang)));
                    mailbox.came(said);
                    continue;
                }
                News::Deed(numbered) => {
                    turns.waiting.push_back(numbered);
                    continue;
                }
                News::Nothing => {}
                News::Leaving => {
                    turns.looks += u32::from(turns.held.is_some());
                    if turns.waiting.is_empty() || turns.looks > LAST_LOOKS {
                        return;
                    }
                    if turns.held.is_some() {
                        std::thread::sleep(AGAIN);
                    }
                }
            }
            self.take_turn(&mut turns, mailbox);
        }
    }

    /// Does the first deed, unless it has to wait.
    fn take_turn(&mut self, turns: &mut Turns, mailbox: &Mailbox) {
        let Some(Numbered { number, deed }) = turns.waiting.front().cloned() else {
            return;
        };
        self.at_work = number;
        let came = if self.is_given_up() {
            Some(Came::GivenUp)
        } else if self.must_wait() {
            None
        } else {
            self.done(deed)
        };
        if let Some(came) = came {
            turns.waiting.pop_front();
            turns.held = None;
            mailbox.came(came);
            return;
        }
        let now = when::now();
        let since = *turns.held.get_or_insert(now);
        // Told again each second, and not before one has gone by.
        if let Ok(seconds @ 1..) = u64::try_from(now - since)
            && self.told_held != Some((number, seconds))
        {
            self.told_held = Some((number, seconds));
            mailbox.held(seconds);
        }
    }

    /// The operator gave up the deed at hand.
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) >= self.at_work
    }

    /// Somebody else writes. Whatever else is the matter the deed itself will say.
    fn must_wait(&mut self) -> bool {
        match self.writer() {
            Ok(writer) => matches!(writer.is_free(), Ok(false)),
            Err(failure) => failure.exit == Exit::Busy,
        }
    }

    /// What came of a deed; `None` where it has to wait after all.
    fn done(&mut self, deed: Deed) -> Option<Came> {
        let exports = matches!(deed, Deed::Export(_));
        let done = catch_unwind(AssertUnwindSafe(|| self.perform(deed)));
        let failure = match done {
            Ok(Ok(came)) => return Some(came),
            Ok(Err(failure)) => failure,
            Err(_) => broke_off(),
        };
        if exports && self.is_given_up() {
            return Some(Came::GivenUp);
        }
        if failure.exit == Exit::Busy && !exports {
            return None;
        }
        // What is wrong with the file may be over with the next connection.
        self.writer = None;
        Some(Came::Failed(failure.in_one_line(self.lang)))
    }
}

fn broke_off() -> Failure {
    Failure::bare(
        Exit::Failed,
        sentence!(
            "没有做完 (程序有缺陷)",
            "it was not done (this is a defect)"
        ),
    )
}
