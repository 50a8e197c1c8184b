//! Whom the targets of a file are for: a department, a member of staff, a campaign, a channel or a group of the workspace, by
//! its id or by a name that only one has. What names nobody would be a target that no figure is ever held against.

use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::kind::Kind;
use super::lookup::Named;
use super::prepared::Cells;
use super::row::{Fault, Sheet};
use crate::domain::{Sentence, sentence};
use crate::store::target::subjects;

/// Finds the subjects of a file's targets.
pub(super) struct Subjects<'c> {
    conn: &'c Connection,
    kind: usize,
    id: usize,
    /// By kind, each once it is asked for.
    known: HashMap<&'static str, Named<String>>,
}

impl<'c> Subjects<'c> {
    /// `None` where a sheet holds no targets.
    pub(super) fn of(conn: &'c Connection, sheet: &Sheet) -> Option<Self> {
        if sheet.kind != Kind::Targets {
            return None;
        }
        Some(Self {
            conn,
            kind: sheet.slot("subject_kind")?,
            id: sheet.slot("subject_id")?,
            known: HashMap::new(),
        })
    }

    /// The slot and the id of the row's subject; `None` where it stands as it is. The inner `Err` is why the row cannot go in.
    pub(super) fn find(
        &mut self,
        row: &impl Cells,
    ) -> rusqlite::Result<Result<Option<(usize, String)>, Fault>> {
        let (Some(kind), Some(said)) = (text(row, self.kind), text(row, self.id)) else {
            return Ok(Ok(None));
        };
        let Some((kind, sql)) = subjects(kind) else {
            return Ok(Ok(None));
        };
        let known = match self.known.remove(kind) {
            Some(known) => known,
            None => Named::new(self.conn, sql)?,
        };
        let known = self.known.entry(kind).or_insert(known);
        let said = said.trim();
        Ok(match known.find(said) {
            Some(id) => Ok(Some((self.id, id.clone()))),
            None => Err(("subject_id", stranger(kind, known.is_shared(said)))),
        })
    }
}

/// Why somebody who is named is nobody's id and nobody's own name.
fn stranger(kind: &str, shared: bool) -> Sentence {
    if shared {
        sentence!(
            "有几个同名 ({kind}): 请写其中一个的编号",
            "is the name of several of kind {kind}: write the id of one",
        )
    } else {
        sentence!(
            "不在工作区里 ({kind}): 先导入, 或改成编号或全名",
            "is no {kind} of the workspace: import those first, or write the id",
        )
    }
}

fn text(row: &impl Cells, at: usize) -> Option<&str> {
    match row.cell(at) {
        ValueRef::Text(text) => std::str::from_utf8(text).ok(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}
