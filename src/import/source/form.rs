//! How a file is read: its format by content and then by name, its encoding, its separator, its sheet.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::delimited::Dialect;
use super::encoding::{self, Encoding, Transcoded};
use super::error::ReadError;
use super::jsonl::Names;
use super::survey::{Survey, Window};
use super::workbook::Workbook;
use super::{Format, Wish};
use crate::domain::sentence::Fixed;
use crate::domain::{SafeText, Sentence, sentence};

/// How the records of a file are read.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Delimited {
        text: Text,
        dialect: Dialect,
    },
    Jsonl {
        text: Text,
        names: Names,
    },
    Xlsx {
        /// The sheet asked for.
        sheet: Option<String>,
        /// The sheet read, and how many there are.
        read: (SafeText, u32),
        /// Names of the first others.
        others: Vec<SafeText>,
    },
}

/// A text in its encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text {
    pub(super) encoding: Encoding,
    /// Bytes of the mark before it.
    mark: u64,
    /// Where it ends.
    end: u64,
}

impl Text {
    /// The text as UTF-8 from its beginning.
    pub(super) fn read(
        self,
        file: &Arc<File>,
        stop: Option<&Arc<AtomicBool>>,
    ) -> Transcoded<Window> {
        let window = Window::new(Arc::clone(file), self.mark, self.end);
        Transcoded::new(window.watching(stop), self.encoding)
    }
}

impl Form {
    /// Finds out how to read a file; `format` is what its name says.
    pub(super) fn find(
        file: &Arc<File>,
        survey: &Survey,
        head: &[u8],
        format: Option<Format>,
        wish: &Wish,
    ) -> Result<Self, ReadError> {
        refuse_others(file, head)?;
        if head.starts_with(ZIP) {
            return Self::workbook(file, wish);
        }
        if wish.format == Some(Format::Xlsx) {
            return Err(ReadError::Format((
                "普通文件, 不是工作簿 (.xlsx); 去掉 --from",
                "no workbook (.xlsx); leave --from out",
            )));
        }
        let text = text_of(file, survey, head, wish)?;
        let mut first = Vec::new();
        let stop = wish.stop.as_ref();
        text.read(file, stop)
            .take(1 << 16)
            .read_to_end(&mut first)?;
        // What is cut in the middle of a character does not matter here.
        let first = String::from_utf8_lossy(&first);
        let begins = first.trim_start();
        let looks_json = begins.starts_with('{') || begins.starts_with('[');
        let json = match wish.format {
            Some(Format::Jsonl) => true,
            Some(Format::Csv | Format::Tsv | Format::Xlsx) => false,
            None => looks_json || format == Some(Format::Jsonl),
        };
        if json {
            let names = Names::collect(text.read(file, stop))?;
            return Ok(Self::Jsonl { text, names });
        }
        if begins.starts_with('<') {
            return Err(ReadError::Format((
                "改了名的 HTML 或 XML (有的店导出成 .xls); 请在表格软件里打开, 另存为 .xlsx",
                "HTML or XML under another name (some shops export it as .xls); open it in a spreadsheet program and save it as .xlsx",
            )));
        }
        let preferred = if format == Some(Format::Tsv) {
            '\t'
        } else {
            ','
        };
        let mut dialect = Dialect::guess(&first, survey.has_old_lines, preferred);
        if wish.format == Some(Format::Tsv) && !dialect.says_separator {
            dialect.separator = '\t';
        }
        Ok(Self::Delimited { text, dialect })
    }

    fn workbook(file: &Arc<File>, wish: &Wish) -> Result<Self, ReadError> {
        match wish.format {
            Some(Format::Csv | Format::Tsv | Format::Jsonl) => {
                return Err(ReadError::Format((
                    "压缩文件, 不是文本; 去掉 --from",
                    "a packed file and no text; leave --from out",
                )));
            }
            Some(Format::Xlsx) | None => {}
        }
        let mut book = Workbook::begin(file, wish.sheet.as_deref(), &wish.reader(), 0)?;
        Ok(Self::Xlsx {
            sheet: wish.sheet.clone(),
            read: book.sheet.clone(),
            others: std::mem::take(&mut book.others),
        })
    }

    /// The format.
    pub(super) fn format(&self) -> Format {
        match self {
            Self::Delimited { dialect, .. } if dialect.separator == '\t' => Format::Tsv,
            Self::Delimited { .. } => Format::Csv,
            Self::Jsonl { .. } => Format::Jsonl,
            Self::Xlsx { .. } => Format::Xlsx,
        }
    }

