//! What a campaign has among the metrics, and which of all have a target.

use crate::cli::held::in_yuan;
use crate::domain::kpi::goal::{Goal, Goals};
use crate::domain::kpi::split::TARGETS_OFF;
use crate::domain::metric::OF_A_CAMPAIGN;
use crate::domain::{Fen, Figure, nearest};
use crate::engine::answer::{KpiNode, KpiPage};

use super::Value;

/// Figures of a scope held against its targets, those that have one, each as `exact` says what is held and its value; then what a campaign alone has, against the campaign's.
pub fn of_targets(
    values: &[Value],
    exact: impl Fn(&str, Figure) -> (Figure, Option<f64>),
    goals: Goals<'_>,
    campaign: &KpiPage,
) -> Vec<Goal> {
    let held = values.iter().filter_map(|(code, figure)| {
        let (figure, number) = exact(code, *figure);
        let is_of_a_campaign = of_campaigns().any(|own| own == *code);
        goals
            .hold_exact(code, figure, number)
            .filter(|_| !is_of_a_campaign)
    });
    let nodes = campaign.tree.iter();
    let nodes = nodes.filter(|node| of_campaigns().any(|own| own == node.code));
    held.chain(nodes.filter_map(KpiNode::goal)).collect()
}

const ATTAINMENT: &str = "attainment";

/// Codes of what only a campaign has.
fn of_campaigns() -> impl Iterator<Item = &'static str> {
    std::iter::once(ATTAINMENT).chain(OF_A_CAMPAIGN)
}

/// What only a campaign has: its attainment, users and the rates between its steps.
pub fn of_campaign(page: &KpiPage) -> Vec<Value> {
    let of = |code: &'static str| {
        let node = page.tree.iter().find(|node| node.code == code);
        let actual = node?.held.actual;
        // Money over money; the others are people over people.
        let is_money = code == ATTAINMENT;
        Some((code, if is_money { in_yuan(actual) } else { actual }))
    };
    let mut values: Vec<Value> = of_campaigns().filter_map(of).collect();
    let off = page.caveats.between;
    values.extend(off.map(|fen| (TARGETS_OFF, Figure::Money(Fen(nearest(fen))))));
    values
}
