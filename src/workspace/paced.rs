//! How earlier periods went, for the pace of targets: kept by an engine that has everything, else added up from the tables.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::domain::kpi::curve::Daily;
use crate::domain::kpi::goal::{Goals, Lookback};
use crate::domain::kpi::{CampaignFacts, GmvKind, TargetFacts};
use crate::domain::{AsOf, CampaignId, Day};
use crate::engine::{Engine, kpi};
use crate::store::{StoreError, daily};

use super::Workspace;

/// Day totals as far as the pace of these targets asks for them.
pub(super) fn read(conn: &Connection, goals: &Goals<'_>) -> Result<Option<Daily>, StoreError> {
    let Some(latest) = goals.lookback(None) else {
        return Ok(None);
    };
    let days = daily::read(conn, &latest)?;
    // Where one of the latest periods tells nothing, those before it may.
    match goals.lookback(Some(&days)) {
        Some(further) => {
            let all = Lookback {
                span: further.span,
                ..latest
            };
            daily::read(conn, &all).map(Some)
        }
        None => Ok(Some(days)),
    }
}

/// The first day of the history.
pub(super) fn since(conn: &Connection, engine: &Engine) -> Result<Option<Day>, StoreError> {
    match engine.daily() {
        Some(daily) => Ok(daily.first_order()),
        None => daily::first_order(conn),
    }
}

/// How the campaigns before some went, and the first day of the history.
pub(super) struct Before {
    pub since: Option<Day>,
    pub days: HashMap<CampaignId, Daily>,
}

impl Before {
    /// Reads what the pace of campaigns asks for.
    pub(super) fn read(
        conn: &Connection,
        campaigns: (&[CampaignFacts], &[CampaignFacts]),
        wanted: (&[TargetFacts], GmvKind),
        as_of: AsOf,
    ) -> Result<Self, StoreError> {
        let mut before = Self {
            since: None,
            days: HashMap::new(),
        };
        let asks = |since| kpi::lookback(campaigns, wanted, as_of, since);
        if asks(Some(Day(i32::MIN))).is_empty() {
            return Ok(before);
        }
        before.since = daily::first_order(conn)?;
        for id in asks(before.since) {
            let days = daily::of_campaign(conn, id, wanted.1 != GmvKind::Gross)?;
            before.days.insert(id, days);
        }
        Ok(before)
    }
}

impl Workspace {
    /// Day totals as far as the pace of these targets asks for them; `None` where it asks for none.
    pub fn daily(&self, goals: &Goals<'_>) -> Result<Option<Daily>, StoreError> {
        read(&self.conn, goals)
    }
}
