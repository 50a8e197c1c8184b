//! A second way to every figure: read from the tables, computed as the definitions say, slowly and plainly.
//!
//! Nothing here calls the console's formulas; sums are taken in i128 and ranks are counted pair by pair.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "shared by test binaries that use parts of it"
)]

use std::collections::{BTreeMap, BTreeSet};

use caopan::domain::{AsOf, Day};
use rusqlite::Connection;

pub struct Order {
    pub id: String,
    pub person: String,
    pub day: Day,
    pub at: i64,
    pub fen: i64,
    pub staff: Option<String>,
    pub campaign: Option<i64>,
    pub refunds: Vec<(Day, i64)>,
    /// Days and seconds of the refunds.
    pub given_back: Vec<(Day, i64)>,
    pub items: Option<i64>,
}

impl Order {
    pub fn net(&self) -> i64 {
        self.fen - self.refunds.iter().map(|(_, fen)| fen).sum::<i64>()
    }
}

pub struct Staff {
    pub id: String,
    pub dept: Option<i64>,
    pub sells: bool,
    pub left: bool,
    /// The day they left, or will.
    pub last_day: Option<Day>,
}

#[derive(Clone)]
pub struct Target {
    pub code: String,
    pub kind: String,
    pub subject: String,
    pub calendar: String,
    pub start: Day,
    pub floor: Option<f64>,
    pub goal: f64,
    pub stretch: Option<f64>,
}

pub struct Truth {
    pub now: AsOf,
    pub today: Day,
    pub customers: BTreeSet<String>,
    /// Owner of a customer.
    pub owner: BTreeMap<String, String>,
    pub tags: BTreeSet<(String, String)>,
    /// Paid, not a test.
    pub orders: Vec<Order>,
    /// Customer, staff, day of every add.
    pub adds: Vec<(String, String, Day)>,
    /// Seconds of the adds, in their order.
    pub added_at: Vec<i64>,
    pub staff: Vec<Staff>,
    parents: BTreeMap<i64, Option<i64>>,
    pub targets: Vec<Target>,
    pub steps: BTreeSet<(i64, String, String)>,
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap_or_else(|| panic!("{text} is a day"))
}

