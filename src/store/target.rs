//! Targets set by hand: one row of `kpi_target`, journalled with what it was, and taken back as long as it stands so.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::differences::Differences;
use super::error::{Doing, StoreError};
use super::journal::{self, Act};
use super::named::{Named, named};
use super::row::{Cells, rows};
use super::write::Writer;
use crate::domain::kpi::target::{Misfit, misfit};
use crate::domain::metric::{Better, find};
use crate::domain::{Day, sentence};

/// What is being done, for errors.
const DOING: &str = "setting a target";

/// Which target: of a metric, for somebody, over a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetKey {
    /// `metric_code`.
    pub metric: String,
    /// `subject_kind`: workspace, dept, staff, campaign, channel or group.
    pub subject_kind: String,
    /// Id of the subject; of the workspace empty.
    pub subject_id: String,
    /// `period_kind`: day, week, month, quarter, year or campaign.
    pub period_kind: String,
    /// First day, `YYYY-MM-DD`.
    pub start: String,
}

/// What a target says. Money in fen, a rate as a fraction of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetRow {
    /// First day where it is not the key's: the dates of a campaign may have moved since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Last day, `YYYY-MM-DD`, included.
    pub end: String,
    /// The target.
    pub target: f64,
    /// Below it is the deeper miss.
    pub floor: Option<f64>,
    /// From here on it is exceeded; `None`: 120 %.
    pub stretch: Option<f64>,
    /// A miss may cost something.
    pub penalty: bool,
    /// Pacing.
    pub pacing: String,
}

/// What shall be, in the units of [`TargetRow`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// Last day, included.
    pub end: Day,
    /// The target.
    pub target: f64,
    /// Below it is the deeper miss; `None`: as it is.
    pub floor: Option<f64>,
    /// From here on it is exceeded; `None`: as it is.
    pub stretch: Option<f64>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Targeted {
    /// Its line in the journal; `None` when there was nothing to do.
    pub journal: Option<i64>,
    /// What it was.
    pub was: Option<TargetRow>,
    /// What it is now.
    pub is: Option<TargetRow>,
}

/// A kind of subject that has an id, by the word for it in either language, and the SQL for ids and names of all of it.
pub fn subjects(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "dept" | "部门" | "门店" => (
            "dept",
            "SELECT CAST(dept_id AS TEXT) AS id, name FROM department",
        ),
        "staff" | "员工" | "顾问" => ("staff", "SELECT userid AS id, name FROM staff"),
        "campaign" | "活动" => (
            "campaign",
            "SELECT CAST(campaign_id AS TEXT) AS id, name FROM campaign",
        ),
        "channel" | "渠道" => (
            "channel",
            "SELECT CAST(channel_id AS TEXT) AS id, name FROM channel",
        ),
        "group" | "群" | "社群" => ("group", "SELECT chat_id AS id, name FROM group_chat"),
        _ => return None,
    })
}

/// Subjects of a kind that have an id or an exact name; the one of the id alone where there is one.
pub fn subjects_named(
    conn: &Connection,
    word: &str,
    wanted: &str,
) -> Result<Vec<Named>, StoreError> {
    let Some((_, sql)) = subjects(word) else {
        return Ok(Vec::new());
    };
    let sql = format!("SELECT id, name FROM ({sql}) WHERE id = ?1 OR name = ?1 ORDER BY id");
    let mut found = named(conn, &sql, wanted)?;
    if found.iter().any(|one| one.id == wanted) {
        found.retain(|one| one.id == wanted);
    }
    Ok(found)
}

/// All subjects of a kind, at most five thousand: what a mistyped one may have meant.
pub fn subjects_of(conn: &Connection, word: &str) -> Result<Vec<Named>, StoreError> {
    let Some((_, sql)) = subjects(word) else {
        return Ok(Vec::new());
    };
    let sql = format!("SELECT id, name FROM ({sql}) WHERE ?1 = '' ORDER BY name LIMIT 5000");
    named(conn, &sql, "")
}

