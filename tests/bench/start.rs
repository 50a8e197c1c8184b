//! Bars 1, 2 and 11: first customers on screen, engine ready, memory.

use std::hint::black_box;
use std::time::Instant;

use crate::figures::{Limit, Line, Lines, Sample};
use crate::shop::{Shop, grouped};

const RUNS: usize = 7;
/// A bound in yuan for the filter of a console that has just been started.
const SPENT: u32 = 500;

/// Start to first rows beside the bare program's first frame; start to ready beside a one-thread load.
pub fn measure(shop: &Shop) -> Vec<Line> {
    let top = shop.text(
        "SELECT substr(name, 1, 1) FROM customer JOIN customer_stat USING (external_userid)
         ORDER BY spend_fen DESC, external_userid LIMIT 1",
    );
    let pool = grouped(shop.customers);
    let richer = grouped(shop.number(&format!(
        "SELECT count(*) FROM customer_stat WHERE spend_fen > {SPENT}00"
    )));
    let (mut first, mut bare, mut floor, mut usable, mut ready, mut load, mut whole, mut memory) = (
        Sample::default(),
        Sample::default(),
        Sample::default(),
        Sample::default(),
        Sample::default(),
        Sample::default(),
        Sample::default(),
        Sample::default(),
    );
    for _ in 0..RUNS {
        let mut stock = shop.bare(120, 40);
        let at = stock.until("the bare program", |text| text.contains("bare"));
        bare.time(at - stock.started);
        drop(stock);
        let mut least = shop.floor(120, 40);
        let at = least.until("the floor", |text| {
            text.contains(&top) && text.contains("floor")
        });
        floor.time(at - least.started);
        drop(least);

        let mut console = shop.console(120, 40, &[]);
        let at = console.until("the first customers", |text| {
            text.contains(&top) && text.contains(&pool)
        });
        first.time(at - console.started);
        let at = console.until("the engine", |text| shop.is_ready(text));
        ready.time(at - console.started);
        console.settle();
        let filter = format!("spend>{SPENT}");
        let mut filtered = shop.console(120, 40, &[&filter]);
        let at = filtered.until("the filtered customers", |text| text.contains(&richer));
        usable.time(at - filtered.started);
        drop(filtered);
        for pane in ["2", "3", "4", "5", "1"] {
            console.key(pane);
        }
        memory.value(console.status("VmRSS") as f64 / 1024.0);
        load.time(one_thread_load(shop));
        whole.time(one_thread_read(shop));
    }
    vec![
        Line {
            bar: 1,
            what: "start → first painted customers".into(),
            value: first.median(),
            unit: "ms",
            beside: Some((bare.median(), "bare ratatui program's first frame")),
            limit: Limit::Ratio(2.0),
        },
        Line {
            bar: 1,
            what: "the same page by SQLite alone, as plain text".into(),
            value: floor.median(),
            unit: "ms",
            beside: Some((bare.median(), "bare ratatui program's first frame")),
            limit: Limit::None,
        },
        Line {
            bar: 2,
            what: "start → filter, sort and facets answer for all customers".into(),
            value: usable.median(),
            unit: "ms",
            beside: Some((
                load.median(),
                "one-thread load of the same columns and tags",
            )),
            limit: Limit::Ratio(1.0),
        },
        Line {
            bar: 2,
            what: "start → orders and scores are there too".into(),
            value: ready.median(),
            unit: "ms",
            beside: Some((
                whole.median(),
                "one-thread read of every row the console keeps, orders included",
            )),
            limit: Limit::None,
        },
        Line {
            bar: 11,
            what: "memory, all panes seen".into(),
            value: memory.median(),
            unit: "MB",
            beside: None,
            limit: Limit::Value(200.0),
        },
    ]
}

