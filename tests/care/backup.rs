//! Copies: of one moment, private, never over anything.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::doctor::doctored;
use crate::shop::Shop;
use crate::{fails, mode, names, number};
use rusqlite::Connection;

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
