//! Imports on the command line beside the plain one: several files, rejects beside them, rehearsals, the ledger, and jobs
//! that go on by themselves.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use shop::Shop;

const HEADER: &str = "external_userid,name,phone\n";

fn shop() -> Shop {
    let shop = Shop::english();
    shop.good(&["init", "w.db"]);
    shop.write("a.csv", &format!("{HEADER}A,安,12800000001\nB,白,\n"));
    shop.write("b.csv", &format!("{HEADER}C,陈,\n"));
    shop
}

fn count(shop: &Shop) -> i64 {
    let conn = shop.connection("w.db");
    conn.query_row("SELECT count(*) FROM customer", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn several_files_go_in_one_by_one_and_the_first_bad_one_ends_it() {
    let shop = shop();
    shop.write("bad.csv", &format!("{HEADER},x,\n"));
    let gave = shop.run(&[
        "import",
        "customers",
        "a.csv",
        "bad.csv",
        "b.csv",
        "-w",
        "w.db",
    ]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert!(gave.out.contains("2 new") && gave.err.contains("bad.csv was refused"));
    assert_eq!(count(&shop), 2);
    let said = shop.good(&["import", "customers", "a.csv", "b.csv", "-w", "w.db"]);
    assert!(
        said.contains("nothing to do") && said.contains("1 new"),
        "{said}"
    );
}

#[test]
fn rejected_rows_lie_beside_their_files_private_and_nothing_is_written_over() {
    let shop = shop();
    shop.write("c.csv", &format!("{HEADER}D,丁,\n,x,\n"));
    let import = [
        "import",
        "customers",
        "c.csv",
        "--on-error",
        "reject",
        "-w",
        "w.db",
    ];
    let gave = shop.run(&import);
    assert_eq!(gave.code, 6, "{}", gave.err);
    assert!(
        gave.out.contains("1 rejected (see c.rejects.csv)"),
        "{}",
        gave.out
    );
    let place = shop.path("c.rejects.csv");
    assert_eq!(
        place.metadata().unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(
        std::fs::read_to_string(&place)
            .unwrap()
            .contains("is empty")
    );
    let again = shop.run(&import);
    assert_eq!(again.code, 1, "{}", again.err);
    assert!(
        again.err.contains("c.rejects.csv cannot be made"),
        "{}",
        again.err
    );
    let parts = std::fs::read_dir(shop.folder()).unwrap().flatten();
    assert!(
        !parts
            .into_iter()
            .any(|e| e.file_name().to_string_lossy().ends_with(".part"))
    );
}

#[test]
fn a_rehearsal_shows_the_first_changes_with_phones_masked() {
    let shop = shop();
    shop.good(&["import", "customers", "a.csv", "-w", "w.db"]);
    shop.write("d.csv", &format!("{HEADER}A,安安,12800000002\nE,鄂,\n"));
    let said = shop.good(&["import", "customers", "d.csv", "--dry-run", "-w", "w.db"]);
    assert_eq!(
        said,
        "customers: 2 rows read: would be 1 new, 1 changed, 0 unchanged\n\
         \x20 A: name 安 → 安安, phone 128****0001 → 128****0002\nnothing was written\n"
    );
    assert_eq!(count(&shop), 2);
    shop.write("e.csv", "external_userid,name,phone\nA,(clear),(清空)\n");
    let said = shop.good(&["import", "customers", "e.csv", "--dry-run", "-w", "w.db"]);
    assert!(
        said.contains("A: name 安 → (cleared), phone 128****0001 → (cleared)\n"),
        "{said}"
    );
}

/// What a command that goes well says, beside how it read its file.
fn done(shop: &Shop, line: &[&str]) -> String {
    let gave = shop.run(line);
    assert_eq!(gave.code, 0, "{line:?}: {}", gave.err);
    gave.out
}

/// Who carries which tag of which group.
fn carried(shop: &Shop) -> String {
    let sql = "SELECT ifnull(group_concat(external_userid || ' ' || g.name || ':' || t.name, ', '
                 ORDER BY external_userid, g.name, t.name), '')
               FROM customer_tag c JOIN tag t USING (tag_id) JOIN tag_group g USING (group_id)";
    shop.connection("w.db")
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn tags_come_in_by_name_several_in_a_cell_and_are_made_where_asked_for() {
    let shop = shop();
    shop.good(&["import", "customers", "a.csv", "-w", "w.db"]);
    shop.good(&["tag", "new", "金卡", "--group", "等级", "-w", "w.db"]);
    shop.good(&["tag", "new", "金卡", "--group", "活动", "-w", "w.db"]);
    // Whatever made it: `tag new` takes no name that holds a separator.
    let conn = rusqlite::Connection::open(shop.path("w.db")).unwrap();
    let group = "SELECT group_id FROM tag_group WHERE name = '等级'";
    let odd = format!("INSERT INTO tag (tag_id, group_id, name) VALUES ('odd', ({group}), 'a;b')");
    conn.execute(&odd, []).unwrap();
    drop(conn);
    shop.write(
        "t.csv",
        "客户名称,客户编号,标签\n安,A,等级:金卡；a;b；老客\n白,B,\n",
    );
    let import = ["import", "customer-tags", "t.csv", "-w", "w.db"];
    let refused = shop.run(&import);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("--new-tags"), "{}", refused.err);
    assert_eq!(carried(&shop), "");

    // A name that holds a separator is one name where it stands alone.
    shop.write(
        "t.csv",
        "客户名称,客户编号,标签\n安,A,等级:金卡；老客、活动：新品\n白,B,\n陈,B,a;b\n白,B,；、\n",
    );
    let made = [&import[..], &["--new-tags"]].concat();
    let rehearsed = done(&shop, &[&made[..], &["--dry-run"]].concat());
    assert!(
        rehearsed.contains("2 tags made") && carried(&shop).is_empty(),
        "{rehearsed}"
    );
    let said = done(&shop, &made);
    assert!(
        said.contains("4 rows read: 4 new")
            && said.contains("2 tags made")
            && said.contains("2 rows without a tag"),
        "{said}"
    );
    assert_eq!(
        carried(&shop),
        "A 活动:新品, A 等级:金卡, A 自建标签:老客, B 等级:a;b"
    );
    // Again by the groups of a column; a name of two groups says whose.
    shop.write("g.csv", "客户编号,标签组,标签\nB,活动,金卡\n");
    done(&shop, &["import", "g.csv", "-w", "w.db"]);
    assert!(carried(&shop).contains("B 活动:金卡"), "{}", carried(&shop));
    shop.write("two.csv", "客户编号,标签\nA,金卡\n");
    let two = shop.run(&["import", "two.csv", "--new-tags", "-w", "w.db"]);
    assert!(two.err.contains("name of several tags"), "{}", two.err);
    // Each made tag is an act; who carries it keeps it.
    let acts = shop.good(&["journal", "--format", "csv", "-w", "w.db"]);
    assert_eq!(acts.matches("tag_new").count(), 4, "{acts}");
}

#[test]
fn nothing_is_left_of_a_row_of_tags_that_is_refused() {
    let shop = shop();
    shop.good(&["import", "customers", "a.csv", "-w", "w.db"]);
    shop.good(&["tag", "new", "金卡", "--group", "等级", "-w", "w.db"]);
    shop.good(&["tag", "new", "金卡", "--group", "活动", "-w", "w.db"]);
    shop.write(
        "t.csv",
        "客户编号,标签\nA,新一；金卡\nB,新二\nB,新一、新三\n",
    );
    let import = [
        "import",
        "t.csv",
        "--new-tags",
        "--rejects",
        "bad.csv",
        "-w",
        "w.db",
    ];
    for rehearsed in [true, false] {
        let mut import = import.to_vec();
        import.extend(rehearsed.then_some("--dry-run"));
        let gave = shop.run(&import);
        assert_eq!(gave.code, 6, "{}{}", gave.out, gave.err);
        assert!(
            gave.out.contains(" 3 new,") && gave.out.contains("3 tags made"),
            "{}",
            gave.out
        );
    }
    assert_eq!(
        carried(&shop),
        "B 自建标签:新一, B 自建标签:新三, B 自建标签:新二"
    );
    let acts = shop.good(&["journal", "--format", "csv", "-w", "w.db"]);
    assert_eq!(acts.matches("tag_new").count(), 5, "{acts}");
    // A row that contradicts an earlier one in its second tag.
    shop.write(
        "u.csv",
        "客户编号,标签,打标时间\nA,新二,2026-03-01\nA,新四；新二,2026-03-02\n",
    );
    let gave = shop.run(&[
        "import",
        "customer-tags",
        "u.csv",
        "--new-tags",
        "--map",
        "打标时间=tagged_at",
        "--rejects",
        "bad2.csv",
        "-w",
        "w.db",
    ]);
    assert_eq!(gave.code, 6, "{}{}", gave.out, gave.err);
    let made = "SELECT count(*) FROM tag WHERE name = '新四'";
    let made: i64 = shop
        .connection("w.db")
        .query_row(made, [], |row| row.get(0))
        .unwrap();
    assert_eq!(made, 0);
    assert!(!gave.out.contains("tags made"), "{}", gave.out);
}

#[test]
fn the_ledger_says_what_came_in_when_and_by_whom() {
    let shop = shop();
    shop.good(&["import", "customers", "a.csv", "b.csv", "-w", "w.db"]);
    let text = shop.good(&["import", "--list", "--format", "json", "-w", "w.db"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["kind"], "imports");
    let rows = json["rows"].as_array().unwrap();
    let seen: Vec<_> = rows.iter().map(|row| (&row["file"], &row["new"])).collect();
    assert_eq!(
        seen,
        [
            (&Value::from("b.csv"), &Value::from(1)),
            (&Value::from("a.csv"), &Value::from(2))
        ]
    );
}

/// A pipe that nobody writes to and nobody closes.
#[test]
fn silent_standard_input_is_no_reason_not_to_stop() {
    let shop = shop();
    let mut command = shop.command();
    command.args(["import", "customers", "-", "-w", "w.db"]);
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let silent = child.stdin.take();
    // Until then Ctrl-C ends it as it ends anything.
    let status = format!("/proc/{}/status", child.id());
    let catches = |text: String| {
        let mask = text.lines().find_map(|l| l.strip_prefix("SigCgt:"));
        mask.is_some_and(|m| u64::from_str_radix(m.trim(), 16).unwrap() & 0b10 != 0)
    };
    while !catches(std::fs::read_to_string(&status).unwrap()) {
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let gave = child.wait_with_output().unwrap();
    drop(silent);
    let said = String::from_utf8(gave.stderr).unwrap();
    assert_eq!(gave.status.code(), Some(130), "{said}");
    assert!(said.contains("stopped, nothing was written"), "{said}");
    assert_eq!(count(&shop), 0);
}

#[test]
fn a_detached_import_goes_on_by_itself_and_says_how_it_ended() {
    let shop = shop();
    let said = shop.good(&[
        "import",
        "customers",
        "a.csv",
        "b.csv",
        "--detach",
        "-w",
        "w.db",
    ]);
    assert!(said.starts_with("job 1 goes on by itself"), "{said}");
    let lock = std::fs::File::open(shop.path("state/jobs/1.lock")).unwrap();
    // Held for as long as the job lives.
    flock(&lock, FlockOperation::LockShared).unwrap();
    drop(lock);
    assert_eq!(count(&shop), 3);
    let text = shop.good(&["import", "--jobs", "--format", "json"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    let job = &json["rows"][0];
    assert_eq!(
        (&job["job"], &job["state"]),
        (&Value::from(1), &Value::from("done"))
    );
    let file = shop.path("state/jobs/1.json").metadata().unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    // One that fails says why, and one that was killed is not running.
    shop.write("bad.csv", &format!("{HEADER},x,\n"));
    shop.good(&["import", "customers", "bad.csv", "--detach", "-w", "w.db"]);
    let lock = std::fs::File::open(shop.path("state/jobs/2.lock")).unwrap();
    flock(&lock, FlockOperation::LockShared).unwrap();
    drop(lock);
    let text = std::fs::read_to_string(shop.path("state/jobs/2.json")).unwrap();
    assert!(text.contains("was refused: line 2"), "{text}");
    shop.write(
        "state/jobs/3.json",
        &text
            .replace("\"failed\"", "\"running\"")
            .replace("\"id\":2", "\"id\":3"),
    );
    let table = shop.good(&["import", "--jobs", "--lang", "en"]);
    assert!(
        table.contains("killed") && table.contains("failed"),
        "{table}"
    );
}
