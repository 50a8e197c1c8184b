//! Rows of the API into the workspace's tables: each function writes inside the caller's transaction, and writes only
//! what differs, so that a second sync of the same rows changes nothing and logs nothing.

pub mod contacts;
pub mod days;
pub mod ends;
pub mod follow_events;
pub mod group_events;
pub mod groups;
pub mod handover;
pub mod leaving;
pub mod org;
pub mod owner;
pub mod relation;
pub mod state;
mod tagging;
pub mod tags;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::domain::Zone;
use crate::store::{Doing, StoreError, changes};

/// What is being done, for errors.
pub(super) const DOING: &str = "writing rows of WeCom";

/// When rows are written and whose days they are of.
#[derive(Clone, Copy, Debug)]
pub struct When {
    /// Now, unix seconds.
    pub now: i64,
    /// The workspace's zone.
    pub zone: Zone,
}

impl When {
    /// The business day of a moment, as the store writes it.
    pub fn date(self, at: i64) -> String {
        self.zone.day_of(at).to_string()
    }
}

/// What a page or a pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Rows read.
    pub rows: u64,
    /// Rows that were not there.
    pub new: u64,
    /// Rows that were there with other values.
    pub changed: u64,
    /// Rows that ended.
    pub ended: u64,
    /// Things left out because the server does not give them.
    pub skipped: u64,
    /// Rows left out because they are not what the API says.
    pub odd: u64,
}

impl Counts {
    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.new += other.new;
        self.changed += other.changed;
        self.ended += other.ended;
        self.skipped += other.skipped;
        self.odd += other.odd;
    }
}

/// One transaction: all of it or nothing.
pub fn within<T>(
    conn: &mut Connection,
    write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    let done = write(&tx)?;
    changes::prune(&tx)?;
    tx.commit().doing(DOING)?;
    Ok(done)
}

/// A key that makes an event unique; long ones are digested.
pub fn dedup(parts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let key = parts.join(":");
    if key.len() <= 200 {
        key
    } else {
        crate::store::journal::hex(&Sha256::digest(key.as_bytes()))
    }
}
