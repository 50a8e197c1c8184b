//! Whatever changes between two frames, the terminal shows the second.

use super::super::*;
use super::glass::Glass;
use proptest::prelude::*;
use ratatui::style::{Color, Modifier, Style};

const TEXTS: [&str; 12] = [
    "张三",
    "abc",
    "  ",
    "VIP客户",
    "e\u{301}tude",
    "★·…",
    "😀群",
    "한국",
    "¥1,280",
    "，。",
    "0",
    "a b c d",
];

fn styles() -> [Style; 8] {
    [
        Style::new(),
        Style::new().fg(Color::Red),
        Style::new().bg(Color::Blue),
        Style::new().add_modifier(Modifier::BOLD),
        Style::new()
            .add_modifier(Modifier::REVERSED)
            .fg(Color::LightGreen),
        Style::new().add_modifier(Modifier::UNDERLINED | Modifier::DIM),
        Style::new()
            .fg(Color::Indexed(208))
            .add_modifier(Modifier::ITALIC),
        Style::new().fg(Color::Rgb(9, 8, 7)).bg(Color::Red),
    ]
}

/// What happens to a picture between two frames.
#[derive(Clone, Debug)]
enum Change {
    Text(u16, u16, usize, usize),
    Raw(u16, u16, usize),
    BlankRow(u16),
    Tint(u16, usize),
    Shift(u16, u16, i16),
}

fn change(width: u16, height: u16) -> impl Strategy<Value = Change> {
    prop_oneof![
        5 => (0..width, 0..height, 0..TEXTS.len(), 0..8usize)
            .prop_map(|(x, y, t, s)| Change::Text(x, y, t, s)),
        1 => (0..width, 0..height, 0..4usize).prop_map(|(x, y, i)| Change::Raw(x, y, i)),
        1 => (0..height).prop_map(Change::BlankRow),
        1 => (0..height, 0..8usize).prop_map(|(y, s)| Change::Tint(y, s)),
        2 => (0..height, 0..height, -4..=4i16).prop_map(|(a, b, by)| Change::Shift(a, b, by)),
    ]
}

fn alter(buffer: &mut Buffer, change: &Change) {
    let width = usize::from(buffer.area.width);
    match *change {
        Change::Text(x, y, text, style) => {
            buffer.set_string(x, y, TEXTS[text], styles()[style]);
        }
        Change::Raw(x, y, which) => {
            let symbol = ["\x1b]0;x\x07", "客", "", "\u{202e}"][which];
            buffer.cell_mut((x, y)).unwrap().set_symbol(symbol);
        }
        Change::BlankRow(y) => {
            let row = usize::from(y) * width..(usize::from(y) + 1) * width;
            buffer.content[row].iter_mut().for_each(Cell::reset);
        }
        Change::Tint(y, style) => {
            buffer.set_style(Rect::new(0, y, buffer.area.width, 1), styles()[style]);
        }
        Change::Shift(a, b, by) => {
            let (top, bottom) = (usize::from(a.min(b)), usize::from(a.max(b)) + 1);
            let rows = &mut buffer.content[top * width..bottom * width];
            let cells = (usize::from(by.unsigned_abs()) * width).min(rows.len());
            if by > 0 {
                rows.rotate_left(cells);
            } else {
                rows.rotate_right(cells);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn the_terminal_shows_every_frame_cell_by_cell(
        (width, height, frames) in (1..34u16, 1..14u16).prop_flat_map(|(w, h)| (
            Just(w), Just(h),
            prop::collection::vec(prop::collection::vec(change(w, h), 0..12), 1..6),
        )),
        cursor in prop::option::of((0..40u16, 0..20u16)),
    ) {
        let mut glass = Glass::new(width, height);
        let mut picture = glass.buffer();
        for changes in &frames {
            for change in changes {
                alter(&mut picture, change);
            }
            glass.show(&picture, cursor);
            glass.assert_shows(&picture);
            let again = glass.show(&picture, cursor);
            prop_assert!(again.is_empty(), "the same frame twice wrote {again:?}");
            if let Some((x, y)) = cursor.filter(|(x, y)| *x < width && *y < height) {
                prop_assert_eq!(glass.terminal.screen().cursor_position(), (y, x));
            }
            prop_assert_eq!(
                glass.terminal.screen().hide_cursor(),
                false,
                "the painter hides only what it showed"
            );
        }
    }
}
