//! The file of rejected rows: written beside its place, private, and put there when the good rows are in.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::cli::error::{Exit, Failure};
use crate::domain::{SafeText, Sentence, sentence};
use crate::export::BOM;

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
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .map_err(|error| cannot_make(place, &error))?;
        if let Err(error) = file.write_all(BOM) {
            let _ = std::fs::remove_file(&beside);
            return Err(cannot_make(place, &error));
        }
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
            let [place, beside] =
                [&self.place, &self.beside].map(|path| SafeText::new(&path.to_string_lossy()));
            Failure::new(
                Exit::Partly,
                sentence!(
                    "好的行已导入; 拒收的行没能放到 {place}: {why}",
                    "the good rows are in; the rejected ones could not be put at {place}: {why}",
                    why = Sentence::of_system(&error),
                ),
                sentence!("它们在 {beside}", "they are in {beside}"),
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
    let place = SafeText::new(&place.to_string_lossy());
    Failure::new(
        Exit::Failed,
        sentence!(
            "{place} 无法新建: {why}",
            "{place} cannot be made: {why}",
            why = Sentence::of_system(error),
        ),
        sentence!(
            "给 --rejects 换个位置; 没有写入",
            "choose another place for --rejects; nothing was written"
        ),
    )
}
