//! The commands: they print what the panes show. Data goes to standard output, everything else to standard error.

pub mod acts;
pub mod args;
mod asking;
mod backup;
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
mod kpi;
mod line;
mod list;
mod metrics;
pub mod options;
mod paged;
mod panes;
mod paper;
mod person;
mod progress;
mod pull;
mod report;
mod restore;
mod reveal;
mod rows;
mod setting;
mod shell;
mod shop;
mod snapshot;
mod sync;
mod sync_summary;
mod table;
mod tags;
mod target;
#[cfg(test)]
mod testing;
mod trade;
mod undo;
mod usage;
mod watch;
mod wecom;
mod when;
mod whom;

use std::io::{BufWriter, Write, stderr, stdout};

use crate::domain::Lang;
use crate::runtime::screen::Screen;

use args::{Arguments, Command};
use console::{Presentation, Start};
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
        Some(command) => perform(command, &arguments.common, &mut out),
        None => open_console(arguments),
    };
    // What was printed before a failure belongs to the reader too.
    let flushed = out.flush();
    let exit = done?;
    flushed?;
    Ok(exit)
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
    match command {
        Command::Init { file, zone, name } => {
            init::run(file, zone, name, Setting::lang_of(Some(common)), out)
        }
        Command::Demo {
            file,
            customers,
            seed,
            today,
            traffic,
        } => {
            let (today, traffic) = (today.as_deref(), *traffic);
            demo::run(
                &demo::Wish {
                    file,
                    customers: *customers,
                    seed: *seed,
                    today,
                    traffic,
                    lang: Setting::lang_of(Some(common)),
                },
                out,
            )
        }
        Command::Pull(from) => pull::run(common, from, out),
        Command::Completions { shell } => paper::completions(*shell, out),
        Command::Man => paper::man(Setting::lang_of(Some(common)), out),
        Command::Cells { sheet } => cells::run(sheet.as_deref(), out),
        Command::Import(_)
        | Command::List { .. }
        | Command::Tags(_)
        | Command::Groups(_)
        | Command::Kpi { .. }
        | Command::Board { .. }
        | Command::Metrics { .. }
        | Command::Report(_)
        | Command::Snapshot { .. }
        | Command::Present { .. }
        | Command::Export(_)
        | Command::Acts(_)
        | Command::Keys { .. }
        | Command::Sync(_)
        | Command::Wecom(_)
        | Command::Care(_)
        | Command::Config { .. } => perform_in(&Setting::read(common)?, command, out),
    }
}

/// The commands that need settings.
#[expect(clippy::too_many_lines, reason = "one arm a command")]
fn perform_in(setting: &Setting, command: &Command, out: &mut impl Write) -> Result<Exit, Failure> {
    match command {
        Command::Import(wish) => import::run(setting, wish, out),
        Command::List {
            what,
            filter,
            sort,
            limit,
            format,
            unmask,
        } => {
            let wish = panes::ListWish {
                what: *what,
                sort,
                limit: *limit,
                unmask: *unmask,
            };
            panes::list(setting, filter.as_deref(), &wish, *format, out)
        }
        Command::Tags(wish) => panes::tags(setting, wish.filter.as_deref(), wish.format, out),
        Command::Groups(wish) => panes::groups(setting, wish.filter.as_deref(), wish.format, out),
        Command::Kpi {
            campaign,
            gmv,
            filter,
            format,
        } => {
            let wish = panes::KpiWish {
                campaign: campaign.as_deref(),
                gmv: *gmv,
                filter: filter.as_deref(),
            };
            panes::kpi(setting, &wish, *format, out)
        }
        Command::Board {
            metric,
            filter,
            format,
        } => panes::board(setting, *metric, filter.as_deref(), *format, out),
        Command::Metrics { format } => panes::metrics(setting, *format, out),
        Command::Report(wish) => report::run(setting, wish, out),
        Command::Snapshot {
            pane,
            size,
            page,
            format,
            filter,
        } => {
            let filter = filter.as_deref();
            let wish = snapshot::Wish {
                pane: *pane,
                size,
                page: *page,
                format: *format,
                filter,
            };
            snapshot::run(setting, &wish, out)
        }
        Command::Present {
            every,
            views,
            campaign,
        } => {
            let presentation = Some(Presentation {
                pages: snapshot::pages(views)?,
                every: when::every(every)?,
                campaign: campaign.clone(),
            });
            console::run(
                setting,
                &Start {
                    filter: None,
                    presentation,
                    keeps: false,
                },
            )
        }
        Command::Export(wish) => export::run(setting, wish, out),
        Command::Acts(act) => acts::run(setting, act, out),
        Command::Keys { md } => paper::keys(setting, *md, out),
        Command::Config { what } => paper::config(setting, what, out),
        Command::Sync(source) => sync::run(setting, source, out),
        Command::Wecom(wish) => wecom::run(setting, wish, out),
        Command::Care(care) => care::run(setting, care, out),
        Command::Init { .. }
        | Command::Demo { .. }
        | Command::Pull(_)
        | Command::Completions { .. }
        | Command::Man
        | Command::Cells { .. } => Ok(Exit::Ok),
    }
}
