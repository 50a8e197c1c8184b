//! Files as people have them → records: rows of text, each with the line it stands on.
//!
//! [`Source::open`] looks through the whole file once: its digest, its format by content, its encoding ([`encoding`]), its
//! separator; a file that cannot be read exactly is refused there. [`Source::records`] then reads it from the beginning,
//! as often as wanted, with flat memory. Every format gives the same [`Record`]s, so nobody behind this module knows CSV
//! from a workbook.

mod delimited;
mod encoding;
mod error;
mod survey;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use delimited::{Delimited, Dialect};
use encoding::Transcoded;
use survey::{Survey, Window, survey};

pub use encoding::Encoding;
pub use error::ReadError;

/// One row of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Line it begins on, or row of the sheet, from 1.
    pub line: u64,
    /// Its cells as text; the whole text in one when it could not be split.
    pub fields: Vec<String>,
}

/// A format that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Separated by commas, semicolons or bars.
    Csv,
    /// Separated by tabs.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// An Excel workbook.
    Xlsx,
}

impl Format {
    /// As given on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// What a name ends in.
    fn of_name(name: &Path) -> Option<Self> {
        let ending = name.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "csv" | "txt" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// What whoever names a file says about it; what is not said is found out.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Its format.
    pub format: Option<Format>,
    /// Its encoding.
    pub encoding: Option<Encoding>,
    /// The sheet of a workbook; the first if not said.
    pub sheet: Option<String>,
    /// The program that reads workbooks: our own, or empty for this process's own file.
    pub program: PathBuf,
    /// Where standard input is kept while it is read; in memory when empty.
    pub spool: PathBuf,
}

/// A file that was looked through and can be read.
pub struct Source {
    file: Arc<File>,
    /// Length and time of change when it was looked through.
    stamp: (u64, i64, i64),
    survey: Survey,
    form: Form,
    header: Record,
}

/// How the records are read.
#[derive(Clone, Debug)]
enum Form {
    Delimited {
        encoding: Encoding,
        /// Bytes of the mark.
        mark: u64,
        dialect: Dialect,
    },
}

impl Source {
    /// Opens a file by name. Pipes, devices and folders are refused; links are followed.
    ///
    /// # Errors
    /// Whatever makes the file unreadable, or readable in more than one way.
    pub fn open(path: &Path, wish: &Wish, stop: &AtomicBool) -> Result<Self, ReadError> {
        // Not to wait for the other end of a pipe.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).unwrap_or_default();
        let file = std::fs::OpenOptions::new()
            .read(true)
            .custom_flags(flags)
            .open(path)?;
        let kind = file.metadata()?.file_type();
        if !kind.is_file() || kind.is_fifo() {
            return Err(ReadError::NotAFile);
        }
        let bytes = file.metadata()?.len();
        let mut window = Window::new(Arc::new(file.try_clone()?), 0, bytes);
        let head = head_of(&file, bytes)?;
        let survey = survey(&mut window, &mut std::io::sink(), is_text(&head), stop)?;
        Self::new(file, survey, &wish.format.or(Format::of_name(path)), wish)
    }

    /// Reads all of a pipe first: encodings are decided over the whole.
    ///
    /// # Errors
    /// Like [`Source::open`].
    pub fn of_reader(
        mut input: impl Read,
        wish: &Wish,
        stop: &AtomicBool,
    ) -> Result<Self, ReadError> {
        let mut file = spool(&wish.spool)?;
        let mut head = Vec::new();
        input.by_ref().take(4_096).read_to_end(&mut head)?;
        let is_text = is_text(&head);
        let mut whole = head.chain(input);
        let survey = survey(&mut whole, &mut file, is_text, stop)?;
        Self::new(file, survey, &wish.format, wish)
    }

    fn new(
        mut file: File,
        survey: Survey,
        format: &Option<Format>,
        wish: &Wish,
    ) -> Result<Self, ReadError> {
        file.seek(SeekFrom::Start(0))?;
        let head = head_of(&file, survey.bytes)?;
        let stamp = stamp(&file)?;
        let file = Arc::new(file);
        let form = Form::find(&file, &survey, &head, *format, wish)?;
        let mut source = Self {
            file,
            stamp,
            survey,
            form,
            header: Record::default(),
        };
        let mut header = Record::default();
        match source.begin()?.next(&mut header)? {
            Some(Ok(())) | None => source.header = header,
            Some(Err(reason)) => {
                return Err(ReadError::Json {
                    line: header.line,
                    reason: format!("the header {reason}"),
                });
            }
        }
        Ok(source)
    }

    /// SHA-256 of its bytes, hexadecimal.
    pub fn digest(&self) -> &str {
        &self.survey.digest
    }

    /// Its length in bytes.
    pub fn bytes(&self) -> u64 {
        self.survey.bytes
    }

    /// The headings; none when the file is empty.
    pub fn header(&self) -> &[String] {
        &self.header.fields
    }

    /// The format it was read as.
    pub fn format(&self) -> Format {
        match &self.form {
            Form::Delimited { dialect, .. } if dialect.separator == '\t' => Format::Tsv,
            Form::Delimited { .. } => Format::Csv,
        }
    }

