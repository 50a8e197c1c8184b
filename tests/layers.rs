//! Who may import whom. The rooms are ordered along the data's way; nobody reaches back or sideways.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("filter", &["domain"]),
    ("config", &["domain", "filter"]),
    ("store", &["domain", "filter"]),
    ("import", &["domain", "store"]),
    ("engine", &["domain", "filter", "store"]),
    ("workspace", &["domain", "filter", "store", "engine"]),
    ("app", &["domain", "filter", "engine", "config"]),
    ("ui", &["domain", "filter", "engine", "config", "app"]),
    (
        "runtime",
        &["domain", "filter", "engine", "config", "app", "ui"],
    ),
    (
        "cli",
        &[
            "domain",
            "filter",
            "config",
            "store",
            "import",
            "engine",
            "workspace",
            "app",
            "ui",
            "runtime",
        ],
    ),
];

/// Words that only the named rooms may say: the terminal, the database, the clock.
const ONLY_IN: &[(&str, &[&str])] = &[
    (
        "rusqlite",
        &["store", "import", "engine/load", "workspace", "cli"],
    ),
    ("crossterm", &["runtime"]),
    ("Instant::now", &["runtime"]),
    ("SystemTime::now", &["runtime"]),
];

fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src is readable") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Product code of every file: what stands before its tests, comments left out.
fn product() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            let code = text
                .split("#[cfg(test)]")
                .next()
                .unwrap_or_default()
                .lines()
                .filter(|l| !l.trim_start().starts_with("//"))
                .collect::<Vec<_>>()
                .join("\n");
            (
                path.strip_prefix(&root)
                    .expect("inside src")
                    .display()
                    .to_string(),
                code,
            )
        })
        .collect()
}

#[test]
fn rooms_use_only_the_rooms_before_them() {
    let mut wrong = Vec::new();
    for (file, code) in product() {
        let Some((room, allowed)) = MAY_USE
            .iter()
            .find(|(room, _)| file.starts_with(&format!("{room}/")))
        else {
            continue;
        };
        for (other, _) in MAY_USE {
            let uses = code.contains(&format!("crate::{other}::"))
                || code.contains(&format!("crate::{other}]"));
            if other != room && uses && !allowed.contains(other) {
                wrong.push(format!(
                    "src/{file} uses {other}; {room} may use {allowed:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn terminal_database_and_clock_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for (file, code) in product() {
        for (word, rooms) in ONLY_IN {
            let here =
                code.contains(&format!("{word}::")) || (word.contains("::") && code.contains(word));
            if here && !rooms.iter().any(|room| file.starts_with(room)) {
                wrong.push(format!(
                    "src/{file} says {word}, which belongs to {rooms:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let silent: Vec<_> = files
        .iter()
        .filter(|path| {
            !fs::read_to_string(path)
                .expect("source is UTF-8")
                .starts_with("//!")
        })
        .collect();
    assert!(silent.is_empty(), "no module doc: {silent:?}");
}
