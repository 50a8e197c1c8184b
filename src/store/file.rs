//! The workspace as a file: what lies at a path, who may use it, and the files SQLite keeps beside it.
//!
//! Nothing here opens the file: closing a second descriptor would drop the locks of every connection of this process.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::domain::{Sentence, sentence};

use super::error::{StoreError, shown};

/// Which file a path meant when it was opened: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
}

impl FileId {
    /// The file a path means now; `None` when there is none.
    pub fn of(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().map(|m| Self {
            dev: m.dev(),
            ino: m.ino(),
        })
    }
}

/// The folder a path lies in.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// Permissions of a new workspace: shared in a set-group-id folder its group may write, private elsewhere.
pub(super) fn mode_in(folder: &Path) -> u32 {
    match fs::metadata(folder) {
        Ok(m) if m.mode() & 0o2020 == 0o2020 => 0o660,
        Ok(_) | Err(_) => 0o600,
    }
}

/// Looks at the file before SQLite does, without opening it: a plain file with one name.
pub(super) fn inspect(path: &Path, notes: &mut Vec<Sentence>) -> Result<FileId, StoreError> {
    let not_ours = |why: Sentence| StoreError::NotWorkspace {
        path: shown(path),
        why,
    };
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Missing { path: shown(path) });
        }
        Err(e) => return Err(unreadable(path, &e)),
    };
    let kind = meta.file_type();
    if kind.is_symlink() {
        return Err(StoreError::Unreadable {
            path: shown(path),
            why: sentence!(
                "是符号链接, 它的 -wal 会落在别处",
                "it is a symbolic link, and its -wal would lie elsewhere",
            ),
            help: sentence!("打开它指向的文件", "open the file it points to"),
        });
    }
    if kind.is_dir() {
        return Err(not_ours(sentence!("是文件夹", "it is a directory")));
    }
    if kind.is_fifo() || kind.is_socket() || kind.is_block_device() || kind.is_char_device() {
        return Err(not_ours(sentence!(
            "不是普通文件",
            "it is not a plain file"
        )));
    }
    if meta.nlink() > 1 {
        return Err(StoreError::Unreadable {
            path: shown(path),
            why: sentence!(
                "它还有一个名字 (硬链接), 每个名字会各有一个 -wal",
                "it has a second name (hard link), and each name would get a -wal of its own",
            ),
            help: sentence!(
                "去掉另一个名字, 或在没人打开时复制文件",
                "remove the other name, or copy the file while nobody has it open",
            ),
        });
    }
    // Its bytes are SQLite's to read: opening and closing the file here would drop the locks of every connection this
    // process has on it, and the next process to close would take our -wal for its own to delete.
    match meta.len() {
        0 => return Err(not_ours(sentence!("是空的", "it is empty"))),
        1..512 => return Err(not_ours(sentence!("不是数据库", "it is not a database"))),
        _ => {}
    }
    if !may(path, rustix::fs::Access::READ_OK) {
        return Err(unreadable(
            path,
            &std::io::ErrorKind::PermissionDenied.into(),
        ));
    }
    notes.extend(far_away(path));
    Ok(FileId {
        dev: meta.dev(),
        ino: meta.ino(),
    })
}

/// Warns of file systems that break SQLite's locks.
fn far_away(path: &Path) -> Option<Sentence> {
    let magic = rustix::fs::statfs(path).ok()?.f_type;
    let name = match magic {
        0x6969 => "NFS",
        0x517B | 0xFE53_4D42 | 0xFF53_4D42 => "SMB",
        0x0102_1997 => "9p",
        _ => return None,
    };
    Some(sentence!(
        "文件在 {name} 上, 锁不可靠: 请放到本机磁盘",
        "the file lies on {name}, where locks are unreliable: keep it on a local disk",
    ))
}

/// May this process do that with the file or folder?
fn may(path: &Path, access: rustix::fs::Access) -> bool {
    use rustix::fs::{AtFlags, CWD, accessat};
    accessat(CWD, path, access, AtFlags::EACCESS).is_ok()
}

/// May this process write the file and make side files beside it?
pub(super) fn may_write(path: &Path) -> bool {
    let write = rustix::fs::Access::WRITE_OK;
    may(path, write) && may(&folder_of(path), write)
}

/// Would reading leave side files that lock the owner out? So it is where nobody has the file open, the reader is somebody
/// else, and no group is shared through the folder. (Root's side files are given to the file's owner by SQLite.)
pub(super) fn would_lock_the_owner_out(path: &Path) -> bool {
    let me = rustix::process::geteuid();
    let folder = folder_of(path);
    let strangers = fs::metadata(path).is_ok_and(|m| m.uid() != me.as_raw());
    strangers
        && !me.is_root()
        && mode_in(&folder) != 0o660
        && may(&folder, rustix::fs::Access::WRITE_OK)
        && side_files(path)
            .iter()
            .all(|side| FileId::of(side).is_none())
}

/// What SQLite may keep beside a file: `-wal`, `-shm`, and the `-journal` of one that is no workspace yet.
pub(super) fn side_files(path: &Path) -> [PathBuf; 3] {
    ["-wal", "-shm", "-journal"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// A reader's side files must not lock writers out: SQLite gives them the file's own mode, which may be read-only. Ours get
/// the owner's right to write, and the group's in a shared folder. By path, so that no lock is dropped; those that are not
/// ours are left alone.
pub(super) fn share_side_files(path: &Path) {
    let wanted = mode_in(&folder_of(path));
    let me = rustix::process::geteuid().as_raw();
    for side in side_files(path) {
        if let Ok(meta) = fs::symlink_metadata(&side)
            && meta.is_file()
            && meta.uid() == me
            && meta.mode() & wanted != wanted
        {
            let mode = fs::Permissions::from_mode(meta.mode() & 0o777 | wanted);
            let _ = fs::set_permissions(&side, mode);
        }
    }
}

/// An I/O error on the path itself.
fn unreadable(path: &Path, e: &std::io::Error) -> StoreError {
    StoreError::Unreadable {
        path: shown(path),
        why: Sentence::of_system(e),
        help: sentence!(
            "请文件主人给文件与文件夹的读权限",
            "ask its owner for the right to read the file and its folder",
        ),
    }
}
