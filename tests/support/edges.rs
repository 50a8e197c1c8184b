//! A shop where everything that can go wrong with a figure has gone wrong: tests, unpaid and closed orders, refunds before,
//! in and after the period, refunds of more than was paid, people outside the pool, keys of buyers that read like ids,
//! orders credited to nobody or to somebody unknown, leavers, ties, negative sales, moved staff, days without measurements.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared by test binaries that use parts of it"
)]

#[path = "dice.rs"]
mod dice;

use caopan::domain::{AsOf, Day, Zone};
use caopan::store::{Birth, create};
use dice::Dice;
use rusqlite::{Connection, params};

/// Changes of one thing or of many at once, as a statement each: by imports, by other programs, by hand.
const CHANGES: &[&str] = &[
    "UPDATE department SET parent_id = 3 WHERE dept_id = 4",
    "UPDATE department SET parent_id = 1, name = '新店' WHERE dept_id = 5",
    "UPDATE department SET parent_id = 2 WHERE dept_id = 4",
    "UPDATE campaign SET ends_at = ends_at + 86400 WHERE campaign_id = 1",
    "UPDATE sale_order SET is_test = 1 - is_test WHERE order_id LIKE 'o%7'",
    "UPDATE kpi_target SET target_value = target_value * 2 WHERE metric_code = 'gmv'",
    "INSERT OR REPLACE INTO kpi_node (node_id, campaign_id, metric_code, label, level, ord, op) VALUES (1, 1, 'users', '来客', 2, 1, 'product')",
    "UPDATE order_refund SET amount_fen = amount_fen + 1 WHERE refund_id LIKE 'r%3'",
    "UPDATE sale_order SET credited_userid = 's3' WHERE order_id LIKE 'o%11'",
    "UPDATE sale_order SET credited_userid = NULL, campaign_id = 2 WHERE order_id LIKE 'o%21'",
    "UPDATE sale_order SET external_userid = NULL WHERE order_id LIKE 'o%31'",
    "UPDATE sale_order SET external_userid = 'wm007', buyer_key = 'wm007' WHERE order_id LIKE 'o%31'",
    "UPDATE sale_order SET biz_date = date(biz_date, '+1 day'), paid_at = paid_at + 86400 WHERE order_id LIKE 'o%41'",
    "UPDATE sale_order SET order_id = order_id || 'x' WHERE order_id LIKE 'o%51'",
    "UPDATE order_refund SET order_id = 'o0099' WHERE refund_id LIKE 'r%5'",
    "UPDATE order_item SET qty = qty + 1 WHERE line_no = 0",
    "DELETE FROM order_item WHERE order_id LIKE 'o%9'",
    "DELETE FROM campaign WHERE campaign_id = 3",
    "INSERT OR REPLACE INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES (3, '夜场', 'live', 1774000000, 1775600000, 'running')",
    "DELETE FROM kpi_target WHERE target_id % 3 = 0",
    "DELETE FROM kpi_node",
    "UPDATE kpi_target SET subject_id = 's1' WHERE subject_id = 's2' AND metric_code = 'adds' AND period_kind = 'day'",
    "DELETE FROM incentive_rule WHERE threshold > 300000",
    "INSERT OR REPLACE INTO incentive_rule (rule_id, name, metric_code, period_kind, scope, kind, threshold, reward_text) VALUES (9,'c','net_gmv_refund','month','staff','threshold',200000,'中奖')",
    "DELETE FROM leaderboard_snapshot WHERE subject_id = 's1'",
    "DELETE FROM department WHERE dept_id = 5",
    "INSERT OR REPLACE INTO department (dept_id, parent_id, name) VALUES (4, 2, '湖滨新店')",
    "UPDATE department SET is_deleted = 1 - is_deleted WHERE dept_id = 3",
    "UPDATE staff SET main_dept_id = 4 WHERE userid = 's1'",
    "UPDATE staff SET userid = 's10' WHERE userid = 's8' AND NOT EXISTS (SELECT 1 FROM staff WHERE userid = 's10')",
    "INSERT OR REPLACE INTO staff (userid, name, role, main_dept_id) VALUES ('s2', '换人', 'sales', 2)",
    "UPDATE customer SET name = '改名', birthday = '1990-03-20' WHERE external_userid LIKE 'wm%3'",
    "INSERT OR REPLACE INTO customer (external_userid, name, phone, gender, region, synced_at) VALUES ('wm011', '换客', '13800001111', 2, '杭州', 2)",
    "INSERT OR REPLACE INTO customer (external_userid, name, synced_at) VALUES ('外3', '进来了', 2)",
    "DELETE FROM customer WHERE external_userid = '外3'",
    "UPDATE customer SET external_userid = 'wn017' WHERE external_userid = 'wm017'",
    "UPDATE customer SET external_userid = 'wm017' WHERE external_userid = 'wn017' AND NOT EXISTS (SELECT 1 FROM customer WHERE external_userid = 'wm017')",
    "UPDATE follow SET userid = 's9' WHERE userid = 's4' AND external_userid NOT IN (SELECT external_userid FROM follow WHERE userid = 's9')",
    "UPDATE follow SET last_touch_at = 1773900000, channel_id = 2, remark = '备注' WHERE external_userid LIKE 'wm%5'",
    "INSERT OR REPLACE INTO follow (userid, external_userid, added_at, is_owner, remark) VALUES ('s3', 'wm021', 9, 1, '抢来的')",
    "UPDATE follow_event SET external_userid = 'wm001' WHERE event_id % 17 = 0",
    "DELETE FROM follow_event WHERE event_id % 13 = 0",
    "UPDATE customer_tag SET tag_id = 't1' WHERE tag_id = 't0' AND external_userid NOT IN (SELECT external_userid FROM customer_tag WHERE tag_id = 't1')",
    "UPDATE tag SET is_deleted = 1 - is_deleted WHERE tag_id = 't2'",
    "UPDATE tag SET name = '会员甲' WHERE tag_id = 't0'",
    "DELETE FROM tag WHERE tag_id = 't1'",
    "INSERT OR REPLACE INTO tag (tag_id, group_id, name) VALUES ('t1', 'g1', '又醒')",
    "INSERT OR REPLACE INTO tag_group (group_id, name, kind) VALUES ('g1', '等级二', 'behaviour')",
    "INSERT OR REPLACE INTO channel (channel_id, kind, name) VALUES (2, 'live', '直播间')",
    "UPDATE channel SET name = '直播二' WHERE channel_id = 2",
    "DELETE FROM channel WHERE channel_id = 2",
    "INSERT OR REPLACE INTO customer_stage (journey_id, external_userid, stage_id, since_at) SELECT 1, external_userid, 1, 1 FROM customer WHERE external_userid LIKE 'wm%2'",
    "UPDATE journey_stage SET name = name || '期' WHERE stage_id = 1 AND length(name) < 9",
    "DELETE FROM customer_stage WHERE external_userid LIKE 'wm%12'",
    "UPDATE group_chat SET campaign_id = 1, name = '群' || chat_id WHERE chat_id LIKE 'wr%1'",
    "UPDATE group_member SET member_id = 'wm002' WHERE member_id = 'wm003' AND chat_id NOT IN (SELECT chat_id FROM group_member WHERE member_id = 'wm002')",
    "UPDATE group_member SET quit_at = 5 WHERE member_id LIKE 'wm%4'",
    "DELETE FROM group_member WHERE chat_id = 'wr4'",
    "DELETE FROM group_day WHERE chat_id = 'wr5'",
    "DELETE FROM task WHERE task_id % 5 = 0",
    "UPDATE campaign_step SET person_key = 'wm005' WHERE person_key = 'wm006' AND campaign_id NOT IN (SELECT campaign_id FROM campaign_step WHERE person_key = 'wm005')",
    "INSERT OR REPLACE INTO meta (key, value) VALUES ('health_mode', 'fleet')",
    "DELETE FROM meta WHERE key = 'health_mode'",
];

