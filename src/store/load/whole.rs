//! Whole tables in the order of a key, or a stretch of one, so that two threads can share a table.

use std::cmp::Ordering;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, Rows, Statement, ToSql};

use super::{CustomerRecord, Follow, OrderRecord, customer, day, each, follow, int, order, text};
use crate::domain::Day;
use crate::store::past::planned;
use crate::store::totals;

/// A key as stored, whatever its bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// The key of this text.
    pub fn new(text: &str) -> Self {
        Self(text.as_bytes().to_vec())
    }
}

/// A stretch of a table by its key: from one key on, up to another and without it. Without an end, to the end of the table.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stretch<'a> {
    /// First key that may be in it.
    pub from: Option<&'a Key>,
    /// First key that is not.
    pub until: Option<&'a Key>,
}

/// A bound of a stretch: to SQLite every text comes after the empty one and before any blob.
struct Limit<'a>(Option<&'a Key>, ValueRef<'static>);

impl ToSql for Limit<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = self.0.map_or(self.1, |key| ValueRef::Text(&key.0));
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl<'a> Stretch<'a> {
    fn first(self) -> Limit<'a> {
        Limit(self.from, ValueRef::Text(b""))
    }

    fn last(self) -> Limit<'a> {
        Limit(self.until, ValueRef::Blob(b""))
    }
}

/// The key so many rows after the first, by a query that lists one key at an offset.
fn key_at(conn: &Connection, sql: &str, at: u64) -> rusqlite::Result<Option<Key>> {
    let mut found = None;
    each(conn, sql, [at], |row| {
        found = row
            .get_ref(0)
            .ok()
            .and_then(|cell| cell.as_bytes().ok())
            .map(|bytes| Key(bytes.to_vec()));
    })?;
    Ok(found)
}

/// The customer so many places after the first.
pub fn customer_at(conn: &Connection, at: u64) -> rusqlite::Result<Option<Key>> {
    key_at(
        conn,
        "SELECT external_userid FROM customer NOT INDEXED ORDER BY external_userid LIMIT 1 OFFSET ?1",
        at,
    )
}

/// The order so many places after the first.
pub fn order_at(conn: &Connection, at: u64) -> rusqlite::Result<Option<Key>> {
    key_at(
        conn,
        "SELECT order_id FROM sale_order NOT INDEXED ORDER BY order_id LIMIT 1 OFFSET ?1",
        at,
    )
}

/// Takes customers one after the other, and behind each what other tables say of them.
pub trait Take {
    /// The next customer; only the id when [`Beside::rows`] is not wanted.
    fn customer(&mut self, record: &CustomerRecord<'_>);
    /// The id of a tag of theirs as stored, which is nearly always UTF-8; once for each staff who gave it.
    fn tag(&mut self, tag: &[u8]);
    /// The member of staff who owns them.
    fn owner(&mut self, staff: &str);
    /// Their stage in the first journey.
    fn stage(&mut self, stage: i64);
}

/// What is wanted of each customer besides the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one for each table")]
pub struct Beside {
    /// The other cells of `customer`, and the kept totals.
    pub rows: bool,
    /// Tags.
    pub tags: bool,
    /// The owner.
    pub owners: bool,
    /// The stage.
    pub stages: bool,
}

/// Rows about customers in order of their id, read in step with the customers themselves: nothing is looked up.
struct Step<'s>(Option<Rows<'s>>);

impl<'s> Step<'s> {
    /// Stands at the first row of a table's query; of no query there are no rows.
    fn first(statement: Option<&'s mut Statement<'_>>, from: &Limit<'_>) -> rusqlite::Result<Self> {
        let Some(statement) = statement else {
            return Ok(Self(None));
        };
        let mut rows = statement.query([from])?;
        rows.advance()?;
        Ok(Self(Some(rows)))
    }

