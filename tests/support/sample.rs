//! Answers made by hand, so that screens can be drawn without a store. All people and shops are invented.

use caopan::app::Now;
use caopan::app::job::{Job, Stage};
use caopan::app::overlay::DetailState;
use caopan::app::panes::customers::Column;
use caopan::app::panes::{Loadable, Pane};
use caopan::app::state::{App, Change, GlyphSet, Projector, ProjectorPage, View};
use caopan::domain::kpi::curve::{Expected, Pacing};
use caopan::domain::period::Period;
use caopan::domain::{
    CampaignId, ChatId, CustomerId, Day, DeptId, Fen, Figure, Lang, Rate, SafeText, StaffId, TagId,
};
use caopan::engine::answer::*;
use caopan::filter::{Ctx, Filter, parse};

/// 2026-11-21 09:41:07 in Shanghai.
pub const NOW: Now = Now {
    millis: 600_000,
    unix: 1_795_225_267,
};
const DAY: i64 = 86_400;

fn safe(text: &str) -> SafeText {
    SafeText::new(text)
}

pub fn loaded<T>(value: T) -> Loadable<T> {
    Loadable {
        value: Some(value),
        ..Loadable::default()
    }
}

fn day(text: &str) -> Day {
    Day::parse(text).expect("a date")
}

pub fn filter(text: &str) -> Filter {
    parse(text, &Ctx::default()).unwrap()
}

pub fn stamp(filter: &str) -> Stamp {
    Stamp {
        revision: 7,
        as_of: NOW.unix,
        period: Period {
            from: day("2026-11-01"),
            to: day("2026-11-30"),
        },
        partial: true,
        org: Some((DeptId(2), safe("上海大区"))),
        filter: filter.to_owned(),
        named: self::filter(filter),
    }
}

const NAMES: [&str; 12] = [
    "高娟超",
    "李秀艳🌸",
    "吴伟桂",
    "欧阳桂英",
    "赵杰丽",
    "孙娟敏",
    "Amy Wang",
    "朱涛军",
    "胡平刚",
    "ｶﾞｰﾄﾞ子",
    "杨伟",
    "单于乐",
];
const TAGS: [&[&str]; 5] = [
    &["高净值", "新客"],
    &["高净值", "流失险", "到店"],
    &["高净值", "复购", "母婴", "直播"],
    &["高净值"],
    &[],
];
const OWNERS: [&str; 4] = ["何敏", "郭强", "高丽", "林涛"];

/// Overdue level: the sample is listed with what would be lost first.
fn level(i: u64) -> u8 {
    match i {
        0..12 => 3,
        12..20 => 2,
        20..24 => 1,
        _ => 0,
    }
}

pub fn customer(i: u64) -> CustomerRow {
    let n = usize::try_from(i).expect("small");
    let back = i64::try_from(i).expect("small");
    CustomerRow {
        id: CustomerId::from(format!("wmS{i:08}").as_str()),
        name: safe(NAMES[n % NAMES.len()]),
        phone: safe(&format!("1{}****{:04}", 30 + i % 60, 9851 - i * 37 % 9000)),
        gender: u8::try_from(i % 3).expect("small"),
        city: safe(["上海", "杭州", "南京", ""][n % 4]),
        tags: TAGS[n % TAGS.len()].iter().map(|t| safe(t)).collect(),
        stage: (i % 4 != 3).then(|| safe(["新客", "活跃", "沉睡"][n % 3])),
        spend: Fen(if i == 0 {
            12_804_900
        } else {
            962_249 - back * 20_113
        }),
        orders: if i % 31 == 30 {
            0
        } else {
            u32::try_from(1 + i * 5 % 31).expect("small")
        },
        last_purchase: (i % 31 != 30).then(|| NOW.unix - (back * 9 % 70) * DAY - 3_600),
        last_contact: Some(NOW.unix - (back * 3 % 40) * DAY),
        added: Some(NOW.unix - (200 + back * 20) * DAY),
        owner: (i % 9 != 8).then(|| (StaffId::from("hm"), safe(OWNERS[n % 4]))),
        source: safe(["扫码", "裂变", "名片"][n % 3]),
        rfm: (i % 31 != 30).then(|| Rfm {
            r: 5,
            f: 4,
            m: 2,
            segment: u8::try_from((7 + i * 3) % 8).expect("small"),
        }),
        risk: (i % 31 != 30).then(|| level(i)),
        value_at_risk: (i % 31 != 30)
            .then(|| Fen((962_249 - back * 20_113) / 4 * i64::from(level(i)))),
    }
}

