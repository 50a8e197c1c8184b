//! Which heading of a file fills which column of a kind, decided and shown before anything is written.

use super::column::{Column, Spec};
use super::kind::{Kind, nearest};
use super::row::REASON;
use crate::domain::SafeText;

/// The kind of a file and what its headings fill.
#[derive(Clone, Debug)]
pub struct Plan {
    kind: Kind,
    headings: Vec<String>,
    columns: Vec<Option<&'static Column>>,
}

impl Plan {
    /// Reads a header as that of a kind.
    ///
    /// # Errors
    /// A heading that is nearly a column's, one that is there twice, or a column that is missing: one sentence.
    pub fn new(kind: Kind, header: &[String]) -> Result<Self, String> {
        let names: Vec<String> = header
            .iter()
            .map(|heading| heading.trim().to_ascii_lowercase())
            .collect();
        let spec = kind.spec();
        check(spec, &names)?;
        let column = |name: &String| spec.columns.iter().find(|c| c.name == name);
        Ok(Self {
            kind,
            headings: header.to_vec(),
            columns: names.iter().map(column).collect(),
        })
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Every heading as the file has it, with the column it fills; `None` is not read.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, Option<&'static str>)> {
        let columns = self.columns.iter().map(|c| c.map(|c| c.name));
        self.headings.iter().map(String::as_str).zip(columns)
    }

    /// Where a column of the kind stands in the file.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|c| c.is_some_and(|c| c.name == name))
    }

    /// Fields each record must have.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }
}

/// Says what is wrong with a header.
fn check(spec: &Spec, names: &[String]) -> Result<(), String> {
    if names.is_empty() {
        return Err("the file is empty".into());
    }
    for (i, name) in names.iter().enumerate() {
        if names.iter().take(i).any(|n| n == name) {
            return Err(format!("the column `{}` is there twice", shown(name)));
        }
        if name != REASON && !spec.columns.iter().any(|c| c.name == name) {
            return Err(unknown(spec, name));
        }
    }
    let lacks = |c: &&Column| c.required && !names.iter().any(|n| n == c.name);
    let missing: Vec<&str> = spec.columns.iter().filter(lacks).map(|c| c.name).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("the header lacks {}", missing.join(", ")))
    }
}

fn unknown(spec: &Spec, name: &str) -> String {
    let known = || spec.columns.iter().map(|c| c.name);
    match nearest(name, known()) {
        Some(near) => format!(
            "the column `{}` is unknown; did you mean `{near}`?",
            shown(name)
        ),
        None => format!(
            "the column `{}` is unknown; there are {}",
            shown(name),
            known().collect::<Vec<_>>().join(", ")
        ),
    }
}

/// A header as an error may show it: short and without control characters.
fn shown(name: &str) -> String {
    SafeText::new(&name.chars().take(40).collect::<String>()).to_string()
}
