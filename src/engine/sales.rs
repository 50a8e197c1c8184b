//! Paid orders as columns, their refunds, and who was added by whom.
//!
//! Only orders of `v_paid` are here: paid and no test. A person is a customer's row, or a number of their own for people
//! outside the pool (see [`super::people`]).

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::domain::Day;

use super::bits::Bits;
use super::column::{Compact, put};
use super::ids::OrderIds;
use super::narrow::Persons;
use super::sparse::Sparse;

/// A day as two bytes: days since 1970; days before it and after 2149 belong to no period.
pub const NO_DAY: u16 = u16::MAX;

/// A day as a cell.
pub fn day_cell(day: Day) -> u16 {
    u16::try_from(day.0).unwrap_or(NO_DAY)
}

/// First and last cell of an interval of days; an interval before 1970 holds no cell.
pub fn day_span(from: Day, to: Day) -> Range<u16> {
    let clamp = |day: i32| u16::try_from(day.clamp(0, i32::from(NO_DAY))).unwrap_or(NO_DAY);
    clamp(from.0)..clamp(to.0.saturating_add(1))
}

/// Places of the days within an interval.
fn days_within(column: &[u16], days: &Range<u16>) -> Bits {
    let (start, span) = (days.start, days.end.saturating_sub(days.start));
    Bits::of_column(column, |day| day.wrapping_sub(start) < span)
}

/// One order as the columns hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Who bought.
    pub person: u32,
    /// Code of the credited staff; 0 nobody.
    pub staff: u16,
    /// Day paid.
    pub day: u16,
    /// Paid, fen.
    pub paid: i64,
    /// Code of the campaign; 0 none.
    pub campaign: u16,
}

/// Orders and refunds.
#[derive(Clone, Debug, Default)]
pub struct Sales {
    /// Order ids; the number of an id is its place in the columns.
    pub ids: OrderIds,
    /// Who bought.
    pub person: Persons,
    /// Code of the credited staff.
    pub staff: Vec<u16>,
    /// Day paid; [`NO_DAY`] for an order that is no longer there.
    pub day: Vec<u16>,
    /// Paid, fen.
    pub paid: Compact<[u8; 3]>,
    /// Code of the campaign.
    pub campaign: Sparse,
    /// Σ quantity of the items of campaign orders.
    pub items: HashMap<u32, u32>,
    /// Refunds: order, day, fen. Those of the load by refund id, later ones behind.
    pub refunds: Vec<(u32, u16, i64)>,
    /// Σ refunds by order.
    pub refunded: HashMap<u32, i64>,
    /// Orders that had a refund at some time: most have none and need no look-up.
    returned: Bits,
}

impl Sales {
    /// Appends an order.
    pub fn push(&mut self, id: &str, order: Order) -> u32 {
        let number = self.ids.push(id);
        self.person.push(order.person);
        self.staff.push(order.staff);
        self.day.push(order.day);
        self.paid.push(Some(order.paid));
        self.campaign.push(order.campaign);
        number
    }

    /// Appends the orders of another part of the load; neither has refunds or items yet.
    pub fn join(&mut self, other: &Self) {
        self.ids.join(&other.ids);
        self.person.join(&other.person);
        self.staff.extend_from_slice(&other.staff);
        self.day.extend_from_slice(&other.day);
        self.paid.join(&other.paid);
        self.campaign.join(&other.campaign);
    }

    /// Makes room for so many more orders.
    pub fn reserve(&mut self, orders: usize) {
        self.person.reserve(orders);
        self.staff.reserve_exact(orders);
        self.day.reserve_exact(orders);
        self.paid.reserve(orders);
    }

    /// Sets an order, appending it when its id is new; `None` takes it out.
    pub fn set(&mut self, id: &str, order: Option<Order>) -> Option<u32> {
        let found = self.ids.find(id);
        match (found, order) {
            (None, None) => None,
            (None, Some(order)) => Some(self.push(id, order)),
            (Some(number), order) => {
                let gone = Order {
                    person: super::people::NOBODY,
                    staff: 0,
                    day: NO_DAY,
                    paid: 0,
                    campaign: 0,
                };
                let order = order.unwrap_or(gone);
                let at = number as usize;
                self.person.put(at, order.person);
                put(&mut self.staff, at, order.staff);
                put(&mut self.day, at, order.day);
                self.paid.set(number, Some(order.paid));
                self.campaign.set(number, order.campaign);
                Some(number)
            }
        }
    }

    /// Notes a refund while loading.
    pub fn refund(&mut self, order: u32, day: u16, fen: i64) {
        self.refunds.push((order, day, fen));
        if self.returned.len() <= order as usize {
            self.returned
                .resize(self.person.len().max(order as usize + 1));
        }
        self.returned.put(order, true);
        let sum = self.refunded.entry(order).or_insert(0);
        *sum = sum.saturating_add(fen);
    }

    /// The refunds of some orders: order, day, fen.
    pub fn refunds_of(&self, orders: &HashSet<u32>) -> Vec<(u32, u16, i64)> {
        if !self.had_refunds(orders) {
            return Vec::new();
        }
        let of = |(order, _, _): &&(u32, u16, i64)| orders.contains(order);
        self.refunds.iter().filter(of).copied().collect()
    }

