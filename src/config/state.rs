//! Private state of a console, one file a workspace: layout, last filter, views. It lives in the state directory, never
//! in the workspace, is readable by its owner only, and is replaced whole, each time with what others wrote meanwhile.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde::{Deserialize, Serialize};

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

impl Kept {
    /// What is to be written by a console that knew `was` and has this now, where another wrote `there` meanwhile: what this
    /// one changed goes over what the other did. What was known and is there no more was taken out, and stays out.
    fn over(&self, was: &Self, there: &Self) -> Self {
        let is_same_org = (self.org, &self.org_name) == (was.org, &was.org_name);
        let org = if is_same_org { there } else { self };
        Self {
            focus: newer(&self.focus, &was.focus, &there.focus),
            layout: newer(&self.layout, &was.layout, &there.layout),
            filter: newer(&self.filter, &was.filter, &there.filter),
            groups_filter: newer(
                &self.groups_filter,
                &was.groups_filter,
                &there.groups_filter,
            ),
            period: newer(&self.period, &was.period, &there.period),
            org: org.org,
            org_name: org.org_name.clone(),
            columns: newer(&self.columns, &was.columns, &there.columns),
            filter_history: self.history_over(was, there),
            sort: newer(&self.sort, &was.sort, &there.sort),
            views: self.views_over(was, there),
        }
    }

    /// Theirs, less those removed here, and then those saved here.
    fn views_over(&self, was: &Self, there: &Self) -> Vec<KeptView> {
        let saved: Vec<_> = self
            .views
            .iter()
            .filter(|view| !was.views.contains(view))
            .collect();
        let is_here = |name: &str| self.views.iter().any(|view| view.name == name);
        let was_here = |name: &str| was.views.iter().any(|view| view.name == name);
        let stays = |view: &&KeptView| {
            let is_removed = was_here(&view.name) && !is_here(&view.name);
            !is_removed && saved.iter().all(|new| new.name != view.name)
        };
        let theirs = there.views.iter().filter(stays);
        theirs.chain(saved.iter().copied()).cloned().collect()
    }

    /// Theirs, and then those typed here since: what no longer stands as it stood.
    fn history_over(&self, was: &Self, there: &Self) -> Vec<String> {
        let mut before = was.filter_history.iter();
        let as_it_stood = |text: &&String| before.any(|known| known == *text);
        let stood = self.filter_history.iter().take_while(as_it_stood).count();
        let is_out = |text: &String| {
            was.filter_history.contains(text) && !there.filter_history.contains(text)
        };
        let typed: Vec<_> = self
            .filter_history
            .iter()
            .skip(stood)
            .filter(|text| !is_out(text))
            .collect();
        let theirs = there
            .filter_history
            .iter()
            .filter(|text| !typed.contains(text));
        let all: Vec<_> = theirs.chain(typed.iter().copied()).collect();
        let oldest = all.len().saturating_sub(HISTORY);
        all.into_iter().skip(oldest).cloned().collect()
    }
}

