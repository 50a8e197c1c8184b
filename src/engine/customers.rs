//! The customers' columns: one cell a customer and column, row numbers shared by all.

use std::collections::HashMap;
use std::sync::Arc;

use crate::store::load::CustomerRecord;

use super::bits::Bits;
use super::column::{Compact, Dict};
use super::ids::Ids;
use super::text::{Names, Notes};

/// Phone numbers: up to 15 digits in eight bytes, anything else in a side table.
#[derive(Clone, Debug, Default)]
pub struct Phones {
    cells: Vec<u64>,
    odd: HashMap<u32, Box<str>>,
}

/// The number is in the side table.
const ODD: u64 = u64::MAX;
/// Where the count of digits stands in a cell.
const DIGITS_AT: u32 = 60;

/// Digits as a cell: their count and their value; `None` for other texts.
fn pack(phone: &str) -> Option<u64> {
    if phone.is_empty() || phone.len() > 15 || !phone.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = phone.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0'));
    Some((phone.len() as u64) << DIGITS_AT | value)
}

/// Count and value of a packed cell.
fn unpack(cell: u64) -> (usize, u64) {
    (
        usize::try_from(cell >> DIGITS_AT).unwrap_or(0),
        cell & ((1 << DIGITS_AT) - 1),
    )
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
            self.cells.resize(row as usize + 1, 0);
        }
        self.odd.remove(&row);
        let cell = match (phone, pack(phone)) {
            ("", _) => 0,
            (_, Some(cell)) => cell,
            (odd, None) => {
                self.odd.insert(row, odd.into());
                ODD
            }
        };
        if let Some(at) = self.cells.get_mut(row as usize) {
            *at = cell;
        }
    }

    /// Appends a row while loading.
    fn push(&mut self, phone: &str) {
        match (phone, pack(phone)) {
            ("", _) => self.cells.push(0),
            (_, Some(cell)) => self.cells.push(cell),
            (odd, None) => self.set(u32::try_from(self.cells.len()).unwrap_or(u32::MAX), odd),
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
        match self.cells.get(row as usize) {
            None | Some(0) => String::new(),
            Some(&ODD) => self
                .odd
                .get(&row)
                .map(ToString::to_string)
                .unwrap_or_default(),
            Some(&cell) => {
                let (digits, value) = unpack(cell);
                format!("{value:0digits$}")
            }
        }
    }

    /// The rows whose number ends with these digits.
    pub fn ending(&self, tail: &str) -> Bits {
        let mut bits = match pack(tail) {
            Some(cell) => {
                let (digits, value) = unpack(cell);
                let ends = Divisible::by_ten_to(u32::try_from(digits).unwrap_or(0));
                Bits::of_column(&self.cells, |c| {
                    let (own, number) = unpack(c);
                    let rest = number.wrapping_sub(value);
                    c != ODD && own >= digits && number >= value && ends.divides(rest)
                })
            }
            None => Bits::none(self.cells.len()),
        };
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
        Bits::of_column(&self.cells, |c| c != 0)
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.cells.capacity() * 8 + self.odd.capacity() * 40
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
    pub city: Vec<u16>,
    /// Code of the owning staff.
    pub owner: Vec<u16>,
    /// Code of the owner's channel.
    pub source: Vec<u16>,
    /// Code of the first journey's stage.
    pub stage: Vec<u16>,
    /// Lifetime net money, fen.
    pub spend: Compact,
    /// Orders that still stand.
    pub orders: Vec<u32>,
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

/// Orders that still stand.
fn orders_cell(record: &CustomerRecord<'_>) -> u32 {
    u32::try_from(record.orders).unwrap_or(if record.orders < 0 { 0 } else { u32::MAX })
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
        for column in [
            &mut self.birthday,
            &mut self.city,
            &mut self.owner,
            &mut self.source,
            &mut self.stage,
        ] {
            column.resize(len, 0);
        }
        self.orders.resize(len, 0);
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
        put(&mut self.city, at, city);
        put(&mut self.orders, at, orders_cell(record));
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
        self.orders.push(orders_cell(record));
        self.spend.push(Some(record.spend_fen));
        self.last_paid.push(record.last_paid_at);
        self.last_contact.push(record.last_contact_at);
        self.added.push(record.first_added_at);
    }

    /// Appends rows of a load: what [`Customers::push`] sets, and stages.
    pub fn join(&mut self, other: &Self) {
        self.names.join(&other.names);
        self.phones.join(&other.phones);
        self.gender.extend_from_slice(&other.gender);
        self.birthday.extend_from_slice(&other.birthday);
        self.city.extend_from_slice(&other.city);
        self.stage.extend_from_slice(&other.stage);
        self.orders.extend_from_slice(&other.orders);
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
        for column in [&mut self.birthday, &mut self.city, &mut self.stage] {
            column.reserve_exact(rows);
        }
        self.orders.reserve_exact(rows);
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
        self.orders.shrink_to_fit();
        for column in [
            &mut self.birthday,
            &mut self.city,
            &mut self.owner,
            &mut self.source,
            &mut self.stage,
        ] {
            column.shrink_to_fit();
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
        let codes = [
            &self.birthday,
            &self.city,
            &self.owner,
            &self.source,
            &self.stage,
        ];
        let numbers = [
            &self.spend,
            &self.last_paid,
            &self.last_contact,
            &self.added,
        ];
        let codes = codes.iter().map(|c| c.capacity() * 2).sum::<usize>();
        let numbers = numbers.iter().map(|c| c.bytes()).sum::<usize>();
        let flags = self.gender.capacity() + self.live.bytes();
        vec![
            ("ids", self.ids.bytes()),
            ("names", self.names.bytes()),
            ("remarks", self.remarks.bytes()),
            ("phones", self.phones.bytes()),
            ("codes", codes + flags),
            ("numbers", numbers + self.orders.capacity() * 4),
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

    #[test]
    fn phones_come_back_and_are_found_by_their_tail() {
        let mut phones = Phones::default();
        for (row, phone) in (0..).zip([
            "13800002210",
            "",
            "0210",
            "+86 138-0000-2210",
            "1234567890123456",
            "2210",
        ]) {
            phones.set(row, phone);
            assert_eq!(phones.get(row), phone);
        }
        let ending = |tail: &str| phones.ending(tail).rows().collect::<Vec<_>>();
        assert_eq!(ending("2210"), [0, 3, 5]);
        assert_eq!(ending("0210"), [2]);
        assert_eq!(ending("13800002210"), [0]);
        assert_eq!(ending("3456"), [4]);
        assert_eq!(phones.present().rows().collect::<Vec<_>>(), [0, 2, 3, 4, 5]);
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
