//! What of the tables is a person's, and how it goes: under the keys they are known by, each replaced by one that leads to
//! nobody.

use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::number::Number;
use super::traces::{Traces, is_number_of_others, text_of};

/// What is the person's alone, and how it goes. `?1` their id, `?2` the key that leads to nobody. Rows of one table under
/// several keys stay as many as they are: `theirs` and `member_of` give each key one of its own that leads to nobody.
pub(super) const STEPS: [(&str, &str); 19] = [
    ("follow", "DELETE FROM follow WHERE external_userid = ?1"),
    ("customer_tag", "DELETE FROM customer_tag WHERE external_userid = ?1"),
    // From journey to journey, each by its key: the table is as large as the pool.
    ("customer_stage", "DELETE FROM customer_stage WHERE external_userid = ?1 AND journey_id IN (
       WITH RECURSIVE j(id) AS (SELECT min(journey_id) FROM customer_stage
         UNION ALL SELECT (SELECT min(journey_id) FROM customer_stage WHERE journey_id > j.id) FROM j WHERE j.id IS NOT NULL)
       SELECT id FROM j WHERE id IS NOT NULL)"),
    ("tag_event", "DELETE FROM tag_event WHERE external_userid = ?1"),
    ("ownership_history", "DELETE FROM ownership_history WHERE external_userid = ?1"),
    ("unassigned", "DELETE FROM unassigned WHERE external_userid = ?1"),
    ("follow_event", "UPDATE follow_event SET external_userid = ?2, detail = NULL, dedup_key = ?2 || '/' || event_id WHERE external_userid = ?1"),
    ("group_member", "UPDATE group_member SET member_id = ?2, unionid = NULL, name = NULL, group_nickname = NULL, state = NULL WHERE member_id = ?1"),
    // Whom they invited stays who they are.
    ("group_member", "UPDATE group_member SET invitor_userid = ?2 WHERE invitor_userid = ?1"),
    ("group_member", "UPDATE group_member SET member_id = (SELECT nobody FROM temp.member_of WHERE key = member_id), unionid = NULL,
         name = NULL, group_nickname = NULL, state = NULL WHERE member_id IN (SELECT key FROM temp.member_of)"),
    ("group_event", "UPDATE group_event SET member_id = ?2, detail = NULL, dedup_key = ?2 || '/' || event_id WHERE member_id = ?1"),
    ("group_event", "UPDATE group_event SET member_id = (SELECT nobody FROM temp.member_of WHERE key = member_id), detail = NULL,
         dedup_key = ?2 || '/' || event_id WHERE member_id IN (SELECT key FROM temp.member_of)"),
    ("handover", "UPDATE handover SET target_id = ?2 WHERE target_id = ?1 AND kind IN ('on_job_customer', 'resigned_customer')"),
    ("task", "UPDATE task SET external_userid = ?2 WHERE external_userid = ?1"),
    ("campaign_step", "UPDATE campaign_step SET person_key = (SELECT nobody FROM temp.theirs WHERE key = person_key)
       WHERE person_key IN (SELECT key FROM temp.theirs)"),
    ("order_refund", "UPDATE order_refund SET reason = NULL WHERE reason IS NOT NULL AND order_id IN (SELECT order_id FROM sale_order
       WHERE external_userid = ?1 OR (external_userid IS NULL AND buyer_key IN (SELECT key FROM temp.theirs)))"),
    ("sale_order", "UPDATE sale_order SET external_userid = ?2, buyer_key = ?2 WHERE external_userid = ?1"),
    // Of an order that is somebody else's, the key stays where it is theirs too.
    ("sale_order", "UPDATE sale_order SET buyer_key = (SELECT nobody FROM temp.theirs WHERE key = buyer_key)
       WHERE buyer_key IN (SELECT key FROM temp.theirs) AND order_id NOT IN (SELECT order_id FROM temp.shared)"),
    ("customer", "DELETE FROM customer WHERE external_userid = ?1"),
];

/// The person's keys and numbers in every way they are written, each with a key that leads to nobody; the ids under which
/// their unionid is in groups; and orders of others whose buyer has such a number too. In memory: a temporary file would
/// keep them.
pub(super) fn list(
    conn: &Connection,
    id: &str,
    nobody: &str,
    traces: &Traces,
) -> rusqlite::Result<()> {
    let numbers = own_numbers(conn, id, traces)?;
    let (unionid, phone): (Option<AsIs>, Option<AsIs>) = conn
        .query_row(
            "SELECT nullif(unionid, ''), nullif(phone, '') FROM customer WHERE external_userid = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?
        .unwrap_or_default();
    conn.execute_batch(
        "CREATE TEMP TABLE theirs (key TEXT PRIMARY KEY, nobody TEXT NOT NULL) WITHOUT ROWID;
         CREATE TEMP TABLE member_of (key TEXT PRIMARY KEY, nobody TEXT NOT NULL) WITHOUT ROWID;
         CREATE TEMP TABLE shared (order_id TEXT PRIMARY KEY) WITHOUT ROWID;",
    )?;
    let mut add = conn.prepare("INSERT OR IGNORE INTO temp.theirs VALUES (?1, ?2)")?;
    add.execute(params![id, nobody])?;
    if let Some(unionid) = unionid {
        add.execute(params![unionid, format!("{nobody}+")])?;
        conn.execute(
            "INSERT INTO temp.member_of SELECT member_id, ?2 || '+' || row_number() OVER (ORDER BY member_id)
             FROM (SELECT DISTINCT member_id FROM group_member WHERE unionid = ?1)",
            params![unionid, nobody],
        )?;
    }
    if let Some(phone) = phone {
        add.execute(params![phone, format!("{nobody}-")])?;
    }
    let mut n = 0;
    let mut add_as_is = |key: &AsIs| {
        n += 1;
        add.execute(params![key, format!("{nobody}-{n}")])
    };
    let is_own = |text: &str| numbers.iter().any(|number| number.is(text));
    for mobile in &traces.mobiles {
        if Number::of(mobile).is_some() && !is_own(mobile) {
            continue;
        }
        add_as_is(&AsIs(mobile.as_bytes().to_owned()))?;
    }
    if numbers.is_empty() {
        return shared(conn, id, traces);
    }
    each_key(conn, |key| {
        if is_own(key) {
            add_as_is(&AsIs(key.as_bytes().to_owned()))?;
        }
        Ok(())
    })?;
    shared(conn, id, traces)
}

/// Every key by which a step or an order may know a person by a number. Orders of others who do not have the number are
/// among them: it is not theirs to keep.
fn each_key(
    conn: &Connection,
    mut told: impl FnMut(&str) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    for sql in [
        "SELECT DISTINCT person_key FROM campaign_step",
        "SELECT buyer_key FROM sale_order WHERE buyer_key IS NOT external_userid",
        "SELECT DISTINCT substr(key, instr(key, '/') + 1) FROM change_log WHERE entity = 13",
    ] {
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if let Ok(key) = row.get_ref(0)?.as_str() {
                told(key)?;
            }
        }
    }
    Ok(())
}

/// Numbers under which orders and steps are the person's: their phone, and of those noted the ones that nobody else has. A
/// remark may name whoever brought the person along.
fn own_numbers<'t>(
    conn: &Connection,
    id: &str,
    traces: &'t Traces,
) -> rusqlite::Result<Vec<&'t Number>> {
    let mut own = Vec::new();
    for number in &traces.numbers {
        if traces.is_key(number) || !is_number_of_others(conn, number, id)? {
            own.push(number);
        }
    }
    Ok(own)
}

/// Orders of others under one of the person's keys who have it themselves.
fn shared(conn: &Connection, id: &str, traces: &Traces) -> rusqlite::Result<()> {
    let mut orders = conn.prepare(
        "SELECT order_id, external_userid, buyer_key, buyer_key = external_userid FROM sale_order
         WHERE external_userid <> ?1 AND buyer_key IN (SELECT key FROM temp.theirs)",
    )?;
    let mut owner = conn.prepare(
        "SELECT unionid FROM customer WHERE external_userid = ?1 UNION ALL SELECT phone FROM customer WHERE external_userid = ?1
         UNION ALL SELECT remark_mobiles FROM follow WHERE external_userid = ?1",
    )?;
    let mut rows = orders.query([id])?;
    while let Some(row) = rows.next()? {
        let (order, person): (AsIs, AsIs) = (row.get(0)?, row.get(1)?);
        let key = text_of(row, 2)?.unwrap_or_default();
        let number = traces.numbers.iter().find(|number| number.is(&key));
        let mut is_shared: bool = row.get(3)?;
        let mut held = owner.query([person])?;
        while let Some(row) = held.next()? {
            let text = text_of(row, 0)?.unwrap_or_default();
            let has_number = number.is_some_and(|n| n.is(&text) || n.stands_in(&text));
            is_shared = is_shared || text == key || has_number;
        }
        if is_shared {
            conn.execute("INSERT OR IGNORE INTO temp.shared VALUES (?1)", [order])?;
        }
    }
    Ok(())
}

/// A text with its bytes as they are, UTF-8 or not: a key must be found again.
struct AsIs(Vec<u8>);

impl FromSql for AsIs {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_bytes().map(|bytes| Self(bytes.to_owned()))
    }
}

impl ToSql for AsIs {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}
