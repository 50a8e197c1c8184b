//! Text fields: editing by grapheme, with the keys of a shell.

use tui_input::{Input, InputRequest};

use crate::config::keys::{Chord, Key};
use crate::filter::fold::fold_char;

use super::overlay::LineEdit;

/// What a key did to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// Nothing.
    No,
    /// The cursor moved.
    Cursor,
    /// The text changed.
    Text,
}

/// The longest text a field takes, in characters.
const LONGEST: usize = 2_000;

impl LineEdit {
    /// A field with text, the cursor behind it.
    pub fn with(text: &str) -> Self {
        Self {
            input: Input::new(text.to_owned()),
            ..Self::default()
        }
    }

    /// A field with a text on offer: what is typed first replaces it.
    pub fn offering(text: &str) -> Self {
        Self {
            offered: !text.is_empty(),
            ..Self::with(text)
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.input.value()
    }

    /// Another text, the cursor behind it.
    pub(super) fn set(&mut self, text: &str) {
        self.input = Input::new(text.to_owned());
    }

    /// Types a text in one go; line breaks and tabs become spaces, other control characters are dropped.
    pub(super) fn paste(&mut self, text: &str) -> Edited {
        if std::mem::take(&mut self.offered) {
            self.set("");
        }
        let before = self.text().chars().count();
        let room = LONGEST.saturating_sub(before);
        let chars: Vec<char> = text
            .trim_end_matches(['\r', '\n'])
            .chars()
            .map(|c| {
                if matches!(c, '\n' | '\r' | '\t') {
                    ' '
                } else {
                    c
                }
            })
            .filter(|c| !c.is_control())
            .take(room)
            .collect();
        if chars.is_empty() {
            return Edited::No;
        }
        let cursor = self.input.cursor();
        let mut all: String = self.text().chars().take(cursor).collect();
        all.extend(&chars);
        all.extend(self.text().chars().skip(cursor));
        self.input = Input::new(all).with_cursor(cursor + chars.len());
        Edited::Text
    }

    /// Applies a key.
    pub(super) fn key(&mut self, chord: Chord) -> Edited {
        let Some(request) = request(chord) else {
            return Edited::No;
        };
        if std::mem::take(&mut self.offered) {
            match request {
                InputRequest::InsertChar(_) => self.set(""),
                InputRequest::DeletePrevChar
                | InputRequest::DeletePrevWord
                | InputRequest::DeleteNextChar
                | InputRequest::DeleteNextWord => {
                    self.set("");
                    return Edited::Text;
                }
                _ => {}
            }
        }
        if matches!(request, InputRequest::InsertChar(_)) && self.text().chars().count() >= LONGEST
        {
            return Edited::No;
        }
        match self.input.handle(request) {
            Some(changed) if changed.value => Edited::Text,
            Some(_) => Edited::Cursor,
            None => Edited::No,
        }
    }
}

fn request(chord: Chord) -> Option<InputRequest> {
    let word = chord.ctrl || chord.alt;
    Some(match (chord.key, chord.ctrl, chord.alt) {
        (Key::Char(c), false, false) if !c.is_control() => InputRequest::InsertChar(c),
        (Key::Char('a'), true, false) | (Key::Home, _, _) => InputRequest::GoToStart,
        (Key::Char('e'), true, false) | (Key::End, _, _) => InputRequest::GoToEnd,
        (Key::Char('u'), true, false) => InputRequest::DeleteFromStart,
        (Key::Char('k'), true, false) => InputRequest::DeleteTillEnd,
        (Key::Char('w'), true, false) => InputRequest::DeletePrevWord,
        (Key::Char('y'), true, false) => InputRequest::Yank,
        (Key::Backspace, _, _) if word => InputRequest::DeletePrevWord,
        (Key::Backspace, _, _) | (Key::Char('h'), true, false) => InputRequest::DeletePrevChar,
        (Key::Delete, _, _) if word => InputRequest::DeleteNextWord,
        (Key::Delete, _, _) | (Key::Char('d'), true, false) => InputRequest::DeleteNextChar,
        (Key::Left, _, _) | (Key::Char('b'), false, true) if word => InputRequest::GoToPrevWord,
        (Key::Right, _, _) | (Key::Char('f'), false, true) if word => InputRequest::GoToNextWord,
        (Key::Left, _, _) => InputRequest::GoToPrevChar,
        (Key::Right, _, _) => InputRequest::GoToNextChar,
        _ => return None,
    })
}

/// Full-width characters count as their ASCII twins, except Han text.
pub(super) fn folded(chord: Chord) -> Chord {
    let mut chord = chord.normal();
    if let Key::Char(c) = chord.key {
        chord.key = Key::Char(fold_char(c));
    }
    chord
}

/// A Han character: committed by an input method, never a shortcut.
pub(super) fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x2_0000..=0x3_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_family_emoji_goes_with_one_backspace() {
        let mut line = LineEdit::with("张👨‍👩‍👧");
        assert_eq!(line.key(Chord::plain(Key::Backspace)), Edited::Text);
        assert_eq!(line.text(), "张");
    }

    #[test]
    fn what_is_typed_replaces_an_offer_and_a_movement_goes_into_it() {
        let after = |keys: &[&str]| {
            let mut line = LineEdit::offering("zeng");
            for key in keys {
                line.key(key.parse().unwrap());
            }
            line.text().to_owned()
        };
        assert_eq!(after(&["曾", "姓"]), "曾姓");
        assert_eq!(after(&["left", "曾"]), "zen曾g");
        assert_eq!(after(&["end", "x"]), "zengx");
        assert_eq!(after(&["backspace"]), "");
        let mut line = LineEdit::offering("zeng");
        assert_eq!(line.paste("曾姓"), Edited::Text);
        assert_eq!(line.text(), "曾姓");
    }

    #[test]
    fn a_paste_is_one_line_and_stands_at_the_cursor() {
        let mut line = LineEdit::with("ad");
        line.key(Chord::plain(Key::Left));
        assert_eq!(line.paste("b\n\u{1b}c\r\n"), Edited::Text);
        assert_eq!(line.text(), "ab cd");
        assert_eq!(line.input.cursor(), 4);
    }

    proptest! {
        #[test]
        fn no_keys_and_no_text_make_the_field_panic(text in any::<String>(), keys in proptest::collection::vec(0_usize..14, 0..30)) {
            let mut line = LineEdit::default();
            line.paste(&text);
            for key in keys {
                let chord = ["a", "张", "left", "right", "home", "end", "backspace", "delete", "ctrl-w", "ctrl-k", "ctrl-u", "ctrl-y", "ctrl-left", "alt-f"][key];
                line.key(chord.parse().unwrap());
                prop_assert!(line.input.cursor() <= line.text().chars().count());
            }
        }
    }
}
