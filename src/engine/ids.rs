//! Identities: customers' ids by row and back, and order ids in a few bytes each.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use super::text::Arena;

/// Customers' `external_userid`s. Rows of the load are in ascending order and found by bisection; later rows, and ids
/// that came out of order, through a small table.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    all: Arena,
    sorted: u32,
    others: HashMap<Arc<str>, u32>,
}

impl Ids {
    /// Rows.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Appends an id and returns its row.
    pub fn push(&mut self, id: &str) -> u32 {
        let row = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let in_order = self.sorted == row && (row == 0 || self.get(row - 1) < id);
        self.all.push(id);
        if in_order {
            self.sorted += 1;
        } else {
            self.others.entry(id.into()).or_insert(row);
        }
        row
    }

    /// Appends the ids of other rows, which keep their order behind these.
    pub fn join(&mut self, other: &Self) {
        let follows = other.len() == other.sorted as usize
            && self.len() == self.sorted as usize
            && (self.sorted == 0 || other.sorted == 0 || self.get(self.sorted - 1) < other.get(0));
        if follows {
            self.all.join(&other.all);
            self.sorted += other.sorted;
        } else {
            for row in 0..u32::try_from(other.len()).unwrap_or(u32::MAX) {
                self.push(other.get(row));
            }
        }
    }

    /// Rows of the load in ascending order of id.
    pub fn sorted(&self) -> u32 {
        self.sorted
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, rows: usize) {
        self.all.reserve(rows, 16);
    }

    /// The id of a row; empty past the end.
    pub fn get(&self, row: u32) -> &str {
        self.all.get(row)
    }

    /// The row of an id.
    pub fn find(&self, id: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.sorted);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle).cmp(id) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(middle),
            }
        }
        self.find_late(id)
    }

    /// The row of an id that did not come in order.
    pub fn find_late(&self, id: &str) -> Option<u32> {
        self.others.get(id).copied()
    }

    /// Order of two rows by id.
    #[inline]
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        if a < self.sorted && b < self.sorted {
            a.cmp(&b)
        } else {
            self.get(a).cmp(self.get(b))
        }
    }

    /// All rows in order of id; `None` when rows are in that order already.
    pub fn order(&self) -> Option<Vec<u32>> {
        let len = u32::try_from(self.len()).unwrap_or(u32::MAX);
        if self.sorted == len {
            return None;
        }
        let mut late: Vec<u32> = (self.sorted..len).collect();
        late.sort_by(|a, b| self.compare(*a, *b));
        let mut late = late.into_iter().peekable();
        let mut order = Vec::with_capacity(self.len());
        for row in 0..self.sorted {
            while let Some(other) = late.next_if(|&other| self.compare(other, row).is_lt()) {
                order.push(other);
            }
            order.push(row);
        }
        order.extend(late);
        Some(order)
    }

    /// The ids as text, one entry a row.
    pub fn arena(&self) -> &Arena {
        &self.all
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.all.shrink();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.all.bytes() + self.others.capacity() * 64
    }
}

/// Ids a block of [`OrderIds`] holds.
const BLOCK: usize = 32;

/// Order ids, front-coded: an id is stored as what differs from the one before it, so ids in sequence take four or five
/// bytes. Numbered as pushed; the load pushes them in ascending order.
#[derive(Clone, Debug, Default)]
pub struct OrderIds {
    starts: Vec<u32>,
    bytes: Vec<u8>,
    last: Vec<u8>,
    coded: usize,
    len: usize,
    others: HashMap<Box<str>, u32>,
}

