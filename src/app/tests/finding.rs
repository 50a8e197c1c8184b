//! What is found by its name: in the palette, and while a filter is completed.

use super::console::Console;
use super::*;
use crate::app::overlay::{PaletteState, Sought};
use crate::engine::request::{Called, Kind, Slot};

fn palette(console: &Console) -> &PaletteState {
    match console.app.overlays.last() {
        Some(Overlay::Palette(state)) => state,
        other => panic!("{other:?}"),
    }
}

/// Types into the palette and takes the target of this name.
#[track_caller]
fn take(console: &mut Console, typed: &str, name: &str) {
    console.keys("<ctrl-p>").keys(typed);
    let rows = palette(console).rows.iter();
    let mut rows = rows.map(|row| named(row).map(|one| one.name.as_str()));
    let at = rows.position(|one| one == Some(name));
    for _ in 0..at.expect("it is found") {
        console.keys("<down>");
    }
    console.keys("<ret>");
}

fn named(row: &Sought) -> Option<&Called> {
    match row {
        Sought::Named(one) => Some(one),
        Sought::Command(_) => None,
    }
}

fn found(console: &Console) -> Vec<(Kind, &str)> {
    let targets = palette(console).rows.iter().filter_map(named);
    let others = targets.filter(|one| one.kind != Kind::Customer);
    others.map(|one| (one.kind, one.name.as_str())).collect()
}

#[test]
fn the_palette_finds_staff_tags_groups_and_campaigns_by_name_pinyin_and_id() {
    let mut console = Console::new(10, NARROW);
    console.keys("<ctrl-p>wf");
    assert_eq!(
        found(&console),
        [(Kind::Staff, "王芳(gao15)"), (Kind::Staff, "王芳(hu07)")]
    );
    console.keys("<ctrl-u>wang");
    let kinds: Vec<Kind> = found(&console).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::Staff, Kind::Staff, Kind::Tag, Kind::Group]);
    console.keys("<ctrl-u>wr9");
    assert_eq!(found(&console), [(Kind::Group, "旺角福利群")]);
    console.keys("<ctrl-u>");
    assert_eq!(found(&console), [], "nothing typed, nothing looked for");
    console.keys("<esc>?wf");
    assert_eq!(found(&console), [], "help is about commands");
}

#[test]
fn what_is_found_is_gone_to_and_esc_comes_back() {
    let mut console = Console::new(10, NARROW);
    console.keys("/spend>5<ret>3");
    take(&mut console, "wf", "王芳(hu07)");
    let here = (console.app.focus, console.filter());
    assert_eq!(here, (Pane::Customers, "owner:#hu07".to_owned()));
    console.keys("<esc>");
    let here = (console.app.focus, console.filter());
    assert_eq!(here, (Pane::Groups, "spend>5".to_owned()));
    take(&mut console, "wj", "望江");
    assert_eq!(console.filter(), "tag:#t9");
    take(&mut console, "wj", "旺角福利群");
    assert_eq!(console.filter(), "group:#wr9");
    take(&mut console, "双", "双十一");
    assert_eq!(console.app.focus, Pane::Kpi);
    assert_eq!(console.app.panes.kpi.campaign.map(|id| id.0), Some(8));
}

#[test]
fn a_customer_found_by_name_opens_whatever_the_filter_leaves_out() {
    let mut console = Console::new(30, NARROW);
    console.keys("/spend>5<ret>");
    take(&mut console, "客户7", "客户7");
    let Some(Overlay::Detail(state)) = console.app.overlays.last() else {
        panic!("{:?}", console.app.overlays)
    };
    assert_eq!(state.id.as_str(), "c0000007");
    assert_eq!(console.filter(), "spend>5");
    let asked = console.slots();
    assert!(
        asked.contains(&Slot::Found) && asked.contains(&Slot::Names),
        "{asked:?}"
    );
}

#[test]
fn who_was_found_before_is_not_shown_again_before_the_store_says_so() {
    let mut console = Console::new(30, NARROW);
    console.keys("<ctrl-p>客户7");
    let customers = |console: &Console| {
        let targets = palette(console).rows.iter().filter_map(named);
        targets.filter(|one| one.kind == Kind::Customer).count()
    };
    assert!(customers(&console) > 0);
    console.hold = true;
    console.keys("<esc>M<ctrl-p>客户7");
    assert!(console.app.look.mask);
    assert_eq!(customers(&console), 0, "as they were called unmasked");
    console.commit();
    assert!(customers(&console) > 0, "as the store calls them now");
}

#[test]
fn names_that_come_later_leave_the_cursor_where_it_stood() {
    let mut console = Console::new(10, NARROW);
    console.hold = true;
    console.keys("<ctrl-p>客户");
    assert!(
        !palette(&console)
            .rows
            .iter()
            .any(|row| named(row).is_some())
    );
    let chosen = palette(&console).rows.get(1).cloned();
    console.keys("<down>").commit();
    let state = palette(&console);
    assert!(state.rows.iter().any(|row| named(row).is_some()));
    assert_eq!(state.rows.get(state.chosen).cloned(), chosen);
}

#[test]
fn a_name_comes_before_the_commands_that_only_say_it_somewhere() {
    use crate::app::command::Command;
    let first = |typed: &str| {
        let mut console = Console::new(10, NARROW);
        console.keys("<ctrl-p>").keys(typed);
        palette(&console).rows.first().cloned()
    };
    let name = |typed: &str| {
        let row = first(typed);
        row.as_ref().and_then(named).map(|one| one.name.to_string())
    };
    // Customers, whom many commands speak of too.
    assert_eq!(name("客户7").as_deref(), Some("客户7"));
    assert_eq!(name("kehu7").as_deref(), Some("客户7"));
    assert_eq!(name("wj").as_deref(), Some("望江"));
    // The command of that name, and one that begins so, go before everything.
    assert_eq!(first("quit"), Some(Sought::Command(Command::Quit)));
    let export = first("导出");
    assert!(matches!(export, Some(Sought::Command(Command::Export(_)))));
}

#[test]
fn a_name_that_comes_later_takes_the_top_from_a_command_nobody_chose() {
    let mut console = Console::new(10, NARROW);
    console.hold = true;
    console.keys("<ctrl-p>客户");
    let before = palette(&console).rows.first().cloned();
    assert!(before.as_ref().and_then(named).is_none(), "{before:?}");
    console.commit();
    let state = palette(&console);
    assert_eq!(state.chosen, 0);
    let top = state.rows.first();
    assert!(top.and_then(named).is_some(), "{top:?}");
}

#[test]
fn a_filter_is_completed_with_all_names_and_tells_namesakes_apart() {
    let mut console = Console::new(10, NARROW);
    let offered = |console: &Console| match console.app.overlays.last() {
        Some(Overlay::Filter(edit)) => edit.line.completions.clone(),
        other => panic!("{other:?}"),
    };
    console.keys("/顾问:wf");
    assert_eq!(offered(&console), ["\"王芳(gao15)\"", "\"王芳(hu07)\""]);
    console.keys("<ctrl-u>顾问:王芳(h");
    assert_eq!(offered(&console), ["\"王芳(hu07)\""]);
    console.keys("<tab><ret>");
    assert_eq!(console.filter(), "owner:\"王芳(hu07)\"");
    console.keys("/<ctrl-u>标签:望");
    assert_eq!(offered(&console), ["望江"]);
}
