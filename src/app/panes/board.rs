//! 销售榜: ranks with ties, movement, distances.

use super::Loadable;
use crate::app::list::List;
use crate::domain::StaffId;
use crate::engine::answer::{BoardMetric, BoardPage, BoardRow};

/// State of the pane.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// The page.
    pub page: Loadable<BoardPage>,
    /// Selection by identity.
    pub list: List<StaffId>,
    /// What is ranked.
    pub metric: BoardMetric,
    /// Rows whose value changed: id, until when marked (monotonic ms), direction.
    pub marks: Vec<(StaffId, u64, i8)>,
}

impl Board {
    /// The row under the cursor.
    pub fn row(&self) -> Option<&BoardRow> {
        let id = self.list.cursor.as_ref()?;
        self.page
            .value
            .as_ref()?
            .rows
            .iter()
            .find(|row| row.id == *id)
    }
}
