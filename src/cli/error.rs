//! How a command fails: what happened, what to do, and the exit code.

use std::fmt::Display;

use crate::domain::cells::width;
use crate::domain::{SafeText, Sentence};
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
            Self::TerminalGone,
            Self::Interrupted,
            Self::QuitSignal,
            Self::Terminated,
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
    /// Both in each language, for the console.
    pub sentence: Option<Box<Sentence>>,
    /// Standard output was closed by its reader.
    closed_pipe: bool,
}

impl Failure {
    /// A failure with its code. What strangers wrote, in files or arguments, is made safe to show here.
    pub fn new(exit: Exit, what: impl Display, help: impl Display) -> Self {
        Self {
            exit,
            what: harmless(&what.to_string()),
            help: harmless(&help.to_string()),
            sentence: None,
            closed_pipe: false,
        }
    }

    /// What is wrong with a filter, under it a caret at the character it begins with.
    pub fn in_filter(why: impl Display, text: &str, column: usize, help: impl Display) -> Self {
        let before: String = text.chars().take(column).collect();
        let indent = width(&harmless(&before));
        let caret = format!("{}^", " ".repeat(indent));
        let help = match help.to_string() {
            nothing if nothing.is_empty() => "`caopan list --help` has examples".into(),
            hint => hint,
        };
        Self::new(Exit::Usage, format!("{why}\n  {text}\n  {caret}"), help)
    }

    /// What clap says, in the words of every other failure.
    pub fn of_usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let (what, help) = text
            .rsplit_once("\n\nFor more information, try ")
            .unwrap_or((text, "'--help'."));
        let help = help.trim_end().trim_end_matches('.').replace('\'', "`");
        Self::new(
            Exit::Usage,
            what.trim_end(),
            format!("{help} shows options and examples"),
        )
    }

    /// Standard output was closed by its reader.
    pub fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }
}

/// Safe to show, line by line and word by word: only single words are ever cut.
fn harmless(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<_> = line.split(' ').map(SafeText::new).collect();
        words
            .iter()
            .map(SafeText::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
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
            LoadError::Sqlite(_) | LoadError::BrokeOff => {
                Self::new(Exit::Failed, &error, "try again")
            }
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self {
            sentence: Some(Box::new(error.sentence())),
            ..Self::new(Exit::of(error.exit_code()), &error, error.help())
        }
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
