//! Coarse order: in which of up to 256 parts of the order of a sort each row stands, in one byte. It is made row by row, in
//! as many pauses as that takes, where the order itself must be sorted in one; from then on a window is looked for among
//! the rows of a part or two.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::Range;

use super::super::bits::Bits;
use super::super::cells::Cells;
use super::super::column::put;
use super::super::pair::halves;
use super::numbers::{ByNumber, Ranked, ordered};
use crate::filter::SortKey;

/// Rows between which parts are bounded; eight of them a part.
const SAMPLE: u32 = 2_048;
/// Parts.
const PARTS: usize = 256;
/// Rows between two looks whether to go on.
const PIECE: usize = if cfg!(test) { 1 << 6 } else { 1 << 14 };
/// Changed rows above which the parts are made again rather than mended.
const MEND: usize = 50_000;

/// The part of each row in the order of a sort. Dead rows stand anywhere.
#[derive(Clone, Debug)]
pub struct Strata {
    /// Of which sort.
    pub sort: Vec<SortKey>,
    /// The first rows of all parts but the first, in order.
    firsts: Vec<u32>,
    /// Of the rows so far; of all of them once it is whole.
    parts: Vec<u8>,
    whole: bool,
    /// Rows whose cells changed since.
    stale: HashSet<u32>,
}

/// Where a sweep cuts the sorted hits in two.
#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// Before the first.
    Top,
    /// Behind the last.
    Bottom,
    /// Before this row.
    Before(u32),
    /// Before the row at this position.
    At(u64),
}

/// The hits near a cut.
#[derive(Debug)]
pub struct Near {
    /// They alone.
    pub hits: Bits,
    /// Hits above all of them.
    pub above: u64,
}

impl Strata {
    /// Rows changed; false when the parts are worth nothing any more.
    pub fn touch(&mut self, rows: &[u32]) -> bool {
        self.stale.extend(rows);
        self.stale.len() <= MEND
    }

    /// The parts of all rows are known.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.parts.capacity() + self.stale.capacity() * 5
    }

    /// The hits between which a cut and as many wanted rows above and below it lie.
    pub(super) fn near(&self, hits: &Bits, cut: Cut, (above, below): (usize, usize)) -> Near {
        let counts = self.counts(hits);
        // Hits before each part, and all of them behind the last.
        let mut before = vec![0_u64];
        before.extend(counts.iter().scan(0, |sum, count| {
            *sum += u64::from(*count);
            Some(*sum)
        }));
        let up_to = |place: u64| {
            before
                .partition_point(|sum| *sum <= place)
                .saturating_sub(1)
        };
        let all = before.last().copied().unwrap_or(0);
        let at = |part: usize| before.get(part).copied().unwrap_or(all);
        let (from, to) = match cut {
            Cut::Top => (0, below as u64),
            Cut::Bottom => (all.saturating_sub(above as u64), all),
            Cut::At(offset) => (offset, offset.saturating_add(below as u64)),
            Cut::Before(row) => {
                let part = usize::from(self.part(row));
                let (first, last) = (at(part), at(part + 1));
                (
                    first.saturating_sub(above as u64),
                    last.saturating_add(below as u64),
                )
            }
        };
        let (low, high) = (up_to(from), up_to(to.saturating_sub(1)));
        let byte = |part: usize| u8::try_from(part).unwrap_or(u8::MAX);
        let (low_part, high_part) = (byte(low), byte(high));
        let mut near = Bits::of_column(&self.parts, |part| (low_part..=high_part).contains(&part));
        near.and(hits);
        Near {
            hits: near,
            above: at(low),
        }
    }

    fn part(&self, row: u32) -> u8 {
        self.parts.get(row as usize).copied().unwrap_or(0)
    }

    /// Hits of each part.
    fn counts(&self, hits: &Bits) -> [u32; PARTS] {
        let rows = u32::try_from(hits.len()).unwrap_or(u32::MAX);
        let (mut counts, others) = halves(rows, |rows| self.counts_of(hits, rows));
        for (count, other) in counts.iter_mut().zip(others) {
            *count += other;
        }
        counts
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "a byte is always below 256, and this loop goes over all hits while somebody waits"
    )]
    fn counts_of(&self, hits: &Bits, rows: Range<u32>) -> [u32; PARTS] {
        let mut counts = [0; PARTS];
        let mut other = [0; PARTS];
        hits.each_word_of(rows, |base, word| {
            let parts = self.parts.get(base as usize..).unwrap_or_default();
            if let (u64::MAX, Some(whole)) = (word, parts.first_chunk::<64>()) {
                // Neighbours count apart, so that none waits for the one before it.
                for [one, two] in whole.as_chunks::<2>().0 {
                    counts[usize::from(*one)] += 1;
                    other[usize::from(*two)] += 1;
                }
                return;
            }
            let mut rest = word;
            while rest != 0 {
                if let Some(part) = parts.get(rest.trailing_zeros() as usize) {
                    counts[usize::from(*part)] += 1;
                }
                rest &= rest - 1;
            }
        });
        for (count, more) in counts.iter_mut().zip(other) {
            *count += more;
        }
        counts
    }
}

