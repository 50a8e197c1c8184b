//! Writing: one short `BEGIN IMMEDIATE` transaction an act, journalled in the same transaction.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::board::BoardKey;
use super::changes;
use super::connect::Access;
use super::error::{Doing, StoreError, shown};
use super::file::FileId;
use super::journal::{self, Act};
use super::open::{Opened, PATIENCE, open};
use crate::domain::StaffId;

/// The console's own writing connection.
#[derive(Debug)]
pub struct Writer {
    conn: Connection,
    path: PathBuf,
    file: FileId,
    actor: String,
    own: Vec<(i64, i64)>,
    lines: Vec<i64>,
}

/// Own acts remembered.
const OWN: usize = 64;

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

/// A board as it stood.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptBoard {
    /// Which.
    pub key: BoardKey<'static>,
    /// When, unix seconds.
    pub taken_at: i64,
    /// Who was ranked.
    pub lines: Vec<BoardLine>,
}

/// Ids of customers that hold a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// So many hold it anywhere.
    pub hold: u64,
    /// So many of these begin with it.
    pub begin: u64,
    /// One of them is nothing else.
    pub is_whole: bool,
}

/// What was written stands in the file itself when its writer is gone, as far as nobody reads an older state: whoever copies
/// the file while others only look at it has it all.
impl Drop for Writer {
    fn drop(&mut self) {
        // The rows are safe beside the file in any case, and who closes last brings them into it.
        let _ = self
            .conn
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
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
            own: Vec::new(),
            lines: Vec::new(),
        })
    }

    /// Who the journal names.
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The workspace, for looking at it before writing.
    pub fn look(&self) -> &Connection {
        &self.conn
    }

    /// Which of these are ids of customers, and which are not, each in its order.
    pub fn known_customers(
        &self,
        words: &[String],
    ) -> Result<(Vec<String>, Vec<String>), StoreError> {
        const DOING: &str = "looking for customers";
        let mut find = self
            .conn
            .prepare_cached("SELECT 1 FROM customer WHERE external_userid = ?1")
            .doing(DOING)?;
        let (mut known, mut others) = (Vec::new(), Vec::new());
        for word in words {
            let is_known = find.exists([word]).doing(DOING)?;
            let list = if is_known { &mut known } else { &mut others };
            list.push(word.clone());
        }
        Ok((known, others))
    }

    /// How many ids of customers hold a piece of text, as it is written.
    pub fn ids_holding(&self, piece: &str) -> Result<Holding, StoreError> {
        let sql = "SELECT count(*), coalesce(sum(instr(external_userid, ?1) = 1), 0),
                     coalesce(max(external_userid = ?1), 0)
                   FROM customer WHERE instr(external_userid, ?1) > 0";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Holding {
                hold: row.get(0)?,
                begin: row.get(1)?,
                is_whole: row.get(2)?,
            })
        };
        let found = self.conn.query_row(sql, [piece], read);
        found.doing("looking for customers")
    }

    /// Nobody else is writing now. An act that begins next will hardly have to wait.
    pub fn is_free(&mut self) -> Result<bool, StoreError> {
        const DOING: &str = "beginning to write";
        self.conn.busy_timeout(Duration::ZERO).doing(DOING)?;
        let begun = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(Transaction::rollback)
            .doing(DOING);
        self.conn.busy_timeout(PATIENCE).doing(DOING)?;
        match begun {
            Ok(()) => Ok(true),
            Err(error) if error.is_busy() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Places of the change log that were written here: first and last of each act, the newest acts.
    pub(super) fn own_changes(&self) -> &[(i64, i64)] {
        &self.own
    }

    /// Lines of the journal that were written here.
    pub(super) fn own_lines(&self) -> &[i64] {
        &self.lines
    }

    /// Runs one act: all of it or nothing. Waits up to the busy timeout for other writers; refuses when the path no longer
    /// means the file that was opened.
    pub fn act<T>(
        &mut self,
        act: Act<'_>,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let actor = self.actor.clone();
        self.transact(|tx| {
            let done = write(tx)?;
            journal::write(tx, &actor, act)?;
            Ok((done, true))
        })
    }

    /// One transaction that writes its own line in the journal; nothing is kept unless it says so with `true`.
    pub(super) fn transact<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<(T, bool), StoreError>,
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
        let before = changes::head(&tx)?;
        let (done, keeps) = write(&tx)?;
        if !keeps {
            tx.rollback().doing("leaving everything as it was")?;
            return Ok(done);
        }
        let after = changes::head(&tx)?;
        changes::prune(&tx)?;
        // Nobody else writes meanwhile: the newest line is of this act.
        let line = tx
            .query_row("SELECT max(journal_id) FROM journal", [], |row| row.get(0))
            .doing("writing")?;
        tx.commit().doing("writing")?;
        self.lines.extend::<Option<i64>>(line);
        if after > before {
            self.own.push((before.0 + 1, after.0));
            let old = self.own.len().saturating_sub(OWN);
            self.own.drain(..old);
        }
        Ok(done)
    }

    /// Keeps boards as they stood, to measure movement against; how many are new. The same board at the same second is kept
    /// once, and where none is new nothing is written.
    pub fn keep_boards(&mut self, boards: &[KeptBoard], at: i64) -> Result<usize, StoreError> {
        const DOING: &str = "keeping boards";
        let mut new = Vec::new();
        for board in boards {
            let (key, start) = (board.key, board.key.start.to_string());
            let stands: bool = self
                .conn
                .query_row(
                    "SELECT EXISTS (SELECT 1 FROM leaderboard_snapshot
                       WHERE board = ?1 AND period_kind = ?2 AND period_start = ?3 AND taken_at = ?4)",
                    params![key.board, key.kind.as_str(), start, board.taken_at],
                    |row| row.get(0),
                )
                .doing(DOING)?;
            new.extend((!stands).then_some(board));
        }
        if new.is_empty() {
            return Ok(0);
        }
        let detail = serde_json::json!({ "boards": new.len() }).to_string();
        let act = Act {
            at,
            act: "board_snapshot",
            subject_kind: "board",
            detail: Some(&detail),
            ..Act::default()
        };
        self.act(act, |tx| {
            for board in &new {
                keep(tx, board).doing(DOING)?;
            }
            thin_out(tx, at).doing(DOING)?;
            Ok(new.len())
        })
    }
}

/// Boards of a day are kept by the hour for so long (seconds): what moved within a day is asked of days near at hand.
const HOURLY: i64 = 30 * 86_400;

/// Of days longer ago the last board alone is kept: where the day ended.
fn thin_out(tx: &Transaction<'_>, now: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM leaderboard_snapshot AS s WHERE s.period_kind = 'day' AND s.taken_at < ?1
         AND s.taken_at < (SELECT max(l.taken_at) FROM leaderboard_snapshot l
           WHERE l.board = s.board AND l.period_kind = s.period_kind AND l.period_start = s.period_start)";
    tx.execute(sql, [now - HOURLY]).map(drop)
}

/// Writes a board.
fn keep(tx: &Transaction<'_>, board: &KeptBoard) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO leaderboard_snapshot (board, period_kind, period_start, taken_at, subject_id, value, rank)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
    )?;
    let (key, start) = (board.key, board.key.start.to_string());
    for line in &board.lines {
        insert.execute(params![
            key.board,
            key.kind.as_str(),
            start,
            board.taken_at,
            line.id.as_str(),
            line.value,
            line.rank
        ])?;
    }
    Ok(())
}
