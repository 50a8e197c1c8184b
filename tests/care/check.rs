//! `check` and `salvage`: what is found in a workspace, and what is saved of a damaged one.

use std::fs;

use crate::shop::Shop;
use crate::{checked, holds, mode, number, smash};
use rusqlite::Connection;

#[test]
fn a_whole_workspace_is_found_well() {
    let shop = Shop::new();
    shop.demo("w.db", 300);
    for more in [&[][..], &["--deep"], &["--read-only"]] {
        let said = checked(&shop, 0, more);
        for code in ["file", "totals", "references", "journal", "change_log"] {
            assert_eq!(said[code].0, "ok", "{code} {said:?}");
        }
    }
    let table = shop.good(&["check", "--lang", "zh", "-w", "w.db"]);
    assert!(table.contains("与逐笔相符"), "{table}");
}

#[test]
fn totals_that_somebody_spoiled_are_found_and_mended() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    let held = holds(&path);
    shop.connection("w.db")
        .execute_batch(
            "UPDATE customer_stat SET orders = orders + 1 WHERE external_userid IN (SELECT external_userid FROM customer LIMIT 3);
             UPDATE customer_stat SET last_contact_at = 5 WHERE external_userid = (SELECT max(external_userid) FROM customer);
             UPDATE pool SET spend_fen = spend_fen + 1;",
        )
        .unwrap();
    let said = checked(&shop, 1, &[]);
    assert_eq!(
        said["totals"],
        (
            "wrong".into(),
            "4 customers' totals differ from their rows; the pool's sums differ".into()
        )
    );
    assert_eq!(checked(&shop, 0, &["--repair-totals"])["totals"].0, "ok");
    assert_eq!(holds(&path), held);
    assert_eq!(
        checked(&shop, 0, &[])["journal"].1,
        "1 rows, the chain holds"
    );
}

#[test]
fn rows_of_unknown_things_are_counted_and_are_no_error() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    let conn = shop.connection("w.db");
    conn.execute_batch(
        "INSERT INTO customer_tag (tag_id, external_userid) SELECT tag_id, 'wm-nobody' FROM tag LIMIT 2;
         UPDATE sale_order SET credited_userid = 'gone' WHERE order_id = (SELECT min(order_id) FROM sale_order);",
    )
    .unwrap();
    let said = checked(&shop, 0, &[]);
    assert!(
        said["tags_of_unknown_customers"].1.starts_with("2 "),
        "{said:?}"
    );
    assert!(
        said["orders_of_unknown_staff"].1.starts_with("1 "),
        "{said:?}"
    );
}

#[test]
fn a_journal_somebody_cut_is_found() {
    let shop = Shop::new();
    shop.demo("w.db", 200);
    for name in ["a.bak", "b.bak", "c.bak"] {
        shop.good(&["backup", name, "-w", "w.db"]);
    }
    shop.connection("w.db")
        .execute("DELETE FROM journal WHERE journal_id = 2", [])
        .unwrap();
    assert_eq!(
        checked(&shop, 1, &[])["journal"].1,
        "the chain breaks at row 3"
    );
}

/// The page that a table's rows begin on, as an offset: its root, or the first page below it.
fn page_of(conn: &Connection, table: &str) -> usize {
    let root = number(
        conn,
        &format!("SELECT rootpage FROM sqlite_schema WHERE name = '{table}'"),
    );
    (usize::try_from(root).unwrap() - 1) * 4096
}

#[test]
fn damage_is_said_with_the_way_back() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 300);
    shop.good(&["backup", "w.db.bak-today", "-w", "w.db"]);
    let at = page_of(&shop.connection("w.db.bak-today"), "customer");
    smash(&shop.path("w.db.bak-today"), &path, at);
    let gave = shop.run(&["check", "-w", "w.db", "--lang", "en"]);
    assert_eq!(gave.code, 3, "{}", gave.err);
    let said = gave.out + &gave.err;
    assert!(
        said.contains("caopan restore ") && said.contains("w.db.bak-today"),
        "{said}"
    );
    assert!(said.contains("--salvage"), "{said}");
}

