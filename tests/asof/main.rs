//! Told as of an instant in the past, every figure is the one of a file that ends there.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "../support/loaded.rs"]
mod loaded;
#[path = "../support/shop.rs"]
mod shop;

mod figures;
mod large;
mod open;
mod staff;

use shop::Shop;

fn told(shop: &Shop, file: &str, at: &str, question: &[&str]) -> String {
    let format = if question[0] == "list" {
        "jsonl"
    } else {
        "json"
    };
    let rest = ["--format", format, "--as-of", at, "-w", file];
    shop.good(&[question, &rest].concat())
}
