//! The whole program in a real pseudo-terminal: it starts, follows other processes, and leaves as it came.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "support/pty.rs"]
mod pty;
#[path = "support/shop.rs"]
mod shop;

use std::fmt::Write as _;
use std::fs;

use pty::{CommandBuilder, Pty, ends_within};
use rusqlite::Connection;
use rustix::process::Signal;
use shop::{CAOPAN, NOW, Shop};

const SIZE: (u16, u16) = (120, 40);

/// A program in this shop's surroundings.
fn in_shop(shop: &Shop, program: &str, arguments: &[&str]) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    for (name, value) in shop.environment() {
        command.env(name, value);
    }
    command.cwd(shop.folder());
    command.args(arguments);
    command
}

fn console(shop: &Shop, arguments: &[&str]) -> Pty {
    Pty::spawn(in_shop(shop, CAOPAN, arguments), SIZE)
}

/// A shop whose customers have these names, the first having spent most.
fn with_customers(names: &[&str]) -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let mut customers = String::from("external_userid,name,phone,first_added_at\n");
    let mut orders = String::from("order_id,external_userid,paid_at,paid_yuan\n");
    for (at, name) in names.iter().enumerate() {
        writeln!(customers, "wm{at},{name},1380013{at:04},2026-10-01").unwrap();
        writeln!(orders, "o{at},wm{at},2026-11-02 10:00,{}.00", 900 - at).unwrap();
    }
    shop.write("customers.csv", &customers);
    shop.write("orders.csv", &orders);
    shop.good(&["import", "customers", "customers.csv", "-w", "w.db"]);
    shop.good(&["import", "orders", "orders.csv", "-w", "w.db"]);
    shop
}

/// Closes what lies over the panes. Not at once with the next key: Esc and a letter together are Alt and the letter.
fn close(pty: &mut Pty, shown: &str) {
    pty.send("\x1b");
    assert!(pty.read_until(|screen, _| !screen.contents().contains(shown)));
}

/// A "now" that is still to come, so that it may be written.
const AHEAD: &str = "2100-01-01 14:30";

fn rename(conn: &Connection, id: &str, name: &str) {
    let sql = "UPDATE customer SET name = ?2 WHERE external_userid = ?1";
    assert_eq!(conn.execute(sql, [id, name]).unwrap(), 1);
}

#[test]
fn commits_and_imports_of_others_show_in_every_console_without_a_key() {
    let shop = with_customers(&["张三", "李四", "王五"]);
    let mut first = console(&shop, &["-w", "w.db", "--as-of", AHEAD]);
    first.wait_for("张三");
    let mut second = console(&shop, &["-w", "w.db", "--read-only", "--as-of", AHEAD]);
    second.wait_for("张三");
    second.wait_for("只读");
    assert!(!first.text().contains("只读"));

    let conn = shop.connection("w.db");
    rename(&conn, "wm0", "改名甲");
    first.wait_for("改名甲");
    second.wait_for("改名甲");

    shop.write("more.csv", "external_userid,name\nwm1,导入乙\nwm9,新来丙\n");
    shop.good(&["import", "customers", "more.csv", "-w", "w.db"]);
    for pty in [&mut first, &mut second] {
        pty.wait_for("导入乙");
        pty.wait_for("新来丙");
    }

    // A writer that takes its time holds nobody up: keys work, and its commit shows.
    conn.execute_batch("BEGIN EXCLUSIVE").unwrap();
    rename(&conn, "wm2", "久候丁");
    first.send("?");
    first.wait_for("帮助: ");
    close(&mut first, "帮助: ");
    conn.execute_batch("COMMIT").unwrap();
    first.wait_for("久候丁");
    second.wait_for("久候丁");

    for mut pty in [first, second] {
        assert!(pty.screen().alternate_screen());
        pty.send("Q");
        let end = pty.wait_exit();
        assert_eq!(end.code, 0);
        end.assert_restored();
    }
    shop.good(&["list", "customers", "-w", "w.db"]);
}

