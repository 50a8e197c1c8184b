//! `caopan export`: rows into a file that is whole or not there; masked unless somebody asked and said yes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::config::words::Words;
use crate::domain::file_name::slug;
use crate::domain::{AsOf, SafeText, sentence};
use crate::engine::Disclosure;
use crate::export::{BOM, Draft, DraftError};
use crate::store::journal::Act;
use crate::store::write::Writer;

use super::asking::Asking;
use super::error::{Exit, Failure};
use super::options::{GmvName, Listed, MetricName, OutputFormat};
use super::panes::{ListWish, board_metric, group_rows, kpi_rows, listed};
use super::progress::Watching;
use super::rows::{Rows, print};
use super::setting::Setting;
use super::table::Printed;
use super::{person, progress, searched};

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Exported {
    /// 客户
    Customers,
    /// 标签
    Tags,
    /// 社群健康
    Groups,
    /// 活动
    Campaigns,
    /// 员工
    Staff,
    /// 活动 KPI 树
    Kpi,
    /// 销售榜
    Board,
    /// 订单: paid in the period, of the filter's customers
    Orders,
    /// 退款: of the period, of the filter's customers
    Refunds,
}

/// Formats of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// Comma-separated, UTF-8.
    Csv,
    /// A workbook with typed cells.
    Xlsx,
    /// One JSON object a line.
    Jsonl,
    /// A Markdown table.
    Md,
}

impl ExportFormat {
    /// The format that a file's name ends in.
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Self::from_str(&extension, true).ok()
    }

    /// How a name ends.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Jsonl => "jsonl",
            Self::Md => "md",
        }
    }

    /// As rows are written.
    pub fn output(self) -> OutputFormat {
        match self {
            Self::Csv => OutputFormat::Csv,
            Self::Xlsx => OutputFormat::Xlsx,
            Self::Jsonl => OutputFormat::Jsonl,
            Self::Md => OutputFormat::Md,
        }
    }
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// What.
    pub what: Exported,
    /// Which: over customers for customers, tags, orders, refunds, kpi and board, else over the rows themselves (the
    /// language of `/`).
    pub filter: Option<String>,
    /// The file; `-` is standard output [default: a name made of what, filter and day].
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// How [default: as the file's name ends, else csv].
    #[arg(long, value_enum)]
    pub format: Option<ExportFormat>,
    /// Sort field of customers; a leading `-` is largest first. Repeatable.
    #[arg(long, value_name = "F", allow_hyphen_values = true)]
    pub sort: Vec<String>,
    /// At most this many customers, tags, groups, orders, refunds, campaigns or staff.
    #[arg(long)]
    pub limit: Option<u64>,
    /// Campaign of kpi: id or part of its name [default: the running one that misses most].
    #[arg(long, value_name = "NAME")]
    pub campaign: Option<String>,
    /// GMV of kpi.
    #[arg(long, value_enum, default_value_t = GmvName::Gross)]
    pub gmv: GmvName,
    /// What the board ranks.
    #[arg(long, value_enum, default_value_t = MetricName::NetGmv)]
    pub metric: MetricName,
    /// A byte order mark before a CSV, without which Excel reads Chinese as noise [default: in files, not on standard output].
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub bom: Option<bool>,
    /// Phones whole; asked for, and written into the journal.
    #[arg(long)]
    pub unmask: bool,
    /// Yes to the question that --unmask asks.
    #[arg(long)]
    pub yes: bool,
    /// Replace a file that is there.
    #[arg(long)]
    pub force: bool,
}

impl From<DraftError> for Failure {
    fn from(error: DraftError) -> Self {
        let exit = match &error {
            DraftError::Exists { .. } => Exit::Refused,
            DraftError::NotAFile { .. } | DraftError::Io { .. } => Exit::Failed,
        };
        Self::new(exit, error.what(), error.help())
    }
}

/// Where rows go and what is noted of it.
pub struct Errand<'a> {
    /// What, in one word.
    pub what: &'a str,
    /// The file; `None` is standard output.
    pub target: Option<&'a Path>,
    /// Replace what is there.
    pub replaces: bool,
    /// A byte order mark first.
    pub bom: bool,
    /// The filter, as printed.
    pub filter: String,
    /// Who keeps the journal; `None` where the workspace is only read.
    pub journal: Option<Writer>,
}

