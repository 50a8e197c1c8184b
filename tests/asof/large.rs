//! A large pool, statistics of a day that goes on, and what an instant of the past lets nobody do.

use crate::shop::{self, Shop};
use crate::told;
use caopan::domain::{AsOf, Zone};
use caopan::store::past;

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
