//! The state of the console and the one function that changes it: `App::update(msg, now) -> effects`.
//!
//! No clock, no I/O, no terminal: keys come in as [`config::keys::Chord`](crate::config), answers as values.

mod ahead;
mod answers;
mod asking;
mod behind;
mod came;
mod card;
mod changes;
pub mod command;
pub(crate) mod copy;
pub mod deed;
mod doing;
mod elsewhere;
mod finding;
pub mod hints;
pub mod hits;
mod input;
pub mod job;
mod jobs;
pub mod keymap;
mod late;
pub mod layout;
mod line;
pub mod list;
mod looked_up;
mod marks;
mod motion;
mod mouse;
mod moving;
pub mod msg;
mod naming;
mod news;
pub mod now;
mod outside;
pub mod overlay;
mod overlays;
mod own;
mod palette;
pub mod panes;
mod projector;
mod questions;
mod scope;
pub mod setup;
mod sheet;
mod shell;
pub mod state;
mod terms;
mod toast;
mod turn;
mod typing;
pub mod under_way;
pub mod unseen;
mod update;
mod views;

#[cfg(test)]
mod tests;

pub use command::Command;
pub use keymap::Keymap;
pub use msg::{Effect, Msg};
pub use now::Now;
pub use state::App;
