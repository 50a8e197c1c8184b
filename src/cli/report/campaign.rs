//! Which campaign a report tells.

use crate::cli::asking::Asking;
use crate::cli::error::Failure;
use crate::cli::rows::asked;
use crate::domain::Day;
use crate::domain::period::Period;
use crate::engine::answer::{GmvKind, KpiPage};

use super::Meeting;

/// The tree of a campaign that ran in the days told: the one that the panes open first, else the latest to start. The
/// morning, which looks at the day before, else tells what its own day brings.
pub(super) fn told(
    asking: &mut Asking,
    meeting: Meeting,
    (days, day): (Period, Day),
) -> Result<Option<KpiPage>, Failure> {
    let page = asked(asking, None, GmvKind::Gross)?;
    if page.opened().is_some_and(|head| overlap(head.days, days)) {
        return Ok(Some(page));
    }
    let zone = asking.as_of.zone;
    let mut known = asking.campaigns()?;
    known.retain(|campaign| campaign.status.as_str() != "cancelled");
    let of = |wanted: &dyn Fn(Period) -> bool| known.iter().find(|c| wanted(c.days(zone)));
    let comes = |its: Period| meeting == Meeting::Morning && its.contains(day);
    let found = of(&|its| overlap(its, days)).or_else(|| of(&comes));
    found
        .map(|campaign| asked(asking, Some(campaign.id), GmvKind::Gross))
        .transpose()
}

/// They have a day in common.
fn overlap(a: Period, b: Period) -> bool {
    a.from <= b.to && b.from <= a.to
}
