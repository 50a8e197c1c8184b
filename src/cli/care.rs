//! Care for the workspace: the commands that copy, restore, check, erase, look after and follow it, and what they share.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::error::{Exit, Failure};
use super::setting::Setting;
use crate::domain::Zone;

use super::asking::glyphs;
use super::options::OutputFormat;
use super::table::How;
use super::{backup, check, doctor, erase, restore, watch};

/// The commands of care.
#[derive(Debug, Subcommand)]
pub enum Care {
    /// Copy the workspace to a file, while others go on writing.
    #[command(after_help = "Examples:\n\
        \x20 caopan backup shop-0311.bak -w shop.db\n\
        \x20 caopan backup nightly.bak --force -w shop.db      replace last night's\n\
        \x20 caopan backup --salvage saved.db -w shop.db       what can still be read of a damaged file\n\
        Exit: 0 copied, 3 the workspace is damaged, 5 refused, 130 interrupted; nothing half done is left.")]
    Backup(BackupArguments),
    /// Put a copy back into the workspace; open consoles follow, and what was there is kept.
    #[command(after_help = "Examples:\n\
        \x20 caopan restore shop-0311.bak -w shop.db\n\
        \x20 caopan restore shop-0311.bak --yes -w shop.db     without asking\n\
        Exit: 0 restored, 3 the copy is not a workspace or damaged, 5 not confirmed, 7 made by a newer caopan.")]
    Restore(RestoreArguments),
    /// Is the file whole, and do totals, journal and rows agree?
    #[command(after_help = "Examples:\n\
        \x20 caopan check -w shop.db\n\
        \x20 caopan check --deep --format json -w shop.db      every index against its table, too\n\
        \x20 caopan check --repair-totals -w shop.db\n\
        Exit: 0 all well (rows of unknown things are no error), 1 totals or journal disagree, 3 damaged or no workspace.")]
    Check(CheckArguments),
    /// Erase a customer: nothing of them left in file, -wal or journal, all totals kept.
    #[command(after_help = "Examples:\n\
        \x20 caopan erase wmAbc123 -w shop.db\n\
        \x20 caopan erase wmAbc123 --yes -w shop.db      without asking\n\
        Exit: 0 erased (or nothing there), 4 a reader holds the -wal: run it again, 5 not confirmed. Exported files are not searched.")]
    Erase(EraseArguments),
    /// Follow what is committed, by whomever, one JSON object a line.
    #[command(after_help = "Examples:\n\
        \x20 caopan watch -w shop.db                      from now on, until Ctrl-C\n\
        \x20 caopan watch --from 1840 --once -w shop.db   what came after number 1840\n\
        Kinds: changed, gone, everything (read all again). Take it up behind the last seq.\n\
        Exit: 0 stopped or nobody reads any more, 3 the file was replaced.")]
    Watch(WatchArguments),
    /// Examine terminal, file and rows; a line each with what to do.
    #[command(after_help = "Examples:\n\
        \x20 caopan doctor -w shop.db\n\
        \x20 caopan doctor --json -w shop.db\n\
        Exit: 0 nothing wrong (notes are no fault), 1 something to mend, 3 the workspace cannot be opened.")]
    Doctor(DoctorArguments),
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// One JSON document.
    #[arg(long)]
    pub json: bool,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub struct WatchArguments {
    /// Begin behind this number [default: with the next change].
    #[arg(long, value_name = "SEQ")]
    pub from: Option<i64>,
    /// Print what there is and end.
    #[arg(long)]
    pub once: bool,
    /// Add whole names and phones of customers; asked, and written in the journal.
    #[arg(long)]
    pub unmask: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `erase`.
#[derive(Debug, Args)]
pub struct EraseArguments {
    /// The customer's external_userid.
    pub customer: String,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Compare every index with its table (slower).
    #[arg(long)]
    pub deep: bool,
    /// Compute the kept totals anew from orders, refunds and follow relations.
    #[arg(long)]
    pub repair_totals: bool,
    /// How.
    #[arg(long, value_enum, default_value_t = OutputFormat::Table)]
    pub format: OutputFormat,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// The copy, as `caopan backup` made it.
    pub backup: PathBuf,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The copy: one private file (0600).
    pub file: PathBuf,
    /// Replace a plain file of that name.
    #[arg(long)]
    pub force: bool,
    /// The workspace is damaged: save what can still be read of it as a new one.
    #[arg(long)]
    pub salvage: bool,
}

/// Runs a command of care.
pub fn run(setting: &Setting, care: &Care, out: &mut impl Write) -> Result<Exit, Failure> {
    match care {
        Care::Backup(wish) => backup::run(setting, wish, out),
        Care::Check(wish) => check::run(setting, wish, out),
        Care::Erase(wish) => erase::run(setting, wish, out),
        Care::Watch(wish) => watch::run(setting, wish, out),
        Care::Doctor(wish) => doctor::run(setting, wish, out),
        Care::Restore(wish) => restore::run(setting, wish, out),
    }
}

/// How rows are printed.
pub fn how(setting: &Setting, format: OutputFormat, zone: Zone) -> How {
    How {
        format,
        lang: setting.lang(),
        glyphs: glyphs(setting),
        zone,
    }
}

/// Who the journal names: the login name, else the number of the account.
pub fn actor() -> String {
    let named = ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let name = named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    name.chars().take(128).collect()
}

/// Ctrl-C and a request to end, as a flag.
pub fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// A bar of megabytes on standard error, where somebody looks.
pub fn bar_of_pages() -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(
        "[{bar:32}] {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
    ) {
        bar.set_style(style.progress_chars("#>."));
    }
    bar
}

/// A sign on standard error that something long goes on, where somebody looks; it goes when it is dropped.
pub fn busy(what: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// Asks before something that cannot be taken back. Where nobody can be asked, `--yes` has to say it.
pub fn confirmed(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refused = |what: &str| {
        Failure::new(
            Exit::Refused,
            what,
            "say --yes to go on; nothing was changed",
        )
    };
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(refused("not confirmed, and there is no terminal to ask at"));
    }
    write!(stderr(), "{question} [y/N] ")?;
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" | "是" => Ok(()),
        _ => Err(refused("not confirmed")),
    }
}

/// A number with its thousands apart.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
