//! Puts a row into its table: new, changed, or there already as it is.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Statement};

use super::column::Refers;
use super::kind::Kind;
use super::row::{Role, Sheet};

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    New,
    Changed,
    Unchanged,
    /// The same key stood in an earlier line of this file, with other values.
    Contradicted,
    /// An earlier line of this file gave the customer to somebody else.
    SecondOwner,
}

/// A statement and the positions of the values it takes, in order.
struct Prepared<'c> {
    statement: Statement<'c>,
    takes: Vec<usize>,
}

impl<'c> Prepared<'c> {
    fn new(conn: &'c Connection, sql: &str, takes: Vec<usize>) -> rusqlite::Result<Self> {
        Ok(Self {
            statement: conn.prepare(sql)?,
            takes,
        })
    }

    fn bind(&mut self, values: &[Value]) -> rusqlite::Result<()> {
        for (i, at) in (1..).zip(&self.takes) {
            self.statement
                .raw_bind_parameter(i, values.get(*at).unwrap_or(&Value::Null))?;
        }
        Ok(())
    }

    fn run(&mut self, values: &[Value]) -> rusqlite::Result<()> {
        self.bind(values)?;
        self.statement.raw_execute().map(drop)
    }
}

/// The statements of one file.
pub(super) struct Table<'c> {
    /// 1 when the row is there with the same values, 0 when with others, no row when it is not there.
    find: Prepared<'c>,
    insert: Prepared<'c>,
    /// `None` when the key is all there is.
    update: Option<Prepared<'c>>,
    keys: Vec<usize>,
    /// Keys of this file, as hashes: eight bytes a row.
    seen: HashSet<u64>,
    /// The earliest of several rows wins, so none contradicts another.
    earliest: bool,
    refers: Option<(usize, Statement<'c>)>,
    extras: Vec<Prepared<'c>>,
    owners: Option<Owners<'c>>,
}

/// A file of relations that says who owns whom: the new owner takes the customer from the old one.
struct Owners<'c> {
    customer: usize,
    is_owner: usize,
    yield_to: Prepared<'c>,
    /// Customers whose owner this file has named, as hashes.
    named: HashSet<u64>,
}

impl Owners<'_> {
    /// `false` when the file names a second owner.
    fn take_over(&mut self, values: &[Value]) -> rusqlite::Result<bool> {
        if values.get(self.is_owner) != Some(&Value::Integer(1)) {
            return Ok(true);
        }
        if !self.named.insert(hash(values, &[self.customer])) {
            return Ok(false);
        }
        self.yield_to.run(values)?;
        Ok(true)
    }
}

/// The columns of a sheet, for writing SQL. All names are our own, none comes from a file.
struct Names<'a>(&'a Sheet);

impl Names<'_> {
    /// Positions of the columns with one of these roles.
    fn of(&self, roles: &[Role]) -> Vec<usize> {
        let slots = self.0.slots.iter().enumerate();
        slots
            .filter(|(_, s)| roles.contains(&s.role))
            .map(|(i, _)| i)
            .collect()
    }

    /// Each column in a form, joined.
    fn terms(&self, list: &[usize], form: impl Fn(&str) -> String, between: &str) -> String {
        let field = |i: &usize| self.0.slots.get(*i).map_or("", |s| s.field.as_str());
        list.iter()
            .map(|i| form(field(i)))
            .collect::<Vec<_>>()
            .join(between)
    }
}

