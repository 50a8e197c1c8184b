//! Pages and overlaps: every row once, however late, however many of one moment.

use crate::postgres_server::{Fate, USER, Wire, server};
use crate::town::{MAPPING, Town, gave};
use rstest::rstest;

#[test]
fn the_slice_comes_in_and_a_second_pull_reads_nothing_again() {
    let mut town = Town::new("first", 400);
    assert_eq!(
        town.good(&[]),
        "customers: 300 rows read: 300 new, 0 changed, 0 unchanged\n\
         orders: 300 rows read: 300 new, 0 changed, 0 unchanged\n\
         refunds: 100 rows read: 100 new, 0 changed, 0 unchanged\n"
    );
    town.agrees();
    let logged = town.here("SELECT max(seq) FROM change_log");
    assert_eq!(
        town.good(&[]),
        "customers: 0 rows read: 0 new, 0 changed, 0 unchanged\n\
         orders: 0 rows read: 0 new, 0 changed, 0 unchanged\n\
         refunds: 0 rows read: 0 new, 0 changed, 0 unchanged\n"
    );
    assert_eq!(town.here("SELECT max(seq) FROM change_log"), logged);
    let runs = "SELECT source, ok, rows, ended_at IS NOT NULL, message FROM sync_run ORDER BY run_id LIMIT 3";
    assert_eq!(
        town.here(runs),
        [
            "postgres:customers|1|300|1|",
            "postgres:orders|1|300|1|",
            "postgres:refunds|1|100|1|"
        ]
    );
    let journal = "SELECT act, subject_id, detail FROM journal WHERE act = 'pull'";
    let from = format!("{USER}@localhost:{}/first", server().port);
    assert_eq!(
        town.here(journal).len(),
        3,
        "a pull that changes nothing is not journalled"
    );
    assert_eq!(
        town.here(journal)[0],
        format!("pull|postgres:customers|{from}")
    );
}

