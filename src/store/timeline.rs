//! A customer's timeline: orders, refunds, follow events, tags, groups, stages and campaign steps on one line.

use rusqlite::{Connection, Row};

use super::error::{Doing, StoreError};
use super::owner::staff_called;
use super::row::{Cells, rows};
use crate::domain::{CustomerId, Fen, SafeText};

/// Something that happened to a customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Unix seconds.
    pub at: i64,
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// What: order id, tag, group title, stage, campaign name.
    pub what: SafeText,
    /// Money, if any; a refund's is positive.
    pub amount: Option<Fen>,
    /// Staff, if anybody.
    pub who: Option<SafeText>,
}

/// Every kind a timeline may show: keys of their words. What a newer writer may store is `other`.
pub const KINDS: [&str; 24] = [
    "order",
    "order_unpaid",
    "refund",
    "tag_add",
    "stage",
    "group_join",
    "group_quit",
    "step_reached",
    "step_opened",
    "step_clicked",
    "step_joined_group",
    "step_added_cart",
    "step_ordered",
    "step_paid",
    "step_shared",
    "add",
    "half_add",
    "del_by_staff",
    "del_by_customer",
    "transfer_out",
    "transfer_in",
    "transfer_fail",
    "vanished",
    "other",
];

/// The most events a timeline holds.
pub const MOST: u32 = 500;

/// One query a kind of thing, each by its customer index: kind, at, what, amount, who; ?1 customer. Each newest first,
/// at most [`MOST`]: as a parameter SQLite would plan by its value, and plan anew for every customer.
const SOURCES: [&str; 8] = [
    concat!("SELECT iif(o.paid_at IS NULL, 'order_unpaid', 'order'), coalesce(o.paid_at, o.ordered_at) AS at, o.order_id, o.paid_fen,
       ", staff_called!("o.credited_userid"), "
     FROM sale_order o LEFT JOIN staff s ON s.userid = o.credited_userid
     WHERE o.external_userid = ?1 ORDER BY at DESC LIMIT 500"),
    "SELECT 'refund', r.refunded_at AS at, r.order_id, r.amount_fen, NULL
     FROM sale_order o CROSS JOIN order_refund r ON r.order_id = o.order_id
     WHERE o.external_userid = ?1 ORDER BY at DESC LIMIT 500",
    concat!("SELECT e.kind, e.occurred_at AS at, '', NULL, ", staff_called!("e.userid"), "
     FROM follow_event e LEFT JOIN staff s ON s.userid = e.userid
     WHERE e.external_userid = ?1 AND e.kind <> 'edit' ORDER BY at DESC LIMIT 500"),
    concat!("SELECT 'tag_add', x.tagged_at AS at, t.name, NULL, ", staff_called!("nullif(x.userid, '')"), "
     FROM customer_tag x CROSS JOIN tag t ON t.tag_id = x.tag_id LEFT JOIN staff s ON s.userid = x.userid
     WHERE x.external_userid = ?1 AND x.tagged_at IS NOT NULL ORDER BY at DESC LIMIT 500"),
    "SELECT 'stage', x.since_at AS at, j.name, NULL, NULL
     FROM journey y CROSS JOIN customer_stage x ON x.journey_id = y.journey_id CROSS JOIN journey_stage j ON j.stage_id = x.stage_id
     WHERE x.external_userid = ?1 ORDER BY at DESC LIMIT 500",
    concat!("SELECT 'group_join', m.join_at AS at, g.name, NULL, ", staff_called!("m.invitor_userid"), "
     FROM group_member m CROSS JOIN group_chat g ON g.chat_id = m.chat_id LEFT JOIN staff s ON s.userid = m.invitor_userid
     WHERE m.member_id = ?1 ORDER BY at DESC LIMIT 500"),
    "SELECT 'group_quit', m.quit_at AS at, g.name, NULL, NULL
     FROM group_member m CROSS JOIN group_chat g ON g.chat_id = m.chat_id
     WHERE m.member_id = ?1 AND m.quit_at IS NOT NULL ORDER BY at DESC LIMIT 500",
    concat!("SELECT 'step_' || x.step, x.at AS at, c.name, NULL, ", staff_called!("x.userid"), "
     FROM campaign_step x CROSS JOIN campaign c ON c.campaign_id = x.campaign_id LEFT JOIN staff s ON s.userid = x.userid
     WHERE x.person_key = ?1 ORDER BY at DESC LIMIT 500"),
];

/// The newest [`MOST`] events, newest first; at one instant in the order of [`KINDS`], then of what.
pub fn timeline(conn: &Connection, id: &CustomerId) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    for sql in SOURCES {
        events.extend(rows(conn, sql, [id.as_str()], event).doing("reading a timeline")?);
    }
    let place = |kind| KINDS.iter().position(|&k| k == kind);
    events.sort_by(|a: &Event, b: &Event| {
        (b.at.cmp(&a.at))
            .then_with(|| place(a.kind).cmp(&place(b.kind)))
            .then_with(|| a.what.cmp(&b.what))
    });
    events.truncate(MOST as usize);
    Ok(events)
}

fn event(row: &Row<'_>) -> Option<Event> {
    let kind = row.raw(0);
    let who = row.text(4);
    Some(Event {
        at: row.int(1)?,
        kind: KINDS
            .into_iter()
            .find(|&known| known == &*kind)
            .unwrap_or("other"),
        what: row.text(2),
        amount: row.int(3).map(Fen),
        who: Some(who).filter(|who| !who.as_str().is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plan::{fresh, steps};

    #[test]
    fn no_event_costs_a_walk_over_the_staff() {
        let (_folder, conn) = fresh();
        for sql in SOURCES {
            let steps = steps(&conn, sql);
            for table in ["SCAN s", "SCAN n"] {
                let walks = |step: &String| step.split(' ').take(2).eq(table.split(' '));
                assert!(!steps.iter().any(walks), "{steps:?}");
            }
        }
    }

    #[test]
    fn every_source_ends_at_the_most_events_a_timeline_holds() {
        let end = format!("LIMIT {MOST}");
        assert!(SOURCES.iter().all(|sql| sql.ends_with(&end)));
    }
}
