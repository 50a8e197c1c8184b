//! Who may import whom. The rooms are ordered along the data's way; nobody reaches back or sideways.
#![allow(
    missing_docs,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::type_complexity,
    clippy::inconsistent_digit_grouping,
    clippy::manual_is_multiple_of,
    reason = "a test binary; slices begin and end where a search found ASCII"
)]

#[path = "layers/lengths.rs"]
mod lengths;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("filter", &["domain"]),
    ("config", &["domain", "filter"]),
    ("store", &["domain", "filter"]),
    ("import", &["domain", "store"]),
    ("export", &["domain", "store"]),
    ("wecom", &["domain", "store"]),
    ("pull", &["domain", "store", "import"]),
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
            "export",
            "wecom",
            "pull",
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
        &[
            "store",
            "import",
            "wecom",
            "pull",
            "engine/load",
            "workspace",
        ],
    ),
    ("ureq", &["wecom"]),
    ("calamine", &["import"]),
    ("rust_xlsxwriter", &["export"]),
    ("tokio_postgres_rustls", &["pull"]),
    ("inotify", &["store/watch", "runtime/folder"]),
    ("tokio", &["runtime"]),
    ("ratatui", &["ui", "runtime", "config/theme", "cli"]),
    ("clap", &["cli"]),
    ("signal_hook", &["runtime", "cli"]),
    ("env::var", &["cli"]),
    ("env::var_os", &["cli"]),
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

/// Rooms that a file names: `crate::room::…`, and grouped imports, `use crate::{a, b::c}`.
fn rooms_named(code: &str) -> BTreeSet<&str> {
    let ends = |c: char| !(c.is_alphanumeric() || c == '_');
    let mut found = BTreeSet::new();
    for (at, found_at) in code.match_indices("crate::") {
        // `pub(in crate::…)` and paths of other crates end alike; only ours begin with the bare word.
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + found_at.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            found.extend(rest.split(ends).next());
            continue;
        };
        let mut depth = 0;
        let mut expects = true;
        for (i, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => expects = true,
                c if expects && !ends(c) => {
                    found.extend(group[i..].split(ends).next());
                    expects = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn grouped_imports_name_their_rooms_too() {
    let code = "use crate::{\n    app::state::{App, Change},\n    domain,\n};\npub use crate::store::open;\nmycrate::ui::x";
    assert_eq!(rooms_named(code), ["app", "domain", "store"].into());
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
        for other in rooms_named(&code) {
            let is_room = MAY_USE.iter().any(|(room, _)| *room == other);
            if is_room && other != *room && !allowed.contains(&other) {
                wrong.push(format!(
                    "src/{file} uses {other}; {room} may use {allowed:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_of_the_source_is_a_room_with_a_rule() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let folders: BTreeSet<String> = fs::read_dir(root)
        .expect("src is readable")
        .map(|entry| entry.expect("entry"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("UTF-8"))
        .collect();
    let rooms: BTreeSet<String> = MAY_USE.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(folders, rooms);
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

/// A file that is compiled for tests only.
fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || name.ends_with("/testing.rs")
}

/// Where a function is longer, or takes more, than `clippy.toml` allows. This list may only shrink.
const EXPECTED: &[(&str, &str)] = &[("app/update.rs", "too_many_lines")];

#[test]
fn long_functions_and_long_argument_lists_are_counted() {
    let found: Vec<(String, &str)> = product()
        .into_iter()
        .filter(|(name, _)| !is_test(name))
        .flat_map(|(name, code)| {
            [
                "too_many_lines",
                "too_many_arguments",
                "cognitive_complexity",
            ]
            .into_iter()
            .flat_map(move |lint| {
                let times = code.matches(lint).count();
                std::iter::repeat_n((name.clone(), lint), times)
            })
        })
        .filter(|(name, lint)| !EXPECTED.contains(&(name.as_str(), *lint)))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

/// Arms `_ =>` beside arms that name our own enums, by room. A new variant passes them unseen, so no room may gain one:
/// these counts may only shrink.
const CATCH_ALL: &[(&str, usize)] = &[
    ("app", 23),
    ("cli", 7),
    ("engine", 9),
    ("filter", 6),
    ("runtime", 1),
    ("store", 9),
    ("ui", 1),
    ("workspace", 1),
];

#[test]
fn our_own_enums_are_matched_by_name() {
    let product: Vec<_> = product()
        .into_iter()
        .filter(|(name, _)| !is_test(name))
        .collect();
    let enums: BTreeSet<&str> = product
        .iter()
        .flat_map(|(_, code)| code.split("enum ").skip(1))
        .filter_map(|rest| rest.split([' ', '<', '{']).next())
        .collect();
    let mut counts = BTreeMap::<&str, Vec<String>>::new();
    for (name, code) in &product {
        let room = name.split('/').next().unwrap_or_default();
        let places = catch_alls(code, &enums);
        counts
            .entry(room)
            .or_default()
            .extend(places.into_iter().map(|head| format!("src/{name}: {head}")));
    }
    let mut wrong = Vec::new();
    for (room, places) in counts {
        let most = CATCH_ALL
            .iter()
            .find(|(known, _)| *known == room)
            .map_or(0, |(_, most)| *most);
        if places.len() > most {
            let (n, places) = (places.len(), places.join("\n"));
            wrong.push(format!("{room} has {n}, {most} are allowed:\n{places}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The heads of matches with an arm `_ =>` (without a guard) and another that names one of `enums`.
fn catch_alls(code: &str, enums: &BTreeSet<&str>) -> Vec<String> {
    let lines: Vec<&str> = code.lines().collect();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        if !line.trim_start().starts_with("_ =>") {
            continue;
        }
        let mut ours = false;
        for above in lines[..i].iter().rev().filter(|l| !l.trim().is_empty()) {
            if depth(above) < depth(line) {
                if ours {
                    found.push(above.trim().to_owned());
                }
                break;
            }
            let pattern = above.split("=>").next().unwrap_or_default();
            ours |= depth(above) == depth(line)
                && pattern.match_indices("::").any(|(at, _)| {
                    let word = pattern[..at].rsplit(|c: char| !c.is_alphanumeric()).next();
                    word.is_some_and(|word| word == "Self" || enums.contains(word))
                });
        }
    }
    found
}

#[test]
fn a_catch_all_beside_an_enum_of_ours_is_seen() {
    let code = "match a {\n    Pane::Tags => 1,\n    _ => 2,\n}\nmatch b {\n    Some(3) => 1,\n    _ => 2,\n}\n";
    assert_eq!(catch_alls(code, &["Pane"].into()), ["match a {"]);
}
