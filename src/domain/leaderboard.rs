//! The leaderboard: ranks with ties, movement, distances (metrics.md 4.13).

use super::kpi::PeriodKind;
use super::{Day, DeptId, Fen, SafeText, StaffId};

/// Movement against the last snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Places won.
    Up(u32),
    /// Places lost.
    Down(u32),
    /// Same rank.
    Same,
    /// Not on the last board.
    New,
    /// There is no earlier board.
    Unknown,
}

/// A row of `staff`, as the board needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffFacts {
    /// Identity.
    pub id: StaffId,
    /// Name.
    pub name: SafeText,
    /// Main department.
    pub dept: Option<DeptId>,
    /// Its name; empty when unknown.
    pub dept_name: SafeText,
    /// `staff.role`: `sales` and `distributor` are always on the board, others when they sold.
    pub role: SafeText,
    /// When they left the company, unix seconds.
    pub left_at: Option<i64>,
    /// `staff.wecom_status` is 5 (left).
    pub left: bool,
}

/// What the engine counts for one member of staff over the period, inside the scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaffCounts {
    /// Σ paid of orders credited to them, paid in the period.
    pub gross: Fen,
    /// Σ refunds refunded in the period on orders credited to them (positive).
    pub refunds: Fen,
    /// Paid orders in the period.
    pub orders: u32,
    /// Customers added in the period (`follow_event` of kind `add`).
    pub adds: u32,
    /// The ranked figure per day, last 7 days of the period or to today, oldest first; fen or count.
    pub trend: Vec<i64>,
    /// When the present value was reached (last event that raised it), unix seconds, if known.
    pub reached_at: Option<i64>,
}

/// An earlier board (`leaderboard_snapshot` rows of one `taken_at`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoardSnapshot {
    /// When it was taken, unix seconds.
    pub taken_at: i64,
    /// Staff and their value then (fen or count); ranks are computed again inside the scope.
    pub values: Vec<(StaffId, f64)>,
}

/// A row of `incentive_rule` of scope `staff`.
#[derive(Clone, Debug, PartialEq)]
pub struct RewardStep {
    /// `metric_code`.
    pub metric_code: String,
    /// Calendar it is paid for.
    pub period_kind: PeriodKind,
    /// What earns it.
    pub kind: RewardKind,
    /// What is won: `reward_text`, or the amount in words, or the rule's name.
    pub text: SafeText,
    /// Amount.
    pub amount: Option<Fen>,
    /// Valid from, included.
    pub valid_from: Option<Day>,
    /// Valid to, included.
    pub valid_to: Option<Day>,
}

/// What earns a reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RewardKind {
    /// Reaching a value, in the metric's unit (fen, count).
    Threshold(f64),
    /// Standing at this rank or better.
    Rank(u32),
    /// Reaching this band of the target.
    Attainment(super::kpi::KpiBand),
    /// A title given by people: no distance to it.
    Title,
}
