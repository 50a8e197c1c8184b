//! The workspace as it stood at an instant: every figure "as of" a time in the past is one of that time.
//!
//! A connection that is held at an instant has, beside every table whose rows carry a date, a temporary view of the same
//! name that leaves out what is dated later; SQLite finds it before the table, so every query that reads a table follows
//! one rule without knowing of it. Kept totals are added up anew from the rows that are left.
//!
//! # What counts as later
//!
//! A row dated after the instant is not there, but a tag that somebody carried by then, and the group of a tag that is; and of the staff nobody hired later who had done nothing yet. What a row says of a later moment (a relation's end, a member's leaving, a
//! task done, the last contact) is not known yet. Statistics of a day stand from the end of that day on. A customer is whose
//! they were, and staff are in the department they were in, as far as the histories of owners and departments reach. What
//! carries no date (names, remarks, the tree of departments, targets, rules of rewards, tags where neither they nor their tag carry
//! one) is as it is now, and what was taken away since is not brought back.
//!
//! # Now
//!
//! Now is such an instant as well: what a file has of later (a year mistyped, an import in a wrong zone) counts when its time
//! has come ([`super::later`]), so that now is told alike with and without `--as-of`.
//!
//! # Performance
//!
//! The last instant of a file is where nearly everybody looks, and there nobody did anything later: [`has_later`] finds that
//! out from the ends of indexes, and such a connection reads the tables themselves. A held one adds the totals up again
//! whenever they are asked for. What no index tells by time is read whole (0.3 s of a million customers): in a small pool
//! always, in a large one where it was filled after the instant, since nothing is dated later than it was written, but for
//! what its writers say ([`super::later::note`]).

use std::borrow::Cow;

use rusqlite::{Connection, params};

use super::changes::Changes;
use super::error::{Doing, StoreError};
use crate::domain::AsOf;

/// What is being done, for errors.
const DOING: &str = "looking at the workspace as of an instant";

/// Ends of indexes: does trade go on after the instant ?1, on its day ?2 or on a later one? The cheapest first.
const TRADE: [&str; 7] = [
    "SELECT EXISTS (SELECT 1 FROM main.sale_order INDEXED BY ix_order_day
       WHERE paid_at IS NOT NULL AND is_test = 0 AND (biz_date, paid_at) > (?2, ?1))",
    "SELECT EXISTS (SELECT 1 FROM main.follow_event INDEXED BY ix_fe_date WHERE biz_date > ?2 AND ?1 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.order_refund INDEXED BY ix_refund_day WHERE biz_date > ?2 AND ?1 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.campaign_step INDEXED BY ix_cstep_at WHERE at > ?1 AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.follow_event INDEXED BY ix_fe_date WHERE biz_date = ?2 AND occurred_at > ?1)",
    "SELECT EXISTS (SELECT 1 FROM main.group_event INDEXED BY ix_ge_date WHERE biz_date > ?2 AND ?1 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.group_event INDEXED BY ix_ge_date WHERE biz_date = ?2 AND occurred_at > ?1)",
];

/// The same of statistics, which stand from the end of their day on: are there any of the first day that was not over (?1)
/// or of a later one?
const STATISTICS: &str =
    "SELECT EXISTS (SELECT 1 FROM main.group_day INDEXED BY ix_gday_date WHERE biz_date >= ?1)";

/// Has anything of this key (?2) happened after the instant (?1)?
const OF_ORDER: &str = "SELECT EXISTS (SELECT 1 FROM main.sale_order WHERE order_id = ?2 AND coalesce(paid_at, ordered_at) > ?1)
    OR EXISTS (SELECT 1 FROM main.order_refund WHERE order_id = ?2 AND refunded_at > ?1)";
const OF_CUSTOMER: &str = "SELECT EXISTS (SELECT 1 FROM main.customer WHERE external_userid = ?2 AND first_added_at > ?1)";
const OF_RELATION: &str = "SELECT EXISTS (SELECT 1 FROM main.follow WHERE external_userid = ?2
      AND (added_at > ?1 OR ended_at > ?1 OR last_touch_at > ?1 OR last_inbound_at > ?1))";
