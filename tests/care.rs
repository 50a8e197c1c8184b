//! Care for a workspace: brought up from earlier versions, copied, restored, checked, erased from, looked after.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::get_unwrap,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use caopan::store::{self, Access, StoreError};
use rusqlite::Connection;
use shop::{CAOPAN, Gave, Shop};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Names in the shop's folder that contain this.
fn names(shop: &Shop, part: &str) -> Vec<String> {
    let mut found: Vec<String> = fs::read_dir(shop.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(part))
        .collect();
    found.sort();
    found
}

/// One number.
fn number(conn: &Connection, sql: &str) -> i64 {
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A workspace as version 1 made it, with two customers, an order and a line of the journal.
fn of_version_1(shop: &Shop, name: &str) -> PathBuf {
    of_version(shop, name, 1)
}

/// The same as an earlier version made it.
fn of_version(shop: &Shop, name: &str, version: i64) -> PathBuf {
    let path = shop.path(name);
    let conn = Connection::open(&path).unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let files = [
        (1, "schema.sql"),
        (1, "triggers.sql"),
        (2, "schema-2.sql"),
        (3, "schema-3.sql"),
    ];
    for (_, file) in files.iter().filter(|(of, _)| *of <= version) {
        conn.execute_batch(&fs::read_to_string(source.join(file)).unwrap())
            .unwrap();
    }
    conn.pragma_update(None, "user_version", version).unwrap();
    conn.execute_batch(
        "INSERT INTO meta VALUES ('tz', 'Asia/Shanghai');
         INSERT INTO customer (external_userid, name, synced_at) VALUES ('wm1', '林一', 10), ('wm2', '周二', 10);
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('o1', 'wm1', 'wm1', 5, 6, '1970-01-01', 'paid', 1000, 900, 'live');
         INSERT INTO journal (at, actor, act) VALUES (7, 'ops', 'board_snapshot');
         PRAGMA journal_mode = wal;",
    )
    .unwrap();
    drop(conn);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// A workspace is whole, and of this version or of the one before.
fn version_of_whole(path: &Path) -> i64 {
    let conn = Connection::open(path).unwrap();
    let said: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(said, "ok");
    assert_eq!(number(&conn, "SELECT count(*) FROM customer"), 2);
    assert_eq!(number(&conn, "SELECT spend_fen FROM pool"), 900);
    assert_eq!(number(&conn, "SELECT count(*) FROM journal"), 1);
    number(&conn, "PRAGMA user_version")
}

#[test]
fn an_older_workspace_is_brought_up_when_opened_for_writing_and_kept_as_it_was() {
    for version in [1, 2, 3] {
        let shop = Shop::new();
        let path = of_version(&shop, "w.db", version);
        let opened = store::open(&path, Access::ReadWrite).unwrap();
        let said = format!("schema {version} to {}", store::VERSION);
        assert!(
            opened
                .notes
                .iter()
                .any(|note| note.to_string().contains(&said))
        );
        drop(opened);
        assert_eq!(version_of_whole(&path), store::VERSION);
        let label = format!("w.db.v{version}.bak-");
        let kept = names(&shop, &label);
        assert_eq!(kept.len(), 1);
        let kept = shop.path(&kept[0]);
        assert_eq!(mode(&kept), 0o600);
        assert_eq!(version_of_whole(&kept), version);
        // Once is enough.
        store::open(&path, Access::ReadWrite).unwrap();
        assert_eq!(names(&shop, &label).len(), 1);
    }
}

#[test]
fn an_older_workspace_is_not_changed_by_looking_at_it() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    let error = store::open(&path, Access::ReadOnly).unwrap_err();
    assert!(matches!(error, StoreError::Older { .. }), "{error}");
    assert_eq!(error.exit_code(), 3);
    assert!(
        error
            .help()
            .to_string()
            .contains("open it once for writing")
    );
    assert_eq!(version_of_whole(&path), 1);
    assert_eq!(names(&shop, ".bak-").len(), 0);
}

#[test]
fn an_older_workspace_with_a_strangers_trigger_is_left_alone() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    shop.connection("w.db")
        .execute_batch("CREATE TRIGGER spy AFTER INSERT ON customer BEGIN DELETE FROM journal; END")
        .unwrap();
    let error = store::open(&path, Access::ReadWrite).unwrap_err();
    assert!(matches!(error, StoreError::Altered { .. }), "{error}");
    assert_eq!(version_of_whole(&path), 1);
}

#[test]
fn of_several_that_open_an_older_workspace_at_once_one_brings_it_up() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    let started: Vec<Child> = (0..6)
        .map(|_| {
            shop.command()
                .args(["list", "customers", "-w", "w.db"])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in started {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(version_of_whole(&path), store::VERSION);
    assert_eq!(names(&shop, ".bak-").len(), 1);
}

/// Runs the program with a limit on the size of any file: the system kills it at the first byte past it.
fn killed_past(shop: &Shop, blocks: u32, arguments: &str) -> bool {
    let script = format!("ulimit -c 0; ulimit -f {blocks}; exec {CAOPAN} {arguments}");
    let mut shell = std::process::Command::new("bash");
    let status = shell
        .args(["-c", &script])
        .env_clear()
        .envs(shop.environment())
        .current_dir(shop.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    !status.success()
}

#[test]
fn bringing_a_workspace_up_killed_at_any_write_leaves_the_old_one_or_the_new_one() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    let mut killed = 0;
    for blocks in (0..2_000).step_by(24) {
        if !killed_past(&shop, blocks, "list customers -w w.db") {
            break;
        }
        killed += 1;
        let version = version_of_whole(&path);
        if version == 1 {
            // What was kept is whole, or it has no name.
            for name in names(&shop, ".bak-").iter().filter(|n| !n.starts_with('.')) {
                assert_eq!(version_of_whole(&shop.path(name)), 1);
                fs::remove_file(shop.path(name)).unwrap();
            }
        }
    }
    assert!(killed > 4, "{killed}");
    assert_eq!(version_of_whole(&path), store::VERSION);
}

/// The program fails with this code and says what to do.
#[track_caller]
fn fails(shop: &Shop, code: i32, arguments: &[&str]) -> String {
    let Gave {
        code: got,
        out,
        err,
    } = shop.run(arguments);
    assert_eq!((got, &*out), (code, ""), "{arguments:?}: {err}");
    assert!(
        err.contains("caopan: error: ") && err.contains("\nhelp: "),
        "{err}"
    );
    err
}

#[test]
fn a_backup_is_the_workspace_in_one_private_file() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    let said = shop.good(&["backup", "b.bak", "-w", "w.db"]);
    assert!(
        said.contains("已复制 w.db 到 b.bak: ") && said.contains("sha256 "),
        "{said}"
    );
    assert_eq!(mode(&shop.path("b.bak")), 0o600);
    assert_eq!(names(&shop, "b.bak"), ["b.bak"]);
    let (live, copy) = (Connection::open(&path).unwrap(), shop.connection("b.bak"));
    for sql in [
        "SELECT count(*) FROM customer",
        "SELECT spend_fen FROM pool",
        "SELECT sum(paid_fen) FROM sale_order",
        "SELECT max(seq) FROM change_log",
    ] {
        assert_eq!(number(&live, sql), number(&copy, sql), "{sql}");
    }
    assert_eq!(
        number(
            &live,
            "SELECT count(*) FROM journal WHERE act = 'backup' AND subject_id = 'b.bak'"
        ),
        1
    );
    drop(copy);
    assert_eq!(
        shop.good(&["list", "customers", "--format", "csv", "-w", "w.db"]),
        shop.good(&["list", "customers", "--format", "csv", "-w", "b.bak"])
    );
}

#[test]
fn a_backup_never_goes_over_what_it_should_not() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    shop.write("old.bak", "mine");
    std::os::unix::fs::symlink(shop.path("nowhere"), shop.path("link.bak")).unwrap();
    fs::create_dir(shop.path("folder.bak")).unwrap();
    fifo(&shop.path("pipe.bak"));
    fails(&shop, 5, &["backup", "old.bak", "-w", "w.db"]);
    assert_eq!(fs::read(shop.path("old.bak")).unwrap(), b"mine");
    for place in ["link.bak", "folder.bak", "pipe.bak", "w.db", "./w.db"] {
        fails(&shop, 5, &["backup", place, "--force", "-w", "w.db"]);
    }
    assert_eq!(names(&shop, "nowhere").len(), 0);
    shop.good(&["backup", "old.bak", "--force", "-w", "w.db"]);
    shop.good(&["list", "customers", "-w", "old.bak"]);
    assert_eq!(names(&shop, ".part").len(), 0);
}

fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

#[test]
fn a_backup_among_writers_is_of_one_moment() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    // Each commit moves both sides by the same amount; a copy of two moments would differ.
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("CREATE TABLE theirs (side, n); INSERT INTO theirs VALUES (1, 0), (2, 0);")
        .unwrap();
    let ended = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writers: Vec<_> = (0..2)
        .map(|_| {
            let (path, ended) = (path.clone(), std::sync::Arc::clone(&ended));
            std::thread::spawn(move || {
                let conn = Connection::open(path).unwrap();
                conn.busy_timeout(std::time::Duration::from_secs(30))
                    .unwrap();
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    conn.execute("UPDATE theirs SET n = n + 1", []).unwrap();
                }
            })
        })
        .collect();
    for n in 0..2 {
        let name = format!("b{n}.bak");
        shop.good(&["backup", &name, "-w", "w.db"]);
        let copy = shop.connection(&name);
        let sides = number(&copy, "SELECT count(DISTINCT n) FROM theirs");
        assert_eq!(sides, 1);
    }
    ended.store(true, std::sync::atomic::Ordering::Relaxed);
    for writer in writers {
        writer.join().unwrap();
    }
}

/// What a workspace holds, in numbers that a lost or doubled row would change.
fn holds(path: &Path) -> [i64; 4] {
    let conn = Connection::open(path).unwrap();
    [
        "SELECT count(*) FROM customer",
        "SELECT spend_fen FROM pool",
        "SELECT coalesce(sum(paid_fen), 0) FROM sale_order",
        "SELECT count(*) FROM follow_event",
    ]
    .map(|sql| number(&conn, sql))
}

#[test]
fn a_restore_brings_back_what_was_saved_and_keeps_what_it_replaces() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    let saved = holds(&path);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    let conn = shop.connection("w.db");
    conn.execute_batch("DELETE FROM sale_order WHERE paid_fen > 10000; DELETE FROM customer WHERE external_userid LIKE '%7';")
        .unwrap();
    let between = holds(&path);
    assert_ne!(saved, between);
    fails(&shop, 5, &["restore", "b.bak", "-w", "w.db"]);
    assert_eq!(holds(&path), between);
    let said = shop.good(&["restore", "b.bak", "--yes", "-w", "w.db"]);
    assert!(said.contains("客户 300"), "{said}");
    assert_eq!(holds(&path), saved);
    // A connection that was open all the time sees it too.
    assert_eq!(number(&conn, "SELECT count(*) FROM customer"), 300);
    let kept = names(&shop, "w.db.before-restore-");
    assert_eq!(kept.len(), 1);
    assert_eq!(holds(&shop.path(&kept[0])), between);
    assert_eq!(mode(&shop.path(&kept[0])), 0o600);
    assert_eq!(
        number(&conn, "SELECT count(*) FROM journal WHERE act = 'restore'"),
        1
    );
    // And back again.
    shop.good(&["restore", &kept[0], "--yes", "-w", "w.db"]);
    assert_eq!(holds(&path), between);
    assert_eq!(names(&shop, ".part").len(), 0);
}

#[test]
fn a_restore_refuses_what_is_no_whole_workspace_of_ours() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    let held = holds(&path);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    shop.write("notes.txt", &"not a workspace\n".repeat(100));
    shop.connection("other.db")
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    fs::copy(shop.path("b.bak"), shop.path("newer.bak")).unwrap();
    shop.connection("newer.bak")
        .pragma_update(None, "user_version", 99)
        .unwrap();
    smash(&shop.path("b.bak"), &shop.path("torn.bak"), 5 * 4096);
    for (name, code) in [
        ("notes.txt", 3),
        ("other.db", 3),
        ("torn.bak", 3),
        ("newer.bak", 7),
        ("gone.bak", 3),
        ("w.db", 5),
    ] {
        fails(&shop, code, &["restore", name, "--yes", "-w", "w.db"]);
        assert_eq!(holds(&path), held, "{name}");
    }
    let before = fs::read(shop.path("other.db")).unwrap();
    fails(&shop, 3, &["restore", "b.bak", "--yes", "-w", "other.db"]);
    assert_eq!(fs::read(shop.path("other.db")).unwrap(), before);
    assert_eq!(
        names(&shop, "before-restore").len() + names(&shop, ".part").len(),
        0
    );
}

/// A copy of a file with garbage from `at` to the end of that page.
fn smash(from: &Path, to: &Path, at: usize) {
    let mut bytes = fs::read(from).unwrap();
    let end = (at / 4096 + 1) * 4096;
    for byte in bytes.get_mut(at..end).unwrap() {
        *byte = 0xA7;
    }
    fs::write(to, bytes).unwrap();
}

#[test]
fn a_restore_mends_a_damaged_workspace_wherever_the_damage_is() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    let held = holds(&path);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    // The header, the schema, a page of rows.
    for at in [0, 150, 9 * 4096] {
        for side in ["w.db-wal", "w.db-shm"] {
            let _ = fs::remove_file(shop.path(side));
        }
        smash(&shop.path("b.bak"), &path, at);
        let error = shop.run(&["list", "customers", "-w", "w.db"]);
        assert!(at > 4096 || error.code == 3, "{at}: {}", error.err);
        shop.good(&["restore", "b.bak", "--yes", "-w", "w.db"]);
        assert_eq!(holds(&path), held, "{at}");
        shop.good(&["list", "customers", "-w", "w.db"]);
    }
    assert_eq!(
        names(&shop, "w.db.damaged-").len() + names(&shop, "w.db.before-restore-").len(),
        3
    );
}

/// A workspace whose file was deleted under a console, which leaves a `-wal` with rows of its own.
fn lost_under_a_console(shop: &Shop) -> Connection {
    let path = shop.path("w.db");
    let console = shop.connection("w.db");
    console
        .pragma_update(None, "wal_autocheckpoint", 0)
        .unwrap();
    console
        .execute("DELETE FROM customer WHERE external_userid LIKE '%7'", [])
        .unwrap();
    fs::remove_file(path).unwrap();
    console
}

#[test]
fn a_restore_in_the_place_of_a_lost_file_takes_nothing_of_its_wal() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    let saved = holds(&path);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    let console = lost_under_a_console(&shop);
    let said = shop.good(&["restore", "b.bak", "--yes", "-w", "w.db"]);
    assert_eq!(holds(&path), saved);
    // What was left is there still, and is said.
    let kept = names(&shop, "w.db.left-");
    assert_eq!(kept.len(), 2, "{kept:?}");
    let wal = kept.iter().find(|name| name.ends_with("-wal")).unwrap();
    assert!(said.contains(&**wal), "{said}");
    assert!(fs::metadata(shop.path(wal)).unwrap().len() > 4096);
    // The console that still has the old file takes nothing along when it ends.
    let writer = shop.connection("w.db");
    writer
        .execute(
            "UPDATE customer SET name = '新' WHERE external_userid LIKE '%3'",
            [],
        )
        .unwrap();
    drop(console);
    assert_eq!(
        number(
            &shop.connection("w.db"),
            "SELECT count(*) > 0 FROM customer WHERE name = '新'"
        ),
        1
    );
    drop(writer);
    shop.good(&["check", "--deep", "-w", "w.db"]);
    // Who erases somebody is told of the rows that lie there.
    let id: String = shop
        .connection("w.db")
        .query_row("SELECT min(external_userid) FROM customer", [], |row| {
            row.get(0)
        })
        .unwrap();
    let said = shop.good(&["erase", &id, "--yes", "-w", "w.db"]);
    assert!(said.contains(&**wal), "{said}");
    assert_eq!(names(&shop, ".part").len(), 0);
}

#[test]
fn no_file_gets_a_name_beside_which_a_wal_of_another_lies() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    shop.demo("live.db", 200);
    let console = lost_under_a_console(&shop);
    let wal = fs::read(shop.path("w.db-wal")).unwrap();
    for arguments in [
        ["backup", "w.db", "-w", "live.db"].as_slice(),
        &["backup", "w.db", "--force", "-w", "live.db"],
        &["backup", "--salvage", "w.db", "-w", "live.db"],
        &["demo", "w.db", "--customers", "200"],
        &["init", "w.db"],
    ] {
        let said = fails(&shop, 5, arguments);
        assert!(
            said.contains("w.db 不在了") && said.contains("-wal"),
            "{said}"
        );
        assert!(!shop.path("w.db").exists(), "{arguments:?}");
    }
    assert_eq!(fs::read(shop.path("w.db-wal")).unwrap(), wal);
    // A hot journal would be rolled back into the new file just as well.
    drop(console);
    for side in ["w.db-wal", "w.db-shm"] {
        let _ = fs::remove_file(shop.path(side));
    }
    shop.write("w.db-journal", "pages of before");
    fails(&shop, 5, &["init", "w.db"]);
    assert_eq!(names(&shop, ".part").len(), 0);
}

