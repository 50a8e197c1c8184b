//! Dates and times: what is read lies in years that are believed, and reads as the same moment when it is written plainly.
#![no_main]

use caopan::domain::{Day, Zone};
use caopan::import::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let utc = Zone::parse("UTC").expect("a zone");
    for zone in [Zone::default(), utc] {
        let read = |text: &str| Kind::Customers.kept("first_added_at", text, zone);
        if let Ok(kept) = read(text) {
            let at: i64 = kept.parse().expect("unix seconds");
            let plain = utc.local(at).format("%Y-%m-%dT%H:%M:%SZ").to_string();
            assert_eq!(read(&plain), Ok(kept), "{text:?} as {plain}");
        }
        let day = |text: &str| Kind::Customers.kept("birthday", text, zone);
        if let Ok(kept) = day(text) {
            assert!(Day::parse(&kept).is_some_and(|day| day.to_string() == kept), "{text:?} is {kept}");
            assert_eq!(day(&kept), Ok(kept), "{text:?}");
        }
    }
});
