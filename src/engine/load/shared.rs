//! What the threads of a load share: codes of words, people outside the pool, progress.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Progress;
use crate::engine::column::Dict;
use crate::engine::names::Words;
use crate::engine::people::Strangers;

/// Shared by all threads of a load.
pub struct Shared<'a> {
    /// Staff by `userid`.
    pub staff: Mutex<Dict>,
    /// Channels by id.
    pub channels: Mutex<Dict>,
    /// Stages by id.
    pub stages: Mutex<Dict>,
    /// Tags by id.
    pub tags: Mutex<Dict>,
    /// Campaigns by id.
    pub campaigns: Mutex<Dict>,
    /// Regions.
    pub cities: Mutex<Dict>,
    /// People outside the pool.
    pub strangers: Mutex<Strangers>,
    done: AtomicU64,
    expected: u64,
    progress: Progress<'a>,
    /// Columns of halves that were joined: see [`Shared::outlive`].
    spent: Mutex<Vec<Box<dyn Any + Send>>>,
}

pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Shared<'a> {
    /// With the words known already; `expected` rows in all.
    pub fn new(words: &Words, expected: u64, progress: Progress<'a>) -> Self {
        Self {
            staff: Mutex::new(words.staff.clone()),
            channels: Mutex::new(words.channels.clone()),
            stages: Mutex::new(words.stages.clone()),
            tags: Mutex::new(words.tags.clone()),
            campaigns: Mutex::new(words.campaigns.clone()),
            cities: Mutex::default(),
            strangers: Mutex::default(),
            done: AtomicU64::new(0),
            expected,
            progress,
            spent: Mutex::default(),
        }
    }

    /// Keeps what is no longer needed to the end of the load. The system's allocator gives large blocks back at once, but
    /// only until the first large block is freed: from then on it takes blocks of that size from a pool that stays. So the
    /// columns are made first, and nothing large is freed before.
    pub fn outlive(&self, spent: impl Any + Send) {
        locked(&self.spent).push(Box::new(spent));
    }

    /// Gives all codes given so far to `words`.
    pub fn name(&self, words: &mut Words) {
        words.staff.clone_from(&locked(&self.staff));
        words.channels.clone_from(&locked(&self.channels));
        words.stages.clone_from(&locked(&self.stages));
        words.tags.clone_from(&locked(&self.tags));
        words.campaigns.clone_from(&locked(&self.campaigns));
    }

    /// Counts rows read.
    pub fn ticker<'b>(&'b self) -> Ticker<'a, 'b> {
        Ticker {
            shared: self,
            waiting: 0,
        }
    }
}

/// Reports rows read, every few thousand.
pub struct Ticker<'a, 'b> {
    shared: &'b Shared<'a>,
    waiting: u64,
}

impl Ticker<'_, '_> {
    /// One row more.
    pub fn tick(&mut self) {
        self.waiting += 1;
        if self.waiting == 8192 {
            let done = self.shared.done.fetch_add(self.waiting, Ordering::Relaxed) + self.waiting;
            self.waiting = 0;
            (self.shared.progress)(done.min(self.shared.expected), self.shared.expected);
        }
    }
}

/// Words (or numbers) met last, by a few bits of theirs.
const SLOTS: usize = 4096;

/// Codes of a shared dictionary, remembered by the thread: the lock is taken once a word, and a word met before is known
/// by comparing it with one other.
pub struct Codes<'a> {
    shared: &'a Mutex<Dict>,
    entries: Vec<(Box<str>, u16)>,
    places: HashMap<Box<str>, u32>,
    slots: Vec<u32>,
    numbers: HashMap<i64, u16>,
    last: Option<(i64, u16)>,
}

/// A slot for a word: any function of it will do.
fn slot(word: &[u8]) -> usize {
    let mixed = word.iter().rev().take(8).fold(word.len(), |mixed, byte| {
        mixed.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    mixed % SLOTS
}

impl<'a> Codes<'a> {
    pub fn new(shared: &'a Mutex<Dict>) -> Self {
        Self {
            shared,
            entries: Vec::new(),
            places: HashMap::new(),
            slots: vec![0; SLOTS],
            numbers: HashMap::new(),
            last: None,
        }
    }

    /// The code of a word; 0 for none.
    pub fn code(&mut self, word: &str) -> u16 {
        self.stored(word.as_bytes())
    }

    /// The code of a word as stored; bytes that are no UTF-8 count as U+FFFD.
    pub fn stored(&mut self, word: &[u8]) -> u16 {
        if word.is_empty() {
            return 0;
        }
        let slot = slot(word);
        let place = self.slots.get(slot).copied().unwrap_or(0);
        if let Some((known, code)) = self.entries.get(place as usize)
            && known.as_bytes() == word
        {
            return *code;
        }
        let place = self.place(&String::from_utf8_lossy(word));
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = place;
        }
        self.entries
            .get(place as usize)
            .map_or(0, |(_, code)| *code)
    }

    fn place(&mut self, word: &str) -> u32 {
        if let Some(place) = self.places.get(word) {
            return *place;
        }
        let code = locked(self.shared).code(word);
        let place = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.entries.push((word.into(), code));
        self.places.insert(word.into(), place);
        place
    }

    /// The code of a number written as a word; 0 for none.
    pub fn number(&mut self, id: Option<i64>) -> u16 {
        let Some(id) = id else { return 0 };
        if let Some((last, code)) = self.last
            && last == id
        {
            return code;
        }
        let code = *self
            .numbers
            .entry(id)
            .or_insert_with(|| locked(self.shared).code(&id.to_string()));
        self.last = Some((id, code));
        code
    }
}