#[test]
fn a_console_that_becomes_a_past_one_says_so_and_writes_nothing() {
    let shop = with_customers(&["张三", "李四"]);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO tag_group (group_id, name) VALUES ('g', '层级');
         INSERT INTO tag (tag_id, group_id, name) VALUES ('t', 'g', '高净值');",
    )
    .unwrap();
    let mut pty = console(&shop, &["-w", "w.db", "--as-of", AHEAD]);
    pty.wait_for("张三");
    assert!(!pty.text().contains("只读"));
    // Asked before, answered after: the words are gone from the screen by then, the edit is refused by whoever writes.
    pty.send("et");
    pty.wait_for("加标签");
    conn.execute_batch(
        "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
         VALUES ('later', 'wm1', 'wm1', 4102500000, 4102500000, '2100-01-02', 'paid', 1, 1, 'other')",
    )
    .unwrap();
    pty.wait_for("从此只读");
    pty.send("高净值\r");
    pty.wait_for("--as-of 在过去时工作区只读");
    let tagged = "SELECT count(*) FROM customer_tag";
    assert_eq!(conn.query_row(tagged, [], |row| row.get(0)), Ok(0));
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0, "{}", end.screen.screen().contents());
}

#[test]
fn a_tag_that_is_part_of_anothers_name_is_made_in_one_step_and_the_footer_says_so() {
    let shop = with_customers(&["张三", "李四"]);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO tag_group (group_id, name) VALUES ('g', '生命周期');
         INSERT INTO tag (tag_id, group_id, name, ord) VALUES ('t1', 'g', '新客', 1), ('t2', 'g', '30天内复购', 2);
         INSERT INTO customer_tag (tag_id, external_userid) VALUES ('t2', 'wm1');",
    )
    .unwrap();
    let mut pty = console(&shop, &["-w", "w.db", "--as-of", AHEAD]);
    pty.wait_for("张三");
    pty.send("et");
    // The most used first, whatever its place among the tags.
    pty.wait_for("  30天内复购");
    pty.wait_for("Enter 选定");
    pty.send("复购");
    pty.wait_for("> 30天内复购");
    pty.wait_for("Enter 加标签");
    pty.wait_for("新建标签 复购 (组: 自建标签)");
    pty.send("\x1b[B");
    pty.wait_for("Enter 新建标签");
    pty.send("\r");
    pty.wait_for("已加标签 复购: 1");
    let tagged = "SELECT external_userid || ' ' || g.name FROM customer_tag c
                  JOIN tag t USING (tag_id) JOIN tag_group g USING (group_id) WHERE t.name = '复购'";
    let tagged: String = conn.query_row(tagged, [], |row| row.get(0)).unwrap();
    assert_eq!(tagged, "wm0 自建标签");
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0, "{}", end.screen.screen().contents());
}

/// Tags the customer under the cursor with 新客.
fn tag(pty: &mut Pty) {
    pty.send("et");
    pty.wait_for("给 1 位客户加标签");
    // Offered at once, also while another act waits to be written.
    pty.wait_for("  新客");
    pty.send("新客");
    pty.wait_for("Enter 加标签");
    pty.send("\r");
}

#[test]
fn a_write_waits_for_another_process_is_said_and_can_be_given_up() {
    let shop = with_customers(&["张三", "李四"]);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO tag_group (group_id, name) VALUES ('g', '生命周期');
         INSERT INTO tag (tag_id, group_id, name, ord) VALUES ('t1', 'g', '新客', 1);",
    )
    .unwrap();
    let tagged = || {
        let sql = "SELECT coalesce(group_concat(external_userid), '') FROM customer_tag";
        let of = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
        conn.query_row(sql, [], of).unwrap()
    };
    let mut pty = console(&shop, &["-w", "w.db", "--as-of", AHEAD]);
    pty.wait_for("张三");
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    tag(&mut pty);
    pty.wait_for("正在写入 ... 别的进程正在写工作区, 已等");
    tag(&mut pty);
    pty.wait_for("正在写入 2 处 ...");
    pty.send("\x03");
    pty.wait_for("已取消, 没有写入");
    assert_eq!(tagged(), "");
    tag(&mut pty);
    pty.wait_for("正在写入 ... 别的进程正在写工作区, 已等");
    conn.execute_batch("ROLLBACK").unwrap();
    pty.wait_for("已加标签 新客: 1");
    assert_eq!(tagged(), "wm0");
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0, "{}", end.screen.screen().contents());
}

