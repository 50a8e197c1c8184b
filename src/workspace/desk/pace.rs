//! How often changes are applied.

/// Applying changes at most this often (milliseconds) keeps a storm of commits from starving the keys.
pub(super) const APPLY_EVERY: u64 = 33;
/// The same while one follows the other.
pub(super) const IN_A_STORM: u64 = 50;
/// In a storm, applying and answering take one part in so many of the thread's time …
pub(super) const REST: u64 = 50;
/// … but changes are shown at least this often (milliseconds).
pub(super) const SELDOM: u64 = 400;

/// When changes may be applied again, after it was done from `start` to `end` and could have been done at `at`.
pub(super) fn next_apply(at: u64, start: u64, end: u64) -> u64 {
    let least = if start < at + APPLY_EVERY {
        IN_A_STORM
    } else {
        APPLY_EVERY
    };
    start + (end - start).saturating_mul(REST).clamp(least, SELDOM)
}