/// Makes the parts of more rows, or mends those of all.
pub struct Stratify<'a> {
    /// Read and compared through these.
    pub cells: &'a Cells<'a>,
    /// Of which sort.
    pub sort: &'a [SortKey],
    /// What was made before.
    pub old: Option<Strata>,
    /// Asked between two pieces.
    pub go_on: &'a dyn Fn() -> bool,
}

impl ByNumber for Stratify<'_> {
    type Made = Strata;

    fn by(self, number: impl Fn(u32) -> u64 + Sync, exact: bool) -> Strata {
        let order = ordered(self.cells, self.sort, exact);
        let bounded = |old: &Strata| !old.firsts.iter().any(|row| old.stale.contains(row));
        let old = self.old.filter(bounded);
        let mut strata = old.unwrap_or_else(|| Strata {
            sort: self.sort.to_vec(),
            firsts: firsts(self.cells, &number, order),
            parts: Vec::new(),
            whole: false,
            stale: HashSet::new(),
        });
        let bounds = Bounds::new(&strata.firsts, &number, order);
        let len = self.cells.engine.customers.len();
        if strata.whole {
            // Rows that came since are among those that changed.
            strata.parts.resize(len, 0);
        }
        strata
            .parts
            .reserve_exact(len - strata.parts.len().min(len));
        while strata.parts.len() < len && (self.go_on)() {
            let start = strata.parts.len();
            let rows = (start..len.min(start + PIECE)).filter_map(|row| u32::try_from(row).ok());
            strata
                .parts
                .extend(rows.map(|row| bounds.part(&number, row)));
        }
        strata.whole = strata.parts.len() >= len;
        if strata.whole {
            for row in std::mem::take(&mut strata.stale) {
                put(&mut strata.parts, row as usize, bounds.part(&number, row));
            }
        }
        strata
    }
}

/// The first rows of parts that are about as long as one another.
fn firsts(
    cells: &Cells<'_>,
    number: &impl Fn(u32) -> u64,
    order: impl Fn(&Ranked, &Ranked) -> Ordering,
) -> Vec<u32> {
    let customers = &cells.engine.customers;
    let rows = u32::try_from(customers.len()).unwrap_or(u32::MAX);
    let step = (rows / SAMPLE).max(1) as usize;
    let live = |row: &u32| customers.live.has(*row);
    let sample = (0..rows).step_by(step).filter(live);
    let mut sample: Vec<Ranked> = sample.map(|row| (number(row), row)).collect();
    sample.sort_unstable_by(order);
    let every = (sample.len() / PARTS).max(1);
    let firsts = sample.iter().skip(every).step_by(every);
    firsts.take(PARTS - 1).map(|(_, row)| *row).collect()
}

/// Where parts begin, as they are compared.
struct Bounds<F> {
    numbers: Vec<u64>,
    firsts: Vec<Ranked>,
    order: F,
}

impl<F: Fn(&Ranked, &Ranked) -> Ordering> Bounds<F> {
    fn new(firsts: &[u32], number: &impl Fn(u32) -> u64, order: F) -> Self {
        let firsts: Vec<Ranked> = firsts.iter().map(|row| (number(*row), *row)).collect();
        Self {
            numbers: firsts.iter().map(|(number, _)| *number).collect(),
            firsts,
            order,
        }
    }

    /// In how many parts' first rows or behind them a row stands.
    #[inline]
    fn part(&self, number: &impl Fn(u32) -> u64, row: u32) -> u8 {
        let ranked = (number(row), row);
        let mut part = self.numbers.partition_point(|bound| *bound < ranked.0);
        if self.numbers.get(part) == Some(&ranked.0) {
            let alike = self.firsts.get(part..).unwrap_or_default();
            part += alike.partition_point(|bound| (self.order)(bound, &ranked).is_le());
        }
        u8::try_from(part).unwrap_or(u8::MAX)
    }
}
