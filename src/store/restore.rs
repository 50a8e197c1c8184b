//! Putting a copy back: through the database's backup interface into the live file, so that whoever has it open sees one
//! commit. Renaming a file over an open workspace would destroy it.
//!
//! The copy is first staged beside the workspace: brought to this version, journalled, and its change log set past the live
//! one with a sweep, so that every open console reads everything again. Then the live file is locked, what it holds is kept,
//! and the stage goes in. A live file that is too damaged for that is moved aside with its side files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::domain::sentence;

use super::backup::{Progress, damage, free_name, keep_as_is, page_size, pages, run};
use super::connect::{Access, connect, meaning, set_up};
use super::error::{Doing, StoreError, shown};
use super::file::{FileId, folder_of, inspect, may_write, mode_in};
use super::journal::{self, Act};
use super::open::check;
use super::part::{Over, Part, left_beside};
use super::schema;
use super::{changes, meta, totals};

/// What is being done, for errors.
const DOING: &str = "restoring the workspace";

/// How far the change log skips ahead, so that no place a reader remembers is in it.
const SKIP: i64 = 1_000_000;

/// Who restores, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// Whom the journal names.
    pub actor: &'a str,
    /// Now, unix seconds.
    pub now: i64,
}

/// What a restore did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// Customers in the workspace now.
    pub customers: u64,
    /// Orders in the workspace now.
    pub orders: u64,
    /// Where what it held before is kept; `None` when there was nothing.
    pub kept: Option<PathBuf>,
    /// Erasures of people that the copy was made before: they are back.
    pub erasures_undone: u64,
}

/// Puts the copy at `copy` into the workspace at `to`, which may be missing or damaged.
pub fn restore(
    copy: &Path,
    to: &Path,
    by: By<'_>,
    progress: &mut Progress<'_>,
) -> Result<Restored, StoreError> {
    let source = readable(copy)?;
    if FileId::of(copy) == FileId::of(to) {
        let copy = shown(copy);
        return Err(StoreError::refused(
            sentence!("{copy} 就是工作区本身", "{copy} is the workspace itself"),
            sentence!(
                "先写副本, 工作区用 -w 指定",
                "name the copy first, the workspace with -w",
            ),
        ));
    }
    let live = Live::at(to)?;
    let part = Part::make(to)?;
    let mut stage = staged(&source, &part, progress)?;
    let label = day_label(&stage, by.now)?;
    write_stage(&mut stage, copy, by, &live.before())?;
    let (customers, orders) = (
        rows(&stage, "SELECT count(*) FROM customer")?,
        rows(&stage, "SELECT count(*) FROM sale_order")?,
    );
    let mut erasures_undone = 0;
    let kept = match live {
        Live::Missing => {
            close(stage)?;
            let kept = free_name(to, &format!("left-{label}"));
            put(&part, to, Over::Remains(&kept))?;
            left_beside(&kept).into_iter().next()
        }
        Live::Broken => {
            close(stage)?;
            let kept = free_name(to, &format!("damaged-{label}"));
            put(&part, to, Over::Aside(&kept))?;
            Some(kept)
        }
        Live::Open(mut conn) => {
            let kept = free_name(to, &format!("before-restore-{label}"));
            erasures_undone = into_live(&stage, &mut conn, to, &kept, progress)?;
            check(to, &conn)?;
            Some(kept)
        }
    };
    Ok(Restored {
        customers,
        orders,
        kept,
        erasures_undone,
    })
}

/// A copy of ours, whole, of this version or an earlier one.
fn readable(copy: &Path) -> Result<Connection, StoreError> {
    inspect(copy, &mut Vec::new())?;
    let conn = connect(copy, Access::ReadOnly)?;
    set_up(&conn, Access::ReadOnly).map_err(|e| meaning(copy, e))?;
    match check(copy, &conn) {
        Ok(()) | Err(StoreError::Older { .. }) => {}
        Err(error) => return Err(error),
    }
    match damage(&conn)? {
        None => Ok(conn),
        Some(why) => Err(StoreError::Damaged {
            path: shown(copy),
            why,
        }),
    }
}

/// What lies where the copy shall go.
enum Live {
    /// Nothing.
    Missing,
    /// A workspace whose pages can be replaced, damaged or not.
    Open(Connection),
    /// Something that no longer opens as a database of ours with pages of our size.
    Broken,
}

