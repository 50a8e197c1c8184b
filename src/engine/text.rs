//! Texts of many rows in one piece of memory, and looking for a word in all of them at once.

use std::collections::HashMap;

use super::bits::Bits;

/// Stands between two texts, so that nothing is found across them. Texts cannot hold it: see [`Arena::push`].
const BETWEEN: char = '\0';

/// Texts one after the other; a text ends where the next begins.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    text: String,
    ends: Vec<u32>,
}

impl Arena {
    /// Texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// No texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Appends a text; NUL, which the workspace refuses, becomes U+FFFD.
    pub fn push(&mut self, text: &str) {
        if text.contains(BETWEEN) {
            self.text.extend(
                text.chars()
                    .map(|c| if c == BETWEEN { '\u{fffd}' } else { c }),
            );
        } else {
            self.text.push_str(text);
        }
        self.text.push(BETWEEN);
        self.ends
            .push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// Where a text begins and ends.
    fn span(&self, row: u32) -> Option<(usize, usize)> {
        let row = row as usize;
        let end = *self.ends.get(row)? as usize;
        let start = row
            .checked_sub(1)
            .and_then(|r| self.ends.get(r))
            .map_or(0, |e| *e as usize);
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
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let text = self
                .text
                .get(start..(end as usize).saturating_sub(1))
                .unwrap_or_default();
            start = end as usize;
            text
        })
    }

    /// Calls `hit` with each text that holds `word` (once each, ascending). An empty word is in every text.
    pub fn find(&self, word: &str, mut hit: impl FnMut(u32)) {
        if word.contains(BETWEEN) {
            return;
        }
        if word.is_empty() {
            (0_u32..).zip(&self.ends).for_each(|(row, _)| hit(row));
            return;
        }
        let finder = memchr::memmem::Finder::new(word);
        let (bytes, mut at, mut row) = (self.text.as_bytes(), 0, 0_usize);
        while let Some(found) = bytes.get(at..).and_then(|rest| finder.find(rest)) {
            let place = u32::try_from(at + found).unwrap_or(u32::MAX);
            row += self.ends.get(row..).map_or(0, |ends| gallop(ends, place));
            let Some(&end) = self.ends.get(row) else {
                return;
            };
            hit(u32::try_from(row).unwrap_or(u32::MAX));
            at = end as usize;
        }
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4
    }
}

/// How many leading ends are not past `place`: steps that double, then bisection.
fn gallop(ends: &[u32], place: u32) -> usize {
    let mut step = 1;
    while ends.get(step).is_some_and(|&end| end <= place) {
        step *= 2;
    }
    let from = step / 2;
    from + ends
        .get(from..ends.len().min(step + 1))
        .map_or(0, |part| part.partition_point(|&end| end <= place))
}

/// Text as it is looked for: lower case, character by character.
pub fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Names of rows: searched in lower case, shown as written.
#[derive(Clone, Debug, Default)]
pub struct Names {
    lowered: Arena,
    cased_rows: Vec<u32>,
    cased: Arena,
    changed: HashMap<u32, Box<str>>,
}

impl Names {
    /// Appends a row.
    pub fn push(&mut self, name: &str) {
        let row = u32::try_from(self.lowered.len()).unwrap_or(u32::MAX);
        if name.chars().all(|c| !c.is_uppercase() && c != BETWEEN) {
            self.lowered.push(name);
        } else {
            self.lowered.push(&lower(name));
            self.cased_rows.push(row);
            self.cased.push(name);
        }
    }

    /// Changes a row.
    pub fn set(&mut self, row: u32, name: &str) {
        if self.get(row) != name {
            self.changed.insert(row, name.into());
        }
    }

    /// As written.
    pub fn get(&self, row: u32) -> &str {
        if let Some(name) = self.changed.get(&row) {
            return name;
        }
        match self.cased_rows.binary_search(&row) {
            Ok(at) => self.cased.get(u32::try_from(at).unwrap_or(u32::MAX)),
            Err(_) => self.lowered.get(row),
        }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.lowered.len()
    }

