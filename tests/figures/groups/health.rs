//! Flags, scores and bands of groups, a second way.

use std::collections::BTreeSet;

use super::{Group, groups};
use crate::truth::Truth;
use crate::views::{View, ask, near, number, same};
use caopan::domain::Day;
use caopan::engine::answer::{GroupRow, GroupsPage, HealthBand, HealthFlag};
use caopan::engine::request::{Answer, GroupSort, Question};
use caopan::filter::Filter;
use caopan::workspace::Workspace;
use rusqlite::Connection;

const WEIGHTS: [f64; 9] = [20.0, 15.0, 10.0, 15.0, 10.0, 5.0, 10.0, 5.0, 10.0];
const DEFAULTS: [(f64, f64); 8] = [
    (0.01, 0.10),
    (0.05, 0.35),
    (-0.03, 0.03),
    (0.05, 0.005),
    (0.50, 0.95),
    (30.0, 3.0),
    (0.0, 0.05),
    (0.0, 0.0),
];
const ALL: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const STRUCTURE: [usize; 5] = [2, 3, 6, 7, 8];
const CONVERSION: [usize; 2] = [6, 7];

pub fn check_groups(
    workspace: &mut Workspace,
    conn: &Connection,
    truth: &Truth,
    view: &View,
) -> GroupsPage {
    let question = Question::Groups {
        scope: view.scope.clone(),
        own_filter: Filter::default(),
        sort: GroupSort::Worst,
        reversed: false,
    };
    let Answer::Groups(page) = ask(workspace, &question, truth.now) else {
        panic!("groups");
    };
    let groups = groups(conn, truth);
    assert_eq!(page.pool as usize, groups.len());
    let month = truth.today.plus(-30);
    let bought: BTreeSet<&String> = truth
        .orders
        .iter()
        .filter(|o| o.day >= month && o.day < truth.today && o.net() > 0)
        .map(|o| &o.person)
        .collect();
    let measures: Vec<[Option<f64>; 9]> = groups
        .iter()
        .map(|g| {
            // Of a group whose members nobody listed it is not known who bought.
            let listed = (!g.members.is_empty())
                .then(|| g.members.iter().filter(|m| bought.contains(m)).count() as f64);
            g.measures(listed)
        })
        .collect();
    // The click rate's target is the fleet's P75, once thirty groups have one.
    let mut clicks: Vec<f64> = measures.iter().filter_map(|m| m[7]).collect();
    clicks.sort_by(f64::total_cmp);
    let p75 = (clicks.len() >= 30)
        .then(|| clicks[(clicks.len() * 75).div_ceil(100) - 1])
        .filter(|t| *t > 0.0);
    let inside = |g: &Group| view.org.is_none_or(|node| truth.below(g.dept, node));
    assert_eq!(page.rows.len(), groups.iter().filter(|g| inside(g)).count());
    for row in &page.rows {
        let at = groups.iter().position(|g| g.id == row.id.as_str()).unwrap();
        check_group(row, &groups[at], &measures[at], p75, truth);
    }
    page
}

/// What is known so far of a group that is looked at: itself, its measures, the points they give.
struct Seen<'a> {
    group: &'a Group,
    measures: &'a [Option<f64>; 9],
    points: [Option<f64>; 9],
    today: Day,
}

