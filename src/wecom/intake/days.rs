//! Statistics of a day: per owner of groups and per staff, as the server counted them.

use rusqlite::{Connection, params};

use super::{Counts, DOING};
use crate::domain::Day;
use crate::store::{Doing, StoreError, meta};

/// Where the verdict on `msg_total` stands in `meta`.
pub const VERDICT: &str = "wecom_msg_total";

/// A day of an owner's groups; absent fields are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerDay {
    /// The day.
    pub day: Day,
    /// `new_chat_cnt, chat_total, chat_has_msg, new_member_cnt, member_total, member_has_msg, msg_total,
    /// migrate_trainee_chat_cnt`.
    pub cells: [Option<i64>; 8],
}

/// A day of a staff; absent fields are `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffDay {
    /// The day.
    pub day: Day,
    /// `chat_cnt, message_cnt, negative_feedback_cnt, new_apply_cnt, new_contact_cnt`.
    pub cells: [Option<i64>; 5],
    /// `reply_percentage`, %; absent without chats.
    pub reply_percentage: Option<f64>,
    /// `avg_reply_time`, minutes; absent without chats.
    pub avg_reply_time: Option<f64>,
}

/// Writes days of an owner.
pub fn put_owner(
    conn: &Connection,
    owner: &str,
    days: &[OwnerDay],
    now: i64,
) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for day in days {
        let [
            new_chats,
            chats,
            spoke,
            joined,
            members,
            speakers,
            messages,
            moved,
        ] = day.cells;
        let changed = conn
            .prepare_cached(
                "INSERT INTO owner_group_day (owner_userid, biz_date, new_chat_cnt, chat_total, chat_has_msg, new_member_cnt,
                   member_total, member_has_msg, msg_total, migrate_trainee_chat_cnt, fetched_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (owner_userid, biz_date) DO UPDATE SET new_chat_cnt = excluded.new_chat_cnt,
                   chat_total = excluded.chat_total, chat_has_msg = excluded.chat_has_msg, new_member_cnt = excluded.new_member_cnt,
                   member_total = excluded.member_total, member_has_msg = excluded.member_has_msg, msg_total = excluded.msg_total,
                   migrate_trainee_chat_cnt = excluded.migrate_trainee_chat_cnt, fetched_at = excluded.fetched_at
                 WHERE (new_chat_cnt, chat_total, chat_has_msg, new_member_cnt, member_total, member_has_msg, msg_total,
                     migrate_trainee_chat_cnt) IS NOT
                   (excluded.new_chat_cnt, excluded.chat_total, excluded.chat_has_msg, excluded.new_member_cnt,
                    excluded.member_total, excluded.member_has_msg, excluded.msg_total, excluded.migrate_trainee_chat_cnt)",
            )
            .and_then(|mut s| s.execute(params![
                    owner,
                    day.day.to_string(),
                    new_chats,
                    chats,
                    spoke,
                    joined,
                    members,
                    speakers,
                    messages,
                    moved,
                    now
                ]))
            .doing(DOING)?;
        counts.rows += 1;
        counts.changed += changed as u64;
    }
    Ok(counts)
}