    /// Hands on the rows of a customer; rows of ids before it belong to nobody.
    fn of(&mut self, id: &[u8], mut take: impl FnMut(&Row<'_>)) -> rusqlite::Result<()> {
        let Some(rows) = &mut self.0 else {
            return Ok(());
        };
        while let Some(row) = rows.get() {
            match compare(key(row), id) {
                Ordering::Less => {}
                Ordering::Equal => take(row),
                Ordering::Greater => break,
            }
            rows.advance()?;
        }
        Ok(())
    }

    /// The same of a table that has one row at most for a customer.
    fn one_of(&mut self, id: &[u8], take: impl FnOnce(&Row<'_>)) -> rusqlite::Result<()> {
        let Some(rows) = &mut self.0 else {
            return Ok(());
        };
        while let Some(row) = rows.get() {
            match compare(key(row), id) {
                Ordering::Less => rows.advance()?,
                Ordering::Equal => {
                    take(row);
                    return rows.advance();
                }
                Ordering::Greater => break,
            }
        }
        Ok(())
    }
}

/// The order of two keys. Those of one length up to sixteen bytes, as most are, are two numbers each.
#[inline]
fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let ends = |key: &[u8]| {
        let (first, last) = (key.first_chunk()?, key.last_chunk()?);
        Some((u64::from_be_bytes(*first), u64::from_be_bytes(*last)))
    };
    if a.len() == b.len()
        && a.len() <= 16
        && let (Some(a), Some(b)) = (ends(a), ends(b))
    {
        return a.cmp(&b);
    }
    a.cmp(b)
}

/// The first cell as stored.
fn key<'r>(row: &'r Row<'_>) -> &'r [u8] {
    bytes(row, 0)
}

/// A text cell as stored.
fn bytes<'r>(row: &'r Row<'_>, at: usize) -> &'r [u8] {
    row.get_ref(at)
        .ok()
        .and_then(|cell| cell.as_bytes().ok())
        .unwrap_or_default()
}

const IDS: &str = "SELECT external_userid FROM customer NOT INDEXED
    WHERE external_userid >= ?1 ORDER BY external_userid LIMIT ?2";
const CUSTOMERS: &str = "SELECT external_userid, name, phone, gender, birthday, region, first_added_at FROM customer NOT INDEXED
    WHERE external_userid >= ?1 ORDER BY external_userid LIMIT ?2";
const TAGS: &str = "SELECT external_userid, tag_id FROM customer_tag INDEXED BY ix_ctag_cust
    WHERE external_userid >= ?1 ORDER BY external_userid";
const OWNERS: &str = "SELECT external_userid, userid FROM follow INDEXED BY ux_follow_owner
    WHERE is_owner = 1 AND external_userid >= ?1 ORDER BY external_userid";
const STAGES: &str = "SELECT external_userid, stage_id FROM customer_stage NOT INDEXED
    WHERE journey_id = (SELECT min(journey_id) FROM journey) AND external_userid >= ?1 ORDER BY external_userid";

/// Customers by ascending id, each with what is wanted of them: tables in one order, read side by side. From one id on,
/// and at most so many.
pub fn each_customer(
    conn: &Connection,
    from: Option<&Key>,
    most: Option<u64>,
    beside: Beside,
    take: &mut impl Take,
) -> rusqlite::Result<()> {
    let from = || Limit(from, ValueRef::Text(b""));
    let prepared = |sql: &str| conn.prepare(&planned(conn, sql));
    let wanted = |sql: &str, wanted: bool| wanted.then(|| prepared(sql)).transpose();
    let mut totals = wanted(&totals::from_one_on(conn), beside.rows)?;
    let mut tags = wanted(TAGS, beside.tags)?;
    let mut owners = wanted(OWNERS, beside.owners)?;
    let mut stages = wanted(STAGES, beside.stages)?;
    let mut totals = Step::first(totals.as_mut(), &from())?;
    let mut tags = Step::first(tags.as_mut(), &from())?;
    let mut owners = Step::first(owners.as_mut(), &from())?;
    let mut stages = Step::first(stages.as_mut(), &from())?;
    let mut people = conn.prepare(if beside.rows { CUSTOMERS } else { IDS })?;
    let mut people = people.query((
        from(),
        most.map_or(-1, |n| i64::try_from(n).unwrap_or(i64::MAX)),
    ))?;
    while let Some(row) = people.next()? {
        let id = key(row);
        let mut record = if beside.rows {
            customer(row)
        } else {
            CustomerRecord {
                id: text(row, 0),
                ..CustomerRecord::default()
            }
        };
        totals.one_of(id, |row| {
            record.spend_fen = int(row, 1).unwrap_or(0);
            record.orders = int(row, 2).unwrap_or(0);
            record.last_paid_at = int(row, 3);
            record.last_contact_at = int(row, 4);
        })?;
        take.customer(&record);
        tags.of(id, |row| take.tag(bytes(row, 1)))?;
        owners.one_of(id, |row| take.owner(&text(row, 1)))?;
        stages.one_of(id, |row| take.stage(int(row, 1).unwrap_or(0)))?;
    }
    Ok(())
}

/// Follow relations of a stretch of staff; those of one member of staff come together, by ascending customer.
pub fn each_follow(
    conn: &Connection,
    stretch: Stretch<'_>,
    mut take: impl FnMut(&Follow<'_>),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT external_userid, userid, channel_id, is_owner, remark, added_at FROM follow NOT INDEXED
         WHERE userid >= ?1 AND userid < ?2 ORDER BY userid, external_userid",
        [stretch.first(), stretch.last()],
        |row| take(&follow(row)),
    )
}

/// Paid orders of a stretch that are no test, by ascending id.
pub fn each_order(
    conn: &Connection,
    stretch: Stretch<'_>,
    mut take: impl FnMut(&OrderRecord<'_>),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT order_id, COALESCE(external_userid, char(1) || buyer_key), biz_date, paid_fen, credited_userid, campaign_id
         FROM sale_order NOT INDEXED WHERE order_id >= ?1 AND order_id < ?2 AND paid_at IS NOT NULL AND is_test = 0 ORDER BY order_id",
        [stretch.first(), stretch.last()],
        |row| take(&order(row)),
    )
}

/// A part of the orders, few beside all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Paid or given back from a day to a day, both included.
    Days(Day, Day),
    /// Of any campaign.
    Campaigns,
}

