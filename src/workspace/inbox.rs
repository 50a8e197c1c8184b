//! What waits for the store thread: one question a slot (the newest wins), and wake-ups.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Opening;
use super::errand::Errand;
use super::posted::{Post, Posted};
use super::stage::Stage;
use crate::domain::SafeText;
use crate::engine::load::LoadError;
use crate::engine::request::{Notice, Question, Scope, Slot, Trouble};
use crate::store::watch::{Seen, Watch};

/// Work for the store thread, taken out in one go.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "one flag a cause")]
pub struct Work {
    /// New questions with their generations.
    pub asked: BTreeMap<Slot, (u64, Question)>,
    /// Slots nobody looks at any more.
    pub forgotten: Vec<Slot>,
    /// The scope one key away: the newest.
    pub ahead: Option<Scope>,
    /// Masking was switched.
    pub mask: Option<bool>,
    /// The first frame is on screen.
    pub begun: bool,
    /// Another process committed, or the watch wants a look.
    pub woken: bool,
    /// What the watch says about the file.
    pub trouble: Option<Result<(), crate::engine::request::FileTrouble>>,
    /// What the loading thread has read, in order.
    pub loaded: Vec<Result<Stage, LoadError>>,
    /// To be done when nobody waits for an answer.
    pub errands: Vec<Errand>,
    /// The console is leaving.
    pub quit: bool,
    /// The store thread rests for a set time and looks then: a commit need not wake it.
    rests: bool,
}

impl Work {
    /// Nothing came: the patience ran out.
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
            && self.forgotten.is_empty()
            && self.ahead.is_none()
            && self.mask.is_none()
            && !self.begun
            && !self.woken
            && self.trouble.is_none()
            && self.loaded.is_empty()
            && self.errands.is_empty()
            && !self.quit
    }
}

/// The inbox shared by the console, the watch, the loader and the store thread.
#[derive(Debug, Default)]
pub struct Inbox {
    work: Mutex<Work>,
    rung: Condvar,
}

impl Inbox {
    /// The store thread has gone: nobody will do anything any more.
    pub fn close(&self) {
        let mut work = self.lock();
        work.quit = true;
        work.errands.clear();
    }

    /// Leaves an errand for the store thread; dropped when the console is leaving.
    pub fn give(&self, errand: Errand) {
        let mut work = self.lock();
        if !work.quit {
            work.errands.push(errand);
        }
        drop(work);
        self.rung.notify_one();
    }

    /// Changes what waits, and wakes the store thread.
    pub fn put(&self, change: impl FnOnce(&mut Work)) {
        change(&mut self.lock());
        self.rung.notify_one();
    }

    /// Another process committed. Whether the store thread was woken for it.
    pub fn committed(&self) -> bool {
        let mut work = self.lock();
        work.woken = true;
        let wakes = !work.rests;
        drop(work);
        if wakes {
            self.rung.notify_one();
        }
        wakes
    }

    /// Somebody committed, and it has not been looked at.
    pub fn has_commit(&self) -> bool {
        self.lock().woken
    }

    /// Waits for `patience`, or until something else than a commit comes, and takes all there is.
    pub fn rest(&self, patience: Duration) -> Work {
        self.lock().rests = true;
        self.take(Some(patience))
    }

    /// Waits for work, at most `patience` (`None`: for ever), and takes all of it. Empty when the time ran out.
    pub fn take(&self, patience: Option<Duration>) -> Work {
        let guard = self.lock();
        let idle = |work: &mut Work| work.is_empty();
        let mut guard = match patience {
            None => self
                .rung
                .wait_while(guard, idle)
                .unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                self.rung
                    .wait_timeout_while(guard, patience, idle)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0
            }
        };
        std::mem::take(&mut *guard)
    }

    /// Waits until what waits is enough, at most `patience`, and takes all of it.
    pub fn take_once(&self, is_enough: impl Fn(&Work) -> bool, patience: Duration) -> Work {
        let waited = self
            .rung
            .wait_timeout_while(self.lock(), patience, |work| !is_enough(work));
        let mut guard = waited.unwrap_or_else(PoisonError::into_inner).0;
        std::mem::take(&mut *guard)
    }

    /// A newer question waits for this slot: what is being computed for it would be thrown away.
    pub fn is_outdated(&self, slot: Slot) -> bool {
        let work = self.lock();
        work.quit || work.asked.contains_key(&slot) || work.forgotten.contains(&slot)
    }

    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    /// A question waits.
    pub fn has_questions(&self) -> bool {
        let work = self.lock();
        work.quit || !work.asked.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows could not be loaded or followed.
pub fn rows(error: &dyn std::error::Error) -> Trouble {
    Trouble::Rows(SafeText::new(&error.to_string()))
}

/// Starts the watch on the file; what it sees goes into the inbox, what it says to the console.
pub fn watched(opening: &Opening, inbox: &Arc<Inbox>, post: &Post) -> Option<Watch> {
    let (inbox, said) = (Arc::clone(inbox), Arc::clone(post));
    let mut locked_for = 0;
    let seen = move |seen: Seen| match seen {
        Seen::Commit => {
            inbox.committed();
        }
        Seen::Locked => {
            // Said again each second while it lasts.
            locked_for += 1;
            said(Posted::Notice(Notice::Busy(locked_for)));
        }
        Seen::Trouble(what) => inbox.put(|work| work.trouble = Some(Err(what))),
        Seen::Recovered => {
            locked_for = 0;
            inbox.put(|work| work.trouble = Some(Ok(())));
        }
    };
    match Watch::start(&opening.path, opening.file, seen) {
        Ok(watch) => Some(watch),
        Err(error) => {
            post(Posted::Notice(Notice::Trouble(rows(&error))));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_question_of_a_slot_wins() {
        let inbox = Inbox::default();
        inbox.put(|w| drop(w.asked.insert(Slot::Org, (1, Question::Org))));
        inbox.put(|w| drop(w.asked.insert(Slot::Org, (2, Question::Sources))));
        let work = inbox.take(None);
        assert_eq!(work.asked.get(&Slot::Org), Some(&(2, Question::Sources)));
        assert!(inbox.take(Some(Duration::ZERO)).is_empty());
    }

    #[test]
    fn a_commit_wakes_who_waits_and_not_who_rests() {
        let inbox = Inbox::default();
        inbox.lock().rests = true;
        assert!(!inbox.committed());
        // It is found at the end of the rest, and before it by whom something else wakes.
        assert!(inbox.rest(Duration::from_secs(60)).woken);
        assert!(inbox.committed(), "the rest is over");
        assert!(inbox.take(None).woken);
    }

    #[test]
    fn a_question_is_outdated_once_a_newer_one_waits() {
        let inbox = Inbox::default();
        assert!(!inbox.is_outdated(Slot::Org));
        inbox.put(|w| drop(w.asked.insert(Slot::Org, (1, Question::Org))));
        assert!(inbox.is_outdated(Slot::Org));
    }
}
