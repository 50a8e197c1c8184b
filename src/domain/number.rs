//! Figures as text: money, counts, percents, changes and ages in both languages (metrics.md 4.0).
//!
//! Rounding happens here and nowhere else, half up, away from zero for negatives. Achievements are rounded down, so
//! that 99.96 % never reads "100.0%" beside 未达成. Numbers that are no numbers print as "no value".

use std::fmt::Write as _;

use super::{Day, Fen, Figure, GlyphSet, Lang, Rate};

/// How figures are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NumberStyle {
    /// 万 and 亿, or k and M.
    pub lang: Lang,
    /// `—` and `·`, or `-` and `.`.
    pub glyphs: GlyphSet,
    /// Money to the fen instead of 万 / k.
    pub exact: bool,
}

/// Rates with a smaller base are shown as a fraction, without colour.
pub const SMALL_BASE: f64 = 20.0;

/// A rate whose base is too small for a percent (and for colour).
pub fn is_small_base(rate: Rate) -> bool {
    rate.den != 0.0 && rate.den.abs() < SMALL_BASE
}

impl NumberStyle {
    /// No value: a zero or missing denominator.
    pub fn no_value(self) -> &'static str {
        match self.glyphs {
            GlyphSet::Unicode => "—",
            GlyphSet::Ascii => "-",
        }
    }

    /// Before what is below zero: the sign that stands beside `+` as wide and as high.
    pub fn minus(self) -> &'static str {
        match self.glyphs {
            GlyphSet::Unicode => "−",
            GlyphSet::Ascii => "-",
        }
    }

    /// Nobody measured it.
    pub fn not_measured(self) -> &'static str {
        match self.glyphs {
            GlyphSet::Unicode => "·",
            GlyphSet::Ascii => ".",
        }
    }

    /// Any figure. Plain numbers get one decimal.
    pub fn figure(self, figure: Figure) -> String {
        match figure {
            Figure::Count(n) => self.count(n),
            Figure::Money(fen) => self.money(fen),
            Figure::Rate(rate) => self.percent(rate),
            Figure::Number(x) => self.number(x, 1),
            Figure::NoValue => self.no_value().to_owned(),
            Figure::NotMeasured => self.not_measured().to_owned(),
        }
    }

    /// Yuan without a symbol: `9,622`, `1.28万`, `3.20亿` / `12.8k`, `1.28M`; exact: `12,800.00`.
    pub fn money(self, fen: Fen) -> String {
        let fen = i128::from(fen.0);
        if self.exact {
            return self.decimal(fen, 2);
        }
        let yuan = half_up(fen, 100);
        if yuan.abs() < 10_000 {
            return self.decimal(yuan, 0);
        }
        // Fen in a hundredth (a tenth for k) of each unit; the first unit that stays under its limit when rounded.
        let units: [(i128, u32, i128, &str); 3] = match self.lang {
            Lang::Zh => [
                (10_000, 2, 1_000_000, "万"),
                (100_000_000, 2, i128::MAX, "亿"),
                (100_000_000, 2, i128::MAX, "亿"),
            ],
            Lang::En => [
                (10_000, 1, 10_000, "k"),
                (1_000_000, 2, 100_000, "M"),
                (1_000_000_000, 2, i128::MAX, "B"),
            ],
        };
        units
            .into_iter()
            .map(|(step, decimals, limit, unit)| (half_up(fen, step), decimals, limit, unit))
            .find(|(n, _, limit, _)| n.abs() < *limit)
            .map_or_else(
                || self.decimal(fen, 2),
                |(n, decimals, _, unit)| format!("{}{unit}", self.decimal(n, decimals)),
            )
    }

    /// Money with its sign: `+1.28万`, `−320`, `0`.
    pub fn signed_money(self, fen: Fen) -> String {
        plus(fen.0 > 0, self.money(fen))
    }

    /// A count with thousands grouped; never shortened.
    pub fn count(self, n: i64) -> String {
        self.decimal(i128::from(n), 0)
    }

    /// A count with its sign: `+37`, `−12`, `0`.
    pub fn signed_count(self, n: i64) -> String {
        plus(n > 0, self.count(n))
    }

    /// A count short enough for a narrow column: from 100,000 on `12.3万` / `123.4k`, then 亿 / M.
    pub fn short_count(self, n: i64) -> String {
        let n = i128::from(n);
        if n.abs() < 100_000 {
            return self.decimal(n, 0);
        }
        let (small, large) = match self.lang {
            Lang::Zh => ((1_000, 100_000, "万"), (10_000_000, "亿")),
            Lang::En => ((100, 10_000, "k"), (100_000, "M")),
        };
        let tenths = half_up(n, small.0);
        if tenths.abs() < small.1 {
            format!("{}{}", self.decimal(tenths, 1), small.2)
        } else {
            format!("{}{}", self.decimal(half_up(n, large.0), 1), large.1)
        }
    }

    /// A rate as percent with one decimal; a base under 20 as the fraction `3/7`; no base as "no value".
    pub fn percent(self, rate: Rate) -> String {
        match rate.value() {
            Some(_) if is_small_base(rate) => {
                format!("{}/{}", self.plain(rate.num), self.plain(rate.den))
            }
            Some(value) => match (integral(rate.num), integral(rate.den)) {
                (Some(num), Some(den)) if den > 0 => {
                    format!("{}%", self.decimal(half_up(num * 1000, den), 1))
                }
                _ => self.percent_of(value),
            },
            None => self.no_value().to_owned(),
        }
    }

    /// A share given as a fraction (0.123 → `12.3%`).
    pub fn percent_of(self, fraction: f64) -> String {
        if fraction.is_finite() {
            format!("{}%", self.decimal(rounded(fraction * 1000.0), 1))
        } else {
            self.no_value().to_owned()
        }
    }

    /// Achievement of a target with one decimal, rounded down; `None` is "no value".
    pub fn achievement(self, achievement: Option<f64>) -> String {
        let Some(value) = achievement.filter(|a| a.is_finite()) else {
            return self.no_value().to_owned();
        };
        // A billionth of a tenth of a percent: what binary fractions lose, far less than any order.
        let tenths = whole((value * 1000.0 + 1e-7).floor());
        let shown = if value < 1.0 { tenths.min(999) } else { tenths };
        format!("{}%", self.decimal(shown, 1))
    }

    /// A score 0..=100 with one decimal, rounded down as achievements are: its band knows no rounding either.
    pub fn score(self, score: f64) -> String {
        self.number(score_shown(score), 1)
    }

    /// A plain number with a fixed number of decimals (at most 9).
    pub fn number(self, x: f64, decimals: u32) -> String {
        let decimals = decimals.min(9);
        if x.is_finite() {
            let scale = (0..decimals).fold(1.0, |s, _| s * 10.0);
            self.decimal(rounded(x * scale), decimals)
        } else {
            self.no_value().to_owned()
        }
    }

    /// Relative change `(now − before) ÷ |before|`, sign first: `+8.1% ▴`. From nothing to something is "new".
    pub fn change(self, now: f64, before: f64) -> String {
        if !(now.is_finite() && before.is_finite()) || (before == 0.0 && now <= 0.0) {
            return self.no_value().to_owned();
        }
        if before == 0.0 {
            return match self.lang {
                Lang::Zh => "新".to_owned(),
                Lang::En => "new".to_owned(),
            };
        }
        self.arrowed(rounded((now - before) / before.abs() * 1000.0), "%")
    }

    /// Change of a rate in percentage points: `+1.2 pp ▴`.
    pub fn points(self, now: Option<f64>, before: Option<f64>) -> String {
        match (now, before) {
            (Some(now), Some(before)) if (now - before).is_finite() => {
                self.arrowed(rounded((now - before) * 1000.0), " pp")
            }
            _ => self.no_value().to_owned(),
        }
    }

    /// How long ago, one unit: `2秒 6分钟 5小时 15天 8个月 3年` / `2s 6m 5h 15d 8mo 3y`. The future counts as now.
    pub fn age(self, seconds: i64) -> String {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 60 * MINUTE;
        const DAY: i64 = 24 * HOUR;
        let seconds = seconds.max(0);
        let (n, zh, en) = if seconds < MINUTE {
            (seconds, "秒", "s")
        } else if seconds < HOUR {
            (seconds / MINUTE, "分钟", "m")
        } else if seconds < DAY {
            (seconds / HOUR, "小时", "h")
        } else if seconds < 60 * DAY {
            (seconds / DAY, "天", "d")
        } else if seconds < 730 * DAY {
            (seconds / (30 * DAY), "个月", "mo")
        } else {
            (seconds / (365 * DAY), "年", "y")
        };
        format!("{}{}", self.count(n), self.word(zh, en))
    }

    /// A day as seen from today: 今天, `15天` under 30 days ago, `11-20` in this year, else `2025-11-20`.
    pub fn since(self, day: Day, today: Day) -> String {
        match today.0.saturating_sub(day.0) {
            0 => self.word("今天", "today").to_owned(),
            ago @ 1..30 => format!("{ago}{}", self.word("天", "d")),
            _ => self.day(day, today),
        }
    }

    /// A date: `11-20` in the year of today, else `2025-11-20`.
    pub fn day(self, day: Day, today: Day) -> String {
        use chrono::Datelike;
        let date = day.date();
        if date.year() == today.date().year() {
            format!("{:02}-{:02}", date.month(), date.day())
        } else {
            day.to_string()
        }
    }

    fn word(self, zh: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// A number that is usually whole: without decimals when it is.
    fn plain(self, x: f64) -> String {
        integral(x).map_or_else(|| self.number(x, 1), |n| self.decimal(n, 0))
    }

    /// `n / 10^decimals` with thousands grouped.
    fn decimal(self, n: i128, decimals: u32) -> String {
        let scale = 10_i128.pow(decimals).cast_unsigned();
        let magnitude = n.unsigned_abs();
        let digits = (magnitude / scale).to_string();
        let mut out = String::with_capacity(digits.len() * 4 / 3 + 12);
        if n < 0 {
            out.push_str(self.minus());
        }
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(',');
            }
            out.push(digit);
        }
        if decimals > 0 {
            let width = usize::try_from(decimals).unwrap_or_default();
            out.push('.');
            // Writing to a String cannot fail.
            let _ = write!(out, "{:0width$}", magnitude % scale);
        }
        out
    }

    fn arrowed(self, tenths: i128, unit: &str) -> String {
        let text = plus(tenths > 0, format!("{}{unit}", self.decimal(tenths, 1)));
        let arrow = match (tenths.signum(), self.glyphs) {
            (1, GlyphSet::Unicode) => " ▴",
            (-1, GlyphSet::Unicode) => " ▾",
            (1, GlyphSet::Ascii) => " ^",
            (-1, GlyphSet::Ascii) => " v",
            (_, GlyphSet::Unicode | GlyphSet::Ascii) => "",
        };
        format!("{text}{arrow}")
    }
}

