//! The state of the console and the one function that changes it: `App::update(msg, now) -> effects`.
//!
//! No clock, no I/O, no terminal: keys come in as [`config::keys::Chord`](crate::config), answers as values.

pub mod command;
pub mod hints;
pub mod keymap;
pub mod layout;
pub mod list;
pub mod msg;
pub mod overlay;
pub mod panes;
pub mod state;

pub use command::Command;
pub use keymap::Keymap;
pub use msg::{Effect, Msg, Now};
pub use state::App;
