//! The way in: files of every entity, checked whole and then written in one transaction a file.
//!
//! [`source`] reads files as people have them into records, `kind` says what the cells mean, `parse` how they are written,
//! `row` and `rules` what follows from them. [`run_plan`] first holds every row against the rules, without a lock; then one
//! thread reads the rows again into batches (`feed`, `batch`) while another puts them by their natural keys (`intake`,
//! `table`), so that a second import changes nothing and logs nothing. A bad row is named by line, column and reason; the
//! whole file is refused then, or, where the caller gives a place for them, the bad rows go out and the good ones in.
//! Rows, kept totals, ledger and journal are one transaction: nothing is in the workspace until the file is through.
//! [`Rows`] holds rows that come from elsewhere to the same rules.

mod afterwards;
mod amount;
mod batch;
mod cell;
mod circle;
mod column;
mod dress;
mod feed;
mod headings;
mod intake;
mod items;
mod kind;
mod left_out;
mod lookup;
mod moment;
mod narrow;
mod owners;
mod parse;
mod placing;
mod plan;
mod prepared;
mod refers;
pub mod remembered;
mod row;
mod rows;
mod rules;
mod run;
mod sample;
mod shown;
mod silent;
pub mod source;
mod standing;
mod subject;
mod table;
mod tagging;
mod there;

use std::fmt;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use crate::domain::{Lang, SafeText, Sentence, Zone, sentence};
use crate::store::{StoreError, imports};

pub use amount::fen;
pub use kind::Kind;
pub use left_out::LeftOut;
pub use lookup::Matched;
pub use plan::{Plan, Said};
pub use rows::{Holds, Key, Landed, Page, Rows};
pub use run::{run, run_plan};
pub use sample::{Cell, Change};
pub use silent::Masked;
pub use source::ReadError;

/// How a file is imported.
pub struct Options<'a> {
    /// The workspace's zone: local times and business days are of it.
    pub zone: Zone,
    /// Now, unix seconds: when rows were synced.
    pub now: i64,
    /// Who imports, for ledger and journal.
    pub actor: &'a str,
    /// Set by somebody who wants it stopped: everything is rolled back.
    pub stop: &'a AtomicBool,
    /// Where bad rows go, as CSV with a column `reject_reason`; `None` refuses the whole file for one bad row.
    pub rejects: Option<&'a mut dyn Write>,
    /// Language of the reasons in there.
    pub lang: Lang,
    /// Read a file that is there already as it is all the same.
    pub again: bool,
    /// Make tags that the customers' tags of a file name and the workspace does not have.
    pub new_tags: bool,
    /// Say what would change, and write nothing.
    pub rehearse: bool,
    /// Called now and then.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
    /// Called when another process is writing; says whether to ask again.
    pub busy: Option<&'a mut dyn FnMut() -> bool>,
    /// Unix seconds at the end, for the ledger.
    pub clock: Option<&'a dyn Fn() -> i64>,
}

impl<'a> Options<'a> {
    /// Refuses bad files, skips files that are there already, asks a busy workspace once.
    pub fn new(zone: Zone, now: i64, stop: &'a AtomicBool) -> Self {
        Self {
            zone,
            now,
            actor: "",
            stop,
            rejects: None,
            lang: Lang::En,
            again: false,
            new_tags: false,
            rehearse: false,
            progress: None,
            busy: None,
            clock: None,
        }
    }

