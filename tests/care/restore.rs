//! Restoring: over whole and damaged workspaces, beside a stray `-wal`, under readers.

use std::fs;

use crate::shop::Shop;
use crate::{fails, holds, mode, names, number, of_version_1, smash, version_of_whole};
use rusqlite::Connection;

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
    // Said in one language.
    let refused = shop.run(&[
        "restore",
        "notes.txt",
        "--yes",
        "--lang",
        "zh",
        "-w",
        "w.db",
    ]);
    assert!(
        refused.err.contains("不是 caopan 工作区") && !refused.err.contains("it is"),
        "{}",
        refused.err
    );
    fails(&shop, 3, &["restore", "b.bak", "--yes", "-w", "other.db"]);
    assert_eq!(fs::read(shop.path("other.db")).unwrap(), before);
    assert_eq!(
        names(&shop, "before-restore").len() + names(&shop, ".part").len(),
        0
    );
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

/// A copy of one shop in the place of another is a slip more often than a wish.
#[test]
fn a_copy_of_another_workspace_needs_a_word_more() {
    let shop = Shop::new();
    shop.good(&["init", "w.db", "--name", "真店"]);
    shop.good(&["init", "night.db", "--name", "午夜店"]);
    shop.good(&["backup", "night.bak", "-w", "night.db"]);
    let said = fails(&shop, 5, &["restore", "night.bak", "--yes", "-w", "w.db"]);
    assert!(said.contains("午夜店") && said.contains("真店"), "{said}");
    let name = || -> String {
        shop.connection("w.db")
            .query_row("SELECT value FROM meta WHERE key = 'corp_name'", [], |r| {
                r.get(0)
            })
            .unwrap()
    };
    assert_eq!(name(), "真店");
    shop.good(&["restore", "night.bak", "--yes", "--other", "-w", "w.db"]);
    assert_eq!(name(), "午夜店");
}
