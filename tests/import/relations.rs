//! Relations of customers with staff, and who owns a customer after them.

use crate::{NOW, Workspace, reasons, workspace};
use caopan::domain::{AsOf, Zone};
use caopan::import::Kind;
use caopan::store::past;
use rstest::rstest;

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

#[rstest]
#[case::the_old_one_first("guide1,A,2026-01-02,active,,0\nguide2,A,2026-01-05,active,,1\n", NOW)]
#[case::the_new_one_first("guide2,A,2026-01-05,active,,1\nguide1,A,2026-01-02,active,,0\n", NOW)]
#[case::nothing_said_of_the_old_one("guide2,A,2026-01-05,active,,1\n", NOW)]
#[case::the_old_one_left(
    "guide2,A,2026-01-05,active,,1\nguide1,A,2026-01-02,transferred,2026-02-01,0\n",
    1_769_875_200
)]
fn a_file_that_gives_a_customer_to_somebody_else_goes_on_with_the_history_of_owners(
    #[case] rows: &str,
    #[case] at: i64,
) {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid,name\nA,安\nB,白\n");
    let header = "userid,external_userid,added_at,status,ended_at,is_owner\n";
    w.good(
        Kind::Follows,
        &format!("{header}guide1,A,2026-01-02,active,,1\nguide2,A,2026-01-05,active,,0\nguide1,B,2026-01-02,active,,1\n"),
    );
    // Whose customers are from the beginning is no change.
    assert_eq!(owned(&w).1, "");
    let text = format!("{header}{rows}");
    w.good(Kind::Follows, &text);
    let since = 1_767_283_200; // 2026-01-02 00:00 +08:00
    let history = format!("guide1 {since} {at}, guide2 {at} -");
    let wanted = ("A guide2, B guide1".to_owned(), history);
    assert_eq!(owned(&w), wanted);
    w.good(Kind::Follows, &text);
    assert_eq!(owned(&w), wanted, "a second time");
    assert_eq!(
        w.number("SELECT count(*) FROM ownership_history WHERE external_userid = 'B'"),
        0
    );
    // The past knows whose the customer was.
    let zone = Zone::default();
    past::hold(&w.conn, AsOf { unix: at - 1, zone }).unwrap();
    assert_eq!(owned(&w).0, "A guide1, B guide1");
    past::release(&w.conn).unwrap();
    // Left to nobody, then somebody's again.
    w.good(
        Kind::Follows,
        &format!("{header}guide2,A,2026-01-05,active,,0\n"),
    );
    let nobody = format!("guide1 {since} {at}, guide2 {at} {NOW}");
    assert_eq!(owned(&w), ("B guide1".to_owned(), nobody));
    w.good(
        Kind::Follows,
        &format!("{header}guide3,A,2026-03-01,active,,1\n"),
    );
    let again =
        w.text("SELECT userid || ' ' || valid_from FROM ownership_history WHERE valid_to IS NULL");
    assert_eq!(again, format!("guide3 {NOW}"));
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
