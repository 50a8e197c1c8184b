//! Exports, edits and undo: asked where it matters, sent once, and said in words.

mod names;

use super::console::Console;
use super::*;
use crate::app::deed::{Came, Chosen, Deed, Edit, Editing, Export, Rows};
use crate::domain::SafeText;
use crate::engine::request::{FileTrouble, Notice, Trouble};
use crate::filter::Expr;

/// Deeds sent since the last look.
fn deeds(console: &mut Console) -> Vec<Deed> {
    std::mem::take(&mut console.effects)
        .into_iter()
        .filter_map(|effect| match effect {
            // The names a field chooses from are no deed to anybody.
            Effect::Do(Deed::Names(_)) => None,
            Effect::Do(deed) => Some(deed),
            _ => None,
        })
        .collect()
}

#[track_caller]
fn export(console: &mut Console) -> Export {
    match deeds(console).as_slice() {
        [Deed::Export(export)] => (**export).clone(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn edit(console: &mut Console) -> Edit {
    match deeds(console).as_slice() {
        [Deed::Edit(edit)] => (**edit).clone(),
        other => panic!("{other:?}"),
    }
}

fn asks(console: &Console) -> Option<&str> {
    match console.app.overlays.last() {
        Some(Overlay::Question(words, _)) => Some(words),
        _ => None,
    }
}

#[test]
fn an_export_is_of_all_rows_and_has_a_name_already() {
    let mut console = Console::new(5_000, NARROW);
    console.keys("Ec<ret>");
    let sent = export(&mut console);
    // 1,000,020 s after the epoch is the 12th of January in Shanghai.
    assert_eq!(sent.file, "客户-1970-01-12.csv");
    assert!(!sent.unmask && !sent.replaces);
    assert!(
        matches!(&sent.rows, Rows::Customers(_, Chosen::AllBut(none)) if none.is_empty()),
        "{:?}",
        sent.rows
    );
    console.keys("<space><space>Ex<ret>");
    let Rows::Customers(_, Chosen::These(ids)) = export(&mut console).rows else {
        panic!("the marked ones")
    };
    assert_eq!(ids.len(), 2);
    console.keys("5Em<ret>");
    let sent = export(&mut console);
    assert!(matches!(sent.rows, Rows::Board(_)));
    assert_eq!(sent.file, "销售榜-1970-01-12.md");
}

/// Whoever was marked under another filter may not be on screen: they are named as such, exported, and asked about.
#[test]
fn people_marked_under_another_filter_are_exported_and_asked_about() {
    let mut console = Console::new(50, NARROW);
    console.keys("<space><space>");
    assert!(!console.app.marked_elsewhere());
    console.keys("/spend>100<ret>");
    assert!(console.app.marked_elsewhere());
    console.keys("Ec<ret>");
    let sent = export(&mut console);
    assert_eq!(sent.file, "客户-选中-1970-01-12.csv");
    assert_eq!(sent.scope.filter.expr, Expr::All, "wherever they are");
    assert!(matches!(&sent.rows, Rows::Customers(_, Chosen::These(ids)) if ids.len() == 2));
    console.keys("esvip<ret>");
    assert!(
        asks(&console).is_some_and(|words| words.contains("别的筛选")),
        "{:?}",
        asks(&console)
    );
    console.keys("y");
    assert!(matches!(&edit(&mut console).chosen, Chosen::These(ids) if ids.len() == 2));
    // One more under this filter: some of them still are of the other.
    console.keys("<space>");
    assert!(console.app.marked_elsewhere());
    console.keys("a");
    assert!(
        !console.app.marked_elsewhere(),
        "all of this filter, and nobody else"
    );
}

#[test]
fn people_marked_under_another_filter_stay_so_when_the_marks_are_turned_round_twice() {
    let mut console = Console::new(50, NARROW);
    console.keys("<space>/spend>100<ret>*");
    assert!(
        !console.app.marked_elsewhere(),
        "all of this filter but those"
    );
    console.keys("*");
    assert!(console.app.marked_elsewhere());
}

#[test]
fn a_groups_title_in_the_filter_is_never_a_path() {
    let mut console = Console::new(50, NARROW);
    console.keys("/name:../../x<ret>Ej<ret>");
    assert_eq!(export(&mut console).file, "客户-姓名-x-1970-01-12.jsonl");
}

#[test]
fn whole_phones_are_asked_for_and_refused_where_names_are_masked() {
    let mut console = Console::new(50, NARROW);
    console.keys("Eu<ret>");
    assert!(asks(&console).is_some_and(|words| words.contains("完整手机号")));
    console.keys("n");
    assert!(deeds(&mut console).is_empty());
    console.keys("Eu<ret>y");
    assert!(export(&mut console).unmask);
    console.keys("M");
    console.keys("Eu");
    assert!(console.toasts().contains("脱敏中"), "{}", console.toasts());
    assert!(console.app.overlays.is_empty() && deeds(&mut console).is_empty());
}

#[test]
fn nothing_is_written_read_only_or_in_the_projector() {
    let mut console = Console::new(50, NARROW);
    console.app.workspace.read_only = true;
    for keys in ["Eu", "et", "eT", "es", "U", "<ctrl-r>"] {
        console.keys(keys);
        assert!(console.app.overlays.is_empty(), "{keys}");
        assert!(console.toasts().contains("工作区只读"), "{keys}");
    }
    assert!(deeds(&mut console).is_empty());
    console.app.workspace.read_only = false;
    console.keys("P");
    for keys in ["Ec", "Eu", "et", "U", "<ctrl-r>"] {
        console.keys(keys);
    }
    assert!(console.app.overlays.is_empty() && deeds(&mut console).is_empty());
}

/// The path means another file by now: nothing is written to it or exported from it, and what is wrong stays said.
#[test]
fn nothing_is_done_with_another_file_than_the_one_on_screen() {
    let mut console = Console::new(50, NARROW);
    let replaced = Trouble::File(FileTrouble::Replaced);
    console.send(Msg::Notice(Notice::Trouble(replaced)));
    for keys in ["et", "eT", "es", "eo", "U", "<ctrl-r>", "Ec", "Ex", "Eu"] {
        console.keys(keys);
        assert!(console.app.overlays.is_empty(), "{keys}");
        assert!(console.toasts().contains("请重新启动"), "{keys}");
    }
    // What is typed on after a field that did not open is no filter.
    console.send(Msg::Paste("礼赠".to_owned()));
    assert!(console.app.overlays.is_empty());
    assert!(deeds(&mut console).is_empty());
    console.wait(10_000);
    console.keys("r");
    assert_eq!(console.toasts(), "", "the warning is not covered");
    console.send(Msg::Notice(Notice::Recovered));
    console.keys("Ec<ret>");
    assert_eq!(deeds(&mut console).len(), 1);
}

#[test]
fn a_file_that_is_there_is_replaced_only_on_yes() {
    let mut console = Console::new(50, NARROW);
    console.keys("Ec<ret>");
    let sent = export(&mut console);
    console.send(Msg::Came(Came::Exists(Box::new(sent.clone()))));
    assert!(asks(&console).is_some_and(|words| words.contains("覆盖")));
    console.keys("y");
    assert_eq!(
        export(&mut console),
        Export {
            replaces: true,
            ..sent
        }
    );
    console.send(Msg::Came(Came::Exported(
        50,
        false,
        SafeText::new("/x/客户.csv"),
    )));
    assert!(
        console
            .toasts()
            .contains("已导出 50 行 (已脱敏): /x/客户.csv"),
        "{}",
        console.toasts()
    );
}

#[test]
fn one_customer_is_tagged_at_once_and_many_are_asked() {
    let mut console = Console::new(5_000, NARROW);
    console.keys("jetVIP<ret>");
    let sent = edit(&mut console);
    assert_eq!((sent.editing, &*sent.name), (Editing::Tag, "VIP"));
    assert_eq!(sent.chosen, Chosen::These(vec!["c0000001".into()]));
    assert_eq!(sent.seen, Some(1), "the state on screen");
    console.keys("a<space>eTVIP<ret>");
    assert_eq!(asks(&console), Some("去掉 4,999 位客户的标签 VIP?"));
    assert!(deeds(&mut console).is_empty());
    console.keys("y");
    let sent = edit(&mut console);
    assert_eq!(sent.editing, Editing::Untag);
    assert_eq!(sent.chosen, Chosen::AllBut(vec!["c0000001".into()]));
}

#[test]
fn what_others_did_while_the_question_stood_is_later_than_what_was_looked_at() {
    let mut console = Console::new(50, NARROW);
    console.keys("et").commit();
    console.keys("VIP<ret>");
    assert_eq!(edit(&mut console).seen, Some(1));
    console.keys("etVIP<ret>");
    assert_eq!(edit(&mut console).seen, Some(2), "asked after it");
}

#[test]
fn marking_all_is_about_the_filter_it_was_said_under() {
    let mut console = Console::new(5_000, NARROW);
    console.keys("a");
    assert!(console.app.panes.customers.list.all);
    console.keys("so");
    assert!(
        console.app.panes.customers.list.all,
        "another order, the same people"
    );
    console.keys("/客户1<ret>");
    assert!(!console.app.panes.customers.list.all);
    assert!(
        console.toasts().contains("全选已取消"),
        "{}",
        console.toasts()
    );
}

#[test]
fn the_second_of_two_people_is_asked() {
    let mut console = Console::new(50, NARROW);
    console.keys("es新客<ret>");
    let sent = edit(&mut console);
    console.send(Msg::Came(Came::Changed(Box::new(sent), 1)));
    assert!(asks(&console).is_some_and(|words| words.contains("被别人改过")));
    console.keys("y");
    assert_eq!(edit(&mut console).seen, None, "meant, whatever they did");
}

#[test]
fn undo_and_redo_are_one_key_each_and_name_what_they_did() {
    let mut console = Console::new(50, NARROW);
    console.keys("U<ctrl-r>");
    assert_eq!(deeds(&mut console), [Deed::Undo, Deed::Redo]);
    console.send(Msg::Came(Came::Undone {
        name: SafeText::new("VIP"),
        customers: Some(12),
        again: false,
    }));
    assert!(
        console.toasts().contains("已撤销 VIP: 12 人 (Ctrl-R 重做)"),
        "{}",
        console.toasts()
    );
    console.send(Msg::Came(Came::Undone {
        name: SafeText::new("目标 gmv"),
        customers: None,
        again: false,
    }));
    assert!(
        console.toasts().contains("已撤销 目标 gmv (Ctrl-R 重做)"),
        "{}",
        console.toasts()
    );
    console.app.look.lang = Lang::En;
    console.send(Msg::Came(Came::NotUndone(
        3,
        vec![SafeText::new("wm1: gone")],
    )));
    assert!(
        console
            .toasts()
            .ends_with("Not taken back, 3 things were changed since; for acts before it: caopan journal, caopan undo LINE (wm1: gone)"),
        "{}",
        console.toasts()
    );
    let why = vec![SafeText::new("wm1: gone")];
    console.send(Msg::Came(Came::NotRedone(1, why)));
    let said = "Not done again, 1 things were changed since (wm1: gone)";
    assert!(console.toasts().ends_with(said), "{}", console.toasts());
    console.app.look.lang = Lang::Zh;
    console.send(Msg::Came(Came::NothingToRedo));
    assert!(console.toasts().ends_with("没有可重做的操作"));
}
