//! The bars of the console (speed, memory, bytes), measured from outside in a pseudo-terminal and printed as ratios
//! beside the physical limit each names, taken in the same run.
//!
//! `cargo bench --bench bars` makes a demo of 1,000,000 customers once (under `target/bench/`) and prints the table that
//! the README carries. `-- --customers N`, `-- --db FILE` and bar numbers (`-- 3 4 5`) narrow a run;
//! `-- --larger FILE` adds a larger workspace to the growth.
//! Every measured screen must show the count that SQL gives, so that a fast wrong answer does not pass.
#![allow(missing_docs, reason = "a benchmark")]
#![allow(
    clippy::pedantic,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a benchmark reads the clock, prints, and stops where it finds the program broken"
)]

mod bare;
mod figures;
mod floor;
mod keys;
mod rest;
mod session;
mod shop;
mod start;
#[path = "../support/vt420.rs"]
mod vt420;

use figures::Lines;
use shop::Shop;

fn main() {
    if std::env::var_os("CAOPAN_BENCH_BARE").is_some() {
        bare::run().expect("the bare program runs");
        return;
    }
    if let Ok(path) = std::env::var("CAOPAN_BENCH_FLOOR") {
        floor::run(&path).expect("the floor runs");
        return;
    }
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let after = |flag: &str| {
        arguments
            .iter()
            .position(|a| a == flag)
            .and_then(|at| arguments.get(at + 1))
    };
    let customers =
        after("--customers").map_or(1_000_000, |n| n.parse().expect("a number of customers"));
    let shop = Shop::open(after("--db").map(String::as_str), customers);
    let wanted: Vec<u8> = arguments
        .iter()
        .filter_map(|a| a.parse().ok())
        .filter(|n| *n <= 14)
        .collect();

    let mut lines = Lines::default();
    for (bars, measure) in MEASURES {
        if wanted.is_empty() || bars.iter().any(|bar| wanted.contains(bar)) {
            eprintln!("measuring {bars:?} …");
            measure(&shop, &mut lines);
        }
    }
    println!(
        "{} customers, 120x40, medians unless said\n",
        shop.customers
    );
    lines.print();
}

/// A measurement and the bars it fills.
type Measure = (&'static [u8], fn(&Shop, &mut Lines));

const MEASURES: &[Measure] = &[
    (&[1, 2, 11], |shop, lines| {
        lines.extend(start::measure(shop))
    }),
    (&[3, 4, 5, 6, 7], |shop, lines| {
        lines.extend(keys::measure(shop));
    }),
    (&[8], |shop, lines| lines.extend(rest::commits(shop))),
    (&[9], |shop, lines| lines.extend(rest::storm(shop))),
    (&[10], |shop, lines| lines.extend(rest::idle(shop))),
    (&[12], |shop, lines| lines.extend(rest::bytes(shop))),
    (&[13], start::growth),
    (&[14], |shop, lines| lines.extend(rest::commands(shop))),
];
