//! Who did something of their own lately (metrics.md 4.2): wrote to somebody, took part in a campaign, bought.
//!
//! What is said in a group is kept by group and day, not by person, and nobody tells of moments and check-ins: a rate made of
//! these signs is a lower bound.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::bytes;
use super::sums::Those;
use crate::domain::{AsOf, CustomerId, Rate};

#[cfg(test)]
mod tests;

/// Days looked back, today included.
pub const DAYS: i32 = 30;

/// Signs of activity that the tables may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Last message of a relation.
    Messages,
    /// Clicks of a campaign and what follows on them; who was reached or opened it did nothing yet.
    Steps,
    /// Paid, non-test orders, given back since or not.
    Orders,
}

impl Sign {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Messages, Self::Steps, Self::Orders];

    /// Whether there is one at all, and whose there are from ?1 to ?2, unix seconds.
    fn queries(self) -> (&'static str, &'static str) {
        match self {
            Self::Messages => (
                "SELECT EXISTS (SELECT 1 FROM follow WHERE last_inbound_at IS NOT NULL)",
                "SELECT external_userid FROM follow WHERE last_inbound_at BETWEEN ?1 AND ?2",
            ),
            Self::Steps => (
                "SELECT EXISTS (SELECT 1 FROM campaign_step WHERE step IN ('clicked','shared','added_cart','ordered','paid'))",
                "SELECT person_key FROM campaign_step INDEXED BY ix_cstep_at
                 WHERE at BETWEEN ?1 AND ?2 AND step IN ('clicked','shared','added_cart','ordered','paid')",
            ),
            Self::Orders => (
                "SELECT EXISTS (SELECT 1 FROM sale_order INDEXED BY ix_order_day WHERE paid_at IS NOT NULL AND is_test = 0)",
                "SELECT external_userid FROM sale_order INDEXED BY ix_order_cust
                 WHERE external_userid IS NOT NULL AND paid_at BETWEEN ?1 AND ?2 AND is_test = 0",
            ),
        }
    }
}

/// How many customers were active, and by which signs that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Active {
    /// Customers with a live relation who did anything ÷ all of them.
    pub rate: Rate,
    /// Signs that the workspace has rows of.
    pub signs: Vec<Sign>,
}

/// Counts the active among the customers with a live relation; `None` where no sign is kept.
pub fn read(
    conn: &Connection,
    those: Those<'_>,
    as_of: AsOf,
) -> Result<Option<Active>, StoreError> {
    const DOING: &str = "counting who was active";
    let tx = conn.unchecked_transaction().doing(DOING)?;
    active(&tx, those, as_of).doing(DOING)
}

fn active(conn: &Connection, those: Those<'_>, as_of: AsOf) -> rusqlite::Result<Option<Active>> {
    let from = as_of.zone.start_of(as_of.today().plus(1 - DAYS));
    let (mut signs, mut acted) = (Vec::new(), HashSet::<Box<[u8]>>::new());
    for sign in Sign::ALL {
        let (any, whose) = sign.queries();
        if !conn.query_row(&planned(conn, any), [], |row| row.get(0))? {
            continue;
        }
        signs.push(sign);
        let mut statement = conn.prepare(&planned(conn, whose))?;
        let mut found = statement.query(params![from, as_of.unix])?;
        while let Some(row) = found.next()? {
            let id = bytes(row, 0);
            if !acted.contains(id) {
                acted.insert(id.into());
            }
        }
    }
    if signs.is_empty() {
        return Ok(None);
    }
    let rate = among_customers(conn, those, &acted)?;
    Ok(Some(Active { rate, signs }))
}

/// Those who are customers, over all customers.
fn among_customers(
    conn: &Connection,
    those: Those<'_>,
    acted: &HashSet<Box<[u8]>>,
) -> rusqlite::Result<Rate> {
    let mut statement =
        conn.prepare("SELECT DISTINCT external_userid FROM follow WHERE status = 'active'")?;
    let mut found = statement.query([])?;
    let (mut people, mut customers) = (0_u32, 0_u32);
    while let Some(row) = found.next()? {
        let id = bytes(row, 0);
        let meant = those
            .is_none_or(|those| those.contains(&CustomerId::from(&*String::from_utf8_lossy(id))));
        if meant {
            customers += 1;
            people += u32::from(acted.contains(id));
        }
    }
    Ok(Rate {
        num: f64::from(people),
        den: f64::from(customers),
    })
}
