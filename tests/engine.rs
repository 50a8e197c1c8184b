//! The engine answers what SQL answers, and goes on doing so after any change.
//!
//! A random workspace is filtered, sorted and counted twice: by the engine and by plain SQL over the same file. Then rows
//! are edited at random; the engine that took over the changes must equal one that loads the file anew.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

use std::collections::{BTreeMap, BTreeSet};

use caopan::domain::kpi::{GmvKind, Step};
use caopan::domain::period::{Period, PeriodSpec};
use caopan::domain::{AsOf, CampaignId, ChatId, CustomerId, Day, Fen, StaffId, Zone};
use caopan::engine::answer::{BoardMetric, Doubt, Stamp};
use caopan::engine::load::{Loaded, load};
use caopan::engine::{Disclosure, Engine, Ground, ListAsk};
use caopan::filter::{Ctx, Expr, Field, Filter, SortKey, fold, parse};
use caopan::store::changes::{Seq, Tail, since};
use caopan::store::{Access, Birth, create, load as rows, open};
use proptest::prelude::*;
use rusqlite::{Connection, params};

/// 2026-03-20 14:30 in Shanghai.
const NOW: i64 = 1_773_988_200;
const CUSTOMERS: u64 = 300;

fn as_of() -> AsOf {
    AsOf {
        unix: NOW,
        zone: Zone::default(),
    }
}

fn today() -> Day {
    as_of().today()
}

/// Splitmix64: the same seed, the same workspace.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }
    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

const NAMES: &[&str] = &[
    "张三",
    "张小丽",
    "李四",
    "王五",
    "zs小店",
    "重庆老单",
    "Alice",
    "ALICE 王",
    "欧阳娜娜",
    "",
    "陈2210",
    "😀",
    "ＶＩＰ赵",
];
const CITIES: &[&str] = &["上海", "上海浦东", "杭州", "成都"];
const STEPS: &[&str] = &[
    "reached",
    "opened",
    "clicked",
    "added_cart",
    "ordered",
    "paid",
    "shared",
];

struct Shop {
    _dir: tempfile::TempDir,
    path: std::path::PathBuf,
    conn: Connection,
    dice: Dice,
    orders: u64,
}

fn date(day: Day) -> String {
    day.to_string()
}

impl Shop {
    fn new(seed: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop.db");
        let birth = Birth {
            zone: "Asia/Shanghai",
            corp_name: "样店",
            workspace_id: "w",
            now: NOW,
        };
        let conn = create(&path, &birth).unwrap().conn;
        let mut shop = Self {
            _dir: dir,
            path,
            conn,
            dice: Dice(seed),
            orders: 0,
        };
        shop.conn
            .execute_batch("PRAGMA synchronous = OFF; BEGIN IMMEDIATE")
            .unwrap();
        shop.fill();
        shop.conn.execute_batch("COMMIT").unwrap();
        shop
    }

    fn fill(&mut self) {
        self.conn
            .execute_batch(
                "INSERT INTO staff (userid, name) VALUES ('s1','何敏'),('s2','郭强'),('s3','高丽'),('s4','何敏');
                 INSERT INTO channel (channel_id, kind, name) VALUES (1,'fission','老带新'),(2,'live','直播间'),(3,'ad','投放');
                 INSERT INTO journey (journey_id, name) VALUES (1,'主线'),(2,'支线');
                 INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (11,1,1,'新客'),(12,1,2,'复购期'),(13,1,3,'沉睡'),(21,2,1,'别处');
                 INSERT INTO tag_group (group_id, name, ord, kind) VALUES ('g1','等级',2,'tier'),('g2','兴趣',1,'behaviour'),('g3','地区',1,'static');
                 INSERT INTO tag (tag_id, group_id, name, ord, is_deleted) VALUES ('t1','g1','vip',1,0),('t2','g1','高净值',2,0),('t3','g2','复购',2,0),
                   ('t4','g2','高复购',1,0),('t5','g3','华东',1,0),('t6','g3','旧标签',2,1);
                 INSERT INTO group_chat (chat_id, name, owner_userid, created_at, dissolved_at) VALUES
                   ('c1','母婴福利群','s1',1,NULL),('c2','母婴二群','s2',1,NULL),('c3','直播粉丝','s1',1,NULL),('c4','母婴旧群','s1',1,5);
                 INSERT INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES
                   (1,'三八节','festival',1772300000,1774000000,'running'),(2,'会员日','member_day',1770000000,1771000000,'ended');",
            )
            .unwrap();
        for n in 0..CUSTOMERS {
            self.customer(&format!("wm{:04}", n * 7));
        }
        for _ in 0..CUSTOMERS * 3 {
            self.order(None);
        }
        for _ in 0..CUSTOMERS / 4 {
            self.refund();
        }
    }

    fn someone(&mut self) -> String {
        format!("wm{:04}", self.dice.below(CUSTOMERS) * 7)
    }

    /// A person who may be outside the pool.
    fn anyone(&mut self) -> String {
        if self.dice.chance(12) {
            format!("wx{}", self.dice.below(12))
        } else {
            self.someone()
        }
    }

    fn day(&mut self) -> Day {
        today()
            .plus(-(self.dice.below(430) as i32))
            .plus(i32::from(self.dice.chance(2)) * 2)
    }

    fn customer(&mut self, id: &str) {
        let d = &mut self.dice;
        let phone = d
            .chance(70)
            .then(|| format!("138{:08}", d.below(60) * 2210 + d.below(3)));
        let birthday = d.chance(50).then(|| {
            format!(
                "19{}-{:02}-{:02}",
                60 + d.below(40),
                1 + d.below(12),
                1 + d.below(28)
            )
        });
        let region = d.chance(80).then(|| *d.pick(CITIES));
        let added = d.chance(90).then(|| NOW - d.below(200 * 86_400) as i64);
        self.conn
            .execute(
                "INSERT INTO customer (external_userid, name, gender, birthday, region, first_added_at, synced_at, phone) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)
                 ON CONFLICT (external_userid) DO UPDATE SET name = excluded.name, gender = excluded.gender, region = excluded.region, phone = excluded.phone, first_added_at = excluded.first_added_at",
                params![id, d.pick(NAMES), d.below(4) as i64 - 1, birthday, region, added, NOW, phone],
            )
            .unwrap();
        for _ in 0..self.dice.below(4) {
            self.tag(id);
        }
        for _ in 0..self.dice.below(3) {
            self.follow(id);
        }
        if self.dice.chance(60) {
            self.stage(id);
        }
        if self.dice.chance(30) {
            self.step(id);
        }
        if self.dice.chance(40) {
            self.member(id);
        }
    }

