//! How often changes are applied, and how long idle work waits for their end.

/// Applying changes at most this often (milliseconds) keeps a storm of commits from starving the keys.
pub(super) const APPLY_EVERY: u64 = 33;
/// The same while one follows the other.
pub(super) const IN_A_STORM: u64 = 50;
/// In a storm, applying and answering take one part in so many of the thread's time …
pub(super) const REST: u64 = 50;
/// … but changes are shown at least this often (milliseconds).
pub(super) const SELDOM: u64 = 400;
/// Idle work begins so long after changes could be shown again (milliseconds).
pub(super) const CALM: u64 = 200;
/// … and twice that, up to this, each time a change made it give up: work that takes longer than the pauses between changes
/// would be begun for nothing, and be in their way.
pub(super) const LONG_CALM: u64 = 3_200;

/// When changes may be applied again, after it was done from `start` to `end` and could have been done at `at`.
pub(super) fn next_apply(at: u64, start: u64, end: u64) -> u64 {
    let least = if start < at + APPLY_EVERY {
        IN_A_STORM
    } else {
        APPLY_EVERY
    };
    start + (end - start).saturating_mul(REST).clamp(least, SELDOM)
}
