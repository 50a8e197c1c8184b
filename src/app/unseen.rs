//! A terminal too small to show anything: nothing is done that the operator could not see.

use super::command::Command;
use super::keymap::Found;
use super::msg::Msg;
use super::state::App;
use super::turn::Turn;

/// Smallest size with panes: columns, rows.
pub const SMALLEST: (u16, u16) = (60, 16);

/// A screen of this size shows no panes.
pub fn is_too_small((columns, rows): (u16, u16)) -> bool {
    columns < SMALLEST.0 || rows < SMALLEST.1
}

impl App {
    /// The terminal shows no panes; one whose size is not known yet may.
    pub(super) fn is_unseen(&self) -> bool {
        self.size != (0, 0) && is_too_small(self.size)
    }

    /// What the operator does to what is not on screen is not done.
    pub(super) fn is_lost(&self, msg: &Msg) -> bool {
        matches!(msg, Msg::Paste(_) | Msg::Click(..) | Msg::Scroll(_)) && self.is_unseen()
    }

    /// A key on a screen that shows nothing leaves, stops or draws again, or does nothing. True: it was such a screen.
    pub(super) fn pressed_unseen(&mut self, found: &Found, turn: &mut Turn) -> bool {
        if !self.is_unseen() {
            return false;
        }
        match found {
            Found::Command(Command::Quit | Command::Close) => self.leave(turn),
            Found::Command(Command::Interrupt) => self.interrupt(turn),
            Found::Command(command @ (Command::Redraw | Command::Suspend)) => {
                self.run_screen(*command, turn);
            }
            Found::Command(_) | Found::Pending | Found::Nothing => {}
        }
        true
    }
}
