//! Numbers that come as doubles, as the text that a person would have typed, or visibly without their lost digits.

/// Digits that a double holds for certain.
const DIGITS: usize = 15;

/// A number of a spreadsheet cell: what the spreadsheet itself shows, fifteen digits.
///
/// Sixteen and more digits before the point come in scientific form: such digits are lost, and no id, phone or amount
/// accepts the form.
pub(super) fn shown(n: f64) -> String {
    written(&format!("{n:.*e}", DIGITS - 1))
}

/// A number of a text format: its shortest form; in scientific form when it has more digits than a double holds.
pub(super) fn exactly(n: f64) -> String {
    let short = format!("{n:e}");
    let digits = short.split('e').next().unwrap_or_default();
    if digits.bytes().filter(u8::is_ascii_digit).count() > DIGITS {
        let long = format!("{n:.*e}", DIGITS - 1);
        return scientific(&long).unwrap_or(long);
    }
    written(&short)
}

/// `1.2345e3` → `1234.5`; numbers out of proportion stay scientific.
fn written(text: &str) -> String {
    let plain = || {
        let (sign, digits, exponent) = parts(text)?;
        let point = exponent + 1;
        let count = i32::try_from(digits.len()).ok()?;
        let body = match point {
            16.. | ..-9 => return None,
            1.. if point >= count => {
                let zeros = usize::try_from(point - count).ok()?;
                format!("{digits}{}", "0".repeat(zeros))
            }
            1.. => {
                let (whole, rest) = digits.split_at_checked(usize::try_from(point).ok()?)?;
                format!("{whole}.{rest}")
            }
            ..=0 => {
                let zeros = usize::try_from(-point).ok()?;
                format!("0.{}{digits}", "0".repeat(zeros))
            }
        };
        Some(format!("{sign}{body}"))
    };
    plain()
        .or_else(|| scientific(text))
        .unwrap_or_else(|| text.to_owned())
}

/// `1.5e17` → `1.5E+17`, as spreadsheets write it.
fn scientific(text: &str) -> Option<String> {
    let (sign, digits, exponent) = parts(text)?;
    let (first, rest) = digits.split_at_checked(1)?;
    let rest = if rest.is_empty() { "0" } else { rest };
    Some(format!("{sign}{first}.{rest}E{exponent:+}"))
}

/// Sign, digits without trailing zeros, and the exponent of the first digit.
fn parts(text: &str) -> Option<(&'static str, String, i32)> {
    let (mantissa, exponent) = text.split_once('e')?;
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some(("", "0".into(), 0));
    }
    Some((sign, digits.to_owned(), exponent.parse().ok()?))
}

/// A date cell: `2026-03-05`, or `2026-03-05 20:15:30` where it has a time, to the nearest second of its day.
pub(super) fn moment(at: &calamine::ExcelDateTime) -> Option<String> {
    use chrono::{NaiveDate, TimeDelta, Timelike};
    // Before, the calendar of spreadsheets has a day too many.
    if !(61.0..2_958_466.0).contains(&at.as_f64()) {
        return None;
    }
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?;
    let exact = date.and_hms_milli_opt(hour.into(), minute.into(), second.into(), milli.into())?;
    let nearest = exact.checked_add_signed(TimeDelta::milliseconds(500))?;
    let of_day = if nearest.date() == date {
        nearest
    } else {
        exact
    };
    let rounded = of_day.with_nanosecond(0)?;
    Some(if rounded.num_seconds_from_midnight() == 0 {
        rounded.format("%Y-%m-%d").to_string()
    } else {
        rounded.format("%Y-%m-%d %H:%M:%S").to_string()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_read_as_a_spreadsheet_shows_them() {
        for (n, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (128.5, "128.5"),
            (19.99, "19.99"),
            (0.1 + 0.2, "0.3"),
            (-1234.56, "-1234.56"),
            (13_800_001_234.0, "13800001234"),
            (999_999_999_999_999.0, "999999999999999"),
            (110_101_199_003_078_888.0, "1.10101199003079E+17"),
            (2e17, "2.0E+17"),
            (0.05, "0.05"),
            (1e-12, "1.0E-12"),
        ] {
            assert_eq!(shown(n), text);
        }
    }

    proptest! {
        #[test]
        fn amounts_of_fen_come_back_exactly(fen in 0_i64..1_000_000_000_000_000) {
            // The second way: whole numbers on text.
            let text = format!("{}.{:02}", fen / 100, fen % 100);
            let wanted = text.trim_end_matches('0').trim_end_matches('.');
            let n: f64 = text.parse().unwrap();
            prop_assert_eq!(shown(n), wanted);
            prop_assert_eq!(exactly(n), wanted);
        }

        #[test]
        fn no_number_makes_it_panic(n in any::<f64>()) {
            let _ = (shown(n), exactly(n));
        }
    }
}
