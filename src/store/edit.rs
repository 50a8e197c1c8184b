//! The few writes an operator makes to customers: tags, stages and owners, for one or for a million, each one transaction, with
//! its line in the journal and all that taking it back needs.
//!
//! # Two people, one customer
//!
//! A write carries the place in the change log that its author looked at. What others logged about the same customers
//! since then is a conflict: nothing is written, and the author is told ([`Outcome::Changed`]).
//!
//! # Taking back
//!
//! A tag edit leaves one `tag_event` a relation; the journal keeps their range, so that a million cost no more than one. A
//! stage or owner edit keeps both values of each customer in the journal, which bounds how many one act may move.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

pub(super) mod order;

use super::changes::{self, Seq};
use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::named::{Named, named};
use super::owner::own_all;
use super::relation::{DOING, EVENT, bulk, came, next_event, next_line, put_stage, stage_of, went};
use super::write::Writer;
use crate::domain::{CustomerId, SafeText, TagId, sentence};

use order::Made;
pub use order::{Edit, Order};

/// Customers above which the triggers sleep and readers are told to look at everything again.
const MANY: usize = 20_000;

/// Most customers whose stage or owner one act may set: both values of each are kept in one line of the journal.
pub const MOST_STAGED: usize = 5_000;

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Committed.
    Done(Done),
    /// Others changed these customers since; nothing was written. Empty: so much was changed that nobody can say whom.
    Changed(Vec<CustomerId>),
}

/// A committed edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its line in the journal; `None` when there was nothing to do.
    pub journal: Option<i64>,
    /// Customers who are otherwise than before.
    pub changed: u64,
    /// Customers who were so already.
    pub unchanged: u64,
    /// What the act was, in a few words: the tag's or the stage's name.
    pub name: SafeText,
}

/// Live tags of an id or an exact name.
pub fn tags_named(conn: &Connection, wanted: &str) -> Result<Vec<Named>, StoreError> {
    named(
        conn,
        "SELECT tag_id, name FROM tag WHERE is_deleted = 0 AND (tag_id = ?1 OR name = ?1) ORDER BY tag_id",
        wanted,
    )
}

/// Stages of the first journey of an id or an exact name.
pub fn stages_named(conn: &Connection, wanted: &str) -> Result<Vec<Named>, StoreError> {
    named(
        conn,
        "SELECT CAST(stage_id AS TEXT), name FROM journey_stage
         WHERE journey_id = (SELECT min(journey_id) FROM journey) AND (CAST(stage_id AS TEXT) = ?1 OR name = ?1) ORDER BY ord",
        wanted,
    )
}

/// Names of live tags, the most used first, or of the first journey's stages in order: what a mistyped one may have meant.
pub fn names(conn: &Connection, stages: bool) -> Result<Vec<Named>, StoreError> {
    let sql = if stages {
        "SELECT CAST(stage_id AS TEXT), name FROM journey_stage
         WHERE journey_id = (SELECT min(journey_id) FROM journey) AND ?1 = ?1 ORDER BY ord"
    } else {
        "SELECT tag.tag_id, name FROM tag
         LEFT JOIN (SELECT tag_id, count(*) AS uses FROM customer_tag GROUP BY tag_id) AS used USING (tag_id)
         WHERE is_deleted = 0 AND ?1 = ?1 ORDER BY uses DESC, ord, name LIMIT 2000"
    };
    named(conn, sql, "")
}

/// Names of the live tags that some of these customers have, the one of most of them first.
pub fn tags_of(conn: &Connection, customers: &[CustomerId]) -> Result<Vec<Named>, StoreError> {
    let sql = "SELECT tag.tag_id, name FROM tag
         JOIN (SELECT tag_id, count(DISTINCT external_userid) AS uses FROM customer_tag
           WHERE external_userid IN (SELECT value FROM json_each(?1)) GROUP BY tag_id) AS used USING (tag_id)
         WHERE is_deleted = 0 ORDER BY uses DESC, ord, name";
    named(conn, sql, &listed(customers))
}

/// Ids as a JSON array, for `json_each`.
pub(super) fn listed(customers: &[CustomerId]) -> String {
    let ids: Vec<&str> = customers.iter().map(CustomerId::as_str).collect();
    json!(ids).to_string()
}

