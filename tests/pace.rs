//! The pace of targets: by the mean curve of three earlier months, weeks or campaigns, the same wherever it is told, as a
//! second way of counting has it, and live as after a fresh start.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::format_push_string,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use std::path::Path;

use caopan::domain::kpi::goal::Goal;
use caopan::domain::period::PeriodKind;
use caopan::domain::period::PeriodSpec;
use caopan::domain::{AsOf, CampaignId, Day, Zone};
use caopan::engine::answer::{BoardMetric, BoardPage, Expected, GmvKind, KpiPage, Pacing};
use caopan::engine::request::{Answer, Question, Scope};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;
use caopan::workspace::straight::Tree;
use rusqlite::Connection;
use serde_json::Value;
use shop::{NOW, Shop};

/// 2026-11-11 14:30 in Shanghai.
fn now() -> AsOf {
    AsOf {
        unix: 1_794_378_600,
        zone: Zone::default(),
    }
}

fn bare(path: &Path) -> Workspace {
    Workspace::new(path.to_owned(), open(path, Access::ReadOnly).unwrap()).unwrap()
}

fn loaded(path: &Path) -> Workspace {
    let mut workspace = bare(path);
    workspace.load(&|_, _| ()).unwrap();
    workspace
}

fn scope(period: PeriodSpec) -> Scope {
    Scope {
        period,
        ..Scope::default()
    }
}

fn board(workspace: &mut Workspace, period: PeriodSpec) -> BoardPage {
    let question = Question::Board {
        scope: scope(period),
        metric: BoardMetric::NetGmv,
    };
    match workspace.answer(&question, now()) {
        Some(Answer::Board(page)) => page,
        other => panic!("{other:?}"),
    }
}

fn kpi(workspace: &mut Workspace, id: i64, gmv: GmvKind) -> KpiPage {
    let question = Question::Kpi {
        scope: Scope::default(),
        campaign: Some(CampaignId(id)),
        gmv,
    };
    match workspace.answer(&question, now()) {
        Some(Answer::Kpi(page)) => page,
        other => panic!("{other:?}"),
    }
}

/// Sets a target of the whole workspace.
fn aim(conn: &Connection, code: &str, kind: &str, from: &str, to: &str) {
    conn.execute(
        "INSERT OR REPLACE INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value)
         VALUES (?1, 'workspace', '', ?2, ?3, ?4, 1e7)",
        [code, kind, from, to],
    )
    .unwrap();
}

/// A demo whose workspace has targets of November, of the week and of the quarter.
fn demo(shop: &Shop, customers: u32) -> std::path::PathBuf {
    let path = shop.demo("w.db", customers);
    let conn = shop.connection("w.db");
    for code in ["gmv", "net_gmv_refund", "net_gmv_order", "orders", "adds"] {
        aim(&conn, code, "month", "2026-11-01", "2026-11-30");
        aim(&conn, code, "week", "2026-11-09", "2026-11-15");
        aim(&conn, code, "quarter", "2026-10-01", "2026-12-31");
    }
    path
}

/// The amount of a metric from a day up to the end of another, asked of the tables.
fn amount(conn: &Connection, code: &str, from: Day, to: Day) -> f64 {
    const PAID: &str = "SELECT total(paid_fen) FROM v_paid WHERE biz_date BETWEEN ?1 AND ?2";
    let all = |sql: &str| -> f64 {
        conn.query_row(sql, [from.to_string(), to.to_string()], |row| row.get(0))
            .unwrap()
    };
    match code {
        "gmv" => all(PAID),
        "net_gmv_refund" => {
            all(PAID)
                - all(
                    "SELECT total(r.amount_fen) FROM order_refund r JOIN v_paid o USING (order_id) WHERE r.biz_date BETWEEN ?1 AND ?2",
                )
        }
        "net_gmv_order" => {
            all(PAID)
                - all(
                    "SELECT total(r.amount_fen) FROM order_refund r JOIN v_paid o USING (order_id) WHERE o.biz_date BETWEEN ?1 AND ?2",
                )
        }
        "orders" => all("SELECT total(1) FROM v_paid WHERE biz_date BETWEEN ?1 AND ?2"),
        _ => all(
            "SELECT total(1) FROM follow_event WHERE kind = 'add' AND biz_date BETWEEN ?1 AND ?2",
        ),
    }
}

