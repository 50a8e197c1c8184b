//! Targets of a whole workspace and of a department, held against figures counted by hand, wherever they are told.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use serde_json::{Value, json};
use shop::Shop;

/// Fifteen of the thirty-one days of March have passed.
const NOW: &str = "2026-03-16 00:00";

/// Two stores under one roof. East's An and Bo sold 100 + 200, of which 40 were given back; West's Cai sold 300; 50 were
/// credited to nobody, of which 5 were given back, and 70 came from a stranger: 720 in all, 675 net.
const ROWS: [(&str, &str); 6] = [
    (
        "departments",
        "dept_id,parent_id,name,kind\n1,,全国,region\n2,1,东店,store\n3,1,西店,store\n",
    ),
    (
        "staff",
        "userid,name,role,main_dept_id,wecom_status\nan,安,sales,2,1\nbo,柏,sales,2,1\ncai,蔡,sales,3,1\n",
    ),
    ("customers", "external_userid,name\nc1,甲\nc2,乙\nc3,丙\n"),
    (
        "follows",
        "userid,external_userid,added_at,status,is_owner\n\
         an,c1,2026-03-01 10:00,active,1\nbo,c2,2026-03-01 10:00,active,1\ncai,c3,2026-03-01 10:00,active,1\n",
    ),
    (
        "orders",
        "order_id,external_userid,paid_at,paid_yuan,status,credited_userid,buyer_key\n\
         o1,c1,2026-03-02,100.00,paid,an,\no2,c2,2026-03-03,200.00,paid,bo,\no3,c3,2026-03-04,300.00,paid,cai,\n\
         o4,c3,2026-03-05,50.00,paid,,\no5,,2026-03-06,70.00,paid,,somebody\n",
    ),
    (
        "refunds",
        "refund_id,order_id,refunded_at,amount_yuan\nr1,o2,2026-03-07,40.00\nr2,o4,2026-03-08,5.00\n",
    ),
];

const TARGETS: &str = "gmv 1000 --period 2026-03
gmv 5000 --period 2026-W11
adds 10 --period 2026-03
gmv 150 --for staff:an --period 2026-03
net_gmv_refund 520 --for dept:2 --period 2026-03";

fn shop() -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for (kind, text) in ROWS {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
    for line in TARGETS.lines() {
        let mut arguments = vec!["target", "set"];
        arguments.extend(line.split(' '));
        arguments.extend(["-w", "w.db"]);
        shop.good(&arguments);
    }
    shop
}

/// What a command says of March, or of another period, as JSON.
fn said(shop: &Shop, period: &str, command: &str) -> Value {
    let mut arguments: Vec<&str> = command.split(' ').collect();
    arguments.extend([
        "--period", period, "--as-of", NOW, "--format", "json", "-w", "w.db",
    ]);
    serde_json::from_str(&shop.good(&arguments)).unwrap()
}

/// Code, actual, target, gap and achievement of the goals of a board.
fn goals(page: &Value) -> Vec<(String, Value, Value, Value, Value)> {
    let goals = page["goals"].as_array().unwrap().iter();
    let told = goals.map(|goal| {
        (
            goal["metric"].as_str().unwrap().to_owned(),
            goal["actual"].clone(),
            goal["target"].clone(),
            goal["gap"].clone(),
            goal["achievement"]["value"].clone(),
        )
    });
    told.collect()
}

fn row<'a>(page: &'a Value, code: &str) -> &'a Value {
    let mut rows = page["rows"].as_array().unwrap().iter();
    rows.find(|row| row["code"] == code).unwrap()
}

/// 0.72 after 15 of 31 days.
fn is_the_pace(pace: &Value) -> bool {
    (pace.as_f64().unwrap() - 0.72 * 31.0 / 15.0).abs() < 1e-9
}