/// Files of a shop whose names begin so.
fn files_of(shop: &Shop, name: &str) -> Vec<String> {
    let there = fs::read_dir(shop.folder()).unwrap();
    let names = there.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|file| file.starts_with(name)).collect();
    names.sort();
    names
}

/// Whoever copies the file after everything is closed copies the day's work.
#[test]
fn the_last_to_leave_leaves_one_file_that_holds_everything() {
    let shop = with_customers(&["张三", "李四"]);
    let mut pty = console(&shop, &["-w", "w.db", "--as-of", AHEAD]);
    pty.wait_for("张三");
    pty.send("et");
    pty.wait_for("给 1 位客户加标签");
    pty.send("回访");
    pty.wait_for("新建标签 回访");
    pty.send("\r");
    pty.wait_for("已加标签 回访: 1");
    // What was written is on the row: everything was loaded, and the write taken over.
    pty.send("标签:回访");
    pty.wait_for("筛选> 标签:回访");
    pty.send("\r");
    pty.wait_for("命中 1 / 2");
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0, "{}", end.screen.screen().contents());
    assert_eq!(files_of(&shop, "w.db"), ["w.db"]);
    fs::copy(shop.path("w.db"), shop.path("copy.db")).unwrap();
    let told = shop.good(&["journal", "-w", "copy.db"]);
    assert!(told.contains("回访"), "{told}");
    for reads in [&["journal"][..], &["target", "list"], &["import", "--list"]] {
        shop.good(&[reads, &["-w", "copy.db"]].concat());
        assert_eq!(files_of(&shop, "copy.db"), ["copy.db"], "{reads:?}");
    }
}

#[test]
fn of_two_consoles_the_second_to_leave_keeps_what_the_first_chose() {
    let shop = with_customers(&["张三", "李四"]);
    let mut first = console(&shop, &["-w", "w.db", "--as-of", NOW]);
    let mut second = console(&shop, &["-w", "w.db", "--as-of", NOW]);
    first.wait_for("张三");
    second.wait_for("张三");
    first.send("3");
    first.send("Q");
    assert_eq!(first.wait_exit().code, 0);
    second.send("Q");
    assert_eq!(second.wait_exit().code, 0);
    let file = caopan::config::state::file_of(&shop.path("state"), &shop.path("w.db"));
    assert_eq!(caopan::config::state::load(&file).kept.focus, "groups");
}

#[test]
fn a_storm_of_sizes_ends_in_a_sane_frame_and_q_leaves() {
    let shop = with_customers(&["张三", "李四"]);
    let mut pty = console(&shop, &["-w", "w.db", "--as-of", NOW]);
    pty.wait_for("张三");
    for n in 0..300u16 {
        pty.resize(1 + n * 7 % 250, 1 + n * 3 % 70);
        if n % 10 == 0 {
            pty.send(["j", "2", "k", "5", "1", "L"][usize::from(n / 10 % 6)]);
        }
    }
    pty.send("1");
    pty.resize(59, 15);
    pty.wait_for("60x16");
    pty.resize(100, 30);
    pty.wait_for("张三");
    assert!(pty.text().lines().count() <= 30);
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0, "{}", end.screen.screen().contents());
    end.assert_restored();
}

#[test]
fn a_signal_ends_it_with_its_code_and_the_terminal_restored() {
    let shop = with_customers(&["张三"]);
    let mut pty = console(&shop, &["-w", "w.db"]);
    pty.wait_for("张三");
    pty.signal(Signal::TERM);
    let end = pty.wait_exit();
    assert_eq!(end.code, 143);
    end.assert_restored();
}

#[test]
fn it_goes_with_its_terminal_within_a_second_also_when_hang_ups_are_ignored() {
    let shop = with_customers(&["张三"]);
    for ignored in [false, true] {
        let trap = if ignored { "trap '' HUP; " } else { "" };
        let line = format!("{trap}exec {CAOPAN} -w w.db");
        let mut pty = Pty::spawn(in_shop(&shop, "sh", &["-c", &line]), SIZE);
        pty.wait_for("张三");
        let pid = pty.pid();
        let code = pty.hang_up();
        assert!(ends_within(pid, 1), "ignored: {ignored}");
        assert_eq!(code(), 129, "ignored: {ignored}");
    }
}

