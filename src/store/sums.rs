//! What a period adds up to, for the whole workspace or for some of its customers: the money, the people and the relations
//! behind `caopan metrics`, straight from the tables.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, params};

use follow::{follows, moves};

use super::board;
use super::error::{Doing, StoreError};
use super::past::planned;
use super::row::Cells;
use crate::domain::kpi::GmvSums;
use crate::domain::period::Period;
use crate::domain::repurchase::Repurchase;
use crate::domain::{CustomerId, Day, Fen, StaffId};

mod follow;
#[cfg(test)]
mod tests;

/// What is being done, for errors.
const DOING: &str = "adding up the metrics";

/// Orders of a period. The index names them in the order they were paid in; they are looked up in the order they stand in.
const ORDERS: &str = "SELECT o.external_userid, o.buyer_key, o.biz_date, o.paid_fen,
  (SELECT sum(r.amount_fen) FROM order_refund r WHERE r.order_id = o.order_id),
  (SELECT sum(i.qty) FROM order_item i WHERE i.order_id = o.order_id),
  EXISTS (SELECT 1 FROM customer c WHERE c.external_userid = o.external_userid)
  FROM (SELECT order_id FROM sale_order INDEXED BY ix_order_day
    WHERE biz_date BETWEEN ?1 AND ?2 AND paid_at <= ?3 AND is_test = 0 ORDER BY order_id LIMIT -1) p
  CROSS JOIN sale_order o ON o.order_id = p.order_id";

/// A day before the period on which a customer bought: whichever is found first, which is mostly that of the first order.
const BEFORE: &str =
    "SELECT biz_date FROM v_valid WHERE external_userid = ?1 AND biz_date < ?2 LIMIT 1";

/// The same of everybody outside the pool. Every order has a number after '': so the table is read as it stands, where the
/// index of days would look every order before the period up, in no order.
const STRANGERS: &str = "SELECT buyer_key, min(biz_date) FROM v_valid
  WHERE external_userid IS NULL AND +biz_date < ?1 AND order_id > '' GROUP BY 1";

/// Only these customers; `None` is everybody, people outside the pool included.
pub type Those<'a> = Option<&'a HashSet<CustomerId>>;

/// Whose comings and goings. Those of a department are its staff's, whoever the customer is with now: who deleted us is with
/// nobody, and would be missing from every department (metrics 4.1).
#[derive(Clone, Copy, Debug)]
pub enum Between<'a> {
    /// Of these customers with anybody.
    Customers(Those<'a>),
    /// Of anybody with these members of staff.
    Staff(&'a HashSet<StaffId>),
}

impl Between<'_> {
    fn is(self, customer: &Arc<str>, staff: Arc<str>) -> bool {
        match self {
            Self::Customers(those) => is_of(those, customer),
            Self::Staff(those) => those.contains(&StaffId(staff)),
        }
    }
}

/// Whose rows are added up.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    /// Whose orders; who of them is a customer with a live relation.
    pub customers: Those<'a>,
    /// Whose comings and goings, and whose live relations.
    pub moves: Between<'a>,
}

/// Paid, non-test orders of a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sold {
    /// Orders.
    pub orders: u64,
    /// Those whose buyer is a customer of the workspace.
    pub matched: u64,
    /// Their money, three ways.
    pub money: GmvSums,
    /// Distinct buyers.
    pub buyers: u64,
    /// Buyers whose purchases stand, by what they did before and again.
    pub repurchase: Repurchase,
    /// Those of the orders whose items are known; `None` when none is.
    pub itemised: Option<Itemised>,
}

/// Orders whose items are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Itemised {
    /// Orders.
    pub orders: u64,
    /// Things bought.
    pub items: i64,
    /// Paid for them.
    pub gross: Fen,
}

/// Events between customers and staff in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// Added.
    pub added: i64,
    /// Staff deleted by customers.
    pub lost: i64,
    /// Customers deleted by staff.
    pub dropped: i64,
}

/// Relations that live now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Follows {
    /// Distinct customers in them.
    pub customers: i64,
    /// Relations.
    pub relations: i64,
}

/// What a period adds up to; `None` where the workspace has no rows of the kind at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Orders of the period.
    pub sold: Option<Sold>,
    /// What customers spent, all of history; `None` also where it was not asked for.
    pub spend: Option<Fen>,
    /// Comings and goings in the period.
    pub moves: Option<Moves>,
    /// Relations of today.
    pub follows: Option<Follows>,
}

