//! What leaves the house: files that are whole or not there, masked unless asked, inert in a spreadsheet, journalled.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use serde_json::Value;
use shop::{CAOPAN, NOW, Shop};

const CUSTOMERS: &str = "external_userid,name,phone,first_added_at\n\
    wm1,张三,13800138000,2026-03-01 08:30\nwm2,李四,13900139000,2026-03-02\n";
const ORDERS: &str = "order_id,external_userid,paid_at,paid_yuan,status,ordered_at\n\
    o1,wm1,2026-11-05 20:15,100.50,paid,\no2,wm1,2026-11-06,20.00,paid,\no3,wm2,2026-11-05,7.00,paid,\n";

/// Two customers and three orders.
fn small() -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for (kind, text) in [("customers", CUSTOMERS), ("orders", ORDERS)] {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
    shop
}

/// Names that a spreadsheet would run.
const CANARIES: &[&str] = &[
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    " =1+1",
    "=HYPERLINK(\"http://x\",\"y\")",
    "=cmd|' /C calc'!A0",
];

/// A shop whose customers are called like formulas.
fn canaries() -> Shop {
    let shop = small();
    let conn = shop.connection("w.db");
    conn.execute("DELETE FROM customer", []).unwrap();
    for (n, name) in CANARIES.iter().enumerate() {
        conn.execute(
            "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES (?1, ?2, '+8613800138000', 0)",
            [format!("={n}"), (*name).to_owned()],
        )
        .unwrap();
    }
    shop
}

/// The first row of a sheet.
fn titles(sheet: &Range<Data>) -> Vec<String> {
    let first = sheet.rows().next().unwrap();
    first.iter().map(ToString::to_string).collect()
}

#[test]
fn a_limit_holds_for_every_list_or_is_refused() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let run = |arguments: &[&str]| shop.run(&[arguments, &["--as-of", NOW, "-w", "w.db"]].concat());
    for what in ["tags", "groups", "campaigns", "staff"] {
        let csv = |more: &[&str]| run(&[&["list", what, "--format", "csv"], more].concat()).out;
        let (all, two) = (csv(&[]), csv(&["--limit", "2"]));
        let first: Vec<&str> = all.lines().take(3).collect();
        assert!(all.lines().count() > 3, "{what}");
        assert_eq!(two.lines().collect::<Vec<_>>(), first, "{what}");
    }
    let tags = run(&["list", "tags", "--limit", "2"]).out;
    assert!(tags.contains("列出 2 / "), "{tags}");
    for what in ["tags", "groups"] {
        let cut = run(&["export", what, "--limit", "1", "-o", "-"]).out;
        assert_eq!(cut.lines().count(), 2, "{cut}");
    }
    for what in ["kpi", "board"] {
        let gave = run(&["export", what, "--limit", "1", "-o", "-"]);
        assert_eq!((gave.code, gave.out.as_str()), (2, ""), "{what}");
        assert!(gave.err.contains("--limit"), "{}", gave.err);
    }
}

