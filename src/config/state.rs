//! Private state of a console, one file a workspace: layout, last filter, views. It lives in the state directory, never
//! in the workspace, is readable by its owner only, and is replaced whole, each time with what others wrote meanwhile.

mod keeper;
mod merge;

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use keeper::{Grieve, Keeper, Tell};

/// Filters typed that are kept.
pub const HISTORY: usize = 100;

/// Times the folder's lock is asked for, 10 ms apart. Whoever holds it is at one file.
const ASKED: u32 = 100;

/// What is kept, in words that survive a change of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Focused pane.
    pub focus: String,
    /// Layout.
    pub layout: String,
    /// Filter over customers.
    pub filter: String,
    /// Filter over groups.
    pub groups_filter: String,
    /// Period.
    pub period: String,
    /// Org node.
    pub org: Option<i64>,
    /// Its name.
    pub org_name: Option<String>,
    /// Columns of the customer list.
    pub columns: Vec<String>,
    /// Filters typed, newest last.
    pub filter_history: Vec<String>,
    /// Sort of the customer list.
    pub sort: Vec<KeptSort>,
    /// Saved views.
    pub views: Vec<KeptView>,
}

/// A sort key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptSort {
    /// Field by its canonical name.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// A saved view.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptView {
    /// Name.
    pub name: String,
    /// Pane.
    pub pane: String,
    /// Filter.
    pub filter: String,
    /// Period.
    pub period: String,
    /// Columns of the customer list; empty: the default ones; none where a version that did not keep them saved it.
    pub columns: Option<Vec<String>>,
    /// Sort.
    pub sort: Vec<KeptSort>,
}

/// What reading brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The state; the default one when there was none or it could not be read.
    pub kept: Kept,
    /// A file that could not be understood was moved here.
    pub set_aside: Option<PathBuf>,
    /// Why a file that is there could not be read. It stays as it is and is not written over.
    pub unread: Option<io::ErrorKind>,
}

/// The file of a workspace: its name for people, and a mark of its whole path so that two of one name do not meet.
pub fn file_of(state_dir: &Path, workspace: &Path) -> PathBuf {
    let whole = fs::canonicalize(workspace).unwrap_or_else(|_| workspace.to_owned());
    let stem: String = workspace
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default()
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .take(40)
        .collect();
    // FNV-1a, 64 bits: a name, not a secret.
    let mark = whole
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    state_dir.join(format!("{stem}-{mark:016x}.toml"))
}

/// Reads the state of a workspace. A file that cannot be understood is set aside, one that cannot be read is left alone;
/// neither is fatal.
pub fn load(file: &Path) -> Loaded {
    let loaded = Loaded::default();
    match found(file) {
        Ok(Found::State(kept)) => Loaded {
            kept: *kept,
            ..loaded
        },
        Ok(Found::Nothing) => loaded,
        Ok(Found::Spoilt) => Loaded {
            set_aside: set_aside(file),
            ..loaded
        },
        Err(error) => Loaded {
            unread: Some(error.kind()),
            ..loaded
        },
    }
}

/// What is in a state file.
enum Found {
    Nothing,
    State(Box<Kept>),
    /// Something else than words of ours.
    Spoilt,
}

fn found(file: &Path) -> io::Result<Found> {
    match fs::read_to_string(file) {
        Ok(text) => {
            Ok(toml::from_str(&text).map_or(Found::Spoilt, |kept| Found::State(Box::new(kept))))
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
        Err(e) if e.kind() == io::ErrorKind::InvalidData => Ok(Found::Spoilt),
        Err(e) => Err(e),
    }
}

fn set_aside(file: &Path) -> Option<PathBuf> {
    let aside = file.with_extension("toml.unreadable");
    fs::rename(file, &aside).ok().map(|()| aside)
}

/// Changes the state of a workspace as it is now, with no other writer in between. Where there is none there is nothing to
/// change, and the default comes back.
///
/// # Errors
/// A file that is there and cannot be read, or cannot be written.
pub fn update<R: Default>(file: &Path, change: impl FnOnce(&mut Kept) -> R) -> io::Result<R> {
    let mut done = R::default();
    replace(file, |there| {
        let mut kept = there?.clone();
        done = change(&mut kept);
        Some(kept)
    })?;
    Ok(done)
}

/// Puts in the place of what is there, if anything, what is made of it, if anything.
fn replace(file: &Path, make: impl FnOnce(Option<&Kept>) -> Option<Kept>) -> io::Result<()> {
    let _others_wait = locked(file);
    let there = match found(file)? {
        Found::State(kept) => Some(*kept),
        Found::Nothing => None,
        Found::Spoilt => {
            set_aside(file);
            None
        }
    };
    match make(there.as_ref()) {
        Some(new) if there.as_ref() != Some(&new) => save(file, &new),
        Some(_) | None => Ok(()),
    }
}

/// The folder, locked until it is dropped: the file itself is another after each writing. A file system without locks, and
/// somebody who holds it for long, keep nobody from writing.
fn locked(file: &Path) -> Option<File> {
    let folder = File::open(file.parent()?).ok()?;
    for _ in 0..ASKED {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Writes the state of a workspace whole: a new file beside it, then renamed over it.
pub fn save(file: &Path, kept: &Kept) -> io::Result<()> {
    let text = toml::to_string(kept).map_err(io::Error::other)?;
    let new = file.with_extension(format!("new-{}", std::process::id()));
    let written = write_private(&new, text.as_bytes()).and_then(|()| fs::rename(&new, file));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written
}

fn write_private(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let _ = fs::remove_file(file);
    let mut out = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    out.write_all(bytes)?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    pub(super) fn sample() -> Kept {
        Kept {
            focus: "board".to_owned(),
            filter: "tag:vip \"a b\"".to_owned(),
            org: Some(7),
            filter_history: vec!["张三".to_owned()],
            sort: vec![KeptSort {
                field: "spend".to_owned(),
                descending: true,
            }],
            views: vec![KeptView {
                name: "我的VIP".to_owned(),
                columns: Some(vec!["name".to_owned(), "city".to_owned()]),
                sort: vec![KeptSort::default()],
                ..KeptView::default()
            }],
            ..Kept::default()
        }
    }

    #[test]
    fn what_is_saved_comes_back_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = file_of(dir.path(), Path::new("/srv/店 one.db"));
        save(&file, &sample()).unwrap();
        save(&file, &sample()).unwrap();
        assert_eq!(load(&file).kept, sample());
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_spoilt_file_is_set_aside_and_the_console_starts_fresh() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        for bytes in [b"focus = [".as_slice(), b"\xff\xfe"] {
            fs::write(&file, bytes).unwrap();
            let loaded = load(&file);
            assert_eq!(loaded.kept, Kept::default());
            assert!(loaded.set_aside.is_some_and(|aside| aside.exists()));
            assert!(!file.exists());
        }
        assert_eq!(load(&file), Loaded::default());
    }

    #[test]
    fn writers_at_once_wait_for_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        save(&file, &Kept::default()).unwrap();
        thread::scope(|scope| {
            for n in 0..8 {
                let file = &file;
                scope.spawn(move || {
                    update(file, |kept| kept.filter_history.push(n.to_string())).unwrap();
                });
            }
        });
        let mut all = load(&file).kept.filter_history;
        all.sort();
        assert_eq!(all, ["0", "1", "2", "3", "4", "5", "6", "7"]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_workspaces_of_one_name_have_two_files() {
        let dir = Path::new("/state");
        assert_ne!(
            file_of(dir, Path::new("/a/w.db")),
            file_of(dir, Path::new("/b/w.db"))
        );
    }
}
