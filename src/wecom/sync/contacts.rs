//! Customers: blocks of members, a hundred relations a page; then each member's own list, which tells who is gone.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::Connection;
use serde_json::json;

use super::fan::{Fan, Sink, fan};
use super::listing::Listing;
use super::reading::{contacts_of, followers};
use super::{Run, SyncError};
use crate::store::{Doing, StoreError};
use crate::wecom::client::{CallError, Client};
use crate::wecom::codes::Does;
use crate::wecom::intake::contacts::{self, Contact};
use crate::wecom::intake::ends::{self, End};
use crate::wecom::intake::follow_events::Event;
use crate::wecom::intake::state::{self, Unit};
use crate::wecom::intake::{Counts, DOING, When, within};
use crate::wecom::page::id;

const SOURCE: &str = "wecom:contacts";
/// Relations a page.
const PAGE: u64 = 100;
/// Customers asked for one by one, because they came in while the pass ran.
const ONE_BY_ONE: usize = 500;

/// What a fetching thread hands over.
enum Message {
    /// A page of a unit, and where it goes on.
    Page(Unit, Vec<Contact>, u64, Option<String>),
    /// The server refuses this unit whole: it becomes two.
    Halved(Unit),
    /// The server refuses this one member.
    Refused(Unit),
}

impl Message {
    fn rows(&self) -> usize {
        match self {
            Self::Page(_, contacts, _, _) => contacts.len(),
            Self::Halved(_) | Self::Refused(_) => 0,
        }
    }
}

/// One member's relations against what the server lists.
struct Listed {
    /// Relations the server does not list.
    gone: Vec<String>,
    /// Customers it lists that are not here.
    unknown: Vec<String>,
    /// It says there are none at all, which may also mean that we may not see them.
    none: bool,
}

impl Run<'_, '_> {
    /// All relations, then who is gone.
    pub(super) fn contacts(&mut self) -> Result<(), SyncError> {
        let members = self.follow_users()?;
        let now = self.when().now;
        if self.options.full || state::pass(self.conn, SOURCE, now)?.is_none() {
            let each = (members.len() / (self.threads() * 4)).clamp(1, 100);
            let blocks: Vec<Vec<String>> = members.chunks(each).map(<[_]>::to_vec).collect();
            within(self.conn, |tx| state::begin_pass(tx, SOURCE, now, &blocks))?;
        }
        // A block that was halved leaves its halves for another round; each round halves them again.
        loop {
            let units = state::units(self.conn, SOURCE)?;
            if units.is_empty() {
                break;
            }
            self.done = (0, units.len() as u64);
            self.blocks(units)?;
        }
        self.diff(&members)?;
        let now = self.when().now;
        within(self.conn, |tx| state::end_pass(tx, SOURCE, now))?;
        Ok(())
    }

    fn blocks(&mut self, units: Vec<Unit>) -> Result<(), SyncError> {
        let client = self.client;
        let fan = Fan {
            threads: self.threads(),
            clock: client.clock,
            rows: Message::rows,
        };
        fan.run(
            units,
            |unit, sink| fetch(client, unit, sink),
            |batch| {
                let when = self.when();
                let counts = within(self.conn, |tx| {
                    let mut counts = Counts::default();
                    for message in &batch {
                        counts.add(write(tx, message, when)?);
                    }
                    Ok(counts)
                })?;
                let is_page = |m: &&Message| matches!(m, Message::Page(_, _, _, Some(_)));
                self.done.0 += batch.iter().filter(|m| !is_page(m)).count() as u64;
                self.tell(counts);
                Ok(())
            },
        )
    }

