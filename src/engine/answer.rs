//! What panes show: owned snapshots, each saying what it was computed from.
//!
//! The same structs feed the console, the commands (`caopan list`, `tags`, `groups`, `kpi`, `board`) and `snapshot`.
//! Every text is [`SafeText`] and already masked when masking is on.

mod opened;

pub use super::doubt::{Culprit, Doubt};
pub use super::kpi::CampaignHead;
pub use crate::domain::group_health::{HealthBand, HealthFlag, HealthPart};
pub use crate::domain::kpi::curve::{Expected, Pacing};
pub use crate::domain::kpi::goal::Goal;
pub use crate::domain::kpi::{Caveats, Course, GapSplit, GmvKind, Held, KpiBand, KpiNode, KpiOp};
pub use crate::domain::leaderboard::Movement;
pub use crate::domain::org::OrgNode;
use crate::domain::period::Period;
pub use crate::domain::rfm::Rfm;
use crate::domain::{
    CampaignId, ChatId, CustomerId, DeptId, Fen, Figure, Rate, SafeText, StaffId, TagId, Zone,
};
pub use crate::engine::shared::Shared;
use crate::filter::Filter;
pub use crate::filter::TriState;
pub use opened::{CustomerDetail, TimelineEvent};

/// What an answer was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    /// Counts the workspace's states: grows with every change applied.
    pub revision: u64,
    /// "Now" of the computation, unix seconds.
    pub as_of: i64,
    /// Period of the scope.
    pub period: Period,
    /// The period has not ended (`to >= today`): marked `◔`.
    pub partial: bool,
    /// Org node of the scope.
    pub org: Option<(DeptId, SafeText)>,
    /// The filter as printed; empty for none.
    pub filter: String,
    /// The filter as shown: with names in place of ids, where a name says as much.
    pub named: Filter,
}

impl Stamp {
    /// The period has not begun: nothing has come in, nobody has moved, nothing is to be had yet.
    pub fn is_ahead(&self, zone: Zone) -> bool {
        zone.day_of(self.as_of) < self.period.from
    }
}

/// One customer as listed.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerRow {
    /// Identity.
    pub id: CustomerId,
    /// WeChat name.
    pub name: SafeText,
    /// Phone, masked `138****2210` (whole only when unmasked was asked for); empty when unknown.
    pub phone: SafeText,
    /// Gender: 0 unknown, 1 male, 2 female.
    pub gender: u8,
    /// Region; empty when unknown.
    pub city: SafeText,
    /// Tag names in the order of the tag pane.
    pub tags: Vec<SafeText>,
    /// Stage of the first journey.
    pub stage: Option<SafeText>,
    /// Lifetime net money of orders that still stand.
    pub spend: Fen,
    /// Orders that still stand.
    pub orders: u32,
    /// Last purchase, unix seconds.
    pub last_purchase: Option<i64>,
    /// Last contact in either direction, unix seconds.
    pub last_contact: Option<i64>,
    /// First added, unix seconds.
    pub added: Option<i64>,
    /// Who owns the customer: id and name of the staff; `None` for nobody.
    pub owner: Option<(StaffId, SafeText)>,
    /// Channel through which the customer was added.
    pub source: SafeText,
    /// Recency, frequency, money scores 1..=5 and the segment; `None` for 未购.
    pub rfm: Option<Rfm>,
    /// Purchase-overdue level 0..=3 (metrics.md 4.12); `None` for people who never bought, bought once or are long gone.
    pub risk: Option<u8>,
    /// Yearly net money times the level's weight; `None` without a level.
    pub value_at_risk: Option<Fen>,
}

/// A window of the customer list.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomersPage {
    /// Computed from.
    pub stamp: Stamp,
    /// Customers under scope and filter.
    pub hits: u64,
    /// Customers of the workspace.
    pub pool: u64,
    /// Σ spend of the hits.
    pub spend: Fen,
    /// Position of `rows[0]` in the sorted hits.
    pub offset: u64,
    /// The window.
    pub rows: Vec<CustomerRow>,
    /// Where the anchor customer stands in the sorted hits; `None` when it is no longer among them.
    pub anchor_at: Option<u64>,
    /// Answered from SQL before the engine was ready: rows can be scrolled, filters wait.
    pub preliminary: bool,
    /// Of the rows only what the first frame shows is read yet: neither stage, orders, last purchase and contact nor source.
    pub sketch: bool,
    /// Zero hits: why.
    pub culprit: Option<Culprit>,
}

