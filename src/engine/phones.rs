//! Phone numbers by row: five bytes each, found by their last digits.

use std::collections::HashMap;

use super::bits::Bits;
use super::column::put;

/// Phone numbers: up to eleven digits, or eleven behind a usual prefix, in five bytes; anything else in a side table.
#[derive(Clone, Debug, Default)]
pub struct Phones {
    cells: Vec<[u8; 5]>,
    odd: HashMap<u32, Box<str>>,
}

/// The number is in the side table.
const ODD: u64 = (1 << 40) - 1;
/// Digits of a mobile number, the most without a prefix.
const DIGITS: usize = 11;
/// Numbers of so many digits.
const ALL: u64 = 100_000_000_000;
/// What may stand before eleven digits: nothing, the country, the long-distance digit.
const PREFIXES: [&str; 7] = ["", "86", "+86", "0086", "+86 ", "+86-", "0"];

/// The cell of the first number of so many digits, at most eleven: 1, 11, 111 … Shorter ones come before.
const fn first_of(digits: usize) -> u64 {
    let (mut first, mut left) = (0, digits);
    while left > 0 {
        first = first * 10 + 1;
        left -= 1;
    }
    first
}

/// Cell of the first number of eleven digits. From here on each prefix has its own stretch of [`ALL`] cells.
const FULL: u64 = first_of(DIGITS);

/// What a cell is as a number.
fn number(cell: [u8; 5]) -> u64 {
    let mut bytes = [0; 8];
    for (to, from) in bytes.iter_mut().zip(cell) {
        *to = from;
    }
    u64::from_le_bytes(bytes)
}

/// A number below 2^40 as a cell.
fn cell(number: u64) -> [u8; 5] {
    let mut cell = [0; 5];
    for (to, from) in cell.iter_mut().zip(number.to_le_bytes()) {
        *to = from;
    }
    cell
}

/// Digits as their number; `None` for other texts.
fn digits(text: &str) -> Option<u64> {
    text.bytes().try_fold(0, |n, b| {
        b.is_ascii_digit().then(|| n * 10 + u64::from(b - b'0'))
    })
}

/// A phone number as the number of its cell: 0 for none, otherwise above 0; `None` when it belongs into the side table.
fn pack(phone: &str) -> Option<u64> {
    if phone.len() <= DIGITS {
        let first = first_of(phone.len());
        return digits(phone).map(|value| first + value);
    }
    let (prefix, rest) = phone.split_at_checked(phone.len().checked_sub(DIGITS)?)?;
    let place = PREFIXES.iter().position(|known| *known == prefix)?;
    digits(rest).map(|value| FULL + place as u64 * ALL + value)
}

/// The phone number that [`pack`] made this of.
fn unpack(cell: u64) -> String {
    if let Some(past) = cell.checked_sub(FULL) {
        let place = usize::try_from(past / ALL).unwrap_or(usize::MAX);
        let prefix = PREFIXES.get(place).copied().unwrap_or_default();
        return format!("{prefix}{:0DIGITS$}", past % ALL);
    }
    (1..DIGITS)
        .rev()
        .find_map(|digits| Some((digits, cell.checked_sub(first_of(digits))?)))
        .map_or_else(String::new, |(digits, value)| format!("{value:0digits$}"))
}

/// Tells multiples of a power of ten by one multiplication, several times quicker than a division (exact division by
/// the inverse of its odd part: Warren, Hacker's Delight, 10-17).
#[derive(Clone, Copy, Debug)]
struct Divisible {
    inverse: u64,
    twos: u32,
    most: u64,
}

impl Divisible {
    /// By 10 to the power of `digits`, at most 19.
    fn by_ten_to(digits: u32) -> Self {
        let odd = 5_u64.wrapping_pow(digits);
        // Newton's iteration doubles the bits that are right: 3, 6, 12, 24, 48, 96.
        let inverse = (0..5).fold(odd, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)))
        });
        Self {
            inverse,
            twos: digits,
            most: u64::MAX / 10_u64.saturating_pow(digits),
        }
    }

    fn divides(self, number: u64) -> bool {
        number.wrapping_mul(self.inverse).rotate_right(self.twos) <= self.most
    }
}

impl Phones {
    /// Sets a row, appending rows up to it.
    pub fn set(&mut self, row: u32, phone: &str) {
        if self.cells.len() <= row as usize {
            self.cells.resize(row as usize + 1, cell(0));
        }
        self.odd.remove(&row);
        let packed = pack(phone).unwrap_or_else(|| {
            self.odd.insert(row, phone.into());
            ODD
        });
        put(&mut self.cells, row as usize, cell(packed));
    }

    /// Appends a row while loading.
    pub fn push(&mut self, phone: &str) {
        match pack(phone) {
            Some(packed) => self.cells.push(cell(packed)),
            None => self.set(u32::try_from(self.cells.len()).unwrap_or(u32::MAX), phone),
        }
    }

