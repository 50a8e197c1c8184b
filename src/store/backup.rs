//! Copies of a workspace, through the database's own backup interface: one snapshot, whatever others write meanwhile.
//!
//! A copy is made in a private file beside the place it is for, checked there (`quick_check`, rows of every table, the
//! journal's last seal), brought to the disk and only then named. It is a single file that needs no side files.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use crate::domain::sentence;

use super::connect::{Access, connect, set_up};
use super::error::{Doing, StoreError, shown};
use super::file::{FileId, side_files};
use super::journal::hex;
use super::part::{Over, Part, left_beside};

/// Pages a step: 8 MB, some hundredths of a second.
pub(super) const STEP: i32 = 2048;

/// What is being done, for errors.
const DOING: &str = "copying the workspace";

/// Told pages done and pages in all; `false` stops.
pub type Progress<'a> = dyn FnMut(u64, u64) -> bool + 'a;

/// A finished copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Size, bytes.
    pub bytes: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Rows in all tables.
    pub rows: u64,
    /// Its schema version.
    pub version: i64,
}

/// Copies what `conn` sees of the workspace at `from` to `to`. With `force` a plain file of that name is replaced; a
/// symbolic link, a pipe, a device, a folder, the workspace itself and a workspace in use never are.
pub fn copy(
    conn: &Connection,
    from: &Path,
    to: &Path,
    force: bool,
    progress: &mut Progress<'_>,
) -> Result<Copied, StoreError> {
    let over = may_be_at(from, to, force)?;
    let part = Part::make(to)?;
    let seen = snapshot(conn, &part, progress)?;
    let copied = check(from, &part, &seen)?;
    part.publish(to, over)?;
    Ok(copied)
}

/// Bytes a page.
pub fn page_size(conn: &Connection) -> Result<u64, StoreError> {
    conn.pragma_query_value(None, "page_size", |row| row.get(0))
        .doing("reading the page size")
}

/// Copies pages as they are, damaged or not, and checks nothing: what a restore keeps of what it overwrites.
pub(super) fn keep_as_is(conn: &Connection, to: &Path) -> Result<(), StoreError> {
    let part = Part::make(to)?;
    let mut target = empty(&part)?;
    pages(conn, &mut target, &mut |_, _| true)?;
    target.close().map_err(|(_, e)| e).doing(DOING)?;
    // A damaged one may refuse to become a file that stands alone.
    if let Ok(kept) = connect(part.path(), Access::ReadWrite) {
        let _ = kept.pragma_update(None, "journal_mode", "delete");
    }
    part.publish(to, Over::Never)
}

/// A name beside a workspace that nothing has yet: `FILE.LABEL`, `FILE.LABEL.2`, …
pub(super) fn free_name(path: &Path, label: &str) -> PathBuf {
    let named = |n: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{label}"));
        if n > 1 {
            name.push(format!(".{n}"));
        }
        PathBuf::from(name)
    };
    let is_free = |candidate: &PathBuf| {
        fs::symlink_metadata(candidate).is_err() && left_beside(candidate).is_empty()
    };
    (1..10_000)
        .map(named)
        .find(is_free)
        .unwrap_or_else(|| named(10_000))
}

/// What a copy of the workspace at `from` may go over at `to`; never over the workspace itself.
pub(super) fn may_be_at(from: &Path, to: &Path, force: bool) -> Result<Over<'static>, StoreError> {
    let here = FileId::of(to);
    let of_from = || std::iter::once(from.to_owned()).chain(side_files(from));
    if here.is_some() && of_from().any(|file| FileId::of(&file) == here) {
        let to = shown(to);
        return Err(StoreError::refused(
            sentence!("{to} 就是工作区本身", "{to} is the workspace itself"),
            sentence!(
                "给副本换个名字; 没有写入",
                "choose another name for the copy; nothing was written",
            ),
        ));
    }
    // Without force, what is there is told for what it is.
    Over::Plain.check(to)?;
    let over = if force { Over::Plain } else { Over::Never };
    over.check(to).map(|()| over)
}

/// What a snapshot held.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    version: i64,
    /// Rows by table.
    rows: Vec<(String, u64)>,
    /// Number and seal of the journal's last row.
    last: Option<(i64, String)>,
}

