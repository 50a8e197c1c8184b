//! The change log as a feed: what was touched, in commit order, one entry a touch.
//!
//! The log says what to read again, not what was done to it: an entry is `gone` when the thing is no longer there at the
//! time the feed is read. A hole in the numbers, a sweep or a place before the oldest kept entry is told as "everything".

use rusqlite::{Connection, OptionalExtension};

use super::changes::Seq;
use super::error::{Doing, StoreError};
use crate::domain::SafeText;

/// What is being done, for errors.
const DOING: &str = "reading the change log";

/// Entries a page: a reader's transaction stays short.
const PAGE: i64 = 1000;

/// What happened to a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It is there, new or changed.
    Changed,
    /// It is not there any more.
    Gone,
    /// Anything may have changed: read everything again.
    Everything,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number; a feed is taken up behind it.
    pub seq: Seq,
    /// `customer`, `order`, `group_day`, …; `workspace` where everything may have changed.
    pub entity: &'static str,
    /// Its key, raw.
    pub key: String,
    /// What happened.
    pub happened: Happened,
    /// The key leads to a person.
    pub is_person: bool,
}

/// An entity of the log: its name, whether its key leads to a person, and the query that knows whether it is still there.
type Entity = (&'static str, bool, &'static str);

/// Entities by their number in the log, from 1.
const ENTITIES: [Entity; 26] = [
    (
        "customer",
        true,
        "SELECT 1 FROM customer WHERE external_userid = ?1",
    ),
    (
        "follow",
        true,
        "SELECT 1 FROM follow WHERE external_userid = ?1",
    ),
    (
        "customer_tag",
        true,
        "SELECT 1 FROM customer_tag WHERE external_userid = ?1",
    ),
    (
        "customer_stage",
        true,
        "SELECT 1 FROM customer_stage WHERE external_userid = ?1",
    ),
    (
        "order",
        false,
        "SELECT 1 FROM sale_order WHERE order_id = ?1",
    ),
    (
        "refund",
        false,
        "SELECT 1 FROM order_refund WHERE order_id = ?1",
    ),
    (
        "order_item",
        false,
        "SELECT 1 FROM order_item WHERE order_id = ?1",
    ),
    (
        "follow_event",
        true,
        "SELECT 1 FROM follow_event WHERE external_userid = ?1",
    ),
    (
        "group",
        false,
        "SELECT 1 FROM group_chat WHERE chat_id = ?1",
    ),
    (
        "group_day",
        false,
        "SELECT 1 FROM group_day WHERE chat_id = ?1",
    ),
    (
        "group_member",
        true,
        "SELECT 1 FROM group_member WHERE member_id = ?1",
    ),
    (
        "campaign",
        false,
        "SELECT 1 FROM campaign WHERE campaign_id = ?1",
    ),
    (
        "campaign_step",
        true,
        "SELECT 1 FROM campaign_step WHERE person_key = substr(?1, instr(?1, '/') + 1)
       AND campaign_id = CAST(?1 AS INTEGER)",
    ),
    (
        "kpi_node",
        false,
        "SELECT 1 FROM kpi_node WHERE node_id = ?1",
    ),
    (
        "kpi_target",
        false,
        "SELECT 1 FROM kpi_target WHERE target_id = ?1",
    ),
    ("staff", false, "SELECT 1 FROM staff WHERE userid = ?1"),
    (
        "department",
        false,
        "SELECT 1 FROM department WHERE dept_id = ?1",
    ),
    ("tag", false, "SELECT 1 FROM tag WHERE tag_id = ?1"),
    (
        "tag_group",
        false,
        "SELECT 1 FROM tag_group WHERE group_id = ?1",
    ),
    (
        "journey_stage",
        false,
        "SELECT 1 FROM journey_stage WHERE stage_id = ?1",
    ),
    (
        "channel",
        false,
        "SELECT 1 FROM channel WHERE channel_id = ?1",
    ),
    (
        "incentive_rule",
        false,
        "SELECT 1 FROM incentive_rule WHERE rule_id = ?1",
    ),
    (
        "leaderboard_snapshot",
        false,
        "SELECT 1 FROM leaderboard_snapshot WHERE board = ?1",
    ),
    ("task", false, "SELECT 1 FROM task WHERE task_id = ?1"),
    ("meta", false, "SELECT 1 FROM meta WHERE key = ?1"),
    (
        "journey",
        false,
        "SELECT 1 FROM journey WHERE journey_id = ?1",
    ),
];

/// The entries behind a place, at most a page of them; empty when nothing came.
pub fn after(conn: &Connection, from: Seq) -> Result<Vec<Entry>, StoreError> {
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let head = super::changes::head(&tx)?;
    let mut entries = Vec::new();
    if head == from {
        return Ok(entries);
    }
    let everything = |seq: i64| Entry {
        seq: Seq(seq),
        entity: "workspace",
        key: String::new(),
        happened: Happened::Everything,
        is_person: false,
    };
    // A restore may have set the log back.
    if head < from {
        return Ok(vec![everything(head.0)]);
    }
    let mut statement = tx
        .prepare_cached(
            "SELECT seq, entity, key FROM change_log WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        )
        .doing(DOING)?;
    let mut rows = statement.query([from.0, PAGE]).doing(DOING)?;
    let mut next = from.0.saturating_add(1);
    while let Some(row) = rows.next().doing(DOING)? {
        let seq: i64 = row.get(0).doing(DOING)?;
        let number: i64 = row.get(1).doing(DOING)?;
        let key = row.get_ref(2).doing(DOING)?.as_bytes().unwrap_or_default();
        let key = String::from_utf8_lossy(key).into_owned();
        if seq != next {
            entries.push(everything(seq.saturating_sub(1)));
        }
        next = seq.saturating_add(1);
        let known = number.checked_sub(1).and_then(|n| usize::try_from(n).ok());
        match known.and_then(|n| ENTITIES.get(n)) {
            None => entries.push(everything(seq)),
            Some((entity, is_person, there)) => {
                let there = tx
                    .prepare_cached(there)
                    .and_then(|mut s| s.exists([&key]))
                    .doing(DOING)?;
                entries.push(Entry {
                    seq: Seq(seq),
                    entity,
                    key,
                    happened: if there {
                        Happened::Changed
                    } else {
                        Happened::Gone
                    },
                    is_person: *is_person,
                });
            }
        }
    }
    if entries.is_empty() {
        // Pruned to nothing, yet numbers were given out.
        entries.push(everything(head.0));
    }
    drop(rows);
    Ok(entries)
}

/// Name and phone of a customer, for those who may see them.
pub fn person(conn: &Connection, id: &str) -> Result<Option<(SafeText, SafeText)>, StoreError> {
    conn.prepare_cached("SELECT name, phone FROM customer WHERE external_userid = ?1")
        .and_then(|mut s| {
            s.query_row([id], |row| {
                use super::row::Cells as _;
                Ok((row.text(0), row.text(1)))
            })
            .optional()
        })
        .doing(DOING)
}
