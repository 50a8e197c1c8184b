//! Rows for the engine: whole tables streamed through callbacks, and single rows read again after a change.
//!
//! Every cell is read for itself: bytes that are no UTF-8 become U+FFFD, a value that does not fit counts as absent, and
//! one bad row never fails the others (reliability.md W7).

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::changes::Changes;
use crate::domain::Day;

/// A row of `customer` with its kept totals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerRecord<'a> {
    /// `external_userid`.
    pub id: Cow<'a, str>,
    /// `name`.
    pub name: Cow<'a, str>,
    /// `phone`; empty when unknown.
    pub phone: Cow<'a, str>,
    /// `gender`.
    pub gender: Option<i64>,
    /// `birthday`; empty when unknown.
    pub birthday: Cow<'a, str>,
    /// `region`; empty when unknown.
    pub region: Cow<'a, str>,
    /// `first_added_at`, unix seconds.
    pub first_added_at: Option<i64>,
    /// Net money of orders that still stand, fen.
    pub spend_fen: i64,
    /// Orders that still stand.
    pub orders: i64,
    /// Last of them, unix seconds.
    pub last_paid_at: Option<i64>,
    /// Last contact either way, unix seconds.
    pub last_contact_at: Option<i64>,
}

/// A row of `follow`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Follow<'a> {
    /// `external_userid`.
    pub customer: Cow<'a, str>,
    /// `userid`.
    pub staff: Cow<'a, str>,
    /// `channel_id`.
    pub channel: Option<i64>,
    /// `is_owner`.
    pub is_owner: bool,
    /// `added_at`, unix seconds.
    pub added_at: i64,
    /// `remark`; empty when there is none.
    pub remark: Cow<'a, str>,
}

/// A row of `v_paid`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderRecord<'a> {
    /// `order_id`.
    pub id: Cow<'a, str>,
    /// Who bought: `external_userid`, else `buyer_key`.
    pub person: Cow<'a, str>,
    /// `biz_date`; `None` when it is no day.
    pub day: Option<Day>,
    /// `paid_fen`.
    pub paid_fen: i64,
    /// `credited_userid`; empty for nobody.
    pub staff: Cow<'a, str>,
    /// `campaign_id`.
    pub campaign: Option<i64>,
}

/// Names behind the codes: the small tables, read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// Staff: userid and name.
    pub staff: Vec<(String, String)>,
    /// Channels: id, kind, name.
    pub channels: Vec<(i64, String, String)>,
    /// Stages of the first journey: id, name, in order.
    pub stages: Vec<(i64, String)>,
    /// Tags that are not deleted: id, group, name, `ord`; a bigger `ord` stands first, as in WeCom.
    pub tags: Vec<(String, String, String, i64)>,
    /// Tag groups that are not deleted: id, name, kind, `ord`.
    pub tag_groups: Vec<(String, String, String, i64)>,
    /// Campaigns: id, name.
    pub campaigns: Vec<(i64, String)>,
}

/// A customer read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerNow {
    /// The row.
    pub record: CustomerRecord<'static>,
    /// All relations.
    pub follows: Vec<Follow<'static>>,
    /// `tag_id`s.
    pub tags: Vec<String>,
    /// Stage in the first journey.
    pub stage: Option<i64>,
}

/// An order read again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderNow {
    /// The row.
    pub record: OrderRecord<'static>,
    /// Refunds: day, fen.
    pub refunds: Vec<(Option<Day>, i64)>,
    /// Σ quantity of items; `None` without items.
    pub items: Option<i64>,
}

/// An add read again: staff, day.
pub type AddNow = (String, Option<Day>);
/// A live group read again: title, members outside the company.
pub type GroupNow = (String, Vec<String>);

/// Rows read again, each with its key; `None` where there is no such row any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Customers by id.
    pub customers: Vec<(String, Option<CustomerNow>)>,
    /// Orders by id; `None` also for orders that are unpaid or tests.
    pub orders: Vec<(String, Option<OrderNow>)>,
    /// Adds by customer: staff, day.
    pub adds: Vec<(String, Vec<AddNow>)>,
    /// Live groups by id: title and members outside the company.
    pub groups: Vec<(String, Option<GroupNow>)>,
    /// Steps by campaign and person.
    pub steps: Vec<(i64, String, Vec<String>)>,
    /// The small tables, when one of them was touched.
    pub catalogue: Option<Catalogue>,
}

