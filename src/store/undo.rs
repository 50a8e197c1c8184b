//! Taking an act back: only as long as everything it touched is still as it left it.
//!
//! An undo is an act like any other: it is journalled with what it undoes and can itself be taken back.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::json;

use super::differences::Differences;
use super::error::{Doing, StoreError};
use super::journal::{self, Act, Entry};
use super::owner::{Owned, turn_owners};
use super::relation::{
    DOING, EVENT, bulk, came, next_event, next_line, put_stage, stage_of, went, what_went,
};
use super::tag_made::{TurnedTag, turn_tag};
use super::target::{Turned, turn_target};
use super::write::Writer;
use crate::domain::{SafeText, Sentence, sentence};

/// What to take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// This act, whoever did it.
    Act(i64),
    /// The newest of one's own that is no undo; not past an import or the like, which cannot be taken back.
    Last,
    /// The newest act of this writer itself that is no undo.
    Here,
    /// The newest undo of this writer itself, where it has done nothing else since: what it took back comes again.
    HereUndo,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// Committed: the act taken back, and the line of the journal.
    Done(Box<Entry>, i64),
    /// There is nothing of one's own to take back.
    Nothing,
    /// The last of one's own keeps nothing to put back, and the newest act before it that does.
    Barred(Box<Entry>, Option<i64>),
    /// This writer has nothing to take back; the newest act of somebody else's, or of another console, that could be.
    Elsewhere(i64),
    /// Things are not as the act left them: how many, and a sentence for the first few. Nothing was written.
    Changed(Box<Entry>, u64, Vec<Sentence>),
}

/// What the journal keeps of an act.
#[derive(Deserialize)]
#[serde(untagged)]
enum Before {
    Events { events: (i64, i64) },
    Stages { journey: i64, stages: Vec<Staged> },
    Owners { owners: Vec<Owned> },
    Target { target: Box<Turned> },
    Made { made: TurnedTag },
}

/// Relations above which the triggers sleep.
const MANY: i64 = 20_000;

impl Writer {
    /// Takes an act back.
    pub fn undo(&mut self, which: Which, at: i64) -> Result<Undone, StoreError> {
        let actor = self.actor().to_owned();
        let own = self.own_lines().to_vec();
        self.transact(|tx| {
            let id = match chosen(tx, which, &actor, &own)? {
                Ok(id) => id,
                Err(none) => return Ok((none, false)),
            };
            let entry = undoable(tx, id)?;
            let mut differs = Differences::default();
            let again = match kept(tx, id)? {
                Before::Events { events } => turn_events(tx, id, events, at, &mut differs)?,
                Before::Stages { journey, stages } => {
                    turn_stages(tx, journey, &stages, &mut differs)?
                }
                Before::Owners { owners } => turn_owners(tx, &owners, at, &mut differs)?,
                Before::Target { target } => turn_target(tx, &target, &mut differs)?,
                Before::Made { made } => turn_tag(tx, &made, &mut differs)?,
            };
            if differs.count > 0 {
                let changed = Undone::Changed(Box::new(entry), differs.count, differs.named);
                return Ok((changed, false));
            }
            let act = if entry.act.as_str() == "undo" {
                "redo"
            } else {
                "undo"
            };
            let line = Act {
                at,
                act,
                subject_kind: entry.subject_kind.as_str(),
                subject_id: entry.subject_id.as_str(),
                detail: entry.detail.as_ref().map(SafeText::as_str),
                before: Some(&again),
                undoes: Some(id),
            };
            let line = journal::write(tx, &actor, line)?;
            Ok((Undone::Done(Box::new(entry), line), true))
        })
    }
}

/// The line of an act that can still be taken back.
fn undoable(conn: &Connection, id: i64) -> Result<Entry, StoreError> {
    let Some(entry) = journal::entry(conn, id)? else {
        return Err(StoreError::refused(
            sentence!("操作记录没有第 {id} 行", "the journal has no line {id}"),
            sentence!("`caopan journal` 列出全部", "`caopan journal` lists them",),
        ));
    };
    if !entry.can_undo {
        return Err(StoreError::refused(
            sentence!("操作 {id} 不能撤销", "act {id} cannot be taken back",),
            sentence!(
                "没有可恢复的内容, 或已撤销过",
                "it keeps nothing to put back, or it has been taken back already",
            ),
        ));
    }
    Ok(entry)
}

