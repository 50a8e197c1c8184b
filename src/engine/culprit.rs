//! Why a filter finds nobody.

use super::Engine;
use super::select::Ground;
use crate::filter::{Expr, Filter, edit, print};

impl Engine {
    /// The term whose loss brings most customers back, as printed, and how many. Where no single loss brings anybody back,
    /// the terms that have no hits alone, and the hits without them.
    pub(super) fn culprit(&mut self, filter: &Filter, ground: Ground<'_>) -> Option<(String, u64)> {
        let terms = edit::terms(filter).to_vec();
        let printed = |expr: &Expr| {
            let alone = Filter {
                expr: expr.clone(),
                ..Filter::default()
            };
            print(&alone)
        };
        let mut best: Option<(String, u64)> = None;
        for (at, term) in terms.iter().enumerate() {
            let hits = self.select(&edit::without(filter, at), ground).count();
            if hits > 0 && best.as_ref().is_none_or(|(_, most)| hits > *most) {
                best = Some((printed(term), hits));
            }
        }
        if best.is_some() || terms.len() < 2 {
            return best;
        }
        let mut rest = filter.clone();
        let mut empty = Vec::new();
        for (at, term) in terms.iter().enumerate().rev() {
            let alone = Filter {
                expr: term.clone(),
                ..Filter::default()
            };
            if self.select(&alone, ground).count() == 0 {
                empty.push(printed(term));
                rest = edit::without(&rest, at);
            }
        }
        empty.reverse();
        let hits = self.select(&rest, ground).count();
        (!empty.is_empty()).then(|| (empty.join(" "), hits))
    }
}
