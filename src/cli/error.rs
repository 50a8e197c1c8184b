//! How a command fails: what happened, what to do, and the exit code.

use std::path::Path;

use crate::domain::cells::width;
use crate::domain::{Lang, SafeText, Sentence, sentence};
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

/// A command's failure: `caopan: error: WHAT` and `help: WHAT TO DO`, in both languages.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, to what.
    pub what: Sentence,
    /// Lines under it: the rows to blame, where in a filter, what may be given.
    pub below: Vec<Sentence>,
    /// What to do next, where something can be done.
    pub help: Option<Sentence>,
    /// Standard output was closed by its reader.
    closed_pipe: bool,
}

impl Failure {
    /// A failure with its code.
    pub fn new(exit: Exit, what: Sentence, help: Sentence) -> Self {
        Self {
            help: Some(help),
            ..Self::bare(exit, what)
        }
    }

    /// A failure about which there is nothing to be done.
    pub fn bare(exit: Exit, what: Sentence) -> Self {
        Self {
            exit,
            what,
            below: Vec::new(),
            help: None,
            closed_pipe: false,
        }
    }

    /// The same, with lines under what happened.
    #[must_use]
    pub fn with(mut self, below: impl IntoIterator<Item = Sentence>) -> Self {
        self.below.extend(below);
        self
    }

    /// The ending of a file's name is none of `endings`.
    pub fn of_ending(file: &Path, endings: &str) -> Self {
        let shown = SafeText::new(&file.to_string_lossy());
        Self::new(
            Exit::Usage,
            sentence!(
                "{shown} 的结尾说不出格式",
                "the ending of {shown} says no format"
            ),
            sentence!(
                "文件名要以 {endings} 结尾, 或写 --format",
                "let the name end in one of {endings}, or say --format"
            ),
        )
    }

    /// What is wrong with a filter, under it a caret at the character it begins with. What to type instead may be known.
    pub fn in_filter(why: Sentence, text: &str, column: usize, help: Option<Sentence>) -> Self {
        let before: String = text.chars().take(column).collect();
        let indent = width(Sentence::quoted(&before).en.as_str());
        let caret = format!("  {}^", " ".repeat(indent));
        let examples = || {
            sentence!(
                "`caopan list --help` 有例子",
                "`caopan list --help` has examples",
            )
        };
        Self::new(Exit::Usage, why, help.unwrap_or_else(examples))
            .with([format!("  {text}"), caret].map(Sentence::quoted))
    }

    /// Standard output was closed by its reader.
    pub fn is_closed_pipe(&self) -> bool {
        self.closed_pipe
    }

    /// What happened and what to do, line by line, in a language.
    pub fn lines(&self, lang: Lang) -> impl Iterator<Item = &SafeText> {
        let all = std::iter::once(&self.what).chain(&self.below);
        all.chain(&self.help).map(move |line| line.say(lang))
    }

    /// In one line, for the console.
    pub fn in_one_line(&self, lang: Lang) -> SafeText {
        let lines: Vec<&str> = self.lines(lang).map(SafeText::as_str).collect();
        SafeText::words(&lines.join("; "))
    }

    /// As it is printed, in a language.
    pub fn said(&self, lang: Lang) -> String {
        let mut text = format!("caopan: error: {}", self.what.say(lang));
        for line in &self.below {
            text.push('\n');
            text.push_str(line.say(lang).as_str());
        }
        if let Some(help) = &self.help {
            text.push_str("\nhelp: ");
            text.push_str(help.say(lang).as_str());
        }
        text
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self {
            closed_pipe: error.kind() == std::io::ErrorKind::BrokenPipe,
            ..Self::bare(Exit::Failed, Sentence::of_system(&error))
        }
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Store(error) => error.into(),
            LoadError::Sqlite(_) | LoadError::BrokeOff => Self::new(
                Exit::Failed,
                error.what(),
                sentence!("再试一次", "try again"),
            ),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(Exit::of(error.exit_code()), error.what(), error.help())
    }
}
