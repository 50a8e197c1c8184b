//! The leaderboard: ranks with ties, movement, distances (metrics.md 4.13).

use std::cmp::Ordering;

use super::kpi::{KpiBand, TargetFacts};
use super::period::PeriodKind;
use super::{Day, DeptId, Fen, SafeText, StaffId};

/// Movement against the last snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// Places won.
    Up(u32),
    /// Places lost.
    Down(u32),
    /// Same rank.
    Same,
    /// Not on the last board.
    New,
    /// There is no earlier board.
    Unknown,
}

/// A row of `staff`, as the board needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct StaffFacts {
    /// Identity.
    pub id: StaffId,
    /// Name.
    pub name: SafeText,
    /// Main department.
    pub dept: Option<DeptId>,
    /// Its name; empty when unknown.
    pub dept_name: SafeText,
    /// `staff.role`: `sales` and `distributor` are always on the board, others when they sold.
    pub role: SafeText,
    /// When they left the company, unix seconds.
    pub left_at: Option<i64>,
    /// `staff.wecom_status` is 5 (left).
    pub left: bool,
    /// Somebody else of the staff has the same name.
    pub has_namesake: bool,
}

/// Orders of people outside the pool: a figure has them, a list of customers has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outside {
    /// Paid orders in the period.
    pub orders: u32,
    /// Σ paid in the period.
    pub gross: Fen,
    /// Σ refunded in the period (positive).
    pub refunds: Fen,
}

/// What the engine counts for one member of staff over the period, inside the scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaffCounts {
    /// Σ paid of orders credited to them, paid in the period.
    pub gross: Fen,
    /// Σ refunds refunded in the period on orders credited to them (positive).
    pub refunds: Fen,
    /// Paid orders in the period.
    pub orders: u32,
    /// Of these, what people outside the pool ordered, paid and were given back.
    pub outside: Outside,
    /// Customers added in the period (`follow_event` of kind `add`).
    pub adds: u32,
    /// The ranked figure per day, last 7 days of the period or to today, oldest first; fen or count.
    pub trend: Vec<i64>,
}

/// What a competitor's value is counted in, and so which events move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Money kept: orders of more than nothing and refunds, of whichever order, move it.
    NetGmv,
    /// Money paid: orders of more than nothing move it.
    Gmv,
    /// Every paid order moves it.
    Orders,
    /// Every add moves it.
    Adds,
}

impl Measure {
    /// A paid order of so many fen moves it.
    pub fn is_moved_by_order(self, paid: i64) -> bool {
        match self {
            Self::NetGmv | Self::Gmv => paid != 0,
            Self::Orders => true,
            Self::Adds => false,
        }
    }

    /// Whether a refund moves the value, and so is an event at which the value was reached.
    pub fn is_moved_by_refund(self) -> bool {
        match self {
            Self::NetGmv => true,
            Self::Gmv | Self::Orders | Self::Adds => false,
        }
    }

    /// Whether adding a customer moves the value, and so is an event at which the value was reached.
    pub fn is_moved_by_add(self) -> bool {
        match self {
            Self::Adds => true,
            Self::NetGmv | Self::Gmv | Self::Orders => false,
        }
    }
}

impl StaffCounts {
    /// Money, orders and adds of several together; the rest is of one person alone and stays empty.
    pub fn sum<'a>(all: impl Iterator<Item = &'a Self>) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            gross: Fen(sum.gross.0.saturating_add(one.gross.0)),
            refunds: Fen(sum.refunds.0.saturating_add(one.refunds.0)),
            orders: sum.orders.saturating_add(one.orders),
            adds: sum.adds.saturating_add(one.adds),
            ..Self::default()
        })
    }
}

/// An earlier board (`leaderboard_snapshot` rows of one `taken_at`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoardSnapshot {
    /// When it was taken, unix seconds.
    pub taken_at: i64,
    /// Staff and their value then (fen or count); ranks are computed again inside the scope.
    pub values: Vec<(StaffId, f64)>,
}