pub fn customers() -> CustomersPage {
    CustomersPage {
        stamp: stamp("标签:高净值 -标签:流失 消费>500"),
        hits: 1_204,
        pool: 20_486,
        spend: Fen(1_154_400_00),
        offset: 0,
        rows: (0..60).map(customer).collect(),
        anchor_at: None,
        preliminary: false,
        sketch: false,
        culprit: None,
    }
}

fn tag(name: &str, state: TriState, all: u64, hits: u64) -> TagRow {
    TagRow {
        id: TagId::from(name),
        name: safe(name),
        state,
        all,
        hits,
        share: Rate {
            num: hits as f64,
            den: 1_204.0,
        },
    }
}

pub fn tags() -> TagsPage {
    use TriState::{Any, Must, MustNot};
    let group = |family, name: &str, tags: Vec<TagRow>| TagGroup {
        id: safe(name),
        family,
        name: safe(name),
        tags,
    };
    TagsPage {
        stamp: stamp("标签:高净值 -标签:流失 消费>500"),
        hits: 1_204,
        pool: 20_486,
        groups: vec![
            group(
                TagFamily::Tier,
                "价值分层",
                vec![
                    tag("高净值", Must, 1_204, 1_204),
                    tag("中净值", Any, 4_880, 0),
                    tag("低净值", Any, 9_310, 0),
                ],
            ),
            group(
                TagFamily::Behaviour,
                "生命周期",
                vec![
                    tag("新客", Any, 912, 41),
                    tag("活跃", Any, 6_204, 803),
                    tag("沉睡", Any, 5_120, 260),
                    tag("流失", MustNot, 2_011, 0),
                ],
            ),
            group(
                TagFamily::Consumption,
                "偏好",
                vec![
                    tag("母婴", Any, 3_902, 388),
                    tag("直播", Any, 4_411, 512),
                    tag("到店", Any, 1_563, 122),
                    tag("复购", Any, 2_780, 690),
                ],
            ),
            group(
                TagFamily::Other,
                "来源",
                vec![tag("扫码", Any, 9_110, 611), tag("裂变", Any, 2_204, 230)],
            ),
        ],
    }
}

/// The worked example of the health score: 60.35 of 95 → 63.5.
fn parts() -> Vec<HealthPart> {
    let part = |code, weight, num: f64, den: f64, score: Option<f64>, bounds| HealthPart {
        code,
        weight,
        measured: if score.is_none() {
            Figure::NotMeasured
        } else {
            Figure::Rate(Rate { num, den })
        },
        cases: None,
        score,
        bounds,
    };
    vec![
        part(
            "group_speakers_daily",
            20.0,
            9.0,
            181.0,
            Some(0.4445),
            (0.01, 0.10),
        ),
        part(
            "group_speakers_7d",
            15.0,
            40.0,
            181.0,
            Some(0.5700),
            (0.05, 0.35),
        ),
        part(
            "group_net_growth",
            10.0,
            1.0,
            180.0,
            Some(0.5930),
            (-0.03, 0.03),
        ),
        part(
            "group_exit_rate",
            15.0,
            5.0,
            186.0,
            Some(0.5140),
            (0.05, 0.005),
        ),
        part(
            "group_answered_30m",
            10.0,
            18.0,
            20.0,
            Some(0.8890),
            (0.5, 0.95),
        ),
        HealthPart {
            code: "group_first_reply",
            weight: 5.0,
            measured: Figure::Number(6.0),
            cases: Some(20.0),
            score: Some(0.888),
            bounds: (30.0, 3.0),
        },
        part(
            "group_buyers_30d",
            10.0,
            7.0,
            181.0,
            Some(0.7730),
            (0.0, 0.05),
        ),
        part("group_click_rate", 5.0, 0.0, 0.0, None, (0.0, 0.08)),
        part(
            "group_sop_on_time",
            10.0,
            13.0,
            14.0,
            Some(0.8210),
            (0.6, 1.0),
        ),
    ]
}

