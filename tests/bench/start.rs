//! Bars 1, 2 and 11: first customers on screen, engine ready, memory.

use std::hint::black_box;
use std::time::Instant;

use crate::figures::{Limit, Line, Sample};
use crate::shop::{Shop, grouped};

const RUNS: usize = 7;

/// Start to first rows beside the bare program's first frame; start to ready beside a one-thread load.
pub fn measure(shop: &Shop) -> Vec<Line> {
    let top = shop.text(
        "SELECT substr(name, 1, 1) FROM customer JOIN customer_stat USING (external_userid)
         ORDER BY spend_fen DESC, external_userid LIMIT 1",
    );
    let pool = grouped(shop.customers);
    let (mut first, mut bare, mut ready, mut load, mut memory) = (
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

        let mut console = shop.console(120, 40, &[]);
        let at = console.until("the first customers", |text| {
            text.contains(&top) && text.contains(&pool)
        });
        first.time(at - console.started);
        let at = console.until("the engine", |text| !text.contains("加载"));
        ready.time(at - console.started);
        console.settle();
        for pane in ["2", "3", "4", "5", "1"] {
            console.key(pane);
        }
        memory.value(console.status("VmRSS") as f64 / 1024.0);
        load.time(one_thread_load(shop));
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
            bar: 2,
            what: "start → engine ready".into(),
            value: ready.median(),
            unit: "ms",
            beside: Some((
                load.median(),
                "one-thread load of the same columns and tags",
            )),
            limit: Limit::Ratio(1.0),
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