/// Paid orders of a part that are no test, by ascending id.
pub fn each_order_of(
    conn: &Connection,
    part: Part,
    mut take: impl FnMut(&OrderRecord<'_>),
) -> rusqlite::Result<u64> {
    let (among, days) = match part {
        Part::Days(from, to) => (
            "SELECT order_id FROM sale_order INDEXED BY ix_order_day
               WHERE paid_at IS NOT NULL AND is_test = 0 AND biz_date BETWEEN ?1 AND ?2
             UNION SELECT order_id FROM order_refund WHERE biz_date BETWEEN ?1 AND ?2",
            [from.to_string(), to.to_string()],
        ),
        Part::Campaigns => (
            "SELECT order_id FROM sale_order INDEXED BY ix_order_camp
               WHERE campaign_id IS NOT NULL AND ?1 = ?2",
            [String::new(), String::new()],
        ),
    };
    // The ids come sorted out of the subquery; the orders are looked up in that order.
    let sql = format!(
        "SELECT order_id, COALESCE(external_userid, char(1) || buyer_key), biz_date, paid_fen, credited_userid, campaign_id
         FROM sale_order NOT INDEXED WHERE order_id IN ({among}) AND paid_at IS NOT NULL AND is_test = 0 ORDER BY order_id"
    );
    each(conn, &sql, days, |row| take(&order(row)))
}

/// Every refund: order, day, fen.
pub fn each_refund(
    conn: &Connection,
    mut take: impl FnMut(&str, Option<Day>, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT order_id, biz_date, amount_fen FROM order_refund NOT INDEXED",
        [],
        |row| take(&text(row, 0), day(row, 1), int(row, 2).unwrap_or(0)),
    )
}

/// Σ item quantity of every order of a campaign, in the order of the items: their ids come sorted out of the subquery.
pub fn each_campaign_items(
    conn: &Connection,
    mut take: impl FnMut(&str, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT order_id, SUM(qty) FROM order_item NOT INDEXED WHERE order_id IN
           (SELECT order_id FROM sale_order INDEXED BY ix_order_camp WHERE campaign_id IS NOT NULL) GROUP BY order_id",
        [],
        |row| take(&text(row, 0), int(row, 1).unwrap_or(0)),
    )
}

/// Every add, or those from a day to a day: customer, staff, day.
pub fn each_add(
    conn: &Connection,
    days: Option<(Day, Day)>,
    mut take: impl FnMut(&str, &str, Option<Day>),
) -> rusqlite::Result<u64> {
    let add = |row: &Row<'_>| take(&text(row, 0), &text(row, 1), day(row, 2));
    match days {
        None => each(
            conn,
            "SELECT external_userid, userid, biz_date FROM follow_event NOT INDEXED WHERE kind = 'add'",
            [],
            add,
        ),
        Some((from, to)) => each(
            conn,
            "SELECT external_userid, userid, biz_date FROM follow_event INDEXED BY ix_fe_date
             WHERE kind = 'add' AND biz_date BETWEEN ?1 AND ?2",
            [from.to_string(), to.to_string()],
            add,
        ),
    }
}

/// Every live group: id, title.
pub fn each_group(conn: &Connection, mut take: impl FnMut(&str, &str)) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT chat_id, name FROM group_chat WHERE dissolved_at IS NULL",
        [],
        |row| take(&text(row, 0), &text(row, 1)),
    )
}

/// Every present member of a group who is not of the company: group, member. A group's members come together.
pub fn each_member(conn: &Connection, mut take: impl FnMut(&str, &str)) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT chat_id, member_id FROM group_member NOT INDEXED WHERE type = 2 AND quit_at IS NULL",
        [],
        |row| take(&text(row, 0), &text(row, 1)),
    )
}

/// Every funnel step: campaign, step, person.
pub fn each_step(
    conn: &Connection,
    mut take: impl FnMut(i64, &str, &str),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT campaign_id, step, person_key FROM campaign_step NOT INDEXED ORDER BY campaign_id, step, person_key",
        [],
        |row| take(int(row, 0).unwrap_or(0), &text(row, 1), &text(row, 2)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_are_ordered_as_bytes_are(a in "[ab\\x00ÿ]{0,20}", b in "[ab\\x00ÿ]{0,20}", both in ".{0,12}") {
            prop_assert_eq!(compare(a.as_bytes(), b.as_bytes()), a.as_bytes().cmp(b.as_bytes()));
            let (a, b) = (format!("{both}{a}"), format!("{both}{b}"));
            prop_assert_eq!(compare(a.as_bytes(), b.as_bytes()), a.as_bytes().cmp(b.as_bytes()));
        }

        #[test]
        fn keys_of_one_length_are_ordered_as_bytes_are(pairs in prop::collection::vec(("[ab]", "[ab]"), 0..20)) {
            let (a, b): (String, String) = pairs.into_iter().unzip();
            prop_assert_eq!(compare(a.as_bytes(), b.as_bytes()), a.as_bytes().cmp(b.as_bytes()));
        }
    }
}
