//! What is done while nobody waits: orders that were asked for and not kept, boards of the periods next to the one on
//! screen, buyers of groups, orders of campaigns and of days asked for again, cuts of the scores after changes.

use super::Workspace;
use crate::domain::AsOf;
use crate::domain::period::{Period, PeriodSpec};
use crate::engine::answer::BoardMetric;

/// Periods whose boards are kept ready once a board is on screen.
const NEXT: [PeriodSpec; 5] = [
    PeriodSpec::Today,
    PeriodSpec::Week,
    PeriodSpec::Month,
    PeriodSpec::Quarter,
    PeriodSpec::Year,
];

impl Workspace {
    /// Work for an idle moment: draws the cuts of the scores anew when customers changed. Says whether figures may differ
    /// now.
    pub fn tidy(&mut self, as_of: AsOf) -> bool {
        let Some(loaded) = self.engine.as_mut() else {
            return false;
        };
        let old = loaded.engine.scores_are_old();
        if old {
            loaded.engine.refresh_scores(as_of.today());
            self.revision += 1;
        }
        old
    }

    /// There is something that makes the next answers quicker and is done in a great many pieces, in short pauses too.
    pub fn has_piecework(&self) -> bool {
        let whole = self.engine.as_ref().filter(|_| !self.half);
        whole.is_some_and(|loaded| self.ahead.is_some() || loaded.engine.lacks_strata())
    }

    /// Does pieces of it while `go_on` says so.
    pub fn work_in_pieces(&mut self, as_of: AsOf, go_on: &dyn Fn() -> bool) {
        while self.look_one_key_ahead(as_of) {
            if !go_on() {
                return;
            }
        }
        if let Some(loaded) = self.engine.as_mut().filter(|_| !self.half) {
            loaded.engine.extend_strata(as_of.today(), go_on);
        }
    }

    /// There is something that makes the next answers quicker.
    pub fn has_idle_work(&self, as_of: AsOf) -> bool {
        let engine = self.engine.as_ref().map(|loaded| &loaded.engine);
        engine.is_some_and(crate::engine::Engine::has_missed_order)
            || self.lacks_group_buyers(as_of)
            || self.lacks_picked()
            || self.board_to_come(as_of).is_some()
    }

    /// Does the first of it, or gives it up when `go_on` says no: then false. No figure changes.
    pub fn work_idly(&mut self, as_of: AsOf, go_on: &dyn Fn() -> bool) -> bool {
        let (today, counts) = (as_of.today(), self.lacks_group_buyers(as_of));
        let (picks, board) = (self.lacks_picked(), self.board_to_come(as_of));
        let Some(loaded) = self.engine.as_mut() else {
            return true;
        };
        if loaded.engine.has_missed_order() {
            return loaded.engine.build_missed_order(today, go_on);
        }
        if counts {
            loaded.engine.group_buyers_kept(as_of.open_day());
            self.counted = self.loads;
        } else if picks {
            loaded.engine.pick_ahead();
        } else if let Some((period, metric)) = board {
            loaded.engine.prepare_board(period, today, metric);
        }
        true
    }

    /// Nobody has counted the buyers of groups since the load; later, only who asks for them pays for it.
    fn lacks_group_buyers(&self, as_of: AsOf) -> bool {
        let whole = self.engine.as_ref().filter(|_| !self.half);
        self.counted != self.loads
            && whole.is_some_and(|loaded| loaded.engine.lacks_group_buyers(as_of.open_day()))
    }

    /// Orders are to be picked out of all others.
    fn lacks_picked(&self) -> bool {
        let whole = self.engine.as_ref().filter(|_| !self.half);
        whole.is_some_and(|loaded| loaded.engine.lacks_picked())
    }

    /// A board that is one key away from the one on screen.
    fn board_to_come(&self, as_of: AsOf) -> Option<(Period, BoardMetric)> {
        let engine = &self.engine.as_ref().filter(|_| !self.half)?.engine;
        let (metric, today) = (self.metric?, as_of.today());
        let mut next = NEXT.iter().map(|spec| spec.resolve(today));
        next.find(|period| engine.lacks_board(*period, today, metric))
            .map(|period| (period, metric))
    }
}
