//! The way in: CSV files of every entity, checked row by row and written in one transaction a file.
//!
//! [`run`] reads UTF-8 CSV (`record`), turns cells into values of the store (`kind` says which, `parse` how, `row` what
//! follows from them) and puts each row by its natural key (`table`), so that a second import changes nothing and logs
//! nothing. A bad row is named by line, column and reason; the whole file is refused then, or, where the caller gives a
//! place for them, the bad rows go out and the good ones in. Nothing is in the workspace until the file is through.

mod kind;
mod parse;
mod record;
mod row;
mod table;

use std::fmt;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, ErrorCode, TransactionBehavior, types::Value};

use crate::domain::{SafeText, Zone};
use crate::store::{Doing, StoreError, changes, totals};

use record::{Record, Records};
use row::Sheet;
use table::{Fate, Table};

pub use kind::Kind;
pub use record::ReadError;

/// After so many written rows the triggers are put to sleep and the totals rebuilt at the end.
const BULK_AFTER: u64 = 50_000;
/// Rows between two looks at the stop flag.
const GLANCE: u64 = 1_000;
/// Problems named when a file is refused; the rest is not looked for.
const NAMED: usize = 20;

/// How a file is imported.
pub struct Options<'a> {
    /// The workspace's zone: local times and business days are of it.
    pub zone: Zone,
    /// Now, unix seconds: when rows were synced.
    pub now: i64,
    /// Where bad rows go, as CSV with a column `reject_reason`; `None` refuses the whole file for one bad row.
    pub rejects: Option<&'a mut dyn Write>,
    /// Called now and then with the rows read so far.
    pub progress: &'a mut dyn FnMut(u64),
    /// Set by somebody who wants it stopped: everything is rolled back.
    pub stop: &'a AtomicBool,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows that were not there.
    pub new: u64,
    /// Rows that were there with other values.
    pub changed: u64,
    /// Rows that were there just so.
    pub unchanged: u64,
    /// Rows that went to the rejects.
    pub rejected: u64,
    /// Rows kept although what they speak of is not in the workspace: orders of people outside the pool, for instance.
    pub unmatched: u64,
    /// The first problems.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Rows read.
    pub fn rows(&self) -> u64 {
        self.new + self.changed + self.unchanged + self.rejected
    }

    /// 0, or 6 when rows were rejected.
    pub fn exit_code(&self) -> u8 {
        if self.rejected > 0 { 6 } else { 0 }
    }
}

/// One bad row. The cell itself is not repeated: it may hold personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line the row begins on, from 1.
    pub line: u64,
    /// Column, when one is to blame.
    pub column: Option<&'static str>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "line {}, column {column}: {}", self.line, self.reason),
            None => write!(f, "line {}: {}", self.line, self.reason),
        }
    }
}

/// Why a file was not imported; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The header does not fit the kind.
    #[error("{file}: {reason}")]
    Header {
        /// The file, safe to show.
        file: SafeText,
        /// What is wrong.
        reason: String,
    },
    /// Bad rows, and nowhere to put them.
    #[error("{file} was refused: {}{}", first(.problems), if .problems.len() > 1 { " (and more)" } else { "" })]
    Refused {
        /// The file, safe to show.
        file: SafeText,
        /// The first bad rows, at most twenty.
        problems: Vec<Problem>,
    },
    /// The file could not be read to its end.
    #[error("{file}: {source}")]
    Read {
        /// The file, safe to show.
        file: SafeText,
        /// Why not.
        source: ReadError,
    },
    /// The rejects could not be written.
    #[error("writing the rejected rows: {0}")]
    Rejects(std::io::Error),
    /// It was stopped.
    #[error("{file}: stopped, nothing was written")]
    Stopped {
        /// The file, safe to show.
        file: SafeText,
    },
    /// The workspace said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn first(problems: &[Problem]) -> String {
    problems
        .first()
        .map_or_else(String::new, Problem::to_string)
}

