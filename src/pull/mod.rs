//! A slice of a larger database, brought in over the PostgreSQL protocol and kept up to date.
//!
//! `pull.toml` (`mapping`) says which table or query gives the rows of a kind, in which columns, by which key, and in which
//! column the time of the last change stands. The server is asked in SQL that PostgreSQL and what speaks its protocol share
//! (`query`, `server`); rows land under the rules of imported files (`land`), together with the place they lead to
//! (`cursor`), in one transaction a page. So a pull that was killed goes on where it was, and a second one changes nothing.
//!
//! # What is read again
//!
//! Rows are read in the order of (changed at, key). A transaction that commits late brings rows that are older than some
//! already read, so the kept place never passes the server's clock less an overlap: what is younger is read again by the
//! next pull and lands as unchanged. That holds through kills, and rows dated in the future cannot push the place ahead.
//!
//! # What is taken out
//!
//! Rows marked in a `deleted` column, and, after a full pass, rows of the kind that the source no longer has; in one pull
//! never more than a twentieth of what is here, unless that is asked for.

mod address;
mod cells;
mod cursor;
mod land;
mod ledger;
mod mapping;
mod query;
mod run;
mod server;

use std::fmt;
use std::io::Write;
use std::sync::atomic::AtomicBool;

use rusqlite::Connection;

use crate::domain::{SafeText, Zone};
use crate::import::Kind;
use crate::store::StoreError;

pub use address::{Address, Origin};
pub use mapping::Mapping;

/// How a pull is done.
pub struct Options<'a> {
    /// The workspace's zone: business days are of it.
    pub zone: Zone,
    /// The clock, unix seconds.
    pub now: &'a dyn Fn() -> i64,
    /// Who the journal names.
    pub actor: &'a str,
    /// Only these kinds; none means all that are mapped.
    pub only: &'a [Kind],
    /// From the beginning, and what the source no longer has goes.
    pub full: bool,
    /// More than a twentieth may go.
    pub allow_shrink: bool,
    /// Say what would change, change nothing.
    pub dry_run: bool,
    /// Where bad rows are named, as CSV; `None` stops at the first page that has any.
    pub rejects: Option<&'a mut dyn Write>,
    /// Told as it goes.
    pub progress: &'a mut dyn FnMut(Progress<'_>),
    /// Set by somebody who wants it stopped: the page at hand is rolled back.
    pub stop: &'a AtomicBool,
}

/// What a pull says while it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Rows of a kind so far.
    Rows(Kind, u64),
    /// A kind is through.
    Done(Report),
    /// Something to know.
    Note(&'a str),
}

/// What a pull did to one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which.
    pub kind: Kind,
    /// Rows that the source gave.
    pub read: u64,
    /// Rows that were not there.
    pub new: u64,
    /// Rows that were there with other values.
    pub changed: u64,
    /// Rows that were there just so.
    pub unchanged: u64,
    /// Rows taken out.
    pub deleted: u64,
    /// Bad rows.
    pub rejected: u64,
    /// Rows kept although what they speak of is not in the workspace.
    pub unmatched: u64,
}

impl Report {
    /// Nothing yet.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            read: 0,
            new: 0,
            changed: 0,
            unchanged: 0,
            deleted: 0,
            rejected: 0,
            unmatched: 0,
        }
    }
}

/// A row that could not land. Its cells are not repeated: they may hold personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Where it comes from: `postgres:orders`.
    pub source: String,
    /// Its key at the source.
    pub key: SafeText,
    /// Column, when one is to blame.
    pub column: Option<String>,
    /// Why.
    pub reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, key {}", self.source, self.key)?;
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why a pull ended early. Pages that landed stay, and the same command goes on after them.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// `pull.toml`, or what it says does not fit the database.
    #[error("{0}")]
    Mapping(String),
    /// The URL, or how its password was given.
    #[error("{what}")]
    Address {
        /// What is wrong; never holds the password.
        what: String,
        /// What to do.
        help: &'static str,
    },
    /// No connection.
    #[error("{at} cannot be asked: {why}")]
    Connect {
        /// Where: no password in it.
        at: String,
        /// What the server or the system said.
        why: String,
    },
    /// The server said no, or went away.
    #[error("postgres:{kind}: {why}")]
    Server {
        /// Kind whose rows were asked for.
        kind: &'static str,
        /// What it said.
        why: String,
        /// The statement ran into its time limit.
        slow: bool,
    },
    /// Bad rows, and nowhere to put them.
    #[error("the page was refused: {}{}", .0.first().map(ToString::to_string).unwrap_or_default(), if .0.len() > 1 { " (and more)" } else { "" })]
    Refused(Vec<BadRow>),
    /// More rows would go than may go unasked.
    #[error("postgres:{kind}: {gone} of {here} rows would be taken out, more than one in twenty")]
    Shrink {
        /// Which.
        kind: &'static str,
        /// Rows that would be gone.
        gone: u64,
        /// Rows that were here when this pull began.
        here: u64,
    },
    /// Somebody else moved the cursor.
    #[error("postgres:{0}: another pull is running on this workspace")]
    Overtaken(&'static str),
    /// It was stopped.
    #[error("stopped; what had landed stays")]
    Stopped,
    /// The list of rejected rows could not be written.
    #[error("writing the rejected rows: {0}")]
    Rejects(std::io::Error),
    /// The workspace said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PullError {
    /// The exit code of the command line.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Mapping(_) | Self::Address { .. } => 2,
            Self::Connect { .. } | Self::Server { .. } | Self::Refused(_) | Self::Rejects(_) => 1,
            Self::Shrink { .. } => 5,
            Self::Overtaken(_) => 4,
            Self::Stopped => 130,
            Self::Store(e) => e.exit_code(),
        }
    }

    /// What to do next, one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::Mapping(_) => "correct pull.toml; `caopan pull --template` prints one to begin with".into(),
            Self::Address { help, .. } => (*help).into(),
            Self::Connect { .. } => "check host, port, user, password and certificate; nothing was written".into(),
            Self::Server { slow: true, .. } => {
                "add an index on (updated_at, key), or raise statement_timeout; what has landed stays, run it again".into()
            }
            Self::Server { slow: false, .. } => "what has landed stays; run it again: it goes on from there".into(),
            Self::Refused(_) => {
                "correct the rows at the source, or let the good ones in with --rejects OUT.csv; the page was not written".into()
            }
            Self::Shrink { .. } => "look at the source first; if it is right, add --allow-shrink".into(),
            Self::Overtaken(_) => "wait for the other pull to end".into(),
            Self::Stopped => "run it again: it goes on where it was".into(),
            Self::Rejects(_) => "choose another place for --rejects".into(),
            Self::Store(e) => e.help(),
        }
    }
}

/// Brings in every kind that is mapped (or asked for), in an order in which they can refer to each other.
///
/// # Errors
/// The first kind that fails ends it; those before it are through.
pub fn pull(
    address: &Address,
    mapping: &Mapping,
    conn: &mut Connection,
    options: &mut Options<'_>,
) -> Result<(), PullError> {
    run::all(address, mapping, conn, options)
}
