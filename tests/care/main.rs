//! Care for a workspace: brought up from earlier versions, copied, restored, checked, erased from, looked after.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::get_unwrap,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "../support/shop.rs"]
mod shop;

mod backup;
mod beside;
mod canary;
mod check;
mod doctor;
mod erase;
mod feed;
mod numbers;
mod restore;
mod versions;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use shop::{Gave, Shop};

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

/// A copy of a file with garbage from `at` to the end of that page.
fn smash(from: &Path, to: &Path, at: usize) {
    let mut bytes = fs::read(from).unwrap();
    let end = (at / 4096 + 1) * 4096;
    for byte in bytes.get_mut(at..end).unwrap() {
        *byte = 0xA7;
    }
    fs::write(to, bytes).unwrap();
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
