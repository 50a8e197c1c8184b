//! The store thread behind the console: what is asked, what is posted, and what is not.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

#[path = "support/desk.rs"]
mod desk;

use std::path::{Path, PathBuf};

use caopan::domain::period::PeriodSpec;
use caopan::domain::{Day, Zone};
use caopan::engine::answer::{BoardMetric, CustomersPage};
use caopan::engine::request::{Answer, FileTrouble, Notice, Question, Scope, Slot, Trouble};
use caopan::store::demo::{Plan, generate};
use caopan::workspace::desk::Posted;
use rusqlite::Connection;

use desk::{Desk, Pace, opened};

/// 2026-11-11 14:30 in Shanghai.
const NOW: i64 = 1_794_378_600;

/// A demo workspace and the folder it lies in.
fn shop() -> (PathBuf, tempfile::TempDir) {
    let folder = tempfile::Builder::new().prefix("live-").tempdir().unwrap();
    let path = folder.path().join("w.db");
    let plan = Plan {
        customers: 300,
        seed: 1,
        today: Day::parse("2026-11-11").unwrap(),
        zone: Zone::default(),
    };
    generate(&path, &plan, &mut |_, _, _| {}).unwrap();
    (path, folder)
}

/// By how much the clock goes on where it does not matter, milliseconds.
const STEP: u64 = 40;

fn pace(step: u64) -> Pace {
    Pace { unix: NOW, step }
}

fn live() -> Desk {
    Desk::ready(shop(), pace(STEP))
}

/// The store thread on a workspace, whatever becomes of its load. `opened_first` happens after the workspace was opened and
/// before anything is loaded.
fn started(at: (PathBuf, tempfile::TempDir), step: u64, opened_first: impl FnOnce()) -> Desk {
    let workspace = opened(&at.0);
    opened_first();
    let desk = Desk::posting(workspace, at, pace(step), |_| ());
    // Nothing was read ahead: the thread starts.
    desk.live.asked();
    desk
}

fn other_program(desk: &Desk) -> Connection {
    Connection::open(&desk.path).unwrap()
}

/// The first five, asked for aside.
fn top(desk: &Desk) -> CustomersPage {
    desk.live.ask(Slot::Detail, 9, from(0, 5));
    desk.page(Slot::Detail, 9)
}

fn from(offset: u64, rows: u32) -> Question {
    Question::Customers {
        scope: Scope::default(),
        sort: Vec::new(),
        offset,
        rows,
        anchor: None,
    }
}

fn rename(conn: &Connection, id: &str, name: &str) {
    let sql = "UPDATE customer SET name = ?2 WHERE external_userid = ?1";
    assert_eq!(conn.execute(sql, [id, name]).unwrap(), 1);
}

fn changed(posted: &Posted) -> bool {
    matches!(posted, Posted::Notice(Notice::Changed { .. }))
}

/// A shop's desk whose first customers were read ahead, and nothing of it started.
fn ahead() -> Desk {
    let at = shop();
    let mut workspace = opened(&at.0);
    workspace.read_ahead(20).unwrap();
    Desk::posting(workspace, at, pace(STEP), |_| ())
}

