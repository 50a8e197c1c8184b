//! The worked examples of the definitions, through the whole program: files in, commands out.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use std::fmt::Write;

use serde_json::Value;
use shop::Shop;

/// A workspace with these files imported, in this order.
fn imported(files: &[(&str, &str)]) -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for (kind, text) in files {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
    shop
}

fn json(shop: &Shop, as_of: &str, command: &[&str]) -> Value {
    let mut arguments = command.to_vec();
    arguments.extend(["--format", "json", "-w", "w.db", "--as-of", as_of]);
    serde_json::from_str(&shop.good(&arguments)).unwrap()
}

fn rows(page: &Value) -> &Vec<Value> {
    page["rows"].as_array().unwrap()
}

fn row<'a>(page: &'a Value, key: &str, is: &str) -> &'a Value {
    rows(page).iter().find(|r| r[key] == is).unwrap()
}

#[track_caller]
fn is(value: &Value, expected: f64, within: f64) {
    let found = value.as_f64().or_else(|| value["value"].as_f64());
    let found = found.unwrap_or_else(|| panic!("{value} is no number"));
    assert!(
        (found - expected).abs() <= within,
        "{found} is not {expected}"
    );
}

const MARCH: &[(&str, &str)] = &[
    (
        "customers",
        "external_userid,name\nA,安\nB,白\nC,陈\nD,丁\nE,鄂\nZ,测\n",
    ),
    ("staff", "userid,name\ns1,张敏\n"),
    (
        "campaigns",
        "campaign_id,name,starts_at,ends_at,status\n1,三月,2026-03-01 00:00,2026-04-01 00:00,running\n",
    ),
    (
        "orders",
        "order_id,external_userid,paid_at,paid_yuan,status,credited_userid,campaign_id,ordered_at,is_test\n\
         O1,A,2026-03-01 10:00,100,paid,s1,1,,\nO2,A,2026-03-20 10:00,200,paid,s1,1,,\n\
         O3,B,2026-02-28T16:00:00Z,50,paid,s1,1,,\nO4,B,2026-03-31 23:59:59,60,paid,s1,1,,\n\
         O5,C,2026-03-05 12:00,300,completed,s1,1,,\nO6,D,2026-03-10 12:00,80,paid,s1,1,,\n\
         O7,E,2026-02-10 12:00,120,paid,s1,,,\nO8,E,2026-03-15 12:00,130,paid,s1,1,,\n\
         O9,Z,2026-03-12 12:00,999,paid,s1,1,,1\nO10,A,,50,created,s1,1,2026-03-21 10:00,\n",
    ),
    (
        "refunds",
        "refund_id,order_id,refunded_at,amount_yuan\nR1,O5,2026-04-02 09:00,300\nR2,O6,2026-03-11 09:00,30\n",
    ),
];

#[test]
fn march_is_920_gross_890_by_refund_date_and_590_by_order_date() {
    let shop = imported(MARCH);
    let after = "2026-04-10 12:00";
    for (metric, total) in [("gmv", 920.0), ("net-gmv", 890.0), ("orders", 7.0)] {
        let board = ["board", "--metric", metric, "--period", "2026-03"];
        is(&json(&shop, after, &board)["total"], total, 1e-9);
    }
    // April saw the refund alone.
    let april = json(
        &shop,
        after,
        &["board", "--metric", "net-gmv", "--period", "month"],
    );
    is(&april["total"], -300.0, 1e-9);
    let gmv = |as_of, kind| {
        let page = json(&shop, as_of, &["kpi", "1", "--gmv", kind]);
        row(&page, "path", "gmv")["actual"].as_f64().unwrap()
    };
    assert_eq!(gmv(after, "gross").to_string(), "920");
    assert_eq!(gmv(after, "net-by-order-date").to_string(), "590");
    // Refunds so far: on the last of March, C had kept the goods.
    assert_eq!(
        gmv("2026-03-31 23:59:59", "net-by-order-date").to_string(),
        "890"
    );
    assert_eq!(
        gmv("2026-03-31 23:59:59", "net-by-refund-date").to_string(),
        "890"
    );
}

#[test]
fn march_is_184_a_buyer_131_43_an_order_and_1_4_orders_a_buyer() {
    let shop = imported(MARCH);
    let page = json(&shop, "2026-04-10 12:00", &["kpi", "1"]);
    let of = |path: &str| &row(&page, "path", path)["actual"];
    is(of("gmv/value_per_buyer"), 184.0, 1e-9);
    is(of("gmv/value_per_buyer/aov"), 131.43, 1e-9);
    is(of("gmv/value_per_buyer/orders_per_buyer"), 1.4, 1e-9);
}

