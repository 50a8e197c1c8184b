//! What a board of everybody is added up from, by the days it happened: walks along the indexes of days.

use rusqlite::Connection;

use super::{day, each, int, text};
use crate::domain::Day;

/// Paid orders that are no test, paid from a day to a day, both included: credited staff (empty for nobody), day, fen.
pub fn each_sold(
    conn: &Connection,
    (from, to): (Day, Day),
    mut take: impl FnMut(&str, Option<Day>, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT credited_userid, biz_date, paid_fen FROM sale_order INDEXED BY ix_order_day
         WHERE paid_at IS NOT NULL AND is_test = 0 AND biz_date BETWEEN ?1 AND ?2",
        [from.to_string(), to.to_string()],
        |row| take(&text(row, 0), day(row, 1), int(row, 2).unwrap_or(0)),
    )
}

/// Refunds of such orders, given back from a day to a day: credited staff of the order, day of the refund, fen.
pub fn each_given_back(
    conn: &Connection,
    (from, to): (Day, Day),
    mut take: impl FnMut(&str, Option<Day>, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT o.credited_userid, r.biz_date, r.amount_fen
         FROM order_refund r INDEXED BY ix_refund_day CROSS JOIN sale_order o NOT INDEXED ON o.order_id = r.order_id
         WHERE r.biz_date BETWEEN ?1 AND ?2 AND o.paid_at IS NOT NULL AND o.is_test = 0",
        [from.to_string(), to.to_string()],
        |row| take(&text(row, 0), day(row, 1), int(row, 2).unwrap_or(0)),
    )
}

/// Adds from a day to a day: staff, day.
pub fn each_added(
    conn: &Connection,
    (from, to): (Day, Day),
    mut take: impl FnMut(&str, Option<Day>),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT userid, biz_date FROM follow_event INDEXED BY ix_fe_date
         WHERE kind = 'add' AND biz_date BETWEEN ?1 AND ?2",
        [from.to_string(), to.to_string()],
        |row| take(&text(row, 0), day(row, 1)),
    )
}
