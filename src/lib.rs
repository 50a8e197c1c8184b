//! caopan (操盘): a terminal operations console over one SQLite workspace.
//!
//! Rooms, in the order of the data's way through the house:
//! file → [`store`] → [`engine`] → [`workspace`] → [`app`] → [`ui`] → terminal ([`runtime`]).
//! [`domain`] is the vocabulary with every formula, [`filter`] the filter language, [`config`] settings, keys, themes
//! and words, [`import`] the way in, [`cli`] the commands.
//!
//! `workspace` is the room between store and app: it owns the connections and the engine and answers questions.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod filter;
pub mod import;
pub mod runtime;
pub mod store;
pub mod ui;
pub mod workspace;
