//! caopan (操盘): a terminal operations console over one SQLite workspace.
//!
//! # Rooms
//!
//! Rows travel one way: file → [`store`] → [`engine`] → [`workspace`] → [`app`] → [`ui`] → [`runtime`] → terminal.
//! Questions travel back as values, and nobody reaches back over a room (`tests/layers.rs` holds who may import whom).
//!
//! | room | what it is | what it never has |
//! |---|---|---|
//! | [`domain`] | the vocabulary, and every formula once | files, clocks, threads |
//! | [`filter`] | the filter language: read, print, complete, evaluate | as above |
//! | [`config`] | settings, keys, themes and words: embedded, overridden by the user's files | rows |
//! | [`store`] | the SQLite file, and the only knowledge of its tables | panes, formulas |
//! | [`import`] | files of rows → one checked transaction | screens |
//! | [`wecom`] | WeCom's server API → rows, page by page | screens, other hosts |
//! | [`pull`] | a larger PostgreSQL → rows, slice by slice | screens |
//! | [`export`] | rows → files for others | questions of its own |
//! | [`engine`] | the customers in memory: filter, count, order, window; the answers of the panes | connections |
//! | [`workspace`] | an open file with its engine; turns a question into an answer | keys, colours |
//! | [`app`] | the state of the console and the one function that changes it | a clock, I/O, the terminal |
//! | [`ui`] | draws that state into a buffer | decisions |
//! | [`runtime`] | the loop: keys, signals, deadlines, the terminal's bytes | rows |
//! | [`cli`] | one file a command; ties the rooms together | figures of its own |
//!
//! `workspace` is a room of its own because two things must not know each other: [`store`] knows tables and nothing of
//! panes, [`engine`] knows columns in memory and nothing of files (its loader reads through `store`). Somebody has to
//! hold a connection beside an engine, apply commits to it, say how old each source is and answer before the engine has
//! loaded. The console does that on the thread of [`workspace::desk`], a command calls [`workspace::Workspace`] directly:
//! both get the same [`engine::request::Answer`], so a pane and its command cannot disagree. [`runtime::desk::Desk`]
//! is all the loop sees of it.
//!
//! # What always holds
//!
//! - **One writer of state**: [`app::App::update`] takes a message and the time and returns effects; whoever draws reads.
//! - **One reader of the clock**: [`runtime::clock`]. Everywhere else now is an argument, so `--as-of` reproduces a figure.
//! - **One owner of connections**: [`store`] opens every one of them and sets it up alike. Readers never block; a write
//!   is one short immediate transaction; no read transaction outlives an answer.
//! - **Text is safe once**: what a workspace holds becomes [`domain::SafeText`] where it leaves the store, and nothing
//!   else is drawn, printed or named in an error. Names and phones are masked where rows leave the workspace
//!   ([`engine::Disclosure`]), so screen, copy and commands agree.
//! - **Standing questions**: a pane asks one [`engine::request::Question`] for its [`engine::request::Slot`] and is
//!   answered again at every commit until it asks another. The newest question of a slot wins, answers carry its
//!   generation, and old ones are dropped. An answer is owned, whole, and says what it was computed from
//!   ([`engine::answer::Stamp`]).
//! - **One row a metric**: [`domain::metric`] gives its name, unit, direction and definition; panes, commands and help read that row.
//! - **Nothing changed, nothing written**: not one byte to the terminal, not one row to the file.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod export;
pub mod filter;
pub mod import;
pub mod pull;
pub mod runtime;
pub mod store;
pub mod ui;
pub mod wecom;
pub mod workspace;
