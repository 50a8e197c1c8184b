//! The customers' columns: one cell a customer and column, row numbers shared by all.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::load::CustomerRecord;

use super::bits::Bits;
use super::column::{Compact, Dict};
use super::ids::Ids;
use super::narrow::Narrow;
use super::text::{Names, Notes};

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
    fn push(&mut self, phone: &str) {
        match pack(phone) {
            Some(packed) => self.cells.push(cell(packed)),
            None => self.set(u32::try_from(self.cells.len()).unwrap_or(u32::MAX), phone),
        }
    }

    /// Appends rows of a load.
    fn join(&mut self, other: &Self) {
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

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.cells.capacity() * 5 + self.odd.capacity() * 40
    }
}

/// All customers, one row each, dead rows included.
#[derive(Clone, Debug, Default)]
pub struct Customers {
    /// `external_userid`; a load that goes on shares them.
    pub ids: Arc<Ids>,
    /// Not deleted.
    pub live: Bits,
    /// WeChat names.
    pub names: Names,
    /// Remarks by staff.
    pub remarks: Notes,
    /// Phones.
    pub phones: Phones,
    /// 0 unknown, 1 male, 2 female.
    pub gender: Vec<u8>,
    /// Month × 32 + day; 0 unknown; day 0 when only the month is known.
    pub birthday: Vec<u16>,
    /// Code of the region.
    pub city: Narrow,
    /// Code of the owning staff.
    pub owner: Narrow,
    /// Code of the owner's channel.
    pub source: Narrow,
    /// Code of the first journey's stage.
    pub stage: Narrow,
    /// Lifetime net money, fen.
    pub spend: Compact,
    /// Orders that still stand.
    pub orders: Compact<u8>,
    /// Last purchase, unix seconds.
    pub last_paid: Compact,
    /// Last contact, unix seconds.
    pub last_contact: Compact,
    /// First added, unix seconds.
    pub added: Compact,
    /// Regions.
    pub cities: Dict,
}

/// Month and day of a birthday as stored: `YYYY-MM-DD`, `MM-DD`, `YYYY-MM` or `M`; 0 when it cannot be read.
pub fn birthday_cell(text: &str) -> u16 {
    let mut parts = text.split('-').map(|p| p.parse::<u16>().unwrap_or(0));
    let parts = [
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    ];
    let (month, day) = match parts {
        [first, 0, 0] => (first, 0),
        [year, month, 0] if year > 31 => (month, 0),
        [month, day, 0] | [_, month, day] => (month, day),
    };
    if (1..=12).contains(&month) && day <= 31 {
        month * 32 + day
    } else {
        0
    }
}

/// 0 unknown, 1 male, 2 female; other numbers are unknown.
fn gender_cell(record: &CustomerRecord<'_>) -> u8 {
    match record.gender {
        Some(1) => 1,
        Some(2) => 2,
        _ => 0,
    }
}

impl Customers {
    /// Rows, dead ones included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Appends a row for a new id, without values yet.
    pub fn append(&mut self, id: &str) -> u32 {
        let row = Arc::make_mut(&mut self.ids).push(id);
        self.names.push("");
        self.extend_followed();
        row
    }

    /// Makes the columns filled from other tables as long as the ids.
    pub fn extend_followed(&mut self) {
        let len = self.len();
        self.live.resize(len);
        self.gender.resize(len, 0);
        self.birthday.resize(len, 0);
        for column in [
            &mut self.city,
            &mut self.owner,
            &mut self.source,
            &mut self.stage,
        ] {
            column.resize(len);
        }
        self.orders.extend_to(len);
        for column in [
            &mut self.spend,
            &mut self.last_paid,
            &mut self.last_contact,
            &mut self.added,
        ] {
            column.extend_to(len);
        }
    }

