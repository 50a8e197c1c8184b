//! `caopan sync`: rows in from an API, by a separate run on a host that the API trusts.

use std::fs::File;
use std::io::{Read, Write, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use indicatif::ProgressBar;

use crate::config::words::Words;
use crate::domain::{Day, SafeText, Sentence, sentence};
use crate::runtime::clock::Clock as Watch;
use crate::store::{Access, Doing, Opened, meta, open};
use crate::wecom::http::Https;
use crate::wecom::sync::{self, Options, Part, Progress, Report, SyncError};
use crate::wecom::{Client, Clock, Secret, Settings, SettingsError};

use super::error::{Exit, Failure};
use super::person::{actor, stop_flag};
use super::progress::{bar, thousands};
use super::setting::Setting;
use super::sync_summary::{name, print, print_json};
use super::when;

/// Pages of the write-ahead log before they are copied back: 32 MB.
const CHECKPOINT_PAGES: i64 = 8_000;

/// Shown below the help of `caopan sync`.
pub const EXAMPLES: &str = "Examples:\n\
    \x20 caopan sync wecom -w shop.db\n\
    \x20 caopan sync wecom --full -w shop.db";

/// Where rows come from.
#[derive(Debug, Subcommand)]
pub enum Source {
    /// WeCom's server API.
    #[command(after_help = "Examples:\n\
        \x20 caopan sync wecom -w shop.db\n\
        \x20 caopan sync wecom --only groups -w shop.db\n\
        \x20 caopan sync wecom --since 2026-09-01 --wecom /etc/caopan/wecom.toml -w shop.db\n\
        \x20 0 5 * * * caopan sync wecom -w /srv/shop.db      (crontab: every night at five)\n\
        Exit: 0 done, 1 failed, 2 settings, 4 another sync runs, 5 refused, 6 some parts failed, 130 interrupted.\n\
        A sync that ends early goes on where it was when it runs again.")]
    Wecom(SyncArguments),
}

/// Arguments of `sync wecom`.
#[derive(Debug, Args)]
pub struct SyncArguments {
    /// Begin anew, and fetch all the statistics the server keeps (180 days).
    #[arg(long)]
    pub full: bool,
    /// Statistics from this day on.
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// One part alone.
    #[arg(long, value_enum)]
    pub only: Option<Only>,
    /// End what WeCom does not list any more, even where that is more than 5 %.
    #[arg(long)]
    pub allow_shrink: bool,
    /// How the summary is printed.
    #[arg(long, value_enum, default_value_t = Summary::Table)]
    pub format: Summary,
    /// Settings and secret.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Where the settings and the secret are.
#[derive(Debug, Args)]
pub struct AccessArguments {
    /// Settings of WeCom, mode 0600 [default: wecom.toml in the configuration directory].
    #[arg(long, value_name = "FILE", env = "CAOPAN_WECOM_CONFIG")]
    pub wecom: Option<PathBuf>,
    /// Read the secret from standard input (else CAOPAN_WECOM_SECRET, else the settings' secret_file).
    #[arg(long)]
    pub secret_stdin: bool,
}

/// Parts by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Only {
    /// 客户
    Contacts,
    /// 标签
    Tags,
    /// 群
    Groups,
    /// 员工统计
    Behaviour,
    /// 继承
    Handover,
}

/// Formats of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Summary {
    /// For reading.
    Table,
    /// One JSON document.
    Json,
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::new(Exit::Usage, error.what(), error.help())
    }
}

impl AccessArguments {
    /// The settings file.
    pub fn file(&self, setting: &Setting) -> PathBuf {
        let file = self.wecom.clone();
        file.unwrap_or_else(|| setting.paths.config.join("wecom.toml"))
    }

    /// The app's secret: standard input, then the environment; `None` leaves it to the settings.
    pub fn secret(&self) -> Result<Option<Secret>, Failure> {
        if self.secret_stdin {
            let mut text = String::new();
            stdin().take(4096).read_to_string(&mut text)?;
            return Ok(Secret::new(&text));
        }
        Ok(std::env::var("CAOPAN_WECOM_SECRET")
            .ok()
            .and_then(|text| Secret::new(&text)))
    }
}

