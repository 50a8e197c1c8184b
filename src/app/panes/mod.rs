//! The five panes' state, one file each.

pub mod board;
pub mod customers;
pub mod groups;
pub mod kpi;
mod loadable;
pub mod tags;

pub use loadable::Loadable;

/// The panes, in key order `1`..`5`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pane {
    /// 客户
    #[default]
    Customers,
    /// 标签
    Tags,
    /// 群组健康
    Groups,
    /// 活动 KPI 树
    Kpi,
    /// 销售榜
    Board,
}

impl Pane {
    /// All five, in key order.
    pub const ALL: &'static [Self] = &[
        Self::Customers,
        Self::Tags,
        Self::Groups,
        Self::Kpi,
        Self::Board,
    ];

    /// The key of the words for its name.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Customers => "pane.customers",
            Self::Tags => "pane.tags",
            Self::Groups => "pane.groups",
            Self::Kpi => "pane.kpi",
            Self::Board => "pane.board",
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Panes {
    /// 客户
    pub customers: customers::Customers,
    /// 标签
    pub tags: tags::Tags,
    /// 群组健康
    pub groups: groups::Groups,
    /// 活动
    pub kpi: kpi::Kpi,
    /// 销售榜
    pub board: board::Board,
}
