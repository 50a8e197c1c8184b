//! Writes the kept state of a workspace on a thread of its own.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use super::{Kept, KeptView, replace};

/// Writes the state of a workspace on a thread of its own, the newest in the place of those that wait, over what other
/// consoles of the same person wrote. What cannot be written is told of: once, and again when the views are others.
#[derive(Debug)]
pub struct Keeper {
    page: Page,
    /// Started with the first writing.
    hand: Option<Hand>,
}

/// A file, and what this console last knew to be in it.
#[derive(Clone)]
struct Page {
    file: PathBuf,
    known: Kept,
    /// The views that were told of last.
    told: Vec<KeptView>,
    tell: Option<Tell>,
    grieve: Option<Grieve>,
    /// The last writing failed, and that was told of these views.
    grieved: Option<Vec<KeptView>>,
}

/// Hears of the views a console had and those that are in the file now.
pub type Tell = Arc<dyn Fn(Vec<KeptView>, Vec<KeptView>) + Send + Sync>;

/// Hears why the state could not be written.
pub type Grieve = Arc<dyn Fn(&io::Error) + Send + Sync>;

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Page {
    fn write(&mut self, kept: &Kept) {
        let mut views = Vec::new();
        let written = replace(&self.file, |there| {
            let over = |there| kept.over(&self.known, there, &self.told);
            let new = there.map_or_else(|| kept.clone(), over);
            views.clone_from(&new.views);
            Some(new)
        });
        if let Err(why) = written {
            let is_news = self.grieved.as_ref() != Some(&kept.views);
            if let Some(grieve) = self.grieve.as_ref().filter(|_| is_news) {
                grieve(&why);
            }
            self.grieved = Some(kept.views.clone());
            return;
        }
        self.grieved = None;
        self.known.clone_from(kept);
        if let Some(tell) = self.tell.as_ref().filter(|_| views != kept.views) {
            tell(kept.views.clone(), views.clone());
        }
        self.told = views;
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
        let page = Page {
            file,
            known,
            told: Vec::new(),
            tell: None,
            grieve: None,
            grieved: None,
        };
        Self { page, hand: None }
    }

    /// Says which views are in the file where they are not those that were written.
    #[must_use]
    pub fn telling(mut self, tell: Tell) -> Self {
        self.page.tell = Some(tell);
        self
    }

    /// Says why the state could not be written.
    #[must_use]
    pub fn grieving(mut self, grieve: Grieve) -> Self {
        self.page.grieve = Some(grieve);
        self
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
    use super::super::tests::sample;
    use super::super::{load, save, update};
    use super::*;
    use std::fs;
    use std::path::Path;

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
    fn what_cannot_be_written_is_told_once_of_the_same_views() {
        let told = Arc::new(std::sync::Mutex::new(Vec::new()));
        let hears = Arc::clone(&told);
        let mut keeper = Keeper::new(PathBuf::from("/proc/none/state.toml"), Kept::default())
            .grieving(Arc::new(move |why: &io::Error| {
                hears.lock().unwrap().push(why.kind());
            }));
        let kept = sample();
        keeper.now(&kept);
        keeper.now(&kept);
        assert_eq!(*told.lock().unwrap(), [io::ErrorKind::NotFound]);
        let mut fewer = kept;
        fewer.views.clear();
        keeper.now(&fewer);
        assert_eq!(told.lock().unwrap().len(), 2);
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
    fn views_of_another_console_are_told_and_stay_the_doing_of_that_one() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("w.toml");
        save(&file, &Kept::default()).unwrap();
        let ((one, mut mine), (mut other, mut theirs)) = (console(&file), console(&file));
        let (sender, heard) = channel();
        let tell = move |was, now| sender.send((was, now)).unwrap();
        let mut one = one.telling(Arc::new(tell));
        theirs.views.push(view("老客", "last>90d"));
        other.now(&theirs);
        mine.views.push(view("VIP", "tag:vip"));
        let was = mine.views.clone();
        one.now(&mine);
        let both = vec![view("老客", "last>90d"), view("VIP", "tag:vip")];
        assert_eq!(heard.try_iter().last(), Some((was, both.clone())));
        // Taken in, it is still the other one's to remove.
        mine.views = both;
        theirs.views.clear();
        other.now(&theirs);
        let was = mine.views.clone();
        one.now(&mine);
        assert_eq!(names(&load(&file).kept), ["VIP"]);
        let now = vec![view("VIP", "tag:vip")];
        assert_eq!(heard.try_iter().last(), Some((was, now.clone())));
        mine.views = now;
        one.now(&mine);
        assert_eq!(heard.try_iter().last(), None, "nothing to tell");
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
}
