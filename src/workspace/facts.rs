//! What the panes need besides the engine: groups, campaigns, targets, staff, rewards, the organisation. Small tables,
//! read whole at the start and read again when the change log names them.

use crate::domain::group_health::GroupFacts;
use crate::domain::kpi::{CampaignFacts, NodeFacts, TargetFacts};
use crate::domain::leaderboard::{BoardSnapshot, RewardStep, StaffFacts};
use crate::domain::org::OrgTree;
use crate::domain::{AsOf, ChatId, Day};
use crate::store::board::BoardKey;
use crate::store::changes::Changes;
use crate::store::{StoreError, board, campaigns, groups, org};
use rusqlite::Connection;
use std::sync::Arc;

/// The facts as of a business day.
#[derive(Debug)]
pub struct Facts {
    /// The day after the groups' trailing windows.
    pub day: Day,
    /// Live groups, by `chat_id`.
    pub groups: Vec<GroupFacts>,
    /// Campaigns, newest first.
    pub campaigns: Vec<CampaignFacts>,
    /// Targets.
    pub targets: Vec<TargetFacts>,
    /// Labels of KPI nodes.
    pub nodes: Vec<NodeFacts>,
    /// Staff, by `userid`.
    pub staff: Vec<StaffFacts>,
    /// Reward steps.
    pub rewards: Vec<RewardStep>,
    /// The organisation.
    pub org: OrgTree,
    /// Earlier boards read last: which, taken at or before which instant.
    earlier: Vec<(BoardKey<'static>, i64, Option<Arc<BoardSnapshot>>)>,
}

/// Earlier boards kept.
const EARLIER: usize = 4;

impl Facts {
    /// Reads all of them.
    pub fn read(conn: &Connection, as_of: AsOf) -> Result<Self, StoreError> {
        let staff = board::staff(conn)?;
        Ok(Self {
            day: as_of.open_day(),
            groups: groups::facts(conn, as_of.open_day(), as_of.zone)?,
            campaigns: campaigns::facts(conn)?,
            targets: campaigns::targets(conn)?,
            nodes: campaigns::nodes(conn)?,
            rewards: board::reward_steps(conn)?,
            org: tree(conn, &staff)?,
            staff,
            earlier: Vec::new(),
        })
    }

    /// The newest board of a period taken at or before an instant; kept until boards are written.
    pub fn earlier(
        &mut self,
        conn: &Connection,
        key: BoardKey<'static>,
        at: i64,
    ) -> Result<Option<Arc<BoardSnapshot>>, StoreError> {
        let mut kept = self.earlier.iter();
        if let Some((_, _, board)) = kept.find(|(k, before, _)| (*k, *before) == (key, at)) {
            return Ok(board.clone());
        }
        let board = board::snapshot_before(conn, key, at)?.map(Arc::new);
        if self.earlier.len() >= EARLIER {
            self.earlier.remove(0);
        }
        self.earlier.push((key, at, board.clone()));
        Ok(board)
    }

    /// Reads again what was touched, or what a new business day changes.
    pub fn refresh(
        &mut self,
        conn: &Connection,
        changes: &Changes,
        as_of: AsOf,
    ) -> Result<(), StoreError> {
        let tables = changes.tables;
        // A group shows its owner's name and belongs to the owner's department; its campaign says when it ends.
        let borrowed = !changes.staff.is_empty() || !changes.campaigns.is_empty();
        if self.day != as_of.open_day() || tables.tasks || borrowed {
            self.day = as_of.open_day();
            self.groups = groups::facts(conn, self.day, as_of.zone)?;
        } else if !changes.groups.is_empty() {
            self.refresh_groups(conn, changes, as_of)?;
        }
        if !changes.campaigns.is_empty() || tables.targets {
            self.campaigns = campaigns::facts(conn)?;
            self.targets = campaigns::targets(conn)?;
            self.nodes = campaigns::nodes(conn)?;
        }
        if tables.snapshots {
            self.earlier.clear();
        }
        if tables.incentives {
            self.rewards = board::reward_steps(conn)?;
        }
        if !changes.staff.is_empty() || !changes.departments.is_empty() {
            self.staff = board::staff(conn)?;
            self.org = tree(conn, &self.staff)?;
        }
        Ok(())
    }

    fn refresh_groups(
        &mut self,
        conn: &Connection,
        changes: &Changes,
        as_of: AsOf,
    ) -> Result<(), StoreError> {
        let ids: Vec<ChatId> = changes
            .groups
            .iter()
            .map(|id| ChatId::from(id.as_str()))
            .collect();
        let fresh = groups::facts_of(conn, self.day, as_of.zone, &ids)?;
        self.groups
            .retain(|group| !changes.groups.contains(group.id.as_str()));
        self.groups.extend(fresh);
        self.groups.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }
}

/// The organisation with its heads counted.
pub(super) fn tree(conn: &Connection, staff: &[StaffFacts]) -> Result<OrgTree, StoreError> {
    let departments = org::departments(conn)?;
    let mut heads = std::collections::HashMap::new();
    for member in staff.iter().filter(|s| !s.left) {
        if let Some(dept) = member.dept {
            *heads.entry(dept).or_insert(0_u32) += 1;
        }
    }
    Ok(OrgTree::new(&departments, &|dept| {
        heads.get(&dept).copied().unwrap_or(0)
    }))
}
