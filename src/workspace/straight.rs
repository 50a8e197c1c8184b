//! Answers for commands straight from the tables: no engine is loaded for a hundred rows that SQL can name, nor for the
//! sums of a few campaigns.

use std::cell::RefCell;

use crate::domain::kpi::{CampaignCounts, CampaignFacts, GmvKind};
use crate::domain::{AsOf, CampaignId, StaffId};
use crate::engine::answer::{CustomersPage, KpiPage};
use crate::engine::kpi;
use crate::engine::request::{ALARM_FIRST, Scope};
use crate::filter::{Expr, Field, SortKey};
use crate::store::campaigns::Sold;
use crate::store::customers::{self, Beside};
use crate::store::sift::{Count, Ground, Sift};
use crate::store::{Doing, StoreError, board, campaigns};

use super::{Workspace, row};

/// Customers read one by one; longer lists are the engine's.
const MOST: u32 = 10_000;

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
        if self.engine.is_some() || short.fields.iter().any(|field| scored(*field)) {
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
        let Some(sift) = Sift::read(&tx, &scope.filter.expr, order, ground)? else {
            return Ok(None);
        };
        let most = u32::try_from(short.most).unwrap_or(u32::MAX).min(MOST + 1);
        let ids = sift.first(&tx, most)?;
        if ids.len() > MOST as usize || (ids.is_empty() && short.counted) {
            // Who is left when a term is dropped is for the engine to say.
            return Ok(None);
        }
        let pool = customers::pool(&tx)?;
        let count = if scope.filter.expr == Expr::All && scope.org.is_none() {
            Count {
                hits: pool.customers,
                spend: pool.spend,
            }
        } else if short.counted {
            sift.count(&tx)?
        } else {
            Count {
                hits: ids.len() as u64,
                ..Count::default()
            }
        };
        let mut rows = Vec::with_capacity(ids.len());
        for id in &ids {
            let Some(listed) = customers::listed_of(&tx, id, beside(short.fields))? else {
                return Ok(None);
            };
            rows.push(row::shown(listed, self.disclosure));
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
            culprit: None,
        }))
    }

    /// The KPI tree of everybody as the engine would give it; `None` when a scope narrows it, which is for the engine.
    pub fn short_kpi(
        &mut self,
        scope: &Scope,
        asked: Option<CampaignId>,
        gmv: GmvKind,
        as_of: AsOf,
    ) -> Result<Option<KpiPage>, StoreError> {
        const DOING: &str = "reading campaigns";
        if self.engine.is_some() || scope.org.is_some() || scope.filter.expr != Expr::All {
            return Ok(None);
        }
        let stamp = self.stamp(scope, as_of)?;
        let tx = self.conn.unchecked_transaction().doing(DOING)?;
        let facts = campaigns::facts(&tx)?;
        let (targets, labels) = (campaigns::targets(&tx)?, campaigns::nodes(&tx)?);
        let sold = Sold::read(&tx, gmv, as_of.today())?;
        let failed = RefCell::new(None);
        let counts = |id| {
            let campaign = facts.iter().find(|c| c.id == id);
            let last = campaign.map_or(as_of.today(), |c| kpi::days(c, as_of.zone).to);
            sold.counts(&tx, id, last).unwrap_or_else(|error| {
                failed.replace(Some(error));
                CampaignCounts::default()
            })
        };
        let page = kpi::page(&kpi::KpiInput {
            stamp,
            now: as_of,
            campaigns: &facts,
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
        let inside: std::collections::HashSet<_> = tree.descendants(node).collect();
        let members = staff
            .into_iter()
            .filter(|s| s.dept.is_some_and(|dept| inside.contains(&dept)));
        Ok(Some(members.map(|s| s.id).collect()))
    }
}

/// The engine alone knows it.
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
