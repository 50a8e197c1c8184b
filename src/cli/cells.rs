//! `caopan __cells`: the process that reads the cells of a workbook for an import, under limits of its own.

use std::fs::File;
use std::io::{Write, stdin};
use std::os::fd::AsFd;

use crate::import::source::{confine, send};

use super::error::{Exit, Failure};

/// Reads the workbook on standard input and sends its rows to standard output.
pub fn run(sheet: Option<&str>, out: &mut impl Write) -> Result<Exit, Failure> {
    confine()?;
    let workbook = File::from(stdin().as_fd().try_clone_to_owned()?);
    send(workbook, sheet, out)?;
    Ok(Exit::Ok)
}
