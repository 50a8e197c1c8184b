//! 活动 KPI 树: actual, target, achievement, pace, and the cause of the gap.

use std::collections::BTreeSet;

use super::Loadable;
use crate::domain::CampaignId;
use crate::engine::answer::{GmvKind, KpiPage};

/// State of the pane. Rows: campaigns, and under the opened one its tree (flattened, without folded branches).
#[derive(Clone, Debug, Default)]
pub struct Kpi {
    /// The page.
    pub page: Loadable<KpiPage>,
    /// Campaign asked for; `None` lets the engine choose.
    pub campaign: Option<CampaignId>,
    /// Which GMV.
    pub gmv: GmvKind,
    /// Path of the node under the cursor; empty = the campaign's line.
    pub cursor: String,
    /// The campaign whose line the cursor is on when it is not in the tree.
    pub cursor_campaign: Option<CampaignId>,
    /// First row on screen.
    pub top: usize,
    /// Folded nodes by path.
    pub folded: BTreeSet<String>,
}
