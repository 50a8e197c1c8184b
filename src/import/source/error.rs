//! Why a file cannot be read at all, or not on.

use crate::domain::SafeText;

/// The longest line, and the longest record of a spreadsheet, in bytes.
pub(super) const MAX_LINE: usize = 1 << 20;
/// The most lines one record may span.
pub(super) const MAX_LINES: u64 = 50;
/// The most columns of a file.
pub(super) const MAX_FIELDS: usize = 1_000;

/// Why the file cannot be read on. Contents are never repeated: they may be personal.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system said no.
    #[error("{0}")]
    Io(std::io::Error),
    /// A pipe, a device, a folder.
    #[error("it is not a regular file (use - for standard input)")]
    NotAFile,
    /// Another program wrote to it meanwhile.
    #[error("the file changed while it was read; wait until whoever writes it is done")]
    Changed,
    /// A quote that nobody closes.
    #[error("line {0}: a quote is opened and not closed within {MAX_LINES} lines")]
    OpenQuote(u64),
    /// A line too long to be one.
    #[error("line {0} is longer than {MAX_LINE} bytes")]
    LongLine(u64),
    /// Bytes that are no text in any encoding that is read.
    #[error(
        "line {0} is text in no encoding that is read (UTF-8, GB18030/GBK, UTF-16); save the file as CSV UTF-8"
    )]
    NoText(u64),
    /// Bytes that are no text in the encoding asked for, or announced by the file.
    #[error("line {line} is not {encoding}")]
    NotEncoding {
        /// Line.
        line: u64,
        /// The encoding asked for or announced.
        encoding: &'static str,
    },
    /// Two encodings in one file: something put two files together.
    #[error(
        "the file mixes encodings: line {utf8} is UTF-8, line {gbk} is GBK; save both parts alike and join them again"
    )]
    Mixed {
        /// A line that is UTF-8 only.
        utf8: u64,
        /// A line that is GBK only.
        gbk: u64,
    },
    /// Too little text to tell: it reads as words in both.
    #[error("line {0} reads as text both in UTF-8 and in GBK; say which with --encoding")]
    Ambiguous(u64),
    /// A format that is not read; what it is and what to do.
    #[error("it is {0}")]
    Format(&'static str),
    /// The first row, which must name the columns, cannot be read.
    #[error("line {line}: {reason}")]
    Header {
        /// Line.
        line: u64,
        /// Why.
        reason: String,
    },
    /// The workbook, in the words of its reader.
    #[error("{0}")]
    Workbook(SafeText),
    /// Somebody asked to stop.
    #[error("stopped, nothing was written")]
    Stopped,
}

/// The end of a read that somebody wants stopped, as an error of the system's.
#[derive(Debug, thiserror::Error)]
#[error("stopped")]
struct Halt;

/// Ends a read from within: it comes out as [`ReadError::Stopped`].
pub fn halt() -> std::io::Error {
    std::io::Error::other(Halt)
}

impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        let inner = error.get_ref();
        if inner
            .and_then(|inner| inner.downcast_ref::<Halt>())
            .is_some()
        {
            Self::Stopped
        } else {
            Self::Io(error)
        }
    }
}

impl ReadError {
    /// What to do next, one sentence.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io(_) | Self::NotAFile => "check the path; nothing was written",
            Self::Changed => "import it again when it is complete; nothing was written",
            Self::OpenQuote(_) => {
                "close the quote on that line, or save the file again from a spreadsheet; nothing was written"
            }
            Self::LongLine(_) | Self::Header { .. } => "check that line; nothing was written",
            Self::NoText(_) | Self::NotEncoding { .. } | Self::Mixed { .. } => {
                "save the file again as CSV UTF-8; nothing was written"
            }
            Self::Ambiguous(_) => "say --encoding utf-8 or --encoding gbk; nothing was written",
            Self::Format(_) | Self::Workbook(_) => {
                "CSV, TSV, JSONL and XLSX are read; nothing was written"
            }
            Self::Stopped => "run it again: it begins anew",
        }
    }
}
