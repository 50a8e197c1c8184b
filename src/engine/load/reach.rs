//! How far into the past a question looks: a command loads only the orders and adds that its answer is added up from.

use crate::domain::Day;
use crate::domain::period::Period;
use crate::engine::counts::BUYERS;
use crate::engine::tally::TREND;

/// Which orders and adds are loaded. Refunds of orders that are not are left out with them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// All there are.
    #[default]
    All,
    /// Orders paid or given back, and adds, from a day to a day, both included.
    Days(Day, Day),
    /// Orders of any campaign, and no add.
    Campaigns,
}

impl Reach {
    /// What a board of a period is added up from: the period's days and the trend's.
    pub fn of_board(period: Period, today: Day) -> Self {
        let trend = period.to.min(today).plus(1 - i32::from(TREND));
        Self::Days(period.from.min(trend), period.to)
    }

    /// What the buyers in groups are counted from: whole days before the `open` one, which is not over.
    pub fn of_groups(open: Day) -> Self {
        Self::Days(open.plus(-BUYERS), open.plus(-1))
    }
}
