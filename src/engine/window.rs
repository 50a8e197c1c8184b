//! Windows of sorted hits: along a kept order, or by one sweep over the hits when nobody has built the order yet.
//!
//! A sweep compares rows by a number made of their first sort key, and by all keys where those are equal. It finds the
//! rows at either end, or around an anchor, however deep that stands. For a bare position in the middle it looks at a
//! sample first, which says between which two rows the window must lie: few rows are carried along and sorted.

mod deep;
mod numbers;
pub(super) mod strata;

use std::cmp::Ordering;
use std::ops::Range;

use super::Engine;
use super::bits::Bits;
use super::cells::Cells;
use super::order::{find, sort_or_default};
use super::pair::halves;
use crate::domain::Day;
use crate::filter::SortKey;
use numbers::{ByNumber, Ranked, numbered, ordered};
use strata::{Cut, Near, Strata, Stratify};

/// Most rows a sweep carries along.
const SHALLOW: u64 = 2_048;
/// Fewer hits than this are swept whole: all rows' parts would be looked at for them.
const WORTH: u64 = 100_000;
/// Fewer hits than this are swept even where the order is kept: most of its rows would be passed over.
const SPARSE: u64 = 2_000;

/// A window of sorted hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Position of the first row.
    pub offset: u64,
    /// The rows.
    pub rows: Vec<u32>,
    /// Where the anchor stands among the hits.
    pub anchor_at: Option<u64>,
}

/// Which window is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Position of the first row, when there is no anchor among the hits.
    pub offset: u64,
    /// How many rows.
    pub rows: usize,
    /// A row to keep in the window, and how far from its top.
    pub anchor: Option<(u32, u32)>,
}

/// What a sweep found on both sides of its cut, each in the order of the sort.
#[derive(Debug, Default)]
struct Swept {
    /// Hits above the cut.
    above: u64,
    /// The last of them.
    last: Vec<u32>,
    /// The first below the cut.
    first: Vec<u32>,
}

/// The first rows of a side, found by pushing all of them.
struct Nearest<F> {
    most: usize,
    rows: Vec<Ranked>,
    /// Rows behind this one are too far.
    limit: Option<Ranked>,
    order: F,
}

impl<F: Fn(&Ranked, &Ranked) -> Ordering> Nearest<F> {
    fn new(most: usize, order: F) -> Self {
        Self {
            most,
            rows: Vec::new(),
            limit: None,
            order,
        }
    }

    fn push(&mut self, row: Ranked) {
        if self.most == 0 || self.limit.is_some_and(|l| (self.order)(&row, &l).is_gt()) {
            return;
        }
        self.rows.push(row);
        if self.rows.len() >= self.most.saturating_mul(2).max(64) {
            self.cut();
        }
    }

    /// Drops what is too far.
    fn cut(&mut self) {
        if self.rows.len() > self.most
            && let Some(last) = self.most.checked_sub(1)
        {
            self.limit = Some(*self.rows.select_nth_unstable_by(last, &self.order).1);
            self.rows.truncate(self.most);
        }
    }

    /// The nearest of two parts, nearest first.
    fn joined(mut self, other: Self) -> Vec<u32> {
        self.rows.extend(other.rows);
        self.cut();
        self.rows.sort_unstable_by(&self.order);
        self.rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// One pass over the hits of a sort nobody has built.
struct Sweep<'a> {
    cells: Cells<'a>,
    sort: &'a [SortKey],
    hits: &'a Bits,
    cut: Cut,
    /// How many rows are wanted above the cut, and below it.
    wanted: (usize, usize),
}

impl Sweep<'_> {
    /// Sweeps by the number of the first key.
    fn run(&self) -> Swept {
        let key = self.sort.first().copied();
        key.map_or_else(Swept::default, |key| numbered(&self.cells, key, self))
    }
}

