//! Pages into the workspace: rows, what they add up to, and the place they lead to, in one transaction.

use std::collections::HashSet;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::cursor::{Cursor, Shrink};
use super::query::Query;
use super::server::{Fetched, Server};
use super::{BadRow, Options, PullError, Report, ledger};
use crate::domain::text::inert;
use crate::domain::{SafeText, Sentence, sentence};
use crate::import::{Landed, Page, Rows};
use crate::store::journal::Act;
use crate::store::{Doing, changes, journal, totals};

/// Bad rows named when a page is refused.
const NAMED: usize = 20;
/// So many rows taken out at once put the triggers to sleep.
const BULK: usize = 50_000;

/// The rows of one kind on their way in.
pub(super) struct Landing<'q> {
    pub(super) query: &'q Query,
    pub(super) rows: Rows,
    /// `postgres:orders`.
    pub(super) source: String,
    /// Where they come from, for the journal.
    pub(super) address: String,
    /// The run, unless nothing is written.
    pub(super) run: Option<i64>,
    /// What the workspace has as cursor: somebody else's pull shows by another.
    pub(super) kept: Option<String>,
    pub(super) cursor: Cursor,
    pub(super) report: Report,
    /// The journal has a row of this pull.
    pub(super) journalled: bool,
}

impl Landing<'_> {
    /// Lands a page and moves the cursor to `next`; all of it or nothing.
    pub(super) fn page(
        &mut self,
        conn: &mut Connection,
        fetched: &[Fetched],
        next: Cursor,
        options: &mut Options<'_>,
    ) -> Result<(), PullError> {
        let tx = self.begin(conn)?;
        let (mut report, mut bad) = (self.report, Vec::new());
        let mut page = self.rows.page(&tx)?;
        for row in fetched {
            if let Landed::Bad(column, reason) = put(&mut page, row, &mut report)? {
                bad.push(self.bad(row, column, reason));
            }
        }
        page.settle()?;
        report.unmatched += page.unmatched();
        report.read += fetched.len() as u64;
        if let Some(reason) = page.contradiction()? {
            return Err(PullError::Refused(vec![BadRow {
                source: self.source.clone(),
                key: SafeText::new("dept_id"),
                column: Some("parent_id".into()),
                reason,
            }]));
        }
        drop(page);
        let next = self.shrunk(next, report.deleted, options)?;
        settle(bad, &mut report, options)?;
        self.commit(tx, next, report, options)
    }

    /// Takes out what the source does not have, as of one moment there, and ends the full pass. A row whose key cannot be
    /// read leaves everything in: it may be any of those that would go.
    pub(super) fn sweep(
        &mut self,
        conn: &mut Connection,
        server: &mut Server,
        options: &mut Options<'_>,
    ) -> Result<(), PullError> {
        let why = sentence!(
            "编号或时间读不出来, 所以什么都不去掉",
            "has no key or time that can be read, so nothing is taken out",
        );
        let mut there = HashSet::new();
        let lost = server.lost(self.query)?;
        let mut unread: Vec<_> = lost
            .iter()
            .map(|row| self.bad(row, None, why.clone()))
            .collect();
        server.each(self.query, |row| {
            if row.gone {
                return Ok(());
            }
            if let Some(digest) = self.rows.key_digest(&row.cells) {
                there.insert(digest);
            } else if unread.len() < NAMED {
                unread.push(self.bad(row, None, why.clone()));
            }
            Ok(())
        })?;
        let mut next = self.cursor.clone();
        next.full = false;
        let mut report = self.report;
        let clear = unread.is_empty();
        settle(unread, &mut report, options)?;
        let tx = self.begin(conn)?;
        if clear {
            let missing = self
                .rows
                .keys_here(&tx, |digest| !there.contains(&digest))?;
            report.deleted += missing.len() as u64;
            next = self.shrunk(next, report.deleted, options)?;
            let bulk = missing.len() > BULK;
            if bulk {
                totals::begin_bulk(&tx)?;
            }
            let mut page = self.rows.page(&tx)?;
            for key in &missing {
                if let Err(Landed::Bad(_, reason)) = page.remove_key(key)? {
                    return Err(PullError::Refused(vec![BadRow {
                        source: self.source.clone(),
                        key: key.shown(),
                        column: None,
                        reason,
                    }]));
                }
            }
            page.settle()?;
            drop(page);
            if bulk {
                totals::end_bulk(&tx)?;
            }
        }
        self.commit(tx, next, report, options)
    }

    /// Ends the pull: what it took out no longer counts against the next.
    pub(super) fn finish(
        &mut self,
        conn: &mut Connection,
        options: &mut Options<'_>,
    ) -> Result<(), PullError> {
        let tx = self.begin(conn)?;
        let mut next = self.cursor.clone();
        (next.open, next.full) = (None, false);
        if let Some(run) = self.run {
            ledger::end(&tx, run, (options.now)(), None)?;
        }
        self.commit(tx, next, self.report, options)
    }

    /// Begins to write, unless somebody else's pull has moved the cursor.
    fn begin<'c>(&self, conn: &'c mut Connection) -> Result<Transaction<'c>, PullError> {
        let tx = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .doing("beginning to land a page")?;
        if ledger::cursor(&tx, &self.source)? != self.kept {
            return Err(PullError::Overtaken(self.query.kind.code()));
        }
        Ok(tx)
    }

    /// The cursor with what this pull has taken out by now; too much is refused.
    fn shrunk(
        &self,
        mut next: Cursor,
        deleted: u64,
        options: &Options<'_>,
    ) -> Result<Cursor, PullError> {
        let before = self.cursor.open.unwrap_or_default();
        let open = Shrink {
            gone: before.gone + (deleted - self.report.deleted),
            ..before
        };
        next.open = Some(open);
        if open.gone > before.gone && open.is_too_much() && !options.allow_shrink {
            return Err(PullError::Shrink {
                kind: self.query.kind.code(),
                gone: open.gone,
                here: open.here,
            });
        }
        Ok(next)
    }

    /// Writes cursor, run and journal beside the rows, and commits; a dry run takes all of it back.
    fn commit(
        &mut self,
        tx: Transaction<'_>,
        next: Cursor,
        report: Report,
        options: &Options<'_>,
    ) -> Result<(), PullError> {
        let text = next.text();
        let moved = report.new + report.changed + report.deleted;
        match self.run {
            None => tx.rollback().doing("taking a dry run back")?,
            Some(run) => {
                let now = (options.now)();
                ledger::keep_cursor(&tx, &self.source, &text, now)?;
                ledger::step(&tx, run, &report)?;
                if moved > 0 && !self.journalled {
                    let act = Act {
                        at: now,
                        act: "pull",
                        subject_kind: "source",
                        subject_id: &self.source,
                        detail: Some(&self.address),
                        ..Act::default()
                    };
                    journal::write(&tx, options.actor, act)?;
                    self.journalled = true;
                }
                changes::prune(&tx)?;
                tx.commit().doing("committing a page")?;
                self.kept = Some(text);
            }
        }
        (self.cursor, self.report) = (next, report);
        Ok(())
    }

    /// A row that could not land, by its key.
    pub(super) fn bad(
        &self,
        row: &Fetched,
        column: Option<&'static str>,
        reason: Sentence,
    ) -> BadRow {
        BadRow {
            source: self.source.clone(),
            key: SafeText::new(&row.key.join("/")),
            column: column.map(str::to_owned),
            reason,
        }
    }
}

