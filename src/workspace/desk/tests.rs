//! Idle work in a storm of changes, and answers that need not be told again.

mod clock;
mod turned;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::pace::{APPLY_EVERY, IN_A_STORM, REST, SELDOM};
use super::*;
use crate::domain::{Day, Zone};
use crate::engine::answer::BoardMetric;
use crate::engine::request::{Question, Scope};
use crate::filter::{Ctx, Entity, Field, SortKey, parse};
use crate::store::demo::{Plan, generate};
use crate::store::{Access, open};
use crate::workspace::stage::Stage;
use rusqlite::Connection;

/// 2026-11-11 14:30 in Shanghai.
const NOW: i64 = 1_794_378_600;

fn at(millis: u64) -> Moment {
    Moment { millis, unix: NOW }
}

/// A desk whose engine is loaded, at the start of time; it does nothing by itself.
fn desk(path: &Path) -> Desk {
    let plan = Plan {
        customers: 300,
        seed: 1,
        today: Day::parse("2026-11-11").unwrap(),
        zone: Zone::default(),
    };
    generate(path, &plan, &mut |_, _, _| {}).unwrap();
    let mut workspace =
        Workspace::new(path.to_owned(), open(path, Access::ReadOnly).unwrap()).unwrap();
    let mut conn = open(path, Access::ReadOnly).unwrap().conn;
    workspace.adopt(crate::engine::load::load(&mut conn, None, &|_, _| {}).unwrap());
    let inbox = Arc::new(Inbox::default());
    Desk::new(workspace, inbox, Arc::new(|| at(0)), Arc::new(drop))
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("desk-").tempdir().unwrap()
}

#[test]
fn idle_work_waits_until_a_storm_of_changes_is_over() {
    let folder = folder();
    let mut desk = desk(&folder.path().join("w.db"));
    assert!(desk.has_idle_work(), "buyers of groups are not counted yet");
    let mut storm = 5_000;
    for _ in 0..3 {
        // Changes were applied; the next may be at this moment.
        desk.apply_at = storm;
        assert!(
            desk.patience() >= Duration::from_millis(storm + CALM),
            "nothing wakes the thread for idle work"
        );
        for millis in [storm, storm + CALM - 1] {
            desk.use_rest(true, at(millis));
            assert!(desk.has_idle_work(), "{millis}");
        }
        storm += CALM;
    }
    let calm = desk.calm_at();
    desk.use_rest(false, at(calm));
    assert!(desk.has_idle_work(), "something came");
    while desk.has_idle_work() {
        desk.use_rest(true, at(calm));
        assert_eq!(desk.rest, Duration::ZERO, "one thing after the other");
    }
}

#[test]
fn a_scope_one_key_away_is_looked_through_once_in_the_next_pause_and_nothing_is_told() {
    let folder = folder();
    let mut desk = desk(&folder.path().join("w.db"));
    let told = Arc::new(Mutex::new(0));
    let count = Arc::clone(&told);
    desk.post = Arc::new(move |_| *count.lock().unwrap() += 1);
    let scope = Scope {
        filter: parse("spend>500", &Ctx::of(Entity::Customers)).unwrap(),
        ..Scope::default()
    };
    let board = Question::Board {
        scope: scope.clone(),
        metric: BoardMetric::NetGmv,
    };
    desk.standing
        .insert(Slot::Board, Standing::new(1, board.clone()));
    let bytes = |desk: &Desk| {
        let engine = &desk.workspace.engine.as_ref().unwrap().engine;
        let columns = engine.bytes();
        let kept = columns.iter().find(|(name, _)| *name == "selections");
        kept.map(|(_, bytes)| *bytes)
    };
    let before = bytes(&desk);
    desk.inbox.put(|work| work.ahead = Some(scope));
    let work = desk.inbox.take(Some(Duration::ZERO));
    assert!(!work.is_empty(), "it wakes the thread");
    desk.take_in(work);
    desk.use_rest(false, at(CALM));
    assert_eq!((desk.rest, bytes(&desk)), (PAUSE, before), "something came");
    desk.use_rest(true, at(CALM));
    assert!(bytes(&desk) > before);
    assert!(!desk.workspace.has_piecework(), "once");
    assert_eq!(*told.lock().unwrap(), 0);
    // What was made ahead is what is told when it is asked for.
    let after = bytes(&desk);
    let as_of = desk.workspace.as_of(NOW);
    let made = desk.workspace.answer(&board, as_of).unwrap();
    assert_eq!(bytes(&desk), after);
    let path = folder.path().join("w.db");
    let mut fresh = Workspace::new(path.clone(), open(&path, Access::ReadOnly).unwrap()).unwrap();
    let mut conn = open(&path, Access::ReadOnly).unwrap().conn;
    fresh.adopt(crate::engine::load::load(&mut conn, None, &|_, _| {}).unwrap());
    let mut asked = fresh.answer(&board, as_of).unwrap();
    assert!(asked.says_the_same(&made));
}

