//! The demo workspace: the same plan gives the same rows, every promised case is there, and the kept sums are right.
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

use std::path::PathBuf;

use caopan::domain::{Day, Zone};
use caopan::store::demo::{self, Deed, DemoError, Made, Plan, Traffic};
use caopan::store::{Access, StoreError, open, totals};
use rusqlite::Connection;
use tempfile::TempDir;

const PLAN: Plan = Plan {
    customers: 1_000,
    seed: 1,
    today: Day(20_768), // 2026-11-11
    zone: Zone(chrono_tz::Asia::Shanghai),
};

fn make(plan: &Plan) -> (TempDir, PathBuf, Made) {
    let folder = TempDir::with_prefix("demo-").unwrap();
    let path = folder.path().join("demo.db");
    let made = demo::generate(&path, plan, &mut |_, _, _| {}).unwrap();
    (folder, path, made)
}

fn reading(path: &std::path::Path) -> Connection {
    open(path, Access::ReadOnly).unwrap().conn
}

fn number(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |row| row.get(0))
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// Every row of a table as text, in the order of its key.
fn dump(conn: &Connection, table: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let width = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut all = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let cells: Vec<String> = (0..width)
            .map(|i| format!("{:?}", row.get_ref(i).unwrap()))
            .collect();
        all.push(cells.join("|"));
    }
    all
}

