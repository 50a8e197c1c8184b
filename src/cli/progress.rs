//! Progress of a command on standard error, where somebody looks at it.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::error::Failure;

/// Told how many rows are written, of how many; stops the writing with its failure.
pub type Watching<'a> = dyn FnMut(u64, u64) -> Result<(), Failure> + 'a;

/// A bar of rows done, of how many, how fast and for how long still.
pub fn rows() -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(
        "{spinner} {human_pos}/{human_len} rows  {per_sec}  {elapsed} (left {eta})",
    ) {
        bar.set_style(style);
    }
    bar
}

/// A bar of megabytes on standard error, where somebody looks.
pub fn bar_of_pages() -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(
        "[{bar:32}] {bytes} of {total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
    ) {
        bar.set_style(style.progress_chars("#>."));
    }
    bar
}

/// A sign on standard error that something long goes on, where somebody looks; it goes when it is dropped.
pub fn busy(what: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

/// A number with its thousands apart.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
