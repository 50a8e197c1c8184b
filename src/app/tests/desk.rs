//! A small store in memory that answers like the real one.

use crate::domain::period::Period;
use crate::domain::{CampaignId, ChatId, Day, DeptId, Fen, Figure, Rate, SafeText, StaffId};
use crate::engine::answer::{
    BoardPage, BoardRow, CampaignHead, Caveats, CustomerDetail, CustomerRow, CustomersPage,
    GmvKind, GroupRow, GroupsPage, HealthBand, Held, KpiNode, KpiOp, KpiPage, Movement, OrgNode,
    Stamp, TagFamily, TagGroup, TagRow, TagsPage, TriState,
};
use crate::engine::request::{Answer, Called, Kind, Question, Scope};
use crate::filter::print;

pub fn text(s: &str) -> SafeText {
    SafeText::new(s)
}

/// The rows of the small store.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Customers in the order of the list.
    pub customers: Vec<CustomerRow>,
    pub groups: Vec<GroupRow>,
    pub board: Vec<BoardRow>,
    /// What else is called so.
    pub names: Vec<Called>,
    pub revision: u64,
    /// The engine is not ready: the rows are by spend.
    pub preliminary: bool,
}

pub fn customer(i: usize) -> CustomerRow {
    CustomerRow {
        id: format!("c{i:07}").as_str().into(),
        name: text(&format!("客户{i}")),
        phone: text("138****2210"),
        gender: 0,
        city: text("上海"),
        tags: vec![text("VIP")],
        stage: Some(text("新客")),
        spend: Fen(1_000_000 - i64::try_from(i).unwrap()),
        orders: 2,
        last_purchase: Some(1_000_000),
        last_contact: None,
        added: Some(0),
        owner: Some(("zhou".into(), text("周倩"))),
        source: text("扫码"),
        rfm: None,
        risk: Some(1),
        value_at_risk: Some(Fen(5)),
    }
}

fn group(i: usize) -> GroupRow {
    GroupRow {
        id: ChatId::from(format!("g{i}").as_str()),
        name: text(&format!("群{i}")),
        owner: (StaffId::from("lin"), text("林涛")),
        members: Some(100),
        capacity: 500,
        created_at: 0,
        joined: Some(1),
        left: Some(2),
        speakers: Figure::Number(3.0),
        trend: vec![Some(1); 14],
        score: Some(31.0),
        structure: None,
        coverage: 100.0,
        band: HealthBand::Critical,
        flags: Vec::new(),
        parts: Vec::new(),
        measured_to: None,
    }
}

fn seller(i: usize) -> BoardRow {
    BoardRow {
        id: StaffId::from(format!("s{i}").as_str()),
        name: text(&format!("销售{i}")),
        dept: text("门店"),
        rank: Some(u32::try_from(i).unwrap() + 1),
        movement: Movement::Same,
        value: Figure::Money(Fen(10_000)),
        reached_at: None,
        orders: Some(3),
        adds: Some(1),
        refunds: Some(Fen(0)),
        has_namesake: false,
        // People outside the pool bought of every second one.
        outside_orders: u32::try_from(i % 2).unwrap(),
        outside: Fen(if i % 2 == 1 { 2_500 } else { 0 }),
        target: Figure::NoValue,
        aim: None,
        achievement: None,
        band: None,
        course: None,
        to_next: Figure::NoValue,
        to_reward: None,
        rewards: Vec::new(),
        trend: vec![0; 7],
        left: false,
    }
}

fn node(path: &str, depth: u8, drill: Option<&str>) -> KpiNode {
    KpiNode {
        path: path.to_owned(),
        depth,
        code: "gmv",
        label: None,
        op: KpiOp::Leaf,
        held: Held {
            actual: Figure::Money(Fen(100)),
            target: Figure::Money(Fen(200)),
            achievement: Some(0.5),
            band: None,
            course: None,
            pace: None,
            forecast: Figure::NoValue,
            expected: None,
        },
        contribution: None,
        mismatch: None,
        drill: drill.map(str::to_owned),
    }
}

/// Two of one name among the staff, a tag, a group and a campaign.
fn names() -> Vec<Called> {
    [
        (Kind::Staff, "gao15", "王芳(gao15)", "门店"),
        (Kind::Staff, "hu07", "王芳(hu07)", "门店"),
        (Kind::Tag, "t9", "望江", "城市"),
        (Kind::Tag, "t10", "标签10", "组1"),
        (Kind::Tag, "t11", "标签11", "组1"),
        (Kind::Group, "wr9", "旺角福利群", ""),
        (Kind::Campaign, "8", "双十一", ""),
    ]
    .map(|(kind, id, name, note)| Called {
        kind,
        id: id.to_owned(),
        name: text(name),
        note: text(note),
    })
    .to_vec()
}

impl Desk {
    pub fn new(customers: usize) -> Self {
        Self {
            customers: (0..customers).map(customer).collect(),
            groups: (0..50).map(group).collect(),
            board: (0..30).map(seller).collect(),
            names: names(),
            revision: 1,
            preliminary: false,
        }
    }