#[test]
fn what_was_changed_or_added_comes_with_the_next_pull_and_nothing_else() {
    let mut town = Town::new("incremental", 400);
    town.good(&[]);
    town.hq("UPDATE crm.member SET nickname = '改名', updated_at = now() WHERE member_id = 7;
        INSERT INTO crm.member VALUES (1001, 'wm1001', '新客', '12800009999', 1, '上海', 'east', now(), NULL, now());
        UPDATE trade.orders SET pay_amount = 0.01, updated_at = now() WHERE order_no = 'SO1'");
    assert_eq!(
        town.good(&[]),
        "customers: 2 rows read: 1 new, 1 changed, 0 unchanged\n\
         orders: 1 rows read: 0 new, 1 changed, 0 unchanged\n\
         refunds: 0 rows read: 0 new, 0 changed, 0 unchanged\n"
    );
    town.agrees();
    let json = town.good(&["--only", "customers", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let wanted = serde_json::json!({"schema_version": 1, "dry_run": false, "complete": true, "kinds": [
        {"kind": "customers", "rows": 2, "new": 0, "changed": 0, "unchanged": 2, "deleted": 0, "rejected": 0, "unmatched": 0}]});
    assert_eq!(
        json, wanted,
        "what is younger than the overlap is read again"
    );
}

/// `overlap` is what makes the difference.
#[rstest]
#[case("late_in", "5m", 1)]
#[case("late_out", "0s", 0)]
fn a_row_committed_late_is_found_inside_the_overlap(
    #[case] name: &'static str,
    #[case] overlap: &str,
    #[case] found: u64,
) {
    let mut town = Town::new(name, 40);
    town.map(&format!("overlap = '{overlap}'\n{MAPPING}"));
    let mut slow = server().client(name);
    let mut open = slow.transaction().unwrap();
    // now() is when the transaction began.
    open.batch_execute("INSERT INTO crm.member VALUES (1001, 'wm1001', '慢', NULL, 1, '上海', 'east', now(), NULL, now())").unwrap();
    town.hq("INSERT INTO crm.member VALUES (1002, 'wm1002', '快', NULL, 1, '上海', 'east', now(), NULL, now())");
    assert!(town.good(&["--only", "customers"]).contains(": 31 new"));
    open.commit().unwrap();
    let said = town.good(&["--only", "customers"]);
    assert!(said.contains(&format!(": {found} new")), "{said}");
}

#[test]
fn a_row_committed_late_between_two_pages_is_found_by_the_next_pull() {
    let mut town = Town::new("between", 4);
    town.map(&MAPPING.replace("page = 40", "page = 1"));
    town.hq("INSERT INTO crm.member VALUES (5001, 'wm5001', 'A', NULL, 1, '上海', 'east', now(), NULL, now() - interval '100 seconds'),
        (5002, 'wm5002', 'C', NULL, 1, '上海', 'east', now(), NULL, now() - interval '10 seconds')");
    let mut late = Some(server().client("between"));
    let wire = Wire::new(server().port, move |_, bytes| {
        // A's page has been read, and its watermark set; C's has not. What comes now is just old enough to be overtaken by it.
        if memchr::memmem::find(bytes, b"wm5001").is_some()
            && let Some(mut client) = late.take()
        {
            let sql = "INSERT INTO crm.member VALUES (5003, 'wm5003', 'B', NULL, 1, '上海', 'east', now(), NULL, clock_timestamp() - interval '5 minutes')";
            client.batch_execute(sql).unwrap();
        }
        Fate::Goes
    });
    let said = gave(
        town.command(wire.port, &["--only", "customers"])
            .output()
            .unwrap(),
    );
    assert!(
        said.out.contains("5 rows read: 5 new"),
        "{} {}",
        said.out,
        said.err
    );
    assert!(
        town.good(&["--only", "customers"])
            .contains("3 rows read: 1 new, 0 changed, 2 unchanged")
    );
}

#[test]
fn a_row_dated_in_the_future_does_not_hide_those_that_come_after_it() {
    let mut town = Town::new("future", 40);
    town.hq("UPDATE crm.member SET updated_at = '2999-01-01' WHERE member_id = 1");
    town.good(&[]);
    town.hq("INSERT INTO crm.member VALUES (1001, 'wm1001', '后来', NULL, 1, '上海', 'east', now(), NULL, now())");
    assert!(
        town.good(&["--only", "customers"])
            .contains("2 rows read: 1 new, 0 changed, 1 unchanged")
    );
}

#[test]
fn many_rows_of_one_moment_are_read_page_by_page() {
    let mut town = Town::new("moment", 400);
    town.hq("UPDATE crm.member SET updated_at = '2026-06-01 00:00+08'");
    town.good(&[]);
    town.agrees();
}

#[test]
fn amounts_and_times_are_exact_at_their_edges() {
    let mut town = Town::new("exact", 1);
    town.hq("CREATE TABLE o (k int PRIMARY KEY, paid numeric, cents bigint, at timestamptz, p text);
        INSERT INTO o VALUES (1, 9999999999999.9900, -5, '2026-03-01 00:00:00.999999+08', 'a'), (2, 0.1, 7, '2026-02-28 16:00:00+00', NULL),
          (3, 1e3, 123456789012345, '1986-09-14 01:30+09', 'c')");
    let one = "password_file = 'password'\n[kinds.orders]\ntable = 'o'\ncolumns = { order_id = 'k', external_userid = 'p', paid_at = 'at', paid_yuan = 'paid', discount_fen = 'cents' }";
    town.map(one);
    let said = town.good(&[]);
    assert!(said.contains("3 new"), "{said}");
    assert_eq!(
        town.here("SELECT order_id, external_userid, paid_fen, discount_fen, paid_at FROM sale_order ORDER BY order_id"),
        ["1|a|999999999999999|-5|1772294400", "2||10|7|1772294400", "3|c|100000|123456789012345|527013000"]
    );
}

#[test]
fn a_source_that_is_always_newer_ends_at_what_was_newest_at_the_start() {
    let mut town = Town::new("newer", 1);
    // Row 2 is changed by every look; page by page of one row it would come for ever.
    town.hq("CREATE TABLE j (k int PRIMARY KEY, at timestamptz);
        INSERT INTO j VALUES (1, '2026-03-01 00:00+08'), (2, '2026-03-02 00:00+08'), (3, '2026-03-03 00:00+08')");
    let mapping = |at: &str| {
        format!(
            "password_file = 'password'\npage = 1\n[kinds.journeys]\nquery = \"\"\"SELECT k, 'x' || k::text AS name, {at} AS at FROM j\"\"\"
             key = ['k']\nupdated_at = 'at'\ncolumns = {{ journey_id = 'k', name = 'name' }}"
        )
    };
    town.map(&mapping(
        "CASE WHEN k = 2 THEN clock_timestamp() ELSE at END",
    ));
    let said = town.pull(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("another at every look are left out"),
        "{}",
        said.err
    );
    assert_eq!(
        town.here("SELECT journey_id FROM journey ORDER BY 1"),
        ["1", "3"]
    );
    town.map(&mapping("at"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("left out"), "{}", said.err);
    assert_eq!(
        town.here("SELECT journey_id FROM journey ORDER BY 1"),
        ["1", "2", "3"]
    );
    // Where another row is the newest at every look, people are at work: that is no reason to warn.
    let busy = "SELECT k, 'x' || k::text AS name, CASE WHEN k = 1 + (floor(extract(epoch FROM statement_timestamp()) * 1000000)::bigint % 997)
        THEN statement_timestamp() ELSE '2026-03-01 00:00+08'::timestamptz END AS at FROM generate_series(1, 997) AS k";
    let each = mapping("at").replace("page = 1\n", "page = 1000\n");
    let (head, query) = each.split_once("SELECT").unwrap();
    let (_, tail) = query.split_once("FROM j").unwrap();
    town.map(&format!("{head}{busy}{tail}"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("left out"), "{}", said.err);
    // Where that is so of all rows, nothing can be read in order, and that is said.
    town.map(&mapping("clock_timestamp()"));
    let said = town.pull(&[]);
    assert_eq!(said.code, 1);
    assert!(said.err.contains("another at every look"), "{}", said.err);
}
