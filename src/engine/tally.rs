//! What the board asks: what each member of staff sold, gave back and added, under a filter.
//!
//! Rows given as `None` mean everybody, people outside the pool included; a set of rows narrows to those customers.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::Engine;
use super::answer::BoardMetric;
use super::bits::Bits;
use super::column::Dict;
use super::counts::{add, asked, place, window};
use super::pair::halves;
use super::people::row_of;
use super::sales::day_span;
use super::select::StaffSet;
use super::takings::Takings;
use crate::domain::leaderboard::{Outside, StaffCounts};
use crate::domain::period::Period;
use crate::domain::{Day, Fen, StaffId};

/// Days of a board's trend.
pub(super) const TREND: u16 = 7;
/// The same as a length.
const TREND_DAYS: usize = TREND as usize;

/// What the board shows, by staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardCounts {
    /// Everybody who sold, refunded or added in the period or the trend, and is in the org node.
    pub staff: HashMap<StaffId, StaffCounts>,
    /// Orders without a credited staff.
    pub uncredited: StaffCounts,
}

impl BoardCounts {
    /// What everybody sold, gave back and added together, credited or not.
    pub fn of_all(&self) -> StaffCounts {
        StaffCounts::sum(self.staff.values().chain([&self.uncredited]))
    }

    /// What was sold and given back without credit to anybody among `known`, to nobody or to others: what no row of a board
    /// of all staff shows.
    pub fn of_others<'a>(&self, known: impl Iterator<Item = &'a StaffId>) -> StaffCounts {
        let known: HashSet<&StaffId> = known.collect();
        let others = self.staff.iter().filter(|(id, _)| !known.contains(id));
        StaffCounts::sum(others.map(|(_, counts)| counts).chain([&self.uncredited]))
    }
}

/// What one member of staff did, while a board is added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    gross: Fen,
    refunds: Fen,
    orders: u32,
    outside: Outside,
    adds: u32,
    trend: [i64; TREND_DAYS],
}

impl Tally {
    /// Adds what another part of the orders came to.
    pub(super) fn join(&mut self, other: &Self) {
        add(&mut self.gross, other.gross.0);
        add(&mut self.refunds, other.refunds.0);
        self.orders = self.orders.saturating_add(other.orders);
        add(&mut self.outside.gross, other.outside.gross.0);
        add(&mut self.outside.refunds, other.outside.refunds.0);
        self.outside.orders = self.outside.orders.saturating_add(other.outside.orders);
        self.adds = self.adds.saturating_add(other.adds);
        for (day, more) in self.trend.iter_mut().zip(&other.trend) {
            *day = day.saturating_add(*more);
        }
    }

    /// Takes out what a part came to that was added before.
    pub(super) fn leave(&mut self, other: &Self) {
        add(&mut self.gross, other.gross.0.saturating_neg());
        add(&mut self.refunds, other.refunds.0.saturating_neg());
        self.orders = self.orders.saturating_sub(other.orders);
        let (outside, gone) = (&mut self.outside, &other.outside);
        add(&mut outside.gross, gone.gross.0.saturating_neg());
        add(&mut outside.refunds, gone.refunds.0.saturating_neg());
        outside.orders = outside.orders.saturating_sub(gone.orders);
        self.adds = self.adds.saturating_sub(other.adds);
        for (day, less) in self.trend.iter_mut().zip(&other.trend) {
            *day = day.saturating_sub(*less);
        }
    }

    /// Some sum stands at its end: what was added is not what would have to be taken out.
    pub(super) fn is_full(&self) -> bool {
        let sums = [
            self.gross,
            self.refunds,
            self.outside.gross,
            self.outside.refunds,
        ];
        let mut sums = sums.iter().map(|sum| sum.0).chain(self.trend);
        sums.any(|sum| sum == i64::MAX || sum == i64::MIN)
            || [self.orders, self.outside.orders, self.adds].contains(&u32::MAX)
    }

    /// Nobody was added.
    pub(super) fn without_adds(&mut self, metric: BoardMetric) {
        self.adds = 0;
        match metric {
            BoardMetric::Adds => self.trend = [0; TREND_DAYS],
            BoardMetric::NetGmv
            | BoardMetric::Gmv
            | BoardMetric::Orders
            | BoardMetric::Achievement => {}
        }
    }

    fn counts(&self) -> StaffCounts {
        StaffCounts {
            gross: self.gross,
            refunds: self.refunds,
            orders: self.orders,
            outside: self.outside,
            adds: self.adds,
            trend: self.trend.to_vec(),
        }
    }
}

