//! Amounts of yuan: what is read is whole fen, and reads as the same fen when it is written plainly.
#![no_main]

use caopan::domain::Zone;
use caopan::import::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for (kind, column) in [(Kind::Orders, "paid_yuan"), (Kind::Costs, "amount_yuan")] {
        let read = |text: &str| kind.kept(column, text, Zone::default());
        let Ok(kept) = read(text) else {
            continue;
        };
        let fen: i64 = kept.parse().expect("whole fen");
        assert!(fen.abs() < 1_000_000_000_000_000, "{text:?} is {fen}: sums would not fit");
        assert!(fen >= 0 || kind == Kind::Costs, "{text:?} is {fen}");
        let sign = if fen < 0 { "-" } else { "" };
        let plain = format!("{sign}{}.{:02}", fen.abs() / 100, fen.abs() % 100);
        assert_eq!(read(&plain), Ok(kept), "{text:?} as {plain}");
    }
});
