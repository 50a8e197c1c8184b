//! From values as written to values that can be compared: instants for times, whole numbers for money, names for texts.

use std::collections::{HashMap, HashSet};

use super::ast::{Bound, Match, Measure, Range, When};
use super::fold::search_form;
use super::pinyin::NameMatcher;
use crate::domain::{AsOf, Day};

/// A half-open interval of unix seconds, `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instants {
    /// First second inside.
    pub from: i64,
    /// First second outside.
    pub to: i64,
}

impl Instants {
    /// The instant lies inside. (An `at` of `i64::MAX` never does; nothing happens there.)
    pub fn hold(self, at: i64) -> bool {
        self.from <= at && at < self.to
    }
}

/// The instants a time test accepts.
///
/// An age counts back from now to the second: `last<30d` accepts everything later than 30 × 86,400 s ago (the future
/// included), `last>30d` everything earlier, `last:7d..30d` what lies between, ends included. A day or calendar word
/// covers its business days whole: `added:2026-03-01` from its midnight to the next, `added>2026-03-01` from the next
/// midnight on. A customer without the moment is accepted by none (`no:last` finds them).
pub fn instants(range: &Range<When>, now: AsOf) -> Instants {
    let mut all = Instants {
        from: i64::MIN,
        to: i64::MAX,
    };
    narrow(&mut all, range.from, Side::Lower, now);
    narrow(&mut all, range.to, Side::Upper, now);
    all
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

fn narrow(all: &mut Instants, bound: Bound<When>, side: Side, now: AsOf) {
    let (value, included) = match bound {
        Bound::None => return,
        Bound::Included(v) => (v, true),
        Bound::Excluded(v) => (v, false),
    };
    if let When::Ago(amount, measure) = value {
        let moment = now.unix.saturating_sub(seconds(amount, measure));
        // A larger age is an earlier instant: the lower bound of the age ends the interval.
        match side {
            Side::Lower => all.to = all.to.min(moment.saturating_add(i64::from(included))),
            Side::Upper => all.from = all.from.max(moment.saturating_add(i64::from(!included))),
        }
        return;
    }
    let (first, last) = days(value, now.today());
    let starts = now.zone.start_of(first);
    let ends = now.zone.start_of(last.plus(1));
    match (side, included) {
        (Side::Lower, true) => all.from = all.from.max(starts),
        (Side::Lower, false) => all.from = all.from.max(ends),
        (Side::Upper, true) => all.to = all.to.min(ends),
        (Side::Upper, false) => all.to = all.to.min(starts),
    }
}

/// Length of an age in seconds: months are 30 days, years 365.
fn seconds(amount: f64, measure: Measure) -> i64 {
    let unit = match measure {
        Measure::Hour => 3_600.0,
        Measure::Day => 86_400.0,
        Measure::Week => 7.0 * 86_400.0,
        Measure::Month => 30.0 * 86_400.0,
        Measure::Year => 365.0 * 86_400.0,
    };
    let length = (amount * unit).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the parser caps ages far below 2^53 seconds, and a float cast saturates"
    )]
    let length = length as i64;
    length
}

/// First and last business day of a calendar value; an age has none and counts as today.
fn days(value: When, today: Day) -> (Day, Day) {
    match value {
        When::Ago(..) => (today, today),
        When::On(day) => (day, day),
        When::MonthDay(month, day) => {
            let day = last_occurrence(month, day, today);
            (day, day)
        }
        When::In(period) => {
            let period = period.resolve(today);
            (period.from, period.to)
        }
    }
}

/// The latest day with this month and day that is not after today; 29 February may be years back.
fn last_occurrence(month: u32, day: u32, today: Day) -> Day {
    use chrono::Datelike;
    let year = today.date().year();
    (0..=8)
        .filter_map(|back| chrono::NaiveDate::from_ymd_opt(year - back, month, day))
        .map(Day::from_date)
        .find(|found| *found <= today)
        .unwrap_or(today)
}

/// Both ends are of one sort and the lower lies after the upper, whatever today is.
pub(super) fn backwards(from: When, to: When) -> bool {
    match (from, to) {
        (When::Ago(a, ma), When::Ago(b, mb)) => seconds(a, ma) > seconds(b, mb),
        (When::On(a), When::On(b)) => a > b,
        (When::Ago(..) | When::On(_) | When::MonthDay(..) | When::In(_), _) => false,
    }
}

