//! `caopan man` and `caopan completions`: made from the same definitions that parse the command line.

use std::io::Write;

use clap::CommandFactory;

use super::args::Arguments;
use super::error::{Exit, Failure};

/// The manual page, roff.
pub fn man(out: &mut impl Write) -> Result<Exit, Failure> {
    clap_mangen::Man::new(Arguments::command()).render(out)?;
    Ok(Exit::Ok)
}

/// Completions for a shell.
pub fn completions(shell: clap_complete::Shell, out: &mut impl Write) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "caopan", &mut script);
    out.write_all(&script)?;
    Ok(Exit::Ok)
}
