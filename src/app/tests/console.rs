//! A driver that types keys at the console, over the small store.

use super::desk::Desk;
use crate::app::msg::{Effect, Msg};
use crate::app::now::Now;
use crate::app::state::App;
use crate::config::keys::Chord;
use crate::engine::request::{Question, Slot};
use crate::filter::print;

/// Chords of a text: characters, and names in angle brackets (`<ret>`, `<esc>`, `<ctrl-c>`).
pub fn keys(typed: &str) -> Vec<Chord> {
    let mut chords = Vec::new();
    let mut rest = typed;
    while let Some(c) = rest.chars().next() {
        let named = rest
            .strip_prefix('<')
            .and_then(|tail| tail.split_once('>'))
            .filter(|(name, _)| {
                name.len() > 1
                    && !name.contains('<')
                    && !name.starts_with(|c: char| c.is_ascii_digit())
            });
        if let Some((name, tail)) = named {
            let name = if name == "ret" { "enter" } else { name };
            chords.push(name.parse().unwrap());
            rest = tail;
        } else {
            chords.push(Chord::char(c));
            rest = rest.strip_prefix(c).unwrap();
        }
    }
    chords
}

/// A console over the small store.
pub struct Console {
    pub app: App,
    pub desk: Desk,
    pub now: Now,
    /// Effects since last taken, questions left out.
    pub effects: Vec<Effect>,
    /// Questions asked since last counted.
    pub asked: Vec<(Slot, Question)>,
    /// Filters told to be one key away.
    pub ahead: Vec<String>,
    standing: Vec<(Slot, u64, Question)>,
    /// Answers are kept back.
    pub hold: bool,
}

impl Console {
    /// A console of this size, its first questions answered.
    pub fn new(customers: usize, size: (u16, u16)) -> Self {
        let mut console = Self {
            app: App::default(),
            desk: Desk::new(customers),
            now: Now {
                millis: 1_000,
                unix: 1_000_020,
            },
            effects: Vec::new(),
            asked: Vec::new(),
            ahead: Vec::new(),
            standing: Vec::new(),
            hold: false,
        };
        console.send(Msg::Resize(size.0, size.1));
        console.asked.clear();
        console.app.dirty = false;
        console
    }

    /// Sends a message, answers what it asks.
    pub fn send(&mut self, msg: Msg) {
        let mut queue = vec![msg];
        let mut rounds = 0;
        while let Some(msg) = queue.pop() {
            rounds += 1;
            assert!(rounds < 200, "questions without end");
            for effect in self.app.update(msg, self.now) {
                match effect {
                    Effect::Ask(slot, generation, question) => {
                        self.standing.retain(|(s, _, _)| *s != slot);
                        self.standing.push((slot, generation, question.clone()));
                        if !self.hold {
                            let answer = self.desk.answer(&question);
                            queue.insert(0, Msg::Answer(slot, generation, Box::new(answer)));
                        }
                        self.asked.push((slot, question));
                    }
                    Effect::Ahead(scope) => self.ahead.push(print(&scope.filter)),
                    Effect::Forget(slot) => self.standing.retain(|(s, _, _)| *s != slot),
                    other => self.effects.push(other),
                }
            }
        }
    }

    /// Types keys.
    pub fn keys(&mut self, typed: &str) -> &mut Self {
        for chord in keys(typed) {
            self.send(Msg::Key(chord));
        }
        self
    }

    /// The workspace changed: every standing question is answered again.
    pub fn commit(&mut self) {
        self.desk.revision += 1;
        for (slot, generation, question) in self.standing.clone() {
            let answer = self.desk.answer(&question);
            self.send(Msg::Answer(slot, generation, Box::new(answer)));
        }
    }

    /// Time passes.
    pub fn wait(&mut self, millis: u64) {
        self.now.millis += millis;
        self.now.unix += i64::try_from(millis / 1_000).unwrap();
        self.send(Msg::Deadline);
    }

    /// The customer under the cursor.
    pub fn under(&self) -> &str {
        self.app
            .panes
            .customers
            .list
            .cursor
            .as_ref()
            .map_or("", |id| id.as_str())
    }

    /// The filter in force.
    pub fn filter(&self) -> String {
        print(&self.app.scope.filter)
    }

    /// Slots asked since the last look.
    pub fn slots(&mut self) -> Vec<Slot> {
        let mut slots: Vec<Slot> = std::mem::take(&mut self.asked)
            .into_iter()
            .map(|(slot, _)| slot)
            .collect();
        slots.sort();
        slots.dedup();
        slots
    }

    /// What the messages on screen say.
    pub fn toasts(&self) -> String {
        let texts: Vec<&str> = self
            .app
            .toasts
            .iter()
            .map(|toast| toast.text.as_str())
            .collect();
        texts.join("|")
    }
}
