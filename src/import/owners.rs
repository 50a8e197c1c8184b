//! Who a file has spoken of already: keys of its rows, and customers whose owner it has named, as hashes; and customers
//! whom it moves from one owner to another, or whose owner does not follow them any more by it.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::kind::Kind;
use super::prepared::{Cells, Prepared};
use super::row::Sheet;
use super::silent::{Left, SILENT};
use crate::store::{StoreError, owner};

/// Keys as hashes.
pub(super) type Hashes = HashSet<u64, BuildHasherDefault<AsItIs>>;

/// A hash is its own hash.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

/// A file of relations that says who owns whom: the new owner takes the customer from the old one, and the history of owners
/// goes on with them when all rows are in.
pub(super) struct Owners<'c> {
    conn: &'c Connection,
    customer: usize,
    userid: usize,
    is_owner: usize,
    yield_to: Prepared<'c>,
    /// Whose the customer of a row is, and whether there is a history of it; `None` where no relation stood before, so that
    /// the file moves nobody.
    stands: Option<Prepared<'c>>,
    /// Whose customers were before this file, where it may have moved them.
    before: BTreeMap<String, Option<String>>,
    /// Customers whose owner this file has named, as hashes.
    named: Hashes,
}

impl Owners<'_> {
    /// Before the row is written; `false` when the file names a second owner.
    pub(super) fn take_over(&mut self, values: &impl Cells) -> rusqlite::Result<bool> {
        let takes = values.cell(self.is_owner) == ValueRef::Integer(1);
        if takes && !self.named.insert(hash(values, &[self.customer])) {
            return Ok(false);
        }
        self.remember(values, takes)?;
        if takes {
            self.yield_to.run(values)?;
        }
        Ok(true)
    }

    /// Remembers whose the customer is, where the row takes them from somebody or leaves them to nobody.
    fn remember(&mut self, values: &impl Cells, takes: bool) -> rusqlite::Result<()> {
        let Some(stands) = &mut self.stands else {
            return Ok(());
        };
        let mut rows = stands.rows(values)?;
        let Some(row) = rows.next()? else {
            return Ok(());
        };
        let (owner, has_history): (Option<String>, bool) = (row.get(0)?, row.get(1)?);
        let moves = match &owner {
            Some(owner) => {
                let of = values.cell(self.userid);
                of.as_str().is_ok_and(|of| of == owner) != takes
            }
            None => takes && has_history,
        };
        if let (true, Ok(customer)) = (moves, values.cell(self.customer).as_str()) {
            self.before.entry(customer.to_owned()).or_insert(owner);
        }
        Ok(())
    }

    /// Writes the history of those who were moved.
    pub(super) fn settle(&mut self, now: i64) -> Result<(), StoreError> {
        for (customer, was) in std::mem::take(&mut self.before) {
            owner::note_move(self.conn, (&customer, was.as_deref()), now)?;
        }
        Ok(())
    }
}

/// A key as a hash.
pub(super) fn hash(values: &impl Cells, at: &[usize]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for at in at {
        match values.cell(*at) {
            ValueRef::Integer(n) => n.hash(&mut hasher),
            ValueRef::Text(text) => text.hash(&mut hasher),
            ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => 0.hash(&mut hasher),
        }
    }
    hasher.finish()
}

fn has_relations(conn: &Connection) -> rusqlite::Result<bool> {
    conn.query_row("SELECT EXISTS (SELECT 1 FROM follow)", [], |row| row.get(0))
}

/// The taking over that a sheet asks for: one of relations that says who owns whom.
pub(super) fn owners<'c>(
    conn: &'c Connection,
    sheet: &Sheet,
) -> rusqlite::Result<Option<Owners<'c>>> {
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
    let stands = "SELECT (SELECT userid FROM follow WHERE external_userid = ?1 AND is_owner = 1),
         EXISTS (SELECT 1 FROM ownership_history WHERE external_userid = ?1)";
    let stands = || Prepared::new(conn, stands, vec![customer]);
    Ok(Some(Owners {
        conn,
        customer,
        userid,
        is_owner,
        yield_to,
        stands: has_relations(conn)?.then(stands).transpose()?,
        before: BTreeMap::new(),
        named: Hashes::default(),
    }))
}

