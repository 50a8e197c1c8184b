//! Persons: customers by their row, and people outside the pool by a number of their own.
//!
//! Orders, adds, group members and campaign steps name people by `external_userid` or, for people nobody has added, by
//! another key. One number space holds both, so that a person is counted once wherever they appear.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use super::ids::Ids;

/// From here on a number stands for somebody outside the pool.
pub const STRANGER: u32 = 1 << 31;
/// Stands for no person at all.
pub const NOBODY: u32 = u32::MAX;

/// The row of a person of the pool.
pub fn row_of(person: u32) -> Option<u32> {
    (person < STRANGER).then_some(person)
}

/// People outside the pool. Nothing of them is shown, so 64 bits of a keyed hash stand for the key.
#[derive(Clone, Debug, Default)]
pub struct Strangers {
    hasher: RandomState,
    numbers: HashMap<u64, u32>,
    given: u32,
}

impl Strangers {
    /// The number of a key, a new one if need be.
    pub fn number(&mut self, key: &str) -> u32 {
        let hash = self.hasher.hash_one(key);
        let given = &mut self.given;
        *self.numbers.entry(hash).or_insert_with(|| {
            // From the top down, so that columns of few strangers stay narrow.
            *given += 1;
            NOBODY.saturating_sub(*given).max(STRANGER)
        })
    }

    /// Takes a key out, because the person has joined the pool; their number, if they had one.
    pub fn leave(&mut self, key: &str) -> Option<u32> {
        self.numbers.remove(&self.hasher.hash_one(key))
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.numbers.capacity() * 17
    }
}

/// Characters of an id that a [`Finder`] looks at, at most.
const DEPTH: usize = 8;

/// Rows by id while loading: quicker than bisection, thrown away afterwards.
///
/// Behind the prefix that all ids share, the first characters of an id are digits of a number (each place has as many
/// digits as characters are in use there), and numbers ascend as ids do. So a number is a drawer, a drawer holds ids that
/// are neighbours, and ids asked for in order touch memory in order. Ids that crowd one drawer are found by bisection.
#[derive(Debug)]
pub struct Finder {
    ids: Arc<Ids>,
    /// Bytes that all ids begin with.
    shared: usize,
    /// By place: the digit of each byte, and how many digits there are. Digit 0 is the end of an id.
    places: Vec<(Box<[u32; 256]>, u64)>,
    /// Numbers are drawers without their last so many bits.
    coarse: u32,
    /// First row of each drawer, and the end of the last.
    drawers: Vec<u32>,
}

impl Finder {
    /// Over the ids of a load.
    pub fn new(ids: Arc<Ids>) -> Self {
        let rows = ids.sorted();
        let (first, last) = (ids.get(0), ids.get(rows.saturating_sub(1)));
        let shared = first
            .bytes()
            .zip(last.bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let places = places(&ids, shared);
        let numbers = places.iter().fold(1_u64, |all, (_, digits)| all * digits);
        // About one id a drawer.
        let most = (u64::from(rows) * 2).max(16);
        let coarse = (0..64).find(|bits| numbers >> bits <= most).unwrap_or(0);
        let mut finder = Self {
            ids,
            shared,
            places,
            coarse,
            drawers: Vec::new(),
        };
        let drawers = usize::try_from(numbers >> coarse).unwrap_or(0) + 1;
        let mut starts = Vec::with_capacity(drawers + 1);
        for row in 0..rows {
            let drawer = finder.drawer(finder.ids.get(row).as_bytes());
            while starts.len() <= drawer {
                starts.push(row);
            }
        }
        starts.resize(drawers + 1, rows);
        finder.drawers = starts;
        finder
    }

    /// The drawer in which an id would lie; it begins with the shared prefix.
    fn drawer(&self, id: &[u8]) -> usize {
        let mut rest = id.iter().skip(self.shared);
        let number = self.places.iter().fold(0_u64, |number, (digit, digits)| {
            let here = rest.next().and_then(|byte| digit.get(usize::from(*byte)));
            number * digits + here.map_or(0, |digit| u64::from(*digit))
        });
        usize::try_from(number >> self.coarse).unwrap_or(usize::MAX)
    }

    /// The drawer in which an id would lie; `None` when it does not begin as all do.
    fn lies_in(&self, id: &str) -> Option<usize> {
        let prefix = self.ids.get(0).as_bytes().get(..self.shared)?;
        let inside = id.as_bytes().starts_with(prefix);
        inside.then(|| self.drawer(id.as_bytes()))
    }

    /// First row of a drawer, and the first behind it.
    fn rows_of(&self, drawer: usize) -> (u32, u32) {
        let at = |drawer: usize| self.drawers.get(drawer).copied().unwrap_or(0);
        (at(drawer), at(drawer.saturating_add(1)))
    }

    /// The row of an id that can only lie between two rows, or have come late.
    fn among(&self, mut low: u32, mut high: u32, id: &str) -> Option<u32> {
        while low < high {
            let middle = low + (high - low) / 2;
            match self.ids.get(middle).as_bytes().cmp(id.as_bytes()) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        self.ids.find_late(id)
    }

    /// The row of an id.
    pub fn find(&self, id: &str) -> Option<u32> {
        let (low, high) = self
            .lies_in(id)
            .map_or((0, 0), |drawer| self.rows_of(drawer));
        self.among(low, high, id)
    }
}

/// Keys looked up together.
const TOGETHER: usize = 64;

/// Keys to be found, each with what is to be done with the answer. Found many at a time: each step of the look-up is taken
/// for all of them before the next, so that their waits for memory overlap.
#[derive(Debug)]
pub struct Asked<'f, T> {
    finder: &'f Finder,
    keys: String,
    ends: Vec<usize>,
    with: Vec<T>,
}

impl<'f, T> Asked<'f, T> {
    /// Nothing asked yet.
    pub fn new(finder: &'f Finder) -> Self {
        Self {
            finder,
            keys: String::new(),
            ends: Vec::with_capacity(TOGETHER),
            with: Vec::with_capacity(TOGETHER),
        }
    }

