//! The leaderboard pane: staff and counts in, ranked rows out.

mod candidate;
mod course;
mod known;
mod totals;

use std::collections::HashMap;

pub use course::{aims, at_another_moment};
pub use known::Known;

use candidate::{Candidate, candidate, targets_by_staff};
use course::{Shares, course, shares};
use totals::{amount, totals};

use super::answer::{BoardMetric, BoardPage, BoardRow, Goal, Stamp};
use crate::domain::kpi::{TargetFacts, curve::Daily, goal::Goals, target};
use crate::domain::leaderboard::{
    BoardSnapshot, Measure, Movement, RewardQuestion, RewardStep, StaffCounts, StaffFacts,
    Standing, list_ties, movements, next_reward, rank, reached_rewards, tied, to_next,
};
use crate::domain::metric::{Better, find};
use crate::domain::{AsOf, Day, Fen, Figure, Rate, SafeText, StaffId, Zone, nearest};
use crate::filter::eval::told_apart;

/// What the pane is made of.
pub struct BoardInput<'a> {
    /// Printed with the page; its period is the board's.
    pub stamp: Stamp,
    /// Zone of the workspace: which day somebody left.
    pub zone: Zone,
    /// What is ranked.
    pub metric: BoardMetric,
    /// Everybody in `staff`.
    pub staff: &'a [StaffFacts],
    /// The member of staff belongs to the scope (department).
    pub in_scope: &'a dyn Fn(&StaffFacts) -> bool,
    /// Counts of a member of staff over the period inside the scope; default when nothing was counted.
    pub counts: &'a dyn Fn(&StaffId) -> StaffCounts,
    /// Day totals of the whole workspace, for the pace.
    pub daily: Option<&'a Daily>,
    /// Every target; those of staff and period are picked.
    pub targets: &'a [TargetFacts],
    /// The earlier board to compare with.
    pub earlier: Option<&'a BoardSnapshot>,
    /// Reward steps.
    pub rewards: &'a [RewardStep],
    /// What nobody of `staff` is credited with.
    pub uncredited: StaffCounts,
    /// What the workspace knows of.
    pub knows: Known,
    /// What everybody did, where the scope is the whole workspace; `None`: what its staff did.
    pub everybody: Option<StaffCounts>,
    /// When each of some reached what they stand at, unix seconds: asked of those who are tied. Who is left out is not
    /// known to have reached anything.
    pub reached: &'a dyn Fn(&[Tie<'_>]) -> HashMap<StaffId, i64>,
}

/// Somebody who stands where somebody else stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie<'a> {
    /// Who.
    pub id: &'a StaffId,
    /// What their value is counted in.
    pub measure: Measure,
}

/// Metric code of a board: of its targets, its rewards and its snapshots.
pub fn code(metric: BoardMetric) -> &'static str {
    match metric {
        BoardMetric::NetGmv => "net_gmv_refund",
        BoardMetric::Gmv => "gmv",
        BoardMetric::Adds => "adds",
        BoardMetric::Orders => "orders",
        BoardMetric::Achievement => "attainment",
    }
}

