//! What is computed from a customer's orders once a day: RFM scores and how overdue a purchase is.
//!
//! Scores compare a customer with all others and overdue levels with the workspace's own intervals, so the first question
//! of a day computes both for everybody. A changed customer is scored again against the cuts of that computation;
//! [`Engine::refresh_scores`] draws new cuts.

use std::collections::{HashMap, HashSet};

use crate::domain::churn::{Cuts, Intervals, Purchases, value_at_risk};
use crate::domain::rfm::{Buyer, Rfm, Scoring, window_start};
use crate::domain::{Day, Fen};
use crate::filter::Field;

use super::Engine;
use super::people::STRANGER;
use super::sales::{NO_DAY, day_cell};

/// Scores of every row. A cell holds r, f and m (three bits each; 0 without a purchase in the window), whether there is
/// an overdue level, and the level.
#[derive(Clone, Debug)]
pub struct Derived {
    today: Day,
    scoring: Scoring,
    cuts: Cuts,
    cells: Vec<u16>,
    first: Vec<u16>,
    dirty: HashSet<u32>,
    /// Customers changed since the cuts were drawn: they lie where the workspace no longer cuts.
    old: bool,
}

/// Fields sorted by scores.
pub const BY_SCORES: [Field; 3] = [Field::Segment, Field::Risk, Field::ValueAtRisk];

/// Bit of a cell: there is an overdue level.
const HAS_LEVEL: u16 = 1 << 9;
/// Where the level stands.
const LEVEL_AT: u16 = 10;

/// A customer's purchases that still stand, up to today.
#[derive(Clone, Copy, Debug)]
struct Bought {
    row: u32,
    all: Purchases,
    window_days: u32,
    window_money: i64,
}

impl Bought {
    /// From the days and money of one customer; `None` without any.
    fn of(
        row: u32,
        days: &mut [u16],
        money: i64,
        from: u16,
        mut gap: impl FnMut(u32),
    ) -> Option<Self> {
        days.sort_unstable();
        let (first, last) = (*days.first()?, *days.last()?);
        let (mut before, mut distinct, mut window_days) = (None, 0, 0);
        for &day in days.iter() {
            if before == Some(day) {
                continue;
            }
            if let Some(before) = before {
                gap(u32::from(day - before));
            }
            before = Some(day);
            distinct += 1;
            window_days += u32::from(day >= from);
        }
        let day = |cell: u16| Day(i32::from(cell));
        let all = Purchases {
            first: day(first),
            last: day(last),
            days: distinct,
        };
        Some(Self {
            row,
            all,
            window_days,
            window_money: money,
        })
    }

    /// As RFM sees it; `None` without a purchase in the window.
    fn buyer(self) -> Option<Buyer> {
        (self.window_days > 0).then_some(Buyer {
            last: self.all.last,
            purchase_days: self.window_days,
            money: Fen(self.window_money),
        })
    }
}

impl Derived {
    fn put(&mut self, row: u32, bought: Option<Bought>) {
        let (mut cell, mut first) = (0, NO_DAY);
        if let Some(bought) = bought {
            first = day_cell(bought.all.first);
            if let Some(buyer) = bought.buyer() {
                let rfm = self.scoring.score(buyer, self.today);
                cell |= u16::from(rfm.r) | u16::from(rfm.f) << 3 | u16::from(rfm.m) << 6;
            }
            if let Some(level) = self.cuts.overdue(bought.all, self.today).level() {
                cell |= HAS_LEVEL | u16::from(level.min(3)) << LEVEL_AT;
            }
        }
        super::column::put(&mut self.cells, row as usize, cell);
        super::column::put(&mut self.first, row as usize, first);
    }

    fn cell(&self, row: u32) -> u16 {
        self.cells.get(row as usize).copied().unwrap_or(0)
    }

    /// RFM of a row; `None` without a purchase in the window.
    pub fn rfm(&self, row: u32) -> Option<Rfm> {
        let cell = self.cell(row);
        let part = |at: u16| u8::try_from(cell >> at & 7).unwrap_or(0);
        (part(0) > 0).then(|| Rfm::new(part(0), part(3), part(6)))
    }

    /// Overdue level of a row; `None` for one-time and lost buyers and people without a purchase.
    pub fn level(&self, row: u32) -> Option<u8> {
        let cell = self.cell(row);
        (cell & HAS_LEVEL != 0).then(|| u8::try_from(cell >> LEVEL_AT & 3).unwrap_or(0))
    }

    /// Value at risk of a row with this lifetime net money; `None` without a level.
    pub fn at_risk(&self, row: u32, spend: i64) -> Option<Fen> {
        let level = self.level(row)?;
        let first = *self.first.get(row as usize)?;
        if first == NO_DAY {
            return None;
        }
        let first = Day(i32::from(first));
        Some(value_at_risk(Fen(spend), first, self.today, level))
    }

    /// Rows whose orders changed: scored again at the next question.
    pub fn touch(&mut self, rows: impl Iterator<Item = u32>) {
        self.dirty.extend(rows);
        self.old |= !self.dirty.is_empty();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        (self.cells.capacity() + self.first.capacity()) * 2
    }
}

