//! The way in: CSV files of every entity, checked row by row and written in one transaction a file.
//!
//! [`run`] reads UTF-8 CSV (`record`), turns cells into values of the store (`kind` says which, `parse` how, `row` and `rules` what
//! follows from them) and puts each row by its natural key (`intake`, `table`), so that a second import changes nothing and logs
//! nothing. A bad row is named by line, column and reason; the whole file is refused then, or, where the caller gives a
//! place for them, the bad rows go out and the good ones in. Nothing is in the workspace until the file is through.
//! [`Rows`] holds rows that come from elsewhere to the same rules.

mod column;
mod intake;
mod kind;
mod parse;
mod plan;
mod row;
mod rows;
mod rules;
pub mod source;
mod table;

use std::fmt;
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, TransactionBehavior};

use crate::domain::{SafeText, Zone};
use crate::store::{Doing, StoreError, changes, totals};

use intake::Intake;
use row::Sheet;
use source::{Record, Source, Wish};

pub use kind::Kind;
pub use plan::Plan;
pub use rows::{Holds, Key, Landed, Page, Rows};
pub use source::ReadError;

/// Rows between two looks at the stop flag.
const GLANCE: u64 = 1_000;

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

/// Imports one file, looked through before, in one IMMEDIATE transaction.
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
    let broken = |source| ImportError::Read {
        file: file.clone(),
        source,
    };
    let header = |reason: String| ImportError::Header {
        file: file.clone(),
        reason,
    };
    let mut records = source.records().map_err(broken)?;
    let mut record = Record::default();
    let sheet = Sheet::new(plan, options.zone, options.now).map_err(header)?;
    let tx = conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing("beginning the import")?;
    let rejects = options.rejects.as_deref_mut();
    let mut intake = Intake::new(&tx, &sheet, rejects)?;
    intake.reject_header(source.header())?;
    while let Some(read) = records.next(&mut record).map_err(broken)? {
        intake.take(&record, read)?;
        if intake.is_lost() {
            break;
        }
        if intake.rows().is_multiple_of(GLANCE) {
            if options.stop.load(Ordering::Relaxed) {
                return Err(ImportError::Stopped { file });
            }
            (options.progress)(intake.rows());
        }
    }
    intake.circle(plan.kind())?;
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
