//! Rows change while they are looked at: what is asked again, marked, told.

mod copies;
mod kept;

use super::console::Console;
use crate::app::job::{Job, Stage};
use crate::app::msg::Msg;
use crate::app::overlay::Overlay;
use crate::app::panes::Pane;
use crate::app::panes::customers::Column;
use crate::domain::{Fen, Figure, Lang, SafeText, Zone};
use crate::engine::request::{Notice, Slot};

const NARROW: (u16, u16) = (80, 24);

#[test]
fn an_answer_that_changes_nothing_draws_nothing() {
    let mut console = Console::new(100, (200, 60));
    console.app.dirty = false;
    console.commit();
    assert!(!console.app.dirty);
    assert_eq!(console.asked, []);
    console.desk.customers[3].spend = Fen(1);
    console.commit();
    assert!(console.app.dirty);
}

#[test]
fn answers_to_old_questions_are_dropped() {
    let mut console = Console::new(100, NARROW);
    let stale = console.app.generation;
    console.keys("r");
    let page = console.app.panes.customers.page.value.clone();
    console.desk.customers.clear();
    let question = crate::engine::request::Question::Sources;
    drop(question);
    let empty = super::desk::Desk::new(0).answer(&crate::engine::request::Question::Customers {
        scope: console.app.scope.clone(),
        sort: Vec::new(),
        offset: 0,
        rows: 60,
        anchor: None,
    });
    console.send(Msg::Answer(
        Slot::Customers,
        stale.saturating_sub(1),
        Box::new(empty),
    ));
    assert_eq!(console.app.panes.customers.page.value, page);
}

#[test]
fn a_mark_knows_which_columns_changed() {
    let mut console = Console::new(100, NARROW);
    console.desk.customers[7].tags.push(SafeText::new("新"));
    console.commit();
    let id = "c0000007".into();
    let changed = |console: &Console| console.app.panes.customers.changed.get(&id).cloned();
    assert_eq!(changed(&console), Some(vec![Column::Tags]));
    console.desk.customers[7].stage = None;
    console.commit();
    assert_eq!(changed(&console), Some(vec![Column::Tags, Column::Stage]));
    console.wait(5_000);
    assert_eq!(changed(&console), None);
}

#[test]
fn changed_rows_are_marked_for_five_seconds_and_walked_by_u() {
    let mut console = Console::new(100, (120, 40));
    console.desk.customers[7].spend = Fen(9_999_900);
    console.desk.board[2].value = Figure::Money(Fen(1));
    console.commit();
    let marks: Vec<_> = console
        .app
        .panes
        .customers
        .marks
        .iter()
        .map(|(id, until, dir)| (id.as_str(), *until, *dir))
        .collect();
    assert_eq!(marks, [("c0000007", 6_000, 1)]);
    assert_eq!(
        console
            .app
            .panes
            .board
            .marks
            .first()
            .map(|(_, _, dir)| *dir),
        Some(-1)
    );
    assert_eq!(console.app.next_deadline(), Some(6_000));
    let said: Vec<&str> = console
        .app
        .changes
        .iter()
        .map(|change| change.what.as_str())
        .collect();
    assert!(said.contains(&"消费 9999.93 -> 99999.00"), "{said:?}");
    console.keys("u");
    let first = console.app.focus;
    console.keys("u");
    let mut walked = [first, console.app.focus];
    walked.sort();
    assert_eq!(walked, [Pane::Customers, Pane::Board]);
    assert_eq!(console.under(), "c0000007");
    console.keys("u");
    assert!(console.app.changes.is_empty());
    console.app.dirty = false;
    console.wait(5_000);
    assert!(console.app.panes.customers.marks.is_empty() && console.app.dirty);
}

#[test]
fn notices_fill_the_list_of_changes() {
    let mut console = Console::new(1_000, NARROW);
    console.send(Msg::Notice(Notice::Changed {
        customers: vec!["c0000900".into()],
        groups: vec!["g3".into()],
        staff: Vec::new(),
        turned: Vec::new(),
        gone: Vec::new(),
        more: false,
    }));
    assert_eq!(console.app.changes.len(), 2);
    console.keys("D");
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::Changes(1))
    ));
    let change = &console.app.changes[0];
    assert_eq!(
        (change.name.as_str(), change.looked_up),
        ("客户900", true),
        "who it is was asked"
    );
    assert_eq!(
        console.app.changes[1].name.as_str(),
        "群3",
        "the groups are asked for, though they are not on screen"
    );
    console.keys("j<ret>");
    assert_eq!(
        (console.under(), console.app.panes.customers.list.index),
        ("c0000900", 900),
        "newest first"
    );
}

