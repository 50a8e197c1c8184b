//! What commands answer straight from the tables is what the engine answers: the same rows in the same order, the same
//! counts, the same figures.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary"
)]

#[path = "support/edges.rs"]
mod edges;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use caopan::domain::period::PeriodSpec;
use caopan::domain::{AsOf, CampaignId, Day, DeptId, Fen, Zone};
use caopan::engine::Disclosure;
use caopan::engine::answer::{BoardMetric, BoardPage, CustomersPage, GmvKind};
use caopan::engine::request::{Answer, Question, Scope};
use caopan::filter::{
    Bound, Ctx, Entity, Expr, Field, Filter, Match, Measure, Range, SortKey, Test, When, parse,
};
use caopan::store::demo::{Plan, generate};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;
use caopan::workspace::straight::{Short, Tree};
use edges::Edges;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Fields of a list; the scores, which compare a customer with all others, stand last.
const SCORED: &[Field] = &[
    Field::Id,
    Field::Name,
    Field::Tag,
    Field::Stage,
    Field::Owner,
    Field::Source,
    Field::Segment,
    Field::Risk,
    Field::ValueAtRisk,
];

/// Everything that is read from the tables as it stands there.
const PLAIN: &[Field] = SCORED.first_chunk::<6>().unwrap();

struct Shop {
    _keeps: Box<dyn std::any::Any>,
    path: PathBuf,
    now: AsOf,
}

impl Shop {
    fn demo(customers: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.db");
        let plan = Plan {
            customers,
            seed: 5,
            today: Day::parse("2026-11-11").unwrap(),
            zone: Zone::default(),
        };
        let now = AsOf {
            unix: generate(&path, &plan, &mut |_, _, _| {}).unwrap().now,
            zone: plan.zone,
        };
        Self {
            _keeps: Box::new(folder),
            path,
            now,
        }
    }

    /// A shop where everything has gone wrong.
    fn edges(seed: u64) -> Self {
        let shop = Edges::new(seed, "Asia/Shanghai", "2026-03-20");
        let (path, now) = (shop.path.clone(), shop.now);
        Self {
            _keeps: Box::new(shop),
            path,
            now,
        }
    }

    fn bare(&self) -> Workspace {
        opened(&self.path)
    }

    fn loaded(&self) -> Workspace {
        let mut workspace = opened(&self.path);
        workspace.load(&|_, _| {}).unwrap();
        workspace
    }
}

fn opened(path: &Path) -> Workspace {
    let opened = open(path, Access::ReadOnly).unwrap();
    let mut workspace = Workspace::new(path.to_owned(), opened).unwrap();
    workspace.disclose(Disclosure::Whole);
    workspace
}

/// The engine's answer.
fn by_engine(workspace: &mut Workspace, scope: &Scope, most: u32, now: AsOf) -> CustomersPage {
    let question = Question::Customers {
        scope: scope.clone(),
        sort: Vec::new(),
        offset: 0,
        rows: most,
        anchor: None,
    };
    let Some(Answer::Customers(mut page)) = workspace.answer(&question, now) else {
        panic!("no list");
    };
    // Names of ids are the engine's to say.
    page.stamp.named = scope.filter.clone();
    page
}

/// A list without its scores.
fn plain(mut page: CustomersPage) -> CustomersPage {
    for row in &mut page.rows {
        (row.rfm, row.risk) = (None, None);
        row.value_at_risk = None;
    }
    page
}

fn scoped(text: &str, org: Option<i64>) -> Scope {
    Scope {
        org: org.map(DeptId),
        filter: parse(text, &Ctx::of(Entity::Customers)).unwrap(),
        ..Scope::default()
    }
}

fn short(
    workspace: &mut Workspace,
    scope: &Scope,
    (most, fields): (u64, &[Field]),
    counted: bool,
    now: AsOf,
) -> Option<CustomersPage> {
    let short = Short {
        sort: &[],
        most,
        fields,
        counted,
    };
    workspace.short_list(scope, short, now).unwrap()
}

