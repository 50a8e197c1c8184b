//! Reading campaigns, their targets and the labels of their KPI trees.

use std::collections::{HashMap, HashSet};

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, ToSql, params};

use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::{Cells, bytes, rows};
use crate::domain::kpi::{
    CampaignCounts, CampaignFacts, GmvKind, GmvSums, Itemised, NodeFacts, Step, StepPeople,
    SubjectKind, TargetFacts,
};
use crate::domain::period::PeriodKind;
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
    targets_where(conn, "true")
}

/// The same of campaigns alone.
pub fn targets_of_campaigns(conn: &Connection) -> Result<Vec<TargetFacts>, StoreError> {
    targets_where(conn, "subject_kind = 'campaign'")
}

fn targets_where(conn: &Connection, condition: &str) -> Result<Vec<TargetFacts>, StoreError> {
    let sql = format!(
        "SELECT metric_code, subject_kind, subject_id, period_kind, period_start, period_end,
           floor_value, target_value, stretch_value, penalty_allowed FROM kpi_target
         WHERE {condition} ORDER BY target_id"
    );
    rows(conn, &sql, [], |row| {
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
    })
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

/// Ids and days of a campaign's paid orders (`?3`), up to a day (`?1`) and from another (`?2`): all of it stands in the
/// index.
const PAID: &str = "SELECT order_id, biz_date FROM sale_order INDEXED BY ix_order_camp
  WHERE campaign_id = ?3 AND biz_date BETWEEN ?2 AND ?1";

/// One of them (`?1`), unless it is a test.
const ORDER: &str =
    "SELECT coalesce(external_userid, char(1) || buyer_key), paid_fen FROM sale_order NOT INDEXED
  WHERE order_id = ?1 AND paid_at IS NOT NULL AND is_test = 0";

/// Refunds of one of them (`?3`), up to the same day.
const REFUNDED: &str = "SELECT biz_date, amount_fen FROM order_refund WHERE order_id = ?3 AND biz_date BETWEEN ?2 AND ?1";

/// What some campaigns sold up to a day, of everybody; every order is looked up once.
#[derive(Debug)]
pub struct Sold {
    today: Day,
    campaigns: HashMap<CampaignId, Takings>,
}

/// What one campaign sold.
#[derive(Debug, Default)]
struct Takings {
    money: GmvSums,
    /// In the order of the table, each with its money.
    orders: Vec<(OrderId, GmvSums)>,
    buyers: HashSet<Box<[u8]>>,
    /// Fen of days in the GMV asked for; a day may come more than once.
    days: Vec<(Day, i64)>,
}

/// The id of an order as stored.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct OrderId(Box<[u8]>);

impl ToSql for OrderId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Text(&self.0)))
    }
}

impl Sold {
    /// Looks up the orders of campaigns, each told with its last day. Refunds are looked up only where the GMV asked for takes
    /// them off: for the gross one their sums stay 0.
    pub fn read(
        conn: &Connection,
        campaigns: impl IntoIterator<Item = (CampaignId, Day)>,
        gmv: GmvKind,
        today: Day,
    ) -> Result<Self, StoreError> {
        let to = today.to_string();
        let takings = |of: (CampaignId, Day)| Ok((of.0, Takings::read(conn, of, gmv, &to)?));
        let campaigns: rusqlite::Result<_> = campaigns.into_iter().map(takings).collect();
        let campaigns = campaigns.doing("adding up campaigns")?;
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
            counts.itemised = itemised(conn, &takings.orders).doing("counting what was sold")?;
            for (day, fen) in &takings.days {
                bend(&mut counts.by_day, last.min(self.today), *day, *fen);
            }
        }
        Ok(counts)
    }
}

impl Takings {
    /// Looks up a campaign's orders up to a day, in the order of their table: neighbours stand on one page of it.
    fn read(
        conn: &Connection,
        (campaign, last): (CampaignId, Day),
        gmv: GmvKind,
        to: &str,
    ) -> rusqlite::Result<Self> {
        let mut statement = conn.prepare_cached(&planned(conn, PAID))?;
        let mut found = statement.query(params![to, EPOCH, campaign.0])?;
        let mut paid = Vec::new();
        while let Some(row) = found.next()? {
            paid.push((OrderId(bytes(row, 0).into()), row.day(1)));
        }
        paid.sort_unstable();
        let mut takings = Self::default();
        let mut orders = conn.prepare_cached(ORDER)?;
        for (order, day) in paid {
            let mut found = orders.query([&order])?;
            let Some(row) = found.next()? else { continue };
            let mut money = takings.sell(row, day);
            if let Some(day) = day.filter(|_| gmv != GmvKind::Gross) {
                let back = takings.give_back(conn, (to, last), gmv, (&order, day))?;
                money.add(back);
                takings.money.add(back);
            }
            takings.orders.push((order, money));
        }
        Ok(takings)
    }

