//! Reading campaigns, their targets and the labels of their KPI trees.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Connection, Row, params};

use super::error::{Doing, StoreError};
use super::row::{Cells, bytes, rows};
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

/// Orders of campaigns that count, up to a day (`?1`) and from another (`?2`): one walk along the index of campaigns.
const SOLD: &str = "SELECT campaign_id, order_id, coalesce(external_userid, char(1) || buyer_key), biz_date, paid_fen
  FROM sale_order INDEXED BY ix_order_camp
  WHERE campaign_id IS NOT NULL AND paid_at IS NOT NULL AND is_test = 0 AND biz_date BETWEEN ?2 AND ?1";

/// Refunds of one of them (`?3`), up to the same day.
const REFUNDED: &str = "SELECT biz_date, amount_fen FROM order_refund WHERE order_id = ?3 AND biz_date BETWEEN ?2 AND ?1";

/// What campaigns sold up to a day, of everybody; every order is looked up once.
#[derive(Debug)]
pub struct Sold {
    today: Day,
    campaigns: HashMap<CampaignId, Takings>,
}

/// What one campaign sold.
#[derive(Debug, Default)]
struct Takings {
    money: GmvSums,
    orders: Vec<Arc<str>>,
    buyers: HashSet<Box<[u8]>>,
    /// Fen of days in the GMV asked for; a day may come more than once.
    days: Vec<(Day, i64)>,
}

impl Sold {
    /// Walks the orders of all campaigns. Refunds are looked up only where the GMV asked for takes them off: for the
    /// gross one their sums stay 0.
    pub fn read(conn: &Connection, gmv: GmvKind, today: Day) -> Result<Self, StoreError> {
        let read = || -> rusqlite::Result<HashMap<CampaignId, Takings>> {
            let to = today.to_string();
            let mut campaigns: HashMap<CampaignId, Takings> = HashMap::new();
            let mut statement = conn.prepare_cached(SOLD)?;
            let mut found = statement.query(params![to, EPOCH])?;
            while let Some(row) = found.next()? {
                let Some(id) = row.int(0) else { continue };
                let takings = campaigns.entry(CampaignId(id)).or_default();
                let order = takings.sell(row);
                if let Some(order) = order.filter(|_| gmv != GmvKind::Gross) {
                    takings.give_back(conn, &to, gmv, order)?;
                }
            }
            Ok(campaigns)
        };
        let campaigns = read().doing("adding up campaigns")?;
        Ok(Self { today, campaigns })
    }

    /// Money of a campaign.
    pub fn money(&self, campaign: CampaignId) -> GmvSums {
        let takings = self.campaigns.get(&campaign);
        takings.map_or(GmvSums::default(), |takings| takings.money)
    }

    /// What the KPI tree of a campaign counts. The curve has the 14 days to `last` or to the day sold up to, whichever
    /// is earlier, in the GMV asked for.
    pub fn counts(
        &self,
        conn: &Connection,
        campaign: CampaignId,
        last: Day,
    ) -> Result<CampaignCounts, StoreError> {
        let mut counts = CampaignCounts {
            steps: steps(conn, campaign).doing("counting a campaign")?,
            by_day: vec![Fen(0); CURVE],
            ..CampaignCounts::default()
        };
        if let Some(takings) = self.campaigns.get(&campaign) {
            counts.money = takings.money;
            counts.orders = takings.orders.len() as u64;
            counts.buyers = takings.buyers.len() as u64;
            counts.items = items(conn, &takings.orders).doing("counting what was sold")?;
            for (day, fen) in &takings.days {
                bend(&mut counts.by_day, last.min(self.today), *day, *fen);
            }
        }
        Ok(counts)
    }
}