/// Both ways say the same, counted and not.
#[track_caller]
fn same(shop: &Shop, engine: &mut Workspace, scope: &Scope, most: u32) {
    let text = caopan::filter::print(&scope.filter);
    let mut bare = shop.bare();
    let whole = by_engine(engine, scope, most, shop.now);
    let by_risk = scope.filter.sort.is_empty()
        || scope.filter.sort.first().map(|key| key.field) == Some(Field::ValueAtRisk);
    for fields in [PLAIN, SCORED] {
        // What was computed for the order is shown too.
        let is_plain = fields == PLAIN && !by_risk;
        let said = if is_plain {
            plain(whole.clone())
        } else {
            whole.clone()
        };
        let wish = (most.into(), fields);
        let rows = short(&mut bare, scope, wish, false, shop.now).expect("it is said in SQL");
        for (row, theirs) in rows.rows.iter().zip(&said.rows) {
            assert_eq!(row, theirs, "{text}");
        }
        assert_eq!(rows.rows.len(), said.rows.len(), "{text}");
        match short(&mut bare, scope, wish, true, shop.now) {
            Some(page) => assert_eq!(page, said, "{text}"),
            // Which term to drop is the engine's to say.
            None => assert_eq!(said.hits, 0, "{text}"),
        }
    }
}

#[test]
fn filters_and_sorts_in_sql_list_what_the_engine_lists() {
    let shops = [Shop::demo(600), Shop::edges(3), Shop::edges(11)];
    for shop in &shops {
        let mut engine = shop.loaded();
        for text in [
            "",
            "spend>300 -tag:#t0",
            "no:orders",
            "gender:f sort:-value",
            "has:tag sort:-value,-spend",
            "sort:-spend",
            "sort:spend",
            "spend>100 orders>=2 sort:-spend",
            "spend:1..300 sort:orders,-last",
            "aov>50 sort:-aov",
            "no:orders sort:aov,added",
            "last<30d sort:last",
            "-last<30d sort:-last",
            "bought>60d sort:bought",
            "added>2026-01-01 sort:-added",
            "gender:f sort:gender,-spend",
            "gender:unknown,m sort:-gender",
            "has:tag sort:-spend",
            "no:tag | no:stage sort:id",
            "tag:vip,高净值,t1,#t0,流失 sort:-id",
            "-tag:#t0 -tag:#nobody sort:-spend",
            "stage:复购,s1,#1,#01 sort:-spend",
            "owner:何敏,#s1,staff,顾问,hm sort:-spend",
            "no:owner sort:-spend",
            "has:owner (spend>100 | -orders>=1) sort:-orders",
        ] {
            for (org, most) in [(None, 50), (None, 5), (Some(2), 30)] {
                same(shop, &mut engine, &scoped(text, org), most);
            }
        }
    }
}

