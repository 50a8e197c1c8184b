//! The group pane: facts and buyers in, judged rows out, worst first.

mod lacking;
mod trouble;

pub use lacking::lacking;
pub use trouble::Trouble;

use std::cmp::Ordering;
use std::ops::Range;

use super::answer::{GroupRow, GroupsPage, Stamp};
use super::pair::halves_from;
use super::request::GroupSort;
use crate::domain::group_health::{
    Buyers, GroupFacts, HealthBand, HealthFlag, HealthMode, Measures, TREND, Thresholds, judge,
};
use crate::domain::{AsOf, Figure, SafeText};
use crate::filter::{Expr, Field, Match, NameMatcher, Term, Test, eval};

/// Groups that are worth judging on two threads.
const MANY: u32 = 2_000;

/// What the pane is made of.
pub struct GroupsInput<'a> {
    /// Printed with the page.
    pub stamp: Stamp,
    /// "Now".
    pub now: AsOf,
    /// Every live group of the workspace; the fleet's thresholds come from all of them, whatever the scope.
    pub facts: &'a [GroupFacts],
    /// Buyers of a group (position among the facts); `None` = orders unknown, or members nobody listed.
    pub buyers: &'a dyn Fn(usize) -> Option<Buyers>,
    /// The group belongs to the scope (its owner's department).
    pub in_scope: &'a (dyn Fn(&GroupFacts) -> bool + Sync),
    /// Which thresholds rule.
    pub mode: HealthMode,
    /// Filter over the groups themselves.
    pub filter: &'a Expr,
    /// Sort.
    pub sort: GroupSort,
    /// Reversed; rows without a value stay last.
    pub reversed: bool,
}

/// Judges the groups and lists those under scope and filter.
pub fn page(input: &GroupsInput<'_>) -> GroupsPage {
    let measures: Vec<Measures> = input
        .facts
        .iter()
        .enumerate()
        .map(|(at, facts)| Measures::of(facts, (input.buyers)(at)))
        .collect();
    let by = Thresholds::of(input.mode, &measures);
    let keeps = compile(input.filter);
    let (facts, in_scope, now) = (input.facts, input.in_scope, input.now);
    let part = |places: Range<u32>| -> Vec<GroupRow> {
        let places = places.start as usize..places.end as usize;
        let measures = measures.get(places.clone()).unwrap_or_default();
        let facts = facts.get(places).unwrap_or_default();
        let inside = facts.iter().zip(measures).filter(|(f, _)| in_scope(f));
        inside.map(|(f, m)| row(f, m, &by, now)).collect()
    };
    let all = u32::try_from(facts.len()).unwrap_or(u32::MAX);
    let (mut rows, others) = halves_from(MANY, all, part);
    rows.extend(others);
    rows.retain(|row| keeps(row));
    rows.sort_by(|a, b| order(a, b, input.sort, input.reversed));
    tell_owners_apart(&mut rows, input.facts);
    GroupsPage {
        stamp: input.stamp.clone(),
        pool: input.facts.len() as u64,
        members: rows
            .iter()
            .filter_map(|row| row.members)
            .map(u64::from)
            .sum(),
        rows: rows.into(),
        fleet: by.fleet,
    }
}

/// Owners of one name get their ids behind it. Filter and order are by the name alone.
fn tell_owners_apart(rows: &mut [GroupRow], facts: &[GroupFacts]) {
    let owners = facts.iter().map(|group| &group.owner);
    let shared = eval::namesakes(owners.map(|(id, name)| (id.as_str(), name.as_str())));
    for row in rows {
        let (id, name) = &mut row.owner;
        if shared.contains(name.as_str()) {
            *name = SafeText::new(&eval::told_apart(name.as_str(), id.as_str()));
        }
    }
}

