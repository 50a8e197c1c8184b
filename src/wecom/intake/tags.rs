//! The company's tags, and the staff's own, which have no id.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use super::{Counts, DOING};
use crate::store::{Doing, StoreError, journal};

/// A group of tags as the server lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagGroup {
    /// `group_id`.
    pub id: String,
    /// `group_name`.
    pub name: String,
    /// `order`, bigger first.
    pub ord: i64,
    /// `create_time`, unix seconds.
    pub created_at: Option<i64>,
    /// `deleted`.
    pub is_deleted: bool,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// `id`.
    pub id: String,
    /// `name`.
    pub name: String,
    /// `order`, bigger first.
    pub ord: i64,
    /// `create_time`, unix seconds.
    pub created_at: Option<i64>,
    /// `deleted`.
    pub is_deleted: bool,
}

/// Writes a group and its tags.
pub fn put(conn: &Connection, group: &TagGroup) -> Result<Counts, StoreError> {
    let mut counts = Counts {
        rows: 1 + group.tags.len() as u64,
        ..Counts::default()
    };
    let changed = conn
        .prepare_cached(
            "INSERT INTO tag_group (group_id, name, ord, source, created_at, is_deleted) VALUES (?1, ?2, ?3, 1, ?4, ?5)
             ON CONFLICT (group_id) DO UPDATE SET name = excluded.name, ord = excluded.ord, created_at = excluded.created_at,
               is_deleted = excluded.is_deleted
             WHERE (name, ord, created_at, is_deleted) IS NOT (excluded.name, excluded.ord, excluded.created_at, excluded.is_deleted)",
        )
        .and_then(|mut s| s.execute(params![group.id, group.name, group.ord, group.created_at, group.is_deleted]))
        .doing(DOING)?;
    counts.changed += changed as u64;
    for tag in &group.tags {
        let changed = conn
            .prepare_cached(
                "INSERT INTO tag (tag_id, group_id, name, ord, created_at, is_deleted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (tag_id) DO UPDATE SET group_id = excluded.group_id, name = excluded.name, ord = excluded.ord,
                   created_at = excluded.created_at, is_deleted = excluded.is_deleted
                 WHERE (group_id, name, ord, created_at, is_deleted) IS NOT
                   (excluded.group_id, excluded.name, excluded.ord, excluded.created_at, excluded.is_deleted)",
            )
            .and_then(|mut s| {
                let deleted = tag.is_deleted || group.is_deleted;
                s.execute(params![tag.id, group.id, tag.name, tag.ord, tag.created_at, deleted])
            })
            .doing(DOING)?;
        counts.changed += changed as u64;
    }
    Ok(counts)
}

/// Live tags of the company that the server did not list, and how many live ones there are.
pub fn missing(
    conn: &Connection,
    listed: &BTreeSet<&str>,
) -> Result<(Vec<String>, u64), StoreError> {
    let mut statement = conn
        .prepare(
            "SELECT tag_id FROM tag t JOIN tag_group g USING (group_id)
             WHERE t.is_deleted = 0 AND g.source = 1 AND t.tag_id NOT LIKE 'personal:%'",
        )
        .doing(DOING)?;
    let live: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .doing(DOING)?
        .collect::<rusqlite::Result<_>>()
        .doing(DOING)?;
    let all = live.len() as u64;
    let gone = live
        .into_iter()
        .filter(|id| !listed.contains(id.as_str()))
        .collect();
    Ok((gone, all))
}

/// Marks tags deleted, and groups that have no live tag left.
pub fn remove(conn: &Connection, gone: &[String]) -> Result<(), StoreError> {
    for id in gone {
        conn.execute("UPDATE tag SET is_deleted = 1 WHERE tag_id = ?1", [id])
            .doing(DOING)?;
    }
    if !gone.is_empty() {
        conn.execute(
            "UPDATE tag_group SET is_deleted = 1 WHERE is_deleted = 0 AND source = 1
               AND EXISTS (SELECT 1 FROM tag t WHERE t.group_id = tag_group.group_id)
               AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.group_id = tag_group.group_id AND t.is_deleted = 0)",
            [],
        )
        .doing(DOING)?;
    }
    Ok(())
}

/// The id we give a staff's own tag: the same staff, group and name, the same id.
pub fn personal(
    conn: &Connection,
    userid: &str,
    group: &str,
    name: &str,
    now: i64,
) -> Result<String, StoreError> {
    let id = |parts: &[&str]| {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        let hex = journal::hex(&digest.finalize());
        format!("personal:{}", hex.get(..32).unwrap_or_default())
    };
    let (group_id, tag_id) = (id(&[userid, group]), id(&[userid, group, name]));
    conn.prepare_cached(
        "INSERT INTO tag_group (group_id, name, source, created_at) VALUES (?1, ?2, 2, ?3) ON CONFLICT DO NOTHING",
    )
    .and_then(|mut s| s.execute(params![group_id, group, now]))
    .doing(DOING)?;
    conn.prepare_cached("INSERT INTO tag (tag_id, group_id, name, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING")
        .and_then(|mut s| s.execute(params![tag_id, group_id, name, now]))
        .doing(DOING)?;
    Ok(tag_id)
}

/// Whether an id is one we gave to a staff's own tag.
pub fn is_personal(tag_id: &str) -> bool {
    tag_id.starts_with("personal:")
}