    fn tell(&mut self, progress: Progress) {
        if let Some(told) = &mut self.progress {
            told(progress);
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many rows were held against the rules.
    Checked(u64),
    /// So many rows of so many are written.
    Written(u64, u64),
    /// All rows are written; totals and indexes follow.
    Finishing,
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
    /// Empty and masked cells of rows that were there: what was known stays as it is.
    pub left: u64,
    /// Rows of further items of an order that the file has in an earlier row.
    pub items: u64,
    /// Orders of which the file says that money was given back, while the workspace has no refund of them.
    pub given_back: u64,
    /// Tags that were made for them.
    pub tags_made: u64,
    /// Masked cells of new rows.
    pub masked: Masked,
    /// Rows that went to the rejects.
    pub rejected: u64,
    /// Rows kept although what they speak of is not in the workspace: orders of people outside the pool, for instance.
    pub unmatched: u64,
    /// How its orders were matched with the workspace.
    pub matched: Matched,
    /// Orders by their status, where the file says it: created, paid, completed, closed, and closed after they were paid.
    pub statuses: Option<[u64; 5]>,
    /// Records that are no rows.
    pub left_out: LeftOut,
    /// Refunds of the workspace that the file says were not made: they are taken out.
    pub withdrawn: u64,
    /// Rows dated later than now: they count from then on.
    pub later: u64,
    /// Orders of the workspace that gave back more than was paid; counted after refunds came in.
    pub overdrawn: u64,
    /// Relations of the workspace without an event of their beginning; counted after relations came in.
    pub untold: u64,
    /// Customers whose owner does not follow them any more, and who belong to somebody else now who does.
    pub passed_on: u64,
    /// The first problems.
    pub problems: Vec<Problem>,
    /// Its number in the ledger; `None` where nothing was written.
    pub run: Option<i64>,
    /// The file is there already as it is, by this run: nothing was read.
    pub standing: Option<imports::Run>,
    /// What would change first; only where writing was rehearsed.
    pub changes: Vec<Change>,
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

/// One bad row. A cell is repeated only where its column can hold no personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line the row begins on, from 1.
    pub line: u64,
    /// Column, when one is to blame.
    pub column: Option<&'static str>,
    /// What the file calls that column, where that is another name; safe to show.
    pub heading: Option<SafeText>,
    /// Why.
    pub reason: Sentence,
}

impl Problem {
    /// Where, and why.
    pub fn what(&self) -> Sentence {
        let (line, reason) = (self.line, &self.reason);
        match (self.column, &self.heading) {
            (Some(column), Some(heading)) => sentence!(
                "第 {line} 行 {heading} ({column}) 列: {reason}",
                "line {line}, column {heading} ({column}): {reason}",
                reason = reason,
            ),
            (Some(column), None) => sentence!(
                "第 {line} 行 {column} 列: {reason}",
                "line {line}, column {column}: {reason}",
                reason = reason,
            ),
            (None, _) => sentence!(
                "第 {line} 行: {reason}",
                "line {line}: {reason}",
                reason = reason,
            ),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what().fmt(f)
    }
}

/// Why a file was not imported; nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The header does not fit the kind.
    Header {
        /// The file, safe to show.
        file: SafeText,
        /// What is wrong.
        reason: Sentence,
    },
    /// Bad rows, and nowhere to put them.
    Refused {
        /// The file, safe to show.
        file: SafeText,
        /// The first bad rows, at most twenty.
        problems: Vec<Problem>,
    },
    /// The file could not be read to its end.
    Read {
        /// The file, safe to show.
        file: SafeText,
        /// Why not.
        source: ReadError,
    },
    /// The rejects could not be written.
    Rejects(std::io::Error),
    /// It was stopped.
    Stopped {
        /// The file, safe to show.
        file: SafeText,
    },
    /// The workspace said no.
    Store(#[from] StoreError),
}

impl ImportError {
    /// What happened; of bad rows the first.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Header { file, reason } => {
                sentence!("{file}: {reason}", "{file}: {reason}", reason = reason)
            }
            Self::Refused { file, problems } => {
                let first = problems.first().map(Problem::what);
                let first = first.unwrap_or_else(|| Sentence::quoted(""));
                if problems.len() > 1 {
                    sentence!(
                        "{file} 没有导入: {first} (还有更多)",
                        "{file} was refused: {first} (and more)",
                        first = first,
                    )
                } else {
                    sentence!(
                        "{file} 没有导入: {first}",
                        "{file} was refused: {first}",
                        first = first,
                    )
                }
            }
            Self::Read { file, source } => {
                sentence!("{file}: {why}", "{file}: {why}", why = source.what())
            }
            Self::Rejects(error) => sentence!(
                "写拒收文件时出错: {why}",
                "writing the rejected rows: {why}",
                why = Sentence::of_system(error),
            ),
            Self::Stopped { file } => sentence!(
                "{file}: 已停止, 没有写入",
                "{file}: stopped, nothing was written",
            ),
            Self::Store(error) => error.what(),
        }
    }

    /// The exit code of the command line (product.md, decision 14).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Header { .. } | Self::Refused { .. } | Self::Read { .. } | Self::Rejects(_) => 1,
            Self::Stopped { .. } => 130,
            Self::Store(e) => e.exit_code(),
        }
    }

    /// There is no room for the rows: a full disk, a quota, a limit on the size of files.
    pub fn is_full(&self) -> bool {
        match self {
            Self::Store(StoreError::Full { .. }) => true,
            Self::Store(StoreError::Sql { source, .. }) => {
                source.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure)
            }
            Self::Header { .. }
            | Self::Refused { .. }
            | Self::Read { .. }
            | Self::Rejects(_)
            | Self::Stopped { .. }
            | Self::Store(_) => false,
        }
    }

    /// What to do next.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Header { .. } => sentence!(
                "用 `caopan import KIND --template` 看有哪些列; 没有写入",
                "see the columns with `caopan import KIND --template`; nothing was written",
            ),
            Self::Refused { .. } => sentence!(
                "改正上面的行, 或用 --rejects OUT.csv 先导入好的行; 没有写入",
                "correct the rows named, or let the good ones in with --rejects OUT.csv; nothing was written",
            ),
            Self::Read { source, .. } => source.help(),
            Self::Rejects(_) => sentence!(
                "给 --rejects 换个位置; 没有写入",
                "choose another place for --rejects; nothing was written",
            ),
            Self::Stopped { .. } => {
                sentence!("再运行一次, 从头开始", "run it again: it begins anew")
            }
            Self::Store(error) => error.help(),
        }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what().fmt(f)
    }
}