    /// One of these orders had a refund at some time.
    fn had_refunds(&self, orders: &HashSet<u32>) -> bool {
        orders.iter().any(|order| self.returned.has(*order))
    }

    /// Forgets the refunds and items of some orders.
    pub fn forget_parts(&mut self, orders: &HashSet<u32>) {
        if self.had_refunds(orders) {
            self.refunds.retain(|(order, _, _)| !orders.contains(order));
        }
        for order in orders {
            self.refunded.remove(order);
            self.items.remove(order);
        }
    }

    /// The order at a place; `None` when it is gone or was never there.
    pub fn get(&self, number: u32) -> Option<Order> {
        let at = number as usize;
        let day = *self.day.get(at)?;
        let person = self.person.get(at)?;
        (person != super::people::NOBODY).then_some(())?;
        Some(Order {
            person,
            staff: *self.staff.get(at)?,
            day,
            paid: self.paid.get(number)?,
            campaign: self.campaign.get(number),
        })
    }

    /// Numbers of the orders paid in an interval of days.
    pub fn paid_within(&self, days: &Range<u16>) -> Bits {
        days_within(&self.day, days)
    }

    /// Hands on the orders paid in an interval of days, among these numbers: number, staff, day, paid. Nobody is asked who
    /// bought: that is a column of its own.
    pub fn each_paid(
        &self,
        numbers: Range<u32>,
        days: &Range<u16>,
        mut hit: impl FnMut(u32, u16, u16, i64),
    ) {
        let part = self.day.get(numbers.start as usize..numbers.end as usize);
        days_within(part.unwrap_or_default(), days).each(|place| {
            let number = numbers.start + place;
            let at = number as usize;
            if let (Some(staff), Some(day), Some(paid)) =
                (self.staff.get(at), self.day.get(at), self.paid.get(number))
            {
                hit(number, *staff, *day, paid);
            }
        });
    }

    /// Numbers of the orders of any campaign.
    pub fn of_campaigns(&self) -> Bits {
        self.campaign.present()
    }

    /// Hands on the orders with these numbers.
    pub fn each(&self, numbers: &Bits, mut hit: impl FnMut(u32, Order)) {
        numbers.each(|number| {
            if let Some(order) = self.get(number) {
                hit(number, order);
            }
        });
    }

    /// What is left of an order after its refunds, fen; purchases that still stand have more than 0.
    pub fn net(&self, number: u32, paid: i64) -> i64 {
        if !self.returned.has(number) {
            return paid;
        }
        paid.saturating_sub(self.refunded.get(&number).copied().unwrap_or(0))
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.ids.shrink();
        self.person.shrink();
        self.staff.shrink_to_fit();
        self.day.shrink_to_fit();
        self.campaign.shrink();
        self.paid.shrink();
        self.refunds.shrink_to_fit();
    }

    /// Bytes on the heap, by column.
    pub fn bytes(&self) -> Vec<(&'static str, usize)> {
        let codes = [&self.staff, &self.day];
        vec![
            ("order ids", self.ids.bytes()),
            (
                "orders",
                self.person.bytes()
                    + codes.iter().map(|c| c.capacity()).sum::<usize>() * 2
                    + self.paid.bytes()
                    + self.campaign.bytes()
                    + self.items.capacity() * 9,
            ),
            (
                "refunds",
                self.refunds.capacity() * 16
                    + self.refunded.capacity() * 17
                    + self.returned.bytes(),
            ),
        ]
    }
}

/// `follow_event`s of kind `add`.
#[derive(Clone, Debug, Default)]
pub struct Adds {
    /// Who was added.
    pub person: Persons,
    /// Code of the staff who added.
    pub staff: Vec<u16>,
    /// Day.
    pub day: Vec<u16>,
}

impl Adds {
    /// Appends an event.
    pub fn push(&mut self, person: u32, staff: u16, day: u16) {
        self.person.push(person);
        self.staff.push(staff);
        self.day.push(day);
    }

    /// Forgets the events of some people; returns the days they were on.
    pub fn forget(&mut self, people: &HashSet<u32>) -> Vec<u16> {
        let mut days = Vec::new();
        if !self.person.iter().any(|p| people.contains(&p)) {
            return days;
        }
        let old = std::mem::take(self);
        for ((person, staff), day) in old.person.iter().zip(old.staff).zip(old.day) {
            if people.contains(&person) {
                days.push(day);
            } else {
                self.push(person, staff, day);
            }
        }
        days
    }

    /// Hands on the events within an interval of days: person, staff, day.
    pub fn each_within(&self, days: &Range<u16>, mut hit: impl FnMut(u32, u16, u16)) {
        days_within(&self.day, days).each(|number| {
            let at = number as usize;
            if let (Some(person), Some(staff), Some(day)) =
                (self.person.get(at), self.staff.get(at), self.day.get(at))
            {
                hit(person, *staff, *day);
            }
        });
    }

    /// Gives spare room back.
    pub fn shrink(&mut self) {
        self.person.shrink();
        self.staff.shrink_to_fit();
        self.day.shrink_to_fit();
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.person.bytes() + (self.staff.capacity() + self.day.capacity()) * 2
    }
}
