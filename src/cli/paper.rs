//! `caopan man`, `completions`, `keys` and `config`: made from the same definitions that parse the command line and the
//! keys.

use std::io::Write;

use clap::CommandFactory;

use super::args::Arguments;
use super::error::{Exit, Failure};
use super::setting::Setting;
use crate::app::command::COMMANDS;
use crate::config::keys::label_sequence;
use crate::config::settings::DEFAULT_SETTINGS;
use crate::config::words::Words;
use crate::domain::{Lang, SafeText};

/// The manual page, roff.
pub fn man(lang: Lang, out: &mut impl Write) -> Result<Exit, Failure> {
    out.write_all(super::help::manual(lang)?.as_bytes())?;
    Ok(Exit::Ok)
}

/// Completions for a shell.
pub fn completions(shell: clap_complete::Shell, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "caopan", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Ok)
}

/// `caopan keys`: every command with its keys, as a list or a Markdown table.
pub fn keys(setting: &Setting, md: bool, out: &mut impl Write) -> Result<Exit, Failure> {
    let keymap = setting.keymap()?;
    if md {
        writeln!(out, "| keys | command | does | 说明 |")?;
        writeln!(out, "|---|---|---|---|")?;
    }
    for entry in COMMANDS {
        // Several contexts may have the same keys for it.
        let mut labels: Vec<String> = Vec::new();
        for (_, command, chords) in keymap.bindings() {
            let label = label_sequence(chords);
            if *command == entry.command && !labels.contains(&label) {
                labels.push(label);
            }
        }
        if md {
            let cells: Vec<String> = labels
                .iter()
                .map(|l| format!("`{}`", l.replace('|', "\\|")))
                .collect();
            writeln!(
                out,
                "| {} | `{}` | {} | {} |",
                cells.join(" "),
                entry.name,
                entry.say(Lang::En),
                entry.say(Lang::Zh)
            )?;
        } else {
            writeln!(
                out,
                "{:<18} {:<28} {}",
                labels.join(" "),
                entry.name,
                entry.say(setting.lang())
            )?;
        }
    }
    Ok(Exit::Ok)
}

/// `caopan config path|dump|check`.
pub fn config(setting: &Setting, what: &str, out: &mut impl Write) -> Result<Exit, Failure> {
    match what {
        "path" => {
            writeln!(
                out,
                "settings  {}",
                SafeText::new(&setting.file.to_string_lossy())
            )?;
            writeln!(
                out,
                "keys      {}",
                SafeText::new(&setting.paths.keys().to_string_lossy())
            )?;
            writeln!(
                out,
                "themes    {}",
                SafeText::new(&setting.paths.config.join("themes").to_string_lossy())
            )?;
            writeln!(
                out,
                "workspace {}",
                SafeText::new(&setting.workspace().to_string_lossy())
            )?;
            writeln!(
                out,
                "state     {}",
                SafeText::new(&setting.paths.state.to_string_lossy())
            )?;
        }
        // Settings and keys were read to get here; the theme is the third that a file may spoil.
        "check" => {
            setting.keymap()?;
            setting.theme(&setting.settings.theme)?;
            let words = Words::new(setting.lang());
            writeln!(out, "{}", words.say("receipt.config_fine"))?;
        }
        _ => {
            write!(out, "{DEFAULT_SETTINGS}")?;
        }
    }
    Ok(Exit::Ok)
}
