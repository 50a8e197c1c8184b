//! An import as a whole: stopped, in bulk, rehearsed, of a file that is there already, of a locked workspace.

use std::sync::atomic::AtomicBool;

use crate::{NOW, Workspace, reasons, workspace};
use caopan::domain::Zone;
use caopan::import::{ImportError, Kind, Options, Progress, run};

#[test]
fn a_stopped_import_leaves_nothing() {
    let mut w = workspace();
    let mut text = String::from("external_userid,name\n");
    for i in 0..5_000 {
        text.push_str(&format!("c{i},n\n"));
    }
    let stop = AtomicBool::new(false);
    let mut progress = |progress| {
        if let Progress::Written(rows, of) = progress {
            assert_eq!(of, 5_000);
            stop.store(rows >= 2_000, std::sync::atomic::Ordering::Relaxed);
        }
    };
    let mut options = Options::new(Zone::default(), NOW, &stop);
    options.progress = Some(&mut progress);
    let result = run(
        Kind::Customers,
        text.as_bytes(),
        "big.csv",
        &mut w.conn,
        &mut options,
    );
    let error = result.unwrap_err();
    assert!(matches!(error, ImportError::Stopped { .. }) && error.exit_code() == 130);
    assert_eq!(w.number("SELECT count(*) FROM customer"), 0);
}

#[test]
fn a_large_file_goes_in_bulk_with_right_totals_and_one_sweep() {
    let mut w = workspace();
    let mut text = String::from("external_userid,name\n");
    for i in 0..200 {
        text.push_str(&format!("c{i:03},n\n"));
    }
    w.good(Kind::Customers, &text);
    let mut text = String::from("order_id,external_userid,paid_at,paid_yuan\n");
    for i in 0..50_500 {
        text.push_str(&format!("o{i:06},c{:03},2026-03-01 10:00,1.01\n", i % 250));
    }
    let report = w.good(Kind::Orders, &text);
    assert_eq!((report.new, report.unmatched), (50_500, 50_500 / 250 * 50));
    assert_eq!(
        w.number("SELECT count(*) FROM change_log WHERE entity = 99"),
        1
    );
    assert_eq!(w.number("SELECT active FROM bulk"), 0);
    assert_eq!(
        w.number("SELECT count(*) FROM customer_stat WHERE spend_fen = 202 * 101 AND orders = 202"),
        200
    );
    assert_eq!(w.number("SELECT spend_fen FROM pool"), 200 * 202 * 101);
    let again = w.good(Kind::Orders, &text);
    assert_eq!(again.unchanged, 50_500);
}

#[test]
fn a_large_file_in_no_order_goes_in_by_key_with_its_indexes_made_anew() {
    let mut w = workspace();
    let schema = "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name)";
    let before = w.text(schema);
    let mut text = String::from("external_userid,name\n");
    for i in 0..20_000_u32 {
        // 7,919 has no factor in common with 20,000: every number once.
        text.push_str(&format!("c{:05},n{i}\n", i * 7_919 % 20_000));
    }
    text.push_str("c00000,n0\n");
    let report = w.good(Kind::Customers, &text);
    assert_eq!((report.new, report.unchanged), (20_000, 1));
    assert_eq!(w.text(schema), before);
    assert_eq!(w.text("PRAGMA integrity_check"), "ok");
    assert_eq!(w.number("SELECT count(*) FROM customer_stat"), 20_000);
    assert_eq!(
        w.number("SELECT count(*) FROM change_log"),
        1 + w.number("SELECT count(*) FROM change_log WHERE entity <> 99")
    );
    text.push_str("c00001,other\n");
    let found = reasons(w.import(Kind::Customers, &text));
    assert!(
        found[0].contains("has the key of an earlier line"),
        "{found:?}"
    );
    // Triggers are awake again, after success and after failure.
    w.conn
        .execute(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('late', 1)",
            [],
        )
        .unwrap();
    assert_eq!(w.number("SELECT count(*) FROM customer_stat"), 20_001);
}

#[test]
fn a_rehearsal_says_what_would_change_and_leaves_everything_as_it_was() {
    let mut w = workspace();
    w.good(
        Kind::Customers,
        "external_userid,name,region,phone\nA,安,杭州,12800000009\nB,白,,12800000001\n",
    );
    let logged = w.number("SELECT max(seq) FROM change_log");
    let stop = AtomicBool::new(false);
    let mut options = Options::new(Zone::default(), NOW, &stop);
    options.rehearse = true;
    let text =
        "external_userid,name,region,phone\nA,安安,(清空),\nB,白*,,128****0001\nC,陈,青岛,\n";
    let report = run(
        Kind::Customers,
        text.as_bytes(),
        "f.csv",
        &mut w.conn,
        &mut options,
    )
    .unwrap();
    assert_eq!(
        (report.new, report.changed, report.unchanged, report.run),
        (1, 1, 1, None)
    );
    let change = &report.changes[0];
    assert_eq!((report.changes.len(), change.key[0].1.as_str()), (1, "A"));
    let cells: Vec<_> = change
        .cells
        .iter()
        .map(|c| {
            (
                c.column.as_str(),
                c.before.as_ref().map(|t| t.as_str()),
                c.after.as_ref().map(|t| t.as_str()),
            )
        })
        .collect();
    assert_eq!(
        cells,
        [
            ("name", Some("安"), Some("安安")),
            ("region", Some("杭州"), None)
        ]
    );
    assert_eq!(w.number("SELECT max(seq) FROM change_log"), logged);
    assert_eq!(w.number("SELECT count(*) FROM customer"), 2);
    assert_eq!(w.number("SELECT count(*) FROM import_run"), 1);
}

#[test]
fn a_file_that_is_there_already_is_not_read_again_until_its_table_changes() {
    let mut w = workspace();
    let text = "external_userid,name\nA,安\n";
    let stop = AtomicBool::new(false);
    let import = |w: &mut Workspace| {
        let mut options = Options::new(Zone::default(), NOW, &stop);
        run(
            Kind::Customers,
            text.as_bytes(),
            "/x/f.csv",
            &mut w.conn,
            &mut options,
        )
        .unwrap()
    };
    assert_eq!(import(&mut w).run, Some(1));
    let second = import(&mut w);
    assert_eq!(
        (second.run, second.standing.map(|run| run.id)),
        (None, Some(1))
    );
    w.conn
        .execute("UPDATE customer SET name = 'x'", [])
        .unwrap();
    let third = import(&mut w);
    assert_eq!((third.run, third.changed), (Some(2), 1));
    assert_eq!(
        w.text("SELECT file FROM import_run WHERE run_id = 2"),
        "f.csv"
    );
}

#[test]
fn a_locked_workspace_is_reported_as_busy() {
    let mut w = workspace();
    let mut other = caopan::store::open(&w.path, caopan::store::Access::ReadWrite)
        .unwrap()
        .conn;
    w.conn.busy_timeout(std::time::Duration::ZERO).unwrap();
    let lock = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let error = w
        .import(Kind::Journeys, "journey_id,name\n1,x\n")
        .unwrap_err();
    assert_eq!(error.exit_code(), 4);
    drop(lock);
    assert_eq!(w.good(Kind::Journeys, "journey_id,name\n1,x\n").new, 1);
}
