//! What an operator writes: one transaction each, journalled in a chain, refused when somebody else was quicker, and taken
//! back as long as everything is as it was left.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary"
)]

#[path = "support/shop.rs"]
mod shop;

use caopan::domain::{CustomerId, TagId};
use caopan::store::changes;
use caopan::store::edit::{Edit, Order, Outcome, tags_of};
use caopan::store::named::Named;
use caopan::store::owner::owners_of;
use caopan::store::undo::{Undone, Which};
use caopan::store::write::Writer;
use rusqlite::Connection;
use shop::Shop;

/// Three customers, two tags, two stages; wm1 has got tag t1 by a rule, from two people.
fn made() -> Shop {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('wm1','张三',0),('wm2','李四',0),('wm3','王五',0);
         INSERT INTO tag_group (group_id, name) VALUES ('g','层级');
         INSERT INTO tag (tag_id, group_id, name) VALUES ('t1','g','高净值'),('t2','g','新客');
         INSERT INTO customer_tag VALUES ('t1','wm1','hemin','rule',777),('t1','wm1','linbo','wecom',NULL);
         INSERT INTO journey (journey_id, name) VALUES (1,'成长');
         INSERT INTO journey_stage (stage_id, journey_id, ord, name) VALUES (11,1,1,'首购'),(12,1,2,'复购');
         INSERT INTO customer_stage VALUES (1,'wm1',11,500);",
    )
    .unwrap();
    shop
}

type Relation = (String, String, String, String, Option<i64>);

