//! Looking for a name in all names: as text in one search, by pinyin with each character's part worked out once.

use std::ops::Range;

use super::bits::Bits;
use super::ids::Ids;
use super::pair::halves;
use super::text::{Arena, Names, Notes, letter};
use crate::filter::{Match, NameMatcher, pinyin};

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

/// Tests texts one by one: as text, or through a table of moves.
enum Tester<'m> {
    Text(&'m NameMatcher),
    Pinyin(Moves<'m>),
}

impl<'m> Tester<'m> {
    fn new(matcher: &'m NameMatcher) -> Self {
        if by_text(matcher) || matcher.text().is_empty() {
            Self::Text(matcher)
        } else {
            Self::Pinyin(Moves::new(matcher))
        }
    }

    fn is_match(&mut self, text: &str) -> bool {
        match self {
            Self::Text(matcher) => matcher.is_match(text),
            Self::Pinyin(moves) => moves.is_match(text),
        }
    }
}

/// The letters that some character must begin with wherever a needle read as pinyin is found: its first letter, and each
/// that cannot stand within a syllable behind the one before it. 0 when the needle says nothing about letters.
fn needed(matcher: &NameMatcher) -> u32 {
    if by_text(matcher) {
        return 0;
    }
    let (mut before, mut needed) = (None, 0);
    for c in matcher.text().chars() {
        if before.is_none_or(|before| !pinyin::follows(before, c)) {
            needed |= letter(c);
        }
        before = Some(c);
    }
    needed
}

/// One letter of pinyin is in every text of which a character begins with it: nothing more is to be tested.
fn is_letter(matcher: &NameMatcher) -> bool {
    let mut chars = matcher.text().chars();
    let one = chars.next().is_some_and(|c| letter(c) != 0) && chars.next().is_none();
    one && !matcher.is_plain() && !matcher.is_prefix()
}

/// Rows found on two threads.
fn found(len: usize, find: impl Fn(Range<u32>, &mut Bits) + Sync) -> Bits {
    let (mut one, other) = halves(u32::try_from(len).unwrap_or(u32::MAX), |part| {
        let mut bits = Bits::none(len);
        find(part, &mut bits);
        bits
    });
    one.or(&other);
    one
}

/// A needle looked for as text among so many rows that one search through all texts is quicker than row by row.
pub fn is_one_search(matcher: &NameMatcher, within: &Bits) -> bool {
    by_text(matcher)
        && !matcher.is_prefix()
        && !matcher.text().is_empty()
        && within.count() * 8 >= within.len() as u64
}

/// Rows whose name holds a needle as text, and rows whose id or remarks do when these are given: one pass on two threads. All
/// rows are looked at: the caller narrows.
pub fn one_search(
    names: &Names,
    others: Option<(&Ids, &Notes)>,
    value: &Match,
    matcher: &NameMatcher,
) -> Bits {
    let ((base, changed), len) = (names.base(), names.len());
    let word = matcher.text();
    let search = |part: Range<u32>| {
        let (mut by_name, mut by_rest) = (Bits::none(len), Bits::none(len));
        base.find_in(part.clone(), word, |row| by_name.put(row, true));
        if let Some((ids, notes)) = others {
            if ids.arena().may_hold(&value.text) {
                let put = |row| by_rest.put(row, true);
                ids.arena().find_in(part.clone(), &value.text, put);
            }
            let (texts, rows, changed) = notes.base();
            texts.find_in(share(&part, len, texts.len()), word, |entry| {
                if let Some(&row) = rows.get(entry as usize)
                    && !changed.contains_key(&row)
                {
                    by_rest.put(row, true);
                }
            });
        }
        (by_name, by_rest)
    };
    let (mut one, other) = halves(u32::try_from(len).unwrap_or(u32::MAX), search);
    one.0.or(&other.0);
    for (&row, (_, form)) in changed {
        one.0.put(row, matcher.is_match(form));
    }
    one.0.or(&one.1);
    one.0.or(&other.1);
    if let Some((_, notes)) = others {
        let (_, _, changed) = notes.base();
        for (&row, texts) in changed {
            if texts.iter().any(|t| matcher.is_match(t)) {
                one.0.put(row, true);
            }
        }
    }
    one.0
}

/// The part of `all` other things that is as large as a part of `len` rows, and where it stands.
fn share(part: &Range<u32>, len: usize, all: usize) -> Range<u32> {
    let place = |row: u32| {
        let place = u64::from(row) * all as u64 / (len.max(1) as u64);
        u32::try_from(place).unwrap_or(u32::MAX)
    };
    place(part.start)..place(part.end)
}

/// Puts the rows whose name matches into `bits`; only rows of `within` need be right.
pub fn names(names: &Names, matcher: &NameMatcher, within: &Bits, bits: &mut Bits) {
    let (base, changed) = names.base();
    let needed = needed(matcher);
    let mut hits = if needed != 0 {
        let mut likely = Bits::of_column(names.letters(), |letters| letters & needed == needed);
        likely.and(within);
        if is_letter(matcher) {
            likely
        } else {
            tested(base, matcher, &likely)
        }
    } else if !by_text(matcher) || within.count() * 8 < names.len() as u64 {
        tested(base, matcher, within)
    } else {
        let is_there = |row| !matcher.is_prefix() || base.get(row).starts_with(matcher.text());
        found(names.len(), |part, bits| {
            base.find_in(part, matcher.text(), |row| {
                if is_there(row) {
                    bits.put(row, true);
                }
            });
        })
    };
    for (&row, (_, form)) in changed {
        hits.put(row, matcher.is_match(form));
    }
    bits.or(&hits);
}

/// The rows of a set whose text matches.
fn tested(texts: &Arena, matcher: &NameMatcher, rows: &Bits) -> Bits {
    let test = |part: Range<u32>, bits: &mut Bits| {
        let mut tester = Tester::new(matcher);
        rows.each_of(part, |row| {
            if tester.is_match(texts.get(row)) {
                bits.put(row, true);
            }
        });
    };
    if rows.count() < FEW {
        let mut bits = Bits::none(rows.len());
        test(0..u32::try_from(rows.len()).unwrap_or(u32::MAX), &mut bits);
        return bits;
    }
    found(rows.len(), test)
}

/// Rows tested one by one for which a second thread is not worth starting.
const FEW: u64 = 20_000;

/// Puts the rows whose id holds a needle, as typed, into `bits`; only rows of `within` need be right.
pub fn ids(ids: &Ids, value: &Match, within: &Bits, bits: &mut Bits) {
    let (texts, word) = (ids.arena(), value.text.as_str());
    let is_there = |row| !value.prefix || ids.get(row).starts_with(word);
    if within.count() * 8 < ids.len() as u64 {
        if texts.may_hold(word) {
            let finder = memchr::memmem::Finder::new(word);
            within.each(|row| {
                if finder.find(ids.get(row).as_bytes()).is_some() && is_there(row) {
                    bits.put(row, true);
                }
            });
        }
        return;
    }
    if texts.may_hold(word) {
        bits.or(&found(ids.len(), |part, bits| {
            texts.find_in(part, word, |row| {
                if is_there(row) {
                    bits.put(row, true);
                }
            });
        }));
    }
}

/// Puts the rows one of whose remarks matches into `bits`; only rows of `within` need be right.
pub fn notes(notes: &Notes, matcher: &NameMatcher, within: &Bits, bits: &mut Bits) {
    let (base, rows, changed) = notes.base();
    let mut hit = |entry: u32| {
        if let Some(&row) = rows.get(entry as usize)
            && !changed.contains_key(&row)
        {
            bits.put(row, true);
        }
    };
    let needed = needed(matcher);
    if by_text(matcher) || matcher.text().is_empty() {
        base.find(matcher.text(), |entry| {
            if !matcher.is_prefix() || base.get(entry).starts_with(matcher.text()) {
                hit(entry);
            }
        });
    } else {
        let whole = is_letter(matcher);
        let mut tester = Tester::new(matcher);
        for ((entry, letters), row) in (0_u32..).zip(notes.letters()).zip(rows) {
            if letters & needed == needed
                && within.has(*row)
                && (whole || tester.is_match(base.get(entry)))
            {
                hit(entry);
            }
        }
    }
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
            if is_one_search(&matcher, &within) {
                let value = Match { text: word.clone(), literal, prefix, id: false };
                let mut ids = Ids::default();
                for row in 0..texts.len() {
                    ids.push(&format!("{row:03}a张"));
                }
                let mut one = one_search(&all, None, &value, &matcher);
                one.and(&within);
                prop_assert_eq!(&one, &Bits::of(texts.len(), truth));
                let mut one = one_search(&all, Some((&ids, &remarks)), &value, &matcher);
                one.and(&within);
                let any = |row: u32| truth(row) || within.has(row) && (matcher.is_match(&texts[row as usize]) || ids.get(row).contains(&word));
                prop_assert_eq!(one, Bits::of(texts.len(), any));
            }
            let mut noted = Bits::none(texts.len());
            notes(&remarks, &matcher, &Bits::all(texts.len()), &mut noted);
            prop_assert_eq!(noted, Bits::of(texts.len(), |r| !texts[r as usize].is_empty() && matcher.is_match(&texts[r as usize])));
        }
    }
}
