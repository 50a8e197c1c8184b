//! Questions that stand in their slots, and what they were last told.

use super::caught::Cells;
use super::posted::Posted;
use super::{Workspace, needs, panes};
use crate::domain::AsOf;
use crate::engine::ages;
use crate::engine::answer::CustomersPage;
use crate::engine::request::{Answer, Question, Slot};

/// A question that stays in its slot until replaced or forgotten.
#[derive(Debug)]
pub struct Standing {
    generation: u64,
    /// What is asked.
    pub question: Question,
    last: Option<Answer>,
    /// Something the last answer shows may have changed since.
    touched: bool,
}

impl Standing {
    /// A question nobody has answered.
    pub fn new(generation: u64, question: Question) -> Self {
        Self {
            generation,
            question,
            last: None,
            touched: true,
        }
    }

    /// Its answer is another one as time goes by, without any change: its filter has an age in it, or it tells a pace, or
    /// whether a campaign has begun.
    pub fn follows_the_clock(&self) -> bool {
        let is_of_the_moment =
            matches!(self.question, Question::Kpi { .. } | Question::Board { .. });
        let scope = self.question.scope();
        is_of_the_moment || scope.is_some_and(|scope| ages(&scope.filter.expr))
    }

    /// Something changed: these cells, or anything at all.
    pub fn touch(&mut self, cells: Option<&Cells>) {
        let (Some(cells), Some(Answer::Customers(page))) = (cells, &self.last) else {
            self.touched = true;
            return;
        };
        self.touched |= shows(page, cells);
    }

    /// The answer can be another one now that these cells changed, and nothing else: a list that shows one of them, or what
    /// [`needs::concerned`] says.
    pub fn is_concerned(&self, cells: &Cells) -> bool {
        let is_list = matches!(self.question, Question::Customers { .. });
        (is_list && self.untouched().is_none()) || needs::concerned(&self.question, cells)
    }

    /// The page of customers told last, when no customer on it changed since.
    pub fn untouched(&self) -> Option<&CustomersPage> {
        match &self.last {
            Some(Answer::Customers(page)) if !self.touched => Some(page),
            Some(_) | None => None,
        }
    }

    /// An answer as it is posted; `None` when it says what the last one said.
    pub fn news(&mut self, slot: Slot, answer: Answer) -> Option<Posted> {
        self.touched = false;
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
            Slot::Customers
            | Slot::Tags
            | Slot::Kpi
            | Slot::Detail
            | Slot::Sources
            | Slot::Org
            | Slot::Names
            | Slot::Found => Some(answer.clone()),
        };
        Some(Posted::Answer(slot, self.generation, Box::new(answer)))
    }
}

/// A page shows one of these cells.
pub(super) fn shows(page: &CustomersPage, cells: &Cells) -> bool {
    let mut shown = page.rows.iter();
    shown.any(|row| cells.customers.contains(&row.id))
}

impl Workspace {
    /// A page told before is what the question would be answered with now; no cell of its customers has changed since.
    pub(super) fn still_stands(
        &mut self,
        question: &Question,
        page: &CustomersPage,
        as_of: AsOf,
    ) -> bool {
        let stands = panes::asking(self, question, as_of, |engine, ask, mut stamp| {
            (stamp.revision, stamp.as_of) = (page.stamp.revision, page.stamp.as_of);
            stamp == page.stamp && engine.still_lists(ask, page)
        });
        !page.preliminary && !self.half && stands.is_ok_and(|stands| stands == Some(true))
    }
}
