//! The rows of one file, batch by batch: into the table, or out with a reason; and what stood at the end.

use std::borrow::Cow;
use std::io::Write;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode};

use super::afterwards;
use super::batch::{Batch, BatchRow};
use super::circle::{in_circle, own_parent};
use super::dress::dressed;
use super::items::{GivenBack, Items};
use super::kind::Kind;
use super::lookup::Lookup;
use super::plan;
use super::prepared::{Cells, Over};
use super::row::Sheet;
use super::sample::Sample;
use super::shown::Shown;
use super::table::{Fate, Table, Why, constraint};
use super::tagging::{Maker, Tagging};
use super::{ImportError, Matched, Problem, Report};
use crate::domain::text::inert;
use crate::domain::{Lang, SafeText};
use crate::store::totals::Bulk;
use crate::store::{Doing, changes, later};

/// After so many written rows the triggers are put to sleep and the totals rebuilt at the end.
const BULK_AFTER: u64 = 50_000;
/// A file of so many rows into a table that is small beside it goes in bulk from the beginning.
const BULK_AT_ONCE: u64 = 5_000;
/// Making an index anew sorts it in memory: tens of bytes a row. Larger files keep the indexes row by row.
const REST_UP_TO: u64 = 8_000_000;
/// Problems named when a file is refused; the rest is not looked for.
pub(super) const NAMED: usize = 20;
/// Rows between two looks at whoever wants it stopped.
const GLANCE: u64 = 1_000;

/// Statuses of orders, in the order in which they are counted.
const STATUSES: [&str; 4] = ["created", "paid", "completed", "closed"];

/// The rows of one file on their way in.
pub(super) struct Intake<'a, 'c> {
    conn: &'c Connection,
    table: Table<'c>,
    lookup: Lookup<'c>,
    tagging: Option<Tagging<'c>>,
    /// Orders with a row for each of their items.
    items: Option<Items<'c>>,
    given_back: Option<GivenBack<'c>>,
    sheet: &'a Sheet,
    rejects: Option<csv::Writer<&'a mut dyn Write>>,
    /// Language of the reasons in there.
    lang: Lang,
    report: Report,
    /// Ids of refunds that were not made.
    not_made: Vec<String>,
    bulk: Option<Bulk<'c>>,
    /// The latest instant that is later than now.
    until: Option<i64>,
}