/// Lands a row, or takes it out where the source says it is gone or was never made, and counts it unless it is bad.
fn put(page: &mut Page<'_>, row: &Fetched, report: &mut Report) -> Result<Landed, PullError> {
    let landed = if row.gone || page.is_withdrawn(&row.cells) {
        match page.remove(&row.cells)? {
            Ok(was_here) => {
                report.deleted += u64::from(was_here);
                report.unchanged += u64::from(!was_here);
                return Ok(Landed::Unchanged);
            }
            Err(bad) => bad,
        }
    } else {
        page.put(&row.cells)?
    };
    match &landed {
        Landed::New => report.new += 1,
        Landed::Changed => report.changed += 1,
        Landed::Unchanged => report.unchanged += 1,
        Landed::Bad(..) => {}
    }
    Ok(landed)
}

/// Names bad rows in the rejects, or refuses the page for them.
pub(super) fn settle(
    mut bad: Vec<BadRow>,
    report: &mut Report,
    options: &mut Options<'_>,
) -> Result<(), PullError> {
    if bad.is_empty() {
        return Ok(());
    }
    report.rejected += bad.len() as u64;
    let Some(out) = &mut options.rejects else {
        bad.truncate(NAMED);
        return Err(PullError::Refused(bad));
    };
    let mut csv = csv::WriterBuilder::new().from_writer(out);
    for row in &bad {
        let column = row.column.as_deref().unwrap_or_default();
        // The file is for people and their spreadsheets; no import reads it.
        let reason = row.reason.en.as_str();
        let cells = [row.source.as_str(), row.key.as_str(), column, reason];
        csv.write_record(cells.map(inert))
            .map_err(|e| PullError::Rejects(std::io::Error::other(e)))?;
    }
    csv.flush().map_err(PullError::Rejects)
}