#[test]
fn customers_spent_what_they_kept() {
    let shop = imported(MARCH);
    let list = shop.good(&[
        "list",
        "customers",
        "--format",
        "csv",
        "-w",
        "w.db",
        "--as-of",
        "2026-04-10 12:00",
    ]);
    let mut reader = csv::Reader::from_reader(list.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| {
        header
            .iter()
            .position(|h| h == name)
            .unwrap_or_else(|| panic!("{name} in {header:?}"))
    };
    let (id, spend, orders) = (at("external_userid"), at("spend_yuan"), at("orders"));
    let mut found: Vec<(String, String, String)> = reader
        .records()
        .map(|r| r.unwrap())
        .map(|r| (r[id].to_owned(), r[spend].to_owned(), r[orders].to_owned()))
        .collect();
    found.sort();
    let expected = [
        ("A", "300.00", "2"),
        ("B", "110.00", "2"),
        ("C", "0.00", "0"),
        ("D", "50.00", "1"),
        ("E", "250.00", "2"),
        ("Z", "0.00", "0"),
    ];
    assert_eq!(
        found,
        expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()))
    );
}

/// The group of the worked example: 180 members at the start, 6 joined, 4 left, 1 removed, 9 speakers a day, 40 in the
/// week, 18 of 20 questions in 30 minutes, 6 minutes, 7 buyers of 181, 13 of 14 tasks on time.
fn worked_group() -> Shop {
    // The seven days to yesterday; 180 members at the start, 181 at the end, 180 on average.
    let mut days = "chat_id,biz_date,ext_total,joined,quit,kicked,speakers_ext,speakers_ext_7d,questions,answered_30m,first_reply_s_sum,first_reply_n\n\
        g1,2026-03-09,180,,,,,,,,,\n"
        .to_owned();
    let moves = [
        (180, 1, 1, 0),
        (180, 1, 1, 0),
        (180, 1, 1, 0),
        (180, 0, 0, 0),
        (180, 1, 1, 0),
        (179, 0, 0, 1),
        (181, 2, 0, 0),
    ];
    for (at, (members, joined, quit, kicked)) in moves.into_iter().enumerate() {
        let (questions, answered) = if at < 6 { (3, 3) } else { (2, 0) };
        writeln!(days, "g1,2026-03-{},{members},{joined},{quit},{kicked},9,40,{questions},{answered},{},{questions}", 10 + at, questions * 360).unwrap();
    }
    let (mut people, mut members, mut orders) = (
        "external_userid\n".to_owned(),
        "chat_id,member_id,join_at,type\n".to_owned(),
        "order_id,external_userid,paid_at,paid_yuan,status\n".to_owned(),
    );
    for n in 0..7 {
        writeln!(people, "wm{n}").unwrap();
        writeln!(members, "g1,wm{n},2026-01-10 10:00,2").unwrap();
        writeln!(orders, "o{n},wm{n},2026-03-01 10:00,50,paid").unwrap();
    }
    let shop = imported(&[
        ("staff", "userid,name\ns1,郭强\n"),
        ("customers", &people),
        (
            "groups",
            "chat_id,name,owner_userid,created_at\ng1,母婴福利群,s1,2026-01-01 10:00\n",
        ),
        ("group-members", &members),
        ("group-days", &days),
        ("orders", &orders),
    ]);
    let conn = shop.connection("w.db");
    for n in 0..14_i64 {
        // 2026-03-10 12:00 in Shanghai, twice a day.
        let due = 1_773_115_200 + n / 2 * 86_400 + n % 2;
        let status = if n == 5 { "missed" } else { "done" };
        conn.execute(
            "INSERT INTO task (kind, userid, chat_id, due_at, status) VALUES ('group_post', 's1', 'g1', ?1, ?2)",
            (due, status),
        )
        .unwrap();
    }
    shop
}