/// A row of `incentive_rule` of scope `staff`.
#[derive(Clone, Debug, PartialEq)]
pub struct RewardStep {
    /// Code of the metric that is counted towards it.
    pub metric_code: String,
    /// Calendar it is paid for.
    pub period_kind: PeriodKind,
    /// What earns it.
    pub kind: RewardKind,
    /// What is won: `reward_text`, or the amount in words, or the rule's name.
    pub text: SafeText,
    /// Money that is won, fen; `None` for what is no money.
    pub amount: Option<Fen>,
    /// Valid from, included.
    pub valid_from: Option<Day>,
    /// Valid to, included.
    pub valid_to: Option<Day>,
}

/// What earns a reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RewardKind {
    /// Reaching a value, in the metric's unit (fen, count).
    Threshold(f64),
    /// Standing at this rank or better.
    Rank(u32),
    /// Reaching this band of the target.
    Attainment(KpiBand),
    /// A title given by people: no distance to it.
    Title,
}

/// One competitor: the value ranked and what lists equals.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Who.
    pub id: StaffId,
    /// Their place among those who were put in order.
    pub place: usize,
    /// The stored integer (fen, count) or the unrounded achievement; more is better.
    pub value: f64,
    /// When the value was reached, unix seconds, if known: the last event of the period that moved it. From that second on
    /// the running value has been what it is, though it may have been the same before.
    pub reached_at: Option<i64>,
    /// Achievement of their target, if any.
    pub achievement: Option<f64>,
}

/// Puts competitors in board order and ranks them by standard competition: 1, 2, 2, 4.
///
/// Equal means equal values, not equal prints. Equals are listed by who reached the value first, then by achievement,
/// then by id; the rank they share stays the same.
pub fn rank(mut standings: Vec<Standing>) -> Vec<(u32, Standing)> {
    // Most people of a board without sales stand in one place: the value alone decides between all others.
    standings.sort_by(|a, b| b.value.total_cmp(&a.value));
    for equals in standings.chunk_by_mut(|a, b| same(a.value, b.value)) {
        equals.sort_by(listing);
    }
    let mut ranked: Vec<(u32, Standing)> = Vec::with_capacity(standings.len());
    for (place, standing) in (1..).zip(standings) {
        let rank = match ranked.last() {
            Some((rank, above)) if same(above.value, standing.value) => *rank,
            Some(_) | None => place,
        };
        ranked.push((rank, standing));
    }
    ranked
}

/// Puts those who share a rank in the order of who reached it first, now that it is known; ranks stay.
pub fn list_ties(ranked: &mut [(u32, Standing)]) {
    for equals in ranked.chunk_by_mut(|(a, _), (b, _)| a == b) {
        equals.sort_by(|(_, a), (_, b)| listing(a, b));
    }
}

/// Competitors who share their rank with somebody.
pub fn tied(ranked: &mut [(u32, Standing)]) -> impl Iterator<Item = &mut Standing> {
    let groups = ranked.chunk_by_mut(|(a, _), (b, _)| a == b);
    let groups = groups.filter(|group| group.len() > 1);
    groups.flatten().map(|(_, standing)| standing)
}

fn listing(a: &Standing, b: &Standing) -> Ordering {
    b.value
        .total_cmp(&a.value)
        .then_with(|| known_first(a.reached_at, b.reached_at, |a, b| a.cmp(&b)))
        .then_with(|| known_first(a.achievement, b.achievement, |a, b| b.total_cmp(&a)))
        .then_with(|| a.id.cmp(&b.id))
}

