//! What panes and commands ask for.

use crate::domain::period::PeriodSpec;
use crate::domain::{CampaignId, ChatId, CustomerId, DeptId, SafeText, Sentence, StaffId, Zone};
use crate::engine::answer::{
    BoardMetric, BoardPage, CustomerDetail, CustomersPage, GmvKind, GroupsPage, KpiPage, OrgNode,
    SourceAge, Stamp, TagsPage,
};
use crate::filter::{Field, Filter, SortKey};
pub use crate::store::called::{Called, Kind};
pub use crate::store::watch::Trouble as FileTrouble;

/// How customers are sorted until another sort is chosen: what would be lost first (value at risk), then spend, both
/// largest first.
pub const ALARM_FIRST: [SortKey; 2] = [
    SortKey {
        field: Field::ValueAtRisk,
        descending: true,
    },
    SortKey {
        field: Field::Spend,
        descending: true,
    },
];

/// The scope line: it rules all panes and is always printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Scope {
    /// Org node; `None` is the whole workspace.
    pub org: Option<DeptId>,
    /// Period.
    pub period: PeriodSpec,
    /// Filter over customers.
    pub filter: Filter,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            org: None,
            period: PeriodSpec::Month,
            filter: Filter::default(),
        }
    }
}

/// Columns the group pane sorts by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupSort {
    /// Worst first: band, then score.
    #[default]
    Worst,
    /// Title.
    Name,
    /// External members.
    Members,
    /// Leavers in 7 days.
    Left,
    /// Joiners in 7 days.
    Joined,
    /// Mean daily speakers.
    Speakers,
    /// Score.
    Score,
}

/// A question. Slots hold one each: a new one replaces the old, and it is answered again when the workspace changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// A window of customers: `rows` rows from `offset`, or around `anchor` when it is given and still listed.
    Customers {
        /// Scope.
        scope: Scope,
        /// Sort; empty means [`ALARM_FIRST`]. Ties end in `external_userid` ascending.
        sort: Vec<SortKey>,
        /// Position of the first row.
        offset: u64,
        /// How many rows.
        rows: u32,
        /// Keep this customer in the window; its position in the window (rows from its top) is the second value.
        anchor: Option<(CustomerId, u32)>,
    },
    /// Tag counts.
    Tags(Scope),
    /// Group health.
    Groups {
        /// Scope; the filter is read as a filter over groups when `own_filter` is set, else customers' groups are not narrowed.
        scope: Scope,
        /// Filter over the groups themselves (`health<45 flag:silent`).
        own_filter: Filter,
        /// Sort.
        sort: GroupSort,
        /// Reversed.
        reversed: bool,
    },
    /// KPI tree.
    Kpi {
        /// Scope (the period rules nothing but `by_day`: a campaign has its own days).
        scope: Scope,
        /// Campaign; `None` picks the running one that misses most.
        campaign: Option<CampaignId>,
        /// Which GMV.
        gmv: GmvKind,
    },
    /// Leaderboard.
    Board {
        /// Scope.
        scope: Scope,
        /// What is ranked.
        metric: BoardMetric,
    },
    /// One customer with timeline.
    Customer(CustomerId),
    /// Ages of the sources.
    Sources,
    /// The org tree.
    Org,
    /// What everything but customers is called.
    Names,
}

impl Question {
    /// What it is asked within; `None` for what no scope rules.
    pub fn scope(&self) -> Option<&Scope> {
        match self {
            Self::Customers { scope, .. }
            | Self::Tags(scope)
            | Self::Groups { scope, .. }
            | Self::Kpi { scope, .. }
            | Self::Board { scope, .. } => Some(scope),
            Self::Customer(_) | Self::Sources | Self::Org | Self::Names => None,
        }
    }
}

