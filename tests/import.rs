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

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use caopan::domain::Zone;
use caopan::import::{ImportError, Kind, Options, Progress, ReadError, Report, run};
use caopan::store::{Birth, create, totals};
use proptest::prelude::*;
use rstest::rstest;
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
fn a_masked_phone_never_takes_a_whole_one_away() {
    let mut w = workspace();
    let phone = "SELECT ifnull(phone, 'none') FROM customer WHERE external_userid = 'A'";
    w.good(
        Kind::Customers,
        "external_userid,name,phone\nA,安,12800000001\n",
    );
    let same = w.good(Kind::Customers, "external_userid,phone\nA,128****0001\n");
    assert_eq!((same.changed, same.unchanged), (0, 1));
    let renamed = w.good(
        Kind::Customers,
        "external_userid,name,phone\nA,安安,128****0001\n",
    );
    assert_eq!((renamed.changed, renamed.unchanged), (1, 0));
    assert_eq!(w.text(phone), "12800000001");
    // Not even one that does not fit: half a number for a whole one is a loss. A whole one is news.
    w.good(Kind::Customers, "external_userid,phone\nA,139****0002\n");
    assert_eq!(w.text(phone), "12800000001");
    w.good(Kind::Customers, "external_userid,phone\nA,13900000002\n");
    assert_eq!(w.text(phone), "13900000002");
    w.good(Kind::Customers, "external_userid,phone\nA,(clear)\n");
    assert_eq!(w.text(phone), "none");
    // Half a number beside none is no number either.
    w.good(Kind::Customers, "external_userid,phone\nA,139****0002\n");
    assert_eq!(w.text(phone), "none");
}

#[test]
fn of_new_rows_masked_phones_are_not_kept_and_masked_names_are_told() {
    let mut w = workspace();
    let head = "external_userid,name,phone,region\n";
    let text = format!("{head}A,李*,138****1234,杭州\nB,王芳,13800001234,\nC,***,***,\n");
    let report = w.good(Kind::Customers, &text);
    assert_eq!(
        (report.new, report.masked.lost, report.masked.names),
        (3, 2, 2)
    );
    let all = "SELECT group_concat(name || ifnull(phone, '-'), ' ' ORDER BY external_userid) FROM customer";
    assert_eq!(w.text(all), "李*- 王芳13800001234 ***-");
    // Once they are there, they are no news.
    let report = w.good(Kind::Customers, &format!("{head}A,李*,138****1234,北京\n"));
    assert_eq!(
        (report.changed, report.masked.lost, report.masked.names),
        (1, 0, 0)
    );
    assert_eq!(w.text(all), "李*- 王芳13800001234 ***-");
}

#[test]
fn a_masked_id_is_nobodys() {
    let mut w = workspace();
    for id in ["wmJ****q3", "***", "李***"] {
        let text = format!("external_userid,name\nA,安\n{id},王芳\n");
        let error = w.import(Kind::Customers, &text).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("line 3, column external_userid: is masked"),
            "{said}"
        );
        assert!(!said.contains(id), "{said}");
        assert_eq!(w.number("SELECT count(*) FROM customer"), 0);
    }
    // Two buyers behind one mask are not one, and a masked list that comes back takes no buyer and no seller away.
    w.good(Kind::Customers, "external_userid,name\nwmJ4kq3,安\n");
    let head = "order_id,paid_at,paid_yuan,external_userid,credited_userid\n";
    w.good(
        Kind::Orders,
        &format!("{head}O1,2026-03-01,1,wmJ4kq3,lin\n"),
    );
    let masked = format!(
        "{head}O1,2026-03-01,1,wmJ****q3,***\nO2,2026-03-01,1,wmJ****q3,***\nO3,2026-03-01,1,wmJ****q3,\n"
    );
    let report = w.good(Kind::Orders, &masked);
    assert_eq!(
        (report.new, report.unchanged, report.masked.lost),
        (2, 1, 1)
    );
    let buyers = "SELECT group_concat(buyer_key || ifnull(credited_userid, '-'), ' ' ORDER BY order_id) FROM sale_order";
    assert_eq!(w.text(buyers), "wmJ4kq3lin order:O2- order:O3-");
}

#[test]
fn a_phone_masked_whole_comes_back_and_changes_nothing() {
    let mut w = workspace();
    let phone = "SELECT group_concat(ifnull(phone, 'none')) FROM customer";
    w.good(
        Kind::Customers,
        "external_userid,phone\nA,021-55550123\nB,\n",
    );
    let masked = "external_userid,phone\nA,***\nB,***\nC,***\n";
    let same = w.good(Kind::Customers, masked);
    assert_eq!((same.changed, same.unchanged), (0, 2));
    assert_eq!(w.text(phone), "021-55550123,none,none");
}

#[test]
fn a_changed_row_is_a_changed_row_and_columns_left_out_keep_their_values() {
    let mut w = workspace();
    w.good(
        Kind::Customers,
        "external_userid,name,phone,region\nA,安,12800000001,杭州\nB,白,,\n",
    );
    let report = w.good(
        Kind::Customers,
        "external_userid,name\nA,安安\nB,白\nC,陈\n",
    );
    assert_eq!((report.new, report.changed, report.unchanged), (1, 1, 1));
    assert_eq!(
        w.text("SELECT name || phone || region FROM customer WHERE external_userid = 'A'"),
        "安安12800000001杭州"
    );
}

#[test]
fn an_empty_cell_leaves_what_is_known_and_a_word_empties_it() {
    let mut w = workspace();
    let head = "external_userid,name,phone,first_added_at,birthday,region\n";
    let all = "SELECT name || '/' || ifnull(phone, '-') || '/' || ifnull(first_added_at, '-') || '/' || ifnull(birthday, '-')
                 || '/' || ifnull(region, '-') FROM customer WHERE external_userid = 'A'";
    let known = "A,戊,13700000000,2026-03-01 10:00,1990-01-02,\n";
    w.good(Kind::Customers, &format!("{head}{known}"));
    // 2026-03-01 10:00 +08:00.
    let stood = "戊/13700000000/1772330400/1990-01-02/-";
    let report = w.good(Kind::Customers, &format!("{head}A,,,,,\n"));
    assert_eq!((report.changed, report.unchanged, report.left), (0, 1, 4));
    assert_eq!(w.text(all), stood);
    // A dash is what exports write for what they do not know.
    let report = w.good(Kind::Customers, &format!("{head}A,-,,,,—\n"));
    assert_eq!((report.changed, report.unchanged), (0, 1));
    assert_eq!(w.text(all), stood);
    // Beside a cell that does say something.
    let report = w.good(Kind::Customers, &format!("{head}A,,,, ,杭州\n"));
    assert_eq!((report.changed, report.left), (1, 4));
    assert_eq!(w.text(all), "戊/13700000000/1772330400/1990-01-02/杭州");
    let report = w.good(
        Kind::Customers,
        &format!("{head}A,(清空),(clear),,(清空),\n"),
    );
    assert_eq!((report.changed, report.left), (1, 2));
    assert_eq!(w.text(all), "/-/1772330400/-/杭州");
    // As an input method for Chinese types it; and a word of a database is none.
    w.good(Kind::Customers, &format!("{head}A,戊,,,,NULL\n"));
    let report = w.good(
        Kind::Customers,
        &format!("{head}A,null,N/A,\\N,#N/A,（清空）\n"),
    );
    assert_eq!((report.changed, report.left), (1, 2));
    assert_eq!(w.text(all), "戊/-/1772330400/-/-");
    w.good(Kind::Customers, &format!("{head}A,（Clear）,,,,\n"));
    assert_eq!(w.text(all), "/-/1772330400/-/-");
    // What must be there cannot be emptied.
    let refused = reasons(w.import(Kind::Customers, "external_userid\n(clear)\n"));
    assert_eq!(refused, ["line 2, column external_userid: is empty"]);
}

