//! The palette (`Ctrl-P`) and the help of the focused pane (`?`): the command table, searched; in the palette also
//! everything in the workspace that has a name ([`super::finding`]).

use crate::config::keys::Context;
use crate::engine::request::Called;
use crate::filter::NameMatcher;

use super::command::{COMMANDS, Command, Entry};
use super::hints::context_of;
use super::overlay::{Overlay, PaletteState, Sought};
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

    /// The text has changed: the cursor is on what fits it best.
    pub(super) fn palette_search(&mut self) {
        let Some(Overlay::Palette(state)) = self.overlays.last() else {
            return;
        };
        let rows = self.palette_rows(state);
        if let Some(Overlay::Palette(state)) = self.overlays.last_mut() {
            state.rows = rows;
            state.chosen = 0;
        }
    }

    /// Rows under the search, what fits it best first. Of a command every word must match the sentence (Chinese, pinyin
    /// or English) or the name.
    pub(super) fn palette_rows(&self, state: &PaletteState) -> Vec<Sought> {
        let pane = context_of(self.focus);
        let text = state.line.text().trim().to_lowercase();
        let words: Vec<NameMatcher> = text.split_whitespace().map(NameMatcher::new).collect();
        let commands = COMMANDS
            .iter()
            .filter(|entry| !entry.writes || !self.workspace.read_only)
            .filter(|entry| is_offered(entry, pane, state.help))
            .filter(|entry| words.iter().all(|word| says(entry, word)))
            .map(|entry| {
                let general = !entry.contexts.contains(&pane);
                let row = Sought::Command(entry.command);
                (Fit::of_command(entry, &text), general, row)
            });
        let named = self.targets(state).into_iter();
        let named = named.map(|one| (Fit::of_name(&one, &text), false, Sought::Named(one)));
        let mut rows: Vec<_> = commands.chain(named).collect();
        rows.sort_by_key(|(fit, general, _)| (*fit, *general));
        rows.into_iter().map(|(.., row)| row).collect()
    }

    /// Enter: does the command, or goes to what was found.
    pub(super) fn take_from_palette(&mut self, state: &PaletteState, turn: &mut Turn) {
        self.overlays.pop();
        match state.rows.get(state.chosen) {
            Some(Sought::Command(command)) => {
                self.run(*command, turn);
                if let Some(keys) = self.pane_key_of(*command) {
                    let name = command
                        .entry()
                        .map_or("", |entry| entry.say(self.look.lang));
                    self.toast_text(turn, format!("{name} ({keys})"), false);
                }
            }
            Some(Sought::Named(target)) => self.go_to(target, turn),
            None => {}
        }
    }
}

/// How well a row fits what is typed, best first. Whoever types a name means whom it names: what a command only says
/// somewhere, or is read so in pinyin, comes behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    CommandItself,
    NameItself,
    CommandBegins,
    NameBegins,
    NameHolds,
    CommandHolds,
}

impl Fit {
    fn of_command(entry: &Entry, text: &str) -> Self {
        let (zh, en) = entry.short.unwrap_or((entry.zh, entry.en));
        let said = [entry.name, entry.zh, entry.en, zh, en].map(str::to_lowercase);
        let begins = NameMatcher::prefix(text);
        if text.is_empty() {
            Self::CommandBegins
        } else if said.iter().any(|words| words == text) {
            Self::CommandItself
        } else if said.iter().any(|words| begins.is_match(words)) {
            Self::CommandBegins
        } else {
            Self::CommandHolds
        }
    }

    fn of_name(one: &Called, text: &str) -> Self {
        let name = one.name.as_str();
        if one.id.to_lowercase() == text || NameMatcher::new(text).equals(name) {
            Self::NameItself
        } else if NameMatcher::prefix(text).is_match(name) {
            Self::NameBegins
        } else {
            Self::NameHolds
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
