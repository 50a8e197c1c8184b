//! A node of a campaign's KPI tree: a figure, its target, and how the one stands to the other.

use super::super::SafeText;
use super::super::metric::find;
use super::{Held, KpiOp, goal::Goal};

/// A node of the KPI tree, in drawing order (depth first).
#[derive(Clone, Debug, PartialEq)]
pub struct KpiNode {
    /// Stable identity of the node: its path, for instance `gmv/users/reached`.
    pub path: String,
    /// 0 = 达成率, 1 = GMV, 2 = 用户量 · 转化率 · 客单价, 3 = journey steps.
    pub depth: u8,
    /// Metric code, key of its name and definition.
    pub code: &'static str,
    /// Label of its own (from `kpi_node.label`), else the metric's name is shown.
    pub label: Option<SafeText>,
    /// How it combines with its siblings.
    pub op: KpiOp,
    /// Its figure, held against the target of it.
    pub held: Held,
    /// Share of the gap this factor explains, in the GMV's fen; factors only.
    pub contribution: Option<f64>,
    /// Product of the children over this node, minus one, when it is off by more than 0.5 %.
    pub mismatch: Option<f64>,
    /// Filter term that lists the people behind the figure.
    pub drill: Option<String>,
}

impl KpiNode {
    /// The figure held against its target, where it has one.
    pub fn goal(&self) -> Option<Goal> {
        self.held.target.number()?;
        Some(Goal {
            metric: find(self.code)?,
            held: self.held,
        })
    }
}