fn row(facts: &GroupFacts, measures: &Measures, by: &Thresholds, now: AsOf) -> GroupRow {
    let week = &facts.week;
    let health = judge(facts, measures, by, now);
    GroupRow {
        id: facts.id.clone(),
        name: facts.name.clone(),
        owner: facts.owner.clone(),
        members: week.members,
        capacity: facts.capacity,
        created_at: facts.created_at,
        joined: week.joined,
        left: week.left,
        speakers: week.speaker_days.map_or(Figure::NotMeasured, |sum| {
            Figure::Number(f64::from(sum) / f64::from(week.speaker_n.max(1)))
        }),
        trend: if week.messages.is_empty() {
            vec![None; TREND.unsigned_abs() as usize]
        } else {
            week.messages.clone()
        },
        score: health.score,
        structure: health.structure,
        coverage: health.coverage,
        band: health.band,
        flags: health.flags,
        parts: health.parts,
        measured_to: week.measured_to,
    }
}

/// Order of two rows; ties end in the id.
fn order(a: &GroupRow, b: &GroupRow, sort: GroupSort, reversed: bool) -> Ordering {
    let score = |row: &GroupRow| row.score.or(row.structure);
    let by = match sort {
        GroupSort::Worst => {
            let band = if reversed {
                b.band.cmp(&a.band)
            } else {
                a.band.cmp(&b.band)
            };
            band.then_with(|| values(score(a), score(b), reversed))
        }
        GroupSort::Name if reversed => b.name.cmp(&a.name),
        GroupSort::Name => a.name.cmp(&b.name),
        // Largest first; scores worst first.
        GroupSort::Members => values(number(a.members), number(b.members), !reversed),
        GroupSort::Left => values(number(a.left), number(b.left), !reversed),
        GroupSort::Joined => values(number(a.joined), number(b.joined), !reversed),
        GroupSort::Speakers => values(a.speakers.number(), b.speakers.number(), !reversed),
        GroupSort::Score => values(a.score, b.score, reversed),
    };
    by.then_with(|| a.id.cmp(&b.id))
}

/// Ascending, or descending; without a value last either way.
fn values(a: Option<f64>, b: Option<f64>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.total_cmp(&a),
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn number(n: Option<u32>) -> Option<f64> {
    n.map(f64::from)
}

/// In a band that calls for it, or healthy with a flag; a group that is new or planned to end has none that does.
pub fn needs_somebody(row: &GroupRow) -> bool {
    let flagged = row.flags.iter().any(|flag| *flag != HealthFlag::Flash);
    match row.band {
        HealthBand::Critical | HealthBand::Silent | HealthBand::AtRisk | HealthBand::Watch => true,
        HealthBand::Healthy | HealthBand::StructureOnly => flagged,
        HealthBand::New => false,
    }
}

/// The groups that need somebody, worst first, whatever the rows are sorted by.
pub fn troubled<'a>(rows: impl IntoIterator<Item = &'a GroupRow>) -> Vec<&'a GroupRow> {
    let mut found: Vec<&GroupRow> = rows.into_iter().filter(|row| needs_somebody(row)).collect();
    found.sort_by(|a, b| order(a, b, GroupSort::Worst, false));
    found
}

/// Nothing was measured that a score could be made of.
pub fn is_unmeasured(row: &GroupRow) -> bool {
    row.band == HealthBand::StructureOnly && row.structure.is_none()
}

/// Word of a band in the filter language.
pub fn band_code(band: HealthBand) -> &'static str {
    match band {
        HealthBand::Critical => "critical",
        HealthBand::Silent => "silent",
        HealthBand::AtRisk => "at_risk",
        HealthBand::Watch => "watch",
        HealthBand::Healthy => "healthy",
        HealthBand::StructureOnly => "structure_only",
        HealthBand::New => "new",
    }
}

/// Word of a flag in the filter language.
pub fn flag_code(flag: HealthFlag) -> &'static str {
    match flag {
        HealthFlag::Silent => "silent",
        HealthFlag::Exits => "exits",
        HealthFlag::OwnerLeft => "ownerless",
        HealthFlag::Full => "full",
        HealthFlag::FewVoices => "few_voices",
        HealthFlag::Flash => "flash",
        HealthFlag::Stale => "stale",
    }
}

