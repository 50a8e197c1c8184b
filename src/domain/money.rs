//! Money read from text and added up, exactly: no floating point anywhere.

use super::{Fen, SafeText};

/// Why a text is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most two decimals.
    #[error(
        "`{0}` is not an amount in yuan; write digits with at most two decimals, like 1280 or 1,280.50"
    )]
    Form(SafeText),
    /// More than the store's integer holds.
    #[error("`{0}` is too large an amount")]
    TooLarge(SafeText),
}

impl Fen {
    /// Reads a decimal amount of yuan: optional `-`, digits (thousands may be grouped by commas), at most two decimals.
    ///
    /// `1280`, `-0.5` and `1,280.50` are read; `1e3`, `.5`, `1.`, `1,28`, `1.005`, `+1` and blanks are refused.
    pub fn parse_yuan(text: &str) -> Result<Self, MoneyError> {
        let form = || MoneyError::Form(SafeText::new(text));
        let large = || MoneyError::TooLarge(SafeText::new(text));
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, decimals) = rest
            .split_once('.')
            .map_or((rest, None), |(w, d)| (w, Some(d)));
        let whole = ungrouped(whole).ok_or_else(form)?;
        let cents = match decimals {
            None => 0,
            Some(d) if is_digits(d) && d.len() == 1 => 10 * digit(d),
            Some(d) if is_digits(d) && d.len() == 2 => digit(d),
            Some(_) => return Err(form()),
        };
        let magnitude: i64 = whole.parse().map_err(|_| large())?;
        let fen = magnitude
            .checked_mul(100)
            .and_then(|fen| fen.checked_add(cents))
            .ok_or_else(large)?;
        Ok(Self(if negative { -fen } else { fen }))
    }

    /// Exact yuan with two decimals and nothing else: `-1280.50`. What files and copies hold.
    pub fn decimal(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let all = self.0.unsigned_abs();
        format!("{sign}{}.{:02}", all / 100, all % 100)
    }

    /// What one of `n` comes to, rounded half up (away from zero for negatives); `None` of nothing.
    pub fn per(self, n: u64) -> Option<Self> {
        let n = i128::from(n);
        let magnitude = (2 * i128::from(self.0).abs() + n).checked_div(2 * n)?;
        let each = magnitude * i128::from(self.0.signum());
        i64::try_from(each).ok().map(Self)
    }

    /// The exact sum, or `None` when it exceeds what money can hold.
    pub fn total(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let sum: i128 = amounts.into_iter().map(|fen| i128::from(fen.0)).sum();
        i64::try_from(sum).ok().map(Self)
    }

    /// The exact sum, held at the largest (smallest) amount money can hold.
    pub fn total_held(amounts: impl IntoIterator<Item = Self>) -> Self {
        let sum: i128 = amounts.into_iter().map(|fen| i128::from(fen.0)).sum();
        let held = sum.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Self(i64::try_from(held).unwrap_or_default())
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn digit(text: &str) -> i64 {
    text.parse().unwrap_or_default()
}

/// The digits without their grouping commas; `None` unless groups are of three.
fn ungrouped(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next().filter(|first| is_digits(first))?;
    if first.len() == text.len() {
        return Some(text.to_owned());
    }
    let rest_is_threes = groups.clone().all(|g| is_digits(g) && g.len() == 3);
    (first.len() <= 3 && rest_is_threes).then(|| text.replace(',', ""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("0", 0)]
    #[case("1280", 128_000)]
    #[case("1,280.50", 128_050)]
    #[case("0.1", 10)]
    #[case("0.01", 1)]
    #[case("-0.05", -5)]
    #[case("90071992547409.93", 9_007_199_254_740_993)]
    #[case("92233720368547758.07", i64::MAX)]
    fn yuan_are_read_to_the_fen(#[case] text: &str, #[case] fen: i64) {
        assert_eq!(Fen::parse_yuan(text), Ok(Fen(fen)));
    }

    #[rstest]
    #[case(20_000, 3, Some(6_667))]
    #[case(20_000, 8, Some(2_500))]
    #[case(5, 2, Some(3))]
    #[case(-5, 2, Some(-3))]
    #[case(-4, 3, Some(-1))]
    #[case(i64::MIN, 1, Some(i64::MIN))]
    #[case(i64::MAX, u64::MAX, Some(0))]
    #[case(100, 0, None)]
    fn what_one_of_several_comes_to_is_rounded_half_up(
        #[case] fen: i64,
        #[case] n: u64,
        #[case] each: Option<i64>,
    ) {
        // 200.00 over 3 is 66.666…; i64::MAX over u64::MAX is just under a half.
        assert_eq!(Fen(fen).per(n), each.map(Fen));
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case(".5")]
    #[case("1.")]
    #[case("1.005")]
    #[case("1e3")]
    #[case("+1")]
    #[case("--1")]
    #[case(" 1")]
    #[case("1,28")]
    #[case("1280,000")]
    #[case(",128")]
    #[case("１２８")]
    #[case("¥5")]
    #[case("NaN")]
    #[case("1.-5")]
    fn bad_forms_are_refused(#[case] text: &str) {
        assert!(matches!(Fen::parse_yuan(text), Err(MoneyError::Form(_))));
    }

    #[rstest]
    #[case("92233720368547758.08")]
    #[case("999999999999999999999")]
    fn more_than_an_i64_of_fen_is_too_large(#[case] text: &str) {
        assert!(matches!(
            Fen::parse_yuan(text),
            Err(MoneyError::TooLarge(_))
        ));
    }

    #[test]
    fn sums_are_exact_or_admitted_to_be_too_large() {
        let huge = [Fen(i64::MAX), Fen(i64::MAX), Fen(-i64::MAX)];
        assert_eq!(Fen::total(huge), Some(Fen(i64::MAX)));
        assert_eq!(Fen::total([Fen(i64::MAX), Fen(1)]), None);
        assert_eq!(Fen::total_held([Fen(i64::MAX), Fen(1)]), Fen(i64::MAX));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "[-0-9.,e ]{0,24}") {
            let _ = Fen::parse_yuan(&text);
        }

        #[test]
        fn what_is_printed_exactly_reads_back(fen in any::<i64>().prop_filter("has an opposite", |n| *n != i64::MIN)) {
            let glyphs = crate::domain::GlyphSet::Ascii;
            let style = crate::domain::NumberStyle { exact: true, glyphs, ..Default::default() };
            prop_assert_eq!(Fen::parse_yuan(&style.money(Fen(fen))), Ok(Fen(fen)));
            prop_assert_eq!(Fen::parse_yuan(&Fen(fen).decimal()), Ok(Fen(fen)));
        }
    }
}
