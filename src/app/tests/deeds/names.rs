//! Names that an edit chooses from: completed, refused, made.

use super::super::console::Console;
use super::super::*;
use super::{asks, deeds, edit};
use crate::app::deed::{Came, Chosen, Deed, Editing};
use crate::domain::SafeText;

#[test]
fn tags_are_completed_from_what_is_known() {
    let mut console = Console::new(50, (200, 60));
    console.keys("1es<down><ret>");
    assert_eq!(edit(&mut console).name, "新客", "the one chosen");
    console.keys("es新<tab><ret>");
    assert_eq!(edit(&mut console).name, "新客");
    console.keys("es<esc>");
    assert!(deeds(&mut console).is_empty());
}

fn names_come(console: &mut Console, editing: Editing, names: &[&str]) {
    let names = names.iter().map(|name| SafeText::new(name)).collect();
    console.send(Msg::Came(Came::Names(editing, names)));
}

#[test]
fn enter_takes_the_name_that_is_chosen_on_screen() {
    let mut console = Console::new(50, NARROW);
    console.keys("et");
    let asked = console.effects.iter().any(|effect| match effect {
        Effect::Do(Deed::Names(edit)) => edit.editing == Editing::Tag,
        _ => false,
    });
    assert!(asked, "all names are asked for");
    names_come(
        &mut console,
        Editing::Tag,
        &["大客户", "敏感肌", "敏感肌客户"],
    );
    console.keys("<down><down><ret>");
    assert_eq!(edit(&mut console).name, "敏感肌");
    console.keys("et");
    names_come(&mut console, Editing::Tag, &["大客户", "敏感肌"]);
    console.keys("敏感<ret>");
    assert_eq!(edit(&mut console).name, "敏感肌", "the only one left");
    console.keys("et");
    names_come(&mut console, Editing::Tag, &["敏感肌客户", "敏感肌"]);
    console.keys("敏感肌<ret>");
    assert_eq!(edit(&mut console).name, "敏感肌", "exactly that name");
    console.keys("eo");
    names_come(&mut console, Editing::Owner, &["周倩", "林涛"]);
    console.keys("lt<ret>");
    assert_eq!(edit(&mut console).name, "林涛");
    console.keys("es新客<ret>");
    assert_eq!(
        edit(&mut console).name,
        "新客",
        "before the names have come"
    );
}

/// A slip must not write: of an empty field Enter takes nothing, until an arrow or Tab has chosen.
#[test]
fn an_empty_field_takes_no_name() {
    let mut console = Console::new(50, NARROW);
    for (keys, editing) in [
        ("et", Editing::Tag),
        ("eT", Editing::Untag),
        ("es", Editing::Stage),
        ("eo", Editing::Owner),
    ] {
        console.keys(keys).keys("<ret>");
        names_come(&mut console, editing, &["大客户", "敏感肌"]);
        console.keys("<ret><space><ret>");
        assert!(deeds(&mut console).is_empty(), "{keys}");
        let Some(Overlay::Prompt(field)) = console.app.overlays.last() else {
            panic!("{keys}: the field stays")
        };
        assert!(field.line.error.is_some(), "{keys}: says what to do");
        console.keys("<backspace>大<backspace><ret>");
        assert!(deeds(&mut console).is_empty(), "{keys}: emptied again");
        console.keys("<up><ret>");
        assert_eq!(edit(&mut console).name, "敏感肌", "{keys}: the last row");
    }
    console.keys("et");
    names_come(&mut console, Editing::Tag, &["大客户", "敏感肌"]);
    console.keys("<tab><ret>");
    assert_eq!(edit(&mut console).name, "大客户");
}

/// Whose names are asked for: of the customers the edit is about.
#[test]
fn the_names_asked_for_are_of_the_customers_that_are_marked() {
    let mut console = Console::new(50, NARROW);
    console.keys("<space><space>eT");
    let asked = console.effects.iter().find_map(|effect| match effect {
        Effect::Do(Deed::Names(edit)) => Some(edit.clone()),
        _ => None,
    });
    let ids = vec!["c0000000".into(), "c0000001".into()];
    assert_eq!(asked.expect("asked").chosen, Chosen::These(ids));
    let Some(Overlay::Prompt(field)) = console.app.overlays.last() else {
        panic!("a field")
    };
    assert_eq!(field.line.completions, ["VIP"], "theirs, before names come");
}

#[test]
fn the_names_that_come_leave_the_cursor_on_its_name() {
    let mut console = Console::new(50, NARROW);
    console.keys("et");
    names_come(&mut console, Editing::Tag, &["甲", "乙", "丙"]);
    console.keys("<down><down>");
    names_come(&mut console, Editing::Tag, &["新", "甲", "乙", "丙"]);
    console.keys("<ret>");
    assert_eq!(edit(&mut console).name, "乙");
}

#[test]
fn a_name_that_was_chosen_and_does_not_come_gives_its_place_to_no_other() {
    let mut console = Console::new(50, NARROW);
    console.keys("eo");
    names_come(&mut console, Editing::Owner, &["周倩", "林涛"]);
    console.keys("<down><down>");
    names_come(&mut console, Editing::Owner, &["周倩", "吴静"]);
    console.keys("<ret>");
    assert!(deeds(&mut console).is_empty(), "of an empty field nothing");
    console.keys("<down><ret>");
    assert_eq!(edit(&mut console).name, "周倩");
}

#[test]
fn the_names_that_come_leave_the_cursor_on_the_row_that_makes_a_tag() {
    let mut console = Console::new(50, NARROW);
    console.keys("et");
    names_come(&mut console, Editing::Tag, &["30天内复购"]);
    console.keys("复购<down>");
    names_come(&mut console, Editing::Tag, &["30天内复购", "复购多次"]);
    let (_, deed) = entered(&mut console);
    assert!(matches!(deed, Deed::NewTag(_)), "{deed:?}");
}