const OF_ADD: &str = "SELECT EXISTS (SELECT 1 FROM main.follow_event WHERE external_userid = ?2 AND occurred_at > ?1)";
const OF_GROUP: &str = "SELECT EXISTS (SELECT 1 FROM main.group_chat WHERE chat_id = ?2 AND max(created_at, coalesce(dissolved_at, 0)) > ?1)";
const OF_MEMBER: &str = "SELECT EXISTS (SELECT 1 FROM main.group_member WHERE member_id = ?2 AND (join_at > ?1 OR quit_at > ?1))";
const OF_PERSON: &str =
    "SELECT EXISTS (SELECT 1 FROM main.campaign_step WHERE person_key = ?2 AND at > ?1)";

/// What no index tells by time: read whole.
const ROWS: [&str; 5] = [
    "SELECT EXISTS (SELECT 1 FROM main.order_refund INDEXED BY ix_refund_day WHERE biz_date = ?2 AND refunded_at > ?1)",
    "SELECT EXISTS (SELECT 1 FROM main.customer WHERE first_added_at > ?1 AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.follow WHERE max(added_at, coalesce(ended_at, 0), coalesce(last_touch_at, 0), coalesce(last_inbound_at, 0)) > ?1 AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.group_chat WHERE max(created_at, coalesce(dissolved_at, 0)) > ?1 AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.group_member WHERE max(join_at, coalesce(quit_at, 0)) > ?1 AND ?2 IS NOT NULL)",
];

/// Was anything written after the instant ?1? A customer says it of itself, and the ledgers say it of what else comes in; of
/// them the newest runs are enough. A run without an end may go on still. What was dated later than it was written is noted
/// (see [`super::later::note`]).
const WRITTEN: [&str; 4] = [
    "SELECT EXISTS (SELECT 1 FROM main.customer INDEXED BY ix_customer_synced WHERE synced_at > ?1 AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM (SELECT ended_at FROM main.import_run ORDER BY run_id DESC LIMIT 16)
       WHERE ended_at > ?1 AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM (SELECT ended_at FROM main.sync_run ORDER BY run_id DESC LIMIT 16)
       WHERE (ended_at IS NULL OR ended_at > ?1) AND ?2 IS NOT NULL)",
    "SELECT EXISTS (SELECT 1 FROM main.meta WHERE key = 'dated_until' AND CAST(value AS INTEGER) > ?1 AND ?2 IS NOT NULL)",
];

/// Who was hired after the day ?2 and has nothing dated up to the instant ?1, as a list of SQL: whoever has was here before
/// (hired again, a trial, a date corrected late), and stands with all that is theirs.
const NOT_HERE_YET: &str = "SELECT coalesce(group_concat(quote(s.userid)), '') FROM main.staff s WHERE s.hired_on > ?2
    AND NOT EXISTS (SELECT 1 FROM main.follow f WHERE f.userid = s.userid AND f.added_at <= ?1)
    AND NOT EXISTS (SELECT 1 FROM main.group_chat g WHERE g.owner_userid = s.userid AND g.created_at <= ?1)
    AND NOT EXISTS (SELECT 1 FROM main.staff_day d WHERE d.userid = s.userid AND d.biz_date <= ?2)
    AND s.userid NOT IN (SELECT o.credited_userid FROM main.sale_order o WHERE o.biz_date <= ?2 AND o.paid_at <= ?1
      AND o.is_test = 0 AND o.credited_userid IS NOT NULL)
    AND s.userid NOT IN (SELECT e.userid FROM main.follow_event e WHERE e.biz_date <= ?2 AND e.occurred_at <= ?1)";

/// Customers up to whom a pool is small.
const SMALL: i64 = 20_000;

/// Who of a customer's relations is the oldest that lived, as a sync gives an owner to who has none.
const HEIR: &str = "(SELECT o.userid FROM main.follow o WHERE o.external_userid = f.external_userid AND o.added_at <= {at}
    AND (o.status = 'active' OR o.ended_at > {at}) ORDER BY o.added_at, o.userid LIMIT 1)";

