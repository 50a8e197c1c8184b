//! `caopan report`: what a stand-up meeting reads out, as text to paste into a chat, from the answers that the panes show.

mod campaign;
mod figures;
mod json;
mod text;

use std::io::Write;

use clap::{Args, ValueEnum};

use crate::domain::period::PeriodSpec;
use crate::domain::{AsOf, Day, Figure, SafeText, sentence};
use crate::engine::answer::{
    BoardMetric, BoardPage, CampaignHead, GmvKind, GroupsPage, KpiPage, SourceAge, Stamp,
};
use crate::engine::request::{Answer, GroupSort, Question, Scope};
use crate::filter::Filter;
use crate::store::sums::Within;
use crate::workspace::meeting::{LostOf, TasksOf};

use super::asking::Asking;
use super::error::{Exit, Failure};
use super::options::OutputFormat;
use super::setting::Setting;
use super::when;
use figures::{Block, Span, block};

/// Shown below the help.
pub const EXAMPLES: &str = "Examples:\n\
    \x20 caopan report morning -w shop.db                       yesterday, the month, who and what needs somebody today\n\
    \x20 caopan report evening --date 2026-11-11 --lang en\n\
    \x20 caopan report daily --org 华东大区 | xclip -selection clipboard\n\
    \x20 caopan report daily --period last-week --format json\n\
    A day is held against the same weekday of the week before, a day that goes on up to the same time of day.";

/// Which meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Meeting {
    /// The whole day in one: all that the meetings ask.
    Daily,
    /// 早会: what happened yesterday, what is to do today.
    Morning,
    /// 午会: is the plan being carried out.
    Noon,
    /// 晚会: the day's result, the final board.
    Evening,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// Narrow lines for a chat.
    Text,
    /// One JSON document.
    Json,
}

/// Arguments of `report`.
#[derive(Debug, Args)]
pub struct ReportArguments {
    /// Which meeting. Its period is yesterday in the morning, else the day itself; --period names another.
    pub meeting: Meeting,
    /// The day of the meeting [default: today]. An earlier day stands as at its end, whatever --as-of says; the morning always
    /// as at the end of the day before, but tasks and the ages of the data.
    #[arg(long, value_name = "DATE")]
    pub date: Option<String>,
    /// How.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub format: ReportFormat,
}

impl Meeting {
    /// Its stable code.
    fn code(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Morning => "morning",
            Self::Noon => "noon",
            Self::Evening => "evening",
        }
    }

    /// People on the board, and groups, that are named.
    fn most(self) -> (usize, usize) {
        match self {
            Self::Noon => (5, 5),
            Self::Evening => (10, 5),
            Self::Daily | Self::Morning => (10, 10),
        }
    }

    /// The month is told: not at noon, when the day is the question.
    fn tells_month(self) -> bool {
        match self {
            Self::Daily | Self::Morning | Self::Evening => true,
            Self::Noon => false,
        }
    }

    /// The ages of the sources and who was left are told.
    fn looks_back(self) -> bool {
        match self {
            Self::Daily | Self::Morning => true,
            Self::Noon | Self::Evening => false,
        }
    }

    /// What is ranked: at noon who adds customers.
    fn ranks(self) -> BoardMetric {
        match self {
            Self::Daily | Self::Morning | Self::Evening => BoardMetric::NetGmv,
            Self::Noon => BoardMetric::Adds,
        }
    }
}

/// All that is told.
struct Report {
    meeting: Meeting,
    name: SafeText,
    demo: bool,
    stamp: Stamp,
    /// The figures stand at this instant.
    at: AsOf,
    /// The tasks and the ages of the sources stand at this one: the same, but in the morning of a day that goes on.
    now: AsOf,
    /// The day of the meeting.
    day: Day,
    block: Block,
    month: Option<Block>,
    sources: Vec<SourceAge>,
    /// The campaign that ran in the report's days, in the morning else the one of the meeting's day.
    campaign: Option<KpiPage>,
    board: BoardPage,
    groups: GroupsPage,
    /// Hits of sensitive words in the groups.
    hits: Figure,
    lost: Vec<LostOf>,
    /// Tasks of the day; `None`: the workspace has no tasks.
    tasks: Option<Vec<TasksOf>>,
}