#[test]
fn the_worked_group_scores_63_5_and_is_watched() {
    let shop = worked_group();
    let page = json(&shop, "2026-03-17 10:00", &["groups"]);
    let group = row(&page, "chat_id", "g1");
    let points: Vec<f64> = group["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| {
            p["score"].as_f64().map_or(-1.0, |s| {
                (s * p["weight"].as_f64().unwrap() * 100.0).round() / 100.0
            })
        })
        .collect();
    let expected = [8.89, 8.55, 5.93, 7.71, 8.89, 4.44, 7.73, -1.0, 8.21];
    assert_eq!(format!("{points:?}"), format!("{expected:?}"));
    is(&group["health"], 63.53, 0.01);
    assert_eq!(
        (group["band"].as_str(), group["coverage"].as_f64()),
        (Some("watch"), Some(95.0))
    );
}

#[test]
fn the_worked_gap_is_conversions_fault() {
    // A tenth of the example: 4,600 users of 5,000, 161 buyers (3.5 % of 4.0 %), ¥132 of ¥120.
    let mut steps = "campaign_id,step,person_key,at\n".to_owned();
    for n in 0..4_600 {
        writeln!(steps, "1,clicked,p{n},2026-03-02 10:00").unwrap();
    }
    let mut orders = "order_id,external_userid,paid_at,paid_yuan,status,campaign_id\n".to_owned();
    for n in 0..161 {
        writeln!(orders, "o{n},p{n},2026-03-02 11:00,132,paid,1").unwrap();
    }
    let shop = imported(&[
        (
            "campaigns",
            "campaign_id,name,starts_at,ends_at,status\n1,三月,2026-03-01 00:00,2026-04-01 00:00,running\n",
        ),
        ("campaign-steps", &steps),
        ("orders", &orders),
        (
            "targets",
            "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n\
             gmv,campaign,1,campaign,2026-03-01,2026-03-31,24000\nusers,campaign,1,campaign,2026-03-01,2026-03-31,5000\n\
             conversion,campaign,1,campaign,2026-03-01,2026-03-31,4%\nvalue_per_buyer,campaign,1,campaign,2026-03-01,2026-03-31,120\n",
        ),
    ]);
    // The tenth day of thirty-one: pace and forecast.
    let page = json(&shop, "2026-03-11 00:00", &["kpi", "1"]);
    let split = &page["split"];
    is(&split["gap_yuan"], -2_748.0, 1e-6);
    for (part, expected) in [-1_884.3, -3_017.6, 2_153.8].into_iter().enumerate() {
        is(&split["parts"][part]["yuan"], expected, 0.06);
    }
    let gmv = row(&page, "path", "gmv");
    is(&gmv["achievement"], 0.8855, 1e-9);
    // Money over money is printed in yuan on both sides.
    let attained = &row(&page, "path", "attainment")["actual"];
    is(&attained["num"], 21_252.0, 1e-9);
    is(&attained["den"], 24_000.0, 1e-9);
    is(&gmv["pace"], 0.8855 / (10.0 / 31.0), 1e-4);
    is(&gmv["forecast"], 65_881.2, 0.01);
    assert_eq!(gmv["band"], "missed");
}

#[test]
fn ranks_are_1_2_2_4_and_equals_stand_by_achievement() {
    let mut orders =
        "order_id,external_userid,paid_at,paid_yuan,status,credited_userid\n".to_owned();
    let mut targets =
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n"
            .to_owned();
    for (id, fen, target) in [
        ("a", 100, "83.33"),
        ("b", 90, "100"),
        ("c", 90, "81.81"),
        ("d", 80, "80"),
    ] {
        writeln!(orders, "o{id},p{id},2026-03-02 11:00,{fen},paid,{id}").unwrap();
        writeln!(
            targets,
            "net_gmv_refund,staff,{id},month,2026-03-01,2026-03-31,{target}"
        )
        .unwrap();
    }
    let shop = imported(&[
        ("staff", "userid,name\na,甲\nb,乙\nc,丙\nd,丁\ne,戊\n"),
        ("orders", &orders),
        ("targets", &targets),
    ]);
    let page = json(&shop, "2026-03-20 12:00", &["board", "--period", "2026-03"]);
    let found: Vec<(i64, &str)> = rows(&page)
        .iter()
        .map(|r| (r["rank"].as_i64().unwrap(), r["userid"].as_str().unwrap()))
        .collect();
    assert_eq!(found, [(1, "a"), (2, "c"), (2, "b"), (4, "d"), (5, "e")]);
    let board = ["board", "--metric", "achievement", "--period", "2026-03"];
    let achieved = &json(&shop, "2026-03-20 12:00", &board);
    let b = &row(achieved, "userid", "b")["achievement"];
    is(&b["value"], 0.9, 1e-9);
    is(&b["num"], 90.0, 1e-9);
    is(&b["den"], 100.0, 1e-9);
    let next: Vec<Option<f64>> = rows(&page).iter().map(|r| r["to_next"].as_f64()).collect();
    assert_eq!(next, [None, Some(10.0), Some(10.0), Some(10.0), Some(80.0)]);
}

