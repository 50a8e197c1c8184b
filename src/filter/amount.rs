//! Numbers, amounts, ages and dates as people type them, read exactly.

use chrono::NaiveDate;

use super::ast::{Measure, When};
use super::error::Problem;
use super::fields::Kind;
use crate::domain::period::PeriodSpec;
use crate::domain::{Day, Lang};

/// Largest whole number an `f64` counts exactly, and so the largest bound.
const LARGEST: i128 = 1 << 53;

const MONEY_UNITS: &str = "k w(万) m 亿";
const AGE_UNITS: &str = "时h 天d 周w 月m 年y";

/// A problem and where in the value it begins (characters).
pub type At = (usize, Problem);

/// Splits `12.5万` into `12.5` and `万`; the sign stays with the number.
fn split_number(text: &str) -> (&str, &str, usize) {
    let end = text
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*i == 0 && matches!(c, '-' | '+'))))
        .map_or(text.len(), |(i, _)| i);
    let (number, unit) = text.split_at(end);
    (number, unit, number.chars().count())
}

/// The two ends of what people of other programs write as a range: `100-200`.
fn dashed(text: &str) -> Option<(&str, &str)> {
    let at = text.char_indices().skip(1).find(|(_, c)| *c == '-')?.0;
    let (a, b) = text.split_at(at);
    Some((a, b.strip_prefix('-')?))
}

/// `7-30天` and `7天-30天` as the range they mean.
fn ages_dashed(text: &str) -> Option<String> {
    let (a, b) = dashed(text)?;
    let age = |end: &str| matches!(moment(end), Ok(Moment::Age(..)));
    if !age(b) {
        return None;
    }
    if age(a) {
        return Some(format!("{a}..{b}"));
    }
    let (_, unit, _) = split_number(b);
    let a = format!("{a}{unit}");
    age(&a).then(|| format!("{a}..{b}"))
}

/// Digits with at most one point and an optional sign, at least one digit.
fn is_decimal(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = body.bytes().filter(u8::is_ascii_digit).count();
    let points = body.bytes().filter(|b| *b == b'.').count();
    digits > 0 && points <= 1 && digits + points == body.len()
}

/// Reads a number of a field's kind into the field's own unit: fen, count, or plain.
pub fn number(text: &str, kind: Kind) -> Result<f64, At> {
    let bare = text.strip_prefix('¥').unwrap_or(text);
    let skipped = text.chars().count() - bare.chars().count();
    let (digits, unit, unit_at) = split_number(bare);
    if !is_decimal(digits) {
        return Err((0, Problem::NotANumber(text.to_owned())));
    }
    if kind == Kind::Number {
        let is_number = |end: &str| number(end, kind).is_ok();
        return match dashed(text) {
            _ if unit.is_empty() => digits
                .parse()
                .map_err(|_| (0, Problem::NotANumber(text.to_owned()))),
            Some((a, b)) if is_number(a) && is_number(b) => {
                Err((0, Problem::Dash(format!("{a}..{b}"))))
            }
            _ => Err((
                skipped + unit_at,
                Problem::WrongUnit(unit.to_owned(), "1..100"),
            )),
        };
    }
    let unit_word = if kind == Kind::Money {
        unit.strip_suffix(['元', '块']).unwrap_or(unit)
    } else {
        unit
    };
    let power = match unit_word {
        "" => 0,
        "k" | "K" | "千" => 3,
        "w" | "W" | "万" => 4,
        "m" | "M" | "百万" => 6,
        "亿" => 8,
        other => {
            let is_number = |end: &str| number(end, kind).is_ok();
            return Err(match dashed(text) {
                Some((a, b)) if is_number(a) && is_number(b) => {
                    (0, Problem::Dash(format!("{a}..{b}")))
                }
                _ => (
                    skipped + unit_at,
                    Problem::WrongUnit(other.to_owned(), MONEY_UNITS),
                ),
            });
        }
    };
    let fen = if kind == Kind::Money { 2 } else { 0 };
    whole(digits, power + fen, text)
        .map(|n| n as f64)
        .map_err(|problem| (0, problem))
}

