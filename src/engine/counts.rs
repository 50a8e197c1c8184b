//! What KPI tree and group health ask: sums over orders, steps and members under a filter.
//!
//! Rows given as `None` mean everybody, people outside the pool included; a set of rows narrows to those customers.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::Engine;
use super::bits::Bits;
use super::circles;
use super::pair::halves;
use super::people::{STRANGER, row_of};
use super::sales::{NO_DAY, day_cell, day_span};
use super::takings::{Pick, Refund, Sale};
use crate::domain::group_health::Buyers;
use crate::domain::kpi::{CampaignCounts, GmvKind, GmvSums, Step, StepPeople};
use crate::domain::{CampaignId, ChatId, Day, Fen};

/// Days of a campaign's curve.
const CURVE: u16 = 14;
/// Days a group's buyers are counted over.
pub(super) const BUYERS: i32 = 30;

/// Rows added up on one thread.
const FEW: u64 = 30_000;

/// Adds money to a sum that stays at its end rather than wrap.
pub(super) fn add(sum: &mut Fen, fen: i64) {
    sum.0 = sum.0.saturating_add(fen);
}

/// Takes a refund of a campaign's order off its money: by order date whenever it was made, by refund date as far as it was
/// made by the campaign's last day.
fn give_back(money: &mut GmvSums, refund: &Refund, end: u16) {
    add(&mut money.refunded_so_far, refund.fen);
    if refund.day <= end {
        add(&mut money.refunded_in_period, refund.fen);
    }
}

/// The person is among the rows asked about.
pub(super) fn asked(rows: Option<&Bits>, person: u32) -> bool {
    rows.is_none_or(|rows| row_of(person).is_some_and(|row| rows.has(row)))
}

/// The last `days` cells up to a day.
pub(super) fn window(to: Day, days: u16) -> Range<u16> {
    day_span(to.plus(1 - i32::from(days)), to)
}

/// Place of a day in a window of days.
pub(super) fn place(day: u16, window: &Range<u16>) -> Option<usize> {
    window
        .contains(&day)
        .then(|| usize::from(day - window.start))
}

impl Engine {
    /// Σ spend, fen.
    pub(super) fn sum_spend(&mut self, rows: &Bits) -> i64 {
        // Dead rows have spent nothing.
        let spend = &self.customers.spend;
        let total = || spend.sum();
        let of = |rows: &Bits| {
            let part = |part: Range<u32>| {
                let mut sum = 0_i128;
                rows.each_of(part, |row| sum += i128::from(spend.get(row).unwrap_or(0)));
                sum
            };
            let all = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            if rows.count() < FEW {
                return part(0..all);
            }
            let (one, other) = halves(all, part);
            one + other
        };
        let sum = if rows.count() * 2 <= self.pool() {
            of(rows)
        } else {
            let mut others = self.customers.live.clone();
            others.and_not(rows);
            *self.spent.get_or_insert_with(total) - of(&others)
        };
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }

    /// Picks the orders of campaigns out of all others, for what is asked of them next.
    pub fn pick_campaigns(&mut self) {
        self.picked.get(Pick::Campaigns, &self.sales, &self.adds);
    }

    /// Orders are to be picked out for what was asked twice, or is asked next.
    pub fn lacks_picked(&self) -> bool {
        self.picked.lacks_days() || self.picked.lacks_campaigns()
    }

    /// Picks the first of them.
    pub fn pick_ahead(&mut self) {
        if self.picked.lacks_days() {
            self.picked.pick_days(&self.sales, &self.adds);
        } else {
            self.pick_campaigns();
        }
    }

