//! Kept totals and the change log say what the tables say, whatever is written and by whom.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

use caopan::store::changes::{self, Changes, Tail};
use caopan::store::{self, Birth, totals};
use proptest::prelude::*;
use rusqlite::Connection;

fn fresh() -> (tempfile::TempDir, Connection) {
    let dir = tempfile::Builder::new().prefix("store-").tempdir().unwrap();
    let opened = store::create(&dir.path().join("w.db"), &Birth::default()).unwrap();
    (dir, opened.conn)
}

/// One statement of a writer, on few enough ids that they meet.
fn statement() -> impl Strategy<Value = String> {
    let customer = || (0..4u8).prop_map(|i| format!("'c{i}'"));
    let buyer = prop_oneof![4 => customer(), 1 => Just("NULL".to_owned()), 1 => Just("'stranger'".to_owned())];
    let order = || (0..6u8).prop_map(|i| format!("'o{i}'"));
    let refund = || (0..6u8).prop_map(|i| format!("'r{i}'"));
    let paid = prop_oneof![
        Just("NULL, NULL".to_owned()),
        (1..4i64).prop_map(|d| format!("{}, '1970-01-0{}'", d * 86_400 - 9, d))
    ];
    let verb = prop_oneof![
        Just("INSERT OR REPLACE"),
        Just("INSERT OR IGNORE"),
        Just("INSERT")
    ];
    let contact = prop_oneof![
        Just("NULL".to_owned()),
        (0..9i64).prop_map(|n| n.to_string())
    ];
    let order_row = (order(), buyer.clone(), paid, 0..300i64, 0..5u8)
        .prop_map(|(o, c, p, fen, test)| {
            format!(
                "({o}, {c}, 'k', 1, {p}, 'paid', 0, {fen}, 'store', {})",
                u8::from(test == 0)
            )
        })
        .boxed();
    let columns = "sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, is_test)";
    prop_oneof![
        (verb.clone(), customer()).prop_map(|(v, c)| format!(
            "{v} INTO customer (external_userid, synced_at) VALUES ({c}, 1)"
        )),
        customer().prop_map(|c| format!("DELETE FROM customer WHERE external_userid = {c}")),
        (customer(), customer()).prop_map(|(a, b)| format!(
            "UPDATE customer SET external_userid = {b} WHERE external_userid = {a}"
        )),
        (verb.clone(), order_row.clone()).prop_map(move |(v, r)| format!("{v} INTO {columns} VALUES {r}")),
        order_row.prop_map(move |r| format!(
            "INSERT INTO {columns} VALUES {r} ON CONFLICT DO UPDATE SET external_userid = excluded.external_userid, paid_fen = excluded.paid_fen"
        )),
        order().prop_map(|o| format!("DELETE FROM sale_order WHERE order_id = {o}")),
        (order(), order()).prop_map(|(a, b)| format!("UPDATE OR REPLACE sale_order SET order_id = {b} WHERE order_id = {a}")),
        (order(), buyer).prop_map(|(o, c)| format!("UPDATE sale_order SET external_userid = {c} WHERE order_id = {o}")),
        (verb, refund(), order(), 1..300i64).prop_map(|(v, r, o, fen)| format!(
            "{v} INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES ({r}, {o}, 5, '1970-01-02', {fen})"
        )),
        (refund(), order()).prop_map(|(r, o)| format!("UPDATE order_refund SET order_id = {o} WHERE refund_id = {r}")),
        (refund(), refund()).prop_map(|(a, b)| format!("UPDATE OR REPLACE order_refund SET refund_id = {b} WHERE refund_id = {a}")),
        refund().prop_map(|r| format!("DELETE FROM order_refund WHERE refund_id = {r}")),
        (customer(), 0..3u8, contact.clone(), contact).prop_map(|(c, s, a, b)| format!(
            "INSERT OR REPLACE INTO follow (userid, external_userid, added_at, last_touch_at, last_inbound_at) VALUES ('s{s}', {c}, 1, {a}, {b})"
        )),
        (customer(), customer()).prop_map(|(a, b)| format!(
            "UPDATE OR IGNORE follow SET external_userid = {b} WHERE external_userid = {a}"
        )),
        customer().prop_map(|c| format!("DELETE FROM follow WHERE external_userid = {c}")),
    ]
}

type Stat = (String, i64, i64, Option<i64>, Option<i64>);

