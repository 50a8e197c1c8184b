//! What a stand-up meeting asks of a workspace besides the panes: targets, tasks and losses by person.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::kpi::TargetFacts;
use crate::domain::leaderboard::StaffFacts;
use crate::domain::{AsOf, Day, SafeText, StaffId};
use crate::engine::request::Scope;
use crate::store::meeting::{self, Tasks};
use crate::store::sums::Within;
use crate::store::{Doing, StoreError, campaigns};

use super::{Workspace, inside};

/// Somebody's tasks.
#[derive(Clone, Debug, PartialEq)]
pub struct TasksOf {
    /// Who.
    pub name: SafeText,
    /// Tasks.
    pub tasks: Tasks,
}

/// Somebody customers left, and how many did.
pub type LostOf = (SafeText, u64);

impl Workspace {
    /// Every target of whatever subject and period.
    pub fn targets(&self) -> Result<Vec<TargetFacts>, StoreError> {
        campaigns::targets(&self.conn)
    }

    /// Another number whenever somebody else has committed.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.conn
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .doing("looking for commits")
    }

    /// Tasks of a day by person inside the scope, most overdue first, then most left to do; `None`: the workspace has none.
    pub fn tasks_on(
        &mut self,
        scope: &Scope,
        day: Day,
        as_of: AsOf,
    ) -> Result<Option<Vec<TasksOf>>, StoreError> {
        let zone = self.zone;
        let span = (zone.start_of(day), zone.start_of(day.plus(1)));
        let Some(found) = meeting::tasks(&self.conn, span, as_of.unix)? else {
            return Ok(None);
        };
        let named = self.of_people(scope, found, as_of)?;
        let mut people: Vec<TasksOf> = named
            .into_iter()
            .map(|(name, tasks)| TasksOf { name, tasks })
            .collect();
        people.sort_by(|a, b| {
            (b.tasks.overdue, b.tasks.left)
                .cmp(&(a.tasks.overdue, a.tasks.left))
                .then_with(|| a.name.cmp(&b.name))
        });
        Ok(Some(people))
    }

    /// Whom customers left inside the scope, most first.
    pub fn lost_of(
        &mut self,
        scope: &Scope,
        within: Within,
        as_of: AsOf,
    ) -> Result<Vec<LostOf>, StoreError> {
        let found = meeting::lost(&self.conn, within)?;
        let mut people = self.of_people(scope, found, as_of)?;
        people.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(people)
    }

    /// The staff of the scope's org node; `None` without a node.
    pub fn staff_inside(
        &mut self,
        scope: &Scope,
        as_of: AsOf,
    ) -> Result<Option<HashSet<StaffId>>, StoreError> {
        let facts = self.facts(as_of)?;
        Ok(inside::departments(facts, scope).map(|inside| {
            let is_inside = |s: &&StaffFacts| s.dept.is_some_and(|dept| inside.contains(&dept));
            let members = facts.staff.iter().filter(is_inside);
            members.map(|s| s.id.clone()).collect()
        }))
    }

    /// Hits of sensitive words by `chat_id`.
    pub fn hits_within(&self, within: Within) -> Result<HashMap<Arc<str>, u64>, StoreError> {
        meeting::hits(&self.conn, within)
    }

    /// What is known by `userid`, with names, of those inside the scope's org node; without a node of everybody, whoever is
    /// no member of staff by the id.
    fn of_people<T>(
        &mut self,
        scope: &Scope,
        found: HashMap<Arc<str>, T>,
        as_of: AsOf,
    ) -> Result<Vec<(SafeText, T)>, StoreError> {
        let facts = self.facts(as_of)?;
        let inside = inside::departments(facts, scope);
        let named = found.into_iter().filter_map(|(id, what)| {
            let staff = facts.staff.iter().find(|s| s.id.as_str() == &*id);
            match (staff, &inside) {
                (Some(staff), None) => Some((staff.name.clone(), what)),
                (None, None) => Some((SafeText::new(&id), what)),
                (Some(staff), Some(set)) => staff
                    .dept
                    .is_some_and(|dept| set.contains(&dept))
                    .then(|| (staff.name.clone(), what)),
                (None, Some(_)) => None,
            }
        });
        Ok(named.collect())
    }
}
