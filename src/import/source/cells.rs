//! The cells of a workbook, read by a process of its own and sent row by row to the one that imports.
//!
//! Readers of workbooks can be made to ask for any amount of memory by files of two kilobytes, and a failed allocation ends
//! a process. So the reading happens in a child with hard limits ([`confine`]), which speaks the frames of [`Frame`] on
//! its standard output, and the import outlives whatever becomes of it. Only the streaming reader is used: it never asks
//! for the rectangle that a sheet claims to have.

use std::io::{Read, Seek, Write};

use calamine::{Cell, DataRef, Reader, SheetVisible, Xlsx};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::error::{MAX_FIELDS, MAX_LINE};
use super::{archive, number};
use crate::domain::{Sentence, sentence};

/// Memory of the child, bytes.
const MEMORY: u64 = 512 << 20;
/// Processor time of the child, seconds.
const SECONDS: u64 = 120;
/// The most cells of a sheet.
const MOST_CELLS: u64 = 50_000_000;
/// Sheets named at most, beside the one that is read.
const NAMED: usize = 20;
/// The most text of a sheet, bytes.
const MOST_TEXT: u64 = 1 << 30;

/// What the child says, each with its length before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// The sheet that is read, and the names of the others, the first of them.
    Sheet(String, u32, Vec<String>),
    /// A row: its number, its cells.
    Row(u32, Vec<String>),
    /// A row that cannot be read, and why.
    Spoilt(u32, Sentence),
    /// The workbook cannot be read on, and why.
    Broken(Sentence),
    /// The end of the sheet.
    End,
}

impl Frame {
    /// Sends it.
    pub(super) fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let mut body = Vec::new();
        let tag = match self {
            Self::Sheet(name, count, others) => {
                body.extend(count.to_le_bytes());
                put(&mut body, name);
                for other in others {
                    put(&mut body, other);
                }
                b'S'
            }
            Self::Row(row, cells) => {
                body.extend(row.to_le_bytes());
                for cell in cells {
                    put(&mut body, cell);
                }
                b'R'
            }
            Self::Spoilt(row, why) => {
                body.extend(row.to_le_bytes());
                put_sentence(&mut body, why);
                b'X'
            }
            Self::Broken(why) => {
                put_sentence(&mut body, why);
                b'B'
            }
            Self::End => b'E',
        };
        out.write_all(&[tag])?;
        out.write_all(&length(body.len()))?;
        out.write_all(&body)
    }

    /// Receives one; `None` when nothing, or nothing that makes sense, comes any more.
    pub(super) fn read(input: &mut impl Read) -> std::io::Result<Option<Self>> {
        let (mut tag, mut size) = ([0], [0; 4]);
        if input.read(&mut tag)? == 0 || input.read_exact(&mut size).is_err() {
            return Ok(None);
        }
        let size = u64::from(u32::from_le_bytes(size));
        if size > 2 * MAX_LINE as u64 {
            return Ok(None);
        }
        let mut body = Vec::new();
        input.take(size).read_to_end(&mut body)?;
        Ok(Self::understand(tag, &body))
    }

    fn understand(tag: [u8; 1], body: &[u8]) -> Option<Self> {
        let mut rest = body;
        Some(match &tag {
            b"S" => {
                let count = take_number(&mut rest)?;
                Self::Sheet(take_text(&mut rest)?, count, take_texts(rest)?)
            }
            b"R" => Self::Row(take_number(&mut rest)?, take_texts(rest)?),
            b"X" => Self::Spoilt(take_number(&mut rest)?, take_sentence(&mut rest)?),
            b"B" => Self::Broken(take_sentence(&mut rest)?),
            b"E" => Self::End,
            _ => return None,
        })
    }
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

fn put(body: &mut Vec<u8>, text: &str) {
    body.extend(length(text.len()));
    body.extend(text.as_bytes());
}

fn put_sentence(body: &mut Vec<u8>, sentence: &Sentence) {
    put(body, sentence.zh.as_str());
    put(body, sentence.en.as_str());
}

fn take_sentence(rest: &mut &[u8]) -> Option<Sentence> {
    let zh = take_text(rest)?;
    Some(Sentence::new(&zh, &take_text(rest)?))
}

