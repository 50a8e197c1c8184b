//! A file written beside its name and put in place when it is whole: until then the old file stands, and a failure
//! leaves nothing behind. A process that was killed could not clean up after itself: whoever writes into the folder next
//! does it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use crate::domain::sentence::Fixed;
use crate::domain::{SafeText, Sentence, sentence};
use crate::store::remains;

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// A file is there and was not to be replaced.
    Exists {
        /// Its path, safe to show.
        path: SafeText,
    },
    /// What is there is no plain file, or its folder is none.
    NotAFile {
        /// Its path, safe to show.
        path: SafeText,
        /// What it is instead.
        why: Sentence,
    },
    /// The system refused.
    Io {
        /// Its path, safe to show.
        path: SafeText,
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl DraftError {
    /// What happened.
    pub fn what(&self) -> Sentence {
        match self {
            Self::Exists { path } => sentence!("{path} 已经存在", "{path} exists already"),
            Self::NotAFile { path, why } => sentence!(
                "{path} 写不了: {why}",
                "{path} cannot be written: {why}",
                why = why,
            ),
            Self::Io {
                path,
                doing,
                source,
            } => sentence!(
                "{path} 写不了: {why}",
                "{path} cannot be written ({doing}): {why}",
                why = Sentence::of_system(source),
            ),
        }
    }

    /// What to do.
    pub fn help(&self) -> Sentence {
        match self {
            Self::Exists { .. } => sentence!(
                "换个文件名, 或用 --force 覆盖",
                "name another file, or replace it with --force",
            ),
            Self::NotAFile { .. } => sentence!(
                "请写一个已有文件夹里的普通文件名",
                "name a plain file in a folder that is there",
            ),
            Self::Io { .. } => sentence!(
                "原来的东西没有动; 检查文件夹与空间",
                "what was there before is as it was; check the folder and the space",
            ),
        }
    }
}

impl std::fmt::Display for DraftError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.what().fmt(f)
    }
}

/// A file being written. Dropped before [`Draft::keep`], it was never there.
#[derive(Debug)]
pub struct Draft {
    out: BufWriter<File>,
    beside: PathBuf,
    target: PathBuf,
    replaces: bool,
    kept: bool,
}

/// Tries for a name nobody uses, in a folder full of drafts that were killed.
const TRIES: u32 = 64;

