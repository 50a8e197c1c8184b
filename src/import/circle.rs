//! Departments that are, over their parents, their own parents: a tree of them would never end.

use rusqlite::Connection;

use crate::domain::{Sentence, sentence};

/// A department is its own ancestor.
pub(super) fn own_parent(dept: i64) -> Sentence {
    sentence!(
        "部门 {dept} 的上级绕回了自己",
        "department {dept} is, over its parents, its own parent",
    )
}

/// A department that is its own ancestor, if there is one. Walks up from each, marking what is known to end.
pub(super) fn in_circle(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    use std::collections::{BTreeMap, BTreeSet};
    let mut statement =
        conn.prepare("SELECT dept_id, parent_id FROM department WHERE parent_id IS NOT NULL")?;
    let parents: BTreeMap<i64, i64> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut ends = BTreeSet::new();
    for start in parents.keys() {
        let (mut way, mut at) = (BTreeSet::new(), *start);
        while !ends.contains(&at) {
            if !way.insert(at) {
                return Ok(Some(at));
            }
            let Some(parent) = parents.get(&at) else {
                break;
            };
            at = *parent;
        }
        ends.extend(way);
    }
    Ok(None)
}
