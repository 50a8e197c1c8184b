//! The scopes that are looked at, and how a figure of the program is compared with a plain one.

use std::collections::BTreeSet;
use std::path::Path;

use crate::truth::{Target, Truth};
use caopan::domain::period::{Period, PeriodSpec};
use caopan::domain::{AsOf, Day, DeptId, Figure, Zone};
use caopan::engine::Disclosure;
use caopan::engine::answer::{CustomersPage, KpiBand};
use caopan::engine::request::{Answer, Question, Scope};
use caopan::filter::{Ctx, Entity, Filter, parse};
use caopan::store::demo::{Plan, generate};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;

pub fn workspace(path: &Path) -> Workspace {
    let opened = open(path, Access::ReadOnly).unwrap();
    let mut workspace = Workspace::new(path.to_owned(), opened).unwrap();
    workspace.disclose(Disclosure::Whole);
    workspace.load(&|_, _| {}).unwrap();
    workspace
}

/// A demo shop of a day, and the instant it ends at.
pub fn demo(
    customers: u32,
    seed: u64,
    today: &str,
) -> (tempfile::TempDir, std::path::PathBuf, AsOf) {
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

pub fn filter(text: &str) -> Filter {
    parse(text, &Ctx::of(Entity::Customers)).unwrap()
}

/// A scope, and the customers it means to the second way; `None` is everybody, people outside the pool included.
pub struct View {
    pub scope: Scope,
    pub org: Option<i64>,
    pub filtered: Option<BTreeSet<String>>,
}

/// Scopes with filters whose meaning is plain.
pub fn views(truth: &Truth, orgs: &[i64]) -> Vec<View> {
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

pub fn ask(workspace: &mut Workspace, question: &Question, now: AsOf) -> Answer {
    workspace
        .answer(question, now)
        .expect("the engine is loaded")
}

pub fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

pub fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// A figure as a number: fen, count, quotient.
pub fn number(figure: Figure) -> Option<f64> {
    match figure {
        Figure::Count(n) => Some(n as f64),
        Figure::Money(fen) => Some(fen.0 as f64),
        Figure::Rate(rate) if rate.den != 0.0 => Some(rate.num / rate.den),
        Figure::Number(x) => Some(x),
        Figure::Rate(_) | Figure::NoValue | Figure::NotMeasured => None,
    }
}

pub fn customers(workspace: &mut Workspace, scope: &Scope, now: AsOf) -> CustomersPage {
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

/// A period as the calendar has it: kind and first day.
pub fn calendar(spec: PeriodSpec, period: Period) -> Option<(&'static str, Day)> {
    match spec {
        PeriodSpec::Today => Some(("day", period.from)),
        PeriodSpec::Month | PeriodSpec::LastMonth => Some(("month", period.from)),
        // 1970 began on a Thursday: seven days from a Monday are a week.
        PeriodSpec::Last(7) if (period.from.0 + 3) % 7 == 0 => Some(("week", period.from)),
        _ => None,
    }
}

pub fn band(actual: f64, target: &Target) -> Option<KpiBand> {
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
