//! Who gets the credit for a customer, now and before: `follow.is_owner` and `ownership_history`.

use rusqlite::{Connection, OptionalExtension, params};

use super::DOING;
use super::follow_events::Event;
use crate::store::{Doing, StoreError};

/// Gives a customer without an owner the oldest live relation as owner, and keeps the history of owners.
pub fn settle(conn: &Connection, customer: &str, at: i64, reason: &str) -> Result<(), StoreError> {
    let find = |sql: &str| -> Result<Option<String>, StoreError> {
        conn.prepare_cached(sql)
            .and_then(|mut s| s.query_row([customer], |row| row.get(0)).optional())
            .doing(DOING)
    };
    let mut owner = find("SELECT userid FROM follow WHERE external_userid = ?1 AND is_owner = 1")?;
    if owner.is_none() {
        owner = find(
            "SELECT userid FROM follow WHERE external_userid = ?1 AND status = 'active' ORDER BY added_at, userid LIMIT 1",
        )?;
        if let Some(owner) = &owner {
            conn.prepare_cached(
                "UPDATE follow SET is_owner = 1 WHERE userid = ?1 AND external_userid = ?2",
            )
            .and_then(|mut s| s.execute([owner.as_str(), customer]))
            .doing(DOING)?;
        }
    }
    let open = find(
        "SELECT userid FROM ownership_history WHERE external_userid = ?1 AND valid_to IS NULL",
    )?;
    if open == owner {
        return Ok(());
    }
    if open.is_some() {
        conn.prepare_cached(
            "UPDATE ownership_history SET valid_to = max(valid_from, ?2) WHERE external_userid = ?1 AND valid_to IS NULL",
        )
        .and_then(|mut s| s.execute(params![customer, at]))
        .doing(DOING)?;
    }
    if let Some(owner) = owner {
        conn.prepare_cached(
            "INSERT INTO ownership_history (external_userid, userid, valid_from, reason) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (external_userid, valid_from) DO UPDATE SET userid = excluded.userid, valid_to = NULL, reason = excluded.reason",
        )
        .and_then(|mut s| s.execute(params![customer, owner, at, reason]))
        .doing(DOING)?;
    }
    Ok(())
}

/// Makes a staff the owner, taking it from another.
pub fn give_to(
    conn: &Connection,
    customer: &str,
    userid: &str,
    at: i64,
    reason: &str,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE follow SET is_owner = 0 WHERE external_userid = ?1 AND is_owner = 1 AND userid <> ?2",
        [customer, userid],
    )
    .and_then(|_| {
        conn.execute(
            "UPDATE follow SET is_owner = 1 WHERE external_userid = ?1 AND userid = ?2 AND status = 'active' AND is_owner = 0",
            [customer, userid],
        )
    })
    .doing(DOING)?;
    settle(conn, customer, at, reason)?;
    // A sync may have given the credit there before it knew why.
    conn.execute(
        "UPDATE ownership_history SET reason = ?4 WHERE external_userid = ?1 AND userid = ?2 AND valid_from = ?3
           AND reason IS NOT ?4",
        params![customer, userid, at, reason],
    )
    .doing(DOING)?;
    Ok(())
}

/// The credit that went over at `ended` went over at the moment of the event.
pub fn redate(conn: &Connection, what: Event<'_>, ended: i64) -> Result<(), StoreError> {
    let moved = conn
        .execute(
            "UPDATE ownership_history SET valid_to = ?3 WHERE external_userid = ?1 AND userid = ?2 AND valid_to = ?4
               AND valid_from <= ?3",
            params![what.customer, what.userid, what.at, ended],
        )
        .doing(DOING)?;
    if moved > 0 {
        conn.execute(
            "UPDATE OR IGNORE ownership_history SET valid_from = ?2 WHERE external_userid = ?1 AND valid_from = ?3",
            params![what.customer, what.at, ended],
        )
        .doing(DOING)?;
    }
    Ok(())
}
