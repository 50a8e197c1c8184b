//! Answers for commands straight from the tables: no engine is loaded for a hundred rows that SQL can name, nor for the
//! sums of a few campaigns or of a board's days. Scores compare everybody with everybody: a list that shows them, or begins with what is at
//! risk, costs one walk over the orders.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::domain::kpi::goal::Goals;
use crate::domain::kpi::{CampaignCounts, CampaignFacts, GmvKind};
use crate::domain::{AsOf, CampaignId, CustomerId, StaffId};
use crate::engine::answer::{BoardMetric, BoardPage, CustomerRow, CustomersPage, KpiPage};
use crate::engine::reckoning::Reckoning;
use crate::engine::request::{ALARM_FIRST, Scope};
use crate::engine::{board as ranking, kpi};
use crate::filter::{Expr, Field, SortKey};
use crate::store::campaigns::Sold;
use crate::store::customers::{self, Beside};
use crate::store::sift::{Count, Ground, Sift};
use crate::store::{Doing, StoreError, board, campaigns, load};

use rusqlite::Connection;

use super::paced::Before;
use super::scores::Scores;
use super::{Workspace, leaderboard, row};

/// Customers read one by one; longer lists are the engine's.
const MOST: u32 = 10_000;

/// Most money at risk first.
const AT_RISK: SortKey = SortKey {
    field: Field::ValueAtRisk,
    descending: true,
};

/// The largest spender first.
const BY_SPEND: SortKey = SortKey {
    field: Field::Spend,
    descending: true,
};

/// What a failure says was being done.
const LISTING: &str = "listing customers";

/// What a short list shall be.
#[derive(Clone, Copy, Debug)]
pub struct Short<'a> {
    /// Sort; when empty the filter's own, else [`ALARM_FIRST`].
    pub sort: &'a [SortKey],
    /// At most so many customers.
    pub most: u64,
    /// Fields that are shown.
    pub fields: &'a [Field],
    /// Hits and their spend are told; else they are those of the rows.
    pub counted: bool,
}

/// What a short tree shall be.
#[derive(Clone, Copy, Debug)]
pub struct Tree {
    asked: Option<CampaignId>,
    gmv: GmvKind,
    all: bool,
}

impl Tree {
    /// The tree of the campaign asked for, else of the first of the list; every campaign is listed.
    pub fn beside_all(asked: Option<CampaignId>, gmv: GmvKind) -> Self {
        let all = true;
        Self { asked, gmv, all }
    }

    /// The same beside those campaigns only that had to be counted to know which is opened.
    pub fn alone(asked: Option<CampaignId>, gmv: GmvKind) -> Self {
        let all = false;
        Self { asked, gmv, all }
    }
}

impl Workspace {
    /// A short list of customers as the engine would give it; `None` when it is for the engine: too long, or about what
    /// the tables do not say plainly.
    pub fn short_list(
        &mut self,
        scope: &Scope,
        short: Short<'_>,
        as_of: AsOf,
    ) -> Result<Option<CustomersPage>, StoreError> {
        let order = match (short.sort, scope.filter.sort.as_slice()) {
            ([], []) => &ALARM_FIRST,
            ([], own) => own,
            (asked, _) => asked,
        };
        if self.engine.is_some() || self.is_held() {
            return Ok(None);
        }
        let stamp = self.stamp(scope, as_of)?;
        // One state of the file: rows and counts agree.
        let tx = self.conn.unchecked_transaction().doing(LISTING)?;
        let owners = self.owners(scope)?;
        let ground = Ground {
            as_of,
            owners: owners.as_deref(),
        };
        let Some(plan) = Plan::of(order) else {
            return Ok(None);
        };
        let Some(sift) = Sift::read(&tx, &scope.filter.expr, plan.rest, ground)? else {
            return Ok(None);
        };
        let pool = customers::pool(&tx)?;
        let everybody = scope.filter.expr == Expr::All && scope.org.is_none();
        if everybody && short.most.min(pool.customers) > u64::from(MOST) {
            return Ok(None);
        }
        let Some((ids, scores)) = first(&tx, &sift, (plan, short), as_of)? else {
            return Ok(None);
        };
        let count = match &scores {
            _ if everybody => Count {
                hits: pool.customers,
                spend: pool.spend,
            },
            Some(scores) => scores.inside,
            None if short.counted => sift.count(&tx)?,
            None => Count {
                hits: ids.len() as u64,
                ..Count::default()
            },
        };
        let mut rows = self.rows(&ids, beside(short.fields))?;
        if let Some(scores) = &scores {
            for row in &mut rows {
                scores.put(row);
            }
        }
        tx.finish().doing(LISTING)?;
        Ok(Some(CustomersPage {
            stamp,
            hits: count.hits,
            pool: pool.customers,
            spend: count.spend,
            offset: 0,
            rows,
            anchor_at: None,
            preliminary: false,
            sketch: false,
            culprit: None,
        }))
    }