fn tables(conn: &Connection) -> Vec<String> {
    let mut statement = conn
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
        .unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

#[test]
fn the_day_of_the_plan_is_the_eleventh_of_november() {
    assert_eq!(PLAN.today.to_string(), "2026-11-11");
}

#[test]
fn the_same_plan_gives_the_same_rows_in_every_table_and_another_seed_others() {
    let (_a, first, made) = make(&PLAN);
    let (_b, second, again) = make(&PLAN);
    let (_c, third, _) = make(&Plan { seed: 2, ..PLAN });
    assert_eq!(made, again);
    let (first, second, third) = (reading(&first), reading(&second), reading(&third));
    for table in tables(&first) {
        let rows = dump(&first, &table);
        assert_eq!(rows, dump(&second, &table), "{table}");
        if ["customer", "sale_order", "group_day"].contains(&table.as_str()) {
            assert_ne!(rows, dump(&third, &table), "{table}");
        }
    }
}

/// What a demo of a thousand customers has of everything: what it is, how it is counted, at the least how much.
const PROMISED: &[(&str, &str, i64)] = &[
    ("customers", "SELECT count(*) FROM customer", 1_000),
    ("tags", "SELECT count(*) FROM tag", 200),
    (
        "tag families",
        "SELECT count(DISTINCT kind) FROM tag_group",
        5,
    ),
    (
        "five levels",
        "SELECT count(DISTINCT kind) FROM department",
        6,
    ),
    ("groups", "SELECT count(*) FROM group_chat", 12),
    (
        "two guides know one customer",
        "SELECT count(*) FROM (SELECT 1 FROM follow WHERE status = 'active' GROUP BY external_userid HAVING count(*) > 1)",
        10,
    ),
    ("refunds", "SELECT count(*) FROM order_refund", 40),
    (
        "partial refunds",
        "SELECT count(*) FROM order_refund WHERE is_full = 0",
        5,
    ),
    (
        "leavers who still have customers",
        "SELECT count(*) FROM staff s WHERE s.left_at IS NOT NULL AND EXISTS (SELECT 1 FROM follow f WHERE f.userid = s.userid AND f.status = 'active')",
        1,
    ),
    (
        "losses",
        "SELECT count(*) FROM follow_event WHERE kind = 'del_by_customer'",
        20,
    ),
    (
        "deleted by staff",
        "SELECT count(*) FROM follow_event WHERE kind = 'del_by_staff'",
        1,
    ),
    (
        "transfers",
        "SELECT count(*) FROM follow_event WHERE kind = 'transfer_in'",
        5,
    ),
    (
        "moved staff",
        "SELECT count(*) FROM staff_dept_history WHERE valid_to IS NOT NULL",
        1,
    ),
    (
        "orders of outsiders",
        "SELECT count(*) FROM sale_order WHERE external_userid IS NULL",
        30,
    ),
    (
        "unpaid orders",
        "SELECT count(*) FROM sale_order WHERE paid_at IS NULL",
        10,
    ),
    (
        "unowned credit",
        "SELECT count(*) FROM v_paid WHERE credited_userid IS NULL",
        30,
    ),
    (
        "silent groups",
        "SELECT count(*) FROM group_chat g WHERE (SELECT sum(msg_ext) FROM group_day d WHERE d.chat_id = g.chat_id AND biz_date >= '2026-10-28') = 0",
        1,
    ),
    (
        "groups without speech measured",
        "SELECT count(*) FROM group_chat g WHERE EXISTS (SELECT 1 FROM group_day d WHERE d.chat_id = g.chat_id) AND NOT EXISTS (SELECT 1 FROM group_day d WHERE d.chat_id = g.chat_id AND msg_ext IS NOT NULL)",
        1,
    ),
    (
        "groups at capacity",
        "SELECT count(*) FROM group_chat g JOIN group_day d ON d.chat_id = g.chat_id AND d.biz_date = '2026-11-10' WHERE d.ext_total * 100 >= g.capacity * 95",
        1,
    ),
    (
        "exit spikes",
        "SELECT count(*) FROM (SELECT chat_id FROM group_day WHERE biz_date BETWEEN '2026-11-04' AND '2026-11-10' GROUP BY 1 HAVING sum(quit + kicked) * 100 > 5 * max(ext_total))",
        1,
    ),
    (
        "ownerless groups",
        "SELECT count(*) FROM group_chat WHERE wecom_status = 1",
        1,
    ),
    (
        "dissolved groups",
        "SELECT count(*) FROM group_chat WHERE dissolved_at IS NOT NULL",
        1,
    ),
    (
        "flash groups",
        "SELECT count(*) FROM group_chat WHERE kind = 'flash'",
        1,
    ),
    (
        "new groups",
        "SELECT count(*) FROM group_chat WHERE created_at > 1794378600 - 7 * 86400",
        1,
    ),
    (
        "few voices",
        "SELECT count(*) FROM (SELECT chat_id FROM group_day WHERE biz_date >= '2026-11-04' GROUP BY 1 HAVING sum(top3_msg_ext) > 0.8 * sum(msg_ext) AND sum(msg_ext) > 20)",
        1,
    ),
    (
        "targets of three calendars",
        "SELECT count(DISTINCT period_kind) FROM kpi_target WHERE subject_kind = 'staff'",
        3,
    ),
    ("reward steps", "SELECT count(*) FROM incentive_rule", 8),
    (
        "boards of yesterday",
        "SELECT count(DISTINCT board || period_kind) FROM leaderboard_snapshot WHERE taken_at = 1794326399",
        4,
    ),
    (
        "stages in use",
        "SELECT count(DISTINCT stage_id) FROM customer_stage",
        6,
    ),
    (
        "hostile names",
        "SELECT count(*) FROM customer WHERE name LIKE '%' || char(27) || '%' OR name LIKE '%' || char(8238) || '%'",
        2,
    ),
    (
        "due today",
        "SELECT count(*) FROM task WHERE status = 'open'",
        5,
    ),
    (
        "groups' tasks missed",
        "SELECT count(*) FROM task WHERE status = 'missed'",
        3,
    ),
    (
        "days of statistics",
        "SELECT count(DISTINCT biz_date) FROM group_day",
        90,
    ),
    (
        "statistics of guides",
        "SELECT count(*) FROM staff_day",
        500,
    ),
    (
        "demo mark",
        "SELECT value = '1' FROM meta WHERE key = 'is_demo'",
        1,
    ),
];

#[test]
fn every_promised_case_exists_in_a_thousand_customers() {
    let (_folder, path, made) = make(&PLAN);
    let conn = reading(&path);
    let now = made.now;
    for (what, sql, least) in PROMISED {
        let found = number(&conn, sql);
        assert!(found >= *least, "{what}: {found}, wanted {least}");
    }
    assert_eq!(now, 1_794_378_600);
}

#[test]
fn nothing_is_later_than_the_demos_now() {
    let (_folder, path, made) = make(&PLAN);
    let conn = reading(&path);
    for column in [
        "first_added_at FROM customer",
        "added_at FROM follow",
        "ended_at FROM follow",
        "last_touch_at FROM follow",
        "occurred_at FROM follow_event",
        "ordered_at FROM sale_order",
        "paid_at FROM sale_order",
        "refunded_at FROM order_refund",
        "at FROM campaign_step",
        "join_at FROM group_member",
        "quit_at FROM group_member",
        "created_at FROM group_chat",
        "left_at FROM staff",
        "since_at FROM customer_stage",
        "done_at FROM task",
    ] {
        let (name, table) = column.split_once(" FROM ").unwrap();
        let last = number(&conn, &format!("SELECT max({name}) FROM {table}"));
        assert!(last <= made.now, "{column}: {last}");
        let first = number(&conn, &format!("SELECT min({name}) FROM {table}"));
        assert!(first > made.now - 1_300 * 86_400, "{column}: {first}");
    }
}

#[test]
fn business_days_are_those_of_the_zone() {
    let (_folder, path, _) = make(&PLAN);
    let conn = reading(&path);
    for (table, at) in [
        ("sale_order", "paid_at"),
        ("follow_event", "occurred_at"),
        ("order_refund", "refunded_at"),
    ] {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE biz_date IS NOT date({at}, 'unixepoch', '+8 hours')"
        );
        assert_eq!(number(&conn, &sql), 0, "{table}");
    }
}