    /// Asks each member's list and ends what it does not hold.
    fn diff(&mut self, members: &[String]) -> Result<(), SyncError> {
        let client = self.client;
        let mut here = relations(self.conn)?;
        let units: Vec<(String, BTreeMap<String, bool>)> = members
            .iter()
            .map(|m| (m.clone(), here.remove(m).unwrap_or_default()))
            .collect();
        let live = |of: &BTreeMap<String, bool>| of.values().filter(|live| **live).count() as u64;
        let of: u64 =
            units.iter().map(|(_, r)| live(r)).sum::<u64>() + here.values().map(live).sum::<u64>();
        drop(here);
        self.done = (0, units.len() as u64);
        let mut found: Vec<(String, Listed)> = Vec::new();
        let mut skipped = 0;
        fan(
            self.threads(),
            client.clock,
            units,
            |(member, here), sink: &Sink<'_, (String, Option<Listed>)>| {
                let listed = compare(client, &member, &here)?;
                sink.send((member, listed))
            },
            |(member, listed)| {
                self.done.0 += 1;
                match listed {
                    Some(listed) => found.push((member, listed)),
                    None => skipped += 1,
                }
                self.tell(Counts::default());
                Ok(())
            },
        )?;
        self.counts.skipped += skipped;
        let gone: u64 = found.iter().map(|(_, l)| l.gone.len() as u64).sum();
        self.newcomers(&found)?;
        self.may_end(("好友关系", "relations"), gone, of)?;
        let when = self.when();
        let counts = within(self.conn, |tx| end_all(tx, &found, when))?;
        self.tell(counts);
        Ok(())
    }

    /// Customers that were listed but came in no page: added while the pass ran.
    fn newcomers(&mut self, found: &[(String, Listed)]) -> Result<(), SyncError> {
        const CALL: &str = "externalcontact/get";
        let unknown: BTreeSet<&String> = found.iter().flat_map(|(_, l)| &l.unknown).collect();
        for customer in unknown.into_iter().take(ONE_BY_ONE) {
            let mut listing = Listing::new(CALL, "follow_user", None);
            loop {
                let client = self.client;
                let page = listing.next(|cursor| {
                    let mut query = vec![("external_userid", customer.as_str())];
                    query.extend(cursor.map(|c| ("cursor", c)));
                    client.get(CALL, &query)
                });
                let page = match page {
                    Ok(Some(page)) => page,
                    Ok(None) => break,
                    Err(SyncError::Call(error))
                        if matches!(error.does(), Does::Empty | Does::Skip) =>
                    {
                        self.counts.skipped += 1;
                        break;
                    }
                    Err(error) => return Err(error),
                };
                let (contacts, odd) = followers(&page.answer);
                let when = self.when();
                let mut counts = within(self.conn, |tx| put_all(tx, &contacts, when))?;
                counts.odd += odd;
                self.tell(counts);
            }
        }
        Ok(())
    }
}

fn put_all(conn: &Connection, contacts: &[Contact], when: When) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for contact in contacts {
        counts.add(contacts::put(conn, contact, when)?);
    }
    Ok(counts)
}

/// Fetches a block page by page.
fn fetch(client: &Client<'_>, mut unit: Unit, sink: &Sink<'_, Message>) -> Result<(), SyncError> {
    const CALL: &str = "externalcontact/batch/get_by_user";
    let mut listing = Listing::new(CALL, "external_contact_list", unit.cursor.clone());
    let mut limit = PAGE;
    loop {
        let ids = &unit.ids;
        let page = listing.next(|cursor| {
            client.post(
                CALL,
                &json!({ "userid_list": ids, "cursor": cursor.unwrap_or(""), "limit": limit }),
            )
        });
        match page {
            Ok(Some(page)) => {
                let (contacts, odd) = contacts_of(page.rows());
                unit.cursor.clone_from(&page.next);
                sink.send(Message::Page(unit.clone(), contacts, odd, page.next))?;
            }
            Ok(None) => return Ok(()),
            Err(SyncError::Call(error)) => match error.does() {
                Does::Smaller if limit > 1 => limit = (limit / 2).max(1),
                // One member nobody may see spoils the block: the halves find out which.
                Does::Skip | Does::Empty | Does::StopPart if is_about_members(&error) => {
                    let message = if unit.ids.len() > 1 {
                        Message::Halved(unit)
                    } else {
                        Message::Refused(unit)
                    };
                    return sink.send(message);
                }
                Does::Retry
                | Does::Refresh
                | Does::CoolDown
                | Does::Slower
                | Does::Smaller
                | Does::Restart
                | Does::Empty
                | Does::Skip
                | Does::StopPart
                | Does::StopAll => return Err(error.into()),
            },
            Err(error) => return Err(error),
        }
    }
}

