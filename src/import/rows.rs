//! Rows that come from elsewhere than a file: held to the rules of a file's rows, written in a transaction of the caller's.

use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension, Statement};

use super::kind::Kind;
use super::lookup::Lookup;
use super::parse::{self, Type};
use super::plan::Plan;
use super::row::{Fault, Sheet};
use super::table::{Fate, Table, constraint};
use super::{circle, left_out};
use crate::domain::{SafeText, Sentence, Zone, sentence};
use crate::store::{Doing, StoreError, later, owner};

/// What a column of a kind holds, as far as a source must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Ids, words, text.
    Text,
    /// Decimal yuan.
    Money,
    /// An instant.
    Time,
    /// A calendar day.
    Date,
    /// A whole number.
    Whole,
    /// A number that may have decimals.
    Number,
    /// Yes or no.
    Flag,
}

impl Type {
    /// What cells of this type hold.
    fn holds(self) -> Holds {
        match self {
            Self::Id
            | Self::Text(_)
            | Self::Phone
            | Self::Gender
            | Self::OneOf(_)
            | Self::Numbered => Holds::Text,
            Self::Money | Self::SignedMoney => Holds::Money,
            Self::Time | Self::End => Holds::Time,
            Self::Date => Holds::Date,
            Self::Int | Self::Count => Holds::Whole,
            Self::Real | Self::Measure => Holds::Number,
            Self::Flag => Holds::Flag,
        }
    }
}

impl Kind {
    /// What a column holds; `None` where the kind has no such column.
    pub fn holds(self, column: &str) -> Option<Holds> {
        let column = self.spec().columns.iter().find(|c| c.name == column)?;
        Some(column.ty.holds())
    }

    /// The column of a file that fills one of the table, and what it holds; `None` where no file has it.
    pub fn fills(self, field: &str) -> Option<(&'static str, Holds)> {
        let column = self.spec().columns.iter().find(|c| c.field() == field)?;
        Some((column.name, column.ty.holds()))
    }

    /// What the workspace keeps of a cell that is not empty, as text: fen, unix seconds, `YYYY-MM-DD`, the words themselves.
    ///
    /// # Errors
    /// Why the cell is refused; also where the kind has no such column.
    pub fn kept(self, column: &str, cell: &str, zone: Zone) -> Result<String, Sentence> {
        let column = self.spec().columns.iter().find(|c| c.name == column);
        let column = column.ok_or(("没有这一列", "there is no such column"))?;
        Ok(match parse::value(cell, column.ty, zone)? {
            Value::Null => String::new(),
            Value::Integer(n) => n.to_string(),
            Value::Real(x) => x.to_string(),
            Value::Text(text) => text,
            Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        })
    }

    /// Columns of its natural key.
    pub fn key(self) -> &'static [&'static str] {
        self.spec().key
    }
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// It was not there.
    New,
    /// It was there with other values.
    Changed,
    /// It was there just so.
    Unchanged,
    /// It is not in, and why: the column when one is to blame, and the reason. The cell is not repeated.
    Bad(Option<&'static str>, Sentence),
}

/// The columns in which rows of a kind come.
pub struct Rows {
    sheet: Sheet,
    header: Vec<String>,
}

impl Rows {
    /// Reads the names of the columns, like the header of a file; `now` is unix seconds, when rows were fetched.
    ///
    /// # Errors
    /// What is wrong with the header, in words.
    pub fn new(kind: Kind, columns: &[String], zone: Zone, now: i64) -> Result<Self, Sentence> {
        let sheet = Sheet::new(&Plan::new(kind, columns)?, zone, now)?;
        let header = columns.to_vec();
        Ok(Self { sheet, header })
    }

    /// Begins to land rows inside a write transaction of the caller's. Two rows with one key and different values within
    /// a page contradict each other.
    pub fn page<'a>(&'a self, conn: &'a Connection) -> Result<Page<'a>, StoreError> {
        let spec = self.sheet.kind.spec();
        let own = if self.sheet.kind == Kind::Targets {
            " AND node_id IS NULL"
        } else {
            ""
        };
        let same: Vec<_> = self.keys().map(|(_, f)| format!("{f} = ?")).collect();
        let remove = format!(
            "DELETE FROM {} WHERE {}{own}",
            spec.table,
            same.join(" AND ")
        );
        let owned = format!(
            "SELECT external_userid, userid FROM follow WHERE {} AND is_owner = 1",
            same.join(" AND ")
        );
        Ok(Page {
            rows: self,
            conn,
            table: Table::new(conn, &self.sheet).doing("preparing to land rows")?,
            lookup: Lookup::new(conn, &self.sheet)
                .doing("preparing to land rows")?
                .by_ids(),
            remove: conn.prepare(&remove).doing("preparing to land rows")?,
            owned: (self.sheet.kind == Kind::Follows)
                .then(|| conn.prepare(&owned))
                .transpose()
                .doing("preparing to land rows")?,
            left: Vec::new(),
            values: Vec::new(),
            unmatched: 0,
            until: None,
        })
    }

