//! Kept totals and bulk mode.
//!
//! `customer_stat` and `pool` are kept by triggers, row by row. A writer of many rows goes faster in *bulk mode*: inside
//! its one transaction it calls [`begin_bulk`], writes, and calls [`end_bulk`], which rebuilds the totals and logs one
//! sweep. Nobody else ever sees the workspace in between.

use rusqlite::Connection;

use super::error::{Doing, StoreError};

/// Puts the triggers to sleep for the rest of this transaction. The caller has begun an IMMEDIATE transaction.
pub fn begin_bulk(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("UPDATE bulk SET active = 1", [])
        .doing("entering bulk mode")?;
    Ok(())
}

/// Rebuilds the totals, logs one sweep, prunes the log and wakes the triggers; the caller commits.
pub fn end_bulk(conn: &Connection) -> Result<(), StoreError> {
    rebuild(conn)?;
    super::changes::log_sweep(conn)?;
    super::changes::prune(conn)?;
    conn.execute("UPDATE bulk SET active = 0", [])
        .doing("leaving bulk mode")?;
    Ok(())
}

/// Computes `customer_stat` and `pool` anew from orders, refunds and follow relations. Call it inside a write transaction.
pub fn rebuild(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch(REBUILD).doing("rebuilding the totals")
}

/// One pass over each: the covering index of orders comes in customer order, follow relations are sorted (walking their
/// index would visit the table at random).
const REBUILD: &str = "
DELETE FROM customer_stat;
INSERT INTO customer_stat (external_userid, spend_fen, orders, last_paid_at, last_contact_at)
WITH refund AS MATERIALIZED (
  SELECT order_id, SUM(amount_fen) AS fen FROM order_refund GROUP BY order_id
), valid AS MATERIALIZED (
  SELECT o.external_userid AS id, SUM(o.paid_fen - COALESCE(r.fen, 0)) AS spend, COUNT(*) AS orders, MAX(o.paid_at) AS last
  FROM sale_order o INDEXED BY ix_order_cust LEFT JOIN refund r ON r.order_id = o.order_id
  WHERE o.paid_at IS NOT NULL AND o.is_test = 0 AND o.external_userid IS NOT NULL AND o.paid_fen - COALESCE(r.fen, 0) > 0
  GROUP BY o.external_userid
), contact AS MATERIALIZED (
  SELECT external_userid AS id,
    MAX(MAX(COALESCE(last_touch_at, last_inbound_at), COALESCE(last_inbound_at, last_touch_at))) AS last
  FROM follow NOT INDEXED GROUP BY external_userid
)
SELECT c.external_userid, COALESCE(v.spend, 0), COALESCE(v.orders, 0), v.last, t.last
FROM customer c LEFT JOIN valid v ON v.id = c.external_userid LEFT JOIN contact t ON t.id = c.external_userid
ORDER BY c.external_userid;
UPDATE pool SET (customers, spend_fen) = (SELECT COUNT(*), COALESCE(SUM(spend_fen), 0) FROM customer_stat);
";
