//! The filter language as SQL: which customers, in which order, without loading them.
//!
//! Only what SQL says exactly as the engine does: kept totals, moments, gender, tags, stage, owner, identity. Texts that
//! are folded or read as pinyin, scores and purchases are the engine's; with one of them in a condition or a sort there is
//! no [`Sift`], and the caller asks the engine. No expression made here is ever NULL, so `NOT` means the others.
//!
//! # Performance
//!
//! The largest spenders are looked for along `ix_stat_spend` first, as far as `NEAR` customers; a rare condition, and
//! every other order, costs one pass over the kept totals.

mod writing;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::{Cells, rows};
use crate::domain::{AsOf, CustomerId, Fen, StaffId};
use crate::filter::{Expr, Field, SortKey};
use writing::{Writing, owned};

/// Customers looked at along the index of spend before the whole pool is.
const NEAR: u32 = 20_000;

/// What a filter is read against.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// "Now".
    pub as_of: AsOf,
    /// Only customers whom one of these staff owns; `None` is everybody.
    pub owners: Option<&'a [StaffId]>,
}

/// A filter and a sort in SQL.
#[derive(Clone, Debug)]
pub struct Sift {
    condition: String,
    values: Vec<Value>,
    order: Vec<String>,
    /// The order is that of `ix_stat_spend`.
    by_spend: bool,
    /// Condition or order look at `customer` too.
    person: bool,
}

/// How many customers a condition leaves, and what they spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Customers.
    pub hits: u64,
    /// Σ spend.
    pub spend: Fen,
}

impl Sift {
    /// Reads filter and sort; `None` when SQL cannot say the same. An empty sort is by id alone.
    pub fn read(
        conn: &Connection,
        expr: &Expr,
        sort: &[SortKey],
        ground: Ground<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let mut writing = Writing::new(conn, ground.as_of);
        let Some(mut condition) = writing.expr(expr)? else {
            return Ok(None);
        };
        if let Some(owners) = ground.owners {
            let ids = writing.list(owners.iter().map(StaffId::as_str));
            condition = format!("{condition} AND {}", owned(&format!("f.userid IN ({ids})")));
        }
        let mut order = Vec::new();
        for key in sort {
            let Some(column) = writing.column(key.field) else {
                return Ok(None);
            };
            let direction = if key.descending { "DESC" } else { "ASC" };
            order.push(format!("{column} {direction} NULLS LAST"));
        }
        order.push("s.external_userid".to_owned());
        let spend = SortKey {
            field: Field::Spend,
            descending: true,
        };
        Ok(Some(Self {
            condition,
            values: writing.values,
            order,
            by_spend: sort.first() == Some(&spend) && sort.len() == 1,
            person: writing.person,
        }))
    }

    /// Counts them and adds up what they spent: one pass over the kept totals.
    pub fn count(&self, conn: &Connection) -> Result<Count, StoreError> {
        let sql = format!(
            "SELECT count(*), coalesce(sum(s.spend_fen), 0) FROM customer_stat s NOT INDEXED {} WHERE {}",
            self.join(),
            self.condition
        );
        let found = rows(conn, &sql, params_from_iter(&self.values), |row| {
            Some(Count {
                hits: row.int(0).and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
                spend: row.fen(1),
            })
        });
        Ok(found
            .doing("counting customers")?
            .first()
            .copied()
            .unwrap_or_default())
    }

    /// Every customer by id: id, spend, and 1 for those who are meant, else 0. Wants [`Sift::values`].
    pub(super) fn all(&self) -> String {
        format!(
            "SELECT s.external_userid, s.spend_fen, ({}) FROM customer_stat s NOT INDEXED {} ORDER BY s.external_userid",
            self.condition,
            self.join()
        )
    }

    /// Values of the condition.
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The first so many customers.
    pub fn first(&self, conn: &Connection, most: u32) -> Result<Vec<CustomerId>, StoreError> {
        if self.by_spend && most <= NEAR {
            let near = self.near(conn, most).doing("listing customers")?;
            if near.len() >= most as usize {
                return Ok(near);
            }
        }
        let sql = format!(
            "SELECT s.external_userid FROM customer_stat s NOT INDEXED {} WHERE {} ORDER BY {} LIMIT {most}",
            self.join(),
            self.condition,
            self.order.join(", ")
        );
        self.ids(conn, &sql).doing("listing customers")
    }

    /// Those among the largest spenders of the pool. Fewer than asked for, and there may be more further down.
    fn near(&self, conn: &Connection, most: u32) -> rusqlite::Result<Vec<CustomerId>> {
        let sql = format!(
            "SELECT s.external_userid FROM
               (SELECT * FROM customer_stat INDEXED BY ix_stat_spend ORDER BY spend_fen DESC, external_userid LIMIT {NEAR}) s
               {} WHERE {} LIMIT {most}",
            self.join(),
            self.condition
        );
        self.ids(conn, &sql)
    }

    fn ids(&self, conn: &Connection, sql: &str) -> rusqlite::Result<Vec<CustomerId>> {
        let sql = planned(conn, sql);
        rows(conn, &sql, params_from_iter(&self.values), |row| {
            Some(CustomerId(row.raw(0)))
        })
    }

    /// `CROSS JOIN`: totals first, the person only of those who pass.
    fn join(&self) -> &'static str {
        if self.person {
            "CROSS JOIN customer c ON c.external_userid = s.external_userid"
        } else {
            ""
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;
    use crate::filter::{Ctx, Entity, parse};

    fn sifted(text: &str) -> bool {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("schema.sql")).unwrap();
        let filter = parse(text, &Ctx::of(Entity::Customers)).unwrap();
        let ground = Ground {
            as_of: AsOf {
                unix: 0,
                zone: Zone::default(),
            },
            owners: None,
        };
        let found = Sift::read(&conn, &filter.expr, &filter.sort, ground).unwrap();
        if let Some(sift) = &found {
            // What was written is SQL.
            assert_eq!(sift.count(&conn).unwrap(), Count::default(), "{text}");
            assert_eq!(sift.first(&conn, 3).unwrap(), [], "{text}");
        }
        found.is_some()
    }

    #[test]
    fn totals_moments_tags_and_owners_are_said_in_sql() {
        for text in [
            "",
            "spend>100 orders>=2 sort:-spend",
            "aov:10..20 | -last<30d sort:-aov,added",
            "gender:f tag:vip -tag:#et1 stage:复购 owner:何敏 owner:#a",
            "#wm1 | id=wm2",
            "no:bought has:tag has:stage no:owner has:gender sort:gender,-orders",
            "added:2026-03 bought:本周 sort:bought,-last,id",
        ] {
            assert!(sifted(text), "{text}");
        }
    }

    #[test]
    fn folded_texts_scores_and_purchases_are_left_to_the_engine() {
        for text in [
            "张三",
            "name:zs",
            "phone:2210",
            "city:上海",
            "rfm:none",
            "risk>=2",
            "spend>100 value>5",
            "birthday:3",
            "source:扫码",
            "tag~^vip",
            "campaign:7",
            "sort:name",
            "sort:-value",
            "spend>1 | zs",
        ] {
            assert!(!sifted(text), "{text}");
        }
    }
}
