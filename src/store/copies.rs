//! Where copies of a workspace lie: those the journal names, those kept beside it, and those the journals of these name: a
//! restore puts the journal of the copy in the place of one that knew more.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use super::file::folder_of;
use super::remains;

/// What the names of kept copies contain, after the workspace's own name.
const MARKS: [&str; 4] = [".bak", ".before-restore-", ".damaged-", ".left-"];

/// Plain files that are, or were, copies of the workspace at `path`, newest first. `conn` may be missing where the workspace
/// cannot be read.
pub fn of(path: &Path, conn: Option<&Connection>) -> Vec<PathBuf> {
    let mut found = beside(path);
    let journals: Vec<Connection> = found.iter().filter_map(|copy| opened(copy)).collect();
    found.extend(conn.into_iter().chain(&journals).flat_map(journalled));
    let mut dated: Vec<(SystemTime, PathBuf)> = found
        .into_iter()
        .filter_map(|file| {
            let file = file.canonicalize().ok()?;
            let meta = fs::symlink_metadata(&file).ok()?;
            meta.is_file()
                .then(|| (meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), file))
        })
        .collect();
    dated.sort_by(|a, b| b.cmp(a));
    dated.dedup_by(|a, b| a.1 == b.1);
    dated.into_iter().map(|(_, file)| file).collect()
}

/// Folders in which copies of the workspace lie, its own first.
fn folders(path: &Path, copies: &[PathBuf]) -> Vec<PathBuf> {
    let own = folder_of(path);
    let mut all = vec![own.canonicalize().unwrap_or(own)];
    for copy in copies {
        let folder = folder_of(copy);
        if !all.contains(&folder) {
            all.push(folder);
        }
    }
    all
}

/// Copies, and what is or was on the way to be one: files in the making beside the workspace and beside its copies.
pub fn with_parts(path: &Path, conn: Option<&Connection>) -> Vec<PathBuf> {
    let mut found = of(path, conn);
    let parts = folders(path, &found);
    found.extend(parts.iter().flat_map(|folder| remains::parts_in(folder)));
    found
}

/// Files in the making that a killed process left there.
pub fn parts_left(path: &Path, conn: Option<&Connection>) -> Vec<PathBuf> {
    let folders = folders(path, &of(path, conn));
    folders
        .iter()
        .flat_map(|folder| remains::left_in(folder))
        .collect()
}

/// Copies kept beside the workspace by their names.
fn beside(path: &Path) -> Vec<PathBuf> {
    let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else {
        return Vec::new();
    };
    let folder = folder_of(path);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Vec::new();
    };
    entries
        .filter_map(Result::ok)
        .filter(|entry| {
            let other = entry.file_name().to_string_lossy().into_owned();
            let rest = other.strip_prefix(&name);
            // A -wal whose file is gone holds rows of its own.
            let is_side = other.ends_with("-shm")
                || ["-wal", "-journal"].iter().any(|side| {
                    let file = other.strip_suffix(side);
                    file.is_some_and(|file| folder.join(file).exists())
                });
            rest.is_some_and(|rest| MARKS.iter().any(|mark| rest.contains(mark))) && !is_side
        })
        .map(|entry| entry.path())
        .collect()
}

/// Copies that `caopan backup` made, and those put back, as the journal has them.
fn journalled(conn: &Connection) -> Vec<PathBuf> {
    let read = || -> rusqlite::Result<Vec<PathBuf>> {
        conn.prepare(
            "SELECT detail ->> '$.path' FROM journal WHERE act IN ('backup', 'restore') AND json_valid(detail)",
        )?
        .query_map([], |row| row.get::<_, Option<String>>(0))?
        .filter_map(Result::transpose)
        .map(|path| path.map(PathBuf::from))
        .collect()
    };
    read().unwrap_or_default()
}

/// A copy, to be read; `None` where it cannot be.
fn opened(copy: &Path) -> Option<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(copy, flags).ok()?;
    super::connect::set_up(&conn, super::Access::ReadOnly).ok()?;
    Some(conn)
}

/// Does this copy know the customer? `None` where it cannot be read.
pub fn holds(copy: &Path, external_userid: &str) -> Option<bool> {
    opened(copy)?
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM customer WHERE external_userid = ?1)
             OR EXISTS (SELECT 1 FROM group_member WHERE member_id = ?1)
             OR EXISTS (SELECT 1 FROM sale_order WHERE external_userid = ?1)",
            [external_userid],
            |row| row.get(0),
        )
        .ok()
}
