//! What happened to a group, and who came and went, each event once.

use rusqlite::{Connection, params};

use super::{DOING, When, dedup};
use crate::store::{Doing, StoreError};

/// An event of a group.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The group.
    pub chat: &'a str,
    /// Who came or went.
    pub member: Option<&'a str>,
    /// When, unix seconds.
    pub at: i64,
    /// The new name, owner or notice.
    pub detail: Option<&'a str>,
}

impl<'a> Event<'a> {
    /// Of the group itself.
    pub fn of(chat: &'a str, at: i64) -> Self {
        Self {
            chat,
            member: None,
            at,
            detail: None,
        }
    }
}

/// Notes an event of a group once.
pub fn event(
    conn: &Connection,
    kind: &str,
    what: Event<'_>,
    when: When,
) -> Result<bool, StoreError> {
    let Event {
        chat,
        member,
        at,
        detail,
    } = what;
    let key = dedup(&[kind, chat, member.unwrap_or(""), &at.to_string()]);
    let noted = conn
        .prepare_cached(
            "INSERT INTO group_event (biz_date, occurred_at, chat_id, kind, member_id, detail, dedup_key)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (dedup_key) DO NOTHING",
        )
        .and_then(|mut s| s.execute(params![when.date(at), at, chat, kind, member, detail, key]))
        .doing(DOING)?;
    Ok(noted > 0)
}
