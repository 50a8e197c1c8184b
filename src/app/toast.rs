//! What the console says for a few seconds, and the words it says it in.

use crate::domain::SafeText;

use super::now::Now;
use super::state::{App, Toast};
use super::turn::Turn;

impl App {
    /// A word of the app itself in the interface language.
    pub(super) fn word(&self, words: (&'static str, &'static str)) -> &'static str {
        match self.look.lang {
            crate::domain::Lang::Zh => words.0,
            crate::domain::Lang::En => words.1,
        }
    }

    /// Says something for a few seconds.
    pub(super) fn toast(&mut self, turn: &Turn, words: (&'static str, &'static str), error: bool) {
        let text = self.word(words).to_owned();
        self.toast_text(turn, text, error);
    }

    /// Says that the private state of before could not be read, and stays as it is.
    pub fn say_unread_state(&mut self, file: &SafeText, why: std::io::ErrorKind, now: Now) {
        let words = (
            "读不出上次的筛选与视图, 本次的改动不保存",
            "The filters and views of before cannot be read, and those of now are not kept",
        );
        let text = format!("{}: {file}: {why}", self.word(words));
        let effects = Vec::new();
        self.toast_text(&Turn { now, effects }, text, true);
    }

    /// An act follows: what was said before it says nothing of what is now. Moving the cursor is no act, so that a receipt
    /// which comes while a key is held down is still read.
    pub(super) fn unsay(&mut self) {
        self.dirty |= !self.toasts.is_empty();
        self.toasts.clear();
    }

    /// Says something for a few seconds; the same thing is not said twice at once.
    pub(super) fn toast_text(&mut self, turn: &Turn, text: String, error: bool) {
        self.toasts.retain(|toast| toast.text != text);
        if self.toasts.len() >= 3 {
            self.toasts.remove(0);
        }
        self.toasts.push(Toast {
            text,
            error,
            until: turn.now.millis + self.memory.times.toast,
        });
        self.dirty = true;
    }
}
