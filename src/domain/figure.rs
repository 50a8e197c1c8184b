//! Figures as the console shows them: money, rates, and the two kinds of "no number".

use serde::Serialize;

/// Money in integer fen (1 yuan = 100 fen). The store, the engine and every sum use this; yuan exist on screen only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fen(pub i64);

/// A rate that never loses its base: numerator over denominator. `den == 0` has no value (metrics.md 4.0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// Numerator.
    pub num: f64,
    /// Denominator; 0 means "no value".
    pub den: f64,
}

impl Rate {
    /// `num / den`, or `None` when there is no base.
    pub fn value(self) -> Option<f64> {
        (self.den != 0.0).then(|| self.num / self.den)
    }
}

/// What a cell may hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Figure {
    /// A count of things.
    Count(i64),
    /// Money.
    Money(Fen),
    /// A rate with its base.
    Rate(Rate),
    /// A plain number (score, days, factor).
    Number(f64),
    /// No value (zero or missing denominator): shown `—`.
    NoValue,
    /// Nobody measured it: shown `·`.
    NotMeasured,
}
