//! An order built in pieces while nobody waits: what is done of it stays when somebody comes, and the rest follows later.
//!
//! Rows drawn from a sample cut the order into pieces. It is noted of each row which piece it belongs to, a byte a row;
//! then one piece after the other is picked out and sorted. Rows that change meanwhile are stale, as in finished orders.

use std::collections::HashSet;

use super::Engine;
use super::order::Cells;
use crate::filter::SortKey;

/// Most pieces: the number of one fits a byte.
const PIECES: usize = 256;
/// Rows of a piece, about, where that makes fewer pieces: they are sorted within a few milliseconds.
const PIECE: usize = 1 << 13;
/// Rows looked at for each cut.
const SAMPLE: usize = 16;
/// Rows between two looks whether to go on.
const STEP: usize = 1 << 12;

/// An order that is being built.
#[derive(Clone, Debug)]
pub struct Growing {
    pub(super) sort: Vec<SortKey>,
    /// Where pieces begin: rows in the order of the sort, each with the number it is compared by first.
    cuts: Vec<(u64, u32)>,
    /// Rows there were at the beginning; later ones are stale.
    len: usize,
    /// The piece of each row, as far as it is known.
    piece_of: Vec<u8>,
    /// Pieces sorted.
    sorted: usize,
    /// The rows of these.
    pub(super) rows: Vec<u32>,
    /// Rows that changed since it was begun.
    pub(super) stale: HashSet<u32>,
}

impl Growing {
    /// Cells of these rows changed; `false`: a row that cuts is among them, and all must be begun again.
    pub(super) fn touch(&mut self, rows: &[u32]) -> bool {
        self.stale.extend(rows);
        !self.cuts.iter().any(|(_, cut)| self.stale.contains(cut))
    }

    /// Bytes on the heap.
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * 4 + self.piece_of.capacity()
    }
}

impl Engine {
    /// Begins to build the order of a sort.
    pub(super) fn begin_order(&self, sort: &[SortKey]) -> Growing {
        let (cells, len) = (Cells::new(self, sort), self.customers.len());
        let pieces = (len / PIECE).clamp(1, PIECES);
        let mut sample: Vec<(u64, u32)> = (0..u32::try_from(len).unwrap_or(u32::MAX))
            .step_by((len / (pieces * SAMPLE)).max(1))
            .filter(|row| self.customers.live.has(*row))
            .map(|row| (cells.number(sort, row), row))
            .collect();
        sample.sort_unstable_by(|a, b| (a.0.cmp(&b.0)).then_with(|| cells.compare(sort, a.1, b.1)));
        let each = sample.len().div_ceil(pieces).max(1);
        Growing {
            sort: sort.to_vec(),
            cuts: sample.into_iter().step_by(each).skip(1).collect(),
            len,
            piece_of: Vec::new(),
            sorted: 0,
            rows: Vec::new(),
            stale: HashSet::new(),
        }
    }

    /// Builds on until all is done, or until `go_on` says no: then false.
    pub(super) fn grow(&self, growing: &mut Growing, go_on: &dyn Fn() -> bool) -> bool {
        self.share_out(growing, go_on).is_some() && self.sort_pieces(growing, go_on).is_some()
    }

    /// Finds out which piece each row belongs to.
    fn share_out(&self, growing: &mut Growing, go_on: &dyn Fn() -> bool) -> Option<()> {
        let Growing {
            sort,
            cuts,
            len,
            piece_of,
            ..
        } = growing;
        let cells = Cells::new(self, sort);
        piece_of.reserve_exact(len.saturating_sub(piece_of.len()));
        while piece_of.len() < *len {
            go_on().then_some(())?;
            let end = (piece_of.len() + STEP).min(*len);
            for row in piece_of.len()..end {
                let row = u32::try_from(row).ok()?;
                let number = cells.number(sort, row);
                let piece = cuts.partition_point(|(cut, at)| {
                    *cut < number || *cut == number && cells.compare(sort, *at, row).is_le()
                });
                piece_of.push(u8::try_from(piece).unwrap_or(u8::MAX));
            }
        }
        Some(())
    }

    /// Sorts one piece after the other.
    fn sort_pieces(&self, growing: &mut Growing, go_on: &dyn Fn() -> bool) -> Option<()> {
        let cells = Cells::new(self, &growing.sort);
        let (live, ids) = (&self.customers.live, &self.customers.ids);
        let stand_by_id = ids.stand_in_order();
        let all = usize::try_from(self.pool()).unwrap_or(0);
        growing
            .rows
            .reserve_exact(all.saturating_sub(growing.rows.len()));
        while let Ok(piece) = u8::try_from(growing.sorted)
            && growing.sorted <= growing.cuts.len()
        {
            go_on().then_some(())?;
            let of_piece = memchr::memchr_iter(piece, &growing.piece_of);
            let of_piece = of_piece.filter_map(|row| u32::try_from(row).ok());
            let mut rows: Vec<u32> = of_piece.filter(|row| live.has(*row)).collect();
            if !stand_by_id {
                rows.sort_unstable_by(|a, b| ids.compare(*a, *b));
            }
            for key in growing.sort.iter().rev() {
                cells.sort(&mut rows, *key, go_on)?;
            }
            growing.rows.append(&mut rows);
            growing.sorted += 1;
        }
        growing.rows.shrink_to_fit();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Field;
    use proptest::prelude::*;
    use std::cell::Cell;

    /// Customers with spend, orders and a name each; ids do not stand in the order of rows.
    fn engine(people: &[(Option<i64>, u32, String)]) -> Engine {
        let mut engine = Engine::default();
        for (i, (spend, orders, name)) in people.iter().enumerate() {
            let row = engine
                .customers
                .append(&format!("{:05}", (i * 3_701 + 11) % 10_007));
            engine.customers.live.put(row, true);
            engine.customers.names.set(row, name);
            engine.customers.spend.set(row, *spend);
            engine.customers.orders.set(row, Some(i64::from(*orders)));
        }
        engine
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn an_order_built_with_interruptions_is_the_one_built_at_once(
            people in prop::collection::vec((prop::option::of(-3_i64..400), 0_u32..3, "[张王李]{0,2}[a-c]?"), 300..400),
            times in 1_usize..25,
            keys in prop::collection::vec((prop::sample::select(vec![Field::Spend, Field::Orders, Field::Name, Field::Id]), any::<bool>()), 1..3),
            changes in prop::collection::vec((0_u32..300, -3_i64..400), 0..6), patience in 1_u32..6,
        ) {
            let people: Vec<_> = people.iter().cycle().take(people.len() * times).cloned().collect();
            let mut engine = engine(&people);
            let sort: Vec<SortKey> = keys.into_iter().map(|(field, descending)| SortKey { field, descending }).collect();
            let mut changes = changes.into_iter();
            engine.miss(&sort);
            loop {
                let asked = Cell::new(0);
                let go_on = || {
                    asked.set(asked.get() + 1);
                    asked.get() <= patience + u32::try_from(sort.len()).unwrap() * 12
                };
                if engine.build_missed_order(crate::domain::Day(20_000), &go_on) {
                    break;
                }
                if let Some((row, spend)) = changes.next() {
                    engine.customers.spend.set(row, Some(spend));
                    engine.orders.touch(&[row]);
                }
            }
            prop_assert!(!engine.has_missed_order());
            let grown = engine.kept(&sort).unwrap().to_vec();
            engine.orders = super::super::order::Orders::default();
            prop_assert!(grown == engine.built(&sort));
        }
    }
}
