//! One cell of text becomes one value of the store, exactly or not at all.

use chrono::NaiveDate;
use rusqlite::types::Value;

use super::narrow::narrow;
use super::{amount, headings, moment};
use crate::domain::metric::Unit;
use crate::domain::sentence::Fixed;
use crate::domain::{Fen, Sentence, Zone, mask, sentence};

/// Money in the store stays under this many fen either way, so that sums fit.
const MOST_FEN: i64 = 1_000_000_000_000_000;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// An id: 1 to 128 characters, no control characters; white space around it is taken off.
    Id,
    /// Text of at most so many characters; a short one without the white space around it.
    Text(usize),
    /// A phone number: mobiles of the mainland as eleven digits, others narrow and as they are written, at most 20 digits.
    Phone,
    /// Decimal yuan, not negative.
    Money,
    /// Decimal yuan, either sign.
    SignedMoney,
    /// An instant.
    Time,
    /// An instant up to which something lasts: a day without a time is meant with all of it.
    End,
    /// A calendar day.
    Date,
    /// A whole number.
    Int,
    /// A whole number that is not negative.
    Count,
    /// A number with decimals.
    Real,
    /// `1`/`0`, `true`/`false`, `yes`/`no`, `是`/`否`.
    Flag,
    /// `0`/`1`/`2`, `unknown`/`male`/`female`, `m`/`f`, `未知`/`男`/`女`.
    Gender,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A campaign or a department, by its number or its name.
    Numbered,
    /// A target or threshold: its unit is the metric's (yuan, a fraction or `4%`, a number). Read with the whole row.
    Measure,
}

/// How the cells under a heading are written, where the heading says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// As the column's type has it.
    Plain,
    /// Unix seconds (9 or 10 digits) or milliseconds (12 or 13).
    Unix,
}

/// Reads a cell whose heading says how it is written.
pub(super) fn read(text: &str, ty: Type, reading: Reading, zone: Zone) -> Result<Value, Sentence> {
    match (reading, ty) {
        (Reading::Unix, Type::Time | Type::End) => Ok(Value::Integer(moment::unix(text.trim())?)),
        (Reading::Unix, Type::Date) => {
            let day = zone.day_of(moment::unix(text.trim())?);
            Ok(Value::Text(day.to_string()))
        }
        (
            Reading::Plain | Reading::Unix,
            Type::Id
            | Type::Text(_)
            | Type::Phone
            | Type::Money
            | Type::SignedMoney
            | Type::Time
            | Type::End
            | Type::Date
            | Type::Int
            | Type::Count
            | Type::Real
            | Type::Flag
            | Type::Gender
            | Type::OneOf(_)
            | Type::Numbered
            | Type::Measure,
        ) => value(text, ty, zone),
    }
}

/// A cell that says there is nothing: a dash, or the day of no year, where a shop leaves no cell empty. In what somebody
/// wrote freely a dash is their own.
pub(super) fn is_nothing(text: &str, ty: Type) -> bool {
    let is_time = matches!(ty, Type::Time | Type::End | Type::Date);
    is_unknown(text) && !matches!(ty, Type::Text(_))
        || is_time && text.trim().starts_with("0000-00-00")
}

