//! Failures: their codes, what to do about them, help, pipes that end.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::shop::Shop;
use crate::{CUSTOMERS, ORDERS, fails, imported};

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

/// The disk of a log is full, not that of the workspace: what was written is said all the same.
#[test]
fn a_full_output_does_not_hide_what_was_written() {
    let shop = Shop::new();
    imported(&shop);
    shop.good(&["tag", "new", "VIP", "-w", "w.db"]);
    let onto_full = |arguments: &[&str]| {
        let mut command = shop.command();
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let gave = command.args(arguments).stdout(full).output().unwrap();
        (gave.status.code(), String::from_utf8(gave.stderr).unwrap())
    };
    let (code, said) = onto_full(&["tag", "add", "VIP", "wm1", "wm2", "-w", "w.db"]);
    assert_eq!(code, Some(1), "{said}");
    for part in [
        "标准输出写不出: 磁盘已满",
        "VIP",
        "caopan undo",
        "不要再做一遍",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let (code, said) = onto_full(&["list", "customers", "-w", "w.db"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("磁盘已满") && !said.contains("已经做完"),
        "{said}"
    );
}
