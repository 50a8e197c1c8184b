//! Panics: in the loop's thread the terminal is restored first; anywhere else the screen stays and the console is told.
//!
//! A report without values goes to the state directory: where, which thread, the call stack, the version. The message
//! is left out, for it may quote a customer.

use std::backtrace::Backtrace;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::thread;

use crate::config::paths::private_dir;
use crate::domain::SafeText;
use crate::engine::request::{Notice, Trouble};

use super::desk::Mailbox;
use super::screen;

/// Installs the hook; the calling thread is the one that draws.
pub fn install(reports: Option<PathBuf>, mailbox: Mailbox) {
    let drawing = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        let ours = thread::current().id() == drawing;
        if ours {
            screen::leave();
        }
        let place = place(info);
        let report = reports.as_deref().and_then(|dir| write(dir, &place).ok());
        let kept = report.map(|path| path.display().to_string());
        if ours {
            let help = match &kept {
                Some(path) => format!("the workspace is unharmed; please send {path}"),
                None => "the workspace is unharmed; start again".to_owned(),
            };
            let _ = writeln!(
                io::stderr(),
                "caopan: error: internal error at {place}\nhelp: {help}"
            );
        } else {
            let report = kept.map(|path| SafeText::new(&path));
            let what = Trouble::Internal(SafeText::new(&place), report);
            mailbox.notice(Notice::Trouble(what));
        }
    }));
}

/// Runs something that may panic; `None` if it did. The hook has told the operator by then.
pub fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(run)).ok()
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(
        || "an unknown place".to_owned(),
        |at| format!("{}:{}:{}", at.file(), at.line(), at.column()),
    )
}

/// Writes the report, readable by its owner alone; never over another file, never through a link.
fn write(dir: &Path, place: &str) -> io::Result<PathBuf> {
    private_dir(dir)?;
    let name = thread::current().name().unwrap_or("unnamed").to_owned();
    for n in 1..1000 {
        let path = dir.join(format!("crash-{}-{n}.txt", std::process::id()));
        let opened = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        let mut file = match opened {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => continue,
            other => other?,
        };
        writeln!(
            file,
            "caopan {}\nat {place}\nthread {name}\n\n{}",
            env!("CARGO_PKG_VERSION"),
            Backtrace::force_capture()
        )?;
        return Ok(path);
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_report_is_its_owners_alone_and_never_overwrites() {
        let dir = tempfile::tempdir().unwrap();
        let reports = dir.path().join("state");
        let first = write(&reports, "src/ui/pane.rs:3:4").unwrap();
        let second = write(&reports, "src/ui/pane.rs:3:4").unwrap();
        assert_ne!(first, second);
        let mode = std::fs::metadata(&first).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let folder = std::fs::metadata(&reports).unwrap().permissions().mode();
        assert_eq!(folder & 0o777, 0o700);
        let text = std::fs::read_to_string(first).unwrap();
        assert!(text.contains("src/ui/pane.rs:3:4"));
    }
}
