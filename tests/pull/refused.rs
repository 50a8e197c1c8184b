//! Rows without key or time, bad rows, columns that do not fit.

use crate::town::{MAPPING, Town};
use rstest::rstest;

#[test]
fn a_bad_row_is_named_by_source_key_column_and_reason_and_its_page_waits() {
    let mut town = Town::new("bad", 400);
    town.hq("UPDATE trade.orders SET pay_amount = 12.345 WHERE order_no = 'SO200'; UPDATE trade.orders SET pay_amount = 1.001 WHERE order_no = 'SO201';
        UPDATE trade.orders SET pay_amount = 1.001, order_no = '=SO202' WHERE order_no = 'SO202';
        UPDATE trade.orders SET region = 'east' WHERE order_no = 'SO200'; UPDATE crm.member SET mobile = E'\\x1b[31mred' WHERE member_id = 398");
    let stopped = town.pull(&["--only", "orders"]);
    assert_eq!(stopped.code, 1);
    assert!(
        stopped
            .err
            .contains("postgres:orders, key SO200, column paid_yuan: "),
        "{}",
        stopped.err
    );
    assert!(
        stopped
            .err
            .contains("postgres:orders, key SO201, column paid_yuan: "),
        "{}",
        stopped.err
    );
    // An amount tells of nobody.
    assert!(stopped.err.contains(": `12.345`"), "{}", stopped.err);
    let landed: u64 = town.here("SELECT count(*) FROM sale_order")[0]
        .parse()
        .unwrap();
    assert!(
        landed > 0 && landed < 200 && landed.is_multiple_of(40),
        "whole pages: {landed}"
    );
    assert_eq!(
        town.here("SELECT ok, message IS NOT NULL FROM sync_run"),
        ["0|1"]
    );
    let partly = town.pull(&["--on-error", "reject", "--rejects", "bad.csv"]);
    assert_eq!(partly.code, 6, "{}", partly.err);
    assert!(
        partly.out.contains("3 rejected (see bad.csv)"),
        "{}",
        partly.out
    );
    let rejects = std::fs::read_to_string(town.shop.path("bad.csv")).unwrap();
    let rejects = rejects
        .strip_prefix('\u{feff}')
        .expect("Excel needs the mark");
    let heads: Vec<_> = rejects
        .lines()
        .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(
        heads,
        [
            "source,key,column",
            "postgres:customers,398,phone",
            // A key a spreadsheet would run.
            "postgres:orders,'=SO202,paid_yuan",
            "postgres:orders,SO200,paid_yuan",
            "postgres:orders,SO201,paid_yuan"
        ]
    );
    town.hq("UPDATE trade.orders SET order_no = 'SO202' WHERE order_no = '=SO202';
        UPDATE trade.orders SET pay_amount = 12.34, updated_at = now() WHERE order_no IN ('SO200', 'SO201', 'SO202');
        UPDATE crm.member SET mobile = NULL, updated_at = now() WHERE member_id = 398");
    town.good(&[]);
    assert_eq!(town.here("SELECT count(*) FROM sale_order"), ["301"]);
    assert_eq!(town.pull(&["--on-error", "reject"]).code, 2);
}

#[test]
fn rows_without_a_time_or_a_key_are_not_passed_over_in_silence() {
    let mut town = Town::new("nulls", 40);
    town.hq("ALTER TABLE crm.member ALTER updated_at DROP NOT NULL; UPDATE crm.member SET updated_at = NULL WHERE member_id = 5");
    let said = town.pull(&["--only", "customers"]);
    assert_eq!(said.code, 1);
    assert!(
        said.err
            .contains("postgres:customers, key 5: updated_at, member_id is NULL"),
        "{}",
        said.err
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["0"]);
    let said = town.pull(&["--only", "customers", "--rejects", "bad.csv"]);
    assert_eq!(
        (said.code, town.here("SELECT count(*) FROM customer")),
        (6, vec!["29".to_owned()])
    );
}

#[test]
fn a_row_without_a_key_is_never_read_however_far_a_pull_has_come() {
    let mut town = Town::new("keyless", 100);
    town.map(&MAPPING.replace("page = 40", "page = 20"));
    town.hq("ALTER TABLE crm.member DROP CONSTRAINT member_pkey; ALTER TABLE crm.member ALTER member_id DROP NOT NULL;
        UPDATE crm.member SET member_id = NULL WHERE member_id IN (45, 90);
        UPDATE crm.member SET member_id = NULL, updated_at = now() WHERE member_id = 97");
    let pull = ["--only", "customers", "--rejects", "bad.csv"];
    let only = |town: &Town| {
        town.here("SELECT count(*), max(external_userid IN ('wm45', 'wm90', 'wm97')) FROM customer")
    };
    let said = town.pull(&pull);
    assert!(
        said.out.contains("72 rows read: 72 new") && said.out.contains("3 rejected"),
        "{}{}",
        said.out,
        said.err
    );
    assert_eq!(only(&town), ["72|0"]);
    let again = ["--only", "customers", "--rejects", "again.csv"];
    let said = town.pull(&again);
    assert_eq!(said.code, 6, "{}{}", said.out, said.err);
    // A place that an earlier version kept of such a row.
    let conn = town.shop.connection("shop.db");
    let moved = conn.execute(
        "UPDATE sync_cursor SET cursor = json_set(cursor, '$.place.after.key[0]', '') WHERE source = 'postgres:customers'",
        [],
    );
    assert_eq!(moved.unwrap(), 1);
    drop(conn);
    let last = ["--only", "customers", "--rejects", "last.csv"];
    let said = town.pull(&last);
    assert_eq!(said.code, 6, "{}{}", said.out, said.err);
    assert_eq!(only(&town), ["72|0"]);
}

#[rstest]
#[case("paid_yuan = 'j'", "cannot come from `j` of type jsonb")]
#[case("paid_yuan = 'f'", "a float is not exact")]
#[case("paid_yuan = 'b'", "of type bool: it does not fit")]
#[case("paid_fen = 'n'", "of type numeric: it does not fit")]
#[case("paid_yuan = 'n', paid_at = 'n'", "`paid_at` cannot come from `n`")]
#[case("paid_yuan = 'n', status = 'a'", "of type _text: cast it in a query")]
#[case("paid_yuan = 'n', stauts = 't'", "there is no column `stauts`")]
#[case("paid_yuan = 'n', paid_at = 'l'", "name the zone of such columns")]
#[case("paid_yuan = 'nowhere'", "column s.nowhere does not exist")]
fn columns_that_do_not_fit_are_refused_by_name_before_anything_is_written(
    #[case] columns: &str,
    #[case] why: &str,
) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static N: AtomicU32 = AtomicU32::new(0);
    let name: &'static str = format!("types_{}", N.fetch_add(1, Ordering::Relaxed)).leak();
    let mut town = Town::new(name, 4);
    town.hq("CREATE TABLE o (k text PRIMARY KEY, p text, j jsonb, f float8, b bool, n numeric, a text[], t text, l timestamp)");
    let paid_at = if columns.contains("paid_at") {
        ""
    } else {
        "paid_at = 't', "
    };
    let start = MAPPING
        .split("[kinds.orders]")
        .next()
        .unwrap()
        .replace("zone = \"Asia/Shanghai\"", "");
    town.map(&format!("{start}[kinds.orders]\ntable = 'o'\ncolumns = {{ order_id = 'k', external_userid = 'p', {paid_at}{columns} }}"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("orders: ") && said.err.contains(why),
        "{}",
        said.err
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["0"]);
}
