//! Rows that are none: sums, blanks, refunds that were not made; and what is counted beside the rows.

use crate::{reasons, workspace};
use caopan::import::Kind;
use rstest::rstest;

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
    // A row that stands in the file twice is one order: in a table that held nothing, and in one that holds it.
    let twice = "order_id,paid_at,paid_yuan,status\n8,2026-03-01,10,paid\n8,2026-03-01,10,paid\n";
    for (new, unchanged) in [(1, 1), (0, 2)] {
        let report = w.good(Kind::Orders, twice);
        assert_eq!((report.new, report.unchanged), (new, unchanged));
        assert_eq!(report.statuses, Some([0, 1, 0, 0, 0]));
    }
    let report = workspace().good(Kind::Orders, twice);
    assert_eq!(report.statuses, Some([0, 1, 0, 0, 0]));
    let refunds = "refund_id,order_id,refunded_at,amount_yuan\nR1,1,2026-03-02,6\nR2,1,2026-03-03,6\nR3,4,2026-03-02,10\n";
    assert_eq!(w.good(Kind::Refunds, refunds).overdrawn, 1);
}