impl Writer {
    /// Makes an edit: all of it with its line in the journal, or nothing.
    pub fn edit(&mut self, order: Order<'_>) -> Result<Outcome, StoreError> {
        let bounded = matches!(order.edit, Edit::Stage(_) | Edit::Owner(_));
        if bounded && order.customers.len() > MOST_STAGED {
            return Err(too_many(order.customers.len()));
        }
        let actor = self.actor().to_owned();
        let own = self.own_changes().to_vec();
        let done = self.transact(|tx| {
            let entity = match order.edit {
                Edit::Tag(_) | Edit::Untag(_) => 3,
                Edit::Stage(_) => 4,
                Edit::Owner(_) => 2,
            };
            if let Some(seen) = order.seen
                && let Some(conflict) = changed_since(tx, seen, entity, &own, order.customers)?
            {
                return Ok((Outcome::Changed(conflict), false));
            }
            let many = order.customers.len() > MANY;
            if many {
                bulk(tx, true)?;
            }
            let made = match order.edit {
                Edit::Tag(tag) => tag_all(tx, tag, order)?,
                Edit::Untag(tag) => untag_all(tx, tag, order)?,
                Edit::Stage(stage) => stage_all(tx, *stage, order)?,
                Edit::Owner(staff) => own_all(tx, staff, order)?,
            };
            if many {
                bulk(tx, false)?;
            }
            let changed = made.changed;
            let journal = if changed > 0 {
                Some(note(tx, &actor, order, &made)?)
            } else {
                None
            };
            let done = Done {
                journal,
                changed,
                unchanged: (order.customers.len() as u64).saturating_sub(changed),
                name: made.name,
            };
            Ok((Outcome::Done(done), changed > 0))
        })?;
        Ok(done)
    }
}

fn too_many(n: usize) -> StoreError {
    let why = sentence!(
        "不能一次设置 {n} 位客户的阶段或归属",
        "stage or owner of {n} customers cannot be set at once",
    );
    let help = sentence!(
        "请缩小到 {MOST_STAGED} 位以内",
        "narrow them to {MOST_STAGED} or fewer; one act must fit the journal to be taken back",
    );
    StoreError::refused(why, help)
}

fn note(conn: &Connection, actor: &str, order: Order<'_>, made: &Made) -> Result<i64, StoreError> {
    let (act, key) = match order.edit {
        Edit::Tag(_) => ("tag_add", "tag"),
        Edit::Untag(_) => ("tag_remove", "tag"),
        Edit::Stage(_) => ("stage_set", "stage"),
        Edit::Owner(_) => ("owner_set", "owner"),
    };
    let detail = json!({
        key: made.name.as_str(),
        "customers": made.changed,
        "where": order.filter.chars().take(600).collect::<String>(),
    });
    let one = match order.customers {
        [one] => one.as_str(),
        _ => "",
    };
    let act = Act {
        at: order.at,
        act,
        subject_kind: if one.is_empty() {
            "customers"
        } else {
            "customer"
        },
        subject_id: one,
        detail: Some(&detail.to_string()),
        before: Some(&made.before.to_string()),
        undoes: None,
    };
    journal::write(conn, actor, act)
}

/// The customers among these about whom somebody else logged a change of this sort after `seen`; `Some` of nobody when the
/// log does not tell any more.
fn changed_since(
    conn: &Connection,
    seen: Seq,
    entity: i64,
    own: &[(i64, i64)],
    customers: &[CustomerId],
) -> Result<Option<Vec<CustomerId>>, StoreError> {
    let head = changes::head(conn)?;
    if head <= seen {
        return Ok(None);
    }
    let mut statement = conn
        .prepare_cached("SELECT seq, entity, key FROM change_log WHERE seq > ?1 ORDER BY seq")
        .doing(DOING)?;
    let mut rows = statement.query([seen.0]).doing(DOING)?;
    let (mut next, mut touched) = (seen.0 + 1, HashSet::new());
    while let Some(row) = rows.next().doing(DOING)? {
        let at: i64 = row.get(0).doing(DOING)?;
        if at != next {
            return Ok(Some(Vec::new()));
        }
        next += 1;
        if own.iter().any(|(from, to)| (*from..=*to).contains(&at)) {
            continue;
        }
        let logged: i64 = row.get(1).doing(DOING)?;
        if logged == changes::SWEEP {
            return Ok(Some(Vec::new()));
        }
        if logged == entity {
            touched.insert(row.get::<_, String>(2).doing(DOING)?);
        }
    }
    if next != head.0 + 1 {
        return Ok(Some(Vec::new()));
    }
    let hit: Vec<CustomerId> = customers
        .iter()
        .filter(|id| touched.contains(id.as_str()))
        .cloned()
        .collect();
    Ok((!hit.is_empty()).then_some(hit))
}

