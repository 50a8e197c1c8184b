//! How old each source of rows is, from indexes alone.

use rusqlite::{Connection, params};

use super::error::{Doing, StoreError};
use super::row::Cells;
use crate::domain::AsOf;

/// A source and its newest row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// `customers`, `orders`, `groups`, `adds`, `campaigns`.
    pub code: &'static str,
    /// Newest row not in the future, unix seconds; for `groups` the end of the newest day. `None` = no row at all.
    pub newest: Option<i64>,
    /// Older than such a source should be; a source without rows is not stale.
    pub stale: bool,
}

/// Hour, in seconds.
const HOUR: i64 = 3600;

/// Ages of all sources. Group statistics come the day after (T+1), so they may be a day older than the rest.
pub fn ages(conn: &Connection, now: AsOf) -> Result<Vec<Source>, StoreError> {
    let today = now.today().to_string();
    let newest = |sql: &str| -> Result<Option<i64>, StoreError> {
        conn.prepare_cached(sql)
            .and_then(|mut s| s.query_row(params![now.unix, today], |row| Ok(row.int(0))))
            .doing("reading the age of sources")
    };
    // A sync that found nothing new has looked all the same.
    let looked = newest(
        "SELECT max(ended_at) FROM sync_run WHERE source = 'wecom:contacts' AND ok = 1 AND ended_at <= ?1 AND ?2 <> ''",
    )?;
    let customers =
        newest("SELECT max(synced_at) FROM customer WHERE synced_at <= ?1 AND ?2 <> ''")?
            .max(looked);
    let orders = newest(
        "SELECT max(paid_at) FROM (SELECT paid_at FROM sale_order WHERE paid_at IS NOT NULL AND is_test = 0
           AND biz_date <= ?2 AND paid_at <= ?1 ORDER BY biz_date DESC, paid_at DESC LIMIT 1)",
    )?;
    let adds = newest(
        "SELECT max(occurred_at) FROM follow_event WHERE kind = 'add' AND occurred_at <= ?1 AND biz_date =
           (SELECT biz_date FROM follow_event WHERE kind = 'add' AND biz_date <= ?2 AND occurred_at <= ?1
            ORDER BY biz_date DESC LIMIT 1)",
    )?
    .max(looked);
    let campaigns = newest("SELECT max(at) FROM campaign_step WHERE at <= ?1 AND ?2 <> ''")?;
    let group_day = conn
        .prepare_cached("SELECT max(biz_date) FROM group_day WHERE biz_date <= ?1")
        .and_then(|mut s| s.query_row([&today], |row| Ok(row.day(0))))
        .doing("reading the age of sources")?;
    let groups = group_day.map(|day| now.zone.start_of(day.plus(1)).min(now.unix));
    Ok([
        ("customers", customers, 26 * HOUR),
        ("orders", orders, 26 * HOUR),
        ("groups", groups, 38 * HOUR),
        ("adds", adds, 26 * HOUR),
        ("campaigns", campaigns, 26 * HOUR),
    ]
    .into_iter()
    .map(|(code, newest, limit)| Source {
        code,
        newest,
        stale: newest.is_some_and(|at| now.unix - at > limit),
    })
    .collect())
}