/// `caopan export`.
pub fn run(
    setting: &Setting,
    wish: &ExportArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let format = format_of(wish)?;
    let (rows, filter) = rows_of(wish)?;
    confirm(setting, wish)?;
    let journal = journal(setting, wish.unmask)?;
    let mut asking = Asking::new(setting, filter, format.output())?;
    if wish.unmask {
        asking.disclosure = Disclosure::Whole;
    }
    let what = word(wish.what);
    let to_pipe = wish.output.as_deref().is_some_and(|o| o.as_os_str() == "-");
    let named = match &wish.output {
        Some(path) => path.clone(),
        None => setting.exports().join(proposed(
            what,
            wish.filter.as_deref().unwrap_or_default(),
            asking.as_of,
            format,
        )),
    };
    let mut errand = Errand {
        what,
        target: (!to_pipe).then_some(named.as_path()),
        replaces: wish.force,
        bom: format == ExportFormat::Csv && wish.bom.unwrap_or(!to_pipe),
        filter: wish.filter.clone().unwrap_or_default(),
        journal,
    };
    let stop = person::stop_flag()?;
    let bar = progress::rows(&Words::new(setting.lang()));
    let mut watching = |done: u64, all: u64| {
        bar.set_length(all);
        bar.set_position(done);
        if stop.load(Ordering::Relaxed) {
            return Err(Failure::bare(
                Exit::Interrupted,
                sentence!("已中断; 没有写入", "interrupted; nothing was written"),
            ));
        }
        Ok(())
    };
    let done = carry_out(&mut errand, &mut asking, &rows, out, &mut watching);
    bar.finish_and_clear();
    let done = done?;
    if !to_pipe {
        let shown = SafeText::new(&named.to_string_lossy());
        let key = if wish.unmask {
            "receipt.exported_whole"
        } else {
            "receipt.exported"
        };
        let rows = progress::thousands(done.rows);
        let holes = [("what", what), ("n", &rows), ("file", shown.as_str())];
        let words = Words::new(setting.lang());
        writeln!(out, "{}", words.fill(key, &holes))?;
    }
    Ok(Exit::Ok)
}

/// Writes rows where they shall go. The journal has its line before the file is in place: a file without one never is.
pub fn carry_out(
    errand: &mut Errand<'_>,
    asking: &mut Asking,
    rows: &Rows,
    pipe: &mut impl Write,
    watching: &mut Watching<'_>,
) -> Result<Printed, Failure> {
    let Some(target) = errand.target else {
        note(errand, asking, None)?;
        if errand.bom {
            pipe.write_all(BOM)?;
        }
        return print(asking, rows, pipe, watching);
    };
    let mut draft = Draft::begin(target, errand.replaces)?;
    if errand.bom {
        draft.write_all(BOM)?;
    }
    let done = print(asking, rows, &mut draft, watching)?;
    draft.finish()?;
    note(errand, asking, Some(&done))?;
    draft.keep()?;
    Ok(done)
}

/// The journal's line of an export.
fn note(errand: &mut Errand<'_>, asking: &Asking, done: Option<&Printed>) -> Result<(), Failure> {
    let Some(writer) = &mut errand.journal else {
        return Ok(());
    };
    let file = errand
        .target
        .and_then(Path::file_name)
        .map_or("-".into(), |name| name.to_string_lossy());
    let few = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let detail = json!({
        "filter": few(&searched::filter(&errand.filter), 600),
        "rows": done.map(|d| d.rows),
        "columns": done.map(|d| &d.columns),
        "file": few(&searched::file(&file), 120),
        "unmasked": asking.disclosure == Disclosure::Whole,
    });
    let act = Act {
        at: super::when::now(),
        act: "export",
        subject_kind: errand.what,
        detail: Some(&detail.to_string()),
        ..Act::default()
    };
    Ok(writer.act(act, |_| Ok(()))?)
}

