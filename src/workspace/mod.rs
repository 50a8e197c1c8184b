//! The live workspace: the room between store and app. It owns the read connection, the engine and the small tables,
//! and turns a [`Question`] into an [`Answer`]. [`desk`] runs it on a thread of its own; commands call it directly.
//!
//! Before the engine is ready the first customers come straight from SQL through an index: by spend, since who is
//! at risk is not known yet. Then the engine knows customers, tags and staff: lists, filters, sorts and facets are its own
//! from here on. What needs orders waits for the second stage of the load.

mod ahead;
mod caught;
pub mod desk;
mod errand;
pub mod errands;
mod facts;
mod first;
mod idle;
mod inbox;
mod inside;
mod instant;
mod kept;
mod leaderboard;
pub mod listing;
mod loading;
pub mod meeting;
mod needs;
mod paced;
mod panes;
mod posted;
mod reached;
mod refusal;
mod row;
mod scores;
mod stage;
mod standing;
#[cfg(test)]
mod statements;
pub mod straight;
pub mod trade;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::org::OrgNode;
use crate::domain::period::PeriodSpec;
use crate::domain::{AsOf, CustomerId, SafeText, Sentence, Zone};
use crate::engine::answer::{BoardMetric, SourceAge, Stamp};
use crate::engine::load::{Loaded, Reach, Table};
use crate::engine::request::{Answer, Question, Scope};
use crate::engine::{Disclosure, Ground};
use crate::store::called::called;
use crate::store::changes;
use crate::store::{Access, FileId, Opened, StoreError, customers, meta, sources, timeline};
use rusqlite::Connection;

pub use caught::{CaughtUp, Cells};
use facts::Facts;
use instant::Instant;

/// What time it is, for pacing and for "now".
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Monotonic milliseconds.
    pub millis: u64,
    /// Unix seconds.
    pub unix: i64,
}

/// Reads the clocks; given by the runtime, so that this room has none.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// Which file, for the threads that open it again.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Its path.
    pub path: PathBuf,
    /// The file that was opened.
    pub file: FileId,
    /// The instant it is told of, where the file has rows of later; `None`: it is told as it is.
    pub held: Option<AsOf>,
}

/// An open workspace.
pub struct Workspace {
    opening: Opening,
    instant: Instant,
    conn: Connection,
    access: Access,
    zone: Zone,
    name: SafeText,
    demo: bool,
    notes: Vec<Sentence>,
    engine: Option<Loaded>,
    /// Tables the engine was loaded from.
    loaded: BTreeSet<Table>,
    /// Orders it was loaded with.
    reach: Reach,
    /// The second stage of the load is still to come: no change is applied before.
    half: bool,
    facts: Option<Facts>,
    disclosure: Disclosure,
    /// Counts states: grows with every change applied.
    revision: u64,
    /// Counts engines: rows of an earlier one mean nothing now.
    loads: u64,
    /// The first customers, read while the console was still being set up; the first answer takes them.
    first: Option<(customers::Pool, Vec<customers::Listed>)>,
    /// The first answer was a sketch: it is to be given again, whole.
    brief: bool,
    /// What a board of everybody was last asked to rank.
    metric: Option<BoardMetric>,
    /// The scope one key away, until it has been looked through.
    ahead: Option<ahead::Ahead>,
    /// Pages of groups and boards told before.
    pages: kept::Pages,
    /// The load whose group buyers were counted ahead.
    counted: u64,
    /// Revisions and the places in the change log they belong to, oldest first.
    states: std::collections::VecDeque<(u64, changes::Seq)>,
}

