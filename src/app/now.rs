//! The time as the app is told it; nothing in here reads a clock.

/// The two clocks, read by the runtime once per message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Monotonic milliseconds since the program's start: toasts, marks, prefixes, page turns.
    pub millis: u64,
    /// Unix seconds: ages, "today".
    pub unix: i64,
}
