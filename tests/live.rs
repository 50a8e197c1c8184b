//! The store thread behind the console: what is asked, what is posted, and what is not.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test binary")]

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use caopan::domain::period::PeriodSpec;
use caopan::domain::{Day, Zone};
use caopan::engine::answer::{BoardMetric, CustomersPage};
use caopan::engine::request::{Answer, FileTrouble, Notice, Question, Scope, Slot, Trouble};
use caopan::store::demo::{Plan, generate};
use caopan::store::{Access, open};
use caopan::workspace::desk::{LiveDesk, Posted};
use caopan::workspace::{Moment, Workspace};
use rusqlite::Connection;

/// 2026-11-11 14:30 in Shanghai.
const NOW: i64 = 1_794_378_600;

struct Live {
    desk: LiveDesk,
    posted: Receiver<Posted>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

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

fn live() -> Live {
    let (path, folder) = shop();
    let live = started(path, folder, 40, || {});
    live.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    live
}

/// The store thread on a workspace, whatever becomes of its load; time goes on by so many milliseconds with every look.
/// `opened` happens after the workspace was opened and before anything is loaded.
fn started(path: PathBuf, folder: tempfile::TempDir, step: u64, opened: impl FnOnce()) -> Live {
    let workspace = Workspace::new(path.clone(), open(&path, Access::ReadOnly).unwrap()).unwrap();
    opened();
    let live = posting(workspace, path, folder, step, |_| ());
    // Nothing was read ahead: the thread starts.
    live.desk.asked();
    live
}

/// The store thread, and what happens at each posting.
fn posting(
    workspace: Workspace,
    path: PathBuf,
    folder: tempfile::TempDir,
    step: u64,
    happens: impl Fn(&Posted) + Send + Sync + 'static,
) -> Live {
    let (sender, posted) = channel();
    let sender = Mutex::new(sender);
    // Time goes on with every look, so that nothing waits for it.
    let looks = Mutex::new(0);
    let clock = Arc::new(move || {
        let mut millis = looks.lock().unwrap();
        *millis += step;
        Moment {
            millis: *millis,
            unix: NOW,
        }
    });
    let post = Arc::new(move |what| {
        happens(&what);
        let _ = sender.lock().unwrap().send(what);
    });
    let desk = LiveDesk::new(workspace, clock, post);
    Live {
        desk,
        posted,
        path,
        _folder: folder,
    }
}

impl Live {
    fn next(&self) -> Posted {
        self.posted
            .recv_timeout(Duration::from_secs(20))
            .expect("something is posted")
    }

    /// Everything posted up to and including the first that fits.
    fn until(&self, fits: impl Fn(&Posted) -> bool) -> Vec<Posted> {
        let mut seen = Vec::new();
        loop {
            seen.push(self.next());
            if fits(seen.last().unwrap()) {
                return seen;
            }
        }
    }

