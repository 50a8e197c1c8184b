//! Totals of days straight from the tables: how earlier months and campaigns went, for who has no engine.

use rusqlite::{Connection, Row, params};

use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::Cells;
use crate::domain::kpi::curve::{Daily, DayTotals, Since};
use crate::domain::kpi::goal::Lookback;
use crate::domain::{CampaignId, Day};

/// What is being done, for errors.
const DOING: &str = "adding up earlier periods";

/// Day of the first paid order and of the first add: as the engine, nothing here knows days before 1970.
pub(super) const FIRST_PAID: &str = "SELECT biz_date FROM sale_order INDEXED BY ix_order_day
  WHERE biz_date >= '1970-01-01' AND paid_at IS NOT NULL AND is_test = 0 ORDER BY biz_date LIMIT 1";
const FIRST_ADDED: &str = "SELECT biz_date FROM follow_event INDEXED BY ix_fe_date
  WHERE biz_date >= '1970-01-01' AND kind = 'add' ORDER BY biz_date LIMIT 1";

/// Paid orders of days, by day.
const PAID: &str =
    "SELECT biz_date, total(paid_fen), count(*) FROM sale_order INDEXED BY ix_order_day
  WHERE biz_date BETWEEN ?1 AND ?2 AND paid_at IS NOT NULL AND is_test = 0 GROUP BY biz_date";

/// What was given back on days. Orders are looked up in the order they stand in: neighbours share pages.
const REFUNDED: &str = "SELECT r.biz_date, total(r.amount_fen)
  FROM (SELECT order_id, biz_date, amount_fen FROM order_refund INDEXED BY ix_refund_day
        WHERE biz_date BETWEEN ?1 AND ?2 ORDER BY order_id) r
  CROSS JOIN sale_order o ON o.order_id = r.order_id
  WHERE o.paid_at IS NOT NULL AND o.is_test = 0 GROUP BY r.biz_date";

/// What was given back so far of the orders of days.
const RETURNED: &str = "SELECT o.biz_date, total((SELECT sum(r.amount_fen) FROM order_refund r WHERE r.order_id = o.order_id))
  FROM sale_order o INDEXED BY ix_order_day
  WHERE o.biz_date BETWEEN ?1 AND ?2 AND o.paid_at IS NOT NULL AND o.is_test = 0 GROUP BY o.biz_date";

/// Adds of days.
const ADDED: &str = "SELECT biz_date, count(*) FROM follow_event INDEXED BY ix_fe_date
  WHERE biz_date BETWEEN ?1 AND ?2 AND kind = 'add' GROUP BY biz_date";

/// Paid orders of a campaign (?1) by day.
const PAID_OF: &str = "SELECT biz_date, total(paid_fen), count(*) FROM sale_order INDEXED BY ix_order_camp
  WHERE campaign_id = ?1 AND paid_at IS NOT NULL AND is_test = 0 AND biz_date IS NOT NULL GROUP BY biz_date";

/// What was given back of a campaign's orders: day of the order, day given back.
const BACK_OF: &str = "SELECT o.biz_date, total(r.amount_fen), r.biz_date
  FROM sale_order o INDEXED BY ix_order_camp CROSS JOIN order_refund r ON r.order_id = o.order_id
  WHERE o.campaign_id = ?1 AND o.paid_at IS NOT NULL AND o.is_test = 0 AND o.biz_date IS NOT NULL GROUP BY 1, 3";

/// The first day an order was paid on.
pub fn first_order(conn: &Connection) -> Result<Option<Day>, StoreError> {
    first(conn, FIRST_PAID).doing(DOING)
}

pub(super) fn first(conn: &Connection, sql: &str) -> rusqlite::Result<Option<Day>> {
    let mut statement = conn.prepare(&planned(conn, sql))?;
    let mut found = statement.query([])?;
    Ok(found.next()?.and_then(|row| row.day(0)))
}

/// The totals that a look back asks for: of its days and its metrics alone.
pub fn read(conn: &Connection, back: &Lookback) -> Result<Daily, StoreError> {
    of_days(conn, back).doing(DOING)
}

fn of_days(conn: &Connection, back: &Lookback) -> rusqlite::Result<Daily> {
    let asks = |code: &str| back.codes.contains(&code);
    let of_orders = back.codes.iter().any(|code| *code != "adds");
    let mut since = Since::default();
    if of_orders {
        since.orders = first(conn, FIRST_PAID)?;
    }
    if asks("adds") {
        since.adds = first(conn, FIRST_ADDED)?;
    }
    let mut daily = Daily::part(since);
    let (from, to) = (back.span.from.to_string(), back.span.to.to_string());
    let mut put = |sql: &str, totals: fn(&Row<'_>) -> DayTotals| -> rusqlite::Result<()> {
        let mut statement = conn.prepare(&planned(conn, sql))?;
        let mut found = statement.query([&from, &to])?;
        while let Some(row) = found.next()? {
            if let Some(day) = row.day(0) {
                daily.add(day, totals(row), 1);
            }
        }
        Ok(())
    };
    if of_orders {
        put(PAID, paid)?;
    }
    if asks("net_gmv_refund") {
        put(REFUNDED, |row| DayTotals {
            refunded: fen(row, 1),
            ..DayTotals::default()
        })?;
    }
    if asks("net_gmv_order") {
        put(RETURNED, |row| DayTotals {
            returned: fen(row, 1),
            ..DayTotals::default()
        })?;
    }
    if asks("adds") {
        put(ADDED, |row| DayTotals {
            adds: row.int(1).unwrap_or(0),
            ..DayTotals::default()
        })?;
    }
    Ok(daily)
}

fn paid(row: &Row<'_>) -> DayTotals {
    DayTotals {
        paid: fen(row, 1),
        orders: row.int(2).unwrap_or(0),
        ..DayTotals::default()
    }
}

/// A sum of fen as SQLite tells it, whole up to 2^53.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a sum of fen is far below the ends of 128 bits, and casts stop there"
)]
fn fen(row: &Row<'_>, at: usize) -> i128 {
    row.real(at).unwrap_or(0.0) as i128
}

/// The days of a campaign; refunds only where they are asked for.
pub fn of_campaign(
    conn: &Connection,
    campaign: CampaignId,
    with_refunds: bool,
) -> Result<Daily, StoreError> {
    let look = || -> rusqlite::Result<Daily> {
        let mut daily = Daily::default();
        let mut statement = conn.prepare(&planned(conn, PAID_OF))?;
        let mut found = statement.query(params![campaign.0])?;
        while let Some(row) = found.next()? {
            if let Some(day) = row.day(0) {
                daily.add(day, paid(row), 1);
            }
        }
        if with_refunds {
            let mut statement = conn.prepare(&planned(conn, BACK_OF))?;
            let mut found = statement.query(params![campaign.0])?;
            while let Some(row) = found.next()? {
                let back = fen(row, 1);
                let (bought, given) = (row.day(0), row.day(2));
                for (day, totals) in [
                    (
                        given,
                        DayTotals {
                            refunded: back,
                            ..DayTotals::default()
                        },
                    ),
                    (
                        bought,
                        DayTotals {
                            returned: back,
                            ..DayTotals::default()
                        },
                    ),
                ] {
                    if let Some(day) = day {
                        daily.add(day, totals, 1);
                    }
                }
            }
        }
        Ok(daily)
    };
    look().doing(DOING)
}