/// Growth: 10k, 100k and the workspace measured, each on a demo of its own; and a larger one when it is given
/// (`--larger FILE`). Load and memory stand beside those of the size before, times as many rows as there are more.
pub fn growth(shop: &Shop, lines: &mut Lines) {
    let (mut smallest, mut before) = (None, None);
    let fewer = [10_000, 100_000].into_iter();
    let fewer = fewer.filter(|customers| *customers < shop.customers);
    let mut shops: Vec<Shop> = fewer.map(|customers| Shop::open(None, customers)).collect();
    shops.push(Shop {
        path: shop.path.clone(),
        customers: shop.customers,
    });
    let mut arguments = std::env::args().skip_while(|argument| argument != "--larger");
    if let Some(larger) = arguments.nth(1) {
        shops.push(Shop::open(Some(&larger), 0));
    }
    for here in &shops {
        let mut console = here.console(120, 40, &[]);
        let at = console.until("the engine", |text| !text.is_empty() && here.is_ready(text));
        let ready = (at - console.started).as_secs_f64() * 1e3;
        console.settle();
        for pane in ["2", "3", "4", "5", "1"] {
            console.key(pane);
        }
        let memory = console.status("VmRSS") as f64 / 1024.0;
        let [keys, told] = crate::keys::any_key(here, &mut console).map(|line| line.value);
        let size = grouped(here.customers);
        let line = |what: &str, value, unit, beside: Option<f64>, limit| Line {
            bar: 13,
            what: format!("{size} customers: {what}"),
            value,
            unit,
            beside: beside.map(|as_rows| (as_rows, "as the size before, times the rows")),
            limit,
        };
        let grown = |ready: f64, rows: u64| ready * here.customers as f64 / rows as f64;
        let as_rows = before.map(|(rows, ready, memory)| (grown(ready, rows), grown(memory, rows)));
        let no_faster = if before.is_some() {
            [Limit::Ratio(1.0), Limit::Ratio(1.0)]
        } else {
            [Limit::None, Limit::None]
        };
        let [of_load, of_memory] = no_faster;
        lines.extend([
            line("ready", ready, "ms", as_rows.map(|r| r.0), of_load),
            line("memory", memory, "MB", as_rows.map(|r| r.1), of_memory),
            line("any key, p95", keys, "ms", None, Limit::Value(16.0)),
            line(
                "any key, its count and rows, p95",
                told,
                "ms",
                None,
                Limit::None,
            ),
        ]);
        before = Some((here.customers, ready, memory));
        let (few, base) = *smallest.get_or_insert((here.customers, memory));
        if here.customers > few {
            lines.extend([Line {
                bar: 11,
                what: format!("{size} customers: memory for each above the first {few}"),
                value: (memory - base) * 1024.0 * 1024.0 / (here.customers - few) as f64,
                unit: "bytes",
                beside: None,
                limit: Limit::Value(190.0),
            }]);
        }
    }
}

/// Steps through every row of the tables the console keeps, on one thread, and keeps nothing.
fn one_thread_read(shop: &Shop) -> std::time::Duration {
    let started = Instant::now();
    let conn = shop.sql();
    for sql in [
        "SELECT external_userid, name, phone, region, gender, first_added_at FROM customer NOT INDEXED",
        "SELECT external_userid, spend_fen, orders, last_paid_at, last_contact_at FROM customer_stat NOT INDEXED",
        "SELECT tag_id, external_userid FROM customer_tag NOT INDEXED",
        "SELECT order_id, external_userid, biz_date, paid_fen, credited_userid, campaign_id FROM sale_order NOT INDEXED",
        "SELECT order_id, biz_date, amount_fen FROM order_refund NOT INDEXED",
        "SELECT external_userid, userid, channel_id, is_owner, remark FROM follow NOT INDEXED",
        "SELECT external_userid, userid, biz_date FROM follow_event NOT INDEXED WHERE kind = 'add'",
        "SELECT external_userid, stage_id FROM customer_stage NOT INDEXED",
        "SELECT campaign_id, step, person_key FROM campaign_step NOT INDEXED",
        "SELECT chat_id, member_id FROM group_member NOT INDEXED WHERE quit_at IS NULL",
    ] {
        let mut statement = conn.prepare(sql).expect("rows");
        let columns = statement.column_count();
        let mut rows = statement.query([]).expect("rows");
        let mut bytes = 0;
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..columns {
                bytes += match row.get_ref(column).expect("a cell") {
                    rusqlite::types::ValueRef::Text(text) => text.len(),
                    _ => 8,
                };
            }
        }
        black_box(bytes);
    }
    started.elapsed()
}

/// Reads the columns and tag links that the console keeps, on one thread, into plain vectors.
fn one_thread_load(shop: &Shop) -> std::time::Duration {
    let started = Instant::now();
    let conn = shop.sql();
    let mut names = String::new();
    let mut numbers: Vec<i64> = Vec::new();
    let mut customers = conn
        .prepare(
            "SELECT c.external_userid, c.name, c.phone, c.region, c.gender, c.first_added_at,
                    s.spend_fen, s.orders, s.last_paid_at, s.last_contact_at
             FROM customer c LEFT JOIN customer_stat s USING (external_userid) ORDER BY c.external_userid",
        )
        .expect("columns");
    let mut rows = customers.query([]).expect("customers");
    while let Some(row) = rows.next().expect("a row") {
        for column in 0..4 {
            names.push_str(
                row.get_ref(column)
                    .expect("text")
                    .as_str_or_null()
                    .ok()
                    .flatten()
                    .unwrap_or_default(),
            );
        }
        for column in 4..10 {
            numbers.push(
                row.get::<_, Option<i64>>(column)
                    .expect("number")
                    .unwrap_or(-1),
            );
        }
    }
    let mut links: Vec<(u64, u32)> = Vec::new();
    let mut tags = conn
        .prepare("SELECT tag_id, external_userid FROM customer_tag")
        .expect("links");
    let mut rows = tags.query([]).expect("links");
    while let Some(row) = rows.next().expect("a row") {
        let tag = row.get_ref(0).expect("tag").as_bytes().expect("text").len() as u64;
        let customer = row
            .get_ref(1)
            .expect("customer")
            .as_bytes()
            .expect("text")
            .len() as u32;
        links.push((tag, customer));
    }
    black_box((names.len(), numbers.len(), links.len()));
    started.elapsed()
}
