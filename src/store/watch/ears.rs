//! Events of the workspace's folder and of its `-wal`, as inotify tells them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use inotify::{Inotify, WatchDescriptor, WatchMask};

use crate::store::file::side_files;

/// inotify on the folder and the `-wal`; either may be missing.
pub(super) struct Ears {
    pub(super) inotify: Option<Inotify>,
    /// What the names of the workspace and of the files beside it begin with.
    name: OsString,
    wal: PathBuf,
    on_wal: Option<WatchDescriptor>,
}

impl Ears {
    pub(super) fn new(path: &Path) -> Self {
        let folder = match path.parent() {
            Some(p) if !p.as_os_str().is_empty() => p,
            Some(_) | None => Path::new("."),
        };
        let [wal, ..] = side_files(path);
        let inotify = Inotify::init().ok().filter(|inotify| {
            let mask = WatchMask::CREATE
                | WatchMask::DELETE
                | WatchMask::MOVED_TO
                | WatchMask::MOVED_FROM
                | WatchMask::ONLYDIR;
            inotify.watches().add(folder, mask).is_ok()
        });
        let mut ears = Self {
            inotify,
            name: path.file_name().unwrap_or_default().to_owned(),
            wal,
            on_wal: None,
        };
        ears.listen_to_wal();
        ears
    }

    /// Watches the `-wal`, which may have been made since; adding it twice is the same watch.
    pub(super) fn listen_to_wal(&mut self) {
        if let Some(inotify) = &self.inotify {
            self.on_wal = inotify.watches().add(&self.wal, WatchMask::MODIFY).ok();
        }
    }

    /// Takes all waiting events.
    pub(super) fn drain(&mut self) -> Heard {
        let mut heard = Heard::default();
        let mut buffer = [0; 4096];
        while let Some(inotify) = &mut self.inotify {
            let Ok(events) = inotify.read_events(&mut buffer) else {
                break;
            };
            for event in events {
                let of_wal = Some(event.wd) == self.on_wal;
                // Another file in the folder has a name of its own; what has none is of what is watched.
                let name = event.name.map_or(self.name.as_bytes(), OsStrExt::as_bytes);
                heard.ours |= of_wal || name.starts_with(self.name.as_bytes());
                heard.folder |= !of_wal && name.starts_with(self.name.as_bytes());
            }
        }
        heard
    }
}

/// What events were about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    /// The workspace, or a file beside it, came, went or was written.
    pub(super) ours: bool,
    /// One of them came or went.
    pub(super) folder: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_workspace_and_the_files_beside_it_are_listened_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w.db");
        std::fs::write(&path, "").unwrap();
        let mut ears = Ears::new(&path);
        let mut made = |name: &str| {
            std::fs::write(folder.path().join(name), "x").unwrap();
            let heard = ears.drain();
            (heard.ours, heard.folder)
        };
        assert_eq!(made("other.db"), (false, false));
        assert_eq!(made("other.db-wal"), (false, false));
        assert_eq!(made("w.db-shm"), (true, true));
        assert_eq!(made("w.db-wal"), (true, true));
        assert_eq!(made("w.d"), (false, false));
        // From here on what is written to the -wal is heard, and is not of the folder.
        ears.listen_to_wal();
        std::fs::write(folder.path().join("w.db-wal"), "xy").unwrap();
        let heard = ears.drain();
        assert_eq!((heard.ours, heard.folder), (true, false));
        std::fs::remove_file(&path).unwrap();
        let heard = ears.drain();
        assert_eq!((heard.ours, heard.folder), (true, true));
    }
}
