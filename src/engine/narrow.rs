//! Columns whose cells are as narrow as what they hold allows, and widen when something larger comes: codes of words in
//! one byte or two, persons in three or four.

use std::ops::Range;

use super::bits::Bits;

/// Two-byte codes looked at together.
const WIDE: usize = 64;

/// A column of codes: one byte each while all are below 256, two from the first larger one on.
#[derive(Clone, Debug)]
pub enum Narrow {
    /// All codes so far are below 256.
    Bytes(Vec<u8>),
    /// Some code is larger.
    Pairs(Vec<u16>),
}

impl Default for Narrow {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Narrow {
    /// Cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Bytes(cells) => cells.len(),
            Self::Pairs(cells) => cells.len(),
        }
    }

    /// The code at a place; `None` past the end.
    #[inline]
    pub fn get(&self, at: usize) -> Option<u16> {
        match self {
            Self::Bytes(cells) => cells.get(at).map(|code| u16::from(*code)),
            Self::Pairs(cells) => cells.get(at).copied(),
        }
    }

    /// The codes from a place to another, without that; none when they are not there.
    #[inline]
    pub fn part(&self, start: usize, end: usize) -> impl Iterator<Item = u16> + '_ {
        let (bytes, pairs) = match self {
            Self::Bytes(cells) => (cells.get(start..end).unwrap_or_default(), &[][..]),
            Self::Pairs(cells) => (&[][..], cells.get(start..end).unwrap_or_default()),
        };
        let bytes = bytes.iter().map(|code| u16::from(*code));
        bytes.chain(pairs.iter().copied())
    }

    /// Gives each cell two bytes, with the room it had.
    fn widen(&mut self) {
        if let Self::Bytes(cells) = self {
            let mut wide = Vec::with_capacity(cells.capacity());
            wide.extend(cells.iter().map(|code| u16::from(*code)));
            *self = Self::Pairs(wide);
        }
    }

    /// Appends a code.
    #[inline]
    pub fn push(&mut self, code: u16) {
        match (&mut *self, u8::try_from(code)) {
            (Self::Bytes(cells), Ok(byte)) => cells.push(byte),
            (Self::Pairs(cells), _) => cells.push(code),
            (Self::Bytes(_), Err(_)) => {
                self.widen();
                self.push(code);
            }
        }
    }

    /// Sets the code at a place; places past the end are ignored.
    pub fn put(&mut self, at: usize, code: u16) {
        match (&mut *self, u8::try_from(code)) {
            (Self::Bytes(cells), Ok(byte)) => super::column::put(cells, at, byte),
            (Self::Pairs(cells), _) => super::column::put(cells, at, code),
            (Self::Bytes(_), Err(_)) => {
                self.widen();
                self.put(at, code);
            }
        }
    }

    /// Appends the codes of another column.
    pub fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Bytes(cells), Self::Bytes(more)) => cells.extend_from_slice(more),
            (Self::Pairs(cells), Self::Bytes(more)) => {
                cells.extend(more.iter().map(|code| u16::from(*code)));
            }
            (Self::Pairs(cells), Self::Pairs(more)) => cells.extend_from_slice(more),
            (Self::Bytes(_), Self::Pairs(_)) => {
                self.widen();
                self.join(other);
            }
        }
    }

    /// Takes over the codes of another column of the same length wherever that has one.
    pub fn overlay(&mut self, other: &Self) {
        fn over<T: Copy + PartialEq + Default>(mine: &mut [T], theirs: &[T]) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                if *theirs != T::default() {
                    *mine = *theirs;
                }
            }
        }
        match (&mut *self, other) {
            (Self::Bytes(mine), Self::Bytes(theirs)) => over(mine, theirs),
            (Self::Pairs(mine), Self::Pairs(theirs)) => over(mine, theirs),
            (Self::Bytes(_), Self::Pairs(_)) => {
                self.widen();
                self.overlay(other);
            }
            (Self::Pairs(mine), Self::Bytes(theirs)) => {
                for (mine, theirs) in mine.iter_mut().zip(theirs) {
                    if *theirs != 0 {
                        *mine = u16::from(*theirs);
                    }
                }
            }
        }
    }

    /// Makes it so long, with code 0 in new cells.
    pub fn resize(&mut self, len: usize) {
        match self {
            Self::Bytes(cells) => cells.resize(len, 0),
            Self::Pairs(cells) => cells.resize(len, 0),
        }
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, cells: usize) {
        match self {
            Self::Bytes(all) => all.reserve_exact(cells),
            Self::Pairs(all) => all.reserve_exact(cells),
        }
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        match self {
            Self::Bytes(cells) => cells.shrink_to_fit(),
            Self::Pairs(cells) => cells.shrink_to_fit(),
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Bytes(cells) => cells.capacity(),
            Self::Pairs(cells) => cells.capacity() * 2,
        }
    }

    /// Hands on each of these places with a code, ascending.
    pub fn each_place(&self, code: u16, places: Range<usize>, mut hit: impl FnMut(usize)) {
        let first = places.start;
        match self {
            Self::Bytes(cells) => {
                let cells = cells.get(places).unwrap_or_default();
                if let Ok(byte) = u8::try_from(code) {
                    memchr::memchr_iter(byte, cells).for_each(|place| hit(first + place));
                }
            }
            Self::Pairs(cells) => {
                let cells = cells.get(places).unwrap_or_default();
                for (chunk, base) in cells.chunks(WIDE).zip((first..).step_by(WIDE)) {
                    if chunk.iter().fold(0, |any, c| any | u8::from(*c == code)) != 0 {
                        let places = (base..).zip(chunk).filter(|(_, c)| **c == code);
                        places.for_each(|(place, _)| hit(place));
                    }
                }
            }
        }
    }

    /// The places whose code passes a test.
    pub fn select(&self, test: impl Fn(u16) -> bool) -> Bits {
        match self {
            Self::Bytes(cells) => Bits::of_column(cells, |code| test(u16::from(code))),
            Self::Pairs(cells) => Bits::of_column(cells, test),
        }
    }
}