/// `digits × 10^power` as a whole number, exactly.
fn whole(digits: &str, power: usize, typed: &str) -> Result<i128, Problem> {
    let negative = digits.starts_with('-');
    let body = digits.strip_prefix(['-', '+']).unwrap_or(digits);
    let (before, after) = body.split_once('.').unwrap_or((body, ""));
    let after = after.trim_end_matches('0');
    if after.len() > power {
        return Err(Problem::TooFine(typed.to_owned()));
    }
    let joined = format!("{before}{after:0<power$}");
    let trimmed = joined.trim_start_matches('0');
    if trimmed.len() > 17 {
        return Err(Problem::TooLarge(typed.to_owned()));
    }
    let n: i128 = trimmed.parse().unwrap_or(0);
    if n > LARGEST {
        return Err(Problem::TooLarge(typed.to_owned()));
    }
    Ok(if negative { -n } else { n })
}

/// A time as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// `30d`: an age.
    Age(f64, Measure),
    /// `-7d`: the moment that long ago, on the calendar's side.
    Back(f64, Measure),
    /// A date or calendar word.
    Calendar(When),
}

/// Reads an age, a date or a calendar word.
pub fn moment(text: &str) -> Result<Moment, At> {
    if let Some(spec) = calendar_word(text) {
        return Ok(Moment::Calendar(When::In(spec)));
    }
    if let Some(when) = date(text) {
        return Ok(Moment::Calendar(when));
    }
    let (digits, unit, unit_at) = split_number(text);
    if !is_decimal(digits) || digits.starts_with('+') {
        return Err((0, Problem::NotATime(text.to_owned())));
    }
    if let Some(range) = ages_dashed(text) {
        return Err((0, Problem::Dash(range)));
    }
    let is_calendar = |c: char| c.is_ascii_digit() || "-/年月日号Ww".contains(c);
    if unit.starts_with(['-', '/', '年']) && unit.chars().count() > 1 {
        let problem = if unit.chars().all(is_calendar) {
            Problem::NoSuchDay(text.to_owned())
        } else {
            Problem::NotATime(text.to_owned())
        };
        return Err((0, problem));
    }
    let measure = match unit {
        "" => return Err((unit_at, Problem::NoUnit(digits.to_owned()))),
        "h" | "H" | "时" | "小时" => Measure::Hour,
        "d" | "D" | "天" | "日" => Measure::Day,
        "w" | "W" | "周" | "星期" => Measure::Week,
        "m" | "M" | "月" | "个月" => Measure::Month,
        "y" | "Y" | "年" => Measure::Year,
        other => return Err((unit_at, Problem::WrongUnit(other.to_owned(), AGE_UNITS))),
    };
    let back = digits.strip_prefix('-');
    let amount: f64 = back
        .unwrap_or(digits)
        .parse()
        .map_err(|_| (0, Problem::NotATime(text.to_owned())))?;
    // A thousand years is beyond every workspace, and keeps instants inside i64.
    if amount > 9_000_000.0 {
        return Err((0, Problem::TooLarge(text.to_owned())));
    }
    Ok(match back {
        Some(_) => Moment::Back(amount, measure),
        None => Moment::Age(amount, measure),
    })
}

/// Canonical word and other words of each calendar period.
const CALENDAR: &[(PeriodSpec, &[&str])] = &[
    (PeriodSpec::Today, &["today", "今天", "今日", "jt"]),
    (PeriodSpec::Yesterday, &["yesterday", "昨天", "昨日", "zt"]),
    (PeriodSpec::Week, &["week", "本周", "这周", "bz"]),
    (PeriodSpec::Month, &["month", "本月", "这个月", "by"]),
    (PeriodSpec::Quarter, &["quarter", "本季", "本季度", "bj"]),
    (PeriodSpec::Year, &["year", "今年", "本年", "jn"]),
    (PeriodSpec::LastWeek, &["last-week", "上周", "sz"]),
    (
        PeriodSpec::LastMonth,
        &["last-month", "上月", "上个月", "sy"],
    ),
];

/// Every calendar word: canonical first in each list.
pub fn calendar_words() -> impl Iterator<Item = &'static [&'static str]> {
    CALENDAR.iter().map(|(_, words)| *words)
}

