//! The person at the terminal: who they are, what they confirm, and that they want to stop.

use std::io::{IsTerminal, Write, stderr, stdin};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::error::{Exit, Failure};
use crate::domain::sentence;

/// Who the journal names: the login name, else the number of the account.
pub fn actor() -> String {
    let named = ["USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let name = named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    name.chars().take(128).collect()
}

/// Ctrl-C and a request to end, as a flag.
pub fn stop_flag() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// Asks before something that cannot be taken back. Where nobody can be asked, `--yes` has to say it.
pub fn confirmed(question: &str, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let refused = |what| {
        Failure::new(
            Exit::Refused,
            what,
            sentence!(
                "加 --yes 表示确认; 什么都没有改动",
                "say --yes to go on; nothing was changed"
            ),
        )
    };
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(refused(sentence!(
            "没有确认, 也没有终端可以询问",
            "not confirmed, and there is no terminal to ask at"
        )));
    }
    write!(stderr(), "{question} [y/N] ")?;
    stderr().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" | "是" => Ok(()),
        _ => Err(refused(sentence!("没有确认", "not confirmed"))),
    }
}
