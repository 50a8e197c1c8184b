//! What board, KPI tree and group health ask: sums over orders, adds, steps and members under a filter.
//!
//! Rows given as `None` mean everybody, people outside the pool included; a set of rows narrows to those customers.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::Engine;
use super::answer::BoardMetric;
use super::bits::Bits;
use super::circles;
use super::people::{STRANGER, row_of};
use super::sales::{NO_DAY, Order, day_cell, day_span};
use super::select::StaffSet;
use crate::domain::kpi::{CampaignCounts, GmvKind, GmvSums, Step, StepPeople};
use crate::domain::leaderboard::StaffCounts;
use crate::domain::period::Period;
use crate::domain::{CampaignId, ChatId, Day, Fen, StaffId};

/// Days of a board's trend.
const TREND: u16 = 7;
/// Days of a campaign's curve.
const CURVE: u16 = 14;
/// Days a group's buyers are counted over.
const BUYERS: i32 = 30;

/// What the board shows, by staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardCounts {
    /// Everybody who sold, refunded or added in the period or the trend, and is in the org node.
    pub staff: HashMap<StaffId, StaffCounts>,
    /// Orders without a credited staff.
    pub uncredited: StaffCounts,
}

/// Adds money to a sum that stays at its end rather than wrap.
fn add(sum: &mut Fen, fen: i64) {
    sum.0 = sum.0.saturating_add(fen);
}

/// The person is among the rows asked about.
fn asked(rows: Option<&Bits>, person: u32) -> bool {
    rows.is_none_or(|rows| row_of(person).is_some_and(|row| rows.has(row)))
}

/// The last `days` cells up to a day.
fn window(to: Day, days: u16) -> Range<u16> {
    day_span(to.plus(1 - i32::from(days)), to)
}

/// Place of a day in a window of days.
fn place(day: u16, window: &Range<u16>) -> Option<usize> {
    window
        .contains(&day)
        .then(|| usize::from(day - window.start))
}

/// Counts by staff code while a board is added up.
struct Board {
    period: Range<u16>,
    trend: Range<u16>,
    metric: BoardMetric,
    by_code: Vec<StaffCounts>,
}

impl Board {
    fn slot(&mut self, code: u16) -> Option<&mut StaffCounts> {
        self.by_code.get_mut(usize::from(code))
    }

    fn bend(&mut self, code: u16, day: u16, by: i64) {
        let at = place(day, &self.trend);
        if let Some(cell) = at.and_then(|at| self.slot(code)?.trend.get_mut(at)) {
            *cell = cell.saturating_add(by);
        }
    }

    fn order(&mut self, order: Order) {
        if self.period.contains(&order.day)
            && let Some(counts) = self.slot(order.staff)
        {
            add(&mut counts.gross, order.paid);
            counts.orders = counts.orders.saturating_add(1);
        }
        match self.metric {
            BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Achievement => {
                self.bend(order.staff, order.day, order.paid);
            }
            BoardMetric::Orders => self.bend(order.staff, order.day, 1),
            BoardMetric::Adds => {}
        }
    }

    fn refund(&mut self, staff: u16, day: u16, fen: i64) {
        if self.period.contains(&day)
            && let Some(counts) = self.slot(staff)
        {
            add(&mut counts.refunds, fen);
        }
        match self.metric {
            BoardMetric::NetGmv | BoardMetric::Achievement => {
                self.bend(staff, day, fen.saturating_neg());
            }
            BoardMetric::Gmv | BoardMetric::Orders | BoardMetric::Adds => {}
        }
    }

    fn add(&mut self, staff: u16, day: u16) {
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
}

impl Engine {
    /// What the staff of an org node sold, refunded and added in a period. The trend has the 7 days to the period's last
    /// or to today, whichever is earlier, whether they lie in the period or not.
    pub fn board_counts(
        &self,
        period: Period,
        today: Day,
        metric: BoardMetric,
        rows: Option<&Bits>,
        org: Option<&StaffSet>,
    ) -> BoardCounts {
        let empty = StaffCounts {
            trend: vec![0; usize::from(TREND)],
            ..StaffCounts::default()
        };
        let mut board = Board {
            period: day_span(period.from, period.to),
            trend: window(period.to.min(today), TREND),
            metric,
            by_code: vec![empty.clone(); self.words.staff.codes()],
        };
        let span = board.period.start.min(board.trend.start)..board.period.end.max(board.trend.end);
        for (_, order) in self.sales.within(span.clone()) {
            if asked(rows, order.person) {
                board.order(order);
            }
        }
        for (number, day, fen) in self
            .sales
            .refunds
            .iter()
            .filter(|(_, day, _)| span.contains(day))
        {
            if let Some(order) = self.sales.get(*number)
                && asked(rows, order.person)
            {
                board.refund(order.staff, *day, *fen);
            }
        }
        for (person, staff, day) in self.adds.within(span) {
            if asked(rows, person) {
                board.add(staff, day);
            }
        }
        let mut counts = board.by_code.into_iter();
        let uncredited = counts.next().unwrap_or_default();
        let staff = (1..)
            .zip(counts)
            .filter(|(code, counts)| org.is_none_or(|set| set.has(*code)) && *counts != empty)
            .filter_map(|(code, counts)| {
                Some((StaffId(self.words.staff.word(code)?.clone()), counts))
            })
            .collect();
        BoardCounts { staff, uncredited }
    }

    /// Σ paid of a period's orders that are credited to nobody, or to somebody who is not among `known`: what no row of
    /// a board shows.
    pub fn uncredited(&self, period: Period, rows: Option<&Bits>, known: &StaffSet) -> Fen {
        let paid = self.sales.within(day_span(period.from, period.to));
        let nobody = paid
            .filter(|(_, order)| !known.has(order.staff) && asked(rows, order.person))
            .map(|(_, order)| Fen(order.paid));
        Fen::total_held(nobody)
    }

