//! The commands as a stranger runs them: the built program, its output, its exit code.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "support/shop.rs"]
mod shop;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::process::Stdio;

use rusqlite::Connection;
use serde_json::Value;
use shop::{NOW, Shop, TODAY, spoil, steers};
use unicode_width::UnicodeWidthStr;

#[track_caller]
fn fails(shop: &Shop, code: i32, arguments: &[&str]) -> String {
    let gave = shop.run(arguments);
    assert_eq!(gave.code, code, "{arguments:?}: {}", gave.err);
    assert!(
        gave.err.starts_with("caopan: error: ") && gave.err.contains("\nhelp: "),
        "{arguments:?}: {}",
        gave.err
    );
    assert!(!gave.err.contains("panicked"), "{}", gave.err);
    gave.err
}

#[test]
fn a_success_is_said_in_the_language_of_the_interface() {
    let customers = "external_userid,name,phone\nwm1,李雷,\nwm2,韩梅,\n";
    for (shop, wants) in [
        (
            Shop::new(),
            [
                "已建立 w.db: 空工作区, 按 Asia/Shanghai 划分营业日\n接着: caopan import",
                "customers: 读入 2 行: 将新增 2, 变更 0, 未变 0\n没有写入\n",
                "customers: 读入 2 行: 新增 2, 变更 0, 未变 0\n",
                "customers: 2 行, 已脱敏, 存入 out.csv\n",
                "设置, 按键与主题都没有问题\n",
                "日志完整",
                "已复制 w.db 到 b.db: ",
                "已用 b.db 恢复 w.db: 客户 2, 订单 0\n原来的内容留在 w.db.before-restore-",
                "已从 w.db 删除个人信息\n",
                "w.db 里没有这个编号的行\n",
                "已生成 d.db: 客户 300, ",
            ],
        ),
        (
            Shop::english(),
            [
                "made w.db: empty, business days in Asia/Shanghai\nnext: caopan import",
                "customers: 2 rows read: would be 2 new, 0 changed, 0 unchanged\nnothing was written\n",
                "customers: 2 rows read: 2 new, 0 changed, 0 unchanged\n",
                "customers: 2 rows, masked, in out.csv\n",
                "settings, keys and theme are fine\n",
                "the journal is whole",
                "copied w.db to b.db: ",
                "restored w.db from b.db: 2 customers, 0 orders\nwhat it held before is kept as w.db.before-restore-",
                "erased from w.db\n",
                "no rows under that id in w.db\n",
                "made d.db: 300 customers, ",
            ],
        ),
    ] {
        shop.write("c.csv", customers);
        let lines = [
            "init w.db",
            "import customers c.csv --dry-run -w w.db",
            "import customers c.csv -w w.db",
            "export customers -o out.csv -w w.db",
            "config check",
            "journal verify -w w.db",
            "backup b.db -w w.db",
            "restore b.db --yes -w w.db",
            "erase wm1 --yes -w w.db",
            "erase wm1 --yes -w w.db",
            "demo d.db --customers 300 --today 2026-11-11",
        ];
        for (line, want) in lines.iter().zip(wants) {
            let arguments: Vec<&str> = line.split(' ').collect();
            let said = shop.run(&arguments).out;
            assert!(said.starts_with(want), "{line}: {said}");
        }
    }
}

#[test]
fn a_failure_is_said_in_the_language_of_the_interface() {
    let (shop, english) = (Shop::new(), Shop::english());
    shop.good(&["init", "w.db"]);
    for (code, arguments, zh, en) in [
        (
            3,
            &["list", "customers", "-w", "no.db"][..],
            "no.db 没有工作区",
            "there is no workspace at no.db",
        ),
        (
            2,
            &["list", "nothing"][..],
            "不能是 'nothing'",
            "invalid value 'nothing'",
        ),
        (
            2,
            &["board", "--org", "东店", "-w", "w.db"][..],
            "没有叫 \"东店\" 的部门",
            "no department is called \"东店\"",
        ),
        (
            5,
            &["init", "w.db"][..],
            "w.db 已经存在",
            "w.db exists already",
        ),
    ] {
        let said = fails(&shop, code, arguments);
        assert!(said.contains(zh), "{said}");
        let chosen = [arguments, &["--lang", "en"]].concat();
        let said = fails(&shop, code, &chosen);
        assert!(said.contains(en), "{said}");
    }
    let said = fails(&english, 2, &["list", "nothing"]);
    assert!(said.contains("invalid value"), "{said}");
    // A settings file says it for command lines that are not understood as well.
    std::fs::create_dir_all(english.path("config")).unwrap();
    english.write("config/config.toml", "lang = \"zh\"\n");
    let said = fails(&english, 2, &["list", "nothing"]);
    assert!(said.contains("不能是"), "{said}");
}

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

