//! The leaderboard's page: what the engine counted, held against targets, rewards and an earlier board.

use rusqlite::Connection;

use crate::domain::kpi::curve::Daily;
use crate::domain::kpi::goal::Goals;
use crate::domain::leaderboard::{BoardSnapshot, StaffCounts};
use crate::domain::period::Period;
use crate::domain::period::PeriodKind;
use crate::domain::{AsOf, Day};
use crate::engine::answer::{BoardMetric, BoardPage, Stamp};
use crate::engine::board::Known;
use crate::engine::request::{Answer, Scope};
use crate::engine::{Engine, Ground, board};
use crate::filter::Expr;
use crate::store::StoreError;
use crate::store::board::{self as boards, BoardKey};

use super::facts::Facts;
use super::inside::{departments, staff_of};
use super::kept::OfBoard;
use super::reached::Lookup;
use super::refusal::not_ready;
use super::{Workspace, paced};

pub(super) fn leaderboard(
    workspace: &mut Workspace,
    scope: &Scope,
    metric: BoardMetric,
    as_of: AsOf,
) -> Result<Answer, StoreError> {
    let stamp = workspace.stamp(scope, as_of)?;
    // Targets, rewards and earlier boards are about all customers: a part of them is held against none of these.
    let everybody = scope.filter.expr == Expr::All;
    if everybody {
        workspace.metric = Some(metric);
    }
    workspace.facts(as_of)?;
    let mut earlier = None;
    for (key, before) in earlier_keys(metric, stamp.period, as_of) {
        if let (true, None, Some(facts)) = (everybody, &earlier, &mut workspace.facts) {
            earlier = facts.earlier(&workspace.conn, key, before)?;
        }
    }
    let of = OfBoard {
        revision: workspace.revision,
        today: (as_of.today(), as_of.open_day()),
        org: scope.org,
        filter: scope.filter.expr.clone(),
        period: stamp.period,
        metric,
        earlier: earlier.clone(),
    };
    let knows = known(&workspace.conn, stamp.period.to)?;
    let (Some(loaded), Some(facts)) = (&mut workspace.engine, &workspace.facts) else {
        return Ok(not_ready());
    };
    let pages = &mut workspace.pages;
    let goals = Goals::new(&facts.targets, scope.org, stamp.period, as_of);
    let read = if loaded.engine.daily().is_some() {
        None
    } else {
        paced::read(&workspace.conn, &goals.beside_people(board::aims(metric)))?
    };
    let daily = || loaded.engine.daily().or(read.as_ref());
    let targets = if everybody { &*facts.targets } else { &[] };
    let kept = (&*facts.staff, targets, daily());
    if let Some(page) = pages.board(&of, &stamp, kept, as_of) {
        return Ok(Answer::Board(page));
    }
    let page = counted(
        (&workspace.conn, &mut loaded.engine),
        facts,
        scope,
        metric,
        (stamp, earlier.as_deref(), knows, read.as_ref()),
        as_of,
    )?;
    pages.keep_board(of, &page);
    Ok(Answer::Board(page))
}

/// What the workspace knows of a period, by its last day.
pub(super) fn known(conn: &Connection, last: Day) -> Result<Known, StoreError> {
    Ok(Known {
        sales: boards::knows_sales(conn, last)?,
        adds: boards::knows_adds(conn, last)?,
    })
}

/// What a board is beside its counts: its stamp, an earlier board, what is measured at all, and day totals where the engine
/// keeps none.
type Beside<'a> = (Stamp, Option<&'a BoardSnapshot>, Known, Option<&'a Daily>);

