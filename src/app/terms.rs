//! Conditions written by keys: what Enter, `f` and `F` put into the filter.

use crate::filter::ast::Bound;
use crate::filter::{Expr, Field, Match, Range, Test};

/// Rows of one identity: `group:#id`, `buyer:#userid`, `owner:#userid`, `tag:#id`.
pub(super) fn of_id(field: Field, id: &str) -> Expr {
    Expr::term(field, Test::Has(vec![Match::identity(id)]))
}

/// Rows of any of these identities; nothing of none.
pub(super) fn of_ids<'a>(field: Field, ids: impl Iterator<Item = &'a str>) -> Option<Expr> {
    let ids: Vec<Match> = ids.map(Match::identity).collect();
    (!ids.is_empty()).then(|| Expr::term(field, Test::Has(ids)))
}

/// Rows with exactly this text.
pub(super) fn of_text(field: Field, text: &str) -> Expr {
    Expr::term(field, Test::Is(vec![Match::quoted(text)]))
}

/// Rows with a number at least this large.
pub(super) fn at_least(field: Field, value: f64) -> Expr {
    Expr::term(
        field,
        Test::Number(Range {
            from: Bound::Included(value),
            to: Bound::None,
        }),
    )
}

/// The opposite.
pub(super) fn not(expr: Expr) -> Expr {
    match expr {
        Expr::Not(inner) => *inner,
        Expr::All | Expr::And(_) | Expr::Or(_) | Expr::Term(_) => Expr::Not(Box::new(expr)),
    }
}