#[test]
fn ones_own_edits_are_no_news_and_more_than_a_thousand_are_said() {
    let changed = |ids: &[&str], more| {
        Msg::Notice(Notice::Changed {
            customers: ids.iter().map(|id| (*id).into()).collect(),
            groups: Vec::new(),
            staff: Vec::new(),
            turned: Vec::new(),
            gone: Vec::new(),
            more,
        })
    };
    let mut console = Console::new(1_000, NARROW);
    console.keys("etVIP<ret>");
    console.send(changed(&["c0000000", "c0000500"], false));
    assert_eq!(console.app.changes.len(), 1, "somebody else's alone");
    console.send(Msg::Came(crate::app::deed::Came::NothingToUndo));
    console.send(changed(&["c0000000"], false));
    assert_eq!(console.app.changes.len(), 1, "its echo");
    console.wait(1_000);
    console.send(changed(&["c0000000"], true));
    assert_eq!(console.app.changes_counted(), "2+");
}

#[test]
fn a_notice_is_drawn_when_something_of_it_is_seen() {
    let changed = |id: &str| {
        Msg::Notice(Notice::Changed {
            customers: vec![id.into()],
            groups: Vec::new(),
            staff: Vec::new(),
            turned: Vec::new(),
            gone: Vec::new(),
            more: false,
        })
    };
    let mut console = Console::new(1_000, NARROW);
    let drawn = |console: &mut Console, msg: Msg| {
        console.app.dirty = false;
        console.send(msg);
        console.app.dirty
    };
    assert!(drawn(&mut console, changed("c0000900")), "one row changed");
    assert!(drawn(&mut console, changed("c0000901")), "two rows changed");
    assert!(
        !drawn(&mut console, changed("c0000900")),
        "still these two, neither on screen"
    );
    console.send(Msg::Notice(Notice::Busy(3)));
    assert!(drawn(&mut console, changed("c0000900")), "no longer locked");
    console.keys("D");
    assert!(
        drawn(&mut console, changed("c0000901")),
        "the list of changes has another order"
    );
    console.keys("<esc>p");
    assert!(
        drawn(&mut console, changed("c0000901")),
        "what waits is counted"
    );
}

#[test]
fn a_detached_import_is_shown_until_it_ends_and_its_end_is_told() {
    let job = |id: u32, stage: Stage, rows: u64| Job {
        id,
        stage,
        file: SafeText::new("orders.csv"),
        rows,
        of: 4_000,
        rate: 500,
        ..Job::default()
    };
    let mut console = Console::new(100, NARROW);
    // What ended before the console began is no news.
    console.send(Msg::Jobs(vec![job(1, Stage::Failed, 0)]));
    assert!(console.app.running_job().is_none() && console.app.toasts.is_empty());
    let running = vec![job(2, Stage::Writing, 1_000), job(1, Stage::Failed, 0)];
    console.send(Msg::Jobs(running.clone()));
    let now = console.app.running_job().unwrap();
    assert_eq!((now.percent(), now.seconds_left()), (Some(25), Some(6)));
    console.app.dirty = false;
    console.send(Msg::Jobs(running));
    assert!(!console.app.dirty, "the same again is not drawn");
    let mut done = job(2, Stage::Done, 4_000);
    done.counts = [3_990, 7, 0, 3];
    console.send(Msg::Jobs(vec![done, job(1, Stage::Failed, 0)]));
    assert!(console.app.running_job().is_none());
    let [toast] = console.app.toasts.as_slice() else {
        panic!("{:?}", console.app.toasts)
    };
    assert_eq!(
        toast.text,
        "导入完成 orders.csv: 新增 3,990, 变更 7, 拒收 3 (J)"
    );
    console.keys("J");
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::Jobs(0))
    ));
    console.keys("j");
    // One that ended before anybody looked.
    let mut quick = job(3, Stage::Failed, 0);
    quick.said = vec![SafeText::new("表头缺少 order_id")];
    console.send(Msg::Jobs(vec![quick]));
    let said = console.app.toasts.last().map(|toast| toast.text.as_str());
    assert_eq!(said, Some("orders.csv 没有导入, 按 J 看原因"));
    console.send(Msg::Jobs(Vec::new()));
    console.keys("<esc>J");
    assert!(console.app.overlays.is_empty(), "nothing to list");
}

