//! Is the workspace whole, and do its parts agree? Reads only, but for the repair of the totals.
//!
//! Rows that speak of something the workspace does not know (an order of a stranger, a tag of a customer not synced yet)
//! are counted and are no error: sources arrive in any order.

use rusqlite::Connection;

use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::row::Cells as _;
use super::totals;
use super::write::Writer;
use crate::domain::{SafeText, metric};

/// What is being done, for errors.
const DOING: &str = "checking the workspace";

/// Lines of damage that are told.
const MOST_DAMAGE: u32 = 5;

/// A kind of row that speaks of what the workspace does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Orphans {
    /// `ROWS_of_unknown_THING`.
    pub code: &'static str,
    /// In Chinese.
    pub zh: &'static str,
    /// In English.
    pub en: &'static str,
    /// How many.
    pub count: u64,
}

/// What was found, the file being undamaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Rows that break a reference the schema declares.
    pub broken_references: u64,
    /// Rows of unknown things, only those there are.
    pub orphans: Vec<Orphans>,
    /// Customers whose kept totals differ from the orders, refunds and follow relations they come from.
    pub wrong_totals: u64,
    /// The pool's sums are those of the customers.
    pub pool_agrees: bool,
    /// First row at which the journal's chain breaks.
    pub journal_break: Option<i64>,
    /// Rows of the journal.
    pub journal_rows: u64,
    /// Rows of the change log that this program cannot read.
    pub unknown_changes: u64,
    /// Metrics of targets that this program does not know.
    pub unknown_metrics: Vec<SafeText>,
    /// Customers and orders, to say what was looked at.
    pub looked_at: (u64, u64),
}

/// What the database itself finds damaged: `quick_check`, or with `deep` the slower `integrity_check`, which also compares
/// every index with its table. Empty when whole.
pub fn damage(conn: &Connection, deep: bool) -> Result<Vec<String>, StoreError> {
    if !deep {
        return Ok(super::backup::damage(conn)?.into_iter().collect());
    }
    let sql = format!("PRAGMA integrity_check({MOST_DAMAGE})");
    let said = conn.prepare(&sql).and_then(|mut s| {
        s.query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<String>>>()
    });
    match said {
        Ok(lines) => Ok(lines.into_iter().filter(|line| line != "ok").collect()),
        Err(e) => match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt) => Ok(vec![e.to_string()]),
            _ => Err(e).doing(DOING),
        },
    }
}

/// Looks at everything else, in one read transaction.
pub fn findings(conn: &Connection) -> Result<Findings, StoreError> {
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let count = |sql: &str| -> Result<u64, StoreError> {
        tx.query_row(sql, [], |row| row.get(0)).doing(DOING)
    };
    let broken_references = count("SELECT count(*) FROM pragma_foreign_key_check")?;
    let mut orphans = Vec::new();
    for (code, zh, en, sql) in UNKNOWN {
        let count = count(sql)?;
        if count > 0 {
            orphans.push(Orphans {
                code,
                zh,
                en,
                count,
            });
        }
    }
    let wrong_totals = wrong_totals(&tx)?;
    let pool_agrees = pool_agrees(&tx)?;
    let journal_break = journal::first_break(&tx)?;
    let found = Findings {
        broken_references,
        orphans,
        wrong_totals,
        pool_agrees,
        journal_break,
        journal_rows: count("SELECT count(*) FROM journal")?,
        unknown_changes: count(
            "SELECT count(*) FROM change_log WHERE entity NOT BETWEEN 1 AND 26 AND entity <> 99",
        )?,
        unknown_metrics: unknown_metrics(&tx)?,
        looked_at: (
            count("SELECT count(*) FROM customer")?,
            count("SELECT count(*) FROM sale_order")?,
        ),
    };
    tx.finish().doing(DOING)?;
    Ok(found)
}

