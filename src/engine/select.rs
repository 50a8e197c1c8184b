//! Filters as sets of rows.
//!
//! A conjunction begins with the cheapest term and hands what is left to the next, so that slow tests (pinyin, patterns)
//! look at few rows. Terms over names with few distinct values (tags, owners, channels, stages, groups, regions) are
//! matched against the names, then looked up as sets.

use crate::domain::period::Period;
use crate::domain::{AsOf, StaffId};
use crate::filter::{Expr, Field, Filter, Match, Range, Term, Test, When, eval, values};

use super::Engine;
use super::bits::Bits;
use super::circles::{self, STEPS};
use super::narrow::Narrow;
use super::people::row_of;
use super::sales::day_span;

/// Staff of an org node, by code. Made by [`Engine::staff_set`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StaffSet(Vec<bool>);

impl StaffSet {
    /// Is the staff with this code in the set? Nobody (0) never is.
    pub fn has(&self, code: u16) -> bool {
        self.0.get(usize::from(code)).copied().unwrap_or(false)
    }
}

/// What a filter is read against.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// "Now".
    pub as_of: AsOf,
    /// Period of the scope; only `buyer:` asks for it.
    pub period: Period,
    /// Staff of the org node: only their customers are in scope. `None` is the whole workspace.
    pub org: Option<&'a StaffSet>,
}

/// How dear a term is, for ordering a conjunction.
fn cost(expr: &Expr) -> u8 {
    match expr {
        Expr::All => 0,
        Expr::And(parts) | Expr::Or(parts) => parts.iter().map(cost).max().unwrap_or(0),
        Expr::Not(inner) => cost(inner),
        Expr::Term(Term { field, test }) => match (field, test) {
            (_, Test::Regex(_)) => 9,
            (Field::Text | Field::Name, _) => 7,
            (Field::Id | Field::CreditedTo | Field::Campaign, _) => 6,
            (Field::Tag | Field::Group | Field::Step, _) => 1,
            (Field::Segment | Field::Risk | Field::ValueAtRisk, _) => 4,
            _ => 3,
        },
    }
}

