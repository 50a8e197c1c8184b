//! 活动 KPI 树: actual, target, achievement, pace, and the cause of the gap.

use std::collections::BTreeSet;

use super::Loadable;
use crate::domain::CampaignId;
use crate::engine::answer::{CampaignHead, GmvKind, KpiNode, KpiPage};

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

/// A row of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A campaign, by its index in the page.
    Campaign(usize),
    /// A node of the opened campaign's tree, by its index in the page.
    Node(usize),
}

impl Kpi {
    /// The rows: every campaign, and under the opened one its tree without what is folded (`""` folds the whole tree).
    pub fn rows(&self) -> Vec<Line> {
        let Some(page) = &self.page.value else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for (i, head) in page.campaigns.iter().enumerate() {
            rows.push(Line::Campaign(i));
            if Some(head.id) == page.campaign && !self.folded.contains("") {
                rows.extend(
                    (0..page.tree.len())
                        .filter(|n| self.unfolded(*n))
                        .map(Line::Node),
                );
            }
        }
        rows
    }

    /// No ancestor of the node is folded.
    fn unfolded(&self, node: usize) -> bool {
        let Some(node) = self
            .page
            .value
            .as_ref()
            .and_then(|page| page.tree.get(node))
        else {
            return false;
        };
        !self.folded.iter().any(|folded| {
            node.path
                .strip_prefix(folded.as_str())
                .is_some_and(|rest| !folded.is_empty() && rest.starts_with('/'))
        })
    }

    /// The row under the cursor, as its position in [`Kpi::rows`].
    pub fn at(&self) -> usize {
        let Some(page) = &self.page.value else {
            return 0;
        };
        let rows = self.rows();
        rows.iter()
            .position(|line| match *line {
                Line::Campaign(i) => page.campaigns.get(i).is_some_and(|head| {
                    self.cursor.is_empty()
                        && self.cursor_campaign.or(page.campaign) == Some(head.id)
                }),
                Line::Node(i) => page
                    .tree
                    .get(i)
                    .is_some_and(|node| !self.cursor.is_empty() && node.path == self.cursor),
            })
            .unwrap_or(0)
    }

    /// The node under the cursor; `None` on a campaign's line.
    pub fn node(&self) -> Option<&KpiNode> {
        match self.rows().get(self.at())? {
            Line::Campaign(_) => None,
            Line::Node(i) => self.page.value.as_ref()?.tree.get(*i),
        }
    }

    /// The campaign whose line the cursor is on.
    pub fn head(&self) -> Option<&CampaignHead> {
        match self.rows().get(self.at())? {
            Line::Campaign(i) => self.page.value.as_ref()?.campaigns.get(*i),
            Line::Node(_) => None,
        }
    }

    /// Puts the cursor on a row, the screen follows.
    pub(in crate::app) fn place(&mut self, to: u64, height: u64) {
        let rows = self.rows();
        let at = usize::try_from(to)
            .unwrap_or(usize::MAX)
            .min(rows.len().saturating_sub(1));
        let Some(page) = &self.page.value else { return };
        match rows.get(at) {
            Some(Line::Campaign(i)) => {
                self.cursor.clear();
                self.cursor_campaign = page.campaigns.get(*i).map(|head| head.id);
            }
            Some(Line::Node(i)) => {
                self.cursor = page
                    .tree
                    .get(*i)
                    .map(|node| node.path.clone())
                    .unwrap_or_default();
                self.cursor_campaign = page.campaign;
            }
            None => {}
        }
        self.top = super::loadable::follow(self.top, at, rows.len(), height);
    }

    /// Unfolds the row under the cursor (a campaign: opens it), or folds it; what is folded already leads to its parent.
    pub(in crate::app) fn fold(&mut self, unfold: bool) {
        let opened = self.page.value.as_ref().and_then(|page| page.campaign);
        if let Some(head) = self.head().map(|head| head.id) {
            match (unfold, Some(head) == opened) {
                (true, true) => {
                    self.folded.remove("");
                }
                (true, false) => {
                    self.campaign = Some(head);
                    self.folded.remove("");
                }
                (false, true) => {
                    self.folded.insert(String::new());
                }
                (false, false) => {}
            }
            return;
        }
        let path = self.cursor.clone();
        if unfold {
            self.folded.remove(&path);
        } else if self.has_children(&path) && !self.folded.contains(&path) {
            self.folded.insert(path);
        } else {
            self.cursor = path
                .rsplit_once('/')
                .map(|(parent, _)| parent.to_owned())
                .unwrap_or_default();
            let known = self
                .page
                .value
                .as_ref()
                .is_some_and(|page| page.tree.iter().any(|node| node.path == self.cursor));
            if !known {
                self.cursor.clear();
                self.cursor_campaign = opened;
            }
        }
    }

    fn has_children(&self, path: &str) -> bool {
        self.page.value.as_ref().is_some_and(|page| {
            page.tree.iter().any(|node| {
                node.path
                    .strip_prefix(path)
                    .is_some_and(|rest| rest.starts_with('/'))
            })
        })
    }
}
