//! Phone numbers: what is kept is short, has digits and no control character, and is kept as it is when it is read again.
#![no_main]

use caopan::domain::Zone;
use caopan::import::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let read = |text: &str| Kind::Customers.kept("phone", text, Zone::default());
    if let Ok(kept) = read(text) {
        assert!(kept.len() <= 32 && kept.chars().any(|c| c.is_ascii_digit()), "{text:?} is {kept:?}");
        assert!(!kept.chars().any(char::is_control), "{text:?} is {kept:?}");
        assert_eq!(read(&kept), Ok(kept), "{text:?}");
    }
});
