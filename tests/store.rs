//! The workspace file: made, opened, refused, written by several and read live.
#![allow(missing_docs, reason = "a test binary")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use caopan::store::{self, Access, Birth, StoreError};
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
