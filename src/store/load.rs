//! Rows for the engine: whole tables streamed through callbacks, and single rows read again after a change.
//!
//! Every cell is read for itself: bytes that are no UTF-8 become U+FFFD, a value that does not fit counts as absent, and
//! one bad row never fails the others (reliability.md W7).

mod again;
mod board;
mod whole;

use std::borrow::Cow;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::past::planned;
use crate::domain::Day;

pub use again::again;
pub use board::{each_added, each_given_back, each_refund_of, each_sold, last_added, last_sold};
pub use whole::{
    Beside, Key, Part, Stretch, Take, customer_at, each_add, each_campaign_items, each_customer,
    each_follow, each_group, each_member, each_order, each_order_of, each_refund, each_step,
    order_at,
};

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
    /// Who bought: `external_userid`. An order without one was not matched with the pool: its `buyer_key`, here behind a
    /// U+0001 that no id has, is a name of the shop's own, and nobody of the pool even where it reads like an id.
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
    /// The first journey, whose stages customers are at.
    pub journey: Option<i64>,
    /// Its stages: id, name, in order.
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

impl Again {
    /// Nothing but customers was read again.
    pub fn is_of_customers_alone(&self) -> bool {
        let Self {
            customers: _,
            orders,
            adds,
            groups,
            steps,
            catalogue,
        } = self;
        orders.is_empty()
            && adds.is_empty()
            && groups.is_empty()
            && steps.is_empty()
            && catalogue.is_none()
    }
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
    let mut statement = conn.prepare_cached(&planned(conn, sql))?;
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
    each(conn, "SELECT min(journey_id) FROM journey", [], |r| {
        c.journey = int(r, 0);
    })?;
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