pub fn group(i: usize) -> GroupRow {
    use HealthBand::{AtRisk, Critical, Healthy, New, Silent, StructureOnly, Watch};
    let rows: [(&str, HealthBand, Option<f64>, &[HealthFlag]); 12] = [
        ("老带新裂变群", Critical, Some(31.2), &[HealthFlag::Exits]),
        ("会员日快闪", Critical, Some(33.9), &[HealthFlag::Flash]),
        (
            "沉睡唤醒群2",
            Silent,
            Some(40.1),
            &[HealthFlag::Silent, HealthFlag::OwnerLeft],
        ),
        ("母婴福利3群", AtRisk, Some(43.0), &[HealthFlag::FewVoices]),
        ("售后服务群", AtRisk, Some(54.0), &[]),
        ("门店徐汇 VIP🌸专属福利通知群", Watch, Some(63.5), &[]),
        ("门店静安", Watch, Some(74.96), &[HealthFlag::Exits]),
        ("直播粉丝群A", Healthy, Some(78.8), &[HealthFlag::Full]),
        ("新客欢迎群9", Healthy, Some(90.0), &[]),
        ("上海VIP1群", Healthy, Some(92.4), &[]),
        ("杭州新店群", StructureOnly, None, &[]),
        ("周末试吃群", New, None, &[]),
    ];
    let (name, band, score, flags) = rows[i % rows.len()];
    let n = u32::try_from(i).expect("small");
    GroupRow {
        id: ChatId::from(format!("wrG{i}").as_str()),
        name: safe(name),
        owner: (StaffId::from("hm"), safe(OWNERS[i % 4])),
        members: Some(if i == 7 { 486 } else { 181 + n * 7 }),
        capacity: if i % 3 == 0 { 200 } else { 500 },
        created_at: 1_780_000_000,
        joined: Some(n * 5 % 17),
        left: if i == 10 { None } else { Some(n * 7 % 23) },
        speakers: if i >= 10 {
            Figure::NotMeasured
        } else {
            Figure::Number(9.0 + i as f64)
        },
        trend: (0..14)
            .map(|d| {
                if i == 10 {
                    None
                } else {
                    Some((n * 13 + d * 29) % 97)
                }
            })
            .collect(),
        score,
        structure: (i == 10).then_some(66.0),
        coverage: if i == 10 { 45.0 } else { 95.0 },
        band,
        flags: flags.to_vec(),
        parts: parts(),
        measured_to: Some(day("2026-11-20")),
    }
}

pub fn groups() -> GroupsPage {
    GroupsPage {
        stamp: stamp(""),
        pool: 128,
        members: 41_902,
        rows: (0..12).map(group).collect(),
        fleet: false,
    }
}