impl ByNumber for &Sweep<'_> {
    type Made = Swept;

    fn by(self, number: impl Fn(u32) -> u64 + Sync, exact: bool) -> Swept {
        let order = ordered(&self.cells, self.sort, exact);
        let backward = |a: &Ranked, b: &Ranked| order(b, a);
        let anchor = match self.cut {
            Cut::Before(row) => Some((number(row), row)),
            Cut::At(offset) => return self.deep(offset, &number, &order),
            Cut::Top | Cut::Bottom => None,
        };
        let work = |part: Range<u32>| {
            let mut above = 0_u64;
            let mut last = Nearest::new(self.wanted.0, backward);
            let mut first = Nearest::new(self.wanted.1, order);
            self.hits.each_of(part, |row| {
                let ranked = (number(row), row);
                let is_above = match (self.cut, &anchor) {
                    (Cut::Before(_), Some(anchor)) => order(&ranked, anchor).is_lt(),
                    (Cut::Bottom, _) => true,
                    (Cut::Top | Cut::Before(_) | Cut::At(_), _) => false,
                };
                if is_above {
                    above += 1;
                    last.push(ranked);
                } else {
                    first.push(ranked);
                }
            });
            (above, last, first)
        };
        let all = u32::try_from(self.hits.len()).unwrap_or(u32::MAX);
        let (one, other) = if self.hits.count() < SPARSE * 8 {
            (work(0..all), work(all..all))
        } else {
            halves(all, work)
        };
        let mut last = one.1.joined(other.1);
        last.reverse();
        Swept {
            above: one.0 + other.0,
            last,
            first: one.2.joined(other.2),
        }
    }
}

impl Engine {
    /// A window of the hits under a sort. Scores the sort needs have been computed.
    pub(super) fn window(&mut self, sort: &[SortKey], hits: &Bits, wanted: Wanted) -> Window {
        let sort = sort_or_default(sort);
        let count = hits.count();
        let anchor = wanted.anchor.filter(|(row, _)| hits.has(*row));
        let wanted = Wanted { anchor, ..wanted };
        if count >= SPARSE {
            let all = count == self.pool();
            if let Some(order) = self.kept(&sort) {
                return along(order, hits, all, wanted);
            }
            self.miss(&sort);
        }
        let strata = self.strata(&sort, count);
        let window = self.swept(&sort, hits, wanted, strata.as_ref());
        self.orders.put_strata(strata);
        if let Some(window) = window {
            return window;
        }
        let all = count == self.pool();
        along(self.built(&sort), hits, all, wanted)
    }

    /// The parts of a sort, taken out of the kept ones and as they are now; `None` while they are not made, or when the hits
    /// are swept sooner than those that are near.
    fn strata(&mut self, sort: &[SortKey], count: u64) -> Option<Strata> {
        if count < WORTH {
            return None;
        }
        let old = self.orders.take_strata(sort, true)?;
        let mended = self.stratified(sort, Some(old), &|| false);
        mended.filter(Strata::is_whole)
    }

    /// The parts of a sort as they are now, of more rows while `go_on` says so.
    fn stratified(
        &self,
        sort: &[SortKey],
        old: Option<Strata>,
        go_on: &dyn Fn() -> bool,
    ) -> Option<Strata> {
        let key = sort.first()?;
        let cells = Cells::new(self, sort);
        let work = Stratify {
            cells: &cells,
            sort,
            old,
            go_on,
        };
        Some(numbered(&cells, *key, work))
    }

    /// A sort was asked for that has neither a kept nor a coarse order, among so many customers that its next window would
    /// be waited for.
    pub fn lacks_strata(&self) -> bool {
        self.pool() >= WORTH && self.orders.lacks_strata().is_some()
    }

    /// Makes the coarse order that is missing, or as much more of it as there is time for: while `go_on` says so.
    pub fn extend_strata(&mut self, today: Day, go_on: &dyn Fn() -> bool) {
        let Some(sort) = self.orders.lacks_strata().map(<[SortKey]>::to_vec) else {
            return;
        };
        self.scores(today);
        let old = self.orders.take_strata(&sort, false);
        let strata = self.stratified(&sort, old, go_on);
        self.orders.put_strata(strata);
    }

