//! The console as it is used: keys in, state and effects out.

mod deeds;
mod desk;
mod finding;
mod linked;
mod live;
mod typing;

use desk::Console;

use super::deed::{Came, Deed};
use super::msg::{Effect, Msg};
use super::overlay::Overlay;
use super::panes::Pane;
use super::state::{App, Layout};
use crate::config::keys::{Chord, Key};
use crate::domain::{ChatId, Lang, StaffId};
use crate::engine::request::Slot;
use crate::filter::Field;
use proptest::prelude::*;

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
    let now = super::now::Now { millis: 0, unix: 0 };
    app.start_presenting(Vec::new(), 5_000, now);
    assert_eq!(app.next_deadline(), Some(0));
    app.update(Msg::Deadline, now);
    assert_eq!(app.next_deadline(), Some(500), "the first step of the page");
    let effects = app.update(Msg::Key(Chord::char('q')), now);
    assert!(effects.contains(&Effect::Quit));
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
    console.keys("ox");
    assert_eq!(console.app.views, []);
    assert!(console.app.overlays.is_empty());
}

/// What the random walk does.
#[derive(Clone, Debug)]
enum Step {
    Key(Chord),
    Command(usize),
    Resize(u16, u16),
    Commit(usize),
    Wait(u64),
    Paste(String),
    Hold(bool),
    Click(u16, u16),
}

fn any_step() -> impl Strategy<Value = Step> {
    let chord = prop_oneof![
        proptest::sample::select(
            "jkgGhlsfFtymo/:?,wuDprzLPMKqva*\\[]-1234598nc+ 张"
                .chars()
                .collect::<Vec<_>>()
        )
        .prop_map(Chord::char),
        proptest::sample::select(vec![
            Key::Enter,
            Key::Esc,
            Key::Tab,
            Key::Down,
            Key::Up,
            Key::PageDown,
            Key::End,
            Key::Backspace
        ])
        .prop_map(Chord::plain),
    ];
    prop_oneof![
        8 => chord.prop_map(Step::Key),
        4 => (0..super::command::COMMANDS.len()).prop_map(Step::Command),
        1 => (0_u16..250, 0_u16..80).prop_map(|(w, h)| Step::Resize(w, h)),
        2 => (0_usize..400).prop_map(Step::Commit),
        1 => (0_u64..30_000).prop_map(Step::Wait),
        1 => "\\PC{0,8}".prop_map(Step::Paste),
        1 => any::<bool>().prop_map(Step::Hold),
        1 => (0_u16..250, 0_u16..80).prop_map(|(x, y)| Step::Click(x, y)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_done_nothing_panics_and_the_selection_stays_valid(
        start in 0_usize..400,
        steps in proptest::collection::vec(any_step(), 1..60),
    ) {
        let mut console = Console::new(start, (120, 40));
        for step in steps {
            match step {
                Step::Key(chord) => console.send(Msg::Key(chord)),
                Step::Command(at) => {
                    let mut turn = super::turn::Turn { now: console.now, effects: Vec::new() };
                    console.app.run(super::command::COMMANDS[at].command, &mut turn);
                    console.send(Msg::Deadline);
                }
                Step::Resize(w, h) => console.send(Msg::Resize(w, h)),
                Step::Commit(count) => {
                    console.desk = desk::Desk { revision: console.desk.revision, ..desk::Desk::new(count) };
                    console.desk.groups.truncate(count % 51);
                    console.desk.board.truncate(count % 31);
                    console.commit();
                }
                Step::Wait(millis) => console.wait(millis),
                Step::Paste(text) => console.send(Msg::Paste(text)),
                Step::Hold(hold) => console.hold = hold,
                Step::Click(x, y) => console.send(Msg::Click(x, y)),
            }
            valid(&console.app)?;
        }
    }
}

fn valid(app: &App) -> Result<(), TestCaseError> {
    prop_assert!(app.shown().panes.contains(&app.focus));
    let customers = &app.panes.customers;
    // The projector shows no customers, so a row on its way is waited for again only when it ends.
    if let (Some(page), None, None) = (
        &customers.page.value,
        customers.page.waiting,
        &app.projector,
    ) {
        prop_assert!(customers.list.index < page.hits.max(1));
        prop_assert_eq!(customers.list.cursor.is_some(), page.hits > 0);
    }
    for (page, list) in [
        (
            app.panes
                .groups
                .page
                .value
                .as_ref()
                .map(|p| p.rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>()),
            (
                app.panes.groups.list.index,
                app.panes.groups.list.cursor.as_ref().map(ChatId::as_str),
            ),
        ),
        (
            app.panes
                .board
                .page
                .value
                .as_ref()
                .map(|p| p.rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>()),
            (
                app.panes.board.list.index,
                app.panes.board.list.cursor.as_ref().map(StaffId::as_str),
            ),
        ),
    ] {
        if let Some(rows) = page {
            let at = usize::try_from(list.0).unwrap();
            prop_assert!(at < rows.len().max(1));
            if list.1.is_some() {
                prop_assert_eq!(rows.get(at).copied(), list.1);
            }
        }
    }
    prop_assert!(app.change_at <= app.changes.len());
    Ok(())
}
