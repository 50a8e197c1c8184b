//! What is one key away: the filter with the tag under the cursor in or out. The store looks through it while the cursor
//! rests, so that of millions of customers too those with the tag stand there as soon as the key is pressed.

use super::msg::Effect;
use super::panes::Pane;
use super::state::App;
use super::turn::Turn;
use crate::engine::request::Scope;

impl App {
    /// Tells which scope is one key away, whenever it is another one.
    pub(super) fn tell_ahead(&mut self, turn: &mut Turn) {
        let ahead = self.one_key_away();
        if ahead == self.memory.ahead {
            return;
        }
        self.memory.ahead.clone_from(&ahead);
        turn.effects.extend(ahead.map(Effect::Ahead));
    }

    fn one_key_away(&self) -> Option<Scope> {
        if self.focus != Pane::Tags || !self.overlays.is_empty() || self.projector.is_some() {
            return None;
        }
        Some(Scope {
            filter: self.cycled_tag()?,
            ..self.scope.clone()
        })
    }
}
