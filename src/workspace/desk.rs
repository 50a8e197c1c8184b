//! The store thread: it owns the open workspace, answers the newest question of each slot, and answers standing
//! questions again when another process commits. "Finished, nothing changed" is an outcome: no answer is posted.

mod answering;
mod live;
mod pace;
mod reading;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::Day;
use crate::engine::Disclosure;
use crate::engine::load::LoadError;
use crate::engine::request::{FileTrouble, Notice, Slot, Trouble};

use super::errands::Errands;
use super::inbox::{Inbox, Work, rows, watched};
use super::loading::Loader;
pub use super::posted::{Post, Posted};
use super::standing::Standing;
use super::{CaughtUp, Clock, Moment, Workspace};
pub use live::LiveDesk;
use pace::{CALM, LONG_CALM, next_apply};

/// Without any wake-up, the thread looks whether the business day has turned this often.
const DAY_CHECK: Duration = Duration::from_secs(60);
/// So long nothing was asked: what makes the next answers quicker is done now.
const IDLE: Duration = Duration::from_millis(200);
/// The same for what is done in so many pieces that it is in nobody's way.
const PAUSE: Duration = Duration::from_millis(5);
/// A load that failed is tried again after this time (milliseconds).
const LOAD_AGAIN: u64 = 5_000;
/// Scores are looked at at most this often (milliseconds).
const TIDY_EVERY: u64 = 60_000;
/// A filter with an age in it lets other customers through as time goes by, and a target is not kept pace with where nothing
/// comes in: what follows the clock is asked again this often (milliseconds).
const AGEING: u64 = 60_000;

struct Desk {
    workspace: Workspace,
    inbox: Arc<Inbox>,
    clock: Clock,
    post: Post,
    standing: BTreeMap<Slot, Standing>,
    /// Slots to answer, newly asked before merely refreshed.
    due: Vec<Slot>,
    /// Commits wait to be applied, since the applying is paced.
    behind: bool,
    /// Not before this moment (monotonic milliseconds).
    apply_at: u64,
    tidied_at: u64,
    aged_at: u64,
    ages: Ages,
    in_trouble: bool,
    /// A load is under way.
    loading: bool,
    /// The last load.
    loader: Option<Loader>,
    /// The last load failed: the next begins not before this moment (monotonic milliseconds).
    load_at: Option<u64>,
    /// To be done between answers, one at a time.
    errands: Errands,
    /// So long nothing must come before idle work is done.
    rest: Duration,
    /// How long nothing must have changed before idle work begins (milliseconds).
    calm: u64,
}

/// When the ages of the sources are read.
#[derive(Default)]
struct Ages {
    /// Not before this moment (monotonic milliseconds).
    at: u64,
    /// They are to be read then.
    wait: bool,
}

impl Desk {
    fn new(workspace: Workspace, inbox: Arc<Inbox>, clock: Clock, post: Post) -> Self {
        Self {
            workspace,
            inbox,
            clock,
            post,
            standing: BTreeMap::new(),
            due: Vec::new(),
            behind: false,
            apply_at: 0,
            tidied_at: 0,
            aged_at: 0,
            ages: Ages::default(),
            in_trouble: false,
            loading: false,
            loader: None,
            load_at: None,
            errands: Errands::default(),
            rest: IDLE,
            calm: CALM,
        }
    }

    fn serve(&mut self) {
        self.look_first();
        let opening = self.workspace.opening().clone();
        if !self.answer_first_screen() {
            return;
        }
        self.start_loader();
        if self.workspace.end_read_ahead() {
            // The whole of what the first frame sketched, and the rows below it.
            self.everything_is_due();
            self.answer_due();
        }
        let watch = watched(&opening, &self.inbox, &self.post);
        // What was committed before the watch began is found by the load.
        let mut today = self.workspace.as_of((self.clock)().unix).today();
        loop {
            let work = self.wait();
            if work.quit {
                break;
            }
            self.turn(work, &mut today);
        }
        if let Some(loader) = self.loader.take() {
            loader.stop();
        }
        drop(watch);
    }

