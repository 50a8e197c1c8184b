//! Totals of days, kept: how earlier months and campaigns went is a look and not a sum over their orders.
//!
//! A load adds its rows up as it reads them. An order that changes is taken out as it was and put in as it is, with its refunds; totals of a
//! campaign are added up when they are asked for, and again when an order of it changed.

use std::collections::{HashMap, HashSet};

use super::Engine;
use super::boards::Billed;
use super::sales::NO_DAY;
use super::takings::Pick;
use crate::domain::kpi::curve::{Daily, DayTotals};
use crate::domain::{CampaignId, Day};

/// The totals kept.
#[derive(Clone, Debug, Default)]
pub struct Days {
    /// Of everything; `None` where not all orders and adds are here.
    whole: Option<Daily>,
    /// Of campaigns, by their codes.
    campaigns: HashMap<u16, Daily>,
}

/// The day a cell means.
fn day_of(cell: u16) -> Option<Day> {
    (cell != NO_DAY).then(|| Day(i32::from(cell)))
}

/// What totals of days are added to.
trait Totals {
    /// Adds to a day, or with −1 for `times` takes off it; a cell that is no day takes nothing.
    fn put(&mut self, day: u16, totals: DayTotals, times: i64);
}

impl Totals for Daily {
    fn put(&mut self, day: u16, totals: DayTotals, times: i64) {
        if let Some(day) = day_of(day) {
            self.add(day, totals, times);
        }
    }
}

/// Adds an order to its day, or takes it off.
fn put_order(sums: &mut impl Totals, day: u16, paid: i64, times: i64) {
    let totals = DayTotals {
        paid: paid.into(),
        orders: 1,
        ..DayTotals::default()
    };
    sums.put(day, totals, times);
}

/// Adds a refund to its day and to the day of its order, or takes it off.
fn put_refund(sums: &mut impl Totals, (day, bought): (u16, u16), fen: i64, times: i64) {
    let fen = i128::from(fen);
    let refunded = DayTotals {
        refunded: fen,
        ..DayTotals::default()
    };
    sums.put(day, refunded, times);
    let returned = DayTotals {
        returned: fen,
        ..DayTotals::default()
    };
    sums.put(bought, returned, times);
}

/// Adds adds to their day, or takes them off.
fn put_adds(sums: &mut impl Totals, day: u16, adds: i64) {
    let totals = DayTotals {
        adds: 1,
        ..DayTotals::default()
    };
    sums.put(day, totals, adds);
}

/// Totals of days in the making: every thread of a load adds up the rows that it reads.
#[derive(Debug, Default)]
pub struct Sums {
    /// By cell of the day.
    days: Vec<DayTotals>,
}

impl Totals for Sums {
    #[inline]
    fn put(&mut self, day: u16, totals: DayTotals, times: i64) {
        if day == NO_DAY {
            return;
        }
        let at = usize::from(day);
        if self.days.len() <= at {
            self.days.resize(at + 1, DayTotals::default());
        }
        if let Some(sum) = self.days.get_mut(at) {
            sum.add(totals, times);
        }
    }
}

impl Sums {
    /// An order was read.
    #[inline]
    pub fn order(&mut self, day: u16, paid: i64) {
        put_order(self, day, paid, 1);
    }

    /// A refund was read: of which day, and of an order of which day.
    pub fn refund(&mut self, days: (u16, u16), fen: i64) {
        put_refund(self, days, fen, 1);
    }

    /// An add was read.
    #[inline]
    pub fn add(&mut self, day: u16) {
        put_adds(self, day, 1);
    }

    /// Adds what another thread read.
    pub fn join(&mut self, other: &Self) {
        for (day, totals) in (0..NO_DAY).zip(&other.days) {
            self.put(day, *totals, 1);
        }
    }

    /// All of it.
    pub fn daily(&self) -> Daily {
        let mut daily = Daily::default();
        let days = (0..NO_DAY).zip(&self.days);
        for (day, totals) in days.filter(|(_, totals)| **totals != DayTotals::default()) {
            daily.put(day, *totals, 1);
        }
        daily
    }
}

impl Days {
    /// Everything was loaded anew; with `whole` where that is all there is.
    pub fn begin(&mut self, whole: Option<Daily>) {
        *self = Self {
            whole,
            campaigns: HashMap::new(),
        };
    }

    /// Takes orders with their refunds, told by number and day, off their days (−1), or adds them.
    pub fn bill(&mut self, orders: &[Billed], times: i64) {
        for (order, refunds) in orders {
            self.campaigns.remove(&order.campaign);
            if let Some(daily) = &mut self.whole {
                put_order(daily, order.day, order.paid, times);
                for (day, fen) in refunds {
                    put_refund(daily, (*day, order.day), *fen, times);
                }
            }
        }
    }

    /// Adds on a day more, or less.
    pub fn adds(&mut self, day: u16, adds: i64) {
        if let Some(daily) = &mut self.whole {
            put_adds(daily, day, adds);
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let days = self.campaigns.values().chain(&self.whole).map(Daily::len);
        days.sum::<usize>() * (size_of::<DayTotals>() + size_of::<Day>())
    }
}

impl Engine {
    /// Totals of all days; `None` where not all orders and adds are here.
    pub fn daily(&self) -> Option<&Daily> {
        self.days.whole.as_ref()
    }

    /// Adds up the days of these campaigns, where that was not done: [`Engine::campaign_days`] tells them.
    pub fn keep_campaign_days(&mut self, campaigns: &[CampaignId]) {
        let code = |id: &CampaignId| self.words.campaigns.find(&id.0.to_string());
        let codes = campaigns.iter().filter_map(code);
        let mut lacking: HashMap<u16, Daily> = codes
            .filter(|code| !self.days.campaigns.contains_key(code))
            .map(|code| (code, Daily::default()))
            .collect();
        if lacking.is_empty() {
            return;
        }
        self.picked.get(Pick::Campaigns, &self.sales, &self.adds);
        let takings = self.picked.campaigns(&self.sales);
        for sale in &takings.sales {
            if let Some(daily) = lacking.get_mut(&sale.campaign) {
                put_order(daily, sale.day, sale.paid, 1);
            }
        }
        for refund in &takings.refunds {
            if let Some(daily) = lacking.get_mut(&refund.campaign) {
                put_refund(daily, (refund.day, refund.bought), refund.fen, 1);
            }
        }
        drop(takings);
        self.days.campaigns.extend(lacking);
    }

    /// Days of a campaign, as kept.
    pub fn campaign_days(&self, campaign: CampaignId) -> Option<&Daily> {
        let code = self.words.campaigns.find(&campaign.0.to_string())?;
        self.days.campaigns.get(&code)
    }

    /// The orders of these numbers, each with its refunds by day.
    pub(super) fn billed(&self, numbers: &HashSet<u32>) -> Vec<Billed> {
        let mut refunds: HashMap<u32, Vec<(u16, i64)>> = HashMap::new();
        for (order, day, fen) in self.sales.refunds_of(numbers) {
            refunds.entry(order).or_default().push((day, fen));
        }
        let mut of = |number: &u32| {
            let own = refunds.remove(number).unwrap_or_default();
            Some((self.sales.get(*number)?, own))
        };
        numbers.iter().filter_map(&mut of).collect()
    }
}