impl Report {
    /// The campaign told, with its tree.
    fn campaign(&self) -> Option<(&CampaignHead, &KpiPage)> {
        let page = self.campaign.as_ref()?;
        Some((page.opened()?, page))
    }
}

/// Gathers and prints.
pub fn run(
    setting: &Setting,
    wish: &ReportArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let asking = Asking::new(setting, None, OutputFormat::Json)?;
    let moment = Moment::of(setting, wish, &asking)?;
    let how = asking.how;
    let report = gather(setting, wish.meeting, &moment)?;
    match wish.format {
        ReportFormat::Text => out.write_all(text::written(&report, how).as_bytes())?,
        ReportFormat::Json => writeln!(out, "{:#}", json::document(&report, how))?,
    }
    Ok(Exit::Ok)
}

/// When the report stands, and over which period.
struct Moment {
    /// The figures stand at this instant.
    as_of: AsOf,
    /// The tasks and the ages of the sources stand at this one.
    now: AsOf,
    day: Day,
    spec: PeriodSpec,
}

impl Moment {
    fn of(setting: &Setting, wish: &ReportArguments, asking: &Asking) -> Result<Self, Failure> {
        let now = asking.as_of;
        let (zone, today) = (now.zone, now.today());
        let day = wish.date.as_deref();
        let day = day.map_or(Ok(today), |text| when::day(text, today))?;
        if day > today {
            let what = sentence!("{day} 还没有到", "{day} has not come yet");
            return Err(Failure::new(
                Exit::Usage,
                what,
                sentence!(
                    "写今天以前的日期, 或加 --as-of",
                    "give a day up to today, or --as-of"
                ),
            ));
        }
        let at = |unix| AsOf { unix, zone };
        let spec = setting.common.period;
        let is_over = day < today;
        let as_of = match wish.meeting {
            // What yesterday and the month up to it came to, not what has come since: one span for all, and now is in it.
            Meeting::Morning if spec.is_none() => at(zone.start_of(day) - 1),
            Meeting::Morning if is_over => at(zone.start_of(day)),
            Meeting::Daily | Meeting::Noon | Meeting::Evening if is_over => {
                at(zone.start_of(day.plus(1)) - 1)
            }
            Meeting::Daily | Meeting::Morning | Meeting::Noon | Meeting::Evening => now,
        };
        let meets_at = match wish.meeting {
            Meeting::Morning if is_over => at(zone.start_of(day)),
            Meeting::Daily | Meeting::Noon | Meeting::Evening if is_over => as_of,
            Meeting::Daily | Meeting::Morning | Meeting::Noon | Meeting::Evening => now,
        };
        let usual = match wish.meeting {
            Meeting::Morning => day.plus(-1),
            Meeting::Daily | Meeting::Noon | Meeting::Evening => day,
        };
        Ok(Self {
            as_of,
            now: meets_at,
            day,
            spec: spec.unwrap_or(PeriodSpec::Range(usual, usual)),
        })
    }

    /// A command about to ask of one of its instants.
    fn asking(&self, setting: &Setting, at: AsOf) -> Result<Asking, Failure> {
        let mut asking = Asking::new(setting, None, OutputFormat::Json)?;
        asking.as_of = at;
        asking.scope.period = self.spec;
        let (workspace, _) = asking.workspace()?;
        workspace.stand_at(at.unix)?;
        Ok(asking)
    }
}

/// So often everything is asked anew when somebody committed meanwhile.
const TRIES: u32 = 3;

/// Asks everything of one workspace, and of one state of it: what was committed meanwhile would be in some parts only. Of a
/// shop that never rests the last of a few tries is told.
fn gather(setting: &Setting, meeting: Meeting, moment: &Moment) -> Result<Report, Failure> {
    let mut tries = 1..=TRIES;
    loop {
        let mut asking = moment.asking(setting, moment.as_of)?;
        let (workspace, _) = asking.workspace()?;
        let begun = workspace.version()?;
        let present = if moment.now == moment.as_of {
            Present::of(&mut asking, moment)
        } else {
            Present::of(&mut moment.asking(setting, moment.now)?, moment)
        };
        let report = told(&mut asking, meeting, moment, present?)?;
        let (workspace, _) = asking.workspace()?;
        tries.next();
        if tries.is_empty() || workspace.version()? == begun {
            return Ok(report);
        }
    }
}

