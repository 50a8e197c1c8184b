//! A terminal too small for any pane: nothing is done that nobody sees.

use super::*;

const TOO_SMALL: (u16, u16) = (50, 14);

fn resized(console: &mut Console, (columns, rows): (u16, u16)) {
    console.send(Msg::Resize(columns, rows));
    console.effects.clear();
}

fn is_at_rest(console: &Console) -> bool {
    let kept = |effect: &Effect| !matches!(effect, Effect::Do(_) | Effect::Quit | Effect::Save);
    console.app.overlays.is_empty() && console.effects.iter().all(kept)
}

#[test]
fn a_screen_that_shows_nothing_takes_no_key_but_those_that_leave_or_draw() {
    let mut console = Console::new(50, NARROW);
    resized(&mut console, TOO_SMALL);
    console.keys("et<ret>esx<ret>jj<space>/vip<ret>:r<ret>MUEc<ret>");
    console.send(Msg::Paste("礼赠".to_owned()));
    console.send(Msg::Scroll(3));
    assert!(is_at_rest(&console), "{:?}", console.effects);
    console.keys("<ctrl-l>");
    assert!(console.effects.contains(&Effect::Redraw));
    resized(&mut console, NARROW);
    assert_eq!(
        console.under(),
        "c0000000",
        "the cursor stands where it stood"
    );
    assert_eq!(
        (console.filter().as_str(), console.app.look.mask),
        ("", false)
    );
    console.keys("et");
    assert_eq!(
        console.app.overlays.len(),
        1,
        "a screen that fits takes keys"
    );
}

#[test]
fn what_is_open_stays_as_it_was_until_the_screen_fits_again() {
    let mut console = Console::new(50, NARROW);
    console.keys("etvi");
    resized(&mut console, TOO_SMALL);
    console.keys("x<esc><ret>");
    let Some(Overlay::Prompt(state)) = console.app.overlays.last() else {
        panic!("the field is gone")
    };
    assert_eq!(state.line.text(), "vi");
    let deeds = |effect: &Effect| matches!(effect, Effect::Do(_));
    assert!(!console.effects.iter().any(deeds));
}

#[test]
fn one_leaves_from_a_screen_that_shows_nothing() {
    for keys in ["q", "Q", "<ctrl-c><ctrl-c>"] {
        let mut console = Console::new(50, NARROW);
        resized(&mut console, TOO_SMALL);
        console.keys(keys);
        assert!(console.effects.contains(&Effect::Quit), "{keys}");
    }
}
