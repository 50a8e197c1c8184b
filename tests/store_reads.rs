//! Rows read by aggregate are what the tables hold; one bad row never fails the others.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "a test binary"
)]

use caopan::domain::kpi::SubjectKind;
use caopan::domain::leaderboard::RewardKind;
use caopan::domain::period::PeriodKind;
use caopan::domain::{AsOf, CampaignId, CustomerId, Day, DeptId, Fen, SafeText, Zone};
use caopan::store::{
    self, Birth, board, campaigns, customers, groups, meta, org, sources, timeline,
};
use rusqlite::Connection;

/// 2026-11-11 14:30 in Shanghai.
const NOW: i64 = 1_794_378_600;

fn fresh(sql: &str) -> (tempfile::TempDir, Connection) {
    let dir = tempfile::Builder::new().prefix("store-").tempdir().unwrap();
    let conn = store::create(&dir.path().join("w.db"), &Birth::default())
        .unwrap()
        .conn;
    conn.execute_batch(sql).unwrap();
    (dir, conn)
}

fn today() -> Day {
    Day::parse("2026-11-11").unwrap()
}

/// Orders of a day at noon UTC.
fn order(id: &str, customer: &str, day: &str, fen: i64) -> String {
    format!(
        "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
         VALUES ('{id}', '{customer}', 'k', unixepoch('{day} 12:00'), unixepoch('{day} 12:00'), '{day}', 'paid', {fen}, {fen}, 'store', 's1');"
    )
}

const PEOPLE: &str = "
    INSERT INTO department (dept_id, parent_id, name, ord) VALUES (1, NULL, '总部', 1), (2, 1, '华东', 5), (3, 1, '华南', 9);
    INSERT INTO department (dept_id, name, is_deleted) VALUES (4, '旧部门', 1);
    INSERT INTO staff (userid, name, main_dept_id, wecom_status, left_at) VALUES ('s1', '张三', 2, 1, NULL), ('s2', '李四', 99, 5, 77);
    INSERT INTO channel (channel_id, kind, name) VALUES (1, 'store_sign', '门店立牌');
    INSERT INTO journey VALUES (1, '新客'), (2, '会员');
    INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (10, 1, 1, '已加'), (11, 1, 2, '首单'), (20, 2, 1, '银卡');
    INSERT INTO tag_group (group_id, name, ord, kind) VALUES ('g1', '等级', 1, 'tier'), ('g2', '地区', 2, 'static');
    INSERT INTO tag (tag_id, group_id, name, ord, is_deleted) VALUES ('t1', 'g1', 'vip', 1, 0), ('t2', 'g2', '上海', 2, 0), ('t3', 'g2', '浦东', 1, 0), ('t4', 'g2', '旧', 0, 1);
    INSERT INTO customer (external_userid, name, phone, gender, region, birthday, first_added_at, synced_at)
      VALUES ('c1', '王小明', '13800002210', 1, '上海', '1990-05-01', 1000, 2000), ('c2', '钱多', NULL, NULL, NULL, NULL, NULL, 3000),
             ('c3', '孙乐', '', 2, '', '', 5, 1);
    INSERT INTO follow (userid, external_userid, added_at, is_owner, channel_id, remark, last_touch_at, status)
      VALUES ('s1', 'c1', 1000, 1, 1, '爱喝茶', 5000, 'active'), ('s2', 'c1', 900, 0, NULL, '', 6000, 'deleted_by_customer'), ('gone', 'c3', 1, 1, 8, 'x', NULL, 'active');
    INSERT INTO customer_tag (tag_id, external_userid, userid, tagged_at) VALUES ('t1', 'c1', '', 4000), ('t1', 'c1', 's1', 4100), ('t2', 'c1', '', NULL), ('t3', 'c1', '', NULL), ('t4', 'c1', '', NULL);
    INSERT INTO customer_stage VALUES (1, 'c1', 11, 4500), (2, 'c1', 20, 4600);
";

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

