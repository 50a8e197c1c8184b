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

use crate::domain::{SafeText, Sentence, Zone, sentence};
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
    Note(&'a Sentence),
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
    pub reason: Sentence,
}

impl BadRow {
    /// Which, and why.
    pub fn what(&self) -> Sentence {
        let (source, key, reason) = (&self.source, &self.key, &self.reason);
        if let Some(column) = &self.column {
            return sentence!(
                "{source}, 编号 {key}, {column} 列: {reason}",
                "{source}, key {key}, column {column}: {reason}",
                reason = reason,
            );
        }
        sentence!(
            "{source}, 编号 {key}: {reason}",
            "{source}, key {key}: {reason}",
            reason = reason,
        )
    }
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what().fmt(f)
    }
}

/// Why a pull ended early. Pages that landed stay, and the same command goes on after them.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// `pull.toml`, or what it says does not fit the database.
    Mapping(Sentence),
    /// The URL, or how its password was given.
    Address {
        /// What is wrong; never holds the password.
        what: Sentence,
        /// What to do.
        help: Sentence,
    },
    /// No connection.
    Connect {
        /// Where: no password in it.
        at: String,
        /// What the server or the system said.
        why: String,
    },
    /// The server said no, or went away.
    Server {
        /// Kind whose rows were asked for.
        kind: &'static str,
        /// What it said.
        why: Sentence,
        /// The statement ran into its time limit.
        slow: bool,
    },
    /// Bad rows, and nowhere to put them.
    Refused(Vec<BadRow>),
    /// More rows would go than may go unasked.
    Shrink {
        /// Which.
        kind: &'static str,
        /// Rows that would be gone.
        gone: u64,
        /// Rows that were here when this pull began.
        here: u64,
    },
    /// Somebody else moved the cursor.
    Overtaken(&'static str),
    /// It was stopped.
    Stopped,
    /// The list of rejected rows could not be written.
    Rejects(std::io::Error),
    /// The workspace said no.
    Store(#[from] StoreError),
}

impl PullError {
    /// What happened; of bad rows the first.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Mapping(why) => why.clone(),
            Self::Address { what, .. } => what.clone(),
            Self::Connect { at, why } => {
                sentence!("{at} 问不到: {why}", "{at} cannot be asked: {why}")
            }
            Self::Server { kind, why, .. } => {
                sentence!(
                    "postgres:{kind}: {why}",
                    "postgres:{kind}: {why}",
                    why = why
                )
            }
            Self::Refused(bad) => {
                let all: Vec<Sentence> = bad.iter().take(1).map(BadRow::what).collect();
                let first = Sentence::list(&all, "");
                if bad.len() > 1 {
                    sentence!(
                        "这一页没有写入: {first} (还有更多)",
                        "the page was refused: {first} (and more)",
                        first = first,
                    )
                } else {
                    sentence!(
                        "这一页没有写入: {first}",
                        "the page was refused: {first}",
                        first = first,
                    )
                }
            }
            Self::Shrink { kind, gone, here } => sentence!(
                "postgres:{kind}: {here} 行里要去掉 {gone} 行, 超过二十分之一",
                "postgres:{kind}: {gone} of {here} rows would be taken out, more than one in twenty",
            ),
            Self::Overtaken(kind) => sentence!(
                "postgres:{kind}: 另一次拉取正在这个工作区上进行",
                "postgres:{kind}: another pull is running on this workspace",
            ),
            Self::Stopped => sentence!("已停止; 已写入的都在", "stopped; what had landed stays",),
            Self::Rejects(error) => sentence!(
                "写拒收文件时出错: {why}",
                "writing the rejected rows: {why}",
                why = Sentence::of_system(error),
            ),
            Self::Store(error) => error.what(),
        }
    }

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

    /// What to do next.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Mapping(_) => sentence!(
                "改正 pull.toml; `caopan pull --template` 打印一份样例",
                "correct pull.toml; `caopan pull --template` prints one to begin with",
            ),
            Self::Address { help, .. } => help.clone(),
            Self::Connect { .. } => sentence!(
                "检查主机, 端口, 用户, 密码与证书; 没有写入",
                "check host, port, user, password and certificate; nothing was written",
            ),
            Self::Server { slow: true, .. } => sentence!(
                "给 (updated_at, 主键) 加索引, 或调大 statement_timeout; 已写入的都在, 再运行一次",
                "add an index on (updated_at, key), or raise statement_timeout; what has landed stays, run it again",
            ),
            Self::Server { slow: false, .. } => sentence!(
                "已写入的都在; 再运行一次会从那里继续",
                "what has landed stays; run it again: it goes on from there",
            ),
            Self::Refused(_) => sentence!(
                "在源头改正这些行, 或用 --rejects OUT.csv 先拉取好的行; 这一页没有写入",
                "correct the rows at the source, or let the good ones in with --rejects OUT.csv; the page was not written",
            ),
            Self::Shrink { .. } => sentence!(
                "先看看源头; 如果没错, 加 --allow-shrink",
                "look at the source first; if it is right, add --allow-shrink",
            ),
            Self::Overtaken(_) => {
                sentence!("等另一次拉取结束", "wait for the other pull to end")
            }
            Self::Stopped => sentence!(
                "再运行一次: 从停下的地方继续",
                "run it again: it goes on where it was",
            ),
            Self::Rejects(_) => sentence!(
                "给 --rejects 换个位置",
                "choose another place for --rejects",
            ),
            Self::Store(error) => error.help(),
        }
    }
}

impl fmt::Display for PullError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what().fmt(f)
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
