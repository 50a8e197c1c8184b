//! What the first changed rows were before: what `--dry-run` shows.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Row, Statement};

use super::column::Role;
use super::prepared::Cells;
use super::row::Sheet;
use super::rules::GONE;
use super::silent::{self, Left};
use crate::domain::{SafeText, mask};

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
    /// What the file says.
    pub after: Option<SafeText>,
}

/// Where an order says who bought.
struct Buyer {
    /// Slot of the customer.
    customer: usize,
    /// The columns of both, by their place in the look: the customer's and the key's.
    looked: (usize, usize),
}

/// The cells of a row that may say nothing.
struct Lefts {
    /// By their place in the look.
    cells: Vec<(usize, Left)>,
    /// The slot that tells which of a row do.
    silent: Option<usize>,
}

/// The first changed rows of a file.
pub(super) struct Sample<'c> {
    look: Statement<'c>,
    keys: Vec<(usize, String)>,
    compared: Vec<(usize, String)>,
    left: Lefts,
    /// Who bought stands in these; a row that does not name the customer takes nobody away.
    buyer: Option<Buyer>,
    most: usize,
    pub(super) found: Vec<Change>,
}

impl<'c> Sample<'c> {
    /// Takes up to `most`.
    pub(super) fn new(conn: &'c Connection, sheet: &Sheet, most: usize) -> rusqlite::Result<Self> {
        let slots = || sheet.slots.iter().enumerate();
        let keys = slots().filter(|(_, slot)| slot.is_key());
        let same: Vec<_> = keys
            .clone()
            .map(|(_, slot)| format!("{} = ?", slot.field))
            .collect();
        let compared: Vec<(usize, String)> = slots()
            .filter(|(_, slot)| matches!(slot.role, Role::Compared | Role::Found))
            .map(|(at, slot)| (at, slot.field.clone()))
            .collect();
        let fields: Vec<&str> = compared.iter().map(|(_, field)| field.as_str()).collect();
        let look = conn.prepare(&format!(
            "SELECT {} FROM {} WHERE {}",
            if fields.is_empty() {
                "1".to_owned()
            } else {
                fields.join(", ")
            },
            sheet.kind.spec().table,
            same.join(" AND ")
        ))?;
        let left = compared.iter().enumerate();
        let left = left.filter_map(|(i, (at, _))| Some((i, sheet.slots.get(*at)?.left?)));
        Ok(Self {
            look,
            left: Lefts {
                cells: left.collect(),
                silent: sheet.slot(silent::SILENT),
            },
            keys: keys.map(|(at, slot)| (at, slot.field.clone())).collect(),
            buyer: sheet.buyer().and_then(|customer| {
                let looked = |wanted| compared.iter().position(|(_, field)| field == wanted);
                Some(Buyer {
                    customer,
                    looked: (looked("external_userid")?, looked("buyer_key")?),
                })
            }),
            compared,
            most,
            found: Vec::new(),
        })
    }

    /// Notes what a row that is about to be changed was before.
    pub(super) fn see(&mut self, values: &impl Cells) -> rusqlite::Result<()> {
        if self.found.len() >= self.most {
            return Ok(());
        }
        for (i, (at, _)) in (1..).zip(&self.keys) {
            self.look
                .raw_bind_parameter(i, ToSqlOutput::Borrowed(values.cell(*at)))?;
        }
        let mut rows = self.look.raw_query();
        let Some(row) = rows.next()? else {
            return Ok(());
        };
        let kept = self.buyer.as_ref().map(|buyer| buyer.kept(row, values));
        let kept = kept.transpose()?.unwrap_or_default();
        let mut cells = Vec::new();
        for (i, (at, column)) in self.compared.iter().enumerate() {
            let before: Value = row.get(i)?;
            let after = values.cell(*at);
            let kept = kept.contains(&Some(i))
                || self.left.keeps(i, values, &before)
                || (column == "phone" && fits(after, &before))
                || (column == "status" && knows_how(after, &before));
            if ValueRef::from(&before) != after && !kept {
                cells.push(Cell {
                    column: column.clone(),
                    before: shown(ValueRef::from(&before)),
                    after: shown(after),
                });
            }
        }
        drop(rows);
        let key = self
            .keys
            .iter()
            .filter_map(|(at, column)| Some((column.clone(), shown(values.cell(*at))?)));
        self.found.push(Change {
            key: key.collect(),
            cells,
        });
        Ok(())
    }
}

impl Lefts {
    /// The cell says nothing that is news beside what is known.
    fn keeps(&self, i: usize, values: &impl Cells, before: &Value) -> bool {
        let left = self.cells.iter().find(|(at, _)| *at == i);
        let silent = self.silent.map(|at| values.cell(at));
        let (Some((_, left)), Some(ValueRef::Integer(silent))) = (left, silent) else {
            return false;
        };
        let is_unknown = *before == Value::Null || *before == Value::Text(String::new());
        left.keeps(silent, !is_unknown)
    }
}

impl Buyer {
    /// What a row leaves as it stands here although it says something else.
    fn kept(&self, row: &Row<'_>, values: &impl Cells) -> rusqlite::Result<[Option<usize>; 2]> {
        let (customer, key) = self.looked;
        if values.own(self.customer) != ValueRef::Null {
            return Ok([None, None]);
        }
        let stands = row.get_ref(customer)? != ValueRef::Null;
        Ok([stands.then_some(customer), stands.then_some(key)])
    }
}

/// A masked phone that fits the whole one, or one of which nothing is shown: nothing new (see the table's own rule).
fn fits(masked: ValueRef<'_>, whole: &Value) -> bool {
    if masked == ValueRef::Text(mask::WHOLE.as_bytes()) {
        return true;
    }
    let (ValueRef::Text(masked), Value::Text(whole)) = (masked, whole) else {
        return false;
    };
    masked.len() == whole.len()
        && masked
            .iter()
            .zip(whole.bytes())
            .all(|(m, w)| *m == b'*' || *m == w)
}

/// How a relation ended is known, and the row says only that it did (see the table's own rule).
fn knows_how(after: ValueRef<'_>, before: &Value) -> bool {
    after == ValueRef::Text(GONE.as_bytes()) && *before != Value::Text("active".into())
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