/// What is told of now, whenever the figures stand.
struct Present {
    sources: Vec<SourceAge>,
    tasks: Option<Vec<TasksOf>>,
}

impl Present {
    fn of(asking: &mut Asking, moment: &Moment) -> Result<Self, Failure> {
        let Answer::Sources(sources) = asking.ask(&Question::Sources)? else {
            return Err(super::rows::unexpected());
        };
        let scope = asking.scope.clone();
        let (workspace, _) = asking.workspace()?;
        let tasks = workspace.tasks_on(&scope, moment.day, moment.now)?;
        Ok(Self { sources, tasks })
    }
}

/// Asks everything else.
fn told(
    asking: &mut Asking,
    meeting: Meeting,
    moment: &Moment,
    present: Present,
) -> Result<Report, Failure> {
    let scope = asking.scope.clone();
    let ranked = Scope {
        period: match meeting {
            Meeting::Morning => Span::ranked_month(moment),
            Meeting::Daily | Meeting::Noon | Meeting::Evening => moment.spec,
        },
        ..scope.clone()
    };
    let (board, groups) = questions(ranked, &scope, meeting);
    if scope.org.is_some() {
        // A part of the workspace is for the engine: it is loaded once for all of them.
        let questions = [kpi(&scope), board.clone(), groups.clone()];
        let (workspace, _) = asking.workspace()?;
        workspace.load_for_each(&questions, moment.as_of)?;
    }
    let (Answer::Board(board), Answer::Groups(groups)) =
        (asking.ask(&board)?, asking.ask(&groups)?)
    else {
        return Err(super::rows::unexpected());
    };
    let those = asking.customers_and_staff()?;
    let block = block(asking, &those, &Span::of_spec(moment))?;
    let campaign = campaign::told(asking, meeting, (block.period, moment.day))?;
    let month = meeting
        .tells_month()
        .then(|| figures::block(asking, &those, &Span::of_month(moment, block.period)))
        .transpose()?;
    let as_of = moment.as_of;
    let within = Within {
        period: block.period,
        until: Some(as_of.unix),
    };
    let (workspace, stamp) = asking.workspace()?;
    Ok(Report {
        meeting,
        name: workspace.name().clone(),
        demo: workspace.is_demo(),
        stamp,
        at: as_of,
        now: moment.now,
        day: moment.day,
        month,
        sources: present.sources,
        campaign,
        board,
        hits: hits(&groups, &workspace.hits_within(within)?),
        groups,
        lost: workspace.lost_of(&scope, within, as_of)?,
        tasks: present.tasks,
        block,
    })
}

fn kpi(scope: &Scope) -> Question {
    Question::Kpi {
        scope: scope.clone(),
        campaign: None,
        gmv: GmvKind::Gross,
    }
}

/// The questions for the board and the groups.
fn questions(ranked: Scope, scope: &Scope, meeting: Meeting) -> (Question, Question) {
    let board = Question::Board {
        scope: ranked,
        metric: meeting.ranks(),
    };
    let groups = Question::Groups {
        scope: scope.clone(),
        own_filter: Filter::default(),
        sort: GroupSort::default(),
        reversed: false,
    };
    (board, groups)
}

/// Hits in the groups listed; not measured where none of them was.
fn hits(page: &GroupsPage, found: &std::collections::HashMap<std::sync::Arc<str>, u64>) -> Figure {
    let measured = page
        .rows
        .iter()
        .filter_map(|row| found.get(row.id.as_str()));
    measured
        .copied()
        .reduce(|a, b| a + b)
        .map_or(Figure::NotMeasured, |n| {
            Figure::Count(i64::try_from(n).unwrap_or(i64::MAX))
        })
}
