//! Texts of many rows in one piece of memory, and looking for a word in all of them at once.

use std::collections::HashMap;
use std::ops::Range;

use crate::filter::fold::{fold_search_char, search_form};
use crate::filter::pinyin;

use super::spans::Spans;

/// Stands between two texts, so that nothing is found across them. Texts cannot hold it: see [`Arena::push`].
const BETWEEN: char = '\0';

/// Texts one after the other; a text ends where the next begins.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    text: String,
    spans: Spans,
    /// Some text is not all ASCII.
    beyond_ascii: bool,
}

impl Arena {
    /// Texts.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Appends a text; NUL, which the workspace refuses, becomes U+FFFD.
    pub fn push(&mut self, text: &str) {
        let before = self.text.len();
        self.beyond_ascii |= !text.is_ascii();
        if text.contains(BETWEEN) {
            self.beyond_ascii = true;
            self.text.extend(
                text.chars()
                    .map(|c| if c == BETWEEN { '\u{fffd}' } else { c }),
            );
        } else {
            self.text.push_str(text);
        }
        self.text.push(BETWEEN);
        self.spans.push(self.text.len() - before);
    }

    /// Appends the texts of another arena.
    pub fn join(&mut self, other: &Self) {
        self.beyond_ascii |= other.beyond_ascii;
        self.text.push_str(&other.text);
        self.spans.join(&other.spans);
    }

    /// Makes room for so many more texts of about so many bytes.
    pub fn reserve(&mut self, texts: usize, bytes: usize) {
        self.text.reserve_exact(texts * (bytes + 1));
        self.spans.reserve(texts);
    }

    /// Where a text begins and ends.
    #[inline]
    fn span(&self, row: u32) -> Option<(usize, usize)> {
        let (start, end) = self.spans.get(row)?;
        Some((start, end.saturating_sub(1)))
    }

    /// A text; empty past the end.
    #[inline]
    pub fn get(&self, row: u32) -> &str {
        self.span(row)
            .and_then(|(start, end)| self.text.get(start..end))
            .unwrap_or_default()
    }

    /// All texts in order.
    #[cfg(test)]
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let rows = u32::try_from(self.len()).unwrap_or(u32::MAX);
        (0..rows).map(|row| self.get(row))
    }

    /// Calls `hit` with each text that holds `word` (once each, ascending). An empty word is in every text.
    pub fn find(&self, word: &str, hit: impl FnMut(u32)) {
        self.find_in(0..u32::try_from(self.len()).unwrap_or(u32::MAX), word, hit);
    }

    /// The word can be in one of the texts at all.
    pub fn may_hold(&self, word: &str) -> bool {
        !word.contains(BETWEEN) && (self.beyond_ascii || word.is_ascii())
    }

    /// The same among the texts of some rows.
    pub fn find_in(&self, rows: Range<u32>, word: &str, mut hit: impl FnMut(u32)) {
        if !self.may_hold(word) {
            return;
        }
        if word.is_empty() {
            rows.for_each(hit);
            return;
        }
        let Some(mut cursor) = self.spans.cursor(rows.start) else {
            return;
        };
        let last = self
            .spans
            .get(rows.end)
            .map_or(self.spans.end() as usize, |(start, _)| start);
        let bytes = self.text.as_bytes().get(..last).unwrap_or_default();
        let mut at = cursor.start;
        let finder = memchr::memmem::Finder::new(word);
        let single = match word.as_bytes() {
            [byte] => Some(*byte),
            _ => None,
        };
        let next = |rest: &[u8]| match single {
            Some(byte) => memchr::memchr(byte, rest),
            None => finder.find(rest),
        };
        while let Some(found) = bytes.get(at..).and_then(next) {
            if cursor.reach(at + found).is_none() {
                return;
            }
            hit(cursor.piece);
            at = cursor.end;
        }
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.spans.shrink();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.spans.bytes()
    }
}