    /// Slots of the natural key and their columns of the table.
    fn keys(&self) -> impl Iterator<Item = (usize, &str)> {
        let slots = self.sheet.slots.iter().enumerate();
        slots
            .filter(|(_, slot)| slot.is_key())
            .map(|(at, slot)| (at, slot.field.as_str()))
    }

    /// A digest of the row's natural key, `None` where the row does not tell.
    pub fn key_digest(&self, cells: &[String]) -> Option<u64> {
        self.key_of(cells).ok().map(|key| digest(key.iter()))
    }

    /// The natural key of a row, even of one that is no good beside it.
    fn key_of(&self, cells: &[String]) -> Result<Vec<Value>, Fault> {
        let mut values = Vec::new();
        if let Err(fault) = self.sheet.read(cells, &mut values) {
            let spec = self.sheet.kind.spec();
            if !spec
                .key
                .iter()
                .all(|key| self.header.iter().any(|h| h == key))
            {
                return Err(fault);
            }
            let sample = |name: &str| spec.columns.iter().find(|c| c.name == name);
            let columns = self.header.iter().zip(cells);
            let made: Vec<String> = columns
                .map(|(name, cell)| match sample(name) {
                    Some(column) if !spec.key.contains(&column.name) => column.sample.to_owned(),
                    Some(_) | None => cell.clone(),
                })
                .collect();
            self.sheet.read(&made, &mut values)?;
        }
        let key = self.keys().filter_map(|(at, _)| values.get(at));
        Ok(key.cloned().collect())
    }

    /// Keys of the kind's rows in the workspace, each with its digest; those that `wanted` says yes to.
    pub fn keys_here(
        &self,
        conn: &Connection,
        mut wanted: impl FnMut(u64) -> bool,
    ) -> Result<Vec<Key>, StoreError> {
        const DOING: &str = "reading the keys that are here";
        let fields: Vec<_> = self.keys().map(|(_, field)| field).collect();
        let own = if self.sheet.kind == Kind::Targets {
            " WHERE node_id IS NULL"
        } else {
            ""
        };
        let table = self.sheet.kind.spec().table;
        let sql = format!("SELECT {} FROM {table}{own}", fields.join(", "));
        let mut statement = conn.prepare(&sql).doing(DOING)?;
        let mut rows = statement.query([]).doing(DOING)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().doing(DOING)? {
            let key: Vec<Value> = (0..fields.len())
                .map(|at| row.get(at))
                .collect::<rusqlite::Result<_>>()
                .doing(DOING)?;
            if wanted(digest(key.iter())) {
                found.push(Key(key));
            }
        }
        Ok(found)
    }

    /// Rows of the kind in the workspace.
    pub fn count_here(&self, conn: &Connection) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {}", self.sheet.kind.spec().table);
        conn.query_row(&sql, [], |row| row.get(0))
            .doing("counting the rows that are here")
    }
}

/// The natural key of a row of the workspace.
#[derive(Clone, Debug, PartialEq)]
pub struct Key(Vec<Value>);

impl Key {
    /// Its parts, safe to show.
    pub fn shown(&self) -> SafeText {
        let parts = self.0.iter().map(|value| match value {
            Value::Integer(n) => n.to_string(),
            Value::Text(text) => text.clone(),
            Value::Null | Value::Real(_) | Value::Blob(_) => String::new(),
        });
        SafeText::new(&parts.collect::<Vec<_>>().join("/"))
    }
}

/// Rows on their way into one transaction.
pub struct Page<'a> {
    rows: &'a Rows,
    conn: &'a Connection,
    table: Table<'a>,
    lookup: Lookup<'a>,
    remove: Statement<'a>,
    /// Customer and owner of a relation that goes; asked of relations.
    owned: Option<Statement<'a>>,
    /// Customers whose owner's relation was taken out, each with that owner.
    left: Vec<(String, String)>,
    values: Vec<Value>,
    unmatched: u64,
    /// The latest instant that is later than now.
    until: Option<i64>,
}