/// The four tag families of the field, and the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagFamily {
    /// 静态: region, age, birthday, channel.
    Static,
    /// 消费.
    Consumption,
    /// 行为.
    Behaviour,
    /// 层级.
    Tier,
    /// 来源 and everything else.
    Other,
}

/// One tag with its live counts.
#[derive(Clone, Debug, PartialEq)]
pub struct TagRow {
    /// Identity.
    pub id: TagId,
    /// Name.
    pub name: SafeText,
    /// State in the current filter.
    pub state: TriState,
    /// Customers with the tag under the scope, filter ignored.
    pub all: u64,
    /// Customers with the tag under scope and filter.
    pub hits: u64,
    /// `hits` over the customers under scope and filter.
    pub share: Rate,
}

/// A tag group with its tags.
#[derive(Clone, Debug, PartialEq)]
pub struct TagGroup {
    /// Identity.
    pub id: SafeText,
    /// Which of the field's families it belongs to: the pane lists by it.
    pub family: TagFamily,
    /// Name.
    pub name: SafeText,
    /// Its tags in `ord` order.
    pub tags: Vec<TagRow>,
}

/// The tag pane.
#[derive(Clone, Debug, PartialEq)]
pub struct TagsPage {
    /// Computed from.
    pub stamp: Stamp,
    /// Customers under scope and filter.
    pub hits: u64,
    /// Customers of the workspace.
    pub pool: u64,
    /// Groups, by family, then `ord`.
    pub groups: Vec<TagGroup>,
}

/// One group as listed.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupRow {
    /// Identity.
    pub id: ChatId,
    /// Title.
    pub name: SafeText,
    /// Owner (群主): id and name.
    pub owner: (StaffId, SafeText),
    /// External members at the last day measured.
    pub members: Option<u32>,
    /// People it may hold, staff too.
    pub capacity: u32,
    /// When it was made, unix seconds.
    pub created_at: i64,
    /// Joined in the trailing 7 days.
    pub joined: Option<u32>,
    /// Left by themselves or removed in the trailing 7 days.
    pub left: Option<u32>,
    /// Mean daily external speakers, trailing 7 days.
    pub speakers: Figure,
    /// External messages per day, oldest first, trailing 14 days; `None` = not measured.
    pub trend: Vec<Option<u32>>,
    /// Health score 0..=100, unrounded; `None` behind a gate or with under 60 measured.
    pub score: Option<f64>,
    /// Structure score 0..=100 where the health score is missing for lack of speech.
    pub structure: Option<f64>,
    /// Weight measured, of 100.
    pub coverage: f64,
    /// Band after the gates.
    pub band: HealthBand,
    /// What is remarkable whatever the score.
    pub flags: Vec<HealthFlag>,
    /// The parts behind the score.
    pub parts: Vec<HealthPart>,
    /// Last day with statistics.
    pub measured_to: Option<crate::domain::Day>,
}

/// The group health pane, worst first.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupsPage {
    /// Computed from.
    pub stamp: Stamp,
    /// Groups of the workspace that are live.
    pub pool: u64,
    /// Σ external members of the rows listed (accounts, not distinct people).
    pub members: u64,
    /// Rows under the scope, sorted.
    pub rows: Shared<GroupRow>,
    /// The thresholds are the workspace's own P10 → P75 (else the defaults).
    pub fleet: bool,
}

/// The campaign KPI pane.
#[derive(Clone, Debug, PartialEq)]
pub struct KpiPage {
    /// Computed from.
    pub stamp: Stamp,
    /// All campaigns: those that miss most first among the running, then by start.
    pub campaigns: Vec<CampaignHead>,
    /// The campaign the tree is about.
    pub campaign: Option<CampaignId>,
    /// Which of the three GMVs (metrics.md 4.3) tree, split and `by_day` are of.
    pub gmv: GmvKind,
    /// The tree, depth first.
    pub tree: Vec<KpiNode>,
    /// The gap and its causes, when there are target and factors.
    pub split: Option<GapSplit>,
    /// What speaks against the gap.
    pub caveats: Caveats,
    /// Share of the campaign's time that has passed, 0..=1.
    pub expected_share: f64,
    /// The share of its GMV to expect by now: what its pace and forecast go by.
    pub expected: Option<Expected>,
    /// GMV per day of the last 14 days, fen, oldest first.
    pub by_day: Vec<Fen>,
    /// Funnel steps: code, people, rate from the step before (forced order).
    pub funnel: Vec<(&'static str, u64, Rate)>,
    /// Σ items, the orders they are known of, and all orders; `None` when they are known of none.
    pub itemised: Option<(u64, u64, u64)>,
}

/// What a leaderboard ranks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BoardMetric {
    /// Net GMV by refund date.
    #[default]
    NetGmv,
    /// Gross GMV.
    Gmv,
    /// Customers added (events of kind `add`).
    Adds,
    /// Paid orders.
    Orders,
    /// Achievement of the GMV target.
    Achievement,
}

