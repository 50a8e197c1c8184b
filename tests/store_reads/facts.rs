//! Groups, campaigns, targets, staff, sources and settings.

use crate::{NOW, PEOPLE, fresh, order, today};
use caopan::domain::kpi::SubjectKind;
use caopan::domain::leaderboard::RewardKind;
use caopan::domain::period::PeriodKind;
use caopan::domain::{AsOf, CampaignId, Day, DeptId, Fen, Zone};
use caopan::store::{board, campaigns, groups, meta, org, sources};

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
