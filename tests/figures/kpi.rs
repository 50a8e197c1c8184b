//! The KPI tree and its split, a second way.

use std::collections::{BTreeMap, BTreeSet};

use crate::truth::{self, Target, Truth, all};
use crate::views::{View, ask, band, near, number, same};
use caopan::domain::kpi::Held;
use caopan::domain::{CampaignId, Day, Figure};
use caopan::engine::answer::{GmvKind, KpiPage};
use caopan::engine::request::{Answer, Question};
use caopan::workspace::Workspace;
use rusqlite::Connection;

const FUNNEL: [(&str, &str); 6] = [
    ("reached", "reached"),
    ("opened", "open_rate"),
    ("clicked", "click_rate"),
    ("added_cart", "cart_rate"),
    ("ordered", "order_rate"),
    ("paid", "pay_rate"),
];

pub fn check_kpi(workspace: &mut Workspace, conn: &Connection, truth: &Truth, view: &View) {
    let people = (view.filtered.is_some() || view.org.is_some()).then(|| {
        let mut people = truth.owned(view.org);
        people.retain(|id| view.filtered.as_ref().is_none_or(|f| f.contains(id)));
        people
    });
    let campaigns: Vec<(i64, i64, i64)> = all(
        conn,
        "SELECT campaign_id, starts_at, ends_at FROM campaign",
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    );
    for (id, starts, ends) in campaigns {
        for kind in [
            GmvKind::Gross,
            GmvKind::NetByRefundDate,
            GmvKind::NetByOrderDate,
        ] {
            let question = Question::Kpi {
                scope: view.scope.clone(),
                campaign: Some(CampaignId(id)),
                gmv: kind,
            };
            let Answer::Kpi(page) = ask(workspace, &question, truth.now) else {
                panic!("kpi");
            };
            let days = (
                truth.now.zone.day_of(starts),
                truth.now.zone.day_of(ends - 1),
            );
            check_tree(&page, truth, people.as_ref(), id, days);
        }
    }
}

/// What a campaign's orders add up to. Items are known of some orders only: pieces, orders, money of those.
struct Sales {
    gmv: f64,
    orders: usize,
    items: Option<(i64, usize, i64)>,
    buyers: usize,
}

fn sales(
    truth: &Truth,
    people: Option<&BTreeSet<String>>,
    (id, last): (i64, Day),
    kind: GmvKind,
) -> Sales {
    let orders: Vec<_> = truth
        .orders
        .iter()
        .filter(|o| o.campaign == Some(id) && o.day <= truth.today)
        .filter(|o| people.is_none_or(|p| p.contains(&o.person)))
        .collect();
    let money = |o: &&truth::Order| -> i64 {
        let back = |by: Day| -> i64 {
            let refunds = o.refunds.iter().filter(|(day, _)| *day <= by);
            refunds.map(|(_, fen)| fen).sum()
        };
        match kind {
            GmvKind::Gross => o.fen,
            GmvKind::NetByRefundDate => o.fen - back(truth.today.min(last)),
            GmvKind::NetByOrderDate => o.fen - back(truth.today),
        }
    };
    let gmv: i64 = orders.iter().map(money).sum();
    let known: Vec<_> = orders.iter().filter(|o| o.items.is_some()).collect();
    let items = (!known.is_empty()).then(|| {
        (
            known.iter().filter_map(|o| o.items).sum(),
            known.len(),
            known.iter().map(|o| money(o)).sum(),
        )
    });
    let buyers: BTreeSet<&str> = orders.iter().map(|o| o.person.as_str()).collect();
    Sales {
        gmv: gmv as f64,
        orders: orders.len(),
        items,
        buyers: buyers.len(),
    }
}

/// A step of the funnel: its name, its metric, how many reached it, and of those before them what part.
type Step = (&'static str, &'static str, u64, Option<f64>);

/// Steps that anybody of the whole campaign reached, each against the nearest such step before.
fn steps(truth: &Truth, people: Option<&BTreeSet<String>>, id: i64) -> Vec<Step> {
    let mut before: Option<BTreeSet<&str>> = None;
    let mut steps = Vec::new();
    for (name, code) in FUNNEL {
        let mut all = truth
            .steps
            .iter()
            .filter(|(c, s, _)| *c == id && s == name)
            .peekable();
        if all.peek().is_none() {
            continue;
        }
        let of = all.filter(|(_, _, p)| people.is_none_or(|set| set.contains(p)));
        let who: BTreeSet<&str> = of.map(|(_, _, p)| p.as_str()).collect();
        let rate = before
            .as_ref()
            .filter(|b| !b.is_empty())
            .map(|b| b.intersection(&who).count() as f64 / b.len() as f64);
        steps.push((name, code, who.len() as u64, rate));
        before = Some(who);
    }
    steps
}

