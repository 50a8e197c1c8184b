//! Time as the client is given it: it neither reads clocks nor sleeps by itself.

/// Time, from outside: a client neither reads clocks nor sleeps.
pub trait Clock: Sync {
    /// Milliseconds since some start; never goes back.
    fn millis(&self) -> u64;
    /// Now, unix seconds.
    fn unix(&self) -> i64;
    /// Waits that long, or until stopped.
    fn pause(&self, millis: u64);
    /// Somebody wants it to end.
    fn stopped(&self) -> bool;
}