/// Hands on each row's days.
fn sorted_days(ends: &[u32], days: &mut [u16], mut own: impl FnMut(&mut [u16])) {
    let mut start = 0;
    for &end in ends {
        own(days.get_mut(start..end as usize).unwrap_or_default());
        start = end as usize;
    }
}

/// Hands on what everybody bought; days are by row, up to `ends`.
fn all_bought(
    ends: &[u32],
    days: &mut [u16],
    money: &[i64],
    from: u16,
    mut hit: impl FnMut(Bought),
) {
    let mut rows = (0_u32..).zip(money);
    sorted_days(ends, days, |own| {
        if let Some((row, money)) = rows.next()
            && let Some(bought) = Bought::of(row, own, *money, from, |_| {})
        {
            hit(bought);
        }
    });
}

impl Engine {
    /// The scores of a day; computed when they are of another day, patched where customers changed.
    pub(super) fn scores(&mut self, today: Day) -> &Derived {
        let kept = self.derived.take();
        let derived = match kept {
            Some(mut derived) if derived.today == today => {
                if !derived.dirty.is_empty() {
                    self.patch_scores(&mut derived);
                }
                derived
            }
            Some(_) | None => {
                self.orders.forget(&BY_SCORES);
                self.build_scores(today)
            }
        };
        self.derived.insert(derived)
    }

    /// Customers changed since the cuts were drawn that all are scored by.
    pub fn scores_are_old(&self) -> bool {
        self.derived.as_ref().is_some_and(|derived| derived.old)
    }

    /// Computes all scores anew, cuts included; worth an idle moment after many changes.
    pub fn refresh_scores(&mut self, today: Day) {
        self.derived = None;
        self.selections.forget();
        self.scores(today);
    }

    /// Orders that count for scores: of rows, up to today, still standing. Row, day, net money.
    fn standing<'a>(
        &'a self,
        today: u16,
        of: impl Fn(u32) -> bool + 'a,
    ) -> impl Iterator<Item = (u32, u16, i64)> + 'a {
        (0_u32..)
            .zip(self.sales.person.iter().zip(&self.sales.day))
            .filter(move |(_, (person, day))| *person < STRANGER && **day <= today && of(*person))
            .filter_map(|(number, (person, day))| {
                let net = self.sales.net(number, self.sales.paid.get(number)?);
                (net > 0).then_some((person, *day, net))
            })
    }

    fn build_scores(&self, today: Day) -> Derived {
        let (len, now) = (self.customers.len(), day_cell(today).min(NO_DAY - 1));
        let from = day_cell(window_start(today));
        // Before the orders are loaded nobody has bought: there is nothing to add up.
        let buyers = if self.has_orders() { len } else { 0 };
        let mut ends = vec![0_u32; buyers + 1];
        let mut money = vec![0_i64; buyers];
        for (row, day, net) in self.standing(now, |_| true) {
            if let Some(n) = ends.get_mut(row as usize) {
                *n += 1;
            }
            if day >= from
                && let Some(sum) = money.get_mut(row as usize)
            {
                *sum = sum.saturating_add(net);
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            // Now the start; filling moves it to the end.
            sum += std::mem::replace(end, sum);
        }
        let mut days = vec![0_u16; sum as usize];
        for (row, day, _) in self.standing(now, |_| true) {
            if let Some(at) = ends.get_mut(row as usize) {
                super::column::put(&mut days, *at as usize, day);
                *at += 1;
            }
        }
        let mut intervals = Intervals::default();
        sorted_days(&ends, &mut days, |own| {
            own.sort_unstable();
            let distinct = own.windows(2).filter_map(|pair| match pair {
                [before, day] if before < day => Some(u32::from(day - before)),
                _ => None,
            });
            distinct.for_each(|gap| intervals.add(gap));
        });
        // One column at a time: a list of all buyers would be the largest thing in memory.
        let scoring = Scoring::of_columns(|value| {
            let mut values = Vec::new();
            all_bought(&ends, &mut days, &money, from, |bought| {
                values.extend(bought.buyer().map(value));
            });
            values
        });
        let mut derived = Derived {
            today,
            scoring,
            cuts: intervals.cuts(),
            cells: vec![0; len],
            first: vec![NO_DAY; len],
            dirty: HashSet::new(),
            old: false,
        };
        all_bought(&ends, &mut days, &money, from, |bought| {
            derived.put(bought.row, Some(bought));
        });
        derived
    }

    fn patch_scores(&self, derived: &mut Derived) {
        let dirty = std::mem::take(&mut derived.dirty);
        derived.cells.resize(self.customers.len(), 0);
        derived.first.resize(self.customers.len(), NO_DAY);
        let mut wanted = super::bits::Bits::none(self.customers.len());
        for row in &dirty {
            wanted.put(*row, true);
        }
        let from = day_cell(window_start(derived.today));
        let now = day_cell(derived.today).min(NO_DAY - 1);
        let mut found: HashMap<u32, (Vec<u16>, i64)> = HashMap::new();
        for (row, day, net) in self.standing(now, |row| wanted.has(row)) {
            let (days, money) = found.entry(row).or_default();
            days.push(day);
            if day >= from {
                *money = money.saturating_add(net);
            }
        }
        for row in dirty {
            let bought = found
                .get_mut(&row)
                .and_then(|(days, money)| Bought::of(row, days, *money, from, |_| {}));
            derived.put(row, bought);
        }
    }
}
