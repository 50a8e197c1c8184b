//! Names as strangers set them, out in an export and in again: the very same.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "support/shop.rs"]
mod shop;

use shop::{NOW, Shop};

#[test]
fn a_name_that_is_not_shown_as_it_is_outlives_its_way_out_and_in() {
    let shop = Shop::new();
    shop.demo("w.db", 120);
    let conn = shop.connection("w.db");
    for (_, table, key) in NAMED {
        let keys = format!("SELECT {key} FROM {table} ORDER BY {key}");
        let keys: Vec<rusqlite::types::Value> = conn
            .prepare(&keys)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for (id, name) in keys.iter().zip(hostile_names()) {
            let update = format!("UPDATE {table} SET name = ?1 WHERE {key} = ?2");
            conn.execute(&update, rusqlite::params![name, id]).unwrap();
        }
    }
    let before = names(&conn);
    for (kind, ..) in NAMED {
        for format in ["csv", "xlsx"] {
            let file = format!("{kind}-zh.{format}");
            shop.good(&[
                "export", kind, "--period", "year", "--unmask", "--yes", "-o", &file, "--as-of",
                NOW, "--lang", "zh", "-w", "w.db",
            ]);
            let gave = shop.run(&["import", kind, &file, "-w", "w.db"]);
            assert_eq!(gave.code, 0, "{file}: {}{}", gave.out, gave.err);
            assert!(gave.out.contains("新增 0, 变更 0"), "{file}: {}", gave.out);
        }
    }
    assert_eq!(names(&conn), before);
    // What did change comes in, and leaves the names as they are.
    conn.execute_batch(
        "UPDATE customer SET gender = 2 - gender; UPDATE group_chat SET capacity = 77",
    )
    .unwrap();
    for file in ["customers-zh.csv", "groups-zh.xlsx"] {
        let kind = file.split('-').next().unwrap();
        let gave = shop.run(&["import", kind, file, "--again", "-w", "w.db"]);
        assert!(!gave.out.contains("变更 0"), "{file}: {}", gave.out);
    }
    let capacity: i64 = conn
        .query_row("SELECT max(capacity) FROM group_chat", [], |row| row.get(0))
        .unwrap();
    assert!(capacity > 77);
    assert_eq!(names(&conn), before);
    // A name that is another is taken.
    let (id, _) = before.first().unwrap();
    shop.write("n.csv", &format!("external_userid,name\n{id},家👩👨!\n"));
    shop.good(&["import", "customers", "n.csv", "-w", "w.db"]);
    assert_eq!(names(&conn).first().unwrap().1, "家👩👨!");
}

/// What strangers name: as it is exported, its table, and the key.
const NAMED: [(&str, &str, &str); 5] = [
    ("customers", "customer", "external_userid"),
    ("groups", "group_chat", "chat_id"),
    ("staff", "staff", "userid"),
    ("tags", "tag", "tag_id"),
    ("campaigns", "campaign", "campaign_id"),
];

/// Names that are not shown as they are, that look dressed for a spreadsheet, or that would run in one.
fn hostile_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "家👩\u{200d}❤\u{fe0f}\u{200d}👨",
        "王\u{202e}芳\u{202c}",
        "\u{1b}[31m李\u{9b}2J",
        "'90后",
        "=\"0012\"",
        "'=1+1",
        "张\u{200b}三\u{feff}",
        " 空 白 ",
        "‹RLO›本来如此",
        "=1+1\u{2066}",
        "a\tb\r\nc",
        "z\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}",
    ]
    .map(str::to_owned)
    .into();
    names.push("长".repeat(400));
    names
}

/// Every name as it is kept, with its key.
fn names(conn: &rusqlite::Connection) -> Vec<(String, String)> {
    let tables = NAMED.map(|(_, table, key)| {
        format!("SELECT * FROM (SELECT CAST({key} AS TEXT), name FROM {table} ORDER BY {key})")
    });
    conn.prepare(&tables.join(" UNION ALL "))
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}
