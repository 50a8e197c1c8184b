//! Told as of an instant in the past, every figure is the one of a file that ends there.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/loaded.rs"]
mod loaded;
#[path = "support/shop.rs"]
mod shop;

use caopan::domain::{AsOf, Zone};
use caopan::engine::request::{GroupSort, Question, Scope};
use caopan::store::past;
use caopan::workspace::CaughtUp;
use loaded::{load_whole, standing_at};
use rusqlite::Connection;
use serde_json::Value;
use shop::Shop;

/// Rows of later go, and so does what other rows say of later: as a file of that time would be. `{at}` is the instant,
/// `{day}` its day, `{over}` the last day that was over.
const CUT: &str = "
DELETE FROM sale_order WHERE ifnull(paid_at, ordered_at) > {at};
DELETE FROM order_refund WHERE refunded_at > {at};
DELETE FROM follow_event WHERE occurred_at > {at};
UPDATE staff SET main_dept_id = h.dept_id FROM staff_dept_history h WHERE h.userid = staff.userid
  AND h.valid_from <= '{day}' AND h.valid_to > '{day}';
CREATE TEMP TABLE orphan AS SELECT external_userid FROM follow WHERE is_owner = 1 AND added_at > {at};
DELETE FROM follow WHERE added_at > {at};
UPDATE follow SET status = 'active', ended_at = NULL WHERE ended_at > {at};
UPDATE follow SET is_owner = 1 WHERE external_userid IN (SELECT external_userid FROM orphan) AND NOT EXISTS (SELECT 1 FROM follow o
  WHERE o.external_userid = follow.external_userid AND o.status = 'active' AND (o.added_at, o.userid) < (follow.added_at, follow.userid))
  AND status = 'active';
DROP TABLE orphan;
UPDATE follow SET last_touch_at = NULL WHERE last_touch_at > {at};
UPDATE follow SET last_inbound_at = NULL WHERE last_inbound_at > {at};
DELETE FROM customer_tag WHERE tagged_at > {at}
  OR tagged_at IS NULL AND tag_id IN (SELECT tag_id FROM tag WHERE created_at > {at});
DELETE FROM tag WHERE created_at > {at} AND tag_id NOT IN (SELECT tag_id FROM customer_tag);
DELETE FROM tag_group WHERE created_at > {at} AND group_id NOT IN (SELECT ifnull(group_id, '') FROM tag);
DELETE FROM staff WHERE hired_on > '{day}' AND userid NOT IN (SELECT userid FROM follow)
  AND userid NOT IN (SELECT userid FROM follow_event) AND userid NOT IN (SELECT ifnull(credited_userid, '') FROM sale_order);
DELETE FROM customer_stage WHERE since_at > {at};
DELETE FROM customer WHERE first_added_at > {at};
DELETE FROM group_day WHERE biz_date > '{over}';
DELETE FROM owner_group_day WHERE biz_date > '{over}';
DELETE FROM staff_day WHERE biz_date > '{over}';
DELETE FROM group_member WHERE join_at > {at};
UPDATE group_member SET quit_at = NULL, quit_scene = NULL WHERE quit_at > {at};
DELETE FROM group_chat WHERE created_at > {at};
UPDATE group_chat SET dissolved_at = NULL WHERE dissolved_at > {at};
DELETE FROM campaign_step WHERE at > {at};
UPDATE campaign SET status = CASE WHEN starts_at <= {at} THEN 'running' WHEN warmup_at <= {at} THEN 'warmup' ELSE 'planned' END
  WHERE ends_at > {at} AND status NOT IN ('planned', 'cancelled');
DELETE FROM leaderboard_snapshot WHERE taken_at > {at};
UPDATE task SET status = 'open', done_at = NULL WHERE done_at > {at} OR (status = 'missed' AND due_at > {at});
UPDATE staff SET left_at = NULL, wecom_status = 1 WHERE left_at > {at};
";

const QUESTIONS: [&[&str]; 16] = [
    &["metrics"],
    &["metrics", "--period", "today"],
    &["metrics", "--period", "2026-11", "--org", "2"],
    &["kpi"],
    &["kpi", "--gmv", "net-by-order-date"],
    &["board"],
    &["board", "--metric", "adds", "--period", "week"],
    &["list", "customers", "--limit", "40"],
    &[
        "list",
        "customers",
        "spend>100",
        "--sort=-spend",
        "--limit",
        "20",
    ],
    &["list", "tags"],
    &["list", "campaigns"],
    &["groups"],
    &["tags"],
    &["report", "daily"],
    &["report", "morning"],
    &["report", "evening", "--lang", "en"],
];

