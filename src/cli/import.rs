//! `caopan import`: rows in from files, each whole or not at all.

mod choice;
mod job;
mod jobs;
mod past;
mod piped;
mod progress;
mod receipt;
mod rejects;
mod template;
mod wish;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::{SafeText, Zone, sentence};
use crate::import::{ImportError, Kind, Options, Problem, Report, run_plan};
use crate::store::{Access, Opened, StoreError, imports, meta, open_within};

use super::error::{Exit, Failure};
use super::how::How;
use super::options::OutputFormat;
use super::person::actor;
use super::setting::Setting;
use super::when;
use choice::Chosen;
use jobs::Running;
use progress::Teller;
use rejects::Rejects;

pub use jobs::watch;
pub(super) use receipt::counted;
use receipt::say;
pub use wish::{EXAMPLES, ImportArguments, OnError, Printing};

/// How long opening the workspace waits for its lock.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long one question waits.
const QUESTION: Duration = Duration::from_millis(250);
/// Imports that `--list` shows.
const LISTED: u32 = 200;

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let failure = Self::new(Exit::of(error.exit_code()), error.what(), error.help());
        let ImportError::Refused { problems, .. } = &error else {
            return failure;
        };
        // The first is in the sentence.
        let rest = problems.iter().skip(1).map(Problem::what);
        failure.with(rest.map(|problem| sentence!("  {problem}", "  {problem}", problem = problem)))
    }
}

/// Imports files, prints a template, or lists what came in or is on its way.
pub fn run(
    setting: &Setting,
    wish: &ImportArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    if wish.jobs {
        return jobs::list(setting, how(setting, wish, Zone::default())?, out);
    }
    if wish.list {
        return list(setting, wish, out);
    }
    let (kind, files) = wish.choice.kind_and_files()?;
    if wish.template {
        return template::write(wish, kind, setting.lang(), out);
    }
    may_run(setting, wish, files)?;
    if wish.detach {
        return jobs::start(setting, files, out);
    }
    let Some(id) = wish.job else {
        let mut teller = Teller::new(None, setting.lang());
        let done = import_all(setting, wish, (kind, files), &mut teller, out);
        teller.end();
        return done;
    };
    let mut teller = Teller::new(Some(Running::begin(setting, id)?), setting.lang());
    let mut said = Vec::new();
    let done = import_all(setting, wish, (kind, files), &mut teller, &mut said);
    if let Some(job) = teller.end() {
        job.end(&String::from_utf8_lossy(&said), &done, setting.lang())?;
    }
    done
}

/// Says what cannot be asked together.
fn may_run(setting: &Setting, wish: &ImportArguments, files: &[PathBuf]) -> Result<(), Failure> {
    let refuse = |what, help| Err(Failure::new(Exit::Usage, what, help));
    if files.is_empty() {
        return refuse(
            sentence!("没有写文件名", "no file was named"),
            sentence!(
                "写上文件名, 标准输入写 -",
                "give a file, or - for standard input"
            ),
        );
    }
    if setting.common.read_only {
        return Err(Failure::new(
            Exit::Refused,
            sentence!("导入要写入", "an import writes"),
            sentence!("去掉 --read-only", "leave --read-only out"),
        ));
    }
    super::edit::sees_edits(setting)?;
    let is_piped = files.iter().any(|file| file.as_os_str() == "-");
    if wish.detach && is_piped {
        return refuse(
            sentence!(
                "标准输入随终端结束",
                "standard input ends with the terminal"
            ),
            sentence!(
                "先写进文件, 或去掉 --detach",
                "write it to a file first, or leave --detach out"
            ),
        );
    }
    if wish.rejects.is_some() && files.len() > 1 {
        return refuse(
            sentence!(
                "一个拒收文件装不下几个文件的行",
                "one rejects file cannot hold the rows of several files"
            ),
            sentence!(
                "用 --on-error reject: 每个文件各有自己的 .rejects.csv",
                "use --on-error reject: each file gets a .rejects.csv of its own"
            ),
        );
    }
    if wish.on_error == OnError::Reject && wish.rejects.is_none() && is_piped {
        return refuse(
            sentence!(
                "标准输入的行旁边没有文件可放",
                "rows of standard input have no file to be put beside"
            ),
            sentence!(
                "用 --rejects OUT.csv 写上文件名",
                "name one with --rejects OUT.csv"
            ),
        );
    }
    Ok(())
}

/// Imports the files one after the other, each in its own transaction; the first that fails ends it.
fn import_all(
    setting: &Setting,
    wish: &ImportArguments,
    (kind, files): (Option<Kind>, &[PathBuf]),
    teller: &mut Teller,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let bytes = files.iter().filter_map(|file| file.metadata().ok());
    let bytes = bytes.map(|meta| meta.len()).sum();
    let opened = open_within(&setting.workspace(), Access::ReadWrite, PATIENCE)
        .map_err(|error| full(error.into(), bytes))?;
    // A busy workspace is asked again and again, so that somebody can be told and can stop it.
    opened
        .conn
        .busy_timeout(QUESTION)
        .map_err(|e| StoreError::from_sql("setting the connection up", e))?;
    let mut desk = Desk {
        // Read before a signal interrupts statements instead of ending the command: this one is nobody's row.
        zone: meta::zone(&opened.conn)?,
        stop: stop_on_signals(&opened)?,
        opened,
        actor: actor(),
    };
    let mut exit = Exit::Ok;
    for file in files {
        teller.begin(file);
        let (kind, report) = desk.import(setting, wish, (kind, file), teller)?;
        say(setting, wish, (kind, file), (&report, desk.zone), out)?;
        teller.came(
            &report,
            Some(SafeText::new(&rejects_of(wish, file).to_string_lossy())),
        );
        if report.rejected > 0 {
            exit = Exit::Partly;
        }
    }
    Ok(exit)
}

