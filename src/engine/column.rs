//! Narrow columns: numbers in a few bytes with a side table for the rare wide ones, and words as small codes.

use std::collections::HashMap;
use std::sync::Arc;

/// What a cell of a [`Compact`] column is made of.
pub trait Cell: Copy + PartialEq {
    /// The largest number it takes; it and the one below have a meaning of their own.
    const MOST: u32;
    /// The number.
    fn number(self) -> u32;
    /// The cell of a number that fits.
    fn of(number: u32) -> Self;
}

impl Cell for u32 {
    const MOST: u32 = Self::MAX;

    #[inline]
    fn number(self) -> u32 {
        self
    }

    #[inline]
    fn of(number: u32) -> Self {
        number
    }
}

impl Cell for u8 {
    const MOST: u32 = 0xff;

    #[inline]
    fn number(self) -> u32 {
        u32::from(self)
    }

    #[inline]
    fn of(number: u32) -> Self {
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl Cell for [u8; 3] {
    const MOST: u32 = 0x00ff_ffff;

    #[inline]
    fn number(self) -> u32 {
        let [low, middle, high] = self;
        u32::from_le_bytes([low, middle, high, 0])
    }

    #[inline]
    fn of(number: u32) -> Self {
        let [low, middle, high, _] = number.to_le_bytes();
        [low, middle, high]
    }
}

/// Sets a cell that exists.
pub fn put<T>(column: &mut [T], at: usize, value: T) {
    if let Some(cell) = column.get_mut(at) {
        *cell = value;
    }
}

/// One optional integer a row, in one, three or four bytes; a side table for what is too large for them, or negative.
#[derive(Clone, Debug, PartialEq)]
pub struct Compact<C: Cell = u32> {
    small: Vec<C>,
    wide: HashMap<u32, i64>,
}

impl<C: Cell> Default for Compact<C> {
    fn default() -> Self {
        Self {
            small: Vec::new(),
            wide: HashMap::new(),
        }
    }
}

impl<C: Cell> Compact<C> {
    /// No value.
    const NONE: u32 = C::MOST;
    /// The value is in the side table.
    const WIDE: u32 = C::MOST - 1;

    /// The value of a row; `None` when it has none.
    #[inline]
    pub fn get(&self, row: u32) -> Option<i64> {
        self.small
            .get(row as usize)
            .and_then(|&v| self.widen(row, v))
    }

    /// What a stored cell means.
    #[inline]
    fn widen(&self, row: u32, cell: C) -> Option<i64> {
        let number = cell.number();
        if number < Self::WIDE {
            Some(i64::from(number))
        } else if number == Self::NONE {
            None
        } else {
            self.wide.get(&row).copied()
        }
    }

    /// The cell of a value; `None` when it belongs into the side table.
    #[inline]
    fn cell(value: Option<i64>) -> Option<C> {
        let number = match value {
            None => Self::NONE,
            Some(value) => u32::try_from(value).ok().filter(|n| *n < Self::WIDE)?,
        };
        Some(C::of(number))
    }

    /// Sets a row; rows past the end are ignored.
    pub fn set(&mut self, row: u32, value: Option<i64>) {
        let Some(cell) = self.small.get_mut(row as usize) else {
            return;
        };
        if cell.number() == Self::WIDE {
            self.wide.remove(&row);
        }
        *cell = Self::cell(value).unwrap_or(C::of(Self::WIDE));
        if let (true, Some(value)) = (cell.number() == Self::WIDE, value) {
            self.wide.insert(row, value);
        }
    }

    /// Appends a row.
    #[inline]
    pub fn push(&mut self, value: Option<i64>) {
        let cell = Self::cell(value);
        if let (None, Some(value)) = (cell, value) {
            let row = u32::try_from(self.small.len()).unwrap_or(u32::MAX);
            self.wide.insert(row, value);
        }
        self.small.push(cell.unwrap_or(C::of(Self::WIDE)));
    }

    /// Appends the rows of another column.
    pub fn join(&mut self, other: &Self) {
        let rows = u32::try_from(self.small.len()).unwrap_or(u32::MAX);
        self.small.extend_from_slice(&other.small);
        let wide = other.wide.iter();
        self.wide
            .extend(wide.map(|(row, value)| (rows.saturating_add(*row), *value)));
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, rows: usize) {
        self.small.reserve_exact(rows);
    }

    /// Appends rows without a value until there are `len`.
    pub fn extend_to(&mut self, len: usize) {
        if len > self.small.len() {
            self.small.resize(len, C::of(Self::NONE));
        }
    }

    /// All values in row order.
    #[cfg(test)]
    pub fn iter(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        (0_u32..)
            .zip(&self.small)
            .map(|(row, &cell)| self.widen(row, cell))
    }

    /// The rows whose value passes a test.
    pub fn select(&self, test: impl Fn(i64) -> bool) -> super::bits::Bits {
        let mut bits = super::bits::Bits::of_column(&self.small, |cell| {
            let number = cell.number();
            number < Self::WIDE && test(i64::from(number))
        });
        for (&row, &value) in &self.wide {
            bits.put(row, test(value));
        }
        bits
    }

    /// The rows with a value.
    pub fn present(&self) -> super::bits::Bits {
        super::bits::Bits::of_column(&self.small, |cell| cell.number() != Self::NONE)
    }

    /// Σ of all values.
    pub fn sum(&self) -> i128 {
        // A row adds less than 2^32, and there are less than 2^32 rows.
        let small = self.small.iter().fold(0_u64, |sum, &cell| {
            let number = cell.number();
            sum.wrapping_add(if number < Self::WIDE {
                u64::from(number)
            } else {
                0
            })
        });
        i128::from(small) + self.wide.values().copied().map(i128::from).sum::<i128>()
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.small.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.small.capacity() * size_of::<C>() + self.wide.capacity() * 17
    }
}

/// Words as codes: 0 is "none", words are numbered from 1 in the order they were first seen.
#[derive(Clone, Debug, Default)]
pub struct Dict {
    words: Vec<Arc<str>>,
    codes: HashMap<Arc<str>, u16>,
}

/// Most words a [`Dict`] numbers; later ones share the last code.
const MOST: usize = u16::MAX as usize - 1;

impl Dict {
    /// The code of a word, a new one if need be. Empty is 0. Past 65,534 different words the last code stands for all others.
    pub fn code(&mut self, word: &str) -> u16 {
        if word.is_empty() {
            return 0;
        }
        if let Some(code) = self.codes.get(word) {
            return *code;
        }
        if self.words.len() >= MOST {
            return u16::MAX;
        }
        let word: Arc<str> = word.into();
        self.words.push(word.clone());
        let code = u16::try_from(self.words.len()).unwrap_or(u16::MAX);
        self.codes.insert(word, code);
        code
    }

    /// The code of a word already seen.
    pub fn find(&self, word: &str) -> Option<u16> {
        self.codes.get(word).copied()
    }

    /// The word of a code; `None` for 0 and codes never given.
    pub fn word(&self, code: u16) -> Option<&Arc<str>> {
        self.words.get(usize::from(code).checked_sub(1)?)
    }

    /// Codes and words.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &Arc<str>)> {
        (1_u16..).zip(&self.words)
    }

    /// One more than the largest code: the length of a table by code.
    pub fn codes(&self) -> usize {
        self.words.len() + 1
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

    fn any_comes_back<C: Cell>(
        values: &[Option<i64>],
        i: usize,
        new: Option<i64>,
    ) -> Result<(), TestCaseError> {
        let (mut column, mut rest) = (Compact::<C>::default(), Compact::<C>::default());
        for (row, v) in values.iter().enumerate() {
            if row < i {
                column.push(*v);
            } else {
                rest.push(*v);
            }
        }
        column.join(&rest);
        let mut expected = values.to_vec();
        expected[i] = new;
        column.set(i as u32, new);
        prop_assert_eq!(column.iter().collect::<Vec<_>>(), expected.clone());
        prop_assert_eq!(
            column.select(|v| v > 5),
            super::super::bits::Bits::of(values.len(), |r| expected[r as usize]
                .is_some_and(|v| v > 5))
        );
        prop_assert_eq!(
            column.sum(),
            expected
                .iter()
                .flatten()
                .map(|v| i128::from(*v))
                .sum::<i128>()
        );
        prop_assert_eq!(
            column.present().count() as usize,
            expected.iter().flatten().count()
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn any_integer_comes_back_from_a_compact_column(values in prop::collection::vec(prop::option::of(prop_oneof![any::<i64>(), 0..10_i64, (u32::MAX as i64 - 3)..(u32::MAX as i64 + 3), 0xff_fffc..0x100_0003_i64, 250..260_i64]), 1..50), at in any::<prop::sample::Index>(), new in prop::option::of(any::<i64>())) {
            let i = at.index(values.len());
            any_comes_back::<u32>(&values, i, new)?;
            any_comes_back::<[u8; 3]>(&values, i, new)?;
            any_comes_back::<u8>(&values, i, new)?;
        }
    }

    #[test]
    fn words_keep_their_codes_and_empty_is_none() {
        let mut dict = Dict::default();
        assert_eq!(
            (
                dict.code(""),
                dict.code("a"),
                dict.code("b"),
                dict.code("a")
            ),
            (0, 1, 2, 1)
        );
        assert_eq!(dict.word(2).map(|w| &**w), Some("b"));
        assert_eq!(
            (dict.word(0), dict.word(9), dict.find("c")),
            (None, None, None)
        );
    }
}
