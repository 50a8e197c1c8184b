//! What follows the clock is told again when its time has come.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::*;
use super::{NOW, desk, folder, woken};
use crate::domain::kpi::GmvKind;
use crate::domain::period::PeriodSpec;
use crate::domain::{Day, Zone};
use crate::engine::answer::BoardMetric;
use crate::engine::request::{Answer, Question, Scope};
use crate::filter::{Ctx, Entity, parse};
use crate::store::{Access, open};

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
    desk.serve();
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

#[test]
fn the_thread_wakes_with_the_new_day() {
    let folder = folder();
    let mut desk = desk(&folder.path().join("w.db"));
    while desk.workspace.has_piecework() || desk.has_idle_work() {
        desk.use_rest(
            true,
            Moment {
                millis: CALM,
                unix: NOW,
            },
        );
    }
    // 14:30 to midnight: 9 hours and a half.
    let midnight = NOW + 34_200;
    for (before, patience) in [
        (3_600, DAY_CHECK),
        (10, Duration::from_secs(10)),
        (1, Duration::from_secs(1)),
    ] {
        desk.clock = Arc::new(move || Moment {
            millis: CALM,
            unix: midnight - before,
        });
        assert_eq!(desk.patience(), patience, "{before}");
    }
}
