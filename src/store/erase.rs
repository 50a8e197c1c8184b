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

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::open::{Access, open};
use super::restore::By;
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
    /// Bytes of the file that were searched and hold nothing of the person.
    pub searched: u64,
    /// The file had to be written anew.
    pub rewritten: bool,
    /// A reader kept the `-wal` from being emptied: erase again once it is gone.
    pub wal_held: bool,
}

impl Erased {
    /// Was there anything?
    pub fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.journal == 0
    }
}

/// What there is of a person under this `external_userid`.
pub fn known(conn: &Connection, id: &str) -> Result<Option<Known>, StoreError> {
    conn.query_row(
        "SELECT (SELECT name FROM customer WHERE external_userid = ?1),
                (SELECT count(*) FROM sale_order WHERE external_userid = ?1),
                (SELECT count(DISTINCT chat_id) FROM group_member WHERE member_id = ?1)",
        [id],
        |row| {
            let name: Option<String> = row.get(0)?;
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

/// Erases a person. Erasing again finds nothing more to do, and searches again.
pub fn erase(path: &Path, id: &str, by: By<'_>) -> Result<Erased, StoreError> {
    let mut conn = writable(path)?;
    let (mut erased, traces) = rows(&mut conn, id, by)?;
    erased.wal_held = !empty_wal(&conn)?;
    // Closed before the bytes are read: closing a second descriptor would drop this process's locks.
    drop(conn);
    let (searched, found) = search(path, &traces).doing("searching the file")?;
    erased.searched = searched;
    if found {
        let conn = writable(path)?;
        write_anew(&conn, searched)?;
        erased.wal_held = !empty_wal(&conn)?;
        erased.rewritten = true;
    }
    Ok(erased)
}

fn writable(path: &Path) -> Result<Connection, StoreError> {
    let opened = open(path, Access::ReadWrite)?;
    match opened.access {
        Access::ReadWrite => Ok(opened.conn),
        Access::ReadOnly => Err(StoreError::ReadOnly { doing: DOING }),
    }
}

/// What is the person's alone, and how it goes. `?1` their id, `?2` the key that leads to nobody, `?3` their unionid, `?4`
/// their phone; the latter two may be NULL.
const STEPS: [(&str, &str); 18] = [
    ("follow", "DELETE FROM follow WHERE external_userid = ?1"),
    ("customer_tag", "DELETE FROM customer_tag WHERE external_userid = ?1"),
    ("customer_stage", "DELETE FROM customer_stage WHERE external_userid = ?1"),
    ("tag_event", "DELETE FROM tag_event WHERE external_userid = ?1"),
    ("ownership_history", "DELETE FROM ownership_history WHERE external_userid = ?1"),
    ("unassigned", "DELETE FROM unassigned WHERE external_userid = ?1"),
    ("follow_event", "UPDATE follow_event SET external_userid = ?2, detail = NULL, dedup_key = replace(dedup_key, ?1, ?2) WHERE external_userid = ?1"),
    ("group_member", "UPDATE group_member SET member_id = ?2, unionid = NULL, name = NULL, group_nickname = NULL, state = NULL
       WHERE member_id = ?1 OR unionid = ?3"),
    ("group_member", "UPDATE group_member SET invitor_userid = ?2 WHERE invitor_userid = ?1"),
    ("group_event", "UPDATE group_event SET member_id = ?2, detail = NULL, dedup_key = replace(dedup_key, ?1, ?2) WHERE member_id = ?1"),
    ("handover", "UPDATE handover SET target_id = ?2 WHERE target_id = ?1"),
    ("task", "UPDATE task SET external_userid = ?2 WHERE external_userid = ?1"),
    ("campaign_step", "UPDATE campaign_step SET person_key = ?2 WHERE person_key IN (?1, ?3, ?4)"),
    ("order_refund", "UPDATE order_refund SET reason = NULL WHERE reason IS NOT NULL
       AND order_id IN (SELECT order_id FROM sale_order WHERE external_userid = ?1)"),
    ("sale_order", "UPDATE sale_order SET external_userid = ?2, buyer_key = ?2 WHERE external_userid = ?1"),
    ("sale_order", "UPDATE sale_order SET buyer_key = ?2 || '+' WHERE buyer_key IN (?1, ?3, ?4)"),
    ("sync_run", "UPDATE sync_run SET message = NULL WHERE instr(message, ?1) OR instr(message, ?3) OR instr(message, ?4)"),
    ("customer", "DELETE FROM customer WHERE external_userid = ?1"),
];

/// Erases in one transaction. What was done, and what the bytes are searched for.
fn rows(conn: &mut Connection, id: &str, by: By<'_>) -> Result<(Erased, Vec<String>), StoreError> {
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    let (unionid, phone): (Option<String>, Option<String>) = tx
        .query_row(
            "SELECT nullif(unionid, ''), nullif(phone, '') FROM customer WHERE external_userid = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?
        .unwrap_or_default();
    let mut traces = traces(&tx, id, unionid.as_deref()).doing(DOING)?;
    let nobody: String = tx
        .query_row("SELECT 'erased:' || lower(hex(randomblob(8)))", [], |row| {
            row.get(0)
        })
        .doing(DOING)?;
    let mut erased = Erased::default();
    for (table, sql) in STEPS {
        let mut statement = tx.prepare(sql).doing(DOING)?;
        let all: [&dyn rusqlite::ToSql; 4] = [&id, &nobody, &unionid, &phone];
        let wanted = all.get(..statement.parameter_count()).unwrap_or(&all);
        let n = statement.execute(wanted).doing(DOING)?;
        let n = u64::try_from(n).unwrap_or(0);
        match erased.rows.iter_mut().find(|(name, _)| *name == table) {
            Some((_, sum)) => *sum += n,
            None => erased.rows.push((table, n)),
        }
    }
    erased.rows.retain(|(_, n)| *n > 0);
    let blanked = tx
        .execute(
            "UPDATE journal SET subject_id = '', detail = NULL, before = NULL, salt = NULL
             WHERE subject_id IN (?1, ?2, ?3) OR instr(detail, ?1) OR instr(before, ?1)
                OR instr(detail, ?2) OR instr(before, ?2) OR instr(detail, ?3) OR instr(before, ?3)",
            params![id, unionid, phone],
        )
        .doing(DOING)?;
    erased.journal = u64::try_from(blanked).unwrap_or(0);
    // The hole and the sweep make every reader read everything again.
    tx.execute(
        "DELETE FROM change_log WHERE instr(key, ?1) OR instr(key, ?2) OR instr(key, ?3)",
        params![id, unionid, phone],
    )
    .doing(DOING)?;
    traces.retain(|trace| !is_of_others(&tx, trace).unwrap_or(true));
    if !erased.is_nothing() {
        changes::log_sweep(&tx)?;
        let mut counts = String::new();
        journal::write(&tx, by.actor, receipt(&erased, by, &mut counts))?;
    }
    tx.commit().doing(DOING)?;
    Ok((erased, traces))
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

/// Words of the person that the file's bytes shall not hold afterwards.
fn traces(conn: &Connection, id: &str, unionid: Option<&str>) -> rusqlite::Result<Vec<String>> {
    let mut statement = conn.prepare(
        "SELECT ?1 UNION SELECT unionid FROM customer WHERE external_userid = ?1
         UNION SELECT phone FROM customer WHERE external_userid = ?1
         UNION SELECT name FROM customer WHERE external_userid = ?1
         UNION SELECT avatar FROM customer WHERE external_userid = ?1
         UNION SELECT remark FROM follow WHERE external_userid = ?1
         UNION SELECT description FROM follow WHERE external_userid = ?1
         UNION SELECT remark_mobiles FROM follow WHERE external_userid = ?1
         UNION SELECT wechat_channels_nickname FROM follow WHERE external_userid = ?1
         UNION SELECT name FROM group_member WHERE member_id = ?1 OR unionid = ?2
         UNION SELECT group_nickname FROM group_member WHERE member_id = ?1 OR unionid = ?2",
    )?;
    let found = statement
        .query_map(params![id, unionid], |row| row.get::<_, Option<String>>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // Shorter ones stand everywhere by chance.
    Ok(found
        .into_iter()
        .flatten()
        .filter(|t| t.len() >= 6)
        .collect())
}

/// Is this word somebody else's too, now that the person is gone?
fn is_of_others(conn: &Connection, word: &str) -> rusqlite::Result<bool> {
    conn.query_row(
        "SELECT EXISTS (SELECT 1 FROM customer WHERE instr(name, ?1) OR instr(external_userid, ?1) OR instr(avatar, ?1))
             OR EXISTS (SELECT 1 FROM follow WHERE instr(remark, ?1) OR instr(description, ?1))
             OR EXISTS (SELECT 1 FROM group_member WHERE instr(name, ?1) OR instr(group_nickname, ?1))
             OR EXISTS (SELECT 1 FROM staff WHERE instr(name, ?1))
             OR EXISTS (SELECT 1 FROM tag WHERE instr(name, ?1))",
        [word],
        |row| row.get(0),
    )
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

/// Searches the file: its bytes, and whether any of the words is in them. (An emptied `-wal` holds none.)
fn search(path: &Path, words: &[String]) -> std::io::Result<(u64, bool)> {
    const PIECE: usize = 4 << 20;
    let longest = words.iter().map(String::len).max().unwrap_or(0);
    let finders: Vec<_> = words
        .iter()
        .map(|word| memchr::memmem::Finder::new(word.as_bytes()))
        .collect();
    let mut file = File::open(path)?;
    let (mut held, mut total, mut found) = (Vec::with_capacity(PIECE + longest), 0, false);
    loop {
        let read = (&mut file).take(4 << 20).read_to_end(&mut held)?;
        total += u64::try_from(read).unwrap_or(0);
        if read == 0 {
            return Ok((total, found));
        }
        found |= finders.iter().any(|finder| finder.find(&held).is_some());
        // A word may lie across two pieces.
        let keep = held.len().saturating_sub(longest);
        held.drain(..keep);
    }
}
