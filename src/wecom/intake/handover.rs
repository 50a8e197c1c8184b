//! Hand-overs: customers nobody has taken over, and what became of those that were handed on.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::ends::{self, End};
use super::follow_events::{self, Event};
use super::owner;
use super::{Counts, DOING, When};
use crate::store::{Doing, StoreError};

/// A customer of somebody who left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Who left.
    pub handover: String,
    /// The customer.
    pub customer: String,
    /// When they left, unix seconds.
    pub left_at: i64,
}

/// What became of one customer of a hand-over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The customer.
    pub customer: String,
    /// 1 done, 2 waiting, 3 refused, 4 taker at limit, 5 none.
    pub status: i64,
    /// When it was taken over.
    pub at: Option<i64>,
}

/// Who hands over to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Who had the customers.
    pub from: String,
    /// Who takes them.
    pub to: String,
    /// The first has left the company.
    pub resigned: bool,
}

/// Writes a customer of somebody who left.
pub fn put_orphan(conn: &Connection, orphan: &Orphan) -> Result<Counts, StoreError> {
    let new = conn
        .prepare_cached(
            "INSERT INTO unassigned (handover_userid, external_userid, dimission_time) VALUES (?1, ?2, ?3)
             ON CONFLICT (handover_userid, external_userid) DO UPDATE SET dimission_time = excluded.dimission_time
             WHERE dimission_time <> excluded.dimission_time",
        )
        .and_then(|mut s| s.execute(params![orphan.handover, orphan.customer, orphan.left_at]))
        .doing(DOING)?;
    Ok(Counts {
        rows: 1,
        changed: new as u64,
        ..Counts::default()
    })
}

/// Takes away those that the server does not list any more: somebody has them now.
pub fn keep_orphans(
    conn: &Connection,
    listed: &BTreeSet<(String, String)>,
) -> Result<u64, StoreError> {
    let mut statement = conn
        .prepare("SELECT handover_userid, external_userid FROM unassigned")
        .doing(DOING)?;
    let here: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .doing(DOING)?
        .collect::<rusqlite::Result<_>>()
        .doing(DOING)?;
    let mut gone = 0;
    for pair in here.iter().filter(|pair| !listed.contains(*pair)) {
        conn.execute(
            "DELETE FROM unassigned WHERE handover_userid = ?1 AND external_userid = ?2",
            [&pair.0, &pair.1],
        )
        .doing(DOING)?;
        gone += 1;
    }
    Ok(gone)
}

/// The pairs worth asking after: hand-overs that wait, and customers assigned by an administrator in the last 90 days who
/// had somebody else before.
pub fn pairs(conn: &Connection, now: i64) -> Result<BTreeSet<Pair>, StoreError> {
    let mut statement = conn
        .prepare(
            "SELECT h.handover_userid, h.takeover_userid, EXISTS (SELECT 1 FROM staff s WHERE s.userid = h.handover_userid AND s.left_at IS NOT NULL)
               FROM handover h WHERE h.kind IN ('on_job_customer', 'resigned_customer') AND coalesce(h.status, 2) = 2
             UNION
             SELECT old.userid, new.userid, EXISTS (SELECT 1 FROM staff s WHERE s.userid = old.userid AND s.left_at IS NOT NULL)
               FROM follow new JOIN follow old ON old.external_userid = new.external_userid AND old.userid <> new.userid
                 AND old.added_at <= new.added_at
               WHERE new.add_way = 202 AND new.added_at > ?1 - 90 * 86400",
        )
        .doing(DOING)?;
    statement
        .query_map([now], |row| {
            Ok(Pair {
                from: row.get(0)?,
                to: row.get(1)?,
                resigned: row.get(2)?,
            })
        })
        .doing(DOING)?
        .collect::<rusqlite::Result<_>>()
        .doing(DOING)
}

/// Writes what became of a hand-over; one that is done moves the relation and the credit.
pub fn put_outcome(
    conn: &Connection,
    pair: &Pair,
    outcome: &Outcome,
    when: When,
) -> Result<Counts, StoreError> {
    let kind = if pair.resigned {
        "resigned_customer"
    } else {
        "on_job_customer"
    };
    let at = outcome.at;
    let known: Option<(i64, Option<i64>, Option<i64>)> = conn
        .prepare_cached(
            "SELECT handover_id, status, takeover_time FROM handover
             WHERE kind = ?1 AND handover_userid = ?2 AND takeover_userid = ?3 AND target_id = ?4
             ORDER BY requested_at DESC, handover_id DESC LIMIT 1",
        )
        .and_then(|mut s| {
            s.query_row(params![kind, pair.from, pair.to, outcome.customer], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
        })
        .doing(DOING)?;
    let mut counts = Counts {
        rows: 1,
        ..Counts::default()
    };
    match known {
        Some((_, status, time)) if status == Some(outcome.status) && time == at => {
            // An earlier version told the taking over as an add as well.
            if let (1, Some(at)) = (outcome.status, at) {
                ends::retell_add(conn, event_of(&pair.to, &outcome.customer, at), when)?;
            }
            return Ok(counts);
        }
        Some((id, status, _)) if status.is_none_or(|s| s == 2) => {
            conn.execute(
                "UPDATE handover SET status = ?2, takeover_time = ?3 WHERE handover_id = ?1",
                params![id, outcome.status, at],
            )
            .doing(DOING)?;
            counts.changed = 1;
        }
        Some(_) | None => {
            conn.execute(
                "INSERT INTO handover (kind, handover_userid, takeover_userid, target_id, requested_at, status, takeover_time)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
                params![kind, pair.from, pair.to, outcome.customer, at.unwrap_or(when.now), outcome.status, at],
            )
            .doing(DOING)?;
            counts.new = 1;
        }
    }
    if let (1, Some(at)) = (outcome.status, at) {
        hand_over(conn, pair, &outcome.customer, at, when)?;
    }
    Ok(counts)
}

/// Something that a sync finds.
fn event_of<'a>(userid: &'a str, customer: &'a str, at: i64) -> Event<'a> {
    Event {
        userid,
        customer,
        at,
        source: "diff",
        detail: None,
    }
}

fn hand_over(
    conn: &Connection,
    pair: &Pair,
    customer: &str,
    at: i64,
    when: When,
) -> Result<(), StoreError> {
    let event = |userid| event_of(userid, customer, at);
    // A sync may have found it ended before, without knowing why; a callback may say only that it was deleted.
    let retold = ends::retell(conn, End::Transferred, event(&pair.from), when)?;
    let ended = !retold && ends::end(conn, End::Transferred, event(&pair.from), when)?;
    if !retold && !ended {
        conn.execute(
            "UPDATE follow SET status = 'transferred' WHERE userid = ?1 AND external_userid = ?2
               AND status IN ('deleted_by_staff', 'unknown_gone') AND ended_at >= ?3 - 86400",
            params![pair.from, customer, at],
        )
        .doing(DOING)?;
        follow_events::event(conn, "transfer_out", event(&pair.from), when)?;
    }
    ends::taken_over(conn, event(&pair.to), when)?;
    owner::give_to(conn, customer, &pair.to, at, "transfer")
}
