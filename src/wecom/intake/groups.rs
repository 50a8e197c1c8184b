//! Groups and their members: what the server lists against what stands here.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::group_events::{Event, event};
use super::leaving::{Quit, quit};
use super::{Counts, DOING, When};
use crate::store::{Doing, StoreError};

/// Seconds by which two tellings of one joining may differ.
const NEAR: i64 = 600;

/// A group with everybody in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// `chat_id`.
    pub id: String,
    /// `name`; empty where it has none.
    pub name: String,
    /// `owner`.
    pub owner: String,
    /// `create_time`, unix seconds.
    pub created_at: Option<i64>,
    /// `notice`.
    pub notice: Option<String>,
    /// `member_version`.
    pub version: Option<String>,
    /// Its status in the list: 0 ok, 1 owner left, 2 being taken over, 3 taken over.
    pub status: i64,
    /// `member_list`.
    pub members: Vec<Member>,
}

/// Somebody in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    /// `userid`: staff or external.
    pub id: String,
    /// `join_time`, unix seconds.
    pub join_at: Option<i64>,
    /// `type`: 1 staff, 2 external.
    pub kind: i64,
    /// `join_scene`.
    pub scene: Option<i64>,
    /// `invitor.userid`.
    pub invitor: Option<String>,
    /// `state` of the code.
    pub state: Option<String>,
    /// `unionid`.
    pub unionid: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `group_nickname`.
    pub nickname: Option<String>,
    /// Stands in `admin_list`.
    pub is_admin: bool,
}

/// What writing a group found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What it did.
    pub counts: Counts,
    /// Who is gone; still to be written by [`quit`].
    pub quits: Vec<Quit>,
}

