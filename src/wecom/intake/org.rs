//! Departments, staff and who belongs where.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::{Counts, DOING, When};
use crate::store::{Doing, StoreError};

/// A department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dept {
    /// `id`.
    pub id: i64,
    /// `parentid`; `None` at the top.
    pub parent: Option<i64>,
    /// `name`; empty where the app may see ids only.
    pub name: String,
    /// `order`, bigger first.
    pub ord: i64,
}

/// A member of staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// `userid`.
    pub id: String,
    /// `name`; empty where the app may see ids only.
    pub name: String,
    /// `status`: 1 active, 2 disabled, 4 not activated, 5 left.
    pub status: Option<i64>,
    /// `main_department`, else the first of `department`.
    pub main_dept: Option<i64>,
}

/// Takes the link to the parent from departments whose way up runs in a circle or into nothing. How many.
pub fn straighten(depts: &mut [Dept]) -> u64 {
    let parents: BTreeMap<i64, Option<i64>> = depts.iter().map(|d| (d.id, d.parent)).collect();
    let mut cut: BTreeSet<i64> = BTreeSet::new();
    for dept in depts.iter() {
        let mut seen = BTreeSet::from([dept.id]);
        let mut at = dept.parent;
        while let Some(up) = at {
            if cut.contains(&up) || !seen.insert(up) {
                if up == dept.id {
                    cut.insert(dept.id);
                }
                break;
            }
            at = parents.get(&up).copied().flatten();
        }
    }
    for dept in depts.iter_mut().filter(|d| cut.contains(&d.id)) {
        dept.parent = None;
    }
    cut.len() as u64
}

/// Writes departments. The kind of those that are there is the operator's.
pub fn put_depts(conn: &Connection, depts: &[Dept]) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for dept in depts {
        let changed = conn
            .prepare_cached(
                "INSERT INTO department (dept_id, parent_id, name, ord) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (dept_id) DO UPDATE SET parent_id = excluded.parent_id, ord = excluded.ord, is_deleted = 0,
                   name = iif(excluded.name = '', name, excluded.name)
                 WHERE (parent_id, name, ord, is_deleted) IS NOT
                   (excluded.parent_id, iif(excluded.name = '', name, excluded.name), excluded.ord, 0)",
            )
            .and_then(|mut s| s.execute(params![dept.id, dept.parent, dept.name, dept.ord]))
            .doing(DOING)?;
        counts.rows += 1;
        counts.changed += changed as u64;
    }
    Ok(counts)
}

/// Marks a department as gone. False when it was, or is not known.
pub fn dissolve(conn: &Connection, dept: &str) -> Result<bool, StoreError> {
    let changed = conn
        .execute(
            "UPDATE department SET is_deleted = 1 WHERE dept_id = CAST(?1 AS INTEGER) AND is_deleted = 0",
            [dept],
        )
        .doing(DOING)?;
    Ok(changed > 0)
}

/// Writes a member; a move is a new row of the history from today on.
pub fn put_member(conn: &Connection, member: &Member, when: When) -> Result<Counts, StoreError> {
    let left_at = (member.status == Some(5)).then_some(when.now);
    let changed = conn
        .prepare_cached(
            "INSERT INTO staff (userid, name, wecom_status, main_dept_id, is_follow_user, left_at) VALUES (?1, ?2, ?3, ?4, 0, ?5)
             ON CONFLICT (userid) DO UPDATE SET name = iif(excluded.name = '', name, excluded.name),
               wecom_status = excluded.wecom_status, main_dept_id = coalesce(excluded.main_dept_id, main_dept_id),
               left_at = iif(excluded.left_at IS NULL, NULL, coalesce(left_at, excluded.left_at))
             WHERE (name, wecom_status, main_dept_id, left_at IS NULL) IS NOT
               (iif(excluded.name = '', name, excluded.name), excluded.wecom_status,
                coalesce(excluded.main_dept_id, main_dept_id), excluded.left_at IS NULL)",
        )
        .and_then(|mut s| s.execute(params![member.id, member.name, member.status, member.main_dept, left_at]))
        .doing(DOING)?;
    if let Some(dept) = member.main_dept {
        moved(conn, &member.id, dept, &when.date(when.now))?;
    }
    Ok(Counts {
        rows: 1,
        changed: changed as u64,
        ..Counts::default()
    })
}

