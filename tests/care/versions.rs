//! Workspaces of earlier versions: brought up when they are opened for writing, kept as they were beside it.

use std::fs;
use std::process::{Child, Stdio};

use crate::shop::{CAOPAN, Shop};
use crate::{mode, names, of_version, of_version_1, version_of_whole};
use caopan::store::{self, Access, StoreError};

#[test]
fn an_older_workspace_is_brought_up_when_opened_for_writing_and_kept_as_it_was() {
    for version in [1, 2, 3] {
        let shop = Shop::new();
        let path = of_version(&shop, "w.db", version);
        let opened = store::open(&path, Access::ReadWrite).unwrap();
        let said = format!("schema {version} to {}", store::VERSION);
        assert!(
            opened
                .notes
                .iter()
                .any(|note| note.to_string().contains(&said))
        );
        drop(opened);
        assert_eq!(version_of_whole(&path), store::VERSION);
        let label = format!("w.db.v{version}.bak-");
        let kept = names(&shop, &label);
        assert_eq!(kept.len(), 1);
        let kept = shop.path(&kept[0]);
        assert_eq!(mode(&kept), 0o600);
        assert_eq!(version_of_whole(&kept), version);
        // Once is enough.
        store::open(&path, Access::ReadWrite).unwrap();
        assert_eq!(names(&shop, &label).len(), 1);
    }
}

#[test]
fn an_older_workspace_is_not_changed_by_looking_at_it() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    let error = store::open(&path, Access::ReadOnly).unwrap_err();
    assert!(matches!(error, StoreError::Older { .. }), "{error}");
    assert_eq!(error.exit_code(), 3);
    assert!(
        error
            .help()
            .to_string()
            .contains("open it once for writing")
    );
    assert_eq!(version_of_whole(&path), 1);
    assert_eq!(names(&shop, ".bak-").len(), 0);
}

#[test]
fn an_older_workspace_with_a_strangers_trigger_is_left_alone() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    shop.connection("w.db")
        .execute_batch("CREATE TRIGGER spy AFTER INSERT ON customer BEGIN DELETE FROM journal; END")
        .unwrap();
    let error = store::open(&path, Access::ReadWrite).unwrap_err();
    assert!(matches!(error, StoreError::Altered { .. }), "{error}");
    assert_eq!(version_of_whole(&path), 1);
}

#[test]
fn of_several_that_open_an_older_workspace_at_once_one_brings_it_up() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    let started: Vec<Child> = (0..6)
        .map(|_| {
            shop.command()
                .args(["list", "customers", "-w", "w.db"])
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut child in started {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(version_of_whole(&path), store::VERSION);
    assert_eq!(names(&shop, ".bak-").len(), 1);
}

/// Runs the program with a limit on the size of any file: the system kills it at the first byte past it.
fn killed_past(shop: &Shop, blocks: u32, arguments: &str) -> bool {
    let script = format!("ulimit -c 0; ulimit -f {blocks}; exec {CAOPAN} {arguments}");
    let mut shell = std::process::Command::new("bash");
    let status = shell
        .args(["-c", &script])
        .env_clear()
        .envs(shop.environment())
        .current_dir(shop.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    !status.success()
}

#[test]
fn bringing_a_workspace_up_killed_at_any_write_leaves_the_old_one_or_the_new_one() {
    let shop = Shop::new();
    let path = of_version_1(&shop, "w.db");
    let mut killed = 0;
    for blocks in (0..2_000).step_by(24) {
        if !killed_past(&shop, blocks, "list customers -w w.db") {
            break;
        }
        killed += 1;
        let version = version_of_whole(&path);
        if version == 1 {
            // What was kept is whole, or it has no name.
            for name in names(&shop, ".bak-").iter().filter(|n| !n.starts_with('.')) {
                assert_eq!(version_of_whole(&shop.path(name)), 1);
                fs::remove_file(shop.path(name)).unwrap();
            }
        }
    }
    assert!(killed > 4, "{killed}");
    assert_eq!(version_of_whole(&path), store::VERSION);
}