fn told(shop: &Shop, file: &str, at: &str, question: &[&str]) -> String {
    let format = if question[0] == "list" {
        "jsonl"
    } else {
        "json"
    };
    let rest = ["--format", format, "--as-of", at, "-w", file];
    shop.good(&[question, &rest].concat())
}

fn cut(conn: &Connection, at: i64) {
    let zone = Zone::default();
    let day = zone.day_of(at);
    let over = if at + 1 == zone.start_of(day.plus(1)) {
        day
    } else {
        day.plus(-1)
    };
    let sql = CUT
        .replace("{at}", &at.to_string())
        .replace("{day}", &day.to_string())
        .replace("{over}", &over.to_string());
    conn.execute_batch(&sql).unwrap();
}

#[test]
fn every_figure_of_an_instant_is_that_of_a_file_that_ends_there() {
    let shop = Shop::new();
    shop.demo("all.db", 700);
    let mut differences = 0;
    for (at, unix) in [
        ("2026-11-10 11:07", 1_794_280_020),
        ("2026-11-01 00:00:00", 1_793_462_400),
        ("2026-09-30", 1_790_783_999),
    ] {
        std::fs::copy(shop.path("all.db"), shop.path("ends.db")).unwrap();
        cut(&shop.connection("ends.db"), unix);
        for question in QUESTIONS {
            let whole = told(&shop, "all.db", at, question);
            let ends = told(&shop, "ends.db", at, question);
            assert_eq!(whole, ends, "{question:?} as of {at}");
            let now = told(&shop, "all.db", shop::NOW, question);
            differences += usize::from(now != whole);
        }
        std::fs::remove_file(shop.path("ends.db")).unwrap();
    }
    assert_eq!(
        differences,
        3 * QUESTIONS.len(),
        "something is told of now all the same"
    );
}

#[test]
fn a_day_that_has_just_begun_has_nothing_yet() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let begun = [
        "metrics",
        "--period",
        "today",
        "--as-of",
        "2026-11-01 00:00:00",
        "--format",
        "json",
        "-w",
        "w.db",
    ];
    let page: Value = serde_json::from_str(&shop.good(&begun)).unwrap();
    for row in page["rows"].as_array().unwrap() {
        if ["gmv", "orders", "buyers", "adds", "lost"].contains(&row["code"].as_str().unwrap()) {
            let value = &row["value"];
            assert_eq!(
                value.as_f64().or(value["value"].as_f64()),
                Some(0.0),
                "{row}"
            );
        }
    }
}