/// Ranks everybody who competes; people without a target stand unranked below an achievement board.
pub fn page(input: &BoardInput<'_>) -> BoardPage {
    let calendar = input.stamp.period.calendar();
    let targets = targets_by_staff(input.targets, calendar);
    let rules = calendar.map(|(kind, _)| (kind, rule_day(input)));
    let first = input.zone.start_of(input.stamp.period.from);
    let inside = input.staff.iter().filter(|staff| (input.in_scope)(staff));
    let candidates = inside.filter_map(|staff| candidate(staff, input, first, &targets));
    let candidates: Vec<_> = candidates.collect();
    let (total, aimed) = match input.metric {
        metric if !input.knows.measures(metric) => (Figure::NotMeasured, None),
        metric => totals(&candidates, metric),
    };
    let goals = goals(&candidates, input);
    let expected = shares(input.metric, &aims_of(input));
    let (mut ranked, unranked) = standings(&candidates);
    list_tied(&mut ranked, &candidates, input);
    let (earlier, rewards) = begun(input);
    let moved = movements(&ranked, earlier);
    let (next, is_over) = (to_next(&ranked), is_over(input));
    let mut rows = Vec::with_capacity(candidates.len());
    let mut candidates: Vec<Option<Candidate<'_>>> = candidates.into_iter().map(Some).collect();
    let mut take = |place: usize| candidates.get_mut(place).and_then(Option::take);
    for (((rank, standing), movement), next) in ranked.iter().zip(moved).zip(next) {
        if let Some(candidate) = take(standing.place) {
            let asked = RewardQuestion {
                metric_code: code(input.metric),
                calendar: rules,
                value: standing.value,
                target: candidate.target,
                is_share: input.metric == BoardMetric::Achievement,
                ranked: &ranked,
            };
            let place = Place {
                rank: Some(*rank),
                movement,
                reached_at: standing.reached_at,
                to_next: next,
                // Of a period that is over nobody gets more.
                to_reward: next_reward(rewards, asked).filter(|_| !is_over),
                rewards: reached_rewards(rewards, asked).cloned().collect(),
            };
            rows.push(row(candidate, place, (input.metric, &expected)));
        }
    }
    for place in unranked {
        if let Some(candidate) = take(place) {
            rows.push(row(candidate, Place::default(), (input.metric, &expected)));
        }
    }
    BoardPage {
        stamp: input.stamp.clone(),
        metric: input.metric,
        rows: rows.into(),
        total,
        aimed,
        goals,
        compared_with: earlier.map(|board| board.taken_at),
        uncredited: uncredited(input),
    }
}

/// The board compared with, and the rewards: nobody has moved in a period that has not begun, and nothing is to be had in it yet.
fn begun<'a>(input: &BoardInput<'a>) -> (Option<&'a BoardSnapshot>, &'a [RewardStep]) {
    if input.stamp.is_ahead(input.zone) {
        (None, &[])
    } else {
        (input.earlier, input.rewards)
    }
}

impl BoardRow {
    /// The name, and where somebody else has it too, the userid after it.
    pub fn called(&self) -> SafeText {
        if self.has_namesake {
            SafeText::new(&told_apart(self.name.as_str(), self.id.as_str()))
        } else {
            self.name.clone()
        }
    }
}

impl BoardPage {
    /// The metric whose sum the board tells; `None` of achievements, which are of either GMV.
    pub fn ranked_code(&self) -> Option<&'static str> {
        match self.metric {
            BoardMetric::NetGmv => Some("net_gmv_refund"),
            BoardMetric::Gmv => Some("gmv"),
            BoardMetric::Adds => Some("adds"),
            BoardMetric::Orders => Some("orders"),
            BoardMetric::Achievement => None,
        }
    }

    /// The scope's own target of what is ranked. People are held against net targets before gross ones, and so is the
    /// whole; each against its own money.
    pub fn goal(&self) -> Option<&Goal> {
        let of = |code: &str| self.goals.iter().find(|goal| goal.metric.code == code);
        match self.metric {
            BoardMetric::NetGmv | BoardMetric::Achievement => {
                of("net_gmv_refund").or_else(|| of("gmv"))
            }
            BoardMetric::Gmv => of("gmv"),
            BoardMetric::Adds => of("adds"),
            BoardMetric::Orders => of("orders"),
        }
    }
}

