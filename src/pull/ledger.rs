//! What the workspace remembers of pulls: the cursor of each source, and its runs.

use rusqlite::{Connection, OptionalExtension, params};

use super::Report;
use crate::store::{Doing, StoreError};

/// Runs kept of a source: more than three days of one every five minutes.
const KEPT: i64 = 1_000;

/// What is kept of a source's cursor.
pub(super) fn cursor(conn: &Connection, source: &str) -> Result<Option<String>, StoreError> {
    conn.query_row(
        "SELECT cursor FROM sync_cursor WHERE source = ?1",
        [source],
        |row| row.get::<_, Option<String>>(0),
    )
    .optional()
    .map(Option::flatten)
    .doing("reading where the pull goes on")
}

/// Keeps a cursor, inside the transaction of the page it follows.
pub(super) fn keep_cursor(
    conn: &Connection,
    source: &str,
    cursor: &str,
    now: i64,
) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO sync_cursor (source, cursor, updated_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at",
        params![source, cursor, now],
    )
    .doing("keeping where the pull goes on")?;
    Ok(())
}

/// Begins a run; its number. Runs of long ago are forgotten.
pub(super) fn begin(conn: &Connection, source: &str, now: i64) -> Result<i64, StoreError> {
    const DOING: &str = "noting the run";
    conn.execute(
        "INSERT INTO sync_run (source, started_at) VALUES (?1, ?2)",
        params![source, now],
    )
    .doing(DOING)?;
    let run = conn.last_insert_rowid();
    conn.execute(
        "DELETE FROM sync_run WHERE source = ?1 AND run_id <=
           (SELECT run_id FROM sync_run WHERE source = ?1 ORDER BY run_id DESC LIMIT 1 OFFSET ?2)",
        params![source, KEPT],
    )
    .doing(DOING)?;
    Ok(run)
}

/// Notes how far a run has come.
pub(super) fn step(conn: &Connection, run: i64, report: &Report) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE sync_run SET rows = ?2 WHERE run_id = ?1",
        params![run, report.read],
    )
    .doing("noting the run")?;
    Ok(())
}

/// Ends a run: well, or with what went wrong.
pub(super) fn end(
    conn: &Connection,
    run: i64,
    now: i64,
    error: Option<&str>,
) -> Result<(), StoreError> {
    let message = error.map(|text| text.chars().take(1_000).collect::<String>());
    conn.execute(
        "UPDATE sync_run SET ended_at = ?2, ok = ?3, message = ?4 WHERE run_id = ?1",
        params![run, now, message.is_none(), message],
    )
    .doing("noting the run")?;
    Ok(())
}
