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

/// The key of the words for what is ranked.
pub fn heading(metric: BoardMetric) -> &'static str {
    match metric {
        BoardMetric::NetGmv => "board_metric.net_gmv",
        BoardMetric::Gmv => "board_metric.gmv",
        BoardMetric::Adds => "board_metric.adds",
        BoardMetric::Orders => "board_metric.orders",
        BoardMetric::Achievement => "board_metric.achievement",
    }
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
