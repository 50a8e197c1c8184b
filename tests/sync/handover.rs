//! Customers handed over, staff that leave, departments that go and come back.

use std::collections::BTreeSet;

use crate::server::Faults;
use crate::site::{FIRST, LATER, Site, column, count, good};
use crate::world::{self, World};

#[test]
fn what_was_changed_through_the_api_is_found_by_the_next_sync() {
    let mut site = Site::new(World::default(), &Faults::default());
    good(&site.sync(FIRST, &[]));
    let (staff, customer) = site.world.relation(103);
    let (staff, customer) = (site.world.userid(staff), site.world.customer(customer));
    let tags = site.world.tags(103);
    let mark = serde_json::json!({"userid": staff, "external_userid": customer, "add_tag": ["et0099"], "remove_tag": [tags[0]]});
    site.fake.call("externalcontact/mark_tag", &mark);
    let remark =
        serde_json::json!({"userid": staff, "external_userid": customer, "remark": "老客户"});
    site.fake.call("externalcontact/remark", &remark);
    // The second group stands in the list of failures, with errcode 0: it keeps its owner.
    let chats = [site.world.chat(12), site.world.chat(13)];
    let give = serde_json::json!({"chat_id_list": chats, "new_owner": site.world.userid(7)});
    let answer = site
        .fake
        .call("externalcontact/groupchat/onjob_transfer", &give);
    let failed = answer["failed_chat_list"].as_array().unwrap();
    assert_eq!(
        (failed.len(), &failed[0]["errcode"]),
        (1, &serde_json::json!(0))
    );
    good(&site.sync(LATER, &[]));
    site.world = site.fake.world();
    assert!(site.world.tags(103).contains(&"et0099".to_owned()));
    site.assert_equal();
    let conn = site.db();
    assert_eq!(
        column(
            &conn,
            "SELECT op || ' ' || tag_id || ' ' || cause FROM tag_event"
        ),
        [
            "add et0099 sync".to_owned(),
            format!("remove {} sync", tags[0])
        ]
        .into()
    );
    assert_eq!(
        column(
            &conn,
            "SELECT chat_id || ' ' || detail FROM group_event WHERE kind = 'owner'"
        ),
        [format!("{} {}", chats[0], site.world.userid(7))].into()
    );
    // A sync only asks: whoever changed something was the other program.
    let counts = site.fake.counts();
    for call in ["mark_tag", "remark", "groupchat/onjob_transfer"] {
        assert_eq!(counts[&format!("externalcontact/{call}")], 1);
    }
    assert!(
        !counts
            .keys()
            .any(|call| call.ends_with("transfer_customer"))
    );
}

#[test]
fn a_customer_handed_over_waits_a_day_and_is_then_the_takers() {
    let mut site = Site::with(
        World::default(),
        &Faults::default(),
        "calls_per_second = 5000\nhandovers = [['staff0004', 'staff0006']]\n",
    );
    let from_four = |i: &usize| site.world.relation(*i).0 == 4;
    let of: Vec<usize> = (90..site.world.customers())
        .filter(from_four)
        .take(2)
        .collect();
    let ids: Vec<String> = of
        .iter()
        .map(|i| site.world.customer(site.world.relation(*i).1))
        .collect();
    good(&site.sync(FIRST, &[]));
    let ask = serde_json::json!({"handover_userid": "staff0004", "takeover_userid": "staff0006", "external_userid": ids});
    site.fake.call("externalcontact/transfer_customer", &ask);
    let mut world = site.fake.world();
    world.transfers[1].refused = true;
    let mut at = |site: &mut Site, as_of: &str, seconds: i64| {
        world.now = world::NOW + seconds;
        site.fake.set_world(&world);
        site.world = world.clone();
        good(&site.sync(as_of, &[]));
    };
    let rows =
        "SELECT target_id || ' ' || status || ' ' || coalesce(takeover_time, '-') FROM handover";
    // Nothing is told in the first minute; then both wait; after an hour one has refused.
    at(&mut site, "2026-11-11 14:30:30", 30);
    assert_eq!(column(&site.db(), rows), BTreeSet::new());
    at(&mut site, "2026-11-11 14:35", 300);
    let waiting: BTreeSet<String> = ids.iter().map(|id| format!("{id} 2 -")).collect();
    assert_eq!(column(&site.db(), rows), waiting);
    at(&mut site, "2026-11-11 16:30", 7_200);
    let owner = "SELECT userid FROM follow WHERE is_owner = 1 AND external_userid IN (SELECT target_id FROM handover)";
    assert_eq!(column(&site.db(), owner), ["staff0004".to_owned()].into());
    // A day and a half hour later.
    at(&mut site, "2026-11-12 15:00", world::DAY + 1_800);
    let (conn, done) = (site.db(), world::NOW + world::DAY);
    assert_eq!(
        column(&conn, rows),
        [format!("{} 1 {done}", ids[0]), format!("{} 3 -", ids[1])].into()
    );
    let told = |sql: &str| column(&conn, &format!("{sql} = '{}'", ids[0]));
    assert_eq!(
        told(
            "SELECT userid || ' ' || status || ' ' || is_owner || ' ' || coalesce(ended_at, '-') FROM follow WHERE external_userid"
        ),
        [
            format!("staff0004 transferred 0 {done}"),
            "staff0006 active 1 -".to_owned()
        ]
        .into()
    );
    assert_eq!(
        told(
            "SELECT userid || ' ' || kind || ' ' || occurred_at FROM follow_event WHERE occurred_at > 1794378600 AND external_userid"
        ),
        [
            format!("staff0004 transfer_out {done}"),
            format!("staff0006 transfer_in {done}")
        ]
        .into()
    );
    let added = site.world.added_at(of[1]);
    assert!(added < done);
    assert_eq!(
        told(
            "SELECT userid || ' ' || valid_from || ' ' || coalesce(valid_to, '-') || ' ' || reason FROM ownership_history WHERE valid_from > 1794378600 AND external_userid"
        ),
        [format!("staff0006 {done} - transfer")].into()
    );
    assert_eq!(
        told(
            "SELECT userid || ' ' || valid_to FROM ownership_history WHERE valid_to IS NOT NULL AND external_userid"
        ),
        [format!("staff0004 {done}")].into()
    );
    site.assert_relations(&conn);
    let head = count(&conn, "SELECT max(seq) FROM change_log");
    at(&mut site, "2026-11-12 15:01", world::DAY + 1_860);
    assert_eq!(count(&conn, "SELECT max(seq) FROM change_log"), head);
    // What an earlier version told as an add too is the taking over alone.
    let added = format!(
        "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, dedup_key)
         VALUES ('2026-11-12', {done} + 3, 'staff0006', '{}', 'add', 'diff', 'of before')",
        ids[0]
    );
    conn.execute(&added, []).unwrap();
    at(&mut site, "2026-11-12 15:02", world::DAY + 1_920);
    let taken = format!(
        "SELECT kind FROM follow_event WHERE userid = 'staff0006' AND external_userid = '{}'",
        ids[0]
    );
    assert_eq!(column(&conn, &taken), ["transfer_in".to_owned()].into());
}

