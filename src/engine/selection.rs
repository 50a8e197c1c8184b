//! Who is under a scope, kept with the counts of their tags until something changes: all panes share it, and what is one key
//! away can be made before the key comes.

use std::sync::Arc;

use super::Engine;
use super::bits::Bits;
use super::select::{Ground, StaffSet};
use crate::domain::Fen;
use crate::domain::period::Period;
use crate::filter::{Bound, Expr, Field, Filter, Range, Term, Test, When};

/// The customers under a scope, with what every pane asks of them.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Their rows.
    pub rows: Arc<Bits>,
    /// How many.
    pub hits: u64,
    /// Σ their spend.
    pub spend: Fen,
    /// It is everybody: no filter and no org node.
    pub whole: bool,
}

/// What a selection was made from.
#[derive(Clone, Debug, PartialEq)]
struct Made {
    expr: Expr,
    org: Option<StaffSet>,
    /// When the filter asks who bought in the period.
    period: Option<Period>,
    /// The second when ages are tested, else the day.
    now: i64,
}

/// A selection, what it was made from, and its customers with each tag, by code, once somebody asked.
#[derive(Clone, Debug)]
struct Kept {
    made: Made,
    selection: Selection,
    tagged: Option<Arc<[u64]>>,
}

/// Selections made since the last change, most recently used last.
#[derive(Clone, Debug, Default)]
pub struct Selections {
    kept: Vec<Kept>,
}

/// Most selections kept.
const MOST: usize = 6;

impl Selections {
    /// Rows changed.
    pub fn forget(&mut self) {
        self.kept.clear();
    }

    /// Rows changed, but nobody came or left and all together have spent what they had.
    pub fn forget_filtered(&mut self) {
        self.kept.retain(|kept| kept.selection.whole);
        for kept in &mut self.kept {
            kept.tagged = None;
        }
    }

    /// Bytes on the heap.
    pub fn bytes(&self) -> usize {
        let of = |kept: &Kept| {
            let counts = kept.tagged.as_ref().map_or(0, |counts| counts.len());
            kept.selection.rows.bytes() + counts * size_of::<u64>()
        };
        self.kept.iter().map(of).sum()
    }
}

/// An age in it makes a filter mean something else every second.
pub fn ages(expr: &Expr) -> bool {
    let age = |bound: &Bound<When>| {
        matches!(
            bound,
            Bound::Included(When::Ago(..)) | Bound::Excluded(When::Ago(..))
        )
    };
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(ages),
        Expr::Not(inner) => ages(inner),
        Expr::Term(Term {
            test: Test::Time(Range { from, to }),
            ..
        }) => age(from) || age(to),
        Expr::All | Expr::Term(_) => false,
    }
}

/// It is about what was bought, or who was added, in the period of the scope.
fn asks_period(expr: &Expr) -> bool {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(asks_period),
        Expr::Not(inner) => asks_period(inner),
        Expr::Term(term) => matches!(term.field, Field::CreditedTo | Field::AddedBy),
        Expr::All => false,
    }
}

impl Engine {
    /// The customers under filter and org node; kept until something changes, so all panes share it.
    pub fn selection(&mut self, filter: &Filter, ground: Ground<'_>) -> Selection {
        let now = if ages(&filter.expr) {
            ground.as_of.unix
        } else {
            i64::from(ground.as_of.today().0)
        };
        let made = Made {
            expr: filter.expr.clone(),
            org: ground.org.cloned(),
            period: asks_period(&filter.expr).then_some(ground.period),
            now,
        };
        let mut known = self.selections.kept.iter();
        let known = known.position(|kept| kept.made == made);
        let kept = if let Some(at) = known {
            self.selections.kept.remove(at)
        } else {
            let rows = self.select(filter, ground);
            let hits = rows.count();
            let whole = filter.expr == Expr::All && ground.org.is_none();
            let spend = Fen(self.sum_spend(&rows));
            let selection = Selection {
                rows: Arc::new(rows),
                hits,
                spend,
                whole,
            };
            Kept {
                made,
                selection,
                tagged: None,
            }
        };
        if self.selections.kept.len() >= MOST {
            self.selections.kept.remove(0);
        }
        let selection = kept.selection.clone();
        self.selections.kept.push(kept);
        selection
    }

    /// Customers of a selection with each tag, by code; kept as long as the selection.
    pub(super) fn tag_counts(&mut self, selection: &Selection) -> Arc<[u64]> {
        let is_it = |kept: &&mut Kept| Arc::ptr_eq(&kept.selection.rows, &selection.rows);
        let mut kept = self.selections.kept.iter_mut().find(is_it);
        if let Some(counts) = kept.as_ref().and_then(|kept| kept.tagged.clone()) {
            return counts;
        }
        let counts = self.tags.counts(&selection.rows, &self.customers.live);
        let counts: Arc<[u64]> = counts.into();
        if let Some(kept) = &mut kept {
            kept.tagged = Some(Arc::clone(&counts));
        }
        counts
    }

    /// Makes ready what list and tags are asked for under a filter that is one key away.
    pub fn foresee(&mut self, filter: &Filter, ground: Ground<'_>) {
        let selection = self.selection(filter, ground);
        self.tag_counts(&selection);
    }
}
