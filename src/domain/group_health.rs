//! Group health: what is measured of a group, and the score made of it (metrics.md 4.8).
//!
//! The store reads [`GroupDay`] rows and makes [`GroupFacts`]; buyers come from the engine, because only it knows
//! orders and members at once.

use super::period::Period;
use super::{ChatId, Day, DeptId, Figure, SafeText, StaffId};

mod age;
pub mod score;

pub use score::{Health, HealthMode, Measures, Thresholds, judge};

/// Health bands of a group (metrics.md 4.8), worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthBand {
    /// Score under 35.
    Critical,
    /// 14 days without an external message.
    Silent,
    /// 35..55.
    AtRisk,
    /// 55..75, or capped by the exit gate.
    Watch,
    /// 75 and more.
    Healthy,
    /// Only the structure score could be computed.
    StructureOnly,
    /// Younger than 7 days or fewer than 10 external members: no score.
    New,
}

/// Flags beside the band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HealthFlag {
    /// 14 days without an external message.
    Silent,
    /// 7-day exit rate over 5 %.
    Exits,
    /// The owner has left the company.
    OwnerLeft,
    /// At 95 % of capacity or more.
    Full,
    /// Three people write over 80 % of external messages.
    FewVoices,
    /// Planned to end: judged on conversion only.
    Flash,
    /// Its last day measured is more than [`LATE`] days before yesterday: what is told of it is old, and it counts as no
    /// healthy group.
    Stale,
}

/// One part of a health score: what was measured, its weight and what it earned.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthPart {
    /// Metric code (`group_speakers_daily`, …), also the key of its name in the locale.
    pub code: &'static str,
    /// Weight, points of 100.
    pub weight: f64,
    /// The measured rate or value; `NotMeasured` when its columns are NULL.
    pub measured: Figure,
    /// Cases that a mean is of, so that means of several groups can be put together; `None` for what is no mean.
    pub cases: Option<f64>,
    /// 0..=1 between floor and target; `None` when not measured.
    pub score: Option<f64>,
    /// Floor and target it was judged by.
    pub bounds: (f64, f64),
}

/// One row of `group_day`: `None` = NULL = nobody measured it (never 0).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupDay {
    /// `biz_date`.
    pub day: Day,
    /// `member_total`: everybody in the group at the end of the day, staff too.
    pub member_total: Option<u32>,
    /// `ext_total`: external members at the end of the day.
    pub ext_total: Option<u32>,
    /// `joined`: people who came in that day.
    pub joined: Option<u32>,
    /// `quit`: left by themselves.
    pub quit: Option<u32>,
    /// `kicked`: removed.
    pub kicked: Option<u32>,
    /// `msg_ext`: messages by external members.
    pub msg_ext: Option<u32>,
    /// `speakers_ext`: external members who wrote that day.
    pub speakers_ext: Option<u32>,
    /// `speakers_ext_7d`: distinct external speakers of the 7 days that end with this one.
    pub speakers_ext_7d: Option<u32>,
    /// `top3_msg_ext`: external messages by the three who write most.
    pub top3_msg_ext: Option<u32>,
    /// `questions`: questions asked that day: base of `answered_30m`.
    pub questions: Option<u32>,
    /// `answered_30m`: those of them answered within 30 minutes.
    pub answered_30m: Option<u32>,
    /// `first_reply_s_sum`: Σ seconds from a question to its first reply, of `first_reply_n` of them.
    pub first_reply_s_sum: Option<u32>,
    /// `first_reply_n`: questions that had a first reply.
    pub first_reply_n: Option<u32>,
    /// `campaign_clicks`: clicks of members on what campaigns posted in the group that day.
    pub campaign_clicks: Option<u32>,
}

