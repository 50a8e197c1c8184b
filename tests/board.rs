//! The leaderboard as a whole: ties, what stands behind a figure, what it is held against, what nobody measured.
//!
//! Who shares a rank is listed by who reached it first, also after what another program wrote: a live board is the board
//! of who has just opened the file.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test binary"
)]

use std::path::{Path, PathBuf};

use caopan::domain::leaderboard::Movement;
use caopan::domain::period::PeriodSpec;
use caopan::domain::{AsOf, Day, Figure, Zone};
use caopan::engine::answer::{BoardMetric, BoardPage};
use caopan::engine::request::{Answer, Question, Scope};
use caopan::filter::{Ctx, Entity, parse};
use caopan::store::demo::{Plan, generate};
use caopan::store::{Access, open};
use caopan::workspace::Workspace;
use rusqlite::Connection;

/// Three who sell most by far, each as much as the others, on the 9th of November 2026; and add as many.
const TIED: &str = "
    INSERT INTO staff (userid, name) VALUES ('x1', '甲'), ('x2', '乙'), ('x3', '丙');
    INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
      SELECT 'x' || n, (SELECT external_userid FROM customer ORDER BY 1 LIMIT 1), 'k', at, at, '2026-11-09', 'paid', 0, 90000000000, 'store', 'x' || n
      FROM (SELECT 1 AS n, unixepoch('2026-11-09 01:00') AS at UNION ALL SELECT 2, unixepoch('2026-11-09 02:00') UNION ALL SELECT 3, unixepoch('2026-11-09 03:00'));
    INSERT INTO follow_event (biz_date, occurred_at, userid, external_userid, kind, source)
      SELECT '2026-11-09', paid_at + value, credited_userid, external_userid, 'add', 'import'
      FROM sale_order, generate_series(1, 500) WHERE order_id IN ('x1', 'x2', 'x3');
";

struct Shop {
    _folder: tempfile::TempDir,
    path: PathBuf,
    now: AsOf,
    live: Workspace,
}

fn loaded(path: &Path) -> Workspace {
    let opened = open(path, Access::ReadOnly).unwrap();
    let mut workspace = Workspace::new(path.to_owned(), opened).unwrap();
    workspace.load(&|_, _| {}).unwrap();
    workspace
}

impl Shop {
    fn board(&mut self, period: PeriodSpec, metric: BoardMetric) -> BoardPage {
        let scope = Scope {
            period,
            ..Scope::default()
        };
        match self
            .live
            .answer(&Question::Board { scope, metric }, self.now)
        {
            Some(Answer::Board(page)) => page,
            other => panic!("{other:?}"),
        }
    }

