//! `caopan import` beside `sqlite3`'s own `.import` of the same rows into the same tables: triggers asleep, all indexes there,
//! the same cache. `sqlite3` neither checks files nor keeps totals, so the comparison is in its favour.
//!
//! `cargo bench --bench imports` takes 1,000,000 customers and 3,000,000 orders; `CAOPAN_BENCH_CUSTOMERS=100000` takes as many
//! and three times the orders. Rows come in the order shops give them: customers in none, orders by time.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench binary"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use caopan::runtime::clock::Clock;
use rusqlite::Connection;

const CAOPAN: &str = env!("CARGO_BIN_EXE_caopan");
/// 2025-09-01 00:00 +08:00.
const START: i64 = 1_756_656_000;

fn scattered(n: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^ (x >> 32)
}

fn id(n: u64) -> String {
    format!("wm{:016X}", scattered(n))
}

fn time(at: i64) -> String {
    let local = chrono::DateTime::from_timestamp(at + 8 * 3_600, 0).unwrap();
    local.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same rows twice: as people have them, and as the tables have them.
fn files(folder: &Path, customers: u64) {
    let make = |name: &str| BufWriter::new(File::create(folder.join(name)).unwrap());
    let (mut ours, mut theirs) = (make("customers.csv"), make("customer.csv"));
    writeln!(ours, "external_userid,name,phone,gender,region,birthday,first_added_at,type,unionid,avatar,corp_name,corp_full_name,position").unwrap();
    for n in 0..customers {
        let (who, h) = (id(n), scattered(n ^ 0xC0));
        let (at, phone) = (
            START + i64::try_from(h % (400 * 86_400)).unwrap(),
            h % 100_000_000,
        );
        writeln!(ours, "{who},客户{n},128{phone:08},{},杭州,1990-01-02,{},1,o{who},http://a.example/{phone},店,店铺,导购", h % 3, time(at)).unwrap();
        writeln!(theirs, "{who},客户{n},http://a.example/{phone},1,{},o{who},店,店铺,导购,1990-01-02,杭州,{at},{START},128{phone:08}", h % 3).unwrap();
    }
    let orders = customers * 3;
    let (mut ours, mut theirs) = (make("orders.csv"), make("sale_order.csv"));
    writeln!(ours, "order_id,external_userid,paid_at,paid_yuan,status,source,credited_userid,chat_id,campaign_id,ordered_at,buyer_key,list_yuan,discount_yuan,freight_yuan,credited_dept_id,channel_id,coupon_id,is_test").unwrap();
    for n in 0..orders {
        let h = scattered(n ^ 0x0D);
        let (who, fen) = (id(h % customers), 100 + h % 50_000);
        let at = START + i64::try_from(n * 400 * 86_400 / orders).unwrap();
        let (guide, chat) = (h % 300, h % 1_500);
        writeln!(ours, "SO{n:012},{who},{},{}.{:02},paid,mini_program,guide{guide},wr{chat},{},{},{who},{}.{:02},0,0,{},{},CP{},0",
            time(at), fen / 100, fen % 100, h % 20 + 1, time(at - 60), fen / 100, fen % 100, h % 40 + 1, h % 9 + 1, h % 50).unwrap();
        writeln!(theirs, "SO{n:012},{who},{who},{},{at},{},paid,{fen},0,0,{fen},mini_program,guide{guide},{},wr{chat},{},{},CP{},0",
            at - 60, time(at).get(..10).unwrap(), h % 40 + 1, h % 20 + 1, h % 9 + 1, h % 50).unwrap();
    }
}

/// What a command cost: seconds of the wall and of the processors, and the most memory in MB; the last two are 0 where
/// there is no GNU time.
#[derive(Clone, Copy, Default)]
struct Cost {
    wall: f64,
    cpu: f64,
    memory: f64,
}

impl Cost {
    fn and(self, other: Self) -> Self {
        Self {
            wall: self.wall + other.wall,
            cpu: self.cpu + other.cpu,
            memory: self.memory.max(other.memory),
        }
    }

    /// The processors' where they were measured: whoever else uses the machine does not count.
    fn rate_to(self, other: Self) -> f64 {
        if self.cpu > 0.0 && other.cpu > 0.0 {
            other.cpu / self.cpu
        } else {
            other.wall / self.wall
        }
    }
}

impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wall, cpu, memory } = self;
        write!(f, "{wall:.1} s ({cpu:.1} s of CPU, {memory:.0} MB)")
    }
}

