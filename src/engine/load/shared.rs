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

/// Slots for words, of which two to four times as many are kept as there are words: at most so many.
const MOST_SLOTS: usize = 1 << 17;

/// Slots in which a word may stand: the first is its own, the others are behind it.
const PROBES: usize = 8;

/// Numbers below this are looked up without a search.
const FEW: usize = 1024;

/// The first and the last bytes of a word of at most `N` times eight, which meet or overlap: with its length they tell it
/// from any other. `None` for a longer word.
#[inline]
fn ends<const N: usize>(word: &[u8]) -> Option<[u64; N]> {
    let mut ends = [0; N];
    if word.len() > N * 8 {
        return None;
    }
    let parts = if N == 2 || word.len() <= 16 {
        [word, &[]]
    } else {
        [
            word.get(..16).unwrap_or(word),
            word.last_chunk::<16>().map_or(&[], |end| end.as_slice()),
        ]
    };
    for (ends, part) in ends.chunks_mut(2).zip(parts) {
        let pair = match (part.first_chunk(), part.last_chunk()) {
            (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
            _ => match (part.first_chunk(), part.last_chunk()) {
                (Some(first), Some(last)) => {
                    [first, last].map(|four| u64::from(u32::from_le_bytes(*four)))
                }
                _ => part
                    .iter()
                    .fold([0, 0], |[all, _], byte| [(all << 8) | u64::from(*byte), 0]),
            },
        };
        ends.copy_from_slice(&pair);
    }
    Some(ends)
}

/// Words of at most `N` times eight bytes with their codes.
struct Slots<const N: usize>(Vec<Slot<N>>);

/// First and last bytes of a word, its length and its code; length 0 while empty.
type Slot<const N: usize> = ([u64; N], u8, u16);

impl<const N: usize> Slots<N> {
    /// Where a word may stand, its own place first: any function of it will do.
    #[inline]
    fn places(&self, ends: &[u64; N]) -> impl Iterator<Item = usize> + use<N> {
        const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
        // Shifted down, the last bytes of a word, where words differ, reach the bits that are used.
        let all = ends.iter().fold(0, |all: u64, end| {
            let mixed = (all ^ end).wrapping_mul(ODD);
            mixed ^ (mixed >> 13)
        });
        let own = usize::try_from(all >> 40).unwrap_or(0);
        let mask = self.0.len().wrapping_sub(1);
        (own..own + PROBES).map(move |place| place & mask)
    }

    #[inline]
    fn get(&self, ends: &[u64; N], len: u8) -> Option<u16> {
        for place in self.places(ends) {
            let (known, known_len, code) = self.0.get(place)?;
            if known == ends && *known_len == len {
                return Some(*code);
            }
            if *known_len == 0 {
                return None;
            }
        }
        None
    }

    /// Notes a word, one of so many; where none of its places is free, in the stead of another.
    fn put(&mut self, slot: Slot<N>, words: usize) {
        if self.0.len() < MOST_SLOTS && self.0.len() < words * 2 {
            let slots = (words * 4).next_power_of_two().clamp(64, MOST_SLOTS);
            self.0 = vec![([0; N], 0, 0); slots];
        }
        let free = |place: &usize| self.0.get(*place).is_some_and(|(_, len, _)| *len == 0);
        let own = self.places(&slot.0).next();
        let place = self.places(&slot.0).find(free).or(own);
        if let Some(old) = place.and_then(|place| self.0.get_mut(place)) {
            *old = slot;
        }
    }
}

/// Codes of a shared dictionary, remembered by the thread: the lock is taken once a word, and a word met before is known
/// by comparing it with one other.
pub struct Codes<'a> {
    shared: &'a Mutex<Dict>,
    words: HashMap<Box<str>, u16>,
    short: Slots<2>,
    long: Slots<4>,
    numbers: HashMap<i64, u16>,
    /// Codes of small numbers; 0 for one not met.
    few: Vec<u16>,
}

impl<'a> Codes<'a> {
    pub fn new(shared: &'a Mutex<Dict>) -> Self {
        Self {
            shared,
            words: HashMap::new(),
            short: Slots(Vec::new()),
            long: Slots(Vec::new()),
            numbers: HashMap::new(),
            few: Vec::new(),
        }
    }

