//! Saved views: what they keep, and that nothing is lost without a question.

use super::NARROW;
use super::console::Console;
use crate::app::msg::{Effect, Msg};
use crate::app::overlay::Overlay;
use crate::app::panes::Pane;
use crate::config::state::KeptView;

#[test]
fn a_saved_view_opens_what_was_on_screen() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>w<ctrl-u>大 客<ret>\\2");
    assert_eq!(console.app.views.len(), 1);
    assert_eq!(console.app.views[0].name, "大-客");
    console.keys("o<ret>");
    assert_eq!(
        (console.app.focus, console.filter().as_str()),
        (Pane::Customers, "spend>500")
    );
    console.keys("[");
    assert_eq!(
        (console.app.focus, console.filter().as_str()),
        (Pane::Tags, "")
    );
    console.keys("ox<esc><esc>");
    assert_eq!(console.app.views.len(), 1, "it is asked first");
    console.keys("oxy");
    assert_eq!(console.app.views, []);
    assert!(console.app.overlays.is_empty());
}

#[test]
fn a_saved_view_is_replaced_only_after_it_was_asked() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>w<ctrl-u>大客<ret>\\");
    let saved = console.app.views.clone();
    // The same again is no question.
    console.keys("/spend>500<ret>w<ctrl-u>大客<ret>");
    assert_eq!(console.app.views, saved);
    assert!(console.app.overlays.is_empty());
    console.keys("/<ctrl-u>spend>900<ret>w<ctrl-u>大客<ret>");
    let Some(Overlay::Question(words, _)) = console.app.overlays.last() else {
        panic!("{:?}", console.app.overlays);
    };
    assert_eq!(words, "已有视图 大客 (客户 消费>500 本月), 换成现在的样子?");
    console.keys("n");
    assert_eq!(console.app.views, saved);
    // No leads back to the name, another one is free.
    console.keys("<ctrl-u>大客2<ret>");
    let names = |console: &Console| -> Vec<String> {
        let views = console.app.views.iter();
        views
            .map(|view| format!("{} {}", view.name, view.filter))
            .collect()
    };
    assert_eq!(names(&console), ["大客 spend>500", "大客2 spend>900"]);
    console.keys(":view save 大客<ret>y");
    assert_eq!(names(&console), ["大客2 spend>900", "大客 spend>900"]);
    assert!(console.app.overlays.is_empty());
    console.keys(":view rm 大客<ret>n");
    assert_eq!(console.app.views.len(), 2);
    console.keys(":view rm 大客<ret>y");
    assert_eq!(names(&console), ["大客2 spend>900"]);
}

#[test]
fn a_view_brings_its_columns_back_and_is_offered_in_the_words_of_the_interface() {
    let mut console = Console::new(100, NARROW);
    console.keys(":cols city,spend<ret>w");
    let Some(Overlay::SaveView(line)) = console.app.overlays.last() else {
        panic!("{:?}", console.app.overlays);
    };
    assert_eq!(line.text(), "客户 本月");
    console.keys("<ret>");
    let chosen = console.app.panes.customers.columns.clone();
    assert_eq!(chosen.len(), 3);
    console.keys("o<ret>,u<esc>");
    assert_eq!(console.app.panes.customers.columns, []);
    let mut kept = console.app.kept();
    console.keys("o<ret>");
    assert_eq!(console.app.panes.customers.columns, chosen);
    // One saved before views had columns leaves them as they are.
    kept.views[0].columns = None;
    console.app.restore_kept(&kept);
    console.keys(":cols orders<ret>");
    let now = console.app.panes.customers.columns.clone();
    console.keys("o<ret>");
    assert_eq!(console.app.panes.customers.columns, now);
}

#[test]
fn what_another_console_saved_is_listed_here_too() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>w<ctrl-u>大客<ret>");
    console.effects.clear();
    console.keys("o");
    assert!(console.effects.contains(&Effect::Save), "asks the file");
    let was = console.app.kept().views;
    let mut now = was.clone();
    now.insert(
        0,
        KeptView {
            name: "老客".to_owned(),
            ..KeptView::default()
        },
    );
    let names = |console: &Console| -> Vec<String> {
        let views = console.app.views.iter();
        views.map(|view| view.name.clone()).collect()
    };
    // It was computed from what is not any more: the next saying counts.
    console.send(Msg::Views(Vec::new(), Vec::new()));
    assert_eq!(names(&console), ["大客"]);
    console.send(Msg::Views(was, now.clone()));
    assert_eq!(names(&console), ["老客", "大客"]);
    // The cursor of the open list stays on its view, and the list goes when the last one does.
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::Views(1))
    ));
    console.send(Msg::Views(now, Vec::new()));
    assert!(names(&console).is_empty() && console.app.overlays.is_empty());
}
