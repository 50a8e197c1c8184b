//! All customers under a scope, in order: held still while they are written out page by page, whatever is committed
//! meanwhile.

use std::collections::HashSet;
use std::ops::Range;

use crate::domain::{AsOf, CustomerId, Fen};
use crate::engine::answer::{CustomerRow, Stamp};
use crate::engine::request::Scope;
use crate::engine::{Disclosure, Ground};
use crate::filter::SortKey;
use crate::store::StoreError;
use crate::store::changes::Seq;

use super::{Workspace, inside};

/// States remembered: some minutes of a storm of commits.
const STATES: usize = 8_192;

/// Customers held still.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Computed from.
    pub stamp: Stamp,
    /// Customers under scope and filter.
    pub hits: u64,
    /// Customers of the workspace.
    pub pool: u64,
    /// Σ spend of the hits.
    pub spend: Fen,
    /// Place in the change log that this is the state of.
    pub seq: Seq,
    rows: Vec<u32>,
    load: u64,
}

impl Listing {
    /// How many are listed.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Nobody is listed.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Workspace {
    /// The first `most` customers under a scope in the order of a sort; `None` before the engine is ready.
    pub fn listing(
        &mut self,
        scope: &Scope,
        sort: &[SortKey],
        most: u64,
        as_of: AsOf,
    ) -> Result<Option<Listing>, StoreError> {
        let stamp = self.stamp(scope, as_of)?;
        self.facts(as_of)?;
        let whole = self.engine.as_mut().filter(|_| !self.half);
        let (Some(loaded), Some(facts)) = (whole, &self.facts) else {
            return Ok(None);
        };
        let inside = inside::departments(facts, scope);
        let org = inside::staff_of(&loaded.engine, facts, inside.as_ref());
        let ground = Ground {
            as_of,
            period: stamp.period,
            org: org.as_ref(),
        };
        let (selection, rows) = loaded.engine.listing(&scope.filter, ground, sort, most);
        Ok(Some(Listing {
            hits: selection.hits,
            pool: loaded.engine.pool(),
            spend: selection.spend,
            seq: loaded.seq,
            load: self.loads,
            stamp,
            rows,
        }))
    }

    /// The customers at some places of a listing as they are now; `None` when everything was loaded again since.
    pub fn listed(
        &self,
        listing: &Listing,
        places: Range<usize>,
        disclosure: Disclosure,
    ) -> Option<Vec<CustomerRow>> {
        let loaded = self
            .engine
            .as_ref()
            .filter(|_| self.loads == listing.load)?;
        let end = places.end.min(listing.rows.len());
        let rows = listing.rows.get(places.start.min(end)..end)?;
        Some(loaded.engine.rows_at(rows, disclosure))
    }

    /// Keeps only these customers in a listing just made, or all but these.
    pub fn narrow(&self, listing: &mut Listing, ids: &[CustomerId], keeps: bool) {
        if ids.is_empty() && !keeps {
            return;
        }
        if let Some(loaded) = &self.engine {
            let named: HashSet<u32> = loaded.engine.rows_of(ids).into_iter().collect();
            listing.rows.retain(|row| named.contains(row) == keeps);
        }
    }

    /// The place in the change log that an answer's revision belongs to; `None` when it is too long ago to tell.
    pub fn seq_at(&self, revision: u64) -> Option<Seq> {
        let at = self.states.iter().rev().find(|(r, _)| *r <= revision)?;
        Some(at.1)
    }

    /// Remembers where the change log stood at the present revision.
    pub(super) fn note_state(&mut self) {
        if let Some(loaded) = &self.engine {
            if self.states.len() >= STATES {
                self.states.pop_front();
            }
            self.states.push_back((self.revision, loaded.seq));
        }
    }

    /// The ids of a listing; `None` when everything was loaded again since.
    pub fn listed_ids(&self, listing: &Listing) -> Option<Vec<CustomerId>> {
        let loaded = self
            .engine
            .as_ref()
            .filter(|_| self.loads == listing.load)?;
        Some(loaded.engine.ids_at(&listing.rows))
    }
}
