//! The health score: parts, thresholds, gates and bands (metrics.md 4.8).
//!
//! The thresholds are only defaults: public benchmarks contradict each other, so a workspace may use its own fleet
//! ([`HealthMode::Fleet`]), and every part carries the bounds it was judged by.

use super::super::{AsOf, Figure, Rate};
use super::age::{is_forgotten, is_silent, is_stale};
use super::{Buyers, GroupFacts, HealthBand, HealthFlag, HealthPart, WEEK};

/// Which thresholds rule (`meta.health_mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HealthMode {
    /// The defaults of the table.
    #[default]
    Defaults,
    /// The workspace's own P10 → P75, part by part, once [`MIN_FLEET`] groups are measured.
    Fleet,
}

/// Groups measured before a fleet's own percentiles say something.
pub const MIN_FLEET: usize = 30;
/// Weight that must be measured for a health score.
pub const MIN_COVERAGE: f64 = 60.0;
/// Weight that must be measured for a structure score, half of what it is made of: without a day of the week measured
/// there are at most its buyers and tasks, and they say nothing of how a group stands.
pub const MIN_STRUCTURE: f64 = 25.0;
/// Fewer external members than this: no score.
pub const MIN_MEMBERS: u32 = 10;

/// How many parts there are.
const PARTS: usize = 9;

/// A part of the score as the table has it.
struct Part {
    code: &'static str,
    weight: f64,
    /// Floor and target; `None` = there is no default, only a fleet's.
    bounds: Option<(f64, f64)>,
    /// Needs no speech: belongs to the structure score.
    structural: bool,
    /// Judges a group that is planned to end.
    conversion: bool,
    /// A fleet's floor is 0 (only its target is taken from P75).
    from_zero: bool,
}

impl Part {
    /// A mean in minutes, and no share of anything.
    fn is_mean(&self) -> bool {
        self.code == "group_first_reply"
    }
}

const fn part(code: &'static str, weight: f64, floor: f64, target: f64) -> Part {
    Part {
        code,
        weight,
        bounds: Some((floor, target)),
        structural: false,
        conversion: false,
        from_zero: false,
    }
}

/// The table, in the order shown.
const TABLE: [Part; PARTS] = [
    part("group_speakers_daily", 20.0, 0.01, 0.10),
    part("group_speakers_7d", 15.0, 0.05, 0.35),
    Part {
        structural: true,
        ..part("group_net_growth", 10.0, -0.03, 0.03)
    },
    Part {
        structural: true,
        ..part("group_exit_rate", 15.0, 0.05, 0.005)
    },
    part("group_answered_30m", 10.0, 0.50, 0.95),
    part("group_first_reply", 5.0, 30.0, 3.0),
    Part {
        structural: true,
        conversion: true,
        from_zero: true,
        ..part("group_buyers_30d", 10.0, 0.0, 0.05)
    },
    Part {
        bounds: None,
        structural: true,
        conversion: true,
        from_zero: true,
        ..part("group_click_rate", 5.0, 0.0, 0.0)
    },
    Part {
        structural: true,
        ..part("group_sop_on_time", 10.0, 0.60, 1.0)
    },
];

/// What was measured of a group, in the order of the parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures([Figure; PARTS]);

