//! A file in the making: private, beside the place it is for, and gone unless it is published.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::error::{Doing, StoreError, shown};
use super::file::{folder_of, side_files};

/// A file being filled; removed with its side files unless it was published.
#[derive(Debug)]
pub(super) struct Part(PathBuf);

impl Part {
    /// A name beside `path` that nothing has yet; no file is made.
    pub(super) fn beside(path: &Path) -> Self {
        let name = path
            .file_name()
            .map_or_else(|| "workspace".into(), |n| n.to_string_lossy());
        let me = std::process::id();
        let named = |n: u32| path.with_file_name(format!(".{name}.{me}-{n}.part"));
        let is_free = |candidate: &PathBuf| fs::symlink_metadata(candidate).is_err();
        let free = (0..1000).map(named).find(is_free);
        Self(free.unwrap_or_else(|| named(1000)))
    }

    /// An empty file of that name, 0600.
    pub(super) fn make(path: &Path) -> Result<Self, StoreError> {
        let part = Self::beside(path);
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part.0);
        match made {
            Ok(_) => Ok(part),
            Err(e) => {
                // What has the name is not ours to remove.
                std::mem::forget(part);
                Err(e).doing("making a file beside the one wanted")
            }
        }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Brings the file to the disk and gives it its name. Unless `over`, never over something that has that name by now.
    pub(super) fn publish(&self, path: &Path, over: bool) -> Result<(), StoreError> {
        File::open(&self.0)
            .and_then(|f| f.sync_all())
            .doing("writing the file to the disk")?;
        if over {
            fs::rename(&self.0, path).doing("naming the file")?;
        } else {
            self.name_anew(path)?;
        }
        File::open(folder_of(path))
            .and_then(|f| f.sync_all())
            .doing("writing the folder to the disk")
    }

    fn name_anew(&self, path: &Path) -> Result<(), StoreError> {
        let exists = || StoreError::Exists { path: shown(path) };
        let (here, flags) = (rustix::fs::CWD, rustix::fs::RenameFlags::NOREPLACE);
        match rustix::fs::renameat_with(here, &self.0, here, path, flags) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::EXIST) => Err(exists()),
            // A file system without the flag: look, then rename.
            Err(_) if fs::symlink_metadata(path).is_ok() => Err(exists()),
            Err(_) => fs::rename(&self.0, path).doing("naming the file"),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let [wal, shm] = side_files(&self.0);
        let mut journal = self.0.clone().into_os_string();
        journal.push("-journal");
        for file in [self.0.clone(), wal, shm, journal.into()] {
            let _ = fs::remove_file(file);
        }
    }
}
