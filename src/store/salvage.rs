//! What can still be read of a damaged workspace, as a new one.
//!
//! Each table is read from its front up to the first bad page, then from its back, and then every key its indexes still
//! know is looked up by itself; last, one reads on from every key that the tables saved know of. What no page of the table and no index holds any more is gone; a restore brings it back.

use std::path::Path;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, Statement, TransactionBehavior, params_from_iter};

use super::backup::may_be_at;
use super::connect::{Access, connect, meaning, set_up};
use super::create::{Birth, create};
use super::error::{Doing, StoreError};
use super::file::inspect;
use super::journal::{self, Act};
use super::part::Part;
use super::restore::By;
use super::{schema, totals};

/// What is being done, for errors.
const DOING: &str = "saving what can be read";

/// Tables that are made anew rather than saved.
const MADE: [&str; 5] = ["customer_stat", "pool", "bulk", "stat_due", "change_log"];

/// What was saved of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The table.
    pub table: String,
    /// Rows saved.
    pub rows: u64,
    /// Rows an index still knows that could not be read. More may be gone.
    pub lost: u64,
    /// The table was read to its end without meeting damage.
    pub whole: bool,
}

/// Saves what can be read of the workspace at `from` to a new workspace at `to`. The damaged file is only read.
pub fn salvage(from: &Path, to: &Path, force: bool, by: By<'_>) -> Result<Vec<Saved>, StoreError> {
    inspect(from, &mut Vec::new())?;
    let over = may_be_at(from, to, force)?;
    let source = connect(from, Access::ReadOnly)?;
    set_up(&source, Access::ReadOnly).map_err(|e| meaning(from, e))?;
    source
        .pragma_update(None, "cell_size_check", false)
        .doing(DOING)?;
    let id: i64 = source
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(|e| meaning(from, e))?;
    if id != schema::APPLICATION_ID {
        return Err(StoreError::of_another_program(from, id));
    }
    let mut part = Part::beside(to);
    let birth = Birth {
        now: by.now,
        ..Birth::default()
    };
    let mut target = create(part.path(), &birth)?.conn;
    part.hold();
    let saved = fill(&source, &mut target, by)?;
    target
        .pragma_update(None, "journal_mode", "delete")
        .doing(DOING)?;
    target.close().map_err(|(_, e)| e).doing(DOING)?;
    part.publish(to, over)?;
    Ok(saved)
}

