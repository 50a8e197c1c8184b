//! `App::update(msg, now) -> effects`: the one writer of the console's state.
//!
//! A key goes to the overlay on top, else continues the unfinished sequence, else to the focused pane, else to what
//! holds in every pane; the contexts of the keymap are listed in that order. After every message the wanted questions
//! are derived from the state ([`super::asking`]).

use crate::config::keys::{Chord, Context, Key};

use super::command::Command;
use super::input::{folded, is_han};
use super::keymap::Found;
use super::msg::{Effect, Msg};
use super::now::Now;
use super::overlay::Overlay;
use super::state::{App, Prefix};
use super::turn::Turn;

impl App {
    /// Takes one message; `dirty` says afterwards whether anything visible changed.
    pub fn update(&mut self, msg: Msg, now: Now) -> Vec<Effect> {
        let mut turn = Turn {
            now,
            effects: Vec::new(),
        };
        match msg {
            lost if self.is_lost(&lost) => {}
            Msg::Key(chord) => {
                self.memory.card.wait(now.millis);
                self.pressed(now.millis);
                self.key(folded(chord), &mut turn);
            }
            Msg::Paste(text) => self.pasted(&text, &mut turn),
            Msg::Click(x, y) => self.clicked(x, y),
            Msg::Scroll(rows) => self.scrolled(rows, &mut turn),
            Msg::Resize(width, height) => {
                self.dirty |= self.size != (width, height);
                self.size = (width, height);
                self.hits.lists.clear();
            }
            Msg::Answer(slot, generation, answer) => {
                self.answered(slot, generation, *answer, &mut turn);
            }
            Msg::Notice(notice) => self.noticed(notice, &mut turn),
            Msg::Deadline => {}
            Msg::Drawn(hits) => self.hits = hits,
            Msg::Copied(result) => self.copied(result, &mut turn),
            Msg::Came(came) => self.came(came, &mut turn),
            Msg::Jobs(jobs) => self.jobs_told(jobs, &mut turn),
            Msg::Held(seconds) => self.held(seconds),
            Msg::Views(was, now) => self.views_told(&was, &now),
            Msg::Resumed => {
                self.dirty = true;
                turn.effects.push(Effect::Redraw);
            }
        }
        self.serve_deadlines(now);
        self.ask_late(&mut turn);
        self.follow(now.millis);
        self.ask_wanted(&mut turn);
        self.settle_lists();
        turn.effects
    }

