//! Several connections on one workspace: commits are noticed, locks are said, a replaced file is found out.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use caopan::domain::Day;
use caopan::domain::period::PeriodKind;
use caopan::store::board::{BoardKey, snapshot_before};
use caopan::store::changes::{self, Tail};
use caopan::store::journal::Act;
use caopan::store::watch::{Seen, Trouble, Watch};
use caopan::store::write::{BoardLine, KeptBoard, Writer};
use caopan::store::{self, Access, Birth, Doing, Opened, StoreError};
use rusqlite::{Connection, TransactionBehavior};

fn fresh() -> (tempfile::TempDir, PathBuf, Opened) {
    let dir = tempfile::Builder::new().prefix("store-").tempdir().unwrap();
    let path = dir.path().join("w.db");
    let opened = store::create(&path, &Birth::default()).unwrap();
    (dir, path, opened)
}

fn watched(path: &Path, opened: &Opened) -> (Watch, Receiver<Seen>) {
    let (tell, seen) = channel();
    let watch = Watch::start(path, opened.file, move |what| {
        let _ = tell.send(what);
    })
    .unwrap();
    (watch, seen)
}

fn next(seen: &Receiver<Seen>) -> Seen {
    seen.recv_timeout(Duration::from_secs(20))
        .expect("something is noticed")
}

fn add(conn: &Connection, id: &str) {
    conn.execute(
        "INSERT INTO customer (external_userid, synced_at) VALUES (?1, 1)",
        [id],
    )
    .unwrap();
}

#[test]
fn a_commit_elsewhere_is_noticed_and_says_what_changed() {
    let (_dir, path, opened) = fresh();
    let reader = store::open(&path, Access::ReadOnly).unwrap().conn;
    let before = changes::head(&reader).unwrap();
    let (_watch, seen) = watched(&path, &opened);
    add(&opened.conn, "c1");
    assert_eq!(next(&seen), Seen::Commit);
    let Tail::Changes(changes) = changes::since(&reader, before).unwrap() else {
        panic!("a gap")
    };
    assert!(changes.customers.rows.contains("c1"));
}

#[test]
fn every_commit_of_many_writers_is_read_by_a_reader_that_only_waits_for_news() {
    let (_dir, path, opened) = fresh();
    let reader = store::open(&path, Access::ReadOnly).unwrap().conn;
    let mut at = changes::head(&reader).unwrap();
    let (_watch, seen) = watched(&path, &opened);
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let path = path.clone();
            std::thread::spawn(move || {
                let conn = store::open(&path, Access::ReadWrite).unwrap().conn;
                for i in 0..20 {
                    add(&conn, &format!("w{writer}-{i}"));
                }
            })
        })
        .collect();
    let mut found = std::collections::BTreeSet::new();
    while found.len() < 60 {
        assert_eq!(next(&seen), Seen::Commit);
        let Tail::Changes(changes) = changes::since(&reader, at).unwrap() else {
            panic!("a gap")
        };
        at = changes.upto;
        found.extend(changes.customers.rows);
    }
    for writer in writers {
        writer.join().unwrap();
    }
    assert_eq!(store::customers::pool(&reader).unwrap().customers, 60);
}

#[test]
fn a_rolled_back_transaction_is_no_news() {
    let (_dir, path, opened) = fresh();
    let (_watch, seen) = watched(&path, &opened);
    opened
        .conn
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO meta VALUES ('a', 'b'); ROLLBACK")
        .unwrap();
    add(&opened.conn, "c1");
    assert_eq!(next(&seen), Seen::Commit);
    assert!(seen.try_recv().is_err());
}