impl Page<'_> {
    /// Puts a row by its natural key; one cell a column, the empty text for "no value".
    pub fn put(&mut self, cells: &[String]) -> Result<Landed, StoreError> {
        if left_out::reason(&self.rows.sheet, cells).is_some() {
            return Ok(Landed::Unchanged);
        }
        if let Err((column, why)) = self.rows.sheet.read(cells, &mut self.values) {
            return Ok(Landed::Bad(Some(column), why));
        }
        let row = match self
            .lookup
            .resolve(&self.values)
            .doing("looking a row up")?
        {
            Ok(row) => row,
            Err((column, why)) => return Ok(Landed::Bad(Some(column), why)),
        };
        let fate = match self.table.put(&row) {
            Ok(fate) => fate,
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                return Ok(Landed::Bad(None, constraint(&e)));
            }
            Err(e) => return Err(e).doing("writing a row")?,
        };
        let landed = match fate {
            Fate::New => Landed::New,
            Fate::Changed => Landed::Changed,
            Fate::Unchanged | Fate::Repeated => Landed::Unchanged,
            Fate::Contradicted | Fate::SecondOwner => {
                let why = fate.refusal(&self.rows.sheet);
                return Ok(why.map_or(Landed::Unchanged, |(column, why)| Landed::Bad(column, why)));
            }
        };
        self.until = self.until.max(self.rows.sheet.later(&row));
        let unmatched = self.table.is_unmatched(&row);
        self.unmatched += u64::from(unmatched.doing("looking a row up")?);
        Ok(landed)
    }

    /// A refund that was not made: none may stand.
    pub fn is_withdrawn(&self, cells: &[String]) -> bool {
        left_out::reason(&self.rows.sheet, cells) == Some(left_out::Reason::Unsettled)
    }

    /// Takes the row with this row's natural key out; whether it was there. The outer `Err` is why it cannot be told or
    /// taken out, like [`Landed::Bad`].
    pub fn remove(&mut self, cells: &[String]) -> Result<Result<bool, Landed>, StoreError> {
        match self.rows.key_of(cells) {
            Ok(key) => self.remove_key(&Key(key)),
            Err((column, why)) => Ok(Err(Landed::Bad(Some(column), why))),
        }
    }

    /// Takes a row out by its key; see [`Page::remove`].
    pub fn remove_key(&mut self, key: &Key) -> Result<Result<bool, Landed>, StoreError> {
        let owned = match &mut self.owned {
            Some(owned) => owned
                .query_row(rusqlite::params_from_iter(&key.0), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
                .doing("taking a row out")?,
            None => None,
        };
        match self.remove.execute(rusqlite::params_from_iter(&key.0)) {
            Ok(n) => {
                self.left.extend(owned);
                Ok(Ok(n > 0))
            }
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let why = sentence!(
                    "源头已没有它, 但工作区里别的行还用到它",
                    "is gone at the source, but other rows of the workspace need it",
                );
                Ok(Err(Landed::Bad(None, why)))
            }
            Err(e) => Err(e).doing("taking a row out")?,
        }
    }

    /// When all rows are in or out: passes on whose owner does not follow them any more, notes up to when rows are dated.
    pub fn settle(&mut self) -> Result<u64, StoreError> {
        let now = self.rows.sheet.now;
        if let Some(until) = self.until {
            later::note(self.conn, until)?;
        }
        let mut moved = self.table.settle(now)?;
        for (customer, from) in self.left.drain(..) {
            let names = (customer.as_str(), from.as_str());
            moved += u64::from(owner::pass_on(self.conn, names, true, now)?);
        }
        Ok(moved)
    }

    /// Rows kept although what they speak of is not in the workspace.
    pub fn unmatched(&self) -> u64 {
        self.unmatched
    }

    /// What no row shows alone: departments that contain each other. `Some` is the reason to take none of the page.
    pub fn contradiction(&self) -> Result<Option<Sentence>, StoreError> {
        if self.rows.sheet.kind != Kind::Departments {
            return Ok(None);
        }
        let found = circle::in_circle(self.conn).doing("checking the organisation")?;
        Ok(found.map(circle::own_parent))
    }
}

