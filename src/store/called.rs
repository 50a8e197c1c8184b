//! What things are called, so that they are found by their names: staff, tags, groups and campaigns.

use rusqlite::Connection;

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use crate::domain::SafeText;
use crate::filter::eval::{namesakes, told_apart};

/// What is called so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A customer.
    Customer,
    /// A member of staff.
    Staff,
    /// A tag.
    Tag,
    /// A group that still is.
    Group,
    /// A campaign.
    Campaign,
}

/// A thing with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// What it is.
    pub kind: Kind,
    /// Its id as stored.
    pub id: String,
    /// Its name; of staff who share one, with the userid behind it.
    pub name: SafeText,
    /// What it belongs to; may be empty.
    pub note: SafeText,
}

/// Everything with a name but customers: those at work, live tags and groups and the newest campaigns first; of each kind
/// the first 5,000.
pub fn called(conn: &Connection) -> Result<Vec<Called>, StoreError> {
    let mut all = Vec::new();
    for (kind, sql) in [
        (
            Kind::Staff,
            "SELECT s.userid, s.name, d.name FROM staff s LEFT JOIN department d ON d.dept_id = s.main_dept_id
             ORDER BY s.left_at IS NOT NULL, s.userid LIMIT 5000",
        ),
        (
            Kind::Tag,
            "SELECT t.tag_id, t.name, g.name FROM tag t LEFT JOIN tag_group g USING (group_id)
             WHERE t.is_deleted = 0 ORDER BY g.ord DESC, t.group_id, t.ord DESC, t.tag_id LIMIT 5000",
        ),
        (
            Kind::Group,
            "SELECT chat_id, name, '' FROM group_chat WHERE dissolved_at IS NULL AND name <> '' ORDER BY chat_id LIMIT 5000",
        ),
        (
            Kind::Campaign,
            "SELECT CAST(campaign_id AS TEXT), name, '' FROM campaign ORDER BY starts_at DESC LIMIT 5000",
        ),
    ] {
        let found = rows(conn, sql, [], |row| {
            let raw = |at| row.raw(at).to_string();
            Some((raw(0), raw(1), raw(2)))
        });
        all.extend(named(kind, &found.doing("reading names")?));
    }
    Ok(all)
}

/// With the names that several of the staff have told apart.
fn named(kind: Kind, found: &[(String, String, String)]) -> Vec<Called> {
    let people = found
        .iter()
        .map(|(id, name, _)| (id.as_str(), name.as_str()));
    let shared = namesakes(people);
    let name_of = |id: &str, name: &str| {
        if kind == Kind::Staff && shared.contains(name) {
            SafeText::new(&told_apart(name, id))
        } else {
            SafeText::new(name)
        }
    };
    found
        .iter()
        .map(|(id, name, note)| Called {
            kind,
            id: id.clone(),
            name: name_of(id, name),
            note: SafeText::new(note),
        })
        .collect()
}
