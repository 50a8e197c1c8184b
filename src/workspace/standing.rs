//! Questions that stand in their slots, and what they were last told.

use super::desk::Posted;
use crate::engine::request::{Answer, Question, Slot};

/// A question that stays in its slot until replaced or forgotten.
#[derive(Debug)]
pub struct Standing {
    generation: u64,
    /// What is asked.
    pub question: Question,
    last: Option<Answer>,
}

impl Standing {
    /// A question nobody has answered.
    pub fn new(generation: u64, question: Question) -> Self {
        Self {
            generation,
            question,
            last: None,
        }
    }

    /// An answer as it is posted; `None` when it says what the last one said.
    pub fn news(&mut self, slot: Slot, answer: Answer) -> Option<Posted> {
        let same = self
            .last
            .as_mut()
            .is_some_and(|last| last.says_the_same(&answer));
        if same {
            return None;
        }
        // Pages of thousands of rows are compared where they are shown: keeping a second one costs more than telling it.
        self.last = match slot {
            Slot::Groups | Slot::Board => None,
            Slot::Customers | Slot::Tags | Slot::Kpi | Slot::Detail | Slot::Sources | Slot::Org => {
                Some(answer.clone())
            }
        };
        Some(Posted::Answer(slot, self.generation, Box::new(answer)))
    }
}
