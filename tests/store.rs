//! The workspace file: made, opened, refused, written by several and read live.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use caopan::store::{self, Access, Birth, Doing, StoreError};
use rusqlite::Connection;

/// A folder of its own and the path of a workspace in it.
fn place() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::Builder::new().prefix("store-").tempdir().unwrap();
    let path = dir.path().join("w.db");
    (dir, path)
}

/// A fresh workspace.
fn fresh() -> (tempfile::TempDir, PathBuf, Connection) {
    let (dir, path) = place();
    let opened = store::create(&path, &Birth::default()).unwrap();
    (dir, path, opened.conn)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn refusal(path: &Path) -> StoreError {
    store::open(path, Access::ReadWrite).unwrap_err()
}

#[test]
fn a_new_workspace_is_private_wal_and_ours() {
    let (_dir, path, conn) = fresh();
    assert_eq!(mode(&path), 0o600);
    let wal: String = conn
        .pragma_query_value(None, "journal_mode", |r| r.get(0))
        .unwrap();
    assert_eq!(wal, "wal");
    let id: i64 = conn
        .pragma_query_value(None, "application_id", |r| r.get(0))
        .unwrap();
    assert_eq!(id, 0x4350_4F31);
    drop(conn);
    store::open(&path, Access::ReadOnly).unwrap();
}

#[test]
fn a_workspace_in_a_shared_folder_is_shared_with_the_group() {
    let (dir, path) = place();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o2770)).unwrap();
    let opened = store::create(&path, &Birth::default()).unwrap();
    opened
        .conn
        .execute("INSERT INTO meta VALUES ('k', 'v')", [])
        .unwrap();
    assert_eq!(mode(&path), 0o660);
    assert_eq!(mode(&dir.path().join("w.db-wal")), 0o660);
    assert_eq!(mode(&dir.path().join("w.db-shm")), 0o660);
}

