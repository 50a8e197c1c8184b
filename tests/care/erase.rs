//! Erasing a customer: nothing of them is left, everybody else's rows and totals are.

use std::fs;
use std::path::PathBuf;

use crate::canary::{CANARIES, canaries_left, canary_shop, totals_of};
use crate::shop::{self, Shop};
use crate::{checked, fails, number};
use caopan::store;

/// Totals that an erasure keeps.
/// Every metric, a line each.
fn metrics_of(shop: &Shop) -> Vec<String> {
    let wish = [
        "metrics",
        "--format",
        "csv",
        "--as-of",
        shop::NOW,
        "-w",
        "w.db",
    ];
    shop.good(&wish).lines().map(str::to_owned).collect()
}

/// Acts that name the canary, and what the console of this account remembers of it: the file of the latter.
fn named_in_acts(shop: &Shop) -> PathBuf {
    let [id, ..] = CANARIES;
    let conn = shop.connection("w.db");
    let act = |kind, subject, before| store::journal::Act {
        at: 5,
        act: kind,
        subject_kind: "customer",
        subject_id: subject,
        before,
        ..Default::default()
    };
    let before = format!("{{\"customers\":[\"{id}\"],\"name\":\"{}\"}}", CANARIES[3]);
    let tx = conn.unchecked_transaction().unwrap();
    store::journal::write(&tx, "ops", act("tag", id, None)).unwrap();
    store::journal::write(&tx, "ops", act("tag", "", Some(&before))).unwrap();
    store::journal::write(&tx, "ops", act("tag", "wmSomebodyElse", None)).unwrap();
    tx.commit().unwrap();
    drop(conn);
    // Acts of the program itself: a stage that keeps what was, a filter by phone, and what the console remembers.
    shop.good(&["stage", "2", id, "-w", "w.db"]);
    let phone = format!("phone:{}", CANARIES[2]);
    shop.good(&["export", "customers", &phone, "-o", "-", "-w", "w.db"]);
    let kept = caopan::config::state::Kept {
        filter: CANARIES[3].into(),
        filter_history: vec!["vip".into(), phone, format!("id:{id}")],
        ..Default::default()
    };
    fs::create_dir_all(shop.path("state")).unwrap();
    let private = caopan::config::state::file_of(&shop.path("state"), &shop.path("w.db"));
    caopan::config::state::save(&private, &kept).unwrap();
    private
}

#[test]
fn an_erasure_names_the_copy_that_was_put_back_and_those_made_before_that() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let id: String = {
        let conn = shop.connection("w.db");
        conn.query_row("SELECT min(external_userid) FROM customer", [], |row| {
            row.get(0)
        })
        .unwrap()
    };
    // The first copy knows neither of itself nor of the second: once it is back, no journal of the workspace names them.
    shop.good(&["backup", "first.copy", "-w", "w.db"]);
    shop.good(&["backup", "second.copy", "-w", "w.db"]);
    shop.good(&["restore", "first.copy", "--yes", "-w", "w.db"]);
    let said = shop.good(&["erase", &id, "--yes", "-w", "w.db"]);
    for copy in ["first.copy", "second.copy", "w.db.before-restore-"] {
        assert!(said.contains(copy), "{copy}: {said}");
    }
}

