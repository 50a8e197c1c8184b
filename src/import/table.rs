//! Puts a row into its table: new, changed, or there already as it is.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Statement};

use super::cell::{first_cell, new_cell, new_if_nameless, same_cell, same_if_nameless};
use super::column::Role;
use super::kind::Kind;
use super::owners::{Hashes, Heirs, Owners, hash, heirs, owners};
use super::prepared::{Cells, Over, Prepared};
use super::refers::{keeps, refers};
use super::row::Sheet;
use super::sample::{Change, Sample};
use super::shown::Shown;
use super::there::{Names, There, is_earliest};
use crate::domain::{Sentence, sentence};
use crate::store::StoreError;

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Changed,
    Unchanged,
    /// An earlier line of this file said the same.
    Repeated,
    /// The same key stood in an earlier line of this file, with other values.
    Contradicted,
    /// An earlier line of this file gave the customer to somebody else.
    SecondOwner,
}

/// Why a row is not taken, and which column is to blame.
pub(super) type Why = (Option<&'static str>, Sentence);

impl Fate {
    /// Why a row of this fate is not taken; `None` where it is in.
    pub(super) fn refusal(self, sheet: &Sheet) -> Option<Why> {
        match self {
            Self::New | Self::Changed | Self::Unchanged | Self::Repeated => None,
            Self::Contradicted => Some((None, sheet.contradiction())),
            Self::SecondOwner => Some((
                Some("is_owner"),
                sentence!(
                    "同一客户有了第二个负责人",
                    "is 1 for a second owner of the same customer",
                ),
            )),
        }
    }
}

/// What a constraint of the schema means to the one who wrote the file.
pub(super) fn constraint(error: &rusqlite::Error) -> Sentence {
    let said = error.to_string();
    if said.contains("ux_follow_owner") || said.contains("follow.external_userid") {
        sentence!(
            "客户已有别的负责人 (is_owner = 1)",
            "the customer has another owner already (is_owner = 1)"
        )
    } else if said.contains("FOREIGN KEY") {
        sentence!(
            "指向工作区里没有的东西, 请先导入它",
            "refers to something the workspace does not have: import that first"
        )
    } else if said.contains("UNIQUE") {
        sentence!(
            "名称或编号和另一行重复",
            "has a name or number that another row has already"
        )
    } else {
        sentence!("不符合这张表的规则", "does not fit the table's rules")
    }
}

/// The statements of one file.
pub(super) struct Table<'c> {
    there: There<'c>,
    /// The slot of the customer who bought, and the same for a row that does not name them.
    nameless: Option<(usize, There<'c>)>,
    insert: Prepared<'c>,
    keys: Vec<usize>,
    /// The table held nothing before: a key that is there stood in an earlier line of this file.
    is_fresh: bool,
    /// Keys of this file, as hashes: eight bytes a row. Not kept where the table was empty.
    seen: Hashes,
    /// The earliest of several rows wins, so none contradicts another.
    earliest: bool,
    refers: Option<(usize, Statement<'c>)>,
    /// Whether an order of nobody stands with a customer of the pool, which the file does not take away.
    keeps: Option<(usize, Statement<'c>)>,
    extras: Vec<Prepared<'c>>,
    owners: Option<Owners<'c>>,
    heirs: Option<Heirs<'c>>,
    sample: Option<Sample<'c>>,
    /// What stands as it is where a cell only shows it; asked of files.
    shown: Option<Shown<'c>>,
    /// Cells so far that left something known as it is.
    left: u64,
}

impl<'c> Table<'c> {
    pub(super) fn new(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Self> {
        let table = sheet.kind.spec().table;
        let names = Names(sheet);
        let every = names.of(&[
            Role::Key,
            Role::Compared,
            Role::Follows,
            Role::Birth,
            Role::Found,
        ]);
        let all = names.terms(&every, |s| s.field.clone(), ", ");
        let marks = names.terms(&every, first_cell, ", ");
        let insert = format!("INSERT INTO {table} ({all}) VALUES ({marks})");
        let owners = owners(conn, sheet)?;
        let is_empty = format!("SELECT NOT EXISTS (SELECT 1 FROM {table})");
        let is_fresh = owners.is_none() && conn.query_row(&is_empty, [], |row| row.get(0))?;
        let nameless = |customer| {
            let there = There::new(conn, sheet, (same_if_nameless, new_if_nameless))?;
            Ok::<_, rusqlite::Error>((customer, there))
        };
        Ok(Self {
            there: There::new(conn, sheet, (same_cell, new_cell))?,
            nameless: sheet.buyer().map(nameless).transpose()?,
            insert: Prepared::new(conn, &insert, every)?,
            is_fresh,
            seen: Hashes::default(),
            earliest: is_earliest(sheet),
            refers: refers(conn, sheet, sheet.kind.spec().refers)?,
            keeps: keeps(conn, sheet)?,
            extras: extras(conn, sheet)?,
            heirs: heirs(conn, sheet, is_fresh)?,
            owners,
            keys: names.of(&[Role::Key]),
            sample: None,
            shown: None,
            left: 0,
        })
    }

    /// Notes what the first changed rows were before.
    pub(super) fn watch(&mut self, sample: Sample<'c>) {
        self.sample = Some(sample);
    }

    /// Leaves what stands as it is where a cell is what an export shows of it.
    pub(super) fn knows_its_own(&mut self, shown: Option<Shown<'c>>) {
        self.shown = shown;
    }

    /// Writes down whom the file gave to another owner, and passes on the customers whose owner does not follow them any more;
    /// how many went to somebody else. Once all rows
    /// are in.
    pub(super) fn settle(&mut self, now: i64) -> Result<u64, StoreError> {
        if let Some(owners) = &mut self.owners {
            owners.settle(now)?;
        }
        let heirs = self.heirs.as_mut();
        heirs.map_or(Ok(0), |heirs| heirs.settle(now))
    }

    /// What was noted of them.
    pub(super) fn take_changes(&mut self) -> Vec<Change> {
        self.sample
            .take()
            .map_or_else(Vec::new, |sample| sample.found)
    }

    /// Empty and masked cells so far that left something known as it is.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// The table held nothing before.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    /// Takes refunds out that were not made after all, but for those that another line of this file says were; how many
    /// stood. Once all rows are in.
    pub(super) fn withdraw(&self, conn: &Connection, ids: &[String]) -> rusqlite::Result<u64> {
        // What stands in a table that held nothing is all of this file.
        if self.is_fresh || ids.is_empty() {
            return Ok(0);
        }
        let mut delete = conn.prepare("DELETE FROM order_refund WHERE refund_id = ?1")?;
        let mut out = 0;
        for id in ids {
            let key = vec![Value::Text(id.clone())];
            if !self.seen.contains(&hash(&key, &[0])) {
                out += delete.execute([id])? as u64;
            }
        }
        Ok(out)
    }

    /// Writes one row.
    pub(super) fn put(&mut self, values: &impl Cells) -> rusqlite::Result<Fate> {
        let fate = if self.is_fresh {
            self.put_fresh(values)?
        } else {
            self.put_among(values)?
        };
        if matches!(fate, Fate::New | Fate::Changed) {
            for extra in &mut self.extras {
                extra.run(values)?;
            }
        }
        Ok(fate)
    }

    /// Into a table that held nothing: a key that is taken is one of this file's.
    fn put_fresh(&mut self, values: &impl Cells) -> rusqlite::Result<Fate> {
        match self.insert.run(values) {
            Ok(()) => Ok(Fate::New),
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                match self.stands(values)? {
                    None => Err(e),
                    Some(known) => self.meet(values, known, true),
                }
            }
            Err(e) => Err(e),
        }
    }

    /// Into a table with rows.
    fn put_among(&mut self, values: &impl Cells) -> rusqlite::Result<Fate> {
        let again = !self.seen.insert(hash(values, &self.keys));
        if let (false, Some(heirs)) = (again, &mut self.heirs) {
            heirs.see(values)?;
        }
        if let (false, Some(owners)) = (again, &mut self.owners)
            && !owners.take_over(values)?
        {
            return Ok(Fate::SecondOwner);
        }
        match self.stands(values)? {
            None => {
                self.insert.run(values)?;
                Ok(Fate::New)
            }
            Some(known) => {
                let shown = self.shown.as_mut().filter(|_| !known.0);
                let over = shown.map_or_else(|| Ok(Vec::new()), |shown| shown.find(values))?;
                if over.is_empty() {
                    return self.meet(values, known, again);
                }
                let row = Over { row: values, over };
                let known = self.stands(&row)?.unwrap_or(known);
                self.meet(&row, known, again)
            }
        }
    }

    /// What a row meets: an order that does not say who bought takes nobody away.
    fn there(&mut self, values: &impl Cells) -> &mut There<'c> {
        match &mut self.nameless {
            Some((customer, there)) if values.own(*customer) == ValueRef::Null => there,
            Some(_) | None => &mut self.there,
        }
    }

    /// Whether a row of the key has the same values, and how many cells leave something known; `None` when there is none.
    fn stands(&mut self, values: &impl Cells) -> rusqlite::Result<Option<(bool, u64)>> {
        let mut rows = self.there(values).find.rows(values)?;
        let row = rows.next()?;
        row.map(|row| Ok((row.get(0)?, row.get(1)?))).transpose()
    }

    /// A row of the key is there: with the `same` values or others, from an earlier line (`again`) or from before.
    fn meet(
        &mut self,
        values: &impl Cells,
        (same, left): (bool, u64),
        again: bool,
    ) -> rusqlite::Result<Fate> {
        self.left += left;
        let earliest = self.earliest;
        match &self.there(values).update {
            Some(_) if !same && again && !earliest => Ok(Fate::Contradicted),
            Some(_) if !same => {
                let sample = self.sample.as_mut();
                let before = sample.map(|sample| sample.before(values)).transpose()?;
                if let Some(update) = &mut self.there(values).update {
                    update.run(values)?;
                }
                if let (Some(sample), Some(Some(before))) = (&mut self.sample, before) {
                    sample.after(&before, values)?;
                }
                Ok(Fate::Changed)
            }
            Some(_) | None if again => Ok(Fate::Repeated),
            Some(_) | None => Ok(Fate::Unchanged),
        }
    }

    /// The table held so little before that the file is most of what it will hold.
    pub(super) fn is_small_beside(
        &self,
        conn: &Connection,
        sheet: &Sheet,
        rows: u64,
    ) -> rusqlite::Result<bool> {
        if self.is_fresh {
            return Ok(true);
        }
        let most = rows / 4;
        let sql = format!(
            "SELECT count(*) <= ?1 FROM (SELECT 1 FROM {} LIMIT ?1 + 1)",
            sheet.kind.spec().table
        );
        conn.query_row(&sql, [most], |row| row.get(0))
    }

    /// Rows of the whole table that speak of somebody or something the workspace does not have; those that name nobody are
    /// left out. Quicker than asking row by row where the table was empty before.
    pub(super) fn count_unmatched(
        &self,
        conn: &Connection,
        sheet: &Sheet,
    ) -> rusqlite::Result<u64> {
        let spec = sheet.kind.spec();
        let (Some(refers), Some(_)) = (spec.refers, &self.refers) else {
            return Ok(0);
        };
        let (table, column) = (spec.table, refers.column);
        let known = refers.sql.replace("?1", "g.id");
        let sql = format!(
            "SELECT coalesce(sum(n), 0) FROM (SELECT {column} AS id, count(*) AS n FROM {table}
               WHERE {column} IS NOT NULL GROUP BY {column}) AS g WHERE NOT EXISTS ({known})"
        );
        conn.query_row(&sql, [], |row| row.get(0))
    }

    /// The row names nobody where its kind names somebody.
    pub(super) fn names_nobody(&self, values: &impl Cells) -> bool {
        let at = self.refers.as_ref().map(|(at, _)| *at);
        at.is_some_and(|at| values.cell(at) == ValueRef::Null)
    }

    /// The row speaks of somebody or something the workspace does not have.
    pub(super) fn is_unmatched(&mut self, values: &impl Cells) -> rusqlite::Result<bool> {
        let Some((at, statement)) = &mut self.refers else {
            return Ok(false);
        };
        match (values.cell(*at), &mut self.keeps) {
            (ValueRef::Null, Some((key, statement))) => Ok(statement
                .query_row([ToSqlOutput::Borrowed(values.cell(*key))], |_| Ok(()))
                .optional()?
                .is_none()),
            (ValueRef::Null, None) => Ok(true),
            (id, _) => Ok(statement
                .query_row([ToSqlOutput::Borrowed(id)], |_| Ok(()))
                .optional()?
                .is_none()),
        }
    }
}

/// What else a written relation moves: the customer's first day where nobody said it, and the owner where the file is
/// silent about owners: the first live relation owns the customer.
fn extras<'c>(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Vec<Prepared<'c>>> {
    let at = |fields: &[&str]| {
        fields
            .iter()
            .filter_map(|f| sheet.slot(f))
            .collect::<Vec<_>>()
    };
    if sheet.kind != Kind::Follows {
        return Ok(Vec::new());
    }
    let mut extras = vec![Prepared::new(
        conn,
        "UPDATE customer SET first_added_at = ?2 WHERE external_userid = ?1 AND first_added_at IS NULL",
        at(&["external_userid", "added_at"]),
    )?];
    if !sheet.says("is_owner") {
        extras.push(Prepared::new(
            conn,
            "UPDATE follow SET is_owner = 1 WHERE userid = ?1 AND external_userid = ?2 AND status = 'active' AND is_owner = 0
               AND NOT EXISTS (SELECT 1 FROM follow o WHERE o.external_userid = ?2 AND o.is_owner = 1)",
            at(&["userid", "external_userid"]),
        )?);
    }
    Ok(extras)
}
