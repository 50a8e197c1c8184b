//! Persons: customers by their row, and people outside the pool by a number of their own.
//!
//! Orders, adds, group members and campaign steps name people by `external_userid` or, for people nobody has added, by
//! another key. One number space holds both, so that a person is counted once wherever they appear.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

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
            *given += 1;
            STRANGER | (*given - 1)
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

/// Rows by id while loading: faster than bisection, thrown away afterwards. As with [`Strangers`], 64 bits of a keyed hash
/// stand for the id: a look-up touches one word of memory.
#[derive(Debug)]
pub struct Finder {
    hasher: RandomState,
    /// High bits of the hash above `row_bits` bits of row number plus one; 0 is an empty slot.
    slots: Vec<u64>,
    row_bits: u32,
}

impl Finder {
    /// Over all ids.
    pub fn new(ids: &Ids) -> Self {
        let size = (ids.len() * 2).next_power_of_two().max(16);
        let mut finder = Self {
            hasher: RandomState::new(),
            slots: vec![0; size],
            row_bits: usize::BITS - ids.len().leading_zeros(),
        };
        for row in 0..u32::try_from(ids.len()).unwrap_or(u32::MAX) {
            let (mut at, mark) = finder.start(ids.get(row));
            while finder.slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) % size;
            }
            if let Some(slot) = finder.slots.get_mut(at) {
                *slot = mark | (u64::from(row) + 1);
            }
        }
        finder
    }

    /// First slot of an id and the mark that tells it from others. Slot and mark take different bits of the hash, and all
    /// of them together.
    fn start(&self, id: &str) -> (usize, u64) {
        let hash = self.hasher.hash_one(id);
        let low = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or(0);
        (low & (self.slots.len() - 1), hash & !self.rows())
    }

    /// Mask of the bits that hold a row.
    fn rows(&self) -> u64 {
        (1 << self.row_bits) - 1
    }

    /// The row of an id.
    pub fn find(&self, id: &str) -> Option<u32> {
        let (mut at, mark) = self.start(id);
        let rows = self.rows();
        while let Some(&slot) = self.slots.get(at).filter(|slot| **slot != 0) {
            if slot & !rows == mark {
                return u32::try_from((slot & rows) - 1).ok();
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_and_strangers_numbered_once() {
        let mut ids = Ids::default();
        for i in 0..1000 {
            ids.push(&format!("wm{i:06}"));
        }
        let finder = Finder::new(&ids);
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
}
