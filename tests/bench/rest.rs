//! Bars 8, 9, 10, 12 and 14: commits from elsewhere, a storm of them, silence, bytes, commands.

use std::process::Stdio;
use std::time::{Duration, Instant};

use caopan::app::state::Scrolling;

use crate::figures::{Limit, Line, Sample};
use crate::session::Session;
use crate::shop::Shop;

/// Another process's commit → painted; one cell.
pub fn commits(shop: &Shop) -> Vec<Line> {
    let mut console = shop.ready(120, 40);
    // By spend, so that the customer changed is the first on screen.
    console.key("sm");
    console.key("gg");
    let conn = shop.sql();
    let id = shop.text("SELECT external_userid FROM customer_stat ORDER BY spend_fen DESC, external_userid LIMIT 1");
    let city = shop.text(&format!(
        "SELECT coalesce(phone, '') FROM customer WHERE external_userid = '{id}'"
    ));
    let (mut took, mut bytes) = (Sample::default(), Sample::default());
    for round in 0..40 {
        let phone = format!("1990000{round:04}");
        conn.execute(
            "UPDATE customer SET phone = ?1 WHERE external_userid = ?2",
            [&phone, &id],
        )
        .expect("a commit");
        let reaction = console.key("");
        let shown = format!("199****{round:04}");
        let text = console.text();
        assert!(
            text.contains(&shown),
            "{shown} was committed, the screen:\n{text}"
        );
        took.time(reaction.took);
        bytes.value(reaction.bytes as f64);
        // Let the mark of the changed cell go before the next commit.
        console.listen(Duration::from_millis(300));
    }
    conn.execute(
        "UPDATE customer SET phone = ?1 WHERE external_userid = ?2",
        [&city, &id],
    )
    .expect("a commit");
    vec![
        Line {
            bar: 8,
            what: "commit elsewhere → painted, p50".into(),
            value: took.median(),
            unit: "ms",
            beside: None,
            limit: Limit::Value(5.0),
        },
        Line {
            bar: 8,
            what: "commit elsewhere → painted, p95".into(),
            value: took.quantile(0.95),
            unit: "ms",
            beside: None,
            limit: Limit::Value(16.0),
        },
        Line {
            bar: 8,
            what: "one changed cell".into(),
            value: bytes.median(),
            unit: "bytes",
            beside: None,
            limit: Limit::Value(60.0),
        },
    ]
}

