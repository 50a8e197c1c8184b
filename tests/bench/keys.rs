//! Bars 3 to 7: what a key press costs, from the key to the last byte of its frame.

use std::time::Instant;

use crate::figures::{Limit, Line, Named, Sample};
use crate::session::Session;
use crate::shop::{Shop, grouped};

/// Row moves, other keys, typing, two tags and text, pinyin.
pub fn measure(shop: &Shop) -> Vec<Line> {
    let mut console = shop.ready(120, 40);
    let mut lines = rows(shop, &mut console);
    let [whole, _] = any_key(shop, &mut console);
    lines.push(whole);
    lines.push(cpu_of_keys(&mut console));
    lines.extend(typing(shop, &mut console));
    lines.push(two_tags(shop, &mut console));
    lines.push(pinyin(shop, &mut console));
    lines
}

fn rows(shop: &Shop, console: &mut Session) -> Vec<Line> {
    let mut bare = shop.bare(120, 40);
    bare.settle();
    let (mut ours, mut stock, mut bytes) =
        (Sample::default(), Sample::default(), Sample::default());
    for _ in 0..30 {
        // The card beside the list follows 120 ms behind; it is waited for, so that no key meets its frame.
        stock.time(bare.key("j").took);
        ours.time(console.key("j").took);
        console.listen(std::time::Duration::from_millis(300));
    }
    let mut far = shop.ready_over_ssh(120, 40);
    for _ in 0..20 {
        bytes.value(far.key("j").bytes as f64);
        far.listen(std::time::Duration::from_millis(300));
    }
    // 30 keys a second for three seconds: how far behind the last key is its frame.
    for _ in 0..89 {
        console.send("j");
        std::thread::sleep(std::time::Duration::from_micros(33_333));
    }
    let lag = console.key("j").took.as_secs_f64() * 1e3;
    vec![
        Line {
            bar: 3,
            what: "row move, p50".into(),
            value: ours.median(),
            unit: "ms",
            beside: Some((stock.median(), "the bare program's row move")),
            limit: Limit::Ratio(1.5),
        },
        Line {
            bar: 3,
            what: "lag after 90 keys at 30 Hz".into(),
            value: lag,
            unit: "ms",
            beside: None,
            limit: Limit::Value(16.0),
        },
        Line {
            bar: 12,
            what: "row move over ssh, the card aside".into(),
            value: bytes.median(),
            unit: "bytes",
            beside: None,
            limit: Limit::Value(60.0),
        },
    ]
}

/// Slowest keys told by name.
const TOLD: usize = 8;

/// A key as it is called.
fn said(key: &str) -> String {
    match key {
        "\x1b[6~" => "PgDn".into(),
        "\x1b[5~" => "PgUp".into(),
        " " => "space".into(),
        _ => key.into(),
    }
}

/// Every kind of key, five times over: to the end of its reaction, and to the first frame that holds its count and rows.
pub fn any_key(shop: &Shop, console: &mut Session) -> [Line; 2] {
    let (mut took, mut first) = (Named::default(), Named::default());
    // The first tag stands below the names of its family and its group.
    for key in ["2", "j", "j", "1"] {
        console.key(key);
    }
    let all = grouped(shop.customers);
    let everybody = format!("{all} / {all}");
    // Page, first, last, sorts, panes, periods, zoom, one tag in and out.
    let keys = [
        "\x1b[6~", "\x1b[5~", "G", "gg", "sn", "so", "sm", "2", "j", " ", "\\", "3", "j", "4", "j",
        "5", "j", "1", "tw", "tq", "tm", "z", "z",
    ];
    for _ in 0..5 {
        for key in keys {
            let sent = Instant::now();
            let (reaction, told) = console.key_told(key);
            let (mut whole, mut told) = (reaction.took, told);
            // A machine that is held up sends the customers of a tag after a pause.
            if key == " " && console.text().contains(&everybody) {
                let is_in = |text: &str| !text.contains(&everybody);
                whole = console.until("the customers of a tag", is_in) - sent;
                told = whole;
                console.settle();
            }
            took.time(&said(key), whole);
            first.time(&said(key), told);
        }
        // Every tag is out again: everybody is counted.
        let text = console.text();
        assert!(text.contains(&everybody), "{text}");
    }
    console.key("\\");
    eprintln!("  slowest keys, ms: {}", took.slowest(TOLD));
    eprintln!("  … their count and rows: {}", first.slowest(TOLD));
    let line = |what: &str, sample: Sample, limit| Line {
        bar: 4,
        what: what.into(),
        value: sample.quantile(0.95),
        unit: "ms",
        beside: None,
        limit,
    };
    [
        line("any key, p95", took.sample(), Limit::Value(16.0)),
        line(
            "any key, its count and rows, p95",
            first.sample(),
            Limit::None,
        ),
    ]
}

/// What the console computes for a typed character, whoever else has the processor: rows, counts and tags. KPI tree and
/// leaderboard follow when the typing rests.
fn cpu_of_keys(console: &mut Session) -> Line {
    let mut took = Sample::default();
    for text in ["王芳", "李", "1", "2026", "zs", "lj"] {
        console.key("/");
        for character in text.chars() {
            let before = console.cpu();
            console.key(&character.to_string());
            took.time(console.cpu().saturating_sub(before));
        }
        console.key("\x1b");
    }
    Line {
        bar: 5,
        what: "CPU of a typed filter character, all panes on screen, p50".into(),
        value: took.median(),
        unit: "ms",
        beside: None,
        limit: Limit::None,
    }
}

