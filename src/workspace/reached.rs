//! When those who are tied on a board reached what they stand at: the engine names the day of the last event that moved
//! them, the workspace its second.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use crate::domain::leaderboard::Measure;
use crate::domain::period::Period;
use crate::domain::{Day, StaffId};
use crate::engine::Engine;
use crate::engine::bits::Bits;
use crate::engine::board::Tie;
use crate::store::{Doing, StoreError, load};

/// Who reached their value when.
type Found = Vec<(StaffId, Measure, Option<i64>)>;

/// By day, whose last event was on it: their id, and their place among the tied.
type ByDay<'a> = BTreeMap<Day, HashMap<&'a str, usize>>;

/// Most customers of a pool in which the seconds are looked up under a filter too: there every order of a day is held
/// against it, which in a larger pool would keep the next key waiting. Those who are tied are listed by achievement then.
const FILTERED: usize = 200_000;

/// Looks the seconds up, and remembers them.
pub(super) struct Lookup<'a> {
    conn: &'a Connection,
    engine: &'a Engine,
    /// Of the board, and today.
    period: (Period, Day),
    /// Whose events count; everybody's without any.
    rows: Option<&'a Bits>,
    found: RefCell<Result<Found, StoreError>>,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(
        conn: &'a Connection,
        engine: &'a Engine,
        period: (Period, Day),
        rows: Option<&'a Bits>,
    ) -> Self {
        Self {
            conn,
            engine,
            period,
            rows,
            found: RefCell::new(Ok(Vec::new())),
        }
    }

    /// When each of these reached what they stand at, unix seconds.
    pub(super) fn reached(&self, ties: &[Tie<'_>]) -> HashMap<StaffId, i64> {
        let mut reached = HashMap::with_capacity(ties.len());
        if self.rows.is_some_and(|rows| rows.len() > FILTERED) {
            return reached;
        }
        let mut unknown = Vec::new();
        for tie in ties {
            let kept = || self.engine.reached(self.period.0, *tie);
            match self.rows.map_or_else(kept, |_| None) {
                Some(at) => reached.extend(at.map(|at| (tie.id.clone(), at))),
                None => unknown.push(*tie),
            }
        }
        if unknown.is_empty() {
            return reached;
        }
        let found = self
            .look(&unknown)
            .doing("finding who reached a rank first");
        if let Ok(found) = &found {
            let known = found.iter();
            reached.extend(known.filter_map(|(id, _, at)| Some((id.clone(), (*at)?))));
        }
        *self.found.borrow_mut() = found;
        reached
    }

    /// What was looked up.
    pub(super) fn found(self) -> Result<Found, StoreError> {
        self.found.into_inner()
    }

    fn look(&self, ties: &[Tie<'_>]) -> rusqlite::Result<Found> {
        let last = self.engine.last_days(self.period, ties, self.rows);
        let mut at: Vec<Option<i64>> = vec![None; ties.len()];
        let (mut sold, mut given_back) = (ByDay::new(), ByDay::new());
        for (place, (tie, last)) in ties.iter().zip(&last).enumerate() {
            let own = [(&mut sold, last.order), (&mut given_back, last.refund)];
            let latest = last.order.max(last.refund);
            for (days, day) in own {
                if let Some(day) = day.filter(|_| day == latest) {
                    days.entry(day).or_default().insert(tie.id.as_str(), place);
                }
            }
            if let Some(day) = last.add {
                let is_meant = |customer: &str| self.engine.is_row(customer, self.rows);
                raise(
                    &mut at,
                    place,
                    load::last_added(self.conn, day, tie.id, is_meant)?,
                );
            }
        }
        for (day, people) in sold {
            self.last_sold(day, people, ties, &mut at)?;
        }
        for (day, people) in given_back {
            load::each_refund_of(self.conn, day, |second, order| {
                let staff = self.engine.credited_to(order, self.rows);
                if let Some(place) = staff.and_then(|staff| people.get(staff)) {
                    raise(&mut at, *place, Some(second));
                }
            })?;
        }
        let found = ties.iter().zip(at);
        Ok(found
            .map(|(tie, at)| (tie.id.clone(), tie.measure, at))
            .collect())
    }

    /// The last orders of these people on a day, from its end until all are found.
    fn last_sold(
        &self,
        day: Day,
        mut people: HashMap<&str, usize>,
        ties: &[Tie<'_>],
        at: &mut [Option<i64>],
    ) -> rusqlite::Result<()> {
        load::last_sold(self.conn, day, |staff, second, paid, order| {
            let place = people.get(staff).copied();
            let moved = |place: &usize| {
                let tie = ties.get(*place);
                tie.is_some_and(|tie| tie.measure.is_moved_by_order(paid))
                    && (self.rows.is_none() || self.engine.credited_to(order, self.rows).is_some())
            };
            if let Some(place) = place.filter(moved) {
                raise(at, place, Some(second));
                people.remove(staff);
            }
            !people.is_empty()
        })
    }
}

/// Notes a later second.
fn raise(at: &mut [Option<i64>], place: usize, second: Option<i64>) {
    if let Some(at) = at.get_mut(place) {
        *at = (*at).max(second);
    }
}
