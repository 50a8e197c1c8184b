//! `caopan sync wecom` against a fake WeCom: a process of its own over loopback, misbehaviours included.
//!
//! Larger counts by hand:
//! `CAOPAN_KILLS=1000 cargo test --test sync killed` kills a thousand syncs;
//! `CAOPAN_BIG=200000 CAOPAN_PATIENCE=900 cargo test --release --test sync console -- --nocapture` syncs 200,000 relations of 200 staff, and 1,500 groups.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::pedantic,
    clippy::indexing_slicing,
    clippy::manual_is_multiple_of,
    clippy::disallowed_methods,
    clippy::too_many_arguments,
    clippy::if_same_then_else,
    clippy::unnecessary_get_then_check,
    reason = "a test binary"
)]

#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/pty.rs"]
mod pty;
#[path = "../support/shop.rs"]
mod shop;
#[path = "../support/wecom_world.rs"]
mod world;

mod callbacks;
mod handover;
mod kills;
mod secrets;
mod server;
mod site;
mod waits;
mod whole;

/// Not a test of its own: the process that the others start as their server.
#[test]
fn fake_wecom() {
    server::serve_if_asked();
}