/// When things happened that are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Within {
    /// On these business days.
    pub period: Period,
    /// At this instant at the latest, unix seconds; `None` for all of the days.
    pub until: Option<i64>,
}

impl Within {
    /// First and last day as the tables write them, and the last instant.
    pub(super) fn bounds(self) -> (String, String, i64) {
        let Period { from, to } = self.period;
        (
            from.to_string(),
            to.to_string(),
            self.until.unwrap_or(i64::MAX),
        )
    }
}

/// Adds up, without what customers spent in all, which is no matter of a period.
pub fn read(conn: &Connection, within: Within, of: Of<'_>) -> Result<Sums, StoreError> {
    let tx = conn.unchecked_transaction().doing(DOING)?;
    sums(&tx, within, of).doing(DOING)
}

/// The same with what customers spent in all.
pub fn read_all(conn: &Connection, within: Within, of: Of<'_>) -> Result<Sums, StoreError> {
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let mut sums = sums(&tx, within, of).doing(DOING)?;
    // A total of all of history: known also where the period lies before it.
    if board::has(&tx, "sale_order").doing(DOING)? {
        sums.spend = Some(spend(&tx, of.customers).doing(DOING)?);
    }
    Ok(sums)
}

/// One metric of the period's money by its code, for who needs no other: `gmv`, `net_gmv_refund` or `net_gmv_order`. `None`:
/// it is none of these, or the workspace has no orders.
pub fn money(
    conn: &Connection,
    code: &str,
    within: Within,
    those: Those<'_>,
) -> Result<Option<Fen>, StoreError> {
    const BACK: &str =
        "(SELECT sum(r.amount_fen) FROM order_refund r WHERE r.order_id = sale_order.order_id)";
    let tx = conn.unchecked_transaction().doing(DOING)?;
    let look = || -> rusqlite::Result<Option<Fen>> {
        if !board::has(&tx, "sale_order")? {
            return Ok(None);
        }
        let back = match code {
            "gmv" => Fen(0),
            "net_gmv_refund" => given_back(&tx, within, those)?,
            "net_gmv_order" => added(&tx, BACK, within, those)?,
            _ => return Ok(None),
        };
        let gross = added(&tx, "paid_fen", within, those)?;
        Ok(Some(Fen(gross.0.saturating_sub(back.0))))
    };
    look().doing(DOING)
}

/// An amount of each order of the period, added up. Of what was paid by everybody the index alone tells.
fn added(
    conn: &Connection,
    amount: &str,
    within: Within,
    those: Those<'_>,
) -> rusqlite::Result<Fen> {
    let (from, to, until) = within.bounds();
    let who = if those.is_some() {
        "external_userid"
    } else {
        "NULL"
    };
    let sql = format!(
        "SELECT {who}, {amount} FROM sale_order INDEXED BY ix_order_day
         WHERE biz_date BETWEEN ?1 AND ?2 AND paid_at <= ?3 AND is_test = 0"
    );
    let mut statement = conn.prepare(&planned(conn, &sql))?;
    let mut sum = Fen(0);
    let mut found = statement.query(params![from, to, until])?;
    while let Some(row) = found.next()? {
        if those.is_none() || is_of(those, &row.raw(0)) {
            sum = Fen::total_held([sum, row.fen(1)]);
        }
    }
    Ok(sum)
}

fn sums(conn: &Connection, within: Within, of: Of<'_>) -> rusqlite::Result<Sums> {
    let last = within.period.to;
    let has_orders = board::has_orders(conn, last)?;
    let has_moves = board::has_moves(conn, last)?;
    let when = |is: bool| is.then_some(());
    Ok(Sums {
        sold: when(has_orders)
            .map(|()| sold(conn, within, of.customers))
            .transpose()?,
        spend: None,
        moves: when(has_moves)
            .map(|()| moves(conn, within, of.moves))
            .transpose()?,
        follows: when(board::has(conn, "follow")?)
            .map(|()| follows(conn, of))
            .transpose()?,
    })
}

fn is_of(those: Those<'_>, id: &Arc<str>) -> bool {
    those.is_none_or(|those| those.contains(&CustomerId(Arc::clone(id))))
}

/// Who bought: a customer, or by the key of the order somebody outside the pool.
type Person = (bool, Arc<str>);

