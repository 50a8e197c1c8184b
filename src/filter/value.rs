//! Operators and values: what may follow a field, by what the field holds.

use std::ops::Range as Span;

use super::amount::{self, Moment};
use super::ast::{Bound, Expr, Field, Match, Range, Term, Test, When};
use super::error::{FilterError, Problem};
use super::fields::{FieldSpec, Kind, nearest_of};
use super::scan::{Ends, Scanner};
use super::values::{Choice, STEPS, choices, position};
use crate::domain::period::PeriodSpec;

/// An operator as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Has,
    Is,
    Not,
    Regex,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

impl Op {
    fn sign(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Is => "=",
            Self::Not => "!=",
            Self::Regex => "~",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
        }
    }

    /// Everything on one side of a value; `None` for operators that name the value itself.
    fn side<T>(self, value: T) -> Option<Range<T>> {
        let (from, to) = match self {
            Self::Less => (Bound::None, Bound::Excluded(value)),
            Self::LessOrEqual => (Bound::None, Bound::Included(value)),
            Self::More => (Bound::Excluded(value), Bound::None),
            Self::MoreOrEqual => (Bound::Included(value), Bound::None),
            Self::Has | Self::Is | Self::Not | Self::Regex => return None,
        };
        Some(Range { from, to })
    }
}

/// Takes an operator; `:>` and `:<` are accepted for `>` and `<`.
fn operator(s: &mut Scanner) -> Op {
    let colon = s.eat(':');
    if s.eat('<') {
        return if s.eat('=') {
            Op::LessOrEqual
        } else {
            Op::Less
        };
    }
    if s.eat('>') {
        return if s.eat('=') {
            Op::MoreOrEqual
        } else {
            Op::More
        };
    }
    if colon {
        return Op::Has;
    }
    if s.eat('~') {
        return Op::Regex;
    }
    if s.eat('!') {
        s.eat('=');
        return Op::Not;
    }
    s.eat('=');
    // `==` is what programmers type.
    s.eat('=');
    Op::Is
}

/// Reads operator and value of a field.
pub(super) fn test(s: &mut Scanner, field: &'static FieldSpec) -> Result<Expr, FilterError> {
    let at = s.at;
    let op = operator(s);
    let signed = at..s.at;
    if s.peek(0)
        .is_none_or(|c| c.is_whitespace() || matches!(c, ')' | '|'))
    {
        return Err(s.fault(at..s.at, Problem::NoValue(field.name)));
    }
    let wrong = |s: &Scanner| {
        s.fault(
            signed.clone(),
            Problem::WrongOperator(op.sign().to_owned(), field.name),
        )
    };
    match field.kind {
        Kind::Text => text(s, field, op)?.ok_or_else(|| wrong(s)),
        Kind::Choice => {
            let found = match op {
                Op::Has | Op::Is => Test::Has(choice(s, field)?),
                Op::Not => Test::Not(choice(s, field)?),
                Op::Regex | Op::Less | Op::LessOrEqual | Op::More | Op::MoreOrEqual => {
                    return Err(wrong(s));
                }
            };
            Ok(Expr::term(field.field, found))
        }
        Kind::Money | Kind::Count | Kind::Number | Kind::Time | Kind::Birthday => {
            if op == Op::Regex {
                return Err(wrong(s));
            }
            measured(s, field, op)
        }
    }
}

/// A text field's test; `None` when the operator is not one for text.
fn text(s: &mut Scanner, field: &'static FieldSpec, op: Op) -> Result<Option<Expr>, FilterError> {
    let start = s.at;
    let test = match op {
        Op::Regex => {
            let pattern = s.pattern()?;
            if let Err(why) = super::eval::regex(&pattern) {
                return Err(s.fault(start..s.at, Problem::BadRegex(why)));
            }
            check_end(s)?;
            Test::Regex(pattern)
        }
        Op::Has => Test::Has(matches(s, Ends::Comma, field.name)?),
        Op::Is => Test::Is(matches(s, Ends::Comma, field.name)?),
        Op::Not => Test::Not(matches(s, Ends::Comma, field.name)?),
        Op::Less | Op::LessOrEqual | Op::More | Op::MoreOrEqual => return Ok(None),
    };
    if let Test::Has(found) | Test::Is(found) | Test::Not(found) = &test {
        check_matches(s, field, start..s.at, found)?;
    }
    Ok(Some(Expr::term(field.field, test)))
}

