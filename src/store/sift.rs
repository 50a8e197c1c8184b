//! The filter language as SQL: which customers, in which order, without loading them.
//!
//! Only what SQL says exactly as the engine does: kept totals, moments, gender, tags, stage, owner, identity. Texts that
//! are folded or read as pinyin, scores and purchases are the engine's; with one of them in a condition or a sort there is
//! no [`Sift`], and the caller asks the engine. No expression made here is ever NULL, so `NOT` means the others.
//!
//! # Performance
//!
//! The largest spenders are looked for along `ix_stat_spend` first, as far as [`NEAR`] customers; a rare condition, and
//! every other order, costs one pass over the kept totals.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::{Doing, StoreError};
use super::load::{Catalogue, catalogue};
use super::row::{Cells, rows};
use crate::domain::{AsOf, CustomerId, Fen, StaffId};
use crate::filter::values::position;
use crate::filter::{Bound, Expr, Field, Match, Range, SortKey, Term, Test, When, eval};

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
        let mut writing = Writing {
            conn,
            as_of: ground.as_of,
            names: None,
            values: Vec::new(),
            person: false,
        };
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
        rows(conn, sql, params_from_iter(&self.values), |row| {
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

/// A customer with an owner of whom this holds; `f` is the relation.
fn owned(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM follow f WHERE f.external_userid = s.external_userid AND f.is_owner = 1 AND {condition})"
    )
}

/// A customer with a tag of whom this holds; `x` is the link.
fn tagged(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM customer_tag x WHERE x.external_userid = s.external_userid AND {condition})"
    )
}

/// A customer at a stage of the first journey of which this holds; `j` is the place.
fn staged(condition: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM customer_stage j WHERE j.journey_id = (SELECT min(journey_id) FROM journey)
           AND j.external_userid = s.external_userid AND {condition})"
    )
}

const GENDER: &str = "(CASE c.gender WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END)";
const AOV: &str = "(CAST(s.spend_fen AS REAL) / nullif(s.orders, 0))";
/// Nobody.
const NONE: &str = "0";

/// A condition while it is written.
struct Writing<'c> {
    conn: &'c Connection,
    as_of: AsOf,
    names: Option<Catalogue>,
    values: Vec<Value>,
    person: bool,
}