/// Rows of a query, by a closure.
pub fn all<T>(
    conn: &Connection,
    sql: &str,
    mut row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = conn.prepare(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    statement
        .query_map([], |r| row(r))
        .unwrap()
        .map(|r| r.unwrap_or_else(|e| panic!("{sql}: {e}")))
        .collect()
}

fn orders(conn: &Connection) -> Vec<Order> {
    let mut refunds: BTreeMap<String, Vec<(Day, i64)>> = BTreeMap::new();
    let mut given_back = refunds.clone();
    for (order, on, fen, at) in all(
        conn,
        "SELECT order_id, biz_date, amount_fen, refunded_at FROM order_refund",
        |r| {
            let order: String = r.get(0)?;
            Ok((order, r.get::<_, String>(1)?, r.get(2)?, r.get(3)?))
        },
    ) {
        let seconds = given_back.entry(order.clone()).or_default();
        seconds.push((day(&on), at));
        refunds.entry(order).or_default().push((day(&on), fen));
    }
    let items: BTreeMap<String, i64> = all(
        conn,
        "SELECT order_id, sum(qty) FROM order_item GROUP BY 1",
        |r| Ok((r.get(0)?, r.get(1)?)),
    )
    .into_iter()
    .collect();
    all(
        conn,
        "SELECT order_id, coalesce(external_userid, 'unmatched ' || buyer_key), biz_date, paid_at, paid_fen, credited_userid, campaign_id
         FROM sale_order WHERE paid_at IS NOT NULL AND is_test = 0",
        |r| {
            let id: String = r.get(0)?;
            Ok(Order {
                person: r.get(1)?,
                day: day(&r.get::<_, String>(2)?),
                at: r.get(3)?,
                fen: r.get(4)?,
                staff: r.get(5)?,
                campaign: r.get(6)?,
                refunds: refunds.remove(&id).unwrap_or_default(),
                given_back: given_back.remove(&id).unwrap_or_default(),
                items: items.get(&id).copied(),
                id,
            })
        },
    )
}

impl Truth {
    pub fn read(conn: &Connection, now: AsOf) -> Self {
        Self {
            now,
            today: now.today(),
            customers: all(conn, "SELECT external_userid FROM customer", |r| r.get(0))
                .into_iter()
                .collect(),
            owner: all(
                conn,
                "SELECT external_userid, userid FROM follow WHERE is_owner = 1",
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .into_iter()
            .collect(),
            tags: all(
                conn,
                "SELECT tag_id, external_userid FROM customer_tag",
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .into_iter()
            .collect(),
            orders: orders(conn),
            adds: all(
                conn,
                "SELECT external_userid, userid, biz_date FROM follow_event WHERE kind = 'add' ORDER BY event_id",
                |r| Ok((r.get(0)?, r.get(1)?, day(&r.get::<_, String>(2)?))),
            ),
            added_at: all(
                conn,
                "SELECT occurred_at FROM follow_event WHERE kind = 'add' ORDER BY event_id",
                |r| r.get(0),
            ),
            staff: all(
                conn,
                "SELECT userid, main_dept_id, role, coalesce(wecom_status, 1) = 5, left_at FROM staff",
                |r| {
                    let role: String = r.get(2)?;
                    let left_at: Option<i64> = r.get(4)?;
                    Ok(Staff {
                        id: r.get(0)?,
                        dept: r.get(1)?,
                        sells: role == "sales" || role == "distributor",
                        left: r.get(3)? || left_at.is_some_and(|at| at <= now.unix),
                        last_day: left_at.map(|at| now.zone.day_of(at)),
                    })
                },
            ),
            parents: all(
                conn,
                "SELECT dept_id, parent_id FROM department WHERE is_deleted = 0",
                |r| Ok((r.get(0)?, r.get(1)?)),
            )
            .into_iter()
            .collect(),
            targets: all(
                conn,
                "SELECT metric_code, subject_kind, subject_id, period_kind, period_start, floor_value, target_value, stretch_value FROM kpi_target",
                |r| {
                    Ok(Target {
                        code: r.get(0)?,
                        kind: r.get(1)?,
                        subject: r.get(2)?,
                        calendar: r.get(3)?,
                        start: day(&r.get::<_, String>(4)?),
                        floor: r.get(5)?,
                        goal: r.get(6)?,
                        stretch: r.get(7)?,
                    })
                },
            ),
            steps: all(
                conn,
                "SELECT campaign_id, step, person_key FROM campaign_step",
                |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
            )
            .into_iter()
            .collect(),
        }
    }

    /// The department is the node or lies below it: walked upwards, one parent at a time.
    pub fn below(&self, dept: Option<i64>, node: i64) -> bool {
        let mut at = dept;
        for _ in 0..100 {
            match at {
                Some(id) if id == node => return self.parents.contains_key(&id),
                Some(id) => at = self.parents.get(&id).copied().flatten(),
                None => return false,
            }
        }
        false
    }

    pub fn in_org(&self, userid: &str, node: i64) -> bool {
        self.staff
            .iter()
            .any(|s| s.id == userid && self.below(s.dept, node))
    }

    /// Customers owned by the staff of an org node.
    pub fn owned(&self, org: Option<i64>) -> BTreeSet<String> {
        let inside = |id: &&String| match org {
            None => true,
            Some(node) => self
                .owner
                .get(*id)
                .is_some_and(|userid| self.in_org(userid, node)),
        };
        self.customers.iter().filter(inside).cloned().collect()
    }

    /// Orders of a customer that still stand.
    pub fn standing<'a>(&'a self, person: &'a str) -> impl Iterator<Item = &'a Order> {
        self.orders
            .iter()
            .filter(move |o| o.person == person && o.net() > 0)
    }

    pub fn spend(&self, person: &str) -> i64 {
        self.standing(person).map(Order::net).sum()
    }
}

/// What is derived of one customer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    /// r, f, m, segment.
    pub rfm: Option<(u8, u8, u8, u8)>,
    pub level: Option<u8>,
    pub at_risk: i64,
}

/// Smallest value that at least `percent` % of the sorted values do not exceed.
fn percentile(sorted: &[i32], percent: usize) -> i32 {
    let enough = |n: usize| n * 100 >= sorted.len() * percent;
    let at = (1..=sorted.len()).find(|n| enough(*n)).unwrap();
    sorted[at - 1]
}

/// How many of the bounds are reached.
fn count(reached: &[bool]) -> u8 {
    u8::try_from(reached.iter().filter(|r| **r).count()).unwrap()
}

impl Truth {
    /// RFM (4.11) and overdue levels (4.12) of every customer who bought.
    pub fn scores(&self) -> BTreeMap<String, Scores> {
        let mut days: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
        let mut money: BTreeMap<&str, i64> = BTreeMap::new();
        let window = self.today.0 - 365;
        for o in &self.orders {
            if o.net() > 0 && o.day <= self.today && self.customers.contains(&o.person) {
                days.entry(&o.person).or_default().insert(o.day.0);
                if o.day.0 > window {
                    *money.entry(&o.person).or_default() += o.net();
                }
            }
        }
        let mut gaps: Vec<i32> = Vec::new();
        for days in days.values() {
            let days: Vec<i32> = days.iter().copied().collect();
            gaps.extend(days.windows(2).map(|w| w[1] - w[0]));
        }
        gaps.sort_unstable();
        let cuts = if gaps.len() >= 200 {
            [75, 90, 95].map(|p| percentile(&gaps, p))
        } else {
            [30, 60, 90]
        };
        // Buyers of the window: last day, purchase days, money.
        let buyers: BTreeMap<&str, [i64; 3]> = money
            .iter()
            .map(|(id, money)| {
                let own = &days[id];
                let inside = own.iter().filter(|d| **d > window).count();
                let last = i64::from(*own.last().unwrap());
                (*id, [last, i64::try_from(inside).unwrap(), *money])
            })
            .collect();
        days.iter()
            .map(|(id, own)| {
                let mut scores = Scores {
                    rfm: buyers.get(id).map(|b| self.rfm(b, &buyers)),
                    ..Scores::default()
                };
                scores.level = self.level(own, cuts);
                if let Some(level) = scores.level {
                    let quarters = f64::from(level) / 4.0;
                    let first = *own.first().unwrap();
                    let observed = f64::from((self.today.0 - first + 1).max(365));
                    let yearly = self.spend(id) as f64 * 365.0 / observed;
                    scores.at_risk = (yearly * quarters + 0.5).floor() as i64;
                }
                ((*id).to_owned(), scores)
            })
            .collect()
    }

    fn rfm(&self, own: &[i64; 3], buyers: &BTreeMap<&str, [i64; 3]>) -> (u8, u8, u8, u8) {
        let n = buyers.len();
        let by_rank = |at: usize| {
            let worse = buyers.values().filter(|b| b[at] < own[at]).count();
            u8::try_from(1 + 5 * worse / n).unwrap()
        };
        let [r, f, m] = if n >= 50 {
            [by_rank(0), by_rank(1), by_rank(2)]
        } else {
            let age = i64::from(self.today.0) - own[0];
            [
                1 + count(&[180, 90, 60, 30].map(|bound| age <= bound)),
                1 + count(&[2, 3, 5, 8].map(|bound| own[1] >= bound)),
                1 + count(&[10_000, 30_000, 100_000, 300_000].map(|bound| own[2] >= bound)),
            ]
        };
        let high = |score: u8, bit: u8| if score >= 4 { bit } else { 0 };
        (r, f, m, high(r, 4) + high(f, 2) + high(m, 1))
    }

    /// Whole numbers only: a gap of exactly twice the mean is not past it.
    fn level(&self, own: &BTreeSet<i32>, cuts: [i32; 3]) -> Option<u8> {
        let (first, last) = (i64::from(*own.first()?), i64::from(*own.last()?));
        let gap = i64::from(self.today.0) - last;
        let intervals = i64::try_from(own.len()).unwrap() - 1;
        if intervals == 0 || gap > 365 {
            return None;
        }
        // Own rhythm: cut × (2 × span ÷ intervals) ÷ P75.
        let (num, den) = if intervals >= 3 {
            (2 * (last - first), intervals * i64::from(cuts[0]))
        } else {
            (1, 1)
        };
        let past = |cut: i64| gap * den > cut * num;
        if past(2 * i64::from(cuts[2])) {
            return None;
        }
        Some(count(&cuts.map(|cut| past(i64::from(cut)))))
    }
}