#[test]
fn an_order_and_a_customer_of_later_are_not_there_yet() {
    let shop = Shop::new();
    shop.write(
        "c.csv",
        "external_userid,name,first_added_at\nA,安心,2026-03-01 10:00\nB,白云,2026-03-12 10:00\n",
    );
    shop.good(&["init", "w.db"]);
    shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
    shop.write(
        "o.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\no1,A,2026-03-09 09:00,100,paid\no2,A,2026-03-11 09:00,40,paid\n",
    );
    shop.good(&["import", "orders", "o.csv", "-w", "w.db"]);
    let list = |at: &str| {
        let rows = shop.good(&[
            "list",
            "customers",
            "--format",
            "jsonl",
            "--as-of",
            at,
            "-w",
            "w.db",
        ]);
        rows.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|row| {
                (
                    row["external_userid"].as_str().unwrap().to_owned(),
                    row["spend_yuan"].as_f64().unwrap(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(list("2026-03-10"), [("A".to_owned(), 100.0)]);
    assert_eq!(
        list("2026-03-12"),
        [("A".to_owned(), 140.0), ("B".to_owned(), 0.0)]
    );
}

/// Customers of a large pool, one of whom was added on the first of March, all others the year before.
fn large_pool(shop: &Shop) {
    let mut rows = vec!["external_userid,first_added_at".to_owned()];
    rows.extend((0..20_001).map(|n| {
        let year = if n == 7 { 2026 } else { 2025 };
        format!("wm{n},{year}-03-01 10:00")
    }));
    shop.write("c.csv", &rows.join("\n"));
    shop.good(&["init", "w.db"]);
    shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
}

fn listed(shop: &Shop, at: &str) -> usize {
    let list = ["list", "customers", "--format", "jsonl", "--as-of", at];
    shop.good(&[&list[..], &["-w", "w.db"]].concat())
        .lines()
        .count()
}

#[test]
fn a_large_pool_without_trade_has_a_past_as_well() {
    let shop = Shop::new();
    large_pool(&shop);
    let conn = shop.connection("w.db");
    let follows = "userid,external_userid,added_at,ended_at,status\n\
                   a,wm1,2025-03-01 10:00,2026-02-20 10:00,deleted_by_customer\n";
    assert_eq!(listed(&shop, "2026-02-01"), 20_000);
    assert_eq!(listed(&shop, "2026-03-02"), 20_001);
    // A loss that no event tells.
    conn.execute(
        "UPDATE customer SET first_added_at = 1 WHERE external_userid = 'wm7'",
        [],
    )
    .unwrap();
    let at = |text: &str| AsOf {
        unix: chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp(),
        zone: Zone::default(),
    };
    let has_later = |text: &str| past::has_later(&conn, at(text)).unwrap();
    assert!(!has_later("2026-02-01T00:00:00+08:00"));
    shop.write("f.csv", follows);
    shop.good(&["import", "follows", "f.csv", "-w", "w.db"]);
    assert!(has_later("2026-02-01T00:00:00+08:00"));
    assert!(!has_later("2026-02-20T10:00:00+08:00"));
    // Somebody who goes, told by a callback: no run of anything says so.
    let told =
        "INSERT INTO group_event (biz_date, occurred_at, chat_id, kind, member_id, dedup_key)
        VALUES ('2026-02-20', unixepoch('2026-02-20 04:00:00'), 'g9', 'quit', 'wm1', 'k')";
    conn.execute(told, []).unwrap();
    assert!(has_later("2026-02-19T10:00:00+08:00"));
    assert!(has_later("2026-02-20T11:59:59+08:00"));
    assert!(!has_later("2026-02-20T12:00:00+08:00"));
    conn.execute("DELETE FROM group_event", []).unwrap();
    // Somebody who comes into a group, written by a run of a sync that is said to have ended.
    conn.execute_batch(
        "UPDATE customer SET synced_at = 1; DELETE FROM follow; DELETE FROM import_run;
         INSERT INTO group_member (chat_id, member_id, join_at, type) VALUES ('g', 'wm1', 1780000000, 2);
         INSERT INTO sync_run (source, started_at, ended_at, ok) VALUES ('wecom:groups', 1780000000, 1780000001, 1);",
    )
    .unwrap();
    assert!(has_later("2026-02-20T10:00:00+08:00"));
    assert!(!has_later("2026-05-29T04:26:40+08:00"), "1780000000");
}

#[test]
fn statistics_of_a_day_that_is_not_over_are_of_later_before_anything_else_is() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let conn = shop.connection("w.db");
    let noon = "2026-11-11 14:30";
    let groups = || told(&shop, "w.db", noon, &["groups"]);
    let before = groups();
    let row = "INSERT INTO group_day (chat_id, biz_date, ext_total)
        SELECT chat_id, '2026-11-11', 777 FROM group_day GROUP BY chat_id";
    assert!(conn.execute(row, []).unwrap() > 0);
    assert_eq!(groups(), before);
    let has_later = |unix| {
        let zone = Zone::default();
        past::has_later(&conn, AsOf { unix, zone }).unwrap()
    };
    let midnight = 1_794_412_800;
    assert!(has_later(midnight - 2));
    assert!(!has_later(midnight - 1) && !has_later(midnight));
}

#[test]
fn with_an_instant_of_the_past_everything_is_read_only() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    shop.good(&["tag", "add", "杭州", "spend>5000", "-w", "w.db", "--yes"]);
    let conn = shop.connection("w.db");
    let state = || {
        let sql =
            "SELECT (SELECT max(seq) FROM change_log) || '/' || (SELECT count(*) FROM journal)";
        conn.query_row(sql, [], |row| row.get::<_, String>(0))
            .unwrap()
    };
    let before = state();
    shop.write("c.csv", "external_userid,name\nA,安心\n");
    let writes: [&[&str]; 7] = [
        &["tag", "add", "杭州", "spend>1"],
        &["tag", "remove", "杭州", "spend>5000"],
        &["stage", "忠诚", "spend>5000"],
        &["undo"],
        &["target", "set", "gmv", "100", "--period", "2026-11"],
        &["import", "customers", "c.csv"],
        &["erase", "wm1"],
    ];
    for write in writes {
        for (lang, at, words) in [
            ("zh", "2026-06-01", "--as-of 在过去时工作区只读"),
            (
                "en",
                "2026-06-01",
                "with --as-of in the past the workspace is read-only",
            ),
            // Nothing is dated later, and it is over all the same.
            ("zh", shop::NOW, "--as-of 在过去时工作区只读"),
        ] {
            let rest = ["--as-of", at, "--lang", lang, "-w", "w.db"];
            let gave = shop.run(&[write, &rest].concat());
            assert_eq!(gave.code, 5, "{write:?}: {}", gave.err);
            assert!(gave.err.contains(words), "{write:?}: {}", gave.err);
        }
    }
    assert_eq!(state(), before);
    // What goes on is no past.
    let now = [
        "tag",
        "add",
        "杭州",
        "spend>1",
        "--yes",
        "--as-of",
        "2100-01-01",
    ];
    shop.good(&[&now[..], &["-w", "w.db"]].concat());
    assert_ne!(state(), before);
}

/// 2026-11-11 14:30 in Shanghai.
const END: i64 = 1_794_378_600;

#[test]
fn what_is_loaded_of_later_is_left_out_of_a_console_that_is_open_as_of_one_that_opens() {
    let later: [&str; 5] = [
        "UPDATE follow SET status = 'deleted_by_customer', ended_at = 1794378601 WHERE rowid_of",
        "UPDATE follow SET last_touch_at = 1794378601 WHERE rowid_of",
        "INSERT INTO customer (external_userid, first_added_at, synced_at) VALUES ('new', 1794378601, 5)",
        "INSERT INTO group_member (chat_id, member_id, join_at, type) SELECT chat_id, 'new', 1794378601, 2 FROM group_chat LIMIT 1",
        "INSERT INTO group_chat (chat_id, owner_userid, created_at) VALUES ('new', 'x', 1794378601)",
    ];
    for sql in later {
        let sql = sql.replace(
            "rowid_of",
            "(userid, external_userid) IN (SELECT userid, external_userid FROM follow WHERE status = 'active' LIMIT 1)",
        );
        for in_bulk in [false, true] {
            let shop = Shop::new();
            shop.demo("w.db", 200);
            let mut console = standing_at(shop.path("w.db"), END);
            load_whole(&mut console);
            let as_of = console.as_of(END);
            assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Nothing);
            assert!(!console.is_past() && !console.is_held());
            let conn = shop.connection("w.db");
            conn.execute_batch(&sql).unwrap();
            if in_bulk {
                load_whole(&mut console);
            }
            assert_eq!(
                console.catch_up(as_of).unwrap(),
                CaughtUp::Gap,
                "{in_bulk}: {sql}"
            );
            assert!(console.is_past() && console.is_held());
            assert!(standing_at(shop.path("w.db"), END).is_past(), "{sql}");
        }
    }
}

#[test]
fn a_past_goes_over_to_another_zone_with_the_workspace() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    // An hour after midnight in Shanghai it is the day before in New York, whose day before that was over.
    let at = 1_794_330_000;
    let mut console = standing_at(shop.path("w.db"), at);
    assert!(console.is_past());
    load_whole(&mut console);
    let as_of = console.as_of(at);
    assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Nothing);
    let conn = shop.connection("w.db");
    conn.execute(
        "UPDATE meta SET value = 'America/New_York' WHERE key = 'tz'",
        [],
    )
    .unwrap();
    assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Gap);
    load_whole(&mut console);
    let as_of = console.as_of(at);
    assert_eq!(as_of.zone.0.name(), "America/New_York");
    assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Nothing);
    let mut fresh = standing_at(shop.path("w.db"), at);
    load_whole(&mut fresh);
    assert_eq!(console.opening().held, fresh.opening().held);
    for question in [
        Question::Groups {
            scope: Scope::default(),
            own_filter: caopan::filter::Filter::default(),
            sort: GroupSort::default(),
            reversed: false,
        },
        Question::Tags(Scope::default()),
        Question::Sources,
    ] {
        let (mut kept, new) = (
            console.answer(&question, as_of).unwrap(),
            fresh.answer(&question, as_of).unwrap(),
        );
        let same = kept.says_the_same(&new);
        assert!(same, "{question:?}\n{kept:?}\n{new:?}");
    }
}