/// The newest line of the journal: act, subject, actor, detail.
fn journalled(shop: &Shop) -> Option<(String, String, Value)> {
    let conn = shop.connection("w.db");
    conn.query_row(
        "SELECT act, subject_kind, detail FROM journal WHERE act = 'export' ORDER BY journal_id DESC LIMIT 1",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?)),
    )
    .ok()
    .map(|(act, kind, detail)| (act, kind, serde_json::from_str(&detail).unwrap()))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn files(shop: &Shop, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(shop.path(folder))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn an_export_says_what_the_list_says_and_is_masked() {
    let shop = small();
    let said = shop.good(&[
        "export",
        "customers",
        "-o",
        "all.csv",
        "--as-of",
        NOW,
        "-w",
        "w.db",
    ]);
    assert_eq!(said, "customers: 2 行, 已脱敏, 存入 all.csv\n");
    let text = fs::read_to_string(shop.path("all.csv")).unwrap();
    let bare = text.strip_prefix('\u{feff}').expect("Excel needs the mark");
    let list = shop.good(&[
        "list",
        "customers",
        "--format",
        "csv",
        "--as-of",
        NOW,
        "-w",
        "w.db",
    ]);
    assert_eq!(bare, list);
    assert!(text.contains("138****8000") && !text.contains("13800138000"));
    assert_eq!(mode(&shop.path("all.csv")), 0o600);
    let (act, kind, detail) = journalled(&shop).unwrap();
    assert_eq!((&*act, &*kind), ("export", "customers"));
    assert_eq!(detail["rows"], 2);
    assert_eq!(detail["file"], "all.csv");
    assert_eq!(detail["unmasked"], false);
    assert_eq!(detail["columns"][0], "external_userid");
}

#[test]
fn the_journal_shows_no_phone_that_was_searched_for() {
    let shop = small();
    for sought in ["13800138000", "张三"] {
        let run = shop.run(&["export", "customers", sought, "--as-of", NOW, "-w", "w.db"]);
        assert_eq!(run.code, 0, "{}", run.err);
    }
    let kept = "SELECT group_concat(detail) FROM journal WHERE act = 'export'";
    let kept: String = (shop.connection("w.db"))
        .query_row(kept, [], |row| row.get(0))
        .unwrap();
    assert!(!kept.contains("13800138000"), "{kept}");
    for format in ["table", "json", "csv"] {
        let journal = |more: &[&str]| {
            shop.good(&[&["journal", "--format", format, "-w", "w.db"], more].concat())
        };
        let open = journal(&[]);
        assert!(!open.contains("13800138000"), "{open}");
        assert!(
            open.contains("138****8000") && open.contains("张三"),
            "{open}"
        );
        let masked = journal(&["--mask"]);
        assert!(
            !masked.contains("张三") && masked.contains("***"),
            "{masked}"
        );
    }
    shop.good(&["journal", "verify", "-w", "w.db"]);
}

#[test]
fn formulas_are_inert_in_csv() {
    let shop = canaries();
    let text = shop.good(&["export", "customers", "-o", "-", "-w", "w.db"]);
    assert!(text.starts_with("external_userid,"), "no mark on a pipe");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut rows = 0;
    for row in reader.records().map(Result::unwrap) {
        for cell in &row {
            let runs = cell
                .trim_start()
                .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
            assert!(!runs, "{cell:?}");
        }
        rows += 1;
    }
    assert_eq!(rows, CANARIES.len());
}

#[test]
fn a_workbook_has_typed_cells_and_says_what_it_is() {
    let shop = canaries();
    shop.good(&[
        "export",
        "customers",
        "--unmask",
        "--yes",
        "-o",
        "c.xlsx",
        "--as-of",
        NOW,
        "-w",
        "w.db",
    ]);
    let mut book: Xlsx<_> = open_workbook(shop.path("c.xlsx")).unwrap();
    assert_eq!(book.sheet_names(), ["customers", "caopan"]);
    let formulas = book.worksheet_formula("customers").unwrap();
    assert!(formulas.used_cells().next().is_none());
    let cells = book.worksheet_range("customers").unwrap();
    assert_eq!(cells.height(), CANARIES.len() + 1);
    let titles = titles(&cells);
    let at = |title: &str| titles.iter().position(|t| t == title).unwrap();
    let (name, phone) = (at("姓名"), at("手机"));
    let mut names: Vec<String> = Vec::new();
    for row in cells.rows().skip(1) {
        assert_eq!(row[phone], Data::String("+8613800138000".into()));
        names.push(row[name].to_string());
    }
    names.sort();
    let mut wanted: Vec<String> = CANARIES.iter().map(|c| (*c).to_owned()).collect();
    wanted.sort();
    assert_eq!(names, wanted);
    let about = book.worksheet_range("caopan").unwrap();
    let about: Vec<String> = about.rows().map(|r| format!("{}={}", r[0], r[1])).collect();
    assert!(
        about.contains(&"截至=2026-11-11T14:30:00+08:00".to_owned()),
        "{about:?}"
    );
    assert!(
        about.iter().any(|line| line.starts_with("导出人=")),
        "{about:?}"
    );
}

#[test]
fn money_counts_and_moments_are_numbers_in_a_workbook() {
    let shop = small();
    shop.good(&[
        "export",
        "customers",
        "-o",
        "c.xlsx",
        "--lang",
        "en",
        "--sort",
        "-spend",
        "-w",
        "w.db",
    ]);
    let mut book: Xlsx<_> = open_workbook(shop.path("c.xlsx")).unwrap();
    let cells = book.worksheet_range("customers").unwrap();
    let titles = titles(&cells);
    let first = cells.rows().nth(1).unwrap();
    let cell = |title: &str| &first[titles.iter().position(|t| t == title).unwrap()];
    assert_eq!(cell("customer id"), &Data::String("wm1".into()));
    assert_eq!(cell("spend(yuan)"), &Data::Float(120.5));
    assert_eq!(cell("orders"), &Data::Float(2.0));
    let Data::DateTime(moment) = cell("added") else {
        panic!("{:?}", cell("added"))
    };
    // 2026-03-01 is day 46,082 of the spreadsheet's count; 08:30 is 0.354166… of a day.
    assert!(
        (moment.as_f64() - 46_082.354_166_666).abs() < 1e-6,
        "{moment}"
    );
}

#[test]
fn every_pane_goes_out_in_every_format() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    for what in [
        "customers",
        "tags",
        "groups",
        "campaigns",
        "staff",
        "kpi",
        "board",
    ] {
        for format in ["csv", "xlsx", "jsonl", "md"] {
            let file = format!("{what}.{format}");
            shop.good(&["export", what, "-o", &file, "--as-of", NOW, "-w", "w.db"]);
            let bytes = fs::read(shop.path(&file)).unwrap();
            assert!(bytes.len() > 100, "{file}");
            if format == "md" {
                let text = String::from_utf8(bytes).unwrap();
                let pipes = |line: &str| line.matches(" | ").count();
                let rows: Vec<usize> = text
                    .lines()
                    .filter(|l| l.starts_with('|'))
                    .map(pipes)
                    .collect();
                assert!(
                    rows.len() > 2 && rows.iter().all(|n| *n == rows[0]),
                    "{text}"
                );
            }
        }
    }
    // The same rows as the commands print.
    let printed = |arguments: &[&str]| {
        shop.good(
            &[
                arguments,
                &["--as-of", NOW, "-w", "w.db", "--format", "csv"],
            ]
            .concat(),
        )
    };
    for what in ["tags", "groups", "kpi", "board"] {
        assert_eq!(
            printed(&["export", what, "-o", "-"]),
            printed(&[what]),
            "{what}"
        );
    }
}