/// Nothing but a dash or a word of databases and spreadsheets, as exports write what they do not know.
pub(super) fn is_unknown(text: &str) -> bool {
    let text = text.trim();
    let words = ["null", "\\N", "N/A", "#N/A"];
    matches!(text, "-" | "--" | "—" | "——" | "/" | "－")
        || words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Reads a cell that is not empty.
pub(super) fn value(text: &str, ty: Type, zone: Zone) -> Result<Value, Sentence> {
    let trimmed = text.trim();
    Ok(match ty {
        Type::Id => Value::Text(id(text)?),
        Type::Text(most @ 0..=NAMES) => Value::Text(long(bare(text), most)?),
        Type::Text(most) => Value::Text(long(text, most)?),
        Type::Phone => Value::Text(phone(trimmed)?),
        Type::Money => Value::Integer(money(trimmed, 0)?),
        Type::SignedMoney => Value::Integer(money(trimmed, 1 - MOST_FEN)?),
        Type::Time => Value::Integer(moment::time(trimmed, zone)?),
        Type::End => Value::Integer(moment::end(trimmed, zone)?),
        Type::Date => Value::Text(moment::date(trimmed)?.to_string()),
        Type::Int => Value::Integer(whole(trimmed)?),
        Type::Count => match whole(trimmed)? {
            n @ 0.. => Value::Integer(n),
            _ => return Err(sentence!("是负数", "is negative")),
        },
        Type::Real => Value::Real(real(trimmed)?),
        Type::Flag => Value::Integer(flag(trimmed)?),
        Type::Gender => Value::Integer(match trimmed {
            "0" | "unknown" | "未知" => 0,
            "1" | "male" | "m" | "M" | "男" => 1,
            "2" | "female" | "f" | "F" | "女" => 2,
            _ => {
                return Err(sentence!(
                    "不是其中之一: 0, 1, 2, 未知, 男, 女",
                    "is none of 0, 1, 2, 未知, 男, 女"
                ));
            }
        }),
        Type::OneOf(words) => {
            let own = words.iter().copied().find(|w| *w == trimmed);
            let word = own.or_else(|| headings::word(trimmed, words));
            let word = word.ok_or_else(|| {
                let words = headings::accepted(words);
                sentence!("不是其中之一: {words}", "is none of {words}")
            })?;
            Value::Text(word.to_owned())
        }
        Type::Numbered => match whole(trimmed) {
            Ok(n @ 0..) => Value::Integer(n),
            Ok(_) | Err(_) => Value::Text(long(bare(text), 512)?),
        },
        Type::Measure => Value::Text(trimmed.to_owned()),
    })
}

/// The longest text that is a name or a word, in characters; longer ones are somebody's prose.
const NAMES: usize = 512;

/// A text without white space and marks of no width around it.
pub(super) fn bare(text: &str) -> &str {
    let is_air = |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}');
    text.trim_matches(is_air)
}

