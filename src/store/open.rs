//! Opening a workspace file: whose it is, and whether the schema is what we made.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use crate::domain::{Sentence, sentence};

use super::connect::{Access, connect, meaning, set_up};
use super::error::{Doing, StoreError, shown};
use super::file::{FileId, inspect, may_write, share_side_files, would_lock_the_owner_out};
use super::migrate::migrate;
use super::{schema, totals};

/// The longest wait for other processes' locks.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// An open workspace.
#[derive(Debug)]
pub struct Opened {
    /// The connection, set up.
    pub conn: Connection,
    /// What it may do: [`Access::ReadOnly`] where the file cannot be written, whatever was asked for.
    pub access: Access,
    /// Things the operator should know, one sentence each.
    pub notes: Vec<Sentence>,
    /// The file that was opened.
    pub file: FileId,
}

/// Opens a workspace; never creates one and never changes a file that is not ours. Where the file or its folder cannot be
/// written, [`Access::ReadWrite`] falls back to reading and says so in [`Opened::notes`].
pub fn open(path: &Path, access: Access) -> Result<Opened, StoreError> {
    open_within(path, access, PATIENCE)
}

/// Like [`open`], waiting at most `patience` for other processes' locks, now and in every later statement.
pub fn open_within(path: &Path, access: Access, patience: Duration) -> Result<Opened, StoreError> {
    check_library()?;
    let mut notes = Vec::new();
    let file = inspect(path, &mut notes)?;
    let access = match access {
        Access::ReadWrite if !may_write(path) => {
            notes.push(sentence!(
                "文件不能写: 只读打开",
                "the file cannot be written: open for reading only",
            ));
            Access::ReadOnly
        }
        as_asked => as_asked,
    };
    if access == Access::ReadOnly && would_lock_the_owner_out(path) {
        return Err(StoreError::Unreadable {
            path: shown(path),
            why: sentence!(
                "没有人开着它, 读它会在这里留下主人写不了的文件",
                "nobody has it open, and reading it would leave files here that its owner could not write",
            ),
            help: sentence!(
                "请文件主人先打开, 或读它的副本",
                "let its owner open it first, or read a copy of it",
            ),
        });
    }
    let mut conn = connect(path, access)?;
    conn.busy_timeout(patience).map_err(|e| meaning(path, e))?;
    set_up(&conn, access).map_err(|e| meaning(path, e))?;
    if access == Access::ReadWrite {
        notes.extend(migrate(path, &mut conn)?);
    }
    check(path, &conn)?;
    if access == Access::ReadWrite {
        let mode: String = conn
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .map_err(|e| meaning(path, e))?;
        if mode != "wal" {
            conn.pragma_update(None, "journal_mode", "wal")
                .doing("switching to WAL")?;
        }
        if totals::end_stray_bulk(&mut conn)? {
            notes.push(sentence!(
                "有一次大批写入没有写完: 合计已重算",
                "an unfinished bulk write was found: the totals were rebuilt",
            ));
        }
    }
    share_side_files(path);
    Ok(Opened {
        conn,
        access,
        notes,
        file,
    })
}

/// Whose file is it, which version, and is the schema what we made?
pub(super) fn check(path: &Path, conn: &Connection) -> Result<(), StoreError> {
    let number = |pragma: &str| -> Result<i64, StoreError> {
        conn.pragma_query_value(None, pragma, |row| row.get(0))
            .map_err(|e| meaning(path, e))
    };
    let not_ours = |why: Sentence| StoreError::NotWorkspace {
        path: shown(path),
        why,
    };
    let (id, version) = (number("application_id")?, number("user_version")?);
    if id != schema::APPLICATION_ID {
        return Err(StoreError::of_another_program(path, id));
    }
    if version > schema::VERSION {
        return Err(StoreError::Newer {
            path: shown(path),
            found: version,
            known: schema::VERSION,
        });
    }
    if version < 1 {
        return Err(not_ours(sentence!(
            "结构版本是 {version}",
            "its schema version is {version}",
        )));
    }
    if version < schema::VERSION {
        return Err(StoreError::Older {
            path: shown(path),
            found: version,
            known: schema::VERSION,
        });
    }
    let encoding: String = conn
        .pragma_query_value(None, "encoding", |row| row.get(0))
        .map_err(|e| meaning(path, e))?;
    if encoding != "UTF-8" {
        return Err(not_ours(sentence!(
            "文字编码是 {encoding}",
            "its text is {encoding}",
        )));
    }
    match schema::difference(conn).map_err(|e| meaning(path, e))? {
        None => Ok(()),
        Some(why) => Err(StoreError::Altered {
            path: shown(path),
            why,
        }),
    }
}

/// Refuses a SQLite with the WAL-reset bug (fixed in 3.51.3).
pub(super) fn check_library() -> Result<(), StoreError> {
    if rusqlite::version_number() < 3_051_003 {
        return Err(StoreError::OldLibrary {
            found: rusqlite::version(),
        });
    }
    Ok(())
}
