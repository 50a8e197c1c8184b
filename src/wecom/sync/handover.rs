//! Customers of leavers, and what became of hand-overs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::listing::Listing;
use super::{Run, SyncError};
use crate::wecom::codes::Does;
use crate::wecom::intake::handover::{self, Orphan, Outcome, Pair};
use crate::wecom::intake::{Counts, within};
use crate::wecom::page::Cells;

impl Run<'_, '_> {
    /// Both. The lists are short: each begins anew, and every page is a transaction.
    pub(super) fn handover(&mut self) -> Result<(), SyncError> {
        self.orphans()?;
        let now = self.when().now;
        let mut pairs = handover::pairs(self.conn, now)?;
        for (from, to) in &self.settings.handovers {
            for resigned in [false, true] {
                pairs.insert(Pair {
                    from: from.clone(),
                    to: to.clone(),
                    resigned,
                });
            }
        }
        self.done = (0, pairs.len() as u64);
        for pair in pairs {
            self.outcomes(&pair)?;
            self.done.0 += 1;
            self.tell(Counts::default());
        }
        Ok(())
    }

    fn orphans(&mut self) -> Result<(), SyncError> {
        const CALL: &str = "externalcontact/get_unassigned_list";
        let client = self.client;
        let mut listing = Listing::new(CALL, "info", None);
        let mut listed = BTreeSet::new();
        loop {
            let page = listing.next(|cursor| {
                client.post(
                    CALL,
                    &json!({ "cursor": cursor.unwrap_or(""), "page_size": 1000 }),
                )
            });
            let Some(page) = page? else { break };
            let orphans: Vec<_> = page.rows().iter().filter_map(orphan).collect();
            let mut counts = within(self.conn, |tx| {
                let mut counts = Counts::default();
                for orphan in &orphans {
                    counts.add(handover::put_orphan(tx, orphan)?);
                }
                Ok(counts)
            })?;
            counts.odd += (page.rows().len() - orphans.len()) as u64;
            listed.extend(orphans.into_iter().map(|o| (o.handover, o.customer)));
            self.tell(counts);
        }
        // Somebody took them over: that they go is the aim, and no loss.
        let ended = within(self.conn, |tx| handover::keep_orphans(tx, &listed))?;
        self.tell(Counts {
            ended,
            ..Counts::default()
        });
        Ok(())
    }

    fn outcomes(&mut self, pair: &Pair) -> Result<(), SyncError> {
        let call = if pair.resigned {
            "externalcontact/resigned/transfer_result"
        } else {
            "externalcontact/transfer_result"
        };
        let client = self.client;
        let mut listing = Listing::new(call, "customer", None);
        loop {
            let page = listing.next(|cursor| {
                let body = json!({
                    "handover_userid": pair.from, "takeover_userid": pair.to, "cursor": cursor.unwrap_or(""),
                });
                client.post(call, &body)
            });
            let page = match page {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(()),
                Err(SyncError::Call(error)) if matches!(error.does(), Does::Skip | Does::Empty) => {
                    self.counts.skipped += 1;
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            let outcomes: Vec<_> = page.rows().iter().filter_map(outcome).collect();
            let when = self.when();
            let mut counts = within(self.conn, |tx| {
                let mut counts = Counts::default();
                for outcome in &outcomes {
                    counts.add(handover::put_outcome(tx, pair, outcome, when)?);
                }
                Ok(counts)
            })?;
            counts.odd += (page.rows().len() - outcomes.len()) as u64;
            self.tell(counts);
        }
    }
}

fn orphan(row: &Value) -> Option<Orphan> {
    let cells = Cells::of(row);
    Some(Orphan {
        handover: cells.id("handover_userid")?,
        customer: cells.id("external_userid")?,
        left_at: cells.time("dimission_time")?,
    })
}

fn outcome(row: &Value) -> Option<Outcome> {
    let cells = Cells::of(row);
    Some(Outcome {
        customer: cells.id("external_userid")?,
        status: cells.int("status")?,
        at: cells.time("takeover_time"),
    })
}
