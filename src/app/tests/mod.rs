//! The console as it is used: keys in, state and effects out.

mod console;
mod deeds;
mod desk;
mod finding;
mod late;
mod linked;
mod live;
mod looks;
mod news;
mod said;
mod typing;
mod unseen;
mod views;
mod walk;

use super::msg::{Effect, Msg};
use super::overlay::Overlay;
use super::panes::Pane;
use super::state::Layout;
use crate::domain::Lang;
use crate::engine::request::Slot;
use crate::filter::Field;
use console::Console;

const NARROW: (u16, u16) = (80, 24);

#[test]
fn the_first_message_asks_for_what_is_on_screen() {
    let mut console = Console::new(100, NARROW);
    assert_eq!(console.under(), "c0000000");
    console.keys("r");
    assert_eq!(console.slots(), [Slot::Customers, Slot::Sources]);
    let mut wide = Console::new(100, (200, 60));
    wide.keys("r");
    assert_eq!(
        wide.slots(),
        [
            Slot::Customers,
            Slot::Tags,
            Slot::Groups,
            Slot::Kpi,
            Slot::Board,
            Slot::Detail,
            Slot::Sources
        ]
    );
}

#[test]
fn moves_inside_the_window_ask_nothing() {
    let mut console = Console::new(1_000_000, NARROW);
    console.keys("jjjjj<ctrl-d>k");
    assert_eq!(console.under(), "c0000013");
    assert_eq!(console.slots(), []);
}

#[test]
fn the_millionth_row_is_as_near_as_the_first() {
    let mut console = Console::new(1_000_000, NARROW);
    console.keys("G");
    assert_eq!(console.under(), "c0999999");
    assert_eq!(console.slots(), [Slot::Customers]);
    console.keys("kk");
    assert_eq!(console.under(), "c0999997");
    console.keys("gg");
    assert_eq!(console.under(), "c0000000");
    for _ in 0..100 {
        console.keys("<pagedown>");
    }
    assert_eq!(console.under(), "c0001800");
    let top = console.app.panes.customers.list.top;
    assert!((1_783..=1_800).contains(&top), "{top}");
    assert!(console.asked.len() < 110, "{}", console.asked.len());
}

#[test]
fn a_row_not_yet_loaded_gets_its_name_when_the_answer_comes() {
    let mut console = Console::new(10_000, NARROW);
    console.hold = true;
    console.keys("G");
    assert_eq!(console.under(), "");
    assert_eq!(console.app.panes.customers.list.index, 9_999);
    console.commit();
    assert_eq!(console.under(), "c0009999");
}

#[test]
fn sorting_goes_to_the_top_and_the_same_key_reverses() {
    let mut console = Console::new(500, NARROW);
    console.keys("jjjso");
    let sort = |console: &Console| -> Vec<(Field, bool)> {
        let sort = &console.app.panes.customers.sort;
        sort.iter().map(|key| (key.field, key.descending)).collect()
    };
    assert_eq!(sort(&console), [(Field::Orders, true)]);
    assert_eq!(console.under(), "c0000000");
    console.keys("so");
    assert_eq!(sort(&console), [(Field::Orders, false)]);
    console.keys("s+n");
    assert_eq!(
        sort(&console),
        [(Field::Orders, false), (Field::Name, false)]
    );
    console.keys("ss");
    assert_eq!(
        sort(&console),
        [(Field::Orders, true), (Field::Name, false)]
    );
    console.keys("su");
    assert_eq!(sort(&console), []);
    console.keys("sv");
    assert_eq!(
        sort(&console),
        [(Field::ValueAtRisk, false), (Field::Spend, true)],
        "the default order is value at risk, so its key reverses"
    );
    console.keys("su").keys("sm");
    assert_eq!(sort(&console), [(Field::Spend, true)]);
}

#[test]
fn a_prefix_waits_shows_its_popup_and_is_dropped_by_esc() {
    let mut console = Console::new(10, NARROW);
    console.keys("s");
    assert_eq!(console.app.next_deadline(), Some(1_300));
    assert!(!console.app.popup_open(console.now));
    console.app.dirty = false;
    console.wait(300);
    assert!(console.app.popup_open(console.now) && console.app.dirty);
    assert!(
        console.app.next_deadline() > Some(1_300),
        "a served moment is over"
    );
    console.keys("<esc>");
    assert_eq!(console.app.prefix, None);
    console.keys("sx");
    assert_eq!(console.app.prefix, None);
}

