//! Arguments of `caopan import`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::choice::Choice;
use crate::cli::options::OutputFormat;
use crate::import::source::Format;

/// What its help ends with.
pub const EXAMPLES: &str = "\
Examples:
  caopan import customers --template > customers.csv
  caopan import customers --template -o customers.xlsx      or .tsv, .jsonl
  caopan import customers customers.csv -w shop.db
  caopan import 订单导出.xlsx -w shop.db                    kind and columns found by the headings
  caopan import orders 导出.csv --map 实付=paid_yuan --save-map 小店 -w shop.db
  caopan import orders 0301.csv 0302.csv -w shop.db         each file a transaction of its own
  caopan import orders orders.csv --dry-run -w shop.db      what would change; nothing is written
  caopan import orders orders.csv --rejects bad.csv -w shop.db
  caopan import orders big.csv --detach -w shop.db          goes on when the terminal is lost
  caopan import customer-tags 客户.xlsx --new-tags -w shop.db   tags by name, several in a cell: 金卡;等级:老客
  caopan import --jobs
  caopan import --list -w shop.db                           what came in, when, by whom
  shop-export | caopan import orders - -w shop.db
  caopan import 订单 有赞.csv -w shop.db                    kinds by their Chinese names as well
Orders without external_userid go to the one customer who has their phone; the receipt says how many, and whose the rest is.
An empty or masked cell (李*, 138****1234) leaves what is known of a row as it is; (clear) in a cell empties it.
Exit: 0 in, 1 refused or failed, 4 busy for 30 s, 6 in but for rejected rows, 130 stopped. A file goes in whole or not at all.";

/// Arguments of `import`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one a flag")]
pub struct ImportArguments {
    /// What the files are.
    #[command(flatten)]
    pub choice: Choice,
    /// Print the headings and one sample row of the kind, as --format says or as the name of -o ends.
    #[arg(long)]
    pub template: bool,
    /// The new file that --template writes; `-` is standard output.
    #[arg(short, long, value_name = "FILE", requires = "template")]
    pub output: Option<PathBuf>,
    /// What to do about bad rows: refuse the whole file (stop), or let the good ones in and put the bad ones, with their
    /// reasons, beside it as x.rejects.csv of x.csv (reject).
    #[arg(long, value_enum, default_value_t = OnError::Stop)]
    pub on_error: OnError,
    /// Good rows go in, bad ones go to this new file with their reasons.
    #[arg(long, value_name = "OUT.csv")]
    pub rejects: Option<PathBuf>,
    /// Say what would change, and write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Read a file that is there already as it is all the same.
    #[arg(long)]
    pub again: bool,
    /// Make the tags that a file of customer-tags names and the workspace does not have.
    #[arg(long)]
    pub new_tags: bool,
    /// Seconds to wait for another process that is writing the workspace.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(..=3600))]
    pub wait: u16,
    /// Go on in a session of its own: a lost terminal does not stop it.
    #[arg(long, conflicts_with_all = ["dry_run", "template"])]
    pub detach: bool,
    /// List imports that run or ran detached.
    #[arg(long, conflicts_with_all = ["what", "list"])]
    pub jobs: bool,
    /// List the files that came in, newest first.
    #[arg(long, conflicts_with = "what")]
    pub list: bool,
    /// How --jobs and --list print (table, csv, jsonl, json) and what --template writes (csv, tsv, jsonl, xlsx).
    #[arg(long, value_enum, hide_possible_values = true)]
    pub format: Option<Printing>,
    /// The detached process itself.
    #[arg(long, hide = true, value_name = "ID")]
    pub job: Option<u32>,
}

/// How lists are printed and templates are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Printing {
    /// Aligned columns for reading.
    Table,
    /// Comma-separated.
    Csv,
    /// Separated by tabs.
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// One JSON document.
    Json,
    /// A workbook.
    Xlsx,
}

impl Printing {
    /// As a list is printed; `None` where it is not.
    pub fn list(self) -> Option<OutputFormat> {
        match self {
            Self::Table => Some(OutputFormat::Table),
            Self::Csv => Some(OutputFormat::Csv),
            Self::Jsonl => Some(OutputFormat::Jsonl),
            Self::Json => Some(OutputFormat::Json),
            Self::Tsv | Self::Xlsx => None,
        }
    }

    /// As a file that can be imported is written; `None` where it is not.
    pub fn file(self) -> Option<Format> {
        match self {
            Self::Csv => Some(Format::Csv),
            Self::Tsv => Some(Format::Tsv),
            Self::Jsonl => Some(Format::Jsonl),
            Self::Xlsx => Some(Format::Xlsx),
            Self::Table | Self::Json => None,
        }
    }
}

/// What to do about bad rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Refuse the file.
    Stop,
    /// Let the good rows in.
    Reject,
}
