//! Waits and limits: interrupted, counted, ended.

use std::process::Stdio;

use crate::server::Faults;
use crate::site::{FIRST, Site, count};
use crate::world::World;
use caopan::wecom::client::CallError;
use caopan::wecom::sync::{PartReport, SyncError};
use caopan::wecom::transport::TransportError;
use rustix::process::Pid;

#[test]
fn ctrl_c_ends_a_wait() {
    let more = "calls_per_second = 5000\ntimeout_seconds = 60\n";
    let site = Site::with(
        World {
            staff: 4,
            relations: 20,
            groups: 3,
            ..World::default()
        },
        &Faults::default(),
        more,
    );
    let busy = Faults {
        busy_every: 1,
        ..Faults::default()
    };
    site.fake.control(&busy);
    let child = site
        .command(FIRST, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It is waiting before its second try when the server has seen the first.
    while site.fake.counts().get("department/list").is_none() {
        std::thread::yield_now();
    }
    rustix::process::kill_process(Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[track_caller]
fn all_done(parts: &[PartReport]) {
    for part in parts {
        assert!(part.error.is_none(), "{part:?}");
    }
}

#[test]
fn a_limit_of_calls_is_waited_out_for_a_minute_and_the_rows_are_whole() {
    let world = World {
        days: 30,
        ..World::default()
    };
    let site = Site::new(
        world,
        &Faults {
            per_minute: 30,
            ..Faults::default()
        },
    );
    let (parts, millis) = site.sync_by_hand();
    all_done(&parts);
    site.assert_equal();
    let refused = site.fake.errors()[&45009];
    // Each wait of a minute began with one refusal, or with those that were under way with it.
    assert!(millis >= 60_000, "{millis}");
    assert!(
        refused >= 2 && refused <= millis / 60_000 * 4,
        "{refused} in {millis}"
    );
    // A limit that stays ends the sync, and the next goes on.
    site.fake.control(&Faults {
        refuse: "externalcontact/batch/get_by_user".into(),
        code: 45009,
        ..Faults::default()
    });
    let (parts, _) = site.sync_by_hand();
    let last = parts.last().unwrap();
    assert_eq!(last.error.as_ref().and_then(SyncError::code), Some(45009));
    site.fake.control(&Faults::default());
    all_done(&site.sync_by_hand().0);
    site.assert_equal();
}

#[test]
fn a_server_that_is_busy_at_random_is_asked_again() {
    for seed in [1, 2] {
        let world = World {
            days: 30,
            relations: 2_000,
            ..World::default()
        };
        let faults = Faults {
            busy_percent: 4,
            seed: seed * 0x9e37_79b9,
            ..Faults::default()
        };
        let site = Site::new(world, &faults);
        let (parts, millis) = site.sync_by_hand();
        all_done(&parts);
        site.assert_equal();
        assert!(site.fake.errors()[&-1] > 0 && millis >= 1_000);
    }
}

#[test]
fn an_answer_that_never_comes_ends_in_time_and_the_next_sync_goes_on() {
    let site = Site::new(
        World {
            days: 30,
            ..World::default()
        },
        &Faults {
            hang: "externalcontact/batch/get_by_user".into(),
            ..Faults::default()
        },
    );
    let (parts, _) = site.sync_by_hand();
    let last = parts.last().unwrap();
    let is_timeout = matches!(
        &last.error,
        Some(SyncError::Call(CallError::Transport {
            source: TransportError::Timeout,
            ..
        }))
    );
    assert!(is_timeout, "{last:?}");
    // Departments and tags are in; nothing that was not heard is.
    assert_eq!(count(&site.db(), "SELECT count(*) FROM follow"), 0);
    assert_eq!(count(&site.db(), "SELECT count(*) FROM tag"), 100);
    site.fake.control(&Faults::default());
    all_done(&site.sync_by_hand().0);
    site.assert_equal();
}
