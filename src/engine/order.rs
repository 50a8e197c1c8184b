//! Sorting: kept orders per sort, built on use or in idle moments, mended when rows change.
//!
//! Ties end in `external_userid` ascending; rows without a value come last in either direction.

use std::collections::HashSet;

use super::Engine;
use super::bits::Bits;
use super::cells::Cells;
use super::moved::Moved;
use super::request::ALARM_FIRST;
use super::window::strata::Strata;
use crate::domain::Day;
use crate::filter::{Field, SortKey};

/// Orders kept at once (4 MB each at a million customers).
const KEPT: usize = 3;
/// Coarse orders kept at once (1 MB each at a million customers).
const STRATA: usize = 4;
/// Changed rows above which an order is built again rather than mended.
const MEND: usize = 50_000;
/// Changed rows that are looked at one by one.
const FEW: usize = 32;

/// All live rows in the order of a sort; `stale` rows stand in the wrong place, or are dead, or are missing.
#[derive(Clone, Debug)]
pub struct Kept {
    sort: Vec<SortKey>,
    rows: Vec<u32>,
    stale: HashSet<u32>,
}

/// Kept orders, most recently used last.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    kept: Vec<Kept>,
    /// Sorts asked for that are not kept, the last one last.
    missed: Vec<Vec<SortKey>>,
    /// Their coarse orders, most recently used last.
    strata: Vec<Strata>,
}

impl Orders {
    /// Rows whose cells changed, and which of their fields read otherwise: an order by others is what it was.
    pub fn touch(&mut self, rows: &[u32], moved: &Moved) {
        for kept in &mut self.kept {
            if moved.sorts(&kept.sort) {
                kept.stale.extend(rows);
            }
        }
        self.kept.retain(|kept| kept.stale.len() <= MEND);
        self.strata
            .retain_mut(|strata| !moved.sorts(&strata.sort) || strata.touch(rows));
    }

    /// Forgets orders that depend on names of staff, channels or stages, or on scores.
    pub fn forget(&mut self, fields: &[Field]) {
        let stays = |sort: &[SortKey]| !sort.iter().any(|key| fields.contains(&key.field));
        self.kept.retain(|kept| stays(&kept.sort));
        self.strata.retain(|strata| stays(&strata.sort));
    }

    /// Takes the coarse order of a sort out of the kept ones; only a whole one if that is wanted.
    pub(super) fn take_strata(&mut self, sort: &[SortKey], whole: bool) -> Option<Strata> {
        let fits = |s: &Strata| s.sort == sort && (s.is_whole() || !whole);
        let at = self.strata.iter().position(fits)?;
        Some(self.strata.remove(at))
    }

    /// The sort of one key asked for last that has no coarse order, or a part of one.
    pub(super) fn lacks_strata(&self) -> Option<&[SortKey]> {
        let has = |sort: &[SortKey]| self.strata.iter().any(|s| s.sort == sort && s.is_whole());
        let missed = self.missed.iter().rev().map(Vec::as_slice);
        missed
            .filter(|sort| sort.len() == 1)
            .find(|sort| !has(sort))
    }

    /// Keeps a coarse order.
    pub(super) fn put_strata(&mut self, strata: Option<Strata>) {
        self.strata.extend(strata);
        if self.strata.len() > STRATA {
            self.strata.remove(0);
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let kept: usize = self.kept.iter().map(|k| k.rows.capacity() * 4).sum();
        kept + self.strata.iter().map(Strata::bytes).sum::<usize>()
    }
}

impl Engine {
    /// Builds or mends the kept order of a sort and moves it to the end of the list.
    fn keep(&mut self, sort: &[SortKey]) {
        self.keep_while(sort, &|| true);
    }

    /// The same, given up when `go_on` says no: whether the order is kept.
    fn keep_while(&mut self, sort: &[SortKey], go_on: &dyn Fn() -> bool) -> bool {
        if let Some(at) = self.orders.kept.iter().position(|k| k.sort == sort) {
            let mut kept = self.orders.kept.remove(at);
            if !kept.stale.is_empty() {
                self.mend(&mut kept);
            }
            self.orders.kept.push(kept);
            return true;
        }
        let cells = Cells::new(self, sort);
        let mut rows = self.by_id();
        for key in sort.iter().rev() {
            if cells.sort(&mut rows, *key, go_on).is_none() {
                return false;
            }
        }
        rows.shrink_to_fit();
        if self.orders.kept.len() >= KEPT {
            self.orders.kept.remove(0);
        }
        self.orders.take_strata(sort, false);
        self.orders.kept.push(Kept {
            sort: sort.to_vec(),
            rows,
            stale: HashSet::new(),
        });
        true
    }

    /// All live rows in order of id.
    fn by_id(&self) -> Vec<u32> {
        let live = &self.customers.live;
        match self.customers.ids.order() {
            Some(order) => order.into_iter().filter(|row| live.has(*row)).collect(),
            None => live.rows().collect(),
        }
    }

