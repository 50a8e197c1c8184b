//! Reading customers straight from their tables: the first page before the engine is ready, and one customer opened.
//!
//! Nothing here is masked: whoever builds the snapshot masks, for engine rows and these alike.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::{Doing, StoreError};
use super::owner::staff_called;
use super::row::{Cells, rows};
use super::tagged::Tags;
use crate::domain::{CustomerId, Fen, SafeText, StaffId};

/// What is read of a customer besides the row itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Names of the tags.
    pub tags: bool,
    /// The stage.
    pub stage: bool,
    /// Owner and source.
    pub relation: bool,
}

impl Beside {
    /// All of it.
    pub const ALL: Self = Self {
        tags: true,
        stage: true,
        relation: true,
    };
}

/// The kept totals of the pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pool {
    /// Customers in the workspace.
    pub customers: u64,
    /// Σ of their spend.
    pub spend: Fen,
}

/// One customer as listed, unmasked.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Identity.
    pub id: CustomerId,
    /// WeChat name.
    pub name: SafeText,
    /// Phone, whole.
    pub phone: SafeText,
    /// Gender: 0 unknown, 1 male, 2 female.
    pub gender: u8,
    /// Region.
    pub region: SafeText,
    /// Tag names: by family, then group and tag `ord`.
    pub tags: Vec<SafeText>,
    /// Stage of the first journey.
    pub stage: Option<SafeText>,
    /// Net money of orders that still stand.
    pub spend: Fen,
    /// Orders that still stand.
    pub orders: u32,
    /// Last purchase, unix seconds.
    pub last_paid_at: Option<i64>,
    /// Last contact in either direction, unix seconds.
    pub last_contact_at: Option<i64>,
    /// First added, unix seconds.
    pub added_at: Option<i64>,
    /// Owner: the staff who gets the credit.
    pub owner: Option<(StaffId, SafeText)>,
    /// Channel of the owner's relation, without an owner of the earliest; empty when unknown.
    pub source: SafeText,
}

/// Customers and spend of the pool, kept: no counting.
pub fn pool(conn: &Connection) -> Result<Pool, StoreError> {
    conn.prepare_cached("SELECT customers, spend_fen FROM pool")
        .and_then(|mut s| {
            s.query_row([], |row| {
                Ok(Pool {
                    customers: row.int(0).and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
                    spend: row.fen(1),
                })
            })
        })
        .doing("reading the pool")
}

/// The pool and the customers at the top of it, of one state.
pub fn first_screen(conn: &Connection, limit: u32) -> Result<(Pool, Vec<Listed>), StoreError> {
    // One read transaction: the file is locked once, not for every look.
    let tx = conn
        .unchecked_transaction()
        .doing("reading the first customers")?;
    let first = (pool(&tx)?, first_page(&tx, None, limit)?);
    tx.finish().doing("reading the first customers")?;
    Ok(first)
}

/// The same, of the customers no more than the first frame shows: a third of the pages. Stage, orders, last purchase and
/// contact and source are left as unknown.
pub fn first_sketch(conn: &Connection, limit: u32) -> Result<(Pool, Vec<Listed>), StoreError> {
    const DOING: &str = "reading the first customers";
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let first = (pool(&tx)?, sketched(&tx, limit).doing(DOING)?);
    tx.finish().doing(DOING)?;
    Ok(first)
}

/// Columns as [`COLUMNS`], those of `customer_stat` from its index by spend alone.
const SKETCH: &str =
    "SELECT s.external_userid, c.name, c.phone, c.gender, c.region, s.spend_fen, 0, NULL, NULL, c.first_added_at
     FROM customer_stat s CROSS JOIN customer c ON c.external_userid = s.external_userid
     ORDER BY s.spend_fen DESC, s.external_userid LIMIT ?1";

/// The owner of a customer, from the index of owners alone.
const OWNER: &str = concat!(
    "SELECT f.userid, ",
    staff_called!("f.userid"),
    " FROM follow f LEFT JOIN staff s ON s.userid = f.userid
     WHERE f.external_userid = ?1 AND f.is_owner = 1"
);