/// Metrics of targets that this program does not know, each once.
pub(super) fn unknown_metrics(conn: &Connection) -> Result<Vec<SafeText>, StoreError> {
    let sql = "SELECT DISTINCT metric_code FROM kpi_target ORDER BY 1";
    let mut statement = conn.prepare(sql).doing(DOING)?;
    let codes = statement
        .query_map([], |row| Ok(row.raw(0)))
        .doing(DOING)?
        .collect::<rusqlite::Result<Vec<_>>>()
        .doing(DOING)?;
    let unknown = codes.iter().filter(|code| metric::find(code).is_none());
    Ok(unknown.map(|code| SafeText::new(code)).collect())
}

/// Computes the kept totals anew, logs one sweep and journals it.
pub fn repair_totals(writer: &mut Writer, now: i64) -> Result<(), StoreError> {
    let act = Act {
        at: now,
        act: "repair_totals",
        ..Act::default()
    };
    writer.act(act, |tx| {
        totals::begin_bulk(tx)?;
        totals::end_bulk(tx)
    })
}

/// Customers whose kept totals differ from the rows they come from, kept totals of nobody included.
fn wrong_totals(conn: &Connection) -> Result<u64, StoreError> {
    let count = |sql: &str| -> Result<u64, StoreError> {
        conn.query_row(sql, [], |row| row.get(0)).doing(DOING)
    };
    Ok(count(DIFFERING)? + count(OF_NOBODY)?)
}

/// Whether the pool's sums are those of the customers' totals.
fn pool_agrees(conn: &Connection) -> Result<bool, StoreError> {
    conn.query_row(
        "SELECT (customers, spend_fen) IS (SELECT COUNT(*), COALESCE(SUM(spend_fen), 0) FROM customer_stat) FROM pool",
        [],
        |row| row.get(0),
    )
    .doing(DOING)
}

/// Totals added up another way than the rebuild does it, beside the kept ones.
const DIFFERING: &str = "
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
SELECT count(*) FROM customer c
  LEFT JOIN valid v ON v.id = c.external_userid
  LEFT JOIN contact t ON t.id = c.external_userid
  LEFT JOIN customer_stat s ON s.external_userid = c.external_userid
WHERE (s.external_userid, s.spend_fen, s.orders, s.last_paid_at, s.last_contact_at)
  IS NOT (c.external_userid, COALESCE(v.spend, 0), COALESCE(v.orders, 0), v.last, t.last)";

/// Kept totals without a customer.
const OF_NOBODY: &str = "SELECT count(*) FROM customer_stat s
WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.external_userid = s.external_userid)";

/// Code, names and count of rows that speak of unknown things.
type Unknown = (&'static str, &'static str, &'static str, &'static str);