#[test]
fn unmasked_is_asked_and_journalled() {
    let shop = small();
    let export = [
        "export",
        "customers",
        "-o",
        "c.csv",
        "--unmask",
        "-w",
        "w.db",
    ];
    let gave = shop.run(&export);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(gave.err.contains("--yes"), "{}", gave.err);
    assert!(!shop.path("c.csv").exists() && journalled(&shop).is_none());
    for (more, why) in [("--mask", "脱敏已打开"), ("--read-only", "必须记入日志")] {
        let gave = shop.run(&[&export[..], &["--yes", more]].concat());
        assert_eq!(gave.code, 5, "{}", gave.err);
        assert!(gave.err.contains(why), "{}", gave.err);
    }
    assert!(!shop.path("c.csv").exists());
    shop.good(&[&export[..], &["--yes"]].concat());
    let text = fs::read_to_string(shop.path("c.csv")).unwrap();
    assert!(text.contains("13800138000"));
    let (_, _, detail) = journalled(&shop).unwrap();
    assert_eq!(
        (&detail["unmasked"], &detail["rows"]),
        (&true.into(), &2.into())
    );
}

#[test]
fn who_may_only_read_exports_masked_and_writes_nothing_into_the_workspace() {
    let shop = small();
    shop.good(&[
        "export",
        "customers",
        "-o",
        "c.csv",
        "--read-only",
        "-w",
        "w.db",
    ]);
    assert!(shop.path("c.csv").exists());
    assert!(journalled(&shop).is_none());
}

#[test]
fn the_old_file_stands_when_the_new_one_cannot_be() {
    let shop = small();
    shop.write("c.csv", "old");
    let gave = shop.run(&["export", "customers", "-o", "c.csv", "-w", "w.db"]);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(gave.err.contains("--force"), "{}", gave.err);
    assert_eq!(fs::read_to_string(shop.path("c.csv")).unwrap(), "old");
    fs::set_permissions(shop.path("c.csv"), fs::Permissions::from_mode(0o644)).unwrap();
    shop.good(&[
        "export",
        "customers",
        "-o",
        "c.csv",
        "--force",
        "-w",
        "w.db",
    ]);
    assert_ne!(fs::read_to_string(shop.path("c.csv")).unwrap(), "old");
    assert_eq!(mode(&shop.path("c.csv")), 0o600, "private, whatever it was");
    // A limit on the size of files stands for a full disk: the write fails half way.
    let line = format!(
        "trap '' XFSZ; ulimit -f 1; '{CAOPAN}' export customers -o big.csv --force -w demo.db"
    );
    shop.demo("demo.db", 2_000);
    shop.write("big.csv", "old");
    let gave = Command::new("sh")
        .args(["-c", &line])
        .env_clear()
        .envs(shop.environment())
        .current_dir(shop.folder())
        .output()
        .unwrap();
    assert_ne!(gave.status.code(), Some(0));
    assert_eq!(fs::read_to_string(shop.path("big.csv")).unwrap(), "old");
    let left = files(&shop, ".");
    assert!(!left.iter().any(|name| name.contains(".part")), "{left:?}");
}