/// Every tag relation.
fn relations(conn: &Connection) -> Vec<Relation> {
    conn.prepare("SELECT tag_id, external_userid, userid, origin, tagged_at FROM customer_tag ORDER BY 1, 2, 3")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn tagged(conn: &Connection, tag: &str) -> Vec<String> {
    let mut all: Vec<String> = relations(conn)
        .into_iter()
        .filter(|r| r.0 == tag)
        .map(|r| r.1)
        .collect();
    all.dedup();
    all
}

fn stages(conn: &Connection) -> Vec<(String, i64, i64)> {
    conn.prepare("SELECT external_userid, stage_id, since_at FROM customer_stage ORDER BY 1")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn lines(conn: &Connection) -> Vec<(i64, String, Option<i64>)> {
    conn.prepare("SELECT journal_id, act, undoes FROM journal ORDER BY 1")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn ids(of: &[&str]) -> Vec<CustomerId> {
    of.iter().map(|id| CustomerId::from(*id)).collect()
}

fn order<'a>(edit: &'a Edit, customers: &'a [CustomerId]) -> Order<'a> {
    Order {
        edit,
        customers,
        seen: None,
        filter: "",
        at: 1_000,
    }
}

#[test]
fn a_tag_is_given_taken_back_and_given_again() {
    let shop = made();
    let conn = shop.connection("w.db");
    let before = relations(&conn);
    let said = shop.good(&["tag", "add", "高净值", "wm1", "wm2", "wm3", "-w", "w.db"]);
    assert_eq!(said, "高净值: 打上 2 人, 已有 1 人 (撤销: caopan undo 1)\n");
    assert_eq!(tagged(&conn, "t1"), ["wm1", "wm2", "wm3"]);
    let after = relations(&conn);
    shop.good(&["undo", "-w", "w.db"]);
    assert_eq!(relations(&conn), before);
    // The undo is an act: taking it back gives the tags again, as they were.
    shop.good(&["undo", "2", "-w", "w.db"]);
    assert_eq!(relations(&conn), after);
    assert_eq!(
        lines(&conn),
        [
            (1, "tag_add".into(), None),
            (2, "undo".into(), Some(1)),
            (3, "redo".into(), Some(2))
        ]
    );
    assert_eq!(
        shop.good(&["journal", "verify", "-w", "w.db"])
            .lines()
            .count(),
        1
    );
}

#[test]
fn what_removed_relations_were_comes_back_with_them() {
    let shop = made();
    let conn = shop.connection("w.db");
    let before = relations(&conn);
    shop.good(&["tag", "remove", "t1", "wm1", "wm2", "-w", "w.db"]);
    assert!(relations(&conn).is_empty());
    shop.good(&["undo", "1", "-w", "w.db"]);
    assert_eq!(relations(&conn), before);
}

#[test]
fn the_last_act_that_stands_is_taken_back_one_after_the_other() {
    let shop = made();
    let conn = shop.connection("w.db");
    shop.good(&["tag", "add", "t2", "wm1", "-w", "w.db"]);
    shop.good(&["stage", "复购", "wm1", "wm2", "-w", "w.db"]);
    shop.good(&["undo", "-w", "w.db"]);
    assert_eq!(stages(&conn), [("wm1".into(), 11, 500)]);
    shop.good(&["undo", "-w", "w.db"]);
    assert!(tagged(&conn, "t2").is_empty());
    let gave = shop.run(&["undo", "-w", "w.db"]);
    assert_eq!(gave.code, 5, "{}", gave.err);
}

#[test]
fn an_undo_refuses_when_somebody_was_there_since() {
    let shop = made();
    let conn = shop.connection("w.db");
    shop.good(&["tag", "add", "t2", "wm1", "wm2", "-w", "w.db"]);
    conn.execute(
        "DELETE FROM customer_tag WHERE tag_id = 't2' AND external_userid = 'wm2'",
        [],
    )
    .unwrap();
    let before = relations(&conn);
    let gave = shop.run(&["undo", "1", "-w", "w.db"]);
    assert_eq!(gave.code, 5);
    assert!(
        gave.err.contains("有 1 项后来又改了") && gave.err.contains("wm2"),
        "{}",
        gave.err
    );
    assert_eq!(relations(&conn), before, "all or nothing");
    assert_eq!(lines(&conn).len(), 1);
    shop.good(&["stage", "复购", "wm3", "-w", "w.db"]);
    conn.execute(
        "UPDATE customer_stage SET stage_id = 11 WHERE external_userid = 'wm3'",
        [],
    )
    .unwrap();
    let gave = shop.run(&["undo", "2", "-w", "w.db"]);
    assert_eq!(gave.code, 5);
    assert!(gave.err.contains("wm3"), "{}", gave.err);
}

#[test]
fn the_second_of_two_people_is_told_of_the_first() {
    let shop = made();
    let conn = shop.connection("w.db");
    let seen = changes::head(&conn).unwrap();
    let path = shop.path("w.db");
    let (mut first, mut second) = (
        Writer::open(&path, "first").unwrap(),
        Writer::open(&path, "second").unwrap(),
    );
    let (give, take) = (Edit::Tag(TagId::from("t2")), Edit::Untag(TagId::from("t1")));
    let (one, all) = (ids(&["wm1"]), ids(&["wm1", "wm2"]));
    let done = first.edit(order(&give, &one)).unwrap();
    assert!(matches!(done, Outcome::Done(_)));
    let told = second
        .edit(Order {
            seen: Some(seen),
            ..order(&take, &all)
        })
        .unwrap();
    assert_eq!(told, Outcome::Changed(one.clone()));
    assert_eq!(relations(&conn).len(), 3, "nothing was written");
    // One's own writes are no surprise, and other customers are no concern.
    let mine = first
        .edit(Order {
            seen: Some(seen),
            ..order(&take, &one)
        })
        .unwrap();
    assert!(matches!(mine, Outcome::Done(_)), "{mine:?}");
    let other = second
        .edit(Order {
            seen: Some(seen),
            ..order(&give, &all[1..])
        })
        .unwrap();
    assert!(matches!(other, Outcome::Done(_)), "{other:?}");
    // Asked, and going on all the same.
    let meant = second.edit(order(&give, &all)).unwrap();
    assert!(matches!(meant, Outcome::Done(_)));
}

#[test]
fn ones_own_last_act_is_taken_back_not_anothers() {
    let shop = made();
    let path = shop.path("w.db");
    let give = Edit::Tag(TagId::from("t2"));
    let (mut first, mut second) = (
        Writer::open(&path, "first").unwrap(),
        Writer::open(&path, "second").unwrap(),
    );
    first.edit(order(&give, &ids(&["wm1"]))).unwrap();
    second.edit(order(&give, &ids(&["wm2"]))).unwrap();
    let undone = first.undo(Which::Last, 2_000).unwrap();
    assert!(matches!(undone, Undone::Done(entry, 3) if entry.id == 1));
    assert_eq!(tagged(&shop.connection("w.db"), "t2"), ["wm2"]);
    let again = first.undo(Which::HereUndo, 3_000).unwrap();
    assert!(matches!(again, Undone::Done(entry, 4) if entry.id == 3));
    assert_eq!(tagged(&shop.connection("w.db"), "t2"), ["wm1", "wm2"]);
    assert_eq!(
        second.undo(Which::HereUndo, 4_000).unwrap(),
        Undone::Nothing
    );
    // Another console of the same person did nothing itself.
    let mut third = Writer::open(&path, "first").unwrap();
    assert_eq!(
        third.undo(Which::Here, 5_000).unwrap(),
        Undone::Elsewhere(4)
    );
    assert!(matches!(
        second.undo(Which::Here, 6_000).unwrap(),
        Undone::Done(entry, _) if entry.id == 2
    ));
}

/// What was taken back comes again until something else is done, and not behind it.
#[test]
fn a_new_act_ends_what_could_be_done_again() {
    let shop = made();
    let (first, other) = (Edit::Tag(TagId::from("t2")), Edit::Stage(12));
    let mut writer = Writer::open(&shop.path("w.db"), "one").unwrap();
    let (one, two) = (ids(&["wm2"]), ids(&["wm3"]));
    writer.edit(order(&first, &one)).unwrap();
    writer.undo(Which::Here, 2_000).unwrap();
    writer.edit(order(&other, &two)).unwrap();
    let nothing = writer.undo(Which::HereUndo, 3_000).unwrap();
    assert_eq!(nothing, Undone::Nothing);
    // The new act goes back and comes again, and the one before it still does not.
    writer.undo(Which::Here, 4_000).unwrap();
    let again = writer.undo(Which::HereUndo, 5_000).unwrap();
    assert!(matches!(again, Undone::Done(..)), "{again:?}");
    let nothing = writer.undo(Which::HereUndo, 6_000).unwrap();
    assert_eq!(nothing, Undone::Nothing);
    assert!(tagged(&shop.connection("w.db"), "t2").is_empty());
}

/// A field offers what fits the customers it is about.
#[test]
fn the_tags_offered_are_theirs_and_the_staff_offered_follow_all_of_them() {
    let shop = followed();
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer_tag VALUES ('t2','wm2','','manual',1), ('t2','wm1','','manual',1);",
    )
    .unwrap();
    let called = |named: Vec<Named>| -> Vec<String> {
        named.into_iter().map(|one| one.name.to_string()).collect()
    };
    let tags = |of: &[&str]| called(tags_of(&conn, &ids(of)).unwrap());
    let staff = |of: &[&str]| called(owners_of(&conn, &ids(of)).unwrap());
    assert_eq!(tags(&["wm3"]), [""; 0]);
    assert_eq!(tags(&["wm2", "wm3"]), ["新客"]);
    assert_eq!(tags(&["wm1", "wm2"]), ["新客", "高净值"], "of most first");
    assert_eq!(staff(&["wm1", "wm2"]), ["何敏", "林波"]);
    assert_eq!(staff(&["wm1", "wm3"]), ["何敏"], "林波 does not follow wm3");
    conn.execute_batch("UPDATE follow SET status = 'transferred' WHERE userid = 'hemin' AND external_userid = 'wm1'")
        .unwrap();
    assert_eq!(staff(&["wm1"]), ["林波"]);
}

#[test]
fn a_filter_of_many_is_asked_and_is_one_act() {
    let shop = Shop::new();
    shop.demo("w.db", 900);
    let conn = shop.connection("w.db");
    let tag: String = conn
        .query_row(
            "SELECT tag_id FROM tag WHERE is_deleted = 0 LIMIT 1",
            [],
            |r| r.get(0),
        )
        .unwrap();
    let before = relations(&conn);
    let add = ["tag", "add", &tag, "spend>=0", "-w", "w.db"];
    let gave = shop.run(&add);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(gave.err.contains("--yes"), "{}", gave.err);
    assert_eq!(relations(&conn), before);
    shop.good(&[&add[..], &["--yes"]].concat());
    assert_eq!(tagged(&conn, &tag).len(), 900);
    assert_eq!(lines(&conn).iter().filter(|l| l.1 == "tag_add").count(), 1);
    shop.good(&["undo", "-w", "w.db"]);
    assert_eq!(relations(&conn), before);
}

/// Everybody who may read the file reads the journal.
#[test]
fn an_edit_keeps_no_phone_that_its_customers_were_found_by() {
    let shop = made();
    let conn = shop.connection("w.db");
    conn.execute(
        "UPDATE customer SET phone = '+8613800138000' WHERE external_userid = 'wm1'",
        [],
    )
    .unwrap();
    shop.good(&["tag", "add", "t2", "13800138000", "-w", "w.db"]);
    shop.good(&["tag", "add", "t2", "李四", "-w", "w.db"]);
    assert_eq!(tagged(&conn, "t2"), ["wm1", "wm2"]);
    let kept: String = conn
        .query_row("SELECT group_concat(detail) FROM journal", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert!(kept.contains("138****8000"), "{kept}");
    assert!(!kept.contains("13800138000"), "{kept}");
    // Of an earlier version, which kept it.
    conn.execute_batch("UPDATE journal SET detail = replace(detail, '138****8000', '13800138000')")
        .unwrap();
    let journal = ["journal", "--format", "jsonl", "-w", "w.db"];
    let shown = shop.good(&journal);
    assert!(!shown.contains("13800138000"), "{shown}");
    assert!(shown.contains("李四"), "{shown}");
    let masked = shop.good(&[&journal[..], &["--mask"]].concat());
    assert!(
        !masked.contains("李四") && !masked.contains("8000"),
        "{masked}"
    );
}

#[test]
fn writes_are_refused_read_only() {
    let shop = made();
    for write in [
        &["tag", "add", "t1", "wm2"][..],
        &["stage", "11", "wm2"],
        &["undo"],
    ] {
        let gave = shop.run(&[write, &["--read-only", "-w", "w.db"]].concat());
        assert_eq!(gave.code, 5, "{write:?}: {}", gave.err);
    }
    let conn = shop.connection("w.db");
    assert!(lines(&conn).is_empty());
}

#[test]
fn a_mistyped_tag_or_stage_is_a_question_not_a_guess() {
    let shop = made();
    let gave = shop.run(&["tag", "add", "高净", "wm2", "-w", "w.db"]);
    assert_eq!(gave.code, 2);
    assert!(gave.err.contains("是不是 高净值?"), "{}", gave.err);
    let gave = shop.run(&["stage", "不存在的阶段", "wm2", "-w", "w.db"]);
    assert_eq!(gave.code, 2);
    assert!(gave.err.contains("首购, 复购"), "{}", gave.err);
}

#[test]
fn a_changed_line_of_the_journal_is_found() {
    let shop = made();
    for customer in ["wm1", "wm2", "wm3"] {
        shop.good(&["tag", "add", "t2", customer, "-w", "w.db"]);
    }
    let table = shop.good(&["journal", "--format", "csv", "--limit", "2", "-w", "w.db"]);
    let ids: Vec<&str> = table
        .lines()
        .skip(1)
        .filter_map(|l| l.split(',').next())
        .collect();
    assert_eq!(ids, ["3", "2"]);
    let conn = shop.connection("w.db");
    conn.execute(
        "UPDATE journal SET actor = 'somebody' WHERE journal_id = 2",
        [],
    )
    .unwrap();
    let gave = shop.run(&["journal", "verify", "-w", "w.db"]);
    assert_eq!(gave.code, 1);
    assert!(gave.err.contains("第 2 行"), "{}", gave.err);
}

#[test]
fn a_tag_is_made_given_and_taken_back() {
    let shop = made();
    let conn = shop.connection("w.db");
    let live = || -> String {
        conn.query_row(
            "SELECT coalesce(group_concat(t.name || '/' || g.name || '/' || g.source, ' '), '') FROM tag t JOIN tag_group g USING (group_id)
             WHERE t.is_deleted = 0 AND t.tag_id LIKE 'local:%'",
            [],
            |row| row.get(0),
        )
        .unwrap()
    };
    let new = ["tag", "new", "高意向", "--group", "意向", "-w", "w.db"];
    assert!(shop.good(&new).contains("已新建标签 高意向 (组 意向)"));
    assert!(shop.good(&new).contains("已经有了"));
    // 9: of this workspace, which a sync leaves be.
    assert_eq!(live(), "高意向/意向/9");
    shop.good(&["tag", "add", "高意向", "wm1", "-w", "w.db"]);
    let newest = |act: &str| -> String {
        conn.query_row(
            "SELECT max(journal_id) || '' FROM journal WHERE act = ?1",
            [act],
            |row| row.get(0),
        )
        .unwrap()
    };
    let carried = shop.run(&["undo", &newest("tag_new"), "-w", "w.db"]);
    assert_eq!(carried.code, 5, "{}", carried.err);
    shop.good(&["undo", "-w", "w.db"]);
    shop.good(&["undo", &newest("tag_new"), "-w", "w.db"]);
    assert_eq!(live(), "");
    shop.good(&["undo", &newest("undo"), "-w", "w.db"]);
    assert_eq!(live(), "高意向/意向/9");
    // Taken back, and made once more meanwhile: coming back there would be two of one name.
    let first = newest("redo");
    shop.good(&["undo", &first, "-w", "w.db"]);
    let away = newest("undo");
    shop.good(&new);
    let again = shop.run(&["undo", &away, "-w", "w.db"]);
    assert_eq!(again.code, 5, "{}", again.err);
    assert_eq!(live(), "高意向/意向/9");
    shop.good(&["journal", "verify", "-w", "w.db"]);
    let said = shop.run(&["tag", "add", "没有的", "wm1", "-w", "w.db"]);
    assert!(said.err.contains("caopan tag new 没有的"), "{}", said.err);
    for wrong in ["", "\u{1b}[31m", &"长".repeat(31)] {
        assert_eq!(shop.run(&["tag", "new", wrong, "-w", "w.db"]).code, 2);
    }
    // A group of WeCom's is not added to: the next sync would take the tag away.
    conn.execute(
        "INSERT INTO tag_group (group_id, name, source) VALUES ('corp', '企微组', 1)",
        [],
    )
    .unwrap();
    let refused = shop.run(&["tag", "new", "x", "--group", "企微组", "-w", "w.db"]);
    assert_eq!(refused.code, 5, "{}", refused.err);
}

#[test]
fn a_second_tag_of_a_name_needs_its_group_said() {
    let shop = made();
    shop.good(&["tag", "new", "高意向", "--group", "意向", "-w", "w.db"]);
    let twin = shop.run(&["tag", "new", "高意向", "-w", "w.db"]);
    assert_eq!(twin.code, 2, "{}", twin.out);
    assert!(
        twin.err.contains("意向 里已有") && twin.err.contains("--group"),
        "{}",
        twin.err
    );
    shop.good(&["tag", "new", "高意向", "--group", "自建标签", "-w", "w.db"]);
    // Its own group has it by now: that is said, and nothing is made.
    assert!(
        shop.good(&["tag", "new", "高意向", "-w", "w.db"])
            .contains("已经有了")
    );
}

/// `caopan stage 沉睡 "$WHO"` with WHO never set must not move the whole pool.
#[test]
fn a_filter_that_says_nothing_writes_to_nobody() {
    let shop = made();
    shop.good(&["tag", "new", "试", "-w", "w.db"]);
    let conn = shop.connection("w.db");
    let written = || -> i64 {
        let sql = "SELECT count(*) FROM journal WHERE act = 'tag_add'";
        conn.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for empty in ["", "  ", "sort:-spend"] {
        let refused = shop.run(&["tag", "add", "试", empty, "--yes", "-w", "w.db"]);
        assert_eq!(refused.code, 2, "{empty:?}: {}", refused.out);
        assert!(refused.err.contains("--all"), "{}", refused.err);
    }
    assert_eq!(written(), 0);
    shop.good(&["tag", "add", "试", "--all", "--yes", "-w", "w.db"]);
    assert_eq!(written(), 1);
    let both = shop.run(&["tag", "add", "试", "spend>1", "--all", "-w", "w.db"]);
    assert_eq!(both.code, 2, "{}", both.out);
}

#[test]
fn the_journal_is_told_in_words_and_programs_get_codes() {
    let shop = made();
    shop.good(&["tag", "add", "t2", "wm1", "wm2", "-w", "w.db"]);
    let journal =
        |more: &[&str]| shop.good(&[&["journal", "--limit", "1", "-w", "w.db"], more].concat());
    let said = journal(&["--lang", "zh"]);
    let line = said.lines().last().unwrap();
    assert!(
        line.contains("打标签") && line.ends_with(": 2 位客户") && line.contains("客户"),
        "{said}"
    );
    assert!(journal(&["--lang", "en"]).contains("2 customers"));
    let csv = journal(&["--format", "csv"]);
    assert!(
        csv.contains(",tag_add,customers,") && csv.contains("\"\"customers\"\":2"),
        "{csv}"
    );
}

#[test]
fn numbers_of_erased_events_come_again_without_harm() {
    let shop = made();
    let conn = shop.connection("w.db");
    shop.good(&["tag", "add", "t2", "wm1", "-w", "w.db"]);
    // The person is erased; the next act's event takes the number.
    conn.execute("DELETE FROM tag_event", []).unwrap();
    shop.good(&["tag", "add", "t2", "wm2", "-w", "w.db"]);
    shop.good(&["undo", "1", "-w", "w.db"]);
    assert_eq!(tagged(&conn, "t2"), ["wm1", "wm2"]);
}

fn owners(conn: &Connection) -> Vec<(String, String)> {
    conn.prepare("SELECT external_userid, userid FROM follow WHERE is_owner = 1 ORDER BY 1")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn followed() -> Shop {
    let shop = made();
    shop.connection("w.db")
        .execute_batch(
            "INSERT INTO staff (userid, name) VALUES ('hemin','何敏'),('linbo','林波');
             INSERT INTO follow (userid, external_userid, added_at, is_owner) VALUES
               ('hemin','wm1',5,1),('linbo','wm1',6,0),('hemin','wm2',5,1),('linbo','wm2',6,0),('hemin','wm3',5,1);",
        )
        .unwrap();
    shop
}

#[test]
fn customers_are_given_to_somebody_who_follows_them_and_taken_back() {
    let shop = followed();
    let conn = shop.connection("w.db");
    let all = |a: &str, b: &str, c: &str| {
        [("wm1", a), ("wm2", b), ("wm3", c)].map(|(x, y)| (x.to_owned(), y.to_owned()))
    };
    let said = shop.good(&["owner", "林波", "wm1", "wm2", "-w", "w.db"]);
    assert_eq!(
        said,
        "林波: 转入 2 人, 本来就是 0 人 (撤销: caopan undo 1)\n"
    );
    assert_eq!(owners(&conn), all("linbo", "linbo", "hemin"));
    let open = "SELECT count(*) FROM ownership_history WHERE userid = 'linbo' AND valid_to IS NULL";
    let count = |sql: &str| -> i64 { conn.query_row(sql, [], |r| r.get(0)).unwrap() };
    assert_eq!(count(open), 2);
    // Nobody follows wm3 but hemin: all of it is refused.
    let gave = shop.run(&["owner", "linbo", "wm2", "wm3", "-w", "w.db"]);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(
        gave.err.contains("没有加 1 位客户的好友") && gave.err.contains("wm3"),
        "{}",
        gave.err
    );
    shop.good(&["undo", "-w", "w.db"]);
    assert_eq!(owners(&conn), all("hemin", "hemin", "hemin"));
    assert_eq!(count(open), 0);
    shop.good(&["undo", "2", "-w", "w.db"]);
    assert_eq!(owners(&conn), all("linbo", "linbo", "hemin"));
    // Somebody else was there since: nothing is taken back, nothing is lost.
    conn.execute(
        "UPDATE follow SET is_owner = 0 WHERE external_userid = 'wm1'",
        [],
    )
    .unwrap();
    let gave = shop.run(&["undo", "3", "-w", "w.db"]);
    assert_eq!(gave.code, 5, "{}", gave.err);
    assert!(gave.err.contains("后来归了别人"), "{}", gave.err);
    assert_eq!(owners(&conn)[0], ("wm2".into(), "linbo".into()));
    assert_eq!(shop.run(&["owner", "林伯", "wm1", "-w", "w.db"]).code, 2);
    shop.good(&["journal", "verify", "-w", "w.db"]);
}

#[test]
fn the_second_of_two_people_who_move_an_owner_is_told_of_the_first() {
    let shop = followed();
    let path = shop.path("w.db");
    let (mut first, mut second) = (
        Writer::open(&path, "a").unwrap(),
        Writer::open(&path, "b").unwrap(),
    );
    let seen = changes::head(&shop.connection("w.db")).unwrap();
    let edit = Edit::Owner("linbo".into());
    let whom = ids(&["wm1"]);
    let order = Order {
        seen: Some(seen),
        ..order(&edit, &whom)
    };
    assert!(matches!(first.edit(order).unwrap(), Outcome::Done(_)));
    let back = Edit::Owner("hemin".into());
    let outcome = second
        .edit(Order {
            edit: &back,
            ..order
        })
        .unwrap();
    assert_eq!(outcome, Outcome::Changed(whom.clone()));
    assert_eq!(owners(&shop.connection("w.db"))[0].1, "linbo");
}

fn targets(conn: &Connection) -> Vec<(String, String, f64, Option<f64>)> {
    conn.prepare("SELECT metric_code || ' ' || subject_kind || ':' || subject_id, period_start || '..' || period_end, target_value, floor_value
            FROM kpi_target ORDER BY 1, 2")
        .unwrap()
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn a_target_is_set_changed_removed_and_taken_back() {
    let shop = followed();
    let conn = shop.connection("w.db");
    let month = ["--period", "2026-03", "-w", "w.db"];
    let run = |more: &[&str]| shop.good(&[more, &month[..]].concat());
    let said = run(&["target", "set", "gmv", "120万", "--floor", "80万"]);
    assert_eq!(
        said,
        "workspace 的 gmv, 2026-03-01..2026-03-31: — -> 1200000.00 (撤销: caopan undo 1)\n"
    );
    let row = |target, floor| {
        vec![(
            "gmv workspace:".to_owned(),
            "2026-03-01..2026-03-31".to_owned(),
            target,
            floor,
        )]
    };
    assert_eq!(targets(&conn), row(120_000_000.0, Some(80_000_000.0)));
    // The floor stays what it was.
    run(&["target", "set", "gmv", "900000"]);
    assert_eq!(targets(&conn), row(90_000_000.0, Some(80_000_000.0)));
    assert!(run(&["target", "set", "gmv", "90万"]).contains("无需改动"));
    run(&["target", "remove", "gmv"]);
    assert_eq!(targets(&conn), []);
    for _ in 0..3 {
        shop.good(&["undo", "-w", "w.db"]);
    }
    assert_eq!(targets(&conn), []);
    // Line 3 took it away, 4 put it back, 5 took back line 2, 6 line 1; all of it comes again from its undo.
    shop.good(&["undo", "6", "-w", "w.db"]);
    assert_eq!(targets(&conn), row(120_000_000.0, Some(80_000_000.0)));
    run(&["target", "set", "gmv", "100万"]);
    assert_eq!(shop.run(&["undo", "7", "-w", "w.db"]).code, 5);
    assert_eq!(targets(&conn), row(100_000_000.0, Some(80_000_000.0)));
    run(&["target", "set", "adds", "60", "--for", "staff:linbo"]);
    for (wrong, code) in [
        (&["target", "set", "gmw", "1"][..], 2),
        (&["target", "set", "gmv", "viel"], 2),
        (&["target", "set", "gmv", "1", "--for", "staff:nobody"], 2),
        (&["target", "set", "gmv", "1", "--for", "linbo"], 2),
        (&["target", "set", "gmv", "1", "--read-only"], 5),
    ] {
        assert_eq!(
            shop.run(&[wrong, &month[..]].concat()).code,
            code,
            "{wrong:?}"
        );
    }
    assert_eq!(
        shop.run(&["target", "set", "gmv", "1", "--period", "6d", "-w", "w.db"])
            .code,
        2
    );
    shop.good(&["journal", "verify", "-w", "w.db"]);
}

#[test]
fn an_undo_after_an_import_says_so_and_takes_nothing_back_until_an_act_is_named() {
    let shop = made();
    shop.good(&[
        "target", "set", "gmv", "50万", "--period", "2026-11", "-w", "w.db",
    ]);
    shop.write("new.csv", "external_userid,name\nwm9,新\n");
    shop.good(&["import", "customers", "new.csv", "-w", "w.db"]);
    let gave = shop.run(&["undo", "-w", "w.db"]);
    assert_eq!(gave.code, 5, "{}", gave.out);
    assert!(
        gave.err.contains("最近一次操作 (2, 导入) 不能撤销") && gave.err.contains("caopan undo 1"),
        "{}",
        gave.err
    );
    let said = shop.good(&["undo", "1", "-w", "w.db"]);
    assert!(
        said.contains("设目标 目标 支付GMV 全店 month 2026-11-01 (— → 500000.00)")
            && !said.contains('{'),
        "{said}"
    );
    // An import that changed nothing bars nothing.
    shop.good(&["tag", "add", "t2", "wm1", "-w", "w.db"]);
    shop.good(&["import", "customers", "new.csv", "--again", "-w", "w.db"]);
    shop.good(&["undo", "-w", "w.db"]);
}