#[test]
fn the_board_of_the_month_has_ties_to_the_fen_near_its_top() {
    let (_folder, path, _) = make(&Plan {
        customers: 3_000,
        ..PLAN
    });
    let conn = reading(&path);
    let mut statement = conn
        .prepare(
            "WITH g AS (SELECT credited_userid u, SUM(paid_fen) v FROM v_paid WHERE biz_date BETWEEN '2026-11-01' AND '2026-11-30' GROUP BY 1),
             r AS (SELECT o.credited_userid u, SUM(r.amount_fen) v FROM order_refund r JOIN v_paid o USING (order_id)
                   WHERE r.biz_date BETWEEN '2026-11-01' AND '2026-11-30' GROUP BY 1)
             SELECT COALESCE(g.v,0) - COALESCE(r.v,0) v FROM staff s LEFT JOIN g ON g.u = s.userid LEFT JOIN r ON r.u = s.userid
             WHERE s.role IN ('sales','distributor') AND s.left_at IS NULL ORDER BY v DESC",
        )
        .unwrap();
    let board: Vec<i64> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(board[1], board[2]);
    assert_eq!(board[4], board[5]);
    assert!(board[0] > 0);
}

#[test]
fn the_big_campaign_misses_its_target_because_of_conversion() {
    let (_folder, path, _) = make(&Plan {
        customers: 20_000,
        ..PLAN
    });
    let conn = reading(&path);
    let target = |code: &str| -> f64 {
        conn.query_row(
            "SELECT target_value FROM kpi_target WHERE subject_kind = 'campaign' AND subject_id = '1' AND metric_code = ?1",
            [code],
            |row| row.get(0),
        )
        .unwrap()
    };
    let users = number(
        &conn,
        "SELECT count(*) FROM campaign_step WHERE campaign_id = 1 AND step = 'clicked'",
    ) as f64;
    let buyers = number(
        &conn,
        "SELECT count(DISTINCT buyer_key) FROM v_paid WHERE campaign_id = 1",
    ) as f64;
    let gmv = number(
        &conn,
        "SELECT sum(paid_fen) FROM v_paid WHERE campaign_id = 1",
    ) as f64;
    let (of_users, of_conversion, of_value) = (
        users / target("users"),
        buyers / users / target("conversion"),
        gmv / buyers / target("value_per_buyer"),
    );
    assert!((0.85..1.0).contains(&of_users), "{of_users}");
    assert!((0.6..0.8).contains(&of_conversion), "{of_conversion}");
    assert!((1.02..1.2).contains(&of_value), "{of_value}");
    assert!(gmv / target("gmv") < 0.8);
    // The targets multiply back.
    let product = target("users") * target("conversion") * target("value_per_buyer");
    assert!((product / target("gmv") - 1.0).abs() < 0.001);
    let people = ["reached", "open_rate", "click_rate"].map(target);
    assert!((people.iter().product::<f64>() / target("users") - 1.0).abs() < 0.005);
    let steps = ["cart_rate", "order_rate", "pay_rate"].map(target);
    assert!((steps.iter().product::<f64>() / target("conversion") - 1.0).abs() < 0.005);
    // Who paid is who bought.
    let strangers = number(
        &conn,
        "SELECT count(*) FROM (SELECT DISTINCT buyer_key k FROM v_paid WHERE campaign_id = 1) WHERE k NOT IN
           (SELECT person_key FROM campaign_step WHERE campaign_id = 1 AND step = 'paid')",
    );
    assert_eq!(strangers, 0);
}

#[test]
fn volumes_scale_with_the_customers() {
    let (_folder, path, made) = make(&Plan {
        customers: 20_000,
        ..PLAN
    });
    let conn = reading(&path);
    assert_eq!(made.groups, 100);
    assert!((36..=44).contains(&made.staff), "{}", made.staff);
    let per =
        |table: &str| number(&conn, &format!("SELECT count(*) FROM {table}")) as f64 / 20_000.0;
    assert!(
        (2.8..3.4).contains(&per("sale_order")),
        "{}",
        per("sale_order")
    );
    assert!(
        (4.5..5.5).contains(&per("customer_tag")),
        "{}",
        per("customer_tag")
    );
    let refunds = per("order_refund") / per("sale_order");
    assert!((0.02..0.04).contains(&refunds), "{refunds}");
    let two = number(
        &conn,
        "SELECT count(*) FROM (SELECT 1 FROM follow WHERE status = 'active' GROUP BY external_userid HAVING count(*) > 1)",
    );
    assert!((400..900).contains(&two), "{two}");
}

