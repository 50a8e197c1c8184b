//! Single rows read again after a change.

use std::borrow::Cow;
use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{
    AddNow, Again, CustomerNow, CustomerRecord, Follow, GroupNow, OrderNow, OrderRecord, catalogue,
    customer, day, each, follow, int, order, text,
};
use crate::store::changes::Changes;

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
        "SELECT order_id, COALESCE(external_userid, char(1) || buyer_key), biz_date, paid_fen, credited_userid, campaign_id
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
