//! Which customer has which tags: each row's own list, and bits per tag made on first use.
//!
//! Lists grow with the links, not with customers × tags, so a workspace with thousands of tags stays small.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::bits::Bits;
use super::narrow::Narrow;
use super::pair::halves;
use super::spans::Spans;

/// Tags whose bits are kept (125 KB each at a million customers).
const KEPT: usize = 24;
/// Lists of so few rows are added up on one thread.
const FEW: u64 = 30_000;
/// Changed rows above which the lists are packed again.
const PACK: usize = 1 << 16;

/// Tags by row. Codes come from the engine's tag dictionary; a row's list is ascending and without repeats.
#[derive(Clone, Debug, Default)]
pub struct TagLists {
    spans: Spans,
    codes: Narrow,
    changed: HashMap<u32, Box<[u16]>>,
    totals: Vec<u64>,
    kept: Vec<(u16, Arc<Bits>)>,
}

impl TagLists {
    /// Appends a row while loading; `list` in any order, with repeats (one tag by two staff is one tag). Empties the list.
    pub fn push(&mut self, list: &mut Vec<u16>) {
        list.sort_unstable();
        list.dedup();
        for code in list.iter() {
            bump(&mut self.totals, *code, 1);
        }
        self.spans.push(list.len());
        list.drain(..).for_each(|code| self.codes.push(code));
    }

    /// Appends rows of a load.
    pub fn join(&mut self, other: &Self) {
        self.codes.join(&other.codes);
        self.spans.join(&other.spans);
        for (code, total) in (0_u16..).zip(&other.totals) {
            bump(
                &mut self.totals,
                code,
                i64::try_from(*total).unwrap_or(i64::MAX),
            );
        }
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.spans.reserve(rows);
        self.codes.reserve(rows);
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.spans.shrink();
        self.codes.shrink();
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The row's list in the packed columns.
    fn packed(&self, row: u32) -> impl Iterator<Item = u16> + '_ {
        let (start, end) = self.spans.get(row).unwrap_or_default();
        self.codes.part(start, end)
    }

    /// The tags of a row, ascending.
    pub fn of(&self, row: u32) -> Vec<u16> {
        match self.changed.get(&row) {
            Some(list) => list.to_vec(),
            None => self.packed(row).collect(),
        }
    }

    /// How many tags a row has.
    pub fn count(&self, row: u32) -> usize {
        let (start, end) = self.spans.get(row).unwrap_or_default();
        self.changed
            .get(&row)
            .map_or(end - start, |list| list.len())
    }

    /// Customers with the tag.
    #[cfg(test)]
    pub fn total(&self, code: u16) -> u64 {
        self.totals.get(usize::from(code)).copied().unwrap_or(0)
    }

    /// Replaces a row's tags; a row past the end is appended (rows between get no tags).
    pub fn set(&mut self, row: u32, mut list: Vec<u16>) {
        list.sort_unstable();
        list.dedup();
        while self.len() <= row as usize {
            self.spans.push(0);
        }
        let old = self.of(row);
        if old == list {
            return;
        }
        for code in &old {
            bump(&mut self.totals, *code, -1);
        }
        for code in &list {
            bump(&mut self.totals, *code, 1);
        }
        let len = self.len();
        for (code, bits) in &mut self.kept {
            let bits = Arc::make_mut(bits);
            bits.resize(len);
            bits.put(row, list.contains(code));
        }
        self.changed.insert(row, list.into());
        if self.changed.len() > PACK {
            self.pack();
        }
    }

    /// Merges changed rows into the packed lists.
    fn pack(&mut self) {
        let len = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let (mut spans, mut codes) = (Spans::default(), Narrow::default());
        codes.reserve(self.codes.len());
        for row in 0..len {
            let list = self.of(row);
            spans.push(list.len());
            for code in list {
                codes.push(code);
            }
        }
        (self.spans, self.codes) = (spans, codes);
        self.changed = HashMap::new();
    }

