//! A random workspace, edited at random.

use crate::asked::{as_of, today};
use crate::dice::Dice;
use caopan::domain::Day;
use caopan::engine::load::{Loaded, load};
use caopan::store::{Access, Birth, create, open};
use rusqlite::{Connection, params};

/// 2026-03-20 14:30 in Shanghai.
pub const NOW: i64 = 1_773_988_200;

pub const CUSTOMERS: u64 = 300;

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

pub struct Shop {
    pub _dir: tempfile::TempDir,
    pub path: std::path::PathBuf,
    pub conn: Connection,
    pub dice: Dice,
    pub orders: u64,
}

pub fn date(day: Day) -> String {
    day.to_string()
}

impl Shop {
    pub fn new(seed: u64) -> Self {
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

    pub fn fill(&mut self) {
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

    pub fn someone(&mut self) -> String {
        format!("wm{:04}", self.dice.below(CUSTOMERS) * 7)
    }

    /// A person who may be outside the pool.
    pub fn anyone(&mut self) -> String {
        if self.dice.chance(12) {
            format!("wx{}", self.dice.below(12))
        } else {
            self.someone()
        }
    }

    pub fn day(&mut self) -> Day {
        today()
            .plus(-self.dice.below(430))
            .plus(i32::from(self.dice.chance(2)) * 2)
    }

    pub fn customer(&mut self, id: &str) {
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
        let added = d.chance(90).then(|| NOW - d.below(200 * 86_400));
        self.conn
            .execute(
                "INSERT INTO customer (external_userid, name, gender, birthday, region, first_added_at, synced_at, phone) VALUES (?1,?2,?3,?4,?5,?6,?7,?8)
                 ON CONFLICT (external_userid) DO UPDATE SET name = excluded.name, gender = excluded.gender, region = excluded.region, phone = excluded.phone, first_added_at = excluded.first_added_at",
                params![id, d.pick(NAMES), d.below(4) - 1, birthday, region, added, NOW, phone],
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

    pub fn tag(&mut self, id: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO customer_tag (tag_id, external_userid, userid) VALUES (?1,?2,?3) ON CONFLICT DO NOTHING",
                params![format!("t{}", 1 + d.below(6)), id, if d.chance(50) { "" } else { "s1" }],
            )
            .unwrap();
    }

    pub fn follow(&mut self, id: &str) {
        let d = &mut self.dice;
        let staff = format!("s{}", 1 + d.below(5));
        let owned: i64 = self
            .conn
            .query_row("SELECT count(*) FROM follow WHERE external_userid = ?1 AND is_owner = 1 AND userid <> ?2", params![id, staff], |r| r.get(0))
            .unwrap();
        let touch = d.chance(80).then(|| NOW - d.below(90 * 86_400));
        self.conn
            .execute(
                "INSERT INTO follow (userid, external_userid, added_at, channel_id, is_owner, remark, last_touch_at) VALUES (?1,?2,?3,?4,?5,?6,?7)
                 ON CONFLICT (userid, external_userid) DO UPDATE SET channel_id = excluded.channel_id, is_owner = excluded.is_owner, remark = excluded.remark, last_touch_at = excluded.last_touch_at",
                params![staff, id, d.below(40), d.chance(80).then(|| 1 + d.below(3)), owned == 0 && d.chance(70), d.chance(40).then(|| *d.pick(NAMES)), touch],
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

    pub fn stage(&mut self, id: &str) {
        let (journey, stage) = *self.dice.pick(&[(1, 11), (1, 12), (1, 13), (2, 21)]);
        self.conn
            .execute(
                "INSERT INTO customer_stage VALUES (?1,?2,?3,1) ON CONFLICT DO UPDATE SET stage_id = excluded.stage_id",
                params![journey, id, stage],
            )
            .unwrap();
    }

    pub fn step(&mut self, person: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (?1,?2,?3,1) ON CONFLICT DO NOTHING",
                params![1 + d.below(2), d.pick(STEPS), person],
            )
            .unwrap();
    }

    pub fn member(&mut self, person: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO group_member (chat_id, member_id, join_at, type, quit_at) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING",
                params![format!("c{}", 1 + d.below(5)), person, d.below(2), if d.chance(90) { 2 } else { 1 }, d.chance(15).then_some(9)],
            )
            .unwrap();
    }

    pub fn order(&mut self, id: Option<String>) {
        let person = self.anyone();
        let day = self.day();
        self.orders += 1;
        let id = id.unwrap_or_else(|| format!("o{:05}", self.orders));
        let d = &mut self.dice;
        let paid = d.chance(93);
        let campaign = d.chance(30).then(|| 1 + d.below(3));
        let staff = d.chance(85).then(|| format!("s{}", 1 + d.below(5)));
        let fen = if d.chance(3) {
            9_000_000_000 + d.below(100_i64)
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
                    paid.then(|| as_of().zone.start_of(day) + d.below(80_000)), paid.then(|| date(day)), fen, staff, campaign, d.chance(4)
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

    pub fn refund(&mut self) {
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
            1 + self.dice.below(3000)
        };
        self.conn
            .execute(
                "INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES (?1,?2,1,?3,?4) ON CONFLICT DO NOTHING",
                params![format!("r{id:04}"), order, date(day), fen],
            )
            .unwrap();
    }

    pub fn reader(&self) -> Connection {
        open(&self.path, Access::ReadOnly).unwrap().conn
    }

    pub fn load(&self) -> Loaded {
        load(&mut self.reader(), Some(&mut self.reader()), &|_, _| {}).unwrap()
    }

    /// Ids by a query.
    pub fn ids(&self, sql: &str) -> Vec<String> {
        let mut statement = self
            .conn
            .prepare(sql)
            .unwrap_or_else(|e| panic!("{e}: {sql}"));
        let ids = statement.query_map([], |r| r.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.conn
            .query_row(sql, [], |r| r.get::<_, Option<i64>>(0))
            .unwrap_or_else(|e| panic!("{e}: {sql}"))
            .unwrap_or(0)
    }
}
