//! What a stand-up meeting asks of the tables besides sums: tasks by person, losses by person, sensitive words by group.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use super::sums::Within;

/// What is being done, for errors.
const DOING: &str = "reading for the meeting";

/// Tasks of one member of staff.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// Due on the day, withdrawn ones left out.
    pub due: u64,
    /// Of those done, late or not.
    pub done: u64,
    /// Open, of whatever day, their time over.
    pub late: u64,
}

/// Tasks by `userid`: due between two instants (the second not included), late at `now`. `None`: the workspace has no tasks.
pub fn tasks(
    conn: &Connection,
    (from, to): (i64, i64),
    now: i64,
) -> Result<Option<HashMap<Arc<str>, Tasks>>, StoreError> {
    let known: bool = conn
        .query_row("SELECT EXISTS (SELECT 1 FROM task)", [], |row| row.get(0))
        .doing(DOING)?;
    if !known {
        return Ok(None);
    }
    let mut found: HashMap<Arc<str>, Tasks> = HashMap::new();
    let due = "SELECT userid, count(*), sum(status IN ('done', 'late_done')) FROM task
               WHERE due_at >= ?1 AND due_at < ?2 AND status <> 'void' GROUP BY userid";
    let due = rows(conn, due, params![from, to], |row| {
        Some((row.raw(0), row.count(1)?, row.count(2)?))
    });
    for (who, due, done) in due.doing(DOING)? {
        let tasks = found.entry(who).or_default();
        (tasks.due, tasks.done) = (due.into(), done.into());
    }
    let late =
        "SELECT userid, count(*) FROM task WHERE status = 'open' AND due_at < ?1 GROUP BY userid";
    let late = rows(conn, late, [now], |row| Some((row.raw(0), row.count(1)?)));
    for (who, late) in late.doing(DOING)? {
        found.entry(who).or_default().late = late.into();
    }
    Ok(Some(found))
}

/// Customers lost (they deleted their contact), by the `userid` they left.
pub fn lost(conn: &Connection, within: Within) -> Result<HashMap<Arc<str>, u64>, StoreError> {
    let sql = "SELECT userid, count(*) FROM follow_event
               WHERE biz_date BETWEEN ?1 AND ?2 AND kind = 'del_by_customer' AND occurred_at <= ?3 GROUP BY userid";
    let (from, to, until) = within.bounds();
    let found = rows(conn, sql, params![from, to, until], |row| {
        Some((row.raw(0), u64::from(row.count(1)?)))
    });
    Ok(found.doing(DOING)?.into_iter().collect())
}

/// Hits of sensitive words by `chat_id`, of the groups and days where they were measured.
pub fn hits(conn: &Connection, within: Within) -> Result<HashMap<Arc<str>, u64>, StoreError> {
    let sql = "SELECT chat_id, sum(hits) FROM group_day
               WHERE biz_date BETWEEN ?1 AND ?2 AND hits >= 0 GROUP BY chat_id";
    let (from, to, _) = within.bounds();
    let found = rows(conn, sql, params![from, to], |row| {
        Some((row.raw(0), u64::from(row.count(1)?)))
    });
    Ok(found.doing(DOING)?.into_iter().collect())
}
