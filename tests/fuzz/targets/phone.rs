//! Phone numbers: what is kept is short, has digits (or is a whole mask) and no control character, and is kept as it is
//! when it is read again.
#![no_main]

use caopan::domain::{Zone, mask};
use caopan::import::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = |text: &str| Kind::Customers.kept("phone", text, Zone::default());
    if let Ok(kept) = read(text) {
        let tells = kept == mask::WHOLE || kept.chars().any(|c| c.is_ascii_digit());
        assert!(kept.len() <= 32 && tells, "{text:?} is {kept:?}");
        assert!(!kept.chars().any(char::is_control), "{text:?} is {kept:?}");
        assert_eq!(read(&kept), Ok(kept), "{text:?}");
    }
});