#[test]
fn a_replaced_file_is_trouble_until_it_is_back_and_stops_the_writer() {
    let (dir, path, opened) = fresh();
    let mut writer = Writer::open(&path, "tester").unwrap();
    let (_watch, seen) = watched(&path, &opened);
    let aside = dir.path().join("aside.db");
    fs::rename(&path, &aside).unwrap();
    assert!(matches!(next(&seen), Seen::Trouble(Trouble::Replaced)));
    let act = Act {
        at: 1,
        act: "test",
        subject_kind: "",
        subject_id: "",
        detail: None,
        ..Act::default()
    };
    let refused = writer.act(act, |_| Ok(())).unwrap_err();
    assert!(matches!(refused, StoreError::Replaced { .. }));
    fs::rename(&aside, &path).unwrap();
    assert_eq!(next(&seen), Seen::Recovered);
    writer.act(act, |_| Ok(())).unwrap();
    assert_eq!(next(&seen), Seen::Commit);
}

#[test]
fn what_a_writer_wrote_is_in_the_file_itself_though_somebody_else_looks_at_it() {
    let (dir, path, opened) = fresh();
    drop(opened);
    let mut writer = Writer::open(&path, "tester").unwrap();
    let looker = store::open(&path, Access::ReadOnly).unwrap();
    let act = Act {
        at: 1,
        act: "test",
        subject_kind: "",
        subject_id: "",
        detail: None,
        ..Act::default()
    };
    writer.act(act, |_| Ok(())).unwrap();
    drop(writer);
    let copy = dir.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    let lines = |conn: &Connection| -> i64 {
        let sql = "SELECT count(*) FROM journal WHERE act = 'test'";
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(lines(&looker.conn), 1);
    assert_eq!(lines(&Connection::open(&copy).unwrap()), 1);
}

#[test]
fn a_deleted_wal_is_trouble() {
    let (dir, path, opened) = fresh();
    add(&opened.conn, "c1");
    let (_watch, seen) = watched(&path, &opened);
    fs::remove_file(dir.path().join("w.db-wal")).unwrap();
    assert!(
        matches!(next(&seen), Seen::Trouble(Trouble::SideLost(file)) if file.as_str().ends_with("w.db-wal"))
    );
}

#[test]
fn a_newer_program_that_migrates_the_open_file_is_trouble() {
    let (_dir, path, opened) = fresh();
    let (_watch, seen) = watched(&path, &opened);
    opened
        .conn
        .pragma_update(None, "user_version", store::VERSION + 1)
        .unwrap();
    assert_eq!(next(&seen), Seen::Commit);
    assert!(matches!(
        next(&seen),
        Seen::Trouble(Trouble::OtherSchema(version)) if version == store::VERSION + 1
    ));
}

#[test]
fn a_second_writer_waits_and_then_says_busy_while_readers_go_on() {
    let (_dir, path, mut opened) = fresh();
    let hold = opened
        .conn
        .transaction_with_behavior(TransactionBehavior::Exclusive)
        .unwrap();
    let patience = Duration::from_millis(30);
    let mut second = store::open_within(&path, Access::ReadWrite, patience).unwrap();
    let error = second
        .conn
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .doing("tagging")
        .map(drop)
        .unwrap_err();
    assert!(error.is_busy());
    assert_eq!(error.exit_code(), 4);
    store::customers::pool(&second.conn).unwrap();
    drop(hold);
    add(&second.conn, "c1");
}

#[test]
fn a_wholly_locked_file_is_busy_at_once_and_not_a_hang() {
    let (_dir, path, opened) = fresh();
    drop(opened);
    let hog = Connection::open(&path).unwrap();
    hog.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; INSERT INTO meta VALUES ('a', 'b')",
    )
    .unwrap();
    let error =
        store::open_within(&path, Access::ReadWrite, Duration::from_millis(30)).unwrap_err();
    assert!(error.is_busy(), "{error}");
    assert_eq!(error.exit_code(), 4);
    assert!(
        error
            .help()
            .to_string()
            .contains("again when it has written")
    );
}

/// Names the file whose locks a child of this test tries.
const LOCKED: &str = "CAOPAN_TEST_LOCKED";

