//! What a killed process leaves: files in the making, `.NAME.PROCESS-N.part` of workspaces and their copies, and
//! `.caopan-PROCESS-N.part` of exports. One that is being made is held (locked) by whoever makes it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, test_kill_process};

use super::file::side_files;

/// Between its making and its being held a file belongs to nobody: one younger than this is left alone while its process
/// lives.
const YOUNG: Duration = Duration::from_secs(60);

/// What a name in the making says: whose it is, and whether it is a workspace's or an export's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Making {
    process: u32,
    is_workspace: bool,
}

/// Reads a name that this program gives, and no other: `.caopan-PROCESS-N.part`, `.NAME.PROCESS-N.part`.
fn making(name: &OsStr) -> Option<Making> {
    let number = |text: &str| {
        let n = text.parse::<u32>().ok();
        n.filter(|n| n.to_string() == text)
    };
    let name = name.to_str()?.strip_prefix('.')?.strip_suffix(".part")?;
    let (rest, n) = name.rsplit_once('-')?;
    number(n)?;
    if let Some(process) = rest.strip_prefix("caopan-").and_then(number) {
        return Some(Making {
            process,
            is_workspace: false,
        });
    }
    let (of, process) = rest.rsplit_once('.')?;
    Some(Making {
        process: number(process).filter(|_| !of.is_empty())?,
        is_workspace: true,
    })
}

/// Whether a file can be what its name says. Other programs name files alike: a workspace in the making is empty, begins as
/// SQLite's files do, or has no first page yet.
fn is_made_here(making: Making, path: &Path) -> bool {
    if !fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file()) {
        return false;
    }
    // One of this process is not opened: closing it would drop the locks on it.
    if !making.is_workspace || making.process == std::process::id() {
        return true;
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    read.is_ok() && (head == *b"SQLite format 3\0" || head.iter().all(|byte| *byte == 0))
}

/// Does this process run here? One of a user who may not be asked does.
fn is_alive(process: u32) -> bool {
    let pid = i32::try_from(process).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

/// Every file in the making in a folder, whoever makes it.
pub fn parts_in(folder: &Path) -> Vec<PathBuf> {
    let is_part = |path: &PathBuf| {
        let making = path.file_name().and_then(making);
        making.is_some_and(|making| is_made_here(making, path))
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
        let making = part.file_name().and_then(making);
        let is_alive = making.is_some_and(|making| is_alive(making.process));
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
    let making = path.file_name().and_then(making);
    if making.is_some_and(|making| is_alive(making.process)) {
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
        let of = |name: &str| making(OsStr::new(name)).map(|m| (m.process, m.is_workspace));
        assert_eq!(of(".b.db.29589-0.part"), Some((29589, true)));
        assert_eq!(of(".caopan-4242-11.part"), Some((4242, false)));
        assert_eq!(of(".caopan-5.db.42-1.part"), Some((42, true)));
        for name in [
            "b.db.1-0.part",
            ".part",
            ".1-0.part",
            ".b.x-0.part",
            ".b.1-x.part",
            ".b.1-0.parts",
            ".report-2024-01.part",
            ".report-2024-1.part",
            ".report.2024-01.part",
            ".report.07-1.part",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
    }

    #[test]
    fn what_others_named_alike_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: String| folder.path().join(name);
        let dead = ended();
        let theirs = [
            ".report-2024-01.part".to_owned(),
            format!(".report.{dead}-1.part"),
            format!(".film-{dead}-1.part"),
        ];
        for name in &theirs {
            fs::write(at(name.clone()), "half a film").unwrap();
        }
        for (n, head) in [&b"SQLite format 3\0..."[..], b"", &[0; 4096]]
            .iter()
            .enumerate()
        {
            fs::write(at(format!(".w.db.{dead}-{n}.part")), head).unwrap();
        }
        fs::write(at(format!(".caopan-{dead}-0.part")), "a,b").unwrap();
        assert_eq!(left_in(folder.path()).len(), 4);
        sweep(folder.path(), None);
        assert_eq!(parts_in(folder.path()), Vec::<PathBuf>::new());
        for name in theirs {
            assert_eq!(fs::read(at(name)).unwrap(), b"half a film");
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
