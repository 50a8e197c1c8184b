//! The names of customers' tags, in the order of the list.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row};

use super::row::Cells;
use crate::domain::{CustomerId, SafeText};

/// Tags of a customer, from an index alone.
pub(super) const TAGS: &str = "SELECT DISTINCT tag_id FROM customer_tag WHERE external_userid = ?1";

/// A tag's name and place.
const TAG: &str = "SELECT t.name, CASE g.kind WHEN 'static' THEN 0 WHEN 'consumption' THEN 1 WHEN 'behaviour' THEN 2
       WHEN 'tier' THEN 3 ELSE 4 + (g.kind IS NULL) END, g.ord, t.group_id, t.ord
     FROM tag t LEFT JOIN tag_group g ON g.group_id = t.group_id AND g.is_deleted = 0
     WHERE t.tag_id = ?1 AND t.is_deleted = 0";

/// Where a tag stands among others: by family, then `ord` of its group, largest first, group, `ord` of its own, largest
/// first, and identity.
type Place = (
    Option<i64>,
    Reverse<Option<i64>>,
    Arc<str>,
    Reverse<Option<i64>>,
    Arc<str>,
);

/// Names of tags: customers share them, so each is looked up once.
pub(super) struct Tags<'a> {
    of_customer: CachedStatement<'a>,
    of_tag: CachedStatement<'a>,
    /// `None` for a tag that is gone.
    known: HashMap<Arc<str>, Option<(Place, SafeText)>>,
}

impl<'a> Tags<'a> {
    /// Reads them from here.
    pub(super) fn of(conn: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            of_customer: conn.prepare_cached(TAGS)?,
            of_tag: conn.prepare_cached(TAG)?,
            known: HashMap::new(),
        })
    }

    /// Names of a customer's tags, in their order.
    pub(super) fn named(&mut self, customer: &CustomerId) -> rusqlite::Result<Vec<SafeText>> {
        let mut named = Vec::new();
        let mut tags = self.of_customer.query([customer.as_str()])?;
        while let Some(row) = tags.next()? {
            let id = row.raw(0);
            let tag = if let Some(known) = self.known.get(&id) {
                known.clone()
            } else {
                let read = placed(&mut self.of_tag, &id)?;
                self.known.entry(id).or_insert(read).clone()
            };
            named.extend(tag);
        }
        named.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(named.into_iter().map(|(_, name)| name).collect())
    }
}

fn placed(
    tag: &mut CachedStatement<'_>,
    id: &Arc<str>,
) -> rusqlite::Result<Option<(Place, SafeText)>> {
    let read = |row: &Row<'_>| {
        let place = (
            row.int(1),
            Reverse(row.int(2)),
            row.raw(3),
            Reverse(row.int(4)),
            Arc::clone(id),
        );
        Ok((place, row.text(0)))
    };
    tag.query_row([&**id], read).optional()
}
