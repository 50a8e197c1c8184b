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
/// An entry's first byte, when it stands alone: how much larger the number at the end of the id is than the one before.
/// Up to here it is the length of the tail instead, by which an id of the same length differs.
const STEP: u8 = 0x80;
/// The first byte of any other entry: how much is shared and how long the tail is follow.
const OTHER: u8 = 0xff;
/// The largest step.
const STEPS: u64 = 126;

/// Order ids, front-coded: an id is stored as what differs from the one before it, so ids in sequence take one byte each,
/// and others their last digits. Numbered as pushed; the load pushes them in ascending order.
#[derive(Clone, Debug, Default)]
pub struct OrderIds {
    starts: Vec<u32>,
    bytes: Vec<u8>,
    last: Vec<u8>,
    coded: usize,
    len: usize,
    others: HashMap<Box<str>, u32>,
}

/// Adds a step to the digits that an id ends with; `None` when they are too few.
fn advance(id: &mut [u8], step: u64) -> Option<()> {
    let mut carry = step;
    for byte in id.iter_mut().rev() {
        if carry == 0 {
            break;
        }
        byte.is_ascii_digit().then_some(())?;
        let sum = u64::from(*byte - b'0') + carry;
        *byte = b'0' + u8::try_from(sum % 10).unwrap_or(0);
        carry = sum / 10;
    }
    (carry == 0).then_some(())
}

/// How far the digits at the end of `id` are ahead of those of `last`, all before them being the same; `None` when that
/// is not a step.
fn step(last: &[u8], id: &[u8], shared: usize) -> Option<u8> {
    let (before, after) = (last.get(shared..)?, id.get(shared..)?);
    if before.len() != after.len() || before.len() > 18 {
        return None;
    }
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u64, |n, d| {
            d.is_ascii_digit().then(|| n * 10 + u64::from(d - b'0'))
        })
    };
    let ahead = number(after)?.checked_sub(number(before)?)?;
    let step = u8::try_from(ahead)
        .ok()
        .filter(|_| (1..=STEPS).contains(&ahead))?;
    Some(STEP + step)
}

impl OrderIds {
    /// Numbers an id.
    pub fn push(&mut self, id: &str) -> u32 {
        let number = u32::try_from(self.len).unwrap_or(u32::MAX);
        let in_order =
            self.coded == self.len && (self.len == 0 || self.last.as_slice() < id.as_bytes());
        let begins = self.coded.is_multiple_of(BLOCK);
        let both = self.last.iter().zip(id.as_bytes());
        let shared = if begins {
            0
        } else {
            both.take_while(|(a, b)| a == b).count()
        };
        let rest = id.as_bytes().get(shared..).unwrap_or_default();
        self.len += 1;
        let (Ok(head), Ok(tail), true) = (u8::try_from(shared), u8::try_from(rest.len()), in_order)
        else {
            self.others.entry(id.into()).or_insert(number);
            return number;
        };
        if begins {
            self.starts
                .push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        }
        let ahead = step(&self.last, id.as_bytes(), shared).filter(|_| !begins);
        if let Some(ahead) = ahead {
            self.bytes.push(ahead);
        } else {
            if !begins && tail <= STEP && id.len() == self.last.len() {
                self.bytes.push(tail);
            } else {
                self.bytes.extend([OTHER, head, tail]);
            }
            self.bytes.extend_from_slice(rest);
        }
        self.last.truncate(shared);
        self.last.extend_from_slice(rest);
        self.coded += 1;
        number
    }

    /// Reads the entry at `at` over the id before it and returns where the next begins.
    fn read(&self, at: usize, id: &mut Vec<u8>) -> Option<usize> {
        let (head, tail, at) = match *self.bytes.get(at)? {
            OTHER => {
                let (&head, &tail) = (self.bytes.get(at + 1)?, self.bytes.get(at + 2)?);
                (usize::from(head), usize::from(tail), at + 3)
            }
            tail @ ..=STEP => (
                id.len().checked_sub(usize::from(tail))?,
                usize::from(tail),
                at + 1,
            ),
            ahead => {
                advance(id, u64::from(ahead - STEP))?;
                return Some(at + 1);
            }
        };
        let end = at + tail;
        id.truncate(head);
        id.extend_from_slice(self.bytes.get(at..end)?);
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
        fn every_id_is_found_where_it_was_put(early in prop::collection::btree_set("[a-c]{0,6}|订单[0-9]{1,4}|SO00[0-2][0-9]|[0-9]{19,21}", 0..120), late in prop::collection::btree_set("[a-e]{1,5}", 0..20)) {
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
    fn ids_in_sequence_take_a_byte_each() {
        let mut orders = OrderIds::default();
        let id = |n: u32| format!("SO{:08}", n * 3 + n / 7);
        for n in 0..3_200 {
            assert_eq!(orders.push(&id(n)), n);
        }
        assert!((0..3_200).all(|n| orders.find(&id(n)) == Some(n)));
        assert_eq!(orders.find("SO00000001"), None);
        // A block begins with the whole id.
        assert!(orders.bytes.len() <= 3_200 + 100 * 12);
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
