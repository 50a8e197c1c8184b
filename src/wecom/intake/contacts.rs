//! Customers, follow relations and their tags.

use rusqlite::{Connection, OptionalExtension, params};

use super::ends;
use super::follow_events::Event;
use super::relation::Relation;
use super::{Counts, DOING, When, dedup, owner};
use crate::store::{Doing, StoreError};

/// A person outside the company.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// `external_userid`.
    pub id: String,
    /// `name`; empty where the server gives none.
    pub name: String,
    /// `avatar`.
    pub avatar: Option<String>,
    /// `type`: 1 WeChat, 2 WeCom.
    pub kind: Option<i64>,
    /// `gender`.
    pub gender: Option<i64>,
    /// `unionid`.
    pub unionid: Option<String>,
    /// `corp_name`.
    pub corp_name: Option<String>,
    /// `corp_full_name`.
    pub corp_full_name: Option<String>,
    /// `position`.
    pub position: Option<String>,
}

/// A person with a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub person: Person,
    /// With whom.
    pub relation: Relation,
}

/// Writes a contact as it stands.
pub fn put(conn: &Connection, contact: &Contact, when: When) -> Result<Counts, StoreError> {
    let (person, relation) = (&contact.person, &contact.relation);
    let mut counts = Counts {
        rows: 1,
        ..Counts::default()
    };
    let customer_changed = put_person(conn, person, relation, when)?;
    let before: Option<(String, i64, Option<i64>)> = conn
        .prepare_cached("SELECT status, added_at, ended_at FROM follow WHERE userid = ?1 AND external_userid = ?2")
        .and_then(|mut s| {
            s.query_row([&relation.userid, &person.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()
        })
        .doing(DOING)?;
    let added_at = relation
        .added_at
        .or(before.as_ref().map(|b| b.1))
        .unwrap_or(when.now);
    // A customer who deleted the staff stays in the server's lists; only a newer relation is a new one.
    let stays_ended = before.as_ref().is_some_and(|(status, was_added, ended)| {
        status == "deleted_by_customer"
            && (added_at <= *was_added || ended.is_some_and(|e| added_at <= e))
    });
    let is_new = before.is_none();
    let is_back = before
        .as_ref()
        .is_some_and(|(status, ..)| status != "active")
        && !stays_ended;
    let changed = put_follow(conn, contact, added_at, stays_ended)?;
    if is_new {
        counts.new = 1;
    } else if changed || customer_changed {
        counts.changed = 1;
    }
    let is_readded = is_back
        && before
            .as_ref()
            .is_some_and(|(_, was_added, _)| added_at > *was_added);
    if relation.added_at.is_some() {
        let began = Event {
            userid: &relation.userid,
            customer: &person.id,
            at: added_at,
            source: "diff",
            detail: None,
        };
        begun(conn, relation.add_way, began, is_new || is_readded, when)?;
    }
    if is_new || is_back {
        owner::settle(conn, &person.id, added_at, "add")?;
    }
    if super::tagging::put(conn, relation, &person.id, is_new, when)? && !is_new {
        counts.changed = 1;
    }
    Ok(counts)
}

/// `add_way` of a customer whom an administrator gave to a member of staff.
const ASSIGNED: i64 = 202;

/// Notes how a relation began, if it began just now. What an administrator gave is taken over and no add (metrics.md 4.1),
/// also where a callback, or a version that did not know, has told it as one.
fn begun(
    conn: &Connection,
    add_way: Option<i64>,
    began: Event<'_>,
    is_now: bool,
    when: When,
) -> Result<(), StoreError> {
    match (add_way == Some(ASSIGNED), is_now) {
        (true, true) => ends::taken_over(conn, began, when),
        (true, false) => ends::retell_add(conn, began, when).map(drop),
        (false, true) => added(
            conn,
            began.userid,
            began.customer,
            began.at,
            began.source,
            when,
        ),
        (false, false) => Ok(()),
    }
}

fn put_person(
    conn: &Connection,
    person: &Person,
    relation: &Relation,
    when: When,
) -> Result<bool, StoreError> {
    let phone = relation.mobiles.first();
    let changed = conn
        .prepare_cached(
            "INSERT INTO customer (external_userid, name, avatar, type, gender, unionid, corp_name, corp_full_name, position,
               first_added_at, synced_at, phone)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (external_userid) DO UPDATE SET
               name = iif(excluded.name = '', name, excluded.name), avatar = coalesce(excluded.avatar, avatar),
               type = coalesce(excluded.type, type), gender = coalesce(excluded.gender, gender),
               unionid = coalesce(excluded.unionid, unionid), corp_name = coalesce(excluded.corp_name, corp_name),
               corp_full_name = coalesce(excluded.corp_full_name, corp_full_name), position = coalesce(excluded.position, position),
               first_added_at = min(coalesce(first_added_at, excluded.first_added_at), coalesce(excluded.first_added_at, first_added_at)),
               synced_at = excluded.synced_at, phone = coalesce(phone, excluded.phone)
             WHERE (name, avatar, type, gender, unionid, corp_name, corp_full_name, position) IS NOT
                 (iif(excluded.name = '', name, excluded.name), coalesce(excluded.avatar, avatar), coalesce(excluded.type, type),
                  coalesce(excluded.gender, gender), coalesce(excluded.unionid, unionid), coalesce(excluded.corp_name, corp_name),
                  coalesce(excluded.corp_full_name, corp_full_name), coalesce(excluded.position, position))
               OR coalesce(excluded.first_added_at < coalesce(first_added_at, excluded.first_added_at + 1), 0)
               OR (phone IS NULL AND excluded.phone IS NOT NULL)",
        )
        .and_then(|mut s| {
            s.execute(params![
                person.id,
                person.name,
                person.avatar,
                person.kind,
                person.gender,
                person.unionid,
                person.corp_name,
                person.corp_full_name,
                person.position,
                relation.added_at,
                when.now,
                phone,
            ])
        })
        .doing(DOING)?;
    Ok(changed > 0)
}

fn put_follow(
    conn: &Connection,
    contact: &Contact,
    added_at: i64,
    stays_ended: bool,
) -> Result<bool, StoreError> {
    let relation = &contact.relation;
    let mobiles = (!relation.mobiles.is_empty())
        .then(|| serde_json::to_string(&relation.mobiles).unwrap_or_default());
    let changed = conn
        .prepare_cached(
            "INSERT INTO follow (userid, external_userid, added_at, add_way, state, channel_id, oper_userid, remark, description,
               remark_corp_name, remark_mobiles, wechat_channels_nickname, wechat_channels_source)
             VALUES (?1, ?2, ?3, ?4, ?5, (SELECT channel_id FROM channel WHERE state = ?5), ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (userid, external_userid) DO UPDATE SET
               status = iif(?13, status, 'active'), ended_at = iif(?13, ended_at, NULL), added_at = excluded.added_at,
               add_way = excluded.add_way, state = excluded.state, channel_id = coalesce(excluded.channel_id, channel_id),
               oper_userid = excluded.oper_userid, remark = excluded.remark, description = excluded.description,
               remark_corp_name = excluded.remark_corp_name, remark_mobiles = excluded.remark_mobiles,
               wechat_channels_nickname = excluded.wechat_channels_nickname,
               wechat_channels_source = excluded.wechat_channels_source
             WHERE (added_at, add_way, state, oper_userid, remark, description, remark_corp_name, remark_mobiles,
                    wechat_channels_nickname, wechat_channels_source) IS NOT
                 (excluded.added_at, excluded.add_way, excluded.state, excluded.oper_userid, excluded.remark, excluded.description,
                  excluded.remark_corp_name, excluded.remark_mobiles, excluded.wechat_channels_nickname, excluded.wechat_channels_source)
               OR channel_id IS NOT coalesce(excluded.channel_id, channel_id)
               OR (status <> 'active' AND NOT ?13)",
        )
        .and_then(|mut s| {
            s.execute(params![
                relation.userid,
                contact.person.id,
                added_at,
                relation.add_way,
                relation.state,
                relation.oper_userid,
                relation.remark,
                relation.description,
                relation.remark_corp_name,
                mobiles,
                relation.channels_nickname,
                relation.channels_source,
                stays_ended,
            ])
        })
        .doing(DOING)?;
    Ok(changed > 0)
}

/// Notes that a customer was added, unless an add of about that moment is known: callback and list tell the same one.
pub fn added(
    conn: &Connection,
    userid: &str,
    customer: &str,
    at: i64,
    source: &str,
    when: When,
) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, dedup_key)
         SELECT ?1, ?2, ?3, ?4, 'add', ?5, ?6 WHERE NOT EXISTS
           (SELECT 1 FROM follow_event e WHERE e.external_userid = ?4 AND e.occurred_at BETWEEN ?2 - 600 AND ?2 + 600
              AND e.userid = ?3 AND e.kind = 'add')
         ON CONFLICT (dedup_key) DO NOTHING",
    )
    .and_then(|mut s| {
        s.execute(params![
            when.date(at),
            at,
            userid,
            customer,
            source,
            dedup(&["add", userid, customer, &at.to_string()])
        ])
    })
    .doing(DOING)?;
    Ok(())
}