fn node(path: &str, depth: u8, code: &'static str, actual: Figure, target: Figure) -> KpiNode {
    let value = |figure| match figure {
        Figure::Count(n) => n as f64,
        Figure::Money(fen) => fen.0 as f64,
        Figure::Rate(rate) => rate.value().unwrap_or(0.0),
        Figure::Number(n) => n,
        Figure::NoValue | Figure::NotMeasured => 0.0,
    };
    let achievement = (value(target) != 0.0).then(|| value(actual) / value(target));
    let band = achievement.map(|a| match a {
        a if a >= 1.2 => KpiBand::Exceeded,
        a if a >= 1.0 => KpiBand::Met,
        a if a >= 0.5 => KpiBand::Missed,
        _ => KpiBand::BelowFloor,
    });
    KpiNode {
        path: path.to_owned(),
        depth,
        code,
        label: None,
        op: if depth < 3 {
            KpiOp::Product
        } else {
            KpiOp::Leaf
        },
        held: Held {
            actual,
            target,
            achievement,
            band,
            course: Course::of(band, true, (achievement, None)),
            pace: None,
            forecast: Figure::NoValue,
            expected: None,
        },
        contribution: None,
        mismatch: None,
        drill: None,
    }
}

/// Most of the time has passed.
const NEARLY: Expected = Expected {
    share: 0.9,
    by: Pacing::Linear,
};

pub fn kpi() -> KpiPage {
    KpiPage {
        itemised: None,
        stamp: stamp(""),
        campaigns: vec![
            campaign(7, "双11私域大促", "running", 212_520, Some(240_000)),
            campaign(8, "老带新裂变", "running", 91_000, Some(70_000)),
            campaign(9, "沉睡唤醒 Q4", "running", 22_000, None),
            campaign(5, "会员日 (10月)", "ended", 230_000, Some(250_000)),
        ],
        campaign: Some(CampaignId(7)),
        gmv: GmvKind::Gross,
        tree: tree(),
        caveats: Caveats::default(),
        split: Some(GapSplit {
            gap: -2_748_000.0,
            parts: vec![
                ("users", -1_884_270.9),
                ("conversion", -3_017_563.8),
                ("value_per_buyer", 2_153_834.7),
            ],
            sequential: false,
            implied: None,
        }),
        expected_share: 0.7,
        expected: None,
        by_day: (0..14)
            .map(|d| Fen((8_000 + d * 1_300 % 9_000) * 100))
            .collect(),
        funnel: funnel(),
    }
}

fn tree() -> Vec<KpiNode> {
    let money = |yuan: i64| Figure::Money(Fen(yuan * 100));
    let rate = |num: f64, den: f64| Figure::Rate(Rate { num, den });
    let mut tree = vec![
        node(
            "attainment",
            0,
            "attainment",
            rate(212_520.0, 240_000.0),
            rate(1.0, 1.0),
        ),
        node("attainment/gmv", 1, "gmv", money(212_520), money(240_000)),
        node(
            "attainment/gmv/users",
            2,
            "users",
            Figure::Count(46_000),
            Figure::Count(50_000),
        ),
        node(
            "attainment/gmv/users/reached",
            3,
            "reached",
            Figure::Count(61_200),
            Figure::Count(62_000),
        ),
        node(
            "attainment/gmv/users/open_rate",
            3,
            "open_rate",
            rate(46_000.0, 61_200.0),
            rate(50_000.0, 62_000.0),
        ),
        node(
            "attainment/gmv/conversion",
            2,
            "conversion",
            rate(1_610.0, 46_000.0),
            rate(2_000.0, 50_000.0),
        ),
        node(
            "attainment/gmv/conversion/cart_rate",
            3,
            "cart_rate",
            rate(4_600.0, 46_000.0),
            Figure::NoValue,
        ),
        node(
            "attainment/gmv/conversion/pay_rate",
            3,
            "pay_rate",
            rate(7.0, 16.0),
            Figure::NoValue,
        ),
        node(
            "attainment/gmv/value",
            2,
            "value_per_buyer",
            money(132),
            money(120),
        ),
    ];
    tree[1].held.pace = Some(0.868);
    tree[1].held.forecast = money(244_276);
    tree[2].contribution = Some(-1_884_270.9);
    tree[5].contribution = Some(-3_017_563.8);
    tree[5].mismatch = Some(-0.012);
    tree[8].contribution = Some(2_153_834.7);
    tree
}

