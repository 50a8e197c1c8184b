//! What reaches the app, and what it asks the runtime to do.

use super::hits::Hits;
use super::job::Job;
use crate::config::keys::Chord;
use crate::config::state::KeptView;
use crate::engine::request::{Answer, Notice, Question, Scope, Slot};

/// A cause.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// A key (press or repeat), already folded from full-width.
    Key(Chord),
    /// Pasted or IME-committed text.
    Paste(String),
    /// A mouse click at a cell.
    Click(u16, u16),
    /// Mouse wheel: rows, negative is up.
    Scroll(i32),
    /// The terminal's size: columns, rows.
    Resize(u16, u16),
    /// The store answered a slot's question of this generation.
    Answer(Slot, u64, Box<Answer>),
    /// The store says something.
    Notice(Notice),
    /// The moment named by [`super::App::next_deadline`] has come.
    Deadline,
    /// What the last frame put where.
    Drawn(Hits),
    /// A copy worked (the way it went) or not (why).
    Copied(Result<&'static str, String>),
    /// What came of a deed.
    Came(super::deed::Came),
    /// Another process writes: the first deed has waited so many seconds for it.
    Held(u64),
    /// How the detached imports stand, newest first.
    Jobs(Vec<Job>),
    /// The saved views are those now, with what other consoles did to those that were.
    Views(Vec<KeptView>, Vec<KeptView>),
    /// Back from a suspension.
    Resumed,
}

/// A consequence, performed by the runtime. Effects never call update themselves.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Put this question into the slot; replies carry the generation.
    Ask(Slot, u64, Question),
    /// Nobody looks at the slot any more.
    Forget(Slot),
    /// This scope is one key away.
    Ahead(Scope),
    /// To the clipboard.
    Copy(String),
    /// Mouse reporting on or off.
    Mouse(bool),
    /// Masking at the store's edge on or off.
    Mask(bool),
    /// Write a file, edit customers, take an act back.
    Do(super::deed::Deed),
    /// Give up the deeds that were sent out, as far as they have not begun.
    Cancel,
    /// Clear and draw everything.
    Redraw,
    /// Give the terminal back and stop the process until it is continued.
    Suspend,
    /// Keep the private state (layout, filter, views) in the state directory.
    Save,
    /// Leave.
    Quit,
}