fn kept(conn: &Connection) -> (Vec<Stat>, (i64, i64)) {
    let mut s = conn
        .prepare("SELECT * FROM customer_stat ORDER BY external_userid")
        .unwrap();
    let rows = s
        .query_map([], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let pool = conn
        .query_row("SELECT customers, spend_fen FROM pool", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .unwrap();
    (rows, pool)
}

/// The same totals by plain loops over the tables: no SQL sums, no views.
fn by_hand(conn: &Connection) -> (Vec<Stat>, (i64, i64)) {
    let all = |sql: &str| -> Vec<Vec<Option<String>>> {
        let mut s = conn.prepare(sql).unwrap();
        let n = s.column_count();
        s.query_map([], |r| {
            (0..n)
                .map(|i| {
                    r.get::<_, rusqlite::types::Value>(i).map(|v| match v {
                        rusqlite::types::Value::Integer(n) => Some(n.to_string()),
                        rusqlite::types::Value::Text(t) => Some(t),
                        _ => None,
                    })
                })
                .collect()
        })
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
    };
    let number = |v: &Option<String>| v.as_ref().map(|t| t.parse::<i64>().unwrap());
    let refunds = all("SELECT order_id, amount_fen FROM order_refund");
    let orders =
        all("SELECT order_id, external_userid, paid_at, paid_fen, is_test FROM sale_order");
    let follows = all("SELECT external_userid, last_touch_at, last_inbound_at FROM follow");
    let mut stats = Vec::new();
    for customer in all("SELECT external_userid FROM customer ORDER BY external_userid") {
        let id = &customer[0];
        let (mut spend, mut count, mut last) = (0, 0, None);
        for order in orders
            .iter()
            .filter(|o| o[1] == *id && o[2].is_some() && number(&o[4]) == Some(0))
        {
            let back: i64 = refunds
                .iter()
                .filter(|r| r[0] == order[0])
                .filter_map(|r| number(&r[1]))
                .sum();
            let net = number(&order[3]).unwrap() - back;
            if net > 0 {
                spend += net;
                count += 1;
                last = last.max(number(&order[2]));
            }
        }
        let contact = follows
            .iter()
            .filter(|f| f[0] == *id)
            .flat_map(|f| [number(&f[1]), number(&f[2])])
            .max()
            .flatten();
        stats.push((id.clone().unwrap(), spend, count, last, contact));
    }
    let pool = (
        i64::try_from(stats.len()).unwrap(),
        stats.iter().map(|s| s.1).sum(),
    );
    (stats, pool)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kept_totals_equal_recomputation_after_any_writing(statements in proptest::collection::vec(statement(), 1..60)) {
        let (_dir, conn) = fresh();
        conn.execute_batch("PRAGMA synchronous = OFF").unwrap();
        for sql in &statements {
            // Some violate a key: then nothing of them may show.
            let _ = conn.execute(sql, []);
            prop_assert_eq!(&kept(&conn), &by_hand(&conn), "after {}", sql);
        }
        let expected = by_hand(&conn);
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        totals::rebuild(&conn).unwrap();
        conn.execute_batch("COMMIT").unwrap();
        prop_assert_eq!(&kept(&conn), &expected);
    }
}

#[test]
fn a_replaced_order_or_refund_leaves_its_old_customer_right() {
    let (_dir, conn) = fresh();
    let order = |verb: &str, id: &str, customer: &str| {
        let sql = format!(
            "{verb} INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
             VALUES ('{id}', '{customer}', 'k', 1, 5, '1970-01-01', 'paid', 0, 500, 'store')"
        );
        conn.execute(&sql, []).unwrap();
    };
    conn.execute_batch(
        "INSERT INTO customer (external_userid, synced_at) VALUES ('a', 1), ('b', 1), ('c', 1)",
    )
    .unwrap();
    order("INSERT", "o1", "a");
    order("INSERT OR IGNORE", "o1", "c");
    order("INSERT OR REPLACE", "o1", "b");
    order("INSERT", "o2", "a");
    conn.execute_batch(
        "INSERT INTO order_refund VALUES ('r1', 'o1', 6, '1970-01-01', 120, 0, NULL);
         INSERT OR REPLACE INTO order_refund VALUES ('r1', 'o2', 6, '1970-01-01', 120, 0, NULL);",
    )
    .unwrap();
    let spend: Vec<i64> = kept(&conn).0.into_iter().map(|stat| stat.1).collect();
    assert_eq!(spend, [380, 500, 0]);
    // One takes another's id: the order and the refund that had it go.
    order("INSERT", "o3", "c");
    conn.execute_batch(
        "UPDATE OR REPLACE sale_order SET order_id = 'o1' WHERE order_id = 'o3';
         INSERT INTO order_refund VALUES ('r2', 'o1', 6, '1970-01-01', 70, 0, NULL);
         UPDATE OR REPLACE order_refund SET refund_id = 'r1' WHERE refund_id = 'r2';",
    )
    .unwrap();
    let spend: Vec<i64> = kept(&conn).0.into_iter().map(|stat| stat.1).collect();
    assert_eq!(spend, [500, 0, 430]);
}

fn changes_since(conn: &Connection, from: changes::Seq) -> Box<Changes> {
    match changes::since(conn, from).unwrap() {
        Tail::Changes(changes) => changes,
        Tail::Gap => panic!("a gap"),
    }
}

/// One insert a table of the log, and what of [`Changes`] it must fill.
type Touch = (&'static str, fn(&Changes) -> bool);

const TOUCHES: [Touch; 26] = [
    (
        "INSERT INTO customer (external_userid, synced_at) VALUES ('c1', 1)",
        |c| c.customers.rows.contains("c1"),
    ),
    (
        "INSERT INTO follow (userid, external_userid, added_at) VALUES ('s1', 'c1', 1)",
        |c| c.customers.follows.contains("c1"),
    ),
    (
        "INSERT INTO customer_tag (tag_id, external_userid) VALUES ('t1', 'c1')",
        |c| c.customers.tags.contains("c1"),
    ),
    ("INSERT INTO customer_stage VALUES (1, 'c1', 1, 1)", |c| {
        c.customers.stages.contains("c1")
    }),
    (
        "INSERT INTO sale_order (order_id, buyer_key, ordered_at, status, list_fen, source) VALUES ('o1', 'k', 1, 'created', 1, 'store')",
        |c| c.orders.contains("o1"),
    ),
    (
        "INSERT INTO order_refund VALUES ('r1', 'o2', 1, '2026-01-01', 1, 0, NULL)",
        |c| c.orders.contains("o2"),
    ),
    (
        "INSERT INTO order_item (order_id, line_no, sku, qty, line_fen) VALUES ('o3', 1, 'k', 1, 1)",
        |c| c.orders.contains("o3"),
    ),
    (
        "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source) VALUES ('2026-01-01', 1, 's1', 'c1', 'add', 'local')",
        |c| c.customers.events.contains("c1"),
    ),
    (
        "INSERT INTO group_chat (chat_id, owner_userid, created_at) VALUES ('g1', 's1', 1)",
        |c| c.groups.contains("g1"),
    ),
    (
        "INSERT INTO group_day (chat_id, biz_date) VALUES ('g2', '2026-01-01')",
        |c| c.groups.contains("g2"),
    ),
    (
        "INSERT INTO group_member (chat_id, member_id, join_at, type) VALUES ('g3', 'c1', 1, 2)",
        |c| c.groups.contains("g3") && c.members.contains("c1"),
    ),
    (
        "INSERT INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES (7, 'x', 'live', 1, 2, 'running')",
        |c| c.campaigns.contains(&7),
    ),
    (
        "INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (7, 'paid', 'a/b', 1)",
        |c| c.steps.contains(&(7, "a/b".into())),
    ),
    (
        "INSERT INTO kpi_node (level, ord, label, metric_code, op) VALUES (1, 1, 'x', 'gmv', 'leaf')",
        |c| c.tables.targets,
    ),
    (
        "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value) VALUES ('gmv', 'staff', 's1', 'day', '2026-01-01', '2026-01-01', 1)",
        |c| c.tables.targets,
    ),
    ("INSERT INTO staff (userid, name) VALUES ('s1', 'x')", |c| {
        c.staff.contains("s1")
    }),
    (
        "INSERT INTO department (dept_id, name) VALUES (9, 'x')",
        |c| c.departments.contains(&9),
    ),
    (
        "INSERT INTO tag (tag_id, group_id, name) VALUES ('t1', 'tg', 'x')",
        |c| c.tables.tags,
    ),
    (
        "INSERT INTO tag_group (group_id, name) VALUES ('tg', 'x')",
        |c| c.tables.tags,
    ),
    ("INSERT INTO journey (name) VALUES ('旅程')", |c| {
        c.tables.stages
    }),
    (
        "INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (5, 1, 1, 'x')",
        |c| c.tables.stages,
    ),
    ("INSERT INTO channel (kind, name) VALUES ('ad', 'x')", |c| {
        c.tables.channels
    }),
    (
        "INSERT INTO incentive_rule (name, metric_code, period_kind, scope, kind) VALUES ('x', 'gmv', 'day', 'staff', 'title')",
        |c| c.tables.incentives,
    ),
    (
        "INSERT INTO leaderboard_snapshot VALUES ('gmv', 'day', '2026-01-01', 1, 's1', 1.0, 1)",
        |c| c.tables.snapshots,
    ),
    (
        "INSERT INTO task (kind, userid, due_at, status) VALUES ('visit', 's1', 1, 'open')",
        |c| c.tables.tasks,
    ),
    ("INSERT INTO meta VALUES ('k', 'v')", |c| c.tables.meta),
];

#[test]
fn every_table_of_the_log_says_what_to_read_again() {
    let (_dir, conn) = fresh();
    conn.execute("INSERT INTO journey VALUES (1, 'j')", [])
        .unwrap();
    for (sql, touched) in TOUCHES {
        let before = changes::head(&conn).unwrap();
        conn.execute(sql, []).unwrap();
        let after = changes_since(&conn, before);
        assert!(touched(&after), "{sql}: {after:?}");
        let table = sql.split_whitespace().nth(2).unwrap().trim_end_matches('(');
        for again in [
            format!("UPDATE {table} SET rowid_free = 1"),
            format!("DELETE FROM {table}"),
        ] {
            // Any column will do for the update: the first one, set to itself.
            let column: String = conn
                .query_row(
                    "SELECT name FROM pragma_table_info(?1) LIMIT 1",
                    [table],
                    |r| r.get(0),
                )
                .unwrap();
            let again = again.replace("rowid_free = 1", &format!("{column} = {column}"));
            conn.execute_batch("SAVEPOINT s").unwrap();
            let before = changes::head(&conn).unwrap();
            conn.execute(&again, []).unwrap();
            assert!(touched(&changes_since(&conn, before)), "{again}");
            conn.execute_batch("ROLLBACK TO s; RELEASE s").unwrap();
        }
    }
}

#[test]
fn a_key_that_changes_is_logged_old_and_new() {
    let (_dir, conn) = fresh();
    conn.execute(
        "INSERT INTO customer (external_userid, synced_at) VALUES ('old', 1)",
        [],
    )
    .unwrap();
    let before = changes::head(&conn).unwrap();
    conn.execute("UPDATE customer SET external_userid = 'new'", [])
        .unwrap();
    let seen = changes_since(&conn, before);
    assert_eq!(
        seen.customers.rows.into_iter().collect::<Vec<_>>(),
        ["new", "old"]
    );
}

#[test]
fn nothing_changed_is_empty_and_not_a_gap() {
    let (_dir, conn) = fresh();
    let here = changes::head(&conn).unwrap();
    let none = changes_since(&conn, here);
    assert!(none.is_empty());
    assert_eq!(none.upto, here);
}

#[test]
fn a_bulk_write_is_a_gap_and_leaves_right_totals() {
    let (_dir, mut conn) = fresh();
    let before = changes::head(&conn).unwrap();
    let tx = conn
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    totals::begin_bulk(&tx).unwrap();
    tx.execute_batch(
        "INSERT INTO customer (external_userid, synced_at) VALUES ('c1', 1), ('c2', 1);
         INSERT INTO follow (userid, external_userid, added_at, last_inbound_at) VALUES ('s1', 'c2', 1, 77);
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('o1', 'c1', 'c1', 1, 5, '1970-01-01', 'paid', 0, 500, 'store');
         INSERT INTO order_refund VALUES ('r1', 'o1', 6, '1970-01-01', 120, 0, NULL);",
    )
    .unwrap();
    totals::end_bulk(&tx).unwrap();
    tx.commit().unwrap();
    assert_eq!(changes::since(&conn, before).unwrap(), Tail::Gap);
    assert_eq!(changes::head(&conn).unwrap().0, before.0 + 1);
    let expected = vec![
        ("c1".to_owned(), 380, 1, Some(5), None),
        ("c2".to_owned(), 0, 0, None, Some(77)),
    ];
    assert_eq!(kept(&conn), (expected, (2, 380)));
    // Triggers are awake again.
    let here = changes::head(&conn).unwrap();
    conn.execute("DELETE FROM customer WHERE external_userid = 'c1'", [])
        .unwrap();
    assert_eq!(kept(&conn).1, (1, 0));
    assert!(changes_since(&conn, here).customers.rows.contains("c1"));
}

#[test]
fn a_pruned_log_is_a_gap_to_who_was_behind_it() {
    let (_dir, conn) = fresh();
    conn.execute_batch(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 230000)
         INSERT INTO change_log (entity, key) SELECT 1, 'c' FROM n",
    )
    .unwrap();
    let head = changes::head(&conn).unwrap();
    let near = changes::Seq(head.0 - 50);
    let last_kept = changes::Seq(head.0 - changes::KEPT);
    changes::prune(&conn).unwrap();
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM change_log", [], |r| r.get(0))
        .unwrap();
    assert_eq!(rows, changes::KEPT);
    assert!(changes_since(&conn, near).customers.rows.contains("c"));
    assert_eq!(changes::since(&conn, last_kept).unwrap(), Tail::Gap);
    // A reader from after the head (another file) is behind as well.
    assert_eq!(
        changes::since(&conn, changes::Seq(head.0 + 1)).unwrap(),
        Tail::Gap
    );
    conn.execute("DELETE FROM change_log", []).unwrap();
    assert_eq!(changes::since(&conn, near).unwrap(), Tail::Gap);
    changes_since(&conn, head);
}