fn calendar_word(text: &str) -> Option<PeriodSpec> {
    let lower = text.to_lowercase();
    CALENDAR
        .iter()
        .find(|(_, words)| words.contains(&lower.as_str()))
        .map(|(spec, _)| *spec)
}

/// The word of a calendar period in a language, its date form, or `None` for forms that are no single word.
pub fn calendar_text(spec: PeriodSpec, lang: Lang) -> Option<String> {
    let word = match lang {
        Lang::Zh => 1,
        Lang::En => 0,
    };
    match spec {
        PeriodSpec::Today
        | PeriodSpec::Yesterday
        | PeriodSpec::Week
        | PeriodSpec::Month
        | PeriodSpec::Quarter
        | PeriodSpec::Year
        | PeriodSpec::LastWeek
        | PeriodSpec::LastMonth => CALENDAR
            .iter()
            .find(|(s, _)| *s == spec)
            .and_then(|(_, words)| words.get(word))
            .map(|w| (*w).to_owned()),
        PeriodSpec::Last(days) => Some(format!("{days}d")),
        PeriodSpec::MonthOf(year, month) => Some(format!("{year:04}-{month:02}")),
        PeriodSpec::WeekOf(year, week) => Some(format!("{year:04}-W{week:02}")),
        PeriodSpec::Range(..) | PeriodSpec::Counted(..) | PeriodSpec::OfYear(_) => None,
    }
}

/// `YYYY-MM-DD`, `YYYY-MM`, `YYYY-Www`, `MM-DD`; `/` and `年月日` are accepted for `-`.
fn date(text: &str) -> Option<When> {
    let plain = text
        .trim_end_matches(['日', '号'])
        .replace(['/', '年', '月'], "-");
    let plain = plain.trim_end_matches('-');
    if let Some((year, week)) = plain.split_once(['W', 'w']) {
        let year = digits(year.strip_suffix('-')?, 4, 4)?;
        let week = digits(week, 1, 2)?;
        let year = i32::try_from(year).ok()?;
        NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon)?;
        return Some(When::In(PeriodSpec::WeekOf(year, week)));
    }
    let parts: Vec<&str> = plain.split('-').collect();
    match parts.as_slice() {
        [y, m, d] => {
            let year = i32::try_from(digits(y, 4, 4)?).ok()?;
            NaiveDate::from_ymd_opt(year, digits(m, 1, 2)?, digits(d, 1, 2)?)
                .map(|date| When::On(Day::from_date(date)))
        }
        [y, m] if y.len() == 4 => {
            let (year, month) = (i32::try_from(digits(y, 4, 4)?).ok()?, digits(m, 1, 2)?);
            NaiveDate::from_ymd_opt(year, month, 1)?;
            Some(When::In(PeriodSpec::MonthOf(year, month)))
        }
        [m, d] => month_day(digits(m, 1, 2)?, digits(d, 1, 2)?),
        _ => None,
    }
}

