//! Values: what may follow a field and its operator, by what the field holds.

use std::ops::Range as Span;

use super::ast::{Expr, Field, Match, Test};
use super::error::{FilterError, Problem};
use super::fields::{Entity, FieldSpec, Kind, nearest_of, position};
use super::measure::measured;
use super::op::{Op, operator};
use super::scan::{Ends, Scanner, fault};
use super::values::{Choice, campaign_step};

/// Reads operator and value of a field.
pub(super) fn test(s: &mut Scanner, field: &'static FieldSpec) -> Result<Expr, FilterError> {
    let at = s.at;
    let op = operator(s);
    let signed = at..s.at;
    if s.peek(0)
        .is_none_or(|c| c.is_whitespace() || matches!(c, ')' | '|'))
    {
        return Err(fault(at..s.at, Problem::NoValue(field.name)));
    }
    let wrong = || {
        fault(
            signed.clone(),
            Problem::WrongOperator(op.sign().to_owned(), field.name),
        )
    };
    match field.kind {
        Kind::Text => text(s, field, op)?.ok_or_else(wrong),
        Kind::Choice => {
            let found = match op {
                Op::Has | Op::Is => Test::Has(choice(s, field)?),
                Op::Not => Test::Not(choice(s, field)?),
                Op::Regex | Op::Less | Op::LessOrEqual | Op::More | Op::MoreOrEqual => {
                    return Err(wrong());
                }
            };
            Ok(Expr::term(field.field, found))
        }
        Kind::Money | Kind::Count | Kind::Number | Kind::Time | Kind::Birthday => {
            if op == Op::Regex {
                return Err(wrong());
            }
            measured(s, field, op)
        }
    }
}

/// What is listed knows the field, which was typed from `start` on.
pub(super) fn check_entity(
    s: &Scanner,
    entity: Entity,
    field: &FieldSpec,
    start: usize,
) -> Result<(), FilterError> {
    if field.entities.contains(&entity) {
        return Ok(());
    }
    let typed = s.text(start..s.at);
    let typed = if typed.is_empty() {
        field.name.to_owned()
    } else {
        typed
    };
    let of = field.entities.first().copied().unwrap_or_default();
    Err(fault(start..s.at, Problem::WrongEntity(typed, of)))
}

/// A text field's test; `None` when the operator is not one for text.
fn text(s: &mut Scanner, field: &'static FieldSpec, op: Op) -> Result<Option<Expr>, FilterError> {
    let start = s.at;
    let ends = if field.field.is_staff() {
        Ends::CommaNotId
    } else {
        Ends::Comma
    };
    let mut test = match op {
        Op::Regex => {
            let pattern = s.pattern()?;
            if let Err(why) = super::eval::regex(&pattern) {
                return Err(fault(start..s.at, Problem::BadRegex(why)));
            }
            s.check_end()?;
            Test::Regex(pattern)
        }
        Op::Has => Test::Has(matches(s, ends, field.name)?),
        Op::Is => Test::Is(matches(s, ends, field.name)?),
        Op::Not => Test::Not(matches(s, ends, field.name)?),
        Op::Less | Op::LessOrEqual | Op::More | Op::MoreOrEqual => return Ok(None),
    };
    if let Test::Has(found) | Test::Is(found) | Test::Not(found) = &mut test {
        check_matches(field, start..s.at, found)?;
    }
    Ok(Some(Expr::term(field.field, test)))
}

/// Phones are digits, steps are `CAMPAIGN/STEP`, kept with the step's code.
fn check_matches(
    field: &FieldSpec,
    span: Span<usize>,
    found: &mut [Match],
) -> Result<(), FilterError> {
    for item in found {
        if field.field == Field::Phone && !item.text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fault(span, Problem::NotDigits(field.name)));
        }
        if field.field == Field::Step {
            let Some((campaign, step)) = campaign_step(&item.text) else {
                return Err(fault(span, Problem::NotAStep(item.text.clone())));
            };
            item.text = format!("{campaign}/{}", step.code);
        }
    }
    Ok(())
}

/// A list of texts: words, quotes, ids.
pub(super) fn matches(
    s: &mut Scanner,
    ends: Ends,
    after: &'static str,
) -> Result<Vec<Match>, FilterError> {
    let mut found = Vec::new();
    loop {
        let id = s.eat('#');
        let Some(word) = s.word(ends)? else {
            return Err(s.fault_here(Problem::NoValue(after)));
        };
        if word.text.is_empty() {
            return Err(s.fault_here(Problem::NoValue(after)));
        }
        found.push(if id {
            let star = if word.star { "*" } else { "" };
            Match::identity(&format!("{}{star}", word.text))
        } else {
            Match {
                text: word.text,
                literal: word.quoted,
                prefix: word.star,
                id: false,
            }
        });
        if !s.eat(',') {
            if !(ends == Ends::CommaOrOperator && s.operator_at(0)) {
                s.check_end()?;
            }
            return Ok(found);
        }
    }
}

/// A list of a choice field's words, made canonical.
pub(super) fn choice(
    s: &mut Scanner,
    field: &'static FieldSpec,
) -> Result<Vec<Match>, FilterError> {
    let mut found = Vec::new();
    let known = field.choices;
    loop {
        let start = s.at;
        let Some(word) = s.word(Ends::Comma)? else {
            return Err(s.fault_here(Problem::NoValue(field.name)));
        };
        let code = position(field.field, &word.text)
            .and_then(|i| known.get(i))
            .map(|c| c.code);
        let Some(code) = code else {
            let all: Vec<_> = known
                .iter()
                .map(|c| format!("{}({})", c.code, c.zh))
                .collect();
            return Err(FilterError {
                suggestion: nearest_of(&word.text, known.iter().flat_map(Choice::words))
                    .map(str::to_owned),
                ..fault(
                    start..s.at,
                    Problem::UnknownChoice(word.text, all.join(" ")),
                )
            });
        };
        found.push(Match::word(code));
        if !s.eat(',') {
            s.check_end()?;
            return Ok(found);
        }
    }
}