    /// Orders of a campaign up to a day.
    fn campaign_orders(
        &self,
        code: u16,
        now: u16,
        rows: Option<&Bits>,
    ) -> impl Iterator<Item = (u32, Order)> {
        Bits::of_column(&self.sales.campaign, |campaign| campaign == code)
            .into_rows()
            .filter_map(|number| Some((number, self.sales.get(number)?)))
            .filter(move |(_, order)| order.day <= now && asked(rows, order.person))
    }

    /// What the KPI tree of a campaign counts, up to today: refunds to come are none yet. The curve has the 14 days to
    /// `last` or to today, whichever is earlier.
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
        let (now, curve) = (
            day_cell(today).min(NO_DAY - 1),
            window(last.min(today), CURVE),
        );
        let (mut buyers, mut strangers) = (Bits::none(self.customers.len()), HashSet::new());
        let mut bend = |day: u16, fen: i64| {
            if let Some(sum) = place(day, &curve).and_then(|at| counts.by_day.get_mut(at)) {
                add(sum, fen);
            }
        };
        for (number, order) in self.campaign_orders(code, now, rows) {
            counts.orders += 1;
            add(&mut counts.money.gross, order.paid);
            match row_of(order.person) {
                Some(row) => buyers.put(row, true),
                None => {
                    strangers.insert(order.person);
                }
            }
            if let Some(items) = self.sales.items.get(&number) {
                *counts.items.get_or_insert(0) += u64::from(*items);
            }
            bend(order.day, order.paid);
        }
        for (number, day, fen) in self.sales.refunds.iter().filter(|(_, day, _)| *day <= now) {
            if let Some(order) = self.sales.get(*number)
                && order.campaign == code
                && order.day <= now
                && asked(rows, order.person)
            {
                add(&mut counts.money.refunded_in_period, *fen);
                add(&mut counts.money.refunded_so_far, *fen);
                match gmv {
                    GmvKind::Gross => {}
                    GmvKind::NetByRefundDate => bend(*day, fen.saturating_neg()),
                    GmvKind::NetByOrderDate => bend(order.day, fen.saturating_neg()),
                }
            }
        }
        counts.buyers = buyers.count() + strangers.len() as u64;
        counts
    }

    /// Money of every campaign up to today, in one pass.
    pub fn campaign_money(&self, today: Day, rows: Option<&Bits>) -> HashMap<CampaignId, GmvSums> {
        let now = day_cell(today).min(NO_DAY - 1);
        let mut sums = vec![GmvSums::default(); self.words.campaigns.codes()];
        let of = |number: u32| {
            let order = self.sales.get(number)?;
            (order.campaign != 0 && order.day <= now && asked(rows, order.person)).then_some(order)
        };
        for number in Bits::of_column(&self.sales.campaign, |code| code != 0).into_rows() {
            if let Some(order) = of(number)
                && let Some(sum) = sums.get_mut(usize::from(order.campaign))
            {
                add(&mut sum.gross, order.paid);
            }
        }
        for (number, day, fen) in &self.sales.refunds {
            if *day <= now
                && let Some(order) = of(*number)
                && let Some(sum) = sums.get_mut(usize::from(order.campaign))
            {
                add(&mut sum.refunded_in_period, *fen);
                add(&mut sum.refunded_so_far, *fen);
            }
        }
        let code = |code: usize| self.words.campaign(u16::try_from(code).ok()?);
        sums.into_iter()
            .enumerate()
            .filter_map(|(at, sum)| Some((CampaignId(code(at)?), sum)))
            .collect()
    }

    /// People per step of a campaign, and those who were also at the nearest earlier step that has anybody.
    fn step_people(&self, campaign: CampaignId, rows: Option<&Bits>) -> [StepPeople; 6] {
        let mut steps = [StepPeople::default(); 6];
        let mut previous: Option<Vec<u32>> = None;
        for (at, step) in Step::ALL.iter().enumerate() {
            debug_assert_eq!(
                circles::STEPS.get(at),
                Some(&step.as_str()),
                "steps stand in the order of the funnel"
            );
            let people: Vec<u32> = self
                .steps
                .people(campaign.0, at)
                .iter()
                .copied()
                .filter(|p| asked(rows, *p))
                .collect();
            if let Some(counted) = steps.get_mut(at) {
                counted.people = people.len() as u64;
                counted.with_previous = previous
                    .as_ref()
                    .map_or(0, |before| shared(before, &people));
            }
            if !people.is_empty() {
                previous = Some(people);
            }
        }
        steps
    }

    /// Members of every live group who bought in the 30 days to today, something they did not give back.
    pub fn group_buyers(&self, today: Day, rows: Option<&Bits>) -> HashMap<ChatId, u32> {
        let mut buyers = Bits::none(self.customers.len());
        let mut strangers = HashSet::new();
        for (number, order) in self.sales.within(day_span(today.plus(1 - BUYERS), today)) {
            if self.sales.net(number, order.paid) <= 0 || !asked(rows, order.person) {
                continue;
            }
            match row_of(order.person) {
                Some(row) => buyers.put(row, true),
                None => {
                    strangers.insert(order.person);
                }
            }
        }
        let bought = |person: &&u32| {
            if **person < STRANGER {
                buyers.has(**person)
            } else {
                strangers.contains(*person)
            }
        };
        self.groups
            .iter()
            .map(|group| {
                let n = group.members.iter().filter(bought).count();
                (
                    ChatId(group.id.clone()),
                    u32::try_from(n).unwrap_or(u32::MAX),
                )
            })
            .collect()
    }
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