fn fill(
    source: &Connection,
    target: &mut Connection,
    by: By<'_>,
) -> Result<Vec<Saved>, StoreError> {
    // A parent may be among what is lost.
    target
        .pragma_update(None, "foreign_keys", false)
        .doing(DOING)?;
    let tx = target
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing(DOING)?;
    totals::begin_bulk(&tx)?;
    tx.execute("DELETE FROM meta", []).doing(DOING)?;
    let mut saved = Vec::new();
    for table in tables(&tx).doing(DOING)? {
        if !MADE.contains(&table.as_str()) {
            let plan = Plan::of(source, &tx, &table).doing(DOING)?;
            saved.push((plan.save(source, &tx), plan));
        }
    }
    // Only now do the other tables say which keys there may be between two bad pages.
    for (saved, plan) in saved.iter_mut().filter(|(saved, _)| !saved.whole) {
        plan.probe(source, &tx, saved);
    }
    let saved = saved.into_iter().map(|(saved, _)| saved).collect();
    totals::end_bulk(&tx)?;
    let act = Act {
        at: by.now,
        act: "salvage",
        ..Act::default()
    };
    journal::write(&tx, by.actor, act)?;
    tx.commit().doing(DOING)?;
    Ok(saved)
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// How a table is read.
struct Plan {
    table: String,
    /// Columns that both files have.
    columns: Vec<String>,
    /// The key, by column name.
    key: Vec<String>,
    /// Scans of its indexes that give keys and touch no page of the table.
    by_index: Vec<String>,
}

impl Plan {
    fn of(source: &Connection, target: &Connection, table: &str) -> rusqlite::Result<Self> {
        let columns_of = |conn: &Connection| -> rusqlite::Result<Vec<(String, i64)>> {
            conn.prepare("SELECT name, pk FROM pragma_table_info(?1)")?
                .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        // A file whose own list of tables is damaged gives none.
        let theirs = columns_of(source).unwrap_or_default();
        let ours = columns_of(target)?;
        let mut key: Vec<(i64, String)> = ours
            .iter()
            .filter(|(_, pk)| *pk > 0)
            .map(|(name, pk)| (*pk, name.clone()))
            .collect();
        key.sort();
        let key: Vec<String> = key.into_iter().map(|(_, name)| name).collect();
        let columns: Vec<String> = ours
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| theirs.iter().any(|(other, _)| other == name))
            .collect();
        let by_index = index_scans(source, table, &key.join(", ")).unwrap_or_default();
        Ok(Self {
            table: table.to_owned(),
            columns,
            key,
            by_index,
        })
    }

    fn save(&self, source: &Connection, target: &Connection) -> Saved {
        let mut saved = Saved {
            table: self.table.clone(),
            rows: 0,
            lost: 0,
            whole: false,
        };
        if self.columns.is_empty() {
            return saved;
        }
        let (columns, key) = (self.columns.join(", "), self.key.join(", "));
        let marks = vec!["?"; self.columns.len()].join(", ");
        let insert = format!(
            "INSERT OR IGNORE INTO {} ({columns}) VALUES ({marks})",
            self.table
        );
        let Ok(mut insert) = target.prepare(&insert) else {
            return saved;
        };
        let mut put = |row: Vec<Value>| {
            let made = insert.execute(params_from_iter(row)).unwrap_or(0);
            saved.rows += u64::try_from(made).unwrap_or(0);
        };
        let table = &self.table;
        let scan =
            |order: &str| format!("SELECT {columns} FROM {table} NOT INDEXED ORDER BY {order}");
        let whole = each(source, &scan(&key), &mut put);
        if !whole {
            // Each column turned round: else it is no walk from the back but a sort of all of it, from the front.
            each(
                source,
                &scan(&format!("{} DESC", self.key.join(" DESC, "))),
                &mut put,
            );
        }
        saved.whole = whole;
        if !whole {
            self.look_up(source, target, &mut saved);
        }
        saved
    }

    /// Looks up every key that an index knows and the new file has not.
    fn look_up(&self, source: &Connection, target: &Connection, saved: &mut Saved) {
        let (columns, table) = (self.columns.join(", "), &self.table);
        let marks = vec!["?"; self.columns.len()].join(", ");
        let is_key: Vec<String> = self.key.iter().map(|name| format!("{name} = ?")).collect();
        let is_key = is_key.join(" AND ");
        let statements = (
            source.prepare(&format!(
                "SELECT {columns} FROM {table} NOT INDEXED WHERE {is_key}"
            )),
            target.prepare(&format!("SELECT 1 FROM {table} WHERE {is_key}")),
            target.prepare(&format!(
                "INSERT OR IGNORE INTO {table} ({columns}) VALUES ({marks})"
            )),
        );
        let (Ok(mut find), Ok(mut known), Ok(mut insert)) = statements else {
            return;
        };
        let mut missing = std::collections::BTreeSet::new();
        for sql in &self.by_index {
            each(source, sql, &mut |key| {
                let have = known.exists(params_from_iter(key.iter()));
                if have.unwrap_or(true) {
                    return;
                }
                let row = find.query_row(params_from_iter(key.iter()), |row| Ok(values(row)));
                let made = row.and_then(|row| insert.execute(params_from_iter(row)));
                match made {
                    Ok(n) => saved.rows += u64::try_from(n).unwrap_or(0),
                    Err(_) => {
                        missing.insert(format!("{key:?}"));
                    }
                }
            });
        }
        saved.lost = u64::try_from(missing.len()).unwrap_or(u64::MAX);
    }
}

/// Places in a table that are looked at between bad pages, at most.
const PROBES: u64 = 50_000;

impl Plan {
    /// Reads on from every place of the table where the tables saved say a row may be, both ways, until a row that is saved
    /// already or damage: a whole page between two bad ones is reached through the pages above it.
    fn probe(&self, source: &Connection, target: &Connection, saved: &mut Saved) {
        let Some((first, rest)) = self.key.split_first() else {
            return;
        };
        let firsts = seeds(target, first, PROBES).unwrap_or_default();
        let each_of_them = PROBES / u64::try_from(firsts.len().max(1)).unwrap_or(PROBES);
        // Without a second column, or with too many of the first, one stands at the first of each.
        let behind = rest.first().filter(|_| each_of_them > 1);
        let behind = behind.and_then(|column| seeds(target, column, each_of_them).ok());
        let (columns, table) = (self.columns.join(", "), &self.table);
        let (up, down) = (
            self.key.join(", "),
            format!("{} DESC", self.key.join(" DESC, ")),
        );
        let place = match &behind {
            Some(_) => format!("({first}, {})", rest.first().map_or("", String::as_str)),
            None => first.clone(),
        };
        let marks = if behind.is_some() { "(?1, ?2)" } else { "?1" };
        let ways = [(">=", &up), ("<=", &down)].map(|(sign, order)| {
            source.prepare(&format!(
                "SELECT {columns} FROM {table} NOT INDEXED WHERE {place} {sign} {marks} ORDER BY {order}"
            ))
        });
        let Ok(mut insert) = target.prepare(&format!(
            "INSERT OR IGNORE INTO {table} ({columns}) VALUES ({})",
            vec!["?"; self.columns.len()].join(", ")
        )) else {
            return;
        };
        let before = saved.rows;
        for mut way in ways.into_iter().flatten() {
            for seed in &firsts {
                let places = behind.as_ref().map_or(vec![vec![seed.clone()]], |behind| {
                    behind
                        .iter()
                        .map(|second| vec![seed.clone(), second.clone()])
                        .collect()
                });
                for place in places {
                    saved.rows += read_on(&mut way, &place, &mut insert);
                }
            }
        }
        // Rows that only an index was known to have are here now.
        saved.lost = saved.lost.saturating_sub(saved.rows - before);
    }
}

/// Puts the rows from a place on into the new file, up to one that is there or damage; how many.
fn read_on(way: &mut Statement<'_>, place: &[Value], insert: &mut Statement<'_>) -> u64 {
    let mut made = 0;
    let Ok(mut rows) = way.query(params_from_iter(place)) else {
        return 0;
    };
    while let Ok(Some(row)) = rows.next() {
        match insert.execute(params_from_iter(values(row))) {
            Ok(1) => made += 1,
            Ok(_) | Err(_) => break,
        }
    }
    made
}

/// Values that columns of this name have in what was saved, evenly chosen where there are more than `most`.
fn seeds(target: &Connection, column: &str, most: u64) -> rusqlite::Result<Vec<Value>> {
    let named: Vec<String> = tables(target)?
        .into_iter()
        .filter(|table| !MADE.contains(&table.as_str()))
        .filter(|table| {
            let sql = "SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2";
            let found = target
                .prepare(sql)
                .and_then(|mut s| s.exists([table.as_str(), column]));
            found.unwrap_or(false)
        })
        .map(|table| format!("SELECT {column} AS value FROM {table} WHERE {column} IS NOT NULL"))
        .collect();
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let all = named.join(" UNION ");
    let sql = format!(
        "WITH known AS ({all}), numbered AS (SELECT value, row_number() OVER (ORDER BY value) - 1 AS at FROM known)
         SELECT value FROM numbered WHERE at % (1 + (SELECT count(*) FROM known) / ?1) = 0 ORDER BY value"
    );
    let most = i64::try_from(most).unwrap_or(i64::MAX).max(1);
    target
        .prepare(&sql)?
        .query_map([most], |row| row.get(0))?
        .collect()
}

/// A scan of each index of a table, both ways, that gives the table's key.
fn index_scans(source: &Connection, table: &str, key: &str) -> rusqlite::Result<Vec<String>> {
    let indexes: Vec<(String, Option<String>)> = source
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?1 AND sql IS NOT NULL")?
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut scans = Vec::new();
    for (index, sql) in indexes {
        let partial = sql
            .as_deref()
            .and_then(|sql| sql.split_once(" WHERE "))
            .map_or(String::new(), |(_, condition)| {
                format!(" WHERE {condition}")
            });
        let first: String = source
            .query_row(
                "SELECT name FROM pragma_index_info(?1) WHERE seqno = 0 AND name IS NOT NULL",
                [&index],
                |row| row.get(0),
            )
            .unwrap_or_else(|_| key.to_owned());
        for order in ["", " DESC"] {
            scans.push(format!(
                "SELECT {key} FROM {table} INDEXED BY {index}{partial} ORDER BY {first}{order}"
            ));
        }
    }
    Ok(scans)
}

/// Gives every row a query finds until it meets damage; `true` when it came to the end.
fn each(conn: &Connection, sql: &str, give: &mut dyn FnMut(Vec<Value>)) -> bool {
    let Ok(mut statement) = conn.prepare(sql) else {
        return false;
    };
    let Ok(mut rows) = statement.query([]) else {
        return false;
    };
    loop {
        match rows.next() {
            Ok(Some(row)) => give(values(row)),
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// The cells of a row; text that is not UTF-8 is mended.
fn values(row: &Row<'_>) -> Vec<Value> {
    let cells = row.as_ref().column_count();
    (0..cells)
        .map(|i| match row.get_ref(i) {
            Ok(ValueRef::Integer(n)) => Value::Integer(n),
            Ok(ValueRef::Real(x)) => Value::Real(x),
            Ok(ValueRef::Text(text)) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            Ok(ValueRef::Blob(bytes)) => Value::Blob(bytes.to_vec()),
            Ok(ValueRef::Null) | Err(_) => Value::Null,
        })
        .collect()
}
