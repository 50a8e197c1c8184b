//! Keys of another pane: where they work is said, rather than nothing done.

use crate::config::keys::{Chord, label_sequence};
use crate::config::words::Words;
use crate::domain::Lang;

use super::command::Command;
use super::hints::{about, context_of};
use super::keymap::Found;
use super::panes::Pane;
use super::state::App;
use super::turn::Turn;

impl App {
    /// These keys mean nothing in the focused pane: says in which others they do something, and what.
    pub(super) fn say_where(&mut self, chords: &[Chord], turn: &Turn) {
        if self.projector.is_some() || !self.overlays.is_empty() {
            return;
        }
        let there = |pane: &Pane| Some((*pane, self.meant_in(*pane, chords)?));
        let places: Vec<(Pane, &str)> = Pane::ALL.iter().filter_map(there).collect();
        let Some((_, what)) = places.first() else {
            return;
        };
        let lang = self.look.lang;
        let words = Words::new(lang);
        let named = |(pane, _): &(Pane, &str)| {
            let key = self.pane_key_of(Command::Focus(*pane)).unwrap_or_default();
            format!("{key} {}", words.say(pane.heading()))
        };
        let places: Vec<String> = places.iter().map(named).collect();
        let keys = label_sequence(chords);
        let text = match lang {
            Lang::Zh => format!("{keys} ({what}) 在这里无用; 用于: {}", places.join(", ")),
            Lang::En => format!(
                "{keys} ({what}) does nothing here; it works in: {}",
                places.join(", ")
            ),
        };
        self.toast_text(turn, text, false);
    }

    /// What keys do in a pane that they do not do in all of them.
    fn meant_in(&self, pane: Pane, chords: &[Chord]) -> Option<&'static str> {
        let contexts = [context_of(pane)];
        let entry = match self.keymap.find(&contexts, chords) {
            Found::Command(command) => command.entry()?,
            Found::Pending => {
                let (words, command) = about(&self.keymap, &contexts, chords)?;
                let entry = command.entry()?;
                let may = !entry.writes || !self.workspace.read_only;
                return may.then(|| self.word(words));
            }
            Found::Nothing => return None,
        };
        let may = !entry.writes || !self.workspace.read_only;
        may.then(|| entry.label(self.look.lang))
    }
}
