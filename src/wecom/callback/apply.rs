//! One event into the tables.

use rusqlite::{Connection, OptionalExtension, params};

use super::xml::{Words, is_id};
use crate::store::{Doing, StoreError};
use crate::wecom::intake::contacts;
use crate::wecom::intake::ends::{self, End};
use crate::wecom::intake::follow_events::{self, Event};
use crate::wecom::intake::group_events;
use crate::wecom::intake::{DOING, When, groups, leaving, owner};

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It changed something.
    Done,
    /// It was known already.
    Known,
    /// It speaks of things that the next sync brings.
    Later,
    /// It is none of ours.
    Foreign,
}

impl Applied {
    /// One word for the log.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "applied",
            Self::Known => "known already",
            Self::Later => "left to the next sync",
            Self::Foreign => "not of interest",
        }
    }
}

fn changed(something: bool) -> Applied {
    if something {
        Applied::Done
    } else {
        Applied::Known
    }
}

/// Applies an event inside the caller's transaction.
pub(super) fn apply(conn: &Connection, words: &Words, when: When) -> Result<Applied, StoreError> {
    // A clock that runs ahead of ours does not make tomorrow's events.
    let at = words
        .int("CreateTime")
        .filter(|at| (946_684_800..when.now + 86_400).contains(at));
    let (Some(at), Some(event)) = (at, words.get("Event")) else {
        return Ok(Applied::Foreign);
    };
    let change = words.get("ChangeType").unwrap_or("");
    match event {
        "change_external_contact" => contact(conn, words, change, at, when),
        "change_external_chat" => match words.id("ChatId") {
            Some(chat) => group(conn, words, (chat, change), at, when),
            None => Ok(Applied::Foreign),
        },
        "change_external_tag" => tag(conn, words, change),
        _ => Ok(Applied::Foreign),
    }
}

fn contact(
    conn: &Connection,
    words: &Words,
    change: &str,
    at: i64,
    when: When,
) -> Result<Applied, StoreError> {
    let (Some(userid), Some(customer)) = (words.id("UserID"), words.id("ExternalUserID")) else {
        return Ok(Applied::Foreign);
    };
    let event = Event {
        userid,
        customer,
        at,
        source: "callback",
        detail: None,
    };
    match change {
        "add_external_contact" => add(conn, words, event, when).map(changed),
        "add_half_external_contact" => {
            let noted = follow_events::event(conn, "half_add", event, when)?;
            let added = add(conn, words, event, when)?;
            Ok(changed(noted || added))
        }
        // What was edited is not said: the next sync brings it.
        "edit_external_contact" => follow_events::event(conn, "edit", event, when).map(changed),
        "del_external_contact" => {
            let by_transfer = words.get("Source") == Some("DELETE_BY_TRANSFER");
            let why = if by_transfer {
                End::Transferred
            } else {
                End::ByStaff
            };
            end(conn, why, event, when)
        }
        "del_follow_user" => end(conn, End::ByCustomer, event, when),
        "transfer_fail" => {
            let reason = words.get("FailReason").unwrap_or("");
            let event = Event {
                detail: Some(reason).filter(|r| r.len() <= 128),
                ..event
            };
            let status = if reason == "customer_limit_exceed" {
                4
            } else {
                3
            };
            conn.execute(
                "UPDATE handover SET status = ?3 WHERE takeover_userid = ?1 AND target_id = ?2 AND coalesce(status, 2) = 2",
                params![userid, customer, status],
            )
            .doing(DOING)?;
            follow_events::event(conn, "transfer_fail", event, when).map(changed)
        }
        _ => Ok(Applied::Foreign),
    }
}

/// Ends a relation. Where a sync has found the end before, it gets this moment and reason; where the relation is newer
/// than the event, or unknown, only the event is noted.
fn end(conn: &Connection, why: End, event: Event<'_>, when: When) -> Result<Applied, StoreError> {
    if ends::end(conn, why, event, when)? || ends::retell(conn, why, event, when)? {
        return Ok(Applied::Done);
    }
    let kind = match why {
        End::ByStaff => "del_by_staff",
        End::ByCustomer => "del_by_customer",
        End::Transferred => "transfer_out",
        End::Vanished => "vanished",
    };
    follow_events::event(conn, kind, event, when).map(changed)
}

