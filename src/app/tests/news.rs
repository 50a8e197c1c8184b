//! What the list of changes says: what differs, whoever is on screen, and nothing of what one did oneself.

use super::NARROW;
use super::console::Console;
use super::desk::text;
use crate::app::deed::{Came, Deed, Editing};
use crate::app::msg::{Effect, Msg};
use crate::engine::request::{Notice, Turned};
use crate::filter::Field;

fn turned(field: Field, was: &[&str], is: &[&str]) -> Turned {
    let texts = |words: &[&str]| words.iter().map(|word| text(word)).collect();
    Turned {
        field,
        was: texts(was),
        is: texts(is),
    }
}

fn changed(id: &str, turned: Vec<Turned>) -> Msg {
    Msg::Notice(Notice::Changed {
        customers: vec![id.into()],
        groups: Vec::new(),
        staff: Vec::new(),
        turned: vec![(id.into(), turned)],
        gone: Vec::new(),
        more: false,
    })
}

fn listed(console: &Console) -> Vec<(&str, &str)> {
    let changes = console.app.changes.iter();
    changes
        .map(|change| (change.id.as_str(), change.what.as_str()))
        .collect()
}

#[test]
fn of_tags_only_those_that_came_and_went_are_told() {
    let mut console = Console::new(100, NARROW);
    console.desk.customers[3].tags = ["杭州", "家清", "爱用券", "囤货"].map(text).to_vec();
    console.commit();
    console.app.changes.clear();
    console.desk.customers[3].tags = ["杭州", "家清", "爱用券", "拼团"].map(text).to_vec();
    console.commit();
    assert_eq!(listed(&console), [("c0000003", "标签 +拼团 -囤货")]);
}

#[test]
fn a_customer_who_is_not_on_screen_is_told_by_what_changed() {
    let mut console = Console::new(1_000, NARROW);
    let tags = turned(Field::Tag, &["杭州"], &["杭州", "囤货"]);
    console.send(changed("c0000900", vec![tags]));
    assert_eq!(listed(&console), [("c0000900", "标签 +囤货")]);
    let spend = turned(Field::Spend, &["2154.28"], &["2854.28"]);
    let orders = turned(Field::Orders, &["3"], &["4"]);
    console.send(changed("c0000900", vec![spend, orders]));
    let said = "消费 2154.28 -> 2854.28  单数 3 -> 4";
    assert_eq!(listed(&console), [("c0000900", said)]);
    // Something else of them changed: what was told before says nothing of it.
    console.send(changed("c0000900", Vec::new()));
    assert_eq!(listed(&console), [("c0000900", "")]);
}

#[test]
fn a_colleagues_change_close_behind_ones_own_is_news() {
    let mut console = Console::new(1_000, NARROW);
    console.keys("etVIP<ret>");
    let own = || turned(Field::Tag, &["杭州"], &["杭州", "VIP"]);
    console.send(changed("c0000000", vec![own()]));
    assert_eq!(listed(&console), [], "one's own");
    console.send(Msg::Came(Came::Edited(Editing::Tag, text("VIP"), 1, 0)));
    let theirs = turned(Field::Tag, &["杭州", "VIP"], &["杭州", "VIP", "拼团"]);
    console.send(changed("c0000000", vec![theirs]));
    assert_eq!(listed(&console), [("c0000000", "标签 +拼团")]);
    // Both in one notice: theirs is told, one's own is not.
    console.app.changes.clear();
    console.keys("etVIP<ret>");
    let both = turned(Field::Tag, &["杭州"], &["杭州", "VIP", "拼团"]);
    let owner = turned(Field::Owner, &["周倩"], &["何敏"]);
    console.send(changed("c0000000", vec![both, owner]));
    let said = "标签 +拼团  顾问 周倩 -> 何敏";
    assert_eq!(listed(&console), [("c0000000", said)]);
}

/// Rows tell the name of what an edit told by its id: chosen from several of that name, or typed.
#[test]
fn ones_own_edit_by_id_is_no_news() {
    let mut console = Console::new(1_000, NARROW);
    let owner = |is: &str| turned(Field::Owner, &["周倩"], &[is]);
    console.keys("eo林涛<ret>");
    let sent = console.effects.iter().find_map(|effect| match effect {
        Effect::Do(Deed::Edit(edit)) => Some(edit.clone()),
        _ => None,
    });
    let ids = vec![text("s07"), text("s19")];
    console.send(Msg::Came(Came::Several(sent.expect("an edit"), ids)));
    console.keys("s19<ret>");
    console.send(changed("c0000000", vec![owner("林涛")]));
    assert_eq!(listed(&console), [], "before it is told to be done");
    console.send(Msg::Came(Came::Edited(Editing::Owner, text("林涛"), 1, 0)));
    console.send(changed("c0000000", vec![owner("林涛")]));
    assert_eq!(listed(&console), [], "after it");
    console.send(changed("c0000000", vec![owner("何敏")]));
    let theirs = [("c0000000", "顾问 周倩 -> 何敏")];
    assert_eq!(listed(&console), theirs, "a colleague's");
    console.app.changes.clear();
    console.keys("ett42<ret>");
    console.send(Msg::Came(Came::Edited(Editing::Tag, text("拼团"), 1, 0)));
    let tag = turned(Field::Tag, &["杭州"], &["杭州", "拼团"]);
    console.send(changed("c0000000", vec![tag]));
    assert_eq!(listed(&console), [], "an id that was typed");
}

#[test]
fn who_is_gone_is_marked_no_more() {
    let mut console = Console::new(100, NARROW);
    console.keys("<space><space>");
    assert_eq!(console.app.panes.customers.list.marked.len(), 2);
    console.send(Msg::Notice(Notice::Changed {
        customers: Vec::new(),
        groups: Vec::new(),
        staff: Vec::new(),
        turned: Vec::new(),
        gone: vec!["c0000001".into()],
        more: false,
    }));
    let customers = &console.app.panes.customers;
    assert_eq!(customers.list.marked, ["c0000000".into()]);
    assert_eq!(customers.kept.len(), 1);
    assert_eq!(console.app.edited_count(), 1);
}