#[test]
fn a_filter_of_every_tag_stage_and_owner_by_name_and_id_is_the_engines() {
    let shop = Shop::demo(600);
    let mut engine = shop.loaded();
    let conn = rusqlite::Connection::open(&shop.path).unwrap();
    let mut seen = 0;
    for (field, sql) in [
        ("tag", "SELECT name, tag_id FROM tag LIMIT 25"),
        ("stage", "SELECT name, stage_id FROM journey_stage LIMIT 12"),
        ("owner", "SELECT name, userid FROM staff LIMIT 12"),
    ] {
        let mut statement = conn.prepare(sql).unwrap();
        let named = statement
            .query_map([], |row| {
                let id: rusqlite::types::Value = row.get(1)?;
                let id = match id {
                    rusqlite::types::Value::Integer(n) => n.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    _ => String::new(),
                };
                Ok((row.get::<_, String>(0)?, id))
            })
            .unwrap();
        for (name, id) in named.map(Result::unwrap) {
            let part: String = name.chars().take(1).collect();
            if field == "owner" {
                for text in [format!("owner:{id}"), format!("-owner=\"{name}({id})\"")] {
                    same(&shop, &mut engine, &scoped(&text, None), 40);
                }
            }
            for text in [
                format!("{field}:\"{name}\" sort:-spend"),
                format!("{field}:#{id} sort:-spend"),
                format!("{field}:\"{part}\" sort:-spend"),
                format!("{field}!=\"{name}\" sort:-spend"),
            ] {
                same(&shop, &mut engine, &scoped(&text, None), 40);
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn scores_in_sql_are_those_of_the_day_they_are_asked_for() {
    for shop in [Shop::demo(900), Shop::edges(4), Shop::edges(5)] {
        let mut told = 0;
        for days_ago in [0, 1, 40, 200, 800] {
            let now = AsOf {
                unix: shop.now.unix - days_ago * 86_400,
                ..shop.now
            };
            let scope = scoped("", None);
            let said = by_engine(&mut shop.loaded(), &scope, 1_000, now);
            let list = short(&mut shop.bare(), &scope, (1_000, SCORED), true, now).unwrap();
            for (row, theirs) in list.rows.iter().zip(&said.rows) {
                assert_eq!(row, theirs, "{days_ago}");
            }
            assert_eq!(list, said, "{days_ago}");
            told += list.rows.iter().filter(|row| row.rfm.is_some()).count();
        }
        assert!(told > 0);
    }
}

#[test]
fn a_loaded_engine_filters_by_scores_and_other_orders_are_not_asked_of_sql() {
    let shop = Shop::demo(200);
    let by_spend = scoped("sort:-spend", None);
    assert!(short(&mut shop.loaded(), &by_spend, (5, PLAIN), false, shop.now).is_none());
    let mut bare = shop.bare();
    for text in [
        "risk>=1 sort:-spend",
        "张 sort:-spend",
        "sort:name",
        "sort:value",
        "sort:-value,-orders",
        "sort:-risk",
        "sort:-spend,-value",
    ] {
        let scope = scoped(text, None);
        assert!(
            short(&mut bare, &scope, (5, SCORED), false, shop.now).is_none(),
            "{text}"
        );
    }
}

fn bounds<T: Copy + std::fmt::Debug + 'static>(
    value: impl Strategy<Value = T> + Clone + 'static,
) -> impl Strategy<Value = Range<T>> {
    let bound = prop_oneof![
        Just(None),
        value.clone().prop_map(|v| Some((v, true))),
        value.prop_map(|v| Some((v, false))),
    ];
    let made = |b: Option<(T, bool)>| match b {
        None => Bound::None,
        Some((v, true)) => Bound::Included(v),
        Some((v, false)) => Bound::Excluded(v),
    };
    (bound.clone(), bound).prop_map(move |(from, to)| Range {
        from: made(from),
        to: made(to),
    })
}

fn terms() -> impl Strategy<Value = Expr> {
    let money = prop_oneof![
        Just(0.0),
        (0_i32..200_000).prop_map(f64::from),
        Just(9_999.5)
    ];
    let when = prop_oneof![
        (0_u32..400).prop_map(|n| When::Ago(f64::from(n), Measure::Day)),
        (20_400_i32..20_770).prop_map(|n| When::On(Day(n))),
        (1_u32..13, 1_u32..29).prop_map(|(m, d)| When::MonthDay(m, d)),
    ];
    let word = prop_oneof![
        "[a-z]{1,2}".prop_map(|w| Match::word(&w)),
        prop::sample::select(vec!["高", "新", "客", "复购", "何", "张", "vip"])
            .prop_map(Match::word),
        prop::sample::select(vec!["新", "复购", "高净值"]).prop_map(Match::quoted),
        prop::sample::select(vec!["1", "2", "nobody"]).prop_map(Match::identity),
    ];
    let words = prop::collection::vec(word, 1..3);
    let numbers = prop::sample::select(vec![Field::Spend, Field::Orders, Field::Aov]);
    let times = prop::sample::select(vec![Field::LastContact, Field::LastPurchase, Field::Added]);
    let named = prop::sample::select(vec![Field::Tag, Field::Stage, Field::Owner]);
    let any = prop::sample::select(vec![
        Field::Spend,
        Field::Orders,
        Field::Aov,
        Field::LastContact,
        Field::LastPurchase,
        Field::Added,
        Field::Gender,
        Field::Tag,
        Field::Stage,
        Field::Owner,
        Field::Id,
    ]);
    prop_oneof![
        (numbers, bounds(money)).prop_map(|(f, range)| Expr::term(f, Test::Number(range))),
        (times, bounds(when)).prop_map(|(f, range)| Expr::term(f, Test::Time(range))),
        (named, words, 0..3).prop_map(|(f, words, how)| Expr::term(
            f,
            match how {
                0 => Test::Has(words),
                1 => Test::Is(words),
                _ => Test::Not(words),
            }
        )),
        prop::sample::select(vec!["m", "f", "unknown", "x"])
            .prop_map(|g| Expr::term(Field::Gender, Test::Has(vec![Match::word(g)]))),
        (any, any_bool())
            .prop_map(|(f, there)| Expr::term(f, if there { Test::Present } else { Test::Absent })),
    ]
}

fn any_bool() -> impl Strategy<Value = bool> {
    any::<bool>()
}

fn filters() -> impl Strategy<Value = Filter> {
    let expr = terms().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::all_of),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expr::any_of),
            inner.prop_map(|e| Expr::Not(Box::new(e))),
        ]
    });
    let key = (
        prop::sample::select(vec![
            Field::Spend,
            Field::Orders,
            Field::Aov,
            Field::LastContact,
            Field::LastPurchase,
            Field::Added,
            Field::Gender,
            Field::Id,
        ]),
        any::<bool>(),
    )
        .prop_map(|(field, descending)| SortKey { field, descending });
    (expr, prop::collection::vec(key, 0..4)).prop_map(|(expr, sort)| Filter {
        expr,
        sort,
        ..Filter::default()
    })
}