    /// Ids of all customers a filter finds.
    fn found(&mut self, text: &str, period: PeriodSpec) -> Vec<String> {
        let question = Question::Customers {
            scope: Scope {
                period,
                filter: parse(text, &Ctx::of(Entity::Customers)).unwrap(),
                ..Scope::default()
            },
            sort: Vec::new(),
            offset: 0,
            rows: 10_000,
            anchor: None,
        };
        match self.live.answer(&question, self.now) {
            Some(Answer::Customers(page)) => {
                let rows = page.rows.iter();
                rows.map(|row| row.id.as_str().to_owned()).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn new() -> Self {
        Self::of(200, TIED)
    }

    fn of(customers: u32, sql: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("ties-").tempdir().unwrap();
        let path = folder.path().join("w.db");
        let plan = Plan {
            customers,
            seed: 1,
            today: Day::parse("2026-11-11").unwrap(),
            zone: Zone::default(),
        };
        let now = AsOf {
            unix: generate(&path, &plan, &mut |_, _, _| {}).unwrap().now,
            zone: plan.zone,
        };
        let numbers = "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 500) SELECT value FROM n)";
        let sql = sql.replace("generate_series(1, 500)", numbers);
        Connection::open(&path)
            .unwrap()
            .execute_batch(&sql)
            .unwrap();
        let live = loaded(&path);
        Self {
            _folder: folder,
            path,
            now,
            live,
        }
    }

    /// The three as the live workspace lists them under every filter, and as it says when they reached what they stand at;
    /// the same as a workspace says that has just been loaded.
    fn listed(&mut self, metric: BoardMetric) -> String {
        let mut said = Vec::new();
        let mut fresh = loaded(&self.path);
        self.live.catch_up(self.now).unwrap();
        for text in ["", "has:orders"] {
            let question = Question::Board {
                scope: Scope {
                    filter: parse(text, &Ctx::of(Entity::Customers)).unwrap(),
                    ..Scope::default()
                },
                metric,
            };
            let board = |workspace: &mut Workspace| -> BoardPage {
                match workspace.answer(&question, self.now) {
                    Some(Answer::Board(page)) => page,
                    other => panic!("{other:?}"),
                }
            };
            let (live, fresh) = (board(&mut self.live), board(&mut fresh));
            assert_eq!(live.rows, fresh.rows, "{text}");
            let three = live.rows.iter().take(3).map(|row| {
                let at = row
                    .reached_at
                    .map(|at| self.now.zone.local(at).format("%d %H:%M:%S"));
                format!("{} {} {}", row.rank.unwrap(), row.id.as_str(), at.unwrap())
            });
            said.push(three.collect::<Vec<_>>().join(", "));
        }
        said.dedup();
        said.join(" | ")
    }

    fn write(&self, sql: &str) {
        Connection::open(&self.path)
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }
}

#[test]
fn a_live_board_lists_equals_by_what_was_written_last() {
    let mut shop = Shop::new();
    let net = BoardMetric::NetGmv;
    assert_eq!(
        shop.listed(net),
        "1 x1 09 09:00:00, 1 x2 09 10:00:00, 1 x3 09 11:00:00"
    );
    // The second of an order is put right, its day and its money are not touched.
    shop.write(
        "UPDATE sale_order SET paid_at = unixepoch('2026-11-09 04:00') WHERE order_id = 'x1'",
    );
    assert_eq!(
        shop.listed(net),
        "1 x2 09 10:00:00, 1 x3 09 11:00:00, 1 x1 09 12:00:00"
    );
    // Sold and given back on the next day: the value is the same, and was reached again.
    shop.write(
        "INSERT INTO sale_order (order_id, external_userid, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
           SELECT 'y', external_userid, 'k', paid_at + 86400, paid_at + 86400, '2026-11-10', 'paid', 0, 500, 'store', 'x2' FROM sale_order WHERE order_id = 'x2';
         INSERT INTO order_refund (refund_id, order_id, refunded_at, biz_date, amount_fen) VALUES ('r', 'y', unixepoch('2026-11-10 06:30'), '2026-11-10', 500)",
    );
    assert_eq!(
        shop.listed(net),
        "1 x3 09 11:00:00, 1 x1 09 12:00:00, 1 x2 10 14:30:00"
    );
    // The refund was of an hour before; then neither was.
    shop.write("UPDATE order_refund SET refunded_at = refunded_at - 3600 WHERE refund_id = 'r'");
    assert_eq!(
        shop.listed(net),
        "1 x3 09 11:00:00, 1 x1 09 12:00:00, 1 x2 10 13:30:00"
    );
    shop.write("DELETE FROM order_refund WHERE refund_id = 'r'; DELETE FROM sale_order WHERE order_id = 'y'");
    assert_eq!(
        shop.listed(net),
        "1 x2 09 10:00:00, 1 x3 09 11:00:00, 1 x1 09 12:00:00"
    );
}

#[test]
fn a_live_board_of_adds_lists_equals_by_their_last_add() {
    let mut shop = Shop::new();
    let adds = BoardMetric::Adds;
    assert_eq!(
        shop.listed(adds),
        "1 x1 09 09:08:20, 1 x2 09 10:08:20, 1 x3 09 11:08:20"
    );
    shop.write(
        "UPDATE follow_event SET occurred_at = occurred_at + 7200 WHERE rowid = (SELECT max(rowid) FROM follow_event WHERE userid = 'x1' AND biz_date = '2026-11-09')",
    );
    assert_eq!(
        shop.listed(adds),
        "1 x2 09 10:08:20, 1 x1 09 11:08:20, 1 x3 09 11:08:20"
    );
}

/// Paid in a period by somebody with somebody credited, orders of it, and given back in it.
const THEIRS: &str = "SELECT
    (SELECT coalesce(sum(paid_fen), 0) FROM v_paid WHERE external_userid = ?1 AND credited_userid = ?2 AND biz_date BETWEEN ?3 AND ?4),
    (SELECT count(*) FROM v_paid WHERE external_userid = ?1 AND credited_userid = ?2 AND biz_date BETWEEN ?3 AND ?4),
    (SELECT coalesce(sum(r.amount_fen), 0) FROM order_refund r JOIN v_paid o USING (order_id)
     WHERE o.external_userid = ?1 AND o.credited_userid = ?2 AND r.biz_date BETWEEN ?3 AND ?4)";

/// Adds of a member of staff in a period: all, and the customers of the pool among those who were added.
const ADDED: &str = "SELECT count(*), count(DISTINCT c.external_userid) FROM follow_event e LEFT JOIN customer c USING (external_userid)
     WHERE e.userid = ?1 AND e.kind = 'add' AND e.biz_date BETWEEN ?2 AND ?3";

#[test]
fn the_customers_behind_adds_are_those_who_were_added() {
    let mut shop = Shop::of(2_000, "");
    let conn = Connection::open(&shop.path).unwrap();
    let mut adds = 0;
    for period in [PeriodSpec::Month, PeriodSpec::LastMonth] {
        let board = shop.board(period, BoardMetric::Adds);
        let days = (
            board.stamp.period.from.to_string(),
            board.stamp.period.to.to_string(),
        );
        let mut added = conn.prepare(ADDED).unwrap();
        for row in &board.rows {
            let id = row.id.as_str();
            let of = (id, &days.0, &days.1);
            let (all, people): (u32, usize) =
                added.query_row(of, |r| Ok((r.get(0)?, r.get(1)?))).unwrap();
            assert_eq!(row.adds, Some(all), "{id} {period:?}");
            assert_eq!(
                shop.found(&format!("adder:#{id}"), period).len(),
                people,
                "{id} {period:?}"
            );
            adds += all;
        }
    }
    assert!(adds > 20, "{adds}");
}

#[test]
fn the_customers_behind_a_figure_come_to_the_figure() {
    let mut shop = Shop::of(2_000, "");
    let conn = Connection::open(&shop.path).unwrap();
    let (mut refunded_only, mut figures) = (0, 0);
    for period in [
        PeriodSpec::Month,
        PeriodSpec::LastMonth,
        PeriodSpec::Last(7),
    ] {
        let boards = [BoardMetric::NetGmv, BoardMetric::Gmv, BoardMetric::Orders]
            .map(|metric| shop.board(period, metric));
        let days = boards[0].stamp.period;
        let mut theirs = conn.prepare(THEIRS).unwrap();
        for row in &boards[0].rows {
            let id = row.id.as_str();
            let (mut gross, mut orders, mut back) = (0, 0, 0);
            for customer in shop.found(&format!("buyer:#{id}"), period) {
                let (from, to) = (days.from.to_string(), days.to.to_string());
                let (paid, n, given_back) = theirs
                    .query_row((&customer, id, from, to), |r| {
                        Ok((
                            r.get::<_, i64>(0)?,
                            r.get::<_, i64>(1)?,
                            r.get::<_, i64>(2)?,
                        ))
                    })
                    .unwrap();
                assert!(n > 0 || given_back > 0, "{customer} has to do with it");
                refunded_only += i64::from(n == 0);
                gross += paid;
                orders += n;
                back += given_back;
            }
            for (board, listed) in boards.iter().zip([gross - back, gross, orders]) {
                let row = board.rows.iter().find(|row| row.id.as_str() == id).unwrap();
                let outside = match board.metric {
                    BoardMetric::Orders => i64::from(row.outside_orders),
                    _ => row.outside.0,
                };
                let figure = match row.value {
                    Figure::Money(fen) => fen.0,
                    Figure::Count(n) => n,
                    other => panic!("{other:?}"),
                };
                assert_eq!(
                    figure,
                    listed + outside,
                    "{id} {:?} {period:?}",
                    board.metric
                );
                figures += i64::from(figure != 0);
            }
        }
    }
    assert!(
        refunded_only > 0 && figures > 50,
        "{refunded_only} {figures}"
    );
}

#[test]
fn without_any_order_nobody_is_ranked_by_money_and_nothing_is_a_zero() {
    let mut shop = Shop::of(
        200,
        "DELETE FROM order_refund; DELETE FROM order_item; DELETE FROM sale_order;",
    );
    for metric in [
        BoardMetric::NetGmv,
        BoardMetric::Gmv,
        BoardMetric::Orders,
        BoardMetric::Achievement,
    ] {
        let page = shop.board(PeriodSpec::Month, metric);
        assert_eq!(
            (page.total, page.uncredited),
            (Figure::NotMeasured, Figure::NotMeasured)
        );
        assert!(!page.rows.is_empty() && page.aimed.is_none());
        for row in &page.rows {
            assert_eq!(
                (row.rank, row.value, row.orders),
                (None, Figure::NotMeasured, None)
            );
            assert_eq!((row.refunds, row.achievement, row.band), (None, None, None));
        }
        // The same without an engine.
        let opened = open(&shop.path, Access::ReadOnly).unwrap();
        let mut bare = Workspace::new(shop.path.clone(), opened).unwrap();
        let told = bare.short_board(&Scope::default(), metric, shop.now);
        let told = told.unwrap().unwrap();
        assert_eq!((told.rows, told.total), (page.rows, page.total));
    }
    let adds = shop.board(PeriodSpec::Month, BoardMetric::Adds);
    assert!(
        adds.rows
            .iter()
            .all(|row| row.rank.is_some() && row.orders.is_none())
    );
}

#[test]
fn movement_is_against_an_hour_ago_the_day_before_or_the_period_before() {
    // x3, x2, x1 were first to third an hour and more ago, on the day, the month and the month before.
    let snapshots: String = [
        ("day", "2026-11-11", "2026-11-11 04:00", [3, 2, 1]),
        ("day", "2026-11-11", "2026-11-11 06:00", [1, 2, 3]),
        ("day", "2026-11-09", "2026-11-09 15:59", [1, 3, 2]),
        ("day", "2026-11-08", "2026-11-08 15:59", [2, 1, 3]),
        ("month", "2026-11-01", "2026-11-10 15:00", [3, 1, 2]),
        ("month", "2026-11-01", "2026-11-11 05:00", [1, 2, 3]),
        ("month", "2026-10-01", "2026-10-31 15:59", [2, 3, 1]),
        ("month", "2026-09-01", "2026-09-30 15:59", [1, 2, 3]),
    ]
    .iter()
    .flat_map(|(kind, start, at, ranks)| {
        (1..).zip(ranks).map(move |(n, rank)| {
            format!(
                "INSERT INTO leaderboard_snapshot VALUES ('orders', '{kind}', '{start}', unixepoch('{at}'), 'x{n}', {}, {rank});",
                1_000 - rank
            )
        })
    })
    .collect();
    // x1 sells three times, x2 twice, x3 once, of all staff, on every day that is looked at.
    let orders: Vec<String> = ["2026-11-11", "2026-11-09", "2026-10-05"]
        .iter()
        .flat_map(|day| (1..4).flat_map(move |n| (n..4).map(move |k| (day, n, k))))
        .map(|(day, n, k)| {
            format!(
                "INSERT INTO sale_order (order_id, buyer_key, ordered_at, paid_at, biz_date, status, list_fen, paid_fen, source, credited_userid)
                 VALUES ('{day}{n}{k}', 'k', 0, unixepoch('{day} 01:00'), '{day}', 'paid', 0, 1, 'store', 'x{n}');"
            )
        })
        .collect();
    let orders = orders.concat();
    let mut shop = Shop::of(
        200,
        &format!(
            "DELETE FROM leaderboard_snapshot; DELETE FROM order_refund; DELETE FROM order_item; DELETE FROM sale_order; DELETE FROM staff;
             INSERT INTO staff (userid, name) VALUES ('x1', '甲'), ('x2', '乙'), ('x3', '丙'), ('x4', '丁'); {snapshots} {orders}"
        ),
    );
    let day = |text: &str| {
        let day = Day::parse(text).unwrap();
        PeriodSpec::Range(day, day)
    };
    let (up, down) = (Movement::Up, Movement::Down);
    let same = Movement::Same;
    for (period, expected) in [
        // At 12:00, not at 14:00, which is half an hour ago.
        (PeriodSpec::Today, [up(2), same, down(2)]),
        // A day that is over: against the day before it, not against its own end.
        (day("2026-11-09"), [up(1), down(1), same]),
        // At yesterday's close, not at noon.
        (PeriodSpec::Month, [up(2), down(1), down(1)]),
        // A month that is over: against the end of the month before it.
        (PeriodSpec::LastMonth, [same, same, same]),
    ] {
        let page = shop.board(period, BoardMetric::Orders);
        let moved: Vec<Movement> = page.rows.iter().map(|row| row.movement).collect();
        assert_eq!(moved[..3], expected, "{period:?}");
        assert_eq!(moved[3], Movement::New, "x4 was on no board");
    }
    // The first of a month has no board of its own yet.
    shop.write("DELETE FROM leaderboard_snapshot WHERE period_start = '2026-11-01'");
    shop.live.catch_up(shop.now).unwrap();
    let page = shop.board(PeriodSpec::Month, BoardMetric::Orders);
    let moved: Vec<Movement> = page.rows.iter().map(|row| row.movement).collect();
    assert_eq!(moved[..3], [up(1), up(1), down(2)]);
}
