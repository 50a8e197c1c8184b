//! Copies text: inside tmux through tmux, elsewhere by OSC 52, which also works through ssh. Only when asked to.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread;

use crossterm::Command as _;
use crossterm::clipboard::CopyToClipboard;

use super::desk::Mailbox;

/// Longest text in bytes: terminals drop an OSC 52 of more than 100,000 bytes of base64.
const LONGEST: usize = 74_000;

/// The way to the clipboard.
pub struct Clipboard {
    tmux: bool,
    mailbox: Mailbox,
}

impl Clipboard {
    /// `tmux`: the terminal is a tmux pane. What tmux says comes through the mailbox.
    pub fn new(tmux: bool, mailbox: Mailbox) -> Self {
        Self { tmux, mailbox }
    }

    /// Copies; `Ok(None)` when the result comes later. An error of `out` is an error of the terminal.
    pub fn copy(
        &self,
        text: &str,
        out: &mut impl Write,
    ) -> io::Result<Option<Result<&'static str, String>>> {
        if text.len() > LONGEST {
            let why = format!("{} bytes, at most {LONGEST} can be copied", text.len());
            return Ok(Some(Err(why)));
        }
        if self.tmux {
            let text = text.to_owned();
            let mailbox = self.mailbox.clone();
            let started = thread::Builder::new()
                .name("copy".into())
                .spawn(move || mailbox.copied(through_tmux(&text)));
            return Ok(started.err().map(|e| Err(e.to_string())));
        }
        out.write_all(osc52(text).as_bytes())?;
        Ok(Some(Ok("OSC 52")))
    }
}

/// The sequence that puts text into the clipboard.
fn osc52(text: &str) -> String {
    let mut sequence = String::new();
    // Writing to a String cannot fail.
    let _ = CopyToClipboard::to_clipboard_from(text).write_ansi(&mut sequence);
    sequence
}

/// Into tmux's buffer and on to the outer terminal's clipboard (`-w`).
fn through_tmux(text: &str) -> Result<&'static str, String> {
    let mut child = Command::new("tmux")
        .args(["load-buffer", "-w", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("tmux: {e}"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin
            .write_all(text.as_bytes())
            .map_err(|e| format!("tmux: {e}"))?;
    }
    match child.wait() {
        Ok(status) if status.success() => Ok("tmux"),
        Ok(status) => Err(format!("tmux load-buffer: {status}")),
        Err(e) => Err(format!("tmux: {e}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::desk::mailbox;

    #[test]
    fn text_goes_out_as_osc_52() {
        let (sender, _inbox) = mailbox();
        let mut out = Vec::new();
        let result = Clipboard::new(false, sender)
            .copy("张三", &mut out)
            .unwrap();
        assert_eq!(result, Some(Ok("OSC 52")));
        // printf 张三 | base64
        assert_eq!(String::from_utf8(out).unwrap(), "\x1b]52;c;5byg5LiJ\x1b\\");
    }

    #[test]
    fn a_text_too_long_is_refused_with_its_length() {
        let (sender, _inbox) = mailbox();
        let mut out = Vec::new();
        let long = "客".repeat(30_000);
        let result = Clipboard::new(false, sender).copy(&long, &mut out).unwrap();
        assert!(matches!(result, Some(Err(why)) if why.contains("90000")));
        assert!(out.is_empty());
    }
}