#[test]
fn an_order_keeps_its_staff_its_status_and_its_discount_where_the_cells_are_empty() {
    let mut w = workspace();
    let head = "order_id,paid_at,paid_yuan,credited_userid,status,list_yuan,discount_yuan\n";
    let all = "SELECT ifnull(credited_userid, '-') || status || list_fen || '-' || discount_fen || '-' || paid_fen FROM sale_order";
    w.good(
        Kind::Orders,
        &format!("{head}1,2026-03-01,100,S1,completed,120,20\n"),
    );
    let report = w.good(Kind::Orders, &format!("{head}1,2026-03-01,100,,,,\n"));
    assert_eq!((report.unchanged, report.left), (1, 4));
    assert_eq!(w.text(all), "S1completed12000-2000-10000");
    let report = w.good(Kind::Orders, &format!("{head}1,2026-03-01,90,(clear),,,\n"));
    assert_eq!((report.changed, report.left), (1, 3));
    assert_eq!(w.text(all), "-completed12000-2000-9000");
    // Whether it is paid is what the cell says, empty or not.
    w.good(
        Kind::Orders,
        "order_id,paid_at,paid_yuan,ordered_at\n1,,90,2026-03-01\n",
    );
    assert_eq!(w.number("SELECT paid_fen FROM sale_order"), 0);
}

#[test]
fn masked_names_and_texts_never_take_known_ones_away() {
    let mut w = workspace();
    let head = "external_userid,name,corp_name\n";
    let names = "SELECT group_concat(name || ifnull(corp_name, '-'), ' ' ORDER BY external_userid) FROM customer";
    w.good(
        Kind::Customers,
        &format!("{head}A,李雷雷,某司\nB,Linda,\nC,,\n"),
    );
    let masked = format!("{head}A,李*,***\nB,L***a,\nC,王*,\nD,何*,\n");
    let report = w.good(Kind::Customers, &masked);
    assert_eq!((report.new, report.changed, report.unchanged), (1, 1, 2));
    assert_eq!(report.left, 3);
    assert_eq!(w.text(names), "李雷雷某司 Linda- 王*- 何*-");
    w.good(Kind::Customers, &format!("{head}C,王芳,\n"));
    assert_eq!(w.text(names), "李雷雷某司 Linda- 王芳- 何*-");
}

#[test]
fn a_relation_that_is_live_again_has_no_end() {
    let mut w = workspace();
    let head = "userid,external_userid,added_at,status,ended_at\n";
    let stood = "SELECT status || ifnull(ended_at, '-') FROM follow";
    w.good(
        Kind::Follows,
        &format!("{head}S,A,2026-03-01,deleted_by_customer,2026-03-05 00:00\n"),
    );
    // 2026-03-05 00:00 +08:00.
    w.good(Kind::Follows, &format!("{head}S,A,2026-03-01,,\n"));
    assert_eq!(w.text(stood), "deleted_by_customer1772640000");
    w.good(Kind::Follows, &format!("{head}S,A,2026-03-01,active,\n"));
    assert_eq!(w.text(stood), "active-");
    // Also in a file that has no ends.
    w.good(
        Kind::Follows,
        &format!("{head}S,A,2026-03-01,deleted_by_customer,2026-03-05 00:00\n"),
    );
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at,status\nS,A,2026-03-01,active\n",
    );
    assert_eq!(w.text(stood), "active-");
}

#[rstest]
#[case::no_word_of_it("userid,external_userid,added_at\nS,A,{}\n")]
#[case::an_empty_end("userid,external_userid,added_at,ended_at\nS,A,{},\n")]
#[case::an_empty_status("userid,external_userid,added_at,status\nS,A,{},\n")]
#[case::both_empty("userid,external_userid,added_at,status,ended_at\nS,A,{},,-\n")]
fn a_relation_stays_lost_unless_it_was_added_again_since(#[case] file: &str) {
    let mut w = workspace();
    let head = "userid,external_userid,added_at,status,ended_at\n";
    let stood = "SELECT status || ' ' || ifnull(ended_at, '-') || ' ' || is_owner FROM follow";
    w.good(
        Kind::Follows,
        &format!("{head}S,A,2026-03-01,deleted_by_customer,2026-03-05 00:00\n"),
    );
    let report = w.good(Kind::Follows, &file.replace("{}", "2026-03-02"));
    assert_eq!(report.changed, 1);
    // 2026-03-05 00:00 +08:00, which is no later than itself.
    for added in ["2026-03-02", "2026-03-05"] {
        w.good(Kind::Follows, &file.replace("{}", added));
        assert_eq!(w.text(stood), "deleted_by_customer 1772640000 0");
    }
    let report = w.good(Kind::Follows, &file.replace("{}", "2026-03-05 00:01"));
    assert_eq!(report.changed, 1);
    assert_eq!(w.text(stood), "active - 1");
    let same = w.good(Kind::Follows, &file.replace("{}", "2026-03-05 00:01"));
    assert_eq!((same.changed, same.unchanged), (0, 1));
    // Who said that it ended is heard, and who says that it goes on.
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at,status\nS,A,2026-03-06,deleted_by_staff\n",
    );
    assert_eq!(w.text(stood), "deleted_by_staff - 1");
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at,ended_at\nS,A,2026-03-06,(清空)\n",
    );
    assert_eq!(w.text(stood), "active - 1");
}