/// When a campaign starts and ends, unix seconds.
pub fn campaign_span(conn: &Connection, id: &str) -> Result<(i64, i64), StoreError> {
    conn.query_row(
        "SELECT starts_at, ends_at FROM campaign WHERE CAST(campaign_id AS TEXT) = ?1",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
    .doing(DOING)
}

/// Every target of metrics, by metric, subject and start; those of a campaign's tree nodes are left out.
pub fn every(conn: &Connection) -> Result<Vec<(TargetKey, TargetRow)>, StoreError> {
    let sql = "SELECT metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value,
                 floor_value, stretch_value, penalty_allowed, pacing
               FROM kpi_target WHERE node_id IS NULL ORDER BY metric_code, subject_kind, subject_id, period_start, period_kind";
    let text = |row: &Row<'_>, i| row.raw(i).as_ref().to_owned();
    rows(conn, sql, [], |row| {
        let key = TargetKey {
            metric: text(row, 0),
            subject_kind: text(row, 1),
            subject_id: text(row, 2),
            period_kind: text(row, 3),
            start: text(row, 4),
        };
        let is = TargetRow {
            start: None,
            end: text(row, 5),
            target: row.real(6)?,
            floor: row.real(7),
            stretch: row.real(8),
            penalty: row.int(9) != Some(0),
            pacing: text(row, 10),
        };
        Some((key, is))
    })
    .doing("reading the targets")
}

impl Writer {
    /// Sets a target, or with `None` takes it away; with its line in the journal, or not at all.
    pub fn set_target(
        &mut self,
        key: &TargetKey,
        wanted: Option<Wanted>,
        at: i64,
    ) -> Result<Targeted, StoreError> {
        let actor = self.actor().to_owned();
        self.transact(|tx| {
            let was = row_of(tx, key)?;
            let is = wanted.map(|wanted| TargetRow {
                start: None,
                end: wanted.end.to_string(),
                target: wanted.target,
                floor: wanted.floor.or_else(|| was.as_ref().and_then(|w| w.floor)),
                stretch: wanted
                    .stretch
                    .or_else(|| was.as_ref().and_then(|w| w.stretch)),
                penalty: was.as_ref().is_none_or(|w| w.penalty),
                pacing: was
                    .as_ref()
                    .map_or_else(|| "linear".to_owned(), |w| w.pacing.clone()),
            });
            if let Some(is) = &is {
                must_fit(key, is)?;
            }
            if same(was.as_ref(), is.as_ref()) {
                return Ok((
                    Targeted {
                        journal: None,
                        was,
                        is,
                    },
                    false,
                ));
            }
            put(tx, key, is.as_ref())?;
            let detail = json!({
                "target": key.metric,
                "period": format!("{} {}", key.period_kind, key.start),
                "was": was.as_ref().map(|w| w.target),
                "is": is.as_ref().map(|w| w.target),
            });
            let before = json!({ "v": 1, "target": (key, &was, &is) });
            let act = Act {
                at,
                act: if is.is_some() {
                    "target_set"
                } else {
                    "target_remove"
                },
                subject_kind: &key.subject_kind,
                subject_id: &key.subject_id,
                detail: Some(&detail.to_string()),
                before: Some(&before.to_string()),
                undoes: None,
            };
            let journal = Some(journal::write(tx, &actor, act)?);
            Ok((Targeted { journal, was, is }, true))
        })
    }
}

/// Refuses bounds that contradict the target; one that was not given anew stands as it was.
fn must_fit(key: &TargetKey, is: &TargetRow) -> Result<(), StoreError> {
    let better = find(&key.metric).map_or(Better::Higher, |metric| metric.better);
    let code = &key.metric;
    let (what, help) = match misfit(is.target, (is.floor, is.stretch), better) {
        None => return Ok(()),
        Some(Misfit::Stretch) => (
            sentence!(
                "{code} 的超额线达不到目标",
                "the stretch of {code} falls short of the target"
            ),
            sentence!(
                "用 --stretch 给一个达到目标的值; 不写则沿用原来的. 没有写入",
                "give --stretch a value that reaches the target; left out it stays as it was. Nothing was written"
            ),
        ),
        Some(Misfit::Floor) => (
            sentence!(
                "{code} 的底线超过了目标",
                "the floor of {code} lies beyond the target"
            ),
            sentence!(
                "用 --floor 给一个不超过目标的值; 不写则沿用原来的. 没有写入",
                "give --floor a value that the target reaches; left out it stays as it was. Nothing was written"
            ),
        ),
    };
    Err(StoreError::refused(what, help))
}

/// A target, what it was and what it is.
pub(super) type Turned = (TargetKey, Option<TargetRow>, Option<TargetRow>);

/// Turns a target round. What the journal keeps of it.
pub(super) fn turn_target(
    conn: &Connection,
    (key, was, is): &Turned,
    differs: &mut Differences,
) -> Result<String, StoreError> {
    if same(row_of(conn, key)?.as_ref(), is.as_ref()) {
        put(conn, key, was.as_ref())?;
    } else {
        let (metric, start) = (&key.metric, &key.start);
        differs.add(|| {
            sentence!(
                "{start} 的 {metric}: 后来又设过",
                "{metric} of {start}: was set anew since",
            )
        });
    }
    Ok(json!({ "v": 1, "target": (key, is, was) }).to_string())
}

/// Alike, but for the last digits that a number loses on its way through the journal.
fn same(a: Option<&TargetRow>, b: Option<&TargetRow>) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
    let maybe = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    match (a, b) {
        (Some(a), Some(b)) => {
            (&a.start, &a.end, a.penalty, &a.pacing) == (&b.start, &b.end, b.penalty, &b.pacing)
                && near(a.target, b.target)
                && maybe(a.floor, b.floor)
                && maybe(a.stretch, b.stretch)
        }
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// The one row of a key that belongs to no node of a tree. What the workspace's is called does not matter, nor when a
/// campaign began when its target was set.
const THIS: &str =
    "metric_code = ?1 AND subject_kind = ?2 AND (subject_id = ?3 OR subject_kind = 'workspace')
    AND period_kind = ?4 AND (period_start = ?5 OR period_kind = 'campaign') AND node_id IS NULL";

fn row_of(conn: &Connection, key: &TargetKey) -> Result<Option<TargetRow>, StoreError> {
    let TargetKey {
        metric,
        subject_kind,
        subject_id,
        period_kind,
        start,
    } = key;
    let sql = format!(
        "SELECT period_end, target_value, floor_value, stretch_value, penalty_allowed, pacing, period_start FROM kpi_target
         WHERE {THIS} ORDER BY period_start <> ?5, target_id DESC"
    );
    conn.query_row(
        &sql,
        params![metric, subject_kind, subject_id, period_kind, start],
        |row| {
            let first: String = row.get(6)?;
            Ok(TargetRow {
                start: (first != *start).then_some(first),
                end: row.get(0)?,
                target: row.get(1)?,
                floor: row.get(2)?,
                stretch: row.get(3)?,
                penalty: row.get(4)?,
                pacing: row.get(5)?,
            })
        },
    )
    .optional()
    .doing(DOING)
}

fn put(conn: &Connection, key: &TargetKey, row: Option<&TargetRow>) -> Result<(), StoreError> {
    let TargetKey {
        metric,
        subject_kind,
        subject_id,
        period_kind,
        start,
    } = key;
    let Some(row) = row else {
        conn.execute(
            &format!("DELETE FROM kpi_target WHERE {THIS}"),
            params![metric, subject_kind, subject_id, period_kind, start],
        )
        .doing(DOING)?;
        return Ok(());
    };
    let start = row.start.as_ref().unwrap_or(start);
    conn.execute(
        &format!("DELETE FROM kpi_target WHERE {THIS} AND period_start <> ?5"),
        params![metric, subject_kind, subject_id, period_kind, start],
    )
    .doing(DOING)?;
    let values = params![
        metric,
        subject_kind,
        subject_id,
        period_kind,
        start,
        row.end,
        row.target,
        row.floor,
        row.stretch,
        row.penalty,
        row.pacing
    ];
    let update = format!(
        "UPDATE kpi_target SET period_end = ?6, target_value = ?7, floor_value = ?8, stretch_value = ?9, penalty_allowed = ?10, pacing = ?11
         WHERE {THIS}"
    );
    if conn.execute(&update, values).doing(DOING)? == 0 {
        conn.execute(
            "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value,
               floor_value, stretch_value, penalty_allowed, pacing) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
            values,
        )
        .doing(DOING)?;
    }
    Ok(())
}
