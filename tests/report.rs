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
        "全部组织, 截至 2026-03-18 23:59",
        "支付GMV 580 (前 150, +286.7% ▴)",
        "  目标 1,000: 73.0% 超前, 进度 125.7% (线性), 预计 1,257",
        "加粉数 ·",
        "敏感词命中 2026-03-18: ·",
    ] {
        assert!(zh.lines().any(|l| l == line), "{line} in\n{zh}");
    }
    assert!(!zh.contains("安心") && !zh.contains("白云"), "{zh}");
    let en = shop.good(&[&morning[..], &["--lang", "en"]].concat());
    for line in [
        "Morning 花间集 2026-03-19",
        "gross GMV 580 (was 150, +286.7% ▴)",
        "  of target 1,000: 73.0% ahead, pace 125.7% (linear), forecast 1,257",
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
    let of = |command: &[&str], at: &str| json(&shop, &[command, &["--as-of", at]].concat());
    let report = of(&["report", "daily", "--date", day], "2026-11-11 14:30");
    // The panes as of the end of that day.
    let ask = |command: &[&str]| of(command, day);
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
    let (due, done, late): (i64, i64, i64) = conn
        .query_row(
            "SELECT count(*), sum(done_at <= due_at), sum(done_at > due_at AND done_at < 1794326400) FROM task
             WHERE date(due_at, 'unixepoch', '+8 hours') = ?1 AND status <> 'void'",
            [day],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let sum = |key: &str| -> i64 {
        let people = report["tasks"].as_array().unwrap();
        people.iter().map(|p| p[key].as_i64().unwrap()).sum()
    };
    assert!(due > 0);
    assert_eq!((sum("due"), sum("done"), sum("late")), (due, done, late));
}

#[test]
fn today_only_tasks_count_whose_time_is_over() {
    let shop = two_wednesdays();
    let conn = shop.connection("w.db");
    // 2026-03-18 12:00 in Shanghai is 1 773 806 400.
    for (due, done, status) in [
        (-7_200, Some(-9_000), "done"),
        (-3_600, Some(-3_600), "done"),
        (-3_000, Some(-600), "late_done"),
        (-1_800, None, "open"),
        (-900, None, "missed"),
        (-800, None, "void"),
        (3_600, None, "open"),
        (7_200, Some(-60), "done"),
        (-90_000, None, "open"),
    ] {
        conn.execute(
            "INSERT INTO task (kind, userid, due_at, done_at, status) VALUES ('visit', 'u1', 1773806400 + ?1, 1773806400 + ?2, ?3)",
            (due, done, status),
        )
        .unwrap();
    }
    let noon = ["report", "noon", "--as-of", "2026-03-18 12:00"];
    let tasks = &json(&shop, &noon)["tasks"][0];
    let of = |key: &str| tasks[key].as_i64().unwrap();
    // Five have fallen due: two on time, one late, one open, one missed. Another is open for the afternoon.
    assert_eq!([of("due"), of("done"), of("late")], [5, 2, 1]);
    // Not done in time: the missed one, and two that are open, one of the day before.
    assert_eq!([of("left"), of("overdue")], [2, 3]);
    let text = shop.good(&[&noon[..], &["-w", "w.db"]].concat());
    let line = "按时完成 2/5, 迟完成 1, 待办 2, 逾期未做 3";
    assert!(text.lines().any(|l| l == line), "{text}");
}

#[test]
fn what_is_compared_is_printed_as_it_is_compared() {
    let shop = two_wednesdays();
    let days = |at: &[&str]| {
        let page = json(&shop, &[&["report"], at].concat());
        let before = &page["month"]["before"];
        let of = |key: &str| before[key].as_str().unwrap().to_owned();
        (of("from"), of("to"), before["same_time"].as_bool().unwrap())
    };
    let march = |to: &str, same| ("2026-03-01".to_owned(), to.to_owned(), same);
    // The thirtieth day of April at noon against the thirtieth of March at noon, not against all of March.
    assert_eq!(
        days(&["daily", "--as-of", "2026-04-30 12:00"]),
        march("2026-03-30", true)
    );
    assert_eq!(
        days(&["evening", "--as-of", "2026-04-30"]),
        march("2026-03-31", false)
    );
    assert_eq!(
        days(&["evening", "--date", "2026-04-10"]),
        march("2026-03-10", false)
    );
    // February has no thirty-first day: all of it.
    let february = days(&["daily", "--as-of", "2026-03-31 12:00"]);
    assert_eq!(
        february,
        ("2026-02-01".to_owned(), "2026-02-28".to_owned(), false)
    );
    let evening = shop.good(&["report", "evening", "--date", "2026-03-18", "-w", "w.db"]);
    assert!(
        !evening.contains("至今") && !evening.contains("同一时刻"),
        "{evening}"
    );
    let noon = [
        "report",
        "noon",
        "--as-of",
        "2026-03-18 12:00",
        "-w",
        "w.db",
    ];
    let noon = shop.good(&noon);
    assert!(noon.contains("至今") && noon.contains("同一时刻"), "{noon}");
}

#[test]
fn a_few_buyers_are_not_compared_in_points() {
    let shop = two_wednesdays();
    let evening = ["report", "evening", "--date", "2026-03-18", "-w", "w.db"];
    let text = shop.good(&evening);
    // Both bought the week before.
    let line = "老客占比 2/2 (前 0/2)";
    assert!(text.lines().any(|l| l == line), "{text}");
}

#[test]
fn what_comes_after_the_instant_is_in_no_part_of_a_report() {
    let shop = two_wednesdays();
    let conn = shop.connection("w.db");
    // 10:00 and 15:00 of 18 March in Shanghai.
    for (at, id) in [(1_773_799_200, "A"), (1_773_817_200, "B")] {
        conn.execute(
            "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source)
             VALUES ('2026-03-18', ?1, 'u1', ?2, 'del_by_customer', 'import')",
            (at, id),
        )
        .unwrap();
    }
    let page = json(&shop, &["report", "daily", "--as-of", "2026-03-18 12:00"]);
    assert_eq!(page["lost"][0]["lost"], 1, "{}", page["lost"]);
    is(&figure(&page["result"], "lost")["value"], 1.0);
    // The board has what the figures have: o3 alone.
    is(&figure(&page["result"], "gmv")["value"], 80.0);
    is(&page["board"]["total"], 0.0);
    let morning = json(&shop, &["report", "morning", "--date", "2026-03-18"]);
    is(&figure(&morning["month"], "gmv")["value"], 150.0);
    assert_eq!(morning["lost"].as_array().unwrap().len(), 0);
}

/// The same with somebody who is credited with every order.
fn credited() -> Shop {
    let shop = two_wednesdays();
    shop.connection("w.db")
        .execute_batch(
            "INSERT INTO staff (userid, name) VALUES ('u1', '林涛');
             UPDATE sale_order SET credited_userid = 'u1';",
        )
        .unwrap();
    shop
}

#[test]
fn an_earlier_day_is_told_as_of_its_own_end_whatever_now_is() {
    let shop = credited();
    let report = |meeting: &str, rest: &[&str]| json(&shop, &[&["report", meeting], rest].concat());
    for meeting in ["daily", "noon", "evening"] {
        let later = ["--date", "2026-03-11", "--as-of", "2026-03-18 12:00"];
        let told = report(meeting, &later);
        assert_eq!(told, report(meeting, &["--as-of", "2026-03-11"]));
        assert_eq!(told, report(meeting, &["--date", "2026-03-11"]));
        assert_eq!(told["as_of"], "2026-03-11T23:59:59+08:00");
        is(&figure(&told["result"], "gmv")["value"], 150.0);
    }
    let morning = ["--date", "2026-03-18", "--as-of", "2026-03-19 10:00"];
    let told = report("morning", &morning);
    assert_eq!(told, report("morning", &["--as-of", "2026-03-18 00:00:00"]));
    is(&told["board"]["total"], 150.0);
    // The day before the instant, in its own words.
    let yesterday = ["--date", "昨天", "--as-of", "2026-03-12 10:00"];
    assert_eq!(report("daily", &yesterday)["date"], "2026-03-11");
}

#[test]
fn the_parts_of_a_morning_are_of_one_span_while_its_tasks_are_of_now() {
    let shop = credited();
    shop.connection("w.db")
        .execute_batch(
            // Due at 09:00 and at 13:00 of the eighteenth, and done at 11:00.
            "INSERT INTO task (kind, userid, due_at, done_at, status) VALUES
               ('visit', 'u1', 1773795600, NULL, 'open'), ('visit', 'u1', 1773810000, 1773802800, 'done')",
        )
        .unwrap();
    let morning = ["report", "morning", "--as-of", "2026-03-18 12:00"];
    let page = json(&shop, &morning);
    // Nothing of the 80 yuan of this morning.
    is(&figure(&page["month"], "gmv")["value"], 150.0);
    is(&page["board"]["total"], 150.0);
    assert_eq!(page["month"]["to"], "2026-03-17");
    assert_eq!(page["board"]["until"], "2026-03-17");
    assert_eq!(page["as_of"], "2026-03-17T23:59:59+08:00");
    let target = &figure(&page["month"], "gmv")["target"];
    is(&target["pace"], 0.15 / (17.0 / 31.0));
    assert_eq!(page["tasks_as_of"], "2026-03-18T12:00:00+08:00");
    assert_eq!(page["tasks"][0]["overdue"], 1, "{}", page["tasks"]);
    let text = shop.good(&[&morning[..], &["-w", "w.db"]].concat());
    for line in [
        "[本月] 2026-03-01..2026-03-17",
        "[销售榜] 净GMV(现金口径, 元) 2026-03-01..2026-03-17",
        "[群组] 2026-03-11..2026-03-17",
        "敏感词命中 2026-03-17: ·",
        "[任务] 2026-03-18 (截至 2026-03-18 12:00)",
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    // On the first of a month the month that is over is told, and ranked.
    let first = json(&shop, &["report", "morning", "--as-of", "2026-04-01 09:00"]);
    is(&first["board"]["total"], 730.0);
    assert_eq!(first["board"]["until"], "2026-03-31");
    assert_eq!(first["month"]["to"], "2026-03-31");
    // A period that is asked for is told up to now, and so is the board.
    let asked = [&morning[..], &["--period", "today"]].concat();
    let page = json(&shop, &asked);
    is(&figure(&page["result"], "gmv")["value"], 80.0);
    is(&figure(&page["month"], "gmv")["value"], 230.0);
    is(&page["board"]["total"], 230.0);
}

#[test]
fn the_same_time_is_what_the_clock_shows_where_it_was_put_forward_and_back() {
    let shop = Shop::new();
    shop.good(&["init", "w.db", "--zone", "America/New_York"]);
    shop.write("c.csv", "external_userid,name\nA,安心\n");
    shop.good(&["import", "customers", "c.csv", "-w", "w.db"]);
    // Clocks go forward on the eighth of March and back on the first of November 2026.
    shop.write(
        "o.csv",
        "order_id,external_userid,paid_at,paid_yuan,status\n\
         o1,A,2026-03-01 11:30,1,paid\no2,A,2026-03-01 12:30,10,paid\n\
         o3,A,2026-03-08 11:30,100,paid\no4,A,2026-03-08 12:30,1000,paid\n\
         o5,A,2026-10-25 11:30,2,paid\no6,A,2026-10-25 12:30,20,paid\n\
         o7,A,2026-11-01 11:30,200,paid\no8,A,2026-11-01 12:30,2000,paid\n",
    );
    shop.good(&["import", "orders", "o.csv", "-w", "w.db"]);
    let before = |at: &str| {
        let page = json(&shop, &["report", "noon", "--as-of", at]);
        assert_eq!(page["result"]["before"]["same_time"], true);
        figure(&page["result"], "gmv")["before"].clone()
    };
    for (at, paid) in [
        ("2026-03-08 12:00", 1.0),
        ("2026-03-15 12:00", 100.0),
        ("2026-11-01 12:00", 2.0),
        ("2026-11-08 12:00", 200.0),
    ] {
        is(&before(at), paid);
    }
}

#[test]
fn groups_at_the_last_second_of_a_day_are_of_that_day_as_one_second_later() {
    let shop = Shop::new();
    shop.demo("w.db", 700);
    let told = |at: &str| {
        let page = json(&shop, &["groups", "--as-of", at]);
        let mut rows: Vec<Value> = page["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| {
                let parts = row["parts"].as_array().unwrap().iter();
                let measured: Vec<&Value> = parts.map(|part| &part["measured"]).collect();
                serde_json::json!([row["chat_id"], row["measured_to"], row["members"], measured])
            })
            .collect();
        rows.sort_by_key(ToString::to_string);
        rows
    };
    let last = told("2026-10-14 23:59:59");
    assert!(last.len() > 5, "{last:?}");
    assert_eq!(last, told("2026-10-15 00:00:00"));
    assert_ne!(last, told("2026-10-14 23:59:58"));
    let text = |command: &[&str]| shop.good(&[command, &["-w", "w.db"]].concat());
    let groups = text(&["groups", "--as-of", "2026-10-14 23:59:59"]);
    assert!(
        groups.contains("群的数字为 2026-10-08..2026-10-14"),
        "{groups}"
    );
    let report = text(&["report", "daily", "--date", "2026-10-14"]);
    assert!(report.contains("[群组] 2026-10-08..2026-10-14"), "{report}");
}

#[test]
fn pane_projector_command_and_report_count_the_same_groups_and_stale_ones_are_not_healthy() {
    let shop = Shop::new();
    shop.demo("w.db", 2_000);
    let at = ["--as-of", "2026-11-11 14:30"];
    let groups = || json(&shop, &[&["groups"], &at[..]].concat())["rows"].clone();
    let healthy = groups();
    let healthy = healthy.as_array().unwrap().iter();
    let mut healthy = healthy.filter(|row| row["band"] == "healthy");
    let id = healthy.next().unwrap()["chat_id"]
        .as_str()
        .unwrap()
        .to_owned();
    // Nothing of it has come since the sixth.
    let conn = shop.connection("w.db");
    let sql = "DELETE FROM group_day WHERE chat_id = ?1 AND biz_date > '2026-11-06'";
    assert!(conn.execute(sql, [&id]).unwrap() > 0);
    let rows = groups();
    let rows = rows.as_array().unwrap();
    let stale = rows
        .iter()
        .find(|row| row["chat_id"] == id.as_str())
        .unwrap();
    let flags = stale["flags"].as_array().unwrap();
    assert!(flags.iter().any(|flag| flag == "stale"), "{stale}");
    assert_ne!(stale["band"], "healthy", "{stale}");
    let report = json(&shop, &[&["report", "daily"], &at[..]].concat());
    let told = &report["groups"];
    let of = |bands: &[&str]| {
        let is = |row: &&Value| bands.contains(&row["band"].as_str().unwrap());
        rows.iter().filter(is).count()
    };
    let (bad, watched) = (of(&["critical", "silent"]), of(&["at_risk", "watch"]));
    assert_eq!(
        (&told["bad"], &told["watched"]),
        (&bad.into(), &watched.into())
    );
    let signs = format!("!! {bad}  ! {watched}");
    let pane = [
        &["snapshot", "--pane", "groups", "--size", "160x40"],
        &at[..],
    ]
    .concat();
    let pane = shop.good(&[&pane[..], &["-w", "w.db"]].concat());
    assert!(pane.contains(&signs), "{signs} in\n{pane}");
    let words = format!("!! {bad}, ! {watched}, 标记 {}", told["flagged"]);
    for command in [&["groups"][..], &["report", "daily"]] {
        let text = shop.good(&[command, &at, &["-w", "w.db"]].concat());
        assert!(text.contains(&words), "{words} in\n{text}");
    }
}

#[test]
fn groups_of_which_too_little_is_measured_are_not_said_to_be_well() {
    let shop = Shop::new();
    shop.demo("w.db", 700);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "UPDATE group_day SET ext_total = NULL; DELETE FROM group_member; DELETE FROM task;",
    )
    .unwrap();
    let at = ["--as-of", "2026-11-11 14:30"];
    let report = json(&shop, &[&["report", "daily"], &at[..]].concat());
    let unmeasured = report["groups"]["unmeasured"].as_u64().unwrap();
    assert!(unmeasured > 5, "{}", report["groups"]);
    let text = shop.good(&[&["report", "daily"], &at[..], &["-w", "w.db"]].concat());
    let words = format!("{unmeasured} 群无法评分");
    assert!(text.contains(&words), "{text}");
    let pane = ["snapshot", "--pane", "groups", "--size", "160x40"];
    let pane = shop.good(&[&pane[..], &at, &["-w", "w.db"]].concat());
    assert!(pane.contains(&words), "{pane}");
}

