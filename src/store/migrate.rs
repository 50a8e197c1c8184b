//! Bringing a workspace of an earlier version to this one: a copy is kept beside it first, then one transaction.
//!
//! The lock to write is taken before anything is looked at, so of two processes one does it and the other finds it done.
//! The copy is made by a second connection, which reads on while the first holds the lock: it is the very state that is
//! brought up. Whoever is killed at any moment leaves the old workspace or the new one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::backup;
use super::connect::{Access, connect, meaning, set_up};
use super::error::{Doing, StoreError, shown};
use super::schema;
use crate::domain::{SafeText, Sentence, Zone, sentence};

/// What is being done, for errors.
const DOING: &str = "bringing the workspace to this version";

/// Brings a workspace of an earlier version to this one. A sentence for the operator when it was done. Files that are not
/// ours are left as they are for the checks after it.
pub(super) fn migrate(path: &Path, conn: &mut Connection) -> Result<Option<Sentence>, StoreError> {
    if older(conn).map_err(|e| meaning(path, e))?.is_none() {
        return Ok(None);
    }
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    let Some(found) = older(&tx).doing(DOING)? else {
        // Somebody else did it while this waited for the lock.
        return Ok(None);
    };
    // Triggers of strangers would run on what the migration writes.
    if let Some(why) = schema::difference_at(&tx, found).doing(DOING)? {
        return Err(StoreError::Altered {
            path: shown(path),
            why,
        });
    }
    let kept = keep(path, found)?;
    schema::bring_up(&tx)?;
    tx.commit().doing(DOING)?;
    let name = kept.file_name().unwrap_or_default().to_string_lossy();
    let (name, known) = (SafeText::new(&name), schema::VERSION);
    Ok(Some(sentence!(
        "已从结构 {found} 升到 {known}; 原来的文件留作 {name}",
        "brought from schema {found} to {known}; the file as it was is kept as {name}",
    )))
}

/// The version of a workspace of ours that is older than this program's.
fn older(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let id: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = schema::version(conn)?;
    let is_older = id == schema::APPLICATION_ID && (1..schema::VERSION).contains(&version);
    Ok(is_older.then_some(version))
}

/// Copies the workspace beside itself: `FILE.v1.bak-2026-11-22`, numbered where that name is taken.
fn keep(path: &Path, version: i64) -> Result<PathBuf, StoreError> {
    let reader = connect(path, Access::ReadOnly)?;
    set_up(&reader, Access::ReadOnly).map_err(|e| meaning(path, e))?;
    // Opening takes no time of day, and the day only names the copy.
    let today: i64 = reader
        .query_row("SELECT unixepoch()", [], |row| row.get(0))
        .doing(DOING)?;
    let zone = super::meta::zone(&reader).unwrap_or_else(|_| Zone::default());
    let label = format!("v{version}.bak-{}", zone.day_of(today));
    let kept = backup::free_name(path, &label);
    backup::copy(&reader, path, &kept, false, &mut |_, _| true)?;
    Ok(kept)
}
