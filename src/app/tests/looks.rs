//! How the console shows itself: masks, the projector, columns, views, what is kept.

use super::NARROW;
use super::console::Console;
use crate::app::deed::{Came, Deed};
use crate::app::msg::{Effect, Msg};
use crate::app::overlay::Overlay;
use crate::app::panes::Pane;
use crate::app::state::App;
use crate::config::keys::Chord;

#[test]
fn masking_is_immediate_and_unmasking_asks() {
    let mut console = Console::new(10, NARROW);
    console.hold = true;
    console.keys("M");
    assert_eq!(console.effects, [Effect::Mask(true)]);
    assert!(
        console.app.panes.customers.page.value.is_none(),
        "unmasked rows are gone at once"
    );
    console.keys("M");
    assert!(matches!(
        console.app.overlays.last(),
        Some(Overlay::Confirm(..))
    ));
    console.keys("n");
    assert!(console.app.look.mask);
    console.keys("My");
    assert!(console.app.look.mask, "the journal has it first");
    assert_eq!(console.effects.last(), Some(&Effect::Do(Deed::Reveal)));
    console.send(Msg::Came(Came::Revealed));
    assert!(!console.app.look.mask);
    assert_eq!(console.effects.last(), Some(&Effect::Mask(false)));
}

#[test]
fn the_projector_is_masked_turns_its_pages_and_gives_back_what_was() {
    let mut console = Console::new(10, (100, 30));
    console.keys("P");
    assert!(console.app.look.mask);
    let at = |console: &Console| console.app.projector.as_ref().map(|p| p.at);
    assert_eq!(at(&console), Some(0));
    console.wait(20_000);
    assert_eq!(at(&console), Some(1));
    console.keys("<space>");
    console.wait(60_000);
    assert_eq!(at(&console), Some(1));
    console.keys("<right>");
    assert_eq!(at(&console), Some(2));
    console.keys("1");
    assert_eq!(at(&console), Some(0));
    console.effects.clear();
    console.keys("yyMeU");
    assert_eq!(console.effects, [], "nothing to copy, nothing to write");
    console.keys("q");
    assert_eq!(at(&console), None);
    assert_eq!(console.effects, [Effect::Mask(false)]);
}

#[test]
fn the_bar_of_the_next_page_goes_down_in_ten_steps() {
    let mut console = Console::new(10, NARROW);
    console.keys("P");
    let begun = console.now.millis;
    let every = console.app.projector.as_ref().unwrap().every;
    let left = |console: &Console| {
        let projector = console.app.projector.as_ref().unwrap();
        projector.steps_left(console.now.millis)
    };
    for step in 1..10 {
        let wake = console.app.next_deadline().unwrap();
        assert!(wake <= begun + step * every / 10);
        console.app.dirty = false;
        console.wait(begun + step * every / 10 - console.now.millis);
        assert_eq!(left(&console), Some(10 - step));
        assert!(console.app.dirty, "the step is drawn");
    }
    console.wait(every / 10);
    assert_eq!(console.app.projector.as_ref().unwrap().at, 1);
    assert_eq!(left(&console), Some(10));
}

#[test]
fn long_tag_groups_are_folded_at_first_and_stay_as_they_are_left() {
    let mut console = Console::new(10, NARROW);
    let names = |console: &Console| console.app.panes.tags.folded.len();
    let page = console.app.panes.tags.page.value.take();
    let mut page = page.unwrap_or_else(|| {
        console.keys("2");
        console.app.panes.tags.page.value.take().unwrap()
    });
    let row = page.groups[0].tags[0].clone();
    page.groups[0].family = crate::engine::answer::TagFamily::Static;
    page.groups[0].tags = vec![row.clone(); 12];
    page.groups[1].tags = vec![row.clone(); 12];
    page.groups[2].tags = vec![row; 13];
    let tags = &mut console.app.panes.tags;
    tags.page.value = Some(page.clone());
    tags.fold_long();
    assert_eq!(tags.folded.iter().copied().collect::<Vec<_>>(), [0, 2]);
    assert_eq!(tags.rows().len(), 3 + 12);
    tags.cursor = (0, None);
    tags.toggle_fold();
    assert_eq!(names(&console), 1);
    page.groups[2].tags[5].state = crate::engine::answer::TriState::Must;
    let tags = &mut console.app.panes.tags;
    tags.page.value = Some(page);
    tags.fold_long();
    assert!(!tags.folded.contains(&2), "a tag in the filter is in sight");
}

#[test]
fn a_console_started_to_present_leaves_with_the_projector() {
    let mut app = App::default();
    let now = crate::app::now::Now { millis: 0, unix: 0 };
    app.start_presenting(Vec::new(), 5_000, now);
    assert_eq!(app.next_deadline(), Some(0));
    app.update(Msg::Deadline, now);
    assert_eq!(app.next_deadline(), Some(500), "the first step of the page");
    let effects = app.update(Msg::Key(Chord::char('q')), now);
    assert!(effects.contains(&Effect::Quit));
}

#[test]
fn columns_are_chosen_and_the_name_stays() {
    let mut console = Console::new(10, NARROW);
    let names = |console: &Console| format!("{:?}", console.app.panes.customers.columns());
    console.keys(",<space>");
    assert!(names(&console).starts_with("[Name, Risk"));
    console.keys("j<space>");
    assert!(names(&console).starts_with("[Name, Phone"));
    console.keys("jJ");
    assert!(names(&console).starts_with("[Name, Tags, Phone"));
    console.keys("u<esc>");
    assert!(console.app.panes.customers.columns.is_empty());
}

#[test]
fn what_is_kept_comes_back() {
    let mut console = Console::new(100, NARROW);
    console.keys("/spend>500<ret>so,jj<space><esc>t7w<ctrl-u>mine<ret>3");
    let kept = console.app.kept();
    let mut fresh = App::default();
    fresh.restore_kept(&kept);
    assert_eq!(fresh.kept(), kept);
    assert_eq!(fresh.scope, console.app.scope);
    assert_eq!(fresh.views, console.app.views);
    assert_eq!(fresh.focus, Pane::Groups);
    assert_eq!(
        fresh.panes.customers.columns,
        console.app.panes.customers.columns
    );
}
