//! The rows of one file, one by one: into the table, or out with a reason; and what stood at the end.

use std::io::Write;

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode};

use super::kind::Kind;
use super::row::{self, Sheet};
use super::source::Record;
use super::table::{Fate, Table};
use super::{ImportError, Problem, Report};
use crate::domain::SafeText;
use crate::store::{Doing, totals};

/// After so many written rows the triggers are put to sleep and the totals rebuilt at the end.
const BULK_AFTER: u64 = 50_000;
/// Problems named when a file is refused; the rest is not looked for.
const NAMED: usize = 20;

/// The rows of one file on their way in.
pub(super) struct Intake<'a, 'c, W: Write> {
    conn: &'c Connection,
    table: Table<'c>,
    sheet: &'a Sheet,
    rejects: Option<csv::Writer<W>>,
    report: Report,
    values: Vec<Value>,
    bulk: bool,
}

impl<'a, 'c, W: Write> Intake<'a, 'c, W> {
    /// Prepares the statements; bad rows go to `rejects`, or the whole file is refused for them.
    pub(super) fn new(
        conn: &'c Connection,
        sheet: &'a Sheet,
        rejects: Option<W>,
    ) -> Result<Self, ImportError> {
        Ok(Self {
            conn,
            table: Table::new(conn, sheet).doing("preparing the import")?,
            sheet,
            rejects: rejects.map(|out| csv::WriterBuilder::new().flexible(true).from_writer(out)),
            report: Report::default(),
            values: Vec::new(),
            bulk: false,
        })
    }

    /// Rows read so far.
    pub(super) fn rows(&self) -> u64 {
        self.report.rows()
    }

    /// The file will be refused, and enough is known to say why.
    pub(super) fn is_lost(&self) -> bool {
        self.rejects.is_none() && self.report.problems.len() >= NAMED
    }

    /// Takes one record: in, or out with its reason.
    pub(super) fn take(
        &mut self,
        record: &Record,
        read: Result<(), String>,
    ) -> Result<(), ImportError> {
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

    /// Opens the rejects with the file's header and the column of reasons.
    pub(super) fn reject_header(&mut self, header: &[String]) -> Result<(), ImportError> {
        let Some(rejects) = &mut self.rejects else {
            return Ok(());
        };
        let names = header.iter().map(String::as_str).chain([row::REASON]);
        rejects.write_record(names).map_err(csv_error)
    }

    /// Departments that contain each other would never end: such a file is refused.
    pub(super) fn circle(&mut self, kind: Kind) -> Result<(), ImportError> {
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
    pub(super) fn finish(mut self, file: &SafeText) -> Result<(Report, bool), ImportError> {
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
pub(super) fn in_circle(conn: &Connection) -> rusqlite::Result<Option<i64>> {
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
pub(super) fn constraint(error: &rusqlite::Error) -> String {
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
