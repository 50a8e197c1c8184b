//! Files as people have them → records: rows of text, each with the line it stands on.
//!
//! [`Source::open`] looks through the whole file once: its digest, its format by content, its encoding (`encoding`), its
//! separator; a file that cannot be read exactly is refused there. [`Source::records`] then reads it from the beginning,
//! as often as wanted, with flat memory. Every format gives the same [`Record`]s, so nobody behind this module knows CSV
//! from a workbook.

mod archive;
mod cells;
mod delimited;
mod encoding;
mod error;
mod form;
mod jsonl;
mod lines;
mod number;
mod survey;
mod workbook;

use crate::domain::{SafeText, Sentence, sentence};
use crate::import::headings;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use delimited::Delimited;
use encoding::Transcoded;
use form::Form;
use jsonl::Objects;
use survey::{Survey, Window, survey};
use workbook::Workbook;

pub use cells::{confine, send};
pub use encoding::Encoding;
pub use error::{ReadError, halt};
pub use workbook::COMMAND;

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

    /// Reads a format as given on the command line.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Csv, Self::Tsv, Self::Jsonl, Self::Xlsx]
            .into_iter()
            .find(|format| format.code() == text)
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
    /// Set by somebody who wants it stopped, also between two rows.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Wish {
    fn reader(&self) -> Reader {
        Reader {
            program: self.program.clone(),
            stop: self.stop.clone(),
        }
    }
}

/// Who reads workbooks, and who may stop it.
#[derive(Clone, Debug, Default)]
struct Reader {
    /// The program; empty for our own.
    program: PathBuf,
    /// Set by somebody who wants it stopped.
    stop: Option<Arc<AtomicBool>>,
}

/// A file that was looked through and can be read.
pub struct Source {
    file: Arc<File>,
    /// Length and time of change when it was looked through.
    stamp: (u64, i64, i64),
    survey: Survey,
    form: Form,
    reader: Reader,
    header: Vec<String>,
    /// Rows above the header, a title or nothing, and the header's own number from 1.
    place: (usize, u64),
}

/// A header looked for below a title stands in one of so many rows.
const TITLES: usize = 6;
/// A row below a title names so many columns, or it is no header.
const NAMED: usize = 3;

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
        let survey = survey(
            &mut window,
            &mut std::io::sink(),
            form::is_text(&head),
            stop,
        )?;
        Self::new(file, survey, form::of_name(path), wish)
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
        let is_text = form::is_text(&head);
        let mut whole = head.chain(input);
        let survey = survey(&mut whole, &mut file, is_text, stop)?;
        Self::new(file, survey, None, wish)
    }

    fn new(
        mut file: File,
        survey: Survey,
        named: Option<Format>,
        wish: &Wish,
    ) -> Result<Self, ReadError> {
        file.seek(SeekFrom::Start(0))?;
        let head = head_of(&file, survey.bytes)?;
        let stamp = stamp(&file)?;
        let file = Arc::new(file);
        let form = Form::find(&file, &survey, &head, named, wish)?;
        let mut source = Self {
            file,
            stamp,
            survey,
            form,
            reader: wish.reader(),
            header: Vec::new(),
            place: (0, 1),
        };
        (source.place, source.header) = source.first()?;
        Ok(source)
    }

    /// The row that names the columns, and how many stand above it: the first, unless that is a title, at most two cells of
    /// which none is a heading, over a row that names several.
    fn first(&self) -> Result<((usize, u64), Vec<String>), ReadError> {
        if let Form::Jsonl { names, .. } = &self.form {
            return Ok(((0, 1), names.order.clone()));
        }
        let (mut records, mut record) = (self.begin()?, Record::default());
        let mut first = None;
        for above in 0..TITLES {
            match records.next(&mut record)? {
                Some(Ok(())) => {}
                Some(Err(reason)) if first.is_none() => {
                    return Err(ReadError::Header {
                        line: record.line,
                        reason: sentence!("表头: {reason}", "the header {reason}", reason = reason),
                    });
                }
                Some(Err(_)) | None => break,
            }
            let said = record.fields.iter().filter(|cell| !cell.trim().is_empty());
            let said = said.count();
            let is_heading = |cell: &String| headings::is_one(cell);
            if said >= NAMED || (said > 1 && record.fields.iter().any(is_heading)) {
                return Ok(((above, record.line), record.fields));
            }
            first.get_or_insert_with(|| std::mem::take(&mut record.fields));
        }
        Ok(((0, 1), first.unwrap_or_default()))
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
        &self.header
    }

    /// The format it was read as.
    pub fn format(&self) -> Format {
        self.form.format()
    }

    /// How it is read, in one phrase: `CSV, GB18030, separated by ;`.
    pub fn manner(&self) -> Sentence {
        let manner = self.form.manner();
        match self.place {
            (0, _) => manner,
            (_, line) => sentence!(
                "{manner}, 表头在第 {line} 行",
                "{manner}, headings in row {line}",
                manner = manner,
            ),
        }
    }

    /// Sheets of a workbook beside the one that is read, the first of them.
    pub fn other_sheets(&self) -> &[SafeText] {
        match &self.form {
            Form::Xlsx { others, .. } => others,
            Form::Delimited { .. } | Form::Jsonl { .. } => &[],
        }
    }

    /// The records after the header, from the first one.
    ///
    /// # Errors
    /// The file was changed since it was looked through.
    pub fn records(&self) -> Result<Records, ReadError> {
        let mut records = self.begin()?;
        let has_header_row = match &self.form {
            Form::Delimited { .. } | Form::Xlsx { .. } => true,
            Form::Jsonl { .. } => false,
        };
        let skipped = if has_header_row { self.place.0 + 1 } else { 0 };
        for _ in 0..skipped {
            let _ = records.next(&mut Record::default())?;
        }
        Ok(records)
    }

    fn begin(&self) -> Result<Records, ReadError> {
        let rows = match &self.form {
            Form::Delimited { text, dialect } => Rows::Delimited(Delimited::new(
                text.read(&self.file, self.reader.stop.as_ref()),
                *dialect,
            )?),
            Form::Jsonl { text, names } => Rows::Jsonl(Objects::new(
                text.read(&self.file, self.reader.stop.as_ref()),
                names.clone(),
            )),
            Form::Xlsx { sheet, .. } => {
                let (sheet, width) = (sheet.as_deref(), self.header.len());
                Rows::Xlsx(Workbook::begin(&self.file, sheet, &self.reader, width)?)
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
    Jsonl(Objects<Transcoded<Window>>),
    Xlsx(Workbook),
}

impl Records {
    /// The next record into `record`; `None` at the end. `Some(Err(reason))`: this record is spoilt, the next may be read.
    ///
    /// # Errors
    /// The file cannot be read on, or changed since it was looked through.
    pub fn next(&mut self, record: &mut Record) -> Result<Option<Result<(), Sentence>>, ReadError> {
        let read = match &mut self.rows {
            Rows::Delimited(rows) => rows.next(record)?,
            Rows::Jsonl(rows) => rows.next(record)?,
            Rows::Xlsx(rows) => rows.next(record)?,
        };
        if read.is_none() && stamp(&self.file)? != self.stamp {
            return Err(ReadError::Changed);
        }
        Ok(read)
    }
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
    if let Ok(file) = rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
        return Ok(file.into());
    }
    // Where files without names cannot be made.
    let path = folder.join(format!(".rows.{}", std::process::id()));
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