    /// The rows with the tag.
    pub fn bits(&mut self, code: u16) -> Arc<Bits> {
        let len = self.len();
        let bits = if let Some(at) = self.kept.iter().position(|(c, _)| *c == code) {
            let (_, mut bits) = self.kept.remove(at);
            if bits.len() != len {
                Arc::make_mut(&mut bits).resize(len);
            }
            bits
        } else {
            if self.kept.len() >= KEPT {
                self.kept.remove(0);
            }
            Arc::new(self.scan(code))
        };
        self.kept.push((code, bits.clone()));
        bits
    }

    /// Reads all lists for one tag, on two threads.
    fn scan(&self, code: u16) -> Bits {
        let all = u32::try_from(self.len()).unwrap_or(u32::MAX);
        let (mut bits, other) = halves(all, |part| {
            let mut bits = Bits::none(self.len());
            let end = self.spans.get(part.end).map(|(start, _)| start);
            let end = end.unwrap_or(self.spans.end() as usize);
            if let Some(mut cursor) = self.spans.cursor(part.start) {
                self.codes.each_place(code, cursor.start..end, |place| {
                    if cursor.reach(place).is_some() {
                        bits.put(cursor.piece, true);
                    }
                });
            }
            bits
        });
        bits.or(&other);
        for (&row, list) in &self.changed {
            bits.put(row, list.contains(&code));
        }
        bits
    }

    /// How many of the rows have each tag, by code: as kept for all of `live`. Else walks the lists of the fewer: the rows, or
    /// the others of `live`.
    pub fn counts(&self, rows: &Bits, live: &Bits) -> Vec<u64> {
        if rows == live {
            return self.totals.clone();
        }
        let (inside, all) = (rows.count(), live.count());
        if inside * 2 <= all {
            return self.walk(rows);
        }
        let mut others = live.clone();
        others.and_not(rows);
        let mut counts = self.walk(&others);
        for (count, total) in counts.iter_mut().zip(&self.totals) {
            *count = total.saturating_sub(*count);
        }
        counts
    }

    /// Adds up the lists of the rows.
    fn walk(&self, rows: &Bits) -> Vec<u64> {
        let all = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        let (mut counts, others) = if rows.count() < FEW {
            (self.walk_part(rows, 0..all), Vec::new())
        } else {
            halves(all, |part| self.walk_part(rows, part))
        };
        for (count, other) in counts.iter_mut().zip(others) {
            *count += other;
        }
        let mut counts: Vec<u64> = counts.into_iter().map(u64::from).collect();
        for (&row, list) in self.changed.iter().filter(|(row, _)| rows.has(**row)) {
            for code in self.packed(row) {
                bump(&mut counts, code, -1);
            }
            for code in list {
                bump(&mut counts, *code, 1);
            }
        }
        counts
    }

    /// Adds up the packed lists of a part of the rows.
    fn walk_part(&self, rows: &Bits, part: Range<u32>) -> Vec<u32> {
        match &self.codes {
            Narrow::Bytes(codes) => self.walk_bytes(codes, rows, part),
            Narrow::Pairs(codes) => self.walk_pairs(codes, rows, part),
        }
    }

