//! Figures as the console shows them: money, rates, and the two kinds of "no number".

use serde::Serialize;

/// Money in integer fen (1 yuan = 100 fen). The store, the engine and every sum use this; yuan exist on screen only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Fen(pub i64);

/// The nearest whole number, half away from zero; held at the ends of the integer's range, 0 where it is no number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float-to-integer cast saturates, and figures are far below 2^52"
)]
pub fn nearest(x: f64) -> i64 {
    x.round() as i64
}

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

    /// The rate as a cell; no value when there is no base.
    pub fn figure(self) -> Figure {
        if self.den == 0.0 {
            Figure::NoValue
        } else {
            Figure::Rate(self)
        }
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

impl Figure {
    /// The bare number in the unit it is kept in (fen, a count, the fraction a rate comes to), as targets have it; `None`
    /// where there is none.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Count(n) => Some(n as f64),
            Self::Money(fen) => Some(fen.0 as f64),
            Self::Rate(rate) => rate.value(),
            Self::Number(x) => Some(x),
            Self::NoValue | Self::NotMeasured => None,
        }
    }

    /// The bare number in the unit it is written in for programs: money in yuan, all else as [`Figure::number`].
    pub fn written(self) -> Option<f64> {
        let number = self.number()?;
        let is_money = matches!(self, Self::Money(_));
        Some(if is_money { number / 100.0 } else { number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero_and_what_is_no_number_is_none() {
        assert_eq!([0.5, -0.5, 2.5, -2.4].map(nearest), [1, -1, 3, -2]);
        assert_eq!(nearest(f64::NAN), 0);
        assert_eq!(nearest(f64::INFINITY), i64::MAX);
    }

    #[test]
    fn a_figure_is_a_number_only_where_it_has_one() {
        let rate = |num, den| Figure::Rate(Rate { num, den });
        let figures = [
            Figure::Count(3),
            Figure::Money(Fen(1_250)),
            rate(1.0, 4.0),
            rate(1.0, 0.0),
            Figure::Number(2.5),
            Figure::NoValue,
            Figure::NotMeasured,
        ];
        let kept = [
            Some(3.0),
            Some(1_250.0),
            Some(0.25),
            None,
            Some(2.5),
            None,
            None,
        ];
        assert_eq!(figures.map(Figure::number), kept);
        assert_eq!(Figure::Money(Fen(1_250)).written(), Some(12.5));
        assert_eq!(rate(1.0, 4.0).written(), Some(0.25));
        assert_eq!(Figure::NotMeasured.written(), None);
    }

    #[test]
    fn decimal_yuan_keep_both_digits_and_the_sign() {
        assert_eq!(Fen(-5).decimal(), "-0.05");
        assert_eq!(Fen(128_050).decimal(), "1280.50");
    }
}