type Keeps = Box<dyn Fn(&GroupRow) -> bool>;

/// A filter as a test of a row. Fields a group does not have hold for no group.
fn compile(expr: &Expr) -> Keeps {
    match expr {
        Expr::All => Box::new(|_| true),
        Expr::And(parts) => {
            let parts: Vec<Keeps> = parts.iter().map(compile).collect();
            Box::new(move |row| parts.iter().all(|keeps| keeps(row)))
        }
        Expr::Or(parts) => {
            let parts: Vec<Keeps> = parts.iter().map(compile).collect();
            Box::new(move |row| parts.iter().any(|keeps| keeps(row)))
        }
        Expr::Not(part) => {
            let keeps = compile(part);
            Box::new(move |row| !keeps(row))
        }
        Expr::Term(term) => compile_term(term),
    }
}

fn compile_term(term: &Term) -> Keeps {
    match term.field {
        Field::Text => texts(&term.test, |row| {
            vec![row.name.as_str(), row.owner.1.as_str(), row.id.as_str()]
        }),
        Field::Name => texts(&term.test, |row| vec![row.name.as_str()]),
        Field::Id => texts(&term.test, |row| vec![row.id.as_str()]),
        Field::Owner => {
            let by_name = texts(&term.test, |row| vec![row.owner.1.as_str()]);
            match ids(&term.test) {
                Some(ids) => Box::new(move |row| ids.iter().any(|id| id == row.owner.0.as_str())),
                None => by_name,
            }
        }
        Field::Health => numbers(&term.test, |row| row.score),
        Field::Members => numbers(&term.test, |row| row.members.map(f64::from)),
        Field::Band => words(&term.test, |row| vec![band_code(row.band)]),
        Field::Flag => words(&term.test, |row| {
            let new = (row.band == HealthBand::New).then_some("new");
            row.flags
                .iter()
                .map(|flag| flag_code(*flag))
                .chain(new)
                .collect()
        }),
        Field::Phone
        | Field::Gender
        | Field::City
        | Field::Birthday
        | Field::Tag
        | Field::Stage
        | Field::Spend
        | Field::Orders
        | Field::Aov
        | Field::LastContact
        | Field::LastPurchase
        | Field::Added
        | Field::Source
        | Field::Group
        | Field::Segment
        | Field::Risk
        | Field::ValueAtRisk
        | Field::CreditedTo
        | Field::AddedBy
        | Field::Step
        | Field::Campaign
        | Field::Role => Box::new(|_| false),
    }
}

/// The ids a test asks for, when all its values are ids.
fn ids(test: &Test) -> Option<Vec<String>> {
    match test {
        Test::Has(list) | Test::Is(list) if list.iter().all(|m| m.id) => {
            Some(list.iter().map(|m| m.text.clone()).collect())
        }
        Test::Has(_)
        | Test::Is(_)
        | Test::Not(_)
        | Test::Regex(_)
        | Test::Number(_)
        | Test::Time(_)
        | Test::Present
        | Test::Absent => None,
    }
}

fn matchers(list: &[Match]) -> Vec<(NameMatcher, Match)> {
    list.iter()
        .map(|value| (NameMatcher::of(value), value.clone()))
        .collect()
}

