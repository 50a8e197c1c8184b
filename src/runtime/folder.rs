//! Waiting for files to be put into a folder, without looking again and again.

use std::path::Path;
use std::time::Duration;

use inotify::{Inotify, WatchMask};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Looks where the system tells nothing.
const NET: Duration = Duration::from_secs(3);

/// A folder that is listened to.
#[derive(Debug)]
pub struct Folder {
    inotify: Option<Inotify>,
}

impl Folder {
    /// Listens from now on; files count when they are moved to their names or gone.
    pub fn listen(path: &Path) -> Self {
        let inotify = Inotify::init().ok().filter(|inotify| {
            let mask = WatchMask::MOVED_TO | WatchMask::DELETE | WatchMask::ONLYDIR;
            inotify.watches().add(path, mask).is_ok()
        });
        Self { inotify }
    }

    /// Sleeps until something happened in the folder, at most so long; for ever without a limit.
    pub fn wait(&mut self, most: Option<Duration>) {
        let Some(inotify) = &mut self.inotify else {
            std::thread::sleep(most.map_or(NET, |most| most.min(NET)));
            return;
        };
        let limit = most.map(|most| Timespec {
            tv_sec: i64::try_from(most.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: most.subsec_nanos().into(),
        });
        let mut waits = [PollFd::new(&*inotify, PollFlags::IN)];
        let _ = poll(&mut waits, limit.as_ref());
        let mut buffer = [0; 4096];
        // All that waits is one piece of news.
        while inotify
            .read_events(&mut buffer)
            .is_ok_and(|mut events| events.next().is_some())
        {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_put_in_place_ends_the_wait() {
        let folder = tempfile::tempdir().unwrap();
        let mut listened = Folder::listen(folder.path());
        let (beside, place) = (folder.path().join("1.new"), folder.path().join("1.json"));
        std::fs::write(&beside, "{}").unwrap();
        std::fs::rename(&beside, &place).unwrap();
        // Without a limit: it would never end if nothing was heard.
        listened.wait(None);
        listened.wait(Some(Duration::ZERO));
    }
}