    /// Takes stale rows out of an order and puts the live ones back where they belong now.
    fn mend(&self, kept: &mut Kept) {
        let cells = Cells::new(self, &kept.sort);
        let stale = std::mem::take(&mut kept.stale);
        if stale.len() <= FEW && self.stand_right(&cells, kept, &stale) {
            return;
        }
        let mut gone = Bits::none(self.customers.len());
        for row in &stale {
            gone.put(*row, true);
        }
        let mut back: Vec<u32> = stale
            .into_iter()
            .filter(|row| self.customers.live.has(*row))
            .collect();
        back.sort_by(|a, b| cells.compare(&kept.sort, *a, *b));
        kept.rows.retain(|row| !gone.has(*row));
        if back.len() <= FEW {
            for row in back {
                let at = kept
                    .rows
                    .partition_point(|other| cells.compare(&kept.sort, *other, row).is_lt());
                kept.rows.insert(at, row);
            }
            return;
        }
        let old = std::mem::take(&mut kept.rows);
        let mut rest = old.as_slice();
        kept.rows.reserve(old.len() + back.len());
        for row in back {
            let before =
                rest.partition_point(|other| cells.compare(&kept.sort, *other, row).is_lt());
            let (head, tail) = rest.split_at(before);
            kept.rows.extend_from_slice(head);
            kept.rows.push(row);
            rest = tail;
        }
        kept.rows.extend_from_slice(rest);
    }

    /// These rows changed and stand where they belong all the same: each is live, in the list, and in order with the row
    /// before it and the row behind it. All other neighbours are as they were.
    fn stand_right(&self, cells: &Cells<'_>, kept: &Kept, stale: &HashSet<u32>) -> bool {
        let in_order = |a: usize, b: usize| match (kept.rows.get(a), kept.rows.get(b)) {
            (Some(a), Some(b)) => cells.compare(&kept.sort, *a, *b).is_lt(),
            (None, _) | (_, None) => true,
        };
        // A row whose keys are as they were is found by bisection.
        let place = |row: u32| {
            let at = kept
                .rows
                .partition_point(|other| cells.compare(&kept.sort, *other, row).is_lt());
            if kept.rows.get(at) == Some(&row) {
                Some(at)
            } else {
                find(&kept.rows, row)
            }
        };
        stale.iter().all(|row| {
            self.customers.live.has(*row)
                && place(*row).is_some_and(|at| {
                    in_order(at, at + 1) && at.checked_sub(1).is_none_or(|up| in_order(up, at))
                })
        })
    }

    /// Builds the order of a sort ahead of time, in an idle moment.
    pub fn prepare(&mut self, sort: &[SortKey], today: Day) {
        let sort = sort_or_default(sort);
        self.scores(today);
        self.keep(&sort);
    }

    /// The kept order of a sort, mended; `None` when it is not kept.
    pub(super) fn kept(&mut self, sort: &[SortKey]) -> Option<&[u32]> {
        self.orders.kept.iter().find(|kept| kept.sort == sort)?;
        self.keep(sort);
        self.orders.kept.last().map(|kept| kept.rows.as_slice())
    }

    /// The order of a sort, built when it is not kept.
    pub(super) fn built(&mut self, sort: &[SortKey]) -> &[u32] {
        self.keep(sort);
        let last = self.orders.kept.last();
        last.map_or(&[], |kept| kept.rows.as_slice())
    }

    /// Notes that an order was asked for that is not kept: worth building in an idle moment.
    pub fn miss(&mut self, sort: &[SortKey]) {
        let missed = &mut self.orders.missed;
        missed.retain(|other| other != sort);
        missed.push(sort.to_vec());
        // What is on screen stays kept.
        if missed.len() >= KEPT {
            missed.remove(0);
        }
    }

    /// An order is worth building in an idle moment.
    pub fn has_missed_order(&self) -> bool {
        !self.orders.missed.is_empty()
    }

    /// Builds the one asked for last; given up, to be begun again in another idle moment, when `go_on` says no: then false.
    pub fn build_missed_order(&mut self, today: Day, go_on: &dyn Fn() -> bool) -> bool {
        let Some(sort) = self.orders.missed.pop() else {
            return true;
        };
        self.scores(today);
        let is_kept = self.keep_while(&sort, go_on);
        if !is_kept {
            self.orders.missed.push(sort);
        }
        is_kept
    }
}

/// Place of a row in a list, looked for piece by piece (whole pieces are compared at once).
pub(super) fn find(rows: &[u32], row: u32) -> Option<usize> {
    const PIECE: usize = 256;
    let piece = rows.chunks(PIECE).position(|piece| {
        piece
            .iter()
            .fold(0_u32, |hit, other| hit | u32::from(*other == row))
            != 0
    })?;
    let start = piece * PIECE;
    let within = rows.get(start..)?.iter().position(|other| *other == row)?;
    Some(start + within)
}

/// The sort asked for, or the default.
pub(super) fn sort_or_default(sort: &[SortKey]) -> Vec<SortKey> {
    if sort.is_empty() {
        ALARM_FIRST.to_vec()
    } else {
        sort.to_vec()
    }
}