impl<'c> Table<'c> {
    pub(super) fn new(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Self> {
        let spec = sheet.kind.spec();
        let (table, names) = (spec.table, Names(sheet));
        let keys = names.of(&[Role::Key]);
        let same_key = names.terms(&keys, |f| format!("{f} = ?"), " AND ");
        // A target of the tree itself belongs to no node.
        let no_node = if sheet.kind == Kind::Targets {
            " AND node_id IS NULL"
        } else {
            ""
        };
        let earliest = sheet.kind == Kind::CampaignSteps;
        let judged = if earliest {
            sheet.slot("at").into_iter().collect()
        } else {
            names.of(&[Role::Compared])
        };
        let same = match (earliest, judged.is_empty()) {
            (true, _) => "at <= ?".to_owned(),
            (false, true) => "1".to_owned(),
            (false, false) => names.terms(&judged, |f| format!("{f} IS ?"), " AND "),
        };
        let every: Vec<usize> = (0..sheet.slots.len()).collect();
        let all = names.terms(&every, str::to_owned, ", ");
        let marks = names.terms(&every, |_| "?".to_owned(), ", ");
        let written = names.of(&[Role::Compared, Role::Follows]);
        let changes = names.terms(&written, |f| format!("{f} = ?"), ", ");
        let chain = |a: &[usize]| a.iter().chain(&keys).copied().collect::<Vec<_>>();
        let find = format!("SELECT {same} FROM {table} WHERE {same_key}{no_node}");
        let insert = format!("INSERT INTO {table} ({all}) VALUES ({marks})");
        let update = format!("UPDATE {table} SET {changes} WHERE {same_key}{no_node}");
        let update = || Prepared::new(conn, &update, chain(&written));
        Ok(Self {
            find: Prepared::new(conn, &find, chain(&judged))?,
            insert: Prepared::new(conn, &insert, every)?,
            update: (!written.is_empty()).then(update).transpose()?,
            seen: HashSet::new(),
            earliest,
            refers: refers(conn, sheet, spec.refers)?,
            extras: extras(conn, sheet)?,
            owners: owners(conn, sheet)?,
            keys,
        })
    }

    /// Writes one row.
    pub(super) fn put(&mut self, values: &[Value]) -> rusqlite::Result<Fate> {
        let again = !self.seen.insert(hash(values, &self.keys));
        if let (false, Some(owners)) = (again, &mut self.owners)
            && !owners.take_over(values)?
        {
            return Ok(Fate::SecondOwner);
        }
        self.find.bind(values)?;
        let mut rows = self.find.statement.raw_query();
        let same: Option<bool> = rows.next()?.map(|row| row.get(0)).transpose()?;
        drop(rows);
        let fate = match (same, &mut self.update) {
            (None, _) => {
                self.insert.run(values)?;
                Fate::New
            }
            (Some(true), _) | (Some(false), None) => Fate::Unchanged,
            (Some(false), Some(_)) if again && !self.earliest => return Ok(Fate::Contradicted),
            (Some(false), Some(update)) => {
                update.run(values)?;
                Fate::Changed
            }
        };
        if fate != Fate::Unchanged {
            for extra in &mut self.extras {
                extra.run(values)?;
            }
        }
        Ok(fate)
    }

    /// The row speaks of somebody or something the workspace does not have.
    pub(super) fn is_unmatched(&mut self, values: &[Value]) -> rusqlite::Result<bool> {
        let Some((at, statement)) = &mut self.refers else {
            return Ok(false);
        };
        match values.get(*at) {
            None | Some(Value::Null) => Ok(true),
            Some(id) => Ok(statement.query_row([id], |_| Ok(())).optional()?.is_none()),
        }
    }
}

fn hash(values: &[Value], at: &[usize]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for at in at {
        match values.get(*at) {
            Some(Value::Integer(n)) => n.hash(&mut hasher),
            Some(Value::Text(text)) => text.hash(&mut hasher),
            None | Some(Value::Null | Value::Real(_) | Value::Blob(_)) => 0.hash(&mut hasher),
        }
    }
    hasher.finish()
}

fn refers<'c>(
    conn: &'c Connection,
    sheet: &Sheet,
    refers: Option<Refers>,
) -> rusqlite::Result<Option<(usize, Statement<'c>)>> {
    let Some(refers) = refers else {
        return Ok(None);
    };
    let Some(at) = sheet.slot(refers.column) else {
        return Ok(None);
    };
    Ok(Some((at, conn.prepare(refers.sql)?)))
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

fn owners<'c>(conn: &'c Connection, sheet: &Sheet) -> rusqlite::Result<Option<Owners<'c>>> {
    let (Kind::Follows, true) = (sheet.kind, sheet.says("is_owner")) else {
        return Ok(None);
    };
    let places = [
        sheet.slot("userid"),
        sheet.slot("external_userid"),
        sheet.slot("is_owner"),
    ];
    let [Some(userid), Some(customer), Some(is_owner)] = places else {
        return Ok(None);
    };
    let sql = "UPDATE follow SET is_owner = 0 WHERE userid <> ?1 AND external_userid = ?2 AND is_owner = 1";
    let yield_to = Prepared::new(conn, sql, vec![userid, customer])?;
    Ok(Some(Owners {
        customer,
        is_owner,
        yield_to,
        named: HashSet::new(),
    }))
}
