//! 社群健康: worst first, with the factors behind the score.

use super::Loadable;
use crate::app::list::List;
use crate::domain::ChatId;
use crate::engine::answer::GroupsPage;
use crate::engine::request::GroupSort;
use crate::filter::Filter;

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    /// Rows.
    pub page: Loadable<GroupsPage>,
    /// Selection by identity.
    pub list: List<ChatId>,
    /// Sort.
    pub sort: GroupSort,
    /// Reversed.
    pub reversed: bool,
    /// Filter over the groups themselves.
    pub filter: Filter,
    /// Rows whose figures changed: id, until when marked (monotonic ms).
    pub marks: Vec<(ChatId, u64)>,
}