#[rstest]
#[case(
    "SO1,A,2026-03-01,12.345",
    "line 3, column paid_yuan: is not an amount in yuan"
)]
#[case("SO1,A,2026-02-30,1", "line 3, column paid_at: is not a time")]
#[case(
    "SO1,A,1986-05-04 02:30,1",
    "line 3, column paid_at: does not exist in Asia/Shanghai"
)]
#[case(",A,2026-03-01,1", "line 3, column order_id: is empty")]
#[case("SO1,A,2026-03-01", "line 3: has 3 columns, the header has 4")]
#[case("SO1,A,2026-03-01,1,2", "line 3: has 5 columns, the header has 4")]
#[case(
    "SO1,A,,1",
    "line 3, column ordered_at: is needed for an order that is not paid"
)]
#[case("SO1,A,2026-03-01,\"1\"x", "line 3: has text after a closing quote")]
#[case("SO1,A\0,2026-03-01,1", "line 3: holds a NUL byte")]
#[case(
    "1.38E+17,A,2026-03-01,1",
    "line 3, column order_id: is a number in scientific form"
)]
#[case(
    "good,A,2026-03-01,2",
    "line 3: has the key of an earlier line and other values"
)]
fn a_bad_row_is_named_and_the_file_refused_whole(#[case] row: &str, #[case] wanted: &str) {
    let mut w = workspace();
    let text = format!(
        "order_id,external_userid,paid_at,paid_yuan\ngood,A,2026-03-01,1\n{row}\nalso,A,2026-03-01,1\n"
    );
    let logged = w.number("SELECT count(*) FROM change_log");
    let found = reasons(w.import(Kind::Orders, &text));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with(wanted), "{found:?}");
    assert_eq!(w.number("SELECT count(*) FROM sale_order"), 0);
    assert_eq!(w.number("SELECT count(*) FROM change_log"), logged);
}

#[test]
fn with_rejects_the_good_rows_go_in_and_the_bad_ones_come_back_importable() {
    let mut w = workspace();
    let mut out = Vec::new();
    let text = b"order_id,external_userid,paid_at,paid_yuan\n1,A,2026-03-01,1\n2,A,soon,2\n3,\xC4\xE3,x,3\n4,A,2026-03-01,4\n";
    let report = w.import_bytes(Kind::Orders, text, Some(&mut out)).unwrap();
    assert_eq!((report.new, report.rejected, report.exit_code()), (2, 2, 6));
    assert_eq!(
        report.problems[0].to_string(),
        "line 3, column paid_at: is not a time like 2026-03-31 18:30:00: `soon`"
    );
    let out = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        "order_id,external_userid,paid_at,paid_yuan,reject_reason"
    );
    assert!(lines[1].starts_with("2,A,soon,2,") && lines[1].contains("line 3"));
    assert_eq!(lines.len(), 3);
    // Corrected, it goes back in as it is.
    let report = w.good(
        Kind::Orders,
        &format!("{}\n{}\n", lines[0], lines[1].replace("soon", "2026-03-02")),
    );
    assert_eq!(report.new, 1);
}

#[test]
fn headers_are_answered_with_the_nearest_column() {
    let mut w = workspace();
    for (header, wanted) in [
        (
            "order_id,external_userid,paid_at,paid_yaun",
            "did you mean `paid_yuan`",
        ),
        (
            "order_id,external_userid,paid_at",
            "the header lacks paid_yuan",
        ),
        (
            "order_id,order_id,external_userid,paid_at,paid_yuan",
            "`order_id` is there twice",
        ),
        (
            "order_id;external_userid;paid_at",
            "the header lacks paid_yuan",
        ),
        (
            "sep=|\norder_id|external_userid|paid_at",
            "the header lacks paid_yuan",
        ),
        (
            "order_id,external_userid,paid_at,paid_yuan,wholly_else_thing",
            "is unknown; there are",
        ),
    ] {
        match w.import(Kind::Orders, &format!("{header}\n")) {
            Err(ImportError::Header { reason, .. }) => {
                assert!(reason.to_string().contains(wanted), "{header}: {reason}")
            }
            other => panic!("{header}: {other:?}"),
        }
    }
    assert!(matches!(
        w.import(Kind::Orders, ""),
        Err(ImportError::Header { .. })
    ));
    let half = w.import_bytes(Kind::Orders, b"\xFF\xFEo\0\x00", None);
    assert!(matches!(
        half,
        Err(ImportError::Read {
            source: ReadError::NotEncoding { line: 1, .. },
            ..
        })
    ));
    let hostile = w
        .import(Kind::Orders, "order_id,\u{1b}[2J\n")
        .unwrap_err()
        .to_string();
    assert!(!hostile.contains('\u{1b}'));
}

#[test]
fn an_open_quote_refuses_the_file_even_with_rejects() {
    let mut w = workspace();
    let mut text = String::from("external_userid,name\n1,a\n2,\"open\n");
    text.push_str(&"3,b\n".repeat(200));
    let mut out = Vec::new();
    let result = w.import_bytes(Kind::Customers, text.as_bytes(), Some(&mut out));
    assert!(
        matches!(
            result,
            Err(ImportError::Read {
                source: ReadError::OpenQuote(3),
                ..
            })
        ),
        "{result:?}"
    );
    assert_eq!(w.number("SELECT count(*) FROM customer"), 0);
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

#[test]
fn the_first_live_relation_owns_the_customer_until_a_file_says_otherwise() {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid,name\nA,安\n");
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at\nguide1,A,2026-01-02\nguide2,A,2026-01-05\n",
    );
    let owner = "SELECT group_concat(userid) FROM follow WHERE is_owner = 1";
    assert_eq!(w.text(owner), "guide1");
    assert_eq!(
        w.number("SELECT first_added_at FROM customer"),
        1_767_283_200
    ); // 2026-01-02 00:00 +08:00
    let text =
        "userid,external_userid,added_at,is_owner\nguide2,A,2026-01-05,1\nguide1,A,2026-01-02,0\n";
    assert_eq!(w.good(Kind::Follows, text).changed, 1);
    assert_eq!(w.text(owner), "guide2");
    assert_eq!(w.good(Kind::Follows, text).unchanged, 2);
    let two =
        "userid,external_userid,added_at,is_owner\nguide2,A,2026-01-05,1\nguide1,A,2026-01-02,1\n";
    assert!(reasons(w.import(Kind::Follows, two))[0].contains("second owner"));
    assert_eq!(w.text(owner), "guide2");
}

/// Owners as `customer staff`, and the history of the first customer as `staff from to`.
fn owned(w: &Workspace) -> (String, String) {
    let now = "SELECT coalesce(group_concat(external_userid || ' ' || userid, ', '), '') FROM
        (SELECT * FROM follow WHERE is_owner = 1 ORDER BY external_userid)";
    let then = "SELECT coalesce(group_concat(userid || ' ' || valid_from || ' ' || coalesce(valid_to, '-'), ', '), '') FROM
        (SELECT * FROM ownership_history WHERE external_userid = 'A' ORDER BY valid_from)";
    (w.text(now), w.text(then))
}