/// A text cell; numbers as their digits, anything else empty.
fn text<'r>(row: &'r Row<'_>, i: usize) -> Cow<'r, str> {
    match row.get_ref(i) {
        // Nearly all text is UTF-8, and this says so faster than the lossy reading does.
        Ok(ValueRef::Text(bytes)) => match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => String::from_utf8_lossy(bytes),
        },
        Ok(ValueRef::Integer(n)) => n.to_string().into(),
        Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_)) | Err(_) => "".into(),
    }
}

/// An integer cell; anything else is absent.
fn int(row: &Row<'_>, i: usize) -> Option<i64> {
    match row.get_ref(i) {
        Ok(ValueRef::Integer(n)) => Some(n),
        Ok(ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_)) | Err(_) => {
            None
        }
    }
}

/// A day cell `YYYY-MM-DD`; anything else is absent.
fn day(row: &Row<'_>, i: usize) -> Option<Day> {
    match row.get_ref(i) {
        Ok(ValueRef::Text(bytes)) => parse_day(bytes),
        Ok(ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_))
        | Err(_) => None,
    }
}

/// Days since 1970 of `YYYY-MM-DD` (Howard Hinnant's `days_from_civil`): millions of dates are read at start.
pub fn parse_day(text: &[u8]) -> Option<Day> {
    let dashes = (text.len(), text.get(4), text.get(7));
    if dashes != (10, Some(&b'-'), Some(&b'-')) {
        return None;
    }
    let number = |at: std::ops::Range<usize>| {
        text.get(at)?.iter().try_fold(0_i32, |n, d| {
            d.is_ascii_digit().then(|| n * 10 + i32::from(d - b'0'))
        })
    };
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        _ => return None,
    };
    (1..=last).contains(&day).then_some(())?;
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    Some(Day(era * 146_097 + of_era - 719_468))
}

/// Runs a query and hands every row on; returns how many there were.
fn each(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    mut row: impl FnMut(&Row<'_>),
) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut n = 0;
    while let Some(found) = rows.next()? {
        row(found);
        n += 1;
    }
    Ok(n)
}

/// Columns of a [`CustomerRecord`].
fn customer<'r>(row: &'r Row<'_>) -> CustomerRecord<'r> {
    CustomerRecord {
        id: text(row, 0),
        name: text(row, 1),
        phone: text(row, 2),
        gender: int(row, 3),
        birthday: text(row, 4),
        region: text(row, 5),
        first_added_at: int(row, 6),
        ..CustomerRecord::default()
    }
}

/// A row of `customer_stat`, read into a buffer that is used again.
#[derive(Default)]
struct Totals {
    id: String,
    spend_fen: i64,
    orders: i64,
    last_paid_at: Option<i64>,
    last_contact_at: Option<i64>,
}

impl Totals {
    /// Reads the next row; `false` at the end.
    fn next(&mut self, rows: &mut rusqlite::Rows<'_>) -> rusqlite::Result<bool> {
        let Some(row) = rows.next()? else {
            return Ok(false);
        };
        self.id.clear();
        self.id.push_str(&text(row, 0));
        self.spend_fen = int(row, 1).unwrap_or(0);
        self.orders = int(row, 2).unwrap_or(0);
        self.last_paid_at = int(row, 3);
        self.last_contact_at = int(row, 4);
        Ok(true)
    }
}

