//! The filter language: whatever parses prints to something that parses to the same.
#![no_main]

use caopan::filter::fields::Entity;
use caopan::filter::{Ctx, parse, print};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ctx = Ctx::of(Entity::Customers);
    if let Ok(filter) = parse(text, &ctx) {
        let printed = print(&filter);
        let again = parse(&printed, &ctx).unwrap_or_else(|_| panic!("{printed:?} does not parse"));
        assert_eq!(again, filter, "{printed:?}");
    }
});
