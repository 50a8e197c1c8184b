//! Pages of group health and of the leaderboard as they were told last: thousands of rows that stay what they are until
//! something changes. Going back to a period or a pane shows them again.

use super::{Workspace, panes};
use crate::domain::leaderboard::StaffFacts;
use crate::domain::{AsOf, Day};
use crate::engine::answer::{BoardMetric, Stamp};
use crate::engine::request::{Answer, Question};
use crate::filter::Expr;
use crate::store::{StoreError, meta};

/// Pages kept (about 400 bytes a row).
const KEPT: usize = 6;

/// What pages are computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct State {
    revision: u64,
    loads: u64,
    today: Day,
    health_mode: Option<String>,
}

/// Pages kept, the one asked for last at the end.
#[derive(Debug, Default)]
pub struct Told {
    state: Option<State>,
    pages: Vec<(Question, Answer)>,
}

impl Workspace {
    /// The same of a question that was answered before and may have another answer now: nothing is kept for it to be asked
    /// once more, for the next change may be under way.
    pub(super) fn answer_again(&mut self, question: &Question, as_of: AsOf) -> Option<Answer> {
        match self.try_answer(question, as_of, false) {
            Ok(answer) => answer,
            Err(error) => Some(Answer::Failed(Box::new(error.sentence()))),
        }
    }

    /// Answers a question of a pane; a page told before is told again where nothing has changed since.
    pub(super) fn tell(&mut self, question: &Question, as_of: AsOf) -> Result<Answer, StoreError> {
        if self.half || !keeps(question, as_of) {
            return panes::answer(self, question, as_of);
        }
        let state = State {
            revision: self.revision,
            loads: self.loads,
            today: as_of.today(),
            health_mode: meta::get(&self.conn, "health_mode")?,
        };
        if self.told.state.as_ref() != Some(&state) {
            self.told.pages.clear();
            self.told.state = Some(state);
        }
        let told = self.told.pages.iter().position(|(q, _)| q == question);
        let told = told.map(|at| self.told.pages.remove(at).1);
        let answer = match told.and_then(|answer| self.as_of_now(answer, as_of)) {
            Some(answer) => {
                self.note_metric(question);
                answer
            }
            None => panes::answer(self, question, as_of)?,
        };
        if self.told.pages.len() >= KEPT {
            self.told.pages.remove(0);
        }
        self.told.pages.push((question.clone(), answer.clone()));
        Ok(answer)
    }

    /// The page is what would be answered now; only its moment is another. `None` when somebody has left since.
    fn as_of_now(&self, mut answer: Answer, as_of: AsOf) -> Option<Answer> {
        let stamp = stamp(&mut answer)?;
        let (from, to) = (stamp.as_of.min(as_of.unix), stamp.as_of.max(as_of.unix));
        stamp.as_of = as_of.unix;
        let left = |staff: &StaffFacts| staff.left_at.is_some_and(|at| from <= at && at <= to);
        let facts = self.facts.as_ref()?;
        (from == to || !facts.staff.iter().any(left)).then_some(answer)
    }

    /// Remembers what a board of everybody was last asked to rank.
    pub(super) fn note_metric(&mut self, question: &Question) {
        if let Some(metric) = metric_of_everybody(question) {
            self.metric = Some(metric);
        }
    }
}

fn metric_of_everybody(question: &Question) -> Option<BoardMetric> {
    match question {
        Question::Board { scope, metric } if scope.filter.expr == Expr::All => Some(*metric),
        Question::Board { .. }
        | Question::Customers { .. }
        | Question::Tags(_)
        | Question::Groups { .. }
        | Question::Kpi { .. }
        | Question::Customer(_)
        | Question::Sources
        | Question::Org => None,
    }
}

/// Its page has many rows, and no moment within the day makes it another: a board of one day is held against one of an hour
/// before.
fn keeps(question: &Question, as_of: AsOf) -> bool {
    match question {
        Question::Groups { .. } => true,
        Question::Board { scope, .. } => {
            let period = scope.period.resolve(as_of.today());
            period.from != period.to && !crate::engine::ages(&scope.filter.expr)
        }
        Question::Customers { .. }
        | Question::Tags(_)
        | Question::Kpi { .. }
        | Question::Customer(_)
        | Question::Sources
        | Question::Org => false,
    }
}

fn stamp(answer: &mut Answer) -> Option<&mut Stamp> {
    match answer {
        Answer::Groups(page) => Some(&mut page.stamp),
        Answer::Board(page) => Some(&mut page.stamp),
        Answer::Customers(_)
        | Answer::Tags(_)
        | Answer::Kpi(_)
        | Answer::Customer(_)
        | Answer::Sources(_)
        | Answer::Org(_)
        | Answer::Failed(_) => None,
    }
}
