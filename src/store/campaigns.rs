//! Reading campaigns, their targets and the labels of their KPI trees.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Connection, Row, Rows, params};

use super::error::{Doing, StoreError};
use super::row::{Cells, rows};
use crate::domain::kpi::{
    CampaignCounts, CampaignFacts, GmvKind, GmvSums, NodeFacts, PeriodKind, Step, StepPeople,
    SubjectKind, TargetFacts,
};
use crate::domain::{CampaignId, Day, Fen};

/// Every campaign, by start, newest first.
pub fn facts(conn: &Connection) -> Result<Vec<CampaignFacts>, StoreError> {
    rows(
        conn,
        "SELECT campaign_id, name, kind, status, warmup_at, starts_at, ends_at FROM campaign
         ORDER BY starts_at DESC, campaign_id",
        [],
        |row| {
            Some(CampaignFacts {
                id: CampaignId(row.int(0)?),
                name: row.text(1),
                kind: row.text(2),
                status: row.text(3),
                warmup_at: row.int(4),
                starts_at: row.int(5)?,
                ends_at: row.int(6)?,
            })
        },
    )
    .doing("reading campaigns")
}

/// Every target of whatever subject; the caller picks. A target without a number or a real period is left out.
pub fn targets(conn: &Connection) -> Result<Vec<TargetFacts>, StoreError> {
    rows(
        conn,
        "SELECT metric_code, subject_kind, subject_id, period_kind, period_start, period_end,
           floor_value, target_value, stretch_value, penalty_allowed FROM kpi_target ORDER BY target_id",
        [],
        |row| {
            Some(TargetFacts {
                metric_code: row.raw(0).to_string(),
                subject_kind: SubjectKind::parse(&row.raw(1))?,
                subject_id: row.raw(2).to_string(),
                period_kind: PeriodKind::parse(&row.raw(3))?,
                period_start: row.day(4)?,
                period_end: row.day(5)?,
                floor: row.real(6),
                target: row.real(7)?,
                stretch: row.real(8),
                penalty_allowed: row.int(9) != Some(0),
            })
        },
    )
    .doing("reading targets")
}

/// Labels of tree nodes, in tree order.
pub fn nodes(conn: &Connection) -> Result<Vec<NodeFacts>, StoreError> {
    rows(
        conn,
        "SELECT campaign_id, metric_code, label FROM kpi_node ORDER BY level, ord, node_id",
        [],
        |row| {
            Some(NodeFacts {
                campaign: row.int(0).map(CampaignId),
                metric_code: row.raw(1).to_string(),
                label: row.text(2),
            })
        },
    )
    .doing("reading the KPI tree")
}

/// The first day that counts: as the engine, nothing here knows days before it.
const EPOCH: &str = "1970-01-01";

/// Orders of campaigns that count, up to a day (`?1`) and from another (`?2`); `o` is the order.
const COUNTED: &str = "sale_order o INDEXED BY ix_order_camp
  WHERE o.campaign_id IS NOT NULL AND o.paid_at IS NOT NULL AND o.is_test = 0 AND o.biz_date BETWEEN ?2 AND ?1";

/// Refunds of one of them, up to the same day.
const REFUNDED: &str = "SELECT sum(r.amount_fen) FROM order_refund r
  WHERE r.order_id = o.order_id AND r.biz_date BETWEEN ?2 AND ?1";

/// Money of every campaign up to a day, of everybody: one walk along the index of campaigns.
pub fn money(conn: &Connection, today: Day) -> Result<HashMap<CampaignId, GmvSums>, StoreError> {
    let sql = format!(
        "SELECT o.campaign_id, sum(o.paid_fen), sum(({REFUNDED})) FROM {COUNTED} GROUP BY o.campaign_id"
    );
    let found = rows(conn, &sql, params![today.to_string(), EPOCH], |row| {
        let back = row.fen(2);
        let sums = GmvSums {
            gross: row.fen(1),
            refunded_in_period: back,
            refunded_so_far: back,
        };
        Some((CampaignId(row.int(0)?), sums))
    });
    Ok(found.doing("adding up campaigns")?.into_iter().collect())
}

/// What the KPI tree of a campaign counts up to a day, of everybody. The curve has the 14 days to `last` or to today,
/// whichever is earlier, in the GMV asked for.
pub fn counts(
    conn: &Connection,
    campaign: CampaignId,
    gmv: GmvKind,
    today: Day,
    last: Day,
) -> Result<CampaignCounts, StoreError> {
    let read = || -> rusqlite::Result<CampaignCounts> {
        let mut counts = CampaignCounts {
            steps: steps(conn, campaign)?,
            by_day: vec![Fen(0); CURVE],
            ..CampaignCounts::default()
        };
        let ends = last.min(today);
        orders(conn, campaign, today, ends, &mut counts)?;
        refunds(conn, campaign, gmv, (today, ends), &mut counts)?;
        Ok(counts)
    };
    read().doing("counting a campaign")
}