#[test]
fn a_copy_of_an_older_version_is_restored_into_this_one() {
    let shop = Shop::new();
    let copy = of_version_1(&shop, "old.bak");
    shop.good(&["restore", "old.bak", "--yes", "-w", "new.db"]);
    assert_eq!(mode(&shop.path("new.db")), 0o600);
    assert_eq!(holds(&shop.path("new.db"))[..2], [2, 900]);
    shop.good(&["list", "customers", "-w", "new.db"]);
    assert_eq!(version_of_whole(&copy), 1);
}

#[test]
fn a_restore_under_a_reader_and_a_writer_is_one_commit() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    let held = holds(&path);
    let mut reader = shop.connection("w.db");
    let view = reader.transaction().unwrap();
    assert_eq!(number(&view, "SELECT count(*) FROM customer"), 200);
    let writer = shop.connection("w.db");
    writer.execute("DELETE FROM customer", []).unwrap();
    shop.good(&["restore", "b.bak", "--yes", "-w", "w.db"]);
    assert_eq!(number(&view, "SELECT count(*) FROM customer"), 200);
    drop(view);
    writer
        .execute("UPDATE customer SET name = name", [])
        .unwrap();
    assert_eq!(holds(&path), held);
}

#[test]
fn an_erasure_that_is_committed_until_the_workspace_is_locked_is_told_as_undone() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    let mut writer = shop.connection("w.db");
    let tx = writer
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let act = store::journal::Act {
        at: 5,
        act: "erase",
        subject_kind: "customer",
        ..Default::default()
    };
    store::journal::write(&tx, "ops", act).unwrap();
    let mut restoring = shop
        .command()
        .args(["restore", "b.bak", "--yes", "-w", "w.db"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // What comes next, once the restore is written into the copy, is the wait for the lock that is held here.
    let part = shop.path(&format!(".w.db.{}-0.part", restoring.id()));
    let is_staged = || -> rusqlite::Result<bool> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        Connection::open_with_flags(&part, flags)?.query_row(
            "SELECT EXISTS (SELECT 1 FROM journal WHERE act = 'restore')",
            [],
            |row| row.get(0),
        )
    };
    while restoring.try_wait().unwrap().is_none() && !is_staged().unwrap_or(false) {
        std::thread::yield_now();
    }
    tx.commit().unwrap();
    let output = restoring.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains('1') && said.lines().count() == 1, "{said}");
}

/// What `check` says, by code: state and words.
fn checked(
    shop: &Shop,
    code: i32,
    more: &[&str],
) -> std::collections::BTreeMap<String, (String, String)> {
    let mut arguments = vec!["check", "--format", "json", "--lang", "en", "-w", "w.db"];
    arguments.extend(more);
    let gave = shop.run(&arguments);
    assert_eq!(gave.code, code, "{}{}", gave.out, gave.err);
    let said: serde_json::Value = serde_json::from_str(&gave.out).unwrap();
    let text =
        |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = said["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            (
                text(row, "code"),
                (text(row, "verdict"), text(row, "found")),
            )
        })
        .collect()
}

#[test]
fn a_whole_workspace_is_found_well() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    for more in [&[][..], &["--deep"], &["--read-only"]] {
        let said = checked(&shop, 0, more);
        for code in ["file", "totals", "references", "journal", "change_log"] {
            assert_eq!(said[code].0, "ok", "{code} {said:?}");
        }
    }
    let table = shop.good(&["check", "--lang", "zh", "-w", "w.db"]);
    assert!(table.contains("与逐笔相符"), "{table}");
}

#[test]
fn totals_that_somebody_spoiled_are_found_and_mended() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    let held = holds(&path);
    shop.connection("w.db")
        .execute_batch(
            "UPDATE customer_stat SET orders = orders + 1 WHERE external_userid IN (SELECT external_userid FROM customer LIMIT 3);
             UPDATE customer_stat SET last_contact_at = 5 WHERE external_userid = (SELECT max(external_userid) FROM customer);
             UPDATE pool SET spend_fen = spend_fen + 1;",
        )
        .unwrap();
    let said = checked(&shop, 1, &[]);
    assert_eq!(
        said["totals"],
        (
            "wrong".into(),
            "4 customers' totals differ from their rows; the pool's sums differ".into()
        )
    );
    assert_eq!(checked(&shop, 0, &["--repair-totals"])["totals"].0, "ok");
    assert_eq!(holds(&path), held);
    assert_eq!(
        checked(&shop, 0, &[])["journal"].1,
        "1 rows, the chain holds"
    );
}

#[test]
fn rows_of_unknown_things_are_counted_and_are_no_error() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer_tag (tag_id, external_userid) SELECT tag_id, 'wm-nobody' FROM tag LIMIT 2;
         UPDATE sale_order SET credited_userid = 'gone' WHERE order_id = (SELECT min(order_id) FROM sale_order);",
    )
    .unwrap();
    let said = checked(&shop, 0, &[]);
    assert!(
        said["tags_of_unknown_customers"].1.starts_with("2 "),
        "{said:?}"
    );
    assert!(
        said["orders_of_unknown_staff"].1.starts_with("1 "),
        "{said:?}"
    );
}

#[test]
fn a_journal_somebody_cut_is_found() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    for name in ["a.bak", "b.bak", "c.bak"] {
        shop.good(&["backup", name, "-w", "w.db"]);
    }
    shop.connection("w.db")
        .execute("DELETE FROM journal WHERE journal_id = 2", [])
        .unwrap();
    assert_eq!(
        checked(&shop, 1, &[])["journal"].1,
        "the chain breaks at row 3"
    );
}

/// The page that a table's rows begin on, as an offset: its root, or the first page below it.
fn page_of(conn: &Connection, table: &str) -> usize {
    let root = number(
        conn,
        &format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'"),
    );
    (usize::try_from(root).unwrap() - 1) * 4096
}

#[test]
fn damage_is_said_with_the_way_back() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    shop.good(&["backup", "w.db.bak-today", "-w", "w.db"]);
    let at = page_of(&shop.connection("w.db.bak-today"), "customer");
    smash(&shop.path("w.db.bak-today"), &path, at);
    let gave = shop.run(&["check", "-w", "w.db", "--lang", "en"]);
    assert_eq!(gave.code, 3, "{}", gave.err);
    let said = gave.out + &gave.err;
    assert!(
        said.contains("caopan restore ") && said.contains("w.db.bak-today"),
        "{said}"
    );
    assert!(said.contains("--salvage"), "{said}");
}

#[test]
fn of_a_damaged_workspace_all_that_any_page_or_index_still_tells_is_saved() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 600);
    let held = holds(&path);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    // Two pages in the middle of the customers, away from both ends.
    let copy = shop.connection("b.bak");
    let leaves: Vec<i64> = copy
        .prepare(
            "SELECT pageno FROM dbstat WHERE name = 'customer' AND pagetype = 'leaf' ORDER BY path",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(leaves.len() > 8, "{}", leaves.len());
    let mut torn = 0;
    let mut bytes = fs::read(shop.path("b.bak")).unwrap();
    for leaf in [leaves[3], leaves[6]] {
        torn += number(
            &copy,
            &format!("SELECT ncell FROM dbstat WHERE name = 'customer' AND pageno = {leaf}"),
        );
        let at = (usize::try_from(leaf).unwrap() - 1) * 4096;
        bytes.get_mut(at..at + 64).unwrap().fill(0xA7);
    }
    fs::write(&path, bytes).unwrap();
    let gave = shop.run(&["backup", "--salvage", "saved.db", "-w", "w.db"]);
    assert_eq!(gave.code, 6, "{}{}", gave.out, gave.err);
    assert!(gave.out.contains("customer: "), "{}", gave.out);
    let saved = holds(&shop.path("saved.db"));
    // A row that divides two pages may go with either.
    assert!(
        (held[0] - torn - 2..=held[0] - torn).contains(&saved[0]),
        "{}",
        gave.out
    );
    assert_eq!(saved[2..], held[2..]);
    shop.good(&["check", "-w", "saved.db"]);
    assert_eq!(mode(&shop.path("saved.db")), 0o600);
}

