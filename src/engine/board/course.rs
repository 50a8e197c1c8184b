//! How people run to their targets while the period of a board goes on.

use crate::domain::kpi::curve::{Expected, Pacing};
use crate::domain::kpi::goal::Goals;
use crate::domain::kpi::{Course, KpiBand};
use crate::engine::answer::{BoardMetric, BoardPage, BoardRow};
use crate::engine::shared::Shared;

/// The share of its target to expect by now of each metric that people may be held against, while the period goes on.
pub(super) type Shares = Vec<(&'static str, Expected)>;

/// Codes of the metrics that a board holds people against.
pub fn aims(metric: BoardMetric) -> &'static [&'static str] {
    match metric {
        BoardMetric::NetGmv => &["net_gmv_refund"],
        BoardMetric::Gmv => &["gmv"],
        BoardMetric::Adds => &["adds"],
        BoardMetric::Orders => &["orders"],
        BoardMetric::Achievement => &["net_gmv_refund", "gmv"],
    }
}

pub(super) fn shares(metric: BoardMetric, goals: &Goals<'_>) -> Shares {
    let expected = aims(metric)
        .iter()
        .map(|code| (*code, goals.expected(code)));
    expected
        .filter(|(_, expected)| expected.by != Pacing::Over)
        .collect()
}

/// How somebody runs to the target of a metric: all that is ranked grows through a period.
pub(super) fn course(
    (band, achievement): (Option<KpiBand>, Option<f64>),
    aim: Option<&str>,
    shares: &Shares,
) -> Option<Course> {
    let share = shares.iter().find(|(code, _)| aim == Some(*code));
    let expected = share.map(|(_, expected)| *expected);
    Course::of(band, expected.is_some(), (achievement, expected))
}

/// The rows at another moment of the same state: what is to be expected of everybody grows with the time.
pub fn at_another_moment(page: &BoardPage, goals: &Goals<'_>) -> Shared<BoardRow> {
    let expected = shares(page.metric, goals);
    let runs = |row: &BoardRow| course((row.band, row.achievement), row.aim, &expected);
    if page.rows.iter().all(|row| runs(row) == row.course) {
        return page.rows.clone();
    }
    let rows = page.rows.iter().map(|row| BoardRow {
        course: runs(row),
        ..row.clone()
    });
    rows.collect::<Vec<_>>().into()
}
