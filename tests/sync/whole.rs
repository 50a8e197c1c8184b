//! Whole syncs: the rows are the server's, once, however the server stumbles, circles or falls.

use crate::server::{Fake, Faults};
use crate::site::{FIRST, LATER, Site, column, count, good, private};
use crate::world::{self, World};
use caopan::domain::Zone;

#[test]
fn the_rows_of_a_full_sync_are_the_servers_and_a_second_one_changes_nothing() {
    let site = Site::new(World::default(), &Faults::default());
    let gave = site.sync(FIRST, &[]);
    good(&gave);
    assert!(
        gave.out.contains("msg_total of group owners: cumulative"),
        "{}",
        gave.out
    );
    site.assert_equal();
    let conn = site.db();
    let before = count(&conn, "SELECT max(seq) FROM change_log");
    let requests = site.fake.requests();
    good(&site.sync(LATER, &[]));
    site.assert_equal();
    let after = "SELECT count(*) FROM change_log WHERE seq > ?1";
    let changed: i64 = conn.query_row(after, [before], |r| r.get(0)).unwrap();
    assert_eq!(changed, 0);
    // Nothing new came, and yet the customers are as of this look.
    let now = caopan::domain::AsOf {
        unix: world::NOW + 60,
        zone: Zone::default(),
    };
    let ages = caopan::store::sources::ages(&conn, now).unwrap();
    let customers = ages
        .iter()
        .find(|source| source.code == "customers")
        .unwrap();
    assert_eq!(customers.newest, Some(world::NOW + 60));
    // The statistics of the day are there already.
    assert!(site.fake.requests() - requests < requests / 2);
    assert_eq!(
        column(&conn, "SELECT DISTINCT act FROM journal"),
        ["sync".to_owned()].into()
    );
    assert_eq!(
        count(&conn, "SELECT count(*) FROM sync_run WHERE ok = 1"),
        12
    );
}

#[test]
fn statistics_that_fall_are_told_as_daily() {
    let world = World {
        cumulative: false,
        staff: 5,
        relations: 20,
        groups: 5,
        ..World::default()
    };
    let site = Site::new(world, &Faults::default());
    let gave = site.sync(FIRST, &["--format", "json"]);
    good(&gave);
    let json: serde_json::Value = serde_json::from_str(&gave.out).unwrap();
    assert_eq!(json["msg_total"], "daily");
    assert_eq!(json["parts"][0]["part"], "staff");
}

/// Misbehaviours that a sync gets over by itself. Waits are real, so there is little of each.
#[test]
fn a_server_that_stumbles_is_followed_to_the_end() {
    let stumbles = [
        Faults {
            token_calls: 40,
            overlap: 7,
            ..Faults::default()
        },
        Faults {
            expire_cursors: 1,
            at_once: 2,
            ..Faults::default()
        },
        Faults {
            cut_every: 83,
            ..Faults::default()
        },
        Faults {
            html_every: 71,
            busy_every: 97,
            ..Faults::default()
        },
    ];
    std::thread::scope(|scope| {
        for faults in stumbles {
            scope.spawn(move || {
                let world = World {
                    days: 30,
                    staff: 6,
                    relations: 1200,
                    ..World::default()
                };
                let site = Site::new(world, &faults);
                let gave = site.sync(FIRST, &["--since", "2026-10-12"]);
                assert_eq!(
                    (gave.code, gave.err.as_str()),
                    (0, ""),
                    "{faults:?} {}",
                    gave.out
                );
                site.assert_equal();
            });
        }
    });
}

#[test]
fn a_member_nobody_may_see_does_not_hide_the_others() {
    let world = World::default();
    let faults = Faults {
        poison: world.userid(3),
        ..Faults::default()
    };
    // One block of all members, so that it has to be halved.
    let more = "calls_per_second = 5000\nconcurrency = 1\n";
    let site = Site::with(world, &faults, more);
    let gave = site.sync(FIRST, &["--only", "contacts"]);
    good(&gave);
    assert!(
        gave.out.contains("1 not given by the server"),
        "{}",
        gave.out
    );
    let here = column(&site.db(), "SELECT DISTINCT userid FROM follow");
    assert!(here.contains("staff0002") && here.contains("staff0004"));
}

#[test]
fn a_server_that_turns_in_a_circle_is_left_after_few_requests() {
    const BATCH: &str = "externalcontact/batch/get_by_user";
    for circle in [true, false] {
        let faults = Faults {
            circle: if circle { BATCH.into() } else { String::new() },
            same_page: if circle { String::new() } else { BATCH.into() },
            ..Faults::default()
        };
        let site = Site::new(World::default(), &faults);
        let gave = site.sync(FIRST, &["--only", "contacts"]);
        assert_eq!(gave.code, 6, "{}", gave.err);
        assert!(
            gave.err.contains("the same page again and again"),
            "{}",
            gave.err
        );
        assert!(site.fake.counts()[BATCH] <= 40, "{:?}", site.fake.counts());
        // When it has come to its senses, the sync goes on.
        site.fake.control(&Faults::default());
        good(&site.sync(LATER, &[]));
        site.assert_equal();
    }
}

#[test]
fn what_is_not_listed_any_more_ends_only_where_it_is_little_or_allowed() {
    let site = Site::new(World::default(), &Faults::default());
    good(&site.sync(FIRST, &[]));
    let mut world = site.world.clone();
    // One in 30 is 3.3 %, one in 10 is 10 %.
    world.gone_every = 30;
    let mut site = Site {
        fake: Fake::start("fake_wecom", &world, &Faults::default()),
        world,
        ..site
    };
    let repoint = |site: &Site| {
        let text = format!(
            "corp_id = 'wwfake'\nbase_url = '{}'\nsecret_file = 'wecom.secret'\ncalls_per_second = 5000\n",
            site.fake.base_url()
        );
        private(&site.shop, "wecom.toml", &text);
    };
    repoint(&site);
    good(&site.sync(LATER, &["--only", "contacts"]));
    let conn = site.db();
    let live = "SELECT count(*) FROM follow WHERE status = 'active'";
    let gone = site.world.relations as i64 / 30;
    assert_eq!(count(&conn, live), site.world.relations as i64 - gone);
    assert_eq!(
        count(
            &conn,
            "SELECT count(*) FROM follow_event WHERE kind = 'del_by_staff'"
        ),
        gone
    );
    assert_eq!(
        count(
            &conn,
            "SELECT count(*) FROM follow WHERE is_owner = 1 AND status <> 'active'"
        ),
        0
    );
    site.world.gone_every = 10;
    site.fake = Fake::start("fake_wecom", &site.world, &Faults::default());
    repoint(&site);
    let gave = site.sync("2026-11-11 14:32", &["--only", "contacts"]);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(
        gave.err.contains(" relations (6.")
            && gave.err.contains("more than 5 %")
            && gave
                .err
                .contains("caopan sync wecom --only contacts --allow-shrink -w shop.db"),
        "{}",
        gave.err
    );
    assert_eq!(count(&conn, live), site.world.relations as i64 - gone);
    good(&site.sync(
        "2026-11-11 14:33",
        &["--only", "contacts", "--allow-shrink"],
    ));
    assert_eq!(count(&conn, live), site.world.relations as i64 * 9 / 10);
}