/// Phones are digits, steps are `CAMPAIGN/STEP`.
fn check_matches(
    s: &Scanner,
    field: &FieldSpec,
    span: Span<usize>,
    found: &[Match],
) -> Result<(), FilterError> {
    for item in found {
        if field.field == Field::Phone && !item.text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(s.fault(span, Problem::NotDigits(field.name)));
        }
        let is_step = || {
            item.text.split_once('/').is_some_and(|(campaign, step)| {
                campaign.parse::<i64>().is_ok() && STEPS.contains(&step)
            })
        };
        if field.field == Field::Step && !is_step() {
            return Err(s.fault(span, Problem::NotAStep(item.text.clone())));
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
                check_end(s)?;
            }
            return Ok(found);
        }
    }
}

/// After a value comes a space, a `)`, a `|` or the end; anything else would quietly begin another term.
pub(super) fn check_end(s: &Scanner) -> Result<(), FilterError> {
    match s.peek(0) {
        None | Some(')' | '|') => Ok(()),
        Some(c) if c.is_whitespace() => Ok(()),
        Some(_) => Err(s.fault_here(Problem::StuckParenthesis)),
    }
}

/// A list of a choice field's words, made canonical.
pub(super) fn choice(
    s: &mut Scanner,
    field: &'static FieldSpec,
) -> Result<Vec<Match>, FilterError> {
    let mut found = Vec::new();
    let known = choices(field.field);
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
                ..s.fault(
                    start..s.at,
                    Problem::UnknownChoice(word.text, all.join(" ")),
                )
            });
        };
        found.push(Match::word(code));
        if !s.eat(',') {
            check_end(s)?;
            return Ok(found);
        }
    }
}

/// A number, time or birthday: one value, a range, or a list of them.
fn measured(s: &mut Scanner, field: &'static FieldSpec, op: Op) -> Result<Expr, FilterError> {
    let run = s.run();
    check_end(s)?;
    let typed = s.text(run.clone());
    check_thousands(s, &run, &typed)?;
    let mut at = run.start;
    let mut parts = Vec::new();
    for item in typed.split(',') {
        let len = item.chars().count();
        let span = at..at + len;
        at += len + 1;
        if item.is_empty() {
            return Err(s.fault(span, Problem::NoValue(field.name)));
        }
        let test = one(field, op, item).map_err(|(offset, problem)| {
            s.fault(span.start + offset.min(len)..span.end, problem)
        })?;
        parts.push(Expr::Term(Term {
            field: field.field,
            test,
        }));
    }
    if parts.len() > 1 && op.side(()).is_some() {
        let problem = Problem::WrongOperator(",".to_owned(), field.name);
        return Err(s.fault(run, problem));
    }
    let any = Expr::any_of(parts);
    Ok(if op == Op::Not {
        Expr::Not(Box::new(any))
    } else {
        any
    })
}

/// `1,000` is a thousand to whoever types it, and a list of 1 and 0 to nobody.
fn check_thousands(s: &Scanner, run: &Span<usize>, typed: &str) -> Result<(), FilterError> {
    let mut groups = typed.split(',');
    let first = groups.next().unwrap_or_default();
    let digits = |g: &str| g.bytes().take_while(u8::is_ascii_digit).count();
    let rest: Vec<&str> = groups.collect();
    let grouped = !rest.is_empty()
        && (1..=3).contains(&digits(first))
        && digits(first) == first.len()
        && rest.iter().all(|g| digits(g) == 3);
    if grouped {
        let joined = typed.replace(',', "");
        return Err(FilterError {
            suggestion: Some(joined.clone()),
            ..s.fault(run.clone(), Problem::Thousands(joined))
        });
    }
    Ok(())
}

fn one(field: &FieldSpec, op: Op, item: &str) -> Result<Test, amount::At> {
    match field.kind {
        Kind::Time => time(op, item).map(Test::Time),
        Kind::Birthday => birthday(op, item, field),
        Kind::Money | Kind::Count | Kind::Number => numbers(op, item, field.kind).map(Test::Number),
        // Text and choices have their own readers.
        Kind::Text | Kind::Choice => Err((0, Problem::NoValue(field.name))),
    }
}

/// The two ends of `a..b`, either of which may be missing, and where `b` begins.
fn ends(item: &str) -> Option<(&str, &str, usize)> {
    let (a, b) = item.split_once("..")?;
    Some((a, b, a.chars().count() + 2))
}