impl Seen {
    fn of(conn: &Connection) -> rusqlite::Result<Self> {
        let version = super::schema::version(conn)?;
        let mut names = conn.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
        )?;
        let names = names
            .query_map([], |row| row.get::<_, String>(0))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let mut rows = Vec::with_capacity(names.len());
        for name in names {
            let quoted = name.replace('"', "\"\"");
            let sql = format!("SELECT count(*) FROM \"{quoted}\"");
            let count = conn.query_row(&sql, [], |row| row.get(0))?;
            rows.push((name, count));
        }
        let last = if version >= 2 {
            conn.query_row(
                "SELECT journal_id, seal FROM journal ORDER BY journal_id DESC LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?
        } else {
            None
        };
        Ok(Self {
            version,
            rows,
            last,
        })
    }
}

/// Copies within one read transaction: a writer's commit neither mixes in nor makes the copy begin again.
fn snapshot(
    conn: &Connection,
    part: &Part,
    progress: &mut Progress<'_>,
) -> Result<Seen, StoreError> {
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let seen = Seen::of(&tx).doing(DOING)?;
    let mut target = empty(part)?;
    pages(&tx, &mut target, progress)?;
    target.close().map_err(|(_, e)| e).doing(DOING)?;
    tx.finish().doing(DOING)?;
    Ok(seen)
}

/// A connection to an empty file that nobody else has and that is thrown away when it is cut short.
fn empty(part: &Part) -> Result<Connection, StoreError> {
    let target = connect(part.path(), Access::ReadWrite)?;
    target
        .execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        .doing(DOING)?;
    Ok(target)
}

/// Copies every page.
pub(super) fn pages(
    from: &Connection,
    to: &mut Connection,
    progress: &mut Progress<'_>,
) -> Result<(), StoreError> {
    let steps = Backup::new(from, to).doing(DOING)?;
    run(&steps, progress)
}

/// Runs a begun backup to its end. Locks are waited for, as long as a writer would.
pub(super) fn run(steps: &Backup<'_, '_>, progress: &mut Progress<'_>) -> Result<(), StoreError> {
    let mut patience = 100;
    loop {
        match steps.step(STEP).doing(DOING)? {
            StepResult::Done => return Ok(()),
            StepResult::More => {
                let now = steps.progress();
                let pages = |n: i32| u64::try_from(n).unwrap_or(0);
                let (total, left) = (pages(now.pagecount), pages(now.remaining));
                if !progress(total.saturating_sub(left), total) {
                    return Err(StoreError::Stopped { doing: DOING });
                }
            }
            _ if patience > 0 => {
                patience -= 1;
                std::thread::sleep(Duration::from_millis(50));
            }
            _ => return Err(StoreError::Busy { doing: DOING }),
        }
    }
}

/// Checks a copy before it gets its name, and makes it one file that stands alone.
fn check(from: &Path, part: &Part, seen: &Seen) -> Result<Copied, StoreError> {
    const DOING: &str = "checking the copy";
    let conn = connect(part.path(), Access::ReadWrite)?;
    set_up(&conn, Access::ReadWrite).doing(DOING)?;
    conn.execute_batch("PRAGMA synchronous = OFF;")
        .doing(DOING)?;
    conn.pragma_update(None, "journal_mode", "delete")
        .doing(DOING)?;
    if let Some(why) = damage(&conn)? {
        return Err(StoreError::Damaged {
            path: shown(from),
            why,
        });
    }
    let found = Seen::of(&conn).doing(DOING)?;
    if found != *seen {
        return Err(StoreError::Io {
            doing: DOING,
            source: std::io::Error::other("it does not hold the rows that were read"),
        });
    }
    conn.close().map_err(|(_, e)| e).doing(DOING)?;
    let (bytes, sha256) = digest(part.path()).doing(DOING)?;
    Ok(Copied {
        bytes,
        sha256,
        rows: seen.rows.iter().map(|(_, n)| n).sum(),
        version: seen.version,
    })
}

/// What `quick_check` finds first; `None` when the file is whole.
pub(super) fn damage(conn: &Connection) -> Result<Option<String>, StoreError> {
    let said: rusqlite::Result<String> =
        conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
    match said {
        Ok(said) if said == "ok" => Ok(None),
        Ok(said) => Ok(Some(said)),
        Err(e)
            if matches!(
                e.sqlite_error_code(),
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase)
            ) =>
        {
            Ok(Some(e.to_string()))
        }
        Err(e) => Err(e).doing("checking the file"),
    }
}

/// Size and SHA-256 of a file that no connection has open.
fn digest(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        let n = file.read(&mut buffer)?;
        let Some(piece) = buffer.get(..n).filter(|piece| !piece.is_empty()) else {
            return Ok((bytes, hex(&digest.finalize())));
        };
        digest.update(piece);
        bytes += u64::try_from(n).unwrap_or(0);
    }
}
