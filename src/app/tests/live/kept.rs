//! The cursor keeps its row while rows move, come and go.

use super::super::console::Console;
use super::super::desk::customer;
use super::NARROW;
use crate::app::hits::Hits;
use crate::app::msg::Msg;
use crate::app::panes::Pane;
use crate::app::state::Scrolling;
use crate::domain::{ChatId, Fen, SafeText, StaffId};
use crate::engine::request::Notice;

#[test]
fn selection_follows_the_customer_when_rows_move() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("jjjjj");
    let line = |console: &Console| {
        let list = &console.app.panes.customers.list;
        list.index - list.top
    };
    let before = line(&console);
    for i in 0..30 {
        console.desk.customers.insert(0, customer(5_000 + i));
    }
    console.commit();
    assert_eq!(console.under(), "c0000005");
    assert_eq!(console.app.panes.customers.list.index, 35);
    assert_eq!(
        line(&console),
        before,
        "the row stays on its line of the screen"
    );
}

/// A console whose list of 30 rows stands beside other panes and scrolls by five.
fn scrolls_by_five() -> Console {
    let mut console = Console::new(1_000, (120, 40));
    console.app.look.scroll.beside = Scrolling::SEVERAL;
    let lists = vec![
        (Pane::Customers, (30, 5, 50, 30)),
        (Pane::Board, (82, 22, 36, 14)),
    ];
    console.send(Msg::Drawn(Hits {
        lists,
        ..Hits::default()
    }));
    console
}

#[test]
fn a_list_that_scrolls_by_five_does_so_for_the_cursor_only() {
    let mut console = scrolls_by_five();
    let at = |console: &Console| {
        let list = &console.app.panes.customers.list;
        (list.top, list.index)
    };
    for _ in 0..29 {
        console.keys("j");
    }
    assert_eq!(at(&console), (0, 29));
    console.keys("j");
    assert_eq!(at(&console), (5, 30));
    for i in 0..3 {
        console.desk.customers.insert(0, customer(5_000 + i));
    }
    console.commit();
    assert_eq!(at(&console), (8, 33), "the row stays on its line");
    // The row under the cursor leaves the rows on screen: it is looked for, and the list moves no further than it must.
    let row = console.desk.customers.remove(33);
    console.desk.customers.insert(7, row);
    console.commit();
    assert_eq!(console.under(), "c0000030");
    assert_eq!(at(&console).1, 7);
    console.keys("gg");
    assert_eq!(at(&console), (0, 0));
    console.keys("<pagedown>");
    assert_eq!(at(&console), (1, 30), "a page is a page");
    console.keys("G");
    assert_eq!(at(&console), (973, 1_002));
    console.keys("j");
    assert_eq!(at(&console), (973, 1_002), "no void behind the last row");
    for _ in 0..30 {
        console.keys("k");
    }
    assert_eq!(at(&console), (968, 972));
}

#[test]
fn every_list_beside_others_scrolls_by_as_many_rows() {
    let mut console = scrolls_by_five();
    console.send(Msg::Click(83, 22));
    let rows = console.app.rows_of(Pane::Board);
    assert!(rows > 20, "{rows} rows");
    for _ in 0..14 {
        console.keys("j");
    }
    let list = &console.app.panes.board.list;
    assert_eq!((list.top, list.index), (5, 14));
    // As wide as the terminal it scrolls by one.
    console.keys("z").send(Msg::Drawn(Hits {
        lists: vec![(Pane::Board, (1, 5, 118, 10))],
        ..Hits::default()
    }));
    let before = console.app.panes.board.list.top;
    console.keys("j");
    let list = &console.app.panes.board.list;
    assert_eq!(list.top, before.max(list.index - 9));
}

#[test]
fn a_cursor_whose_row_moved_far_away_is_looked_for() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("jjjjj");
    let row = console.desk.customers.remove(5);
    console.desk.customers.insert(800, row);
    console.commit();
    assert_eq!(
        (console.under(), console.app.panes.customers.list.index),
        ("c0000005", 800)
    );
}

