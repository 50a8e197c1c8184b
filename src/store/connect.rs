//! Connections to a workspace file: how one is opened and set up, and what it means when it cannot be.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::error::{StoreError, shown};
use super::file::folder_of;
use crate::domain::sentence;

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
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
    conn.set_prepared_statement_cache_capacity(256);
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