    /// Asks for a key; answers come later, in the order of the questions: what was handed in, the row, the key.
    pub fn ask(&mut self, key: &str, with: T, answer: impl FnMut(T, Option<u32>, &str)) {
        self.keys.push_str(key);
        self.ends.push(self.keys.len());
        self.with.push(with);
        if self.with.len() == TOGETHER {
            self.answer(answer);
        }
    }

    /// Answers what is still open.
    pub fn answer(&mut self, mut answer: impl FnMut(T, Option<u32>, &str)) {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let keys: Vec<&str> = starts
            .zip(&self.ends)
            .map(|(start, end)| self.keys.get(start..*end).unwrap_or_default())
            .collect();
        let drawers: Vec<Option<usize>> = keys.iter().map(|key| self.finder.lies_in(key)).collect();
        let rows: Vec<(u32, u32)> = drawers
            .into_iter()
            .map(|drawer| drawer.map_or((0, 0), |drawer| self.finder.rows_of(drawer)))
            .collect();
        // Brings the ids into the cache.
        let touched = rows.iter().fold(0_u8, |sum, (low, _)| {
            sum ^ self.finder.ids.get(*low).bytes().next().unwrap_or(0)
        });
        std::hint::black_box(touched);
        for ((key, (low, high)), with) in keys.into_iter().zip(rows).zip(self.with.drain(..)) {
            answer(with, self.finder.among(low, high, key), key);
        }
        self.keys.clear();
        self.ends.clear();
    }
}

/// Which bytes stand at the places behind the prefix, as ascending digits. As many places as tell most ids apart.
fn places(ids: &Ids, shared: usize) -> Vec<(Box<[u32; 256]>, u64)> {
    let mut used = [[false; 256]; DEPTH];
    for row in 0..ids.sorted() {
        for (used, byte) in used.iter_mut().zip(ids.get(row).bytes().skip(shared)) {
            if let Some(used) = used.get_mut(usize::from(byte)) {
                *used = true;
            }
        }
    }
    let (mut places, mut numbers) = (Vec::new(), 1_u64);
    for used in used {
        if numbers > u64::from(ids.sorted()) {
            break;
        }
        let mut digits = 0;
        let digit = used.map(|used| {
            digits += u32::from(used);
            digits
        });
        numbers = numbers.saturating_mul(u64::from(digits) + 1);
        places.push((Box::new(digit), u64::from(digits) + 1));
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_found_and_strangers_numbered_once() {
        let mut ids = Ids::default();
        for i in 0..1000 {
            ids.push(&format!("wm{i:06}"));
        }
        let finder = Finder::new(Arc::new(ids));
        assert!((0..1000).all(|i| finder.find(&format!("wm{i:06}")) == Some(i)));
        assert_eq!(finder.find("wm1"), None);
        let mut strangers = Strangers::default();
        let a = strangers.number("a");
        assert_ne!(a, strangers.number("b"));
        assert_eq!(a, strangers.number("a"));
        assert_eq!((row_of(a), row_of(7)), (None, Some(7)));
        assert_eq!(
            (strangers.leave("a"), strangers.leave("a")),
            (Some(a), None)
        );
        assert_ne!(strangers.number("a"), a);
    }

    proptest! {
        #[test]
        fn the_finder_finds_every_id_and_nothing_else(
            early in prop::collection::btree_set("(wm)?[0-9a-cÿ张]{0,9}", 0..80),
            late in prop::collection::vec("[a-c]{1,3}", 0..5),
            others in prop::collection::vec("(wm)?[0-9a-dÿ张]{0,9}", 0..40),
        ) {
            let mut ids = Ids::default();
            for id in early.iter().chain(&late) {
                ids.push(id);
            }
            let finder = Finder::new(Arc::new(ids.clone()));
            let asked_for: Vec<&String> = early.iter().chain(&late).chain(&others).collect();
            let mut answers = Vec::new();
            let mut asked = Asked::new(&finder);
            for (at, id) in asked_for.iter().enumerate() {
                prop_assert_eq!(finder.find(id), ids.find(id), "{}", id);
                asked.ask(id, at, |at, row, key| answers.push((at, row, key.to_owned())));
            }
            asked.answer(|at, row, key| answers.push((at, row, key.to_owned())));
            let one_by_one: Vec<_> = (0..).zip(asked_for).map(|(at, id)| (at, ids.find(id), id.clone())).collect();
            prop_assert_eq!(answers, one_by_one);
        }
    }
}