/// The name of a tag or stage; refuses what is not there.
fn name_of(conn: &Connection, sql: &str, id: &str) -> Result<SafeText, StoreError> {
    let name: Option<String> = conn
        .query_row(sql, [id], |row| row.get(0))
        .optional()
        .doing(DOING)?;
    name.map(|name| SafeText::new(&name)).ok_or_else(|| {
        let id = SafeText::new(id);
        let why = sentence!("{id} 已被别人删除", "{id} is not there any more");
        let help = sentence!("请再看一次", "look again; somebody removed it");
        StoreError::refused(why, help)
    })
}

const TAG_NAME: &str = "SELECT name FROM tag WHERE tag_id = ?1 AND is_deleted = 0";

fn events(first: i64, after: i64) -> Value {
    json!({ "v": 1, "events": [first, after - 1] })
}

fn tag_all(conn: &Connection, tag: &TagId, order: Order<'_>) -> Result<Made, StoreError> {
    let name = name_of(conn, TAG_NAME, tag.as_str())?;
    let first = next_event(conn)?;
    let cause = came(next_line(conn)?);
    let mut insert = conn
        .prepare_cached(
            "INSERT INTO customer_tag (tag_id, external_userid, userid, origin, tagged_at)
             SELECT ?1, external_userid, '', 'manual', ?3 FROM customer WHERE external_userid = ?2
             AND NOT EXISTS (SELECT 1 FROM customer_tag WHERE tag_id = ?1 AND external_userid = ?2)",
        )
        .doing(DOING)?;
    let mut event = conn.prepare_cached(EVENT).doing(DOING)?;
    let mut changed = 0;
    for customer in order.customers {
        let (tag, customer) = (tag.as_str(), customer.as_str());
        if insert
            .execute(params![tag, customer, order.at])
            .doing(DOING)?
            > 0
        {
            event
                .execute(params![order.at, customer, "", tag, "add", cause])
                .doing(DOING)?;
            changed += 1;
        }
    }
    Ok(Made {
        changed,
        name,
        before: events(first, next_event(conn)?),
    })
}

fn untag_all(conn: &Connection, tag: &TagId, order: Order<'_>) -> Result<Made, StoreError> {
    let name = name_of(conn, TAG_NAME, tag.as_str())?;
    let first = next_event(conn)?;
    let line = next_line(conn)?;
    let mut find = conn
        .prepare_cached(
            "SELECT userid, origin, tagged_at FROM customer_tag WHERE tag_id = ?1 AND external_userid = ?2",
        )
        .doing(DOING)?;
    let mut delete = conn
        .prepare_cached("DELETE FROM customer_tag WHERE tag_id = ?1 AND external_userid = ?2")
        .doing(DOING)?;
    let mut event = conn.prepare_cached(EVENT).doing(DOING)?;
    let mut changed = 0;
    for customer in order.customers {
        let (tag, customer) = (tag.as_str(), customer.as_str());
        let were = find
            .query_map([tag, customer], |row| {
                let (origin, at): (String, Option<i64>) = (row.get(1)?, row.get(2)?);
                Ok((row.get::<_, String>(0)?, went(line, &origin, at)))
            })
            .doing(DOING)?
            .collect::<rusqlite::Result<Vec<_>>>()
            .doing(DOING)?;
        if were.is_empty() {
            continue;
        }
        delete.execute([tag, customer]).doing(DOING)?;
        for (userid, was) in were {
            event
                .execute(params![order.at, customer, userid, tag, "remove", was])
                .doing(DOING)?;
        }
        changed += 1;
    }
    Ok(Made {
        changed,
        name,
        before: events(first, next_event(conn)?),
    })
}

fn stage_all(conn: &Connection, stage: i64, order: Order<'_>) -> Result<Made, StoreError> {
    let sql = "SELECT name FROM journey_stage WHERE stage_id = ?1 AND journey_id = (SELECT min(journey_id) FROM journey)";
    let name = name_of(conn, sql, &stage.to_string())?;
    let journey: i64 = conn
        .query_row("SELECT min(journey_id) FROM journey", [], |row| row.get(0))
        .doing(DOING)?;
    let mut rows = Vec::new();
    for customer in order.customers {
        let before = stage_of(conn, journey, customer.as_str())?;
        if before.is_some_and(|(now, _)| now == stage) {
            continue;
        }
        put_stage(conn, journey, customer.as_str(), Some((stage, order.at)))?;
        rows.push(json!([customer.as_str(), before, [stage, order.at]]));
    }
    Ok(Made {
        changed: rows.len() as u64,
        name,
        before: json!({ "v": 1, "journey": journey, "stages": rows }),
    })
}
