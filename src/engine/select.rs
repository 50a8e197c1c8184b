//! Filters as sets of rows.
//!
//! A conjunction begins with the cheapest term and hands what is left to the next, so that slow tests (pinyin, patterns)
//! look at few rows. Terms over names with few distinct values (tags, owners, channels, stages, groups, regions) are
//! matched against the names, then looked up as sets.

mod coded;
mod linked;
mod measured;
mod pattern;

use crate::domain::period::Period;
use crate::domain::{AsOf, StaffId};
use crate::filter::{Expr, Field, Filter, Match, Term, Test, fields};

use super::Engine;
use super::bits::Bits;

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
    /// Period of the scope; only `buyer:` and `adder:` ask for it.
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
            (Field::Id | Field::CreditedTo | Field::AddedBy | Field::Campaign, _) => 6,
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
            Field::Gender => match fields::position(field, &value.text) {
                Some(gender) => {
                    Bits::of_column(&self.customers.gender, |g| usize::from(g) == gender)
                }
                None => Bits::none(len),
            },
            Field::Segment => {
                let wanted = fields::position(field, &value.text);
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
            Field::AddedBy => {
                let codes = self.codes(field, value, whole);
                self.added_by(&codes, ground.period)
            }
            Field::Step => self.at_step(value, whole),
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
}
