//! Sums of a period, told from rows that a test lays down, and the way SQLite takes to them.

use rusqlite::Connection;

use super::{BEFORE, Between, ORDERS, Of, STRANGERS, Sold, Within, read};
use crate::domain::period::Period;
use crate::domain::{AsOf, Day, Zone, repurchase::Repurchase};
use crate::store::past::hold;
use crate::store::plan::{fresh, steps};

#[test]
fn no_order_is_looked_up_in_the_order_of_days() {
    let (_folder, conn) = fresh();
    let orders = steps(&conn, ORDERS);
    assert!(
        orders
            .iter()
            .any(|step| step.contains("sale_order USING COVERING INDEX ix_order_day")),
        "{orders:?}"
    );
    for step in ["USE TEMP B-TREE FOR ORDER BY", "SCAN p"] {
        assert!(orders.iter().any(|known| known == step), "{orders:?}");
    }
    let strangers = steps(&conn, STRANGERS);
    assert!(
        strangers
            .iter()
            .any(|step| step == "SEARCH o USING PRIMARY KEY (order_id>?)"),
        "{strangers:?}"
    );
    let before = steps(&conn, BEFORE);
    assert!(
        before
            .iter()
            .any(|step| step.contains("ix_order_cust (external_userid=?")),
        "{before:?}"
    );
}

/// An order paid at noon: its number, its customer (`''` for nobody of the pool), the key of its buyer, its day, what was paid
/// and given back of it, and whether it is a test.
type Order = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    i64,
    i64,
    bool,
);

/// The later the day, the smaller the number: what stands first was not paid first.
const PAID: [Order; 17] = [
    // Bought before.
    ("o90", "c1", "c1", "2026-02-10", 100, 0, false),
    ("o50", "c1", "c1", "2026-03-05", 100, 30, false),
    // Gave back all of what was bought before; then bought on two days.
    ("o91", "c2", "c2", "2026-02-11", 100, 100, false),
    ("o51", "c2", "c2", "2026-03-06", 100, 0, false),
    ("o41", "c2", "c2", "2026-03-07", 100, 0, false),
    // Gave back the first of what was bought before, and only that.
    ("o92", "c3", "c3", "2026-01-01", 100, 100, false),
    ("o82", "c3", "c3", "2026-02-28", 100, 99, false),
    ("o52", "c3", "c3", "2026-03-01", 100, 0, false),
    // Bought before and gave back what was bought in the period: a buyer, but of nothing that stands.
    ("o93", "c4", "c4", "2026-02-01", 100, 0, false),
    ("o53", "c4", "c4", "2026-03-31", 100, 100, false),
    // Outside the pool: bought before, gave it back, was only tried out, bought only before.
    ("o94", "", "k1", "2026-02-28", 100, 0, false),
    ("o54", "", "k1", "2026-03-08", 100, 0, false),
    ("o95", "", "k2", "2026-02-28", 100, 100, false),
    ("o55", "", "k2", "2026-03-08", 100, 0, false),
    ("o96", "", "k3", "2026-02-28", 100, 0, true),
    ("o56", "", "k3", "2026-03-08", 100, 0, false),
    ("o97", "", "k4", "2026-02-28", 100, 0, false),
];

fn lay_down(conn: &Connection) {
    conn.execute_batch(
        "INSERT INTO customer (external_userid, name, synced_at) VALUES ('c1', '王小明', 1)",
    )
    .unwrap();
    for (id, customer, key, day, paid, back, test) in PAID {
        conn.execute(
            "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen,
               paid_fen, source, is_test)
             VALUES (?1, nullif(?2, ''), ?3, unixepoch(?4), unixepoch(?4), ?4, 'paid', ?5, ?5, 'store', ?6)",
            (id, customer, key, day, paid, test),
        )
        .unwrap();
        conn.execute(
            "INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen)
             SELECT ?1, ?1, unixepoch(?2), ?2, ?3 WHERE ?3 > 0",
            (id, day, back),
        )
        .unwrap();
    }
    conn.execute_batch(
        "INSERT INTO order_item (order_id, line_no, sku, qty, line_fen) VALUES ('o50', 1, 'a', 2, 60), ('o50', 2, 'b', 1, 40)",
    )
    .unwrap();
}

fn sold(conn: &Connection) -> Sold {
    let day = |text| Day::parse(text).unwrap();
    let within = Within {
        period: Period {
            from: day("2026-03-01"),
            to: day("2026-03-31"),
        },
        until: None,
    };
    let everybody = Of {
        customers: None,
        moves: Between::Customers(None),
    };
    read(conn, within, everybody).unwrap().sold.unwrap()
}

#[test]
fn who_bought_before_is_told_by_what_stands_of_it_in_the_pool_and_outside() {
    let (_folder, conn) = fresh();
    lay_down(&conn);
    let told = sold(&conn);
    assert_eq!((told.orders, told.matched, told.buyers), (8, 1, 7));
    assert_eq!(
        (told.money.gross.0, told.money.refunded_so_far.0),
        (800, 130)
    );
    let known = told.itemised.unwrap();
    assert_eq!((known.orders, known.items, known.gross.0), (1, 3, 100));
    // c1, c2, c3, k1, k2 and k3; of them c2 on two days; c1, c3 and k1 had bought before.
    let expected = Repurchase {
        buyers: 6,
        repeat: 1,
        returning: 3,
    };
    assert_eq!(told.repurchase, expected);

    let zone = Zone::default();
    let april = zone.start_of(Day::parse("2026-04-02").unwrap());
    hold(&conn, AsOf { unix: april, zone }).unwrap();
    assert_eq!(sold(&conn), told);
}
