//! What each guide sold: for targets, rewards and the leaderboard.

use super::calendar::Calendar;

/// Net GMV by refund date of one guide, fen.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub(super) struct Sold {
    /// This month so far.
    pub(super) month: i64,
    /// This week so far.
    pub(super) week: i64,
    /// Today so far.
    pub(super) day: i64,
    /// This month to yesterday's close.
    pub(super) month_close: i64,
    /// This week to yesterday's close.
    pub(super) week_close: i64,
    /// The thirty days before today.
    pub(super) thirty: i64,
}

/// What all of them sold.
pub(super) struct Sales {
    /// Per position in [`Org::staff`](super::org::Org::staff).
    pub(super) by_staff: Vec<Sold>,
    /// First seconds of this month, this week, today and the thirty days before today.
    starts: [i64; 4],
}

impl Sales {
    /// Nothing sold yet.
    pub(super) fn new(calendar: &Calendar, staff: usize) -> Self {
        Self {
            by_staff: vec![Sold::default(); staff],
            starts: [
                calendar.start_of(calendar.month_start()),
                calendar.start_of(calendar.week_start()),
                calendar.start(0),
                calendar.start(30),
            ],
        }
    }

    /// Notes money that came at an instant, or went back (negative), with whom it is credited to.
    pub(super) fn note(&mut self, guide: Option<u16>, at: i64, fen: i64) {
        let [month, week, today, thirty] = self.starts;
        let Some(sold) = guide.and_then(|g| self.by_staff.get_mut(usize::from(g))) else {
            return;
        };
        let closed = at < today;
        for (from, sum, close) in [
            (month, &mut sold.month, &mut sold.month_close),
            (week, &mut sold.week, &mut sold.week_close),
        ] {
            if at >= from {
                *sum += fen;
                if closed {
                    *close += fen;
                }
            }
        }
        if !closed {
            sold.day += fen;
        } else if at >= thirty {
            sold.thirty += fen;
        }
    }
}
