//! How fast: so many calls a second, so many at once, silence after a rate limit. The clock and the waiting come in.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::clock::Clock;

/// Milliseconds of silence after the server said that its limit is reached.
pub const COOL_DOWN: u64 = 60_000;

/// The pace of one client, shared by its threads.
#[derive(Debug)]
pub struct Pace {
    state: Mutex<State>,
    freed: Condvar,
    /// Milliseconds between two calls.
    apart: f64,
}

#[derive(Debug)]
struct State {
    /// When the next call may go out, milliseconds.
    next: f64,
    /// Nothing goes out before, milliseconds.
    silent_until: u64,
    under_way: usize,
    at_once: usize,
}

/// The right to one call; given back on drop.
pub struct Permit<'a>(&'a Pace);

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.0.lock().under_way -= 1;
        self.0.freed.notify_one();
    }
}

impl Pace {
    /// At most `per_second` calls a second and `at_once` under way.
    pub fn new(per_second: f64, at_once: usize) -> Self {
        Self {
            state: Mutex::new(State {
                next: 0.0,
                silent_until: 0,
                under_way: 0,
                at_once: at_once.max(1),
            }),
            freed: Condvar::new(),
            apart: 1000.0 / per_second.max(0.001),
        }
    }

    /// Waits for the right to one call; `None` when the clock says stop.
    pub fn wait(&self, clock: &dyn Clock) -> Option<Permit<'_>> {
        let mut state = self.lock();
        while state.under_way >= state.at_once {
            state = self
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.under_way += 1;
        let permit = Permit(self);
        let now = clock.millis();
        // The wait itself is only ever as exact as the clock.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds, not negative"
        )]
        let mine = (state.next.max(now as f64) as u64).max(state.silent_until);
        state.next = state.next.max(mine as f64) + self.apart;
        drop(state);
        let mut until = mine;
        while !clock.stopped() {
            let now = clock.millis();
            if now >= until {
                // Silence may have begun meanwhile.
                until = self.lock().silent_until;
                if now >= until {
                    return Some(permit);
                }
            }
            clock.pause(until - now);
        }
        None
    }

    /// Nothing goes out for a minute.
    pub fn cool_down(&self, clock: &dyn Clock) {
        let mut state = self.lock();
        state.silent_until = state.silent_until.max(clock.millis() + COOL_DOWN);
    }

    /// One call less at once, but at least one.
    pub fn slow_down(&self) {
        let mut state = self.lock();
        state.at_once = (state.at_once - 1).max(1);
    }

    /// How many calls may be under way.
    pub fn at_once(&self) -> usize {
        self.lock().at_once
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::testing::Hands;
    use super::*;

    #[test]
    fn calls_go_out_one_tenth_of_a_second_apart() {
        let (pace, clock) = (Pace::new(10.0, 4), Hands::default());
        let times: Vec<u64> = (0..5)
            .map(|_| {
                drop(pace.wait(&clock).unwrap());
                clock.millis()
            })
            .collect();
        assert_eq!(times, [0, 100, 200, 300, 400]);
    }

    #[test]
    fn after_a_rate_limit_nothing_goes_out_for_a_minute() {
        let (pace, clock) = (Pace::new(10.0, 4), Hands::default());
        drop(pace.wait(&clock).unwrap());
        pace.cool_down(&clock);
        drop(pace.wait(&clock).unwrap());
        assert_eq!(clock.millis(), 60_000);
    }

    #[test]
    fn slowing_down_leaves_at_least_one_call() {
        let pace = Pace::new(10.0, 2);
        pace.slow_down();
        pace.slow_down();
        assert_eq!(pace.at_once(), 1);
    }
}