fn moved(conn: &Connection, userid: &str, dept: i64, today: &str) -> Result<(), StoreError> {
    let open: Option<i64> = conn
        .prepare_cached(
            "SELECT dept_id FROM staff_dept_history WHERE userid = ?1 AND valid_to IS NULL ORDER BY valid_from DESC LIMIT 1",
        )
        .and_then(|mut s| s.query_row([userid], |row| row.get(0)).optional())
        .doing(DOING)?;
    if open == Some(dept) {
        return Ok(());
    }
    conn.execute(
        "UPDATE staff_dept_history SET valid_to = ?2 WHERE userid = ?1 AND valid_to IS NULL",
        [userid, today],
    )
    .and_then(|_| {
        conn.execute(
            "INSERT INTO staff_dept_history (userid, dept_id, valid_from) VALUES (?1, ?2, ?3)
             ON CONFLICT (userid, dept_id, valid_from) DO UPDATE SET valid_to = NULL",
            params![userid, dept, today],
        )
    })
    .doing(DOING)?;
    Ok(())
}

/// Says who serves customers. Members nobody knows yet get a row under their id.
pub fn put_follow_users(conn: &Connection, members: &[String]) -> Result<Counts, StoreError> {
    let mut changed = 0;
    for id in members {
        changed += conn
            .prepare_cached(
                "INSERT INTO staff (userid, name, is_follow_user) VALUES (?1, ?1, 1)
                 ON CONFLICT (userid) DO UPDATE SET is_follow_user = 1 WHERE is_follow_user = 0",
            )
            .and_then(|mut s| s.execute([id]))
            .doing(DOING)?;
    }
    let ids = serde_json::to_string(members).unwrap_or_default();
    changed += conn
        .execute(
            "UPDATE staff SET is_follow_user = 0 WHERE is_follow_user = 1 AND userid NOT IN (SELECT value FROM json_each(?1))",
            [ids],
        )
        .doing(DOING)?;
    Ok(Counts {
        rows: members.len() as u64,
        changed: changed as u64,
        ..Counts::default()
    })
}

/// How many of those who served customers at the last sync do not any more, and how many there were. Before the first
/// sync nobody knows.
pub fn no_longer_serving(conn: &Connection, members: &[String]) -> Result<(u64, u64), StoreError> {
    let ids = serde_json::to_string(members).unwrap_or_default();
    let counted: (i64, i64) = conn
        .query_row(
            "SELECT coalesce(sum(userid NOT IN (SELECT value FROM json_each(?1))), 0), count(*) FROM staff
             WHERE is_follow_user = 1 AND left_at IS NULL
               AND EXISTS (SELECT 1 FROM sync_run WHERE source = 'wecom:org' AND ok = 1)",
            [ids],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .doing(DOING)?;
    Ok((counted.0.unsigned_abs(), counted.1.unsigned_abs()))
}

/// Live staff the server gave a status once and does not list any more, and how many live ones there are.
pub fn missing(
    conn: &Connection,
    listed: &BTreeSet<String>,
) -> Result<(Vec<String>, u64), StoreError> {
    let mut statement = conn
        .prepare("SELECT userid FROM staff WHERE left_at IS NULL AND wecom_status IS NOT NULL")
        .doing(DOING)?;
    let live: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .doing(DOING)?
        .collect::<rusqlite::Result<_>>()
        .doing(DOING)?;
    let all = live.len() as u64;
    Ok((
        live.into_iter().filter(|id| !listed.contains(id)).collect(),
        all,
    ))
}

/// Marks staff as having left.
pub fn left(conn: &Connection, gone: &[String], when: When) -> Result<(), StoreError> {
    for id in gone {
        conn.execute(
            "UPDATE staff SET left_at = ?2, wecom_status = 5 WHERE userid = ?1 AND left_at IS NULL",
            params![id, when.now],
        )
        .doing(DOING)?;
        conn.execute(
            "UPDATE staff_dept_history SET valid_to = ?2 WHERE userid = ?1 AND valid_to IS NULL",
            [id, &when.date(when.now)],
        )
        .doing(DOING)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dept(id: i64, parent: i64) -> Dept {
        Dept {
            id,
            parent: Some(parent),
            name: String::new(),
            ord: 0,
        }
    }

    #[test]
    fn a_circle_of_departments_is_opened_and_the_rest_stays() {
        let mut depts = vec![
            dept(1, 0),
            dept(2, 1),
            dept(3, 4),
            dept(4, 3),
            dept(5, 4),
            dept(6, 6),
        ];
        assert_eq!(straighten(&mut depts), 2);
        let parents: Vec<_> = depts.iter().map(|d| d.parent).collect();
        assert_eq!(parents, [Some(0), Some(1), None, Some(3), Some(4), None]);
    }
}