    /// One turn; a defect in it ends the turn, not the thread. What it left behind is not trusted: everything is read again.
    fn turn(&mut self, work: Work, today: &mut Day) {
        let turn = catch_unwind(AssertUnwindSafe(|| self.work(work, today)));
        if turn.is_err() {
            self.workspace.lose();
            self.behind = false;
            self.due.clear();
            self.load_failed(rows(&LoadError::BrokeOff));
        }
    }

    /// Takes in what came, and does what is due.
    fn work(&mut self, work: Work, today: &mut Day) {
        let idle = work.is_empty();
        self.take_in(work);
        let now = (self.clock)();
        let day = self.workspace.as_of(now.unix).today();
        if day != *today {
            *today = day;
            self.turn_day(now.unix);
            self.everything_is_due();
        }
        if !self.loading && self.load_at.is_some_and(|at| now.millis >= at) {
            self.start_loader();
        }
        if now.millis >= self.aged_at + AGEING {
            self.aged_at = now.millis;
            self.ageing_are_due();
        }
        if self.ages.wait && now.millis >= self.ages.at {
            self.ages_are_due();
        }
        self.behind |= self.next_due().is_some_and(|at| at <= now.unix);
        if self.behind && now.millis >= self.apply_at {
            let notice = self.apply();
            self.answer_with(notice);
            self.apply_at = next_apply(self.apply_at, now.millis, (self.clock)().millis);
        } else {
            self.answer_due();
        }
        if self.due.is_empty() && !self.inbox.has_questions() {
            self.errands.run_one(&mut self.workspace, now.unix);
        }
        self.use_rest(idle, now);
        if self.due.is_empty() && !self.behind && now.millis >= self.tidied_at + TIDY_EVERY {
            self.tidied_at = now.millis;
            if self.workspace.tidy(self.workspace.as_of(now.unix)) {
                self.everything_is_due();
            }
        }
    }

    /// Waits for what there is to do. Until changes may be applied again a commit changes nothing, and does not wake.
    fn wait(&self) -> Work {
        let patience = self.patience();
        let rest = self.apply_at.saturating_sub((self.clock)().millis);
        match rest {
            0 => self.inbox.take(Some(patience)),
            rest => self.inbox.rest(patience.min(Duration::from_millis(rest))),
        }
    }

    fn patience(&self) -> Duration {
        if !self.due.is_empty() || !self.errands.is_empty() {
            return Duration::ZERO;
        }
        let now = (self.clock)();
        let until = |at: u64| Duration::from_millis(at.saturating_sub(now.millis));
        let ages = self.ages.wait.then(|| until(self.ages.at));
        let load = self.load_at.filter(|_| !self.loading);
        // What is due already waits with the rest until changes may be applied.
        let due = self.next_due().filter(|_| !self.behind);
        let due = due.map(|at| u64::try_from(at.saturating_sub(now.unix)).unwrap_or(0));
        let most = if self.behind {
            until(self.apply_at)
        } else if let Some(at) = load {
            until(at)
        } else if self.workspace.has_piecework() || self.has_idle_work() {
            self.rest.max(until(self.calm_at()))
        } else if self.standing.values().any(Standing::follows_the_clock) {
            until(self.aged_at + AGEING)
        } else {
            DAY_CHECK
        };
        let most = due.map_or(most, |seconds| most.min(Duration::from_secs(seconds)));
        let most = most.min(self.until_tomorrow(now.unix));
        ages.map_or(most, |ages| ages.min(most))
    }

    /// How long the business day goes on: at its end every figure of today is another one.
    fn until_tomorrow(&self, unix: i64) -> Duration {
        let zone = self.workspace.zone();
        let tomorrow = zone.start_of(zone.day_of(unix).plus(1));
        let seconds = u64::try_from(tomorrow.saturating_sub(unix)).unwrap_or(0);
        Duration::from_secs(seconds.max(1))
    }

    /// When idle work may begin after changes (monotonic milliseconds): in a storm of them it would be done for nothing,
    /// again and again.
    fn calm_at(&self) -> u64 {
        self.apply_at + self.calm
    }

