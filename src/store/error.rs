//! What can go wrong with a workspace: one sentence of what, one of what to do, and the exit code of the command line.

use crate::domain::{SafeText, Sentence};

/// A workspace error. `Display` is WHAT happened; [`StoreError::help`] is what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing at this path.
    #[error("there is no workspace at {path}")]
    Missing {
        /// The path, safe to show.
        path: SafeText,
    },
    /// Something is there that is not a caopan workspace.
    #[error("{path} is not a caopan workspace: {why}")]
    NotWorkspace {
        /// The path, safe to show.
        path: SafeText,
        /// What was found instead.
        why: String,
    },
    /// It is ours, or may be, but it cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// The path, safe to show.
        path: SafeText,
        /// Why not.
        why: String,
        /// What to do.
        help: String,
    },
    /// A damaged database.
    #[error("{path} is damaged: {why}")]
    Damaged {
        /// The path, safe to show.
        path: SafeText,
        /// What the database library said.
        why: String,
    },
    /// Tables, triggers or views differ from what this version made.
    #[error("{path} has been altered: {why}")]
    Altered {
        /// The path, safe to show.
        path: SafeText,
        /// What differs.
        why: String,
    },
    /// Written by a newer caopan.
    #[error("{path} was made by a newer caopan (schema {found}; this one knows {known})")]
    Newer {
        /// The path, safe to show.
        path: SafeText,
        /// Schema version of the file.
        found: i64,
        /// Newest schema version this program knows.
        known: i64,
    },
    /// Written by an older caopan, and open for reading only.
    #[error("{path} was made by an older caopan (schema {found}; this one uses {known})")]
    Older {
        /// The path, safe to show.
        path: SafeText,
        /// Schema version of the file.
        found: i64,
        /// The schema version this program uses.
        known: i64,
    },
    /// Something that would do harm.
    #[error("{why}")]
    Refused {
        /// What is refused and why, one sentence.
        why: String,
        /// What to do.
        help: String,
        /// Both together in each language, where the console may have to say it.
        said: Option<Box<Sentence>>,
    },
    /// Stopped half way by whoever asked for it.
    #[error("interrupted ({doing})")]
    Stopped {
        /// What was being done.
        doing: &'static str,
    },
    /// `create` over something that exists.
    #[error("{path} exists already")]
    Exists {
        /// The path, safe to show.
        path: SafeText,
    },
    /// Another process holds the lock past the timeout.
    #[error("the workspace is locked by another process ({doing})")]
    Busy {
        /// What was being done.
        doing: &'static str,
    },
    /// A write where only reading is possible.
    #[error("the workspace is open for reading only ({doing})")]
    ReadOnly {
        /// What was being done.
        doing: &'static str,
    },
    /// The file at the path is not the one that was opened.
    #[error("{path} was replaced or deleted while it was open")]
    Replaced {
        /// The path, safe to show.
        path: SafeText,
    },
    /// The disk is full.
    #[error("no space left on the disk ({doing})")]
    Full {
        /// What was being done.
        doing: &'static str,
    },
    /// The SQLite library is one with a known corruption bug.
    #[error("the SQLite library is {found}, older than 3.51.3, which may lose commits")]
    OldLibrary {
        /// Its version.
        found: &'static str,
    },
    /// The file system refused something.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// Anything else the database said.
    #[error("{doing}: {source}")]
    Sql {
        /// What was being done.
        doing: &'static str,
        /// What the database library said.
        source: rusqlite::Error,
    },
}

impl StoreError {
    /// What to do next, one sentence.
    pub fn help(&self) -> String {
        match self {
            Self::Missing { path } => {
                format!("check the path, or make one: caopan init {path} (or caopan demo {path})")
            }
            Self::NotWorkspace { .. } => {
                "give the workspace file with -w FILE; this file was not changed".into()
            }
            Self::Unreadable { help, .. } | Self::Refused { help, .. } => help.clone(),
            Self::Damaged { path, .. } => format!(
                "copy the file with its -wal and -shm to a safe place, then: caopan restore BACKUP -w {path} \
                 (or save what can still be read: caopan backup --salvage OUT.db -w {path})"
            ),
            Self::Older { path, .. } => {
                format!(
                    "open it once for writing: caopan check -w {path}; a copy of it is kept beside it"
                )
            }
            Self::Stopped { .. } => "nothing was changed; start it again when it suits".into(),
            Self::Altered { .. } => {
                "drop what was added, or restore a backup; nothing was changed".into()
            }
            Self::Newer { .. } => "update caopan; the file was not changed".into(),
            Self::Exists { .. } => "choose another name, or move the old file away first".into(),
            Self::Busy { .. } => "wait for the other process, or end it, and try again".into(),
            Self::ReadOnly { .. } => {
                "start without --read-only, or ask the owner of the file for the right to write"
                    .into()
            }
            Self::Replaced { .. } => {
                "start again; a backup may only be put in place while no caopan is open".into()
            }
            Self::Full { .. } => {
                "make room on the disk and try again; what was committed is whole".into()
            }
            Self::OldLibrary { .. } => "build caopan with its bundled SQLite".into(),
            Self::Io { .. } => "check the path and its permissions".into(),
            Self::Sql { .. } => {
                "try again; if it stays, copy the file with its -wal and -shm to a safe place"
                    .into()
            }
        }
    }

    /// The exit code of the command line (product.md, decision 14).
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Missing { .. }
            | Self::NotWorkspace { .. }
            | Self::Unreadable { .. }
            | Self::Damaged { .. }
            | Self::Altered { .. }
            | Self::Older { .. }
            | Self::Replaced { .. } => 3,
            Self::Busy { .. } => 4,
            Self::ReadOnly { .. } | Self::Exists { .. } | Self::Refused { .. } => 5,
            Self::Stopped { .. } => 130,
            Self::Newer { .. } => 7,
            Self::Full { .. } | Self::OldLibrary { .. } | Self::Io { .. } | Self::Sql { .. } => 1,
        }
    }

    /// Locked by another process: worth trying again.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy { .. })
    }

    /// Gives a database error its meaning.
    pub fn from_sql(doing: &'static str, source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match source.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { doing },
            Some(Code::ReadOnly) => Self::ReadOnly { doing },
            Some(Code::DiskFull) => Self::Full { doing },
            _ => Self::Sql { doing, source },
        }
    }
}

/// Says what was being done when the database refused.
pub trait Doing<T> {
    /// Maps the error to a [`StoreError`].
    fn doing(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::from_sql(what, source))
    }
}

impl<T> Doing<T> for std::io::Result<T> {
    fn doing(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io {
            doing: what,
            source,
        })
    }
}

/// A path as it may be shown.
pub(super) fn shown(path: &std::path::Path) -> SafeText {
    SafeText::new(&path.to_string_lossy())
}