fn digits(text: &str, at_least: usize, at_most: usize) -> Option<u32> {
    let ok = (at_least..=at_most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    ok.then(|| text.parse().ok()).flatten()
}

/// A day that exists in some year (29 February does).
fn month_day(month: u32, day: u32) -> Option<When> {
    NaiveDate::from_ymd_opt(2024, month, day).map(|_| When::MonthDay(month, day))
}

/// A birthday's interval as month × 100 + day, both ends included: a month, a day, or nothing of the kind.
pub fn birthday(text: &str) -> Option<(f64, f64)> {
    let month = text
        .strip_suffix("月")
        .or_else(|| text.strip_suffix("月份"))
        .unwrap_or(text);
    if let Some(m) = digits(month, 1, 2) {
        let m = (1..=12).contains(&m).then_some(f64::from(m))?;
        return Some((m * 100.0 + 1.0, m * 100.0 + 31.0));
    }
    match date(text)? {
        When::MonthDay(m, d) => {
            let day = f64::from(m) * 100.0 + f64::from(d);
            Some((day, day))
        }
        When::Ago(..) | When::On(_) | When::In(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_to_the_fen_without_rounding() {
        // 0.29 × 100 is 28.999999999999996 in floating point.
        assert_eq!(number("0.29", Kind::Money), Ok(29.0));
        assert_eq!(number("1.15", Kind::Money), Ok(115.0));
        assert_eq!(number("1.2345万", Kind::Money), Ok(1_234_500.0));
        assert_eq!(number("¥5k", Kind::Money), Ok(500_000.0));
        assert_eq!(number("1亿元", Kind::Money), Ok(1e10));
        assert_eq!(number("-3.5", Kind::Money), Ok(-350.0));
        assert_eq!(number("1.50000", Kind::Money), Ok(150.0));
    }

    #[test]
    fn what_is_finer_than_a_fen_or_a_thing_is_refused() {
        assert!(matches!(
            number("0.001", Kind::Money),
            Err((0, Problem::TooFine(_)))
        ));
        assert!(matches!(
            number("1.5", Kind::Count),
            Err((0, Problem::TooFine(_)))
        ));
        assert_eq!(number("1.5w", Kind::Count), Ok(15_000.0));
        assert!(matches!(
            number("99999999999999999999", Kind::Money),
            Err((0, Problem::TooLarge(_)))
        ));
    }

    #[test]
    fn an_unknown_unit_is_pointed_at() {
        assert!(
            matches!(number("30t", Kind::Money), Err((2, Problem::WrongUnit(u, _))) if u == "t")
        );
        assert!(matches!(moment("30t"), Err((2, Problem::WrongUnit(u, _))) if u == "t"));
        assert!(matches!(moment("30"), Err((2, Problem::NoUnit(_)))));
    }

    #[test]
    fn w_and_m_are_week_and_month_on_times() {
        assert_eq!(moment("2w"), Ok(Moment::Age(2.0, Measure::Week)));
        assert_eq!(moment("3m"), Ok(Moment::Age(3.0, Measure::Month)));
        assert_eq!(moment("1.5年"), Ok(Moment::Age(1.5, Measure::Year)));
        assert_eq!(moment("-7d"), Ok(Moment::Back(7.0, Measure::Day)));
    }

    #[test]
    fn dates_are_read_in_the_usual_spellings() {
        let day = Day::parse("2026-03-01").unwrap();
        for text in ["2026-03-01", "2026-3-1", "2026/3/1", "2026年3月1日"] {
            assert_eq!(moment(text), Ok(Moment::Calendar(When::On(day))), "{text}");
        }
        assert_eq!(moment("3-15"), Ok(Moment::Calendar(When::MonthDay(3, 15))));
        assert_eq!(
            moment("2026-03"),
            Ok(Moment::Calendar(When::In(PeriodSpec::MonthOf(2026, 3))))
        );
        assert_eq!(
            moment("2026-W53"),
            Ok(Moment::Calendar(When::In(PeriodSpec::WeekOf(2026, 53))))
        );
        for text in ["2026-02-29", "13-01", "2026-13", "2025-W53", "2026-3-1-1"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_dash_between_two_values_is_told_from_a_unit() {
        let dash = |range: &str| Some((0, Problem::Dash(range.to_owned())));
        assert_eq!(number("100-200", Kind::Money).err(), dash("100..200"));
        assert_eq!(number("1万-5万", Kind::Money).err(), dash("1万..5万"));
        assert_eq!(number("45-60", Kind::Number).err(), dash("45..60"));
        assert_eq!(moment("7-30天").err(), dash("7天..30天"));
        assert_eq!(moment("7天-30天").err(), dash("7天..30天"));
        assert!(matches!(
            number("100-x", Kind::Money),
            Err((3, Problem::WrongUnit(..)))
        ));
    }

    #[test]
    fn a_date_that_no_year_has_is_said_to_be_none() {
        for text in ["2026-13", "2026-02-30", "13-01", "2026年13月", "2026-W60"] {
            let none = Some((0, Problem::NoSuchDay(text.to_owned())));
            assert_eq!(moment(text).err(), none, "{text}");
        }
    }

    #[test]
    fn a_birthday_is_a_month_or_a_day() {
        assert_eq!(birthday("3"), Some((301.0, 331.0)));
        assert_eq!(birthday("12月"), Some((1201.0, 1231.0)));
        assert_eq!(birthday("03-15"), Some((315.0, 315.0)));
        assert_eq!(birthday("13"), None);
        assert_eq!(birthday("2026-03-15"), None);
    }
}