/// The ranked, and the places of the unranked by id.
fn standings(candidates: &[Candidate<'_>]) -> (Vec<(u32, Standing)>, Vec<usize>) {
    let mut ranked = Vec::with_capacity(candidates.len());
    let mut unranked = Vec::new();
    for (place, candidate) in candidates.iter().enumerate() {
        match candidate.value() {
            Some(value) => ranked.push(Standing {
                id: candidate.staff.id.clone(),
                place,
                value,
                reached_at: None,
                achievement: candidate.achievement,
            }),
            None => unranked.push((&candidate.staff.id, place)),
        }
    }
    unranked.sort_unstable();
    let unranked = unranked.into_iter().map(|(_, place)| place).collect();
    (rank(ranked), unranked)
}

/// Nothing of the period is still to come.
fn is_over(input: &BoardInput<'_>) -> bool {
    let now = AsOf {
        unix: input.stamp.as_of,
        zone: input.zone,
    };
    now.open_day() > input.stamp.period.to
}

/// The day whose rules count: the period's last, or today while it goes on.
fn rule_day(input: &BoardInput<'_>) -> Day {
    let period = input.stamp.period;
    let today = input.zone.day_of(input.stamp.as_of);
    today.clamp(period.from, period.to)
}

/// Lists those who share a rank by who reached it first.
fn list_tied(ranked: &mut [(u32, Standing)], candidates: &[Candidate<'_>], input: &BoardInput<'_>) {
    let ties: Vec<Tie<'_>> = tied(ranked)
        .filter_map(|standing| candidates.get(standing.place))
        .filter(|candidate| candidate.has_moved())
        .map(|candidate| Tie {
            id: &candidate.staff.id,
            measure: candidate.measure(),
        })
        .collect();
    if ties.is_empty() {
        return;
    }
    let reached = (input.reached)(&ties);
    if reached.is_empty() {
        return;
    }
    for standing in tied(ranked) {
        standing.reached_at = reached.get(&standing.id).copied();
    }
    list_ties(ranked);
}

/// What is on nobody's row, in the measure of the board; an achievement board says it in net money.
fn uncredited(input: &BoardInput<'_>) -> Figure {
    let counts = &input.uncredited;
    let net = counts.gross.0.saturating_sub(counts.refunds.0);
    match input.metric {
        BoardMetric::NetGmv | BoardMetric::Achievement => input.knows.sold(Figure::Money(Fen(net))),
        BoardMetric::Gmv => input.knows.sold(Figure::Money(counts.gross)),
        BoardMetric::Orders => input.knows.sold(Figure::Count(counts.orders.into())),
        BoardMetric::Adds => input.knows.added(counts.adds),
    }
}

/// The targets of the scope.
fn aims_of<'a>(input: &BoardInput<'a>) -> Goals<'a> {
    let stamp = &input.stamp;
    let now = AsOf {
        unix: stamp.as_of,
        zone: input.zone,
    };
    let org = stamp.org.as_ref().map(|org| org.0);
    Goals::new(input.targets, org, stamp.period, now).paced(input.daily)
}

/// The scope held against its own targets.
fn goals(candidates: &[Candidate<'_>], input: &BoardInput<'_>) -> Vec<Goal> {
    let counts = match &input.everybody {
        Some(counts) => counts.clone(),
        None => StaffCounts::sum(candidates.iter().map(|c| &c.counts)),
    };
    let goals = aims_of(input);
    let net = Fen(counts.gross.0.saturating_sub(counts.refunds.0));
    let figures = [
        ("net_gmv_refund", input.knows.sold(Figure::Money(net))),
        ("gmv", input.knows.sold(Figure::Money(counts.gross))),
        (
            "orders",
            input.knows.sold(Figure::Count(counts.orders.into())),
        ),
        ("adds", input.knows.added(counts.adds)),
    ];
    let held = figures.map(|(code, figure)| goals.hold(code, figure));
    held.into_iter().flatten().collect()
}

/// Where somebody stands.
struct Place<'a> {
    rank: Option<u32>,
    movement: Movement,
    reached_at: Option<i64>,
    to_next: Option<f64>,
    to_reward: Option<(f64, &'a SafeText)>,
    rewards: Vec<SafeText>,
}

impl Default for Place<'_> {
    fn default() -> Self {
        Self {
            rank: None,
            movement: Movement::Unknown,
            reached_at: None,
            to_next: None,
            to_reward: None,
            rewards: Vec::new(),
        }
    }
}

