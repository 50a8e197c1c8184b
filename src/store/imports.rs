//! The ledger of imports: one row a file that went in, written in the file's own transaction, and a row of the journal.
//!
//! The ledger answers two questions: what came in, when and by whom; and whether a file is there already as it is. The
//! second holds only while nobody has touched its table since, which the change log tells.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::changes::{self, Seq};
use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use crate::domain::SafeText;

/// An import that went in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// What the rows were: `customers`, `orders`, …
    pub kind: SafeText,
    /// Name of the file, without its folder.
    pub file: SafeText,
    /// Rows read, new, changed, unchanged and rejected.
    pub counts: Counts,
    /// Who.
    pub actor: SafeText,
    /// When it began, unix seconds.
    pub started_at: i64,
    /// When it was in, unix seconds.
    pub ended_at: i64,
}

/// Rows of an import.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub read: u64,
    /// Rows that were not there.
    pub new: u64,
    /// Rows that were there with other values.
    pub changed: u64,
    /// Rows that were there just so.
    pub unchanged: u64,
    /// Rows that went to the rejects.
    pub rejected: u64,
}

/// An import on its way into the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// What the rows are.
    pub kind: &'a str,
    /// Name of the file, without its folder.
    pub file: &'a str,
    /// SHA-256 of the bytes read, in hexadecimal.
    pub content_hash: &'a str,
    /// JSON: heading of the file → column.
    pub mapping: &'a str,
    /// Rows.
    pub counts: Counts,
    /// Who.
    pub actor: &'a str,
    /// When it began, unix seconds.
    pub started_at: i64,
    /// When it ended, unix seconds.
    pub ended_at: i64,
}

/// Writes the ledger and the journal, as the last act of the file's transaction. The run's number.
pub fn record(conn: &Connection, arrival: &Arrival<'_>) -> Result<i64, StoreError> {
    const DOING: &str = "writing the ledger of imports";
    let counts = arrival.counts;
    conn.execute(
        "INSERT INTO import_run (kind, file, content_hash, mapping, rows_read, rows_new, rows_changed, rows_unchanged,
                                 rows_rejected, actor, started_at, ended_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            arrival.kind,
            bounded(arrival.file, 512),
            arrival.content_hash,
            bounded(arrival.mapping, 16_384),
            counts.read,
            counts.new,
            counts.changed,
            counts.unchanged,
            counts.rejected,
            bounded(arrival.actor, 128),
            arrival.started_at,
            arrival.ended_at
        ],
    )
    .doing(DOING)?;
    let run = conn.last_insert_rowid();
    let detail = serde_json::json!({
        "kind": arrival.kind,
        "new": counts.new,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "log": changes::head(conn)?.0,
    })
    .to_string();
    let act = Act {
        at: arrival.ended_at,
        act: "import",
        subject_kind: SUBJECT,
        subject_id: &run.to_string(),
        detail: Some(&detail),
        ..Act::default()
    };
    journal::write(conn, bounded(arrival.actor, 128), act)?;
    Ok(run)
}

/// Kind of thing the journal says was imported.
const SUBJECT: &str = "import_run";

/// The longest beginning of a text that a column takes.
fn bounded(text: &str, most: usize) -> &str {
    let end = text
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

const COLUMNS: &str = "run_id, kind, file, rows_read, rows_new, rows_changed, rows_unchanged, rows_rejected, actor, started_at, ended_at";

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let text = |i: usize| row.get::<_, String>(i).map(|t| SafeText::new(&t));
    Ok(Run {
        id: row.get(0)?,
        kind: text(1)?,
        file: text(2)?,
        counts: Counts {
            read: row.get(3)?,
            new: row.get(4)?,
            changed: row.get(5)?,
            unchanged: row.get(6)?,
            rejected: row.get(7)?,
        },
        actor: text(8)?,
        started_at: row.get(9)?,
        ended_at: row.get(10)?,
    })
}

/// The newest `most` imports, newest first.
pub fn newest(conn: &Connection, most: u32) -> Result<Vec<Run>, StoreError> {
    const DOING: &str = "reading the ledger of imports";
    conn.prepare(&format!(
        "SELECT {COLUMNS} FROM import_run ORDER BY run_id DESC LIMIT ?1"
    ))
    .doing(DOING)?
    .query_map([most], run)
    .doing(DOING)?
    .collect::<rusqlite::Result<_>>()
    .doing(DOING)
}