pub struct Edges {
    _dir: tempfile::TempDir,
    pub path: std::path::PathBuf,
    pub conn: Connection,
    pub dice: Dice,
    pub now: AsOf,
    made: i64,
}

const STAFF: i64 = 9;
const PEOPLE: i64 = 120;
const GROUPS: i64 = 8;
const STEPS: [&str; 8] = [
    "reached",
    "opened",
    "clicked",
    "joined_group",
    "added_cart",
    "ordered",
    "paid",
    "shared",
];

impl Edges {
    /// `tz`: zone of the days; `today`, 14:30.
    pub fn new(seed: u64, tz: &str, today: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("edges.db");
        let zone = Zone::parse(tz).unwrap();
        let start = zone.start_of(Day::parse(today).unwrap());
        let now = AsOf {
            unix: start + 52_200,
            zone,
        };
        let birth = Birth {
            zone: tz,
            corp_name: "样店",
            workspace_id: "w",
            now: now.unix,
        };
        let conn = create(&path, &birth).unwrap().conn;
        let mut shop = Self {
            _dir: dir,
            path,
            conn,
            dice: Dice(seed),
            now,
            made: 0,
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
                "INSERT INTO department (dept_id, parent_id, name) VALUES (1,NULL,'总部'),(2,1,'东区'),(3,1,'西区'),(4,2,'湖滨店'),(5,77,'孤店');
                 INSERT INTO tag_group (group_id, name, kind) VALUES ('g1','等级','tier');
                 INSERT INTO journey (journey_id, name) VALUES (1,'主线');
                 INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (1,1,1,'新客');
                 INSERT INTO tag (tag_id, group_id, name, is_deleted) VALUES ('t0','g1','会员',0),('t1','g1','沉睡',0),('t2','g1','旧',1);
                 INSERT INTO incentive_rule (name, metric_code, period_kind, scope, kind, threshold, reward_text) VALUES
                   ('a','net_gmv_refund','month','staff','threshold',100000,'奖'),('b','net_gmv_refund','month','staff','threshold',400000,'大奖');",
            )
            .unwrap();
        let start = |ago: i32| self.now.zone.start_of(self.now.today().plus(-ago));
        for (id, from, to, status) in [
            (1, 9, -3, "running"),
            (2, 60, 50, "ended"),
            (3, -5, -9, "planned"),
        ] {
            self.conn
                .execute(
                    "INSERT INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES (?1,'活动','festival',?2,?3,?4)",
                    params![id, start(from), start(to), status],
                )
                .unwrap();
        }
        for n in 0..STAFF {
            self.staff(n);
        }
        for n in 0..GROUPS {
            self.group(n);
        }
        for n in 0..PEOPLE {
            self.customer(n);
        }
        for _ in 0..PEOPLE * 5 {
            self.order();
        }
        for _ in 0..PEOPLE {
            self.refund();
            self.step();
        }
        for _ in 0..30 {
            self.target();
            self.snapshot();
        }
    }

