//! Values of number, time and birthday fields: one, a range, or a list of them.

use std::ops::Range as Span;

use super::amount::{self, Moment};
use super::ast::{Bound, Expr, Measure, Range, Term, Test, When};
use super::error::{FilterError, Problem};
use super::fields::{FieldSpec, Kind};
use super::op::Op;
use super::scan::{Scanner, fault};
use crate::domain::period::PeriodSpec;

/// A number, time or birthday: one value, a range, or a list of them.
pub(super) fn measured(
    s: &mut Scanner,
    field: &'static FieldSpec,
    op: Op,
) -> Result<Expr, FilterError> {
    let run = s.run();
    s.check_end()?;
    let typed = s.text(run.clone());
    check_thousands(&run, &typed)?;
    let mut at = run.start;
    let mut parts = Vec::new();
    for item in typed.split(',') {
        let len = item.chars().count();
        let span = at..at + len;
        at += len + 1;
        if item.is_empty() {
            return Err(fault(span, Problem::NoValue(field.name)));
        }
        let test = one(field, op, item).map_err(|(offset, problem)| FilterError {
            suggestion: problem.instead(),
            ..fault(span.start + offset.min(len)..span.end, problem)
        })?;
        parts.push(Expr::Term(Term {
            field: field.field,
            test,
        }));
    }
    if parts.len() > 1 && op.side(()).is_some() {
        let problem = Problem::WrongOperator(",".to_owned(), field.name);
        return Err(fault(run, problem));
    }
    let any = Expr::any_of(parts);
    Ok(if op == Op::Not {
        Expr::Not(Box::new(any))
    } else {
        any
    })
}

/// `1,000` is a thousand to whoever types it, and a list of 1 and 0 to nobody.
fn check_thousands(run: &Span<usize>, typed: &str) -> Result<(), FilterError> {
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
            ..fault(run.clone(), Problem::Thousands(joined))
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

/// The two ends of `a..b` or `a~b`, either of which may be missing, and where `b` begins.
fn ends(item: &str) -> Option<(&str, &str, usize)> {
    let (sign, (a, b)) = ["..", "~"]
        .into_iter()
        .find_map(|sign| Some((sign, item.split_once(sign)?)))?;
    Some((a, b, a.chars().count() + sign.len()))
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
        (Moment::Age(days, Measure::Day), Op::Has) if is_period(days) => {
            // `is_period` has seen that it is a whole number from 1 to 65535.
            let days = format!("{days}").parse().unwrap_or(u16::MAX);
            Ok(Range::exactly(When::In(PeriodSpec::Last(days))))
        }
        (Moment::Age(n, m), _) => op
            .side(age((n, m)))
            .ok_or_else(|| (0, Problem::AgeNeedsDirection(item.to_owned()))),
        // Less than minus 7 days is no age, and the moment 7 days ago would turn the sign round: a slip either way.
        (Moment::Back(..), _) => Err((
            0,
            Problem::AgeNeedsDirection(item.trim_start_matches('-').to_owned()),
        )),
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