#[test]
fn only_plain_files_are_written() {
    let shop = small();
    shop.write("real.csv", "old");
    symlink(shop.path("real.csv"), shop.path("link.csv")).unwrap();
    let made = Command::new("mkfifo")
        .arg(shop.path("pipe.csv"))
        .status()
        .unwrap();
    assert!(made.success());
    fs::create_dir(shop.path("folder.csv")).unwrap();
    for target in [
        "link.csv",
        "pipe.csv",
        "folder.csv",
        "/dev/full",
        "missing/c.csv",
        "w.db",
        "w.db-wal",
    ] {
        let gave = shop.run(&[
            "export",
            "customers",
            "-o",
            target,
            "--force",
            "--format",
            "csv",
            "-w",
            "w.db",
        ]);
        assert_eq!(gave.code, 1, "{target}: {}", gave.err);
        assert!(gave.err.contains("写不了"), "{}", gave.err);
    }
    assert_eq!(fs::read_to_string(shop.path("real.csv")).unwrap(), "old");
}

#[test]
fn a_title_in_the_filter_is_never_a_path() {
    let shop = small();
    let said = shop.good(&[
        "export",
        "customers",
        "group:../../etc/passwd",
        "--as-of",
        NOW,
        "-w",
        "w.db",
    ]);
    assert!(
        said.ends_with("存入 customers-group-etc-passwd-2026-11-11.csv\n"),
        "{said}"
    );
    assert!(
        shop.path("customers-group-etc-passwd-2026-11-11.csv")
            .exists()
    );
}

#[test]
fn files_are_private_whatever_the_umask() {
    let shop = small();
    let line = format!("umask 000; '{CAOPAN}' export customers -o open.xlsx -w w.db");
    let ran = Command::new("sh")
        .args(["-c", &line])
        .env_clear()
        .envs(shop.environment())
        .current_dir(shop.folder())
        .status()
        .unwrap();
    assert!(ran.success());
    assert_eq!(mode(&shop.path("open.xlsx")), 0o600);
}

/// When the last of what [`sold`] sells is paid back.
const AFTER: &str = "2026-12-02";

/// Customers, orders and a refund; a month apart, a test, an unpaid one and a stranger's.
fn sold() -> Shop {
    let shop = small();
    shop.write(
        "more.csv",
        "order_id,external_userid,paid_at,paid_yuan,status,ordered_at,is_test,buyer_key\n\
         o4,wm1,2026-10-31 23:59,1.00,paid,,0,\no5,wm2,2026-11-30 12:00,2.50,paid,,0,\n\
         o6,wm2,2026-11-07,999.00,paid,,1,\no7,wm2,,5.00,created,2026-11-07,0,\n\
         o8,,2026-11-08 09:00,8.00,paid,,0,13700137000\n",
    );
    shop.write(
        "refunds.csv",
        "refund_id,order_id,refunded_at,amount_yuan,reason\nr1,o1,2026-11-09 10:00,0.50,=少件\nr2,o4,2026-12-01,1.00,\n",
    );
    shop.good(&["import", "orders", "more.csv", "-w", "w.db"]);
    shop.good(&["import", "refunds", "refunds.csv", "-w", "w.db"]);
    shop
}

fn column(csv: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let at = reader.headers().unwrap().iter().position(|h| h == name);
    let at = at.unwrap_or_else(|| panic!("no column {name}"));
    reader
        .records()
        .map(|r| r.unwrap().get(at).unwrap().to_owned())
        .collect()
}