    /// One random write of a kind that happens in a shop.
    pub fn write(&mut self) {
        let n = self.dice.below(1_000);
        match self.dice.below(24) {
            0..=2 => self.order(),
            3 | 4 => self.refund(),
            5 => self.customer(n % (PEOPLE + 20)),
            6 => self.staff(n % (STAFF + 2)),
            7 => self.group(n % (GROUPS + 2)),
            8 => self.step(),
            9 => self.target(),
            10 => self.snapshot(),
            11 => self.delete(),
            12 => self.event(n % PEOPLE),
            13 => self.group_day(n % GROUPS),
            14 => self.task(n % GROUPS),
            _ => self.run(CHANGES),
        }
    }

    fn run(&mut self, statements: &[&str]) {
        let at = self.dice.below(statements.len());
        if let Err(e) = self.conn.execute(statements[at], []) {
            panic!("{}: {e}", statements[at]);
        }
    }

    fn delete(&mut self) {
        let n = self.dice.below(PEOPLE);
        let (table, key, id) = match self.dice.below(8) {
            0 => ("customer", "external_userid", format!("wm{n:03}")),
            1 => ("sale_order", "order_id", format!("o{n:04}")),
            2 => ("order_refund", "refund_id", format!("r{n:04}")),
            3 => ("follow", "external_userid", format!("wm{n:03}")),
            4 => ("customer_tag", "external_userid", format!("wm{n:03}")),
            5 => ("campaign_step", "person_key", format!("wm{n:03}")),
            6 => ("group_chat", "chat_id", format!("wr{}", n % GROUPS)),
            _ => ("staff", "userid", format!("s{}", n % STAFF)),
        };
        self.conn
            .execute(&format!("DELETE FROM {table} WHERE {key} = ?1"), [id])
            .unwrap();
    }

