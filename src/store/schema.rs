//! The schema: its SQL files, one set a version, and the comparison of a file with what they make.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use sha2::{Digest as _, Sha256};

use crate::domain::{SafeText, Sentence, sentence};

use super::error::{Doing, StoreError};

/// `application_id` of every workspace: `CPO1`.
pub const APPLICATION_ID: i64 = 0x4350_4F31;

/// The newest schema this program knows; a file's `user_version` is compared with it.
pub const VERSION: i64 = 4;

/// The schema files with the version each belongs to, oldest first. Frozen once released: later changes are later files. For
/// the comparison a later statement of the same name takes an earlier one's place.
const FILES: [(i64, &str); 5] = [
    (1, include_str!("schema.sql")),
    (1, include_str!("triggers.sql")),
    (2, include_str!("schema-2.sql")),
    (3, include_str!("schema-3.sql")),
    (4, include_str!("schema-4.sql")),
];

/// Makes the schema in an empty database.
pub(super) fn make(conn: &mut Connection) -> Result<(), StoreError> {
    const DOING: &str = "making the schema";
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    bring_up(&tx)?;
    tx.commit().doing(DOING)
}

/// Runs the files a workspace lacks, inside a transaction that already holds the lock to write: the version is read behind
/// the lock, so that of two processes only one brings it up.
pub(super) fn bring_up(tx: &Transaction<'_>) -> Result<(), StoreError> {
    const DOING: &str = "making the schema";
    let version = version(tx).doing(DOING)?;
    for (_, sql) in FILES.iter().filter(|(of, _)| *of > version) {
        tx.execute_batch(sql).doing(DOING)?;
    }
    tx.pragma_update(None, "user_version", VERSION).doing(DOING)
}

/// The schema version of a database.
pub(super) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// SHA-256 of the schema of [`VERSION`], see [`digest`]; a test holds that the schema files make it.
const DIGEST: [u8; 32] = [
    0x63, 0x26, 0x82, 0x44, 0x41, 0x4c, 0x35, 0x80, 0x1b, 0x02, 0xe8, 0x41, 0x9a, 0xe2, 0xbf, 0xbc,
    0xe6, 0x26, 0x88, 0xdb, 0x1c, 0xb6, 0x8a, 0xd4, 0x33, 0x53, 0x81, 0x0d, 0x31, 0xaf, 0xa9, 0x53,
];

