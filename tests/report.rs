//! What meetings read out says what the panes say.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use serde_json::Value;
use shop::Shop;

/// Two Wednesdays, 150 yuan and 580 yuan, and the target of March.
fn two_wednesdays() -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db", "--name", "花间集"]);
    shop.write("c.csv", "external_userid,name\nA,安心\nB,白云\n");
    shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
    shop.write(
        "o.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\n\
         o1,A,2026-03-11 09:00,100,paid\no2,B,2026-03-11 15:00,50,paid\n\
         o3,A,2026-03-18 10:00,80,paid\no4,B,2026-03-18 16:00,500,paid\n",
    );
    shop.good(&["import", "orders", "o.csv", "-w", "w.db"]);
    let target = [
        "target", "set", "gmv", "1000", "--period", "2026-03", "-w", "w.db",
    ];
    shop.good(&target);
    shop
}

fn json(shop: &Shop, arguments: &[&str]) -> Value {
    let all = [arguments, &["--format", "json", "-w", "w.db"]].concat();
    serde_json::from_str(&shop.good(&all)).unwrap()
}

fn figure<'a>(block: &'a Value, code: &str) -> &'a Value {
    let figures = block["figures"].as_array().unwrap();
    figures.iter().find(|f| f["code"] == code).unwrap()
}

#[track_caller]
fn is(value: &Value, expected: f64) {
    let found = value.as_f64().or_else(|| value["value"].as_f64());
    let found = found.unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

#[test]
fn a_day_that_goes_on_is_held_against_the_same_weekday_up_to_the_same_time() {
    let shop = two_wednesdays();
    let noon = ["report", "noon", "--as-of", "2026-03-18 12:00"];
    let page = json(&shop, &noon);
    let gmv = figure(&page["result"], "gmv");
    is(&gmv["value"], 80.0);
    is(&gmv["before"], 100.0);
    assert_eq!(page["result"]["before"]["from"], "2026-03-11");
    assert_eq!(page["month"], Value::Null);
    // The day over: whole against whole.
    let evening = json(&shop, &["report", "evening", "--date", "2026-03-18"]);
    let gmv = figure(&evening["result"], "gmv");
    is(&gmv["value"], 580.0);
    is(&gmv["before"], 150.0);
    assert_eq!(evening["as_of"], "2026-03-18T23:59:59+08:00");
}

#[test]
fn the_morning_tells_yesterday_and_the_month_up_to_it() {
    let shop = two_wednesdays();
    let page = json(&shop, &["report", "morning", "--date", "2026-03-19"]);
    assert_eq!(page["result"]["from"], "2026-03-18");
    is(&figure(&page["result"], "gmv")["value"], 580.0);
    let gmv = figure(&page["month"], "gmv");
    is(&gmv["value"], 730.0);
    let target = &gmv["target"];
    is(&target["target"], 1_000.0);
    is(&target["achievement"], 0.73);
    assert_eq!(target["band"], "missed");
    // Eighteen days of thirty-one are over.
    is(&target["pace"], 0.73 / (18.0 / 31.0));
    assert!((target["forecast"].as_f64().unwrap() - 730.0 * 31.0 / 18.0).abs() < 0.01);
    // Nobody counts who comes and goes, nobody has tasks: neither is 0.
    let adds = &figure(&page["month"], "adds")["value"];
    assert_eq!(adds["note"], "not_measured");
    assert_eq!(page["tasks"], Value::Null);
    assert_eq!(page["groups"]["hits"]["note"], "not_measured");
}

#[test]
fn the_text_is_for_a_chat_in_either_language() {
    let shop = two_wednesdays();
    let morning = ["report", "morning", "--date", "2026-03-19", "-w", "w.db"];
    let zh = shop.good(&morning);
    for line in [
        "早会 花间集 2026-03-19",
        "全部组织, 截至 2026-03-19 00:00",
        "支付GMV 580 (前 150, +286.7% ▴)",
        "  目标 1,000: 73.0% 未达成, 进度 125.7%, 预计 1,257",
        "加粉数 ·",
        "敏感词命中: ·",
    ] {
        assert!(zh.lines().any(|l| l == line), "{line} in\n{zh}");
    }
    assert!(!zh.contains("安心") && !zh.contains("白云"), "{zh}");
    let en = shop.good(&[&morning[..], &["--lang", "en"]].concat());
    for line in [
        "Morning 花间集 2026-03-19",
        "gross GMV 580 (was 150, +286.7% ▴)",
        "  of target 1,000: 73.0% missed, pace 125.7%, forecast 1,257",
    ] {
        assert!(en.lines().any(|l| l == line), "{line} in\n{en}");
    }
}

#[test]
fn a_day_that_has_not_come_has_no_report() {
    let shop = two_wednesdays();
    let late = [
        "report",
        "daily",
        "--date",
        "2026-03-20",
        "--as-of",
        "2026-03-19",
        "-w",
        "w.db",
    ];
    let gave = shop.run(&late);
    assert_eq!(gave.code, 2, "{}", gave.err);
    assert!(gave.err.contains("2026-03-20 还没有到"), "{}", gave.err);
}

#[test]
fn a_report_says_what_the_panes_say() {
    let shop = Shop::new();
    shop.demo("w.db", 2_000);
    let day = "2026-11-10";
    let now = ["--as-of", "2026-11-11 14:30"];
    let ask = |command: &[&str]| json(&shop, &[command, &now].concat());
    let report = ask(&["report", "daily", "--date", day]);
    let metrics = ask(&["metrics", "--period", day]);
    for told in report["result"]["figures"].as_array().unwrap() {
        let rows = metrics["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["code"] == told["code"]).unwrap();
        assert_eq!(told["value"], row["value"], "{}", told["code"]);
    }
    let board = ask(&["board", "--period", day]);
    for (told, row) in report["board"]["rows"]
        .as_array()
        .unwrap()
        .iter()
        .zip(board["rows"].as_array().unwrap())
    {
        for key in ["rank", "userid", "value", "band"] {
            assert_eq!(told[key], row[key], "{key}");
        }
    }
    let kpi = ask(&["kpi"]);
    assert_eq!(report["campaign"]["split"], kpi["split"]);
    assert!(kpi["split"]["parts"].is_array());
    let groups = ask(&["groups"]);
    let troubled = groups["rows"].as_array().unwrap().iter().filter(|row| {
        let band = row["band"].as_str().unwrap();
        let flags = row["flags"].as_array().unwrap();
        let flagged = flags.iter().any(|flag| flag != "flash") && band != "new";
        ["critical", "silent", "at_risk", "watch"].contains(&band) || flagged
    });
    assert_eq!(report["groups"]["in_trouble"], troubled.count());
    // Tasks by the table itself.
    let conn = shop.connection("w.db");
    let (due, done): (i64, i64) = conn
        .query_row(
            "SELECT count(*), sum(done_at IS NOT NULL) FROM task
             WHERE date(due_at, 'unixepoch', '+8 hours') = ?1 AND status <> 'void'",
            [day],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    let sum = |key: &str| -> i64 {
        let people = report["tasks"].as_array().unwrap();
        people.iter().map(|p| p[key].as_i64().unwrap()).sum()
    };
    assert!(due > 0);
    assert_eq!((sum("due"), sum("done")), (due, done));
}
