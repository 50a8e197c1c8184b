//! Targets and boards that are kept.

use crate::imported;
use crate::shop::Shop;

#[test]
fn targets_are_listed_as_they_were_set() {
    let shop = Shop::new();
    imported(&shop);
    for set in [
        &["gmv", "2.4万", "--period", "2026-03", "--floor", "20000"][..],
        &["repurchase_rate", "4%", "--period", "2026-04"],
    ] {
        let mut arguments = vec!["target", "set"];
        arguments.extend(set);
        arguments.extend(["-w", "w.db"]);
        shop.good(&arguments);
    }
    let csv = shop.good(&[
        "target", "list", "--lang", "en", "--format", "csv", "-w", "w.db",
    ]);
    let lines: Vec<&str> = csv.lines().map(str::trim_end).collect();
    assert_eq!(
        lines,
        [
            "metric,name,for,period,from,to,value,floor,stretch",
            "gmv,gross GMV,workspace,month,2026-03-01,2026-03-31,24000.00,20000.00,",
            "repurchase_rate,repurchase rate,workspace,month,2026-04-01,2026-04-30,0.04,,",
        ]
    );
    let march = shop.good(&["target", "list", "--period", "2026-03", "-w", "w.db"]);
    assert!(
        march.contains("gmv") && !march.contains("repurchase"),
        "{march}"
    );
}

#[test]
fn a_target_of_an_unknown_metric_is_named_and_can_be_taken_away() {
    let shop = Shop::new();
    imported(&shop);
    let set = [
        "target",
        "set",
        "净GMV",
        "¥280,000",
        "--period",
        "2026-03",
        "-w",
        "w.db",
    ];
    assert!(shop.good(&set).contains("280000.00"));
    shop.connection("w.db")
        .execute(
            "UPDATE kpi_target SET metric_code = '瞎写的' WHERE metric_code = 'net_gmv_refund'",
            [],
        )
        .unwrap();
    for command in ["check", "doctor"] {
        let said = shop.run(&[command, "-w", "w.db"]).out;
        assert!(said.contains("不认识: 瞎写的"), "{command}: {said}");
    }
    let remove = [
        "target",
        "remove",
        "瞎写的",
        "--period",
        "2026-03",
        "-w",
        "w.db",
    ];
    shop.good(&remove);
    assert!(!shop.good(&["check", "-w", "w.db"]).contains("瞎写的"));
    let gave = shop.run(&remove);
    assert_eq!(gave.code, 2, "{}", gave.out);
}

#[test]
fn kept_boards_are_what_later_ones_move_against() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let import = |kind: &str, text: &str| {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    };
    import(
        "staff",
        "userid,name,role\ns1,甲,sales\ns2,乙,sales\ns3,丙,sales\n",
    );
    import(
        "orders",
        "order_id,paid_at,paid_yuan,credited_userid\n1,2026-11-02 10:00,300,s1\n2,2026-11-09 23:59:59,200,s2\n3,2026-11-03,100,s3\n",
    );
    let moved = |at: &str| {
        let csv = shop.good(&[
            "board", "--period", "2026-11", "--format", "csv", "--as-of", at, "-w", "w.db",
        ]);
        let rows = csv.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            format!("{} {} {}", cells[2], cells[0], cells[1])
        });
        rows.collect::<Vec<_>>()
    };
    assert_eq!(moved("2026-11-10 09:00"), ["s1 1 ", "s2 2 ", "s3 3 "]);
    let keep = |at: &str| shop.good(&["board", "--keep", "--as-of", at, "-w", "w.db"]);
    assert!(keep("2026-11-10 00:05").contains("已留存"));
    // What the day brings moves its boards against the close of the day before, by hand.
    import(
        "orders",
        "order_id,paid_at,paid_yuan,credited_userid\n4,2026-11-10 08:00,150,s2\n5,2026-11-10 08:30,120,s3\n",
    );
    assert_eq!(moved("2026-11-10 09:00"), ["s2 1 1", "s1 2 -1", "s3 3 0"]);
    // An hour later only the day's own board is new; at the same moment none is.
    let kept = |taken: &str| -> i64 {
        shop.connection("w.db")
            .query_row(
                "SELECT count(DISTINCT board || period_kind) FROM leaderboard_snapshot WHERE taken_at = unixepoch(?1)",
                [taken],
                |row| row.get(0),
            )
            .unwrap()
    };
    // Five periods, of each three boards: nobody was added, nobody has a target.
    assert_eq!(kept("2026-11-09 15:59:59"), 15);
    let lines = || -> i64 {
        shop.connection("w.db")
            .query_row("SELECT count(*) FROM journal", [], |row| row.get(0))
            .unwrap()
    };
    keep("2026-11-10 09:00");
    assert_eq!(kept("2026-11-10 01:00:00"), 3);
    let before = lines();
    assert!(keep("2026-11-10 09:00").contains("没有新的榜单"));
    assert_eq!(lines(), before);
    let refused = shop.run(&["board", "--keep", "--period", "week", "-w", "w.db"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
}

/// The demo's lines are one slip away from a shop's file: nothing invented comes in among a shop's own rows.
#[test]
fn traffic_is_refused_where_a_shop_is() {
    let shop = Shop::new();
    imported(&shop);
    let gave = shop.run(&["demo", "w.db", "--traffic", "20"]);
    assert_eq!(gave.code, 5, "{}", gave.out);
    assert!(gave.err.contains("不是演示工作区"), "{}", gave.err);
    let customers: i64 = shop
        .connection("w.db")
        .query_row("SELECT count(*) FROM customer", [], |row| row.get(0))
        .unwrap();
    assert_eq!(customers, 4);
    // A pace that is none makes no file first.
    let gave = shop.run(&["demo", "new.db", "--customers", "50", "--traffic", "0"]);
    assert_eq!(gave.code, 2, "{}", gave.out);
    assert!(!shop.path("new.db").exists());
}
