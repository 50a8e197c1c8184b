//! Where the pieces of one long column begin and end, in little more than a byte each.

use std::collections::HashMap;

/// Pieces whose lengths are added up at most to find one.
const BLOCK: usize = 16;
/// The length stands in the side table.
const LONG: u8 = u8::MAX;

/// Lengths of pieces that stand one behind the other, and where every sixteenth begins.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    lens: Vec<u8>,
    starts: Vec<u32>,
    long: HashMap<u32, u32>,
    end: u32,
}

impl Spans {
    /// Pieces.
    pub fn len(&self) -> usize {
        self.lens.len()
    }

    /// Where the last piece ends.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Appends a piece of some length.
    pub fn push(&mut self, len: usize) {
        if self.lens.len().is_multiple_of(BLOCK) {
            self.starts.push(self.end);
        }
        let wide = u32::try_from(len).unwrap_or(u32::MAX);
        match u8::try_from(len) {
            Ok(short) if short < LONG => self.lens.push(short),
            Ok(_) | Err(_) => {
                let at = u32::try_from(self.lens.len()).unwrap_or(u32::MAX);
                self.long.insert(at, wide);
                self.lens.push(LONG);
            }
        }
        self.end = self.end.saturating_add(wide);
    }

    /// Appends the pieces of another column.
    pub fn join(&mut self, other: &Self) {
        let mut at = 0_u32;
        for &len in &other.lens {
            self.push(other.wide(at, len) as usize);
            at = at.wrapping_add(1);
        }
    }

    /// Makes room for so many more pieces.
    pub fn reserve(&mut self, pieces: usize) {
        self.lens.reserve_exact(pieces);
        self.starts.reserve_exact(pieces / BLOCK + 1);
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.lens.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.lens.capacity() + self.starts.capacity() * 4 + self.long.capacity() * 9
    }

    /// The length a cell stands for.
    #[inline]
    fn wide(&self, at: u32, len: u8) -> u32 {
        if len == LONG {
            self.long.get(&at).copied().unwrap_or(0)
        } else {
            u32::from(len)
        }
    }

    /// Where a piece begins and ends; `None` past the last.
    #[inline]
    pub fn get(&self, piece: u32) -> Option<(usize, usize)> {
        let at = piece as usize;
        let len = *self.lens.get(at)?;
        let first = at / BLOCK * BLOCK;
        let mut start = *self.starts.get(at / BLOCK)?;
        let before = self.lens.get(first..at)?;
        start += before.iter().map(|len| u32::from(*len)).sum::<u32>();
        if !self.long.is_empty() {
            start += self.beyond(first, before);
        }
        Some((start as usize, (start + self.wide(piece, len)) as usize))
    }

    /// How much longer some pieces are together than their cells say.
    #[cold]
    fn beyond(&self, first: usize, lens: &[u8]) -> u32 {
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        (first..)
            .zip(lens)
            .map(|(at, len)| self.wide(at, *len) - u32::from(*len))
            .sum()
    }

    /// Stands at a piece, to go on from there.
    pub fn cursor(&self, piece: u32) -> Option<Cursor<'_>> {
        let (start, end) = self.get(piece)?;
        Some(Cursor {
            spans: self,
            piece,
            start,
            end,
        })
    }
}

/// A piece, on the way through the column.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    spans: &'a Spans,
    /// Which one.
    pub piece: u32,
    /// Where it begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Cursor<'_> {
    /// Goes on to the piece that holds a place; `None` when that lies behind the last one.
    #[inline]
    pub fn reach(&mut self, place: usize) -> Option<()> {
        if place >= self.end + 16 * BLOCK {
            self.leap(place)?;
        }
        while self.end <= place {
            let next = self.piece + 1;
            let len = *self.spans.lens.get(next as usize)?;
            self.start = self.end;
            self.end += self.spans.wide(next, len) as usize;
            self.piece = next;
        }
        Some(())
    }

    /// Goes on to the first piece of the block that holds a place, unless that lies behind: steps that double, then bisection.
    fn leap(&mut self, place: usize) -> Option<()> {
        let here = self.piece as usize / BLOCK;
        let starts = self.spans.starts.get(here..)?;
        let mut step = 1;
        while starts
            .get(step)
            .is_some_and(|&start| start as usize <= place)
        {
            step *= 2;
        }
        let from = step / 2;
        let part = starts.get(from..starts.len().min(step + 1))?;
        let blocks = from + part.partition_point(|&start| start as usize <= place);
        if blocks > 1 {
            let piece = u32::try_from((here + blocks - 1) * BLOCK).unwrap_or(u32::MAX);
            (self.start, self.end) = self.spans.get(piece)?;
            self.piece = piece;
        }
        Some(())
    }
}

#[cfg(test)]
#[allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "samples are small"
)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pieces_lie_where_their_lengths_put_them(
            lens in prop::collection::vec(prop_oneof![0_usize..12, 250_usize..260, 0_usize..3_000], 1..120),
            cut in any::<prop::sample::Index>(),
            from in any::<prop::sample::Index>(),
            places in prop::collection::btree_set(0_usize..40_000, 0..40),
        ) {
            let cut = cut.index(lens.len());
            let (mut spans, mut rest) = (Spans::default(), Spans::default());
            lens[..cut].iter().for_each(|len| spans.push(*len));
            lens[cut..].iter().for_each(|len| rest.push(*len));
            spans.join(&rest);
            let mut truth = Vec::new();
            let mut end = 0;
            for len in &lens {
                truth.push((end, end + len));
                end += len;
            }
            prop_assert_eq!((spans.len(), spans.end() as usize), (lens.len(), end));
            for (at, span) in truth.iter().enumerate() {
                prop_assert_eq!(spans.get(at as u32), Some(*span));
            }
            prop_assert_eq!(spans.get(lens.len() as u32), None);
            let from = from.index(lens.len());
            let mut cursor = spans.cursor(from as u32).expect("a piece");
            for place in places.into_iter().filter(|place| *place >= truth[from].0) {
                let held = truth.iter().position(|(start, end)| *start <= place && place < *end);
                prop_assert_eq!(cursor.reach(place).map(|()| cursor.piece as usize), held);
                if held.is_none() {
                    break;
                }
                prop_assert_eq!((cursor.start, cursor.end), truth[cursor.piece as usize]);
            }
        }
    }
}
