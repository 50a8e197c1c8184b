//! Pages of groups and of boards told before: thousands of rows that are the same until something changes, for who comes
//! back to a pane or to a period.

use std::sync::Arc;

use crate::domain::group_health::HealthMode;
use crate::domain::kpi::TargetFacts;
use crate::domain::kpi::curve::Daily;
use crate::domain::kpi::goal::Goals;
use crate::domain::leaderboard::{BoardSnapshot, StaffFacts};
use crate::domain::period::Period;
use crate::domain::{AsOf, Day, DeptId};
use crate::engine::ages;
use crate::engine::answer::{BoardMetric, BoardPage, GroupsPage, Stamp};
use crate::engine::board::at_another_moment;
use crate::engine::request::GroupSort;
use crate::filter::Expr;

/// Boards of everybody kept: as many as there are periods to step through.
const BOARDS: usize = 5;
/// Boards under a filter kept: the one on screen, and the one that is one key away.
const FILTERED: usize = 2;

/// What a page of groups is computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct OfGroups {
    /// State of the workspace.
    pub revision: u64,
    /// The business day.
    pub today: Day,
    /// Org node of the scope.
    pub org: Option<DeptId>,
    /// Which thresholds rule.
    pub mode: HealthMode,
    /// Filter over the groups.
    pub filter: Expr,
    /// Sort, and whether it is reversed.
    pub sort: (GroupSort, bool),
}

/// What a board is computed from.
#[derive(Clone, Debug)]
pub struct OfBoard {
    /// State of the workspace.
    pub revision: u64,
    /// The business day, and the first that is not over.
    pub today: (Day, Day),
    /// Org node of the scope.
    pub org: Option<DeptId>,
    /// Whose orders count.
    pub filter: Expr,
    /// Its days.
    pub period: Period,
    /// What is ranked.
    pub metric: BoardMetric,
    /// The earlier board it is compared with.
    pub earlier: Option<Arc<BoardSnapshot>>,
}

impl PartialEq for OfBoard {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.earlier, &other.earlier) {
            (Some(mine), Some(theirs)) => Arc::ptr_eq(mine, theirs),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let of = |of: &Self| (of.revision, of.today, of.org, of.period, of.metric);
        same && of(self) == of(other) && self.filter == other.filter
    }
}

/// The pages kept.
#[derive(Debug, Default)]
pub struct Pages {
    groups: Option<(OfGroups, GroupsPage)>,
    /// Most recently asked for last.
    boards: Vec<(OfBoard, BoardPage)>,
}

impl Pages {
    /// The page of groups told before, when it would be the same now.
    pub fn groups(&self, of: &OfGroups, stamp: &Stamp) -> Option<GroupsPage> {
        let (_, page) = self.groups.as_ref().filter(|(kept, _)| kept == of)?;
        Some(GroupsPage {
            stamp: stamp.clone(),
            ..page.clone()
        })
    }

    /// Keeps a page of groups. One whose filter means something else as time goes by is not kept.
    pub fn keep_groups(&mut self, of: OfGroups, page: &GroupsPage) {
        if !ages(&of.filter) {
            self.groups = Some((of, page.clone()));
        }
    }

    /// The board told before, when it would be the same now: nobody of the staff left between then and now.
    pub fn board(
        &mut self,
        of: &OfBoard,
        stamp: &Stamp,
        (staff, targets, daily): (&[StaffFacts], &[TargetFacts], Option<&Daily>),
        now: AsOf,
    ) -> Option<BoardPage> {
        // What was computed from an earlier state is never asked for again.
        self.boards.retain(|(kept, _)| kept.revision == of.revision);
        let at = self.boards.iter().position(|(kept, _)| kept == of)?;
        let (kept, page) = self.boards.remove(at);
        let then = page.stamp.as_of;
        let span = then.min(now.unix)..=then.max(now.unix);
        let left = |staff: &StaffFacts| staff.left_at.is_some_and(|at| span.contains(&at));
        if staff.iter().any(left) {
            return None;
        }
        // Pace and forecast are of the moment.
        let goals = Goals::new(targets, of.org, of.period, now).paced(daily);
        let held = page.goals.iter();
        let held = held.filter_map(|goal| goals.hold(goal.metric.code, goal.held.actual));
        let told = BoardPage {
            stamp: stamp.clone(),
            rows: at_another_moment(&page, &goals),
            goals: held.collect(),
            ..page.clone()
        };
        self.boards.push((kept, page));
        Some(told)
    }