/// A column of persons (see [`super::people`]): three bytes each while rows and strangers are below eight million, four
/// from the first larger one on.
#[derive(Clone, Debug)]
pub enum Persons {
    /// All persons so far fit three bytes.
    Threes(Vec<[u8; 3]>),
    /// Some do not.
    Fours(Vec<u32>),
}

impl Default for Persons {
    fn default() -> Self {
        Self::Threes(Vec::new())
    }
}

/// The person three bytes stand for: strangers are numbered from the top down, so the highest bit says what stood above.
#[inline]
fn three(cell: [u8; 3]) -> u32 {
    let [low, middle, high] = cell;
    (i32::from_le_bytes([0, low, middle, high]) >> 8).cast_unsigned()
}

/// A person in three bytes, when they are enough.
#[inline]
fn in_three(person: u32) -> Option<[u8; 3]> {
    let [low, middle, high, _] = person.to_le_bytes();
    let cell = [low, middle, high];
    (three(cell) == person).then_some(cell)
}

impl Persons {
    /// Cells.
    pub fn len(&self) -> usize {
        match self {
            Self::Threes(cells) => cells.len(),
            Self::Fours(cells) => cells.len(),
        }
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The person at a place; `None` past the end.
    #[inline]
    pub fn get(&self, at: usize) -> Option<u32> {
        match self {
            Self::Threes(cells) => cells.get(at).map(|cell| three(*cell)),
            Self::Fours(cells) => cells.get(at).copied(),
        }
    }

    /// All persons.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let (threes, fours) = match self {
            Self::Threes(cells) => (cells.as_slice(), &[][..]),
            Self::Fours(cells) => (&[][..], cells.as_slice()),
        };
        let threes = threes.iter().map(|cell| three(*cell));
        threes.chain(fours.iter().copied())
    }

    /// Gives each cell four bytes, with the room it had.
    fn widen(&mut self) {
        if let Self::Threes(cells) = self {
            let mut wide = Vec::with_capacity(cells.capacity());
            wide.extend(cells.iter().map(|cell| three(*cell)));
            *self = Self::Fours(wide);
        }
    }

    /// Appends a person.
    #[inline]
    pub fn push(&mut self, person: u32) {
        match (&mut *self, in_three(person)) {
            (Self::Threes(cells), Some(cell)) => cells.push(cell),
            (Self::Fours(cells), _) => cells.push(person),
            (Self::Threes(_), None) => {
                self.widen();
                self.push(person);
            }
        }
    }

    /// Sets the person at a place; places past the end are ignored.
    #[inline]
    pub fn put(&mut self, at: usize, person: u32) {
        match (&mut *self, in_three(person)) {
            (Self::Threes(cells), Some(cell)) => super::column::put(cells, at, cell),
            (Self::Fours(cells), _) => super::column::put(cells, at, person),
            (Self::Threes(_), None) => {
                self.widen();
                self.put(at, person);
            }
        }
    }

    /// Puts another person in the place of each for whom there is one.
    pub fn replace(&mut self, new: impl Fn(u32) -> Option<u32>) {
        for at in 0..self.len() {
            if let Some(new) = self.get(at).and_then(&new) {
                self.put(at, new);
            }
        }
    }

    /// Appends the persons of another column.
    pub fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Threes(cells), Self::Threes(more)) => cells.extend_from_slice(more),
            (Self::Fours(cells), Self::Threes(more)) => {
                cells.extend(more.iter().map(|cell| three(*cell)));
            }
            (Self::Fours(cells), Self::Fours(more)) => cells.extend_from_slice(more),
            (Self::Threes(_), Self::Fours(_)) => {
                self.widen();
                self.join(other);
            }
        }
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, cells: usize) {
        match self {
            Self::Threes(all) => all.reserve_exact(cells),
            Self::Fours(all) => all.reserve_exact(cells),
        }
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        match self {
            Self::Threes(cells) => cells.shrink_to_fit(),
            Self::Fours(cells) => cells.shrink_to_fit(),
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Threes(cells) => cells.capacity() * 3,
            Self::Fours(cells) => cells.capacity() * 4,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::people::NOBODY;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn codes_come_back_from_one_byte_and_from_two(
            codes in prop::collection::vec(prop_oneof![4 => 0_u16..9, 1 => 253_u16..258, 1 => any::<u16>()], 0..60),
            cut in any::<prop::sample::Index>(),
            edit in (any::<prop::sample::Index>(), prop_oneof![0_u16..9, 250_u16..260]),
        ) {
            let cut = cut.index(codes.len() + 1);
            let (mut column, mut rest) = (Narrow::default(), Narrow::default());
            codes.iter().take(cut).for_each(|code| column.push(*code));
            codes.iter().skip(cut).for_each(|code| rest.push(*code));
            column.join(&rest);
            let mut truth = codes;
            if !truth.is_empty() {
                let at = edit.0.index(truth.len());
                super::super::column::put(&mut truth, at, edit.1);
                column.put(at, edit.1);
            }
            column.put(truth.len(), 7);
            truth.extend([0, 0]);
            column.resize(truth.len());
            prop_assert_eq!((0..column.len()).filter_map(|at| column.get(at)).collect::<Vec<_>>(), truth.clone());
            prop_assert_eq!(column.part(cut, truth.len()).collect::<Vec<_>>(), truth.iter().copied().skip(cut).collect::<Vec<_>>());
            prop_assert_eq!(column.part(1, truth.len() + 1).count(), 0);
            for code in [0, 3, 255, 256] {
                let mut met = Vec::new();
                column.each_place(code, 1..truth.len(), |place| met.push(place));
                prop_assert_eq!(met, (1..truth.len()).filter(|at| column.get(*at) == Some(code)).collect::<Vec<_>>());
            }
            let odd = column.select(|code| code % 2 == 1);
            prop_assert_eq!(odd.rows().count(), truth.iter().filter(|code| **code % 2 == 1).count());
        }

        #[test]
        fn persons_come_back_from_three_bytes_and_from_four(
            persons in prop::collection::vec(prop_oneof![
                4 => 0_u32..9,
                2 => u32::MAX - 9..=u32::MAX,
                1 => (1_u32 << 23) - 2..(1 << 23) + 2,
                1 => u32::MAX - (1 << 23) - 2..u32::MAX - (1 << 23) + 2,
                1 => any::<u32>(),
            ], 0..60),
            cut in any::<prop::sample::Index>(),
        ) {
            let cut = cut.index(persons.len() + 1);
            let (mut column, mut rest) = (Persons::default(), Persons::default());
            persons.iter().take(cut).for_each(|person| column.push(*person));
            persons.iter().skip(cut).for_each(|person| rest.push(*person));
            column.join(&rest);
            prop_assert_eq!(column.iter().collect::<Vec<_>>(), persons.clone());
            prop_assert_eq!((0..=column.len()).filter_map(|at| column.get(at)).collect::<Vec<_>>(), persons.clone());
            column.replace(|person| (person == 3).then_some(1 << 24));
            let truth: Vec<u32> = persons.into_iter().map(|person| if person == 3 { 1 << 24 } else { person }).collect();
            prop_assert_eq!(column.iter().collect::<Vec<_>>(), truth);
        }
    }

    #[test]
    fn eight_million_rows_and_strangers_take_three_bytes() {
        for person in [0, (1 << 23) - 1, NOBODY, NOBODY - (1 << 23) + 1] {
            assert_eq!(in_three(person).map(three), Some(person));
        }
        for person in [1 << 23, NOBODY - (1 << 23)] {
            assert_eq!(in_three(person), None);
        }
    }
}
