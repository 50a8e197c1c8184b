//! `caopan demo`: an invented workspace, and traffic on it.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;

use crate::config::words::Words;
use crate::domain::{Lang, SafeText, Zone, sentence};
use crate::store::demo::{Deed, DemoError, Made, Plan, Traffic, generate};
use crate::store::{Access, StoreError, meta, open};

use super::error::{Exit, Failure};
use super::init::folder_is_there;
use super::progress::bar;
use super::when;

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// The new file (with --traffic: may exist, and is written to).
    pub file: PathBuf,
    /// Customers.
    #[arg(long, default_value_t = 20_000)]
    pub customers: u32,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The workspace's last day [default: today].
    #[arg(long, value_name = "DATE")]
    pub today: Option<String>,
    /// Go on writing this many small transactions a second, until stopped.
    #[arg(long, value_name = "PER_SECOND")]
    pub traffic: Option<f64>,
}

impl From<DemoError> for Failure {
    fn from(error: DemoError) -> Self {
        match error {
            DemoError::Store(error) => error.into(),
            DemoError::Customers(_) => Self::new(
                Exit::Usage,
                error.what(),
                sentence!("--customers 要在这个范围内", "choose --customers within it"),
            ),
        }
    }
}

/// Generates unless the file is there already and traffic was asked for; then writes traffic until stopped.
pub fn run(wish: &DemoArguments, lang: Lang, out: &mut impl Write) -> Result<Exit, Failure> {
    let shown = SafeText::new(&wish.file.to_string_lossy());
    if let Some(per_second) = wish.traffic {
        may_have_traffic(&wish.file, &shown, per_second)?;
    }
    if wish.traffic.is_none() || !wish.file.exists() {
        folder_is_there(&wish.file)?;
        let zone = Zone::default();
        let plan = Plan {
            customers: wish.customers,
            seed: wish.seed,
            today: when::demo_day(wish.today.as_deref(), zone)?,
            zone,
        };
        let made = make(&wish.file, &plan, lang)?;
        let words = Words::new(lang);
        let holes = [
            ("file", shown.to_string()),
            ("customers", made.customers.to_string()),
            ("orders", made.orders.to_string()),
            ("groups", made.groups.to_string()),
            ("staff", made.staff.to_string()),
        ];
        let holes = holes
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        writeln!(out, "{}", words.fill("receipt.demo", &holes))?;
        writeln!(out, "{}", words.fill("receipt.demo_next", &holes))?;
    }
    match wish.traffic {
        Some(per_second) => write_traffic(wish, per_second, lang, out),
        None => Ok(Exit::Ok),
    }
}

/// Generates with a progress bar on standard error.
fn make(file: &Path, plan: &Plan, lang: Lang) -> Result<Made, Failure> {
    let words = Words::new(lang);
    let bar = bar(words.say("progress.demo"));
    let made = generate(file, plan, &mut |done, total, what| {
        bar.set_length(total);
        bar.set_position(done);
        let what = words.say(step(what));
        if bar.message() != what {
            bar.set_message(what.to_owned());
        }
    });
    bar.finish_and_clear();
    Ok(made?)
}

/// The key of a step's name.
fn step(what: &'static str) -> &'static str {
    match what {
        "customers" => "progress.customers",
        "follows" => "progress.follows",
        "tags" => "progress.tags",
        "campaigns" => "progress.campaigns",
        "groups" => "progress.groups",
        "board" => "progress.board",
        "indexes" => "progress.indexes",
        "totals" => "progress.totals",
        "done" => "progress.done",
        other => other,
    }
}

/// Refuses a pace that is none, and a workspace that `demo` did not make: invented rows do not belong among a shop's own.
fn may_have_traffic(file: &Path, shown: &SafeText, per_second: f64) -> Result<(), Failure> {
    if !(per_second > 0.0 && per_second <= 10_000.0) {
        return Err(Failure::new(
            Exit::Usage,
            sentence!("每秒 {per_second} 笔", "{per_second} transactions a second"),
            sentence!("写 0.1 到 10000", "choose 0.1 to 10000"),
        ));
    }
    if !file.exists() || meta::is_demo(&open(file, Access::ReadOnly)?.conn)? {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Refused,
        sentence!(
            "{shown} 不是演示工作区: 不往里写编造的数据",
            "{shown} is no demo workspace: nothing invented is written into it"
        ),
        sentence!(
            "写一个新文件, 或 `caopan demo` 生成的文件; 什么都没有改动",
            "name a new file, or one that `caopan demo` made; nothing was changed"
        ),
    ))
}

fn write_traffic(
    wish: &DemoArguments,
    per_second: f64,
    lang: Lang,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [
        signal_hook::consts::SIGINT,
        signal_hook::consts::SIGTERM,
        signal_hook::consts::SIGHUP,
    ] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let words = Words::new(lang);
    let speed = per_second.to_string();
    let begins = words.fill("receipt.traffic", &[("n", &speed)]);
    writeln!(out, "{begins}")?;
    let written = keep_writing(&wish.file, wish.seed, per_second, &stop)?.to_string();
    let ended = words.fill("receipt.traffic_done", &[("n", &written)]);
    writeln!(out, "{ended}")?;
    Ok(Exit::Ok)
}

/// Writes traffic until `stop`; transactions written. A busy workspace is waited for, and said.
pub fn keep_writing(
    file: &Path,
    seed: u64,
    per_second: f64,
    stop: &AtomicBool,
) -> Result<u64, Failure> {
    let mut conn = open(file, Access::ReadWrite)?.conn;
    let mut traffic = Traffic::new(&mut conn, seed)?;
    let pause = Duration::from_secs_f64(1.0 / per_second);
    let mut written = 0;
    while !stop.load(Ordering::Relaxed) {
        match traffic.step(when::now()) {
            Ok(Deed::Nothing) => {}
            Ok(_) => written += 1,
            Err(error @ StoreError::Busy { .. }) => {
                writeln!(stderr(), "caopan: {error}; trying again")?;
            }
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(pause);
    }
    Ok(written)
}
