//! The values of a row, and a statement that takes some of them.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Rows, Statement};

use super::batch::BatchRow;
use super::row::Sheet;
use super::silent;

/// The values of a row, by the slots of its sheet.
pub(super) trait Cells {
    /// The value of a slot; what is not there is NULL.
    fn cell(&self, slot: usize) -> ValueRef<'_>;

    /// The same as the row itself says it, whatever was found for it.
    fn own(&self, slot: usize) -> ValueRef<'_> {
        self.cell(slot)
    }
}

impl Cells for Vec<Value> {
    fn cell(&self, slot: usize) -> ValueRef<'_> {
        self.get(slot).map_or(ValueRef::Null, ValueRef::from)
    }
}

impl Cells for BatchRow<'_> {
    fn cell(&self, slot: usize) -> ValueRef<'_> {
        self.get(slot)
    }
}

/// A row with other values in some of its slots.
pub(super) struct Over<'r, C> {
    pub(super) row: &'r C,
    pub(super) over: Vec<(usize, Value)>,
}

impl<C: Cells> Cells for Over<'_, C> {
    fn cell(&self, slot: usize) -> ValueRef<'_> {
        let over = self.over.iter().find(|(at, _)| *at == slot);
        over.map_or_else(|| self.row.cell(slot), |(_, value)| ValueRef::from(value))
    }

    fn own(&self, slot: usize) -> ValueRef<'_> {
        self.row.own(slot)
    }
}

/// A statement and the positions of the values it takes, in order.
pub(super) struct Prepared<'c> {
    statement: Statement<'c>,
    takes: Vec<usize>,
}

impl<'c> Prepared<'c> {
    pub(super) fn new(
        conn: &'c Connection,
        sql: &str,
        takes: Vec<usize>,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            statement: conn.prepare(sql)?,
            takes,
        })
    }

    /// The same for SQL that asks besides which cells of a row say nothing, by name.
    pub(super) fn of_sheet(
        conn: &'c Connection,
        sheet: &Sheet,
        (sql, takes): (&str, Vec<usize>),
    ) -> rusqlite::Result<Self> {
        let mut prepared = Self::new(conn, sql, takes)?;
        if let (Some(i), Some(slot)) = (
            prepared.statement.parameter_index(silent::PARAMETER)?,
            sheet.slot(silent::SILENT),
        ) {
            prepared.takes.insert(i.saturating_sub(1), slot);
        }
        Ok(prepared)
    }

    fn bind(&mut self, values: &impl Cells) -> rusqlite::Result<()> {
        for (i, at) in (1..).zip(&self.takes) {
            self.statement
                .raw_bind_parameter(i, ToSqlOutput::Borrowed(values.cell(*at)))?;
        }
        Ok(())
    }

    pub(super) fn run(&mut self, values: &impl Cells) -> rusqlite::Result<()> {
        self.bind(values)?;
        self.statement.raw_execute().map(drop)
    }

    pub(super) fn rows(&mut self, values: &impl Cells) -> rusqlite::Result<Rows<'_>> {
        self.bind(values)?;
        Ok(self.statement.raw_query())
    }
}
