//! What a target of an org node is held against: what its staff are credited with, as on the sales board and everywhere else.

use std::collections::BTreeMap;

use crate::domain::Figure;
use crate::domain::kpi::goal::Goals;
use crate::domain::period::{Period, PeriodSpec};
use crate::engine::answer::BoardMetric;
use crate::engine::request::{Answer, Question, Scope};

use super::asking::Asking;
use super::error::Failure;

/// What a board can count.
const COUNTED: [(&str, BoardMetric); 4] = [
    ("net_gmv_refund", BoardMetric::NetGmv),
    ("gmv", BoardMetric::Gmv),
    ("orders", BoardMetric::Orders),
    ("adds", BoardMetric::Adds),
];

/// What the staff of the scope's org node did in a period, of the metrics that have a target; nothing without a node.
pub(super) fn of_staff(
    asking: &mut Asking,
    goals: &Goals<'_>,
    period: Period,
) -> Result<BTreeMap<&'static str, Figure>, Failure> {
    let mut figures = BTreeMap::new();
    let Some(node) = asking.scope.org else {
        return Ok(figures);
    };
    let aimed = |code| goals.hold(code, Figure::NoValue).is_some();
    for (code, metric) in COUNTED.into_iter().filter(|(code, _)| aimed(code)) {
        let scope = Scope {
            org: Some(node),
            period: PeriodSpec::Range(period.from, period.to),
            ..Scope::default()
        };
        if let Answer::Board(page) = asking.ask(&Question::Board { scope, metric })? {
            figures.insert(code, page.total);
        }
    }
    Ok(figures)
}
