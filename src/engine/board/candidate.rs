//! Who competes on a board, with what.

use std::collections::HashMap;

use super::{BoardInput, Known};
use crate::domain::Day;
use crate::domain::kpi::{SubjectKind, TargetFacts, target};
use crate::domain::leaderboard::{Measure, StaffCounts, StaffFacts};
use crate::domain::metric::Better;
use crate::domain::period::PeriodKind;
use crate::engine::answer::BoardMetric;

/// Somebody on the board.
pub(super) struct Candidate<'a> {
    pub(super) staff: &'a StaffFacts,
    pub(super) counts: StaffCounts,
    pub(super) target: Option<&'a TargetFacts>,
    /// What a target is held against: fen or count.
    pub(super) amount: i64,
    pub(super) achievement: Option<f64>,
    pub(super) metric: BoardMetric,
    /// They have left the company.
    pub(super) gone: bool,
    /// Somebody else of the staff has the same name.
    pub(super) has_namesake: bool,
    /// What is measured.
    pub(super) knows: Known,
}

impl Candidate<'_> {
    /// What the board ranks is measured.
    pub(super) fn is_measured(&self) -> bool {
        self.knows.measures(self.metric)
    }

    /// What the value is counted in; that of an achievement is the target's.
    pub(super) fn measure(&self) -> Measure {
        match self.metric {
            BoardMetric::NetGmv => Measure::NetGmv,
            BoardMetric::Gmv => Measure::Gmv,
            BoardMetric::Orders => Measure::Orders,
            BoardMetric::Adds => Measure::Adds,
            BoardMetric::Achievement => match self.target {
                Some(target) if target.metric_code == "net_gmv_refund" => Measure::NetGmv,
                Some(_) | None => Measure::Gmv,
            },
        }
    }

    /// Something has moved the value from nothing.
    pub(super) fn has_moved(&self) -> bool {
        let counts = &self.counts;
        match self.measure() {
            Measure::NetGmv => counts.gross.0 != 0 || counts.refunds.0 != 0,
            Measure::Gmv => counts.gross.0 != 0,
            Measure::Orders => counts.orders > 0,
            Measure::Adds => counts.adds > 0,
        }
    }

    /// The ranked value; `None` stands in the unranked section.
    pub(super) fn value(&self) -> Option<f64> {
        match self.metric {
            _ if !self.is_measured() => None,
            BoardMetric::NetGmv | BoardMetric::Gmv | BoardMetric::Adds | BoardMetric::Orders => {
                Some(self.amount as f64)
            }
            BoardMetric::Achievement => self.achievement,
        }
    }
}

/// Sales staff and distributors always compete, others when something was credited to them; leavers as long as
/// they worked a day of the period, whose first second is `first`, and after that for what is still credited to them.
pub(super) fn candidate<'a>(
    staff: &'a StaffFacts,
    input: &BoardInput<'a>,
    first: i64,
    targets: &HashMap<&str, Vec<&'a TargetFacts>>,
) -> Option<Candidate<'a>> {
    let counts = (input.counts)(&staff.id);
    let sells = matches!(staff.role.as_str(), "sales" | "distributor");
    let did = counts.orders > 0 || counts.adds > 0 || counts.gross.0 != 0 || counts.refunds.0 != 0;
    let gone = staff.left || staff.left_at.is_some_and(|at| at <= input.stamp.as_of);
    let worked = !gone || staff.left_at.is_some_and(|at| at >= first);
    if !(did || worked && sells) {
        return None;
    }
    let net = counts.gross.0.saturating_sub(counts.refunds.0);
    let measured = input.knows.measures(input.metric);
    let own = targets.get(staff.id.as_str());
    // A target of nothing is none: who is on leave has one beside the other.
    let is_of = |t: &&TargetFacts, code: &str| t.metric_code == code && t.target > 0.0;
    let find = |code| own.and_then(|own| own.iter().copied().find(|t| is_of(t, code)));
    let (target, amount) = match input.metric {
        BoardMetric::NetGmv => (find("net_gmv_refund"), net),
        BoardMetric::Gmv => (find("gmv"), counts.gross.0),
        BoardMetric::Adds => (find("adds"), i64::from(counts.adds)),
        BoardMetric::Orders => (find("orders"), i64::from(counts.orders)),
        // The net target where there is one, else the gross one, each against its own money.
        BoardMetric::Achievement => match find("net_gmv_refund") {
            Some(target) => (Some(target), net),
            None => (find("gmv"), counts.gross.0),
        },
    };
    Some(Candidate {
        staff,
        target,
        amount,
        achievement: target
            .filter(|_| measured)
            .and_then(|t| target::achievement(amount as f64, t.target, Better::Higher)),
        metric: input.metric,
        gone,
        has_namesake: staff.has_namesake,
        knows: input.knows,
        counts,
    })
}

/// Targets of each member of staff for exactly this calendar unit.
pub(super) fn targets_by_staff(
    targets: &[TargetFacts],
    calendar: Option<(PeriodKind, Day)>,
) -> HashMap<&str, Vec<&TargetFacts>> {
    let mut by_staff: HashMap<&str, Vec<&TargetFacts>> = HashMap::new();
    for target in targets {
        if target.subject_kind == SubjectKind::Staff
            && calendar == Some((target.period_kind, target.period_start))
        {
            by_staff.entry(&target.subject_id).or_default().push(target);
        }
    }
    by_staff
}
