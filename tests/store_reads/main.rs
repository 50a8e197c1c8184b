//! Rows read by aggregate are what the tables hold; one bad row never fails the others.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::format_push_string,
    reason = "a test binary"
)]

mod facts;
mod people;

use caopan::domain::period::PeriodKind;
use caopan::domain::{AsOf, Day, SafeText, Zone};
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