/// As asked for, else as the name ends: a file that says one thing and holds another is damaged to whoever opens it.
fn format_of(wish: &ExportArguments) -> Result<ExportFormat, Failure> {
    let Some(file) = wish.output.as_deref().filter(|o| o.as_os_str() != "-") else {
        return Ok(wish.format.unwrap_or(ExportFormat::Csv));
    };
    let format = wish.format.or_else(|| ExportFormat::of_name(file));
    format.ok_or_else(|| Failure::of_ending(file, ".csv .xlsx .jsonl .md"))
}

/// What is exported, in the word of the command line.
fn word(what: Exported) -> &'static str {
    match what {
        Exported::Customers => "customers",
        Exported::Tags => "tags",
        Exported::Groups => "groups",
        Exported::Campaigns => "campaigns",
        Exported::Staff => "staff",
        Exported::Kpi => "kpi",
        Exported::Board => "board",
        Exported::Orders => "orders",
        Exported::Refunds => "refunds",
    }
}

fn rows_of(wish: &ExportArguments) -> Result<(Rows, Option<&str>), Failure> {
    let filter = wish.filter.as_deref();
    let list = |what| {
        let wish = ListWish {
            what,
            sort: &wish.sort,
            limit: wish.limit,
        };
        listed(filter, &wish)
    };
    match wish.what {
        Exported::Customers => list(Listed::Customers),
        Exported::Campaigns => list(Listed::Campaigns),
        Exported::Staff => list(Listed::Staff),
        Exported::Tags => Ok((Rows::Tags(None, wish.limit), filter)),
        Exported::Groups => Ok((group_rows(filter, wish.limit)?, None)),
        Exported::Kpi | Exported::Board if wish.limit.is_some() => Err(Failure::new(
            Exit::Usage,
            sentence!(
                "--limit 不用于 kpi 和 board",
                "--limit is not for kpi and board"
            ),
            sentence!("它们总是整张导出", "they are always written whole"),
        )),
        Exported::Kpi => Ok((kpi_rows(wish.campaign.as_deref(), wish.gmv), filter)),
        Exported::Board => Ok((Rows::Board(board_metric(wish.metric)), filter)),
        Exported::Orders => Ok((Rows::Orders(wish.limit), filter)),
        Exported::Refunds => Ok((Rows::Refunds(wish.limit), filter)),
    }
}

/// `--unmask` is meant, and may be done.
fn confirm(setting: &Setting, wish: &ExportArguments) -> Result<(), Failure> {
    if !wish.unmask {
        return Ok(());
    }
    if setting.settings.mask {
        return Err(Failure::new(
            Exit::Refused,
            sentence!(
                "脱敏已打开: 不能带出完整号码",
                "masking is on: nothing leaves unmasked"
            ),
            sentence!(
                "去掉 --mask, 或去掉 --unmask",
                "leave --mask out, or --unmask"
            ),
        ));
    }
    let words = Words::new(setting.lang());
    person::confirmed(words.say("ask.export"), wish.yes)
}

/// Who keeps the journal. A workspace that is only read keeps none, and gives nothing unmasked.
fn journal(setting: &Setting, unmask: bool) -> Result<Option<Writer>, Failure> {
    let writer = if setting.common.read_only {
        None
    } else {
        match Writer::open(&setting.workspace(), &person::actor()) {
            Ok(writer) => Some(writer),
            Err(crate::store::StoreError::ReadOnly { .. }) => None,
            Err(error) => return Err(error.into()),
        }
    };
    if unmask && writer.is_none() {
        return Err(Failure::new(
            Exit::Refused,
            sentence!(
                "带出完整号码必须记入日志, 而工作区只能读",
                "an unmasked export must be written into the journal, and the workspace is open for reading only"
            ),
            sentence!(
                "去掉 --unmask, 或请有写权限的人来做",
                "leave --unmask out, or let somebody do it who may write"
            ),
        ));
    }
    Ok(writer)
}

/// A name for an export: what, which, when. Never a path, whatever the filter or a group's title says.
pub fn proposed(what: &str, filter: &str, as_of: AsOf, format: ExportFormat) -> String {
    let which = if filter.is_empty() {
        what.to_owned()
    } else {
        format!("{what} {filter}")
    };
    format!("{}-{}.{}", slug(&which), as_of.today(), format.extension())
}