fn take_number(rest: &mut &[u8]) -> Option<u32> {
    let (head, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    Some(u32::from_le_bytes(*head))
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let size = usize::try_from(take_number(rest)?).ok()?;
    let (head, tail) = rest.split_at_checked(size)?;
    *rest = tail;
    String::from_utf8(head.to_vec()).ok()
}

/// All texts that follow.
fn take_texts(mut rest: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !rest.is_empty() {
        texts.push(take_text(&mut rest)?);
    }
    Some(texts)
}

/// Limits this process: memory, processor time, no files of its own, no core.
///
/// # Errors
/// The system would not.
pub fn confine() -> std::io::Result<()> {
    let limits = [
        // Anonymous memory; address space as a whole is larger by what an allocator reserves and never touches.
        (Resource::Data, MEMORY),
        (Resource::As, 8 * MEMORY),
        (Resource::Cpu, SECONDS),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
    ];
    for (resource, most) in limits {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}

/// Sends the rows of a sheet of a workbook (the first that is shown, if none is named).
///
/// # Errors
/// Nobody listens any more. What is wrong with the workbook is sent.
pub fn send(
    mut workbook: impl Read + Seek,
    sheet: Option<&str>,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let done = archive::check(&mut workbook).map_or_else(
        |why| Err(Stop::Broken(why)),
        |()| send_sheet(workbook, sheet, out),
    );
    match done {
        Ok(()) => Frame::End.write(out)?,
        Err(Stop::Broken(why)) => Frame::Broken(why).write(out)?,
        Err(Stop::Deaf(error)) => return Err(error),
    }
    out.flush()
}

/// Why sending stopped.
enum Stop {
    Broken(Sentence),
    Deaf(std::io::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Deaf(error)
    }
}

impl From<calamine::XlsxError> for Stop {
    fn from(error: calamine::XlsxError) -> Self {
        Self::Broken(match error {
            calamine::XlsxError::Password => {
                sentence!(
                    "工作簿有密码, 请去掉密码另存",
                    "the workbook is encrypted; save it without a password"
                )
            }
            // The reader's own words may repeat contents.
            _ => {
                sentence!(
                    "工作簿已损坏, 请在表格软件里打开后另存",
                    "the workbook is damaged; open it in a spreadsheet program and save it again"
                )
            }
        })
    }
}

fn send_sheet(
    workbook: impl Read + Seek,
    sheet: Option<&str>,
    out: &mut impl Write,
) -> Result<(), Stop> {
    let mut book = Xlsx::new(std::io::BufReader::new(workbook))?;
    let sheets = book.sheets_metadata();
    let count = u32::try_from(sheets.len()).unwrap_or(u32::MAX);
    let found = sheets.iter().find(|s| match sheet {
        Some(name) => s.name == name,
        None => s.visible == SheetVisible::Visible,
    });
    let Some(name) = found.map(|s| s.name.clone()) else {
        let names: Vec<_> = sheets.iter().take(NAMED).map(|s| s.name.as_str()).collect();
        let names = names.join(", ");
        return Err(Stop::Broken(sentence!(
            "工作簿没有这张表; 有 {names}",
            "the workbook has no such sheet; it has {names}",
        )));
    };
    let others = sheets.iter().filter(|sheet| sheet.name != name);
    let others = others.take(NAMED).map(|sheet| sheet.name.clone()).collect();
    Frame::Sheet(name.clone(), count, others).write(out)?;
    let mut cells = book.worksheet_cells_reader(&name)?;
    let mut rows = Rows {
        out,
        row: 0,
        cells: Vec::new(),
        size: 0,
        fault: None,
        all_cells: 0,
        all_text: 0,
    };
    while let Some(cell) = cells.next_cell()? {
        rows.take(&cell)?;
    }
    rows.finish()
}

/// Gathers cells to rows.
struct Rows<'a, W> {
    out: &'a mut W,
    row: u32,
    cells: Vec<String>,
    size: usize,
    fault: Option<Sentence>,
    all_cells: u64,
    all_text: u64,
}

impl<W: Write> Rows<'_, W> {
    fn take(&mut self, cell: &Cell<DataRef<'_>>) -> Result<(), Stop> {
        self.all_cells += 1;
        if self.all_cells > MOST_CELLS || self.all_text > MOST_TEXT {
            return Err(Stop::Broken(sentence!(
                "表太大, 请拆开或另存为 CSV UTF-8",
                "the sheet holds more than a sheet would; split it or save it as CSV UTF-8"
            )));
        }
        let (row, column) = cell.get_position();
        if row != self.row {
            if row < self.row {
                return Err(Stop::Broken(sentence!(
                    "表的行次序乱了, 请在表格软件里重新保存",
                    "the rows of the sheet are out of order; save it again in a spreadsheet program"
                )));
            }
            self.finish()?;
            self.row = row;
        }
        let text = match text(cell.get_value()) {
            Ok(text) => text,
            Err(why) => {
                let at = format!("{}{}", letters(column), u64::from(row) + 1);
                let fault = sentence!("单元格 {at}: {why}", "has {why} in cell {at}", why = why);
                self.fault.get_or_insert(fault);
                return Ok(());
            }
        };
        if text.is_empty() {
            return Ok(());
        }
        self.size += text.len() + 4;
        self.all_text += text.len() as u64;
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MAX_FIELDS {
            self.fault.get_or_insert(sentence!(
                "超过 {MAX_FIELDS} 列",
                "has more than {MAX_FIELDS} columns",
            ));
        } else if self.size > MAX_LINE {
            self.fault.get_or_insert(sentence!(
                "超过 {MAX_LINE} 字节",
                "is longer than {MAX_LINE} bytes",
            ));
            self.cells.clear();
        } else {
            if self.cells.len() <= column {
                self.cells.resize(column + 1, String::new());
            }
            if let Some(slot) = self.cells.get_mut(column) {
                *slot = text;
            }
        }
        Ok(())
    }

    /// Sends the row gathered, if there is anything in it.
    fn finish(&mut self) -> Result<(), Stop> {
        let number = self.row + 1;
        let cells = std::mem::take(&mut self.cells);
        self.size = 0;
        match self.fault.take() {
            Some(why) => Frame::Spoilt(number, why).write(self.out)?,
            None if cells.is_empty() => {}
            None => Frame::Row(number, cells).write(self.out)?,
        }
        Ok(())
    }
}