#[test]
fn paused_nothing_moves_and_what_waits_is_counted() {
    let mut console = Console::new(100, NARROW);
    console.keys("p");
    console.desk.customers[0].spend = Fen(1);
    console.send(Msg::Notice(Notice::Changed {
        customers: vec!["c0000000".into()],
        groups: Vec::new(),
        staff: Vec::new(),
        turned: Vec::new(),
        gone: Vec::new(),
        more: false,
    }));
    console.commit();
    let spend = |console: &Console| console.app.panes.customers.row().map(|row| row.spend);
    assert_eq!(spend(&console), Some(Fen(1_000_000)));
    assert_eq!(console.app.freeze.map(|freeze| freeze.waiting), Some(1));
    console.keys("p");
    assert_eq!(spend(&console), Some(Fen(1)));
}

#[test]
fn a_ready_engine_is_asked_again() {
    let mut console = Console::new(100, NARROW);
    console.send(Msg::Notice(Notice::Loading(5, 10)));
    assert_eq!(console.app.workspace.loading, Some((5, 10)));
    assert_eq!(console.slots(), []);
    console.send(Msg::Notice(Notice::Ready));
    assert_eq!(console.app.workspace.loading, None);
    assert_eq!(console.slots(), [Slot::Customers, Slot::Sources]);
}

#[test]
fn the_clock_on_screen_turns_with_the_minute() {
    let mut console = Console::new(10, NARROW);
    // Unix second 1,000,020 is a whole minute; the next begins 60 s later.
    assert_eq!(console.app.next_deadline(), Some(61_000));
    console.wait(60_000);
    assert!(console.app.dirty);
    assert_eq!(console.app.next_deadline(), Some(121_000));
}

#[test]
fn toasts_go_by_themselves() {
    let mut console = Console::new(10, NARROW);
    console.keys("r");
    assert!(!console.toasts().is_empty());
    console.wait(4_000);
    assert!(console.toasts().is_empty() && console.app.dirty);
}

#[test]
fn keys_of_another_pane_say_where_they_work() {
    let mut console = Console::new(10, NARROW);
    console.keys("5,");
    assert_eq!(console.toasts(), ", (列) 在这里无用; 用于: 1 客户");
    console.keys("4s");
    assert_eq!(
        console.toasts(),
        "s (排序) 在这里无用; 用于: 1 客户, 3 群组"
    );
    console.keys("2v");
    assert!(
        console.toasts().ends_with("用于: 1 客户, 3 群组, 5 销售"),
        "{}",
        console.toasts()
    );
    console.app.look.lang = Lang::En;
    console.keys("3yp");
    assert_eq!(
        console.toasts(),
        "yp (Copy the phone, as shown) does nothing here; it works in: 1 Customers"
    );
    console.keys("3");
    assert_eq!(console.toasts(), "", "the next key takes it away");
    console.app.workspace.read_only = true;
    console.keys("e");
    assert_eq!(console.toasts(), "", "what nobody may do is not told");
}

#[test]
fn another_zone_is_taken_over_and_told() {
    let mut console = Console::new(10, NARROW);
    let zone = Zone::parse("America/Los_Angeles").unwrap();
    console.send(Msg::Notice(Notice::Zone(zone)));
    assert_eq!(console.app.workspace.zone, zone);
    let told = console.app.toasts.last().map(|toast| toast.text.as_str());
    assert_eq!(
        told,
        Some("营业日改按此时区划分, 全部重算: America/Los_Angeles")
    );
}

#[test]
fn an_instant_that_becomes_a_past_one_is_told_and_nothing_is_written_from_there_on() {
    let mut console = Console::new(10, NARROW);
    console.send(Msg::Notice(Notice::Past));
    assert!(console.app.workspace.read_only);
    assert!(
        console.toasts().contains("从此只读"),
        "{}",
        console.toasts()
    );
    console.keys("et");
    assert!(console.app.overlays.is_empty());
    assert!(
        console.toasts().contains("工作区只读"),
        "{}",
        console.toasts()
    );
}