impl Range<f64> {
    /// The value lies inside. NaN never does.
    pub fn holds(&self, value: f64) -> bool {
        let above = match self.from {
            Bound::None => true,
            Bound::Included(a) => value >= a,
            Bound::Excluded(a) => value > a,
        };
        let below = match self.to {
            Bound::None => true,
            Bound::Included(b) => value <= b,
            Bound::Excluded(b) => value < b,
        };
        above && below && !value.is_nan()
    }

    /// The whole numbers inside, both ends included; empty (`from > to`) when there are none. For fen and counts.
    pub fn whole(&self) -> (i64, i64) {
        let from = match self.from {
            Bound::None => i64::MIN,
            Bound::Included(a) => to_i64(a.ceil()),
            Bound::Excluded(a) => to_i64(a.floor()).saturating_add(1),
        };
        let to = match self.to {
            Bound::None => i64::MAX,
            Bound::Included(b) => to_i64(b.floor()),
            Bound::Excluded(b) => to_i64(b.ceil()).saturating_sub(1),
        };
        (from, to)
    }

    /// A birthday lies inside, by month × 100 + day; a range whose ends are backwards goes over New Year.
    pub fn holds_birthday(&self, month: u32, day: u32) -> bool {
        let key = f64::from(month) * 100.0 + f64::from(day);
        match (self.from, self.to) {
            (Bound::Included(a), Bound::Included(b)) if a > b => key >= a || key <= b,
            _ => self.holds(key),
        }
    }
}

fn to_i64(value: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float cast saturates, which is what a bound means"
    )]
    let whole = value as i64;
    whole
}

/// A birthday falls on a day of the calendar period (`birthday:week`), in whatever year.
///
/// 29 February is kept on 28 February in years without it.
pub fn birthday_in(range: &Range<When>, month: u32, day: u32, now: AsOf) -> bool {
    use chrono::Datelike;
    let Bound::Included(when) = range.from else {
        return false;
    };
    let (first, last) = days(when, now.today());
    let leap_day = (month, day) == (2, 29);
    (first.date().year()..=last.date().year()).any(|year| {
        chrono::NaiveDate::from_ymd_opt(year, month, day)
            .or_else(|| {
                leap_day
                    .then(|| chrono::NaiveDate::from_ymd_opt(year, 2, 28))
                    .flatten()
            })
            .map(Day::from_date)
            .is_some_and(|d| first <= d && d <= last)
    })
}

/// Which of a few names a text value means: positions, ascending.
///
/// A name that *is* the text (without regard to case and width) is meant before names that contain it or sound like it:
/// `tag:复购` is the tag 复购, not 高复购, as long as there is one.
pub fn names_meant<'a>(value: &Match, names: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let matcher = NameMatcher::of(value);
    let whole = search_form(&value.text);
    let (mut exact, mut near) = (Vec::new(), Vec::new());
    for (i, name) in names.enumerate() {
        if !value.prefix && search_form(name) == whole {
            exact.push(i);
        } else if exact.is_empty() && matcher.is_match(name) {
            near.push(i);
        }
    }
    if exact.is_empty() { near } else { exact }
}

/// Keys of the named things a value means: all whose name it is when `whole`, else as [`names_meant`] says.
pub fn keys_meant<K: Clone>(value: &Match, whole: bool, named: &[(K, &str)]) -> Vec<K> {
    let key = |place: usize| named.get(place).map(|(key, _)| key.clone());
    if whole {
        let matcher = NameMatcher::of(value);
        return named
            .iter()
            .filter(|(_, name)| matcher.equals(name))
            .map(|(key, _)| key.clone())
            .collect();
    }
    let places = names_meant(value, named.iter().map(|(_, name)| *name));
    places.into_iter().filter_map(key).collect()
}

/// A name with the id behind it: how two of one name are told apart, on screen and in a filter.
pub fn told_apart(name: &str, id: &str) -> String {
    format!("{name}({id})")
}