impl Draft {
    /// Begins a private file (0600) beside `target`. A file that is there is only replaced when `replaces` says so; links,
    /// pipes, devices and folders never are.
    pub fn begin(target: &Path, replaces: bool) -> Result<Self, DraftError> {
        check(target, replaces)?;
        let folder = folder_of(target);
        let failed = |source| DraftError::Io {
            path: shown(target),
            doing: "making a file beside it",
            source,
        };
        for n in 0..TRIES {
            let beside = folder.join(format!(".caopan-{}-{n}.part", std::process::id()));
            let made = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&beside);
            match made {
                Ok(file) => {
                    let draft = Self {
                        out: BufWriter::with_capacity(1 << 18, file),
                        beside,
                        target: target.to_owned(),
                        replaces,
                        kept: false,
                    };
                    let private = fs::Permissions::from_mode(0o600);
                    let file = draft.out.get_ref();
                    file.set_permissions(private).map_err(failed)?;
                    // Held while it is written: a draft that nobody holds was left behind. Where files cannot be held,
                    // nobody is taken for dead.
                    let _ = file.try_lock();
                    remains::sweep(&folder, Some(file));
                    return Ok(draft);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(failed(io::ErrorKind::AlreadyExists.into()))
    }

    /// Where it will be.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Everything written is on the disk; nothing is in place yet.
    pub fn finish(&mut self) -> Result<(), DraftError> {
        let done = self
            .out
            .flush()
            .and_then(|()| self.out.get_ref().sync_all());
        done.map_err(|source| self.failed("writing", source))
    }

    /// Puts the finished file in place, in one step.
    pub fn keep(mut self) -> Result<(), DraftError> {
        self.finish()?;
        // Somebody may have put something else there meanwhile.
        check(&self.target, self.replaces)?;
        let moved = if self.replaces {
            fs::rename(&self.beside, &self.target)
        } else {
            place_anew(&self.beside, &self.target)
        };
        moved.map_err(|source| self.failed("putting it in place", source))?;
        self.kept = true;
        // The name is there now; that it outlives a power cut is a wish, not a reason to fail.
        let _ = File::open(folder_of(&self.target)).and_then(|folder| folder.sync_all());
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> DraftError {
        DraftError::Io {
            path: shown(&self.target),
            doing,
            source,
        }
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            // There is nobody left to tell.
            let _ = fs::remove_file(&self.beside);
        }
    }
}

fn shown(path: &Path) -> SafeText {
    SafeText::new(&path.to_string_lossy())
}

fn folder_of(target: &Path) -> PathBuf {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Refuses places that are no plain file in a folder.
fn check(target: &Path, replaces: bool) -> Result<(), DraftError> {
    let refuse = |why: Fixed| {
        Err(DraftError::NotAFile {
            path: shown(target),
            why: why.into(),
        })
    };
    if target.file_name().is_none() {
        return refuse(("是文件夹", "it is a folder"));
    }
    match fs::metadata(folder_of(target)) {
        Ok(folder) if folder.is_dir() => {}
        Ok(_) => return refuse(("它的上级不是文件夹", "its folder is not a folder")),
        Err(_) => return refuse(("文件夹不存在", "its folder is not there")),
    }
    if side_of_a_database(target) {
        return refuse(("它属于一个数据库", "it belongs to a database"));
    }
    let there = match fs::symlink_metadata(target) {
        Ok(there) => there.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => {
            return Err(DraftError::Io {
                path: shown(target),
                doing: "looking at it",
                source,
            });
        }
    };
    if there.is_symlink() {
        refuse(("是指向别的文件的链接", "it is a link to another file"))
    } else if there.is_dir() {
        refuse(("是文件夹", "it is a folder"))
    } else if there.is_fifo() {
        refuse(("是管道", "it is a pipe"))
    } else if there.is_char_device() || there.is_block_device() {
        refuse(("是设备", "it is a device"))
    } else if !there.is_file() {
        refuse(("不是普通文件", "it is not a plain file"))
    } else if is_database(target) {
        refuse(("是数据库", "it is a database"))
    } else if replaces {
        Ok(())
    } else {
        Err(DraftError::Exists {
            path: shown(target),
        })
    }
}

/// An SQLite file, by its first bytes.
fn is_database(path: &Path) -> bool {
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && head == *b"SQLite format 3\0"
}

/// The log or index that SQLite keeps beside one of its files.
fn side_of_a_database(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    ["-wal", "-shm", "-journal"]
        .iter()
        .filter_map(|suffix| name.strip_suffix(suffix))
        .any(|of| is_plain_database(&path.with_file_name(of)))
}

/// [`is_database`] for a path of which nothing is known: a pipe is not opened.
fn is_plain_database(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| there.is_file()) && is_database(path)
}

/// Moves a file to a name that must be free: never over somebody else's, not even in the last moment.
fn place_anew(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems without such a rename.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_old_file_stands_until_the_new_one_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        fs::write(&target, "old").unwrap();
        let mut draft = Draft::begin(&target, true).unwrap();
        draft.write_all(b"half").unwrap();
        draft.flush().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        drop(draft);
        assert_eq!(fs::read_to_string(&target).unwrap(), "old");
        assert_eq!(names(folder.path()), ["a.csv"]);
        let mut draft = Draft::begin(&target, true).unwrap();
        draft.write_all(b"new").unwrap();
        draft.keep().unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(names(folder.path()), ["a.csv"]);
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn nothing_is_replaced_unless_that_was_said() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        let draft = Draft::begin(&target, false).unwrap();
        // Somebody else is quicker.
        fs::write(&target, "theirs").unwrap();
        assert!(matches!(draft.keep(), Err(DraftError::Exists { .. })));
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs");
        assert_eq!(names(folder.path()), ["a.csv"]);
        let again = Draft::begin(&target, false);
        assert!(matches!(again, Err(DraftError::Exists { .. })));
    }

    #[test]
    fn drafts_of_killed_processes_are_swept() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let file = File::create(at(".caopan-1-0.part")).unwrap();
        let made = file.metadata().unwrap().modified().unwrap();
        file.set_modified(made - std::time::Duration::from_secs(120))
            .unwrap();
        drop(file);
        let draft = Draft::begin(&at("a.csv"), false).unwrap();
        draft.keep().unwrap();
        assert_eq!(names(folder.path()), ["a.csv"]);
    }

    #[test]
    fn a_database_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let database = b"SQLite format 3\0 and its pages";
        fs::write(at("w.db"), database).unwrap();
        fs::write(at("w.db-wal"), "rows").unwrap();
        fs::write(at("a.csv-wal"), "no log").unwrap();
        for name in ["w.db", "w.db-wal", "w.db-shm", "w.db-journal"] {
            let refused = Draft::begin(&at(name), true);
            assert!(
                matches!(refused, Err(DraftError::NotAFile { .. })),
                "{name}"
            );
        }
        assert_eq!(fs::read(at("w.db")).unwrap(), database);
        Draft::begin(&at("a.csv-wal"), true)
            .unwrap()
            .keep()
            .unwrap();
    }

    #[test]
    fn only_a_plain_file_in_a_folder_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("file"), "x").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("nowhere"), at("dangling")).unwrap();
        rustix::fs::mkfifoat(CWD, at("pipe"), rustix::fs::Mode::RUSR).unwrap();
        for place in [
            at("link"),
            at("dangling"),
            at("pipe"),
            at("."),
            at("missing/a"),
            at("file/a"),
            PathBuf::from("/dev/full"),
            PathBuf::from("/"),
        ] {
            let refused = Draft::begin(&place, true);
            assert!(
                matches!(refused, Err(DraftError::NotAFile { .. })),
                "{place:?}"
            );
        }
        assert_eq!(fs::read_to_string(at("file")).unwrap(), "x");
        assert_eq!(names(folder.path()), ["dangling", "file", "link", "pipe"]);
    }
}