const CUSTOMERS: &str = "external_userid,name,phone,first_added_at\n\
    wm1,张三,13800138000,2026-03-01\nwm2,李四,13900139000,2026-03-02\nwm3,王五,,2026-03-03\nwm4,赵六,,2026-03-04\n";
const ORDERS: &str = "order_id,external_userid,paid_at,paid_yuan,status,ordered_at\n\
    o1,wm1,2026-03-05 20:15,100.50,paid,\no2,wm1,2026-03-06,20.00,paid,\n\
    o3,wm2,2026-03-05,100.00,paid,\no4,wm2,2026-03-06,0.00,paid,\n\
    o5,wm3,2026-03-05,500.00,paid,\no6,wm4,2026-03-05,60.00,paid,\no7,wm4,2026-03-06,60.00,paid,\n\
    o8,wm4,,999.00,created,2026-03-05\no9,stranger,2026-03-06,9000.00,paid,\n";
const REFUNDS: &str = "refund_id,order_id,refunded_at,amount_yuan\nr1,o7,2026-03-09 11:00,20.00\n";

fn imported(shop: &Shop) {
    shop.good(&["init", "w.db"]);
    for (kind, text) in [
        ("customers", CUSTOMERS),
        ("orders", ORDERS),
        ("refunds", REFUNDS),
    ] {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
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

#[test]
fn a_second_import_changes_nothing_and_strangers_orders_are_counted() {
    let shop = Shop::new();
    imported(&shop);
    let logged = |shop: &Shop| -> (i64, i64) {
        let conn = shop.connection("w.db");
        let one = |sql: &str| conn.query_row(sql, [], |row| row.get(0)).unwrap();
        (
            one("SELECT coalesce(max(seq), 0) FROM change_log"),
            one("SELECT count(*) FROM sale_order"),
        )
    };
    let before = logged(&shop);
    assert_eq!(
        before.1, 9,
        "the order of somebody outside the pool is kept"
    );
    let skipped = shop.good(&["import", "orders", "orders.csv", "-w", "w.db"]);
    assert!(
        skipped.contains("orders.csv 已于 ") && skipped.contains("无需再导"),
        "{skipped}"
    );
    let twice = ["import", "orders", "orders.csv", "--again", "-w", "w.db"];
    assert_eq!(
        shop.good(&twice),
        "orders: 读入 9 行: 新增 0, 变更 0, 未变 9\n  状态: 待付款 1, 已付款 8\n  1 单不属于池中任何客户 (已保留, 计入全店合计)\n"
    );
    let twice = [
        "import",
        "customers",
        "customers.csv",
        "--again",
        "-w",
        "w.db",
    ];
    let again = shop.good(&twice);
    assert!(again.contains("新增 0, 变更 0, 未变 4"), "{again}");
    assert_eq!(logged(&shop), before);
}

/// What the receipt of an import that changed something ends with.
const FINAL: &str = "导入不能撤销 (要有退路, 导入前先 caopan backup)";

#[test]
fn every_template_imports_cleanly() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for kind in caopan::import::Kind::all() {
        let code = kind.code();
        let template = shop.good(&["import", code, "--template"]);
        shop.write("t.csv", &template);
        let said = shop.good(&["import", code, "t.csv", "-w", "w.db"]);
        let lines: Vec<&str> = said.lines().collect();
        let counts = format!("{code}: 读入 1 行: 新增 1, 变更 0, 未变 0");
        assert_eq!(lines.first(), Some(&counts.as_str()));
        assert_eq!(lines.last().map(|line| line.trim()), Some(FINAL));
        // Of the template's relation no event tells.
        assert_eq!(lines.len() == 2, code != "follows", "{said}");
        let again = shop.good(&["import", code, "t.csv", "--again", "-w", "w.db"]);
        assert!(!again.contains(FINAL), "{again}");
    }
}

/// The same row in every format that is read: the second import of it finds nothing new.
#[test]
fn templates_of_every_format_hold_the_same_row() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for code in ["customers", "orders"] {
        shop.write("t.csv", &shop.good(&["import", code, "--template"]));
        shop.good(&["import", code, "t.csv", "-w", "w.db"]);
        for ending in ["tsv", "jsonl", "xlsx"] {
            let file = format!("{code}.{ending}");
            shop.good(&["import", code, "--template", "-o", &file]);
            let gave = shop.run(&["import", code, &file, "-w", "w.db"]);
            let seen = "读入 1 行: 新增 0, 变更 0, 未变 1";
            assert!(gave.out.contains(seen), "{file}: {}{}", gave.out, gave.err);
            let read = format!(", {}", ending.to_uppercase());
            assert!(gave.err.contains(&read), "{file}: {}", gave.err);
            let again = shop.run(&["import", code, "--template", "-o", &file]);
            assert_eq!(again.code, 1, "{}", again.err);
        }
    }
    let gave = shop.run(&["import", "customers", "--template", "--format", "json"]);
    assert_eq!(gave.code, 2, "{}", gave.err);
}

