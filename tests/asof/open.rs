//! Consoles that are open, and workspaces that move to another zone.

use crate::loaded::{load_whole, standing_at};
use crate::shop::Shop;
use caopan::engine::request::{GroupSort, Question, Scope};
use caopan::workspace::CaughtUp;

/// 2026-11-11 14:30 in Shanghai.
const END: i64 = 1_794_378_600;

#[test]
fn what_is_loaded_of_later_is_left_out_of_a_console_that_is_open_as_of_one_that_opens() {
    let later: [&str; 5] = [
        "UPDATE follow SET status = 'deleted_by_customer', ended_at = 1794378601 WHERE rowid_of",
        "UPDATE follow SET last_touch_at = 1794378601 WHERE rowid_of",
        "INSERT INTO customer (external_userid, first_added_at, synced_at) VALUES ('new', 1794378601, 5)",
        "INSERT INTO group_member (chat_id, member_id, join_at, type) SELECT chat_id, 'new', 1794378601, 2 FROM group_chat LIMIT 1",
        "INSERT INTO group_chat (chat_id, owner_userid, created_at) VALUES ('new', 'x', 1794378601)",
    ];
    for sql in later {
        let sql = sql.replace(
            "rowid_of",
            "(userid, external_userid) IN (SELECT userid, external_userid FROM follow WHERE status = 'active' LIMIT 1)",
        );
        for in_bulk in [false, true] {
            let shop = Shop::new();
            shop.demo("w.db", 200);
            let mut console = standing_at(shop.path("w.db"), END);
            load_whole(&mut console);
            let as_of = console.as_of(END);
            assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Nothing);
            assert!(!console.is_past() && !console.is_held());
            let conn = shop.connection("w.db");
            conn.execute_batch(&sql).unwrap();
            if in_bulk {
                load_whole(&mut console);
            }
            assert_eq!(
                console.catch_up(as_of).unwrap(),
                CaughtUp::Gap,
                "{in_bulk}: {sql}"
            );
            assert!(console.is_past() && console.is_held());
            assert!(standing_at(shop.path("w.db"), END).is_past(), "{sql}");
        }
    }
}

#[test]
fn a_past_goes_over_to_another_zone_with_the_workspace() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    // An hour after midnight in Shanghai it is the day before in New York, whose day before that was over.
    let at = 1_794_330_000;
    let mut console = standing_at(shop.path("w.db"), at);
    assert!(console.is_past());
    load_whole(&mut console);
    let as_of = console.as_of(at);
    assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Nothing);
    let conn = shop.connection("w.db");
    conn.execute(
        "UPDATE meta SET value = 'America/New_York' WHERE key = 'tz'",
        [],
    )
    .unwrap();
    assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Gap);
    load_whole(&mut console);
    let as_of = console.as_of(at);
    assert_eq!(as_of.zone.0.name(), "America/New_York");
    assert_eq!(console.catch_up(as_of).unwrap(), CaughtUp::Nothing);
    let mut fresh = standing_at(shop.path("w.db"), at);
    load_whole(&mut fresh);
    assert_eq!(console.opening().held, fresh.opening().held);
    for question in [
        Question::Groups {
            scope: Scope::default(),
            own_filter: caopan::filter::Filter::default(),
            sort: GroupSort::default(),
            reversed: false,
        },
        Question::Tags(Scope::default()),
        Question::Sources,
    ] {
        let (mut kept, new) = (
            console.answer(&question, as_of).unwrap(),
            fresh.answer(&question, as_of).unwrap(),
        );
        let same = kept.says_the_same(&new);
        assert!(same, "{question:?}\n{kept:?}\n{new:?}");
    }
}
