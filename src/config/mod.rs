//! Settings, keys, themes and words: embedded defaults, overridden by the user's files.

pub mod keys;
mod pacing;
pub mod paths;
pub mod place;
pub mod settings;
pub mod state;
pub mod theme;
pub mod words;
