//! Bytes of any kind as a file of any kind: formats, encodings, amounts, dates and phones. Nothing panics, and a rehearsal
//! writes nothing.
#![no_main]

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use caopan::domain::Zone;
use caopan::import::{Kind, Options, Plan, run_plan, source::Source};
use caopan::store::{Access, Birth, create, open};
use libfuzzer_sys::fuzz_target;

/// An empty workspace, made once a process.
fn workspace() -> &'static std::path::Path {
    static PATH: OnceLock<std::path::PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("caopan-fuzz-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        create(&path, &Birth::default()).expect("a workspace");
        path
    })
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
    let mut conn = open(workspace(), Access::ReadWrite).expect("it opens").conn;
    let mut options = Options::new(Zone::default(), 1_794_378_600, &stop);
    options.rehearse = true;
    let _ = run_plan(&plan, &source, "fuzz", &mut conn, &mut options);
    let rows: i64 = conn
        .query_row("SELECT count(*) FROM change_log", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(rows, 0, "a rehearsal wrote");
});
