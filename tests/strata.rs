//! A large pool in every order, from the store thread as the console has it: what SQL lists, when the parts of an order have been
//! made, and after commits from elsewhere. Whoever comes back to an order finds it as it is now.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test binary"
)]

#[path = "support/desk.rs"]
mod desk;

use std::path::{Path, PathBuf};

use caopan::domain::CustomerId;
use caopan::engine::answer::CustomersPage;
use caopan::engine::request::{Notice, Question, Scope, Slot};
use caopan::filter::{Ctx, Field, SortKey, parse};
use caopan::store::{Birth, create};
use caopan::workspace::desk::Posted;
use rusqlite::Connection;

use desk::{Desk, Pace};

/// 2026-03-20 14:30 in Shanghai.
const NOW: i64 = 1_773_988_200;
/// Enough for an order to be made in parts.
const CUSTOMERS: u64 = 101_000;
/// Rows of a window.
const ROWS: u32 = 30;

/// Keys that SQL sorts by as well, and their values over `c` and `s`.
const KEYS: &[(Field, &str)] = &[
    (Field::Spend, "s.spend_fen"),
    (Field::Orders, "s.orders"),
    (
        Field::Aov,
        "CASE WHEN s.orders > 0 THEN s.spend_fen * 1.0 / s.orders END",
    ),
    (Field::LastPurchase, "s.last_paid_at"),
    (Field::LastContact, "s.last_contact_at"),
    (Field::Added, "c.first_added_at"),
    (Field::City, "c.region"),
    (Field::Id, "c.external_userid"),
];

/// A pool whose figures have many ties and gaps, and whose ids do not stand in the order of its rows.
fn pool() -> (PathBuf, tempfile::TempDir) {
    let folder = tempfile::Builder::new()
        .prefix("strata-")
        .tempdir()
        .unwrap();
    let path = folder.path().join("w.db");
    let birth = Birth {
        zone: "Asia/Shanghai",
        corp_name: "样店",
        workspace_id: "w",
        now: NOW,
    };
    let conn = create(&path, &birth).unwrap().conn;
    let sql = format!(
        "PRAGMA synchronous = OFF;
         BEGIN IMMEDIATE;
         INSERT INTO staff (userid, name) VALUES ('s0', '何敏'), ('s1', '郭强'), ('s2', '高丽');
         CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {CUSTOMERS}) SELECT i FROM n;
         INSERT INTO customer (external_userid, name, region, first_added_at, synced_at)
           SELECT printf('wm%06d', i * 7919 % {CUSTOMERS}), '客' || i, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN '上海' WHEN 2 THEN '杭州' ELSE '苏州' END,
             CASE WHEN i % 11 = 0 THEN NULL ELSE {NOW} - i * 37 % 40000000 END, {NOW} FROM n;
         INSERT INTO follow (userid, external_userid, added_at, is_owner, last_touch_at)
           SELECT 's' || i % 3, printf('wm%06d', i * 7919 % {CUSTOMERS}), {NOW} - 50000000, 1,
             CASE WHEN i % 4 = 0 THEN NULL ELSE {NOW} - i * 101 % 9000000 END FROM n;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           SELECT 'o' || i, printf('wm%06d', i * 7919 % {CUSTOMERS}), printf('wm%06d', i * 7919 % {CUSTOMERS}), 1,
             {NOW} - 86400 * (1 + i % 400), date({NOW} - 86400 * (1 + i % 400) + 28800, 'unixepoch'), 'paid', 1, 100 * (i * 31 % 977), 'live'
           FROM n WHERE i % 3 > 0;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           SELECT 'p' || i, printf('wm%06d', i * 7919 % {CUSTOMERS}), printf('wm%06d', i * 7919 % {CUSTOMERS}), 1,
             {NOW} - 86400 * (1 + i % 90), date({NOW} - 86400 * (1 + i % 90) + 28800, 'unixepoch'), 'paid', 1, 100 * (i * 17 % 89), 'live'
           FROM n WHERE i % 7 = 1;
         COMMIT;"
    );
    conn.execute_batch(&sql).unwrap();
    (path, folder)
}

/// The large pool's desk, and how many questions it was asked.
struct Asked {
    desk: Desk,
    generation: u64,
}

impl Asked {
    fn new() -> Self {
        let pace = Pace { unix: NOW, step: 5 };
        Self {
            desk: Desk::ready(pool(), pace),
            generation: 0,
        }
    }

