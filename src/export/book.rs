//! A workbook written row by row: typed cells, flat memory, as many sheets as the rows need, and a sheet that says what
//! the rows are.
//!
//! Texts are written as texts, never as formulas. A row waits in a nameless temporary file (`TMPDIR`), not in memory.

use std::io::{self, Seek, SeekFrom, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Rows a sheet takes below its titles.
pub const ROWS: u32 = 1_048_575;

/// Characters a cell takes.
const LONGEST: usize = 32_767;

/// A column's title and how wide its cells are, in characters.
#[derive(Clone, Debug)]
pub struct Title {
    /// Words.
    pub text: String,
    /// Width.
    pub width: u8,
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Words, ids, phones: never read as a number or a formula.
    Text(String),
    /// A count.
    Whole(i64),
    /// Money, fen.
    Money(i64),
    /// A share, 1 = 100 %.
    Share(f64),
    /// A plain number.
    Number(f64),
    /// A moment, local: year, month, day, hour, minute, second.
    Moment([u16; 6]),
    /// A day: year, month, day.
    Day([u16; 3]),
    /// Nothing.
    Empty,
}

/// A workbook being written.
pub struct Book {
    workbook: Workbook,
    name: String,
    titles: Vec<Title>,
    /// Sheets of rows begun.
    sheets: usize,
    /// Rows of the sheet being written, titles included.
    row: u32,
    looks: Looks,
    about: Vec<(String, String)>,
}

struct Looks {
    title: Format,
    money: Format,
    share: Format,
    moment: Format,
    day: Format,
}

fn failed(error: XlsxError) -> io::Error {
    match error {
        XlsxError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

impl Book {
    /// Begins with the titles. `about` are the lines of the last sheet: what the rows are, of when, by whom.
    pub fn begin(name: &str, titles: Vec<Title>, about: Vec<(String, String)>) -> io::Result<Self> {
        let look = |numbers: &str| Format::new().set_num_format(numbers);
        let mut book = Self {
            workbook: Workbook::new(),
            name: name.to_owned(),
            titles,
            sheets: 0,
            row: 0,
            looks: Looks {
                title: Format::new().set_bold(),
                money: look("#,##0.00"),
                share: look("0.0%"),
                moment: look("yyyy-mm-dd hh:mm:ss"),
                day: look("yyyy-mm-dd"),
            },
            about,
        };
        book.next_sheet().map_err(failed)?;
        Ok(book)
    }

    fn next_sheet(&mut self) -> Result<(), XlsxError> {
        self.sheets += 1;
        let name = match self.sheets {
            1 => self.name.clone(),
            n => format!("{} {n}", self.name),
        };
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?.set_freeze_panes(1, 0)?;
        for (column, title) in (0_u16..).zip(&self.titles) {
            sheet.set_column_width(column, f64::from(title.width))?;
        }
        for (column, title) in (0_u16..).zip(&self.titles) {
            sheet.write_string_with_format(0, column, &title.text, &self.looks.title)?;
        }
        self.row = 1;
        Ok(())
    }

    /// Writes a row.
    pub fn row(&mut self, entries: &[Entry]) -> io::Result<()> {
        self.put(entries).map_err(failed)
    }

    fn put(&mut self, entries: &[Entry]) -> Result<(), XlsxError> {
        if self.row > ROWS {
            self.next_sheet()?;
        }
        let (row, at) = (self.row, self.sheets - 1);
        self.row += 1;
        let sheet = self.workbook.worksheet_from_index(at)?;
        for (column, entry) in (0_u16..).zip(entries) {
            write(sheet, &self.looks, (row, column), entry)?;
        }
        Ok(())
    }

    /// Ends the workbook and writes it out.
    pub fn finish(mut self, out: &mut impl Write) -> io::Result<()> {
        let mut whole = tempfile::tempfile()?;
        self.end(&mut whole).map_err(failed)?;
        whole.seek(SeekFrom::Start(0))?;
        io::copy(&mut whole, out)?;
        Ok(())
    }

    fn end(&mut self, whole: &mut std::fs::File) -> Result<(), XlsxError> {
        let sheet = self.workbook.add_worksheet();
        sheet
            .set_name("caopan")?
            .set_column_width(0, 16)?
            .set_column_width(1, 60)?;
        for (row, (what, text)) in (0_u32..).zip(&self.about) {
            sheet.write_string_with_format(row, 0, what, &self.looks.title)?;
            sheet.write_string(row, 1, text)?;
        }
        self.workbook.save_to_writer(whole)
    }
}

/// Largest whole number that a cell holds exactly.
const EXACT: i64 = 999_999_999_999_999;

fn write(
    sheet: &mut Worksheet,
    looks: &Looks,
    (row, column): (u32, u16),
    entry: &Entry,
) -> Result<(), XlsxError> {
    match entry {
        Entry::Text(text) if text.is_empty() => {}
        Entry::Text(text) => {
            let cut: String = text.chars().take(LONGEST).collect();
            sheet.write_string(row, column, cut)?;
        }
        Entry::Whole(n) if n.abs() > EXACT => {
            sheet.write_string(row, column, n.to_string())?;
        }
        Entry::Whole(n) => {
            sheet.write_number(row, column, *n as f64)?;
        }
        Entry::Money(fen) => {
            sheet.write_number_with_format(row, column, *fen as f64 / 100.0, &looks.money)?;
        }
        Entry::Share(x) if x.is_finite() => {
            sheet.write_number_with_format(row, column, *x, &looks.share)?;
        }
        Entry::Number(x) if x.is_finite() => {
            sheet.write_number(row, column, *x)?;
        }
        Entry::Moment([year, month, day, hour, minute, second]) => {
            let small = |n: u16| u8::try_from(n).unwrap_or(u8::MAX);
            let moment = ExcelDateTime::from_ymd(*year, small(*month), small(*day))
                .and_then(|d| d.and_hms(*hour, small(*minute), f64::from(*second)));
            if let Ok(moment) = moment {
                sheet.write_datetime_with_format(row, column, moment, &looks.moment)?;
            } else {
                // Before 1900 there are no dates in a spreadsheet.
                let text =
                    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
                sheet.write_string(row, column, text)?;
            }
        }
        Entry::Day([year, month, day]) => {
            let small = |n: u16| u8::try_from(n).unwrap_or(u8::MAX);
            if let Ok(date) = ExcelDateTime::from_ymd(*year, small(*month), small(*day)) {
                sheet.write_datetime_with_format(row, column, date, &looks.day)?;
            } else {
                sheet.write_string(row, column, format!("{year:04}-{month:02}-{day:02}"))?;
            }
        }
        Entry::Share(_) | Entry::Number(_) | Entry::Empty => {}
    }
    Ok(())
}