#[test]
fn a_leavers_customer_waits_for_a_taker_and_is_then_theirs() {
    let mut site = Site::new(World::default(), &Faults::default());
    // More than a twentieth of so few staff.
    let allow = ["--allow-shrink"];
    let i = (90..810).find(|i| site.world.relation(*i).0 == 2).unwrap();
    let customer = site.world.customer(i);
    good(&site.sync(FIRST, &[]));
    let mut world = site.world.clone();
    world.left.insert(2);
    world.transfers.push(world::Transfer {
        relation: i,
        from: 2,
        to: 6,
        asked_at: world::NOW,
        refused: false,
    });
    let mut at = |site: &mut Site, as_of: &str, now: i64| {
        world.now = now;
        site.fake.set_world(&world);
        site.world = world.clone();
        good(&site.sync(as_of, &allow));
    };
    let held = format!(
        "SELECT userid || ' ' || status || ' ' || is_owner FROM follow WHERE external_userid = '{customer}'"
    );
    at(&mut site, LATER, world::NOW + 60);
    let conn = site.db();
    let held_before = ["staff0002 active 1".to_owned()];
    assert_eq!(column(&conn, &held), held_before.into());
    at(
        &mut site,
        "2026-11-12 15:00",
        world::NOW + world::DAY + 1_800,
    );
    let held_after = ["staff0002 transferred 0", "staff0006 active 1"];
    assert_eq!(column(&conn, &held), held_after.map(str::to_owned).into());
    assert_eq!(
        column(
            &conn,
            "SELECT kind || ' ' || target_id || ' ' || takeover_time FROM handover WHERE status = 1"
        ),
        [format!(
            "resigned_customer {customer} {}",
            world::NOW + world::DAY
        )]
        .into()
    );
    site.assert_relations(&conn);
}

#[test]
fn departments_and_staff_that_are_gone_are_marked_and_come_back() {
    let mut site = Site::new(
        World {
            staff: 60,
            relations: 60,
            groups: 0,
            departments: 30,
            days: 30,
            ..World::default()
        },
        &Faults::default(),
    );
    let sync = |site: &Site, as_of: &str| {
        site.fake.set_world(&site.world);
        site.sync(as_of, &["--only", "handover"])
    };
    good(&sync(&site, FIRST));
    let gone = "SELECT 'staff ' || userid FROM staff WHERE left_at IS NOT NULL
                UNION SELECT 'department ' || dept_id FROM department WHERE is_deleted = 1";
    assert_eq!(column(&site.db(), gone), BTreeSet::new());
    // An operator's own department is none of the server's.
    site.db()
        .execute(
            "INSERT INTO department (dept_id, name) VALUES (900, '自建')",
            [],
        )
        .unwrap();
    site.world.left.insert(7);
    site.world.departments = 29;
    good(&sync(&site, LATER));
    let marked = ["department 30".to_owned(), "staff staff0007".to_owned()];
    assert_eq!(column(&site.db(), gone), marked.into());
    site.world.left.clear();
    site.world.departments = 30;
    good(&sync(&site, "2026-11-11 14:32"));
    assert_eq!(column(&site.db(), gone), BTreeSet::new());
    site.world.departments = 20;
    let gave = sync(&site, "2026-11-11 14:33");
    assert_eq!(gave.code, 5);
    let words = "10 of 30 departments (33.3 %)";
    let command = "caopan sync wecom --only handover --allow-shrink -w shop.db";
    assert!(
        gave.err.contains(words) && gave.err.contains(command),
        "{}",
        gave.err
    );
    assert_eq!(column(&site.db(), gone), BTreeSet::new());
}