/// Writes days of a staff.
pub fn put_staff(
    conn: &Connection,
    userid: &str,
    days: &[StaffDay],
    now: i64,
) -> Result<Counts, StoreError> {
    let mut counts = Counts::default();
    for day in days {
        let [chats, messages, negative, applies, contacts] = day.cells;
        let changed = conn
            .prepare_cached(
                "INSERT INTO staff_day (userid, biz_date, chat_cnt, message_cnt, reply_percentage, avg_reply_time,
                   negative_feedback_cnt, new_apply_cnt, new_contact_cnt, fetched_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (userid, biz_date) DO UPDATE SET chat_cnt = excluded.chat_cnt, message_cnt = excluded.message_cnt,
                   reply_percentage = excluded.reply_percentage, avg_reply_time = excluded.avg_reply_time,
                   negative_feedback_cnt = excluded.negative_feedback_cnt, new_apply_cnt = excluded.new_apply_cnt,
                   new_contact_cnt = excluded.new_contact_cnt, fetched_at = excluded.fetched_at
                 WHERE (chat_cnt, message_cnt, reply_percentage, avg_reply_time, negative_feedback_cnt, new_apply_cnt,
                     new_contact_cnt) IS NOT
                   (excluded.chat_cnt, excluded.message_cnt, excluded.reply_percentage, excluded.avg_reply_time,
                    excluded.negative_feedback_cnt, excluded.new_apply_cnt, excluded.new_contact_cnt)",
            )
            .and_then(|mut s| {
                s.execute(params![
                    userid,
                    day.day.to_string(),
                    chats,
                    messages,
                    day.reply_percentage,
                    day.avg_reply_time,
                    negative,
                    applies,
                    contacts,
                    now
                ])
            })
            .doing(DOING)?;
        counts.rows += 1;
        counts.changed += changed as u64;
    }
    Ok(counts)
}

/// What `msg_total` is: a sum up to the day, or the day's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It never falls and mostly rises.
    Cumulative,
    /// It falls now and then.
    Daily,
    /// Too few days, or too quiet, to tell.
    Unknown,
}

impl Verdict {
    /// As `meta` keeps it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cumulative => "cumulative",
            Self::Daily => "daily",
            Self::Unknown => "unknown",
        }
    }

    /// Of one owner's days in order: at least 14 of them.
    pub fn of(series: &[i64]) -> Self {
        let steps = || {
            series
                .windows(2)
                .filter_map(|w| Some(w.last()? - w.first()?))
        };
        if series.len() < 14 {
            Self::Unknown
        } else if steps().any(|step| step < 0) {
            Self::Daily
        } else if steps().filter(|step| *step > 0).count() * 2 > series.len() {
            Self::Cumulative
        } else {
            Self::Unknown
        }
    }
}

/// Looks at every owner's days and keeps what most of them say; a tie or silence says nothing.
pub fn judge(conn: &Connection) -> Result<Verdict, StoreError> {
    let mut statement = conn
        .prepare("SELECT owner_userid, msg_total FROM owner_group_day WHERE msg_total IS NOT NULL ORDER BY owner_userid, biz_date")
        .doing(DOING)?;
    let mut rows = statement.query([]).doing(DOING)?;
    let (mut cumulative, mut daily) = (0_u64, 0_u64);
    let mut count = |series: &[i64]| match Verdict::of(series) {
        Verdict::Cumulative => cumulative += 1,
        Verdict::Daily => daily += 1,
        Verdict::Unknown => {}
    };
    let (mut owner, mut series) = (String::new(), Vec::new());
    while let Some(row) = rows.next().doing(DOING)? {
        let next: String = row.get(0).doing(DOING)?;
        if next != owner {
            count(&series);
            series.clear();
            owner = next;
        }
        series.push(row.get(1).doing(DOING)?);
    }
    count(&series);
    let verdict = match cumulative.cmp(&daily) {
        std::cmp::Ordering::Greater => Verdict::Cumulative,
        std::cmp::Ordering::Less => Verdict::Daily,
        std::cmp::Ordering::Equal => Verdict::Unknown,
    };
    meta::set(conn, VERDICT, verdict.word())?;
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_that_falls_is_daily_and_one_that_only_rises_is_a_sum() {
        let rising: Vec<i64> = (0..14).map(|n| 100 + 3 * n).collect();
        assert_eq!(Verdict::of(&rising), Verdict::Cumulative);
        let mut falls = rising.clone();
        falls[9] = 1;
        assert_eq!(Verdict::of(&falls), Verdict::Daily);
        assert_eq!(Verdict::of(&rising[..13]), Verdict::Unknown);
        assert_eq!(Verdict::of(&[0; 20]), Verdict::Unknown);
    }
}
