//! Writing: one short `BEGIN IMMEDIATE` transaction an act, journalled in the same transaction.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::board::BoardKey;
use super::error::{Doing, StoreError, shown};
use super::file::FileId;
use super::journal::{self, Act};
use super::open::{Access, Opened, open};
use super::{changes, totals};
use crate::domain::StaffId;

/// The console's own writing connection.
#[derive(Debug)]
pub struct Writer {
    conn: Connection,
    path: PathBuf,
    file: FileId,
    actor: String,
}

/// A line of a board to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardLine {
    /// Staff.
    pub id: StaffId,
    /// Value ranked, fen or count.
    pub value: f64,
    /// Rank, from 1.
    pub rank: u32,
}

impl Writer {
    /// Opens the workspace for writing; [`StoreError::ReadOnly`] where that is not possible. `actor` is who the journal
    /// names.
    pub fn open(path: &Path, actor: &str) -> Result<Self, StoreError> {
        let Opened {
            conn, access, file, ..
        } = open(path, Access::ReadWrite)?;
        if access == Access::ReadOnly {
            return Err(StoreError::ReadOnly {
                doing: "opening it for writing",
            });
        }
        Ok(Self {
            conn,
            path: path.to_owned(),
            file,
            actor: actor.to_owned(),
        })
    }

    /// Runs one act: all of it or nothing. Waits up to the busy timeout for other writers; refuses when the path no longer
    /// means the file that was opened.
    pub fn act<T>(
        &mut self,
        act: Act<'_>,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if FileId::of(&self.path) != Some(self.file) {
            return Err(StoreError::Replaced {
                path: shown(&self.path),
            });
        }
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .doing("beginning to write")?;
        let done = write(&tx)?;
        journal::write(&tx, &self.actor, act)?;
        changes::prune(&tx)?;
        tx.commit().doing("writing")?;
        Ok(done)
    }

    /// Keeps a board as it stands at `taken_at`, to measure movement against. The same board at the same second is kept once.
    pub fn keep_board(
        &mut self,
        key: BoardKey<'_>,
        taken_at: i64,
        lines: &[BoardLine],
    ) -> Result<(), StoreError> {
        let act = Act {
            at: taken_at,
            act: "board_snapshot",
            subject_kind: "board",
            subject_id: key.board,
            ..Act::default()
        };
        let start = key.start.to_string();
        self.act(act, |tx| {
            let mut insert = tx
                .prepare_cached(
                    "INSERT INTO leaderboard_snapshot (board, period_kind, period_start, taken_at, subject_id, value, rank)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                )
                .doing("keeping a board")?;
            for line in lines {
                insert
                    .execute(params![
                        key.board,
                        key.kind.as_str(),
                        start,
                        taken_at,
                        line.id.as_str(),
                        line.value,
                        line.rank
                    ])
                    .doing("keeping a board")?;
            }
            Ok(())
        })
    }
}

/// Ends a bulk write that somebody committed half done: the totals are rebuilt and the triggers woken. No-op otherwise.
pub(super) fn end_stray_bulk(conn: &mut Connection) -> Result<bool, StoreError> {
    let active = |conn: &Connection| {
        conn.query_row("SELECT active FROM bulk", [], |row| row.get::<_, i64>(0))
            .doing("looking for an unfinished bulk write")
            .map(|n| n != 0)
    };
    if !active(conn)? {
        return Ok(false);
    }
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing("ending an unfinished bulk write")?;
    // Somebody else may have ended it while this waited.
    if active(&tx)? {
        totals::end_bulk(&tx)?;
    }
    tx.commit().doing("ending an unfinished bulk write")?;
    Ok(true)
}
