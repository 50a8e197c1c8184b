//! Who a customer belongs to: the one relation that gets the credit, and the history of it.
//!
//! Only somebody who follows the customer can own them. Orders already paid keep whom they were credited to; those that come
//! go to the owner of their moment. A sync leaves an owner who still follows the customer as they are. Who does not any more
//! passes the customer on to somebody who does: see [`pass_on`].

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use super::differences::Differences;
use super::edit::listed;
use super::edit::order::{Made, Order};
use super::error::{Doing, StoreError};
use super::named::{Named, named};
use super::relation::DOING;
use crate::domain::{CustomerId, SafeText, StaffId, sentence};

/// A member of staff `s` by name, in SQL: with the id behind it where another has the same name, and what else to say where
/// there is no such row. Who else is called so is found by `ix_staff_name`: it is asked for every row that is shown.
macro_rules! staff_called {
    ($otherwise:literal) => {
        concat!(
            "CASE WHEN EXISTS (SELECT 1 FROM staff n WHERE n.name = s.name AND n.userid <> s.userid)
             THEN s.name || '(' || s.userid || ')' ELSE coalesce(s.name, ",
            $otherwise,
            ") END"
        )
    };
}
pub(super) use staff_called;

/// Why somebody owns a customer whom the operator gave them.
const BY_HAND: &str = "local";
/// The same of one that a file of relations gave them.
const BY_FILE: &str = "import";
/// Customers named at most in a refusal.
const NAMED: usize = 5;

/// Staff of an id or an exact name.
pub fn staff_named(conn: &Connection, wanted: &str) -> Result<Vec<Named>, StoreError> {
    let sql = "SELECT userid, name FROM staff WHERE userid = ?1 OR name = ?1 ORDER BY userid";
    named(conn, sql, wanted)
}

/// Staff who own customers: what a mistyped one may have meant.
pub fn owners(conn: &Connection) -> Result<Vec<Named>, StoreError> {
    let sql = "SELECT userid, name FROM staff WHERE is_follow_user = 1 AND left_at IS NULL AND ?1 = ?1 ORDER BY name LIMIT 5000";
    named(conn, sql, "")
}

/// Staff to whom all of these customers could be given: they follow every one of them.
pub fn owners_of(conn: &Connection, customers: &[CustomerId]) -> Result<Vec<Named>, StoreError> {
    let sql = "SELECT s.userid, s.name FROM staff s
         JOIN (SELECT userid, count(*) AS n FROM follow
           WHERE status = 'active' AND external_userid IN (SELECT value FROM json_each(?1)) GROUP BY userid) AS f USING (userid)
         WHERE f.n = json_array_length(?1) AND s.left_at IS NULL ORDER BY s.name, s.userid";
    named(conn, sql, &listed(customers))
}

/// Gives customers to a member of staff; refused whole when one of them is not followed by them.
pub(super) fn own_all(
    conn: &Connection,
    staff: &StaffId,
    order: Order<'_>,
) -> Result<Made, StoreError> {
    let name = staff_named(conn, staff.as_str())?
        .into_iter()
        .find(|one| one.id == staff.as_str())
        .map(|one| one.name)
        .ok_or_else(|| {
            StoreError::refused(
                sentence!(
                    "这位员工已不在库中",
                    "this member of staff is not there any more",
                ),
                sentence!("请再看一次", "look again"),
            )
        })?;
    let mut follows = conn
        .prepare_cached(
            "SELECT 1 FROM follow WHERE userid = ?1 AND external_userid = ?2 AND status = 'active'",
        )
        .doing(DOING)?;
    let (mut rows, mut strangers) = (Vec::new(), Vec::new());
    for customer in order.customers {
        let customer = customer.as_str();
        let was = owner_of(conn, customer)?;
        if was.as_deref() == Some(staff.as_str()) {
            continue;
        }
        if !follows.exists([staff.as_str(), customer]).doing(DOING)? {
            strangers.push(customer);
            continue;
        }
        put_owner(conn, customer, Some(staff.as_str()), (order.at, BY_HAND))?;
        rows.push(json!([customer, was, staff.as_str()]));
    }
    if !strangers.is_empty() {
        return Err(not_followed(&name, &strangers));
    }
    Ok(Made {
        changed: rows.len() as u64,
        name,
        before: json!({ "v": 1, "owners": rows }),
    })
}

fn not_followed(name: &SafeText, strangers: &[&str]) -> StoreError {
    let some: Vec<&str> = strangers.iter().take(NAMED).copied().collect();
    let more = if strangers.len() > NAMED { ", …" } else { "" };
    let (n, some) = (strangers.len(), some.join(", "));
    StoreError::refused(
        sentence!(
            "{name} 没有加 {n} 位客户的好友: {some}{more}",
            "{name} does not follow {n} of these customers: {some}{more}",
        ),
        sentence!(
            "先在企业微信里转交, 或去掉他们; 没有写入",
            "hand them over in WeCom first, or leave them out; nothing was written",
        ),
    )
}

/// Who owns a customer.
fn owner_of(conn: &Connection, customer: &str) -> Result<Option<String>, StoreError> {
    conn.prepare_cached("SELECT userid FROM follow WHERE external_userid = ?1 AND is_owner = 1")
        .and_then(|mut s| s.query_row([customer], |row| row.get(0)).optional())
        .doing(DOING)
}

/// Makes somebody the owner, or nobody; false when they have no relation to the customer.
fn put_owner(
    conn: &Connection,
    customer: &str,
    staff: Option<&str>,
    (at, reason): (i64, &str),
) -> Result<bool, StoreError> {
    let was = owner_of(conn, customer)?;
    begin_history(conn, (customer, was.as_deref()), at)?;
    run(
        conn,
        "UPDATE follow SET is_owner = 0 WHERE external_userid = ?1 AND is_owner = 1",
        params![customer],
    )?;
    if let Some(staff) = staff {
        let sql = "UPDATE follow SET is_owner = 1 WHERE userid = ?1 AND external_userid = ?2";
        if run(conn, sql, params![staff, customer])? == 0 {
            return Ok(false);
        }
    }
    go_on(conn, (customer, staff), (at, reason))?;
    Ok(true)
}

fn run(conn: &Connection, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<usize, StoreError> {
    conn.prepare_cached(sql)
        .and_then(|mut s| s.execute(values))
        .doing(DOING)
}

/// A history that begins with a change at an instant says whose the customer was before.
fn begin_history(
    conn: &Connection,
    (customer, was): (&str, Option<&str>),
    at: i64,
) -> Result<(), StoreError> {
    run(
        conn,
        "INSERT INTO ownership_history (external_userid, userid, valid_from)
         SELECT external_userid, userid, added_at FROM follow WHERE external_userid = ?1 AND userid = ?3 AND added_at < ?2
           AND NOT EXISTS (SELECT 1 FROM ownership_history h WHERE h.external_userid = ?1)",
        params![customer, at, was],
    )
    .map(drop)
}

/// The history goes on with somebody, or with nobody, from an instant.
fn go_on(
    conn: &Connection,
    (customer, staff): (&str, Option<&str>),
    (at, reason): (i64, &str),
) -> Result<(), StoreError> {
    run(
        conn,
        "UPDATE ownership_history SET valid_to = max(valid_from, ?2) WHERE external_userid = ?1 AND valid_to IS NULL",
        params![customer, at],
    )?;
    if let Some(staff) = staff {
        run(
            conn,
            "INSERT INTO ownership_history (external_userid, userid, valid_from, reason) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (external_userid, valid_from) DO UPDATE SET userid = excluded.userid, valid_to = NULL, reason = excluded.reason",
            params![customer, staff, at, reason],
        )?;
    }
    Ok(())
}

/// Writes down that a customer who was somebody's `was`, or nobody's, is whose they are now, where that is another: a file
/// that says whose customers are moved the relations themselves.
pub fn note_move(
    conn: &Connection,
    (customer, was): (&str, Option<&str>),
    now: i64,
) -> Result<(), StoreError> {
    let is = owner_of(conn, customer)?;
    if is.as_deref() == was {
        return Ok(());
    }
    let at = since(conn, customer, (was, is.as_deref()), now)?;
    begin_history(conn, (customer, was), at)?;
    go_on(conn, (customer, is.as_deref()), (at, BY_FILE))
}

/// From when on a customer who was somebody's belongs to somebody else: from the end of the old relation, where it ended, else
/// from now on; never before the new one began, nor before the history says that the old one began.
fn since(
    conn: &Connection,
    customer: &str,
    (was, is): (Option<&str>, Option<&str>),
    now: i64,
) -> Result<i64, StoreError> {
    const SINCE: &str = "SELECT min(?4, max(
           coalesce((SELECT ended_at FROM follow WHERE userid = ?2 AND external_userid = ?1 AND status <> 'active'), ?4),
           coalesce((SELECT added_at FROM follow WHERE userid = ?3 AND external_userid = ?1), 0),
           coalesce((SELECT max(valid_from) FROM ownership_history WHERE external_userid = ?1 AND valid_to IS NULL), 0)))";
    conn.prepare_cached(SINCE)
        .and_then(|mut s| s.query_row(params![customer, was, is, now], |row| row.get(0)))
        .doing(DOING)
}