/// A test of texts: any of them counts.
fn texts(test: &Test, of: fn(&GroupRow) -> Vec<&str>) -> Keeps {
    let is = |(matcher, value): &(NameMatcher, Match), text: &str| {
        if value.id {
            value.text == text
        } else {
            matcher.equals(text)
        }
    };
    match test {
        Test::Has(list) => {
            let list = matchers(list);
            Box::new(move |row| {
                let found = of(row);
                list.iter().any(|(matcher, value)| {
                    found.iter().any(|text| {
                        if value.id {
                            value.text == **text
                        } else {
                            matcher.is_match(text)
                        }
                    })
                })
            })
        }
        Test::Is(list) => {
            let list = matchers(list);
            Box::new(move |row| {
                let found = of(row);
                list.iter().any(|m| found.iter().any(|text| is(m, text)))
            })
        }
        Test::Not(list) => {
            let list = matchers(list);
            Box::new(move |row| {
                let found = of(row);
                !list.iter().any(|m| found.iter().any(|text| is(m, text)))
            })
        }
        Test::Regex(pattern) => match eval::regex(pattern) {
            Ok(regex) => Box::new(move |row| of(row).iter().any(|text| regex.is_match(text))),
            Err(_) => Box::new(|_| false),
        },
        Test::Present => Box::new(move |row| of(row).iter().any(|text| !text.is_empty())),
        Test::Absent => Box::new(move |row| of(row).iter().all(|text| text.is_empty())),
        Test::Number(_) | Test::Time(_) => Box::new(|_| false),
    }
}

/// A test of a number; no value is in no range.
fn numbers(test: &Test, of: fn(&GroupRow) -> Option<f64>) -> Keeps {
    match test {
        Test::Number(range) => {
            let range = *range;
            Box::new(move |row| of(row).is_some_and(|x| range.holds(x)))
        }
        Test::Present => Box::new(move |row| of(row).is_some()),
        Test::Absent => Box::new(move |row| of(row).is_none()),
        Test::Has(_) | Test::Is(_) | Test::Not(_) | Test::Regex(_) | Test::Time(_) => {
            Box::new(|_| false)
        }
    }
}

