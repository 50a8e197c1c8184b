//! Answers that say why there is none.

use crate::domain::Sentence;
use crate::engine::request::Answer;

/// Nothing is loaded yet.
pub(super) fn not_ready() -> Answer {
    failed("客户仍在载入", "the customers are still being loaded")
}

/// An answer that says why there is none.
pub(super) fn failed(zh: &str, en: &str) -> Answer {
    Answer::Failed(Box::new(Sentence::new(zh, en)))
}
