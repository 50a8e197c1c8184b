//! What the engine costs: load, bytes, filters, facets, sorts, board, KPI tree, changes.
//!
//! `cargo bench --bench engine -- --db FILE` measures an existing workspace (make one with `caopan demo FILE`). Each
//! figure is the median of nine, in milliseconds. `--load` stops after the load and its account of bytes.
#![allow(missing_docs, reason = "a benchmark")]
#![allow(
    clippy::too_many_lines,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark reads the clock, prints, and stops where it finds the program broken"
)]

use std::path::PathBuf;
use std::time::Instant;

use caopan::domain::kpi::GmvKind;
use caopan::domain::period::PeriodSpec;
use caopan::domain::{AsOf, CampaignId, Zone};
use caopan::engine::answer::{BoardMetric, Stamp};
use caopan::engine::load::{Early, Loaded, load, load_staged};
use caopan::engine::{Disclosure, Engine, Ground, ListAsk};
use caopan::filter::{Ctx, Field, Filter, SortKey, parse};
use caopan::store::changes::Changes;
use caopan::store::{Access, load as rows, open};

/// The program's allocator: what stays resident is what stays in the console.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Resident memory of this process, MB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find(|l| l.starts_with("VmRSS"))
        .unwrap_or_default();
    line.split_whitespace()
        .nth(1)
        .and_then(|n| n.parse::<usize>().ok())
        .unwrap_or(0)
        / 1024
}

/// Runs a thing nine times and prints the median.
fn time(what: &str, mut run: impl FnMut() -> u64) {
    let mut said = 0;
    let mut times: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            said = run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "{what:<44}{:>9.2} ms   first {:>9.2}   → {said}",
        times[4], times[8]
    );
}

/// Runs a thing once and prints how long it took.
fn once<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = run();
    println!("{what:<44}{:>9.2} ms", start.elapsed().as_secs_f64() * 1e3);
    made
}

fn as_of() -> AsOf {
    let unix = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |d| d.as_secs());
    AsOf {
        unix: i64::try_from(unix).unwrap_or(0),
        zone: Zone::default(),
    }
}

fn page(engine: &mut Engine, filter: &Filter, sort: &[SortKey], offset: u64) -> u64 {
    let period = PeriodSpec::Month.resolve(as_of().today());
    let stamp = Stamp {
        revision: 0,
        as_of: 0,
        period,
        partial: true,
        org: None,
        filter: String::new(),
        named: Filter::default(),
    };
    let ground = Ground {
        as_of: as_of(),
        period,
        org: None,
    };
    let ask = ListAsk {
        filter,
        ground,
        sort,
        offset,
        rows: 60,
        anchor: None,
        disclosure: Disclosure::Usual,
    };
    engine.customers_page(&ask, stamp).hits
}

fn filter(text: &str) -> Filter {
    parse(text, &Ctx::default()).expect("a filter")
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let at = arguments.iter().position(|a| a == "--db");
    let Some(path) = at.and_then(|at| arguments.get(at + 1)).map(PathBuf::from) else {
        println!("give a workspace: --db FILE");
        return;
    };
    let connect = || open(&path, Access::ReadOnly).expect("a workspace").conn;
    let before = resident();
    if arguments.iter().any(|a| a == "--one-thread") {
        let start = Instant::now();
        load(&mut connect(), None, &|_, _| {}).expect("loads");
        println!(
            "load on one thread: {:.0} ms",
            start.elapsed().as_secs_f64() * 1e3
        );
    }
    if arguments.iter().any(|a| a == "--load") {
        staged(connect(), connect(), before);
        return;
    }
    let Loaded { mut engine, .. } = once("load", || {
        load(&mut connect(), Some(&mut connect()), &|_, _| {}).expect("loads")
    });
    println!("resident {} → {} MB", before, resident());
    account(&engine);
    lists(&mut engine);
    boards(&mut engine);
    changes(&mut engine, &path);
    println!("resident {} MB", resident());
    account(&engine);
}

/// Loads as the console does, on a thread of its own, and prints what the stages take.
fn staged(mut first: rusqlite::Connection, mut second: rusqlite::Connection, before: usize) {
    let started = Instant::now();
    let loader = std::thread::spawn(move || {
        let mut people = None;
        let rest = load_staged(&mut first, Some(&mut second), &|_, _| {}, |early| {
            let took = started.elapsed().as_secs_f64() * 1e3;
            let what = match early {
                Early::People(loaded) => {
                    people = Some(*loaded);
                    "customers"
                }
                Early::Follows(followed) => {
                    if let Some(people) = &mut people {
                        people.engine.follow(*followed);
                    }
                    "relations"
                }
            };
            println!("{what} after {took:.0} ms, resident {} MB", resident());
        })
        .expect("loads");
        (people.expect("customers"), rest)
    });
    let (Loaded { mut engine, .. }, rest) = loader.join().expect("the load ends");
    engine.complete(rest);
    let took = started.elapsed().as_secs_f64() * 1e3;
    println!(
        "all after {took:.0} ms, resident {before} → {} MB",
        resident()
    );
    account(&engine);
    engine.refresh_scores(as_of().today());
    println!("with scores, resident {} MB", resident());
}

