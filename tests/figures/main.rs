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

#[path = "../support/edges.rs"]
mod edges;
#[path = "../support/truth.rs"]
mod truth;

mod board;
mod groups;
mod kpi;
mod lists;
mod live;
mod ranking;
mod views;

use std::path::Path;

use board::check_board;
use caopan::domain::AsOf;
use caopan::engine::answer::{GmvKind, HealthBand, HealthFlag, KpiBand};
use caopan::engine::request::{Answer, GroupSort, Question, Scope};
use caopan::filter::Filter;
use caopan::store::{Access, open};
use edges::Edges;
use groups::health::check_groups;
use kpi::check_kpi;
use lists::{check_customers, check_tags};
use rusqlite::Connection;
use truth::{Truth, all};
use views::{ask, demo, views, workspace};

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
