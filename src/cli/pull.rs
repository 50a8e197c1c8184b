//! `caopan pull`: a slice of a larger database, brought in and kept up to date.

mod secret;

use std::fs::File;
use std::io::{Write, stderr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use serde_json::json;

use crate::config::words::Words;
use crate::domain::{Lang, SafeText, Sentence, sentence};
use crate::export::BOM;
use crate::import::Kind;
use crate::pull::{BadRow, Mapping, Options, Progress, PullError, Report, pull};
use crate::store::{Access, meta, open_within};

use super::error::{Exit, Failure};
use super::options::Common;
use super::person::{actor, stop_flag};
use super::progress::bar;
use super::setting::Setting;
use super::when;
use secret::address;

/// How long a page waits for other writers.
const PATIENCE: Duration = Duration::from_secs(30);

/// Shown below the help of `caopan pull`.
pub const EXAMPLES: &str = "Examples:\n\
    \x20 caopan pull postgres --template > pull.toml\n\
    \x20 caopan pull postgres postgres://reader@db.example.com/crm --config pull.toml -w shop.db";

/// What rows are pulled from.
#[derive(Debug, Subcommand)]
pub enum From {
    /// Anything that speaks the PostgreSQL protocol.
    #[command(after_help = "Examples:\n\
        \x20 caopan pull postgres --template > pull.toml\n\
        \x20 caopan pull postgres postgres://reader@db.example.com/crm --config pull.toml -w shop.db\n\
        \x20 caopan pull postgres --config pull.toml --only orders --dry-run -w shop.db\n\
        \x20 caopan pull postgres --config pull.toml --full -w shop.db      also take out what is gone there\n\
        The password comes from PGPASSWORD, ~/.pgpass, password_file in pull.toml or --password-stdin, never from the\n\
        command line. --config is pull.toml here [default: pull.toml in the configuration directory].\n\
        Exit: 0 up to date, 1 the server or a row said no, 2 pull.toml or the URL is wrong, 4 busy, 5 too much would be\n\
        taken out, 6 bad rows are in the rejects file, 130 interrupted. What has landed stays; the same command goes on.")]
    Postgres(Postgres),
}

/// Arguments of `pull postgres`.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one a flag of the command line"
)]
pub struct Postgres {
    /// `postgres://USER@HOST:5432/DATABASE` [default: CAOPAN_PULL_URL, else url in pull.toml].
    pub url: Option<String>,
    /// From the beginning; rows of the workspace that the source no longer has are taken out.
    #[arg(long)]
    pub full: bool,
    /// Only this kind. Repeatable.
    #[arg(long, value_name = "KIND")]
    pub only: Vec<String>,
    /// Say what would change; write nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// What a bad row does: stop at its page, or be named in the rejects while the others land.
    #[arg(
        long,
        value_enum,
        value_name = "stop|reject",
        requires_if("reject", "rejects")
    )]
    pub on_error: Option<OnError>,
    /// Where bad rows are named: source, key, column, reason.
    #[arg(long, value_name = "OUT.csv")]
    pub rejects: Option<PathBuf>,
    /// Take rows out even if it is more than one in twenty.
    #[arg(long)]
    pub allow_shrink: bool,
    /// Read the password from the first line of standard input.
    #[arg(long)]
    pub password_stdin: bool,
    /// How the summary is printed.
    #[arg(long, value_enum, default_value_t = Summary::Table)]
    pub format: Summary,
    /// Print a pull.toml to begin with.
    #[arg(long)]
    pub template: bool,
}

/// What a bad row does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Its page does not land.
    Stop,
    /// It is named in the rejects.
    Reject,
}

/// How a summary is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Summary {
    /// A line a kind.
    Table,
    /// One JSON document.
    Json,
}

impl std::convert::From<PullError> for Failure {
    fn from(error: PullError) -> Self {
        let failure = Self::new(Exit::of(error.exit_code()), error.what(), error.help());
        let PullError::Refused(bad) = &error else {
            return failure;
        };
        // The first is in the sentence.
        let rest = bad.iter().skip(1).map(BadRow::what);
        failure.with(rest.map(|row| sentence!("  {row}", "  {row}", row = row)))
    }
}

/// Pulls, or prints a mapping to begin with.
pub fn run(common: &Common, from: &From, out: &mut impl Write) -> Result<Exit, Failure> {
    let From::Postgres(wish) = from;
    if wish.template {
        out.write_all(Mapping::TEMPLATE.as_bytes())?;
        return Ok(Exit::Ok);
    }
    let (setting, file) = places(common)?;
    if setting.common.read_only && !wish.dry_run {
        let what = sentence!("拉取要写入", "a pull writes");
        return Err(Failure::new(
            Exit::Refused,
            what,
            sentence!(
                "去掉 --read-only, 或加 --dry-run",
                "leave --read-only out, or add --dry-run"
            ),
        ));
    }
    if !wish.dry_run {
        super::edit::sees_edits(&setting)?;
    }
    let kinds = wish.only.iter().map(|code| Kind::parse(code));
    let only: Vec<Kind> = kinds.collect::<Result<_, _>>().map_err(|why| {
        Failure::new(
            Exit::Usage,
            why,
            sentence!(
                "写 pull.toml 里映射的一类",
                "give a kind that pull.toml maps"
            ),
        )
    })?;
    let mapping = Mapping::read(&file.to_string_lossy(), &text_of(&file)?)?;
    let address = address(wish, &mapping)?;
    let mut opened = open_within(&setting.workspace(), Access::ReadWrite, PATIENCE)?;
    let mut rejects = match wish.on_error {
        Some(OnError::Stop) => None,
        Some(OnError::Reject) | None => wish.rejects.as_deref().map(rejects_file).transpose()?,
    };
    let stop = stop_flag()?;
    let words = Words::new(setting.lang());
    let bar = bar(words.say("progress.pull"));
    let mut reports = Vec::new();
    let mut options = Options {
        zone: meta::zone(&opened.conn)?,
        now: &when::now,
        actor: &actor(),
        only: &only,
        full: wish.full,
        allow_shrink: wish.allow_shrink,
        dry_run: wish.dry_run,
        rejects: rejects.as_mut().map(|file| file as &mut dyn Write),
        progress: &mut |progress| tell(progress, &bar, &mut reports, words.lang()),
        stop: &stop,
    };
    let done = pull(&address, &mapping, &mut opened.conn, &mut options);
    bar.finish_and_clear();
    // Kinds that are through are told even where a later one failed.
    say(&reports, wish, done.is_ok(), &words, out)?;
    done?;
    let rejected = reports.iter().any(|report| report.rejected > 0);
    Ok(if rejected { Exit::Partly } else { Exit::Ok })
}

