//! Making and opening a workspace file.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::error::{Doing, StoreError, shown};
use super::schema;

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
}

/// Which file a path meant when it was opened: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
}

impl FileId {
    /// The file a path means now; `None` when there is none.
    pub fn of(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().map(|m| Self {
            dev: m.dev(),
            ino: m.ino(),
        })
    }
}

/// An open workspace.
#[derive(Debug)]
pub struct Opened {
    /// The connection, set up.
    pub conn: Connection,
    /// What it may do: [`Access::ReadOnly`] where the file cannot be written, whatever was asked for.
    pub access: Access,
    /// Things the operator should know, one sentence each.
    pub notes: Vec<String>,
    /// The file that was opened.
    pub file: FileId,
}

/// What a new workspace is born with.
#[derive(Clone, Debug)]
pub struct Birth<'a> {
    /// IANA zone of the business day.
    pub zone: &'a str,
    /// Name of the company or brand; may be empty.
    pub corp_name: &'a str,
    /// Identity of the workspace; empty draws a random one.
    pub workspace_id: &'a str,
    /// Now, unix seconds.
    pub now: i64,
}

impl Default for Birth<'_> {
    fn default() -> Self {
        Self {
            zone: "Asia/Shanghai",
            corp_name: "",
            workspace_id: "",
            now: 0,
        }
    }
}

/// Creates an empty workspace and opens it for writing. Never over anything that exists; missing folders are made 0700.
pub fn create(path: &Path, birth: &Birth<'_>) -> Result<Opened, StoreError> {
    check_library()?;
    let folder = folder_of(path);
    if !folder.exists() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .doing("making the workspace's folder")?;
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(file) => file
            .set_permissions(fs::Permissions::from_mode(mode_in(&folder)))
            .doing("setting the workspace's permissions")?,
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(StoreError::Exists { path: shown(path) });
        }
        Err(e) => return Err(e).doing("making the workspace file"),
    }
    let filled = fill(path, birth);
    if filled.is_err() {
        // The file is ours and holds nothing yet.
        let _ = fs::remove_file(path);
    }
    filled?;
    open(path, Access::ReadWrite)
}

/// Makes the schema and the first rows, then switches to WAL.
fn fill(path: &Path, birth: &Birth<'_>) -> Result<(), StoreError> {
    let mut conn = connect(path, Access::ReadWrite)?;
    conn.set_transaction_behavior(TransactionBehavior::Immediate);
    schema::MIGRATIONS
        .to_latest(&mut conn)
        .map_err(|e| match e {
            rusqlite_migration::Error::RusqliteError { err, .. } => {
                StoreError::from_sql("making the schema", err)
            }
            other => StoreError::Io {
                doing: "making the schema",
                source: std::io::Error::other(other.to_string()),
            },
        })?;
    let tx = conn.transaction().doing("writing the first rows")?;
    for (key, value) in [
        ("tz", birth.zone),
        ("corp_name", birth.corp_name),
        ("currency", "CNY"),
        ("is_demo", "0"),
        ("created_at", &birth.now.to_string()),
    ] {
        tx.execute("INSERT INTO meta VALUES (?1, ?2)", [key, value])
            .doing("writing the first rows")?;
    }
    tx.execute(
        "INSERT INTO meta SELECT 'workspace_id', iif(?1 = '', lower(hex(randomblob(16))), ?1)",
        [birth.workspace_id],
    )
    .doing("writing the first rows")?;
    tx.commit().doing("writing the first rows")?;
    set_up(&conn, Access::ReadWrite).doing("setting the connection up")?;
    conn.pragma_update(None, "journal_mode", "wal")
        .doing("switching to WAL")
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
            notes.push("the file cannot be written: open for reading only".into());
            Access::ReadOnly
        }
        as_asked => as_asked,
    };
    if access == Access::ReadOnly && would_lock_the_owner_out(path) {
        return Err(StoreError::Unreadable {
            path: shown(path),
            why: "nobody has it open, and reading it would leave files here that its owner could not write".into(),
            help: "let its owner open it first, or read a copy of it".into(),
        });
    }
    let mut conn = connect(path, access)?;
    conn.busy_timeout(patience).map_err(|e| meaning(path, e))?;
    set_up(&conn, access).map_err(|e| meaning(path, e))?;
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
            notes.push("an unfinished bulk write was found: the totals were rebuilt".into());
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