#[test]
fn orders_of_a_period_and_of_a_filters_customers_are_exported() {
    let shop = sold();
    let export = |arguments: &[&str]| {
        let fixed = ["-o", "-", "--as-of", AFTER, "-w", "w.db"];
        shop.good(&[arguments, &fixed].concat())
    };
    let november = export(&["export", "orders", "--period", "2026-11"]);
    assert_eq!(
        column(&november, "order_id"),
        ["o3", "o1", "o2", "o8", "o5"].map(String::from),
        "by the moment of payment; no test, no unpaid one"
    );
    assert_eq!(
        column(&november, "paid_yuan"),
        ["7.00", "100.50", "20.00", "8.00", "2.50"]
    );
    assert_eq!(
        column(&november, "refunded_yuan"),
        ["0.00", "0.50", "0.00", "0.00", "0.00"]
    );
    assert_eq!(column(&november, "buyer_key")[3], "137****7000");
    assert_eq!(
        column(&november, "name"),
        ["李四", "张三", "张三", "", "李四"]
    );
    let hers = export(&["export", "orders", "name:张三", "--period", "year"]);
    assert_eq!(column(&hers, "order_id"), ["o4", "o1", "o2"]);
    let rich = export(&[
        "export",
        "orders",
        "spend>100",
        "--period",
        "2026-11",
        "--limit",
        "1",
    ]);
    assert_eq!(column(&rich, "order_id"), ["o1"]);
    let back = export(&["export", "refunds", "--period", "2026-11"]);
    assert_eq!(column(&back, "refund_id"), ["r1"]);
    assert_eq!(column(&back, "reason"), ["'=少件"]);
    let masked = export(&["export", "orders", "--mask", "--period", "2026-11"]);
    assert_eq!(column(&masked, "name")[1], "张*");
}

#[test]
fn exported_orders_and_refunds_can_be_imported_again() {
    let shop = sold();
    for (kind, file) in [("orders", "o.csv"), ("refunds", "r.csv")] {
        let said = shop.good(&[
            "export", kind, "--period", "year", "-o", file, "--as-of", AFTER, "-w", "w.db",
        ]);
        assert!(said.contains(", 已脱敏, 存入 "), "{said}");
    }
    shop.good(&["init", "other.db"]);
    shop.good(&["import", "customers", "customers.csv", "-w", "other.db"]);
    for (kind, file) in [("orders", "o.csv"), ("refunds", "r.csv")] {
        let gave = shop.run(&["import", kind, file, "-w", "other.db"]);
        assert_eq!(gave.code, 0, "{}", gave.err);
    }
    let rows = |file: &str| -> Vec<(String, Option<i64>, i64, i64)> {
        let conn = shop.connection(file);
        let sql = "SELECT order_id, paid_at, paid_fen, refund_fen FROM v_paid ORDER BY 1";
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)));
        rows.unwrap().map(Result::unwrap).collect()
    };
    assert_eq!(rows("other.db"), rows("w.db"));
}

#[test]
fn orders_in_a_workbook_have_typed_cells() {
    let shop = sold();
    shop.good(&[
        "export", "orders", "--period", "2026-11", "-o", "o.xlsx", "--as-of", NOW, "-w", "w.db",
    ]);
    let mut book: Xlsx<_> = open_workbook(shop.path("o.xlsx")).unwrap();
    let sheet = book.worksheet_range("orders").unwrap();
    assert_eq!(sheet.get_value((1, 0)), Some(&Data::String("o3".into())));
    assert_eq!(sheet.get_value((1, 4)), Some(&Data::Float(7.0)));
    assert!(matches!(sheet.get_value((1, 3)), Some(Data::DateTime(_))));
}

/// Every kind that is exported and imported, with the formats and languages it goes out in.
const KINDS: [&str; 7] = [
    "customers",
    "staff",
    "tags",
    "groups",
    "campaigns",
    "orders",
    "refunds",
];

#[test]
fn what_is_exported_comes_in_again_where_it_came_from_and_changes_nothing() {
    let shop = Shop::new();
    shop.demo("w.db", 120);
    for kind in KINDS {
        for (format, lang) in [("csv", "zh"), ("xlsx", "zh"), ("xlsx", "en")] {
            let file = format!("{kind}-{lang}.{format}");
            shop.good(&[
                "export", kind, "--period", "year", "--unmask", "--yes", "-o", &file, "--as-of",
                NOW, "--lang", lang, "-w", "w.db",
            ]);
            let gave = shop.run(&["import", kind, &file, "--lang", "en", "-w", "w.db"]);
            assert_eq!(gave.code, 0, "{file}: {}{}", gave.out, gave.err);
            assert!(
                gave.out.contains("0 new, 0 changed"),
                "{file}: {}",
                gave.out
            );
        }
    }
}