/// A pool of the demo, and these rows besides.
fn pool_with(rows: &str) -> Shop {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    shop.connection("w.db").execute_batch(rows).unwrap();
    shop
}

#[test]
fn tags_and_staff_of_later_are_not_there_yet() {
    // 2026-10-20 and 2026-10-01 in Shanghai.
    let shop = pool_with(
        "INSERT INTO tag_group (group_id, name, created_at) VALUES ('g9', '新组', 1792425600);
         INSERT INTO tag (tag_id, group_id, name, created_at) VALUES ('t8', 'g9', '早标签', 1790784000), ('t9', 'g9', '晚标签', 1792425600);
         INSERT INTO customer_tag (external_userid, tag_id) SELECT external_userid, t FROM
           (SELECT external_userid FROM customer ORDER BY first_added_at LIMIT 1), (SELECT 't8' AS t UNION SELECT 't9');
         INSERT INTO staff (userid, name, role, hired_on) VALUES ('new', '新人', 'sales', '2026-10-20');",
    );
    let said = |at: &str, question: &[&str]| {
        let rest = ["--as-of", at, "-w", "w.db"];
        shop.good(&[question, &rest].concat())
    };
    for (at, there) in [("2026-10-10", false), ("2026-10-21", true)] {
        let board = said(at, &["board", "--metric", "gmv"]);
        assert_eq!(board.contains("新人"), there, "{at}\n{board}");
        let tagged = said(
            at,
            &["list", "customers", "tag:晚标签", "--format", "jsonl"],
        );
        assert_eq!(!tagged.is_empty(), there, "{at}\n{tagged}");
    }
}