/// Where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Slot {
    /// The customer list.
    Customers,
    /// The tag pane.
    Tags,
    /// The group pane.
    Groups,
    /// The KPI pane.
    Kpi,
    /// The leaderboard.
    Board,
    /// The customer opened.
    Detail,
    /// Source ages.
    Sources,
    /// Org chooser.
    Org,
    /// Names to choose from.
    Names,
    /// Customers found by the palette.
    Found,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// To [`Question::Customers`].
    Customers(CustomersPage),
    /// To [`Question::Tags`].
    Tags(TagsPage),
    /// To [`Question::Groups`].
    Groups(GroupsPage),
    /// To [`Question::Kpi`].
    Kpi(KpiPage),
    /// To [`Question::Board`].
    Board(BoardPage),
    /// To [`Question::Customer`]; `None`: no such customer (any more).
    Customer(Option<Box<CustomerDetail>>),
    /// To [`Question::Sources`].
    Sources(Vec<SourceAge>),
    /// To [`Question::Org`].
    Org(Vec<OrgNode>),
    /// To [`Question::Names`].
    Names(Vec<Called>),
    /// It could not be answered: what happened and what to do.
    Failed(Box<Sentence>),
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// With the file.
    File(FileTrouble),
    /// A thread failed at this place; a report may have been written there.
    Internal(SafeText, Option<SafeText>),
    /// The rows could not be loaded or followed: why.
    Rows(SafeText),
}

/// A field of a customer that reads otherwise than it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// Spend, orders, stage, owner or tags.
    pub field: Field,
    /// What it said: one word, several for tags, none where there was none.
    pub was: Vec<SafeText>,
    /// What it says.
    pub is: Vec<SafeText>,
}

/// Something the store thread says without being asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// The engine is loading: rows done, rows in all.
    Loading(u64, u64),
    /// The engine is ready.
    Ready,
    /// Rows changed since the last notice: what kind, which key. Capped at 1,000; `more` when there were more.
    Changed {
        /// Customers whose rows changed.
        customers: Vec<CustomerId>,
        /// Groups whose rows changed.
        groups: Vec<ChatId>,
        /// Staff whose figures changed.
        staff: Vec<StaffId>,
        /// What differs of customers who were there before and still are, as far as a list tells it.
        turned: Vec<(CustomerId, Vec<Turned>)>,
        /// Customers who are there no more.
        gone: Vec<CustomerId>,
        /// More rows changed than are listed.
        more: bool,
    },
    /// The workspace is locked by another process since this many seconds.
    Busy(u64),
    /// Something is wrong that does not pass by itself. The panes keep what they have.
    Trouble(Trouble),
    /// Trouble is over.
    Recovered,
    /// The workspace has another zone of business days: every figure is computed anew.
    Zone(Zone),
    /// The file has rows of later than the instant that is told of: from here on it is only looked at.
    Past,
    /// So many rows are dated later than now, and wait for their time.
    Waiting(u64),
}

impl Answer {
    /// The stamp, when the answer has one.
    fn stamp(&self) -> Option<&Stamp> {
        match self {
            Self::Customers(page) => Some(&page.stamp),
            Self::Tags(page) => Some(&page.stamp),
            Self::Groups(page) => Some(&page.stamp),
            Self::Kpi(page) => Some(&page.stamp),
            Self::Board(page) => Some(&page.stamp),
            Self::Customer(_)
            | Self::Sources(_)
            | Self::Org(_)
            | Self::Names(_)
            | Self::Failed(_) => None,
        }
    }

    /// The same, to change.
    fn stamp_mut(&mut self) -> Option<&mut Stamp> {
        match self {
            Self::Customers(page) => Some(&mut page.stamp),
            Self::Tags(page) => Some(&mut page.stamp),
            Self::Groups(page) => Some(&mut page.stamp),
            Self::Kpi(page) => Some(&mut page.stamp),
            Self::Board(page) => Some(&mut page.stamp),
            Self::Customer(_)
            | Self::Sources(_)
            | Self::Org(_)
            | Self::Names(_)
            | Self::Failed(_) => None,
        }
    }

    /// Both say the same of the workspace: equal but for the state and the moment they were computed from, which this one
    /// takes over from the other.
    pub fn says_the_same(&mut self, other: &Self) -> bool {
        if let (Some(mine), Some(theirs)) = (self.stamp_mut(), other.stamp()) {
            (mine.revision, mine.as_of) = (theirs.revision, theirs.as_of);
        }
        self == other
    }
}
