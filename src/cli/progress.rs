//! Progress of a command on standard error, where somebody looks at it.

use std::io::{IsTerminal, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
