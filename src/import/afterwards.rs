//! What is told of the workspace once the rows of a file are in.

use rusqlite::Connection;

use super::kind::Kind;
use crate::store::{Doing, StoreError};

/// Orders that gave back more than was paid; asked where refunds came in.
pub(super) fn overdrawn(conn: &Connection, kind: Kind) -> Result<u64, StoreError> {
    if kind != Kind::Refunds {
        return Ok(0);
    }
    let sql = "SELECT count(*) FROM (SELECT order_id, sum(amount_fen) AS fen FROM order_refund GROUP BY order_id) AS r
         JOIN sale_order o USING (order_id) WHERE r.fen > o.paid_fen";
    conn.query_row(sql, [], |row| row.get(0))
        .doing("adding refunds up")
}

/// Relations of which no event says that they began: adds are counted by events alone (metrics.md 4.1).
pub(super) fn untold(conn: &Connection, kind: Kind) -> Result<u64, StoreError> {
    if kind != Kind::Follows {
        return Ok(0);
    }
    let sql = "SELECT count(*) FROM follow f WHERE NOT EXISTS (SELECT 1 FROM follow_event e
         WHERE e.external_userid = f.external_userid AND e.userid = f.userid AND e.kind IN ('add', 'transfer_in'))";
    conn.query_row(sql, [], |row| row.get(0))
        .doing("looking for adds")
}