#[test]
fn group_facts_hold_the_trailing_week_the_tasks_and_the_counted_members() {
    let (_dir, conn) = fresh(
        &(PEOPLE.to_owned()
            + "INSERT INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES (7, '快闪', 'flash', 1, 99, 'running');
               INSERT INTO group_chat (chat_id, name, owner_userid, created_at, wecom_status, dissolved_at, capacity, kind, campaign_id)
                 VALUES ('g1', '一群', 's1', 10, 0, NULL, 200, 'welfare', NULL), ('g2', '二群', 'nobody', 20, 1, NULL, 500, 'flash', 7),
                        ('g3', '散了', 's1', 1, 0, 5, 500, 'welfare', NULL), ('g4', '没数', 's1', 1, 0, NULL, 500, 'welfare', NULL);
               INSERT INTO group_day (chat_id, biz_date, ext_total, joined, quit, kicked, msg_ext, speakers_ext) VALUES
                 ('g1', '2026-11-03', 180, 50, 50, 50, 9, 1), ('g1', '2026-11-04', 181, 2, 1, 0, 30, 9), ('g1', '2026-11-10', 183, 4, 1, 1, 0, 0),
                 ('g1', '2026-11-11', 190, 9, 9, 9, 4, 2), ('g1', '2026-10-01', 1, 1, 1, 1, 1, 1), ('g2', '2026-11-10', 12, 1, NULL, NULL, NULL, NULL),
                 ('g3', '2026-11-10', 5, 1, 1, 1, 1, 1);
               UPDATE group_day SET member_total = ext_total + 3 WHERE chat_id = 'g1';
               INSERT INTO group_member (chat_id, member_id, join_at, type, quit_at) VALUES
                 ('g4', 'c1', 1, 2, NULL), ('g4', 'c2', 1, 2, 9), ('g4', 'c3', 1, 2, NULL), ('g4', 's1', 1, 1, NULL), ('g1', 'c1', 1, 2, NULL);
               INSERT INTO task (kind, userid, chat_id, due_at, status) VALUES
                 ('group_post', 's1', 'g1', unixepoch('2026-11-10 02:00'), 'done'), ('group_post', 's1', 'g1', unixepoch('2026-11-10 15:59:59'), 'late_done'),
                 ('group_post', 's1', 'g1', unixepoch('2026-11-10 16:00'), 'done'), ('group_post', 's1', 'g1', unixepoch('2026-11-03 15:59:59'), 'done'),
                 ('group_post', 's1', 'g1', unixepoch('2026-11-03 16:00'), 'missed'), ('group_post', 's1', 'g1', unixepoch('2026-11-09 02:00'), 'void');"),
    );
    let zone = Zone::default();
    let facts = groups::facts(&conn, today(), zone).unwrap();
    let ids: Vec<&str> = facts.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(ids, ["g1", "g2", "g4"]);
    let (one, two, four) = (&facts[0], &facts[1], &facts[2]);
    assert_eq!(one.owner.1.as_str(), "张三");
    assert_eq!(one.dept, Some(DeptId(2)));
    assert_eq!((one.capacity, one.planned_end), (200, None));
    let week = &one.week;
    assert_eq!((week.members_start, week.members), (Some(180), Some(183)));
    assert_eq!(
        facts.iter().map(|f| f.week.everybody).collect::<Vec<_>>(),
        [Some(186), Some(12), Some(3)],
        "with staff, of the last day that is over; where nobody counted them the external members; by their own rows"
    );
    assert_eq!(
        (week.joined, week.left, week.speaker_days),
        (Some(6), Some(3), Some(9))
    );
    assert_eq!(week.measured_to, Some(today().plus(-1)));
    // Due: 10 Nov 10:00 and 23:59:59, 4 Nov 00:00 in Shanghai; today's and the 3rd's are outside, void does not count.
    assert_eq!((one.sop_due, one.sop_on_time), (3, 1));
    assert_eq!(two.owner.1.as_str(), "nobody");
    assert_eq!(
        (two.dept, two.wecom_status, two.planned_end),
        (None, 1, Some(99))
    );
    assert_eq!((two.week.left, two.week.speaker_days), (None, None));
    assert_eq!((four.week.members, four.week.measured_to), (Some(2), None));
    let again = groups::facts_of(
        &conn,
        today(),
        zone,
        &["g4".into(), "g3".into(), "g1".into()],
    )
    .unwrap();
    assert_eq!(again, [four.clone(), one.clone()]);
}

/// Statistics of a day stand from its end on, also where nothing else is known of a group.
#[test]
fn a_group_is_measured_to_a_day_that_is_over() {
    let (_dir, conn) = fresh(
        &(PEOPLE.to_owned()
            + "INSERT INTO group_chat (chat_id, name, owner_userid, created_at) VALUES ('old', '久', 's1', 10), ('none', '无', 's1', 10);
               INSERT INTO group_day (chat_id, biz_date, ext_total) VALUES ('old', '2026-10-01', 40), ('old', '2026-11-11', 41),
                 ('old', '2027-11-11', 42), ('none', '2026-11-11', 5);"),
    );
    let facts = groups::facts(&conn, today(), Zone::default()).unwrap();
    let measured = facts
        .iter()
        .map(|group| (group.id.as_str(), group.week.measured_to));
    let october = Day::parse("2026-10-01");
    assert_eq!(
        measured.collect::<Vec<_>>(),
        [("none", None), ("old", october)]
    );
}

#[test]
fn campaigns_targets_and_labels_are_read_and_nonsense_left_out() {
    let (_dir, conn) = fresh(
        "INSERT INTO campaign (campaign_id, name, kind, warmup_at, starts_at, ends_at, status) VALUES (1, '618', 'festival', NULL, 10, 20, 'ended'), (2, '双11', 'festival', 25, 30, 40, 'running');
         INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, floor_value, target_value, stretch_value, penalty_allowed)
           VALUES ('gmv', 'campaign', '2', 'campaign', '2026-11-01', '2026-11-11', NULL, 24000000, 30000000, 0), ('conversion', 'campaign', '2', 'campaign', '2026-11-01', '2026-11-11', NULL, 0.04, 9e999, 1);
         INSERT INTO kpi_node (campaign_id, level, ord, label, metric_code, op) VALUES (2, 2, 1, '成交额', 'gmv', 'product'), (NULL, 1, 1, '达成', 'attainment', 'attainment');",
    );
    let facts = campaigns::facts(&conn).unwrap();
    let seen: Vec<_> = facts
        .iter()
        .map(|c| (c.id.0, c.name.as_str(), c.warmup_at, c.ends_at))
        .collect();
    assert_eq!(seen, [(2, "双11", Some(25), 40), (1, "618", None, 20)]);
    let targets = campaigns::targets(&conn).unwrap();
    assert_eq!(targets.len(), 2);
    assert_eq!(
        (
            targets[0].target,
            targets[0].stretch,
            targets[0].penalty_allowed
        ),
        (24_000_000.0, Some(30_000_000.0), false)
    );
    assert_eq!(
        (targets[0].subject_kind, targets[0].subject_id.as_str()),
        (SubjectKind::Campaign, "2")
    );
    assert_eq!(
        (targets[0].period_kind, targets[0].period_end),
        (PeriodKind::Campaign, today())
    );
    assert_eq!(targets[1].stretch, None, "infinity is no number");
    let labels: Vec<_> = campaigns::nodes(&conn)
        .unwrap()
        .into_iter()
        .map(|n| (n.campaign, n.metric_code))
        .collect();
    assert_eq!(
        labels,
        [
            (None, "attainment".into()),
            (Some(CampaignId(2)), "gmv".into())
        ]
    );
}

#[test]
fn the_same_target_is_kept_once_even_without_a_node() {
    let (_dir, conn) = fresh("");
    let sql = "INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value) VALUES ('gmv', 'staff', 's1', 'day', '2026-11-11', '2026-11-11', 1)";
    conn.execute(sql, []).unwrap();
    conn.execute(sql, []).unwrap_err();
}

#[test]
fn staff_departments_and_rewards_are_read() {
    let (_dir, conn) = fresh(
        &(PEOPLE.to_owned()
            + "INSERT INTO incentive_rule (name, metric_code, period_kind, scope, kind, threshold, rank_max, attain_band, reward_fen, reward_text, valid_from) VALUES
                 ('二档', 'gmv', 'month', 'staff', 'threshold', 200, NULL, NULL, 100, '', NULL), ('一档', 'gmv', 'month', 'staff', 'threshold', 100, NULL, NULL, NULL, '奖茶', '2026-11-01'),
                 ('坏', 'gmv', 'month', 'staff', 'threshold', NULL, NULL, NULL, NULL, NULL, NULL), ('部门', 'gmv', 'month', 'dept', 'title', NULL, NULL, NULL, NULL, NULL, NULL);"),
    );
    let staff: Vec<_> = board::staff(&conn)
        .unwrap()
        .into_iter()
        .map(|s| {
            (
                s.id.as_str().to_owned(),
                s.dept_name.as_str().to_owned(),
                s.left,
                s.left_at,
            )
        })
        .collect();
    assert_eq!(
        staff,
        [
            ("s1".into(), "华东".into(), false, None),
            ("s2".into(), String::new(), true, Some(77))
        ]
    );
    let tree: Vec<_> = org::departments(&conn)
        .unwrap()
        .into_iter()
        .map(|d| (d.id.0, d.parent.map(|p| p.0)))
        .collect();
    assert_eq!(tree, [(3, Some(1)), (2, Some(1)), (1, None)]);
    let steps: Vec<_> = board::reward_steps(&conn)
        .unwrap()
        .into_iter()
        .map(|s| (s.kind, s.text.as_str().to_owned(), s.amount))
        .collect();
    assert_eq!(
        steps,
        [
            (RewardKind::Threshold(100.0), "奖茶".into(), None),
            (RewardKind::Threshold(200.0), "二档".into(), Some(Fen(100))),
        ]
    );
}

#[test]
fn sources_are_as_old_as_their_newest_row_that_is_not_in_the_future() {
    let now = AsOf {
        unix: NOW,
        zone: Zone::default(),
    };
    let (_dir, conn) = fresh("");
    assert!(
        sources::ages(&conn, now)
            .unwrap()
            .iter()
            .all(|s| s.newest.is_none() && !s.stale)
    );
    let (_dir, conn) = fresh(
        &(PEOPLE.to_owned()
            + &order("o1", "c1", "2026-11-08", 1)
            + &order("o2", "c1", "2026-11-12", 1)
            + &format!("UPDATE customer SET synced_at = {NOW} - 60 WHERE external_userid = 'c1'; UPDATE customer SET synced_at = {NOW} + 60 WHERE external_userid = 'c2';")
            + "INSERT INTO group_day (chat_id, biz_date) VALUES ('g1', '2026-11-10');
               INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source) VALUES
                 ('2026-11-10', unixepoch('2026-11-10 01:00'), 's2', 'c1', 'add', 'local'), ('2026-11-10', unixepoch('2026-11-10 00:00'), 's9', 'c1', 'add', 'local'),
                 ('2026-11-11', unixepoch('2026-11-11 01:00'), 's1', 'c1', 'del_by_staff', 'local');"),
    );
    let ages: Vec<_> = sources::ages(&conn, now)
        .unwrap()
        .into_iter()
        .map(|s| (s.code, s.newest, s.stale))
        .collect();
    let at = |text: &str| {
        conn.query_row("SELECT unixepoch(?1)", [text], |r| r.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!(
        ages,
        [
            ("customers", Some(NOW - 60), false),
            ("orders", Some(at("2026-11-08 12:00")), true),
            ("groups", Some(at("2026-11-10 16:00")), false),
            ("adds", Some(at("2026-11-10 01:00")), true),
            ("campaigns", None, false),
        ]
    );
}

#[test]
fn settings_are_kept_and_an_unknown_zone_is_shanghai() {
    let (_dir, conn) = fresh("");
    assert_eq!(meta::zone(&conn).unwrap(), Zone::default());
    meta::set(&conn, "tz", "Mars/Base").unwrap();
    assert_eq!(meta::zone(&conn).unwrap(), Zone::default());
    meta::set(&conn, "tz", "Asia/Urumqi").unwrap();
    assert_eq!(
        meta::zone(&conn).unwrap(),
        Zone::parse("Asia/Urumqi").unwrap()
    );
    assert!(!meta::is_demo(&conn).unwrap());
    assert_eq!(meta::get(&conn, "nothing").unwrap(), None);
    assert_eq!(meta::get(&conn, "workspace_id").unwrap().unwrap().len(), 32);
}

/// Every cell a stranger may have filled badly: invalid UTF-8, extremes, infinities, control characters, days that are none.
const HOSTILE: &str = "
    INSERT INTO customer (external_userid, name, phone, gender, region, birthday, first_added_at, synced_at) VALUES
      ('bad', CAST(x'e5bcffa0fe' AS TEXT), CAST(x'ff' AS TEXT), 9223372036854775807, char(27) || '[31m', '2026-99-9', -9223372036854775808, 9223372036854775807);
    INSERT INTO follow (userid, external_userid, added_at, is_owner, last_touch_at, remark) VALUES (CAST(x'ff41' AS TEXT), 'bad', 9223372036854775807, 1, -9223372036854775808, char(8238) || 'x');
    INSERT INTO tag (tag_id, group_id, name) VALUES ('bad', 'none', CAST(x'c3' AS TEXT));
    INSERT INTO customer_tag (tag_id, external_userid, tagged_at) VALUES ('bad', 'bad', 9223372036854775807);
    INSERT INTO group_chat (chat_id, name, owner_userid, created_at, wecom_status, capacity) VALUES ('bad', CAST(x'fffe' AS TEXT), '', -9223372036854775808, 9223372036854775807, 0);
    INSERT INTO group_day (chat_id, biz_date, ext_total, joined, msg_ext) VALUES ('bad', '2026-11-10', -5, 9223372036854775807, 99999999999);
    INSERT INTO staff (userid, name, main_dept_id, left_at) VALUES (CAST(x'ff41' AS TEXT), CAST(x'80' AS TEXT), -1, 9223372036854775807);
    INSERT INTO department (dept_id, parent_id, name) VALUES (-9223372036854775808, 9223372036854775807, CAST(x'80' AS TEXT));
    INSERT INTO campaign (campaign_id, name, kind, starts_at, ends_at, status) VALUES (-1, CAST(x'80' AS TEXT), 'other', 9223372036854775807, -9223372036854775808, 'planned');
    INSERT INTO kpi_target (metric_code, subject_kind, subject_id, period_kind, period_start, period_end, target_value, floor_value) VALUES ('gmv', 'staff', CAST(x'80' AS TEXT), 'day', '2026-11-11', '2026-11-11', 1, -9e999);
    INSERT INTO leaderboard_snapshot VALUES ('gmv', 'day', '2026-11-10', 5, CAST(x'80' AS TEXT), 9e999, 1), ('gmv', 'day', '2026-11-10', 5, 's1', 2.0, 2);
    INSERT INTO meta VALUES ('bad', CAST(x'80' AS TEXT));
";

#[test]
fn bad_cells_fail_nothing_and_come_out_safe() {
    let (_dir, conn) = fresh(&(PEOPLE.to_owned() + HOSTILE));
    let safe = |text: &SafeText| {
        assert!(
            !text
                .as_str()
                .chars()
                .any(|c| c.is_control() || c == '\u{202e}'),
            "{text:?}"
        );
    };
    let page = customers::first_page(&conn, None, 10).unwrap();
    assert_eq!(page.len(), 4);
    let bad = page.iter().find(|c| c.id.as_str() == "bad").unwrap();
    [
        &bad.name,
        &bad.phone,
        &bad.region,
        &bad.tags[0],
        &bad.owner.as_ref().unwrap().1,
    ]
    .into_iter()
    .for_each(safe);
    assert_eq!(bad.gender, 0);
    let detail = customers::detail(&conn, &"bad".into()).unwrap().unwrap();
    safe(&detail.remarks[0].1);
    assert_eq!(timeline::timeline(&conn, &"bad".into()).unwrap().len(), 1);
    let facts = groups::facts(&conn, today(), Zone::default()).unwrap();
    assert_eq!((facts[0].week.members, facts[0].week.joined), (None, None));
    safe(&facts[0].name);
    assert_eq!(board::staff(&conn).unwrap().len(), 3);
    assert_eq!(org::departments(&conn).unwrap().len(), 4);
    assert_eq!(campaigns::facts(&conn).unwrap().len(), 1);
    assert_eq!(campaigns::targets(&conn).unwrap()[0].floor, None);
    let key = board::BoardKey {
        board: "gmv",
        kind: PeriodKind::Day,
        start: today().plus(-1),
    };
    let kept = board::snapshot_before(&conn, key, 9).unwrap().unwrap();
    assert_eq!(kept.values, [("s1".into(), 2.0)]);
    let now = AsOf {
        unix: NOW,
        zone: Zone::default(),
    };
    assert_eq!(sources::ages(&conn, now).unwrap()[0].newest, Some(3000));
    assert!(meta::get(&conn, "bad").unwrap().is_some());
}