    fn tag(&mut self, id: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO customer_tag (tag_id, external_userid, userid) VALUES (?1,?2,?3) ON CONFLICT DO NOTHING",
                params![format!("t{}", 1 + d.below(6)), id, if d.chance(50) { "" } else { "s1" }],
            )
            .unwrap();
    }

    fn follow(&mut self, id: &str) {
        let d = &mut self.dice;
        let staff = format!("s{}", 1 + d.below(5));
        let owned: i64 = self
            .conn
            .query_row("SELECT count(*) FROM follow WHERE external_userid = ?1 AND is_owner = 1 AND userid <> ?2", params![id, staff], |r| r.get(0))
            .unwrap();
        let touch = d.chance(80).then(|| NOW - d.below(90 * 86_400) as i64);
        self.conn
            .execute(
                "INSERT INTO follow (userid, external_userid, added_at, channel_id, is_owner, remark, last_touch_at) VALUES (?1,?2,?3,?4,?5,?6,?7)
                 ON CONFLICT (userid, external_userid) DO UPDATE SET channel_id = excluded.channel_id, is_owner = excluded.is_owner, remark = excluded.remark, last_touch_at = excluded.last_touch_at",
                params![staff, id, d.below(40) as i64, d.chance(80).then(|| 1 + d.below(3)), owned == 0 && d.chance(70), d.chance(40).then(|| *d.pick(NAMES)), touch],
            )
            .unwrap();
        let (kind, day) = (
            *self.dice.pick(&["add", "add", "del_by_customer"]),
            self.day(),
        );
        self.conn
            .execute(
                "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source) VALUES (?1,1,?2,?3,?4,'import')",
                params![date(day), staff, id, kind],
            )
            .unwrap();
    }

    fn stage(&mut self, id: &str) {
        let (journey, stage) = *self.dice.pick(&[(1, 11), (1, 12), (1, 13), (2, 21)]);
        self.conn
            .execute(
                "INSERT INTO customer_stage VALUES (?1,?2,?3,1) ON CONFLICT DO UPDATE SET stage_id = excluded.stage_id",
                params![journey, id, stage],
            )
            .unwrap();
    }

    fn step(&mut self, person: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (?1,?2,?3,1) ON CONFLICT DO NOTHING",
                params![1 + d.below(2), d.pick(STEPS), person],
            )
            .unwrap();
    }

    fn member(&mut self, person: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO group_member (chat_id, member_id, join_at, type, quit_at) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING",
                params![format!("c{}", 1 + d.below(5)), person, d.below(2), if d.chance(90) { 2 } else { 1 }, d.chance(15).then_some(9)],
            )
            .unwrap();
    }

    fn order(&mut self, id: Option<String>) {
        let person = self.anyone();
        let day = self.day();
        self.orders += 1;
        let id = id.unwrap_or_else(|| format!("o{:05}", self.orders));
        let d = &mut self.dice;
        let paid = d.chance(93);
        let campaign = d.chance(30).then(|| 1 + d.below(3));
        let staff = d.chance(85).then(|| format!("s{}", 1 + d.below(5)));
        let fen = if d.chance(3) {
            9_000_000_000 + d.below(100)
        } else {
            d.below(120) * 500
        };
        let known = d.chance(92);
        self.conn
            .execute(
                "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid, campaign_id, is_test)
                 VALUES (?1,?2,?3,1,?4,?5,'paid',1,?6,'live',?7,?8,?9)
                 ON CONFLICT (order_id) DO UPDATE SET external_userid = excluded.external_userid, buyer_key = excluded.buyer_key, paid_at = excluded.paid_at, biz_date = excluded.biz_date,
                   paid_fen = excluded.paid_fen, credited_userid = excluded.credited_userid, campaign_id = excluded.campaign_id, is_test = excluded.is_test",
                params![
                    id, known.then(|| person.clone()), if known { person } else { format!("k{}", d.below(9)) },
                    paid.then(|| as_of().zone.start_of(day) + d.below(80_000) as i64), paid.then(|| date(day)), fen as i64, staff, campaign, d.chance(4)
                ],
            )
            .unwrap();
        for line in 0..self.dice.below(3) {
            let qty = self.dice.below(5);
            self.conn
                .execute("INSERT INTO order_item (order_id, line_no, sku, qty, line_fen) VALUES (?1,?2,'x',?3,1) ON CONFLICT DO NOTHING", params![id, line, qty])
                .unwrap();
        }
    }

    fn refund(&mut self) {
        let order = format!("o{:05}", 1 + self.dice.below(self.orders));
        let paid: i64 = self
            .conn
            .query_row(
                "SELECT coalesce(max(paid_fen), 0) FROM sale_order WHERE order_id = ?1",
                [&order],
                |r| r.get(0),
            )
            .unwrap();
        let (day, id) = (self.day(), self.dice.below(5_000));
        let fen = if self.dice.chance(50) {
            paid.max(1)
        } else {
            1 + self.dice.below(3000) as i64
        };
        self.conn
            .execute(
                "INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES (?1,?2,1,?3,?4) ON CONFLICT DO NOTHING",
                params![format!("r{id:04}"), order, date(day), fen],
            )
            .unwrap();
    }

    /// One act of a shop, of every sort.
    fn act(&mut self) {
        let id = self.someone();
        let order = format!("o{:05}", 1 + self.dice.below(self.orders + 3));
        match self.dice.below(20) {
            0 => self.customer(&id),
            1 => {
                let id = format!("wm{:04}", self.dice.below(CUSTOMERS * 7));
                self.customer(&id);
            }
            2 => {
                let id = format!("wx{}", self.dice.below(12));
                self.customer(&id);
            }
            3 => drop(
                self.conn
                    .execute("DELETE FROM customer WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            4 => self.tag(&id),
            5 => drop(
                self.conn
                    .execute("DELETE FROM customer_tag WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            6 => self.follow(&id),
            7 => drop(
                self.conn
                    .execute("DELETE FROM follow WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            8 => self.stage(&id),
            9 => self.order(Some(order)),
            10 => self.order(None),
            11 => drop(
                self.conn
                    .execute("DELETE FROM sale_order WHERE order_id = ?1", [&order])
                    .unwrap(),
            ),
            12 => self.refund(),
            13 => {
                let id = format!("r{:04}", self.dice.below(5_000));
                self.conn
                    .execute(
                        "DELETE FROM order_refund WHERE refund_id >= ?1 AND refund_id < ?1 || '~'",
                        [&id],
                    )
                    .unwrap();
            }
            14 => {
                let person = self.anyone();
                self.member(&person);
            }
            15 => drop(
                self.conn
                    .execute(
                        "UPDATE group_member SET quit_at = 7 WHERE member_id = ?1",
                        [&id],
                    )
                    .unwrap(),
            ),
            16 => {
                let person = self.anyone();
                self.step(&person);
            }
            17 => drop(
                self.conn
                    .execute("DELETE FROM campaign_step WHERE person_key = ?1", [&id])
                    .unwrap(),
            ),
            18 => drop(
                self.conn
                    .execute("DELETE FROM follow_event WHERE external_userid = ?1", [&id])
                    .unwrap(),
            ),
            _ => {
                let sql = *self.dice.pick(&[
                    "UPDATE tag SET name = name || '旧' WHERE tag_id = 't3'",
                    "UPDATE tag SET is_deleted = 1 - is_deleted WHERE tag_id = 't6'",
                    "UPDATE staff SET name = '何敏' WHERE userid = 's3'",
                    "UPDATE group_chat SET dissolved_at = 3 WHERE chat_id = 'c2'",
                    "UPDATE group_chat SET dissolved_at = NULL WHERE chat_id = 'c4'",
                    "DELETE FROM group_chat WHERE chat_id = 'c3'",
                    "DELETE FROM order_item WHERE line_no = 1",
                ]);
                self.conn.execute(sql, []).unwrap();
            }
        }
    }

    fn reader(&self) -> Connection {
        open(&self.path, Access::ReadOnly).unwrap().conn
    }

    fn load(&self) -> Loaded {
        load(&mut self.reader(), Some(&mut self.reader()), &|_, _| {}).unwrap()
    }

    /// Ids by a query.
    fn ids(&self, sql: &str) -> Vec<String> {
        let mut statement = self
            .conn
            .prepare(sql)
            .unwrap_or_else(|e| panic!("{e}: {sql}"));
        let ids = statement.query_map([], |r| r.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }

    fn number(&self, sql: &str) -> i64 {
        self.conn
            .query_row(sql, [], |r| r.get::<_, Option<i64>>(0))
            .unwrap_or_else(|e| panic!("{e}: {sql}"))
            .unwrap_or(0)
    }
}

fn period() -> Period {
    PeriodSpec::Month.resolve(today())
}

fn ground() -> Ground<'static> {
    Ground {
        as_of: as_of(),
        period: period(),
        org: None,
    }
}

fn stamp() -> Stamp {
    Stamp {
        revision: 0,
        as_of: NOW,
        period: period(),
        partial: true,
        org: None,
        filter: String::new(),
        named: Filter::default(),
    }
}

fn filter(text: &str) -> Filter {
    parse(text, &Ctx::default()).unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

fn sort(field: Field, descending: bool) -> SortKey {
    SortKey { field, descending }
}

/// The ids of a window, its offset and where the anchor stands.
fn list(
    engine: &mut Engine,
    filter: &Filter,
    ground: Ground<'_>,
    sort: &[SortKey],
    offset: u64,
    rows: u32,
) -> Vec<String> {
    let ask = ListAsk {
        filter,
        ground,
        sort,
        offset,
        rows,
        anchor: None,
        disclosure: Disclosure::Whole,
    };
    engine
        .customers_page(&ask, stamp())
        .rows
        .into_iter()
        .map(|row| row.id.as_str().to_owned())
        .collect()
}

fn days_ago(n: i64) -> i64 {
    NOW - n * 86_400
}

/// Filters and what they mean in SQL over `customer c` and `customer_stat s`.
fn cases() -> Vec<(&'static str, String)> {
    let month = (date(period().from), date(period().to));
    let start = |day: Day| as_of().zone.start_of(day);
    let tag = |cond: &str| {
        format!(
            "EXISTS (SELECT 1 FROM customer_tag x JOIN tag t USING (tag_id) WHERE x.external_userid = c.external_userid AND t.is_deleted = 0 AND {cond})"
        )
    };
    let owner = |cond: &str| {
        format!(
            "EXISTS (SELECT 1 FROM follow f LEFT JOIN staff u USING (userid) WHERE f.external_userid = c.external_userid AND f.is_owner = 1 AND {cond})"
        )
    };
    let person = "coalesce(o.external_userid, o.buyer_key) = c.external_userid";
    let text = |word: &str| {
        format!("(instr(lower(c.name), '{word}') OR instr(c.external_userid, '{word}')
        OR EXISTS (SELECT 1 FROM follow f WHERE f.external_userid = c.external_userid AND instr(lower(f.remark), '{word}')))")
    };
    let member = |cond: &str| {
        format!("EXISTS (SELECT 1 FROM group_member m JOIN group_chat g USING (chat_id) WHERE m.member_id = c.external_userid
        AND m.type = 2 AND m.quit_at IS NULL AND g.dissolved_at IS NULL AND {cond})")
    };
    vec![
        ("", "1".into()),
        ("tag:vip", tag("t.name = 'vip'")),
        ("tag:高净值,复购", tag("t.name IN ('高净值','复购')")),
        ("tag:高", tag("instr(t.name, '高')")),
        ("-tag:#t2", format!("NOT {}", tag("t.tag_id = 't2'"))),
        ("no:tag", "NOT EXISTS (SELECT 1 FROM customer_tag x WHERE x.external_userid = c.external_userid)".into()),
        ("spend>200", "s.spend_fen > 20000".into()),
        ("spend:100..9000万", "s.spend_fen BETWEEN 10000 AND 9000000000".into()),
        ("orders>=3", "s.orders >= 3".into()),
        ("aov>250", "s.orders > 0 AND s.spend_fen * 1.0 / s.orders > 25000".into()),
        ("last<30d", format!("s.last_contact_at > {}", days_ago(30))),
        ("no:last", "s.last_contact_at IS NULL".into()),
        ("bought>60d", format!("s.last_paid_at < {}", days_ago(60))),
        ("has:bought", "s.last_paid_at IS NOT NULL".into()),
        ("added:本月", format!("c.first_added_at >= {} AND c.first_added_at < {}", start(period().from), start(period().to.plus(1)))),
        ("owner:何敏", owner("u.name = '何敏'")),
        ("owner:#s5", owner("f.userid = 's5'")),
        ("no:owner", format!("NOT {}", owner("1"))),
        ("source:直播间", "(SELECT h.name FROM follow f LEFT JOIN channel h USING (channel_id) WHERE f.external_userid = c.external_userid
            ORDER BY f.is_owner DESC, f.added_at, f.userid LIMIT 1) = '直播间'".into()),
        ("stage:复购期", "EXISTS (SELECT 1 FROM customer_stage x WHERE x.external_userid = c.external_userid AND x.stage_id = 12)".into()),
        ("has:stage", "EXISTS (SELECT 1 FROM customer_stage x WHERE x.external_userid = c.external_userid AND x.journey_id = 1)".into()),
        ("group:母婴", member("instr(g.name, '母婴')")),
        ("has:group", member("1")),
        ("city:上海", "c.region = '上海'".into()),
        ("city:上海*", "c.region LIKE '上海%'".into()),
        ("gender:女", "c.gender = 2".into()),
        ("gender:未知", "coalesce(c.gender, 0) NOT IN (1, 2)".into()),
        ("birthday:3", "c.birthday LIKE '____-03-__'".into()),
        ("张", text("张")),
        ("name:alice", "instr(lower(c.name), 'alice')".into()),
        ("2210", format!("({} OR c.phone LIKE '%2210')", text("2210"))),
        ("phone:210", "c.phone LIKE '%210'".into()),
        ("#wm0070", "c.external_userid = 'wm0070'".into()),
        ("name~^张.丽", "c.name LIKE '张_丽%'".into()),
        ("buyer:#s2", format!("EXISTS (SELECT 1 FROM v_paid o WHERE {person} AND o.credited_userid = 's2' AND (o.biz_date BETWEEN '{0}' AND '{1}' OR EXISTS (SELECT 1 FROM order_refund r WHERE r.order_id = o.order_id AND r.biz_date BETWEEN '{0}' AND '{1}')))", month.0, month.1)),
        ("adder:#s2", format!("EXISTS (SELECT 1 FROM follow_event e WHERE e.external_userid = c.external_userid AND e.userid = 's2' AND e.kind = 'add' AND e.biz_date BETWEEN '{}' AND '{}')", month.0, month.1)),
        ("campaign:1", format!("EXISTS (SELECT 1 FROM v_paid o WHERE {person} AND o.campaign_id = 1)")),
        ("step:1/paid", "EXISTS (SELECT 1 FROM campaign_step k WHERE k.person_key = c.external_userid AND k.campaign_id = 1 AND k.step = 'paid')".into()),
    ]
}

fn customers(where_: &str, order: &str) -> String {
    format!(
        "SELECT c.external_userid FROM customer c JOIN customer_stat s USING (external_userid) WHERE {where_} ORDER BY {order}"
    )
}

#[test]
fn every_filter_selects_what_sql_selects() {
    for seed in 1..=3 {
        let shop = Shop::new(seed);
        let mut engine = shop.load().engine;
        for (text, sql) in cases() {
            let mut found = list(
                &mut engine,
                &filter(text),
                ground(),
                &[sort(Field::Id, false)],
                0,
                10_000,
            );
            found.sort();
            assert_eq!(
                found,
                shop.ids(&customers(&sql, "1")),
                "seed {seed}, filter {text}"
            );
        }
        assert_eq!(
            engine.pool() as i64,
            shop.number("SELECT count(*) FROM customer")
        );
    }
}

#[test]
fn any_combination_of_terms_selects_what_sql_selects() {
    let shop = Shop::new(4);
    let mut engine = shop.load().engine;
    let (cases, mut dice) = (cases(), Dice(9));
    for _ in 0..300 {
        let (expr, sql) = combine(&cases, &mut dice, 3);
        let q = Filter {
            expr,
            ..Filter::default()
        };
        let mut found = list(
            &mut engine,
            &q,
            ground(),
            &[sort(Field::Id, false)],
            0,
            10_000,
        );
        found.sort();
        assert_eq!(
            found,
            shop.ids(&customers(&sql, "1")),
            "{}",
            caopan::filter::print(&q)
        );
    }
}

fn combine(cases: &[(&'static str, String)], dice: &mut Dice, depth: u32) -> (Expr, String) {
    if depth == 0 || dice.chance(25) {
        let (text, sql) = dice.pick(cases);
        return (filter(text).expr, format!("({sql})"));
    }
    let ((a, x), (b, y)) = (
        combine(cases, dice, depth - 1),
        combine(cases, dice, depth - 1),
    );
    // A condition over a missing value is false here and unknown in SQL; NOT must see false.
    match dice.below(3) {
        0 => (Expr::all_of(vec![a, b]), format!("({x} AND {y})")),
        1 => (Expr::any_of(vec![a, b]), format!("({x} OR {y})")),
        _ => (Expr::Not(Box::new(a)), format!("NOT coalesce({x}, 0)")),
    }
}

/// Sort fields and their SQL value over `c` and `s`.
const SORTS: &[(Field, &str)] = &[
    (Field::Spend, "s.spend_fen"),
    (Field::Orders, "s.orders"),
    (
        Field::Aov,
        "CASE WHEN s.orders > 0 THEN s.spend_fen * 1.0 / s.orders END",
    ),
    (Field::LastContact, "s.last_contact_at"),
    (Field::LastPurchase, "s.last_paid_at"),
    (Field::Added, "c.first_added_at"),
    (
        Field::Gender,
        "CASE WHEN c.gender IN (1, 2) THEN c.gender END",
    ),
    (Field::Birthday, "substr(c.birthday, 6)"),
    (Field::Id, "c.external_userid"),
    (Field::City, "c.region"),
    (
        Field::Owner,
        "(SELECT coalesce(u.name, f.userid) FROM follow f LEFT JOIN staff u USING (userid) WHERE f.external_userid = c.external_userid AND f.is_owner = 1)",
    ),
    (
        Field::Stage,
        "(SELECT x.stage_id FROM customer_stage x WHERE x.external_userid = c.external_userid AND x.journey_id = 1)",
    ),
    (Field::Name, "nullif(form(c.name), '')"),
];

#[test]
fn every_window_under_every_sort_is_the_one_sql_gives() {
    let shop = Shop::new(5);
    let mut engine = shop.load().engine;
    let mut dice = Dice(1);
    for q in ["", "spend>200", "-tag:vip", "tag:vip 张"] {
        let where_ = match q {
            "" => "1".to_owned(),
            q => cases_sql(q),
        };
        for (field, value) in SORTS {
            for descending in [false, true] {
                let expected = sorted(&shop, &where_, value, descending);
                for _ in 0..4 {
                    let (offset, rows) =
                        (dice.below(expected.len() as u64 + 1), dice.below(40) as u32);
                    let got = list(
                        &mut engine,
                        &filter(q),
                        ground(),
                        &[sort(*field, descending)],
                        offset,
                        rows,
                    );
                    let from = (offset as usize).min(expected.len().saturating_sub(1));
                    let upto = (from + rows as usize).min(expected.len());
                    assert_eq!(
                        got,
                        expected[from..upto],
                        "{q} by {field:?} {descending} from {offset}"
                    );
                    if dice.chance(50) {
                        engine.prepare(&[sort(*field, descending)], today());
                    }
                }
                anchors_stand_where_sql_puts_them(
                    &mut engine,
                    q,
                    sort(*field, descending),
                    &expected,
                    &mut dice,
                );
            }
        }
    }
}

fn anchors_stand_where_sql_puts_them(
    engine: &mut Engine,
    q: &str,
    key: SortKey,
    expected: &[String],
    dice: &mut Dice,
) {
    let at = dice.below(expected.len() as u64) as usize;
    let id = CustomerId::from(expected[at].as_str());
    let q = filter(q);
    let ask = ListAsk {
        filter: &q,
        ground: ground(),
        sort: &[key],
        offset: 0,
        rows: 9,
        anchor: Some((&id, 4)),
        disclosure: Disclosure::Usual,
    };
    let page = engine.customers_page(&ask, stamp());
    assert_eq!(page.anchor_at, Some(at as u64));
    assert_eq!(page.offset, at.saturating_sub(4) as u64);
    assert_eq!(page.rows[at.min(4)].id, id);
}

fn cases_sql(q: &str) -> String {
    let cases = cases();
    let one = |text: &str| {
        cases
            .iter()
            .find(|(t, _)| *t == text)
            .map(|(_, sql)| sql.clone())
    };
    one(q).unwrap_or_else(|| match q {
        "-tag:vip" => format!("NOT {}", one("tag:vip").unwrap()),
        _ => q
            .split(' ')
            .map(|part| one(part).unwrap())
            .collect::<Vec<_>>()
            .join(" AND "),
    })
}

/// Sorted by SQL; names by their search form, which SQL does not know.
fn sorted(shop: &Shop, where_: &str, value: &str, descending: bool) -> Vec<String> {
    let direction = if descending { "DESC" } else { "ASC" };
    if let Some(inner) = value.strip_prefix("nullif(form(") {
        let column = inner.split(')').next().unwrap();
        let sql = format!(
            "SELECT c.external_userid, {column} FROM customer c JOIN customer_stat s USING (external_userid) WHERE {where_}"
        );
        let mut statement = shop.conn.prepare(&sql).unwrap();
        let mut all: Vec<(String, String)> = statement
            .query_map([], |r| {
                Ok((r.get(0)?, fold::search_form(&r.get::<_, String>(1)?)))
            })
            .unwrap()
            .map(Result::unwrap)
            .collect();
        all.sort_by(|a, b| {
            let by_name = if descending {
                b.1.cmp(&a.1)
            } else {
                a.1.cmp(&b.1)
            };
            a.1.is_empty()
                .cmp(&b.1.is_empty())
                .then(by_name)
                .then(a.0.cmp(&b.0))
        });
        return all.into_iter().map(|(id, _)| id).collect();
    }
    shop.ids(&customers(
        where_,
        &format!("({value}) IS NULL, ({value}) {direction}, 1"),
    ))
}

#[test]
fn counts_and_facets_are_those_of_sql() {
    let shop = Shop::new(6);
    let mut engine = shop.load().engine;
    for (text, sql) in cases() {
        let page = engine.tags_page(&filter(text), ground(), stamp());
        let scope = format!(
            "SELECT c.external_userid FROM customer c JOIN customer_stat s USING (external_userid) WHERE {sql}"
        );
        assert_eq!(
            page.hits as i64,
            shop.number(&format!("SELECT count(*) FROM ({scope})")),
            "{text}"
        );
        let names: Vec<&str> = page.groups.iter().map(|g| g.name.as_str()).collect();
        assert_eq!(names, ["地区", "兴趣", "等级"]);
        for tag in page.groups.iter().flat_map(|g| &g.tags) {
            let holders = |cond: &str| {
                shop.number(&format!("SELECT count(DISTINCT external_userid) FROM customer_tag WHERE tag_id = '{}' AND external_userid IN ({cond})", tag.id.as_str()))
            };
            assert_eq!(tag.hits as i64, holders(&scope), "{text}: {}", tag.name);
            assert_eq!(
                tag.all as i64,
                holders("SELECT external_userid FROM customer"),
                "{}",
                tag.name
            );
        }
        let ask = ListAsk {
            filter: &filter(text),
            ground: ground(),
            sort: &[],
            offset: 0,
            rows: 1,
            anchor: None,
            disclosure: Disclosure::Usual,
        };
        let list = engine.customers_page(&ask, stamp());
        let spend =
            format!("SELECT sum(spend_fen) FROM customer_stat WHERE external_userid IN ({scope})");
        assert_eq!(list.spend.0, shop.number(&spend), "{text}");
    }
}

#[test]
fn an_org_node_holds_the_customers_its_staff_own() {
    let shop = Shop::new(7);
    let mut engine = shop.load().engine;
    let set = engine.staff_set(&[
        StaffId::from("s1"),
        StaffId::from("s5"),
        StaffId::from("nobody"),
    ]);
    let ground = Ground {
        org: Some(&set),
        ..ground()
    };
    let mut found = list(&mut engine, &filter("-tag:vip"), ground, &[], 0, 10_000);
    found.sort();
    let owned = "c.external_userid IN (SELECT external_userid FROM follow WHERE is_owner = 1 AND userid IN ('s1','s5'))";
    assert_eq!(
        found,
        shop.ids(&customers(
            &format!("{owned} AND {}", cases_sql("-tag:vip")),
            "1"
        ))
    );
    let page = engine.tags_page(&filter("-tag:vip"), ground, stamp());
    let vip = page
        .groups
        .iter()
        .flat_map(|g| &g.tags)
        .find(|t| t.name.as_str() == "vip")
        .unwrap();
    let all = shop.number(&format!("SELECT count(DISTINCT x.external_userid) FROM customer_tag x JOIN customer c USING (external_userid) WHERE tag_id = 't1' AND {owned}"));
    assert_eq!((vip.all as i64, vip.hits), (all, 0));
}

#[test]
fn zero_hits_name_the_term_to_drop() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let q = filter("spend>200 name:没有这个人");
    let ask = ListAsk {
        filter: &q,
        ground: ground(),
        sort: &[],
        offset: 5,
        rows: 10,
        anchor: None,
        disclosure: Disclosure::Usual,
    };
    let page = engine.customers_page(&ask, stamp());
    assert_eq!((page.hits, page.rows.len()), (0, 0));
    let culprit = page.culprit.unwrap();
    assert_eq!(
        (culprit.terms, culprit.without as i64),
        (
            filter("name:没有这个人"),
            shop.number("SELECT count(*) FROM customer_stat WHERE spend_fen > 20000")
        )
    );
}

#[test]
fn zero_hits_of_two_terms_name_both() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let q = filter("spend>200 name:没有这个人 city:没有这座城");
    let ask = ListAsk {
        filter: &q,
        ground: ground(),
        sort: &[],
        offset: 0,
        rows: 10,
        anchor: None,
        disclosure: Disclosure::Usual,
    };
    let culprit = engine.customers_page(&ask, stamp()).culprit.unwrap();
    assert_eq!(
        (culprit.terms, culprit.without as i64),
        (
            filter("name:没有这个人 city:没有这座城"),
            shop.number("SELECT count(*) FROM customer_stat WHERE spend_fen > 20000")
        )
    );
}

#[test]
fn scores_are_those_of_the_documents_sql() {
    let shop = Shop::new(10);
    let mut engine = shop.load().engine;
    // metrics.md 4.11, buyer_key read as the person.
    let sql = "WITH w AS (SELECT coalesce(external_userid, buyer_key) p, biz_date, net_fen FROM v_valid WHERE biz_date > date('2026-03-20', '-365 days') AND biz_date <= '2026-03-20'),
        v AS (SELECT p, max(biz_date) last, count(DISTINCT biz_date) f, sum(net_fen) m FROM w WHERE p IN (SELECT external_userid FROM customer) GROUP BY p)
        SELECT p, 1 + 5 * (rank() OVER (ORDER BY last) - 1) / count(*) OVER (), 1 + 5 * (rank() OVER (ORDER BY f) - 1) / count(*) OVER (), 1 + 5 * (rank() OVER (ORDER BY m) - 1) / count(*) OVER () FROM v";
    let mut statement = shop.conn.prepare(sql).unwrap();
    let expected: BTreeMap<String, (u8, u8, u8)> = statement
        .query_map([], |r| Ok((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?))))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(expected.len() > 100);
    for id in shop.ids("SELECT external_userid FROM customer") {
        let row = engine
            .customer(&CustomerId::from(id.as_str()), ground(), Disclosure::Usual)
            .unwrap();
        assert_eq!(
            row.rfm.map(|s| (s.r, s.f, s.m)),
            expected.get(&id).copied(),
            "{id}"
        );
    }
    let unsold = list(&mut engine, &filter("rfm:未购"), ground(), &[], 0, 10_000).len();
    assert_eq!(
        unsold as i64,
        shop.number("SELECT count(*) FROM customer") - expected.len() as i64
    );
}

#[test]
fn customers_are_listed_by_what_would_be_lost_first_then_by_spend() {
    let mut engine = Shop::new(11).load().engine;
    let everybody = Filter::default();
    let ask = ListAsk {
        filter: &everybody,
        ground: ground(),
        sort: &[],
        offset: 0,
        rows: 100_000,
        anchor: None,
        disclosure: Disclosure::Whole,
    };
    let listed = engine.customers_page(&ask, stamp()).rows;
    assert_eq!(
        listed.len() as u64,
        engine.customers_page(&ask, stamp()).pool
    );
    // Without a level there is no value: those stand behind a value of nothing.
    let key = |row: &caopan::engine::answer::CustomerRow| {
        let value = row.value_at_risk.map_or(-1, |value| value.0);
        (-value, -row.spend.0, row.id.as_str().to_owned())
    };
    let keys: Vec<_> = listed.iter().map(key).collect();
    assert!(keys.is_sorted());
    assert!(
        keys.first().is_some_and(|first| first.0 < 0),
        "somebody is at risk"
    );
    let top = list(&mut engine, &everybody, ground(), &[], 0, 7);
    let first: Vec<_> = keys.iter().take(7).map(|key| key.2.clone()).collect();
    assert_eq!(top, first, "the top without the whole order");
}

#[test]
fn overdue_levels_follow_the_purchase_days() {
    use caopan::domain::churn::{Intervals, Purchases, value_at_risk};
    let shop = Shop::new(11);
    let mut engine = shop.load().engine;
    let sql = "SELECT DISTINCT coalesce(external_userid, buyer_key), CAST(julianday(biz_date) - julianday('1970-01-01') AS INTEGER) FROM v_valid
        WHERE biz_date <= '2026-03-20' AND coalesce(external_userid, buyer_key) IN (SELECT external_userid FROM customer) ORDER BY 1, 2";
    let mut days: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    let mut statement = shop.conn.prepare(sql).unwrap();
    for pair in statement
        .query_map([], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i32>(1)?)))
        .unwrap()
    {
        let (id, day) = pair.unwrap();
        days.entry(id).or_default().push(day);
    }
    let mut intervals = Intervals::default();
    for pair in days.values().flat_map(|d| d.windows(2)) {
        intervals.add((pair[1] - pair[0]) as u32);
    }
    assert!(intervals.len() > 200);
    let mut levels = BTreeSet::new();
    for id in shop.ids("SELECT external_userid FROM customer") {
        let row = engine
            .customer(&CustomerId::from(id.as_str()), ground(), Disclosure::Usual)
            .unwrap();
        let expected = days.get(&id).and_then(|d| {
            let bought = Purchases {
                first: Day(d[0]),
                last: Day(d[d.len() - 1]),
                days: d.len() as u32,
            };
            intervals.cuts().overdue(bought, today()).level()
        });
        let spend = shop.number(&format!(
            "SELECT spend_fen FROM customer_stat WHERE external_userid = '{id}'"
        ));
        let value =
            expected.map(|level| value_at_risk(Fen(spend), Day(days[&id][0]), today(), level));
        assert_eq!((row.risk, row.value_at_risk), (expected, value), "{id}");
        levels.insert(row.risk);
    }
    assert!(
        levels.len() > 3,
        "the sample has several levels: {levels:?}"
    );
}

/// SQL for the person of an order or step being among some customers; all persons for the empty filter.
fn among(person: &str, q: &str) -> String {
    if q.is_empty() {
        return "1".to_owned();
    }
    format!("{person} IN ({})", customers(&cases_sql(q), "1"))
}

#[test]
fn the_board_is_the_one_sql_adds_up() {
    let shop = Shop::new(12);
    let mut engine = shop.load().engine;
    let spans = [
        period(),
        Period::day(today()),
        PeriodSpec::LastMonth.resolve(today()),
        PeriodSpec::Last(90).resolve(today()),
    ];
    for q in ["", "tag:vip", "spend>200"] {
        let rows = engine.selection(&filter(q), ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        for span in spans {
            let counts = engine.board_counts(span, today(), BoardMetric::NetGmv, rows, None);
            let between = format!("BETWEEN '{}' AND '{}'", span.from, span.to);
            let who = among("coalesce(o.external_userid, o.buyer_key)", q);
            for staff in ["s1", "s2", "s3", "s4", "s5"] {
                let by = format!("o.credited_userid = '{staff}' AND {who}");
                let got = counts
                    .staff
                    .get(&StaffId::from(staff))
                    .cloned()
                    .unwrap_or_default();
                let gross = |on: &str| {
                    shop.number(&format!(
                        "SELECT sum(paid_fen) FROM v_paid o WHERE {by} AND o.biz_date {on}"
                    ))
                };
                let refunds = |on: &str| {
                    shop.number(&format!("SELECT sum(r.amount_fen) FROM order_refund r JOIN v_paid o USING (order_id) WHERE {by} AND r.biz_date {on}"))
                };
                let orders = shop.number(&format!(
                    "SELECT count(*) FROM v_paid o WHERE {by} AND o.biz_date {between}"
                ));
                let adds = shop.number(&format!("SELECT count(*) FROM follow_event e WHERE kind = 'add' AND userid = '{staff}' AND biz_date {between} AND {}", among("e.external_userid", q)));
                assert_eq!(
                    (
                        got.gross.0,
                        got.refunds.0,
                        i64::from(got.orders),
                        i64::from(got.adds)
                    ),
                    (gross(&between), refunds(&between), orders, adds),
                    "{staff} {span:?} {q}"
                );
                let last = span.to.min(today());
                let trend: Vec<i64> = (0..7)
                    .map(|i| format!("= '{}'", last.plus(i - 6)))
                    .map(|on| gross(&on) - refunds(&on))
                    .collect();
                assert!(
                    got.trend.is_empty() && trend.iter().all(|v| *v == 0) || got.trend == trend,
                    "{staff} {span:?} {q}: {:?} {trend:?}",
                    got.trend
                );
            }
            let nobody = shop.number(&format!("SELECT sum(paid_fen) FROM v_paid o WHERE o.credited_userid IS NULL AND {who} AND o.biz_date {between}"));
            assert_eq!(counts.uncredited.gross.0, nobody);
            // Asked for again, its orders are picked out of all others while nobody waits.
            let again = |engine: &mut Engine| {
                engine.board_counts(span, today(), BoardMetric::NetGmv, rows, None)
            };
            assert_eq!(again(&mut engine), counts);
            while engine.lacks_picked() {
                engine.pick_ahead();
            }
            assert_eq!(again(&mut engine), counts);
        }
    }
    let only = engine.staff_set(&[StaffId::from("s2")]);
    let counts = engine.board_counts(spans[3], today(), BoardMetric::Adds, None, Some(&only));
    assert_eq!(
        counts.staff.keys().map(StaffId::as_str).collect::<Vec<_>>(),
        ["s2"]
    );
}

#[test]
fn campaigns_count_what_sql_counts() {
    let shop = Shop::new(13);
    let mut engine = shop.load().engine;
    let mut late = 0;
    for q in ["", "tag:vip", "orders>=3"] {
        let rows = engine.selection(&filter(q), ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        // Of campaigns long over, just over and under way.
        let last = |id: CampaignId| Some(today().plus(i32::try_from(id.0).unwrap() * 8 - 24));
        let money = engine.campaign_money(today(), &last, rows);
        for campaign in [1, 2, 3] {
            let last = last(CampaignId(campaign)).unwrap();
            let person = "coalesce(o.external_userid, o.buyer_key)";
            let orders = format!(
                "v_paid o WHERE o.campaign_id = {campaign} AND o.biz_date <= '2026-03-20' AND {}",
                among(person, q)
            );
            let number = |what: &str| shop.number(&format!("SELECT {what} FROM {orders}"));
            let refunded = shop.number(&format!("SELECT sum(r.amount_fen) FROM order_refund r JOIN (SELECT o.order_id FROM {orders}) USING (order_id) WHERE r.biz_date <= '2026-03-20'"));
            let in_time = shop.number(&format!("SELECT sum(r.amount_fen) FROM order_refund r JOIN (SELECT o.order_id FROM {orders}) USING (order_id) WHERE r.biz_date <= '{last}'"));
            late += refunded - in_time;
            let items = shop.number(&format!("SELECT sum(qty) FROM order_item WHERE order_id IN (SELECT o.order_id FROM {orders})"));
            for kind in [
                GmvKind::Gross,
                GmvKind::NetByRefundDate,
                GmvKind::NetByOrderDate,
            ] {
                let got = engine.campaign_counts(CampaignId(campaign), kind, today(), last, rows);
                assert_eq!(
                    got.buyers as i64,
                    number(&format!("count(DISTINCT {person})")),
                    "{campaign} {q}"
                );
                assert_eq!(
                    (got.orders as i64, got.money.gross.0),
                    (number("count(*)"), number("sum(paid_fen)"))
                );
                assert_eq!(
                    (got.money.refunded_so_far.0, got.money.refunded_in_period.0),
                    (number("sum(refund_fen)"), in_time)
                );
                let known = got.itemised.unwrap_or_default();
                let of_known = |what: &str| {
                    shop.number(&format!("SELECT {what} FROM {orders} AND EXISTS (SELECT 1 FROM order_item i WHERE i.order_id = o.order_id)"))
                };
                assert_eq!(
                    (known.items as i64, known.orders as i64),
                    (items, of_known("count(*)"))
                );
                assert_eq!(
                    (known.money.gross.0, known.money.refunded_so_far.0),
                    (of_known("sum(paid_fen)"), of_known("sum(refund_fen)"))
                );
                assert_eq!(money.get(&CampaignId(campaign)), Some(&got.money));
                for (i, fen) in (0..).zip(&got.by_day) {
                    let day = last.plus(i - 13);
                    let paid = shop.number(&format!(
                        "SELECT sum({}) FROM {orders} AND o.biz_date = '{day}'",
                        if kind == GmvKind::NetByOrderDate {
                            "paid_fen - refund_fen"
                        } else {
                            "paid_fen"
                        }
                    ));
                    let back = shop.number(&format!("SELECT sum(r.amount_fen) FROM order_refund r JOIN (SELECT o.order_id FROM {orders}) USING (order_id) WHERE r.biz_date = '{day}'"));
                    assert_eq!(
                        fen.0,
                        paid - if kind == GmvKind::NetByRefundDate {
                            back
                        } else {
                            0
                        },
                        "{campaign} {day} {kind:?}"
                    );
                }
            }
            let counted = engine.campaign_counts(
                CampaignId(campaign),
                GmvKind::Gross,
                today(),
                today(),
                rows,
            );
            let mut before: Option<Step> = None;
            for (step, people) in Step::ALL.into_iter().zip(counted.steps) {
                let at = |s: Step| {
                    format!(
                        "SELECT person_key FROM campaign_step k WHERE campaign_id = {campaign} AND step = '{}' AND {}",
                        s.as_str(),
                        among("k.person_key", q)
                    )
                };
                assert_eq!(
                    people.people as i64,
                    shop.number(&format!("SELECT count(*) FROM ({})", at(step)))
                );
                let both = before.map_or(0, |b| {
                    shop.number(&format!(
                        "SELECT count(*) FROM ({} INTERSECT {})",
                        at(b),
                        at(step)
                    ))
                });
                assert_eq!(people.with_previous as i64, both);
                // The steps of everybody, also for those of whom nobody is at one.
                let of_all = format!(
                    "SELECT count(*) FROM campaign_step WHERE campaign_id = {campaign} AND step = '{}'",
                    step.as_str()
                );
                assert_eq!(
                    people.recorded,
                    shop.number(&of_all) > 0,
                    "{campaign} {step:?} {q}"
                );
                if people.recorded {
                    before = Some(step);
                }
            }
        }
    }
    assert!(late > 0, "some was given back after the last day");
}

#[test]
fn buyers_among_a_groups_members_are_those_of_sql() {
    let shop = Shop::new(14);
    let mut engine = shop.load().engine;
    for q in ["", "tag:vip"] {
        let rows = engine.selection(&filter(q), ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        let buyers = engine.group_buyers(today(), rows);
        for chat in ["c1", "c2", "c3", "c4"] {
            let sql = format!("SELECT count(DISTINCT m.member_id) FROM group_member m JOIN group_chat g USING (chat_id) WHERE chat_id = '{chat}' AND g.dissolved_at IS NULL
                AND m.type = 2 AND m.quit_at IS NULL AND {} AND EXISTS (SELECT 1 FROM v_valid o WHERE coalesce(o.external_userid, o.buyer_key) = m.member_id
                AND o.biz_date BETWEEN '2026-02-18' AND '2026-03-19')", among("m.member_id", q));
            let got = buyers.get(&ChatId::from(chat)).map_or(0, |of| of.bought);
            assert_eq!(i64::from(got), shop.number(&sql), "{chat} {q}");
        }
    }
}

/// Everything the engine answers, as text.
fn everything(engine: &mut Engine) -> String {
    engine.refresh_scores(today());
    let sorts = [
        sort(Field::Spend, true),
        sort(Field::Name, false),
        sort(Field::Owner, true),
    ];
    for key in sorts {
        engine.prepare(&[key], today());
    }
    let mut said = String::new();
    for (text, _) in cases().into_iter().step_by(2) {
        let q = filter(text);
        for key in sorts {
            let ask = ListAsk {
                filter: &q,
                ground: ground(),
                sort: &[key],
                offset: 0,
                rows: 1000,
                anchor: None,
                disclosure: Disclosure::Whole,
            };
            said += &format!("{text}: {:?}\n", engine.customers_page(&ask, stamp()));
        }
        said += &format!("{:?}\n", engine.tags_page(&q, ground(), stamp()));
        let rows = engine.selection(&q, ground());
        let rows = (!rows.whole).then_some(&*rows.rows);
        let board = engine.board_counts(
            PeriodSpec::Last(90).resolve(today()),
            today(),
            BoardMetric::Gmv,
            rows,
            None,
        );
        said += &format!(
            "{:?} {:?}\n",
            board.staff.into_iter().collect::<BTreeMap<_, _>>(),
            board.uncredited
        );
        while engine.lacks_picked() {
            engine.pick_ahead();
        }
        for campaign in [1, 2, 3] {
            said += &format!(
                "{:?}\n",
                engine.campaign_counts(
                    CampaignId(campaign),
                    GmvKind::NetByRefundDate,
                    today(),
                    today(),
                    rows
                )
            );
        }
        said += &format!(
            "{:?}\n",
            engine
                .group_buyers(today(), rows)
                .into_iter()
                .collect::<BTreeMap<_, _>>()
        );
    }
    said
}

/// Boards of everybody over the periods that are kept, as text.
fn boards(engine: &mut Engine, metric: BoardMetric) -> String {
    let periods = [
        PeriodSpec::Today,
        PeriodSpec::Week,
        PeriodSpec::Month,
        PeriodSpec::Quarter,
        PeriodSpec::Year,
    ];
    let mut said = String::new();
    for spec in periods {
        let period = spec.resolve(today());
        let board = engine.board_counts(period, today(), metric, None, None);
        let staff = board.staff.into_iter().collect::<BTreeMap<_, _>>();
        said += &format!("{spec:?} {staff:?} {:?}\n", board.uncredited);
    }
    said
}

#[test]
fn a_kept_board_follows_an_order_its_refund_and_its_end() {
    let shop = Shop::new(23);
    let Loaded {
        mut engine,
        mut seq,
        ..
    } = shop.load();
    let metric = BoardMetric::NetGmv;
    boards(&mut engine, metric);
    let edits = [
        "UPDATE sale_order SET paid_fen = paid_fen + 777, biz_date = '2026-03-20' WHERE order_id IN (SELECT order_id FROM v_paid ORDER BY order_id LIMIT 3)",
        "UPDATE sale_order SET credited_userid = (SELECT max(userid) FROM staff) WHERE order_id IN (SELECT order_id FROM order_refund)",
        "DELETE FROM order_refund WHERE order_id IN (SELECT min(order_id) FROM order_refund)",
    ];
    for sql in edits {
        assert!(shop.conn.execute(sql, []).unwrap() > 0, "{sql}");
        seq = follow(&shop, &mut engine, seq);
        let month = PeriodSpec::Month.resolve(today());
        let (kept, room) = (
            !engine.lacks_board(month, today(), metric),
            engine.lacks_board(month, today(), BoardMetric::Adds),
        );
        assert!(kept && !room, "all five boards are kept");
        let fresh = boards(&mut shop.load().engine, metric);
        assert_eq!(boards(&mut engine, metric), fresh, "{sql}");
    }
}

/// Follows the log from `seq` on.
fn follow(shop: &Shop, engine: &mut Engine, seq: Seq) -> Seq {
    let conn = shop.reader();
    let Tail::Changes(changes) = since(&conn, seq).unwrap() else {
        panic!("no gap expected")
    };
    let again = rows::again(&conn, &changes, &engine.owners(&changes)).unwrap();
    engine.apply(&again);
    changes.upto
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn an_engine_that_followed_changes_equals_one_that_loads_anew(seed in any::<u64>(), rounds in prop::collection::vec(1_usize..12, 1..5), ranked in prop::sample::select(vec![BoardMetric::NetGmv, BoardMetric::Orders, BoardMetric::Adds])) {
        let mut shop = Shop::new(seed % 3 + 20);
        shop.dice = Dice(seed);
        let Loaded { mut engine, mut seq, .. } = shop.load();
        // Kept orders, sets, scores and boards must follow too.
        everything(&mut engine);
        boards(&mut engine, ranked);
        for acts in rounds {
            for _ in 0..acts {
                shop.act();
            }
            seq = follow(&shop, &mut engine, seq);
        }
        let fresh = boards(&mut shop.load().engine, ranked);
        prop_assert_eq!(boards(&mut engine, ranked), fresh);
        let followed = everything(&mut engine);
        let fresh = everything(&mut shop.load().engine);
        for (a, b) in followed.lines().zip(fresh.lines()) {
            prop_assert_eq!(a, b);
        }
    }
}

#[test]
fn one_thread_loads_what_two_threads_load() {
    let shop = Shop::new(15);
    let mut alone = load(&mut shop.reader(), None, &|_, _| {}).unwrap().engine;
    assert_eq!(everything(&mut alone), everything(&mut shop.load().engine));
}

#[test]
fn a_row_nobody_can_read_spoils_no_other() {
    let shop = Shop::new(16);
    shop.conn
        .execute_batch(
            "PRAGMA ignore_check_constraints = ON; UPDATE bulk SET active = 1;
             UPDATE customer SET name = CAST(x'ff41fe' AS TEXT), birthday = '2026-99-99', region = CAST(x'c328' AS TEXT), gender = 9223372036854775807, first_added_at = -9223372036854775808 WHERE external_userid = 'wm0007';
             UPDATE sale_order SET paid_fen = 9223372036854775807, biz_date = 'never' WHERE order_id IN ('o00001', 'o00002');",
        )
        .unwrap();
    let mut engine = shop.load().engine;
    assert_eq!(
        list(&mut engine, &Filter::default(), ground(), &[], 0, 10_000).len() as u64,
        CUSTOMERS
    );
    let row = engine
        .customer(&CustomerId::from("wm0007"), ground(), Disclosure::Usual)
        .unwrap();
    assert_eq!(
        (row.name.as_str(), row.gender, row.added),
        ("\u{fffd}A\u{fffd}", 0, Some(i64::MIN))
    );
}

/// A tag of which there is one of its name: id and name.
fn tag_of_shop(shop: &Shop) -> (String, String) {
    let sql = "SELECT tag_id, name FROM tag WHERE is_deleted = 0 GROUP BY name HAVING count(*) = 1 ORDER BY length(name) DESC";
    shop.conn
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

#[test]
fn a_filter_is_shown_with_names_and_finds_the_same_rows() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let (tag, name) = tag_of_shop(&shop);
    let by_id = filter(&format!("tag:#{tag} -owner:#nobody"));
    let shown = engine.named(&by_id);
    let words = caopan::filter::print_in(&shown, caopan::domain::Lang::Zh);
    assert!(
        words.starts_with("标签:") && words.contains(&name),
        "{words}"
    );
    assert!(
        words.ends_with(" -顾问:#nobody"),
        "an id of nobody stays: {words}"
    );
    assert_eq!(filter(&words), shown);
    let hits = |engine: &mut Engine, q| engine.select(q, ground()).count();
    assert_eq!(hits(&mut engine, &shown), hits(&mut engine, &by_id));
}

#[test]
fn two_of_one_name_are_told_apart_and_their_name_says_that_it_means_both() {
    let shop = Shop::new(8);
    let owners = "SELECT userid, count(*) FROM follow JOIN customer USING (external_userid)
        WHERE is_owner = 1 AND userid IN (SELECT userid FROM staff) GROUP BY 1 ORDER BY 2 DESC LIMIT 2";
    let each: Vec<(String, u64)> = {
        let mut statement = shop.conn.prepare(owners).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let [(one, first), (two, second)] = &each[..] else {
        panic!("{each:?}")
    };
    let sql = "UPDATE staff SET name = '王芳芳' WHERE userid IN (?1, ?2)";
    shop.conn.execute(sql, [one, two]).unwrap();
    let mut engine = shop.load().engine;
    let mut hits = |text: &str| {
        let q = filter(text);
        let shown = engine.named(&q);
        let found = engine.select(&q, ground()).count();
        assert_eq!(engine.select(&shown, ground()).count(), found, "{text}");
        let words = caopan::filter::print(&shown);
        assert_eq!(filter(&words), shown, "{words}");
        (found, words)
    };
    let apart = |id: &str| format!("owner:\"王芳芳({id})\"");
    assert_eq!(hits(&format!("owner:{one}")).0, *first);
    assert_eq!(hits(&format!("owner:王芳芳({two})")).0, *second);
    assert_eq!(hits(&format!("owner:王芳芳（{two}） ")).0, *second);
    assert_eq!(hits(&format!("owner:#{one}")), (*first, apart(one)));
    let (both, words) = hits("owner:王芳芳");
    assert_eq!(both, first + second);
    assert!(words.contains(&format!("\"王芳芳({one})\"")), "{words}");
    assert!(words.contains(&format!("\"王芳芳({two})\"")), "{words}");
    assert_eq!(hits("owner=王芳芳").0, both);
    assert_eq!(
        hits("owner:王芳").1,
        "owner:王芳",
        "part of a name lists nobody"
    );
}

#[test]
fn zero_hits_say_which_name_there_is_not_and_which_word_is_no_operator() {
    let shop = Shop::new(8);
    let mut engine = shop.load().engine;
    let (_, name) = tag_of_shop(&shop);
    let mut doubt = |text: &str| {
        let q = filter(text);
        let ask = ListAsk {
            filter: &q,
            ground: ground(),
            sort: &[],
            offset: 0,
            rows: 10,
            anchor: None,
            disclosure: Disclosure::Usual,
        };
        let page = engine.customers_page(&ask, stamp());
        assert_eq!(page.hits, 0, "{text}");
        page.culprit.and_then(|culprit| culprit.doubt)
    };
    let typo = format!("{name}错");
    let said = doubt(&format!("tag:{typo}"))
        .unwrap()
        .said(caopan::domain::Lang::Zh);
    assert!(
        said.starts_with(&format!("没有标签 {typo}, 是不是 ")),
        "{said}"
    );
    assert_eq!(
        doubt("spend>1 or name:没有这个人").unwrap(),
        Doubt::SmallOperator("OR")
    );
    assert_eq!(doubt("name:没有这个人"), None);
}
