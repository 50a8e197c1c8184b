//! What stands otherwise than an act left it: why it is not taken back.

use crate::domain::SafeText;

/// Differences named at most.
const NAMED: usize = 5;

/// What differs from what the act left.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// How many.
    pub(super) count: u64,
    /// The first of them, in words.
    pub(super) named: Vec<SafeText>,
}

impl Differences {
    /// Adds one; it is put into words only where it will be named.
    pub(super) fn add(&mut self, say: impl FnOnce() -> String) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(SafeText::new(&say()));
        }
    }
}
