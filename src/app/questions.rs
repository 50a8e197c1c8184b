//! The questions standing in the slots, each with the generation whose answers are taken.

use std::collections::BTreeMap;

use crate::domain::CustomerId;
use crate::engine::request::{Question, Slot};

/// A question that stands in a slot.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    generation: u64,
    question: Question,
    /// To be asked again even if it is the same.
    stale: bool,
}

/// The questions standing in the slots.
#[derive(Clone, Debug, Default)]
pub struct Questions(BTreeMap<Slot, Asked>);

impl Questions {
    /// The generation whose answers are taken.
    pub(super) fn generation(&self, slot: Slot) -> Option<u64> {
        self.0.get(&slot).map(|asked| asked.generation)
    }

    /// Everything is asked again.
    pub(super) fn all_stale(&mut self) {
        for asked in self.0.values_mut() {
            asked.stale = true;
        }
    }

    /// One slot is asked again.
    pub(super) fn stale(&mut self, slot: Slot) {
        if let Some(asked) = self.0.get_mut(&slot) {
            asked.stale = true;
        }
    }

    /// The customer that is asked for whole.
    pub(super) fn customer(&self) -> Option<&CustomerId> {
        let asked = self.0.get(&Slot::Detail)?;
        let Question::Customer(id) = &asked.question else {
            return None;
        };
        Some(id)
    }

    /// The customer the present question is anchored to.
    pub(super) fn anchor(&self) -> Option<&CustomerId> {
        match self.0.get(&Slot::Customers).map(|asked| &asked.question) {
            Some(Question::Customers {
                anchor: Some((id, _)),
                ..
            }) => Some(id),
            _ => None,
        }
    }

    /// The question of a slot, while it need not be asked again.
    pub(super) fn standing(&self, slot: Slot) -> Option<&Question> {
        let asked = self.0.get(&slot).filter(|asked| !asked.stale);
        asked.map(|asked| &asked.question)
    }

    /// Puts a question into its slot.
    pub(super) fn put(&mut self, slot: Slot, generation: u64, question: Question) {
        let asked = Asked {
            generation,
            question,
            stale: false,
        };
        self.0.insert(slot, asked);
    }

    /// Takes out all but these slots; those taken out.
    pub(super) fn keep_only(&mut self, wanted: impl Fn(Slot) -> bool) -> Vec<Slot> {
        let gone: Vec<Slot> = self
            .0
            .keys()
            .copied()
            .filter(|slot| !wanted(*slot))
            .collect();
        self.0.retain(|slot, _| wanted(*slot));
        gone
    }
}
