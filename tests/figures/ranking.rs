//! The board's rows, a second way: what each of the staff is credited with.

use std::collections::{BTreeMap, BTreeSet};

use crate::board::{check_trend, check_uncredited};
use crate::truth::{Target, Truth};
use crate::views::{View, band, calendar, number, same};
use caopan::domain::Day;
use caopan::domain::period::Period;
use caopan::engine::answer::{BoardMetric, BoardPage, BoardRow, Movement};

pub const METRICS: [(BoardMetric, &str); 5] = [
    (BoardMetric::NetGmv, "net_gmv_refund"),
    (BoardMetric::Gmv, "gmv"),
    (BoardMetric::Adds, "adds"),
    (BoardMetric::Orders, "orders"),
    (BoardMetric::Achievement, "attainment"),
];

#[derive(Default)]
pub struct Sold {
    pub gross: i64,
    pub refunds: i64,
    pub orders: i64,
    pub adds: i64,
    /// Orders, paid and given back of people who are no customers.
    pub outside: [i64; 3],
    /// Seconds of the last paid order, of the last of more than nothing, of the last refund, of the last add.
    last: [Option<i64>; 4],
}

impl Sold {
    /// When a value was reached that counts these.
    fn reached(&self, counted: &str) -> Option<i64> {
        let [order, paid, refund, add] = self.last;
        match counted {
            "net_gmv_refund" => paid.max(refund),
            "gmv" => paid,
            "orders" => order,
            _ => add,
        }
    }
}

impl Truth {
    /// What a member of staff is credited with.
    pub fn sold(
        &self,
        staff: Option<&str>,
        period: Period,
        people: Option<&BTreeSet<String>>,
    ) -> Sold {
        let mut sold = Sold::default();
        let asked = |id: &String| people.is_none_or(|p| p.contains(id));
        for o in &self.orders {
            if o.staff.as_deref() != staff || !asked(&o.person) {
                continue;
            }
            if period.contains(o.day) {
                sold.gross += o.fen;
                sold.orders += 1;
                sold.last[0] = sold.last[0].max(Some(o.at));
                if o.fen > 0 {
                    sold.last[1] = sold.last[1].max(Some(o.at));
                }
            }
            let back = o.given_back.iter().filter(|(day, _)| period.contains(*day));
            sold.last[2] = back
                .map(|(_, at)| Some(*at))
                .fold(sold.last[2], Option::max);
            if !self.customers.contains(&o.person) {
                let back = o.refunds.iter().filter(|(day, _)| period.contains(*day));
                sold.outside[2] += back.map(|(_, fen)| fen).sum::<i64>();
                if period.contains(o.day) {
                    sold.outside[0] += 1;
                    sold.outside[1] += o.fen;
                }
            }
            let inside = o.refunds.iter().filter(|(day, _)| period.contains(*day));
            sold.refunds += inside.map(|(_, fen)| fen).sum::<i64>();
        }
        for ((id, userid, day), at) in self.adds.iter().zip(&self.added_at) {
            if Some(userid.as_str()) == staff && period.contains(*day) && asked(id) {
                sold.adds += 1;
                sold.last[3] = sold.last[3].max(Some(*at));
            }
        }
        sold
    }

    fn target(&self, staff: &str, code: &str, calendar: Option<(&str, Day)>) -> Option<&Target> {
        self.targets.iter().find(|t| {
            t.kind == "staff"
                && t.subject == staff
                && t.code == code
                && calendar == Some((t.calendar.as_str(), t.start))
        })
    }
}

/// Somebody who competes: what they sold, how much of it counts, what that is held against, what they are ranked by.
struct Meant<'a> {
    id: &'a str,
    sold: Sold,
    amount: i64,
    target: Option<&'a Target>,
    value: Option<f64>,
}