/// 100 commits a second from elsewhere while keys are pressed.
pub fn storm(shop: &Shop) -> Vec<Line> {
    let mut console = shop.ready(120, 40);
    let before = (console.cpu(), console.status("VmRSS"));
    let path = shop.path.clone();
    let seconds = 60;
    let writer = std::thread::spawn(move || {
        let conn = rusqlite::Connection::open(path).expect("the workspace opens");
        let ids: Vec<String> = conn
            .prepare("SELECT external_userid FROM customer LIMIT 1000")
            .expect("customers")
            .query_map([], |r| r.get(0))
            .expect("customers")
            .flatten()
            .collect();
        for n in 0..seconds * 100 {
            let id = &ids[n % ids.len()];
            conn.execute("UPDATE customer SET gender = (coalesce(gender, 0) + 1) % 3 WHERE external_userid = ?1", [id]).expect("a commit");
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let started = Instant::now();
    let mut took = Sample::default();
    while started.elapsed() < Duration::from_secs(seconds as u64 - 2) {
        let sent = Instant::now();
        console.send("j");
        console.until("a frame", |_| true);
        took.time(sent.elapsed());
        console.listen(Duration::from_millis(120));
    }
    let cpu = (console.cpu() - before.0).as_secs_f64() * 1e3 / started.elapsed().as_secs_f64();
    let grown = (console.status("VmRSS") as f64 - before.1 as f64) / 1024.0;
    writer.join().expect("the writer ends");
    vec![
        Line {
            bar: 9,
            what: "key under 100 commits/s, p95".into(),
            value: took.quantile(0.95),
            unit: "ms",
            beside: None,
            limit: Limit::Value(16.0),
        },
        Line {
            bar: 9,
            what: "CPU under 100 commits/s".into(),
            value: cpu,
            unit: "ms/s",
            beside: None,
            limit: Limit::Value(50.0),
        },
        Line {
            bar: 9,
            what: "memory grown in a minute of it".into(),
            value: grown,
            unit: "MB",
            beside: None,
            limit: Limit::Value(8.0),
        },
    ]
}

/// Nothing changes for a minute.
pub fn idle(shop: &Shop) -> Vec<Line> {
    let mut console = shop.ready(120, 40);
    console.listen(Duration::from_secs(8));
    let before = (console.cpu(), console.wakeups());
    let seconds = 60.0;
    let bytes = console.listen(Duration::from_secs_f64(seconds));
    let cpu = (console.cpu() - before.0).as_secs_f64() * 1e3 / seconds;
    let wakeups = (console.wakeups() - before.1) as f64 / seconds;
    vec![
        Line {
            bar: 10,
            what: "bytes in a quiet minute".into(),
            value: bytes as f64,
            unit: "bytes",
            beside: None,
            limit: Limit::Value(0.0),
        },
        Line {
            bar: 10,
            what: "wake-ups".into(),
            value: wakeups,
            unit: "/s",
            beside: None,
            limit: Limit::Value(1.0),
        },
        Line {
            bar: 10,
            what: "CPU".into(),
            value: cpu,
            unit: "ms/s",
            beside: None,
            limit: Limit::Value(0.2),
        },
    ]
}

/// Bytes of first frames, a page and a scroll.
pub fn bytes(shop: &Shop) -> Vec<Line> {
    let mut lines = Vec::new();
    for (columns, rows, limit) in [(80, 24, 4.8), (120, 40, 10.5), (200, 60, 21.0)] {
        let mut console = shop.ready(columns, rows);
        // A full redraw is the first frame again, without what came while loading.
        let frame = console.key("\x0c").bytes as f64 / 1024.0;
        let mut bare = shop.bare(columns, rows);
        let stock = bare.settle() as f64 / 1024.0;
        lines.push(Line {
            bar: 12,
            what: format!("first frame {columns}x{rows}"),
            value: frame,
            unit: "KB",
            beside: Some((stock, "the stock backend's list of the same size")),
            limit: Limit::Value(limit),
        });
    }
    let mut console = shop.ready(120, 40);
    let page = console.key("\x1b[6~").bytes as f64 / 1024.0;
    lines.push(Line {
        bar: 12,
        what: "page down 120x40".into(),
        value: page,
        unit: "KB",
        beside: None,
        limit: Limit::Value(5.0),
    });
    lines.push(scroll(&mut console, "the terminal scrolls whole rows"));
    let mut far = shop.ready_over_ssh(120, 40);
    lines.push(scroll_over_ssh(&mut far));
    let mut split = shop.ready_with_margins(120, 40);
    lines.push(scroll(
        &mut split,
        "the terminal has left and right margins",
    ));
    assert!(split.boxes() >= 10, "nothing was scrolled in its box");
    // What stands there after all these scrolls is what a full redraw shows.
    split.listen(Duration::from_millis(300));
    let scrolled = split.text();
    split.key("\x0c");
    assert_eq!(scrolled, split.text(), "scrolled, and drawn anew");
    lines
}

/// A list beside other panes, one line further.
fn scroll(console: &mut Session, terminal: &str) -> Line {
    let mut bytes = Sample::default();
    for _ in 0..60 {
        console.key("j");
    }
    for _ in 0..10 {
        bytes.value(console.key("j").bytes as f64);
    }
    Line {
        bar: 12,
        what: format!("one-line scroll, {terminal}"),
        value: bytes.median(),
        unit: "bytes",
        beside: None,
        limit: Limit::Value(600.0),
    }
}

/// The same over a slow line, where the list scrolls by several rows at once: what a row costs on average.
fn scroll_over_ssh(console: &mut Session) -> Line {
    let presses = 4 * Scrolling::SEVERAL;
    for _ in 0..60 {
        console.key("j");
    }
    let bytes: u64 = (0..presses).map(|_| console.key("j").bytes).sum();
    Line {
        bar: 12,
        what: format!("a row further past the edge, over ssh, mean of {presses} presses"),
        value: bytes as f64 / presses as f64,
        unit: "bytes",
        beside: None,
        limit: Limit::Value(600.0),
    }
}

/// The panes as commands beside the same answer by `sqlite3`.
pub fn commands(shop: &Shop) -> Vec<Line> {
    let pairs: [(&str, &[&str], &str); 5] = [
        (
            "list customers 'spend>100 orders>=2'",
            &["list", "customers", "spend>100 orders>=2 sort:-spend cols:id,name,spend,orders", "--limit", "100", "--format", "csv"],
            "SELECT c.external_userid, c.name, s.spend_fen, s.orders FROM customer_stat s JOIN customer c USING (external_userid)
             WHERE s.spend_fen > 10000 AND s.orders >= 2 ORDER BY s.spend_fen DESC, c.external_userid LIMIT 100",
        ),
        ("tags", &["tags", "--format", "csv"], "SELECT tag_id, count(DISTINCT external_userid) FROM customer_tag GROUP BY tag_id"),
        (
            "board",
            &["board", "--format", "csv"],
            "SELECT credited_userid, sum(paid_fen) FROM sale_order WHERE biz_date BETWEEN '2026-11-01' AND '2026-11-30'
             AND paid_at IS NOT NULL AND is_test = 0 GROUP BY 1",
        ),
        (
            "kpi",
            &["kpi", "--format", "json"],
            "SELECT campaign_id, count(DISTINCT external_userid), count(*), sum(paid_fen) FROM sale_order
             WHERE campaign_id IS NOT NULL AND paid_at IS NOT NULL AND is_test = 0 GROUP BY 1;
             SELECT campaign_id, step, count(*) FROM campaign_step GROUP BY 1, 2;
             SELECT sum(paid_fen) FROM sale_order WHERE biz_date BETWEEN '2026-11-01' AND '2026-11-30'
               AND paid_at IS NOT NULL AND is_test = 0;
             SELECT sum(r.amount_fen) FROM order_refund r JOIN sale_order o USING (order_id)
             WHERE r.biz_date BETWEEN '2026-11-01' AND '2026-11-30' AND o.paid_at IS NOT NULL AND o.is_test = 0",
        ),
        (
            "groups",
            &["groups", "--format", "csv"],
            "SELECT m.chat_id, count(*) FROM group_member m WHERE m.quit_at IS NULL AND m.type = 2 AND m.member_id IN
             (SELECT external_userid FROM sale_order WHERE paid_at IS NOT NULL AND is_test = 0
              AND biz_date BETWEEN '2026-10-13' AND '2026-11-11') GROUP BY 1",
        ),
    ];
    pairs
        .into_iter()
        .map(|(what, arguments, sql)| {
            let (mut ours, mut theirs) = (Sample::default(), Sample::default());
            for _ in 0..5 {
                let started = Instant::now();
                let status = shop
                    .command(arguments)
                    .stdout(Stdio::null())
                    .status()
                    .expect("the program starts");
                assert!(status.success(), "caopan {arguments:?}");
                ours.time(started.elapsed());
                let started = Instant::now();
                let done = std::process::Command::new("sqlite3")
                    .arg(&shop.path)
                    .arg(sql)
                    .stdout(Stdio::null())
                    .status();
                assert!(done.expect("sqlite3").success());
                theirs.time(started.elapsed());
            }
            // The bar is the larger of 1.5 times sqlite3 and 100 ms.
            let limit = (1.5 * theirs.median()).max(100.0);
            Line {
                bar: 14,
                what: format!("`caopan {what}`"),
                value: ours.median(),
                unit: "ms",
                beside: Some((theirs.median(), "sqlite3, the same answer")),
                limit: Limit::Value(limit),
            }
        })
        .collect()
}
