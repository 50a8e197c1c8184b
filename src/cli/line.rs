//! The command line of a start. Building every command costs as much as opening a workspace does, and most starts name none.

use std::ffi::OsString;

use clap::{Command, Parser};

use super::args::Arguments;
use super::options::Common;

/// The console without the commands beside it: what most starts are.
#[derive(Debug, Parser)]
#[command(name = "caopan", version, disable_help_subcommand = true)]
struct Alone {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    demo: bool,
    filter: Option<String>,
}

/// Reads a command line, the program's name first. Every command is built only where a word could be one of them, and for
/// help and errors.
pub fn read(words: &[OsString]) -> Result<Arguments, clap::Error> {
    match parsed::<Alone>(words) {
        Ok(alone) if !alone.filter.as_deref().is_some_and(may_be_a_command) => Ok(Arguments {
            common: alone.common,
            demo: alone.demo,
            filter: alone.filter,
            command: None,
        }),
        Ok(_) | Err(_) => parsed(words),
    }
}

/// What a variable of the environment says that is set and empty is nothing, as everywhere else: clap would take it for a value.
fn parsed<T: Parser>(words: &[OsString]) -> Result<T, clap::Error> {
    let is_empty = |(name, value): (OsString, OsString)| {
        value.is_empty() && name.to_string_lossy().starts_with("CAOPAN_")
    };
    if !std::env::vars_os().any(is_empty) {
        return T::try_parse_from(words);
    }
    let mut command = deaf(T::command());
    let mut matches = command.try_get_matches_from_mut(words)?;
    T::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

/// A command and those below it, deaf to the variables that are empty.
fn deaf(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let said = arg.get_env().and_then(std::env::var_os);
        if said.is_some_and(|said| said.is_empty()) {
            arg.env(None::<&'static str>)
        } else {
            arg
        }
    });
    command.mut_subcommands(deaf)
}

/// Commands are named in small Latin letters.
fn may_be_a_command(word: &str) -> bool {
    word.chars()
        .all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '_'))
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::{Arguments, may_be_a_command, read};

    #[test]
    fn every_command_has_a_name_that_is_looked_at() {
        for command in Arguments::command().get_subcommands() {
            for name in command.get_name_and_visible_aliases() {
                assert!(may_be_a_command(name), "{name}");
            }
            assert_eq!(command.get_all_aliases().count(), 0);
        }
    }

    #[test]
    fn a_console_is_read_alone_as_it_is_among_the_commands() {
        for line in [
            "",
            "-w shop.db",
            "-wshop.db --lang en --mask",
            "--demo --theme dark --read-only=false --period 7d",
            "标签:高净值 -w shop.db --org 华东",
            "vip --as-of 2026-11-11",
            "spend>100",
            "list customers spend>100 -w shop.db",
            "-w shop.db kpi",
            "vip list",
            "-- list",
            "--help",
            "--version",
            "--period soon",
            "--nothing",
            "one> two>",
        ] {
            let words = std::iter::once("caopan").chain(line.split_whitespace());
            let words: Vec<_> = words.map(Into::into).collect();
            let said = |read: Result<Arguments, clap::Error>| match read {
                Ok(arguments) => format!("{arguments:?}"),
                Err(error) => error.to_string(),
            };
            let (alone, among) = (read(&words), Arguments::try_parse_from(&words));
            assert_eq!(said(alone), said(among), "{line}");
        }
    }
}