/// One salesperson on the board.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardRow {
    /// Identity.
    pub id: StaffId,
    /// Name.
    pub name: SafeText,
    /// Somebody else of the staff has the same name: see [`BoardRow::called`].
    pub has_namesake: bool,
    /// Main department.
    pub dept: SafeText,
    /// Standard competition rank (1, 2, 2, 4); `None` in the unranked section.
    pub rank: Option<u32>,
    /// Places won or lost since the board to compare with (metrics.md 4.13).
    pub movement: Movement,
    /// The ranked figure.
    pub value: Figure,
    /// When it was reached, unix seconds: the last event that moved it. Of those who share their rank, where known.
    pub reached_at: Option<i64>,
    /// Paid orders in the period; `None`: there are no orders at all.
    pub orders: Option<u32>,
    /// Customers added in the period; `None`: nobody keeps who was added.
    pub adds: Option<u32>,
    /// Refunds netted, fen (positive); `None`: there are no orders at all.
    pub refunds: Option<Fen>,
    /// Of `orders`: those of people outside the pool, whom no list of customers shows. 0 on a board of adds.
    pub outside_orders: u32,
    /// Money of people outside the pool in the board's terms (net or gross), fen. 0 on a board of adds.
    pub outside: Fen,
    /// What the amount is held against, in the unit of [`aim`](Self::aim); no value where no target is set.
    pub target: Figure,
    /// Metric code of the target.
    pub aim: Option<&'static str>,
    /// Amount over target, 0 or more, unrounded; 1 is met. `None` without a target above 0.
    pub achievement: Option<f64>,
    /// Missed, met or exceeded, by the target's own bounds; `None` without a target.
    pub band: Option<KpiBand>,
    /// How it runs to the target.
    pub course: Option<Course>,
    /// To the next better rank's value; `NoValue` for the first.
    pub to_next: Figure,
    /// Distance to the next reward step and its text; `None` once the period is over.
    pub to_reward: Option<(Figure, SafeText)>,
    /// Rewards reached, in the order of the rules: won once the period is over, before that as it stands now.
    pub rewards: Vec<SafeText>,
    /// Value per day, last 7 days, oldest first, fen or count.
    pub trend: Vec<i64>,
    /// No longer with the company.
    pub left: bool,
}

/// The people of a board who have a target, and nobody else: a sum of targets is held against theirs alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aimed {
    /// How many they are.
    pub people: u32,
    /// Σ of what their targets are held against.
    pub amount: Figure,
    /// Σ of their targets.
    pub target: Figure,
    /// The one over the other, unrounded.
    pub achievement: Option<f64>,
}

/// The leaderboard pane.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardPage {
    /// Computed from.
    pub stamp: Stamp,
    /// What is ranked.
    pub metric: BoardMetric,
    /// Ranked rows, then the unranked.
    pub rows: Shared<BoardRow>,
    /// Σ value of the board.
    pub total: Figure,
    /// What those with a target reached of it; `None` when nobody has one.
    pub aimed: Option<Aimed>,
    /// The whole scope held against targets of its own: net GMV, gross GMV, orders, adds, those it has.
    pub goals: Vec<Goal>,
    /// When the board compared with was taken, unix seconds.
    pub compared_with: Option<i64>,
    /// What is credited to nobody the board knows, in the measure of the board: not on anybody's row.
    pub uncredited: Figure,
}

/// Age of a source of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceAge {
    /// `customers`, `orders`, `groups`, `adds`, `campaigns`: key of its name.
    pub code: &'static str,
    /// Newest row, unix seconds; `None` = the workspace has none (the pane says which import would fill it).
    pub newest: Option<i64>,
    /// Older than its source should be.
    pub stale: bool,
}