#[test]
fn a_customer_that_goes_leaves_the_cursor_where_it_stood() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("jjjjj");
    console.desk.customers.remove(5);
    console.commit();
    assert_eq!(
        (console.under(), console.app.panes.customers.list.index),
        ("c0000006", 5)
    );
}

/// A console that shows the preview by spend; then the engine is ready and the rows stand the other way round.
fn after_the_preview(keys: &str) -> Console {
    let mut console = Console::new(1_000, NARROW);
    console.desk.preliminary = true;
    console.commit();
    console.keys(keys);
    console.desk.preliminary = false;
    console.desk.customers.reverse();
    console.desk.revision += 1;
    console.send(Msg::Notice(Notice::Ready));
    console
}

#[test]
fn the_list_opens_at_who_is_at_risk_once_that_is_known() {
    let console = after_the_preview("");
    let list = &console.app.panes.customers.list;
    assert_eq!((list.index, list.top), (0, 0));
    assert_eq!(console.under(), "c0000999");
    let page = console.app.panes.customers.page.value.as_ref().unwrap();
    assert_eq!(page.offset, 0, "the rows are those of the top");
}

#[test]
fn whoever_looked_further_in_the_preview_keeps_the_row() {
    let console = after_the_preview("jj");
    assert_eq!(console.under(), "c0000002");
    assert_eq!(console.app.panes.customers.list.index, 997);
}

#[test]
fn what_the_preview_did_not_know_is_no_change() {
    let mut console = Console::new(100, NARROW);
    console.desk.preliminary = true;
    console.commit();
    console.desk.preliminary = false;
    console.desk.customers[3].source = SafeText::new("公众号");
    console.commit();
    assert_eq!(console.app.changes, []);
    assert_eq!(console.app.panes.customers.marks, []);
    console.desk.customers[3].spend = Fen(1);
    console.commit();
    assert_eq!(console.app.panes.customers.marks.len(), 1);
}

#[test]
fn the_cursor_finds_its_place_when_the_rows_went_while_a_filter_was_typed() {
    let mut console = Console::new(500, NARROW);
    console.keys("Gk/<").commit();
    console.desk = super::super::desk::Desk::new(0);
    console.commit();
    console.keys("<esc>");
    let list = &console.app.panes.customers.list;
    assert_eq!((list.index, list.cursor.as_ref()), (0, None));
}

#[test]
fn a_list_nobody_moved_in_stays_at_its_first_row_while_rows_come_in() {
    let mut console = Console::new(1_000, (200, 60));
    for i in 0..30 {
        console.desk.customers.insert(0, customer(5_000 + i));
    }
    console.desk.board.reverse();
    console.desk.groups.reverse();
    console.commit();
    let panes = &console.app.panes;
    let customers = &panes.customers.list;
    assert_eq!((customers.index, customers.top), (0, 0));
    let board = &panes.board.list;
    assert_eq!(board.cursor.as_ref().map(StaffId::as_str), Some("s29"));
    assert_eq!((board.index, board.top), (0, 0));
    let groups = &panes.groups.list;
    assert_eq!(groups.cursor.as_ref().map(ChatId::as_str), Some("g49"));
    assert_eq!(console.under(), "c0005029");
}

#[test]
fn a_row_that_something_is_done_with_is_held_and_gg_lets_it_go() {
    for chosen in ["k", "yi", "<ret><esc>", "<space>k"] {
        let mut console = Console::new(1_000, NARROW);
        console.keys(chosen);
        console.desk.customers.insert(0, customer(5_000));
        console.commit();
        assert_eq!(console.under(), "c0000000", "{chosen}");
        console.keys("gg");
        console.desk.customers.insert(0, customer(5_001));
        console.commit();
        assert_eq!(
            console.under(),
            "c0005001",
            "{chosen}: the first, whoever it is"
        );
    }
}
