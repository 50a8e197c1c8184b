//! A page of WeCom's and a callback's XML: any JSON, any text, read cell by cell without a panic; and whoever is read out of a
//! page is taken by the workspace.
#![no_main]

use std::sync::OnceLock;

use caopan::domain::Zone;
use caopan::store::{Access, Birth, StoreError, create, open};
use caopan::wecom::callback::Words;
use caopan::wecom::intake::{When, contacts, within};
use caopan::wecom::page::Cells;
use caopan::wecom::sync::reading::{contacts_of, followers};
use libfuzzer_sys::fuzz_target;

/// An empty workspace, made once a process.
fn workspace() -> &'static std::path::Path {
    static PATH: OnceLock<std::path::PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let path = std::env::temp_dir().join(format!("caopan-pages-{}.db", std::process::id()));
        let _ = std::fs::remove_file(&path);
        create(&path, &Birth::default()).expect("a workspace");
        path
    })
}

fuzz_target!(|text: &str| {
    let _ = Words::read(text);
    let Ok(value) = serde_json::from_str(text) else {
        return;
    };
    let page = Cells::of(&value);
    let _ = page.next_cursor();
    for name in ["userid", "external_userid", "name", "a", ""] {
        let _ = (page.id(name), page.int(name), page.real(name), page.time(name), page.text(name, 512));
    }
    let (mut found, _) = contacts_of(page.list("external_contact_list").unwrap_or_default());
    found.extend(followers(&value).0);
    if found.is_empty() {
        return;
    }
    let mut conn = open(workspace(), Access::ReadWrite).expect("it opens").conn;
    let when = When { now: 1_794_378_600, zone: Zone::default() };
    let done = within(&mut conn, |conn| {
        for contact in &found {
            contacts::put(conn, contact, when).expect("the workspace takes it");
        }
        // Nothing stays.
        Err::<(), _>(StoreError::Stopped { doing: "taking it back" })
    });
    assert!(done.is_err());
});
