//! Full-width characters as the narrow ones they mean: in headings, amounts and times.

use std::borrow::Cow;

/// A full-width character as its narrow twin.
pub(super) fn half(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '【' => '[',
        '】' => ']',
        '￥' => '¥',
        _ => c,
    }
}

/// The text with narrow digits and marks; minus signs of every kind are one.
pub(super) fn narrow(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let one = |c: char| match half(c) {
        '\u{2212}' | '\u{2013}' => '-',
        '\u{202f}' | '\u{2009}' => ' ',
        c => c,
    };
    Cow::Owned(text.chars().map(one).collect())
}