#[test]
fn of_a_damaged_workspace_all_that_any_page_or_index_still_tells_is_saved() {
    let shop = Shop::new();
    let path = shop.demo("w.db", 600);
    let held = holds(&path);
    shop.good(&["backup", "b.bak", "-w", "w.db"]);
    // Two pages in the middle of the customers, away from both ends.
    let copy = shop.connection("b.bak");
    let leaves: Vec<i64> = copy
        .prepare(
            "SELECT pageno FROM dbstat WHERE name = 'customer' AND pagetype = 'leaf' ORDER BY path",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(leaves.len() > 8, "{}", leaves.len());
    let mut torn = 0;
    let mut bytes = fs::read(shop.path("b.bak")).unwrap();
    for leaf in [leaves[3], leaves[6]] {
        torn += number(
            &copy,
            &format!("SELECT ncell FROM dbstat WHERE name = 'customer' AND pageno = {leaf}"),
        );
        let at = (usize::try_from(leaf).unwrap() - 1) * 4096;
        bytes.get_mut(at..at + 64).unwrap().fill(0xA7);
    }
    fs::write(&path, bytes).unwrap();
    let gave = shop.run(&["backup", "--salvage", "saved.db", "-w", "w.db"]);
    assert_eq!(gave.code, 6, "{}{}", gave.out, gave.err);
    assert!(gave.out.contains("customer: "), "{}", gave.out);
    let saved = holds(&shop.path("saved.db"));
    // A row that divides two pages may go with either.
    assert!(
        (held[0] - torn - 2..=held[0] - torn).contains(&saved[0]),
        "{}",
        gave.out
    );
    assert_eq!(saved[2..], held[2..]);
    shop.good(&["check", "-w", "saved.db"]);
    assert_eq!(mode(&shop.path("saved.db")), 0o600);
}

/// The pages of a table's rows, by SQLite's own count: number and rows, in the order of the key.
fn leaves_of(conn: &Connection, table: &str) -> Vec<(usize, i64)> {
    let sql =
        "SELECT pageno, ncell FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path";
    let mut read = conn.prepare(sql).unwrap();
    let rows = read.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Overwrites whole pages with noise.
fn spoil_pages(file: &std::path::Path, pages: &[usize]) {
    let mut bytes = fs::read(file).unwrap();
    for page in pages {
        let at = (page - 1) * 4096;
        bytes.get_mut(at..at + 4096).unwrap().fill(0xA7);
    }
    fs::write(file, bytes).unwrap();
}

/// A table whose key has two columns, without any of its indexes: every leaf that is whole is read, whichever are not.
#[test]
fn leaves_between_bad_ones_are_saved_without_an_index() {
    for bad in [&[0_usize][..], &[0, 1], &[2, 5], &[1, 3, 6]] {
        let shop = Shop::new();
        let path = shop.demo("w.db", 500);
        shop.good(&["backup", "b.bak", "-w", "w.db"]);
        let copy = shop.connection("b.bak");
        let leaves = leaves_of(&copy, "follow");
        assert!(leaves.len() > 7, "{}", leaves.len());
        let all = number(&copy, "SELECT count(*) FROM follow");
        let mut spoilt: Vec<usize> = bad.iter().map(|at| leaves[*at].0).collect();
        let torn: i64 = bad.iter().map(|at| leaves[*at].1).sum();
        let roots: Vec<usize> = copy
            .prepare("SELECT rootpage FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'follow' AND sql IS NOT NULL")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        spoilt.extend(roots);
        drop(copy);
        fs::copy(shop.path("b.bak"), &path).unwrap();
        for side in ["w.db-wal", "w.db-shm"] {
            let _ = fs::remove_file(shop.path(side));
        }
        spoil_pages(&path, &spoilt);
        let gave = shop.run(&["backup", "--salvage", "saved.db", "-w", "w.db"]);
        assert_eq!(gave.code, 6, "{}{}", gave.out, gave.err);
        let saved = number(
            &Connection::open(shop.path("saved.db")).unwrap(),
            "SELECT count(*) FROM follow",
        );
        // Rows that divide two pages go with either.
        let rows = all - torn;
        let parting = i64::try_from(bad.len() * 2).unwrap();
        assert!(
            (rows - parting..=rows).contains(&saved),
            "{bad:?}: {saved} of {rows}: {}",
            gave.out
        );
        assert!(
            gave.out.contains("无法得知") && !gave.out.contains("至少丢失 0"),
            "{}",
            gave.out
        );
    }
}

#[test]
fn a_zone_that_is_none_is_said() {
    let shop = Shop::new();
    shop.good(&["init", "w.db"]);
    shop.connection("w.db")
        .execute(
            "UPDATE meta SET value = 'Nowhere/City' WHERE key = 'tz'",
            [],
        )
        .unwrap();
    for command in ["check", "doctor"] {
        let gave = shop.run(&[command, "-w", "w.db"]);
        assert_eq!(gave.code, 1, "{command}: {}", gave.out);
        assert!(gave.out.contains("Nowhere/City"), "{command}: {}", gave.out);
    }
}