/// A desk that posts into the list given, and has a defect at the first change it tells of.
fn faulty(path: &Path) -> (Desk, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (list, spoilt) = (Arc::clone(&told), AtomicBool::new(false));
    let mut desk = desk(path);
    desk.post = Arc::new(move |posted| {
        let text = format!("{posted:?}");
        let is_change = matches!(posted, Posted::Notice(Notice::Changed { .. }));
        assert!(
            !is_change || spoilt.swap(true, Ordering::Relaxed),
            "a defect, for the test"
        );
        list.lock().unwrap().push(text);
    });
    (desk, told)
}

/// What a commit wakes the thread with.
fn woken() -> Work {
    let mut work = Work::default();
    work.woken = true;
    work
}

#[test]
fn a_defect_in_a_turn_ends_neither_the_thread_nor_its_answers() {
    let folder = folder();
    let path = folder.path().join("w.db");
    let (mut desk, told) = faulty(&path);
    let mut today = Day::parse("2026-11-11").unwrap();
    let question = windows().remove(0);
    desk.inbox.put(|work| {
        work.asked.insert(Slot::Customers, (1, question));
    });
    let asked = desk.inbox.take(None);
    desk.turn(asked, &mut today);
    change(&open(&path, Access::ReadWrite).unwrap().conn, 1);
    desk.turn(woken(), &mut today);
    let trouble = |told: &[String]| told.iter().any(|t| t.contains("Trouble"));
    assert!(trouble(&told.lock().unwrap()), "{:?}", told.lock());
    assert!(desk.workspace.is_empty(), "it goes on with what broke");
    assert_eq!(desk.load_at, Some(LOAD_AGAIN));

    told.lock().unwrap().clear();
    let mut conn = open(&path, Access::ReadOnly).unwrap().conn;
    let whole = crate::engine::load::load(&mut conn, None, &|_, _| {}).unwrap();
    let mut read = Work::default();
    read.loaded.push(Ok(Stage::Whole(Box::new(whole))));
    read.asked.insert(Slot::Customers, (2, windows().remove(0)));
    desk.turn(read, &mut today);
    let told = told.lock().unwrap();
    for wanted in ["Recovered", "Ready", "Answer(Customers"] {
        assert!(
            told.iter().any(|t| t.contains(wanted)),
            "{wanted}: {told:?}"
        );
    }
}

#[test]
fn rows_that_could_not_be_taken_over_are_read_again() {
    let folder = folder();
    let path = folder.path().join("w.db");
    let mut desk = desk(&path);
    let conn = open(&path, Access::ReadWrite).unwrap().conn;
    change(&conn, 1);
    // The rows of the change cannot be read.
    conn.execute_batch("ALTER TABLE customer RENAME TO elsewhere")
        .unwrap();
    let mut today = Day::parse("2026-11-11").unwrap();
    desk.turn(woken(), &mut today);
    assert_eq!(desk.load_at, Some(LOAD_AGAIN));
}

#[test]
fn idle_work_that_a_change_ended_waits_for_a_longer_pause() {
    let folder = folder();
    let mut desk = desk(&folder.path().join("w.db"));
    let as_of = desk.workspace.as_of(NOW);
    let by_name = |desk: &mut Desk| {
        let engine = &mut desk.workspace.engine.as_mut().unwrap().engine;
        engine.miss(&[SortKey {
            field: Field::Name,
            descending: false,
        }]);
    };
    by_name(&mut desk);
    // A key is no reason: no change came.
    desk.inbox.put(|work| work.mask = Some(true));
    desk.use_rest(true, at(CALM));
    assert_eq!(desk.calm_at(), CALM);
    for calm in [CALM, 2 * CALM, 4 * CALM] {
        desk.inbox.committed();
        desk.use_rest(true, at(calm - 1));
        assert_eq!(desk.calm_at(), calm, "it was not begun yet");
        desk.use_rest(true, at(calm));
        assert_eq!(desk.calm_at(), 2 * calm, "it was begun and given up");
    }
    drop(desk.inbox.take(Some(Duration::ZERO)));
    desk.use_rest(true, at(8 * CALM));
    assert_eq!(desk.calm_at(), CALM, "it is done");
    let loaded = desk.workspace.engine.as_ref().unwrap();
    assert!(!loaded.engine.has_missed_order());
    assert!(desk.workspace.has_idle_work(as_of), "the rest of it");
}

