//! Times on the command line: `--as-of`, `--today`, `--every`.

use chrono::{DateTime, NaiveDateTime};

use crate::domain::period::PeriodSpec;
use crate::domain::{Day, Sentence, Zone, sentence};
use crate::runtime::clock::Clock;

use super::error::{Exit, Failure};

/// Now, unix seconds.
pub fn now() -> i64 {
    Clock::start(None).now().unix
}

/// Reads `--as-of`: ISO 8601 with an offset, or local time in the workspace's zone. A day alone is its last second, today
/// is now, and a day to come is its first second. A time that the clock shows twice is the first of the two.
pub fn as_of(text: &str, zone: Zone) -> Result<i64, Failure> {
    instant(text.trim(), zone, now())
}

/// The same at a moment.
fn instant(text: &str, zone: Zone, now: i64) -> Result<i64, Failure> {
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.timestamp());
    }
    if let Some(day) = Day::parse(text) {
        return Ok((zone.start_of(day.plus(1)) - 1).min(now.max(zone.start_of(day))));
    }
    let local = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
    ]
    .iter()
    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let Some(local) = local else {
        return Err(no_time(sentence!(
            "{text:?} 不是时间",
            "{text:?} is not a time"
        )));
    };
    zone.instant_of(local).ok_or_else(|| {
        let name = zone.0.name();
        no_time(sentence!(
            "{text} 在 {name} 不存在: 那时拨快了时钟",
            "{text} does not exist in {name}: the clock was put forward",
        ))
    })
}

fn no_time(what: Sentence) -> Failure {
    Failure::new(
        Exit::Usage,
        what,
        sentence!(
            "写作 2026-11-11, 2026-11-11 14:30 或 2026-11-11T14:30:00+08:00",
            "write 2026-11-11, 2026-11-11 14:30 or 2026-11-11T14:30:00+08:00"
        ),
    )
}

/// Reads `--today` of a demo, whose day ends at half past two: without one, the last day of which that has come, since what
/// it invents shall not be of later than now.
pub fn demo_day(text: Option<&str>, zone: Zone) -> Result<Day, Failure> {
    let now = now();
    let today = zone.day_of(now);
    text.map_or_else(|| Ok(last_demo_day(now, zone)), |text| day(text, today))
}

fn last_demo_day(now: i64, zone: Zone) -> Day {
    let today = zone.day_of(now);
    if crate::store::demo::end_of(today, zone) > now {
        today.plus(-1)
    } else {
        today
    }
}

/// Reads one day as a period names it: `2026-11-20`, `2026/11/20`, `11月20日`, `前天`.
pub fn day(text: &str, today: Day) -> Result<Day, Failure> {
    let days = text
        .parse::<PeriodSpec>()
        .ok()
        .map(|spec| spec.resolve(today));
    let day = days
        .filter(|days| days.from == days.to)
        .map(|days| days.from);
    day.ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            sentence!("{text:?} 不是日期", "{text:?} is not a day"),
            sentence!("写作 2026-11-11", "write it as 2026-11-11"),
        )
    })
}

/// Reads `20s`, `2m` or plain seconds; milliseconds.
pub fn every(text: &str) -> Result<u64, Failure> {
    let (digits, unit) = match text.trim().strip_suffix('m') {
        Some(minutes) => (minutes, 60_000),
        None => (text.trim().trim_end_matches('s'), 1_000),
    };
    digits
        .parse::<u64>()
        .ok()
        .filter(|n| (1..=86_400).contains(n))
        .map(|n| n * unit)
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                sentence!("{text:?} 不是等待时间", "{text:?} is not a time to wait"),
                sentence!(
                    "写作 20s 或 2m, 至少 1s",
                    "write it as 20s or 2m, at least 1s"
                ),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_workspaces_zone() {
        let zone = Zone::default();
        // 2026-11-11 14:30 in Shanghai is 06:30 UTC.
        assert_eq!(as_of("2026-11-11 14:30", zone).ok(), Some(1_794_378_600));
        assert_eq!(
            as_of("2026-11-11T06:30:00Z", zone).ok(),
            Some(1_794_378_600)
        );
        assert!(as_of("11/11/2026", zone).is_err());
    }

    #[test]
    fn a_demo_without_a_day_is_of_nothing_later_than_now() {
        let zone = Zone::default();
        let day = Day::parse("2026-11-11").unwrap();
        let half_past_two = 1_794_378_600;
        assert_eq!(last_demo_day(half_past_two, zone), day);
        assert_eq!(last_demo_day(half_past_two - 1, zone), day.plus(-1));
        assert_eq!(last_demo_day(zone.start_of(day), zone), day.plus(-1));
    }

    #[test]
    fn a_day_alone_is_its_end_and_today_is_now() {
        let zone = Zone::default();
        let now = 1_794_378_600;
        let of = |text: &str| instant(text, zone, now).ok();
        // 2026-11-10 23:59:59 in Shanghai, now, and the first second of the twelfth.
        assert_eq!(of("2026-11-10"), Some(1_794_326_399));
        assert_eq!(of("2026-11-11"), Some(now));
        assert_eq!(of("2026-11-12"), Some(1_794_412_800));
    }

    #[test]
    fn a_time_shown_twice_is_the_first_and_one_jumped_over_is_refused() {
        let zone = Zone::parse("America/New_York").unwrap();
        let exact = |text: &str| instant(text, zone, 0).unwrap();
        assert_eq!(
            exact("2026-11-01 01:30"),
            exact("2026-11-01T01:30:00-04:00")
        );
        let refused = instant("2026-03-08 02:30", zone, 0).err().unwrap();
        let words = refused.what.say(crate::domain::Lang::En).as_str();
        assert!(
            words.contains("does not exist in America/New_York"),
            "{words}"
        );
    }

    #[test]
    fn pages_turn_in_seconds_or_minutes() {
        assert_eq!(every("20s").ok(), Some(20_000));
        assert_eq!(every("2m").ok(), Some(120_000));
        assert!(every("0s").is_err());
        assert!(every("soon").is_err());
    }
}