#[test]
fn a_morning_counts_nothing_of_the_first_second_of_its_own_day() {
    let shop = credited();
    shop.connection("w.db")
        .execute_batch(
            // At 00:00:00 of the eighteenth in Shanghai.
            "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, list_fen, paid_fen, status, source, credited_userid)
               VALUES ('o9', 'x:A', 1773763200, 1773763200, '2026-03-18', 700000, 700000, 'paid', 'store', 'u1')",
        )
        .unwrap();
    for when in [["--date", "2026-03-18"], ["--as-of", "2026-03-18 09:00"]] {
        let page = json(&shop, &[&["report", "morning"][..], &when].concat());
        is(&page["board"]["total"], 150.0);
        is(&figure(&page["month"], "gmv")["value"], 150.0);
        is(&figure(&page["result"], "gmv")["value"], 0.0);
        assert_eq!(page["board"]["until"], "2026-03-17");
    }
    let daily = json(&shop, &["report", "daily", "--date", "2026-03-18"]);
    is(&daily["board"]["total"], 7_580.0);
}

/// Campaigns 1 of the 10th and 11th, 2 of the 12th and 13th, 3 of the evening of the 20th.
fn campaigns() -> Shop {
    let shop = credited();
    shop.write(
        "k.csv",
        "campaign_id,name,kind,starts_at,ends_at,status\n\
         1,甲,festival,2026-03-10 00:00,2026-03-12 00:00,ended\n\
         2,乙,festival,2026-03-12 00:00,2026-03-14 00:00,ended\n\
         3,直播,live,2026-03-20 20:00,2026-03-20 22:00,running\n",
    );
    shop.good(&["import", "campaigns", "k.csv", "-w", "w.db"]);
    shop.connection("w.db")
        .execute_batch("UPDATE sale_order SET campaign_id = 1 WHERE biz_date = '2026-03-11'")
        .unwrap();
    shop.write(
        "t.csv",
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n\
         gmv,campaign,1,campaign,2026-03-10,2026-03-11,1000\n\
         gmv,campaign,3,campaign,2026-03-20,2026-03-20,1000\n\
         gmv,workspace,,day,2026-03-11,2026-03-11,300\n\
         net_gmv_refund,staff,u1,day,2026-03-11,2026-03-11,300\n",
    );
    shop.good(&["import", "targets", "t.csv", "-w", "w.db"]);
    shop
}

