//! Sorting all rows by one key: numbers digit by digit, texts first by their beginnings in the same way. It can be given
//! up on the way, so that what is sorted while nobody waits is in nobody's way.

use std::cmp::Ordering;

use super::cells::{Cell, Cells};
use crate::filter::{Field, SortKey};

/// Rows between two looks whether to go on.
const PIECE: usize = 1 << 16;
/// Bits of a digit.
const DIGIT: u32 = 11;
/// Values of a digit.
const DIGITS: usize = 1 << DIGIT;
/// Where the number stands that is sorted by; below it stands the place.
const NUMBER_AT: u32 = 32;

impl Cells<'_> {
    /// Sorts rows by one key and leaves equal ones as they stand; `None`: given up, because `go_on` said no, with the rows
    /// in any order.
    pub(super) fn sort(
        &self,
        rows: &mut Vec<u32>,
        key: SortKey,
        go_on: &dyn Fn() -> bool,
    ) -> Option<()> {
        if matches!(key.field, Field::Name | Field::Text | Field::Id) {
            return self.sort_texts(rows, key, go_on);
        }
        let mut values = Vec::with_capacity(rows.len());
        let (mut low, mut high) = (u64::MAX, 0);
        for piece in rows.chunks(PIECE) {
            go_on().then_some(())?;
            values.extend(piece.iter().map(|row| match self.get(key.field, *row) {
                Some(Cell::Number(n)) => {
                    (low, high) = (low.min(n), high.max(n));
                    Some(n)
                }
                Some(Cell::Text(_)) | None => None,
            }));
        }
        let last = high.saturating_sub(low).saturating_add(1);
        let place = |value: Option<u64>| match value {
            Some(v) if key.descending => high - v,
            Some(v) => v - low,
            None => last,
        };
        let lower = |v: u64| v << NUMBER_AT >> NUMBER_AT;
        // What stands below the number is the place among the rows, which keeps them apart.
        let packed = (0_u64..)
            .zip(&values)
            .map(|(i, v)| lower(place(*v)) << NUMBER_AT | i)
            .collect();
        let mut packed = by_number(packed, last.min(lower(u64::MAX)), go_on)?;
        let at = |p: u64| usize::try_from(lower(p)).ok();
        if last > lower(u64::MAX) {
            for p in &mut packed {
                let value = at(*p).and_then(|at| values.get(at).copied().flatten());
                *p = place(value) >> NUMBER_AT << NUMBER_AT | lower(*p);
            }
            packed = by_number(packed, last >> NUMBER_AT, go_on)?;
        }
        let old = std::mem::take(rows);
        rows.extend(packed.into_iter().filter_map(|p| old.get(at(p)?)));
        Some(())
    }

    /// Texts are sorted by their first two characters, digit by digit; those that begin alike by their first sixteen bytes,
    /// and longer ones then by all of them.
    fn sort_texts(
        &self,
        rows: &mut Vec<u32>,
        key: SortKey,
        go_on: &dyn Fn() -> bool,
    ) -> Option<()> {
        let text = |row: u32| match self.get(key.field, row) {
            Some(Cell::Text(text)) => text,
            Some(Cell::Number(_)) | None => "",
        };
        let place = |row: u32| match text(row) {
            "" => u32::MAX,
            text if key.descending => !front(text),
            text => front(text),
        };
        let mut packed: Vec<u64> = Vec::with_capacity(rows.len());
        for (piece, start) in rows.chunks(PIECE).zip((0_u64..).step_by(PIECE)) {
            go_on().then_some(())?;
            let placed = (start..).zip(piece);
            packed.extend(placed.map(|(i, row)| u64::from(place(*row)) << NUMBER_AT | i));
        }
        let packed = by_number(packed, u64::from(u32::MAX), go_on)?;
        let old = std::mem::take(rows);
        let at = |p: u64| usize::try_from(p & u64::from(u32::MAX)).ok();
        let (mut alike, mut since) = (Vec::new(), 0_usize);
        rows.reserve_exact(old.len());
        for run in packed.chunk_by(|a, b| a >> NUMBER_AT == b >> NUMBER_AT) {
            since += run.len();
            if since > PIECE {
                since = 0;
                go_on().then_some(())?;
            }
            let own = run.iter().filter_map(|p| old.get(at(*p)?).copied());
            let is_empty = run
                .first()
                .is_some_and(|p| p >> NUMBER_AT == u64::from(u32::MAX));
            if run.len() == 1 || is_empty {
                rows.extend(own);
                continue;
            }
            alike.clear();
            alike.extend(own.map(|row| (head(text(row)), row)));
            let compare = |a: &(u128, u32), b: &(u128, u32)| {
                a.0.cmp(&b.0).then_with(|| match a.0 & 0xff {
                    // Texts hold no NUL: one that ends before the sixteenth byte is its head.
                    0 => Ordering::Equal,
                    _ => text(a.1).cmp(text(b.1)),
                })
            };
            if key.descending {
                alike.sort_by(|a, b| compare(b, a));
            } else {
                alike.sort_by(compare);
            }
            rows.extend(alike.iter().map(|(_, row)| *row));
        }
        Some(())
    }
}

/// The first two characters of a text as a number that is neither the least nor the largest. Characters past the last of
/// two bytes are alike, and where the first is one the second says nothing. Characters and bytes of a text have one order.
fn front(text: &str) -> u32 {
    const LAST: u32 = 0xfffe;
    let mut chars = text.chars().map(|c| u32::from(c).min(LAST));
    let first = chars.next().unwrap_or(0);
    let second = if first == LAST { None } else { chars.next() };
    first << 16 | second.unwrap_or(0)
}