/// A customer with a trace of every kind, each word of theirs unlike any other.
const CANARIES: [&str; 12] = [
    "wmCanaryCanaryCanary0001",
    "oUnionCanary0001",
    "13977770001",
    "金丝雀小姐",
    "金丝雀备注甲",
    "金丝雀的生日是五月",
    "13977770002",
    "金丝雀群名片",
    "金丝雀群昵称",
    "金丝雀要退货",
    "https://avatar.example/canary",
    "金丝雀视频号",
];

/// A demo of so many customers with the canary among them, and a connection to it.
fn canary_shop(customers: u32) -> (Shop, Connection) {
    let shop = Shop::new();
    shop.demo("w.db", customers);
    let conn = shop.connection("w.db");
    with_canary(&conn);
    (shop, conn)
}

fn with_canary(conn: &Connection) {
    let [
        id,
        union,
        phone,
        name,
        remark,
        about,
        mobile,
        member,
        nickname,
        reason,
        avatar,
        channels,
    ] = CANARIES;
    let hash = "0".repeat(64);
    conn.execute_batch(&format!(
        "INSERT INTO customer (external_userid, name, unionid, phone, avatar, synced_at) VALUES ('{id}', '{name}', '{union}', '{phone}', '{avatar}', 9);
         INSERT INTO follow (userid, external_userid, added_at, remark, description, remark_mobiles, wechat_channels_nickname, is_owner)
           SELECT userid, '{id}', 5, '{remark}', '{about}', '[\"{mobile}\"]', '{channels}', 1 FROM staff LIMIT 1;
         INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, detail, dedup_key)
           SELECT '2026-11-10', 1794200000, userid, '{id}', 'add', 'callback', '{name}', 'add/{id}/5' FROM staff LIMIT 1;
         INSERT INTO customer_tag (tag_id, external_userid) SELECT tag_id, '{id}' FROM tag LIMIT 3;
         INSERT INTO customer_stage SELECT journey_id, '{id}', stage_id, 5 FROM journey_stage LIMIT 1;
         INSERT INTO tag_event (occurred_at, external_userid, tag_id, op) VALUES (5, '{id}', 't', 'add');
         INSERT INTO ownership_history VALUES ('{id}', 'u', 5, NULL, NULL);
         INSERT INTO unassigned VALUES ('u', '{id}', 5);
         INSERT INTO handover (kind, handover_userid, takeover_userid, target_id, requested_at) VALUES ('on_job_customer', 'a', 'b', '{id}', 5);
         INSERT INTO group_member (chat_id, member_id, join_at, type, unionid, name, group_nickname)
           SELECT chat_id, '{id}', 5, 2, '{union}', '{member}', '{nickname}' FROM group_chat LIMIT 2;
         INSERT INTO group_event (biz_date, occurred_at, chat_id, kind, member_id, detail, dedup_key)
           SELECT '2026-11-10', 5, chat_id, 'join', '{id}', '{name}', 'join/{id}' FROM group_chat LIMIT 1;
         INSERT INTO task (kind, userid, external_userid, due_at, status) SELECT 'visit', userid, '{id}', 5, 'done' FROM staff LIMIT 1;
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT campaign_id, 'paid', '{id}', 5 FROM campaign LIMIT 1;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
           SELECT 'oc' || n.value, '{id}', '{id}', 1794300000, 1794300000, '2026-11-10', 'paid', 20000, 12345, 'live', (SELECT userid FROM staff LIMIT 1)
           FROM (SELECT 1 AS value UNION SELECT 2 UNION SELECT 3) n;
         INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, reason) VALUES ('rc1', 'oc1', 1794310000, '2026-11-10', 100, '{reason}');
         INSERT INTO sync_run (source, started_at, message) VALUES ('postgres:customers', 5, 'postgres:customers, key {id}: the name is too long');
         INSERT INTO sync_cursor (source, cursor, updated_at) VALUES ('postgres:customers',
           '{{\"mapping\":\"m\",\"place\":{{\"after\":{{\"changed\":\"2026-11-10 06:00:00+00\",\"key\":[\"{id}\"]}}}},\"full\":false,\"open\":null}}', 5);
         INSERT INTO import_run (kind, file, content_hash, rows_read, rows_new, rows_changed, rows_unchanged, rows_rejected, actor, started_at, ended_at)
           VALUES ('customers', '{name}.csv', '{hash}', 1, 1, 0, 0, 0, 'ops', 5, 5);
         UPDATE customer SET name = name || '。' WHERE external_userid = '{id}';
         UPDATE customer SET name = '{name}' WHERE external_userid = '{id}';"
    ))
    .unwrap();
}

/// Canaries in the bytes of the workspace and its side files.
fn canaries_left(shop: &Shop) -> Vec<(String, &'static str)> {
    let mut left = Vec::new();
    let state: Vec<String> = fs::read_dir(shop.path("state"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| format!("state/{}", entry.file_name().to_string_lossy()))
        .collect();
    let files = ["w.db", "w.db-wal", "w.db-shm"].map(str::to_owned);
    for name in files.into_iter().chain(state) {
        let name = name.as_str();
        let bytes = fs::read(shop.path(name)).unwrap_or_default();
        for canary in CANARIES {
            if memchr::memmem::find(&bytes, canary.as_bytes()).is_some() {
                left.push((name.to_owned(), canary));
            }
        }
    }
    left
}

/// Totals that an erasure keeps.
/// Every metric, a line each.
fn metrics_of(shop: &Shop) -> Vec<String> {
    let wish = [
        "metrics",
        "--format",
        "csv",
        "--as-of",
        shop::NOW,
        "-w",
        "w.db",
    ];
    shop.good(&wish).lines().map(str::to_owned).collect()
}

fn totals_of(shop: &Shop) -> Vec<String> {
    let sums = shop.connection("w.db");
    let mut all: Vec<String> = [
        "SELECT sum(paid_fen) FROM sale_order",
        "SELECT sum(amount_fen) FROM order_refund",
        "SELECT count(DISTINCT coalesce(external_userid, buyer_key)) FROM sale_order",
        "SELECT count(*) FROM follow_event WHERE kind = 'add'",
        "SELECT count(*) FROM group_member",
        "SELECT count(*) FROM campaign_step",
        "SELECT count(*) FROM task",
    ]
    .map(|sql| number(&sums, sql).to_string())
    .into();
    drop(sums);
    let now = ["--as-of", shop::NOW, "-w", "w.db"];
    for command in [
        &["board", "--format", "csv"][..],
        &["kpi", "--format", "csv"],
        &["groups", "--format", "csv"],
    ] {
        let arguments: Vec<&str> = command.iter().chain(&now).copied().collect();
        all.push(shop.good(&arguments));
    }
    all
}

/// Acts that name the canary, and what the console of this account remembers of it: the file of the latter.
fn named_in_acts(shop: &Shop) -> PathBuf {
    let [id, ..] = CANARIES;
    let conn = shop.connection("w.db");
    let act = |kind, subject, before| store::journal::Act {
        at: 5,
        act: kind,
        subject_kind: "customer",
        subject_id: subject,
        before,
        ..Default::default()
    };
    let before = format!("{{\"customers\":[\"{id}\"],\"name\":\"{}\"}}", CANARIES[3]);
    let tx = conn.unchecked_transaction().unwrap();
    store::journal::write(&tx, "ops", act("tag", id, None)).unwrap();
    store::journal::write(&tx, "ops", act("tag", "", Some(&before))).unwrap();
    store::journal::write(&tx, "ops", act("tag", "wmSomebodyElse", None)).unwrap();
    tx.commit().unwrap();
    drop(conn);
    // Acts of the program itself: a stage that keeps what was, a filter by phone, and what the console remembers.
    shop.good(&["stage", "2", id, "-w", "w.db"]);
    let phone = format!("phone:{}", CANARIES[2]);
    shop.good(&["export", "customers", &phone, "-o", "-", "-w", "w.db"]);
    let kept = caopan::config::state::Kept {
        filter: CANARIES[3].into(),
        filter_history: vec!["vip".into(), phone, format!("id:{id}")],
        ..Default::default()
    };
    fs::create_dir_all(shop.path("state")).unwrap();
    let private = caopan::config::state::file_of(&shop.path("state"), &shop.path("w.db"));
    caopan::config::state::save(&private, &kept).unwrap();
    private
}

#[test]
fn an_erasure_names_the_copy_that_was_put_back_and_those_made_before_that() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let id: String = {
        let conn = shop.connection("w.db");
        conn.query_row("SELECT min(external_userid) FROM customer", [], |row| {
            row.get(0)
        })
        .unwrap()
    };
    // The first copy knows neither of itself nor of the second: once it is back, no journal of the workspace names them.
    shop.good(&["backup", "first.copy", "-w", "w.db"]);
    shop.good(&["backup", "second.copy", "-w", "w.db"]);
    shop.good(&["restore", "first.copy", "--yes", "-w", "w.db"]);
    let said = shop.good(&["erase", &id, "--yes", "-w", "w.db"]);
    for copy in ["first.copy", "second.copy", "w.db.before-restore-"] {
        assert!(said.contains(copy), "{copy}: {said}");
    }
}

