//! A board of everybody added up from rows as they are read: for a command that shows it once and needs no engine.

use super::answer::BoardMetric;
use super::board::Tie;
use super::column::Dict;
use super::load::Reach;
use super::sales::{NO_DAY, day_cell};
use super::tally::{Board, BoardCounts, Tally};
use crate::domain::Day;
use crate::domain::leaderboard::Measure;
use crate::domain::period::Period;

/// A board in the making. Who is outside the pool is not known here: [`crate::domain::leaderboard::Outside`] stays empty.
#[derive(Debug)]
pub struct Reckoning {
    board: Board,
    staff: Dict,
    reach: Reach,
    /// By staff code.
    last: Vec<Last>,
}

/// Day and unix second of an event.
type When = (u16, i64);

/// The last events of one member of staff in the period.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    /// Paid order.
    order: Option<When>,
    /// Paid order of more than nothing.
    paid: Option<When>,
    /// Refund.
    refund: Option<When>,
    /// Add.
    add: Option<When>,
}

impl Last {
    fn reached(self, measure: Measure) -> Option<i64> {
        let last = match measure {
            Measure::NetGmv => self.paid.max(self.refund),
            Measure::Gmv => self.paid,
            Measure::Orders => self.order,
            Measure::Adds => self.add,
        };
        last.map(|(_, at)| at)
    }
}

impl Reckoning {
    /// Nothing is added up yet; period, day and metric as for [`super::Engine::board_counts`].
    pub fn new(period: Period, today: Day, metric: BoardMetric) -> Self {
        Self {
            board: Board::new(period, today, metric, 1),
            staff: Dict::default(),
            reach: Reach::of_board(period, today),
            last: vec![Last::default()],
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
            self.last.resize(tallies, Last::default());
        }
        code
    }

    /// The last events of the staff with this code, if the day is of the period.
    fn last(&mut self, code: u16, day: u16) -> Option<&mut Last> {
        let is_inside = self.board.period.contains(&day);
        self.last.get_mut(usize::from(code)).filter(|_| is_inside)
    }

    /// A paid order: whom it is credited to (empty for nobody), the day and the second it was paid, fen.
    pub fn order(&mut self, staff: &str, (day, at): (Option<Day>, Option<i64>), paid: i64) {
        let (code, day) = (self.code(staff), day.map_or(NO_DAY, day_cell));
        let when = at.map(|at| (day, at));
        self.board.order(code, day, paid, || false);
        if let Some(last) = self.last(code, day) {
            last.order = last.order.max(when);
            if paid != 0 {
                last.paid = last.paid.max(when);
            }
        }
    }

    /// A refund of a paid order: whom the order is credited to, day and second of the refund, fen.
    pub fn refund(&mut self, staff: &str, (day, at): (Option<Day>, Option<i64>), fen: i64) {
        let (code, day) = (self.code(staff), day.map_or(NO_DAY, day_cell));
        let when = at.map(|at| (day, at));
        self.board.refund(code, day, fen, || false);
        if let Some(last) = self.last(code, day) {
            last.refund = last.refund.max(when);
        }
    }

    /// An add: by whom, on which day, at which second.
    pub fn add(&mut self, staff: &str, (day, at): (Option<Day>, Option<i64>)) {
        let (code, day) = (self.code(staff), day.map_or(NO_DAY, day_cell));
        let when = at.map(|at| (day, at));
        self.board.add(code, day);
        if let Some(last) = self.last(code, day) {
            last.add = last.add.max(when);
        }
    }

    /// When somebody reached what they stand at, unix seconds; `None` when nothing was counted of them.
    pub fn reached(&self, tie: Tie<'_>) -> Option<i64> {
        let code = self.staff.find(tie.id.as_str())?;
        self.last.get(usize::from(code))?.reached(tie.measure)
    }

    /// What it came to, by staff.
    pub fn counts(&self) -> BoardCounts {
        self.board.by_staff(&self.staff, None)
    }
}