    /// The code of a word; 0 for none.
    pub fn code(&mut self, word: &str) -> u16 {
        self.stored(word.as_bytes())
    }

    /// The code of a word as stored; bytes that are no UTF-8 count as U+FFFD.
    #[inline]
    pub fn stored(&mut self, word: &[u8]) -> u16 {
        let len = u8::try_from(word.len()).unwrap_or(u8::MAX);
        if len == 0 {
            return 0;
        }
        if let Some(ends) = ends::<2>(word) {
            return self.short.get(&ends, len).unwrap_or_else(|| {
                let code = self.found(word);
                self.short.put((ends, len, code), self.words.len());
                code
            });
        }
        if let Some(ends) = ends::<4>(word) {
            return self.long.get(&ends, len).unwrap_or_else(|| {
                let code = self.found(word);
                self.long.put((ends, len, code), self.words.len());
                code
            });
        }
        self.found(word)
    }

    /// The code of a word that stands in no slot.
    fn found(&mut self, word: &[u8]) -> u16 {
        let word = String::from_utf8_lossy(word);
        if let Some(code) = self.words.get(&*word) {
            return *code;
        }
        let code = locked(self.shared).code(&word);
        self.words.insert(word.into(), code);
        code
    }

    /// The code of a number written as a word; 0 for none.
    #[inline]
    pub fn number(&mut self, id: Option<i64>) -> u16 {
        let Some(id) = id else { return 0 };
        let place = usize::try_from(id).ok().filter(|place| *place < FEW);
        match place.and_then(|place| self.few.get(place)) {
            Some(code) if *code != 0 => *code,
            Some(_) | None => self.numbered(id, place),
        }
    }

    /// The code of a number that is large or has not been met; a small one has a place.
    fn numbered(&mut self, id: i64, place: Option<usize>) -> u16 {
        let shared = self.shared;
        let code = *self
            .numbers
            .entry(id)
            .or_insert_with(|| locked(shared).code(&id.to_string()));
        if let Some(place) = place {
            self.few.resize(self.few.len().max(place + 1), 0);
            if let Some(few) = self.few.get_mut(place) {
                *few = code;
            }
        }
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_told_apart_whatever_their_length(
            words in prop::collection::vec(prop_oneof!["[ab]{0,5}", "[ab]{0,40}", "(x{7}|x{15}|x{31})[ab]{1,2}y{0,9}"], 0..60),
        ) {
            let shared = Mutex::default();
            let mut codes = Codes::new(&shared);
            let met: Vec<u16> = words.iter().chain(&words).map(|word| codes.code(word)).collect();
            let dict = locked(&shared);
            let truth: Vec<Option<u16>> = words.iter().chain(&words).map(|word| dict.find(word)).collect();
            let met: Vec<Option<u16>> = met.into_iter().map(|code| (code > 0).then_some(code)).collect();
            prop_assert_eq!(met, truth);
        }

        #[test]
        fn a_word_is_known_by_its_ends(a in "[ab]{0,34}", b in "[ab]{0,34}") {
            let (one, other) = (a.as_bytes(), b.as_bytes());
            for (told, most) in [
                (ends::<2>(one).is_some().then(|| ends::<2>(one) == ends::<2>(other)), 16),
                (ends::<4>(one).is_some().then(|| ends::<4>(one) == ends::<4>(other)), 32),
            ] {
                prop_assert_eq!(told.is_some(), a.len() <= most);
                if let Some(same) = told && a.len() == b.len() {
                    prop_assert_eq!(same, a == b);
                }
            }
        }
    }

    #[test]
    fn numbers_are_the_words_they_are_written_as() {
        let shared = Mutex::default();
        let mut codes = Codes::new(&shared);
        assert_eq!(codes.number(None), 0);
        for id in [0, 7, 1_023, 1_024, -1, i64::MAX, i64::MIN, 7, 0, 1_024, -1] {
            let code = codes.number(Some(id));
            assert_eq!(locked(&shared).find(&id.to_string()), Some(code), "{id}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_one_word_as_shown() {
        let shared = Mutex::default();
        let mut codes = Codes::new(&shared);
        assert_eq!(codes.stored(b"a\xff"), codes.code("a\u{fffd}"));
        assert_eq!(codes.stored(b""), 0);
    }
}