impl Meant<'_> {
    fn achievement(&self) -> Option<f64> {
        achieved(self.amount, self.target)
    }

    /// Orders and money of people who are no customers, as far as they count.
    fn outside(&self, metric: BoardMetric) -> (i64, i64) {
        let [orders, paid, back] = self.sold.outside;
        match (metric, self.target.map(|t| t.code.as_str())) {
            (BoardMetric::Adds, _) => (0, 0),
            (BoardMetric::NetGmv, _) | (BoardMetric::Achievement, Some("net_gmv_refund")) => {
                (orders, paid - back)
            }
            _ => (orders, paid),
        }
    }

    /// When the value was reached.
    fn reached(&self, metric: BoardMetric) -> Option<i64> {
        self.sold.reached(match metric {
            BoardMetric::NetGmv => "net_gmv_refund",
            BoardMetric::Gmv => "gmv",
            BoardMetric::Adds => "adds",
            BoardMetric::Orders => "orders",
            BoardMetric::Achievement => self.target.map_or("", |t| t.code.as_str()),
        })
    }
}

fn achieved(amount: i64, target: Option<&Target>) -> Option<f64> {
    target
        .filter(|t| t.goal > 0.0)
        .map(|t| (amount as f64 / t.goal).max(0.0))
}

fn competitors<'a>(page: &BoardPage, truth: &'a Truth, view: &View) -> Vec<Meant<'a>> {
    let period = page.stamp.period;
    let calendar = calendar(view.scope.period, period);
    let mut meant = Vec::new();
    for staff in &truth.staff {
        if view.org.is_some_and(|node| !truth.below(staff.dept, node)) {
            continue;
        }
        let sold = truth.sold(Some(&staff.id), period, view.filtered.as_ref());
        let did = sold.orders + sold.adds + sold.refunds > 0;
        // A leaver stays for the days they worked (4.13).
        let worked = !staff.left || staff.last_day.is_some_and(|last| last >= period.from);
        if !(did || staff.sells && worked) {
            continue;
        }
        // Targets are about all customers: a part of them is held against none.
        let whole = view.filtered.is_none();
        let target = |code| truth.target(&staff.id, code, calendar).filter(|_| whole);
        let net = sold.gross - sold.refunds;
        let (amount, target) = match page.metric {
            BoardMetric::NetGmv => (net, target("net_gmv_refund")),
            BoardMetric::Gmv => (sold.gross, target("gmv")),
            BoardMetric::Adds => (sold.adds, target("adds")),
            BoardMetric::Orders => (sold.orders, target("orders")),
            BoardMetric::Achievement if target("net_gmv_refund").is_some() => {
                (net, target("net_gmv_refund"))
            }
            BoardMetric::Achievement => (sold.gross, target("gmv")),
        };
        let value = match page.metric {
            BoardMetric::Achievement => achieved(amount, target),
            _ => Some(amount as f64),
        };
        meant.push(Meant {
            id: &staff.id,
            sold,
            amount,
            target,
            value,
        });
    }
    meant
}

pub fn check_ranking(
    page: &BoardPage,
    truth: &Truth,
    view: &View,
    earlier: Option<&BTreeMap<String, f64>>,
) {
    let meant = competitors(page, truth, view);
    assert_eq!(page.rows.len(), meant.len(), "{:?}", page.stamp);
    let then: Option<BTreeMap<&str, f64>> = earlier.map(|earlier| {
        let ranked = |id: &str| meant.iter().any(|m| m.id == id && m.value.is_some());
        let values = earlier.iter().filter(|(id, _)| ranked(id));
        values.map(|(id, value)| (id.as_str(), *value)).collect()
    });
    let mut before: Option<(f64, i64, f64, &str)> = None;
    let mut unranked = false;
    for row in &page.rows {
        let own = meant
            .iter()
            .find(|m| m.id == row.id.as_str())
            .expect("somebody who competes");
        let context = format!("{} {:?} {:?}", own.id, page.metric, page.stamp);
        check_amounts(row, own, page.metric, truth, &context);
        let Some(value) = own.value else {
            unranked = true;
            assert_eq!((row.rank, number(row.value)), (None, None), "{context}");
            continue;
        };
        assert!(!unranked, "the unranked stand last: {context}");
        check_rank(row, value, &meant, &context);
        let equals = meant.iter().filter(|m| m.value == own.value).count();
        let reached = own.reached(page.metric).filter(|_| equals > 1);
        assert_eq!(row.reached_at, reached, "{context}");
        // Who reached it first; who never did anything for it, last.
        let first = reached.unwrap_or(i64::MAX);
        let place = (-value, first, -own.achievement().unwrap_or(-1.0), own.id);
        if let Some(before) = before {
            assert!(before <= place, "listed in order: {context}");
        }
        before = Some(place);
        assert_eq!(row.movement, movement(row, then.as_ref()), "{context}");
        let of = (own.id, view.filtered.as_ref(), page.stamp.period);
        check_trend(&row.trend, truth, of, page.metric);
    }
    check_total(page, &meant);
    check_uncredited(page, truth, view);
}