/// Mine where I changed it, else theirs.
fn newer<T: PartialEq + Clone>(mine: &T, was: &T, theirs: &T) -> T {
    if mine == was { theirs } else { mine }.clone()
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

/// Writes the state of a workspace on a thread of its own, the newest in the place of those that wait, over what other
/// consoles of the same person wrote. What cannot be written is lost: that is no reason to disturb the operator.
#[derive(Debug)]
pub struct Keeper {
    page: Page,
    /// Started with the first writing.
    hand: Option<Hand>,
}

/// A file, and what this console last knew to be in it.
#[derive(Clone, Debug)]
struct Page {
    file: PathBuf,
    known: Kept,
}

impl Page {
    fn write(&mut self, kept: &Kept) {
        let written = replace(&self.file, |there| {
            Some(there.map_or_else(|| kept.clone(), |there| kept.over(&self.known, there)))
        });
        if written.is_ok() {
            self.known.clone_from(kept);
        }
    }
}

/// The thread that writes.
#[derive(Debug)]
struct Hand {
    letters: Sender<Kept>,
    /// Gives the page back once nobody writes letters any more.
    thread: JoinHandle<Page>,
}

impl Keeper {
    /// Writes into this file, in which `known` was found.
    pub fn new(file: PathBuf, known: Kept) -> Self {
        let page = Page { file, known };
        Self { page, hand: None }
    }

    /// Writes the state before long. Returns at once.
    pub fn soon(&mut self, kept: Kept) {
        let unsent = match &self.hand {
            Some(hand) => hand.letters.send(kept).err().map(|unsent| unsent.0),
            None => Some(kept),
        };
        if let Some(kept) = unsent {
            self.hand = Hand::start(self.page.clone());
            match &self.hand {
                Some(hand) => drop(hand.letters.send(kept)),
                None => self.page.write(&kept),
            }
        }
    }

    /// Writes the state; nothing older comes after it.
    pub fn now(&mut self, kept: &Kept) {
        self.finish();
        self.page.write(kept);
    }

    /// Waits until what was to be written is written.
    fn finish(&mut self) {
        if let Some(Hand { letters, thread }) = self.hand.take() {
            drop(letters);
            if let Ok(page) = thread.join() {
                self.page = page;
            }
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Hand {
    fn start(mut page: Page) -> Option<Self> {
        let (letters, inbox) = channel::<Kept>();
        let write = move || {
            while let Ok(kept) = inbox.recv() {
                let newest = inbox.try_iter().last().unwrap_or(kept);
                page.write(&newest);
            }
            page
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
        let mut keeper = Keeper::new(file.clone(), Kept::default());
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

    fn view(name: &str, filter: &str) -> KeptView {
        KeptView {
            name: name.to_owned(),
            filter: filter.to_owned(),
            ..KeptView::default()
        }
    }

    fn names(kept: &Kept) -> Vec<&str> {
        kept.views.iter().map(|view| view.name.as_str()).collect()
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    /// A console that has just read the file.
    fn console(file: &Path) -> (Keeper, Kept) {
        let kept = load(file).kept;
        (Keeper::new(file.to_owned(), kept.clone()), kept)
    }

    #[test]
    fn two_consoles_lose_nothing_of_what_each_of_them_did() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        let first = Kept {
            views: vec![
                view("老客", "last>90d"),
                view("VIP", "tag:vip"),
                view("旧", "x"),
            ],
            filter_history: texts(&["a", "b", "c"]),
            layout: "3".into(),
            ..Kept::default()
        };
        save(&file, &first).unwrap();
        let ((mut one, mut mine), (mut other, mut theirs)) = (console(&file), console(&file));
        mine.views.push(view("新客", "added<7d"));
        mine.filter_history.push("d".into());
        mine.layout = "5".into();
        one.now(&mine);
        // One saved anew under its name, one removed, and a filter of before typed again.
        theirs.views = vec![view("老客", "last>90d"), view("VIP", "tag:vip spend>500")];
        theirs.filter_history = texts(&["b", "c", "e", "a"]);
        theirs.filter = "a".into();
        other.now(&theirs);
        mine.filter_history.push("f".into());
        one.now(&mine);
        let kept = load(&file).kept;
        assert_eq!(names(&kept), ["老客", "新客", "VIP"]);
        assert_eq!(kept.views.last().unwrap().filter, "tag:vip spend>500");
        assert_eq!(kept.filter_history, ["b", "c", "d", "e", "a", "f"]);
        assert_eq!((&*kept.layout, &*kept.filter), ("5", "a"));
    }

    #[test]
    fn what_somebody_took_out_is_not_written_back_by_a_console_that_had_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        let first = Kept {
            views: vec![view("林小姐", "id:wm1"), view("VIP", "tag:vip")],
            filter_history: texts(&["林小姐", "vip"]),
            filter: "林小姐".into(),
            groups_filter: "林小姐".into(),
            ..Kept::default()
        };
        save(&file, &first).unwrap();
        let (mut keeper, mut mine) = console(&file);
        keeper.soon(mine.clone());
        let forgotten = update(&file, |kept| {
            kept.views.remove(0);
            kept.filter_history.remove(0);
            kept.filter.clear();
            kept.groups_filter.clear();
            4
        });
        assert_eq!(forgotten.unwrap(), 4);
        mine.layout = "1".into();
        mine.filter_history.push("new".into());
        keeper.soon(mine.clone());
        mine.focus = "tags".into();
        keeper.now(&mine);
        let kept = load(&file).kept;
        assert_eq!(names(&kept), ["VIP"]);
        assert_eq!(kept.filter_history, ["vip", "new"]);
        assert_eq!((&*kept.filter, &*kept.groups_filter), ("", ""));
        assert_eq!((&*kept.layout, &*kept.focus), ("1", "tags"));
    }

    #[test]
    fn the_history_keeps_the_newest_of_both() {
        let of = |range: std::ops::Range<usize>| -> Kept {
            Kept {
                filter_history: range.map(|n| n.to_string()).collect(),
                ..Kept::default()
            }
        };
        let (was, mine) = (of(0..HISTORY), of(5..HISTORY + 5));
        let mut there = was.clone();
        there.filter_history.push("theirs".into());
        let kept = mine.over(&was, &there);
        assert_eq!(kept.filter_history.len(), HISTORY);
        let tail: Vec<_> = kept.filter_history.iter().rev().take(6).rev().collect();
        assert_eq!(tail, ["theirs", "100", "101", "102", "103", "104"]);
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
    fn a_file_that_cannot_be_read_is_left_as_it_is() {
        // A folder under the name fails to be read whoever asks.
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        fs::create_dir(&file).unwrap();
        let loaded = load(&file);
        assert_eq!(loaded.unread, Some(io::ErrorKind::IsADirectory));
        assert_eq!((loaded.kept, loaded.set_aside), (Kept::default(), None));
        let mut keeper = Keeper::new(file.clone(), Kept::default());
        keeper.soon(sample());
        keeper.now(&sample());
        assert!(update(&file, |_| ()).is_err());
        assert!(file.is_dir());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        // Once it can be read again, what is in it is kept.
        fs::remove_dir(&file).unwrap();
        save(&file, &sample()).unwrap();
        keeper.now(&Kept {
            org: Some(8),
            ..sample()
        });
        let kept = load(&file).kept;
        assert_eq!((kept.org, kept.views), (Some(8), sample().views));
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