    /// Sets the cells that come from `customer` and its totals, the name apart.
    pub fn set(&mut self, row: u32, record: &CustomerRecord<'_>) {
        let at = row as usize;
        self.phones.set(row, &record.phone);
        put(&mut self.gender, at, gender_cell(record));
        put(&mut self.birthday, at, birthday_cell(&record.birthday));
        let city = self.cities.code(&record.region);
        self.city.put(at, city);
        self.orders.set(row, Some(record.orders.max(0)));
        self.spend.set(row, Some(record.spend_fen));
        self.last_paid.set(row, record.last_paid_at);
        self.last_contact.set(row, record.last_contact_at);
        self.added.set(row, record.first_added_at);
    }

    /// Appends a row while loading, all but its id; `city` is the code of its region.
    pub fn push(&mut self, record: &CustomerRecord<'_>, city: u16) {
        self.names.push(&record.name);
        self.phones.push(&record.phone);
        self.gender.push(gender_cell(record));
        self.birthday.push(birthday_cell(&record.birthday));
        self.city.push(city);
        self.orders.push(Some(record.orders.max(0)));
        self.spend.push(Some(record.spend_fen));
        self.last_paid.push(record.last_paid_at);
        self.last_contact.push(record.last_contact_at);
        self.added.push(record.first_added_at);
    }

    /// Appends rows of a load: what [`Customers::push`] sets, owners and stages.
    pub fn join(&mut self, other: &Self) {
        self.names.join(&other.names);
        self.phones.join(&other.phones);
        self.gender.extend_from_slice(&other.gender);
        self.birthday.extend_from_slice(&other.birthday);
        self.city.join(&other.city);
        self.owner.join(&other.owner);
        self.stage.join(&other.stage);
        self.orders.join(&other.orders);
        self.spend.join(&other.spend);
        self.last_paid.join(&other.last_paid);
        self.last_contact.join(&other.last_contact);
        self.added.join(&other.added);
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.names.reserve(rows);
        self.phones.cells.reserve_exact(rows);
        self.gender.reserve_exact(rows);
        self.birthday.reserve_exact(rows);
        self.city.reserve(rows);
        self.orders.reserve(rows);
        for column in [
            &mut self.spend,
            &mut self.last_paid,
            &mut self.last_contact,
            &mut self.added,
        ] {
            column.reserve(rows);
        }
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.names.shrink();
        self.remarks.shrink();
        self.phones.cells.shrink_to_fit();
        self.gender.shrink_to_fit();
        self.orders.shrink();
        self.birthday.shrink_to_fit();
        for column in [
            &mut self.city,
            &mut self.owner,
            &mut self.source,
            &mut self.stage,
        ] {
            column.shrink();
        }
        for column in [
            &mut self.spend,
            &mut self.last_paid,
            &mut self.last_contact,
            &mut self.added,
        ] {
            column.shrink();
        }
    }

    /// Bytes on the heap, by column.
    pub fn bytes(&self) -> Vec<(&'static str, usize)> {
        let codes = [&self.city, &self.owner, &self.source, &self.stage];
        let numbers = [
            &self.spend,
            &self.last_paid,
            &self.last_contact,
            &self.added,
        ];
        let codes = codes.iter().map(|c| c.bytes()).sum::<usize>();
        let numbers = numbers.iter().map(|c| c.bytes()).sum::<usize>();
        let flags = self.gender.capacity() + self.birthday.capacity() * 2 + self.live.bytes();
        vec![
            ("ids", self.ids.bytes()),
            ("names", self.names.bytes()),
            ("remarks", self.remarks.bytes()),
            ("phones", self.phones.bytes()),
            ("codes", codes + flags),
            ("numbers", numbers + self.orders.bytes()),
        ]
    }
}

/// Sets a cell that exists.
pub fn put<T>(column: &mut [T], at: usize, value: T) {
    if let Some(cell) = column.get_mut(at) {
        *cell = value;
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

    #[test]
    fn birthdays_keep_month_and_day() {
        for (text, cell) in [
            ("1990-03-08", 104),
            ("03-08", 104),
            ("1990-03", 96),
            ("3", 96),
            ("1990-13-01", 0),
            ("", 0),
            ("谷雨", 0),
            ("1990-02-00", 64),
        ] {
            assert_eq!(birthday_cell(text), cell, "{text}");
        }
    }
}
