//! When the store thread does what makes the next answers quicker: while nothing is asked and nothing changes.

use std::time::Duration;

use super::super::Moment;
use super::Desk;
use super::pace::{CALM, LONG_CALM};

/// So long nothing was asked: what makes the next answers quicker is done now.
pub(super) const IDLE: Duration = Duration::from_millis(200);
/// … and after so long what gives way as soon as something is asked.
pub(super) const SOON: Duration = Duration::from_millis(20);

impl Desk {
    /// When idle work may begin after changes (monotonic milliseconds): in a storm of them it would be done for nothing,
    /// again and again.
    pub(super) fn calm_at(&self) -> u64 {
        self.apply_at + self.calm
    }

    /// Does idle work when nothing came, one thing after the other once it is quiet. What cannot be left off begins after
    /// a longer rest.
    pub(super) fn use_rest(&mut self, idle: bool, now: Moment) {
        let gave_way = self.workspace.gives_way();
        self.rest = if gave_way { SOON } else { IDLE };
        if idle && self.due.is_empty() && !self.behind && now.millis >= self.calm_at() {
            let (as_of, inbox) = (self.workspace.as_of(now.unix), &self.inbox);
            let done = self.workspace.work_idly(as_of, &|| inbox.is_empty());
            if done {
                self.calm = CALM;
            } else if inbox.has_commit() {
                self.calm = (self.calm * 2).min(LONG_CALM);
            }
            self.rest = if gave_way && !self.workspace.gives_way() {
                IDLE
            } else {
                Duration::ZERO
            };
        }
    }

    pub(super) fn has_idle_work(&self) -> bool {
        let as_of = self.workspace.as_of((self.clock)().unix);
        self.workspace.has_idle_work(as_of)
    }
}
