//! Changing a filter the way facets and keys do: terms come and go, the rest of the text stays.

use super::ast::{Expr, Field, Filter, Match, Term, Test};
use super::fold::search_form;

/// Must have, must not have, either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TriState {
    /// `[ ]`
    #[default]
    Any,
    /// `[+]`
    Must,
    /// `[-]`
    MustNot,
}

impl TriState {
    /// The state after one more press: any → must → must not → any.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Any => Self::Must,
            Self::Must => Self::MustNot,
            Self::MustNot => Self::Any,
        }
    }
}

/// The terms that all must hold, in writing order; one for a filter that is no conjunction, none for the empty one.
pub fn terms(filter: &Filter) -> &[Expr] {
    match &filter.expr {
        Expr::All => &[],
        Expr::And(parts) => parts,
        one @ (Expr::Or(_) | Expr::Not(_) | Expr::Term(_)) => std::slice::from_ref(one),
    }
}

/// The filter without its term at this position of [`terms`].
#[must_use]
pub fn without(filter: &Filter, at: usize) -> Filter {
    let kept = terms(filter)
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != at)
        .map(|(_, term)| term.clone())
        .collect();
    with_expr(filter, Expr::all_of(kept))
}

/// The filter and one more condition; unchanged when it already says so.
#[must_use]
pub fn and(filter: &Filter, extra: Expr) -> Filter {
    if terms(filter).contains(&extra) {
        return filter.clone();
    }
    with_expr(filter, Expr::all_of(vec![filter.expr.clone(), extra]))
}

/// Both filters' conditions; the second one's view options win.
#[must_use]
pub fn merge(filter: &Filter, extra: &Filter) -> Filter {
    let mut merged = terms(extra)
        .iter()
        .fold(filter.clone(), |all, term| and(&all, term.clone()));
    if !extra.sort.is_empty() {
        merged.sort.clone_from(&extra.sort);
    }
    if !extra.cols.is_empty() {
        merged.cols.clone_from(&extra.cols);
    }
    merged.limit = extra.limit.or(merged.limit);
    merged
}

/// `f`: the filter narrowed to rows with this value; the same value excluded before is excluded no more.
#[must_use]
pub fn include(filter: &Filter, field: Field, value: &Match) -> Filter {
    set(filter, field, value, TriState::Must)
}

/// `F`: the filter narrowed to rows without this value.
#[must_use]
pub fn exclude(filter: &Filter, field: Field, value: &Match) -> Filter {
    set(filter, field, value, TriState::MustNot)
}

/// One press on a facet: any → must → must not → any.
#[must_use]
pub fn cycle(filter: &Filter, field: Field, value: &Match) -> Filter {
    let now = state(filter, field, value);
    set(filter, field, value, now.next())
}

/// Puts a value into a state, whatever it was in.
#[must_use]
pub fn set(filter: &Filter, field: Field, value: &Match, to: TriState) -> Filter {
    let kept = terms(filter)
        .iter()
        .filter_map(|term| drop_value(term, field, value))
        .collect();
    let cleared = with_expr(filter, Expr::all_of(kept));
    let term = Expr::term(field, Test::Has(vec![value.clone()]));
    match to {
        TriState::Any => cleared,
        TriState::Must => and(&cleared, term),
        TriState::MustNot => and(&cleared, Expr::Not(Box::new(term))),
    }
}

/// The state of a value: must, when a term asks for it alone; must not, when a term excludes it, alone or in a list.
pub fn state(filter: &Filter, field: Field, value: &Match) -> TriState {
    state_where(filter, field, |m| same(m, value))
}

/// The state of a tag, group … known by id and by name: either may stand in the filter.
pub fn state_of(filter: &Filter, field: Field, id: &str, name: &str) -> TriState {
    let name = search_form(name);
    state_where(filter, field, |m| {
        if m.id {
            m.text == id
        } else {
            !m.prefix && search_form(&m.text) == name
        }
    })
}

