//! `caopan import`: rows in from a CSV file.

use std::fs::File;
use std::io::{IsTerminal, Read, Write, stderr, stdin};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::domain::SafeText;
use crate::import::{ImportError, Kind, Options, Progress, Report, run as import};
use crate::store::{Access, meta, open};

use super::args::ImportArguments;
use super::error::{Exit, Failure};
use super::setting::Setting;
use super::when;

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        let mut what = error.to_string();
        if let ImportError::Refused { problems, .. } = &error {
            // The first is in the sentence.
            let rest = problems.iter().skip(1);
            what.extend(rest.map(|problem| format!("\n  {problem}")));
        }
        Self::new(Exit::of(error.exit_code()), what, error.help())
    }
}

/// Imports one file, or prints a template.
pub fn run(
    setting: &Setting,
    wish: &ImportArguments,
    out: &mut impl Write,
) -> Result<Exit, Failure> {
    let kind = Kind::parse(&wish.kind).map_err(|why| {
        let known: Vec<_> = Kind::all().map(Kind::code).collect();
        Failure::new(Exit::Usage, why, format!("kinds: {}", known.join(", ")))
    })?;
    if wish.template {
        out.write_all(kind.template().as_bytes())?;
        return Ok(Exit::Ok);
    }
    let Some(file) = &wish.file else {
        return Err(Failure::new(
            Exit::Usage,
            "no file was named",
            "give a CSV file, or - for standard input",
        ));
    };
    if setting.common.read_only {
        return Err(Failure::new(
            Exit::Refused,
            "an import writes",
            "leave --read-only out",
        ));
    }
    let mut opened = open(&setting.workspace(), Access::ReadWrite)?;
    let source = source(file)?;
    let mut rejects = wish.rejects.as_deref().map(rejects_file).transpose()?;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    let bar = progress_bar();
    let mut progress = |progress| match progress {
        Progress::Written(rows, _) | Progress::Checked(rows) => bar.set_position(rows),
        Progress::Finishing => {}
    };
    let mut options = Options::new(meta::zone(&opened.conn)?, when::now(), &stop);
    options.rejects = rejects.as_mut().map(|file| file as &mut dyn Write);
    options.progress = Some(&mut progress);
    let done = import(
        kind,
        source,
        &file.to_string_lossy(),
        &mut opened.conn,
        &mut options,
    );
    bar.finish_and_clear();
    let report = done?;
    say(kind, &report, wish, out)?;
    Ok(Exit::of(report.exit_code()))
}

fn say(
    kind: Kind,
    report: &Report,
    wish: &ImportArguments,
    out: &mut impl Write,
) -> std::io::Result<()> {
    write!(
        out,
        "{}: {} rows read: {} new, {} changed, {} unchanged",
        kind.code(),
        report.rows(),
        report.new,
        report.changed,
        report.unchanged
    )?;
    if report.unmatched > 0 {
        write!(
            out,
            ", {} unmatched (kept; what they speak of is not in the workspace)",
            report.unmatched
        )?;
    }
    if let (true, Some(file)) = (report.rejected > 0, &wish.rejects) {
        write!(
            out,
            ", {} rejected (see {})",
            report.rejected,
            SafeText::new(&file.to_string_lossy())
        )?;
    }
    writeln!(out)
}

/// The rows: a regular file, or standard input. Pipes by name, devices and directories are refused.
fn source(file: &Path) -> Result<Box<dyn Read>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(stdin()));
    }
    let shown = SafeText::new(&file.to_string_lossy());
    let refuse = |why: &dyn std::fmt::Display| {
        Failure::new(
            Exit::Failed,
            format!("{shown} cannot be read: {why}"),
            "check the path; nothing was written",
        )
    };
    let kind = std::fs::metadata(file).map_err(|e| refuse(&e))?.file_type();
    if kind.is_fifo()
        || kind.is_char_device()
        || kind.is_block_device()
        || kind.is_socket()
        || kind.is_dir()
    {
        return Err(refuse(
            &"it is not a regular file (use - for standard input)",
        ));
    }
    Ok(Box::new(File::open(file).map_err(|e| refuse(&e))?))
}

/// A new private file; one that is there already is not written over.
fn rejects_file(file: &Path) -> Result<File, Failure> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .map_err(|error| {
            let what = format!(
                "{} cannot be made: {error}",
                SafeText::new(&file.to_string_lossy())
            );
            Failure::new(
                Exit::Failed,
                what,
                "choose another place for --rejects; nothing was written",
            )
        })
}

fn progress_bar() -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} {human_pos} rows  {per_sec}  {elapsed}")
    {
        bar.set_style(style);
    }
    bar
}
