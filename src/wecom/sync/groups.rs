//! Groups: lists per block of owners, each group with its members; then who is gone, and the statistics of owners.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::fan::{Fan, Sink, fan};
use super::listing::Listing;
use super::{Run, SyncError};
use crate::store::{Doing, StoreError};
use crate::wecom::client::Client;
use crate::wecom::codes::Does;
use crate::wecom::intake::groups::{self, Group, Member};
use crate::wecom::intake::leaving::{self, Quit};
use crate::wecom::intake::state::{self, Kept, Unit};
use crate::wecom::intake::{Counts, DOING, When, within};
use crate::wecom::page::{Cells, id};

const SOURCE: &str = "wecom:groups";
/// Owners a listing may name.
const OWNERS: usize = 100;
/// Groups a page.
const PAGE: u64 = 1_000;

/// What a fetching thread hands over.
enum Message {
    /// A group.
    Group(Box<Group>),
    /// A listed group that the server does not give.
    Missing,
    /// All groups of a page have been handed over.
    Through(Unit, Option<String>),
}

impl Message {
    fn rows(&self) -> usize {
        match self {
            Self::Group(group) => 1 + group.members.len(),
            Self::Missing | Self::Through(_, _) => 0,
        }
    }
}

/// What the pass has seen and not yet written.
#[derive(Default)]
struct Pending {
    quits: Vec<Quit>,
    versions: BTreeMap<String, Option<String>>,
    /// Groups that came in this run.
    came: HashSet<String>,
}

impl Pending {
    /// Writes what came; what is gone is only noted.
    fn write(
        &mut self,
        conn: &Connection,
        message: Message,
        is_full: bool,
        when: When,
    ) -> Result<Counts, StoreError> {
        match message {
            Message::Group(group) => {
                let found = groups::put(conn, &group, is_full, when)?;
                if found.quits.is_empty() {
                    Kept::Chats.keep(conn, &group.id, when.now)?;
                } else {
                    let version = group.version;
                    self.versions.insert(group.id.clone(), version);
                    self.quits.extend(found.quits);
                }
                self.came.insert(group.id);
                return Ok(found.counts);
            }
            Message::Missing => {
                return Ok(Counts {
                    skipped: 1,
                    ..Counts::default()
                });
            }
            // While quits are pending the page stays: a run that dies finds them again.
            Message::Through(unit, None) if self.quits.is_empty() => {
                state::drop_unit(conn, &unit.key)?;
            }
            Message::Through(unit, Some(_)) if self.quits.is_empty() => {
                state::put_unit(conn, &unit, when.now)?;
            }
            Message::Through(_, _) => {}
        }
        Ok(Counts::default())
    }
}

impl Run<'_, '_> {
    /// Groups with their members, who is gone, and the statistics of their owners.
    pub(super) fn groups(&mut self) -> Result<(), SyncError> {
        let now = self.when().now;
        if self.options.full || state::pass(self.conn, SOURCE, now)?.is_none() {
            let members = self.follow_users()?;
            let blocks: Vec<Vec<String>> = members.chunks(OWNERS).map(<[_]>::to_vec).collect();
            within(self.conn, |tx| {
                Kept::Chats.forget(tx)?;
                state::begin_pass(tx, SOURCE, now, &blocks)
            })?;
        }
        let seen = Arc::new(Kept::Chats.ids(self.conn)?);
        let before = self.live_members()?;
        let mut pending = Pending::default();
        self.listed(&seen, &mut pending)?;
        self.may_end(
            ("群成员", "group members"),
            pending.quits.len() as u64,
            before,
        )?;
        let when = self.when();
        let ended = within(self.conn, |tx| {
            let mut ended = 0;
            for quit in &pending.quits {
                ended += u64::from(leaving::quit(tx, quit, when.now, None, when)?);
            }
            for (chat, version) in &pending.versions {
                groups::keep_version(tx, chat, version.as_deref())?;
            }
            Ok(ended)
        })?;
        self.counts.ended += ended;
        self.unlisted(|chat| seen.contains(chat) || pending.came.contains(chat))?;
        let now = self.when().now;
        within(self.conn, |tx| {
            Kept::Chats.forget(tx)?;
            state::end_pass(tx, SOURCE, now)
        })?;
        self.owner_days()
    }

    fn live_members(&self) -> Result<u64, SyncError> {
        Ok(self
            .conn
            .query_row(
                "SELECT count(*) FROM group_member WHERE quit_at IS NULL",
                [],
                |row| row.get(0),
            )
            .doing(DOING)?)
    }

    /// Every listed group that this pass has not brought in yet.
    fn listed(
        &mut self,
        seen: &Arc<HashSet<String>>,
        pending: &mut Pending,
    ) -> Result<(), SyncError> {
        let client = self.client;
        // Groups whose owner has left come only with their status, which no block of owners lists.
        let units = state::units(self.conn, SOURCE)?;
        let mut jobs: Vec<(Option<Unit>, i64)> =
            units.into_iter().map(|unit| (Some(unit), 0)).collect();
        jobs.push((None, 1));
        self.done = (0, 0);
        let is_full = self.options.full;
        let fan = Fan {
            threads: self.threads(),
            clock: client.clock,
            rows: Message::rows,
        };
        fan.run(
            jobs,
            |(unit, status), sink| fetch(client, unit, status, seen, sink),
            |batch| {
                let when = self.when();
                let is_group = |m: &&Message| matches!(m, Message::Group(_));
                self.done.0 += batch.iter().filter(is_group).count() as u64;
                let counts = within(self.conn, |tx| {
                    let mut counts = Counts::default();
                    for message in batch {
                        counts.add(pending.write(tx, message, is_full, when)?);
                    }
                    Ok(counts)
                })?;
                self.tell(counts);
                Ok(())
            },
        )
    }

