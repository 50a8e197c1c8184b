//! Syncs killed at any moment.

use std::process::{Child, Stdio};

use crate::dice::Dice;
use crate::server::{Fake, Faults};
use crate::site::{FIRST, Site, assert_sound, count, good};
use crate::world::World;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

/// Kills a process somewhere between that request and a few milliseconds later; whether it was still there.
fn kill_at(mut child: Child, fake: &Fake, request: u64, millis: u64) -> bool {
    let process = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).unwrap();
    let ends_within = |millis: u64| {
        let until = Timespec {
            tv_sec: 0,
            tv_nsec: i64::try_from(millis * 1_000_000).unwrap(),
        };
        poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&until)).unwrap() > 0
    };
    while !fake.wait_for(request) && !ends_within(0) {}
    ends_within(millis);
    let _ = child.kill();
    child.wait().unwrap().code().is_none()
}

/// Each time the same command again, which goes on and ends with the server's rows. Every fifth begins with an empty
/// workspace; before the others the server has changed.
#[test]
fn a_sync_killed_at_any_moment_goes_on_and_ends_with_the_servers_rows() {
    let kills = std::env::var("CAOPAN_KILLS").map_or(8, |n| n.parse::<u64>().expect("a count"));
    let fresh = World {
        staff: 5,
        relations: 2_400,
        groups: 6,
        members: 8,
        days: 30,
        ..World::default()
    };
    let mut site = Site::new(fresh.clone(), &Faults::default());
    let (path, empty) = (site.shop.path("shop.db"), site.shop.path("empty.db"));
    std::fs::copy(&path, &empty).unwrap();
    let since = ["--since", "2026-10-12"];
    good(&site.sync(FIRST, &since));
    site.assert_equal();
    let whole = site.fake.requests();
    let (mut dice, mut killed) = (Dice(0x9e37_79b9_7f4a_7c15), 0);
    for n in 0..kills {
        if n % 5 == 0 {
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{end}", path.display()));
            }
            std::fs::copy(&empty, &path).unwrap();
            site.world = fresh.clone();
        } else {
            let i = dice.below(2_400_usize);
            site.world.cut.insert(i);
            site.world
                .tagged
                .insert((i + 7) % 2_400, vec!["et0001".into()]);
            site.world
                .remarks
                .insert((i + 11) % 2_400, format!("改{n}"));
            *site.world.quits.entry(i % 6).or_default() += 1;
        }
        site.fake.set_world(&site.world);
        let more: &[&str] = if n % 2 == 0 {
            &since
        } else {
            &["--full", "--since", "2026-10-12"]
        };
        let at = |seconds: u64| {
            let s = 1_800 + seconds;
            format!(
                "2026-11-11 {:02}:{:02}:{:02}",
                14 + s / 3600,
                s / 60 % 60,
                s % 60
            )
        };
        let request = site.fake.requests() + dice.below(whole);
        let child = site
            .command(&at(2 * n), more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        killed += u64::from(kill_at(child, &site.fake, request, dice.below(40)));
        assert_sound(&site.db());
        good(&site.sync(&at(2 * n + 1), more));
        site.assert_rows();
        let conn = site.db();
        let ended = "SELECT count(*) FROM follow_event WHERE kind = 'del_by_staff'";
        assert_eq!(count(&conn, ended), site.world.cut.len() as i64, "kill {n}");
        let open = "SELECT count(*) FROM sync_run WHERE ended_at IS NULL";
        assert_eq!(count(&conn, open), 0);
        if n % 100 == 99 {
            println!("{} kills, {killed} of them before the end", n + 1);
        }
    }
    // Enough of them to mean something: others had ended before their moment came.
    assert!(killed * 3 >= kills, "{killed} of {kills} were killed");
    site.shop.good(&["journal", "verify", "-w", "shop.db"]);
}
