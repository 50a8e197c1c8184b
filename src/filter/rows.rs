//! Filtering short lists row by row: groups, staff, tags, campaigns. (Customers have the engine.)

use std::collections::HashMap;

use super::ast::{Expr, Field, Match, Term, Test};
use super::eval::{instants, regex, stands_for};
use super::fold::search_form;
use super::pinyin::NameMatcher;
use crate::domain::AsOf;

/// What a row has in a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Has<'a> {
    /// Nothing.
    #[default]
    Nothing,
    /// A name with the identity behind it; either may be empty.
    Name {
        /// Identity, as stored.
        id: &'a str,
        /// Name, as shown.
        name: &'a str,
    },
    /// Canonical words of a choice field (`filter::values`).
    Words(Vec<&'a str>),
    /// A number in the field's own unit.
    Number(f64),
    /// A moment, unix seconds.
    Moment(i64),
}

/// A condition made ready to test many rows.
#[derive(Clone, Debug)]
pub struct RowFilter {
    expr: Expr,
    patterns: HashMap<String, regex::Regex>,
    now: AsOf,
}

impl RowFilter {
    /// Makes a condition ready; `now` resolves ages and calendar words.
    pub fn new(expr: &Expr, now: AsOf) -> Self {
        let mut patterns = HashMap::new();
        collect(expr, &mut patterns);
        Self {
            expr: expr.clone(),
            patterns,
            now,
        }
    }

    /// The row is meant. `row` says what it has in a field; bare text looks at [`Field::Name`].
    pub fn holds<'a>(&self, row: &dyn Fn(Field) -> Has<'a>) -> bool {
        self.expr_holds(&self.expr, row)
    }

    fn expr_holds<'a>(&self, expr: &Expr, row: &dyn Fn(Field) -> Has<'a>) -> bool {
        match expr {
            Expr::All => true,
            Expr::And(parts) => parts.iter().all(|part| self.expr_holds(part, row)),
            Expr::Or(parts) => parts.iter().any(|part| self.expr_holds(part, row)),
            Expr::Not(inner) => !self.expr_holds(inner, row),
            Expr::Term(term) => self.term_holds(term, row),
        }
    }

    fn term_holds<'a>(&self, term: &Term, row: &dyn Fn(Field) -> Has<'a>) -> bool {
        let bare = term.field == Field::Text;
        let has = row(if bare { Field::Name } else { term.field });
        match &term.test {
            Test::Present => has != Has::Nothing,
            Test::Absent => has == Has::Nothing,
            Test::Number(range) => matches!(has, Has::Number(n) if range.holds(n)),
            Test::Time(range) => {
                matches!(has, Has::Moment(at) if instants(range, self.now).hold(at))
            }
            Test::Has(wanted) => wanted
                .iter()
                .any(|m| contains(m, &has, bare || term.field == Field::Id)),
            Test::Is(wanted) => wanted.iter().any(|m| is(m, &has)),
            Test::Not(wanted) => !wanted.iter().any(|m| is(m, &has)),
            Test::Regex(pattern) => match (self.patterns.get(pattern), has) {
                (Some(found), Has::Name { id, name }) => {
                    found.is_match(if name.is_empty() { id } else { name })
                }
                _ => false,
            },
        }
    }
}

fn collect(expr: &Expr, patterns: &mut HashMap<String, regex::Regex>) {
    match expr {
        Expr::All => {}
        Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                collect(part, patterns);
            }
        }
        Expr::Not(inner) => collect(inner, patterns),
        Expr::Term(term) => {
            // The parser refused patterns that cannot be compiled; one made otherwise matches nothing.
            if let Test::Regex(pattern) = &term.test
                && let Ok(compiled) = regex(pattern)
            {
                patterns.insert(pattern.clone(), compiled);
            }
        }
    }
}

/// `:`: part of the name; of the id all of it, or its beginning where ids are looked at too.
fn contains(wanted: &Match, has: &Has<'_>, ids_too: bool) -> bool {
    match has {
        Has::Nothing | Has::Number(_) | Has::Moment(_) => false,
        Has::Words(words) => words.contains(&wanted.text.as_str()),
        Has::Name { id, .. } if wanted.id => *id == wanted.text,
        Has::Name { id, name } => {
            NameMatcher::of(wanted).is_match(name)
                || stands_for(wanted, id, name)
                || (ids_too && search_form(id).starts_with(&search_form(&wanted.text)))
        }
    }
}

/// `=`: the whole name, or the id.
fn is(wanted: &Match, has: &Has<'_>) -> bool {
    match has {
        Has::Nothing | Has::Number(_) | Has::Moment(_) => false,
        Has::Words(words) => words.contains(&wanted.text.as_str()),
        Has::Name { id, .. } if wanted.id => *id == wanted.text,
        Has::Name { name, .. } if wanted.prefix => NameMatcher::of(wanted).is_match(name),
        Has::Name { id, name } => {
            search_form(name) == search_form(&wanted.text) || stands_for(wanted, id, name)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;
    use crate::filter::{Ctx, Entity, parse};

    const NOW: i64 = 1_000_000_000;

    fn group(field: Field) -> Has<'static> {
        match field {
            Field::Name => Has::Name {
                id: "wr1",
                name: "福利群",
            },
            Field::Id => Has::Name {
                id: "wr1",
                name: "",
            },
            Field::Owner => Has::Name {
                id: "hemin",
                name: "何敏",
            },
            Field::Health => Has::Number(44.0),
            Field::Flag => Has::Words(vec!["silent", "full"]),
            _ => Has::Nothing,
        }
    }

    fn meant(text: &str) -> bool {
        let filter = parse(text, &Ctx::of(Entity::Groups)).unwrap();
        let now = AsOf {
            unix: NOW,
            zone: Zone::default(),
        };
        RowFilter::new(&filter.expr, now).holds(&group)
    }

    #[test]
    fn a_group_is_found_by_what_it_has() {
        for text in [
            "",
            "flq",
            "福利",
            "#wr1",
            "owner:hm",
            "owner:#hemin",
            "owner=何敏",
            "health<45",
            "flag:silent",
            "is:满员",
            "health<45 flag:silent",
            "name~^福",
            "-owner:周倩",
            "health>90 | flag:full",
            "no:band",
            "has:health",
        ] {
            assert!(meant(text), "{text}");
        }
    }

    #[test]
    fn a_group_is_not_found_by_what_it_has_not() {
        for text in [
            "zs",
            "#wr2",
            "owner=何",
            "health<44",
            "flag:exits",
            "name~^群",
            "-flag:full",
            "has:members",
            "members>0",
            "flag!=silent",
            "owner!=何敏",
        ] {
            assert!(!meant(text), "{text}");
        }
    }
}