    fn stamp(&self, scope: &Scope) -> Stamp {
        Stamp {
            revision: self.revision,
            as_of: i64::try_from(self.revision).unwrap(),
            period: Period {
                from: Day(0),
                to: Day(30),
            },
            partial: true,
            org: scope.org.map(|id| (id, text("杭州门店"))),
            filter: print(&scope.filter),
            named: scope.filter.clone(),
        }
    }

    pub fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Customers {
                scope,
                offset,
                rows,
                anchor,
                ..
            } => Answer::Customers(self.window(scope, *offset, *rows, anchor.as_ref())),
            Question::Tags(scope) => Answer::Tags(self.tags(scope)),
            Question::Groups { scope, .. } => Answer::Groups(GroupsPage {
                stamp: self.stamp(scope),
                pool: 50,
                members: 5_000,
                rows: self.groups.clone().into(),
                fleet: false,
            }),
            Question::Kpi {
                scope,
                campaign,
                gmv,
                ..
            } => Answer::Kpi(self.kpi(scope, *campaign, *gmv)),
            Question::Board { scope, metric } => Answer::Board(BoardPage {
                stamp: self.stamp(scope),
                metric: *metric,
                rows: self.board.clone().into(),
                total: Figure::Money(Fen(1)),
                aimed: None,
                goals: Vec::new(),
                compared_with: None,
                uncredited: Figure::Money(Fen(0)),
            }),
            Question::Customer(id) => {
                Answer::Customer(self.customers.iter().find(|row| row.id == *id).map(|row| {
                    Box::new(CustomerDetail {
                        row: row.clone(),
                        remarks: Vec::new(),
                        follows: Vec::new(),
                        groups: Vec::new(),
                        birthday: SafeText::default(),
                        timeline: Vec::new(),
                    })
                }))
            }
            Question::Sources => Answer::Sources(Vec::new()),
            Question::Names => Answer::Names(self.names.clone()),
            Question::Org => Answer::Org(
                [(1, "总部"), (2, "上海门店"), (3, "杭州门店")]
                    .map(|(id, name)| OrgNode {
                        id: DeptId(id),
                        name: text(name),
                        depth: u16::from(id > 1),
                        staff: 3,
                        unplaced: false,
                    })
                    .to_vec(),
            ),
        }
    }

    fn tags(&self, scope: &Scope) -> TagsPage {
        TagsPage {
            stamp: self.stamp(scope),
            hits: self.customers.len() as u64,
            pool: self.customers.len() as u64,
            groups: (0..3)
                .map(|g| TagGroup {
                    id: text(&format!("g{g}")),
                    family: TagFamily::Tier,
                    name: text(&format!("组{g}")),
                    tags: (0..4)
                        .map(|t| TagRow {
                            id: format!("t{g}{t}").as_str().into(),
                            name: text(&format!("标签{g}{t}")),
                            state: TriState::Any,
                            all: 10,
                            hits: 5,
                            share: Rate {
                                num: 5.0,
                                den: 10.0,
                            },
                        })
                        .collect(),
                })
                .collect(),
        }
    }

    fn kpi(&self, scope: &Scope, campaign: Option<CampaignId>, gmv: GmvKind) -> KpiPage {
        KpiPage {
            stamp: self.stamp(scope),
            campaigns: [7, 8]
                .map(|id| CampaignHead {
                    id: CampaignId(id),
                    name: text(&format!("活动{id}")),
                    status: text("running"),
                    days: Period {
                        from: Day(0),
                        to: Day(10),
                    },
                    lasts: (0, 950_400),
                    warmup_at: None,
                    gmv: Fen(100),
                    target: None,
                    target_of: None,
                    achievement: None,
                    band: None,
                    course: None,
                })
                .to_vec(),
            campaign: campaign.or(Some(CampaignId(7))),
            gmv,
            tree: vec![
                node("gmv", 1, Some("campaign:7")),
                node("gmv/users", 2, Some("step:7/reached")),
                node("gmv/users/reached", 3, None),
                node("gmv/rate", 2, None),
            ],
            split: None,
            caveats: Caveats::default(),
            expected_share: 0.5,
            expected: None,
            by_day: Vec::new(),
            funnel: Vec::new(),
            itemised: None,
        }
    }

    fn window(
        &self,
        scope: &Scope,
        offset: u64,
        rows: u32,
        anchor: Option<&(crate::domain::CustomerId, u32)>,
    ) -> CustomersPage {
        let all = self.customers.len();
        let anchor_at =
            anchor.and_then(|(id, _)| self.customers.iter().position(|row| row.id == *id));
        let mut from = usize::try_from(offset).unwrap();
        if let (Some(at), Some((_, from_top))) = (anchor_at, anchor) {
            from = at.saturating_sub(*from_top as usize);
        }
        let from = from.min(all.saturating_sub(rows as usize));
        CustomersPage {
            stamp: self.stamp(scope),
            hits: all as u64,
            pool: all as u64,
            spend: Fen(0),
            offset: from as u64,
            rows: self
                .customers
                .iter()
                .skip(from)
                .take(rows as usize)
                .cloned()
                .collect(),
            anchor_at: anchor_at.map(|at| at as u64),
            preliminary: self.preliminary,
            sketch: false,
            culprit: None,
        }
    }
}