/// Names of rows that changed: as written, in search form.
type ChangedNames = HashMap<u32, (Box<str>, Box<str>)>;
/// Texts of rows that changed, in search form.
type ChangedNotes = HashMap<u32, Vec<Box<str>>>;

/// Names of rows: searched in search form ([`fold_search_char`]), shown as written. Changed rows hold both.
#[derive(Clone, Debug, Default)]
pub struct Names {
    lowered: Arena,
    cased_rows: Vec<u32>,
    cased: Arena,
    changed: ChangedNames,
    letters: Letters,
    /// Letters a row's characters begin with: as written or as read. A search by pinyin looks at few rows this way.
    begin: Vec<u32>,
}

/// Letters by character, worked out when a character is first met. Bit 0 stands for `a`.
#[derive(Clone, Debug, Default)]
struct Letters {
    known: Vec<u32>,
}

/// The character's letters are known.
const KNOWN: u32 = 1 << 31;
/// The character is another one in search form.
const FOLDED: u32 = 1 << 30;

/// Bit of a lower-case Latin letter; 0 for other characters.
pub fn letter(c: char) -> u32 {
    if c.is_ascii_lowercase() {
        1 << (u32::from(c) - u32::from('a'))
    } else {
        0
    }
}

impl Letters {
    fn of(&mut self, c: char) -> u32 {
        let at = u32::from(c) as usize;
        if self.known.is_empty() {
            self.known = vec![0; 1 << 16];
        }
        match self.known.get_mut(at) {
            Some(known) if *known & KNOWN != 0 => *known & !KNOWN,
            Some(known) => {
                let found = letters_of(c);
                *known = found | KNOWN;
                found
            }
            None => letters_of(c),
        }
    }
}

/// Letters of a character, and whether it is another one in search form ([`FOLDED`]).
fn letters_of(c: char) -> u32 {
    let own = if fold_search_char(c) == c && c != BETWEEN {
        letter(c)
    } else {
        letter(c) | FOLDED
    };
    pinyin::initials(c)
        .iter()
        .fold(own, |all, initial| all | letter(char::from(*initial)))
}

impl Names {
    /// Appends a row.
    pub fn push(&mut self, name: &str) {
        let row = u32::try_from(self.lowered.len()).unwrap_or(u32::MAX);
        let letters = self.letters_in(name);
        if letters & FOLDED == 0 {
            self.begin.push(letters);
            self.lowered.push(name);
        } else {
            let form = search_form(name);
            let letters = self.letters_in(&form) & !FOLDED;
            self.begin.push(letters);
            self.lowered.push(&form);
            self.cased_rows.push(row);
            self.cased.push(name);
        }
    }

    fn letters_in(&mut self, text: &str) -> u32 {
        let letters = &mut self.letters;
        text.chars().fold(0, |all, c| all | letters.of(c))
    }

    /// Appends rows of a load.
    pub fn join(&mut self, other: &Self) {
        let rows = u32::try_from(self.len()).unwrap_or(u32::MAX);
        self.lowered.join(&other.lowered);
        self.cased_rows
            .extend(other.cased_rows.iter().map(|row| rows.saturating_add(*row)));
        self.cased.join(&other.cased);
        self.begin.extend_from_slice(&other.begin);
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, rows: usize) {
        self.lowered.reserve(rows, 16);
        self.begin.reserve_exact(rows);
    }

    /// Letters that characters of each row begin with, as written or as read: see [`letter`]. Changed rows as they were.
    pub fn letters(&self) -> &[u32] {
        &self.begin
    }

    /// Changes a row.
    pub fn set(&mut self, row: u32, name: &str) {
        if self.get(row) != name {
            self.changed
                .insert(row, (name.into(), search_form(name).into()));
        }
    }

    /// As written.
    pub fn get(&self, row: u32) -> &str {
        if let Some((name, _)) = self.changed.get(&row) {
            return name;
        }
        match self.cased_rows.binary_search(&row) {
            Ok(at) => self.cased.get(u32::try_from(at).unwrap_or(u32::MAX)),
            Err(_) => self.lowered.get(row),
        }
    }