#[rstest]
#[case::the_old_one_first("leaver,A,2026-01-02,transferred,2026-02-01\nnew,A,2026-02-01,active,\n")]
#[case::the_new_one_first("new,A,2026-02-01,active,\nleaver,A,2026-01-02,已转接,2026-02-01\n")]
fn a_customer_handed_over_belongs_to_who_took_them(#[case] rows: &str) {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid,name\nA,安\nB,白\n");
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at\nleaver,A,2026-01-02\nfriend,A,2026-01-05\nleaver,B,2026-01-02\n",
    );
    assert_eq!(owned(&w).0, "A leaver, B leaver");
    let header = "userid,external_userid,added_at,status,ended_at\n";
    let gone = "leaver,B,2026-01-02,transferred,2026-02-01\n";
    let report = w.good(Kind::Follows, &format!("{header}{rows}{gone}"));
    // Nobody else follows B; the one who took A is not the friend of old.
    assert_eq!(report.passed_on, 1);
    // A's history says as well whose A was before: 2026-01-02 and 2026-02-01, 00:00 +08:00.
    let (since, at) = (1_767_283_200, 1_769_875_200);
    let history = format!("leaver {since} {at}, new {at} -");
    let wanted = ("A new, B leaver".to_owned(), history);
    assert_eq!(owned(&w), wanted);
    // Somebody takes B later, in a file of their own.
    let later = format!("{header}new,B,2026-02-03,active,\n");
    assert_eq!(w.good(Kind::Follows, &later).passed_on, 1);
    assert_eq!(owned(&w).0, "A new, B new");
}

#[test]
fn a_customer_whose_owner_is_deleted_belongs_to_the_oldest_friend_left_unless_the_file_says_whose_they_are()
 {
    let header = "userid,external_userid,added_at,status,is_owner\n";
    let first = "guide1,A,2026-01-02\nguide2,A,2026-01-05\nguide3,A,2026-01-06\n";
    for (rows, wanted) in [
        ("guide1,A,2026-01-02,deleted_by_customer,0\n", "A guide2"),
        (
            "guide1,A,2026-01-02,deleted_by_customer,0\nguide3,A,2026-01-06,active,1\n",
            "A guide3",
        ),
        ("guide1,A,2026-01-02,deleted_by_customer,1\n", "A guide1"),
        // An empty cell does not say it.
        ("guide1,A,2026-01-02,deleted_by_customer,\n", "A guide2"),
    ] {
        let mut w = workspace();
        w.good(Kind::Customers, "external_userid,name\nA,安\n");
        w.good(
            Kind::Follows,
            &format!("userid,external_userid,added_at\n{first}"),
        );
        w.good(Kind::Follows, &format!("{header}{rows}"));
        assert_eq!(owned(&w).0, wanted, "{rows}");
    }
}

#[test]
fn the_earliest_time_of_a_campaign_step_is_kept_whatever_the_order() {
    let mut w = workspace();
    w.good(
        Kind::Campaigns,
        "campaign_id,name,starts_at,ends_at\n7,会员日,2026-03-20,2026-03-22\n",
    );
    let text = "campaign_id,step,person_key,at\n7,paid,A,2026-03-21\n7,paid,A,2026-03-20\n7,paid,A,2026-03-22\n";
    let report = w.good(Kind::CampaignSteps, text);
    assert_eq!((report.new, report.changed, report.unchanged), (1, 1, 1));
    assert_eq!(w.number("SELECT at FROM campaign_step"), 1_773_936_000); // 2026-03-20 00:00 +08:00
    // Three whole days: the 22nd counts, and the campaign ends as the 23rd begins.
    assert_eq!(
        w.number("SELECT ends_at - starts_at FROM campaign"),
        3 * 86_400
    );
    assert_eq!(w.good(Kind::CampaignSteps, text).unchanged, 3);
}

#[test]
fn a_target_is_for_who_has_the_id_or_alone_has_the_name_and_never_below_nothing() {
    let mut w = workspace();
    w.good(
        Kind::Departments,
        "dept_id,parent_id,name,kind\n2,,东店,store\n",
    );
    w.good(
        Kind::Staff,
        "userid,name\nlinxia,林霞\nzs01,王芳\nzs02,王芳\n",
    );
    let head =
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n";
    let row = |kind: &str, whom: &str, value: &str| {
        format!("净GMV,{kind},{whom},月,2026/12/1,2026/12/31,{value}\n")
    };
    let good = [
        head.to_owned(),
        row("员工", "林霞", "7万"),
        row("员工", "zs01", "6万"),
        row("部门", "东店", "13万"),
    ];
    assert_eq!(w.good(Kind::Targets, &good.concat()).new, 3);
    let kept = "SELECT group_concat(subject_kind || ':' || subject_id || '=' || target_value, ' ' ORDER BY target_value) FROM kpi_target";
    let wanted = "staff:zs01=6000000.0 staff:linxia=7000000.0 dept:2=13000000.0";
    assert_eq!(w.text(kept), wanted);
    assert_eq!(w.good(Kind::Targets, &good.concat()).unchanged, 3);
    for (kind, whom, value, why) in [
        ("员工", "王芳", "1万", "several of kind staff"),
        ("员工", "林夏", "1万", "is no staff of the workspace"),
        ("部门", "西店", "1万", "is no dept of the workspace"),
        ("员工", "林霞", "-1", "is negative"),
        ("活动", "7", "1万", "must be campaign for a campaign"),
    ] {
        let text = [head.to_owned(), row(kind, whom, value)].concat();
        let found = reasons(w.import(Kind::Targets, &text));
        assert!(found[0].contains(why), "{found:?}");
    }
    assert_eq!(w.text(kept), wanted);
}

#[test]
fn a_target_over_no_unit_or_with_a_bound_that_contradicts_it_is_refused() {
    let mut w = workspace();
    let head = "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value,floor_value,stretch_value\n";
    for (row, column, why) in [
        (
            "orders,workspace,,month,2026-11-05,2026-11-30,100,,",
            "period_start",
            "2026-11-01 to 2026-11-30",
        ),
        (
            "orders,workspace,,month,2026-11-01,2026-11-29,100,,",
            "period_end",
            "2026-11-01 to 2026-11-30",
        ),
        (
            "orders,workspace,,week,2026-11-03,2026-11-09,100,,",
            "period_start",
            "2026-11-02 to 2026-11-08",
        ),
        (
            "orders,workspace,,campaign,2026-11-03,2026-11-09,100,,",
            "period_kind",
            "for nothing else",
        ),
        (
            "orders,workspace,,day,2026-11-03,2026-11-03,100,,50",
            "stretch_value",
            "falls short",
        ),
        (
            "orders,workspace,,day,2026-11-03,2026-11-03,100,101,",
            "floor_value",
            "lies beyond",
        ),
        (
            "rfm,workspace,,day,2026-11-03,2026-11-03,100,,",
            "metric_code",
            "that have: gmv, ",
        ),
        (
            "orders,workspace,东店,day,2026-11-03,2026-11-03,100,,",
            "subject_id",
            "must be empty for the whole workspace",
        ),
    ] {
        let found = reasons(w.import(Kind::Targets, &format!("{head}{row}\n")));
        assert!(
            found[0].contains(column) && found[0].contains(why),
            "{found:?}"
        );
    }
    let row = "orders,workspace,,week,2026-11-02,2026-11-08,100,50,100\n";
    assert_eq!(w.good(Kind::Targets, &format!("{head}{row}")).new, 1);
    // What the whole is called is no id of it.
    let row = "orders,全店, 全店 ,week,2026-11-02,2026-11-08,200,50,\n";
    assert_eq!(w.good(Kind::Targets, &format!("{head}{row}")).changed, 1);
    assert_eq!(
        w.text("SELECT subject_kind || subject_id || ' ' || target_value FROM kpi_target WHERE period_kind = 'week'"),
        "workspace 200.0"
    );
}

