//! One cell of text becomes one value of the store, exactly or not at all.

use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use rusqlite::types::Value;

use crate::domain::{Day, Fen, Zone};

/// Money in the store stays under this many fen either way, so that sums fit.
const MOST_FEN: i64 = 1_000_000_000_000_000;
/// Years that are believed.
const YEARS: std::ops::RangeInclusive<i32> = 1_900..=2_199;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// An id: 1 to 128 characters, no white space around it, no control characters.
    Id,
    /// Text of at most so many characters, kept as it is.
    Text(usize),
    /// A phone number: digits, with `+`, `-`, spaces and brackets between; at most 20 digits.
    Phone,
    /// Decimal yuan, not negative.
    Money,
    /// Decimal yuan, either sign.
    SignedMoney,
    /// An instant.
    Time,
    /// `YYYY-MM-DD`.
    Date,
    /// A whole number.
    Int,
    /// A whole number that is not negative.
    Count,
    /// A number with decimals.
    Real,
    /// `1`/`0`, `true`/`false`, `yes`/`no`, `是`/`否`.
    Flag,
    /// `0`/`1`/`2`, `unknown`/`male`/`female`, `未知`/`男`/`女`.
    Gender,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A target or threshold: its unit is the metric's (yuan, a fraction or `4%`, a number). Read with the whole row.
    Measure,
}

/// Reads a cell that is not empty.
pub(super) fn value(text: &str, ty: Type, zone: Zone) -> Result<Value, String> {
    let trimmed = text.trim();
    Ok(match ty {
        Type::Id => Value::Text(id(text)?),
        Type::Text(most) => Value::Text(long(text, most)?),
        Type::Phone => Value::Text(phone(trimmed)?),
        Type::Money => Value::Integer(money(trimmed, 0)?),
        Type::SignedMoney => Value::Integer(money(trimmed, 1 - MOST_FEN)?),
        Type::Time => Value::Integer(time(trimmed, zone)?),
        Type::Date => Value::Text(date(trimmed)?.to_string()),
        Type::Int => Value::Integer(whole(trimmed)?),
        Type::Count => match whole(trimmed)? {
            n @ 0.. => Value::Integer(n),
            _ => return Err("is negative".into()),
        },
        Type::Real => Value::Real(real(trimmed)?),
        Type::Flag => Value::Integer(flag(trimmed)?),
        Type::Gender => Value::Integer(match trimmed {
            "0" | "unknown" | "未知" => 0,
            "1" | "male" | "男" => 1,
            "2" | "female" | "女" => 2,
            _ => return Err("is none of 0, 1, 2, 未知, 男, 女".into()),
        }),
        Type::OneOf(words) => match words.iter().find(|w| **w == trimmed) {
            Some(word) => Value::Text((*word).to_owned()),
            None => return Err(format!("is none of {}", words.join(", "))),
        },
        Type::Measure => Value::Text(trimmed.to_owned()),
    })
}

fn id(text: &str) -> Result<String, String> {
    if text.trim() != text {
        return Err("has white space around it".into());
    }
    if text.chars().any(char::is_control) {
        return Err("holds a control character".into());
    }
    if looks_like_lost_digits(text) {
        return Err("is a number in scientific form: the spreadsheet lost its digits, format the column as text".into());
    }
    long(text, 128)
}

/// `1.38E+10`: what a spreadsheet makes of a long number.
fn looks_like_lost_digits(text: &str) -> bool {
    let (head, tail) = text.split_once(['E', 'e']).unwrap_or(("", ""));
    let tail = tail.strip_prefix('+').unwrap_or("");
    head.contains('.')
        && head.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !tail.is_empty()
        && tail.bytes().all(|b| b.is_ascii_digit())
}

fn long(text: &str, most: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > most {
        return Err(format!(
            "is {length} characters long, at most {most} are kept"
        ));
    }
    Ok(text.to_owned())
}

fn phone(text: &str) -> Result<String, String> {
    if looks_like_lost_digits(text) {
        return Err("is a number in scientific form: the spreadsheet lost its digits, format the column as text".into());
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let clean = text
        .chars()
        .all(|c| c.is_ascii_digit() || " +-()*".contains(c));
    if !clean || !(3..=20).contains(&digits) || text.len() > 32 {
        return Err("is not a phone number".into());
    }
    Ok(text.to_owned())
}

fn money(text: &str, least: i64) -> Result<i64, String> {
    let fen = Fen::parse_yuan(text)
        .map_err(|_| "is not an amount in yuan (digits and at most two decimals)")?
        .0;
    if fen < least {
        return Err("is negative".into());
    }
    if fen >= MOST_FEN {
        return Err("is too large an amount".into());
    }
    Ok(fen)
}

/// A target: yuan become fen, `4%` becomes 0.04, anything else stays.
pub(super) fn measure(text: &str, money_metric: bool) -> Result<Value, String> {
    if money_metric {
        return money(text, 1 - MOST_FEN).map(|fen| Value::Real(fen as f64));
    }
    let (number, scale) = text
        .strip_suffix('%')
        .map_or((text, 1.0), |t| (t.trim_end(), 100.0));
    Ok(Value::Real(real(number)? / scale))
}

fn whole(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("is not a whole number".into());
    }
    match text.parse::<i64>() {
        Ok(n) if n.abs() < MOST_FEN => Ok(n),
        _ => Err("is too large a number".into()),
    }
}

