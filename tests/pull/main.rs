//! Pulls from a real PostgreSQL: the server's rows, once, through updates, late commits, deletions, bad rows, cut lines
//! and kills; and never a password.
//!
//! `CAOPAN_PULL_KILLS=1000 cargo test --release --test pull killed` kills a thousand times;
//! `CAOPAN_PULL_ROWS=100000 cargo test --release --test pull flat -- --nocapture` prints rate and memory.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test binary"
)]

#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/postgres.rs"]
mod postgres_server;
#[path = "../support/shop.rs"]
mod shop;

mod deleted;
mod kills;
mod mappings;
mod pages;
mod passwords;
mod refused;
mod servers;
mod town;
