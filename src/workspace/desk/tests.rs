//! Idle work in a storm of changes, and answers that need not be told again.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::pace::{APPLY_EVERY, IN_A_STORM, REST, SELDOM};
use super::*;
use crate::domain::kpi::GmvKind;
use crate::domain::period::PeriodSpec;
use crate::domain::{Day, Zone};
use crate::engine::answer::BoardMetric;
use crate::engine::request::{Answer, Question, Scope};
use crate::filter::{Ctx, Entity, Field, SortKey, parse};
use crate::store::demo::{Plan, generate};
use crate::store::{Access, open};
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
fn a_filter_with_an_age_is_asked_again_every_minute_and_another_is_not() {
    let folder = folder();
    let mut desk = desk(&folder.path().join("w.db"));
    let mut today = Day::parse("2026-11-11").unwrap();
    for (text, ages) in [("last<30d", true), ("spend>100", false)] {
        let filter = parse(text, &Ctx::of(Entity::Customers)).unwrap();
        let question = Question::Tags(Scope {
            filter,
            ..Scope::default()
        });
        let standing = Standing::new(1, question);
        assert_eq!(standing.follows_the_clock(), ages, "{text}");
        desk.standing.insert(Slot::Tags, standing);
        desk.due.clear();
        desk.ageing_are_due();
        assert_eq!(desk.due == [Slot::Tags], ages, "{text}");
        desk.due.clear();
        assert_eq!(
            desk.patience() <= Duration::from_millis(AGEING),
            ages || desk.has_idle_work()
        );
    }
    desk.turn(Work::default(), &mut today);
}

#[test]
fn what_follows_the_clock_is_told_again_every_minute_though_nothing_comes_in() {
    let folder = folder();
    let mut desk = desk(&folder.path().join("w.db"));
    let time = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&time);
    // Sixty times as fast: an hour goes by in what the thread takes for a minute.
    desk.clock = Arc::new(move || {
        let millis = clock.load(Ordering::Relaxed);
        let unix = NOW + i64::try_from(millis * 60 / 1_000).unwrap();
        Moment { millis, unix }
    });
    let posted = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&posted);
    desk.post = Arc::new(move |news| list.lock().unwrap().push(news));
    let scope = Scope {
        period: PeriodSpec::Today,
        ..Scope::default()
    };
    let (board, kpi) = (
        Question::Board {
            scope: scope.clone(),
            metric: BoardMetric::Gmv,
        },
        Question::Kpi {
            scope: scope.clone(),
            campaign: None,
            gmv: GmvKind::Gross,
        },
    );
    desk.inbox.put(|work| {
        work.asked.insert(Slot::Board, (1, board));
        work.asked.insert(Slot::Kpi, (2, kpi));
        work.asked.insert(Slot::Tags, (3, Question::Tags(scope)));
    });
    let mut today = Day::parse("2026-11-11").unwrap();
    let mut told = |desk: &mut Desk, millis| {
        time.store(millis, Ordering::Relaxed);
        let work = desk.inbox.take(Some(Duration::ZERO));
        desk.turn(work, &mut today);
        let mut slots = Vec::new();
        let (mut pace, mut share) = (None, None);
        for news in posted.lock().unwrap().drain(..) {
            let Posted::Answer(slot, _, answer) = news else {
                continue;
            };
            slots.push(slot);
            match *answer {
                Answer::Board(rows) => pace = rows.goals[0].held.pace,
                Answer::Kpi(tree) => share = Some(tree.expected_share),
                other => assert!(matches!(other, Answer::Tags(_)), "{other:?}"),
            }
        }
        slots.sort();
        (slots, pace, share)
    };
    let (slots, pace, share) = told(&mut desk, 0);
    assert_eq!(slots, [Slot::Tags, Slot::Kpi, Slot::Board]);
    assert_eq!(told(&mut desk, AGEING - 1), (Vec::new(), None, None));
    let (slots, later_pace, later_share) = told(&mut desk, AGEING);
    assert_eq!(slots, [Slot::Kpi, Slot::Board], "tags are as they were");
    assert!(later_pace.unwrap() < pace.unwrap(), "{later_pace:?}");
    assert!(later_share.unwrap() > share.unwrap(), "{later_share:?}");
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

