//! What every customer bought and when, without an engine: for scores, which compare a customer with all others.
//!
//! Two walks side by side, both in order of `external_userid`: the kept totals of the customers, and the index of their
//! orders, which holds all that is wanted of an order. Nothing is sorted and no order is looked up. The day of an order is
//! that of `paid_at` in the zone of the workspace, as `biz_date` is. An order without `external_userid` is of nobody here.

use std::collections::HashMap;
use std::ops::Range;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Connection, Row, params_from_iter};

use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::{Cells, bytes};
use super::sift::Sift;
use crate::domain::{Day, Fen, Zone};

/// Orders in the order of the walk; those without a customer of the pool are passed over.
const ORDERS: &str =
    "SELECT external_userid, paid_at, paid_fen, order_id FROM sale_order INDEXED BY ix_order_cust
  WHERE external_userid IS NOT NULL AND paid_at IS NOT NULL AND is_test = 0 ORDER BY external_userid, paid_at";

/// A customer of the pool, met on the walk.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a> {
    /// `external_userid`.
    pub id: &'a str,
    /// Kept net money, fen.
    pub spend: Fen,
    /// The condition of the sift holds.
    pub inside: bool,
    /// Orders up to today that still stand, oldest first: day and net money.
    pub bought: &'a [(Day, Fen)],
}

/// Hands on every customer of the pool, by id.
pub fn each_customer(
    conn: &Connection,
    sift: &Sift,
    (today, zone): (Day, Zone),
    hit: impl FnMut(Met<'_>),
) -> Result<(), StoreError> {
    walk(conn, sift, &Calendar::new(zone, today), hit).doing("reading what customers bought")
}

fn walk(
    conn: &Connection,
    sift: &Sift,
    calendar: &Calendar,
    mut hit: impl FnMut(Met<'_>),
) -> rusqlite::Result<()> {
    let refunds = Refunds::read(conn)?;
    let mut pool = conn.prepare(&sift.all())?;
    let mut pool = pool.query(params_from_iter(sift.values()))?;
    let mut orders = conn.prepare(&planned(conn, ORDERS))?;
    let mut orders = orders.query([])?;
    orders.advance()?;
    let mut bought = Vec::new();
    while let Some(customer) = pool.next()? {
        let id = bytes(customer, 0);
        bought.clear();
        while let Some(order) = orders.get() {
            let buyer = bytes(order, 0);
            if buyer > id {
                break;
            }
            if buyer == id {
                bought.extend(standing(order, &refunds, calendar));
            }
            orders.advance()?;
        }
        hit(Met {
            id: &String::from_utf8_lossy(id),
            spend: customer.fen(1),
            inside: customer.int(2) == Some(1),
            bought: &bought,
        });
    }
    Ok(())
}

/// Day and net money of an order up to today that still stands.
fn standing(order: &Row<'_>, refunds: &Refunds, calendar: &Calendar) -> Option<(Day, Fen)> {
    let day = calendar.day_of(order.int(1)?)?;
    let net = order.fen(2).0.saturating_sub(refunds.of(bytes(order, 3)));
    (net > 0).then_some((day, Fen(net)))
}

/// What was given back of orders.
struct Refunds {
    sums: HashMap<Box<[u8]>, i64>,
    /// A bit for every value of [`mark`]: most orders have no refund, and are known by it.
    marks: Vec<bool>,
}

/// Values of [`mark`].
const MARKS: usize = 1 << 18;

/// A number below [`MARKS`] from the end of an id, where ids differ.
fn mark(id: &[u8]) -> usize {
    id.iter().rev().take(8).fold(0_usize, |mixed, byte| {
        mixed.wrapping_mul(31).wrapping_add(usize::from(*byte))
    }) % MARKS
}

impl Refunds {
    fn read(conn: &Connection) -> rusqlite::Result<Self> {
        let (mut sums, mut marks) = (HashMap::new(), vec![false; MARKS]);
        let mut statement = conn.prepare("SELECT order_id, amount_fen FROM order_refund")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let id = bytes(row, 0);
            if let Some(mark) = marks.get_mut(mark(id)) {
                *mark = true;
            }
            let sum: &mut i64 = sums.entry(id.into()).or_default();
            *sum = sum.saturating_add(row.fen(1).0);
        }
        Ok(Self { sums, marks })
    }

    /// Fen given back of an order.
    fn of(&self, id: &[u8]) -> i64 {
        if !self.marks.get(mark(id)).is_some_and(|marked| *marked) {
            return 0;
        }
        self.sums.get(id).copied().unwrap_or(0)
    }
}

/// First instants of the days from 1970 to the day after today.
struct Calendar(Vec<i64>);

impl Calendar {
    fn new(zone: Zone, today: Day) -> Self {
        let days = 0..today.0.clamp(-1, i32::from(u16::MAX) - 1) + 2;
        Self(days.map(|day| zone.start_of(Day(day))).collect())
    }

    /// The day of an instant; `None` before the first and after today.
    fn day_of(&self, at: i64) -> Option<Day> {
        let within = |day: usize| {
            let Range { start, end } = *self.0.get(day)?..*self.0.get(day + 1)?;
            Some((start..end).contains(&at))
        };
        // In UTC it is this day, so anywhere it is this one or one beside it.
        let near = usize::try_from(at.div_euclid(86_400) + 1).ok()?;
        let mut days = [near.checked_sub(1), Some(near), near.checked_sub(2)].into_iter();
        let day = days.find_map(|day| day.filter(|day| within(*day) == Some(true)))?;
        i32::try_from(day).ok().map(Day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_an_instant_is_the_zones() {
        for name in [
            "Asia/Shanghai",
            "America/New_York",
            "Pacific/Kiritimati",
            "UTC",
        ] {
            let zone = Zone::parse(name).unwrap();
            let today = Day::parse("2026-11-11").unwrap();
            let calendar = Calendar::new(zone, today);
            let end = zone.start_of(today.plus(1));
            for step in 0..20_000_i64 {
                let at = end - 1 - step * 8_639;
                assert_eq!(calendar.day_of(at), Some(zone.day_of(at)), "{name} {at}");
            }
            assert_eq!(calendar.day_of(end), None);
            assert_eq!(calendar.day_of(zone.start_of(Day(0)) - 1), None);
            assert_eq!(calendar.day_of(zone.start_of(Day(0))), Some(Day(0)));
        }
    }
}