impl ImportError {
    /// The exit code of the command line (product.md, decision 14).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Header { .. } | Self::Refused { .. } | Self::Read { .. } | Self::Rejects(_) => 1,
            Self::Stopped { .. } => 130,
            Self::Store(e) => e.exit_code(),
        }
    }

    /// What to do next, one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::Header { .. } => "see the columns with `caopan import KIND --template`; nothing was written".into(),
            Self::Refused { .. } => {
                "correct the rows named, or let the good ones in with --rejects OUT.csv; nothing was written".into()
            }
            Self::Read { .. } => "save the file again as CSV UTF-8; nothing was written".into(),
            Self::Rejects(_) => "choose another place for --rejects; nothing was written".into(),
            Self::Stopped { .. } => "run it again: it begins anew".into(),
            Self::Store(e) => e.help(),
        }
    }
}

/// Imports one file in one IMMEDIATE transaction.
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
    let broken = |source| ImportError::Read {
        file: file.clone(),
        source,
    };
    let mut records = Records::new(source).map_err(broken)?;
    let mut record = Record::default();
    let header = |reason: String| ImportError::Header {
        file: file.clone(),
        reason,
    };
    match records.next(&mut record).map_err(broken)? {
        None => return Err(header("the file is empty".into())),
        Some(Err(why)) => return Err(header(format!("the header {why}"))),
        Some(Ok(())) => {}
    }
    let sheet = Sheet::new(kind, &record.fields, options.zone, options.now).map_err(header)?;
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing("beginning the import")?;
    let mut intake = Intake {
        conn: &tx,
        table: Table::new(&tx, &sheet).doing("preparing the import")?,
        sheet: &sheet,
        rejects: options.rejects.as_mut().map(|out| {
            csv::WriterBuilder::new()
                .flexible(true)
                .from_writer(&mut **out)
        }),
        report: Report::default(),
        values: Vec::new(),
        bulk: false,
    };
    intake.reject_header(&record.fields)?;
    while let Some(read) = records.next(&mut record).map_err(broken)? {
        intake.take(&record, read)?;
        if intake.rejects.is_none() && intake.report.problems.len() >= NAMED {
            break;
        }
        if intake.report.rows().is_multiple_of(GLANCE) {
            if options.stop.load(Ordering::Relaxed) {
                return Err(ImportError::Stopped { file });
            }
            (options.progress)(intake.report.rows());
        }
    }
    intake.circle(kind)?;
    let (report, bulk) = intake.finish(&file)?;
    (options.progress)(report.rows());
    if options.stop.load(Ordering::Relaxed) {
        return Err(ImportError::Stopped { file });
    }
    if bulk {
        totals::end_bulk(&tx)?;
    } else {
        changes::prune(&tx)?;
    }
    tx.commit().doing("committing the import")?;
    Ok(report)
}

/// The rows of one file on their way in.
struct Intake<'a, 'c, W: Write> {
    conn: &'c Connection,
    table: Table<'c>,
    sheet: &'a Sheet,
    rejects: Option<csv::Writer<W>>,
    report: Report,
    values: Vec<Value>,
    bulk: bool,
}

impl<W: Write> Intake<'_, '_, W> {
    /// Takes one record: in, or out with its reason.
    fn take(&mut self, record: &Record, read: Result<(), String>) -> Result<(), ImportError> {
        let fault = match read {
            Err(why) => Some((None, why)),
            Ok(()) if record.fields.len() != self.sheet.width => Some((
                None,
                format!(
                    "has {} columns, the header has {}",
                    record.fields.len(),
                    self.sheet.width
                ),
            )),
            Ok(()) => match self.sheet.read(&record.fields, &mut self.values) {
                Err((column, why)) => Some((Some(column), why)),
                Ok(()) => self.put()?,
            },
        };
        let Some((column, reason)) = fault else {
            return Ok(());
        };
        let problem = Problem {
            line: record.line,
            column,
            reason,
        };
        if let Some(rejects) = &mut self.rejects {
            let mut fields = record.fields.clone();
            // A record that could not be split is one field: the reason still stands in its own column.
            fields.resize(self.sheet.width.max(fields.len()), String::new());
            fields.push(problem.to_string());
            rejects.write_record(&fields).map_err(csv_error)?;
        }
        self.report.rejected += 1;
        if self.report.problems.len() < NAMED {
            self.report.problems.push(problem);
        }
        Ok(())
    }