/// The mean share of three periods at the moment of a fourth, by whole days and the part of the day that is going on.
fn mean_share(
    conn: &Connection,
    code: &str,
    (from, to): (&str, &str),
    earlier: &[(&str, &str)],
) -> f64 {
    let day = |text: &str| Day::parse(text).unwrap();
    let days = |(from, to): (&str, &str)| f64::from(day(to).0 - day(from).0 + 1);
    let passed = (f64::from(day("2026-11-11").0 - day(from).0) + 14.5 / 24.0) / days((from, to));
    let share = |&(from, to): &(&str, &str)| {
        let at = passed * days((from, to));
        let whole = at.floor();
        let today = day(from).plus(whole as i32);
        let before = if whole > 0.0 {
            amount(conn, code, day(from), today.plus(-1))
        } else {
            0.0
        };
        let came = before + (at - whole) * amount(conn, code, today, today);
        came / amount(conn, code, day(from), day(to))
    };
    earlier.iter().map(share).sum::<f64>() / earlier.len() as f64
}

const MONTHS: [(&str, &str); 3] = [
    ("2026-08-01", "2026-08-31"),
    ("2026-09-01", "2026-09-30"),
    ("2026-10-01", "2026-10-31"),
];
const WEEKS: [(&str, &str); 3] = [
    ("2026-10-19", "2026-10-25"),
    ("2026-10-26", "2026-11-01"),
    ("2026-11-02", "2026-11-08"),
];

#[test]
fn console_and_commands_expect_the_share_that_a_second_way_counts() {
    let shop = Shop::new();
    let path = demo(&shop, 2_000);
    let conn = shop.connection("w.db");
    let mut live = loaded(&path);
    for (period, kind, own, earlier) in [
        (
            PeriodSpec::Month,
            PeriodKind::Month,
            ("2026-11-01", "2026-11-30"),
            MONTHS,
        ),
        (
            PeriodSpec::Week,
            PeriodKind::Week,
            ("2026-11-09", "2026-11-15"),
            WEEKS,
        ),
    ] {
        let page = board(&mut live, period);
        let codes: Vec<&str> = page.goals.iter().map(|goal| goal.metric.code).collect();
        assert_eq!(codes, ["net_gmv_refund", "gmv", "orders", "adds"]);
        for goal in &page.goals {
            let share = mean_share(&conn, goal.metric.code, own, &earlier);
            let Expected { share: said, by } = goal.held.expected.unwrap();
            assert_eq!(by, Pacing::Earlier(kind, 3), "{}", goal.metric.code);
            assert!(
                (said - share).abs() < 1e-9,
                "{} {said} {share}",
                goal.metric.code
            );
            let pace = goal.held.achievement.unwrap() / share;
            assert!((goal.held.pace.unwrap() - pace).abs() < 1e-9);
        }
        let told = bare(&path).short_board(&scope(period), BoardMetric::NetGmv, now());
        assert_eq!(told.unwrap().unwrap().goals, page.goals);
    }
    // The quarter has three before it, of which the demo knows two.
    let quarter = board(&mut live, PeriodSpec::Quarter);
    let by: Vec<Pacing> = quarter
        .goals
        .iter()
        .map(|goal| goal.held.expected.unwrap().by)
        .collect();
    let known: i64 = conn
        .query_row(
            "SELECT min(biz_date) <= '2026-01-01' FROM v_paid",
            [],
            |row| row.get(0),
        )
        .unwrap();
    let wanted = if known == 1 {
        Pacing::Earlier(PeriodKind::Quarter, 3)
    } else {
        Pacing::Linear
    };
    assert_eq!(by[1], wanted);
    let told = bare(&path).short_board(&scope(PeriodSpec::Quarter), BoardMetric::NetGmv, now());
    assert_eq!(told.unwrap().unwrap().goals, quarter.goals);
}

#[test]
fn days_added_up_by_the_two_threads_of_a_load_are_those_of_the_tables() {
    let shop = Shop::new();
    let path = demo(&shop, 4_500);
    let conn = shop.connection("w.db");
    let orders: i64 = conn
        .query_row("SELECT count(*) FROM v_valid", [], |row| row.get(0))
        .unwrap();
    assert!(orders > 10_000, "one thread reads {orders} orders");
    for period in [PeriodSpec::Month, PeriodSpec::Week] {
        let goals = board(&mut loaded(&path), period).goals;
        let told = bare(&path).short_board(&scope(period), BoardMetric::NetGmv, now());
        assert_eq!(told.unwrap().unwrap().goals, goals);
        let by_curves =
            |goal: &Goal| matches!(goal.held.expected.unwrap().by, Pacing::Earlier(_, 3));
        assert!(goals.len() == 4 && goals.iter().all(by_curves), "{goals:?}");
    }
}

fn said(shop: &Shop, command: &str) -> Value {
    let mut arguments: Vec<&str> = command.split(' ').collect();
    arguments.extend(["--as-of", NOW, "--format", "json", "-w", "w.db"]);
    serde_json::from_str(&shop.good(&arguments)).unwrap()
}