impl Measures {
    /// The sub-metrics of a group; no `buyers` = orders unknown, or members nobody listed.
    pub fn of(facts: &GroupFacts, buyers: Option<Buyers>) -> Self {
        let week = &facts.week;
        let members = week.members_end.or(week.members);
        let days = f64::from(week.speaker_n.max(1));
        let net = both(week.joined, week.left).map(|(j, l)| f64::from(j) - f64::from(l));
        let exposed = both(week.members_start, week.joined).map(|(m, j)| m.saturating_add(j));
        Self([
            // Means of the days measured; their quotient is Σ speakers ÷ Σ members.
            rate(
                week.speaker_days.map(|sum| f64::from(sum) / days),
                Some(f64::from(week.member_days) / days),
            ),
            rate(number(week.speakers_7d), number(members)),
            rate(net, number(week.members_start)),
            rate(number(week.left), number(exposed)),
            rate(number(week.answered_30m), number(week.questions)),
            match both(week.first_reply_s, week.first_reply_n) {
                None => Figure::NotMeasured,
                Some((_, 0)) => Figure::NoValue,
                Some((seconds, n)) => Figure::Rate(Rate {
                    num: f64::from(seconds) / 60.0,
                    den: f64::from(n),
                }),
            },
            // Buyers are sought among the members of now. The last statistics are of yesterday mostly, and a list that was
            // imported once may be older than they: whoever is known of is counted, so that no part outgrows the whole.
            rate(
                number(buyers.map(|buyers| buyers.bought)),
                number(buyers.map(|buyers| buyers.among).max(week.members)),
            ),
            rate(number(week.clicks), number(members)),
            rate(
                Some(f64::from(facts.sop_on_time)),
                Some(f64::from(facts.sop_due)),
            ),
        ])
    }

    fn value(&self, at: usize) -> Option<f64> {
        match *self.0.get(at)? {
            Figure::Rate(rate) => rate.value(),
            Figure::Number(x) => Some(x),
            Figure::Count(_) | Figure::Money(_) | Figure::NoValue | Figure::NotMeasured => None,
        }
        .filter(|x| x.is_finite())
    }
}

/// Floor and target per part; `None` = the part is shown but not judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    bounds: [Option<(f64, f64)>; PARTS],
    /// At least one part is judged by the workspace's own P10 → P75.
    pub fleet: bool,
}

impl Thresholds {
    /// The thresholds for a workspace with these groups. The click rate has no default: its target is the fleet's P75 in
    /// both modes.
    pub fn of(mode: HealthMode, groups: &[Measures]) -> Self {
        let mut bounds = TABLE.map(|part| part.bounds);
        let mut fleet = false;
        for (at, (part, bounds)) in TABLE.iter().zip(bounds.iter_mut()).enumerate() {
            if part.bounds.is_some() && mode == HealthMode::Defaults {
                continue;
            }
            let mut values: Vec<f64> = groups.iter().filter_map(|g| g.value(at)).collect();
            values.sort_unstable_by(f64::total_cmp);
            if let Some(own) = own_bounds(&values, part) {
                *bounds = Some(own);
                fleet |= mode == HealthMode::Fleet;
            }
        }
        Self { bounds, fleet }
    }
}

/// P10 → P75 of sorted values (P90 → P25 where less is better); `None` while too few or all alike.
fn own_bounds(values: &[f64], part: &Part) -> Option<(f64, f64)> {
    if values.len() < MIN_FLEET {
        return None;
    }
    let lower_is_better = part.bounds.is_some_and(|(floor, target)| target < floor);
    let (floor, target) = if lower_is_better {
        (nearest_rank(values, 90)?, nearest_rank(values, 25)?)
    } else {
        (nearest_rank(values, 10)?, nearest_rank(values, 75)?)
    };
    let floor = if part.from_zero { 0.0 } else { floor };
    let in_order = if lower_is_better {
        target < floor
    } else {
        floor < target
    };
    in_order.then_some((floor, target))
}

fn nearest_rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// A judged group.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// 0..=100, unrounded; `None` behind a gate or with under [`MIN_COVERAGE`] measured.
    pub score: Option<f64>,
    /// Structure score where the health score is missing for lack of speech.
    pub structure: Option<f64>,
    /// Weight measured, of 100.
    pub coverage: f64,
    /// Band after the gates.
    pub band: HealthBand,
    /// What is remarkable whatever the score, in the order in which [`HealthFlag`] names them.
    pub flags: Vec<HealthFlag>,
    /// The nine measures behind the score (metrics.md 4.8), measured or not.
    pub parts: Vec<HealthPart>,
}

