//! The filter line and text in lists.

use super::console::Console;
use crate::app::msg::{Effect, Msg};
use crate::app::overlay::{FilterEdit, Overlay};
use crate::app::panes::Pane;
use crate::engine::request::Slot;
use crate::filter::print;

const NARROW: (u16, u16) = (80, 24);

fn line(console: &Console) -> &FilterEdit {
    match console.app.overlays.last() {
        Some(Overlay::Filter(edit)) => edit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_filter_is_counted_while_it_is_typed_and_kept_by_enter() {
    let mut console = Console::new(100, NARROW);
    console.keys("/张三");
    assert_eq!(line(&console).hits, Some(100));
    assert!(console.slots().contains(&Slot::Customers));
    assert_eq!(console.filter(), "", "the scope waits for Enter");
    console.keys("<ret>");
    assert_eq!(console.filter(), "张三");
    assert_eq!(console.app.filter_history, ["张三"]);
    assert!(console.slots().contains(&Slot::Customers));
    assert!(console.effects.contains(&Effect::Save));
}

#[test]
fn rows_and_counts_follow_every_character_and_the_figures_when_the_typing_rests() {
    let mut console = Console::new(100, (200, 60));
    console.keys("/");
    console.slots();
    console.keys("张");
    assert_eq!(console.slots(), [Slot::Customers, Slot::Tags]);
    console.wait(100);
    console.keys("三");
    assert_eq!(console.slots(), [Slot::Customers, Slot::Tags]);
    assert!(
        console.app.behind_since().is_some(),
        "they say that they are behind"
    );
    console.wait(100);
    assert_eq!(console.slots(), [], "the typing has not rested since");
    console.wait(20);
    assert_eq!(console.slots(), [Slot::Groups, Slot::Kpi, Slot::Board]);
    assert_eq!(console.app.behind_since(), None);
    let filter = |console: &Console| {
        let board = console.app.panes.board.page.value.as_ref();
        board.map(|page| page.stamp.filter.clone())
    };
    assert_eq!(filter(&console).as_deref(), Some("张三"));
    console.keys("丰<esc>");
    assert_eq!(filter(&console).as_deref(), Some(""), "back at once");
}

#[test]
fn the_rows_follow_the_typing_and_esc_brings_the_old_ones_back_with_their_cursor() {
    let mut console = Console::new(100, NARROW);
    console.keys("jjj");
    let before = console.app.panes.customers.list.clone();
    let pool = console.app.panes.customers.page.value.clone().unwrap().hits;
    console.keys("/spend>500");
    let typed = console.app.panes.customers.page.value.clone().unwrap();
    assert_eq!(typed.stamp.filter, "spend>500");
    assert_eq!(console.app.panes.customers.list.index, 0);
    console.keys("x<esc>");
    let after = console.app.panes.customers.page.value.clone().unwrap();
    assert_eq!((after.hits, after.stamp.filter.as_str()), (pool, ""));
    assert_eq!(console.app.panes.customers.list, before);
}

#[test]
fn after_enter_the_cursor_stands_on_the_first_row_found() {
    let mut console = Console::new(100, NARROW);
    console.keys("jjj/spend>500<ret>");
    let customers = &console.app.panes.customers;
    let first = customers
        .page
        .value
        .as_ref()
        .unwrap()
        .rows
        .first()
        .map(|row| row.id.clone());
    assert!(first.is_some());
    assert_eq!(customers.list.cursor, first);
    console.keys("[");
    assert_eq!(console.app.panes.customers.list.index, 3);
}

#[test]
fn an_error_shows_its_column_keeps_the_last_filter_and_does_not_close() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>/");
    assert_eq!(line(&console).line.text(), "消费>500 ");
    console.keys("last<30t<ret>");
    let (column, words) = line(&console).line.error.clone().unwrap();
    assert!((7..=15).contains(&column), "{column}: {words}");
    assert!(!words.is_empty());
    assert_eq!(console.filter(), "spend>500");
    console.keys("<backspace>d<ret>");
    assert_eq!(console.filter(), "spend>500 last<30d");
}

#[test]
fn esc_leaves_the_filter_as_it_was() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>/owner:何敏<esc>");
    assert_eq!(console.filter(), "spend>500");
    console.keys("\\");
    assert_eq!(console.filter(), "");
    console.keys("[");
    assert_eq!(console.filter(), "spend>500");
}

