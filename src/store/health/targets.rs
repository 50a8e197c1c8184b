//! Whether the targets that still count are there, say something, and agree with each other.

use rusqlite::{Connection, params};

use super::DOING;
use crate::domain::kpi::target::of_campaign;
use crate::domain::kpi::tree::apart;
use crate::domain::kpi::{CampaignFacts, GmvKind, TargetFacts};
use crate::domain::{AsOf, SafeText};
use crate::store::campaigns;
use crate::store::error::{Doing, StoreError};

/// What the rows of `kpi_target` say.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// One of the whole workspace covers today.
    pub has_one: bool,
    /// Campaigns that run without a target of their own.
    pub campaigns_without: u64,
    /// Those of 0 that are not over: nothing is held against them (metrics.md 4.9).
    pub of_nothing: u64,
    /// Campaigns that are not over whose targets of users, conversion and value multiply to something else than that of
    /// their GMV, and how far off, fen.
    pub apart: Vec<(SafeText, f64)>,
}

impl Targets {
    pub(super) fn read(conn: &Connection, now: AsOf) -> Result<Self, StoreError> {
        let today = now.today().to_string();
        let has_one = conn.query_row(
            "SELECT EXISTS (SELECT 1 FROM kpi_target WHERE subject_kind = 'workspace' AND ?1 BETWEEN period_start AND period_end)",
            [&today],
            |row| row.get(0),
        );
        let campaigns_without = conn.query_row(
            "SELECT count(*) FROM campaign c WHERE c.starts_at <= ?1 AND c.ends_at > ?1 AND c.status <> 'cancelled'
             AND NOT EXISTS (SELECT 1 FROM kpi_target t WHERE t.subject_kind = 'campaign' AND t.period_kind = 'campaign' AND t.subject_id = CAST(c.campaign_id AS TEXT))",
            params![now.unix],
            |row| row.get(0),
        );
        let of_nothing = conn.query_row(
            "SELECT count(*) FROM kpi_target WHERE target_value = 0 AND period_end >= ?1 AND node_id IS NULL",
            [&today],
            |row| row.get(0),
        );
        Ok(Self {
            has_one: has_one.doing(DOING)?,
            campaigns_without: campaigns_without.doing(DOING)?,
            of_nothing: of_nothing.doing(DOING)?,
            apart: all_apart(
                &campaigns::facts(conn)?,
                &campaigns::targets_of_campaigns(conn)?,
                now,
            ),
        })
    }
}

fn all_apart(
    campaigns: &[CampaignFacts],
    targets: &[TargetFacts],
    now: AsOf,
) -> Vec<(SafeText, f64)> {
    let counts = |c: &&CampaignFacts| c.ends_at > now.unix && c.status.as_str() != "cancelled";
    let apart = |campaign: &CampaignFacts| {
        let its = of_campaign(campaign, targets, now.zone);
        let own = |kind: &GmvKind| its.iter().any(|target| target.metric_code == kind.code());
        let kinds = [
            GmvKind::Gross,
            GmvKind::NetByRefundDate,
            GmvKind::NetByOrderDate,
        ];
        let kind = kinds.into_iter().find(own)?;
        Some((campaign.name.clone(), apart(&its, kind)?))
    };
    campaigns.iter().filter(counts).filter_map(apart).collect()
}