    /// Customers by id, without scores; who is not there is left out.
    fn rows(&self, ids: &[CustomerId], beside: Beside) -> Result<Vec<CustomerRow>, StoreError> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            let listed = customers::listed_of(&self.conn, id, beside)?;
            rows.extend(listed.map(|listed| row::shown(listed, self.disclosure)));
        }
        Ok(rows)
    }

    /// The KPI tree of everybody as the engine would give it; `None` when a scope narrows it, which is for the engine.
    pub fn short_kpi(
        &mut self,
        scope: &Scope,
        tree: Tree,
        as_of: AsOf,
    ) -> Result<Option<KpiPage>, StoreError> {
        const DOING: &str = "reading campaigns";
        if self.engine.is_some() || scope.org.is_some() || scope.filter.expr != Expr::All {
            return Ok(None);
        }
        let Tree { asked, gmv, all } = tree;
        let stamp = self.stamp(scope, as_of)?;
        let tx = self.conn.unchecked_transaction().doing(DOING)?;
        let known = campaigns::facts(&tx)?;
        let facts = if all {
            known.clone()
        } else {
            kpi::in_question(&known, asked, as_of)
        };
        let (targets, labels) = (
            campaigns::targets_of_campaigns(&tx)?,
            campaigns::nodes(&tx)?,
        );
        let before = Before::read(&tx, (&facts, &known), (&targets, gmv), as_of)?;
        let last = |campaign: &CampaignFacts| campaign.days(as_of.zone).to;
        let asked_for = facts.iter().map(|campaign| (campaign.id, last(campaign)));
        let sold = Sold::read(&tx, asked_for, gmv, as_of.today())?;
        let failed = RefCell::new(None);
        let counts = |id| {
            let campaign = facts.iter().find(|c| c.id == id);
            let last = campaign.map_or(as_of.today(), last);
            sold.counts(&tx, id, last).unwrap_or_else(|error| {
                failed.replace(Some(error));
                CampaignCounts::default()
            })
        };
        let page = kpi::page(&kpi::KpiInput {
            stamp,
            now: as_of,
            campaigns: &facts,
            known: &known,
            since: before.since,
            days_of: &|id| before.days.get(&id),
            whole: true,
            targets: &targets,
            labels: &labels,
            asked,
            gmv,
            money: &|id| sold.money(id),
            counts: &counts,
        });
        tx.finish().doing(DOING)?;
        failed.into_inner().map_or(Ok(Some(page)), Err)
    }

    /// The leaderboard of everybody as the engine would give it, but for what people outside the pool bought, which is not
    /// told apart; `None` when a scope narrows it, which is for the engine.
    pub fn short_board(
        &mut self,
        scope: &Scope,
        metric: BoardMetric,
        as_of: AsOf,
    ) -> Result<Option<BoardPage>, StoreError> {
        const DOING: &str = "adding up the board";
        if self.engine.is_some() || scope.org.is_some() || scope.filter.expr != Expr::All {
            return Ok(None);
        }
        let stamp = self.stamp(scope, as_of)?;
        let tx = self.conn.unchecked_transaction().doing(DOING)?;
        let earlier = leaderboard::earlier_board(self, metric, stamp.period, as_of)?;
        let (staff, rewards) = (board::staff(&tx)?, board::reward_steps(&tx)?);
        let targets = campaigns::targets(&tx)?;
        let reckoned =
            reckon(&tx, Reckoning::new(stamp.period, as_of.today(), metric)).doing(DOING)?;
        let counts = reckoned.counts();
        let org = stamp.org.as_ref().map(|(id, _)| *id);
        let goals = Goals::new(&targets, org, stamp.period, as_of);
        let daily = super::paced::read(&tx, &goals.beside_people(ranking::aims(metric)))?;
        let uncredited = counts.of_others(staff.iter().map(|staff| &staff.id));
        let knows = leaderboard::known(&tx, stamp.period.to)?;
        let page = ranking::page(&ranking::BoardInput {
            stamp,
            zone: as_of.zone,
            metric,
            staff: &staff,
            in_scope: &|_| true,
            counts: &|id| counts.staff.get(id).cloned().unwrap_or_default(),
            daily: daily.as_ref(),
            targets: &targets,
            earlier: earlier.as_ref(),
            rewards: &rewards,
            uncredited,
            knows,
            everybody: Some(counts.of_all()),
            reached: &|ties| {
                let reached =
                    |tie: &ranking::Tie<'_>| Some((tie.id.clone(), reckoned.reached(*tie)?));
                ties.iter().filter_map(reached).collect()
            },
        });
        tx.finish().doing(DOING)?;
        Ok(Some(page))
    }

    /// Every campaign, newest first.
    pub fn campaigns(&self) -> Result<Vec<CampaignFacts>, StoreError> {
        campaigns::facts(&self.conn)
    }

    /// Staff of the scope's org node; `None` without one.
    fn owners(&self, scope: &Scope) -> Result<Option<Vec<StaffId>>, StoreError> {
        let Some(node) = scope.org else {
            return Ok(None);
        };
        let staff = board::staff(&self.conn)?;
        let tree = super::facts::tree(&self.conn, &staff)?;
        let inside: HashSet<_> = tree.descendants(node).collect();
        let members = staff
            .into_iter()
            .filter(|s| s.dept.is_some_and(|dept| inside.contains(&dept)));
        Ok(Some(members.map(|s| s.id).collect()))
    }
}

