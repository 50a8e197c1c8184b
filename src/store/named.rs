//! Rows found by an id or an exact name: tags, stages, staff, whoever a target is for.

use rusqlite::Connection;

use super::error::{Doing, StoreError};
use super::relation::DOING;
use crate::domain::SafeText;

/// A row with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: SafeText,
}

/// The rows that a statement finds for `?1`: id, then name.
pub(super) fn named(conn: &Connection, sql: &str, wanted: &str) -> Result<Vec<Named>, StoreError> {
    let mut statement = conn.prepare_cached(sql).doing(DOING)?;
    let rows = statement
        .query_map([wanted], |row| {
            Ok(Named {
                id: row.get(0)?,
                name: SafeText::new(&row.get::<_, String>(1)?),
            })
        })
        .doing(DOING)?;
    rows.collect::<rusqlite::Result<_>>().doing(DOING)
}