/// Every customer with their totals, by ascending id: two tables in the same order, read side by side.
pub fn each_customer(
    conn: &Connection,
    mut take: impl FnMut(CustomerRecord<'_>),
) -> rusqlite::Result<u64> {
    let mut statement = conn.prepare(
        "SELECT external_userid, spend_fen, orders, last_paid_at, last_contact_at FROM customer_stat NOT INDEXED ORDER BY external_userid",
    )?;
    let mut rows = statement.query([])?;
    let mut totals = Totals::default();
    let mut more = totals.next(&mut rows);
    let n = each(
        conn,
        "SELECT external_userid, name, phone, gender, birthday, region, first_added_at FROM customer NOT INDEXED ORDER BY external_userid",
        [],
        |row| {
            let mut record = customer(row);
            while matches!(more, Ok(true)) && totals.id.as_str() < record.id.as_ref() {
                more = totals.next(&mut rows);
            }
            if matches!(more, Ok(true)) && totals.id == record.id {
                record.spend_fen = totals.spend_fen;
                record.orders = totals.orders;
                record.last_paid_at = totals.last_paid_at;
                record.last_contact_at = totals.last_contact_at;
            }
            take(record);
        },
    )?;
    more.map(|_| n)
}

/// Every customer's id, ascending.
pub fn each_customer_id(conn: &Connection, mut take: impl FnMut(&str)) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT external_userid FROM customer NOT INDEXED ORDER BY external_userid",
        [],
        |row| take(&text(row, 0)),
    )
}

/// Every follow relation.
pub fn each_follow(conn: &Connection, mut take: impl FnMut(Follow<'_>)) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT external_userid, userid, channel_id, is_owner, remark, added_at FROM follow NOT INDEXED",
        [],
        |row| take(follow(row)),
    )
}

/// Columns of a [`Follow`].
fn follow<'r>(row: &'r Row<'_>) -> Follow<'r> {
    Follow {
        customer: text(row, 0),
        staff: text(row, 1),
        channel: int(row, 2),
        is_owner: int(row, 3) == Some(1),
        remark: text(row, 4),
        added_at: int(row, 5).unwrap_or(0),
    }
}

/// Every tag link: tag, customer. All links of a tag come together.
pub fn each_tag_link(conn: &Connection, mut take: impl FnMut(&str, &str)) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT tag_id, external_userid FROM customer_tag NOT INDEXED",
        [],
        |row| take(&text(row, 0), &text(row, 1)),
    )
}

/// Every customer's stage in the first journey.
pub fn each_stage(conn: &Connection, mut take: impl FnMut(&str, i64)) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT external_userid, stage_id FROM customer_stage NOT INDEXED WHERE journey_id = (SELECT min(journey_id) FROM journey)",
        [],
        |row| take(&text(row, 0), int(row, 1).unwrap_or(0)),
    )
}

/// Columns of an [`OrderRecord`].
fn order<'r>(row: &'r Row<'_>) -> OrderRecord<'r> {
    OrderRecord {
        id: text(row, 0),
        person: text(row, 1),
        day: day(row, 2),
        paid_fen: int(row, 3).unwrap_or(0),
        staff: text(row, 4),
        campaign: int(row, 5),
    }
}

/// Every paid order that is no test, by ascending id.
pub fn each_order(
    conn: &Connection,
    mut take: impl FnMut(OrderRecord<'_>),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT order_id, COALESCE(external_userid, buyer_key), biz_date, paid_fen, credited_userid, campaign_id
         FROM sale_order NOT INDEXED WHERE paid_at IS NOT NULL AND is_test = 0 ORDER BY order_id",
        [],
        |row| take(order(row)),
    )
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

/// Σ item quantity of every order of a campaign.
pub fn each_campaign_items(
    conn: &Connection,
    mut take: impl FnMut(&str, i64),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT o.order_id, SUM(i.qty) FROM sale_order o CROSS JOIN order_item i USING (order_id)
         WHERE o.campaign_id IS NOT NULL GROUP BY o.order_id",
        [],
        |row| take(&text(row, 0), int(row, 1).unwrap_or(0)),
    )
}

/// Every add: customer, staff, day.
pub fn each_add(
    conn: &Connection,
    mut take: impl FnMut(&str, &str, Option<Day>),
) -> rusqlite::Result<u64> {
    each(
        conn,
        "SELECT external_userid, userid, biz_date FROM follow_event NOT INDEXED WHERE kind = 'add'",
        [],
        |row| take(&text(row, 0), &text(row, 1), day(row, 2)),
    )
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
        "SELECT campaign_id, step, person_key FROM campaign_step NOT INDEXED",
        [],
        |row| take(int(row, 0).unwrap_or(0), &text(row, 1), &text(row, 2)),
    )
}

/// Customers of the pool as the kept total has it, for progress.
pub fn pool(conn: &Connection) -> rusqlite::Result<u64> {
    let mut customers = 0;
    each(conn, "SELECT customers FROM pool", [], |row| {
        customers = u64::try_from(int(row, 0).unwrap_or(0)).unwrap_or(0);
    })?;
    Ok(customers)
}