/// Adds a board up from the rows of its days.
fn reckon(conn: &Connection, mut board: Reckoning) -> rusqlite::Result<Reckoning> {
    let days = board.days();
    load::each_sold(conn, days, |staff, when, paid| {
        board.order(staff, when, paid);
    })?;
    load::each_given_back(conn, days, |staff, when, fen| {
        board.refund(staff, when, fen);
    })?;
    load::each_added(conn, days, |staff, when| board.add(staff, when))?;
    Ok(board)
}

/// A sort as it is done here.
#[derive(Clone, Copy, Debug)]
struct Plan<'a> {
    /// The most money at risk first.
    by_risk: bool,
    /// Then this, which SQL says.
    rest: &'a [SortKey],
}

impl<'a> Plan<'a> {
    /// `None` for an order that is the engine's.
    fn of(order: &'a [SortKey]) -> Option<Self> {
        let (by_risk, rest) = match order.split_first() {
            Some((first, rest)) if *first == AT_RISK => (true, rest),
            Some(_) | None => (false, order),
        };
        let is_plain = !rest.iter().any(|key| scored(key.field));
        let is_known = !by_risk || rest.is_empty() || *rest == [BY_SPEND];
        (is_plain && is_known).then_some(Self { by_risk, rest })
    }
}

/// Customers of a short list, and everybody's scores.
type Found = (Vec<CustomerId>, Option<Scores>);

/// The first customers of a short list, and everybody's scores where it wants any; `None` when it is the engine's.
fn first(
    conn: &Connection,
    sift: &Sift,
    (plan, short): (Plan<'_>, Short<'_>),
    as_of: AsOf,
) -> Result<Option<Found>, StoreError> {
    let most = u32::try_from(short.most).unwrap_or(u32::MAX).min(MOST + 1);
    let wants_scores = plan.by_risk || short.fields.iter().any(|field| scored(*field));
    if wants_scores && most > MOST && sift.count(conn)?.hits > u64::from(MOST) {
        return Ok(None);
    }
    let scores = if wants_scores {
        Some(Scores::read(conn, sift, as_of)?)
    } else {
        None
    };
    let ids = match &scores {
        Some(scores) if plan.by_risk => by_risk(conn, scores, sift, (most, plan))?,
        Some(_) | None => sift.first(conn, most)?,
    };
    // Who is left when a term is dropped is for the engine to say.
    let is_known = ids.len() <= MOST as usize && !(ids.is_empty() && short.counted);
    Ok(is_known.then_some((ids, scores)))
}

/// The first so many by money at risk; where it ends, the others by the rest of the sort.
fn by_risk(
    conn: &Connection,
    scores: &Scores,
    sift: &Sift,
    (most, plan): (u32, Plan<'_>),
) -> Result<Vec<CustomerId>, StoreError> {
    let wanted = most as usize;
    let mut ids = scores.at_risk(wanted, !plan.rest.is_empty());
    if ids.len() < wanted {
        let others = sift.first(
            conn,
            most.saturating_add(ids.len().try_into().unwrap_or(most)),
        )?;
        let known: HashSet<CustomerId> = ids.iter().cloned().collect();
        ids.extend(others.into_iter().filter(|id| !known.contains(id)));
        ids.truncate(wanted);
    }
    Ok(ids)
}

/// A field of scores, which need every order.
fn scored(field: Field) -> bool {
    matches!(field, Field::Segment | Field::Risk | Field::ValueAtRisk)
}

/// What the shown fields ask for.
fn beside(fields: &[Field]) -> Beside {
    Beside {
        tags: fields.contains(&Field::Tag),
        stage: fields.contains(&Field::Stage),
        relation: fields.contains(&Field::Owner) || fields.contains(&Field::Source),
    }
}
