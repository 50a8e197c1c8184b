//! Reading orders and refunds one after the other, as the figures count them: paid, and no test.

use rusqlite::{Connection, Row, params};

use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::Cells;
use crate::domain::period::Period;
use crate::domain::{Fen, SafeText};

/// A paid order, unmasked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaidOrder {
    /// `order_id`.
    pub id: SafeText,
    /// Who bought, as stored; `None` for somebody outside the pool.
    pub customer: Option<std::sync::Arc<str>>,
    /// The customer's name; empty when unknown.
    pub name: SafeText,
    /// Key of the buyer where there is no customer.
    pub buyer_key: SafeText,
    /// When ordered, unix seconds.
    pub ordered_at: Option<i64>,
    /// When paid, unix seconds.
    pub paid_at: Option<i64>,
    /// `status`: `created`, `paid`, `completed` or `closed`.
    pub status: SafeText,
    /// What was paid: the `paid_fen` that every GMV adds up.
    pub paid: Fen,
    /// Given back so far.
    pub refunded: Fen,
    /// What the goods cost before anything was taken off.
    pub list: Fen,
    /// What was taken off the list price.
    pub discount: Fen,
    /// What was charged for carriage, as the shop has it; no figure counts it alone.
    pub freight: Fen,
    /// Where it was bought, as stored: `mini_program`, `group`, `live`, …
    pub source: SafeText,
    /// Staff who gets the credit; empty for nobody.
    pub credited: SafeText,
    /// Department of the credit.
    pub dept: Option<i64>,
    /// Group it came from.
    pub chat: SafeText,
    /// Number of the campaign it is credited to; `None` for none.
    pub campaign: Option<i64>,
    /// Number of the channel it came through; `None` where unknown.
    pub channel: Option<i64>,
    /// Id of the coupon it was bought with; empty for none.
    pub coupon: SafeText,
}

/// A refund of a paid order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaidBack {
    /// `refund_id`.
    pub id: SafeText,
    /// `order_id` of the order it belongs to.
    pub order: SafeText,
    /// Who bought, as stored.
    pub customer: Option<std::sync::Arc<str>>,
    /// The customer's name; empty when unknown.
    pub name: SafeText,
    /// When, unix seconds.
    pub at: Option<i64>,
    /// How much.
    pub amount: Fen,
    /// All of the order.
    pub is_full: bool,
    /// Why; empty when nobody said.
    pub reason: SafeText,
    /// When the order was paid, unix seconds.
    pub paid_at: Option<i64>,
    /// Staff the order is credited to; empty for nobody.
    pub credited: SafeText,
}

const ORDERS: &str = "sale_order o INDEXED BY ix_order_day
  WHERE o.biz_date BETWEEN ?1 AND ?2 AND o.paid_at IS NOT NULL AND o.is_test = 0";

/// How many orders were paid in a period.
pub fn orders_within(conn: &Connection, period: Period) -> Result<u64, StoreError> {
    count(conn, &format!("SELECT count(*) FROM {ORDERS}"), period).doing("counting orders")
}

/// How much was given back in a period, in refunds.
pub fn refunds_within(conn: &Connection, period: Period) -> Result<u64, StoreError> {
    let sql = "SELECT count(*) FROM order_refund INDEXED BY ix_refund_day WHERE biz_date BETWEEN ?1 AND ?2";
    count(conn, sql, period).doing("counting refunds")
}

fn count(conn: &Connection, sql: &str, period: Period) -> rusqlite::Result<u64> {
    let (from, to) = (period.from.to_string(), period.to.to_string());
    conn.query_row(&planned(conn, sql), params![from, to], |row| {
        Ok(row.int(0).and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
    })
}

/// The orders paid in a period, by day, moment and id. Stops with the failure of whoever takes them.
pub fn each_order<E: From<StoreError>>(
    conn: &Connection,
    period: Period,
    take: impl FnMut(PaidOrder) -> Result<(), E>,
) -> Result<(), E> {
    let sql = format!(
        "SELECT o.order_id, o.external_userid, c.name, o.buyer_key, o.ordered_at, o.paid_at, o.status, o.paid_fen,
           (SELECT sum(r.amount_fen) FROM order_refund r WHERE r.order_id = o.order_id), o.list_fen, o.discount_fen,
           o.freight_fen, o.source, o.credited_userid, o.credited_dept_id, o.chat_id, o.campaign_id, o.channel_id, o.coupon_id
         FROM {} ORDER BY o.biz_date, o.paid_at, o.order_id",
        ORDERS.replace(
            "ix_order_day",
            "ix_order_day LEFT JOIN customer c ON c.external_userid = o.external_userid"
        )
    );
    each(conn, &sql, period, order, take)
}

fn order(row: &Row<'_>) -> PaidOrder {
    PaidOrder {
        id: row.text(0),
        customer: Some(row.raw(1)).filter(|id| !id.is_empty()),
        name: row.text(2),
        buyer_key: row.text(3),
        ordered_at: row.int(4),
        paid_at: row.int(5),
        status: row.text(6),
        paid: row.fen(7),
        refunded: row.fen(8),
        list: row.fen(9),
        discount: row.fen(10),
        freight: row.fen(11),
        source: row.text(12),
        credited: row.text(13),
        dept: row.int(14),
        chat: row.text(15),
        campaign: row.int(16),
        channel: row.int(17),
        coupon: row.text(18),
    }
}

/// The refunds of a period, of orders that were paid and no tests, by day, moment and id.
pub fn each_refund<E: From<StoreError>>(
    conn: &Connection,
    period: Period,
    take: impl FnMut(PaidBack) -> Result<(), E>,
) -> Result<(), E> {
    let sql = "SELECT r.refund_id, r.order_id, o.external_userid, c.name, r.refunded_at, r.amount_fen, r.is_full, r.reason,
                 o.paid_at, o.credited_userid
               FROM order_refund r INDEXED BY ix_refund_day CROSS JOIN sale_order o ON o.order_id = r.order_id
                 LEFT JOIN customer c ON c.external_userid = o.external_userid
               WHERE r.biz_date BETWEEN ?1 AND ?2 AND o.paid_at IS NOT NULL AND o.is_test = 0
               ORDER BY r.biz_date, r.refunded_at, r.refund_id";
    each(conn, sql, period, refund, take)
}

fn refund(row: &Row<'_>) -> PaidBack {
    PaidBack {
        id: row.text(0),
        order: row.text(1),
        customer: Some(row.raw(2)).filter(|id| !id.is_empty()),
        name: row.text(3),
        at: row.int(4),
        amount: row.fen(5),
        is_full: row.int(6) == Some(1),
        reason: row.text(7),
        paid_at: row.int(8),
        credited: row.text(9),
    }
}

fn each<T, E: From<StoreError>>(
    conn: &Connection,
    sql: &str,
    period: Period,
    make: fn(&Row<'_>) -> T,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "reading orders";
    let mut statement = conn.prepare(&planned(conn, sql)).doing(DOING)?;
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let mut found = statement.query(params![from, to]).doing(DOING)?;
    while let Some(row) = found.next().doing(DOING)? {
        take(make(row))?;
    }
    Ok(())
}