/// What a row says of its person, ranked or not.
fn check_amounts(
    row: &BoardRow,
    own: &Meant<'_>,
    metric: BoardMetric,
    truth: &Truth,
    context: &str,
) {
    let sold = &own.sold;
    assert_eq!(row.orders.map(i64::from), Some(sold.orders), "{context}");
    assert_eq!(row.adds.map(i64::from), Some(sold.adds), "{context}");
    let refunds = row.refunds.map(|fen| fen.0);
    assert_eq!(refunds, Some(sold.refunds), "{context}");
    let outside = (i64::from(row.outside_orders), row.outside.0);
    assert_eq!(outside, own.outside(metric), "{context}");
    assert!(same(row.achievement, own.achievement()), "{context}");
    let band = own.target.and_then(|t| band(own.amount as f64, t));
    assert_eq!(row.band, band, "{context}");
    let goal = own.target.map(|t| t.goal.round());
    assert!(same(number(row.target), goal), "{context}");
    let gone = truth.staff.iter().any(|s| s.id == own.id && s.left);
    assert_eq!(row.left, gone, "{context}");
}

/// A row's value, its rank among all, and how far the next better one is.
fn check_rank(row: &BoardRow, value: f64, meant: &[Meant<'_>], context: &str) {
    assert!(same(number(row.value), Some(value)), "{context}");
    let better = || meant.iter().filter_map(|m| m.value).filter(|v| *v > value);
    let rank = row.rank.map(|r| r as usize);
    assert_eq!(rank, Some(1 + better().count()), "{context}");
    let next = better().min_by(f64::total_cmp).map(|v| v - value);
    assert!(
        match (number(row.to_next), next) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-6,
            (a, b) => a.is_none() && b.is_none(),
        },
        "{context}: {:?} {next:?}",
        row.to_next
    );
}

/// How a row moved since the board to compare with, if there is one.
fn movement(row: &BoardRow, then: Option<&BTreeMap<&str, f64>>) -> Movement {
    let Some(then) = then else {
        return Movement::Unknown;
    };
    let Some(own) = then.get(row.id.as_str()) else {
        return Movement::New;
    };
    let was = 1 + then.values().filter(|v| *v > own).count() as i64;
    match was - i64::from(row.rank.unwrap()) {
        0 => Movement::Same,
        n if n > 0 => Movement::Up(u32::try_from(n).unwrap()),
        n => Movement::Down(u32::try_from(-n).unwrap()),
    }
}

fn check_total(page: &BoardPage, meant: &[Meant<'_>]) {
    let codes: BTreeSet<&str> = meant
        .iter()
        .filter_map(|m| Some(m.target?.code.as_str()))
        .collect();
    let total = match page.metric {
        // Net money and gross do not add up.
        BoardMetric::Achievement if codes.len() > 1 => None,
        BoardMetric::Achievement => {
            let held = || {
                meant
                    .iter()
                    .filter_map(|m| Some((m.amount, m.target?.goal)))
            };
            let goal: f64 = held().map(|(_, goal)| goal).sum();
            let sum: i64 = held().map(|(amount, _)| amount).sum();
            (goal > 0.0).then(|| (sum as f64 / goal).max(0.0))
        }
        _ => Some(meant.iter().map(|m| m.amount).sum::<i64>() as f64),
    };
    assert!(
        same(number(page.total), total),
        "{:?} {total:?} {:?}",
        page.total,
        page.stamp
    );
}