#[test]
fn a_copy_that_a_killed_backup_left_is_named_and_the_next_backup_takes_it_away() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    let ids: Vec<String> = conn
        .prepare("SELECT external_userid FROM customer ORDER BY 1 LIMIT 2")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    drop(conn);
    let mut ended = shop
        .command()
        .arg("--version")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    ended.wait().unwrap();
    let part = format!(".b.db.{}-0.part", ended.id());
    // In a folder of its own, which only the journal knows of.
    fs::create_dir(shop.path("it's; copies")).unwrap();
    shop.good(&["backup", "it's; copies/a.db", "-w", "w.db"]);
    for left in [part.clone(), format!("it's; copies/{part}")] {
        fs::copy(shop.path("it's; copies/a.db"), shop.path(&left)).unwrap();
        let found = doctored(&shop, 0, "w.db");
        assert!(found["leftovers"][2].contains(&part), "{found:?}");
        // The command names that file to a shell, whatever is in the name.
        let names = format!("set -- {}; test -f \"$2\"", found["leftovers"][2]);
        let is_there = std::process::Command::new("sh")
            .args(["-c", &names])
            .status();
        assert!(is_there.unwrap().success(), "{names}");
        let said = shop.good(&["erase", &ids[0], "--yes", "-w", "w.db"]);
        assert!(said.contains(&part), "{said}");
        let beside = shop.path(&left).with_file_name("b.db");
        shop.good(&["backup", &beside.to_string_lossy(), "-w", "w.db"]);
        assert!(!shop.path(&left).exists());
        assert!(!doctored(&shop, 0, "w.db").contains_key("leftovers"));
    }
    // Both new copies know nobody who was erased, and are still known themselves.
    let said = shop.good(&["erase", &ids[1], "--yes", "-w", "w.db"]);
    assert!(
        said.contains("it's; copies/b.db") && !said.contains(".part"),
        "{said}"
    );
}

#[test]
fn nothing_of_an_erased_customer_is_left_and_sales_and_groups_keep_their_totals() {
    let (shop, conn) = canary_shop(400);
    let [id, ..] = CANARIES;
    drop(conn);
    let private = named_in_acts(&shop);
    shop.good(&["backup", "knows.bak", "-w", "w.db"]);
    assert!(!canaries_left(&shop).is_empty());
    let kept = totals_of(&shop);
    fails(&shop, 5, &["erase", id, "-w", "w.db"]);

    let said = shop.good(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    assert_eq!(totals_of(&shop), kept);
    for canary in CANARIES {
        assert!(!said.contains(canary), "{said}");
    }
    assert!(
        said.contains("sale_order: 3 行")
            && said.contains("日志: 抹去 3 行的内容")
            && said.contains("runs: 3 行")
            && said.contains("累计消费, 风险金额和订单匹配率少去此人")
            && said.contains("操盘台的私有状态: 3 个筛选与视图"),
        "{said}"
    );
    let history = caopan::config::state::load(&private).kept.filter_history;
    assert_eq!(history, ["vip"]);
    assert!(said.contains("knows.bak"), "{said}");
    let said = checked(&shop, 0, &[]);
    assert_eq!((&*said["journal"].0, &*said["totals"].0), ("ok", "ok"));
    let conn = shop.connection("w.db");
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM journal WHERE subject_id = 'wmSomebodyElse'"
        ),
        1
    );
    assert_eq!(
        number(&conn, "SELECT count(*) FROM journal WHERE act = 'erase'"),
        1
    );
    drop(conn);

    // Again: nothing there, and the copy is gone.
    fs::remove_file(shop.path("knows.bak")).unwrap();
    let again = shop.run(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("里没有这个编号: 没有删除任何人"),
        "{}",
        again.err
    );
    assert!(
        !again.err.contains(id) && !again.out.contains("knows.bak"),
        "{}",
        again.out
    );
    assert_eq!(canaries_left(&shop), []);
}

#[test]
fn of_the_metrics_an_erasure_changes_those_that_count_customers() {
    let (shop, conn) = canary_shop(400);
    drop(conn);
    let before = metrics_of(&shop);
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    let after = metrics_of(&shop);
    let changed = before.iter().filter(|line| !after.contains(line));
    let changed: Vec<&str> = changed.filter_map(|line| line.split(',').next()).collect();
    let without = [
        "customers",
        "relations",
        "spend",
        "value_at_risk",
        "active_rate",
        "data_match",
    ];
    for code in &changed {
        assert!(without.contains(code), "{code}");
    }
    assert!(changed.contains(&"spend"), "{changed:?}");
}

#[test]
fn an_erasure_takes_every_number_of_a_remark_however_it_was_written() {
    let (id, mobile) = (CANARIES[0], CANARIES[6]);
    let another = "13977770003";
    for mobiles in [
        mobile.to_owned(),
        format!("[{mobile}]"),
        format!("{mobile};{another}"),
        format!("手机{mobile}、{another}（晚上）"),
        format!("[\"{another}\",[{{\"m\":{mobile}}}]]"),
        String::new(),
        "null".into(),
    ] {
        let (shop, conn) = canary_shop(100);
        conn.execute(
            "UPDATE follow SET remark_mobiles = ?2 WHERE external_userid = ?1",
            [id, &mobiles],
        )
        .unwrap();
        let act = store::journal::Act {
            at: 5,
            act: "export",
            detail: Some("phone:13977770003"),
            ..Default::default()
        };
        let tx = conn.unchecked_transaction().unwrap();
        store::journal::write(&tx, "ops", act).unwrap();
        tx.commit().unwrap();
        drop(conn);
        shop.good(&["erase", id, "--yes", "-w", "w.db"]);
        assert_eq!(canaries_left(&shop), [], "{mobiles}");
        let is_there = fs::read(shop.path("w.db"))
            .is_ok_and(|bytes| memchr::memmem::find(&bytes, another.as_bytes()).is_some());
        assert_eq!(is_there, !mobiles.contains(another), "{mobiles}");
    }
}

#[test]
fn text_that_is_no_utf_8_keeps_nobody_from_being_erased() {
    let (shop, conn) = canary_shop(200);
    let id = CANARIES[0];
    let spoilt = |text: &str| [b"\xff", text.as_bytes(), b"\xfe"].concat();
    conn.execute(
        "UPDATE customer SET name = CAST(?2 AS TEXT), unionid = CAST(?3 AS TEXT) WHERE external_userid = ?1",
        rusqlite::params![id, spoilt(CANARIES[3]), spoilt(CANARIES[1])],
    )
    .unwrap();
    conn.execute(
        "UPDATE group_member SET unionid = CAST(?2 AS TEXT) WHERE member_id = ?1",
        rusqlite::params![id, spoilt(CANARIES[1])],
    )
    .unwrap();
    conn.execute(
        "INSERT INTO sync_run (source, started_at, message) VALUES ('postgres:customers', 5, CAST(?1 AS TEXT))",
        [spoilt(id)],
    )
    .unwrap();
    drop(conn);
    shop.good(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
}

#[test]
fn a_reader_that_holds_the_wal_is_said_and_the_next_erasure_ends_it() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    with_canary(&shop.connection("w.db"));
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(number(&reader, "SELECT count(*) FROM customer"), 201);
    let gave = shop.run(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(gave.code, 4, "{}", gave.err);
    assert!(gave.err.contains("有读者占着 -wal"), "{}", gave.err);
    let found = doctored(&shop, 1, "w.db");
    assert_eq!(found["erasure"][0], "wrong");
    reader.execute_batch("COMMIT").unwrap();
    let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert!(
        said.contains("整体重写") && said.contains("上次没做完的删除"),
        "{said}"
    );
    assert_eq!(canaries_left(&shop), []);
    assert!(!doctored(&shop, 0, "w.db").contains_key("erasure"));
}

#[test]
fn an_erasure_that_ends_first_leaves_the_mark_of_another_that_has_not() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    let conn = shop.connection("w.db");
    with_canary(&conn);
    let another: String = conn
        .query_row("SELECT min(external_userid) FROM customer", [], |row| {
            row.get(0)
        })
        .unwrap();
    let by = store::restore::By {
        actor: "ops",
        now: 5,
    };
    let mut held = None;
    // The other one comes in between and stops half way: somebody reads.
    let first = store::erase::erase(&path, CANARIES[0], by, &mut |step| {
        if matches!(step, store::erase::Step::Search(..)) && held.is_none() {
            let reader = Connection::open(&path).unwrap();
            reader.execute_batch("BEGIN").unwrap();
            number(&reader, "SELECT count(*) FROM customer");
            let second = store::erase::erase(&path, &another, by, &mut |_| ()).unwrap();
            assert!(second.wal_held && second.resumed);
            held = Some(reader);
        }
    });
    assert!(!first.unwrap().resumed);
    assert!(store::erase::is_unfinished(&conn).unwrap());
    drop(held);
    let last = store::erase::erase(&path, CANARIES[0], by, &mut |_| ()).unwrap();
    assert!(last.resumed && last.rewritten);
    assert!(!store::erase::is_unfinished(&conn).unwrap());
    drop(conn);
    let bytes = fs::read(&path).unwrap();
    assert!(memchr::memmem::find(&bytes, another.as_bytes()).is_none());
}