    /// The same, all codes being of one byte. A list of up to eight is counted without asking how long it is, which no
    /// processor could foretell: what stands behind it counts as code 0, which is no tag. Neighbours count apart, so that
    /// none waits for the one before it.
    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is always below 256, and this loop is what a typed character waits for"
    )]
    fn walk_bytes(&self, codes: &[u8], rows: &Bits, part: Range<u32>) -> Vec<u32> {
        let mut apart = [[0_u32; 256]; 4];
        let [one, two, three, four] = &mut apart;
        let up = |counts: &mut [u32; 256], code: u8| {
            let n = &mut counts[usize::from(code)];
            *n = n.wrapping_add(1);
        };
        self.spans.each_of(rows, part, |start, end| {
            let len = end.saturating_sub(start);
            let eight = codes.get(start..).and_then(|rest| rest.first_chunk::<8>());
            if let (Some(eight), true) = (eight, len <= 8) {
                let behind = u32::try_from(64 - 8 * len).unwrap_or(64);
                let own = u64::MAX.checked_shr(behind).unwrap_or(0);
                let own = (u64::from_le_bytes(*eight) & own).to_le_bytes();
                for [first, second, third, fourth] in own.as_chunks::<4>().0 {
                    up(one, *first);
                    up(two, *second);
                    up(three, *third);
                    up(four, *fourth);
                }
            } else {
                let list = codes.get(start..end).unwrap_or_default();
                for code in list {
                    up(one, *code);
                }
            }
        });
        let mut counts: Vec<u32> = (0..self.totals.len().min(256))
            .map(|code| apart.iter().fold(0, |sum, own| sum + own[code]))
            .collect();
        super::column::put(&mut counts, 0, 0);
        counts
    }

    /// The same, some codes being of two bytes.
    fn walk_pairs(&self, codes: &[u16], rows: &Bits, part: Range<u32>) -> Vec<u32> {
        let mut counts = vec![0_u32; self.totals.len()];
        self.spans.each_of(rows, part, |start, end| {
            for code in codes.get(start..end).unwrap_or_default() {
                if let Some(n) = counts.get_mut(usize::from(*code)) {
                    *n = n.wrapping_add(1);
                }
            }
        });
        counts
    }

    /// Bytes on the heap, by column.
    pub fn bytes(&self) -> Vec<(&'static str, usize)> {
        vec![
            (
                "tag lists",
                self.spans.bytes() + self.codes.bytes() + self.changed.capacity() * 40,
            ),
            (
                "tag bits",
                self.kept.iter().map(|(_, b)| b.bytes()).sum::<usize>(),
            ),
        ]
    }
}

/// Adds to a count by code, making room for it.
fn bump(counts: &mut Vec<u64>, code: u16, by: i64) {
    let at = usize::from(code);
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    if let Some(n) = counts.get_mut(at) {
        *n = n.saturating_add_signed(by);
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
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn lists_bits_and_counts_agree_through_any_edits(
            mut links in prop::collection::vec((0_u32..40, 1_u16..9), 0..200),
            long in prop::collection::vec((0_u32..4, 1_u16..30), 0..60),
            edits in prop::collection::vec((0_u32..44, prop::collection::vec(1_u16..9, 0..4)), 0..12),
            many in prop::option::of(prop::collection::vec((0_u32..40, 250_u16..270), 1..9)),
            chosen in prop::collection::vec(any::<bool>(), 44),
            pack in any::<bool>(),
            cut in 0_u32..=40,
        ) {
            // With more than 255 tags codes take two bytes.
            links.extend(long);
            links.extend(many.into_iter().flatten());
            let mut truth: Vec<BTreeSet<u16>> = vec![BTreeSet::new(); 40];
            for (row, code) in &links {
                truth[*row as usize].insert(*code);
            }
            // Two loads of a part each, links in the order in which they come.
            let part = |rows: Range<u32>| {
                let mut part = TagLists::default();
                for row in rows {
                    let mut own = links.iter().filter(|(r, _)| *r == row).map(|(_, code)| *code).collect();
                    part.push(&mut own);
                }
                part
            };
            let mut lists = part(0..cut);
            lists.join(&part(cut..40));
            let _ = lists.bits(3);
            for (row, list) in &edits {
                while truth.len() <= *row as usize {
                    truth.push(BTreeSet::new());
                }
                truth[*row as usize] = list.iter().copied().collect();
                lists.set(*row, list.clone());
            }
            if pack {
                lists.pack();
            }
            let len = truth.len();
            let live = Bits::all(len);
            let rows = Bits::of(len, |r| chosen[r as usize]);
            let (counts, everybody) = (lists.counts(&rows, &live), lists.counts(&live, &live));
            for code in (1..30_u16).chain(250..270) {
                let with = Bits::of(len, |r| truth[r as usize].contains(&code));
                prop_assert_eq!(lists.total(code), with.count());
                prop_assert_eq!(counts.get(usize::from(code)).copied().unwrap_or(0), with.count_shared(&rows));
                prop_assert_eq!(everybody.get(usize::from(code)).copied().unwrap_or(0), with.count());
                prop_assert_eq!(&*lists.bits(code), &with);
            }
            for (row, tags) in truth.iter().enumerate() {
                prop_assert_eq!(lists.of(row as u32), tags.iter().copied().collect::<Vec<_>>());
            }
        }
    }
}