fn numbers(op: Op, item: &str, kind: Kind) -> Result<Range<f64>, amount::At> {
    let Some((a, b, b_at)) = ends(item) else {
        let value = amount::number(item, kind)?;
        return Ok(op.side(value).unwrap_or(Range::exactly(value)));
    };
    if op.side(()).is_some() || (a.is_empty() && b.is_empty()) {
        return Err((0, Problem::NotANumber(item.to_owned())));
    }
    let from = (!a.is_empty())
        .then(|| amount::number(a, kind))
        .transpose()?;
    let to = (!b.is_empty())
        .then(|| amount::number(b, kind))
        .transpose()
        .map_err(|(at, problem)| (b_at + at, problem))?;
    if let (Some(x), Some(y)) = (from, to)
        && x > y
    {
        return Err((0, Problem::Backwards));
    }
    Ok(Range {
        from: from.map_or(Bound::None, Bound::Included),
        to: to.map_or(Bound::None, Bound::Included),
    })
}

fn birthday(op: Op, item: &str, field: &FieldSpec) -> Result<Test, amount::At> {
    let wrong = || (0, Problem::NotABirthday(item.to_owned()));
    if op.side(()).is_some() {
        let problem = Problem::WrongOperator(op.sign().to_owned(), field.name);
        return Err((0, problem));
    }
    if let Some((a, b, _)) = ends(item) {
        let (from, _) = amount::birthday(a).ok_or_else(wrong)?;
        let (_, to) = amount::birthday(b).ok_or_else(wrong)?;
        return Ok(Test::Number(Range::between(from, to)));
    }
    if let Some((from, to)) = amount::birthday(item) {
        return Ok(Test::Number(Range::between(from, to)));
    }
    match amount::moment(item) {
        Ok(Moment::Calendar(when @ When::In(_))) => Ok(Test::Time(Range::exactly(when))),
        Ok(Moment::Calendar(_) | Moment::Age(..) | Moment::Back(..)) | Err(_) => Err(wrong()),
    }
}

fn time(op: Op, item: &str) -> Result<Range<When>, amount::At> {
    if let Some((a, b, b_at)) = ends(item) {
        if op.side(()).is_some() || (a.is_empty() && b.is_empty()) {
            return Err((0, Problem::NotATime(item.to_owned())));
        }
        let from = (!a.is_empty()).then(|| amount::moment(a)).transpose()?;
        let to = (!b.is_empty())
            .then(|| amount::moment(b))
            .transpose()
            .map_err(|(at, problem)| (b_at + at, problem))?;
        return time_range(from, to);
    }
    let value = amount::moment(item)?;
    let age = |(amount, measure)| When::Ago(amount, measure);
    match (value, op) {
        // `added:30d` is the period `30d` of the command line: the last 30 days, today included.
        (Moment::Age(days, super::ast::Measure::Day), Op::Has) if is_period(days) => {
            // `is_period` has seen that it is a whole number from 1 to 65535.
            let days = format!("{days}").parse().unwrap_or(u16::MAX);
            Ok(Range::exactly(When::In(PeriodSpec::Last(days))))
        }
        (Moment::Age(n, m), _) => op
            .side(age((n, m)))
            .ok_or_else(|| (0, Problem::AgeNeedsDirection(item.to_owned()))),
        // After the moment 7 days ago means younger than 7 days.
        (Moment::Back(n, m), _) => op.side(age((n, m))).map(flip).ok_or_else(|| {
            (
                0,
                Problem::AgeNeedsDirection(item.trim_start_matches('-').to_owned()),
            )
        }),
        (Moment::Calendar(when), _) => Ok(op.side(when).unwrap_or(Range::exactly(when))),
    }
}

fn is_period(days: f64) -> bool {
    days.fract() == 0.0 && (1.0..=f64::from(u16::MAX)).contains(&days)
}

fn flip<T>(range: Range<T>) -> Range<T> {
    Range {
        from: range.to,
        to: range.from,
    }
}

fn time_range(from: Option<Moment>, to: Option<Moment>) -> Result<Range<When>, amount::At> {
    let when = |m: Moment| match m {
        Moment::Age(n, measure) | Moment::Back(n, measure) => When::Ago(n, measure),
        Moment::Calendar(when) => when,
    };
    let side = |m: Moment| std::mem::discriminant(&m);
    if let (Some(a), Some(b)) = (from, to)
        && side(a) != side(b)
    {
        return Err((0, Problem::MixedRange));
    }
    let range = Range {
        from: from.map_or(Bound::None, |m| Bound::Included(when(m))),
        to: to.map_or(Bound::None, |m| Bound::Included(when(m))),
    };
    let back = matches!(
        (from, to),
        (Some(Moment::Back(..)), _) | (_, Some(Moment::Back(..)))
    );
    let range = if back { flip(range) } else { range };
    if let (Bound::Included(a), Bound::Included(b)) = (range.from, range.to)
        && super::eval::backwards(a, b)
    {
        return Err((0, Problem::Backwards));
    }
    Ok(range)
}
