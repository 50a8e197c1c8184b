//! A fault at every write of an import: the disk fails, fills up, tears a write or the process dies there. Each time the
//! workspace is as it was or as it should be, the command does not claim what is not so, and the same command again ends well.
//!
//! The faults come from a small library loaded before libc's (`support/faults.c`), on the workspace's own files only.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use shop::Shop;

/// What may go wrong: how, and at every how manyth write it is tried.
const FAULTS: [(&str, usize); 7] = [
    ("kill", 1),
    ("io", 1),
    ("full", 1),
    ("io-once", 2),
    ("full-once", 2),
    ("torn-once", 2),
    ("torn-kill", 2),
];

/// Compiles the library of faults.
fn library(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/faults.c");
    let library = folder.join("faults.so");
    let done = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .args([&library, &source])
        .arg("-ldl")
        .status()
        .expect("a C compiler, which building SQLite needs too");
    assert!(done.success());
    library
}

fn customers(from: usize, to: usize, name: &str) -> String {
    let mut text = String::from("external_userid,name,phone\n");
    for i in from..to {
        writeln!(text, "wm{i:04},{name}{i},128{i:08}").unwrap();
    }
    text
}

/// A workspace with rows of which the file changes some, keeps some and adds to.
fn before(shop: &Shop) {
    shop.good(&["init", "before.db"]);
    shop.write("old.csv", &customers(0, 30, "安"));
    shop.good(&["import", "customers", "old.csv", "-w", "before.db"]);
    let mut file = customers(10, 20, "安");
    file.push_str(customers(20, 60, "白").split_once('\n').unwrap().1);
    shop.write("new.csv", &file);
}

/// Everything an import writes, in one text.
fn state(path: &Path) -> String {
    let conn = Connection::open(path).unwrap();
    let one = |sql: &str| -> String {
        conn.query_row(sql, [], |row| row.get::<_, Option<String>>(0))
            .unwrap()
            .unwrap_or_default()
    };
    assert_eq!(one("PRAGMA integrity_check"), "ok", "{}", path.display());
    assert!(
        conn.prepare("PRAGMA foreign_key_check")
            .unwrap()
            .query([])
            .unwrap()
            .next()
            .unwrap()
            .is_none()
    );
    [
        "SELECT group_concat(external_userid || name || phone) FROM (SELECT * FROM customer ORDER BY 1)",
        "SELECT group_concat(external_userid || spend_fen || orders) FROM (SELECT * FROM customer_stat ORDER BY 1)",
        "SELECT customers || ' ' || spend_fen FROM pool",
        "SELECT group_concat(run_id || file || rows_new || '+' || rows_changed) FROM import_run",
        "SELECT group_concat(act || subject_id) FROM journal",
        "SELECT CAST(count(*) AS TEXT) FROM change_log",
        "SELECT CAST(active AS TEXT) FROM bulk",
    ]
    .map(one)
    .join("\n")
}

fn clear(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
}

struct Trial<'a> {
    shop: &'a Shop,
    library: &'a Path,
    old: &'a str,
    new: &'a str,
}

impl Trial<'_> {
    fn import(&self, path: &Path) -> Command {
        let mut command = self.shop.command();
        command
            .args(["import", "customers", "new.csv", "-w"])
            .arg(path);
        command
    }

    /// Imports with one fault; `false` when the import does not write that often.
    fn run(&self, how: &str, at: usize, writes: usize) -> bool {
        let path = self.shop.path(&format!("t-{how}-{at}.db"));
        clear(&path);
        fs::copy(self.shop.path("before.db"), &path).unwrap();
        let output = self
            .import(&path)
            .env("LD_PRELOAD", self.library)
            .env("FAULT_FILE", &path)
            .env("FAULT_AT", at.to_string())
            .env("FAULT_HOW", how)
            .output()
            .unwrap();
        let code = output.status.code();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let what = format!("{how} at write {at} of {writes}: exit {code:?}: {said}");
        if how.contains("kill") {
            assert!(matches!(code, Some(137 | 0)), "{what}");
        } else {
            assert!(matches!(code, Some(0 | 1 | 3 | 4)), "{what}");
            assert!(!said.contains("panicked"), "{what}");
            assert!(
                code == Some(0) || said.contains("caopan: error: "),
                "{what}"
            );
        }
        let after = state(&path);
        assert!(
            after == self.new || (after == self.old && code != Some(0)),
            "{what}: neither as it was nor as it should be:\n{after}"
        );
        if how == "full" && code == Some(1) && after == self.old {
            assert!(said.contains("help: make room for about"), "{what}");
        }
        let again = self.import(&path).output().unwrap();
        assert_eq!(
            again.status.code(),
            Some(0),
            "again after {what}: {}",
            String::from_utf8_lossy(&again.stderr)
        );
        assert_eq!(state(&path), self.new, "again after {what}");
        clear(&path);
        true
    }
}

#[test]
fn a_fault_at_any_write_leaves_the_old_or_the_new_and_the_same_command_again_ends_well() {
    let shop = Shop::english();
    before(&shop);
    let library = library(shop.folder());
    let old = state(&shop.path("before.db"));
    let path = shop.path("whole.db");
    fs::copy(shop.path("before.db"), &path).unwrap();
    let count = shop.path("writes");
    let trial = |new| Trial {
        shop: &shop,
        library: &library,
        old: &old,
        new,
    };
    let done = trial("")
        .import(&path)
        .env("LD_PRELOAD", &library)
        .env("FAULT_FILE", &path)
        .env("FAULT_COUNT", &count)
        .status()
        .unwrap();
    assert!(done.success());
    let writes: usize = fs::read_to_string(&count).unwrap().trim().parse().unwrap();
    assert!(writes > 20, "the library sees the writes: {writes}");
    let new = state(&path);
    assert_ne!(old, new);
    let trials: Vec<(&str, usize)> = FAULTS
        .iter()
        .flat_map(|(how, every)| (1..=writes).step_by(*every).map(move |at| (*how, at)))
        .collect();
    let (next, trial) = (AtomicUsize::new(0), trial(&new));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((how, at)) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    trial.run(how, *at, writes);
                }
            });
        }
    });
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_with_the_room_that_is_needed_and_no_signal() {
    let shop = Shop::english();
    before(&shop);
    let old = state(&shop.path("before.db"));
    shop.write("many.csv", &customers(100, 20_000, "陈"));
    let size = fs::metadata(shop.path("before.db")).unwrap().len();
    let import = |limit: &str| {
        let mut shell = Command::new("sh");
        shell
            .args([
                "-c",
                &format!("{limit} exec \"$0\" import customers many.csv -w before.db"),
            ])
            .arg(shop::CAOPAN)
            .env_clear()
            .envs(shop.environment())
            .current_dir(shop.folder());
        shell.output().unwrap()
    };
    // In blocks of 512 bytes: a little more than the file has.
    let limited = import(&format!("ulimit -f {};", size / 512 + 64));
    let said = String::from_utf8_lossy(&limited.stderr).into_owned();
    assert_eq!(limited.status.code(), Some(1), "{said}");
    assert!(
        said.contains("the workspace is as it was") && said.contains("help: make room for about"),
        "{said}"
    );
    assert_eq!(state(&shop.path("before.db")), old);
    assert!(import("").status.success());
}
