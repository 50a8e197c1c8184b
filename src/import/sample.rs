//! What the first changed rows were before: what `--dry-run` shows.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Statement};

use super::column::Role;
use super::prepared::Cells;
use super::row::Sheet;
use crate::domain::SafeText;

/// A row that is there with other values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its natural key: columns of the table, and what stands in them.
    pub key: Vec<(String, SafeText)>,
    /// The cells that differ.
    pub cells: Vec<Cell>,
}

/// A cell that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Column of the table.
    pub column: String,
    /// What stands there; `None` is nothing.
    pub before: Option<SafeText>,
    /// What stands there once the file is in.
    pub after: Option<SafeText>,
}

/// The first changed rows of a file: each is looked at before it is written and once it is, so that what a cell leaves as it
/// stands is decided at one place, the statement that writes.
pub(super) struct Sample<'c> {
    look: Statement<'c>,
    keys: Vec<(usize, String)>,
    compared: Vec<String>,
    most: usize,
    pub(super) found: Vec<Change>,
}

/// The cells of a row before it is changed.
pub(super) struct Before(Vec<Value>);

impl<'c> Sample<'c> {
    /// Takes up to `most`.
    pub(super) fn new(conn: &'c Connection, sheet: &Sheet, most: usize) -> rusqlite::Result<Self> {
        let slots = || sheet.slots.iter().enumerate();
        let keys = slots().filter(|(_, slot)| slot.is_key());
        let same: Vec<_> = keys
            .clone()
            .map(|(_, slot)| format!("{} = ?", slot.field))
            .collect();
        let compared: Vec<String> = slots()
            .filter(|(_, slot)| matches!(slot.role, Role::Compared | Role::Found))
            .map(|(_, slot)| slot.field.clone())
            .collect();
        let look = conn.prepare(&format!(
            "SELECT {} FROM {} WHERE {}",
            if compared.is_empty() {
                "1".to_owned()
            } else {
                compared.join(", ")
            },
            sheet.kind.spec().table,
            same.join(" AND ")
        ))?;
        Ok(Self {
            look,
            keys: keys.map(|(at, slot)| (at, slot.field.clone())).collect(),
            compared,
            most,
            found: Vec::new(),
        })
    }

    /// Looks at a row that is about to be changed; `None` when enough are noted.
    pub(super) fn before(&mut self, values: &impl Cells) -> rusqlite::Result<Option<Before>> {
        if self.found.len() >= self.most {
            return Ok(None);
        }
        self.look_up(values)
    }

    fn look_up(&mut self, values: &impl Cells) -> rusqlite::Result<Option<Before>> {
        for (i, (at, _)) in (1..).zip(&self.keys) {
            self.look
                .raw_bind_parameter(i, ToSqlOutput::Borrowed(values.cell(*at)))?;
        }
        let mut rows = self.look.raw_query();
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let cells = (0..self.compared.len()).map(|i| row.get(i));
        Ok(Some(Before(cells.collect::<Result<_, _>>()?)))
    }

    /// Notes what has become of it.
    pub(super) fn after(&mut self, before: &Before, values: &impl Cells) -> rusqlite::Result<()> {
        let Some(after) = self.look_up(values)? else {
            return Ok(());
        };
        let cells = self.compared.iter().zip(before.0.iter().zip(&after.0));
        let cells = cells.filter(|(_, (before, after))| before != after);
        let cells = cells.map(|(column, (before, after))| Cell {
            column: column.clone(),
            before: shown(ValueRef::from(before)),
            after: shown(ValueRef::from(after)),
        });
        let key = self
            .keys
            .iter()
            .filter_map(|(at, column)| Some((column.clone(), shown(values.cell(*at))?)));
        self.found.push(Change {
            key: key.collect(),
            cells: cells.collect(),
        });
        Ok(())
    }
}

fn shown(value: ValueRef<'_>) -> Option<SafeText> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(n) => Some(SafeText::new(&n.to_string())),
        ValueRef::Real(x) => Some(SafeText::new(&x.to_string())),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            Some(SafeText::new(&String::from_utf8_lossy(text)))
        }
    }
}