    /// The window by one sweep, of all hits or of those near it; `None` when so much is wanted that all may as well be
    /// sorted.
    fn swept(
        &self,
        sort: &[SortKey],
        hits: &Bits,
        wanted: Wanted,
        strata: Option<&Strata>,
    ) -> Option<Window> {
        let count = hits.count();
        let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        let end = wanted.offset.saturating_add(wanted.rows as u64);
        let left = count.saturating_sub(wanted.offset);
        let (cut, sides) = match wanted.anchor {
            Some((row, from_top)) => (Cut::Before(row), (from_top as usize, wanted.rows)),
            None if end <= SHALLOW => (Cut::Top, (0, size(end))),
            None if left <= SHALLOW => (Cut::Bottom, (size(left), 0)),
            None if wanted.rows as u64 <= SHALLOW => (Cut::At(wanted.offset), (0, wanted.rows)),
            None => return None,
        };
        let near = strata.map(|strata| strata.near(hits, cut, sides));
        let (hits, above) = match &near {
            Some(Near { hits, above }) => (hits, *above),
            None => (hits, 0),
        };
        let sweep = Sweep {
            cells: Cells::new(self, sort),
            sort,
            hits,
            cut: match cut {
                Cut::At(offset) => Cut::At(offset.saturating_sub(above)),
                Cut::Top | Cut::Bottom | Cut::Before(_) => cut,
            },
            wanted: sides,
        };
        let mut swept = sweep.run();
        swept.above += above;
        Some(match cut {
            Cut::Top => Window {
                offset: wanted.offset,
                rows: swept
                    .first
                    .into_iter()
                    .skip(size(wanted.offset))
                    .take(wanted.rows)
                    .collect(),
                anchor_at: None,
            },
            Cut::Bottom => Window {
                offset: wanted.offset,
                rows: swept.last.into_iter().take(wanted.rows).collect(),
                anchor_at: None,
            },
            Cut::Before(_) => Window {
                offset: swept.above - swept.last.len() as u64,
                rows: swept
                    .last
                    .into_iter()
                    .chain(swept.first)
                    .take(wanted.rows)
                    .collect(),
                anchor_at: Some(swept.above),
            },
            Cut::At(_) => Window {
                offset: wanted.offset,
                rows: swept.first,
                anchor_at: None,
            },
        })
    }
}

/// The window along an order of all rows; `all` when every row of it is a hit.
fn along(order: &[u32], hits: &Bits, all: bool, wanted: Wanted) -> Window {
    let position = wanted.anchor.and_then(|(row, _)| {
        let place = find(order, row)?;
        let before = order.get(..place).unwrap_or_default();
        Some(if all {
            place as u64
        } else {
            before.iter().filter(|row| hits.has(**row)).count() as u64
        })
    });
    let offset = offset_for(wanted, position);
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let rows = if all {
        let rest = order.get(skip..).unwrap_or_default();
        rest.iter().take(wanted.rows).copied().collect()
    } else {
        let listed = order.iter().copied().filter(|row| hits.has(*row));
        listed.skip(skip).take(wanted.rows).collect()
    };
    Window {
        offset,
        rows,
        anchor_at: position,
    }
}