#[test]
fn every_command_tells_the_same_pace_and_what_it_goes_by() {
    let shop = Shop::new();
    demo(&shop, 2_000);
    let of = |goals: &Value, code: &str| -> (f64, Value) {
        let mut goals = goals.as_array().unwrap().iter();
        let goal = goals.find(|goal| goal["metric"] == code).unwrap();
        (goal["pace"].as_f64().unwrap(), goal["pacing"].clone())
    };
    let told = of(&said(&shop, "board --period month")["goals"], "gmv");
    assert_eq!(
        (&told.1["by"], &told.1["periods"]),
        (&"earlier".into(), &3.into())
    );
    assert_eq!(of(&said(&shop, "kpi --period month")["goals"], "gmv"), told);
    let report = said(&shop, "report evening");
    let figures = report["month"]["figures"].as_array().unwrap();
    let line = figures.iter().find(|line| line["code"] == "gmv").unwrap();
    assert_eq!(
        (
            line["target"]["pace"].as_f64().unwrap(),
            line["target"]["pacing"].clone()
        ),
        told
    );
    let metrics = said(&shop, "metrics --period month");
    let rows = metrics["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["code"] == "gmv").unwrap();
    assert!(
        (row["pace"].as_f64().unwrap() - told.0).abs() < 1e-4,
        "{row}"
    );
    let text = shop.good(&["kpi", "--period", "month", "--as-of", NOW, "-w", "w.db"]);
    assert!(text.contains("(按前3月)"), "{text}");
    assert!(
        text.contains("此时应有 65.1% (线性)") || text.contains("(线性)"),
        "{text}"
    );
}

#[test]
fn writes_to_earlier_months_move_the_pace_as_a_fresh_start_has_it() {
    let shop = Shop::new();
    let path = demo(&shop, 2_000);
    let conn = shop.connection("w.db");
    let mut live = loaded(&path);
    let first = board(&mut live, PeriodSpec::Month).goals;
    let mut seen = vec![first];
    for sql in [
        "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
         VALUES ('p1', NULL, 'x', 1785686400, 1785686400, '2026-08-03', 'paid', 900000, 900000, 'live')",
        "UPDATE sale_order SET biz_date = '2026-08-30', paid_at = paid_at + 86400 * 27 WHERE order_id = 'p1'",
        "INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES ('q1', 'p1', 1788969600, '2026-09-10', 800000)",
        "UPDATE order_refund SET biz_date = '2026-10-02' WHERE refund_id = 'q1'",
        "UPDATE sale_order SET is_test = 1 WHERE order_id = 'p1'",
        "DELETE FROM order_refund WHERE refund_id = 'q1'",
        "DELETE FROM sale_order WHERE order_id = 'p1' OR biz_date = '2026-10-01'",
        "UPDATE follow_event SET biz_date = '2026-09-29' WHERE kind = 'add' AND biz_date BETWEEN '2026-09-01' AND '2026-09-05'",
        "DELETE FROM follow_event WHERE kind = 'add' AND biz_date = '2026-09-29'",
        "DELETE FROM customer WHERE external_userid IN (SELECT external_userid FROM sale_order WHERE biz_date = '2026-09-15')",
    ] {
        conn.execute(sql, []).unwrap();
        live.catch_up(now()).unwrap();
        let told = board(&mut live, PeriodSpec::Month).goals;
        assert_eq!(told, board(&mut loaded(&path), PeriodSpec::Month).goals, "{sql}");
        let straight = bare(&path).short_board(&scope(PeriodSpec::Month), BoardMetric::NetGmv, now());
        assert_eq!(told, straight.unwrap().unwrap().goals, "{sql}");
        seen.push(told);
    }
    seen.dedup();
    assert!(seen.len() > 7, "{}", seen.len());
}

/// Three flash sales of two days that were over before the one going on, with what each took on its days.
fn flash_sales(shop: &Shop) {
    let mut campaigns = "campaign_id,name,kind,status,starts_at,ends_at\n".to_owned();
    let mut orders = "order_id,external_userid,paid_at,paid_yuan,status,campaign_id\n".to_owned();
    orders.push_str("o,c1,2026-01-01,1.00,paid,\n");
    for (id, month, days) in [
        (1, "05", [60, 40]),
        (2, "06", [20, 80]),
        (3, "07", [70, 30]),
    ] {
        campaigns.push_str(&format!(
            "{id},秒杀{id},flash,ended,2026-{month}-01,2026-{month}-03 00:00\n"
        ));
        for (at, yuan) in days.iter().enumerate() {
            orders.push_str(&format!(
                "o{id}{at},c1,2026-{month}-0{} 12:00,{yuan}.00,paid,{id}\n",
                at + 1
            ));
        }
    }
    campaigns.push_str("4,秒杀4,flash,running,2026-11-11,2026-11-13 00:00\n");
    orders.push_str("o4,c1,2026-11-11 09:00,30.00,paid,4\n");
    let refunds = "refund_id,order_id,refunded_at,amount_yuan\nr1,o11,2026-05-02 20:00,20.00\nr2,o4,2026-11-11 10:00,6.00\n";
    shop.good(&["init", "w.db"]);
    for (kind, text) in [
        ("customers", "external_userid,name\nc1,甲\n"),
        ("campaigns", &*campaigns),
        ("orders", &*orders),
        ("refunds", refunds),
    ] {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
    shop.good(&[
        "target",
        "set",
        "gmv",
        "100",
        "--for",
        "campaign:4",
        "-w",
        "w.db",
    ]);
}

#[test]
fn a_running_campaign_goes_by_the_three_of_its_kind_before_it() {
    let shop = Shop::new();
    flash_sales(&shop);
    let path = shop.path("w.db");
    let mut live = loaded(&path);
    // 14.5 hours of two days: of each first day as much of it. Gross (60 + 20 + 70) / 3, by refund date 60 of 80.
    let day = 14.5 / 24.0;
    for (gmv, share) in [
        (GmvKind::Gross, day * 0.5),
        (GmvKind::NetByRefundDate, day * (0.75 + 0.2 + 0.7) / 3.0),
        (GmvKind::NetByOrderDate, day * (0.75 + 0.2 + 0.7) / 3.0),
    ] {
        let page = kpi(&mut live, 4, gmv);
        let expected = page.expected.unwrap();
        assert_eq!(expected.by, Pacing::Earlier(PeriodKind::Campaign, 3));
        assert!(
            (expected.share - share).abs() < 1e-9,
            "{gmv:?} {expected:?}"
        );
        assert!((page.expected_share - day / 2.0).abs() < 1e-9);
        let node = page.tree.iter().find(|node| node.depth == 1).unwrap();
        let taken = if gmv == GmvKind::Gross { 0.3 } else { 0.24 };
        assert!((node.held.pace.unwrap() - taken / share).abs() < 1e-9);
        let told = bare(&path).short_kpi(
            &Scope::default(),
            Tree::beside_all(Some(CampaignId(4)), gmv),
            now(),
        );
        assert_eq!(told.unwrap().unwrap().tree, page.tree);
        let told = bare(&path).short_kpi(
            &Scope::default(),
            Tree::alone(Some(CampaignId(4)), gmv),
            now(),
        );
        assert_eq!(told.unwrap().unwrap().tree, page.tree);
    }
    // An earlier one turns out otherwise.
    let conn = shop.connection("w.db");
    conn.execute(
        "UPDATE sale_order SET paid_fen = 4000 WHERE order_id = 'o10'",
        [],
    )
    .unwrap();
    live.catch_up(now()).unwrap();
    let moved = kpi(&mut live, 4, GmvKind::Gross);
    let share = day * (0.5 + 0.2 + 0.7) / 3.0;
    assert!((moved.expected.unwrap().share - share).abs() < 1e-9);
    // One is called off: two are too few.
    conn.execute(
        "UPDATE campaign SET status = 'cancelled' WHERE campaign_id = 2",
        [],
    )
    .unwrap();
    live.catch_up(now()).unwrap();
    assert_eq!(
        kpi(&mut live, 4, GmvKind::Gross).expected.unwrap().by,
        Pacing::Linear
    );
}

#[test]
fn a_net_gmv_says_of_which_the_target_is_that_it_is_held_against() {
    let shop = Shop::new();
    flash_sales(&shop);
    let text = |gmv: &str| shop.good(&["kpi", "4", "--gmv", gmv, "--as-of", NOW, "-w", "w.db"]);
    assert!(!text("gross").contains("没有自己的目标"));
    assert!(text("net-by-order-date").contains("目标是支付GMV的: 净GMV(订单口径)没有自己的目标"));
    let json = said(&shop, "kpi 4 --gmv net-by-order-date");
    assert_eq!(json["target_of"], "gmv");
    assert_eq!(said(&shop, "kpi 4")["target_of"], Value::Null);
    let own = [
        "target",
        "set",
        "net_gmv_order",
        "90",
        "--for",
        "campaign:4",
        "-w",
        "w.db",
    ];
    shop.good(&own);
    assert_eq!(
        said(&shop, "kpi 4 --gmv net-by-order-date")["target_of"],
        Value::Null
    );
}