    /// How it is read, in one phrase: `CSV, GB18030, separated by ;`.
    pub fn manner(&self) -> String {
        match &self.form {
            Form::Delimited {
                encoding, dialect, ..
            } => match dialect.separator {
                '\t' => format!("TSV, {}", encoding.name()),
                ',' => format!("CSV, {}", encoding.name()),
                separator => format!("CSV, {}, separated by {separator}", encoding.name()),
            },
        }
    }

    /// The records after the header, from the first one.
    ///
    /// # Errors
    /// The file was changed since it was looked through.
    pub fn records(&self) -> Result<Records, ReadError> {
        let mut records = self.begin()?;
        let _ = records.next(&mut Record::default())?;
        Ok(records)
    }

    fn begin(&self) -> Result<Records, ReadError> {
        let rows = match &self.form {
            Form::Delimited {
                encoding,
                mark,
                dialect,
            } => {
                let window = Window::new(Arc::clone(&self.file), *mark, self.survey.bytes);
                let text = Transcoded::new(window, *encoding);
                Rows::Delimited(Delimited::new(text, *dialect)?)
            }
        };
        Ok(Records {
            rows,
            file: Arc::clone(&self.file),
            stamp: self.stamp,
        })
    }
}

/// The records of a file, one by one.
pub struct Records {
    rows: Rows,
    file: Arc<File>,
    stamp: (u64, i64, i64),
}

enum Rows {
    Delimited(Delimited<Transcoded<Window>>),
}

impl Records {
    /// The next record into `record`; `None` at the end. `Some(Err(reason))`: this record is spoilt, the next may be read.
    ///
    /// # Errors
    /// The file cannot be read on, or changed since it was looked through.
    pub fn next(&mut self, record: &mut Record) -> Result<Option<Result<(), String>>, ReadError> {
        let read = match &mut self.rows {
            Rows::Delimited(rows) => rows.next(record)?,
        };
        if read.is_none() && stamp(&self.file)? != self.stamp {
            return Err(ReadError::Changed);
        }
        Ok(read)
    }
}

impl Form {
    /// Finds out how to read a file.
    fn find(
        file: &Arc<File>,
        survey: &Survey,
        head: &[u8],
        format: Option<Format>,
        wish: &Wish,
    ) -> Result<Self, ReadError> {
        let (encoding, mark) = encoding_of(file, survey, head, wish)?;
        let window = Window::new(Arc::clone(file), mark, survey.bytes);
        let mut first = String::new();
        // What is cut in the middle of a character is left out.
        let mut bytes = Vec::new();
        Transcoded::new(window, encoding)
            .take(1 << 16)
            .read_to_end(&mut bytes)?;
        first.push_str(&String::from_utf8_lossy(&bytes));
        let preferred = match format {
            Some(Format::Tsv) => '\t',
            Some(Format::Csv | Format::Jsonl | Format::Xlsx) | None => ',',
        };
        Ok(Self::Delimited {
            encoding,
            mark,
            dialect: Dialect::guess(&first, survey.has_old_lines, preferred),
        })
    }
}

/// The encoding of a text and the bytes of its mark.
fn encoding_of(
    file: &Arc<File>,
    survey: &Survey,
    head: &[u8],
    wish: &Wish,
) -> Result<(Encoding, u64), ReadError> {
    let announced = Encoding::announced(head);
    let mark = announced.map_or(0, |(_, mark)| mark);
    let window = || Window::new(Arc::clone(file), mark, survey.bytes);
    if let Some(encoding) = wish.encoding.or(announced.map(|(encoding, _)| encoding)) {
        encoding::verify(window(), encoding)?;
        return Ok((encoding, mark));
    }
    if survey.is_utf8 && (survey.has_long_forms || !survey.is_foreign) {
        return Ok((Encoding::Utf8, mark));
    }
    Ok((encoding::decide(window())?, mark))
}

/// Bytes that are not those of a workbook or another packed file.
fn is_text(head: &[u8]) -> bool {
    !head.starts_with(b"PK\x03\x04") && !head.starts_with(b"\xD0\xCF\x11\xE0")
}

/// The first bytes of a file.
fn head_of(file: &File, bytes: u64) -> Result<Vec<u8>, ReadError> {
    let mut head = Vec::new();
    let file = Arc::new(file.try_clone()?);
    Window::new(file, 0, bytes.min(4_096)).read_to_end(&mut head)?;
    Ok(head)
}

/// Length and time of change.
fn stamp(file: &File) -> Result<(u64, i64, i64), ReadError> {
    let meta = file.metadata()?;
    Ok((meta.len(), meta.mtime(), meta.mtime_nsec()))
}

/// A file without a name: gone with the process.
fn spool(folder: &Path) -> Result<File, ReadError> {
    use rustix::fs::{MemfdFlags, Mode, OFlags};
    if folder.as_os_str().is_empty() {
        let memory = rustix::fs::memfd_create("rows", MemfdFlags::CLOEXEC);
        return Ok(memory.map_err(std::io::Error::from)?.into());
    }
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let opened = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR);
    Ok(opened.map_err(std::io::Error::from)?.into())
}