/// The clock of a run: it stops waiting when somebody wants it to end.
pub struct RunClock {
    watch: Watch,
    stop: Arc<AtomicBool>,
}

impl RunClock {
    /// A clock that a flag stops; with `as_of` the calendar stands still there.
    pub fn new(as_of: Option<i64>, stop: Arc<AtomicBool>) -> Self {
        Self {
            watch: Watch::start(as_of),
            stop,
        }
    }
}

impl Clock for RunClock {
    fn millis(&self) -> u64 {
        self.watch.now().millis
    }

    fn unix(&self) -> i64 {
        self.watch.now().unix
    }

    fn pause(&self, millis: u64) {
        let until = self.millis() + millis;
        while !self.stopped() {
            let left = until.saturating_sub(self.millis());
            if left == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(left.min(100)));
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Runs a sync.
pub fn run(setting: &Setting, source: &Source, out: &mut impl Write) -> Result<Exit, Failure> {
    let Source::Wecom(wish) = source;
    let file = wish.access.file(setting);
    let settings = Settings::read(&file)?;
    let secret = settings.secret(wish.access.secret()?)?;
    let _alone = alone(&file)?;
    let mut opened = writable(setting, &sentence!("同步要写入", "a sync writes"))?;
    // Rows come in no order, so each batch touches pages all over the file: what is copied back seldom is copied once.
    opened
        .conn
        .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
        .doing("setting the connection up")?;
    let zone = meta::zone(&opened.conn)?;
    claim(&opened, &settings)?;
    let as_of = setting.common.as_of.as_deref();
    let as_of = as_of.map(|text| when::as_of(text, zone)).transpose()?;
    let clock = RunClock::new(as_of, stop_flag()?);
    let transport = Https::new(&settings.base_url, settings.timeout);
    let client = Client::new(&settings, &secret, &transport, &clock);
    let words = Words::new(setting.lang());
    let bar = bar("{spinner} {msg}  {elapsed}");
    let mut options = Options {
        only: wish.only.map(part),
        full: wish.full,
        since: wish.since.as_deref().map(day).transpose()?,
        allow_shrink: wish.allow_shrink,
        zone,
        actor: &actor(),
        progress: &mut |progress| show(&bar, progress, &words),
    };
    let report = sync::run(&mut opened.conn, &client, &settings, &mut options);
    bar.finish_and_clear();
    match wish.format {
        Summary::Table => print(&report, &words, out)?,
        Summary::Json => print_json(&report, clock.unix(), zone, out)?,
    }
    ending(report, |failed| {
        let only = wish.only.or_else(|| only_of(failed));
        let only = only.and_then(|only| only.to_possible_value());
        let only = only.map_or(String::new(), |only| format!(" --only {}", only.get_name()));
        let workspace = setting.workspace();
        format!(
            "caopan sync wecom{only} --allow-shrink -w {}",
            SafeText::new(&workspace.to_string_lossy())
        )
    })
}

/// Opens the workspace for writing, or says why not.
pub fn writable(setting: &Setting, what: &Sentence) -> Result<Opened, Failure> {
    let refused = |help| Failure::new(Exit::Refused, what.clone(), help);
    if setting.common.read_only {
        return Err(refused(sentence!(
            "去掉 --read-only",
            "leave --read-only out"
        )));
    }
    let opened = open(&setting.workspace(), Access::ReadWrite)?;
    if opened.access == Access::ReadOnly {
        return Err(refused(sentence!(
            "请工作区的主人给写权限",
            "ask the owner of the workspace for the right to write"
        )));
    }
    Ok(opened)
}

/// A workspace is of one company: the first sync says of which.
pub fn claim(opened: &Opened, settings: &Settings) -> Result<(), Failure> {
    match meta::get(&opened.conn, "corp_id")? {
        Some(corp) if !corp.is_empty() && corp != settings.corp_id => Err(Failure::new(
            Exit::Refused,
            sentence!(
                "工作区属于另一家企业 ({corp})",
                "the workspace belongs to another company ({corp})",
            ),
            sentence!(
                "用 -w 指定那家企业自己的工作区",
                "give that company's own workspace with -w FILE"
            ),
        )),
        Some(corp) if !corp.is_empty() => Ok(()),
        Some(_) | None => Ok(meta::set(&opened.conn, "corp_id", &settings.corp_id)?),
    }
}

/// One sync at a time with the same settings.
fn alone(file: &Path) -> Result<File, Failure> {
    let held = File::open(file)?;
    let shown = SafeText::new(&file.display().to_string());
    held.try_lock().map_err(|_| {
        Failure::new(
            Exit::Busy,
            sentence!(
                "另一个同步正用着这份设置",
                "another sync runs with these settings"
            ),
            sentence!(
                "等它结束, 或在它的终端按 ctrl-c (查它的进程号: fuser {shown})",
                "wait for it, or press ctrl-c in its terminal (its process id: fuser {shown})"
            ),
        )
    })?;
    Ok(held)
}

fn part(only: Only) -> Part {
    match only {
        Only::Contacts => Part::Contacts,
        Only::Tags => Part::Tags,
        Only::Groups => Part::Groups,
        Only::Behaviour => Part::Behaviour,
        Only::Handover => Part::Handover,
    }
}

/// The part alone; nothing asks for staff alone.
fn only_of(part: Part) -> Option<Only> {
    match part {
        Part::Org => None,
        Part::Tags => Some(Only::Tags),
        Part::Contacts => Some(Only::Contacts),
        Part::Groups => Some(Only::Groups),
        Part::Behaviour => Some(Only::Behaviour),
        Part::Handover => Some(Only::Handover),
    }
}

fn day(text: &str) -> Result<Day, Failure> {
    Day::parse(text).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            sentence!("{text:?} 不是日期", "{text:?} is not a day"),
            sentence!("写作 2026-11-11", "write it as 2026-11-11"),
        )
    })
}

