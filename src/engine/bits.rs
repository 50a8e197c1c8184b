//! A set of rows: one bit a row, in machine words.

use std::iter;
use std::ops::Range;

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

/// Sixty-four zeros and ones as the bits of a word, the first as the lowest.
fn gathered(flags: &[u8; WORD]) -> u64 {
    /// Moves bit 8i to bit 56 + i, for each i below 8.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |word, eight| {
        word << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56
    })
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
                // Tests first, one byte each, then eight bytes at a time into bits: both loops run wide.
                let mut passed = [0_u8; WORD];
                for (cell, value) in passed.iter_mut().zip(chunk) {
                    *cell = u8::from(test(*value));
                }
                gathered(&passed)
            })
            .collect();
        Self {
            words,
            len: values.len(),
        }
    }

    /// The bits of these words, the lowest first; bits past `len` are left out.
    pub fn of_words(words: Vec<u64>, len: usize) -> Self {
        let mut bits = Self { words, len };
        bits.resize(len);
        bits
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
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            words: self.words.iter(),
            next: 0,
            rest: 0,
        }
    }

    /// Calls `hit` with each member in ascending order; the quickest way through a whole set.
    pub fn each(&self, hit: impl FnMut(u32)) {
        Self::each_word(0, &self.words, hit);
    }

    /// The same for the members of a range of rows that begins at a multiple of 64 and ends at one, or at the last row.
    pub fn each_of(&self, rows: Range<u32>, hit: impl FnMut(u32)) {
        Self::each_word(rows.start, self.words_of(&rows), hit);
    }

    /// The words of a range of rows as [`Bits::each_of`] takes it.
    fn words_of(&self, rows: &Range<u32>) -> &[u64] {
        let (first, end) = (
            rows.start as usize / WORD,
            (rows.end as usize).div_ceil(WORD),
        );
        let words = self.words.get(first..end.min(self.words.len()));
        words.filter(|_| !rows.is_empty()).unwrap_or_default()
    }

    fn each_word(mut base: u32, words: &[u64], mut hit: impl FnMut(u32)) {
        for &word in words {
            let mut rest = word;
            while rest != 0 {
                hit(base | rest.trailing_zeros());
                rest &= rest - 1;
            }
            base = base.wrapping_add(64);
        }
    }

    /// Calls `hit` for each word of a range of rows as [`Bits::each_of`] takes it, if any row of it is a member: its first
    /// row and its bits.
    pub fn each_word_of(&self, rows: Range<u32>, mut hit: impl FnMut(u32, u64)) {
        let mut base = rows.start;
        for &word in self.words_of(&rows) {
            if word != 0 {
                hit(base, word);
            }
            base = base.wrapping_add(64);
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
    }
}

/// Members of a [`Bits`] in ascending order.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    words: std::slice::Iter<'a, u64>,
    /// First row of the word after the present one.
    next: u32,
    /// Members of the present word that are still to come.
    rest: u64,
}

impl Iterator for Rows<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        while self.rest == 0 {
            self.rest = *self.words.next()?;
            self.next = self.next.wrapping_add(64);
        }
        let row = self
            .next
            .wrapping_sub(64)
            .wrapping_add(self.rest.trailing_zeros());
        self.rest &= self.rest - 1;
        Some(row)
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
            let mut each = Vec::new();
            x.each(|row| each.push(row));
            prop_assert_eq!(&each, &x.rows().collect::<Vec<_>>());
            let (middle, mut parts) = (len as u32 / 128 * 64, Vec::new());
            x.each_of(0..middle, |row| parts.push(row));
            x.each_of(middle..len as u32, |row| parts.push(row));
            x.each_of(len as u32..len as u32, |row| parts.push(row));
            prop_assert_eq!(parts, each);
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
