//! Campaigns, targets and the KPI tree (metrics.md 4.3, 4.4, 4.9).

use super::period::{Period, PeriodKind};
use super::{CampaignId, Day, Fen, SafeText, Zone};

pub mod course;
pub mod curve;
pub mod funnel;
pub mod goal;
pub mod held;
pub mod node;
pub mod split;
pub mod target;
pub mod tree;

pub use course::Course;
pub use held::Held;
pub use node::KpiNode;

/// Achievement bands (metrics.md 4.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KpiBand {
    /// 未达成, below the floor.
    BelowFloor,
    /// 未达成.
    Missed,
    /// 达成.
    Met,
    /// 超额达成.
    Exceeded,
}

/// Which GMV is meant (metrics.md 4.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GmvKind {
    /// 支付GMV: paid orders by pay day.
    #[default]
    Gross,
    /// 现金口径: gross minus refunds refunded in the period.
    NetByRefundDate,
    /// 订单口径: orders paid in the period minus all their refunds so far.
    NetByOrderDate,
}

impl GmvKind {
    /// Its metric code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Gross => "gmv",
            Self::NetByRefundDate => "net_gmv_refund",
            Self::NetByOrderDate => "net_gmv_order",
        }
    }
}

/// A node's operation over its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KpiOp {
    /// No children.
    Leaf,
    /// Product of its children.
    Product,
    /// Child over target.
    Attainment,
}

/// What speaks against holding a campaign's figures against its targets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Caveats {
    /// It has begun, and no paid order names it: what it sold is not measured, rather than 0.
    pub uncredited: bool,
    /// What the targets of its users, conversion and value multiply to, less that of its GMV, fen; `None` where they agree
    /// within 0.5 % or one is not set.
    pub between: Option<f64>,
}

/// The exact split of a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct GapSplit {
    /// Actual minus target, fen.
    pub gap: f64,
    /// Factor's metric code and its contribution, fen; they add up to `gap`.
    pub parts: Vec<(&'static str, f64)>,
    /// A factor was 0 or missing: split by sequential replacement instead of logarithmic means.
    pub sequential: bool,
    /// The factor without a target of its own, and what the other targets leave for it, in its metric's unit.
    pub implied: Option<(&'static str, f64)>,
}

/// A row of `campaign`.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignFacts {
    /// Identity.
    pub id: CampaignId,
    /// Name.
    pub name: SafeText,
    /// `campaign.kind`: `festival`, `flash`, …
    pub kind: SafeText,
    /// `campaign.status` as it was given (see [`CampaignFacts::state`]): `planned`, `warmup`, `running`, `ended`, `reviewed`, `cancelled`.
    pub status: SafeText,
    /// Warm-up begins, unix seconds.
    pub warmup_at: Option<i64>,
    /// Sales begin, unix seconds.
    pub starts_at: i64,
    /// Sales end, unix seconds; the last day is the day of the second before it.
    pub ends_at: i64,
}

impl CampaignFacts {
    /// Its first and last day in a zone; it ends before the instant it ends at.
    pub fn days(&self, zone: Zone) -> Period {
        let from = zone.day_of(self.starts_at);
        let last = zone.day_of(self.ends_at.saturating_sub(1));
        Period {
            from,
            to: last.max(from),
        }
    }

    /// What it is at an instant, in the words of `status`: its dates say so unless it was cancelled, or reviewed after its end.
    pub fn state(&self, now: i64) -> &'static str {
        let said = self.status.as_str();
        let has_begun = |at: i64| at <= now;
        if said == "cancelled" {
            "cancelled"
        } else if has_begun(self.ends_at) {
            if said == "reviewed" {
                "reviewed"
            } else {
                "ended"
            }
        } else if has_begun(self.starts_at) {
            "running"
        } else if self.warmup_at.is_some_and(has_begun) {
            "warmup"
        } else {
            "planned"
        }
    }
}

/// Whom a target is for (`kpi_target.subject_kind`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// The whole workspace.
    Workspace,
    /// A department.
    Dept,
    /// A member of staff.
    Staff,
    /// A campaign.
    Campaign,
    /// A channel.
    Channel,
    /// A group.
    Group,
}

impl SubjectKind {
    /// Reads the column; anything else is `None`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "workspace" => Some(Self::Workspace),
            "dept" => Some(Self::Dept),
            "staff" => Some(Self::Staff),
            "campaign" => Some(Self::Campaign),
            "channel" => Some(Self::Channel),
            "group" => Some(Self::Group),
            _ => None,
        }
    }
}

