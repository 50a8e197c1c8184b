//! The plan of a sync: source by source, page by page, each page in one transaction with the row that says where to go on.
//!
//! Pages are fetched by a few threads (`fan`) and written by one. What the server does not list any more is ended only
//! after a pass that reached its end, and never more than a twentieth of what is there unless the operator allows it.

mod contacts;
mod days;
mod error;
mod fan;
mod groups;
mod handover;
mod listing;
mod org;
pub mod reading;

use rusqlite::Connection;

use super::client::Client;
use super::intake::days::Verdict;
use super::intake::state::{self, Ended};
use super::intake::{Counts, When, within};
use super::settings::Settings;
use crate::domain::sentence::Fixed;
use crate::domain::{Day, Zone};
use crate::store::journal::{self, Act};

pub use error::SyncError;

/// A part of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Departments and staff; part of every sync but one of tags alone.
    Org,
    /// The company's tags.
    Tags,
    /// Customers, relations and their tags.
    Contacts,
    /// Groups, members and the statistics of their owners.
    Groups,
    /// Statistics of staff.
    Behaviour,
    /// Customers of leavers and what became of hand-overs.
    Handover,
}

impl Part {
    /// All, in the order they run.
    pub const ALL: [Self; 6] = [
        Self::Org,
        Self::Tags,
        Self::Contacts,
        Self::Groups,
        Self::Behaviour,
        Self::Handover,
    ];

    /// Its source in `sync_run` and `sync_cursor`.
    pub fn source(self) -> &'static str {
        match self {
            Self::Org => "wecom:org",
            Self::Tags => "wecom:tags",
            Self::Contacts => "wecom:contacts",
            Self::Groups => "wecom:groups",
            Self::Behaviour => "wecom:behaviour",
            Self::Handover => "wecom:handover",
        }
    }
}

/// How a sync runs.
pub struct Options<'a> {
    /// One part alone; `None`: all of them.
    pub only: Option<Part>,
    /// Begin every pass anew and fetch all the statistics the server keeps.
    pub full: bool,
    /// Statistics from this day on.
    pub since: Option<Day>,
    /// End what the server does not list any more, however much it is.
    pub allow_shrink: bool,
    /// The workspace's zone.
    pub zone: Zone,
    /// Who the journal names.
    pub actor: &'a str,
    /// Called after every page.
    pub progress: &'a mut dyn FnMut(Progress),
}

/// How far a sync is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Which part.
    pub part: Part,
    /// Rows read of it.
    pub rows: u64,
    /// Units done and in all: blocks of members, groups, days.
    pub done: (u64, u64),
    /// Requests sent.
    pub calls: u64,
}

/// What one part did.
#[derive(Debug)]
pub struct PartReport {
    /// Which.
    pub part: Part,
    /// What it did.
    pub counts: Counts,
    /// Why it ended before its end.
    pub error: Option<SyncError>,
}

/// What a sync did.
#[derive(Debug, Default)]
pub struct Report {
    /// Its parts, in order.
    pub parts: Vec<PartReport>,
    /// Requests sent.
    pub calls: u64,
    /// What `msg_total` is, when groups were synced.
    pub verdict: Option<Verdict>,
}

/// A sync under way.
struct Run<'r, 'o> {
    client: &'r Client<'r>,
    conn: &'r mut Connection,
    settings: &'r Settings,
    options: &'r mut Options<'o>,
    part: Part,
    counts: Counts,
    done: (u64, u64),
    verdict: Option<Verdict>,
    /// Who serves customers, once asked.
    members: Option<Vec<String>>,
}

/// Brings the parts in, one after the other. A part that is closed to the app does not keep the next from running; what
/// stops everything ends the sync with that part.
pub fn run(
    conn: &mut Connection,
    client: &Client<'_>,
    settings: &Settings,
    options: &mut Options<'_>,
) -> Report {
    let mut report = Report::default();
    let parts = Part::ALL.into_iter().filter(|part| match options.only {
        None => true,
        Some(only) => *part == only || (*part == Part::Org && only != Part::Tags),
    });
    let parts: Vec<_> = parts.collect();
    let mut members = None;
    for part in parts {
        let mut run = Run {
            client,
            conn: &mut *conn,
            settings,
            options: &mut *options,
            part,
            counts: Counts::default(),
            done: (0, 0),
            verdict: None,
            members: members.take(),
        };
        let error = run.part().err();
        let counts = run.counts;
        report.verdict = run.verdict.or(report.verdict);
        members = run.members.take();
        let ends_all = error.as_ref().is_some_and(SyncError::ends_all);
        report.parts.push(PartReport {
            part,
            counts,
            error,
        });
        if ends_all {
            break;
        }
    }
    report.calls = client.calls();
    report
}

impl Run<'_, '_> {
    fn when(&self) -> When {
        When {
            now: self.client.clock.unix(),
            zone: self.options.zone,
        }
    }

    /// Runs one part between its two rows of `sync_run`; success is journalled with the second.
    fn part(&mut self) -> Result<(), SyncError> {
        let source = self.part.source();
        let began = self.when().now;
        let id = within(self.conn, |tx| state::begin_run(tx, source, began))?;
        let done = match self.part {
            Part::Org => self.org(),
            Part::Tags => self.tags(),
            Part::Contacts => self.contacts(),
            Part::Groups => self.groups(),
            Part::Behaviour => self.behaviour(),
            Part::Handover => self.handover(),
        };
        let (counts, now) = (self.counts, self.when().now);
        let message = done.as_ref().err().map(ToString::to_string);
        let ended = Ended {
            rows: counts.rows,
            errcode: done.as_ref().err().and_then(SyncError::code),
            error: message.as_deref(),
        };
        let detail = serde_json::to_string(&counts).unwrap_or_default();
        let (actor, is_ok) = (self.options.actor, done.is_ok());
        let closed = within(self.conn, |tx| {
            state::end_run(tx, id, now, &ended)?;
            if is_ok {
                let act = Act {
                    at: now,
                    act: "sync",
                    subject_kind: "source",
                    subject_id: source,
                    detail: Some(&detail),
                    ..Act::default()
                };
                journal::write(tx, actor, act)?;
            }
            Ok(())
        });
        done?;
        Ok(closed?)
    }

    /// Adds what a page did and says how far we are.
    fn tell(&mut self, counts: Counts) {
        self.counts.add(counts);
        let progress = Progress {
            part: self.part,
            rows: self.counts.rows,
            done: self.done,
            calls: self.client.calls(),
        };
        (self.options.progress)(progress);
    }

    /// May so many of so many end? At most a twentieth, unless the operator allows more.
    fn may_end(&self, what: Fixed, gone: u64, of: u64) -> Result<(), SyncError> {
        if self.options.allow_shrink || gone * 20 <= of {
            return Ok(());
        }
        Err(SyncError::Shrink { what, gone, of })
    }

    /// Threads that fetch.
    fn threads(&self) -> usize {
        self.settings.concurrency
    }
}
