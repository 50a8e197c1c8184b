//! `caopan board --keep`: keeps the boards as they stand, so that later ones say who moved.

use std::io::Write;

use crate::config::words::Words;
use crate::domain::period::PeriodSpec;
use crate::domain::{AsOf, sentence};
use crate::engine::answer::{BoardMetric, BoardPage};
use crate::engine::board::code;
use crate::engine::request::{Answer, Question};
use crate::store::board::BoardKey;
use crate::store::write::{BoardLine, KeptBoard};

use super::asking::Asking;
use super::edit::keeper;
use super::error::{Exit, Failure};
use super::how::How;
use super::options::OutputFormat;
use super::rows::unexpected;
use super::setting::Setting;
use super::when;

/// What boards rank.
const METRICS: [BoardMetric; 5] = [
    BoardMetric::NetGmv,
    BoardMetric::Gmv,
    BoardMetric::Adds,
    BoardMetric::Orders,
    BoardMetric::Achievement,
];

/// Periods whose board is kept at the close of a day.
const CLOSED: [PeriodSpec; 5] = [
    PeriodSpec::Today,
    PeriodSpec::Week,
    PeriodSpec::Month,
    PeriodSpec::Quarter,
    PeriodSpec::Year,
];

/// Keeps today's boards as they are now, and those of yesterday's periods as they stood at its close where that is not done
/// yet: the boards that metrics.md 4.13 compares with.
pub fn run(setting: &Setting, out: &mut impl Write) -> Result<Exit, Failure> {
    if setting.common.org.is_some() || setting.common.period.is_some() {
        return Err(Failure::new(
            Exit::Usage,
            sentence!(
                "留存的是全店的榜, 今天与昨天所在的日周月季年各一",
                "what is kept are the boards of the whole workspace, of the days, weeks, months, quarters and years at hand"
            ),
            sentence!("去掉 --org 和 --period", "leave --org and --period out"),
        ));
    }
    let mut writer = keeper(setting)?;
    let asking = Asking::new(setting, None, OutputFormat::Table)?;
    let (now, how) = (asking.as_of, asking.how);
    let mut boards = boards_at(setting, (now, how), &[PeriodSpec::Today])?;
    let close = AsOf {
        unix: now.zone.start_of(now.today()) - 1,
        ..now
    };
    boards.extend(boards_at(setting, (close, how), &CLOSED)?);
    let kept = writer.keep_boards(&boards, when::now())?;
    let words = Words::new(setting.lang());
    let line = if kept > 0 {
        words.fill("receipt.boards_kept", &[("n", &kept.to_string())])
    } else {
        words.say("receipt.no_boards").to_owned()
    };
    writeln!(out, "{line}")?;
    Ok(Exit::Ok)
}

/// The boards of some periods as they stood at an instant; those that rank nobody are none.
fn boards_at(
    setting: &Setting,
    (at, how): (AsOf, How),
    periods: &[PeriodSpec],
) -> Result<Vec<KeptBoard>, Failure> {
    let mut common = setting.common.clone();
    common.as_of = Some(how.iso(at.unix));
    let then = Setting {
        common,
        settings: setting.settings.clone(),
        paths: setting.paths.clone(),
        file: setting.file.clone(),
    };
    let mut asking = Asking::new(&then, None, OutputFormat::Table)?;
    let mut boards = Vec::new();
    for period in periods {
        asking.scope.period = *period;
        for metric in METRICS {
            let scope = asking.scope.clone();
            let Answer::Board(page) = asking.ask(&Question::Board { scope, metric })? else {
                return Err(unexpected());
            };
            boards.extend(kept(&page, at.unix));
        }
    }
    Ok(boards)
}

/// What is kept of a board: who was ranked, with what.
fn kept(page: &BoardPage, taken_at: i64) -> Option<KeptBoard> {
    let (kind, start) = page.stamp.period.calendar()?;
    let lines = page.rows.iter().filter_map(|row| {
        Some(BoardLine {
            id: row.id.clone(),
            value: row.value.number()?,
            rank: row.rank?,
        })
    });
    let lines: Vec<BoardLine> = lines.collect();
    let key = BoardKey {
        board: code(page.metric),
        kind,
        start,
    };
    (!lines.is_empty()).then_some(KeptBoard {
        key,
        taken_at,
        lines,
    })
}