/// Whether a relation `f` was the owner's. Where the history knows of a change since, whose the customer was then; before it
/// begins, its first owner. Where that one, or the owner of now, did not follow the customer yet, the heir.
const OWNER: &str = "CASE
    WHEN EXISTS (SELECT 1 FROM main.ownership_history h WHERE h.external_userid = f.external_userid
        AND max(h.valid_from, coalesce(h.valid_to, 0)) > {at}) THEN
      CASE WHEN EXISTS (SELECT 1 FROM main.ownership_history h WHERE h.external_userid = f.external_userid AND h.valid_from <= {at})
        THEN EXISTS (SELECT 1 FROM main.ownership_history h WHERE h.external_userid = f.external_userid AND h.userid = f.userid
          AND h.valid_from <= {at} AND coalesce(h.valid_to, {at} + 1) > {at})
        ELSE f.userid IS coalesce((SELECT o.userid FROM main.ownership_history h JOIN main.follow o USING (external_userid, userid)
          WHERE h.external_userid = f.external_userid AND o.added_at <= {at} AND h.valid_from =
            (SELECT min(e.valid_from) FROM main.ownership_history e WHERE e.external_userid = f.external_userid)), {heir}) END
    WHEN EXISTS (SELECT 1 FROM main.follow o WHERE o.external_userid = f.external_userid AND o.is_owner = 1 AND o.added_at > {at})
      THEN f.userid IS {heir}
    ELSE is_owner END";

/// The department of a member of staff `s`: where the history knows of a change since, the one of then, of several the main
/// one of now; before it begins, its first.
const DEPARTMENT: &str = "iif(EXISTS (SELECT 1 FROM main.staff_dept_history h WHERE h.userid = s.userid
      AND max(h.valid_from, coalesce(h.valid_to, '')) > '{day}'),
    coalesce((SELECT h.dept_id FROM main.staff_dept_history h WHERE h.userid = s.userid
      AND (h.valid_to IS NULL OR h.valid_to > '{day}')
      ORDER BY max(h.valid_from, '{day}'), h.dept_id IS NOT s.main_dept_id, h.valid_from DESC LIMIT 1), main_dept_id),
    main_dept_id)";

/// The views; `{at}` is the instant, `{day}` its day, `{over}` the last day that was over and `{absent}` who was not here yet.
const VIEWS: &str = "
CREATE TEMP TABLE past (at INTEGER NOT NULL, zone TEXT NOT NULL);
INSERT INTO past VALUES ({at}, '{zone}');
CREATE TEMP VIEW staff AS SELECT userid, name, iif(wecom_status = 5 AND left_at > {at}, 1, wecom_status) AS wecom_status, role,
  {department} AS main_dept_id, is_follow_user, hired_on, iif(left_at > {at}, NULL, left_at) AS left_at FROM main.staff s
  WHERE userid NOT IN ({absent});
CREATE TEMP VIEW customer AS SELECT * FROM main.customer WHERE coalesce(first_added_at, {at}) <= {at};
CREATE TEMP VIEW follow AS SELECT userid, external_userid, iif(ended_at > {at}, 'active', status) AS status, added_at,
  iif(ended_at > {at}, NULL, ended_at) AS ended_at, add_way, state, channel_id, oper_userid, remark, description,
  remark_corp_name, remark_mobiles, wechat_channels_nickname, wechat_channels_source, {owner} AS is_owner,
  iif(last_touch_at > {at}, NULL, last_touch_at) AS last_touch_at,
  iif(last_inbound_at > {at}, NULL, last_inbound_at) AS last_inbound_at FROM main.follow f WHERE added_at <= {at};
CREATE TEMP VIEW follow_event AS SELECT * FROM main.follow_event WHERE occurred_at <= {at};
CREATE TEMP VIEW tag AS SELECT * FROM main.tag t WHERE coalesce(created_at, {at}) <= {at}
  OR EXISTS (SELECT 1 FROM main.customer_tag l WHERE l.tag_id = t.tag_id AND l.tagged_at <= {at});
