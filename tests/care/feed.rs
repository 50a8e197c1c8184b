//! The feed of changes and the lists that show whole names and phones.

use std::process::Stdio;

use crate::shop::Shop;
use crate::{fails, number};

/// Lines of a feed: entity, key, kind.
fn told(text: &str) -> Vec<(String, String, String)> {
    text.lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let part = |name: &str| line[name].as_str().unwrap().to_owned();
            (part("entity"), part("key"), part("kind"))
        })
        .collect()
}

#[test]
fn a_feed_tells_every_change_once_and_is_taken_up_behind_any_number() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let conn = shop.connection("w.db");
    let head = || {
        number(
            &shop.connection("w.db"),
            "SELECT seq FROM sqlite_sequence WHERE name = 'change_log'",
        )
        .to_string()
    };
    let begin = head();
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wm1', '林一', '13900001111', 1);
         INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (4, 'paid', '13900001111', 1);",
    )
    .unwrap();
    let middle = head();
    conn.execute("DELETE FROM customer", []).unwrap();
    let all = shop.good(&["watch", "--from", &begin, "--once", "-w", "w.db"]);
    let entry =
        |entity: &str, key: &str, kind: &str| (entity.to_owned(), key.to_owned(), kind.to_owned());
    assert_eq!(
        told(&all),
        [
            entry("customer", "wm1", "gone"),
            entry("campaign_step", "4/139****1111", "changed"),
            entry("customer", "wm1", "gone"),
        ]
    );
    assert!(
        !all.contains("林一") && !all.contains("13900001111"),
        "{all}"
    );
    let rest = shop.good(&["watch", "--from", &middle, "--once", "-w", "w.db"]);
    assert_eq!(told(&rest), [entry("customer", "wm1", "gone")]);
    conn.execute("DELETE FROM change_log WHERE seq <= ?1", [&middle])
        .unwrap();
    let holed = shop.good(&["watch", "--from", &begin, "--once", "-w", "w.db"]);
    assert_eq!(told(&holed)[0], entry("workspace", "", "everything"));
    assert_eq!(told(&holed).len(), 2);
}

#[test]
fn names_are_told_to_those_who_say_yes_and_the_journal_knows() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute("INSERT INTO customer (external_userid, name, phone, synced_at) VALUES ('wm1', '林一', '13900001111', 1)", [])
        .unwrap();
    fails(
        &shop,
        5,
        &["watch", "--from", "0", "--once", "--unmask", "-w", "w.db"],
    );
    let said = shop.good(&[
        "watch", "--from", "0", "--once", "--unmask", "--yes", "-w", "w.db",
    ]);
    assert!(
        said.contains("林一") && said.contains("13900001111"),
        "{said}"
    );
    assert_eq!(
        number(
            &shop.connection("w.db"),
            "SELECT count(*) FROM journal WHERE act = 'reveal'"
        ),
        1
    );
}

#[test]
fn a_list_shows_whole_phones_only_to_those_the_journal_names() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let list = [
        "list",
        "customers",
        "--unmask",
        "--limit",
        "3",
        "--format",
        "csv",
        "-w",
        "w.db",
    ];
    let usual = shop.good(&[
        "list",
        "customers",
        "--limit",
        "3",
        "--format",
        "csv",
        "-w",
        "w.db",
    ]);
    let whole = shop.good(&list);
    assert!(
        usual.contains("****") && !whole.contains("****"),
        "{usual}{whole}"
    );
    let conn = shop.connection("w.db");
    let noted = "SELECT count(*) FROM journal WHERE act = 'reveal' AND subject_kind = 'customers'";
    assert_eq!(number(&conn, noted), 1);
    fails(&shop, 5, &[&list[..], &["--read-only"]].concat());
    // Masked all the same, so there is nothing to note.
    let masked = shop.good(&[&list[..], &["--mask"]].concat());
    assert!(masked.contains('*'), "{masked}");
    assert_eq!(number(&conn, noted), 1);
    fails(
        &shop,
        5,
        &[
            "watch",
            "--unmask",
            "--yes",
            "--once",
            "--read-only",
            "-w",
            "w.db",
        ],
    );
}

#[test]
fn a_feed_shows_a_commit_as_it_comes_and_ends_when_asked() {
    use std::io::{BufRead, BufReader};
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    let mut child = shop
        .command()
        .args(["watch", "--from", "0", "-w", "w.db"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // What was there before proves that it listens.
    assert!(lines.next().unwrap().unwrap().contains("\"meta\""));
    shop.connection("w.db")
        .execute(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('wm9', 1)",
            [],
        )
        .unwrap();
    assert!(lines.by_ref().any(|line| line.unwrap().contains("\"wm9\"")));
    let pid = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
