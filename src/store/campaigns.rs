//! Reading campaigns, their targets and the labels of their KPI trees.

use rusqlite::Connection;

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use crate::domain::CampaignId;
use crate::domain::kpi::{CampaignFacts, NodeFacts, PeriodKind, SubjectKind, TargetFacts};

/// Every campaign, by start, newest first.
pub fn facts(conn: &Connection) -> Result<Vec<CampaignFacts>, StoreError> {
    rows(
        conn,
        "SELECT campaign_id, name, kind, status, warmup_at, starts_at, ends_at FROM campaign
         ORDER BY starts_at DESC, campaign_id",
        [],
        |row| {
            Some(CampaignFacts {
                id: CampaignId(row.int(0)?),
                name: row.text(1),
                kind: row.text(2),
                status: row.text(3),
                warmup_at: row.int(4),
                starts_at: row.int(5)?,
                ends_at: row.int(6)?,
            })
        },
    )
    .doing("reading campaigns")
}

/// Every target of whatever subject; the caller picks. A target without a number or a real period is left out.
pub fn targets(conn: &Connection) -> Result<Vec<TargetFacts>, StoreError> {
    rows(
        conn,
        "SELECT metric_code, subject_kind, subject_id, period_kind, period_start, period_end,
           floor_value, target_value, stretch_value, penalty_allowed FROM kpi_target ORDER BY target_id",
        [],
        |row| {
            Some(TargetFacts {
                metric_code: row.raw(0).to_string(),
                subject_kind: SubjectKind::parse(&row.raw(1))?,
                subject_id: row.raw(2).to_string(),
                period_kind: PeriodKind::parse(&row.raw(3))?,
                period_start: row.day(4)?,
                period_end: row.day(5)?,
                floor: row.real(6),
                target: row.real(7)?,
                stretch: row.real(8),
                penalty_allowed: row.int(9) != Some(0),
            })
        },
    )
    .doing("reading targets")
}

/// Labels of tree nodes, in tree order.
pub fn nodes(conn: &Connection) -> Result<Vec<NodeFacts>, StoreError> {
    rows(
        conn,
        "SELECT campaign_id, metric_code, label FROM kpi_node ORDER BY level, ord, node_id",
        [],
        |row| {
            Some(NodeFacts {
                campaign: row.int(0).map(CampaignId),
                metric_code: row.raw(1).to_string(),
                label: row.text(2),
            })
        },
    )
    .doing("reading the KPI tree")
}