fn show(bar: &ProgressBar, progress: Progress, words: &Words) {
    if bar.is_hidden() {
        return;
    }
    let (done, all) = progress.done;
    let of = if all > 0 {
        format!(" {done}/{all}")
    } else {
        String::new()
    };
    let part = words.say(match progress.part {
        Part::Org => "progress.org",
        Part::Tags => "progress.tags",
        Part::Contacts => "progress.contacts",
        Part::Groups => "progress.groups",
        Part::Behaviour => "progress.behaviour",
        Part::Handover => "progress.handover",
    });
    let holes = [
        ("part", format!("{part}{of}")),
        ("rows", thousands(progress.rows)),
        ("calls", thousands(progress.calls)),
    ];
    let holes = holes
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    bar.set_message(words.fill("progress.sync", &holes));
    bar.tick();
}

/// The exit: what went wrong first, and whether anything was finished beside it. `allow` is the command that allows a part
/// to shrink.
fn ending(report: Report, allow: impl Fn(Part) -> String) -> Result<Exit, Failure> {
    let finished = report.parts.iter().any(|part| part.error.is_none());
    let Some(failed) = report
        .parts
        .into_iter()
        .find_map(|part| Some((part.part, part.error?)))
    else {
        return Ok(Exit::Ok);
    };
    let (part, error) = failed;
    let exit = match Exit::of(error.exit_code()) {
        Exit::Failed if finished && !error.ends_all() => Exit::Partly,
        other => other,
    };
    let help = match &error {
        SyncError::Shrink { .. } => {
            let line = allow(part);
            sentence!("{help}: {line}", "{help}: {line}", help = error.help())
        }
        SyncError::Call(_) | SyncError::Store(_) | SyncError::Circle { .. } | SyncError::Closed => {
            error.help()
        }
    };
    let part = name(part);
    let what = sentence!("{part}: {why}", "{part}: {why}", why = error.what());
    Err(Failure::new(exit, what, help))
}