/// The tree's figures by metric.
type Actual = BTreeMap<&'static str, Option<f64>>;

fn actual(steps: &[Step], sales: &Sales, gmv_code: &'static str) -> Actual {
    let mut actual = Actual::new();
    let mut users = None;
    for (name, code, people, rate) in steps {
        let reached = Some(*people as f64);
        actual.insert(*code, if *name == "reached" { reached } else { *rate });
        if ["reached", "opened", "clicked"].contains(name) {
            users = reached;
        }
    }
    let over = |a: f64, b: f64| (b != 0.0).then(|| a / b);
    let (money, n, orders) = (sales.gmv, sales.buyers as f64, sales.orders as f64);
    let items =
        |of: fn((i64, usize, i64)) -> (f64, f64)| sales.items.map(of).and_then(|(a, b)| over(a, b));
    actual.insert("users", users);
    actual.insert("conversion", users.and_then(|u| over(n, u)));
    actual.insert("value_per_buyer", over(money, n));
    actual.insert("aov", over(money, orders));
    actual.insert("orders_per_buyer", over(orders, n));
    actual.insert(
        "items_per_order",
        items(|(i, known, _)| (i as f64, known as f64)),
    );
    actual.insert(
        "price_per_item",
        items(|(i, _, money)| (money as f64, i as f64)),
    );
    actual.insert(gmv_code, Some(money));
    actual
}

/// The part of a campaign's time that has passed.
fn passed(truth: &Truth, (first, last): (Day, Day)) -> f64 {
    let total = f64::from(last.0.max(first.0) - first.0 + 1);
    let start = truth.now.zone.start_of(truth.today);
    let end = truth.now.zone.start_of(truth.today.plus(1));
    let today = (truth.now.unix - start) as f64 / (end - start) as f64;
    let passed = f64::from(truth.today.0 - first.0) + today;
    (passed / total).clamp(0.0, 1.0)
}

fn check_tree(
    page: &KpiPage,
    truth: &Truth,
    people: Option<&BTreeSet<String>>,
    id: i64,
    days: (Day, Day),
) {
    let sales = sales(truth, people, (id, days.1), page.gmv);
    let steps = steps(truth, people, id);
    check_funnel(page, &steps);
    let gmv_code = match page.gmv {
        GmvKind::Gross => "gmv",
        GmvKind::NetByRefundDate => "net_gmv_refund",
        GmvKind::NetByOrderDate => "net_gmv_order",
    };
    let mut actual = actual(&steps, &sales, gmv_code);
    let target = |code: &str| {
        let find = |code: &str| {
            truth
                .targets
                .iter()
                .find(|t| t.kind == "campaign" && t.subject == id.to_string() && t.code == code)
        };
        let own = find(code).or_else(|| find("gmv").filter(|_| code.starts_with("net_gmv")));
        // Targets are the whole pool's: a part of it is held against none.
        own.filter(|_| people.is_none())
    };
    let share = passed(truth, days);
    assert!(near(page.expected_share, share), "{page:?} {share}");
    // Begun, and no order names it: what is of orders is not measured, rather than 0.
    let uncredited = people.is_none() && sales.orders == 0 && share > 0.0;
    assert_eq!(page.caveats.uncredited, uncredited, "{id}");
    if uncredited {
        actual.insert(gmv_code, None);
        actual.insert("conversion", None);
    }
    for node in page.tree.iter().filter(|n| n.depth > 0) {
        let value = *actual
            .get(node.code)
            .unwrap_or_else(|| panic!("{}", node.path));
        let context = format!("{id} {node:?} {:?} {value:?}", page.stamp);
        let grows = ["users", "reached", gmv_code].contains(&node.code);
        let share = grows.then_some(share);
        check_held(&node.held, value, target(node.code), share, &context);
    }
    let attained = target(gmv_code)
        .filter(|t| t.goal != 0.0 && !uncredited)
        .map(|t| sales.gmv / t.goal.round());
    let held = page.tree[0].held.actual;
    assert!(same(number(held), attained), "{held:?} {attained:?}");
    if uncredited {
        assert!(page.split.is_none(), "{id}");
    } else {
        let goal = target(gmv_code).map(|t| t.goal);
        check_split(page, goal.filter(|g| *g > 0.0), sales.gmv);
    }
    let partly = sales
        .items
        .is_some_and(|(_, known, _)| known != sales.orders);
    check_multiplied_back(page, &actual, partly);
}

