//! Every figure of the five panes, a second way: the program's answers against a plain reading of the tables
//! (`support/truth.rs`), for demo shops and for shops where everything has gone wrong (`support/edges.rs`); and a live
//! workspace against one that loads the file anew.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    clippy::match_same_arms,
    clippy::type_complexity,
    clippy::similar_names,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a test binary"
)]

#[path = "support/edges.rs"]
mod edges;
#[path = "support/truth.rs"]
mod truth;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use caopan::domain::period::{Period, PeriodSpec};
use caopan::domain::{AsOf, CampaignId, Day, DeptId, Figure, Zone};
use caopan::engine::Disclosure;
use caopan::engine::answer::{
    BoardMetric, BoardPage, CustomersPage, GmvKind, GroupsPage, HealthBand, HealthFlag, KpiBand,
    KpiPage, Movement, TagsPage,
};
use caopan::engine::request::{Answer, GroupSort, Question, Scope};
use caopan::filter::{Ctx, Entity, Filter, parse};
use caopan::store::demo::{Plan, generate};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;
use edges::Edges;
use rusqlite::Connection;
use truth::{Target, Truth, all};

fn workspace(path: &Path) -> Workspace {
    let opened = open(path, Access::ReadOnly).unwrap();
    let mut workspace = Workspace::new(path.to_owned(), opened).unwrap();
    workspace.disclose(Disclosure::Whole);
    workspace.load(&|_, _| {}).unwrap();
    workspace
}

/// A demo shop of a day, and the instant it ends at.
fn demo(customers: u32, seed: u64, today: &str) -> (tempfile::TempDir, std::path::PathBuf, AsOf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.db");
    let plan = Plan {
        customers,
        seed,
        today: Day::parse(today).unwrap(),
        zone: Zone::default(),
    };
    let made = generate(&path, &plan, &mut |_, _, _| {}).unwrap();
    let now = AsOf {
        unix: made.now,
        zone: plan.zone,
    };
    (folder, path, now)
}

fn filter(text: &str) -> Filter {
    parse(text, &Ctx::of(Entity::Customers)).unwrap()
}

/// A scope, and the customers it means to the second way; `None` is everybody, people outside the pool included.
struct View {
    scope: Scope,
    org: Option<i64>,
    filtered: Option<BTreeSet<String>>,
}

/// Scopes with filters whose meaning is plain.
fn views(truth: &Truth, orgs: &[i64]) -> Vec<View> {
    let kept = |keep: &dyn Fn(&String) -> bool| -> BTreeSet<String> {
        truth
            .customers
            .iter()
            .filter(|id| keep(id))
            .cloned()
            .collect()
    };
    let tag = truth.tags.iter().next().map_or("t0", |(tag, _)| tag);
    let filters: Vec<(String, Option<BTreeSet<String>>)> = vec![
        (String::new(), None),
        (
            "spend>=300".into(),
            Some(kept(&|id| truth.spend(id) >= 30_000)),
        ),
        (
            "orders>=2".into(),
            Some(kept(&|id| truth.standing(id).count() >= 2)),
        ),
        (
            format!("tag:#{tag}"),
            Some(kept(&|id| {
                truth.tags.contains(&(tag.to_owned(), id.clone()))
            })),
        ),
        ("orders>900".into(), None),
    ];
    let specs = [
        PeriodSpec::Month,
        PeriodSpec::Today,
        PeriodSpec::Last(7),
        PeriodSpec::LastMonth,
    ];
    let mut views = Vec::new();
    for (at, (text, filtered)) in filters.iter().enumerate() {
        for (place, org) in [None]
            .into_iter()
            .chain(orgs.iter().copied().map(Some))
            .enumerate()
        {
            for (nth, spec) in specs.into_iter().enumerate() {
                // Every pair of choices occurs; not every triple.
                if at > 0 && place > 0 && (at + place + nth) % 4 != 0 {
                    continue;
                }
                let nobody = (text == "orders>900").then(BTreeSet::new);
                views.push(View {
                    scope: Scope {
                        org: org.map(DeptId),
                        period: spec,
                        filter: filter(text),
                    },
                    org,
                    filtered: filtered.clone().or(nobody),
                });
            }
        }
    }
    views
}

