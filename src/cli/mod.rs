//! The commands: they print what the panes show. Data goes to standard output, everything else to standard error.

pub mod args;
pub mod board;
pub mod cell;
mod console;
mod demo;
pub mod error;
pub mod groups;
mod init;
pub mod kpi;
pub mod list;
pub mod metrics;
mod paper;
mod setting;
pub mod table;
pub mod tags;
#[cfg(test)]
mod testing;
mod when;

use std::io::{Write, stderr, stdout};

use clap::Parser;

use args::{Arguments, Command};
use error::{Exit, Failure};
use setting::Setting;

/// Runs the program; its exit code.
pub fn main() -> u8 {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // --help and --version are answers, not errors.
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            };
            return error.print().map_or(Exit::Failed as u8, |()| code as u8);
        }
    };
    match run(&arguments) {
        Ok(exit) => exit as u8,
        // A reader that has seen enough (`| head`) is no failure of ours.
        Err(failure) if failure.is_closed_pipe() => Exit::Ok as u8,
        Err(failure) => {
            // Nobody reads standard error either: the exit code still tells.
            let _ = writeln!(stderr(), "{failure}");
            failure.exit as u8
        }
    }
}

fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut out = stdout().lock();
    match &arguments.command {
        Some(Command::Init { file, zone, name }) => init::run(file, zone, name, &mut out),
        Some(Command::Demo {
            file,
            customers,
            seed,
            today,
            traffic,
        }) => demo::run(
            &demo::Wish {
                file,
                customers: *customers,
                seed: *seed,
                today: today.as_deref(),
                traffic: *traffic,
            },
            &mut out,
        ),
        Some(Command::Completions { shell }) => paper::completions(*shell, &mut out),
        Some(Command::Man) => paper::man(&mut out),
        None => {
            let setting = Setting::read(&arguments.common)?;
            let start = console::Start {
                filter: arguments.filter.as_deref(),
                presentation: None,
                keeps: true,
            };
            console::run(&setting, start)
        }
        _ => Ok(Exit::Ok),
    }
}