fn row(
    candidate: Candidate<'_>,
    place: Place<'_>,
    (metric, shares): (BoardMetric, &Shares),
) -> BoardRow {
    let distance = |x: f64| match metric {
        // Points of achievement.
        BoardMetric::Achievement => Figure::Rate(Rate {
            num: x * 1_000.0,
            den: 1_000.0,
        }),
        BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Adds | BoardMetric::Orders => {
            amount(metric, nearest(x.ceil()))
        }
    };
    let aimed = candidate.target;
    let value = match (metric, aimed) {
        _ if !candidate.is_measured() => Figure::NotMeasured,
        (BoardMetric::Achievement, aimed) => {
            let num = candidate.amount.max(0) as f64;
            let den = aimed.map_or(0.0, |target| target.target.max(0.0));
            Rate { num, den }.figure()
        }
        (BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Adds | BoardMetric::Orders, _) => {
            amount(metric, candidate.amount)
        }
    };
    let (outside_orders, outside) = outside(&candidate, metric);
    let band = aimed
        .filter(|_| candidate.is_measured())
        .and_then(|t| target::band(candidate.amount as f64, t, Better::Higher));
    let aim = aimed.and_then(|t| find(&t.metric_code)).map(|m| m.code);
    BoardRow {
        id: candidate.staff.id.clone(),
        name: candidate.staff.name.clone(),
        has_namesake: candidate.has_namesake,
        dept: candidate.staff.dept_name.clone(),
        rank: place.rank,
        movement: place.movement,
        value,
        reached_at: place.reached_at,
        orders: candidate.knows.sales.then_some(candidate.counts.orders),
        adds: candidate.knows.adds.then_some(candidate.counts.adds),
        refunds: candidate.knows.sales.then_some(candidate.counts.refunds),
        outside_orders,
        outside,
        target: aimed.map_or(Figure::NoValue, |t| amount(metric, nearest(t.target))),
        aim,
        achievement: candidate.achievement,
        band,
        course: course((band, candidate.achievement), aim, shares),
        to_next: place.to_next.map_or(Figure::NoValue, distance),
        to_reward: place.to_reward.map(|(x, text)| (distance(x), text.clone())),
        rewards: place.rewards,
        trend: candidate.counts.trend,
        left: candidate.gone,
    }
}

