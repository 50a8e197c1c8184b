//! What the rows of a board come to together.

use super::candidate::Candidate;
use crate::domain::kpi::target;
use crate::domain::metric::Better;
use crate::domain::{Fen, Figure, Rate, nearest};
use crate::engine::answer::{Aimed, BoardMetric};

/// Σ of the values, and what those with a target reached of it; of an achievement board, their money over their targets:
/// nothing where some are held against net money and others against gross, which do not add up.
pub(super) fn totals(candidates: &[Candidate<'_>], metric: BoardMetric) -> (Figure, Option<Aimed>) {
    let mut codes = candidates
        .iter()
        .filter_map(|c| c.target)
        .map(|t| &t.metric_code);
    let first = codes.next();
    if codes.any(|code| Some(code) != first) {
        return (Figure::NoValue, None);
    }
    let with_target: Vec<(i64, f64)> = candidates
        .iter()
        .filter_map(|c| Some((c.amount, c.target?.target)))
        .collect();
    let goal: f64 = with_target.iter().map(|(_, target)| target).sum();
    let reached = Fen::total_held(with_target.iter().map(|(amount, _)| Fen(*amount))).0;
    let aimed = (goal > 0.0).then(|| Aimed {
        people: u32::try_from(with_target.len()).unwrap_or(u32::MAX),
        amount: amount(metric, reached),
        target: amount(metric, nearest(goal)),
        achievement: target::achievement(reached as f64, goal, Better::Higher),
    });
    let total = match metric {
        BoardMetric::Achievement => aimed.map_or(Figure::NoValue, |_| {
            // Money lost achieves nothing.
            Figure::Rate(Rate {
                num: reached.max(0) as f64,
                den: goal,
            })
        }),
        BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Adds | BoardMetric::Orders => {
            let all = candidates.iter().map(|c| Fen(c.amount));
            amount(metric, Fen::total_held(all).0)
        }
    };
    (total, aimed)
}

/// An amount of the board's metric: money, or a count. Targets of an achievement board are money.
pub(super) fn amount(metric: BoardMetric, n: i64) -> Figure {
    match metric {
        BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Achievement => Figure::Money(Fen(n)),
        BoardMetric::Adds | BoardMetric::Orders => Figure::Count(n),
    }
}