#[test]
fn rejected_rows_come_out_importable_and_the_good_ones_are_in() {
    let shop = Shop::new();
    imported(&shop);
    shop.write(
        "more.csv",
        "order_id,external_userid,paid_at,paid_yuan\nn1,wm1,2026-03-07,10.00\nn2,wm1,2026-03-07,ten\nn3,wm1,2026-03-07,30.00\nn4,wm1,soon,1.00\n",
    );
    let refused = fails(&shop, 1, &["import", "orders", "more.csv", "-w", "w.db"]);
    for place in ["第 3 行 paid_yuan 列", "第 5 行 paid_at 列"] {
        assert!(refused.contains(place), "{refused}");
    }
    let count = |id: &str| -> i64 {
        let conn = shop.connection("w.db");
        conn.query_row(
            "SELECT count(*) FROM sale_order WHERE order_id = ?1",
            [id],
            |row| row.get(0),
        )
        .unwrap()
    };
    assert_eq!(count("n1"), 0, "refused whole");
    let gave = shop.run(&[
        "import",
        "orders",
        "more.csv",
        "--rejects",
        "bad.csv",
        "-w",
        "w.db",
    ]);
    assert_eq!(gave.code, 6, "{}", gave.err);
    assert!(gave.out.contains("拒收 2 (见 bad.csv)"), "{}", gave.out);
    assert_eq!((count("n1"), count("n2"), count("n3")), (1, 0, 1));
    let bad = std::fs::read_to_string(shop.path("bad.csv")).unwrap();
    assert!(bad.contains("n2") && bad.contains("reject_reason"), "{bad}");
    shop.write(
        "mended.csv",
        &bad.replace("ten", "20.00").replace("soon", "2026-03-08"),
    );
    let said = shop.good(&["import", "orders", "mended.csv", "-w", "w.db"]);
    assert!(said.contains("新增 2"), "{said}");
    assert_eq!(count("n2"), 1);
}

#[test]
fn failures_have_their_codes_and_say_what_to_do() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.write("orders.csv", ORDERS);
    shop.write("notes.txt", "not a workspace\n");
    // Usage and settings.
    fails(&shop, 2, &["list", "everything"]);
    fails(&shop, 2, &["--no-such-option"]);
    fails(
        &shop,
        2,
        &["list", "customers", "--period", "someday", "-w", "w.db"],
    );
    fails(
        &shop,
        2,
        &["import", "cutsomers", "orders.csv", "-w", "w.db"],
    );
    fails(
        &shop,
        2,
        &["snapshot", "--pane", "kpi", "--size", "big", "-w", "w.db"],
    );
    fails(
        &shop,
        2,
        &["--theme", "neon", "snapshot", "--pane", "kpi", "-w", "w.db"],
    );
    fails(&shop, 2, &["kpi", "--as-of", "noon", "-w", "w.db"]);
    fails(&shop, 2, &["kpi", "--org", "nowhere", "-w", "w.db"]);
    // Not a terminal.
    fails(&shop, 2, &["-w", "w.db"]);
    fails(&shop, 2, &["present", "-w", "w.db"]);
    fails(&shop, 2, &["--demo"]);
    // Workspace.
    fails(&shop, 3, &["list", "customers", "-w", "missing.db"]);
    fails(&shop, 3, &["list", "customers"]);
    fails(&shop, 3, &["list", "customers", "-w", "notes.txt"]);
    assert!(!shop.path("missing.db").exists());
    assert_eq!(
        std::fs::read_to_string(shop.path("notes.txt")).unwrap(),
        "not a workspace\n"
    );
    // Refused.
    fails(&shop, 5, &["init", "w.db"]);
    fails(&shop, 5, &["demo", "w.db"]);
    fails(
        &shop,
        5,
        &[
            "import",
            "orders",
            "orders.csv",
            "-w",
            "w.db",
            "--read-only",
        ],
    );
    // Plain failures.
    fails(&shop, 1, &["import", "orders", "no.csv", "-w", "w.db"]);
    fails(&shop, 1, &["import", "orders", "notes.txt", "-w", "w.db"]);
    // Newer.
    let conn = shop.connection("w.db");
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    fails(&shop, 7, &["list", "customers", "-w", "w.db"]);
}