impl Workspace {
    /// Takes over an opened file.
    pub fn new(path: PathBuf, opened: Opened) -> Result<Self, StoreError> {
        let Opened {
            conn,
            access,
            notes,
            file,
        } = opened;
        let zone = meta::zone(&conn)?;
        let name = meta::get(&conn, "corp_name")?.filter(|name| !name.is_empty());
        let stem = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned());
        Ok(Self {
            name: SafeText::new(&name.or(stem).unwrap_or_default()),
            demo: meta::is_demo(&conn)?,
            opening: Opening {
                path,
                file,
                held: None,
            },
            instant: Instant::default(),
            conn,
            access,
            zone,
            notes,
            engine: None,
            loaded: BTreeSet::new(),
            reach: Reach::All,
            half: false,
            facts: None,
            disclosure: Disclosure::default(),
            revision: 0,
            loads: 0,
            first: None,
            brief: false,
            metric: None,
            ahead: None,
            pages: kept::Pages::default(),
            counted: 0,
            states: std::collections::VecDeque::new(),
        })
    }

    /// Closes the file and says so; then lets go of all that was read from it.
    fn close(self, closed: impl FnOnce()) {
        drop(self.conn);
        closed();
    }

    /// Which file.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// What the file allows.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Name of the business, else of the file.
    pub fn name(&self) -> &SafeText {
        &self.name
    }

    /// Invented rows.
    pub fn is_demo(&self) -> bool {
        self.demo
    }

    /// Zone of business days.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// Things the operator should know about the file, one sentence each.
    pub fn notes(&self) -> &[Sentence] {
        &self.notes
    }

    /// "Now" in the workspace's zone.
    pub fn as_of(&self, unix: i64) -> AsOf {
        AsOf {
            unix,
            zone: self.zone,
        }
    }

    /// How much of names and phones leaves this room.
    pub fn disclose(&mut self, disclosure: Disclosure) {
        self.disclosure = disclosure;
    }

    /// Answers a question; `None` when it needs the engine and the engine is not ready.
    pub fn answer(&mut self, question: &Question, as_of: AsOf) -> Option<Answer> {
        match self.try_answer(question, as_of) {
            Ok(answer) => answer,
            Err(error) => Some(Answer::Failed(Box::new(error.sentence()))),
        }
    }

    fn try_answer(
        &mut self,
        question: &Question,
        as_of: AsOf,
    ) -> Result<Option<Answer>, StoreError> {
        match question {
            Question::Sources => Ok(Some(Answer::Sources(self.sources(as_of)?))),
            Question::Org => Ok(Some(Answer::Org(self.facts(as_of)?.org.nodes().to_vec()))),
            Question::Names => Ok(Some(Answer::Names(called(&self.conn)?))),
            Question::Customer(id) => Ok(Some(Answer::Customer(
                self.detail(id, as_of)?.map(Box::new),
            ))),
            Question::Customers { scope, .. } if self.engine.is_none() => {
                self.first_page(question, scope, as_of)
            }
            _ if self.half && !needs::at_least(question).is_subset(&self.loaded) => Ok(None),
            Question::Customers { .. }
            | Question::Tags(_)
            | Question::Groups { .. }
            | Question::Kpi { .. }
            | Question::Board { .. }
                if self.engine.is_none() =>
            {
                Ok(None)
            }
            _ => panes::answer(self, question, as_of).map(Some),
        }
    }

    /// The small tables as of a day.
    fn facts(&mut self, as_of: AsOf) -> Result<&Facts, StoreError> {
        let fresh = self
            .facts
            .take()
            .filter(|facts| facts.day == as_of.open_day());
        let facts = match fresh {
            Some(facts) => facts,
            None => Facts::read(&self.conn, as_of)?,
        };
        Ok(self.facts.insert(facts))
    }

    /// Every org node.
    pub fn org(&mut self, unix: i64) -> Result<Vec<OrgNode>, StoreError> {
        let as_of = self.as_of(unix);
        Ok(self.facts(as_of)?.org.nodes().to_vec())
    }

    fn sources(&self, as_of: AsOf) -> Result<Vec<SourceAge>, StoreError> {
        let ages = sources::ages(&self.conn, as_of)?;
        Ok(ages
            .into_iter()
            .map(|s| SourceAge {
                code: s.code,
                newest: s.newest,
                stale: s.stale,
            })
            .collect())
    }

    /// What an answer was computed from.
    pub fn stamp(&mut self, scope: &Scope, as_of: AsOf) -> Result<Stamp, StoreError> {
        let period = scope.period.resolve(as_of.today());
        let org = match scope.org {
            None => None,
            Some(id) => {
                let name = self
                    .facts(as_of)?
                    .org
                    .node(id)
                    .map(|node| node.name.clone());
                Some((id, name.unwrap_or_default()))
            }
        };
        Ok(Stamp {
            revision: self.revision,
            as_of: as_of.unix,
            period,
            // At the last second of a day that day is over.
            partial: period.partial(as_of.open_day()),
            org,
            filter: crate::filter::print(&scope.filter),
            named: match &self.engine {
                Some(loaded) => loaded.engine.named(&scope.filter),
                None => scope.filter.clone(),
            },
        })
    }

    fn detail(
        &mut self,
        id: &CustomerId,
        as_of: AsOf,
    ) -> Result<Option<crate::engine::answer::CustomerDetail>, StoreError> {
        let Some(detail) = customers::detail(&self.conn, id)? else {
            return Ok(None);
        };
        let timeline = timeline::timeline(&self.conn, id)?;
        let ground = Ground {
            as_of,
            period: PeriodSpec::Month.resolve(as_of.today()),
            org: None,
        };
        let disclosure = self.disclosure;
        let listed = self
            .engine
            .as_mut()
            .filter(|_| !self.half)
            .and_then(|l| l.engine.customer(id, ground, disclosure));
        Ok(Some(row::opened(detail, timeline, listed, disclosure)))
    }
}
