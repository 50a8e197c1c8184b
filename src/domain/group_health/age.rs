//! How old what is known of a group is: silence, statistics that are late, statistics that stopped.

use super::super::AsOf;
use super::{GroupFacts, GroupWeek, LATE, TREND, WEEK};

/// 14 days without an external message, measured from their beginning and lately: silence nobody listened to is not known.
/// Statistics come a day late or more, so what counts is the days gone by and not those with a row.
pub(super) fn is_silent(facts: &GroupFacts, now: AsOf) -> bool {
    let week = &facts.week;
    let today = now.open_day();
    week.messages_measured.is_some_and(|(first, last)| {
        let heard = week.last_message.unwrap_or(first.plus(-1));
        let until = last.max(today.plus(-1));
        until.0.saturating_sub(heard.0) >= TREND && today.0.saturating_sub(last.0) <= WEEK
    })
}

/// The days that were measured ended some time ago. A group without any is not judged by days at all.
pub(super) fn is_stale(facts: &GroupFacts, now: AsOf) -> bool {
    let last = facts.week.measured_to;
    last.is_some_and(|last| last < now.open_day().plus(-1 - LATE))
}

/// Days were measured, but none of the week: who is inside now is not known.
pub(super) fn is_forgotten(facts: &GroupFacts, now: AsOf) -> bool {
    let last = facts.week.measured_to;
    last.is_some_and(|last| last < GroupWeek::days(now.open_day()).from)
}
