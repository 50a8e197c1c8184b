//! How a follow relation ends: told by a callback, or found by a sync.

use rusqlite::{Connection, OptionalExtension, params};

use super::follow_events::{Event, event};
use super::{DOING, When, dedup, owner};
use crate::store::{Doing, StoreError};

/// Why a relation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The staff deleted the customer.
    ByStaff,
    /// The customer deleted the staff.
    ByCustomer,
    /// Handed over to another.
    Transferred,
    /// Nobody says why.
    Vanished,
}

impl End {
    /// `follow.status` and `follow_event.kind`.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::ByStaff => ("deleted_by_staff", "del_by_staff"),
            Self::ByCustomer => ("deleted_by_customer", "del_by_customer"),
            Self::Transferred => ("transferred", "transfer_out"),
            Self::Vanished => ("unknown_gone", "vanished"),
        }
    }
}

/// Ends a live relation: its state, its event and who gets the credit from now on. False when it was not live.
pub fn end(conn: &Connection, why: End, what: Event<'_>, when: When) -> Result<bool, StoreError> {
    let (status, kind) = why.words();
    let ended = conn
        .prepare_cached(
            "UPDATE follow SET status = ?3, ended_at = ?4, is_owner = 0
             WHERE userid = ?1 AND external_userid = ?2 AND status = 'active' AND added_at <= ?4",
        )
        .and_then(|mut s| s.execute(params![what.userid, what.customer, status, what.at]))
        .doing(DOING)?;
    if ended == 0 {
        return Ok(false);
    }
    event(conn, kind, what, when)?;
    owner::settle(conn, what.customer, what.at, kind)?;
    Ok(true)
}

/// Notes that a customer was taken over, once, in the place of an add of that moment.
pub fn taken_over(conn: &Connection, what: Event<'_>, when: When) -> Result<(), StoreError> {
    let known = "SELECT 1 FROM follow_event WHERE external_userid = ?2 AND userid = ?1 AND kind = 'transfer_in'
        AND occurred_at BETWEEN ?3 - 600 AND ?3 + 600";
    let is_known = !retell_add(conn, what, when)?
        && conn
            .prepare_cached(known)
            .and_then(|mut s| s.exists(params![what.userid, what.customer, what.at]))
            .doing(DOING)?;
    if !is_known {
        event(conn, "transfer_in", what, when)?;
    }
    Ok(())
}

/// Makes the add that a callback or a sync told of a relation the taking over that it was. False when there is none.
pub fn retell_add(conn: &Connection, what: Event<'_>, when: When) -> Result<bool, StoreError> {
    let gone = conn
        .prepare_cached(
            "DELETE FROM follow_event WHERE event_id IN
               (SELECT event_id FROM follow_event WHERE external_userid = ?2 AND userid = ?1 AND kind = 'add'
                  AND occurred_at BETWEEN ?3 - 600 AND ?3 + 600)",
        )
        .and_then(|mut s| s.execute(params![what.userid, what.customer, what.at]))
        .doing(DOING)?;
    if gone > 0 {
        event(conn, "transfer_in", what, when)?;
    }
    Ok(gone > 0)
}

/// Makes the end that a sync found by itself the one that is told later: its moment, its reason, told once. False when
/// there is none.
pub fn retell(
    conn: &Connection,
    why: End,
    what: Event<'_>,
    when: When,
) -> Result<bool, StoreError> {
    let (status, kind) = why.words();
    // A hand-over ends the old relation, which a callback tells as a deletion of about that moment.
    let early = if why == End::Transferred { 600 } else { 0 };
    let at = what.at.to_string();
    let key = dedup(&[kind, what.userid, what.customer, &at]);
    let found: Option<i64> = conn
        .query_row(
            "UPDATE follow_event SET kind = ?4, source = ?5, dedup_key = ?6, biz_date = ?7, occurred_at = ?3 WHERE event_id =
               (SELECT event_id FROM follow_event e WHERE e.external_userid = ?2 AND e.userid = ?1 AND e.occurred_at >= ?3 - ?8
                  AND (e.source = 'diff' OR ?8 > 0) AND e.kind IN ('del_by_staff', 'vanished')
                  AND NOT EXISTS (SELECT 1 FROM follow_event a WHERE a.external_userid = ?2 AND a.userid = ?1 AND a.kind = 'add'
                    AND a.occurred_at > ?3 AND a.occurred_at <= e.occurred_at)
                ORDER BY e.occurred_at LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM follow_event WHERE dedup_key = ?6)
             RETURNING (SELECT ended_at FROM follow f WHERE f.userid = ?1 AND f.external_userid = ?2)",
            params![what.userid, what.customer, what.at, kind, what.source, key, when.date(what.at), early],
            |row| row.get::<_, Option<i64>>(0),
        )
        .optional()
        .doing(DOING)?
        .flatten();
    let Some(ended) = found else { return Ok(false) };
    conn.execute(
        "UPDATE follow SET status = ?3, ended_at = ?4 WHERE userid = ?1 AND external_userid = ?2
           AND status IN ('deleted_by_staff', 'unknown_gone') AND ended_at >= ?4 - ?5",
        params![what.userid, what.customer, status, what.at, early],
    )
    .doing(DOING)?;
    owner::redate(conn, what, ended)?;
    Ok(true)
}