    /// What the KPI tree of a campaign counts, up to today: refunds to come are none yet, and those after `last`, its last
    /// day, are not refunded in its days. The curve has the 14 days to `last` or to today, whichever is earlier.
    pub fn campaign_counts(
        &self,
        campaign: CampaignId,
        gmv: GmvKind,
        today: Day,
        last: Day,
        rows: Option<&Bits>,
    ) -> CampaignCounts {
        let mut counts = CampaignCounts {
            steps: self.step_people(campaign, rows),
            by_day: vec![Fen(0); usize::from(CURVE)],
            ..CampaignCounts::default()
        };
        let Some(code) = self.words.campaigns.find(&campaign.0.to_string()) else {
            return counts;
        };
        let (now, end) = (
            day_cell(today).min(NO_DAY - 1),
            day_cell(last).min(NO_DAY - 1),
        );
        let curve = window(last.min(today), CURVE);
        let (mut buyers, mut strangers) = (Bits::none(self.customers.len()), HashSet::new());
        let mut bend = |day: u16, fen: i64| {
            if let Some(sum) = place(day, &curve).and_then(|at| counts.by_day.get_mut(at)) {
                add(sum, fen);
            }
        };
        let takings = self.picked.campaigns(&self.sales);
        let of =
            |sale: &&Sale| sale.campaign == code && sale.day <= now && asked(rows, sale.person);
        for sale in takings.sales.iter().filter(of) {
            counts.orders += 1;
            add(&mut counts.money.gross, sale.paid);
            match row_of(sale.person) {
                Some(row) => buyers.put(row, true),
                None => {
                    strangers.insert(sale.person);
                }
            }
            if let Some(items) = sale.items(&self.sales) {
                let known = counts.itemised.get_or_insert_default();
                known.orders += 1;
                known.items += u64::from(items);
                add(&mut known.money.gross, sale.paid);
            }
            bend(sale.day, sale.paid);
        }
        for refund in &takings.refunds {
            if refund.campaign == code
                && refund.day <= now
                && refund.bought <= now
                && asked(rows, refund.person)
            {
                give_back(&mut counts.money, refund, end);
                if let Some(known) = &mut counts.itemised
                    && self.sales.items.contains_key(&refund.number)
                {
                    give_back(&mut known.money, refund, end);
                }
                match gmv {
                    GmvKind::Gross => {}
                    GmvKind::NetByRefundDate => bend(refund.day, refund.fen.saturating_neg()),
                    GmvKind::NetByOrderDate => bend(refund.bought, refund.fen.saturating_neg()),
                }
            }
        }
        counts.buyers = buyers.count() + strangers.len() as u64;
        counts
    }

    /// Money of every campaign up to today, in one pass; `last` tells the last day of one.
    pub fn campaign_money(
        &self,
        today: Day,
        last: &dyn Fn(CampaignId) -> Option<Day>,
        rows: Option<&Bits>,
    ) -> HashMap<CampaignId, GmvSums> {
        let now = day_cell(today).min(NO_DAY - 1);
        let ids: Vec<Option<CampaignId>> = (0..self.words.campaigns.codes())
            .map(|code| {
                self.words
                    .campaign(u16::try_from(code).ok()?)
                    .map(CampaignId)
            })
            .collect();
        let end = |id: &Option<CampaignId>| id.and_then(last).map_or(now, day_cell);
        let mut sums: Vec<(GmvSums, u16)> =
            ids.iter().map(|id| (GmvSums::default(), end(id))).collect();
        let takings = self.picked.campaigns(&self.sales);
        for sale in &takings.sales {
            if sale.day <= now
                && asked(rows, sale.person)
                && let Some((sum, _)) = sums.get_mut(usize::from(sale.campaign))
            {
                add(&mut sum.gross, sale.paid);
            }
        }
        for refund in &takings.refunds {
            if refund.day <= now
                && refund.bought <= now
                && asked(rows, refund.person)
                && let Some((sum, end)) = sums.get_mut(usize::from(refund.campaign))
            {
                give_back(sum, refund, *end);
            }
        }
        ids.into_iter()
            .zip(sums)
            .filter_map(|(id, (sum, _))| Some((id?, sum)))
            .collect()
    }