#[test]
fn erasing_a_short_id_leaves_everybody_elses_rows_as_they_are() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, unionid, phone, synced_at) VALUES ('1', '甲', 'u1', '13912345671', 9), ('11', '乙', 'u11', NULL, 9);
         INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, dedup_key)
           SELECT '2026-11-10', 1, userid, '1', 'add', 'import', 'add/1/1111111111/11111111111111111111' FROM staff LIMIT 1;
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT campaign_id, 'paid', k.value, 5 FROM campaign,
           (SELECT '1' AS value UNION SELECT 'u1' UNION SELECT '13912345671') k WHERE campaign_id = (SELECT min(campaign_id) FROM campaign);
         INSERT INTO sync_run (source, started_at, message) VALUES ('postgres:customers', 5, '1 row of 11 was refused');",
    )
    .unwrap();
    let steps = number(&conn, "SELECT count(*) FROM campaign_step");
    drop(conn);
    shop.good(&["stage", "1", "11", "-w", "w.db"]);
    shop.good(&["stage", "2", "11", "-w", "w.db"]);
    shop.good(&["stage", "2", "1", "-w", "w.db"]);
    let said = shop.good(&["erase", "1", "--yes", "-w", "w.db"]);
    assert!(said.contains("日志: 抹去 1 行的内容"), "{said}");
    let conn = shop.connection("w.db");
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM journal WHERE subject_id = '11' AND before IS NOT NULL"
        ),
        2
    );
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM sync_run WHERE message LIKE '1 row of 11%'"
        ),
        1
    );
    assert_eq!(number(&conn, "SELECT count(*) FROM campaign_step"), steps);
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM customer WHERE external_userid IN ('1', '11')"
        ),
        1
    );
    drop(conn);
    // What others did can still be taken back.
    shop.good(&["undo", "2", "-w", "w.db"]);
}

#[test]
fn an_erasure_leaves_those_whom_the_erased_customer_invited() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('wmInviter0001', '请人的人', 9);
         INSERT INTO group_member (chat_id, member_id, join_at, type, unionid, name, group_nickname, state, invitor_userid)
           SELECT chat_id, k.value, 77, 2, NULL, k.value || '名', '昵称', 's', 'wmInviter0001'
           FROM (SELECT min(chat_id) AS chat_id FROM group_chat), (SELECT 'wmGuest0001' AS value UNION SELECT 'wmGuest0002') k;",
    )
    .unwrap();
    drop(conn);
    shop.good(&["erase", "wmInviter0001", "--yes", "-w", "w.db"]);
    let conn = shop.connection("w.db");
    let stay = "SELECT count(*) FROM group_member WHERE member_id IN ('wmGuest0001', 'wmGuest0002')
        AND name = member_id || '名' AND group_nickname = '昵称' AND state = 's' AND invitor_userid LIKE 'erased:%'";
    assert_eq!(number(&conn, stay), 2);
}

#[test]
fn memberships_of_one_second_under_one_unionid_stay_as_many_as_they_are() {
    let (shop, conn) = canary_shop(100);
    conn.execute(
        "INSERT INTO group_member (chat_id, member_id, join_at, type, unionid, name, invitor_userid)
           SELECT chat_id, k.value, 77, 2, ?1, ?2, ?3
           FROM (SELECT min(chat_id) AS chat_id FROM group_chat), (SELECT 'wmBefore0001' AS value UNION SELECT 'wmBefore0002') k",
        [CANARIES[1], CANARIES[3], CANARIES[0]],
    )
    .unwrap();
    let rows = number(&conn, "SELECT count(*) FROM group_member");
    drop(conn);
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    let conn = shop.connection("w.db");
    assert_eq!(number(&conn, "SELECT count(*) FROM group_member"), rows);
    let theirs =
        "SELECT count(DISTINCT member_id) FROM group_member WHERE member_id LIKE 'erased:%'";
    assert_eq!(number(&conn, theirs), 3);
}

#[test]
fn a_member_of_staff_is_not_erased() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    let staff: String = conn
        .query_row(
            "SELECT userid FROM staff ORDER BY userid LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    conn.execute(
        "INSERT INTO group_member (chat_id, member_id, join_at, type) SELECT min(chat_id), ?1, 78, 1 FROM group_chat",
        [&staff],
    )
    .unwrap();
    drop(conn);
    let said = fails(&shop, 5, &["erase", &staff, "--yes", "-w", "w.db"]);
    assert!(said.contains("是员工, 不是客户"), "{said}");
    let conn = shop.connection("w.db");
    let there =
        format!("SELECT count(*) FROM group_member WHERE member_id = '{staff}' AND join_at = 78");
    assert_eq!(number(&conn, &there), 1);
}

#[test]
fn an_erasure_takes_orders_known_by_a_noted_number_and_their_refund_notes() {
    let (shop, conn) = canary_shop(100);
    let [id, union, phone, .., reason, _, _] = CANARIES;
    let mobile = CANARIES[6];
    conn.execute_batch(&format!(
        "UPDATE order_refund SET reason = NULL WHERE refund_id = 'rc1';
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('ou', NULL, '{union}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live'),
                  ('op', NULL, '{phone}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live'),
                  ('om', NULL, '{mobile}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live'),
                  ('oo', 'wmOther', '{mobile}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'opened', '{mobile}', 5 FROM campaign;
         INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, reason)
           SELECT 'r' || order_id, order_id, 1794310000, '2026-11-10', 100, iif(order_id = 'oo', '别人的话', '{reason}')
           FROM sale_order WHERE order_id IN ('ou', 'op', 'om', 'oo');"
    ))
    .unwrap();
    drop(conn);
    let kept = totals_of(&shop);
    let said = shop.good(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    assert!(!said.contains("个词也属于别人"), "{said}");
    assert_eq!(totals_of(&shop), kept);
    let conn = shop.connection("w.db");
    let others = "SELECT count(*) FROM order_refund WHERE reason = '别人的话'";
    assert_eq!(number(&conn, others), 1);
}

/// One number as shops, forms and people write it; the last is another's, noted in a remark.
const SPELLINGS: [&str; 7] = [
    "+8613977770001",
    "+86 139-7777-0001",
    "139 7777 0001",
    "139.7777.0001",
    "0086-139-7777-0001",
    "１３９７７７７０００１",
    "139-7777-0009",
];

/// Each spelling as a key of an order with a refund, of steps, in the list of imported files and in the journal.
fn spelled_everywhere(conn: &Connection) {
    for (n, key) in SPELLINGS.iter().enumerate() {
        conn.execute_batch(&format!(
            "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
               VALUES ('os{n}', NULL, '{key}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');
             INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, reason)
               VALUES ('rs{n}', 'os{n}', 1794310000, '2026-11-10', 100, '{}');
             INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'opened', '{key}', 5 FROM campaign;
             INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'shared', '{key}', 5 FROM campaign;
             DELETE FROM campaign_step WHERE step = 'shared' AND person_key = '{key}';
             INSERT INTO import_run (kind, file, content_hash, rows_read, rows_new, rows_changed, rows_unchanged, rows_rejected, actor, started_at, ended_at)
               VALUES ('orders', '订单{key}.csv', '{}', 1, 1, 0, 0, 0, 'ops', 5, 5);",
            CANARIES[9],
            n.to_string().repeat(64)
        ))
        .unwrap();
        let detail = format!("{{\"where\":\"phone:{key} spend>5\"}}");
        let act = store::journal::Act {
            at: 5,
            act: "export",
            detail: Some(&detail),
            ..Default::default()
        };
        let tx = conn.unchecked_transaction().unwrap();
        store::journal::write(&tx, "ops", act).unwrap();
        tx.commit().unwrap();
    }
}

