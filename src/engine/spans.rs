//! Where the pieces of one long column begin and end, in little more than a byte each; in nothing while all are of one
//! length.

use std::collections::HashMap;
use std::ops::Range;

use super::bits::Bits;

/// Pieces whose lengths are added up at most to find one.
const BLOCK: usize = 16;
/// The length stands in the side table.
const LONG: u8 = u8::MAX;
/// Rows of a word of [`Bits`].
const WORD: usize = 64;
/// From so many rows of a word on, all its lengths are added up at once.
const MANY: u32 = 4;

/// Lengths of pieces that stand one behind the other, and where every sixteenth begins.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    pieces: usize,
    /// The length of each piece while all have the same: then nothing else is kept.
    even: Option<u32>,
    lens: Vec<u8>,
    starts: Vec<u32>,
    long: HashMap<u32, u32>,
    end: u32,
}

impl Spans {
    /// Pieces.
    pub fn len(&self) -> usize {
        self.pieces
    }

    /// Where the last piece ends.
    pub fn end(&self) -> u32 {
        self.end
    }

    /// Appends a piece of some length.
    pub fn push(&mut self, len: usize) {
        let wide = u32::try_from(len).unwrap_or(u32::MAX);
        match self.even {
            None if self.pieces == 0 => self.even = Some(wide),
            None => self.note(wide),
            Some(even) if even == wide => {}
            Some(_) => {
                self.write_out();
                self.note(wide);
            }
        }
        self.pieces += 1;
        self.end = self.end.saturating_add(wide);
    }

    /// Notes the length of the piece that begins at the end.
    fn note(&mut self, wide: u32) {
        if self.lens.len().is_multiple_of(BLOCK) {
            self.starts.push(self.end);
        }
        match u8::try_from(wide) {
            Ok(short) if short < LONG => self.lens.push(short),
            Ok(_) | Err(_) => {
                let at = u32::try_from(self.lens.len()).unwrap_or(u32::MAX);
                self.long.insert(at, wide);
                self.lens.push(LONG);
            }
        }
    }

    /// Notes the lengths that all were the same so far.
    fn write_out(&mut self) {
        let end = std::mem::take(&mut self.end);
        let even = self.even.take().unwrap_or(0);
        for _ in 0..self.pieces {
            self.note(even);
            self.end = self.end.saturating_add(even);
        }
        self.end = end;
    }

    /// Appends the pieces of another column.
    pub fn join(&mut self, other: &Self) {
        for piece in 0..u32::try_from(other.pieces).unwrap_or(u32::MAX) {
            let len = other.even.or_else(|| {
                let len = *other.lens.get(piece as usize)?;
                Some(other.wide(piece, len))
            });
            self.push(len.unwrap_or(0) as usize);
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
        if let Some(even) = self.even {
            let start = at * even as usize;
            return (at < self.pieces).then_some((start, start + even as usize));
        }
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

    /// Hands on where each piece of a set lies, by ascending piece. The range begins at a multiple of 64 and ends at one,
    /// or at the last piece.
    pub fn each_of(&self, set: &Bits, part: Range<u32>, mut hit: impl FnMut(usize, usize)) {
        set.each_word_of(part, |base, mut word| {
            let lens = self.lens.get(base as usize..).unwrap_or_default();
            let lens = lens.get(..WORD).unwrap_or(lens);
            let plain = self.even.is_none() && self.long.is_empty();
            let first = self.starts.get(base as usize / BLOCK);
            let (true, Some(first)) = (plain && word.count_ones() >= MANY, first) else {
                while word != 0 {
                    if let Some((start, end)) = self.get(base | word.trailing_zeros()) {
                        hit(start, end);
                    }
                    word &= word - 1;
                }
                return;
            };
            let (mut starts, mut end) = ([0_u32; WORD], *first);
            for (start, len) in starts.iter_mut().zip(lens) {
                *start = end;
                end += u32::from(*len);
            }
            while word != 0 {
                let at = word.trailing_zeros() as usize;
                if let (Some(start), Some(len)) = (starts.get(at), lens.get(at)) {
                    let start = *start as usize;
                    hit(start, start + usize::from(*len));
                }
                word &= word - 1;
            }
        });
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
        if let Some(even) = self.spans.even {
            let piece = place.checked_div(even as usize)?;
            if piece >= self.spans.pieces {
                return None;
            }
            self.piece = u32::try_from(piece).ok()?;
            self.start = piece * even as usize;
            self.end = self.start + even as usize;
            return Some(());
        }
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
            lens in prop_oneof![
                prop::collection::vec(prop_oneof![0_usize..12, 250_usize..260, 0_usize..3_000], 1..120),
                prop::collection::vec(0_usize..12, 1..200),
                (0_usize..300, 1_usize..120, 0_usize..3).prop_map(|(len, pieces, odd)| {
                    let mut lens = vec![len; pieces];
                    lens.extend(vec![3; odd]);
                    lens
                }),
            ],
            chosen in any::<[u64; 4]>(),
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
            let set = Bits::of_words(chosen.to_vec(), lens.len());
            let mut met = Vec::new();
            spans.each_of(&set, 0..lens.len() as u32, |start, end| met.push((start, end)));
            prop_assert_eq!(met, set.rows().map(|row| truth[row as usize]).collect::<Vec<_>>());
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
