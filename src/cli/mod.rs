//! The commands: they print what the panes show. Data goes to standard output, everything else to standard error.

pub mod acts;
mod aimed;
pub mod args;
mod asking;
mod backup;
mod banded;
mod board;
pub mod care;
mod cell;
mod cells;
mod check;
mod column;
mod console;
mod credited;
mod demo;
mod doctor;
mod edit;
mod erase;
pub mod error;
mod export;
mod findings;
mod goal;
mod groups;
mod hands;
mod head;
mod held;
mod help;
mod how;
mod import;
mod init;
mod journal;
mod keep;
mod kpi;
mod late;
mod line;
mod list;
mod metrics;
pub mod options;
mod paged;
mod panes;
mod paper;
mod person;
mod present;
mod progress;
mod pull;
mod report;
mod restore;
mod reveal;
mod rows;
mod searched;
mod setting;
mod shell;
mod shop;
mod snapshot;
mod sync;
mod sync_summary;
mod table;
mod tag_new;
mod tags;
mod target;
#[cfg(test)]
mod testing;
mod told;
mod trade;
mod typed;
mod undo;
mod usage;
mod watch;
mod wecom;
mod when;
mod whom;

use std::io::{BufWriter, Write, stderr, stdout};

use crate::domain::{Lang, Sentence, sentence};
use crate::runtime::screen::Screen;

use args::{Arguments, Command};
use console::Start;
use error::{Exit, Failure};
use options::Common;
use setting::Setting;

/// Runs the program; its exit code.
pub fn main() -> u8 {
    let words: Vec<_> = std::env::args_os().collect();
    let arguments = match line::read(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            // --help and --version are answers, not errors.
            if error.use_stderr() {
                return fail(&Failure::of_usage(&error), Setting::lang_of(None));
            }
            let lang = Setting::lang_of(None);
            return match help::asked(&words, error, lang).print() {
                Err(error) => outcome(Err(error.into()), None),
                Ok(()) => Exit::Ok as u8,
            };
        }
    };
    outcome(run(&arguments), Some(&arguments.common))
}

fn outcome(done: Result<Exit, Failure>, common: Option<&Common>) -> u8 {
    match done {
        Ok(exit) => exit as u8,
        // A reader that has seen enough (`| head`) is no failure of ours.
        Err(failure) if failure.is_closed_pipe() => Exit::Ok as u8,
        Err(failure) => fail(&failure, Setting::lang_of(common)),
    }
}

fn fail(failure: &Failure, lang: Lang) -> u8 {
    // Where nobody reads standard error either, the exit code still tells.
    let _ = writeln!(stderr(), "{}", failure.said(lang));
    failure.exit as u8
}

fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut out = BufWriter::new(stdout().lock());
    let done = match &arguments.command {
        Some(_) if arguments.filter.is_some() => Err(filter_before_a_command()),
        Some(command) => perform(command, &arguments.common, &mut out),
        None => open_console(arguments),
    };
    // What was printed before a failure belongs to the reader too.
    let flushed = out.flush();
    let exit = done?;
    if let Err(error) = flushed {
        let wrote = matches!(exit, Exit::Ok | Exit::Partly)
            && arguments.command.as_ref().is_some_and(Command::writes);
        return Err(unsaid(&error, wrote.then(|| out.buffer())));
    }
    Ok(exit)
}

/// Standard output took nothing more. A command that wrote has written by then, and its receipt is not lost with it.
fn unsaid(error: &std::io::Error, receipt: Option<&[u8]>) -> Failure {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return std::io::Error::from(error.kind()).into();
    }
    let why = Sentence::of_system(error);
    let what = sentence!(
        "标准输出写不出: {why}",
        "standard output cannot be written: {why}",
        why = why
    );
    let Some(receipt) = receipt else {
        let help = sentence!(
            "腾出输出所在磁盘的空间, 或把输出写到别处",
            "make room on the disk it goes to, or send it elsewhere"
        );
        return Failure::new(Exit::Failed, what, help);
    };
    let receipt = String::from_utf8_lossy(receipt);
    let receipt = receipt.lines().map(Sentence::quoted).collect::<Vec<_>>();
    let help = sentence!(
        "命令已经做完, 不要再做一遍; 上面是它的回执",
        "the command is done: do not repeat it; its receipt is above"
    );
    Failure::new(Exit::Failed, what, help).with(receipt)
}

/// A filter that would be left out of what is told.
fn filter_before_a_command() -> Failure {
    Failure::new(
        Exit::Usage,
        sentence!("筛选写在了命令前面", "the filter stands before the command",),
        sentence!(
            "写在命令后面: `caopan list customers 筛选`",
            "put it behind: `caopan list customers FILTER`",
        ),
    )
}

fn open_console(arguments: &Arguments) -> Result<Exit, Failure> {
    let setting = Setting::read(&arguments.common)?;
    let start = Start {
        filter: arguments.filter.as_deref(),
        presentation: None,
        keeps: true,
    };
    if arguments.demo {
        shop::demo(setting, &start)
    } else if !setting.names_workspace() && !setting.workspace().exists() && Screen::is_possible() {
        shop::first_run(setting, &start)
    } else {
        console::run(&setting, &start)
    }
}

fn perform(command: &Command, common: &Common, out: &mut impl Write) -> Result<Exit, Failure> {
    let lang = || Setting::lang_of(Some(common));
    let setting = || Setting::read(common);
    match command {
        Command::Init(wish) => init::run(wish, lang(), out),
        Command::Demo(wish) => demo::run(wish, lang(), out),
        Command::Pull(from) => pull::run(common, from, out),
        Command::Completions { shell } => paper::completions(*shell, out),
        Command::Man => paper::man(lang(), out),
        Command::Cells { sheet } => cells::run(sheet.as_deref(), out),
        Command::Import(wish) => import::run(&setting()?, wish, out),
        Command::List(wish) => panes::list(&setting()?, wish, out),
        Command::Tags(wish) => panes::tags(&setting()?, wish, out),
        Command::Groups(wish) => panes::groups(&setting()?, wish, out),
        Command::Kpi(wish) => panes::kpi(&setting()?, wish, out),
        Command::Board(wish) => panes::board(&setting()?, wish, out),
        Command::Metrics(wish) => panes::metrics(&setting()?, wish, out),
        Command::Report(wish) => report::run(&setting()?, wish, out),
        Command::Snapshot(wish) => snapshot::run(&setting()?, wish, out),
        Command::Present(wish) => present::run(&setting()?, wish),
        Command::Export(wish) => export::run(&setting()?, wish, out),
        Command::Acts(act) => acts::run(&setting()?, act, out),
        Command::Keys { md } => paper::keys(&setting()?, *md, out),
        Command::Config { what } => paper::config(&setting()?, what, out),
        Command::Sync(source) => sync::run(&setting()?, source, out),
        Command::Wecom(wish) => wecom::run(&setting()?, wish, out),
        Command::Care(care) => care::run(&setting()?, care, out),
    }
}