/// Orders and money of people outside the pool behind a row, in the terms of its value.
fn outside(candidate: &Candidate<'_>, metric: BoardMetric) -> (u32, Fen) {
    let outside = candidate.counts.outside;
    let net = Fen(outside.gross.0.saturating_sub(outside.refunds.0));
    let money = match metric {
        BoardMetric::Adds => return (0, Fen(0)),
        BoardMetric::NetGmv => net,
        BoardMetric::Gmv | BoardMetric::Orders => outside.gross,
        // Held against a gross target, or against a net one.
        BoardMetric::Achievement => match candidate.target {
            Some(target) if target.metric_code == "net_gmv_refund" => net,
            Some(_) | None => outside.gross,
        },
    };
    (outside.orders, money)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DeptId;
    use crate::domain::kpi::{KpiBand, SubjectKind};
    use crate::domain::leaderboard::{Outside, RewardKind};
    use crate::domain::period::Period;
    use crate::domain::period::PeriodKind;

    fn march() -> Period {
        let first = Day::parse("2026-03-01").unwrap();
        Period {
            from: first,
            to: first.plus(30),
        }
    }

    /// Of March, in its last minute.
    fn stamp() -> Stamp {
        Stamp {
            revision: 1,
            as_of: Zone::default().start_of(march().to.plus(1)) - 60,
            period: march(),
            partial: false,
            org: None,
            filter: String::new(),
            named: crate::filter::Filter::default(),
        }
    }

    fn staff(id: &str, role: &str) -> StaffFacts {
        StaffFacts {
            id: StaffId::from(id),
            name: SafeText::new(id),
            dept: None,
            dept_name: SafeText::new("静安店"),
            role: SafeText::new(role),
            left_at: None,
            left: false,
            has_namesake: false,
        }
    }

    fn goal(id: &str, code: &str, value: f64) -> TargetFacts {
        TargetFacts {
            metric_code: code.into(),
            subject_kind: SubjectKind::Staff,
            subject_id: id.into(),
            period_kind: PeriodKind::Month,
            period_start: march().from,
            period_end: march().to,
            floor: None,
            target: value,
            stretch: None,
            penalty_allowed: true,
        }
    }

    /// a sold 100 and refunded 10; b and c netted 90 (b with the smaller target); d nothing; the director sold 5 once;
    /// the planner nothing; the leaver sold 50; another leaver nothing.
    fn counts(id: &StaffId) -> StaffCounts {
        let (gross, refunds, orders, adds) = match id.as_str() {
            "a" => (10_000, 1_000, 3, 0),
            "b" => (9_000, 0, 2, 7),
            "c" => (9_500, 500, 4, 1),
            "director" => (500, 0, 1, 0),
            "leaver" => (5_000, 0, 1, 0),
            _ => (0, 0, 0, 0),
        };
        StaffCounts {
            gross: Fen(gross),
            refunds: Fen(refunds),
            orders,
            outside: Outside {
                orders: orders.min(1),
                gross: Fen(gross / 4),
                refunds: Fen(refunds / 2),
            },
            adds,
            trend: vec![gross],
        }
    }

    fn everybody() -> Vec<StaffFacts> {
        let mut all = vec![
            staff("a", "sales"),
            staff("b", "sales"),
            staff("c", "distributor"),
            staff("d", "sales"),
            staff("director", "director"),
            staff("planner", "campaign_planner"),
            staff("leaver", "sales"),
            staff("long_gone", "sales"),
        ];
        for gone in &mut all[6..] {
            gone.left = true;
            gone.left_at = Some(5);
        }
        all
    }

    fn reward(kind: RewardKind, text: &str) -> RewardStep {
        RewardStep::monthly(kind, text)
    }

    fn board(metric: BoardMetric, in_scope: &dyn Fn(&StaffFacts) -> bool) -> BoardPage {
        aimed(metric, in_scope, &goals_of_three())
    }

    fn goals_of_three() -> [TargetFacts; 3] {
        [
            goal("a", "net_gmv_refund", 10_000.0),
            goal("b", "net_gmv_refund", 6_000.0),
            goal("c", "net_gmv_refund", 9_000.0),
        ]
    }

    fn aimed(
        metric: BoardMetric,
        in_scope: &dyn Fn(&StaffFacts) -> bool,
        targets: &[TargetFacts],
    ) -> BoardPage {
        let rewards = [reward(RewardKind::Threshold(9_500.0), "¥500")];
        board_of((metric, in_scope), stamp(), (targets, &rewards))
    }

    fn board_of(
        (metric, in_scope): (BoardMetric, &dyn Fn(&StaffFacts) -> bool),
        stamp: Stamp,
        (targets, rewards): (&[TargetFacts], &[RewardStep]),
    ) -> BoardPage {
        let all = everybody();
        let earlier = BoardSnapshot {
            taken_at: 77,
            values: [("c", 8_000.0), ("a", 7_000.0), ("b", 6_000.0)]
                .map(|(id, v)| (StaffId::from(id), v))
                .to_vec(),
        };
        page(&BoardInput {
            stamp,
            zone: Zone::default(),
            metric,
            staff: &all,
            in_scope,
            counts: &counts,
            daily: None,
            targets,
            earlier: Some(&earlier),
            rewards,
            uncredited: StaffCounts {
                gross: Fen(400),
                refunds: Fen(79),
                ..StaffCounts::default()
            },
            knows: Known::ALL,
            reached: &|_| HashMap::new(),
            everybody: None,
        })
    }

    #[test]
    fn what_was_earned_stands_and_of_a_month_that_is_over_nobody_gets_more() {
        let rewards = [
            reward(RewardKind::Threshold(5_000.0), "¥200"),
            reward(RewardKind::Threshold(9_500.0), "¥500"),
            reward(RewardKind::Rank(1), "榜首"),
            reward(RewardKind::Attainment(KpiBand::Met), "达标"),
        ];
        let zone = Zone::default();
        let end = zone.start_of(march().to.plus(1));
        let of = |as_of: i64| {
            let stamp = Stamp { as_of, ..stamp() };
            let targets = goals_of_three();
            board_of(
                (BoardMetric::NetGmv, &|_| true),
                stamp,
                (&targets, &rewards),
            )
        };
        let said = |row: &BoardRow| -> Vec<String> {
            row.rewards.iter().map(ToString::to_string).collect()
        };
        // Of 90: b of 60, c of 90, a of 100; the leaver sold 50, and d nothing.
        let expected: [(&str, &[&str]); 6] = [
            ("b", &["¥200", "榜首", "达标"]),
            ("c", &["¥200", "榜首", "达标"]),
            ("a", &["¥200", "榜首"]),
            ("leaver", &["¥200"]),
            ("director", &[]),
            ("d", &[]),
        ];
        for (as_of, is_over) in [(end - 2, false), (end - 1, true), (end + 9, true)] {
            let page = of(as_of);
            for (row, (id, earned)) in page.rows.iter().zip(expected) {
                assert_eq!(
                    (row.id.as_str(), said(row).join(" ")),
                    (id, earned.join(" "))
                );
                assert_eq!(row.to_reward.is_none(), is_over, "{id} at {as_of}");
            }
        }
    }

    fn places(page: &BoardPage) -> Vec<(Option<u32>, &str)> {
        page.rows.iter().map(|r| (r.rank, r.id.as_str())).collect()
    }

    #[test]
    fn a_target_of_nothing_is_none() {
        let targets = [
            goal("a", "gmv", 8_000.0),
            goal("b", "gmv", 6_000.0),
            goal("b", "net_gmv_refund", 0.0),
        ];
        let page = aimed(BoardMetric::Achievement, &|_| true, &targets);
        // 90 of 60 and 100 of 80, both gross.
        let first: Vec<_> = page.rows.iter().take(2).map(|r| r.achievement).collect();
        assert_eq!(places(&page)[..2], [(Some(1), "b"), (Some(2), "a")]);
        assert_eq!(first, [Some(1.5), Some(1.25)]);
        let reached = page.aimed.map(|aimed| (aimed.people, aimed.amount));
        assert_eq!(reached, Some((2, Figure::Money(Fen(19_000)))));
        let net = aimed(BoardMetric::NetGmv, &|_| true, &targets);
        assert_eq!(net.aimed.map(|aimed| aimed.people), None);
    }

    #[test]
    fn net_gmv_ties_share_a_rank_and_idle_sales_staff_stand_last() {
        let page = board(BoardMetric::NetGmv, &|_| true);
        assert_eq!(
            places(&page),
            [
                (Some(1), "b"),
                (Some(1), "c"),
                (Some(1), "a"),
                (Some(4), "leaver"),
                (Some(5), "director"),
                (Some(6), "d"),
            ],
            "all three netted 90; achievement 150 %, 100 %, 90 % lists them"
        );
        let b = &page.rows[0];
        assert_eq!(
            (b.value, b.achievement, b.band),
            (
                Figure::Money(Fen(9_000)),
                Some(1.5),
                Some(KpiBand::Exceeded)
            )
        );
        assert_eq!(b.to_next, Figure::NoValue);
        assert_eq!(
            b.to_reward,
            Some((Figure::Money(Fen(500)), SafeText::new("¥500")))
        );
        assert!(b.rewards.is_empty());
        assert_eq!(page.rows[2].refunds, Some(Fen(1_000)));
        assert_eq!(page.rows[3].to_next, Figure::Money(Fen(4_000)));
        assert!(page.rows[3].left);
        assert_eq!(page.total, Figure::Money(Fen(32_500)));
        // The director (5) and the leaver (50) have no target: 270 of 250, not 325.
        let aimed = page.aimed.unwrap();
        assert_eq!((aimed.people, aimed.achievement), (3, Some(1.08)));
        assert_eq!(aimed.amount, Figure::Money(Fen(27_000)));
        assert_eq!(aimed.target, Figure::Money(Fen(25_000)));
        assert_eq!(
            (page.compared_with, page.uncredited),
            (Some(77), Figure::Money(Fen(321)))
        );
        let moved: Vec<Movement> = page.rows.iter().take(4).map(|r| r.movement).collect();
        assert_eq!(
            moved,
            [
                Movement::Up(2),
                Movement::Same,
                Movement::Up(1),
                Movement::New
            ]
        );
    }

    #[test]
    fn leavers_without_a_sale_stay_with_their_target_for_the_days_they_worked() {
        let zone = Zone::default();
        let first = zone.start_of(march().from);
        // Left before March; in its first second; on the 20th; nobody knows when; in April, which has not come.
        let mut all: Vec<StaffFacts> = ["before", "first", "twentieth", "unknown", "april"]
            .map(|id| staff(id, "sales"))
            .to_vec();
        let left_at = [
            Some(first - 1),
            Some(first),
            Some(first + 19 * 86_400),
            None,
        ];
        for (leaver, left_at) in all.iter_mut().zip(left_at) {
            (leaver.left, leaver.left_at) = (true, left_at);
        }
        all[4].left_at = Some(first + 31 * 86_400);
        let targets: Vec<TargetFacts> = all
            .iter()
            .map(|s| goal(s.id.as_str(), "gmv", 1_000.0))
            .collect();
        let page = page(&BoardInput {
            stamp: Stamp {
                as_of: first + 25 * 86_400,
                partial: true,
                ..stamp()
            },
            zone,
            metric: BoardMetric::Gmv,
            staff: &all,
            in_scope: &|_| true,
            counts: &|_| StaffCounts::default(),
            daily: None,
            targets: &targets,
            earlier: None,
            rewards: &[],
            uncredited: StaffCounts::default(),
            knows: Known::ALL,
            reached: &|_| HashMap::new(),
            everybody: None,
        });
        let mut shown: Vec<(&str, bool)> = page
            .rows
            .iter()
            .map(|row| (row.id.as_str(), row.left))
            .collect();
        shown.sort_unstable();
        assert_eq!(
            shown,
            [("april", false), ("first", true), ("twentieth", true)]
        );
        let aimed = page.aimed.unwrap();
        assert_eq!((aimed.people, aimed.target), (3, Figure::Money(Fen(3_000))));
    }

    #[test]
    fn ranks_and_movement_are_computed_again_inside_the_scope() {
        let page = board(BoardMetric::NetGmv, &|s| {
            matches!(s.id.as_str(), "a" | "leaver" | "director")
        });
        assert_eq!(
            places(&page),
            [(Some(1), "a"), (Some(2), "leaver"), (Some(3), "director")]
        );
        assert_eq!(page.rows[0].movement, Movement::Same);
    }

    #[test]
    fn people_without_a_target_stand_unranked_on_an_achievement_board() {
        let page = board(BoardMetric::Achievement, &|_| true);
        assert_eq!(
            places(&page),
            [
                (Some(1), "b"),
                (Some(2), "c"),
                (Some(3), "a"),
                (None, "d"),
                (None, "director"),
                (None, "leaver")
            ]
        );
        assert_eq!(
            page.rows[0].value,
            Figure::Rate(Rate {
                num: 9_000.0,
                den: 6_000.0
            })
        );
        assert_eq!(page.rows[3].value, Figure::NoValue);
        assert_eq!(
            page.total,
            Figure::Rate(Rate {
                num: 27_000.0,
                den: 25_000.0
            })
        );
    }

    #[test]
    fn net_and_gross_targets_do_not_add_up_on_an_achievement_board() {
        let all = everybody();
        let of = |codes: [&str; 2]| {
            let [a, b] = codes;
            let targets = [goal("a", a, 10_000.0), goal("b", b, 6_000.0)];
            let page = page(&BoardInput {
                stamp: stamp(),
                zone: Zone::default(),
                metric: BoardMetric::Achievement,
                staff: &all,
                in_scope: &|_| true,
                counts: &counts,
                daily: None,
                targets: &targets,
                earlier: None,
                rewards: &[],
                uncredited: StaffCounts::default(),
                knows: Known::ALL,
                reached: &|_| HashMap::new(),
                everybody: None,
            });
            let aimed = page.aimed.map(|aimed| aimed.people);
            (aimed, page.total == Figure::NoValue)
        };
        assert_eq!(of(["net_gmv_refund", "gmv"]), (None, true));
        assert_eq!(of(["gmv", "gmv"]), (Some(2), false));
        assert_eq!(of(["net_gmv_refund", "net_gmv_refund"]), (Some(2), false));
    }

    #[test]
    fn what_people_outside_the_pool_bought_is_said_in_the_terms_of_the_board() {
        // a: 1 order of theirs, paid 2,500 and given back 500; c: paid 2,375 and given back 250.
        let of = |metric, id: &str| {
            let page = board(metric, &|_| true);
            let row = page.rows.iter().find(|row| row.id.as_str() == id).unwrap();
            (row.outside_orders, row.outside.0)
        };
        assert_eq!(of(BoardMetric::NetGmv, "a"), (1, 2_000));
        assert_eq!(of(BoardMetric::Gmv, "a"), (1, 2_500));
        assert_eq!(of(BoardMetric::Orders, "c"), (1, 2_375));
        assert_eq!(
            of(BoardMetric::Achievement, "c"),
            (1, 2_125),
            "a net target"
        );
        assert_eq!(of(BoardMetric::Adds, "a"), (0, 0));
    }

    #[test]
    fn a_scope_is_held_against_its_own_target_with_what_is_on_nobodys_row() {
        let whole = TargetFacts {
            subject_kind: SubjectKind::Workspace,
            subject_id: String::new(),
            ..goal("", "gmv", 50_000.0)
        };
        let held = |everybody: Option<i64>, org: Option<i64>| {
            let targets = [
                goal("a", "net_gmv_refund", 10_000.0),
                whole.clone(),
                TargetFacts {
                    subject_kind: SubjectKind::Dept,
                    subject_id: "3".into(),
                    ..whole.clone()
                },
            ];
            let page = page(&BoardInput {
                stamp: Stamp {
                    org: org.map(|id| (DeptId(id), SafeText::new("店"))),
                    ..stamp()
                },
                zone: Zone::default(),
                metric: BoardMetric::NetGmv,
                staff: &everybody_of(&["a", "b"]),
                in_scope: &|_| true,
                counts: &counts,
                daily: None,
                targets: &targets,
                earlier: None,
                rewards: &[],
                uncredited: StaffCounts::default(),
                knows: Known::ALL,
                reached: &|_| HashMap::new(),
                everybody: everybody.map(|gross| StaffCounts {
                    gross: Fen(gross),
                    ..StaffCounts::default()
                }),
            });
            page.goal().map(|goal| (goal.held.actual, goal.gap()))
        };
        let money = |fen| Figure::Money(Fen(fen));
        assert_eq!(
            held(Some(20_000), None),
            Some((money(20_000), money(-30_000)))
        );
        // Of a department what a and b sold: 100 + 90.
        assert_eq!(held(None, Some(3)), Some((money(19_000), money(-31_000))));
        assert_eq!(held(None, Some(4)), None);
    }

    fn everybody_of(ids: &[&str]) -> Vec<StaffFacts> {
        ids.iter().map(|id| staff(id, "sales")).collect()
    }

    #[test]
    fn nobody_is_first_where_nobody_measured_and_money_lost_achieves_nothing() {
        let all = everybody_of(&["a", "b", "c"]);
        let targets = ["a", "b", "c"].map(|id| goal(id, "net_gmv_refund", 10_000.0));
        let board = |metric| {
            page(&BoardInput {
                stamp: stamp(),
                zone: Zone::default(),
                metric,
                staff: &all,
                in_scope: &|_| true,
                // a gave back more than she sold, b neither; c sold half of his target.
                counts: &|id| StaffCounts {
                    gross: Fen(if id.as_str() == "c" { 5_000 } else { 0 }),
                    refunds: Fen(if id.as_str() == "a" { 2_000 } else { 0 }),
                    ..StaffCounts::default()
                },
                daily: None,
                targets: &targets,
                earlier: None,
                rewards: &[],
                uncredited: StaffCounts::default(),
                knows: Known {
                    adds: false,
                    ..Known::ALL
                },
                reached: &|_| HashMap::new(),
                everybody: None,
            })
        };
        let adds = board(BoardMetric::Adds);
        assert_eq!(places(&adds), [(None, "a"), (None, "b"), (None, "c")]);
        assert_eq!(
            (adds.total, adds.uncredited),
            (Figure::NotMeasured, Figure::NotMeasured)
        );
        assert_eq!(
            (adds.rows[0].value, adds.rows[0].adds),
            (Figure::NotMeasured, None)
        );
        let achieved = board(BoardMetric::Achievement);
        assert_eq!(
            places(&achieved),
            [(Some(1), "c"), (Some(2), "a"), (Some(2), "b")]
        );
        assert_eq!(achieved.rows[1].value.number(), Some(0.0));
        let net = board(BoardMetric::NetGmv);
        assert_eq!(
            places(&net),
            [(Some(1), "c"), (Some(2), "b"), (Some(3), "a")]
        );
    }

    #[test]
    fn counts_are_ranked_as_counts() {
        let page = board(BoardMetric::Adds, &|_| true);
        assert_eq!(places(&page)[..2], [(Some(1), "b"), (Some(2), "c")]);
        assert_eq!((page.total, page.aimed), (Figure::Count(8), None));
        assert_eq!(
            board(BoardMetric::Orders, &|_| true).total,
            Figure::Count(11)
        );
        assert_eq!(
            board(BoardMetric::Gmv, &|_| true).total,
            Figure::Money(Fen(34_000))
        );
    }
}