/// All but f and g net 100 in March: a at once, b in two orders, c after a refund, d in its last second, e after a refund
/// of an order of February, h with an order of nothing thereafter. f sold in April's first second, g never.
fn tied() -> Shop {
    let orders = [
        ("a", "2026-03-02 11:00", 100),
        ("b", "2026-03-01 10:00", 60),
        ("b", "2026-03-03 09:00", 40),
        ("c", "2026-03-02 08:00", 130),
        ("d", "2026-03-31 23:59:59", 100),
        ("e", "2026-02-28 23:59:59", 100),
        ("e", "2026-03-01 00:00:00", 150),
        ("f", "2026-04-01 00:00:00", 100),
        ("h", "2026-03-04 10:00", 100),
        ("h", "2026-03-30 10:00", 0),
    ];
    let (mut people, mut sold) = (
        "external_userid\n".to_owned(),
        "order_id,external_userid,paid_at,paid_yuan,status,credited_userid\n".to_owned(),
    );
    for (n, (id, at, yuan)) in orders.into_iter().enumerate() {
        writeln!(people, "p{n}").unwrap();
        writeln!(sold, "o{n},p{n},{at},{yuan},paid,{id}").unwrap();
    }
    imported(&[
        (
            "staff",
            "userid,name\na,甲\nb,乙\nc,丙\nd,丁\ne,戊\nf,己\ng,庚\nh,辛\n",
        ),
        ("customers", &people),
        ("orders", &sold),
        (
            "refunds",
            "refund_id,order_id,refunded_at,amount_yuan\nR1,o3,2026-03-02 12:00,30\nR2,o5,2026-03-05 09:00,50\n",
        ),
    ])
}

#[test]
fn equals_stand_by_who_reached_their_value_first() {
    let shop = tied();
    for filter in [None, Some("gender:unknown")] {
        for (metric, expected) in [
            (
                "net-gmv",
                [
                    (1, "a", "2026-03-02T11:00:00+08:00"),
                    (1, "c", "2026-03-02T12:00:00+08:00"),
                    (1, "b", "2026-03-03T09:00:00+08:00"),
                    (1, "h", "2026-03-04T10:00:00+08:00"),
                    (1, "e", "2026-03-05T09:00:00+08:00"),
                    (1, "d", "2026-03-31T23:59:59+08:00"),
                    (7, "f", ""),
                    (7, "g", ""),
                ],
            ),
            (
                "gmv",
                [
                    (1, "e", ""),
                    (2, "c", ""),
                    (3, "a", "2026-03-02T11:00:00+08:00"),
                    (3, "b", "2026-03-03T09:00:00+08:00"),
                    (3, "h", "2026-03-04T10:00:00+08:00"),
                    (3, "d", "2026-03-31T23:59:59+08:00"),
                    (7, "f", ""),
                    (7, "g", ""),
                ],
            ),
            (
                "orders",
                [
                    (1, "b", "2026-03-03T09:00:00+08:00"),
                    (1, "h", "2026-03-30T10:00:00+08:00"),
                    (3, "e", "2026-03-01T00:00:00+08:00"),
                    (3, "c", "2026-03-02T08:00:00+08:00"),
                    (3, "a", "2026-03-02T11:00:00+08:00"),
                    (3, "d", "2026-03-31T23:59:59+08:00"),
                    (7, "f", ""),
                    (7, "g", ""),
                ],
            ),
        ] {
            let mut asked = vec!["board", "--metric", metric, "--period", "2026-03"];
            asked.extend(filter);
            let page = json(&shop, "2026-04-10 12:00", &asked);
            let found: Vec<(i64, &str, &str)> = rows(&page)
                .iter()
                .map(|r| {
                    (
                        r["rank"].as_i64().unwrap(),
                        r["userid"].as_str().unwrap(),
                        r["reached_at"].as_str().unwrap_or(""),
                    )
                })
                .collect();
            assert_eq!(found, expected, "{metric} {filter:?}");
        }
    }
}