/// Types names character by character; the screen must end on SQL's count.
fn typing(shop: &Shop, console: &mut Session) -> Vec<Line> {
    let mut took = Named::default();
    for text in ["王芳", "李", "1", "2026", "娟"] {
        console.key("/");
        let mut typed = String::new();
        for character in text.chars() {
            typed.push(character);
            took.time(&typed, console.key(&character.to_string()).took);
        }
        console.key("\r");
        let sql = format!(
            "SELECT count(*) FROM customer c WHERE instr(name, '{text}') OR instr(external_userid, '{text}')
             OR (length('{text}') >= 4 AND phone GLOB '*{text}')
             OR EXISTS (SELECT 1 FROM follow f WHERE f.external_userid = c.external_userid AND instr(f.remark, '{text}'))"
        );
        check(console, shop.number(&sql), text);
        console.key("\\");
    }
    eprintln!("  slowest characters, ms: {}", took.slowest(TOLD));
    let took = took.sample();
    vec![
        Line {
            bar: 5,
            what: "a typed filter character, p50".into(),
            value: took.median(),
            unit: "ms",
            beside: Some((memmem(shop), "one memmem pass over the names")),
            limit: Limit::Value(6.0),
        },
        Line {
            bar: 5,
            what: "a typed filter character, p95".into(),
            value: took.quantile(0.95),
            unit: "ms",
            beside: None,
            limit: Limit::Value(12.0),
        },
    ]
}

fn memmem(shop: &Shop) -> f64 {
    let names: String = shop
        .sql()
        .prepare("SELECT name FROM customer")
        .expect("names")
        .query_map([], |row| row.get::<_, String>(0))
        .expect("names")
        .flatten()
        .collect();
    let mut took = Sample::default();
    let finder = memchr::memmem::Finder::new("王芳");
    for _ in 0..9 {
        let started = Instant::now();
        std::hint::black_box(finder.find_iter(names.as_bytes()).count());
        took.time(started.elapsed());
    }
    took.median()
}

fn two_tags(shop: &Shop, console: &mut Session) -> Line {
    let conn = shop.sql();
    let mut names = conn
        .prepare(
            "SELECT tag_id, t.name FROM tag t JOIN customer_tag USING (tag_id) WHERE t.name NOT GLOB '*[^一-龥]*'
             GROUP BY tag_id HAVING (SELECT count(*) FROM tag x WHERE instr(x.name, t.name)) = 1 ORDER BY count(*) DESC LIMIT 2",
        )
        .expect("tags");
    let tags: Vec<(String, String)> = names
        .query_map([], |r| Ok((r.get(0)?, r.get(1)?)))
        .expect("tags")
        .flatten()
        .collect();
    let sql = format!(
        "SELECT c.external_userid, c.name, s.spend_fen FROM customer_tag a JOIN customer_tag b USING (external_userid)
         JOIN customer c USING (external_userid) LEFT JOIN customer_stat s USING (external_userid)
         WHERE a.tag_id = '{}' AND b.tag_id = '{}' AND instr(c.name, '王')
         GROUP BY c.external_userid ORDER BY s.spend_fen DESC, c.external_userid LIMIT 60",
        tags[0].0, tags[1].0
    );
    let (mut ours, mut theirs) = (Sample::default(), Sample::default());
    for _ in 0..7 {
        let started = Instant::now();
        let status = std::process::Command::new("sqlite3")
            .arg(&shop.path)
            .arg(&sql)
            .output()
            .expect("sqlite3");
        assert!(
            status.status.success(),
            "{}",
            String::from_utf8_lossy(&status.stderr)
        );
        theirs.time(started.elapsed());

        console.key("/");
        console.key(&format!("标签:{} 标签:{} name:\"", tags[0].1, tags[1].1));
        ours.time(console.key("王\"").took);
        console.key("\r");
        console.key("\\");
    }
    Line {
        bar: 6,
        what: "two tags + text".into(),
        value: ours.median(),
        unit: "ms",
        beside: Some((theirs.median(), "sqlite3 on the finished SQL")),
        limit: Limit::Ratio(0.02),
    }
}

fn pinyin(_: &Shop, console: &mut Session) -> Line {
    let mut took = Sample::default();
    for initials in ["zs", "wxh", "lj", "cy"] {
        console.key("/");
        for letter in initials.chars() {
            took.time(console.key(&letter.to_string()).took);
        }
        console.key("\x1b");
    }
    Line {
        bar: 7,
        what: "pinyin initials, a typed letter, p50".into(),
        value: took.median(),
        unit: "ms",
        beside: None,
        limit: Limit::Value(16.0),
    }
}

/// The screen says this many hits.
fn check(console: &Session, hits: u64, what: &str) {
    let text = console.text();
    assert!(
        text.contains(&grouped(hits)),
        "{what}: SQL says {hits}, the screen:\n{text}"
    );
}
