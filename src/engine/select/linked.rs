//! Customers by what they are linked to: groups, the staff their orders are credited to, campaigns and their steps.

use super::super::Engine;
use super::super::bits::Bits;
use super::super::circles::{self, STEPS};
use super::super::people::row_of;
use super::super::sales::day_span;
use super::coded::flags;
use crate::domain::period::Period;
use crate::filter::values::campaign_step;
use crate::filter::{Field, Match, eval};

impl Engine {
    pub(super) fn in_groups(&self, value: &Match, whole: bool) -> Bits {
        let mut any = Bits::none(self.customers.len());
        let groups: Vec<&circles::Group> = self.groups.iter().collect();
        let chosen: Vec<&circles::Group> = if value.id {
            self.groups.get(&value.text).into_iter().collect()
        } else {
            let names: Vec<(usize, &str)> = groups
                .iter()
                .enumerate()
                .map(|(i, g)| (i, &*g.name))
                .collect();
            eval::keys_meant(value, whole, &names)
                .into_iter()
                .filter_map(|i| groups.get(i).copied())
                .collect()
        };
        for row in chosen
            .iter()
            .flat_map(|g| &g.members)
            .filter_map(|p| row_of(*p))
        {
            any.put(row, true);
        }
        any
    }

    /// Was added in a period by one of these staff: the events that their adds count (metrics.md 4.1).
    pub(super) fn added_by(&self, codes: &[u16], period: Period) -> Bits {
        let (set, mut any) = (flags(codes), Bits::none(self.customers.len()));
        let days = day_span(period.from, period.to);
        self.adds.each_within(&days, |person, staff, _| {
            if set.get(usize::from(staff)).copied().unwrap_or(false)
                && let Some(row) = row_of(person)
            {
                any.put(row, true);
            }
        });
        any
    }

    /// Bought, or was given money back, in a period with one of these staff credited: behind their figure stand both.
    pub(super) fn credited(&self, codes: &[u16], period: Period) -> Bits {
        let (set, mut any) = (flags(codes), Bits::none(self.customers.len()));
        let days = day_span(period.from, period.to);
        for (number, _, _) in self
            .sales
            .refunds
            .iter()
            .filter(|(_, day, _)| days.contains(day))
        {
            if let Some(order) = self.sales.get(*number)
                && set.get(usize::from(order.staff)).copied().unwrap_or(false)
                && let Some(row) = row_of(order.person)
            {
                any.put(row, true);
            }
        }
        let paid = self.sales.paid_within(&days);
        self.sales.each(&paid, |_, order| {
            if set.get(usize::from(order.staff)).copied().unwrap_or(false)
                && let Some(row) = row_of(order.person)
            {
                any.put(row, true);
            }
        });
        any
    }

    /// Bought in one of these campaigns.
    pub(super) fn bought_in(&self, codes: &[u16]) -> Bits {
        let (set, mut any) = (flags(codes), Bits::none(self.customers.len()));
        let sales = &self.sales;
        sales.each(&sales.of_campaigns(), |_, order| {
            if set
                .get(usize::from(order.campaign))
                .copied()
                .unwrap_or(false)
                && let Some(row) = row_of(order.person)
            {
                any.put(row, true);
            }
        });
        any
    }

    /// Reached a step: `7/paid`; any step of a campaign: `7`.
    pub(super) fn at_step(&self, value: &Match, whole: bool) -> Bits {
        let mut any = Bits::none(self.customers.len());
        let Some((campaign, step)) = campaign_step(&value.text) else {
            return any;
        };
        let Some(at) = STEPS.iter().position(|name| *name == step.code) else {
            return any;
        };
        for campaign in self.campaigns_meant(campaign, value, whole) {
            let people = self.steps.people(campaign, at);
            any.or(&circles::rows_of(people, self.customers.len()));
        }
        any
    }

    /// Campaigns by number, or by the name in front of a step.
    fn campaigns_meant(&self, campaign: &str, value: &Match, whole: bool) -> Vec<i64> {
        if let Ok(number) = campaign.parse() {
            return vec![number];
        }
        let name = Match {
            text: campaign.to_owned(),
            ..value.clone()
        };
        let codes = self.codes(Field::Campaign, &name, whole);
        let ids = codes.iter().filter_map(|code| self.words.campaign(*code));
        ids.collect()
    }
}
