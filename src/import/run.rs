//! One file from its first look to its commit.

use std::io::Read;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::feed::{Feed, check, each_batch};
use super::intake::{Intake, NAMED};
use super::row::Sheet;
use super::source::{Source, Wish};
use super::{ImportError, Kind, Options, Plan, Progress, Report};
use crate::domain::SafeText;
use crate::store::imports::{self, Arrival, Counts};
use crate::store::{Doing, StoreError};

/// Changed rows shown when writing is rehearsed.
const SHOWN: usize = 10;

/// Imports rows that are read to their end first, of the kind that the header must fit.
///
/// # Errors
/// Every error leaves the workspace as it was.
pub fn run<R: Read>(
    kind: Kind,
    source: R,
    file_name: &str,
    conn: &mut Connection,
    options: &mut Options<'_>,
) -> Result<Report, ImportError> {
    let file = SafeText::new(file_name);
    let source = Source::of_reader(source, &Wish::default(), options.stop).map_err(|source| {
        ImportError::Read {
            file: file.clone(),
            source,
        }
    })?;
    let plan =
        Plan::new(kind, source.header()).map_err(|reason| ImportError::Header { file, reason })?;
    run_plan(&plan, &source, file_name, conn, options)
}

/// Imports one file, looked through before: every row is held against the rules, then all are written in one IMMEDIATE
/// transaction with kept totals, ledger and journal.
///
/// # Errors
/// Every error leaves the workspace as it was.
pub fn run_plan(
    plan: &Plan,
    source: &Source,
    file_name: &str,
    conn: &mut Connection,
    options: &mut Options<'_>,
) -> Result<Report, ImportError> {
    let file = SafeText::new(file_name);
    let sheet =
        Sheet::of_file(plan, options.zone, options.now).map_err(|reason| ImportError::Header {
            file: file.clone(),
            reason,
        })?;
    let passage = Passage {
        plan,
        source,
        sheet: &sheet,
        file,
        mapping: plan.json(),
    };
    if !options.again
        && !options.rehearse
        && let Some(report) = passage.standing(conn)?
    {
        return Ok(report);
    }
    let rows = passage.check(options)?;
    let large = rows > IN_MEMORY;
    if large {
        conn.pragma_update(None, "temp_store", "FILE")
            .doing("making room to sort")?;
    }
    let done = passage.write(conn, rows, options);
    if large {
        conn.pragma_update(None, "temp_store", "MEMORY")
            .doing("giving back the room to sort")?;
    }
    done
}

/// Indexes of so many rows are sorted in memory; those of larger files, ids and times, in a file without a name.
const IN_MEMORY: u64 = 250_000;

/// A file on its way in.
struct Passage<'a> {
    plan: &'a Plan,
    source: &'a Source,
    sheet: &'a Sheet,
    file: SafeText,
    mapping: String,
}

