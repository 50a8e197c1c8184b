//! Whom a row means: by phone, by a name that only one has, by an id amid white space.

use crate::{Workspace, reasons, workspace};
use caopan::import::Kind;

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
