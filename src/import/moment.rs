//! Days and times as people and programs write them → calendar days and unix seconds.
//!
//! | written | read as |
//! |---|---|
//! | `2026-03-01` `2026-3-1` `2026/03/01` `2026/3/1` `2026.3.1` `2026年3月1日` `2026年03月01日` `20260301` `２０２６-03-01` | a day |
//! | a day, then `18:30` `8:30` `18:30:05` `18:30:05.123` `18时30分` `18点30分5秒` `18：30` `1830` `183005`, after a blank, a `T` or nothing behind 日 | a local time |
//! | `上午9:30` `下午3:04` `凌晨` `早上` `中午` `晚上`, `3:04 PM` | twelve hours |
//! | `20260301183005` `202603011830` | a local time |
//! | `46082` `46082.5`, 20000 up to 80000 (1954 to 2119) | a day or a local time, as spreadsheets count them |
//! | any of these with `Z` `+08:00` `+0800` `+08` behind | an instant |
//! | `3/1/2026` `01/03/2026` `26-3-1` `2026-3` `3月1日` `2026-02-30` `24:00` `18:60` `1772294400` `Mar 1 2026` `昨天` | refused |
//!
//! A local time that a clock change skipped is refused; one that happened twice is its first happening. Fractions of a
//! second are cut off.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

use super::narrow::narrow;
use crate::domain::sentence::Fixed;
use crate::domain::{Day, Sentence, Zone, sentence};

/// Years that are believed.
const YEARS: std::ops::RangeInclusive<i32> = 1_900..=2_199;
const FORM: Fixed = (
    "不是 2026-03-31 18:30:00 这样的时间",
    "is not a time like 2026-03-31 18:30:00",
);
const DAY_FORM: Fixed = ("不是 2026-03-31 这样的日期", "is not a day like 2026-03-31");

/// A calendar day. A time behind it must be midnight: nothing is cut off.
pub(super) fn date(text: &str) -> Result<Day, Sentence> {
    if let Some(day) = strict(text) {
        return Ok(day);
    }
    let plain = narrow(text);
    let plain = plain.trim();
    if let Some(at) = serial(plain) {
        let midnight = (at.time() == NaiveTime::MIN).then(|| Day::from_date(at.date()));
        return midnight.ok_or_else(|| DAY_FORM.into());
    }
    let (date, rest) = day(plain).or_else(|| compact(plain)).ok_or(DAY_FORM)?;
    if !rest.is_empty() && clock(rest) != Some(NaiveTime::MIN) {
        return Err(DAY_FORM.into());
    }
    Ok(Day::from_date(date))
}

/// The form that files of ours have, quickly.
fn strict(text: &str) -> Option<Day> {
    Day::parse(text).filter(|day| YEARS.contains(&day.date().year()))
}

/// An instant in unix seconds.
pub(super) fn time(text: &str, zone: Zone) -> Result<i64, Sentence> {
    if let Some(at) = quick(text, zone) {
        return at;
    }
    let plain = narrow(text);
    let plain = plain.trim();
    if let Some(at) = serial(plain) {
        return in_zone(at, zone);
    }
    let (plain, offset) = offset(plain)?;
    let (date, rest) = day(plain).or_else(|| compact(plain)).ok_or(FORM)?;
    if rest.is_empty() {
        // A day in an offset has no midnight of ours.
        return if offset.is_none() {
            Ok(zone.start_of(Day::from_date(date)))
        } else {
            Err(FORM.into())
        };
    }
    let local = date.and_time(clock(rest).ok_or(FORM)?);
    match offset {
        Some(seconds) => Ok(local.and_utc().timestamp() - seconds),
        None => in_zone(local, zone),
    }
}

/// An instant up to which something lasts, in unix seconds: of a day without a time the midnight behind it.
pub(super) fn end(text: &str, zone: Zone) -> Result<i64, Sentence> {
    let plain = narrow(text);
    let of_serial = || {
        let at = serial(plain.trim())?;
        (at.time() == NaiveTime::MIN).then(|| (at.date(), ""))
    };
    let whole = day(plain.trim()).or_else(|| compact(plain.trim()));
    match whole.or_else(of_serial) {
        Some((date, "")) => Ok(zone.start_of(Day::from_date(date).plus(1))),
        Some(_) | None => time(text, zone),
    }
}

