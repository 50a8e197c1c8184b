//! Reading groups: what health is computed from (metrics.md 4.8).

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use crate::domain::group_health::{GroupDay, GroupFacts, GroupWeek};
use crate::domain::{ChatId, Day, DeptId, StaffId, Zone};

/// Facts of every live group, by `chat_id`.
pub fn facts(conn: &Connection, today: Day, zone: Zone) -> Result<Vec<GroupFacts>, StoreError> {
    read(conn, today, zone, None).doing("reading groups")
}

/// Facts of some groups, read again after a change; those that are gone or dissolved are missing from the answer.
pub fn facts_of(
    conn: &Connection,
    today: Day,
    zone: Zone,
    ids: &[ChatId],
) -> Result<Vec<GroupFacts>, StoreError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(read(conn, today, zone, Some(id.as_str())).doing("reading groups")?);
    }
    Ok(found)
}

/// All live groups, or one. Three passes over indexes: groups, their days, their tasks; counted members for groups without days.
fn read(
    conn: &Connection,
    today: Day,
    zone: Zone,
    only: Option<&str>,
) -> rusqlite::Result<Vec<GroupFacts>> {
    let mut weeks = weeks(conn, today, only)?;
    let mut tasks = tasks(conn, today, zone, only)?;
    let sql = "SELECT g.chat_id, g.name, g.owner_userid, coalesce(s.name, g.owner_userid), s.main_dept_id, g.created_at,
                 g.capacity, g.kind, c.ends_at, g.wecom_status
               FROM group_chat g LEFT JOIN staff s ON s.userid = g.owner_userid
                 LEFT JOIN campaign c ON c.campaign_id = g.campaign_id
               WHERE g.dissolved_at IS NULL";
    let make = |row: &rusqlite::Row<'_>| {
        let id = row.raw(0);
        let (sop_due, sop_on_time) = tasks.remove(&*id).unwrap_or_default();
        Some(GroupFacts {
            week: weeks.remove(&*id).unwrap_or_default(),
            id: ChatId(id),
            name: row.text(1),
            owner: (StaffId(row.raw(2)), row.text(3)),
            dept: row.int(4).map(DeptId),
            created_at: row.int(5).unwrap_or(0),
            capacity: row.count(6).unwrap_or(0),
            kind: row.text(7),
            planned_end: row.int(8),
            wecom_status: row.int(9).unwrap_or(0),
            sop_due,
            sop_on_time,
        })
    };
    let mut found = match only {
        None => rows(conn, &format!("{sql} ORDER BY g.chat_id"), [], make)?,
        Some(id) => rows(conn, &format!("{sql} AND g.chat_id = ?1"), [id], make)?,
    };
    for group in &mut found {
        if group.week.measured_to.is_none() {
            group.week.measured_to = last_measured(conn, group.id.as_str(), today)?;
        }
        if group.week.members.is_none() {
            let (members, everybody) = counted_members(conn, group.id.as_str())?;
            group.week.members = members;
            group.week.everybody = group.week.everybody.or(everybody);
        }
    }
    Ok(found)
}

/// The days of the window, added up per group.
fn weeks(
    conn: &Connection,
    today: Day,
    only: Option<&str>,
) -> rusqlite::Result<HashMap<String, GroupWeek>> {
    let columns = "d.chat_id, d.biz_date, d.ext_total, d.joined, d.quit, d.kicked, d.msg_ext, d.speakers_ext,
       d.speakers_ext_7d, d.top3_msg_ext, d.questions, d.answered_30m, d.first_reply_s_sum, d.first_reply_n, d.campaign_clicks,
       d.member_total";
    // CROSS JOIN: walk the groups and seek each one's last days; the date index would visit them in date order.
    let sql = match only {
        None => format!(
            "SELECT {columns} FROM group_chat g CROSS JOIN group_day d ON d.chat_id = g.chat_id
             WHERE g.dissolved_at IS NULL AND d.biz_date BETWEEN ?1 AND ?2 AND ?3 IS NULL ORDER BY g.chat_id"
        ),
        Some(_) => {
            format!("SELECT {columns} FROM group_day d WHERE d.biz_date BETWEEN ?1 AND ?2 AND d.chat_id = ?3")
        }
    };
    // Statistics of a day stand from its end on, whoever wrote a part of them before.
    let (from, to) = (
        GroupWeek::first_day(today).to_string(),
        today.plus(-1).to_string(),
    );
    let mut weeks = HashMap::new();
    let (mut group, mut days) = (String::new(), Vec::new());
    let mut statement = conn.prepare_cached(&sql)?;
    let mut found = statement.query(params![from, to, only])?;
    while let Some(row) = found.next()? {
        let id = row.raw(0);
        if *id != *group {
            close(&mut weeks, &mut group, &mut days, today);
            id.as_ref().clone_into(&mut group);
        }
        days.extend(group_day(row));
    }
    close(&mut weeks, &mut group, &mut days, today);
    Ok(weeks)
}