impl OrderIds {
    /// Numbers an id.
    pub fn push(&mut self, id: &str) -> u32 {
        let number = u32::try_from(self.len).unwrap_or(u32::MAX);
        let in_order =
            self.coded == self.len && (self.len == 0 || self.last.as_slice() < id.as_bytes());
        let shared = self
            .last
            .iter()
            .zip(id.as_bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let shared = if self.coded.is_multiple_of(BLOCK) {
            0
        } else {
            shared
        };
        let rest = id.as_bytes().get(shared..).unwrap_or_default();
        self.len += 1;
        let (Ok(head), Ok(tail), true) = (u8::try_from(shared), u8::try_from(rest.len()), in_order)
        else {
            self.others.entry(id.into()).or_insert(number);
            return number;
        };
        if self.coded.is_multiple_of(BLOCK) {
            self.starts
                .push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
        self.bytes.extend([head, tail]);
        self.bytes.extend_from_slice(rest);
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        self.coded += 1;
        number
    }

    /// Reads the entry at `at` over the id before it and returns where the next begins.
    fn read(&self, at: usize, id: &mut Vec<u8>) -> Option<usize> {
        let (&head, &tail) = (self.bytes.get(at)?, self.bytes.get(at + 1)?);
        let end = at + 2 + usize::from(tail);
        id.truncate(usize::from(head));
        id.extend_from_slice(self.bytes.get(at + 2..end)?);
        Some(end)
    }

    /// Appends the ids of other orders, which keep their order behind these.
    pub fn join(&mut self, other: &Self) {
        let mut read = Vec::new();
        let mut at = 0;
        let mut late: Vec<(&u32, &str)> = other.others.iter().map(|(id, n)| (n, &**id)).collect();
        late.sort_unstable();
        for _ in 0..other.coded {
            let Some(next) = other.read(at, &mut read) else {
                return;
            };
            at = next;
            self.push(&String::from_utf8_lossy(&read));
        }
        for (_, id) in late {
            self.push(id);
        }
    }

    /// The number of an id.
    pub fn find(&self, id: &str) -> Option<u32> {
        if let Some(number) = self.others.get(id) {
            return Some(*number);
        }
        let mut read = Vec::new();
        let block = self.starts.partition_point(|&start| {
            self.read(start as usize, &mut read);
            read.as_slice() <= id.as_bytes()
        });
        let block = block.checked_sub(1)?;
        let mut at = *self.starts.get(block)? as usize;
        for i in block * BLOCK..self.coded.min((block + 1) * BLOCK) {
            at = self.read(at, &mut read)?;
            if read == id.as_bytes() {
                return u32::try_from(i).ok();
            }
        }
        None
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.bytes.capacity() + self.starts.capacity() * 4 + self.others.capacity() * 48
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_lossless,
    reason = "samples are small"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn every_id_is_found_where_it_was_put(early in prop::collection::btree_set("[a-c]{0,6}|订单[0-9]{1,4}", 0..120), late in prop::collection::btree_set("[a-e]{1,5}", 0..20)) {
            let late: Vec<String> = late.difference(&early).cloned().collect();
            let all: Vec<&String> = early.iter().chain(late.iter().rev()).collect();
            let (mut ids, mut orders) = (Ids::default(), OrderIds::default());
            for id in &all {
                prop_assert_eq!(ids.push(id), orders.push(id));
            }
            for (i, id) in all.iter().enumerate() {
                prop_assert_eq!(ids.find(id), Some(i as u32));
                prop_assert_eq!(orders.find(id), Some(i as u32));
                prop_assert_eq!(ids.get(i as u32), id.as_str());
            }
            prop_assert_eq!((ids.find("zz"), orders.find("zz"), orders.find("A")), (None, None, None));
            let sorted: BTreeSet<&String> = all.iter().copied().collect();
            let order = ids.order().unwrap_or_else(|| (0..ids.len() as u32).collect());
            prop_assert_eq!(order.into_iter().map(|r| ids.get(r)).collect::<Vec<_>>(), sorted.into_iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_order_id_too_long_to_code_is_still_found() {
        let mut orders = OrderIds::default();
        let long = "x".repeat(300);
        assert_eq!(
            (orders.push("a"), orders.push(&long), orders.push("y")),
            (0, 1, 2)
        );
        assert_eq!(
            (orders.find(&long), orders.find("y"), orders.find("a")),
            (Some(1), Some(2), Some(0))
        );
    }
}
