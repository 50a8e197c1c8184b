//! Promise: text measured by the domain takes exactly those cells in the screen buffer.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

use caopan::domain::{SafeText, cells};
use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

proptest! {
    #[test]
    fn measured_width_is_the_number_of_cells_drawn(raw in any::<String>()) {
        let text = SafeText::new(&raw);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2_000, 1));
        let (end, _) = buffer.set_stringn(0, 0, text.as_str(), 2_000, Style::default());
        prop_assert_eq!(usize::from(end), cells::width(text.as_str()));
    }
}

#[test]
fn hostile_names_are_drawn_at_their_measured_width() {
    for raw in [
        "ｶﾞｰﾄﾞ",
        "👨\u{200d}👩\u{200d}👧",
        "❤\u{fe0f}",
        "🇨🇳🇨",
        "สำนักงาน",
        "བོད",
        "\u{1100}\u{1161}\u{11a8}",
        "e\u{301}\u{301}",
    ] {
        let text = SafeText::new(raw);
        let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 1));
        let (end, _) = buffer.set_stringn(0, 0, text.as_str(), 200, Style::default());
        assert_eq!(usize::from(end), cells::width(text.as_str()), "{raw:?}");
    }
}
