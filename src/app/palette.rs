//! The palette (`Ctrl-P`) and the help of the focused pane (`?`): the command table, searched.

use crate::config::keys::Context;
use crate::filter::NameMatcher;

use super::command::{COMMANDS, Command, Entry};
use super::hints::context_of;
use super::overlay::{Overlay, PaletteState};
use super::state::App;

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
            state.chosen = 0;
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
