//! Amounts of yuan as people and programs write them → whole fen, by decimal arithmetic on the text.
//!
//! | written | read as |
//! |---|---|
//! | `128` `128.5` `128.50` `128.5000` `0128.50` | as it is: decimals beyond the fen must be zeros |
//! | `1,234.50` `1，234.50` `1 234.50` | grouped by threes, by one kind of mark |
//! | `¥128.50` `￥128.50` `¥ 128.50` `CNY 128.50` `RMB128.50` `128.50元` `128.50 CNY` `128元整` | the currency is yuan |
//! | `１２８．５０` | full width |
//! | `-128.50` `−128.50` `－128.50` `¥-128.50` `-¥128.50` `(128.50)` `（128.50）` | below zero |
//! | `+128.50` | above zero |
//! | `1.2万` `3万元` `1.5亿` `1.2w` `3k` | times 10,000, 100,000,000, 1,000 |
//! | `1e3` `1.38E+10` `NaN` `inf` `1.005` `1,28` `1.234,50` `1 234,50` `12,34,567` `.5` `1.` `--1` `$5` `5折` `12元5角` `免费` `-` `１，２` | refused |

use std::borrow::Cow;

use super::narrow::narrow;

/// Digits that are looked at; more are no amount.
const MOST_DIGITS: usize = 30;

/// Fen, either sign; `None` is no amount in yuan, or one that is written in a way that has two readings.
pub fn fen(text: &str) -> Option<i128> {
    let plain = narrow(text);
    let mut rest = plain.trim();
    let mut negative = false;
    if let Some(inner) = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')')) {
        negative = true;
        rest = inner.trim();
        if rest.starts_with(['-', '+']) {
            return None;
        }
    }
    let (sign, unsigned) = sign(rest);
    let (symbol, bare) = currency_before(unsigned);
    // One sign at most, before the currency or behind it.
    let (inner_sign, number) = if symbol {
        self::sign(bare)
    } else {
        (None, bare)
    };
    let signs = [sign, inner_sign];
    if signs.iter().flatten().count() + usize::from(negative) > 1 {
        return None;
    }
    negative |= signs.contains(&Some('-'));
    let (behind, number) = currency_behind(number);
    if symbol && behind && !plain.contains('元') {
        return None;
    }
    let (scale, number) = scaled(number.trim_end());
    let value = decimal(number.trim_end(), scale)?;
    Some(if negative { -value } else { value })
}

fn sign(text: &str) -> (Option<char>, &str) {
    match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.chars().next(), rest.trim_start()),
        None => (None, text),
    }
}

fn currency_before(text: &str) -> (bool, &str) {
    ["¥", "CNY", "RMB", "cny", "rmb", "人民币"]
        .into_iter()
        .find_map(|mark| text.strip_prefix(mark))
        .map_or((false, text), |rest| (true, rest.trim_start()))
}

fn currency_behind(text: &str) -> (bool, &str) {
    ["元整", "元", "圆", "CNY", "RMB", "cny", "rmb"]
        .into_iter()
        .find_map(|mark| text.strip_suffix(mark))
        .map_or((false, text), |rest| (true, rest))
}

/// Power of ten that a unit stands for.
fn scaled(text: &str) -> (u32, &str) {
    [("万", 4), ("亿", 8), ("w", 4), ("W", 4), ("k", 3), ("K", 3)]
        .into_iter()
        .find_map(|(unit, power)| Some((power, text.strip_suffix(unit)?)))
        .unwrap_or((0, text))
}

/// Digits with at most one point, times ten to the `scale`, in fen; exact or nothing.
fn decimal(text: &str, scale: u32) -> Option<i128> {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) if is_digits(decimals) => (whole, decimals),
        Some(_) => return None,
        None => (text, ""),
    };
    let whole = ungrouped(whole)?;
    let decimals = decimals.trim_end_matches('0');
    let room = usize::try_from(scale + 2).ok()?;
    if !is_digits(&whole) || decimals.len() > room || whole.len() > MOST_DIGITS {
        return None;
    }
    let zeros = "0".repeat(room - decimals.len());
    format!("{whole}{decimals}{zeros}").parse().ok()
}