/// The board as it is counted now, beside an earlier one.
fn counted(
    (conn, engine): (&Connection, &mut Engine),
    facts: &Facts,
    scope: &Scope,
    metric: BoardMetric,
    (stamp, earlier, knows, read): Beside<'_>,
    as_of: AsOf,
) -> Result<BoardPage, StoreError> {
    // The org node chooses the staff; whose customers bought is the filter's affair alone.
    let ground = Ground {
        as_of,
        period: stamp.period,
        org: None,
    };
    let selection = engine.selection(&scope.filter, ground);
    let rows = (!selection.whole).then_some(&*selection.rows);
    let (targets, rewards) = if selection.whole {
        (&*facts.targets, &*facts.rewards)
    } else {
        (&[][..], &[][..])
    };
    let inside = departments(facts, scope);
    let counts = engine.board_counts(stamp.period, as_of.today(), metric, rows, None);
    let uncredited = match scope.org {
        Some(_) => uncredited(engine, facts, scope, ground),
        None => counts.of_others(facts.staff.iter().map(|staff| &staff.id)),
    };
    let lookup = Lookup::new(conn, engine, (ground.period, as_of.today()), rows);
    let page = board::page(&board::BoardInput {
        stamp,
        zone: as_of.zone,
        metric,
        staff: &facts.staff,
        in_scope: &|staff| {
            inside
                .as_ref()
                .is_none_or(|set| staff.dept.is_some_and(|d| set.contains(&d)))
        },
        counts: &|id| counts.staff.get(id).cloned().unwrap_or_default(),
        daily: engine.daily().or(read),
        targets,
        earlier,
        rewards,
        uncredited,
        knows,
        everybody: scope.org.is_none().then(|| counts.of_all()),
        reached: &|ties| lookup.reached(ties),
    });
    let found = lookup.found()?;
    if rows.is_none() {
        engine.keep_reached(ground.period, &found);
    }
    Ok(page)
}

/// Money no row of the board of an org node shows: of the customers its staff own, for nobody's orders belong to no
/// department.
fn uncredited(
    engine: &mut Engine,
    facts: &Facts,
    scope: &Scope,
    ground: Ground<'_>,
) -> StaffCounts {
    let org = staff_of(engine, facts, departments(facts, scope).as_ref());
    let owned = Ground {
        org: org.as_ref(),
        ..ground
    };
    let selection = engine.selection(&scope.filter, owned);
    let rows = (!selection.whole).then_some(&*selection.rows);
    let known = engine.staff_set(facts.staff.iter().map(|s| &s.id));
    engine.uncredited(ground.period, ground.as_of.today(), rows, &known)
}

/// The board to compare with, the first there is of [`earlier_keys`].
pub(super) fn earlier_board(
    workspace: &Workspace,
    metric: BoardMetric,
    period: Period,
    as_of: AsOf,
) -> Result<Option<BoardSnapshot>, StoreError> {
    for (key, before) in earlier_keys(metric, period, as_of) {
        if let Some(board) = boards::snapshot_before(&workspace.conn, key, before)? {
            return Ok(Some(board));
        }
    }
    Ok(None)
}

/// The boards a board may be compared with, the better first, each with the instant it was taken at or before: today's as
/// it was an hour ago, a longer period's that still goes on as it was at the close of the day before; of one that is over,
/// and where there is no such board yet, the end of the period before.
fn earlier_keys(
    metric: BoardMetric,
    period: Period,
    as_of: AsOf,
) -> impl Iterator<Item = (BoardKey<'static>, i64)> {
    let today = as_of.today();
    let board = board::code(metric);
    let own = period.calendar().filter(|_| period.contains(today));
    let own = own.map(|(kind, start)| {
        let before = match kind {
            PeriodKind::Day => as_of.unix - 3_600,
            PeriodKind::Week
            | PeriodKind::Month
            | PeriodKind::Quarter
            | PeriodKind::Year
            | PeriodKind::Campaign => as_of.zone.start_of(today),
        };
        (BoardKey { board, kind, start }, before)
    });
    // Taken when the period was over, or after it; the same instant all day.
    let before = as_of.zone.start_of(today.plus(1));
    let previous = period.previous().and_then(Period::calendar);
    let previous = previous.map(|(kind, start)| (BoardKey { board, kind, start }, before));
    own.into_iter().chain(previous)
}