#[test]
fn targets_are_read_in_their_metrics_unit_and_found_again_without_a_node() {
    let mut w = workspace();
    w.good(
        Kind::Campaigns,
        "campaign_id,name,starts_at,ends_at\n7,会员日,2026-03-20,2026-03-22\n",
    );
    let text = "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n\
                gmv,campaign,7,campaign,2026-03-20,2026-03-22,240000\n\
                conversion,campaign,7,campaign,2026-03-20,2026-03-22,4%\n\
                gmv,workspace,,month,2026-03-01,2026-03-31,500000.50\n";
    assert_eq!(w.good(Kind::Targets, text).new, 3);
    assert_eq!(w.good(Kind::Targets, text).unchanged, 3);
    assert_eq!(
        w.number(
            "SELECT CAST(sum(target_value) AS INTEGER) FROM kpi_target WHERE metric_code = 'gmv'"
        ),
        74_000_050
    );
    assert_eq!(
        w.text(
            "SELECT CAST(target_value AS TEXT) FROM kpi_target WHERE metric_code = 'conversion'"
        ),
        "0.04"
    );
}

#[test]
fn a_metric_is_taken_by_its_name_and_an_unknown_one_is_refused_with_the_list() {
    let mut w = workspace();
    let head =
        "metric_code,subject_kind,subject_id,period_kind,period_start,period_end,target_value\n";
    let row = |metric: &str, value: &str| {
        format!("{metric},workspace,,month,2026-03-01,2026-03-31,{value}\n")
    };
    let text = [
        head.to_owned(),
        row("净GMV", "\"¥8,000\""),
        row("GMV", "1.2万"),
        row("加粉数", "\"8,000\""),
        row("支付单数", "1.2万"),
        row("returning share", "4％").replace("returning share", "老客占比"),
    ]
    .concat();
    assert_eq!(w.good(Kind::Targets, &text).new, 5);
    assert_eq!(
        w.text("SELECT group_concat(metric_code || '=' || target_value, ' ' ORDER BY metric_code) FROM kpi_target"),
        "adds=8000.0 gmv=1200000.0 net_gmv_refund=800000.0 orders=12000.0 returning_share=0.04"
    );
    let wrong = [head.to_owned(), row("瞎写的", "1"), row("adds", "¥8")].concat();
    let found = reasons(w.import(Kind::Targets, &wrong));
    assert!(
        found[0].contains("is no metric: `瞎写的`; there are gmv, net_gmv_refund,"),
        "{found:?}"
    );
    assert!(found[1].ends_with("is not a number: `¥8`"), "{found:?}");
    let rule = "rule_id,name,metric_code,period_kind,kind,threshold\n1,一档,净GMV(现金口径),month,threshold,\"¥280,000\"\n";
    w.good(Kind::Incentives, rule);
    assert_eq!(
        w.text("SELECT metric_code || ' ' || threshold FROM incentive_rule"),
        "net_gmv_refund 28000000.0"
    );
}

#[test]
fn an_order_without_a_customer_is_that_of_the_one_who_has_its_phone() {
    let mut w = workspace();
    w.good(
        Kind::Customers,
        "external_userid,phone\nA,12800001234\nB,12800005678\nC,12800009999\nD,12800009999\n",
    );
    let text = "order_id,paid_at,paid_yuan,phone,buyer_key\n\
                1,2026-03-01,1,+86 128-0000-1234,风\n\
                2,2026-03-01,2,12800005678,风\n\
                3,2026-03-01,4,12800009999,风\n\
                4,2026-03-01,8,12800000000,风\n\
                5,2026-03-01,16,,\n\
                6,2026-03-01,32,128****1234,\n\
                7,2026-03-01,64,,会员7\n";
    let report = w.good(Kind::Orders, text);
    let found = report.matched;
    assert_eq!(
        (found.by_phone, found.shared_phone, found.alone),
        (2, 1, 2),
        "{found:?}"
    );
    assert_eq!((report.new, report.unmatched), (7, 5));
    let whose = "SELECT group_concat(coalesce(external_userid, '-') || '/' || buyer_key, ' ' ORDER BY order_id) FROM sale_order";
    assert_eq!(
        w.text(whose),
        "A/A B/B -/12800009999 -/12800000000 -/order:5 -/order:6 -/会员7"
    );
    let spent = |w: &Workspace, id: &str| {
        w.number(&format!(
            "SELECT spend_fen FROM customer_stat WHERE external_userid = '{id}'"
        ))
    };
    assert_eq!(
        (spent(&w, "A"), spent(&w, "B"), spent(&w, "C")),
        (100, 200, 0)
    );
    let again = w.good(Kind::Orders, text);
    assert_eq!((again.unchanged, again.unmatched), (7, 5));
    // Somebody comes into the pool, and somebody changes the phone: whose an order was it stays.
    w.good(
        Kind::Customers,
        "external_userid,phone\nE,12800000000\nA,12800007777\n",
    );
    let later = w.good(Kind::Orders, text);
    assert_eq!((later.changed, later.unchanged, later.unmatched), (1, 6, 4));
    assert!(w.text(whose).starts_with("A/A B/B -/12800009999 E/E "));
    assert_eq!((spent(&w, "A"), spent(&w, "E")), (100, 800));
    let bare = "order_id,paid_at,paid_yuan\n1,2026-03-01,1\n9,2026-03-01,9\n";
    let bare = w.good(Kind::Orders, bare);
    assert_eq!((bare.new, bare.unchanged, bare.unmatched), (1, 1, 1));
}

#[test]
fn an_empty_cell_of_a_customer_is_filled_by_the_phone_and_a_filled_one_stands() {
    let mut w = workspace();
    w.good(
        Kind::Customers,
        "external_userid,phone\nA,12800001234\nB,\n",
    );
    let text = "order_id,external_userid,paid_at,paid_yuan,phone\n\
                1,,2026-03-01,1,12800001234\n2,B,2026-03-01,2,12800001234\n";
    let report = w.good(Kind::Orders, text);
    assert_eq!((report.matched.by_phone, report.unmatched), (1, 0));
    assert_eq!(
        w.text("SELECT group_concat(external_userid, ' ' ORDER BY order_id) FROM sale_order"),
        "A B"
    );
    assert_eq!(w.good(Kind::Orders, text).unchanged, 2);
}

