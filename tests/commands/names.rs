//! What strangers wrote and what was typed never come out raw.

use crate::shop::{self, NOW, Shop, spoil, steers};
use crate::{fails, imported};

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

/// Excel says of a CSV that is called `.xls` that it is damaged.
#[test]
fn an_ending_that_says_no_format_is_refused() {
    let shop = Shop::new();
    imported(&shop);
    for file in ["list.xls", "list.pdf", "list"] {
        let said = fails(&shop, 2, &["export", "customers", "-o", file, "-w", "w.db"]);
        assert!(said.contains(".xlsx"), "{said}");
        let said = fails(&shop, 2, &["import", "customers", "--template", "-o", file]);
        assert!(said.contains(".xlsx"), "{said}");
        assert!(!shop.path(file).exists());
    }
    shop.good(&[
        "export",
        "customers",
        "-o",
        "list",
        "--format",
        "csv",
        "-w",
        "w.db",
    ]);
}

/// What parts tags in a cell would part the name when the cell comes in again.
#[test]
fn a_tag_is_not_named_by_what_parts_tags() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    for name in ["a,b", "a;b", "a；b", "c:d", "c：d", "x|y", "甲、乙"] {
        let said = fails(&shop, 2, &["tag", "new", name, "-w", "w.db"]);
        assert!(said.contains("不能作名称"), "{said}");
        fails(
            &shop,
            2,
            &["tag", "new", "好", "--group", name, "-w", "w.db"],
        );
    }
    shop.good(&["tag", "new", "A/B-1", "-w", "w.db"]);
}

#[test]
fn a_shop_is_not_made_in_a_folder_that_is_not_there() {
    let shop = Shop::new();
    for command in [&["init", "nodir/w.db"][..], &["demo", "nodir/w.db"]] {
        let said = fails(&shop, 1, command);
        assert!(said.contains("nodir"), "{said}");
    }
    assert!(!shop.path("nodir").exists());
}
