//! Rows change while they are looked at; copies.

use super::desk::{Console, customer, text};
use crate::app::hits::Hits;
use crate::app::job::{Job, Stage};
use crate::app::msg::{Effect, Msg};
use crate::app::overlay::Overlay;
use crate::app::panes::Pane;
use crate::app::state::Scrolling;
use crate::domain::{Fen, Figure, Lang, SafeText, Zone};
use crate::engine::request::{Notice, Slot};

const NARROW: (u16, u16) = (80, 24);

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
        "导入完成 orders.csv: 新增 3990, 变更 7, 拒收 3 (J)"
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

fn copied(console: &Console) -> &str {
    match console.effects.last() {
        Some(Effect::Copy(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn marked_rows_are_copied_also_from_outside_the_window() {
    let mut console = Console::new(10_000, NARROW);
    console.desk.customers[1].name = text("=HYPERLINK(1)");
    console.commit();
    console.keys("<space><space>G<space>yy");
    let rows: Vec<&str> = copied(&console)
        .lines()
        .map(|line| line.split('\t').next().unwrap())
        .collect();
    assert_eq!(rows, ["客户0", "'=HYPERLINK(1)", "客户9999"]);
    console.send(Msg::Copied(Ok("OSC 52")));
    assert!(
        console.toasts().contains("已复制 3 行 (yy)"),
        "{}",
        console.toasts()
    );
}

#[test]
fn ranges_are_marked_and_everything_under_the_filter() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("<space>jjjv");
    assert_eq!(console.app.panes.customers.list.marked.len(), 5);
    let marks = |console: &Console| console.app.panes.customers.list.marks(1_000);
    console.keys("*");
    assert_eq!(marks(&console), 1_000 - 5);
    console.keys("a");
    assert_eq!(marks(&console), 1_000);
    console.keys("<space>");
    assert_eq!(marks(&console), 999, "all but one");
    console.keys("aa");
    assert_eq!(marks(&console), 0);
}

#[test]
fn one_value_a_shell_line_and_json_are_copied() {
    let mut console = Console::new(10, NARROW);
    console.keys("yi");
    assert_eq!(copied(&console), "c0000000");
    console.keys("yc");
    assert_eq!(copied(&console), "0.05");
    console.keys("yp");
    assert_eq!(copied(&console), "138****2210");
    console.keys("/spend>500 name:\"O'Neil\"<ret>soyl");
    assert_eq!(
        copied(&console),
        "caopan list customers --period month 'spend>500 name:\"O'\\''Neil\" sort:-orders'"
    );
    console.app.workspace.path = Some("/srv/我的 店/shop.db".into());
    console.app.workspace.as_of = Some("2026-11-11 14:30".into());
    console.app.scope.org = Some(crate::domain::DeptId(3));
    console.keys("/<ctrl-u>-tag:VIP<ret>yl");
    assert_eq!(
        copied(&console),
        "caopan list customers -w '/srv/我的 店/shop.db' --period month --org 3 --as-of '2026-11-11 14:30' \
         -- '-tag:VIP sort:-orders'"
    );
    console.keys("4yl");
    assert!(
        copied(&console).starts_with("caopan kpi 7 --gmv gross -w "),
        "{}",
        copied(&console)
    );
    assert!(
        copied(&console).ends_with(" --filter='-tag:VIP'"),
        "{}",
        copied(&console)
    );
    console.keys("5yl");
    assert!(copied(&console).starts_with("caopan board --metric net-gmv -w "));
    console.keys("1yj");
    let rows: serde_json::Value = serde_json::from_str(copied(&console)).unwrap();
    assert_eq!(rows[0]["name"], "客户0");
    console.keys("ym");
    assert_eq!(copied(&console).lines().count(), 3);
    console.keys("3yn");
    assert_eq!(copied(&console), "群0");
}

#[test]
fn the_score_of_a_group_is_copied_as_the_pane_says_it() {
    let mut console = Console::new(10, NARROW);
    console.keys("3");
    let page = console.app.panes.groups.page.value.as_mut().unwrap();
    for row in &mut page.rows {
        row.score = Some(48.896);
    }
    console.keys("yc");
    assert_eq!(copied(&console), "48.8", "rounded down as its band is");
    console.keys("ym");
    assert!(
        copied(&console).contains("| 48.8 |"),
        "{}",
        copied(&console)
    );
}

#[test]
fn a_copied_table_has_the_headings_of_the_pane_in_the_language_of_the_console() {
    let heading = |keys: &str, lang: Lang| {
        let mut console = Console::new(10, NARROW);
        console.app.look.lang = lang;
        console.keys(keys).keys("ym");
        copied(&console).lines().next().unwrap().to_owned()
    };
    assert_eq!(
        heading("1", Lang::Zh),
        "| 姓名 | 流失等级 | 手机 | 标签 | 阶段 | 累计消费 | 单数 | 购买 | 联系 | 顾问 | RFM |"
    );
    assert_eq!(heading("2j", Lang::Zh), "| 标签 | 客户数 | 命中 |");
    assert_eq!(
        heading("3", Lang::Zh),
        "| 群名 | 群主 | 人数 | 上限 | 7日进 | 7日退 | 健康 |"
    );
    assert_eq!(heading("4", Lang::Zh), "| 活动 / 指标 | 实际 | 目标 |");
    assert_eq!(
        heading("5mo", Lang::Zh),
        "| 名 | 顾问 | 部门 | 支付单数 | 单数 | 新增 | 目标 | 达成 |"
    );
    assert!(heading("5mo", Lang::En).contains("| paid orders |"));
    // Programs read the same keys in every language.
    let mut console = Console::new(10, NARROW);
    console.keys("3yj");
    let rows: serde_json::Value = serde_json::from_str(copied(&console)).unwrap();
    assert!(rows[0].get("joined_7d").is_some(), "{rows}");
}

#[test]
fn a_node_without_a_name_of_its_own_is_copied_by_the_name_of_its_metric() {
    let mut console = Console::new(10, NARROW);
    console.keys("4jyn");
    let (name, code) = (
        copied(&console).to_owned(),
        console.app.panes.kpi.node().unwrap().code,
    );
    assert_eq!(
        name,
        crate::domain::metric::find(code).unwrap().name(Lang::Zh)
    );
}

#[test]
fn the_cursor_finds_its_place_when_the_rows_went_while_a_filter_was_typed() {
    let mut console = Console::new(500, NARROW);
    console.keys("Gk/<").commit();
    console.desk = super::desk::Desk::new(0);
    console.commit();
    console.keys("<esc>");
    let list = &console.app.panes.customers.list;
    assert_eq!((list.index, list.cursor.as_ref()), (0, None));
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