/// What every file of a command goes through.
struct Desk {
    opened: Opened,
    zone: Zone,
    actor: String,
    stop: Arc<AtomicBool>,
}

impl Desk {
    fn import(
        &mut self,
        setting: &Setting,
        wish: &ImportArguments,
        (kind, file): (Option<Kind>, &Path),
        teller: &mut Teller,
    ) -> Result<(Kind, Report), Failure> {
        let name = file.to_string_lossy();
        let chosen = wish.choice.choose((kind, file), setting, &self.stop)?;
        if !chosen.words.is_empty() {
            teller.say(&chosen.words);
        }
        let Chosen { source, plan, .. } = chosen;
        let mut rejects = match (&wish.rejects, wish.on_error) {
            _ if wish.dry_run => None,
            (Some(named), _) => Some(Rejects::begin(named)?),
            (None, OnError::Reject) => Some(Rejects::begin(&Rejects::beside(file))?),
            (None, OnError::Stop) => None,
        };
        let mut nowhere = std::io::sink();
        let lets_good_rows_in = wish.rejects.is_some() || wish.on_error == OnError::Reject;
        let most = u128::from(wish.wait) * 1_000 / QUESTION.as_millis();
        let mut questions = most;
        let told = std::cell::RefCell::new(teller);
        let mut busy = || {
            if questions == most {
                told.borrow_mut().waits(wish.wait);
            }
            questions = questions.saturating_sub(1);
            questions > 0
        };
        let mut progress = |progress| told.borrow_mut().tell(progress);
        let mut options = Options::new(self.zone, when::now(), &self.stop);
        options.actor = &self.actor;
        options.rejects = match &mut rejects {
            Some(rejects) => Some(rejects.file()),
            None if lets_good_rows_in => Some(&mut nowhere),
            None => None,
        };
        options.lang = setting.lang();
        options.again = wish.again;
        options.new_tags = wish.new_tags;
        options.rehearse = wish.dry_run;
        options.progress = Some(&mut progress);
        options.busy = Some(&mut busy);
        options.clock = Some(&when::now);
        let report = run_plan(&plan, &source, &name, &mut self.opened.conn, &mut options)
            .map_err(|error| full(error, source.bytes()))?;
        if let Some(rejects) = rejects
            && report.rejected > 0
        {
            rejects.keep()?;
        }
        Ok((plan.kind(), report))
    }
}

/// A full disk, or a limit on the size of files, is answered with the room that is needed.
fn full(error: ImportError, bytes: u64) -> Failure {
    if !error.is_full() {
        return error.into();
    }
    // Rows with their indexes take up to three times the file; until the commit they lie in the log as well.
    let needed = (bytes.saturating_mul(6) >> 20).max(1);
    Failure::new(
        Exit::of(error.exit_code()),
        error
            .what()
            .and(&sentence!("工作区保持原样", "the workspace is as it was")),
        sentence!(
            "在工作区旁腾出约 {needed} MB 再试",
            "make room for about {needed} MB beside the workspace and run it again",
        ),
    )
}

/// Sets a flag on Ctrl-C and SIGTERM and interrupts the statement that runs. A file that grows past a limit is an error and
/// no signal.
fn stop_on_signals(opened: &Opened) -> Result<Arc<AtomicBool>, Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    let (told, statement) = (Arc::clone(&stop), opened.conn.get_interrupt_handle());
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            if signals.forever().next().is_some() {
                told.store(true, Ordering::Relaxed);
                // Also what begins just now.
                loop {
                    statement.interrupt();
                    std::thread::sleep(QUESTION);
                }
            }
        })?;
    Ok(stop)
}

fn how(setting: &Setting, wish: &ImportArguments, zone: Zone) -> Result<How, Failure> {
    let format = wish
        .format
        .map_or(Some(OutputFormat::Table), Printing::list);
    let refused = || {
        let help = sentence!(
            "清单可印作 table, csv, jsonl, json",
            "a list is printed as table, csv, jsonl or json"
        );
        Failure::new(
            Exit::Usage,
            sentence!("清单不是要导入的文件", "a list is no file to import"),
            help,
        )
    };
    Ok(setting.how(format.ok_or_else(refused)?, zone))
}

/// Prints the ledger.
fn list(setting: &Setting, wish: &ImportArguments, out: &mut impl Write) -> Result<Exit, Failure> {
    let opened = setting.opened(&setting.workspace())?;
    let runs = imports::newest(&opened.conn, LISTED)?;
    let zone = meta::zone(&opened.conn)?;
    past::print(&runs, how(setting, wish, zone)?, out)?;
    Ok(Exit::Ok)
}

/// Where the rejected rows of a file go.
fn rejects_of(wish: &ImportArguments, file: &Path) -> PathBuf {
    let named = wish.rejects.clone();
    named.unwrap_or_else(|| Rejects::beside(file))
}