    /// How it is read, in one phrase.
    pub(super) fn manner(&self) -> Sentence {
        let plain = Sentence::quoted;
        match self {
            Self::Delimited { text, dialect } => {
                let name = text.encoding.name();
                match dialect.separator {
                    '\t' => plain(format!("TSV, {name}")),
                    ',' => plain(format!("CSV, {name}")),
                    separator => sentence!(
                        "CSV, {name}, 以 {separator} 分隔",
                        "CSV, {name}, separated by {separator}"
                    ),
                }
            }
            Self::Jsonl { text, .. } => plain(format!("JSONL, {}", text.encoding.name())),
            Self::Xlsx {
                read: (name, 0 | 1),
                ..
            } => sentence!("XLSX, 工作表 {name}", "XLSX, sheet {name}"),
            Self::Xlsx {
                read: (name, count),
                ..
            } => sentence!(
                "XLSX, 工作表 {name} (共 {count} 张; --sheet 名称 换一张)",
                "XLSX, sheet {name} (one of {count}; --sheet NAME takes another)"
            ),
        }
    }
}

const ZIP: &[u8] = b"PK\x03\x04";
const OLE: &[u8] = b"\xD0\xCF\x11\xE0";

/// Bytes that are not those of a workbook or another packed file.
pub(super) fn is_text(head: &[u8]) -> bool {
    !head.starts_with(ZIP) && packed(head).is_none()
}

/// What a file is that is no text, by its first bytes, and what to do about it.
fn packed(head: &[u8]) -> Option<Fixed> {
    let known: [(&[u8], Fixed); 7] = [
        (
            OLE,
            (
                "旧式工作簿 (.xls); 请另存为 .xlsx 或 CSV UTF-8",
                "a workbook of the old kind (.xls); save it as .xlsx or CSV UTF-8",
            ),
        ),
        (
            b"\x1f\x8b",
            (
                "压缩文件 (gzip); 请先解压",
                "compressed (gzip); unpack it first",
            ),
        ),
        (
            b"BZh",
            (
                "压缩文件 (bzip2); 请先解压",
                "compressed (bzip2); unpack it first",
            ),
        ),
        (
            b"\xFD7zXZ",
            (
                "压缩文件 (xz); 请先解压",
                "compressed (xz); unpack it first",
            ),
        ),
        (
            b"Rar!",
            (
                "压缩包 (rar); 请先解压",
                "an archive (rar); unpack it first",
            ),
        ),
        (
            b"%PDF",
            (" PDF; 请导出表格本身", "a PDF; export the table itself"),
        ),
        (
            b"SQLite format 3\0",
            (
                " SQLite 数据库; 如果是工作区, 用 -w 打开",
                "an SQLite database; open it with -w if it is a workspace",
            ),
        ),
    ];
    known
        .into_iter()
        .find_map(|(mark, name)| head.starts_with(mark).then_some(name))
}

fn refuse_others(file: &Arc<File>, head: &[u8]) -> Result<(), ReadError> {
    let Some(name) = packed(head) else {
        return Ok(());
    };
    if head.starts_with(OLE) {
        // A workbook with a password is wrapped in the old container; its directory names the parts in UTF-16.
        let mut bytes = Vec::new();
        Window::new(Arc::clone(file), 0, 1 << 20).read_to_end(&mut bytes)?;
        let part: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        if memchr::memmem::find(&bytes, &part).is_some() {
            return Err(ReadError::Format((
                "有密码的工作簿; 请去掉密码另存",
                "an encrypted workbook; save it without a password",
            )));
        }
    }
    Err(ReadError::Format(name))
}

/// The encoding of a text and where it begins.
fn text_of(file: &Arc<File>, survey: &Survey, head: &[u8], wish: &Wish) -> Result<Text, ReadError> {
    let announced = Encoding::announced(head);
    let text = |encoding| Text {
        encoding,
        mark: announced.map_or(0, |(_, mark)| mark),
        end: survey.bytes,
    };
    let bytes = || {
        let whole = Window::new(Arc::clone(file), text(Encoding::Utf8).mark, survey.bytes);
        whole.watching(wish.stop.as_ref())
    };
    let said = wish.encoding.or(announced.map(|(encoding, _)| encoding));
    let encoding = match said {
        Some(Encoding::Utf8) if survey.is_utf8 => Encoding::Utf8,
        Some(encoding) => {
            encoding::verify(bytes(), encoding)?;
            encoding
        }
        None if survey.is_utf8 && (survey.has_long_forms || !survey.is_foreign) => Encoding::Utf8,
        None => encoding::decide(bytes())?,
    };
    Ok(text(encoding))
}

/// What a name ends in.
pub(super) fn of_name(name: &Path) -> Option<Format> {
    let ending = name.extension()?.to_str()?.to_ascii_lowercase();
    match ending.as_str() {
        "csv" | "txt" => Some(Format::Csv),
        "tsv" | "tab" => Some(Format::Tsv),
        "jsonl" | "ndjson" => Some(Format::Jsonl),
        "xlsx" | "xlsm" => Some(Format::Xlsx),
        _ => None,
    }
}