#[test]
fn the_workspace_is_held_against_its_own_target_with_what_nobody_is_credited_with() {
    let shop = shop();
    let board = said(&shop, "2026-03", "board");
    let wanted = (
        "gmv".to_owned(),
        json!(720.0),
        json!(1_000.0),
        json!(-280.0),
        json!(0.72),
    );
    assert_eq!(goals(&board).first(), Some(&wanted));
    assert!(is_the_pace(&board["goals"][0]["pace"]));
    // Nobody has events of adds: the ten that were to be added are held against nothing, and nobody is first of them.
    let adds = board["goals"]
        .as_array()
        .unwrap()
        .iter()
        .find(|g| g["metric"] == "adds")
        .unwrap();
    assert_eq!(
        (&adds["target"], &adds["achievement"]["value"]),
        (&json!(10), &Value::Null)
    );
    let ranked = said(&shop, "2026-03", "board --metric adds");
    let is_unranked = |row: &Value| row["rank"].is_null() || row["rank"]["value"].is_null();
    assert!(
        ranked["rows"].as_array().unwrap().iter().all(is_unranked),
        "{ranked}"
    );
    // Rows and what is on nobody's row come to the whole in the measure of the board: 560 + 115, 600 + 120.
    assert_eq!(
        (&board["total"], &board["uncredited"]),
        (&json!(560.0), &json!(115.0))
    );
    // The one who has a target of her own: 100 of 150, beside that of all and not in it.
    let gross = said(&shop, "2026-03", "board --metric gmv");
    assert_eq!(
        (&gross["total"], &gross["uncredited"]),
        (&json!(600.0), &json!(120.0))
    );
    assert_eq!(gross["with_target"]["amount"], 100.0);
    assert_eq!(gross["with_target"]["target"], 150.0);

    let metrics = said(&shop, "2026-03", "metrics");
    let gmv = row(&metrics, "gmv");
    assert_eq!(
        (&gmv["value"], &gmv["target"]),
        (&json!(720.0), &json!(1_000.0))
    );
    assert_eq!(
        (&gmv["gap"], &gmv["achievement"]["value"]),
        (&json!(-280.0), &json!(0.72))
    );
    assert!(is_the_pace(&gmv["pace"]));
    assert_eq!(
        row(&metrics, "net_gmv_refund")["target"]["note"],
        "no_value"
    );

    let report = said(&shop, "2026-03", "report daily");
    let told = report["result"]["figures"][0]["target"].clone();
    assert_eq!(told["target"], 1_000.0);
    assert!(is_the_pace(&told["pace"]));
}

#[test]
fn a_department_is_held_against_its_own_target_and_its_parent_is_not() {
    let shop = shop();
    let board = said(&shop, "2026-03", "board --org 东店");
    let wanted = (
        "net_gmv_refund".to_owned(),
        json!(260.0),
        json!(520.0),
        json!(-260.0),
        json!(0.5),
    );
    assert_eq!(goals(&board), [wanted]);
    let metrics = said(&shop, "2026-03", "metrics --org 东店");
    let net = row(&metrics, "net_gmv_refund");
    assert_eq!(
        (&net["value"], &net["gap"]),
        (&json!(260.0), &json!(-260.0))
    );
    assert_eq!(row(&metrics, "gmv")["target"]["note"], "no_value");
    for org in ["西店", "全国"] {
        let board = said(&shop, "2026-03", &format!("board --org {org}"));
        assert_eq!(goals(&board), [], "{org}");
    }
}

#[test]
fn another_period_is_held_against_no_target_of_this_one() {
    let shop = shop();
    for period in ["2026-02", "30d", "2026-03-01..2026-03-15", "quarter"] {
        let board = said(&shop, period, "board");
        assert_eq!(goals(&board), [], "{period}");
        let metrics = said(&shop, period, "metrics");
        let gmv = row(&metrics, "gmv");
        assert_eq!(gmv["target"]["note"], "no_value", "{period}");
        assert_eq!(gmv["achievement"]["value"], Value::Null, "{period}");
    }
    // The ninth to the fifteenth sold nothing, and were to sell 5,000.
    let week = said(&shop, "2026-W11", "board");
    let wanted = (
        "gmv".to_owned(),
        json!(0.0),
        json!(5_000.0),
        json!(-5_000.0),
        json!(0.0),
    );
    assert_eq!(goals(&week), [wanted]);
    // What a filter leaves of it is held against nothing.
    let part = said(&shop, "2026-03", "board spend>100");
    assert_eq!(goals(&part), []);
}

