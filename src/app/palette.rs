//! The palette (`Ctrl-P`) and the help of the focused pane (`?`): the command table, searched; in the palette also
//! everything in the workspace that has a name ([`super::finding`]).

use crate::config::keys::Context;
use crate::filter::NameMatcher;

use super::command::{COMMANDS, Command, Entry};
use super::hints::context_of;
use super::overlay::{Overlay, PaletteState};
use super::state::App;
use super::turn::Turn;

impl App {
    /// Opens the palette, or the help: what applies in the focused pane first.
    pub(super) fn open_palette(&mut self, help: bool) {
        self.overlays.push(Overlay::Palette(PaletteState {
            help,
            ..PaletteState::default()
        }));
        self.palette_search();
    }

    /// Rows under the search: every word of it must match the sentence (Chinese, pinyin or English) or the name.
    pub(super) fn palette_search(&mut self) {
        let pane = context_of(self.focus);
        let Some(Overlay::Palette(state)) = self.overlays.last() else {
            return;
        };
        let words: Vec<NameMatcher> = state
            .line
            .text()
            .to_lowercase()
            .split_whitespace()
            .map(NameMatcher::new)
            .collect();
        let help = state.help;
        let targets = self.targets(state);
        let mut rows: Vec<(bool, Command)> = COMMANDS
            .iter()
            .filter(|entry| !entry.writes || !self.workspace.read_only)
            .filter(|entry| is_offered(entry, pane, help))
            .filter(|entry| words.iter().all(|word| says(entry, word)))
            .map(|entry| (!entry.contexts.contains(&pane), entry.command))
            .collect();
        rows.sort_by_key(|(general, _)| *general);
        if let Some(Overlay::Palette(state)) = self.overlays.last_mut() {
            state.rows = rows.into_iter().map(|(_, command)| command).collect();
            state.targets = targets;
            state.chosen = 0;
        }
    }

    /// Enter: does the command, or goes to what was found.
    pub(super) fn take_from_palette(&mut self, state: &PaletteState, turn: &mut Turn) {
        self.overlays.pop();
        if let Some(command) = state.rows.get(state.chosen) {
            self.run(*command, turn);
            if let Some(keys) = self.pane_key_of(*command) {
                let name = command
                    .entry()
                    .map_or("", |entry| entry.say(self.look.lang));
                self.toast_text(turn, format!("{name} ({keys})"), false);
            }
        } else if let Some(target) = state.targets.get(state.chosen - state.rows.len()) {
            self.go_to(target, turn);
        }
    }
}

/// It can be done from the focused pane; help leaves out what holds everywhere and says nothing of the pane.
fn is_offered(entry: &Entry, pane: Context, help: bool) -> bool {
    let itself = matches!(entry.command, Command::Palette | Command::Help);
    let here = entry.contexts.contains(&pane) || entry.contexts.contains(&Context::Global);
    let anywhere = entry.contexts.contains(&Context::Always);
    !itself && (here || (anywhere && !help))
}

fn says(entry: &Entry, word: &NameMatcher) -> bool {
    word.is_match(entry.zh) || word.is_match(&entry.en.to_lowercase()) || word.is_match(entry.name)
}