impl Writing<'_> {
    fn expr(&mut self, expr: &Expr) -> Result<Option<String>, StoreError> {
        match expr {
            Expr::All => Ok(Some("1".to_owned())),
            Expr::And(parts) => self.joined(parts, " AND "),
            Expr::Or(parts) => self.joined(parts, " OR "),
            Expr::Not(inner) => Ok(self.expr(inner)?.map(|inner| format!("NOT ({inner})"))),
            Expr::Term(term) => self.term(term),
        }
    }

    fn joined(&mut self, parts: &[Expr], by: &str) -> Result<Option<String>, StoreError> {
        let mut written = Vec::with_capacity(parts.len());
        for part in parts {
            match self.expr(part)? {
                Some(part) => written.push(part),
                None => return Ok(None),
            }
        }
        Ok(Some(format!("({})", written.join(by))))
    }

    fn term(&mut self, term: &Term) -> Result<Option<String>, StoreError> {
        let field = term.field;
        Ok(match &term.test {
            Test::Has(values) => self.any_of(field, values, false)?,
            Test::Is(values) => self.any_of(field, values, true)?,
            Test::Not(values) => self
                .any_of(field, values, true)?
                .map(|any| format!("NOT ({any})")),
            Test::Regex(_) => None,
            Test::Number(range) => self.number(field, range),
            Test::Time(range) => self.time(field, range),
            Test::Present => self.present(field),
            Test::Absent => self.present(field).map(|there| format!("NOT ({there})")),
        })
    }

    /// The column a field is sorted by; NULL where there is no value.
    fn column(&mut self, field: Field) -> Option<&'static str> {
        Some(match field {
            Field::Spend => "s.spend_fen",
            Field::Orders => "s.orders",
            Field::Aov => AOV,
            Field::LastContact => "s.last_contact_at",
            Field::LastPurchase => "s.last_paid_at",
            Field::Id => "s.external_userid",
            Field::Added => {
                self.person = true;
                "c.first_added_at"
            }
            Field::Gender => {
                self.person = true;
                "nullif((CASE c.gender WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 0 END), 0)"
            }
            Field::Text
            | Field::Name
            | Field::Phone
            | Field::City
            | Field::Birthday
            | Field::Tag
            | Field::Stage
            | Field::Owner
            | Field::Source
            | Field::Group
            | Field::Segment
            | Field::Risk
            | Field::ValueAtRisk
            | Field::CreditedTo
            | Field::Step
            | Field::Campaign
            | Field::Health
            | Field::Members
            | Field::Flag
            | Field::Band
            | Field::Role => return None,
        })
    }

    fn number(&mut self, field: Field, range: &Range<f64>) -> Option<String> {
        let column = match field {
            Field::Spend => "s.spend_fen",
            Field::Orders => "s.orders",
            Field::Aov => return Some(self.fraction(AOV, range)),
            _ => return None,
        };
        let (low, high) = range.whole();
        let (low, high) = (self.value(low), self.value(high));
        Some(format!("{column} BETWEEN {low} AND {high}"))
    }

    fn fraction(&mut self, column: &str, range: &Range<f64>) -> String {
        let mut all = format!("{column} IS NOT NULL");
        let ends = [(range.from, ">", ">="), (range.to, "<", "<=")];
        for (bound, without, with) in ends {
            let (sign, value) = match bound {
                Bound::None => continue,
                Bound::Included(value) => (with, value),
                Bound::Excluded(value) => (without, value),
            };
            let value = self.value(value);
            all = format!("{all} AND {column} {sign} {value}");
        }
        format!("({all})")
    }

    fn time(&mut self, field: Field, range: &Range<When>) -> Option<String> {
        let column = match field {
            Field::LastContact | Field::LastPurchase | Field::Added => self.column(field)?,
            _ => return None,
        };
        let instants = eval::instants(range, self.as_of);
        let (from, to) = (self.value(instants.from), self.value(instants.to));
        Some(format!(
            "({column} IS NOT NULL AND {column} >= {from} AND {column} < {to})"
        ))
    }

    fn present(&mut self, field: Field) -> Option<String> {
        Some(match field {
            Field::Spend => "s.spend_fen <> 0".to_owned(),
            Field::Orders | Field::Aov => "s.orders <> 0".to_owned(),
            Field::LastContact | Field::LastPurchase | Field::Added => {
                format!("{} IS NOT NULL", self.column(field)?)
            }
            Field::Id => "1".to_owned(),
            Field::Gender => {
                self.person = true;
                format!("{GENDER} <> 0")
            }
            Field::Tag => tagged("1"),
            Field::Stage => staged("1"),
            Field::Owner => owned("1"),
            _ => return None,
        })
    }

    /// Any of some values.
    fn any_of(
        &mut self,
        field: Field,
        values: &[Match],
        whole: bool,
    ) -> Result<Option<String>, StoreError> {
        let mut any = Vec::with_capacity(values.len());
        for value in values {
            match self.one_of(field, value, whole)? {
                Some(one) => any.push(one),
                None => return Ok(None),
            }
        }
        any.retain(|one| one != NONE);
        Ok(Some(if any.is_empty() {
            NONE.to_owned()
        } else {
            format!("({})", any.join(" OR "))
        }))
    }

    fn one_of(
        &mut self,
        field: Field,
        value: &Match,
        whole: bool,
    ) -> Result<Option<String>, StoreError> {
        Ok(match field {
            Field::Id if whole || value.id => {
                let id = self.value(value.text.clone());
                Some(format!("s.external_userid = {id}"))
            }
            Field::Gender => Some(match position(field, &value.text) {
                Some(gender) => {
                    self.person = true;
                    format!("{GENDER} = {gender}")
                }
                None => NONE.to_owned(),
            }),
            Field::Tag | Field::Owner => {
                let ids = self.meant(field, value, whole)?;
                if ids.is_empty() {
                    // Nothing is bound that the statement does not name.
                    return Ok(Some(NONE.to_owned()));
                }
                let list = self.list(ids.iter().map(String::as_str));
                Some(if field == Field::Tag {
                    tagged(&format!("x.tag_id IN ({list})"))
                } else {
                    owned(&format!("f.userid IN ({list})"))
                })
            }
            Field::Stage => {
                let ids = self.meant(field, value, whole)?;
                // A stage is known by its number as it is written, not by another writing of it.
                let numbers: Vec<String> = ids
                    .into_iter()
                    .filter(|id| id.parse::<i64>().is_ok_and(|n| n.to_string() == *id))
                    .collect();
                Some(if numbers.is_empty() {
                    NONE.to_owned()
                } else {
                    staged(&format!("j.stage_id IN ({})", numbers.join(", ")))
                })
            }
            _ => None,
        })
    }

    /// The ids of what a value means.
    fn meant(
        &mut self,
        field: Field,
        value: &Match,
        whole: bool,
    ) -> Result<Vec<String>, StoreError> {
        if value.id {
            return Ok(vec![value.text.clone()]);
        }
        let names = match &self.names {
            Some(names) => names,
            None => {
                let read = catalogue(self.conn).doing("reading names")?;
                self.names.insert(read)
            }
        };
        let owners;
        let named: Vec<(String, &str)> = match field {
            Field::Tag => names
                .tags
                .iter()
                .map(|(id, _, name, _)| (id.clone(), name.as_str()))
                .collect(),
            Field::Stage => names
                .stages
                .iter()
                .map(|(id, name)| (id.to_string(), name.as_str()))
                .collect(),
            _ => {
                owners = unlisted(self.conn).doing("reading names")?;
                let listed = names
                    .staff
                    .iter()
                    .map(|(id, name)| (id.clone(), name.as_str()));
                let others = owners.iter().map(|id| (id.clone(), id.as_str()));
                listed.chain(others).collect()
            }
        };
        Ok(eval::keys_meant(value, whole, &named))
    }

    /// Binds a value.
    fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("?{}", self.values.len())
    }

    /// Binds a list, however long, as one value.
    fn list<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> String {
        let json = serde_json::Value::from_iter(ids);
        let bound = self.value(json.to_string());
        format!("SELECT value FROM json_each({bound})")
    }
}

/// Staff who have customers and no row of their own: they are called by their id. Jumps from one to the next along the key.
fn unlisted(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    rows(
        conn,
        "WITH RECURSIVE each(userid) AS (
           SELECT min(userid) FROM follow UNION ALL
           SELECT (SELECT min(f.userid) FROM follow f WHERE f.userid > each.userid) FROM each WHERE each.userid IS NOT NULL)
         SELECT userid FROM each WHERE userid IS NOT NULL AND userid NOT IN (SELECT userid FROM staff)",
        [],
        |row| Some(row.raw(0).to_string()),
    )
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
