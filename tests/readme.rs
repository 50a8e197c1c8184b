//! README says what the program does: its tables and its screen are made from the program, its commands work as pasted.
//!
//! `UPDATE_README=1 cargo test --test readme` writes the made parts anew.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "support/shop.rs"]
mod shop;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use caopan::filter::fields::Entity;
use caopan::filter::{Ctx, parse};
use caopan::import::Kind;
use shop::{CAOPAN, NOW, Shop, TODAY};

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

fn readme() -> String {
    fs::read_to_string(file()).unwrap()
}

/// What stands between two markers, and where.
fn between<'a>(text: &'a str, name: &str) -> &'a str {
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (_, after) = text.split_once(&open).expect("the opening marker");
    let (inside, _) = after.split_once(&close).expect("the closing marker");
    inside
}

/// The made part is what the program gives today.
#[track_caller]
fn is_made(name: &str, made: &str) {
    let text = readme();
    let old = between(&text, name);
    if std::env::var_os("UPDATE_README").is_some_and(|v| v == "1") {
        let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let new = text.replacen(
            &format!("{open}{old}{close}"),
            &format!("{open}{made}{close}"),
            1,
        );
        fs::write(file(), new).unwrap();
        return;
    }
    let differs = old.lines().zip(made.lines()).find(|(old, new)| old != new);
    assert!(
        old == made,
        "README's {name} is out of date, first at {differs:?}\n\
         UPDATE_README=1 cargo test --test readme -- --test-threads=1"
    );
}

#[test]
fn the_keys_are_those_of_the_key_table() {
    let table = Shop::new().good(&["keys", "--md"]);
    for row in table.lines() {
        let mut keys: Vec<_> = row
            .split('|')
            .nth(1)
            .unwrap_or_default()
            .split(' ')
            .collect();
        keys.retain(|key| !key.is_empty());
        let all = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), all, "a key is named twice: {row}");
    }
    is_made("keys", &table);
}

#[test]
fn the_kinds_are_those_that_can_be_imported() {
    let mut table = String::from("| kind | needs | may have |\n|---|---|---|\n");
    for kind in Kind::all() {
        let names = |wanted: bool| {
            let columns = kind.columns().filter(|(_, needed)| *needed == wanted);
            let cells: Vec<_> = columns.map(|(name, _)| format!("`{name}`")).collect();
            cells.join(" ")
        };
        let (needs, may) = (names(true), names(false));
        writeln!(table, "| {} | {needs} | {may} |", kind.code()).unwrap();
    }
    is_made("kinds", &table);
}

#[test]
fn the_screen_is_one_of_the_demo() {
    let shop = Shop::new();
    let demo = [
        "demo",
        "demo.db",
        "--customers",
        "2000",
        "--seed",
        "1",
        "--today",
        TODAY,
    ];
    shop.good(&demo);
    let screen = [
        "snapshot", "--pane", "overview", "--size", "120x40", "--lang", "zh", "--as-of", NOW, "-w",
        "demo.db",
    ];
    let frame = shop.good(&screen);
    let lines: Vec<_> = frame.lines().map(str::trim_end).collect();
    is_made("screen", &format!("```text\n{}\n```\n", lines.join("\n")));
}

/// Blocks fenced with this word.
fn blocks(text: &str, word: &str) -> Vec<String> {
    let open = format!("```{word}\n");
    let parts = text.split(&open).skip(1);
    parts
        .map(|part| part.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_example_imports_work_as_pasted() {
    let shop = Shop::new();
    assert_eq!(run_example(&shop, "caopan init shop.db"), 6);
    let customers = shop.good(&["list", "customers", "--format", "csv", "-w", "shop.db"]);
    assert_eq!(customers.lines().count(), 2, "{customers}");
}

#[test]
fn the_example_of_each_format_works_as_pasted() {
    let shop = Shop::new();
    assert_eq!(run_example(&shop, "caopan init formats.db"), 7);
    let customers = shop.good(&["list", "customers", "--format", "csv", "-w", "formats.db"]);
    assert_eq!(customers.lines().count(), 6, "{customers}");
    assert!(customers.contains("李雷"), "{customers}");
    let book = fs::read(shop.path("a.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"), "a workbook");
}

/// Runs the lines of the block that begins so; how many there were.
#[track_caller]
fn run_example(shop: &Shop, begins: &str) -> usize {
    let text = readme();
    let blocks = blocks(&text, "sh");
    let block = blocks.iter().find(|b| b.contains(begins)).unwrap();
    let folder = Path::new(CAOPAN).parent().unwrap();
    let path = format!(
        "{}:{}",
        folder.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut ran = 0;
    for line in block.lines() {
        if line == "caopan -w shop.db" {
            // The console itself; tests/console.rs opens it.
            continue;
        }
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", line])
            .env_clear()
            .envs(shop.environment())
            .env("PATH", &path)
            .current_dir(shop.folder());
        let output = shell.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {said}");
        ran += 1;
    }
    ran
}

#[test]
fn the_example_exports_work_as_pasted() {
    let shop = Shop::new();
    assert!(run_example(&shop, "caopan export customers") > 0);
    for file in ["best.xlsx", "top.csv", "phones.csv"] {
        assert!(shop.path(file).exists(), "{file}");
    }
}

#[test]
fn the_chinese_examples_work_as_pasted() {
    let shop = Shop::new();
    assert_eq!(run_example(&shop, "caopan demo 试用.db"), 3);
    assert!(shop.path("试用.db").exists());
}

#[test]
fn the_example_filters_are_understood() {
    let text = readme();
    let blocks = blocks(&text, "text");
    let block = blocks
        .iter()
        .find(|block| block.contains("tag:vip"))
        .unwrap();
    let mut tried = 0;
    let pieces = block.lines().flat_map(|line| line.split("  "));
    for piece in pieces.map(str::trim).filter(|piece| !piece.is_empty()) {
        if piece.starts_with("pinyin") {
            continue;
        }
        let parsed = parse(piece, &Ctx::of(Entity::Customers));
        assert!(parsed.is_ok(), "{piece}: {parsed:?}");
        tried += 1;
    }
    assert!(tried >= 5, "{tried}");
}

#[test]
fn there_is_one_command_to_see_it_and_one_to_test_it() {
    let text = readme();
    let marked = |mark: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with("cargo ") && line.ends_with(mark))
            .map(|line| line.split("  ").next().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(marked(" # test"), ["cargo test --locked"]);
    assert!(text.contains("\ncargo run --release -- --demo "));
}