#[test]
fn full_width_keys_count_as_their_ascii_twins() {
    let mut console = Console::new(10, NARROW);
    console.keys("：");
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::CommandLine(_))
    ));
    console.keys("<esc>、");
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::Filter(_))
    ));
    console.keys("<esc>２");
    assert_eq!(console.app.focus, Pane::Tags);
}

#[test]
fn boxes_turn_with_tab_and_panes_with_digits() {
    let mut console = Console::new(10, (120, 40));
    console.keys("<tab>");
    assert_eq!(console.app.focus, Pane::Board);
    console.keys("<tab>");
    assert_eq!(console.app.focus, Pane::Tags);
    console.keys("<shift-tab><shift-tab>");
    assert_eq!(console.app.focus, Pane::Customers);
    console.keys("4");
    assert_eq!(
        console.app.shown().panes,
        [Pane::Kpi, Pane::Groups, Pane::Board]
    );
    console.keys("z");
    assert_eq!(console.app.shown().panes, [Pane::Kpi]);
    console.keys("<esc>L");
    assert_eq!(console.app.layout, Layout::One);
}

#[test]
fn q_closes_the_top_thing_and_leaves_at_the_root() {
    let mut console = Console::new(10, NARROW);
    console.keys("<ret>q");
    assert!(console.app.overlays.is_empty());
    assert_eq!(console.effects, []);
    console.keys("q");
    assert_eq!(console.effects, [Effect::Save, Effect::Quit]);
}

#[test]
fn ctrl_c_leaves_a_field_and_twice_the_console() {
    let mut console = Console::new(10, NARROW);
    console.keys("/abc<ctrl-c>");
    assert!(console.app.overlays.is_empty());
    console.keys("<ctrl-c>");
    assert_eq!(console.effects, []);
    console.wait(3_000);
    console.keys("<ctrl-c>");
    assert_eq!(console.effects, []);
    console.keys("<ctrl-c>");
    assert_eq!(console.effects, [Effect::Save, Effect::Quit]);
}

#[test]
fn the_command_line_knows_its_words_and_names_the_nearest() {
    let mut console = Console::new(10, NARROW);
    console.keys(":go board<ret>");
    assert_eq!(console.app.focus, Pane::Board);
    console.keys(":lang en<ret>:theme dark<ret>");
    assert_eq!(
        (console.app.look.lang, console.app.look.theme.as_str()),
        (Lang::En, "dark")
    );
    console.keys(":layout 1<ret>:period last-week<ret>:view.pause<ret>");
    assert_eq!(console.app.scope.period.to_string(), "last-week");
    assert!(console.app.freeze.is_some());
    console.keys(":fliter<ret>");
    match console.app.overlays.last() {
        Some(Overlay::CommandLine(line)) => {
            let (_, why) = line.error.clone().unwrap();
            assert!(why.contains("filter"), "{why}");
            assert_eq!(line.text(), "fliter");
        }
        other => panic!("{other:?}"),
    }
    console.keys("<ctrl-u>sort -orders<ret>:q<ret>");
    assert_eq!(console.effects.last(), Some(&Effect::Quit));
}

#[test]
fn the_palette_finds_by_chinese_pinyin_and_english_and_teaches_the_key() {
    for typed in ["投屏", "touping", "tp", "projector"] {
        let mut console = Console::new(10, NARROW);
        console.keys("<ctrl-p>").keys(typed);
        match console.app.overlays.last() {
            Some(Overlay::Palette(state)) => {
                assert!(
                    state.rows.contains(&crate::app::overlay::Sought::Command(
                        super::Command::Projector
                    )),
                    "{typed}: {:?}",
                    state.rows
                );
            }
            other => panic!("{other:?}"),
        }
    }
    let mut console = Console::new(10, NARROW);
    console.keys("<ctrl-p>view.zoom<ret>");
    assert!(console.app.zoom);
    assert!(console.toasts().contains("(z)"), "{}", console.toasts());
}

#[test]
fn a_click_puts_the_cursor_on_the_row() {
    let mut console = Console::new(100, (120, 40));
    let hits = super::hits::Hits {
        lists: vec![
            (Pane::Customers, (20, 5, 60, 30)),
            (Pane::Board, (90, 10, 30, 20)),
        ],
        ..Default::default()
    };
    console.send(Msg::Drawn(hits));
    console.send(Msg::Click(25, 9));
    assert_eq!(console.under(), "c0000004");
    console.send(Msg::Click(91, 12));
    assert_eq!(console.app.focus, Pane::Board);
    assert_eq!(console.app.panes.board.list.index, 2);
    console.send(Msg::Scroll(3));
    assert_eq!(console.app.panes.board.list.index, 5);
}