/// What a spreadsheet keeps of a local time whose cell has lost its format: days since 1899-12-30, five digits of them, and
/// a fraction of one, to the second.
fn serial(text: &str) -> Option<NaiveDateTime> {
    let (days, rest) = digits(text, 5, 5)?;
    let fraction = match rest.strip_prefix('.') {
        Some(tail) if !tail.is_empty() && tail.bytes().all(|b| b.is_ascii_digit()) => rest,
        None if rest.is_empty() => "0",
        Some(_) | None => return None,
    };
    if !(20_000..80_000).contains(&days) {
        return None;
    }
    let fraction: f64 = format!("0{fraction}").parse().ok()?;
    let seconds = crate::domain::nearest(fraction * 86_400.0);
    let first = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_time(NaiveTime::MIN);
    let at = first.checked_add_signed(TimeDelta::days(i64::from(days)))?;
    at.checked_add_signed(TimeDelta::seconds(seconds))
}

/// Unix seconds of 9 or 10 digits, or milliseconds of 12 or 13.
pub(super) fn unix(text: &str) -> Result<i64, Sentence> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = text.parse().unwrap_or_default();
    match (digits, text.len()) {
        (true, 9 | 10) => Ok(number),
        (true, 12 | 13) => Ok(number / 1_000),
        _ => Err(sentence!(
            "不是秒或毫秒的时间戳",
            "is not a unix time in seconds or milliseconds"
        )),
    }
}

/// `YYYY-MM-DD[ HH:MM[:SS]]` of the zone; `None` leaves every other form to the patient reader.
fn quick(text: &str, zone: Zone) -> Option<Result<i64, Sentence>> {
    let (head, rest) = text.split_at_checked(10)?;
    let day = strict(head)?;
    if rest.is_empty() {
        return Some(Ok(zone.start_of(day)));
    }
    let clock = digital(rest.strip_prefix(['T', ' '])?)?;
    Some(in_zone(day.date().and_time(clock), zone))
}

/// A day at the beginning, and what follows it.
fn day(text: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = digits(text, 4, 4)?;
    let (mark, rest) = first(rest)?;
    let (month_end, day_end) = match mark {
        '-' | '/' | '.' => (Some(mark), None),
        '年' => (Some('月'), Some('日')),
        _ => return None,
    };
    let (month, rest) = digits(rest.trim_start(), 1, 2)?;
    let rest = rest.strip_prefix(month_end?)?;
    let (day, rest) = digits(rest.trim_start(), 1, 2)?;
    let rest = match day_end {
        None => rest,
        Some(end) => rest.strip_prefix([end, '号'])?,
    };
    // `2026-03-011` and `2026.3.1.5` are something else.
    let goes_on = rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '-'));
    let rest = rest.strip_prefix('T').unwrap_or(rest).trim_start();
    (!goes_on || day_end.is_some()).then_some((known(year, month, day)?, rest))
}

/// `20260301` with `1830` or `183005` directly behind, or a clock after a blank.
fn compact(text: &str) -> Option<(NaiveDate, &str)> {
    let (head, rest) = text.split_at_checked(8)?;
    let (year, rest_of) = digits(head, 4, 4)?;
    let (month, day) = rest_of.split_at_checked(2)?;
    let (month, day) = (digits(month, 2, 2)?.0, digits(day, 2, 2)?.0);
    Some((
        known(year, month, day)?,
        rest.trim_start_matches(['T', ' ']),
    ))
}