/// Codes that may be one member's fault rather than the app's.
fn is_about_members(error: &CallError) -> bool {
    error.code().is_some_and(|code| {
        matches!(meaning_of(code), Does::Skip | Does::Empty)
            || matches!(code, 84084 | 60011 | 40058 | 81013)
    })
}

fn meaning_of(code: i64) -> Does {
    crate::wecom::codes::meaning(code).does
}

fn write(conn: &Connection, message: &Message, when: When) -> Result<Counts, StoreError> {
    match message {
        Message::Page(unit, contacts, odd, next) => {
            let mut counts = put_all(conn, contacts, when)?;
            counts.odd += odd;
            match next {
                Some(_) => state::put_unit(conn, unit, when.now)?,
                None => state::drop_unit(conn, &unit.key)?,
            }
            Ok(counts)
        }
        Message::Halved(unit) => {
            state::halve(conn, unit, when.now)?;
            Ok(Counts::default())
        }
        Message::Refused(unit) => {
            state::drop_unit(conn, &unit.key)?;
            Ok(Counts {
                skipped: 1,
                ..Counts::default()
            })
        }
    }
}

/// Relations by member, each with whether it is live: those the customer ended the server goes on listing.
fn relations(conn: &Connection) -> Result<BTreeMap<String, BTreeMap<String, bool>>, StoreError> {
    let mut found: BTreeMap<String, BTreeMap<String, bool>> = BTreeMap::new();
    let mut statement = conn
        .prepare("SELECT userid, external_userid, status = 'active' FROM follow")
        .doing(DOING)?;
    let mut rows = statement.query([]).doing(DOING)?;
    while let Some(row) = rows.next().doing(DOING)? {
        let member: String = row.get(0).doing(DOING)?;
        let customer = row.get(1).doing(DOING)?;
        let live = row.get(2).doing(DOING)?;
        found.entry(member).or_default().insert(customer, live);
    }
    Ok(found)
}

/// A member's list against the relations here; `None` when the server does not give it.
fn compare(
    client: &Client<'_>,
    member: &str,
    here: &BTreeMap<String, bool>,
) -> Result<Option<Listed>, SyncError> {
    const CALL: &str = "externalcontact/list";
    let (listed, none) = match client.get(CALL, &[("userid", member)]) {
        Ok(answer) => {
            let rows = super::org::rows(&answer, CALL, "external_userid")?;
            (rows.iter().filter_map(id).collect::<HashSet<_>>(), false)
        }
        Err(error) => match error.does() {
            Does::Empty => (HashSet::new(), true),
            Does::Skip => return Ok(None),
            Does::StopPart if is_about_members(&error) => return Ok(None),
            Does::Retry
            | Does::Refresh
            | Does::CoolDown
            | Does::Slower
            | Does::Smaller
            | Does::Restart
            | Does::StopPart
            | Does::StopAll => return Err(error.into()),
        },
    };
    let unknown = if here.is_empty() && listed.len() > ONE_BY_ONE {
        // A member who began after the pass did: the next pass brings all of them.
        Vec::new()
    } else {
        listed
            .iter()
            .filter(|c| !here.contains_key(*c))
            .cloned()
            .collect()
    };
    Ok(Some(Listed {
        gone: here
            .iter()
            .filter(|(customer, live)| **live && !listed.contains(*customer))
            .map(|(customer, _)| customer.clone())
            .collect(),
        unknown,
        none,
    }))
}

fn end_all(
    conn: &Connection,
    found: &[(String, Listed)],
    when: When,
) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for (userid, listed) in found {
        for customer in &listed.gone {
            let handed: bool = conn
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM handover WHERE target_id = ?1 AND handover_userid = ?2 AND status = 1)",
                )
                .and_then(|mut s| s.query_row([customer, userid], |row| row.get(0)))
                .doing(DOING)?;
            let why = match (handed, listed.none) {
                (true, _) => End::Transferred,
                (false, true) => End::Vanished,
                (false, false) => End::ByStaff,
            };
            let event = Event {
                userid,
                customer,
                at: when.now,
                source: "diff",
                detail: None,
            };
            counts.ended += u64::from(ends::end(conn, why, event, when)?);
        }
    }
    Ok(counts)
}
