//! The board, its trend and what nobody is credited with, a second way.

use std::collections::{BTreeMap, BTreeSet};

use crate::ranking::{METRICS, check_ranking};
use crate::truth::{self, Truth, all};
use crate::views::{View, ask, calendar, number};
use caopan::domain::period::Period;
use caopan::domain::{AsOf, Day};
use caopan::engine::answer::{BoardMetric, BoardPage};
use caopan::engine::request::{Answer, Question};
use caopan::workspace::Workspace;
use rusqlite::Connection;

/// The board to compare with: values by staff. While the period goes on, its own of an hour ago or of yesterday's close;
/// else that of the period before.
fn snapshot(
    conn: &Connection,
    board: &str,
    (calendar, period): (Option<(&str, Day)>, Period),
    now: AsOf,
) -> Option<BTreeMap<String, f64>> {
    let (kind, start) = calendar?;
    let own = if kind == "day" {
        now.unix - 3_600
    } else {
        now.zone.start_of(now.today())
    };
    let goes_on = period.contains(now.today());
    let taken = goes_on.then(|| taken(conn, board, (kind, start), own));
    taken.flatten().or_else(|| {
        let start = match kind {
            "day" => start.plus(-1),
            "week" => start.plus(-7),
            _ => {
                let last = start.plus(-1).to_string();
                Day::parse(&format!("{}-01", &last[..7])).unwrap()
            }
        };
        taken_by_tonight(conn, board, (kind, start), now)
    })
}

fn taken_by_tonight(
    conn: &Connection,
    board: &str,
    of: (&str, Day),
    now: AsOf,
) -> Option<BTreeMap<String, f64>> {
    taken(conn, board, of, now.zone.start_of(now.today()) + 86_400)
}

/// The newest board of a period taken by an instant.
fn taken(
    conn: &Connection,
    board: &str,
    (kind, start): (&str, Day),
    before: i64,
) -> Option<BTreeMap<String, f64>> {
    let rows: Vec<(i64, String, f64)> = all(
        conn,
        &format!(
            "SELECT taken_at, subject_id, value FROM leaderboard_snapshot WHERE board = '{board}' AND period_kind = '{kind}' AND period_start = '{start}'"
        ),
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    );
    let newest = rows.iter().map(|r| r.0).filter(|at| *at <= before).max()?;
    let taken = rows.into_iter().filter(|r| r.0 == newest);
    Some(taken.map(|(_, id, value)| (id, value)).collect())
}

pub fn check_board(workspace: &mut Workspace, conn: &Connection, truth: &Truth, view: &View) {
    for (metric, code) in METRICS {
        let question = Question::Board {
            scope: view.scope.clone(),
            metric,
        };
        let Answer::Board(page) = ask(workspace, &question, truth.now) else {
            panic!("board");
        };
        let earlier = snapshot(
            conn,
            code,
            (
                calendar(view.scope.period, page.stamp.period),
                page.stamp.period,
            ),
            truth.now,
        )
        // What the earlier board ranked was the whole shop's figures.
        .filter(|_| view.filtered.is_none());
        check_ranking(&page, truth, view, earlier.as_ref());
    }
}

/// Board and uncredited together are all there is, in the measure of the board; under an org node, all of the customers it
/// owns.
pub fn check_uncredited(page: &BoardPage, truth: &Truth, view: &View) {
    let known = |id: &String| truth.staff.iter().any(|s| s.id == *id);
    let unknown = |o: &&truth::Order| !o.staff.as_ref().is_some_and(known);
    let owned = view.org.map(|_| truth.owned(view.org));
    let is_meant = |person: &String| {
        owned.as_ref().is_none_or(|p| p.contains(person))
            && view.filtered.as_ref().is_none_or(|p| p.contains(person))
    };
    let period = page.stamp.period;
    let inside = |o: &&truth::Order| is_meant(&o.person);
    let orders = || truth.orders.iter().filter(unknown).filter(inside);
    let paid = || orders().filter(|o| period.contains(o.day));
    let gross: i64 = paid().map(|o| o.fen).sum();
    let back = orders().flat_map(|o| &o.refunds);
    let back = back.filter(|(day, _)| period.contains(*day));
    let net = gross - back.map(|(_, fen)| fen).sum::<i64>();
    let meant = match page.metric {
        BoardMetric::NetGmv | BoardMetric::Achievement => net,
        BoardMetric::Gmv => gross,
        BoardMetric::Orders => paid().count() as i64,
        // Of whom nobody knows, no department is told either.
        BoardMetric::Adds if view.org.is_some() => 0,
        BoardMetric::Adds => {
            let mut adds = truth.adds.iter().filter(|(_, userid, _)| !known(userid));
            adds.by_ref()
                .filter(|(id, _, day)| period.contains(*day) && is_meant(id))
                .count() as i64
        }
    };
    assert_eq!(
        number(page.uncredited),
        Some(meant as f64),
        "{:?} {:?}",
        page.metric,
        page.stamp
    );
}

pub fn check_trend(
    trend: &[i64],
    truth: &Truth,
    (id, people, period): (&str, Option<&BTreeSet<String>>, Period),
    metric: BoardMetric,
) {
    let last = period.to.min(truth.today);
    for (ago, shown) in (0..7).rev().zip(trend) {
        let sold = truth.sold(Some(id), Period::day(last.plus(-ago)), people);
        let meant = match metric {
            BoardMetric::NetGmv | BoardMetric::Achievement => sold.gross - sold.refunds,
            BoardMetric::Gmv => sold.gross,
            BoardMetric::Adds => sold.adds,
            BoardMetric::Orders => sold.orders,
        };
        assert_eq!(*shown, meant, "{id} {ago} days before {last} {metric:?}");
    }
}