/// A group's measures over the trailing 7 complete days (`today − 7 ..= today − 1`; today is never compared with whole
/// days), made by [`GroupWeek::of`]; at the last second of a day that day is complete, see
/// [`AsOf::open_day`](super::AsOf::open_day). `None` = not measured on any of those days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupWeek {
    /// External members before the days that [`joined`](Self::joined) and [`left`](Self::left) count: of the last day known
    /// before the window (a stock, metrics.md 4.0), else of the first day in it, less who joined and with who left on it.
    pub members_start: Option<u32>,
    /// External members at the last day measured, today included.
    pub members: Option<u32>,
    /// External members at the last day measured before today: what the sums of the week are held against.
    pub members_end: Option<u32>,
    /// Everybody in the group at the last day measured, staff too: what its capacity holds. External members alone
    /// where nobody counted the staff.
    pub everybody: Option<u32>,
    /// Σ joined on the measured days of the window.
    pub joined: Option<u32>,
    /// Σ (left by themselves + removed).
    pub left: Option<u32>,
    /// Σ of daily external speakers.
    pub speaker_days: Option<u32>,
    /// Σ of external members on the days whose speakers were measured: base of `speaker_days`.
    pub member_days: u32,
    /// Days whose speakers were measured.
    pub speaker_n: u32,
    /// Distinct external speakers of the window (`speakers_ext_7d` of its last measured day).
    pub speakers_7d: Option<u32>,
    /// Σ questions: base of `answered_30m`.
    pub questions: Option<u32>,
    /// Σ questions answered within 30 minutes.
    pub answered_30m: Option<u32>,
    /// Σ seconds to the first reply.
    pub first_reply_s: Option<u32>,
    /// Σ questions that had a first reply: base of `first_reply_s`.
    pub first_reply_n: Option<u32>,
    /// Σ campaign clicks.
    pub clicks: Option<u32>,
    /// Σ external messages of the three who write most.
    pub top3: Option<u32>,
    /// Σ external messages on the days `top3` was measured.
    pub top3_of: Option<u32>,
    /// External messages per day, the 14 days to yesterday, oldest first.
    pub messages: Vec<Option<u32>>,
    /// Last day with an external message, today included; `None` = none among the rows given.
    pub last_message: Option<Day>,
    /// First and last day whose messages were measured, among the rows given.
    pub messages_measured: Option<(Day, Day)>,
    /// Last day with a row: of those given, or where these have none of the group at all.
    pub measured_to: Option<Day>,
}

/// Buyers of a group and whom they were sought among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Buyers {
    /// External members on its list who bought in the 30 whole days before today.
    pub bought: u32,
    /// External members on its list.
    pub among: u32,
}

/// Everything known of a live group (`dissolved_at IS NULL`) but its buyers.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupFacts {
    /// `group_chat.chat_id`.
    pub id: ChatId,
    /// Its title, as stored.
    pub name: SafeText,
    /// Owner (群主): id and name.
    pub owner: (StaffId, SafeText),
    /// Owner's main department.
    pub dept: Option<DeptId>,
    /// When it was made, unix seconds; under 7 days old it is new and has no score, unless it is planned to end.
    pub created_at: i64,
    /// People it may hold, staff too; from 95 % of it on it is full. At 0 it never is.
    pub capacity: u32,
    /// `group_chat.kind`; `flash` (快闪) groups are planned to end.
    pub kind: SafeText,
    /// When it is planned to end (end of its campaign), unix seconds.
    pub planned_end: Option<i64>,
    /// `group_chat.wecom_status`: 0 ok, 1 owner left, 2 transferring, 3 transferred.
    pub wecom_status: i64,
    /// Measures of the trailing week.
    pub week: GroupWeek,
    /// Tasks of the group (`task.chat_id`) due in the window and not void.
    pub sop_due: u32,
    /// Of those, done on time (`status = 'done'`).
    pub sop_on_time: u32,
}

/// Days that statistics, which come the day after, may be late before a group's are old.
pub const LATE: i32 = 1;
/// Days the window of a [`GroupWeek`] spans.
const WEEK: i32 = 7;
/// Days of the message trend; also how long a group must be quiet to be silent.
pub const TREND: i32 = 14;

impl GroupWeek {
    /// The days of the week: the 7 complete ones before today.
    pub fn days(today: Day) -> Period {
        Period {
            from: today.plus(-WEEK),
            to: today.plus(-1),
        }
    }

    /// First day whose rows [`GroupWeek::of`] needs; the last is `today`.
    pub fn first_day(today: Day) -> Day {
        today.plus(-TREND)
    }