/// Tallies by staff code while a board is added up.
#[derive(Clone, Debug)]
pub(super) struct Board {
    pub(super) period: Range<u16>,
    pub(super) trend: Range<u16>,
    pub(super) metric: BoardMetric,
    pub(super) by_code: Vec<Tally>,
}

impl Board {
    /// Nothing is added up yet. The trend has the 7 days to the period's last or to today, whichever is earlier.
    pub(super) fn new(period: Period, today: Day, metric: BoardMetric, codes: usize) -> Self {
        Self {
            period: day_span(period.from, period.to),
            trend: window(period.to.min(today), TREND),
            metric,
            by_code: vec![Tally::default(); codes],
        }
    }

    /// The days it asks for.
    pub(super) fn span(&self) -> Range<u16> {
        self.period.start.min(self.trend.start)..self.period.end.max(self.trend.end)
    }

    fn slot(&mut self, code: u16) -> Option<&mut Tally> {
        self.by_code.get_mut(usize::from(code))
    }

    fn bend(&mut self, code: u16, day: u16, by: i64) {
        let at = place(day, &self.trend);
        if let Some(cell) = at.and_then(|at| self.slot(code)?.trend.get_mut(at)) {
            *cell = cell.saturating_add(by);
        }
    }

    pub(super) fn order(
        &mut self,
        staff: u16,
        day: u16,
        paid: i64,
        outside: impl FnOnce() -> bool,
    ) {
        if self.period.contains(&day)
            && let Some(counts) = self.slot(staff)
        {
            add(&mut counts.gross, paid);
            counts.orders = counts.orders.saturating_add(1);
            if outside() {
                add(&mut counts.outside.gross, paid);
                counts.outside.orders = counts.outside.orders.saturating_add(1);
            }
        }
        match self.metric {
            BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Achievement => {
                self.bend(staff, day, paid);
            }
            BoardMetric::Orders => self.bend(staff, day, 1),
            BoardMetric::Adds => {}
        }
    }

    pub(super) fn refund(
        &mut self,
        staff: u16,
        day: u16,
        fen: i64,
        outside: impl FnOnce() -> bool,
    ) {
        if self.period.contains(&day)
            && let Some(counts) = self.slot(staff)
        {
            add(&mut counts.refunds, fen);
            if outside() {
                add(&mut counts.outside.refunds, fen);
            }
        }
        match self.metric {
            BoardMetric::NetGmv | BoardMetric::Achievement => {
                self.bend(staff, day, fen.saturating_neg());
            }
            BoardMetric::Gmv | BoardMetric::Orders | BoardMetric::Adds => {}
        }
    }

    pub(super) fn add(&mut self, staff: u16, day: u16) {
        if self.period.contains(&day)
            && let Some(counts) = self.slot(staff)
        {
            counts.adds = counts.adds.saturating_add(1);
        }
        match self.metric {
            BoardMetric::Adds => self.bend(staff, day, 1),
            BoardMetric::NetGmv
            | BoardMetric::Gmv
            | BoardMetric::Orders
            | BoardMetric::Achievement => {}
        }
    }

    /// The board by staff; of an org node its staff alone.
    pub(super) fn by_staff(&self, names: &Dict, org: Option<&StaffSet>) -> BoardCounts {
        let uncredited = self.by_code.first().map(Tally::counts).unwrap_or_default();
        let mut staff = HashMap::with_capacity(self.by_code.len());
        let counted = (1..)
            .zip(self.by_code.iter().skip(1))
            .filter(|(code, tally)| {
                org.is_none_or(|set| set.has(*code)) && **tally != Tally::default()
            });
        staff.extend(counted.filter_map(|(code, tally)| {
            Some((StaffId(names.word(code)?.clone()), tally.counts()))
        }));
        BoardCounts { staff, uncredited }
    }

    /// Adds up a part picked before.
    fn taken(&mut self, takings: &Takings, rows: Option<&Bits>) {
        for sale in &takings.sales {
            if asked(rows, sale.person) {
                let outside = || row_of(sale.person).is_none();
                self.order(sale.staff, sale.day, sale.paid, outside);
            }
        }
        for refund in &takings.refunds {
            if asked(rows, refund.person) {
                let outside = || row_of(refund.person).is_none();
                self.refund(refund.staff, refund.day, refund.fen, outside);
            }
        }
        for &(person, staff, day) in &takings.adds {
            if asked(rows, person) {
                self.add(staff, day);
            }
        }
    }
}

