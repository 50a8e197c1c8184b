//! Customers: the first page, a sketch of it, one opened, their timeline.

use crate::{PEOPLE, fresh, order};
use caopan::domain::{CustomerId, Fen, SafeText};
use caopan::store::{customers, timeline};

#[test]
fn a_sketch_holds_what_the_first_page_holds_but_for_what_it_leaves_unknown() {
    let sql = format!(
        "{PEOPLE}{}{}",
        order("o1", "c2", "2026-11-01", 300),
        order("o2", "c1", "2026-11-02", 300)
    );
    let (_dir, conn) = fresh(&sql);
    for limit in [2, 10] {
        let (pool, sketch) = customers::first_sketch(&conn, limit).unwrap();
        let (same_pool, page) = customers::first_screen(&conn, limit).unwrap();
        assert_eq!(pool, same_pool);
        let expected: Vec<_> = page
            .into_iter()
            .map(|known| customers::Listed {
                stage: None,
                orders: 0,
                last_paid_at: None,
                last_contact_at: None,
                source: SafeText::default(),
                ..known
            })
            .collect();
        assert_eq!(sketch, expected);
    }
    let (_, sketch) = customers::first_sketch(&conn, 10).unwrap();
    let top: Vec<_> = sketch.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(top, ["c1", "c2", "c3"], "ties of spend go by id");
    assert_eq!(sketch[0].owner.as_ref().unwrap().1.as_str(), "张三");
    assert_eq!(sketch[0].tags.len(), 3);
}

#[test]
fn the_first_page_goes_by_spend_then_id_and_goes_on_where_it_stopped() {
    let mut sql = PEOPLE.to_owned();
    for n in 4..=40 {
        sql += &format!("INSERT INTO customer (external_userid, synced_at) VALUES ('c{n:02}', 1);");
        sql += &order(
            &format!("o{n}"),
            &format!("c{n:02}"),
            "2026-11-01",
            100 * (n % 7),
        );
    }
    sql += &order("o1", "c1", "2026-11-02", 500_000);
    let (_dir, conn) = fresh(&sql);
    let pool = customers::pool(&conn).unwrap();
    assert_eq!(pool.customers, 40);
    let mut expected: Vec<(i64, String)> = (4..=40)
        .map(|n| (100 * (n % 7), format!("c{n:02}")))
        .chain([(500_000, "c1".into()), (0, "c2".into()), (0, "c3".into())])
        .collect();
    assert_eq!(pool.spend, Fen(expected.iter().map(|(fen, _)| fen).sum()));
    expected.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let (mut found, mut after) = (Vec::new(), None::<(Fen, CustomerId)>);
    loop {
        let page = customers::first_page(&conn, after.as_ref().map(|(f, id)| (*f, id)), 7).unwrap();
        let Some(last) = page.last() else { break };
        after = Some((last.spend, last.id.clone()));
        found.extend(
            page.into_iter()
                .map(|c| (c.spend.0, c.id.as_str().to_owned())),
        );
    }
    assert_eq!(found, expected);
}