    /// Appends rows of a load.
    pub fn join(&mut self, other: &Self) {
        let rows = u32::try_from(self.cells.len()).unwrap_or(u32::MAX);
        self.cells.extend_from_slice(&other.cells);
        let odd = other.odd.iter();
        self.odd
            .extend(odd.map(|(row, phone)| (rows.saturating_add(*row), phone.clone())));
    }

    /// The number as stored; empty when unknown.
    pub fn get(&self, row: u32) -> String {
        match self.cells.get(row as usize).map(|cell| number(*cell)) {
            None => String::new(),
            Some(ODD) => self
                .odd
                .get(&row)
                .map(ToString::to_string)
                .unwrap_or_default(),
            Some(cell) => unpack(cell),
        }
    }

    /// The rows whose number ends with these digits.
    pub fn ending(&self, tail: &str) -> Bits {
        let value = match digits(tail) {
            Some(value) if tail.len() <= DIGITS => value,
            Some(_) | None => return self.testing(|phone| phone.ends_with(tail)),
        };
        let ends = Divisible::by_ten_to(u32::try_from(tail.len()).unwrap_or(0));
        let passes = |number: u64| number >= value && ends.divides(number - value);
        let short = first_of(tail.len());
        let mut bits = Bits::of_column(&self.cells, |cell| match number(cell) {
            // Whatever stands before eleven digits is a multiple of the power of ten.
            full @ FULL..ODD => passes(full - FULL),
            less if less >= short && less < FULL => (tail.len()..DIGITS)
                .rev()
                .find_map(|digits| less.checked_sub(first_of(digits)))
                .is_some_and(passes),
            _ => false,
        });
        for (&row, phone) in &self.odd {
            bits.put(row, phone.ends_with(tail));
        }
        bits
    }

    /// The rows whose number passes a test (slow: every number is written out).
    pub fn testing(&self, test: impl Fn(&str) -> bool) -> Bits {
        Bits::of(self.cells.len(), |row| test(&self.get(row)))
    }

    /// The rows with a number.
    pub fn present(&self) -> Bits {
        Bits::of_column(&self.cells, |cell| number(cell) != 0)
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.cells.reserve_exact(rows);
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.cells.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.cells.capacity() * 5 + self.odd.capacity() * 40
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn phones_come_back_and_are_found_by_their_tail() {
        let samples = [
            "13800002210",
            "",
            "0210",
            "+86 138-0000-2210",
            "1234567890123456",
            "2210",
            "8613800002210",
            "+8613800002210",
            "+86 13800002210",
            "075588882210",
            "00000002210",
            "99999999999",
            "1",
            "0",
            "00",
            "138000022100",
            "谷雨2210",
        ];
        let mut phones = Phones::default();
        for (row, phone) in (0..).zip(samples) {
            phones.set(row, phone);
            assert_eq!(phones.get(row), phone);
        }
        for tail in [
            "2210",
            "0210",
            "13800002210",
            "613800002210",
            "3456",
            "0",
            "00",
            "9999",
            "99999999999",
            "100",
            "02210",
        ] {
            let expected: Vec<u32> = (0..)
                .zip(samples)
                .filter(|(_, phone)| phone.ends_with(tail))
                .map(|(row, _)| row)
                .collect();
            let found: Vec<u32> = phones.ending(tail).rows().collect();
            assert_eq!(found, expected, "{tail}");
        }
        let with: Vec<u32> = phones.present().rows().collect();
        assert_eq!(with, (0..17).filter(|row| *row != 1).collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn any_phone_comes_back_and_is_found_by_any_tail(
            phone in "[0-9]{0,13}|(86|\\+86|0086|\\+86 |\\+86-|0)[0-9]{9,12}|.{0,4}",
            cut in any::<prop::sample::Index>(),
            other in "[0-9]{1,12}",
        ) {
            let mut phones = Phones::default();
            phones.push("13800002210");
            phones.push(&phone);
            prop_assert_eq!(phones.get(1), phone.clone());
            let cut = cut.index(phone.len() + 1);
            for tail in [phone.get(cut..).unwrap_or_default(), &other] {
                if tail.bytes().all(|b| b.is_ascii_digit()) && !tail.is_empty() {
                    prop_assert_eq!(phones.ending(tail).has(1), phone.ends_with(tail), "{} {}", phone, tail);
                }
            }
        }
    }

    #[test]
    fn multiples_of_powers_of_ten_are_told_without_division() {
        for digits in 1..=15 {
            let ten = 10_u64.pow(digits);
            let test = Divisible::by_ten_to(digits);
            for n in [
                0,
                1,
                5,
                9,
                10,
                99,
                ten - 1,
                ten,
                ten + 1,
                ten * 7,
                ten / 10,
                999_999_999_999_999,
            ] {
                assert_eq!(test.divides(n), n % ten == 0, "{n} by {ten}");
            }
        }
    }
}
