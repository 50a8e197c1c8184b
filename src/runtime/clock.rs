//! The only reader of clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::app::Now;

/// Both clocks, from one start.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    as_of: Option<i64>,
}

impl Clock {
    /// Starts the monotonic clock at 0. With `as_of` (unix seconds) the calendar stands still at that moment, so that
    /// every figure can be reproduced; prefixes and toasts go on by the monotonic one.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the monotonic clock is read"
    )]
    pub fn start(as_of: Option<i64>) -> Self {
        Self {
            start: Instant::now(),
            as_of,
        }
    }

    /// The time now.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the calendar is read"
    )]
    pub fn now(&self) -> Now {
        let unix = self.as_of.unwrap_or_else(|| {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX))
        });
        Now {
            millis: u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX),
            unix,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_day_stands_still() {
        let clock = Clock::start(Some(1_774_000_000));
        assert_eq!(clock.now().unix, 1_774_000_000);
        assert!(clock.now().millis <= clock.now().millis);
    }
}