    /// No rows.
    pub fn is_empty(&self) -> bool {
        self.lowered.is_empty()
    }

    /// Names in lower case, in row order, changed rows as they were; and the rows that changed.
    pub fn base(&self) -> (&Arena, &HashMap<u32, Box<str>>) {
        (&self.lowered, &self.changed)
    }

    /// Puts the rows whose lower-case name holds `word` (lower case) into `bits`.
    pub fn find(&self, word: &str, bits: &mut Bits) {
        self.lowered.find(word, |row| {
            if self.changed.is_empty() || !self.changed.contains_key(&row) {
                bits.put(row, true);
            }
        });
        for (&row, name) in &self.changed {
            if lower(name).contains(word) {
                bits.put(row, true);
            }
        }
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.lowered.shrink();
        self.cased.shrink();
        self.cased_rows.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.lowered.bytes()
            + self.cased.bytes()
            + self.cased_rows.capacity() * 4
            + self.changed.capacity() * 48
    }
}

/// Any number of texts a row (remarks by staff), searched only. Kept in lower case.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    base: Arena,
    rows: Vec<u32>,
    changed: HashMap<u32, Vec<Box<str>>>,
}

impl Notes {
    /// Adds a text to a row while loading.
    pub fn push(&mut self, row: u32, text: &str) {
        if !text.is_empty() {
            self.base.push(&lower(text));
            self.rows.push(row);
        }
    }

    /// Replaces all texts of a row.
    pub fn set<'a>(&mut self, row: u32, texts: impl Iterator<Item = &'a str>) {
        self.changed
            .insert(row, texts.map(|t| lower(t).into()).collect());
    }

    /// Puts the rows with a text that holds `word` (lower case) into `bits`.
    pub fn find(&self, word: &str, bits: &mut Bits) {
        self.base.find(word, |entry| {
            if let Some(&row) = self.rows.get(entry as usize)
                && !self.changed.contains_key(&row)
            {
                bits.put(row, true);
            }
        });
        for (&row, texts) in &self.changed {
            if texts.iter().any(|t| t.contains(word)) {
                bits.put(row, true);
            }
        }
    }

    /// All texts with their rows, as they are now.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &str)> {
        let base = self
            .rows
            .iter()
            .copied()
            .zip(self.base.iter())
            .filter(|(row, _)| !self.changed.contains_key(row));
        let changed = self
            .changed
            .iter()
            .flat_map(|(&row, texts)| texts.iter().map(move |t| (row, &**t)));
        base.chain(changed)
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.base.shrink();
        self.rows.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.base.bytes() + self.rows.capacity() * 4 + self.changed.capacity() * 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_search_finds_what_each_text_holds(texts in prop::collection::vec("[ab张Z\u{0}]{0,6}", 0..60), word in "[ab张z]{0,3}", edits in prop::collection::vec((any::<prop::sample::Index>(), "[ab张Z]{0,4}"), 0..5)) {
            let (mut names, mut notes) = (Names::default(), Notes::default());
            for (i, t) in texts.iter().enumerate() {
                names.push(t);
                notes.push((i / 2) as u32, t);
            }
            let mut now = texts.clone();
            if !texts.is_empty() {
                for (at, new) in &edits {
                    let i = at.index(texts.len());
                    now[i].clone_from(new);
                    names.set(i as u32, new);
                }
            }
            let mut bits = Bits::none(texts.len());
            names.find(&word, &mut bits);
            prop_assert_eq!(bits, Bits::of(texts.len(), |r| lower(&now[r as usize]).contains(&word)));
            for (i, t) in now.iter().enumerate() {
                let got = names.get(i as u32).replace('\u{fffd}', "\0");
                prop_assert_eq!(&got, t);
            }
            let mut noted = Bits::none(texts.len());
            notes.find(&word, &mut noted);
            if !word.is_empty() {
                prop_assert_eq!(noted, Bits::of(texts.len(), |r| texts.chunks(2).nth(r as usize).is_some_and(|p| p.iter().any(|t| lower(t).contains(&word)))));
            }
        }
    }
}