/// The run by which exactly these bytes came in whole as this kind under this mapping, if these tables stand since then as
/// the run left them. `None` where that cannot be told: reading the file again is always right.
pub fn standing(
    conn: &Connection,
    kind: &str,
    tables: &[&str],
    content: (&str, &str),
) -> Result<Option<Run>, StoreError> {
    const DOING: &str = "looking the file up in the ledger";
    let (content_hash, mapping) = content;
    let found = conn
        .query_row(
            &format!(
                "SELECT {COLUMNS} FROM import_run WHERE content_hash = ?1 AND kind = ?2 AND mapping = ?3
                   AND rows_rejected = 0 ORDER BY run_id DESC LIMIT 1"
            ),
            [content_hash, kind, bounded(mapping, 16_384)],
            run,
        )
        .optional()
        .doing(DOING)?;
    let entities: Option<Vec<i64>> = tables.iter().map(|t| changes::entity_of(t)).collect();
    let (Some(found), Some(entities)) = (found, entities) else {
        return Ok(None);
    };
    let left_at: Option<i64> = conn
        .query_row(
            "SELECT json_extract(detail, '$.log') FROM journal
             WHERE act = 'import' AND subject_kind = ?1 AND subject_id = ?2 AND json_valid(detail)",
            [SUBJECT, &found.id.to_string()],
            |row| row.get(0),
        )
        .optional()
        .doing(DOING)?
        .flatten();
    let untouched = match left_at {
        Some(seq) => {
            let mut all = true;
            for entity in entities {
                all = all && changes::is_untouched(conn, Seq(seq), entity)?;
            }
            all
        }
        None => false,
    };
    Ok(untouched.then_some(found))
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    fn workspace() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        schema::make(&mut conn).unwrap();
        conn
    }

    fn came_in(conn: &Connection, hash: &str, rejected: u64) -> i64 {
        let arrival = Arrival {
            kind: "customers",
            file: "c.csv",
            content_hash: hash,
            mapping: "{}",
            counts: Counts {
                read: 1,
                new: 1,
                rejected,
                ..Counts::default()
            },
            actor: "ops",
            started_at: 1,
            ended_at: 2,
        };
        record(conn, &arrival).unwrap()
    }

    fn stands(conn: &Connection, hash: &str) -> bool {
        standing(conn, "customers", &["customer"], (hash, "{}"))
            .unwrap()
            .is_some()
    }

    fn add(conn: &Connection, id: &str) {
        let sql = "INSERT INTO customer (external_userid, synced_at) VALUES (?1, 1)";
        conn.execute(sql, [id]).unwrap();
    }

    const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn a_file_stands_until_somebody_touches_its_table() {
        let conn = workspace();
        add(&conn, "c1");
        came_in(&conn, A, 0);
        assert!(stands(&conn, A) && !stands(&conn, "other"));
        conn.execute(
            "INSERT INTO tag_group (group_id, name) VALUES ('g', 'g')",
            [],
        )
        .unwrap();
        assert!(stands(&conn, A), "another table");
        conn.execute("UPDATE customer SET name = 'x'", []).unwrap();
        assert!(!stands(&conn, A));
    }

    #[test]
    fn a_sweep_or_a_pruned_log_tells_nothing() {
        let conn = workspace();
        came_in(&conn, A, 0);
        changes::log_sweep(&conn).unwrap();
        assert!(!stands(&conn, A));
        came_in(&conn, A, 0);
        add(&conn, "c1");
        conn.execute(
            "INSERT INTO tag_group (group_id, name) VALUES ('g', 'g')",
            [],
        )
        .unwrap();
        conn.execute("DELETE FROM change_log WHERE entity = 1", [])
            .unwrap();
        assert!(!stands(&conn, A));
    }

    #[test]
    fn a_file_with_rejects_never_stands() {
        let conn = workspace();
        came_in(&conn, A, 1);
        assert!(!stands(&conn, A));
    }

    #[test]
    fn the_ledger_is_read_newest_first_and_the_journal_has_a_row_each() {
        let conn = workspace();
        came_in(&conn, A, 0);
        came_in(&conn, A, 3);
        let runs = newest(&conn, 9).unwrap();
        assert_eq!(
            runs.iter()
                .map(|r| (r.id, r.counts.rejected))
                .collect::<Vec<_>>(),
            [(2, 3), (1, 0)]
        );
        let journal = journal::newest(&conn, 9).unwrap();
        assert!(journal.iter().all(|entry| entry.act.as_str() == "import"));
        assert_eq!(journal.len(), 2);
        assert_eq!(journal::first_break(&conn).unwrap(), None);
    }
}
