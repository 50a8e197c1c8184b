//! Erasing while others read, write, erase or look on.

use std::fs;
use std::process::Stdio;

use crate::canary::{CANARIES, canaries_left, with_canary};
use crate::doctor::doctored;
use crate::number;
use crate::shop::Shop;
use caopan::store::{self, Access};
use rusqlite::Connection;

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