    /// Adds up a group's rows (any order; rows outside [`GroupWeek::first_day`] `..= today` are ignored).
    pub fn of(rows: &[GroupDay], today: Day) -> Self {
        let mut week = Self {
            messages: vec![None; TREND.unsigned_abs() as usize],
            ..Self::default()
        };
        let (mut before, mut latest_members, mut latest_distinct) = (None, None, None);
        let (mut latest_everybody, mut end) = (None, None);
        let mut first: Option<&GroupDay> = None;
        for row in rows {
            let age = today.0.saturating_sub(row.day.0);
            if !(0..=TREND).contains(&age) {
                continue;
            }
            week.measured_to = week.measured_to.max(Some(row.day));
            newest(&mut latest_members, row.day, row.ext_total);
            let everybody = row.member_total.max(row.ext_total);
            newest(&mut latest_everybody, row.day, everybody);
            week.note_messages(row, age);
            if age > 0 {
                newest(&mut end, row.day, row.ext_total);
            }
            if age > WEEK {
                newest(&mut before, row.day, row.ext_total);
            }
            if (1..=WEEK).contains(&age) {
                newest(&mut latest_distinct, row.day, row.speakers_ext_7d);
                week.add(row);
                if first.is_none_or(|first| row.day < first.day) {
                    first = Some(row);
                }
            }
        }
        week.members_start = before.map_or_else(|| first?.before(), |(_, n)| Some(n));
        week.members = latest_members.map(|(_, n)| n);
        week.members_end = end.map(|(_, n)| n);
        week.everybody = latest_everybody.map(|(_, n)| n);
        week.speakers_7d = latest_distinct.map(|(_, n)| n);
        week
    }

    fn note_messages(&mut self, row: &GroupDay, age: i32) {
        let Some(messages) = row.msg_ext else { return };
        self.messages_measured = Some(match self.messages_measured {
            Some((a, b)) => (a.min(row.day), b.max(row.day)),
            None => (row.day, row.day),
        });
        if messages > 0 {
            self.last_message = self.last_message.max(Some(row.day));
        }
        let slot = usize::try_from(TREND - age)
            .ok()
            .and_then(|at| self.messages.get_mut(at));
        if let Some(slot) = slot {
            *slot = Some(messages);
        }
    }

    fn add(&mut self, row: &GroupDay) {
        if let (Some(speakers), Some(members)) = (row.speakers_ext, row.ext_total) {
            sum(&mut self.speaker_days, Some(speakers));
            self.member_days = self.member_days.saturating_add(members);
            self.speaker_n += 1;
        }
        sum(&mut self.joined, row.joined);
        sum(&mut self.left, row.quit);
        sum(&mut self.left, row.kicked);
        if row.questions.is_some() && row.answered_30m.is_some() {
            sum(&mut self.questions, row.questions);
            sum(&mut self.answered_30m, row.answered_30m);
        }
        if row.first_reply_s_sum.is_some() && row.first_reply_n.is_some() {
            sum(&mut self.first_reply_s, row.first_reply_s_sum);
            sum(&mut self.first_reply_n, row.first_reply_n);
        }
        sum(&mut self.clicks, row.campaign_clicks);
        if row.top3_msg_ext.is_some() && row.msg_ext.is_some() {
            sum(&mut self.top3, row.top3_msg_ext);
            sum(&mut self.top3_of, row.msg_ext);
        }
    }
}

impl GroupDay {
    /// External members when the day began; `None` where who joined or left was not counted, or more joined than are there.
    fn before(&self) -> Option<u32> {
        let mut left = None;
        sum(&mut left, self.quit);
        sum(&mut left, self.kicked);
        self.ext_total?
            .checked_add(left?)?
            .checked_sub(self.joined?)
    }
}

/// Adds a measured value; leaves the total alone when nobody measured.
fn sum(total: &mut Option<u32>, value: Option<u32>) {
    if let Some(value) = value {
        *total = Some(total.unwrap_or(0).saturating_add(value));
    }
}

