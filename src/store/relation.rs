//! What editing and taking back share: the events of tag relations, the stages of customers, triggers put to sleep.

use rusqlite::{Connection, OptionalExtension, params};

use super::changes;
use super::error::{Doing, StoreError};

/// What an error says was being done.
pub(super) const DOING: &str = "editing customers";

/// Puts the triggers to sleep, or wakes them and tells readers to look at everything again. Tags and stages are in no
/// total, so none is rebuilt.
pub(super) fn bulk(conn: &Connection, sleeps: bool) -> Result<(), StoreError> {
    conn.execute("UPDATE bulk SET active = ?1", [i64::from(sleeps)])
        .doing(DOING)?;
    if !sleeps {
        changes::log_sweep(conn)?;
    }
    Ok(())
}

/// The event rows that come next, to be kept as a range.
pub(super) fn next_event(conn: &Connection) -> Result<i64, StoreError> {
    conn.query_row(
        "SELECT coalesce(max(event_id), 0) + 1 FROM tag_event",
        [],
        |row| row.get(0),
    )
    .doing(DOING)
}

/// The number of the journal's next line; the transaction has the right to write, so nobody else takes it.
pub(super) fn next_line(conn: &Connection) -> Result<i64, StoreError> {
    conn.query_row(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'journal'), 0) + 1",
        [],
        |row| row.get(0),
    )
    .doing(DOING)
}

/// The event of a relation that came or went. Its cause names the journal's line (numbers of erased events come again) and
/// what a removed relation was, for putting it back.
pub(super) const EVENT: &str = "INSERT INTO tag_event (occurred_at, external_userid, userid, tag_id, op, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// The cause of an event that made a relation.
pub(super) fn came(line: i64) -> String {
    format!("caopan {line}")
}

/// The cause of an event that ended a relation: with what it was.
pub(super) fn went(line: i64, origin: &str, at: Option<i64>) -> String {
    let at = at.map_or_else(|| "-".to_owned(), |at| at.to_string());
    format!("caopan {line}; was {origin} {at}")
}

/// Origin and moment of a relation that [`went`].
pub(super) fn what_went(cause: &str) -> (&str, Option<i64>) {
    let rest = cause.split_once("; was ").map(|(_, rest)| rest);
    match rest.and_then(|rest| rest.split_once(' ')) {
        Some((origin, at)) => (origin, at.parse().ok()),
        None => ("manual", None),
    }
}

/// Where a customer stands in a journey, and since when.
pub(super) fn stage_of(
    conn: &Connection,
    journey: i64,
    customer: &str,
) -> Result<Option<(i64, i64)>, StoreError> {
    conn.prepare_cached(
        "SELECT stage_id, since_at FROM customer_stage WHERE journey_id = ?1 AND external_userid = ?2",
    )
    .and_then(|mut s| {
        s.query_row(params![journey, customer], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
    })
    .doing(DOING)
}

/// Puts a customer at a stage, or at none.
pub(super) fn put_stage(
    conn: &Connection,
    journey: i64,
    customer: &str,
    stage: Option<(i64, i64)>,
) -> Result<(), StoreError> {
    match stage {
        Some((stage, since)) => conn
            .prepare_cached(
                "INSERT INTO customer_stage (journey_id, external_userid, stage_id, since_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (journey_id, external_userid) DO UPDATE SET stage_id = excluded.stage_id, since_at = excluded.since_at",
            )
            .and_then(|mut s| s.execute(params![journey, customer, stage, since])),
        None => conn
            .prepare_cached("DELETE FROM customer_stage WHERE journey_id = ?1 AND external_userid = ?2")
            .and_then(|mut s| s.execute(params![journey, customer])),
    }
    .doing(DOING)?;
    Ok(())
}