impl Live {
    fn at(path: &Path) -> Result<Self, StoreError> {
        match fs::symlink_metadata(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::Missing),
            // An empty or cut file may be what a crash left.
            Ok(meta) if meta.is_file() && meta.len() < 512 => return Ok(Self::Broken),
            Ok(_) | Err(_) => {}
        }
        inspect(path, &mut Vec::new())?;
        if !may_write(path) {
            return Err(StoreError::ReadOnly { doing: DOING });
        }
        let opened = connect(path, Access::ReadWrite).and_then(|conn| {
            conn.busy_timeout(Duration::from_secs(30)).doing(DOING)?;
            let version = Self::of_ours(path, &conn)?;
            if version > schema::VERSION {
                return Err(StoreError::Newer {
                    path: shown(path),
                    found: version,
                    known: schema::VERSION,
                });
            }
            if page_size(&conn)? != 4096 {
                return Ok(Self::Broken);
            }
            Ok(Self::Open(conn))
        });
        match opened {
            Err(StoreError::Damaged { .. }) => Ok(Self::Broken),
            other => other,
        }
    }

    /// The schema version of a workspace of ours; a smashed header is damage, another program's database is refused.
    fn of_ours(path: &Path, conn: &Connection) -> Result<i64, StoreError> {
        let asked = set_up(conn, Access::ReadWrite)
            .and_then(|()| {
                conn.pragma_query_value(None, "application_id", |row| row.get::<_, i64>(0))
            })
            .and_then(|id| Ok((id, schema::version(conn)?)));
        match asked {
            Ok((schema::APPLICATION_ID, version)) => Ok(version),
            Ok((id, _)) => Err(StoreError::of_another_program(path, id)),
            Err(e) => match e.sqlite_error_code() {
                Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                    Err(StoreError::Damaged {
                        path: shown(path),
                        why: e.to_string(),
                    })
                }
                _ => Err(meaning(path, e)),
            },
        }
    }

    /// What is replaced, as far as that can be read.
    fn before(&self) -> Before {
        match self {
            Self::Open(conn) => Before {
                workspace: workspace_of(conn).unwrap_or_default(),
                head: changes::head(conn).map_or(0, |seq| seq.0),
            },
            Self::Missing | Self::Broken => Before::default(),
        }
    }
}

/// What a restore replaces: the workspace, and where its change log stood at the least.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Before {
    workspace: String,
    head: i64,
}

/// Under this key `meta` has what the last restore replaced, and a word drawn by lot.
const RESTORED_OVER: &str = "restored_over";

impl Before {
    fn write(&self, conn: &Connection) -> rusqlite::Result<()> {
        conn.execute(
            "INSERT INTO meta (key, value) VALUES (?1, ?2 || ' ' || ?3 || ' ' || lower(hex(randomblob(8))))
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            rusqlite::params![RESTORED_OVER, self.head, self.workspace],
        )?;
        Ok(())
    }

    /// Was this workspace replaced, when its log stood there? What is committed while a restore stages goes on from its head.
    pub(super) fn was(&self, workspace: &str, head: i64) -> bool {
        self.workspace == workspace && head < self.head.saturating_add(SKIP)
    }
}

/// The identity of a workspace.
pub(super) fn workspace_of(conn: &Connection) -> rusqlite::Result<String> {
    conn.prepare_cached("SELECT value FROM meta WHERE key = 'workspace_id'")?
        .query_row([], |row| row.get(0))
}

/// What the last restore replaced, and the word that tells it from others.
pub(super) fn last_over(conn: &Connection) -> rusqlite::Result<Option<(Before, String)>> {
    use rusqlite::OptionalExtension;
    let kept: Option<String> = conn
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([RESTORED_OVER], |row| row.get(0))
        .optional()?;
    let read = |kept: &str| {
        let (head, rest) = kept.split_once(' ')?;
        let (workspace, lot) = rest.rsplit_once(' ')?;
        let before = Before {
            workspace: workspace.to_owned(),
            head: head.parse().ok()?,
        };
        Some((before, lot.to_owned()))
    };
    Ok(kept.as_deref().and_then(read))
}

/// The copy in a file of its own beside the workspace, of this version.
fn staged(
    source: &Connection,
    part: &Part,
    progress: &mut Progress<'_>,
) -> Result<Connection, StoreError> {
    let mut stage = connect(part.path(), Access::ReadWrite)?;
    pages(source, &mut stage, progress)?;
    set_up(&stage, Access::ReadWrite).doing(DOING)?;
    // Thrown away when it is cut short.
    stage
        .pragma_update(None, "journal_mode", "memory")
        .doing(DOING)?;
    stage
        .pragma_update(None, "synchronous", "off")
        .doing(DOING)?;
    let tx = stage
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    schema::bring_up(&tx)?;
    tx.commit().doing(DOING)?;
    Ok(stage)
}

