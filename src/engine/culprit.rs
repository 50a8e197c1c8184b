//! Why a filter finds nobody.

use super::Engine;
use super::answer::{Culprit, Doubt};
use super::select::Ground;
use crate::domain::SafeText;
use crate::filter::fields::{nearest_of, spec};
use crate::filter::{Expr, Field, Filter, Match, Term, Test, edit};

impl Engine {
    /// The term whose loss brings most customers back, and how many. Where no single loss brings anybody back, the terms
    /// that have no hits alone, and the hits without them.
    pub(super) fn culprit(&mut self, filter: &Filter, ground: Ground<'_>) -> Option<Culprit> {
        let terms = edit::terms(filter).to_vec();
        let doubt = match self.doubt(&filter.expr) {
            Some(doubt) => Some(doubt),
            None => self.without_contacts(filter, ground),
        };
        let mut best: Option<(&Expr, u64)> = None;
        for (at, term) in terms.iter().enumerate() {
            let hits = self.select(&edit::without(filter, at), ground).count();
            if hits > 0 && best.as_ref().is_none_or(|(_, most)| hits > *most) {
                best = Some((term, hits));
            }
        }
        if let Some((term, without)) = best {
            return Some(self.dropped(term.clone(), without, doubt));
        }
        if terms.len() < 2 {
            return None;
        }
        let mut rest = filter.clone();
        let mut empty = Vec::new();
        for (at, term) in terms.iter().enumerate().rev() {
            let alone = only(term.clone());
            if self.select(&alone, ground).count() == 0 {
                empty.push(term.clone());
                rest = edit::without(&rest, at);
            }
        }
        empty.reverse();
        let hits = self.select(&rest, ground).count();
        (!empty.is_empty()).then(|| self.dropped(Expr::all_of(empty), hits, doubt))
    }

    fn dropped(&self, terms: Expr, without: u64, doubt: Option<Doubt>) -> Culprit {
        Culprit {
            terms: self.named(&only(terms)),
            without,
            doubt,
        }
    }

    /// A filter by last contact where no contact is known at all: what it finds by last purchase.
    fn without_contacts(&mut self, filter: &Filter, ground: Ground<'_>) -> Option<Doubt> {
        let by_purchase = Filter {
            expr: by_purchase(&filter.expr),
            ..filter.clone()
        };
        if by_purchase == *filter || self.customers.last_contact.present().count() > 0 {
            return None;
        }
        let hits = self.select(&by_purchase, ground).count();
        Some(Doubt::NoContacts(
            self.named(&by_purchase.condition()),
            hits,
        ))
    }

    /// What the filter says that was hardly meant: a name that nobody and nothing has, or an operator in small letters.
    fn doubt(&self, expr: &Expr) -> Option<Doubt> {
        match expr {
            Expr::All => None,
            Expr::And(parts) | Expr::Or(parts) => parts.iter().find_map(|part| self.doubt(part)),
            Expr::Not(inner) => self.doubt(inner),
            Expr::Term(Term { field, test }) => match test {
                Test::Has(found) | Test::Is(found) => {
                    let whole = matches!(test, Test::Is(_));
                    found
                        .iter()
                        .find_map(|value| self.doubtful(*field, value, whole))
                }
                Test::Not(_)
                | Test::Regex(_)
                | Test::Number(_)
                | Test::Time(_)
                | Test::Present
                | Test::Absent => None,
            },
        }
    }

    fn doubtful(&self, field: Field, value: &Match, whole: bool) -> Option<Doubt> {
        if field == Field::Text && !value.literal {
            let operators = ["AND", "OR", "NOT"].into_iter();
            let mut small = operators.filter(|word| word.eq_ignore_ascii_case(&value.text));
            return small.next().map(Doubt::SmallOperator);
        }
        if value.id {
            return None;
        }
        if spec(field).has_ids
            && field != Field::Group
            && !self.codes(field, value, whole).is_empty()
        {
            return None;
        }
        let names: Vec<&str> = if field == Field::Group {
            self.groups.iter().map(|group| &*group.name).collect()
        } else if spec(field).has_ids {
            let names = self.coded_names(field).into_iter();
            names.map(|(_, name)| name).collect()
        } else {
            return None;
        };
        let keyed: Vec<((), &str)> = names.iter().map(|name| ((), *name)).collect();
        if !crate::filter::eval::keys_meant(value, whole, &keyed).is_empty() {
            return None;
        }
        let near = nearest_of(&value.text, names.into_iter());
        Some(Doubt::NoName {
            field,
            name: SafeText::new(&value.text),
            near: near.map(SafeText::new),
        })
    }
}

/// The expression with last purchases in place of last contacts.
fn by_purchase(expr: &Expr) -> Expr {
    let all = |parts: &[Expr]| parts.iter().map(by_purchase).collect();
    match expr {
        Expr::All => Expr::All,
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(inner) => Expr::Not(Box::new(by_purchase(inner))),
        Expr::Term(term) if term.field == Field::LastContact => {
            Expr::term(Field::LastPurchase, term.test.clone())
        }
        Expr::Term(term) => Expr::Term(term.clone()),
    }
}

fn only(expr: Expr) -> Filter {
    Filter {
        expr,
        ..Filter::default()
    }
}