fn id(text: &str) -> Result<String, Sentence> {
    let text = bare(text);
    if text.is_empty() {
        return Err(sentence!("是空的", "is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(sentence!("含有控制字符", "holds a control character"));
    }
    if text.contains(mask::WHOLE) {
        return Err(sentence!(
            "打了码, 看不出是哪一个: 请用完整的编号",
            "is masked, so that nobody knows which one it is: write it in full"
        ));
    }
    if looks_like_lost_digits(text) {
        return Err(sentence!(
            "成了科学计数, 表格已丢失数位; 请把这一列设为文本",
            "is a number in scientific form: the spreadsheet lost its digits, format the column as text"
        ));
    }
    long(text, 128)
}

/// `1.38E+10`: what a spreadsheet makes of a long number.
fn looks_like_lost_digits(text: &str) -> bool {
    let (head, tail) = text.split_once(['E', 'e']).unwrap_or(("", ""));
    let tail = tail.strip_prefix('+').unwrap_or("");
    !head.is_empty()
        && head.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && !tail.is_empty()
        && tail.bytes().all(|b| b.is_ascii_digit())
}

fn long(text: &str, most: usize) -> Result<String, Sentence> {
    let length = text.chars().count();
    if length > most {
        return Err(sentence!(
            "有 {length} 个字, 最多 {most} 个",
            "is {length} characters long, at most {most} are kept",
        ));
    }
    Ok(text.to_owned())
}

/// A phone number. Mainland mobiles are kept as eleven digits, however they were written; anything else narrow, as it is.
pub(super) fn phone(text: &str) -> Result<String, Sentence> {
    const WRONG: Fixed = ("不是电话号码", "is not a phone number");
    if text == mask::WHOLE {
        return Ok(text.into());
    }
    if looks_like_lost_digits(text) {
        return Err(sentence!(
            "成了科学计数, 表格已丢失数位; 请把这一列设为文本",
            "is a number in scientific form: the spreadsheet lost its digits, format the column as text"
        ));
    }
    let plain = narrow(text);
    let (number, extension) = match plain.split_once(['转', 'x']) {
        Some((number, extension)) => (number.trim_end(), Some(extension.trim())),
        None => (plain.as_ref(), None),
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    // Trimming hides what stands around the word for an extension.
    let spaced = plain
        .chars()
        .all(|c| c == ' ' || !(c.is_control() || c.is_whitespace()));
    let clean = spaced
        && number
            .chars()
            .all(|c| c.is_ascii_digit() || " +-()*.".contains(c));
    let plus = number.trim_start_matches('(').starts_with('+');
    let misplaced = number.matches('+').count() > usize::from(plus);
    let decimals = number.contains('.') && number.matches('.').count() != 2;
    if !clean || misplaced || decimals || !(3..=20).contains(&digits.len()) || plain.len() > 32 {
        return Err(WRONG.into());
    }
    if extension
        .is_some_and(|e| e.is_empty() || e.len() > 6 || !e.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(WRONG.into());
    }
    if extension.is_none() && !number.contains('*') {
        let abroad = digits
            .strip_prefix("0086")
            .or_else(|| digits.strip_prefix("86"));
        let mobile = abroad.unwrap_or(&digits);
        if mobile.len() == 11 && mobile.starts_with('1') && (abroad.is_some() || !plus) {
            return Ok(mobile.to_owned());
        }
    }
    Ok(plain.into_owned())
}

fn money(text: &str, least: i64) -> Result<i64, Sentence> {
    let fen = match Fen::parse_yuan(text) {
        Ok(fen) => i128::from(fen.0),
        Err(_) => amount::fen(text).ok_or((
            "不是以元计的金额 (数字, 最多两位小数)",
            "is not an amount in yuan (digits and at most two decimals)",
        ))?,
    };
    let fen = i64::try_from(fen).unwrap_or(if fen < 0 { i64::MIN } else { i64::MAX });
    if fen < least {
        return Err(sentence!("是负数", "is negative"));
    }
    if fen >= MOST_FEN {
        return Err(sentence!("金额太大", "is too large an amount"));
    }
    Ok(fen)
}

/// A target: yuan become fen, `4%` becomes 0.04, `1.2万` and `8,000` are counts.
pub(super) fn measure(text: &str, unit: Unit) -> Result<Value, Sentence> {
    let plain = narrow(text);
    let (number, scale) = plain
        .strip_suffix('%')
        .map_or((plain.as_ref(), 1.0), |t| (t.trim_end(), 100.0));
    match unit {
        Unit::Fen => money(text, 1 - MOST_FEN).map(|fen| Value::Real(fen as f64)),
        Unit::Count => real(number)
            .or_else(|why| many(number).ok_or(why))
            .map(|n| Value::Real(n / scale)),
        Unit::Percent | Unit::Minutes | Unit::Days | Unit::Ratio | Unit::Score => {
            Ok(Value::Real(real(number)? / scale))
        }
    }
}

/// A whole number in groups or with a unit, like an amount without a currency.
fn many(text: &str) -> Option<f64> {
    let fen = amount::fen(text)?;
    let is_bare = !text.contains(['¥', '元', '圆']) && fen % 100 == 0;
    is_bare.then_some((fen / 100) as f64)
}

fn whole(text: &str) -> Result<i64, Sentence> {
    const WRONG: Fixed = ("不是整数", "is not a whole number");
    let plain = narrow(text);
    let digits = plain.strip_prefix('-').unwrap_or(&plain);
    let digits = amount::ungrouped(digits).ok_or(WRONG)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(WRONG.into());
    }
    let sign = if plain.starts_with('-') { -1 } else { 1 };
    match digits.parse::<i64>() {
        Ok(n) if n < MOST_FEN => Ok(sign * n),
        _ => Err(sentence!("数字太大", "is too large a number")),
    }
}

fn real(text: &str) -> Result<f64, Sentence> {
    let plain = !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    match text.parse::<f64>() {
        Ok(n) if plain && n.is_finite() && n.abs() < 1e15 => Ok(n),
        _ => Err(sentence!("不是数字", "is not a number")),
    }
}

fn flag(text: &str) -> Result<i64, Sentence> {
    match text {
        "1" | "true" | "TRUE" | "True" | "yes" | "Yes" | "Y" | "y" | "是" | "有" => Ok(1),
        "0" | "false" | "FALSE" | "False" | "no" | "No" | "N" | "n" | "否" | "无" => Ok(0),
        _ => Err(sentence!("不是 1 或 0", "is neither 1 nor 0")),
    }
}

/// The business day of an instant.
pub(super) fn biz_date(at: i64, zone: Zone) -> String {
    let day: NaiveDate = zone.day_of(at).date();
    day.format("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

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
    #[case("$5")]
    #[case("10000000000000")]
    fn what_is_no_price_is_refused(#[case] text: &str) {
        assert!(value(text, Type::Money, Zone::default()).is_err(), "{text}");
    }

    #[rstest]
    #[case(Type::Phone, "1.38E+10")]
    #[case(Type::Phone, "电话")]
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

    #[rstest]
    #[case("12800001234", "12800001234")]
    #[case("+86 128 0000 1234", "12800001234")]
    #[case("+8612800001234", "12800001234")]
    #[case("0086-128-0000-1234", "12800001234")]
    #[case("86 12800001234", "12800001234")]
    #[case("(+86)128-0000-1234", "12800001234")]
    #[case("（+86）12800001234", "12800001234")]
    #[case("128-0000-1234", "12800001234")]
    #[case("128 0000 1234", "12800001234")]
    #[case("128.0000.1234", "12800001234")]
    #[case("１２８００００１２３４", "12800001234")]
    #[case("128****1234", "128****1234")]
    #[case("***", "***")]
    #[case("021-55550123", "021-55550123")]
    #[case("(021) 5555 0123", "(021) 5555 0123")]
    #[case("021-55550123转801", "021-55550123转801")]
    #[case("400-555-0123", "400-555-0123")]
    #[case("+1 202 555 0123", "+1 202 555 0123")]
    fn phones_are_read_in_all_their_forms(#[case] text: &str, #[case] wanted: &str) {
        let read = value(text, Type::Phone, Zone::default());
        assert_eq!(read, Ok(Value::Text(wanted.into())), "{text}");
        // An erasure knows the number by any of these.
        let number = crate::store::number::Number::of;
        assert_eq!(number(text), number(wanted), "{text}");
        assert_eq!(number(text).is_none(), text.contains('*'), "{text}");
    }

    #[rstest]
    #[case("1.28E+10")]
    #[case("12800001234.0")]
    #[case("12800001234,12800001235")]
    #[case("12800001234/12800001235")]
    #[case("12")]
    #[case("电话：12800001234")]
    #[case("128+00001234")]
    #[case("021-55550123转")]
    #[case("021-55550123转\u{b}801")]
    #[case("021-55550123\u{b}转801")]
    #[case("123456789012345678901")]
    fn what_is_no_phone_is_refused(#[case] text: &str) {
        assert!(value(text, Type::Phone, Zone::default()).is_err(), "{text}");
    }

    #[rstest]
    #[case("-", Type::Time, true)]
    #[case(" -- ", Type::Phone, true)]
    #[case("/", Type::Id, true)]
    #[case("NULL", Type::Id, true)]
    #[case("\\N", Type::Money, true)]
    #[case("#N/A", Type::Time, true)]
    #[case("null", Type::Text(512), false)]
    #[case("0000-00-00 00:00:00", Type::Time, true)]
    #[case("0000-00-00 00:00:00", Type::Id, false)]
    #[case("-", Type::Text(512), false)]
    #[case("-1", Type::Money, false)]
    fn what_exports_do_not_know_is_nothing_but_in_free_text(
        #[case] text: &str,
        #[case] ty: Type,
        #[case] wanted: bool,
    ) {
        assert_eq!(is_nothing(text, ty), wanted);
    }

    #[test]
    fn counts_may_be_grouped_and_wide() {
        let read = |text| value(text, Type::Count, Zone::default());
        assert_eq!(read("1,234"), Ok(Value::Integer(1_234)));
        assert_eq!(read("１２"), Ok(Value::Integer(12)));
        assert!(read("1,23").is_err() && read("--1").is_err() && read("1.0").is_err());
    }

    #[test]
    fn a_target_is_read_in_the_unit_of_its_metric() {
        assert_eq!(measure("240000", Unit::Fen), Ok(Value::Real(24_000_000.0)));
        assert_eq!(measure("4%", Unit::Percent), Ok(Value::Real(0.04)));
        assert_eq!(measure("0.04", Unit::Percent), Ok(Value::Real(0.04)));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>(), digits in "[-+0-9TZ:. eE%,]{0,24}") {
            for t in [&text, &digits] {
                for ty in [
                    Type::Id, Type::Text(5), Type::Phone, Type::Money, Type::SignedMoney, Type::Time, Type::End, Type::Date, Type::Int,
                    Type::Count, Type::Real, Type::Flag, Type::Gender, Type::OneOf(&["x"]), Type::Measure,
                ] {
                    let _ = value(t, ty, Zone::default());
                }
                let _ = measure(t, Unit::Fen);
                let _ = measure(t, Unit::Count);
            }
        }

        #[test]
        fn money_goes_round(fen in 0..MOST_FEN) {
            let text = format!("{}.{:02}", fen / 100, fen % 100);
            prop_assert_eq!(value(&text, Type::Money, Zone::default()), Ok(Value::Integer(fen)));
        }
    }
}