/// A file of relations that may end that of an owner: the customer is passed on when all its rows are in.
pub(super) struct Heirs<'c> {
    conn: &'c Connection,
    status: usize,
    is_owner: Option<Said>,
    /// Whom the customer of an ended relation belongs to, when it is the one of the row.
    own: Prepared<'c>,
    /// Whom the customer of a live relation belongs to, when that one does not follow them any more. Not asked where the
    /// file says itself whose they are.
    stale: Option<Prepared<'c>>,
    /// Customer and owner, as found; and whether the file says itself whose they are.
    left: Vec<(String, String, bool)>,
}

/// The cell of a relation that says who owns the customer, if it says anything.
struct Said {
    slot: usize,
    left: Option<Left>,
    silent: Option<usize>,
}

impl Said {
    fn is_in(&self, values: &impl Cells) -> bool {
        let silent = self.silent.map(|at| values.cell(at));
        match (self.left, silent) {
            (Some(left), Some(ValueRef::Integer(silent))) => !left.keeps(silent, true),
            _ => true,
        }
    }

    fn is_owner(&self, values: &impl Cells) -> bool {
        values.cell(self.slot) == ValueRef::Integer(1)
    }
}

impl Heirs<'_> {
    /// Notes whose customer may have to go to somebody else; before the row is written.
    pub(super) fn see(&mut self, values: &impl Cells) -> rusqlite::Result<()> {
        let is_live = values.cell(self.status) == ValueRef::Text(b"active");
        let said = self.is_owner.as_ref().filter(|said| said.is_in(values));
        let asked = match &mut self.stale {
            Some(stale) if is_live => stale,
            None if is_live => return Ok(()),
            // The file gives the customer to somebody who does not follow them.
            _ if said.is_some_and(|said| said.is_owner(values)) => return Ok(()),
            Some(_) | None => &mut self.own,
        };
        let mut rows = asked.rows(values)?;
        if let Some(row) = rows.next()? {
            self.left.push((row.get(0)?, row.get(1)?, said.is_some()));
        }
        Ok(())
    }

    /// Passes them on; how many went to somebody else.
    pub(super) fn settle(&mut self, now: i64) -> Result<u64, StoreError> {
        let mut moved = 0;
        for (customer, from, stands) in self.left.drain(..) {
            let names = (customer.as_str(), from.as_str());
            moved += u64::from(owner::pass_on(self.conn, names, stands, now)?);
        }
        Ok(moved)
    }
}

/// The passing on that a sheet may ask for; none into a table that holds nothing.
pub(super) fn heirs<'c>(
    conn: &'c Connection,
    sheet: &Sheet,
    is_fresh: bool,
) -> rusqlite::Result<Option<Heirs<'c>>> {
    if sheet.kind != Kind::Follows || is_fresh || !has_relations(conn)? {
        return Ok(None);
    }
    let places = ["userid", "external_userid", "status"].map(|field| sheet.slot(field));
    let [Some(userid), Some(customer), Some(status)] = places else {
        return Ok(None);
    };
    let own = "SELECT external_userid, userid FROM follow WHERE userid = ?1 AND external_userid = ?2 AND is_owner = 1";
    let stale = "SELECT external_userid, userid FROM follow WHERE external_userid = ?1 AND is_owner = 1 AND status <> 'active'";
    let says = sheet.says("is_owner");
    let stale = || Prepared::new(conn, stale, vec![customer]);
    Ok(Some(Heirs {
        conn,
        status,
        is_owner: sheet.slot("is_owner").filter(|_| says).map(|slot| Said {
            slot,
            left: sheet.slots.get(slot).and_then(|slot| slot.left),
            silent: sheet.slot(SILENT),
        }),
        own: Prepared::new(conn, own, vec![userid, customer])?,
        stale: (!says).then(stale).transpose()?,
        left: Vec::new(),
    }))
}
