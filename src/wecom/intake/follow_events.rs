//! What happened between a member of staff and a customer, each event once.

use rusqlite::{Connection, params};

use super::{DOING, When, dedup};
use crate::store::{Doing, StoreError};

/// An event of a relation.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Staff.
    pub userid: &'a str,
    /// Customer.
    pub customer: &'a str,
    /// When, unix seconds.
    pub at: i64,
    /// `callback` or `diff`.
    pub source: &'a str,
    /// Anything more.
    pub detail: Option<&'a str>,
}

/// Notes an event once.
pub fn event(
    conn: &Connection,
    kind: &str,
    event: Event<'_>,
    when: When,
) -> Result<bool, StoreError> {
    let at = event.at.to_string();
    let noted = conn
        .prepare_cached(
            "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, detail, dedup_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (dedup_key) DO NOTHING",
        )
        .and_then(|mut s| {
            s.execute(params![
                when.date(event.at),
                event.at,
                event.userid,
                event.customer,
                kind,
                event.source,
                event.detail,
                dedup(&[kind, event.userid, event.customer, &at])
            ])
        })
        .doing(DOING)?;
    Ok(noted > 0)
}
