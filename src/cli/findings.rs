//! What `check` and `doctor` found, one line each: what was looked at, what is the case, and what to do about it.

use std::io::{self, Write};

use super::cell::Cell;
use super::error::Exit;
use super::how::How;
use super::table::{Column, Head, Sheet};
use crate::domain::SafeText;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing to do.
    Well,
    /// Worth knowing; nothing is wrong.
    Note,
    /// To be mended.
    Wrong,
    /// The file is damaged.
    Damaged,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// For programs.
    pub code: &'static str,
    /// What was looked at, in the language of the reader.
    pub topic: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What is the case.
    pub found: SafeText,
    /// What to do; empty where there is nothing to do.
    pub fix: SafeText,
}

impl Finding {
    /// Nothing to do about it.
    pub fn well(code: &'static str, topic: &'static str, found: impl AsRef<str>) -> Self {
        Self {
            code,
            topic,
            verdict: Verdict::Well,
            found: SafeText::new(found.as_ref()),
            fix: SafeText::new(""),
        }
    }

    /// The same line, with something to know or to do.
    #[must_use]
    pub fn but(mut self, verdict: Verdict, fix: impl AsRef<str>) -> Self {
        self.verdict = verdict;
        self.fix = SafeText::new(fix.as_ref());
        self
    }
}

/// The worst of them as an exit code: notes are no failure.
pub fn exit(findings: &[Finding]) -> Exit {
    match findings.iter().map(|f| f.verdict).max() {
        None | Some(Verdict::Well | Verdict::Note) => Exit::Ok,
        Some(Verdict::Wrong) => Exit::Failed,
        Some(Verdict::Damaged) => Exit::Workspace,
    }
}

/// Writes them.
pub fn print(
    kind: &'static str,
    findings: &[Finding],
    how: How,
    out: &mut impl Write,
) -> io::Result<()> {
    let head = Head {
        kind,
        ..Head::default()
    };
    let mut sheet = Sheet::begin(out, how, &head, columns())?;
    sheet.rows(findings)?;
    sheet.end(&[]).map(|_| ())
}

fn columns() -> Vec<Column<Finding>> {
    vec![
        Column::hidden("code", |f, _| Cell::id(f.code)),
        Column::text("topic", "项目", "what", |f, _| Cell::id(f.topic)),
        Column::text("verdict", "状态", "state", |f, how| {
            let (code, word) = match f.verdict {
                Verdict::Well => ("ok", how.word("正常", "ok")),
                Verdict::Note => ("note", how.word("留意", "note")),
                Verdict::Wrong => ("wrong", how.word("有误", "wrong")),
                Verdict::Damaged => ("damaged", how.word("损坏", "damaged")),
            };
            Cell::Code(code, word.to_owned())
        }),
        Column::text("found", "情况", "found", |f, _| Cell::text(&f.found)),
        Column::text("fix", "怎么办", "what to do", |f, _| Cell::text(&f.fix)),
    ]
}