/// What the journal keeps of an act.
fn kept(conn: &Connection, id: i64) -> Result<Before, StoreError> {
    let text: String = conn
        .query_row(
            "SELECT before FROM journal WHERE journal_id = ?1",
            [id],
            |row| row.get(0),
        )
        .doing(DOING)?;
    serde_json::from_str(&text).map_err(|_| {
        StoreError::refused(
            sentence!(
                "操作 {id} 是别的版本写的",
                "act {id} was written by another version",
            ),
            sentence!("请在那个版本里撤销", "take it back there"),
        )
    })
}

/// What changes rows and keeps nothing to put back: an undo of what came before it is none of the last act.
const BARS: &str = "act IN ('pull', 'sync', 'erase', 'restore', 'salvage') OR act = 'import'
    AND (json_valid(detail) = 0 OR json_extract(detail, '$.new') + json_extract(detail, '$.changed') > 0)";

/// The act meant, or why there is none.
fn chosen(
    conn: &Connection,
    which: Which,
    actor: &str,
    own: &[i64],
) -> Result<Result<i64, Undone>, StoreError> {
    let undo = match which {
        Which::Act(id) => return Ok(Ok(id)),
        Which::Last => return last_of(conn, actor),
        Which::Here => false,
        Which::HereUndo => true,
    };
    for id in own.iter().rev() {
        let Some(entry) = journal::entry(conn, *id)? else {
            continue;
        };
        if entry.can_undo && (entry.act.as_str() == "undo") == undo {
            return Ok(Ok(*id));
        }
        // A new act begins a new line of acts: what was taken back before it does not come again behind it.
        if undo && is_new_act(entry.act.as_str()) {
            return Ok(Err(Undone::Nothing));
        }
    }
    let elsewhere = newest(conn, None)?.filter(|_| !undo);
    Ok(Err(elsewhere.map_or(Undone::Nothing, Undone::Elsewhere)))
}

/// It changes what customers are by itself, and is no turn of another act.
fn is_new_act(act: &str) -> bool {
    matches!(
        act,
        "tag_add" | "tag_remove" | "stage_set" | "owner_set" | "tag_new"
    )
}

/// The last act of somebody.
fn last_of(conn: &Connection, actor: &str) -> Result<Result<i64, Undone>, StoreError> {
    let last = newest(conn, Some(actor))?;
    let bar: Option<i64> = conn
        .query_row(
            &format!("SELECT max(journal_id) FROM journal WHERE actor = ?1 AND ({BARS})"),
            [actor],
            |row| row.get(0),
        )
        .doing(DOING)?;
    match (last, bar) {
        (last, Some(bar)) if last.is_none_or(|last| last < bar) => {
            let entry = journal::entry(conn, bar)?;
            Ok(Err(entry.map_or(Undone::Nothing, |entry| {
                Undone::Barred(Box::new(entry), last)
            })))
        }
        (Some(last), _) => Ok(Ok(last)),
        (None, _) => Ok(Err(Undone::Nothing)),
    }
}

/// The newest act that is no undo and can be taken back: of somebody, or of all.
fn newest(conn: &Connection, actor: Option<&str>) -> Result<Option<i64>, StoreError> {
    conn.query_row(
        "SELECT journal_id FROM journal j WHERE (?1 IS NULL OR actor = ?1) AND before IS NOT NULL AND act <> 'undo'
         AND NOT EXISTS (SELECT 1 FROM journal u WHERE u.undoes = j.journal_id) ORDER BY journal_id DESC LIMIT 1",
        params![actor],
        |row| row.get(0),
    )
    .optional()
    .doing(DOING)
}

/// One relation that came or went.
struct Event {
    customer: String,
    userid: String,
    tag: String,
    added: bool,
    cause: Option<String>,
}