CREATE TEMP VIEW tag_group AS SELECT * FROM main.tag_group g WHERE coalesce(created_at, {at}) <= {at}
  OR EXISTS (SELECT 1 FROM tag t WHERE t.group_id = g.group_id);
CREATE TEMP VIEW customer_tag AS SELECT * FROM main.customer_tag l WHERE
  coalesce(tagged_at, (SELECT t.created_at FROM main.tag t WHERE t.tag_id = l.tag_id), {at}) <= {at};
CREATE TEMP VIEW customer_stage AS SELECT * FROM main.customer_stage WHERE since_at <= {at};
CREATE TEMP VIEW group_chat AS SELECT chat_id, name, owner_userid, created_at, notice, member_version, wecom_status,
  iif(dissolved_at > {at}, NULL, dissolved_at) AS dissolved_at, capacity, kind, credited_userid, campaign_id, synced_at
  FROM main.group_chat WHERE created_at <= {at};
CREATE TEMP VIEW group_member AS SELECT chat_id, member_id, join_at, type, join_scene, invitor_userid, state, unionid, name,
  group_nickname, is_admin, iif(quit_at > {at}, NULL, quit_at) AS quit_at, iif(quit_at > {at}, NULL, quit_scene) AS quit_scene
  FROM main.group_member WHERE join_at <= {at};
CREATE TEMP VIEW group_day AS SELECT * FROM main.group_day WHERE biz_date <= '{over}';
CREATE TEMP VIEW owner_group_day AS SELECT * FROM main.owner_group_day WHERE biz_date <= '{over}';
CREATE TEMP VIEW staff_day AS SELECT * FROM main.staff_day WHERE biz_date <= '{over}';
CREATE TEMP VIEW sale_order AS SELECT * FROM main.sale_order WHERE coalesce(paid_at, ordered_at) <= {at};
CREATE TEMP VIEW order_refund AS SELECT * FROM main.order_refund WHERE refunded_at <= {at};
CREATE TEMP VIEW cost AS SELECT * FROM main.cost WHERE biz_date <= '{day}';
CREATE TEMP VIEW campaign AS SELECT campaign_id, name, kind, warmup_at, starts_at, ends_at, owner_userid,
  CASE WHEN status IN ('planned', 'cancelled') OR ends_at <= {at} THEN status WHEN starts_at <= {at} THEN 'running'
    WHEN warmup_at <= {at} THEN 'warmup' ELSE 'planned' END AS status FROM main.campaign;
CREATE TEMP VIEW campaign_step AS SELECT * FROM main.campaign_step WHERE at <= {at};
CREATE TEMP VIEW leaderboard_snapshot AS SELECT * FROM main.leaderboard_snapshot WHERE taken_at <= {at};
CREATE TEMP VIEW task AS SELECT task_id, kind, step_id, campaign_id, userid, external_userid, chat_id, due_at,
  iif(done_at > {at}, NULL, done_at) AS done_at,
  iif(done_at > {at} OR (status = 'missed' AND due_at > {at}), 'open', status) AS status FROM main.task;
CREATE TEMP VIEW ownership_history AS SELECT * FROM main.ownership_history WHERE valid_from <= {at};
CREATE TEMP VIEW tag_event AS SELECT * FROM main.tag_event WHERE occurred_at <= {at};
CREATE TEMP VIEW group_event AS SELECT * FROM main.group_event WHERE occurred_at <= {at};
CREATE TEMP VIEW v_paid AS
  SELECT o.*, COALESCE((SELECT SUM(r.amount_fen) FROM order_refund r WHERE r.order_id = o.order_id), 0) AS refund_fen
  FROM sale_order o WHERE o.paid_at IS NOT NULL AND o.is_test = 0;
CREATE TEMP VIEW v_valid AS
  SELECT *, paid_fen - refund_fen AS net_fen FROM v_paid WHERE paid_fen - refund_fen > 0;
