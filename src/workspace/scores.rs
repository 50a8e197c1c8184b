//! Everybody's scores as of a day, straight from the tables: what the engine computes (RFM, how overdue a purchase is,
//! value at risk) for a list that needs no engine.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;

use crate::domain::churn::{Cuts, Intervals, Purchases, value_at_risk};
use crate::domain::rfm::{Buyer, Scoring, window_start};
use crate::domain::{AsOf, CustomerId, Day, Fen};
use crate::engine::answer::{CustomerRow, Rfm};
use crate::filter::Expr;
use crate::store::purchases::{Met, each_customer};
use crate::store::sift::{Count, Ground, Sift};
use crate::store::{Doing, StoreError};
use rusqlite::Connection;

use super::Workspace;

/// Scores of everybody, and who of them is inside a sift.
#[derive(Debug)]
pub struct Scores {
    today: Day,
    scoring: Scoring,
    cuts: Cuts,
    /// By id.
    buyers: Vec<Bought>,
    ids: Ids,
    /// Customers inside, buyers or not.
    pub inside: Count,
}

/// What a customer bought up to today.
#[derive(Clone, Copy, Debug)]
struct Bought {
    all: Purchases,
    window: Option<Buyer>,
    spend: Fen,
    inside: bool,
}

/// Ids one behind the other.
#[derive(Debug, Default)]
struct Ids {
    text: String,
    ends: Vec<usize>,
}

impl Ids {
    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }

    fn get(&self, at: usize) -> Option<&str> {
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.text.get(start..*self.ends.get(at)?)
    }

    /// The place of an id; ids were pushed in order.
    fn find(&self, id: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle)?.cmp(id) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }
}

impl Scores {
    /// One walk over customers and orders.
    pub fn read(conn: &Connection, sift: &Sift, as_of: AsOf) -> Result<Self, StoreError> {
        Self::of(conn, sift, as_of, |_| true)
    }

    /// The same; inside are those of the sift of whom it is said.
    fn of(
        conn: &Connection,
        sift: &Sift,
        as_of: AsOf,
        is_inside: impl Fn(&Met<'_>) -> bool,
    ) -> Result<Self, StoreError> {
        let today = as_of.today();
        let from = window_start(today);
        let (mut buyers, mut ids) = (Vec::new(), Ids::default());
        let (mut inside, mut intervals) = (Count::default(), Intervals::default());
        each_customer(conn, sift, (today, as_of.zone), |mut met| {
            met.inside = met.inside && is_inside(&met);
            if met.inside {
                inside.hits += 1;
                inside.spend.0 = inside.spend.0.saturating_add(met.spend.0);
            }
            if let Some(bought) = Bought::of(met, from, &mut intervals) {
                buyers.push(bought);
                ids.push(met.id);
            }
        })?;
        let scoring = Scoring::of_columns(|value| {
            let windows = buyers.iter().filter_map(|bought| bought.window);
            windows.map(value).collect()
        });
        Ok(Self {
            today,
            scoring,
            cuts: intervals.cuts(),
            buyers,
            ids,
            inside,
        })
    }

    /// Customers inside who have an overdue level, most money at risk first, then the largest spenders where `by_spend`,
    /// then by id: the first so many. Who has no level comes after them all.
    pub fn at_risk(&self, most: usize, by_spend: bool) -> Vec<CustomerId> {
        let mut found: Vec<_> = (0..)
            .zip(&self.buyers)
            .filter(|(_, bought)| bought.inside)
            .filter_map(|(at, bought): (usize, _)| {
                let value = self.value_at_risk(bought)?;
                let spend = if by_spend { bought.spend } else { Fen(0) };
                Some((Reverse((value, spend)), at))
            })
            .collect();
        // Places are in the order of ids.
        if found.len() > most && most > 0 {
            found.select_nth_unstable(most - 1);
        }
        found.truncate(most);
        found.sort_unstable();
        let ids = found.iter().filter_map(|(_, at)| self.ids.get(*at));
        ids.map(CustomerId::from).collect()
    }

    /// Money at risk of all customers inside.
    pub fn at_risk_inside(&self) -> Fen {
        let inside = self.buyers.iter().filter(|bought| bought.inside);
        Fen::total_held(inside.filter_map(|bought| self.value_at_risk(bought)))
    }

    fn level(&self, bought: &Bought) -> Option<u8> {
        self.cuts.overdue(bought.all, self.today).level()
    }

    /// `None` without a level.
    fn value_at_risk(&self, bought: &Bought) -> Option<Fen> {
        let level = self.level(bought)?;
        let first = bought.all.first;
        Some(value_at_risk(bought.spend, first, self.today, level))
    }

    /// Writes a customer's scores into their row.
    pub fn put(&self, row: &mut CustomerRow) {
        let place = self.ids.find(row.id.as_str());
        let Some(bought) = place.and_then(|at| self.buyers.get(at)) else {
            return;
        };
        row.rfm = bought.window.map(|buyer| {
            let rfm = self.scoring.score(buyer, self.today);
            Rfm {
                r: rfm.r,
                f: rfm.f,
                m: rfm.m,
                segment: rfm.segment,
            }
        });
        row.risk = self.level(bought);
        row.value_at_risk = self.value_at_risk(bought);
    }
}

impl Workspace {
    /// Money at risk of some customers; `None` is everybody. All are walked over in any case, since each is scored among all.
    pub fn at_risk(
        &self,
        those: Option<&HashSet<CustomerId>>,
        as_of: AsOf,
    ) -> Result<Fen, StoreError> {
        const DOING: &str = "adding up what is at risk";
        let tx = self.conn.unchecked_transaction().doing(DOING)?;
        let ground = Ground {
            as_of,
            owners: None,
        };
        let Some(everybody) = Sift::read(&tx, &Expr::All, &[], ground)? else {
            return Ok(Fen(0));
        };
        // Whether a customer is inside was found out before: asked of the tables it is looked up one by one.
        let inside =
            |met: &Met<'_>| those.is_none_or(|those| those.contains(&CustomerId::from(met.id)));
        let scores = Scores::of(&tx, &everybody, as_of, inside)?;
        tx.finish().doing(DOING)?;
        Ok(scores.at_risk_inside())
    }
}

impl Bought {
    /// From one customer's orders; `None` without any. Counts the days between their purchase days.
    fn of(met: Met<'_>, from: Day, intervals: &mut Intervals) -> Option<Self> {
        let (first, last) = (met.bought.first()?.0, met.bought.last()?.0);
        let (mut days, mut window_days, mut money) = (0, 0, 0_i64);
        let mut before: Option<Day> = None;
        for (day, net) in met.bought {
            if *day >= from {
                money = money.saturating_add(net.0);
            }
            if before == Some(*day) {
                continue;
            }
            if let Some(gap) = before.and_then(|b| u32::try_from(day.0 - b.0).ok()) {
                intervals.add(gap);
            }
            before = Some(*day);
            days += 1;
            window_days += u32::from(*day >= from);
        }
        Some(Self {
            all: Purchases { first, last, days },
            window: (window_days > 0).then_some(Buyer {
                last,
                purchase_days: window_days,
                money: Fen(money),
            }),
            spend: met.spend,
            inside: met.inside,
        })
    }
}
