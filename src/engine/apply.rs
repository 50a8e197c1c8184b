//! Taking over rows that were read again: what a change costs depends on the change, not on the workspace.
//!
//! A customer who joins the pool may have been known as a stranger before (by orders, steps, groups); their number is
//! replaced everywhere. One who leaves keeps their row, empty and dead, and becomes a stranger.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::Engine;
use super::boards::Bill;
use super::moved::{Applied, Moved};
use super::people::row_of;
use super::sales::{NO_DAY, Order, day_cell};
use crate::domain::CustomerId;
use crate::filter::Field;
use crate::store::changes::Changes;
use crate::store::load::{Again, Catalogue, CustomerNow, CustomerRecord, OrderNow};

/// Fields sorted by words that the small tables hold.
const BY_WORDS: [Field; 3] = [Field::Owner, Field::Source, Field::Stage];
impl Engine {
    /// Customers who own a touched order as the engine knows it: their totals may have moved although no row of theirs
    /// was touched. Hand them to [`crate::store::load::again`].
    pub fn owners(&self, changes: &Changes) -> BTreeSet<String> {
        changes
            .orders
            .iter()
            .filter_map(|id| self.sales.get(self.sales.ids.find(id)?))
            .filter_map(|order| row_of(order.person))
            .map(|row| self.customers.ids.get(row).to_owned())
            .collect()
    }