/// Days of a campaign's curve.
const CURVE: usize = 14;

/// Adds money to the curve whose last day is `ends`.
fn bend(curve: &mut [Fen], ends: Day, day: Day, fen: i64) {
    let back = usize::try_from(i64::from(ends.0) - i64::from(day.0));
    let at = back.ok().and_then(|back| CURVE.checked_sub(back + 1));
    if let Some(sum) = at.and_then(|at| curve.get_mut(at)) {
        sum.0 = sum.0.saturating_add(fen);
    }
}

fn orders(
    conn: &Connection,
    campaign: CampaignId,
    today: Day,
    ends: Day,
    counts: &mut CampaignCounts,
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT coalesce(o.external_userid, o.buyer_key), o.biz_date, o.paid_fen,
           (SELECT sum(i.qty) FROM order_item i WHERE i.order_id = o.order_id) FROM {COUNTED} AND o.campaign_id = ?3"
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut found = statement.query(params![today.to_string(), EPOCH, campaign.0])?;
    let mut buyers = HashSet::new();
    while let Some(row) = found.next()? {
        let paid = row.fen(2).0;
        counts.orders += 1;
        counts.money.gross.0 = counts.money.gross.0.saturating_add(paid);
        buyers.insert(row.raw(0));
        if let Some(items) = row.count(3) {
            *counts.items.get_or_insert(0) += u64::from(items);
        }
        if let Some(day) = row.day(1) {
            bend(&mut counts.by_day, ends, day, paid);
        }
    }
    counts.buyers = buyers.len() as u64;
    Ok(())
}

fn refunds(
    conn: &Connection,
    campaign: CampaignId,
    gmv: GmvKind,
    (today, ends): (Day, Day),
    counts: &mut CampaignCounts,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT o.biz_date, r.biz_date, r.amount_fen FROM sale_order o INDEXED BY ix_order_camp
           CROSS JOIN order_refund r ON r.order_id = o.order_id
         WHERE o.campaign_id = ?3 AND o.paid_at IS NOT NULL AND o.is_test = 0
           AND o.biz_date BETWEEN ?2 AND ?1 AND r.biz_date BETWEEN ?2 AND ?1",
    )?;
    let mut found = statement.query(params![today.to_string(), EPOCH, campaign.0])?;
    while let Some(row) = found.next()? {
        let back = row.fen(2).0;
        let money = &mut counts.money;
        money.refunded_in_period.0 = money.refunded_in_period.0.saturating_add(back);
        money.refunded_so_far.0 = money.refunded_so_far.0.saturating_add(back);
        let day = match gmv {
            GmvKind::Gross => None,
            GmvKind::NetByRefundDate => row.day(1),
            GmvKind::NetByOrderDate => row.day(0),
        };
        if let Some(day) = day {
            bend(&mut counts.by_day, ends, day, back.saturating_neg());
        }
    }
    Ok(())
}

/// People per step, and those who were also at the nearest earlier step that has anybody: the key of the table has the
/// people of a step in one order, so that two steps are read side by side.
fn steps(conn: &Connection, campaign: CampaignId) -> rusqlite::Result<[StepPeople; 6]> {
    const PEOPLE: &str = "SELECT person_key FROM campaign_step WHERE campaign_id = ?1 AND step = ?2 ORDER BY person_key";
    let mut steps = [StepPeople::default(); 6];
    let mut previous: Option<Step> = None;
    for (step, counted) in Step::ALL.into_iter().zip(&mut steps) {
        let mut here = conn.prepare(PEOPLE)?;
        let mut here = here.query(params![campaign.0, step.as_str()])?;
        *counted = match previous {
            None => {
                let mut people = 0;
                while here.next()?.is_some() {
                    people += 1;
                }
                StepPeople {
                    people,
                    with_previous: 0,
                }
            }
            Some(before) => {
                let mut there = conn.prepare(PEOPLE)?;
                let there = there.query(params![campaign.0, before.as_str()])?;
                side_by_side(here, there)?
            }
        };
        if counted.people > 0 {
            previous = Some(step);
        }
    }
    Ok(steps)
}

/// How many people are here, and how many of them also there; both in order.
fn side_by_side(mut here: Rows<'_>, mut there: Rows<'_>) -> rusqlite::Result<StepPeople> {
    let mut counted = StepPeople::default();
    there.advance()?;
    while let Some(person) = here.next()? {
        counted.people += 1;
        while let Some(other) = there.get() {
            match key(other).cmp(key(person)) {
                Ordering::Less => there.advance()?,
                Ordering::Equal => {
                    counted.with_previous += 1;
                    break;
                }
                Ordering::Greater => break,
            }
        }
    }
    Ok(counted)
}

/// The first cell as stored.
fn key<'r>(row: &'r Row<'_>) -> &'r [u8] {
    row.get_ref(0)
        .ok()
        .and_then(|cell| cell.as_bytes().ok())
        .unwrap_or_default()
}
