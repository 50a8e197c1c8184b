//! Erasing phones and ids wherever and however they are written, and nobody else's.

use std::fs;

use crate::canary::{CANARIES, canaries_left, canary_shop, totals_of, with_canary};
use crate::number;
use crate::shop::Shop;
use caopan::store;
use rusqlite::Connection;

#[test]
fn an_erasure_takes_every_number_of_a_remark_however_it_was_written() {
    let (id, mobile) = (CANARIES[0], CANARIES[6]);
    let another = "13977770003";
    for mobiles in [
        mobile.to_owned(),
        format!("[{mobile}]"),
        format!("{mobile};{another}"),
        format!("手机{mobile}、{another}（晚上）"),
        format!("[\"{another}\",[{{\"m\":{mobile}}}]]"),
        String::new(),
        "null".into(),
    ] {
        let (shop, conn) = canary_shop(100);
        conn.execute(
            "UPDATE follow SET remark_mobiles = ?2 WHERE external_userid = ?1",
            [id, &mobiles],
        )
        .unwrap();
        let act = store::journal::Act {
            at: 5,
            act: "export",
            detail: Some("phone:13977770003"),
            ..Default::default()
        };
        let tx = conn.unchecked_transaction().unwrap();
        store::journal::write(&tx, "ops", act).unwrap();
        tx.commit().unwrap();
        drop(conn);
        shop.good(&["erase", id, "--yes", "-w", "w.db"]);
        assert_eq!(canaries_left(&shop), [], "{mobiles}");
        let is_there = fs::read(shop.path("w.db"))
            .is_ok_and(|bytes| memchr::memmem::find(&bytes, another.as_bytes()).is_some());
        assert_eq!(is_there, !mobiles.contains(another), "{mobiles}");
    }
}