/// The small tables.
pub fn catalogue(conn: &Connection) -> rusqlite::Result<Catalogue> {
    let mut c = Catalogue::default();
    let own = |row: &Row<'_>, i| text(row, i).into_owned();
    let number = |row: &Row<'_>, i| int(row, i).unwrap_or(0);
    each(conn, "SELECT userid, name FROM staff", [], |r| {
        c.staff.push((own(r, 0), own(r, 1)));
    })?;
    each(
        conn,
        "SELECT channel_id, kind, name FROM channel",
        [],
        |r| {
            c.channels.push((number(r, 0), own(r, 1), own(r, 2)));
        },
    )?;
    each(
        conn,
        "SELECT stage_id, name FROM journey_stage WHERE journey_id = (SELECT min(journey_id) FROM journey) ORDER BY ord",
        [],
        |r| c.stages.push((number(r, 0), own(r, 1))),
    )?;
    each(
        conn,
        "SELECT tag_id, group_id, name, ord FROM tag WHERE is_deleted = 0 ORDER BY ord DESC, tag_id",
        [],
        |r| c.tags.push((own(r, 0), own(r, 1), own(r, 2), number(r, 3))),
    )?;
    each(
        conn,
        "SELECT group_id, name, kind, ord FROM tag_group WHERE is_deleted = 0 ORDER BY ord DESC, group_id",
        [],
        |r| {
            c.tag_groups
                .push((own(r, 0), own(r, 1), own(r, 2), number(r, 3)));
        },
    )?;
    each(conn, "SELECT campaign_id, name FROM campaign", [], |r| {
        c.campaigns.push((number(r, 0), own(r, 1)));
    })?;
    Ok(c)
}

/// Reads again what was touched. `also` are customers whose totals may have moved although no row of theirs was touched:
/// those who owned a touched order before.
pub fn again(
    conn: &Connection,
    changes: &Changes,
    also: &BTreeSet<String>,
) -> rusqlite::Result<Again> {
    let mut again = Again::default();
    let touched = &changes.customers;
    let mut customers: BTreeSet<String> = also.clone();
    for set in [
        &touched.rows,
        &touched.follows,
        &touched.tags,
        &touched.stages,
    ] {
        customers.extend(set.iter().cloned());
    }
    for id in &changes.orders {
        let now = order_now(conn, id)?;
        customers.extend(now.iter().map(|o| o.record.person.clone().into_owned()));
        again.orders.push((id.clone(), now));
    }
    for id in customers {
        let now = customer_now(conn, &id)?;
        again.customers.push((id, now));
    }
    for id in &touched.events {
        again.adds.push((id.clone(), adds_now(conn, id)?));
    }
    for id in &changes.groups {
        again.groups.push((id.clone(), group_now(conn, id)?));
    }
    for (campaign, person) in &changes.steps {
        let mut steps = Vec::new();
        each(
            conn,
            "SELECT step FROM campaign_step WHERE campaign_id = ?1 AND person_key = ?2",
            (campaign, person),
            |row| steps.push(text(row, 0).into_owned()),
        )?;
        again.steps.push((*campaign, person.clone(), steps));
    }
    let tables = changes.tables;
    let small = tables.tags || tables.stages || tables.channels;
    if small || !changes.staff.is_empty() || !changes.campaigns.is_empty() {
        again.catalogue = Some(catalogue(conn)?);
    }
    Ok(again)
}

