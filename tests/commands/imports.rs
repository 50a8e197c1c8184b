//! Imports as commands: templates, receipts, rejected rows.

use crate::shop::Shop;
use crate::{fails, imported};

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