impl Seen<'_> {
    /// Weights and points of those that are known among some.
    fn known<'s>(&'s self, chosen: &'s [usize]) -> impl Iterator<Item = (f64, f64)> {
        let known = move |at: &usize| Some((WEIGHTS[*at], self.points[*at]?));
        chosen.iter().filter_map(known)
    }

    /// Their weighted mean, of 100, and their weight.
    fn mean(&self, chosen: &[usize]) -> Option<(f64, f64)> {
        let weight: f64 = self.known(chosen).map(|(w, _)| w).sum();
        let sum: f64 = self.known(chosen).map(|(w, s)| w * s).sum();
        (weight > 0.0).then(|| (100.0 * sum / weight, weight))
    }

    /// Days since the last known one.
    fn last(&self) -> Option<&i32> {
        self.group.days.keys().find(|ago| **ago >= 0)
    }

    fn is_stale(&self) -> bool {
        self.last().is_some_and(|ago| *ago > 2)
    }

    fn has_exits(&self) -> bool {
        self.measures[3].is_some_and(|rate| rate > 0.05)
    }

    fn is_silent(&self) -> bool {
        self.group.silent(self.today)
    }

    fn is_full(&self) -> bool {
        let capacity = self.group.capacity;
        let people = self.group.everybody();
        people.is_some_and(|m| capacity > 0 && m * 100.0 >= capacity as f64 * 95.0)
    }

    fn has_few_voices(&self) -> bool {
        let top = self.group.sum("top3_msg_ext", &["msg_ext"]);
        let of = self.group.sum("msg_ext", &["top3_msg_ext"]);
        top.zip(of)
            .is_some_and(|(top, of)| of >= 20.0 && top * 100.0 > of * 80.0)
    }

    fn flags(&self) -> Vec<HealthFlag> {
        [
            (self.is_silent(), HealthFlag::Silent),
            (self.has_exits(), HealthFlag::Exits),
            (self.group.owner_left, HealthFlag::OwnerLeft),
            (self.is_full(), HealthFlag::Full),
            (self.has_few_voices(), HealthFlag::FewVoices),
            (self.group.flash, HealthFlag::Flash),
            (self.is_stale(), HealthFlag::Stale),
        ]
        .into_iter()
        .filter_map(|(raised, flag)| raised.then_some(flag))
        .collect()
    }

    fn is_new(&self) -> bool {
        let age = self.today.0 - self.group.created.0;
        let few = self.group.external().is_some_and(|m| m < 10.0);
        few || age < 7 && !self.group.flash
    }

    fn score(&self) -> Option<f64> {
        if self.group.flash {
            // Days are known, but none of the week.
            let known = self.last().is_none_or(|ago| *ago <= 7);
            return self.mean(&CONVERSION).filter(|_| known).map(|m| m.0);
        }
        let whole = self.mean(&ALL).filter(|(_, weight)| *weight >= 60.0);
        whole.map(|m| m.0)
    }

    /// What stands in for a score that is not known.
    fn structure(&self) -> Option<f64> {
        let half = STRUCTURE.iter().map(|at| WEIGHTS[*at]).sum::<f64>() / 2.0;
        let mean = self.mean(&STRUCTURE).filter(|(_, weight)| *weight >= half);
        mean.map(|m| m.0)
    }

    fn band(&self, score: Option<f64>) -> HealthBand {
        let flash = self.group.flash;
        match score {
            _ if self.is_silent() && !flash => HealthBand::Silent,
            None => HealthBand::StructureOnly,
            Some(s) if s < 35.0 => HealthBand::Critical,
            Some(s) if s < 55.0 => HealthBand::AtRisk,
            Some(s) if s < 75.0 || self.has_exits() && !flash || self.is_stale() => {
                HealthBand::Watch
            }
            Some(_) => HealthBand::Healthy,
        }
    }
}

fn check_group(
    row: &GroupRow,
    group: &Group,
    measures: &[Option<f64>; 9],
    p75: Option<f64>,
    truth: &Truth,
) {
    let context = format!("{} {measures:?} {row:?}", group.id);
    let seen = Seen {
        group,
        measures,
        points: check_parts(row, measures, p75, &context),
        today: truth.today,
    };
    let weight = seen.mean(&ALL).map_or(0.0, |w| w.1);
    assert!(near(row.coverage, weight), "{context}");
    assert_eq!(row.flags, seen.flags(), "{context}");
    if seen.is_new() {
        let shown = (row.band, row.score, row.structure);
        assert_eq!(shown, (HealthBand::New, None, None), "{context}");
        return;
    }
    let score = seen.score();
    assert!(same(row.score, score), "{score:?} {context}");
    let structure = seen.structure().filter(|_| score.is_none());
    assert!(same(row.structure, structure), "{context}");
    assert_eq!(row.band, seen.band(score), "{context}");
}

/// The measures of a row and the points they give.
fn check_parts(
    row: &GroupRow,
    measures: &[Option<f64>; 9],
    p75: Option<f64>,
    context: &str,
) -> [Option<f64>; 9] {
    let mut points = [None; 9];
    for (at, part) in row.parts.iter().enumerate() {
        let code = part.code;
        assert!(
            same(number(part.measured), measures[at]),
            "{code} {context}"
        );
        let bounds = match at {
            7 => p75.map(|t| (0.0, t)),
            8 => Some((0.60, 1.0)),
            _ => Some(DEFAULTS[at]),
        };
        points[at] = measures[at]
            .zip(bounds)
            .map(|(x, (floor, target))| ((x - floor) / (target - floor)).clamp(0.0, 1.0));
        assert!(same(part.score, points[at]), "{code} {context}");
        assert!(near(part.weight, WEIGHTS[at]));
    }
    points
}
