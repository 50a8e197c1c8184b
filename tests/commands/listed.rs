//! Lists against a plain query: filters, sorts, columns, masks.

use crate::imported;
use crate::shop::{NOW, Shop, TODAY};
use rusqlite::Connection;
use serde_json::Value;

#[test]
fn the_same_demo_twice_has_the_same_customers() {
    let shop = Shop::new();
    for (file, seed) in [("a.db", "7"), ("b.db", "7"), ("c.db", "8")] {
        shop.good(&[
            "demo",
            file,
            "--customers",
            "400",
            "--seed",
            seed,
            "--today",
            TODAY,
        ]);
    }
    let list = |file| shop.good(&["list", "customers", "--format", "csv", "-w", file]);
    assert_eq!(list("a.db"), list("b.db"));
    assert_ne!(list("a.db"), list("c.db"));
    assert_eq!(list("a.db").lines().count(), 401);
}

/// Spend is what was paid and not given back over orders that are paid, no test, and not given back whole.
const SPENT: &str = "
    SELECT external_userid, sum(left_fen), count(*) FROM (
      SELECT o.external_userid, o.paid_fen - coalesce((SELECT sum(r.amount_fen) FROM order_refund r WHERE r.order_id = o.order_id), 0) AS left_fen
      FROM sale_order o JOIN customer c USING (external_userid) WHERE o.paid_at IS NOT NULL AND o.is_test = 0
    ) WHERE left_fen > 0 GROUP BY 1 HAVING sum(left_fen) > 10000 AND count(*) >= 2 ORDER BY 1";