fn state_where(filter: &Filter, field: Field, is: impl Fn(&Match) -> bool) -> TriState {
    for term in terms(filter) {
        match values(term, field) {
            Some((found, TriState::Must)) if found.len() == 1 && found.iter().any(&is) => {
                return TriState::Must;
            }
            Some((found, TriState::MustNot)) if found.iter().any(&is) => return TriState::MustNot,
            _ => {}
        }
    }
    TriState::Any
}

/// The values of a term that asks for, or excludes, values of the field.
fn values(term: &Expr, field: Field) -> Option<(&[Match], TriState)> {
    let (inner, negated) = match term {
        Expr::Not(inner) => (&**inner, true),
        Expr::All | Expr::And(_) | Expr::Or(_) | Expr::Term(_) => (term, false),
    };
    let Expr::Term(Term { field: its, test }) = inner else {
        return None;
    };
    if *its != field {
        return None;
    }
    let state = |excluded| {
        if excluded {
            TriState::MustNot
        } else {
            TriState::Must
        }
    };
    match test {
        Test::Has(found) | Test::Is(found) => Some((found, state(negated))),
        Test::Not(found) => Some((found, state(!negated))),
        Test::Regex(_) | Test::Number(_) | Test::Time(_) | Test::Present | Test::Absent => None,
    }
}

/// The term without this value: gone when it was its only one; a list that asks for one of several stays whole.
fn drop_value(term: &Expr, field: Field, value: &Match) -> Option<Expr> {
    let Some((found, state)) = values(term, field) else {
        return Some(term.clone());
    };
    let has_it = found.iter().any(|m| same(m, value));
    if !has_it || (state == TriState::Must && found.len() > 1) {
        return Some(term.clone());
    }
    let rest: Vec<Match> = found.iter().filter(|m| !same(m, value)).cloned().collect();
    if rest.is_empty() {
        return None;
    }
    Some(Expr::Not(Box::new(Expr::term(field, Test::Has(rest)))))
}

fn same(a: &Match, b: &Match) -> bool {
    a.id == b.id
        && a.prefix == b.prefix
        && if a.id {
            a.text == b.text
        } else {
            search_form(&a.text) == search_form(&b.text)
        }
}

/// A filter typed over another: terms left as they were `shown` are again what they were `kept` as, with their ids.
#[must_use]
pub fn restored(typed: Filter, shown: &Filter, kept: &Filter) -> Filter {
    let mut pairs = Vec::new();
    side_by_side(&shown.expr, &kept.expr, &mut pairs);
    pairs.retain(|(shown, kept)| shown != kept);
    if pairs.is_empty() {
        return typed;
    }
    let expr = with_kept(typed.expr.clone(), &pairs);
    Filter { expr, ..typed }
}

/// The terms of two expressions of one form, in pairs.
fn side_by_side<'a>(a: &'a Expr, b: &'a Expr, pairs: &mut Vec<(&'a Term, &'a Term)>) {
    match (a, b) {
        (Expr::Term(a), Expr::Term(b)) => pairs.push((a, b)),
        (Expr::Not(a), Expr::Not(b)) => side_by_side(a, b, pairs),
        (Expr::And(a), Expr::And(b)) | (Expr::Or(a), Expr::Or(b)) => {
            for (a, b) in a.iter().zip(b) {
                side_by_side(a, b, pairs);
            }
        }
        (Expr::All | Expr::Term(_) | Expr::Not(_) | Expr::And(_) | Expr::Or(_), _) => {}
    }
}

fn with_kept(expr: Expr, pairs: &[(&Term, &Term)]) -> Expr {
    let all = |parts: Vec<Expr>| parts.into_iter().map(|p| with_kept(p, pairs)).collect();
    match expr {
        Expr::All => Expr::All,
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(inner) => Expr::Not(Box::new(with_kept(*inner, pairs))),
        Expr::Term(term) => {
            let kept = pairs.iter().find(|(shown, _)| **shown == term);
            Expr::Term(kept.map_or(term, |(_, kept)| (*kept).clone()))
        }
    }
}