    /// Keeps a board. One whose filter means something else as time goes by is not kept.
    pub fn keep_board(&mut self, of: OfBoard, page: &BoardPage) {
        if ages(&of.filter) {
            return;
        }
        let whole = of.filter == Expr::All;
        let most = if whole { BOARDS } else { FILTERED };
        let alike = |(kept, _): &(OfBoard, BoardPage)| (kept.filter == Expr::All) == whole;
        if self.boards.iter().filter(|kept| alike(kept)).count() >= most
            && let Some(oldest) = self.boards.iter().position(alike)
        {
            self.boards.remove(oldest);
        }
        self.boards.push((of, page.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kpi::SubjectKind;
    use crate::domain::period::PeriodSpec;
    use crate::domain::{Fen, Figure, SafeText, StaffId, Zone};
    use crate::filter::{Ctx, Entity, parse};

    /// Noon in Shanghai, in the middle of a month.
    const MOMENT: i64 = 1_763_179_200;

    fn of(revision: u64, earlier: Option<Arc<BoardSnapshot>>) -> OfBoard {
        OfBoard {
            revision,
            today: (Day(20_000), Day(20_000)),
            org: None,
            filter: Expr::All,
            period: Period {
                from: Day(19_990),
                to: Day(20_000),
            },
            metric: BoardMetric::NetGmv,
            earlier,
        }
    }

    fn stamp(as_of: i64) -> Stamp {
        Stamp {
            revision: 1,
            as_of,
            period: of(1, None).period,
            partial: true,
            org: None,
            filter: String::new(),
            named: crate::filter::Filter::default(),
        }
    }

    fn at(unix: i64) -> AsOf {
        AsOf {
            unix,
            zone: Zone::default(),
        }
    }

    fn page() -> BoardPage {
        BoardPage {
            stamp: stamp(100),
            metric: BoardMetric::NetGmv,
            rows: Vec::new().into(),
            total: Figure::NoValue,
            aimed: None,
            goals: Vec::new(),
            compared_with: None,
            uncredited: Figure::Money(Fen(7)),
        }
    }

    #[test]
    fn a_board_is_told_again_at_another_moment_of_the_same_state() {
        let mut pages = Pages::default();
        pages.keep_board(of(1, None), &page());
        let told = pages.board(&of(1, None), &stamp(160), (&[], &[], None), at(160));
        let expected = BoardPage {
            stamp: stamp(160),
            ..page()
        };
        assert_eq!(told, Some(expected));
        assert!(
            pages
                .board(&of(2, None), &stamp(160), (&[], &[], None), at(160))
                .is_none()
        );
    }

    #[test]
    fn of_boards_under_filters_the_two_newest_are_kept_beside_those_of_everybody() {
        let of_text = |text: &str| OfBoard {
            filter: parse(text, &Ctx::of(Entity::Customers)).unwrap().expr,
            ..of(1, None)
        };
        let mut pages = Pages::default();
        pages.keep_board(of(1, None), &page());
        for text in ["spend>1", "spend>2", "spend>3", "last>30d"] {
            pages.keep_board(of_text(text), &page());
        }
        let mut kept = |of: &OfBoard| {
            let told = pages.board(of, &stamp(160), (&[], &[], None), at(160));
            told.is_some()
        };
        assert!(kept(&of(1, None)));
        assert!(!kept(&of_text("spend>1")), "two came after it");
        assert!(kept(&of_text("spend>2")) && kept(&of_text("spend>3")));
        assert!(!kept(&of_text("last>30d")), "others pass it every second");
    }

    #[test]
    fn a_board_is_computed_again_when_somebody_left_meanwhile_or_it_is_held_against_another() {
        let member = |left_at| StaffFacts {
            id: StaffId::from("zhou"),
            name: SafeText::new("周倩"),
            dept: None,
            dept_name: SafeText::default(),
            role: SafeText::new("sales"),
            left_at,
            left: false,
            has_namesake: false,
        };
        let told = |staff: &[StaffFacts], earlier| {
            let mut pages = Pages::default();
            pages.keep_board(of(1, None), &page());
            let told = pages.board(&of(1, earlier), &stamp(160), (staff, &[], None), at(160));
            told.is_some()
        };
        assert!(told(
            &[member(None), member(Some(99)), member(Some(161))],
            None
        ));
        assert!(!told(&[member(Some(130))], None));
        let earlier = BoardSnapshot {
            taken_at: 50,
            values: Vec::new(),
        };
        assert!(!told(&[], Some(Arc::new(earlier))));
    }

    #[test]
    fn the_pace_of_a_board_told_again_is_of_the_moment() {
        let month = PeriodSpec::Month.resolve(at(MOMENT).today());
        let (kind, first) = month.calendar().expect("a calendar month");
        let target = TargetFacts {
            metric_code: "gmv".into(),
            subject_kind: SubjectKind::Workspace,
            subject_id: String::new(),
            period_kind: kind,
            period_start: first,
            period_end: month.to,
            floor: None,
            target: 1_000.0,
            stretch: None,
            penalty_allowed: true,
        };
        let targets = [target];
        let goals = |unix| {
            let goals = Goals::new(&targets, None, month, at(unix));
            let held = goals.hold("gmv", Figure::Money(Fen(500)));
            held.into_iter().collect::<Vec<_>>()
        };
        let of = OfBoard {
            period: month,
            ..of(1, None)
        };
        let mut pages = Pages::default();
        let then = BoardPage {
            stamp: stamp(MOMENT),
            goals: goals(MOMENT),
            ..page()
        };
        pages.keep_board(of.clone(), &then);
        let later = MOMENT + 3_600;
        let told = pages.board(&of, &stamp(later), (&[], &targets, None), at(later));
        let told = told.map(|page| page.goals);
        assert_eq!(told, Some(goals(later)));
        assert_ne!(goals(later), goals(MOMENT));
    }

    #[test]
    fn groups_are_told_again_under_the_same_filter_alone() {
        let of = |revision, reversed| OfGroups {
            revision,
            today: Day(20_000),
            org: None,
            mode: HealthMode::Defaults,
            filter: Expr::All,
            sort: (GroupSort::Worst, reversed),
        };
        let page = GroupsPage {
            stamp: stamp(100),
            pool: 3,
            members: 9,
            rows: Vec::new().into(),
            fleet: false,
        };
        let mut pages = Pages::default();
        pages.keep_groups(of(1, false), &page);
        let told = pages.groups(&of(1, false), &stamp(160));
        assert_eq!(
            told.map(|page| (page.pool, page.stamp.as_of)),
            Some((3, 160))
        );
        assert!(pages.groups(&of(1, true), &stamp(160)).is_none());
        assert!(pages.groups(&of(2, false), &stamp(160)).is_none());
    }
}
