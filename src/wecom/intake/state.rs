//! Where a sync goes on, and what it did: `sync_cursor` and `sync_run`.
//!
//! A source's own row (`wecom:contacts`) says when its pass began; `wecom:contacts/0007` is a unit of that pass that is
//! not through yet. A unit's row goes with the transaction of its last page, so the rows that are left are what is left.
//! `wecom:chat/wr…` and `wecom:dept/1` are ids that are kept ([`Kept`]).

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::DOING;
use crate::domain::Day;
use crate::store::{Doing, StoreError};

/// A pass older than this begins anew, seconds.
const TOO_OLD: i64 = 86_400;

/// A unit of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its row.
    pub key: String,
    /// What it asks for: members, owners.
    pub ids: Vec<String>,
    /// The page to go on from; `None` at the beginning.
    pub cursor: Option<String>,
}

/// When the pass of a source began that has not ended; `None`: there is none that is young enough.
pub fn pass(conn: &Connection, source: &str, now: i64) -> Result<Option<i64>, StoreError> {
    let head: Option<String> = conn
        .query_row(
            "SELECT cursor FROM sync_cursor WHERE source = ?1",
            [source],
            |row| row.get(0),
        )
        .optional()
        .doing(DOING)?
        .flatten();
    let began = head
        .and_then(|text| serde_json::from_str::<Value>(&text).ok())
        .and_then(|head| head.get("pass")?.as_i64());
    Ok(began.filter(|began| (0..TOO_OLD).contains(&(now - began))))
}

/// Begins a pass of these units.
pub fn begin_pass(
    conn: &Connection,
    source: &str,
    now: i64,
    units: &[Vec<String>],
) -> Result<(), StoreError> {
    drop_units(conn, source)?;
    put(conn, source, &json!({ "pass": now }).to_string(), now)?;
    for (i, ids) in units.iter().enumerate() {
        let unit = Unit {
            key: format!("{source}/{i:05}"),
            ids: ids.clone(),
            cursor: None,
        };
        put_unit(conn, &unit, now)?;
    }
    Ok(())
}

/// Ends a pass.
pub fn end_pass(conn: &Connection, source: &str, now: i64) -> Result<(), StoreError> {
    drop_units(conn, source)?;
    put(conn, source, &json!({ "done": now }).to_string(), now)
}

fn drop_units(conn: &Connection, source: &str) -> Result<(), StoreError> {
    conn.execute(
        "DELETE FROM sync_cursor WHERE source > ?1 || '/' AND source < ?1 || '0'",
        [source],
    )
    .doing(DOING)?;
    Ok(())
}

/// The units of a pass that are not through.
pub fn units(conn: &Connection, source: &str) -> Result<Vec<Unit>, StoreError> {
    let mut statement = conn
        .prepare("SELECT source, cursor FROM sync_cursor WHERE source > ?1 || '/' AND source < ?1 || '0' ORDER BY source")
        .doing(DOING)?;
    let rows = statement
        .query_map([source], |row| {
            Ok((row.get(0)?, row.get::<_, Option<String>>(1)?))
        })
        .doing(DOING)?
        .collect::<rusqlite::Result<Vec<(String, Option<String>)>>>()
        .doing(DOING)?;
    Ok(rows
        .into_iter()
        .filter_map(|(key, text)| {
            let value: Value = serde_json::from_str(&text?).ok()?;
            let ids = value.get("ids")?.as_array()?;
            Some(Unit {
                key,
                ids: ids
                    .iter()
                    .filter_map(|id| id.as_str().map(str::to_owned))
                    .collect(),
                cursor: value
                    .get("cursor")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            })
        })
        .collect())
}

/// Says where a unit goes on.
pub fn put_unit(conn: &Connection, unit: &Unit, now: i64) -> Result<(), StoreError> {
    let value = json!({ "ids": unit.ids, "cursor": unit.cursor });
    put(conn, &unit.key, &value.to_string(), now)
}

/// A unit is through.
pub fn drop_unit(conn: &Connection, key: &str) -> Result<(), StoreError> {
    conn.execute("DELETE FROM sync_cursor WHERE source = ?1", [key])
        .doing(DOING)?;
    Ok(())
}

/// A unit whose server refuses it whole becomes two halves, each from its beginning. Their rows.
pub fn halve(conn: &Connection, unit: &Unit, now: i64) -> Result<(), StoreError> {
    drop_unit(conn, &unit.key)?;
    let (left, right) = unit.ids.split_at(unit.ids.len() / 2);
    for (name, ids) in [("a", left), ("b", right)] {
        let half = Unit {
            key: format!("{}{name}", unit.key),
            ids: ids.to_vec(),
            cursor: None,
        };
        put_unit(conn, &half, now)?;
    }
    Ok(())
}

