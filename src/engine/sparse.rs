//! A column of codes that most rows have none of: a bit a row, and two bytes for each code there is.

use std::collections::HashMap;

use super::bits::Bits;

/// Rows of a word.
const WORD: usize = 64;

/// One code a row; 0 is none.
#[derive(Clone, Debug, Default)]
pub struct Sparse {
    /// Which rows have a code in `codes`.
    words: Vec<u64>,
    /// How many rows before each word have one.
    before: Vec<u32>,
    codes: Vec<u16>,
    len: usize,
    /// Rows that got or lost a code later on.
    changed: HashMap<u32, u16>,
}

impl Sparse {
    /// Appends a row.
    pub fn push(&mut self, code: u16) {
        let at = self.len % WORD;
        if at == 0 {
            self.words.push(0);
            self.before
                .push(u32::try_from(self.codes.len()).unwrap_or(u32::MAX));
        }
        if code != 0
            && let Some(word) = self.words.last_mut()
        {
            *word |= 1 << at;
            self.codes.push(code);
        }
        self.len += 1;
    }

    /// Appends the rows of another column.
    pub fn join(&mut self, other: &Self) {
        for row in 0..u32::try_from(other.len).unwrap_or(u32::MAX) {
            self.push(other.get(row));
        }
    }

    /// Where a row's code stands in `codes`, if it has one there.
    #[inline]
    fn place(&self, row: u32) -> Option<usize> {
        let (at, bit) = (row as usize / WORD, 1_u64 << (row as usize % WORD));
        let word = *self.words.get(at)?;
        (word & bit != 0).then_some(())?;
        let within = (word & (bit - 1)).count_ones();
        Some((self.before.get(at)? + within) as usize)
    }

    /// The code of a row.
    #[inline]
    pub fn get(&self, row: u32) -> u16 {
        if !self.changed.is_empty()
            && let Some(code) = self.changed.get(&row)
        {
            return *code;
        }
        self.place(row)
            .and_then(|at| self.codes.get(at).copied())
            .unwrap_or(0)
    }

    /// Changes a row.
    pub fn set(&mut self, row: u32, code: u16) {
        if self.get(row) == code {
            return;
        }
        let place = self.place(row).filter(|_| code != 0);
        if let Some(kept) = place.and_then(|at| self.codes.get_mut(at)) {
            *kept = code;
            self.changed.remove(&row);
        } else {
            self.changed.insert(row, code);
        }
    }

    /// The rows with a code.
    pub fn present(&self) -> Bits {
        let mut bits = Bits::of_words(self.words.clone(), self.len);
        for (&row, &code) in &self.changed {
            bits.put(row, code != 0);
        }
        bits
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.words.shrink_to_fit();
        self.before.shrink_to_fit();
        self.codes.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8
            + self.before.capacity() * 4
            + self.codes.capacity() * 2
            + self.changed.capacity() * 7
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "samples are small"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_keeps_its_code(
            codes in prop::collection::vec(prop_oneof![3 => Just(0_u16), 1 => 1_u16..5], 1..200),
            cut in any::<prop::sample::Index>(),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u16..5), 0..30),
        ) {
            let cut = cut.index(codes.len());
            let (mut column, mut rest) = (Sparse::default(), Sparse::default());
            codes[..cut].iter().for_each(|code| column.push(*code));
            codes[cut..].iter().for_each(|code| rest.push(*code));
            column.join(&rest);
            let mut truth = codes.clone();
            for (at, code) in edits {
                let at = at.index(truth.len());
                truth[at] = code;
                column.set(at as u32, code);
            }
            for (row, code) in truth.iter().enumerate() {
                prop_assert_eq!(column.get(row as u32), *code);
            }
            prop_assert_eq!(column.get(truth.len() as u32), 0);
            prop_assert_eq!(column.present(), Bits::of(truth.len(), |row| truth[row as usize] != 0));
        }
    }
}
