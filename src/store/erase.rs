//! Erasing a person: nothing of them left in the file, its `-wal` or its journal, while every total stays.
//!
//! What is theirs alone goes (the customer, follow relations, tags, stages). What figures are made of stays under a key
//! drawn by lot that leads to nobody (orders, refunds, adds and losses, funnel steps, memberships, tasks). Rows of the
//! journal that name them are blanked and keep their digests, so the chain holds. Then the `-wal` is emptied and the file's
//! bytes are searched for what was theirs; where a page still remembers an earlier place of a row, the file is written anew.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior, params};

use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::open::{Access, open};
use super::restore::By;
use super::traces::{self, Traces, is_of_others, text_of};
use super::{changes, copies};

/// What is being done, for errors.
const DOING: &str = "erasing a customer";

/// A file up to this size, bytes, is written anew in memory; a larger one by way of a temporary file.
const IN_MEMORY: u64 = 256 << 20;

/// What is known of a person, to ask whether it is the right one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The name, raw: mask it before it is shown.
    pub name: String,
    /// Orders.
    pub orders: u64,
    /// Groups, left ones included.
    pub groups: u64,
}

/// What an erasure did: counts, and nothing of the person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Rows taken away or made anonymous, by table; only those with any.
    pub rows: Vec<(&'static str, u64)>,
    /// Rows of the journal that were blanked.
    pub journal: u64,
    /// Bytes of the file that were searched.
    pub searched: u64,
    /// Words of the person that still stand in the file: in rows of others (a group's title, say).
    pub of_others: u64,
    /// The file had to be written anew.
    pub rewritten: bool,
    /// An erasure of before had not come to its end; this one ended it.
    pub resumed: bool,
    /// A reader kept the `-wal` from being emptied: erase again once it is gone.
    pub wal_held: bool,
}

impl Erased {
    /// Was there anything?
    pub fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.journal == 0
    }
}

/// What an erasure is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Taking rows away.
    Rows,
    /// Bytes searched, of so many.
    Search(u64, u64),
    /// Writing the file anew.
    Rewrite,
}

/// What there is of a person under this `external_userid`.
pub fn known(conn: &Connection, id: &str) -> Result<Option<Known>, StoreError> {
    conn.query_row(
        "SELECT (SELECT name FROM customer WHERE external_userid = ?1),
                (SELECT count(*) FROM sale_order WHERE external_userid = ?1),
                (SELECT count(DISTINCT chat_id) FROM group_member WHERE member_id = ?1)",
        [id],
        |row| {
            let name = text_of(row, 0)?;
            let (orders, groups): (u64, u64) = (row.get(1)?, row.get(2)?);
            let any = name.is_some() || orders > 0 || groups > 0;
            Ok(any.then(|| Known {
                name: name.unwrap_or_default(),
                orders,
                groups,
            }))
        },
    )
    .doing(DOING)
}

/// Copies of the workspace that still know the person.
pub fn copies_that_know(path: &Path, conn: &Connection, id: &str) -> Vec<std::path::PathBuf> {
    let know = |copy: &std::path::PathBuf| copies::holds(copy, id) != Some(false);
    copies::of(path, Some(conn))
        .into_iter()
        .filter(know)
        .collect()
}

/// Erases a person. Erasing again finds nothing more to do, and searches again; what an erasure of before could not end, a
/// later one does, whoever it is of. `tell` hears of the steps.
pub fn erase(
    path: &Path,
    id: &str,
    by: By<'_>,
    tell: &mut dyn FnMut(Step),
) -> Result<Erased, StoreError> {
    let mut conn = writable(path)?;
    tell(Step::Rows);
    let (mut erased, words) = rows(&mut conn, id, by)?;
    if !empty_wal(&conn)? {
        erased.wal_held = true;
        return Ok(erased);
    }
    // Closed before the bytes are read: closing a second descriptor would drop this process's locks.
    drop(conn);
    let mut found = search(path, &words, tell)?;
    // What the words of an earlier erasure were, nobody knows any more.
    if erased.resumed || any_theirs(path, &found.words)? {
        let conn = writable(path)?;
        tell(Step::Rewrite);
        write_anew(&conn, found.bytes)?;
        if !empty_wal(&conn)? {
            erased.wal_held = true;
            return Ok(erased);
        }
        drop(conn);
        erased.rewritten = true;
        found = search(path, &words, tell)?;
    }
    erased.searched = found.bytes;
    erased.of_others = found.words.len() as u64;
    if erased.resumed || !erased.is_nothing() {
        let conn = writable(path)?;
        conn.execute("DELETE FROM meta WHERE key = ?1", [UNFINISHED])
            .doing(DOING)?;
        // Nothing of the person is in it: who holds it does no harm.
        empty_wal(&conn)?;
    }
    Ok(erased)
}

