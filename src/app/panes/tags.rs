//! 标签: groups and tags in four families, three states each.

use std::collections::BTreeSet;

use super::Loadable;
use crate::engine::answer::{TagFamily, TagRow, TagsPage, TriState};

/// State of the pane. Rows are flattened: a group line, then its tags unless folded.
#[derive(Clone, Debug, Default)]
pub struct Tags {
    /// Counts.
    pub page: Loadable<TagsPage>,
    /// Cursor in the flattened rows: group index and tag index inside it (`None` = the group's line).
    pub cursor: (usize, Option<usize>),
    /// First flattened row on screen.
    pub top: usize,
    /// Folded groups by index.
    pub folded: BTreeSet<usize>,
}

impl Tags {
    /// The flattened rows: a group's line (`None`), then its tags unless it is folded.
    pub fn rows(&self) -> Vec<(usize, Option<usize>)> {
        let Some(page) = &self.page.value else {
            return Vec::new();
        };
        page.groups
            .iter()
            .enumerate()
            .flat_map(|(g, group)| {
                let tags = if self.folded.contains(&g) {
                    0
                } else {
                    group.tags.len()
                };
                std::iter::once((g, None)).chain((0..tags).map(move |t| (g, Some(t))))
            })
            .collect()
    }

    /// Folds the long groups when the first counts arrive, so that every family is within reach: months, cities and the
    /// like from seven tags on, others from thirteen; never one with a tag in the filter.
    pub(in crate::app) fn fold_long(&mut self) {
        let groups = self.page.value.iter().flat_map(|page| &page.groups);
        let long = groups.enumerate().filter(|(_, group)| {
            let most = match group.family {
                TagFamily::Static => 6,
                TagFamily::Consumption
                | TagFamily::Behaviour
                | TagFamily::Tier
                | TagFamily::Other => 12,
            };
            group.tags.len() > most && group.tags.iter().all(|tag| tag.state == TriState::Any)
        });
        self.folded = long.map(|(at, _)| at).collect();
    }

    /// The tag under the cursor; `None` on a group's line.
    pub fn tag(&self) -> Option<&TagRow> {
        let (group, tag) = self.cursor;
        self.page.value.as_ref()?.groups.get(group)?.tags.get(tag?)
    }

    /// Position of the cursor among the rows.
    pub fn at(&self) -> usize {
        let rows = self.rows();
        rows.iter().position(|row| *row == self.cursor).unwrap_or(0)
    }

    /// Puts the cursor on a row, the screen follows.
    pub(in crate::app) fn place(&mut self, to: u64, height: u64) {
        let rows = self.rows();
        let at = usize::try_from(to)
            .unwrap_or(usize::MAX)
            .min(rows.len().saturating_sub(1));
        self.cursor = rows.get(at).copied().unwrap_or_default();
        self.top = super::loadable::follow(self.top, at, rows.len(), height);
    }

    /// Folds or unfolds the group under the cursor.
    pub(in crate::app) fn fold(&mut self, unfold: bool) {
        let group = self.cursor.0;
        if unfold {
            self.folded.remove(&group);
        } else {
            self.folded.insert(group);
            self.cursor = (group, None);
        }
    }

    /// Folds what is unfolded and the other way round.
    pub(in crate::app) fn toggle_fold(&mut self) {
        self.fold(self.folded.contains(&self.cursor.0));
    }
}
