//! Looking for a name in all names: as text in one search, by pinyin with each character's part worked out once.

use super::bits::Bits;
use super::text::{Arena, Names, Notes, letter};
use crate::filter::NameMatcher;

/// A matcher's moves by character, worked out when a character is first met. A move of a set of states is the union of
/// the moves of its members, so one table row a character is enough.
pub struct Moves<'m> {
    matcher: &'m NameMatcher,
    states: usize,
    /// Row of each character below U+10000; 0 = not met yet.
    rows: Vec<u16>,
    table: Vec<u64>,
}

impl<'m> Moves<'m> {
    /// An empty table.
    pub fn new(matcher: &'m NameMatcher) -> Self {
        let states = usize::try_from(matcher.accepting().trailing_zeros()).unwrap_or(0);
        Self {
            matcher,
            states,
            rows: vec![0; 1 << 16],
            table: vec![0; states],
        }
    }

    /// Where a character's moves begin; `None` for rare characters, which are asked about each time.
    fn row(&mut self, c: char) -> Option<usize> {
        let cell = self.rows.get_mut(u32::from(c) as usize)?;
        if *cell == 0 {
            *cell = u16::try_from(self.table.len() / self.states.max(1)).ok()?;
            for state in 0..self.states {
                self.table.push(self.matcher.step(1 << state, c));
            }
        }
        Some(usize::from(*cell) * self.states)
    }

    /// The states after one more character.
    fn step(&mut self, mut states: u64, c: char) -> u64 {
        let Some(row) = self.row(c) else {
            return self.matcher.step(states, c);
        };
        states &= self.matcher.accepting() - 1;
        let mut next = 0;
        while states != 0 {
            let state = states.trailing_zeros() as usize;
            states &= states - 1;
            next |= self.table.get(row + state).copied().unwrap_or(0);
        }
        next
    }

    /// The name matches: as [`NameMatcher::is_match`] says.
    pub fn is_match(&mut self, name: &str) -> bool {
        if self.states == 0 {
            return self.matcher.is_match(name);
        }
        let (accepting, anchored) = (self.matcher.accepting(), self.matcher.is_prefix());
        let mut states = 1_u64;
        for c in name.chars() {
            states = self.step(states, c);
            if states & accepting != 0 {
                return true;
            }
            if !anchored {
                states |= 1;
            } else if states == 0 {
                return false;
            }
        }
        false
    }
}

/// The longest needle whose states fit the table's words.
const LONGEST: usize = 62;

/// A matcher goes through the table only when pinyin matters and its states fit.
fn by_text(matcher: &NameMatcher) -> bool {
    (matcher.is_plain() && !matcher.is_prefix()) || matcher.text().chars().count() > LONGEST
}

/// Hands on the texts that match. Texts are in search form.
fn each_match(texts: &Arena, matcher: &NameMatcher, mut hit: impl FnMut(u32)) {
    if matcher.text().is_empty() {
        texts.find("", hit);
    } else if by_text(matcher) {
        let mut plain = |row| {
            if !matcher.is_prefix() || texts.get(row).starts_with(matcher.text()) {
                hit(row);
            }
        };
        texts.find(matcher.text(), &mut plain);
    } else {
        let mut moves = Moves::new(matcher);
        for (row, text) in (0_u32..).zip(texts.iter()) {
            if moves.is_match(text) {
                hit(row);
            }
        }
    }
}

/// The rows of `within` that a needle read as pinyin can be found in: a character of the name begins with its first letter.
/// `None` when the needle says nothing about letters.
fn likely(names: &Names, matcher: &NameMatcher, within: &Bits) -> Option<Bits> {
    let first = matcher.text().chars().next().map_or(0, letter);
    if first == 0 || by_text(matcher) {
        return None;
    }
    let mut likely = Bits::of_column(names.letters(), |letters| letters & first != 0);
    likely.and(within);
    Some(likely)
}

/// Puts the rows whose name matches into `bits`; only rows of `within` need be right.
pub fn names(names: &Names, matcher: &NameMatcher, within: &Bits, bits: &mut Bits) {
    let (base, changed) = names.base();
    if let Some(likely) = likely(names, matcher, within) {
        let mut moves = Moves::new(matcher);
        for row in likely.rows() {
            if !changed.contains_key(&row) && moves.is_match(base.get(row)) {
                bits.put(row, true);
            }
        }
        for (&row, (_, form)) in changed {
            if matcher.is_match(form) {
                bits.put(row, true);
            }
        }
        return;
    }
    if within.count() * 8 < names.len() as u64 {
        let mut moves = Moves::new(matcher);
        let plain = by_text(matcher) || matcher.text().is_empty();
        for row in within.rows() {
            let text = names.lowered(row);
            if if plain {
                matcher.is_match(text)
            } else {
                moves.is_match(text)
            } {
                bits.put(row, true);
            }
        }
        return;
    }
    each_match(base, matcher, |row| {
        if changed.is_empty() || !changed.contains_key(&row) {
            bits.put(row, true);
        }
    });
    for (&row, (_, form)) in changed {
        if matcher.is_match(form) {
            bits.put(row, true);
        }
    }
}

/// Puts the rows one of whose remarks matches into `bits`.
pub fn notes(notes: &Notes, matcher: &NameMatcher, bits: &mut Bits) {
    let (base, rows, changed) = notes.base();
    each_match(base, matcher, |entry| {
        if let Some(&row) = rows.get(entry as usize)
            && !changed.contains_key(&row)
        {
            bits.put(row, true);
        }
    });
    for (&row, texts) in changed {
        if texts.iter().any(|t| matcher.is_match(t)) {
            bits.put(row, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Match;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_table_finds_what_the_matcher_finds(
            texts in prop::collection::vec("[张三李四重庆zhangsA1😀 ]{0,5}", 1..40),
            word in "[zhangsliA1张重😀]{0,4}", literal in any::<bool>(), prefix in any::<bool>(),
            few in any::<bool>(),
        ) {
            let matcher = NameMatcher::of(&Match { text: word.clone(), literal, prefix, id: false });
            let (mut all, mut remarks) = (Names::default(), Notes::default());
            for (row, text) in (0..).zip(&texts) {
                all.push(text);
                remarks.push(row, text);
            }
            all.set(0, "张A");
            let within = if few { Bits::of(texts.len(), |r| r == 0) } else { Bits::all(texts.len()) };
            let mut found = Bits::none(texts.len());
            names(&all, &matcher, &within, &mut found);
            found.and(&within);
            let truth = |row: u32| within.has(row) && matcher.is_match(if row == 0 { "张A" } else { &texts[row as usize] });
            prop_assert_eq!(found, Bits::of(texts.len(), truth));
            let mut noted = Bits::none(texts.len());
            notes(&remarks, &matcher, &mut noted);
            prop_assert_eq!(noted, Bits::of(texts.len(), |r| !texts[r as usize].is_empty() && matcher.is_match(&texts[r as usize])));
        }
    }
}