fn known_first<T>(a: Option<T>, b: Option<T>, order: fn(T, T) -> Ordering) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => order(a, b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn same(a: f64, b: f64) -> bool {
    a.total_cmp(&b) == Ordering::Equal
}

/// Movement of everybody on the board against an earlier one. The earlier ranks are computed again among those who
/// compete now, so that a narrower scope moves nobody.
pub fn movements(ranked: &[(u32, Standing)], earlier: Option<&BoardSnapshot>) -> Vec<Movement> {
    let Some(earlier) = earlier else {
        return vec![Movement::Unknown; ranked.len()];
    };
    let now: std::collections::HashSet<&StaffId> = ranked.iter().map(|(_, s)| &s.id).collect();
    let then = rank(
        earlier
            .values
            .iter()
            .filter(|(id, _)| now.contains(id))
            .enumerate()
            .map(|(place, (id, value))| Standing {
                id: id.clone(),
                place,
                value: *value,
                reached_at: None,
                achievement: None,
            })
            .collect(),
    );
    let before: std::collections::HashMap<&StaffId, u32> =
        then.iter().map(|(rank, s)| (&s.id, *rank)).collect();
    ranked
        .iter()
        .map(|(rank, standing)| match before.get(&standing.id) {
            None => Movement::New,
            Some(before) => match before.cmp(rank) {
                Ordering::Greater => Movement::Up(before - rank),
                Ordering::Less => Movement::Down(rank - before),
                Ordering::Equal => Movement::Same,
            },
        })
        .collect()
}

/// How far each competitor is from the value of the next better rank; `None` for the first.
pub fn to_next(ranked: &[(u32, Standing)]) -> Vec<Option<f64>> {
    let mut distances = Vec::with_capacity(ranked.len());
    let mut better: Option<f64> = None;
    let mut at: Option<f64> = None;
    for (_, standing) in ranked {
        if at.is_none_or(|value| !same(value, standing.value)) {
            better = at;
            at = Some(standing.value);
        }
        distances.push(better.map(|better| better - standing.value));
    }
    distances
}

/// What a reward asks of one competitor.
#[derive(Clone, Copy, Debug)]
pub struct RewardQuestion<'a> {
    /// Metric ranked.
    pub metric_code: &'a str,
    /// Calendar unit of the board's period, and the day whose rules count: its last, or today where it still goes on;
    /// `None`: rewards are not paid for such a period.
    pub calendar: Option<(PeriodKind, Day)>,
    /// The competitor's value.
    pub value: f64,
    /// The competitor's target of the metric.
    pub target: Option<&'a TargetFacts>,
    /// The value is the share of the target that was reached (1 = all of it), not the amount.
    pub is_share: bool,
    /// The board.
    pub ranked: &'a [(u32, Standing)],
}

/// The nearest reward not yet earned: distance in the metric's unit, and what is won. At a border all equals win.
pub fn next_reward<'a>(
    steps: &'a [RewardStep],
    asked: RewardQuestion<'_>,
) -> Option<(f64, &'a SafeText)> {
    distances(steps, asked)
        .filter(|(distance, _)| *distance > 0.0)
        .min_by(|a, b| a.0.total_cmp(&b.0))
}

/// What was reached, in the order of the rules: of a period that is over what was won, before that what would be if it ended
/// now. At a border all equals win.
pub fn reached_rewards<'a>(
    steps: &'a [RewardStep],
    asked: RewardQuestion<'_>,
) -> impl Iterator<Item = &'a SafeText> {
    let reached = distances(steps, asked).filter(|(distance, _)| *distance <= 0.0);
    reached.map(|(_, text)| text)
}

/// How far it is to the rewards of the board's metric and period that rule on its day, and what is won.
fn distances<'a>(
    steps: &'a [RewardStep],
    asked: RewardQuestion<'_>,
) -> impl Iterator<Item = (f64, &'a SafeText)> {
    steps.iter().filter_map(move |step| {
        let (kind, day) = asked.calendar?;
        let rules = step.metric_code == asked.metric_code
            && step.period_kind == kind
            && step.valid_from.is_none_or(|from| from <= day)
            && step.valid_to.is_none_or(|to| day <= to);
        let wanted = rules.then(|| wanted(step, asked))??;
        Some((wanted - asked.value, &step.text))
    })
}

/// The value that earns a step.
fn wanted(step: &RewardStep, asked: RewardQuestion<'_>) -> Option<f64> {
    match step.kind {
        RewardKind::Threshold(value) => Some(value),
        RewardKind::Rank(worst) => {
            // The ranked stand in the order of their ranks. Who has nothing has won nothing, whatever their rank.
            let inside = asked.ranked.iter().take_while(|(rank, _)| *rank <= worst);
            let winners = inside.map(|(_, s)| s.value).filter(|value| *value > 0.0);
            let places = usize::try_from(worst).unwrap_or(usize::MAX);
            let is_open = winners.clone().count() < places && asked.value <= 0.0;
            if is_open && !asked.is_share {
                // The least there is wins a place that nobody holds: a fen, an add.
                return Some(1.0);
            }
            winners.min_by(f64::total_cmp)
        }
        RewardKind::Attainment(band) => {
            let target = asked.target.filter(|target| target.target > 0.0)?;
            let amount = match band {
                KpiBand::BelowFloor | KpiBand::Missed => return None,
                KpiBand::Met => target.target,
                KpiBand::Exceeded => {
                    let usual = target.target * super::kpi::target::STRETCH;
                    let stretch = target.stretch.filter(|stretch| *stretch >= target.target);
                    stretch.unwrap_or(usual)
                }
            };
            Some(if asked.is_share {
                amount / target.target
            } else {
                amount
            })
        }
        RewardKind::Title => None,
    }
}