/// Writes a group. With the version known already its members are left alone. Those who are gone are only reported: while
/// there are any, the version is not kept, so that a run that dies before it writes them finds them again.
pub fn put(
    conn: &Connection,
    group: &Group,
    is_full: bool,
    when: When,
) -> Result<Found, StoreError> {
    let mut found = Found::default();
    found.counts.rows = 1;
    let before: Option<(Option<String>, String, String, Option<String>)> = conn
        .prepare_cached(
            "SELECT member_version, name, owner_userid, notice FROM group_chat WHERE chat_id = ?1",
        )
        .and_then(|mut s| {
            s.query_row([&group.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()
        })
        .doing(DOING)?;
    let is_new = before.is_none();
    let same = before
        .as_ref()
        .is_some_and(|(version, ..)| version.is_some() && *version == group.version && !is_full);
    let (mut moved, mut quits) = (0, Vec::new());
    if !same {
        (moved, quits) = put_members(conn, group, when)?;
    }
    let version = if quits.is_empty() {
        group.version.as_deref()
    } else {
        None
    };
    let changed = put_row(conn, group, version, when)?;
    if let Some((_, name, owner, notice)) = &before {
        for (kind, old, new) in [
            ("name", Some(name), Some(&group.name)),
            ("owner", Some(owner), Some(&group.owner)),
            ("notice", notice.as_ref(), group.notice.as_ref()),
        ] {
            if old != new {
                let detail = new.map(String::as_str);
                let what = Event {
                    detail,
                    ..Event::of(&group.id, when.now)
                };
                event(conn, kind, what, when)?;
            }
        }
    } else if let Some(at) = group.created_at {
        event(conn, "create", Event::of(&group.id, at), when)?;
    }
    found.counts.new = u64::from(is_new);
    found.counts.changed = u64::from(!is_new && (changed || moved > 0));
    found.quits = quits;
    Ok(found)
}

fn put_row(
    conn: &Connection,
    group: &Group,
    version: Option<&str>,
    when: When,
) -> Result<bool, StoreError> {
    // That it was looked at is no change: consoles would read every group again each night.
    let changed = conn
        .prepare_cached(
            "INSERT INTO group_chat (chat_id, name, owner_userid, created_at, notice, member_version, wecom_status, synced_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (chat_id) DO UPDATE SET name = excluded.name, owner_userid = excluded.owner_userid,
               notice = excluded.notice, member_version = excluded.member_version, wecom_status = excluded.wecom_status,
               dissolved_at = NULL, synced_at = excluded.synced_at
             WHERE (name, owner_userid, notice, member_version, wecom_status, dissolved_at) IS NOT
               (excluded.name, excluded.owner_userid, excluded.notice, excluded.member_version, excluded.wecom_status, NULL)",
        )
        .and_then(|mut s| {
            s.execute(params![
                group.id,
                group.name,
                group.owner,
                group.created_at.unwrap_or(when.now),
                group.notice,
                version,
                group.status,
                when.now
            ])
        })
        .doing(DOING)?;
    Ok(changed > 0)
}

/// Brings the members in; how many rows moved, and who is gone.
fn put_members(
    conn: &Connection,
    group: &Group,
    when: When,
) -> Result<(u64, Vec<Quit>), StoreError> {
    let mut here: BTreeMap<String, i64> = BTreeMap::new();
    {
        let mut statement = conn
            .prepare_cached("SELECT member_id, join_at FROM group_member WHERE chat_id = ?1 AND quit_at IS NULL")
            .doing(DOING)?;
        let mut rows = statement.query([&group.id]).doing(DOING)?;
        while let Some(row) = rows.next().doing(DOING)? {
            here.insert(row.get(0).doing(DOING)?, row.get(1).doing(DOING)?);
        }
    }
    let mut moved = 0;
    for member in &group.members {
        let was = here.remove(&member.id);
        // A callback told of the same joining a moment off.
        let was_near = was.filter(|was| member.join_at.is_none_or(|at| (at - was).abs() <= NEAR));
        let join_at = was_near.or(member.join_at).unwrap_or(when.now);
        if let Some(was) = was.filter(|was| *was != join_at) {
            // Left and came back between two looks.
            let gone = Quit {
                chat: group.id.clone(),
                member: member.id.clone(),
                join_at: was,
            };
            quit(conn, &gone, join_at.max(was), None, when)?;
        }
        moved += put_member(conn, &group.id, member, join_at)?;
        if was != Some(join_at) {
            let what = Event {
                member: Some(&member.id),
                ..Event::of(&group.id, join_at)
            };
            event(conn, "join", what, when)?;
        }
    }
    let quits = here
        .into_iter()
        .map(|(member, join_at)| Quit {
            chat: group.id.clone(),
            member,
            join_at,
        })
        .collect();
    Ok((moved, quits))
}

fn put_member(
    conn: &Connection,
    chat: &str,
    member: &Member,
    join_at: i64,
) -> Result<u64, StoreError> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO group_member (chat_id, member_id, join_at, type, join_scene, invitor_userid, state, unionid, name,
               group_nickname, is_admin)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
             ON CONFLICT (chat_id, member_id, join_at) DO UPDATE SET name = excluded.name, group_nickname = excluded.group_nickname,
               is_admin = excluded.is_admin, unionid = coalesce(excluded.unionid, unionid), quit_at = NULL, quit_scene = NULL
             WHERE (name, group_nickname, is_admin, unionid, quit_at) IS NOT
               (excluded.name, excluded.group_nickname, excluded.is_admin, coalesce(excluded.unionid, unionid), NULL)",
        )
        .and_then(|mut s| {
            s.execute(params![
                chat,
                member.id,
                join_at,
                member.kind,
                member.scene,
                member.invitor,
                member.state,
                member.unionid,
                member.name,
                member.nickname,
                member.is_admin
            ])
        })
        .doing(DOING)?;
    Ok(changed as u64)
}

/// The group's members are as the server has them: its version is kept.
pub fn keep_version(
    conn: &Connection,
    chat: &str,
    version: Option<&str>,
) -> Result<(), StoreError> {
    conn.execute(
        "UPDATE group_chat SET member_version = ?2 WHERE chat_id = ?1 AND member_version IS NOT ?2",
        params![chat, version],
    )
    .doing(DOING)?;
    Ok(())
}

/// Marks a group dissolved. False when it was, or is not known.
pub fn dissolve(conn: &Connection, chat: &str, at: i64, when: When) -> Result<bool, StoreError> {
    let changed = conn
        .execute(
            "UPDATE group_chat SET dissolved_at = ?2 WHERE chat_id = ?1 AND dissolved_at IS NULL",
            params![chat, at],
        )
        .doing(DOING)?;
    if changed > 0 {
        event(conn, "dismiss", Event::of(chat, at), when)?;
    }
    Ok(changed > 0)
}

/// Groups that have not been dissolved.
pub fn live(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let mut statement = conn
        .prepare("SELECT chat_id FROM group_chat WHERE dissolved_at IS NULL")
        .doing(DOING)?;
    statement
        .query_map([], |row| row.get(0))
        .doing(DOING)?
        .collect::<rusqlite::Result<_>>()
        .doing(DOING)
}
