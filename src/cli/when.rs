//! Times on the command line: `--as-of`, `--today`, `--every`.

use chrono::{DateTime, NaiveDateTime, TimeZone};

use crate::domain::period::PeriodSpec;
use crate::domain::{Day, Zone, sentence};
use crate::runtime::clock::Clock;

use super::error::{Exit, Failure};

/// Now, unix seconds.
pub fn now() -> i64 {
    Clock::start(None).now().unix
}

/// Reads `--as-of`: ISO 8601 with an offset, or local time in the workspace's zone; a day alone is its end (or now, if
/// the day is today).
pub fn as_of(text: &str, zone: Zone) -> Result<i64, Failure> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
        return Ok(exact.timestamp());
    }
    if let Some(day) = Day::parse(text) {
        return Ok((zone.start_of(day.plus(1)) - 1).min(now().max(zone.start_of(day))));
    }
    let local = [
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M",
        "%Y-%m-%dT%H:%M:%S",
        "%Y-%m-%dT%H:%M",
    ]
    .iter()
    .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    local
        .and_then(|local| zone.0.from_local_datetime(&local).earliest())
        .map(|t| t.timestamp())
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                sentence!("{text:?} 不是时间", "{text:?} is not a time"),
                sentence!(
                    "写作 2026-11-11, 2026-11-11 14:30 或 2026-11-11T14:30:00+08:00",
                    "write 2026-11-11, 2026-11-11 14:30 or 2026-11-11T14:30:00+08:00"
                ),
            )
        })
}

/// Reads `--today`, else the day that is going on in a zone.
pub fn today(text: Option<&str>, zone: Zone) -> Result<Day, Failure> {
    match text {
        None => Ok(zone.day_of(now())),
        Some(text) => day(text, zone).ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                sentence!("{text:?} 不是日期", "{text:?} is not a day"),
                sentence!("写作 2026-11-11", "write it as 2026-11-11"),
            )
        }),
    }
}

/// One day as a period names it: `2026-11-20`, `2026/11/20`, `11月20日`, `前天`.
fn day(text: &str, zone: Zone) -> Option<Day> {
    let days = text.parse::<PeriodSpec>().ok()?.resolve(zone.day_of(now()));
    (days.from == days.to).then_some(days.from)
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
    fn pages_turn_in_seconds_or_minutes() {
        assert_eq!(every("20s").ok(), Some(20_000));
        assert_eq!(every("2m").ok(), Some(120_000));
        assert!(every("0s").is_err());
        assert!(every("soon").is_err());
    }
}