#[test]
fn without_an_owner_the_earliest_relation_says_where_a_customer_came_from() {
    let (_dir, conn) = fresh(
        &(PEOPLE.to_owned()
            + "INSERT INTO channel (channel_id, kind, name) VALUES (2, 'live', '直播间');
               INSERT INTO follow (userid, external_userid, added_at, is_owner, channel_id, status)
                 VALUES ('s1', 'c2', 20, 0, 1, 'active'), ('s2', 'c2', 10, 0, 2, 'deleted_by_staff');"),
    );
    let listed = |id: &str| {
        customers::listed_of(&conn, &CustomerId::from(id), customers::Beside::ALL)
            .unwrap()
            .unwrap()
    };
    let strayed = listed("c2");
    assert_eq!((strayed.owner, strayed.source.as_str()), (None, "直播间"));
    assert_eq!(listed("c1").source.as_str(), "门店立牌");
}

#[test]
fn a_customer_opened_shows_everything_of_theirs() {
    let (_dir, conn) = fresh(
        &(PEOPLE.to_owned()
            + &order("o1", "c1", "2026-11-01", 20_000)
            + "INSERT INTO order_refund VALUES ('r1', 'o1', 1700000000, '2026-11-02', 5000, 0, NULL);
               INSERT INTO group_chat (chat_id, name, owner_userid, created_at, dissolved_at) VALUES ('g1', '福利群', 's1', 1, NULL), ('g2', '旧群', 's1', 1, 2);
               INSERT INTO group_member (chat_id, member_id, join_at, type, quit_at) VALUES ('g1', 'c1', 10, 2, NULL), ('g2', 'c1', 20, 2, NULL);"),
    );
    let detail = customers::detail(&conn, &"c1".into()).unwrap().unwrap();
    let listed = &detail.listed;
    assert_eq!(listed.name.as_str(), "王小明");
    assert_eq!(listed.phone.as_str(), "13800002210");
    assert_eq!((listed.spend, listed.orders), (Fen(15_000), 1));
    assert_eq!(listed.last_contact_at, Some(6000));
    let tags: Vec<&str> = listed.tags.iter().map(SafeText::as_str).collect();
    assert_eq!(
        tags,
        ["上海", "浦东", "vip"],
        "a bigger ord first, as in WeCom"
    );
    assert_eq!(listed.stage.as_ref().unwrap().as_str(), "首单");
    let (owner, name) = listed.owner.as_ref().unwrap();
    assert_eq!((owner.as_str(), name.as_str()), ("s1", "张三"));
    assert_eq!(listed.source.as_str(), "门店立牌");
    assert_eq!(detail.birthday.as_str(), "1990-05-01");
    let remarks: Vec<_> = detail
        .remarks
        .iter()
        .map(|(s, r)| (s.as_str(), r.as_str()))
        .collect();
    assert_eq!(remarks, [("张三", "爱喝茶")]);
    let follows: Vec<_> = detail
        .follows
        .iter()
        .map(|(s, t, at)| (s.as_str(), t.as_str(), *at))
        .collect();
    assert_eq!(
        follows,
        [
            ("张三", "active", 1000),
            ("李四", "deleted_by_customer", 900)
        ]
    );
    let groups: Vec<&str> = detail.groups.iter().map(SafeText::as_str).collect();
    assert_eq!(groups, ["福利群"]);
    // An owner nobody knows is shown by id; nobody by that name is nobody.
    let third = customers::detail(&conn, &"c3".into()).unwrap().unwrap();
    assert_eq!(third.listed.owner.unwrap().1.as_str(), "gone");
    assert_eq!(customers::detail(&conn, &"c9".into()).unwrap(), None);
}

#[test]
fn a_timeline_is_newest_first_and_at_most_500_long() {
    let mut sql = PEOPLE.to_owned();
    for n in 0..600 {
        sql += &format!(
            "INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source) VALUES ('2026-11-01', {n}, 's1', 'c1', 'add', 'local');"
        );
    }
    sql += &order("o1", "c1", "2026-11-01", 20_000);
    sql += "INSERT INTO order_refund VALUES ('r1', 'o1', 1800000000, '2026-11-02', 5000, 0, NULL);
            INSERT INTO group_chat (chat_id, name, owner_userid, created_at) VALUES ('g1', '福利群', 's1', 1);
            INSERT INTO group_member (chat_id, member_id, join_at, type, quit_at, invitor_userid) VALUES ('g1', 'c1', 7000, 2, 8000, 's2');
            INSERT INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES (7, '双11', 'festival', 1, 2, 'running');
            INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (7, 'added_cart', 'c1', 9000);";
    let (_dir, conn) = fresh(&sql);
    let events = timeline::timeline(&conn, &"c1".into()).unwrap();
    assert_eq!(events.len(), 500);
    assert!(events.windows(2).all(|w| w[0].at >= w[1].at));
    let head: Vec<_> = events
        .iter()
        .take(10)
        .map(|e| {
            (
                e.kind,
                e.what.as_str(),
                e.amount.map(|f| f.0),
                e.who.as_ref().map(SafeText::as_str),
            )
        })
        .collect();
    assert_eq!(
        head,
        [
            ("refund", "o1", Some(5000), None),
            ("order", "o1", Some(20_000), Some("张三")),
            ("step_added_cart", "双11", None, None),
            ("group_quit", "福利群", None, None),
            ("group_join", "福利群", None, Some("李四")),
            ("stage", "银卡", None, None),
            ("stage", "首单", None, None),
            ("tag_add", "vip", None, Some("张三")),
            ("tag_add", "vip", None, None),
            ("add", "", None, Some("张三")),
        ]
    );
}

#[test]
fn every_kind_the_schema_allows_is_a_kind_of_the_timeline() {
    for step in [
        "reached",
        "opened",
        "clicked",
        "joined_group",
        "added_cart",
        "ordered",
        "paid",
        "shared",
    ] {
        assert!(timeline::KINDS.contains(&format!("step_{step}").as_str()));
    }
    for kind in [
        "add",
        "half_add",
        "del_by_staff",
        "del_by_customer",
        "transfer_out",
        "transfer_in",
        "transfer_fail",
        "vanished",
    ] {
        assert!(timeline::KINDS.contains(&kind));
    }
}