    fn staff(&mut self, n: i64) {
        let d = &mut self.dice;
        let role = ["sales", "sales", "service", "distributor", "store_manager"][d.below(5_usize)];
        let left_at = d
            .maybe(20, 40)
            .map(|days| self.now.unix + 864_000 - days * 86_400);
        self.conn
            .execute(
                "INSERT INTO staff (userid, name, role, main_dept_id, wecom_status, left_at) VALUES (?1,?2,?3,?4,?5,?6)
                 ON CONFLICT (userid) DO UPDATE SET name = excluded.name, role = excluded.role, main_dept_id = excluded.main_dept_id,
                   wecom_status = excluded.wecom_status, left_at = excluded.left_at",
                params![format!("s{n}"), format!("员{}", d.below(50)), role, d.maybe(90, 5).map(|n| n + 1), d.chance(90).then(|| if d.chance(15) { 5 } else { 1 }), left_at],
            )
            .unwrap();
    }

    fn person(&mut self) -> String {
        if self.dice.chance(10) {
            format!("外{}", self.dice.below(9))
        } else {
            format!("wm{:03}", self.dice.below(PEOPLE))
        }
    }

    /// Mostly of the last two months, on their edges more often than not.
    fn day(&mut self) -> Day {
        let today = self.now.today();
        match self.dice.below(8) {
            0 => today,
            1 => today.plus(-364),
            2 => today.plus(-365),
            3 => today.plus(-self.dice.below(400)),
            _ => today.plus(-self.dice.below(62)),
        }
    }

    fn customer(&mut self, n: i64) {
        let id = format!("wm{n:03}");
        self.conn
            .execute(
                "INSERT INTO customer (external_userid, name, first_added_at, synced_at) VALUES (?1, '客', 1, 1) ON CONFLICT DO NOTHING",
                [&id],
            )
            .unwrap();
        self.conn
            .execute("DELETE FROM follow WHERE external_userid = ?1", [&id])
            .unwrap();
        for owner in [true, false] {
            if self.dice.chance(70) {
                let (staff, tag) = (self.dice.below(STAFF + 1), self.dice.below(3));
                self.conn
                    .execute(
                        "INSERT INTO follow (userid, external_userid, added_at, is_owner) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO NOTHING",
                        params![format!("s{staff}"), id, owner],
                    )
                    .unwrap();
                self.conn
                    .execute(
                        "INSERT INTO customer_tag (tag_id, external_userid, userid) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                        params![format!("t{tag}"), id, format!("s{staff}")],
                    )
                    .unwrap();
            }
        }
        self.event(n);
        if self.dice.chance(50) {
            let group = self.dice.below(GROUPS);
            self.member(group, &id);
        }
    }

    fn member(&mut self, group: i64, id: &str) {
        let d = &mut self.dice;
        self.conn
            .execute(
                "INSERT INTO group_member (chat_id, member_id, join_at, type, quit_at) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING",
                params![format!("wr{group}"), id, d.below(2), if d.chance(92) { 2 } else { 1 }, d.maybe(15, 1)],
            )
            .unwrap();
    }

    fn event(&mut self, n: i64) {
        let day = self.day();
        let kind = [
            "add",
            "add",
            "add",
            "transfer_in",
            "half_add",
            "del_by_customer",
        ][self.dice.below(6_usize)];
        self.conn
            .execute(
                "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source) VALUES (?1, 1, ?2, ?3, ?4, 'import')",
                params![day.to_string(), format!("s{}", self.dice.below(STAFF)), format!("wm{n:03}"), kind],
            )
            .unwrap();
    }

