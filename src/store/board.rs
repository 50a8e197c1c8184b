//! Reading what the leaderboard needs beside the engine's counts: staff, reward steps, earlier boards.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::daily;
use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use crate::domain::kpi::KpiBand;
use crate::domain::leaderboard::{BoardSnapshot, RewardKind, RewardStep, StaffFacts};
use crate::domain::period::PeriodKind;
use crate::domain::{Day, DeptId, Fen, SafeText, StaffId};
use crate::filter::eval::namesakes;

/// Everybody in `staff`, by `userid`, leavers included.
pub fn staff(conn: &Connection) -> Result<Vec<StaffFacts>, StoreError> {
    let mut staff = read_staff(conn).doing("reading staff")?;
    let people = staff.iter().map(|s| (s.id.as_str(), s.name.as_str()));
    let shared: HashSet<SafeText> = namesakes(people).into_iter().map(SafeText::new).collect();
    for member in &mut staff {
        member.has_namesake = shared.contains(&member.name);
    }
    Ok(staff)
}

fn read_staff(conn: &Connection) -> rusqlite::Result<Vec<StaffFacts>> {
    rows(
        conn,
        "SELECT s.userid, s.name, s.main_dept_id, d.name, s.role, s.left_at, s.wecom_status
         FROM staff s LEFT JOIN department d ON d.dept_id = s.main_dept_id ORDER BY s.userid",
        [],
        |row| {
            Some(StaffFacts {
                id: StaffId(row.raw(0)),
                name: row.text(1),
                dept: row.int(2).map(DeptId),
                dept_name: row.text(3),
                role: row.text(4),
                left_at: row.int(5),
                left: row.int(6) == Some(5),
                has_namesake: false,
            })
        },
    )
}

/// Whether there are events of who was added and lost, and a period that ends on a day does not lie before all of them: what
/// was before a history nobody measured, which is no zero.
pub fn knows_adds(conn: &Connection, last: Day) -> Result<bool, StoreError> {
    has_moves(conn, last).doing("looking for adds")
}

/// Whether there are orders, in the same sense.
pub fn knows_sales(conn: &Connection, last: Day) -> Result<bool, StoreError> {
    has_orders(conn, last).doing("looking for orders")
}

pub(super) fn has_moves(conn: &Connection, last: Day) -> rusqlite::Result<bool> {
    const FIRST: &str =
        "SELECT biz_date FROM follow_event INDEXED BY ix_fe_date ORDER BY biz_date LIMIT 1";
    Ok(has(conn, "follow_event")? && begins_by(daily::first(conn, FIRST)?, last))
}

pub(super) fn has_orders(conn: &Connection, last: Day) -> rusqlite::Result<bool> {
    Ok(has(conn, "sale_order")? && begins_by(daily::first(conn, daily::FIRST_PAID)?, last))
}

fn begins_by(first: Option<Day>, last: Day) -> bool {
    first.is_none_or(|first| first <= last)
}

pub(super) fn has(conn: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = format!("SELECT EXISTS (SELECT 1 FROM {table})");
    conn.query_row(&sql, [], |row| row.get(0))
}

/// Every reward of scope `staff`, smallest threshold first.
pub fn reward_steps(conn: &Connection) -> Result<Vec<RewardStep>, StoreError> {
    rows(
        conn,
        "SELECT metric_code, period_kind, kind, threshold, rank_max, attain_band, reward_fen, reward_text, name,
           valid_from, valid_to FROM incentive_rule WHERE scope = 'staff' ORDER BY threshold, rank_max, rule_id",
        [],
        |row| {
            let kind = match &*row.raw(2) {
                "threshold" => RewardKind::Threshold(row.real(3)?),
                "rank" => RewardKind::Rank(row.count(4)?),
                "attainment" => RewardKind::Attainment(band(&row.raw(5))?),
                _ => RewardKind::Title,
            };
            let said = row.text(7);
            Some(RewardStep {
                metric_code: row.raw(0).to_string(),
                period_kind: PeriodKind::parse(&row.raw(1))?,
                kind,
                text: if said.as_str().is_empty() { row.text(8) } else { said },
                amount: row.int(6).map(Fen),
                valid_from: row.day(9),
                valid_to: row.day(10),
            })
        },
    )
    .doing("reading rewards")
}

/// Band named by `incentive_rule.attain_band`, in either language of the field.
fn band(text: &str) -> Option<KpiBand> {
    match text {
        "met" | "达成" => Some(KpiBand::Met),
        "exceeded" | "超额达成" => Some(KpiBand::Exceeded),
        "missed" | "未达成" => Some(KpiBand::Missed),
        _ => None,
    }
}

/// Which board: what it ranks (metric code) over which calendar period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoardKey<'a> {
    /// `leaderboard_snapshot.board`: the metric code ranked.
    pub board: &'a str,
    /// Calendar.
    pub kind: PeriodKind,
    /// First day.
    pub start: Day,
}

/// The newest board of a period taken at or before an instant; `None` when there is none.
pub fn snapshot_before(
    conn: &Connection,
    key: BoardKey<'_>,
    at: i64,
) -> Result<Option<BoardSnapshot>, StoreError> {
    let start = key.start.to_string();
    let mut taken_at = None;
    let values = rows(
        conn,
        "SELECT taken_at, subject_id, value FROM leaderboard_snapshot
         WHERE board = ?1 AND period_kind = ?2 AND period_start = ?3 AND taken_at =
           (SELECT max(taken_at) FROM leaderboard_snapshot
            WHERE board = ?1 AND period_kind = ?2 AND period_start = ?3 AND taken_at <= ?4)
         ORDER BY rank, subject_id",
        params![key.board, key.kind.as_str(), start, at],
        |row| {
            taken_at = row.int(0);
            Some((StaffId(row.raw(1)), row.real(2)?))
        },
    )
    .doing("reading earlier boards")?;
    Ok(taken_at.map(|taken_at| BoardSnapshot { taken_at, values }))
}

/// Names by `userid`, for rows that carry only the id.
pub fn name(conn: &Connection, userid: &str) -> Result<Option<SafeText>, StoreError> {
    rows(
        conn,
        "SELECT name FROM staff WHERE userid = ?1",
        [userid],
        |row| Some(row.text(0)),
    )
    .doing("reading staff")
    .map(|names| names.into_iter().next())
}