fn check_funnel(page: &KpiPage, steps: &[Step]) {
    assert_eq!(page.funnel.len(), steps.len());
    for ((name, people, rate), step) in page.funnel.iter().zip(steps) {
        let (wanted, _, reached, part) = *step;
        let agree = *name == wanted && *people == reached && same(rate.value(), part);
        assert!(agree, "{name} {people} {rate:?} {step:?}");
    }
}

/// A node against its target. `share`: of a figure that grows with time, the part of it that has passed.
fn check_held(
    held: &Held,
    value: Option<f64>,
    target: Option<&Target>,
    share: Option<f64>,
    context: &str,
) {
    // Shown to the fen, held against its target as it is.
    let is_money = matches!(held.actual, Figure::Money(_));
    let shown = value.map(|v| if is_money { v.round() } else { v });
    assert!(same(number(held.actual), shown), "{context}");
    let both = value.zip(target);
    let achieved = both
        .filter(|(_, t)| t.goal > 0.0)
        .map(|(v, t)| (v / t.goal).max(0.0));
    assert!(same(held.achievement, achieved), "{context}");
    assert_eq!(held.band, both.and_then(|(v, t)| band(v, t)), "{context}");
    // Over, it would be the achievement again.
    let share = share.filter(|share| *share > 0.0 && *share < 1.0);
    let pace = achieved.zip(share).map(|(a, share)| a / share);
    assert!(same(held.pace, pace), "{context}");
    let forecast = value
        .zip(share.filter(|share| *share >= 0.15))
        .map(|(v, share)| (v / share).round());
    assert!(same(number(held.forecast), forecast), "{context}");
}

/// The gap is actual minus target, its parts are the factors' and add up to it, and the nodes carry the same.
fn check_split(page: &KpiPage, goal: Option<f64>, gmv: f64) {
    let Some(split) = &page.split else { return };
    let sum: f64 = split.parts.iter().map(|(_, part)| part).sum();
    let scale = gmv.abs().max(goal.unwrap_or(0.0).abs()).max(1.0);
    assert!((sum - split.gap).abs() <= 1e-6 * scale, "{split:?}");
    if let Some(goal) = goal {
        assert!(
            (split.gap - (gmv - goal)).abs() <= 1e-6 * scale,
            "{split:?} {gmv} {goal}"
        );
    }
    for (code, part) in &split.parts {
        if let Some(node) = page.tree.iter().find(|n| n.code == *code && n.depth == 2) {
            assert!(same(node.contribution, Some(*part)));
        }
    }
}

/// Children that do not multiply back to their parent are marked. Money rounded to the fen is no mismatch; items known of a
/// part of the orders only (`partly`) may be one.
fn check_multiplied_back(page: &KpiPage, actual: &Actual, partly: bool) {
    let of = |code: &str| actual.get(code).copied().flatten();
    let product = |codes: &[&str]| -> Option<f64> {
        let below: Vec<_> = page
            .tree
            .iter()
            .filter(|n| codes.contains(&n.code) && n.depth == 3)
            .collect();
        (!below.is_empty())
            .then(|| below.iter().map(|n| of(n.code)).product::<Option<f64>>())
            .flatten()
    };
    let off = |whole: Option<f64>, product: Option<f64>| {
        let off = product? / whole.filter(|w| *w != 0.0)? - 1.0;
        (off.abs() > 0.005).then_some(off)
    };
    for node in page.tree.iter().filter(|n| n.depth == 2) {
        let meant = match node.code {
            "users" => off(
                of("users"),
                product(&["reached", "open_rate", "click_rate"]),
            ),
            "conversion" => off(
                of("conversion"),
                product(&["cart_rate", "order_rate", "pay_rate"]),
            ),
            "value_per_buyer" if partly => off(
                of("value_per_buyer"),
                product(&[
                    "items_per_order",
                    "price_per_item",
                    "aov",
                    "orders_per_buyer",
                ]),
            ),
            _ => None,
        };
        assert!(
            same(node.mismatch, meant),
            "{} {:?} {meant:?}",
            node.path,
            node.mismatch
        );
    }
}
