//! Any text made safe holds no control character, and making it safe again changes nothing.
#![no_main]

use caopan::domain::{SafeText, mask};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let safe = SafeText::new(text);
    assert!(!safe.as_str().chars().any(char::is_control));
    assert_eq!(SafeText::new(safe.as_str()), safe);
    let _ = (mask::name(text), mask::phone(text), mask::birthday(text));
});