    /// In search form: as compared and sorted.
    pub fn lowered(&self, row: u32) -> &str {
        self.changed
            .get(&row)
            .map_or_else(|| self.lowered.get(row), |(_, form)| form)
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.lowered.len()
    }

    /// Names in search form, in row order, changed rows as they were; and the rows that changed.
    pub fn base(&self) -> (&Arena, &ChangedNames) {
        (&self.lowered, &self.changed)
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.lowered.shrink();
        self.cased.shrink();
        self.cased_rows.shrink_to_fit();
        self.begin.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.lowered.bytes()
            + self.cased.bytes()
            + self.cased_rows.capacity() * 4
            + (self.begin.capacity() + self.letters.known.capacity()) * 4
            + self.changed.capacity() * 48
    }
}

/// Any number of texts a row (remarks by staff), searched only. Kept in search form.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    base: Arena,
    rows: Vec<u32>,
    changed: ChangedNotes,
    letters: Letters,
    /// As those of [`Names`], by text.
    begin: Vec<u32>,
}

impl Notes {
    /// Adds a text to a row while loading.
    pub fn push(&mut self, row: u32, text: &str) {
        if !text.is_empty() {
            let form = search_form(text);
            let letters = &mut self.letters;
            let begin = form.chars().fold(0, |all, c| all | letters.of(c));
            self.begin.push(begin & !FOLDED);
            self.base.push(&form);
            self.rows.push(row);
        }
    }

    /// Appends the texts of a load.
    pub fn join(&mut self, other: &Self) {
        self.base.join(&other.base);
        self.rows.extend_from_slice(&other.rows);
        self.begin.extend_from_slice(&other.begin);
    }

    /// Replaces all texts of a row.
    pub fn set<'a>(&mut self, row: u32, texts: impl Iterator<Item = &'a str>) {
        self.changed
            .insert(row, texts.map(|t| search_form(t).into()).collect());
    }

    /// Letters that characters of each text of the load begin with: see [`Names::letters`].
    pub fn letters(&self) -> &[u32] {
        &self.begin
    }

    /// The texts of the load with their rows, and the rows that changed with all their texts.
    pub fn base(&self) -> (&Arena, &[u32], &ChangedNotes) {
        (&self.base, &self.rows, &self.changed)
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.base.shrink();
        self.rows.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.base.bytes()
            + (self.rows.capacity() + self.begin.capacity() + self.letters.known.capacity()) * 4
            + self.changed.capacity() * 64
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_lossless,
    reason = "samples are small"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_search_finds_what_each_text_holds(texts in prop::collection::vec("[ab张\u{0}]{0,6}", 0..60), word in "[ab张]{0,3}") {
            let mut arena = Arena::default();
            for text in &texts {
                arena.push(text);
            }
            let mut found = Vec::new();
            arena.find(&word, |row| found.push(row as usize));
            prop_assert_eq!(found, (0..texts.len()).filter(|i| texts[*i].contains(&word)).collect::<Vec<_>>());
            prop_assert_eq!(arena.iter().map(|t| t.replace('\u{fffd}', "\0")).collect::<Vec<_>>(), texts);
        }

        #[test]
        fn names_are_shown_as_written_and_compared_in_search_form(texts in prop::collection::vec("[aＢ张Z]{0,4}", 1..20), new in "[aZ张]{0,3}", at in any::<prop::sample::Index>()) {
            let mut names = Names::default();
            for text in &texts {
                names.push(text);
            }
            let (mut now, i) = (texts.clone(), at.index(texts.len()));
            now[i].clone_from(&new);
            names.set(i as u32, &new);
            for (row, text) in (0..).zip(&now) {
                prop_assert_eq!(names.get(row), text);
                prop_assert_eq!(names.lowered(row), search_form(text));
            }
        }
    }
}
