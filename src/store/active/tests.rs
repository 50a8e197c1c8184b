//! The active rate told from rows that a test lays down.

use super::{Active, Sign, read};
use crate::domain::{AsOf, CustomerId, Day, Rate, Zone};
use crate::store::past::hold;
use crate::store::{Birth, create};
use rusqlite::Connection;

fn fresh() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::Builder::new()
        .prefix("active-")
        .tempdir()
        .unwrap();
    let path = folder.path().join("w.db");
    let conn = create(&path, &Birth::default()).unwrap().conn;
    (folder, conn)
}

/// 2026-03-30 12:00 in Shanghai; its 30 days begin with the first second of 1 March.
fn now() -> AsOf {
    let zone = Zone::default();
    let noon = zone.start_of(Day::parse("2026-03-30").unwrap()) + 43_200;
    AsOf { unix: noon, zone }
}

fn first_second() -> i64 {
    Zone::default().start_of(Day::parse("2026-03-01").unwrap())
}

fn follow(conn: &Connection, id: &str, status: &str, inbound: Option<i64>) {
    conn.execute(
        "INSERT INTO customer (external_userid, synced_at) VALUES (?1, 0) ON CONFLICT DO NOTHING",
        [id],
    )
    .unwrap();
    conn.execute(
        "INSERT INTO follow (userid, external_userid, status, added_at, last_inbound_at) VALUES (?2 || ?1, ?1, ?2, 0, ?3)",
        rusqlite::params![id, status, inbound],
    )
    .unwrap();
}

fn step(conn: &Connection, step: &str, person: &str, at: i64) {
    conn.execute(
        "INSERT INTO campaign_step (campaign_id, step, person_key, at) VALUES (1, ?1, ?2, ?3)",
        rusqlite::params![step, person, at],
    )
    .unwrap();
}

fn order(conn: &Connection, (id, who): (&str, Option<&str>), paid_at: Option<i64>, test: bool) {
    let day = paid_at.map(|at| Zone::default().day_of(at).to_string());
    conn.execute(
        "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, is_test)
         VALUES (?1, ?2, ?1, 0, ?3, ?4, 'paid', 100, 100, 'other', ?5)",
        rusqlite::params![id, who, paid_at, day, test],
    )
    .unwrap();
}

fn told(num: f64, den: f64, signs: &[Sign]) -> Active {
    Active {
        rate: Rate { num, den },
        signs: signs.to_vec(),
    }
}

#[test]
fn without_a_sign_nothing_is_measured_and_each_sign_is_named() {
    let (_folder, conn) = fresh();
    follow(&conn, "a", "active", None);
    follow(&conn, "b", "active", None);
    step(&conn, "reached", "a", now().unix);
    step(&conn, "opened", "a", now().unix);
    order(&conn, ("unpaid", Some("a")), None, false);
    assert_eq!(read(&conn, None, now()).unwrap(), None);
    order(&conn, ("test", Some("a")), Some(now().unix), true);
    assert_eq!(read(&conn, None, now()).unwrap(), None);
    // Of long ago: kept, and nobody was active lately.
    order(&conn, ("old", Some("a")), Some(5), false);
    assert_eq!(
        read(&conn, None, now()).unwrap(),
        Some(told(0.0, 2.0, &[Sign::Orders]))
    );
    step(&conn, "clicked", "b", now().unix);
    assert_eq!(
        read(&conn, None, now()).unwrap(),
        Some(told(1.0, 2.0, &[Sign::Steps, Sign::Orders]))
    );
}

#[test]
fn whoever_did_anything_in_thirty_days_counts_once_among_the_customers() {
    let (_folder, conn) = fresh();
    let (from, to) = (first_second(), now().unix);
    // At the ends of the days, and a second beyond each.
    follow(&conn, "first", "active", Some(from));
    follow(&conn, "before", "active", Some(from - 1));
    follow(&conn, "last", "active", Some(to));
    follow(&conn, "later", "active", Some(to + 1));
    follow(&conn, "silent", "active", None);
    // Wrote to one who has left, and is a customer of another.
    follow(&conn, "moved", "transferred", Some(to));
    follow(&conn, "moved", "active", None);
    // Did everything, in two relations.
    follow(&conn, "busy", "active", Some(to));
    follow(&conn, "busy", "unknown_gone", Some(to));
    step(&conn, "paid", "busy", to);
    order(&conn, ("o1", Some("busy")), Some(to), false);
    // No customers, whatever they did: gone, and outside the pool.
    follow(&conn, "gone", "deleted_by_customer", Some(to));
    step(&conn, "clicked", "stranger", to);
    order(&conn, ("o2", None), Some(to), false);
    follow(&conn, "buyer", "active", None);
    order(&conn, ("o3", Some("buyer")), Some(from), false);
    follow(&conn, "clicked", "active", None);
    step(&conn, "clicked", "clicked", from);
    // first, last, moved, busy, buyer and clicked of nine.
    assert_eq!(
        read(&conn, None, now()).unwrap(),
        Some(told(6.0, 9.0, &Sign::ALL))
    );
    let some = ["busy", "silent", "gone"].map(CustomerId::from).into();
    assert_eq!(
        read(&conn, Some(&some), now()).unwrap(),
        Some(told(1.0, 2.0, &Sign::ALL))
    );
    // At an instant of the past the tables are views, and what came later is not known.
    let then = AsOf {
        unix: from - 1,
        ..now()
    };
    hold(&conn, then).unwrap();
    assert_eq!(
        read(&conn, None, then).unwrap(),
        Some(told(1.0, 9.0, &[Sign::Messages]))
    );
}