    /// How many of these ids are customers of the pool.
    pub fn known<'a>(&self, ids: impl IntoIterator<Item = &'a String>) -> usize {
        ids.into_iter()
            .filter_map(|id| self.customers.ids.find(id))
            .filter(|row| self.customers.live.has(*row))
            .count()
    }

    /// Another journey has become the first: stages of customers whom no change names are others now.
    pub fn is_of_another_journey(&self, again: &Again) -> bool {
        let first = |catalogue: &Catalogue| catalogue.journey != self.words.journey;
        again.catalogue.as_ref().is_some_and(first)
    }

    /// Takes over rows read again; says what differs now.
    pub fn apply(&mut self, again: &Again) -> Applied {
        if let Some(catalogue) = &again.catalogue {
            self.words.set(catalogue);
            self.orders.forget(&BY_WORDS);
        }
        let mut swaps = HashMap::new();
        let mut touched: BTreeSet<u32> = BTreeSet::new();
        let (mut stayed, mut applied) = (true, Applied::default());
        for (id, now) in &again.customers {
            stayed &= (self.known([id]) == 1) == now.is_some();
            let before = self.customers.ids.find(id).map(|row| self.seen(row));
            let row = self.apply_customer(id, now.as_ref(), &mut swaps);
            touched.extend(row);
            if let (Some(before), Some(row)) = (before, row) {
                self.note(&mut applied, (id, now.is_some()), (&before, row));
            }
        }
        if !stayed || !again.is_of_customers_alone() {
            applied.moved = Moved::everything();
        }
        if !swaps.is_empty() {
            self.rename(&swaps);
        }
        let bought = self.apply_orders(&again.orders);
        // Scores follow from orders: those of others stay as they are.
        let rescored: Vec<u32> = bought
            .iter()
            .copied()
            .chain(swaps.iter().flat_map(|(old, new)| [*old, *new]))
            .filter_map(row_of)
            .collect();
        touched.extend(bought);
        self.apply_adds(again);
        self.apply_circles(again);
        let touched: Vec<u32> = touched.into_iter().collect();
        self.orders.touch(&touched, &applied.moved);
        if let Some(derived) = &mut self.derived {
            derived.touch(rescored.into_iter());
        }
        if !again.orders.is_empty() || !again.groups.is_empty() || !swaps.is_empty() {
            self.bought = None;
        }
        self.typed.forget();
        if stayed && self.spent.is_some() {
            self.selections.forget_filtered();
        } else {
            self.selections.forget();
        }
        let ids = touched.iter().map(|row| self.customers.ids.get(*row));
        applied.customers = ids.map(CustomerId::from).collect();
        applied
    }

    /// Who is in groups, and who took which steps of campaigns.
    fn apply_circles(&mut self, again: &Again) {
        for (id, group) in &again.groups {
            let group = group.as_ref().map(|(name, members)| {
                (
                    name.as_str(),
                    members.iter().map(|member| self.person(member)).collect(),
                )
            });
            self.groups.set(id, group);
        }
        for (campaign, person, steps) in &again.steps {
            let person = self.person(person);
            self.steps.set(*campaign, person, steps);
        }
    }

    /// A person by key: a live row, or the number of a stranger.
    fn person(&mut self, key: &str) -> u32 {
        match self
            .customers
            .ids
            .find(key)
            .filter(|row| self.customers.live.has(*row))
        {
            Some(row) => row,
            None => self.strangers.number(key),
        }
    }

    /// Sets or empties a customer's row; `None` when there was and is no such customer.
    fn apply_customer(
        &mut self,
        id: &str,
        now: Option<&CustomerNow>,
        swaps: &mut HashMap<u32, u32>,
    ) -> Option<u32> {
        let known = self.customers.ids.find(id);
        let was_live = known.is_some_and(|row| self.customers.live.has(row));
        let Some(now) = now else {
            let row = known.filter(|_| was_live)?;
            self.set_customer(row, &CustomerNow::default());
            self.customers.live.put(row, false);
            swaps.insert(row, self.strangers.number(id));
            return Some(row);
        };
        let row = known.unwrap_or_else(|| self.customers.append(id));
        if !was_live {
            self.customers.live.put(row, true);
            if let Some(stranger) = self.strangers.leave(id) {
                swaps.insert(stranger, row);
            }
        }
        self.set_customer(row, now);
        Some(row)
    }

    fn set_customer(&mut self, row: u32, now: &CustomerNow) {
        let record: &CustomerRecord<'_> = &now.record;
        let at = row as usize;
        self.customers.names.set(row, &record.name);
        let spent = self.customers.spend.get(row);
        self.customers.set(row, record);
        if self.customers.spend.get(row) != spent {
            self.spent = None;
        }
        let first = now
            .follows
            .iter()
            .min_by_key(|f| (!f.is_owner, f.added_at, &f.staff));
        let owner = first
            .filter(|f| f.is_owner)
            .map_or(0, |f| self.words.staff.code(&f.staff));
        let source = first
            .and_then(|f| f.channel)
            .map_or(0, |id| self.words.channels.code(&id.to_string()));
        let stage = now
            .stage
            .map_or(0, |id| self.words.stages.code(&id.to_string()));
        self.customers.owner.put(at, owner);
        self.customers.source.put(at, source);
        self.customers.stage.put(at, stage);
        let remarks = now
            .follows
            .iter()
            .map(|f| &*f.remark)
            .filter(|r| !r.is_empty());
        self.customers.remarks.set(row, remarks);
        let tags = now
            .tags
            .iter()
            .map(|id| self.words.tags.code(id))
            .filter(|code| *code != 0)
            .collect();
        self.tags.set(row, tags);
    }

    /// Puts new numbers in the place of old ones wherever people are named.
    fn rename(&mut self, swaps: &HashMap<u32, u32>) {
        for people in [&mut self.sales.person, &mut self.adds.person] {
            people.replace(|person| swaps.get(&person).copied());
        }
        self.picked.forget();
        self.boards.forget();
        self.groups.replace(swaps);
        self.steps.replace(swaps);
    }

    /// Sets orders with their refunds and items; returns the rows of their buyers, before and now.
    fn apply_orders(&mut self, orders: &[(String, Option<OrderNow>)]) -> BTreeSet<u32> {
        let mut rows = BTreeSet::new();
        let mut known = HashSet::new();
        for (id, _) in orders {
            if let Some(number) = self.sales.ids.find(id) {
                known.insert(number);
                rows.extend(
                    self.sales
                        .get(number)
                        .and_then(|order| row_of(order.person)),
                );
            }
        }
        self.bill(&known, Bill::Out);
        if !known.is_empty() {
            self.sales.forget_parts(&known);
        }
        let mut changed = HashSet::with_capacity(orders.len());
        for (id, now) in orders {
            let order = now.as_ref().map(|now| self.order(now));
            rows.extend(order.and_then(|order| row_of(order.person)));
            let number = self.sales.set(id, order);
            changed.extend(number);
            if let (Some(number), Some(now)) = (number, now) {
                for (day, fen) in &now.refunds {
                    self.sales
                        .refund(number, day.map_or(NO_DAY, day_cell), *fen);
                }
                if let Some(items) = now.items.and_then(|n| u32::try_from(n).ok()) {
                    self.sales.items.insert(number, items);
                }
            }
        }
        self.bill(&changed, Bill::In);
        self.picked.touch(changed.into_iter());
        rows
    }

    fn order(&mut self, now: &OrderNow) -> Order {
        let record = &now.record;
        Order {
            person: self.person(&record.person),
            staff: self.words.staff.code(&record.staff),
            day: record.day.map_or(NO_DAY, day_cell),
            paid: record.paid_fen,
            campaign: record
                .campaign
                .map_or(0, |id| self.words.campaigns.code(&id.to_string())),
        }
    }

    fn apply_adds(&mut self, again: &Again) {
        if again.adds.is_empty() {
            return;
        }
        let people: Vec<u32> = again.adds.iter().map(|(id, _)| self.person(id)).collect();
        for day in self.adds.forget(&people.iter().copied().collect()) {
            self.days.adds(day, -1);
        }
        self.picked.touch_adds();
        self.boards.touch_adds();
        for (person, (_, adds)) in people.into_iter().zip(&again.adds) {
            for (staff, day) in adds {
                let staff = self.words.staff.code(staff);
                let day = day.map_or(NO_DAY, day_cell);
                self.adds.push(person, staff, day);
                self.days.adds(day, 1);
            }
        }
    }
}
