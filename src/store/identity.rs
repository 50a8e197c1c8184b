//! Which workspace a file is: a copy is of the same one, and another shop's is not.

use std::path::Path;

use super::connect::{Access, connect, set_up};
use super::meta;
use crate::domain::SafeText;

/// Which workspace a file is, as its own settings say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The same in every copy of one workspace; never shown.
    pub id: String,
    /// The brand's name; may be empty.
    pub name: SafeText,
    /// Customers in it.
    pub customers: u64,
}

/// Which workspace lies at a path; `None` where nothing can be read of one.
pub fn identity(path: &Path) -> Option<Identity> {
    let conn = connect(path, Access::ReadOnly).ok()?;
    set_up(&conn, Access::ReadOnly).ok()?;
    Some(Identity {
        id: meta::get(&conn, "workspace_id").ok().flatten()?,
        name: SafeText::new(&meta::get(&conn, "corp_name").ok()?.unwrap_or_default()),
        customers: conn
            .query_row("SELECT count(*) FROM customer", [], |row| row.get(0))
            .ok()?,
    })
}