fn real(text: &str) -> Result<f64, String> {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    match text.parse::<f64>() {
        Ok(n) if plain && n.is_finite() && n.abs() < 1e15 => Ok(n),
        _ => Err("is not a number".into()),
    }
}

fn flag(text: &str) -> Result<i64, String> {
    match text {
        "1" | "true" | "TRUE" | "yes" | "是" => Ok(1),
        "0" | "false" | "FALSE" | "no" | "否" => Ok(0),
        _ => Err("is neither 1 nor 0".into()),
    }
}

/// A calendar day, `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Result<Day, String> {
    use chrono::Datelike as _;
    Day::parse(text)
        .filter(|d| YEARS.contains(&d.date().year()))
        .ok_or_else(|| "is not a day like 2026-03-31".into())
}

/// An instant in unix seconds.
///
/// ISO 8601 with an offset (`2026-03-01T10:00:00+08:00`, `…Z`), or a local time of `zone`: `YYYY-MM-DD`,
/// `YYYY-MM-DD HH:MM`, `YYYY-MM-DD HH:MM:SS`, with a blank or a `T` between. Fractions of a second are cut off. A local
/// time that a clock change skipped is refused; one that happened twice is its first happening.
pub(super) fn time(text: &str, zone: Zone) -> Result<i64, String> {
    const FORM: &str = "is not a time like 2026-03-31 18:30:00";
    let (day, rest) = text.split_at_checked(10).ok_or(FORM)?;
    let day = date(day).map_err(|_| FORM)?;
    if rest.is_empty() {
        return Ok(zone.start_of(day));
    }
    let clock = rest.strip_prefix(['T', ' ']).ok_or(FORM)?;
    let (clock, offset) = match clock.find(['Z', '+', '-']) {
        Some(at) => clock.split_at_checked(at).ok_or(FORM)?,
        None => (clock, ""),
    };
    let local = day
        .date()
        .and_time(time_of_day(clock.trim_end()).ok_or(FORM)?);
    if offset.is_empty() {
        return in_zone(local, zone);
    }
    let seconds = offset_seconds(offset).ok_or("has an offset that is not like +08:00 or Z")?;
    Ok(local.and_utc().timestamp() - seconds)
}

/// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.fff`.
fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text
        .split_once('.')
        .map_or((text, None), |(c, f)| (c, Some(f)));
    if fraction
        .is_some_and(|f| f.is_empty() || f.len() > 9 || !f.bytes().all(|b| b.is_ascii_digit()))
    {
        return None;
    }
    let two = |s: &str| {
        (s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse::<u32>().ok())
            .flatten()
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let second = match parts.next() {
        Some(s) => two(s)?,
        None if fraction.is_none() => 0,
        None => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    NaiveTime::from_hms_opt(hour, minute, second)
}

/// `Z`, `+08:00`, `+0800`, `-05`.
fn offset_seconds(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let digits: String = match rest.len() {
        2 | 4 => rest.to_owned(),
        5 => rest
            .split_once(':')
            .filter(|(h, _)| h.len() == 2)
            .map(|(h, m)| format!("{h}{m}"))?,
        _ => return None,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let (hours, minutes): (i64, i64) = (
        hours.parse().ok()?,
        if minutes.is_empty() {
            0
        } else {
            minutes.parse().ok()?
        },
    );
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn in_zone(local: NaiveDateTime, zone: Zone) -> Result<i64, String> {
    match zone.0.from_local_datetime(&local) {
        LocalResult::Single(at) => Ok(at.timestamp()),
        LocalResult::Ambiguous(first, second) => Ok(first.timestamp().min(second.timestamp())),
        LocalResult::None => Err(format!(
            "does not exist in {}: the clock was put forward",
            zone.0.name()
        )),
    }
}

/// The business day of an instant.
pub(super) fn biz_date(at: i64, zone: Zone) -> String {
    let day: NaiveDate = zone.day_of(at).date();
    day.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    /// Local time of the zone, as a file would say it.
    fn local(at: i64, zone: Zone) -> String {
        DateTime::from_timestamp(at, 0).map_or_else(String::new, |_| {
            zone.local(at).format("%Y-%m-%d %H:%M:%S").to_string()
        })
    }

    fn shanghai(text: &str) -> Result<i64, String> {
        time(text, Zone::default())
    }

    #[rstest]
    // 2026-03-01 00:00 +08:00 = 2026-02-28 16:00 UTC.
    #[case("2026-03-01", 1_772_294_400)]
    #[case("2026-03-01 00:00", 1_772_294_400)]
    #[case("2026-03-01T00:00:00", 1_772_294_400)]
    #[case("2026-02-28T16:00:00Z", 1_772_294_400)]
    #[case("2026-03-01T00:00:00+08:00", 1_772_294_400)]
    #[case("2026-03-01 00:00:00.999", 1_772_294_400)]
    #[case("2026-02-28T11:00:00-0500", 1_772_294_400)]
    // Shanghai put its clocks back on 1986-09-14: 01:30 happened twice; the first was still summer time (+09:00).
    #[case("1986-09-14 01:30:00", 527_013_000)]
    fn times_are_exact(#[case] text: &str, #[case] unix: i64) {
        assert_eq!(shanghai(text), Ok(unix), "{text}");
    }

    #[rstest]
    #[case("2026-3-1")]
    #[case("2026-02-30")]
    #[case("0000-01-01")]
    #[case("99999-01-01")]
    #[case("2026-03-01 24:00")]
    #[case("2026-03-01 1:00")]
    #[case("2026-03-01 10:00:60")]
    #[case("2026-03-01X10:00")]
    #[case("2026-03-01 10:00 +8")]
    #[case("2026-03-01T10:00:00+99:00")]
    #[case("20260301")]
    #[case("46082.5")]
    #[case("")]
    #[case("２０２６-03-01")]
    fn what_is_no_time_is_refused(#[case] text: &str) {
        assert!(shanghai(text).is_err(), "{text}");
    }

    #[test]
    fn a_time_the_clock_skipped_is_refused_by_reason() {
        // 1986-05-04 02:00 to 03:00 did not exist in Shanghai.
        assert!(
            shanghai("1986-05-04 02:30")
                .unwrap_err()
                .contains("does not exist in Asia/Shanghai")
        );
    }

    #[rstest]
    #[case("19.99", 1_999)]
    #[case("0", 0)]
    #[case("9999999999999.99", 999_999_999_999_999)]
    fn money_is_exact(#[case] text: &str, #[case] fen: i64) {
        assert_eq!(
            value(text, Type::Money, Zone::default()),
            Ok(Value::Integer(fen))
        );
    }

    #[rstest]
    #[case("-1")]
    #[case("1e3")]
    #[case("1.005")]
    #[case("NaN")]
    #[case("￥5")]
    #[case("10000000000000")]
    fn what_is_no_price_is_refused(#[case] text: &str) {
        assert!(value(text, Type::Money, Zone::default()).is_err(), "{text}");
    }

    #[rstest]
    #[case(Type::Phone, "1.38E+10")]
    #[case(Type::Phone, "电话")]
    #[case(Type::Id, " x")]
    #[case(Type::Id, "1.2E+17")]
    #[case(Type::Id, "a\u{1b}b")]
    #[case(Type::Text(3), "四个字啊")]
    #[case(Type::Int, "1.0")]
    #[case(Type::Int, "99999999999999999999")]
    #[case(Type::Count, "-1")]
    #[case(Type::Real, "inf")]
    #[case(Type::Real, "1e309")]
    #[case(Type::Flag, "maybe")]
    #[case(Type::Gender, "3")]
    #[case(Type::OneOf(&["a", "b"]), "c")]
    #[case(Type::Date, "2026-13-01")]
    fn what_does_not_fit_is_refused(#[case] ty: Type, #[case] text: &str) {
        assert!(value(text, ty, Zone::default()).is_err());
    }

    #[test]
    fn a_target_is_read_in_the_unit_of_its_metric() {
        assert_eq!(measure("240000", true), Ok(Value::Real(24_000_000.0)));
        assert_eq!(measure("4%", false), Ok(Value::Real(0.04)));
        assert_eq!(measure("0.04", false), Ok(Value::Real(0.04)));
    }

    proptest! {
        #[test]
        fn times_written_by_us_are_read_back(at in -2_000_000_000_i64..7_000_000_000) {
            let zone = Zone::default();
            // Hours that happened twice come back as the first of them.
            let back = time(&local(at, zone), zone).unwrap();
            prop_assert!(back == at || back == at - 3_600 || back == at - 343, "{at} {back}");
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>(), digits in "[-+0-9TZ:. eE%,]{0,24}") {
            for t in [&text, &digits] {
                for ty in [
                    Type::Id, Type::Text(5), Type::Phone, Type::Money, Type::SignedMoney, Type::Time, Type::Date, Type::Int,
                    Type::Count, Type::Real, Type::Flag, Type::Gender, Type::OneOf(&["x"]), Type::Measure,
                ] {
                    let _ = value(t, ty, Zone::default());
                }
                let _ = measure(t, true);
                let _ = measure(t, false);
            }
        }

        #[test]
        fn money_goes_round(fen in 0..MOST_FEN) {
            let text = format!("{}.{:02}", fen / 100, fen % 100);
            prop_assert_eq!(value(&text, Type::Money, Zone::default()), Ok(Value::Integer(fen)));
        }
    }
}