#[test]
fn suspended_it_gives_the_terminal_to_the_shell_and_comes_back() {
    let shop = with_customers(&["张三"]);
    let line = format!(
        "set -m; {CAOPAN} -w w.db; echo \"stopped $?\"; read go; fg >/dev/null; echo \"ended $?\""
    );
    let mut pty = Pty::spawn(in_shop(&shop, "sh", &["-c", &line]), SIZE);
    pty.wait_for("张三");
    pty.send("\x1a");
    pty.wait_for("stopped 1");
    assert!(!pty.screen().alternate_screen() && !pty.screen().hide_cursor());
    rename(&shop.connection("w.db"), "wm0", "改名甲");
    pty.send("\n");
    pty.wait_for("改名甲");
    assert!(pty.screen().alternate_screen());
    pty.send("Q");
    pty.wait_for_output("ended 0");
    pty.wait_exit().assert_restored();
}

#[test]
fn without_colour_and_in_ascii_the_selection_is_seen_and_every_byte_is_ascii() {
    let shop = with_customers(&["Anna", "Bert", "Cleo"]);
    let arguments = [
        "-w", "w.db", "--as-of", NOW, "--glyphs", "ascii", "--lang", "en",
    ];
    let mut command = in_shop(&shop, CAOPAN, &arguments);
    command.env("NO_COLOR", "1");
    let mut pty = Pty::spawn(command, SIZE);
    pty.wait_for("Anna");
    let marked = |screen: &vt100::Screen, name: &str| {
        let (rows, columns) = screen.size();
        (0..rows.get()).any(|y| {
            let mut cells = (0..columns.get()).filter_map(|x| screen.cell(y, x));
            let text: String = cells.clone().map(vt100::Cell::contents).collect();
            text.contains(name) && cells.any(|c| c.inverse() || c.bold() || c.underline())
        })
    };
    pty.send("j");
    assert!(pty.read_until(|screen, _| marked(screen, "Bert")));
    for key in ["2", "3", "4", "5", "1"] {
        pty.send(key);
        pty.wait_for(&format!("[{key}"));
    }
    // What lies over the panes puts its own keys into the last line.
    let own = "s sort";
    for key in ["?", "\x10", ",", ":", "/"] {
        pty.wait_for(own);
        pty.send(key);
        assert!(pty.read_until(|screen, _| !screen.contents().contains(own)));
        pty.send("\x1b");
    }
    pty.wait_for(own);
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    let strange: Vec<char> = end.output().chars().filter(|c| !c.is_ascii()).collect();
    assert_eq!(strange, [], "not ASCII");
    for codes in end
        .output()
        .split("\x1b[")
        .filter_map(|s| s.split_once('m'))
    {
        let numbers = codes.0.split(';').filter_map(|c| c.parse::<u32>().ok());
        let colour = numbers
            .filter(|n| matches!(n, 30..=38 | 40..=48 | 90..=97 | 100..=107))
            .count();
        assert_eq!(colour, 0, "a colour: {:?}", codes.0);
    }
}

#[test]
fn a_workspace_replaced_or_deleted_while_open_is_said_and_nothing_hangs() {
    let shop = with_customers(&["张三", "李四"]);
    let mut pty = console(&shop, &["-w", "w.db"]);
    pty.wait_for("张三");
    shop.good(&["init", "other.db"]);
    fs::rename(shop.path("other.db"), shop.path("w.db")).unwrap();
    pty.wait_for("文件异常");
    pty.send("?");
    pty.wait_for("帮助: ");
    close(&mut pty, "帮助: ");
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();

    let shop = with_customers(&["张三", "李四"]);
    let mut pty = console(&shop, &["-w", "w.db"]);
    pty.wait_for("张三");
    for file in ["w.db", "w.db-wal", "w.db-shm"] {
        fs::remove_file(shop.path(file)).unwrap();
    }
    pty.wait_for("文件异常");
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
}