fn sold(conn: &Connection, within: Within, those: Those<'_>) -> rusqlite::Result<Sold> {
    let (from, to, until) = within.bounds();
    let mut statement = conn.prepare(&planned(conn, ORDERS))?;
    let mut sold = Sold::default();
    let mut days: HashMap<Person, BTreeSet<Day>> = HashMap::new();
    let mut found = statement.query(params![from, to, until])?;
    while let Some(row) = found.next()? {
        let id = row.raw(0);
        if !is_of(those, &id) {
            continue;
        }
        let (paid, back) = (row.fen(3), row.fen(4));
        sold.orders += 1;
        sold.matched += u64::from(row.int(6) == Some(1));
        sold.money.gross = Fen::total_held([sold.money.gross, paid]);
        sold.money.refunded_so_far = Fen::total_held([sold.money.refunded_so_far, back]);
        if let Some(items) = row.int(5) {
            let known = sold.itemised.get_or_insert_default();
            known.orders += 1;
            known.items = known.items.saturating_add(items);
            known.gross = Fen::total_held([known.gross, paid]);
        }
        let person = if id.is_empty() {
            (false, row.raw(1))
        } else {
            (true, id)
        };
        let bought = days.entry(person).or_default();
        if paid.0 > back.0 {
            bought.extend(row.day(2));
        }
    }
    drop(found);
    sold.buyers = days.len() as u64;
    sold.money.refunded_in_period = given_back(conn, within, those)?;
    sold.repurchase = again(conn, within.period, days)?;
    Ok(sold)
}

/// What was given back in the period, whenever its orders were paid.
fn given_back(conn: &Connection, within: Within, those: Those<'_>) -> rusqlite::Result<Fen> {
    let (from, to, until) = within.bounds();
    let mut statement = conn.prepare(&planned(
        conn,
        "SELECT o.external_userid, r.amount_fen
         FROM order_refund r INDEXED BY ix_refund_day CROSS JOIN sale_order o ON o.order_id = r.order_id
         WHERE r.biz_date BETWEEN ?1 AND ?2 AND r.refunded_at <= ?3 AND o.paid_at IS NOT NULL AND o.is_test = 0",
    ))?;
    let mut sum = Fen(0);
    let mut found = statement.query(params![from, to, until])?;
    while let Some(row) = found.next()? {
        if is_of(those, &row.raw(0)) {
            sum = Fen::total_held([sum, row.fen(1)]);
        }
    }
    Ok(sum)
}

/// Buyers with purchases that stand, told by their purchase days; one day before the period is enough to have bought before.
fn again(
    conn: &Connection,
    period: Period,
    days: HashMap<Person, BTreeSet<Day>>,
) -> rusqlite::Result<Repurchase> {
    let from = period.from.to_string();
    let mut before = conn.prepare(BEFORE)?;
    let has_strangers = days
        .iter()
        .any(|((is_customer, _), days)| !is_customer && !days.is_empty());
    let mut strangers: HashMap<Arc<str>, Day> = HashMap::new();
    if has_strangers {
        let mut statement = conn.prepare(STRANGERS)?;
        let mut found = statement.query([&from])?;
        while let Some(row) = found.next()? {
            strangers.extend(row.day(1).map(|day| (row.raw(0), day)));
        }
    }
    let mut counted = Repurchase::default();
    let mut people: Vec<_> = days.into_iter().collect();
    // Neighbours stand on the same pages.
    people.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for ((is_customer, key), mut bought) in people {
        if bought.is_empty() {
            continue;
        }
        if is_customer {
            let mut found = before.query(params![key, from])?;
            bought.extend(found.next()?.and_then(|row| row.day(0)));
        } else {
            bought.extend(strangers.get(&key).copied());
        }
        let bought: Vec<Day> = bought.into_iter().collect();
        counted.add(&bought, period);
    }
    Ok(counted)
}

fn spend(conn: &Connection, those: Those<'_>) -> rusqlite::Result<Fen> {
    let Some(those) = those else {
        return conn.query_row("SELECT spend_fen FROM pool", [], |row| Ok(row.fen(0)));
    };
    let mut statement =
        conn.prepare("SELECT spend_fen FROM customer_stat WHERE external_userid = ?1")?;
    let mut sum = Fen(0);
    for id in those {
        let mut found = statement.query([id.as_str()])?;
        if let Some(row) = found.next()? {
            sum = Fen::total_held([sum, row.fen(0)]);
        }
    }
    Ok(sum)
}
