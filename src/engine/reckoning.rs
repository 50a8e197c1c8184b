//! A board of everybody added up from rows as they are read: for a command that shows it once and needs no engine.

use super::answer::BoardMetric;
use super::column::Dict;
use super::load::Reach;
use super::sales::{NO_DAY, day_cell};
use super::tally::{Board, BoardCounts, Tally};
use crate::domain::Day;
use crate::domain::period::Period;

/// A board in the making. Who is outside the pool is not known here: [`crate::domain::leaderboard::Outside`] stays empty.
#[derive(Debug)]
pub struct Reckoning {
    board: Board,
    staff: Dict,
    reach: Reach,
}

impl Reckoning {
    /// Nothing is added up yet; period, day and metric as for [`super::Engine::board_counts`].
    pub fn new(period: Period, today: Day, metric: BoardMetric) -> Self {
        Self {
            board: Board::new(period, today, metric, 1),
            staff: Dict::default(),
            reach: Reach::of_board(period, today),
        }
    }

    /// The days it is added up from, both included.
    pub fn days(&self) -> (Day, Day) {
        match self.reach {
            Reach::Days(from, to) => (from, to),
            Reach::All | Reach::Campaigns => (Day(i32::MIN), Day(i32::MAX)),
        }
    }

    /// The code of a member of staff, with a tally of their own; 0 for nobody.
    fn code(&mut self, staff: &str) -> u16 {
        let code = self.staff.code(staff);
        let tallies = usize::from(code) + 1;
        if self.board.by_code.len() < tallies {
            self.board.by_code.resize(tallies, Tally::default());
        }
        code
    }

    /// A paid order: whom it is credited to (empty for nobody), the day it was paid, fen.
    pub fn order(&mut self, staff: &str, day: Option<Day>, paid: i64) {
        let code = self.code(staff);
        self.board
            .order(code, day.map_or(NO_DAY, day_cell), paid, || false);
    }

    /// A refund of a paid order: whom the order is credited to, the day of the refund, fen.
    pub fn refund(&mut self, staff: &str, day: Option<Day>, fen: i64) {
        let code = self.code(staff);
        self.board
            .refund(code, day.map_or(NO_DAY, day_cell), fen, || false);
    }

    /// An add: by whom, on which day.
    pub fn add(&mut self, staff: &str, day: Option<Day>) {
        let code = self.code(staff);
        self.board.add(code, day.map_or(NO_DAY, day_cell));
    }

    /// What it came to, by staff.
    pub fn counts(&self) -> BoardCounts {
        self.board.by_staff(&self.staff, None)
    }
}
