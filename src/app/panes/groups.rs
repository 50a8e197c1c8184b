//! 社群健康: worst first, with the factors behind the score.

use super::Loadable;
use crate::app::list::List;
use crate::domain::ChatId;
use crate::engine::answer::{GroupRow, GroupsPage};
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
    /// Rows whose figures changed: id, until when marked (monotonic ms), direction (0: groups have none).
    pub marks: Vec<(ChatId, u64, i8)>,
}

impl Groups {
    /// The row under the cursor.
    pub fn row(&self) -> Option<&GroupRow> {
        let id = self.list.cursor.as_ref()?;
        self.page
            .value
            .as_ref()?
            .rows
            .iter()
            .find(|row| row.id == *id)
    }
}
