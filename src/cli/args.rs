//! The command line, as clap reads it: every command with what it takes. What several of them take is in `options`.

use clap::{Parser, Subcommand};

use super::acts::Acts;
use super::import::ImportArguments;
use super::options::Common;
use super::panes::{BoardArguments, KpiArguments, ListArguments, MetricsArguments, PaneArguments};
use super::target::Aim;

const EXAMPLES: &str = "\
Examples:
  caopan --demo                                     look around on invented rows
  caopan init shop.db                               make an empty workspace
  caopan import customers customers.csv -w shop.db  bring rows in
  caopan -w shop.db '标签:高净值 购买<30天'          open the console on a filter
  caopan list customers 'spend>100 orders>=2' --format csv -w shop.db
  caopan snapshot --pane kpi --size 120x40 -w shop.db
  caopan present --every 20s -w shop.db             projector mode";

/// A filter opens the console; commands take theirs behind them.
const USAGE: &str = "caopan [OPTIONS] [FILTER]
       caopan [OPTIONS] <COMMAND>";

/// 操盘: the console of one person's private customer pool, over one SQLite workspace.
#[derive(Debug, Parser)]
#[command(name = "caopan", version, about, after_help = EXAMPLES, args_conflicts_with_subcommands = false,
    override_usage = USAGE, subcommand_negates_reqs = true, disable_help_subcommand = true)]
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
    Init(super::init::InitArguments),
    /// Generate an invented workspace; the same arguments give the same rows.
    #[command(after_help = "Examples:\n\
        \x20 caopan demo demo.db\n\
        \x20 caopan demo big.db --customers 1000000 --seed 1 --today 2026-11-11\n\
        \x20 caopan demo demo.db --traffic 4        go on writing as a shop would")]
    Demo(super::demo::DemoArguments),
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
    List(ListArguments),
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
    Kpi(KpiArguments),
    /// Sales leaderboard.
    #[command(after_help = "Examples:\n\
        \x20 caopan board --period month -w shop.db\n\
        \x20 caopan board --metric adds --period 7d --format csv\n\
        \x20 caopan board --keep -w shop.db       hourly, by cron: what later boards say who moved against")]
    Board(BoardArguments),
    /// Every metric: code, name, value in the period, unit, definition.
    ///
    /// Attainment, users and the rates between steps are those of the campaign that `caopan kpi` opens.
    #[command(after_help = "Examples:\n\
        \x20 caopan metrics\n\
        \x20 caopan metrics --period 2026-03 -w shop.db\n\
        \x20 caopan metrics --lang en --format json")]
    Metrics(MetricsArguments),
    /// What a stand-up meeting reads out, to paste into a chat.
    ///
    /// The figures are those of the panes: of `caopan metrics`, `kpi`, `board` and `groups`.
    #[command(after_help = super::report::EXAMPLES)]
    Report(super::report::ReportArguments),
    /// Draw one frame without a terminal.
    #[command(after_help = "Examples:\n\
        \x20 caopan snapshot --pane overview --size 120x40 -w shop.db\n\
        \x20 caopan snapshot --pane present --page 2 --size 100x30 --format svg -w shop.db > page.svg")]
    Snapshot(super::snapshot::SnapshotArguments),
    /// Projector mode: big figures, masked, pages turn by themselves.
    #[command(after_help = "Examples:\n\
        \x20 caopan present -w shop.db\n\
        \x20 caopan present --every 1m --views target,board -w shop.db\n\
        \x20 caopan present --campaign none -w shop.db            the first page is of the whole alone")]
    Present(super::present::PresentArguments),
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
    Acts(Acts),
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

impl Command {
    /// It is there to write into the workspace, and has when it comes to its receipt.
    pub fn writes(&self) -> bool {
        let only_looks = matches!(
            self,
            Self::Acts(
                Acts::Journal(_)
                    | Acts::Target {
                        aim: Aim::List { .. }
                    }
            )
        );
        matches!(self, Self::Acts(_)) && !only_looks
            || matches!(self, Self::Import(wish) if !(wish.template || wish.dry_run || wish.jobs || wish.list))
    }
}