#[test]
fn a_filter_before_a_command_is_refused() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for command in [&["list", "customers"][..], &["metrics"], &["undo"]] {
        let before = [&["gender:f", "-w", "w.db", "--lang", "en"], command].concat();
        let said = fails(&shop, 2, &before);
        assert!(said.contains("stands before the command"), "{said}");
    }
}

#[test]
fn a_workspace_that_stays_locked_is_busy_not_broken() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.write("customers.csv", CUSTOMERS);
    let holder = shop.connection("w.db");
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let gave = shop.run(&[
        "import",
        "customers",
        "customers.csv",
        "--wait",
        "1",
        "-w",
        "w.db",
    ]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    let said = gave.err;
    assert!(
        said.starts_with("caopan: 另一个进程正在写工作区; 最多等 1 秒\n"),
        "{said}"
    );
    assert!(
        said.contains("caopan: error: 工作区被另一个进程锁住") && said.contains("\nhelp: "),
        "{said}"
    );
    // Reading is nobody's business but the reader's.
    shop.good(&["list", "customers", "-w", "w.db"]);
    holder.execute_batch("ROLLBACK").unwrap();
    shop.good(&["import", "customers", "customers.csv", "-w", "w.db"]);
}

#[test]
fn every_commands_help_has_examples() {
    let shop = Shop::new();
    let top = shop.good(&["--help", "--lang", "en"]);
    assert!(top.contains("Examples:"));
    let commands: Vec<&str> = top
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(commands.len() >= 15, "{commands:?}");
    for command in commands {
        let help = shop.good(&[command, "--help", "--lang", "en"]);
        let example = format!("caopan {command}");
        let (_, after) = help.split_once("Examples:").expect(command);
        assert!(after.contains(&example), "{command}: {after}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure_and_a_full_disk_is() {
    let shop = Shop::new();
    shop.demo("demo.db", 2_000);
    for arguments in [
        &["list", "customers", "-w", "demo.db"][..],
        &["list", "customers", "--format", "csv", "-w", "demo.db"],
        &["groups", "--format", "json", "-w", "demo.db"],
        &["keys"],
        &["man"],
        &["completions", "bash"],
        &["--help"],
        &["snapshot", "--pane", "overview", "-w", "demo.db"],
    ] {
        let mut command = shop.command();
        command
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), &*said),
            (Some(0), ""),
            "{arguments:?}"
        );

        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = shop.command();
        command.args(arguments).stdout(full).stderr(Stdio::piped());
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn names_of_strangers_never_come_out_raw() {
    let shop = Shop::new();
    shop.demo("demo.db", 300);
    spoil(&shop.connection("demo.db"));
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for format in ["table", "csv", "jsonl", "json"] {
        for what in ["customers", "tags", "groups", "campaigns", "staff"] {
            commands.push(vec!["list", what, "--format", format]);
        }
        for pane in ["kpi", "board"] {
            commands.push(vec![pane, "--format", format]);
        }
    }
    for pane in ["overview", "customers", "tags", "groups", "kpi", "board"] {
        commands.push(vec!["snapshot", "--pane", pane, "--format", "text"]);
        commands.push(vec!["snapshot", "--pane", pane, "--format", "svg"]);
    }
    commands.push(vec!["list", "customers", "--unmask"]);
    commands.push(vec!["list", "customers", "坏"]);
    let mut marked = 0;
    for mut arguments in commands {
        arguments.extend(["-w", "demo.db", "--as-of", NOW]);
        let out = shop.good(&arguments);
        let raw = out.chars().find(|c| steers(*c));
        assert_eq!(raw, None, "{arguments:?}");
        marked += usize::from(out.contains("ESC"));
    }
    assert!(marked > 20, "the marks are shown: {marked}");
}

#[test]
fn what_was_typed_never_comes_out_raw_either() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for arguments in [
        ["list", "customers", shop::HOSTILE, "-w", "w.db"],
        ["list", "customers", "x\u{1b}[31m:3", "-w", "w.db"],
        ["import", shop::HOSTILE, "file.csv", "-w", "w.db"],
        ["import", "orders", shop::HOSTILE, "-w", "w.db"],
        ["kpi", shop::HOSTILE, "--lang", "en", "-w=w.db"],
        ["board", "--metric", shop::HOSTILE, "-w", "w.db"],
        ["list", "customers", "--as-of", shop::HOSTILE, "-w=w.db"],
        ["list", "customers", "--org", shop::HOSTILE, "-w=w.db"],
        ["list", "customers", "--theme", "\u{1b}]0;x\u{7}", "-w=w.db"],
        ["list", "customers", "--period", "\u{1b}[2J", "-w=w.db"],
        ["list", "customers", "-w", "\u{1b}[2J.db", "--lang=en"],
    ] {
        let gave = shop.run(&arguments);
        let raw = (gave.out + &gave.err).chars().find(|c| steers(*c));
        assert_eq!(raw, None, "{arguments:?}");
    }
}

