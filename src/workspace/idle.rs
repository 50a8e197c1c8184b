//! What is done while nobody waits: orders that were asked for and not kept, cuts of the scores after changes.

use super::Workspace;
use crate::domain::AsOf;

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

    /// There is something that makes the next answers quicker.
    pub fn has_idle_work(&self) -> bool {
        let engine = self.engine.as_ref().map(|loaded| &loaded.engine);
        engine.is_some_and(crate::engine::Engine::has_missed_order)
    }

    /// Does it. No figure changes.
    pub fn work_idly(&mut self, as_of: AsOf) {
        if let Some(loaded) = self.engine.as_mut() {
            loaded.engine.build_missed_order(as_of.today());
        }
    }
}