#[test]
fn the_campaign_told_is_one_that_ran_in_the_days_told() {
    let shop = campaigns();
    let of =
        |arguments: &[&str]| json(&shop, &[&["report"], arguments].concat())["campaign"].clone();
    // Its last day was yesterday, and another begins today.
    let ended = of(&["morning", "--as-of", "2026-03-12 09:00"]);
    assert_eq!(
        (&ended["id"], &ended["course"]),
        (&1.into(), &"missed".into())
    );
    is(&ended["gmv"], 150.0);
    assert_eq!(of(&["daily", "--date", "2026-03-11"])["id"], 1);
    assert_eq!(of(&["evening", "--as-of", "2026-03-11 20:00"])["id"], 1);
    // Over at 22:00, told at 23:00.
    assert_eq!(of(&["evening", "--as-of", "2026-03-20 23:00"])["id"], 3);
    // Days that are over, whatever runs since: the one that began last.
    let period = [
        "daily",
        "--period",
        "2026-03-09..2026-03-13",
        "--as-of",
        "2026-03-20 21:00",
    ];
    assert_eq!(of(&period)["id"], 2);
    assert_eq!(of(&["daily", "--as-of", "2026-03-18 12:00"]), Value::Null);
    assert_eq!(of(&["morning", "--as-of", "2026-03-19 09:00"]), Value::Null);
}