#[test]
fn opening_again_keeps_this_processes_locks() {
    if let Some(path) = std::env::var_os(LOCKED) {
        // The child: were the locks dropped, another SQLite would take itself for the last to close, and delete the -wal.
        let file = fs::File::options().write(true).open(path).unwrap();
        let all = rustix::fs::FlockOperation::NonBlockingLockExclusive;
        assert!(
            rustix::fs::fcntl_lock(&file, all).is_err(),
            "nothing is locked"
        );
        return;
    }
    let (_dir, path, opened) = fresh();
    add(&opened.conn, "c1");
    drop(store::open(&path, Access::ReadOnly).unwrap());
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "opening_again_keeps_this_processes_locks"])
        .env(LOCKED, &path)
        .output()
        .unwrap();
    assert!(child.status.success(), "{child:?}");
    add(&opened.conn, "c2");
}

#[test]
fn a_bulk_write_committed_half_done_is_ended_by_the_next_to_open() {
    let (_dir, path, opened) = fresh();
    opened
        .conn
        .execute_batch("UPDATE bulk SET active = 1; INSERT INTO customer (external_userid, synced_at) VALUES ('c1', 1)")
        .unwrap();
    let again = store::open(&path, Access::ReadWrite).unwrap();
    assert_eq!(again.notes.len(), 1);
    assert_eq!(store::customers::pool(&again.conn).unwrap().customers, 1);
    assert!(
        store::open(&path, Access::ReadWrite)
            .unwrap()
            .notes
            .is_empty()
    );
}

#[test]
fn a_kept_board_is_found_as_the_newest_before_an_instant() {
    let (_dir, path, opened) = fresh();
    let mut writer = Writer::open(&path, "tester").unwrap();
    let key = BoardKey {
        board: "gmv",
        kind: PeriodKind::Month,
        start: Day::parse("2026-11-01").unwrap(),
    };
    let line = |id: &str, value, rank| BoardLine {
        id: id.into(),
        value,
        rank,
    };
    let board = |taken_at, lines: &[BoardLine]| KeptBoard {
        key,
        taken_at,
        lines: lines.to_vec(),
    };
    let first = board(100, &[line("s1", 5.0, 1), line("s2", 3.0, 2)]);
    let second = board(200, &[line("s2", 9.0, 1)]);
    let mut keep = |boards: &[KeptBoard]| writer.keep_boards(boards, 300).unwrap();
    assert_eq!(keep(std::slice::from_ref(&first)), 1);
    assert_eq!(keep(&[first, second.clone()]), 1);
    // Nothing new, nothing written.
    assert_eq!(keep(&[second]), 0);
    let at = |at| snapshot_before(&opened.conn, key, at).unwrap();
    assert_eq!(at(99), None);
    let first = at(199).unwrap();
    assert_eq!(first.taken_at, 100);
    assert_eq!(first.values, [("s1".into(), 5.0), ("s2".into(), 3.0)]);
    assert_eq!(at(200).unwrap().values, [("s2".into(), 9.0)]);
    let acts: i64 = opened
        .conn
        .query_row(
            "SELECT count(*) FROM journal WHERE act = 'board_snapshot' AND actor = 'tester'",
            [],
            |r| r.get(0),
        )
        .unwrap();
    assert_eq!(acts, 2);
}

#[test]
fn other_bytes_in_the_same_file_are_trouble_and_a_checkpoint_is_none() {
    for was_restored in [false, true] {
        other_bytes_are_trouble(was_restored);
    }
}