#[test]
fn the_target_of_all_is_on_the_board_and_on_the_projector() {
    let shop = shop();
    let frame = |pane: &str, size: &str| {
        shop.good(&[
            "snapshot", "--pane", pane, "--size", size, "--period", "2026-03", "--as-of", NOW,
            "--lang", "zh", "-w", "w.db",
        ])
    };
    let places = [
        ("board", "80x24"),
        ("board", "120x40"),
        ("kpi", "80x24"),
        ("overview", "120x40"),
        ("present", "100x30"),
    ];
    for (pane, size) in places {
        let drawn = frame(pane, size);
        for part in ["1,000", "148.8%", "−280"] {
            assert!(drawn.contains(part), "{part} on {pane} {size}:\n{drawn}");
        }
    }
    // A campaign that sold nothing is told below the month, not instead of it.
    shop.write(
        "campaigns.csv",
        "campaign_id,name,kind,status,starts_at,ends_at\n1,春上新,brand,running,2026-03-10,2026-03-20\n",
    );
    shop.good(&["import", "campaigns", "campaigns.csv", "-w", "w.db"]);
    shop.good(&[
        "target",
        "set",
        "gmv",
        "400",
        "--for",
        "campaign:1",
        "-w",
        "w.db",
    ]);
    let drawn = frame("present", "100x30");
    let at = |part: &str| {
        drawn
            .find(part)
            .unwrap_or_else(|| panic!("{part} in\n{drawn}"))
    };
    assert!(at("1,000") < at("−280") && at("−280") < at("春上新") && at("春上新") < at("400"));
    let drawn = frame("kpi", "80x24");
    assert!(drawn.find("1,000") < drawn.find("400"), "{drawn}");
    let kpi = said(&shop, "2026-03", "kpi");
    assert_eq!(kpi["goals"][0]["gap"], -280.0);
    assert_eq!(kpi["rows"][1]["target"], 400.0);
}

#[test]
fn a_department_is_held_against_what_its_staff_are_credited_with_wherever_it_is_told() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for (kind, text) in [
        (
            "departments",
            "dept_id,parent_id,name,kind\n1,,全国,region\n2,1,东店,store\n3,1,西店,store\n",
        ),
        (
            "staff",
            "userid,name,role,main_dept_id,wecom_status\njia,甲,sales,2,1\nyi,乙,sales,3,1\n",
        ),
        ("customers", "external_userid,name\nc1,客\n"),
        (
            "follows",
            "userid,external_userid,added_at,status,is_owner\njia,c1,2026-03-01 10:00,active,1\n",
        ),
        (
            "orders",
            "order_id,external_userid,paid_at,paid_yuan,status,credited_userid\n\
            o1,c1,2026-03-02,100.00,paid,jia\no2,c1,2026-03-03,25.00,paid,yi\n",
        ),
    ] {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
    let set = "target set gmv 100 --for dept:2 --period 2026-03 -w w.db";
    shop.good(&set.split(' ').collect::<Vec<_>>());
    let is_met = |goal: &Value, told: &str| {
        let actual = goal["actual"].as_f64();
        assert_eq!(
            (actual, &goal["band"]),
            (Some(100.0), &json!("met")),
            "{told} {goal}"
        );
    };
    for command in ["board --org 2", "kpi --org 2"] {
        is_met(&said(&shop, "2026-03", command)["goals"][0], command);
    }
    let report = said(&shop, "2026-03", "report daily --org 2");
    let figures = report["result"]["figures"].as_array().unwrap();
    let line = figures.iter().find(|line| line["code"] == "gmv").unwrap();
    assert_eq!(line["value"], json!(125.0), "{line}");
    is_met(&line["target"], "report");
    let metrics = said(&shop, "2026-03", "metrics --org 2");
    let gmv = row(&metrics, "gmv");
    assert_eq!(
        (&gmv["achievement"]["value"], &gmv["value"]),
        (&json!(1.0), &json!(125.0)),
        "{gmv}"
    );
    let chat = [
        "report", "daily", "--org", "2", "--period", "2026-03", "--as-of", NOW, "-w", "w.db",
    ];
    let text = shop.good(&chat);
    assert!(
        text.contains("  员工名下 100\n  目标 100: 100.0% 达成"),
        "{text}"
    );
}