#[test]
fn a_refused_name_comes_back_with_its_reason() {
    let mut console = Console::new(50, NARROW);
    console.keys("et不存在<ret>");
    let wanted = edit(&mut console);
    assert_eq!(wanted.name, "不存在");
    let near = Some(SafeText::new("敏感肌"));
    let refused = |near| Msg::Came(Came::NoSuch(Box::new(wanted.clone()), near));
    // Meanwhile the cursor goes on; the name is of those for whom it was typed.
    console.keys("j");
    console.send(refused(near));
    console.wait(1_500);
    names_come(&mut console, Editing::Tag, &["敏感肌"]);
    let Some(Overlay::Prompt(field)) = console.app.overlays.last() else {
        panic!("the field stays")
    };
    assert_eq!(field.line.text(), "不存在");
    let (_, words) = field.line.error.clone().expect("says why");
    assert_eq!(words, "没有标签 不存在, 是不是 敏感肌?");
    let whom = field.whom.clone().expect("of somebody");
    assert_eq!((whom.chosen, whom.count), (wanted.chosen.clone(), 1));
    // Elsewhere by now: it waits.
    console.wait(600);
    console.keys("<esc>?");
    console.send(refused(None));
    assert!(
        !console
            .app
            .overlays
            .iter()
            .any(|o| matches!(o, Overlay::Prompt(_)))
    );
    let waits = console.app.asked_later();
    assert_eq!(waits.as_deref(), Some("没有标签 不存在"));
}

/// What Enter would do, as the footer says it, and what it does.
fn entered(console: &mut Console) -> (&'static str, Deed) {
    let hints = console.app.hints();
    let enter = hints.iter().find(|hint| hint.keys == "Enter");
    let says = enter.map_or("", |hint| hint.label);
    console.keys("<ret>");
    match deeds(console).as_slice() {
        [deed] => (says, deed.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_tag_that_is_not_there_is_made_by_the_row_that_says_so() {
    let made = |typed: &str, names: &[&str]| {
        let mut console = Console::new(50, NARROW);
        console.keys("et");
        names_come(&mut console, Editing::Tag, names);
        console.keys(typed);
        let (says, deed) = entered(&mut console);
        match deed {
            Deed::NewTag(edit) => (says, true, edit.name),
            Deed::Edit(edit) => (says, false, edit.name),
            other => panic!("{other:?}"),
        }
    };
    let new = |name: &str| ("新建标签", true, name.to_owned());
    let old = |name: &str| ("加标签", false, name.to_owned());
    // No name holds it; also where there are no tags at all.
    assert_eq!(made("回访", &["母婴"]), new("回访"));
    assert_eq!(made("回访", &[]), new("回访"));
    // It is part of another's name: that one is offered first, the new one below it.
    assert_eq!(made("复购", &["30天内复购"]), old("30天内复购"));
    assert_eq!(made("复购<down>", &["30天内复购"]), new("复购"));
    // A slip: the nearest name is one row up.
    assert_eq!(made("敏感饥", &["母婴", "敏感肌"]), new("敏感饥"));
    assert_eq!(made("敏感饥<up>", &["母婴", "敏感肌"]), old("敏感肌"));
    // The whole name of one that is there makes none.
    assert_eq!(made("母婴<down><down>", &["母婴", "母婴用品"]), old("母婴"));
}

#[test]
fn a_tag_for_many_customers_is_made_after_a_question() {
    let mut console = Console::new(600, NARROW);
    console.keys("aet");
    names_come(&mut console, Editing::Tag, &[]);
    console.keys("回访<ret>");
    assert_eq!(
        asks(&console),
        Some("新建标签 回访 (组: 自建标签), 并给 600 位客户加上?")
    );
    assert!(deeds(&mut console).is_empty());
    console.keys("y");
    assert!(matches!(deeds(&mut console).as_slice(), [Deed::NewTag(_)]));
}

#[test]
fn where_there_are_no_stages_enter_does_nothing() {
    let mut console = Console::new(50, NARROW);
    console.keys("es");
    names_come(&mut console, Editing::Stage, &[]);
    console.keys("<ret>新客<ret>");
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::Prompt(_))
    ));
    assert!(deeds(&mut console).is_empty());
}

/// Somebody else's commit takes the customer off the list while the field is open: the next one is under the cursor then, and
/// is nobody the edit was begun for.
#[test]
fn an_edit_is_about_whom_it_was_begun_for() {
    for key in ["et", "eT", "es", "eo"] {
        let mut console = Console::new(50, NARROW);
        console.keys("jj");
        let begun_for = console.under().to_owned();
        console.keys(key);
        console.keys("vip");
        (console.desk.customers).retain(|row| row.id.as_str() != begun_for);
        console.commit();
        assert_ne!(console.under(), begun_for, "the cursor is on the next one");
        console.keys("<ret>");
        let meant = Chosen::These(vec![begun_for.as_str().into()]);
        assert_eq!(edit(&mut console).chosen, meant, "{key}");
    }
}

#[test]
fn a_field_of_an_edit_names_the_only_one_it_is_about() {
    let mut console = Console::new(50, NARROW);
    let name = |console: &Console| match console.app.overlays.last() {
        Some(Overlay::Prompt(field)) => field.whom.clone().and_then(|whom| whom.name),
        _ => None,
    };
    console.keys("jet");
    let first = console.desk.customers[1].name.clone();
    assert_eq!(name(&console), Some(first));
    console.keys("<esc><space><space>et");
    assert_eq!(name(&console), None, "of two");
}
