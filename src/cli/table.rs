//! Rows on a pipe or in a file: an aligned table, CSV, JSON lines, one JSON document, Markdown or a workbook.
//!
//! A [`Sheet`] is written as its rows come, so that a million of them need no memory. Tables are for people: titles with
//! units, columns aligned by display width, no borders, no colour. CSV and JSON are for programs: stable English keys,
//! codes instead of words, money as decimal yuan, times as ISO 8601 in the workspace's zone, rates as fractions with
//! numerator and denominator.
//!
//! Text cells of a CSV that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, tab or carriage return first) get a
//! `'` in front; numbers stay numbers.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::cell::Cell;
pub use super::column::{Column, Holds};
pub use super::head::Head;
use super::how::How;
use super::options::OutputFormat;
use super::paged;

use crate::domain::cells::{pad, pad_left, width};
use crate::export::Book;

/// A sheet being written.
pub struct Sheet<'a, W: Write, T> {
    how: How,
    columns: Vec<Column<T>>,
    out: Out<'a, W>,
    /// Rows written.
    rows: u64,
    /// Widths of the table's columns, set by the first rows.
    widths: Vec<usize>,
}

enum Out<'a, W: Write> {
    Plain(&'a mut W),
    Csv(Box<csv::Writer<&'a mut W>>),
    Book(Box<Book>, &'a mut W),
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// Rows.
    pub rows: u64,
    /// Keys of the columns.
    pub columns: Vec<&'static str>,
}

impl<'a, W: Write, T> Sheet<'a, W, T> {
    /// Writes what stands before the rows.
    pub fn begin(
        out: &'a mut W,
        how: How,
        head: &Head<'_>,
        columns: Vec<Column<T>>,
    ) -> io::Result<Self> {
        let columns: Vec<Column<T>> = columns
            .into_iter()
            .filter(|c| c.holds.is_in(how.format))
            .collect();
        let out = match how.format {
            OutputFormat::Table => {
                if let Some(stamp) = head.stamp {
                    writeln!(out, "{}", Head::scope_line(stamp, how))?;
                }
                for line in &head.lines {
                    writeln!(out, "{line}")?;
                }
                Out::Plain(out)
            }
            OutputFormat::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(columns.iter().flat_map(Column::csv_keys))
                    .map_err(io_of)?;
                Out::Csv(Box::new(csv))
            }
            OutputFormat::Json => {
                let head = serde_json::to_string(&Value::Object(head.json(how)))?;
                let open = head.strip_suffix('}').unwrap_or(&head);
                write!(out, "{open},\"rows\":[")?;
                Out::Plain(out)
            }
            OutputFormat::Jsonl => Out::Plain(out),
            OutputFormat::Md => {
                paged::md_head(out, how, head, &columns)?;
                Out::Plain(out)
            }
            OutputFormat::Xlsx => Out::Book(Box::new(paged::book(how, head, &columns)?), out),
        };
        Ok(Self {
            how,
            columns,
            out,
            rows: 0,
            widths: Vec::new(),
        })
    }

    /// Writes rows. A table's widths come from the first rows written.
    pub fn rows(&mut self, rows: &[T]) -> io::Result<()> {
        if self.how.format == OutputFormat::Table {
            return self.table(rows);
        }
        for row in rows {
            let how = self.how;
            let cells: Vec<Cell> = self.columns.iter().map(|c| (c.cell)(row, how)).collect();
            match &mut self.out {
                Out::Csv(csv) => {
                    let fields = cells.iter().zip(&self.columns).flat_map(|(cell, column)| {
                        let wide = if column.holds == Holds::Rate { 3 } else { 1 };
                        cell.csv(self.how).into_iter().take(wide)
                    });
                    csv.write_record(fields).map_err(io_of)?;
                }
                Out::Book(book, _) => book.row(&paged::entries(&cells, &self.columns, how))?,
                Out::Plain(out) if how.format == OutputFormat::Md => {
                    let texts = cells.iter().map(|cell| cell.shown(how));
                    paged::md_line(*out, texts)?;
                }
                Out::Plain(out) => {
                    let mut object = Map::new();
                    for (cell, column) in cells.iter().zip(&self.columns) {
                        object.insert(column.key.to_owned(), cell.json(self.how));
                    }
                    if self.how.format == OutputFormat::Json {
                        out.write_all(if self.rows > 0 { b",\n" } else { b"\n" })?;
                    }
                    serde_json::to_writer(&mut **out, &Value::Object(object))?;
                    if self.how.format == OutputFormat::Jsonl {
                        out.write_all(b"\n")?;
                    }
                }
            }
            self.rows += 1;
        }
        Ok(())
    }

    fn table(&mut self, rows: &[T]) -> io::Result<()> {
        let texts: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                let shown = |c: &Column<T>| (c.cell)(row, self.how).shown(self.how);
                self.columns.iter().map(shown).collect()
            })
            .collect();
        if self.widths.is_empty() {
            let titles: Vec<String> = self
                .columns
                .iter()
                .map(|c| self.how.word(c.zh, c.en).to_owned())
                .collect();
            self.widths = (0..self.columns.len())
                .map(|i| {
                    let column = std::iter::once(&titles).chain(&texts);
                    let cells = column.filter_map(|row| row.get(i));
                    cells.map(|text| width(text)).max().unwrap_or(0)
                })
                .collect();
            self.line(&titles)?;
        }
        for text in &texts {
            self.line(text)?;
        }
        self.rows += texts.len() as u64;
        Ok(())
    }

    /// One aligned line without trailing spaces. Cells wider than their column are written whole.
    fn line(&mut self, texts: &[String]) -> io::Result<()> {
        let mut line = String::new();
        for ((text, column), cells) in texts.iter().zip(&self.columns).zip(&self.widths) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let right = matches!(column.holds, Holds::Number | Holds::Rate);
            if width(text) >= *cells {
                line.push_str(text);
            } else if right {
                line.push_str(&pad_left(text, *cells));
            } else {
                line.push_str(&pad(text, *cells));
            }
        }
        match &mut self.out {
            Out::Plain(out) => writeln!(out, "{}", line.trim_end()),
            Out::Csv(_) | Out::Book(..) => Ok(()),
        }
    }

    /// Writes what stands after the rows: these lines below a table.
    pub fn end(mut self, lines: &[String]) -> io::Result<Printed> {
        if self.how.format == OutputFormat::Table && self.widths.is_empty() {
            // The titles, also when there was no row.
            self.table(&[])?;
        }
        let printed = Printed {
            rows: self.rows,
            columns: self.columns.iter().map(|c| c.key).collect(),
        };
        match self.out {
            Out::Csv(mut csv) => csv.flush()?,
            Out::Book(book, out) => book.finish(out)?,
            Out::Plain(out) => {
                if self.how.format == OutputFormat::Json {
                    out.write_all(if self.rows > 0 { b"\n]}\n" } else { b"]}\n" })?;
                }
                if self.how.format == OutputFormat::Table {
                    for line in lines {
                        writeln!(out, "{line}")?;
                    }
                }
                out.flush()?;
            }
        }
        Ok(printed)
    }
}

/// What the writer below said: a closed pipe stays one.
fn io_of(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