#[cfg(test)]
impl RewardStep {
    /// A reward of a month's net GMV, without an amount, for all time.
    pub(crate) fn monthly(kind: RewardKind, text: &str) -> Self {
        Self {
            metric_code: "net_gmv_refund".into(),
            period_kind: PeriodKind::Month,
            kind,
            text: SafeText::new(text),
            amount: None,
            valid_from: None,
            valid_to: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::kpi::SubjectKind;

    fn standing(id: &str, value: i32, achievement: f64) -> Standing {
        Standing {
            id: StaffId::from(id),
            place: 0,
            value: f64::from(value),
            reached_at: None,
            achievement: Some(achievement),
        }
    }

    fn golden() -> Vec<Standing> {
        vec![
            standing("a", 100, 1.2),
            standing("b", 90, 0.9),
            standing("c", 90, 1.1),
            standing("d", 80, 1.0),
            standing("e", 0, 0.0),
        ]
    }

    fn ids(ranked: &[(u32, Standing)]) -> Vec<(u32, &str)> {
        ranked
            .iter()
            .map(|(rank, s)| (*rank, s.id.as_str()))
            .collect()
    }

    #[test]
    fn ranks_are_1_2_2_4_and_equals_are_listed_by_achievement() {
        assert_eq!(
            ids(&rank(golden())),
            [(1, "a"), (2, "c"), (2, "b"), (4, "d"), (5, "e")]
        );
    }

    #[test]
    fn who_reached_the_value_first_is_listed_first_but_not_ranked_higher() {
        let mut all = golden();
        all[1].reached_at = Some(100);
        all[2].reached_at = Some(200);
        assert_eq!(ids(&rank(all.clone()))[1..3], [(2, "b"), (2, "c")]);
        all[2].reached_at = None;
        all[1].reached_at = None;
        all[1].achievement = None;
        all[2].achievement = None;
        assert_eq!(
            ids(&rank(all))[1..3],
            [(2, "b"), (2, "c")],
            "the id decides last"
        );
    }

    #[test]
    fn movement_is_counted_among_those_who_compete_now() {
        let earlier = BoardSnapshot {
            taken_at: 1,
            values: [
                ("x", 500.0),
                ("b", 90.0),
                ("a", 80.0),
                ("d", 80.0),
                ("c", 10.0),
            ]
            .map(|(id, v)| (StaffId::from(id), v))
            .to_vec(),
        };
        // Then, without x: b 1, a 2, d 2, c 4. Now: a 1, c 2, b 2, d 4, e 5.
        let ranked = rank(golden());
        assert_eq!(
            movements(&ranked, Some(&earlier)),
            [
                Movement::Up(1),
                Movement::Up(2),
                Movement::Down(1),
                Movement::Down(2),
                Movement::New
            ]
        );
        assert_eq!(movements(&ranked, None), [Movement::Unknown; 5]);
    }

    #[test]
    fn the_distance_leads_to_the_next_better_rank_not_to_an_equal() {
        let distances = to_next(&rank(golden()));
        assert_eq!(
            distances,
            [None, Some(10.0), Some(10.0), Some(10.0), Some(80.0)]
        );
        assert_eq!(
            to_next(&rank(vec![standing("a", 5, 0.0), standing("b", 5, 0.0)])),
            [None, None]
        );
    }

    #[test]
    fn on_the_board_of_achievements_a_reward_is_a_share_of_the_target_away() {
        let target = |stretch| TargetFacts {
            metric_code: "attainment".into(),
            subject_kind: SubjectKind::Staff,
            subject_id: "d".into(),
            period_kind: PeriodKind::Month,
            period_start: Day(100),
            period_end: Day(130),
            floor: None,
            target: 4_000_000.0,
            stretch,
            penalty_allowed: true,
        };
        let steps = [KpiBand::Met, KpiBand::Exceeded].map(|band| RewardStep {
            metric_code: "attainment".into(),
            ..step(RewardKind::Attainment(band), "reward")
        });
        let distance = |value, stretch| {
            let asked = RewardQuestion {
                metric_code: "attainment",
                calendar: Some((PeriodKind::Month, Day(100))),
                value,
                target: Some(&target(stretch)),
                is_share: true,
                ranked: &[],
            };
            next_reward(&steps, asked).map(|(distance, _)| distance)
        };
        // Of 40,000 yuan a quarter is missing; then met, and 50,000 asked for more.
        assert_eq!(distance(0.75, Some(5_000_000.0)), Some(0.25));
        assert_eq!(distance(1.0, Some(5_000_000.0)), Some(0.25));
        assert_eq!(distance(1.25, Some(5_000_000.0)), None);
        let usual = super::super::kpi::target::STRETCH - 1.0;
        assert_eq!(distance(1.0, None), Some(usual));
    }

    fn step(kind: RewardKind, text: &str) -> RewardStep {
        RewardStep {
            valid_from: Some(Day(100)),
            ..RewardStep::monthly(kind, text)
        }
    }

    #[test]
    fn of_nothing_sold_nothing_is_won_though_the_rank_is_shared() {
        let ranked = rank(vec![
            standing("a", 80, 1.0),
            standing("b", 0, 0.0),
            standing("c", 0, 0.0),
            standing("d", -5, 0.0),
        ]);
        let short = |value: f64, worst: u32, is_share: bool| {
            let steps = [step(RewardKind::Rank(worst), "top")];
            let asked = RewardQuestion {
                metric_code: "net_gmv_refund",
                calendar: Some((PeriodKind::Month, Day(100))),
                value,
                target: None,
                is_share,
                ranked: &ranked,
            };
            let next = next_reward(&steps, asked).map(|(short, _)| short);
            assert_ne!(
                next.is_some(),
                reached_rewards(&steps, asked).next().is_some()
            );
            next
        };
        assert_eq!(short(80.0, 2, false), None);
        // A fen more, and the second place is theirs; the first is held.
        assert_eq!(short(0.0, 2, false), Some(1.0));
        assert_eq!(short(-5.0, 2, false), Some(6.0));
        assert_eq!(short(0.0, 1, false), Some(80.0));
        assert_eq!(short(0.0, 2, true), Some(80.0));
    }

    #[test]
    fn the_nearest_reward_not_yet_earned_is_named() {
        let ranked = rank(golden());
        let target = TargetFacts {
            metric_code: "net_gmv_refund".into(),
            subject_kind: SubjectKind::Staff,
            subject_id: "d".into(),
            period_kind: PeriodKind::Month,
            period_start: Day(100),
            period_end: Day(130),
            floor: None,
            target: 85.0,
            stretch: None,
            penalty_allowed: true,
        };
        let asked = RewardQuestion {
            metric_code: "net_gmv_refund",
            calendar: Some((PeriodKind::Month, Day(100))),
            value: 80.0,
            target: Some(&target),
            is_share: false,
            ranked: &ranked,
        };
        let steps = [
            step(RewardKind::Threshold(50.0), "earned"),
            step(RewardKind::Threshold(200.0), "far"),
            step(RewardKind::Rank(3), "top three"),
            step(RewardKind::Attainment(KpiBand::Met), "target"),
            step(RewardKind::Title, "title"),
        ];
        assert_eq!(
            next_reward(&steps, asked),
            Some((5.0, &SafeText::new("target")))
        );
        // The third place is shared by two seconds with 90.
        assert_eq!(
            next_reward(&steps[1..3], asked),
            Some((10.0, &SafeText::new("top three")))
        );
        // Nothing is paid for other calendars, other metrics or before the rule is valid.
        let other = |calendar| next_reward(&steps, RewardQuestion { calendar, ..asked });
        assert_eq!(other(Some((PeriodKind::Week, Day(100)))), None);
        assert_eq!(other(Some((PeriodKind::Month, Day(99)))), None);
        assert_eq!(other(None), None);
        assert_eq!(
            next_reward(
                &steps,
                RewardQuestion {
                    metric_code: "adds",
                    ..asked
                }
            ),
            None
        );
        assert_eq!(
            next_reward(&steps[..1], asked),
            None,
            "everything is earned"
        );
    }
}