    /// The next moment (monotonic ms) at which anything on screen changes by itself.
    pub fn next_deadline(&self) -> Option<u64> {
        let which_key = self.memory.times.which_key;
        let popup = self
            .prefix
            .as_ref()
            .filter(|_| which_key > 0)
            .map(|prefix| prefix.since + which_key)
            .filter(|at| *at > self.memory.served);
        let toast = self.toasts.iter().map(|toast| toast.until).min();
        let served = self.memory.served;
        let page = self.projector.as_ref().and_then(|p| p.next_step(served));
        [
            popup,
            toast,
            page,
            self.marks_end(),
            self.follow_due(),
            self.late_due(),
            Some(self.memory.minute_at),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The popup after a prefix is open.
    pub fn popup_open(&self, now: Now) -> bool {
        let which_key = self.memory.times.which_key;
        which_key > 0
            && self
                .prefix
                .as_ref()
                .is_some_and(|prefix| now.millis >= prefix.since + which_key)
    }

    fn serve_deadlines(&mut self, now: Now) {
        let millis = now.millis;
        let toasts = self.toasts.len();
        self.toasts.retain(|toast| toast.until > millis);
        self.dirty |= toasts != self.toasts.len();
        self.dirty |= self.expire_marks(millis);
        if let Some(prefix) = &self.prefix {
            let opens = prefix.since + self.memory.times.which_key;
            self.dirty |= opens <= millis && opens > self.memory.served;
        }
        self.dirty |= self.projector.as_ref().is_some_and(|p| {
            let step = p.next_step(self.memory.served);
            step.is_some_and(|at| at <= millis)
        });
        self.turn_pages(now);
        if millis >= self.memory.minute_at {
            self.dirty |= self.memory.minute_at > 0;
            let into = u64::try_from(now.unix.rem_euclid(60)).unwrap_or(0);
            self.memory.minute_at = millis + (60 - into) * 1_000;
        }
        self.memory.served = millis;
    }

    pub(super) fn key(&mut self, chord: Chord, turn: &mut Turn) {
        let contexts = self.contexts();
        let mut chords: Vec<Chord> = self
            .prefix
            .take()
            .map(|prefix| prefix.chords)
            .unwrap_or_default();
        let begun = !chords.is_empty();
        self.dirty |= begun;
        if begun && (chord == Chord::plain(Key::Esc) || chord == Chord::ctrl('c')) {
            self.panes.customers.second = false;
            return;
        }
        chords.push(chord);
        let found = self.keymap.find(&contexts, &chords);
        if self.pressed_unseen(&found, turn) {
            return;
        }
        if !matches!(found, Found::Command(Command::Move(_))) {
            self.unsay();
        }
        match found {
            Found::Command(command) => self.run(command, turn),
            Found::Pending => {
                self.dirty = true;
                self.prefix = Some(Prefix {
                    chords,
                    since: turn.now.millis,
                });
            }
            Found::Nothing if begun => {
                self.panes.customers.second = false;
                self.say_where(&chords, turn);
            }
            Found::Nothing if self.in_text() => self.typed(chord, turn),
            Found::Nothing => {
                if let Key::Char(c) = chord.key
                    && is_han(c)
                {
                    self.chinese_arrived(&c.to_string(), turn);
                } else {
                    self.say_where(&chords, turn);
                }
            }
        }
    }

    /// Would this key leave the console, or ask whether to?
    pub fn leaves(&self, chord: Chord) -> bool {
        let found = self.keymap.find(&self.contexts(), &[chord]);
        matches!(found, Found::Command(Command::Quit | Command::Interrupt)) && self.prefix.is_none()
    }

    /// A text field has the keys.
    pub(super) fn in_text(&self) -> bool {
        self.projector.is_none() && self.overlays.last().is_some_and(Overlay::is_text)
    }

    /// Does a command.
    pub(super) fn run(&mut self, command: Command, turn: &mut Turn) {
        if self.move_along_rows(command) {
            return;
        }
        self.dirty = true;
        if self.may_not_write(command, turn) {
            return;
        }
        if command.is_about_the_row() {
            self.hold_row(self.focus, true);
        }
        if self.projector.is_some() {
            self.run_in_projector(command, turn);
        } else if self.overlays.is_empty() {
            self.run_in_pane(command, turn);
        } else if !self.run_in_overlay(command, turn) {
            // What belongs to the panes is done there, with nothing left over them.
            let anywhere = command
                .entry()
                .is_some_and(|entry| entry.contexts.contains(&Context::Always));
            if !anywhere {
                self.overlays.clear();
            }
            self.run_in_pane(command, turn);
        }
        self.last_command = Some(command);
    }

    #[expect(
        clippy::too_many_lines,
        reason = "the whole dispatch at a glance, one line a command"
    )]
    fn run_in_pane(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::Quit => self.quit(turn),
            Command::Close => {
                if self.zoom {
                    self.zoom = false;
                } else {
                    self.quit(turn);
                }
            }
            Command::Interrupt => self.interrupt(turn),
            Command::Focus(pane) => self.focus_on(pane),
            Command::NextBox => self.cycle_box(1),
            Command::PreviousBox => self.cycle_box(-1),
            Command::Move(motion) => self.move_in_pane(motion),
            Command::Open => self.open(turn),
            Command::Back => self.escape(turn),
            Command::HistoryBack
            | Command::HistoryForward
            | Command::HistoryLast
            | Command::FilterEdit
            | Command::FilterAdd
            | Command::FilterExclude
            | Command::FilterClear
            | Command::Period(_)
            | Command::PeriodEdit
            | Command::Org
            | Command::GoOwner
            | Command::GoCustomers
            | Command::GoCampaign => self.run_scope(command, turn),
            Command::Mark | Command::MarkRange | Command::MarkAll | Command::MarkInvert => {
                self.run_marks(command, turn);
            }
            Command::Sort(_)
            | Command::SortGroups(_)
            | Command::SortReverse
            | Command::SortDefault
            | Command::SortSecond
            | Command::Gmv(_)
            | Command::BoardMetric(_) => self.run_order(command, turn),
            Command::CommandLine
            | Command::Palette
            | Command::Help
            | Command::Columns
            | Command::Views
            | Command::SaveView
            | Command::Changes
            | Command::Jobs
            | Command::Definition
            | Command::ColumnHelp => self.open_overlay(command, turn),
            Command::Copy(what) => self.copy(what, turn),
            Command::Export(format) => self.prompt_export(format, turn),
            Command::Edit(editing) => self.prompt_edit(editing, turn),
            Command::Undo => self.undo(turn),
            Command::Redo => self.redo(turn),
            Command::NextChange => self.next_change(turn),
            Command::Freeze => self.toggle_freeze(turn),
            Command::Refresh => self.refresh(turn),
            Command::Zoom
            | Command::Layout
            | Command::Projector
            | Command::Mask
            | Command::Mouse
            | Command::Redraw
            | Command::Suspend
            | Command::Language => self.run_screen(command, turn),
            // Only inside overlays and the projector.
            Command::ColumnToggle
            | Command::ColumnEarlier
            | Command::ColumnLater
            | Command::ColumnsDefault
            | Command::ViewRemove
            | Command::Complete
            | Command::Yes
            | Command::No
            | Command::PagePause
            | Command::PageNext
            | Command::PagePrevious
            | Command::Page(_) => {}
        }
    }

    /// What the whole screen does; the same over panes and in the projector.
    pub(super) fn run_screen(&mut self, command: Command, turn: &mut Turn) {
        match command {
            Command::Zoom => self.zoom = !self.zoom,
            Command::Layout => {
                self.layout = self.layout.next();
                self.zoom = false;
                self.toast_layout(turn);
                self.keep(turn);
            }
            Command::Projector => self.present(turn.now, false, turn),
            Command::Mask if self.look.mask => self
                .overlays
                .push(Overlay::Confirm("confirm.unmask", Command::Mask)),
            Command::Mask => self.set_mask(true, turn),
            Command::Mouse => {
                self.look.mouse = !self.look.mouse;
                turn.effects.push(Effect::Mouse(self.look.mouse));
                let words = if self.look.mouse {
                    ("鼠标已开", "Mouse on")
                } else {
                    ("鼠标已关", "Mouse off")
                };
                self.toast(turn, words, false);
            }
            Command::Redraw => turn.effects.push(Effect::Redraw),
            Command::Suspend => turn.effects.push(Effect::Suspend),
            Command::Language => self.switch_language(),
            _ => {}
        }
    }

    /// Esc at the panes: one step back, never out.
    fn escape(&mut self, turn: &mut Turn) {
        if self.zoom {
            self.zoom = false;
        } else if !self.leave_opened(turn) {
            self.toast(
                turn,
                ("已在最外层, q 退出", "Nothing to go back to; q leaves"),
                false,
            );
        }
    }

    /// The private state is to be kept; once per message.
    pub(super) fn keep(&mut self, turn: &mut Turn) {
        self.dirty = true;
        if !turn.effects.contains(&Effect::Save) {
            turn.effects.push(Effect::Save);
        }
    }

    fn toggle_freeze(&mut self, turn: &mut Turn) {
        match self.freeze.take() {
            Some(_) => self.memory.questions.all_stale(),
            None => {
                self.freeze = Some(super::state::Freeze {
                    since: turn.now.unix,
                    waiting: 0,
                });
            }
        }
    }

    pub(super) fn refresh(&mut self, turn: &mut Turn) {
        self.memory.questions.all_stale();
        // What is wrong stays said: the same rows come again.
        if self.workspace.trouble.is_none() {
            self.toast(turn, ("已刷新", "Asked again"), false);
        }
    }

    fn cycle_box(&mut self, step: i8) {
        let mut panes = self.shown().panes;
        if panes.len() < 2 {
            panes = super::panes::Pane::ALL.to_vec();
        }
        let at = panes
            .iter()
            .position(|pane| *pane == self.focus)
            .unwrap_or(0);
        let to = if step > 0 {
            (at + 1) % panes.len()
        } else {
            (at + panes.len() - 1) % panes.len()
        };
        if let Some(pane) = panes.get(to) {
            self.focus_on(*pane);
        }
    }
}