#[test]
fn phones_are_masked_unless_asked_for_and_names_when_asked_to() {
    let shop = Shop::new();
    imported(&shop);
    let list = |more: &[&str]| {
        let mut arguments = vec!["list", "customers", "--format", "csv", "-w", "w.db"];
        arguments.extend(more);
        shop.good(&arguments)
    };
    let usual = list(&[]);
    assert!(usual.contains("张三") && !usual.contains("13800138000"));
    assert!(list(&["--unmask"]).contains("13800138000"));
    for masked in [list(&["--mask"]), list(&["--mask", "--unmask"])] {
        assert!(!masked.contains("张三") && !masked.contains("13800138000"));
        assert!(masked.contains("wm1"), "{masked}");
    }
    for pane in ["customers", "present"] {
        let mask = if pane == "present" {
            "--lang=zh"
        } else {
            "--mask"
        };
        let frame = shop.good(&["snapshot", "--pane", pane, mask, "-w", "w.db"]);
        assert!(!frame.contains("张三"), "{pane}");
    }
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
fn a_wrong_filter_is_shown_with_a_caret_under_the_place() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for command in [&["list", "customers"][..], &["tags"], &["board"]] {
        let mut arguments = command.to_vec();
        arguments.extend(["消费>5 nonsense:3", "-w", "w.db"]);
        let said = fails(&shop, 2, &arguments);
        let lines: Vec<&str> = said.lines().collect();
        let [first, text, caret, help] = lines.as_slice() else {
            panic!("{said}");
        };
        assert!(first.contains("nonsense"), "{first}");
        assert_eq!(*text, "  消费>5 nonsense:3");
        // Two columns a character of 消费, then `>5 `.
        assert_eq!(*caret, format!("  {}^", " ".repeat(7)));
        assert!(help.starts_with("help: "), "{help}");
    }
}

#[test]
fn a_frame_of_every_pane_is_drawn_in_every_size() {
    let shop = Shop::new();
    shop.demo("demo.db", 500);
    for pane in [
        "overview",
        "customers",
        "tags",
        "groups",
        "kpi",
        "board",
        "present",
    ] {
        for (at, (width, height)) in [(80, 24), (120, 40), (200, 60), (59, 15)]
            .iter()
            .enumerate()
        {
            let lang = if at % 2 == 0 { "zh" } else { "en" };
            let size = format!("{width}x{height}");
            let frame = shop.good(&[
                "snapshot", "--pane", pane, "--size", &size, "--lang", lang, "--as-of", NOW, "-w",
                "demo.db",
            ]);
            let lines: Vec<&str> = frame.lines().collect();
            assert_eq!(lines.len(), *height, "{pane} {size}");
            for line in lines {
                assert!(line.width() <= *width, "{pane} {size}: {line}");
            }
            assert!(frame.trim().len() > 20, "{pane} {size}: {frame}");
        }
    }
}