#[test]
fn a_mean_that_is_shown_rounded_is_held_as_it_is_and_a_target_rate_has_no_base() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.write("customers.csv", "external_userid,name\nc1,客\n");
    shop.write(
        "orders.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\n\
         o1,c1,2026-03-02,150.00,paid\no2,c1,2026-03-03,150.00,paid\no3,c1,2026-03-04,149.99,paid\n",
    );
    for kind in ["customers", "orders"] {
        shop.good(&["import", kind, &format!("{kind}.csv"), "-w", "w.db"]);
    }
    for line in [
        "aov 150 --period 2026-03",
        "returning_share 50% --period 2026-03",
    ] {
        let mut arguments = vec!["target", "set"];
        arguments.extend(line.split(' '));
        arguments.extend(["-w", "w.db"]);
        shop.good(&arguments);
    }
    let metrics = said(&shop, "2026-03", "metrics");
    let achieved = row(&metrics, "aov")["achievement"]["value"]
        .as_f64()
        .unwrap();
    assert!(achieved < 1.0 && achieved > 0.9999, "{achieved}");
    assert_eq!(
        row(&metrics, "returning_share")["target"]["num"],
        Value::Null
    );
    let evening = [
        "report", "evening", "--period", "2026-03", "--as-of", NOW, "-w", "w.db",
    ];
    let text = shop.good(&evening);
    assert!(text.contains("目标 150: 99.9% 暂未达成"), "{text}");
    assert!(text.contains("目标 50.0%:"), "{text}");
}

#[test]
fn a_target_is_set_for_a_name_that_only_one_has_and_refused_with_who_there_is() {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    shop.write(
        "staff.csv",
        "userid,name\nlinxia,林霞\nzs01,王芳\nzs02,王芳\n",
    );
    shop.good(&["import", "staff", "staff.csv", "-w", "w.db"]);
    let set = |whom: &str, value: &str| {
        shop.run(&[
            "target", "set", "gmv", value, "--for", whom, "--period", "2026-03", "-w", "w.db",
        ])
    };
    for whom in ["staff:林霞", "员工:林霞"] {
        let gave = set(whom, "7万");
        assert!(
            gave.out.contains("staff:linxia"),
            "{} {}",
            gave.out,
            gave.err
        );
    }
    for (whom, value, why) in [
        ("staff:王芳", "1万", "zs01, zs02"),
        ("staff:林夏", "1万", "did you mean 林霞?"),
        ("staff:林霞", "-1", "it is negative"),
    ] {
        let gave = set(whom, value);
        assert_eq!(gave.code, 2, "{} {}", gave.out, gave.err);
        assert!(gave.err.contains(why), "{}", gave.err);
    }
    // What an earlier version let in by name can be taken away.
    let sql = "UPDATE kpi_target SET subject_id = '林某'";
    shop.connection("w.db").execute(sql, []).unwrap();
    let arguments = [
        "target",
        "remove",
        "gmv",
        "--for",
        "staff:林某",
        "--period",
        "2026-03",
        "-w",
        "w.db",
    ];
    shop.good(&arguments);
}

/// A shop with a campaign from a day of March to its 20th.
fn with_campaign(shop: &Shop, from: &str) {
    let row = format!(
        "campaign_id,name,kind,status,starts_at,ends_at\n1,spring,brand,running,{from},2026-03-20\n"
    );
    shop.write("campaigns.csv", &row);
    shop.good(&["import", "campaigns", "campaigns.csv", "-w", "w.db"]);
}

/// A target of gmv, set with more arguments.
fn aimed(shop: &Shop, value: &str, more: &[&str]) -> (i32, String) {
    let mut arguments = vec!["target", "set", "gmv", value, "-w", "w.db"];
    arguments.extend(more);
    let gave = shop.run(&arguments);
    (gave.code, format!("{}{}", gave.out, gave.err))
}

