//! What waits for the store thread: one question a slot (the newest wins), and wake-ups.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::engine::request::{Question, Slot};

/// Work for the store thread, taken out in one go.
#[derive(Debug, Default)]
pub struct Work {
    /// New questions with their generations.
    pub asked: BTreeMap<Slot, (u64, Question)>,
    /// Slots nobody looks at any more.
    pub forgotten: Vec<Slot>,
    /// Masking was switched.
    pub mask: Option<bool>,
    /// Another process committed, or the watch wants a look.
    pub woken: bool,
    /// What the watch says about the file.
    pub trouble: Option<Result<(), crate::engine::request::FileTrouble>>,
    /// The loader is done (its result lies beside the inbox).
    pub loaded: bool,
    /// The console is leaving.
    pub quit: bool,
}

impl Work {
    fn is_empty(&self) -> bool {
        self.asked.is_empty()
            && self.forgotten.is_empty()
            && self.mask.is_none()
            && !self.woken
            && self.trouble.is_none()
            && !self.loaded
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
    /// Changes what waits, and wakes the store thread.
    pub fn put(&self, change: impl FnOnce(&mut Work)) {
        change(&mut self.lock());
        self.rung.notify_one();
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

    /// A newer question waits for this slot: what is being computed for it would be thrown away.
    pub fn is_outdated(&self, slot: Slot) -> bool {
        let work = self.lock();
        work.quit || work.asked.contains_key(&slot) || work.forgotten.contains(&slot)
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
    fn a_question_is_outdated_once_a_newer_one_waits() {
        let inbox = Inbox::default();
        assert!(!inbox.is_outdated(Slot::Org));
        inbox.put(|w| drop(w.asked.insert(Slot::Org, (1, Question::Org))));
        assert!(inbox.is_outdated(Slot::Org));
    }
}
