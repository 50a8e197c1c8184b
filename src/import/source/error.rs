//! Why a file cannot be read at all, or not on.

use crate::domain::sentence::Fixed;
use crate::domain::{Sentence, sentence};

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
    Io(std::io::Error),
    /// A pipe, a device, a folder.
    NotAFile,
    /// Another program wrote to it meanwhile.
    Changed,
    /// A quote that nobody closes.
    OpenQuote(u64),
    /// A line too long to be one.
    LongLine(u64),
    /// Bytes that are no text in any encoding that is read.
    NoText(u64),
    /// Bytes that are no text in the encoding asked for, or announced by the file.
    NotEncoding {
        /// Line.
        line: u64,
        /// The encoding asked for or announced.
        encoding: &'static str,
    },
    /// Two encodings in one file: something put two files together.
    Mixed {
        /// A line that is UTF-8 only.
        utf8: u64,
        /// A line that is GBK only.
        gbk: u64,
    },
    /// Too little text to tell: it reads as words in both.
    Ambiguous(u64),
    /// A format that is not read; what it is and what to do.
    Format(Fixed),
    /// The first row, which must name the columns, cannot be read.
    Header {
        /// Line.
        line: u64,
        /// Why.
        reason: Sentence,
    },
    /// The workbook, in the words of its reader.
    Workbook(Sentence),
    /// Somebody asked to stop.
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
    /// Why, without what to do.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Io(error) => Sentence::of_system(error),
            Self::NotAFile => sentence!(
                "不是普通文件 (标准输入用 -)",
                "it is not a regular file (use - for standard input)",
            ),
            Self::Changed => sentence!(
                "读取时文件变了, 等写的人写完再导入",
                "the file changed while it was read; wait until whoever writes it is done",
            ),
            Self::OpenQuote(line) => sentence!(
                "第 {line} 行: 引号打开后 {MAX_LINES} 行内没有关上",
                "line {line}: a quote is opened and not closed within {MAX_LINES} lines",
            ),
            Self::LongLine(line) => sentence!(
                "第 {line} 行超过 {MAX_LINE} 字节",
                "line {line} is longer than {MAX_LINE} bytes",
            ),
            Self::NoText(line) => sentence!(
                "第 {line} 行不是能读的编码 (UTF-8, GB18030/GBK, UTF-16), 请另存为 CSV UTF-8",
                "line {line} is text in no encoding that is read (UTF-8, GB18030/GBK, UTF-16); save the file as CSV UTF-8",
            ),
            Self::NotEncoding { line, encoding } => {
                sentence!(
                    "第 {line} 行不是 {encoding}",
                    "line {line} is not {encoding}"
                )
            }
            Self::Mixed { utf8, gbk } => sentence!(
                "文件混用编码: 第 {utf8} 行是 UTF-8, 第 {gbk} 行是 GBK; 请把两部分存成一样的再合并",
                "the file mixes encodings: line {utf8} is UTF-8, line {gbk} is GBK; save both parts alike and join them again",
            ),
            Self::Ambiguous(line) => sentence!(
                "第 {line} 行按 UTF-8 和 GBK 都读得通, 请用 --encoding 说明",
                "line {line} reads as text both in UTF-8 and in GBK; say which with --encoding",
            ),
            Self::Format((zh, en)) => sentence!("是{zh}", "it is {en}"),
            Self::Header { line, reason } => sentence!(
                "第 {line} 行: {reason}",
                "line {line}: {reason}",
                reason = reason,
            ),
            Self::Workbook(why) => why.clone(),
            Self::Stopped => sentence!("已停止, 没有写入", "stopped, nothing was written"),
        }
    }

    /// What to do next.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Io(_) | Self::NotAFile => {
                sentence!("检查路径; 没有写入", "check the path; nothing was written")
            }
            Self::Changed => sentence!(
                "写完后再导入; 没有写入",
                "import it again when it is complete; nothing was written",
            ),
            Self::OpenQuote(_) => sentence!(
                "补上那一行的引号, 或在表格软件里重新保存; 没有写入",
                "close the quote on that line, or save the file again from a spreadsheet; nothing was written",
            ),
            Self::LongLine(_) | Self::Header { .. } => {
                sentence!(
                    "检查那一行; 没有写入",
                    "check that line; nothing was written"
                )
            }
            Self::NoText(_) | Self::NotEncoding { .. } | Self::Mixed { .. } => sentence!(
                "另存为 CSV UTF-8; 没有写入",
                "save the file again as CSV UTF-8; nothing was written",
            ),
            Self::Ambiguous(_) => sentence!(
                "加上 --encoding utf-8 或 --encoding gbk; 没有写入",
                "say --encoding utf-8 or --encoding gbk; nothing was written",
            ),
            Self::Format(_) | Self::Workbook(_) => sentence!(
                "能读 CSV, TSV, JSONL, XLSX; 没有写入",
                "CSV, TSV, JSONL and XLSX are read; nothing was written",
            ),
            Self::Stopped => sentence!("再运行一次, 从头开始", "run it again: it begins anew"),
        }
    }
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}