    /// Groups here that nobody listed: those the server does not know are dissolved.
    fn unlisted(&mut self, is_listed: impl Fn(&String) -> bool) -> Result<(), SyncError> {
        let mut unseen = groups::live(self.conn)?;
        let live = unseen.len() as u64;
        unseen.retain(|chat| !is_listed(chat));
        let client = self.client;
        let mut dissolved = Vec::new();
        fan(
            self.threads(),
            client.clock,
            unseen,
            |chat: String, sink| {
                let is_gone = matches!(get(client, &chat, 0), Err(SyncError::Call(e)) if e.code() == Some(40050));
                sink.send((chat, is_gone))
            },
            |(chat, is_gone)| {
                if is_gone {
                    dissolved.push(chat);
                }
                Ok(())
            },
        )?;
        self.may_end(("群", "groups"), dissolved.len() as u64, live)?;
        let when = self.when();
        let ended = within(self.conn, |tx| {
            dissolved.iter().try_fold(0, |n, chat| {
                Ok(n + u64::from(groups::dissolve(tx, chat, when.now, when)?))
            })
        })?;
        self.tell(Counts {
            ended,
            ..Counts::default()
        });
        Ok(())
    }
}

/// Lists a block of owners, or the groups whose owner has left, and fetches each group not seen yet.
fn fetch(
    client: &Client<'_>,
    unit: Option<Unit>,
    status: i64,
    seen: &HashSet<String>,
    sink: &Sink<'_, Message>,
) -> Result<(), SyncError> {
    const CALL: &str = "externalcontact/groupchat/list";
    let cursor = unit.as_ref().and_then(|u| u.cursor.clone());
    let mut listing = Listing::new(CALL, "group_chat_list", cursor);
    loop {
        let page = listing.next(|cursor| {
            let mut body =
                json!({ "status_filter": status, "limit": PAGE, "cursor": cursor.unwrap_or("") });
            if let (Some(unit), Some(body)) = (&unit, body.as_object_mut()) {
                body.insert("owner_filter".into(), json!({ "userid_list": unit.ids }));
            }
            client.post(CALL, &body)
        });
        let page = match page {
            Ok(Some(page)) => page,
            Ok(None) => return Ok(()),
            // Without owners the listing is refused where there are too many people; the blocks have theirs.
            Err(SyncError::Call(error)) if unit.is_none() && error.code() == Some(81017) => {
                return Ok(());
            }
            Err(SyncError::Call(error)) if error.does() == Does::Empty => {
                if let Some(unit) = unit {
                    sink.send(Message::Through(unit, None))?;
                }
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        for cells in page.rows().iter().map(Cells::of) {
            let Some(chat) = cells.id("chat_id") else {
                continue;
            };
            if seen.contains(&chat) {
                continue;
            }
            match get(client, &chat, cells.int("status").unwrap_or(0)) {
                Ok(group) => sink.send(Message::Group(Box::new(group)))?,
                Err(SyncError::Call(error)) if matches!(error.does(), Does::Skip | Does::Empty) => {
                    sink.send(Message::Missing)?;
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(unit) = &unit {
            let mut unit = unit.clone();
            unit.cursor.clone_from(&page.next);
            sink.send(Message::Through(unit, page.next))?;
        }
    }
}

/// One group with its members.
fn get(client: &Client<'_>, chat: &str, status: i64) -> Result<Group, SyncError> {
    const CALL: &str = "externalcontact/groupchat/get";
    let answer = client.post(CALL, &json!({ "chat_id": chat, "need_name": 1 }))?;
    group(&answer, status)
        .filter(|g| g.id == chat)
        .ok_or_else(|| {
            crate::wecom::client::CallError::Strange {
                call: CALL,
                why: "no such group in it",
            }
            .into()
        })
}

/// A group of an answer; members without an id are left out.
pub(crate) fn group(answer: &Value, status: i64) -> Option<Group> {
    let cells = Cells::of(answer).inside("group_chat");
    let admins: HashSet<String> = cells
        .list("admin_list")
        .unwrap_or_default()
        .iter()
        .filter_map(|admin| id(admin.get("userid")?))
        .collect();
    let member = |row: &Value| {
        let cells = Cells::of(row);
        let id = cells.id("userid")?;
        Some(Member {
            is_admin: admins.contains(&id),
            id,
            join_at: cells.time("join_time"),
            kind: cells.int("type").unwrap_or(2),
            scene: cells.int("join_scene"),
            invitor: cells.inside("invitor").id("userid"),
            state: cells.text("state", 128),
            unionid: cells.text("unionid", 128),
            name: cells.text("name", 512),
            nickname: cells.text("group_nickname", 512),
        })
    };
    Some(Group {
        id: cells.id("chat_id")?,
        name: cells.text("name", 512).unwrap_or_default(),
        owner: cells.id("owner").unwrap_or_default(),
        created_at: cells.time("create_time"),
        notice: cells.text("notice", 4096),
        version: cells.text("member_version", 128),
        status,
        members: cells
            .list("member_list")?
            .iter()
            .filter_map(member)
            .collect(),
    })
}
