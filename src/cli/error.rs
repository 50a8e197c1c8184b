//! How a command fails: what happened, what to do, and the exit code.

use std::fmt::Display;

use crate::engine::load::LoadError;
use crate::store::StoreError;

/// Exit codes (product.md, decision 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Failed, reason given.
    Failed = 1,
    /// Usage or configuration, also: not a terminal.
    Usage = 2,
    /// Workspace missing, not a workspace or unreadable.
    Workspace = 3,
    /// Busy past the timeout.
    Busy = 4,
    /// Refused: read-only or not confirmed.
    Refused = 5,
    /// Partly done: rejected rows are in a file.
    Partly = 6,
    /// The workspace is newer than this program.
    Newer = 7,
    /// The terminal is gone.
    TerminalGone = 129,
    /// Interrupted.
    Interrupted = 130,
    /// Ended by SIGQUIT.
    QuitSignal = 131,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl Exit {
    /// The code of this number; a number without a meaning of its own is a plain failure.
    pub fn of(code: u8) -> Self {
        [
            Self::Ok,
            Self::Failed,
            Self::Usage,
            Self::Workspace,
            Self::Busy,
            Self::Refused,
            Self::Partly,
            Self::Newer,
        ]
        .into_iter()
        .find(|exit| *exit as u8 == code)
        .unwrap_or(Self::Failed)
    }
}

/// A command's failure: `caopan: error: WHAT` and `help: WHAT TO DO`.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, to what.
    pub what: String,
    /// What to do next; may be empty.
    pub help: String,
    /// Standard output was closed by its reader.
    closed_pipe: bool,
}

impl Failure {
    /// A failure with its code.
    pub fn new(exit: Exit, what: impl Display, help: impl Display) -> Self {
        Self {
            exit,
            what: what.to_string(),
            help: help.to_string(),
            closed_pipe: false,
        }
    }

    /// Standard output was closed by its reader.
    pub fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let closed_pipe = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self {
            closed_pipe,
            ..Self::new(Exit::Failed, error, "")
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Sqlite(_) => Self::new(Exit::Failed, &error, "try again"),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::of(error.exit_code()), &error, error.help())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "caopan: error: {}", self.what)?;
        if !self.help.is_empty() {
            write!(f, "\nhelp: {}", self.help)?;
        }
        Ok(())
    }
}
