//! Totals of days, kept: how earlier months and campaigns went is a look and not a sum over their orders.
//!
//! A load adds them up once. An order that changes is taken out as it was and put in as it is, with its refunds; totals of a
//! campaign are added up when they are asked for, and again when an order of it changed.

use std::collections::{HashMap, HashSet};

use super::Engine;
use super::boards::Billed;
use super::sales::{Adds, NO_DAY, Sales};
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

/// Adds an order to its day, or takes it off.
fn put_order(daily: &mut Daily, day: u16, paid: i64, times: i64) {
    if let Some(day) = day_of(day) {
        let totals = DayTotals {
            paid: paid.into(),
            orders: 1,
            ..DayTotals::default()
        };
        daily.add(day, totals, times);
    }
}

/// Adds a refund to its day and to the day of its order, or takes it off.
fn put_refund(daily: &mut Daily, (day, bought): (u16, u16), fen: i64, times: i64) {
    let fen = i128::from(fen);
    if let Some(day) = day_of(day) {
        let totals = DayTotals {
            refunded: fen,
            ..DayTotals::default()
        };
        daily.add(day, totals, times);
    }
    if let Some(day) = day_of(bought) {
        let totals = DayTotals {
            returned: fen,
            ..DayTotals::default()
        };
        daily.add(day, totals, times);
    }
}

/// Adds everything up.
pub fn whole(sales: &Sales, adds: &Adds) -> Daily {
    let mut by_day: HashMap<u16, DayTotals> = HashMap::new();
    let mut cells = vec![(0_i128, 0_i64); usize::from(NO_DAY)];
    for (number, day) in (0_u32..).zip(&sales.day) {
        if let (Some(cell), Some(paid)) = (cells.get_mut(usize::from(*day)), sales.paid.get(number))
        {
            cell.0 += i128::from(paid);
            cell.1 += 1;
        }
    }
    for (day, (paid, orders)) in (0..NO_DAY).zip(cells) {
        if orders > 0 {
            let totals = by_day.entry(day).or_default();
            (totals.paid, totals.orders) = (paid, orders);
        }
    }
    for day in adds.day.iter().filter(|day| **day != NO_DAY) {
        by_day.entry(*day).or_default().adds += 1;
    }
    let mut daily = Daily::default();
    for (day, totals) in by_day {
        daily.add(Day(i32::from(day)), totals, 1);
    }
    for (number, day, fen) in &sales.refunds {
        if let Some(order) = sales.get(*number) {
            put_refund(&mut daily, (*day, order.day), *fen, 1);
        }
    }
    daily
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
        if let (Some(daily), Some(day)) = (&mut self.whole, day_of(day)) {
            let totals = DayTotals {
                adds: 1,
                ..DayTotals::default()
            };
            daily.add(day, totals, adds);
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