#[test]
fn an_erasure_takes_a_phone_however_it_is_written() {
    let (shop, conn) = canary_shop(100);
    conn.execute(
        "UPDATE follow SET remark = '女儿 139 7777 0009 接' WHERE external_userid = ?1",
        [CANARIES[0]],
    )
    .unwrap();
    spelled_everywhere(&conn);
    drop(conn);
    let kept = caopan::config::state::Kept {
        filter: SPELLINGS[1].into(),
        filter_history: vec!["vip".into(), format!("phone:{}", SPELLINGS[2])],
        ..Default::default()
    };
    fs::create_dir_all(shop.path("state")).unwrap();
    let private = caopan::config::state::file_of(&shop.path("state"), &shop.path("w.db"));
    caopan::config::state::save(&private, &kept).unwrap();
    fs::write(shop.path("state/note.txt"), SPELLINGS[3]).unwrap();
    let kept = totals_of(&shop);

    let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    assert_eq!(totals_of(&shop), kept);
    let bytes = fs::read(shop.path("w.db")).unwrap();
    let state = fs::read(&private).unwrap();
    for spelling in SPELLINGS {
        for (bytes, name) in [(&bytes, "w.db"), (&state, "state")] {
            let is_there = memchr::memmem::find(bytes, spelling.as_bytes()).is_some();
            assert!(!is_there, "{spelling} in {name}");
        }
    }
    assert!(
        said.contains("没有残留") && said.contains("日志: 抹去 7 行的内容"),
        "{said}"
    );
    assert!(!said.contains("个词也属于别人"), "{said}");
    assert!(said.contains("note.txt"), "{said}");
    let history = caopan::config::state::load(&private).kept.filter_history;
    assert_eq!(history, ["vip"]);
}

#[test]
fn a_phone_written_otherwise_in_what_stays_is_said() {
    for (sql, place) in [
        (
            "INSERT INTO cost (biz_date, amount_fen, kind, note) VALUES ('2026-11-10', 100, 'gift', '退给 +86 139-7777-0001')",
            "cost.note",
        ),
        (
            "UPDATE channel SET name = '电话139 7777 0001' WHERE channel_id = (SELECT min(channel_id) FROM channel)",
            "channel.name",
        ),
    ] {
        let (shop, conn) = canary_shop(100);
        assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
        drop(conn);
        let gave = shop.run(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
        assert_eq!(gave.code, 1, "{}{}", gave.out, gave.err);
        assert!(gave.err.contains(place), "{}", gave.err);
    }
}

#[test]
fn a_number_that_is_somebody_elses_too_stays_with_them_however_it_is_written() {
    for (phone, key) in [
        ("+86 139 7777 0002", "139-7777-0002"),
        ("13977770002", "+8613977770002"),
    ] {
        let (shop, conn) = canary_shop(100);
        conn.execute_batch(&format!(
            "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmDaughter01', '女儿', '{phone}', 9);
             INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
               VALUES ('od', 'wmDaughter01', '{key}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');"
        ))
        .unwrap();
        drop(conn);
        let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
        assert!(said.contains("个词也属于别人"), "{said}");
        let conn = shop.connection("w.db");
        let hers = format!(
            "SELECT count(*) FROM sale_order WHERE order_id = 'od' AND buyer_key = '{key}'"
        );
        assert_eq!(number(&conn, &hers), 1);
    }
}

#[test]
fn a_number_that_is_somebody_elses_too_stays_with_them() {
    let (shop, conn) = canary_shop(100);
    let mobile = CANARIES[6];
    conn.execute_batch(&format!(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmDaughter01', '女儿', '{mobile}', 9);
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('od', 'wmDaughter01', '{mobile}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');"
    ))
    .unwrap();
    drop(conn);
    let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert!(said.contains("有 1 个词也属于别人"), "{said}");
    let conn = shop.connection("w.db");
    let hers =
        format!("SELECT count(*) FROM sale_order WHERE order_id = 'od' AND buyer_key = '{mobile}'");
    assert_eq!(number(&conn, &hers), 1);
}

#[test]
fn a_number_that_a_remark_names_stays_with_whoever_has_it() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    with_canary(&conn);
    let friend = "13977770008";
    conn.execute(
        "UPDATE follow SET description = ?2 WHERE external_userid = ?1",
        [CANARIES[0], &format!("介绍人电话 {friend}")],
    )
    .unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmFriend01', '介绍人', '{friend}', 9);
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'clicked', '139 7777 0008', 5 FROM campaign;
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'paid', '{friend}', 6 FROM campaign;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('of', NULL, '{friend}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');"
    ))
    .unwrap();
    drop(conn);
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    let conn = shop.connection("w.db");
    let hers = format!(
        "SELECT (SELECT count(*) FROM campaign_step WHERE person_key IN ('{friend}', '139 7777 0008'))
              + (SELECT count(*) FROM sale_order WHERE order_id = 'of' AND buyer_key = '{friend}')"
    );
    assert_eq!(number(&conn, &hers), 3);
}

#[test]
fn an_erased_id_of_digits_is_no_amount_of_the_journal() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('1200000', '林某', 9), ('20261101', '林某', 9);",
    )
    .unwrap();
    drop(conn);
    for yuan in ["12000", "13000"] {
        let args = [
            "target", "set", "gmv", yuan, "-w", "w.db", "--period", "2026-11",
        ];
        shop.good(&args);
    }
    for id in ["1200000", "20261101"] {
        let said = shop.good(&["erase", id, "--yes", "-w", "w.db"]);
        assert!(said.contains("抹去 0 行的内容"), "{said}");
    }
    let conn = shop.connection("w.db");
    let kept = "SELECT count(*) FROM journal WHERE act = 'target_set' AND before IS NOT NULL";
    assert_eq!(number(&conn, kept), 2);
}

#[test]
fn a_word_of_the_erased_customer_in_the_key_of_something_else_is_said() {
    let (shop, conn) = canary_shop(100);
    conn.execute(
        "UPDATE sale_order SET order_id = ?1 || '-7' WHERE order_id = (SELECT min(order_id) FROM sale_order WHERE external_userid <> ?2)",
        [CANARIES[2], CANARIES[0]],
    )
    .unwrap();
    drop(conn);
    let gave = shop.run(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert!(gave.err.contains("sale_order.order_id"), "{}", gave.err);
    assert!(!gave.out.contains("没有残留"), "{}", gave.out);
}

#[test]
fn a_console_forgets_the_erased_customer() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    with_canary(&shop.connection("w.db"));
    let reader = store::open(&path, Access::ReadOnly).unwrap().conn;
    let before = store::changes::head(&reader).unwrap();
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    let tail = store::changes::since(&reader, before).unwrap();
    assert_eq!(tail, store::changes::Tail::Gap);
}

/// Lines of a feed: entity, key, kind.
fn told(text: &str) -> Vec<(String, String, String)> {
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let part = |name: &str| line[name].as_str().unwrap().to_owned();
            (part("entity"), part("key"), part("kind"))
        })
        .collect()
}

#[test]
fn a_feed_tells_every_change_once_and_is_taken_up_behind_any_number() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let conn = shop.connection("w.db");
    let head = || {
        number(
            &shop.connection("w.db"),
            "SELECT seq FROM sqlite_sequence WHERE name = 'change_log'",
        )
        .to_string()
    };
    let begin = head();
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wm1', '林一', '13900001111', 1);
         INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (4, 'paid', '13900001111', 1);",
    )
    .unwrap();
    let middle = head();
    conn.execute("DELETE FROM customer", []).unwrap();
    let all = shop.good(&["watch", "--from", &begin, "--once", "-w", "w.db"]);
    let entry =
        |entity: &str, key: &str, kind: &str| (entity.to_owned(), key.to_owned(), kind.to_owned());
    assert_eq!(
        told(&all),
        [
            entry("customer", "wm1", "gone"),
            entry("campaign_step", "4/139****1111", "changed"),
            entry("customer", "wm1", "gone"),
        ]
    );
    assert!(
        !all.contains("林一") && !all.contains("13900001111"),
        "{all}"
    );
    let rest = shop.good(&["watch", "--from", &middle, "--once", "-w", "w.db"]);
    assert_eq!(told(&rest), [entry("customer", "wm1", "gone")]);
    conn.execute("DELETE FROM change_log WHERE seq <= ?1", [&middle])
        .unwrap();
    let holed = shop.good(&["watch", "--from", &begin, "--once", "-w", "w.db"]);
    assert_eq!(told(&holed)[0], entry("workspace", "", "everything"));
    assert_eq!(told(&holed).len(), 2);
}

