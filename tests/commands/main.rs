//! The commands as a stranger runs them: the built program, its output, its exit code.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "../support/shop.rs"]
mod shop;

mod ends;
mod failures;
mod frames;
mod imports;
mod kept;
mod listed;
mod metrics;
mod names;
mod said;

mod aimed;

use serde_json::Value;
use shop::{NOW, Shop};

#[track_caller]
fn fails(shop: &Shop, code: i32, arguments: &[&str]) -> String {
    let gave = shop.run(arguments);
    assert_eq!(gave.code, code, "{arguments:?}: {}", gave.err);
    assert!(
        gave.err.starts_with("caopan: error: ") && gave.err.contains("\nhelp: "),
        "{arguments:?}: {}",
        gave.err
    );
    assert!(!gave.err.contains("panicked"), "{}", gave.err);
    gave.err
}

const CUSTOMERS: &str = "external_userid,name,phone,first_added_at\n\
    wm1,张三,13800138000,2026-03-01\nwm2,李四,13900139000,2026-03-02\nwm3,王五,,2026-03-03\nwm4,赵六,,2026-03-04\n";

const ORDERS: &str = "order_id,external_userid,paid_at,paid_yuan,status,ordered_at\n\
    o1,wm1,2026-03-05 20:15,100.50,paid,\no2,wm1,2026-03-06,20.00,paid,\n\
    o3,wm2,2026-03-05,100.00,paid,\no4,wm2,2026-03-06,0.00,paid,\n\
    o5,wm3,2026-03-05,500.00,paid,\no6,wm4,2026-03-05,60.00,paid,\no7,wm4,2026-03-06,60.00,paid,\n\
    o8,wm4,,999.00,created,2026-03-05\no9,stranger,2026-03-06,9000.00,paid,\n";

const REFUNDS: &str = "refund_id,order_id,refunded_at,amount_yuan\nr1,o7,2026-03-09 11:00,20.00\n";

fn imported(shop: &Shop) {
    shop.good(&["init", "w.db"]);
    for (kind, text) in [
        ("customers", CUSTOMERS),
        ("orders", ORDERS),
        ("refunds", REFUNDS),
    ] {
        let file = format!("{kind}.csv");
        shop.write(&file, text);
        shop.good(&["import", kind, &file, "-w", "w.db"]);
    }
}

/// The values of `caopan metrics` by code, of the days 2026-03-01..2026-03-31.
fn metrics(shop: &Shop, file: &str) -> std::collections::BTreeMap<String, Value> {
    metrics_of(shop, file, &[])
}

fn metrics_of(
    shop: &Shop,
    file: &str,
    whose: &[&str],
) -> std::collections::BTreeMap<String, Value> {
    let mut words = vec![
        "metrics", "--as-of", NOW, "--period", "2026-03", "--format", "json", "-w", file,
    ];
    words.extend(whose);
    let text = shop.good(&words);
    let page: Value = serde_json::from_str(&text).unwrap();
    let rows = page.get("rows").unwrap().as_array().unwrap();
    let pair = |row: &Value| {
        (
            row["code"].as_str().unwrap().to_owned(),
            row["value"].clone(),
        )
    };
    rows.iter().map(pair).collect()
}