#[test]
fn an_empty_cell_of_a_customer_takes_no_order_away() {
    let whose = "SELECT group_concat(coalesce(external_userid, '-') || '/' || buyer_key, ' ' ORDER BY order_id) FROM sale_order";
    let pool = "external_userid,phone\nA,12800001234\nB,12800005678\nD,12800003333\n";
    // A phone goes, one goes to another, and one comes to be another's as well.
    let moved =
        "external_userid,phone\nA,12800007777\nB,12800006666\nC,12800005678\nE,12800003333\n";
    let texts = [
        "order_id,external_userid,paid_at,paid_yuan,phone\n\
         1,,2026-03-01,1,12800001234\n2,,2026-03-01,2,12800005678\n3,A,2026-03-01,4,12800005678\n4,,2026-03-01,8,12800000000\n5,,2026-03-01,16,12800003333\n",
        "order_id,external_userid,paid_at,paid_yuan,phone,buyer_key\n\
         1,,2026-03-01,1,12800001234,\n2,,2026-03-01,2,12800005678,\n3,A,2026-03-01,4,12800005678,A\n4,,2026-03-01,8,,12800000000\n5,,2026-03-01,16,12800003333,\n",
    ];
    for text in texts {
        let mut w = workspace();
        w.good(Kind::Customers, pool);
        assert_eq!(w.good(Kind::Orders, text).matched.by_phone, 3);
        w.good(Kind::Customers, moved);
        let again = w.good(Kind::Orders, text);
        let stood = "A/A B/B A/A -/12800000000 D/D";
        assert_eq!(
            (again.changed, again.unchanged, again.unmatched),
            (0, 5, 1),
            "{text}"
        );
        assert_eq!(w.text(whose), stood);
        let spent = "SELECT group_concat(external_userid || spend_fen, ' ' ORDER BY external_userid) FROM customer_stat";
        assert_eq!(w.text(spent), "A500 B200 C0 D1600 E0");
        // Neither does a file whose cells of buyers are all empty.
        let bare = "order_id,external_userid,paid_at,paid_yuan\n1,,2026-03-01,1\n2,,2026-03-01,3\n4,,2026-03-01,8\n";
        let bare = w.good(Kind::Orders, bare);
        assert_eq!((bare.changed, bare.unchanged, bare.unmatched), (1, 2, 1));
        assert_eq!(w.text(whose), stood);
        // Who is named takes it over.
        let named = "order_id,external_userid,paid_at,paid_yuan,phone\n1,C,2026-03-01,1,12800001234\n4,B,2026-03-01,8,\n";
        assert_eq!(w.good(Kind::Orders, named).changed, 2);
        assert_eq!(w.text(whose), "C/C B/B A/A B/B D/D");
    }
}

#[test]
fn staff_and_campaigns_are_taken_by_a_name_that_only_one_has() {
    let mut w = workspace();
    w.good(
        Kind::Staff,
        "userid,name\ngaoqiang,高强\nwang1,王敏\nwang2,王敏\n",
    );
    w.good(
        Kind::Campaigns,
        "campaign_id,name,starts_at,ends_at\n7,双11大促,2026-11-01,2026-11-11\n8,同名,2026-11-01,2026-11-11\n9,同名,2026-11-01,2026-11-11\n",
    );
    let text = "order_id,paid_at,paid_yuan,credited_userid,campaign_id\n\
                1,2026-03-01,1,高强,双11大促\n\
                2,2026-03-01,1,nobody,同名\n\
                3,2026-03-01,1, 王敏 ,7\n\
                4,2026-03-01,1,gaoqiang,99\n\
                5,2026-03-01,1,,没有的\n";
    let report = w.good(Kind::Orders, text);
    assert_eq!(
        (
            report.matched.unknown_staff,
            report.matched.unknown_campaign
        ),
        (2, 2)
    );
    assert_eq!(
        w.text("SELECT group_concat(coalesce(credited_userid, '-') || '/' || coalesce(campaign_id, '-'), ' ' ORDER BY order_id) FROM sale_order"),
        "gaoqiang/7 nobody/- 王敏/7 gaoqiang/99 -/-"
    );
    assert_eq!(w.good(Kind::Orders, text).unchanged, 5);
    let cost = |campaign: &str| {
        format!(
            "cost_id,biz_date,amount_yuan,kind,campaign_id\n1,2026-03-01,\"¥8,000\",gift,{campaign}\n"
        )
    };
    w.good(Kind::Costs, &cost("双11大促"));
    assert_eq!(
        w.text("SELECT amount_fen || '/' || campaign_id FROM cost"),
        "800000/7"
    );
    let found = reasons(w.import(Kind::Costs, &cost("没有的")));
    assert!(
        found[0].contains("is no campaign of the workspace"),
        "{found:?}"
    );
    let found = reasons(w.import(Kind::Costs, &cost("同名")));
    assert!(
        found[0].contains("the name of several campaigns"),
        "{found:?}"
    );
}

#[test]
fn white_space_around_ids_and_names_is_taken_off() {
    let mut w = workspace();
    let text = "external_userid,name\n\u{3000}wm1\u{a0}, 王芳 \n\twm2 ,李雷\u{200b}\n\u{3000},谁\n";
    let mut out = Vec::new();
    let report = w
        .import_bytes(Kind::Customers, text.as_bytes(), Some(&mut out))
        .unwrap();
    assert_eq!((report.new, report.rejected), (2, 1));
    assert_eq!(
        w.text("SELECT group_concat(external_userid || '=' || name, ' ' ORDER BY 1) FROM customer"),
        "wm1=王芳 wm2=李雷"
    );
}

#[test]
fn a_relation_that_ended_is_no_live_one() {
    let mut w = workspace();
    let text = "userid,external_userid,added_at,ended_at\nS1,C1,2026-01-01 10:00,\nS1,C2,2026-01-02 10:00,2026-02-02 10:00\n";
    let stands = "SELECT group_concat(external_userid || '=' || status, ' ' ORDER BY external_userid) FROM follow";
    assert_eq!(w.good(Kind::Follows, text).new, 2);
    assert_eq!(w.text(stands), "C1=active C2=unknown_gone");
    // One that was live ends, one that ended lives again; the same file again is no news.
    let turned = "userid,external_userid,added_at,ended_at\nS1,C1,2026-01-01 10:00,2026-03-01\nS1,C2,2026-03-02 10:00,\n";
    assert_eq!(w.good(Kind::Follows, turned).changed, 2);
    assert_eq!(w.text(stands), "C1=unknown_gone C2=active");
    assert_eq!(w.good(Kind::Follows, turned).unchanged, 2);
    // How one ended, where that is known, is not forgotten.
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at,ended_at,status\nS1,C1,2026-01-01 10:00,2026-03-01,deleted_by_customer\n",
    );
    assert_eq!(w.good(Kind::Follows, turned).unchanged, 2);
    assert_eq!(w.text(stands), "C1=deleted_by_customer C2=active");
    // A file that does not speak of ends leaves them.
    w.good(
        Kind::Follows,
        "userid,external_userid,added_at\nS1,C1,2026-01-01 11:00\n",
    );
    assert_eq!(w.text(stands), "C1=deleted_by_customer C2=active");
    let both = "userid,external_userid,added_at,ended_at,status\nS1,C3,2026-01-01,2026-03-01,正常\nS1,C4,2026-01-01,2026-03-01,\n";
    let reasons = reasons(w.import(Kind::Follows, both));
    assert_eq!(
        reasons,
        ["line 2, column status: is active, but ended_at is given"]
    );
}