/// Takes the marks between groups of three out; they must all be of one kind.
pub(super) fn ungrouped(whole: &str) -> Option<Cow<'_, str>> {
    let Some(mark) = whole.chars().find(|c| matches!(c, ',' | ' ' | '\'')) else {
        return Some(Cow::Borrowed(whole));
    };
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let is_first = (1..=3).contains(&first.len()) && is_digits(first);
    (is_first && groups.all(|g| g.len() == 3 && is_digits(g)))
        .then(|| Cow::Owned(whole.split(mark).collect()))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("128", 12_800)]
    #[case("128.5", 12_850)]
    #[case("128.50", 12_850)]
    #[case("128.5000", 12_850)]
    #[case("0128.50", 12_850)]
    #[case("1,234.50", 123_450)]
    #[case("1，234.50", 123_450)]
    #[case("1 234.50", 123_450)]
    #[case("1\u{a0}234\u{a0}567", 123_456_700)]
    #[case("¥128.50", 12_850)]
    #[case("￥128.50", 12_850)]
    #[case("¥ 128.50", 12_850)]
    #[case("CNY 128.50", 12_850)]
    #[case("RMB128.50", 12_850)]
    #[case("128.50元", 12_850)]
    #[case("¥128.50元", 12_850)]
    #[case("128.50 CNY", 12_850)]
    #[case("128元整", 12_800)]
    #[case("１２８．５０", 12_850)]
    #[case("￥１，２３４．５０", 123_450)]
    #[case("-128.50", -12_850)]
    #[case("−128.50", -12_850)]
    #[case("－128.50", -12_850)]
    #[case("¥-128.50", -12_850)]
    #[case("-¥128.50", -12_850)]
    #[case("(128.50)", -12_850)]
    #[case("（128.50）", -12_850)]
    #[case("(¥1,234.50)", -123_450)]
    #[case("+128.50", 12_850)]
    #[case("1.2万", 1_200_000)]
    #[case("1.234567万", 1_234_567)]
    #[case("3万元", 3_000_000)]
    #[case("1.5亿", 15_000_000_000)]
    #[case("1.2w", 1_200_000)]
    #[case("3k", 300_000)]
    #[case("0", 0)]
    #[case("-0.00", 0)]
    fn amounts_are_read_to_the_fen(#[case] text: &str, #[case] wanted: i128) {
        assert_eq!(fen(text), Some(wanted), "{text}");
    }

    #[rstest]
    #[case("")]
    #[case("1e3")]
    #[case("1.38E+10")]
    #[case("NaN")]
    #[case("inf")]
    #[case("1.005")]
    #[case("1.2345678万")]
    #[case("1,28")]
    #[case("1.234,50")]
    #[case("1 234,50")]
    #[case("1,234 567")]
    #[case("12,34,567")]
    #[case("1,,234")]
    #[case(".5")]
    #[case("1.")]
    #[case("--1")]
    #[case("-(1)")]
    #[case("(-1)")]
    #[case("-¥-1")]
    #[case("$5")]
    #[case("€5")]
    #[case("5折")]
    #[case("12元5角")]
    #[case("免费")]
    #[case("-")]
    #[case("¥")]
    #[case("万")]
    #[case("0x10")]
    #[case("1_000")]
    #[case("１，２")]
    #[case("128.50-")]
    #[case("1.2.3")]
    #[case("9999999999999999999999999999999")]
    fn what_is_no_amount_or_two_amounts_is_refused(#[case] text: &str) {
        assert_eq!(fen(text), None, "{text}");
    }

    proptest! {
        #[test]
        fn every_dress_of_an_amount_is_the_same_amount(n in -99_999_999_999_i64..99_999_999_999, dress in 0..6) {
            // The second way: the number itself, dressed.
            let whole = (n.abs() / 100).to_string();
            let mut grouped = String::new();
            for (i, c) in whole.chars().enumerate() {
                if i > 0 && (whole.len() - i).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(c);
            }
            let (sign, cents) = (if n < 0 { "-" } else { "" }, n.abs() % 100);
            let text = match dress {
                0 => format!("{sign}{whole}.{cents:02}"),
                1 => format!("{sign}¥{grouped}.{cents:02}"),
                2 => format!("{sign}{grouped}.{cents:02}00 元"),
                3 if n < 0 => format!("({grouped}.{cents:02})"),
                4 => format!("{sign}{}.{:06}万", n.abs() / 1_000_000, n.abs() % 1_000_000),
                _ => format!("{sign}{whole}.{cents:02}").chars()
                    .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap()).collect(),
            };
            prop_assert_eq!(fen(&text), Some(i128::from(n)), "{}", text);
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), like in "[-+()¥0-9,. 元万k]{0,20}") {
            let _ = (fen(&text), fen(&like));
        }
    }
}
