//! What is asked long after the key that led to it: it waits until nothing is being typed, and takes no key that was aimed at
//! what was there before it.

use std::collections::VecDeque;

use crate::domain::SafeText;

use super::deed::Edit;
use super::overlay::Meant;
use super::state::App;
use super::turn::Turn;
use super::under_way::Sent;

/// Nobody types who has pressed no key for so long (milliseconds).
const QUIET: u64 = 1_500;
/// A key so soon after a question opened by itself was aimed at what was there before it (milliseconds).
const FRESH: u64 = 600;
/// What is asked within this time of the key that led to it comes as no surprise (milliseconds).
const AT_ONCE: u64 = 500;

/// Something to ask.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// Whether this is meant.
    Sure(String, Meant),
    /// The name of an edit again: there is none such, the nearest one.
    NoSuch(Edit, Option<SafeText>),
    /// Which of several is meant: their ids.
    Several(Edit, Vec<SafeText>),
}

/// What waits to be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Late {
    waiting: VecDeque<Asked>,
    /// Keys and pastes so far.
    keys: u64,
    /// When the last one came (monotonic ms).
    key_at: u64,
    /// What opened by itself, and when; until the next key.
    opened: Option<(u64, Asked)>,
}

impl Late {
    /// Keys and pastes so far.
    pub(super) fn keys(&self) -> u64 {
        self.keys
    }
}

impl App {
    /// A key or a paste has come. A question that opened only just steps back: the key was not for it.
    pub(super) fn pressed(&mut self, millis: u64) {
        let late = &mut self.memory.late;
        (late.keys, late.key_at) = (late.keys + 1, millis);
        if let Some((at, asked)) = late.opened.take()
            && millis < at + FRESH
            && self.overlays.len() == 1
        {
            self.overlays.clear();
            self.memory.late.waiting.push_front(asked);
            self.dirty = true;
        }
    }

    /// Asks at once where the operator has done nothing since, else when nothing is being typed.
    pub(super) fn ask_in_time(&mut self, asked: Asked, sent: Option<Sent>, turn: &mut Turn) {
        let (now, keys) = (turn.now.millis, self.memory.late.keys);
        let went_on = sent.is_some_and(|sent| sent.keys != keys);
        if went_on || !self.is_bare() {
            self.memory.late.waiting.push_back(asked);
            self.dirty = true;
            return;
        }
        if sent.is_some_and(|sent| now > sent.at + AT_ONCE) {
            self.memory.late.opened = Some((now, asked.clone()));
        }
        self.open_asked(asked, turn);
    }

    /// Asks what waits, once nothing is being typed.
    pub(super) fn ask_late(&mut self, turn: &mut Turn) {
        let now = turn.now.millis;
        if self.late_due().is_some_and(|at| at <= now)
            && let Some(asked) = self.memory.late.waiting.pop_front()
        {
            self.memory.late.opened = Some((now, asked.clone()));
            self.open_asked(asked, turn);
        }
    }

    /// When what waits may be asked (monotonic ms); `None` while something else has the keys.
    pub(super) fn late_due(&self) -> Option<u64> {
        let late = &self.memory.late;
        (!late.waiting.is_empty() && self.is_bare()).then_some(late.key_at + QUIET)
    }

    /// Something waits to be asked.
    pub(super) fn is_asked_later(&self) -> bool {
        !self.memory.late.waiting.is_empty()
    }

    /// The first of what waits to be asked, in words.
    pub fn asked_later(&self) -> Option<String> {
        Some(match self.memory.late.waiting.front()? {
            Asked::Sure(words, _) => words.clone(),
            Asked::NoSuch(edit, near) => self.no_such(
                edit.editing,
                SafeText::new(&edit.name).as_str(),
                near.clone(),
            ),
            Asked::Several(edit, ids) => self.words_of_several(edit, ids.len()),
        })
    }

    /// Nothing has the keys but the panes.
    fn is_bare(&self) -> bool {
        let typing = self.prefix.is_some() || !self.overlays.is_empty();
        !typing && self.projector.is_none() && !self.is_unseen()
    }

    fn open_asked(&mut self, asked: Asked, turn: &mut Turn) {
        match asked {
            Asked::Sure(words, meant) => self.ask(words, meant),
            Asked::NoSuch(edit, near) => self.name_refused(edit, near, turn),
            Asked::Several(edit, ids) => self.name_of_several(edit, &ids),
        }
    }
}
