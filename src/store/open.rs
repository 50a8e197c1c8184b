//! Opening a workspace file: whose it is, how a connection is set up, whether the schema is what we made.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use crate::domain::{Sentence, sentence};

use super::error::{Doing, StoreError, shown};
use super::file::{
    FileId, folder_of, inspect, may_write, share_side_files, would_lock_the_owner_out,
};
use super::migrate::migrate;
use super::schema;

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

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
    open_within(path, access, Duration::from_secs(5))
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
        if super::write::end_stray_bulk(&mut conn)? {
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

/// Opens the file: no CREATE, no URI.
pub(super) fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
    let mode = match access {
        Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::ReadWrite => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    // NOFOLLOW looks at every part of the path, so the folder is resolved first.
    let whole = match (folder_of(path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        (Ok(_) | Err(_), _) => path.to_owned(),
    };
    Connection::open_with_flags(whole, flags).map_err(|e| meaning(path, e))
}

/// Sets a connection up (reliability: SQLite settings). The limits keep a hostile file and a hostile filter small.
pub(super) fn set_up(conn: &Connection, access: Access) -> rusqlite::Result<()> {
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
    ] {
        conn.set_db_config(config, on)?;
    }
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, 16 << 20),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_ATTACHED, 1),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
        (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        conn.set_limit(limit, value)?;
    }
    conn.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;
         PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
    )?;
    match access {
        // Readers look things up or read once through: what they would keep, the system keeps for all of them.
        Access::ReadOnly => {
            conn.execute_batch("PRAGMA cache_size = -4000; PRAGMA query_only = ON;")?;
        }
        Access::ReadWrite => conn.execute_batch(
            "PRAGMA cache_size = -32000; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 1000;",
        )?,
    }
    conn.set_prepared_statement_cache_capacity(64);
    Ok(())
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

/// What a database error on opening means.
pub(super) fn meaning(path: &Path, e: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode as Code;
    let path = shown(path);
    match e.sqlite_error_code() {
        Some(Code::NotADatabase) => StoreError::NotWorkspace {
            path,
            why: sentence!("不是数据库", "it is not a database"),
        },
        Some(Code::DatabaseCorrupt) => StoreError::Damaged {
            path,
            why: e.to_string(),
        },
        // 14, 8 and 1544: no right to make or use the side files.
        Some(Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied) => {
            StoreError::Unreadable {
                path,
                why: sentence!(
                    "它的 -wal 和 -shm 在这里不能用, 也不能建",
                    "its -wal and -shm cannot be used or made here",
                ),
                help: sentence!(
                    "请能写的人开着它, 或要到它所在文件夹的写权限, 或读它的副本",
                    "let somebody who may write keep it open, ask for the right to write its folder, or read a copy of it",
                ),
            }
        }
        _ => StoreError::from_sql("opening the workspace", e),
    }
}