    fn page(&self, slot: Slot, generation: u64) -> CustomersPage {
        let fits = |posted: &Posted| matches!(posted, Posted::Answer(s, g, _) if *s == slot && *g == generation);
        match self.until(fits).pop() {
            Some(Posted::Answer(_, _, answer)) => match *answer {
                Answer::Customers(page) => page,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    fn other_program(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }
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
fn ahead() -> Live {
    let (path, folder) = shop();
    let opened = open(&path, Access::ReadOnly).unwrap();
    let mut workspace = Workspace::new(path.clone(), opened).unwrap();
    workspace.read_ahead(20).unwrap();
    posting(workspace, path, folder, 40, |_| ())
}

#[test]
fn customers_read_ahead_are_told_before_anything_is_started() {
    let live = ahead();
    live.desk.ask(Slot::Customers, 1, from(0, 20));
    live.desk.ask(Slot::Sources, 1, Question::Sources);
    live.desk.asked();
    let told: Vec<Posted> = live.posted.try_iter().collect();
    let [Posted::Answer(Slot::Customers, 1, page)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(matches!(&**page, Answer::Customers(page) if page.sketch && page.rows.len() == 20));
    // With the first frame on screen come the whole of it, what else was asked, and the engine.
    live.desk.begun();
    let rest = live.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
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
    let live = ahead();
    live.desk.ask(Slot::Org, 1, Question::Org);
    live.desk.asked();
    live.until(|posted| matches!(posted, Posted::Answer(Slot::Org, 1, _)));
}

#[test]
fn the_newest_question_of_a_slot_is_the_last_one_answered() {
    let live = live();
    for generation in 1..=200 {
        live.desk
            .ask(Slot::Customers, generation, from(generation, 5));
    }
    assert_eq!(live.page(Slot::Customers, 200).offset, 200);
    live.desk.ask(Slot::Detail, 1, from(0, 1));
    let later = live.until(|posted| matches!(posted, Posted::Answer(Slot::Detail, ..)));
    let stale = later
        .iter()
        .filter(|posted| matches!(posted, Posted::Answer(Slot::Customers, ..)));
    assert_eq!(stale.count(), 0);
    // A slot that was forgotten is answered no more, whatever happens.
    live.desk.forget(Slot::Customers);
    let top = live.page_of_top();
    rename(&live.other_program(), top.rows[0].id.as_str(), "改名甲");
    live.until(changed);
    live.desk.ask(Slot::Org, 1, Question::Org);
    let later = live.until(|posted| matches!(posted, Posted::Answer(Slot::Org, ..)));
    assert!(
        !later
            .iter()
            .any(|posted| matches!(posted, Posted::Answer(Slot::Customers, ..)))
    );
}

impl Live {
    fn page_of_top(&self) -> CustomersPage {
        self.desk.ask(Slot::Detail, 9, from(0, 5));
        self.page(Slot::Detail, 9)
    }
}

#[test]
fn a_commit_that_changes_nothing_asked_for_posts_no_answer() {
    let live = live();
    live.desk.ask(Slot::Detail, 1, from(299, 1));
    let last = live.page(Slot::Detail, 1).rows[0].id.clone();
    live.desk.forget(Slot::Detail);
    live.desk.ask(Slot::Customers, 1, from(0, 5));
    let first = live.page(Slot::Customers, 1).rows[0].id.clone();

    let conn = live.other_program();
    rename(&conn, last.as_str(), "看不见");
    let named = live.until(changed).pop();
    assert!(
        matches!(&named, Some(Posted::Notice(Notice::Changed { customers, .. })) if *customers == [last]),
        "{named:?}"
    );
    rename(&conn, first.as_str(), "看得见");
    let seen = live.until(|posted| matches!(posted, Posted::Answer(..)));
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
    let live = live();
    live.desk.ask(Slot::Customers, 1, from(0, 20));
    let plain = live.page(Slot::Customers, 1);
    live.desk.mask(true);
    let masked = live.page(Slot::Customers, 1);
    for (a, b) in plain.rows.iter().zip(&masked.rows) {
        assert_eq!(a.id, b.id);
        assert_ne!(a.name, b.name);
        assert!(b.name.as_str().contains('*'), "{}", b.name);
    }
    live.desk.mask(false);
    assert_eq!(live.page(Slot::Customers, 1).rows, plain.rows);
}

#[test]
fn a_log_that_does_not_tell_makes_everything_be_read_again() {
    let live = live();
    live.desk.ask(Slot::Customers, 1, from(0, 5));
    let first = live.page(Slot::Customers, 1).rows[0].id.clone();
    let mut conn = live.other_program();
    let tx = conn.transaction().unwrap();
    rename(&tx, first.as_str(), "没有记录");
    tx.execute("DELETE FROM change_log", []).unwrap();
    tx.commit().unwrap();
    live.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let page = live.page(Slot::Customers, 1);
    assert_eq!(page.rows[0].name.as_str(), "没有记录");
    // And the log is followed again from there.
    rename(&conn, first.as_str(), "又有记录");
    let page = live.page(Slot::Customers, 1);
    assert_eq!(page.rows[0].name.as_str(), "又有记录");
}

#[test]
fn a_question_that_cannot_be_answered_does_not_end_the_thread() {
    let live = live();
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
        live.desk.ask(Slot::Customers, generation, question);
        live.desk.ask(
            Slot::Board,
            generation,
            Question::Board {
                scope,
                metric: BoardMetric::NetGmv,
            },
        );
        for slot in [Slot::Customers, Slot::Board] {
            live.until(|posted| {
                matches!(posted, Posted::Answer(s, g, _) if *s == slot && *g == generation)
            });
        }
    }
    live.desk.ask(Slot::Detail, 1, from(0, 3));
    assert_eq!(live.page(Slot::Detail, 1).rows.len(), 3);
}

#[test]
fn a_file_that_is_replaced_is_said_once_and_no_figure_of_the_other_file_is_taken() {
    let live = live();
    live.desk.ask(Slot::Customers, 1, from(0, 5));
    let before = live.page(Slot::Customers, 1);
    let other = live.path.with_file_name("other.db");
    copy_renamed(&live.path, &other);
    std::fs::rename(&other, &live.path).unwrap();
    let said = live
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
    live.desk.ask(Slot::Detail, 1, from(0, 5));
    assert_eq!(live.page(Slot::Detail, 1).rows, before.rows);
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
    let live = live();
    let copy = live.path.with_file_name("copy.bak");
    let conn = live.other_program();
    backup::copy(&conn, &live.path, &copy, false, &mut |_, _| true).unwrap();
    live.desk.ask(Slot::Customers, 1, from(0, 300));
    assert_eq!(live.page(Slot::Customers, 1).rows.len(), 300);
    conn.execute_batch(
        "DELETE FROM customer WHERE external_userid > (SELECT min(external_userid) FROM customer)",
    )
    .unwrap();
    live.until(|posted| shows(posted, 1));
    let by = restore::By {
        actor: "ops",
        now: NOW,
    };
    restore::restore(&copy, &live.path, by, &mut |_, _| true).unwrap();
    live.until(|posted| shows(posted, 300));
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
    let workspace = Workspace::new(path.clone(), open(&path, Access::ReadOnly).unwrap()).unwrap();
    let is_first = std::sync::atomic::AtomicBool::new(true);
    let live = posting(workspace, path, folder, 10_000, move |posted| {
        let is_loading = matches!(posted, Posted::Notice(Notice::Loading(..)));
        let breaks = is_loading && is_first.swap(false, std::sync::atomic::Ordering::Relaxed);
        assert!(!breaks, "a defect in the middle of a load");
    });
    live.desk.asked();
    let is_rows =
        |posted: &Posted| matches!(posted, Posted::Notice(Notice::Trouble(Trouble::Rows(_))));
    live.until(is_rows);
    live.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let top = live.page_of_top();
    live.desk.ask(Slot::Customers, 1, from(0, 5));
    live.page(Slot::Customers, 1);
    rename(&live.other_program(), top.rows[0].id.as_str(), "改名乙");
    live.until(changed);
}

#[test]
fn a_load_that_fails_is_said_and_tried_again_until_it_does_not() {
    let Live {
        path,
        _folder: folder,
        desk,
        ..
    } = live();
    drop(desk);
    let other = Connection::open(&path).unwrap();
    let version: i64 = other
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let live = started(path, folder, 10_000, || {
        other
            .pragma_update(None, "user_version", version + 1_000)
            .unwrap();
    });
    let failed =
        |posted: &Posted| matches!(posted, Posted::Notice(Notice::Trouble(Trouble::Rows(_))));
    live.until(failed);
    // Not tried once only.
    live.until(failed);
    other.pragma_update(None, "user_version", version).unwrap();
    let seen = live.until(|posted| matches!(posted, Posted::Notice(Notice::Ready)));
    let recovered = |posted: &Posted| matches!(posted, Posted::Notice(Notice::Recovered));
    assert!(seen.iter().any(recovered));
    // What needs orders is answered again.
    let board = Question::Board {
        scope: Scope::default(),
        metric: BoardMetric::NetGmv,
    };
    live.desk.ask(Slot::Board, 1, board);
    live.until(|posted| matches!(posted, Posted::Answer(Slot::Board, 1, _)));
}

/// The zone is set by another program's statement; in Los Angeles it is still the day before.
const ELSEWHERE: &str = "UPDATE meta SET value = 'America/Los_Angeles' WHERE key = 'tz'";

/// Today's first page says the day of that zone, and all that one says who has just opened the file.
fn is_of_the_day_before(live: &Live) {
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
    live.desk.ask(Slot::Customers, 7, question.clone());
    let day = Day::parse("2026-11-10").unwrap();
    let of_the_day = |posted: &Posted| matches!(posted, Posted::Answer(Slot::Customers, 7, answer) if matches!(&**answer, Answer::Customers(page) if page.stamp.period.from == day && !page.preliminary));
    let opened = open(&live.path, Access::ReadOnly).unwrap();
    let mut fresh = Workspace::new(live.path.clone(), opened).unwrap();
    fresh.load(&|_, _| {}).unwrap();
    let as_of = fresh.as_of(NOW);
    let right = fresh.answer(&question, as_of).unwrap();
    let same = |posted: &Posted| match posted {
        Posted::Answer(Slot::Customers, 7, answer) => answer.clone().says_the_same(&right),
        Posted::Answer(..) | Posted::Notice(_) => false,
    };
    live.until(|posted| of_the_day(posted) && same(posted));
}

#[test]
fn a_zone_another_program_sets_is_followed() {
    let is_zone = |posted: &Posted| matches!(posted, Posted::Notice(Notice::Zone(zone)) if *zone == Zone::parse("America/Los_Angeles").unwrap());
    let live = live();
    live.other_program().execute_batch(ELSEWHERE).unwrap();
    live.until(is_zone);
    is_of_the_day_before(&live);
    // A load that was under way has not seen the zone.
    let folder = tempfile::Builder::new().prefix("live-").tempdir().unwrap();
    let path = folder.path().join("w.db");
    std::fs::copy(&live.path, &path).unwrap();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("UPDATE meta SET value = 'Asia/Shanghai' WHERE key = 'tz'")
        .unwrap();
    let live = started(path, folder, 40, || {
        conn.execute_batch(ELSEWHERE).unwrap();
    });
    live.until(is_zone);
    is_of_the_day_before(&live);
}