/// The folder a path lies in.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Permissions of a new workspace: shared in a set-group-id folder its group may write, private elsewhere.
fn mode_in(folder: &Path) -> u32 {
    match fs::metadata(folder) {
        Ok(m) if m.mode() & 0o2020 == 0o2020 => 0o660,
        Ok(_) | Err(_) => 0o600,
    }
}

/// Looks at the file before SQLite does, without opening it: a plain file with one name.
fn inspect(path: &Path, notes: &mut Vec<String>) -> Result<FileId, StoreError> {
    let not_ours = |why: &str| StoreError::NotWorkspace {
        path: shown(path),
        why: why.into(),
    };
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { path: shown(path) });
        }
        Err(e) => return Err(unreadable(path, &e)),
    };
    let kind = meta.file_type();
    if kind.is_symlink() {
        return Err(StoreError::Unreadable {
            path: shown(path),
            why: "it is a symbolic link, and its -wal would lie elsewhere".into(),
            help: "open the file it points to".into(),
        });
    }
    if kind.is_dir() {
        return Err(not_ours("it is a directory"));
    }
    if kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device() {
        return Err(not_ours("it is not a plain file"));
    }
    if meta.nlink() > 1 {
        return Err(StoreError::Unreadable {
            path: shown(path),
            why: "it has a second name (hard link), and each name would get a -wal of its own"
                .into(),
            help: "remove the other name, or copy the file while nobody has it open".into(),
        });
    }
    // Its bytes are SQLite's to read: opening and closing the file here would drop the locks of every connection this
    // process has on it, and the next process to close would take our -wal for its own to delete.
    match meta.len() {
        0 => return Err(not_ours("it is empty")),
        1..512 => return Err(not_ours("it is not a database")),
        _ => {}
    }
    if !may(path, rustix::fs::Access::READ_OK) {
        return Err(unreadable(
            path,
            &std::io::ErrorKind::PermissionDenied.into(),
        ));
    }
    notes.extend(far_away(path));
    Ok(FileId {
        dev: meta.dev(),
        ino: meta.ino(),
    })
}

/// Warns of file systems that break SQLite's locks.
fn far_away(path: &Path) -> Option<String> {
    let magic = rustix::fs::statfs(path).ok()?.f_type;
    let name = match magic {
        0x6969 => "NFS",
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => "SMB",
        0x0102_1997 => "9p",
        _ => return None,
    };
    Some(format!(
        "the file lies on {name}, where locks are unreliable: keep it on a local disk"
    ))
}

/// May this process do that with the file or folder?
fn may(path: &Path, access: rustix::fs::Access) -> bool {
    use rustix::fs::{AtFlags, CWD, accessat};
    accessat(CWD, path, access, AtFlags::EACCESS).is_ok()
}

/// May this process write the file and make side files beside it?
fn may_write(path: &Path) -> bool {
    let write = rustix::fs::Access::WRITE_OK;
    may(path, write) && may(&folder_of(path), write)
}

/// Would reading leave side files that lock the owner out? So it is where nobody has the file open, the reader is somebody
/// else, and no group is shared through the folder. (Root's side files are given to the file's owner by SQLite.)
fn would_lock_the_owner_out(path: &Path) -> bool {
    let me = rustix::process::geteuid();
    let folder = folder_of(path);
    let strangers = fs::metadata(path).is_ok_and(|m| m.uid() != me.as_raw());
    strangers
        && !me.is_root()
        && mode_in(&folder) != 0o660
        && may(&folder, rustix::fs::Access::WRITE_OK)
        && side_files(path)
            .iter()
            .all(|side| FileId::of(side).is_none())
}

