//! Leaving while a load still runs.

use std::path::Path;
use std::sync::Mutex;

use super::*;
use crate::domain::{Day, Zone};
use crate::store::demo::{Plan, generate};
use crate::store::{Access, open};
use crate::workspace::Moment;

/// More rows than a load reads before it first says how far it is, in each half of a table.
const MANY: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    INSERT INTO customer (external_userid, name, synced_at, first_added_at) SELECT printf('wm%06d', i), 'n', 0, 0 FROM n;
    INSERT INTO follow (userid, external_userid, added_at)
    SELECT (SELECT min(userid) FROM staff), external_userid, 0 FROM customer WHERE name = 'n'";

fn names(folder: &Path) -> Vec<String> {
    let there = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = there
        .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn leaving_while_a_load_runs_leaves_one_file() {
    let folder = tempfile::Builder::new().prefix("desk-").tempdir().unwrap();
    let path = folder.path().join("w.db");
    let plan = Plan {
        customers: 300,
        seed: 1,
        today: Day::parse("2026-11-11").unwrap(),
        zone: Zone::default(),
    };
    generate(&path, &plan, &mut |_, _, _| {}).unwrap();
    let opened = open(&path, Access::ReadWrite).unwrap();
    opened.conn.execute_batch(MANY).unwrap();
    let workspace = Workspace::new(path, opened).unwrap();
    let (here, is_here) = channel();
    let (go, may_go) = channel::<()>();
    let (here, may_go) = (Mutex::new(Some(here)), Mutex::new(may_go));
    // The loading thread stands still in the middle of its load.
    let post: Post = Arc::new(move |posted| {
        if matches!(posted, Posted::Notice(Notice::Loading(..)))
            && let Some(here) = here.lock().unwrap().take()
        {
            here.send(()).unwrap();
            let _ = may_go.lock().unwrap().recv();
        }
    });
    let unix = 1_794_378_600;
    let desk = LiveDesk::new(
        workspace,
        Arc::new(move || Moment { millis: 0, unix }),
        post,
    );
    desk.begun();
    is_here.recv_timeout(Duration::from_secs(60)).unwrap();
    desk.inbox.put(|work| work.quit = true);
    while desk.inbox.has_questions() {
        std::thread::yield_now();
    }
    // The store thread has heard it: what it does not wait for would be closed behind it.
    drop(go);
    drop(desk);
    assert_eq!(names(folder.path()), ["w.db"]);
}
