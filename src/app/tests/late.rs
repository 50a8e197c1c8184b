//! Deeds that take their time, and questions that come after the operator has gone on.

use super::console::Console;
use super::*;
use crate::app::deed::{Came, Deed, Edit, Editing};
use crate::app::under_way::Work;
use crate::domain::SafeText;

/// The deeds sent since the last look.
fn deeds(console: &mut Console) -> Vec<Deed> {
    let effects = std::mem::take(&mut console.effects);
    let deeds = effects.into_iter().filter_map(|effect| match effect {
        Effect::Do(Deed::Names(_)) => None,
        Effect::Do(deed) => Some(deed),
        _ => None,
    });
    deeds.collect()
}

/// A console in which a tag was put on somebody whom others have changed: what comes back, some time later.
fn refused(console: &mut Console) -> (Edit, Msg) {
    console.keys("etVIP<ret>");
    let Some(Deed::Edit(edit)) = deeds(console).pop() else {
        panic!("an edit")
    };
    let back = Msg::Came(Came::Changed(edit.clone(), 1));
    (*edit, back)
}

fn asks(console: &Console) -> bool {
    let top = console.app.overlays.last();
    matches!(top, Some(Overlay::Question(words, _)) if words.contains("刚被别人改过"))
}

fn tagged() -> Msg {
    Msg::Came(Came::Edited(Editing::Tag, SafeText::new("VIP"), 1, 0))
}

#[test]
fn an_answer_that_asks_at_once_is_asked_at_once() {
    let mut console = Console::new(50, NARROW);
    let (_, back) = refused(&mut console);
    console.send(back);
    assert!(asks(&console));
    console.keys("y");
    assert_eq!(deeds(&mut console).len(), 1);
}

#[test]
fn a_question_waits_until_nothing_is_typed_and_is_told_meanwhile() {
    let mut console = Console::new(50, NARROW);
    let (edit, back) = refused(&mut console);
    console.keys("/spend");
    console.send(back);
    console.wait(10_000);
    let top = console.app.overlays.last();
    assert!(matches!(top, Some(Overlay::Filter(_))), "the line is open");
    let waits = console.app.asked_later().expect("said meanwhile");
    assert!(waits.contains("刚被别人改过"), "{waits}");
    console.keys("<esc>");
    console.wait(1_499);
    assert!(!asks(&console), "a key came just now");
    // An unfinished sequence is typing too.
    console.keys("g");
    console.wait(1_500);
    assert!(!asks(&console));
    console.keys("<esc>");
    assert_eq!(
        console.app.next_deadline(),
        Some(console.now.millis + 1_500)
    );
    console.wait(1_500);
    assert!(asks(&console));
    assert_eq!(console.app.asked_later(), None);
    console.wait(600);
    console.keys("y");
    let meant = Edit { seen: None, ..edit };
    assert_eq!(deeds(&mut console), [Deed::Edit(Box::new(meant))]);
}

#[test]
fn a_key_that_was_aimed_at_the_list_answers_no_question() {
    let mut console = Console::new(50, NARROW);
    let (_, back) = refused(&mut console);
    // Nothing was typed, but it took its time.
    console.wait(5_000);
    console.send(back);
    assert!(asks(&console));
    console.wait(599);
    console.keys("y");
    assert!(!asks(&console), "it stepped back");
    assert_eq!(deeds(&mut console), [], "nothing is written");
    assert_eq!(console.app.prefix.as_ref().map(|p| p.chords.len()), Some(1));
    console.keys("<esc>etVIP<ret>");
    assert_eq!(deeds(&mut console).len(), 1, "the keys did what they do");
    console.send(tagged());
    console.wait(1_500);
    assert!(asks(&console), "it comes back");
    console.wait(600);
    console.keys("n");
    assert!(console.app.overlays.is_empty() && console.app.asked_later().is_none());
}

#[test]
fn what_is_being_written_is_said_until_it_is_done() {
    let mut console = Console::new(50, NARROW);
    assert_eq!(console.app.under_way(), None);
    console.keys("etVIP<ret>");
    assert_eq!(console.app.under_way(), Some((Work::Writes, 1, None)));
    console.keys("jetVIP<ret>");
    assert_eq!(console.app.under_way(), Some((Work::Writes, 2, None)));
    console.send(Msg::Held(3));
    assert_eq!(console.app.under_way(), Some((Work::Writes, 2, Some(3))));
    // The names of a field are no deed.
    console.send(Msg::Came(Came::NoNames(SafeText::new("why"))));
    console.send(tagged());
    assert_eq!(console.app.under_way(), Some((Work::Writes, 1, None)));
    console.send(tagged());
    console.send(Msg::Held(4));
    assert_eq!(console.app.under_way(), None);
    console.keys("Ec<ret>");
    assert_eq!(console.app.under_way(), Some((Work::Exports, 1, None)));
}

#[test]
fn the_key_that_stops_things_gives_up_what_waits_before_it_leaves() {
    let mut console = Console::new(50, NARROW);
    console.keys("etVIP<ret>");
    console.effects.clear();
    console.keys("<ctrl-c>");
    assert_eq!(console.effects, [Effect::Cancel]);
    console.send(Msg::Came(Came::GivenUp));
    assert!(console.toasts().contains("已取消"), "{}", console.toasts());
    console.keys("<ctrl-c>");
    assert!(!console.effects.contains(&Effect::Quit));
    // One that does not stop does not keep anybody.
    console.keys("etVIP<ret><ctrl-c>");
    console.wait(3_000);
    console.keys("<ctrl-c><ctrl-c>");
    assert!(console.effects.contains(&Effect::Quit));
}

#[test]
fn leaving_asks_while_something_waits_to_be_written() {
    let leaves = |console: &mut Console| {
        let effects = std::mem::take(&mut console.effects);
        effects.contains(&Effect::Quit)
    };
    let mut console = Console::new(50, NARROW);
    console.keys("etVIP<ret>");
    console.send(Msg::Held(1));
    console.keys("Q");
    assert!(!leaves(&mut console));
    console.keys("n");
    assert!(console.app.overlays.is_empty() && !leaves(&mut console));
    console.keys("Qy");
    assert!(leaves(&mut console));
    // What takes no time is done on the way out.
    let mut console = Console::new(50, NARROW);
    console.keys("etVIP<ret>Q");
    assert!(leaves(&mut console));
    // A question that nobody could answer yet.
    let mut console = Console::new(50, NARROW);
    let (_, back) = refused(&mut console);
    console.keys("j");
    console.send(back);
    console.keys("Q");
    assert!(!leaves(&mut console));
}
