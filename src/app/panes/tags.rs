//! 标签: groups and tags in four families, three states each.

use std::collections::BTreeSet;

use super::Loadable;
use crate::engine::answer::TagsPage;

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