    /// Takes an order of a day in; returns its money.
    fn sell(&mut self, row: &Row<'_>, day: Option<Day>) -> GmvSums {
        let (buyer, paid) = (bytes(row, 0), row.fen(1).0);
        self.money.gross.0 = self.money.gross.0.saturating_add(paid);
        if !self.buyers.contains(buyer) {
            self.buyers.insert(buyer.into());
        }
        self.days.extend(day.map(|day| (day, paid)));
        GmvSums {
            gross: Fen(paid),
            ..GmvSums::default()
        }
    }

    /// What was given back of an order, all of it and by the campaign's last day; the days are told of it.
    fn give_back(
        &mut self,
        conn: &Connection,
        (to, last): (&str, Day),
        gmv: GmvKind,
        (order, sold): (&OrderId, Day),
    ) -> rusqlite::Result<GmvSums> {
        let mut statement = conn.prepare_cached(REFUNDED)?;
        let mut found = statement.query(params![to, EPOCH, order])?;
        let mut all = GmvSums::default();
        while let Some(row) = found.next()? {
            let (day, fen) = (row.day(0), row.fen(1));
            let back = fen.0;
            let in_time = day.is_some_and(|day| day <= last);
            all.add(GmvSums {
                gross: Fen(0),
                refunded_in_period: if in_time { fen } else { Fen(0) },
                refunded_so_far: fen,
            });
            let day = match gmv {
                GmvKind::Gross => None,
                GmvKind::NetByRefundDate => day,
                GmvKind::NetByOrderDate => Some(sold),
            };
            self.days
                .extend(day.map(|day| (day, back.saturating_neg())));
        }
        Ok(all)
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

/// The orders whose items are known; `None` when none is.
fn itemised(
    conn: &Connection,
    orders: &[(OrderId, GmvSums)],
) -> rusqlite::Result<Option<Itemised>> {
    let mut statement =
        conn.prepare_cached("SELECT sum(qty) FROM order_item WHERE order_id = ?1")?;
    let mut itemised: Option<Itemised> = None;
    for (order, money) in orders {
        let found = statement.query_row([order], |row| Ok(row.count(0)))?;
        if let Some(quantity) = found {
            let known = itemised.get_or_insert_default();
            known.orders += 1;
            known.items += u64::from(quantity);
            known.money.add(*money);
        }
    }
    Ok(itemised)
}

/// People per step, and those who were also at the nearest earlier step that is recorded. The key of the table has the
/// people of a step in one order: each step is read once, beside those kept of the step before.
fn steps(conn: &Connection, campaign: CampaignId) -> rusqlite::Result<[StepPeople; 6]> {
    let mut walk = conn.prepare(
        "SELECT person_key FROM campaign_step WHERE campaign_id = ?1 AND step = ?2 ORDER BY person_key",
    )?;
    let mut counted = [StepPeople::default(); 6];
    let mut before = People::default();
    for (counted, step) in counted.iter_mut().zip(Step::ALL) {
        let mut here = People::default();
        let mut earlier = before.keys().peekable();
        let mut people = walk.query(params![campaign.0, step.as_str()])?;
        while let Some(row) = people.next()? {
            let key = bytes(row, 0);
            while earlier.next_if(|earlier| *earlier < key).is_some() {}
            counted.people += 1;
            counted.with_previous += u64::from(earlier.peek() == Some(&key));
            here.push(key);
        }
        drop(earlier);
        counted.recorded = counted.people > 0;
        if counted.recorded {
            before = here;
        }
    }
    Ok(counted)
}

/// Keys of people, one behind the other.
#[derive(Debug, Default)]
struct People {
    bytes: Vec<u8>,
    /// Where each key ends.
    ends: Vec<usize>,
}

impl People {
    fn push(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
        self.ends.push(self.bytes.len());
    }

    /// In the order they were pushed.
    fn keys(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.ends.iter().map(move |end| {
            let key = self.bytes.get(from..*end).unwrap_or_default();
            from = *end;
            key
        })
    }
}