#[test]
fn a_workbook_of_groups_is_in_the_words_and_figures_of_the_pane() {
    let shop = Shop::new();
    shop.demo("w.db", 400);
    let rows = |format: &str| {
        let file = format!("g.{format}");
        shop.good(&[
            "export", "groups", "-o", &file, "--as-of", NOW, "--lang", "zh", "-w", "w.db",
        ]);
        shop.path(&file)
    };
    let mut book: Xlsx<_> = open_workbook(rows("xlsx")).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    let titles = titles(&sheet);
    for title in &titles {
        assert!(!title.is_ascii(), "{title} in {titles:?}");
    }
    let at = |title: &str| titles.iter().position(|t| t == title).unwrap();
    let (health, flags) = (at("健康分"), at("标记"));
    let mut flagged = 0;
    for row in sheet.rows().skip(1) {
        if let Data::Float(score) = row[health] {
            let tenths = score * 10.0;
            assert!((tenths - tenths.round()).abs() < 1e-6, "{score}");
        }
        let words = row[flags].to_string();
        assert!(words.is_empty() || !words.is_ascii(), "{words}");
        flagged += usize::from(!words.is_empty());
    }
    assert!(flagged > 0);
}

/// The rows of a CSV in the order of their texts: of each the cells that the import of a kind reads.
fn read_rows(kind: &str, csv: &str) -> Vec<String> {
    let known = caopan::import::Kind::parse(kind).unwrap();
    let header = csv.trim_start_matches('\u{feff}').lines().next();
    let header = header.unwrap().split(',');
    let columns: Vec<Vec<String>> = header
        .filter(|name| known.columns().any(|(own, _)| own == *name))
        .map(|name| column(csv, name))
        .collect();
    assert!(columns.len() > 1, "{kind}");
    let many = columns.first().map_or(0, Vec::len);
    let mut rows: Vec<String> = (0..many)
        .map(|row| {
            let cells = columns.iter().filter_map(|column| column.get(row));
            cells.map(String::as_str).collect::<Vec<_>>().join("|")
        })
        .collect();
    rows.sort();
    rows
}

#[test]
fn what_goes_out_comes_back_as_it_was() {
    let shop = Shop::new();
    shop.demo("w.db", 120);
    let conn = shop.connection("w.db");
    // White space around a name is taken off as it comes in.
    let named = CANARIES.iter().filter(|name| !name.starts_with(' '));
    let odd = ["a,\"b\"", "O'Neil"];
    for (n, name) in (0_i64..).zip(named.chain(&odd)) {
        conn.execute(
            "INSERT INTO customer (external_userid, name, phone, gender, first_added_at, synced_at) VALUES (?1, ?2, ?3, 1, ?4, 0)",
            (format!("wmC{n}"), *name, format!("138000000{n:02}"), 1_780_000_000 + n),
        )
        .unwrap();
    }
    drop(conn);
    let out = |from: &str, kind: &str, file: &str, lang: &str| {
        shop.good(&[
            "export", kind, "--period", "year", "--unmask", "--yes", "--force", "-o", file,
            "--as-of", NOW, "--lang", lang, "-w", from,
        ]);
    };
    for kind in KINDS {
        out("w.db", kind, "first.csv", "zh");
        let first = fs::read_to_string(shop.path("first.csv")).unwrap();
        assert!(first.lines().count() > 3, "{kind}: {first}");
        for (format, lang) in [("csv", "zh"), ("xlsx", "zh"), ("xlsx", "en")] {
            let file = format!("{kind}-{lang}.{format}");
            out("w.db", kind, &file, lang);
            // All else that the rows speak of stays; they themselves go.
            fs::copy(shop.path("w.db"), shop.path("n.db")).unwrap();
            let conn = shop.connection("n.db");
            let emptied = match kind {
                "customers" => "DELETE FROM customer",
                "staff" => "DELETE FROM staff",
                "tags" => "DELETE FROM customer_tag; DELETE FROM tag",
                "groups" => "DELETE FROM group_chat",
                "campaigns" => "DELETE FROM campaign",
                "orders" => "DELETE FROM sale_order",
                _ => "DELETE FROM order_refund",
            };
            conn.execute_batch(emptied).unwrap();
            drop(conn);
            let gave = shop.run(&["import", kind, &file, "-w", "n.db"]);
            assert_eq!(gave.code, 0, "{file}: {}{}", gave.out, gave.err);
            out("n.db", kind, "second.csv", "zh");
            let second = fs::read_to_string(shop.path("second.csv")).unwrap();
            let (was, is) = (read_rows(kind, &first), read_rows(kind, &second));
            let differs = was.iter().zip(&is).find(|(was, is)| was != is);
            assert_eq!(differs, None, "{file}");
            assert_eq!(was.len(), is.len(), "{file}");
            if matches!(kind, "orders" | "refunds") {
                assert_eq!(first, second, "{file}");
            }
        }
    }
}
