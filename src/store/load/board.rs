//! What a board of everybody is added up from, by the days it happened: walks along the indexes of days. And the last of
//! these events, for who reached a value first.

use rusqlite::{Connection, Row};

use super::super::past::planned;
use super::{day, each, int, text};
use crate::domain::{Day, StaffId};

/// When something happened: its day, and the unix second.
type When = (Option<Day>, Option<i64>);

/// Gives away a row of: credited staff, day, unix second, fen.
fn sum(row: &Row<'_>, take: &mut impl FnMut(&str, When, i64)) {
    let when = (day(row, 1), int(row, 2));
    take(&text(row, 0), when, int(row, 3).unwrap_or(0));
}

/// Paid orders that are no test, paid from a day to a day, both included: credited staff (empty for nobody), when, fen.
pub fn each_sold(
    conn: &Connection,
    (from, to): (Day, Day),
    mut take: impl FnMut(&str, When, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT credited_userid, biz_date, paid_at, paid_fen FROM sale_order INDEXED BY ix_order_day
         WHERE paid_at IS NOT NULL AND is_test = 0 AND biz_date BETWEEN ?1 AND ?2",
        [from.to_string(), to.to_string()],
        |row| sum(row, &mut take),
    )
}

/// Refunds of such orders, given back from a day to a day: credited staff of the order, when it was given back, fen.
pub fn each_given_back(
    conn: &Connection,
    (from, to): (Day, Day),
    mut take: impl FnMut(&str, When, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT o.credited_userid, r.biz_date, r.refunded_at, r.amount_fen
         FROM order_refund r INDEXED BY ix_refund_day CROSS JOIN sale_order o NOT INDEXED ON o.order_id = r.order_id
         WHERE r.biz_date BETWEEN ?1 AND ?2 AND o.paid_at IS NOT NULL AND o.is_test = 0",
        [from.to_string(), to.to_string()],
        |row| sum(row, &mut take),
    )
}

/// Adds from a day to a day: staff, when.
pub fn each_added(
    conn: &Connection,
    (from, to): (Day, Day),
    mut take: impl FnMut(&str, When),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT userid, biz_date, occurred_at FROM follow_event INDEXED BY ix_fe_date
         WHERE kind = 'add' AND biz_date BETWEEN ?1 AND ?2",
        [from.to_string(), to.to_string()],
        |row| take(&text(row, 0), (day(row, 1), int(row, 2))),
    )
}

/// Paid orders of a day that are no test, the last first, until `take` says that it has seen enough: credited staff (empty
/// for nobody), unix second, fen, order id.
pub fn last_sold(
    conn: &Connection,
    day: Day,
    mut take: impl FnMut(&str, i64, i64, &str) -> bool,
) -> rusqlite::Result<()> {
    let sql = "SELECT credited_userid, paid_at, paid_fen, order_id FROM sale_order INDEXED BY ix_order_day
         WHERE paid_at IS NOT NULL AND is_test = 0 AND biz_date = ?1 ORDER BY paid_at DESC";
    let mut statement = conn.prepare_cached(&planned(conn, sql))?;
    let mut rows = statement.query([day.to_string()])?;
    while let Some(row) = rows.next()? {
        let (at, fen) = (int(row, 1).unwrap_or(0), int(row, 2).unwrap_or(0));
        if !take(&text(row, 0), at, fen, &text(row, 3)) {
            break;
        }
    }
    Ok(())
}

/// Refunds of a day, in no order: unix second, id of the order.
pub fn each_refund_of(
    conn: &Connection,
    day: Day,
    mut take: impl FnMut(i64, &str),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT refunded_at, order_id FROM order_refund INDEXED BY ix_refund_day WHERE biz_date = ?1",
        [day.to_string()],
        |row| take(int(row, 0).unwrap_or(0), &text(row, 1)),
    )
}

/// The unix second of the last add of a member of staff on a day whose customer is meant.
pub fn last_added(
    conn: &Connection,
    day: Day,
    staff: &StaffId,
    is_meant: impl Fn(&str) -> bool,
) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT occurred_at, external_userid FROM follow_event INDEXED BY ix_fe_date
         WHERE biz_date = ?1 AND kind = 'add' AND userid = ?2 ORDER BY occurred_at DESC";
    let mut statement = conn.prepare_cached(&planned(conn, sql))?;
    let mut rows = statement.query([day.to_string().as_str(), staff.as_str()])?;
    while let Some(row) = rows.next()? {
        if is_meant(&text(row, 1)) {
            return Ok(int(row, 0));
        }
    }
    Ok(None)
}