fn by_sql(conn: &Connection) -> Vec<(String, String, String)> {
    let mut statement = conn.prepare(SPENT).unwrap();
    let rows = statement.query_map([], |row| {
        let (id, fen, orders): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((
            id,
            format!("{}.{:02}", fen / 100, fen % 100),
            orders.to_string(),
        ))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn by_command(shop: &Shop, file: &str) -> Vec<(String, String, String)> {
    let csv = shop.good(&[
        "list",
        "customers",
        "spend>100 orders>=2",
        "--format",
        "csv",
        "-w",
        file,
    ]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let columns = [at("external_userid"), at("spend_yuan"), at("orders")];
    let mut rows: Vec<_> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let [id, spend, orders] = columns.map(|i| record.get(i).unwrap().to_owned());
            (id, spend, orders)
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn a_filtered_list_gives_the_rows_a_plain_query_gives() {
    let shop = Shop::new();
    imported(&shop);
    let by_hand = vec![("wm1".to_owned(), "120.50".to_owned(), "2".to_owned())];
    assert_eq!(by_command(&shop, "w.db"), by_hand);
    assert_eq!(by_sql(&shop.connection("w.db")), by_hand);
    shop.demo("demo.db", 1_000);
    let many = by_sql(&shop.connection("demo.db"));
    assert!(many.len() > 50, "{}", many.len());
    assert_eq!(by_command(&shop, "demo.db"), many);
}

/// Columns of a CSV, by heading.
fn cut(csv_text: &str) -> Vec<(String, Vec<String>)> {
    let mut reader = csv::Reader::from_reader(csv_text.as_bytes());
    let headings: Vec<String> = reader.headers().unwrap().iter().map(Into::into).collect();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let column = |at: usize| rows.iter().map(|row| row[at].to_owned()).collect();
    headings
        .into_iter()
        .enumerate()
        .map(|(at, heading)| (heading, column(at)))
        .collect()
}

#[test]
fn chosen_columns_hold_what_they_hold_among_all() {
    let shop = Shop::new();
    shop.demo("demo.db", 400);
    let list = |filter: &str| {
        let asked = [
            "list",
            "customers",
            filter,
            "--format",
            "csv",
            "--as-of",
            NOW,
            "-w",
            "demo.db",
        ];
        cut(&shop.good(&asked))
    };
    for sort in ["sort:-spend", "sort:last", "sort:owner", "sort:-value", ""] {
        let all = list(sort);
        for cols in [
            "id,spend,orders",
            "name,tag",
            "id,stage,city",
            "owner,source",
            "segment,risk,value",
            "aov,bought,last,added",
        ] {
            let chosen = list(&format!("{sort} cols:{cols}"));
            assert!(chosen.len() >= 2, "{cols}");
            for column in chosen {
                assert!(all.contains(&column), "{sort} {cols}: {}", column.0);
            }
        }
    }
}

#[test]
fn as_of_makes_every_figure_come_again() {
    let shop = Shop::new();
    shop.demo("demo.db", 500);
    for command in ["tags", "groups", "kpi", "board"] {
        let run =
            |at: &str| shop.good(&[command, "--format", "json", "--as-of", at, "-w", "demo.db"]);
        let now = run(NOW);
        assert_eq!(now, run(NOW), "{command}");
        assert_eq!(now, run("2026-11-11T06:30:00Z"), "{command}");
        assert_ne!(now, run("2026-10-11 14:30"), "{command}");
    }
}

#[test]
fn json_says_what_it_was_computed_from() {
    let shop = Shop::new();
    shop.demo("demo.db", 500);
    for arguments in [
        &["list", "customers"][..],
        &["list", "campaigns"],
        &["list", "staff"],
        &["tags"],
        &["groups"],
        &["kpi"],
        &["board"],
    ] {
        let mut arguments = arguments.to_vec();
        arguments.extend(["--format", "json", "--as-of", NOW, "-w", "demo.db"]);
        let document: Value = serde_json::from_str(&shop.good(&arguments)).unwrap();
        assert_eq!(document["schema_version"], 1, "{arguments:?}");
        assert_eq!(document["as_of"], "2026-11-11T14:30:00+08:00");
        assert_eq!(document["period"]["from"], "2026-11-01", "{arguments:?}");
        assert_eq!(document["period"]["to"], "2026-11-30");
        assert_eq!(document["period"]["partial"], true);
        assert_eq!(document["scope"]["filter"], "");
        assert!(document["rows"].is_array(), "{arguments:?}");
    }
    let groups = shop.good(&[
        "groups", "--format", "json", "--as-of", NOW, "-w", "demo.db",
    ]);
    let document: Value = serde_json::from_str(&groups).unwrap();
    let rate = &document["rows"][0]["parts"][0]["measured"];
    for key in ["value", "num", "den", "unit", "note"] {
        assert!(rate.get(key).is_some(), "{key}: {rate}");
    }
    let lines = shop.good(&[
        "board", "--format", "jsonl", "--as-of", NOW, "-w", "demo.db",
    ]);
    for line in lines.lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap().is_object());
    }
}

#[test]
fn people_read_words_where_programs_read_codes() {
    let shop = Shop::new();
    shop.demo("demo.db", 500);
    let said = |command: &[&str], format: &str| {
        let rest = ["--format", format, "--as-of", NOW, "-w", "demo.db"];
        shop.good(&[command, &rest].concat())
    };
    let campaigns = said(&["list", "campaigns"], "table");
    assert!(
        campaigns.contains("进行中") && !campaigns.contains("running"),
        "{campaigns}"
    );
    assert!(said(&["list", "campaigns"], "csv").contains(",running,"));
    let targets = said(&["target", "list"], "table");
    let name: String = shop
        .connection("demo.db")
        .query_row(
            "SELECT s.name FROM staff s JOIN kpi_target t ON t.subject_kind = 'staff' AND t.subject_id = s.userid
             WHERE (SELECT count(*) FROM staff x WHERE x.name = s.name) = 1 LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(targets.contains(&format!("员工 {name}")), "{targets}");
    assert!(
        targets.contains("全店") && targets.contains(" 月 "),
        "{targets}"
    );
    for code in ["staff:", "workspace", "month"] {
        assert!(!targets.contains(code), "{code}: {targets}");
    }
    let targets = said(&["target", "list"], "csv");
    assert!(
        targets.contains("staff:") && targets.contains(",month,"),
        "{targets}"
    );
    let board = said(&["board", "--metric", "adds"], "table");
    let metric = caopan::domain::metric::find("adds").unwrap();
    assert!(
        board.contains(&format!("排名指标 {}", metric.zh)),
        "{board}"
    );
}

#[test]
fn a_variable_that_is_set_and_empty_says_nothing() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let plain = shop.good(&["list", "customers", "-w", "w.db"]);
    for name in [
        "CAOPAN_LANG",
        "CAOPAN_THEME",
        "CAOPAN_GLYPHS",
        "CAOPAN_MASK",
        "CAOPAN_READ_ONLY",
        "CAOPAN_CONFIG",
        "CAOPAN_WORKSPACE",
    ] {
        let mut command = shop.command();
        command
            .env(name, "")
            .args(["list", "customers", "-w", "w.db"]);
        let gave = command.output().unwrap();
        let said = String::from_utf8_lossy(&gave.stderr).into_owned();
        assert_eq!((gave.status.code(), said.as_str()), (Some(0), ""), "{name}");
        let text = String::from_utf8_lossy(&gave.stdout).into_owned();
        assert_eq!(
            text.lines().next_back(),
            plain.lines().next_back(),
            "{name}"
        );
    }
    let wrong = shop.run(&["list", "customers", "--lang", "", "-w", "w.db"]);
    assert_eq!(
        wrong.code, 2,
        "said on the command line it is wrong: {}",
        wrong.err
    );
}