#[test]
fn nothing_of_an_erased_customer_is_left_and_sales_and_groups_keep_their_totals() {
    let (shop, conn) = canary_shop(400);
    let [id, ..] = CANARIES;
    drop(conn);
    let private = named_in_acts(&shop);
    shop.good(&["backup", "knows.bak", "-w", "w.db"]);
    assert!(!canaries_left(&shop).is_empty());
    let kept = totals_of(&shop);
    fails(&shop, 5, &["erase", id, "-w", "w.db"]);

    let said = shop.good(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    assert_eq!(totals_of(&shop), kept);
    for canary in CANARIES {
        assert!(!said.contains(canary), "{said}");
    }
    assert!(
        said.contains("sale_order: 3 行")
            && said.contains("日志: 抹去 3 行的内容")
            && said.contains("runs: 3 行")
            && said.contains("累计消费, 风险金额和订单匹配率少去此人")
            && said.contains("操盘台的私有状态: 3 个筛选与视图"),
        "{said}"
    );
    let history = caopan::config::state::load(&private).kept.filter_history;
    assert_eq!(history, ["vip"]);
    assert!(said.contains("knows.bak"), "{said}");
    let said = checked(&shop, 0, &[]);
    assert_eq!((&*said["journal"].0, &*said["totals"].0), ("ok", "ok"));
    let conn = shop.connection("w.db");
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM journal WHERE subject_id = 'wmSomebodyElse'"
        ),
        1
    );
    assert_eq!(
        number(&conn, "SELECT count(*) FROM journal WHERE act = 'erase'"),
        1
    );
    drop(conn);

    // Again: nothing there, and the copy is gone.
    fs::remove_file(shop.path("knows.bak")).unwrap();
    let again = shop.run(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(again.code, 1);
    assert!(
        again.err.contains("里没有这个编号: 没有删除任何人"),
        "{}",
        again.err
    );
    assert!(
        !again.err.contains(id) && !again.out.contains("knows.bak"),
        "{}",
        again.out
    );
    assert_eq!(canaries_left(&shop), []);
}

#[test]
fn of_the_metrics_an_erasure_changes_those_that_count_customers() {
    let (shop, conn) = canary_shop(400);
    drop(conn);
    let before = metrics_of(&shop);
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    let after = metrics_of(&shop);
    let changed = before.iter().filter(|line| !after.contains(line));
    let changed: Vec<&str> = changed.filter_map(|line| line.split(',').next()).collect();
    let without = [
        "customers",
        "relations",
        "spend",
        "value_at_risk",
        "active_rate",
        "data_match",
    ];
    for code in &changed {
        assert!(without.contains(code), "{code}");
    }
    assert!(changed.contains(&"spend"), "{changed:?}");
}

#[test]
fn text_that_is_no_utf_8_keeps_nobody_from_being_erased() {
    let (shop, conn) = canary_shop(200);
    let id = CANARIES[0];
    let spoilt = |text: &str| [b"\xff", text.as_bytes(), b"\xfe"].concat();
    conn.execute(
        "UPDATE customer SET name = CAST(?2 AS TEXT), unionid = CAST(?3 AS TEXT) WHERE external_userid = ?1",
        rusqlite::params![id, spoilt(CANARIES[3]), spoilt(CANARIES[1])],
    )
    .unwrap();
    conn.execute(
        "UPDATE group_member SET unionid = CAST(?2 AS TEXT) WHERE member_id = ?1",
        rusqlite::params![id, spoilt(CANARIES[1])],
    )
    .unwrap();
    conn.execute(
        "INSERT INTO sync_run (source, started_at, message) VALUES ('postgres:customers', 5, CAST(?1 AS TEXT))",
        [spoilt(id)],
    )
    .unwrap();
    drop(conn);
    shop.good(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
}

#[test]
fn erasing_a_short_id_leaves_everybody_elses_rows_as_they_are() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, unionid, phone, synced_at) VALUES ('1', '甲', 'u1', '13912345671', 9), ('11', '乙', 'u11', NULL, 9);
         INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source, dedup_key)
           SELECT '2026-11-10', 1, userid, '1', 'add', 'import', 'add/1/1111111111/11111111111111111111' FROM staff LIMIT 1;
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT campaign_id, 'paid', k.value, 5 FROM campaign,
           (SELECT '1' AS value UNION SELECT 'u1' UNION SELECT '13912345671') k WHERE campaign_id = (SELECT min(campaign_id) FROM campaign);
         INSERT INTO sync_run (source, started_at, message) VALUES ('postgres:customers', 5, '1 row of 11 was refused');",
    )
    .unwrap();
    let steps = number(&conn, "SELECT count(*) FROM campaign_step");
    drop(conn);
    shop.good(&["stage", "1", "11", "-w", "w.db"]);
    shop.good(&["stage", "2", "11", "-w", "w.db"]);
    shop.good(&["stage", "2", "1", "-w", "w.db"]);
    let said = shop.good(&["erase", "1", "--yes", "-w", "w.db"]);
    assert!(said.contains("日志: 抹去 1 行的内容"), "{said}");
    let conn = shop.connection("w.db");
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM journal WHERE subject_id = '11' AND before IS NOT NULL"
        ),
        2
    );
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM sync_run WHERE message LIKE '1 row of 11%'"
        ),
        1
    );
    assert_eq!(number(&conn, "SELECT count(*) FROM campaign_step"), steps);
    assert_eq!(
        number(
            &conn,
            "SELECT count(*) FROM customer WHERE external_userid IN ('1', '11')"
        ),
        1
    );
    drop(conn);
    // What others did can still be taken back.
    shop.good(&["undo", "2", "-w", "w.db"]);
}

