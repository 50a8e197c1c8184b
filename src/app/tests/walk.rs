//! A random walk through the console: nothing panics, and the selection stays valid.

use super::console::Console;
use super::desk;
use crate::app::msg::Msg;
use crate::app::state::App;
use crate::config::keys::{Chord, Key};
use crate::domain::{ChatId, StaffId};
use proptest::prelude::*;

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
        4 => (0..crate::app::command::COMMANDS.len()).prop_map(Step::Command),
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
                    let mut turn = crate::app::turn::Turn { now: console.now, effects: Vec::new() };
                    console.app.run(crate::app::command::COMMANDS[at].command, &mut turn);
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
