//! `metrics`, `kpi` and campaigns against a plain query.

use crate::shop::{NOW, Shop};
use crate::{imported, metrics, metrics_of};
use serde_json::Value;

#[test]
fn metrics_tell_what_the_period_adds_up_to() {
    let shop = Shop::new();
    imported(&shop);
    shop.write(
        "before.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\np1,wm1,2026-02-05,10.00,paid\n",
    );
    shop.good(&["import", "orders", "before.csv", "-w", "w.db"]);
    let values = metrics(&shop, "w.db");
    // Eight paid orders: 100.50 + 20 + 100 + 0 + 500 + 60 + 60 + 9000, of which 20 were given back.
    assert_eq!(values["gmv"], 9840.5);
    assert_eq!(values["net_gmv_refund"], 9820.5);
    assert_eq!(values["orders"], 8);
    assert_eq!(values["buyers"], 5);
    assert_eq!(values["aov"], 1230.06);
    assert_eq!(values["data_match"]["num"], 7.0);
    // Standing purchases on two days: wm1 and wm4; wm2's second order was worth nothing. Only wm1 had bought before.
    assert_eq!(values["repurchase_rate"]["num"], 2.0);
    assert_eq!(values["repurchase_rate"]["den"], 5.0);
    assert_eq!(values["returning_share"]["num"], 1.0);
    assert_eq!(values["items_per_order"]["note"], "not_measured");
    for code in ["adds", "customers", "members", "group_exit_rate"] {
        assert_eq!(values[code]["note"], "not_measured", "{code}");
    }
}

/// Whoever deleted us is with nobody now, and still left somebody of a department.
#[test]
fn comings_and_goings_of_a_department_are_those_of_its_staff() {
    let shop = Shop::new();
    shop.demo("demo.db", 2_000);
    let conn = shop.connection("demo.db");
    let of = |dept: i64, kind: &str| -> i64 {
        let sql = "WITH RECURSIVE below(id) AS (
                     VALUES (?1) UNION SELECT dept_id FROM department JOIN below ON parent_id = below.id)
                   SELECT count(*) FROM follow_event JOIN staff USING (userid) JOIN below ON main_dept_id = below.id
                   WHERE biz_date BETWEEN '2026-03-01' AND '2026-03-31' AND kind = ?2";
        conn.query_row(sql, (dept, kind), |row| row.get(0)).unwrap()
    };
    let depts: Vec<i64> = conn
        .prepare("SELECT dept_id FROM department ORDER BY 1 LIMIT 6")
        .and_then(|mut found| found.query_map([], |row| row.get(0))?.collect())
        .unwrap();
    let (mut lost_in_all, mut shared_in_all) = (0, 0);
    for dept in depts {
        let node = dept.to_string();
        let values = metrics_of(&shop, "demo.db", &["--org", &node]);
        let lost = of(dept, "del_by_customer");
        assert_eq!(values["lost"], lost, "{node}");
        assert_eq!(values["adds"], of(dept, "add"), "{node}");
        let net = of(dept, "add") - lost - of(dept, "del_by_staff");
        assert_eq!(values["net_adds"], net, "{node}");
        lost_in_all += lost;
        let relations = |of: &str| -> i64 {
            let sql = format!(
                "WITH RECURSIVE below(id) AS (
                   VALUES (?1) UNION SELECT dept_id FROM department JOIN below ON parent_id = below.id),
                 own AS (SELECT userid FROM staff JOIN below ON main_dept_id = below.id)
                 SELECT count(*) FROM follow f WHERE f.status = 'active' AND {of}"
            );
            conn.query_row(&sql, [dept], |row| row.get(0)).unwrap()
        };
        let own = relations("f.userid IN (SELECT userid FROM own)");
        assert_eq!(values["relations"], own, "{node}");
        let of_customers = relations(
            "f.external_userid IN (SELECT external_userid FROM follow WHERE is_owner = 1 AND userid IN (SELECT userid FROM own))",
        );
        shared_in_all += i64::from(own != of_customers);
    }
    assert!(lost_in_all > 0 && shared_in_all > 0);
}