#[test]
fn any_filter_that_sql_can_say_means_the_same_to_both() {
    let shop = Shop::demo(500);
    let engine = RefCell::new(shop.loaded());
    let config = ProptestConfig {
        cases: 192,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let most = prop::sample::select(vec![3_u32, 40, 600]);
    TestRunner::new(config)
        .run(&(filters(), most), |(filter, most)| {
            let scope = Scope {
                filter,
                ..Scope::default()
            };
            same(&shop, &mut engine.borrow_mut(), &scope, most);
            Ok(())
        })
        .unwrap();
}

#[test]
fn campaigns_in_sql_have_the_figures_of_the_engine() {
    let mut trees = 0;
    for shop in [
        Shop::demo(800),
        Shop::edges(1),
        Shop::edges(2),
        Shop::edges(7),
    ] {
        let mut engine = shop.loaded();
        let conn = rusqlite::Connection::open(&shop.path).unwrap();
        let mut ids: Vec<Option<CampaignId>> = vec![None, Some(CampaignId(999))];
        let mut statement = conn.prepare("SELECT campaign_id FROM campaign").unwrap();
        let campaigns = statement.query_map([], |row| row.get(0)).unwrap();
        ids.extend(campaigns.map(|id| Some(CampaignId(id.unwrap()))));
        for days_ago in [0, 3, 400] {
            let now = AsOf {
                unix: shop.now.unix - days_ago * 86_400,
                ..shop.now
            };
            for campaign in &ids {
                for gmv in [
                    GmvKind::Gross,
                    GmvKind::NetByRefundDate,
                    GmvKind::NetByOrderDate,
                ] {
                    let scope = Scope::default();
                    let question = Question::Kpi {
                        scope: scope.clone(),
                        campaign: *campaign,
                        gmv,
                    };
                    let Some(Answer::Kpi(said)) = engine.answer(&question, now) else {
                        panic!("no tree");
                    };
                    let every = Tree::beside_all(*campaign, gmv);
                    let lone = Tree::alone(*campaign, gmv);
                    let told = shop.bare().short_kpi(&scope, every, now).unwrap();
                    assert_eq!(
                        told.as_ref(),
                        Some(&said),
                        "{campaign:?} {gmv:?} {days_ago}"
                    );
                    // One campaign's tree is the same, beside fewer campaigns as they are among all.
                    let mut alone = shop.bare().short_kpi(&scope, lone, now).unwrap().unwrap();
                    let few = std::mem::replace(&mut alone.campaigns, said.campaigns.clone());
                    assert!(
                        few.iter().any(|head| Some(head.id) == said.campaign),
                        "{campaign:?}"
                    );
                    assert!(
                        few.iter().all(|head| said.campaigns.contains(head)),
                        "{campaign:?}"
                    );
                    assert_eq!(alone, said, "{campaign:?} {gmv:?} {days_ago}");
                    trees += 1;
                }
            }
        }
    }
    assert!(trees > 100, "{trees}");
}

#[test]
fn a_campaign_inside_a_scope_is_the_engines() {
    let shop = Shop::demo(200);
    let tree = Tree::beside_all(None, GmvKind::Gross);
    for scope in [scoped("spend>1", None), scoped("", Some(2))] {
        let told = shop.bare().short_kpi(&scope, tree, shop.now);
        assert_eq!(told.unwrap(), None);
    }
}

const METRICS: [BoardMetric; 5] = [
    BoardMetric::NetGmv,
    BoardMetric::Gmv,
    BoardMetric::Adds,
    BoardMetric::Orders,
    BoardMetric::Achievement,
];

/// A board that does not tell apart what people outside the pool bought; and whether there was any of that.
fn untold(mut page: BoardPage) -> (BoardPage, bool) {
    let mut any = false;
    for row in &mut page.rows {
        any |= row.outside_orders > 0 || row.outside != Fen(0);
        (row.outside_orders, row.outside) = (0, Fen(0));
    }
    (page, any)
}

#[test]
fn a_board_added_up_from_rows_is_the_engines() {
    let (mut ranked, mut back, mut outside) = (0, 0, false);
    for shop in [
        Shop::demo(800),
        Shop::edges(1),
        Shop::edges(2),
        Shop::edges(7),
    ] {
        let mut engine = shop.loaded();
        for days_ago in [0, 12, 400] {
            let now = AsOf {
                unix: shop.now.unix - days_ago * 86_400,
                ..shop.now
            };
            let (from, to) = (now.today().plus(-40), now.today().plus(3));
            for period in [
                PeriodSpec::Today,
                PeriodSpec::Month,
                PeriodSpec::Last(400),
                PeriodSpec::Range(from, to),
            ] {
                for metric in METRICS {
                    let scope = Scope {
                        period,
                        ..Scope::default()
                    };
                    let question = Question::Board {
                        scope: scope.clone(),
                        metric,
                    };
                    let Some(Answer::Board(said)) = engine.answer(&question, now) else {
                        panic!("no board");
                    };
                    let told = shop.bare().short_board(&scope, metric, now).unwrap();
                    ranked += said.rows.len();
                    back += said
                        .rows
                        .iter()
                        .filter(|row| row.refunds.is_some_and(|fen| fen.0 > 0))
                        .count();
                    let (said, any) = untold(said);
                    outside |= any;
                    assert_eq!(told, Some(said), "{metric:?} {period:?} {days_ago}");
                }
            }
        }
    }
    assert!(
        ranked > 1_000 && back > 100 && outside,
        "{ranked} {back} {outside}"
    );
}

#[test]
fn a_board_inside_a_scope_is_the_engines() {
    let shop = Shop::demo(200);
    for scope in [scoped("spend>1", None), scoped("", Some(2))] {
        let told = shop
            .bare()
            .short_board(&scope, BoardMetric::NetGmv, shop.now);
        assert_eq!(told.unwrap(), None);
    }
}