fn with_expr(filter: &Filter, expr: Expr) -> Filter {
    Filter {
        expr,
        ..filter.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Ctx, parse, print};

    fn read(text: &str) -> Filter {
        parse(text, &Ctx::default()).unwrap()
    }

    fn press(text: &str, tag: &str) -> String {
        print(&cycle(&read(text), Field::Tag, &Match::word(tag)))
    }

    #[test]
    fn a_tag_cycles_through_must_must_not_and_any() {
        let one = press("spend>500 sort:-spend", "高净值");
        assert_eq!(one, "spend>500 tag:高净值 sort:-spend");
        let two = press(&one, "高净值");
        assert_eq!(two, "spend>500 -tag:高净值 sort:-spend");
        assert_eq!(press(&two, "高净值"), "spend>500 sort:-spend");
        assert_eq!(press("", "vip"), "tag:vip");
        assert_eq!(press("-tag:vip", "VIP"), "");
    }

    #[test]
    fn a_value_leaves_a_list_of_excluded_ones_alone() {
        assert_eq!(press("-tag:a,b", "a"), "-tag:b");
        assert_eq!(press("tag!=a,b", "a"), "-tag:b");
    }

    #[test]
    fn one_of_several_is_neither_must_nor_must_not() {
        let filter = read("tag:a,b");
        assert_eq!(state(&filter, Field::Tag, &Match::word("a")), TriState::Any);
        assert_eq!(press("tag:a,b", "a"), "tag:a,b tag:a");
        assert_eq!(press("tag:a,b tag:a", "a"), "tag:a,b -tag:a");
    }

    #[test]
    fn an_alternative_becomes_a_group_when_it_is_narrowed() {
        assert_eq!(
            press("city:上海 | city:北京", "vip"),
            "(city:上海 | city:北京) tag:vip"
        );
    }

    #[test]
    fn state_is_read_by_id_and_by_name() {
        let filter = read("tag:#et1 -tag:流失");
        assert_eq!(
            state_of(&filter, Field::Tag, "et1", "高净值"),
            TriState::Must
        );
        assert_eq!(
            state_of(&filter, Field::Tag, "et2", "流失"),
            TriState::MustNot
        );
        assert_eq!(state_of(&filter, Field::Tag, "et3", "新客"), TriState::Any);
    }

    #[test]
    fn names_shown_for_ids_become_the_ids_again() {
        let kept = read("group:#wr1 (-owner:#zm | tag:vip)");
        let shown = read("group:福利群 (-owner:张敏 | tag:vip)");
        assert_eq!(restored(shown.clone(), &shown, &kept), kept);
        let more = read("(-owner:张敏 | city:上海) group:福利群 spend>100");
        assert_eq!(
            print(&restored(more, &shown, &kept)),
            "(-owner:#zm | city:上海) group:#wr1 spend>100"
        );
        let other = read("group:福利 tag:vip");
        assert_eq!(restored(other.clone(), &shown, &kept), other);
    }

    #[test]
    fn including_an_excluded_value_turns_it_round() {
        let filter = exclude(&read("tag:vip"), Field::City, &Match::word("上海"));
        assert_eq!(print(&filter), "tag:vip -city:上海");
        let filter = include(&filter, Field::City, &Match::word("上海"));
        assert_eq!(print(&filter), "tag:vip city:上海");
        assert_eq!(include(&filter, Field::City, &Match::word("上海")), filter);
    }

    #[test]
    fn terms_can_be_dropped_one_by_one() {
        let filter = read("tag:vip spend>5000 (a | b) limit:5");
        let dropped: Vec<_> = (0..terms(&filter).len())
            .map(|i| print(&without(&filter, i)))
            .collect();
        assert_eq!(
            dropped,
            [
                "spend>5000 (a | b) limit:5",
                "tag:vip (a | b) limit:5",
                "tag:vip spend>5000 limit:5"
            ]
        );
        assert!(terms(&read("")).is_empty());
        assert_eq!(terms(&read("a | b")).len(), 1);
    }

    #[test]
    fn merging_keeps_terms_once() {
        let merged = merge(
            &read("tag:vip a sort:name"),
            &read("tag:vip group:#g1 sort:-spend"),
        );
        assert_eq!(print(&merged), "tag:vip a group:#g1 sort:-spend");
    }
}
