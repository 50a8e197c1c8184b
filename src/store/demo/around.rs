//! What the tables of customers and orders are drawn from: days, staff, ids and groups.

use super::calendar::Calendar;
use super::chats::Chats;
use super::ids::Ids;
use super::org::Org;
use super::rng::Rng;

/// What the pass reads.
pub(super) struct Around<'a> {
    pub(super) calendar: &'a Calendar,
    pub(super) org: &'a Org,
    pub(super) ids: &'a Ids,
    pub(super) chats: &'a Chats,
}

/// A believable time of the day so many days ago; today's lie before now.
pub(super) fn moment(rng: &mut Rng, calendar: &Calendar, ago: i32) -> i64 {
    let start = calendar.start(ago);
    if ago <= 0 {
        return (start + rng.between(7 * 3_600, 52_000)).min(calendar.now - 1);
    }
    let hour = [8, 10, 11, 12, 13, 15, 16, 18, 19, 20, 20, 21, 22];
    start + rng.pick(&hour) * 3_600 + rng.between(0, 3_599)
}
