//! Who a file has spoken of already: keys of its rows, and customers whose owner it has named, as hashes.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::kind::Kind;
use super::prepared::{Cells, Prepared};
use super::row::Sheet;

/// Keys as hashes.
pub(super) type Hashes = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// A hash is its own hash.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A file of relations that says who owns whom: the new owner takes the customer from the old one.
pub(super) struct Owners<'c> {
    customer: usize,
    is_owner: usize,
    yield_to: Prepared<'c>,
    /// Customers whose owner this file has named, as hashes.
    named: Hashes,
}

impl Owners<'_> {
    /// `false` when the file names a second owner.
    pub(super) fn take_over(&mut self, values: &impl Cells) -> rusqlite::Result<bool> {
        if values.cell(self.is_owner) != ValueRef::Integer(1) {
            return Ok(true);
        }
        if !self.named.insert(hash(values, &[self.customer])) {
            return Ok(false);
        }
        self.yield_to.run(values)?;
        Ok(true)
    }
}

/// A key as a hash.
pub(super) fn hash(values: &impl Cells, at: &[usize]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for at in at {
        match values.cell(*at) {
            ValueRef::Integer(n) => n.hash(&mut hasher),
            ValueRef::Text(text) => text.hash(&mut hasher),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => 0.hash(&mut hasher),
        }
    }
    hasher.finish()
}

/// The taking over that a sheet asks for: one of relations that says who owns whom.
pub(super) fn owners<'c>(
    conn: &'c Connection,
    sheet: &Sheet,
) -> rusqlite::Result<Option<Owners<'c>>> {
    let (Kind::Follows, true) = (sheet.kind, sheet.says("is_owner")) else {
        return Ok(None);
    };
    let places = [
        sheet.slot("userid"),
        sheet.slot("external_userid"),
        sheet.slot("is_owner"),
    ];
    let [Some(userid), Some(customer), Some(is_owner)] = places else {
        return Ok(None);
    };
    let sql = "UPDATE follow SET is_owner = 0 WHERE userid <> ?1 AND external_userid = ?2 AND is_owner = 1";
    let yield_to = Prepared::new(conn, sql, vec![userid, customer])?;
    Ok(Some(Owners {
        customer,
        is_owner,
        yield_to,
        named: Hashes::default(),
    }))
}