#[test]
fn a_row_dated_later_than_now_wakes_the_desk_when_its_time_has_come() {
    use std::sync::atomic::{AtomicI64, Ordering};
    let folder = folder();
    let path = folder.path().join("w.db");
    let mut desk = desk(&path);
    let (seconds, told) = (
        Arc::new(AtomicI64::new(0)),
        Arc::new(Mutex::new(Vec::new())),
    );
    let (clock, list) = (Arc::clone(&seconds), Arc::clone(&told));
    desk.clock = Arc::new(move || {
        let seconds = clock.load(Ordering::Relaxed);
        let millis = u64::try_from(seconds).unwrap() * 1_000;
        Moment {
            millis,
            unix: NOW + seconds,
        }
    });
    desk.post = Arc::new(move |posted| {
        if let Posted::Notice(Notice::Waiting(rows)) = posted {
            list.lock().unwrap().push(rows);
        }
    });
    desk.workspace.follow_clock(NOW).unwrap();
    let mut today = Day::parse("2026-11-11").unwrap();
    let sql = "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
         VALUES ('later', 'b', ?1, ?1, '2026-11-11', 'paid', 500, 500, 'live')";
    let conn = open(&path, Access::ReadWrite).unwrap().conn;
    desk.turn(woken(), &mut today);
    conn.execute(sql, [NOW + 20]).unwrap();
    seconds.store(1, Ordering::Relaxed);
    desk.turn(woken(), &mut today);
    assert_eq!(*told.lock().unwrap(), [1]);
    seconds.store(10, Ordering::Relaxed);
    while desk.workspace.has_piecework() || desk.has_idle_work() {
        desk.use_rest(true, (desk.clock)());
    }
    assert_eq!(desk.patience(), Duration::from_secs(10), "it sleeps on");
    seconds.store(20, Ordering::Relaxed);
    desk.turn(Work::default(), &mut today);
    assert_eq!(*told.lock().unwrap(), [1, 0]);
    assert!(!desk.workspace.is_held());
}

/// A desk that follows a clock of seconds since [`NOW`], and one order more, of so many seconds later.
fn ticking(path: &Path, later: i64) -> (Desk, Arc<AtomicU64>) {
    let mut desk = desk(path);
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&seconds);
    desk.clock = Arc::new(move || {
        let seconds = clock.load(Ordering::Relaxed);
        let unix = NOW + i64::try_from(seconds).unwrap();
        Moment {
            millis: seconds * 1_000,
            unix,
        }
    });
    order_of(path, "later", later);
    (desk, seconds)
}

/// An order paid so many seconds after [`NOW`].
fn order_of(path: &Path, id: &str, later: i64) {
    let conn = open(path, Access::ReadWrite).unwrap().conn;
    let day = Zone::default().day_of(NOW + later).to_string();
    let sql = "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source)
         VALUES (?1, 'b', ?2, ?2, ?3, 'paid', 500, 500, 'live')";
    conn.execute(sql, rusqlite::params![id, NOW + later, day])
        .unwrap();
}

#[test]
fn what_waits_from_the_beginning_is_told_of() {
    let folder = folder();
    let (mut desk, _) = ticking(&folder.path().join("w.db"), 20);
    let told = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&told);
    desk.post = Arc::new(move |posted| {
        if let Posted::Notice(Notice::Waiting(rows)) = posted {
            list.lock().unwrap().push(rows);
        }
    });
    desk.workspace.begin_clock(NOW);
    desk.inbox.put(|work| work.quit = true);
    desk.run();
    assert_eq!(*told.lock().unwrap(), [1]);
}

#[test]
fn a_row_that_is_due_waits_for_the_next_time_that_changes_are_applied() {
    let folder = folder();
    let (mut desk, seconds) = ticking(&folder.path().join("w.db"), 20);
    desk.workspace.follow_clock(NOW).unwrap();
    seconds.store(20, Ordering::Relaxed);
    (desk.behind, desk.apply_at) = (true, 20_300);
    assert_eq!(desk.patience(), Duration::from_millis(300));
}

#[test]
fn who_is_hired_on_the_new_day_is_there_though_a_row_of_its_first_second_comes_in_with_it() {
    let folder = folder();
    let path = folder.path().join("w.db");
    let zone = Zone::default();
    let midnight = zone.start_of(Day::parse("2026-11-12").unwrap()) - NOW;
    let (mut desk, seconds) = ticking(&path, midnight);
    order_of(&path, "much later", 9 * midnight);
    let hired = "INSERT INTO staff (userid, name, role, hired_on) VALUES ('new', '新人', 'sales', '2026-11-12')";
    let conn = open(&path, Access::ReadWrite).unwrap().conn;
    conn.execute(hired, []).unwrap();
    let workspace = &mut desk.workspace;
    workspace.follow_clock(NOW).unwrap();
    let held = workspace.opening().held.unwrap();
    let mut read = open(&path, Access::ReadOnly).unwrap().conn;
    crate::store::past::hold(&read, held).unwrap();
    let mut loaded = crate::engine::load::load(&mut read, None, &|_, _| {}).unwrap();
    loaded.until = Some(held.unix);
    workspace.adopt(loaded);
    let board = Question::Board {
        scope: Scope::default(),
        metric: BoardMetric::Gmv,
    };
    let stands = |desk: &mut Desk| {
        let as_of = desk.workspace.as_of((desk.clock)().unix);
        let Some(Answer::Board(page)) = desk.workspace.answer(&board, as_of) else {
            panic!("no board");
        };
        page.rows.iter().any(|row| row.id.as_str() == "new")
    };
    let mut today = Day::parse("2026-11-11").unwrap();
    desk.turn(woken(), &mut today);
    assert!(!stands(&mut desk));
    seconds.store(u64::try_from(midnight).unwrap(), Ordering::Relaxed);
    desk.turn(Work::default(), &mut today);
    assert!(desk.workspace.is_held());
    assert!(stands(&mut desk));
}