/// SHA-256 over kind, name and SQL of every object but SQLite's own, by name (a large import drops indexes and makes them
/// again). It is [`DIGEST`] in a workspace whose schema nobody has touched, and tells so in one pass; anything else is
/// compared object by object.
fn digest(conn: &Connection) -> rusqlite::Result<[u8; 32]> {
    let mut statement =
        conn.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name, type")?;
    let mut rows = statement.query([])?;
    let mut hash = Sha256::new();
    while let Some(row) = rows.next()? {
        let cell = |i: usize| row.get_ref(i).map(|c| c.as_bytes().unwrap_or_default());
        if cell(1)?.starts_with(b"sqlite_") {
            continue;
        }
        for column in 0..3 {
            let bytes = cell(column)?;
            // Where one ends and the next begins is part of the digest.
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
    }
    Ok(hash.finalize().into())
}

/// An object of `sqlite_schema`: its kind and its SQL.
type Objects = BTreeMap<String, (String, String)>;

/// Every object of a database but SQLite's own, by name.
fn objects(conn: &Connection) -> rusqlite::Result<Objects> {
    let mut statement =
        conn.prepare("SELECT type, name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?;
    let mut rows = statement.query([])?;
    let mut found = Objects::new();
    while let Some(row) = rows.next()? {
        let text = |i: usize| -> rusqlite::Result<String> {
            Ok(
                String::from_utf8_lossy(row.get_ref(i)?.as_bytes().unwrap_or_default())
                    .into_owned(),
            )
        };
        found.insert(text(1)?, (text(0)?, text(2)?));
    }
    Ok(found)
}

/// What a workspace of this version holds, by name.
fn expected() -> &'static Objects {
    static EXPECTED: OnceLock<Objects> = OnceLock::new();
    EXPECTED.get_or_init(|| expected_at(VERSION))
}

/// What a workspace of a version holds: the statements of its schema files, which SQLite keeps as they are written.
fn expected_at(version: i64) -> Objects {
    FILES
        .into_iter()
        .filter(|(of, _)| *of <= version)
        .flat_map(|(_, file)| statements(file))
        .filter_map(object)
        .collect()
}

/// Statements of a schema file without their semicolons. One ends with a line that ends in `;`; a trigger with `END;`.
fn statements(file: &str) -> Vec<String> {
    let (mut found, mut now) = (Vec::new(), String::new());
    for line in file.lines() {
        let (bare, comment) = line.split_once("--").unwrap_or((line, ""));
        let code = bare.trim_end();
        if now.is_empty() && code.is_empty() {
            continue;
        }
        let ends = code.ends_with(';');
        if !ends && (code != line) && !comment.is_empty() {
            // A comment inside a statement is part of what SQLite keeps.
            now.push_str(line);
        } else {
            now.push_str(code);
        }
        let is_open_trigger = now.starts_with("CREATE TRIGGER") && !code.ends_with("END;");
        if ends && !is_open_trigger {
            now.pop();
            found.push(std::mem::take(&mut now));
        } else {
            now.push('\n');
        }
    }
    found
}

/// The object a statement makes: name, kind, SQL as kept. `None` for statements that make none.
fn object(statement: String) -> Option<(String, (String, String))> {
    let rest = statement.strip_prefix("CREATE ")?;
    let unique = rest.strip_prefix("UNIQUE ").unwrap_or(rest);
    let (kind, rest) = unique.split_once(' ')?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let name = rest.get(..end)?.to_owned();
    Some((name, (kind.to_ascii_lowercase(), statement)))
}

/// Compares a file's schema with ours. `Some` says the first thing that differs: an object of ours missing or changed, or
/// a trigger or view nobody here made. Tables and indexes of others are left alone.
pub(super) fn difference(conn: &Connection) -> rusqlite::Result<Option<Sentence>> {
    if digest(conn)? == DIGEST {
        return Ok(None);
    }
    difference_from(expected(), conn)
}

/// The same for a file of an earlier version.
pub(super) fn difference_at(conn: &Connection, version: i64) -> rusqlite::Result<Option<Sentence>> {
    difference_from(&expected_at(version), conn)
}

fn difference_from(ours: &Objects, conn: &Connection) -> rusqlite::Result<Option<Sentence>> {
    let theirs = objects(conn)?;
    for (name, (kind, sql)) in ours {
        match theirs.get(name) {
            None => {
                return Ok(Some(sentence!(
                    "缺少 {kind} {name}",
                    "the {kind} {name} is missing",
                )));
            }
            Some((k, _)) if k != kind => {
                return Ok(Some(sentence!(
                    "{name} 是 {k}, 不是 {kind}",
                    "{name} is a {k}, not a {kind}",
                )));
            }
            Some((_, s)) if s != sql => {
                return Ok(Some(sentence!(
                    "{kind} {name} 不一样",
                    "the {kind} {name} differs",
                )));
            }
            Some(_) => {}
        }
    }
    Ok(theirs
        .iter()
        .find(|(name, (kind, _))| {
            matches!(kind.as_str(), "trigger" | "view") && !ours.contains_key(*name)
        })
        .map(|(name, (kind, _))| {
            let name = SafeText::new(name);
            sentence!(
                "它多了一个 {kind}: {name}",
                "it has a {kind} of its own, {name}",
            )
        }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_workspace_holds_what_the_schema_files_say() {
        let mut conn = Connection::open_in_memory().unwrap();
        make(&mut conn).unwrap();
        assert_eq!(difference(&conn).unwrap(), None);
        let version: i64 = conn
            .pragma_query_value(None, "user_version", |r| r.get(0))
            .unwrap();
        assert_eq!(version, VERSION);
    }

    #[test]
    fn the_statements_of_the_schema_files_are_what_sqlite_keeps_of_them() {
        let conn = Connection::open_in_memory().unwrap();
        for (_, file) in FILES {
            conn.execute_batch(file).unwrap();
        }
        assert_eq!(*expected(), objects(&conn).unwrap());
    }

    #[test]
    fn the_digest_is_that_of_a_fresh_workspace_and_of_no_other() {
        let mut conn = Connection::open_in_memory().unwrap();
        make(&mut conn).unwrap();
        assert_eq!(digest(&conn).unwrap(), DIGEST);
        assert_eq!(difference_from(&expected_at(VERSION), &conn).unwrap(), None);
        conn.execute_batch("CREATE TRIGGER spy AFTER INSERT ON customer BEGIN SELECT 1; END")
            .unwrap();
        assert_ne!(digest(&conn).unwrap(), DIGEST);
    }

    #[test]
    fn an_added_trigger_or_view_is_a_difference_and_an_added_table_is_not() {
        let mut conn = Connection::open_in_memory().unwrap();
        make(&mut conn).unwrap();
        conn.execute_batch("CREATE TABLE theirs (a); CREATE INDEX theirs_a ON theirs(a)")
            .unwrap();
        assert_eq!(difference(&conn).unwrap(), None);
        conn.execute_batch(
            "CREATE TRIGGER spy AFTER INSERT ON customer BEGIN DELETE FROM journal; END",
        )
        .unwrap();
        assert_eq!(
            difference(&conn).unwrap().unwrap().en.as_str(),
            "it has a trigger of its own, spy"
        );
        conn.execute_batch("DROP TRIGGER spy; DROP VIEW v_valid; CREATE TABLE v_valid (a)")
            .unwrap();
        assert_eq!(
            difference(&conn).unwrap().unwrap().en.as_str(),
            "v_valid is a table, not a view"
        );
    }
}