#[test]
fn whoever_is_hired_again_keeps_what_was_theirs_before() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let board = || {
        let told = shop.good(&[
            "board",
            "--period",
            "2026-10",
            "--as-of",
            "2026-11-05 14:30",
            "--format",
            "json",
            "-w",
            "w.db",
        ]);
        serde_json::from_str::<Value>(&told).unwrap()
    };
    let before = board();
    let conn = shop.connection("w.db");
    let changed = conn.execute(
        "UPDATE staff SET hired_on = '2026-11-08' WHERE userid =
           (SELECT credited_userid FROM sale_order WHERE biz_date BETWEEN '2026-10-01' AND '2026-10-31' AND paid_at IS NOT NULL
            GROUP BY 1 ORDER BY sum(paid_fen) DESC LIMIT 1)",
        [],
    );
    assert_eq!(changed, Ok(1));
    let after = board();
    assert_eq!(after["rows"], before["rows"]);
    assert_eq!(after["total"], before["total"]);
}

#[test]
fn a_tag_made_later_for_customers_tagged_before_is_there_when_they_were() {
    // Tag and group of 2026-11-10, a link of 2026-10-05 in Shanghai.
    let shop = pool_with(
        "INSERT INTO tag_group (group_id, name, created_at) VALUES ('g9', '新组', 1794240000);
         INSERT INTO tag (tag_id, group_id, name, created_at) VALUES ('t9', 'g9', '高意向', 1794240000);
         INSERT INTO customer_tag (external_userid, tag_id, tagged_at) SELECT external_userid, 't9', 1791129600 FROM customer
           ORDER BY first_added_at LIMIT 1;",
    );
    let tagged = |at: &str| {
        let asked = [
            "list",
            "customers",
            "tag:高意向",
            "--format",
            "jsonl",
            "--as-of",
            at,
            "-w",
            "w.db",
        ];
        shop.good(&asked).lines().count()
    };
    assert_eq!(tagged("2026-11-01 10:00"), 1);
    assert_eq!(tagged("2026-10-04 10:00"), 0);
    let listed = shop.good(&["list", "tags", "--as-of", "2026-11-01 10:00", "-w", "w.db"]);
    assert!(
        listed.contains("新组") && listed.contains("高意向"),
        "{listed}"
    );
}

/// 10 November 2026 12:00 in Shanghai, and the same time of the days beside it.
const NOON: i64 = 1_794_283_200;
const DAY_BEFORE: i64 = NOON - 86_400;
const DAY_AFTER: i64 = NOON + 86_400;