impl Passage<'_> {
    fn broken(&self, source: super::ReadError) -> ImportError {
        if matches!(source, super::ReadError::Stopped) {
            return self.stopped();
        }
        ImportError::Read {
            file: self.file.clone(),
            source,
        }
    }

    fn stopped(&self) -> ImportError {
        ImportError::Stopped {
            file: self.file.clone(),
        }
    }

    /// The file is in the workspace already, as it is.
    fn standing(&self, conn: &Connection) -> Result<Option<Report>, ImportError> {
        let spec = self.plan.kind().spec();
        let content = (self.source.digest(), self.mapping.as_str());
        // Whom such rows mean hangs on these as well.
        let asked = [
            ("phone", "customer"),
            ("credited_userid", "staff"),
            ("campaign_id", "campaign"),
            ("subject_id", "department"),
            ("subject_id", "staff"),
            ("subject_id", "campaign"),
            ("subject_id", "channel"),
            ("subject_id", "group_chat"),
            ("tag_id", "tag"),
            ("tag_id", "tag_group"),
        ];
        let is_asked = |column: &str| {
            let kind = self.plan.kind();
            let looks = matches!(
                kind,
                Kind::Orders | Kind::Costs | Kind::Targets | Kind::CustomerTags
            );
            looks && self.plan.position(column).is_some()
        };
        let asked = asked.into_iter().filter(|(column, _)| is_asked(column));
        let tables: Vec<&str> = std::iter::once(spec.table)
            .chain(asked.map(|(_, table)| table))
            .collect();
        let run = imports::standing(conn, spec.code, &tables, content)?;
        Ok(run.map(|run| Report {
            unchanged: run.counts.read,
            standing: Some(run),
            ..Report::default()
        }))
    }

    /// Holds every row against the rules, without a lock: how many there are.
    fn check(&self, options: &mut Options<'_>) -> Result<u64, ImportError> {
        let mut records = self.source.records().map_err(|e| self.broken(e))?;
        let mut next = |record: &mut _| records.next(record);
        let (mut problems, mut stopped) = (Vec::new(), false);
        let refuses = options.rejects.is_none();
        let feed = Feed::new(self.sheet, &mut next, false);
        let rows = check(feed, |rows, spoilt| {
            options.tell(Progress::Checked(rows));
            stopped = options.stop.load(Ordering::Relaxed);
            if refuses {
                problems.extend(spoilt.drain(..).map(|spoilt| spoilt.problem));
            }
            !stopped && problems.len() < NAMED
        })
        .map_err(|e| self.broken(e))?;
        if stopped {
            return Err(self.stopped());
        }
        if problems.is_empty() {
            return Ok(rows);
        }
        problems.truncate(NAMED);
        Err(ImportError::Refused {
            file: self.file.clone(),
            problems,
        })
    }

    /// Writes all rows, their totals, the ledger and the journal.
    fn write(
        &self,
        conn: &Connection,
        rows: u64,
        options: &mut Options<'_>,
    ) -> Result<Report, ImportError> {
        let stop = options.stop;
        let done = self.write_whole(conn, rows, options);
        match done {
            // A statement that was interrupted.
            Err(ImportError::Store(StoreError::Sql { .. })) if stop.load(Ordering::Relaxed) => {
                Err(self.stopped())
            }
            done => done,
        }
    }

    fn write_whole(
        &self,
        conn: &Connection,
        rows: u64,
        options: &mut Options<'_>,
    ) -> Result<Report, ImportError> {
        let tx = begin(conn, options, || self.stopped())?;
        let rejects = options.rejects.take();
        let rejects = rejects.map(|out| (out as &mut dyn std::io::Write, options.lang));
        let keeps_fields = rejects.is_some();
        let mut intake = Intake::new(&tx, self.sheet, rejects, rows)?;
        if options.rehearse {
            intake.watch(SHOWN)?;
        }
        if options.new_tags {
            intake.make_tags(options.actor, options.now);
        }
        intake.reject_header(self.source.header())?;
        let mut records = self.source.records().map_err(|e| self.broken(e))?;
        let mut next = |record: &mut _| records.next(record);
        let feed = Feed::new(self.sheet, &mut next, keeps_fields);
        let mut glance = |done: u64| {
            options.tell(Progress::Written(done, rows));
            if options.stop.load(Ordering::Relaxed) {
                return Err(self.stopped());
            }
            Ok(())
        };
        each_batch(
            feed,
            |e| self.broken(e),
            |batch| intake.take(batch, &mut glance),
        )?;
        options.tell(Progress::Finishing);
        let mut report = intake.finish(&self.file)?;
        if options.stop.load(Ordering::Relaxed) {
            return Err(self.stopped());
        }
        if options.rehearse {
            tx.rollback().doing("taking the rehearsal back")?;
            return Ok(report);
        }
        report.run = Some(self.record(&tx, &report, options)?);
        tx.commit().doing("committing the import")?;
        Ok(report)
    }

    fn record(
        &self,
        conn: &Connection,
        report: &Report,
        options: &Options<'_>,
    ) -> Result<i64, StoreError> {
        let name = std::path::Path::new(self.file.as_str()).file_name();
        imports::record(
            conn,
            &Arrival {
                kind: self.plan.kind().code(),
                file: &name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
                content_hash: self.source.digest(),
                mapping: &self.mapping,
                counts: Counts {
                    read: report.rows(),
                    new: report.new,
                    changed: report.changed,
                    unchanged: report.unchanged,
                    rejected: report.rejected,
                },
                actor: options.actor,
                started_at: options.now,
                ended_at: options.clock.map_or(options.now, |clock| clock()),
            },
        )
    }
}

/// Begins to write; a busy workspace is asked as long as the caller wants it asked.
fn begin<'c>(
    conn: &'c Connection,
    options: &mut Options<'_>,
    stopped: impl Fn() -> ImportError,
) -> Result<Transaction<'c>, ImportError> {
    loop {
        let begun = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)
            .doing("beginning the import");
        match begun {
            Ok(tx) => return Ok(tx),
            Err(error) if error.is_busy() => {
                let asks = options.busy.as_mut().is_some_and(|busy| busy());
                if options.stop.load(Ordering::Relaxed) {
                    return Err(stopped());
                }
                if !asks {
                    return Err(error.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}
