//! A live workspace against one that loads the file anew.

use crate::edges::Edges;
use crate::ranking::METRICS;
use crate::views::{ask, filter, workspace};
use caopan::domain::period::PeriodSpec;
use caopan::domain::{CampaignId, DeptId};
use caopan::engine::answer::{BoardMetric, GmvKind};
use caopan::engine::request::{GroupSort, Question, Scope};
use caopan::filter::Filter;

/// Every question of the five panes, unfiltered, filtered and inside an org node.
pub fn questions() -> Vec<Question> {
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