/// A customer's relation to one of the staff: its status, since when, who owns.
fn follow(
    conn: &Connection,
    customer: &str,
    staff: &str,
    (status, added): (&str, i64),
    owns: bool,
) {
    conn.execute(
        "INSERT INTO customer (external_userid, first_added_at, synced_at) VALUES (?1, 5, 5) ON CONFLICT DO NOTHING",
        [customer],
    )
    .unwrap();
    conn.execute(
        "INSERT INTO follow (userid, external_userid, status, added_at, ended_at, is_owner) VALUES (?1, ?2, ?3, ?4,
           iif(?3 = 'active', NULL, ?5), ?6)",
        rusqlite::params![staff, customer, status, added, DAY_AFTER, owns],
    )
    .unwrap();
}

/// Who owned a customer from when to when.
fn owned(conn: &Connection, customer: &str, staff: &str, from: i64, to: Option<i64>) {
    conn.execute(
        "INSERT INTO ownership_history (external_userid, userid, valid_from, valid_to) VALUES (?1, ?2, ?3, ?4)",
        rusqlite::params![customer, staff, from, to],
    )
    .unwrap();
}

/// Customers of two departments who were handed over in every way around [`NOON`].
fn handed_over(conn: &Connection) {
    conn.execute_batch(
        "INSERT INTO department (dept_id, parent_id, name) VALUES (1, NULL, '总部'), (2, 1, '东区'), (3, 1, '西区');
         INSERT INTO staff (userid, name, main_dept_id) VALUES ('a', '甲', 2), ('b', '乙', 3), ('c', '丙', 3), ('d', '丁', 3);
         INSERT INTO staff_dept_history (userid, dept_id, valid_from, valid_to) VALUES
           ('c', 2, '2026-01-01', '2026-11-11'), ('c', 3, '2026-11-11', NULL),
           ('d', 2, '2026-01-01', '2026-11-10'), ('d', 3, '2026-11-10', NULL);",
    )
    .unwrap();
    let (live, gone) = ("active", "transferred");
    follow(conn, "plain", "a", (live, 5), true);
    // Handed over a day later, with and without a history.
    follow(conn, "over", "a", (gone, 5), false);
    follow(conn, "over", "b", (live, DAY_AFTER), true);
    owned(conn, "over", "a", 5, Some(DAY_AFTER));
    owned(conn, "over", "b", DAY_AFTER, None);
    follow(conn, "bare", "a", (gone, 5), false);
    follow(conn, "bare", "b", (live, DAY_AFTER), true);
    // Given by hand, later and at this very second.
    for (customer, when) in [("hand", DAY_AFTER), ("edge", NOON)] {
        follow(conn, customer, "a", (live, 5), false);
        follow(conn, customer, "b", (live, 6), true);
        owned(conn, customer, "a", 5, Some(when));
        owned(conn, customer, "b", when, None);
    }
    // Its history begins later: the first owner was there. Between two owners nobody.
    for customer in ["first", "gap"] {
        follow(conn, customer, "a", (live, 5), false);
        follow(conn, customer, "b", (live, 6), true);
        owned(conn, customer, "b", DAY_AFTER, None);
    }
    owned(conn, "gap", "a", 5, Some(DAY_BEFORE));
    // Whose they are does not change: their owner moves a day later, or this very day.
    follow(conn, "moves", "c", (live, 5), true);
    follow(conn, "moved", "d", (live, 5), true);
    // What makes it a past.
    conn.execute(
        "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, source)
         VALUES ('o', 'x', ?1, ?1, '2026-11-11', 'paid', 1, 'other')",
        [DAY_AFTER],
    )
    .unwrap();
}

#[test]
fn a_customer_is_whose_they_were_and_staff_are_in_the_department_they_were_in() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    handed_over(&shop.connection("w.db"));
    let listed = |org: &str, when: &str| -> Vec<String> {
        let rest = ["--limit", "99", "--format", "jsonl", "-w", "w.db"];
        let ask = ["list", "customers", "--org", org, "--as-of", when];
        let told = shop.good(&[&ask[..], &rest].concat());
        let id = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            row["external_userid"].as_str().map(str::to_owned)
        };
        let mut ids: Vec<String> = told.lines().filter_map(id).collect();
        ids.sort_unstable();
        ids
    };
    let then = "2026-11-10 12:00";
    assert_eq!(
        listed("2", then),
        ["bare", "hand", "moves", "over", "plain"]
    );
    assert_eq!(listed("3", then), ["edge", "first", "moved"]);
    let later = "2026-11-12 12:00";
    assert_eq!(listed("2", later), ["plain"]);
    assert_eq!(
        listed("3", later),
        [
            "bare", "edge", "first", "gap", "hand", "moved", "moves", "over"
        ]
    );
}