/// The day in the workspace's zone, for the name of what is kept.
fn day_label(stage: &Connection, now: i64) -> Result<String, StoreError> {
    Ok(meta::zone(stage)?.day_of(now).to_string())
}

/// Journals the restore in the stage and sets its change log past the live one.
fn write_stage(
    stage: &mut Connection,
    copy: &Path,
    by: By<'_>,
    before: &Before,
) -> Result<(), StoreError> {
    let tx = stage
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    let bulk = tx
        .query_row("SELECT active FROM bulk", [], |row| row.get::<_, i64>(0))
        .doing(DOING)?;
    if bulk != 0 {
        totals::end_bulk(&tx)?;
    }
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    let name: String = name.chars().take(128).collect();
    // Who erases a person later must find this copy: the journal that named it has just been replaced by its own.
    let place = copy.canonicalize().unwrap_or_else(|_| copy.to_owned());
    let detail = serde_json::json!({ "path": place.to_string_lossy() }).to_string();
    let act = Act {
        at: by.now,
        act: "restore",
        subject_kind: "file",
        subject_id: &name,
        detail: Some(&*detail).filter(|detail| detail.len() <= 4096),
        ..Act::default()
    };
    journal::write(&tx, by.actor, act)?;
    before.write(&tx).doing(DOING)?;
    let head = changes::head(&tx)?.0.max(before.head).saturating_add(SKIP);
    tx.execute("DELETE FROM change_log", []).doing(DOING)?;
    tx.execute("DELETE FROM sqlite_sequence WHERE name = 'change_log'", [])
        .doing(DOING)?;
    tx.execute(
        "INSERT INTO sqlite_sequence VALUES ('change_log', ?1)",
        [head],
    )
    .doing(DOING)?;
    changes::log_sweep(&tx)?;
    tx.commit().doing(DOING)
}

/// How many erasures of the live workspace's journal the stage does not know of. A damaged journal tells none.
fn erasures_missing(stage: &Connection, live: &Connection) -> Result<u64, StoreError> {
    let seals = || -> rusqlite::Result<Vec<String>> {
        live.prepare("SELECT seal FROM journal WHERE act = 'erase' AND seal <> ''")?
            .query_map([], |row| row.get(0))?
            .collect()
    };
    let mut missing = 0;
    for seal in seals().unwrap_or_default() {
        let known: bool = stage
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM journal WHERE seal = ?1)",
                [seal],
                |row| row.get(0),
            )
            .doing(DOING)?;
        missing += u64::from(!known);
    }
    Ok(missing)
}

fn rows(conn: &Connection, sql: &str) -> Result<u64, StoreError> {
    conn.query_row(sql, [], |row| row.get(0)).doing(DOING)
}

fn close(stage: Connection) -> Result<(), StoreError> {
    stage.close().map_err(|(_, e)| e).doing(DOING)
}

/// Gives a finished stage its name, with the permissions of a new workspace.
fn put(part: &Part, to: &Path, over: Over<'_>) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::Permissions::from_mode(mode_in(&folder_of(to)));
    fs::set_permissions(part.path(), mode).doing(DOING)?;
    part.publish(to, over)
}

/// Replaces the pages of the live file in one transaction of its own, keeping what it held. How many erasures that undoes.
fn into_live(
    stage: &Connection,
    live: &mut Connection,
    path: &Path,
    kept: &Path,
    progress: &mut Progress<'_>,
) -> Result<u64, StoreError> {
    // Readers go on in WAL only; a damaged file may refuse the switch, and nobody reads it then.
    let _ = live.pragma_update(None, "journal_mode", "wal");
    let reader = connect(path, Access::ReadOnly)?;
    let erasures_undone;
    {
        let steps = Backup::new(stage, live).doing(DOING)?;
        // The first page takes the lock to write, so that nothing is committed between what is kept and what goes in.
        let first = steps.step(1).doing(DOING)?;
        if !matches!(first, StepResult::More | StepResult::Done) {
            return Err(StoreError::Busy { doing: DOING });
        }
        // Staging takes its time: only now does nobody erase any more.
        erasures_undone = erasures_missing(stage, &reader)?;
        keep_as_is(&reader, kept)?;
        drop(reader);
        run(&steps, progress)?;
    }
    // The whole file went through the -wal. Where a reader holds it, a later writer takes it over.
    let _ = live.busy_timeout(Duration::ZERO);
    let _ = live.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    Ok(erasures_undone)
}