/// Names that several people have; of people as ids with names, each once.
pub fn namesakes<'a>(people: impl Iterator<Item = (&'a str, &'a str)>) -> HashSet<&'a str> {
    let mut first: HashMap<&str, &str> = HashMap::new();
    people
        .filter(|(id, name)| *first.entry(name).or_insert(id) != *id)
        .map(|(_, name)| name)
        .collect()
}

/// A text is no name, but stands for this person: their id, or their name with the id behind it.
pub fn stands_for(wanted: &Match, id: &str, name: &str) -> bool {
    let text = search_form(&wanted.text);
    !wanted.prefix && (text == search_form(id) || text == search_form(&told_apart(name, id)))
}

/// Keys of the people a value means: as [`keys_meant`] says of their names, where an id counts as a name that is meant
/// whole. Each once.
pub fn people_meant<K: Clone + PartialEq>(
    value: &Match,
    whole: bool,
    people: &[(K, &str, &str)],
) -> Vec<K> {
    let by_name = people.iter().map(|(key, _, name)| (key.clone(), *name));
    let told = people
        .iter()
        .filter(|(_, id, name)| stands_for(value, id, name));
    let told = told.map(|(key, _, _)| (key.clone(), value.text.as_str()));
    let all: Vec<(K, &str)> = by_name.chain(told).collect();
    let mut meant = Vec::new();
    for key in keys_meant(value, whole, &all) {
        if !meant.contains(&key) {
            meant.push(key);
        }
    }
    meant
}

