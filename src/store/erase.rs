//! Erasing a person: nothing of them left in the file, its `-wal` or its journal, while sales and groups keep their totals.
//!
//! What is theirs alone goes (the customer, follow relations, tags, stages). What figures are made of stays under a key
//! drawn by lot that leads to nobody (orders, refunds, adds and losses, funnel steps, memberships, tasks). Rows of the
//! journal that name them are blanked and keep their digests, so the chain holds. Then the `-wal` is emptied and the file's
//! bytes are searched for what was theirs; where a page still remembers an earlier place of a row, the file is written anew.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ToSql, TransactionBehavior};

use super::connect::Access;
use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::number;
use super::open::open;
use super::restore::By;
use super::theirs::{self, STEPS};
use super::traces::{self, TAIL, Traces, is_of_others, text_of};
use super::{blank, changes, copies};
use crate::domain::{SafeText, sentence};

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
    /// Tables and columns where a word that is nobody else's still stands: the erasure is not whole.
    pub left: Vec<String>,
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

/// What there is of a person under this `external_userid`. An id of staff is refused.
pub fn known(conn: &Connection, id: &str) -> Result<Option<Known>, StoreError> {
    refuse_staff(conn, id)?;
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

/// Copies of the workspace that still know the person, half made ones too.
pub fn copies_that_know(path: &Path, conn: &Connection, id: &str) -> Vec<std::path::PathBuf> {
    let know = |copy: &std::path::PathBuf| copies::holds(copy, id) != Some(false);
    copies::with_parts(path, Some(conn))
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
    let (mut erased, traces, unfinished) = rows(&mut conn, id, by)?;
    if !empty_wal(&conn)? {
        erased.wal_held = true;
        return Ok(erased);
    }
    // Closed before the bytes are read: closing a second descriptor would drop this process's locks.
    drop(conn);
    let mut found = search(path, &traces, tell)?;
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
        found = search(path, &traces, tell)?;
    }
    erased.searched = found.bytes;
    if !found.words.is_empty() {
        let conn = writable(path)?;
        for word in &found.words {
            let left = traces::left(&conn, &traces, word)?;
            erased.of_others += u64::from(left.is_empty());
            erased.left.extend(left);
        }
        erased.left.sort();
        erased.left.dedup();
    }
    if erased.resumed || !erased.is_nothing() {
        let conn = writable(path)?;
        for mark in unfinished {
            conn.execute("DELETE FROM meta WHERE key = ?1", [mark])
                .doing(DOING)?;
        }
        // Nothing of the person is in it: who holds it does no harm.
        empty_wal(&conn)?;
    }
    Ok(erased)
}

/// What keys in `meta` begin with that the transaction of an erasure sets; each is gone once the file has been searched
/// for what it took. One an erasure: whoever is done first says nothing of the others.
const UNFINISHED: &str = "erase_unfinished";

/// Erasures that have not come to their end: a reader held the `-wal`, or the machine stopped, or they are at it now.
fn unfinished(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT key FROM meta WHERE key GLOB ?1 || '*'")?
        .query_map([UNFINISHED], |row| row.get(0))?
        .collect()
}

/// Whether an erasure has not come to its end.
pub fn is_unfinished(conn: &Connection) -> Result<bool, StoreError> {
    Ok(!unfinished(conn).doing(DOING)?.is_empty())
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

/// Erases in one transaction. What was done, what the bytes are searched for, and the marks of what ends with that: of this
/// erasure, and of those that were not at their end when it began.
fn rows(
    conn: &mut Connection,
    id: &str,
    by: By<'_>,
) -> Result<(Erased, Traces, Vec<String>), StoreError> {
    conn.pragma_update(None, "temp_store", "memory")
        .doing(DOING)?;
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    let traces = Traces::of(&tx, id)?;
    let nobody: String = tx
        .query_row("SELECT 'erased:' || lower(hex(randomblob(8)))", [], |row| {
            row.get(0)
        })
        .doing(DOING)?;
    refuse_staff(&tx, id)?;
    theirs::list(&tx, id, &nobody, &traces).doing(DOING)?;
    let mut unfinished = unfinished(&tx).doing(DOING)?;
    let mut erased = Erased {
        resumed: !unfinished.is_empty(),
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
        let all: [&dyn ToSql; 2] = [&id, &nobody];
        let wanted = all.get(..statement.parameter_count()).unwrap_or(&all);
        let n = statement.execute(wanted).doing(DOING)?;
        add(table, u64::try_from(n).unwrap_or(0));
    }
    let (lines, runs) = blank::blank(&tx, &traces)?;
    add("runs", runs);
    erased.journal = lines;
    // The hole and the sweep make every reader read everything again.
    tx.execute(
        "WITH keys AS MATERIALIZED (SELECT key FROM temp.theirs UNION SELECT key FROM temp.member_of)
         DELETE FROM change_log WHERE key IN keys OR (entity = 13 AND substr(key, instr(key, '/') + 1) IN keys)",
        [],
    )
    .doing(DOING)?;
    if !erased.is_nothing() {
        changes::log_sweep(&tx)?;
        let mut counts = String::new();
        journal::write(&tx, by.actor, receipt(&erased, by, &mut counts))?;
        let lot = nobody.trim_start_matches("erased");
        let mark = format!("{UNFINISHED}{lot}");
        tx.execute("INSERT INTO meta (key, value) VALUES (?1, '1')", [&mark])
            .doing(DOING)?;
        unfinished.push(mark);
    }
    tx.commit().doing(DOING)?;
    Ok((erased, traces, unfinished))
}

/// Members of staff are in groups too, and what they did is not theirs to take along.
fn refuse_staff(conn: &Connection, id: &str) -> Result<(), StoreError> {
    let is_staff: bool = conn
        .query_row(
            "SELECT NOT EXISTS (SELECT 1 FROM customer WHERE external_userid = ?1)
               AND (EXISTS (SELECT 1 FROM staff WHERE userid = ?1)
                 OR EXISTS (SELECT 1 FROM group_member WHERE member_id = ?1 AND type = 1))",
            [id],
            |row| row.get(0),
        )
        .doing(DOING)?;
    if is_staff {
        let id = SafeText::new(id);
        return Err(StoreError::refused(
            sentence!(
                "{id} 是员工, 不是客户",
                "{id} is a member of staff, not a customer",
            ),
            sentence!(
                "请给客户的 external_userid; 没有写入",
                "give the external_userid of a customer; nothing was written",
            ),
        ));
    }
    Ok(())
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

/// Spellings of numbers that are told of at most.
const SPELLINGS: usize = 100;

/// Searches the file for words, and for numbers in whatever way they are written. (An emptied `-wal` holds none.)
fn search(path: &Path, traces: &Traces, tell: &mut dyn FnMut(Step)) -> Result<Found, StoreError> {
    const SEARCHING: &str = "searching the file";
    const PIECE: usize = 4 << 20;
    let words = traces.words.iter();
    let longest = words.clone().map(String::len).max().unwrap_or(0);
    let longest = longest.max(number::LONGEST);
    let mut missing: Vec<_> = words
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
        for place in traces.numbers.iter().flat_map(|n| n.places(&held, TAIL)) {
            let spelt = held.get(place).map(String::from_utf8_lossy);
            let spelt = spelt.filter(|s| {
                found.words.len() < SPELLINGS && !found.words.iter().any(|word| word == s)
            });
            found.words.extend(spelt.map(Cow::into_owned));
        }
        // A word may lie across two pieces.
        let keep = held.len().saturating_sub(longest);
        held.drain(..keep);
    }
}