/// The `-wal` and the `-shm` of a workspace.
pub(super) fn side_files(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// Opens the file: no CREATE, no URI.
fn connect(path: &Path, access: Access) -> Result<Connection, StoreError> {
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
fn set_up(conn: &Connection, access: Access) -> rusqlite::Result<()> {
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
         PRAGMA cache_size = -32000; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
    )?;
    match access {
        Access::ReadOnly => conn.pragma_update(None, "query_only", true)?,
        Access::ReadWrite => conn.execute_batch(
            "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 1000;",
        )?,
    }
    conn.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Whose file is it, which version, and is the schema what we made?
fn check(path: &Path, conn: &Connection) -> Result<(), StoreError> {
    let number = |pragma: &str| -> Result<i64, StoreError> {
        conn.pragma_query_value(None, pragma, |row| row.get(0))
            .map_err(|e| meaning(path, e))
    };
    let not_ours = |why: String| StoreError::NotWorkspace {
        path: shown(path),
        why,
    };
    let (id, version) = (number("application_id")?, number("user_version")?);
    if id != schema::APPLICATION_ID {
        return Err(not_ours(format!(
            "another program's database (application_id {id})"
        )));
    }
    if version > schema::VERSION {
        return Err(StoreError::Newer {
            path: shown(path),
            found: version,
            known: schema::VERSION,
        });
    }
    if version < schema::VERSION {
        return Err(not_ours(format!("its schema version is {version}")));
    }
    let encoding: String = conn
        .pragma_query_value(None, "encoding", |row| row.get(0))
        .map_err(|e| meaning(path, e))?;
    if encoding != "UTF-8" {
        return Err(not_ours(format!("its text is {encoding}")));
    }
    match schema::difference(conn).map_err(|e| meaning(path, e))? {
        None => Ok(()),
        Some(why) => Err(StoreError::Altered {
            path: shown(path),
            why,
        }),
    }
}

/// A reader's side files must not lock writers out: SQLite gives them the file's own mode, which may be read-only. Ours get
/// the owner's right to write, and the group's in a shared folder. By path, so that no lock is dropped; those that are not
/// ours are left alone.
fn share_side_files(path: &Path) {
    let wanted = mode_in(&folder_of(path));
    let me = rustix::process::geteuid().as_raw();
    for side in side_files(path) {
        if let Ok(meta) = fs::symlink_metadata(&side)
            && meta.is_file()
            && meta.uid() == me
            && meta.mode() & wanted != wanted
        {
            let mode = fs::Permissions::from_mode(meta.mode() & 0o777 | wanted);
            let _ = fs::set_permissions(&side, mode);
        }
    }
}

/// Refuses a SQLite with the WAL-reset bug (fixed in 3.51.3).
fn check_library() -> Result<(), StoreError> {
    if rusqlite::version_number() < 3_051_003 {
        return Err(StoreError::OldLibrary {
            found: rusqlite::version(),
        });
    }
    Ok(())
}

/// An I/O error on the path itself.
fn unreadable(path: &Path, e: &std::io::Error) -> StoreError {
    StoreError::Unreadable {
        path: shown(path),
        why: e.to_string(),
        help: "ask its owner for the right to read the file and its folder".into(),
    }
}

/// What a database error on opening means.
fn meaning(path: &Path, e: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode as Code;
    let path = shown(path);
    match e.sqlite_error_code() {
        Some(Code::NotADatabase) => StoreError::NotWorkspace {
            path,
            why: "it is not a database".into(),
        },
        Some(Code::DatabaseCorrupt) => StoreError::Damaged {
            path,
            why: e.to_string(),
        },
        // 14, 8 and 1544: no right to make or use the side files.
        Some(Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied) => {
            StoreError::Unreadable {
                path,
                why: "its -wal and -shm cannot be used or made here".into(),
                help: "let somebody who may write keep it open, ask for the right to write its folder, or read a copy of it".into(),
            }
        }
        _ => StoreError::from_sql("opening the workspace", e),
    }
}