#[test]
fn a_bound_that_contradicts_its_target_is_refused_also_one_that_stood_before() {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    let month = ["--period", "2026-03"];
    let with = |more: [&'static str; 2]| [&month[..], &more[..]].concat();
    let (code, said) = aimed(&shop, "100", &with(["--stretch", "50"]));
    assert!(
        code != 0 && said.contains("stretch of gmv falls short"),
        "{said}"
    );
    let (code, said) = aimed(&shop, "100", &with(["--floor", "200"]));
    assert!(
        code != 0 && said.contains("floor of gmv lies beyond"),
        "{said}"
    );
    assert_eq!(aimed(&shop, "4000", &with(["--stretch", "5000"])).0, 0);
    let (code, said) = aimed(&shop, "24000", &month);
    assert!(code != 0 && said.contains("give --stretch"), "{said}");
    assert_eq!(aimed(&shop, "24000", &with(["--stretch", "30000"])).0, 0);
    let list = shop.good(&["target", "list", "--format", "csv", "-w", "w.db"]);
    assert!(list.contains("24000") && list.contains("30000"), "{list}");
}

#[test]
fn what_nothing_is_held_against_has_no_target() {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    with_campaign(&shop, "2026-03-10");
    let set = |code: &str, more: &[&str]| {
        let mut arguments = vec!["target", "set", code, "7", "-w", "w.db"];
        arguments.extend(more);
        shop.run(&arguments)
    };
    for code in [
        "attainment",
        "group_health",
        "rfm",
        "tag_share",
        "users",
        "pay_rate",
    ] {
        let gave = set(code, &[]);
        assert_eq!(gave.code, 2, "{code}: {}", gave.out);
        assert!(
            gave.err.contains("metrics that can have one: gmv, "),
            "{}",
            gave.err
        );
    }
    assert_eq!(set("users", &["--for", "campaign:1"]).code, 0);
    assert_eq!(set("customers", &[]).code, 0);
}

#[test]
fn a_campaign_whose_dates_moved_has_one_target_and_a_months_is_none_of_its() {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    with_campaign(&shop, "2026-03-10");
    let held = || said(&shop, "2026-03", "kpi")["rows"][1]["target"].clone();
    let campaign = ["--for", "campaign:1"];
    assert_eq!(aimed(&shop, "10000", &campaign).0, 0);
    let (code, refused) = aimed(&shop, "7", &["--for", "campaign:1", "--period", "2026-02"]);
    assert!(
        code == 2 && refused.contains("leave --period out"),
        "{refused}"
    );
    with_campaign(&shop, "2026-03-11");
    assert_eq!(held(), 10000.0);
    let (_, receipt) = aimed(&shop, "20000", &campaign);
    assert!(
        receipt.contains("10000.00") && receipt.contains("20000.00"),
        "{receipt}"
    );
    assert_eq!(held(), 20000.0);
    let conn = shop.connection("w.db");
    let rows = "SELECT group_concat(period_start || ' ' || target_value) FROM kpi_target";
    let kept = || {
        conn.query_row(rows, [], |row| row.get::<_, Option<String>>(0))
            .unwrap()
    };
    assert_eq!(kept().as_deref(), Some("2026-03-11 2000000.0"));
    shop.good(&["undo", "-w", "w.db"]);
    assert_eq!(kept().as_deref(), Some("2026-03-10 1000000.0"));
    // What a file brought beside it: of two the one of the days as they are, and never a month's.
    for (kind, start, fen) in [
        ("campaign", "2026-03-11", 300),
        ("campaign", "2026-03-01", 400),
        ("month", "2026-03-01", 500),
    ] {
        conn.execute(
            "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value)
             VALUES ('gmv', 'campaign', '1', ?1, ?2, '2026-03-31', ?3)",
            rusqlite::params![kind, start, fen],
        )
        .unwrap();
    }
    assert_eq!(held(), 3.0);
    shop.good(&[
        "target",
        "remove",
        "gmv",
        "--for",
        "campaign:1",
        "-w",
        "w.db",
    ]);
    assert_eq!(kept().as_deref(), Some("2026-03-01 500.0"));
    assert!(!held().is_number(), "{}", held());
}

#[test]
fn a_miss_is_told_by_its_pace_until_the_period_is_over() {
    let shop = shop();
    let an = |at: &str| {
        let command = ["board", "--metric", "gmv", "--period", "2026-03", "--as-of"];
        let rest = [at, "--format", "json", "-w", "w.db"];
        let page: Value =
            serde_json::from_str(&shop.good(&[&command[..], &rest].concat())).unwrap();
        let rows = page["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["userid"] == "an").unwrap();
        (row["band"].clone(), row["course"].clone())
    };
    let told = |band: &str, course: &str| (json!(band), json!(course));
    // 100 of 150 yuan: ahead after fifteen days of thirty-one, on pace after twenty, behind after twenty-five.
    assert_eq!(an(NOW), told("missed", "ahead"));
    assert_eq!(an("2026-03-21 00:00:00"), told("missed", "on_pace"));
    assert_eq!(an("2026-03-26 00:00:00"), told("missed", "behind"));
    assert_eq!(an("2026-04-01 00:00:00"), told("missed", "missed"));
    let text = |at: &str| {
        let morning = ["report", "morning", "--as-of", at, "-w", "w.db"];
        let board = ["board", "--metric", "gmv", "--period", "2026-03", "--as-of"];
        let board = [&board[..], &[at, "-w", "w.db"]].concat();
        shop.good(&morning) + &shop.good(&board)
    };
    let running = text("2026-03-26 09:00");
    assert!(!running.contains("未达成"), "{running}");
    assert!(
        running.contains("72.0% 落后") && running.contains("66.6%  落后"),
        "{running}"
    );
    let over = text("2026-04-01 09:00");
    assert!(
        over.contains("72.0% 未达成") && over.contains("66.6%  未达成"),
        "{over}"
    );
    assert!(!over.contains("落后"), "{over}");
    // 675 of 1,000 gross is 720: the whole is told alike.
    let goal = &said(&shop, "2026-03", "board --metric gmv")["goals"][0];
    assert_eq!(
        (&goal["band"], &goal["course"]),
        (&json!("missed"), &json!("ahead"))
    );
}

#[test]
fn a_campaign_that_is_over_has_no_pace_and_a_rates_target_no_base() {
    let shop = Shop::new();
    shop.demo("w.db", 700);
    let kpi = |at: &str, format: &str| {
        let kpi = ["kpi", "1", "--as-of", at, "--format", format, "-w", "w.db"];
        shop.good(&kpi)
    };
    let rows = |at: &str| {
        let page: Value = serde_json::from_str(&kpi(at, "json")).unwrap();
        page["rows"].as_array().unwrap().clone()
    };
    let has = |rows: &[Value], key: &str| rows.iter().any(|row| row[key].is_number());
    let running = rows(shop::NOW);
    assert!(has(&running, "pace"));
    let over = rows("2027-01-15");
    assert!(!has(&over, "pace") && !has(&over, "forecast"), "{over:?}");
    assert!(
        over.iter()
            .any(|row| row["course"] == row["band"] && !row["band"].is_null())
    );
    let rate = running
        .iter()
        .find(|row| row["code"] == "conversion")
        .unwrap();
    assert!(rate["target"]["value"].is_number(), "{rate}");
    assert!(rate["target"]["den"].is_null(), "{rate}");
    let text = kpi(shop::NOW, "table");
    let line = text.lines().find(|l| l.contains("转化率")).unwrap();
    assert!(!line.contains("1,000)"), "{line}");
}

/// A campaign with three targets that multiply to 6,000 and a GMV target of 8,000, planned and under way; no order names it.
fn festival() -> Shop {
    let shop = shop();
    shop.write(
        "campaigns.csv",
        "campaign_id,name,kind,status,starts_at,ends_at\n7,返场,festival,planned,2026-03-10,2026-03-20\n",
    );
    shop.good(&["import", "campaigns", "campaigns.csv", "-w", "w.db"]);
    for (code, value) in [
        ("users", "100"),
        ("conversion", "30%"),
        ("value_per_buyer", "200"),
        ("gmv", "8000"),
    ] {
        shop.good(&of_the_festival(code, value));
    }
    shop
}

/// Arguments that set a target of the festival.
fn of_the_festival<'a>(code: &'a str, value: &'a str) -> [&'a str; 8] {
    let campaign = "campaign:7";
    [
        "target", "set", code, value, "--for", campaign, "-w", "w.db",
    ]
}

#[test]
fn targets_that_contradict_each_other_are_named_before_anything_is_sold() {
    let shop = festival();
    let at = |command: &str, as_of: &str| {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.extend(["--as-of", as_of, "-w", "w.db"]);
        shop.run(&arguments).out
    };
    let the_day_before = "2026-03-09 12:00";
    for (command, wanted) in [
        ("kpi", "各因子目标之积与 GMV 目标差 -2,000.00"),
        (
            "doctor",
            "返场: 人数 × 转化率 × 客单价与 GMV 目标差 -2,000.00",
        ),
    ] {
        let said = at(command, the_day_before).replace('−', "-");
        assert!(said.contains(wanted), "{command}: {said}");
    }
    let page: Value = serde_json::from_str(&at("kpi --format json", the_day_before)).unwrap();
    assert_eq!(page["targets_off_yuan"], json!(-2_000.0));
    shop.good(&[
        "target",
        "set",
        "gmv",
        "6000",
        "--for",
        "campaign:7",
        "-w",
        "w.db",
    ]);
    for command in ["kpi", "doctor"] {
        let said = at(command, the_day_before);
        assert!(!said.contains("GMV 目标差"), "{command}: {said}");
    }
}

#[test]
fn a_campaign_that_no_order_names_is_not_behind() {
    let shop = festival();
    let kpi = |format: &str| shop.good(&["kpi", "--as-of", NOW, "--format", format, "-w", "w.db"]);
    let node = |page: &Value, code: &str| {
        let row = row(page, code);
        (
            row["actual"].clone(),
            row["course"].clone(),
            row["achievement"]["value"].clone(),
        )
    };
    let said = kpi("table");
    assert!(said.contains("没有订单记在此活动"), "{said}");
    assert!(!said.contains("落后"), "{said}");
    let page: Value = serde_json::from_str(&kpi("json")).unwrap();
    assert_eq!(page["uncredited"], json!(true));
    let (_, course, achievement) = node(&page, "gmv");
    assert_eq!((course, achievement), (Value::Null, Value::Null));
    let report = shop.good(&["report", "noon", "--as-of", NOW, "-w", "w.db"]);
    assert!(report.contains("没有订单记在此活动"), "{report}");
    // One order of it, and it is held against its target: 100 of 8,000.
    shop.write(
        "mend.csv",
        "order_id,external_userid,paid_at,paid_yuan,status,credited_userid,campaign_id\n\
         o1,c1,2026-03-12,100.00,paid,an,7\n",
    );
    shop.good(&["import", "orders", "mend.csv", "-w", "w.db"]);
    let page: Value = serde_json::from_str(&kpi("json")).unwrap();
    assert_eq!(page["uncredited"], json!(false));
    let (_, course, achievement) = node(&page, "gmv");
    assert_eq!((course, achievement), (json!("behind"), json!(0.0125)));
}

#[test]
fn a_rate_over_the_whole_and_a_target_of_nothing_are_refused_with_what_to_write() {
    let shop = festival();
    for (code, value, wanted) in [
        ("conversion", "30", "写 30% 或 0.3"),
        ("conversion", "300%", "最多写 100%"),
        ("gmv", "0", "caopan target remove gmv"),
    ] {
        let gave = shop.run(&of_the_festival(code, value));
        assert_eq!(gave.code, 2, "{code} {value}");
        assert!(gave.err.contains(wanted), "{}", gave.err);
    }
    shop.write(
        "targets.csv",
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n\
         conversion,campaign,7,campaign,2026-03-10,2026-03-19,30\n",
    );
    let gave = shop.run(&["import", "targets", "targets.csv", "-w", "w.db"]);
    let said = format!("{}{}", gave.out, gave.err);
    assert!(said.contains("写 30% 或 0.3"), "{said}");
    // A file may hold a 0: doctor names it.
    shop.write(
        "targets.csv",
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n\
         gmv,staff,an,month,2026-03-01,2026-03-31,0\n",
    );
    shop.good(&["import", "targets", "targets.csv", "-w", "w.db"]);
    let said = shop.run(&["doctor", "--as-of", NOW, "-w", "w.db"]).out;
    assert!(said.contains("1 个目标是 0, 等于没有"), "{said}");
}
