//! The journal: who did what, written in the transaction of the act, and chained so that a changed or missing row shows.
//!
//! A row's `body` is the SHA-256 of its content with a random salt; its `seal` is the SHA-256 of the seal before it, its
//! number and its body. Erasing a person blanks content and salt and leaves both digests: the chain still holds, and nothing
//! of the person can be guessed back.

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::error::{Doing, StoreError};
use crate::domain::SafeText;

/// An act for the journal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Act<'a> {
    /// When, unix seconds.
    pub at: i64,
    /// What was done: `board_snapshot`, `import`, `export`, `erase`, …
    pub act: &'a str,
    /// Kind of thing it was done to; may be empty.
    pub subject_kind: &'a str,
    /// Its id; may be empty.
    pub subject_id: &'a str,
    /// Anything more; no personal data beyond the subject.
    pub detail: Option<&'a str>,
    /// JSON of what an undo puts back; `None` where the act cannot be undone.
    pub before: Option<&'a str>,
    /// The act this one takes back.
    pub undoes: Option<i64>,
}

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When, unix seconds.
    pub at: i64,
    /// Who.
    pub actor: SafeText,
    /// What.
    pub act: SafeText,
    /// Kind of thing it was done to.
    pub subject_kind: SafeText,
    /// Its id.
    pub subject_id: SafeText,
    /// Anything more.
    pub detail: Option<SafeText>,
    /// The act it took back.
    pub undoes: Option<i64>,
    /// Whether an undo can take it back: it has something to put back and nobody has taken it back yet.
    pub can_undo: bool,
}

/// Writes a row, inside the transaction of the act. The row's number.
pub fn write(conn: &Connection, actor: &str, act: Act<'_>) -> Result<i64, StoreError> {
    const DOING: &str = "writing the journal";
    let last: Option<String> = conn
        .query_row(
            "SELECT seal FROM journal ORDER BY journal_id DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .doing(DOING)?;
    let salt: String = conn
        .query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))
        .doing(DOING)?;
    conn.execute(
        "INSERT INTO journal (at, actor, act, subject_kind, subject_id, detail, before, undoes, salt)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            act.at,
            actor,
            act.act,
            act.subject_kind,
            act.subject_id,
            act.detail,
            act.before,
            act.undoes,
            salt
        ],
    )
    .doing(DOING)?;
    let id = conn.last_insert_rowid();
    let row = Row {
        id,
        at: act.at,
        actor: actor.into(),
        act: act.act.into(),
        subject_kind: act.subject_kind.into(),
        subject_id: act.subject_id.into(),
        detail: act.detail.map(Into::into),
        before: act.before.map(Into::into),
        undoes: act.undoes,
        salt: Some(salt),
    };
    let body = row.body();
    conn.execute(
        "UPDATE journal SET body = ?2, seal = ?3 WHERE journal_id = ?1",
        params![id, body, sealed(last.as_deref().unwrap_or(""), id, &body)],
    )
    .doing(DOING)?;
    Ok(id)
}

/// Columns of an entry; a line that nobody took back yet and that keeps something to put back can be undone.
const ENTRY: &str = "SELECT journal_id, at, actor, act, subject_kind, subject_id, detail, undoes,
    before IS NOT NULL AND NOT EXISTS (SELECT 1 FROM journal u WHERE u.undoes = j.journal_id) FROM journal j";

/// The newest `most` entries, newest first.
pub fn newest(conn: &Connection, most: u32) -> Result<Vec<Entry>, StoreError> {
    newest_of(conn, None, most)
}

/// The newest `most` entries of one act (of all for `None`), newest first.
pub fn newest_of(
    conn: &Connection,
    act: Option<&str>,
    most: u32,
) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("{ENTRY} WHERE (?1 IS NULL OR act = ?1) ORDER BY journal_id DESC LIMIT ?2");
    conn.prepare_cached(&sql)
        .and_then(|mut statement| {
            statement
                .query_map(params![act, most], read_entry)?
                .collect()
        })
        .doing("reading the journal")
}

/// One entry.
pub fn entry(conn: &Connection, id: i64) -> Result<Option<Entry>, StoreError> {
    conn.query_row(&format!("{ENTRY} WHERE journal_id = ?1"), [id], read_entry)
        .optional()
        .doing("reading the journal")
}

fn read_entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    let text = |i: usize| row.get::<_, String>(i).map(|t| SafeText::new(&t));
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        actor: text(2)?,
        act: text(3)?,
        subject_kind: text(4)?,
        subject_id: text(5)?,
        detail: row.get::<_, Option<String>>(6)?.map(|t| SafeText::new(&t)),
        undoes: row.get(7)?,
        can_undo: row.get(8)?,
    })
}

