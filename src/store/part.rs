//! A file in the making: private, beside the place it is for, and gone unless it is published.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::domain::{Sentence, sentence};

use super::error::{Doing, StoreError, shown};
use super::file::{folder_of, side_files};
use super::remains;

/// What may lie under a name that a finished file gets. Never side files that it would take for its own: SQLite would write
/// what a -wal holds over the pages of a file that knows nothing of it, and calls the mixture whole.
#[derive(Clone, Copy, Debug)]
pub(super) enum Over<'a> {
    /// Nothing.
    Never,
    /// Nothing, or a plain file that is no workspace in use.
    Plain,
    /// Side files of a file that is gone: they go aside, to the side files of this name.
    Remains(&'a Path),
    /// Whatever is there: it goes aside to this name, and its side files with it.
    Aside(&'a Path),
}

impl Over<'_> {
    /// Does what lies there now let the file have the name?
    pub(super) fn check(self, to: &Path) -> Result<(), StoreError> {
        let path = shown(to);
        let refuse = |why: Sentence, help: Sentence| {
            Err(StoreError::Refused {
                why: sentence!("{path} {why}", "{path} {why}", why = why),
                help: help.and(&sentence!("没有写入", "nothing was written")),
            })
        };
        let another = |what: Sentence| {
            refuse(
                what,
                sentence!("给副本换个名字", "choose another name for the copy"),
            )
        };
        let exists = Err(StoreError::Exists { path: shown(to) });
        let is_in_use = !left_beside(to).is_empty();
        let kind = match fs::symlink_metadata(to) {
            Ok(meta) => meta.file_type(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return match self {
                    Self::Never | Self::Plain if is_in_use => refuse(
                        sentence!(
                            "不在了, 但它的 -wal, -shm 或 -journal 还在, 会被当作新文件的",
                            "is gone, but its -wal, -shm or -journal is still there and would be taken for the new file's",
                        ),
                        sentence!(
                            "把它们移到安全处, 里面可能有最后写入的内容 (或换个名字)",
                            "move them to a safe place, they may hold what was written last (or choose another name)",
                        ),
                    ),
                    Self::Never | Self::Plain | Self::Remains(_) | Self::Aside(_) => Ok(()),
                };
            }
            Err(e) => return Err(e).doing("looking at the place of the file"),
        };
        match self {
            Self::Never | Self::Remains(_) => exists,
            Self::Plain if kind.is_symlink() => {
                another(sentence!("是符号链接", "is a symbolic link"))
            }
            Self::Plain if kind.is_dir() => another(sentence!("是文件夹", "is a folder")),
            Self::Plain if !kind.is_file() => {
                another(sentence!("不是普通文件", "is not a plain file"))
            }
            Self::Plain if is_in_use => {
                another(sentence!("是正在使用的工作区", "is a workspace in use"))
            }
            Self::Plain | Self::Aside(_) => Ok(()),
        }
    }

    /// Moves what is in the way aside, the file first: without it nobody makes side files anew.
    fn make_way(self, to: &Path) -> Result<(), StoreError> {
        let (Self::Remains(kept) | Self::Aside(kept)) = self else {
            return Ok(());
        };
        let moved = |from: &Path, to: &Path| match fs::rename(from, to) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(e).doing("moving the old file aside")
            }
            Ok(()) | Err(_) => Ok(()),
        };
        if matches!(self, Self::Aside(_)) {
            moved(to, kept)?;
        }
        for (side, aside) in side_files(to).iter().zip(side_files(kept)) {
            moved(side, &aside)?;
        }
        Ok(())
    }
}

/// The side files that lie beside a path, whether or not it is there itself.
pub(super) fn left_beside(path: &Path) -> Vec<PathBuf> {
    let is_there = |side: &PathBuf| fs::symlink_metadata(side).is_ok();
    side_files(path).into_iter().filter(is_there).collect()
}

/// A file being filled; removed with its side files unless it was published. Held while it is filled: one that nobody holds
/// was left behind.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    /// Let go after whoever fills it: letting go drops the locks of this process on the file.
    held: Option<File>,
}

impl Part {
    /// A name beside `path` that nothing has yet; no file is made.
    pub(super) fn beside(path: &Path) -> Self {
        let name = path
            .file_name()
            .map_or_else(|| "workspace".into(), |n| n.to_string_lossy());
        let me = std::process::id();
        let named = |n: u32| path.with_file_name(format!(".{name}.{me}-{n}.part"));
        let is_free = |candidate: &PathBuf| fs::symlink_metadata(candidate).is_err();
        remains::sweep(&folder_of(path), None);
        let free = (0..1000).map(named).find(is_free);
        Self {
            path: free.unwrap_or_else(|| named(1000)),
            held: None,
        }
    }

    /// Holds the file, which somebody else made under the name.
    pub(super) fn hold(&mut self) {
        let held = File::open(&self.path);
        self.held = held.ok().filter(|file| file.try_lock().is_ok());
    }

    /// An empty file of that name, 0600.
    pub(super) fn make(path: &Path) -> Result<Self, StoreError> {
        let mut part = Self::beside(path);
        let made = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part.path);
        match made {
            Ok(file) => {
                let _ = file.try_lock();
                remains::sweep(&folder_of(path), Some(&file));
                part.held = Some(file);
                Ok(part)
            }
            Err(e) => {
                // What has the name is not ours to remove.
                std::mem::forget(part);
                Err(e).doing("making a file beside the one wanted")
            }
        }
    }

    /// Where it lies.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Brings the file to the disk and gives it its name, where what lies there by now lets it.
    pub(super) fn publish(&self, path: &Path, over: Over<'_>) -> Result<(), StoreError> {
        File::open(&self.path)
            .and_then(|f| f.sync_all())
            .doing("writing the file to the disk")?;
        over.check(path)?;
        over.make_way(path)?;
        match over {
            Over::Plain => fs::rename(&self.path, path).doing("naming the file")?,
            Over::Never | Over::Remains(_) | Over::Aside(_) => {
                Over::Never.check(path)?;
                self.name_anew(path)?;
            }
        }
        File::open(folder_of(path))
            .and_then(|f| f.sync_all())
            .doing("writing the folder to the disk")
    }

    fn name_anew(&self, path: &Path) -> Result<(), StoreError> {
        let exists = || StoreError::Exists { path: shown(path) };
        let (here, flags) = (rustix::fs::CWD, rustix::fs::RenameFlags::NOREPLACE);
        match rustix::fs::renameat_with(here, &self.path, here, path, flags) {
            Ok(()) => Ok(()),
            Err(rustix::io::Errno::EXIST) => Err(exists()),
            // A file system without the flag: look, then rename.
            Err(_) if fs::symlink_metadata(path).is_ok() => Err(exists()),
            Err(_) => fs::rename(&self.path, path).doing("naming the file"),
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        for side in side_files(&self.path) {
            let _ = fs::remove_file(side);
        }
    }
}