#[test]
fn a_frame_has_its_theme_and_its_format() {
    let shop = Shop::new();
    shop.demo("demo.db", 300);
    for theme in ["default", "dark", "light", "projector", "cb-safe", "mono"] {
        let frame = |format: &str| {
            shop.good(&[
                "snapshot", "--pane", "overview", "--theme", theme, "--format", format, "--as-of",
                NOW, "-w", "demo.db",
            ])
        };
        let ansi = frame("ansi");
        let mut plain = String::new();
        for (at, part) in ansi.split('\u{1b}').enumerate() {
            let text = if at == 0 {
                part
            } else {
                let (codes, text) = part.split_once('m').expect("only colours");
                let codes = codes.strip_prefix('[').expect("only colours");
                assert!(
                    codes
                        .chars()
                        .all(|c| c.is_ascii_digit() || ";:".contains(c))
                );
                if theme == "mono" {
                    let coloured = codes.split(';').any(|c| {
                        matches!(
                            c.parse::<u32>(),
                            Ok(30..=38 | 40..=48 | 90..=97 | 100..=107)
                        )
                    });
                    assert!(!coloured, "mono has the colour {codes}");
                }
                text
            };
            plain.push_str(text);
        }
        let bare =
            |text: &str| -> Vec<String> { text.lines().map(|l| l.trim_end().to_owned()).collect() };
        assert_eq!(bare(&plain), bare(&frame("text")), "{theme}");
        let svg = frame("svg");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    }
}

#[test]
fn settings_and_keys_of_the_operator_are_checked_by_name() {
    let shop = Shop::new();
    std::fs::create_dir(shop.path("config")).unwrap();
    let settings = shop.write("config/config.toml", "lang = \"en\"\n");
    assert!(shop.good(&["config", "check"]).contains("fine"));
    let dump = shop.good(&["config", "dump"]);
    File::create(&settings)
        .unwrap()
        .write_all(dump.as_bytes())
        .unwrap();
    shop.good(&["config", "check"]);
    shop.write("config/config.toml", "colour = \"red\"\n");
    let said = fails(&shop, 2, &["config", "check"]);
    assert!(said.contains("colour"), "{said}");
    std::fs::remove_file(&settings).unwrap();
    shop.write("config/keys.toml", "[global]\n\"no.such\" = [\"x\"]\n");
    let said = fails(&shop, 2, &["keys"]);
    assert!(said.contains("no.such"), "{said}");
}

/// The values of `caopan metrics` by code, of the days 2026-03-01..2026-03-31.
fn metrics(shop: &Shop, file: &str) -> std::collections::BTreeMap<String, Value> {
    metrics_of(shop, file, &[])
}

fn metrics_of(
    shop: &Shop,
    file: &str,
    whose: &[&str],
) -> std::collections::BTreeMap<String, Value> {
    let mut words = vec![
        "metrics", "--as-of", NOW, "--period", "2026-03", "--format", "json", "-w", file,
    ];
    words.extend(whose);
    let text = shop.good(&words);
    let page: Value = serde_json::from_str(&text).unwrap();
    let rows = page.get("rows").unwrap().as_array().unwrap();
    let pair = |row: &Value| {
        (
            row["code"].as_str().unwrap().to_owned(),
            row["value"].clone(),
        )
    };
    rows.iter().map(pair).collect()
}

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
fn a_sort_that_is_none_names_those_there_are_and_the_nearest_first() {
    let shop = Shop::new();
    imported(&shop);
    let said = fails(
        &shop,
        2,
        &[
            "list",
            "customers",
            "--sort",
            "-spand",
            "--lang",
            "en",
            "-w",
            "w.db",
        ],
    );
    assert!(said.contains("there is no sorting by \"spand\""), "{said}");
    assert!(said.contains("first): spend "), "{said}");
    assert!(
        said.contains(" orders ") && !said.contains("quote"),
        "{said}"
    );
}

#[test]
fn a_backup_that_is_no_workspace_is_named_as_such() {
    let shop = Shop::new();
    imported(&shop);
    shop.write("note.db", "this is no database, only a note of some length");
    let said = fails(&shop, 3, &["restore", "note.db", "--yes", "-w", "w.db"]);
    assert!(
        said.contains("要恢复的 note.db 不是 caopan 工作区"),
        "{said}"
    );
    assert!(!said.contains("-w FILE"), "{said}");
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
