//! The engine answers what SQL answers, and goes on doing so after any change.
//!
//! A random workspace is filtered, sorted and counted twice: by the engine and by plain SQL over the same file. Then rows
//! are edited at random; the engine that took over the changes must equal one that loads the file anew.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

#[path = "../support/dice.rs"]
mod dice;

mod acts;
mod asked;
mod followed;
mod money;
mod names;
mod orgs;
mod scores;
mod selected;
mod shop;