fn campaign(id: i64, name: &str, status: &str, gmv: i64, target: Option<i64>) -> CampaignHead {
    let achievement = target.map(|t| gmv as f64 / t as f64);
    let band = achievement.map(|a| {
        if a >= 1.0 {
            KpiBand::Met
        } else {
            KpiBand::Missed
        }
    });
    CampaignHead {
        id: CampaignId(id),
        name: safe(name),
        status: safe(status),
        days: Period {
            from: day("2026-11-11"),
            to: day("2026-11-24"),
        },
        lasts: (1_794_326_400, 1_795_536_000),
        warmup_at: None,
        gmv: Fen(gmv * 100),
        target: target.map(|t| Fen(t * 100)),
        target_of: None,
        achievement,
        band,
        course: Course::of(band, true, (achievement, Some(NEARLY))),
    }
}

fn funnel() -> Vec<(&'static str, u64, Rate)> {
    vec![
        ("reached", 61_200, Rate::default()),
        (
            "opened",
            46_000,
            Rate {
                num: 46_000.0,
                den: 61_200.0,
            },
        ),
        (
            "clicked",
            12_100,
            Rate {
                num: 12_100.0,
                den: 46_000.0,
            },
        ),
        (
            "ordered",
            1_802,
            Rate {
                num: 1_802.0,
                den: 12_100.0,
            },
        ),
        (
            "paid",
            1_610,
            Rate {
                num: 1_610.0,
                den: 1_802.0,
            },
        ),
    ]
}

pub fn board() -> BoardPage {
    let rows: [(&str, Option<u32>, Movement, i64, Option<i64>); 12] = [
        ("周倩", Some(1), Movement::Up(1), 213_000, Some(150_000)),
        ("林涛", Some(2), Movement::Down(1), 152_000, Some(134_500)),
        ("何敏", Some(2), Movement::Up(2), 152_000, Some(118_100)),
        ("高丽", Some(4), Movement::Same, 119_000, Some(115_500)),
        ("郭强", Some(5), Movement::Down(2), 101_000, Some(104_100)),
        ("罗杰", Some(6), Movement::New, 98_400, Some(103_600)),
        ("马超", Some(7), Movement::Up(3), 82_000, Some(93_200)),
        ("孙洋", Some(8), Movement::Same, 77_500, Some(90_100)),
        ("朱艳", Some(9), Movement::Same, 66_000, Some(83_500)),
        ("欧阳晓静", Some(10), Movement::Same, 51_200, Some(73_100)),
        ("吴磊", Some(11), Movement::Same, 0, Some(70_300)),
        ("胡平", None, Movement::Unknown, 29_500, None),
    ];
    let rows = rows
        .iter()
        .enumerate()
        .map(|(i, (name, rank, movement, yuan, target))| {
            let achievement = target.map(|t| *yuan as f64 / t as f64);
            let band = achievement.map(|a| match a {
                a if a >= 1.2 => KpiBand::Exceeded,
                a if a >= 1.0 => KpiBand::Met,
                a if a >= 0.5 => KpiBand::Missed,
                _ => KpiBand::BelowFloor,
            });
            BoardRow {
                id: StaffId::from(*name),
                name: safe(name),
                dept: safe(["静安门店", "徐汇门店"][i % 2]),
                rank: *rank,
                movement: *movement,
                value: Figure::Money(Fen(yuan * 100)),
                reached_at: None,
                orders: Some(u32::try_from(86 - i * 6).expect("small")),
                adds: Some(u32::try_from(41 - i * 3).expect("small")),
                refunds: Some(Fen(120_000 * i64::try_from(i).expect("small"))),
                has_namesake: false,
                outside_orders: 0,
                outside: Fen(0),
                target: target.map_or(Figure::NoValue, |t| Figure::Money(Fen(t * 100))),
                aim: Some("net_gmv_refund"),
                achievement,
                band,
                course: Course::of(band, true, (achievement, Some(NEARLY))),
                to_next: if i == 0 {
                    Figure::NoValue
                } else {
                    Figure::Money(Fen(6_100_000))
                },
                to_reward: (i == 2).then(|| (Figure::Money(Fen(4_800_000)), safe("门店红包 500"))),
                rewards: if i == 0 {
                    vec![safe("门店红包 200"), safe("前三 300")]
                } else {
                    Vec::new()
                },
                trend: (0..7)
                    .map(|d| i64::try_from((i * 31 + d * 17) % 50).expect("small"))
                    .collect(),
                left: i == 11,
            }
        })
        .collect();
    BoardPage {
        stamp: stamp(""),
        metric: BoardMetric::NetGmv,
        rows,
        total: Figure::Money(Fen(115_440_000)),
        goals: Vec::new(),
        aimed: Some(Aimed {
            people: 11,
            amount: Figure::Money(Fen(111_210_000)),
            target: Figure::Money(Fen(113_600_000)),
            achievement: Some(1_112.1 / 1_136.0),
        }),
        compared_with: Some(NOW.unix - 14 * 3_600),
        uncredited: Figure::Money(Fen(1_862_000)),
    }
}

