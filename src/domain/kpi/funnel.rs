//! The funnel of a campaign: the steps that were recorded, and which of them the users are counted at (metrics.md 4.4).

use super::super::Rate;
use super::{Step, StepPeople};

/// Recorded steps in order: who came so far, and the rate from the recorded step before.
pub type Funnel = Vec<(Step, StepPeople, Rate)>;

/// Steps that were recorded: with forced-order rates from the nearest recorded step before.
pub fn funnel(steps: &[StepPeople; 6]) -> Funnel {
    let mut found = Vec::new();
    let mut before: Option<u64> = None;
    for (step, people) in Step::ALL.into_iter().zip(steps) {
        if !people.recorded {
            continue;
        }
        let rate = before.map_or(Rate::default(), |before| Rate {
            num: people.with_previous as f64,
            den: before as f64,
        });
        found.push((step, *people, rate));
        before = Some(people.people);
    }
    found
}

/// The step whose people are the users: the deepest recorded of reached, opened, clicked.
pub fn users_base(funnel: &Funnel) -> Option<(Step, u64)> {
    funnel
        .iter()
        .rev()
        .find(|(step, _, _)| *step <= Step::Clicked)
        .map(|(step, people, _)| (*step, people.people))
}

/// Code of the rate that leads to a step.
pub fn rate_code(step: Step) -> &'static str {
    match step {
        Step::Reached => "reached",
        Step::Opened => "open_rate",
        Step::Clicked => "click_rate",
        Step::AddedCart => "cart_rate",
        Step::Ordered => "order_rate",
        Step::Paid => "pay_rate",
    }
}
