//! Deeds that were sent out and have not come back: said for as long as they last, and given up on the key that stops things.

use std::collections::VecDeque;

use super::deed::{Came, Deed};
use super::msg::Effect;
use super::state::App;
use super::turn::Turn;

/// What kind of deed is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It changes the workspace.
    Writes,
    /// It makes a file.
    Exports,
}

/// A deed that was sent out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    work: Work,
    /// Keys pressed until then.
    pub(super) keys: u64,
    /// When (monotonic ms).
    pub(super) at: u64,
}

/// Deeds under way: they come back in the order they were sent in.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay {
    sent: VecDeque<Sent>,
    /// Another process has kept the first of them waiting for so many seconds.
    held: Option<u64>,
    /// The operator has told them to stop.
    stopping: bool,
}

impl UnderWay {
    /// A deed goes out. Names a field offers are not waited for.
    pub(super) fn sent(&mut self, deed: &Deed, keys: u64, at: u64) {
        let work = match deed {
            Deed::Names(_) => return,
            Deed::Export(_) => Work::Exports,
            Deed::Edit(_) | Deed::NewTag(_) | Deed::Undo | Deed::Redo | Deed::Reveal => {
                Work::Writes
            }
        };
        self.sent.push_back(Sent { work, keys, at });
    }

    /// One came back: which it was.
    pub(super) fn came(&mut self, came: &Came) -> Option<Sent> {
        if matches!(came, Came::Names(..) | Came::NoNames(_)) {
            return None;
        }
        let done = self.sent.pop_front();
        self.held = None;
        self.stopping &= !self.sent.is_empty();
        done
    }
}

impl App {
    /// What is under way: what kind it is of, how many, and for how many seconds another process has held it up.
    pub fn under_way(&self) -> Option<(Work, usize, Option<u64>)> {
        let under_way = &self.memory.under_way;
        let first = under_way.sent.front()?;
        let alike = under_way.sent.iter().filter(|sent| sent.work == first.work);
        Some((first.work, alike.count(), under_way.held))
    }

    /// Another process writes and has kept the first deed waiting for so many seconds.
    pub(super) fn held(&mut self, seconds: u64) {
        let under_way = &mut self.memory.under_way;
        under_way.held = Some(seconds).filter(|_| !under_way.sent.is_empty());
        self.dirty = true;
    }

    /// Gives up what is under way, as far as it has not begun; false where there is nothing, or it was told before.
    fn stop_deeds(&mut self, turn: &mut Turn) -> bool {
        let under_way = &mut self.memory.under_way;
        if under_way.sent.is_empty() || std::mem::replace(&mut under_way.stopping, true) {
            return false;
        }
        turn.effects.push(Effect::Cancel);
        true
    }

    /// Says that a deed was given up.
    pub(super) fn given_up(&mut self, sent: Option<Sent>, turn: &mut Turn) {
        let words = match sent.map(|sent| sent.work) {
            Some(Work::Exports) => ("已取消, 没有导出", "Given up: nothing was exported"),
            Some(Work::Writes) | None => ("已取消, 没有写入", "Given up: nothing was written"),
        };
        self.toast(turn, words, true);
    }

    /// The key that stops things: what is under way first, then the console, asked for twice.
    pub(super) fn interrupt(&mut self, turn: &mut Turn) {
        if self.stop_deeds(turn) {
            return;
        }
        let now = turn.now.millis;
        let again = self
            .memory
            .interrupted
            .replace(now)
            .is_some_and(|before| now < before + 2_000);
        if again {
            self.leave(turn);
        } else {
            self.toast(turn, ("再按一次 Ctrl-C 退出", "Ctrl-C again leaves"), false);
        }
    }

    /// Leaves; asks first where what was done would not be written then.
    pub(super) fn quit(&mut self, turn: &mut Turn) {
        let writes = self.under_way().filter(|(work, ..)| *work == Work::Writes);
        let held = writes.is_some_and(|(.., held)| held.is_some());
        if held || self.is_asked_later() {
            let words = self.word((
                "还有改动没有写入, 现在退出就不写了。退出?",
                "Something is not written yet, and will not be if you leave now. Leave?",
            ));
            self.ask(words.to_owned(), super::overlay::Meant::Leave);
        } else {
            self.leave(turn);
        }
    }

    /// Leaves.
    pub(super) fn leave(&mut self, turn: &mut Turn) {
        self.keep(turn);
        turn.effects.push(Effect::Quit);
    }
}