/// A row of `kpi_target`. Money is in fen; a percent metric is a fraction (4 % is 0.04).
#[derive(Clone, Debug, PartialEq)]
pub struct TargetFacts {
    /// `metric_code` (see [`super::metric`]).
    pub metric_code: String,
    /// Whom it is for.
    pub subject_kind: SubjectKind,
    /// Raw id of the subject (campaign and department ids as decimal text; the workspace's is ignored).
    pub subject_id: String,
    /// Calendar the target is set for: a target of a month is no target of its days.
    pub period_kind: PeriodKind,
    /// First day.
    pub period_start: Day,
    /// Last day, included.
    pub period_end: Day,
    /// Below it is the deeper 未达成.
    pub floor: Option<f64>,
    /// The value aimed at, in the metric's unit: fen, people, or a rate as a part of 1.
    pub target: f64,
    /// From here on it is 超额达成; `None` = 120 % of the target.
    pub stretch: Option<f64>,
    /// A missed target may cost something.
    pub penalty_allowed: bool,
}

/// A row of `kpi_node`: its label replaces the metric's name in the tree of its campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeFacts {
    /// Campaign; `None` = every campaign.
    pub campaign: Option<CampaignId>,
    /// Code of the metric whose name the label replaces.
    pub metric_code: String,
    /// What the node is called in the tree instead.
    pub label: SafeText,
}

/// Steps of a campaign's funnel, in forced order. (`joined_group` and `shared` are recorded too but are no step towards paying.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// `reached`.
    Reached,
    /// `opened`.
    Opened,
    /// `clicked`.
    Clicked,
    /// `added_cart`.
    AddedCart,
    /// `ordered`.
    Ordered,
    /// `paid`.
    Paid,
}

impl Step {
    /// All, in forced order.
    pub const ALL: [Self; 6] = [
        Self::Reached,
        Self::Opened,
        Self::Clicked,
        Self::AddedCart,
        Self::Ordered,
        Self::Paid,
    ];

    /// As `campaign_step.step` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::Opened => "opened",
            Self::Clicked => "clicked",
            Self::AddedCart => "added_cart",
            Self::Ordered => "ordered",
            Self::Paid => "paid",
        }
    }

    /// Reads the column; `joined_group`, `shared` and anything else are `None`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }
}

/// People of one funnel step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepPeople {
    /// Distinct people who reached the step.
    pub people: u64,
    /// Those of them who are also in the nearest earlier step that is recorded (forced order); 0 for the first such step.
    pub with_previous: u64,
    /// The campaign has somebody at it, be it nobody of those asked about: theirs is 0 then, and not unknown.
    pub recorded: bool,
}

/// Money of a period, or of a campaign: its paid non-test orders are those with its `campaign_id`, whenever paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GmvSums {
    /// Σ paid.
    pub gross: Fen,
    /// Σ refunds refunded in the period; of a campaign those of its own orders by its last day.
    pub refunded_in_period: Fen,
    /// Σ refunds so far of the orders paid in the period.
    pub refunded_so_far: Fen,
}

impl GmvSums {
    /// Adds other money to this.
    pub fn add(&mut self, other: Self) {
        let sum = |a: Fen, b: Fen| Fen(a.0.saturating_add(b.0));
        self.gross = sum(self.gross, other.gross);
        self.refunded_in_period = sum(self.refunded_in_period, other.refunded_in_period);
        self.refunded_so_far = sum(self.refunded_so_far, other.refunded_so_far);
    }

    /// The GMV of a kind (metrics.md 4.3); net kinds may be negative.
    pub fn of(self, kind: GmvKind) -> Fen {
        Fen(match kind {
            GmvKind::Gross => self.gross.0,
            GmvKind::NetByRefundDate => self.gross.0.saturating_sub(self.refunded_in_period.0),
            GmvKind::NetByOrderDate => self.gross.0.saturating_sub(self.refunded_so_far.0),
        })
    }
}

/// Orders whose items are known: what is said per item is said of these alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Itemised {
    /// How many such orders there are.
    pub orders: u64,
    /// Σ quantity of their items.
    pub items: u64,
    /// Their money.
    pub money: GmvSums,
}

impl Itemised {
    /// Whether these are all there are.
    pub fn is_all_of(&self, orders: u64) -> bool {
        self.orders == orders
    }
}

/// What the engine counts for the tree of one campaign, inside the scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CampaignCounts {
    /// People per step, as [`Step::ALL`].
    pub steps: [StepPeople; 6],
    /// Distinct buyers of paid orders.
    pub buyers: u64,
    /// Paid orders.
    pub orders: u64,
    /// Those of them whose items are known; `None` when none is.
    pub itemised: Option<Itemised>,
    /// Money of those orders, the three ways of metrics.md 4.3.
    pub money: GmvSums,
    /// GMV (kind asked for) per day, the last 14 days of the campaign or to today, oldest first.
    pub by_day: Vec<Fen>,
}