#[test]
fn changes_are_applied_at_once_after_a_pause_and_less_often_in_a_storm() {
    // Two commits close together: the second waits for no more than two frames.
    let second = next_apply(0, 1_000, 1_000);
    assert_eq!(second, 1_000 + APPLY_EVERY);
    // The third and those behind it.
    let third = next_apply(second, second, second + 1);
    assert_eq!(third, second + IN_A_STORM);
    // What takes long is done seldom, and done all the same.
    assert_eq!(next_apply(third, third, third + 4), third + 4 * REST);
    assert_eq!(next_apply(third, third, third + 900), third + SELDOM);
}

/// Windows of the list: the usual one, one by a cell that changes often, one under a filter, one around a customer.
fn windows() -> Vec<Question> {
    let filtered = |words: &str| Scope {
        filter: parse(words, &Ctx::of(Entity::Customers)).unwrap(),
        ..Scope::default()
    };
    let window = |scope: Scope, offset, anchor| Question::Customers {
        scope,
        sort: Vec::new(),
        offset,
        rows: 40,
        anchor,
    };
    vec![
        window(Scope::default(), 20, None),
        window(filtered("sort:name"), 0, None),
        window(filtered("gender:f sort:-spend"), 10, None),
        window(filtered("orders>=1"), 0, Some(("wm0000000007".into(), 5))),
    ]
}

/// Changes one thing about the `n`th customer.
fn change(conn: &Connection, n: usize) {
    let sql = match n % 7 {
        0 => "UPDATE customer SET name = name || 'a' WHERE external_userid = ?1",
        1 => "DELETE FROM customer_tag WHERE external_userid = ?1",
        2 => "UPDATE follow SET is_owner = 0 WHERE external_userid = ?1",
        3 => "UPDATE sale_order SET paid_fen = paid_fen + 100 WHERE external_userid = ?1",
        _ => {
            "UPDATE customer SET gender = (coalesce(gender, 0) + 1) % 3 WHERE external_userid = ?1"
        }
    };
    let id = "SELECT external_userid FROM customer ORDER BY 1 LIMIT 1 OFFSET ?1";
    let id: String = conn
        .query_row(id, [n * 37 % 290], |row| row.get(0))
        .unwrap();
    conn.execute(sql, [id]).unwrap();
}

#[test]
fn a_page_that_stands_is_the_page_that_would_be_told() {
    let folder = folder();
    let path = folder.path().join("w.db");
    let mut workspace = desk(&path).workspace;
    let as_of = workspace.as_of(NOW);
    let other = Connection::open(&path).unwrap();
    let mut standing: Vec<Standing> = windows()
        .into_iter()
        .map(|question| Standing::new(1, question))
        .collect();
    let (mut stood, mut told, mut left) = (0, 0, 0);
    let mut due = vec![true; standing.len()];
    for n in 0..140 {
        for (one, due) in standing.iter_mut().zip(&mut due) {
            let stands = one
                .untouched()
                .is_some_and(|page| workspace.still_stands(&one.question, page, as_of));
            let answer = workspace.answer(&one.question, as_of).unwrap();
            let news = one.news(Slot::Customers, answer).is_some();
            assert!(!(stands && news), "{n}: {:?}", one.question);
            assert!(*due || !news, "{n}: nobody looked, {:?}", one.question);
            left += usize::from(!std::mem::replace(due, false));
            stood += usize::from(stands);
            told += usize::from(news);
        }
        change(&other, n);
        let caught = workspace.catch_up(as_of).unwrap();
        let CaughtUp::Changed(_, cells) = caught else {
            continue;
        };
        for (one, due) in standing.iter_mut().zip(&mut due) {
            one.touch(cells.as_ref());
            *due = cells.as_ref().is_none_or(|cells| one.is_concerned(cells));
        }
    }
    assert!(stood > 100 && told > 100, "{stood} stood, {told} were told");
    assert!(left > 50, "{left} were left alone");
}