    /// Does idle work when nothing came, one thing after the other once it is quiet.
    fn use_rest(&mut self, idle: bool, now: Moment) {
        let quiet = idle && self.due.is_empty() && !self.behind && now.millis >= self.calm_at();
        if quiet && self.workspace.has_piecework() {
            let (as_of, inbox) = (self.workspace.as_of(now.unix), &self.inbox);
            self.workspace.work_in_pieces(as_of, &|| inbox.is_empty());
            self.rest = IDLE;
            return;
        }
        self.rest = if self.workspace.has_piecework() {
            PAUSE
        } else {
            IDLE
        };
        if quiet {
            let (as_of, inbox) = (self.workspace.as_of(now.unix), &self.inbox);
            let done = self.workspace.work_idly(as_of, &|| inbox.is_empty());
            if done {
                self.calm = CALM;
            } else if inbox.has_commit() {
                self.calm = (self.calm * 2).min(LONG_CALM);
            }
            self.rest = Duration::ZERO;
        }
    }

    fn has_idle_work(&self) -> bool {
        let as_of = self.workspace.as_of((self.clock)().unix);
        self.workspace.has_idle_work(as_of)
    }

    fn take_in(&mut self, work: Work) {
        self.errands.take_in(work.errands);
        for slot in work.forgotten {
            self.standing.remove(&slot);
            self.due.retain(|s| *s != slot);
        }
        for (slot, (generation, question)) in work.asked {
            self.standing
                .insert(slot, Standing::new(generation, question));
            self.due.retain(|s| *s != slot);
            // In slot order, ahead of what is merely refreshed.
            let at = self
                .due
                .iter()
                .position(|s| *s > slot)
                .unwrap_or(self.due.len());
            self.due.insert(at, slot);
        }
        if let Some(scope) = work.ahead {
            self.workspace.foresee(scope, self.board_on_screen());
        }
        if let Some(on) = work.mask {
            self.workspace.disclose(if on {
                Disclosure::Masked
            } else {
                Disclosure::Usual
            });
            self.everything_is_due();
        }
        if let Some(sight) = work.trouble {
            self.see(sight);
        }
        self.behind |= work.woken;
        self.adopt(work.loaded);
    }

    /// The watch says that the file is in trouble, or fine again.
    fn see(&mut self, sight: Result<(), FileTrouble>) {
        match sight {
            Ok(()) => {
                self.in_trouble = false;
                self.behind = true;
                (self.post)(Posted::Notice(Notice::Recovered));
            }
            Err(what) => {
                self.in_trouble = true;
                (self.post)(Posted::Notice(Notice::Trouble(Trouble::File(what))));
            }
        }
    }

    /// Takes over what others committed; the notice of it goes with the answers that changed.
    fn apply(&mut self) -> Option<Notice> {
        self.behind = false;
        // What is being loaded is newer than what could be applied; adopting it looks again.
        if self.in_trouble || self.loading {
            return None;
        }
        let as_of = self.workspace.as_of((self.clock)().unix);
        let (was_past, waited) = (self.workspace.is_past(), self.workspace.waiting());
        let caught_up = self.workspace.catch_up(as_of);
        if self.workspace.is_past() && !was_past {
            (self.post)(Posted::Notice(Notice::Past));
        }
        let waiting = self.workspace.waiting();
        if waiting != waited {
            (self.post)(Posted::Notice(Notice::Waiting(waiting)));
        }
        if self.workspace.zone() != as_of.zone {
            (self.post)(Posted::Notice(Notice::Zone(self.workspace.zone())));
        }
        match caught_up {
            Ok(CaughtUp::Nothing) => self.somebody_looked(),
            Ok(CaughtUp::Changed(notice, cells)) => {
                self.due_after(cells.as_ref());
                Some(notice)
            }
            // The old rows go on answering until the new ones are there.
            Ok(CaughtUp::Gap) => {
                self.start_loader();
                None
            }
            // What was not taken over now is read with everything else.
            Err(error) => {
                self.load_at = Some((self.clock)().millis.saturating_add(LOAD_AGAIN));
                Some(Notice::Trouble(rows(&error)))
            }
        }
    }

    fn everything_is_due(&mut self) {
        self.due_after(None);
    }
}

#[cfg(test)]
mod tests;
