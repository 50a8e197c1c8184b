//! Bytes of any kind as a file of any kind: formats, encodings, amounts, dates and phones. Nothing panics, and a rehearsal
//! writes nothing.
#![no_main]

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use caopan::domain::Zone;
use caopan::import::{Kind, Options, Plan, run_plan, source::Source};
use caopan::store::{Access, Birth, Opened, create, open};
use libfuzzer_sys::fuzz_target;

/// An empty workspace, made once a process, and the changes it was born with.
fn workspace() -> &'static (std::path::PathBuf, i64) {
    static MADE: OnceLock<(std::path::PathBuf, i64)> = OnceLock::new();
    MADE.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("caopan-fuzz-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        create(&path, &Birth::default()).expect("a workspace");
        let born = changes(&open(&path, Access::ReadOnly).expect("it opens"));
        (path, born)
    })
}

/// Rows of the change log.
fn changes(opened: &Opened) -> i64 {
    opened
        .conn
        .query_row("SELECT count(*) FROM change_log", [], |row| row.get(0))
        .expect("a count")
}

fuzz_target!(|input: (u8, &[u8])| {
    let (which, bytes) = input;
    let stop = AtomicBool::new(false);
    let Ok(source) = Source::of_reader(bytes, &Default::default(), &stop) else {
        return;
    };
    let kinds: Vec<Kind> = Kind::all().collect();
    let kind = kinds[usize::from(which) % kinds.len()];
    let Ok(plan) = Plan::guess(Some(kind), source.header(), &[]) else {
        return;
    };
    let (path, born) = workspace();
    let mut opened = open(path, Access::ReadWrite).expect("it opens");
    let mut options = Options::new(Zone::default(), 1_794_378_600, &stop);
    options.rehearse = true;
    let _ = run_plan(&plan, &source, "fuzz", &mut opened.conn, &mut options);
    assert_eq!(changes(&opened), *born, "a rehearsal wrote");
});
