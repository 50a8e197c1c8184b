//! The command line, as clap reads it: every command with what it takes. What several of them take is in `options`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::import::ImportArguments;
use super::options::{Common, FrameFormat, GmvName, Listed, MetricName, OutputFormat, PaneName};

const EXAMPLES: &str = "\
Examples:
  caopan --demo                                     look around on invented rows
  caopan init shop.db                               make an empty workspace
  caopan import customers customers.csv -w shop.db  bring rows in
  caopan -w shop.db '标签:高净值 购买<30天'          open the console on a filter
  caopan list customers 'spend>100 orders>=2' --format csv -w shop.db
  caopan snapshot --pane kpi --size 120x40 -w shop.db
  caopan present --every 20s -w shop.db             projector mode";

/// 操盘: the console of one person's private customer pool, over one SQLite workspace.
#[derive(Debug, Parser)]
#[command(name = "caopan", version, about, after_help = EXAMPLES, args_conflicts_with_subcommands = false,
    subcommand_negates_reqs = true, disable_help_subcommand = true)]
pub struct Arguments {
    /// What stands before or after a command alike.
    #[command(flatten)]
    pub common: Common,
    /// Open the console on an invented, living workspace that is thrown away afterwards.
    #[arg(long)]
    pub demo: bool,
    /// Open the console on this filter (the language of `/`).
    pub filter: Option<String>,
    /// A command; none opens the console.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an empty workspace.
    #[command(after_help = "Examples:\n\
        \x20 caopan init shop.db\n\
        \x20 caopan init shop.db --name 花间集 --zone Asia/Shanghai")]
    Init {
        /// The new file; an existing one is never touched.
        file: PathBuf,
        /// Zone of business days.
        #[arg(long, default_value = "Asia/Shanghai")]
        zone: String,
        /// Name of the business, shown in the top bar.
        #[arg(long, default_value = "")]
        name: String,
    },
    /// Generate an invented workspace; the same arguments give the same rows.
    #[command(after_help = "Examples:\n\
        \x20 caopan demo demo.db\n\
        \x20 caopan demo big.db --customers 1000000 --seed 1 --today 2026-11-11\n\
        \x20 caopan demo demo.db --traffic 4        go on writing as a shop would")]
    Demo {
        /// The new file (with --traffic: may exist, and is written to).
        file: PathBuf,
        /// Customers.
        #[arg(long, default_value_t = 20_000)]
        customers: u32,
        /// Seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The workspace's last day [default: today].
        #[arg(long, value_name = "DATE")]
        today: Option<String>,
        /// Go on writing this many small transactions a second, until stopped.
        #[arg(long, value_name = "PER_SECOND")]
        traffic: Option<f64>,
    },
    /// Bring rows in from files.
    #[command(after_help = super::import::EXAMPLES)]
    Import(ImportArguments),
    /// Bring in a slice of headquarters' database, and keep it up to date.
    #[command(subcommand, after_help = super::pull::EXAMPLES)]
    Pull(super::pull::From),
    /// List rows.
    #[command(after_help = "Examples:\n\
        \x20 caopan list customers 'spend>100 orders>=2' --format csv -w shop.db\n\
        \x20 caopan list customers 标签:高净值 --sort -spend --limit 20\n\
        \x20 caopan list staff --format json --period last-month")]
    List {
        /// What.
        what: Listed,
        /// Which (the language of `/`).
        filter: Option<String>,
        /// Sort field; a leading `-` is largest first. Repeatable.
        #[arg(long, value_name = "F", allow_hyphen_values = true)]
        sort: Vec<String>,
        /// At most this many rows.
        #[arg(long)]
        limit: Option<u64>,
        /// How.
        #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
        format: OutputFormat,
        /// Print phones whole.
        #[arg(long)]
        unmask: bool,
    },
    /// Tag counts.
    #[command(after_help = "Examples:\n\
        \x20 caopan tags -w shop.db\n\
        \x20 caopan tags 'spend>100' --format csv")]
    Tags(PaneArguments),
    /// Group health, worst first.
    #[command(after_help = "Examples:\n\
        \x20 caopan groups -w shop.db\n\
        \x20 caopan groups 'members>=400' --format json")]
    Groups(PaneArguments),
    /// Campaign KPI tree and the cause of its gap.
    #[command(after_help = "Examples:\n\
        \x20 caopan kpi -w shop.db\n\
        \x20 caopan kpi 年度大促 --gmv net-by-refund-date --format json")]
    Kpi {
        /// Campaign: id or part of its name [default: the running one that misses most].
        campaign: Option<String>,
        /// Which GMV.
        #[arg(long, value_enum, default_value_t = GmvName::Gross)]
        gmv: GmvName,
        /// Narrow to these customers.
        #[arg(long)]
        filter: Option<String>,
        /// How.
        #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
        format: OutputFormat,
    },
    /// Sales leaderboard.
    #[command(after_help = "Examples:\n\
        \x20 caopan board --period month -w shop.db\n\
        \x20 caopan board --metric adds --period 7d --format csv")]
    Board {
        /// What is ranked.
        #[arg(long, value_enum, default_value_t = MetricName::NetGmv)]
        metric: MetricName,
        /// Narrow to these customers.
        filter: Option<String>,
        /// How.
        #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
        format: OutputFormat,
    },
    /// Every metric: code, name, value in the period, unit, definition.
    ///
    /// Attainment, users and the rates between steps are those of the campaign that `caopan kpi` opens.
    #[command(after_help = "Examples:\n\
        \x20 caopan metrics\n\
        \x20 caopan metrics --period 2026-03 -w shop.db\n\
        \x20 caopan metrics --lang en --format json")]
    Metrics {
        /// How.
        #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
        format: OutputFormat,
    },
    /// What a stand-up meeting reads out, to paste into a chat.
    ///
    /// The figures are those of the panes: of `caopan metrics`, `kpi`, `board` and `groups`.
    #[command(after_help = super::report::EXAMPLES)]
    Report(super::report::ReportArguments),
    /// Draw one frame without a terminal.
    #[command(after_help = "Examples:\n\
        \x20 caopan snapshot --pane overview --size 120x40 -w shop.db\n\
        \x20 caopan snapshot --pane present --page 2 --size 100x30 --format svg -w shop.db > page.svg")]
    Snapshot {
        /// Which.
        #[arg(long, value_enum)]
        pane: PaneName,
        /// Columns x rows.
        #[arg(long, default_value = "120x40")]
        size: String,
        /// Projector page, from 1.
        #[arg(long, default_value_t = 1)]
        page: usize,
        /// How.
        #[arg(long, value_enum, default_value_t = FrameFormat::Text)]
        format: FrameFormat,
        /// Narrow to these customers.
        #[arg(long)]
        filter: Option<String>,
    },
    /// Projector mode: big figures, masked, pages turn by themselves.
    #[command(after_help = "Examples:\n\
        \x20 caopan present -w shop.db\n\
        \x20 caopan present --every 1m --views target,board -w shop.db\n\
        \x20 caopan present --campaign none -w shop.db            the first page is of the whole alone")]
    Present {
        /// Seconds a page.
        #[arg(long, default_value = "20s")]
        every: String,
        /// Pages: target,board,groups.
        #[arg(long, value_delimiter = ',')]
        views: Vec<String>,
        /// Campaign on the first page: its id or part of its name, or `none` [default: the one that misses most].
        #[arg(long, value_name = "ID|NAME|none")]
        campaign: Option<String>,
    },
    /// Rows into a file, masked: csv, xlsx, jsonl or md.
    #[command(after_help = "Examples:\n\
        \x20 caopan export customers 'tag:vip' -o vip.xlsx -w shop.db\n\
        \x20 caopan export orders 'tag:vip' --period last-month -o orders.csv   paid last month by these customers\n\
        \x20 caopan export groups -o groups.csv\n\
        \x20 caopan export board --period last-month --format md -o -\n\
        \x20 caopan export customers --unmask --yes -o all.csv   whole phones; in the journal")]
    Export(super::export::ExportArguments),
    /// Writes to customers, and the journal of what was written.
    #[command(flatten)]
    Acts(super::acts::Acts),
    /// The live key map.
    #[command(after_help = "Examples:\n\
        \x20 caopan keys\n\
        \x20 caopan keys --md --lang en")]
    Keys {
        /// As a Markdown table.
        #[arg(long)]
        md: bool,
    },
    /// Where settings come from.
    #[command(after_help = "Examples:\n\
        \x20 caopan config path\n\
        \x20 caopan config dump > config.toml\n\
        \x20 caopan config check")]
    Config {
        /// path, dump or check.
        #[arg(value_parser = ["path", "dump", "check"])]
        what: String,
    },
    /// Shell completions on standard output.
    #[command(after_help = "Examples:\n\
        \x20 caopan completions bash > ~/.local/share/bash-completion/completions/caopan")]
    Completions {
        /// Shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Bring rows in from an API.
    #[command(subcommand, after_help = super::sync::EXAMPLES)]
    Sync(super::sync::Source),
    /// WeCom: try the settings, apply a callback.
    #[command(subcommand, after_help = super::wecom::EXAMPLES)]
    Wecom(super::wecom::Wecom),
    /// Care for the workspace.
    #[command(flatten)]
    Care(super::care::Care),
    /// The manual page on standard output.
    #[command(after_help = "Examples:\n\
        \x20 caopan man | man -l -")]
    Man,
    /// The cells of the workbook on standard input, for an import.
    #[command(name = crate::import::source::COMMAND, hide = true)]
    Cells {
        /// The sheet.
        sheet: Option<String>,
    },
}

/// Arguments of the pane commands.
#[derive(Debug, Args)]
pub struct PaneArguments {
    /// Which rows (the language of `/`).
    pub filter: Option<String>,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}