/// Keeps the value of the latest day.
fn newest(kept: &mut Option<(Day, u32)>, day: Day, value: Option<u32>) {
    if let Some(value) = value
        && kept.is_none_or(|(at, _)| at <= day)
    {
        *kept = Some((day, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: i32) -> GroupDay {
        GroupDay {
            day: Day(n),
            ..GroupDay::default()
        }
    }

    #[test]
    fn the_week_ends_yesterday_and_members_are_the_latest_known() {
        let rows = [
            GroupDay {
                ext_total: Some(180),
                joined: Some(90),
                ..day(92)
            },
            GroupDay {
                ext_total: Some(181),
                joined: Some(2),
                quit: Some(1),
                ..day(93)
            },
            GroupDay {
                ext_total: Some(183),
                joined: Some(4),
                kicked: Some(2),
                ..day(99)
            },
            GroupDay {
                ext_total: Some(190),
                joined: Some(7),
                ..day(100)
            },
        ];
        let week = GroupWeek::of(&rows, Day(100));
        assert_eq!(week.members_start, Some(180));
        assert_eq!(week.members, Some(190), "today's row is the newest stock");
        assert_eq!(week.members_end, Some(183), "but not of the week");
        assert_eq!(
            week.joined,
            Some(6),
            "neither the day before the window nor today"
        );
        assert_eq!(week.left, Some(3));
        assert_eq!(week.measured_to, Some(Day(100)));
        assert_eq!(week.speaker_days, None, "nobody measured speakers");
    }

    #[test]
    fn members_at_the_start_are_of_the_last_day_known_before_the_week() {
        let stock = |on, ext_total| GroupDay {
            ext_total: Some(ext_total),
            ..day(on)
        };
        // The window of day 100 begins on day 93: day 92 is missing, day 91 was not counted.
        let week = GroupWeek::of(
            &[stock(95, 300), day(91), stock(90, 200), stock(88, 100)],
            Day(100),
        );
        assert_eq!(week.members_start, Some(200));
        let week = GroupWeek::of(&[stock(93, 300), stock(85, 100)], Day(100));
        assert_eq!(
            week.members_start, None,
            "days of the week are not before it, and 15 days ago is too long"
        );
    }

    #[test]
    fn members_at_the_start_of_days_that_begin_within_the_week_are_those_before_the_first_of_them()
    {
        let first = GroupDay {
            ext_total: Some(120),
            joined: Some(2),
            quit: Some(1),
            ..day(98)
        };
        let second = GroupDay {
            ext_total: Some(119),
            joined: Some(1),
            quit: Some(1),
            kicked: Some(1),
            ..day(99)
        };
        let start = |first| GroupWeek::of(&[second, first], Day(100)).members_start;
        assert_eq!(
            start(first),
            Some(119),
            "120 less 2 and with the one who left"
        );
        let created = GroupDay {
            joined: Some(121),
            ..first
        };
        assert_eq!(
            start(created),
            Some(0),
            "nobody was in it before its own first day"
        );
        for unknown in [
            GroupDay {
                ext_total: None,
                ..first
            },
            GroupDay {
                joined: None,
                ..first
            },
            GroupDay {
                quit: None,
                ..first
            },
            GroupDay {
                joined: Some(122),
                ..first
            },
        ] {
            assert_eq!(start(unknown), None, "{unknown:?}");
        }
    }

    #[test]
    fn everybody_in_the_group_is_of_the_latest_day_with_staff_where_counted() {
        let count = |on, all, ext_total| GroupDay {
            member_total: all,
            ext_total,
            ..day(on)
        };
        let rows = [
            count(97, Some(199), Some(190)),
            count(99, Some(191), Some(183)),
            count(98, Some(197), Some(189)),
        ];
        assert_eq!(GroupWeek::of(&rows, Day(100)).everybody, Some(191));
        let rows = [
            count(98, Some(197), Some(189)),
            count(99, None, Some(150)),
            day(100),
        ];
        let week = GroupWeek::of(&rows, Day(100));
        assert_eq!((week.everybody, week.members), (Some(150), Some(150)));
    }

    #[test]
    fn messages_not_measured_are_not_zero() {
        let rows = [
            GroupDay {
                msg_ext: Some(0),
                ..day(86)
            },
            GroupDay {
                msg_ext: Some(5),
                ..day(99)
            },
            day(98),
        ];
        let week = GroupWeek::of(&rows, Day(100));
        assert_eq!(week.messages.len(), 14);
        assert_eq!(week.messages.first(), Some(&Some(0)));
        assert_eq!(week.messages.last(), Some(&Some(5)));
        assert_eq!(week.messages.iter().filter(|m| m.is_none()).count(), 12);
        assert_eq!(week.last_message, Some(Day(99)));
        assert_eq!(week.messages_measured, Some((Day(86), Day(99))));
    }
}
