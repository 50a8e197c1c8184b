//! Boards of everybody, kept for the periods asked for last, so that another period is a look and not a sum over its orders.
//!
//! An order that changes is taken out as it was and put in as it is. Who was added is counted again when it changed: those
//! events are few. People numbered anew, and sums that stand at their end, make a board be added up again.

use std::collections::HashSet;

use super::Engine;
use super::answer::BoardMetric;
use super::people::row_of;
use super::reached::Reached;
use super::sales::Order;
use super::tally::{Board, Tally};
use crate::domain::Day;
use crate::domain::period::Period;

/// Boards kept (about 100 bytes each for a member of staff).
const KEPT: usize = 5;

/// Changed orders above which boards are added up again rather than mended.
const MEND: usize = 1_000;

/// Boards of everybody, most recently asked for last.
#[derive(Clone, Debug, Default)]
pub struct Boards {
    kept: Vec<Whole>,
    /// When those who are tied reached what they stand at.
    pub(super) reached: Reached,
}

/// A board of everybody.
#[derive(Clone, Debug)]
struct Whole {
    board: Board,
    /// Who was added changed since.
    adds_changed: bool,
}

/// What happens to orders on kept boards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bill {
    /// They are taken out as they are now: they are about to change.
    Out,
    /// They are put in as they are now.
    In,
}

/// An order, and its refunds by day.
pub(super) type Billed = (Order, Vec<(u16, i64)>);

impl Boards {
    /// People were numbered anew, or everything was.
    pub fn forget(&mut self) {
        self.kept.clear();
        self.reached.forget();
    }

    /// Who was added changed.
    pub fn touch_adds(&mut self) {
        self.reached.forget_adds();
        for whole in &mut self.kept {
            whole.adds_changed = true;
        }
    }

    /// Keeps a board of everybody; boards of another metric go, since their trends are.
    pub(super) fn keep(&mut self, board: Board) {
        self.kept.retain(|kept| kept.board.metric == board.metric);
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push(Whole {
            board,
            adds_changed: false,
        });
    }

    fn place(&self, asked: &Board) -> Option<usize> {
        self.kept.iter().position(|Whole { board, .. }| {
            (&board.period, &board.trend, board.metric)
                == (&asked.period, &asked.trend, asked.metric)
        })
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let tallies = |whole: &Whole| whole.board.by_code.capacity() * size_of::<Tally>();
        self.kept.iter().map(tallies).sum::<usize>() + self.reached.bytes()
    }
}

impl Whole {
    /// Moves an order out or in; `false` when the board must be added up again.
    fn bill(&mut self, (order, refunds): &Billed, bill: Bill) -> bool {
        let mut part = Board {
            period: self.board.period.clone(),
            trend: self.board.trend.clone(),
            metric: self.board.metric,
            by_code: vec![Tally::default()],
        };
        let outside = || row_of(order.person).is_none();
        part.order(0, order.day, order.paid, outside);
        for (day, fen) in refunds {
            part.refund(0, *day, *fen, outside);
        }
        let tally = self.board.by_code.get_mut(usize::from(order.staff));
        let (Some(tally), Some(part)) = (tally, part.by_code.first()) else {
            return false;
        };
        let whole = !tally.is_full() && !part.is_full();
        match bill {
            Bill::Out => tally.leave(part),
            Bill::In => tally.join(part),
        }
        whole && !tally.is_full()
    }
}

impl Engine {
    /// The board of everybody: as kept, else added up. It is no longer kept: [`Boards::keep`] puts it back.
    pub(super) fn whole_board(&mut self, mut asked: Board) -> Board {
        let span = asked.span();
        let Some(at) = self.boards.place(&asked) else {
            self.add_up(&mut asked, &span, None);
            return asked;
        };
        let Whole {
            mut board,
            adds_changed,
        } = self.boards.kept.remove(at);
        board
            .by_code
            .resize(self.words.staff.codes(), Tally::default());
        if adds_changed {
            for tally in &mut board.by_code {
                tally.without_adds(board.metric);
            }
            self.add_adds(&mut board, &span, None);
        }
        board
    }

    /// Takes these orders with their refunds out of the kept boards and totals of days, or puts them in.
    pub(super) fn bill(&mut self, numbers: &HashSet<u32>, bill: Bill) {
        if numbers.is_empty() {
            return;
        }
        let billed = self.billed(numbers);
        let times = match bill {
            Bill::Out => -1,
            Bill::In => 1,
        };
        self.days.bill(&billed, times);
        if self.boards.kept.is_empty() && self.boards.reached.is_empty() {
            return;
        }
        if numbers.len() > MEND {
            self.boards.forget();
            return;
        }
        for (order, _) in &billed {
            self.boards.reached.forget_staff(order.staff);
        }
        let codes = self.words.staff.codes();
        self.boards.kept.retain_mut(|whole| {
            whole.board.by_code.resize(codes, Tally::default());
            billed.iter().all(|one| whole.bill(one, bill))
        });
    }

    /// The board of everybody in a period is not kept, though there is room for it.
    pub fn lacks_board(&self, period: Period, today: Day, metric: BoardMetric) -> bool {
        let asked = Board::new(period, today, metric, 0);
        self.boards.kept.len() < KEPT && self.boards.place(&asked).is_none()
    }

    /// Adds up the board of everybody in a period before it is asked for.
    pub fn prepare_board(&mut self, period: Period, today: Day, metric: BoardMetric) {
        let asked = Board::new(period, today, metric, self.words.staff.codes());
        let board = self.whole_board(asked);
        self.boards.keep(board);
    }
}