CREATE TEMP VIEW customer_stat AS SELECT c.external_userid,
  (SELECT coalesce(sum(v.net_fen), 0) FROM v_valid v WHERE v.external_userid = c.external_userid) AS spend_fen,
  (SELECT count(*) FROM v_valid v WHERE v.external_userid = c.external_userid) AS orders,
  (SELECT max(v.paid_at) FROM v_valid v WHERE v.external_userid = c.external_userid) AS last_paid_at,
  (SELECT max(max(coalesce(f.last_touch_at, f.last_inbound_at), coalesce(f.last_inbound_at, f.last_touch_at)))
     FROM follow f WHERE f.external_userid = c.external_userid) AS last_contact_at
  FROM customer c;
CREATE TEMP VIEW pool AS SELECT 1 AS one, (SELECT count(*) FROM customer) AS customers,
  (SELECT coalesce(sum(spend_fen), 0) FROM customer_stat) AS spend_fen;
";

/// Customers did something after the instant. What people of this house noted down later (tags, stages, owners) does not
/// make a past by itself: whoever edits sees the edit.
pub fn has_later(conn: &Connection, at: AsOf) -> Result<bool, StoreError> {
    let has_statistics = || -> rusqlite::Result<bool> {
        conn.prepare_cached(STATISTICS)?
            .query_row([at.open_day().to_string()], |row| row.get(0))
    };
    Ok(has_statistics().doing(DOING)? || has_later_rows(conn, at)?)
}

/// The same but for statistics, of which those of a day that goes on wait for nothing but its end: a shop has some of today
/// every day.
pub(super) fn has_later_rows(conn: &Connection, at: AsOf) -> Result<bool, StoreError> {
    let look = || -> rusqlite::Result<bool> {
        if any(conn, &TRADE, at)? {
            return Ok(true);
        }
        let pool: i64 = conn.query_row("SELECT customers FROM main.pool", [], |row| row.get(0))?;
        Ok((pool <= SMALL || any(conn, &WRITTEN, at)?) && any(conn, &ROWS, at)?)
    };
    look().doing(DOING)
}

