//! Where the days of a figure begin and end: the last of them counts, the first moment behind it does not.

use crate::shop::Shop;
use serde_json::{Value, json};

fn shop(rows: &str) -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db").execute_batch(rows).unwrap();
    shop
}

/// What a command says of 20 March 2026, noon, as JSON.
fn said(shop: &Shop, command: &[&str]) -> Value {
    let rest = ["--as-of", "2026-03-20 12:00", "--format", "json", "-w"];
    let told = shop.good(&[command, &rest, &["w.db"]].concat());
    serde_json::from_str(&told).unwrap()
}

/// A row of them by its code.
fn row<'a>(rows: &'a Value, code: &str) -> &'a Value {
    let mut rows = rows.as_array().unwrap().iter();
    rows.find(|row| row["code"] == code).unwrap()
}

/// One order of 100 in a campaign of 10 to 12 March; 10 were given back in its last second, 20 in the first one after it.
#[test]
fn what_was_given_back_on_the_last_day_of_a_campaign_comes_off_its_net_by_refund_date() {
    let shop = shop(
        "INSERT INTO customer (external_userid, name, first_added_at, synced_at) VALUES ('c1', '甲', 5, 5);",
    );
    for (kind, text) in [
        (
            "campaigns",
            "campaign_id,name,kind,status,starts_at,ends_at\n7,返场,festival,planned,2026-03-10,2026-03-12\n",
        ),
        (
            "orders",
            "order_id,external_userid,paid_at,paid_yuan,status,campaign_id\no1,c1,2026-03-11 10:00,100.00,paid,7\n",
        ),
        (
            "refunds",
            "refund_id,order_id,refunded_at,amount_yuan\nr1,o1,2026-03-12 23:59:59,10.00\nr2,o1,2026-03-13 00:00,20.00\n",
        ),
    ] {
        shop.write(kind, text);
        shop.good(&["import", kind, kind, "-w", "w.db"]);
    }
    for (kind, code, wanted) in [
        ("gross", "gmv", 100.0),
        ("net-by-refund-date", "net_gmv_refund", 90.0),
        ("net-by-order-date", "net_gmv_order", 70.0),
    ] {
        // Looked up in the tables, and counted by the engine.
        for part in [&[][..], &["--filter", "姓名:甲"]] {
            let page = said(&shop, &[&["kpi", "7", "--gmv", kind], part].concat());
            let actual = &row(&page["rows"], code)["actual"];
            assert_eq!(*actual, json!(wanted), "{kind} {part:?}");
        }
    }
}

/// The thirty whole days before 20 March begin with 18 February and end with the nineteenth.
#[test]
fn buyers_of_a_group_are_those_of_thirty_whole_days() {
    let shop = shop(
        "INSERT INTO staff (userid, name) VALUES ('an', '安');
         INSERT INTO group_chat (chat_id, name, owner_userid, created_at, synced_at) VALUES ('g', '群', 'an', 5, 5);
         INSERT INTO customer (external_userid, name, first_added_at, synced_at)
           VALUES ('c1', '甲', 5, 5), ('c2', '乙', 5, 5), ('c3', '丙', 5, 5), ('c4', '丁', 5, 5);
         INSERT INTO group_member (chat_id, member_id, join_at, type)
           SELECT 'g', external_userid, 5, 2 FROM customer;",
    );
    shop.write(
        "orders.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\n\
         o1,c1,2026-02-17 23:59:59,10.00,paid\no2,c2,2026-02-18 00:00,10.00,paid\n\
         o3,c3,2026-03-19 23:59:59,10.00,paid\no4,c4,2026-03-20 00:00,10.00,paid\n",
    );
    shop.good(&["import", "orders", "orders.csv", "-w", "w.db"]);
    let page = said(&shop, &["groups"]);
    let measured = &row(&page["rows"][0]["parts"], "group_buyers_30d")["measured"];
    assert_eq!(
        (&measured["num"], &measured["den"]),
        (&json!(2.0), &json!(4.0))
    );
}

#[test]
fn the_first_day_of_a_history_is_measured() {
    let shop = shop(
        "INSERT INTO customer (external_userid, name, first_added_at, synced_at) VALUES ('c1', '甲', 5, 5);",
    );
    shop.write(
        "orders.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\no1,c1,2026-03-05 23:59:59,10.00,paid\n",
    );
    shop.good(&["import", "orders", "orders.csv", "-w", "w.db"]);
    let gmv = |day: &str| {
        let page = said(&shop, &["metrics", "--period", day]);
        row(&page["rows"], "gmv")["value"].clone()
    };
    assert_eq!(gmv("2026-03-05"), json!(10.0));
    assert_eq!(gmv("2026-03-04")["note"], "not_measured");
}

/// Until yesterday somebody was in two departments, and their main one, as now, was the older of them.
#[test]
fn of_several_departments_of_then_the_main_one_of_now_counts() {
    let shop = shop(
        "INSERT INTO department (dept_id, parent_id, name) VALUES (1, NULL, '总部'), (2, 1, '东区'), (3, 1, '西区');
         INSERT INTO staff (userid, name, main_dept_id) VALUES ('an', '安', 3);
         INSERT INTO staff_dept_history (userid, dept_id, valid_from, valid_to) VALUES
           ('an', 3, '2026-01-01', NULL), ('an', 2, '2026-02-01', '2026-03-20');
         INSERT INTO customer (external_userid, name, first_added_at, synced_at) VALUES ('c1', '甲', 5, 5);
         INSERT INTO follow (userid, external_userid, status, added_at, is_owner) VALUES ('an', 'c1', 'active', 5, 1);",
    );
    // What makes it a past.
    shop.write(
        "orders.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\no1,c1,2026-03-20 10:00,10.00,paid\n",
    );
    shop.good(&["import", "orders", "orders.csv", "-w", "w.db"]);
    for (org, wanted) in [("2", 0), ("3", 1)] {
        let ask = ["list", "customers", "--org", org, "--as-of", "2026-03-19"];
        let told = shop.good(&[&ask[..], &["--format", "jsonl", "-w", "w.db"]].concat());
        assert_eq!(told.lines().count(), wanted, "{org}: {told}");
    }
}