impl Takings {
    /// Takes an order in; its id and day.
    fn sell(&mut self, row: &Row<'_>) -> Option<(Arc<str>, Day)> {
        let (order, day, paid) = (row.raw(1), row.day(3), row.fen(4).0);
        self.money.gross.0 = self.money.gross.0.saturating_add(paid);
        let buyer = bytes(row, 2);
        if !self.buyers.contains(buyer) {
            self.buyers.insert(buyer.into());
        }
        self.orders.push(Arc::clone(&order));
        let day = day?;
        match self.days.last_mut() {
            Some((last, sum)) if *last == day => *sum = sum.saturating_add(paid),
            Some(_) | None => self.days.push((day, paid)),
        }
        Some((order, day))
    }

    /// Takes off what was given back of an order.
    fn give_back(
        &mut self,
        conn: &Connection,
        to: &str,
        gmv: GmvKind,
        (order, sold): (Arc<str>, Day),
    ) -> rusqlite::Result<()> {
        let mut statement = conn.prepare_cached(REFUNDED)?;
        let mut found = statement.query(params![to, EPOCH, order])?;
        while let Some(row) = found.next()? {
            let back = row.fen(1).0;
            let money = &mut self.money;
            money.refunded_in_period.0 = money.refunded_in_period.0.saturating_add(back);
            money.refunded_so_far.0 = money.refunded_so_far.0.saturating_add(back);
            let day = match gmv {
                GmvKind::Gross => None,
                GmvKind::NetByRefundDate => row.day(0),
                GmvKind::NetByOrderDate => Some(sold),
            };
            self.days
                .extend(day.map(|day| (day, back.saturating_neg())));
        }
        Ok(())
    }
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

/// Σ quantity of the items of orders; `None` when they have none. In the order of the table, so that a page of it is
/// read once.
fn items(conn: &Connection, orders: &[Arc<str>]) -> rusqlite::Result<Option<u64>> {
    let mut sorted: Vec<&str> = orders.iter().map(|order| &**order).collect();
    sorted.sort_unstable();
    let mut statement =
        conn.prepare_cached("SELECT sum(qty) FROM order_item WHERE order_id = ?1")?;
    let mut items = None;
    for order in sorted {
        let found = statement.query_row([order], |row| Ok(row.count(0)))?;
        if let Some(quantity) = found {
            *items.get_or_insert(0) += u64::from(quantity);
        }
    }
    Ok(items)
}

/// People per step, and those who were also at the nearest earlier step that has anybody. The key of the table has the
/// people of a step in one order: all steps are read side by side, every row once.
fn steps(conn: &Connection, campaign: CampaignId) -> rusqlite::Result<[StepPeople; 6]> {
    let mut walks = Vec::with_capacity(Step::ALL.len());
    for _ in Step::ALL {
        walks.push(conn.prepare(
            "SELECT person_key FROM campaign_step WHERE campaign_id = ?1 AND step = ?2 ORDER BY person_key",
        )?);
    }
    let mut walking = Vec::with_capacity(walks.len());
    for (walk, step) in walks.iter_mut().zip(Step::ALL) {
        let mut people = walk.query(params![campaign.0, step.as_str()])?;
        people.advance()?;
        walking.push(people);
    }
    let with_anybody: Vec<bool> = walking
        .iter()
        .map(|people| people.get().is_some())
        .collect();
    let mut counted = [StepPeople::default(); 6];
    let mut here = [false; 6];
    loop {
        let Some(next) = walking
            .iter()
            .filter_map(|people| people.get().map(key))
            .min()
        else {
            return Ok(counted);
        };
        for (here, people) in here.iter_mut().zip(&walking) {
            *here = people.get().is_some_and(|row| key(row) == next);
        }
        // Nobody is at an earlier step before the first that has anybody.
        let mut before = false;
        let steps = here.into_iter().zip(&with_anybody);
        for (counted, (here, anybody)) in counted.iter_mut().zip(steps) {
            counted.people += u64::from(here);
            counted.with_previous += u64::from(here && before);
            before = if *anybody { here } else { before };
        }
        for (people, _) in walking.iter_mut().zip(here).filter(|(_, here)| *here) {
            people.advance()?;
        }
    }
}

/// The first cell as stored.
fn key<'r>(row: &'r Row<'_>) -> &'r [u8] {
    bytes(row, 0)
}
