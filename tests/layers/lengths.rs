//! How long a file may be.

use std::fs;
use std::path::Path;

use crate::sources;

/// Lines a file may have before its tests, and a file of tests; a longer one holds a second thing.
const FILE: usize = 400;

/// Lines of the files of tests that are longer still. This list may only shrink.
const LONG: &[(&str, usize)] = &[
    ("board.rs", 450),
    ("console.rs", 550),
    ("demo.rs", 550),
    ("export.rs", 800),
    ("frames.rs", 500),
    ("golden.rs", 450),
    ("import_formats.rs", 1_000),
    ("journal.rs", 750),
    ("later.rs", 600),
    ("live.rs", 450),
    ("pace.rs", 500),
    ("report.rs", 750),
    ("screens.rs", 750),
    ("store_live.rs", 450),
    ("store_totals.rs", 450),
    ("straight.rs", 600),
    ("support/edges.rs", 600),
    ("support/sample.rs", 900),
    ("targets.rs", 800),
    ("terminal.rs", 550),
];

#[test]
fn files_stay_short_enough_to_be_about_one_thing() {
    let mut wrong = Vec::new();
    for (file, lines) in lengths("src") {
        if lines > FILE {
            wrong.push(format!("src/{file} has {lines} lines, {FILE} are allowed"));
        }
    }
    let tests = lengths("tests");
    for (file, lines) in &tests {
        let long = LONG.iter().find(|(name, _)| name == file);
        let most = long.map_or(FILE, |(_, most)| *most);
        if *lines > most {
            wrong.push(format!(
                "tests/{file} has {lines} lines, {most} are allowed"
            ));
        }
    }
    for (name, _) in LONG {
        let lines = tests.iter().find(|(file, _)| file == name);
        if lines.is_none_or(|(_, lines)| *lines <= FILE) {
            wrong.push(format!("tests/{name} is no long file any more"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines of every file of a folder before its tests; of a file of tests, all.
fn lengths(folder: &str) -> Vec<(String, usize)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    sources(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("source is UTF-8");
            let lines = text
                .lines()
                .take_while(|line| !line.starts_with("#[cfg(test)]"))
                .count();
            let name = path.strip_prefix(&root).expect("inside the folder");
            (name.display().to_string(), lines)
        })
        .collect()
}
