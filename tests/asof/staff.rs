//! Tags, staff, departments and owners of later, and those of before.

use crate::shop::Shop;
use rusqlite::Connection;
use serde_json::Value;

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
