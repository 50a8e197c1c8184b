//! Words that look like fields but speak of the query: `has: no: is:` and the view options `sort: limit: cols:`.

use super::ast::{Expr, Field, SortKey, Test};
use super::error::{FilterError, Problem};
use super::fields::{Entity, lookup, nearest, position, spec};
use super::scan::{Scanner, fault};
use super::value;

/// View options met so far.
#[derive(Default)]
pub(super) struct Options {
    pub sort: Vec<SortKey>,
    pub limit: Option<u64>,
    pub cols: Vec<Field>,
}

/// Words that look like fields but say something about the query.
#[derive(Clone, Copy)]
pub(super) enum Special {
    Has,
    No,
    Is,
    Sort,
    Limit,
    Cols,
}

/// The special words: canonical, then the others.
pub(super) const SPECIALS: &[&[&str]] = &[
    &["has", "有"],
    &["no", "无", "没有"],
    &["is", "是"],
    &["sort", "排序", "px"],
    &["limit", "限", "前"],
    &["cols", "列"],
];

/// The special word, in either case.
pub(super) fn special(word: &str) -> Option<Special> {
    let lower = word.to_lowercase();
    let found = SPECIALS
        .iter()
        .find(|words| words.contains(&lower.as_str()))?;
    match found.first().copied() {
        Some("has") => Some(Special::Has),
        Some("no") => Some(Special::No),
        Some("is") => Some(Special::Is),
        Some("sort") => Some(Special::Sort),
        Some("limit") => Some(Special::Limit),
        _ => Some(Special::Cols),
    }
}

/// Where a special word stands, and the options it may add to.
pub(super) struct Clause<'a> {
    pub s: &'a mut Scanner,
    /// What is listed.
    pub entity: Entity,
    pub options: &'a mut Options,
    /// In parentheses or negated, where no view option belongs.
    pub inside: bool,
}

impl Clause<'_> {
    /// Reads what follows a special word that began at `start`.
    pub fn read(&mut self, word: Special, start: usize) -> Result<Expr, FilterError> {
        let name = match word {
            Special::Has => "has",
            Special::No => "no",
            Special::Is => "is",
            Special::Sort => "sort",
            Special::Limit => "limit",
            Special::Cols => "cols",
        };
        if !self.s.eat(':') && !self.s.eat('=') {
            let op = self.s.peek(0).unwrap_or(':').to_string();
            return Err(self.s.fault_here(Problem::WrongOperator(op, name)));
        }
        match word {
            Special::Has | Special::No => {
                let present = matches!(word, Special::Has);
                let fields = self.field_list(name)?;
                Ok(Expr::any_of(
                    fields
                        .into_iter()
                        .map(|(key, _)| {
                            let test = if present { Test::Present } else { Test::Absent };
                            Expr::term(key, test)
                        })
                        .collect(),
                ))
            }
            Special::Is => self.is(),
            Special::Sort | Special::Limit | Special::Cols => {
                if self.inside {
                    return Err(fault(start..self.s.at, Problem::OptionInside(name)));
                }
                self.option(word, name)?;
                Ok(Expr::All)
            }
        }
    }

    fn option(&mut self, word: Special, name: &'static str) -> Result<(), FilterError> {
        if matches!(word, Special::Limit) {
            let span = self.s.run();
            let count: Option<u64> = self.s.text(span.clone()).parse().ok().filter(|n| *n > 0);
            return match (count, self.options.limit) {
                (Some(n), None) => {
                    self.options.limit = Some(n);
                    Ok(())
                }
                _ => Err(fault(span, Problem::BadLimit)),
            };
        }
        let fields = self.field_list(name)?;
        for (field, descending) in fields {
            match word {
                Special::Sort => self.options.sort.push(SortKey { field, descending }),
                Special::Has | Special::No | Special::Is | Special::Limit | Special::Cols => {
                    self.options.cols.push(field);
                }
            }
        }
        Ok(())
    }

    /// `is:word` is the group's flag, or a customer's gender or segment, whichever knows the word.
    fn is(&mut self) -> Result<Expr, FilterError> {
        let fields: &[Field] = match self.entity {
            Entity::Groups => &[Field::Flag, Field::Band],
            Entity::Staff | Entity::Campaigns => &[Field::Band],
            Entity::Customers | Entity::Tags => &[Field::Segment, Field::Gender],
        };
        let start = self.s.at;
        let run = self.s.run();
        let first = self.s.text(run.clone());
        let first = first.split(',').next().unwrap_or_default();
        let field = fields
            .iter()
            .copied()
            .find(|f| position(*f, first).is_some())
            .or_else(|| fields.first().copied())
            .unwrap_or(Field::Flag);
        self.s.at = start;
        value::choice(self.s, spec(field)).map(|found| Expr::term(field, Test::Has(found)))
    }

    /// `field,-field` after `has: no: sort: cols:`.
    fn field_list(&mut self, after: &'static str) -> Result<Vec<(Field, bool)>, FilterError> {
        let mut fields = Vec::new();
        loop {
            let descending = after == "sort" && self.s.eat('-');
            let head = self.s.head();
            let name = self.s.text(head.clone());
            if name.is_empty() {
                return Err(self.s.fault_here(Problem::NoValue(after)));
            }
            let Some(found) = lookup(&name).filter(|s| s.field != Field::Text) else {
                return Err(FilterError {
                    suggestion: nearest(&name).map(str::to_owned),
                    ..fault(head, Problem::UnknownField(name))
                });
            };
            self.s.at = head.end;
            value::check_entity(self.s, self.entity, found, head.start)?;
            fields.push((found.field, descending));
            if !self.s.eat(',') {
                self.s.check_end()?;
                return Ok(fields);
            }
        }
    }
}