#[test]
fn customers_read_ahead_are_told_before_anything_is_started() {
    let desk = ahead();
    desk.live.ask(Slot::Customers, 1, from(0, 20));
    desk.live.ask(Slot::Sources, 1, Question::Sources);
    desk.live.asked();
    let told: Vec<Posted> = desk.posted.try_iter().collect();
    let [Posted::Answer(Slot::Customers, 1, page)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(matches!(&**page, Answer::Customers(page) if page.sketch && page.rows.len() == 20));
    // With the first frame on screen come the whole of it, what else was asked, and the engine.
    desk.live.begun();
    let rest = desk.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let told = |slot: Slot| {
        let of = move |posted: &&Posted| matches!(posted, Posted::Answer(s, 1, _) if *s == slot);
        rest.iter().find(of)
    };
    assert!(told(Slot::Sources).is_some());
    let Some(Posted::Answer(_, _, whole)) = told(Slot::Customers) else {
        panic!("{rest:?}");
    };
    assert!(matches!(&**whole, Answer::Customers(page) if !page.sketch && page.preliminary));
}

#[test]
fn other_questions_than_the_one_read_ahead_start_the_thread() {
    let desk = ahead();
    desk.live.ask(Slot::Org, 1, Question::Org);
    desk.live.asked();
    desk.until(|posted| matches!(posted, Posted::Answer(Slot::Org, 1, _)));
}

#[test]
fn the_newest_question_of_a_slot_is_the_last_one_answered() {
    let desk = live();
    for generation in 1..=200 {
        desk.live
            .ask(Slot::Customers, generation, from(generation, 5));
    }
    assert_eq!(desk.page(Slot::Customers, 200).offset, 200);
    desk.live.ask(Slot::Detail, 1, from(0, 1));
    let later = desk.until(|posted| matches!(posted, Posted::Answer(Slot::Detail, ..)));
    let stale = later
        .iter()
        .filter(|posted| matches!(posted, Posted::Answer(Slot::Customers, ..)));
    assert_eq!(stale.count(), 0);
    // A slot that was forgotten is answered no more, whatever happens.
    desk.live.forget(Slot::Customers);
    let first = top(&desk);
    rename(&other_program(&desk), first.rows[0].id.as_str(), "改名甲");
    desk.until(changed);
    desk.live.ask(Slot::Org, 1, Question::Org);
    let later = desk.until(|posted| matches!(posted, Posted::Answer(Slot::Org, ..)));
    assert!(
        !later
            .iter()
            .any(|posted| matches!(posted, Posted::Answer(Slot::Customers, ..)))
    );
}

#[test]
fn a_commit_that_changes_nothing_asked_for_posts_no_answer() {
    let desk = live();
    desk.live.ask(Slot::Detail, 1, from(299, 1));
    let last = desk.page(Slot::Detail, 1).rows[0].id.clone();
    desk.live.forget(Slot::Detail);
    desk.live.ask(Slot::Customers, 1, from(0, 5));
    let first = desk.page(Slot::Customers, 1).rows[0].id.clone();

    let conn = other_program(&desk);
    rename(&conn, last.as_str(), "看不见");
    let named = desk.until(changed).pop();
    assert!(
        matches!(&named, Some(Posted::Notice(Notice::Changed { customers, .. })) if *customers == [last]),
        "{named:?}"
    );
    rename(&conn, first.as_str(), "看得见");
    let seen = desk.until(|posted| matches!(posted, Posted::Answer(..)));
    let answers: Vec<_> = seen
        .iter()
        .filter_map(|posted| match posted {
            Posted::Answer(slot, generation, answer) => Some((slot, generation, answer)),
            Posted::Notice(_) => None,
        })
        .collect();
    let [(Slot::Customers, 1, answer)] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    let Answer::Customers(page) = &***answer else {
        panic!("{answer:?}");
    };
    assert_eq!(page.rows[0].name.as_str(), "看得见");
}

#[test]
fn masking_answers_again_and_so_does_taking_the_mask_off() {
    let desk = live();
    desk.live.ask(Slot::Customers, 1, from(0, 20));
    let plain = desk.page(Slot::Customers, 1);
    desk.live.mask(true);
    let masked = desk.page(Slot::Customers, 1);
    for (a, b) in plain.rows.iter().zip(&masked.rows) {
        assert_eq!(a.id, b.id);
        assert_ne!(a.name, b.name);
        assert!(b.name.as_str().contains('*'), "{}", b.name);
    }
    desk.live.mask(false);
    assert_eq!(desk.page(Slot::Customers, 1).rows, plain.rows);
}

#[test]
fn a_log_that_does_not_tell_makes_everything_be_read_again() {
    let desk = live();
    desk.live.ask(Slot::Customers, 1, from(0, 5));
    let first = desk.page(Slot::Customers, 1).rows[0].id.clone();
    let mut conn = other_program(&desk);
    let tx = conn.transaction().unwrap();
    rename(&tx, first.as_str(), "没有记录");
    tx.execute("DELETE FROM change_log", []).unwrap();
    tx.commit().unwrap();
    desk.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let page = desk.page(Slot::Customers, 1);
    assert_eq!(page.rows[0].name.as_str(), "没有记录");
    // And the log is followed again from there.
    rename(&conn, first.as_str(), "又有记录");
    let page = desk.page(Slot::Customers, 1);
    assert_eq!(page.rows[0].name.as_str(), "又有记录");
}

#[test]
fn a_question_that_cannot_be_answered_does_not_end_the_thread() {
    let desk = live();
    let periods = [
        PeriodSpec::MonthOf(i32::MAX, 13),
        PeriodSpec::WeekOf(i32::MIN, 99),
        PeriodSpec::Last(u16::MAX),
        PeriodSpec::Range(
            Day::parse("9999-12-31").unwrap(),
            Day::parse("1970-01-01").unwrap(),
        ),
    ];
    for (generation, period) in (1..).zip(periods) {
        let scope = Scope {
            period,
            ..Scope::default()
        };
        let mut question = from(u64::MAX, u32::MAX);
        if let Question::Customers { scope: own, .. } = &mut question {
            *own = scope.clone();
        }
        desk.live.ask(Slot::Customers, generation, question);
        desk.live.ask(
            Slot::Board,
            generation,
            Question::Board {
                scope,
                metric: BoardMetric::NetGmv,
            },
        );
        for slot in [Slot::Customers, Slot::Board] {
            desk.until(|posted| {
                matches!(posted, Posted::Answer(s, g, _) if *s == slot && *g == generation)
            });
        }
    }
    desk.live.ask(Slot::Detail, 1, from(0, 3));
    assert_eq!(desk.page(Slot::Detail, 1).rows.len(), 3);
}

#[test]
fn a_file_that_is_replaced_is_said_once_and_no_figure_of_the_other_file_is_taken() {
    let desk = live();
    desk.live.ask(Slot::Customers, 1, from(0, 5));
    let before = desk.page(Slot::Customers, 1);
    let other = desk.path.with_file_name("other.db");
    copy_renamed(&desk.path, &other);
    std::fs::rename(&other, &desk.path).unwrap();
    let said = desk
        .until(|posted| matches!(posted, Posted::Notice(Notice::Trouble(_))))
        .pop();
    assert!(
        matches!(
            said,
            Some(Posted::Notice(Notice::Trouble(Trouble::File(
                FileTrouble::Replaced
            ))))
        ),
        "{said:?}"
    );
    desk.live.ask(Slot::Detail, 1, from(0, 5));
    assert_eq!(desk.page(Slot::Detail, 1).rows, before.rows);
}

/// Another workspace, everybody in it called otherwise.
fn copy_renamed(from: &Path, to: &Path) {
    let conn = Connection::open(from).unwrap();
    conn.execute("VACUUM INTO ?1", [to.to_str().unwrap()])
        .unwrap();
    let conn = Connection::open(to).unwrap();
    conn.execute("UPDATE customer SET name = '别家'", [])
        .unwrap();
}

#[test]
fn a_restore_under_an_open_console_shows_what_was_restored() {
    use caopan::store::{backup, restore};
    let desk = live();
    let copy = desk.path.with_file_name("copy.bak");
    let conn = other_program(&desk);
    backup::copy(&conn, &desk.path, &copy, false, &mut |_, _| true).unwrap();
    desk.live.ask(Slot::Customers, 1, from(0, 300));
    assert_eq!(desk.page(Slot::Customers, 1).rows.len(), 300);
    conn.execute_batch(
        "DELETE FROM customer WHERE external_userid > (SELECT min(external_userid) FROM customer)",
    )
    .unwrap();
    desk.until(|posted| shows(posted, 1));
    let by = restore::By {
        actor: "ops",
        now: NOW,
    };
    restore::restore(&copy, &desk.path, by, &mut |_, _| true).unwrap();
    desk.until(|posted| shows(posted, 300));
}

/// An answer of so many customers.
fn shows(posted: &Posted, rows: usize) -> bool {
    let Posted::Answer(Slot::Customers, _, answer) = posted else {
        return false;
    };
    matches!(&**answer, Answer::Customers(page) if page.rows.len() == rows)
}

#[test]
fn a_load_that_breaks_off_is_tried_again_and_commits_are_followed_after_all() {
    let folder = tempfile::Builder::new().prefix("live-").tempdir().unwrap();
    let path = folder.path().join("w.db");
    let plan = Plan {
        customers: 2_000,
        seed: 1,
        today: Day::parse("2026-11-11").unwrap(),
        zone: Zone::default(),
    };
    generate(&path, &plan, &mut |_, _, _| {}).unwrap();
    let workspace = opened(&path);
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let desk = Desk::posting(workspace, (path, folder), pace(10_000), move |posted| {
        let is_loading = matches!(posted, Posted::Notice(Notice::Loading(..)));
        let breaks = is_loading && is_first.swap(false, std::sync::atomic::Ordering::Relaxed);
        assert!(!breaks, "a defect in the middle of a load");
    });
    desk.live.asked();
    let is_rows =
        |posted: &Posted| matches!(posted, Posted::Notice(Notice::Trouble(Trouble::Rows(_))));
    desk.until(is_rows);
    desk.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let first = top(&desk);
    desk.live.ask(Slot::Customers, 1, from(0, 5));
    desk.page(Slot::Customers, 1);
    rename(&other_program(&desk), first.rows[0].id.as_str(), "改名乙");
    desk.until(changed);
}

#[test]
fn a_load_that_fails_is_said_and_tried_again_until_it_does_not() {
    let (path, folder) = shop();
    let other = Connection::open(&path).unwrap();
    let version: i64 = other
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let desk = started((path, folder), 10_000, || {
        other
            .pragma_update(None, "user_version", version + 1_000)
            .unwrap();
    });
    let failed =
        |posted: &Posted| matches!(posted, Posted::Notice(Notice::Trouble(Trouble::Rows(_))));
    desk.until(failed);
    // Not tried once only.
    desk.until(failed);
    other.pragma_update(None, "user_version", version).unwrap();
    let seen = desk.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let recovered = |posted: &Posted| matches!(posted, Posted::Notice(Notice::Recovered));
    assert!(seen.iter().any(recovered));
    // What needs orders is answered again.
    let board = Question::Board {
        scope: Scope::default(),
        metric: BoardMetric::NetGmv,
    };
    desk.live.ask(Slot::Board, 1, board);
    desk.until(|posted| matches!(posted, Posted::Answer(Slot::Board, 1, _)));
}

/// The zone is set by another program's statement; in Los Angeles it is still the day before.
const ELSEWHERE: &str = "UPDATE meta SET value = 'America/Los_Angeles' WHERE key = 'tz'";

/// Today's first page says the day of that zone, and all that one says who has just opened the file.
fn is_of_the_day_before(desk: &Desk) {
    let question = Question::Customers {
        scope: Scope {
            period: PeriodSpec::Today,
            ..Scope::default()
        },
        sort: Vec::new(),
        offset: 0,
        rows: 50,
        anchor: None,
    };
    desk.live.ask(Slot::Customers, 7, question.clone());
    let day = Day::parse("2026-11-10").unwrap();
    let of_the_day = |posted: &Posted| matches!(posted, Posted::Answer(Slot::Customers, 7, answer) if matches!(&**answer, Answer::Customers(page) if page.stamp.period.from == day && !page.preliminary));
    let mut fresh = opened(&desk.path);
    fresh.load(&|_, _| {}).unwrap();
    let as_of = fresh.as_of(NOW);
    let right = fresh.answer(&question, as_of).unwrap();
    let same = |posted: &Posted| match posted {
        Posted::Answer(Slot::Customers, 7, answer) => answer.clone().says_the_same(&right),
        Posted::Answer(..) | Posted::Notice(_) => false,
    };
    desk.until(|posted| of_the_day(posted) && same(posted));
}

#[test]
fn a_zone_another_program_sets_is_followed() {
    let is_zone = |posted: &Posted| matches!(posted, Posted::Notice(Notice::Zone(zone)) if *zone == Zone::parse("America/Los_Angeles").unwrap());
    let desk = live();
    other_program(&desk).execute_batch(ELSEWHERE).unwrap();
    desk.until(is_zone);
    is_of_the_day_before(&desk);
    // A load that was under way has not seen the zone.
    let folder = tempfile::Builder::new().prefix("live-").tempdir().unwrap();
    let path = folder.path().join("w.db");
    std::fs::copy(&desk.path, &path).unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("UPDATE meta SET value = 'Asia/Shanghai' WHERE key = 'tz'")
        .unwrap();
    let desk = started((path, folder), STEP, || {
        conn.execute_batch(ELSEWHERE).unwrap();
    });
    desk.until(is_zone);
    is_of_the_day_before(&desk);
}