/// First position of a window that keeps the anchor where it was on screen.
fn offset_for(wanted: Wanted, position: Option<u64>) -> u64 {
    match (position, wanted.anchor) {
        (Some(position), Some((_, from_top))) => position.saturating_sub(u64::from(from_top)),
        _ => wanted.offset,
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
    use crate::filter::Field;
    use proptest::prelude::*;

    /// Customers with spend, orders and a name each; ids do not stand in the order of rows.
    fn engine(people: &[(Option<i64>, u32, String)]) -> Engine {
        let mut engine = Engine::default();
        for (i, (spend, orders, name)) in people.iter().enumerate() {
            let id = format!("{:03}", (i * 37 + 11) % 1_009);
            let row = engine.customers.append(&id);
            engine.customers.live.put(row, true);
            engine.customers.names.set(row, name);
            engine.customers.spend.set(row, *spend);
            engine.customers.orders.set(row, Some(i64::from(*orders)));
        }
        engine
    }

    proptest! {
        #[test]
        fn the_hits_near_a_cut_have_the_window_all_hits_have(
            people in prop::collection::vec((prop::option::of(-3_i64..4), 0_u32..3, "[张王]{0,4}a?"), 300..700),
            chosen in prop::collection::vec(any::<bool>(), 710),
            key in (prop::sample::select(vec![Field::Spend, Field::Orders, Field::Name, Field::Id, Field::Aov]), any::<bool>()),
            changes in prop::collection::vec((0_u32..709, prop::option::of(-3_i64..4), 0_u32..3, "[张王]{0,2}"), 0..9),
            offset in 0_u64..710, rows in 1_usize..20, anchor in prop::option::of((0_u32..700, 0_u32..12)),
            pieces in 0_u32..40,
        ) {
            let mut engine = engine(&people);
            let sort = [SortKey { field: key.0, descending: key.1 }];
            // Made in two goes, and then changed.
            let half = std::cell::Cell::new(pieces);
            let go_on = || half.replace(half.get().saturating_sub(1)) > 0;
            let mut strata = engine.stratified(&sort, None, &go_on);
            for (row, spend, orders, name) in changes {
                // Rows past the end are new ones.
                let row = row.min(engine.customers.len() as u32);
                if row as usize == engine.customers.len() {
                    engine.customers.append(&format!("late{row}"));
                    engine.customers.live.put(row, true);
                }
                engine.customers.names.set(row, &name);
                engine.customers.spend.set(row, spend);
                engine.customers.orders.set(row, Some(i64::from(orders)));
                if let Some(strata) = &mut strata {
                    strata.touch(&[row]);
                }
            }
            let strata = engine.stratified(&sort, strata, &|| true).expect("parts");
            prop_assert!(strata.is_whole());
            let hits = Bits::of(engine.customers.len(), |row| chosen[row as usize]);
            let count = hits.count();
            prop_assume!(count > 0);
            let anchor = anchor.filter(|(row, _)| hits.has(*row));
            let wanted = Wanted { offset: offset.min(count - 1), rows, anchor };
            let all = count == engine.pool();
            let kept = along(engine.built(&sort), &hits, all, wanted);
            prop_assert_eq!(engine.swept(&sort, &hits, wanted, Some(&strata)), Some(kept.clone()));
            // As if it stood too deep for both ends.
            if wanted.anchor.is_none() && wanted.offset + wanted.rows as u64 <= count {
                let near = strata.near(&hits, Cut::At(wanted.offset), (0, wanted.rows));
                let sweep = Sweep {
                    cells: Cells::new(&engine, &sort),
                    sort: &sort,
                    hits: &near.hits,
                    cut: Cut::At(wanted.offset - near.above),
                    wanted: (0, wanted.rows),
                };
                prop_assert_eq!(sweep.run().first, kept.rows);
            }
        }
    }

    proptest! {
        #[test]
        fn a_sweep_finds_the_window_the_built_order_has(
            people in prop::collection::vec((prop::option::of(-3_i64..4), 0_u32..3, "[张王]{0,4}a?"), 1..100),
            chosen in prop::collection::vec(any::<bool>(), 100),
            keys in prop::collection::vec((prop::sample::select(vec![Field::Spend, Field::Orders, Field::Name, Field::Id]), any::<bool>()), 1..3),
            offset in 0_u64..110, rows in 1_usize..20, anchor in prop::option::of((0_u32..100, 0_u32..12)),
        ) {
            let mut engine = engine(&people);
            let sort: Vec<SortKey> = keys.into_iter().map(|(field, descending)| SortKey { field, descending }).collect();
            let hits = Bits::of(people.len(), |row| chosen[row as usize]);
            let count = hits.count();
            prop_assume!(count > 0);
            let anchor = anchor.filter(|(row, _)| hits.has(*row));
            let wanted = Wanted { offset: offset.min(count - 1), rows, anchor };
            let all = count == engine.pool();
            let kept = along(engine.built(&sort), &hits, all, wanted);
            prop_assert_eq!(engine.swept(&sort, &hits, wanted, None), Some(kept.clone()));
            // As if it stood too deep for both ends.
            if wanted.anchor.is_none() && wanted.offset + wanted.rows as u64 <= count {
                let sweep = Sweep {
                    cells: Cells::new(&engine, &sort),
                    sort: &sort,
                    hits: &hits,
                    cut: Cut::At(wanted.offset),
                    wanted: (0, wanted.rows),
                };
                prop_assert_eq!(sweep.run().first, kept.rows);
            }
        }
    }
}