/// Bytes its columns hold.
fn account(engine: &Engine) {
    let pool = engine.pool().max(1) as f64;
    let mut all = 0;
    for (part, bytes) in engine.bytes() {
        println!("  {part:<24}{:>8.1} bytes a customer", bytes as f64 / pool);
        all += bytes;
    }
    println!("  {:<24}{:>8.1}", "together", all as f64 / pool);
}

fn lists(engine: &mut Engine) {
    let today = as_of().today();
    let none = Filter::default();
    once("scores", || engine.refresh_scores(today));
    once("first page, order not built", || {
        page(engine, &none, &[], 0)
    });
    for field in [
        Field::Spend,
        Field::LastContact,
        Field::Name,
        Field::Owner,
        Field::Aov,
    ] {
        let key = [SortKey {
            field,
            descending: true,
        }];
        once(&format!("build order by {field:?}"), || {
            engine.prepare(&key, today);
        });
    }
    let last = engine.pool().saturating_sub(60);
    time("last page by name", || {
        page(
            engine,
            &none,
            &[SortKey {
                field: Field::Name,
                descending: true,
            }],
            last,
        )
    });
    for text in [
        "张",
        "1",
        "zs",
        "zhangs",
        "wang",
        "2210",
        "spend>500",
        "tag:vip",
        "-tag:vip",
        "last<30d",
        "risk>=2",
        "name~^欧阳",
    ] {
        // A filter nobody has asked: every run differs in a bound that lets everything through.
        let mut n = 0_u32;
        let mut fresh = || {
            n += 1;
            filter(&format!("{text} orders<{}", 1_000_000 + n))
        };
        let ways: Vec<Filter> = (0..9).map(|_| fresh()).collect();
        let mut i = 0;
        time(&format!("filter {text}"), || {
            i += 1;
            page(engine, &ways[(i - 1) % 9], &[], 0)
        });
    }
    let period = PeriodSpec::Month.resolve(today);
    for text in ["", "spend>500", "张", "-gender:男", "orders>=20"] {
        let (q, ground) = (
            filter(text),
            Ground {
                as_of: as_of(),
                period,
                org: None,
            },
        );
        engine.selection(&q, ground);
        let stamp = Stamp {
            revision: 0,
            as_of: 0,
            period,
            partial: true,
            org: None,
            filter: String::new(),
            named: Filter::default(),
        };
        time(&format!("facets under [{text}]"), || {
            engine.tags_page(&q, ground, stamp.clone()).hits
        });
    }
}

fn boards(engine: &mut Engine) {
    let today = as_of().today();
    let period = PeriodSpec::Month.resolve(today);
    let ground = Ground {
        as_of: as_of(),
        period,
        org: None,
    };
    let some = engine.selection(&filter("spend>500"), ground);
    for (what, rows) in [("everybody", None), ("spend>500", Some(&*some.rows))] {
        for (name, span) in [
            ("month", period),
            ("year", PeriodSpec::Last(365).resolve(today)),
        ] {
            time(&format!("board of a {name}, {what}"), || {
                engine
                    .board_counts(span, today, BoardMetric::NetGmv, rows, None)
                    .staff
                    .len() as u64
            });
        }
        time(&format!("campaign 1, {what}"), || {
            engine
                .campaign_counts(CampaignId(1), GmvKind::Gross, today, today, rows)
                .buyers
        });
        time(&format!("money of all campaigns, {what}"), || {
            engine.campaign_money(today, &|_| None, rows).len() as u64
        });
        time(&format!("buyers in groups, {what}"), || {
            engine.group_buyers(today, rows).len() as u64
        });
    }
}

/// Reads rows again that have not changed: the price is the same.
fn changes(engine: &mut Engine, path: &std::path::Path) {
    let conn = open(path, Access::ReadOnly).expect("a workspace").conn;
    for count in [1_usize, 100, 10_000] {
        let mut some = Changes::default();
        let ids = |sql: &str| -> Vec<String> {
            let mut statement = conn.prepare(sql).expect("sql");
            let ids = statement.query_map([count], |r| r.get(0)).expect("rows");
            ids.map(|id| id.expect("id")).collect()
        };
        some.customers.rows.extend(ids(
            "SELECT external_userid FROM customer LIMIT ?1 OFFSET 1000",
        ));
        some.orders
            .extend(ids("SELECT order_id FROM sale_order LIMIT ?1 OFFSET 1000"));
        let mut again = None;
        time(&format!("read again {count} customers and orders"), || {
            let owners = engine.owners(&some);
            again = Some(rows::again(&conn, &some, &owners).expect("reads"));
            count as u64
        });
        let again = again.expect("read");
        time(&format!("apply {count} customers and orders"), || {
            engine.apply(&again).customers.len() as u64
        });
        time("first page after it", || {
            page(engine, &Filter::default(), &[], 0)
        });
    }
}
