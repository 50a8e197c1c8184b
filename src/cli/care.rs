//! Care for the workspace: the commands that copy, restore, check, erase, look after and follow it.

use std::io::Write;

use clap::Subcommand;

use super::backup::BackupArguments;
use super::check::CheckArguments;
use super::doctor::DoctorArguments;
use super::erase::EraseArguments;
use super::error::{Exit, Failure};
use super::restore::RestoreArguments;
use super::setting::Setting;
use super::watch::WatchArguments;
use super::{backup, check, doctor, erase, restore, watch};

/// The commands of care.
#[derive(Debug, Subcommand)]
pub enum Care {
    /// Copy the workspace to a file, while others go on writing.
    #[command(after_help = "Examples:\n\
        \x20 caopan backup shop-0311.bak -w shop.db\n\
        \x20 caopan backup nightly.bak --force -w shop.db      replace last night's\n\
        \x20 caopan backup --salvage saved.db -w shop.db       what can still be read of a damaged file\n\
        Exit: 0 copied, 3 the workspace is damaged, 5 refused, 130 interrupted; nothing half done is left.")]
    Backup(BackupArguments),
    /// Put a copy back into the workspace; open consoles follow, and what was there is kept.
    #[command(after_help = "Examples:\n\
        \x20 caopan restore shop-0311.bak -w shop.db\n\
        \x20 caopan restore shop-0311.bak --yes -w shop.db     without asking\n\
        Exit: 0 restored, 3 the copy is not a workspace or damaged, 5 not confirmed or of another workspace, 7 made by a newer caopan.")]
    Restore(RestoreArguments),
    /// Is the file whole, and do totals, journal and rows agree?
    #[command(after_help = "Examples:\n\
        \x20 caopan check -w shop.db\n\
        \x20 caopan check --deep --format json -w shop.db      every index against its table, too\n\
        \x20 caopan check --repair-totals -w shop.db\n\
        Exit: 0 all well (rows of unknown things are no error), 1 totals or journal disagree, 3 damaged or no workspace.")]
    Check(CheckArguments),
    /// Erase a customer: nothing of them left in file, -wal or journal; sales and groups keep their totals.
    #[command(after_help = "Examples:\n\
        \x20 caopan erase wmAbc123 -w shop.db\n\
        \x20 caopan erase wmAbc123 --yes -w shop.db      without asking\n\
        Exit: 0 erased, 1 nothing under that id, 4 a reader holds the -wal: run it again, 5 not confirmed. Exported files are not searched.")]
    Erase(EraseArguments),
    /// Follow what is committed, by whomever, one JSON object a line.
    #[command(after_help = "Examples:\n\
        \x20 caopan watch -w shop.db                      from now on, until Ctrl-C\n\
        \x20 caopan watch --from 1840 --once -w shop.db   what came after number 1840\n\
        Kinds: changed, gone, everything (read all again). Take it up behind the last seq.\n\
        Exit: 0 stopped or nobody reads any more, 3 the file was replaced.")]
    Watch(WatchArguments),
    /// Examine terminal, file and rows; a line each with what to do.
    #[command(after_help = "Examples:\n\
        \x20 caopan doctor -w shop.db\n\
        \x20 caopan doctor --json -w shop.db\n\
        Exit: 0 nothing wrong (notes are no fault), 1 something to mend, 3 the workspace cannot be opened.")]
    Doctor(DoctorArguments),
}

/// Runs a command of care.
pub fn run(setting: &Setting, care: &Care, out: &mut impl Write) -> Result<Exit, Failure> {
    match care {
        Care::Backup(wish) => backup::run(setting, wish, out),
        Care::Check(wish) => check::run(setting, wish, out),
        Care::Erase(wish) => erase::run(setting, wish, out),
        Care::Watch(wish) => watch::run(setting, wish, out),
        Care::Doctor(wish) => doctor::run(setting, wish, out),
        Care::Restore(wish) => restore::run(setting, wish, out),
    }
}
