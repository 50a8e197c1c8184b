//! Comings and goings of a period, and the relations that live now.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::{Between, Follows, Moves, Of, Within, is_of};
use crate::domain::StaffId;
use crate::store::row::Cells;

pub(super) fn moves(conn: &Connection, within: Within, of: Between<'_>) -> rusqlite::Result<Moves> {
    let (from, to, until) = within.bounds();
    let mut statement = conn.prepare(
        "SELECT external_userid, kind, userid FROM follow_event
         WHERE biz_date BETWEEN ?1 AND ?2 AND kind IN ('add', 'del_by_customer', 'del_by_staff') AND occurred_at <= ?3",
    )?;
    let mut moves = Moves::default();
    let mut found = statement.query(params![from, to, until])?;
    while let Some(row) = found.next()? {
        if of.is(&row.raw(0), row.raw(2)) {
            match &*row.raw(1) {
                "add" => moves.added += 1,
                "del_by_customer" => moves.lost += 1,
                _ => moves.dropped += 1,
            }
        }
    }
    Ok(moves)
}

pub(super) fn follows(conn: &Connection, of: Of<'_>) -> rusqlite::Result<Follows> {
    let mut statement = conn.prepare(
        "SELECT external_userid, count(*) FROM follow WHERE status = 'active' GROUP BY external_userid",
    )?;
    let mut follows = Follows::default();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        if is_of(of.customers, &row.raw(0)) {
            follows.customers += 1;
            follows.relations += row.int(1).unwrap_or(0);
        }
    }
    if let Between::Staff(staff) = of.moves {
        follows.relations = relations_of(conn, staff)?;
    }
    Ok(follows)
}

/// Live relations of these members of staff, whoever owns the customer.
fn relations_of(conn: &Connection, staff: &HashSet<StaffId>) -> rusqlite::Result<i64> {
    let mut statement = conn
        .prepare("SELECT userid, count(*) FROM follow WHERE status = 'active' GROUP BY userid")?;
    let mut relations = 0;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        if staff.contains(&StaffId(row.raw(0))) {
            relations += row.int(1).unwrap_or(0);
        }
    }
    Ok(relations)
}