pub fn detail() -> CustomerDetail {
    let event =
        |days: i64, kind, what: &str, amount: Option<i64>, who: Option<&str>| TimelineEvent {
            at: NOW.unix - days * DAY - 4_000,
            kind,
            what: safe(what),
            amount: amount.map(|yuan| Fen(yuan * 100)),
            who: who.map(safe),
        };
    CustomerDetail {
        row: customer(2),
        remarks: vec![(
            safe("何敏"),
            safe("过敏体质, 不要推荐含酒精的产品; 周末联系"),
        )],
        follows: vec![
            (safe("何敏"), safe("active"), NOW.unix - 21 * DAY),
            (
                safe("郭强"),
                safe("deleted_by_customer"),
                NOW.unix - 400 * DAY,
            ),
        ],
        groups: vec![safe("上海VIP1群"), safe("高净值私享会")],
        birthday: safe("05"),
        timeline: vec![
            event(1, "order", "O20261120-0018", Some(1_288), Some("何敏")),
            event(3, "step_clicked", "双11私域大促", None, None),
            event(6, "tag_add", "高净值", None, Some("郭强")),
            event(19, "refund", "O20261101-0007", Some(-620), None),
            event(22, "add", "裂变", None, Some("何敏")),
            event(400, "del_by_customer", "", None, Some("郭强")),
        ],
    }
}

/// Five nodes, one of them in no place.
pub fn org() -> Vec<OrgNode> {
    [
        (1, "青禾生活", 0, 2_011, false),
        (2, "上海大区", 1, 812, false),
        (3, "静安门店", 2, 31, false),
        (4, "杭州大区", 1, 402, false),
        (9, "旧组织", 0, 7, true),
    ]
    .map(|(id, name, depth, staff, unplaced)| OrgNode {
        id: DeptId(id),
        name: safe(name),
        depth,
        staff,
        unplaced,
    })
    .to_vec()
}

pub fn changes() -> Vec<Change> {
    [
        (Pane::Customers, "李秀艳🌸", "累计消费 8,912 > 9,421"),
        (Pane::Groups, "沉睡唤醒群2", "健康 44.0 > 40.1"),
        (Pane::Board, "何敏", "14.90万 > 15.20万"),
    ]
    .map(|(pane, name, what)| Change {
        event: None,
        looked_up: false,
        at: NOW.unix - 240,
        pane,
        id: name.to_owned(),
        name: safe(name),
        what: what.to_owned(),
    })
    .to_vec()
}