/// The compiled form of a `~` pattern: linear time, without regard to case, of bounded size.
pub fn regex(pattern: &str) -> Result<regex::Regex, String> {
    regex::RegexBuilder::new(pattern)
        .case_insensitive(true)
        .size_limit(1 << 20)
        .dfa_size_limit(1 << 20)
        .nest_limit(64)
        .build()
        .map_err(|e| {
            let text = e.to_string();
            text.lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ")
                .to_owned()
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;
    use crate::domain::period::PeriodSpec;
    use crate::filter::{Ctx, Expr, Test, parse};
    use rstest::rstest;

    const DAY: i64 = 86_400;

    /// 2026-03-18 (a Wednesday) 10:00 in Shanghai = 02:00 UTC.
    fn now() -> AsOf {
        let zone = Zone::default();
        AsOf {
            unix: zone.start_of(Day::parse("2026-03-18").unwrap()) + 10 * 3_600,
            zone,
        }
    }

    fn midnight(date: &str) -> i64 {
        Zone::default().start_of(Day::parse(date).unwrap())
    }

    fn read(text: &str) -> Instants {
        match parse(text, &Ctx::default()).unwrap().expr {
            Expr::Term(term) => match term.test {
                Test::Time(range) => instants(&range, now()),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case("last<30d", -30 * DAY + 1, None)]
    #[case("last<=30d", -30 * DAY, None)]
    #[case("last<2w", -14 * DAY + 1, None)]
    #[case("last<1m", -30 * DAY + 1, None)]
    #[case("last<12h", -12 * 3_600 + 1, None)]
    #[case("added:-7d..", -7 * DAY, None)]
    #[case("last:7d..30d", -30 * DAY, Some(-7 * DAY + 1))]
    #[case("last:-30d..-7d", -30 * DAY, Some(-7 * DAY + 1))]
    fn ages_count_back_from_now(#[case] text: &str, #[case] from: i64, #[case] to: Option<i64>) {
        let got = read(text);
        assert_eq!(got.from, now().unix + from);
        assert_eq!(got.to, to.map_or(i64::MAX, |t| now().unix + t));
    }

    #[test]
    fn more_than_and_less_than_an_age_share_no_instant_and_miss_only_the_line() {
        let (less, more) = (read("last<30d"), read("last>30d"));
        let line = now().unix - 30 * DAY;
        assert_eq!((more.from, more.to, less.from), (i64::MIN, line, line + 1));
        assert!(read("last>=30d").hold(line) && read("last<=30d").hold(line));
    }

    #[rstest]
    #[case("added:2026-03-01", "2026-03-01", "2026-03-02")]
    #[case("added=3-1", "2026-03-01", "2026-03-02")]
    #[case("added:12-20", "2025-12-20", "2025-12-21")]
    #[case("added:02-29", "2024-02-29", "2024-03-01")]
    #[case("added:2026-03-01..2026-03-10", "2026-03-01", "2026-03-11")]
    #[case("added:本周", "2026-03-16", "2026-03-23")]
    #[case("added:上月", "2026-02-01", "2026-03-01")]
    #[case("added:yesterday", "2026-03-17", "2026-03-18")]
    #[case("added:2026-W12", "2026-03-16", "2026-03-23")]
    #[case("added:7d", "2026-03-12", "2026-03-19")]
    fn calendar_words_cover_whole_days(#[case] text: &str, #[case] from: &str, #[case] to: &str) {
        assert_eq!(
            read(text),
            Instants {
                from: midnight(from),
                to: midnight(to)
            }
        );
    }

    #[test]
    fn after_and_before_a_day_leave_the_day_out() {
        assert_eq!(read("added>2026-03-01").from, midnight("2026-03-02"));
        assert_eq!(read("added>=2026-03-01").from, midnight("2026-03-01"));
        assert_eq!(read("added<2026-03-01").to, midnight("2026-03-01"));
        assert_eq!(read("added<=2026-03-01").to, midnight("2026-03-02"));
    }

    #[test]
    fn whole_bounds_agree_with_testing_each_number() {
        use Bound::{Excluded, Included, None};
        for from in [
            None,
            Included(2.0),
            Excluded(2.0),
            Included(2.5),
            Excluded(2.5),
        ] {
            for to in [
                None,
                Included(5.0),
                Excluded(5.0),
                Included(4.5),
                Excluded(4.5),
            ] {
                let range = Range { from, to };
                let (a, b) = range.whole();
                for n in -1..8_i64 {
                    assert_eq!(range.holds(n as f64), a <= n && n <= b, "{range:?} {n}");
                }
            }
        }
    }

    #[test]
    fn a_birthday_range_goes_over_new_year() {
        let winter = Range::between(1220.0, 110.0);
        assert!(winter.holds_birthday(12, 25) && winter.holds_birthday(1, 10));
        assert!(!winter.holds_birthday(6, 1));
    }

    #[test]
    fn birthdays_of_a_week_are_found_in_any_year() {
        let week = Range::exactly(When::In(PeriodSpec::Week));
        assert!(birthday_in(&week, 3, 16, now()) && birthday_in(&week, 3, 22, now()));
        assert!(!birthday_in(&week, 3, 15, now()));
        let month = Range::exactly(When::In(PeriodSpec::MonthOf(2026, 2)));
        assert!(birthday_in(&month, 2, 29, now()), "kept on the 28th");
    }

    #[test]
    fn the_name_itself_is_meant_before_names_that_contain_it() {
        let tags = ["高复购", "复购", "沉睡"];
        let of = |text: &str| names_meant(&Match::word(text), tags.into_iter());
        assert_eq!(of("复购"), [1]);
        assert_eq!(of("复"), [0, 1]);
        assert_eq!(of("fg"), [0, 1]);
        assert_eq!(of("母婴"), Vec::<usize>::new());
    }

    #[test]
    fn people_are_meant_by_name_by_id_and_by_both() {
        let staff = [
            (1, "gao15", "王芳"),
            (2, "hu07", "王芳"),
            (3, "hu", "胡艳"),
            (4, "wang", "hu07号"),
        ];
        let of = |text: &str| people_meant(&Match::word(text), false, &staff);
        assert_eq!(of("王芳"), [1, 2]);
        assert_eq!(
            of("HU07"),
            [2],
            "an id is meant whole, before names that contain it"
        );
        assert_eq!(of("hu0"), [4], "and not by its beginning");
        assert_eq!(of("王芳(gao15)"), [1]);
        assert_eq!(of("胡艳(gao15)"), Vec::<i32>::new());
        assert_eq!(
            people_meant(&Match::quoted("王芳（hu07）"), true, &staff),
            [2]
        );
        let begins = Match {
            prefix: true,
            ..Match::word("hu07")
        };
        assert_eq!(people_meant(&begins, false, &staff), [4]);
    }

    #[test]
    fn a_pattern_that_would_explode_is_refused() {
        assert!(regex("^欧阳").is_ok());
        assert!(regex("(a{1000}){1000}").is_err());
        assert!(regex("(").is_err());
    }
}