/// The settings, and `pull.toml`: here `--config` names the latter, and only the environment the former.
fn places(common: &Common) -> Result<(Setting, PathBuf), Failure> {
    let of_environment = std::env::var_os("CAOPAN_CONFIG").map(PathBuf::from);
    let named = common
        .config
        .clone()
        .filter(|file| Some(file) != of_environment.as_ref());
    let setting = Setting::read(&Common {
        config: of_environment.filter(|file| !file.as_os_str().is_empty()),
        ..common.clone()
    })?;
    let file = named.unwrap_or_else(|| setting.paths.config.join("pull.toml"));
    Ok((setting, file))
}

fn shown(path: &Path) -> SafeText {
    SafeText::new(&path.to_string_lossy())
}

fn text_of(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| {
        let file = shown(file);
        let what = sentence!(
            "{file} 读不了: {why}",
            "{file} cannot be read: {why}",
            why = Sentence::of_system(&error),
        );
        let help = sentence!("用 --config 指定 pull.toml; `caopan pull postgres --template` 打印一份样例", "name pull.toml with --config; `caopan pull postgres --template` prints one to begin with");
        Failure::new(Exit::Usage, what, help)
    })
}

/// A new private file with its header; one that is there already is not written over.
fn rejects_file(file: &Path) -> Result<File, Failure> {
    let made = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file);
    let mut made = made.map_err(|error| {
        let file = shown(file);
        let what = sentence!(
            "{file} 无法新建: {why}",
            "{file} cannot be made: {why}",
            why = Sentence::of_system(&error),
        );
        Failure::new(
            Exit::Failed,
            what,
            sentence!(
                "给 --rejects 换个位置; 没有写入",
                "choose another place for --rejects; nothing was written"
            ),
        )
    })?;
    made.write_all(BOM)?;
    made.write_all(b"source,key,column,reason\n")?;
    Ok(made)
}

fn tell(progress: Progress<'_>, bar: &ProgressBar, reports: &mut Vec<Report>, lang: Lang) {
    match progress {
        Progress::Rows(kind, rows) => {
            bar.set_message(kind.code());
            bar.set_position(rows);
        }
        Progress::Done(report) => {
            reports.push(report);
            bar.reset();
        }
        Progress::Note(note) => bar.suspend(|| {
            // Where nobody reads standard error, there is nobody to tell.
            let _ = writeln!(stderr(), "caopan: note: {}", note.say(lang));
        }),
    }
}

fn say(
    reports: &[Report],
    wish: &Postgres,
    complete: bool,
    words: &Words,
    out: &mut impl Write,
) -> std::io::Result<()> {
    match wish.format {
        Summary::Table => reports
            .iter()
            .try_for_each(|report| line(report, wish, words, out)),
        Summary::Json => {
            let kinds: Vec<_> = reports
                .iter()
                .map(|r| {
                    json!({"kind": r.kind.code(), "rows": r.read, "new": r.new, "changed": r.changed,
                        "unchanged": r.unchanged, "deleted": r.deleted, "rejected": r.rejected, "unmatched": r.unmatched})
                })
                .collect();
            let document = json!({"schema_version": 1, "dry_run": wish.dry_run, "complete": complete, "kinds": kinds});
            writeln!(out, "{document}")
        }
    }
}

fn line(
    report: &Report,
    wish: &Postgres,
    words: &Words,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let key = if wish.dry_run {
        "receipt.would_pull"
    } else {
        "receipt.imported"
    };
    let counts = [report.read, report.new, report.changed, report.unchanged];
    let counts = counts.map(|n| n.to_string());
    let mut line = words.fill(key, &super::import::counted(report.kind, &counts));
    let mut more = |key: &str, n: u64| {
        if n > 0 {
            line.push_str(&words.fill(key, &[("n", &n.to_string())]));
        }
    };
    more("receipt.taken_out", report.deleted);
    more("receipt.unmatched", report.unmatched);
    if let Some(file) = &wish.rejects {
        more("receipt.rejected", report.rejected);
        if report.rejected > 0 {
            let place = shown(file);
            line.push_str(&words.fill("receipt.rejects_in", &[("file", place.as_str())]));
        }
    }
    writeln!(out, "{line}")
}
