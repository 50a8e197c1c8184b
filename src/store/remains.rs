//! What a killed process leaves: files in the making, `.NAME.PROCESS-N.part` of workspaces and their copies, and
//! `.caopan-PROCESS-N.part` of exports. One that is being made is held (locked) by whoever makes it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, test_kill_process};

use super::file::side_files;

/// Between its making and its being held a file belongs to nobody: one younger than this is left alone while its process
/// lives.
const YOUNG: Duration = Duration::from_secs(60);

/// The process that a name of a file in the making gives.
fn process_of(name: &OsStr) -> Option<u32> {
    let number = |text: &str| {
        let is_one = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_one.then(|| text.parse::<u32>().ok()).flatten()
    };
    let name = name.to_str()?.strip_prefix('.')?.strip_suffix(".part")?;
    let (rest, n) = name.rsplit_once('-')?;
    let (of, process) = rest.rsplit_once(['.', '-'])?;
    number(n)?;
    number(process).filter(|_| !of.is_empty())
}

/// Does this process run here? One of a user who may not be asked does.
fn is_alive(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Every file in the making in a folder, whoever makes it.
pub fn parts_in(folder: &Path) -> Vec<PathBuf> {
    let is_part = |path: &PathBuf| {
        path.file_name().and_then(process_of).is_some()
            && fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file())
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> = entries.map(|e| e.path()).filter(is_part).collect();
    found.sort();
    found
}

/// Those of them that nobody makes any more. Where files cannot be held, nobody is taken for dead.
pub fn left_in(folder: &Path) -> Vec<PathBuf> {
    let mut parts = parts_in(folder);
    parts.retain(|part| {
        let is_alive = part.file_name().and_then(process_of).is_some_and(is_alive);
        !is_alive && File::open(part).is_ok_and(|file| file.try_lock().is_ok())
    });
    parts
}

/// Removes those that nobody makes any more, with their side files. `made` is a file just made there, if one was: its time
/// is now.
pub fn sweep(folder: &Path, made: Option<&File>) {
    let now = made.and_then(|made| made.metadata().and_then(|m| m.modified()).ok());
    for part in parts_in(folder) {
        let _ = sweep_one(&part, now);
    }
}

fn sweep_one(path: &Path, now: Option<SystemTime>) -> io::Result<()> {
    let process = path.file_name().and_then(process_of);
    if process.is_some_and(is_alive) {
        let written = fs::symlink_metadata(path)?.modified()?;
        let age = now.and_then(|now| now.duration_since(written).ok());
        if age.unwrap_or_default() < YOUNG {
            return Ok(());
        }
    }
    let file = OpenOptions::new().write(true).open(path)?;
    file.try_lock()?;
    fs::remove_file(path)?;
    for side in side_files(path) {
        let _ = fs::remove_file(side);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that has ended: nobody has its number for now.
    fn ended() -> u32 {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    #[test]
    fn a_name_tells_its_process() {
        let of = |name: &str| process_of(OsStr::new(name));
        assert_eq!(of(".b.db.29589-0.part"), Some(29589));
        assert_eq!(of(".caopan-4242-11.part"), Some(4242));
        for name in [
            "b.db.1-0.part",
            ".part",
            ".1-0.part",
            ".b.x-0.part",
            ".b.1-x.part",
            ".b.1-0.parts",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn what_a_killed_process_left_is_swept_and_what_is_held_or_young_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: String| folder.path().join(name);
        let (dead, me) = (ended(), std::process::id());
        let old = |name: String| {
            let file = File::create(at(name)).unwrap();
            let made = file.metadata().unwrap().modified().unwrap();
            file.set_modified(made - YOUNG * 2).unwrap();
            file
        };
        File::create(at(format!(".w.db.{dead}-0.part"))).unwrap();
        File::create(at(format!(".w.db.{dead}-0.part-wal"))).unwrap();
        drop(old(format!(".caopan-{me}-0.part")));
        File::create(at(format!(".w.db.{me}-1.part"))).unwrap();
        let held = old(format!(".w.db.{dead}-2.part"));
        held.try_lock().unwrap();
        assert_eq!(left_in(folder.path()), [at(format!(".w.db.{dead}-0.part"))]);
        let made = File::create(at("made".into())).unwrap();
        sweep(folder.path(), Some(&made));
        let mut left = [format!(".w.db.{me}-1.part"), format!(".w.db.{dead}-2.part")].map(at);
        left.sort();
        assert_eq!(parts_in(folder.path()), left);
        assert!(!at(format!(".w.db.{dead}-0.part-wal")).exists());
    }
}
