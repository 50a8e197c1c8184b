//! Progress of a command on standard error, where somebody looks at it.

use std::io::{IsTerminal, stderr};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config::words::Words;

use super::error::Failure;

/// Told how many rows are written, of how many; stops the writing with its failure.
pub type Watching<'a> = dyn FnMut(u64, u64) -> Result<(), Failure> + 'a;

/// A bar as a template draws it, on standard error; none where nobody looks.
pub fn bar(template: &str) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("#>."));
    }
    bar
}

/// A bar of rows done, of how many, how fast and for how long still.
pub fn rows(words: &Words) -> ProgressBar {
    bar(words.say("progress.rows"))
}

/// A bar of megabytes.
pub fn bar_of_pages(words: &Words) -> ProgressBar {
    bar(words.say("progress.bytes"))
}

/// A sign that something long goes on; it goes when it is dropped.
pub fn busy(what: &str) -> ProgressBar {
    let bar = bar("{spinner} {msg} {elapsed}");
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
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