fn digest<'a>(key: impl Iterator<Item = &'a Value>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in key {
        match value {
            Value::Integer(n) => n.hash(&mut hasher),
            Value::Text(text) => text.hash(&mut hasher),
            Value::Null | Value::Real(_) | Value::Blob(_) => 0.hash(&mut hasher),
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Birth, create};

    fn cells(row: &str) -> Vec<String> {
        row.split(',').map(str::to_owned).collect()
    }

    fn orders() -> Rows {
        let columns = cells("order_id,external_userid,paid_at,paid_yuan");
        Rows::new(Kind::Orders, &columns, Zone::default(), 1_774_972_800).unwrap()
    }

    #[test]
    fn rows_from_elsewhere_keep_the_rules_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let conn = create(&folder.path().join("w.db"), &Birth::default())
            .unwrap()
            .conn;
        let rows = orders();
        let mut page = rows.page(&conn).unwrap();
        let row = cells("O1,wm1,2026-03-05 20:15:30,128.50");
        assert_eq!(page.put(&row).unwrap(), Landed::New);
        assert_eq!(page.put(&row).unwrap(), Landed::Unchanged);
        assert_eq!(page.unmatched(), 2);
        let bad = page
            .put(&cells("O2,wm1,2026-03-05 20:15:30,1.005"))
            .unwrap();
        assert!(matches!(bad, Landed::Bad(Some("paid_yuan"), _)), "{bad:?}");
        drop(page);
        let later = cells("O1,wm1,2026-03-05 20:15:30,130");
        let spoilt = cells("O1,,never,");
        assert_eq!(rows.key_digest(&spoilt), rows.key_digest(&later));
        assert_eq!(rows.key_digest(&cells(",wm1,,1")), None);
        let mut page = rows.page(&conn).unwrap();
        assert_eq!(page.put(&later).unwrap(), Landed::Changed);
        assert_eq!(page.remove(&later).unwrap(), Ok(true));
        assert_eq!(page.remove(&later).unwrap(), Ok(false));
    }

    #[test]
    fn a_customer_whose_owner_goes_falls_to_the_oldest_of_those_who_follow_them() {
        let folder = tempfile::tempdir().unwrap();
        let conn = create(&folder.path().join("w.db"), &Birth::default())
            .unwrap()
            .conn;
        let columns = cells("userid,external_userid,added_at,status");
        let rows = Rows::new(Kind::Follows, &columns, Zone::default(), 1_794_400_000).unwrap();
        let a = cells("a,c1,2026-01-01,active");
        let mut page = rows.page(&conn).unwrap();
        for row in [
            &a,
            &cells("d,c1,2026-02-01,deleted_by_staff"),
            &cells("c,c1,2026-04-01,active"),
            &cells("b,c1,2026-03-01,active"),
        ] {
            assert_eq!(page.put(row).unwrap(), Landed::New);
        }
        page.settle().unwrap();
        drop(page);
        let mut page = rows.page(&conn).unwrap();
        assert_eq!(page.remove(&a).unwrap(), Ok(true));
        assert_eq!(page.settle().unwrap(), 1);
        let owner = "SELECT group_concat(userid) FROM follow WHERE is_owner = 1";
        let owner: String = conn.query_row(owner, [], |row| row.get(0)).unwrap();
        assert_eq!(owner, "b");
        let since =
            "SELECT userid || ' ' || valid_from FROM ownership_history WHERE valid_to IS NULL";
        let since: String = conn.query_row(since, [], |row| row.get(0)).unwrap();
        assert_eq!(since, "b 1794400000");
    }

    #[test]
    fn nobody_owns_a_customer_before_they_follow_them() {
        let folder = tempfile::tempdir().unwrap();
        let conn = create(&folder.path().join("w.db"), &Birth::default())
            .unwrap()
            .conn;
        let columns = cells("userid,external_userid,added_at,status,ended_at");
        let rows = Rows::new(Kind::Follows, &columns, Zone::default(), 1_794_400_000).unwrap();
        for row in [
            "a,c1,2026-01-01,active,",
            "a,c1,2026-01-01,deleted_by_customer,2026-05-01",
            "b,c1,2026-06-01,active,",
        ] {
            let mut page = rows.page(&conn).unwrap();
            page.put(&cells(row)).unwrap();
            page.settle().unwrap();
        }
        let since = "SELECT userid || ' ' || date(valid_from, 'unixepoch', '+8 hours') FROM ownership_history WHERE valid_to IS NULL";
        let since: String = conn.query_row(since, [], |row| row.get(0)).unwrap();
        assert_eq!(since, "b 2026-06-01");
    }

    #[test]
    fn a_key_has_the_same_digest_in_the_source_and_in_the_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let conn = create(&folder.path().join("w.db"), &Birth::default())
            .unwrap()
            .conn;
        for kind in Kind::all() {
            let template = kind.template();
            let (header, row) = template.split_once('\n').unwrap();
            let rows = Rows::new(kind, &cells(header), Zone::default(), 0).unwrap();
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .from_reader(row.as_bytes());
            let row: Vec<String> = reader
                .records()
                .next()
                .unwrap()
                .unwrap()
                .iter()
                .map(str::to_owned)
                .collect();
            assert_eq!(
                rows.page(&conn).unwrap().put(&row).unwrap(),
                Landed::New,
                "{}",
                kind.code()
            );
            let digest = rows.key_digest(&row).unwrap();
            let here = rows.keys_here(&conn, |d| d == digest).unwrap();
            assert_eq!(
                (here.len(), rows.count_here(&conn).unwrap()),
                (1, 1),
                "{}",
                kind.code()
            );
            let mut page = rows.page(&conn).unwrap();
            if kind != Kind::Journeys {
                assert_eq!(
                    page.remove_key(&here[0]).unwrap(),
                    Ok(true),
                    "{}",
                    kind.code()
                );
            }
        }
    }
}
