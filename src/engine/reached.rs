//! Who of those that are tied reached their value first: the day of the last event that moved it, from the columns. The
//! second is in the workspace alone and is asked of it for these few days and people.

use std::collections::HashMap;
use std::ops::Range;

use super::Engine;
use super::bits::Bits;
use super::board::Tie;
use super::counts::asked;
use super::sales::day_span;
use crate::domain::leaderboard::Measure;
use crate::domain::period::Period;
use crate::domain::{Day, StaffId};

/// Days looked at first, then all before them: the last event is seldom long ago.
const LATE: u16 = 7;

/// Seconds kept (about 32 bytes each).
const MOST: usize = 20_000;

/// On which day the last event of each kind was that moved somebody's value in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastDays {
    /// A paid order.
    pub order: Option<Day>,
    /// A refund.
    pub refund: Option<Day>,
    /// An add.
    pub add: Option<Day>,
}

/// What is known of a value: of which period, whose (by code), counted in what.
type Key = (u16, u16, u16, Measure);

/// Seconds found before, of boards of everybody, until something of these people changes.
#[derive(Clone, Debug, Default)]
pub struct Reached {
    found: HashMap<Key, Option<i64>>,
}

impl Reached {
    /// Nothing is known.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// People were numbered anew, or everything was.
    pub fn forget(&mut self) {
        self.found.clear();
    }

    /// What this member of staff sold or gave back changed.
    pub fn forget_staff(&mut self, staff: u16) {
        self.found.retain(|(_, _, code, _), _| *code != staff);
    }

    /// Who was added changed.
    pub fn forget_adds(&mut self) {
        self.found
            .retain(|(_, _, _, measure), _| !measure.is_moved_by_add());
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.found.capacity() * size_of::<(Key, Option<i64>)>()
    }
}

/// The tied who are asked about, by code.
struct Asked {
    /// Their place, by code; [`NOT_ASKED`] for the others.
    places: Vec<u32>,
    measures: Vec<Measure>,
}

const NOT_ASKED: u32 = u32::MAX;

impl Asked {
    /// Of somebody whose value orders move no order has been found.
    fn lacks_orders(&self, last: &[LastDays]) -> bool {
        let mut all = self.measures.iter().zip(last);
        all.any(|(measure, last)| last.order.is_none() && measure.is_moved_by_order(1))
    }

    fn place(&self, staff: u16) -> Option<(usize, Measure)> {
        let place = *self.places.get(usize::from(staff))? as usize;
        Some((place, *self.measures.get(place)?))
    }
}

impl Engine {
    /// The days of the last events that moved the values of these people within a period, in their order: events of the
    /// customers in `rows`, of everybody without any. `today` is where most of the last will be.
    pub fn last_days(
        &self,
        (period, today): (Period, Day),
        ties: &[Tie<'_>],
        rows: Option<&Bits>,
    ) -> Vec<LastDays> {
        let mut places = vec![NOT_ASKED; self.words.staff.codes()];
        for (place, tie) in (0..).zip(ties) {
            let code = self.words.staff.find(tie.id.as_str()).unwrap_or(0);
            super::column::put(&mut places, usize::from(code), place);
        }
        // Nobody is not somebody who is tied.
        super::column::put(&mut places, 0, NOT_ASKED);
        let asked = Asked {
            places,
            measures: ties.iter().map(|tie| tie.measure).collect(),
        };
        let days = day_span(period.from, period.to);
        let mut last = vec![LastDays::default(); ties.len()];
        let late = day_span(today, today).end.saturating_sub(LATE);
        let late = late.clamp(days.start, days.end);
        for part in [late..days.end, days.start..late] {
            if asked.lacks_orders(&last) {
                self.last_orders(&part, &asked, rows, &mut last);
            }
        }
        for (number, day, _) in &self.sales.refunds {
            let staff = self.sales.staff.get(*number as usize);
            if days.contains(day)
                && let Some((place, measure)) = staff.and_then(|staff| asked.place(*staff))
                && measure.is_moved_by_refund()
                && self.bought_by(*number, rows)
                && let Some(last) = last.get_mut(place)
            {
                last.refund = last.refund.max(Some(Day(i32::from(*day))));
            }
        }
        if ties.iter().any(|tie| tie.measure.is_moved_by_add()) {
            self.last_adds(&days, &asked, rows, &mut last);
        }
        last
    }

    fn last_orders(
        &self,
        days: &Range<u16>,
        asked: &Asked,
        rows: Option<&Bits>,
        last: &mut [LastDays],
    ) {
        let numbers = 0..u32::try_from(self.sales.day.len()).unwrap_or(u32::MAX);
        self.sales
            .each_paid(numbers, days, |number, staff, day, paid| {
                let day = Day(i32::from(day));
                if let Some((place, measure)) = asked.place(staff)
                    && let Some(last) = last.get_mut(place)
                    && measure.is_moved_by_order(paid)
                    && last.order < Some(day)
                    && self.bought_by(number, rows)
                {
                    last.order = Some(day);
                }
            });
    }

    fn last_adds(
        &self,
        days: &Range<u16>,
        tied: &Asked,
        rows: Option<&Bits>,
        last: &mut [LastDays],
    ) {
        self.adds.each_within(days, |person, staff, day| {
            if let Some((place, measure)) = tied.place(staff)
                && measure.is_moved_by_add()
                && asked(rows, person)
                && let Some(last) = last.get_mut(place)
            {
                last.add = last.add.max(Some(Day(i32::from(day))));
            }
        });
    }

    /// The staff an order is credited to, where its buyer is among these rows.
    pub fn credited_to(&self, order: &str, rows: Option<&Bits>) -> Option<&str> {
        let number = self.sales.ids.find(order)?;
        let staff = self.sales.get(number)?.staff;
        self.bought_by(number, rows).then_some(())?;
        self.words.staff.word(staff).map(|word| &**word)
    }

    /// The customer is among these rows.
    pub fn is_row(&self, customer: &str, rows: Option<&Bits>) -> bool {
        let row = || self.customers.ids.find(customer);
        rows.is_none_or(|rows| row().is_some_and(|row| rows.has(row)))
    }

    fn reached_key(&self, period: Period, tie: Tie<'_>) -> Option<Key> {
        let days = day_span(period.from, period.to);
        let code = self.words.staff.find(tie.id.as_str())?;
        Some((days.start, days.end, code, tie.measure))
    }

    /// When somebody reached their value on the board of everybody, as found before: `None` when it must be looked up.
    pub fn reached(&self, period: Period, tie: Tie<'_>) -> Option<Option<i64>> {
        let key = self.reached_key(period, tie)?;
        self.boards.reached.found.get(&key).copied()
    }

    /// Keeps what was looked up of the board of everybody, until something of these people changes.
    pub fn keep_reached(&mut self, period: Period, found: &[(StaffId, Measure, Option<i64>)]) {
        if self.boards.reached.found.len() + found.len() > MOST {
            self.boards.reached.forget();
        }
        for (id, measure, at) in found {
            let measure = *measure;
            if let Some(key) = self.reached_key(period, Tie { id, measure }) {
                self.boards.reached.found.insert(key, *at);
            }
        }
    }
}
