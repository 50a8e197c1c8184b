//! A command loads only the tables its question needs: the answer must be the one that all tables give.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use std::path::Path;

use caopan::domain::kpi::GmvKind;
use caopan::domain::period::PeriodSpec;
use caopan::domain::{Day, DeptId, Zone};
use caopan::engine::answer::BoardMetric;
use caopan::engine::request::{GroupSort, Question, Scope};
use caopan::filter::{Ctx, Filter, parse};
use caopan::store::demo::{self, Plan};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;

const PLAN: Plan = Plan {
    customers: 400,
    seed: 3,
    today: Day(20_768), // 2026-11-11
    zone: Zone(chrono_tz::Asia::Shanghai),
};

/// 2026-11-11 14:30 in Shanghai.
const NOW: i64 = 20_768 * 86_400 + 14 * 3_600 + 1_800 - 8 * 3_600;

/// One filter a source of values, and mixtures.
const FILTERS: &[&str] = &[
    "",
    "a",
    "name:王",
    "phone:1",
    "gender:女",
    "city:上海",
    "birthday:1..6",
    "tag:高净值",
    "has:tag",
    "stage:忠诚",
    "spend>100",
    "orders>=2",
    "aov>50",
    "contact<30d",
    "last<90d",
    "added:本月",
    "has:owner",
    "has:source",
    "has:group",
    "segment:重要价值",
    "risk>=1",
    "has:buyer",
    "has:campaign",
    "has:step",
    "-has:tag (spend>500 | has:group)",
];

fn filters() -> Vec<Filter> {
    let mut read = Vec::new();
    for text in FILTERS {
        if let Ok(filter) = parse(text, &Ctx::default()) {
            read.push(filter);
        }
    }
    read
}

fn questions(scope: &Scope) -> Vec<Question> {
    vec![
        Question::Customers {
            scope: scope.clone(),
            sort: Vec::new(),
            offset: 0,
            rows: 30,
            anchor: None,
        },
        Question::Tags(scope.clone()),
        Question::Groups {
            scope: scope.clone(),
            own_filter: Filter::default(),
            sort: GroupSort::default(),
            reversed: false,
        },
        Question::Kpi {
            scope: scope.clone(),
            campaign: None,
            gmv: GmvKind::NetByRefundDate,
        },
    ]
    .into_iter()
    .chain(boards(scope))
    .collect()
}

fn boards(scope: &Scope) -> impl Iterator<Item = Question> {
    [
        BoardMetric::NetGmv,
        BoardMetric::Gmv,
        BoardMetric::Adds,
        BoardMetric::Orders,
        BoardMetric::Achievement,
    ]
    .map(|metric| Question::Board {
        scope: scope.clone(),
        metric,
    })
    .into_iter()
}

fn opened(path: &Path) -> Workspace {
    Workspace::new(path.to_owned(), open(path, Access::ReadOnly).unwrap()).unwrap()
}

#[test]
fn a_question_is_answered_from_its_own_tables_as_from_all() {
    let folder = tempfile::Builder::new().prefix("loads-").tempdir().unwrap();
    let path = folder.path().join("shop.db");
    demo::generate(&path, &PLAN, &mut |_, _, _| {}).unwrap();
    let mut all = opened(&path);
    all.load(&|_, _| {}).unwrap();
    let as_of = all.as_of(NOW);
    let filters = filters();
    assert!(filters.len() >= FILTERS.len() - 2, "filters do not parse");
    let org = all.org(NOW).unwrap().get(1).map(|node| node.id);
    assert!(org.is_some());
    let periods = [
        PeriodSpec::Today,
        PeriodSpec::Yesterday,
        PeriodSpec::Week,
        PeriodSpec::LastMonth,
        PeriodSpec::Quarter,
        PeriodSpec::Last(90),
        PeriodSpec::Range(Day(20_760), Day(20_900)),
    ];
    let scopes = filters
        .into_iter()
        .map(|filter| (filter, None::<DeptId>, PeriodSpec::Month))
        .chain([(Filter::default(), org, PeriodSpec::Month)])
        .chain(periods.map(|period| (Filter::default(), None, period)));
    for (filter, org, period) in scopes {
        let scope = Scope {
            filter,
            org,
            period,
        };
        for question in questions(&scope) {
            // Each on a workspace that has loaded nothing yet.
            let mut some = opened(&path);
            some.load_for(&question, as_of).unwrap();
            let (given, whole) = (some.answer(&question, as_of), all.answer(&question, as_of));
            let (Some(mut given), Some(whole)) = (given, whole) else {
                panic!("no answer to {question:?}")
            };
            assert!(
                given.says_the_same(&whole),
                "{question:?}\nfrom its own tables: {given:?}\nfrom all: {whole:?}"
            );
        }
    }
}