impl<'a, 'c> Intake<'a, 'c> {
    /// Prepares the statements for about so many rows; bad ones go to `rejects`, with reasons in a language, or the whole file is refused for them.
    pub(super) fn new(
        conn: &'c Connection,
        sheet: &'a Sheet,
        rejects: Option<(&'a mut dyn Write, Lang)>,
        expected: u64,
    ) -> Result<Self, ImportError> {
        const DOING: &str = "preparing the import";
        let mut table = Table::new(conn, sheet).doing(DOING)?;
        table.knows_its_own(Shown::of(conn, sheet).doing(DOING)?);
        let mut bulk = None;
        if expected >= BULK_AT_ONCE && table.is_small_beside(conn, sheet, expected).doing(DOING)? {
            let mut now = Bulk::begin(conn, sheet.kind.spec().table)?;
            if expected <= REST_UP_TO {
                now.rest_indexes()?;
            }
            bulk = Some(now);
        }
        let report = Report {
            statuses: (sheet.kind == Kind::Orders && sheet.says("status")).then_some([0; 5]),
            ..Report::default()
        };
        Ok(Self {
            conn,
            table,
            lookup: Lookup::new(conn, sheet).doing(DOING)?,
            tagging: Tagging::of(conn, sheet).doing(DOING)?,
            items: Items::of(conn, sheet).doing(DOING)?,
            given_back: GivenBack::of(conn, sheet).doing(DOING)?,
            sheet,
            lang: rejects.as_ref().map_or(Lang::En, |(_, lang)| *lang),
            rejects: rejects
                .map(|(out, _)| csv::WriterBuilder::new().flexible(true).from_writer(out)),
            report,
            not_made: Vec::new(),
            bulk,
            until: None,
        })
    }

    /// Looks at the rows that differ, for up to so many of them.
    pub(super) fn watch(&mut self, most: usize) -> Result<(), ImportError> {
        let sample = Sample::new(self.conn, self.sheet, most);
        self.table
            .watch(sample.doing("preparing to show what changes")?);
        Ok(())
    }

    /// Makes the tags that are not there.
    pub(super) fn make_tags(&mut self, actor: &str, now: i64) {
        if let Some(tagging) = &mut self.tagging {
            let actor = actor.to_owned();
            tagging.makes(Maker { actor, now });
        }
    }

    /// Takes the rows of a batch: in, or out with their reasons. `glance` is told the rows so far now and then, and may stop.
    pub(super) fn take(
        &mut self,
        batch: &Batch,
        glance: &mut dyn FnMut(u64) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        self.report.left_out.add(batch.left_out);
        self.not_made.extend_from_slice(&batch.not_made);
        for spoilt in &batch.spoilt {
            self.reject(spoilt.problem.clone(), &spoilt.fields)?;
        }
        for row in batch.rows() {
            if self.report.rows().is_multiple_of(GLANCE) {
                glance(self.report.rows())?;
            }
            if let Some((column, reason)) = self.put(row)? {
                let line = row.line();
                let problem = Problem {
                    line,
                    column,
                    heading: column.and_then(|column| self.sheet.heading(column)),
                    reason,
                };
                self.reject(problem, row.fields())?;
            }
        }
        Ok(())
    }

    fn reject(&mut self, problem: Problem, fields: &[String]) -> Result<(), ImportError> {
        self.report.rejected += 1;
        if let Some(rejects) = &mut self.rejects {
            let reason = problem.what().say(self.lang).to_string();
            // A record that could not be split is one field: the reason still stands in its own column.
            let missing = self.sheet.width.saturating_sub(fields.len());
            let cells = fields.iter().map(|cell| dressed(cell));
            let cells = cells.chain(std::iter::repeat_n("".into(), missing));
            let record = cells.chain([reason.into()]);
            rejects
                .write_record(record.map(Cow::into_owned))
                .map_err(csv_error)?;
        }
        if self.report.problems.len() < NAMED {
            self.report.problems.push(problem);
        }
        Ok(())
    }

    /// Writes a row; `Some` is why the workspace would not take it. Of such a row nothing is left.
    fn put(&mut self, row: BatchRow<'_>) -> Result<Option<Why>, ImportError> {
        const DOING: &str = "writing the tags of a row";
        let Some(tagging) = &self.tagging else {
            return self.put_one(row, None);
        };
        if !tagging.is_in_steps(&row) {
            return self.put_tags(row);
        }
        let conn = self.conn;
        let step = |sql| conn.prepare_cached(sql)?.execute([]);
        step("SAVEPOINT tags").doing(DOING)?;
        let problems = std::mem::take(&mut self.report.problems);
        let before = self.report.clone();
        let fault = self.put_tags(row)?;
        if fault.is_some() {
            step("ROLLBACK TO tags").doing(DOING)?;
            self.report = before;
            if let Some(tagging) = &mut self.tagging {
                tagging.forget();
            }
        }
        self.report.problems = problems;
        step("RELEASE tags").doing(DOING)?;
        Ok(fault)
    }

    /// Writes a row of tags, one a tag where it names several.
    fn put_tags(&mut self, row: BatchRow<'_>) -> Result<Option<Why>, ImportError> {
        let Some(tagging) = &mut self.tagging else {
            return Ok(None);
        };
        let (at, tags) = match tagging.find(&row)? {
            Ok(found) => found,
            Err((column, why)) => return Ok(Some((Some(column), why))),
        };
        if tags.is_empty() {
            // Nothing but what stands between tags.
            self.report.left_out.untagged += 1;
        }
        for tag in tags {
            let fault = self.put_one(row, Some((at, Value::Text(tag))))?;
            if fault.is_some() {
                return Ok(fault);
            }
        }
        Ok(None)
    }

    fn put_one(
        &mut self,
        row: BatchRow<'_>,
        over: Option<(usize, Value)>,
    ) -> Result<Option<Why>, ImportError> {
        let row = match self.lookup.resolve(&row).doing("looking a row up")? {
            Ok(row) => row.with(over),
            Err((column, why)) => return Ok(Some((Some(column), why))),
        };
        let put = self.table.put(&row);
        let fate = match (put, &mut self.items) {
            (Ok(Fate::Contradicted), Some(items)) => {
                let over = items.find(&row).doing("looking an order up")?;
                let fate = self.table.put(&Over { row: &row, over });
                let is_same = matches!(fate, Ok(Fate::Unchanged | Fate::Repeated));
                self.report.items += u64::from(is_same);
                fate
            }
            (put, _) => put,
        };
        let fate = match fate {
            Ok(fate) => fate,
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                return Ok(Some((None, constraint(&e))));
            }
            Err(e) => return Err(e).doing("writing a row")?,
        };
        match fate {
            Fate::New => self.report.new += 1,
            Fate::Changed => self.report.changed += 1,
            Fate::Unchanged | Fate::Repeated => self.report.unchanged += 1,
            Fate::Contradicted | Fate::SecondOwner => return Ok(fate.refusal(self.sheet)),
        }
        // A row like an earlier one: what is told of rows besides was told of that.
        if fate == Fate::Repeated {
            return Ok(None);
        }
        if let Some(given_back) = &mut self.given_back {
            let is_open = given_back.is_open(&row).doing("looking for refunds")?;
            self.report.given_back += u64::from(is_open);
        }
        let is_unmatched = if self.table.is_fresh() {
            // The others are counted at the end, all at once.
            fate == Fate::New && self.table.names_nobody(&row)
        } else {
            self.table.is_unmatched(&row).doing("looking a row up")?
        };
        self.report.unmatched += u64::from(is_unmatched);
        // An order that has its buyer keeps them.
        let matched = Matched {
            alone: row.matched.alone * u64::from(is_unmatched),
            ..row.matched
        };
        self.report.matched.add(matched);
        if fate == Fate::New {
            self.report.masked.add(self.sheet.masked(&row));
        }
        self.count_status(&row);
        if let Some(at) = self.sheet.later(&row) {
            self.report.later += 1;
            self.until = self.until.max(Some(at));
        }
        if self.bulk.is_none() && self.report.new + self.report.changed >= BULK_AFTER {
            self.bulk = Some(Bulk::begin(self.conn, self.sheet.kind.spec().table)?);
        }
        Ok(None)
    }

