//! Loads in parts: a command loads only the tables its question needs, and the console answers from the first stage of a
//! load while the second is read. The answers must be those that all tables give.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use std::path::Path;

use caopan::domain::kpi::GmvKind;
use caopan::domain::period::PeriodSpec;
use caopan::domain::{Day, DeptId, Zone};
use caopan::engine::answer::{BoardMetric, CustomerRow};
use caopan::engine::load::{Early, load_staged};
use caopan::engine::request::{Answer, GroupSort, Question, Scope};
use caopan::filter::{Ctx, Filter, parse};
use caopan::store::demo::{self, Plan};
use caopan::store::{Access, open};
use caopan::workspace::{CaughtUp, Workspace};

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

/// Somebody buys, somebody joins, a tag is given, somebody leaves: in one commit by another process.
fn commit(path: &Path) {
    let conn = open(path, Access::ReadWrite).unwrap().conn;
    conn.execute_batch(
        "BEGIN IMMEDIATE;
         INSERT INTO customer (external_userid, name, synced_at) VALUES ('wm!new', '新来的', 1), ('zz-new', '最后来的', 1);
         INSERT INTO customer_tag (tag_id, external_userid) SELECT tag_id, 'wm!new' FROM tag ORDER BY tag_id LIMIT 3;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           SELECT 'NEW' || row_number() OVER (), external_userid, external_userid, 1794300000, 1794300000, '2026-11-10', 'paid',
             9900, 9900, 'live' FROM (SELECT external_userid FROM customer_stat ORDER BY spend_fen DESC LIMIT 5);
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('NEW-OF-NEW', 'zz-new', 'zz-new', 1794300000, 1794300000, '2026-11-10', 'paid', 100, 100, 'live');
         DELETE FROM customer WHERE external_userid = (SELECT external_userid FROM customer_stat ORDER BY spend_fen DESC LIMIT 1 OFFSET 2);
         COMMIT;",
    )
    .unwrap();
}

#[test]
fn a_commit_between_the_stages_of_a_load_is_neither_lost_nor_doubled() {
    let folder = tempfile::Builder::new().prefix("loads-").tempdir().unwrap();
    let path = folder.path().join("shop.db");
    demo::generate(&path, &PLAN, &mut |_, _, _| {}).unwrap();
    let (mut first, mut second) = (
        open(&path, Access::ReadOnly).unwrap().conn,
        open(&path, Access::ReadOnly).unwrap().conn,
    );
    let mut staged = opened(&path);
    let as_of = staged.as_of(NOW);
    let scopes: Vec<Scope> = filters()
        .into_iter()
        .map(|filter| Scope {
            filter,
            ..Scope::default()
        })
        .collect();
    let mut committed = false;
    let rest = load_staged(&mut first, Some(&mut second), &|_, _| {}, |early| {
        staged.adopt_early(early);
        if !committed {
            commit(&path);
            committed = true;
        }
        assert_eq!(staged.catch_up(as_of).unwrap(), CaughtUp::Nothing);
    })
    .unwrap();
    staged.complete(rest);
    assert!(matches!(
        staged.catch_up(as_of).unwrap(),
        CaughtUp::Changed(..)
    ));
    staged.tidy(as_of);
    let mut fresh = opened(&path);
    fresh.load(&|_, _| {}).unwrap();
    for question in scopes.iter().flat_map(questions) {
        let (followed, loaded) = (
            staged.answer(&question, as_of).unwrap(),
            fresh.answer(&question, as_of).unwrap(),
        );
        let same = followed.clone().says_the_same(&loaded);
        assert!(
            same,
            "{question:?}\nfollowed: {followed:?}\nloaded: {loaded:?}"
        );
    }
}

/// What an engine without orders answers is what the whole one does; only nobody's risk is known yet.
fn is_exact_but_for_scores(half: Answer, all: Answer) {
    match (half, all) {
        (Answer::Customers(half), Answer::Customers(all)) => {
            assert!(half.preliminary, "nobody's risk is known");
            assert_eq!(
                (half.hits, half.pool, half.spend),
                (all.hits, all.pool, all.spend)
            );
            let spent: Vec<i64> = half.rows.iter().map(|row| row.spend.0).collect();
            assert!(spent.is_sorted_by(|a, b| a >= b), "by spend: {spent:?}");
            assert!(half.rows.iter().all(|row| row.risk.is_none()));
            for row in &half.rows {
                let same = all.rows.iter().find(|other| other.id == row.id);
                let told = |row: &CustomerRow| (row.owner.clone(), row.source.clone());
                assert!(same.is_none_or(|other| told(other) == told(row)), "{row:?}");
            }
        }
        (half, all) => assert!(half.clone().says_the_same(&all), "{half:?}"),
    }
}

#[test]
fn between_the_stages_lists_and_facets_are_exact_and_what_needs_orders_waits() {
    let folder = tempfile::Builder::new().prefix("loads-").tempdir().unwrap();
    let path = folder.path().join("shop.db");
    demo::generate(&path, &PLAN, &mut |_, _, _| {}).unwrap();
    let (mut first, mut other) = (
        open(&path, Access::ReadOnly).unwrap().conn,
        open(&path, Access::ReadOnly).unwrap().conn,
    );
    let (mut staged, mut whole) = (opened(&path), opened(&path));
    whole.load(&|_, _| {}).unwrap();
    let as_of = staged.as_of(NOW);
    // Answered and waiting: when the customers are known, and when their relations are.
    let mut told = Vec::new();
    load_staged(&mut first, Some(&mut other), &|_, _| {}, |early| {
        let (mut answered, mut waiting) = (0, 0);
        let related = matches!(early, Early::Follows(_));
        staged.adopt_early(early);
        for filter in filters() {
            let scope = Scope {
                filter,
                ..Scope::default()
            };
            for question in questions(&scope) {
                let all = whole.answer(&question, as_of).unwrap();
                match staged.answer(&question, as_of) {
                    None => waiting += 1,
                    Some(half) => {
                        answered += 1;
                        is_exact_but_for_scores(half, all);
                    }
                }
            }
        }
        told.push((related, answered, waiting));
    })
    .unwrap();
    // Groups, KPI tree and board wait always; lists and tags under filters by orders, groups, steps or scores; before
    // relations are known also those by source or by what is typed.
    let [(false, early, waited), (true, answered, waiting)] = told[..] else {
        panic!("{told:?}");
    };
    assert!(
        answered >= 2 * 15 && waiting >= 3 * 20,
        "{answered} {waiting}"
    );
    assert!(
        early >= 2 * 12 && early < answered && waited > waiting,
        "{told:?}"
    );
}
