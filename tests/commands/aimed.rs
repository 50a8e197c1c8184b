//! Whom commands that write are aimed at: whole ids, or a filter that says whom.

use rusqlite::Connection;

use crate::shop::Shop;

/// Three customers, two tags, two stages; wm1 has tag t1.
fn made() -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('wm1','张三',0),('wm2','李四',0),('wm3','王五',0);
         INSERT INTO tag_group (group_id, name) VALUES ('g','层级');
         INSERT INTO tag (tag_id, group_id, name) VALUES ('t1','g','高净值'),('t2','g','新客');
         INSERT INTO customer_tag VALUES ('t1','wm1','hemin','rule',777);
         INSERT INTO journey (journey_id, name) VALUES (1,'成长');
         INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (11,1,1,'首购'),(12,1,2,'复购');",
    )
    .unwrap();
    shop
}

/// Who has a tag.
fn tagged(conn: &Connection, tag: &str) -> Vec<String> {
    let sql = "SELECT DISTINCT external_userid FROM customer_tag WHERE tag_id = ?1 ORDER BY 1";
    let mut read = conn.prepare(sql).unwrap();
    let rows = read.query_map([tag], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

/// A nightly script with two hundred ids, of which one was erased, must not tag nobody and report success.
#[test]
fn an_unknown_id_is_named_and_the_others_are_done() {
    let shop = made();
    let gave = shop.run(&["tag", "add", "t2", "wm1", "wmERASED01", "wm3", "-w", "w.db"]);
    assert_eq!(gave.code, 6, "{}", gave.err);
    assert!(gave.err.contains("wmERASED01"), "{}", gave.err);
    let conn = shop.connection("w.db");
    assert_eq!(tagged(&conn, "t2"), ["wm1", "wm3"]);
    // Of unknown ones alone nothing is done, and that is no success.
    for unknown in [&["wmERASED01"][..], &["wmERASED01", "wmERASED02"]] {
        let words = [&["tag", "add", "t1"], unknown, &["-w", "w.db"]].concat();
        let gave = shop.run(&words);
        assert_eq!(gave.code, 2, "{unknown:?}: {}", gave.out);
        assert!(gave.err.contains("wmERASED01"), "{}", gave.err);
    }
    // Ids and a filter together mean neither.
    for mixed in [&["wm2", "wm3", "spend>=0"][..], &["wm2", "李四"]] {
        let words = [&["tag", "add", "t1"], mixed, &["-w", "w.db"]].concat();
        let gave = shop.run(&words);
        assert_eq!(gave.code, 2, "{mixed:?}: {}", gave.out);
        assert!(gave.err.contains("不是编号"), "{}", gave.err);
    }
    assert_eq!(tagged(&conn, "t1"), ["wm1"]);
}

/// A paste that lost its end, or letters that stand inside ids, must not move the whole pool.
#[test]
fn a_piece_of_ids_writes_to_nobody() {
    let shop = made();
    let conn = shop.connection("w.db");
    conn.execute(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wmZS','赵松','13800000001',0)",
        [],
    )
    .unwrap();
    for piece in ["wm", "ZS", "wm*", "张三 | wm", "-wm", "m1"] {
        let gave = shop.run(&["stage", "复购", "--yes", "-w", "w.db", "--", piece]);
        assert_eq!(gave.code, 2, "{piece}: {}", gave.out);
        assert!(gave.err.contains("个编号的"), "{piece}: {}", gave.err);
    }
    let staged = || -> Vec<String> {
        let sql = "SELECT external_userid FROM customer_stage WHERE stage_id = 12 ORDER BY 1";
        let mut read = conn.prepare(sql).unwrap();
        let rows = read.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    assert_eq!(staged(), Vec::<String>::new());
    // Whole ids, names, initials, phones and fields say whom.
    for (whom, now) in [
        ("wm1", &["wm1"][..]),
        ("李四", &["wm1", "wm2"]),
        ("0001", &["wm1", "wm2", "wmZS"]),
        ("编号:wm", &["wm1", "wm2", "wm3", "wmZS"]),
    ] {
        shop.good(&["stage", "复购", whom, "--yes", "-w", "w.db"]);
        assert_eq!(staged(), now, "{whom}");
    }
}
