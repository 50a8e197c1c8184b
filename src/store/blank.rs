//! Texts that speak of an erased person, taken out: lines of the journal, names of imported files, messages of runs, kept
//! places of pulls.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::error::{Doing, StoreError};
use super::traces::{Traces, any_text, is_of_others, text_of};

/// What is being done, for errors.
const DOING: &str = "erasing a customer";

/// Takes the person out of texts: blanks lines of the journal and file names of imports, drops messages of runs, moves kept
/// places off their row. The person's own rows are gone by now. How many lines of the journal, and how many other rows.
pub(super) fn blank(conn: &Connection, traces: &Traces) -> Result<(u64, u64), StoreError> {
    // Asked once a word: it looks through whole tables.
    let mut known: Vec<(String, bool)> = Vec::new();
    let mut failed = None;
    let mut others = |word: &str| {
        if let Some((_, is)) = known.iter().find(|(one, _)| one == word) {
            return *is;
        }
        let is = is_of_others(conn, word).unwrap_or_else(|error| {
            failed = Some(error);
            true
        });
        known.push((word.to_owned(), is));
        is
    };
    let mut hits = [Vec::new(), Vec::new(), Vec::new()];
    for (hits, sql) in hits.iter_mut().zip([
        "SELECT journal_id, subject_kind IN ('', 'customer', 'customers'), subject_id, detail, before FROM journal
           WHERE subject_id <> '' OR detail IS NOT NULL OR before IS NOT NULL",
        "SELECT run_id, 0, '', message, NULL FROM sync_run WHERE message IS NOT NULL",
        "SELECT run_id, 0, '', file, mapping FROM import_run",
    ]) {
        let mut statement = conn.prepare(sql).doing(DOING)?;
        let mut rows = statement.query([]).doing(DOING)?;
        while let Some(row) = rows.next().doing(DOING)? {
            let is_person: bool = row.get(1).doing(DOING)?;
            let subject = text_of(row, 2).doing(DOING)?.unwrap_or_default();
            let mut hit = is_person && traces.keys.contains(&subject);
            for column in [3, 4] {
                let text = text_of(row, column).doing(DOING)?;
                hit = hit || text.is_some_and(|text| traces.are_in(&text, &mut others));
            }
            if hit {
                hits.push(row.get::<_, i64>(0).doing(DOING)?);
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let [journal, runs, imports] = hits;
    let each = |sql: &str, ids: &[i64]| -> Result<u64, StoreError> {
        let mut statement = conn.prepare(sql).doing(DOING)?;
        for id in ids {
            statement.execute([id]).doing(DOING)?;
        }
        Ok(ids.len() as u64)
    };
    let lines = each(
        "UPDATE journal SET subject_id = '', detail = NULL, before = NULL, salt = NULL WHERE journal_id = ?1",
        &journal,
    )?;
    let mut rest = each(
        "UPDATE sync_run SET message = NULL WHERE run_id = ?1",
        &runs,
    )?;
    rest += each(
        "UPDATE import_run SET file = '', mapping = '' WHERE run_id = ?1",
        &imports,
    )?;
    rest += leave_places(conn, traces)?;
    Ok((lines, rest))
}

/// Kept places of pulls that stand on the person's row go back to the moment it was changed: reading on from there changes
/// nothing but the row itself, should the source still have it.
fn leave_places(conn: &Connection, traces: &Traces) -> Result<u64, StoreError> {
    let mut statement = conn
        .prepare("SELECT source, cursor FROM sync_cursor WHERE cursor IS NOT NULL")
        .doing(DOING)?;
    let kept = statement
        .query_map([], |row| {
            let text = |column| text_of(row, column).map(Option::unwrap_or_default);
            Ok((text(0)?, text(1)?))
        })
        .doing(DOING)?
        .collect::<rusqlite::Result<Vec<_>>>()
        .doing(DOING)?;
    let mut moved = 0;
    for (source, cursor) in kept {
        let Ok(mut json) = serde_json::from_str::<Value>(&cursor) else {
            continue;
        };
        let Some(after) = json.pointer("/place/after") else {
            continue;
        };
        let is_theirs = after
            .get("key")
            .is_some_and(|key| any_text(key, &mut |text| traces.keyed(text)));
        if !is_theirs {
            continue;
        }
        let changed = after.get("changed").and_then(Value::as_str);
        let place = changed.map_or_else(
            || Value::from("start"),
            |changed| serde_json::json!({ "from": changed }),
        );
        if let Some(at) = json.get_mut("place") {
            *at = place;
        }
        conn.execute(
            "UPDATE sync_cursor SET cursor = ?2 WHERE source = ?1",
            params![source, json.to_string()],
        )
        .doing(DOING)?;
        moved += 1;
    }
    Ok(moved)
}
