//! Private state of a console, one file a workspace: layout, last filter, views. It lives in the state directory, never
//! in the workspace, is readable by its owner only, and is replaced whole.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};

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

/// Reads the state of a workspace. A file that cannot be understood is set aside, never fatal.
pub fn load(file: &Path) -> Loaded {
    let Ok(text) = fs::read_to_string(file) else {
        // Missing, unreadable or not UTF-8: only the last is worth keeping aside.
        return Loaded {
            kept: Kept::default(),
            set_aside: file.is_file().then(|| set_aside(file)).flatten(),
        };
    };
    match toml::from_str(&text) {
        Ok(kept) => Loaded {
            kept,
            set_aside: None,
        },
        Err(_) => Loaded {
            kept: Kept::default(),
            set_aside: set_aside(file),
        },
    }
}

fn set_aside(file: &Path) -> Option<PathBuf> {
    let aside = file.with_extension("toml.unreadable");
    fs::rename(file, &aside).ok().map(|()| aside)
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

/// Writes the state of a workspace on a thread of its own, the newest in the place of those that wait. What cannot be
/// written is lost: that is no reason to disturb the operator.
#[derive(Debug)]
pub struct Keeper {
    file: PathBuf,
    /// Started with the first writing.
    hand: Option<Hand>,
}

/// The thread that writes.
#[derive(Debug)]
struct Hand {
    letters: Sender<Kept>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Writes into this file.
    pub fn new(file: PathBuf) -> Self {
        Self { file, hand: None }
    }

    /// Writes the state before long. Returns at once.
    pub fn soon(&mut self, kept: Kept) {
        let unsent = match &self.hand {
            Some(hand) => hand.letters.send(kept).err().map(|unsent| unsent.0),
            None => Some(kept),
        };
        if let Some(kept) = unsent {
            self.hand = Hand::start(self.file.clone());
            match &self.hand {
                Some(hand) => drop(hand.letters.send(kept)),
                None => drop(save(&self.file, &kept)),
            }
        }
    }

    /// Writes the state; nothing older comes after it.
    pub fn now(&mut self, kept: &Kept) {
        self.finish();
        drop(save(&self.file, kept));
    }

    /// Waits until what was to be written is written.
    fn finish(&mut self) {
        if let Some(Hand { letters, thread }) = self.hand.take() {
            drop(letters);
            drop(thread.join());
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Hand {
    fn start(file: PathBuf) -> Option<Self> {
        let (letters, inbox) = channel::<Kept>();
        let write = move || {
            while let Ok(kept) = inbox.recv() {
                let newest = inbox.try_iter().last().unwrap_or(kept);
                drop(save(&file, &newest));
            }
        };
        let thread = thread::Builder::new().name("state".into()).spawn(write);
        let thread = thread.ok()?;
        Some(Self { letters, thread })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn sample() -> Kept {
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
    fn the_last_state_stands_however_it_was_to_be_written() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        let of = |n: i64| Kept {
            org: Some(n),
            ..sample()
        };
        let mut keeper = Keeper::new(file.clone());
        for n in 0..9 {
            keeper.soon(of(n));
        }
        keeper.now(&of(9));
        assert_eq!(load(&file).kept, of(9));
        for n in 10..20 {
            keeper.soon(of(n));
        }
        drop(keeper);
        assert_eq!(load(&file).kept, of(19));
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