/// Judges a group.
pub fn judge(facts: &GroupFacts, measures: &Measures, by: &Thresholds, now: AsOf) -> Health {
    let parts = parts(measures, by);
    let flags = flags(facts, measures, now);
    let flash = flags.contains(&HealthFlag::Flash);
    let coverage = mean(&parts, |_| true).map_or(0.0, |(_, weight)| weight);
    let mut health = Health {
        score: None,
        structure: None,
        coverage,
        band: HealthBand::New,
        flags,
        parts,
    };
    if is_new(facts, flash, now) {
        return health;
    }
    health.score = if flash {
        mean(&health.parts, |part| part.conversion)
            .filter(|_| !is_forgotten(facts, now))
            .map(|(score, _)| score)
    } else {
        mean(&health.parts, |_| true)
            .filter(|(_, weight)| *weight >= MIN_COVERAGE)
            .map(|(score, _)| score)
    };
    if health.score.is_none() {
        health.structure = mean(&health.parts, |part| part.structural)
            .filter(|(_, weight)| *weight >= MIN_STRUCTURE)
            .map(|(score, _)| score);
    }
    health.band = band(health.score, &health.flags);
    health
}

/// Score per part: where the measure lies between floor and target.
fn parts(measures: &Measures, by: &Thresholds) -> Vec<HealthPart> {
    let cells = measures.0.iter().zip(&by.bounds).enumerate();
    TABLE
        .iter()
        .zip(cells)
        .map(|(part, (at, (measured, bounds)))| HealthPart {
            code: part.code,
            weight: part.weight,
            measured: if part.is_mean() {
                mean_of(*measured)
            } else {
                *measured
            },
            cases: cases(part, *measured),
            score: measures
                .value(at)
                .zip(*bounds)
                .map(|(x, (floor, target))| ((x - floor) / (target - floor)).clamp(0.0, 1.0)),
            bounds: bounds.unwrap_or((0.0, 0.0)),
        })
        .collect()
}

/// A mean as it is told: what its cases add up to, over them.
fn mean_of(measured: Figure) -> Figure {
    if let Figure::Rate(rate) = measured {
        rate.value().map_or(Figure::NoValue, Figure::Number)
    } else {
        measured
    }
}

/// What a mean is of.
fn cases(part: &Part, measured: Figure) -> Option<f64> {
    if let (true, Figure::Rate(rate)) = (part.is_mean(), measured) {
        Some(rate.den)
    } else {
        None
    }
}

/// `100 × Σ(weight × score) ÷ Σ weight` over the measured parts chosen, and that weight; `None` without any.
fn mean(parts: &[HealthPart], chosen: impl Fn(&Part) -> bool) -> Option<(f64, f64)> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for (part, judged) in TABLE.iter().zip(parts) {
        if let Some(score) = judged.score
            && chosen(part)
        {
            sum += part.weight * score;
            weight += part.weight;
        }
    }
    (weight > 0.0).then(|| (100.0 * sum / weight, weight))
}

/// Too young or too small for a score. A group that is planned to end is never too young.
fn is_new(facts: &GroupFacts, flash: bool, now: AsOf) -> bool {
    let age = now
        .today()
        .0
        .saturating_sub(now.zone.day_of(facts.created_at).0);
    let small = facts.week.members.is_some_and(|n| n < MIN_MEMBERS);
    small || (age < WEEK && !flash)
}

fn flags(facts: &GroupFacts, measures: &Measures, now: AsOf) -> Vec<HealthFlag> {
    let week = &facts.week;
    let exits = measures.value(3).is_some_and(|rate| rate > 0.05);
    // The capacity holds staff too.
    let full = week.everybody.or(week.members).is_some_and(|inside| {
        facts.capacity > 0 && u64::from(inside) * 100 >= u64::from(facts.capacity) * 95
    });
    // Under 20 messages three people always write most of them.
    let few_voices = both(week.top3, week.top3_of)
        .is_some_and(|(top, of)| of >= 20 && u64::from(top) * 100 > u64::from(of) * 80);
    [
        (is_silent(facts, now), HealthFlag::Silent),
        (exits, HealthFlag::Exits),
        (facts.wecom_status == 1, HealthFlag::OwnerLeft),
        (full, HealthFlag::Full),
        (few_voices, HealthFlag::FewVoices),
        (facts.kind.as_str() == "flash", HealthFlag::Flash),
        (is_stale(facts, now), HealthFlag::Stale),
    ]
    .into_iter()
    .filter_map(|(raised, flag)| raised.then_some(flag))
    .collect()
}

