//! The command line of a start. Building every command costs as much as opening a workspace does, and most starts name none.

use std::ffi::OsString;

use clap::Parser;

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
    match Alone::try_parse_from(words) {
        Ok(alone) if !alone.filter.as_deref().is_some_and(may_be_a_command) => Ok(Arguments {
            common: alone.common,
            demo: alone.demo,
            filter: alone.filter,
            command: None,
        }),
        Ok(_) | Err(_) => Arguments::try_parse_from(words),
    }
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
