//! Imports: the right rows, the same rows the second time, every bad row named, and all or nothing.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

mod known;
mod left_out;
mod masks;
mod meant;
mod refused;
mod relations;
mod targets;
mod whole;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use caopan::domain::Zone;
use caopan::import::{ImportError, Kind, Options, Report, run};
use caopan::store::{Birth, create, totals};
use proptest::prelude::*;
use rusqlite::Connection;
use tempfile::TempDir;

const NOW: i64 = 1_774_972_800; // 2026-04-01 00:00 +08:00

struct Workspace {
    _folder: TempDir,
    path: PathBuf,
    conn: Connection,
}

fn workspace() -> Workspace {
    let folder = TempDir::with_prefix("demo-import-").unwrap();
    let path = folder.path().join("w.db");
    let conn = create(&path, &Birth::default()).unwrap().conn;
    Workspace {
        _folder: folder,
        path,
        conn,
    }
}

impl Workspace {
    fn import(&mut self, kind: Kind, text: &str) -> Result<Report, ImportError> {
        self.import_bytes(kind, text.as_bytes(), None)
    }

    fn good(&mut self, kind: Kind, text: &str) -> Report {
        self.import(kind, text)
            .unwrap_or_else(|e| panic!("{}: {e}", kind.code()))
    }

    fn import_bytes(
        &mut self,
        kind: Kind,
        bytes: &[u8],
        rejects: Option<&mut Vec<u8>>,
    ) -> Result<Report, ImportError> {
        let stop = AtomicBool::new(false);
        let mut out;
        let rejects: Option<&mut dyn std::io::Write> = match rejects {
            Some(r) => {
                out = r;
                Some(&mut out)
            }
            None => None,
        };
        let mut options = Options::new(Zone::default(), NOW, &stop);
        options.rejects = rejects;
        options.again = true;
        run(kind, bytes, "file.csv", &mut self.conn, &mut options)
    }

    fn number(&self, sql: &str) -> i64 {
        self.conn
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
    }

    fn text(&self, sql: &str) -> String {
        self.conn
            .query_row(sql, [], |row| row.get(0))
            .unwrap_or_else(|e| panic!("{sql}: {e}"))
    }
}

