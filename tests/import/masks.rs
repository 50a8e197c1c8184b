//! Masked phones, ids, names and texts: they take nothing away and are nobody's.

use crate::workspace;
use caopan::import::Kind;

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