    fn ask(
        &mut self,
        filter: &str,
        key: SortKey,
        offset: u64,
        anchor: Option<(&str, u32)>,
    ) -> CustomersPage {
        self.generation += 1;
        let question = Question::Customers {
            scope: Scope {
                filter: parse(filter, &Ctx::default()).unwrap(),
                ..Scope::default()
            },
            sort: vec![key],
            offset,
            rows: ROWS,
            anchor: anchor.map(|(id, from_top)| (CustomerId::from(id), from_top)),
        };
        self.desk
            .live
            .ask(Slot::Customers, self.generation, question);
        self.desk.page(Slot::Customers, self.generation)
    }

    /// Top, two places in the middle, the end, and around somebody: each as SQL lists it.
    fn agrees(
        &mut self,
        filter: &str,
        condition: &str,
        (field, value): (Field, &str),
        descending: bool,
    ) {
        let listed = listed(&self.desk.path, condition, value, descending);
        let key = SortKey { field, descending };
        let of = listed.len();
        for offset in [0, of / 3, of / 2 + 17, of - ROWS as usize] {
            let page = self.ask(filter, key, offset as u64, None);
            let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
            let upto = (offset + ROWS as usize).min(of);
            assert_eq!(page.hits, of as u64, "{filter} {key:?}");
            assert_eq!(ids, listed[offset..upto], "{filter} {key:?} from {offset}");
        }
        let at = of * 3 / 4;
        let page = self.ask(filter, key, 0, Some((&listed[at], 5)));
        let ids: Vec<&str> = page.rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(page.anchor_at, Some(at as u64), "{filter} {key:?}");
        assert_eq!(
            ids,
            listed[at - 5..at - 5 + ROWS as usize],
            "{filter} {key:?} around {at}"
        );
    }
}

/// The ids that SQL lists: missing values last either way, ties by id.
fn listed(path: &Path, condition: &str, value: &str, descending: bool) -> Vec<String> {
    let direction = if descending { "DESC" } else { "ASC" };
    let conn = Connection::open(path).unwrap();
    let sql = format!(
        "SELECT c.external_userid FROM customer c JOIN customer_stat s USING (external_userid) WHERE {condition}
         ORDER BY {value} IS NULL, {value} {direction}, c.external_userid"
    );
    let mut statement = conn.prepare(&sql).unwrap();
    let ids = statement.query_map([], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

/// What others do between two looks: money, contacts, places, somebody new and somebody gone.
fn meanwhile(path: &Path, round: u64) {
    let conn = Connection::open(path).unwrap();
    let sql = format!(
        "BEGIN IMMEDIATE;
         INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
           SELECT 'late{round}-' || i, printf('wm%06d', i), printf('wm%06d', i), 1, {NOW} - 60, '2026-03-20', 'paid', 1, 100 * (i * 53 % 1009), 'live'
           FROM (SELECT value * 997 + {round} AS i FROM json_each('[1,2,3,5,8,13,21,34,55,89]'));
         UPDATE follow SET last_touch_at = {NOW} - {round} WHERE external_userid IN ('wm000100', 'wm050000', 'wm09000{round}');
         UPDATE customer SET region = '安庆', first_added_at = NULL WHERE external_userid IN ('wm00020{round}', 'wm07000{round}');
         INSERT INTO customer (external_userid, name, region, first_added_at, synced_at) VALUES ('wn{round}', '新', '上海', {NOW}, {NOW});
         DELETE FROM customer WHERE external_userid = 'wm03000{round}';
         COMMIT;"
    );
    conn.execute_batch(&sql).unwrap();
}

#[test]
fn every_order_of_a_large_pool_is_the_one_sql_gives_after_commits_from_elsewhere() {
    let mut asked = Asked::new();
    let everybody = ("", "1");
    for (round, descending) in [(1, true), (2, false)] {
        for key in KEYS {
            asked.agrees(everybody.0, everybody.1, *key, descending);
        }
        meanwhile(&asked.desk.path, round);
        asked
            .desk
            .until(|posted| matches!(posted, Posted::Notice(Notice::Changed { .. })));
    }
    // Whoever comes back finds the order as it is now, and under a filter too.
    for (i, key) in KEYS.iter().enumerate() {
        asked.agrees(everybody.0, everybody.1, *key, i % 2 == 0);
        asked.agrees(
            "city:上海,杭州,苏州",
            "c.region IN ('上海', '杭州', '苏州')",
            *key,
            i % 2 == 1,
        );
    }
}
