//! How a relation stands that a row tells of without saying so: as is known, unless it was added again since it ended.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, Statement, params_from_iter};

use super::kind::Kind;
use super::prepared::Cells;
use super::row::Sheet;
use super::silent::{Left, SILENT};

/// A column that may say how a relation stands.
struct Teller {
    slot: usize,
    /// The file has it.
    is_given: bool,
    /// Which of its cells say nothing.
    left: Option<Left>,
}

impl Teller {
    fn new(sheet: &Sheet, field: &str) -> Option<Self> {
        let slot = sheet.slot(field)?;
        Some(Self {
            slot,
            is_given: sheet.says(field),
            left: sheet.slots.get(slot)?.left,
        })
    }

    /// The row says something in it, be it that there is nothing.
    fn says(&self, silent: i64) -> bool {
        self.is_given && !self.left.is_some_and(|left| left.keeps(silent, true))
    }
}

/// Finds how the relations of a sheet stand.
pub(super) struct Standing<'c> {
    known: Statement<'c>,
    key: [usize; 2],
    added: usize,
    status: Teller,
    ended: Teller,
    silent: Option<usize>,
}

impl<'c> Standing<'c> {
    /// `None` where a sheet holds no relations.
    pub(super) fn of(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Option<Self>> {
        let place = |field| sheet.slot(field).filter(|_| sheet.kind == Kind::Follows);
        let key = ["userid", "external_userid", "added_at"].map(place);
        let tellers = ["status", "ended_at"].map(|field| Teller::new(sheet, field));
        let ([Some(userid), Some(customer), Some(added)], [Some(status), Some(ended)]) =
            (key, tellers)
        else {
            return Ok(None);
        };
        let sql = "SELECT status, ended_at FROM follow WHERE userid = ?1 AND external_userid = ?2";
        Ok(Some(Self {
            known: conn.prepare(sql)?,
            key: [userid, customer],
            added,
            status,
            ended,
            silent: sheet.slot(SILENT),
        }))
    }

    /// What takes the place of the row's own cells. Nothing where the relation is new, or where the row says how it stands.
    pub(super) fn find(&mut self, row: &impl Cells) -> rusqlite::Result<Vec<(usize, Value)>> {
        let silent = self.silent.and_then(|at| row.cell(at).as_i64().ok());
        let silent = silent.unwrap_or(0);
        let is_told = self.status.says(silent);
        let is_live = row.cell(self.status.slot) == ValueRef::Text(b"active");
        if self.ended.says(silent) || is_told && is_live {
            return Ok(Vec::new());
        }
        let key = self.key.map(|at| ToSqlOutput::Borrowed(row.cell(at)));
        let known = self.known.query_row(params_from_iter(key), |row| {
            Ok((row.get::<_, Value>(0)?, row.get::<_, Option<i64>>(1)?))
        });
        let Some((status, end)) = known.optional()? else {
            return Ok(Vec::new());
        };
        let added = row.cell(self.added).as_i64().ok();
        let is_back = end.is_some() && added > end;
        let ended = (self.ended.slot, Value::from(end));
        Ok(if is_told {
            vec![ended]
        } else if is_back {
            let silent = self
                .silent
                .map(|at| (at, Value::Integer(self.heard(silent))));
            let live = [
                (self.status.slot, Value::Text("active".into())),
                (self.ended.slot, Value::Null),
            ];
            live.into_iter().chain(silent).collect()
        } else {
            vec![(self.status.slot, status), ended]
        })
    }

    /// The cells of a row that say nothing, without those that tell how the relation stands.
    fn heard(&self, silent: i64) -> i64 {
        let tellers = [&self.status, &self.ended];
        let left = tellers.into_iter().filter_map(|teller| teller.left);
        left.fold(silent, |silent, left| left.emptied(silent))
    }
}
