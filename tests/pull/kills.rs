//! Pulls killed at any moment, and the memory of long ones.

use std::process::{Child, Stdio};
use std::sync::mpsc;

use crate::dice::Dice;
use crate::postgres_server::{Fate, Wire, server};
use crate::town::{MAPPING, Town, gave};

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}

fn kill(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn a_pull_killed_at_any_moment_goes_on_and_ends_with_the_rows_of_the_server() {
    let mut town = Town::new("killed", 400);
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    let full = town.good(&["--dry-run"]).len() as u64;
    assert!(full > 0);
    for round in 0..number("CAOPAN_PULL_KILLS", 12) {
        // Everything comes again, a little changed, so that each pull has pages to lose.
        let when = format!("now() - interval '15 days' + {round} * interval '10 minutes'");
        town.hq(&format!("UPDATE crm.member SET nickname = '顾客' || member_id || '/{round}', updated_at = {when} + member_id * interval '1 second' WHERE nickname IS NOT NULL;
            UPDATE crm.member SET updated_at = {when} + member_id * interval '1 second' WHERE nickname IS NULL;
            UPDATE trade.orders SET updated_at = {when}; UPDATE trade.refund SET updated_at = {when}"));
        if round % 50 == 49 {
            // The server of the tests does not clean up by itself.
            town.hq("VACUUM crm.member");
            town.hq("VACUUM trade.orders");
            town.hq("VACUUM trade.refund");
        }
        let (at, breath) = (2_000 + dice.below(90_000_u64), dice.below(3_000_000));
        let (tell, told) = mpsc::channel();
        let wire = Wire::new(server().port, move |sent, _| {
            if sent > at {
                let _ = tell.send(());
            }
            Fate::Goes
        });
        let more: &[&str] = if round % 3 == 2 { &["--full"] } else { &[] };
        let mut child = town
            .command(wire.port, more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // The sender goes with the wire: a pull that ends before the moment comes is one that was not killed.
        if told.recv().is_ok() {
            for _ in 0..breath {
                std::hint::spin_loop();
            }
        }
        kill(&mut child);
        assert_eq!(town.here("PRAGMA foreign_key_check"), Vec::<String>::new());
        let again = gave(town.command(server().port, more).output().unwrap());
        assert_eq!(again.code, 0, "round {round}: {}", again.err);
        town.agrees();
    }
}

#[test]
fn memory_stays_flat_however_many_rows_come() {
    let rows = number("CAOPAN_PULL_ROWS", 8_000);
    let mut town = Town::new("flat", 1);
    town.hq(&format!("INSERT INTO crm.member SELECT n, 'wm' || n, '顾客' || n, NULL, 1, '杭州', 'east', now(), NULL, now() - interval '1 day' FROM generate_series(10, {rows} + 9) n"));
    town.map(&MAPPING.replace("page = 40", "page = 1000"));
    let (pid, child_pid) = mpsc::channel::<u32>();
    let (tell, told) = mpsc::channel();
    let mut of = None;
    let wire = Wire::new(server().port, move |sent, _| {
        let pid = *of.get_or_insert_with(|| child_pid.recv().unwrap());
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
        let _ = tell.send((sent, peak.unwrap_or(0)));
        Fate::Goes
    });
    let begun = std::time::Instant::now();
    let mut child = town
        .command(wire.port, &["--only", "customers"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    pid.send(child.id()).unwrap();
    assert!(child.wait().unwrap().success());
    let seconds = begun.elapsed().as_secs_f64();
    let peaks: Vec<(u64, u64)> = told.iter().collect();
    let all = peaks.last().unwrap().0;
    let at = |share: u64| {
        peaks
            .iter()
            .find(|(sent, _)| *sent >= all * share / 100)
            .unwrap()
            .1
    };
    let (early, late) = (at(30), peaks.iter().map(|p| p.1).max().unwrap());
    println!(
        "{rows} rows from PostgreSQL {}: {:.0} rows/s, peak {} MB at 30 %, {} MB at the end",
        server().version(),
        rows as f64 / seconds,
        early >> 10,
        late >> 10
    );
    assert!(late < early + 16 * 1024, "{early} kB, then {late} kB");
    assert_eq!(
        town.here("SELECT count(*) FROM customer"),
        [(rows + 1).to_string()]
    );
}
