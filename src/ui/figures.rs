//! Figures as the panes write them: [`crate::domain::number`] with the interface's language and symbols.

use crate::app::Now;
use crate::domain::number::NumberStyle;
use crate::domain::period::Period;
use crate::domain::{Day, Fen, Figure, Rate, Zone};

use super::glyphs::Glyphs;

/// How figures are written.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Units and language.
    pub style: NumberStyle,
    /// Signs.
    pub glyphs: &'static Glyphs,
}

impl Figures {
    /// A count in full with thousands separators.
    pub fn count(self, n: u64) -> String {
        self.style.count(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// A count short enough for a narrow column.
    pub fn short_count(self, n: u64) -> String {
        self.style.short_count(i64::try_from(n).unwrap_or(i64::MAX))
    }

    /// Money without a symbol, shortened to 万 / 亿 or k / M.
    pub fn money(self, fen: Fen) -> String {
        self.style.money(fen)
    }

    /// Money with its sign, in whole yuan: `+21,538`. For sums that must be seen to add up.
    pub fn signed_money(self, fen: f64) -> String {
        let yuan = self.style.number((fen / 100.0).abs(), 0);
        let sign = if yuan == "0" {
            ""
        } else if fen < 0.0 {
            self.style.minus()
        } else {
            "+"
        };
        format!("{sign}{yuan}")
    }

    /// A share or rate: one decimal; with a base under 20 the fraction itself.
    pub fn rate(self, rate: Rate) -> String {
        self.style.percent(rate)
    }

    /// Achievement: one decimal, rounded down, so that 99.96 % never reads 100 %.
    pub fn achievement(self, value: Option<f64>) -> String {
        self.style.achievement(value)
    }

    /// A score 0..=100, one decimal, rounded down as its band is not rounded either.
    pub fn score(self, value: f64) -> String {
        self.style.score(value)
    }

    /// Any figure.
    pub fn figure(self, figure: Figure) -> String {
        self.style.figure(figure)
    }

    /// An age in its largest whole unit.
    pub fn age(self, seconds: i64) -> String {
        self.style.age(seconds)
    }

    /// When something happened, as rows tell it: days while under 30 of them, then the date.
    pub fn since(self, at: Option<i64>, now: Now, zone: Zone) -> String {
        at.map_or_else(
            || self.glyphs.no_value.to_owned(),
            |at| self.style.since(zone.day_of(at), zone.day_of(now.unix)),
        )
    }

    /// `11-20`, with the year when it is not this one.
    pub fn date(self, at: i64, now: Now, zone: Zone) -> String {
        self.style.day(zone.day_of(at), zone.day_of(now.unix))
    }
}

/// `11-01..11-30`, one day alone when both are the same.
pub fn days(period: Period) -> String {
    let short = |day: Day| day.date().format("%m-%d").to_string();
    if period.from == period.to {
        short(period.from)
    } else {
        format!("{}..{}", short(period.from), short(period.to))
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Glyphs, NumberStyle};
    use crate::app::state::GlyphSet;
    use crate::domain::{Fen, Figure};

    #[test]
    fn sums_that_must_add_up_are_written_in_whole_yuan_with_their_sign() {
        let figures = Figures {
            style: NumberStyle::default(),
            glyphs: Glyphs::of(GlyphSet::Unicode),
        };
        assert_eq!(figures.signed_money(-2_748_000.0), "−27,480");
        assert_eq!(figures.signed_money(2_153_800.4), "+21,538");
        assert_eq!(figures.signed_money(-3.0), "0");
        let short = figures.figure(Figure::Money(Fen(-660_400)));
        assert_eq!(short, "−6,604", "one minus sign in a pane");
        assert_eq!(figures.figure(Figure::NoValue), "—");
    }

    #[test]
    fn a_score_just_under_a_band_does_not_read_as_the_band() {
        let figures = Figures {
            style: NumberStyle::default(),
            glyphs: Glyphs::of(GlyphSet::Unicode),
        };
        assert_eq!(figures.score(74.96), "74.9");
    }
}