#[test]
fn esc_with_nothing_open_leaves_the_filter_alone() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>\\<esc><esc>");
    assert_eq!(console.filter(), "");
    console.keys("[");
    assert_eq!(console.filter(), "spend>500");
    console.keys("<esc>");
    assert_eq!(console.filter(), "spend>500");
    // Out of a drill-in it goes back, whatever was typed inside.
    console.keys("2jj<ret>/<ctrl-u>orders>=2<ret><esc>");
    assert_eq!(console.filter(), "spend>500");
}

#[test]
fn up_walks_the_filters_typed_before() {
    let mut console = Console::new(100, NARROW);
    console.keys("/aa<ret>\\/bb<ret>\\/<up>");
    assert_eq!(line(&console).line.text(), "bb");
    console.keys("<up><up>");
    assert_eq!(line(&console).line.text(), "aa");
    console.keys("<down><down>");
    assert_eq!(line(&console).line.text(), "");
}

#[test]
fn tab_takes_a_completion() {
    let mut console = Console::new(100, (160, 60));
    console.keys("/tag:标签1<tab>");
    assert!(
        line(&console).line.text().starts_with("tag:标签1"),
        "{}",
        line(&console).line.text()
    );
    assert!(line(&console).line.text().chars().count() > "tag:标签1".chars().count());
}

#[test]
fn view_options_in_a_filter_go_to_the_list() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500 sort:-orders<ret>");
    assert_eq!(console.filter(), "spend>500");
    assert_eq!(console.app.panes.customers.sort.len(), 1);
}

#[test]
fn chinese_text_in_a_list_opens_the_filter_and_says_so_once() {
    let mut console = Console::new(100, NARROW);
    console.send(Msg::Paste("张三".to_owned()));
    assert_eq!(line(&console).line.text(), "张三");
    assert!(console.toasts().contains("检测到中文输入"));
    console.keys("<esc>");
    console.wait(10_000);
    console.keys("李");
    assert_eq!(line(&console).line.text(), "李");
    assert_eq!(console.toasts(), "");
}

#[test]
fn in_the_group_pane_the_filter_is_over_groups() {
    let mut console = Console::new(100, NARROW);
    console.keys("3/health<45<ret>");
    assert_eq!(print(&console.app.panes.groups.filter), "health<45");
    assert_eq!(console.filter(), "");
    console.keys("[");
    assert_eq!(print(&console.app.panes.groups.filter), "");
    assert_eq!(console.app.focus, Pane::Groups);
}

#[test]
fn what_was_said_goes_with_the_next_act_and_stays_while_the_cursor_moves() {
    let mut console = Console::new(500, NARROW);
    console.keys("a/city:上海<ret>");
    assert!(
        console.toasts().contains("全选已取消"),
        "{}",
        console.toasts()
    );
    console.keys("j");
    assert!(
        console.toasts().contains("全选已取消"),
        "a receipt is read while rows move"
    );
    console.keys("a");
    assert_eq!(console.toasts(), "", "everything is marked again");
    assert!(console.app.panes.customers.list.all);
    console.keys("/city:北京<ret>");
    assert!(console.toasts().contains("全选已取消"));
    console.app.dirty = false;
    console.keys("p");
    assert_eq!(console.toasts(), "");
    assert!(console.app.dirty);
    console.keys("p<esc>");
    console.keys("<esc><esc><esc>");
    assert!(
        console.toasts().contains("已在最外层"),
        "{}",
        console.toasts()
    );
    console.keys("s");
    assert_eq!(console.toasts(), "", "so does the first key of several");
}