#[test]
fn a_row_that_merely_begins_with_a_word_of_sums_is_a_row() {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid\nwm1\nwm2\n合计\n");
    assert_eq!(
        w.text("SELECT group_concat(external_userid) FROM customer"),
        "wm1,wm2"
    );
    w.good(Kind::TagGroups, "group_id,name\ng,消费\n");
    w.good(
        Kind::Tags,
        "tag_id,group_id,name\n总计消费过万,g,总计消费过万\nt2,g,老客\n合计,,\n",
    );
    let report = w.good(
        Kind::CustomerTags,
        "tag_id,external_userid\n总计消费过万,wm1\nt2,wm2\n总计消费过万,wm2\n合计 3 条,\n",
    );
    assert_eq!((report.new, report.left_out.totals), (3, 1));
    let report = w.good(Kind::Staff, "userid,name\ntotal01,何敏\n合计: ,2人\n");
    assert_eq!((report.new, report.left_out.totals), (1, 1));
}

#[rstest]
#[case(Kind::Customers, "name,external_userid\n王,wm3\n合计,3\n")]
#[case(Kind::Customers, "external_userid,name\nwm3,王\n1，204,总计\n")]
#[case(Kind::Customers, "name,external_userid\n王,wm3\n总计：3人,3\n")]
#[case(Kind::Customers, "region,external_userid\n杭州,wm3\n小计,共 3 条\n")]
#[case(Kind::Staff, "name,userid\n张敏,zs\n合计,6人\n")]
#[case(Kind::TagGroups, "name,group_id\n层级,g1\n合计,1\n")]
#[case(Kind::Tags, "name,tag_id,group_id\n老客,t1,g1\n合计,1,1\n")]
fn a_sum_whose_count_stands_where_the_id_should_is_no_row(#[case] kind: Kind, #[case] text: &str) {
    let report = workspace().good(kind, text);
    assert_eq!((report.new, report.left_out.totals), (1, 1));
}

#[test]
fn who_is_called_like_a_sum_and_has_an_id_is_somebody() {
    let mut w = workspace();
    let report = w.good(
        Kind::Customers,
        "name,external_userid\n合计,wm1\n小计,1234567\n总计老师,3\n",
    );
    assert_eq!((report.new, report.left_out.totals), (3, 0));
    let report = w.good(
        Kind::Campaigns,
        "campaign_id,name,starts_at,ends_at\n7,Total Beauty Day,2026-03-20,2026-03-22\n",
    );
    assert_eq!((report.new, report.left_out.totals), (1, 0));
}

#[test]
fn an_order_paid_later_is_paid_though_no_file_says_its_status() {
    let mut w = workspace();
    let of = "SELECT group_concat(order_id || '=' || status || ifnull(' ' || paid_at, '') || ' ' || paid_fen || ifnull(' ' || biz_date, ''), ', ' ORDER BY order_id) FROM sale_order";
    let head = "order_id,external_userid,paid_at,paid_yuan,ordered_at\n";
    w.good(
        Kind::Orders,
        &format!("{head}z1,wm1,,5,2026-11-01 09:00\nz2,wm1,,6,2026-11-01 09:00\n"),
    );
    w.good(Kind::Orders, "order_id,external_userid,paid_at,paid_yuan,status\nz3,wm1,2026-11-01 10:00,7,completed\nz4,wm1,2026-11-01 10:00,8,closed\n");
    w.good(Kind::Orders, &format!("{head}z1,wm1,2026-11-02 08:00,5,\nz3,wm1,2026-11-01 10:00,7,\nz4,wm1,2026-11-01 10:00,8,\n"));
    let paid = "z1=paid 1793577600 500 2026-11-02, z2=created 0, z3=completed 1793498400 700 2026-11-01, z4=closed 1793498400 800 2026-11-01";
    assert_eq!(w.text(of), paid);
    // An order that is told without a payment is not paid; how it ended is known.
    w.good(
        Kind::Orders,
        &format!("{head}z1,wm1,,5,2026-11-01 09:00\nz4,wm1,,8,2026-11-01 09:00\n"),
    );
    assert_eq!(
        w.text(of),
        "z1=created 0, z2=created 0, z3=completed 1793498400 700 2026-11-01, z4=closed 0"
    );
    // A status column that says nothing is none.
    w.good(
        Kind::Orders,
        "order_id,external_userid,paid_at,paid_yuan,status\nz2,wm1,2026-11-02 08:00,6,\n",
    );
    assert!(
        w.text(of).contains("z2=paid 1793577600 600 2026-11-02"),
        "{}",
        w.text(of)
    );
}

#[test]
fn refunds_that_were_not_made_sums_and_blank_rows_are_left_out() {
    let mut w = workspace();
    let text = "refund_id,order_id,status,amount_yuan,refunded_at\n\
                R1,1,退款成功,10,2026-03-02\nR2,1,退款关闭,40,2026-03-02\nR3,1,买家撤销退款,40,2026-03-02\n\
                R4,1,退款中,30,\n,,,,\nR5,1,已退款,-5.50,2026-03-03\nR6,1,商家拒绝,5,-\nR7,1,,7,2026-03-04\nR8,1,退款成功,0.00,2026-03-04\n合计,,,137.50,\n";
    let report = w.good(Kind::Refunds, text);
    assert_eq!((report.new, report.rows()), (3, 3));
    assert_eq!((report.left_out.unsettled, report.left_out.totals), (5, 1));
    let stands = "SELECT group_concat(refund_id || '=' || amount_fen, ' ' ORDER BY refund_id) FROM order_refund";
    assert_eq!(w.text(stands), "R1=1000 R5=550 R7=700");
    assert_eq!(w.good(Kind::Refunds, text).unchanged, 3);
    // What was booked and is told as refused since is money that stayed; a file that says both has it made.
    let report = w.good(
        Kind::Refunds,
        "refund_id,order_id,status,amount_yuan,refunded_at\nR1,1,退款关闭,10,2026-03-02\nR5,1,退款成功,0,2026-03-03\n\
         R7,1,退款关闭,7,2026-03-04\nR7,1,退款成功,7,2026-03-04\nR6,1,退款关闭,5,\n",
    );
    assert_eq!((report.withdrawn, report.left_out.unsettled), (2, 4));
    assert_eq!(w.text(stands), "R7=700");
    let unknown = "refund_id,order_id,status,amount_yuan,refunded_at\nR8,1,飞走了,10,2026-03-02\n";
    let why = &reasons(w.import(Kind::Refunds, unknown))[0];
    assert!(
        why.contains("refunded (退款成功), pending (退款中), refused (退款关闭)"),
        "{why}"
    );
    // A sum is one only where no order stands before it.
    let orders = "order_id,phone,paid_at,paid_yuan\n1,,2026-03-01,10\n,,,\n总计:,,,10\n,合计,,10\n";
    let report = w.good(Kind::Orders, orders);
    assert_eq!((report.new, report.left_out.totals), (1, 2));
}

