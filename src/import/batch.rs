//! Rows on their way from the thread that reads to the one that writes: many in few allocations, in the order to write them.

use std::cmp::Ordering;

use rusqlite::types::{Value, ValueRef};

use super::{LeftOut, Problem};

/// One value of a row; a text lies in the batch's own store of text.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Null,
    Int(i64),
    Real(f64),
    Text { at: usize, len: u32 },
}

/// A row that cannot be written, with the cells it had where they are asked for.
#[derive(Debug)]
pub(super) struct Spoilt {
    pub(super) problem: Problem,
    pub(super) fields: Vec<String>,
}

/// Many rows of one sheet.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// Cells of a row.
    width: usize,
    cells: Vec<Cell>,
    text: Vec<u8>,
    lines: Vec<u64>,
    /// The cells as they were read, one a row, where rejects may be wanted.
    fields: Vec<Vec<String>>,
    /// Rows in the order in which they are to be written.
    order: Vec<u32>,
    /// Rows that did not read.
    pub(super) spoilt: Vec<Spoilt>,
    /// Records that are no rows.
    pub(super) left_out: LeftOut,
    /// Ids of the refunds among them that were not made.
    pub(super) not_made: Vec<String>,
}

/// One row of a batch.
#[derive(Clone, Copy)]
pub(super) struct BatchRow<'a> {
    batch: &'a Batch,
    at: usize,
}

impl Batch {
    /// Empties it for rows of so many cells, with room for so many bytes; what it has allocated stays.
    pub(super) fn begin(&mut self, width: usize, room: usize) {
        self.width = width;
        self.cells.clear();
        self.text.clear();
        // Growing by doubling would take twice as much; room that is not used costs nothing.
        self.cells.reserve_exact(room / size_of::<Cell>());
        self.text.reserve_exact(room);
        self.lines.clear();
        self.fields.clear();
        self.order.clear();
        self.spoilt.clear();
        self.left_out = LeftOut::default();
        self.not_made.clear();
    }

    /// Rows, spoilt ones included.
    pub(super) fn len(&self) -> usize {
        self.lines.len() + self.spoilt.len()
    }

    /// Bytes its rows take, about.
    pub(super) fn bytes(&self) -> usize {
        self.cells.len() * size_of::<Cell>() + self.text.len()
    }

    /// Takes a row.
    pub(super) fn push(&mut self, line: u64, values: &[Value], fields: Option<&[String]>) {
        for value in values {
            let cell = match value {
                Value::Null => Cell::Null,
                Value::Integer(n) => Cell::Int(*n),
                Value::Real(x) => Cell::Real(*x),
                Value::Text(text) => self.keep(text.as_bytes()),
                Value::Blob(bytes) => self.keep(bytes),
            };
            self.cells.push(cell);
        }
        self.order
            .push(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        self.lines.push(line);
        self.fields.extend(fields.map(<[String]>::to_vec));
    }

    fn keep(&mut self, text: &[u8]) -> Cell {
        let at = self.text.len();
        self.text.extend_from_slice(text);
        Cell::Text {
            at,
            len: u32::try_from(text.len()).unwrap_or(u32::MAX),
        }
    }

    /// Puts the rows in the order of these cells; rows that are alike in them keep theirs. `true` when they were so already.
    pub(super) fn sort(&mut self, keys: &[usize]) -> bool {
        let mut order = std::mem::take(&mut self.order);
        let row = |at: u32| BatchRow {
            batch: self,
            at: at as usize,
        };
        let compare = |a: u32, b: u32| {
            let pairs = keys.iter().map(|key| (row(a).get(*key), row(b).get(*key)));
            pairs
                .map(|(a, b)| by_value(a, b))
                .find(|found| found.is_ne())
                .unwrap_or(Ordering::Equal)
        };
        let sorted = order.is_sorted_by(|a, b| compare(*a, *b).is_le());
        if !sorted {
            order.sort_by(|a, b| compare(*a, *b));
        }
        self.order = order;
        sorted
    }

    /// The rows, in the order to write them.
    pub(super) fn rows(&self) -> impl Iterator<Item = BatchRow<'_>> {
        self.order.iter().map(|at| BatchRow {
            batch: self,
            at: *at as usize,
        })
    }
}

impl<'a> BatchRow<'a> {
    /// A cell; what is not there is NULL.
    pub(super) fn get(self, slot: usize) -> ValueRef<'a> {
        let cell = (slot < self.batch.width)
            .then(|| self.batch.cells.get(self.at * self.batch.width + slot))
            .flatten();
        match cell {
            None | Some(Cell::Null) => ValueRef::Null,
            Some(Cell::Int(n)) => ValueRef::Integer(*n),
            Some(Cell::Real(x)) => ValueRef::Real(*x),
            Some(Cell::Text { at, len }) => {
                let text = self.batch.text.get(*at..at + *len as usize);
                ValueRef::Text(text.unwrap_or_default())
            }
        }
    }

    /// Line it begins on.
    pub(super) fn line(self) -> u64 {
        self.batch.lines.get(self.at).copied().unwrap_or(0)
    }

    /// Its cells as they were read; empty where nobody asked for them.
    pub(super) fn fields(self) -> &'a [String] {
        self.batch.fields.get(self.at).map_or(&[], Vec::as_slice)
    }
}

/// The order of SQLite's own keys: NULL, numbers, text by bytes.
fn by_value(a: ValueRef<'_>, b: ValueRef<'_>) -> Ordering {
    let class = |v: &ValueRef<'_>| match v {
        ValueRef::Null => 0,
        ValueRef::Integer(_) | ValueRef::Real(_) => 1,
        ValueRef::Text(_) | ValueRef::Blob(_) => 2,
    };
    match (a, b) {
        (ValueRef::Integer(a), ValueRef::Integer(b)) => a.cmp(&b),
        (ValueRef::Real(a), ValueRef::Real(b)) => a.total_cmp(&b),
        (ValueRef::Text(a), ValueRef::Text(b)) => a.cmp(b),
        (a, b) => class(&a).cmp(&class(&b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_by_key_and_alike_ones_in_their_own_order() {
        let mut batch = Batch::default();
        batch.begin(2, 0);
        let rows = [("b", 1), ("a", 2), ("b", 3), ("安", 4), ("a", 5)];
        for (line, (key, n)) in (1..).zip(rows) {
            batch.push(line, &[Value::Text(key.into()), Value::Integer(n)], None);
        }
        assert!(!batch.sort(&[0]));
        assert!(batch.sort(&[0]));
        let lines: Vec<u64> = batch.rows().map(BatchRow::line).collect();
        assert_eq!(lines, [2, 5, 1, 3, 4]);
        let last = batch.rows().last().unwrap();
        assert_eq!(last.get(0), ValueRef::Text("安".as_bytes()));
        assert_eq!(last.get(2), ValueRef::Null);
    }
}