impl Engine {
    /// The set of staff with these ids.
    pub fn staff_set<'a>(&self, ids: impl IntoIterator<Item = &'a StaffId>) -> StaffSet {
        let mut set = vec![false; self.words.staff.codes()];
        for code in ids
            .into_iter()
            .filter_map(|id| self.words.staff.find(id.as_str()))
        {
            super::column::put(&mut set, usize::from(code), true);
        }
        StaffSet(set)
    }

    /// The live customers under org node and filter.
    pub fn select(&mut self, filter: &Filter, ground: Ground<'_>) -> Bits {
        let scope = self.in_org(ground.org);
        let mut found = self.expr(&filter.expr, ground, &scope);
        found.and(&scope);
        found
    }

    /// The live customers of an org node: those its staff own.
    pub fn in_org(&self, org: Option<&StaffSet>) -> Bits {
        let mut rows = self.customers.live.clone();
        if let Some(set) = org {
            rows.and(&self.customers.owner.select(|code| set.has(code)));
        }
        rows
    }

    /// Rows of an expression; only rows of `within` need be right.
    fn expr(&mut self, expr: &Expr, ground: Ground<'_>, within: &Bits) -> Bits {
        match expr {
            Expr::All => within.clone(),
            Expr::Not(inner) => {
                let mut rest = within.clone();
                rest.and_not(&self.expr(inner, ground, within));
                rest
            }
            Expr::Or(parts) => {
                let mut any = Bits::none(within.len());
                for part in parts {
                    any.or(&self.expr(part, ground, within));
                }
                any
            }
            Expr::And(parts) => {
                let mut left = within.clone();
                let mut parts: Vec<&Expr> = parts.iter().collect();
                parts.sort_by_key(|part| cost(part));
                for part in parts {
                    if left.is_clear() {
                        break;
                    }
                    let found = self.expr(part, ground, &left);
                    left.and(&found);
                }
                left
            }
            Expr::Term(term) => self.term(term, ground, within),
        }
    }

    /// Rows of one term.
    fn term(&mut self, term: &Term, ground: Ground<'_>, within: &Bits) -> Bits {
        let field = term.field;
        match &term.test {
            Test::Has(matches) => self.any_of(field, matches, false, ground, within),
            Test::Is(matches) => self.any_of(field, matches, true, ground, within),
            Test::Not(matches) => {
                let mut rest = within.clone();
                rest.and_not(&self.any_of(field, matches, true, ground, within));
                rest
            }
            Test::Regex(pattern) => self.pattern(field, pattern, within),
            Test::Number(range) => self.number(field, range, ground),
            Test::Time(range) => self.time(field, range, ground),
            Test::Present => self.present(field, ground),
            Test::Absent => {
                let mut rest = within.clone();
                rest.and_not(&self.present(field, ground));
                rest
            }
        }
    }

    /// Rows that match any of some values.
    fn any_of(
        &mut self,
        field: Field,
        matches: &[Match],
        whole: bool,
        ground: Ground<'_>,
        within: &Bits,
    ) -> Bits {
        let mut any = Bits::none(self.customers.len());
        for value in matches {
            any.or(&self.one_of(field, value, whole, ground, within));
        }
        any
    }

    /// Rows that match one value.
    fn one_of(
        &mut self,
        field: Field,
        value: &Match,
        whole: bool,
        ground: Ground<'_>,
        within: &Bits,
    ) -> Bits {
        let len = self.customers.len();
        match field {
            Field::Text => self.text(value, whole, within),
            Field::Name => self.name(value, whole, within),
            Field::Id => self.id(value, whole),
            Field::Phone => self.phone(value, whole),
            Field::Gender => match values::position(field, &value.text) {
                Some(gender) => {
                    Bits::of_column(&self.customers.gender, |g| usize::from(g) == gender)
                }
                None => Bits::none(len),
            },
            Field::Segment => {
                let wanted = values::position(field, &value.text);
                let scores = self.scores(ground.as_of.today());
                Bits::of(len, |row| {
                    let segment = scores.rfm(row).map_or(8, |rfm| usize::from(rfm.segment));
                    Some(segment) == wanted
                })
            }
            Field::City | Field::Owner | Field::Source | Field::Stage => {
                let codes = self.codes(field, value, whole);
                self.with_codes(field, &codes)
            }
            Field::Tag => {
                let codes = self.codes(field, value, whole);
                self.with_tags(&codes)
            }
            Field::Group => self.in_groups(value, whole),
            Field::CreditedTo => {
                let codes = self.codes(field, value, whole);
                self.credited(&codes, ground.period)
            }
            Field::Step => self.at_step(&value.text),
            Field::Campaign => {
                let codes = self.codes(field, value, whole);
                self.bought_in(&codes)
            }
            Field::Spend
            | Field::Orders
            | Field::Aov
            | Field::LastContact
            | Field::LastPurchase
            | Field::Added
            | Field::Birthday
            | Field::Risk
            | Field::ValueAtRisk
            | Field::Health
            | Field::Members
            | Field::Flag
            | Field::Band
            | Field::Role => Bits::none(len),
        }
    }

    /// The names of a coded field, each with its code.
    pub(super) fn coded_names(&self, field: Field) -> Vec<(u16, &str)> {
        let words = &self.words;
        match field {
            Field::Owner | Field::CreditedTo => words
                .staff
                .iter()
                .map(|(c, _)| (c, words.staff_name(c)))
                .collect(),
            Field::Tag => words.all_tags().map(|t| (t.code, t.raw.as_str())).collect(),
            Field::Stage => words
                .stage_names
                .iter()
                .map(|(c, (_, n))| (*c, n.raw.as_str()))
                .collect(),
            Field::City => self
                .customers
                .cities
                .iter()
                .map(|(c, w)| (c, &**w))
                .collect(),
            Field::Source => words
                .channel_names
                .iter()
                .flat_map(|(c, (kind, n))| [(*c, n.raw.as_str()), (*c, kind.as_str())])
                .collect(),
            Field::Campaign => words
                .campaign_names
                .iter()
                .map(|(c, n)| (*c, n.raw.as_str()))
                .chain(words.campaigns.iter().map(|(c, id)| (c, &**id)))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Codes whose word a value means.
    pub(super) fn codes(&self, field: Field, value: &Match, whole: bool) -> Vec<u16> {
        let words = &self.words;
        if value.id {
            let dict = match field {
                Field::Owner | Field::CreditedTo => &words.staff,
                Field::Tag => &words.tags,
                Field::Source => &words.channels,
                Field::Stage => &words.stages,
                Field::Campaign => &words.campaigns,
                _ => return Vec::new(),
            };
            return dict.find(&value.text).into_iter().collect();
        }
        let names = self.coded_names(field);
        eval::keys_meant(value, whole, &names)
    }

    /// Rows whose cell of a coded field is one of these codes.
    fn with_codes(&self, field: Field, codes: &[u16]) -> Bits {
        let c = &self.customers;
        let column = match field {
            Field::City => &c.city,
            Field::Owner => &c.owner,
            Field::Source => &c.source,
            Field::Stage => &c.stage,
            _ => return Bits::none(c.len()),
        };
        match codes {
            [] => Bits::none(c.len()),
            [one] => column.select(|code| code == *one),
            many => {
                let set = flags(many);
                column.select(|code| set.get(usize::from(code)).copied().unwrap_or(false))
            }
        }
    }

    fn with_tags(&mut self, codes: &[u16]) -> Bits {
        let mut any = Bits::none(self.customers.len());
        for code in codes {
            any.or(&self.tags.bits(*code));
        }
        any
    }

    fn in_groups(&self, value: &Match, whole: bool) -> Bits {
        let mut any = Bits::none(self.customers.len());
        let groups: Vec<&circles::Group> = self.groups.iter().collect();
        let chosen: Vec<&circles::Group> = if value.id {
            self.groups.get(&value.text).into_iter().collect()
        } else {
            let names: Vec<(usize, &str)> = groups
                .iter()
                .enumerate()
                .map(|(i, g)| (i, &*g.name))
                .collect();
            eval::keys_meant(value, whole, &names)
                .into_iter()
                .filter_map(|i| groups.get(i).copied())
                .collect()
        };
        for row in chosen
            .iter()
            .flat_map(|g| &g.members)
            .filter_map(|p| row_of(*p))
        {
            any.put(row, true);
        }
        any
    }

    /// Bought, or was given money back, in a period with one of these staff credited: behind their figure stand both.
    fn credited(&self, codes: &[u16], period: Period) -> Bits {
        let (set, mut any) = (flags(codes), Bits::none(self.customers.len()));
        let days = day_span(period.from, period.to);
        for (number, _, _) in self
            .sales
            .refunds
            .iter()
            .filter(|(_, day, _)| days.contains(day))
        {
            if let Some(order) = self.sales.get(*number)
                && set.get(usize::from(order.staff)).copied().unwrap_or(false)
                && let Some(row) = row_of(order.person)
            {
                any.put(row, true);
            }
        }
        let paid = self.sales.paid_within(&days);
        self.sales.each(&paid, |_, order| {
            if set.get(usize::from(order.staff)).copied().unwrap_or(false)
                && let Some(row) = row_of(order.person)
            {
                any.put(row, true);
            }
        });
        any
    }

    /// Bought in one of these campaigns.
    fn bought_in(&self, codes: &[u16]) -> Bits {
        let (set, mut any) = (flags(codes), Bits::none(self.customers.len()));
        let sales = &self.sales;
        sales.each(&sales.of_campaigns(), |_, order| {
            if set
                .get(usize::from(order.campaign))
                .copied()
                .unwrap_or(false)
                && let Some(row) = row_of(order.person)
            {
                any.put(row, true);
            }
        });
        any
    }

    /// Reached a step: `7/paid`; any step of a campaign: `7`.
    fn at_step(&self, text: &str) -> Bits {
        let (campaign, step) = text
            .split_once('/')
            .map_or((text, None), |(c, s)| (c, Some(s)));
        let mut any = Bits::none(self.customers.len());
        let Ok(campaign) = campaign.parse() else {
            return any;
        };
        for (at, name) in STEPS.iter().enumerate() {
            if step.is_none_or(|s| s == *name) {
                any.or(&circles::rows_of(
                    self.steps.people(campaign, at),
                    self.customers.len(),
                ));
            }
        }
        any
    }

    /// Rows where a pattern is found.
    fn pattern(&mut self, field: Field, pattern: &str, within: &Bits) -> Bits {
        let c = &self.customers;
        let Ok(regex) = eval::regex(pattern) else {
            return Bits::none(c.len());
        };
        match field {
            Field::Name => Bits::of(c.len(), |row| {
                within.has(row) && regex.is_match(c.names.get(row))
            }),
            Field::Text => Bits::of(c.len(), |row| {
                within.has(row)
                    && (regex.is_match(c.names.get(row)) || regex.is_match(c.ids.get(row)))
            }),
            Field::Id => Bits::of(c.len(), |row| {
                within.has(row) && regex.is_match(c.ids.get(row))
            }),
            Field::Phone => c
                .phones
                .testing(|phone| !phone.is_empty() && regex.is_match(phone)),
            Field::City
            | Field::Owner
            | Field::Source
            | Field::Stage
            | Field::Tag
            | Field::Group => self.pattern_of_words(field, &regex),
            _ => Bits::none(c.len()),
        }
    }

    fn pattern_of_words(&mut self, field: Field, regex: &regex::Regex) -> Bits {
        let words = &self.words;
        let found = |name: &str| regex.is_match(name);
        let codes: Vec<u16> = match field {
            Field::City => self
                .customers
                .cities
                .iter()
                .filter(|(_, w)| found(w))
                .map(|(c, _)| c)
                .collect(),
            Field::Owner => words
                .staff
                .iter()
                .map(|(c, _)| c)
                .filter(|c| found(words.staff_name(*c)))
                .collect(),
            Field::Source => words
                .channel_names
                .iter()
                .filter(|(_, (_, n))| found(&n.raw))
                .map(|(c, _)| *c)
                .collect(),
            Field::Stage => words
                .stage_names
                .iter()
                .filter(|(_, (_, n))| found(&n.raw))
                .map(|(c, _)| *c)
                .collect(),
            Field::Tag => words
                .all_tags()
                .filter(|t| found(&t.raw))
                .map(|t| t.code)
                .collect(),
            Field::Group => {
                let mut any = Bits::none(self.customers.len());
                for row in self
                    .groups
                    .iter()
                    .filter(|g| found(&g.name))
                    .flat_map(|g| &g.members)
                    .filter_map(|p| row_of(*p))
                {
                    any.put(row, true);
                }
                return any;
            }
            _ => Vec::new(),
        };
        if field == Field::Tag {
            self.with_tags(&codes)
        } else {
            self.with_codes(field, &codes)
        }
    }

    fn number(&mut self, field: Field, range: &Range<f64>, ground: Ground<'_>) -> Bits {
        let (low, high) = range.whole();
        let len = self.customers.len();
        match field {
            Field::Spend => self.customers.spend.select(|v| low <= v && v <= high),
            Field::Orders => self.customers.orders.select(|n| low <= n && n <= high),
            Field::Aov => Bits::of(len, |row| self.aov(row).is_some_and(|v| range.holds(v))),
            Field::Birthday => Bits::of_column(&self.customers.birthday, |cell| {
                born(cell, |month, day| range.holds_birthday(month, day))
            }),
            Field::Risk => {
                let scores = self.scores(ground.as_of.today());
                Bits::of(len, |row| {
                    scores.level(row).is_some_and(|l| range.holds(f64::from(l)))
                })
            }
            Field::ValueAtRisk => {
                self.scores(ground.as_of.today());
                Bits::of(len, |row| {
                    self.value_at_risk(row)
                        .is_some_and(|v| low <= v && v <= high)
                })
            }
            _ => Bits::none(len),
        }
    }

    /// Value at risk where there is a level. Scores have been computed.
    fn value_at_risk(&self, row: u32) -> Option<i64> {
        let spend = self.customers.spend.get(row).unwrap_or(0);
        Some(self.derived.as_ref()?.at_risk(row, spend)?.0)
    }

    fn time(&self, field: Field, range: &Range<When>, ground: Ground<'_>) -> Bits {
        let c = &self.customers;
        let column = match field {
            Field::LastContact => &c.last_contact,
            Field::LastPurchase => &c.last_paid,
            Field::Added => &c.added,
            Field::Birthday => {
                return Bits::of_column(&c.birthday, |cell| {
                    born(cell, |month, day| {
                        day > 0 && eval::birthday_in(range, month, day, ground.as_of)
                    })
                });
            }
            _ => return Bits::none(c.len()),
        };
        let instants = eval::instants(range, ground.as_of);
        column.select(|at| instants.hold(at))
    }

    /// Rows with a value.
    fn present(&mut self, field: Field, ground: Ground<'_>) -> Bits {
        let c = &self.customers;
        let coded = |column: &Narrow| column.select(|code| code != 0);
        match field {
            Field::Text | Field::Name => Bits::of(c.len(), |row| !c.names.get(row).is_empty()),
            Field::Id => Bits::all(c.len()),
            Field::Phone => c.phones.present(),
            Field::Gender => Bits::of_column(&c.gender, |g| g != 0),
            Field::City => coded(&c.city),
            Field::Birthday => Bits::of_column(&c.birthday, |cell| cell != 0),
            Field::Owner => coded(&c.owner),
            Field::Source => coded(&c.source),
            Field::Stage => coded(&c.stage),
            Field::Tag => Bits::of(c.len(), |row| self.tags.count(row) > 0),
            Field::Spend => c.spend.select(|v| v != 0),
            Field::Orders | Field::Aov => c.orders.select(|n| n != 0),
            Field::LastContact => c.last_contact.present(),
            Field::LastPurchase => c.last_paid.present(),
            Field::Added => c.added.present(),
            Field::Group => self.in_groups(
                &Match {
                    prefix: true,
                    ..Match::default()
                },
                false,
            ),
            Field::Segment => {
                let (len, scores) = (c.len(), self.scores(ground.as_of.today()));
                Bits::of(len, |row| scores.rfm(row).is_some())
            }
            Field::Risk | Field::ValueAtRisk => {
                let (len, scores) = (c.len(), self.scores(ground.as_of.today()));
                Bits::of(len, |row| scores.level(row).is_some())
            }
            Field::CreditedTo => {
                let all: Vec<u16> = self.words.staff.iter().map(|(code, _)| code).collect();
                self.credited(&all, ground.period)
            }
            Field::Campaign => {
                let all: Vec<u16> = self.words.campaigns.iter().map(|(code, _)| code).collect();
                self.bought_in(&all)
            }
            Field::Step => {
                let mut any = Bits::none(c.len());
                for people in self.steps.everybody() {
                    any.or(&circles::rows_of(people, c.len()));
                }
                any
            }
            Field::Health | Field::Members | Field::Flag | Field::Band | Field::Role => {
                Bits::none(c.len())
            }
        }
    }
}

/// A table by code with these codes set.
fn flags(codes: &[u16]) -> Vec<bool> {
    let mut set = vec![false; codes.iter().map(|c| usize::from(*c) + 1).max().unwrap_or(0)];
    for code in codes {
        super::column::put(&mut set, usize::from(*code), true);
    }
    set
}

/// Tests a birthday cell. When only the month is known, all of the month must pass.
fn born(cell: u16, test: impl Fn(u32, u32) -> bool) -> bool {
    let (month, day) = (u32::from(cell / 32), u32::from(cell % 32));
    match (month, day) {
        (0, _) => false,
        (month, 0) => test(month, 1) && test(month, 28),
        (month, day) => test(month, day),
    }
}
