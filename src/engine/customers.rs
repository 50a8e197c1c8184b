//! The customers' columns: one cell a customer and column, row numbers shared by all.

use std::sync::Arc;

use crate::store::load::CustomerRecord;

use super::bits::Bits;
use super::column::{Compact, Dict, put};
use super::ids::Ids;
use super::narrow::Narrow;
use super::phones::Phones;
use super::text::{Names, Notes};

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
    if let Some(cell) = whole_birthday(text.as_bytes()) {
        return cell;
    }
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

/// The same of `YYYY-MM-DD`, as nearly all are; `None` for anything else, and for a day 0.
fn whole_birthday(text: &[u8]) -> Option<u16> {
    let two = |at: usize| {
        let [tens, ones] = [text.get(at)?, text.get(at + 1)?];
        let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        digits.then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    };
    let dashes = (text.len(), text.get(4), text.get(7));
    if dashes != (10, Some(&b'-'), Some(&b'-')) {
        return None;
    }
    let (_, _, month, day) = (two(0)?, two(2)?, two(5)?, two(8)?);
    let is_known = (1..=12).contains(&month) && day <= 31;
    (day > 0).then_some(if is_known { month * 32 + day } else { 0 })
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

    /// Orders of a row that still stand.
    pub fn orders_of(&self, row: u32) -> u32 {
        let orders = self.orders.get(row).unwrap_or(0);
        u32::try_from(orders).unwrap_or(u32::MAX)
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
        self.phones.reserve(rows);
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
        self.phones.shrink();
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

#[cfg(test)]
mod tests {
    use super::*;

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
            ("0003-08-00", 104),
            ("+990-03-08", 104),
            ("0001-12-31", 415),
            ("1990-02-32", 0),
            ("1990-00-07", 0),
            ("1990_02_03", 0),
        ] {
            assert_eq!(birthday_cell(text), cell, "{text}");
        }
    }
}