fn sketched(conn: &Connection, limit: u32) -> rusqlite::Result<Vec<Listed>> {
    let mut found = rows(conn, SKETCH, [limit], |row| Some(listed(row)))?;
    let only_tags = Beside {
        tags: true,
        stage: false,
        relation: false,
    };
    complete(conn, &mut found, only_tags)?;
    let mut owner = conn.prepare_cached(OWNER)?;
    for customer in &mut found {
        let known = owner.query_row([customer.id.as_str()], |row| {
            Ok((StaffId(row.raw(0)), row.text(1)))
        });
        customer.owner = known.optional()?;
    }
    Ok(found)
}

/// Columns of a listed customer; `s` is `customer_stat`, `c` is `customer`.
const COLUMNS: &str =
    "s.external_userid, c.name, c.phone, c.gender, c.region, s.spend_fen, s.orders, s.last_paid_at,
   s.last_contact_at, c.first_added_at";

/// Customers by spend, largest first, ties by `external_userid`: `limit` of them, from the top or after a given one.
/// An index walk, whatever the size of the pool.
pub fn first_page(
    conn: &Connection,
    after: Option<(Fen, &CustomerId)>,
    limit: u32,
) -> Result<Vec<Listed>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Listed>> {
        let mut found = page_rows(conn, after, limit)?;
        complete(conn, &mut found, Beside::ALL)?;
        Ok(found)
    };
    read().doing("reading the first customers")
}

fn page_rows(
    conn: &Connection,
    after: Option<(Fen, &CustomerId)>,
    limit: u32,
) -> rusqlite::Result<Vec<Listed>> {
    let make = |row: &Row<'_>| Some(listed(row));
    let from =
        "FROM customer_stat s CROSS JOIN customer c ON c.external_userid = s.external_userid";
    match after {
        None => rows(
            conn,
            &format!(
                "SELECT {COLUMNS} {from} ORDER BY s.spend_fen DESC, s.external_userid LIMIT ?1"
            ),
            [limit],
            make,
        ),
        Some((Fen(spend), id)) => {
            let sql = |where_: &str| {
                format!(
                    "SELECT {COLUMNS} {from} WHERE {where_} ORDER BY s.spend_fen DESC, s.external_userid LIMIT ?3"
                )
            };
            let mut found = rows(
                conn,
                &sql("s.spend_fen = ?1 AND s.external_userid > ?2"),
                params![spend, id.as_str(), limit],
                make,
            )?;
            let rest = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
            found.extend(rows(
                conn,
                &sql("s.spend_fen < ?1 AND ?2 IS NOT NULL"),
                params![spend, id.as_str(), rest],
                make,
            )?);
            Ok(found)
        }
    }
}

/// One customer as listed, with what is wanted besides; `None` when there is none.
pub fn listed_of(
    conn: &Connection,
    id: &CustomerId,
    beside: Beside,
) -> Result<Option<Listed>, StoreError> {
    let read = || -> rusqlite::Result<Option<Listed>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM customer c JOIN customer_stat s ON s.external_userid = c.external_userid
             WHERE c.external_userid = ?1"
        );
        let mut found = rows(conn, &sql, [id.as_str()], |row| Some(listed(row)))?;
        complete(conn, &mut found, beside)?;
        Ok(found.pop())
    };
    read().doing("reading a customer")
}

/// The row's own columns.
fn listed(row: &Row<'_>) -> Listed {
    Listed {
        id: CustomerId(row.raw(0)),
        name: row.text(1),
        phone: row.text(2),
        gender: match row.int(3) {
            Some(1) => 1,
            Some(2) => 2,
            _ => 0,
        },
        region: row.text(4),
        tags: Vec::new(),
        stage: None,
        spend: row.fen(5),
        orders: row.count(6).unwrap_or(0),
        last_paid_at: row.int(7),
        last_contact_at: row.int(8),
        added_at: row.int(9),
        owner: None,
        source: SafeText::default(),
    }
}