#[test]
fn an_erasure_takes_orders_known_by_a_noted_number_and_their_refund_notes() {
    let (shop, conn) = canary_shop(100);
    let [id, union, phone, .., reason, _, _] = CANARIES;
    let mobile = CANARIES[6];
    conn.execute_batch(&format!(
        "UPDATE order_refund SET reason = NULL WHERE refund_id = 'rc1';
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('ou', NULL, '{union}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live'),
                  ('op', NULL, '{phone}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live'),
                  ('om', NULL, '{mobile}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live'),
                  ('oo', 'wmOther', '{mobile}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'opened', '{mobile}', 5 FROM campaign;
         INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, reason)
           SELECT 'r' || order_id, order_id, 1794310000, '2026-11-10', 100, iif(order_id = 'oo', '别人的话', '{reason}')
           FROM sale_order WHERE order_id IN ('ou', 'op', 'om', 'oo');"
    ))
    .unwrap();
    drop(conn);
    let kept = totals_of(&shop);
    let said = shop.good(&["erase", id, "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    assert!(!said.contains("个词也属于别人"), "{said}");
    assert_eq!(totals_of(&shop), kept);
    let conn = shop.connection("w.db");
    let others = "SELECT count(*) FROM order_refund WHERE reason = '别人的话'";
    assert_eq!(number(&conn, others), 1);
}

/// One number as shops, forms and people write it; the last is another's, noted in a remark.
const SPELLINGS: [&str; 7] = [
    "+8613977770001",
    "+86 139-7777-0001",
    "139 7777 0001",
    "139.7777.0001",
    "0086-139-7777-0001",
    "１３９７７７７０００１",
    "139-7777-0009",
];

/// Each spelling as a key of an order with a refund, of steps, in the list of imported files and in the journal.
fn spelled_everywhere(conn: &Connection) {
    for (n, key) in SPELLINGS.iter().enumerate() {
        conn.execute_batch(&format!(
            "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
               VALUES ('os{n}', NULL, '{key}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');
             INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen, reason)
               VALUES ('rs{n}', 'os{n}', 1794310000, '2026-11-10', 100, '{}');
             INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'opened', '{key}', 5 FROM campaign;
             INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'shared', '{key}', 5 FROM campaign;
             DELETE FROM campaign_step WHERE step = 'shared' AND person_key = '{key}';
             INSERT INTO import_run (kind, file, content_hash, rows_read, rows_new, rows_changed, rows_unchanged, rows_rejected, actor, started_at, ended_at)
               VALUES ('orders', '订单{key}.csv', '{}', 1, 1, 0, 0, 0, 'ops', 5, 5);",
            CANARIES[9],
            n.to_string().repeat(64)
        ))
        .unwrap();
        let detail = format!("{{\"where\":\"phone:{key} spend>5\"}}");
        let act = store::journal::Act {
            at: 5,
            act: "export",
            detail: Some(&detail),
            ..Default::default()
        };
        let tx = conn.unchecked_transaction().unwrap();
        store::journal::write(&tx, "ops", act).unwrap();
        tx.commit().unwrap();
    }
}

#[test]
fn an_erasure_takes_a_phone_however_it_is_written() {
    let (shop, conn) = canary_shop(100);
    conn.execute(
        "UPDATE follow SET remark = '女儿 139 7777 0009 接' WHERE external_userid = ?1",
        [CANARIES[0]],
    )
    .unwrap();
    spelled_everywhere(&conn);
    drop(conn);
    let kept = caopan::config::state::Kept {
        filter: SPELLINGS[1].into(),
        filter_history: vec!["vip".into(), format!("phone:{}", SPELLINGS[2])],
        ..Default::default()
    };
    fs::create_dir_all(shop.path("state")).unwrap();
    let private = caopan::config::state::file_of(&shop.path("state"), &shop.path("w.db"));
    caopan::config::state::save(&private, &kept).unwrap();
    fs::write(shop.path("state/note.txt"), SPELLINGS[3]).unwrap();
    let kept = totals_of(&shop);

    let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(canaries_left(&shop), []);
    assert_eq!(totals_of(&shop), kept);
    let bytes = fs::read(shop.path("w.db")).unwrap();
    let state = fs::read(&private).unwrap();
    for spelling in SPELLINGS {
        for (bytes, name) in [(&bytes, "w.db"), (&state, "state")] {
            let is_there = memchr::memmem::find(bytes, spelling.as_bytes()).is_some();
            assert!(!is_there, "{spelling} in {name}");
        }
    }
    assert!(
        said.contains("没有残留") && said.contains("日志: 抹去 7 行的内容"),
        "{said}"
    );
    assert!(!said.contains("个词也属于别人"), "{said}");
    assert!(said.contains("note.txt"), "{said}");
    let history = caopan::config::state::load(&private).kept.filter_history;
    assert_eq!(history, ["vip"]);
}

#[test]
fn a_phone_written_otherwise_in_what_stays_is_said() {
    for (sql, place) in [
        (
            "INSERT INTO cost (biz_date, amount_fen, kind, note) VALUES ('2026-11-10', 100, 'gift', '退给 +86 139-7777-0001')",
            "cost.note",
        ),
        (
            "UPDATE channel SET name = '电话139 7777 0001' WHERE channel_id = (SELECT min(channel_id) FROM channel)",
            "channel.name",
        ),
    ] {
        let (shop, conn) = canary_shop(100);
        assert_eq!(conn.execute(sql, []).unwrap(), 1, "{sql}");
        drop(conn);
        let gave = shop.run(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
        assert_eq!(gave.code, 1, "{}{}", gave.out, gave.err);
        assert!(gave.err.contains(place), "{}", gave.err);
    }
}

#[test]
fn a_number_that_is_somebody_elses_too_stays_with_them_however_it_is_written() {
    for (phone, key) in [
        ("+86 139 7777 0002", "139-7777-0002"),
        ("13977770002", "+8613977770002"),
    ] {
        let (shop, conn) = canary_shop(100);
        conn.execute_batch(&format!(
            "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmDaughter01', '女儿', '{phone}', 9);
             INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
               VALUES ('od', 'wmDaughter01', '{key}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');"
        ))
        .unwrap();
        drop(conn);
        let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
        assert!(said.contains("个词也属于别人"), "{said}");
        let conn = shop.connection("w.db");
        let hers = format!(
            "SELECT count(*) FROM sale_order WHERE order_id = 'od' AND buyer_key = '{key}'"
        );
        assert_eq!(number(&conn, &hers), 1);
    }
}

#[test]
fn a_number_that_is_somebody_elses_too_stays_with_them() {
    let (shop, conn) = canary_shop(100);
    let mobile = CANARIES[6];
    conn.execute_batch(&format!(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmDaughter01', '女儿', '{mobile}', 9);
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('od', 'wmDaughter01', '{mobile}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');"
    ))
    .unwrap();
    drop(conn);
    let said = shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert!(said.contains("有 1 个词也属于别人"), "{said}");
    let conn = shop.connection("w.db");
    let hers =
        format!("SELECT count(*) FROM sale_order WHERE order_id = 'od' AND buyer_key = '{mobile}'");
    assert_eq!(number(&conn, &hers), 1);
}

#[test]
fn a_number_that_a_remark_names_stays_with_whoever_has_it() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    with_canary(&conn);
    let friend = "13977770008";
    conn.execute(
        "UPDATE follow SET description = ?2 WHERE external_userid = ?1",
        [CANARIES[0], &format!("介绍人电话 {friend}")],
    )
    .unwrap();
    conn.execute_batch(&format!(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmFriend01', '介绍人', '{friend}', 9);
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'clicked', '139 7777 0008', 5 FROM campaign;
         INSERT INTO campaign_step (campaign_id, step, person_key, at) SELECT min(campaign_id), 'paid', '{friend}', 6 FROM campaign;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           VALUES ('of', NULL, '{friend}', 1794300000, 1794300000, '2026-11-10', 'paid', 200, 200, 'live');"
    ))
    .unwrap();
    drop(conn);
    shop.good(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    let conn = shop.connection("w.db");
    let hers = format!(
        "SELECT (SELECT count(*) FROM campaign_step WHERE person_key IN ('{friend}', '139 7777 0008'))
              + (SELECT count(*) FROM sale_order WHERE order_id = 'of' AND buyer_key = '{friend}')"
    );
    assert_eq!(number(&conn, &hers), 3);
}

#[test]
fn an_erased_id_of_digits_is_no_amount_of_the_journal() {
    let shop = Shop::new();
    shop.demo("w.db", 100);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('1200000', '林某', 9), ('20261101', '林某', 9);",
    )
    .unwrap();
    drop(conn);
    for yuan in ["12000", "13000"] {
        let args = [
            "target", "set", "gmv", yuan, "-w", "w.db", "--period", "2026-11",
        ];
        shop.good(&args);
    }
    for id in ["1200000", "20261101"] {
        let said = shop.good(&["erase", id, "--yes", "-w", "w.db"]);
        assert!(said.contains("抹去 0 行的内容"), "{said}");
    }
    let conn = shop.connection("w.db");
    let kept = "SELECT count(*) FROM journal WHERE act = 'target_set' AND before IS NOT NULL";
    assert_eq!(number(&conn, kept), 2);
}

#[test]
fn a_word_of_the_erased_customer_in_the_key_of_something_else_is_said() {
    let (shop, conn) = canary_shop(100);
    conn.execute(
        "UPDATE sale_order SET order_id = ?1 || '-7' WHERE order_id = (SELECT min(order_id) FROM sale_order WHERE external_userid <> ?2)",
        [CANARIES[2], CANARIES[0]],
    )
    .unwrap();
    drop(conn);
    let gave = shop.run(&["erase", CANARIES[0], "--yes", "-w", "w.db"]);
    assert_eq!(gave.code, 1, "{}", gave.err);
    assert!(gave.err.contains("sale_order.order_id"), "{}", gave.err);
    assert!(!gave.out.contains("没有残留"), "{}", gave.out);
}