fn reasons(result: Result<Report, ImportError>) -> Vec<String> {
    match result {
        Err(ImportError::Refused { problems, .. }) => {
            problems.iter().map(ToString::to_string).collect()
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn every_template_imports_cleanly_and_a_second_time_changes_and_logs_nothing() {
    let mut w = workspace();
    for kind in Kind::all() {
        let report = w.good(kind, &kind.template());
        assert_eq!((report.new, report.rows()), (1, 1), "{}", kind.code());
        assert_eq!(report.unmatched, 0, "{}", kind.code());
    }
    let logged = w.number("SELECT coalesce(max(seq), 0) FROM change_log");
    for kind in Kind::all() {
        let report = w.good(kind, &kind.template());
        assert_eq!((report.unchanged, report.rows()), (1, 1), "{}", kind.code());
    }
    assert_eq!(
        w.number("SELECT coalesce(max(seq), 0) FROM change_log"),
        logged
    );
    let check: String = w.text("PRAGMA integrity_check");
    assert_eq!(check, "ok");
    // Nothing that an import writes is of a kind that `check` takes for another program's.
    let found = caopan::store::check::findings(&w.conn).unwrap();
    assert_eq!(found.unknown_changes, 0);
}

#[test]
fn the_required_columns_alone_are_enough() {
    let mut w = workspace();
    for kind in Kind::all() {
        let template = kind.template();
        let mut lines = template.lines();
        let header: Vec<&str> = lines.next().unwrap().split(',').collect();
        let sample: Vec<&str> = lines.next().unwrap().split(',').collect();
        let required: Vec<usize> = kind
            .columns()
            .enumerate()
            .filter(|(_, (_, required))| *required)
            .map(|(i, _)| i)
            .collect();
        let line = |cells: &[&str]| {
            required
                .iter()
                .map(|i| cells[*i])
                .collect::<Vec<_>>()
                .join(",")
        };
        let report = w.good(kind, &format!("{}\n{}\n", line(&header), line(&sample)));
        assert_eq!(report.new, 1, "{}", kind.code());
    }
}

#[test]
fn orders_become_the_golden_figures_of_march() {
    // metrics.md 4.3: gross 920.00 over 7 orders of 5 buyers; net by refund date 890.00.
    let mut w = workspace();
    w.good(
        Kind::Customers,
        "external_userid,name\nA,安\nB,白\nC,陈\nD,丁\nE,鄂\n",
    );
    let report = w.good(
        Kind::Orders,
        "order_id,external_userid,paid_at,paid_yuan,is_test,status,ordered_at\n\
         O1,A,2026-03-01 10:00,100,,paid,\nO2,A,2026-03-20 10:00,200.00,,paid,\n\
         O3,B,2026-02-28T16:00:00Z,50,,paid,\nO4,B,2026-03-31 23:59:59,60,,paid,\n\
         O5,C,2026-03-05 12:00,300,,completed,\nO6,D,2026-03-10 12:00,80,,paid,\n\
         O7,E,2026-02-10 12:00,120,,paid,\nO8,E,2026-03-15 12:00,130,,paid,\n\
         O9,A,2026-03-12 12:00,999,1,paid,\nO10,A,,50,,created,2026-03-21 10:00\n",
    );
    assert_eq!((report.new, report.unmatched), (10, 0));
    w.good(
        Kind::Refunds,
        "refund_id,order_id,refunded_at,amount_yuan\nR1,O5,2026-04-02 09:00,300\nR2,O6,2026-03-11 09:00,30\n",
    );
    let march = "biz_date BETWEEN '2026-03-01' AND '2026-03-31'";
    assert_eq!(
        w.number(&format!("SELECT sum(paid_fen) FROM v_paid WHERE {march}")),
        92_000
    );
    assert_eq!(
        w.number(&format!("SELECT count(*) FROM v_paid WHERE {march}")),
        7
    );
    assert_eq!(
        w.number(&format!(
            "SELECT count(DISTINCT buyer_key) FROM v_paid WHERE {march}"
        )),
        5
    );
    assert_eq!(
        w.number(&format!(
            "SELECT sum(amount_fen) FROM order_refund WHERE {march}"
        )),
        3_000
    );
    assert_eq!(
        w.number(&format!(
            "SELECT sum(paid_fen - refund_fen) FROM v_paid WHERE {march}"
        )),
        59_000
    );
    // The kept totals follow: A spent 300.00 in two orders, C nothing any more.
    assert_eq!(
        w.number("SELECT spend_fen FROM customer_stat WHERE external_userid = 'A'"),
        30_000
    );
    assert_eq!(
        w.number("SELECT orders FROM customer_stat WHERE external_userid = 'C'"),
        0
    );
    // An unpaid order is worth something and brought nothing.
    assert_eq!(
        w.number("SELECT list_fen - paid_fen FROM sale_order WHERE order_id = 'O10'"),
        5_000
    );
}

#[test]
fn orders_of_people_outside_the_pool_are_kept_and_counted() {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid,name\nA,安\n");
    let report = w.good(
        Kind::Orders,
        "order_id,external_userid,paid_at,paid_yuan\n1,A,2026-03-01,1\n2,,2026-03-01,2\n3,ghost,2026-03-01,3\n",
    );
    assert_eq!((report.new, report.unmatched), (3, 2));
    assert_eq!(
        w.text(
            "SELECT group_concat(buyer_key, ' ') FROM (SELECT * FROM sale_order ORDER BY order_id)"
        ),
        "A order:2 ghost"
    );
    assert_eq!(
        w.text("SELECT group_concat(DISTINCT status || source) FROM sale_order"),
        "paidother"
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_read() {
    let mut w = workspace();
    w.good(
        Kind::Customers,
        "\u{FEFF}external_userid,name,gender\r\nA,\"安,\"\"安\"\"\",女\r\n",
    );
    assert_eq!(w.text("SELECT name || gender FROM customer"), "安,\"安\"2");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any split of the rows into files, in any order of files, any of them twice: the same workspace.
    #[test]
    fn rows_split_into_files_in_any_way_give_the_same_totals(
        amounts in proptest::collection::vec(1_u32..100_000, 1..30),
        cuts in proptest::collection::vec(0_usize..30, 0..4),
        twice in any::<bool>(),
    ) {
        let mut w = workspace();
        w.good(Kind::Customers, "external_userid,name\nA,安\nB,白\n");
        let rows: Vec<String> = amounts.iter().enumerate()
            .map(|(i, fen)| format!("o{i},{},2026-03-{:02},{}.{:02}", ["A", "B", ""][i % 3], i % 28 + 1, fen / 100, fen % 100))
            .collect();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(rows.len())).collect();
        cuts.extend([0, rows.len()]);
        cuts.sort_unstable();
        let mut files: Vec<&[String]> = cuts.windows(2).map(|w| &rows[w[0]..w[1]]).collect();
        files.reverse();
        if twice {
            files.extend(files.clone());
        }
        for file in files {
            w.good(Kind::Orders, &format!("order_id,external_userid,paid_at,paid_yuan\n{}\n", file.join("\n")));
        }
        let sum: u32 = amounts.iter().sum();
        prop_assert_eq!(w.number("SELECT sum(paid_fen) FROM v_paid"), i64::from(sum));
        let of_a: u32 = amounts.iter().step_by(3).sum();
        prop_assert_eq!(w.number("SELECT spend_fen FROM customer_stat WHERE external_userid = 'A'"), i64::from(of_a));
        let kept = w.number("SELECT spend_fen FROM pool");
        totals::rebuild(&w.conn).unwrap();
        prop_assert_eq!(w.number("SELECT spend_fen FROM pool"), kept);
    }

    /// The importer against a map: files of customers, any of them again, the later file wins; what is counted as new,
    /// changed and unchanged is what the map says.
    #[test]
    fn the_table_is_the_map_of_the_files_rows_whatever_they_are(
        files in proptest::collection::vec(proptest::collection::btree_map(0_u8..12, 0_u8..3, 1..10), 1..6),
        again in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
    ) {
        let mut w = workspace();
        let mut model = std::collections::BTreeMap::new();
        let twice = again.iter().map(|index| index.get(&files));
        for file in files.iter().chain(twice) {
            let (mut text, mut wanted) = (String::from("external_userid,name\n"), (0, 0, 0));
            // Not in the order of the keys.
            for (id, name) in file.iter().rev() {
                text.push_str(&format!("c{id},n{name}\n"));
                match model.insert(format!("c{id}"), format!("n{name}")) {
                    None => wanted.0 += 1,
                    Some(before) if before == format!("n{name}") => wanted.2 += 1,
                    Some(_) => wanted.1 += 1,
                }
            }
            let report = w.good(Kind::Customers, &text);
            prop_assert_eq!((report.new, report.changed, report.unchanged), wanted);
        }
        let mut rows = w.conn.prepare("SELECT external_userid, name FROM customer").unwrap();
        let rows: std::collections::BTreeMap<String, String> =
            rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap();
        prop_assert_eq!(rows, model);
        prop_assert_eq!(w.number("SELECT customers FROM pool"), w.number("SELECT count(*) FROM customer"));
    }
}