    fn count_status(&mut self, row: &impl Cells) {
        let Some(statuses) = &mut self.report.statuses else {
            return;
        };
        let of = |field| self.sheet.slot(field).map(|at| row.cell(at));
        let status = of("status").and_then(|status| status.as_str().ok());
        let at = STATUSES.iter().position(|known| Some(*known) == status);
        if let Some(n) = at.and_then(|at| statuses.get_mut(at)) {
            *n += 1;
        }
        let is_paid = of("paid_at").is_some_and(|at| at != ValueRef::Null);
        if let ("closed", true, Some(n)) = (status.unwrap_or(""), is_paid, statuses.last_mut()) {
            *n += 1;
        }
    }

    /// Opens the rejects with the file's header and the column of reasons.
    pub(super) fn reject_header(&mut self, header: &[String]) -> Result<(), ImportError> {
        let Some(rejects) = &mut self.rejects else {
            return Ok(());
        };
        let names = header.iter().map(|name| inert(name));
        let names = names.chain([plan::REASON.to_owned()]);
        rejects.write_record(names).map_err(csv_error)
    }

    /// Departments that contain each other would never end: such a file is refused.
    fn circle(&mut self) -> Result<(), ImportError> {
        if self.sheet.kind != Kind::Departments {
            return Ok(());
        }
        let found: Option<i64> = in_circle(self.conn).doing("checking the organisation")?;
        if let Some(dept) = found {
            self.rejects = None;
            let reason = own_parent(dept);
            self.report.problems.insert(
                0,
                Problem {
                    line: 1,
                    column: Some("parent_id"),
                    heading: self.sheet.heading("parent_id"),
                    reason,
                },
            );
        }
        Ok(())
    }

    /// Flushes the rejects, or refuses the file for its problems; then brings totals and indexes up to the rows.
    pub(super) fn finish(mut self, file: &SafeText) -> Result<Report, ImportError> {
        self.circle()?;
        self.report.problems.sort_by_key(|problem| problem.line);
        match &mut self.rejects {
            Some(rejects) => rejects.flush().map_err(ImportError::Rejects)?,
            None if !self.report.problems.is_empty() => {
                return Err(ImportError::Refused {
                    file: file.clone(),
                    problems: self.report.problems,
                });
            }
            None => {}
        }
        if let Some(bulk) = &mut self.bulk {
            bulk.wake_indexes()?;
        }
        let withdrawn = self.table.withdraw(self.conn, &self.not_made);
        self.report.withdrawn = withdrawn.doing("taking refunds out that were not made")?;
        self.report.passed_on = self.table.settle(self.sheet.now)?;
        if self.table.is_fresh() {
            self.report.unmatched += self
                .table
                .count_unmatched(self.conn, self.sheet)
                .doing("counting the rows that match nobody")?;
        }
        self.report.left = self.table.left();
        self.report.tags_made = self.tagging.as_ref().map_or(0, |tagging| tagging.made);
        self.report.overdrawn = afterwards::overdrawn(self.conn, self.sheet.kind)?;
        self.report.untold = afterwards::untold(self.conn, self.sheet.kind)?;
        self.report.changes = self.table.take_changes();
        if let Some(until) = self.until {
            later::note(self.conn, until)?;
        }
        match self.bulk {
            Some(bulk) => bulk.end()?,
            None => changes::prune(self.conn)?,
        }
        Ok(self.report)
    }
}

fn csv_error(error: csv::Error) -> ImportError {
    ImportError::Rejects(match error.into_kind() {
        csv::ErrorKind::Io(e) => e,
        other => std::io::Error::other(format!("{other:?}")),
    })
}
