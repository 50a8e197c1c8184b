//! `caopan wecom`: does it work, and one callback at a time.

use std::io::{Read, Write, stdin};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::config::words::Words;
use crate::domain::{SafeText, sentence};
use crate::store::meta;
use crate::wecom::callback::{self, Applied, CallbackError, Keys, LONGEST, Signature};
use crate::wecom::check::check;
use crate::wecom::http::Https;
use crate::wecom::intake::When;
use crate::wecom::{Client, Secret, Settings};

use super::error::{Exit, Failure};
use super::person::stop_flag;
use super::setting::Setting;
use super::sync::{AccessArguments, RunClock, claim, writable};
use super::when;

/// Shown below the help of `caopan wecom`.
pub const EXAMPLES: &str = "Examples:\n\
    \x20 caopan wecom check\n\
    \x20 caopan wecom callback --msg-signature $SIGNATURE --timestamp $TIME --nonce $NONCE -w shop.db < event.xml";

/// What to do with WeCom.
#[derive(Debug, Subcommand)]
pub enum Wecom {
    /// Try the settings, the secret, this machine's address and each permission.
    #[command(after_help = "Examples:\n\
        \x20 caopan wecom check\n\
        \x20 caopan wecom check --wecom /etc/caopan/wecom.toml\n\
        Exit: 0 all works, 1 something does not, 2 settings.")]
    Check(CheckArguments),
    /// Apply one callback: its XML on standard input, opened, checked and written in one transaction.
    #[command(after_help = "Examples:\n\
        \x20 caopan wecom callback --msg-signature $SIGNATURE --timestamp $TIME --nonce $NONCE -w shop.db < event.xml\n\
        \x20 caopan wecom callback --msg-signature $SIGNATURE --timestamp $TIME --nonce $NONCE --echostr $ECHOSTR\n\
        The token and EncodingAESKey are in files that wecom.toml names, or in CAOPAN_WECOM_TOKEN and CAOPAN_WECOM_AES_KEY.\n\
        Exit: 0 applied, known or not of interest, 1 refused as not WeCom's, 2 settings, 4 workspace busy: send it again.")]
    Callback(CallbackArguments),
}

/// Arguments of `wecom callback`: what stands in the callback's address.
#[derive(Debug, Args)]
pub struct CallbackArguments {
    /// `msg_signature`.
    #[arg(long)]
    pub msg_signature: String,
    /// `timestamp`.
    #[arg(long)]
    pub timestamp: String,
    /// `nonce`.
    #[arg(long)]
    pub nonce: String,
    /// Answer the address check instead: print what is sealed in this.
    #[arg(long)]
    pub echostr: Option<String>,
    /// Settings of WeCom, mode 0600 [default: wecom.toml in the configuration directory].
    #[arg(long, value_name = "FILE", env = "CAOPAN_WECOM_CONFIG")]
    pub wecom: Option<PathBuf>,
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
        Wecom::Callback(wish) => callback(setting, wish, out),
    }
}

fn try_all(
    setting: &Setting,
    wish: &CheckArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let settings = Settings::read(&wish.access.file(setting))?;
    let words = Words::new(setting.lang());
    writeln!(out, "ok  {}", words.say("tried.settings"))?;
    let secret = settings.secret(wish.access.secret()?)?;
    let clock = RunClock::new(None, stop_flag()?);
    let transport = Https::new(&settings.base_url, settings.timeout);
    let client = Client::new(&settings, &secret, &transport, &clock);
    let mut first = None;
    for tried in check(&client) {
        let what = words.say(match tried.what {
            "token" => "tried.token",
            "departments" => "tried.departments",
            "staff" => "tried.staff",
            "tag_groups" => "tried.tag_groups",
            "groups" => "tried.groups",
            "leavers" => "tried.leavers",
            other => other,
        });
        match tried.gave {
            Ok(Some(rows)) => writeln!(out, "ok  {what}: {rows}")?,
            Ok(None) => writeln!(out, "ok  {what}")?,
            Err(error) => {
                let (why, help) = (error.what(), error.help());
                writeln!(out, "no  {what}: {}", why.say(words.lang()))?;
                writeln!(out, "    {}", help.say(words.lang()))?;
                first = first.or(Some(error));
            }
        }
    }
    match first {
        None => Ok(Exit::Ok),
        Some(error) => Err(Failure::new(Exit::Failed, error.what(), error.help())),
    }
}

impl From<CallbackError> for Failure {
    fn from(error: CallbackError) -> Self {
        let exit = match &error {
            CallbackError::Store(error) => Exit::of(error.exit_code()),
            CallbackError::Key => Exit::Usage,
            CallbackError::Signature | CallbackError::Sealed(_) | CallbackError::Xml(_) => {
                Exit::Failed
            }
        };
        Self::new(exit, error.what(), error.help())
    }
}

fn callback(
    setting: &Setting,
    wish: &CallbackArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let file = wish.wecom.clone();
    let settings =
        Settings::read(&file.unwrap_or_else(|| setting.paths.config.join("wecom.toml")))?;
    let given = |name: &str| std::env::var(name).ok().and_then(|text| Secret::new(&text));
    let (token, aes_key) =
        settings.callback(given("CAOPAN_WECOM_TOKEN"), given("CAOPAN_WECOM_AES_KEY"))?;
    let keys = Keys {
        token,
        aes_key,
        receive_id: settings.receive_id.clone(),
    };
    let signature = Signature {
        msg_signature: &wish.msg_signature,
        timestamp: &wish.timestamp,
        nonce: &wish.nonce,
    };
    if let Some(echostr) = &wish.echostr {
        let echo = callback::echo(&keys, &signature, echostr)?;
        write!(out, "{}", SafeText::new(&echo))?;
        return Ok(Exit::Ok);
    }
    let mut body = String::new();
    stdin().take(LONGEST as u64 + 1).read_to_string(&mut body)?;
    let words = callback::read(&keys, &signature, &body)?;
    let mut opened = writable(setting, &sentence!("回调要写入", "a callback writes"))?;
    claim(&opened, &settings)?;
    let zone = meta::zone(&opened.conn)?;
    let as_of = setting.common.as_of.as_deref();
    let as_of = as_of.map(|text| when::as_of(text, zone)).transpose()?;
    let now = as_of.unwrap_or_else(when::now);
    let applied = callback::apply(&mut opened.conn, &words, When { now, zone })?;
    let event = words
        .get("ChangeType")
        .or(words.get("Event"))
        .unwrap_or("event");
    let words = Words::new(setting.lang());
    let said = words.say(match applied {
        Applied::Done => "receipt.callback_done",
        Applied::Known => "receipt.callback_known",
        Applied::Later => "receipt.callback_later",
        Applied::Foreign => "receipt.callback_foreign",
    });
    writeln!(out, "{}: {said}", SafeText::new(event))?;
    Ok(Exit::Ok)
}