#[test]
fn relations_that_no_event_tells_of_are_counted_as_such() {
    let mut w = workspace();
    let follows = "userid,external_userid,added_at\nS1,C1,2026-03-01 10:00\nS1,C2,2026-03-02 10:00\nS2,C2,2026-03-03\n";
    assert_eq!(w.good(Kind::Follows, follows).untold, 3);
    let events = "occurred_at,userid,external_userid,kind\n\
                  2026-03-01 10:00,S1,C1,add\n2026-03-03 10:00,S2,C2,transfer_in\n2026-03-04 10:00,S1,C2,del_by_staff\n";
    w.good(Kind::FollowEvents, events);
    assert_eq!(w.good(Kind::Follows, follows).untold, 1);
    // Adds are those of the events.
    assert_eq!(
        w.number("SELECT count(*) FROM follow_event WHERE kind = 'add'"),
        1
    );
}

#[test]
fn an_order_keeps_its_buyer_and_is_not_said_to_have_none() {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid,name\nwm1,风\n");
    let orders = "order_id,external_userid,paid_at,paid_yuan\n1,wm1,2026-03-01,10\n";
    w.good(Kind::Orders, orders);
    let more = "order_id,paid_at,paid_yuan\n1,2026-03-01,10\n2,2026-03-01,10\n";
    assert_eq!(w.good(Kind::Orders, more).matched.alone, 1);
}

#[test]
fn what_is_dated_after_now_is_counted() {
    let mut w = workspace();
    let orders = "order_id,paid_at,paid_yuan,ordered_at\n\
                  1,2026-03-31 23:59:59,10,\n2,2026-04-01 00:00:00,10,\n3,2026-04-01 00:00:01,10,\n\
                  4,2027-03-01,10,\n5,,10,2027-03-01\n";
    assert_eq!(w.good(Kind::Orders, orders).later, 2);
    // A second time they are no news to the workspace, but as wrong.
    assert_eq!(w.good(Kind::Orders, orders).later, 2);
    let refunds =
        "refund_id,order_id,refunded_at,amount_yuan\nR1,1,2026-04-01,6\nR2,2,2026-04-02,6\n";
    assert_eq!(w.good(Kind::Refunds, refunds).later, 1);
}

#[test]
fn statuses_are_counted_and_refunds_above_their_order_are_told() {
    let mut w = workspace();
    let text = "order_id,paid_at,paid_yuan,status,ordered_at\n\
                1,2026-03-01,10,已完成,\n2,2026-03-01,10,交易关闭,\n3,,10,交易关闭,2026-03-01\n4,2026-03-01,10,paid,\n";
    let report = w.good(Kind::Orders, text);
    assert_eq!(report.statuses, Some([0, 1, 1, 2, 1]));
    assert_eq!(w.number("SELECT sum(paid_fen) FROM v_paid"), 3_000);
    let refunds = "refund_id,order_id,refunded_at,amount_yuan\nR1,1,2026-03-02,6\nR2,1,2026-03-03,6\nR3,4,2026-03-02,10\n";
    assert_eq!(w.good(Kind::Refunds, refunds).overdrawn, 1);
}

#[test]
fn departments_that_contain_each_other_are_refused() {
    let mut w = workspace();
    w.good(
        Kind::Departments,
        "dept_id,parent_id,name\n1,0,总部\n2,1,华东\n",
    );
    let found = reasons(w.import(
        Kind::Departments,
        "dept_id,parent_id,name\n1,3,总部\n3,2,杭州\n",
    ));
    assert!(found[0].contains("its own parent"), "{found:?}");
    assert_eq!(w.number("SELECT count(*) FROM department"), 2);
}

#[test]
fn a_stage_of_an_unknown_journey_names_the_reason() {
    let mut w = workspace();
    let found = reasons(w.import(Kind::Stages, "stage_id,journey_id,ord,name\n1,9,1,首购\n"));
    assert_eq!(
        found,
        ["line 2: refers to something the workspace does not have: import that first"]
    );
}

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

/// What a rehearsal of a file of orders says of the first row it would change: `column before after`.
fn rehearsed(w: &mut Workspace, text: &str) -> Vec<String> {
    let stop = AtomicBool::new(false);
    let mut options = Options::new(Zone::default(), NOW, &stop);
    options.rehearse = true;
    let report = run(
        Kind::Orders,
        text.as_bytes(),
        "f.csv",
        &mut w.conn,
        &mut options,
    );
    let said = |t: &Option<_>| {
        t.as_ref()
            .map_or_else(|| "-".to_owned(), ToString::to_string)
    };
    let cells = report.unwrap().changes.into_iter().flat_map(|c| c.cells);
    cells
        .map(|c| format!("{} {} {}", c.column, said(&c.before), said(&c.after)))
        .collect()
}

#[rstest]
#[case("completed", "2026-03-01")]
#[case("closed", "2026-03-01")]
#[case("closed", "")]
fn an_order_keeps_its_status_where_the_file_has_no_such_column(
    #[case] status: &str,
    #[case] paid_at: &str,
) {
    let mut w = workspace();
    let first = format!(
        "order_id,paid_at,paid_yuan,status,ordered_at\n1,{paid_at},59,{status},2026-03-01\n"
    );
    w.good(Kind::Orders, &first);
    let second = format!("order_id,paid_at,paid_yuan,campaign_id\n1,{paid_at},59,7\n");
    let second = if paid_at.is_empty() {
        "order_id,paid_at,paid_yuan,campaign_id,ordered_at\n1,,59,7,2026-03-01\n".to_owned()
    } else {
        second
    };
    assert_eq!(rehearsed(&mut w, &second), ["campaign_id - 7"]);
    w.good(Kind::Orders, &second);
    let stands = "SELECT status || ' ' || campaign_id FROM sale_order";
    assert_eq!(w.text(stands), format!("{status} 7"));
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
