//! Sets of people that are not customers' own columns: members of groups, people at the steps of campaigns.

use std::collections::HashMap;
use std::sync::Arc;

use super::bits::Bits;
use super::people::row_of;
use crate::filter::fold::search_form;

/// A live group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `chat_id`.
    pub id: Arc<str>,
    /// Title.
    pub name: Arc<str>,
    /// Present members outside the company: persons, ascending, each once.
    pub members: Vec<u32>,
}

/// All live groups.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    all: Vec<Group>,
    places: HashMap<Arc<str>, usize>,
    /// How many bear each name, in the form in which names are searched.
    names: HashMap<String, usize>,
}

/// Sorts people and drops repeats.
pub fn tidy(people: &mut Vec<u32>) {
    people.sort_unstable();
    people.dedup();
    people.shrink_to_fit();
}

/// The members of the pool among some people, as rows.
pub fn rows_of(people: &[u32], len: usize) -> Bits {
    let mut bits = Bits::none(len);
    for row in people.iter().filter_map(|p| row_of(*p)) {
        bits.put(row, true);
    }
    bits
}

impl Groups {
    /// Sets a group; `None` takes it out.
    pub fn set(&mut self, id: &str, group: Option<(&str, Vec<u32>)>) {
        match group {
            Some((name, mut members)) => {
                tidy(&mut members);
                let place = self.places.get(id).copied();
                let id: Arc<str> = place
                    .and_then(|p| self.all.get(p))
                    .map_or_else(|| id.into(), |g| g.id.clone());
                let group = Group {
                    id: id.clone(),
                    name: name.into(),
                    members,
                };
                *self.names.entry(search_form(name)).or_default() += 1;
                if let Some(old) = place.and_then(|p| self.all.get_mut(p)) {
                    let old = std::mem::replace(old, group);
                    self.unname(&old.name);
                } else {
                    self.places.insert(id, self.all.len());
                    self.all.push(group);
                }
            }
            None => {
                if let Some(place) = self.places.remove(id) {
                    let gone = self.all.swap_remove(place);
                    self.unname(&gone.name);
                    if let Some(moved) = self.all.get(place) {
                        self.places.insert(moved.id.clone(), place);
                    }
                }
            }
        }
    }

    /// One group fewer bears this name.
    fn unname(&mut self, name: &str) {
        let form = search_form(name);
        if let Some(bearers) = self.names.get_mut(&form) {
            *bearers -= 1;
            if *bearers == 0 {
                self.names.remove(&form);
            }
        }
    }

    /// How many groups bear this name, without regard to case and width.
    pub fn bearers(&self, name: &str) -> usize {
        self.names.get(&search_form(name)).copied().unwrap_or(0)
    }

    /// The place of a live group: until the next is set or taken out.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// Adds a member to the group at a place while loading.
    pub fn join(&mut self, place: usize, person: u32) {
        if let Some(group) = self.all.get_mut(place) {
            group.members.push(person);
        }
    }

    /// Ends loading.
    pub fn finish(&mut self) {
        for group in &mut self.all {
            tidy(&mut group.members);
        }
    }

    /// All live groups in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Group> {
        self.all.iter()
    }

    /// A live group.
    pub fn get(&self, id: &str) -> Option<&Group> {
        self.places.get(id).and_then(|p| self.all.get(*p))
    }

    /// Puts other people in the place of some.
    pub fn replace(&mut self, swaps: &HashMap<u32, u32>) {
        for group in &mut self.all {
            swap(&mut group.members, swaps);
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.all
            .iter()
            .map(|g| g.members.capacity() * 4 + 160)
            .sum()
    }
}

/// Replaces people in an ascending list.
fn swap(people: &mut Vec<u32>, swaps: &HashMap<u32, u32>) {
    let mut any = false;
    for person in people.iter_mut() {
        if let Some(new) = swaps.get(person) {
            *person = *new;
            any = true;
        }
    }
    if any {
        tidy(people);
    }
}

/// Steps recorded of a campaign, in the order of the funnel; the last two are beside it.
pub const STEPS: [&str; 8] = [
    "reached",
    "opened",
    "clicked",
    "added_cart",
    "ordered",
    "paid",
    "joined_group",
    "shared",
];

/// The people at each step of each campaign.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    campaigns: HashMap<i64, [Vec<u32>; 8]>,
}

impl Steps {
    /// Takes the people at a step of a campaign while loading; a step nobody knows is passed over.
    pub fn put(&mut self, (campaign, step): (i64, &str), people: &mut Vec<u32>) {
        if let Some(at) = STEPS.iter().position(|s| *s == step)
            && let Some(known) = self.campaigns.entry(campaign).or_default().get_mut(at)
        {
            known.append(people);
        }
        people.clear();
    }

    /// Ends loading.
    pub fn finish(&mut self) {
        self.campaigns.values_mut().flatten().for_each(tidy);
    }

    /// The people of every step of every campaign, be it listed or not.
    pub fn everybody(&self) -> impl Iterator<Item = &[u32]> {
        self.campaigns.values().flatten().map(Vec::as_slice)
    }

    /// Sets the steps one person reached.
    pub fn set(&mut self, campaign: i64, person: u32, steps: &[String]) {
        let lists = self.campaigns.entry(campaign).or_default();
        for (people, name) in lists.iter_mut().zip(STEPS) {
            let member = steps.iter().any(|s| s == name);
            match (people.binary_search(&person), member) {
                (Ok(at), false) => {
                    people.remove(at);
                }
                (Err(at), true) => people.insert(at, person),
                (Ok(_), true) | (Err(_), false) => {}
            }
        }
    }

    /// The people at a step (its place in [`STEPS`]), ascending.
    pub fn people(&self, campaign: i64, step: usize) -> &[u32] {
        self.campaigns
            .get(&campaign)
            .and_then(|c| c.get(step))
            .map_or(&[], Vec::as_slice)
    }

    /// Puts other people in the place of some.
    pub fn replace(&mut self, swaps: &HashMap<u32, u32>) {
        for people in self.campaigns.values_mut().flatten() {
            swap(people, swaps);
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        self.campaigns
            .values()
            .flatten()
            .map(|p| p.capacity() * 4)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_as_many_bearers_as_groups_bear_it_now() {
        let mut groups = Groups::default();
        groups.set("g1", Some(("VIP群", vec![1])));
        groups.set("g2", Some(("ｖｉｐ群", vec![])));
        assert_eq!((groups.bearers("vip群"), groups.bearers("新客群")), (2, 0));
        groups.set("g2", Some(("新客群", vec![])));
        assert_eq!((groups.bearers("vip群"), groups.bearers("新客群")), (1, 1));
        groups.set("g1", None);
        groups.set("g1", None);
        assert_eq!((groups.bearers("vip群"), groups.bearers("新客群")), (0, 1));
    }
}