/// Adds up the days gathered for a group and empties them.
fn close(
    weeks: &mut HashMap<String, GroupWeek>,
    group: &mut String,
    days: &mut Vec<GroupDay>,
    today: Day,
) {
    if !days.is_empty() {
        weeks.insert(std::mem::take(group), GroupWeek::of(days, today));
        days.clear();
    }
}

/// One row of `group_day`; an impossible date leaves it out.
fn group_day(row: &rusqlite::Row<'_>) -> Option<GroupDay> {
    Some(GroupDay {
        day: row.day(1)?,
        member_total: row.count(15),
        ext_total: row.count(2),
        joined: row.count(3),
        quit: row.count(4),
        kicked: row.count(5),
        msg_ext: row.count(6),
        speakers_ext: row.count(7),
        speakers_ext_7d: row.count(8),
        top3_msg_ext: row.count(9),
        questions: row.count(10),
        answered_30m: row.count(11),
        first_reply_s_sum: row.count(12),
        first_reply_n: row.count(13),
        campaign_clicks: row.count(14),
    })
}

/// Tasks due in the 7 complete days before today, void ones left out: due, and done on time.
fn tasks(
    conn: &Connection,
    today: Day,
    zone: Zone,
    only: Option<&str>,
) -> rusqlite::Result<HashMap<String, (u32, u32)>> {
    let (from, to) = (zone.start_of(today.plus(-7)), zone.start_of(today));
    let sql = "SELECT chat_id, COUNT(*), SUM(status = 'done') FROM task
               WHERE chat_id IS NOT NULL AND due_at >= ?1 AND due_at < ?2 AND status <> 'void'";
    let make = |row: &rusqlite::Row<'_>| {
        let counts = (row.count(1).unwrap_or(0), row.count(2).unwrap_or(0));
        Some((row.raw(0).to_string(), counts))
    };
    Ok(match only {
        None => rows(conn, &format!("{sql} GROUP BY chat_id"), [from, to], make)?,
        Some(id) => rows(
            conn,
            &format!("{sql} AND chat_id = ?3 GROUP BY chat_id"),
            params![from, to, id],
            make,
        )?,
    }
    .into_iter()
    .collect())
}

/// The newest day that is over with a row of a group that has none lately; `None`: it never had one.
fn last_measured(conn: &Connection, id: &str, today: Day) -> rusqlite::Result<Option<Day>> {
    conn.prepare_cached("SELECT max(biz_date) FROM group_day WHERE chat_id = ?1 AND biz_date < ?2")?
        .query_row([id, &today.to_string()], |row| Ok(row.day(0)))
}

/// External members and everybody by their own rows, for a group without statistics; `None` when it has no rows either.
fn counted_members(conn: &Connection, id: &str) -> rusqlite::Result<(Option<u32>, Option<u32>)> {
    conn.prepare_cached(
        "SELECT COUNT(*), SUM(type = 2 AND quit_at IS NULL), SUM(quit_at IS NULL) FROM group_member WHERE chat_id = ?1",
    )?
    .query_row([id], |row| {
        let known = |n: Option<u32>| n.filter(|_| row.int(0) > Some(0));
        Ok((known(row.count(1)), known(row.count(2))))
    })
}