#[test]
fn the_file_is_whole_private_and_its_totals_equal_recomputation() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path, _) = make(&PLAN);
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::read_dir(path.parent().unwrap()).unwrap().count(),
        1
    );
    let conn = open(&path, Access::ReadWrite).unwrap().conn;
    let check: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    assert!(dump(&conn, "pragma_foreign_key_check").is_empty());
    let mode: String = conn
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "wal");
    assert_eq!(number(&conn, "SELECT active FROM bulk"), 0);
    let kept = (dump(&conn, "customer_stat"), dump(&conn, "pool"));
    totals::rebuild(&conn).unwrap();
    assert_eq!(kept, (dump(&conn, "customer_stat"), dump(&conn, "pool")));
    // A second way: spend from the view.
    let differing = number(
        &conn,
        "SELECT count(*) FROM customer_stat s LEFT JOIN (SELECT external_userid id, sum(net_fen) fen, count(*) n FROM v_valid GROUP BY 1) v
           ON v.id = s.external_userid WHERE s.spend_fen <> coalesce(v.fen, 0) OR s.orders <> coalesce(v.n, 0)",
    );
    assert_eq!(differing, 0);
}

#[test]
fn group_days_agree_with_the_members() {
    let (_folder, path, _) = make(&PLAN);
    let conn = reading(&path);
    let differing = number(
        &conn,
        "SELECT count(*) FROM group_day d JOIN group_chat g USING (chat_id) WHERE d.biz_date = '2026-11-10' AND d.ext_total <>
           (SELECT count(*) FROM group_member m WHERE m.chat_id = d.chat_id AND m.type = 2
              AND date(m.join_at, 'unixepoch', '+8 hours') <= d.biz_date
              AND (m.quit_at IS NULL OR date(m.quit_at, 'unixepoch', '+8 hours') > d.biz_date))",
    );
    assert_eq!(differing, 0);
}

#[test]
fn an_existing_file_is_never_touched() {
    let folder = TempDir::with_prefix("demo-").unwrap();
    let path = folder.path().join("mine.db");
    std::fs::write(&path, b"mine").unwrap();
    let refused = demo::generate(&path, &PLAN, &mut |_, _, _| {});
    assert!(matches!(
        refused,
        Err(DemoError::Store(StoreError::Exists { .. }))
    ));
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    let few = demo::generate(
        &folder.path().join("few.db"),
        &Plan {
            customers: 3,
            ..PLAN
        },
        &mut |_, _, _| {},
    );
    assert!(matches!(few, Err(DemoError::Customers(3))));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn progress_grows_and_ends_full() {
    let folder = TempDir::with_prefix("demo-").unwrap();
    let mut seen: Vec<(u64, u64)> = Vec::new();
    demo::generate(&folder.path().join("d.db"), &PLAN, &mut |done, total, _| {
        seen.push((done, total))
    })
    .unwrap();
    assert!(seen.windows(2).all(|w| w[0].0 <= w[1].0));
    let (done, total) = seen[seen.len() - 1];
    assert_eq!(done, total);
}

#[test]
fn traffic_does_what_a_shop_does_and_keeps_the_totals() {
    let (_folder, path, made) = make(&PLAN);
    let (_other, twin, _) = make(&PLAN);
    let run = |path: &std::path::Path| {
        let mut conn = open(path, Access::ReadWrite).unwrap().conn;
        let mut traffic = Traffic::new(&mut conn, 5).unwrap();
        let deeds: Vec<Deed> = (0..400)
            .map(|i| traffic.step(made.now + i).unwrap())
            .collect();
        (conn, deeds)
    };
    let (conn, deeds) = run(&path);
    let (other, same) = run(&twin);
    assert_eq!(deeds, same);
    for table in tables(&conn) {
        assert_eq!(dump(&conn, &table), dump(&other, &table), "{table}");
    }
    for deed in [
        Deed::Order,
        Deed::Add,
        Deed::Loss,
        Deed::Join,
        Deed::Tag,
        Deed::Refund,
        Deed::Contact,
    ] {
        assert!(deeds.contains(&deed), "{deed:?}");
    }
    assert!(number(&conn, "SELECT count(*) FROM change_log") > 400);
    let kept = (dump(&conn, "customer_stat"), dump(&conn, "pool"));
    totals::rebuild(&conn).unwrap();
    assert_eq!(kept, (dump(&conn, "customer_stat"), dump(&conn, "pool")));
}
