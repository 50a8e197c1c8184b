//! The file of rejected rows: written beside its place, private, and put there when the good rows are in.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::cli::error::{Exit, Failure};
use crate::domain::SafeText;

/// Rejected rows on their way into a file.
pub struct Rejects {
    place: PathBuf,
    beside: PathBuf,
    file: File,
    kept: bool,
}

impl Rejects {
    /// Where the rejects of a file go when no place was named: `orders.csv` → `orders.rejects.csv`.
    pub fn beside(file: &Path) -> PathBuf {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        file.with_file_name(format!("{stem}.rejects.csv"))
    }

    /// Begins; what is there already is not written over.
    pub fn begin(place: &Path) -> Result<Self, Failure> {
        let name = place.file_name().unwrap_or_default().to_string_lossy();
        let beside = place.with_file_name(format!(".{name}.{}.part", std::process::id()));
        if place.symlink_metadata().is_ok() {
            let exists = std::io::ErrorKind::AlreadyExists.into();
            return Err(cannot_make(place, &exists));
        }
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .map_err(|error| cannot_make(place, &error))?;
        Ok(Self {
            place: place.to_owned(),
            beside,
            file,
            kept: false,
        })
    }

    /// Where the rows are written.
    pub fn file(&mut self) -> &mut dyn Write {
        &mut self.file
    }

    /// Puts the file in its place.
    pub fn keep(mut self) -> Result<(), Failure> {
        let put = self.file.sync_all().and_then(|()| {
            renameat_with(CWD, &self.beside, CWD, &self.place, RenameFlags::NOREPLACE)
                .map_err(std::io::Error::from)
        });
        self.kept = true;
        put.map_err(|error| {
            Failure::new(
                Exit::Partly,
                format!(
                    "the good rows are in; the rejected ones could not be put at {}: {error}",
                    SafeText::new(&self.place.to_string_lossy())
                ),
                format!(
                    "they are in {}",
                    SafeText::new(&self.beside.to_string_lossy())
                ),
            )
        })
    }
}

impl Drop for Rejects {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}

fn cannot_make(place: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        Exit::Failed,
        format!(
            "{} cannot be made: {error}",
            SafeText::new(&place.to_string_lossy())
        ),
        "choose another place for --rejects; nothing was written",
    )
}