/// Passes a customer on whose owner `from` does not follow them any more: what was handed over goes to the relation that is
/// newest, what ended otherwise or is not there at all to the oldest, as a sync has it. Nobody owns a customer before they
/// follow them. Nothing moves where nobody else follows the customer, or an owner who does stands already; `stands` leaves
/// any other owner alone too. `true` when it moved.
pub fn pass_on(
    conn: &Connection,
    (customer, from): (&str, &str),
    stands: bool,
    now: i64,
) -> Result<bool, StoreError> {
    const HEIR: &str = "SELECT f.userid FROM follow f LEFT JOIN follow l ON l.userid = ?2 AND l.external_userid = ?1
         WHERE f.external_userid = ?1 AND f.status = 'active' AND l.status IS NOT 'active'
           AND NOT EXISTS (SELECT 1 FROM follow o WHERE o.external_userid = ?1 AND o.is_owner = 1 AND (?3 OR o.status = 'active'))
         ORDER BY CASE l.status WHEN 'transferred' THEN -f.added_at ELSE f.added_at END, f.userid LIMIT 1";
    let heir: Option<String> = conn
        .prepare_cached(HEIR)
        .and_then(|mut s| {
            s.query_row(params![customer, from, stands], |row| row.get(0))
                .optional()
        })
        .doing(DOING)?;
    let Some(heir) = heir else {
        return Ok(false);
    };
    let at = since(conn, customer, (Some(from), Some(&heir)), now)?;
    put_owner(conn, customer, Some(&heir), (at, BY_FILE))
}