/// Turns tag events round. What the journal keeps of it.
fn turn_events(
    conn: &Connection,
    act: i64,
    (from, to): (i64, i64),
    at: i64,
    differs: &mut Differences,
) -> Result<String, StoreError> {
    let many = to.saturating_sub(from) > MANY;
    if many {
        bulk(conn, true)?;
    }
    let (first, line) = (next_event(conn)?, next_line(conn)?);
    let mut read = conn
        .prepare_cached(
            "SELECT external_userid, coalesce(userid, ''), tag_id, op = 'add', cause FROM tag_event
             WHERE event_id BETWEEN ?1 AND ?2 AND (cause = ?3 OR cause LIKE ?3 || ';%') ORDER BY event_id",
        )
        .doing(DOING)?;
    let mut rows = read.query(params![from, to, came(act)]).doing(DOING)?;
    while let Some(row) = rows.next().doing(DOING)? {
        let get = || -> rusqlite::Result<Event> {
            Ok(Event {
                customer: row.get(0)?,
                userid: row.get(1)?,
                tag: row.get(2)?,
                added: row.get(3)?,
                cause: row.get(4)?,
            })
        };
        turn_event(conn, &get().doing(DOING)?, (line, at), differs)?;
    }
    if many {
        bulk(conn, false)?;
    }
    let after = next_event(conn)?;
    Ok(json!({ "v": 1, "events": [first, after - 1] }).to_string())
}

fn turn_event(
    conn: &Connection,
    event: &Event,
    (line, at): (i64, i64),
    differs: &mut Differences,
) -> Result<(), StoreError> {
    let key = params![event.tag, event.customer, event.userid];
    let note = |op: &str, cause: &str| {
        conn.prepare_cached(EVENT)
            .and_then(|mut s| {
                s.execute(params![
                    at,
                    event.customer,
                    event.userid,
                    event.tag,
                    op,
                    cause
                ])
            })
            .doing(DOING)
    };
    if event.added {
        let now: Option<(String, Option<i64>)> = conn
            .prepare_cached(
                "DELETE FROM customer_tag WHERE tag_id = ?1 AND external_userid = ?2 AND userid = ?3 RETURNING origin, tagged_at",
            )
            .and_then(|mut s| s.query_row(key, |row| Ok((row.get(0)?, row.get(1)?))).optional())
            .doing(DOING)?;
        match now {
            Some((origin, since)) => {
                note("remove", &went(line, &origin, since))?;
            }
            None => differs.add(|| say(conn, event, ("后来去掉了标签", "has lost the tag since"))),
        }
    } else {
        let (origin, since) = what_went(event.cause.as_deref().unwrap_or_default());
        let put = conn
            .prepare_cached(
                "INSERT INTO customer_tag (tag_id, external_userid, userid, origin, tagged_at)
                 SELECT ?1, external_userid, ?3, ?4, ?5 FROM customer WHERE external_userid = ?2
                 AND EXISTS (SELECT 1 FROM tag WHERE tag_id = ?1 AND is_deleted = 0) ON CONFLICT DO NOTHING",
            )
            .and_then(|mut s| s.execute(params![event.tag, event.customer, event.userid, origin, since]))
            .doing(DOING)?;
        if put > 0 {
            note("add", &came(line))?;
        } else {
            differs.add(|| {
                let what = (
                    "又有了标签, 或人或标签已不在",
                    "has the tag again, or is gone, or the tag is",
                );
                say(conn, event, what)
            });
        }
    }
    Ok(())
}

fn say(conn: &Connection, event: &Event, (zh, en): (&str, &str)) -> Sentence {
    let name: Option<String> = conn
        .query_row(
            "SELECT name FROM tag WHERE tag_id = ?1",
            [&event.tag],
            |row| row.get(0),
        )
        .optional()
        .unwrap_or_default();
    let (customer, name) = (&event.customer, name.unwrap_or_else(|| event.tag.clone()));
    sentence!("{customer}: {zh} ({name})", "{customer}: {en} ({name})")
}

/// A customer, and what stage was and is: `(stage, since)`.
type Staged = (String, Option<(i64, i64)>, Option<(i64, i64)>);

fn turn_stages(
    conn: &Connection,
    journey: i64,
    stages: &[Staged],
    differs: &mut Differences,
) -> Result<String, StoreError> {
    let mut again = Vec::with_capacity(stages.len());
    for (customer, was, is) in stages {
        if stage_of(conn, journey, customer)? != *is {
            differs.add(|| {
                sentence!(
                    "{customer}: 后来换了阶段",
                    "{customer}: stands at another stage since",
                )
            });
            continue;
        }
        put_stage(conn, journey, customer, *was)?;
        again.push(json!([customer, is, was]));
    }
    Ok(json!({ "v": 1, "journey": journey, "stages": again }).to_string())
}