    fn order(&mut self) {
        let (person, day) = (self.person(), self.day());
        self.made += 1;
        let made = self.made;
        let d = &mut self.dice;
        let (paid, known, test) = (d.chance(92), d.chance(93), d.chance(5));
        // The first and the last second of a day; round sums, so that people tie.
        let zone = self.now.zone;
        let at = if d.chance(50) || day == self.now.today() {
            zone.start_of(day)
        } else {
            zone.start_of(day.plus(1)) - 1
        };
        let status = match (paid, d.below(9)) {
            (_, 0) => "closed",
            (false, _) => "created",
            (true, _) => "paid",
        };
        let fen = match d.below(20) {
            0 => 0,
            1 => 90_000_000_000_001_i64,
            n => n * 2_500,
        };
        let id = format!("o{:04}", if d.chance(10) { d.below(made) } else { made });
        self.conn
            .execute(
                "INSERT OR REPLACE INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen,
                   source, credited_userid, campaign_id, is_test) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8,'group',?9,?10,?11)",
                params![
                    id,
                    known.then_some(&person),
                    match (known, d.below(3)) {
                        (true, _) => person.clone(),
                        // Not matched with the pool, and yet it reads like an id of it.
                        (false, 0) => format!("wm{:03}", d.below(PEOPLE)),
                        (false, _) => format!("钥{}", d.below(4)),
                    },
                    at,
                    paid.then_some(at),
                    paid.then(|| day.to_string()),
                    status,
                    fen,
                    d.maybe(88, STAFF + 2).map(|n| format!("s{n}")),
                    d.maybe(45, 4).map(|n| n.max(1)),
                    test
                ],
            )
            .unwrap();
        for line in 0..d.below(3) {
            self.conn
                .execute(
                    "INSERT INTO order_item (order_id, line_no, sku, qty, line_fen) VALUES (?1, ?2, 'x', ?3, 1) ON CONFLICT DO NOTHING",
                    params![id, line, d.below(4)],
                )
                .unwrap();
        }
    }

    /// Of any order: also of tests, of unpaid ones, before the payment, and of more than was paid.
    fn refund(&mut self) {
        let (n, day, id) = (self.dice.below(self.made), self.day(), self.dice.below(900));
        let order = format!("o{n:04}");
        let paid: i64 = self
            .conn
            .query_row(
                "SELECT coalesce(max(paid_fen), 0) FROM sale_order WHERE order_id = ?1",
                [&order],
                |r| r.get(0),
            )
            .unwrap();
        let fen = match self.dice.below(4) {
            0 => paid + 700,
            1 => paid,
            _ => 1 + self.dice.below(3_000),
        };
        self.conn
            .execute(
                "INSERT OR REPLACE INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES (?1,?2,?3,?4,?5)",
                params![format!("r{id:04}"), order, self.now.zone.start_of(day), day.to_string(), fen.max(1)],
            )
            .unwrap();
    }

    fn step(&mut self) {
        let person = self.person();
        let campaign = 1 + self.dice.below(3);
        // Usually the steps in order; some leave one out.
        let far = self.dice.below(9_usize);
        for step in STEPS.iter().take(far) {
            if self.dice.chance(88) {
                self.conn
                    .execute(
                        "INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (?1,?2,?3,1) ON CONFLICT DO NOTHING",
                        params![campaign, step, person],
                    )
                    .unwrap();
            }
        }
    }

    fn target(&mut self) {
        let d = &mut self.dice;
        let today = self.now.today().to_string();
        let month = format!("{}-01", today.get(..7).unwrap());
        let staff = d.chance(60);
        let codes: &[(&str, i64)] = if staff {
            &[
                ("gmv", 500_000),
                ("net_gmv_refund", 400_000),
                ("adds", 9),
                ("orders", 30),
            ]
        } else {
            &[
                ("gmv", 4_000_000),
                ("users", 60),
                ("conversion", 2),
                ("value_per_buyer", 40_000),
                ("reached", 90),
                ("pay_rate", 1),
            ]
        };
        let (code, about) = codes[d.below(codes.len())];
        let goal = d.below(2 * about + 1) as f64
            / if code == "conversion" || code == "pay_rate" {
                4.0
            } else {
                1.0
            };
        let subject = if staff {
            format!("s{}", d.below(STAFF))
        } else {
            format!("{}", 1 + d.below(3))
        };
        let calendar = if !staff {
            "campaign"
        } else if d.chance(80) {
            "month"
        } else {
            "day"
        };
        self.conn
            .execute(
                "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, floor_value, target_value, stretch_value)
                 VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT DO UPDATE SET target_value = excluded.target_value, floor_value = excluded.floor_value",
                params![
                    code,
                    if staff { "staff" } else { "campaign" },
                    subject,
                    calendar,
                    if calendar == "day" { &today } else { &month },
                    today,
                    d.chance(50).then_some(goal * 0.6),
                    goal,
                    d.chance(40).then_some(goal * 1.5),
                ],
            )
            .unwrap();
    }

    fn snapshot(&mut self) {
        let d = &mut self.dice;
        let today = self.now.today();
        let text = today.to_string();
        let day = d.chance(30);
        let start = if day {
            text.clone()
        } else {
            format!("{}-01", text.get(..7).unwrap())
        };
        let zone = self.now.zone;
        let taken = if day {
            zone.start_of(today) + 3_600 * d.below(14)
        } else {
            zone.start_of(today.plus(-d.below(3)))
        };
        let board = ["net_gmv_refund", "gmv", "adds", "orders", "attainment"][d.below(5_usize)];
        for n in 0..STAFF {
            if d.chance(80) {
                self.conn
                    .execute(
                        "INSERT OR REPLACE INTO leaderboard_snapshot (board, period_kind, period_start, taken_at, subject_id, value, rank) VALUES (?1,?2,?3,?4,?5,?6,1)",
                        params![board, if day { "day" } else { "month" }, start, taken, format!("s{n}"), d.below(6_i64) as f64],
                    )
                    .unwrap();
            }
        }
    }

    fn group(&mut self, n: i64) {
        let d = &mut self.dice;
        let kind = if d.chance(15) { "flash" } else { "welfare" };
        let created = self.now.unix - 86_400 * d.below(30);
        self.conn
            .execute(
                "INSERT INTO group_chat (chat_id, name, owner_userid, created_at, wecom_status, dissolved_at, capacity, kind) VALUES (?1,'群',?2,?3,?4,?5,?6,?7)
                 ON CONFLICT (chat_id) DO UPDATE SET owner_userid = excluded.owner_userid, created_at = excluded.created_at, wecom_status = excluded.wecom_status,
                   dissolved_at = excluded.dissolved_at, capacity = excluded.capacity, kind = excluded.kind",
                params![format!("wr{n}"), format!("s{}", d.below(STAFF + 1)), created, d.below(3), d.maybe(8, 9), d.below(300), kind],
            )
            .unwrap();
        for _ in 0..20 {
            self.group_day(n);
        }
        for _ in 0..4 {
            self.task(n);
        }
    }

    fn task(&mut self, n: i64) {
        let d = &mut self.dice;
        let status = ["open", "done", "done", "late_done", "missed", "void"][d.below(6_usize)];
        let due = self.now.zone.start_of(self.now.today().plus(-d.below(9)));
        self.conn
            .execute(
                "INSERT OR REPLACE INTO task (task_id, kind, userid, chat_id, due_at, status) VALUES (?1,'group_post','s1',?2,?3,?4)",
                params![1 + d.below(60), format!("wr{n}"), due - d.below(2), status],
            )
            .unwrap();
    }

    /// Any column may not have been measured.
    fn group_day(&mut self, n: i64) {
        let day = self.now.today().plus(-self.dice.below(18));
        let d = &mut self.dice;
        let silent = n == 3;
        let cell = |d: &mut Dice, n: i64| d.maybe(93, n);
        let messages = if silent { d.maybe(96, 1) } else { cell(d, 60) };
        let ext_total = d.maybe(95, 9).map(|m| n * 20 + 5 + m);
        // Staff are counted on two days of three, more of them than anybody would expect.
        let everybody = ext_total.filter(|_| day.0 % 3 != 0).map(|m| m + n * 15);
        self.conn
            .execute(
                "INSERT OR REPLACE INTO group_day (chat_id, biz_date, ext_total, joined, quit, kicked, msg_ext, speakers_ext, speakers_ext_7d, top3_msg_ext,
                   questions, answered_30m, first_reply_s_sum, first_reply_n, campaign_clicks, member_total) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16)",
                params![
                    format!("wr{n}"), day.to_string(), ext_total, cell(d, 6), cell(d, 5), cell(d, 2), messages,
                    cell(d, 20), cell(d, 60), cell(d, 50), cell(d, 6), cell(d, 6), cell(d, 4_000), cell(d, 4), cell(d, 9), everybody
                ],
            )
            .unwrap();
    }
}