fn plus(positive: bool, text: String) -> String {
    if positive { format!("+{text}") } else { text }
}

/// `n / d` rounded half up (away from zero); `d` is positive.
fn half_up(n: i128, d: i128) -> i128 {
    let magnitude = (n.abs() + d / 2) / d.max(1);
    // An odd divisor has no exact half: adding its lower half rounds correctly as well.
    magnitude * n.signum()
}

/// Rounded half up (away from zero) to a whole number.
fn rounded(x: f64) -> i128 {
    whole(x.round())
}

/// A whole float as an integer, held at the ends of the integer's range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a float-to-integer cast saturates and its input is already whole"
)]
fn whole(x: f64) -> i128 {
    x as i128
}

/// The value as an integer when it is one, small enough to be exact.
fn integral(x: f64) -> Option<i128> {
    (x.fract() == 0.0 && x.abs() < 9e15).then(|| whole(x))
}

/// A score as it is shown: one decimal, rounded down.
pub fn score_shown(score: f64) -> f64 {
    (score * 10.0 + 1e-7).floor() / 10.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    const ZH: NumberStyle = NumberStyle {
        lang: Lang::Zh,
        glyphs: GlyphSet::Unicode,
        exact: false,
    };
    const EN: NumberStyle = NumberStyle {
        lang: Lang::En,
        ..ZH
    };

    #[rstest]
    #[case(0, "0", "0", "0.00")]
    #[case(962_249, "9,622", "9,622", "9,622.49")]
    #[case(962_250, "9,623", "9,623", "9,622.50")]
    #[case(999_949, "9,999", "9,999", "9,999.49")]
    #[case(999_950, "1.00万", "10.0k", "9,999.50")]
    #[case(1_280_000, "1.28万", "12.8k", "12,800.00")]
    #[case(128_400_000, "128.40万", "1.28M", "1,284,000.00")]
    #[case(99_994_999, "99.99万", "999.9k", "999,949.99")]
    #[case(99_995_000, "100.00万", "1.00M", "999,950.00")]
    #[case(9_999_995_000, "1.00亿", "100.00M", "99,999,950.00")]
    #[case(32_000_000_000, "3.20亿", "320.00M", "320,000,000.00")]
    #[case(
        123_456_789_000_000,
        "12,345.68亿",
        "1,234.57B",
        "1,234,567,890,000.00"
    )]
    #[case(-2_748_000, "−2.75万", "−27.5k", "−27,480.00")]
    #[case(-5, "0", "0", "−0.05")]
    fn money_is_shortened_in_the_units_of_its_language(
        #[case] fen: i64,
        #[case] zh: &str,
        #[case] en: &str,
        #[case] exact: &str,
    ) {
        assert_eq!(ZH.money(Fen(fen)), zh);
        assert_eq!(EN.money(Fen(fen)), en);
        assert_eq!(NumberStyle { exact: true, ..EN }.money(Fen(fen)), exact);
    }

    #[rstest]
    #[case(2.0, 4.0, "2/4")]
    #[case(3.0, 7.0, "3/7")]
    #[case(19.0, 19.0, "19/19")]
    #[case(10.0, 20.0, "50.0%")]
    #[case(46_000.0, 59_000.0, "78.0%")]
    #[case(1.0, 800.0, "0.1%")]
    #[case(1.0, 2001.0, "0.0%")]
    #[case(1.0, 2000.0, "0.1%")]
    #[case(21_252.0, 24_000.0, "88.6%")]
    #[case(-1.0, 2000.0, "−0.1%")]
    #[case(0.0, 0.0, "—")]
    #[case(1.0, f64::NAN, "—")]
    fn percents_round_half_up_and_small_bases_stay_fractions(
        #[case] num: f64,
        #[case] den: f64,
        #[case] shown: &str,
    ) {
        assert_eq!(ZH.percent(Rate { num, den }), shown);
    }

    #[rstest]
    #[case(Some(0.9996), "99.9%")]
    #[case(Some(0.999_999_999_999), "99.9%")]
    #[case(Some(1.0), "100.0%")]
    #[case(Some(0.8855), "88.5%")]
    #[case(Some(0.29), "29.0%")]
    #[case(Some(1.2), "120.0%")]
    #[case(Some(0.0), "0.0%")]
    #[case(Some(f64::INFINITY), "—")]
    #[case(None, "—")]
    fn achievement_never_rounds_up_to_a_target_that_was_missed(
        #[case] value: Option<f64>,
        #[case] shown: &str,
    ) {
        assert_eq!(ZH.achievement(value), shown);
    }

    #[test]
    fn a_score_under_a_band_does_not_read_as_the_band() {
        let shown = [74.96, 75.0, 62.25, 63.5].map(|score| ZH.score(score));
        assert_eq!(shown, ["74.9", "75.0", "62.2", "63.5"]);
    }

    #[test]
    fn nothing_and_not_measured_look_different_and_have_ascii_forms() {
        let ascii = NumberStyle {
            glyphs: GlyphSet::Ascii,
            ..ZH
        };
        assert_eq!(ZH.figure(Figure::NoValue), "—");
        assert_eq!(ZH.figure(Figure::NotMeasured), "·");
        assert_eq!(ascii.figure(Figure::NoValue), "-");
        assert_eq!(ascii.figure(Figure::NotMeasured), ".");
        assert_eq!(ZH.figure(Figure::Count(1_000_000)), "1,000,000");
        assert_eq!(ZH.figure(Figure::Number(f64::NAN)), "—");
    }

    #[test]
    fn changes_carry_their_sign_and_an_arrow() {
        assert_eq!(ZH.change(1081.0, 1000.0), "+8.1% ▴");
        assert_eq!(ZH.change(989.0, 1000.0), "−1.1% ▾");
        assert_eq!(ZH.change(-50.0, -100.0), "+50.0% ▴");
        assert_eq!(ZH.change(5.0, 5.0), "0.0%");
        assert_eq!(ZH.change(5.0, 0.0), "新");
        assert_eq!(EN.change(5.0, 0.0), "new");
        assert_eq!(ZH.change(0.0, 0.0), "—");
        assert_eq!(ZH.points(Some(0.112), Some(0.1)), "+1.2 pp ▴");
        assert_eq!(ZH.points(Some(0.112), None), "—");
        assert_eq!(
            NumberStyle {
                glyphs: GlyphSet::Ascii,
                ..ZH
            }
            .change(2.0, 1.0),
            "+100.0% ^"
        );
        assert_eq!(ZH.signed_count(37), "+37");
        assert_eq!(ZH.signed_money(Fen(-2_748_000)), "−2.75万");
        assert_eq!(ZH.signed_count(0), "0");
    }

    #[test]
    fn ages_and_dates_take_one_unit() {
        for (seconds, zh, en) in [
            (-5, "0秒", "0s"),
            (59, "59秒", "59s"),
            (360, "6分钟", "6m"),
            (3600 * 23, "23小时", "23h"),
            (86_400 * 59, "59天", "59d"),
            (86_400 * 60, "2个月", "2mo"),
            (86_400 * 730, "2年", "2y"),
        ] {
            assert_eq!(
                (ZH.age(seconds), EN.age(seconds)),
                (zh.to_owned(), en.to_owned())
            );
        }
        let day = |text| Day::parse(text).unwrap();
        let today = day("2026-11-21");
        assert_eq!(ZH.since(today, today), "今天");
        assert_eq!(ZH.since(day("2026-11-06"), today), "15天");
        assert_eq!(ZH.since(day("2026-10-01"), today), "10-01");
        assert_eq!(ZH.since(day("2025-11-20"), today), "2025-11-20");
        assert_eq!(ZH.since(day("2026-11-22"), today), "11-22");
    }

    #[test]
    fn short_counts_keep_one_decimal() {
        assert_eq!(ZH.short_count(99_999), "99,999");
        assert_eq!(ZH.short_count(1_204_000), "120.4万");
        assert_eq!(EN.short_count(123_456), "123.5k");
        assert_eq!(EN.short_count(1_000_000), "1.0M");
        assert_eq!(ZH.short_count(99_999_999), "1.0亿");
    }

    proptest! {
        #[test]
        fn no_number_makes_printing_panic(a in any::<f64>(), b in any::<f64>(), n in any::<i64>()) {
            for style in [ZH, EN] {
                let _ = style.percent(Rate { num: a, den: b });
                let _ = (style.change(a, b), style.points(Some(a), Some(b)), style.achievement(Some(a)));
                let _ = (style.number(a, 9), style.money(Fen(n)), style.count(n), style.short_count(n), style.age(n));
            }
        }
    }
}