/// What is counted.
const UNKNOWN: [Unknown; 18] = [
    (
        "follows_of_unknown_customers",
        "客户不在库中的好友关系",
        "follow relations of customers not in the workspace",
        "SELECT count(*) FROM follow r WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.external_userid = r.external_userid)",
    ),
    (
        "follows_of_unknown_staff",
        "员工不在库中的好友关系",
        "follow relations of staff not in the workspace",
        "SELECT count(*) FROM follow r WHERE NOT EXISTS (SELECT 1 FROM staff s WHERE s.userid = r.userid)",
    ),
    (
        "tags_of_unknown_customers",
        "客户不在库中的标签",
        "tags of customers not in the workspace",
        "SELECT count(*) FROM customer_tag r WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.external_userid = r.external_userid)",
    ),
    (
        "unknown_tags",
        "打了不存在的标签",
        "tags that no tag list knows",
        "SELECT count(*) FROM customer_tag r WHERE NOT EXISTS (SELECT 1 FROM tag t WHERE t.tag_id = r.tag_id)",
    ),
    (
        "tags_of_unknown_groups",
        "标签组不存在的标签",
        "tags of tag groups not in the workspace",
        "SELECT count(*) FROM tag r WHERE NOT EXISTS (SELECT 1 FROM tag_group g WHERE g.group_id = r.group_id)",
    ),
    (
        "stages_of_unknown_customers",
        "客户不在库中的旅程阶段",
        "journey stages of customers not in the workspace",
        "SELECT count(*) FROM customer_stage r WHERE NOT EXISTS (SELECT 1 FROM customer c WHERE c.external_userid = r.external_userid)",
    ),
    (
        "unknown_stages",
        "不存在的旅程阶段",
        "journey stages that no journey has",
        "SELECT count(*) FROM customer_stage r WHERE NOT EXISTS (SELECT 1 FROM journey_stage s WHERE s.stage_id = r.stage_id)",
    ),
    (
        "orders_of_unknown_customers",
        "客户不在库中的订单",
        "orders of customers not in the workspace",
        "SELECT count(*) FROM sale_order r WHERE r.external_userid IS NOT NULL AND r.external_userid NOT LIKE 'erased:%'
           AND NOT EXISTS (SELECT 1 FROM customer c WHERE c.external_userid = r.external_userid)",
    ),
    (
        "orders_of_unknown_staff",
        "员工不在库中的订单",
        "orders credited to staff not in the workspace",
        "SELECT count(*) FROM sale_order r WHERE r.credited_userid IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.userid = r.credited_userid)",
    ),
    (
        "items_of_unknown_orders",
        "订单不存在的商品行",
        "items of orders not in the workspace",
        "SELECT count(*) FROM order_item r WHERE NOT EXISTS (SELECT 1 FROM sale_order o WHERE o.order_id = r.order_id)",
    ),
    (
        "refunds_of_unknown_orders",
        "订单不存在的退款",
        "refunds of orders not in the workspace",
        "SELECT count(*) FROM order_refund r WHERE NOT EXISTS (SELECT 1 FROM sale_order o WHERE o.order_id = r.order_id)",
    ),
    (
        "groups_of_unknown_owners",
        "群主不在库中的群",
        "groups whose owner is not in the workspace",
        "SELECT count(*) FROM group_chat r WHERE NOT EXISTS (SELECT 1 FROM staff s WHERE s.userid = r.owner_userid)",
    ),
    (
        "members_of_unknown_groups",
        "群不存在的群成员",
        "members of groups not in the workspace",
        "SELECT count(*) FROM group_member r WHERE NOT EXISTS (SELECT 1 FROM group_chat g WHERE g.chat_id = r.chat_id)",
    ),
    (
        "days_of_unknown_groups",
        "群不存在的群日报",
        "days of groups not in the workspace",
        "SELECT count(*) FROM group_day r WHERE NOT EXISTS (SELECT 1 FROM group_chat g WHERE g.chat_id = r.chat_id)",
    ),
    (
        "days_of_unknown_staff",
        "员工不在库中的员工日报",
        "days of staff not in the workspace",
        "SELECT count(*) FROM staff_day r WHERE NOT EXISTS (SELECT 1 FROM staff s WHERE s.userid = r.userid)",
    ),
    (
        "steps_of_unknown_campaigns",
        "活动不存在的漏斗步骤",
        "funnel steps of campaigns not in the workspace",
        "SELECT count(*) FROM campaign_step r WHERE NOT EXISTS (SELECT 1 FROM campaign c WHERE c.campaign_id = r.campaign_id)",
    ),
    (
        "tasks_of_unknown_staff",
        "员工不在库中的任务",
        "tasks of staff not in the workspace",
        "SELECT count(*) FROM task r WHERE NOT EXISTS (SELECT 1 FROM staff s WHERE s.userid = r.userid)",
    ),
    (
        "staff_of_unknown_departments",
        "部门不存在的员工归属",
        "staff of departments not in the workspace",
        "SELECT count(*) FROM staff_dept_history r WHERE NOT EXISTS (SELECT 1 FROM department d WHERE d.dept_id = r.dept_id)",
    ),
];
