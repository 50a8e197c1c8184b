//! Rows and files that are refused, and what is said of them.

use crate::{reasons, workspace};
use caopan::import::{ImportError, Kind, ReadError};
use rstest::rstest;

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
