//! Who carries which tag: drawn customer by customer, from what they bought and where they came from.

use super::orders::Bought;
use super::rng::Rng;
use super::words::{TAGS, family};

/// What of a customer the tags follow.
pub(super) struct Traits {
    pub(super) city: usize,
    pub(super) birth_month: Option<usize>,
    pub(super) channel: usize,
    pub(super) store: usize,
    pub(super) bought: Bought,
    pub(super) idle_days: Option<i32>,
}

/// Per tag, in catalogue order, the customers who carry it, ascending.
pub(super) struct Links {
    pub(super) carriers: Vec<Vec<u32>>,
    /// Position of each tag group's first tag.
    first: Vec<usize>,
    /// Tags drawn at random with their running weights: some are everywhere, most are rare.
    chance: Vec<(u64, usize)>,
}

impl Links {
    /// Nobody tagged yet.
    pub(super) fn new() -> Self {
        let (mut first, mut count, mut chance, mut sum) = (Vec::new(), 0, Vec::new(), 0);
        for (f, group) in TAGS.iter().enumerate() {
            first.push(count);
            let given = [
                family::CITY,
                family::BIRTH_MONTH,
                family::SPENDING,
                family::SOURCE,
                family::STORE,
            ];
            for i in 0..group.tags.len() + group.more {
                if !given.contains(&f) && f != family::TIER && f != family::REPURCHASE {
                    sum += 200 / (u64::try_from(i).unwrap_or(0) + 2);
                    chance.push((sum, count));
                }
                count += 1;
            }
        }
        Self {
            carriers: vec![Vec::new(); count],
            first,
            chance,
        }
    }

    fn link(&mut self, group: usize, tag: usize, customer: u32) {
        let at = self.first.get(group).copied().unwrap_or(0) + tag;
        if let Some(list) = self.carriers.get_mut(at)
            && list.last() != Some(&customer)
        {
            list.push(customer);
        }
    }

    /// Tags one customer; customers come in ascending order.
    pub(super) fn tag(&mut self, rng: &mut Rng, customer: u32, traits: &Traits) {
        if rng.chance(5_500) {
            self.link(family::CITY, traits.city, customer);
        }
        if let Some(month) = traits.birth_month {
            self.link(family::BIRTH_MONTH, month, customer);
        }
        if rng.chance(7_500) {
            let spending = match (traits.bought.count, traits.bought.spend / 100) {
                (0, _) => 0,
                (_, ..100) => 1,
                (_, 100..500) => 2,
                (_, 500..1_000) => 3,
                (_, 1_000..3_000) => 4,
                _ => 5,
            };
            self.link(family::SPENDING, spending, customer);
        }
        match (traits.bought.count, traits.idle_days) {
            (_, Some(180..)) => self.link(family::REPURCHASE, 5, customer),
            (_, Some(90..)) => self.link(family::REPURCHASE, 4, customer),
            (1, _) if rng.chance(6_000) => self.link(family::REPURCHASE, 0, customer),
            (2, _) => self.link(family::REPURCHASE, 1, customer),
            (3.., _) if rng.chance(7_000) => self.link(family::REPURCHASE, 2, customer),
            _ => {}
        }
        if rng.chance(6_000) {
            let tier = match traits.bought.spend / 100 {
                ..300 => usize::from(rng.chance(500)) * 4,
                300..1_000 => 1,
                1_000..2_500 => 2,
                _ => 3,
            };
            self.link(family::TIER, tier, customer);
        }
        if rng.chance(7_800) {
            self.link(family::SOURCE, traits.channel, customer);
        }
        if rng.chance(2_500) {
            let last = TAGS.get(family::STORE).map_or(1, |f| f.tags.len() + f.more);
            self.link(family::STORE, traits.store % last, customer);
        }
        for _ in 0..rng.weighted(&[22, 34, 26, 12, 6]) {
            let at = rng.below(self.chance.last().map_or(0, |c| c.0));
            let i = self.chance.partition_point(|c| c.0 <= at);
            if let Some((_, tag)) = self.chance.get(i).copied() {
                self.link(0, tag, customer);
            }
        }
    }
}
