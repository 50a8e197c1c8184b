//! `caopan journal`: who did what; `caopan journal verify`: whether every line is as it was written.

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::config::words::Words;
use crate::store::journal::{Entry, first_break, newest_of};
use crate::store::meta;

use super::cell::Cell;
use super::error::{Exit, Failure};
use super::how::How;
use super::options::OutputFormat;
use super::searched;
use super::setting::Setting;
use super::table::{Column, Head, Sheet};
use super::told::{act_named, detail_said, subject_named};
use crate::domain::{Lang, SafeText, sentence};

/// Arguments of `journal`.
#[derive(Debug, Args)]
pub struct JournalArguments {
    /// Check the chain instead of listing.
    #[arg(value_enum)]
    pub verify: Option<Verify>,
    /// At most this many, newest first.
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// Only this act: `tag_add`, `export`, `undo`, …
    #[arg(long)]
    pub act: Option<String>,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// The one thing to do with a journal besides reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Verify {
    /// Walk the chain from its first line.
    Verify,
}

/// Lists or checks.
pub fn run(
    setting: &Setting,
    wish: &JournalArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let opened = setting.opened(&setting.workspace())?;
    if wish.verify.is_some() {
        return match first_break(&opened.conn)? {
            None => {
                let words = Words::new(setting.lang());
                writeln!(out, "{}", words.say("receipt.journal_whole"))?;
                Ok(Exit::Ok)
            }
            Some(line) => Err(Failure::new(
                Exit::Failed,
                sentence!(
                    "日志在第 {line} 行断了: 它被改过, 或前一行不见了",
                    "the journal is broken at line {line}: it was changed, or the one before it is missing"
                ),
                sentence!(
                    "和备份对照; 能写这个文件的人都做得到",
                    "compare with a backup; who could write the file could do this"
                ),
            )),
        };
    }
    let how = How {
        format: wish.format,
        lang: setting.lang(),
        glyphs: setting.glyphs(),
        zone: meta::zone(&opened.conn)?,
    };
    let mut entries = newest_of(&opened.conn, wish.act.as_deref(), wish.limit)?;
    for entry in &mut entries {
        let detail = entry.detail.as_ref();
        entry.detail = detail.map(|detail| searched::shown(detail, setting.settings.mask));
    }
    let head = Head {
        kind: "journal",
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(&entries)?;
    sheet.end(&[])?;
    Ok(Exit::Ok)
}

fn columns() -> Vec<Column<Entry>> {
    type C = Column<Entry>;
    vec![
        C::number("id", "编号", "id", |e, _| Cell::Id(e.id)),
        C::text("at", "时间", "at", |e, _| Cell::Instant(e.at)),
        C::text("actor", "谁", "who", |e, _| Cell::text(&e.actor)),
        C::text("act", "做了什么", "act", |e, how| {
            coded(&e.act, how, act_named)
        }),
        C::text("subject_kind", "对象", "of", |e, how| {
            coded(&e.subject_kind, how, subject_named)
        }),
        C::text("subject_id", "对象编号", "of id", |e, _| {
            Cell::text(&e.subject_id)
        }),
        C::number("undoes", "撤销了", "undoes", |e, _| {
            Cell::or(e.undoes, Cell::Empty, Cell::Id)
        }),
        C::text("can_undo", "可撤销", "undoable", |e, _| {
            Cell::Yes(e.can_undo)
        }),
        C::text("detail", "详情", "detail", |e, how| {
            if is_read(how) {
                return Cell::Text(detail_said(e, how.lang));
            }
            Cell::or(e.detail.as_ref(), Cell::Empty, Cell::text)
        }),
    ]
}

/// Somebody reads the rows: words, where programs get codes and JSON.
fn is_read(how: How) -> bool {
    how.is_for_people() || how.format == OutputFormat::Xlsx
}

/// A code for programs, words for people.
fn coded(code: &SafeText, how: How, named: fn(&str, Lang) -> &str) -> Cell {
    if is_read(how) {
        Cell::Text(SafeText::new(named(code.as_str(), how.lang)))
    } else {
        Cell::text(code)
    }
}
