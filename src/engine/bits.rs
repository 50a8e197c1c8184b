//! A set of rows: one bit a row, in machine words.

use std::iter;

/// Bits of a word.
const WORD: usize = 64;

/// A set of row numbers below a fixed length. A million rows take 125 KB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

/// Word and mask of a row.
fn place(row: u32) -> (usize, u64) {
    let row = row as usize;
    (row / WORD, 1 << (row % WORD))
}

impl Bits {
    /// No row of `len`.
    pub fn none(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(WORD)],
            len,
        }
    }

    /// All rows below `len`.
    pub fn all(len: usize) -> Self {
        let mut bits = Self {
            words: vec![u64::MAX; len.div_ceil(WORD)],
            len,
        };
        bits.trim();
        bits
    }

    /// The rows that pass a test, asked in ascending order.
    pub fn of(len: usize, mut test: impl FnMut(u32) -> bool) -> Self {
        let mut bits = Self::none(len);
        let mut row = 0_u32;
        for word in &mut bits.words {
            let end = len.min(row as usize + WORD);
            let mut bit = 1_u64;
            while (row as usize) < end {
                if test(row) {
                    *word |= bit;
                }
                bit = bit.rotate_left(1);
                row += 1;
            }
        }
        bits
    }

    /// The rows whose value passes a test; `values` has one value a row.
    pub fn of_column<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let words = values
            .chunks(WORD)
            .map(|chunk| {
                chunk
                    .iter()
                    .enumerate()
                    .fold(0_u64, |word, (i, &v)| word | (u64::from(test(v)) << i))
            })
            .collect();
        Self {
            words,
            len: values.len(),
        }
    }

    /// Rows it ranges over.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Ranges over no rows at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Clears the bits past the last row.
    fn trim(&mut self) {
        let rest = self.len % WORD;
        if rest != 0
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << rest) - 1;
        }
    }

    /// Is the row in the set?
    pub fn has(&self, row: u32) -> bool {
        let (word, mask) = place(row);
        self.words.get(word).is_some_and(|w| w & mask != 0)
    }

    /// Puts a row in or takes it out; rows past the end are ignored.
    pub fn put(&mut self, row: u32, member: bool) {
        if row as usize >= self.len {
            return;
        }
        let (word, mask) = place(row);
        if let Some(w) = self.words.get_mut(word) {
            if member {
                *w |= mask;
            } else {
                *w &= !mask;
            }
        }
    }

    /// Ranges over `len` rows from now on; new rows are not members.
    pub fn resize(&mut self, len: usize) {
        self.words.resize(len.div_ceil(WORD), 0);
        self.len = len;
        self.trim();
    }

    /// Members.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|w| u64::from(w.count_ones())).sum()
    }

    /// Members it shares with `other`.
    pub fn count_shared(&self, other: &Self) -> u64 {
        self.words
            .iter()
            .zip(&other.words)
            .map(|(a, b)| u64::from((a & b).count_ones()))
            .sum()
    }

    /// Has no members.
    pub fn is_clear(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    /// Keeps what `other` has too.
    pub fn and(&mut self, other: &Self) {
        let others = other.words.iter().copied().chain(iter::repeat(0));
        for (a, b) in self.words.iter_mut().zip(others) {
            *a &= b;
        }
    }

    /// Adds what `other` has.
    pub fn or(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a |= b;
        }
        self.trim();
    }

    /// Takes out what `other` has.
    pub fn and_not(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a &= !b;
        }
    }

    /// Members become strangers and strangers members.
    pub fn flip(&mut self) {
        for word in &mut self.words {
            *word = !*word;
        }
        self.trim();
    }

    /// Members in ascending order.
    pub fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            let base = u32::try_from(i * WORD).unwrap_or(u32::MAX);
            let mut rest = word;
            iter::from_fn(move || {
                (rest != 0).then(|| {
                    let row = base.saturating_add(rest.trailing_zeros());
                    rest &= rest - 1;
                    row
                })
            })
        })
    }

    /// Members in ascending order; takes the set.
    pub fn into_rows(self) -> impl Iterator<Item = u32> {
        self.words.into_iter().enumerate().flat_map(|(i, word)| {
            let base = u32::try_from(i * WORD).unwrap_or(u32::MAX);
            let mut rest = word;
            iter::from_fn(move || {
                (rest != 0).then(|| {
                    let row = base.saturating_add(rest.trailing_zeros());
                    rest &= rest - 1;
                    row
                })
            })
        })
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
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

    proptest! {
        #[test]
        fn sets_behave_like_lists_of_flags(a in prop::collection::vec(any::<bool>(), 0..300), seed in any::<u64>()) {
            let len = a.len();
            let b: Vec<bool> = (0..len).map(|i| (seed >> (i % 64)) & 1 == 1).collect();
            let bits = |v: &[bool]| Bits::of(v.len(), |r| v[r as usize]);
            let (x, y) = (bits(&a), bits(&b));
            prop_assert_eq!(&Bits::of_column(&a, |v| v), &x);
            prop_assert_eq!(x.count() as usize, a.iter().filter(|v| **v).count());
            prop_assert_eq!(x.rows().map(|r| r as usize).collect::<Vec<_>>(), (0..len).filter(|i| a[*i]).collect::<Vec<_>>());
            let pairs = || a.iter().zip(&b);
            let (mut and, mut or, mut not, mut flip) = (x.clone(), x.clone(), x.clone(), x.clone());
            and.and(&y);
            or.or(&y);
            not.and_not(&y);
            flip.flip();
            prop_assert_eq!(and, bits(&pairs().map(|(p, q)| *p && *q).collect::<Vec<_>>()));
            prop_assert_eq!(or, bits(&pairs().map(|(p, q)| *p || *q).collect::<Vec<_>>()));
            prop_assert_eq!(not, bits(&pairs().map(|(p, q)| *p && !*q).collect::<Vec<_>>()));
            prop_assert_eq!(flip, bits(&a.iter().map(|p| !p).collect::<Vec<_>>()));
            prop_assert_eq!(x.count_shared(&y) as usize, pairs().filter(|(p, q)| **p && **q).count());
        }
    }

    #[test]
    fn a_set_made_shorter_and_longer_again_forgets_what_was_cut() {
        let mut bits = Bits::all(70);
        bits.resize(65);
        bits.resize(130);
        assert_eq!(bits.count(), 65);
        bits.put(129, true);
        bits.put(130, true);
        assert_eq!(bits.count(), 66);
        assert!(bits.has(129) && !bits.has(130));
    }
}
