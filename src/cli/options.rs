//! Options that commands share, and the words they are given in. Every command may name these; only the command line
//! itself (`args`) names the commands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::domain::period::{PeriodError, PeriodSpec};

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The workspace file.
    #[arg(
        short,
        long,
        global = true,
        env = "CAOPAN_WORKSPACE",
        value_name = "FILE"
    )]
    pub workspace: Option<PathBuf>,
    /// Settings file [default: caopan/config.toml in the configuration directory]; of `pull` it is pull.toml.
    #[arg(short, long, global = true, env = "CAOPAN_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Never write to the workspace (automatic where it is not writable).
    #[arg(long, global = true, env = "CAOPAN_READ_ONLY", value_parser = clap::builder::BoolishValueParser::new(),
        num_args = 0..=1, default_missing_value = "true", require_equals = true, default_value = "false", hide_default_value = true)]
    pub read_only: bool,
    /// Mask names and phones everywhere.
    #[arg(long, global = true, env = "CAOPAN_MASK", value_parser = clap::builder::BoolishValueParser::new(),
        num_args = 0..=1, default_missing_value = "true", require_equals = true, default_value = "false", hide_default_value = true)]
    pub mask: bool,
    /// Interface language.
    #[arg(long, global = true, env = "CAOPAN_LANG", value_name = "zh|en")]
    pub lang: Option<String>,
    /// default, dark, light, projector, cb-safe or mono.
    #[arg(long, global = true, env = "CAOPAN_THEME", value_name = "NAME")]
    pub theme: Option<String>,
    /// unicode, or ascii: no character of ambiguous width on screen.
    #[arg(long, global = true, env = "CAOPAN_GLYPHS", value_name = "SET")]
    pub glyphs: Option<String>,
    /// Period: today yesterday week month quarter year last-week last-month last-quarter last-year next-month 7d 30d 90d 2026 2026-Q1 2026-03 2026-W12 11/1..11/11 2026-03-01..2026-03-31.
    #[arg(long, global = true, value_name = "P", value_parser = parse_period)]
    pub period: Option<PeriodSpec>,
    /// Department: its id or its name. Figures are of the customers whose owner is in it now (with --as-of: was in it then); adds, losses and the board are of its staff.
    #[arg(long, global = true, value_name = "NODE")]
    pub org: Option<String>,
    /// Compute as if it were this time: `YYYY-MM-DD[ HH:MM[:SS]]` in the workspace's zone, or ISO 8601.
    /// A day alone is its last second, today is now.
    /// What is dated later is left out; owners and departments are those of then as far as their histories reach; what carries no date (names, targets, rewards, tags without one) is as it is now.
    /// In the past everything is read-only.
    #[arg(long, global = true, value_name = "TIME")]
    pub as_of: Option<String>,
}

fn parse_period(text: &str) -> Result<PeriodSpec, PeriodError> {
    text.parse()
}

/// How rows are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Aligned columns for reading.
    Table,
    /// Comma-separated, header first.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// One JSON document.
    Json,
    /// A Markdown table; `caopan export`.
    #[value(skip)]
    Md,
    /// A workbook with typed cells; `caopan export`.
    #[value(skip)]
    Xlsx,
}

/// What `list` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Listed {
    /// 客户
    Customers,
    /// 标签
    Tags,
    /// 群
    Groups,
    /// 活动
    Campaigns,
    /// 员工
    Staff,
}

/// Panes as `snapshot` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaneName {
    /// 客户
    Customers,
    /// 标签
    Tags,
    /// 社群健康
    Groups,
    /// 活动 KPI 树
    Kpi,
    /// 销售榜
    Board,
    /// All that the size carries.
    Overview,
    /// Projector page 1 (see --page).
    Present,
}

/// Formats of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FrameFormat {
    /// Characters only.
    Text,
    /// With SGR colours.
    Ansi,
    /// A picture.
    Svg,
}

/// GMV by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GmvName {
    /// 支付GMV
    Gross,
    /// 现金口径
    NetByRefundDate,
    /// 订单口径
    NetByOrderDate,
}

/// Leaderboard figures by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MetricName {
    /// Net GMV by refund date.
    NetGmv,
    /// Gross GMV.
    Gmv,
    /// Customers added.
    Adds,
    /// Paid orders.
    Orders,
    /// Achievement of the GMV target.
    Achievement,
}
