//! A value on its way, and the part of a list that is on screen: what every pane has.

/// A value on its way: the old one stays on screen with its age.
#[derive(Clone, Debug)]
pub struct Loadable<T> {
    /// The last answer.
    pub value: Option<T>,
    /// Generation of the question that waits, and since when (monotonic ms).
    pub waiting: Option<(u64, u64)>,
    /// When the value arrived (monotonic ms).
    pub at: u64,
    /// Why the last question failed.
    pub failed: Option<String>,
}

impl<T> Default for Loadable<T> {
    fn default() -> Self {
        Self {
            value: None,
            waiting: None,
            at: 0,
            failed: None,
        }
    }
}

/// First row on screen so that row `at` of `count` is on it.
pub(in crate::app) fn follow(top: usize, at: usize, count: usize, height: u64) -> usize {
    let height = usize::try_from(height).unwrap_or(usize::MAX).max(1);
    top.min(at)
        .max((at + 1).saturating_sub(height))
        .min(count.saturating_sub(height))
}