/// A new relation, with a customer of whom only the id is known yet.
fn add(conn: &Connection, words: &Words, event: Event<'_>, when: When) -> Result<bool, StoreError> {
    let Event {
        userid,
        customer,
        at,
        ..
    } = event;
    let state = words.get("State").filter(|state| state.len() <= 128);
    let before: Option<(String, i64, Option<i64>)> = conn
        .query_row(
            "SELECT status, added_at, ended_at FROM follow WHERE userid = ?1 AND external_userid = ?2",
            [userid, customer],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()
        .doing(DOING)?;
    let is_newer = match &before {
        None => true,
        Some((status, _, ended)) => status != "active" && ended.is_none_or(|ended| at > ended),
    };
    if !is_newer {
        return Ok(false);
    }
    conn.execute(
        "INSERT INTO customer (external_userid, first_added_at, synced_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![customer, at, when.now],
    )
    .and_then(|_| {
        conn.execute(
            "INSERT INTO follow (userid, external_userid, added_at, state, channel_id)
             VALUES (?1, ?2, ?3, ?4, (SELECT channel_id FROM channel WHERE state = ?4))
             ON CONFLICT (userid, external_userid) DO UPDATE SET status = 'active', ended_at = NULL, added_at = excluded.added_at,
               state = excluded.state, channel_id = coalesce(excluded.channel_id, channel_id)",
            params![userid, customer, at, state],
        )
    })
    .doing(DOING)?;
    contacts::added(conn, userid, customer, at, "callback", when)?;
    owner::settle(conn, customer, at, "add")?;
    // Its end may have come first.
    let ended: Option<(String, i64)> = conn
        .query_row(
            "SELECT kind, occurred_at FROM follow_event WHERE external_userid = ?1 AND userid = ?2 AND occurred_at >= ?3
               AND kind IN ('del_by_staff', 'del_by_customer', 'transfer_out') ORDER BY occurred_at LIMIT 1",
            params![customer, userid, at],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .doing(DOING)?;
    if let Some((kind, at)) = ended {
        let why = match kind.as_str() {
            "del_by_customer" => End::ByCustomer,
            "transfer_out" => End::Transferred,
            _ => End::ByStaff,
        };
        ends::end(conn, why, Event { at, ..event }, when)?;
    }
    Ok(true)
}

fn group(
    conn: &Connection,
    words: &Words,
    (chat, change): (&str, &str),
    at: i64,
    when: When,
) -> Result<Applied, StoreError> {
    let known: bool = conn
        .query_row(
            "SELECT EXISTS (SELECT 1 FROM group_chat WHERE chat_id = ?1)",
            [chat],
            |row| row.get(0),
        )
        .doing(DOING)?;
    match change {
        // Owner, name and members are not said.
        "create" => {
            let noted =
                group_events::event(conn, "create", group_events::Event::of(chat, at), when)?;
            Ok(if noted {
                Applied::Later
            } else {
                Applied::Known
            })
        }
        "dismiss" => groups::dissolve(conn, chat, at, when).map(changed),
        "update" if known => update(conn, words, chat, at, when),
        "update" => Ok(Applied::Later),
        _ => Ok(Applied::Foreign),
    }
}

fn update(
    conn: &Connection,
    words: &Words,
    chat: &str,
    at: i64,
    when: When,
) -> Result<Applied, StoreError> {
    let members = words.all("Item").iter().filter(|id| is_id(id));
    let mut moved = false;
    match words.get("UpdateDetail").unwrap_or("") {
        "add_member" => {
            for id in members {
                moved |= join(conn, words, (chat, id), at, when)?;
            }
        }
        "del_member" => {
            for id in members {
                moved |= leave(conn, words, (chat, id), at, when)?;
            }
        }
        kind @ ("change_owner" | "change_name" | "change_notice") => {
            let kind = kind.trim_start_matches("change_");
            moved = group_events::event(conn, kind, group_events::Event::of(chat, at), when)?;
        }
        _ => {}
    }
    // What was not said is asked for by the next sync, whatever version it finds.
    groups::keep_version(conn, chat, None)?;
    Ok(if moved { Applied::Done } else { Applied::Later })
}

fn join(
    conn: &Connection,
    words: &Words,
    (chat, member): (&str, &str),
    at: i64,
    when: When,
) -> Result<bool, StoreError> {
    // An id of WeCom's own people begins neither with wm nor with wo.
    let kind = if member.starts_with("wm") || member.starts_with("wo") {
        2
    } else {
        1
    };
    let joined = conn
        .execute(
            "INSERT INTO group_member (chat_id, member_id, join_at, type, join_scene)
             SELECT ?1, ?2, ?3, ?4, ?5 WHERE NOT EXISTS (SELECT 1 FROM group_member
               WHERE chat_id = ?1 AND member_id = ?2 AND (quit_at IS NULL OR quit_at >= ?3))
             ON CONFLICT DO NOTHING",
            params![chat, member, at, kind, words.int("JoinScene")],
        )
        .doing(DOING)?;
    if joined > 0 {
        let what = group_events::Event {
            member: Some(member),
            ..group_events::Event::of(chat, at)
        };
        group_events::event(conn, "join", what, when)?;
    }
    Ok(joined > 0)
}

fn leave(
    conn: &Connection,
    words: &Words,
    (chat, member): (&str, &str),
    at: i64,
    when: When,
) -> Result<bool, StoreError> {
    let open: Option<i64> = conn
        .query_row(
            "SELECT join_at FROM group_member WHERE chat_id = ?1 AND member_id = ?2 AND quit_at IS NULL AND join_at <= ?3",
            params![chat, member, at],
            |row| row.get(0),
        )
        .optional()
        .doing(DOING)?;
    let scene = words.int("QuitScene");
    let Some(join_at) = open else {
        return leaving::requit(conn, (chat, member), at, scene, when);
    };
    let gone = leaving::Quit {
        chat: chat.into(),
        member: member.into(),
        join_at,
    };
    leaving::quit(conn, &gone, at, scene, when)
}

/// A tag or a group of tags that is gone; everything else only says that something changed.
fn tag(conn: &Connection, words: &Words, change: &str) -> Result<Applied, StoreError> {
    let Some(id) = words.id("Id").filter(|_| change == "delete") else {
        return Ok(Applied::Later);
    };
    let sql: &[&str] = if words.get("TagType") == Some("tag_group") {
        &[
            "UPDATE tag SET is_deleted = 1 WHERE group_id = ?1 AND is_deleted = 0",
            "UPDATE tag_group SET is_deleted = 1 WHERE group_id = ?1 AND is_deleted = 0",
        ]
    } else {
        &["UPDATE tag SET is_deleted = 1 WHERE tag_id = ?1 AND is_deleted = 0"]
    };
    let mut gone = 0;
    for sql in sql {
        gone += conn.execute(sql, [id]).doing(DOING)?;
    }
    Ok(changed(gone > 0))
}