/// What stands beside customers.
fn complete(conn: &Connection, customers: &mut [Listed], beside: Beside) -> rusqlite::Result<()> {
    let wanted = |is: bool, sql| is.then(|| conn.prepare_cached(sql)).transpose();
    let mut tags = beside.tags.then(|| Tags::of(conn)).transpose()?;
    let mut stage = wanted(
        beside.stage,
        "SELECT j.name FROM customer_stage x JOIN journey_stage j ON j.stage_id = x.stage_id
         WHERE x.journey_id = (SELECT min(journey_id) FROM journey) AND x.external_userid = ?1",
    )?;
    let mut relation = wanted(
        beside.relation,
        concat!(
            "SELECT f.userid, ",
            staff_called!("f.userid"),
            ", c.name, f.is_owner FROM follow f
               LEFT JOIN staff s ON s.userid = f.userid LEFT JOIN channel c ON c.channel_id = f.channel_id
             WHERE f.external_userid = ?1 ORDER BY f.is_owner DESC, f.added_at, f.userid LIMIT 1"
        ),
    )?;
    for customer in customers {
        let id = customer.id.as_str();
        if let Some(tags) = &mut tags {
            customer.tags = tags.named(&customer.id)?;
        }
        if let Some(stage) = &mut stage {
            customer.stage = stage.query_row([id], |row| Ok(row.text(0))).optional()?;
        }
        if let Some(relation) = &mut relation {
            let owned = relation.query_row([id], |row| {
                let owner = (StaffId(row.raw(0)), row.text(1));
                Ok(((row.int(3) == Some(1)).then_some(owner), row.text(2)))
            });
            if let Some((owner, source)) = owned.optional()? {
                (customer.owner, customer.source) = (owner, source);
            }
        }
    }
    Ok(())
}

/// A customer opened, unmasked.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// As listed.
    pub listed: Listed,
    /// Remarks: staff, remark.
    pub remarks: Vec<(SafeText, SafeText)>,
    /// Everyone who has or had the customer: staff, `follow.status`, added at; owner first.
    pub follows: Vec<(SafeText, SafeText, i64)>,
    /// Titles of the live groups the customer is in.
    pub groups: Vec<SafeText>,
    /// Birthday as stored.
    pub birthday: SafeText,
}

/// Everything of one customer but the timeline; `None` when there is none.
pub fn detail(conn: &Connection, id: &CustomerId) -> Result<Option<Detail>, StoreError> {
    let Some(listed) = listed_of(conn, id, Beside::ALL)? else {
        return Ok(None);
    };
    let read = || -> rusqlite::Result<Detail> {
        let mut remarks = Vec::new();
        let follows = rows(
            conn,
            concat!(
                "SELECT ",
                staff_called!("f.userid"),
                ", f.status, f.added_at, f.remark FROM follow f LEFT JOIN staff s ON s.userid = f.userid
                 WHERE f.external_userid = ?1 ORDER BY f.is_owner DESC, f.added_at, f.userid"
            ),
            [id.as_str()],
            |row| {
                let remark = row.text(3);
                if !remark.as_str().is_empty() {
                    remarks.push((row.text(0), remark));
                }
                Some((row.text(0), row.text(1), row.int(2).unwrap_or(0)))
            },
        )?;
        let groups = rows(
            conn,
            "SELECT DISTINCT g.name, g.chat_id FROM group_member m CROSS JOIN group_chat g ON g.chat_id = m.chat_id
             WHERE m.member_id = ?1 AND m.quit_at IS NULL AND g.dissolved_at IS NULL ORDER BY g.name, g.chat_id",
            [id.as_str()],
            |row| Some(row.text(0)),
        )?;
        let birthday = conn
            .prepare_cached("SELECT birthday FROM customer WHERE external_userid = ?1")?
            .query_row([id.as_str()], |row| Ok(row.text(0)))?;
        Ok(Detail {
            listed,
            remarks,
            follows,
            groups,
            birthday,
        })
    };
    read().doing("reading a customer").map(Some)
}

#[cfg(test)]
mod tests {
    use super::{OWNER, SKETCH};
    use crate::store::plan::{fresh, steps};
    use crate::store::tagged::TAGS;

    #[test]
    fn a_sketch_reads_the_customers_and_otherwise_only_indexes() {
        let (_folder, conn) = fresh();
        for (sql, index) in [
            (SKETCH, "ix_stat_spend"),
            (TAGS, "ix_ctag_cust"),
            (OWNER, "ux_follow_owner"),
        ] {
            let steps = steps(&conn, sql);
            let from_index = format!("USING COVERING INDEX {index}");
            assert!(
                steps.iter().any(|step| step.contains(&from_index)),
                "{steps:?}"
            );
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")));
        }
    }
}