#[test]
fn an_erasure_leaves_those_whom_the_erased_customer_invited() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('wmInviter0001', '请人的人', 9);
         INSERT INTO group_member (chat_id, member_id, join_at, type, unionid, name, group_nickname, state, invitor_userid)
           SELECT chat_id, k.value, 77, 2, NULL, k.value || '名', '昵称', 's', 'wmInviter0001'
           FROM (SELECT min(chat_id) AS chat_id FROM group_chat), (SELECT 'wmGuest0001' AS value UNION SELECT 'wmGuest0002') k;",
    )
    .unwrap();
    drop(conn);
    shop.good(&["erase", "wmInviter0001", "--yes", "-w", "w.db"]);
    let conn = shop.connection("w.db");
    let stay = "SELECT count(*) FROM group_member WHERE member_id IN ('wmGuest0001', 'wmGuest0002')
        AND name = member_id || '名' AND group_nickname = '昵称' AND state = 's' AND invitor_userid LIKE 'erased:%'";
    assert_eq!(number(&conn, stay), 2);
}

#[test]
fn memberships_of_one_second_under_one_unionid_stay_as_many_as_they_are() {
    let (shop, conn) = canary_shop(100);
    conn.execute(
        "INSERT INTO group_member (chat_id, member_id, join_at, type, unionid, name, invitor_userid)
           SELECT chat_id, k.value, 77, 2, ?1, ?2, ?3
           FROM (SELECT min(chat_id) AS chat_id FROM group_chat), (SELECT 'wmBefore0001' AS value UNION SELECT 'wmBefore0002') k",
        [CANARIES[1], CANARIES[3], CANARIES[0]],
    )
    .unwrap();
    let rows = number(&conn, "SELECT count(*) FROM group_member");
    drop(conn);
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    let conn = shop.connection("w.db");
    assert_eq!(number(&conn, "SELECT count(*) FROM group_member"), rows);
    let theirs =
        "SELECT count(DISTINCT member_id) FROM group_member WHERE member_id LIKE 'erased:%'";
    assert_eq!(number(&conn, theirs), 3);
}

#[test]
fn a_member_of_staff_is_not_erased() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    let staff: String = conn
        .query_row(
            "SELECT userid FROM staff ORDER BY userid LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    conn.execute(
        "INSERT INTO group_member (chat_id, member_id, join_at, type) SELECT min(chat_id), ?1, 78, 1 FROM group_chat",
        [&staff],
    )
    .unwrap();
    drop(conn);
    let said = fails(&shop, 5, &["erase", &staff, "--yes", "-w", "w.db"]);
    assert!(said.contains("是员工, 不是客户"), "{said}");
    let conn = shop.connection("w.db");
    let there =
        format!("SELECT count(*) FROM group_member WHERE member_id = '{staff}' AND join_at = 78");
    assert_eq!(number(&conn, &there), 1);
}