/// A test of words of a closed list.
fn words(test: &Test, of: fn(&GroupRow) -> Vec<&'static str>) -> Keeps {
    let codes = |list: &[Match]| -> Vec<String> { list.iter().map(|m| m.text.clone()).collect() };
    match test {
        Test::Has(list) | Test::Is(list) => {
            let list = codes(list);
            Box::new(move |row| of(row).iter().any(|code| list.iter().any(|l| l == code)))
        }
        Test::Not(list) => {
            let list = codes(list);
            Box::new(move |row| !of(row).iter().any(|code| list.iter().any(|l| l == code)))
        }
        Test::Present => Box::new(move |row| !of(row).is_empty()),
        Test::Absent => Box::new(move |row| of(row).is_empty()),
        Test::Regex(_) | Test::Number(_) | Test::Time(_) => Box::new(|_| false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::group_health::GroupWeek;
    use crate::domain::period::Period;
    use crate::domain::{ChatId, Day, DeptId, SafeText, StaffId, Zone};
    use crate::filter::{Ctx, Entity, parse};

    const TODAY: Day = Day(20_000);

    fn now() -> AsOf {
        let zone = Zone::default();
        AsOf {
            unix: zone.start_of(TODAY) + 60,
            zone,
        }
    }

    fn stamp() -> Stamp {
        Stamp {
            revision: 1,
            as_of: now().unix,
            period: Period::day(TODAY),
            partial: true,
            org: None,
            filter: String::new(),
            named: crate::filter::Filter::default(),
        }
    }

    fn group(id: &str, name: &str, speakers: u32) -> GroupFacts {
        GroupFacts {
            id: ChatId::from(id),
            name: SafeText::new(name),
            owner: (StaffId::from("zhouqian"), SafeText::new("周倩")),
            dept: Some(DeptId(1)),
            created_at: now().unix - 100 * 86_400,
            capacity: 500,
            kind: SafeText::new("welfare"),
            planned_end: None,
            wecom_status: 0,
            week: GroupWeek {
                members_start: Some(100),
                members: Some(100),
                joined: Some(0),
                left: Some(0),
                speaker_days: Some(speakers * 7),
                member_days: 700,
                speaker_n: 7,
                speakers_7d: Some(speakers),
                questions: Some(20),
                answered_30m: Some(20),
                messages_measured: Some((TODAY.plus(-14), TODAY)),
                last_message: Some(TODAY.plus(-1)),
                ..GroupWeek::default()
            },
            sop_due: 0,
            sop_on_time: 0,
        }
    }

    /// Four groups: fine, bad, silent, new.
    fn facts() -> Vec<GroupFacts> {
        let mut silent = group("wr3", "沉睡唤醒群", 0);
        silent.week.last_message = None;
        let mut new = group("wr4", "新客欢迎群", 50);
        new.created_at = now().unix;
        vec![
            group("wr1", "上海VIP1群", 40),
            group("wr2", "售后服务群", 0),
            silent,
            new,
        ]
    }

    fn ids(filter: &str, sort: GroupSort, reversed: bool) -> Vec<String> {
        let filter = parse(filter, &Ctx::of(Entity::Groups)).unwrap();
        let page = page(&GroupsInput {
            stamp: stamp(),
            now: now(),
            facts: &facts(),
            buyers: &|at| {
                let bought = if at == 0 { 5 } else { 0 };
                Some(Buyers { bought, among: 5 })
            },
            in_scope: &|_| true,
            mode: HealthMode::Defaults,
            filter: &filter.expr,
            sort,
            reversed,
        });
        assert_eq!(page.pool, 4);
        page.rows
            .iter()
            .map(|row| row.id.as_str().to_owned())
            .collect()
    }

    #[test]
    fn the_worst_come_first_and_the_new_last() {
        assert_eq!(
            ids("", GroupSort::Worst, false),
            ["wr3", "wr2", "wr1", "wr4"]
        );
        assert_eq!(
            ids("", GroupSort::Worst, true),
            ["wr4", "wr1", "wr2", "wr3"]
        );
    }

    #[test]
    fn rows_without_a_score_stay_last_either_way() {
        // wr2 and wr3 score the same: the id decides.
        assert_eq!(
            ids("", GroupSort::Score, false),
            ["wr2", "wr3", "wr1", "wr4"]
        );
        assert_eq!(
            ids("", GroupSort::Score, true),
            ["wr1", "wr2", "wr3", "wr4"]
        );
        assert_eq!(
            ids("", GroupSort::Speakers, false),
            ["wr4", "wr1", "wr2", "wr3"]
        );
    }

    #[test]
    fn groups_are_filtered_by_their_own_fields() {
        let found = |filter| ids(filter, GroupSort::Name, false).len();
        assert_eq!(found("health<55"), 2);
        assert_eq!(found("flag:silent"), 1);
        assert_eq!(found("flag:new"), 1);
        assert_eq!(found("-flag:new"), 3);
        assert_eq!(found("band:silent | band:new"), 2);
        assert_eq!(found("vip"), 1);
        assert_eq!(found("shfw"), 1);
        assert_eq!(found("owner:周倩"), 4);
        assert_eq!(found("owner:何敏"), 0);
        assert_eq!(found("#wr2"), 1);
        assert_eq!(found("members>=100"), 4);
        assert_eq!(found("name~^上海"), 1);
        assert_eq!(found("no:health"), 1);
    }

    #[test]
    fn the_scope_narrows_rows_but_not_the_pool() {
        let all = facts();
        let page = page(&GroupsInput {
            stamp: stamp(),
            now: now(),
            facts: &all,
            buyers: &|_| None,
            in_scope: &|facts| facts.id.as_str() == "wr1",
            mode: HealthMode::Fleet,
            filter: &Expr::All,
            sort: GroupSort::Worst,
            reversed: false,
        });
        assert_eq!(
            (page.pool, page.rows.len(), page.members, page.fleet),
            (4, 1, 100, false)
        );
        let row = &page.rows[0];
        assert_eq!(row.speakers, Figure::Number(40.0));
        assert_eq!(
            row.parts[6].measured,
            Figure::NotMeasured,
            "orders unknown is not zero buyers"
        );
    }
}