/// The letters of a column.
fn letters(column: u32) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let letter = u8::try_from((rest - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// A cell as the text that a person would have typed.
fn text(value: &DataRef<'_>) -> Result<String, Sentence> {
    Ok(match value {
        DataRef::Empty => String::new(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => number::shown(*n),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(at) if at.is_duration() => {
            return Err(sentence!(
                "应是日期或普通值, 却是时长",
                "a duration where a date or a plain value is wanted"
            ));
        }
        DataRef::DateTime(at) => number::moment(at).ok_or((
            "日期早于 1900-03-01, 或不是日期",
            "a date before 1900-03-01 or none at all",
        ))?,
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::Error(_) => {
            return Err(sentence!(
                "公式出错 (#N/A, #REF!, ...)",
                "an error of a formula (#N/A, #REF!, …)"
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use calamine::{ExcelDateTime, ExcelDateTimeType};
    use proptest::prelude::*;

    use super::*;

    fn at(serial: f64) -> Option<String> {
        number::moment(&ExcelDateTime::new(
            serial,
            ExcelDateTimeType::DateTime,
            false,
        ))
    }

    #[test]
    fn serial_numbers_are_the_days_and_seconds_a_spreadsheet_shows() {
        // 45000 is 2023-03-15.
        assert_eq!(at(45_000.0).unwrap(), "2023-03-15");
        assert_eq!(at(45_000.5).unwrap(), "2023-03-15 12:00:00");
        assert_eq!(
            at(45_000.0 + 73_230.0 / 86_400.0).unwrap(),
            "2023-03-15 20:20:30"
        );
        // The last second of a day is not the next one's, however late it is; midnight is.
        let late = 45_000.0 + 86_399.999 / 86_400.0;
        assert_eq!(at(late).unwrap(), "2023-03-15 23:59:59");
        assert_eq!(at(45_001.0).unwrap(), "2023-03-16");
        assert_eq!(at(61.0).unwrap(), "1900-03-01");
        assert_eq!(at(0.5), None);
        assert_eq!(at(3e6), None);
    }

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        assert_eq!(
            ["A", "Z", "AA", "XFD"],
            [0, 25, 26, 16_383]
                .map(letters)
                .each_ref()
                .map(String::as_str)
        );
    }

    proptest! {
        #[test]
        fn every_second_of_a_day_survives_its_fraction(second in 0_u32..86_400, day in 40_000_u32..60_000) {
            let serial = f64::from(day) + f64::from(second) / 86_400.0;
            let wanted = format!(" {:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
            let text = at(serial).unwrap();
            prop_assert!(second == 0 || text.ends_with(&wanted), "{} {}", text, wanted);
        }

        #[test]
        fn frames_come_back_as_they_were_sent(row in any::<u32>(), cells in proptest::collection::vec(".{0,9}", 0..6)) {
            for frame in [Frame::Row(row, cells.clone()), Frame::Spoilt(row, ("为何", "why").into()), Frame::End,
                Frame::Broken(("坏", "bad").into()), Frame::Sheet("订单".into(), 2, cells.clone())] {
                let mut bytes = Vec::new();
                frame.write(&mut bytes).unwrap();
                prop_assert_eq!(Frame::read(&mut bytes.as_slice()).unwrap(), Some(frame));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Frame::read(&mut bytes.as_slice());
            let _ = archive::check(&mut std::io::Cursor::new(&bytes));
            let mut like = b"PK\x05\x06".to_vec();
            like.extend(&bytes);
            let _ = archive::check(&mut std::io::Cursor::new(&like));
        }
    }
}