#[test]
fn the_morning_of_a_campaign_that_begins_today_tells_it() {
    let shop = campaigns();
    let morning = ["report", "morning", "--as-of", "2026-03-20 09:00"];
    let told = &json(&shop, &morning)["campaign"];
    assert_eq!(
        (&told["id"], &told["course"]),
        (&3.into(), &"not_begun".into())
    );
    let text = shop.good(&[&morning[..], &["-w", "w.db"]].concat());
    let begins = "[活动] 直播 2026-03-20 (未开始)";
    assert!(text.lines().any(|line| line == begins), "{text}");
    let none = shop.good(&[
        "report",
        "noon",
        "--as-of",
        "2026-03-19 12:00",
        "-w",
        "w.db",
    ]);
    assert!(none.contains("这几天没有活动"), "{none}");
}

#[test]
fn of_a_day_that_is_over_all_parts_say_so() {
    let shop = campaigns();
    let page = json(&shop, &["report", "daily", "--date", "2026-03-11"]);
    let target = &figure(&page["result"], "gmv")["target"];
    assert_eq!(target["course"], "missed");
    assert_eq!(page["board"]["rows"][0]["course"], "missed");
    let campaign = &page["campaign"];
    assert_eq!(
        (&campaign["course"], &campaign["pace"]),
        (&"missed".into(), &Value::Null)
    );
    let text = shop.good(&["report", "daily", "--date", "2026-03-11", "-w", "w.db"]);
    assert!(text.contains("未达成 1 人: 林涛"), "{text}");
    assert!(!text.contains("落后 1 人"), "{text}");
}