#[test]
fn creating_never_goes_over_anything() {
    let (_dir, path) = place();
    fs::write(&path, b"mine").unwrap();
    let error = store::create(&path, &Birth::default()).unwrap_err();
    assert_eq!(error.exit_code(), 5);
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[test]
fn a_mistyped_path_creates_nothing() {
    let (dir, path) = place();
    let error = refusal(&path);
    assert!(matches!(error, StoreError::Missing { .. }));
    assert_eq!(error.exit_code(), 3);
    let odd = refusal(Path::new("file:store-test.db?mode=rwc"));
    assert!(matches!(odd, StoreError::Missing { .. }));
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn what_is_not_a_workspace_is_refused_and_left_as_it_was() {
    let (dir, path) = place();
    for bytes in [
        &b""[..],
        b"hello\n",
        b"\x1f\x8b\x08\x00rest of a gzip",
        b"SQLite format 3\0",
    ] {
        fs::write(&path, bytes).unwrap();
        let error = refusal(&path);
        assert_eq!(error.exit_code(), 3, "{error}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    assert_eq!(refusal(dir.path()).exit_code(), 3);
}

#[test]
fn another_programs_database_is_refused_unchanged() {
    let (_dir, path) = place();
    for sql in [
        "CREATE TABLE customer (a)",
        "PRAGMA application_id = 7; CREATE TABLE t2 (a)",
        "PRAGMA application_id = 1129336625; CREATE TABLE t3 (a)",
    ] {
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let before = fs::read(&path).unwrap();
        let error = refusal(&path);
        assert!(matches!(error, StoreError::NotWorkspace { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn a_newer_zero_or_negative_schema_is_refused_byte_for_byte() {
    let (_dir, path, conn) = fresh();
    drop(conn);
    for (version, code) in [(store::VERSION + 1, 7), (9999, 7), (0, 3), (-1, 3)] {
        Connection::open(&path)
            .unwrap()
            .pragma_update(None, "user_version", version)
            .unwrap();
        let before = fs::read(&path).unwrap();
        assert_eq!(refusal(&path).exit_code(), code, "version {version}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}

#[test]
fn an_altered_schema_is_refused_and_a_table_of_others_is_not() {
    for (sql, says) in [
        (
            "CREATE TRIGGER spy AFTER INSERT ON customer BEGIN DELETE FROM journal; END",
            "spy",
        ),
        (
            "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
            "endless",
        ),
        (
            "ALTER TABLE task RENAME TO task_old; CREATE VIEW task AS SELECT * FROM task_old",
            "task",
        ),
        ("DROP TABLE owner_group_day", "owner_group_day is missing"),
        (
            "DROP TRIGGER keep_order_insert",
            "keep_order_insert is missing",
        ),
        ("ALTER TABLE staff ADD COLUMN pay INTEGER", "staff differs"),
    ] {
        let (_dir, path, conn) = fresh();
        conn.execute_batch(sql).unwrap();
        drop(conn);
        let error = refusal(&path);
        assert!(
            matches!(error, StoreError::Altered { .. }),
            "{sql}: {error}"
        );
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(error.exit_code(), 3);
    }
    let (_dir, path, conn) = fresh();
    conn.execute_batch("CREATE TABLE theirs (a, b AS (zeroblob(900000000)))")
        .unwrap();
    drop(conn);
    store::open(&path, Access::ReadWrite).unwrap();
}

#[test]
fn links_are_refused_by_name() {
    let (dir, path, conn) = fresh();
    drop(conn);
    let link = dir.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(refusal(&link).to_string().contains("symbolic link"));
    let second = dir.path().join("second.db");
    fs::hard_link(&path, &second).unwrap();
    assert!(refusal(&second).to_string().contains("hard link"));
    assert!(refusal(&path).to_string().contains("hard link"));
}

#[test]
fn a_damaged_file_is_called_damaged() {
    let (_dir, path, conn) = fresh();
    drop(conn);
    let mut bytes = fs::read(&path).unwrap();
    for byte in bytes.iter_mut().skip(100).take(64) {
        *byte = 0x5a;
    }
    fs::write(&path, &bytes).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_reader_cannot_write_and_says_so() {
    let (_dir, path, _conn) = fresh();
    let reader = store::open(&path, Access::ReadOnly).unwrap();
    let error = reader
        .conn
        .execute("INSERT INTO meta VALUES ('k', 'v')", [])
        .doing("setting k")
        .unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert_eq!(error.exit_code(), 5);
}

#[test]
fn the_limits_hold_on_an_open_workspace() {
    let (_dir, _path, conn) = fresh();
    conn.execute("INSERT INTO meta VALUES ('k', \"v\")", [])
        .expect_err("a double-quoted typo is no string");
    conn.execute("SELECT zeroblob(20000000)", [])
        .expect_err("16 MB at most");
    let trusted: i64 = conn
        .pragma_query_value(None, "trusted_schema", |r| r.get(0))
        .unwrap();
    assert_eq!(trusted, 0);
    let keys: i64 = conn
        .pragma_query_value(None, "foreign_keys", |r| r.get(0))
        .unwrap();
    assert_eq!(keys, 1);
    conn.execute(
        "INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (1, 77, 1, 'x')",
        [],
    )
    .expect_err("a stage of no journey");
}

#[test]
fn what_does_not_belong_into_a_cell_is_refused() {
    let (_dir, _path, conn) = fresh();
    for sql in [
        "INSERT INTO customer (external_userid, synced_at) VALUES ('', 1)",
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('a', 'x' || char(0), 1)",
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('a', printf('%.*c', 513, 'x'), 1)",
        "INSERT INTO customer (external_userid, synced_at) VALUES ('a', 'soon')",
        "INSERT INTO order_refund VALUES ('r', 'o', 1, '2026-02-29', 1, 0, NULL)",
        "INSERT INTO order_refund VALUES ('r', 'o', 1, '2026-2-3', 1, 0, NULL)",
        "INSERT INTO order_refund VALUES ('r', 'o', 1, 'now', 1, 0, NULL)",
        "INSERT INTO order_refund VALUES ('r', 'o', 1, '2026-02-03', 0, 0, NULL)",
        "INSERT INTO order_refund VALUES ('r', 'o', 1, '2026-02-03', 1000000000000000, 0, NULL)",
        "INSERT INTO department (dept_id, parent_id, name) VALUES (3, 3, 'own parent')",
    ] {
        assert!(conn.execute(sql, []).is_err(), "{sql}");
    }
    conn.execute(
        "INSERT INTO order_refund VALUES ('r', 'o', 1, '2028-02-29', 999999999999999, 0, NULL)",
        [],
    )
    .unwrap();
}

#[test]
fn a_file_that_may_not_be_written_opens_for_reading_and_says_so() {
    let (dir, path, conn) = fresh();
    drop(conn);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let opened = store::open(&path, Access::ReadWrite).unwrap();
    if rustix::process::geteuid().is_root() {
        // Permissions do not bind root.
        assert_eq!(opened.access, Access::ReadWrite);
        return;
    }
    assert_eq!(opened.access, Access::ReadOnly);
    assert_eq!(opened.notes.len(), 1);
    store::customers::pool(&opened.conn).unwrap();
    // What the reader left must not lock the owner out.
    drop(opened);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let again = store::open(&path, Access::ReadWrite).unwrap();
    store::meta::set(&again.conn, "k", "v").unwrap();
    drop(again);
    // In a folder that may not be written there is nowhere for the side files.
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let nowhere = store::open(&path, Access::ReadWrite).map(|o| o.access);
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(nowhere.unwrap_err().exit_code(), 3);
    // Nor is a file that may not be read.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    assert_eq!(refusal(&path).exit_code(), 3);
}
