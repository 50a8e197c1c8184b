//! Figures of an instant against a file that ends there.

use crate::shop::{self, Shop};
use crate::told;
use caopan::domain::Zone;
use rusqlite::Connection;
use serde_json::Value;

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
