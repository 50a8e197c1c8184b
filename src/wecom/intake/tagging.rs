//! Which tags a staff gave a customer, and when that changed.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::relation::Relation;
use super::{DOING, When};
use crate::store::{Doing, StoreError};

/// Brings the tags a staff gave a customer to what the server says. The first time tells no moment, so no event.
pub(super) fn put(
    conn: &Connection,
    relation: &Relation,
    customer: &str,
    is_first: bool,
    when: When,
) -> Result<bool, StoreError> {
    let mut wanted: BTreeSet<String> = relation.tags.clone();
    if let Some(personal) = &relation.personal {
        for (group, name) in personal {
            wanted.insert(super::tags::personal(
                conn,
                &relation.userid,
                group,
                name,
                when.now,
            )?);
        }
    }
    let have: BTreeSet<String> = if is_first {
        BTreeSet::new()
    } else {
        let mut statement = conn
            .prepare_cached("SELECT tag_id FROM customer_tag WHERE external_userid = ?1 AND userid = ?2 AND origin = 'wecom'")
            .doing(DOING)?;
        let rows = statement
            .query_map([customer, &relation.userid], |row| row.get(0))
            .doing(DOING)?;
        rows.collect::<rusqlite::Result<_>>().doing(DOING)?
    };
    let mut changed = false;
    for tag in wanted.difference(&have) {
        let put = conn
            .prepare_cached(
                "INSERT INTO customer_tag (tag_id, external_userid, userid, origin, tagged_at) VALUES (?1, ?2, ?3, 'wecom', ?4)
                 ON CONFLICT DO NOTHING",
            )
            .and_then(|mut s| {
                let at = (!is_first).then_some(when.now);
                s.execute(params![tag, customer, relation.userid, at])
            })
            .doing(DOING)?;
        if put > 0 && !is_first {
            changed = true;
            tag_event(conn, customer, &relation.userid, tag, "add", when)?;
        }
    }
    for tag in have.difference(&wanted) {
        // Personal tags stay where the answer does not speak of them.
        if relation.personal.is_none() && super::tags::is_personal(tag) {
            continue;
        }
        conn.prepare_cached(
            "DELETE FROM customer_tag WHERE tag_id = ?1 AND external_userid = ?2 AND userid = ?3",
        )
        .and_then(|mut s| s.execute([tag.as_str(), customer, &relation.userid]))
        .doing(DOING)?;
        changed = true;
        tag_event(conn, customer, &relation.userid, tag, "remove", when)?;
    }
    Ok(changed)
}

fn tag_event(
    conn: &Connection,
    customer: &str,
    userid: &str,
    tag: &str,
    op: &str,
    when: When,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO tag_event (occurred_at, external_userid, userid, tag_id, op, cause) VALUES (?1, ?2, ?3, ?4, ?5, 'sync')",
    )
    .and_then(|mut s| s.execute(params![when.now, customer, userid, tag, op]))
    .doing(DOING)?;
    Ok(())
}