const TIME: &str = "/usr/bin/time";

/// A program whose cost is noted in the folder.
fn measured(program: &str, folder: &Path) -> Command {
    let mut command = if Path::new(TIME).exists() {
        let mut command = Command::new(TIME);
        command.args(["-f", "%U %S %M", "-o", "cost.txt", program]);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder).stdout(Stdio::null());
    command
}

fn timed(command: &mut Command) -> Cost {
    let clock = Clock::start(None);
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}");
    let wall = f64::from(u32::try_from(clock.now().millis).unwrap()) / 1_000.0;
    let folder = command.get_current_dir().unwrap();
    let noted = std::fs::read_to_string(folder.join("cost.txt")).unwrap_or_default();
    let numbers: Vec<f64> = noted.split_whitespace().flat_map(str::parse).collect();
    let [user, system, kilobytes] = numbers.try_into().unwrap_or_default();
    Cost {
        wall,
        cpu: user + system,
        memory: kilobytes / 1_024.0,
    }
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path)
        .unwrap()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

fn main() {
    let customers: u64 =
        std::env::var("CAOPAN_BENCH_CUSTOMERS").map_or(1_000_000, |n| n.parse().expect("a count"));
    let folder = tempfile::Builder::new()
        .prefix("caopan-imports-")
        .tempdir()
        .unwrap();
    let folder = folder.path();
    files(folder, customers);
    let command = |arguments: &[&str]| {
        let mut command = measured(CAOPAN, folder);
        command.args(arguments).stderr(Stdio::null());
        for name in ["CONFIG", "DATA", "STATE"] {
            command.env(format!("CAOPAN_{name}_DIR"), folder.join("own"));
        }
        command
    };
    for file in ["ours.db", "theirs.db"] {
        timed(&mut command(&["init", file]));
    }
    println!("| rows | `caopan import` | `.import` | rate, ours to theirs | bar | |");
    println!("|---|--:|--:|--:|--:|---|");
    let (mut all_ours, mut all_theirs) = (Cost::default(), Cost::default());
    for (kind, table, rows) in [
        ("customers", "customer", customers),
        ("orders", "sale_order", customers * 3),
    ] {
        let csv = format!("{kind}.csv");
        let ours = timed(&mut command(&["import", kind, &csv, "-w", "ours.db"]));
        let script = format!(
            "PRAGMA cache_size = -32000;\nPRAGMA synchronous = FULL;\nUPDATE bulk SET active = 1;\n.mode csv\n.import {table}.csv {table}\n"
        );
        let mut shell = measured("sqlite3", folder);
        shell.arg("theirs.db");
        std::fs::write(folder.join("script.sql"), script).unwrap();
        shell.stdin(File::open(folder.join("script.sql")).unwrap());
        let theirs = timed(&mut shell);
        for file in ["ours.db", "theirs.db"] {
            let found = number(&folder.join(file), &format!("SELECT count(*) FROM {table}"));
            assert_eq!(found, i64::try_from(rows).unwrap(), "{file}");
        }
        (all_ours, all_theirs) = (all_ours.and(ours), all_theirs.and(theirs));
        println!(
            "| {rows} {kind} | {ours} | {theirs} | {:.2} | | |",
            ours.rate_to(theirs)
        );
    }
    let ratio = all_ours.rate_to(all_theirs);
    let met = if ratio >= 0.5 { "ok" } else { "under" };
    println!("| all | {all_ours} | {all_theirs} | {ratio:.2} | ≥ 0.5 | {met} |");
    let paid = "SELECT sum(paid_fen) FROM sale_order";
    let kept = number(&folder.join("ours.db"), "SELECT spend_fen FROM pool");
    assert_eq!(
        kept,
        number(&folder.join("theirs.db"), paid),
        "the same money"
    );
}
