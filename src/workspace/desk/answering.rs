//! What is due, and how answers are posted: rows with their counts in one piece, figures behind them, ages of sources
//! once a second.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::super::caught::Cells;
use super::super::inbox::{Work, rows};
use super::super::standing::Standing;
use super::{Desk, Posted};
use crate::engine::answer::BoardMetric;
use crate::engine::load::LoadError;
use crate::engine::request::{Notice, Question, Slot};

/// Answers that come within this time (milliseconds) of one another are posted together.
const TOGETHER: u64 = 16;
/// Ages of sources are read at most this often (milliseconds): they are shown in minutes.
const AGES_EVERY: u64 = 1_000;

/// The first question comes within this time; without one, loading begins anyway.
const FIRST_QUESTION: Duration = Duration::from_millis(50);
/// The first frame is shown within this time; if not, loading begins anyway.
const FIRST_FRAME: Duration = Duration::from_millis(30);

impl Desk {
    /// Looks which rows are dated later than now, and tells how many wait.
    pub(super) fn look_first(&mut self) {
        let notice = match self.workspace.look_first() {
            Ok(()) => Notice::Waiting(self.workspace.waiting()),
            Err(error) => Notice::Trouble(rows(&LoadError::from(error))),
        };
        if notice != Notice::Waiting(0) {
            (self.post)(Posted::Notice(notice));
        }
    }

    /// When the next row that is dated later than now comes to count; `None` where it would not be taken over.
    pub(super) fn next_due(&self) -> Option<i64> {
        let takes = !self.loading && !self.in_trouble && !self.workspace.is_empty();
        self.workspace.next_due().filter(|_| takes)
    }

    /// A new business day has begun.
    pub(super) fn turn_day(&mut self, unix: i64) {
        let turned = self.workspace.turn_day(self.workspace.as_of(unix));
        if let Err(error) = turned {
            let why = rows(&LoadError::from(error));
            (self.post)(Posted::Notice(Notice::Trouble(why)));
        }
    }

    /// What the board on screen ranks.
    pub(super) fn board_on_screen(&self) -> Option<BoardMetric> {
        let standing = self.standing.get(&Slot::Board)?;
        if let Question::Board { metric, .. } = standing.question {
            return Some(metric);
        }
        None
    }

    /// Makes due what may have another answer now; `cells` are what changed when nothing else did.
    pub(super) fn due_after(&mut self, cells: Option<&Cells>) {
        let early = (self.clock)().millis < self.ages.at;
        for (slot, standing) in &mut self.standing {
            standing.touch(cells);
            if early && standing.question == Question::Sources {
                self.ages.wait = true;
                continue;
            }
            let concerned = cells.is_none_or(|cells| standing.is_concerned(cells));
            if concerned && !self.due.contains(slot) {
                self.due.push(*slot);
            }
        }
    }

    /// A commit that changed nothing shown: a sync that found nothing new has looked all the same, which the ages tell.
    pub(super) fn somebody_looked(&mut self) -> Option<Notice> {
        self.ages.wait = true;
        None
    }

    /// Ages of sources are read again.
    pub(super) fn ages_are_due(&mut self) {
        self.ages.wait = false;
        let asks = |(_, standing): &(&Slot, &Standing)| standing.question == Question::Sources;
        let slot = self.standing.iter().find(asks).map(|(slot, _)| *slot);
        if let Some(slot) = slot.filter(|slot| !self.due.contains(slot)) {
            self.due.push(slot);
        }
    }

    /// What follows the clock may have another answer by now.
    pub(super) fn ageing_are_due(&mut self) {
        for (slot, standing) in &mut self.standing {
            if standing.follows_the_clock() {
                standing.touch(None);
                if !self.due.contains(slot) {
                    self.due.push(*slot);
                }
            }
        }
    }

