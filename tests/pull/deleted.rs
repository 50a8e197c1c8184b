//! What the source deletes, and what a full pass takes out.

use crate::town::{MAPPING, Town};

#[test]
fn what_the_source_marks_as_deleted_is_taken_out() {
    let mut town = Town::new("deleted", 400);
    town.good(&[]);
    town.hq("UPDATE crm.member SET deleted_at = now(), updated_at = now(), joined_at = 'infinity' WHERE member_id IN (1, 2, 3)");
    let said = town.good(&[]);
    assert!(
        said.contains("3 rows read: 0 new, 0 changed, 0 unchanged, 3 taken out"),
        "{said}"
    );
    town.hq("UPDATE crm.member SET deleted_at = NULL, joined_at = '2026-02-02', updated_at = now() WHERE member_id = 2");
    town.good(&[]);
    town.agrees();
}

#[test]
fn a_full_pass_takes_out_what_is_gone_there_but_not_more_than_one_in_twenty_unasked() {
    let mut town = Town::new("whole", 400);
    town.good(&[]);
    town.hq("DELETE FROM crm.member WHERE member_id <= 8; UPDATE trade.orders SET region = 'west' WHERE member_id <= 8");
    assert!(!town.good(&[]).contains("taken out"));
    let dry = town.good(&["--full", "--dry-run"]);
    assert!(
        dry.contains(
            "customers (dry run): 294 rows read: 0 new, 0 changed, 294 unchanged, 6 taken out"
        ),
        "{dry}"
    );
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["300"]);
    let said = town.good(&["--full"]);
    assert!(said.contains("294 unchanged, 6 taken out"), "{said}");
    town.agrees();
    town.hq("DELETE FROM crm.member WHERE member_id < 40; UPDATE trade.orders SET region = 'west' WHERE member_id < 40");
    for _ in 0..2 {
        let refused = town.pull(&["--full", "--only", "customers"]);
        assert_eq!(refused.code, 5, "{}", refused.err);
        assert!(
            refused
                .err
                .contains("postgres:customers: 24 of 294 rows would be taken out"),
            "{}",
            refused.err
        );
        assert!(refused.err.contains("--allow-shrink"), "{}", refused.err);
        assert_eq!(town.here("SELECT count(*) FROM customer"), ["294"]);
    }
    town.good(&["--full", "--allow-shrink"]);
    town.agrees();
}

#[test]
fn marks_of_deletion_are_counted_over_kept_pages_and_later_pulls() {
    let mut town = Town::new("shrink", 400);
    town.good(&[]);
    // 15 of 300 are one in twenty; pages are 40 rows.
    town.hq("UPDATE crm.member SET updated_at = now() - interval '1 day' + member_id * interval '1 second';
        UPDATE crm.member SET deleted_at = now() WHERE member_id IN (1, 2, 3, 5, 6, 7, 9, 10, 11, 13) OR member_id BETWEEN 200 AND 210");
    for _ in 0..3 {
        let refused = town.pull(&["--only", "customers"]);
        assert_eq!(refused.code, 5, "{}", refused.err);
        assert_eq!(town.here("SELECT count(*) FROM customer"), ["290"]);
    }
    town.good(&["--allow-shrink"]);
    town.agrees();
}

#[test]
fn missing_rows_stay_where_the_mapping_keeps_them() {
    let mut town = Town::new("keeps", 40);
    town.map(&MAPPING.replace("deleted = \"deleted_at\"", "missing = 'keep'"));
    town.good(&[]);
    town.hq("DELETE FROM crm.member WHERE member_id = 1");
    town.good(&["--full", "--only", "customers"]);
    assert_eq!(town.here("SELECT count(*) FROM customer"), ["30"]);
}

#[test]
fn a_customer_whose_owners_relation_is_taken_out_goes_to_whoever_follows_them() {
    let mut town = Town::new("heirs", 4);
    town.hq("CREATE TABLE crm.friend (userid text, external_userid text, at timestamptz, gone boolean DEFAULT FALSE,
          updated_at timestamptz NOT NULL DEFAULT now() - interval '1 day', PRIMARY KEY (userid, external_userid));
        INSERT INTO crm.friend (userid, external_userid, at) SELECT u.id, 'wm' || c, timestamptz '2026-01-01 00:00+08' + u.n * interval '1 month'
          FROM generate_series(1, 30) c, (VALUES ('a', 1), ('b', 2), ('c', 3)) AS u(id, n)");
    town.map(
        "[kinds.follows]
table = 'crm.friend'
key = ['userid', 'external_userid']
updated_at = 'updated_at'
deleted = 'gone'
columns = { userid = 'userid', external_userid = 'external_userid', added_at = 'at' }
[kinds.staff]
query = \"SELECT DISTINCT userid FROM crm.friend\"
columns = { userid = 'userid', name = 'userid' }
",
    );
    let town_secret = "password_file = \"password\"\n";
    let text = std::fs::read_to_string(town.shop.path("pull.toml")).unwrap();
    town.map(&format!("{town_secret}{text}"));
    let owner = "SELECT userid FROM follow WHERE external_userid = 'wm1' AND is_owner = 1";
    let pull = ["--only", "follows"];
    assert_eq!(town.pull(&pull).code, 0);
    assert_eq!(town.here(owner), ["a"]);
    town.hq("UPDATE crm.friend SET gone = TRUE, updated_at = now() WHERE userid = 'a' AND external_userid = 'wm1'");
    assert_eq!(town.pull(&pull).code, 0);
    assert_eq!(town.here(owner), ["b"]);
    town.hq("DELETE FROM crm.friend WHERE userid = 'b' AND external_userid = 'wm1'");
    assert_eq!(town.pull(&["--only", "follows", "--full"]).code, 0);
    assert_eq!(town.here(owner), ["c"]);
    let history = "SELECT userid, valid_to IS NULL FROM ownership_history WHERE external_userid = 'wm1' ORDER BY valid_from, userid";
    assert_eq!(town.here(history).last().map(String::as_str), Some("c|1"));
}