/// Walks the chain from the first sealed row. `Some` is the first row whose content, seal or number does not fit.
pub fn first_break(conn: &Connection) -> Result<Option<i64>, StoreError> {
    const DOING: &str = "checking the journal";
    let mut statement = conn
        .prepare(
            "SELECT journal_id, at, actor, act, subject_kind, subject_id, detail, before, undoes, salt, body, seal
             FROM journal ORDER BY journal_id",
        )
        .doing(DOING)?;
    let mut rows = statement.query([]).doing(DOING)?;
    let (mut before, mut number): (String, Option<i64>) = (String::new(), None);
    while let Some(row) = rows.next().doing(DOING)? {
        let read = || -> rusqlite::Result<(Row, String, String)> {
            Ok((
                Row {
                    id: row.get(0)?,
                    at: row.get(1)?,
                    actor: row.get(2)?,
                    act: row.get(3)?,
                    subject_kind: row.get(4)?,
                    subject_id: row.get(5)?,
                    detail: row.get(6)?,
                    before: row.get(7)?,
                    undoes: row.get(8)?,
                    salt: row.get(9)?,
                },
                row.get(10)?,
                row.get(11)?,
            ))
        };
        let (entry, body, seal) = read().doing(DOING)?;
        let follows = number.is_none_or(|n| n.checked_add(1) == Some(entry.id));
        number = Some(entry.id);
        if seal.is_empty() && before.is_empty() {
            // Of schema v1: nothing to hold it to.
            continue;
        }
        let is_whole = entry.salt.is_none() || entry.body() == body;
        if !follows || !is_whole || sealed(&before, entry.id, &body) != seal {
            return Ok(Some(entry.id));
        }
        before = seal;
    }
    Ok(None)
}

/// A row's content, as it is digested.
struct Row {
    id: i64,
    at: i64,
    actor: String,
    act: String,
    subject_kind: String,
    subject_id: String,
    detail: Option<String>,
    before: Option<String>,
    undoes: Option<i64>,
    salt: Option<String>,
}

impl Row {
    /// Digest of the content: each part with its length before it, so that no two contents run together.
    fn body(&self) -> String {
        let numbers = [
            self.at.to_string(),
            self.undoes.map_or(String::new(), |n| n.to_string()),
        ];
        let parts = [
            self.salt.as_deref().unwrap_or(""),
            &numbers[0],
            &self.actor,
            &self.act,
            &self.subject_kind,
            &self.subject_id,
            self.detail.as_deref().unwrap_or("\0"),
            self.before.as_deref().unwrap_or("\0"),
            &numbers[1],
        ];
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part.len().to_le_bytes());
            digest.update(part.as_bytes());
        }
        hex(&digest.finalize())
    }
}

/// The seal of a row: over the seal before it, its number and its body.
fn sealed(before: &str, id: i64, body: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(before.as_bytes());
    digest.update(id.to_le_bytes());
    digest.update(body.as_bytes());
    hex(&digest.finalize())
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    fn three_acts() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::make(&mut conn).unwrap();
        for (at, id) in [(10, "wm1"), (20, "wm2"), (30, "wm3")] {
            let act = Act {
                at,
                act: "tag",
                subject_kind: "customer",
                subject_id: id,
                before: Some("{}"),
                ..Act::default()
            };
            write(&conn, "ops", act).unwrap();
        }
        conn
    }

    #[test]
    fn an_untouched_journal_has_no_break() {
        assert_eq!(first_break(&three_acts()).unwrap(), None);
    }

    #[test]
    fn a_changed_row_breaks_the_chain_there() {
        let conn = three_acts();
        conn.execute(
            "UPDATE journal SET actor = 'other' WHERE journal_id = 2",
            [],
        )
        .unwrap();
        assert_eq!(first_break(&conn).unwrap(), Some(2));
    }

    #[test]
    fn a_missing_row_breaks_the_chain_behind_it() {
        let conn = three_acts();
        conn.execute("DELETE FROM journal WHERE journal_id = 2", [])
            .unwrap();
        assert_eq!(first_break(&conn).unwrap(), Some(3));
    }

    #[test]
    fn an_erased_row_keeps_the_chain_whole() {
        let conn = three_acts();
        conn.execute(
            "UPDATE journal SET subject_id = '', detail = NULL, before = NULL, salt = NULL WHERE journal_id = 2",
            [],
        )
        .unwrap();
        assert_eq!(first_break(&conn).unwrap(), None);
    }

    #[test]
    fn an_act_taken_back_cannot_be_taken_back_again() {
        let conn = three_acts();
        let act = Act {
            at: 40,
            act: "undo",
            undoes: Some(3),
            ..Act::default()
        };
        write(&conn, "ops", act).unwrap();
        let can: Vec<_> = newest(&conn, 9)
            .unwrap()
            .iter()
            .map(|e| (e.id, e.can_undo))
            .collect();
        assert_eq!(can, [(4, false), (3, false), (2, true), (1, true)]);
    }
}
