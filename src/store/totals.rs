//! Kept totals and bulk mode.
//!
//! `customer_stat` and `pool` are kept by triggers, row by row. A writer of many rows goes faster in *bulk mode*: inside
//! its one transaction it calls [`begin_bulk`], writes, and calls [`end_bulk`], which rebuilds the totals and logs one
//! sweep. Nobody else ever sees the workspace in between. [`Bulk`] is the same as a guard, and can let a table's indexes rest.

use std::borrow::Cow;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

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

/// Tables whose rows the totals are made of.
const COUNTED: [&str; 4] = ["customer", "follow", "sale_order", "order_refund"];

/// Bulk mode of one table, inside a write transaction. Dropped without [`Bulk::end`], it leaves the workspace to the
/// rollback; the connection's triggers wake in any case.
#[derive(Debug)]
pub struct Bulk<'c> {
    conn: &'c Connection,
    table: &'static str,
    /// Indexes that rest: as the schema has them.
    resting: Vec<String>,
}

impl<'c> Bulk<'c> {
    /// Puts the triggers to sleep. The caller has begun an IMMEDIATE transaction.
    pub fn begin(conn: &'c Connection, table: &'static str) -> Result<Self, StoreError> {
        const DOING: &str = "entering bulk mode";
        begin_bulk(conn)?;
        // Asleep they would still be asked at every row whether they are.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
            .doing(DOING)?;
        Ok(Self {
            conn,
            table,
            resting: Vec::new(),
        })
    }

    /// Takes the table's indexes away until [`Bulk::end`] makes them anew, sorted: much quicker than keeping them row by row
    /// where the file is larger than the table. Unique ones stay.
    pub fn rest_indexes(&mut self) -> Result<(), StoreError> {
        self.resting = drop_indexes(self.conn, self.table).doing("letting the indexes rest")?;
        Ok(())
    }

    /// Makes the indexes anew, rebuilds the totals if the table is one they are made of, logs one sweep, prunes the log and
    /// wakes the triggers; the caller commits.
    pub fn end(mut self) -> Result<(), StoreError> {
        self.wake_indexes()?;
        if COUNTED.contains(&self.table) {
            rebuild(self.conn)?;
        }
        super::changes::log_sweep(self.conn)?;
        super::changes::prune(self.conn)?;
        self.conn
            .execute("UPDATE bulk SET active = 0", [])
            .doing("leaving bulk mode")?;
        Ok(())
    }

    /// Makes the indexes that rest anew.
    pub fn wake_indexes(&mut self) -> Result<(), StoreError> {
        for sql in self.resting.drain(..) {
            self.conn
                .execute_batch(&sql)
                .doing("making an index anew")?;
        }
        Ok(())
    }
}

impl Drop for Bulk<'_> {
    fn drop(&mut self) {
        let _ = self
            .conn
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true);
    }
}

/// Drops the indexes of a table that hold nothing unique; how to make them anew.
fn drop_indexes(conn: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql LIKE 'CREATE INDEX %'
         ORDER BY rowid",
    )?;
    let found: Vec<(String, String)> = statement
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    drop(statement);
    for (name, _) in &found {
        conn.execute_batch(&format!("DROP INDEX {name}"))?;
    }
    Ok(found.into_iter().map(|(_, sql)| sql).collect())
}

/// Computes `customer_stat` and `pool` anew from orders, refunds and follow relations. Call it inside a write transaction.
pub fn rebuild(conn: &Connection) -> Result<(), StoreError> {
    const DOING: &str = "rebuilding the totals";
    let indexes = drop_indexes(conn, "customer_stat").doing(DOING)?;
    let sums = counted("");
    conn.execute_batch(&format!(
        "DELETE FROM customer_stat;
         INSERT INTO customer_stat (external_userid, spend_fen, orders, last_paid_at, last_contact_at) {sums};
         UPDATE pool SET (customers, spend_fen) = (SELECT COUNT(*), COALESCE(SUM(spend_fen), 0) FROM customer_stat);"
    ))
    .doing(DOING)?;
    for sql in indexes {
        conn.execute_batch(&sql).doing(DOING)?;
    }
    Ok(())
}

/// One pass over the customers in key order, and beside them over their orders in the order of the covering index; refunds
/// and last contacts are added up before.
const COUNT: &str = "
WITH refund AS MATERIALIZED (
  SELECT order_id, SUM(amount_fen) AS fen FROM order_refund GROUP BY order_id
), contact AS MATERIALIZED (
  SELECT external_userid AS id,
    MAX(MAX(COALESCE(last_touch_at, last_inbound_at), COALESCE(last_inbound_at, last_touch_at))) AS last
  FROM follow NOT INDEXED GROUP BY external_userid
)
SELECT c.external_userid,
  COALESCE(SUM(iif(o.paid_fen > COALESCE(r.fen, 0), o.paid_fen - COALESCE(r.fen, 0), NULL)), 0),
  COUNT(iif(o.paid_fen > COALESCE(r.fen, 0), 1, NULL)),
  MAX(iif(o.paid_fen > COALESCE(r.fen, 0), o.paid_at, NULL)),
  MAX(t.last)
FROM customer c
  LEFT JOIN sale_order o INDEXED BY ix_order_cust ON o.external_userid = c.external_userid AND o.paid_at IS NOT NULL AND o.is_test = 0
  LEFT JOIN refund r ON r.order_id = o.order_id
  LEFT JOIN contact t ON t.id = c.external_userid
{WHERE}
GROUP BY c.external_userid";

/// The kept totals by id, from one id (?1) on.
const KEPT: &str = "SELECT external_userid, spend_fen, orders, last_paid_at, last_contact_at FROM customer_stat NOT INDEXED
    WHERE external_userid >= ?1 ORDER BY external_userid";

/// The query for the totals by id, from one id (?1) on. Held at an instant nothing is kept, and one walk over everything
/// is quicker than adding up for each customer.
pub(super) fn from_one_on(conn: &Connection) -> Cow<'static, str> {
    if super::past::is_held(conn) {
        counted("WHERE c.external_userid >= ?1").into()
    } else {
        KEPT.into()
    }
}

/// The query for the totals of customers `c` for whom the condition holds, by id, in the columns of `customer_stat`.
fn counted(condition: &str) -> String {
    COUNT.replace("{WHERE}", condition)
}

/// Ends a bulk write that somebody committed half done: the totals are rebuilt and the triggers woken. No-op otherwise.
pub(super) fn end_stray_bulk(conn: &mut Connection) -> Result<bool, StoreError> {
    let active = |conn: &Connection| {
        conn.query_row("SELECT active FROM bulk", [], |row| row.get::<_, i64>(0))
            .doing("looking for an unfinished bulk write")
            .map(|n| n != 0)
    };
    if !active(conn)? {
        return Ok(false);
    }
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing("ending an unfinished bulk write")?;
    // Somebody else may have ended it while this waited.
    if active(&tx)? {
        end_bulk(&tx)?;
    }
    tx.commit().doing("ending an unfinished bulk write")?;
    Ok(true)
}