    /// Tells the customers that were read ahead, if it is them who are asked for; whether it was. Everything else that was
    /// asked is still due.
    pub(super) fn tell_read_ahead(&mut self) -> bool {
        let first = self.inbox.take_once(|_| true, Duration::ZERO);
        self.take_in(first);
        let others = self.due.split_off(self.due.len().min(1));
        if self.due == [Slot::Customers] {
            self.answer_due();
        }
        self.due.extend(others);
        self.workspace.has_told_sketch()
    }

    /// Answers the first questions and waits for the first frame; false when the console is leaving.
    pub(super) fn answer_first_screen(&mut self) -> bool {
        // The first screen first: what else opens the file would take its time from it.
        // The sources are asked for first of all, then what is on screen, the list before anything else.
        let is_enough = |work: &Work| {
            work.quit || work.begun || work.asked.keys().any(|slot| *slot != Slot::Sources)
        };
        let first = self.inbox.take_once(is_enough, FIRST_QUESTION);
        let (mut quit, begun) = (first.quit, first.begun);
        self.take_in(first);
        // Loading takes every core there is: the first frame comes before it, and it before what that frame did without.
        if !quit && !begun {
            self.answer_due();
            let is_begun = |work: &Work| work.quit || work.begun;
            let more = self.inbox.take_once(is_begun, FIRST_FRAME);
            quit = more.quit;
            self.take_in(more);
        }
        !quit
    }

    pub(super) fn answer_due(&mut self) {
        self.answer_with(None);
    }

    /// Answers one slot after the other; stops when something newer waits. Rows and their counts are posted together, so
    /// that one frame shows them; figures summed over orders do not keep them waiting. `notice` goes with the first.
    pub(super) fn answer_with(&mut self, notice: Option<Notice>) {
        let mut held: Vec<Posted> = notice.into_iter().map(Posted::Notice).collect();
        let mut posted = (self.clock)().millis;
        // The first screen waits for nothing.
        let at_once = self.workspace.is_empty();
        let mut figures = false;
        while !self.due.is_empty() {
            let slot = self.due.remove(0);
            let Some(standing) = self.standing.get(&slot) else {
                continue;
            };
            if self.inbox.is_outdated(slot) {
                continue;
            }
            let dear = is_dear(&standing.question);
            if dear && !figures {
                held.drain(..).for_each(|news| (self.post)(news));
                posted = (self.clock)().millis;
            }
            figures = dear;
            if standing.question == Question::Sources {
                self.ages.at = posted + AGES_EVERY;
            }
            let question = standing.question.clone();
            let as_of = self.workspace.as_of((self.clock)().unix);
            let workspace = &mut self.workspace;
            let answer = catch_unwind(AssertUnwindSafe(|| match standing.untouched() {
                Some(page) if workspace.still_stands(&question, page, as_of) => None,
                Some(_) | None => workspace.answer(&question, as_of),
            }));
            let Some(answer) = answer.unwrap_or_else(|_| {
                Some(super::super::refusal::failed(
                    "算不出结果 (程序有缺陷)",
                    "the answer could not be computed (this is a defect)",
                ))
            }) else {
                // What was told stands; or not before the engine is ready: adopting it makes everything due again.
                continue;
            };
            let standing = self.standing.get_mut(&slot);
            let Some(news) = standing.and_then(|standing| standing.news(slot, answer)) else {
                continue;
            };
            held.push(news);
            let now = (self.clock)().millis;
            if at_once || now >= posted + TOGETHER {
                held.drain(..).for_each(|news| (self.post)(news));
                posted = now;
            }
            if self.inbox.has_questions() {
                break;
            }
        }
        held.drain(..).for_each(|news| (self.post)(news));
    }
}

/// Its answer is summed over orders or groups, and takes longer than rows and their counts.
fn is_dear(question: &Question) -> bool {
    match question {
        Question::Groups { .. } | Question::Kpi { .. } | Question::Board { .. } => true,
        Question::Customers { .. }
        | Question::Tags(_)
        | Question::Customer(_)
        | Question::Sources
        | Question::Org
        | Question::Names => false,
    }
}