#[test]
fn a_period_before_the_history_of_a_kind_is_not_measured() {
    let shop = two_wednesdays();
    shop.write(
        "e.csv",
        "userid,external_userid,kind,occurred_at\nan,A,add,2026-03-18 09:00\nan,B,del_by_customer,2026-03-18 10:00\n",
    );
    shop.write("s.csv", "userid,name,role,wecom_status\nan,安,sales,1\n");
    shop.good(&["import", "staff", "s.csv", "-w", "w.db"]);
    shop.good(&["import", "follow-events", "e.csv", "-w", "w.db"]);
    // The Wednesday before: orders were there, adds were not recorded yet.
    let evening = json(&shop, &["report", "evening", "--date", "2026-03-18"]);
    is(&figure(&evening["result"], "gmv")["before"], 150.0);
    is(&figure(&evening["result"], "adds")["value"], 1.0);
    for code in ["adds", "lost", "net_adds"] {
        let figure = figure(&evening["result"], code);
        let before = &figure["before"];
        assert_eq!(before["note"], "not_measured", "{code}: {figure}");
        assert_eq!(before["value"], Value::Null, "{code}: {figure}");
    }
    let text = shop.good(&["report", "evening", "--date", "2026-03-18", "-w", "w.db"]);
    for name in ["加粉数", "流失数", "净增"] {
        let line = text.lines().find(|line| line.contains(name)).unwrap();
        assert!(!line.contains("前 0"), "{line}");
    }
    // Nothing at all was recorded in February; a day between two of the history is a zero.
    let metric = |period: &str, code: &str| {
        let page = json(
            &shop,
            &["metrics", "--period", period, "--as-of", "2026-03-19"],
        );
        let rows = page["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["code"] == code).unwrap();
        row["value"].clone()
    };
    for code in ["gmv", "adds"] {
        assert_eq!(metric("2026-02", code)["note"], "not_measured", "{code}");
    }
    // What is of no period is told with any.
    for code in ["spend", "value_at_risk"] {
        assert!(metric("2026-03", code).is_number(), "{code}");
        assert_eq!(metric("2026-02", code), metric("2026-03", code), "{code}");
    }
    is(&metric("2026-03-12", "gmv"), 0.0);
    let board = json(
        &shop,
        &[
            "board",
            "--metric",
            "adds",
            "--period",
            "2026-02",
            "--as-of",
            "2026-03-19",
        ],
    );
    let rows = board["rows"].as_array().unwrap();
    assert_eq!(rows[0]["value"]["note"], "not_measured", "{board}");
    assert_eq!(rows[0]["rank"]["value"], Value::Null, "{board}");
}

/// A shop whose import stopped must not pass for one that sold nothing today.
#[test]
fn late_sources_are_named_while_a_day_goes_on() {
    let shop = Shop::new();
    shop.good(&[
        "demo",
        "d.db",
        "--customers",
        "200",
        "--today",
        "2026-03-11",
    ]);
    let title = "数据最近更新";
    let commands: [&[&str]; 5] = [
        &["report", "noon"],
        &["report", "evening"],
        &["kpi"],
        &["board"],
        &["metrics"],
    ];
    for command in commands {
        let said = |at: &str| shop.good(&[command, &["--as-of", at, "-w", "d.db"]].concat());
        let fresh = said("2026-03-11 14:31");
        assert!(!fresh.contains(title), "{fresh}");
        let late = said("2026-03-23 14:31");
        let line = late.lines().find(|line| line.contains(title));
        assert!(
            line.is_some_and(|line| line.contains("订单 12天!")),
            "{late}"
        );
    }
    for command in ["kpi", "board", "metrics"] {
        let at = "2026-03-23 14:31";
        let page = shop.good(&[command, "--format", "json", "--as-of", at, "-w", "d.db"]);
        let page: Value = serde_json::from_str(&page).unwrap();
        let late = page["late_sources"].as_array().unwrap();
        assert!(
            late.iter().any(|source| source["code"] == "orders"),
            "{command}: {late:?}"
        );
        assert!(
            late.iter().all(|source| source["stale"] == true),
            "{command}: {late:?}"
        );
    }
}