#[test]
fn names_are_told_to_those_who_say_yes_and_the_journal_knows() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute("INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wm1', '林一', '13900001111', 1)", [])
        .unwrap();
    fails(
        &shop,
        5,
        &["watch", "--from", "0", "--once", "--unmask", "-w", "w.db"],
    );
    let said = shop.good(&[
        "watch", "--from", "0", "--once", "--unmask", "--yes", "-w", "w.db",
    ]);
    assert!(
        said.contains("林一") && said.contains("13900001111"),
        "{said}"
    );
    assert_eq!(
        number(
            &shop.connection("w.db"),
            "SELECT count(*) FROM journal WHERE act = 'reveal'"
        ),
        1
    );
}

#[test]
fn a_list_shows_whole_phones_only_to_those_the_journal_names() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let list = [
        "list",
        "customers",
        "--unmask",
        "--limit",
        "3",
        "--format",
        "csv",
        "-w",
        "w.db",
    ];
    let usual = shop.good(&[
        "list",
        "customers",
        "--limit",
        "3",
        "--format",
        "csv",
        "-w",
        "w.db",
    ]);
    let whole = shop.good(&list);
    assert!(
        usual.contains("****") && !whole.contains("****"),
        "{usual}{whole}"
    );
    let conn = shop.connection("w.db");
    let noted = "SELECT count(*) FROM journal WHERE act = 'reveal' AND subject_kind = 'customers'";
    assert_eq!(number(&conn, noted), 1);
    fails(&shop, 5, &[&list[..], &["--read-only"]].concat());
    // Masked all the same, so there is nothing to note.
    let masked = shop.good(&[&list[..], &["--mask"]].concat());
    assert!(masked.contains('*'), "{masked}");
    assert_eq!(number(&conn, noted), 1);
    fails(
        &shop,
        5,
        &[
            "watch",
            "--unmask",
            "--yes",
            "--once",
            "--read-only",
            "-w",
            "w.db",
        ],
    );
}

#[test]
fn a_feed_shows_a_commit_as_it_comes_and_ends_when_asked() {
    use std::io::{BufRead, BufReader};
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let mut child = shop
        .command()
        .args(["watch", "--from", "0", "-w", "w.db"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // What was there before proves that it listens.
    assert!(lines.next().unwrap().unwrap().contains("\"meta\""));
    shop.connection("w.db")
        .execute(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('wm9', 1)",
            [],
        )
        .unwrap();
    assert!(lines.by_ref().any(|line| line.unwrap().contains("\"wm9\"")));
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// What `doctor` says, by code: state, words, what to do.
fn doctored(shop: &Shop, code: i32, name: &str) -> std::collections::BTreeMap<String, [String; 3]> {
    let gave = shop.run(&[
        "doctor",
        "--json",
        "--lang",
        "en",
        "--as-of",
        shop::NOW,
        "-w",
        name,
    ]);
    assert_eq!(gave.code, code, "{}{}", gave.out, gave.err);
    let said: serde_json::Value = serde_json::from_str(&gave.out).unwrap();
    let rows = said["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            (text("code"), [text("verdict"), text("found"), text("fix")])
        })
        .collect()
}

#[test]
fn the_doctor_finds_a_good_workspace_good_and_says_it_in_both_languages() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let said = doctored(&shop, 0, "w.db");
    for code in [
        "file",
        "permissions",
        "disk",
        "language",
        "customers",
        "orders",
        "groups",
        "journal",
    ] {
        assert_eq!(said[code][0], "ok", "{code}: {said:?}");
    }
    assert_eq!(said["backup"][0], "note");
    assert!(said["backup"][2].contains("caopan backup FILE -w w.db"));
    for (lang, word) in [("zh", "剪贴板"), ("en", "clipboard")] {
        let table = shop.good(&["doctor", "--lang", lang, "-w", "w.db", "--as-of", shop::NOW]);
        assert!(table.contains(word), "{table}");
    }
}

#[test]
fn the_doctor_counts_what_a_join_would_count_twice() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute_batch(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('a', 1), ('b', 1);
             INSERT INTO follow (userid, external_userid, added_at) VALUES ('s1', 'a', 1), ('s2', 'a', 1), ('s3', 'a', 1), ('s1', 'b', 1);
             INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source) VALUES
               ('o1', 'a', 'a', 1, 1, '1970-01-01', 'paid', 1000, 1000, 'live'), ('o2', 'b', 'b', 1, 1, '1970-01-01', 'paid', 500, 500, 'live'),
               ('o3', NULL, 'x', 1, 1, '1970-01-01', 'paid', 7700, 7700, 'live');",
        )
        .unwrap();
    let said = doctored(&shop, 0, "w.db");
    // a: 3 relations of 10.00, b: 1 of 5.00.
    assert_eq!(
        said["fan_out"][1],
        "1 customers have several staff; orders 15.00, joined with follow relations 35.00"
    );
    assert!(
        said["orders_matched"][1].starts_with("2 / 3 (66.7 %)"),
        "{said:?}"
    );
    assert_eq!(said["targets"][0], "note");
    assert_eq!(said["orders_doubtful"][..2], ["ok", "none"]);
}

#[test]
fn the_doctor_names_orders_that_are_hardly_meant_as_they_stand() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute_batch(
            "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source) VALUES
               ('over', 'a', 1, 1, '1970-01-01', 'paid', 1000, 1000, 'live'), ('whole', 'a', 1, 1, '1970-01-01', 'paid', 500, 500, 'live'),
               ('later', 'a', 1, 4102444800, '2100-01-01', 'paid', 500, 500, 'live'),
               ('closed', 'a', 1, 1, '1970-01-01', 'closed', 500, 500, 'live'), ('back', 'a', 1, 1, '1970-01-01', 'closed', 500, 500, 'live');
             INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES
               ('r1', 'over', 2, '1970-01-01', 700), ('r2', 'over', 3, '1970-01-01', 301), ('r3', 'whole', 2, '1970-01-01', 500),
               ('r4', 'back', 2, '1970-01-01', 500);",
        )
        .unwrap();
    let said = &doctored(&shop, 0, "w.db")["orders_doubtful"];
    assert_eq!(said[0], "note");
    assert_eq!(
        said[1],
        "1 refunded more than was paid; 1 paid in the future; 1 closed, yet paid and not refunded: they count as GMV"
    );
}

#[test]
fn the_doctor_sees_what_is_wrong_with_file_and_folder() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let said = doctored(&shop, 1, "w.db");
    assert_eq!(said["permissions"], ["wrong", "0644", "chmod 0600 w.db"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for name in ["a.bak", "b.bak", "c.bak"] {
        shop.good(&["backup", name, "-w", "w.db"]);
    }
    assert_eq!(doctored(&shop, 0, "w.db")["backup"][0], "ok");
    shop.connection("w.db")
        .execute("UPDATE journal SET act = 'x' WHERE journal_id = 2", [])
        .unwrap();
    assert_eq!(doctored(&shop, 1, "w.db")["journal"][0], "wrong");
    shop.write("notes.txt", &"not a workspace\n".repeat(100));
    assert_eq!(doctored(&shop, 3, "notes.txt")["workspace"][0], "damaged");
}

#[test]
fn the_examples_of_care_work_as_pasted() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, after) = readme.split_once("## Care\n\n```sh\n").unwrap();
    let (block, _) = after.split_once("```").unwrap();
    let shop = Shop::new();
    shop.demo("shop.db", 200);
    shop.connection("shop.db")
        .execute(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('wm0001', 1)",
            [],
        )
        .unwrap();
    let folder = Path::new(CAOPAN).parent().unwrap().display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    for line in block.lines() {
        let output = std::process::Command::new("sh")
            .args(["-c", line])
            .env_clear()
            .envs(shop.environment())
            .env("PATH", &path)
            .current_dir(shop.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}");
    }
    assert_eq!(block.lines().count(), 8);
}
