//! `doctor`: what it says of a workspace, its file and its folder; and README's examples.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use crate::shop::{self, CAOPAN, Shop};

/// What `doctor` says, by code: state, words, what to do.
pub fn doctored(
    shop: &Shop,
    code: i32,
    name: &str,
) -> std::collections::BTreeMap<String, [String; 3]> {
    let gave = shop.run(&[
        "doctor",
        "--json",
        "--lang",
        "en",
        "--as-of",
        shop::NOW,
        "-w",
        name,
    ]);
    assert_eq!(gave.code, code, "{}{}", gave.out, gave.err);
    let said: serde_json::Value = serde_json::from_str(&gave.out).unwrap();
    let rows = said["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            (text("code"), [text("verdict"), text("found"), text("fix")])
        })
        .collect()
}

#[test]
fn the_doctor_finds_a_good_workspace_good_and_says_it_in_both_languages() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    let said = doctored(&shop, 0, "w.db");
    for code in [
        "file",
        "permissions",
        "disk",
        "language",
        "customers",
        "orders",
        "groups",
        "journal",
    ] {
        assert_eq!(said[code][0], "ok", "{code}: {said:?}");
    }
    assert_eq!(said["backup"][0], "note");
    assert!(said["backup"][2].contains("caopan backup FILE -w w.db"));
    for (lang, word) in [("zh", "剪贴板"), ("en", "clipboard")] {
        let table = shop.good(&["doctor", "--lang", lang, "-w", "w.db", "--as-of", shop::NOW]);
        assert!(table.contains(word), "{table}");
    }
}

#[test]
fn the_doctor_counts_what_a_join_would_count_twice() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute_batch(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('a', 1), ('b', 1);
             INSERT INTO follow (userid, external_userid, added_at) VALUES ('s1', 'a', 1), ('s2', 'a', 1), ('s3', 'a', 1), ('s1', 'b', 1);
             INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source) VALUES
               ('o1', 'a', 'a', 1, 1, '1970-01-01', 'paid', 1000, 1000, 'live'), ('o2', 'b', 'b', 1, 1, '1970-01-01', 'paid', 500, 500, 'live'),
               ('o3', NULL, 'x', 1, 1, '1970-01-01', 'paid', 7700, 7700, 'live');",
        )
        .unwrap();
    let said = doctored(&shop, 0, "w.db");
    // a: 3 relations of 10.00, b: 1 of 5.00.
    assert_eq!(
        said["fan_out"][1],
        "1 customers have several staff; orders 15.00, joined with follow relations 35.00"
    );
    assert!(
        said["orders_matched"][1].starts_with("2 / 3 (66.7 %)"),
        "{said:?}"
    );
    assert_eq!(said["targets"][0], "note");
    assert_eq!(said["orders_doubtful"][..2], ["ok", "none"]);
}

#[test]
fn the_doctor_names_orders_that_are_hardly_meant_as_they_stand() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute_batch(
            "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source) VALUES
               ('over', 'a', 1, 1, '1970-01-01', 'paid', 1000, 1000, 'live'), ('whole', 'a', 1, 1, '1970-01-01', 'paid', 500, 500, 'live'),
               ('later', 'a', 1, 4102444800, '2100-01-01', 'paid', 500, 500, 'live'),
               ('closed', 'a', 1, 1, '1970-01-01', 'closed', 500, 500, 'live'), ('back', 'a', 1, 1, '1970-01-01', 'closed', 500, 500, 'live');
             INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES
               ('r1', 'over', 2, '1970-01-01', 700), ('r2', 'over', 3, '1970-01-01', 301), ('r3', 'whole', 2, '1970-01-01', 500),
               ('r4', 'back', 2, '1970-01-01', 500);",
        )
        .unwrap();
    let said = &doctored(&shop, 0, "w.db")["orders_doubtful"];
    assert_eq!(said[0], "note");
    assert_eq!(
        said[1],
        "1 refunded more than was paid; 1 paid in the future; 1 closed, yet paid and not refunded: they count as GMV"
    );
}

#[test]
fn the_doctor_sees_what_is_wrong_with_file_and_folder() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 200);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let said = doctored(&shop, 1, "w.db");
    assert_eq!(said["permissions"], ["wrong", "0644", "chmod 0600 w.db"]);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    for name in ["a.bak", "b.bak", "c.bak"] {
        shop.good(&["backup", name, "-w", "w.db"]);
    }
    assert_eq!(doctored(&shop, 0, "w.db")["backup"][0], "ok");
    shop.connection("w.db")
        .execute("UPDATE journal SET act = 'x' WHERE journal_id = 2", [])
        .unwrap();
    assert_eq!(doctored(&shop, 1, "w.db")["journal"][0], "wrong");
    shop.write("notes.txt", &"not a workspace\n".repeat(100));
    assert_eq!(doctored(&shop, 3, "notes.txt")["workspace"][0], "damaged");
}

#[test]
fn the_examples_of_care_work_as_pasted() {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, after) = readme.split_once("## Care\n\n```sh\n").unwrap();
    let (block, _) = after.split_once("```").unwrap();
    let shop = Shop::new();
    shop.demo("shop.db", 200);
    shop.connection("shop.db")
        .execute(
            "INSERT INTO customer (external_userid, synced_at) VALUES ('wm0001', 1)",
            [],
        )
        .unwrap();
    let folder = Path::new(CAOPAN).parent().unwrap().display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    for line in block.lines() {
        let output = std::process::Command::new("sh")
            .args(["-c", line])
            .env_clear()
            .envs(shop.environment())
            .env("PATH", &path)
            .current_dir(shop.folder())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}");
    }
    assert_eq!(block.lines().count(), 8);
}
