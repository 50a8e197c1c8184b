//! What the score of a group lacks: columns of `group-days` that nobody brought.

use crate::domain::Figure;
use crate::domain::group_health::HealthBand;
use crate::engine::answer::{GroupRow, HealthPart};

/// The columns of `group-days` that a part lacks; none for what comes from elsewhere.
fn columns_of(row: &GroupRow, part: &HealthPart) -> &'static str {
    match part.code {
        "group_speakers_daily" => "speakers_ext, ext_total",
        "group_speakers_7d" if row.members.is_none() => "speakers_ext_7d, ext_total",
        "group_speakers_7d" => "speakers_ext_7d",
        "group_net_growth" | "group_exit_rate" => match (row.joined, row.left) {
            (Some(_), Some(_)) => "ext_total",
            (None, Some(_)) => "joined",
            (Some(_), None) => "quit, kicked",
            (None, None) => "joined, quit, kicked",
        },
        "group_answered_30m" => "questions, answered_30m",
        "group_first_reply" => "first_reply_s_sum, first_reply_n",
        _ => "",
    }
}

/// The parts (by their codes) that were not measured of a group whose days were, each with the columns that would tell; none
/// where the group has a score without them.
pub fn lacking(row: &GroupRow) -> impl Iterator<Item = (&'static str, &'static str)> {
    let unscored = row.score.is_none() && row.band != HealthBand::New && row.measured_to.is_some();
    let parts = row.parts.iter().filter(move |_| unscored);
    parts
        .filter(|part| part.score.is_none() && part.measured == Figure::NotMeasured)
        .map(|part| (part.code, columns_of(row, part)))
        .filter(|(_, columns)| !columns.is_empty())
}
