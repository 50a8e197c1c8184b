//! `caopan wecom`: does it work, and one callback at a time.

use std::io::Write;

use clap::{Args, Subcommand};

use crate::wecom::check::check;
use crate::wecom::http::Https;
use crate::wecom::{Client, Settings};

use super::care::stop_flag;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::sync::{AccessArguments, RunClock};

/// What to do with WeCom.
#[derive(Debug, Subcommand)]
pub enum Wecom {
    /// Try the settings, the secret, this machine's address and each permission.
    #[command(after_help = "Examples:\n\
        \x20 caopan wecom check\n\
        \x20 caopan wecom check --wecom /etc/caopan/wecom.toml\n\
        Exit: 0 all works, 1 something does not, 2 settings.")]
    Check(CheckArguments),
}

/// Arguments of `wecom check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    /// Settings and secret.
    #[command(flatten)]
    pub access: AccessArguments,
}

/// Runs it.
pub fn run(setting: &Setting, wish: &Wecom, out: &mut impl Write) -> Result<Exit, Failure> {
    match wish {
        Wecom::Check(wish) => try_all(setting, wish, out),
    }
}

fn try_all(
    setting: &Setting,
    wish: &CheckArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let settings = Settings::read(&wish.access.file(setting))?;
    writeln!(out, "ok  settings")?;
    let secret = settings.secret(wish.access.secret()?)?;
    let clock = RunClock::new(None, stop_flag()?);
    let transport = Https::new(&settings.base_url, settings.timeout);
    let client = Client::new(&settings, &secret, &transport, &clock);
    let mut first = None;
    for tried in check(&client) {
        match tried.gave {
            Ok(Some(rows)) => writeln!(out, "ok  {}: {rows}", tried.what)?,
            Ok(None) => writeln!(out, "ok  {}", tried.what)?,
            Err(error) => {
                writeln!(out, "no  {}: {error}", tried.what)?;
                writeln!(out, "    {}", error.help(setting.lang()))?;
                first = first.or(Some(error));
            }
        }
    }
    match first {
        None => Ok(Exit::Ok),
        Some(error) => Err(Failure::new(
            Exit::Failed,
            &error,
            error.help(setting.lang()),
        )),
    }
}
