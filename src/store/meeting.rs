//! What a stand-up meeting asks of the tables besides sums: tasks by person, losses by person, sensitive words by group.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use super::sums::Within;

/// What is being done, for errors.
const DOING: &str = "reading for the meeting";

/// Tasks of one member of staff on a day, withdrawn ones left out (metrics: on time ÷ due, late ones apart).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tasks {
    /// Due on the day, their time over.
    pub due: u64,
    /// Of those done on time.
    pub done: u64,
    /// Of those done late.
    pub late: u64,
    /// Due on the day and still open, their time over or not.
    pub left: u64,
    /// Not done, their time over: open ones of whatever day, and those of the day that were given up as missed.
    pub overdue: u64,
}

/// Tasks by `userid`: of the time between two instants (the second not included), as they stand at `now`. `None`: the
/// workspace has no tasks.
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
    let of_day = "SELECT userid, sum(due_at <= ?3), sum(status = 'done' AND due_at <= ?3),
                    sum(status = 'late_done' AND due_at <= ?3), sum(status = 'open') FROM task
                  WHERE due_at >= ?1 AND due_at < ?2 AND status <> 'void' GROUP BY userid";
    let of_day = rows(conn, of_day, params![from, to, now], |row| {
        let count = |i| row.count(i).map_or(0, u64::from);
        let tasks = Tasks {
            due: count(1),
            done: count(2),
            late: count(3),
            left: count(4),
            overdue: 0,
        };
        Some((row.raw(0), tasks))
    });
    let mut found: HashMap<Arc<str>, Tasks> = of_day.doing(DOING)?.into_iter().collect();
    let overdue = "SELECT userid, count(*) FROM task
                   WHERE due_at <= ?3 AND (status = 'open' OR status = 'missed' AND due_at >= ?1 AND due_at < ?2)
                   GROUP BY userid";
    let overdue = rows(conn, overdue, params![from, to, now], |row| {
        Some((row.raw(0), row.count(1)?))
    });
    for (who, overdue) in overdue.doing(DOING)? {
        found.entry(who).or_default().overdue = overdue.into();
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