#[test]
fn the_demo_moves_by_itself_and_leaves_no_file_behind() {
    let shop = Shop::new();
    let mut pty = console(&shop, &["--demo"]);
    pty.wait_for("DEMO");
    pty.wait_for("实时");
    // Four transactions a second: the money in the scope line moves without a key.
    let money = |text: &str| text.lines().nth(1).unwrap_or_default().to_owned();
    let before = pty.text();
    assert!(pty.read_until(|screen, _| {
        let now = screen.contents();
        now != before && !money(&now).is_empty()
    }));
    assert!(fs::read_dir(shop.path("state")).unwrap().count() > 0);
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
    let left: Vec<_> = fs::read_dir(shop.path("state")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_projector_turns_its_pages_and_never_sends_a_name_or_a_phone() {
    let shop = Shop::new();
    let path = shop.demo("demo.db", 300);
    let conn = Connection::open(path).unwrap();
    conn.execute(
        "UPDATE customer SET name = '金丝雀' || substr(external_userid, -4), phone = '1999' || substr('0000000' || abs(random()), -7)",
        [],
    )
    .unwrap();
    let mut pty = console(
        &shop,
        &["present", "--every", "1s", "-w", "demo.db", "--as-of", NOW],
    );
    for page in ["1/3", "2/3", "3/3", "1/3"] {
        pty.wait_for(page);
    }
    pty.send("q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
    let sent = end.output();
    for canary in ["金丝雀", "丝雀", "1999"] {
        assert!(!sent.contains(canary), "{canary} was sent");
    }
}

#[test]
fn without_a_workspace_it_offers_what_to_do_and_makes_an_empty_one() {
    let shop = Shop::new();
    let mut pty = console(&shop, &[]);
    pty.wait_for("1-4, q:");
    pty.send("2\n");
    assert!(pty.read_until(|screen, _| screen.alternate_screen()));
    pty.wait_for("实时");
    pty.send("Q");
    let end = pty.wait_exit();
    assert_eq!(end.code, 0);
    end.assert_restored();
    assert!(shop.path("data/workspace.db").exists());

    // A terminal that cannot place a cursor is refused.
    let mut command = in_shop(&shop, CAOPAN, &[]);
    command.env("TERM", "dumb");
    let end = Pty::spawn(command, SIZE).wait_exit();
    assert_eq!(end.code, 2);
    assert!(end.output().contains("caopan: error: ") && end.output().contains("help: "));
    assert!(!end.output().contains("\x1b[?1049h"));
}

#[test]
fn owners_of_one_name_are_told_apart_in_the_list_and_on_the_card() {
    let shop = with_customers(&["张三", "李四", "赵六"]);
    shop.write("staff.csv", "userid,name\nS1,甲\nS2,乙\nS3,甲\n");
    let follows = "userid,external_userid,added_at\nS1,wm0,2026-10-01\nS3,wm1,2026-10-01\nS2,wm2,2026-10-01\n";
    shop.write("follows.csv", follows);
    shop.good(&["import", "staff", "staff.csv", "-w", "w.db"]);
    shop.good(&["import", "follows", "follows.csv", "-w", "w.db"]);
    // From the tables, and from the engine.
    for filter in ["", "消费>1"] {
        let wish = [
            "list",
            "customers",
            filter,
            "--format",
            "csv",
            "-w",
            "w.db",
            "--as-of",
            NOW,
        ];
        let rows = shop.good(&wish);
        for owner in [",甲(S1),S1,", ",甲(S3),S3,", ",乙,S2,"] {
            assert!(rows.contains(owner), "{filter}: {rows}");
        }
    }
    let mut pty = console(&shop, &["-w", "w.db", "--as-of", NOW]);
    pty.wait_for("甲(S1)");
    pty.wait_for("甲(S3)");
    assert!(!pty.text().contains("乙("));
    pty.send("\r");
    pty.wait_for("顾问 甲(S1)");
    pty.send("q");
    pty.send("Q");
    assert_eq!(pty.wait_exit().code, 0);
}
