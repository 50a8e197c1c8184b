//! Imports killed at any moment: the same command again gives exactly the file's rows, whatever the moment was.
//!
//! `CAOPAN_KILLS=1000 cargo test --release --test kills` runs the full count.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    reason = "a test binary"
)]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/shop.rs"]
mod shop;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use caopan::runtime::clock::Clock;
use dice::Dice;
use rusqlite::Connection;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use shop::Shop;

const CUSTOMERS: u64 = 1_500;
/// More than go in row by row, so that bulk mode and the indexes made anew are killed too.
const ORDERS: u64 = 6_000;

fn files(shop: &Shop) -> BTreeMap<String, i64> {
    let mut text = String::from("external_userid,name\n");
    for i in 0..CUSTOMERS {
        writeln!(text, "wm{i:06},人{i}").unwrap();
    }
    shop.write("customers.csv", &text);
    let mut text = String::from("order_id,external_userid,paid_at,paid_yuan\n");
    let mut spend = BTreeMap::new();
    for i in 0..ORDERS {
        let (who, fen) = ((i * 7_919) % CUSTOMERS, 100 + i % 977);
        writeln!(
            text,
            "SO{i:07},wm{who:06},2026-03-{:02} 10:00,{}.{:02}",
            i % 28 + 1,
            fen / 100,
            fen % 100
        )
        .unwrap();
        *spend.entry(format!("wm{who:06}")).or_insert(0) += i64::try_from(fen).unwrap();
    }
    shop.write("orders.csv", &text);
    spend
}

fn import(shop: &Shop, path: &Path) -> Command {
    let mut command = shop.command();
    command
        .args(["import", "orders", "orders.csv", "-w"])
        .arg(path)
        .stdout(Stdio::null());
    command
}

/// Integrity, foreign keys, ledger, journal, and totals against the file; how many orders are in.
fn checked(path: &Path, spend: &BTreeMap<String, i64>) -> u64 {
    let conn = Connection::open(path).unwrap();
    let number = |sql: &str| -> i64 { conn.query_row(sql, [], |row| row.get(0)).unwrap() };
    let sound: String = conn
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    assert_eq!(number("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    let orders = number("SELECT count(*) FROM sale_order");
    let runs = number("SELECT count(*) FROM import_run WHERE kind = 'orders'");
    assert_eq!(
        number("SELECT count(*) FROM journal WHERE act = 'import'"),
        runs + 1
    );
    assert_eq!(number("SELECT active FROM bulk"), 0);
    assert!(
        (orders == 0 && runs == 0) || (orders == i64::try_from(ORDERS).unwrap() && runs == 1),
        "{orders} orders, {runs} runs"
    );
    let mut kept = conn
        .prepare("SELECT external_userid, spend_fen FROM customer_stat WHERE spend_fen <> 0")
        .unwrap();
    let kept: BTreeMap<String, i64> = kept
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let wanted = if orders == 0 { &BTreeMap::new() } else { spend };
    assert_eq!(&kept, wanted);
    assert_eq!(
        number("SELECT spend_fen FROM pool"),
        wanted.values().sum::<i64>()
    );
    u64::try_from(orders).unwrap()
}

fn copy(from: &Path, to: &Path) {
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{end}", to.display()));
    }
    fs::copy(from, to).unwrap();
}

#[test]
fn an_import_killed_at_any_moment_and_run_again_is_whole() {
    let kills: u64 = std::env::var("CAOPAN_KILLS").map_or(20, |n| n.parse().expect("a count"));
    let shop = Shop::new();
    let spend = files(&shop);
    shop.good(&["init", "before.db"]);
    shop.good(&["import", "customers", "customers.csv", "-w", "before.db"]);
    let (before, path) = (shop.path("before.db"), shop.path("w.db"));
    copy(&before, &path);
    let clock = Clock::start(None);
    assert!(import(&shop, &path).status().unwrap().success());
    let whole = clock.now().millis.max(1) * 1_000_000;
    assert_eq!(checked(&path, &spend), ORDERS);
    let (mut dice, mut killed, mut none) = (Dice(0x5EED), 0, 0);
    for _ in 0..kills {
        copy(&before, &path);
        let mut child = import(&shop, &path).spawn().unwrap();
        let moment = dice.below(whole);
        let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).unwrap();
        let until = Timespec {
            tv_sec: i64::try_from(moment / 1_000_000_000).unwrap(),
            tv_nsec: i64::try_from(moment % 1_000_000_000).unwrap(),
        };
        // Its end, or that moment.
        poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&until)).unwrap();
        child.kill().unwrap();
        killed += u64::from(child.wait().unwrap().code().is_none());
        none += u64::from(checked(&path, &spend) == 0);
        let again = import(&shop, &path)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(
            again.status.success(),
            "{}",
            String::from_utf8_lossy(&again.stderr)
        );
        assert_eq!(checked(&path, &spend), ORDERS);
    }
    assert!(killed > 0, "no kill met a living process");
    assert!(none > 0, "no kill came before the commit");
}