/// A customer, whose they were and whose they are.
pub(super) type Owned = (String, Option<String>, Option<String>);

/// Turns owners round. What the journal keeps of it.
pub(super) fn turn_owners(
    conn: &Connection,
    owners: &[Owned],
    at: i64,
    differs: &mut Differences,
) -> Result<String, StoreError> {
    let mut again = Vec::with_capacity(owners.len());
    for (customer, was, is) in owners {
        if owner_of(conn, customer)? != *is
            || !put_owner(conn, customer, was.as_deref(), (at, BY_HAND))?
        {
            differs.add(|| {
                sentence!(
                    "{customer}: 后来归了别人, 或好友关系已不在",
                    "{customer}: belongs to somebody else since, or the relation is gone",
                )
            });
            continue;
        }
        again.push(json!([customer, is, was]));
    }
    Ok(json!({ "v": 1, "owners": again }).to_string())
}

#[cfg(test)]
mod tests {
    use crate::store::plan::{fresh, steps};

    #[test]
    fn namesakes_are_found_by_name() {
        let (_folder, conn) = fresh();
        let sql = concat!(
            "SELECT ",
            staff_called!("''"),
            " FROM staff s WHERE userid = ?1"
        );
        let by_name = "SEARCH n USING COVERING INDEX ix_staff_name (name=?)";
        let steps = steps(&conn, sql);
        assert!(steps.iter().any(|step| step == by_name), "{steps:?}");
    }
}
