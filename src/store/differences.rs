//! What stands otherwise than an act left it: why it is not taken back.

use crate::domain::Sentence;

/// Differences named at most.
const NAMED: usize = 5;

/// What differs from what the act left.
#[derive(Debug, Default)]
pub(super) struct Differences {
    /// How many.
    pub(super) count: u64,
    /// The first of them, in words.
    pub(super) named: Vec<Sentence>,
}

impl Differences {
    /// Adds one; it is put into words only where it will be named.
    pub(super) fn add(&mut self, say: impl FnOnce() -> Sentence) {
        self.count += 1;
        if self.named.len() < NAMED {
            self.named.push(say());
        }
    }
}