fn any(conn: &Connection, ends: &[&str], at: AsOf) -> rusqlite::Result<bool> {
    let day = at.today().to_string();
    for sql in ends {
        let mut statement = conn.prepare_cached(sql)?;
        if statement.query_row(params![at.unix, day], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Among what was touched is something that customers did after the instant.
pub fn brings_later(conn: &Connection, changed: &Changes, at: AsOf) -> Result<bool, StoreError> {
    let look = |sql: &str, key: &str| -> rusqlite::Result<bool> {
        conn.prepare_cached(sql)?
            .query_row(params![at.unix, key], |row| row.get(0))
    };
    let touched = &changed.customers;
    let keys = (changed.orders.iter().map(|id| (OF_ORDER, id)))
        .chain(touched.rows.iter().map(|id| (OF_CUSTOMER, id)))
        .chain(touched.follows.iter().map(|id| (OF_RELATION, id)))
        .chain(touched.events.iter().map(|id| (OF_ADD, id)))
        .chain(changed.groups.iter().map(|id| (OF_GROUP, id)))
        .chain(changed.members.iter().map(|id| (OF_MEMBER, id)))
        .chain(changed.steps.iter().map(|(_, person)| (OF_PERSON, person)));
    for (sql, key) in keys {
        if look(sql, key).doing(DOING)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Holds a connection at an instant: from here on it reads the workspace as it stood then, also where it was held at another
/// one or by another zone's days. Outside a transaction.
pub fn hold(conn: &Connection, at: AsOf) -> Result<(), StoreError> {
    if is_held(conn) && stands_at(conn, at).doing(DOING)? {
        return Ok(());
    }
    among_views(conn, |conn| make(conn, at)).doing(DOING)
}

/// Views of one's own change nothing in the file, but a connection held to reading may make and drop none.
fn among_views(
    conn: &Connection,
    change: impl FnOnce(&Connection) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let read_only: bool = conn.pragma_query_value(None, "query_only", |row| row.get(0))?;
    conn.pragma_update(None, "query_only", false)?;
    let changed = change(conn);
    conn.pragma_update(None, "query_only", read_only)?;
    changed
}

/// It is held at this instant, by this zone's days.
fn stands_at(conn: &Connection, at: AsOf) -> rusqlite::Result<bool> {
    let sql = "SELECT at = ?1 AND zone = ?2 FROM temp.past";
    conn.query_row(sql, params![at.unix, at.zone.0.name()], |row| row.get(0))
}

/// All the views or none, in the place of those of another instant.
fn make(conn: &Connection, at: AsOf) -> rusqlite::Result<()> {
    let today = at.today();
    let absent: String =
        conn.query_row(NOT_HERE_YET, params![at.unix, today.to_string()], |row| {
            row.get(0)
        })?;
    let views = VIEWS
        .replace("{absent}", &absent)
        .replace("{owner}", OWNER)
        .replace("{heir}", HEIR)
        .replace("{department}", DEPARTMENT)
        .replace("{at}", &at.unix.to_string())
        .replace("{zone}", at.zone.0.name())
        .replace("{day}", &today.to_string())
        .replace("{over}", &at.open_day().plus(-1).to_string());
    let tx = conn.unchecked_transaction()?;
    drop_views(&tx)?;
    tx.execute_batch(&views)?;
    tx.commit()
}

fn drop_views(conn: &Connection) -> rusqlite::Result<()> {
    let old: String = conn.query_row(
        "SELECT coalesce(group_concat('DROP ' || type || ' temp.' || name, ';'), '') FROM temp.sqlite_schema
         WHERE type = 'view' OR name = 'past'",
        [],
        |row| row.get(0),
    )?;
    conn.execute_batch(&old)
}

/// Lets a held connection go: from here on it reads the tables themselves. Outside a transaction.
pub fn release(conn: &Connection) -> Result<(), StoreError> {
    let drop_all = |conn: &Connection| {
        let tx = conn.unchecked_transaction()?;
        drop_views(&tx)?;
        tx.commit()
    };
    among_views(conn, drop_all).doing(DOING)
}

/// The connection is held at an instant.
pub fn is_held(conn: &Connection) -> bool {
    // Looked up in the schema that is in memory: no statement is made for it.
    conn.table_exists(Some("temp"), "past").unwrap_or(false)
}

/// A query for this connection: which index to take can be said of a table only, not of a view.
pub(super) fn planned<'s>(conn: &Connection, sql: &'s str) -> Cow<'s, str> {
    if is_held(conn) {
        without_hints(sql).into()
    } else {
        sql.into()
    }
}

/// The query without `INDEXED BY …`.
fn without_hints(sql: &str) -> String {
    const HINT: &str = " INDEXED BY ";
    let mut parts = sql.split(HINT);
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        plain.push_str(end.and_then(|end| part.get(end..)).unwrap_or_default());
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Day;

    #[test]
    fn a_query_of_views_names_no_index() {
        let sql = "SELECT a FROM t INDEXED BY ix_a WHERE b NOT INDEXED (SELECT c FROM u x INDEXED BY ix_2) AND t INDEXED BY z";
        assert_eq!(
            without_hints(sql),
            "SELECT a FROM t WHERE b NOT INDEXED (SELECT c FROM u x) AND t"
        );
    }

    #[test]
    fn what_is_not_held_whole_is_not_held_at_all() {
        let conn = Connection::open_in_memory().unwrap();
        let zone = crate::domain::Zone::default();
        // A view of that name is in the way of the last of ours.
        conn.execute_batch("CREATE TEMP TABLE pool (one)").unwrap();
        let held = hold(&conn, AsOf { unix: 9, zone });
        assert!(held.is_err());
        assert!(conn.is_autocommit() && !is_held(&conn));
    }

    #[test]
    fn statistics_of_a_day_stand_from_its_end_on() {
        let zone = crate::domain::Zone::default();
        let day = Day::parse("2026-03-10").unwrap();
        let over = |unix| AsOf { unix, zone }.open_day().plus(-1);
        assert_eq!(over(zone.start_of(day)), day.plus(-1));
        assert_eq!(over(zone.start_of(day.plus(1)) - 2), day.plus(-1));
        assert_eq!(over(zone.start_of(day.plus(1)) - 1), day);
    }
}