fn known(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    let year = i32::try_from(year).ok().filter(|y| YEARS.contains(y))?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// The offset at the end, seconds east, and what is before it.
fn offset(text: &str) -> Result<(&str, Option<i64>), Fixed> {
    const WRONG: Fixed = (
        "时区要写成 +08:00 或 Z",
        "has an offset that is not like +08:00 or Z",
    );
    if let Some(rest) = text.strip_suffix('Z') {
        return Ok((rest.trim_end(), Some(0)));
    }
    // Behind a clock only: the marks stand in days too.
    let Some(colon) = text.find(':') else {
        return Ok((text, None));
    };
    let (before, after) = text.split_at_checked(colon).unwrap_or((text, ""));
    let Some(at) = after.find(['+', '-']) else {
        return Ok((text, None));
    };
    let sign = if after.get(at..=at) == Some("-") {
        -1
    } else {
        1
    };
    let (clock, east) = (after.get(..at), after.get(at + 1..));
    let (Some(clock), Some(east)) = (clock, east) else {
        return Err(WRONG);
    };
    let clean: String = match (east.len(), east.as_bytes().get(2)) {
        (2 | 4, _) => east.to_owned(),
        (5, Some(b':')) => east.replacen(':', "", 1),
        _ => return Err(WRONG),
    };
    let (hours, minutes) = clean.split_at_checked(2).ok_or(WRONG)?;
    let hours = digits(hours, 2, 2).ok_or(WRONG)?.0;
    let minutes = if minutes.is_empty() {
        0
    } else {
        digits(minutes, 2, 2).ok_or(WRONG)?.0
    };
    if hours > 18 || minutes >= 60 {
        return Err(WRONG);
    }
    let length = before.len() + clock.len();
    let rest = text.get(..length).unwrap_or_default().trim_end();
    Ok((rest, Some(sign * i64::from(hours * 3_600 + minutes * 60))))
}

/// Parts of the day by their words, with the hours each may be said of and the hour that each then means.
const PARTS: [(&str, Part); 10] = [
    ("凌晨", Part::Night),
    ("早上", Part::Morning),
    ("上午", Part::Morning),
    ("中午", Part::Noon),
    ("下午", Part::Afternoon),
    ("晚上", Part::Evening),
    ("AM", Part::Morning),
    ("PM", Part::Afternoon),
    ("am", Part::Morning),
    ("pm", Part::Afternoon),
];

#[derive(Clone, Copy)]
enum Part {
    Night,
    Morning,
    Noon,
    Afternoon,
    Evening,
}

impl Part {
    /// The hour of the day; `None` where people differ (晚上12点) or nobody says so.
    fn hour(self, said: u32) -> Option<u32> {
        match (self, said) {
            (Self::Night, 0..=6) | (Self::Morning, 0..=11) | (Self::Noon, 11 | 12) => Some(said),
            (Self::Night | Self::Morning, 12) => Some(0),
            (Self::Noon, 1 | 2) | (Self::Afternoon, 1..=11) | (Self::Evening, 5..=11) => {
                Some(said + 12)
            }
            (Self::Afternoon, 12) => Some(12),
            (Self::Night | Self::Morning | Self::Noon | Self::Afternoon | Self::Evening, _) => None,
        }
    }
}

/// The time of a day in any form.
fn clock(text: &str) -> Option<NaiveTime> {
    let text = text.trim();
    let part = PARTS.iter().find_map(|(word, part)| {
        let rest = text
            .strip_prefix(word)
            .or_else(|| text.strip_suffix(word))?;
        Some((*part, rest.trim()))
    });
    let Some((part, rest)) = part else {
        return digital(text)
            .or_else(|| worded(text))
            .or_else(|| packed(text));
    };
    let time = digital(rest).or_else(|| worded(rest))?;
    time.with_hour(part.hour(time.hour())?)
}

/// `HH:MM`, `H:MM:SS`, `HH:MM:SS.fff`.
fn digital(text: &str) -> Option<NaiveTime> {
    let (hour, rest) = digits(text, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let Some(rest) = rest.strip_prefix(':') else {
        return rest
            .is_empty()
            .then(|| NaiveTime::from_hms_opt(hour, minute, 0))?;
    };
    let (second, rest) = digits(rest, 2, 2)?;
    let is_fraction = rest
        .strip_prefix(['.', ','])
        .is_some_and(|f| (1..=9).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()));
    (rest.is_empty() || is_fraction).then(|| NaiveTime::from_hms_opt(hour, minute, second))?
}

/// `18时30分`, `18点30分05秒`, `18时`.
fn worded(text: &str) -> Option<NaiveTime> {
    let (hour, rest) = digits(text, 1, 2)?;
    let rest = rest.strip_prefix(['时', '点'])?;
    if rest.is_empty() {
        return NaiveTime::from_hms_opt(hour, 0, 0);
    }
    let (minute, rest) = digits(rest, 1, 2)?;
    let rest = rest.strip_prefix('分')?;
    if rest.is_empty() {
        return NaiveTime::from_hms_opt(hour, minute, 0);
    }
    let (second, rest) = digits(rest, 1, 2)?;
    (rest == "秒").then(|| NaiveTime::from_hms_opt(hour, minute, second))?
}

/// `1830`, `183005`.
fn packed(text: &str) -> Option<NaiveTime> {
    if !matches!(text.len(), 4 | 6) {
        return None;
    }
    let (hour, rest) = text.split_at_checked(2)?;
    let (minute, rest) = rest.split_at_checked(2)?;
    let second = if rest.is_empty() {
        0
    } else {
        digits(rest, 2, 2)?.0
    };
    NaiveTime::from_hms_opt(digits(hour, 2, 2)?.0, digits(minute, 2, 2)?.0, second)
}

/// A number of so many digits at the beginning (as many as there are, at most `most`), and the rest.
fn digits(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let count = text
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    let (number, rest) = text.split_at_checked(count)?;
    (count >= least).then(|| Some((number.parse().ok()?, rest)))?
}

fn first(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    Some((chars.next()?, chars.as_str()))
}

fn in_zone(local: NaiveDateTime, zone: Zone) -> Result<i64, Sentence> {
    zone.instant_of(local).ok_or_else(|| {
        let zone = zone.0.name();
        sentence!(
            "在 {zone} 不存在: 那时拨快了时钟",
            "does not exist in {zone}: the clock was put forward",
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn shanghai(text: &str) -> Result<i64, String> {
        time(text, Zone::default()).map_err(|why| why.to_string())
    }

    /// 2026-03-01 00:00 +08:00 = 2026-02-28 16:00 UTC.
    const MIDNIGHT: i64 = 1_772_294_400;
    /// 18:30 of that day.
    const EVENING: i64 = MIDNIGHT + 18 * 3_600 + 30 * 60;

    #[rstest]
    #[case("2026-03-01", MIDNIGHT)]
    #[case("2026-3-1", MIDNIGHT)]
    #[case("2026/03/01", MIDNIGHT)]
    #[case("2026/3/1", MIDNIGHT)]
    #[case("2026.3.1", MIDNIGHT)]
    #[case("2026年3月1日", MIDNIGHT)]
    #[case("2026年03月01日", MIDNIGHT)]
    #[case("2026年 3月 1日", MIDNIGHT)]
    #[case("20260301", MIDNIGHT)]
    #[case("２０２６-03-01", MIDNIGHT)]
    #[case("２０２６／３／１", MIDNIGHT)]
    #[case("2026-03-01 00:00", MIDNIGHT)]
    #[case("2026-03-01T00:00:00", MIDNIGHT)]
    #[case("2026-02-28T16:00:00Z", MIDNIGHT)]
    #[case("2026-03-01T00:00:00+08:00", MIDNIGHT)]
    #[case("2026-03-01 00:00:00.999", MIDNIGHT)]
    #[case("2026-02-28T11:00:00-0500", MIDNIGHT)]
    #[case("2026-03-01 00:00:00 +08", MIDNIGHT)]
    #[case("2026/2/28 16:00:00Z", MIDNIGHT)]
    #[case("2026-03-01 18:30", EVENING)]
    #[case("2026/3/1 18:30", EVENING)]
    #[case("2026.3.1 18:30:00", EVENING)]
    #[case("2026年3月1日 18:30", EVENING)]
    #[case("2026年3月1日18时30分", EVENING)]
    #[case("2026年3月1日 18点30分0秒", EVENING)]
    #[case("2026-03-01 18：30", EVENING)]
    #[case("202603011830", EVENING)]
    #[case("20260301183000", EVENING)]
    #[case("20260301 18:30:00", EVENING)]
    #[case("20260301T183000", EVENING)]
    #[case("2026-03-01 下午6:30", EVENING)]
    #[case("2026/3/1 下午 6:30:00", EVENING)]
    #[case("2026-03-01 晚上6点30分", EVENING)]
    #[case("2026-03-01 6:30 PM", EVENING)]
    #[case("2026-03-01 6:30pm", EVENING)]
    #[case("2026-03-01 上午12:00", MIDNIGHT)]
    #[case("2026-03-01 凌晨0:00", MIDNIGHT)]
    #[case("2026-03-01 中午12:00", MIDNIGHT + 43_200)]
    #[case("2026-03-01 中午11:30", MIDNIGHT + 41_400)]
    #[case("2026-03-01 下午12:30", MIDNIGHT + 45_000)]
    #[case("2026-03-01 3:04", MIDNIGHT + 11_040)]
    #[case("46082", MIDNIGHT)]
    #[case("46082.5", MIDNIGHT + 43_200)]
    #[case("46082.770833333", EVENING)]
    // Shanghai put its clocks back on 1986-09-14: 01:30 happened twice; the first was still summer time (+09:00).
    #[case("1986-09-14 01:30:00", 527_013_000)]
    fn times_are_exact(#[case] text: &str, #[case] unix: i64) {
        assert_eq!(shanghai(text), Ok(unix), "{text}");
    }

    #[rstest]
    #[case("2026-02-28", MIDNIGHT)]
    #[case("2026/2/28", MIDNIGHT)]
    #[case("2026年2月28日", MIDNIGHT)]
    #[case("20260228", MIDNIGHT)]
    #[case("2026-03-01 00:00", MIDNIGHT)]
    #[case("2026-03-01 18:30", EVENING)]
    #[case("2026-02-28T16:00:00Z", MIDNIGHT)]
    #[case("46081", MIDNIGHT)]
    #[case("46082.770833333", EVENING)]
    fn what_ends_on_a_day_lasts_to_its_midnight(#[case] text: &str, #[case] unix: i64) {
        assert_eq!(end(text, Zone::default()), Ok(unix), "{text}");
    }

    #[rstest]
    #[case("")]
    #[case("3/1/2026")]
    #[case("01/03/2026")]
    #[case("26-3-1")]
    #[case("2026-3")]
    #[case("3月1日")]
    #[case("2026-02-30")]
    #[case("2026/2/29")]
    #[case("20260230")]
    #[case("2026-00-10")]
    #[case("0000-01-01")]
    #[case("99999-01-01")]
    #[case("2026-03-01 24:00")]
    #[case("2026-03-01 10:60")]
    #[case("2026-03-01 10:00:60")]
    #[case("2026-03-01X10:00")]
    #[case("2026-03-01 10:00 +8")]
    #[case("2026-03-01T10:00:00+99:00")]
    #[case("2026-03-01T10:00:00+08:0")]
    #[case("2026-03-01Z")]
    #[case("2026-03-01 下午15:30")]
    #[case("2026-03-01 下午0:30")]
    #[case("2026-03-01 晚上12:00")]
    #[case("2026-03-01 13:00 PM")]
    #[case("2026-03-01 上午")]
    #[case("2026-03/01")]
    #[case("2026年3月1")]
    #[case("2026-03-011")]
    #[case("2026.3.1.5")]
    #[case("46082.5.1")]
    #[case("46082.")]
    #[case("19999")]
    #[case("80000")]
    #[case("4608")]
    #[case("1772294400")]
    #[case("1772294400000")]
    #[case("Mar 1 2026")]
    #[case("Sun, 01 Mar 2026 00:00:00 GMT")]
    #[case("昨天")]
    #[case("00:30")]
    #[case("2026-03-01 10:00:00.")]
    #[case("2026-03-01 10")]
    fn what_is_no_time_is_refused(#[case] text: &str) {
        assert!(shanghai(text).is_err(), "{text}");
    }

    #[test]
    fn a_time_the_clock_skipped_is_refused_by_reason() {
        // 1986-05-04 02:00 to 03:00 did not exist in Shanghai.
        for text in ["1986-05-04 02:30", "1986年5月4日2时30分", "19860504023000"] {
            let why = shanghai(text).unwrap_err();
            assert!(why.contains("does not exist in Asia/Shanghai"), "{why}");
        }
    }

    #[test]
    fn a_day_is_a_day_and_loses_no_time() {
        let day = Day::parse("2026-03-01").unwrap();
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026年3月1日",
            "20260301",
            "2026-03-01 00:00:00",
            "2026/3/1 0:00",
        ] {
            assert_eq!(date(text), Ok(day), "{text}");
        }
        assert!(date("2026-03-01 10:00").is_err());
        assert!(date("2026-13-01").is_err());
    }

    #[test]
    fn unix_times_are_read_by_their_digits() {
        assert_eq!(unix("1772294400"), Ok(MIDNIGHT));
        assert_eq!(unix("1772294400123"), Ok(MIDNIGHT));
        for text in [
            "",
            "17722944",
            "1772294400.5",
            "-177229440",
            "17722944001",
            "１７７２２９４４００",
        ] {
            assert!(unix(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn times_written_by_us_are_read_back(at in -2_000_000_000_i64..7_000_000_000, form in 0..6_usize) {
            let zone = Zone::default();
            let forms = ["%Y-%m-%d %H:%M:%S", "%Y/%-m/%-d %-H:%M:%S", "%Y年%-m月%-d日%H时%M分%S秒", "%Y%m%d%H%M%S",
                "%Y.%-m.%-d %p%I:%M:%S", "%Y-%m-%dT%H:%M:%S.500"];
            let text = zone.local(at).format(forms[form]).to_string();
            // Hours that happened twice come back as the first of them.
            let back = time(&text, zone).unwrap();
            prop_assert!(back == at || back == at - 3_600 || back == at - 343, "{at} {back} {text}");
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>(), like in "[-+0-9/.年月日时分秒上下午TZ: ]{0,24}") {
            for text in [&text, &like] {
                let _ = (shanghai(text), date(text), unix(text));
            }
        }
    }
}