    /// People per step of a campaign, and those who were also at the nearest earlier step that is recorded: of everybody, so
    /// that the parts of a pool are counted at the steps of the whole.
    fn step_people(&self, campaign: CampaignId, rows: Option<&Bits>) -> [StepPeople; 6] {
        let mut steps = [StepPeople::default(); 6];
        let mut previous: Option<Vec<u32>> = None;
        for (at, step) in Step::ALL.iter().enumerate() {
            debug_assert_eq!(
                circles::STEPS.get(at),
                Some(&step.as_str()),
                "steps stand in the order of the funnel"
            );
            let everybody = self.steps.people(campaign.0, at);
            let people = everybody.iter().copied().filter(|p| asked(rows, *p));
            let people: Vec<u32> = people.collect();
            if let Some(counted) = steps.get_mut(at) {
                counted.people = people.len() as u64;
                counted.with_previous = previous
                    .as_ref()
                    .map_or(0, |before| shared(before, &people));
                counted.recorded = !everybody.is_empty();
            }
            if !everybody.is_empty() {
                previous = Some(people);
            }
        }
        steps
    }

    /// Buyers of groups have not been counted since orders or groups changed.
    pub fn lacks_group_buyers(&self, open: Day) -> bool {
        self.bought.as_ref().is_none_or(|(day, _)| *day != open)
    }

    /// The same of everybody, kept until orders or groups change.
    pub fn group_buyers_kept(&mut self, open: Day) -> Arc<HashMap<ChatId, Buyers>> {
        let kept = self.bought.take().filter(|(day, _)| *day == open);
        let (_, bought) = kept.unwrap_or_else(|| (open, Arc::new(self.group_buyers(open, None))));
        self.bought = Some((open, bought.clone()));
        bought
    }

    /// Members of every live group who bought in the 30 whole days before the `open` one, which is not over (the window of a
    /// group's other parts ends with the same day), something they did not give back. Groups whose
    /// members nobody listed are left out: who of them bought is not known.
    pub fn group_buyers(&self, open: Day, rows: Option<&Bits>) -> HashMap<ChatId, Buyers> {
        let days = day_span(open.plus(-BUYERS), open.plus(-1));
        let sales = &self.sales;
        let part = |numbers: Range<u32>| {
            let (mut buyers, mut strangers) = (Bits::none(self.customers.len()), HashSet::new());
            sales.each_paid(numbers, &days, |number, _, _, paid| {
                let person = sales.person.get(number as usize);
                if let Some(person) = person.filter(|person| asked(rows, *person))
                    && sales.net(number, paid) > 0
                {
                    match row_of(person) {
                        Some(row) => buyers.put(row, true),
                        None => {
                            strangers.insert(person);
                        }
                    }
                }
            });
            (buyers, strangers)
        };
        let numbers = u32::try_from(sales.day.len()).unwrap_or(u32::MAX);
        let ((mut buyers, mut strangers), (more, others)) = halves(numbers, part);
        buyers.or(&more);
        strangers.extend(others);
        let bought = |person: &&u32| {
            if **person < STRANGER {
                buyers.has(**person)
            } else {
                strangers.contains(*person)
            }
        };
        self.groups
            .iter()
            .filter(|group| !group.members.is_empty())
            .map(|group| {
                let n = group.members.iter().filter(bought).count();
                let (bought, among) = (counted(n), counted(group.members.len()));
                (ChatId(group.id.clone()), Buyers { bought, among })
            })
            .collect()
    }
}

fn counted(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How many two ascending lists share.
fn shared(a: &[u32], b: &[u32]) -> u64 {
    let (mut a, mut count) = (a.iter().peekable(), 0);
    for person in b {
        while a.next_if(|p| *p < person).is_some() {}
        if a.next_if_eq(&person).is_some() {
            count += 1;
        }
    }
    count
}