#[test]
fn metrics_of_a_demo_are_those_a_plain_query_gives() {
    let shop = Shop::new();
    shop.demo("demo.db", 400);
    let conn = shop.connection("demo.db");
    let one = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, f64>(0)).unwrap();
    let values = metrics(&shop, "demo.db");
    let inside = "biz_date BETWEEN '2026-03-01' AND '2026-03-31'";
    for (code, sql) in [
        (
            "gmv",
            format!("SELECT sum(paid_fen) / 100.0 FROM v_paid WHERE {inside}"),
        ),
        (
            "net_gmv_order",
            format!("SELECT sum(paid_fen - refund_fen) / 100.0 FROM v_paid WHERE {inside}"),
        ),
        (
            "buyers",
            format!(
                "SELECT count(DISTINCT coalesce(external_userid, 'x' || buyer_key)) * 1.0 FROM v_paid WHERE {inside}"
            ),
        ),
        (
            "adds",
            format!("SELECT count(*) * 1.0 FROM follow_event WHERE kind = 'add' AND {inside}"),
        ),
        (
            "relations",
            "SELECT count(*) * 1.0 FROM follow WHERE status = 'active'".to_owned(),
        ),
        (
            "spend",
            "SELECT sum(net_fen) / 100.0 FROM v_valid JOIN customer USING (external_userid)"
                .to_owned(),
        ),
    ] {
        assert_eq!(values[code].as_f64(), Some(one(&sql)), "{code}");
    }
    assert!(values["members"].as_u64() > Some(0));
    // The mean over all first replies of the groups listed, not a mean of means: Σ seconds ÷ Σ replies ÷ 60.
    let listed: Value = serde_json::from_str(&shop.good(&[
        "groups", "--as-of", NOW, "--format", "json", "-w", "demo.db",
    ]))
    .unwrap();
    let day = NOW.split(' ').next().unwrap();
    let ids: Vec<String> = listed["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("'{}'", row["chat_id"].as_str().unwrap()))
        .collect();
    let replies = one(&format!(
        "SELECT sum(first_reply_s_sum) / 60.0 / sum(first_reply_n) FROM group_day WHERE chat_id IN ({})
           AND biz_date BETWEEN date('{day}', '-7 days') AND date('{day}', '-1 day')
           AND first_reply_s_sum IS NOT NULL AND first_reply_n IS NOT NULL",
        ids.join(",")
    ));
    let told = values["group_first_reply"].as_f64().unwrap();
    assert!((told - replies).abs() < 0.05, "{told} {replies}");
    assert!(values["group_exit_rate"]["den"].as_f64() > Some(0.0));
    let table = shop.good(&["metrics", "-w", "demo.db"]);
    assert!(table.contains("未测量"), "{table}");
}

#[test]
fn metrics_of_a_campaign_are_those_of_its_tree_and_money_at_risk_that_of_the_list() {
    let shop = Shop::new();
    shop.demo("demo.db", 400);
    let values = metrics(&shop, "demo.db");
    let kpi: Value = serde_json::from_str(
        &shop.good(&["kpi", "--as-of", NOW, "--format", "json", "-w", "demo.db"]),
    )
    .unwrap();
    let mut told = 0;
    for node in kpi["rows"].as_array().unwrap() {
        let code = node["code"].as_str().unwrap();
        if ["attainment", "users", "conversion", "reached"].contains(&code)
            || code.ends_with("_rate")
        {
            assert_eq!(values[code], node["actual"], "{code}");
            told += 1;
        }
    }
    assert_eq!(told, 9);
    let at_risk: f64 = shop
        .good(&[
            "list",
            "customers",
            "--as-of",
            NOW,
            "--format",
            "jsonl",
            "-w",
            "demo.db",
        ])
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| row["value_at_risk_yuan"].as_f64().unwrap_or(0.0))
        .sum();
    let said = values["value_at_risk"].as_f64().unwrap();
    assert!(
        at_risk > 0.0 && (said - at_risk).abs() < 0.005,
        "{said} {at_risk}"
    );
}

#[test]
fn a_campaign_is_meant_by_its_number_then_by_its_name_then_by_a_part_of_one() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let campaigns = "campaign_id,name,starts_at,ends_at\n1,会员日,2026-03-01,2026-03-02\n\
        2,双11,2026-11-10,2026-11-12\n3,双11预热,2026-11-01,2026-11-05\n4,第1场,2026-11-06,2026-11-07\n";
    shop.write("campaigns.csv", campaigns);
    shop.good(&["import", "campaigns", "campaigns.csv", "-w", "w.db"]);
    for (wanted, meant) in [("1", 1), ("双11", 2), ("预热", 3), ("第", 4)] {
        let kpi = shop.good(&[
            "kpi", wanted, "--format", "json", "--as-of", NOW, "-w", "w.db",
        ]);
        let kpi: Value = serde_json::from_str(&kpi).unwrap();
        assert_eq!(kpi["campaign"]["id"], meant, "{wanted}: {kpi}");
    }
    let gave = shop.run(&["kpi", "双", "--as-of", NOW, "-w", "w.db"]);
    assert_eq!(gave.code, 2);
    assert!(gave.err.contains("2 双11, 3 双11预热"), "{}", gave.err);
}
