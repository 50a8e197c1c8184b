//! What a watched file holds, in a few numbers, and the files beside it. Other bytes copied into the file that was opened
//! (`cp other.db shop.db`) are no commit: no connection hears of them, and each goes on with the pages it has. They show in
//! the file's time or size, as a checkpoint does too; a fresh read tells the two apart.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use crate::domain::SafeText;
use crate::store::connect::{Access, connect, set_up};
use crate::store::file::{FileId, side_files};
use crate::store::restore::{Before, last_over, workspace_of};

/// The side files beside the workspace, once seen.
pub(super) struct Sides {
    paths: [PathBuf; 2],
    seen: [Option<FileId>; 2],
}

impl Sides {
    pub(super) fn of(path: &Path) -> Self {
        let [wal, shm, _] = side_files(path);
        let paths = [wal, shm];
        let seen = [None, None];
        Self { paths, seen }
    }

    /// A side file that was there and now is gone or another.
    pub(super) fn lost(&mut self) -> Option<&Path> {
        for (path, seen) in self.paths.iter().zip(&mut self.seen) {
            let now = FileId::of(path);
            if seen.is_none() {
                *seen = now;
            } else if now != *seen {
                return Some(path);
            }
        }
        None
    }
}

/// When the main file was written last, and its size: (seconds, nanoseconds, bytes).
type Written = (i64, i64, u64);

fn written(path: &Path) -> Option<Written> {
    let meta = std::fs::symlink_metadata(path).ok()?;
    Some((meta.mtime(), meta.mtime_nsec(), meta.size()))
}

/// What only a commit changes: the head of the change log, the last line of the journal, the first and last customer,
/// and the pages of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    head: Option<i64>,
    journal: Option<(i64, i64)>,
    ends: (Option<String>, Option<String>),
    pages: i64,
    workspace: Option<String>,
    /// What the last restore replaced.
    restored: Option<(Before, String)>,
}

impl Mark {
    /// A workspace stays the one it is, log and journal only grow, and what a customer's row says does not change without them.
    fn follows(&self, before: &Self) -> bool {
        let journal = match (self.journal, before.journal) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some((id, at)), Some((last, then))) => id > last || (id == last && at == then),
        };
        journal
            && self.workspace == before.workspace
            && (self.head > before.head || (self.head == before.head && self.ends == before.ends))
    }
}

fn mark(conn: &Connection) -> rusqlite::Result<Mark> {
    use rusqlite::OptionalExtension;
    // Of one moment: a commit between two reads would make a mark of no state there ever was.
    let conn = conn.unchecked_transaction()?;
    let head = conn
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let journal = conn
        .prepare_cached("SELECT journal_id, at FROM journal ORDER BY journal_id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let ends = conn
        .prepare_cached(
            "SELECT (SELECT min(external_userid) FROM customer), (SELECT max(external_userid) FROM customer)",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let pages = conn
        .prepare_cached("PRAGMA page_count")?
        .query_row([], |row| row.get(0))?;
    Ok(Mark {
        head,
        journal,
        ends,
        pages,
        workspace: workspace_of(&conn).optional()?,
        restored: last_over(&conn)?,
    })
}

/// A restore brings an older journal back, by a commit like any other: the log goes on behind the one that was there, and
/// what it replaced is named in it.
fn was_restored(before: &Mark, now: &Mark) -> bool {
    let replaced = |(over, _): &(Before, String)| {
        let workspace = before.workspace.as_deref().unwrap_or_default();
        over.was(workspace, before.head.unwrap_or(0))
    };
    now.head > before.head
        && now.restored != before.restored
        && now.restored.as_ref().is_some_and(replaced)
}

/// What the watched file held at the last commit that was seen.
pub(super) struct Content {
    mark: Option<Mark>,
    written: Option<Written>,
}

impl Content {
    pub(super) fn of(path: &Path) -> Self {
        let written = written(path);
        let mark = None;
        Self { mark, written }
    }

    /// A commit showed on this connection; false when what it shows cannot have come after what was there.
    pub(super) fn committed(&mut self, conn: &Connection) -> bool {
        // What cannot be read is said by the look at the file.
        let Ok(now) = mark(conn) else {
            return true;
        };
        let follows = self
            .mark
            .as_ref()
            .is_none_or(|before| now.follows(before) || was_restored(before, &now));
        self.mark = Some(now);
        follows
    }

    /// The file was written since the last check: by a checkpoint, or by somebody else.
    pub(super) fn was_written(&self, path: &Path) -> bool {
        written(path) != self.written
    }

    /// Reads the file with nothing kept from before. What it says holds only if no commit came in between.
    pub(super) fn check(&self, path: &Path) -> Checked {
        let at = written(path);
        let fresh = connect(path, Access::ReadOnly)
            .map_err(|_| None)
            .and_then(|conn| {
                let read = set_up(&conn, Access::ReadOnly).and_then(|()| {
                    conn.busy_timeout(std::time::Duration::ZERO)?;
                    mark(&conn)
                });
                read.map_err(|e| {
                    let why = SafeText::new(&e.to_string());
                    e.sqlite_error_code().map(|code| (code, why))
                })
            });
        match fresh {
            Ok(found) if self.mark.as_ref().is_none_or(|known| *known == found) => {
                Checked::Same(at)
            }
            Ok(_) => Checked::Other,
            // No database, or one of which pages are missing: bytes that are still being copied look so too.
            Err(Some((
                ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::Unknown,
                why,
            ))) => Checked::Broken(why),
            Err(_) => Checked::NotNow,
        }
    }

    /// The file was found to hold what it held.
    pub(super) fn settle(&mut self, at: Option<Written>) {
        self.written = at;
    }
}

/// What a fresh read came to.
pub(super) enum Checked {
    /// What was known; the file was written last at this time.
    Same(Option<Written>),
    /// Something else.
    Other,
    /// No whole database: why.
    Broken(SafeText),
    /// It could not be read just now.
    NotNow,
}