/// One customer with everything the columns hold.
fn customer_now(conn: &Connection, id: &str) -> rusqlite::Result<Option<CustomerNow>> {
    let mut now = None;
    each(
        conn,
        "SELECT external_userid, name, phone, gender, birthday, region, first_added_at,
           spend_fen, orders, last_paid_at, last_contact_at
         FROM customer LEFT JOIN customer_stat USING (external_userid) WHERE external_userid = ?1",
        [id],
        |row| {
            let seen = customer(row);
            let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
            let record = CustomerRecord {
                id: own(seen.id),
                name: own(seen.name),
                phone: own(seen.phone),
                gender: seen.gender,
                birthday: own(seen.birthday),
                region: own(seen.region),
                first_added_at: seen.first_added_at,
                spend_fen: int(row, 7).unwrap_or(0),
                orders: int(row, 8).unwrap_or(0),
                last_paid_at: int(row, 9),
                last_contact_at: int(row, 10),
            };
            now = Some(CustomerNow {
                record,
                ..CustomerNow::default()
            });
        },
    )?;
    let Some(mut now) = now else { return Ok(None) };
    each(
        conn,
        "SELECT external_userid, userid, channel_id, is_owner, remark, added_at FROM follow WHERE external_userid = ?1",
        [id],
        |row| {
            let seen = follow(row);
            now.follows.push(Follow {
                customer: Cow::Owned(seen.customer.into_owned()),
                staff: Cow::Owned(seen.staff.into_owned()),
                channel: seen.channel,
                is_owner: seen.is_owner,
                added_at: seen.added_at,
                remark: Cow::Owned(seen.remark.into_owned()),
            });
        },
    )?;
    each(
        conn,
        "SELECT tag_id FROM customer_tag WHERE external_userid = ?1",
        [id],
        |row| now.tags.push(text(row, 0).into_owned()),
    )?;
    each(
        conn,
        "SELECT stage_id FROM customer_stage
         WHERE journey_id = (SELECT min(journey_id) FROM journey) AND external_userid = ?1",
        [id],
        |row| now.stage = int(row, 0),
    )?;
    Ok(Some(now))
}

/// One order with its refunds and items.
fn order_now(conn: &Connection, id: &str) -> rusqlite::Result<Option<OrderNow>> {
    let mut now = None;
    each(
        conn,
        "SELECT order_id, COALESCE(external_userid, buyer_key), biz_date, paid_fen, credited_userid, campaign_id
         FROM sale_order WHERE order_id = ?1 AND paid_at IS NOT NULL AND is_test = 0",
        [id],
        |row| {
            let seen = order(row);
            let record = OrderRecord {
                id: Cow::Owned(seen.id.into_owned()),
                person: Cow::Owned(seen.person.into_owned()),
                day: seen.day,
                paid_fen: seen.paid_fen,
                staff: Cow::Owned(seen.staff.into_owned()),
                campaign: seen.campaign,
            };
            now = Some(OrderNow { record, ..OrderNow::default() });
        },
    )?;
    let Some(mut now) = now else { return Ok(None) };
    each(
        conn,
        "SELECT biz_date, amount_fen FROM order_refund WHERE order_id = ?1",
        [id],
        |row| now.refunds.push((day(row, 0), int(row, 1).unwrap_or(0))),
    )?;
    if now.record.campaign.is_some() {
        each(
            conn,
            "SELECT SUM(qty) FROM order_item WHERE order_id = ?1",
            [id],
            |row| {
                now.items = int(row, 0);
            },
        )?;
    }
    Ok(Some(now))
}

/// A customer's adds: staff, day.
fn adds_now(conn: &Connection, id: &str) -> rusqlite::Result<Vec<AddNow>> {
    let mut adds = Vec::new();
    each(
        conn,
        "SELECT userid, biz_date FROM follow_event WHERE external_userid = ?1 AND kind = 'add'",
        [id],
        |row| adds.push((text(row, 0).into_owned(), day(row, 1))),
    )?;
    Ok(adds)
}

/// A live group's title and members outside the company.
fn group_now(conn: &Connection, id: &str) -> rusqlite::Result<Option<GroupNow>> {
    let mut now = None;
    each(
        conn,
        "SELECT name FROM group_chat WHERE chat_id = ?1 AND dissolved_at IS NULL",
        [id],
        |row| now = Some((text(row, 0).into_owned(), Vec::new())),
    )?;
    if let Some((_, members)) = &mut now {
        each(
            conn,
            "SELECT member_id FROM group_member WHERE chat_id = ?1 AND type = 2 AND quit_at IS NULL",
            [id],
            |row| members.push(text(row, 0).into_owned()),
        )?;
    }
    Ok(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn days_are_read_as_the_calendar_has_them(text in "[0-9]{4}-[0-1][0-9]-[0-3][0-9]|.{0,12}") {
            prop_assert_eq!(parse_day(text.as_bytes()), Day::parse(&text));
        }
    }
}