/// Set in `meta` by the transaction of an erasure, gone once the file has been searched.
const UNFINISHED: &str = "erase_unfinished";

/// Whether an erasure has not come to its end: a reader held the `-wal`, or the machine stopped.
pub fn is_unfinished(conn: &Connection) -> Result<bool, StoreError> {
    conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM meta WHERE key = ?1)",
        [UNFINISHED],
        |row| row.get(0),
    )
    .doing(DOING)
}

/// Whether one of these words is nobody else's.
fn any_theirs(path: &Path, words: &[String]) -> Result<bool, StoreError> {
    if words.is_empty() {
        return Ok(false);
    }
    let conn = writable(path)?;
    for word in words {
        if !is_of_others(&conn, word)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn writable(path: &Path) -> Result<Connection, StoreError> {
    let opened = open(path, Access::ReadWrite)?;
    match opened.access {
        Access::ReadWrite => Ok(opened.conn),
        Access::ReadOnly => Err(StoreError::ReadOnly { doing: DOING }),
    }
}

/// What is the person's alone, and how it goes. `?1` their id, `?2` the key that leads to nobody, `?3` their unionid, `?4`
/// their phone; the latter two may be NULL. Rows of one table under several keys stay as many as they are.
const STEPS: [(&str, &str); 17] = [
    ("follow", "DELETE FROM follow WHERE external_userid = ?1"),
    ("customer_tag", "DELETE FROM customer_tag WHERE external_userid = ?1"),
    // From journey to journey, each by its key: the table is as large as the pool.
    ("customer_stage", "DELETE FROM customer_stage WHERE external_userid = ?1 AND journey_id IN (
       WITH RECURSIVE j(id) AS (SELECT min(journey_id) FROM customer_stage
         UNION ALL SELECT (SELECT min(journey_id) FROM customer_stage WHERE journey_id > j.id) FROM j WHERE j.id IS NOT NULL)
       SELECT id FROM j WHERE id IS NOT NULL)"),
    ("tag_event", "DELETE FROM tag_event WHERE external_userid = ?1"),
    ("ownership_history", "DELETE FROM ownership_history WHERE external_userid = ?1"),
    ("unassigned", "DELETE FROM unassigned WHERE external_userid = ?1"),
    ("follow_event", "UPDATE follow_event SET external_userid = ?2, detail = NULL, dedup_key = ?2 || '/' || event_id WHERE external_userid = ?1"),
    ("group_member", "UPDATE group_member SET member_id = ?2, unionid = NULL, name = NULL, group_nickname = NULL, state = NULL,
         invitor_userid = iif(invitor_userid = ?1, ?2, invitor_userid) WHERE member_id = ?1"),
    ("group_member", "UPDATE group_member SET member_id = iif(unionid IS ?3, ?2 || '+', member_id), name = iif(unionid IS ?3, NULL, name),
         group_nickname = iif(unionid IS ?3, NULL, group_nickname), state = iif(unionid IS ?3, NULL, state),
         invitor_userid = iif(invitor_userid = ?1, ?2, invitor_userid), unionid = nullif(unionid, ?3)
       WHERE unionid = ?3 OR invitor_userid = ?1"),
    ("group_event", "UPDATE group_event SET member_id = ?2, detail = NULL, dedup_key = ?2 || '/' || event_id WHERE member_id = ?1"),
    ("handover", "UPDATE handover SET target_id = ?2 WHERE target_id = ?1 AND kind IN ('on_job_customer', 'resigned_customer')"),
    ("task", "UPDATE task SET external_userid = ?2 WHERE external_userid = ?1"),
    ("campaign_step", "UPDATE campaign_step SET person_key = CASE person_key WHEN ?1 THEN ?2 WHEN ?3 THEN ?2 || '+' ELSE ?2 || '-' END
       WHERE person_key IN (?1, ?3, ?4)"),
    ("order_refund", "UPDATE order_refund SET reason = NULL WHERE reason IS NOT NULL
       AND order_id IN (SELECT order_id FROM sale_order WHERE external_userid = ?1)"),
    ("sale_order", "UPDATE sale_order SET external_userid = ?2, buyer_key = ?2 WHERE external_userid = ?1"),
    ("sale_order", "UPDATE sale_order SET buyer_key = ?2 || '+' WHERE buyer_key IN (?1, ?3, ?4)"),
    ("customer", "DELETE FROM customer WHERE external_userid = ?1"),
];

/// A text with its bytes as they are, UTF-8 or not: a key must be found again.
struct AsIs(Vec<u8>);

impl FromSql for AsIs {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_bytes().map(|bytes| Self(bytes.to_owned()))
    }
}

impl ToSql for AsIs {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

/// Erases in one transaction. What was done, and what the bytes are searched for.
fn rows(conn: &mut Connection, id: &str, by: By<'_>) -> Result<(Erased, Vec<String>), StoreError> {
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    let (unionid, phone): (Option<AsIs>, Option<AsIs>) = tx
        .query_row(
            "SELECT nullif(unionid, ''), nullif(phone, '') FROM customer WHERE external_userid = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?
        .unwrap_or_default();
    let traces = Traces::of(&tx, id)?;
    let nobody: String = tx
        .query_row("SELECT 'erased:' || lower(hex(randomblob(8)))", [], |row| {
            row.get(0)
        })
        .doing(DOING)?;
    let mut erased = Erased {
        resumed: is_unfinished(&tx)?,
        ..Erased::default()
    };
    let mut add =
        |table: &'static str, n: u64| match erased.rows.iter_mut().find(|(name, _)| *name == table)
        {
            Some((_, sum)) => *sum += n,
            None if n > 0 => erased.rows.push((table, n)),
            None => {}
        };
    for (table, sql) in STEPS {
        let mut statement = tx.prepare(sql).doing(DOING)?;
        let all: [&dyn ToSql; 4] = [&id, &nobody, &unionid, &phone];
        let wanted = all.get(..statement.parameter_count()).unwrap_or(&all);
        let n = statement.execute(wanted).doing(DOING)?;
        add(table, u64::try_from(n).unwrap_or(0));
    }
    let (lines, runs) = traces::blank(&tx, &traces)?;
    add("runs", runs);
    erased.journal = lines;
    // The hole and the sweep make every reader read everything again.
    tx.execute(
        "DELETE FROM change_log WHERE key IN (?1, ?2, ?3) OR (entity = 13 AND substr(key, instr(key, '/') + 1) IN (?1, ?2, ?3))",
        params![id, unionid, phone],
    )
    .doing(DOING)?;
    if !erased.is_nothing() {
        changes::log_sweep(&tx)?;
        let mut counts = String::new();
        journal::write(&tx, by.actor, receipt(&erased, by, &mut counts))?;
        tx.execute(
            "INSERT INTO meta (key, value) VALUES (?1, '1') ON CONFLICT DO NOTHING",
            [UNFINISHED],
        )
        .doing(DOING)?;
    }
    tx.commit().doing(DOING)?;
    Ok((erased, traces.words))
}

/// The journal's line: counts only.
fn receipt<'a>(erased: &Erased, by: By<'_>, detail: &'a mut String) -> Act<'a> {
    let counts: Vec<String> = erased
        .rows
        .iter()
        .map(|(table, n)| format!("\"{table}\":{n}"))
        .collect();
    *detail = format!("{{{}}}", counts.join(","));
    Act {
        at: by.now,
        act: "erase",
        subject_kind: "customer",
        detail: Some(detail.as_str()),
        ..Act::default()
    }
}

/// Empties the `-wal`; `false` when readers keep holding it.
fn empty_wal(conn: &Connection) -> Result<bool, StoreError> {
    conn.busy_timeout(Duration::from_secs(2)).doing(DOING)?;
    for _ in 0..3 {
        let busy: i64 = conn
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .doing(DOING)?;
        if busy == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes the whole file anew: no page remembers anything.
fn write_anew(conn: &Connection, bytes: u64) -> Result<(), StoreError> {
    let store = if bytes <= IN_MEMORY { "memory" } else { "file" };
    conn.pragma_update(None, "temp_store", store).doing(DOING)?;
    conn.execute_batch("VACUUM").doing(DOING)
}

/// What a search found.
struct Found {
    /// Bytes looked at.
    bytes: u64,
    /// The words that are there.
    words: Vec<String>,
}

/// Searches the file for words. (An emptied `-wal` holds none.)
fn search(path: &Path, words: &[String], tell: &mut dyn FnMut(Step)) -> Result<Found, StoreError> {
    const SEARCHING: &str = "searching the file";
    const PIECE: usize = 4 << 20;
    let longest = words.iter().map(String::len).max().unwrap_or(0);
    let mut missing: Vec<_> = words
        .iter()
        .map(|word| (word, memchr::memmem::Finder::new(word.as_bytes())))
        .collect();
    let mut file = File::open(path).doing(SEARCHING)?;
    let all = file.metadata().doing(SEARCHING)?.len();
    let mut found = Found {
        bytes: 0,
        words: Vec::new(),
    };
    let mut held = Vec::with_capacity(PIECE + longest);
    loop {
        let read = (&mut file)
            .take(4 << 20)
            .read_to_end(&mut held)
            .doing(SEARCHING)?;
        found.bytes += u64::try_from(read).unwrap_or(0);
        tell(Step::Search(found.bytes, all));
        if read == 0 {
            return Ok(found);
        }
        missing.retain(|(word, finder)| {
            let is_there = finder.find(&held).is_some();
            if is_there {
                found.words.push((*word).clone());
            }
            !is_there
        });
        // A word may lie across two pieces.
        let keep = held.len().saturating_sub(longest);
        held.drain(..keep);
    }
}