/// One on its way, one refused, one in but for three rows.
pub fn jobs() -> Vec<Job> {
    let job = |id: u32, stage: Stage, file: &str| Job {
        id,
        stage,
        file: safe(file),
        place: (1, 1),
        started_at: NOW.unix - 900 + i64::from(id),
        ended_at: (!stage.is_running()).then_some(NOW.unix - 60),
        ..Job::default()
    };
    vec![
        Job {
            place: (2, 3),
            rows: 1_264_000,
            of: 3_000_000,
            rate: 43_210,
            ..job(14, Stage::Writing, "订单导出 2026-11.csv")
        },
        Job {
            said: [
                "客户.xlsx 没有导入: 第 7 行 phone 列: 不是电话号码 (还有更多)",
                "  第 9 行 phone 列: 不是电话号码",
                "改正上面的行, 或用 --rejects OUT.csv 先导入好的行; 没有写入",
            ]
            .map(safe)
            .to_vec(),
            ..job(13, Stage::Failed, "客户.xlsx")
        },
        Job {
            counts: [19_997, 12, 0, 3],
            rejects: vec![safe("customers.rejects.csv")],
            ..job(12, Stage::Done, "customers.csv")
        },
    ]
}

pub fn views() -> Vec<View> {
    [
        ("我的VIP", "tag:高净值 -tag:流失"),
        ("待回访", "risk>=2 last>30d"),
        ("本周新客", "added:本周"),
    ]
    .map(|(name, filter)| View {
        name: name.to_owned(),
        pane: Pane::Customers,
        filter: filter.to_owned(),
        sort: Vec::new(),
        period: "month".to_owned(),
        columns: None,
    })
    .to_vec()
}

/// The console with everything loaded.
pub fn app(lang: Lang, focus: Pane, size: (u16, u16)) -> App {
    let mut app = App {
        focus,
        size,
        stand_up: matches!(focus, Pane::Groups | Pane::Kpi),
        org_name: Some(safe("上海大区")),
        ..App::default()
    };
    app.look.lang = lang;
    app.workspace.name = safe("青禾生活");
    app.workspace.sources = ["customers", "orders", "groups"]
        .iter()
        .map(|code| SourceAge {
            code,
            newest: Some(NOW.unix - if *code == "groups" { 30 * 3_600 } else { 25 }),
            stale: *code == "groups",
        })
        .collect();
    let panes = &mut app.panes;
    panes.customers.page = loaded(customers());
    panes.customers.list.cursor = Some(customer(2).id);
    panes.customers.list.index = 2;
    panes.customers.list.marked = vec![customer(0).id, customer(2).id, customer(5).id];
    panes.customers.marks = vec![
        (customer(1).id, NOW.millis + 3_000, 1),
        (customer(4).id, NOW.millis + 3_000, -1),
    ];
    panes.customers.changed = [1, 4].map(|i| (customer(i).id, vec![Column::Spend])).into();
    app.detail = Some(DetailState {
        id: customer(2).id,
        detail: Some(Box::new(detail())),
        top: 0,
    });
    panes.tags.page = loaded(tags());
    panes.tags.cursor = (1, Some(1));
    panes.groups.page = loaded(groups());
    panes.groups.list.cursor = Some(group(5).id);
    panes.groups.list.index = 5;
    panes.kpi.page = loaded(kpi());
    panes.kpi.cursor = "attainment/gmv/conversion".to_owned();
    panes.board.page = loaded(board());
    panes.board.list.cursor = Some(StaffId::from("何敏"));
    panes.board.list.index = 2;
    app
}

/// The same for a terminal without fancy symbols.
pub fn ascii(mut app: App) -> App {
    app.look.glyphs = GlyphSet::Ascii;
    app
}

/// On the projector.
pub fn present(mut app: App, at: usize) -> App {
    app.look.mask = true;
    app.projector = Some(Projector {
        without_campaign: false,
        pages: vec![
            ProjectorPage::Target,
            ProjectorPage::Board,
            ProjectorPage::Groups,
        ],
        at,
        every: 20_000,
        turns_at: Some(NOW.millis + 12_000),
        only: true,
    });
    app
}