/// A set of ids that is kept beside the cursors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Groups that this pass has brought in whole: it need not ask for them again.
    Chats,
    /// Departments that the server listed at the last sync.
    Depts,
}

impl Kept {
    fn source(self) -> &'static str {
        match self {
            Self::Chats => "wecom:chat",
            Self::Depts => "wecom:dept",
        }
    }

    /// Keeps an id.
    pub fn keep(self, conn: &Connection, id: &str, now: i64) -> Result<(), StoreError> {
        put(conn, &self.key(id), id, now)
    }

    /// The ids kept.
    pub fn ids(self, conn: &Connection) -> Result<HashSet<String>, StoreError> {
        let mut statement = conn
            .prepare(
                "SELECT cursor FROM sync_cursor WHERE source > ?1 || '/' AND source < ?1 || '0'",
            )
            .doing(DOING)?;
        statement
            .query_map([self.source()], |row| row.get(0))
            .doing(DOING)?
            .collect::<rusqlite::Result<_>>()
            .doing(DOING)
    }

    /// Forgets one id.
    pub fn drop(self, conn: &Connection, id: &str) -> Result<(), StoreError> {
        drop_unit(conn, &self.key(id))
    }

    /// Forgets all of them.
    pub fn forget(self, conn: &Connection) -> Result<(), StoreError> {
        drop_units(conn, self.source())
    }

    /// Keys of sources hold 128 characters; ids are far shorter.
    fn key(self, id: &str) -> String {
        let whole = format!("{}/{}", self.source(), super::dedup(&[id]));
        whole.chars().take(128).collect()
    }
}

fn put(conn: &Connection, source: &str, cursor: &str, now: i64) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO sync_cursor (source, cursor, updated_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (source) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at",
    )
    .and_then(|mut s| s.execute(params![source, cursor, now]))
    .doing(DOING)?;
    Ok(())
}

/// Days that a source has, and when they were fetched.
pub fn covered(conn: &Connection, source: &str) -> Result<Option<(Day, i64)>, StoreError> {
    let row: Option<(Option<String>, i64)> = conn
        .query_row(
            "SELECT covers_to, updated_at FROM sync_cursor WHERE source = ?1",
            [source],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?;
    Ok(row.and_then(|(to, at)| Some((Day::parse(&to?)?, at))))
}

/// Says which days a source has now.
pub fn cover(
    conn: &Connection,
    source: &str,
    from: Day,
    to: Day,
    now: i64,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO sync_cursor (source, covers_from, covers_to, updated_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (source) DO UPDATE SET covers_from = min(covers_from, excluded.covers_from),
           covers_to = max(covers_to, excluded.covers_to), updated_at = excluded.updated_at",
    )
    .and_then(|mut s| s.execute(params![source, from.to_string(), to.to_string(), now]))
    .doing(DOING)?;
    Ok(())
}

/// Notes that a source begins; a run that never ended is closed as cut off. The run's number.
pub fn begin_run(conn: &Connection, source: &str, now: i64) -> Result<i64, StoreError> {
    conn.execute(
        "UPDATE sync_run SET ended_at = started_at, ok = 0, message = 'cut off' WHERE source = ?1 AND ended_at IS NULL",
        [source],
    )
    .and_then(|_| conn.execute("INSERT INTO sync_run (source, started_at) VALUES (?1, ?2)", params![source, now]))
    .doing(DOING)?;
    Ok(conn.last_insert_rowid())
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Ended<'a> {
    /// Rows read.
    pub rows: u64,
    /// `errcode`, where the server said no.
    pub errcode: Option<i64>,
    /// What went wrong; `None`: nothing.
    pub error: Option<&'a str>,
}

/// Notes that a run ended.
pub fn end_run(conn: &Connection, run: i64, now: i64, ended: &Ended<'_>) -> Result<(), StoreError> {
    let rows = i64::try_from(ended.rows).unwrap_or(i64::MAX);
    conn.execute(
        "UPDATE sync_run SET ended_at = ?2, ok = ?3, rows = ?4, errcode = ?5, message = ?6 WHERE run_id = ?1",
        params![run, now, ended.error.is_none(), rows, ended.errcode, ended.error],
    )
    .doing(DOING)?;
    Ok(())
}