/// Band of a score after the gates.
fn band(score: Option<f64>, flags: &[HealthFlag]) -> HealthBand {
    let flash = flags.contains(&HealthFlag::Flash);
    if flags.contains(&HealthFlag::Silent) && !flash {
        return HealthBand::Silent;
    }
    let band = match score {
        None => return HealthBand::StructureOnly,
        Some(score) if score < 35.0 => HealthBand::Critical,
        Some(score) if score < 55.0 => HealthBand::AtRisk,
        Some(score) if score < 75.0 => HealthBand::Watch,
        Some(_) => HealthBand::Healthy,
    };
    let leaves = flags.contains(&HealthFlag::Exits) && !flash;
    if leaves || flags.contains(&HealthFlag::Stale) {
        band.min(HealthBand::Watch)
    } else {
        band
    }
}

fn both<A, B>(a: Option<A>, b: Option<B>) -> Option<(A, B)> {
    a.zip(b)
}

fn number(n: Option<u32>) -> Option<f64> {
    n.map(f64::from)
}

/// A rate; not measured when either side is missing.
fn rate(num: Option<f64>, den: Option<f64>) -> Figure {
    match (num, den) {
        (Some(_), Some(0.0)) => Figure::NoValue,
        (Some(num), Some(den)) => Figure::Rate(Rate { num, den }),
        _ => Figure::NotMeasured,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::group_health::{GroupDay, GroupWeek};
    use crate::domain::{ChatId, Day, SafeText, StaffId, Zone};

    const TODAY: Day = Day(20_000);

    fn now() -> AsOf {
        let zone = Zone::default();
        AsOf {
            unix: zone.start_of(TODAY) + 3_600,
            zone,
        }
    }

    /// The group of the worked example: 180 members at the start, 6 joined, 4 left, 1 removed; 9 speakers a day; 40
    /// distinct; 18 of 20 questions; 6 minutes; SOP 13 of 14; clicks not measured. Buyers: 7 of 181.
    fn example() -> GroupFacts {
        GroupFacts {
            id: ChatId::from("wr1"),
            name: SafeText::new("母婴福利3群"),
            owner: (StaffId::from("guoqiang"), SafeText::new("郭强")),
            dept: None,
            created_at: Zone::default().start_of(TODAY.plus(-100)),
            capacity: 500,
            kind: SafeText::new("welfare"),
            planned_end: None,
            wecom_status: 0,
            week: GroupWeek {
                members_start: Some(180),
                members: Some(181),
                joined: Some(6),
                left: Some(5),
                speaker_days: Some(63),
                member_days: 1_260,
                speaker_n: 7,
                speakers_7d: Some(40),
                questions: Some(20),
                answered_30m: Some(18),
                first_reply_s: Some(20 * 360),
                first_reply_n: Some(20),
                last_message: Some(TODAY),
                messages_measured: Some((TODAY.plus(-14), TODAY)),
                ..GroupWeek::default()
            },
            sop_due: 14,
            sop_on_time: 13,
        }
    }

    /// So many buyers, all of whom are on the list.
    fn bought(bought: u32) -> Buyers {
        let among = bought;
        Buyers { bought, among }
    }

    fn health(facts: &GroupFacts) -> Health {
        let measures = Measures::of(facts, Some(bought(7)));
        judge(
            facts,
            &measures,
            &Thresholds::of(HealthMode::Defaults, &[]),
            now(),
        )
    }

    #[test]
    fn a_silent_group_stays_silent_while_its_newest_row_is_at_most_a_week_old() {
        for (newest, silent) in [(0, true), (1, true), (2, true), (7, true), (8, false)] {
            let rows: Vec<GroupDay> = (newest..=14)
                .map(|age| GroupDay {
                    day: TODAY.plus(-age),
                    msg_ext: Some(0),
                    ..GroupDay::default()
                })
                .collect();
            let facts = GroupFacts {
                week: GroupWeek::of(&rows, TODAY),
                ..example()
            };
            let said = health(&facts).flags.contains(&HealthFlag::Silent);
            assert_eq!(said, silent, "newest row {newest} days old");
        }
        // Heard a fortnight ago, and rows from that day on: thirteen days of silence to yesterday.
        let rows: Vec<GroupDay> = (2..=14)
            .map(|age| GroupDay {
                day: TODAY.plus(-age),
                msg_ext: Some(u32::from(age == 14)),
                ..GroupDay::default()
            })
            .collect();
        let facts = GroupFacts {
            week: GroupWeek::of(&rows, TODAY),
            ..example()
        };
        assert!(!health(&facts).flags.contains(&HealthFlag::Silent));
    }

    #[test]
    fn the_worked_example_scores_63_point_5_and_is_watched() {
        let health = health(&example());
        let points: Vec<f64> = health
            .parts
            .iter()
            .map(|p| {
                p.score
                    .map_or(-1.0, |s| (p.weight * s * 100.0).round() / 100.0)
            })
            .collect();
        assert_eq!(
            points,
            [8.89, 8.55, 5.93, 7.71, 8.89, 4.44, 7.73, -1.0, 8.21]
        );
        assert!((health.coverage - 95.0).abs() < 1e-9);
        assert!((health.score.unwrap() - 100.0 * 60.35 / 95.0).abs() < 0.01);
        assert_eq!(
            crate::domain::NumberStyle::default().number(health.score.unwrap(), 1),
            "63.5"
        );
        assert_eq!(health.band, HealthBand::Watch);
        assert_eq!((health.structure, health.flags), (None, vec![]));
        assert_eq!(health.parts[7].measured, Figure::NotMeasured);
    }

    #[test]
    fn without_speech_only_the_structure_is_scored_over_45() {
        let mut facts = example();
        facts.week = GroupWeek {
            members_start: Some(180),
            members: Some(181),
            joined: Some(6),
            left: Some(5),
            ..GroupWeek::default()
        };
        let health = health(&facts);
        assert_eq!((health.score, health.coverage), (None, 45.0));
        let expected = 100.0 * (5.93 + 7.71 + 7.73 + 8.21) / 45.0;
        assert!((health.structure.unwrap() - expected).abs() < 0.03);
        assert_eq!(health.band, HealthBand::StructureOnly);
    }

    #[rstest]
    #[case(None, HealthBand::StructureOnly)]
    #[case(Some(34.999), HealthBand::Critical)]
    #[case(Some(35.0), HealthBand::AtRisk)]
    #[case(Some(54.999), HealthBand::AtRisk)]
    #[case(Some(55.0), HealthBand::Watch)]
    #[case(Some(74.999), HealthBand::Watch)]
    #[case(Some(75.0), HealthBand::Healthy)]
    fn bands_belong_to_the_unrounded_score(
        #[case] score: Option<f64>,
        #[case] expected: HealthBand,
    ) {
        assert_eq!(band(score, &[]), expected);
    }

    #[test]
    fn gates_override_the_score() {
        assert_eq!(band(Some(90.0), &[HealthFlag::Exits]), HealthBand::Watch);
        assert_eq!(band(Some(40.0), &[HealthFlag::Exits]), HealthBand::AtRisk);
        assert_eq!(band(Some(90.0), &[HealthFlag::Silent]), HealthBand::Silent);
        assert_eq!(band(None, &[HealthFlag::Silent]), HealthBand::Silent);
        assert_eq!(
            band(Some(90.0), &[HealthFlag::Full, HealthFlag::OwnerLeft]),
            HealthBand::Healthy
        );
    }

    #[test]
    fn young_and_small_groups_have_no_score() {
        let mut young = example();
        young.created_at = Zone::default().start_of(TODAY.plus(-6));
        assert_eq!(
            (health(&young).band, health(&young).score),
            (HealthBand::New, None)
        );
        young.created_at = Zone::default().start_of(TODAY.plus(-6)) - 1;
        assert_eq!(health(&young).band, HealthBand::Watch);
        let mut small = example();
        small.week.members = Some(9);
        assert_eq!(health(&small).band, HealthBand::New);
    }

    #[test]
    fn silence_counts_only_while_somebody_listens() {
        let mut facts = example();
        facts.week.last_message = None;
        facts.week.messages_measured = Some((TODAY.plus(-14), TODAY.plus(-1)));
        assert_eq!(health(&facts).band, HealthBand::Silent);
        facts.week.messages_measured = Some((TODAY.plus(-13), TODAY.plus(-1)));
        assert_eq!(health(&facts).band, HealthBand::Watch, "13 days are not 14");
        facts.week.messages_measured = Some((TODAY.plus(-30), TODAY.plus(-8)));
        assert_eq!(
            health(&facts).band,
            HealthBand::Watch,
            "nobody measured this week"
        );
        facts.week.messages_measured = Some((TODAY.plus(-14), TODAY));
        facts.week.last_message = Some(TODAY.plus(-14));
        assert_eq!(health(&facts).band, HealthBand::Silent);
        facts.week.messages_measured = None;
        assert_eq!(health(&facts).band, HealthBand::Watch);
    }

    #[test]
    fn flags_say_what_else_is_wrong() {
        let mut facts = example();
        facts.wecom_status = 1;
        facts.capacity = 190;
        facts.week.top3 = Some(81);
        facts.week.top3_of = Some(100);
        facts.week.left = Some(10);
        assert_eq!(
            health(&facts).flags,
            [
                HealthFlag::Exits,
                HealthFlag::OwnerLeft,
                HealthFlag::Full,
                HealthFlag::FewVoices
            ]
        );
        // Three of the staff fill it up just as well.
        facts.capacity = 193;
        facts.week.everybody = Some(184);
        assert!(health(&facts).flags.contains(&HealthFlag::Full));
        facts.week.everybody = Some(183);
        assert!(!health(&facts).flags.contains(&HealthFlag::Full));
        facts.week.everybody = None;
        facts.capacity = 191;
        facts.week.top3 = Some(80);
        // 9 of 186 is 4.8 %.
        facts.week.left = Some(9);
        assert_eq!(health(&facts).flags, [HealthFlag::OwnerLeft]);
        facts.week.top3 = Some(19);
        facts.week.top3_of = Some(19);
        assert_eq!(
            health(&facts).flags,
            [HealthFlag::OwnerLeft],
            "too few messages to tell"
        );
    }

    #[test]
    fn groups_planned_to_end_are_judged_on_conversion_only() {
        let mut facts = example();
        facts.kind = SafeText::new("flash");
        facts.created_at = Zone::default().start_of(TODAY.plus(-2));
        facts.week.left = Some(50);
        let health = health(&facts);
        assert!((health.score.unwrap() - 77.35).abs() < 0.01);
        assert_eq!(health.band, HealthBand::Healthy);
        assert_eq!(health.flags, [HealthFlag::Exits, HealthFlag::Flash]);
    }

    fn fleet(n: u32) -> Vec<Measures> {
        (1..=n)
            .map(|i| {
                let mut facts = example();
                facts.week.members = Some(1_000);
                facts.week.speakers_7d = Some(i * 10);
                facts.week.clicks = Some(i);
                facts.week.members_start = Some(1_000);
                facts.week.joined = Some(0);
                facts.week.left = Some(i);
                Measures::of(&facts, Some(bought(i)))
            })
            .collect()
    }

    #[test]
    fn a_fleet_of_thirty_sets_its_own_thresholds() {
        let own = Thresholds::of(HealthMode::Fleet, &fleet(40));
        assert!(own.fleet);
        // P10 is the 4th, P75 the 30th of 40; leaving the 36th (P90) down to the 10th (P25).
        assert_eq!(own.bounds[1], Some((0.04, 0.30)));
        assert_eq!(own.bounds[3], Some((0.036, 0.010)));
        assert_eq!(own.bounds[6], Some((0.0, 0.030)));
        assert_eq!(own.bounds[7], Some((0.0, 0.030)));
        // All groups answer alike: the default stays.
        assert_eq!(own.bounds[4], Some((0.50, 0.95)));

        let few = Thresholds::of(HealthMode::Fleet, &fleet(29));
        assert!(!few.fleet);
        assert_eq!((few.bounds[1], few.bounds[7]), (Some((0.05, 0.35)), None));

        let defaults = Thresholds::of(HealthMode::Defaults, &fleet(40));
        assert!(!defaults.fleet);
        assert_eq!(defaults.bounds[1], Some((0.05, 0.35)));
        assert_eq!(
            defaults.bounds[7],
            Some((0.0, 0.030)),
            "clicks have no other target"
        );
    }

    #[test]
    fn nothing_measured_is_no_zero() {
        let mut facts = example();
        facts.week = GroupWeek::default();
        facts.sop_due = 0;
        let measures = Measures::of(&facts, None);
        let health = judge(
            &facts,
            &measures,
            &Thresholds::of(HealthMode::Defaults, &[]),
            now(),
        );
        assert_eq!(
            (health.score, health.structure, health.coverage),
            (None, None, 0.0)
        );
        assert!(
            health.parts[..8]
                .iter()
                .all(|p| p.measured == Figure::NotMeasured)
        );
        assert_eq!(health.parts[8].measured, Figure::NoValue, "no task was due");
    }

    #[test]
    fn buyers_are_held_against_the_members_they_are_sought_among() {
        let mut facts = example();
        facts.week.members_end = Some(20);
        facts.week.members = Some(113);
        let measures = Measures::of(&facts, Some(bought(26)));
        assert_eq!(measures.0[6], rate(Some(26.0), Some(113.0)));
        assert_eq!(measures.0[1], rate(Some(40.0), Some(20.0)), "of the week");
        // Sixty came in today, whom no statistics have yet.
        let today = Buyers {
            bought: 90,
            among: 173,
        };
        let measures = Measures::of(&facts, Some(today));
        assert_eq!(measures.0[6], rate(Some(90.0), Some(173.0)));
    }

    #[test]
    fn a_structure_score_needs_half_of_its_weight() {
        let mut facts = example();
        facts.week = GroupWeek {
            members: Some(181),
            measured_to: Some(TODAY.plus(-11)),
            ..GroupWeek::default()
        };
        let old = health(&facts);
        // Buyers and tasks alone: 20 of 100.
        assert_eq!((old.score, old.structure, old.coverage), (None, None, 20.0));
        facts.week.clicks = Some(3);
        facts.week.members_end = Some(181);
        let measures = Measures::of(&facts, Some(bought(7)));
        let by = Thresholds::of(HealthMode::Defaults, &fleet(40));
        let half = judge(&facts, &measures, &by, now());
        assert!((half.coverage - 25.0).abs() < 1e-9);
        assert!(half.structure.is_some());
    }

    #[test]
    fn a_group_planned_to_end_has_no_score_of_members_nobody_counted_this_week() {
        let mut facts = example();
        facts.kind = SafeText::new("flash");
        for (ago, scored) in [(7, true), (8, false)] {
            facts.week.measured_to = Some(TODAY.plus(-ago));
            assert_eq!(health(&facts).score.is_some(), scored, "{ago}");
        }
    }

    #[test]
    fn a_group_whose_last_day_is_old_says_so_and_is_not_healthy() {
        for (ago, stale) in [(0, false), (1, false), (2, false), (3, true), (6, true)] {
            let mut facts = example();
            facts.week.speaker_days = Some(140);
            facts.week.speakers_7d = Some(70);
            facts.week.measured_to = Some(TODAY.plus(-ago));
            let health = health(&facts);
            assert_eq!(health.flags.contains(&HealthFlag::Stale), stale, "{ago}");
            let band = if stale {
                HealthBand::Watch
            } else {
                HealthBand::Healthy
            };
            assert_eq!(health.band, band, "{ago}");
        }
    }
}