    /// Writes the row just read; `Some` is why the workspace would not take it.
    fn put(&mut self) -> Result<Option<(Option<&'static str>, String)>, ImportError> {
        let fate = match self.table.put(&self.values) {
            Ok(fate) => fate,
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                return Ok(Some((None, constraint(&e))));
            }
            Err(e) => return Err(e).doing("writing a row")?,
        };
        match fate {
            Fate::New => self.report.new += 1,
            Fate::Changed => self.report.changed += 1,
            Fate::Unchanged => self.report.unchanged += 1,
            Fate::Contradicted => {
                return Ok(Some((
                    None,
                    "has the key of an earlier line and other values".into(),
                )));
            }
            Fate::SecondOwner => {
                return Ok(Some((
                    Some("is_owner"),
                    "is 1 for a second owner of the same customer".into(),
                )));
            }
        }
        if self
            .table
            .is_unmatched(&self.values)
            .doing("looking a row up")?
        {
            self.report.unmatched += 1;
        }
        if !self.bulk && self.report.new + self.report.changed >= BULK_AFTER {
            totals::begin_bulk(self.conn)?;
            self.bulk = true;
        }
        Ok(None)
    }

    fn reject_header(&mut self, header: &[String]) -> Result<(), ImportError> {
        let Some(rejects) = &mut self.rejects else {
            return Ok(());
        };
        let names = header.iter().map(String::as_str).chain([row::REASON]);
        rejects.write_record(names).map_err(csv_error)
    }

    /// Departments that contain each other would never end: such a file is refused.
    fn circle(&mut self, kind: Kind) -> Result<(), ImportError> {
        if kind != Kind::Departments {
            return Ok(());
        }
        let found: Option<i64> = in_circle(self.conn).doing("checking the organisation")?;
        if let Some(dept) = found {
            self.rejects = None;
            let reason = format!("department {dept} is, over its parents, its own parent");
            self.report.problems.insert(
                0,
                Problem {
                    line: 1,
                    column: Some("parent_id"),
                    reason,
                },
            );
        }
        Ok(())
    }

    /// Flushes the rejects, or refuses the file for its problems.
    fn finish(mut self, file: &SafeText) -> Result<(Report, bool), ImportError> {
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
        Ok((self.report, self.bulk))
    }
}

/// A department that is its own ancestor, if there is one. Walks up from each, marking what is known to end.
fn in_circle(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    use std::collections::{BTreeMap, BTreeSet};
    let mut statement =
        conn.prepare("SELECT dept_id, parent_id FROM department WHERE parent_id IS NOT NULL")?;
    let parents: BTreeMap<i64, i64> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut ends = BTreeSet::new();
    for start in parents.keys() {
        let (mut way, mut at) = (BTreeSet::new(), *start);
        while !ends.contains(&at) {
            if !way.insert(at) {
                return Ok(Some(at));
            }
            let Some(parent) = parents.get(&at) else {
                break;
            };
            at = *parent;
        }
        ends.extend(way);
    }
    Ok(None)
}

/// What a constraint of the schema means to the one who wrote the file.
fn constraint(error: &rusqlite::Error) -> String {
    let said = error.to_string();
    if said.contains("ux_follow_owner") || said.contains("follow.external_userid") {
        "the customer has another owner already (is_owner = 1)".into()
    } else if said.contains("FOREIGN KEY") {
        "refers to something the workspace does not have: import that first".into()
    } else if said.contains("UNIQUE") {
        "has a name or number that another row has already".into()
    } else {
        "does not fit the table's rules".into()
    }
}

fn csv_error(error: csv::Error) -> ImportError {
    ImportError::Rejects(match error.into_kind() {
        csv::ErrorKind::Io(e) => e,
        other => std::io::Error::other(format!("{other:?}")),
    })
}