/// Sorts by the numbers above [`NUMBER_AT`], none of them above `most`, and leaves equal ones as they stand: one pass a digit,
/// the lowest first. `None`: given up, because `go_on` said no.
#[expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the bits of a digit alone are wanted; it is below the number of digits, and each place is counted before it is filled"
)]
fn by_number(mut packed: Vec<u64>, most: u64, go_on: &dyn Fn() -> bool) -> Option<Vec<u64>> {
    let digit = |p: u64, shift: u32| usize::from((p >> shift) as u16) & (DIGITS - 1);
    let mut sorted = vec![0_u64; packed.len()];
    let mut shift = NUMBER_AT;
    while shift < u64::BITS && most << NUMBER_AT >> shift > 0 {
        let mut places = [0_usize; DIGITS];
        for piece in packed.chunks(PIECE) {
            go_on().then_some(())?;
            for &p in piece {
                places[digit(p, shift)] += 1;
            }
        }
        let mut sum = 0;
        for place in &mut places {
            // Now where the first of the digit goes; filling moves it on.
            sum += std::mem::replace(place, sum);
        }
        for piece in packed.chunks(PIECE) {
            go_on().then_some(())?;
            for &p in piece {
                let place = &mut places[digit(p, shift)];
                sorted[*place] = p;
                *place += 1;
            }
        }
        std::mem::swap(&mut packed, &mut sorted);
        shift += DIGIT;
    }
    Some(packed)
}

/// The first sixteen bytes of a text as a number, filled up with zeros.
fn head(text: &str) -> u128 {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(text.bytes()) {
        *to = from;
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use proptest::prelude::*;
    use std::cell::Cell as Count;

    proptest! {
        #[test]
        fn numbers_are_sorted_and_equal_ones_stay_as_they_stand(
            numbers in prop::collection::vec(prop_oneof![0_u32..4, 2_000_u32..2_100, any::<u32>()], 0..300),
        ) {
            let packed = |(i, n): (usize, &u32)| u64::from(*n) << NUMBER_AT | i as u64;
            let all: Vec<u64> = numbers.iter().enumerate().map(packed).collect();
            let most = u64::from(numbers.iter().copied().max().unwrap_or(0));
            let mut expected = all.clone();
            expected.sort_by_key(|p| p >> NUMBER_AT);
            prop_assert_eq!(by_number(all, most, &|| true), Some(expected));
        }
    }

    proptest! {
        #[test]
        fn texts_are_sorted_and_equal_ones_stay_as_they_stand(
            texts in prop::collection::vec("(王芳){0,3}[ab芳李\u{fffd}\u{1f338}\u{1f339}]{0,3}", 1..80),
            descending in any::<bool>(),
        ) {
            let mut engine = Engine::default();
            for text in &texts {
                let row = engine.customers.append(&format!("wm{:03}", engine.customers.len()));
                engine.customers.names.set(row, text);
            }
            let sort = SortKey { field: Field::Name, descending };
            // As the sort by another key may have left them.
            let mut rows: Vec<u32> = (0..).take(texts.len()).collect();
            rows.reverse();
            let mut expected = rows.clone();
            expected.sort_by(|a, b| {
                let (a, b) = (&texts[*a as usize], &texts[*b as usize]);
                let order = if descending { b.cmp(a) } else { a.cmp(b) };
                a.is_empty().cmp(&b.is_empty()).then(order)
            });
            let cells = Cells::new(&engine, &[sort]);
            prop_assert!(cells.sort(&mut rows, sort, &|| true).is_some());
            prop_assert_eq!(&rows, &expected);
            prop_assert!(cells.sort(&mut rows, sort, &|| false).is_none());
        }
    }

    proptest! {
        #[test]
        fn wide_numbers_are_sorted_and_equal_ones_stay_as_they_stand(
            bought in prop::collection::vec((0_u32..4, 1_i64..1_000), 1..80),
            descending in any::<bool>(),
        ) {
            let mut engine = Engine::default();
            for (orders, spend) in &bought {
                let row = engine.customers.append(&format!("wm{:03}", engine.customers.len()));
                engine.customers.orders.set(row, Some(i64::from(*orders)));
                engine.customers.spend.set(row, Some(*spend));
            }
            let sort = SortKey { field: Field::Aov, descending };
            let mut rows: Vec<u32> = (0..).take(bought.len()).collect();
            rows.reverse();
            let mut expected = rows.clone();
            expected.sort_by(|a, b| {
                // Spend a over orders a against spend b over orders b, without dividing; none stand last.
                let [(n, x), (m, y)] = [bought[*a as usize], bought[*b as usize]];
                let order = (x * i64::from(m)).cmp(&(y * i64::from(n)));
                let order = if descending { order.reverse() } else { order };
                let order = if n == 0 || m == 0 { Ordering::Equal } else { order };
                (n == 0).cmp(&(m == 0)).then(order)
            });
            let cells = Cells::new(&engine, &[sort]);
            prop_assert!(cells.sort(&mut rows, sort, &|| true).is_some());
            prop_assert_eq!(&rows, &expected);
            prop_assert!(cells.sort(&mut rows, sort, &|| false).is_none());
        }
    }

    #[test]
    fn a_sort_is_given_up_between_two_digits() {
        let asked = Count::new(0);
        let go_on = || {
            asked.set(asked.get() + 1);
            asked.get() < 3
        };
        let all: Vec<u64> = (0..9).map(|n| n << (NUMBER_AT + DIGIT)).collect();
        assert_eq!(by_number(all, 9 << DIGIT, &go_on), None);
        assert_eq!(asked.get(), 3);
    }
}