impl Engine {
    /// What the staff of an org node sold, refunded and added in a period. The trend has the 7 days to the period's last
    /// or to today, whichever is earlier, whether they lie in the period or not.
    pub fn board_counts(
        &mut self,
        period: Period,
        today: Day,
        metric: BoardMetric,
        rows: Option<&Bits>,
        org: Option<&StaffSet>,
    ) -> BoardCounts {
        let mut board = Board::new(period, today, metric, self.words.staff.codes());
        let span = board.span();
        if rows.is_none() {
            board = self.whole_board(board);
        } else {
            match self.picked.days(&span, &self.sales, &self.adds) {
                Some(takings) => board.taken(takings, rows),
                None => self.add_up(&mut board, &span, rows),
            }
        }
        let counts = board.by_staff(&self.words.staff, org);
        if rows.is_none() {
            self.boards.keep(board);
        }
        counts
    }

    /// The orders' buyer is among the rows asked about.
    pub(super) fn bought_by(&self, number: u32, rows: Option<&Bits>) -> bool {
        let buyer = || self.sales.person.get(number as usize);
        rows.is_none() || buyer().is_some_and(|person| asked(rows, person))
    }

    /// The order's buyer is outside the pool.
    fn outsiders(&self, number: u32) -> bool {
        let buyer = self.sales.person.get(number as usize);
        buyer.is_none_or(|person| row_of(person).is_none())
    }

    /// Adds a board up from the columns, on two threads.
    pub(super) fn add_up(&self, board: &mut Board, span: &Range<u16>, rows: Option<&Bits>) {
        let empty = board.clone();
        let numbers = u32::try_from(self.sales.day.len()).unwrap_or(u32::MAX);
        let (one, other) = halves(numbers, |part| {
            let mut board = empty.clone();
            self.sales
                .each_paid(part, span, |number, staff, day, paid| {
                    if self.bought_by(number, rows) {
                        board.order(staff, day, paid, || self.outsiders(number));
                    }
                });
            board.by_code
        });
        board.by_code = one;
        for (tally, more) in board.by_code.iter_mut().zip(&other) {
            tally.join(more);
        }
        for (number, day, fen) in &self.sales.refunds {
            if span.contains(day)
                && self.bought_by(*number, rows)
                && let Some(staff) = self.sales.staff.get(*number as usize)
            {
                board.refund(*staff, *day, *fen, || self.outsiders(*number));
            }
        }
        self.add_adds(board, span, rows);
    }

    /// Adds up who was added.
    pub(super) fn add_adds(&self, board: &mut Board, span: &Range<u16>, rows: Option<&Bits>) {
        self.adds.each_within(span, |person, staff, day| {
            if asked(rows, person) {
                board.add(staff, day);
            }
        });
    }

    /// What was sold and given back in a period without credit to anybody among `known`: what no row of a board shows.
    /// `today` as for the board, whose part it shares.
    pub fn uncredited(
        &mut self,
        period: Period,
        today: Day,
        rows: Option<&Bits>,
        known: &StaffSet,
    ) -> StaffCounts {
        let days = day_span(period.from, period.to);
        let trend = window(period.to.min(today), TREND);
        let span = days.start.min(trend.start)..days.end.max(trend.end);
        let mut sum = StaffCounts::default();
        let is_meant = |staff: u16, day: u16, person: u32| {
            !known.has(staff) && days.contains(&day) && asked(rows, person)
        };
        let mut count = |staff, day, person, paid| {
            if is_meant(staff, day, person) {
                add(&mut sum.gross, paid);
                sum.orders = sum.orders.saturating_add(1);
            }
        };
        let mut back = Fen(0);
        if let Some(takings) = self.picked.days(&span, &self.sales, &self.adds) {
            for sale in &takings.sales {
                count(sale.staff, sale.day, sale.person, sale.paid);
            }
            for refund in &takings.refunds {
                if is_meant(refund.staff, refund.day, refund.person) {
                    add(&mut back, refund.fen);
                }
            }
        } else {
            self.sales.each(&self.sales.paid_within(&days), |_, order| {
                count(order.staff, order.day, order.person, order.paid);
            });
            for (number, day, fen) in &self.sales.refunds {
                let at = *number as usize;
                let staff = self.sales.staff.get(at).copied().unwrap_or(0);
                let person = self.sales.person.get(at);
                if person.is_some_and(|person| is_meant(staff, *day, person)) {
                    add(&mut back, *fen);
                }
            }
        }
        sum.refunds = back;
        sum
    }
}
