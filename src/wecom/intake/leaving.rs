//! Who leaves a group: found by a sync, or told by a callback.

use rusqlite::{Connection, OptionalExtension, params};

use super::group_events::{Event, event};
use super::{DOING, When, dedup};
use crate::store::{Doing, StoreError};

/// Somebody who is here and whom the server does not list any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quit {
    /// The group.
    pub chat: String,
    /// Who.
    pub member: String,
    /// When they had come, unix seconds.
    pub join_at: i64,
}

/// Notes that somebody is gone. `scene`: 0 left by self, 1 removed, `None` unknown.
pub fn quit(
    conn: &Connection,
    gone: &Quit,
    at: i64,
    scene: Option<i64>,
    when: When,
) -> Result<bool, StoreError> {
    let changed = conn
        .prepare_cached(
            "UPDATE group_member SET quit_at = ?4, quit_scene = ?5
             WHERE chat_id = ?1 AND member_id = ?2 AND join_at = ?3 AND quit_at IS NULL",
        )
        .and_then(|mut s| s.execute(params![gone.chat, gone.member, gone.join_at, at, scene]))
        .doing(DOING)?;
    if changed > 0 {
        let kind = if scene == Some(1) { "kick" } else { "quit" };
        let what = Event {
            member: Some(&gone.member),
            ..Event::of(&gone.chat, at)
        };
        event(conn, kind, what, when)?;
    }
    Ok(changed > 0)
}

/// Gives a leaving that a sync found by itself the moment and the scene that a callback tells late. False when there is
/// none.
pub fn requit(
    conn: &Connection,
    (chat, member): (&str, &str),
    at: i64,
    scene: Option<i64>,
    when: When,
) -> Result<bool, StoreError> {
    let found: Option<(i64, i64)> = conn
        .query_row(
            "SELECT join_at, quit_at FROM group_member WHERE chat_id = ?1 AND member_id = ?2 AND join_at <= ?3
               AND quit_at > ?3 AND quit_scene IS NULL ORDER BY quit_at LIMIT 1",
            params![chat, member, at],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?;
    let Some((join_at, quit_at)) = found else {
        return Ok(false);
    };
    let kind = if scene == Some(1) { "kick" } else { "quit" };
    let key = |kind: &str, at: i64| dedup(&[kind, chat, member, &at.to_string()]);
    conn.execute(
        "UPDATE group_member SET quit_at = ?4, quit_scene = ?5 WHERE chat_id = ?1 AND member_id = ?2 AND join_at = ?3",
        params![chat, member, join_at, at, scene],
    )
    .and_then(|_| {
        conn.execute(
            "UPDATE OR IGNORE group_event SET kind = ?2, biz_date = ?3, occurred_at = ?4, dedup_key = ?5 WHERE dedup_key = ?1",
            params![key("quit", quit_at), kind, when.date(at), at, key(kind, at)],
        )
    })
    .doing(DOING)?;
    Ok(true)
}