/// The other bytes may be those of a workspace that was restored itself: not over this one.
fn other_bytes_are_trouble(was_restored: bool) {
    let (_dir, path, opened) = fresh();
    let (elsewhere, other, another) = fresh();
    for i in 0..40 {
        add(&opened.conn, &format!("a{i}"));
        add(&another.conn, &format!("b{i}"));
    }
    if was_restored {
        let copy = elsewhere.path().join("w.bak");
        store::backup::copy(&another.conn, &other, &copy, false, &mut |_, _| true).unwrap();
        let by = store::restore::By {
            actor: "test",
            now: 2_000,
        };
        store::restore::restore(&copy, &other, by, &mut |_, _| true).unwrap();
    }
    let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
    another.conn.execute_batch(truncate).unwrap();
    drop(another);
    let (_watch, seen) = watched(&path, &opened);
    // The file is written anew, and holds what it held.
    opened.conn.execute_batch(truncate).unwrap();
    for id in ["c1", "c2"] {
        add(&opened.conn, id);
        assert_eq!(next(&seen), Seen::Commit);
    }
    opened.conn.execute_batch(truncate).unwrap();
    fs::copy(&other, &path).unwrap();
    // Who looks while the bytes are half copied finds no database, which is trouble as well; then it is another one.
    while news(&seen) != Seen::Trouble(Trouble::Replaced) {}
}

/// The next thing noticed but commits: a log that begins anew reads as one.
fn news(seen: &Receiver<Seen>) -> Seen {
    let mut told = next(seen);
    while told == Seen::Commit {
        told = next(seen);
    }
    told
}

/// Bytes that are being copied over the open file, seen when half of them are there, and what they turn out to be.
fn half_copied_turns_out(to_be_the_same: bool) -> Seen {
    let (_dir, path, opened) = fresh();
    let (_elsewhere, other, another) = fresh();
    for i in 0..40 {
        add(&opened.conn, &format!("a{i}"));
        add(&another.conn, &format!("b{i}"));
    }
    let truncate = "PRAGMA wal_checkpoint(TRUNCATE)";
    for conn in [&opened.conn, &another.conn] {
        conn.execute_batch(truncate).unwrap();
    }
    drop(another);
    let bytes = fs::read(if to_be_the_same { &path } else { &other }).unwrap();
    let (_watch, seen) = watched(&path, &opened);
    let (begin, end) = bytes.split_at(bytes.len() / 2);
    fs::write(&path, begin).unwrap();
    let told = news(&seen);
    assert!(
        matches!(told, Seen::Trouble(Trouble::Unreadable(_))),
        "{told:?}"
    );
    let mut rest = fs::File::options().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut rest, end).unwrap();
    drop(rest);
    news(&seen)
}

#[test]
fn a_file_found_half_copied_is_another_one_once_it_is_whole() {
    assert_eq!(
        half_copied_turns_out(false),
        Seen::Trouble(Trouble::Replaced)
    );
}

#[test]
fn a_file_found_half_copied_that_is_itself_again_is_no_trouble() {
    assert_eq!(half_copied_turns_out(true), Seen::Recovered);
}

#[test]
fn a_restore_is_a_commit_also_where_it_brings_an_older_journal_back() {
    // Whoever wrote the journal last may have had a clock that was ahead.
    for journalled_at in [1_000, 9_000] {
        restored_behind_a_journal_of(journalled_at);
    }
}

fn restored_behind_a_journal_of(journalled_at: i64) {
    let (dir, path, opened) = fresh();
    add(&opened.conn, "a1");
    let copy = dir.path().join("w.bak");
    store::backup::copy(&opened.conn, &path, &copy, false, &mut |_, _| true).unwrap();
    // What came after the copy, and is journalled.
    for _ in 0..3 {
        let act = Act {
            at: journalled_at,
            act: "tag",
            subject_kind: "customer",
            subject_id: "a1",
            detail: None,
            before: None,
            undoes: None,
        };
        store::journal::write(&opened.conn, "test", act).unwrap();
    }
    let (_watch, seen) = watched(&path, &opened);
    add(&opened.conn, "a2");
    assert_eq!(next(&seen), Seen::Commit);
    let by = store::restore::By {
        actor: "test",
        now: 2_000,
    };
    store::restore::restore(&copy, &path, by, &mut |_, _| true).unwrap();
    assert_eq!(next(&seen), Seen::Commit);
    // The next commit is news too: the file is the one that was opened.
    add(&opened.conn, "a3");
    assert_eq!(next(&seen), Seen::Commit);
}
