//! Rows of what is known already: changed cells, empty cells, orders whose file says less.

use std::sync::atomic::AtomicBool;

use crate::{NOW, Workspace, reasons, workspace};
use caopan::domain::Zone;
use caopan::import::{Kind, Options, run};
use rstest::rstest;

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
fn an_order_keeps_its_buyer_and_is_not_said_to_have_none() {
    let mut w = workspace();
    w.good(Kind::Customers, "external_userid,name\nwm1,风\n");
    let orders = "order_id,external_userid,paid_at,paid_yuan\n1,wm1,2026-03-01,10\n";
    w.good(Kind::Orders, orders);
    let more = "order_id,paid_at,paid_yuan\n1,2026-03-01,10\n2,2026-03-01,10\n";
    assert_eq!(w.good(Kind::Orders, more).matched.alone, 1);
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