fn ask(workspace: &mut Workspace, question: &Question, now: AsOf) -> Answer {
    workspace
        .answer(question, now)
        .expect("the engine is loaded")
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// A figure as a number: fen, count, quotient.
fn number(figure: Figure) -> Option<f64> {
    match figure {
        Figure::Count(n) => Some(n as f64),
        Figure::Money(fen) => Some(fen.0 as f64),
        Figure::Rate(rate) if rate.den != 0.0 => Some(rate.num / rate.den),
        Figure::Number(x) => Some(x),
        Figure::Rate(_) | Figure::NoValue | Figure::NotMeasured => None,
    }
}

// ---------------------------------------------------------------- customers and tags

fn customers(workspace: &mut Workspace, scope: &Scope, now: AsOf) -> CustomersPage {
    let question = Question::Customers {
        scope: scope.clone(),
        sort: Vec::new(),
        offset: 0,
        rows: 100_000,
        anchor: None,
    };
    match ask(workspace, &question, now) {
        Answer::Customers(page) => page,
        other => panic!("{other:?}"),
    }
}

fn check_customers(workspace: &mut Workspace, truth: &Truth, view: &View) {
    let page = customers(workspace, &view.scope, truth.now);
    let mut meant = truth.owned(view.org);
    if let Some(filtered) = &view.filtered {
        meant.retain(|id| filtered.contains(id));
    }
    let found: BTreeSet<String> = page.rows.iter().map(|r| r.id.as_str().to_owned()).collect();
    assert_eq!(found, meant, "{:?}", page.stamp);
    assert_eq!(page.hits, meant.len() as u64);
    assert_eq!(page.pool, truth.customers.len() as u64);
    let spend: i64 = meant.iter().map(|id| truth.spend(id)).sum();
    assert_eq!(page.spend.0, spend);
    if view.filtered.is_some() || view.org.is_some() {
        return;
    }
    let scores = truth.scores();
    for row in &page.rows {
        let id = row.id.as_str();
        assert_eq!(row.spend.0, truth.spend(id), "{id}");
        assert_eq!(row.orders as usize, truth.standing(id).count(), "{id}");
        assert_eq!(
            row.last_purchase,
            truth.standing(id).map(|o| o.at).max(),
            "{id}"
        );
        let owner = row.owner.as_ref().map(|(id, _)| id.as_str());
        let known = truth
            .owner
            .get(id)
            .filter(|s| truth.staff.iter().any(|k| k.id == **s));
        assert_eq!(
            owner.filter(|o| truth.staff.iter().any(|k| k.id == *o)),
            known.map(String::as_str),
            "{id}"
        );
        let own = scores.get(id).cloned().unwrap_or_default();
        let rfm = row.rfm.map(|s| (s.r, s.f, s.m, s.segment));
        assert_eq!((rfm, row.risk), (own.rfm, own.level), "{id}");
        let value = row.value_at_risk.map(|value| value.0);
        assert_eq!(value.is_some(), own.level.is_some(), "{id}");
        let off = (value.unwrap_or(0) - own.at_risk).abs();
        assert!(off <= own.at_risk >> 40, "{id}: {value:?} {}", own.at_risk);
    }
}

fn check_tags(workspace: &mut Workspace, truth: &Truth, view: &View) {
    let Answer::Tags(page) = ask(workspace, &Question::Tags(view.scope.clone()), truth.now) else {
        panic!("tags");
    };
    let page: TagsPage = page;
    let scope = truth.owned(view.org);
    let inside = |id: &String| view.filtered.as_ref().is_none_or(|f| f.contains(id));
    assert_eq!(
        page.hits as usize,
        scope.iter().filter(|id| inside(id)).count()
    );
    for tag in page.groups.iter().flat_map(|g| &g.tags) {
        let of = |id: &&String| {
            truth
                .tags
                .contains(&(tag.id.as_str().to_owned(), (*id).clone()))
        };
        assert_eq!(
            tag.all as usize,
            scope.iter().filter(of).count(),
            "{:?}",
            tag.id
        );
        let hits = scope.iter().filter(of).filter(|id| inside(id)).count();
        assert_eq!(tag.hits as usize, hits, "{:?} {:?}", tag.id, page.stamp);
    }
}

// ---------------------------------------------------------------- leaderboard

const METRICS: [(BoardMetric, &str); 5] = [
    (BoardMetric::NetGmv, "net_gmv_refund"),
    (BoardMetric::Gmv, "gmv"),
    (BoardMetric::Adds, "adds"),
    (BoardMetric::Orders, "orders"),
    (BoardMetric::Achievement, "attainment"),
];

/// A period as the calendar has it: kind and first day.
fn calendar(spec: PeriodSpec, period: Period) -> Option<(&'static str, Day)> {
    match spec {
        PeriodSpec::Today => Some(("day", period.from)),
        PeriodSpec::Month | PeriodSpec::LastMonth => Some(("month", period.from)),
        // 1970 began on a Thursday: seven days from a Monday are a week.
        PeriodSpec::Last(7) if (period.from.0 + 3) % 7 == 0 => Some(("week", period.from)),
        _ => None,
    }
}

fn band(actual: f64, target: &Target) -> Option<KpiBand> {
    if target.goal <= 0.0 {
        return None;
    }
    // Bounds that contradict the target are none.
    let stretch = target.stretch.filter(|bound| *bound >= target.goal);
    let floor = target.floor.filter(|bound| *bound <= target.goal);
    Some(if actual >= stretch.unwrap_or(target.goal * 1.2) {
        KpiBand::Exceeded
    } else if actual >= target.goal {
        KpiBand::Met
    } else if floor.is_some_and(|floor| actual < floor) {
        KpiBand::BelowFloor
    } else {
        KpiBand::Missed
    })
}

#[derive(Default)]
struct Sold {
    gross: i64,
    refunds: i64,
    orders: i64,
    adds: i64,
    /// Orders, paid and given back of people who are no customers.
    outside: [i64; 3],
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
    fn sold(&self, staff: Option<&str>, period: Period, people: Option<&BTreeSet<String>>) -> Sold {
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

/// The board to compare with: values by staff. While the period goes on, its own of an hour ago or of yesterday's close;
/// else that of the period before.
fn snapshot(
    conn: &Connection,
    board: &str,
    (calendar, period): (Option<(&str, Day)>, Period),
    now: AsOf,
) -> Option<BTreeMap<String, f64>> {
    let (kind, start) = calendar?;
    let own = if kind == "day" {
        now.unix - 3_600
    } else {
        now.zone.start_of(now.today())
    };
    let goes_on = period.contains(now.today());
    let taken = goes_on.then(|| taken(conn, board, (kind, start), own));
    taken.flatten().or_else(|| {
        let start = match kind {
            "day" => start.plus(-1),
            "week" => start.plus(-7),
            _ => {
                let last = start.plus(-1).to_string();
                Day::parse(&format!("{}-01", &last[..7])).unwrap()
            }
        };
        taken_by_tonight(conn, board, (kind, start), now)
    })
}

fn taken_by_tonight(
    conn: &Connection,
    board: &str,
    of: (&str, Day),
    now: AsOf,
) -> Option<BTreeMap<String, f64>> {
    taken(conn, board, of, now.zone.start_of(now.today()) + 86_400)
}

/// The newest board of a period taken by an instant.
fn taken(
    conn: &Connection,
    board: &str,
    (kind, start): (&str, Day),
    before: i64,
) -> Option<BTreeMap<String, f64>> {
    let rows: Vec<(i64, String, f64)> = all(
        conn,
        &format!(
            "SELECT taken_at, subject_id, value FROM leaderboard_snapshot WHERE board = '{board}' AND period_kind = '{kind}' AND period_start = '{start}'"
        ),
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    );
    let newest = rows.iter().map(|r| r.0).filter(|at| *at <= before).max()?;
    let taken = rows.into_iter().filter(|r| r.0 == newest);
    Some(taken.map(|(_, id, value)| (id, value)).collect())
}

fn check_board(workspace: &mut Workspace, conn: &Connection, truth: &Truth, view: &View) {
    for (metric, code) in METRICS {
        let question = Question::Board {
            scope: view.scope.clone(),
            metric,
        };
        let Answer::Board(page) = ask(workspace, &question, truth.now) else {
            panic!("board");
        };
        let earlier = snapshot(
            conn,
            code,
            (
                calendar(view.scope.period, page.stamp.period),
                page.stamp.period,
            ),
            truth.now,
        )
        // What the earlier board ranked was the whole shop's figures.
        .filter(|_| view.filtered.is_none());
        check_ranking(&page, truth, view, earlier.as_ref());
    }
}

fn check_ranking(
    page: &BoardPage,
    truth: &Truth,
    view: &View,
    earlier: Option<&BTreeMap<String, f64>>,
) {
    let period = page.stamp.period;
    let calendar = calendar(view.scope.period, period);
    let people = view.filtered.as_ref();
    // Id, sold, amount, target, ranked value.
    let mut meant: Vec<(String, Sold, i64, Option<&Target>, Option<f64>)> = Vec::new();
    for staff in &truth.staff {
        if view.org.is_some_and(|node| !truth.below(staff.dept, node)) {
            continue;
        }
        let sold = truth.sold(Some(&staff.id), period, people);
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
            BoardMetric::Achievement => target
                .filter(|t| t.goal > 0.0)
                .map(|t| (amount as f64 / t.goal).max(0.0)),
            _ => Some(amount as f64),
        };
        meant.push((staff.id.clone(), sold, amount, target, value));
    }
    assert_eq!(page.rows.len(), meant.len(), "{:?}", page.stamp);
    let then: BTreeMap<&str, f64> = earlier
        .into_iter()
        .flatten()
        .filter(|(id, _)| meant.iter().any(|m| m.0 == **id && m.4.is_some()))
        .map(|(id, value)| (id.as_str(), *value))
        .collect();
    let mut before: Option<(f64, i64, f64, String)> = None;
    let mut unranked = false;
    for row in &page.rows {
        let (id, sold, amount, target, value) = meant
            .iter()
            .find(|m| m.0 == row.id.as_str())
            .expect("somebody who competes");
        let context = format!("{id} {:?} {:?}", page.metric, page.stamp);
        assert_eq!(row.orders.map(i64::from), Some(sold.orders), "{context}");
        assert_eq!(row.adds.map(i64::from), Some(sold.adds), "{context}");
        assert_eq!(
            row.refunds.map(|fen| fen.0),
            Some(sold.refunds),
            "{context}"
        );
        let [orders, paid, back] = sold.outside;
        let outside = match (page.metric, target.map(|t| t.code.as_str())) {
            (BoardMetric::Adds, _) => (0, 0),
            (BoardMetric::NetGmv, _) | (BoardMetric::Achievement, Some("net_gmv_refund")) => {
                (orders, paid - back)
            }
            _ => (orders, paid),
        };
        assert_eq!(
            (i64::from(row.outside_orders), row.outside.0),
            outside,
            "{context}"
        );
        let achievement = target
            .filter(|t| t.goal > 0.0)
            .map(|t| (*amount as f64 / t.goal).max(0.0));
        assert!(same(row.achievement, achievement), "{context}");
        assert_eq!(
            row.band,
            target.and_then(|t| band(*amount as f64, t)),
            "{context}"
        );
        assert!(
            same(number(row.target), target.map(|t| t.goal.round())),
            "{context}"
        );
        let gone = truth.staff.iter().any(|s| s.id == *id && s.left);
        assert_eq!(row.left, gone, "{context}");
        let Some(value) = value else {
            unranked = true;
            assert_eq!((row.rank, number(row.value)), (None, None), "{context}");
            continue;
        };
        assert!(!unranked, "the unranked stand last: {context}");
        assert!(same(number(row.value), Some(*value)), "{context}");
        let better = || meant.iter().filter_map(|m| m.4).filter(|v| v > value);
        assert_eq!(
            row.rank.map(|r| r as usize),
            Some(1 + better().count()),
            "{context}"
        );
        let next = better().min_by(f64::total_cmp).map(|v| v - value);
        assert!(
            match (number(row.to_next), next) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-6,
                (a, b) => a.is_none() && b.is_none(),
            },
            "{context}: {:?} {next:?}",
            row.to_next
        );
        let equals = meant.iter().filter(|m| m.4 == Some(*value)).count();
        let counted = match page.metric {
            BoardMetric::NetGmv => "net_gmv_refund",
            BoardMetric::Gmv => "gmv",
            BoardMetric::Adds => "adds",
            BoardMetric::Orders => "orders",
            BoardMetric::Achievement => target.map_or("", |t| t.code.as_str()),
        };
        let reached = sold.reached(counted).filter(|_| equals > 1);
        assert_eq!(row.reached_at, reached, "{context}");
        // Who reached it first; who never did anything for it, last.
        let first = reached.unwrap_or(i64::MAX);
        let place = (-*value, first, -achievement.unwrap_or(-1.0), id.clone());
        if let Some(before) = before {
            assert!(before <= place, "listed in order: {context}");
        }
        before = Some(place);
        let movement = match (earlier, then.get(id.as_str())) {
            (None, _) => Movement::Unknown,
            (Some(_), None) => Movement::New,
            (Some(_), Some(own)) => {
                let was = 1 + then.values().filter(|v| *v > own).count() as i64;
                let is = i64::from(row.rank.unwrap());
                match was - is {
                    0 => Movement::Same,
                    n if n > 0 => Movement::Up(u32::try_from(n).unwrap()),
                    n => Movement::Down(u32::try_from(-n).unwrap()),
                }
            }
        };
        assert_eq!(row.movement, movement, "{context}");
        check_trend(&row.trend, truth, (id, people, period), page.metric);
    }
    let codes: BTreeSet<&str> = meant
        .iter()
        .filter_map(|m| Some(m.3?.code.as_str()))
        .collect();
    let mixed = codes.len() > 1;
    let total = match page.metric {
        // Net money and gross do not add up.
        BoardMetric::Achievement if mixed => None,
        BoardMetric::Achievement => {
            let goal: f64 = meant.iter().filter_map(|m| m.3).map(|t| t.goal).sum();
            let sum: i64 = meant.iter().filter(|m| m.3.is_some()).map(|m| m.2).sum();
            (goal > 0.0).then(|| (sum as f64 / goal).max(0.0))
        }
        _ => Some(meant.iter().map(|m| m.2).sum::<i64>() as f64),
    };
    assert!(
        same(number(page.total), total),
        "{:?} {total:?} {:?}",
        page.total,
        page.stamp
    );
    check_uncredited(page, truth, view);
}

/// Board and uncredited together are all there is, in the measure of the board; under an org node, all of the customers it
/// owns.
fn check_uncredited(page: &BoardPage, truth: &Truth, view: &View) {
    let known = |id: &String| truth.staff.iter().any(|s| s.id == *id);
    let unknown = |o: &&truth::Order| !o.staff.as_ref().is_some_and(known);
    let owned = view.org.map(|_| truth.owned(view.org));
    let is_meant = |person: &String| {
        owned.as_ref().is_none_or(|p| p.contains(person))
            && view.filtered.as_ref().is_none_or(|p| p.contains(person))
    };
    let period = page.stamp.period;
    let inside = |o: &&truth::Order| is_meant(&o.person);
    let orders = || truth.orders.iter().filter(unknown).filter(inside);
    let paid = || orders().filter(|o| period.contains(o.day));
    let gross: i64 = paid().map(|o| o.fen).sum();
    let back = orders().flat_map(|o| &o.refunds);
    let back = back.filter(|(day, _)| period.contains(*day));
    let net = gross - back.map(|(_, fen)| fen).sum::<i64>();
    let meant = match page.metric {
        BoardMetric::NetGmv | BoardMetric::Achievement => net,
        BoardMetric::Gmv => gross,
        BoardMetric::Orders => paid().count() as i64,
        // Of whom nobody knows, no department is told either.
        BoardMetric::Adds if view.org.is_some() => 0,
        BoardMetric::Adds => {
            let mut adds = truth.adds.iter().filter(|(_, userid, _)| !known(userid));
            adds.by_ref()
                .filter(|(id, _, day)| period.contains(*day) && is_meant(id))
                .count() as i64
        }
    };
    assert_eq!(
        number(page.uncredited),
        Some(meant as f64),
        "{:?} {:?}",
        page.metric,
        page.stamp
    );
}

fn check_trend(
    trend: &[i64],
    truth: &Truth,
    (id, people, period): (&str, Option<&BTreeSet<String>>, Period),
    metric: BoardMetric,
) {
    let last = period.to.min(truth.today);
    for (ago, shown) in (0..7).rev().zip(trend) {
        let sold = truth.sold(Some(id), Period::day(last.plus(-ago)), people);
        let meant = match metric {
            BoardMetric::NetGmv | BoardMetric::Achievement => sold.gross - sold.refunds,
            BoardMetric::Gmv => sold.gross,
            BoardMetric::Adds => sold.adds,
            BoardMetric::Orders => sold.orders,
        };
        assert_eq!(*shown, meant, "{id} {ago} days before {last} {metric:?}");
    }
}

// ---------------------------------------------------------------- campaign

const FUNNEL: [(&str, &str); 6] = [
    ("reached", "reached"),
    ("opened", "open_rate"),
    ("clicked", "click_rate"),
    ("added_cart", "cart_rate"),
    ("ordered", "order_rate"),
    ("paid", "pay_rate"),
];

fn check_kpi(workspace: &mut Workspace, conn: &Connection, truth: &Truth, view: &View) {
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

/// Money, orders, items, buyers of a campaign.
fn campaign_money(
    truth: &Truth,
    people: Option<&BTreeSet<String>>,
    (id, last): (i64, Day),
    kind: GmvKind,
) -> (i64, usize, Option<(i64, usize, i64)>, usize) {
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
    (gmv, orders.len(), items, buyers.len())
}

fn check_tree(
    page: &KpiPage,
    truth: &Truth,
    people: Option<&BTreeSet<String>>,
    id: i64,
    (first, last): (Day, Day),
) {
    let (gmv, orders, items, buyers) = campaign_money(truth, people, (id, last), page.gmv);
    let step = |name: &str| -> BTreeSet<&str> {
        let of = truth.steps.iter().filter(|(c, s, _)| *c == id && s == name);
        let of = of.filter(|(_, _, p)| people.is_none_or(|set| set.contains(p)));
        of.map(|(_, _, p)| p.as_str()).collect()
    };
    let mut actual: BTreeMap<&str, Option<f64>> = BTreeMap::new();
    // Steps that anybody of the whole campaign reached, each against the nearest such step before.
    let mut before: Option<BTreeSet<&str>> = None;
    let mut users = None;
    let mut counted = Vec::new();
    for (name, code) in FUNNEL {
        if !(truth.steps.iter()).any(|(c, s, _)| *c == id && s == name) {
            continue;
        }
        let who = step(name);
        let both = before
            .as_ref()
            .map(|b| (b.intersection(&who).count() as f64, b.len() as f64));
        let rate = both.and_then(|(both, before)| (before > 0.0).then(|| both / before));
        actual.insert(
            code,
            if name == "reached" {
                Some(who.len() as f64)
            } else {
                rate
            },
        );
        if ["reached", "opened", "clicked"].contains(&name) {
            users = Some(who.len() as f64);
        }
        counted.push((name, who.len() as u64, rate));
        before = Some(who);
    }
    let funnel: Vec<_> = page
        .funnel
        .iter()
        .map(|(n, people, rate)| (*n, *people, rate.value()))
        .collect();
    assert_eq!(funnel.len(), counted.len());
    for (a, b) in funnel.iter().zip(&counted) {
        assert!(a.0 == b.0 && a.1 == b.1 && same(a.2, b.2), "{a:?} {b:?}");
    }
    let over = |a: f64, b: f64| (b != 0.0).then(|| a / b);
    let (money, n) = (gmv as f64, buyers as f64);
    actual.insert("users", users);
    actual.insert("conversion", users.and_then(|u| over(n, u)));
    actual.insert("value_per_buyer", over(money, n));
    actual.insert("aov", over(money, orders as f64));
    actual.insert("orders_per_buyer", over(orders as f64, n));
    actual.insert(
        "items_per_order",
        items.and_then(|(i, known, _)| over(i as f64, known as f64)),
    );
    actual.insert(
        "price_per_item",
        items.and_then(|(i, _, money)| over(money as f64, i as f64)),
    );
    let gmv_code = match page.gmv {
        GmvKind::Gross => "gmv",
        GmvKind::NetByRefundDate => "net_gmv_refund",
        GmvKind::NetByOrderDate => "net_gmv_order",
    };
    actual.insert(gmv_code, Some(money));

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
    let total = f64::from(last.0.max(first.0) - first.0 + 1);
    let start = truth.now.zone.start_of(truth.today);
    let end = truth.now.zone.start_of(truth.today.plus(1));
    let passed =
        f64::from(truth.today.0 - first.0) + (truth.now.unix - start) as f64 / (end - start) as f64;
    let share = (passed / total).clamp(0.0, 1.0);
    assert!(
        near(page.expected_share, share),
        "{} {share}",
        page.expected_share
    );
    // Begun, and no order names it: what is of orders is not measured, rather than 0.
    let uncredited = people.is_none() && orders == 0 && share > 0.0;
    assert_eq!(page.caveats.uncredited, uncredited, "{id}");
    if uncredited {
        actual.insert(gmv_code, None);
        actual.insert("conversion", None);
    }
    for node in page.tree.iter().filter(|n| n.depth > 0) {
        let own = target(node.code);
        let value = *actual
            .get(node.code)
            .unwrap_or_else(|| panic!("{}", node.path));
        let context = format!(
            "{id} {} {:?} {:?} {value:?}",
            node.path, node.held.actual, page.stamp
        );
        // Shown to the fen, held against its target as it is.
        let is_money = matches!(node.held.actual, Figure::Money(_));
        let shown = value.map(|v| if is_money { v.round() } else { v });
        assert!(same(number(node.held.actual), shown), "{context}");
        let achieved = value
            .zip(own)
            .filter(|(_, t)| t.goal > 0.0)
            .map(|(v, t)| (v / t.goal).max(0.0));
        assert!(
            same(node.held.achievement, achieved),
            "{context} {:?}",
            node.held.achievement
        );
        assert_eq!(
            node.held.band,
            value.zip(own).and_then(|(v, t)| band(v, t)),
            "{context}"
        );
        let grows = ["users", "reached", gmv_code].contains(&node.code);
        // Over, it would be the achievement again.
        let goes_on = grows && share > 0.0 && share < 1.0;
        let pace = achieved.filter(|_| goes_on).map(|a| a / share);
        assert!(same(node.held.pace, pace), "{context} {:?}", node.held.pace);
        let forecast = value
            .filter(|_| goes_on && share >= 0.15)
            .map(|v| (v / share).round());
        assert!(
            same(number(node.held.forecast), forecast),
            "{context} {:?}",
            node.held.forecast
        );
    }
    let attained = target(gmv_code)
        .filter(|t| t.goal != 0.0 && !uncredited)
        .map(|t| money / t.goal.round());
    assert!(
        same(number(page.tree[0].held.actual), attained),
        "{:?} {attained:?}",
        page.tree[0].held.actual
    );
    if uncredited {
        assert!(page.split.is_none(), "{id}");
    } else {
        let goal = target(gmv_code).map(|t| t.goal);
        check_split(page, goal.filter(|g| *g > 0.0), money);
    }
    let partly = items.is_some_and(|(_, known, _)| known != orders);
    check_multiplied_back(page, &actual, partly);
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
fn check_multiplied_back(page: &KpiPage, actual: &BTreeMap<&str, Option<f64>>, partly: bool) {
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

// ---------------------------------------------------------------- groups

/// A day of a group; every cell may be unmeasured.
type Cells = BTreeMap<&'static str, i64>;

const COLUMNS: [&str; 14] = [
    "member_total",
    "ext_total",
    "joined",
    "quit",
    "kicked",
    "msg_ext",
    "speakers_ext",
    "speakers_ext_7d",
    "top3_msg_ext",
    "questions",
    "answered_30m",
    "first_reply_s_sum",
    "first_reply_n",
    "campaign_clicks",
];

struct Group {
    id: String,
    dept: Option<i64>,
    created: Day,
    owner_left: bool,
    capacity: i64,
    flash: bool,
    /// By days before today.
    days: BTreeMap<i32, Cells>,
    tasks: (i64, i64),
    members: BTreeSet<String>,
    /// Rows of anybody inside, staff too.
    inside: usize,
}

fn groups(conn: &Connection, truth: &Truth) -> Vec<Group> {
    let zone = truth.now.zone;
    let (from, to) = (
        zone.start_of(truth.today.plus(-7)),
        zone.start_of(truth.today),
    );
    let rows = all(
        conn,
        "SELECT chat_id, owner_userid, created_at, wecom_status, capacity, kind FROM group_chat WHERE dissolved_at IS NULL",
        |r| {
            Ok((
                r.get::<_, String>(0)?,
                r.get::<_, String>(1)?,
                r.get(2)?,
                r.get::<_, i64>(3)?,
                r.get(4)?,
                r.get::<_, String>(5)?,
            ))
        },
    );
    rows.into_iter()
        .map(|(id, owner, created, status, capacity, kind)| {
            let mut days = BTreeMap::new();
            let sql = format!("SELECT biz_date, {} FROM group_day WHERE chat_id = '{id}'", COLUMNS.join(", "));
            for (on, cells) in all(conn, &sql, |r| {
                let mut cells = Cells::new();
                for (at, column) in COLUMNS.iter().enumerate() {
                    if let Some(n) = r.get::<_, Option<i64>>(at + 1)? {
                        cells.insert(column, n);
                    }
                }
                Ok((r.get::<_, String>(0)?, cells))
            }) {
                // Statistics of a day stand from its end on.
                let ago = truth.today.0 - Day::parse(&on).unwrap().0;
                if ago > 0 {
                    days.insert(ago, cells);
                }
            }
            let count = |more: &str| {
                let sql = format!("SELECT count(*) FROM task WHERE chat_id = '{id}' AND due_at >= {from} AND due_at < {to} AND {more}");
                all(conn, &sql, |r| r.get(0))[0]
            };
            let members = format!("SELECT member_id FROM group_member WHERE chat_id = '{id}' AND type = 2 AND quit_at IS NULL");
            Group {
                dept: truth.staff.iter().find(|s| s.id == owner).and_then(|s| s.dept),
                created: zone.day_of(created),
                owner_left: status == 1,
                capacity,
                flash: kind == "flash",
                days,
                tasks: (count("status <> 'void'"), count("status = 'done'")),
                members: all(conn, &members, |r| r.get(0)).into_iter().collect(),
                inside: all(
                    conn,
                    &format!("SELECT 1 FROM group_member WHERE chat_id = '{id}' AND quit_at IS NULL"),
                    |_| Ok(()),
                )
                .len(),
                id,
            }
        })
        .collect()
}

impl Group {
    /// Days of the trailing week on which all these columns were measured.
    fn week(&self, columns: &[&str]) -> Vec<&Cells> {
        (1..=7)
            .filter_map(|ago| self.days.get(&ago))
            .filter(|day| columns.iter().all(|c| day.contains_key(c)))
            .collect()
    }

    fn sum(&self, column: &str, with: &[&str]) -> Option<f64> {
        let mut all = vec![column];
        all.extend(with);
        let days = self.week(&all);
        (!days.is_empty()).then(|| days.iter().map(|d| d[column] as f64).sum())
    }

    /// The latest measured value, from a day on.
    fn latest(&self, column: &str, ages: std::ops::RangeInclusive<i32>) -> Option<f64> {
        ages.into_iter()
            .find_map(|ago| self.days.get(&ago)?.get(column))
            .map(|n| *n as f64)
    }

    fn external(&self) -> Option<f64> {
        let counted = (!self.members.is_empty()).then_some(self.members.len() as f64);
        self.latest("ext_total", 0..=14).or(counted)
    }

    /// Everybody inside, staff too, on the latest day anybody counted: what the capacity holds.
    fn everybody(&self) -> Option<f64> {
        let measured = (0..=14).find_map(|ago| {
            let day = self.days.get(&ago)?;
            let counted = ["member_total", "ext_total"]
                .iter()
                .filter_map(|c| day.get(c));
            counted.max().map(|n| *n as f64)
        });
        measured.or((self.inside > 0).then_some(self.inside as f64))
    }

    /// The nine measures (4.8): `None` = not measured or no base.
    fn measures(&self, buyers: Option<f64>) -> [Option<f64>; 9] {
        // Of the days that are over, like what is held against it.
        let members = self.latest("ext_total", 1..=14).or(self.external());
        // A stock is that of the last day known (4.0).
        // Else of the first day of the week, taken back by who came and went on it.
        let first = (1..=7).rev().find_map(|ago| self.days.get(&ago));
        let before = first.and_then(|day| {
            let gone = match (day.get("quit"), day.get("kicked")) {
                (None, None) => return None,
                (a, b) => a.unwrap_or(&0) + b.unwrap_or(&0),
            };
            let before = day.get("ext_total")? - day.get("joined")? + gone;
            (before >= 0).then_some(before as f64)
        });
        let start = self.latest("ext_total", 8..=14).or(before);
        let joined = self.sum("joined", &[]);
        let left = match (self.sum("quit", &[]), self.sum("kicked", &[])) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0.0) + b.unwrap_or(0.0)),
        };
        let listed = (!self.members.is_empty()).then_some(self.members.len() as f64);
        let over = |a: Option<f64>, b: Option<f64>| {
            a.zip(b).filter(|(_, b)| *b != 0.0).map(|(a, b)| a / b)
        };
        [
            over(
                self.sum("speakers_ext", &["ext_total"]),
                self.sum("ext_total", &["speakers_ext"]),
            ),
            over(self.latest("speakers_ext_7d", 1..=7), members),
            over(joined.zip(left).map(|(j, l)| j - l), start),
            over(left, start.zip(joined).map(|(s, j)| s + j)),
            over(
                self.sum("answered_30m", &["questions"]),
                self.sum("questions", &["answered_30m"]),
            ),
            over(
                self.sum("first_reply_s_sum", &["first_reply_n"]),
                self.sum("first_reply_n", &["first_reply_s_sum"]),
            )
            .map(|s| s / 60.0),
            // Buyers are of the members of now: the statistics of today come tomorrow.
            over(
                buyers,
                self.external().into_iter().chain(listed).reduce(f64::max),
            ),
            over(self.sum("campaign_clicks", &[]), members),
            over(Some(self.tasks.1 as f64), Some(self.tasks.0 as f64)),
        ]
    }

    fn silent(&self, today: Day) -> bool {
        let heard: Vec<(i32, i64)> = (0..=14)
            .filter_map(|ago| Some((ago, *self.days.get(&ago)?.get("msg_ext")?)))
            .collect();
        let (Some(newest), Some(oldest)) = (heard.first(), heard.last()) else {
            return false;
        };
        let last = heard
            .iter()
            .find(|(_, n)| *n > 0)
            .map_or(oldest.0 + 1, |(ago, _)| *ago);
        let _ = today;
        last - newest.0 >= 14 && newest.0 <= 7
    }
}

const WEIGHTS: [f64; 9] = [20.0, 15.0, 10.0, 15.0, 10.0, 5.0, 10.0, 5.0, 10.0];
const DEFAULTS: [(f64, f64); 8] = [
    (0.01, 0.10),
    (0.05, 0.35),
    (-0.03, 0.03),
    (0.05, 0.005),
    (0.50, 0.95),
    (30.0, 3.0),
    (0.0, 0.05),
    (0.0, 0.0),
];
const STRUCTURE: [usize; 5] = [2, 3, 6, 7, 8];
const CONVERSION: [usize; 2] = [6, 7];

fn check_groups(
    workspace: &mut Workspace,
    conn: &Connection,
    truth: &Truth,
    view: &View,
) -> GroupsPage {
    let question = Question::Groups {
        scope: view.scope.clone(),
        own_filter: Filter::default(),
        sort: GroupSort::Worst,
        reversed: false,
    };
    let Answer::Groups(page) = ask(workspace, &question, truth.now) else {
        panic!("groups");
    };
    let groups = groups(conn, truth);
    assert_eq!(page.pool as usize, groups.len());
    let month = truth.today.plus(-30);
    let bought: BTreeSet<&String> = truth
        .orders
        .iter()
        .filter(|o| o.day >= month && o.day < truth.today && o.net() > 0)
        .map(|o| &o.person)
        .collect();
    let measures: Vec<[Option<f64>; 9]> = groups
        .iter()
        .map(|g| {
            // Of a group whose members nobody listed it is not known who bought.
            let listed = (!g.members.is_empty())
                .then(|| g.members.iter().filter(|m| bought.contains(m)).count() as f64);
            g.measures(listed)
        })
        .collect();
    // The click rate's target is the fleet's P75, once thirty groups have one.
    let mut clicks: Vec<f64> = measures.iter().filter_map(|m| m[7]).collect();
    clicks.sort_by(f64::total_cmp);
    let p75 = (clicks.len() >= 30)
        .then(|| clicks[(clicks.len() * 75).div_ceil(100) - 1])
        .filter(|t| *t > 0.0);
    let inside = |g: &Group| view.org.is_none_or(|node| truth.below(g.dept, node));
    assert_eq!(page.rows.len(), groups.iter().filter(|g| inside(g)).count());
    for row in &page.rows {
        let at = groups.iter().position(|g| g.id == row.id.as_str()).unwrap();
        check_group(row, &groups[at], &measures[at], p75, truth);
    }
    page
}

fn check_group(
    row: &caopan::engine::answer::GroupRow,
    group: &Group,
    measures: &[Option<f64>; 9],
    p75: Option<f64>,
    truth: &Truth,
) {
    let context = format!("{} {measures:?} {row:?}", group.id);
    let mut points = [None; 9];
    for (at, part) in row.parts.iter().enumerate() {
        assert!(
            same(number(part.measured), measures[at]),
            "{} {context}",
            part.code
        );
        let bounds = match at {
            7 => p75.map(|t| (0.0, t)),
            8 => Some((0.60, 1.0)),
            _ => Some(DEFAULTS[at]),
        };
        points[at] = measures[at]
            .zip(bounds)
            .map(|(x, (floor, target))| ((x - floor) / (target - floor)).clamp(0.0, 1.0));
        assert!(same(part.score, points[at]), "{} {context}", part.code);
        assert!(near(part.weight, WEIGHTS[at]));
    }
    let mean = |chosen: &[usize]| {
        let known = || {
            chosen
                .iter()
                .filter_map(|at| Some((WEIGHTS[*at], points[*at]?)))
        };
        let weight: f64 = known().map(|(w, _)| w).sum();
        (weight > 0.0).then(|| {
            (
                100.0 * known().map(|(w, s)| w * s).sum::<f64>() / weight,
                weight,
            )
        })
    };
    let whole = mean(&[0, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(near(row.coverage, whole.map_or(0.0, |w| w.1)), "{context}");
    let members = group.external();
    let mut flags = Vec::new();
    let exits = measures[3].is_some_and(|rate| rate > 0.05);
    let silent = group.silent(truth.today);
    let last = group.days.keys().find(|ago| **ago >= 0);
    let stale = last.is_some_and(|ago| *ago > 2);
    let voices = group
        .sum("top3_msg_ext", &["msg_ext"])
        .zip(group.sum("msg_ext", &["top3_msg_ext"]));
    for (raised, flag) in [
        (silent, HealthFlag::Silent),
        (exits, HealthFlag::Exits),
        (group.owner_left, HealthFlag::OwnerLeft),
        (
            group
                .everybody()
                .is_some_and(|m| group.capacity > 0 && m * 100.0 >= group.capacity as f64 * 95.0),
            HealthFlag::Full,
        ),
        (
            voices.is_some_and(|(top, of)| of >= 20.0 && top * 100.0 > of * 80.0),
            HealthFlag::FewVoices,
        ),
        (group.flash, HealthFlag::Flash),
        (stale, HealthFlag::Stale),
    ] {
        if raised {
            flags.push(flag);
        }
    }
    assert_eq!(row.flags, flags, "{context}");
    let age = truth.today.0 - group.created.0;
    if members.is_some_and(|m| m < 10.0) || age < 7 && !group.flash {
        assert_eq!(
            (row.band, row.score, row.structure),
            (HealthBand::New, None, None),
            "{context}"
        );
        return;
    }
    let score = if group.flash {
        // Days are known, but none of the week.
        let known = last.is_none_or(|ago| *ago <= 7);
        mean(&CONVERSION).filter(|_| known).map(|m| m.0)
    } else {
        whole.filter(|(_, weight)| *weight >= 60.0).map(|m| m.0)
    };
    assert!(same(row.score, score), "{score:?} {context}");
    let structure = if score.is_none() {
        let half = |weight| weight >= STRUCTURE.iter().map(|at| WEIGHTS[*at]).sum::<f64>() / 2.0;
        mean(&STRUCTURE)
            .filter(|(_, weight)| half(*weight))
            .map(|m| m.0)
    } else {
        None
    };
    assert!(same(row.structure, structure), "{context}");
    let band = match score {
        _ if silent && !group.flash => HealthBand::Silent,
        None => HealthBand::StructureOnly,
        Some(s) if s < 35.0 => HealthBand::Critical,
        Some(s) if s < 55.0 => HealthBand::AtRisk,
        Some(s) if s < 75.0 || exits && !group.flash || stale => HealthBand::Watch,
        Some(_) => HealthBand::Healthy,
    };
    assert_eq!(row.band, band, "{context}");
}

// ---------------------------------------------------------------- the promises

fn check_all(path: &Path, conn: &Connection, now: AsOf, orgs: &[i64]) {
    let truth = Truth::read(conn, now);
    let mut workspace = workspace(path);
    for view in views(&truth, orgs) {
        check_customers(&mut workspace, &truth, &view);
        check_tags(&mut workspace, &truth, &view);
        check_board(&mut workspace, conn, &truth, &view);
        check_kpi(&mut workspace, conn, &truth, &view);
        check_groups(&mut workspace, conn, &truth, &view);
    }
}

#[test]
fn demo_shops_show_what_their_tables_say() {
    for (customers, seed, today) in [(200, 1, "2026-11-11"), (120, 5, "2026-03-01")] {
        let (_folder, path, now) = demo(customers, seed, today);
        let conn = open(&path, Access::ReadOnly).unwrap().conn;
        let nodes: Vec<i64> = all(
            &conn,
            "SELECT dept_id FROM department WHERE is_deleted = 0 ORDER BY 1",
            |r| r.get(0),
        );
        check_all(
            &path,
            &conn,
            now,
            &[nodes[0], nodes[nodes.len() / 2], nodes[nodes.len() - 1]],
        );
    }
}

#[test]
fn shops_where_everything_went_wrong_show_what_their_tables_say() {
    for (seed, tz, today) in [
        (1, "Asia/Shanghai", "2026-03-31"),
        (2, "Asia/Shanghai", "2026-01-01"),
        // The clocks changed that night, and there.
        (3, "America/New_York", "2026-03-08"),
        (4, "Europe/Berlin", "2026-10-25"),
    ] {
        let shop = Edges::new(seed, tz, today);
        check_all(&shop.path, &shop.conn, shop.now, &[1, 2, 4, 5]);
    }
}

/// Every question of the five panes, unfiltered, filtered and inside an org node.
fn questions() -> Vec<Question> {
    let mut questions = Vec::new();
    for (org, text) in [
        (None, ""),
        (None, "spend>=300"),
        (Some(2), ""),
        (Some(4), "tag:#t0"),
    ] {
        let scope = Scope {
            org: org.map(DeptId),
            period: PeriodSpec::Month,
            filter: filter(text),
        };
        questions.push(Question::Customers {
            scope: scope.clone(),
            sort: Vec::new(),
            offset: 0,
            rows: 1_000,
            anchor: None,
        });
        questions.push(Question::Tags(scope.clone()));
        questions.push(Question::Groups {
            scope: scope.clone(),
            own_filter: Filter::default(),
            sort: GroupSort::Worst,
            reversed: false,
        });
        for campaign in [None, Some(CampaignId(1)), Some(CampaignId(2))] {
            questions.push(Question::Kpi {
                scope: scope.clone(),
                campaign,
                gmv: GmvKind::NetByRefundDate,
            });
        }
        for (metric, _) in METRICS {
            questions.push(Question::Board {
                scope: scope.clone(),
                metric,
            });
        }
    }
    for period in [
        PeriodSpec::Today,
        PeriodSpec::Week,
        PeriodSpec::Quarter,
        PeriodSpec::Year,
        PeriodSpec::LastMonth,
        PeriodSpec::Last(30),
    ] {
        for org in [None, Some(2)] {
            let scope = Scope {
                org: org.map(DeptId),
                period,
                ..Scope::default()
            };
            questions.push(Question::Board {
                scope,
                metric: BoardMetric::NetGmv,
            });
        }
    }
    for text in [
        "owner:#s1 sort:owner",
        "has:stage sort:-last",
        "buyer:#s3 sort:name",
        "source:直播 | last<30d sort:source",
        "step:1/paid sort:-value",
        "campaign:2 group:群 sort:stage,-spend",
        "改名",
    ] {
        let scope = Scope {
            filter: filter(text),
            ..Scope::default()
        };
        questions.push(Question::Customers {
            scope,
            sort: Vec::new(),
            offset: 0,
            rows: 40,
            anchor: None,
        });
    }
    questions.push(Question::Org);
    questions
}

#[test]
fn after_any_writes_a_live_workspace_answers_like_one_that_has_just_loaded() {
    for seed in 11..14 {
        let mut shop = Edges::new(seed, "Asia/Shanghai", "2026-03-20");
        let mut live = workspace(&shop.path);
        for question in &questions() {
            ask(&mut live, question, shop.now);
        }
        for round in 0..12 {
            for _ in 0..=shop.dice.below(9) {
                shop.write();
            }
            // The console stands open while days, a month and a quarter end.
            if round % 2 == 1 {
                shop.now.unix += 86_400 * 2;
            }
            live.catch_up(shop.now).unwrap();
            live.tidy(shop.now);
            for _ in 0..shop.dice.below(4) {
                live.work_idly(shop.now, &|| true);
            }
            let mut fresh = workspace(&shop.path);
            for question in &questions() {
                let (mut a, b) = (
                    ask(&mut live, question, shop.now),
                    ask(&mut fresh, question, shop.now),
                );
                assert!(
                    a.says_the_same(&b),
                    "seed {seed} round {round} {question:?}\n{a:?}\n{b:?}"
                );
            }
        }
    }
}

#[test]
fn the_demo_blames_conversion_and_most_of_its_groups_are_well() {
    let (_folder, path, now) = demo(5_000, 1, "2026-11-11");
    let mut workspace = workspace(&path);
    let question = Question::Kpi {
        scope: Scope::default(),
        campaign: None,
        gmv: GmvKind::Gross,
    };
    let Answer::Kpi(page) = ask(&mut workspace, &question, now) else {
        panic!("kpi");
    };
    let of = |code: &str| page.tree.iter().find(|n| n.code == code).unwrap();
    assert_eq!(of("gmv").held.band, Some(KpiBand::Missed));
    let split = page.split.clone().unwrap();
    let worst = split
        .parts
        .iter()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap();
    assert_eq!(worst.0, "conversion");
    assert!(of("users").held.achievement.unwrap() > 0.88);
    assert!(of("conversion").held.achievement.unwrap() < 0.8);
    assert!(of("value_per_buyer").held.achievement.unwrap() > 1.0);
    assert!(page.tree.iter().all(|n| n.mismatch.is_none()));

    let question = Question::Groups {
        scope: Scope::default(),
        own_filter: Filter::default(),
        sort: GroupSort::Worst,
        reversed: false,
    };
    let Answer::Groups(page) = ask(&mut workspace, &question, now) else {
        panic!("groups");
    };
    let share = |bands: &[HealthBand]| {
        let of = page.rows.iter().filter(|r| bands.contains(&r.band));
        100 * of.count() / page.rows.len()
    };
    let well = share(&[HealthBand::Healthy, HealthBand::Watch]);
    assert!((50..=80).contains(&well), "{well}");
    let badly = share(&[HealthBand::AtRisk, HealthBand::Critical]);
    assert!((5..=30).contains(&badly), "{badly}");
    for band in [HealthBand::Silent, HealthBand::New] {
        assert!((1..=14).contains(&share(&[band])), "{band:?}");
    }
    for flag in [HealthFlag::Full, HealthFlag::OwnerLeft] {
        assert!(
            page.rows.iter().any(|r| r.flags.contains(&flag)),
            "{flag:?}"
        );
    }
}
